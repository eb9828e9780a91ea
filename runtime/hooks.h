/* runtime/hooks.h — what block execution asks of the modules besides their calls. */
#ifndef RUNTIME_HOOKS_H
#define RUNTIME_HOOKS_H

#include "runtime/exec.h"

/* Before the block's first extrinsic, in PHASE_INITIALIZATION, after System has recorded the parent's hash.
 * Never fails: what cannot be served stays queued or is dropped with an event; work is bounded by the hook
 * itself. */
void worker_on_initialize(struct exec *x);

#endif /* RUNTIME_HOOKS_H */
