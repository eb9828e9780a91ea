#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "runtime/play_test.h"

enum { ED = 500, PALLET_BALANCES = 4 };

static struct bytes transfer(struct play *p, const char *to, uint64_t amount)
{
    struct account_id dest = play_account(to);
    return PLAY_CALL(p, balances, transfer_allow_death, .dest = play_address(&dest),
                     .value = balance_of(amount));
}

static struct bytes transfer_keep_alive(struct play *p, const char *to, struct balance amount)
{
    struct account_id dest = play_account(to);
    return PLAY_CALL(p, balances, transfer_keep_alive, .dest = play_address(&dest), .value = amount);
}

static u128 free_of(struct play *p, const char *uri)
{
    struct account_id who = play_account(uri);
    return balance_planck(play_info(p, &who).data.free);
}

static void assert_token_error(struct play_result r, uint8_t code)
{
    assert_int_equal(r.validity.kind, VALIDITY_OK);
    assert_false(r.ok);
    assert_int_equal(r.error.len, 2);
    assert_int_equal(r.error.p[0], DISPATCH_TOKEN);
    assert_int_equal(r.error.p[1], code);
}

static void a_transfer_moves_money_and_creates_the_receiver(void **state)
{
    struct play p;
    struct keypair bob = play_key("//Bob", SIGNATURE_SR25519);

    (void)state;
    play_init(&p, play_dev_genesis);
    play_begin(&p);
    struct play_result r = play_do(&p, &bob, transfer(&p, "//New", 1000));
    (void)play_end(&p);
    assert_true(r.ok);
    assert_true(free_of(&p, "//New") == 1000);
    assert_string_equal(play_events(&p, 1),
                        "Balances.Withdraw\nSystem.NewAccount\nBalances.Endowed\nBalances.Transfer\n"
                        "Balances.Deposit\nBalances.Deposit\n"
                        "TransactionPayment.TransactionFeePaid\nSystem.ExtrinsicSuccess");
    assert_int_equal(play_info(&p, &bob.account).nonce, 1);
    play_fini(&p);
}

static void a_transfer_costs_about_ten_to_the_eight_planck(void **state)
{
    struct play p;
    struct keypair bob = play_key("//Bob", SIGNATURE_SR25519);

    (void)state;
    play_init(&p, play_dev_genesis);
    u128 before = free_of(&p, "//Bob");
    play_begin(&p);
    assert_true(play_do(&p, &bob, transfer(&p, "//Charlie", 1000)).ok);
    (void)play_end(&p);
    u128 fee = before - free_of(&p, "//Bob") - 1000;
    assert_true(fee > 90000000 && fee < 110000000);
    play_fini(&p);
}

static void a_receiver_below_the_existential_deposit_is_refused(void **state)
{
    struct play p;
    struct keypair bob = play_key("//Bob", SIGNATURE_SR25519);

    (void)state;
    play_init(&p, play_dev_genesis);
    play_begin(&p);
    assert_token_error(play_do(&p, &bob, transfer(&p, "//New", ED - 1)), TOKEN_BELOW_MINIMUM);
    assert_token_error(play_do(&p, &bob, transfer(&p, "//New", UINT64_MAX)), TOKEN_FUNDS_UNAVAILABLE);
    (void)play_end(&p);
    assert_string_equal(play_events(&p, 1), "Balances.Withdraw\nBalances.Deposit\nBalances.Deposit\n"
                                            "TransactionPayment.TransactionFeePaid\nSystem.ExtrinsicFailed");
    play_fini(&p);
}

static void an_emptied_account_is_removed_and_its_dust_burnt(void **state)
{
    struct play p;
    struct keypair poor = play_key("//Poor", SIGNATURE_SR25519),
                   alice = play_key("//Alice", SIGNATURE_SR25519);
    struct account_id charlie = play_account("//Charlie");

    (void)state;
    play_init(&p, play_dev_genesis);
    play_begin(&p);
    assert_true(play_do(&p, &alice, transfer(&p, "//Poor", 1000000000)).ok);
    struct bytes all =
        PLAY_CALL(&p, balances, transfer_all, .dest = play_address(&charlie), .keep_alive = false);
    assert_true(play_do(&p, &poor, all).ok);
    (void)play_end(&p);
    assert_int_equal(play_info(&p, &poor.account).providers, 0);
    assert_string_equal(play_events(&p, 2), "Balances.Withdraw\nSystem.KilledAccount\nBalances.Transfer\n"
                                            "Balances.Deposit\nBalances.Deposit\n"
                                            "TransactionPayment.TransactionFeePaid\nSystem.ExtrinsicSuccess");
    play_fini(&p);
}

static void what_stays_below_the_deposit_is_lost_as_dust(void **state)
{
    struct play p;
    struct keypair alice = play_key("//Alice", SIGNATURE_SR25519);
    struct account_id poor = play_account("//Poor"), charlie = play_account("//Charlie");

    (void)state;
    play_init(&p, play_dev_genesis);
    play_begin(&p);
    assert_true(play_do(&p, &alice, transfer(&p, "//Poor", 1000)).ok);
    struct call force = play_nested(&p, PLAY_CALL(&p, balances, force_transfer, .source = play_address(&poor),
                                                  .dest = play_address(&charlie), .value = balance_of(600)));
    assert_true(play_do(&p, &alice, PLAY_CALL(&p, sudo, sudo, .call = force)).ok);
    (void)play_end(&p);
    assert_string_equal(
        play_events(&p, 2),
        "Balances.Withdraw\nSystem.KilledAccount\nBalances.DustLost\nBalances.Transfer\nSudo.Sudid\n"
        "Balances.Deposit\nBalances.Deposit\nTransactionPayment.TransactionFeePaid\n"
        "System.ExtrinsicSuccess");
    play_fini(&p);
}

static void keep_alive_refuses_to_empty_the_sender(void **state)
{
    struct play p;
    struct keypair poor = play_key("//Poor", SIGNATURE_SR25519),
                   alice = play_key("//Alice", SIGNATURE_SR25519);

    (void)state;
    play_init(&p, play_dev_genesis);
    play_begin(&p);
    assert_true(play_do(&p, &alice, transfer(&p, "//Poor", 1000000000)).ok);
    struct balance most = balance_of(1000000000);
    assert_token_error(play_do(&p, &poor, transfer_keep_alive(&p, "//Charlie", most)),
                       TOKEN_FUNDS_UNAVAILABLE);
    struct balance left = play_info(&p, &poor.account).data.free; /* the next fee is about this one's */
    struct balance fee = balance_sat_sub(most, left);
    assert_token_error(play_do(&p, &poor, transfer_keep_alive(&p, "//Charlie", balance_sat_sub(left, fee))),
                       TOKEN_NOT_EXPENDABLE);
    (void)play_end(&p);
    play_fini(&p);
}

static void only_an_account_id_can_be_looked_up(void **state)
{
    struct play p;
    struct keypair bob = play_key("//Bob", SIGNATURE_SR25519);

    (void)state;
    play_init(&p, play_dev_genesis);
    play_begin(&p);
    struct multi_address raw = {.tag = MULTI_ADDRESS_RAW, .u = {.raw = BYTES_LIT("name")}};
    struct play_result r =
        play_do(&p, &bob, PLAY_CALL(&p, balances, transfer_allow_death, .dest = raw, .value = balance_of(1)));
    (void)play_end(&p);
    assert_int_equal(r.error.len, 1);
    assert_int_equal(r.error.p[0], DISPATCH_CANNOT_LOOKUP);
    play_fini(&p);
}

static void root_sets_balances_and_the_issuance_follows(void **state)
{
    struct play p;
    struct keypair alice = play_key("//Alice", SIGNATURE_SR25519);
    struct account_id dave = play_account("//Dave");

    (void)state;
    play_init(&p, play_dev_genesis);
    for (uint64_t amount = 0; amount < 4; amount++) {
        play_begin(&p);
        struct call set =
            play_nested(&p, PLAY_CALL(&p, balances, force_set_balance, .who = play_address(&dave),
                                      .new_free = balance_of(amount * 300)));
        assert_true(play_do(&p, &alice, PLAY_CALL(&p, sudo, sudo, .call = set)).ok);
        (void)play_end(&p); /* checks the issuance */
        assert_true(free_of(&p, "//Dave") == (amount * 300 < ED ? 0 : amount * 300));
    }
    play_fini(&p);
}

static void root_calls_need_root(void **state)
{
    struct play p;
    struct keypair bob = play_key("//Bob", SIGNATURE_SR25519);
    struct account_id dave = play_account("//Dave");

    (void)state;
    play_init(&p, play_dev_genesis);
    play_begin(&p);
    struct bytes set =
        PLAY_CALL(&p, balances, force_set_balance, .who = play_address(&dave), .new_free = balance_of(1));
    struct play_result r = play_do(&p, &bob, set);
    assert_int_equal(r.error.len, 1);
    assert_int_equal(r.error.p[0], DISPATCH_BAD_ORIGIN);
    struct play_result s = play_do(&p, &bob, PLAY_CALL(&p, sudo, sudo, .call = play_nested(&p, set)));
    assert_true(play_is_module_error(s, 6, SUDO_ERR_REQUIRE_SUDO));
    (void)play_end(&p);
    play_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_transfer_moves_money_and_creates_the_receiver),
        cmocka_unit_test(a_transfer_costs_about_ten_to_the_eight_planck),
        cmocka_unit_test(a_receiver_below_the_existential_deposit_is_refused),
        cmocka_unit_test(an_emptied_account_is_removed_and_its_dust_burnt),
        cmocka_unit_test(what_stays_below_the_deposit_is_lost_as_dust),
        cmocka_unit_test(keep_alive_refuses_to_empty_the_sender),
        cmocka_unit_test(only_an_account_id_can_be_looked_up),
        cmocka_unit_test(root_sets_balances_and_the_issuance_follows),
        cmocka_unit_test(root_calls_need_root),
    };
    return cmocka_run_group_tests_name("balances", tests, NULL, NULL);
}
