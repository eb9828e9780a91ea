/* rpc/rpc_priv.h — the server's insides, shared by server.c, subscriptions.c and the method files. */
#ifndef RPC_RPC_PRIV_H
#define RPC_RPC_PRIV_H

#include "rpc/jsonrpc.h"
#include "rpc/server.h"

enum {
    RPC_CONN_BUCKETS = 256,
    RPC_TICKET_BUCKETS = 1024,
    RPC_WATCH_BUCKETS = 1024,
    RPC_TICKETS_PER_CONN = 4096, /* submissions of one connection that wait for validation */
    RPC_KEYS_MAX = 10000,        /* keys in one request */
    RPC_PAGE_MAX = 1000,         /* keys in one page */
    RPC_SUB_KEYS_LEN_MAX =
        2 << 20,           /* bytes of subscribed keys per connection: each block is compared with all */
    RPC_SUB_KEY_COST = 64, /* of that, for each key: comparing costs time, however short the key */
    RPC_SUB_ID_LEN = 17,
    RPC_QUERY_BLOCKS_MAX = 1024, /* blocks of one state_queryStorage */
};

enum rpc_sub_kind {
    RPC_SUB_NEW_HEAD,
    RPC_SUB_ALL_HEAD,
    RPC_SUB_FINALIZED_HEAD,
    RPC_SUB_RUNTIME_VERSION,
    RPC_SUB_STORAGE,
    RPC_SUB_WATCH,
    RPC_SUB_KINDS,
};

struct rpc_server;
struct rpc_conn;

struct rpc_subscription {
    char id[RPC_SUB_ID_LEN];
    enum rpc_sub_kind kind;
    struct rpc_conn *conn;
    struct rpc_subscription *conn_next;             /* the connection's */
    struct rpc_subscription *kind_prev, *kind_next; /* all of this kind */

    struct bytes *keys; /* storage: in the order asked, heap */
    size_t key_count, keys_len;
    json_t *first; /* storage: the first notice, owned until it is sent */

    struct hash32 tx; /* watches */
    struct rpc_subscription *watch_next;
    uint64_t in_block_ms;  /* when inBlock was told; 0: not yet */
    uint64_t finalized_ms; /* when finalized is to be told; 0: not waiting */
    struct hash32 finalized_block;
};

struct rpc_conn {
    uint64_t id;
    struct rpc_conn *next; /* in its bucket */
    struct rpc_subscription *subs;
    uint32_t sub_count, ticket_count;
    size_t keys_len;
};

/* Answers of one batch, sent together when the last has come. */
struct rpc_batch {
    uint64_t conn;
    bool http;
    size_t left;
    bool full;     /* an answer was too big for what is left: those to come are not even looked for */
    uint8_t *text; /* heap, grows */
    size_t len, cap;
};

/* Where the answer to one request goes. */
struct rpc_reply {
    uint64_t conn; /* 0: the connection is gone */
    bool http;
    struct rpc_batch *batch;
    json_t *id; /* owned */
};

enum rpc_ticket_kind { RPC_TICKET_SUBMIT, RPC_TICKET_WATCH };

struct rpc_ticket {
    uint64_t id;
    struct rpc_ticket *next;
    enum rpc_ticket_kind kind;
    struct rpc_reply reply;
};

struct rpc_server {
    struct rpc_server_config config; /* texts owned */
    json_t *chain_type, *properties;
    const struct rpc_backend *backend;
    const struct rpc_sink *sink;
    struct arena arena; /* of the request or event being handled */
    struct rpc_conn *conns[RPC_CONN_BUCKETS];
    struct rpc_ticket *tickets[RPC_TICKET_BUCKETS];
    struct rpc_subscription *watches[RPC_WATCH_BUCKETS]; /* by transaction hash */
    struct rpc_subscription *subs[RPC_SUB_KINDS];
    uint64_t next_ticket, next_sub;
    uint32_t delayed;          /* watches with finalized_ms set */
    struct rpc_head finalized; /* the last one told */
};

/* One request being handled. A handler returns its result (owned by the caller), or NULL after call_fail, or
 * NULL with `later` set when a ticket will answer. */
struct rpc_call {
    struct rpc_server *server;
    struct arena *arena;
    struct rpc_conn *conn; /* NULL over HTTP */
    struct rpc_reply *reply;
    json_t *params; /* array, or NULL */
    const struct rpc_method *method;
    struct rpc_subscription *opened; /* first notifications go out after the answer */
    bool later;
    int64_t code; /* of the failure, 0: none */
    const char *message;
    json_t *data; /* owned, or NULL */
};

typedef json_t *(*rpc_handler)(struct rpc_call *c);

struct rpc_method {
    const char *name;
    const char *params; /* names in order, separated by blanks, for callers that send an object */
    rpc_handler handler;
    int arg; /* what one handler serving several methods needs to know */
    uint8_t needs;
};

enum {                        /* rpc_method.needs, bits */
       RPC_NEEDS_CONN = 1,    /* a WebSocket connection */
       RPC_NEEDS_UNSAFE = 2,  /* config.unsafe_methods */
       RPC_NEEDS_DRY_RUN = 4, /* backend->dry_run */
};

struct rpc_method_group {
    const struct rpc_method *methods;
    size_t count;
};

extern const struct rpc_method_group rpc_chain_methods, rpc_state_methods, rpc_author_methods,
    rpc_system_methods;

/* ---- methods.c ---- */
const struct rpc_method *rpc_method_find(const char *name);
/* Is it offered at all by this server? Unsafe methods are listed, as SDK nodes do. */
bool rpc_method_offered(const struct rpc_server *s, const struct rpc_method *m);
json_t *rpc_method_names(const struct rpc_server *s);

/* ---- params.c: readers of c->params; on failure the call has failed with -32602 and they return false ----
 */
json_t *param_opt(const struct rpc_call *c, size_t i);             /* borrowed; NULL when absent or null */
bool param_bytes(struct rpc_call *c, size_t i, struct bytes *out); /* hex; "" and "0x" are empty */
bool param_text(struct rpc_call *c, size_t i, const char **out);
bool param_hash(struct rpc_call *c, size_t i, struct hash32 *out);
bool param_at(struct rpc_call *c, size_t i, struct hash32 *out); /* absent: the best block */
bool param_u32(struct rpc_call *c, size_t i, uint32_t *out);
bool param_keys(struct rpc_call *c, size_t i,
                struct bytes_list *out); /* array of hex, at most RPC_KEYS_MAX */
bool json_hex_read(struct rpc_call *c, const json_t *v, struct bytes *out); /* one hex string */
/* Number or "0x" hex; false when it is neither. Over u32: *fits is false. */
bool json_number_read(const json_t *v, uint32_t *out, bool *fits);

/* An answer over config.response_len_max: -32008. */
json_t *call_too_big(struct rpc_call *c);
/* Records the failure and yields NULL. `owned_data` may be NULL. */
json_t *call_fail(struct rpc_call *c, int64_t code, const char *message, json_t *owned_data);
json_t *call_bad_params(struct rpc_call *c, const char *why);
/* 4003 and its relatives, from a failed backend function. */
json_t *call_state_error(struct rpc_call *c, const struct err *e);
json_t *call_execution_error(struct rpc_call *c, const struct err *e); /* of runtime_call */

/* ---- encode.c: values to JSON ---- */
json_t *json_text(const char *s); /* never NULL */
json_t *json_hex(struct rpc_server *s, struct bytes b);
json_t *json_hash(const struct hash32 *h);
json_t *json_hex_list(struct rpc_server *s, const struct bytes_list *l);
/* NULL when the header does not decode. */
json_t *json_header(struct rpc_server *s, struct bytes header);
/* From Core_version's output; NULL when it does not decode. `modern`: the form of chainHead_v1. */
json_t *json_runtime_version(struct bytes version, bool modern);
/* Runs Core_version at `at`; NULL on failure with *e filled. */
json_t *json_runtime_version_at(struct rpc_server *s, const struct hash32 *at, bool modern, struct err *e);

/* ---- server.c ---- */
struct rpc_conn *rpc_conn_find(struct rpc_server *s, uint64_t id);
/* Starts a submission whose outcome answers (or concerns) `c`; false when the call has failed. */
bool rpc_submit(struct rpc_call *c, enum rpc_ticket_kind kind, struct bytes extrinsic);

/* ---- methods_author.c ---- */
/* Fills code, message and data of the error object a refusal becomes. */
void rpc_submit_error(const struct rpc_submit_result *r, int64_t *code, const char **message,
                      json_t **owned_data, struct arena *a);

#endif /* RPC_RPC_PRIV_H */
