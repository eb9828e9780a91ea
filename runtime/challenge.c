#include "runtime/challenge.h"

#include "base/int.h"
#include "runtime/accounts.h"
#include "runtime/balances.h"
#include "runtime/evidence.h"
#include "runtime/params.h"
#include "runtime/queue.h"

enum { BOND_SHARES = 2, HELD_PERIODS = 2 };

static struct worker_due due_of(const struct worker_work_id *work, uint64_t cluster)
{
    return (struct worker_due){.kind = WORKER_DUE_KIND_CHALLENGE, .work_id = *work, .cluster_id = cluster};
}

/* The challenge is over, however it went: its record stays for the gap to the next one. */
static void settle(struct exec *x, struct worker_challenge *ch, const struct worker_work_id *work,
                   uint64_t cluster)
{
    struct worker_due d = due_of(work, cluster);
    due_remove(x, &d, ch->due);
    ch->open = false;
    worker_challenges_put(x, work, cluster, ch);
}

void challenge_close(struct exec *x, const struct worker_work_id *work, uint64_t cluster)
{
    struct worker_challenge ch;
    if (!worker_challenges_get(x, &ch, work, cluster) || !ch.open)
        return;
    settle(x, &ch, work, cluster);
    (void)balances_unreserve(x, &ch.by, ch.bond);
    worker_emit_challenge_closed(
        x, &(struct worker_challenge_closed_event){.work_id = *work, .cluster_id = cluster});
}

/* ---- failure ---- */

/* Blocks since the replica last gave evidence, or since it began without any. */
static uint64_t unattested(struct exec *x, const struct contract *c)
{
    struct worker_attestation a;
    uint64_t since = c->state.anchor;
    if (worker_attestation_of_get(x, &a, &c->work.id, c->cluster) && a.at > since)
        since = a.at;
    return exec_block(x) > since ? exec_block(x) - since : 0;
}

/* The first failure suspends. A second jails, if it was of a challenge made after the first: those that one
 * outage failed together are one failure. */
static bool is_second(struct exec *x, const struct worker_reliability *r, const struct worker_challenge *ch)
{
    return r->last_failed.some && ch->issued > r->last_failed.value &&
           exec_block(x) - r->last_failed.value < params_of(x)->jail_blocks;
}

static struct balance slash(struct exec *x, const struct contract *c, const struct worker_challenge *ch,
                            uint32_t bps, bool all)
{
    uint64_t stage = max_u64(c->state.stage, 1);
    uint64_t periods = max_u64((unattested(x, c) + stage - 1) / stage, 1);
    struct cluster_slash s = {
        .injured = c->work.owner, .challenger_opt = &ch->by, .why = WORKER_END_REASON_CHALLENGE};

    if (all)
        s.amount = balance_sat_add(worker_stake_of_get(x, c->cluster), cluster_unbonding(x, c->cluster));
    else if (!balance_mul_ratio_floor(&s.amount, c->state.sigma, bps, BPS))
        s.amount = c->state.sigma;
    if (!balance_mul_u64(&s.injured_max, c->state.fee, HELD_PERIODS) ||
        !balance_mul_u64(&s.injured_max, s.injured_max, periods))
        s.injured_max = s.amount;
    return cluster_slash(x, c->cluster, &s);
}

static void fail(struct exec *x, struct contract *c, struct worker_challenge *ch)
{
    uint32_t bps = (uint32_t)min_u64(worker_challenge_slash_get(x), BPS);
    struct worker_challenge_failed_event done = {.work_id = c->work.id, .cluster_id = c->cluster};
    struct worker_k8s_cluster cluster;
    struct worker_reliability r;

    settle(x, ch, &c->work.id, c->cluster);
    (void)balances_unreserve(x, &ch->by, ch->bond);
    if (bps == 0 || !worker_k8s_clusters_get(x, &cluster, c->cluster)) {
        worker_emit_challenge_failed(x, &done);
        return;
    }
    worker_reliabilities_get(x, &r, c->cluster);
    bool second = is_second(x, &r, ch);
    r.ppm = 0;
    r.failed += r.failed < UINT32_MAX;
    r.last_failed = (struct scale_u64_opt){.some = true, .value = exec_block(x)};
    done.slashed = slash(x, c, ch, bps, second);
    done.returned = contract_claw_back(x, c);
    worker_emit_challenge_failed(x, &done);
    contract_fault(x, c, WORKER_END_REASON_CHALLENGE);
    cluster_set_reliability(x, c->cluster, &r);
    if (second || cluster.status == CLUSTER_ACTIVE)
        cluster_set_status(x, &cluster, second ? CLUSTER_JAILED : CLUSTER_SUSPENDED);
}

bool challenge_due(struct exec *x, const struct worker_work_id *work, uint64_t cluster)
{
    struct worker_challenge ch;
    struct contract c;

    if (!worker_challenges_get(x, &ch, work, cluster) || !ch.open || exec_block(x) <= ch.deadline)
        return false;
    if (contract_get(x, &c, work, cluster) && c.state.status == CONTRACT_RUNNING)
        fail(x, &c, &ch);
    else
        challenge_close(x, work, cluster); /* only root can have ended the contract without it */
    return true;
}

/* ---- calls ---- */

static struct balance bond_of(struct exec *x, const struct contract *c)
{
    return balance_max(balance_div_u64(c->state.fee, PARAM_CHALLENGE_BOND_DIV, NULL),
                       params_of(x)->challenge_bond_min);
}

struct dispatch worker_attestation_challenge(struct exec *x,
                                             const struct worker_attestation_challenge_args *a)
{
    uint64_t now = exec_block(x);
    struct worker_challenge ch;
    struct contract c;

    if (!contract_get(x, &c, &a->work_id, a->cluster_id))
        return worker_fail(WORKER_ERR_WORK_NOT_EXISTS);
    if (c.state.status != CONTRACT_RUNNING)
        return worker_fail(WORKER_ERR_WORK_NOT_STARTED);
    if (worker_challenges_get(x, &ch, &a->work_id, a->cluster_id)) {
        if (ch.open)
            return worker_fail(WORKER_ERR_CHALLENGE_EXISTS);
        if (now < ch.issued + params_of(x)->challenge_gap)
            return worker_fail(WORKER_ERR_TOO_SOON);
    }
    ch = (struct worker_challenge){.issued = now,
                                   .deadline = now + PARAM_CHALLENGE_BLOCKS,
                                   .by = *exec_signer(x),
                                   .bond = bond_of(x, &c),
                                   .open = true};
    if (!dispatch_ok(balances_reserve(x, &ch.by, ch.bond)))
        return worker_fail(WORKER_ERR_INSUFFICIENT_BALANCE);
    struct worker_due d = due_of(&a->work_id, a->cluster_id);
    ch.due = due_add(x, &d, ch.deadline + 1);
    worker_challenges_put(x, &a->work_id, a->cluster_id, &ch);
    worker_emit_challenge_issued(x, &(struct worker_challenge_issued_event){.work_id = a->work_id,
                                                                            .cluster_id = a->cluster_id,
                                                                            .by = ch.by,
                                                                            .bond = ch.bond,
                                                                            .deadline = ch.deadline});
    return DISPATCH_OK;
}

/* Half of the bond is for the cluster's cost, the rest for everybody. */
static struct balance share_bond(struct exec *x, const struct worker_challenge *ch, uint64_t cluster)
{
    struct account_id treasury = account_network_treasury(x);
    struct balance paid = BALANCE_ZERO;
    struct worker_k8s_cluster k;

    if (worker_k8s_clusters_get(x, &k, cluster)) {
        paid =
            balances_repatriate_reserved(x, &ch->by, &k.payee, balance_div_u64(ch->bond, BOND_SHARES, NULL));
    }
    (void)balances_repatriate_reserved(x, &ch->by, &treasury, balance_sat_sub(ch->bond, paid));
    return paid;
}

struct dispatch worker_challenge_respond(struct exec *x, const struct worker_challenge_respond_args *a)
{
    struct worker_challenge ch;
    struct worker_attestation said;
    struct hash32 nonce;
    struct contract c;

    if (evidence_bytes(&a->evidence).len > EVIDENCE_MAX)
        return worker_fail(WORKER_ERR_INPUT_TOO_LONG);
    DISPATCH_TRY(contract_of_controller(x, &c, &a->work_id));
    if (!worker_challenges_get(x, &ch, &a->work_id, c.cluster) || !ch.open || exec_block(x) > ch.deadline)
        return worker_fail(WORKER_ERR_CHALLENGE_NOT_EXISTS);
    if (!exec_block_hash(x, &nonce, (uint32_t)(ch.issued + 1)))
        return worker_fail(WORKER_ERR_TOO_SOON);
    if (!c.state.deploy_key.some)
        return worker_fail(WORKER_ERR_BAD_EVIDENCE);
    DISPATCH_TRY(evidence_of_replica(x, &said, &a->evidence, &c, &c.state.deploy_key.value, &nonce));

    contract_attested(x, &c, &said);
    contract_put(x, &c);
    settle(x, &ch, &a->work_id, c.cluster);
    struct balance paid = share_bond(x, &ch, c.cluster);
    worker_emit_challenge_answered(x,
                                   &(struct worker_challenge_answered_event){.work_id = a->work_id,
                                                                             .cluster_id = c.cluster,
                                                                             .measurement = said.measurement,
                                                                             .tcb = said.tcb,
                                                                             .until = said.until,
                                                                             .paid = paid});
    return DISPATCH_OK;
}
