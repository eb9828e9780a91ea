/* sdk/client.h — a connection to a chain: who it is, its heads and its blocks.
 *
 * One thread at a time uses a client. A lost connection shows as ERR_CLOSED in whatever is running; free the
 * client and connect anew (sdk_client_open checks that it is still the same chain).
 *
 *     struct sdk_connect want = {.url = "ws://127.0.0.1:9944"};
 *     CLEANUP(sdk_client_free) struct sdk_client *c = NULL;
 *     TRY(sdk_client_open(&c, &want, e));
 *     struct sdk_head head;
 *     TRY(sdk_head_finalized(c, &head, e)); */
#ifndef SDK_CLIENT_H
#define SDK_CLIENT_H

#include "base/arena.h"
#include "base/err.h"
#include "rpc/client.h"

enum {
    SDK_TIMEOUT_MS = 15000,
    SDK_RESPONSE_ARENA = 256 * 1024 * 1024, /* a good limit for an arena that holds answers */
};

struct sdk_client;

struct sdk_connect {
    const char *url;                  /* ws://host:port */
    uint32_t timeout_ms;              /* of connecting and of each request; 0: SDK_TIMEOUT_MS */
    const struct hash32 *genesis_opt; /* refuse any other chain */
    uint32_t spec_version;            /* 0: the one this library's descriptors were generated from */
    bool any_spec_version;            /* for tools that only look at heads */
};

struct sdk_chain {
    struct hash32 genesis;
    char name[64];
    char spec_name[33];
    char token[16]; /* "UNIT" */
    char node[96];  /* name and version of the node program */
    uint32_t spec_version, transaction_version;
    uint32_t decimals;
    uint16_t ss58_prefix;
    bool development; /* system_chainType is Development */
};

struct sdk_head {
    struct hash32 hash, parent, state_root;
    uint32_t number;
};

struct sdk_block {
    struct sdk_head head;
    const struct bytes *extrinsics; /* with their length prefixes */
    uint32_t extrinsic_count;
};

/* Connects, learns the chain and checks it.
 *   returns  ERR_OK; ERR_USAGE (url); ERR_UNAVAILABLE, ERR_TIMEOUT (message names the url);
 *            ERR_REJECTED (another genesis or spec version); ERR_MALFORMED (not such a node) */
FALLIBLE sdk_client_open(struct sdk_client **out, const struct sdk_connect *want, struct err *e);
/* Ends its subscriptions too. NULL is accepted. */
void sdk_client_free(struct sdk_client *c);
DEFINE_CLEANUP(struct sdk_client *, sdk_client_free)

/* Makes waits in this client end with ERR_CLOSED. Any thread. */
void sdk_client_stop(struct sdk_client *c);

const struct sdk_chain *sdk_client_chain(const struct sdk_client *c);
const char *sdk_client_url(const struct sdk_client *c);
/* For requests this library has no function for. */
struct rpc_client *sdk_client_rpc(struct sdk_client *c);

/* A request; *result is owned (json_decref). Errors as rpc_client_call, message begins with the method. */
FALLIBLE sdk_request(struct sdk_client *c, json_t **result, const char *method, json_t *owned_params,
                     struct err *e);

FALLIBLE sdk_head_finalized(struct sdk_client *c, struct sdk_head *out, struct err *e);
FALLIBLE sdk_head_best(struct sdk_client *c, struct sdk_head *out, struct err *e);
/* ERR_NOT_FOUND when the node does not have it. */
FALLIBLE sdk_head_at(struct sdk_client *c, struct sdk_head *out, const struct hash32 *hash, struct err *e);
FALLIBLE sdk_block_hash(struct sdk_client *c, struct hash32 *out, uint32_t number, struct err *e);
FALLIBLE sdk_block_at(struct sdk_client *c, struct arena *a, struct sdk_block *out, const struct hash32 *hash,
                      struct err *e);

#endif /* SDK_CLIENT_H */
