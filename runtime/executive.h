/* runtime/executive.h — building and checking a block, step by step, over storage that carries all state
 * between steps.
 *
 *     executive_initialize(x, &header)      System records the block, hooks run
 *     executive_apply(x, &result, bytes)    once per extrinsic, the time first
 *     executive_finalize(x, &header)        events joined, roots computed
 *
 * Each step works in a fresh `struct exec`. Source: frame-executive and frame-system of the Polkadot SDK. */
#ifndef RUNTIME_EXECUTIVE_H
#define RUNTIME_EXECUTIVE_H

#include "codec/header.h"
#include "runtime/validity.h"

/* ERR_REJECTED when the header does not follow the state. */
FALLIBLE executive_initialize(struct exec *x, const struct header *header, struct err *e);

struct apply_result {
    struct validity validity; /* not VALIDITY_OK: not applicable, and nothing was written */
    struct dispatch dispatch; /* of an applied extrinsic */
};
/* ERR_MALFORMED and what else extrinsic_read says; ERR_REJECTED outside a block. */
FALLIBLE executive_apply(struct exec *x, struct apply_result *out, struct bytes extrinsic, struct err *e);

/* ERR_REJECTED when the time was not set. Views in *out are in the arena. */
FALLIBLE executive_finalize(struct exec *x, struct header *out, struct err *e);

/* The whole block: header ‖ vec(extrinsic). ERR_REJECTED when an extrinsic is not applicable or what the
 * header says is not what came out. */
FALLIBLE executive_block(struct exec *x, struct bytes block, struct err *e);

/* The pool's question, judged as in the block after the state's, whose parent is `parent`. */
FALLIBLE executive_validate(struct exec *x, struct validity *out, struct valid_transaction *valid,
                            struct bytes extrinsic, const struct hash32 *parent, struct err *e);

/* Makes x judge as in the next block without writing anything. */
void executive_look_ahead(struct exec *x, const struct hash32 *parent);

#endif /* RUNTIME_EXECUTIVE_H */
