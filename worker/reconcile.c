#include "worker/reconcile.h"

#include "base/int.h"

#include <stdlib.h>

enum { WORKS_MAX = ENGINE_CONTAINERS_MAX * 2, RUNNING_UNKNOWN = 0 };

/* What is remembered of a work between passes. */
struct memory {
    struct work_key work;
    uint32_t failures, orphan_resyncs;
    uint64_t due_ms;           /* not before */
    uint64_t running_since_ms; /* RUNNING_UNKNOWN: it does not */
    bool counted_exit;         /* this death was counted as a failure */
    uint64_t touched;          /* pass number: entries nobody looks at any more are dropped */
};

struct reconcile {
    struct memory *v;
    uint32_t count, cap;
    uint64_t random, pass;
};

struct reconcile *reconcile_new(uint64_t seed)
{
    struct reconcile *r = calloc(1, sizeof *r);

    ASSERT(r != NULL);
    r->random = seed | 1;
    return r;
}

void reconcile_free(struct reconcile *r)
{
    if (r == NULL)
        return;
    free(r->v);
    free(r);
}

static uint64_t next_random(struct reconcile *r)
{
    r->random ^= r->random << 13;
    r->random ^= r->random >> 7;
    r->random ^= r->random << 17;
    return r->random;
}

uint64_t reconcile_backoff_ms(uint32_t failures, uint64_t random)
{
    uint64_t base = RECONCILE_BACKOFF_MIN_MS;

    if (failures == 0)
        return 0;
    for (uint32_t i = 1; i < failures && base < RECONCILE_BACKOFF_MAX_MS; i++)
        base *= 2;
    base = min_u64(base, RECONCILE_BACKOFF_MAX_MS);
    return base - base / 5 + random % (base * 2 / 5 + 1);
}

static struct memory *memory_of(struct reconcile *r, struct work_key work)
{
    for (uint32_t i = 0; i < r->count; i++) {
        if (!work_eq(r->v[i].work, work))
            continue;
        r->v[i].touched = r->pass;
        return &r->v[i];
    }
    if (r->count == r->cap) {
        r->cap = r->cap == 0 ? 16 : r->cap * 2;
        ASSERT(r->cap <= WORKS_MAX * 2);
        r->v = realloc(r->v, r->cap * sizeof *r->v);
        ASSERT(r->v != NULL);
    }
    r->v[r->count] = (struct memory){.work = work, .touched = r->pass};
    return &r->v[r->count++];
}

static void forget_unused(struct reconcile *r)
{
    for (uint32_t i = 0; i < r->count;)
        if (r->v[i].touched != r->pass)
            r->v[i] = r->v[--r->count];
        else
            i++;
}

static void fail(struct reconcile *r, struct memory *m, uint64_t now_ms)
{
    if (m->failures < 32)
        m->failures++;
    m->due_ms = now_ms + reconcile_backoff_ms(m->failures, next_random(r));
}

void reconcile_done(struct reconcile *r, struct work_key work, bool ok, uint64_t now_ms)
{
    struct memory *m = memory_of(r, work);

    if (!ok)
        fail(r, m, now_ms);
}

/* --- the plan --- */

struct planner {
    struct reconcile *r;
    const struct reconcile_input *in;
    struct reconcile_action *v;
    uint32_t count;
    uint32_t weak; /* removals on less than an ended contract's record */
    uint64_t next_due_ms;
};

static void wait_until(struct planner *p, uint64_t due_ms)
{
    p->next_due_ms = min_u64(p->next_due_ms, due_ms);
}

static void add_remove(struct planner *p, const struct engine_container *c, bool for_good, const char *why)
{
    p->v[p->count++] = (struct reconcile_action){
        .kind = RECONCILE_REMOVE, .work = c->work, .have = *c, .release_ports = for_good, .why = why};
}

static void add_ensure(struct planner *p, const struct desired_work *d, struct memory *m, const char *why)
{
    if (d->refused != NULL)
        return;
    if (m->due_ms > p->in->now_ms) {
        wait_until(p, m->due_ms);
        return;
    }
    m->counted_exit = false;
    p->v[p->count++] =
        (struct reconcile_action){.kind = RECONCILE_ENSURE, .work = d->key, .want = d, .why = why};
}

static void plan_running(struct planner *p, const struct desired_work *d, const struct engine_container *c,
                         struct memory *m)
{
    if (c->version != d->version) {
        if (d->refused == NULL && !p->in->stale)
            add_remove(p, c, false, "another version is ordered");
        return;
    }
    m->counted_exit = false;
    if (m->running_since_ms == RUNNING_UNKNOWN)
        m->running_since_ms = max_u64(p->in->now_ms, 1);
    if (p->in->now_ms - m->running_since_ms >= RECONCILE_STEADY_MS)
        m->failures = 0;
    else if (m->failures > 0)
        wait_until(p, m->running_since_ms + RECONCILE_STEADY_MS);
}

static void plan_dead(struct planner *p, const struct desired_work *d, const struct engine_container *c,
                      struct memory *m)
{
    m->running_since_ms = RUNNING_UNKNOWN;
    if (d->refused != NULL)
        return;
    if (c->state == ENGINE_CREATED && c->version == d->version && hash32_eq(&c->spec_hash, &d->spec_hash)) {
        add_ensure(p, d, m, "created and not started");
        return;
    }
    if (c->state == ENGINE_EXITED && c->version == d->version && !m->counted_exit) {
        m->counted_exit = true;
        fail(p->r, m, p->in->now_ms);
    }
    if (m->due_ms > p->in->now_ms) {
        wait_until(p, m->due_ms);
        return;
    }
    add_remove(p, c, false,
               c->version == d->version ? "it ended: to be started anew" : "another version is ordered");
}

/* Removal for good, on the chain's word. */
static void plan_gone(struct planner *p, const struct engine_container *c, const struct desired_work *d,
                      const struct memory *m)
{
    if (p->in->stale)
        return;
    if (m->due_ms > p->in->now_ms) {
        wait_until(p, m->due_ms);
        return;
    }
    p->weak += !d->ended;
    add_remove(p, c, true, d->ended ? "its contract has ended" : "the chain knows no contract");
}

static void plan_orphan(struct planner *p, const struct engine_container *c, struct memory *m)
{
    if (p->in->resync && !p->in->stale)
        m->orphan_resyncs++;
    if (p->in->stale || m->orphan_resyncs < RECONCILE_ORPHAN_RESYNCS)
        return;
    p->weak++;
    add_remove(p, c, c->labels_valid, "an orphan: nothing on the chain asks for it");
}

static void plan_container(struct planner *p, const struct engine_container *c)
{
    /* A container whose labels cannot be read is remembered under a key no work has. */
    struct work_key key = c->labels_valid ? c->work : (struct work_key){.type = UINT8_MAX};
    struct memory *m = memory_of(p->r, key);
    const struct desired_work *d = c->labels_valid ? desired_find(p->in->desired_opt, c->work) : NULL;

    if (d == NULL) {
        plan_orphan(p, c, m);
        return;
    }
    m->orphan_resyncs = 0;
    switch (d->phase) {
    case DESIRED_RUN:
        if (c->state == ENGINE_RUNNING)
            plan_running(p, d, c, m);
        else if (c->state != ENGINE_OTHER) /* paused, removing: in motion, look again later */
            plan_dead(p, d, c, m);
        break;
    case DESIRED_CLOSE: /* the session stops it and proves the rest */
        break;
    case DESIRED_GONE:
        plan_gone(p, c, d, m);
        break;
    }
}

static bool has_container(const struct engine_list *list, struct work_key work)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->v[i].labels_valid && work_eq(list->v[i].work, work))
            return true;
    return false;
}

static void plan_missing(struct planner *p)
{
    const struct desired *d = p->in->desired_opt;

    for (uint32_t i = 0; i < d->count; i++) {
        struct memory *m = memory_of(p->r, d->works[i].key);
        if (d->works[i].phase != DESIRED_RUN || has_container(&p->in->actual, d->works[i].key))
            continue;
        m->running_since_ms = RUNNING_UNKNOWN;
        add_ensure(p, &d->works[i], m, "ordered and not here");
    }
}

/* Holds back the removals that rest on the absence of a record. Returns how many. */
static uint32_t guard(struct planner *p)
{
    uint32_t allowed = (uint32_t)max_u64(RECONCILE_GUARD_MIN, p->in->actual.count / 5), kept = 0, held = 0;

    if (p->in->confirmed || p->weak <= allowed)
        return 0;
    for (uint32_t i = 0; i < p->count; i++) {
        const struct reconcile_action *x = &p->v[i];
        const struct desired_work *d =
            x->have.labels_valid ? desired_find(p->in->desired_opt, x->work) : NULL;
        bool weak = x->kind == RECONCILE_REMOVE && (d == NULL || (d->phase == DESIRED_GONE && !d->ended));
        if (weak)
            held++;
        else
            p->v[kept++] = *x;
    }
    p->count = kept;
    return held;
}

/*~ 10/12 What the chain wants, what the engine runs, and the difference as actions. */
void reconcile_plan(struct reconcile *r, struct arena *a, struct reconcile_plan *out,
                    const struct reconcile_input *in)
{
    struct planner p = {.r = r, .in = in, .next_due_ms = UINT64_MAX};

    *out = (struct reconcile_plan){.next_due_ms = UINT64_MAX};
    if (in->desired_opt == NULL) /* no answer is never "no lease" */
        return;
    r->pass++;
    p.v = arena_new_n(a, struct reconcile_action, (size_t)in->actual.count + in->desired_opt->count);
    for (uint32_t i = 0; i < in->actual.count; i++)
        plan_container(&p, &in->actual.v[i]);
    plan_missing(&p);
    out->guarded = guard(&p);
    forget_unused(r);
    out->actions = p.v;
    out->count = p.count;
    out->next_due_ms = p.next_due_ms;
}
