/* io/io_test.c — the queue, the server and both clients, over real sockets. */
#include "base/clock.h"
#include "io/echo_test.h"
#include "io/http.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static void queue_keeps_order_refuses_when_full_and_times_out(void **state)
{
    (void)state;
    struct queue *q = queue_new(3, sizeof(int));
    int v;
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 3; i++)
            assert_true(queue_push(q, &i));
        assert_false(queue_push(q, &round));
        assert_int_equal(queue_len(q), 3);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(queue_pop(q, &v, 0), QUEUE_ITEM);
            assert_int_equal(v, i);
        }
    }
    uint64_t before = clock_mono_ms();
    assert_int_equal(queue_pop(q, &v, 0), QUEUE_TIMEOUT);
    assert_int_equal(queue_pop(q, &v, 60), QUEUE_TIMEOUT);
    assert_true(clock_mono_ms() - before >= 55);
    v = 7;
    assert_true(queue_push(q, &v));
    queue_close(q);
    assert_false(queue_push(q, &v));
    assert_int_equal(queue_pop(q, &v, -1), QUEUE_ITEM);
    assert_int_equal(queue_pop(q, &v, -1), QUEUE_CLOSED);
    queue_free(q);
}

static void *push_many(void *arg)
{
    struct queue *q = arg;
    for (uint32_t i = 1; i <= 20000; i++) {
        while (!queue_push(q, &i))
            sched_yield();
    }
    return NULL;
}

static void queue_loses_nothing_between_threads(void **state)
{
    (void)state;
    struct queue *q = queue_new(16, sizeof(uint32_t));
    pthread_t producers[3];
    uint64_t sum = 0;
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&producers[i], NULL, push_many, q), 0);
    for (int i = 0; i < 60000; i++) {
        uint32_t v;
        assert_int_equal(queue_pop(q, &v, 10000), QUEUE_ITEM);
        sum += v;
    }
    assert_true(sum == 3 * 20000ull * 20001 / 2);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_join(producers[i], NULL), 0);
    queue_free(q);
}

static void websocket_messages_of_all_lengths_come_back(void **state)
{
    (void)state;
    struct echo x = {0};
    struct ws_server_limits limits = ws_server_limits_default();
    echo_start(&x, &limits, 64);
    struct ws_client *c = client_to(&x);
    static const size_t lens[] = {1, 2, 125, 126, 127, 65535, 65536, 65537, 300000, 5000000};
    for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
        struct err e;
        char *out = malloc(lens[i]), *back = NULL;
        size_t len;
        assert_non_null(out);
        memset(out, 'a' + (int)i, lens[i]);
        assert_int_equal(ws_client_send(c, bytes_of(out, lens[i]), &e), ERR_OK);
        assert_int_equal(ws_client_receive(c, &back, &len, 20000, &e), ERR_OK);
        assert_int_equal(len, lens[i]);
        assert_memory_equal(back, out, len);
        free(out);
        free(back);
    }
    ws_client_free(c);
    assert_true(wait_for(&x.closed, 1));
    echo_stop(&x);
    assert_int_equal(x.opened, 1);
    assert_int_equal(x.closed, 1);
}

static void a_client_that_pipelines_thousands_of_requests_gets_every_answer_in_order(void **state)
{
    (void)state;
    struct echo x = {0};
    struct ws_server_limits limits = ws_server_limits_default();
    limits.outbox_count_max = 200;
    echo_start(&x, &limits, 256);
    struct ws_client *c = client_to(&x);
    struct err e;
    char text[32];
    for (int i = 0; i < 5000; i++) {
        int n = snprintf(text, sizeof text, "%d", i);
        assert_int_equal(ws_client_send(c, bytes_of(text, (size_t)n), &e), ERR_OK);
    }
    for (int i = 0; i < 5000; i++) {
        char *back = NULL;
        size_t len;
        if (ws_client_receive(c, &back, &len, 20000, &e) != ERR_OK)
            fail_msg("answer %d: %s", i, e.msg);
        (void)snprintf(text, sizeof text, "%d", i);
        assert_string_equal(back, text);
        free(back);
    }
    ws_client_free(c);
    echo_stop(&x);
}

static void fragments_are_joined_and_control_frames_may_come_between(void **state)
{
    (void)state;
    struct echo x = {0};
    struct ws_server_limits limits = ws_server_limits_default();
    echo_start(&x, &limits, 64);
    int fd = raw_ws(&x);
    char buf[256];
    assert_true(raw_frame(fd, 0x01, "he", 2));
    assert_true(raw_frame(fd, 0x89, "hi", 2)); /* ping */
    assert_true(raw_frame(fd, 0x00, "ll", 2));
    assert_true(raw_frame(fd, 0x80, "o", 1));
    assert_true(raw_expect(fd, buf, sizeof buf, "hello"));
    close(fd);
    echo_stop(&x);
}

static void a_full_inbox_is_answered_with_busy_and_loses_no_close(void **state)
{
    (void)state;
    struct ws_server_limits limits = ws_server_limits_default();
    struct queue *inbox = queue_new(2, sizeof(struct ws_message));
    struct err e;
    struct ws_server *server;
    char buf[1024];
    assert_int_equal(
        ws_server_start(&server, &(struct ws_server_config){.limits = limits, .inbox = inbox}, &e), ERR_OK);
    struct echo x = {.server = server};
    int fd = raw_ws(&x); /* OPENED, FRAME: full */
    assert_true(raw_frame(fd, 0x81, "1", 1));
    assert_true(raw_frame(fd, 0x81, "2", 1));
    assert_true(raw_expect(fd, buf, sizeof buf, "-32009"));
    close(fd);
    usleep(100000);
    struct ws_message m;
    enum ws_message_kind kinds[3];
    for (int i = 0; i < 3; i++) {
        assert_int_equal(queue_pop(inbox, &m, 5000), QUEUE_ITEM);
        kinds[i] = m.kind;
        if (m.kind == WS_FRAME)
            ws_done(server, m.conn, m.len);
        ws_message_fini(&m);
    }
    assert_int_equal(kinds[0], WS_OPENED);
    assert_int_equal(kinds[1], WS_FRAME);
    assert_int_equal(kinds[2], WS_CLOSED);
    ws_server_stop(server);
    queue_free(inbox);
}

static void what_browsers_offer_beside_the_handshake_is_ignored(void **state)
{
    (void)state;
    struct echo x = {0};
    struct ws_server_limits limits = ws_server_limits_default();
    echo_start(&x, &limits, 64);
    static const char *const headers[] = {
        "Origin: https://polkadot.js.org\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
        char buf[1024];
        int fd = raw_connect(&x);
        assert_true(raw_send(fd, UPGRADE, sizeof UPGRADE - 3)); /* without the empty line */
        assert_true(raw_send(fd, headers[i], strlen(headers[i])));
        assert_true(raw_expect(fd, buf, sizeof buf, " 101 "));
        assert_true(raw_frame(fd, 0x81, "hello", 5));
        assert_true(raw_expect(fd, buf, sizeof buf, "hello"));
        close(fd);
    }
    echo_stop(&x);
}

static void closing_says_why(void **state)
{
    (void)state;
    struct echo x = {0};
    struct ws_server_limits limits = ws_server_limits_default();
    echo_start(&x, &limits, 64);
    int fd = raw_ws(&x);
    assert_true(raw_frame(fd, 0x81, "\"close\"", 7));
    assert_int_equal(raw_close_code(fd), 1008);
    close(fd);
    echo_stop(&x);
}

static struct http_resp http(const struct echo *x, struct arena *a, const char *method, const char *path,
                             struct bytes body, const char *type)
{
    struct err e;
    struct http_client *c;
    struct http_resp r = {0};
    char url[128];
    struct http_header header = {"content-type", type};
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u%s", (unsigned)ws_server_port(x->server), path);
    assert_int_equal(http_client_new(&c, &(struct http_client_config){0}, &e), ERR_OK);
    struct http_req req = {.method = method, .url = url, .body = body, .headers = &header, .header_count = 1};
    if (http_request(c, a, &r, &req, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    http_client_free(c);
    return r;
}

static void http_posts_are_answered_and_everything_else_refused(void **state)
{
    (void)state;
    struct echo x = {0};
    struct arena a;
    struct ws_server_limits limits = ws_server_limits_default();
    limits.request_len_max = 6000000; /* more than socket buffers hold, both ways */
    arena_init(&a, &arena_heap, 64 << 20);
    echo_start(&x, &limits, 64);
    const char *json = "application/json";
    static uint8_t big[6000001];
    memset(big, '1', sizeof big);

    struct http_resp r = http(&x, &a, "POST", "/", BYTES_LIT("{\"a\":1}"), json);
    assert_int_equal(r.status, 200);
    assert_string_equal((const char *)r.body.p, "{\"a\":1}");
    assert_string_equal(http_resp_header(&r, "access-control-allow-origin"), "*");
    assert_true(strncmp(http_resp_header(&r, "content-type"), json, 16) == 0);
    r = http(&x, &a, "POST", "/", bytes_of(big, 6000000), json);
    assert_int_equal(r.status, 200);
    assert_int_equal(r.body.len, 6000000);
    assert_memory_equal(r.body.p, big, r.body.len);
    r = http(&x, &a, "POST", "/", bytes_of(big, 6000001), json);
    assert_int_equal(r.status, 413);
    assert_non_null(strstr((const char *)r.body.p, "-32007"));
    assert_int_equal(http(&x, &a, "POST", "/", BYTES_LIT("\"nothing\""), json).status, 200);
    assert_int_equal(http(&x, &a, "POST", "/", BYTES_LIT("1"), "text/plain").status, 415);
    assert_int_equal(http(&x, &a, "POST", "/other", BYTES_LIT("1"), json).status, 404);
    assert_int_equal(http(&x, &a, "GET", "/", BYTES_EMPTY, json).status, 405);
    assert_int_equal(http(&x, &a, "GET", "/other", BYTES_EMPTY, json).status, 404);
    assert_int_equal(http(&x, &a, "GET", "/health", BYTES_EMPTY, json).status, 200);
    r = http(&x, &a, "OPTIONS", "/", BYTES_EMPTY, json);
    assert_int_equal(r.status, 204);
    assert_non_null(strstr(http_resp_header(&r, "access-control-allow-headers"), "content-type"));
    echo_stop(&x);
    arena_fini(&a);
}

static void one_http_client_keeps_its_connection_for_many_requests(void **state)
{
    (void)state;
    struct echo x = {0};
    struct arena a;
    struct err e;
    struct http_client *c;
    struct ws_server_limits limits = ws_server_limits_default();
    limits.connections_max = 2;
    arena_init(&a, &arena_heap, 64 << 20);
    echo_start(&x, &limits, 64);
    char url[128];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/", (unsigned)ws_server_port(x.server));
    assert_int_equal(http_client_new(&c, &(struct http_client_config){0}, &e), ERR_OK);
    struct http_header header = {"content-type", "application/json"};
    for (int i = 0; i < 200; i++) {
        char text[32];
        int n = snprintf(text, sizeof text, "[%d]", i);
        struct http_req req = {.method = "POST",
                               .url = url,
                               .body = bytes_of(text, (size_t)n),
                               .headers = &header,
                               .header_count = 1};
        struct http_resp r;
        if (http_request(c, &a, &r, &req, &e) != ERR_OK)
            fail_msg("request %d: %s", i, e.msg);
        assert_int_equal(r.status, 200);
        assert_string_equal((const char *)r.body.p, text);
    }
    http_client_free(c);
    echo_stop(&x);
    arena_fini(&a);
}

static void clients_report_what_is_wrong(void **state)
{
    (void)state;
    struct err e;
    struct ws_client *c;
    struct http_client *h;
    struct http_resp r;
    struct arena a;
    arena_init(&a, &arena_heap, 1 << 20);
    assert_int_equal(ws_client_connect(&c, &(struct ws_client_config){.url = "http://x/"}, &e), ERR_USAGE);
    assert_int_equal(ws_client_connect(&c, &(struct ws_client_config){.url = "ws://127.0.0.1:1"}, &e),
                     ERR_UNAVAILABLE);
    assert_int_equal(http_client_new(&h, &(struct http_client_config){0}, &e), ERR_OK);
    struct http_req req = {.method = "GET", .url = "http://127.0.0.1:1/"};
    assert_int_equal(http_request(h, &a, &r, &req, &e), ERR_UNAVAILABLE);
    req.url = "ftp://127.0.0.1/";
    assert_int_equal(http_request(h, &a, &r, &req, &e), ERR_USAGE);
    http_client_free(h);
    arena_fini(&a);
}

static void a_client_waiting_for_a_message_sees_the_server_go(void **state)
{
    (void)state;
    struct echo x = {0};
    struct ws_server_limits limits = ws_server_limits_default();
    echo_start(&x, &limits, 64);
    struct ws_client *c = client_to(&x);
    struct err e;
    char *back;
    size_t len;
    assert_int_equal(ws_client_receive(c, &back, &len, 30, &e), ERR_TIMEOUT);
    echo_stop(&x);
    assert_int_equal(ws_client_receive(c, &back, &len, 10000, &e), ERR_CLOSED);
    assert_int_equal(ws_client_send(c, BYTES_LIT("x"), &e), ERR_CLOSED);
    ws_client_free(c);
}

/* ---- the HTTP client against a server of a few lines on a unix socket ---- */

struct peer {
    char path[64];
    int listener;
    pthread_t thread;
    const char *answer;
    size_t repeat; /* how often `answer`'s last line is sent */
    char request[4096];
};

static void *peer_run(void *arg)
{
    struct peer *p = arg;
    int fd = accept(p->listener, NULL, NULL);
    if (fd < 0)
        return NULL;
    struct timeval limit = {.tv_sec = 0, .tv_usec = 200000};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    size_t len = 0;
    for (ssize_t n = 1; n > 0 && len<sizeof p->request - 1; len += n> 0 ? (size_t)n : 0)
        n = recv(fd, p->request + len, sizeof p->request - 1 - len, 0);
    (void)raw_send(fd, p->answer, strlen(p->answer));
    for (size_t i = 0; i < p->repeat; i++) {
        if (!raw_send(fd, "line of log\n", 12))
            break;
    }
    close(fd);
    return NULL;
}

static void peer_start(struct peer *p, const char *answer, size_t repeat)
{
    *p = (struct peer){.answer = answer, .repeat = repeat};
    (void)snprintf(p->path, sizeof p->path, "/tmp/wetee-io-test-%d.sock", (int)getpid());
    (void)unlink(p->path);
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s", p->path);
    p->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(p->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(p->listener, 1), 0);
    assert_int_equal(pthread_create(&p->thread, NULL, peer_run, p), 0);
}

static void peer_stop(struct peer *p)
{
    assert_int_equal(pthread_join(p->thread, NULL), 0);
    close(p->listener);
    (void)unlink(p->path);
}

static bool count_piece(void *ctx, struct bytes piece)
{
    size_t *total = ctx;
    *total += piece.len;
    return *total < 100000;
}

static size_t give_abc(void *ctx, uint8_t *buf, size_t cap)
{
    int *left = ctx;
    if (*left == 0 || cap < 3)
        return 0;
    (*left)--;
    memcpy(buf, "abc", 3);
    return 3;
}

static void http_over_a_unix_socket_streams_uploads_and_bounds_answers(void **state)
{
    (void)state;
    struct err e;
    struct arena a;
    struct peer p;
    struct http_client *c;
    struct http_resp r;
    size_t total = 0;
    int chunks = 4;
    arena_init(&a, &arena_heap, 8 << 20);

    peer_start(&p, "HTTP/1.1 200 OK\r\nX-Thing: one two \r\nContent-Length: 2\r\n\r\nok", 0);
    assert_int_equal(http_client_new(&c, &(struct http_client_config){.unix_socket_opt = p.path}, &e),
                     ERR_OK);
    struct http_req up = {
        .method = "PUT", .url = "http://d/x", .source = give_abc, .source_ctx = &chunks, .source_len = 12};
    assert_int_equal(http_request(c, &a, &r, &up, &e), ERR_OK);
    assert_int_equal(r.status, 200);
    assert_string_equal(http_resp_header(&r, "x-thing"), "one two");
    peer_stop(&p);
    assert_non_null(strstr(p.request, "PUT /x"));
    assert_non_null(strstr(p.request, "abcabcabcabc"));

    peer_start(&p, "HTTP/1.1 200 OK\r\n\r\n", 2000);
    struct http_req get = {.method = "GET", .url = "http://d/logs", .timeout_ms = HTTP_NO_TIMEOUT};
    assert_int_equal(http_stream(c, &a, &r, &get, count_piece, &total, NULL, &e), ERR_OK);
    assert_int_equal(total, 24000);
    peer_stop(&p);

    peer_start(&p, "HTTP/1.1 200 OK\r\n\r\n", 200000);
    total = 0;
    assert_int_equal(http_stream(c, &a, &r, &get, count_piece, &total, NULL, &e), ERR_CLOSED);
    peer_stop(&p);

    peer_start(&p, "HTTP/1.1 200 OK\r\n\r\n", 2000);
    get.response_len_max = 1000;
    assert_int_equal(http_request(c, &a, &r, &get, &e), ERR_LIMIT);
    peer_stop(&p);

    peer_start(&p, "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope", 0);
    assert_int_equal(http_stream(c, &a, &r, &get, count_piece, &total, NULL, &e), ERR_OK);
    assert_int_equal(r.status, 404);
    assert_string_equal((const char *)r.body.p, "nope");
    peer_stop(&p);
    assert_string_equal(http_escape(&a, "a b/ü~"), "a%20b%2F%C3%BC~");
    http_client_free(c);
    arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queue_keeps_order_refuses_when_full_and_times_out),
        cmocka_unit_test(queue_loses_nothing_between_threads),
        cmocka_unit_test(websocket_messages_of_all_lengths_come_back),
        cmocka_unit_test(a_client_that_pipelines_thousands_of_requests_gets_every_answer_in_order),
        cmocka_unit_test(fragments_are_joined_and_control_frames_may_come_between),
        cmocka_unit_test(a_full_inbox_is_answered_with_busy_and_loses_no_close),
        cmocka_unit_test(what_browsers_offer_beside_the_handshake_is_ignored),
        cmocka_unit_test(closing_says_why),
        cmocka_unit_test(http_posts_are_answered_and_everything_else_refused),
        cmocka_unit_test(one_http_client_keeps_its_connection_for_many_requests),
        cmocka_unit_test(clients_report_what_is_wrong),
        cmocka_unit_test(a_client_waiting_for_a_message_sees_the_server_go),
        cmocka_unit_test(http_over_a_unix_socket_streams_uploads_and_bounds_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
