#include "trie/trie.h"
#include "crypto/hash.h"
#include "trie/tree.h"

/* ---- life ---- */

static struct trie *new_trie(const struct trie_config *config, size_t memory_default)
{
    struct trie *t = config->source->more(sizeof *t);
    ASSERT(t != NULL); /* out of memory */
    memset(t, 0, sizeof *t);
    t->db = config->db;
    t->memory_limit = config->memory_limit == 0 ? memory_default : config->memory_limit;
    pool_init(&t->pool, config->source);
    arena_init(&t->scratch, config->source, SIZE_MAX / 2);
    return t;
}

struct trie *trie_new(const struct trie_config *config)
{
    return new_trie(config, TRIE_MEMORY_DEFAULT);
}

void trie_free(struct trie *t)
{
    if (t == NULL)
        return;
    const struct arena_source *source = t->pool.source;
    pool_reset(&t->pool);
    arena_fini(&t->scratch);
    if (source->give_back != NULL)
        source->give_back(t, sizeof *t);
}

static enum err_code read_root(struct trie *t, struct record_root *out, uint64_t version, struct err *e)
{
    struct record_key key;
    struct bytes stored;
    bool found;

    arena_reset(&t->scratch);
    record_key_root(&key, version);
    TRY(t->db.get(t->db.ctx, &t->scratch, &stored, &found, record_key_bytes(&key), e));
    if (!found)
        return FAIL(e, ERR_NOT_FOUND, "no state of version %llu: pruned or never written",
                    (unsigned long long)version);
    return record_root_decode(out, stored, e);
}

enum err_code trie_open(struct trie *t, uint64_t version, const struct hash32 *root_opt, struct err *e)
{
    struct record_root root;

    TRY(read_root(t, &root, version, e));
    if (root_opt != NULL && !hash32_eq(&root.root, root_opt))
        return FAIL(e, ERR_CORRUPT, "state of version %llu has another root than its block says",
                    (unsigned long long)version);
    t->base = (struct slot){0};
    if (root.present) {
        t->base.version = root.version;
        t->base.merkle.len = MERKLE_VALUE_MAX;
        memcpy(t->base.merkle.b, root.root.b, sizeof root.root.b);
    }
    t->committed = true;
    t->version = version;
    tree_reset(t);
    return ERR_OK;
}

enum err_code trie_view(struct trie **out, const struct trie_config *config, uint64_t version,
                        const struct hash32 *root_opt, struct err *e)
{
    struct trie *t = new_trie(config, TRIE_VIEW_MEMORY_DEFAULT);
    if (trie_open(t, version, root_opt, e) != ERR_OK) {
        trie_free(t);
        return e->code;
    }
    t->read_only = true;
    *out = t;
    return ERR_OK;
}

void trie_discard(struct trie *t)
{
    tree_reset(t);
}

void trie_root(struct trie *t, struct hash32 *out)
{
    tree_rehash(t);
    if (slot_is_empty(&t->root))
        *out = trie_empty_root;
    else
        memcpy(out->b, t->root.merkle.b, sizeof out->b);
}

void trie_stats(const struct trie *t, struct trie_stats *out)
{
    *out = (struct trie_stats){t->pool.used, t->pool.reserved, t->loads, t->written};
}

/* ---- changing ---- */

static void touch(struct tnode *n)
{
    n->changed = true;
    n->unhashed = true;
}

static void stale_add_node(struct trie *t, size_t depth, uint64_t version)
{
    struct record_key key;
    record_key_node(&key, t->path, depth, version);
    tree_stale_add(t, &key);
}

/* Frees the value of the node whose path is t->path[0..len). */
static void drop_value(struct trie *t, struct tnode *n, size_t len)
{
    struct record_key key;
    if (n->value_kind == RECORD_VALUE_APART && n->large->stored) {
        record_key_value(&key, t->path, len, n->large->version);
        tree_stale_add(t, &key);
    }
    tnode_free_value(t, n);
}

static uint8_t *pool_dup(struct trie *t, struct bytes b)
{
    uint8_t *copy = pool_alloc(&t->pool, b.len);
    if (b.len > 0)
        memcpy(copy, b.p, b.len);
    return copy;
}

static bool value_is(const struct tnode *n, struct bytes value)
{
    uint8_t hash[32];
    if (n->value_kind == RECORD_VALUE_NONE || n->value_len != value.len)
        return false;
    if (n->value_kind == RECORD_VALUE_INLINE)
        return bytes_eq(bytes_of(n->value, n->value_len), value);
    blake2_256(hash, value);
    return memcmp(hash, n->large->hash.b, sizeof hash) == 0;
}

/* Sets the value of the node whose path is t->path[0..len); false when it has that value already. */
static bool set_value(struct trie *t, struct tnode *n, size_t len, struct bytes value)
{
    if (value_is(n, value))
        return false;
    drop_value(t, n, len);
    n->value_len = (uint32_t)value.len;
    if (value.len <= RECORD_VALUE_INLINE_MAX) {
        n->value = pool_dup(t, value);
        n->value_kind = RECORD_VALUE_INLINE;
        return true;
    }
    n->large = pool_alloc(&t->pool, sizeof *n->large);
    *n->large = (struct large_value){.pending = pool_dup(t, value)};
    blake2_256(n->large->hash.b, value);
    n->value_kind = RECORD_VALUE_APART;
    return true;
}

/* A leaf for what is left of the key from `depth` on. */
static struct tnode *new_leaf(struct trie *t, struct bytes key, size_t depth, struct bytes value)
{
    struct arena_mark mark = arena_mark(&t->scratch); /* not the stack: callers may be deep in a recursion */
    size_t len = key.len * 2 - depth;
    uint8_t *partial = arena_alloc(&t->scratch, nibbles_size(len));
    struct tnode *n = tnode_new(t);
    nibbles_of_key(partial, key, depth, key.len * 2);
    tnode_set_partial(t, n, partial, len);
    arena_rewind(&t->scratch, mark);
    (void)set_value(t, n, key.len * 2, value);
    touch(n);
    return n;
}

/* Sets the partial key of `n` to the nibbles [from, to) of `in`, which may be its own. */
static void set_partial_slice(struct trie *t, struct tnode *n, struct nibbles in, size_t from, size_t to)
{
    struct arena_mark mark = arena_mark(&t->scratch);
    uint8_t *nibbles = arena_alloc(&t->scratch, to - from);
    uint8_t *packed = arena_alloc(&t->scratch, nibbles_size(to - from));
    for (size_t i = from; i < to; i++)
        nibbles[i - from] = nibble_at(in, i);
    nibbles_pack(packed, nibbles, to - from);
    tnode_set_partial(t, n, packed, to - from);
    arena_rewind(&t->scratch, mark);
}

/* The key leaves the node's partial key after `match` nibbles: a branch takes its place, and its record. */
static void split(struct trie *t, struct slot *s, struct bytes key, size_t depth, size_t match,
                  struct bytes value)
{
    struct tnode *n = s->node;
    struct tnode *b = tnode_new(t);
    uint8_t nibble = nibble_at(tnode_partial(n), match);
    size_t at = depth + match;

    b->stored = n->stored;
    b->stored_version = n->stored_version;
    n->stored = false;
    set_partial_slice(t, b, tnode_partial(n), 0, match);
    set_partial_slice(t, n, tnode_partial(n), match + 1, n->partial_len);
    tnode_add_child(t, b, nibble)->node = n;
    touch(n);
    if (at == key.len * 2) {
        (void)set_value(t, b, at, value);
    } else {
        struct tnode *leaf = new_leaf(t, key, at + 1, value);
        tnode_add_child(t, b, key_nibble(key, at))->node = leaf;
    }
    touch(b);
    s->node = b;
}

static enum err_code put_at(struct trie *t, struct slot *s, struct bytes key, size_t depth,
                            struct bytes value, bool *changed, struct err *e)
{
    struct tnode *n;

    TRY(tree_load(t, s, depth, &n, e));
    size_t match = nibbles_match_key(tnode_partial(n), key, depth);
    size_t at = depth + match;
    if (match < n->partial_len) {
        split(t, s, key, depth, match, value);
        *changed = true;
        return ERR_OK;
    }
    if (at == key.len * 2) {
        *changed = set_value(t, n, at, value);
    } else {
        uint8_t nibble = key_nibble(key, at);
        struct slot *child = tnode_child(n, nibble);
        if (child == NULL) {
            struct tnode *leaf = new_leaf(t, key, at + 1, value);
            tnode_add_child(t, n, nibble)->node = leaf;
            *changed = true;
        } else {
            TRY(put_at(t, child, key, at + 1, value, changed, e));
        }
    }
    if (*changed)
        touch(n);
    return ERR_OK;
}

static void set_path(struct trie *t, struct bytes key)
{
    for (size_t i = 0; i < key.len * 2; i++)
        t->path[i] = key_nibble(key, i);
}

enum err_code trie_put(struct trie *t, struct bytes key, struct bytes value, struct err *e)
{
    bool changed = false;

    ASSERT(!t->read_only);
    if (key.len > TRIE_KEY_MAX)
        return FAIL(e, ERR_LIMIT, "storage key of %zu bytes, at most %d can be stored", key.len,
                    TRIE_KEY_MAX);
    if (value.len > TRIE_VALUE_MAX)
        return FAIL(e, ERR_LIMIT, "value of %zu bytes, at most %d can be stored", value.len, TRIE_VALUE_MAX);
    tree_begin(t);
    set_path(t, key);
    if (slot_is_empty(&t->root)) {
        t->root.node = new_leaf(t, key, 0, value);
        return ERR_OK;
    }
    return put_at(t, &t->root, key, 0, value, &changed, e);
}

/* Joins a branch without value at `depth` with its only child, which takes its place and its record. */
static enum err_code merge_child(struct trie *t, struct slot *s, size_t depth, struct err *e)
{
    struct tnode *n = s->node;
    struct tnode *c;
    uint8_t nibble = (uint8_t)__builtin_ctz(n->bitmap);
    size_t at = tree_path_add(t, n, depth);

    t->path[at] = nibble;
    TRY(tree_load(t, tnode_child(n, nibble), at + 1, &c, e));
    if (c->stored)
        stale_add_node(t, at + 1, c->stored_version);
    c->stored = n->stored;
    c->stored_version = n->stored_version;
    size_t len = tree_path_add(t, c, at + 1) - depth;
    struct arena_mark mark = arena_mark(&t->scratch);
    uint8_t *packed = arena_alloc(&t->scratch, nibbles_size(len));
    nibbles_pack(packed, t->path + depth, len);
    tnode_set_partial(t, c, packed, len);
    arena_rewind(&t->scratch, mark);
    touch(c);
    s->node = c;
    tnode_free(t, n);
    return ERR_OK;
}

/* After something went from the node at `depth`: keeps the form in which every map has exactly one trie. */
static enum err_code shrink(struct trie *t, struct slot *s, size_t depth, struct err *e)
{
    struct tnode *n = s->node;
    if (n->value_kind != RECORD_VALUE_NONE || tnode_child_count(n) > 1)
        return ERR_OK;
    if (tnode_child_count(n) == 1)
        return merge_child(t, s, depth, e);
    if (n->stored)
        stale_add_node(t, depth, n->stored_version);
    tnode_free(t, n);
    *s = (struct slot){0};
    return ERR_OK;
}

static enum err_code delete_at(struct trie *t, struct slot *s, struct bytes key, size_t depth, bool *changed,
                               struct err *e)
{
    struct tnode *n;

    TRY(tree_load(t, s, depth, &n, e));
    if (nibbles_match_key(tnode_partial(n), key, depth) < n->partial_len)
        return ERR_OK;
    size_t at = depth + n->partial_len;
    if (at == key.len * 2) {
        if (n->value_kind == RECORD_VALUE_NONE)
            return ERR_OK;
        drop_value(t, n, at);
        *changed = true;
    } else {
        uint8_t nibble = key_nibble(key, at);
        struct slot *child = tnode_child(n, nibble);
        if (child == NULL)
            return ERR_OK;
        TRY(delete_at(t, child, key, at + 1, changed, e));
        if (!*changed)
            return ERR_OK;
        if (slot_is_empty(child))
            tnode_remove_child(n, nibble);
    }
    touch(n);
    return shrink(t, s, depth, e);
}

enum err_code trie_delete(struct trie *t, struct bytes key, struct err *e)
{
    bool changed = false;

    ASSERT(!t->read_only);
    if (key.len > TRIE_KEY_MAX || slot_is_empty(&t->root))
        return ERR_OK;
    tree_begin(t);
    set_path(t, key);
    return delete_at(t, &t->root, key, 0, &changed, e);
}
