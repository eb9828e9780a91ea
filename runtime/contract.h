/* runtime/contract.h — the life of one work on one cluster: assigned, running, closing, ended.
 *
 *     assigned ──start──▶ running ──stop, funds, price──▶ closing ──final proof or time──▶ ended
 *        └─timeout, decline, stop─▶ ended ◀──────too many missed periods──┘
 *
 * Exactly one entry of DueAt names a contract that has not ended; `due` is its block. What a contract may
 * cost is in `held` of both the contract and the work's balance; earnings are in the pot until they are
 * withdrawn. Source: pallets.md C2, C3, C4, D4. */
#ifndef RUNTIME_CONTRACT_H
#define RUNTIME_CONTRACT_H

#include "runtime/settlement.h"
#include "runtime/work.h"

enum contract_status { /* stored: never renumbered */
                       CONTRACT_ASSIGNED = 0,
                       CONTRACT_RUNNING = 1,
                       CONTRACT_CLOSING = 2,
                       CONTRACT_ENDED = 3,
};

/* A contract with all that its operations touch, read once. */
struct contract {
    struct work work;
    uint64_t cluster;
    struct worker_contract_state state;
    struct worker_vest_bucket vest[VEST_BUCKETS]; /* room of state.vest */
};

/* The contract of `work` with the cluster the caller controls: WorkNotExists, NotAllowed403. */
struct dispatch contract_of_controller(struct exec *x, struct contract *out,
                                       const struct worker_work_id *work);

/* Evidence of the replica was accepted, or None, which stands for no evidence. The caller stores the
 * contract. */
void contract_attested(struct exec *x, struct contract *c, const struct worker_attestation *a);

bool contract_get(struct exec *x, struct contract *out, const struct worker_work_id *work, uint64_t cluster);

/* Books `w` on a cluster: the caller has checked capacity, stake and level. */
void contract_assign(struct exec *x, struct work *w, uint64_t cluster, struct balance sigma,
                     uint16_t attempt);

/* Assigned -> running with period 0 from `anchor` on, holding two periods; false when the work cannot afford
 * that: then the contract has ended and the work waits for a place, reason Funds. */
bool contract_start(struct exec *x, struct contract *c, const struct account_id *deploy_key_opt,
                    uint64_t anchor, const struct worker_attestation *attested);
/* Emits WorkStarted. */
void contract_tell_start(struct exec *x, const struct contract *c, const struct worker_attestation *attested);

/* Pays period `next_period`, or the closing span, for the proof; advances or ends the contract. */
struct dispatch contract_settle(struct exec *x, struct contract *c, const struct worker_proof_of_work *proof);

/* Marks the periods missed that can no longer be proven, which is for the contract's check to do but may be
 * later than that: what comes first does it. Bounded work however many they are. Returns false when that
 * ended the contract. */
bool contract_catch_up(struct exec *x, struct contract *c);

/* Takes back earnings that have not matured and were made since the last accepted evidence: the work has them
 * again. Returns how much. */
struct balance contract_claw_back(struct exec *x, struct contract *c);

/* Running -> ended by the cluster's fault: the work is placed elsewhere. */
void contract_fault(struct exec *x, struct contract *c, enum worker_end_reason why);

/* Assigned -> ended: nothing is owed. */
void contract_release(struct exec *x, struct contract *c, enum worker_end_reason why);

/* Does what time demands of a contract whose entry of DueAt has come up, and enters it anew. Returns whether
 * anything was due. */
bool contract_due(struct exec *x, const struct worker_work_id *work, uint64_t cluster);

/* Stops a work: closes every contract, forgets what waits to be placed, refunds what is available. */
struct dispatch contract_stop_work(struct exec *x, struct work *w);

/* Refills what is held after a recharge, which cancels a pending end for lack of funds. */
void contract_refill_work(struct exec *x, const struct work *w);

/* Stores the state, or deletes it when it has ended and nothing is left to withdraw. */
void contract_put(struct exec *x, struct contract *c);

#endif /* RUNTIME_CONTRACT_H */
