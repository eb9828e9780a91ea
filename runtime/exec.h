/* runtime/exec.h — one execution in progress: the block or query being served, its origin, its arena.
 *
 * Handlers receive it first. Storage is reached through the generated accessors (runtime/<module>_gen.h),
 * which use the exec_storage_* functions below; nothing is cached between calls of runtime_call. */
#ifndef RUNTIME_EXEC_H
#define RUNTIME_EXEC_H

#include "base/balance.h"
#include "base/writer.h"
#include "runtime/dispatch.h"
#include "runtime/host.h"

struct type;         /* codec/type.h */
struct storage_desc; /* codec/desc.h */
struct call;         /* codec/desc.h: a decoded call */

enum origin_kind { ORIGIN_NONE, ORIGIN_SIGNED, ORIGIN_ROOT };

struct origin {
    enum origin_kind kind;
    struct account_id who; /* ORIGIN_SIGNED */
};

enum event_phase { PHASE_APPLY_EXTRINSIC, PHASE_FINALIZATION, PHASE_INITIALIZATION };

struct exec {
    const struct host *host;
    struct arena *arena;
    struct origin origin; /* of the call being dispatched */
    enum event_phase phase;
    uint32_t extrinsic_index; /* in PHASE_APPLY_EXTRINSIC */
    uint32_t block;           /* number of the block being executed */
    uint8_t depth;            /* of nested calls: utility, sudo */

    struct writer events;  /* encoded event records of this step, in the arena: handlers never rewind it */
    uint32_t event_count;  /* records in `events` */
    uint32_t block_events; /* records of the block's steps before this one, while an extrinsic is applied */
    uint8_t layers;        /* open storage layers */
    bool fee_waived;       /* the extrinsic's own call asked for its fee back */
    bool virtual_parent;   /* validation: judge as in block `block`, whose parent is `parent` */
    struct hash32 parent;
};

enum { EXEC_CALL_DEPTH_MAX = 4, EXEC_LAYERS_MAX = 16 };

/* System.Events holds 65536 records. A block with EXEC_EVENTS_FULL takes no more transactions, so that each
 * one taken has room for twelve thousand; at EXEC_EVENTS_MAX calls inside other calls fail with Exhausted,
 * and what is left is for the batches around them. */
enum { EXEC_EVENTS_FULL = 48 * 1024, EXEC_EVENTS_MAX = 60 * 1024 };

/* A storage layer: rolling it back forgets the writes and the events since it began. For due items and queue
 * entries that must have all of their effects or none; calls get theirs from exec_dispatch.
 *
 *     struct exec_layer layer = exec_layer_begin(x);
 *     struct dispatch d = settle(x, item);
 *     exec_layer_end(x, &layer, dispatch_ok(d)); */
struct exec_layer {
    size_t events_len;
    uint32_t event_count;
};
struct exec_layer exec_layer_begin(struct exec *x);
void exec_layer_end(struct exec *x, const struct exec_layer *layer, bool commit);

/* The account that signed; only in handlers declared `origin signed` (asserted). */
const struct account_id *exec_signer(const struct exec *x);
uint32_t exec_block(const struct exec *x);
bool exec_dev_mode(struct exec *x); /* genesis constant: development rules and evidence */
struct hash32 exec_genesis_hash(struct exec *x);
/* Hash of block n as System.BlockHash has it; false when unknown (too old, or not yet recorded). */
bool exec_block_hash(struct exec *x, struct hash32 *out, uint32_t n);
uint64_t exec_now_ms(struct exec *x); /* Timestamp.Now */
/* The development attestation root of the genesis document ("sim_root"), a view in the arena; false without
 * one. */
bool exec_sim_root(struct exec *x, struct bytes *out);
struct hash32 exec_blake2_256(struct exec *x, struct bytes in);

/* For a call that succeeds and serves everybody: its fee is returned, as with Pays::No of the Polkadot SDK.
 * Only the extrinsic's own call can say so: inside a batch it changes nothing, there as here. */
void exec_waive_fee(struct exec *x);

/* Runs `call` with `origin` in its own storage layer: committed when it succeeds, rolled back otherwise.
 * Nested calls (batch, sudo) come through here too; depth is bounded. What the call took of the arena is
 * taken back: nothing of it may be kept. */
struct dispatch exec_dispatch(struct exec *x, const struct origin *origin, const struct call *call);

/* Storage by descriptor; `keys` are pointers to the C values of the key parts, in order. */
bool exec_storage_get(struct exec *x, const struct storage_desc *item, const void *const *keys, void *out);
bool exec_storage_has(struct exec *x, const struct storage_desc *item, const void *const *keys);
void exec_storage_put(struct exec *x, const struct storage_desc *item, const void *const *keys,
                      const void *value);
void exec_storage_del(struct exec *x, const struct storage_desc *item, const void *const *keys);

/* Appends an event of pallet `module`, variant `index`, with its fields' C struct. */
void exec_deposit_event(struct exec *x, uint8_t module, uint8_t index, const struct type *fields,
                        const void *value);

#endif /* RUNTIME_EXEC_H */
