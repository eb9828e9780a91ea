/* rpc/subscriptions_test.c — who is told what, and when; submissions and what becomes of them. */
#include "rpc/bench_test.h"
#include "rpc/rpc_priv.h"

/* ---- subscriptions ---- */

/* The result of the next thing sent, which must be a notification of `method` for `id`. */
static json_t *notice(struct bench *b, const char *method, const char *id)
{
    json_t *v = bench_next(b), *params = json_object_get(v, "params");
    assert_null(json_object_get(v, "id"));
    assert_string_equal(json_string_value(json_object_get(v, "method")), method);
    assert_string_equal(json_string_value(json_object_get(params, "subscription")), id);
    json_t *result = json_incref(json_object_get(params, "result"));
    json_decref(v);
    return result;
}

static void expect_notice(struct bench *b, const char *method, const char *id, const char *want)
{
    json_t *v = notice(b, method, id);
    char *got = json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    assert_string_equal(got, want);
    free(got);
    json_decref(v);
}

static void expect_head(struct bench *b, const char *method, const char *id, const char *number)
{
    json_t *v = notice(b, method, id);
    assert_string_equal(json_string_value(json_object_get(v, "number")), number);
    json_decref(v);
}

static void head_subscriptions_start_at_once_and_follow(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, false);
    json_t *heads = call(&b, "chain_subscribeNewHead", "[]");
    const char *new_id = json_string_value(heads);
    expect_head(&b, "chain_newHead", new_id, "0x0");
    json_t *fins = call(&b, "chain_subscribeFinalizedHeads", "[]");
    const char *fin_id = json_string_value(fins);
    expect_head(&b, "chain_finalizedHead", fin_id, "0x0");
    fake_seal(b.chain, "a", "1");
    expect_head(&b, "chain_newHead", new_id, "0x1");
    fake_seal(b.chain, "a", "2");
    expect_head(&b, "chain_newHead", new_id, "0x2");
    fake_finalize(b.chain); /* both, in order */
    expect_head(&b, "chain_finalizedHead", fin_id, "0x1");
    expect_head(&b, "chain_finalizedHead", fin_id, "0x2");
    assert_int_equal(b.out_count, 0);
    struct arena *a = &b.chain->arena;
    expect_result(&b, "chain_unsubscribeFinalizedHeads", arena_fmt(a, "[\"%s\"]", new_id), "false");
    expect_result(&b, "chain_unsubscribeNewHead", arena_fmt(a, "[\"%s\"]", new_id), "true");
    expect_result(&b, "chain_unsubscribeNewHead", arena_fmt(a, "[\"%s\"]", new_id), "false");
    fake_seal(b.chain, "a", "3");
    assert_int_equal(b.out_count, 0);
    json_decref(heads);
    json_decref(fins);
    bench_close(&b);
}

static void storage_subscriptions_tell_all_keys_first_and_then_what_changed(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, false);
    json_t *v = call(&b, "state_subscribeStorage", "[[\"0x62\",\"0x61\",\"0x7a7a\"]]");
    const char *id = json_string_value(v);
    json_t *first = notice(&b, "state_storage", id);
    char *got = json_dumps(json_object_get(first, "changes"), JSON_COMPACT);
    assert_string_equal(
        got, "[[\"0x62\",\"0x67656e65736973\"],[\"0x61\",\"0x67656e65736973\"],[\"0x7a7a\",null]]");
    free(got);
    json_decref(first);
    fake_seal(b.chain, "p1", "other");
    assert_int_equal(b.out_count, 0);
    fake_seal(b.chain, "a", "n");
    json_t *second = notice(&b, "state_storage", id);
    got = json_dumps(json_object_get(second, "changes"), JSON_COMPACT);
    assert_string_equal(got, "[[\"0x61\",\"0x6e\"]]");
    free(got);
    json_decref(second);
    fake_seal(b.chain, "a", NULL);
    json_t *third = notice(&b, "state_storage", id);
    got = json_dumps(json_object_get(third, "changes"), JSON_COMPACT);
    assert_string_equal(got, "[[\"0x61\",null]]");
    free(got);
    json_decref(third);
    json_decref(v);
    expect_error(&b, "state_subscribeStorage", "[]", -32601, "unsafe");
    bench_close(&b);
}

static void the_runtime_version_is_told_at_once_and_when_it_changes(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, false);
    json_t *v = call(&b, "state_subscribeRuntimeVersion", "[]");
    json_decref(notice(&b, "state_runtimeVersion", json_string_value(v)));
    fake_seal(b.chain, "a", "1");
    assert_int_equal(b.out_count, 0);
    fake_seal(b.chain, ":code", "1");
    json_decref(notice(&b, "state_runtimeVersion", json_string_value(v)));
    json_decref(v);
    bench_close(&b);
}

static void subscriptions_are_bounded_per_connection_and_end_with_it(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, false);
    for (int i = 0; i < 50; i++) {
        json_decref(call(&b, "chain_subscribeNewHead", "[]"));
        json_decref(bench_next(&b));
    }
    expect_error(&b, "chain_subscribeNewHead", "[]", -32006, "Too many subscriptions on the connection");
    expect_error(&b, "author_submitAndWatchExtrinsic", "[\"0x01\"]", -32006, "Exceeded max limit of 50");
    assert_int_equal(b.chain->pool_len, 0);
    fake_seal(b.chain, "a", "1");
    assert_int_equal(b.out_count, 50);
    while (b.out_count > 0)
        json_decref(bench_next(&b));
    bench_message(&b, WS_CLOSED, NULL);
    fake_seal(b.chain, "a", "2");
    assert_int_equal(b.out_count, 0);
    bench_close(&b);
}

static void subscriptions_need_a_connection_and_no_batch(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, false);
    bench_message(&b, WS_HTTP, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"chain_subscribeNewHead\"}");
    json_t *v = bench_next(&b);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(v, "error"), "code")), -32601);
    json_decref(v);
    bench_message(&b, WS_FRAME, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"chain_subscribeNewHead\"}]");
    v = bench_next(&b);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(json_array_get(v, 0), "error"), "code")), -32005);
    json_decref(v);
    bench_close(&b);
}

/* Subscribes to the key "z", named `count` times over; returns whether that was refused. */
static bool subscribe_often(struct bench *b, size_t count)
{
    size_t cap = count * 8 + 200;
    char *text = malloc(cap), *at = text;
    assert_non_null(text);
    at += snprintf(at, cap,
                   "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"state_subscribeStorage\",\"params\":[[");
    for (size_t i = 0; i < count; i++)
        at += snprintf(at, 12, "%s\"0x7a\"", i == 0 ? "" : ",");
    (void)snprintf(at, 4, "]]}");
    bench_message(b, WS_FRAME, text);
    free(text);
    json_t *v = bench_next(b);
    bool refused = json_object_get(v, "error") != NULL;
    json_decref(v);
    if (!refused)
        json_decref(bench_next(b)); /* the first notice */
    assert_int_equal(b->out_count, 0);
    return refused;
}

static void a_key_budget_bounds_storage_subscriptions(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, false);
    enum { KEYS = 4000, TRIES = 10, FIT = RPC_SUB_KEYS_LEN_MAX / (KEYS * (RPC_SUB_KEY_COST + 1)) };
    int refused = 0;
    for (int i = 0; i < TRIES; i++)
        refused += subscribe_often(&b, KEYS);
    assert_int_equal(refused, TRIES - FIT);
    bench_close(&b);
}

/* One key named often makes a long notice of a small value. */
static void a_storage_subscription_never_makes_a_notice_over_the_limit(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, false);
    assert_true(subscribe_often(&b, 9000)); /* of at least 16 bytes each, 100,000 allowed */
    assert_false(subscribe_often(&b, 2600));
    fake_seal(b.chain, "z", "thirty bytes of a longer value");
    assert_int_equal(b.out_count, 0); /* the subscription was closed instead */
    fake_seal(b.chain, "z", "short");
    assert_int_equal(b.out_count, 0);
    assert_false(subscribe_often(&b, 2)); /* the connection lives on */
    fake_seal(b.chain, "z", "short again");
    assert_int_equal(b.out_count, 1);
    json_decref(bench_next(&b));
    bench_close(&b);
}

/* ---- submissions ---- */

static void a_watched_transaction_is_told_ready_in_block_and_later_finalized(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, false);
    struct arena *a = &b.chain->arena;
    json_t *v = call(&b, "author_submitAndWatchExtrinsic", "[\"0x2801020304\"]");
    const char *id = json_string_value(v);
    expect_notice(&b, "author_extrinsicUpdate", id, "\"ready\"");
    expect_result(&b, "author_pendingExtrinsics", "[]", "[\"0x2801020304\"]");
    fake_seal(b.chain, "a", "1");
    const char *block = hex0x(a, BYTES_OF(b.chain->blocks[1]->hash));
    expect_notice(&b, "author_extrinsicUpdate", id, arena_fmt(a, "{\"inBlock\":\"%s\"}", block));
    fake_finalize(b.chain);
    assert_int_equal(b.out_count, 0); /* held back */
    int64_t wait = rpc_server_tick(b.rpc, clock_mono_ms());
    assert_true(wait > 0 && wait <= 60);
    assert_int_equal(b.out_count, 0);
    usleep(80000);
    assert_int_equal(rpc_server_tick(b.rpc, clock_mono_ms()), 1000);
    expect_notice(&b, "author_extrinsicUpdate", id, arena_fmt(a, "{\"finalized\":\"%s\"}", block));
    expect_result(&b, "author_unwatchExtrinsic", arena_fmt(a, "[\"%s\"]", id), "false"); /* ended by itself */
    json_decref(v);
    bench_close(&b);
}

static void a_watch_ends_with_its_last_status_or_when_asked(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, false);
    static const struct {
        enum rpc_tx_status status;
        const char *text;
        bool last;
    } cases[] = {
        {RPC_TX_FUTURE, "\"future\"", false},
        {RPC_TX_READY, "\"ready\"", false},
        {RPC_TX_DROPPED, "\"dropped\"", true},
        {RPC_TX_INVALID, "\"invalid\"", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        json_t *v = call(&b, "author_submitAndWatchExtrinsic", "[\"0x0405\"]");
        const char *id = json_string_value(v);
        json_decref(bench_next(&b));
        static const uint8_t tx[] = {4, 5};
        struct rpc_tx_event event = {.hash = fake_hash(NULL, bytes_of(tx, 2)), .status = cases[i].status};
        rpc_server_on_tx(b.rpc, &event);
        expect_notice(&b, "author_extrinsicUpdate", id, cases[i].text);
        expect_result(&b, "author_unwatchExtrinsic", arena_fmt(&b.chain->arena, "[\"%s\"]", id),
                      cases[i].last ? "false" : "true");
        rpc_server_on_tx(b.rpc, &event);
        assert_int_equal(b.out_count, 0);
        json_decref(v);
    }
    bench_close(&b);
}

static void refused_transactions_get_the_codes_and_texts_of_substrate(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, false);
    static const struct {
        struct rpc_submit_result r;
        const char *want;
    } cases[] = {
        {{.code = RPC_SUBMIT_INVALID, .variant = 0}, "Transaction call is not expected"},
        {{.code = RPC_SUBMIT_INVALID, .variant = 1},
         "Inability to pay some fees (e.g. account balance too low)"},
        {{.code = RPC_SUBMIT_INVALID, .variant = 3},
         "\"message\":\"Invalid Transaction\",\"data\":\"Transaction is outdated\""},
        {{.code = RPC_SUBMIT_INVALID, .variant = 7, .custom = 12}, "Custom error: 12"},
        {{.code = RPC_SUBMIT_INVALID, .variant = 12}, "did not authorize any origin"},
        {{.code = RPC_SUBMIT_INVALID, .variant = 200}, "Custom error: 0"},
        {{.code = RPC_SUBMIT_UNKNOWN, .variant = 1}, "Unknown Transaction Validity"},
        {{.code = RPC_SUBMIT_BANNED}, "Transaction is temporarily banned"},
        {{.code = RPC_SUBMIT_IMPORTED}, "Transaction Already Imported\",\"data\":\"0x"},
        {{.code = RPC_SUBMIT_LOW_PRIORITY, .old_priority = 9, .new_priority = 3},
         "Priority is too low: (9 vs 3)"},
        {{.code = RPC_SUBMIT_CYCLE}, "Cycle Detected"},
        {{.code = RPC_SUBMIT_DROPPED}, "Immediately Dropped"},
        {{.code = RPC_SUBMIT_OTHER, .text = "\xff"}, "error"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        b.chain->refuse = cases[i].r;
        expect_error(&b, "author_submitExtrinsic", "[\"0xff\"]", (int)cases[i].r.code, cases[i].want);
        expect_error(&b, "author_submitAndWatchExtrinsic", "[\"0xff\"]", (int)cases[i].r.code, cases[i].want);
    }
    expect_error(&b, "author_submitExtrinsic", "[\"0x\"]", 1001,
                 "Extrinsic has invalid format: nothing there");
    bench_close(&b);
}

static void answers_may_come_after_validation_and_the_peer_may_be_gone_by_then(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, false);
    b.chain->defer = true;
    bench_message(
        &b, WS_FRAME,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"author_submitExtrinsic\",\"params\":[\"0x01\"]}");
    bench_message(
        &b, WS_FRAME,
        "[{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"author_submitExtrinsic\",\"params\":[\"0x02\"]},"
        "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"system_name\"}]");
    bench_message(
        &b, WS_HTTP,
        "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"author_submitExtrinsic\",\"params\":[\"0x03\"]}");
    assert_int_equal(b.out_count, 0);
    fake_validate(b.chain);
    assert_int_equal(b.out_count, 3);
    json_t *v = bench_next(&b);
    assert_int_equal(json_integer_value(json_object_get(v, "id")), 1);
    json_decref(v);
    v = bench_next(&b);
    assert_int_equal(json_array_size(v), 2);
    json_decref(v);
    json_decref(bench_next(&b));
    bench_message(
        &b, WS_FRAME,
        "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"author_submitAndWatchExtrinsic\",\"params\":[\"0x04\"]}");
    bench_message(&b, WS_CLOSED, NULL);
    fake_validate(b.chain);
    fake_seal(b.chain, "a", "1");
    assert_int_equal(b.out_count, 0);
    /* One that is never answered is released with the server. */
    bench_message(&b, WS_OPENED, NULL);
    bench_message(
        &b, WS_FRAME,
        "[{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"author_submitExtrinsic\",\"params\":[\"0x02\"]}]");
    b.chain->deferred_len = 0;
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(head_subscriptions_start_at_once_and_follow),
        cmocka_unit_test(storage_subscriptions_tell_all_keys_first_and_then_what_changed),
        cmocka_unit_test(the_runtime_version_is_told_at_once_and_when_it_changes),
        cmocka_unit_test(subscriptions_are_bounded_per_connection_and_end_with_it),
        cmocka_unit_test(subscriptions_need_a_connection_and_no_batch),
        cmocka_unit_test(a_key_budget_bounds_storage_subscriptions),
        cmocka_unit_test(a_storage_subscription_never_makes_a_notice_over_the_limit),
        cmocka_unit_test(a_watched_transaction_is_told_ready_in_block_and_later_finalized),
        cmocka_unit_test(a_watch_ends_with_its_last_status_or_when_asked),
        cmocka_unit_test(refused_transactions_get_the_codes_and_texts_of_substrate),
        cmocka_unit_test(answers_may_come_after_validation_and_the_peer_may_be_gone_by_then),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
