/* runtime/proof.h — Rule P: which proofs of work are accepted, and the ring that keeps them.
 * Source: pallets.md C3 "Rule P", Table B1. */
#ifndef RUNTIME_PROOF_H
#define RUNTIME_PROOF_H

#include "runtime/contract.h"

/* Form and signature of a proof for the period it must be for now. `implicit`: the contract is only assigned,
 * see work_proof_upload. Fails: WorkBlockNumberError, BadProof. */
struct dispatch proof_check(struct exec *x, const struct contract *c,
                            const struct worker_proof_of_work *proof, bool implicit);

/* Marks skipped periods missed, pays the proven one and records the proof. */
struct dispatch proof_accept(struct exec *x, struct contract *c, const struct worker_proof_of_work *proof);

/* What the deploy key signs: "wetee/pow/v1" ‖ genesis hash ‖ SCALE(work_id, cluster u64, first block of the
 * period u64, log_hash, cr, cr_hash, address, up_blocks u32). A view into the arena. */
struct bytes proof_message(struct exec *x, const struct worker_work_id *work, uint64_t cluster,
                           uint64_t first_block, const struct worker_proof_of_work *proof,
                           uint32_t up_blocks);

/* Deletes the proofs and the evidence kept for a work. */
void proof_forget(struct exec *x, const struct worker_work_id *work);

#endif /* RUNTIME_PROOF_H */
