/* io/echo_test.h — an echo program over the server, and raw sockets to be rude to it with. */
#ifndef IO_ECHO_TEST_H
#define IO_ECHO_TEST_H

#include "io/queue.h"
#include "io/server.h"
#include "io/ws_client.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* One thread that answers every message with itself. */
struct echo {
    struct queue *inbox;
    struct ws_server *server;
    pthread_t thread;
    size_t opened, closed, frames; /* read by tests after echo_stop, or by polling with slack */
    bool mute;                     /* takes messages without answering or acknowledging */
};

void echo_start(struct echo *x, const struct ws_server_limits *limits, size_t inbox_cap);
void echo_stop(struct echo *x);
struct ws_client *client_to(const struct echo *x);
bool wait_for(size_t *counter, size_t at_least);

#define UPGRADE                                                                  \
    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"

int raw_connect(const struct echo *x);
bool raw_send(int fd, const void *p, size_t len);
/* Reads until `want` appears or the peer closes; the text read is in buf. */
bool raw_expect(int fd, char *buf, size_t cap, const char *want);
int raw_ws(const struct echo *x);
/* A masked frame with an all-zero mask. */
bool raw_frame(int fd, uint8_t first, const void *p, size_t len);
/* The close code the server sends, skipping other frames; 0 when it just hangs up. */
int raw_close_code(int fd);

#endif /* IO_ECHO_TEST_H */
