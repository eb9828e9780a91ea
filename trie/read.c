#include "crypto/hash.h"
#include "trie/sort.h"
#include "trie/tree.h"

/* The node at exactly `key`, with or without value; *out is NULL when there is none. `visit` sees every node
 * loaded on the way, with the length of the path to it. */
struct walk {
    void (*visit)(void *ctx, const struct tnode *n, bool is_root);
    void *ctx;
};

static enum err_code find(struct trie *t, struct tnode **out, struct bytes key, const struct walk *walk_opt,
                          struct err *e)
{
    struct slot *s = &t->root;
    struct tnode *n;
    size_t depth = 0;

    *out = NULL;
    while (s != NULL && !slot_is_empty(s)) {
        TRY(tree_load(t, s, depth, &n, e));
        if (walk_opt != NULL)
            walk_opt->visit(walk_opt->ctx, n, depth == 0);
        if (nibbles_match_key(tnode_partial(n), key, depth) < n->partial_len)
            return ERR_OK;
        depth = tree_path_add(t, n, depth);
        if (depth == key.len * 2) {
            *out = n;
            return ERR_OK;
        }
        uint8_t nibble = key_nibble(key, depth);
        s = tnode_child(n, nibble);
        t->path[depth++] = nibble;
    }
    return ERR_OK;
}

enum err_code trie_get(struct trie *t, struct arena *a, struct bytes *out, bool *found, struct bytes key,
                       struct err *e)
{
    struct tnode *n = NULL;
    struct bytes value;

    tree_begin(t);
    if (key.len <= TRIE_KEY_MAX)
        TRY(find(t, &n, key, NULL, e));
    if (n == NULL || n->value_kind == RECORD_VALUE_NONE) {
        *found = false;
        return ERR_OK;
    }
    TRY(tree_value(t, n, key.len * 2, a, &value, e));
    *out = value;
    *found = true;
    return ERR_OK;
}

enum err_code trie_value_hash(struct trie *t, struct hash32 *out, bool *found, struct bytes key,
                              struct err *e)
{
    struct tnode *n = NULL;

    tree_begin(t);
    if (key.len <= TRIE_KEY_MAX)
        TRY(find(t, &n, key, NULL, e));
    *found = n != NULL && n->value_kind != RECORD_VALUE_NONE;
    if (*found)
        *out = tree_value_hash(n);
    return ERR_OK;
}

/* ---- keys in order ---- */

/* The smallest key in a subtree; leaves it in t->path and its length in *len. */
static enum err_code first_below(struct trie *t, struct slot *s, size_t depth, size_t *len, struct err *e)
{
    for (;;) {
        struct tnode *n;
        TRY(tree_load(t, s, depth, &n, e));
        depth = tree_path_add(t, n, depth);
        if (n->value_kind != RECORD_VALUE_NONE) {
            *len = depth;
            return ERR_OK;
        }
        t->path[depth++] = (uint8_t)__builtin_ctz(n->bitmap); /* a node without value has children */
        s = &n->children[0];
    }
}

/* The smallest key of a branch's children `from` and later. */
static enum err_code first_from(struct trie *t, struct tnode *n, unsigned from, size_t depth, size_t *len,
                                bool *found, struct err *e)
{
    unsigned left = from >= NODE_CHILDREN ? 0 : (unsigned)n->bitmap >> from << from;
    *found = left != 0;
    if (left == 0)
        return ERR_OK;
    uint8_t nibble = (uint8_t)__builtin_ctz(left);
    t->path[depth] = nibble;
    return first_below(t, tnode_child(n, nibble), depth + 1, len, e);
}

/* The smallest key greater than `key` in the subtree of `s`, whose first `depth` nibbles are the key's. */
static enum err_code next_below(struct trie *t, struct slot *s, struct bytes key, size_t depth, size_t *len,
                                bool *found, struct err *e)
{
    struct tnode *n;

    TRY(tree_load(t, s, depth, &n, e));
    size_t match = nibbles_match_key(tnode_partial(n), key, depth);
    size_t at = depth + match;
    if (match < n->partial_len) { /* all of the subtree is on one side of the key */
        *found = at == key.len * 2 || nibble_at(tnode_partial(n), match) > key_nibble(key, at);
        return *found ? first_below(t, s, depth, len, e) : ERR_OK;
    }
    (void)tree_path_add(t, n, depth);
    if (at == key.len * 2)
        return first_from(t, n, 0, at, len, found, e);
    uint8_t nibble = key_nibble(key, at);
    struct slot *child = tnode_child(n, nibble);
    if (child != NULL) {
        t->path[at] = nibble;
        TRY(next_below(t, child, key, at + 1, len, found, e));
        if (*found)
            return ERR_OK;
    }
    return first_from(t, n, nibble + 1u, at, len, found, e);
}

static struct bytes path_key(const struct trie *t, struct arena *a, size_t len)
{
    uint8_t *key = arena_alloc(a, len / 2);
    nibbles_pack(key, t->path, len); /* len is even: values stand at whole bytes */
    return bytes_of(key, len / 2);
}

enum err_code trie_next_key(struct trie *t, struct arena *a, struct bytes *out, bool *found, struct bytes key,
                            struct err *e)
{
    size_t len = 0;
    bool any = false;

    tree_begin(t);
    if (key.len > TRIE_KEY_MAX) {
        /* Nothing stored is that long, so what follows its first bytes at the full length follows it too. */
        key.len = TRIE_KEY_MAX;
    }
    if (!slot_is_empty(&t->root))
        TRY(next_below(t, &t->root, key, 0, &len, &any, e));
    if (any)
        *out = path_key(t, a, len);
    *found = any;
    return ERR_OK;
}

enum err_code trie_first_key(struct trie *t, struct arena *a, struct bytes *out, bool *found, struct err *e)
{
    size_t len;

    tree_begin(t);
    if (slot_is_empty(&t->root)) {
        *found = false;
        return ERR_OK;
    }
    TRY(first_below(t, &t->root, 0, &len, e));
    *out = path_key(t, a, len);
    *found = true;
    return ERR_OK;
}

/* ---- nodes ---- */

enum err_code trie_closest_merkle_value(struct trie *t, struct arena *a, struct bytes *out, bool *found,
                                        struct bytes key, struct err *e)
{
    struct slot *s = &t->root;
    struct tnode *n;
    size_t depth = 0;

    tree_begin(t);
    tree_rehash(t);
    *found = false;
    if (key.len > TRIE_KEY_MAX)
        return ERR_OK;
    while (s != NULL && !slot_is_empty(s)) {
        TRY(tree_load(t, s, depth, &n, e));
        size_t match = nibbles_match_key(tnode_partial(n), key, depth);
        if (depth + match == key.len * 2) {
            *out = arena_dup(a, bytes_of(s->merkle.b, s->merkle.len));
            *found = true;
            return ERR_OK;
        }
        if (match < n->partial_len)
            return ERR_OK;
        depth = tree_path_add(t, n, depth);
        uint8_t nibble = key_nibble(key, depth);
        s = tnode_child(n, nibble);
        t->path[depth++] = nibble;
    }
    return ERR_OK;
}

struct collector {
    struct arena *arena;
    struct bytes *v;
    size_t count, cap;
};

static void collect(struct collector *c, struct bytes item)
{
    if (c->count == c->cap) {
        size_t cap = c->cap == 0 ? 64 : c->cap * 2;
        struct bytes *bigger = arena_new_n(c->arena, struct bytes, cap);
        if (c->count > 0)
            memcpy(bigger, c->v, c->count * sizeof *bigger);
        c->v = bigger;
        c->cap = cap;
    }
    c->v[c->count++] = item;
}

static void collect_node(void *ctx, const struct tnode *n, bool is_root)
{
    struct collector *c = ctx;
    struct arena_mark mark = arena_mark(c->arena);
    struct bytes encoded = tree_encode(n, c->arena);
    if (encoded.len >= MERKLE_VALUE_MAX || is_root)
        collect(c, encoded);
    else
        arena_rewind(c->arena, mark); /* its parent holds it */
}

/* Sorted, each once. */
static void collector_finish(struct collector *c, struct bytes_list *out)
{
    size_t count = 0;
    sort_by_bytes(c->arena, c->v, c->count, sizeof *c->v);
    for (size_t i = 0; i < c->count; i++)
        if (i == 0 || !bytes_eq(c->v[i], c->v[count - 1]))
            c->v[count++] = c->v[i];
    *out = (struct bytes_list){c->v, count};
}

enum err_code trie_read_proof(struct trie *t, struct arena *a, struct bytes_list *out,
                              const struct bytes_list *keys, struct err *e)
{
    struct collector c = {.arena = a};
    struct walk walk = {collect_node, &c};

    tree_begin(t);
    tree_rehash(t);
    for (size_t i = 0; i < keys->count; i++) {
        struct bytes key = keys->v[i];
        struct bytes value;
        struct tnode *n;
        if (key.len > TRIE_KEY_MAX)
            return FAIL(e, ERR_LIMIT, "proof for a key of %zu bytes, at most %d", key.len, TRIE_KEY_MAX);
        TRY(find(t, &n, key, &walk, e));
        if (n == NULL || n->value_kind == RECORD_VALUE_NONE || n->value_len <= NODE_HASHED_VALUE_OVER)
            continue;
        TRY(tree_value(t, n, key.len * 2, a, &value, e));
        collect(&c, value);
    }
    collector_finish(&c, out);
    return ERR_OK;
}
