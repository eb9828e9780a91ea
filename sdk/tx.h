/* sdk/tx.h — calls: built, signed, submitted, watched.
 *
 *     struct sdk_tx_result r;
 *     TRY(sdk_tx_run(c, arena, &r, &worker_call_cluster_stop, &(struct worker_cluster_stop_args){.id = 7},
 * &key, NULL, e)); TRY(sdk_tx_require(&r, e));                       (a failed dispatch becomes ERR_REJECTED
 * with its name) const struct worker_cluster_stopped_event *ev = sdk_event_find(r.events,
 * &worker_event_cluster_stopped);
 *
 * A call is named by its generated descriptor; `args` points to its …_args struct. */
#ifndef SDK_TX_H
#define SDK_TX_H

#include "base/balance.h"
#include "crypto/keys.h"
#include "sdk/events.h"

enum sdk_wait { SDK_WAIT_FINALIZED, SDK_WAIT_IN_BLOCK };

enum { SDK_TX_PERIOD = 64, SDK_TX_TIMEOUT_MS = 120000 };

struct sdk_tx_options {
    struct balance tip;
    enum sdk_wait wait;
    uint32_t timeout_ms; /* of the wait; 0: SDK_TX_TIMEOUT_MS */
    uint32_t period;     /* of the mortal era; 0: SDK_TX_PERIOD */
    bool immortal;
    bool has_nonce; /* use `nonce`; otherwise the node's next one, counted on locally */
    uint32_t nonce;
};

/* Signed and ready. `encoded` (in the arena, with its length prefix) can be stored and submitted again: it is
 * the same transaction and enters a block at most once. Valid while birth <= block < death. */
struct sdk_tx {
    struct bytes encoded;
    struct hash32 hash;
    struct account_id signer;
    uint32_t nonce;
    uint64_t birth, death; /* block numbers; 0 and UINT64_MAX when immortal */
};

struct sdk_tx_result {
    struct hash32 block, extrinsic; /* hashes */
    uint32_t block_number, index;   /* index in the block */
    bool finalized;                 /* else only in a block */
    bool success;
    struct sdk_dispatch_error error; /* when not success */
    struct sdk_events events;        /* of this extrinsic, in the arena */
    struct balance fee;              /* what was paid, tip included */
};

struct sdk_fee {
    struct balance partial_fee; /* without tip */
    uint64_t weight;            /* picoseconds */
};

/* Encoded call: pallet index ‖ call index ‖ arguments. ERR_USAGE when a value is outside its bounds. */
FALLIBLE sdk_call_encode(struct arena *a, struct bytes *out, const struct call_desc *call, const void *args,
                         struct err *e);
/* A call as a value, for the arguments of batch and sudo. NULL arguments only where there are none. */
struct call sdk_call(const struct call_desc *call, void *args);

FALLIBLE sdk_tx_build(struct sdk_client *c, struct arena *a, struct sdk_tx *out, const struct call_desc *call,
                      const void *args, const struct keypair *key, const struct sdk_tx_options *options_opt,
                      struct err *e);
/* The same for an already encoded call. */
FALLIBLE sdk_tx_sign(struct sdk_client *c, struct arena *a, struct sdk_tx *out, struct bytes call,
                     const struct keypair *key, const struct sdk_tx_options *options_opt, struct err *e);
/* Fee of a built transaction. */
FALLIBLE sdk_tx_fee(struct sdk_client *c, struct sdk_fee *out, const struct sdk_tx *tx, struct err *e);

/* Into the pool, without waiting for a block. ERR_REJECTED: the pool's reason; ERR_EXISTS: it already has it.
 */
FALLIBLE sdk_tx_submit(struct sdk_client *c, const struct sdk_tx *tx, struct err *e);
/* Into the pool, and waits as the options say.
 *   returns  ERR_OK (in a block: see result->success); ERR_REJECTED (invalid, dropped, usurped; never in a
 *            block); ERR_EXISTS (in the pool already: see sdk_tx_find); ERR_TIMEOUT and ERR_CLOSED (not
 * known: look with sdk_tx_find, or submit the same bytes again) */
FALLIBLE sdk_tx_submit_and_watch(struct sdk_client *c, struct arena *a, struct sdk_tx_result *out,
                                 const struct sdk_tx *tx, const struct sdk_tx_options *options_opt,
                                 struct err *e);
/* Looks for it in the blocks first … last (bounded by 4096). ERR_NOT_FOUND. */
FALLIBLE sdk_tx_find(struct sdk_client *c, struct arena *a, struct sdk_tx_result *out,
                     const struct hash32 *hash, uint32_t first, uint32_t last, struct err *e);
/* Build, submit, watch. */
FALLIBLE sdk_tx_run(struct sdk_client *c, struct arena *a, struct sdk_tx_result *out,
                    const struct call_desc *call, const void *args, const struct keypair *key,
                    const struct sdk_tx_options *options_opt, struct err *e);
/* ERR_OK when it succeeded, else ERR_REJECTED with "Pallet.Name: doc". */
FALLIBLE sdk_tx_require(const struct sdk_tx_result *r, struct err *e);

#endif /* SDK_TX_H */
