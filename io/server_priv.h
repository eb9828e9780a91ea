/* io/server_priv.h — what the two halves of the server share: server.c (table, outboxes, any thread) and
 * server_loop.c (libwebsockets callbacks, loop thread only). */
#ifndef IO_SERVER_PRIV_H
#define IO_SERVER_PRIV_H

#include "io/server.h"

#include <libwebsockets.h>
#include <pthread.h>
#include <stdatomic.h>

struct out_message {
    struct out_message *next;
    size_t len;
    size_t sent;   /* loop thread only: written so far */
    uint8_t buf[]; /* LWS_PRE bytes of room, then the text */
};

enum {
    OUT_MESSAGE_COST = 128, /* what a queued message costs beside its text, for the bounds */
    /* Bytes given to lws at a time. It keeps what the socket does not take, outside of every bound here, so a
     * peer that does not read must cost no more than this there. */
    OUT_CHUNK = 128 * 1024,
};

struct conn {
    struct ws_server *server;

    /* Loop thread only. */
    struct lws *wsi; /* NULL: the socket is gone */
    bool is_http;
    bool paused; /* not read from */
    bool owe_opened, owe_closed;
    bool headers_sent;
    bool body_done; /* HTTP: the body is with the inbox; what comes now is the next request's */
    uint8_t *in;    /* message being received */
    size_t in_len, in_cap;

    /* Guarded by server->lock. */
    uint64_t id; /* 0: free slot */
    bool gone;   /* no more sends: closed, or being dropped */
    struct out_message *first, *last;
    size_t out_len;
    uint32_t out_count, in_flight;
    bool finish;        /* close (WebSocket) or complete (HTTP) when the outbox is empty */
    bool drop;          /* close now */
    const char *reason; /* for the close frame */
    size_t inbound;     /* bytes of `in`: its share of server->inbound */
};

struct ws_server {
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct lws_protocols protocols[2];
    struct lws_retry_bo retry;
    struct lws_sorted_usec_list owed_timer;
    struct queue *inbox;
    struct ws_server_limits limits;
    uint16_t port;
    pthread_t thread;
    atomic_bool stop;

    pthread_mutex_t
        lock;   /* guards the fields below and the marked ones of struct conn; held only for short copies */
    bool woken; /* a cancel is on its way to the loop thread */
    size_t inbound, outbound;
    uint32_t connections;
    uint64_t next_id;
    struct conn *conns; /* [limits.connections_max] */
};

int server_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len);

/* A free slot with a fresh id, or NULL. Loop thread. */
struct conn *server_conn_open(struct ws_server *s, struct lws *wsi, bool is_http);
/* Releases everything but the slot, whose id must first be told to the inbox (owe_closed). Loop thread. */
void server_conn_close(struct conn *c);
void server_conn_release(struct conn *c);
/* Accounts for bytes received; false when the server holds too many. *victim is NULL, or a connection with a
 * longer unfinished message that was marked to be dropped for it: the caller closes it. */
MUST_USE bool server_inbound_add(struct conn *c, size_t len, struct conn **victim);
/* Hands a received message to the inbox; false when the inbox is full (the message stays the caller's). */
MUST_USE bool server_deliver(struct conn *c, const struct ws_message *m);
/* The message being written, or NULL; it stays in the outbox until server_out_written. Loop thread. */
struct out_message *server_out_first(struct conn *c);
void server_out_written(struct conn *c);

#endif /* IO_SERVER_PRIV_H */
