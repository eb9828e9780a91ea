/* node/engine_test.c — when blocks are made. */
#include "node/engine_dev.h"
#include "node/node_test.h"

static void instant_sealing_seals_a_lone_transaction_at_once_and_gathers_under_load(void **state)
{
    (void)state;
    struct engine_dev g;

    engine_dev_init(&g, 0, 1000);
    assert_int_equal(engine_dev_wait(&g, 1000, 1, false), 0);
    assert_int_equal(engine_dev_wait(&g, 1010, 1, true), ENGINE_BATCH_MS - 10); /* waits since 1000 */
    assert_int_equal(engine_dev_wait(&g, 1000 + ENGINE_BATCH_MS, 5, true), 0);
    assert_int_equal(engine_dev_wait(&g, 1011, ENGINE_BATCH_COUNT, true), 0);
    engine_dev_made(&g, 1100, 5, 0);
}

static void an_empty_block_follows_one_with_transactions_and_then_silence(void **state)
{
    (void)state;
    struct engine_dev g;

    engine_dev_init(&g, 0, 1000);
    engine_dev_made(&g, 1100, 5, 0);
    assert_int_equal(engine_dev_wait(&g, 1100, 0, true), ENGINE_FOLLOW_MS);
    assert_int_equal(engine_dev_wait(&g, 1100 + ENGINE_FOLLOW_MS, 0, false), 0);
    engine_dev_made(&g, 1300, 0, 0);
    assert_int_equal(engine_dev_wait(&g, 1300, 0, false), ENGINE_IDLE_MS);
    assert_int_equal(engine_dev_wait(&g, 1300 + ENGINE_IDLE_MS, 0, false), 0);
}

static void a_block_that_took_nothing_is_not_repeated_at_once(void **state)
{
    (void)state;
    struct engine_dev g;

    engine_dev_init(&g, 0, 1000);
    engine_dev_made(&g, 2000, 0, 3);
    assert_int_equal(engine_dev_wait(&g, 2000, 3, false), ENGINE_BACKOFF_MS);
    engine_dev_made(&g, 3000, 1, 2);
    assert_int_equal(engine_dev_wait(&g, 3000, 2, false), 0);
}

static void timed_sealing_keeps_its_rhythm_and_does_not_catch_up_after_a_pause(void **state)
{
    (void)state;
    struct engine_dev g;

    engine_dev_init(&g, 500, 1000);
    assert_int_equal(engine_dev_wait(&g, 1000, 9, false), 500);
    assert_int_equal(engine_dev_wait(&g, 1520, 0, false), 0);
    engine_dev_made(&g, 1520, 0, 0);
    assert_int_equal(engine_dev_wait(&g, 1520, 0, false), 480);
    engine_dev_made(&g, 9000, 0, 0);
    assert_int_equal(engine_dev_wait(&g, 9000, 0, false), 500);
}

int engine_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instant_sealing_seals_a_lone_transaction_at_once_and_gathers_under_load),
        cmocka_unit_test(an_empty_block_follows_one_with_transactions_and_then_silence),
        cmocka_unit_test(a_block_that_took_nothing_is_not_repeated_at_once),
        cmocka_unit_test(timed_sealing_keeps_its_rhythm_and_does_not_catch_up_after_a_pause),
    };
    return cmocka_run_group_tests_name("node/engine", tests, NULL, NULL);
}
