/* io/server.h — WebSocket and HTTP POST on one port: frames in through a queue, text out through bounded
 * outboxes.
 *
 * One loop thread owns every socket. Complete text messages go into the `inbox` queue given at start, whose
 * items are `struct ws_message`; the thread that pops them answers with ws_send. Nothing here looks inside a
 * message.
 *
 *     OPENED  a WebSocket connection; FRAME its messages in order; CLOSED once, last (never lost, even when
 * the inbox was full for a while) HTTP    one POST body; its id is good for exactly one ws_send, which is the
 * HTTP response. No OPENED or CLOSED. WAKE    never made by the server: for owners of the inbox who want to
 * wake its consumer
 *
 * Every FRAME or HTTP item must be acknowledged with ws_done when its handler has run: until then it counts
 * as in flight, and a connection with too many in flight is not read from (TCP pushes back).
 *
 * Bounds: see struct ws_server_limits. A peer that does not read its outbox is dropped with a log line. GET
 * /health is 200, other methods and paths 405 and 404; OPTIONS answers CORS preflight. A ping goes out every
 * 30 s. */
#ifndef IO_SERVER_H
#define IO_SERVER_H

#include "base/bytes.h"
#include "base/err.h"

struct queue;
struct ws_server;

enum ws_message_kind { WS_OPENED, WS_FRAME, WS_HTTP, WS_CLOSED, WS_WAKE };

struct ws_message {
    uint64_t conn; /* never reused while the server lives; 0 in WAKE */
    enum ws_message_kind kind;
    uint8_t *owned_data; /* FRAME, HTTP: heap, belongs to the popper (ws_message_fini); zero-terminated */
    size_t len;          /* without that zero */
    void *wake;          /* WAKE: whatever the sender put here */
};

/* Releases the message's bytes. */
void ws_message_fini(struct ws_message *m);

struct ws_server_limits {
    size_t
        request_len_max; /* one message or body; over: close code 1009 or HTTP 413 with JSON error -32007 */
    size_t inbound_len_max; /* bytes of all messages being received or in flight; over: close code 1013, HTTP
                               503 */
    uint32_t connections_max;  /* WebSocket connections and HTTP requests under way; over: HTTP 429 */
    uint32_t outbox_count_max; /* messages queued for one connection; over: dropped */
    size_t outbox_len_max;     /* bytes queued for one connection; over: dropped */
    size_t outbound_len_max; /* bytes queued for all connections; over: the one with most of it is dropped */
    uint32_t in_flight_max;  /* messages of one connection unacknowledged or unwritten; over: not read from */
    uint32_t ping_s;         /* seconds without a sign of life before a ping; three times that: dropped */
};
/* 15 MiB, 128 MiB, 100, 16384, 32 MiB, 256 MiB, 64, 30. The outbox count is far above in_flight_max because
 * one block may notify thousands of watched transactions of one connection at once. */
struct ws_server_limits ws_server_limits_default(void);

struct ws_server_config {
    const char *address; /* NULL: 127.0.0.1 */
    uint16_t port;       /* 0: any free port, see ws_server_port */
    struct ws_server_limits limits;
    struct queue *inbox; /* of struct ws_message; outlives the server */
};

/* Starts listening and the loop thread. *out is owned by the caller (ws_server_stop).
 *   returns  ERR_OK; ERR_UNAVAILABLE (the address cannot be bound); ERR_INTERNAL */
FALLIBLE ws_server_start(struct ws_server **out, const struct ws_server_config *config, struct err *e);
/* Drops all connections and joins the loop thread. The inbox may still hold items; they must not be answered.
 */
void ws_server_stop(struct ws_server *s);
DEFINE_CLEANUP(struct ws_server *, ws_server_stop)

uint16_t ws_server_port(const struct ws_server *s);

/* Queues a copy of `text` for a connection. Any thread.
 *   returns  true; false when the connection is gone or is being dropped because its outbox is over the bound
 */
bool ws_send(struct ws_server *s, uint64_t conn, struct bytes text);
/* The handler of one FRAME or HTTP item of this connection has run; due for every such item, also when the
 * connection is gone by now. An HTTP request that got no ws_send before is kept open: its answer may come
 * later. ws_send_nothing ends it with an empty 200. */
void ws_done(struct ws_server *s, uint64_t conn, size_t message_len);
void ws_send_nothing(struct ws_server *s, uint64_t conn);
/* Closes a connection once its outbox is written (close code 1000, or 1008 with a reason). Any thread. */
void ws_close(struct ws_server *s, uint64_t conn, const char *reason_opt);

/* Connections now open. */
uint32_t ws_server_connections(struct ws_server *s);

#endif /* IO_SERVER_H */
