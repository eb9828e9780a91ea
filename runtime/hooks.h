/* runtime/hooks.h — what block execution asks of the modules besides their calls. */
#ifndef RUNTIME_HOOKS_H
#define RUNTIME_HOOKS_H

#include "runtime/exec.h"

/* Before the block's first extrinsic, in PHASE_INITIALIZATION, after System has recorded the parent's hash.
 * Never fails: what cannot be served stays queued or is dropped with an event; work is bounded by the hook
 * itself. */
void worker_on_initialize(struct exec *x);

/* What the hooks of a block weigh, in picoseconds, counted in System.BlockWeight as mandatory weight: a work
 * that is placed reads up to 32 clusters with their capacity, stake and reliability; a due item reads and
 * writes a contract and its work. Lists at their bounds weigh 320 ms, within the hooks' fifth of the block's
 * 2 s. Source: pallets.md X15, D6-16; costs of System.DbWeight. */
#define HOOK_WEIGHT_PER_WORK UINT64_C(6000000000)
#define HOOK_WEIGHT_PER_DUE UINT64_C(2000000000)
/* A challenge that fails may slash 64 deposits besides; what always happens looks at one piece of collateral;
 * a hash of evidence is forgotten. Many challenges failing in one block exceed the fifth, each at the cost of
 * the cluster that did not answer. */
#define HOOK_WEIGHT_PER_CHALLENGE UINT64_C(12000000000)
#define HOOK_WEIGHT_OF_BLOCK UINT64_C(300000000)
#define HOOK_WEIGHT_PER_SEEN UINT64_C(100000000)
uint64_t hooks_weight(struct exec *x); /* of those of block x->block; asked before they run */

#endif /* RUNTIME_HOOKS_H */
