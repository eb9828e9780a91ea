#include "runtime/queue.h"

#include "base/int.h"
#include "runtime/params.h"

/* Blocks tried one by one; after them those at twice the distance each, so that an entry is late by no more
 * than about twice the length of the crowd before it; at last the end of the calendar. */
enum { PROBES = 16, FAR_MAX = 1 << 20 };

bool work_id_eq(const struct worker_work_id *a, const struct worker_work_id *b)
{
    return a->wtype == b->wtype && a->id == b->id;
}

bool queue_has_room(struct exec *x, uint32_t n)
{
    return worker_retry_count_get(x) + (uint64_t)n <= PARAM_QUEUE_MAX;
}

static void retry_count_less(struct exec *x, uint32_t n)
{
    uint32_t count = worker_retry_count_get(x);
    worker_retry_count_put(x, count - (uint32_t)min_u64(count, n)); /* only root can have made it less */
}

/* Reads lists at `at` and after until one has room; *out is its content. */
static uint64_t retry_place(struct exec *x, struct worker_retry_vec *out, uint64_t at)
{
    uint64_t tail = worker_retry_tail_get(x);
    for (uint64_t b = at; b < at + PROBES; b++) {
        worker_retry_at_get(x, out, b);
        if (out->n < PARAM_PLACEMENTS_PER_BLOCK)
            return b;
    }
    for (uint64_t off = PROBES; at < tail && off < tail - at && off <= FAR_MAX; off *= 2) {
        worker_retry_at_get(x, out, at + off);
        if (out->n < PARAM_PLACEMENTS_PER_BLOCK)
            return at + off;
    }
    tail = max_u64(tail, at);
    worker_retry_at_get(x, out, tail);
    if (out->n < PARAM_PLACEMENTS_PER_BLOCK)
        return tail;
    *out = (struct worker_retry_vec){0};
    return tail + 1;
}

uint64_t queue_add(struct exec *x, const struct worker_retry *r, uint64_t at, bool first)
{
    struct worker_retry_vec old;
    uint64_t b = retry_place(x, &old, at);
    struct worker_retry_vec list = {
        .n = old.n + 1,
        .v = arena_new_n(x->arena, struct worker_retry, (size_t)old.n + 1),
    };

    if (old.n > 0)
        memcpy(list.v + (first ? 1 : 0), old.v, old.n * sizeof *list.v);
    list.v[first ? 0 : old.n] = *r;
    worker_retry_at_put(x, b, &list);
    if (b > worker_retry_tail_get(x))
        worker_retry_tail_put(x, b);
    worker_retry_count_put(x, worker_retry_count_get(x) + 1);
    return b;
}

void queue_remove(struct exec *x, const struct worker_work_id *work, uint64_t at)
{
    struct worker_retry_vec list;
    worker_retry_at_get(x, &list, at);
    for (uint32_t i = 0; i < list.n; i++) {
        if (!work_id_eq(&list.v[i].work_id, work))
            continue;
        list.n--;
        memmove(&list.v[i], &list.v[i + 1], (list.n - i) * sizeof list.v[0]);
        if (list.n == 0)
            worker_retry_at_del(x, at);
        else
            worker_retry_at_put(x, at, &list);
        retry_count_less(x, 1);
        return;
    }
}

void queue_take(struct exec *x, struct worker_retry_vec *out, uint64_t at)
{
    worker_retry_at_get(x, out, at);
    if (out->n == 0)
        return;
    worker_retry_at_del(x, at);
    retry_count_less(x, out->n);
}

static uint64_t due_place(struct exec *x, struct worker_due_vec *out, uint64_t at)
{
    uint64_t tail = worker_due_tail_get(x);
    for (uint64_t b = at; b < at + PROBES; b++) {
        worker_due_at_get(x, out, b);
        if (out->n < PARAM_DUE_PER_BLOCK)
            return b;
    }
    for (uint64_t off = PROBES; at < tail && off < tail - at && off <= FAR_MAX; off *= 2) {
        worker_due_at_get(x, out, at + off);
        if (out->n < PARAM_DUE_PER_BLOCK)
            return at + off;
    }
    tail = max_u64(tail, at);
    worker_due_at_get(x, out, tail);
    if (out->n < PARAM_DUE_PER_BLOCK)
        return tail;
    *out = (struct worker_due_vec){0};
    return tail + 1;
}

uint64_t due_add(struct exec *x, const struct worker_due *d, uint64_t at)
{
    struct worker_due_vec old;
    uint64_t b = due_place(x, &old, max_u64(at, (uint64_t)exec_block(x) + 1));
    struct worker_due_vec list = {
        .n = old.n + 1,
        .v = arena_new_n(x->arena, struct worker_due, (size_t)old.n + 1),
    };

    if (old.n > 0)
        memcpy(list.v, old.v, old.n * sizeof *list.v);
    list.v[old.n] = *d;
    worker_due_at_put(x, b, &list);
    if (b > worker_due_tail_get(x))
        worker_due_tail_put(x, b);
    return b;
}

static bool due_eq(const struct worker_due *a, const struct worker_due *b)
{
    return a->kind == b->kind && a->cluster_id == b->cluster_id && work_id_eq(&a->work_id, &b->work_id);
}

void due_remove(struct exec *x, const struct worker_due *d, uint64_t at)
{
    struct worker_due_vec list;
    worker_due_at_get(x, &list, at);
    for (uint32_t i = 0; i < list.n; i++) {
        if (!due_eq(&list.v[i], d))
            continue;
        list.n--;
        memmove(&list.v[i], &list.v[i + 1], (list.n - i) * sizeof list.v[0]);
        if (list.n == 0)
            worker_due_at_del(x, at);
        else
            worker_due_at_put(x, at, &list);
        return;
    }
}

void due_take(struct exec *x, struct worker_due_vec *out, uint64_t at)
{
    worker_due_at_get(x, out, at);
    if (out->n > 0)
        worker_due_at_del(x, at);
}
