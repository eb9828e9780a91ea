/* node/overlay_test.c — the overlay against a plain sorted map with snapshots. */
#include "crypto/hash.h"
#include "node/node_test.h"
#include "node/overlay.h"
#include "store/store.h"
#include "trie/root.h"

#include <stdlib.h>

enum { KEYS = 64, VALUE_LEN = 40, DEPTH = 12 };

/* value[k][0] is 1 when key k is set; keys are 1 to 3 bytes, ascending with k. */
struct model {
    uint8_t value[KEYS][1 + VALUE_LEN];
};

static struct bytes key_of(uint8_t room[3], size_t k)
{
    room[0] = (uint8_t)(k / 4);
    room[1] = (uint8_t)(k % 4);
    room[2] = 7;
    return bytes_of(room, k % 4 == 0 ? 1 : k % 4 == 3 ? 3 : 2);
}

static struct bytes value_of(const struct model *m, size_t k)
{
    return bytes_of(m->value[k] + 1, 1 + m->value[k][1] % VALUE_LEN);
}

static struct hash32 root_of(struct arena *a, const struct model *m)
{
    struct trie_pair pair[KEYS];
    uint8_t room[KEYS][3];
    struct hash32 root;
    size_t n = 0;

    for (size_t k = 0; k < KEYS; k++)
        if (m->value[k][0] != 0)
            pair[n++] = (struct trie_pair){key_of(room[k], k), value_of(m, k)};
    trie_root_of_sorted(a, &root, pair, n, STATE_V1);
    return root;
}

static void check_key(struct overlay *o, struct arena *a, const struct model *m, size_t k)
{
    uint8_t room[3], next_room[3];
    struct bytes out;
    bool found = o->host.storage_get(o, a, &out, key_of(room, k));

    assert_int_equal(found, m->value[k][0]);
    if (found)
        assert_true(bytes_eq(out, value_of(m, k)));
    size_t next = k + 1;
    while (next < KEYS && m->value[next][0] == 0)
        next++;
    found = o->host.storage_next_key(o, a, &out, key_of(room, k));
    assert_int_equal(found, next < KEYS);
    if (found)
        assert_true(bytes_eq(out, key_of(next_room, next)));
}

static void put(struct overlay *o, struct model *m, size_t k, uint64_t *rng)
{
    uint8_t room[3];

    m->value[k][0] = 1;
    for (size_t i = 1; i <= VALUE_LEN; i++)
        m->value[k][i] = (uint8_t)test_rng(rng);
    o->host.storage_set(o, key_of(room, k), value_of(m, k));
}

struct run {
    struct overlay o;
    struct sigcache sigs;
    struct store *store;
    struct trie *trie;
    struct arena a;
    struct model now, saved[DEPTH];
    uint32_t depth;
    uint64_t rng;
};

static void one_step(struct run *r)
{
    struct overlay *o = &r->o;
    size_t k = (size_t)(test_rng(&r->rng) % KEYS);
    uint8_t room[3];

    switch (test_rng(&r->rng) % 8) {
    case 0:
    case 1:
    case 2:
        put(o, &r->now, k, &r->rng);
        break;
    case 3:
        r->now.value[k][0] = 0;
        o->host.storage_clear(o, key_of(room, k));
        break;
    case 4:
        if (r->depth == DEPTH)
            break;
        r->saved[r->depth++] = r->now;
        o->host.transaction_start(o);
        break;
    case 5:
        if (r->depth == 0)
            break;
        r->depth--;
        o->host.transaction_commit(o);
        break;
    case 6:
        if (r->depth == 0)
            break;
        r->now = r->saved[--r->depth];
        o->host.transaction_rollback(o);
        break;
    default:
        if (r->depth == 0) {
            struct hash32 root = overlay_root(o), expected = root_of(&r->a, &r->now);
            assert_true(hash32_eq(&root, &expected));
        }
        break;
    }
    check_key(o, &r->a, &r->now, k);
    arena_reset(&r->a);
}

static void start(struct run *r, uint64_t seed)
{
    struct err e;

    *r = (struct run){.rng = seed * 0x9e3779b97f4a7c15u};
    arena_init(&r->a, &arena_heap, 64 << 20);
    sigcache_init(&r->sigs);
    overlay_init(&r->o, &r->sigs);
    assert_int_equal(store_temp(&r->store, &e), ERR_OK);
    r->trie = trie_new(&(struct trie_config){.source = &arena_heap, .db = store_trie_db(r->store)});
    for (size_t k = 0; k < KEYS; k += 3) { /* what the state holds before */
        uint8_t room[3];
        r->now.value[k][0] = 1;
        r->now.value[k][1] = (uint8_t)k;
        assert_int_equal(trie_put(r->trie, key_of(room, k), value_of(&r->now, k), &e), ERR_OK);
    }
    struct store_batch *b = store_batch_new(r->store);
    trie_commit(r->trie, 0, store_trie_sink(b));
    assert_int_equal(store_write(r->store, b, false, &e), ERR_OK);
    store_batch_free(b);
}

static void stop(struct run *r)
{
    overlay_fini(&r->o);
    trie_free(r->trie);
    store_close(r->store);
    sigcache_fini(&r->sigs);
    arena_fini(&r->a);
}

static void random_changes_and_nested_transactions_match_a_map_with_snapshots(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct run *r = calloc(1, sizeof *r);
        assert_non_null(r);
        start(r, seed);
        overlay_open(&r->o, r->trie, true);
        for (size_t step = 0; step < 4000; step++)
            one_step(r);
        while (r->depth > 0) {
            r->now = r->saved[--r->depth];
            r->o.host.transaction_rollback(&r->o);
        }
        struct hash32 root = overlay_root(&r->o), expected = root_of(&r->a, &r->now);
        assert_true(hash32_eq(&root, &expected));
        stop(r);
        free(r);
    }
}

static void a_reset_takes_back_what_a_root_put_into_the_trie(void **state)
{
    (void)state;
    struct run *r = calloc(1, sizeof *r);
    struct hash32 before, after;

    assert_non_null(r);
    start(r, 3);
    trie_root(r->trie, &before);
    overlay_open(&r->o, r->trie, true);
    put(&r->o, &r->now, 5, &r->rng);
    after = overlay_root(&r->o);
    assert_false(hash32_eq(&before, &after));
    overlay_reset(&r->o);
    trie_root(r->trie, &after);
    assert_true(hash32_eq(&before, &after));
    stop(r);
    free(r);
}

struct listed {
    char text[32];
    size_t len;
};

static void list(void *ctx, struct bytes key, const struct bytes *value_opt)
{
    struct listed *l = ctx;

    assert_true(l->len + 3 < sizeof l->text);
    l->text[l->len++] = (char)key.p[0];
    l->text[l->len++] = value_opt == NULL ? '-' : value_opt->len == 0 ? '0' : (char)value_opt->p[0];
}

static void changes_are_listed_in_key_order_with_deletions(void **state)
{
    (void)state;
    struct run *r = calloc(1, sizeof *r);
    struct listed l = {0};
    struct bytes out;

    assert_non_null(r);
    start(r, 4);
    overlay_open(&r->o, r->trie, false);
    r->o.host.storage_set(&r->o, BYTES_LIT("b"), BYTES_LIT("2"));
    r->o.host.storage_set(&r->o, BYTES_LIT("a"), BYTES_EMPTY);
    r->o.host.transaction_start(&r->o);
    r->o.host.storage_set(&r->o, BYTES_LIT("c"), BYTES_LIT("3"));
    r->o.host.transaction_rollback(&r->o);
    r->o.host.storage_clear(&r->o, BYTES_LIT("d"));
    assert_true(r->o.host.storage_get(&r->o, &r->a, &out, BYTES_LIT("a")));
    assert_int_equal(out.len, 0);
    overlay_each(&r->o, list, &l);
    assert_string_equal(l.text, "a0b2d-");
    (void)overlay_root(&r->o);
    assert_true(r->o.unsupported); /* a view has no root for changes */
    stop(r);
    free(r);
}

static void a_signature_is_computed_once_and_bad_ones_do_not_displace_good_ones(void **state)
{
    (void)state;
    struct sigcache c;
    struct hash32 key = {0};
    bool good;

    sigcache_init(&c);
    for (uint32_t i = 0; i < SIGCACHE_MAX + 5; i++) {
        store_u32le(key.b, i);
        sigcache_put(&c, &key, true);
    }
    store_u32le(key.b, 4);
    assert_false(sigcache_get(&c, &key, &good)); /* the oldest made room */
    for (uint32_t i = 0; i < 100; i++) {
        store_u32le(key.b, 1u << 30 | i);
        sigcache_put(&c, &key, false);
    }
    assert_true(sigcache_get(&c, &key, &good));
    assert_false(good);
    store_u32le(key.b, 5);
    assert_true(sigcache_get(&c, &key, &good));
    assert_true(good);
    sigcache_fini(&c);
}

int overlay_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_changes_and_nested_transactions_match_a_map_with_snapshots),
        cmocka_unit_test(a_reset_takes_back_what_a_root_put_into_the_trie),
        cmocka_unit_test(changes_are_listed_in_key_order_with_deletions),
        cmocka_unit_test(a_signature_is_computed_once_and_bad_ones_do_not_displace_good_ones),
    };
    return cmocka_run_group_tests_name("node/overlay", tests, NULL, NULL);
}
