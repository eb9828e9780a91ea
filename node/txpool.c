/* node/txpool.c — the pool's rules: what enters, what it pushes out, what a block changes. See pool.h. */
#include "node/txpool_impl.h"

#include <stdlib.h>

struct txpool_limits txpool_default_limits(void)
{
    return (struct txpool_limits){
        .ready_count = TXPOOL_READY_COUNT,
        .ready_bytes = TXPOOL_READY_BYTES,
        .future_count = TXPOOL_READY_COUNT / 10,
        .future_bytes = TXPOOL_READY_BYTES / 10,
        .ban_ms = TXPOOL_BAN_MS,
    };
}

struct txpool *txpool_new(const struct txpool_limits *limits, struct txpool_events events)
{
    struct txpool *p = calloc(1, sizeof *p);

    ASSERT(p != NULL);
    p->limits = *limits;
    p->events = events;
    table_init(&p->by_hash);
    table_init(&p->provided);
    table_init(&p->wanted);
    table_init(&p->recent);
    table_init(&p->banned);
    return p;
}

static void report(struct txpool *p, const struct txpool_tx *t, enum txpool_status s,
                   const struct hash32 *other_opt)
{
    if (p->events.status != NULL)
        p->events.status(p->events.ctx, &t->hash, s, other_opt);
}

static bool available(const struct txpool *p, struct bytes tag)
{
    return table_get(&p->provided, tag) != NULL || table_get(&p->recent, tag) != NULL;
}

static bool all_available(const struct txpool *p, const struct txpool_tx *t)
{
    for (uint32_t i = 0; i < t->requires_count; i++)
        if (!available(p, t->requires[i]))
            return false;
    return true;
}

/* Takes a transaction out of every list but `by_hash`, and does not free it. */
static void detach(struct txpool *p, struct txpool_tx *t)
{
    if (t->ready) {
        for (uint32_t i = 0; i < t->provides_count; i++)
            if (table_get(&p->provided, t->provides[i]) == t)
                (void)table_del(&p->provided, t->provides[i]);
        while (t->dependents != NULL)
            txpool_edge_free(t->dependents);
        for (uint32_t i = 0; i < t->requires_count; i++)
            txpool_edge_free(&t->edge[i]);
        txpool_set_del(&p->ready, t);
    } else {
        txpool_want_del(p, t);
        txpool_set_del(&p->future, t);
    }
}

static void drop(struct txpool *p, struct txpool_tx *t)
{
    detach(p, t);
    (void)table_del(&p->by_hash, txpool_hash_key(t));
    free(t);
}

void txpool_free(struct txpool *p)
{
    if (p == NULL)
        return;
    while (p->ready.count > 0)
        drop(p, p->ready.v[p->ready.count - 1]);
    while (p->future.count > 0)
        drop(p, p->future.v[p->future.count - 1]);
    txpool_recent_prune(p, UINT32_MAX);
    table_fini(&p->by_hash);
    table_fini(&p->provided);
    table_fini(&p->wanted);
    table_fini(&p->recent);
    table_fini(&p->banned);
    free(p->ban);
    free(p->ready.v);
    free(p->future.v);
    free(p->heap);
    free(p);
}

/* Removes `t` and every ready transaction that depends on it. The list of what to remove is threaded through
 * `mark` and the ready array, so the depth of a chain costs no stack. */
static void drop_tree(struct txpool *p, struct txpool_tx *t, enum txpool_status s, bool ban, uint64_t now_ms)
{
    size_t cap = 16, count = 0;
    struct txpool_tx **todo = reallocarray(NULL, cap, sizeof(struct txpool_tx *));

    ASSERT(todo != NULL);
    t->mark = 1;
    todo[count++] = t;
    while (count > 0) {
        struct txpool_tx *x = todo[--count];
        for (struct txpool_edge *e = x->dependents; e != NULL; e = e->next) {
            if (e->tx->mark != 0)
                continue;
            if (count == cap) {
                cap *= 2;
                todo = reallocarray(todo, cap, sizeof(struct txpool_tx *));
                ASSERT(todo != NULL);
            }
            e->tx->mark = 1;
            todo[count++] = e->tx;
        }
        if (ban)
            txpool_ban(p, &x->hash, now_ms);
        report(p, x, s, NULL);
        drop(p, x);
    }
    free(todo);
}

enum txpool_answer txpool_may_add(struct txpool *p, const struct hash32 *hash, uint64_t now_ms)
{
    if (txpool_banned(p, hash, now_ms))
        return TXPOOL_BANNED;
    return table_get(&p->by_hash, bytes_of(hash->b, sizeof hash->b)) != NULL ? TXPOOL_KNOWN : TXPOOL_READY;
}

/* May the newcomer replace what provides its tags? `*sum` is the priority it has to beat; 0 and no rivals is
 * a yes. */
static bool beats_rivals(struct txpool *p, const struct txpool_tx *t, uint64_t *sum)
{
    struct txpool_tx *rival[TXPOOL_TAGS_MAX];
    size_t rivals = 0;

    *sum = 0;
    for (uint32_t i = 0; i < t->provides_count; i++) {
        struct txpool_tx *r = table_get(&p->provided, t->provides[i]);
        bool seen = r == NULL;
        for (size_t j = 0; j < rivals && !seen; j++)
            seen = rival[j] == r;
        if (seen)
            continue;
        rival[rivals++] = r;
        if (__builtin_add_overflow(*sum, r->priority, sum))
            *sum = UINT64_MAX;
    }
    return rivals == 0 || t->priority > *sum;
}

static bool provides(const struct txpool_tx *t, struct bytes tag)
{
    for (uint32_t i = 0; i < t->provides_count; i++)
        if (bytes_eq(t->provides[i], tag))
            return true;
    return false;
}

/* Moves the rival's dependents whose tag the newcomer provides too over to it; the others go down with the
 * rival. */
static void replace_rival(struct txpool *p, struct txpool_tx *t, struct txpool_tx *rival, uint64_t now_ms)
{
    struct txpool_edge *e = rival->dependents;

    while (e != NULL) {
        struct txpool_edge *next = e->next;
        if (provides(t, e->tx->requires[e - e->tx->edge])) {
            txpool_edge_free(e);
            txpool_edge_hang(e, &t->dependents);
        }
        e = next;
    }
    report(p, rival, TXPOOL_STATUS_USURPED, &t->hash);
    /* its remaining dependents are dropped one tree after the other; each removal shortens the list */
    while (rival->dependents != NULL)
        drop_tree(p, rival->dependents->tx, TXPOOL_STATUS_DROPPED, false, now_ms);
    drop(p, rival);
}

/* Makes `t` ready; its requirements are available and it beats its rivals. */
static void enter_ready(struct txpool *p, struct txpool_tx *t, uint64_t now_ms)
{
    t->ready = true;
    txpool_set_add(&p->ready, t);
    for (uint32_t i = 0; i < t->provides_count; i++) {
        struct txpool_tx *rival = table_get(&p->provided, t->provides[i]);
        if (rival != NULL && rival != t)
            replace_rival(p, t, rival, now_ms);
        (void)table_put(&p->provided, t->provides[i], t);
    }
    for (uint32_t i = 0; i < t->requires_count; i++) {
        struct txpool_tx *provider = table_get(&p->provided, t->requires[i]);
        if (provider != NULL && provider != t)
            txpool_edge_hang(&t->edge[i], &provider->dependents);
    }
}

static bool requires_itself(const struct txpool_tx *t)
{
    for (uint32_t i = 0; i < t->requires_count; i++)
        if (provides(t, t->requires[i]))
            return true;
    return false;
}

/* Would replacing its rivals take away what `t` itself stands on? Walks from its providers up. */
static bool stands_on_rival(struct txpool *p, const struct txpool_tx *t)
{
    struct txpool_tx **todo = reallocarray(NULL, p->ready.count + 1, sizeof(struct txpool_tx *));
    size_t count = 0, done = 0;
    bool found = false;

    ASSERT(todo != NULL);
    for (const struct txpool_tx *x = t; x != NULL; x = done < count ? todo[done++] : NULL)
        for (uint32_t i = 0; i < x->requires_count; i++) {
            struct txpool_tx *up = table_get(&p->provided, x->requires[i]);
            if (up == NULL || up->mark != 0)
                continue;
            up->mark = 1;
            todo[count++] = up;
            for (uint32_t j = 0; j < t->provides_count; j++)
                found |= table_get(&p->provided, t->provides[j]) == up;
        }
    while (count > 0)
        todo[--count]->mark = 0;
    free(todo);
    return found;
}

/* TXPOOL_READY when `t`, whose requirements are available, may become ready. */
static enum txpool_answer may_enter(struct txpool *p, const struct txpool_tx *t, uint64_t *sum)
{
    bool rivals = false;

    if (!beats_rivals(p, t, sum))
        return TXPOOL_TOO_LOW;
    for (uint32_t i = 0; i < t->provides_count; i++)
        rivals |= table_get(&p->provided, t->provides[i]) != NULL;
    return rivals && t->requires_count > 0 && stands_on_rival(p, t) ? TXPOOL_CYCLE : TXPOOL_READY;
}

/* The oldest future transaction that requires `tag` and lacks nothing now. */
static struct txpool_tx *promotable(const struct txpool *p, struct bytes tag)
{
    struct txpool_want *w = table_get(&p->wanted, tag);
    struct txpool_tx *oldest = NULL;

    for (struct txpool_edge *e = w == NULL ? NULL : w->waiting; e != NULL; e = e->next)
        if ((oldest == NULL || e->tx->arrival < oldest->arrival) && all_available(p, e->tx))
            oldest = e->tx;
    return oldest;
}

/* False when somebody else took its place meanwhile: it is gone. */
static bool promote_one(struct txpool *p, struct txpool_tx *t, uint64_t now_ms)
{
    uint64_t sum;

    if (may_enter(p, t, &sum) != TXPOOL_READY) {
        report(p, t, TXPOOL_STATUS_DROPPED, NULL);
        drop(p, t);
        return false;
    }
    txpool_want_del(p, t);
    txpool_set_del(&p->future, t);
    enter_ready(p, t, now_ms);
    report(p, t, TXPOOL_STATUS_READY, NULL);
    return true;
}

/* Moves future transactions that `from`'s tags complete to ready, and what those unlock in turn. Names them
 * by hash, because one that was just promoted may be replaced by the next. */
static void promote(struct txpool *p, const struct txpool_tx *from, uint64_t now_ms)
{
    struct step {
        struct hash32 hash;
        uint32_t tag;
    } * todo;
    size_t cap = 16, count = 0;

    todo = reallocarray(NULL, cap, sizeof *todo);
    ASSERT(todo != NULL);
    todo[count++] = (struct step){.hash = from->hash};
    while (count > 0) {
        struct step *s = &todo[count - 1];
        const struct txpool_tx *x = table_get(&p->by_hash, bytes_of(s->hash.b, sizeof s->hash.b));
        if (x == NULL || s->tag == x->provides_count) {
            count--;
            continue;
        }
        struct txpool_tx *t = promotable(p, x->provides[s->tag]);
        if (t == NULL) {
            s->tag++;
            continue;
        }
        struct hash32 hash = t->hash;
        if (!promote_one(p, t, now_ms))
            continue;
        if (count == cap) {
            cap *= 2;
            todo = reallocarray(todo, cap, sizeof *todo);
            ASSERT(todo != NULL);
        }
        todo[count++] = (struct step){.hash = hash};
    }
    free(todo);
}

static struct txpool_tx *worst(const struct txpool_set *s)
{
    struct txpool_tx *w = s->v[0];

    for (size_t i = 1; i < s->count; i++)
        if (s->v[i]->priority < w->priority ||
            (s->v[i]->priority == w->priority && s->v[i]->arrival < w->arrival))
            w = s->v[i];
    return w;
}

static void enforce_limits(struct txpool *p, uint64_t now_ms)
{
    while (p->ready.count > p->limits.ready_count || p->ready.bytes > p->limits.ready_bytes)
        drop_tree(p, worst(&p->ready), TXPOOL_STATUS_DROPPED, true, now_ms);
    while (p->future.count > p->limits.future_count || p->future.bytes > p->limits.future_bytes)
        drop_tree(p, worst(&p->future), TXPOOL_STATUS_DROPPED, true, now_ms);
}

static bool tags_fit(const struct txpool_validity *v)
{
    if (v->requires.count + v->provides.count > TXPOOL_TAGS_MAX)
        return false;
    for (size_t i = 0; i < v->requires.count; i++)
        if (v->requires.v[i].len > TXPOOL_TAG_LEN_MAX)
            return false;
    for (size_t i = 0; i < v->provides.count; i++)
        if (v->provides.v[i].len > TXPOOL_TAG_LEN_MAX)
            return false;
    return true;
}

static enum txpool_answer place(struct txpool *p, struct txpool_tx *t, uint64_t now_ms,
                                uint64_t *rival_priority)
{
    if (requires_itself(t))
        return TXPOOL_CYCLE;
    if (!all_available(p, t)) {
        txpool_set_add(&p->future, t);
        txpool_want_add(p, t);
        return TXPOOL_FUTURE;
    }
    enum txpool_answer answer = may_enter(p, t, rival_priority);
    if (answer == TXPOOL_READY)
        enter_ready(p, t, now_ms);
    return answer;
}

enum txpool_answer txpool_add(struct txpool *p, const struct hash32 *hash, struct bytes tx,
                              const struct txpool_validity *v, uint32_t number, uint64_t now_ms,
                              uint64_t *rival_priority)
{
    enum txpool_answer may = txpool_may_add(p, hash, now_ms);

    if (may != TXPOOL_READY)
        return may;
    if (v->provides.count == 0)
        return TXPOOL_NO_TAGS;
    if (!tags_fit(v))
        return TXPOOL_TOO_BIG;
    struct txpool_tx *t = txpool_tx_new(hash, tx, v);
    t->arrival = p->arrivals++;
    t->validated_at = number;
    if (__builtin_add_overflow(v->longevity, number, &t->valid_till))
        t->valid_till = UINT64_MAX;
    enum txpool_answer answer = place(p, t, now_ms, rival_priority);
    if (answer != TXPOOL_READY && answer != TXPOOL_FUTURE) {
        free(t);
        return answer;
    }
    (void)table_put(&p->by_hash, txpool_hash_key(t), t);
    if (answer == TXPOOL_READY)
        promote(p, t, now_ms);
    enforce_limits(p, now_ms);
    return table_get(&p->by_hash, bytes_of(hash->b, sizeof hash->b)) == NULL ? TXPOOL_DROPPED : answer;
}

void txpool_remove_invalid(struct txpool *p, const struct hash32 *hash, uint64_t now_ms)
{
    struct txpool_tx *t = table_get(&p->by_hash, bytes_of(hash->b, sizeof hash->b));

    if (t != NULL)
        drop_tree(p, t, TXPOOL_STATUS_INVALID, true, now_ms);
}

void txpool_revalidated(struct txpool *p, const struct hash32 *hash, const struct txpool_validity *v,
                        uint32_t number, uint64_t now_ms)
{
    struct txpool_tx *t = table_get(&p->by_hash, bytes_of(hash->b, sizeof hash->b));

    if (t == NULL)
        return;
    t->validated_at = number;
    /* A ready one keeps its tags: what it required was provided. A future one waits for what the state says
     * now. */
    if (t->ready || v->provides.count == 0 || !tags_fit(v))
        return;
    struct txpool_tx *again = txpool_tx_new(hash, t->bytes, v);
    again->arrival = t->arrival;
    again->validated_at = number;
    if (__builtin_add_overflow(v->longevity, number, &again->valid_till))
        again->valid_till = UINT64_MAX;
    drop(p, t);
    uint64_t sum;
    enum txpool_answer answer = place(p, again, now_ms, &sum);
    if (answer != TXPOOL_READY && answer != TXPOOL_FUTURE) {
        report(p, again, TXPOOL_STATUS_DROPPED, NULL);
        free(again);
        return;
    }
    (void)table_put(&p->by_hash, txpool_hash_key(again), again);
    if (answer == TXPOOL_FUTURE)
        return;
    report(p, again, TXPOOL_STATUS_READY, NULL);
    promote(p, again, now_ms);
    enforce_limits(p, now_ms);
}

static void include(struct txpool *p, struct txpool_tx *t, uint32_t number, const struct hash32 *block,
                    uint64_t now_ms)
{
    for (uint32_t i = 0; i < t->provides_count; i++) {
        struct txpool_tx *rival = table_get(&p->provided, t->provides[i]);
        txpool_recent_add(p, t->provides[i], number);
        if (rival != NULL && rival != t) /* `t` came from the future pool: the rival's tag is used up */
            drop_tree(p, rival, TXPOOL_STATUS_INVALID, true, now_ms);
    }
    report(p, t, TXPOOL_STATUS_IN_BLOCK, block);
    detach(p, t);
    promote(p, t, now_ms);
    (void)table_del(&p->by_hash, txpool_hash_key(t));
    free(t);
}

/* A removal moves others in the array, so it goes round until a whole pass found nothing. */
static void expire(struct txpool *p, const struct txpool_set *s, uint32_t number, uint64_t now_ms)
{
    for (bool found = true; found;) {
        found = false;
        for (size_t i = 0; i < s->count;) {
            if (s->v[i]->valid_till > number) {
                i++;
                continue;
            }
            drop_tree(p, s->v[i], TXPOOL_STATUS_INVALID, true, now_ms);
            found = true;
        }
    }
}

void txpool_block(struct txpool *p, uint32_t number, const struct hash32 *block,
                  const struct hash32 *included, size_t included_count, uint64_t now_ms)
{
    txpool_recent_prune(p, number);
    for (size_t i = 0; i < included_count; i++) {
        struct txpool_tx *t = table_get(&p->by_hash, bytes_of(included[i].b, sizeof included[i].b));
        if (t != NULL)
            include(p, t, number, block, now_ms);
    }
    expire(p, &p->ready, number, now_ms);
    expire(p, &p->future, number, now_ms);
    enforce_limits(p, now_ms);
}

const struct txpool_tx *txpool_get(const struct txpool *p, const struct hash32 *hash)
{
    return table_get(&p->by_hash, bytes_of(hash->b, sizeof hash->b));
}

const struct txpool_tx *txpool_provider(const struct txpool *p, struct bytes tag)
{
    return table_get(&p->provided, tag);
}

size_t txpool_ready_count(const struct txpool *p)
{
    return p->ready.count;
}

size_t txpool_future_count(const struct txpool *p)
{
    return p->future.count;
}

size_t txpool_ready_bytes(const struct txpool *p)
{
    return p->ready.bytes;
}
