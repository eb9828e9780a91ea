/* rpc/server.h — the JSON-RPC server: messages in, answers and notifications out.
 *
 * Lives on the chain thread and is not thread-safe. It does no I/O: answers leave through `struct rpc_sink`,
 * which rpc_sink_of_ws binds to io/server.h. The node's loop, in full:
 *
 *     for (;;) {
 *         struct ws_message m;
 *         int64_t wait = rpc_server_tick(rpc, clock_mono_ms());
 *         if (queue_pop(inbox, &m, min(wait, ...)) == QUEUE_ITEM)
 *             rpc_server_message(rpc, &m);
 *         ... seal, validate, then rpc_server_on_block, rpc_server_on_finalized, rpc_server_on_tx ...
 *     } */
#ifndef RPC_SERVER_H
#define RPC_SERVER_H

#include "rpc/backend.h"

struct ws_message;
struct ws_server;
struct rpc_server;

/* Where text goes. */
struct rpc_sink {
    void *ctx;
    bool (*send)(void *ctx, uint64_t conn, struct bytes text);  /* false: the connection is gone */
    void (*send_nothing)(void *ctx, uint64_t conn);             /* ends an HTTP request without an answer */
    void (*done)(void *ctx, uint64_t conn, size_t message_len); /* a message was handled */
};
struct rpc_sink rpc_sink_of_ws(struct ws_server *s);

struct rpc_server_config {
    const char *chain;           /* system_chain, chainSpec_v1_chainName */
    const char *name;            /* system_name: "WeTEE Node" */
    const char *version;         /* system_version */
    const char *chain_type_json; /* "\"Development\"" */
    const char *properties_json; /* "{\"ss58Format\":42,\"tokenDecimals\":12,\"tokenSymbol\":\"UNIT\"}" */
    const char *node_role;       /* "Authority" or "Full" */
    const char *local_peer_id;
    bool unsafe_methods;         /* serve what SDK nodes serve only on a trusted port */
    uint32_t finalized_delay_ms; /* from inBlock to finalized for watchers; 0: the default, 400 */
    size_t response_len_max;     /* 0: 15 MiB; over: -32008 */
    uint32_t subscriptions_max;  /* per connection; 0: 1024 */
};

/* Copies config's texts; `backend` and `sink` outlive the server.
 *   returns  ERR_OK; ERR_MALFORMED (chain_type_json or properties_json is not JSON) */
FALLIBLE rpc_server_new(struct rpc_server **out, const struct rpc_server_config *config,
                        const struct rpc_backend *backend, const struct rpc_sink *sink, struct err *e);
void rpc_server_free(struct rpc_server *s);
DEFINE_CLEANUP(struct rpc_server *, rpc_server_free)

/* Handles a message of io/server.h and releases it. WAKE is ignored. */
void rpc_server_message(struct rpc_server *s, struct ws_message *m);

/* Does what is due; returns the milliseconds until it must be called again (at most 1000). */
int64_t rpc_server_tick(struct rpc_server *s, uint64_t now_ms);

/* A key the block wrote, with its new value. */
struct rpc_change {
    struct bytes key;
    struct rpc_value value; /* not found: deleted */
};

struct rpc_block {
    struct rpc_head head;
    struct hash32 parent;
    struct bytes header;              /* SCALE */
    const struct rpc_change *changes; /* ascending by key, each key once */
    size_t change_count;
    bool runtime_changed; /* the runtime after this block differs from its parent's */
};

/* A block was imported and is the new best one. Its state and body must be readable through the backend by
 * now. */
void rpc_server_on_block(struct rpc_server *s, const struct rpc_block *block);
/* The chain is final up to this block; every ancestor is too. */
void rpc_server_on_finalized(struct rpc_server *s, const struct rpc_head *head);

enum rpc_tx_status {
    RPC_TX_FUTURE,
    RPC_TX_READY,
    RPC_TX_IN_BLOCK,         /* block, index */
    RPC_TX_RETRACTED,        /* block */
    RPC_TX_FINALITY_TIMEOUT, /* block; this and all below are last: the watch ends */
    RPC_TX_FINALIZED,        /* block, index; watchers get it finalized_delay_ms after IN_BLOCK */
    RPC_TX_USURPED,          /* other: hash of the replacing transaction */
    RPC_TX_DROPPED,
    RPC_TX_INVALID,
};

struct rpc_tx_event {
    struct hash32 hash; /* of the transaction */
    enum rpc_tx_status status;
    struct hash32 block;
    uint32_t index; /* of the extrinsic in the block */
    struct hash32 other;
};

/* Cheap when nobody watches the transaction. */
void rpc_server_on_tx(struct rpc_server *s, const struct rpc_tx_event *event);

/* The JSON-RPC code each outcome becomes is its value. */
enum rpc_submit_code {
    RPC_SUBMIT_OK = 0,
    RPC_SUBMIT_BAD_FORMAT = 1001,   /* text: why it does not decode */
    RPC_SUBMIT_VERIFICATION = 1002, /* text: why the runtime call failed */
    RPC_SUBMIT_INVALID = 1010,      /* variant, custom: of InvalidTransaction */
    RPC_SUBMIT_UNKNOWN = 1011,      /* variant, custom: of UnknownTransaction */
    RPC_SUBMIT_BANNED = 1012,
    RPC_SUBMIT_IMPORTED = 1013,     /* hash */
    RPC_SUBMIT_LOW_PRIORITY = 1014, /* text optional; old_priority, new_priority */
    RPC_SUBMIT_CYCLE = 1015,
    RPC_SUBMIT_DROPPED = 1016,
    RPC_SUBMIT_UNACTIONABLE = 1018,
    RPC_SUBMIT_NO_TAGS = 1019,
    RPC_SUBMIT_BAD_BLOCK = 1020,
    RPC_SUBMIT_FUTURE_REFUSED = 1021,
    RPC_SUBMIT_OTHER = 1040, /* text */
};

struct rpc_submit_result {
    enum rpc_submit_code code;
    struct hash32 hash; /* of the transaction, always */
    uint8_t variant, custom;
    uint64_t old_priority, new_priority;
    const char *text; /* or NULL */
};

/* The answer to backend->submit(ticket). */
void rpc_server_submitted(struct rpc_server *s, uint64_t ticket, const struct rpc_submit_result *result);

#endif /* RPC_SERVER_H */
