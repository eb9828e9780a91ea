/* worker/collateral.h — gives the chain the vendor collateral it lacks for this machine's platform.
 *
 * Level-triggered: compares what the chain has with what this worker holds and sends only what is newer. The
 * chain gives the fee of accepted pieces back. */
#ifndef WORKER_COLLATERAL_H
#define WORKER_COLLATERAL_H

#include "sdk/client.h"
#include "worker/worker.h"

/* *sent counts what the chain took. A piece the chain refuses is logged and does not hold up the others. */
FALLIBLE collateral_post(struct sdk_client *c, struct arena *a, uint32_t *sent, const struct worker *w,
                         struct err *e);

#endif /* WORKER_COLLATERAL_H */
