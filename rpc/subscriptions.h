/* rpc/subscriptions.h — who is to be told what: by connection, by kind, and by transaction. */
#ifndef RPC_SUBSCRIPTIONS_H
#define RPC_SUBSCRIPTIONS_H

#include "rpc/rpc_priv.h"

/* A new subscription of the call's connection, or NULL with the call failed (-32006). It becomes c->opened.
 */
struct rpc_subscription *sub_open(struct rpc_call *c, enum rpc_sub_kind kind);
/* The same outside of a call, for watches opened when validation is done; NULL when there are too many. */
struct rpc_subscription *sub_open_on(struct rpc_server *s, struct rpc_conn *conn, enum rpc_sub_kind kind);
struct rpc_subscription *sub_find(const struct rpc_conn *conn, const char *id);
void sub_close(struct rpc_server *s, struct rpc_subscription *sub);
/* What a subscriber gets at once: the current head, version, or all keys. Called after the answer has gone
 * out. */
void sub_first(struct rpc_server *s, struct rpc_subscription *sub);

/* Registers a watch under its transaction's hash. */
void sub_watch(struct rpc_server *s, struct rpc_subscription *sub, const struct hash32 *tx);

/* Sends one notification; `result` is JSON text. */
void sub_notify(struct rpc_server *s, const struct rpc_subscription *sub, struct bytes result);
void sub_notify_json(struct rpc_server *s, const struct rpc_subscription *sub, json_t *owned_result);

/* Delayed `finalized` notices; returns the milliseconds until the next one, or -1. */
int64_t sub_tick(struct rpc_server *s, uint64_t now_ms);

#endif /* RPC_SUBSCRIPTIONS_H */
