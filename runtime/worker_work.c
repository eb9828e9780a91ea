/* runtime/worker_work.c — calls of WeteeWorker about works: 5, 10, 12, 13, 33, 34. Source: pallets.md B2, C3,
 * C4. */
#include "base/int.h"
#include "runtime/capacity.h"
#include "runtime/challenge.h"
#include "runtime/contract.h"
#include "runtime/evidence.h"
#include "runtime/params.h"
#include "runtime/placement.h"
#include "runtime/proof.h"
#include "runtime/queue.h"

enum {
    ADDRESS_MAX = 256, /* soft cap of Table B1 */
    DIV_DECLINED = 200,
};

/* Development only: a replica without evidence, unless its owner says which code may run. */
static bool may_go_without(struct exec *x, const struct worker_work_id *work)
{
    return exec_dev_mode(x) && !worker_work_policy_has(x, work);
}

/* Checks a replica's evidence and keeps it. An empty report is evidence None. */
static struct dispatch take_report(struct exec *x, struct worker_attestation *said, const struct contract *c,
                                   struct bytes report, const struct account_id *key)
{
    const struct worker_evidence v = evidence_detect(report);

    *said = evidence_none(x, key);
    if (v.tag == WORKER_EVIDENCE_NONE && may_go_without(x, &c->work.id))
        return DISPATCH_OK;
    DISPATCH_TRY(evidence_of_replica(x, said, &v, c, key, NULL));
    worker_report_of_work_put(x, &c->work.id, report);
    worker_report_of_work_time_put(x, &c->work.id, exec_block(x));
    return DISPATCH_OK;
}

/* A further report of a running replica: for the key it was started with. */
static struct dispatch renew_report(struct exec *x, struct contract *c, struct bytes report)
{
    struct worker_attestation said;
    if (report.len == 0 || !c->state.deploy_key.some)
        return worker_fail(WORKER_ERR_BAD_EVIDENCE);
    DISPATCH_TRY(take_report(x, &said, c, report, &c->state.deploy_key.value));
    contract_attested(x, c, &said);
    contract_put(x, c);
    return DISPATCH_OK;
}

static struct dispatch start_and_prove(struct exec *x, struct contract *c,
                                       const struct worker_proof_of_work *proof)
{
    /* Development only: the first proof of an assigned contract starts it as of its assignment, and pays the
     * last complete period if there is one. Source: pallets.md C3 "Dev implicit start". */
    const struct worker_attestation none = evidence_none(x, exec_signer(x));
    if (!contract_start(x, c, NULL, c->state.anchor, &none))
        return DISPATCH_OK;
    if (period_at(&c->state, exec_block(x)) == 0)
        return DISPATCH_OK;
    return proof_accept(x, c, proof);
}

struct dispatch worker_work_proof_upload(struct exec *x, const struct worker_work_proof_upload_args *a)
{
    struct contract c;
    bool dev = exec_dev_mode(x);

    if (!a->proof.some && !a->report.some)
        return worker_fail(WORKER_ERR_EMPTY_PROOF);
    if ((a->report.some && a->report.value.len > EVIDENCE_MAX) ||
        (a->proof.some && a->proof.value.address.len > ADDRESS_MAX))
        return worker_fail(WORKER_ERR_INPUT_TOO_LONG);
    DISPATCH_TRY(contract_of_controller(x, &c, &a->work_id));
    bool implicit = c.state.status == CONTRACT_ASSIGNED && may_go_without(x, &a->work_id);
    if (!implicit && c.state.status != CONTRACT_RUNNING && c.state.status != CONTRACT_CLOSING)
        return worker_fail(WORKER_ERR_WORK_NOT_STARTED);
    if (a->report.some)
        DISPATCH_TRY(renew_report(x, &c, a->report.value));
    if (a->proof.some) {
        if (!dev && c.state.attested_until < exec_block(x))
            return worker_fail(WORKER_ERR_ATTESTATION_EXPIRED);
        DISPATCH_TRY(proof_check(x, &c, &a->proof.value, implicit));
        DISPATCH_TRY(implicit ? start_and_prove(x, &c, &a->proof.value)
                              : proof_accept(x, &c, &a->proof.value));
    }
    worker_emit_work_contract_updated(
        x, &(struct worker_work_contract_updated_event){
               .user = c.work.owner, .work_id = a->work_id, .cluster_id = c.cluster});
    return DISPATCH_OK;
}

struct dispatch worker_work_stop(struct exec *x, const struct worker_work_stop_args *a)
{
    struct work w;
    if (!work_get(x, &w, &a->work_id))
        return worker_fail(WORKER_ERR_WORK_NOT_EXISTS);
    if (!account_id_eq(&w.owner, exec_signer(x)))
        return worker_fail(WORKER_ERR_NOT_ALLOWED403);
    if (w.status == WORK_STOPPED)
        return worker_fail(WORKER_ERR_APP_STATUS_MISMATCH);
    return contract_stop_work(x, &w);
}

struct dispatch worker_set_stage(struct exec *x, const struct worker_set_stage_args *a)
{
    const struct params *p = params_of(x);
    uint32_t from = worker_stage_get(x);

    /* Every live contract must find its place in DueAt within one period. */
    if (a->stage < p->stage_min || a->stage > p->stage_max ||
        (uint64_t)PARAM_DUE_PER_BLOCK * a->stage < worker_live_contracts_get(x))
        return worker_fail(WORKER_ERR_WORK_BLOCK_NUMBER_ERROR);
    worker_stage_put(x, a->stage);
    worker_emit_stage_changed(x, &(struct worker_stage_changed_event){.from = from, .to = a->stage});
    return DISPATCH_OK;
}

/* The container was made anew, and with it its key: terms and periods stay as they are. A further report for
 * the key that is known goes with work_proof_upload. */
static struct dispatch start_again(struct exec *x, struct contract *c, const struct worker_work_start_args *a)
{
    struct worker_attestation said;

    if (c->state.deploy_key.some && account_id_eq(&c->state.deploy_key.value, &a->deploy_key))
        return worker_fail(WORKER_ERR_APP_STATUS_MISMATCH);
    DISPATCH_TRY(take_report(x, &said, c, a->report, &a->deploy_key));
    c->state.deploy_key = (struct scale_account_id_opt){.some = true, .value = a->deploy_key};
    contract_attested(x, c, &said);
    contract_put(x, c);
    contract_tell_start(x, c, &said);
    return DISPATCH_OK;
}

struct dispatch worker_work_start(struct exec *x, const struct worker_work_start_args *a)
{
    struct contract c;
    struct worker_attestation said;

    if (a->report.len > EVIDENCE_MAX)
        return worker_fail(WORKER_ERR_INPUT_TOO_LONG);
    DISPATCH_TRY(contract_of_controller(x, &c, &a->work_id));
    if (c.state.status == CONTRACT_RUNNING)
        return start_again(x, &c, a);
    if (c.state.status != CONTRACT_ASSIGNED)
        return worker_fail(WORKER_ERR_APP_STATUS_MISMATCH);
    DISPATCH_TRY(take_report(x, &said, &c, a->report, &a->deploy_key));
    (void)contract_start(x, &c, &a->deploy_key, exec_block(x),
                         &said); /* without funds it waits for a place again */
    return DISPATCH_OK;
}

struct dispatch worker_work_decline(struct exec *x, const struct worker_work_decline_args *a)
{
    struct contract c;
    struct worker_reliability r;

    DISPATCH_TRY(contract_of_controller(x, &c, &a->work_id));
    if (c.state.status != CONTRACT_ASSIGNED)
        return worker_fail(WORKER_ERR_APP_STATUS_MISMATCH);
    worker_reliabilities_get(x, &r, c.cluster);
    r.ppm = reliability_down(r.ppm, DIV_DECLINED);
    cluster_set_reliability(x, c.cluster, &r);
    contract_release(x, &c, WORKER_END_REASON_DECLINED);
    placement_again(x, &c.work, c.cluster, WORKER_PLACEMENT_REASON_NONE, c.cluster,
                    WORKER_END_REASON_DECLINED);
    return DISPATCH_OK;
}

struct dispatch worker_contract_poke(struct exec *x, const struct worker_contract_poke_args *a)
{
    if (!worker_work_contract_state_has(x, &a->work_id, a->cluster_id))
        return worker_fail(WORKER_ERR_WORK_NOT_EXISTS);
    bool failed = challenge_due(x, &a->work_id, a->cluster_id);
    if (!contract_due(x, &a->work_id, a->cluster_id) && !failed)
        return worker_fail(WORKER_ERR_WORK_BLOCK_NUMBER_ERROR);
    return DISPATCH_OK;
}
