#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "runtime/play_test.h"
#include "runtime/state.h"

#define ALICE "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"

static void the_development_document_builds_a_chain_that_runs(void **state)
{
    static char text[64 * 1024];
    struct play p;
    FILE *f = fopen(WETEE_DEV_GENESIS, "rb");

    (void)state;
    assert_non_null(f);
    size_t len = fread(text, 1, sizeof text - 1, f);
    (void)fclose(f);
    text[len] = 0;
    play_init(&p, text);
    struct exec x = exec_new(&p.host, &p.arena);
    struct account_id author, alice = play_account("//Alice"), eve = play_account("//Eve");
    assert_true(exec_dev_mode(&x));
    assert_true(exec_author(&x, &author));
    assert_true(account_id_eq(&author, &alice));
    assert_true(balance_cmp(play_info(&p, &eve).data.free, balance_of(UINT64_C(1) << 60)) == 0);
    play_skip(&p, 3);
    play_fini(&p);
}

static enum err_code build(const char *text, struct err *e)
{
    struct memory_host *m = memory_host_new();
    struct host host = memory_host_table(m);
    struct arena a;

    arena_init(&a, &arena_heap, SIZE_MAX / 2);
    enum err_code c = runtime_build_genesis(&host, &a, bytes_of_str(text), e);
    arena_fini(&a);
    memory_host_free(m);
    return c;
}

static void a_wrong_document_is_refused_with_the_field_named(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "genesis"},
        {"[]", "genesis"},
        {"{\"colour\":1}", "colour"},
        {"{\"dev_mode\":1}", "dev_mode"},
        {"{\"sudo\":\"5Grw\"}", "sudo"},
        {"{\"balances\":[[\"" ALICE "\",\"499\"]]}", "existential deposit"},
        {"{\"balances\":[[\"" ALICE "\",\"-1\"]]}", "balances"},
        {"{\"balances\":[[\"" ALICE "\"]]}", "balances"},
        {"{\"balances\":[[\"" ALICE "\",\"500\",1]]}", "balances"},
        {"{\"balances\":[[\"" ALICE "\",\"500\"],[\"" ALICE "\",\"500\"]]}", "twice"},
        {"{\"sudo\":\"" ALICE "\"}", "dev_mode"},
        {"{\"sim_root\":\"0x00\"}", "dev_mode"},
        {"{\"dev_mode\":true,\"sim_root\":\"0x\"}", "sim_root"},
        {"{\"dev_mode\":true,\"sim_root\":\"0x0102\"}", "sim_root"},
        {"{\"wetee\":{\"colour\":1}}", "wetee"},
        {"{\"wetee\":{\"challenge_slash\":10001}}", "challenge_slash"},
        {"{\"wetee\":{\"worker_measurements\":[\"0x01\"]}}", "measurement"},
        {"{\"wetee\":{\"collateral\":[{\"kind\":0}]}}", "demanded"},
        {"{\"wetee\":{\"collateral\":[{\"kind\":6,\"at\":1,\"document\":\"0x01\"}]}}", "demanded"},
        {"{\"wetee\":{\"collateral\":[{\"kind\":2,\"at\":1,\"document\":\"0x01\"}]}}", "collateral 0"},
        {"{} {}", "genesis"},
    };
    struct err e;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_not_equal(build(cases[i].text, &e), ERR_OK);
        if (strstr(e.msg, cases[i].says) == NULL)
            fail_msg("%s: \"%s\" does not say %s", cases[i].text, e.msg, cases[i].says);
    }
    assert_int_equal(build("{}", &e), ERR_OK);
}

static void a_chain_without_sudo_and_author_has_none(void **state)
{
    struct play p;
    struct keypair alice = play_key("//Alice", SIGNATURE_SR25519);

    (void)state;
    play_init(&p, "{\"balances\":[[\"" ALICE "\",\"1000000000000\"]]}");
    struct exec x = exec_new(&p.host, &p.arena);
    struct account_id author;
    struct bytes root;
    assert_false(exec_dev_mode(&x));
    assert_false(exec_author(&x, &author));
    assert_false(exec_sim_root(&x, &root));
    play_begin(&p);
    struct call remark = play_nested(&p, PLAY_CALL(&p, system, remark, .remark = BYTES_EMPTY));
    struct play_result r = play_do(&p, &alice, PLAY_CALL(&p, sudo, sudo, .call = remark));
    assert_true(play_is_module_error(r, 6, SUDO_ERR_REQUIRE_SUDO));
    (void)play_end(&p); /* the author's share of the fee was burnt: the books are checked */
    assert_string_equal(play_events(&p, 1), "Balances.Withdraw\nBalances.Deposit\n"
                                            "TransactionPayment.TransactionFeePaid\nSystem.ExtrinsicFailed");
    play_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_development_document_builds_a_chain_that_runs),
        cmocka_unit_test(a_wrong_document_is_refused_with_the_field_named),
        cmocka_unit_test(a_chain_without_sudo_and_author_has_none),
    };
    return cmocka_run_group_tests_name("genesis", tests, NULL, NULL);
}
