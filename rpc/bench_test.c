#include "rpc/bench_test.h"

static bool sink_send(void *ctx, uint64_t conn, struct bytes text)
{
    struct bench *b = ctx;
    json_error_t why;
    json_t *v = json_loadb((const char *)text.p, text.len, 0, &why);
    if (v == NULL)
        fail_msg("the server sent what is not JSON: %.*s", (int)text.len, (const char *)text.p);
    assert_true(conn == CONN || conn == HTTP);
    assert_true(b->out_count < OUT_MAX);
    b->out[b->out_count++] = v;
    return true;
}

static void sink_nothing(void *ctx, uint64_t conn)
{
    struct bench *b = ctx;
    assert_int_equal(conn, HTTP);
    b->nothings++;
}

static void sink_done(void *ctx, uint64_t conn, size_t len)
{
    struct bench *b = ctx;
    (void)conn;
    (void)len;
    b->dones++;
}

void bench_message(struct bench *b, enum ws_message_kind kind, const char *text)
{
    struct ws_message m = {.conn = kind == WS_HTTP ? HTTP : CONN, .kind = kind};
    if (text != NULL) {
        m.len = strlen(text);
        m.owned_data = malloc(m.len + 1);
        assert_non_null(m.owned_data);
        memcpy(m.owned_data, text, m.len + 1);
    }
    rpc_server_message(b->rpc, &m);
}

void bench_open(struct bench *b, bool unsafe_methods)
{
    struct err e;
    *b = (struct bench){.chain = fake_new()};
    b->backend = fake_backend(b->chain);
    b->sink = (struct rpc_sink){b, sink_send, sink_nothing, sink_done};
    struct rpc_server_config config = {
        .chain = "Test Chain",
        .name = "Test Node",
        .version = "1.2.3",
        .chain_type_json = "\"Development\"",
        .properties_json = "{\"ss58Format\":42,\"tokenDecimals\":12,\"tokenSymbol\":\"UNIT\"}",
        .node_role = "Authority",
        .local_peer_id = "none",
        .unsafe_methods = unsafe_methods,
        .finalized_delay_ms = 60,
        .response_len_max = 100000,
        .subscriptions_max = 50,
    };
    if (rpc_server_new(&b->rpc, &config, &b->backend, &b->sink, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    b->chain->rpc = b->rpc;
    bench_message(b, WS_OPENED, NULL);
}

json_t *bench_next(struct bench *b)
{
    if (b->out_count == 0)
        fail_msg("nothing was sent");
    json_t *v = b->out[0];
    b->out_count--;
    memmove(b->out, b->out + 1, b->out_count * sizeof b->out[0]);
    return v;
}

void bench_close(struct bench *b)
{
    while (b->out_count > 0)
        json_decref(bench_next(b));
    rpc_server_free(b->rpc);
    fake_free(b->chain);
}

void expect_text(struct bench *b, const char *text, const char *want)
{
    bench_message(b, WS_FRAME, text);
    json_t *v = bench_next(b);
    char *got = json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS);
    if (strcmp(got, want) != 0)
        fail_msg("%.200s\n gave %s\n want %s", text, got, want);
    free(got);
    json_decref(v);
}

json_t *call(struct bench *b, const char *method, const char *params)
{
    char text[8192];
    (void)snprintf(text, sizeof text, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}",
                   method, params);
    bench_message(b, WS_FRAME, text);
    json_t *v = bench_next(b), *result = json_object_get(v, "result");
    if (result == NULL) {
        char *got = json_dumps(v, JSON_COMPACT);
        fail_msg("%s gave %s", text, got);
    }
    json_incref(result);
    json_decref(v);
    return result;
}

void expect_result(struct bench *b, const char *method, const char *params, const char *want)
{
    json_t *v = call(b, method, params);
    char *got = json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    if (strcmp(got, want) != 0)
        fail_msg("%s %s\n gave %s\n want %s", method, params, got, want);
    free(got);
    json_decref(v);
}

void expect_error(struct bench *b, const char *method, const char *params, int code, const char *message_part)
{
    char text[8192];
    (void)snprintf(text, sizeof text, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}",
                   method, params);
    bench_message(b, WS_FRAME, text);
    json_t *v = bench_next(b), *error = json_object_get(v, "error");
    char *got = json_dumps(v, JSON_COMPACT);
    if (json_integer_value(json_object_get(error, "code")) != code || strstr(got, message_part) == NULL ||
        json_object_get(v, "result") != NULL)
        fail_msg("%s gave %s", text, got);
    free(got);
    json_decref(v);
}
