/* node/txpool_test.c — the pool's rules one by one, then random traffic against a model and against its
 * invariants. */
#include "node/node_test.h"
#include "node/txpool.h"

#include <stdlib.h>

struct seen {
    size_t count[TXPOOL_STATUS_INVALID + 1];
    enum txpool_status last;
    struct hash32 last_other;
};

static void on_status(void *ctx, const struct hash32 *tx, enum txpool_status s,
                      const struct hash32 *other_opt)
{
    struct seen *seen = ctx;
    (void)tx;
    seen->count[s]++;
    seen->last = s;
    if (other_opt != NULL)
        seen->last_other = *other_opt;
}

struct tag {
    uint8_t b[2];
};

struct spec {
    uint32_t id; /* names the transaction */
    uint8_t account, nonce;
    bool needs_previous;
    uint64_t priority, longevity;
    size_t len;
};

static struct hash32 hash_of(uint32_t id)
{
    struct hash32 h = {0};
    store_u32le(h.b, id);
    return h;
}

static enum txpool_answer add(struct txpool *p, const struct spec *s, uint32_t number, uint64_t now_ms)
{
    static const uint8_t zeros[4096];
    struct tag own = {{s->account, s->nonce}}, before = {{s->account, (uint8_t)(s->nonce - 1)}};
    struct bytes provides = BYTES_OF(own), requires = BYTES_OF(before);
    struct txpool_validity v = {
        .priority = s->priority,
        .longevity = s->longevity,
        .provides = {&provides, 1},
        .requires = {&requires, s->needs_previous ? 1u : 0u},
    };
    struct hash32 hash = hash_of(s->id);
    uint64_t rival;
    return txpool_add(p, &hash, bytes_of(zeros, s->len), &v, number, now_ms, &rival);
}

static struct txpool *new_pool(struct seen *seen, const struct txpool_limits *limits_opt)
{
    struct txpool_limits limits = limits_opt != NULL ? *limits_opt : txpool_default_limits();
    *seen = (struct seen){0};
    return txpool_new(&limits, (struct txpool_events){seen, on_status});
}

static struct spec tx(uint32_t id, uint8_t account, uint8_t nonce, bool needs_previous, uint64_t priority)
{
    return (struct spec){id, account, nonce, needs_previous, priority, UINT64_MAX, 100};
}

static void next_is(struct txpool *p, uint32_t id)
{
    const struct txpool_tx *t = txpool_iter_next(p);
    assert_non_null(t);
    assert_int_equal(load_u32le(t->hash.b), id);
}

static void a_future_transaction_becomes_ready_when_its_tag_appears(void **state)
{
    (void)state;
    struct seen seen;
    struct txpool *p = new_pool(&seen, NULL);
    struct spec two = tx(2, 1, 1, true, 5), three = tx(3, 1, 2, true, 9), one = tx(1, 1, 0, false, 1);

    assert_int_equal(add(p, &three, 0, 0), TXPOOL_FUTURE);
    assert_int_equal(add(p, &two, 0, 0), TXPOOL_FUTURE);
    assert_int_equal(add(p, &one, 0, 0), TXPOOL_READY);
    assert_int_equal(seen.count[TXPOOL_STATUS_READY], 2);
    assert_int_equal(txpool_ready_count(p), 3);
    txpool_iter_begin(p);
    next_is(p, 1);
    next_is(p, 2);
    next_is(p, 3);
    assert_null(txpool_iter_next(p));
    txpool_check(p);
    txpool_free(p);
}

static void a_replacement_needs_a_higher_priority_and_keeps_dependants(void **state)
{
    (void)state;
    struct seen seen;
    struct txpool *p = new_pool(&seen, NULL);
    struct spec a = tx(1, 1, 0, false, 5), b = tx(2, 1, 1, true, 1), same = tx(3, 1, 0, false, 5),
                more = tx(4, 1, 0, false, 6);

    assert_int_equal(add(p, &a, 0, 0), TXPOOL_READY);
    assert_int_equal(add(p, &b, 0, 0), TXPOOL_READY);
    assert_int_equal(add(p, &same, 0, 0), TXPOOL_TOO_LOW);
    assert_int_equal(add(p, &more, 0, 0), TXPOOL_READY);
    assert_int_equal(seen.count[TXPOOL_STATUS_USURPED], 1);
    assert_int_equal(load_u32le(seen.last_other.b), 4);
    txpool_iter_begin(p);
    next_is(p, 4);
    next_is(p, 2);
    txpool_check(p);
    txpool_free(p);
}

static void the_order_is_priority_then_life_then_arrival(void **state)
{
    (void)state;
    struct seen seen;
    struct txpool *p = new_pool(&seen, NULL);
    struct spec s[4] = {tx(1, 1, 0, false, 5), tx(2, 2, 0, false, 5), tx(3, 3, 0, false, 5),
                        tx(4, 4, 0, false, 7)};

    s[2].longevity = 10;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(add(p, &s[i], 0, 0), TXPOOL_READY);
    txpool_iter_begin(p);
    next_is(p, 4);
    next_is(p, 3);
    next_is(p, 1);
    next_is(p, 2);
    txpool_free(p);
}

static void what_depends_on_a_skipped_transaction_is_not_offered(void **state)
{
    (void)state;
    struct seen seen;
    struct txpool *p = new_pool(&seen, NULL);
    struct spec a = tx(1, 1, 0, false, 5), b = tx(2, 1, 1, true, 5), c = tx(3, 2, 0, false, 1);

    (void)add(p, &a, 0, 0);
    (void)add(p, &b, 0, 0);
    (void)add(p, &c, 0, 0);
    txpool_iter_begin(p);
    next_is(p, 1);
    txpool_iter_skip(p);
    next_is(p, 3);
    assert_null(txpool_iter_next(p));
    txpool_free(p);
}

static void known_banned_and_tagless_transactions_are_refused(void **state)
{
    (void)state;
    struct seen seen;
    struct txpool *p = new_pool(&seen, NULL);
    struct spec a = tx(1, 1, 0, false, 5);
    struct hash32 h = hash_of(1), h2 = hash_of(2);
    struct txpool_validity none = {.priority = 1};
    uint64_t rival;

    (void)add(p, &a, 0, 0);
    assert_int_equal(add(p, &a, 0, 0), TXPOOL_KNOWN);
    txpool_remove_invalid(p, &h, 1000);
    assert_int_equal(seen.count[TXPOOL_STATUS_INVALID], 1);
    assert_int_equal(add(p, &a, 0, 1000 + TXPOOL_BAN_MS - 1), TXPOOL_BANNED);
    assert_int_equal(add(p, &a, 0, 1000 + TXPOOL_BAN_MS), TXPOOL_READY);
    assert_int_equal(txpool_add(p, &h2, BYTES_LIT("x"), &none, 0, 0, &rival), TXPOOL_NO_TAGS);
    struct bytes tag = BYTES_LIT("t");
    struct txpool_validity self = {.priority = 1, .requires = {&tag, 1}, .provides = {&tag, 1}};
    assert_int_equal(txpool_add(p, &h2, BYTES_LIT("x"), &self, 0, 0, &rival), TXPOOL_CYCLE);
    txpool_check(p);
    txpool_free(p);
}

static void only_the_newest_4096_bans_are_kept(void **state)
{
    (void)state;
    struct seen seen;
    struct txpool *p = new_pool(&seen, NULL);

    for (uint32_t i = 0; i < TXPOOL_BANS_MAX + 10; i++) {
        struct hash32 h = hash_of(i);
        txpool_ban(p, &h, 0);
    }
    struct hash32 oldest = hash_of(9), kept = hash_of(10);
    assert_int_equal(txpool_may_add(p, &oldest, 1), TXPOOL_READY);
    assert_int_equal(txpool_may_add(p, &kept, 1), TXPOOL_BANNED);
    txpool_check(p);
    txpool_free(p);
}

static void a_full_pool_drops_the_lowest_priority_and_refuses_a_newcomer_below_all(void **state)
{
    (void)state;
    struct seen seen;
    struct txpool_limits limits = {
        .ready_count = 3, .ready_bytes = 1000, .future_count = 1, .future_bytes = 150};
    struct txpool *p = new_pool(&seen, &limits);

    for (uint32_t i = 0; i < 3; i++) {
        struct spec s = tx(i, (uint8_t)i, 0, false, 10 + i);
        assert_int_equal(add(p, &s, 0, 0), TXPOOL_READY);
    }
    struct spec low = tx(10, 10, 0, false, 1), high = tx(11, 11, 0, false, 50),
                wide = tx(12, 12, 0, false, 60);
    assert_int_equal(add(p, &low, 0, 0), TXPOOL_DROPPED);
    assert_int_equal(add(p, &high, 0, 0), TXPOOL_READY);
    struct hash32 first = hash_of(0);
    assert_null(txpool_get(p, &first));
    wide.len = 900;
    assert_int_equal(add(p, &wide, 0, 0), TXPOOL_READY); /* only one of the 100-byte ones fits beside it */
    assert_int_equal(txpool_ready_count(p), 2);
    struct spec f1 = tx(20, 20, 5, true, 1), f2 = tx(21, 21, 5, true, 2);
    assert_int_equal(add(p, &f1, 0, 0), TXPOOL_FUTURE);
    assert_int_equal(add(p, &f2, 0, 0), TXPOOL_FUTURE);
    assert_int_equal(txpool_future_count(p), 1);
    txpool_check(p);
    txpool_free(p);
}

static void a_block_takes_its_transactions_and_ages_the_rest(void **state)
{
    (void)state;
    struct seen seen;
    struct txpool *p = new_pool(&seen, NULL);
    struct spec a = tx(1, 1, 0, false, 5), b = tx(2, 1, 1, true, 5), old = tx(3, 2, 0, false, 5),
                late = tx(4, 1, 2, true, 5);

    old.longevity = 3;
    (void)add(p, &a, 7, 0);
    (void)add(p, &b, 7, 0);
    (void)add(p, &old, 7, 0);
    struct hash32 block = hash_of(99), included[2] = {hash_of(1), hash_of(2)};
    txpool_block(p, 8, &block, included, 2, 0);
    assert_int_equal(seen.count[TXPOOL_STATUS_IN_BLOCK], 2);
    assert_int_equal(txpool_ready_count(p), 1);
    assert_int_equal(add(p, &late, 8, 0), TXPOOL_READY); /* its tag was included a moment ago */
    txpool_block(p, 10, &block, NULL, 0, 0);
    assert_int_equal(seen.count[TXPOOL_STATUS_INVALID], 1);
    assert_int_equal(txpool_ready_count(p), 1);
    txpool_check(p);
    txpool_free(p);
}

static void revalidation_can_make_a_future_transaction_ready(void **state)
{
    (void)state;
    struct seen seen;
    struct txpool *p = new_pool(&seen, NULL);
    struct spec late = tx(4, 1, 2, true, 5);
    struct hash32 out[4], h = hash_of(4);

    assert_int_equal(add(p, &late, 3, 0), TXPOOL_FUTURE);
    assert_int_equal(txpool_stale(p, 3, out, 4), 0);
    assert_int_equal(txpool_stale(p, 4, out, 4), 1);
    struct tag own = {{1, 2}};
    struct bytes provides = BYTES_OF(own);
    struct txpool_validity v = {.priority = 5, .longevity = 5, .provides = {&provides, 1}};
    txpool_revalidated(p, &h, &v, 4, 0);
    assert_int_equal(seen.last, TXPOOL_STATUS_READY);
    assert_int_equal(txpool_ready_count(p), 1);
    txpool_check(p);
    txpool_free(p);
}

enum { ACCOUNTS = 5, NONCES = 40 };

/* What an account's queue should be: priorities of what waits, by nonce; 0 is nothing. */
struct model {
    uint64_t priority[ACCOUNTS][NONCES];
    uint32_t id[ACCOUNTS][NONCES];
    uint8_t next[ACCOUNTS]; /* the state's nonce */
};

static bool model_ready(const struct model *m, uint8_t account, uint8_t nonce)
{
    for (uint8_t n = m->next[account]; n < nonce; n++)
        if (m->priority[account][n] == 0)
            return false;
    return true;
}

static void compare(struct txpool *p, const struct model *m)
{
    size_t ready = 0, future = 0, offered = 0;
    uint8_t expected[ACCOUNTS];

    for (uint8_t a = 0; a < ACCOUNTS; a++) {
        expected[a] = m->next[a];
        for (uint8_t n = m->next[a]; n < NONCES; n++) {
            if (m->priority[a][n] == 0)
                continue;
            struct hash32 h = hash_of(m->id[a][n]);
            const struct txpool_tx *t = txpool_get(p, &h);
            assert_non_null(t);
            assert_int_equal(t->ready, model_ready(m, a, n));
            ready += t->ready;
            future += !t->ready;
        }
    }
    assert_int_equal(txpool_ready_count(p), ready);
    assert_int_equal(txpool_future_count(p), future);
    txpool_iter_begin(p);
    for (const struct txpool_tx *t; (t = txpool_iter_next(p)) != NULL; offered++) {
        uint8_t a = t->provides[0].p[0];
        assert_int_equal(t->provides[0].p[1],
                         expected[a]); /* nonces of an account come in order, without gaps */
        expected[a]++;
    }
    assert_int_equal(offered, ready);
}

static void model_add(struct txpool *p, struct model *m, uint32_t id, uint64_t *rng)
{
    uint8_t a = (uint8_t)(test_rng(rng) % ACCOUNTS), n = (uint8_t)(m->next[a] + test_rng(rng) % 6);

    if (n >= NONCES)
        return;
    struct spec s = tx(id, a, n, n > m->next[a], 1 + test_rng(rng) % 8);
    enum txpool_answer answer = add(p, &s, 0, 0);
    if (model_ready(m, a, n)) {
        assert_int_equal(answer, s.priority > m->priority[a][n] ? TXPOOL_READY : TXPOOL_TOO_LOW);
    } else if (m->priority[a][n] !=
               0) { /* two futures of one nonce: the model keeps it simple and takes it back */
        struct hash32 h = hash_of(id);
        assert_int_equal(answer, TXPOOL_FUTURE);
        txpool_remove_invalid(p, &h, 0);
        return;
    } else {
        assert_int_equal(answer, TXPOOL_FUTURE);
    }
    if (answer == TXPOOL_READY || answer == TXPOOL_FUTURE) {
        m->priority[a][n] = s.priority;
        m->id[a][n] = id;
    }
}

static void model_block(struct txpool *p, struct model *m, uint32_t number, uint64_t *rng)
{
    struct hash32 block = hash_of(1u << 31 | number), included[16];
    size_t count = 0, want = (size_t)(test_rng(rng) % 16);

    txpool_iter_begin(p);
    for (const struct txpool_tx *t; count < want && (t = txpool_iter_next(p)) != NULL; count++) {
        uint8_t a = t->provides[0].p[0];
        included[count] = t->hash;
        m->priority[a][m->next[a]++] = 0;
    }
    txpool_block(p, number, &block, included, count, 0);
    for (uint8_t a = 0; a < ACCOUNTS; a++)
        if (m->next[a] > NONCES - 8) { /* the account starts over: its queue leaves */
            for (uint8_t n = m->next[a]; n < NONCES; n++) {
                struct hash32 h = hash_of(m->id[a][n]);
                if (m->priority[a][n] != 0)
                    txpool_remove_invalid(p, &h, 0);
                m->priority[a][n] = 0;
            }
            m->next[a] = 0;
            /* tags of the last blocks still count as provided: let them age */
            txpool_block(p, number, &block, NULL, 0, 0);
        }
}

static void random_traffic_matches_the_model_of_account_queues(void **state)
{
    (void)state;
    struct seen seen;
    struct txpool_limits limits = txpool_default_limits();
    limits.ban_ms = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct txpool *p = new_pool(&seen, &limits);
        struct model m = {0};
        uint64_t rng = seed * 0x9e3779b97f4a7c15u;
        uint32_t number = 1;
        for (uint32_t id = 1; id < 1500; id++) {
            if (test_rng(&rng) % 8 == 0)
                model_block(p, &m, number += 3, &rng); /* in steps of 3: recent tags are forgotten */
            else
                model_add(p, &m, id, &rng);
            txpool_check(p);
            compare(p, &m);
        }
        txpool_free(p);
    }
}

static struct bytes_list random_tags(struct tag *store, struct bytes *v, size_t max, uint64_t *rng)
{
    size_t n = (size_t)(test_rng(rng) % (max + 1));
    for (size_t i = 0; i < n; i++) {
        store[i] = (struct tag){{(uint8_t)(test_rng(rng) % 24), 0}};
        v[i] = BYTES_OF(store[i]);
    }
    return (struct bytes_list){v, n};
}

static void random_tag_graphs_under_tight_limits_keep_every_invariant(void **state)
{
    (void)state;
    struct seen seen;
    struct txpool_limits limits = {
        .ready_count = 20, .ready_bytes = 2500, .future_count = 6, .future_bytes = 500, .ban_ms = 50};
    struct txpool *p = new_pool(&seen, &limits);
    uint64_t rng = 42;
    static const uint8_t zeros[300];

    for (uint32_t id = 1, number = 1; id < 60000; id++) {
        struct tag store[8];
        struct bytes tag[8];
        struct hash32 h = hash_of(id), other = hash_of(id - (uint32_t)(test_rng(&rng) % 30));
        struct txpool_validity v = {.priority = test_rng(&rng) % 10, .longevity = 1 + test_rng(&rng) % 30};
        v.requires = random_tags(store, tag, 3, &rng);
        v.provides = random_tags(store + 4, tag + 4, 3, &rng);
        uint64_t rival;
        (void)txpool_add(p, &h, bytes_of(zeros, (size_t)(test_rng(&rng) % 300)), &v, number, id, &rival);
        txpool_check(p);
        switch (test_rng(&rng) % 8) {
        case 0:
            txpool_remove_invalid(p, &other, id);
            break;
        case 1:
            txpool_revalidated(p, &other, &v, number, id);
            break;
        case 2:
            txpool_block(p, ++number, &h, &other, 1, id);
            break;
        default:
            break;
        }
        txpool_check(p);
        size_t offered = 0;
        txpool_iter_begin(p);
        while (txpool_iter_next(p) != NULL)
            offered++;
        assert_true(offered <= txpool_ready_count(p));
    }
    assert_true(seen.count[TXPOOL_STATUS_USURPED] > 100);
    assert_true(seen.count[TXPOOL_STATUS_DROPPED] > 100);
    assert_true(seen.count[TXPOOL_STATUS_IN_BLOCK] > 100);
    txpool_free(p);
}

int txpool_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_future_transaction_becomes_ready_when_its_tag_appears),
        cmocka_unit_test(a_replacement_needs_a_higher_priority_and_keeps_dependants),
        cmocka_unit_test(the_order_is_priority_then_life_then_arrival),
        cmocka_unit_test(what_depends_on_a_skipped_transaction_is_not_offered),
        cmocka_unit_test(known_banned_and_tagless_transactions_are_refused),
        cmocka_unit_test(only_the_newest_4096_bans_are_kept),
        cmocka_unit_test(a_full_pool_drops_the_lowest_priority_and_refuses_a_newcomer_below_all),
        cmocka_unit_test(a_block_takes_its_transactions_and_ages_the_rest),
        cmocka_unit_test(revalidation_can_make_a_future_transaction_ready),
        cmocka_unit_test(random_traffic_matches_the_model_of_account_queues),
        cmocka_unit_test(random_tag_graphs_under_tight_limits_keep_every_invariant),
    };
    return cmocka_run_group_tests_name("node/txpool", tests, NULL, NULL);
}
