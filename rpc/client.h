/* rpc/client.h — a JSON-RPC client over io/ws_client.h: calls and subscriptions, for one thread at a time.
 *
 *     struct rpc_client *c;
 *     TRY(rpc_client_connect(&c, "ws://127.0.0.1:9944", 5000, e));
 *     json_t *r;
 *     TRY(rpc_client_call(c, &r, "system_chain", NULL, 5000, e));    (r is owned: json_decref)
 *
 * Notifications that arrive while a call waits are kept for their subscription, bounded; a subscription that
 * is not polled loses its oldest ones past 1024, and rpc_sub_next then says so once with ERR_LIMIT. */
#ifndef RPC_CLIENT_H
#define RPC_CLIENT_H

#include "base/bytes.h"
#include "base/err.h"
#include <jansson.h>

struct rpc_client;
struct rpc_sub;

/* An error object the server answered with. */
struct rpc_error {
    int64_t code; /* 0: the last call did not fail by an error object */
    char message[256];
    char data[512]; /* text of `data`: the string itself, or its JSON; empty when absent */
};

/* returns  as ws_client_connect */
FALLIBLE rpc_client_connect(struct rpc_client **out, const char *url, uint32_t timeout_ms, struct err *e);
/* Ends its subscriptions too: their handles must not be used after. NULL is accepted. */
void rpc_client_free(struct rpc_client *c);
DEFINE_CLEANUP(struct rpc_client *, rpc_client_free)

/* Calls `method` with the array (or object) `owned_params` (NULL: no parameters; consumed in every case).
 *   *result  owned by the caller (json_decref); a JSON null is json_null()
 *   returns  ERR_OK; ERR_REJECTED (the server answered with an error: rpc_client_error; the message holds
 *            "code: message: data"); ERR_TIMEOUT; ERR_CLOSED; ERR_MALFORMED (not an answer) */
FALLIBLE rpc_client_call(struct rpc_client *c, json_t **result, const char *method, json_t *owned_params,
                         uint32_t timeout_ms, struct err *e);
/* The error object of the last call that returned ERR_REJECTED; valid until the next call. */
const struct rpc_error *rpc_client_error(const struct rpc_client *c);

/* Calls a subscribing method. The handle belongs to the client until rpc_sub_close. */
FALLIBLE rpc_client_subscribe(struct rpc_client *c, struct rpc_sub **out, const char *method,
                              json_t *owned_params, const char *unsubscribe_method, uint32_t timeout_ms,
                              struct err *e);
/* The next notification's `params.result`, owned by the caller.
 *   timeout_ms  0: do not wait; negative: without end
 *   returns  ERR_OK; ERR_TIMEOUT; ERR_CLOSED; ERR_LIMIT (some were lost: go on) */
FALLIBLE rpc_sub_next(struct rpc_sub *s, json_t **result, int64_t timeout_ms, struct err *e);
const char *rpc_sub_id(const struct rpc_sub *s);
/* Unsubscribes (best effort) and frees the handle. NULL is accepted. */
void rpc_sub_close(struct rpc_sub *s);

/* Makes waits end with ERR_CLOSED. Any thread. */
void rpc_client_stop(struct rpc_client *c);

#endif /* RPC_CLIENT_H */
