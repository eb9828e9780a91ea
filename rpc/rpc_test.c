/* rpc/rpc_test.c — envelopes and methods against a small chain. */
#include "rpc/bench_test.h"

/* ---- envelopes ---- */

static void envelopes_that_are_wrong_get_their_code_and_text(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, false);
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"", ERROR_TEXT("null", -32700, "Parse error")},
        {"{", ERROR_TEXT("null", -32700, "Parse error")},
        {"nonsense", ERROR_TEXT("null", -32700, "Parse error")},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"system_name\"} x",
         ERROR_TEXT("null", -32700, "Parse error")},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\xfe\"}", ERROR_TEXT("null", -32700, "Parse error")},
        {"{\"jsonrpc\":\"2.0\",\"id\":99999999999999999999,\"method\":\"system_name\"}",
         ERROR_TEXT("null", -32700, "Parse error")},
        {"7", ERROR_TEXT("null", -32600, "Invalid request")},
        {"\"x\"", ERROR_TEXT("null", -32600, "Invalid request")},
        {"{}", ERROR_TEXT("null", -32600, "Invalid request")},
        {"[]", ERROR_TEXT("null", -32600, "Invalid request")},
        {"{\"id\":1,\"method\":\"system_name\"}", ERROR_TEXT("1", -32600, "Invalid request")},
        {"{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"system_name\"}",
         ERROR_TEXT("1", -32600, "Invalid request")},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}", ERROR_TEXT("1", -32600, "Invalid request")},
        {"{\"jsonrpc\":\"2.0\",\"id\":[1],\"method\":\"system_name\"}",
         ERROR_TEXT("null", -32600, "Invalid request")},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"system_name\",\"params\":5}",
         ERROR_TEXT("1", -32600, "Invalid request")},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"no_such\"}",
         ERROR_TEXT("1", -32601, "Method not found")},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"system_name\\u0000\"}",
         ERROR_TEXT("null", -32700, "Parse error")},
        {"{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"system_name\"}",
         "{\"id\":\"x\",\"jsonrpc\":\"2.0\",\"result\":\"Test Node\"}"},
        {"{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"system_name\",\"params\":null}",
         "{\"id\":null,\"jsonrpc\":\"2.0\",\"result\":\"Test Node\"}"},
        {"{\"jsonrpc\":\"2.0\",\"id\":-3,\"method\":\"system_name\",\"params\":[]}",
         "{\"id\":-3,\"jsonrpc\":\"2.0\",\"result\":\"Test Node\"}"},
        {"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"system_name\"},7,{\"jsonrpc\":\"2.0\",\"method\":"
         "\"system_name\"}]",
         "[{\"id\":1,\"jsonrpc\":\"2.0\",\"result\":\"Test Node\"}," ERROR_TEXT("null", -32600,
                                                                                "Invalid request") "]"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        expect_text(&b, cases[i].text, cases[i].want);
    assert_int_equal(b.dones, ARRAY_LEN(cases));
    bench_close(&b);
}

static void a_notification_and_a_batch_of_them_get_no_answer(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, false);
    bench_message(&b, WS_FRAME, "{\"jsonrpc\":\"2.0\",\"method\":\"system_name\"}");
    bench_message(&b, WS_FRAME, "[{\"jsonrpc\":\"2.0\",\"method\":\"system_name\"}]");
    assert_int_equal(b.out_count, 0);
    bench_message(&b, WS_HTTP, "{\"jsonrpc\":\"2.0\",\"method\":\"system_name\"}");
    bench_message(&b, WS_HTTP, "[{\"jsonrpc\":\"2.0\",\"method\":\"system_name\"}]");
    assert_int_equal(b.out_count, 0);
    assert_int_equal(b.nothings, 2);
    bench_close(&b);
}

static void deep_and_many_valued_messages_are_refused_before_memory_is_spent(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, false);
    size_t len = 1000000;
    char *text = malloc(len + 1);
    assert_non_null(text);
    memset(text, '[', 10000);
    text[10000] = 0;
    expect_text(&b, text, ERROR_TEXT("null", -32700, "Parse error"));
    for (size_t i = 0; i < len; i += 2) {
        text[i] = i == 0 ? '[' : ',';
        text[i + 1] = '0';
    }
    text[len] = 0;
    text[len - 1] = ']';
    expect_text(&b, text, ERROR_TEXT("null", -32007, "Request is too big"));
    memset(text, '[', len); /* brackets inside a string are only text */
    text[0] = '"';
    text[len - 1] = '"';
    expect_text(&b, text, ERROR_TEXT("null", -32600, "Invalid request"));
    size_t at = 0;
    for (int i = 0; i < 101; i++)
        at += (size_t)snprintf(text + at, 100, "%s{}", i == 0 ? "[" : ",");
    (void)snprintf(text + at, 10, "]");
    expect_text(&b, text,
                "{\"error\":{\"code\":-32010,\"data\":\"Exceeded max limit of 100\",\"message\":\"The batch "
                "request was too "
                "large\"},\"id\":null,\"jsonrpc\":\"2.0\"}");
    free(text);
    bench_close(&b);
}

static void parameters_come_by_name_too(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, false);
    expect_result(&b, "state_getStorage", "{\"key\":\"0x61\"}", "\"0x67656e65736973\"");
    expect_result(&b, "state_getKeysPaged", "{\"count\":2,\"prefix\":\"0x70\"}", "[\"0x7031\",\"0x7032\"]");
    expect_error(&b, "state_getStorage", "{\"wrong\":\"0x61\"}", -32602, "Invalid params");
    bench_close(&b);
}

/* ---- methods ---- */

static void state_methods_read_the_right_block(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, false);
    fake_seal(b.chain, "a", "new");
    char genesis[80], params[256];
    (void)snprintf(genesis, sizeof genesis, "\"%s\"",
                   hex0x(&b.chain->arena, BYTES_OF(b.chain->blocks[0]->hash)));
    expect_result(&b, "state_getStorage", "[\"0x61\"]", "\"0x6e6577\"");
    expect_result(&b, "state_getStorageSize", "[\"0x61\"]", "3");
    (void)snprintf(params, sizeof params, "[\"0x61\",%s]", genesis);
    expect_result(&b, "state_getStorage", params, "\"0x67656e65736973\"");
    expect_result(&b, "state_getStorage", "[\"0x656d707479\"]", "\"0x\"");
    expect_result(&b, "state_getStorage", "[\"0x00\",null]", "null");
    expect_result(&b, "state_getStorageHash", "[\"0x00\"]", "null");
    expect_result(&b, "state_getKeysPaged", "[\"0x70\",3,\"0x7033\"]", "[\"0x7034\",\"0x7035\"]");
    expect_result(&b, "state_getKeysPaged", "[\"0x70\",1000,\"0x70\",null]",
                  "[\"0x7031\",\"0x7032\",\"0x7033\",\"0x7034\",\"0x7035\"]");
    expect_error(&b, "state_getKeysPaged", "[\"0x70\",1001]", 4002,
                 "count exceeds maximum value. value: 1001, max: 1000");
    expect_error(&b, "state_getStorage",
                 "[\"0x61\",\"0x0000000000000000000000000000000000000000000000000000000000000000\"]", 4003,
                 "Client error: UnknownBlock: State already discarded for 0x0000");
    (void)snprintf(params, sizeof params, "[[\"0x00\",\"0x61\"],%s]", genesis);
    json_t *v = call(&b, "state_queryStorageAt", params);
    json_t *changes = json_object_get(json_array_get(v, 0), "changes");
    assert_int_equal(json_array_size(changes), 2);
    assert_true(json_is_null(json_array_get(json_array_get(changes, 0), 1)));
    assert_string_equal(json_string_value(json_array_get(json_array_get(changes, 1), 1)), "0x67656e65736973");
    json_decref(v);
    expect_result(&b, "state_getMetadata", "[]", "\"0x6d6574610e00\"");
    expect_result(&b, "state_call", "[\"Metadata_metadata_versions\",\"\"]",
                  "\"0x0c0e0000000f00000010000000\"");
    expect_result(&b, "state_call", "[\"Metadata_metadata_versions\",\"0x\",null]",
                  "\"0x0c0e0000000f00000010000000\"");
    expect_error(&b, "state_call", "[\"No_such\",\"0x\"]", 4003,
                 "Client error: Execution failed: Exported method No_such is not found");
    bench_close(&b);
}

static void wrong_parameters_are_refused_with_invalid_params(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, true);
    static const char *const cases[][2] = {
        {"state_getStorage", "[]"},
        {"state_getStorage", "[5]"},
        {"state_getStorage", "[\"61\"]"},
        {"state_getStorage", "[\"0x6\"]"},
        {"state_getStorage", "[\"0xzz\"]"},
        {"state_getStorage", "[\"0x61\",\"0x12\"]"},
        {"state_getStorage", "[\"0x61\",7]"},
        {"state_queryStorageAt", "[\"0x61\"]"},
        {"state_queryStorageAt", "[[\"0x61\",1]]"},
        {"state_getKeysPaged", "[\"0x\",-1]"},
        {"state_getKeysPaged", "[\"0x\",\"x\"]"},
        {"state_call", "[7,\"0x\"]"},
        {"state_call", "[\"Core_version\",\"zz\"]"},
        {"chain_getBlockHash", "[\"5\"]"},
        {"chain_getBlockHash", "[[1,\"x\"]]"},
        {"chain_getBlockHash", "[-1]"},
        {"chain_getHeader", "[\"0x00\"]"},
        {"chain_unsubscribeNewHead", "[]"},
        {"chain_unsubscribeNewHead", "[{}]"},
        {"author_submitExtrinsic", "[]"},
        {"author_submitExtrinsic", "[\"zz\"]"},
        {"system_accountNextIndex", "[\"\"]"},
        {"system_accountNextIndex", "[1]"},
        {"payment_queryInfo", "[\"nope\"]"},
        {"state_subscribeStorage", "[\"0x61\"]"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        expect_error(&b, cases[i][0], cases[i][1], -32602, "Invalid params");
    bench_close(&b);
}

static void chain_methods_know_numbers_hex_and_arrays(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, false);
    fake_seal(b.chain, "a", "1");
    fake_seal(b.chain, "a", "2");
    struct arena *a = &b.chain->arena;
    const char *h0 = hex0x(a, BYTES_OF(b.chain->blocks[0]->hash)),
               *h2 = hex0x(a, BYTES_OF(b.chain->blocks[2]->hash));
    expect_result(&b, "chain_getBlockHash", "[0]", arena_fmt(a, "\"%s\"", h0));
    expect_result(&b, "chain_getBlockHash", "[\"0x2\"]", arena_fmt(a, "\"%s\"", h2));
    expect_result(&b, "chain_getHead", "[]", arena_fmt(a, "\"%s\"", h2));
    expect_result(&b, "chain_getFinalizedHead", "[]", arena_fmt(a, "\"%s\"", h0));
    expect_result(&b, "chain_getBlockHash", "[3]", "null");
    expect_result(&b, "chain_getBlockHash", "[\"0xfffffffffffffffffffff\"]", "null");
    expect_result(&b, "chain_getBlockHash", "[[0,5,\"0x2\"]]", arena_fmt(a, "[\"%s\",null,\"%s\"]", h0, h2));
    json_t *v = call(&b, "chain_getHeader", "[]");
    assert_string_equal(json_string_value(json_object_get(v, "number")), "0x2");
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(json_object_get(v, "digest"), "logs"), 0)),
        "0x0661757261200700000000000000");
    json_decref(v);
    v = call(&b, "chain_getHeader", arena_fmt(a, "[\"%s\"]", h0));
    assert_string_equal(json_string_value(json_object_get(v, "number")), "0x0");
    json_decref(v);
    const char *unknown = "[\"0x0000000000000000000000000000000000000000000000000000000000000000\"]";
    expect_result(&b, "chain_getHeader", unknown, "null");
    expect_result(&b, "chain_getBlock", unknown, "null");
    bench_close(&b);
}

static void system_and_payment_answers_have_their_shapes(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, false);
    expect_result(&b, "system_health", "[]", "{\"isSyncing\":false,\"peers\":0,\"shouldHavePeers\":false}");
    expect_result(&b, "system_chainType", "[]", "\"Development\"");
    expect_result(&b, "system_nodeRoles", "[]", "[\"Authority\"]");
    expect_result(&b, "system_peers", "[]", "[]");
    expect_result(&b, "system_syncState", "[]",
                  "{\"currentBlock\":0,\"highestBlock\":0,\"startingBlock\":0}");
    expect_result(&b, "system_accountNextIndex", "[\"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY\"]",
                  "9");
    expect_result(&b, "account_nextIndex", "[\"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY\"]", "9");
    expect_result(
        &b, "payment_queryInfo", "[\"0x0102030405\"]",
        "{\"class\":\"normal\",\"partialFee\":\"125000000\",\"weight\":{\"proof_size\":1000,\"ref_time\":"
        "1000000}}");
    expect_result(
        &b, "payment_queryFeeDetails", "[\"0x0102030405\"]",
        "{\"inclusionFee\":{\"adjustedWeightFee\":\"0x5\",\"baseFee\":\"0x64\",\"lenFee\":\"0x14\"}}");
    expect_error(&b, "payment_queryInfo", "[\"0x01\"]", 2, "Unable to query dispatch info.");
    expect_result(
        &b, "state_getRuntimeVersion", "[]",
        "{\"apis\":[[\"0xdf6acb689907609b\",5],[\"0x37e397fc7c91f5e4\",2]],\"authoringVersion\":1,"
        "\"implName\":\"refchain-node\",\"implVersion\":0,\"specName\":\"refchain\",\"specVersion\":100,"
        "\"stateVersion\":1,\"systemVersion\":1,\"transactionVersion\":1}");
    expect_error(&b, "system_dryRun", "[\"0x00\"]", -32601, "RPC call is unsafe to be called externally");
    bench_close(&b);
    bench_open(&b, true);
    expect_result(&b, "system_dryRun", "[\"0x00\"]", "\"0x0000\"");
    bench_close(&b);
}

static void every_listed_method_is_served_and_none_is_listed_that_is_not(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, true);
    json_t *v = call(&b, "rpc_methods", "[]"), *name;
    size_t i;
    assert_true(json_array_size(json_object_get(v, "methods")) > 60);
    json_array_foreach(json_object_get(v, "methods"), i, name)
    {
        char text[200];
        (void)snprintf(text, sizeof text, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\"}",
                       json_string_value(name));
        bench_message(&b, WS_FRAME, text);
        json_t *answer = bench_next(&b);
        assert_int_not_equal(json_integer_value(json_object_get(json_object_get(answer, "error"), "code")),
                             strcmp(json_string_value(name), "state_subscribeStorage") == 0 ? 0 : -32601);
        json_decref(answer);
        while (b.out_count > 0)
            json_decref(bench_next(&b));
    }
    json_decref(v);
    bench_close(&b);
    bench_open(&b, false);
    b.backend.dry_run = NULL;
    expect_error(&b, "system_dryRun", "[\"0x00\"]", -32601, "Method not found");
    bench_close(&b);
}

static void answers_over_the_limit_become_an_error(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, true);
    char *params = malloc(60000), *at = params; /* 9 bytes asked for, 30 and more answered, 5000 times */
    assert_non_null(params);
    at += snprintf(at, 10, "[[");
    for (int i = 0; i < 5000; i++)
        at += snprintf(at, 12, "%s\"0x61\"", i == 0 ? "" : ",");
    (void)snprintf(at, 10, "]]");
    char *text = malloc(70000);
    assert_non_null(text);
    (void)snprintf(text, 70000,
                   "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"state_queryStorageAt\",\"params\":%s}",
                   params);
    expect_text(
        &b, text,
        "{\"error\":{\"code\":-32008,\"data\":\"Exceeded max limit of 100000\",\"message\":\"Response is too "
        "big\"},\"id\":1,\"jsonrpc\":\"2.0\"}");
    free(params);
    free(text);
    bench_close(&b);
}

/* Each answer is below the limit, all together are far over it, and what they need does not add up. */
static void a_batch_of_large_answers_is_bounded_as_a_whole(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, true);
    enum { KEYS = 1900, REQUESTS = 100, REQUEST_MAX = KEYS * 8 + 200 };
    char *text = malloc((size_t)REQUESTS * REQUEST_MAX), *at = text;
    assert_non_null(text);
    for (int i = 0; i < REQUESTS; i++) {
        at += snprintf(at, 120,
                       "%s{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"state_queryStorageAt\",\"params\":[[",
                       i == 0 ? "[" : ",", i);
        for (int k = 0; k < KEYS; k++)
            at += snprintf(at, 12, "%s\"0x61\"", k == 0 ? "" : ",");
        at += snprintf(at, 10, "]]}");
    }
    (void)snprintf(at, 2, "]");
    bench_message(&b, WS_FRAME, text);
    json_t *v = bench_next(&b);
    assert_int_equal(json_array_size(v), REQUESTS);
    size_t served = 0;
    for (size_t i = 0; i < REQUESTS; i++) {
        json_t *one = json_array_get(v, i), *error = json_object_get(one, "error");
        served += error == NULL;
        if (error != NULL)
            assert_int_equal(json_integer_value(json_object_get(error, "code")), JSONRPC_RESPONSE_TOO_BIG);
    }
    assert_true(served >= 1 && served <= 4); /* of some 40,000 bytes each, within 100,000 */
    json_decref(v);
    free(text);
    bench_close(&b);
}

static void a_range_query_gives_all_keys_first_and_then_changes(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, true);
    fake_seal(b.chain, "b", "x");
    fake_seal(b.chain, "a", "new");
    fake_seal(b.chain, "a", NULL);
    struct arena *a = &b.chain->arena;
    json_t *v = call(&b, "state_queryStorage",
                     arena_fmt(a, "[[\"0x61\"],\"%s\"]", hex0x(a, BYTES_OF(b.chain->blocks[0]->hash))));
    assert_int_equal(json_array_size(v), 3);
    char *got = json_dumps(json_object_get(json_array_get(v, 2), "changes"), JSON_COMPACT);
    assert_string_equal(got, "[[\"0x61\",null]]");
    free(got);
    json_decref(v);
    expect_error(&b, "state_queryStorage",
                 arena_fmt(a, "[[\"0x61\"],\"%s\",\"%s\"]", hex0x(a, BYTES_OF(b.chain->blocks[2]->hash)),
                           hex0x(a, BYTES_OF(b.chain->blocks[1]->hash))),
                 4001, "Cannot resolve a block range");
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(envelopes_that_are_wrong_get_their_code_and_text),
        cmocka_unit_test(a_notification_and_a_batch_of_them_get_no_answer),
        cmocka_unit_test(deep_and_many_valued_messages_are_refused_before_memory_is_spent),
        cmocka_unit_test(parameters_come_by_name_too),
        cmocka_unit_test(state_methods_read_the_right_block),
        cmocka_unit_test(wrong_parameters_are_refused_with_invalid_params),
        cmocka_unit_test(chain_methods_know_numbers_hex_and_arrays),
        cmocka_unit_test(system_and_payment_answers_have_their_shapes),
        cmocka_unit_test(every_listed_method_is_served_and_none_is_listed_that_is_not),
        cmocka_unit_test(answers_over_the_limit_become_an_error),
        cmocka_unit_test(a_batch_of_large_answers_is_bounded_as_a_whole),
        cmocka_unit_test(a_range_query_gives_all_keys_first_and_then_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
