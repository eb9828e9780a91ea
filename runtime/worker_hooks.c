/* runtime/worker_hooks.c — what WeteeWorker does at the start of a block: placements, then contracts that are
 * due. */
#include "runtime/app_price.h"
#include "runtime/attestation.h"
#include "runtime/challenge.h"
#include "runtime/collateral.h"
#include "runtime/evidence.h"
#include "runtime/hooks.h"
#include "runtime/placement.h"
#include "runtime/queue.h"

static void serve_due(struct exec *x, const struct worker_due *d)
{
    switch (d->kind) {
    case WORKER_DUE_KIND_CONTRACT:
        (void)contract_due(x, &d->work_id, d->cluster_id);
        return;
    case WORKER_DUE_KIND_PRICE:
        app_price_activate(x, (uint8_t)d->cluster_id);
        return;
    case WORKER_DUE_KIND_CHALLENGE:
        (void)challenge_due(x, &d->work_id, d->cluster_id);
        return;
    case WORKER_DUE_KIND_ATTESTATION:
        attestation_due(x, d->cluster_id);
        return;
    }
}

/* Both lists are bounded by what one block may serve, see runtime/queue.h, so nothing is left over. */
void worker_on_initialize(struct exec *x)
{
    struct worker_retry_vec works;
    struct worker_due_vec dues;
    uint64_t now = exec_block(x);

    queue_take(x, &works, now);
    for (uint32_t i = 0; i < works.n; i++)
        placement_attempt(x, &works.v[i]);
    due_take(x, &dues, now);
    for (uint32_t i = 0; i < dues.n; i++)
        serve_due(x, &dues.v[i]);
    evidence_forget(x);
    collateral_watch(x);
}
