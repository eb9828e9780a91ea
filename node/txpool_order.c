/* node/txpool_order.c — in which order the pool offers its transactions, and whether its insides agree. */
#include "node/txpool_impl.h"

#include <stdlib.h>

static bool before(const struct txpool_tx *a, const struct txpool_tx *b)
{
    if (a->priority != b->priority)
        return a->priority > b->priority;
    if (a->valid_till != b->valid_till)
        return a->valid_till < b->valid_till;
    return a->arrival < b->arrival;
}

static void heap_push(struct txpool *p, struct txpool_tx *t)
{
    size_t i = p->heap_count++;

    while (i > 0 && before(t, p->heap[(i - 1) / 2])) {
        p->heap[i] = p->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    p->heap[i] = t;
}

static struct txpool_tx *heap_pop(struct txpool *p)
{
    struct txpool_tx *top = p->heap[0], *t = p->heap[--p->heap_count];
    size_t i = 0;

    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= p->heap_count)
            break;
        if (child + 1 < p->heap_count && before(p->heap[child + 1], p->heap[child]))
            child++;
        if (!before(p->heap[child], t))
            break;
        p->heap[i] = p->heap[child];
        i = child;
    }
    p->heap[i] = t;
    return top;
}

void txpool_iter_begin(struct txpool *p)
{
    if (p->heap_cap < p->ready.count + 1) {
        p->heap_cap = p->ready.count + p->ready.count / 2 + 64;
        free(p->heap);
        p->heap = reallocarray(NULL, p->heap_cap, sizeof(struct txpool_tx *));
        ASSERT(p->heap != NULL);
    }
    p->heap_count = 0;
    p->offered = NULL;
    for (size_t i = 0; i < p->ready.count; i++) {
        struct txpool_tx *t = p->ready.v[i];
        t->unmet = 0;
        for (uint32_t j = 0; j < t->requires_count; j++)
            t->unmet += t->edge[j].list != NULL;
        if (t->unmet == 0)
            heap_push(p, t);
    }
}

const struct txpool_tx *txpool_iter_next(struct txpool *p)
{
    if (p->offered != NULL)
        for (struct txpool_edge *e = p->offered->dependents; e != NULL; e = e->next)
            if (--e->tx->unmet == 0)
                heap_push(p, e->tx);
    p->offered = p->heap_count == 0 ? NULL : heap_pop(p);
    return p->offered;
}

void txpool_iter_skip(struct txpool *p)
{
    p->offered = NULL;
}

static struct txpool_tx *at_cursor(const struct txpool *p, size_t i)
{
    return i < p->ready.count ? p->ready.v[i] : p->future.v[i - p->ready.count];
}

size_t txpool_stale(struct txpool *p, uint32_t number, struct hash32 *out, size_t max)
{
    size_t all = p->ready.count + p->future.count, n = 0;

    for (size_t looked = 0; looked < all && n < max; looked++) {
        p->stale_cursor = p->stale_cursor + 1 >= all ? 0 : p->stale_cursor + 1;
        const struct txpool_tx *t = at_cursor(p, p->stale_cursor);
        if (t->validated_at != number)
            out[n++] = t->hash;
    }
    return n;
}

static void check_ready(const struct txpool *p, const struct txpool_tx *t)
{
    for (uint32_t i = 0; i < t->provides_count; i++)
        ASSERT(table_get(&p->provided, t->provides[i]) == t);
    for (uint32_t i = 0; i < t->requires_count; i++) {
        struct txpool_tx *provider = table_get(&p->provided, t->requires[i]);
        if (t->edge[i].list != NULL)
            ASSERT(provider != NULL && t->edge[i].list == &provider->dependents);
    }
    for (const struct txpool_edge *e = t->dependents; e != NULL; e = e->next)
        ASSERT(e->tx->ready && e->list == &t->dependents);
}

static void check_future(const struct txpool *p, const struct txpool_tx *t)
{
    bool lacking = false;

    ASSERT(t->dependents == NULL);
    for (uint32_t i = 0; i < t->requires_count; i++) {
        const struct txpool_want *w = table_get(&p->wanted, t->requires[i]);
        ASSERT(w != NULL && t->edge[i].list == &w->waiting);
        lacking |=
            table_get(&p->provided, t->requires[i]) == NULL && table_get(&p->recent, t->requires[i]) == NULL;
    }
    ASSERT(lacking);
}

void txpool_check(const struct txpool *p)
{
    size_t ready_bytes = 0, future_bytes = 0, tags = 0;

    for (size_t i = 0; i < p->ready.count; i++) {
        const struct txpool_tx *t = p->ready.v[i];
        ASSERT(t->ready && t->at == i && table_get(&p->by_hash, txpool_hash_key(t)) == t && t->mark == 0);
        check_ready(p, t);
        ready_bytes += t->bytes.len;
        tags += t->provides_count;
    }
    for (size_t i = 0; i < p->future.count; i++) {
        const struct txpool_tx *t = p->future.v[i];
        ASSERT(!t->ready && t->at == i && table_get(&p->by_hash, txpool_hash_key(t)) == t && t->mark == 0);
        check_future(p, t);
        future_bytes += t->bytes.len;
    }
    ASSERT(ready_bytes == p->ready.bytes && future_bytes == p->future.bytes);
    ASSERT(p->by_hash.count == p->ready.count + p->future.count);
    ASSERT(p->provided.count <= tags);
    ASSERT(p->ready.count <= p->limits.ready_count && p->ready.bytes <= p->limits.ready_bytes);
    ASSERT(p->future.count <= p->limits.future_count && p->future.bytes <= p->limits.future_bytes);
    ASSERT(p->banned.count <= TXPOOL_BANS_MAX);
}
