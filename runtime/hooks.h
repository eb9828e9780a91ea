/* runtime/hooks.h — what block execution asks of the modules besides their calls. */
#ifndef RUNTIME_HOOKS_H
#define RUNTIME_HOOKS_H

#include "runtime/exec.h"

/* Before the block's first extrinsic, in PHASE_INITIALIZATION, after System has recorded the parent's hash.
 * Never fails: what cannot be served stays queued or is dropped with an event; work is bounded by the hook
 * itself. */
void worker_on_initialize(struct exec *x);

/* What the hooks of a block weigh, in picoseconds, counted in System.BlockWeight as mandatory weight: a work
 * that is placed looks at up to 32 clusters and weighs three normal calls; a due item settles a contract, as
 * a proof does. Lists at their bounds weigh 86 ms of the block's 2 s. Source: pallets.md X15, B14 "Fee
 * classes", D6-16. */
#define HOOK_WEIGHT_PER_WORK UINT64_C(1500000000)
#define HOOK_WEIGHT_PER_DUE UINT64_C(600000000)
uint64_t hooks_weight(struct exec *x); /* of those of block x->block; asked before they run */

#endif /* RUNTIME_HOOKS_H */
