#include "io/echo_test.h"

#include <arpa/inet.h>
#include <sys/socket.h>

static void *echo_run(void *arg)
{
    struct echo *x = arg;
    struct ws_message m;
    while (queue_pop(x->inbox, &m, -1) == QUEUE_ITEM) {
        __atomic_add_fetch(&x->opened, m.kind == WS_OPENED, __ATOMIC_SEQ_CST);
        __atomic_add_fetch(&x->closed, m.kind == WS_CLOSED, __ATOMIC_SEQ_CST);
        if ((m.kind == WS_FRAME || m.kind == WS_HTTP) && !x->mute) {
            struct bytes text = bytes_of(m.owned_data, m.len);
            if (bytes_eq(text, BYTES_LIT("\"flood\""))) {
                size_t big_len = 64 * 1024;
                uint8_t *big = malloc(big_len);
                assert_non_null(big);
                memset(big, 'x', big_len);
                while (ws_send(x->server, m.conn, bytes_of(big, big_len))) {
                }
                free(big);
            } else if (bytes_eq(text, BYTES_LIT("\"close\""))) {
                ws_close(x->server, m.conn, "asked to");
            } else if (bytes_eq(text, BYTES_LIT("\"nothing\""))) {
                ws_send_nothing(x->server, m.conn);
            } else {
                (void)ws_send(x->server, m.conn, text);
            }
            ws_done(x->server, m.conn, m.len);
            __atomic_add_fetch(&x->frames, 1, __ATOMIC_SEQ_CST);
        }
        ws_message_fini(&m);
    }
    return NULL;
}

void echo_start(struct echo *x, const struct ws_server_limits *limits, size_t inbox_cap)
{
    struct err e;
    bool mute = x->mute;
    *x = (struct echo){.inbox = queue_new(inbox_cap, sizeof(struct ws_message)), .mute = mute};
    struct ws_server_config config = {.limits = *limits, .inbox = x->inbox};
    if (ws_server_start(&x->server, &config, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    assert_int_equal(pthread_create(&x->thread, NULL, echo_run, x), 0);
}

void echo_stop(struct echo *x)
{
    ws_server_stop(x->server);
    queue_close(x->inbox);
    assert_int_equal(pthread_join(x->thread, NULL), 0);
    queue_free(x->inbox);
}

struct ws_client *client_to(const struct echo *x)
{
    struct err e;
    char url[64];
    struct ws_client *c = NULL;
    (void)snprintf(url, sizeof url, "ws://127.0.0.1:%u", (unsigned)ws_server_port(x->server));
    if (ws_client_connect(&c, &(struct ws_client_config){.url = url}, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    return c;
}

bool wait_for(size_t *counter, size_t at_least)
{
    for (int i = 0; i < 500; i++) {
        if (__atomic_load_n(counter, __ATOMIC_SEQ_CST) >= at_least)
            return true;
        usleep(10000);
    }
    return false;
}

/* ---- raw sockets ---- */

int raw_connect(const struct echo *x)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(ws_server_port(x->server)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    struct timeval limit = {.tv_sec = 10};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

bool raw_send(int fd, const void *p, size_t len)
{
    const uint8_t *at = p;
    while (len > 0) {
        ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

bool raw_expect(int fd, char *buf, size_t cap, const char *want)
{
    size_t len = 0;
    buf[0] = 0;
    while (len < cap - 1) {
        ssize_t n = recv(fd, buf + len, cap - 1 - len, 0);
        if (n <= 0)
            return strstr(buf, want) != NULL;
        len += (size_t)n;
        buf[len] = 0;
        if (strstr(buf, want) != NULL)
            return true;
    }
    return false;
}

int raw_ws(const struct echo *x)
{
    char buf[1024];
    int fd = raw_connect(x);
    assert_true(raw_send(fd, UPGRADE, sizeof UPGRADE - 1));
    assert_true(raw_expect(fd, buf, sizeof buf, "\r\n\r\n"));
    assert_non_null(strstr(buf, " 101 "));
    return fd;
}

bool raw_frame(int fd, uint8_t first, const void *p, size_t len)
{
    uint8_t head[14] = {first};
    size_t n = 2;
    if (len < 126) {
        head[1] = (uint8_t)(0x80 | len);
    } else if (len < 65536) {
        head[1] = 0x80 | 126;
        head[2] = (uint8_t)(len >> 8);
        head[3] = (uint8_t)len;
        n = 4;
    } else {
        head[1] = 0x80 | 127;
        for (int i = 0; i < 8; i++)
            head[2 + i] = (uint8_t)(len >> (56 - 8 * i));
        n = 10;
    }
    return raw_send(fd, head, n + 4) && (len == 0 || raw_send(fd, p, len));
}

int raw_close_code(int fd)
{
    uint8_t buf[70000];
    for (;;) {
        uint8_t head[2];
        if (recv(fd, head, 2, MSG_WAITALL) != 2)
            return 0;
        size_t len = head[1] & 0x7f;
        if (len == 126) {
            uint8_t more[2];
            if (recv(fd, more, 2, MSG_WAITALL) != 2)
                return 0;
            len = (size_t)more[0] << 8 | more[1];
        } else if (len == 127) {
            uint8_t more[8];
            if (recv(fd, more, 8, MSG_WAITALL) != 8)
                return 0;
            len = (size_t)more[5] << 16 | (size_t)more[6] << 8 | more[7];
        }
        if (len > sizeof buf || (len > 0 && recv(fd, buf, len, MSG_WAITALL) != (ssize_t)len))
            return 0;
        if ((head[0] & 0xf) == 8)
            return len >= 2 ? buf[0] << 8 | buf[1] : 1005;
    }
}
