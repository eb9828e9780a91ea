/* io/ws_client.h — a WebSocket client for code that wants to wait: its own loop thread, a bounded inbox.
 *
 * One thread sends and receives; ws_client_stop may come from another. Text messages only. When the peer goes
 * away, what already arrived can still be received, then ERR_CLOSED. No reconnecting here: make a new client.
 */
#ifndef IO_WS_CLIENT_H
#define IO_WS_CLIENT_H

#include "base/bytes.h"
#include "base/err.h"

struct ws_client;

struct ws_client_config {
    const char *url;         /* ws://host[:port][/path] or wss:// */
    uint32_t connect_ms;     /* 0: 10000 */
    size_t message_len_max;  /* 0: 32 MiB; a longer one closes the connection */
    size_t inbox_len_max;    /* 0: 64 MiB of messages not yet received; over: the peer is not read from */
    size_t outbox_len_max;   /* 0: 32 MiB of messages not yet written */
    const char *ca_file_opt; /* wss: PEM of the authorities to trust; NULL: the system's */
};

/* Connects and waits until the handshake is done.
 *   returns  ERR_OK; ERR_USAGE (not such a URL); ERR_UNAVAILABLE (message says why); ERR_TIMEOUT */
FALLIBLE ws_client_connect(struct ws_client **out, const struct ws_client_config *config, struct err *e);
/* Closes and joins the thread. NULL is accepted. */
void ws_client_free(struct ws_client *c);
DEFINE_CLEANUP(struct ws_client *, ws_client_free)

/* Queues a copy of `text`. ERR_OK; ERR_CLOSED; ERR_BUSY (outbox full). */
FALLIBLE ws_client_send(struct ws_client *c, struct bytes text, struct err *e);

/* The next message: heap bytes the caller frees with free(), zero-terminated; `len` without the zero.
 *   timeout_ms  0: do not wait; negative: without end
 *   returns  ERR_OK; ERR_TIMEOUT; ERR_CLOSED */
FALLIBLE ws_client_receive(struct ws_client *c, char **owned_text, size_t *len, int64_t timeout_ms,
                           struct err *e);

/* Makes a waiting and all later receives return ERR_CLOSED. Any thread. */
void ws_client_stop(struct ws_client *c);

#endif /* IO_WS_CLIENT_H */
