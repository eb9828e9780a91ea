/* io/rude_test.c — peers that send too much, read too little, or hold on. */
#include "io/echo_test.h"

#define POST_OF(body_len) \
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: " body_len "\r\n\r\n"

static void a_message_over_the_limit_closes_with_1009_and_costs_no_memory(void **state)
{
    (void)state;
    struct echo x = {0};
    struct ws_server_limits limits = ws_server_limits_default();
    limits.request_len_max = 10000;
    echo_start(&x, &limits, 64);
    int fd = raw_ws(&x); /* announced: refused by its header */
    static uint8_t body[65536];
    assert_true(raw_frame(fd, 0x81, body, 20000));
    assert_int_equal(raw_close_code(fd), 1009);
    close(fd);

    fd = raw_ws(&x); /* flood of fragments: refused when the sum is over */
    bool open = raw_frame(fd, 0x01, body, 100);
    for (int i = 0; i < 1000 && open; i++)
        open = raw_frame(fd, 0x00, body, 100);
    assert_int_equal(raw_close_code(fd), 1009);
    close(fd);

    fd = raw_ws(&x); /* just at the limit */
    memset(body, 'z', sizeof body);
    assert_true(raw_frame(fd, 0x81, body, 10000));
    char buf[256];
    assert_true(raw_expect(fd, buf, sizeof buf, "zzz"));
    close(fd);
    echo_stop(&x);
    assert_int_equal(x.frames, 1);
}

static void an_endless_flood_of_empty_fragments_does_not_disturb_others(void **state)
{
    (void)state;
    struct echo x = {0};
    struct ws_server_limits limits = ws_server_limits_default();
    echo_start(&x, &limits, 64);
    int fd = raw_ws(&x);
    assert_true(raw_frame(fd, 0x01, "", 0));
    for (int i = 0; i < 20000; i++) {
        if (!raw_frame(fd, 0x00, "", 0))
            break;
    }
    struct ws_client *c = client_to(&x);
    struct err e;
    char *back = NULL;
    size_t len;
    assert_int_equal(ws_client_send(c, BYTES_LIT("still here"), &e), ERR_OK);
    assert_int_equal(ws_client_receive(c, &back, &len, 10000, &e), ERR_OK);
    assert_string_equal(back, "still here");
    free(back);
    ws_client_free(c);
    close(fd);
    echo_stop(&x);
}

static void a_peer_that_does_not_read_is_dropped_at_the_outbox_bound(void **state)
{
    (void)state;
    struct echo x = {0};
    struct ws_server_limits limits = ws_server_limits_default();
    limits.outbox_len_max = 4 << 20;
    echo_start(&x, &limits, 64);
    int fd = raw_ws(&x);
    assert_true(raw_frame(fd, 0x81, "\"flood\"", 7)); /* the handler returns only when a send was refused */
    assert_true(wait_for(&x.frames, 1));
    assert_true(wait_for(&x.closed, 1));
    close(fd);
    echo_stop(&x);
}

static void the_connection_limit_is_told_politely_and_frees_up(void **state)
{
    (void)state;
    struct echo x = {0};
    struct ws_server_limits limits = ws_server_limits_default();
    limits.connections_max = 3;
    echo_start(&x, &limits, 64);
    int fds[3];
    char buf[1024];
    for (int i = 0; i < 3; i++)
        fds[i] = raw_ws(&x);
    int over = raw_connect(&x);
    assert_true(raw_send(over, UPGRADE, sizeof UPGRADE - 1));
    assert_true(raw_expect(over, buf, sizeof buf, "429"));
    close(over);
    assert_true(wait_for(&x.opened, 3));
    assert_int_equal(ws_server_connections(x.server), 3);
    close(fds[0]);
    assert_true(wait_for(&x.closed, 1));
    fds[0] = raw_ws(&x);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    assert_true(wait_for(&x.closed, 4));
    echo_stop(&x);
}

static void sockets_that_say_nothing_do_not_lock_others_out_for_good(void **state)
{
    (void)state;
    struct echo x = {0};
    struct ws_server_limits limits = ws_server_limits_default();
    limits.connections_max = 4;
    echo_start(&x, &limits, 64);
    int fds[60];
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        fds[i] = raw_connect(&x);
    usleep(100000);
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        close(fds[i]);
    int fd = raw_ws(&x);
    close(fd);
    echo_stop(&x);
}

static void a_request_sent_before_the_answer_to_the_last_ends_only_its_own_connection(void **state)
{
    (void)state;
    struct echo x = {0};
    struct ws_server_limits limits = ws_server_limits_default();
    echo_start(&x, &limits, 64);
    static const char two[] = POST_OF("2") "{}" POST_OF("2") "[]";
    char buf[4096];
    int fd = raw_connect(&x), other = raw_connect(&x);
    assert_true(raw_send(fd, two, sizeof two - 1));
    assert_false(raw_expect(fd, buf, sizeof buf, "[]")); /* closed, not served out of order */
    assert_true(raw_send(other, POST_OF("4") "true", sizeof POST_OF("4") + 3));
    assert_true(raw_expect(other, buf, sizeof buf, "true"));
    close(fd);
    close(other);
    echo_stop(&x);
}

static void long_messages_that_never_end_do_not_keep_short_ones_out(void **state)
{
    (void)state;
    struct echo x = {0};
    struct ws_server_limits limits = ws_server_limits_default();
    limits.inbound_len_max = 256 * 1024;
    echo_start(&x, &limits, 64);
    enum { PART = 60000, HOARDERS = 6 };
    uint8_t *part = calloc(1, PART);
    assert_non_null(part);
    int fds[HOARDERS];
    for (size_t i = 0; i < HOARDERS; i++) {
        fds[i] = raw_ws(&x);
        (void)raw_frame(fds[i], 0x01, part, PART); /* the first of a fragmented message */
    }
    struct ws_client *c = client_to(&x);
    struct err e;
    char *back = NULL;
    size_t len;
    assert_int_equal(ws_client_send(c, BYTES_LIT("short"), &e), ERR_OK);
    assert_int_equal(ws_client_receive(c, &back, &len, 10000, &e), ERR_OK);
    assert_string_equal(back, "short");
    assert_true(wait_for(&x.closed, 2)); /* the longest went */
    free(back);
    ws_client_free(c);
    for (size_t i = 0; i < HOARDERS; i++)
        close(fds[i]);
    free(part);
    echo_stop(&x);
}

/* What a peer does not read stays in its outbox, where it counts, and goes first when all have too much. */
static void those_who_do_not_read_are_dropped_before_those_who_do(void **state)
{
    (void)state;
    struct echo x = {0};
    struct ws_server_limits limits = ws_server_limits_default();
    limits.outbound_len_max = 48 << 20;
    echo_start(&x, &limits, 64);
    enum { BIG = 12 << 20, DEAF = 6 };
    uint8_t *big = malloc(BIG);
    assert_non_null(big);
    memset(big, 'x', BIG);
    int fds[DEAF];
    struct ws_client *reader = client_to(&x);
    struct err e;
    for (size_t i = 0; i < DEAF; i++) {
        fds[i] = raw_ws(&x);
        assert_true(raw_frame(fds[i], 0x81, big, BIG)); /* echoed, and never read */
        assert_true(wait_for(&x.frames, i + 1));
    }
    assert_true(wait_for(&x.closed, 1));
    char *back = NULL;
    size_t len;
    assert_int_equal(ws_client_send(reader, BYTES_LIT("small"), &e), ERR_OK);
    assert_int_equal(ws_client_receive(reader, &back, &len, 10000, &e), ERR_OK);
    assert_string_equal(back, "small");
    free(back);
    ws_client_free(reader);
    for (size_t i = 0; i < DEAF; i++)
        close(fds[i]);
    free(big);
    echo_stop(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_over_the_limit_closes_with_1009_and_costs_no_memory),
        cmocka_unit_test(an_endless_flood_of_empty_fragments_does_not_disturb_others),
        cmocka_unit_test(a_peer_that_does_not_read_is_dropped_at_the_outbox_bound),
        cmocka_unit_test(the_connection_limit_is_told_politely_and_frees_up),
        cmocka_unit_test(sockets_that_say_nothing_do_not_lock_others_out_for_good),
        cmocka_unit_test(a_request_sent_before_the_answer_to_the_last_ends_only_its_own_connection),
        cmocka_unit_test(long_messages_that_never_end_do_not_keep_short_ones_out),
        cmocka_unit_test(those_who_do_not_read_are_dropped_before_those_who_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
