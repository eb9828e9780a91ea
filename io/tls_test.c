/* io/tls_test.c — two ends of a connection in one thread, stepped in turns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "io/tls.h"

#define OID "2.23.133.5.4.9"

struct side {
    struct tls_identity *id;
    struct tls_conn *conn;
    enum err_code verdict;
    int judged;
    size_t cert_len;
};

struct pair {
    struct side client, server;
};

static enum err_code evidence(void *ctx, struct arena *a, struct bytes *value, struct bytes spki,
                              struct err *e)
{
    (void)ctx;
    (void)e;
    assert_int_equal(spki.len, 91);
    *value = arena_dup(a, BYTES_LIT("evidence"));
    return ERR_OK;
}

static enum err_code no_evidence(void *ctx, struct arena *a, struct bytes *value, struct bytes spki,
                                 struct err *e)
{
    (void)ctx;
    (void)a;
    (void)value;
    (void)spki;
    return FAIL(e, ERR_UNSUPPORTED, "no provider");
}

static enum err_code verdict(void *ctx, struct bytes cert, struct err *e)
{
    struct side *s = ctx;
    s->judged++;
    s->cert_len = cert.len;
    assert_non_null(memmem(cert.p, cert.len, "evidence", 8));
    return s->verdict == ERR_OK ? ERR_OK : FAIL(e, s->verdict, "not liked");
}

static void pair_init(struct pair *p, enum err_code client_verdict, enum err_code server_verdict)
{
    int fds[2];
    struct err e;

    memset(p, 0, sizeof *p);
    (void)signal(SIGPIPE, SIG_IGN);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    p->client.verdict = client_verdict;
    p->server.verdict = server_verdict;
    assert_int_equal(tls_identity_new(&p->client.id, OID, evidence, NULL, &e), ERR_OK);
    assert_int_equal(tls_identity_new(&p->server.id, OID, evidence, NULL, &e), ERR_OK);
    assert_int_equal(tls_conn_new(&p->client.conn, fds[0], TLS_CLIENT, p->client.id, verdict, &p->client, &e),
                     ERR_OK);
    assert_int_equal(tls_conn_new(&p->server.conn, fds[1], TLS_SERVER, p->server.id, verdict, &p->server, &e),
                     ERR_OK);
}

static void pair_fini(struct pair *p)
{
    tls_conn_free(p->client.conn);
    tls_conn_free(p->server.conn);
    tls_identity_free(p->client.id);
    tls_identity_free(p->server.id);
}

/* Steps both until nothing more can happen; the last codes. */
static void settle(struct pair *p, enum err_code *client, enum err_code *server, struct err *ec,
                   struct err *es)
{
    for (int i = 0; i < 20; i++) {
        *client = p->client.conn == NULL ? ERR_OK : tls_step(p->client.conn, ec);
        *server = p->server.conn == NULL ? ERR_OK : tls_step(p->server.conn, es);
    }
}

static void frames_arrive_whole_and_in_order_both_ways(void **state)
{
    struct pair p;
    enum err_code c, s;
    struct err ec, es;
    uint8_t a[32], b[32], *big = test_malloc(TLS_FRAME_MAX);
    struct bytes got;
    (void)state;
    pair_init(&p, ERR_OK, ERR_OK);
    settle(&p, &c, &s, &ec, &es);
    assert_true(c == ERR_OK && s == ERR_OK && tls_ready(p.client.conn) && tls_ready(p.server.conn));
    assert_int_equal(p.client.judged, 1);
    assert_int_equal(p.server.judged, 1);
    assert_int_equal(tls_exporter(p.client.conn, "EXPORTER-x", a, &ec), ERR_OK);
    assert_int_equal(tls_exporter(p.server.conn, "EXPORTER-x", b, &es), ERR_OK);
    assert_memory_equal(a, b, 32);
    assert_int_equal(tls_exporter(p.server.conn, "EXPORTER-y", b, &es), ERR_OK);
    assert_memory_not_equal(a, b, 32);
    for (size_t i = 0; i < TLS_FRAME_MAX; i++)
        big[i] = (uint8_t)(i * 7);
    const size_t sizes[] = {0, 1, 3, 16384, 16385, 100000, TLS_FRAME_MAX};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        assert_int_equal(tls_put(p.client.conn, bytes_of(big, sizes[i]), &ec), ERR_OK);
        size_t n = 0;
        for (int round = 0; round < 200; round++) {
            assert_int_equal(tls_step(p.client.conn, &ec), ERR_OK);
            assert_int_equal(tls_step(p.server.conn, &es), ERR_OK);
            if (tls_take(p.server.conn, &got)) {
                assert_int_equal(got.len, sizes[i]);
                assert_true(bytes_eq(got, bytes_of(big, sizes[i])));
                n++;
            }
        }
        assert_int_equal(n, 1);
        assert_int_equal(tls_queued(p.client.conn), 0);
    }
    for (int i = 0; i < 50; i++)
        assert_int_equal(tls_put(p.server.conn, bytes_of(&big[i], 5), &es), ERR_OK);
    for (int i = 0; i < 50;) {
        assert_int_equal(tls_step(p.server.conn, &es), ERR_OK);
        if (!tls_take(p.client.conn, &got))
            continue;
        assert_memory_equal(got.p, &big[i], 5);
        i++;
    }
    test_free(big);
    pair_fini(&p);
}

static void a_bad_verdict_on_either_side_ends_both(void **state)
{
    (void)state;
    for (int who = 0; who < 2; who++) {
        struct pair p;
        enum err_code c, s;
        struct err ec, es;
        struct bytes got;
        pair_init(&p, who == 0 ? ERR_REJECTED : ERR_OK, who == 1 ? ERR_REJECTED : ERR_OK);
        settle(&p, &c, &s, &ec, &es);
        assert_int_equal(who == 0 ? c : s, ERR_UNVERIFIED);
        assert_non_null(strstr(who == 0 ? ec.msg : es.msg, "not liked"));
        assert_int_equal(who == 0 ? s : c, ERR_DENIED);
        assert_false(tls_take(p.client.conn, &got));
        assert_false(tls_take(p.server.conn, &got));
        assert_false(tls_ready(who == 0 ? p.client.conn : p.server.conn));
        pair_fini(&p);
    }
}

static void a_frame_over_the_limit_and_a_peer_that_does_not_read_are_refused(void **state)
{
    struct pair p;
    enum err_code c, s;
    struct err ec, es;
    uint8_t *big = test_calloc(1, TLS_FRAME_MAX + 1);
    (void)state;
    pair_init(&p, ERR_OK, ERR_OK);
    settle(&p, &c, &s, &ec, &es);
    assert_int_equal(tls_put(p.client.conn, bytes_of(big, TLS_FRAME_MAX + 1), &ec), ERR_LIMIT);
    enum err_code code = ERR_OK;
    for (int i = 0; i < 10 && code == ERR_OK; i++) {
        code = tls_put(p.client.conn, bytes_of(big, TLS_FRAME_MAX), &ec);
        assert_int_equal(tls_step(p.client.conn, &ec), ERR_OK);
    }
    assert_int_equal(code, ERR_LIMIT);
    assert_true(tls_queued(p.client.conn) <= TLS_QUEUE_MAX);
    test_free(big);
    pair_fini(&p);
}

static void silence_is_a_time_out_and_a_closed_peer_is_told_apart(void **state)
{
    struct pair p;
    enum err_code c, s;
    struct err ec, es;
    struct bytes got;
    (void)state;
    pair_init(&p, ERR_OK, ERR_OK);
    assert_int_equal(tls_handshake(p.client.conn, 50, &ec), ERR_TIMEOUT);
    settle(&p, &c, &s, &ec, &es);
    assert_int_equal(tls_read(p.server.conn, &got, 50, &es), ERR_TIMEOUT);
    assert_int_equal(tls_put(p.client.conn, BYTES_LIT("last"), &ec), ERR_OK);
    assert_int_equal(tls_step(p.client.conn, &ec), ERR_OK);
    tls_conn_free(p.client.conn);
    p.client.conn = NULL;
    assert_int_equal(tls_read(p.server.conn, &got, 1000, &es), ERR_OK);
    assert_true(bytes_eq(got, BYTES_LIT("last")));
    assert_int_equal(tls_read(p.server.conn, &got, 1000, &es), ERR_CLOSED);
    assert_int_equal(tls_write(p.server.conn, BYTES_LIT("x"), 1000, &es), ERR_CLOSED);
    pair_fini(&p);
}

/* A client of plain OpenSSL in place of ours. */
static enum err_code serve_stranger(int max_version, const char *raw, struct err *es)
{
    struct pair p;
    int fds[2];
    struct err e;
    enum err_code code = ERR_OK;
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(ctx);

    memset(&p, 0, sizeof p);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    assert_int_equal(tls_identity_new(&p.server.id, OID, evidence, NULL, &e), ERR_OK);
    assert_int_equal(tls_conn_new(&p.server.conn, fds[1], TLS_SERVER, p.server.id, verdict, &p.server, &e),
                     ERR_OK);
    SSL_set_max_proto_version(ssl, max_version);
    SSL_set_fd(ssl, fds[0]);
    SSL_set_connect_state(ssl);
    if (raw != NULL)
        assert_true(write(fds[0], raw, strlen(raw)) > 0);
    for (int i = 0; i < 20 && code == ERR_OK; i++) {
        if (raw == NULL)
            (void)SSL_do_handshake(ssl);
        code = tls_step(p.server.conn, es);
    }
    assert_false(tls_ready(p.server.conn));
    assert_int_equal(p.server.judged, 0);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    (void)close(fds[0]);
    pair_fini(&p);
    return code;
}

static void strangers_without_certificate_with_old_tls_or_with_noise_are_refused(void **state)
{
    struct err es;
    (void)state;
    assert_int_equal(serve_stranger(TLS1_3_VERSION, NULL, &es), ERR_IO);
    assert_non_null(strstr(es.msg, "certificate"));
    assert_int_equal(serve_stranger(TLS1_2_VERSION, NULL, &es), ERR_IO);
    assert_int_equal(serve_stranger(TLS1_3_VERSION, "GET / HTTP/1.1\r\n\r\n", &es), ERR_IO);
}

static void without_evidence_there_is_no_identity(void **state)
{
    struct tls_identity *id = NULL;
    struct err e;
    (void)state;
    assert_int_equal(tls_identity_new(&id, OID, no_evidence, NULL, &e), ERR_UNSUPPORTED);
    assert_null(id);
}

static void a_certificate_carries_a_second_extension_within_its_bound(void **state)
{
    static uint8_t value[TLS_CERT_MAX];
    struct tls_extension second = {.oid = "2.23.133.5.4.2", .value = {value, 50000}};
    struct pair p;
    enum err_code c, s;
    struct err ec, es;
    (void)state;
    pair_init(&p, ERR_OK, ERR_OK);
    tls_conn_free(p.server.conn);
    tls_conn_free(p.client.conn);
    tls_identity_free(p.server.id);
    assert_int_equal(tls_identity_new_with(&p.server.id, OID, evidence, NULL, &second, &es), ERR_OK);
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_int_equal(tls_conn_new(&p.client.conn, fds[0], TLS_CLIENT, p.client.id, verdict, &p.client, &ec),
                     ERR_OK);
    assert_int_equal(tls_conn_new(&p.server.conn, fds[1], TLS_SERVER, p.server.id, verdict, &p.server, &es),
                     ERR_OK);
    settle(&p, &c, &s, &ec, &es);
    assert_true(tls_ready(p.client.conn) && tls_ready(p.server.conn));
    assert_true(p.client.cert_len > 50000);
    struct tls_identity *id = NULL;
    second.value.len = TLS_CERT_MAX;
    assert_int_equal(tls_identity_new_with(&id, OID, evidence, NULL, &second, &es), ERR_LIMIT);
    second = (struct tls_extension){.oid = "no oid", .value = {value, 1}};
    assert_int_equal(tls_identity_new_with(&id, OID, evidence, NULL, &second, &es), ERR_INTERNAL);
    assert_null(id);
    pair_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_carries_a_second_extension_within_its_bound),
        cmocka_unit_test(frames_arrive_whole_and_in_order_both_ways),
        cmocka_unit_test(a_bad_verdict_on_either_side_ends_both),
        cmocka_unit_test(a_frame_over_the_limit_and_a_peer_that_does_not_read_are_refused),
        cmocka_unit_test(silence_is_a_time_out_and_a_closed_peer_is_told_apart),
        cmocka_unit_test(strangers_without_certificate_with_old_tls_or_with_noise_are_refused),
        cmocka_unit_test(without_evidence_there_is_no_identity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
