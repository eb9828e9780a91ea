/* rpc/backend.h — what the node offers to the JSON-RPC methods: a table over typed C.
 *
 * All functions run on the chain thread, synchronously, called by rpc/server.h functions. Views they return
 * live in the arena they are given. Blocks are named by hash; `at` is never NULL (rpc fills in the best
 * block).
 *
 * Failures of state functions, and what the client sees:
 *
 *   - ERR_NOT_FOUND, the block or its state (pruned) is not known: 4003 "Client error: <msg>". Suggested
 * message: "UnknownBlock: State already discarded for 0x…"
 *   - ERR_REJECTED or ERR_MALFORMED of runtime_call: 4003 "Client error: Execution failed: <msg>"
 *   - anything else: 4003 "Client error: <msg>" */
#ifndef RPC_BACKEND_H
#define RPC_BACKEND_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

struct rpc_head {
    struct hash32 hash;
    uint32_t number;
};

struct rpc_value {
    bool found;
    struct bytes value; /* when found; may be empty */
};

struct rpc_health {
    uint32_t peers;
    bool is_syncing;
    bool should_have_peers;
    uint32_t starting_block, current_block, highest_block;
};

struct rpc_backend {
    void *ctx; /* passed to every function */

    /* The chain. */
    struct rpc_head (*best)(void *ctx);
    struct rpc_head (*finalized)(void *ctx);
    bool (*block_hash)(void *ctx, struct hash32 *out,
                       uint32_t number); /* canonical chain; false when unknown */
    /* SCALE header; and the extrinsics, each with its length prefix. ERR_NOT_FOUND when the block is unknown.
     */
    FALLIBLE (*header)(void *ctx, struct arena *a, struct bytes *out, const struct hash32 *at, struct err *e);
    FALLIBLE (*body)(void *ctx, struct arena *a, struct bytes_list *out, const struct hash32 *at,
                     struct err *e);

    /* The state after block `at`. */
    FALLIBLE (*storage)(void *ctx, struct arena *a, struct rpc_value *out, const struct hash32 *at,
                        struct bytes key, struct err *e);
    /* At most `count` keys with the prefix, ascending, strictly greater than start_after (empty: from the
     * start). */
    FALLIBLE (*keys)(void *ctx, struct arena *a, struct bytes_list *out, const struct hash32 *at,
                     struct bytes prefix, struct bytes start_after, uint32_t count, struct err *e);
    FALLIBLE (*read_proof)(void *ctx, struct arena *a, struct bytes_list *out, const struct hash32 *at,
                           const struct bytes_list *keys, struct err *e);

    /* Runs a runtime API function on the state of `at` and discards the changes. For functions that need it
     * (TaggedTransactionQueue_validate_transaction) the node initialises the next block first. */
    FALLIBLE (*runtime_call)(void *ctx, struct arena *a, struct bytes *out, const struct hash32 *at,
                             const char *name, struct bytes input, struct err *e);
    /* ApplyExtrinsicResult of the extrinsic on top of `at`. NULL: system_dryRun is not offered. */
    FALLIBLE (*dry_run)(void *ctx, struct arena *a, struct bytes *out, const struct hash32 *at,
                        struct bytes extrinsic, struct err *e);

    /* The pool. submit starts validation of an opaque extrinsic (length prefix included; the bytes are only
     * valid during the call); the node answers with rpc_server_submitted(ticket), at once or later, exactly
     * once, and before the first rpc_server_on_tx of this transaction. */
    void (*submit)(void *ctx, struct bytes extrinsic, uint64_t ticket);
    void (*pending)(void *ctx, struct arena *a, struct bytes_list *out);
    FALLIBLE (*next_index)(void *ctx, uint32_t *out, const struct account_id *who, struct err *e);

    void (*health)(void *ctx, struct rpc_health *out);

    /* Primitives, because rpc/ does no cryptography. */
    struct hash32 (*blake2_256)(void *ctx, struct bytes in);
    bool (*account_of_ss58)(void *ctx, struct account_id *out, struct bytes text); /* any 32-byte prefix */
};

#endif /* RPC_BACKEND_H */
