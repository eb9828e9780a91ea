/* node/overlay.c — the change set: a hash table for lookups, a treap for order, a journal for rollbacks. */
#include "node/overlay.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypto/hash.h"
#include "crypto/signature.h"
#include "node/exit_code.h"
#include "trie/root.h"

#include <stdlib.h>
#include <unistd.h>

enum { KEEP_MEMORY = 1 << 20, UNDO_KEEP = 4096, INDEX_KEEP = 256, BLOCK_MEMORY_MAX = 1 << 30 };

enum entry_state { ENTRY_UNCHANGED, ENTRY_SET, ENTRY_DELETED };

struct overlay_entry {
    struct bytes key;
    uint8_t *value; /* heap */
    size_t len, cap;
    enum entry_state state;
    uint64_t layer; /* innermost transaction that has saved the former value */
    uint64_t rank;  /* the treap's heap order: random, so that keys cannot be chosen against it */
    struct overlay_entry *left, *right;
};

struct overlay_undo {
    struct overlay_entry *entry;
    uint8_t *value; /* heap; NULL when it was not set */
    size_t len;
    enum entry_state state;
    uint64_t layer;
};

_Noreturn void overlay_store_failed(const struct err *e)
{
    LOG_ERROR("node", "the store failed; stopping with the block unapplied", F_ERR(e));
    _exit(EXIT_CODE_STORE);
}

/* ---- the treap ---- */

static void split(struct overlay_entry *t, struct bytes key, struct overlay_entry **less,
                  struct overlay_entry **more)
{
    while (t != NULL)
        if (bytes_cmp(t->key, key) < 0) {
            *less = t;
            less = &t->right;
            t = t->right;
        } else {
            *more = t;
            more = &t->left;
            t = t->left;
        }
    *less = NULL;
    *more = NULL;
}

static void insert(struct overlay *o, struct overlay_entry *n)
{
    struct overlay_entry **at = &o->root;

    while (*at != NULL && (*at)->rank >= n->rank)
        at = bytes_cmp(n->key, (*at)->key) < 0 ? &(*at)->left : &(*at)->right;
    split(*at, n->key, &n->left, &n->right);
    *at = n;
}

/* The changed entry with the smallest key greater than `key`; NULL when there is none. */
static const struct overlay_entry *successor(const struct overlay *o, struct bytes key)
{
    for (;;) {
        const struct overlay_entry *best = NULL;
        for (const struct overlay_entry *t = o->root; t != NULL;)
            if (bytes_cmp(t->key, key) > 0) {
                best = t;
                t = t->left;
            } else {
                t = t->right;
            }
        if (best == NULL || best->state != ENTRY_UNCHANGED)
            return best;
        key = best->key;
    }
}

/* ---- changing ---- */

static struct overlay_entry *entry_of(struct overlay *o, struct bytes key)
{
    struct overlay_entry *n = table_get(&o->index, key);

    if (n != NULL)
        return n;
    n = arena_new(&o->arena, struct overlay_entry);
    n->key = arena_dup(&o->arena, key);
    o->rng ^= o->rng << 13;
    o->rng ^= o->rng >> 7;
    o->rng ^= o->rng << 17;
    n->rank = o->rng;
    (void)table_put(&o->index, n->key, n);
    insert(o, n);
    return n;
}

/* Keeps the entry's former value for a rollback of the innermost transaction; the entry no longer owns it
 * then. */
static void save(struct overlay *o, struct overlay_entry *n)
{
    if (o->depth == 0 || n->layer == o->layer)
        return;
    if (o->undo_count == o->undo_cap) {
        o->undo_cap = o->undo_cap == 0 ? 256 : o->undo_cap * 2;
        o->undo = reallocarray(o->undo, o->undo_cap, sizeof *o->undo);
        ASSERT(o->undo != NULL);
    }
    o->undo[o->undo_count++] = (struct overlay_undo){n, n->value, n->len, n->state, n->layer};
    n->value = NULL;
    n->len = n->cap = 0;
    n->layer = o->layer;
}

static void change(struct overlay *o, struct bytes key, const struct bytes *value_opt)
{
    struct overlay_entry *n = entry_of(o, key);

    save(o, n);
    o->dirty = true;
    if (value_opt == NULL) {
        n->state = ENTRY_DELETED;
        n->len = 0;
        return;
    }
    if (value_opt->len > n->cap || n->value == NULL) {
        size_t cap = value_opt->len + value_opt->len / 2 + 16;
        free(n->value);
        n->value = malloc(cap);
        ASSERT(n->value != NULL);
        n->cap = cap;
    }
    if (value_opt->len > 0)
        memcpy(n->value, value_opt->p, value_opt->len);
    n->len = value_opt->len;
    n->state = ENTRY_SET;
}

/* ---- host functions ---- */

static bool host_get(void *ctx, struct arena *a, struct bytes *out, struct bytes key)
{
    struct overlay *o = ctx;
    const struct overlay_entry *n = table_get(&o->index, key);

    if (n != NULL && n->state != ENTRY_UNCHANGED) {
        if (n->state == ENTRY_SET)
            *out = arena_dup(a, bytes_of(n->value, n->len));
        return n->state == ENTRY_SET;
    }
    struct err e;
    bool found = false;
    if (trie_get(o->trie, a, out, &found, key, &e) != ERR_OK)
        overlay_store_failed(&e);
    return found;
}

static void host_set(void *ctx, struct bytes key, struct bytes value)
{
    change(ctx, key, &value);
}

static void host_clear(void *ctx, struct bytes key)
{
    change(ctx, key, NULL);
}

static bool host_next_key(void *ctx, struct arena *a, struct bytes *out, struct bytes key)
{
    struct overlay *o = ctx;
    struct err e;

    for (;;) {
        const struct overlay_entry *mine = successor(o, key);
        struct bytes below = BYTES_EMPTY;
        bool found = false;
        if (trie_next_key(o->trie, a, &below, &found, key, &e) != ERR_OK)
            overlay_store_failed(&e);
        if (!found && mine == NULL)
            return false;
        if (mine == NULL || (found && bytes_cmp(below, mine->key) < 0)) {
            *out = below;
            return true;
        }
        if (mine->state == ENTRY_SET) {
            *out = arena_dup(a, mine->key);
            return true;
        }
        key = mine->key; /* deleted here: look further */
    }
}

static void host_start(void *ctx)
{
    struct overlay *o = ctx;

    ASSERT(o->depth < OVERLAY_DEPTH_MAX);
    if (o->depth == o->depth_cap) {
        o->depth_cap = o->depth_cap == 0 ? 16 : o->depth_cap * 2;
        o->start = reallocarray(o->start, o->depth_cap, 2 * sizeof *o->start);
        ASSERT(o->start != NULL);
    }
    o->start[2 * o->depth] = o->undo_count;
    o->start[2 * o->depth + 1] = o->layer;
    o->depth++;
    o->layer = ++o->layers;
}

static void host_commit(void *ctx)
{
    struct overlay *o = ctx;

    ASSERT(o->depth > 0);
    o->depth--;
    o->layer = o->start[2 * o->depth + 1];
    if (o->depth > 0)
        return; /* the enclosing transaction may still roll back */
    while (o->undo_count > 0)
        free(o->undo[--o->undo_count].value);
}

static void host_rollback(void *ctx)
{
    struct overlay *o = ctx;

    ASSERT(o->depth > 0);
    o->depth--;
    o->layer = o->start[2 * o->depth + 1];
    while (o->undo_count > o->start[2 * o->depth]) {
        struct overlay_undo *u = &o->undo[--o->undo_count];
        free(u->entry->value);
        u->entry->value = u->value;
        u->entry->len = u->entry->cap = u->len;
        u->entry->state = u->state;
        u->entry->layer = u->layer;
    }
}

struct to_trie {
    struct overlay *o;
    struct err e;
};

static void put_into_trie(void *ctx, struct bytes key, const struct bytes *value_opt)
{
    struct to_trie *t = ctx;
    enum err_code rc = value_opt != NULL ? trie_put(t->o->trie, key, *value_opt, &t->e)
                                         : trie_delete(t->o->trie, key, &t->e);
    if (rc != ERR_OK)
        overlay_store_failed(&t->e);
}

struct hash32 overlay_root(struct overlay *o)
{
    struct hash32 root = {0};

    ASSERT(o->depth == 0);
    if (!o->writable) {
        o->unsupported = true;
        return root;
    }
    uint64_t t0 = clock_mono_us();
    if (o->dirty) {
        struct to_trie t = {.o = o};
        if (o->trie_dirty) /* an entry may have gone back to unchanged since */
            trie_discard(o->trie);
        overlay_each(o, put_into_trie, &t);
        o->dirty = false;
        o->trie_dirty = true;
    }
    trie_root(o->trie, &root);
    o->root_us += clock_mono_us() - t0;
    return root;
}

static struct hash32 host_root(void *ctx)
{
    return overlay_root(ctx);
}

static struct hash32 host_ordered_root(void *ctx, const struct bytes_list *items)
{
    struct overlay *o = ctx;
    struct hash32 root;

    trie_ordered_root(&o->scratch, &root, items, STATE_V0);
    return root;
}

static void host_blake2_256(void *ctx, uint8_t out[32], struct bytes in)
{
    (void)ctx;
    blake2_256(out, in);
}

static void host_blake2_128(void *ctx, uint8_t out[16], struct bytes in)
{
    (void)ctx;
    blake2_128(out, in);
}

static void host_twox_64(void *ctx, uint8_t out[8], struct bytes in)
{
    (void)ctx;
    twox_64(out, in);
}

static void host_twox_128(void *ctx, uint8_t out[16], struct bytes in)
{
    (void)ctx;
    twox_128(out, in);
}

static bool host_verify(void *ctx, enum host_signature_kind kind, struct bytes sig, struct bytes msg,
                        const struct account_id *who)
{
    struct overlay *o = ctx;
    struct hash32 key = sigcache_key(kind, sig, msg, who);
    bool good = false;

    if (sigcache_get(o->sigs, &key, &good))
        return good;
    good = signature_verify((enum signature_kind)kind, sig, msg, who);
    sigcache_put(o->sigs, &key, good);
    return good;
}

static void host_log(void *ctx, struct bytes text)
{
    (void)ctx;
    LOG_DEBUG("runtime", "runtime says", F_TEXT("text", text));
}

/* ---- life ---- */

void overlay_init(struct overlay *o, struct sigcache *sigs)
{
    *o = (struct overlay){.sigs = sigs};
    o->host = (struct host){
        .ctx = o,
        .storage_get = host_get,
        .storage_set = host_set,
        .storage_clear = host_clear,
        .storage_next_key = host_next_key,
        .transaction_start = host_start,
        .transaction_commit = host_commit,
        .transaction_rollback = host_rollback,
        .storage_root = host_root,
        .ordered_root = host_ordered_root,
        .blake2_256 = host_blake2_256,
        .blake2_128 = host_blake2_128,
        .twox_64 = host_twox_64,
        .twox_128 = host_twox_128,
        .verify_signature = host_verify,
        .log = host_log,
    };
    arena_init(&o->arena, &arena_heap, BLOCK_MEMORY_MAX);
    arena_init(&o->scratch, &arena_heap, BLOCK_MEMORY_MAX);
    table_init(&o->index);
    o->rng = o->index.seed | 1;
}

static void free_values(struct overlay *o)
{
    for (size_t i = 0; i < o->index.cap; i++) {
        struct overlay_entry *n = o->index.slot[i].value;
        if (n != NULL)
            free(n->value);
    }
    while (o->undo_count > 0)
        free(o->undo[--o->undo_count].value);
}

/* Empties an arena; one that grew large gives its memory back, because blocks are small most of the time. */
static void shrink(struct arena *a)
{
    if (a->total <= KEEP_MEMORY) {
        arena_reset(a);
        return;
    }
    size_t limit = a->limit;
    const struct arena_source *source = a->source;
    arena_fini(a);
    arena_init(a, source, limit);
}

static void forget(struct overlay *o)
{
    free_values(o);
    table_clear(&o->index, INDEX_KEEP);
    if (o->undo_cap > UNDO_KEEP) {
        free(o->undo);
        o->undo = NULL;
        o->undo_cap = 0;
    }
    o->root = NULL;
    o->depth = 0;
    o->layer = o->layers = 0;
    o->dirty = o->trie_dirty = o->unsupported = false;
    o->trie = NULL;
    shrink(&o->arena);
    shrink(&o->scratch);
}

void overlay_fini(struct overlay *o)
{
    overlay_reset(o);
    arena_fini(&o->arena);
    arena_fini(&o->scratch);
    table_fini(&o->index);
    free(o->undo);
    free(o->start);
}

void overlay_open(struct overlay *o, struct trie *trie, bool writable)
{
    ASSERT(o->trie == NULL && o->index.count == 0);
    o->trie = trie;
    o->root_us = 0;
    o->writable = writable;
}

void overlay_reset(struct overlay *o)
{
    if (o->trie_dirty)
        trie_discard(o->trie);
    forget(o);
}

void overlay_done(struct overlay *o)
{
    ASSERT(!o->dirty && o->depth == 0);
    forget(o);
}

/* In order; the treap's expected depth is logarithmic whatever the keys are. */
static void each(const struct overlay_entry *n, overlay_visit visit, void *ctx)
{
    while (n != NULL) {
        each(n->left, visit, ctx);
        struct bytes value = bytes_of(n->value, n->len);
        if (n->state != ENTRY_UNCHANGED)
            visit(ctx, n->key, n->state == ENTRY_SET ? &value : NULL);
        n = n->right;
    }
}

void overlay_each(const struct overlay *o, overlay_visit visit, void *ctx)
{
    each(o->root, visit, ctx);
}

size_t overlay_count(const struct overlay *o)
{
    return o->index.count;
}
