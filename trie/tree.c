#include "trie/tree.h"
#include "crypto/hash.h"

enum { AGE_CLASSES = 33 };

struct tnode *tnode_new(struct trie *t)
{
    struct tnode *n = pool_alloc(&t->pool, sizeof *n);
    *n = (struct tnode){.epoch = t->epoch};
    return n;
}

void tnode_set_partial(struct trie *t, struct tnode *n, const uint8_t *packed, size_t len)
{
    uint8_t *copy = NULL;
    ASSERT(len <= RECORD_PATH_MAX);
    if (len > 0) {
        copy = pool_alloc(&t->pool, nibbles_size(len));
        memcpy(copy, packed, nibbles_size(len));
    }
    pool_free(&t->pool, n->partial,
              nibbles_size(n->partial_len)); /* after the copy: packed may be a part of it */
    n->partial = copy;
    n->partial_len = (uint16_t)len;
}

/* Children are kept in arrays of 1, 2, 4, 8 or 16 slots. */
static void grow_children(struct trie *t, struct tnode *n, unsigned count)
{
    unsigned room = n->room == 0 ? 1 : n->room;
    while (room < count)
        room *= 2;
    if (room == n->room)
        return;
    struct slot *children = pool_alloc(&t->pool, room * sizeof *children);
    if (n->room > 0)
        memcpy(children, n->children, tnode_child_count(n) * sizeof *children);
    pool_free(&t->pool, n->children, n->room * sizeof *children);
    n->children = children;
    n->room = (uint8_t)room;
}

struct slot *tnode_add_child(struct trie *t, struct tnode *n, uint8_t nibble)
{
    unsigned count = tnode_child_count(n);
    ASSERT((n->bitmap >> nibble & 1) == 0);
    grow_children(t, n, count + 1);
    unsigned at = (unsigned)__builtin_popcount(n->bitmap & ((1u << nibble) - 1));
    memmove(&n->children[at + 1], &n->children[at], (count - at) * sizeof *n->children);
    n->children[at] = (struct slot){0};
    n->bitmap = (uint16_t)(n->bitmap | 1u << nibble);
    return &n->children[at];
}

void tnode_remove_child(struct tnode *n, uint8_t nibble)
{
    unsigned count = tnode_child_count(n);
    ASSERT((n->bitmap >> nibble & 1) == 1);
    unsigned at = (unsigned)__builtin_popcount(n->bitmap & ((1u << nibble) - 1));
    memmove(&n->children[at], &n->children[at + 1], (count - at - 1) * sizeof *n->children);
    n->bitmap = (uint16_t)(n->bitmap & ~(1u << nibble));
}

void tnode_free_value(struct trie *t, struct tnode *n)
{
    if (n->value_kind == RECORD_VALUE_INLINE) {
        pool_free(&t->pool, n->value, n->value_len);
    } else if (n->value_kind == RECORD_VALUE_APART) {
        pool_free(&t->pool, n->large->pending, n->value_len);
        pool_free(&t->pool, n->large, sizeof *n->large);
    }
    n->value = NULL;
    n->value_kind = RECORD_VALUE_NONE;
    n->value_len = 0;
}

void tnode_free(struct trie *t, struct tnode *n)
{
    tnode_free_value(t, n);
    pool_free(&t->pool, n->partial, nibbles_size(n->partial_len));
    pool_free(&t->pool, n->children, n->room * sizeof *n->children);
    pool_free(&t->pool, n, sizeof *n);
}

void tnode_free_subtree(struct trie *t, struct tnode *n)
{
    for (unsigned i = 0; i < tnode_child_count(n); i++)
        if (n->children[i].node != NULL)
            tnode_free_subtree(t, n->children[i].node);
    tnode_free(t, n);
}

/* What a missing record means: a view's version was pruned under it, or the store lost something. */
static enum err_code missing(struct trie *t, struct err *e)
{
    struct record_key key;
    struct bytes value;
    bool found;

    record_key_root(&key, t->version);
    TRY(t->db.get(t->db.ctx, &t->scratch, &value, &found, record_key_bytes(&key), e));
    if (!found)
        return FAIL(e, ERR_NOT_FOUND, "state of version %llu was pruned", (unsigned long long)t->version);
    return FAIL(e, ERR_CORRUPT, "state of version %llu: a stored record is missing",
                (unsigned long long)t->version);
}

static void build_value(struct trie *t, struct tnode *n, const struct record *r)
{
    n->value_kind = (uint8_t)r->value_kind;
    if (r->value_kind == RECORD_VALUE_INLINE) {
        n->value_len = (uint32_t)r->value.len;
        n->value = pool_alloc(&t->pool, r->value.len);
        if (r->value.len > 0)
            memcpy(n->value, r->value.p, r->value.len);
    } else if (r->value_kind == RECORD_VALUE_APART) {
        n->value_len = r->value_len;
        n->large = pool_alloc(&t->pool, sizeof *n->large);
        *n->large = (struct large_value){.hash = r->hash, .version = r->value_version, .stored = true};
    }
}

static struct tnode *build_node(struct trie *t, const struct record *r, uint64_t version)
{
    struct tnode *n = tnode_new(t);
    n->stored = true;
    n->stored_version = version;
    tnode_set_partial(t, n, r->partial.p, r->partial.len);
    build_value(t, n, r);
    if (r->bitmap == 0)
        return n;
    unsigned count = (unsigned)__builtin_popcount(r->bitmap);
    grow_children(t, n, count);
    n->bitmap = r->bitmap;
    for (unsigned i = 0; i < count; i++) {
        struct slot *s = &n->children[i];
        *s = (struct slot){.version = r->child[i].version};
        s->merkle.len = (uint8_t)r->child[i].merkle.len;
        memcpy(s->merkle.b, r->child[i].merkle.p, r->child[i].merkle.len);
    }
    return n;
}

/* The record must be what the parent says it is: damage and mix-ups stop here, before they become another
 * root. */
static enum err_code check_merkle(struct trie *t, const struct slot *s, const struct tnode *n, bool is_root,
                                  struct err *e)
{
    struct merkle_value m;
    merkle_value_of(&m, tree_encode(n, &t->scratch), is_root);
    if (m.len != s->merkle.len || memcmp(m.b, s->merkle.b, m.len) != 0)
        return FAIL(e, ERR_CORRUPT, "stored trie node does not hash to what its parent holds");
    return ERR_OK;
}

static enum err_code load_record(struct trie *t, struct slot *s, size_t depth, struct err *e)
{
    struct record_key key;
    struct bytes stored;
    struct record r;
    bool found;

    record_key_node(&key, t->path, depth, s->version);
    TRY(t->db.get(t->db.ctx, &t->scratch, &stored, &found, record_key_bytes(&key), e));
    if (!found)
        return missing(t, e);
    TRY(record_decode(&r, stored, e));
    size_t end = depth + r.partial.len;
    if (end + (r.bitmap != 0) > RECORD_PATH_MAX || (r.value_kind != RECORD_VALUE_NONE && end % 2 != 0))
        return FAIL(e, ERR_CORRUPT, "stored trie node does not fit its path");
    struct tnode *n = build_node(t, &r, s->version);
    if (check_merkle(t, s, n, depth == 0, e) != ERR_OK) {
        tnode_free(t, n);
        return e->code;
    }
    s->node = n;
    t->loads++;
    return ERR_OK;
}

enum err_code tree_load(struct trie *t, struct slot *s, size_t depth, struct tnode **out, struct err *e)
{
    if (s->node == NULL) {
        struct arena_mark mark = arena_mark(&t->scratch);
        enum err_code code = load_record(t, s, depth, e);
        arena_rewind(&t->scratch, mark);
        TRY(code);
    }
    s->node->epoch = t->epoch;
    *out = s->node;
    return ERR_OK;
}

static enum err_code load_large(struct trie *t, const struct tnode *n, size_t len, struct arena *a,
                                struct bytes *out, struct err *e)
{
    struct record_key key;
    struct bytes value;
    uint8_t hash[32];
    bool found;

    record_key_value(&key, t->path, len, n->large->version);
    TRY(t->db.get(t->db.ctx, a, &value, &found, record_key_bytes(&key), e));
    if (!found)
        return missing(t, e);
    blake2_256(hash, value);
    if (value.len != n->value_len || memcmp(hash, n->large->hash.b, sizeof hash) != 0)
        return FAIL(e, ERR_CORRUPT, "stored value does not hash to what its node holds");
    t->loads++;
    *out = value;
    return ERR_OK;
}

enum err_code tree_value(struct trie *t, const struct tnode *n, size_t len, struct arena *a,
                         struct bytes *out, struct err *e)
{
    if (n->value_kind == RECORD_VALUE_INLINE) {
        *out = arena_dup(a, bytes_of(n->value, n->value_len));
        return ERR_OK;
    }
    ASSERT(n->value_kind == RECORD_VALUE_APART);
    if (n->large->pending == NULL)
        return load_large(t, n, len, a, out, e);
    *out = arena_dup(a, bytes_of(n->large->pending, n->value_len));
    return ERR_OK;
}

struct hash32 tree_value_hash(const struct tnode *n)
{
    struct hash32 hash;
    if (n->value_kind == RECORD_VALUE_APART)
        return n->large->hash;
    blake2_256(hash.b, bytes_of(n->value, n->value_len));
    return hash;
}

size_t tree_path_add(struct trie *t, const struct tnode *n, size_t depth)
{
    struct nibbles partial = tnode_partial(n);
    for (size_t i = 0; i < partial.len; i++)
        t->path[depth + i] = nibble_at(partial, i);
    return depth + partial.len;
}

struct bytes tree_encode(const struct tnode *n, struct arena *a)
{
    struct hash32 hash;
    enum node_value kind = NODE_VALUE_NONE;
    struct bytes value = BYTES_EMPTY;
    if (n->value_kind != RECORD_VALUE_NONE && n->value_len > NODE_HASHED_VALUE_OVER) {
        hash = tree_value_hash(n);
        value = bytes_of(hash.b, sizeof hash.b);
        kind = NODE_VALUE_HASHED;
    } else if (n->value_kind != RECORD_VALUE_NONE) {
        value = bytes_of(n->value, n->value_len);
        kind = NODE_VALUE_INLINE;
    }
    struct node_view bound = {.partial = tnode_partial(n), .value = value, .bitmap = n->bitmap};
    size_t max = node_encoded_max(&bound);
    struct writer w = writer_fixed(arena_alloc(a, max), max);
    put_node_head(&w, tnode_partial(n), kind, n->bitmap);
    put_node_value(&w, kind, value);
    for (unsigned i = 0; i < tnode_child_count(n); i++)
        put_node_child(&w, bytes_of(n->children[i].merkle.b, n->children[i].merkle.len));
    ASSERT(writer_ok(&w));
    return writer_bytes(&w);
}

static void rehash(struct trie *t, struct slot *s, bool is_root)
{
    struct tnode *n = s->node;
    for (unsigned i = 0; i < tnode_child_count(n); i++)
        if (n->children[i].node != NULL && n->children[i].node->unhashed)
            rehash(t, &n->children[i], false);
    struct arena_mark mark = arena_mark(&t->scratch);
    merkle_value_of(&s->merkle, tree_encode(n, &t->scratch), is_root);
    arena_rewind(&t->scratch, mark);
    n->unhashed = false;
}

void tree_rehash(struct trie *t)
{
    if (t->root.node != NULL && t->root.node->unhashed)
        rehash(t, &t->root, true);
}

void tree_stale_add(struct trie *t, const struct record_key *key)
{
    size_t need = t->stale_len + 2 + key->len;
    if (need > t->stale_cap) {
        size_t cap = t->stale_cap == 0 ? 4096 : t->stale_cap * 2;
        uint8_t *bigger = pool_alloc(&t->pool, cap); /* a key is far shorter than 4096 bytes */
        if (t->stale_len > 0)
            memcpy(bigger, t->stale, t->stale_len);
        pool_free(&t->pool, t->stale, t->stale_cap);
        t->stale = bigger;
        t->stale_cap = cap;
    }
    t->stale[t->stale_len] = (uint8_t)key->len;
    t->stale[t->stale_len + 1] = (uint8_t)(key->len >> 8);
    memcpy(t->stale + t->stale_len + 2, key->b, key->len);
    t->stale_len = need;
}

void tree_reset(struct trie *t)
{
    pool_reset(&t->pool);
    t->stale = NULL;
    t->stale_len = 0;
    t->stale_cap = 0;
    t->root = t->base;
}

/* Class 0 was used in this epoch, class k up to 2^k - 1 epochs ago. */
static unsigned age_class(const struct trie *t, const struct tnode *n)
{
    uint32_t age = t->epoch - n->epoch;
    return age == 0 ? 0 : 32u - (unsigned)__builtin_clz(age);
}

static size_t tnode_size(const struct tnode *n)
{
    size_t size = sizeof *n + nibbles_size(n->partial_len) + n->room * sizeof *n->children;
    return size + (n->value_kind == RECORD_VALUE_INLINE ? n->value_len : 0);
}

static void count_ages(const struct trie *t, const struct tnode *n, size_t sizes[AGE_CLASSES])
{
    sizes[age_class(t, n)] += tnode_size(n);
    for (unsigned i = 0; i < tnode_child_count(n); i++)
        if (n->children[i].node != NULL)
            count_ages(t, n->children[i].node, sizes);
}

/* A node is used whenever one below it is, so an old node has nothing newer below. */
static void drop_older(struct trie *t, struct tnode *n, unsigned keep)
{
    for (unsigned i = 0; i < tnode_child_count(n); i++) {
        struct slot *s = &n->children[i];
        if (s->node == NULL)
            continue;
        if (age_class(t, s->node) > keep) {
            tnode_free_subtree(t, s->node);
            s->node = NULL;
        } else {
            drop_older(t, s->node, keep);
        }
    }
}

void tree_begin(struct trie *t)
{
    arena_reset(&t->scratch);
    if (t->pool.used <= t->memory_limit)
        return;
    t->epoch++;
    tree_trim(t);
}

void tree_trim(struct trie *t)
{
    size_t sizes[AGE_CLASSES] = {0};
    size_t target = t->memory_limit - t->memory_limit / 4; /* so that the next trim is a while away */
    size_t kept = 0;
    unsigned keep = 0;

    if (t->pool.used <= t->memory_limit || t->root.node == NULL || t->root.node->changed || t->stale_len > 0)
        return;
    count_ages(t, t->root.node, sizes);
    while (keep < AGE_CLASSES && kept + sizes[keep] <= target)
        kept += sizes[keep++];
    if (keep == 0 || t->pool.reserved > 2 * t->memory_limit) {
        tree_reset(t); /* also gives the memory back, which freeing blocks does not */
        return;
    }
    drop_older(t, t->root.node, keep - 1);
}
