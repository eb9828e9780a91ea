/* node/chain.h — the chain on disk and its newest state: opening, building, importing and committing blocks,
 * asking old states.
 *
 * One canonical chain; a committed block is final. Every block is one synced atomic batch: trie nodes,
 * header, body, number index and head pointer together, so a process killed at any moment finds the last
 * committed block when it starts again, and nothing else. A store that fails in a block ends the process
 * (EXIT_CODE_STORE).
 *
 *     TRY(chain_open(&c, &config, e));
 *     TRY(chain_begin(c, now_ms, e));                    runtime initialised, inherents applied
 *     chain_apply(c, extrinsic, &outcome);               any number of times
 *     chain_seal(c, &block);                             finalized and committed; views until
 * chain_block_done chain_block_done(c);
 *
 * Layouts: docs/formats/node-store.md. Threads: one. */
#ifndef NODE_CHAIN_H
#define NODE_CHAIN_H

#include "node/overlay.h"
#include "runtime/runtime.h"

struct store;

enum {
    CHAIN_PRUNING_DEFAULT = 4096,     /* states kept, in blocks */
    CHAIN_BODY_MAX = 8 * 1024 * 1024, /* bytes of one block's extrinsics; the runtime's own limit is lower */
    CHAIN_EXTRINSICS_MAX = 65536,     /* in one block */
    CHAIN_BLOCK_MAX = 16 * 1024 * 1024, /* bytes of an imported block */
    CHAIN_TEXT_MAX = 256,               /* name and type of a chain */
};

struct chain_config {
    const char *path;     /* folder; NULL: a temporary one that is removed on close */
    struct bytes genesis; /* JSON document of block 0 */
    bool any_chain;       /* take a stored chain whatever its genesis */
    struct bytes code;    /* becomes :code at genesis */
    uint32_t pruning;     /* states kept; 0: all */
};

struct chain_head {
    struct hash32 hash;
    uint32_t number;
    struct hash32 state_root;
};

/* What a chain says of itself, from its genesis document. */
struct chain_info {
    char *name, *type_json, *properties_json; /* zero-terminated */
    bool dev_mode;
};

enum chain_outcome_kind {
    CHAIN_APPLIED,   /* in the block, whether its call succeeded or failed */
    CHAIN_EXHAUSTED, /* does not fit into this block any more */
    CHAIN_INVALID,   /* the block is as it was */
};

struct chain_outcome {
    enum chain_outcome_kind kind;
    bool unknown;            /* CHAIN_INVALID: UnknownTransaction instead of InvalidTransaction */
    uint8_t variant, custom; /* CHAIN_INVALID */
};

struct chain_change {
    struct bytes key, value;
    bool found; /* false: deleted */
};

struct chain_block {
    struct chain_head head;
    struct hash32 parent;
    struct bytes header;                /* SCALE */
    struct bytes_list extrinsics;       /* inherents first */
    const struct chain_change *changes; /* ascending by key */
    size_t change_count;
    bool runtime_changed;
    uint64_t execute_us, root_us, write_us; /* where the time went */
};

struct chain;

/* Opens or creates. ERR_BUSY (another process has it open), ERR_REJECTED (the stored chain has another
 * genesis), ERR_MALFORMED (genesis), ERR_CORRUPT (the head's state is not what its header says), ERR_USAGE,
 * ERR_IO. */
FALLIBLE chain_open(struct chain **out, const struct chain_config *config, struct err *e);
void chain_close(struct chain *c); /* NULL is accepted */
DEFINE_CLEANUP(struct chain *, chain_close)

const struct chain_head *chain_best(const struct chain *c);
const struct hash32 *chain_genesis_hash(const struct chain *c);
const struct chain_info *chain_info(const struct chain *c);
struct sigcache *chain_sigs(struct chain *c);
/* Milliseconds of the newest block's timestamp; 0 at genesis. */
uint64_t chain_timestamp(const struct chain *c);
const char *chain_path(const struct chain *c);

/* ---- building ---- */

/* Starts block best + 1 with a timestamp greater than its parent's. ERR_REJECTED (an inherent was refused).
 */
FALLIBLE chain_begin(struct chain *c, uint64_t now_ms, struct err *e);
/* The extrinsic is copied. ERR_* only for what is a bug or a refused runtime call; outcomes are no errors. */
FALLIBLE chain_apply(struct chain *c, struct bytes extrinsic, struct chain_outcome *out, struct err *e);
size_t chain_applied_bytes(const struct chain *c);
/* Finalizes and commits. ERR_REJECTED (the runtime refused to finalize: nothing happened). */
FALLIBLE chain_seal(struct chain *c, struct chain_block *out, struct err *e);
void chain_block_done(struct chain *c);
void chain_abandon(struct chain *c);

/* Executes and commits a block made elsewhere: SCALE header ‖ vec(extrinsic), child of the best block.
 * ERR_MALFORMED, ERR_REJECTED (invalid, or not the next). */
FALLIBLE chain_import(struct chain *c, struct bytes block, struct chain_block *out, struct err *e);

/* ---- asking ---- */

FALLIBLE chain_hash_at(struct chain *c, struct hash32 *out, uint32_t number,
                       struct err *e); /* ERR_NOT_FOUND */
FALLIBLE chain_header(struct chain *c, struct arena *a, struct bytes *out, const struct hash32 *at,
                      struct err *e);
FALLIBLE chain_body(struct chain *c, struct arena *a, struct bytes_list *out, const struct hash32 *at,
                    struct err *e);
/* The state after block `at`, to read; valid until the next chain call. ERR_NOT_FOUND (unknown or pruned). */
FALLIBLE chain_state(struct chain *c, struct trie **out, const struct hash32 *at, struct err *e);
/* Runs a runtime function on the state after `at` and forgets what it changed. Not while a block is being
 * built. ERR_NOT_FOUND (block, state), ERR_REJECTED (no such function, the call failed), ERR_MALFORMED (its
 * input). */
FALLIBLE chain_call(struct chain *c, struct arena *a, struct bytes *out, const struct hash32 *at,
                    const char *name, struct bytes input, struct err *e);
/* ApplyExtrinsicResult of `extrinsic` in a block on top of `at`, forgotten. Errors as chain_call. */
FALLIBLE chain_dry_run(struct chain *c, struct arena *a, struct bytes *out, const struct hash32 *at,
                       struct bytes extrinsic, struct err *e);

/* Validates against the newest state: SCALE TransactionValidity. Errors as runtime_call. */
FALLIBLE chain_validate(struct chain *c, struct arena *a, struct bytes *out, struct bytes extrinsic,
                        struct err *e);
/* What a signed extrinsic needs verified; see runtime_signature_ahead. */
FALLIBLE chain_signature_of(struct chain *c, struct arena *a, struct runtime_signature_check *out,
                            struct bytes extrinsic, struct err *e);

#endif /* NODE_CHAIN_H */
