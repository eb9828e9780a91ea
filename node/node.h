/* node/node.h — the running node: chain, pool, engine and JSON-RPC on one thread, the chain thread.
 *
 * Its loop takes messages of the RPC server from the inbox, sends signatures to the verify threads, validates
 * what comes back into the pool, and seals when the engine says so. Everything in struct node belongs to that
 * thread. */
#ifndef NODE_NODE_H
#define NODE_NODE_H

#include "io/queue.h"
#include "io/server.h"
#include "node/chain.h"
#include "node/config.h"
#include "node/engine_dev.h"
#include "node/txpool.h"
#include "node/verify.h"
#include "rpc/server.h"

#include <stdatomic.h>

enum {
    NODE_INBOX = 4096,            /* messages of all connections waiting for the chain thread */
    NODE_MESSAGES_A_TURN = 256,   /* then the rest of the loop gets its turn */
    NODE_BUILD_MS = 1000,         /* time for the transactions of one block */
    NODE_SKIPS_MAX = 32,          /* transactions too big for what is left of a block, before it is closed */
    NODE_REVALIDATE = 16,         /* transactions of the pool validated again after each block */
    NODE_CALL_MEMORY = 256 << 20, /* bound of the arena of one validation */
};

struct node {
    struct chain *chain;
    struct txpool *pool;
    struct engine_dev engine;
    struct verify *verify;
    struct verify_batch *filling; /* submissions gathered for the verify threads; or NULL */
    struct queue *inbox;          /* of struct ws_message */
    struct ws_server *ws;
    struct rpc_sink sink;
    struct rpc_backend backend;
    struct rpc_server *rpc;
    struct arena arena; /* one validation */
    atomic_bool stop;   /* set by the signal thread, read by the chain thread */
    uint32_t starting_block;
    uint64_t signature_checks;
};

FALLIBLE node_start(struct node *n, const struct config *config, struct chain *owned_chain, struct err *e);
/* Returns when n->stop was set. */
void node_run(struct node *n);
void node_fini(struct node *n);
/* Wakes the chain thread; any thread. */
void node_wake(void *node);

/* submit.c: a transaction's way into the pool. */
void node_submit(void *node, struct bytes extrinsic, uint64_t ticket);
void node_flush_submissions(struct node *n);
void node_take_verified(struct node *n, int64_t timeout_ms);
/* Validates transactions of the pool again after a block. */
void node_revalidate(struct node *n);
uint64_t node_now_ms(void);

/* seal.c: one block from the pool. */
void node_seal(struct node *n);
void node_pool_status(void *node, const struct hash32 *tx, enum txpool_status s,
                      const struct hash32 *other_opt);

/* backend.c */
struct rpc_backend node_backend(struct node *n);

#endif /* NODE_NODE_H */
