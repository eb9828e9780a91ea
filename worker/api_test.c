#include "sdk/token.h"
#include "worker/api.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { NOW = 1700000000 };

static struct arena arena;
static struct worker worker;
static struct keypair owner, other;

/* The error code of the answer; 0 for a result. */
static int ask(const char *request)
{
    struct bytes out = api_answer(&worker, &arena, bytes_of_str(request), NOW);
    json_t *j = json_loadb((const char *)out.p, out.len, 0, NULL);

    assert_non_null(j);
    assert_string_equal(json_string_value(json_object_get(j, "jsonrpc")), "2.0");
    const json_t *error = json_object_get(j, "error");
    assert_true((error != NULL) != (json_object_get(j, "result") != NULL));
    int code = (int)json_integer_value(json_object_get(error, "code"));
    json_decref(j);
    return code;
}

static int ask_log(const char *token)
{
    return ask(arena_fmt(
        &arena, "{\"id\":1,\"method\":\"work_log\",\"params\":{\"work\":\"app-1\",\"token\":\"%s\"}}",
        token));
}

static void broken_requests_get_the_codes_of_the_standard(void **state)
{
    (void)state;
    assert_int_equal(ask(""), -32700);
    assert_int_equal(ask("{"), -32700);
    assert_int_equal(ask("[]"), -32600);
    assert_int_equal(ask("{\"id\":1}"), -32600);
    assert_int_equal(ask("{\"id\":1,\"method\":7}"), -32600);
    assert_int_equal(ask("{\"id\":1,\"method\":\"nope\"}"), -32601);
    assert_int_equal(ask("{\"id\":1,\"method\":\"work_status\"}"), -32602);
    assert_int_equal(ask("{\"id\":1,\"method\":\"work_status\",\"params\":[]}"), -32602);
    assert_int_equal(ask("{\"id\":1,\"method\":\"work_status\",\"params\":{\"work\":\"../1\"}}"), -32602);
    assert_int_equal(ask("{\"id\":1,\"method\":\"work_log\",\"params\":{\"work\":\"app-1\",\"limit\":-1}}"),
                     -32602);
    assert_int_equal(ask("{\"id\":1,\"method\":\"proof_file\",\"params\":{\"work\":\"app-1\"}}"), -32602);
    assert_int_equal(
        ask("{\"id\":1,\"method\":\"proof_file\",\"params\":{\"work\":\"app-1\",\"block\":1,\"kind\":\"log\"}"
            "}"),
        ask("{\"id\":1,\"method\":\"work_log\",\"params\":{\"work\":\"app-1\"}}")); /* both: no token */
}

static void what_is_public_is_told_and_other_works_are_not(void **state)
{
    (void)state;
    assert_int_equal(ask("{\"id\":1,\"method\":\"worker_info\"}"), 0);
    assert_int_equal(ask("{\"id\":1,\"method\":\"work_status\",\"params\":{\"work\":\"app-1\"}}"), 0);
    assert_int_equal(ask("{\"id\":1,\"method\":\"work_services\",\"params\":[{\"work\":\"app-1\"}]}"), 0);
    assert_int_equal(ask("{\"id\":1,\"method\":\"work_status\",\"params\":{\"work\":\"app-2\"}}"), -32004);
}

static void the_log_is_for_the_owner_alone(void **state)
{
    char *flipped = arena_str(&arena, bytes_of_str(sdk_token_make(&arena, &owner, 42, NOW)));
    (void)state;

    flipped[strlen(flipped) - 3] = flipped[strlen(flipped) - 3] == '0' ? '1' : '0';
    assert_int_equal(ask_log(sdk_token_make(&arena, &owner, 42, NOW)), 0);
    assert_int_equal(ask_log(sdk_token_make(&arena, &owner, 42, NOW - SDK_TOKEN_SECONDS)), 0);
    assert_int_equal(ask_log(sdk_token_make(&arena, &owner, 42, NOW - SDK_TOKEN_SECONDS - 1)), -32001);
    assert_int_equal(ask_log(sdk_token_make(&arena, &owner, 42, NOW + SDK_TOKEN_SECONDS + 1)), -32001);
    assert_int_equal(ask_log(sdk_token_make(&arena, &other, 42, NOW)), -32001);
    assert_int_equal(ask_log(flipped), -32001);
    assert_int_equal(ask_log(""), -32001);
    assert_int_equal(ask("{\"id\":1,\"method\":\"work_log\",\"params\":{\"work\":\"app-1\"}}"), -32001);
}

static int set_up(void **state)
{
    struct snapshot *s = snapshot_new();
    struct chain_work w = {
        .key = {0, 1}, .has_contract = true, .has_app = true, .contract = {.status = CONTRACT_RUNNING}};
    struct err e;
    (void)state;

    arena_init(&arena, &arena_heap, 16 << 20);
    if (keypair_from_uri(&owner, SIGNATURE_SR25519, BYTES_LIT("//Alice"), &e) != ERR_OK ||
        keypair_from_uri(&other, SIGNATURE_ED25519, BYTES_LIT("//Bob"), &e) != ERR_OK)
        return -1;
    w.app.creator = owner.account;
    w.app.image = BYTES_LIT("hello");
    desired_build(&s->arena, &s->desired, &(struct chain_view){.works = &w, .work_count = 1});
    worker.config.public_address = "127.0.0.1";
    worker.ss58_prefix = 42;
    worker.simulated = true;
    worker.board = board_new();
    board_publish(worker.board, s);
    board_log(worker.board, (struct work_key){0, 1}, 1, BYTES_LIT("hello"));
    board_log(worker.board, (struct work_key){0, 1}, 2, BYTES_LIT("\xff\xfe"));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    board_free(worker.board);
    arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_requests_get_the_codes_of_the_standard),
        cmocka_unit_test(what_is_public_is_told_and_other_works_are_not),
        cmocka_unit_test(the_log_is_for_the_owner_alone),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
