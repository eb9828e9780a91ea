#include "runtime/memory_host.h"

#include <stdio.h>
#include <stdlib.h>

#include "crypto/hash.h"
#include "crypto/signature.h"
#include "trie/root.h"

struct buffer {
    uint8_t *p;
    size_t len;
};

struct pair {
    struct buffer key, value;
};

/* What a key held before one change. */
struct undo {
    struct buffer key, value;
    bool present;
};

enum { DEPTH_MAX = 64 };

struct memory_host {
    struct pair *pairs;
    size_t count, cap;
    struct undo *undo;
    size_t undo_count, undo_cap;
    size_t starts[DEPTH_MAX]; /* undo_count when each open transaction began */
    size_t depth;
};

static void *check(void *p)
{
    ASSERT(p != NULL);
    return p;
}

static struct buffer copy(struct bytes b)
{
    struct buffer out = {check(malloc(b.len + 1)), b.len};
    if (b.len > 0)
        memcpy(out.p, b.p, b.len);
    return out;
}

static struct bytes view(struct buffer b)
{
    return bytes_of(b.p, b.len);
}

struct memory_host *memory_host_new(void)
{
    return check(calloc(1, sizeof(struct memory_host)));
}

static void forget(struct memory_host *m, size_t from)
{
    for (size_t i = from; i < m->undo_count; i++) {
        free(m->undo[i].key.p);
        free(m->undo[i].value.p);
    }
    m->undo_count = from;
}

void memory_host_free(struct memory_host *m)
{
    if (m == NULL)
        return;
    forget(m, 0);
    for (size_t i = 0; i < m->count; i++) {
        free(m->pairs[i].key.p);
        free(m->pairs[i].value.p);
    }
    free(m->pairs);
    free(m->undo);
    free(m);
}

/* Position of the first key not below `key`. */
static size_t lower_bound(const struct memory_host *m, struct bytes key)
{
    size_t lo = 0, hi = m->count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (bytes_cmp(view(m->pairs[mid].key), key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool holds(const struct memory_host *m, size_t i, struct bytes key)
{
    return i < m->count && bytes_eq(view(m->pairs[i].key), key);
}

static void record(struct memory_host *m, size_t i, struct bytes key)
{
    if (m->undo_count == m->undo_cap) {
        m->undo_cap = m->undo_cap == 0 ? 64 : 2 * m->undo_cap;
        m->undo = check(realloc(m->undo, m->undo_cap * sizeof *m->undo));
    }
    struct undo u = {.key = copy(key), .present = holds(m, i, key)};
    u.value = copy(u.present ? view(m->pairs[i].value) : BYTES_EMPTY);
    m->undo[m->undo_count++] = u;
}

static void put(struct memory_host *m, struct bytes key, struct bytes value)
{
    size_t i = lower_bound(m, key);
    if (holds(m, i, key)) {
        struct buffer fresh = copy(value);
        free(m->pairs[i].value.p);
        m->pairs[i].value = fresh;
        return;
    }
    if (m->count == m->cap) {
        m->cap = m->cap == 0 ? 64 : 2 * m->cap;
        m->pairs = check(realloc(m->pairs, m->cap * sizeof *m->pairs));
    }
    memmove(m->pairs + i + 1, m->pairs + i, (m->count - i) * sizeof *m->pairs);
    m->pairs[i] = (struct pair){copy(key), copy(value)};
    m->count++;
}

static void drop(struct memory_host *m, struct bytes key)
{
    size_t i = lower_bound(m, key);
    if (!holds(m, i, key))
        return;
    free(m->pairs[i].key.p);
    free(m->pairs[i].value.p);
    m->count--;
    memmove(m->pairs + i, m->pairs + i + 1, (m->count - i) * sizeof *m->pairs);
}

static void undo_to(struct memory_host *m, size_t from)
{
    for (size_t i = m->undo_count; i-- > from;) {
        if (m->undo[i].present)
            put(m, view(m->undo[i].key), view(m->undo[i].value));
        else
            drop(m, view(m->undo[i].key));
    }
    forget(m, from);
}

void memory_host_mark(struct memory_host *m)
{
    ASSERT(m->depth == 0);
    forget(m, 0);
}

void memory_host_revert(struct memory_host *m)
{
    m->depth = 0;
    undo_to(m, 0);
}

size_t memory_host_depth(const struct memory_host *m)
{
    return m->depth;
}

static int by_key(const void *a, const void *b)
{
    const struct undo *const *x = a, *const *y = b;
    int c = bytes_cmp(view((*x)->key), view((*y)->key));
    return c != 0 ? c : (*x > *y) - (*x < *y);
}

void memory_host_changes(const struct memory_host *m, memory_host_change *fn, void *ctx)
{
    const struct undo **order = check(malloc((m->undo_count + 1) * sizeof *order));

    for (size_t i = 0; i < m->undo_count; i++)
        order[i] = &m->undo[i];
    qsort(order, m->undo_count, sizeof *order, by_key);
    for (size_t i = 0; i < m->undo_count; i++) {
        const struct undo *u = order[i]; /* the oldest of its key: what it held at the mark */
        if (i > 0 && bytes_eq(view(order[i - 1]->key), view(u->key)))
            continue;
        size_t at = lower_bound(m, view(u->key));
        bool present = holds(m, at, view(u->key));
        struct bytes now = present ? view(m->pairs[at].value) : BYTES_EMPTY;
        if (present != u->present || !bytes_eq(now, view(u->value)))
            fn(ctx, view(u->key), present ? &now : NULL);
    }
    free(order);
}

bool memory_host_at(const struct memory_host *m, size_t i, struct bytes *key, struct bytes *value)
{
    if (i >= m->count)
        return false;
    *key = view(m->pairs[i].key);
    *value = view(m->pairs[i].value);
    return true;
}

/* ---- the table ---- */

static bool storage_get(void *ctx, struct arena *a, struct bytes *out, struct bytes key)
{
    struct memory_host *m = ctx;
    size_t i = lower_bound(m, key);
    if (!holds(m, i, key))
        return false;
    *out = arena_dup(a, view(m->pairs[i].value));
    return true;
}

static void storage_set(void *ctx, struct bytes key, struct bytes value)
{
    struct memory_host *m = ctx;
    record(m, lower_bound(m, key), key);
    put(m, key, value);
}

static void storage_clear(void *ctx, struct bytes key)
{
    struct memory_host *m = ctx;
    record(m, lower_bound(m, key), key);
    drop(m, key);
}

static bool storage_next_key(void *ctx, struct arena *a, struct bytes *out, struct bytes key)
{
    struct memory_host *m = ctx;
    size_t i = lower_bound(m, key);
    if (holds(m, i, key))
        i++;
    if (i >= m->count)
        return false;
    *out = arena_dup(a, view(m->pairs[i].key));
    return true;
}

static void transaction_start(void *ctx)
{
    struct memory_host *m = ctx;
    ASSERT(m->depth < DEPTH_MAX);
    m->starts[m->depth++] = m->undo_count;
}

static void transaction_commit(void *ctx)
{
    struct memory_host *m = ctx;
    ASSERT(m->depth > 0);
    m->depth--;
}

static void transaction_rollback(void *ctx)
{
    struct memory_host *m = ctx;
    ASSERT(m->depth > 0);
    undo_to(m, m->starts[--m->depth]);
}

static struct hash32 storage_root(void *ctx)
{
    struct memory_host *m = ctx;
    struct trie_pair *pairs = check(calloc(m->count + 1, sizeof *pairs));
    struct arena scratch;
    struct hash32 root;

    ASSERT(m->depth == 0);
    for (size_t i = 0; i < m->count; i++)
        pairs[i] = (struct trie_pair){view(m->pairs[i].key), view(m->pairs[i].value)};
    arena_init(&scratch, &arena_heap, SIZE_MAX / 2);
    trie_root_of_sorted(&scratch, &root, pairs, m->count, STATE_V1);
    arena_fini(&scratch);
    free(pairs);
    return root;
}

static struct hash32 ordered_root(void *ctx, const struct bytes_list *items)
{
    struct arena scratch;
    struct hash32 root;

    (void)ctx;
    arena_init(&scratch, &arena_heap, SIZE_MAX / 2);
    trie_ordered_root(&scratch, &root, items, STATE_V0);
    arena_fini(&scratch);
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

static bool verify(void *ctx, enum host_signature_kind kind, struct bytes sig, struct bytes msg,
                   const struct account_id *who)
{
    (void)ctx;
    return signature_verify((enum signature_kind)kind, sig, msg, who);
}

static void host_log(void *ctx, struct bytes text)
{
    (void)ctx;
    (void)fprintf(stderr, "# runtime: %.*s\n", (int)text.len, (const char *)text.p);
}

struct host memory_host_table(struct memory_host *m)
{
    return (struct host){
        .ctx = m,
        .storage_get = storage_get,
        .storage_set = storage_set,
        .storage_clear = storage_clear,
        .storage_next_key = storage_next_key,
        .transaction_start = transaction_start,
        .transaction_commit = transaction_commit,
        .transaction_rollback = transaction_rollback,
        .storage_root = storage_root,
        .ordered_root = ordered_root,
        .blake2_256 = host_blake2_256,
        .blake2_128 = host_blake2_128,
        .twox_64 = host_twox_64,
        .twox_128 = host_twox_128,
        .verify_signature = verify,
        .log = host_log,
    };
}
