/* runtime/worker_policy.c — calls of WeteeWorker about which code may run: 18, 29. Source: pallets.md B1
 * "CodePolicy", B2. */
#include "base/int.h"
#include "runtime/contract.h"
#include "runtime/evidence.h"
#include "runtime/params.h"

/* Running replicas were judged by what held before: they have AttestGrace to give evidence that meets the new
 * policy. */
static void demand_evidence(struct exec *x, const struct worker_work_id *work)
{
    uint32_t grace = params_of(x)->attest_grace;
    struct scale_u64_vec live;

    if (grace == 0)
        return;
    worker_work_contracts_get(x, &live, work);
    for (uint32_t i = 0; i < live.n; i++) {
        struct contract c;
        if (!contract_get(x, &c, work, live.v[i]) || c.state.status != CONTRACT_RUNNING)
            continue;
        c.state.attested_until = min_u64(c.state.attested_until, (uint64_t)exec_block(x) + grace);
        contract_put(x, &c);
    }
}

struct dispatch worker_set_work_policy(struct exec *x, const struct worker_set_work_policy_args *a)
{
    const struct worker_measurement_vec *code = &a->policy.value.measurements;
    struct work w;

    if (a->policy.some && !evidence_measurements_valid(code->v, code->n))
        return worker_fail(WORKER_ERR_MEASUREMENT_NOT_ALLOWED);
    if (!work_get(x, &w, &a->work_id))
        return worker_fail(WORKER_ERR_WORK_NOT_EXISTS);
    if (!account_id_eq(&w.owner, exec_signer(x)))
        return worker_fail(WORKER_ERR_NOT_ALLOWED403);
    if (a->policy.some)
        worker_work_policy_put(x, &a->work_id, &a->policy.value);
    else
        worker_work_policy_del(x, &a->work_id);
    demand_evidence(x, &a->work_id);
    worker_emit_work_policy_changed(
        x, &(struct worker_work_policy_changed_event){.work_id = a->work_id,
                                                      .measurements = a->policy.some ? code->n : 0});
    return DISPATCH_OK;
}

struct dispatch worker_set_worker_measurements(struct exec *x,
                                               const struct worker_set_worker_measurements_args *a)
{
    if (!evidence_measurements_valid(a->list.v, a->list.n))
        return worker_fail(WORKER_ERR_MEASUREMENT_NOT_ALLOWED);
    worker_worker_measurements_put(x, &a->list);
    worker_emit_worker_measurements_changed(
        x, &(struct worker_worker_measurements_changed_event){.measurements = a->list.n});
    return DISPATCH_OK;
}
