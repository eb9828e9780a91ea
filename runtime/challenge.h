/* runtime/challenge.h — demands for fresh evidence of a running replica.
 *
 *     issued ──valid evidence in 50 blocks──▶ answered: the bond is shared by cluster and treasury
 *        ├────deadline──▶ failed: stake slashed, unvested earnings returned, cluster suspended or jailed
 *        └────the contract ends first──▶ closed: the bond goes back
 *
 * Exactly one entry of DueAt names an open challenge; `due` is its block. Source: pallets.md calls 19, 20,
 * C5, D5. */
#ifndef RUNTIME_CHALLENGE_H
#define RUNTIME_CHALLENGE_H

#include "runtime/contract.h"

/* Fails the challenge of this contract when its time is over. Returns whether it was. */
bool challenge_due(struct exec *x, const struct worker_work_id *work, uint64_t cluster);

/* The contract ends for another reason: an open challenge of it is closed. */
void challenge_close(struct exec *x, const struct worker_work_id *work, uint64_t cluster);

#endif /* RUNTIME_CHALLENGE_H */
