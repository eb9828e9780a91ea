/* node/table_test.c — the table against a plain array. */
#include "node/node_test.h"
#include "node/table.h"

#include <stdlib.h>

static void a_table_answers_like_an_array_through_random_puts_and_deletes(void **state)
{
    (void)state;
    enum { KEYS = 300, ROUNDS = 60000 };
    static uint8_t key[KEYS][5];
    static uint64_t value[KEYS];
    struct table t;
    uint64_t rng = 7;

    table_init(&t);
    t.seed = 0; /* a poor seed, so that neighbours collide more */
    for (size_t i = 0; i < KEYS; i++)
        for (size_t j = 0; j < 5; j++)
            key[i][j] = (uint8_t)(j < 2 ? i >> (8 * j) : 0);
    size_t live = 0;
    for (size_t round = 0; round < ROUNDS; round++) {
        size_t k = (size_t)(test_rng(&rng) % KEYS);
        struct bytes kb = bytes_of(key[k], 2 + k % 4);
        void *expect = value[k] != 0 ? &value[k] : NULL;
        assert_ptr_equal(table_get(&t, kb), expect);
        if (test_rng(&rng) % 2 == 0) {
            assert_ptr_equal(table_put(&t, kb, &value[k]), expect);
            live += value[k] == 0;
            value[k] = 1;
        } else {
            assert_ptr_equal(table_del(&t, kb), expect);
            live -= value[k] != 0;
            value[k] = 0;
        }
        assert_int_equal(t.count, live);
    }
    table_fini(&t);
}

static void an_empty_table_holds_nothing(void **state)
{
    (void)state;
    struct table t;
    table_init(&t);
    assert_null(table_get(&t, BYTES_LIT("x")));
    assert_null(table_del(&t, BYTES_LIT("x")));
    table_fini(&t);
}

int table_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_answers_like_an_array_through_random_puts_and_deletes),
        cmocka_unit_test(an_empty_table_holds_nothing),
    };
    return cmocka_run_group_tests_name("node/table", tests, NULL, NULL);
}
