/* rpc/socket_test.c — the whole server behind a real socket, driven by the project's client, by recorded
 * requests of real clients, and by hostile bytes. */
#include "base/clock.h"
#include "base/hex.h"
#include "io/http.h"
#include "io/queue.h"
#include "io/server.h"
#include "io/ws_client.h"
#include "rpc/client.h"
#include "rpc/fake_test.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* A node without a chain: the chain thread as rpc/server.h shows it, over the fake chain. */
struct node {
    struct queue *inbox;
    struct ws_server *ws;
    struct fake_chain *chain;
    struct rpc_backend backend;
    struct rpc_sink sink;
    struct rpc_server *rpc;
    pthread_t thread;
    char url[64];
    unsigned done; /* commands the chain thread has run */
};

enum command { SEAL = 1, FINALIZE, STOP };

static void *node_run(void *arg)
{
    struct node *n = arg;
    static int blocks;
    for (;;) {
        struct ws_message m;
        int64_t wait = rpc_server_tick(n->rpc, clock_mono_ms());
        if (queue_pop(n->inbox, &m, wait) != QUEUE_ITEM)
            continue;
        if (m.kind != WS_WAKE) {
            rpc_server_message(n->rpc, &m);
            continue;
        }
        char value[16];
        (void)snprintf(value, sizeof value, "v%d", blocks++);
        if (m.len == SEAL)
            fake_seal(n->chain, "a", value);
        else if (m.len == FINALIZE)
            fake_finalize(n->chain);
        else
            return NULL;
        __atomic_add_fetch(&n->done, 1, __ATOMIC_SEQ_CST);
    }
}

static void node_do(struct node *n, enum command what)
{
    unsigned before = __atomic_load_n(&n->done, __ATOMIC_SEQ_CST);
    struct ws_message m = {.kind = WS_WAKE, .len = what};
    assert_true(queue_push(n->inbox, &m));
    for (int i = 0; what != STOP && i < 10000 && __atomic_load_n(&n->done, __ATOMIC_SEQ_CST) == before; i++)
        usleep(1000);
}

static void node_start(struct node *n)
{
    struct err e;
    *n = (struct node){.inbox = queue_new(4096, sizeof(struct ws_message)), .chain = fake_new()};
    struct ws_server_config ws = {.limits = ws_server_limits_default(), .inbox = n->inbox};
    ws.limits.outbox_len_max = 2 << 20;
    if (ws_server_start(&n->ws, &ws, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    n->backend = fake_backend(n->chain);
    n->sink = rpc_sink_of_ws(n->ws);
    struct rpc_server_config config = {
        .chain = "Reference Chain",
        .name = "Test Node",
        .version = "1.2.3",
        .chain_type_json = "\"Development\"",
        .properties_json = "{\"ss58Format\":42,\"tokenDecimals\":12,\"tokenSymbol\":\"UNIT\"}",
        .node_role = "Authority",
        .local_peer_id = "none"};
    assert_int_equal(rpc_server_new(&n->rpc, &config, &n->backend, &n->sink, &e), ERR_OK);
    n->chain->rpc = n->rpc;
    assert_int_equal(pthread_create(&n->thread, NULL, node_run, n), 0);
    (void)snprintf(n->url, sizeof n->url, "ws://127.0.0.1:%u", (unsigned)ws_server_port(n->ws));
}

static void node_stop(struct node *n)
{
    struct ws_message m;
    node_do(n, STOP);
    assert_int_equal(pthread_join(n->thread, NULL), 0);
    ws_server_stop(n->ws);
    while (queue_pop(n->inbox, &m, 0) == QUEUE_ITEM)
        ws_message_fini(&m);
    queue_free(n->inbox);
    rpc_server_free(n->rpc);
    fake_free(n->chain);
}

static struct rpc_client *connect_to(const struct node *n)
{
    struct rpc_client *c;
    struct err e;
    if (rpc_client_connect(&c, n->url, 5000, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    return c;
}

/* ---- the client ---- */

static void the_client_calls_subscribes_and_sees_errors(void **state)
{
    (void)state;
    struct node n;
    struct err e;
    json_t *v;
    struct rpc_sub *heads, *watch;
    node_start(&n);
    struct rpc_client *c = connect_to(&n);
    assert_int_equal(rpc_client_call(c, &v, "system_chain", NULL, 5000, &e), ERR_OK);
    assert_string_equal(json_string_value(v), "Reference Chain");
    json_decref(v);
    assert_int_equal(
        rpc_client_call(c, &v, "author_submitExtrinsic", json_pack("[s]", "0x1004000000"), 5000, &e),
        ERR_REJECTED);
    assert_int_equal(rpc_client_error(c)->code, 1010);
    assert_string_equal(rpc_client_error(c)->data, "Transaction has a bad signature");
    assert_non_null(strstr(e.msg, "1010: Invalid Transaction: Transaction has a bad signature"));

    assert_int_equal(
        rpc_client_subscribe(c, &heads, "chain_subscribeNewHead", NULL, "chain_unsubscribeNewHead", 5000, &e),
        ERR_OK);
    assert_int_equal(rpc_client_subscribe(c, &watch, "author_submitAndWatchExtrinsic",
                                          json_pack("[s]", "0x0c010203"), "author_unwatchExtrinsic", 5000,
                                          &e),
                     ERR_OK);
    node_do(&n, SEAL);
    node_do(&n, FINALIZE);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(rpc_sub_next(heads, &v, 5000, &e), ERR_OK);
        assert_string_equal(json_string_value(json_object_get(v, "number")), i == 0 ? "0x0" : "0x1");
        json_decref(v);
    }
    assert_int_equal(rpc_sub_next(heads, &v, 50, &e), ERR_TIMEOUT);
    static const char *const statuses[] = {"\"ready\"", "{\"inBlock\"", "{\"finalized\""};
    uint64_t in_block_ms = 0;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(rpc_sub_next(watch, &v, 5000, &e), ERR_OK);
        char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
        assert_memory_equal(text, statuses[i], strlen(statuses[i]));
        free(text);
        json_decref(v);
        if (i == 1)
            in_block_ms = clock_mono_ms();
    }
    assert_true(clock_mono_ms() - in_block_ms >= 200); /* the default delay is 400 ms from inBlock */
    rpc_sub_close(heads);
    rpc_sub_close(watch);
    assert_int_equal(rpc_client_call(c, &v, "system_health", NULL, 5000, &e), ERR_OK);
    json_decref(v);
    rpc_client_free(c);
    node_stop(&n);
}

static void a_subscription_nobody_polls_loses_its_oldest_notices_and_says_so(void **state)
{
    (void)state;
    struct node n;
    struct err e;
    json_t *v;
    struct rpc_sub *heads;
    node_start(&n);
    struct rpc_client *c = connect_to(&n);
    assert_int_equal(
        rpc_client_subscribe(c, &heads, "chain_subscribeNewHead", NULL, "chain_unsubscribeNewHead", 5000, &e),
        ERR_OK);
    for (int i = 0; i < 1100; i++)
        node_do(&n, SEAL);
    assert_int_equal(rpc_client_call(c, &v, "system_health", NULL, 5000, &e), ERR_OK);
    json_decref(v);
    assert_int_equal(rpc_sub_next(heads, &v, 0, &e), ERR_LIMIT);
    assert_int_equal(rpc_sub_next(heads, &v, 0, &e), ERR_OK);
    assert_string_equal(json_string_value(json_object_get(v, "number")), "0x4d"); /* 1101 were sent */
    json_decref(v);
    rpc_client_free(c);
    node_stop(&n);
}

/* ---- recorded requests of real clients ---- */

/* Is `got` of the shape of `want`: same types, at least the same members, hex where hex was? */
static bool same_shape(const json_t *want, const json_t *got)
{
    const char *key;
    json_t *v;
    if (json_is_null(want) || got == NULL)
        return got != NULL;
    if (json_is_boolean(want))
        return json_is_boolean(got);
    if (json_typeof(want) != json_typeof(got))
        return false;
    if (json_is_string(want))
        return strncmp(json_string_value(want), "0x", 2) != 0 ||
               strncmp(json_string_value(got), "0x", 2) == 0;
    if (json_is_array(want))
        return json_array_size(want) == 0 || json_array_size(got) == 0 ||
               same_shape(json_array_get(want, 0), json_array_get(got, 0));
    void *it = json_object_iter((json_t *)(uintptr_t)want);
    for (; it != NULL; it = json_object_iter_next((json_t *)(uintptr_t)want, it)) {
        key = json_object_iter_key(it);
        v = json_object_iter_value(it);
        if (!same_shape(v, json_object_get(got, key)))
            return false;
    }
    return true;
}

/* Block hashes of the recording mean nothing here: the best block stands in for each. */
static json_t *own_params(const char *method, const json_t *params, const char *best)
{
    static const struct {
        const char *method;
        size_t at;
    } hashes[] = {
        {"chain_getHeader", 0},      {"chain_getBlock", 0},       {"state_getRuntimeVersion", 0},
        {"state_getStorage", 1},     {"state_queryStorageAt", 1}, {"state_getStorageHash", 1},
        {"state_getStorageSize", 1}, {"state_call", 2},           {"state_getKeysPaged", 3},
        {"state_getReadProof", 1},
    };
    json_t *copy = json_deep_copy(params);
    for (size_t i = 0; i < ARRAY_LEN(hashes); i++) {
        if (strcmp(hashes[i].method, method) == 0 && json_is_string(json_array_get(copy, hashes[i].at)))
            assert_int_equal(json_array_set_new(copy, hashes[i].at, json_string(best)), 0);
    }
    return copy;
}

static const json_t *find_after(const json_t *trace, size_t from, const char *field, const char *value)
{
    for (size_t i = from; i < json_array_size(trace); i++) {
        const json_t *line = json_array_get(trace, i);
        const char *have = json_string_value(json_object_get(line, field));
        if (have != NULL && strcmp(have, value) == 0)
            return line;
    }
    return NULL;
}

static void replay_subscribe(struct rpc_client *c, const char *method, json_t *params, const json_t *trace,
                             const json_t *answer, size_t from)
{
    struct err e;
    struct rpc_sub *sub;
    json_t *v;
    if (rpc_client_subscribe(c, &sub, method, params, "none", 5000, &e) != ERR_OK)
        fail_msg("%s: %s", method, e.msg);
    const char *id = json_string_value(json_object_get(answer, "result"));
    for (size_t i = from; i < json_array_size(trace); i++) { /* the first notice of this subscription */
        const json_t *p = json_object_get(json_array_get(trace, i), "params");
        const char *of = json_is_object(p) ? json_string_value(json_object_get(p, "subscription")) : NULL;
        if (of == NULL || strcmp(of, id) != 0)
            continue;
        if (rpc_sub_next(sub, &v, 5000, &e) != ERR_OK)
            fail_msg("%s: no notice: %s", method, e.msg);
        if (!same_shape(json_object_get(p, "result"), v)) {
            char *got = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
            fail_msg("%s: a notice of another shape: %s", method, got);
        }
        json_decref(v);
        return;
    }
}

static void replay_call(struct rpc_client *c, const char *method, json_t *params, const json_t *answer)
{
    struct err e;
    json_t *v;
    const json_t *error = json_object_get(answer, "error");
    enum err_code code = rpc_client_call(c, &v, method, params, 5000, &e);
    if (error != NULL) {
        const char *data = json_string_value(json_object_get(error, "data"));
        assert_int_equal(code, ERR_REJECTED);
        assert_int_equal(rpc_client_error(c)->code, json_integer_value(json_object_get(error, "code")));
        assert_string_equal(rpc_client_error(c)->message,
                            json_string_value(json_object_get(error, "message")));
        assert_string_equal(rpc_client_error(c)->data, data == NULL ? "" : data);
        return;
    }
    if (code != ERR_OK)
        fail_msg("%s: %s", method, e.msg);
    if (!same_shape(json_object_get(answer, "result"), v) && !json_is_null(v)) {
        char *got = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
        fail_msg("%s: another shape: %s", method, got);
    }
    json_decref(v);
}

static void replay(struct node *n, const char *name, size_t at_least)
{
    json_error_t why;
    json_t *file = json_load_file(WETEE_VECTORS "/substrate/rpc_traces.json", 0, &why);
    assert_non_null(file);
    const json_t *trace = json_object_get(json_object_get(file, "traces"), name);
    struct rpc_client *c = connect_to(n);
    size_t requests = 0;
    for (size_t i = 0; i < json_array_size(trace); i++) {
        const json_t *line = json_array_get(trace, i);
        const char *method = json_string_value(json_object_get(line, "->"));
        if (method == NULL)
            continue;
        const json_t *answer = find_after(trace, i, "<-", method);
        assert_non_null(answer);
        json_t *params =
            own_params(method, json_object_get(line, "params"),
                       hex0x(&n->chain->arena, BYTES_OF(n->chain->blocks[n->chain->count - 1]->hash)));
        if ((strstr(method, "_subscribe") != NULL || strcmp(method, "author_submitAndWatchExtrinsic") == 0) &&
            json_is_string(json_object_get(answer, "result")))
            replay_subscribe(c, method, params, trace, answer, i);
        else
            replay_call(c, method, params, answer);
        requests++;
    }
    assert_true(requests >= at_least);
    rpc_client_free(c);
    json_decref(file);
}

static void every_recorded_request_of_polkadot_js_gets_an_answer_of_the_recorded_shape(void **state)
{
    (void)state;
    struct node n;
    node_start(&n);
    node_do(&n, SEAL);
    replay(&n, "polkadot_js_api", 35);
    node_stop(&n);
}

static void every_recorded_request_of_papi_on_legacy_methods_too(void **state)
{
    (void)state;
    struct node n;
    node_start(&n);
    node_do(&n, SEAL);
    node_do(&n, SEAL);
    replay(&n, "papi_legacy", 20);
    node_stop(&n);
}

/* ---- hostile peers ---- */

static long resident_kib(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%*d %ld", &pages), 1);
    (void)fclose(f);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void a_slow_reader_with_many_subscriptions_is_dropped_with_bounded_memory(void **state)
{
    (void)state;
    struct node n;
    struct err e;
    node_start(&n);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(ws_server_port(n.ws)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int small = 4096;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    static const char upgrade[] =
        "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    assert_int_equal(send(fd, upgrade, sizeof upgrade - 1, MSG_NOSIGNAL), sizeof upgrade - 1);
    char text[1024];
    assert_true(recv(fd, text, sizeof text, 0) > 0);
    static const char sub[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"chain_subscribeNewHead\"}";
    static const char head[] = {(char)0x81, (char)(0x80 | (sizeof sub - 1)), 0, 0, 0,
                                0}; /* masked with zeros */
    _Static_assert(sizeof sub - 1 < 126, "the length fits the head");
    for (int i = 0; i < 40; i++) { /* fewer than stop the server from reading */
        assert_int_equal(send(fd, head, sizeof head, MSG_NOSIGNAL), sizeof head);
        assert_int_equal(send(fd, sub, sizeof sub - 1, MSG_NOSIGNAL), sizeof sub - 1);
    }
    struct rpc_client *other = connect_to(&n);
    json_t *v;
    long before = resident_kib();
    uint32_t left = 2;
    for (int i = 0; i < 1500 && left > 1; i++) {
        node_do(&n, SEAL);
        left = ws_server_connections(n.ws);
    }
    for (int i = 0; i < 300 && left > 1;
         i++) { /* closed by the loop thread soon after the bound was passed */
        usleep(10000);
        left = ws_server_connections(n.ws);
    }
    assert_int_equal(left, 1);
    assert_int_equal(rpc_client_call(other, &v, "system_health", NULL, 5000, &e), ERR_OK);
    json_decref(v);
    assert_true(resident_kib() - before < 64 * 1024);
    rpc_client_free(other);
    close(fd);
    node_stop(&n);
}

static void thousands_of_subscriptions_hit_the_limit_and_the_connection_lives_on(void **state)
{
    (void)state;
    struct node n;
    struct err e;
    json_t *v;
    node_start(&n);
    struct rpc_client *c = connect_to(&n);
    int opened = 0, refused = 0;
    for (int i = 0; i < 3000; i++) {
        enum err_code code = rpc_client_call(c, &v, "chain_subscribeNewHead", NULL, 5000, &e);
        if (code == ERR_OK) {
            json_decref(v);
            opened++;
        } else {
            assert_int_equal(rpc_client_error(c)->code, -32006);
            refused++;
        }
    }
    assert_int_equal(opened, 1024);
    assert_int_equal(refused, 3000 - 1024);
    assert_int_equal(rpc_client_call(c, &v, "system_health", NULL, 5000, &e), ERR_OK);
    json_decref(v);
    rpc_client_free(c);
    node_stop(&n);
}

static void rubbish_frames_are_answered_and_do_not_stop_the_node(void **state)
{
    (void)state;
    struct node n;
    struct err e;
    struct ws_client *c;
    node_start(&n);
    assert_int_equal(ws_client_connect(&c, &(struct ws_client_config){.url = n.url}, &e), ERR_OK);
    uint64_t x = 88172645463325252u;
    for (int i = 0; i < 2000; i++) {
        char text[200], *back = NULL;
        size_t len = 1 + (size_t)(i % 190), back_len;
        for (size_t k = 0; k < len; k++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            text[k] = "{}[]\",:0x1\\ntrueid\xff"[x % 19];
        }
        assert_int_equal(ws_client_send(c, bytes_of(text, len), &e), ERR_OK);
        if (ws_client_receive(c, &back, &back_len, 5000, &e) != ERR_OK)
            fail_msg("%s", e.msg);
        assert_non_null(strstr(back, "\"error\""));
        free(back);
    }
    ws_client_free(c);
    node_stop(&n);
}

static void http_requests_work_and_subscriptions_are_refused_there(void **state)
{
    (void)state;
    struct node n;
    struct err e;
    struct arena a;
    struct http_client *c;
    struct http_resp r;
    arena_init(&a, &arena_heap, 16 << 20);
    node_start(&n);
    char url[64];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/", (unsigned)ws_server_port(n.ws));
    assert_int_equal(http_client_new(&c, &(struct http_client_config){0}, &e), ERR_OK);
    struct http_header type = {"content-type", "application/json"};
    struct http_req req = {.method = "POST", .url = url, .headers = &type, .header_count = 1};
    req.body = BYTES_LIT("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"system_chain\",\"params\":[]}");
    assert_int_equal(http_request(c, &a, &r, &req, &e), ERR_OK);
    assert_string_equal((const char *)r.body.p,
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"Reference Chain\"}");
    req.body = BYTES_LIT(
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"author_submitExtrinsic\",\"params\":[\"0x0405\"]}");
    assert_int_equal(http_request(c, &a, &r, &req, &e), ERR_OK);
    assert_non_null(strstr((const char *)r.body.p, "\"result\":\"0x"));
    req.body = BYTES_LIT("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"chain_subscribeNewHead\"}");
    assert_int_equal(http_request(c, &a, &r, &req, &e), ERR_OK);
    assert_non_null(strstr((const char *)r.body.p, "-32601"));
    http_client_free(c);
    node_stop(&n);
    arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_client_calls_subscribes_and_sees_errors),
        cmocka_unit_test(a_subscription_nobody_polls_loses_its_oldest_notices_and_says_so),
        cmocka_unit_test(every_recorded_request_of_polkadot_js_gets_an_answer_of_the_recorded_shape),
        cmocka_unit_test(every_recorded_request_of_papi_on_legacy_methods_too),
        cmocka_unit_test(a_slow_reader_with_many_subscriptions_is_dropped_with_bounded_memory),
        cmocka_unit_test(thousands_of_subscriptions_hit_the_limit_and_the_connection_lives_on),
        cmocka_unit_test(rubbish_frames_are_answered_and_do_not_stop_the_node),
        cmocka_unit_test(http_requests_work_and_subscriptions_are_refused_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
