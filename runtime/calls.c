#include "runtime/calls.h"

#include "base/int.h"
#include "chain/chain.h"
#include "runtime/evidence.h"

static void add_evidence(struct dispatch_info *info, const struct worker_evidence *v)
{
    static const uint64_t weights[] = {0, WEIGHT_EVIDENCE_SGX, WEIGHT_EVIDENCE_TDX, WEIGHT_EVIDENCE_SNP};
    info->weight = sat_add_u64(info->weight, weights[v->tag]);
    info->evidences = v->tag == WORKER_EVIDENCE_NONE ? 0 : 1;
}

/* What the calls of WeteeWorker have to verify. */
static void add_verification(struct dispatch_info *info, const struct call *call)
{
    const struct call_desc *d = call->desc;
    struct worker_evidence v;

    if (d == &worker_call_cluster_proof_upload) {
        add_evidence(info, &((const struct worker_cluster_proof_upload_args *)call->args)->proof.evidence);
    } else if (d == &worker_call_challenge_respond) {
        add_evidence(info, &((const struct worker_challenge_respond_args *)call->args)->evidence);
    } else if (d == &worker_call_work_start) {
        v = evidence_detect(((const struct worker_work_start_args *)call->args)->report);
        add_evidence(info, &v);
    } else if (d == &worker_call_work_proof_upload) {
        const struct worker_work_proof_upload_args *a = call->args;
        v = evidence_detect(a->report.some ? a->report.value : BYTES_EMPTY);
        add_evidence(info, &v);
    } else if (d == &worker_call_collateral_update) {
        info->weight = sat_add_u64(info->weight, WEIGHT_COLLATERAL);
    }
}

/* frame-utility: the calls' weights are added, and the batch is operational when every call is. An empty one
 * is not, unlike there: anyone could fill with them the room that is kept for operational calls. */
static struct dispatch_info batch_info(struct dispatch_info own, const struct scale_call_vec *calls)
{
    struct dispatch_info sum = {.weight = own.weight,
                                .class = calls->n > 0 ? CALL_CLASS_OPERATIONAL : CALL_CLASS_NORMAL};

    for (uint32_t i = 0; i < calls->n; i++) {
        struct dispatch_info one = calls_info(&calls->v[i]);
        sum.weight = sat_add_u64(sum.weight, sat_add_u64(one.weight, BATCH_ITEM_WEIGHT));
        sum.evidences += one.evidences; /* a call is shorter than 2^32 */
        if (one.class != CALL_CLASS_OPERATIONAL)
            sum.class = CALL_CLASS_NORMAL;
    }
    return sum;
}

static struct dispatch_info wrapped_info(struct dispatch_info own, const struct call *inner)
{
    struct dispatch_info info = calls_info(inner);
    info.weight = sat_add_u64(info.weight, own.weight);
    return info;
}

/* Recursion is bounded by the decoder: WALK_CALL_DEPTH_MAX. */
struct dispatch_info calls_info(const struct call *call)
{
    const struct call_desc *d = call->desc;
    struct dispatch_info own = {
        .weight = sat_add_u64(d->weight, sat_mul_u64(d->weight_per_byte, call->encoded.len)),
        .class = d->class,
    };

    add_verification(&own, call);

    if (d == &utility_call_batch)
        return batch_info(own, &((const struct utility_batch_args *)call->args)->calls);
    if (d == &utility_call_batch_all)
        return batch_info(own, &((const struct utility_batch_all_args *)call->args)->calls);
    if (d == &utility_call_force_batch)
        return batch_info(own, &((const struct utility_force_batch_args *)call->args)->calls);
    if (d == &sudo_call_sudo)
        return wrapped_info(own, &((const struct sudo_sudo_args *)call->args)->call);
    if (d == &sudo_call_sudo_as)
        return wrapped_info(own, &((const struct sudo_sudo_as_args *)call->args)->call);
    return own;
}
