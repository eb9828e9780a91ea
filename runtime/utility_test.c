#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/play_test.h"

#define PAID \
    "Balances.Deposit\nBalances.Deposit\nTransactionPayment.TransactionFeePaid\nSystem.ExtrinsicSuccess"
#define PAID_FAILED \
    "Balances.Deposit\nBalances.Deposit\nTransactionPayment.TransactionFeePaid\nSystem.ExtrinsicFailed"

struct bench {
    struct play p;
    struct keypair bob;
    struct call good, bad; /* a transfer that succeeds, and one that fails */
};

static int open_bench(void **state)
{
    static struct bench b;
    struct account_id charlie = play_account("//Charlie");

    b.bob = play_key("//Bob", SIGNATURE_SR25519);
    play_init(&b.p, play_dev_genesis);
    b.good = play_nested(&b.p, PLAY_CALL(&b.p, balances, transfer_allow_death, .dest = play_address(&charlie),
                                         .value = balance_of(1000)));
    b.bad = play_nested(&b.p, PLAY_CALL(&b.p, balances, transfer_allow_death, .dest = play_address(&charlie),
                                        .value = balance_of(UINT64_MAX)));
    play_begin(&b.p);
    *state = &b;
    return 0;
}

static int close_bench(void **state)
{
    play_fini(&((struct bench *)*state)->p);
    return 0;
}

static u128 charlie_free(struct bench *b)
{
    struct account_id charlie = play_account("//Charlie");
    return balance_planck(play_info(&b->p, &charlie).data.free) - ((u128)1 << 60);
}

static void batch_keeps_what_came_before_the_failure(void **state)
{
    struct bench *b = *state;
    struct call calls[3] = {b->good, b->bad, b->good};

    assert_true(play_do(&b->p, &b->bob, PLAY_CALL(&b->p, utility, batch, .calls = {.n = 3, .v = calls})).ok);
    (void)play_end(&b->p);
    assert_true(charlie_free(b) == 1000);
    assert_string_equal(play_events(&b->p, 1), "Balances.Withdraw\nBalances.Transfer\nUtility.ItemCompleted\n"
                                               "Utility.BatchInterrupted\n" PAID);
}

static void batch_all_has_no_effect_when_one_fails(void **state)
{
    struct bench *b = *state;
    struct call calls[3] = {b->good, b->bad, b->good};

    struct play_result r =
        play_do(&b->p, &b->bob, PLAY_CALL(&b->p, utility, batch_all, .calls = {.n = 3, .v = calls}));
    (void)play_end(&b->p);
    assert_int_equal(r.error.p[0], DISPATCH_TOKEN); /* the inner call's error */
    assert_true(charlie_free(b) == 0);
    assert_string_equal(play_events(&b->p, 1), "Balances.Withdraw\n" PAID_FAILED);
}

static void force_batch_goes_on_after_a_failure(void **state)
{
    struct bench *b = *state;
    struct call calls[3] = {b->good, b->bad, b->good};

    assert_true(
        play_do(&b->p, &b->bob, PLAY_CALL(&b->p, utility, force_batch, .calls = {.n = 3, .v = calls})).ok);
    (void)play_end(&b->p);
    assert_true(charlie_free(b) == 2000);
    assert_string_equal(play_events(&b->p, 1),
                        "Balances.Withdraw\nBalances.Transfer\nUtility.ItemCompleted\nUtility.ItemFailed\n"
                        "Balances.Transfer\nUtility.ItemCompleted\nUtility.BatchCompletedWithErrors\n" PAID);
}

static void a_whole_batch_reports_completion(void **state)
{
    struct bench *b = *state;

    assert_true(
        play_do(&b->p, &b->bob, PLAY_CALL(&b->p, utility, batch_all, .calls = {.n = 1, .v = &b->good})).ok);
    assert_true(play_do(&b->p, &b->bob, PLAY_CALL(&b->p, utility, force_batch, .calls = {0})).ok);
    (void)play_end(&b->p);
    assert_string_equal(play_events(&b->p, 1), "Balances.Withdraw\nBalances.Transfer\nUtility.ItemCompleted\n"
                                               "Utility.BatchCompleted\n" PAID);
    assert_string_equal(play_events(&b->p, 2), "Balances.Withdraw\nUtility.BatchCompleted\n" PAID);
}

static void a_batch_has_a_limit(void **state)
{
    struct bench *b = *state;
    uint32_t n = UTILITY_BATCHED_CALLS_LIMIT + 1;
    struct call *calls = arena_new_n(&b->p.arena, struct call, n);

    for (uint32_t i = 0; i < n; i++)
        calls[i] = b->good;
    struct play_result r =
        play_do(&b->p, &b->bob, PLAY_CALL(&b->p, utility, batch, .calls = {.n = n, .v = calls}));
    assert_true(play_is_module_error(r, 10, UTILITY_ERR_TOO_MANY_CALLS));
    assert_true(
        play_do(&b->p, &b->bob, PLAY_CALL(&b->p, utility, batch, .calls = {.n = n - 1, .v = calls})).ok);
    (void)play_end(&b->p);
    assert_true(charlie_free(b) == 1000 * (n - 1));
}

static void batch_all_does_not_nest_in_itself(void **state)
{
    struct bench *b = *state;
    struct call inner =
        play_nested(&b->p, PLAY_CALL(&b->p, utility, batch_all, .calls = {.n = 1, .v = &b->good}));

    struct play_result r =
        play_do(&b->p, &b->bob, PLAY_CALL(&b->p, utility, batch_all, .calls = {.n = 1, .v = &inner}));
    assert_true(play_is_module_error(r, 0, SYSTEM_ERR_CALL_FILTERED));
    (void)play_end(&b->p);
}

static void calls_nest_four_deep_and_no_deeper(void **state)
{
    struct bench *b = *state;
    struct call c = b->good;

    for (uint32_t depth = 1; depth <= 5;
         depth++) { /* `depth` batch_alls and force_batches around the transfer */
        c = play_nested(&b->p, PLAY_CALL(&b->p, utility, force_batch, .calls = {.n = 1, .v = &c}));
        u128 before = charlie_free(b);
        assert_true(play_do(&b->p, &b->bob, c.encoded).ok);
        assert_true(charlie_free(b) - before == (depth <= 4 ? 1000 : 0));
    }
    (void)play_end(&b->p);
}

static void a_batch_weighs_its_calls(void **state)
{
    struct bench *b = *state;
    struct call calls[2] = {b->good, b->good};
    struct call batch = play_nested(&b->p, PLAY_CALL(&b->p, utility, batch, .calls = {.n = 2, .v = calls}));
    struct dispatch_info one = calls_info(&b->good), all = calls_info(&batch);

    assert_true(all.weight == 2 * (one.weight + BATCH_ITEM_WEIGHT) + utility_call_batch.weight);
    assert_int_equal(all.class, CALL_CLASS_NORMAL);
    (void)play_end(&b->p);
}

static void root_bypasses_nothing_but_the_origin(void **state)
{
    struct bench *b = *state;
    struct keypair alice = play_key("//Alice", SIGNATURE_SR25519);
    struct account_id charlie = play_account("//Charlie"), dave = play_account("//Dave");
    struct call force =
        play_nested(&b->p, PLAY_CALL(&b->p, balances, force_transfer, .source = play_address(&dave),
                                     .dest = play_address(&charlie), .value = balance_of(77)));
    struct call batch =
        play_nested(&b->p, PLAY_CALL(&b->p, utility, batch_all, .calls = {.n = 1, .v = &force}));
    struct call as_dave =
        play_nested(&b->p, PLAY_CALL(&b->p, sudo, sudo_as, .who = play_address(&dave), .call = b->good));

    assert_true(play_do(&b->p, &alice, PLAY_CALL(&b->p, sudo, sudo, .call = batch)).ok);
    assert_true(charlie_free(b) == 77);
    assert_true(play_do(&b->p, &alice, as_dave.encoded).ok);
    assert_true(charlie_free(b) == 1077);
    assert_true(play_do(&b->p, &alice, PLAY_CALL(&b->p, sudo, set_key, .new = play_address(&dave))).ok);
    assert_true(play_is_module_error(play_do(&b->p, &alice, as_dave.encoded), 6, SUDO_ERR_REQUIRE_SUDO));
    (void)play_end(&b->p);
}

#define BENCH_TEST(f) cmocka_unit_test_setup_teardown(f, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(batch_keeps_what_came_before_the_failure),
        BENCH_TEST(batch_all_has_no_effect_when_one_fails),
        BENCH_TEST(force_batch_goes_on_after_a_failure),
        BENCH_TEST(a_whole_batch_reports_completion),
        BENCH_TEST(a_batch_has_a_limit),
        BENCH_TEST(batch_all_does_not_nest_in_itself),
        BENCH_TEST(calls_nest_four_deep_and_no_deeper),
        BENCH_TEST(a_batch_weighs_its_calls),
        BENCH_TEST(root_bypasses_nothing_but_the_origin),
    };
    return cmocka_run_group_tests_name("utility and sudo", tests, NULL, NULL);
}
