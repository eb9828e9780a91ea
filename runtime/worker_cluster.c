/* runtime/worker_cluster.c — calls of WeteeWorker about clusters: 1, 2, 3, 4, 6, 7, 32. Source: pallets.md
 * B2. */
#include "base/int.h"
#include "runtime/accounts.h"
#include "runtime/attestation.h"
#include "runtime/balances.h"
#include "runtime/capacity.h"
#include "runtime/cluster.h"
#include "runtime/contract.h"
#include "runtime/evidence.h"
#include "runtime/params.h"

enum {
    CLUSTER_NAME_MAX = 64, /* soft caps of Table B1 */
    CLUSTER_IP_MAX = 4,
    PUBLIC_KEY_MAX = 4096,
    DEPOSITS_MAX = 64,
    DOMAIN_LABEL_MAX = 63,
};

static bool domain_char(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

/* Letters, digits and hyphens in labels of 1 to 63, no hyphen at a label's ends (RFC 1123 section 2.1). */
static bool domain_valid(struct bytes d)
{
    size_t label = 0;
    if (d.len == 0)
        return false;
    for (size_t i = 0; i < d.len; i++) {
        uint8_t c = d.p[i];
        if (c == '.') {
            if (label == 0 || d.p[i - 1] == '-')
                return false;
            label = 0;
            continue;
        }
        if (!domain_char(c) || (label == 0 && c == '-') || ++label > DOMAIN_LABEL_MAX)
            return false;
    }
    return label > 0 && d.p[d.len - 1] != '-';
}

static struct dispatch check_registration(const struct worker_cluster_register_args *a)
{
    if (a->name.len > CLUSTER_NAME_MAX || a->ip.n > CLUSTER_IP_MAX)
        return worker_fail(WORKER_ERR_INPUT_TOO_LONG);
    if (a->name.len == 0)
        return worker_fail(WORKER_ERR_NAME_INVALID);
    if (a->ip.n == 0)
        return worker_fail(WORKER_ERR_CLUSTER_REGISTER_MISS_IP);
    for (uint32_t i = 0; i < a->ip.n; i++) {
        const struct worker_ip *ip = &a->ip.v[i];
        if (!ip->ipv4.some && !ip->ipv6.some && !ip->domain.some)
            return worker_fail(WORKER_ERR_IP_FORMAT_ERROR);
        if (ip->domain.some && !domain_valid(ip->domain.value))
            return worker_fail(WORKER_ERR_IP_FORMAT_ERROR);
    }
    if (a->port < 1 || a->port > UINT16_MAX)
        return worker_fail(WORKER_ERR_IP_FORMAT_ERROR);
    return DISPATCH_OK;
}

struct dispatch worker_cluster_register(struct exec *x, const struct worker_cluster_register_args *a)
{
    const struct account_id *who = exec_signer(x);
    struct balance rent = params_of(x)->register_deposit;

    DISPATCH_TRY(check_registration(a));
    if (worker_k8s_cluster_accounts_has(x, who))
        return worker_fail(WORKER_ERR_CLUSTER_IS_EXISTS);
    if (!worker_level_requirements_has(x, a->level) || !worker_deposit_prices_has(x, a->level))
        return worker_fail(WORKER_ERR_LEVEL_NOT_EXISTS);
    if (!balance_is_zero(rent) && !dispatch_ok(balances_reserve(x, who, rent)))
        return worker_fail(WORKER_ERR_INSUFFICIENT_BALANCE);

    uint64_t id = worker_next_cluster_id_get(x);
    worker_next_cluster_id_put(x, id + 1); /* one per registration: 2^64 is out of reach */
    worker_k8s_clusters_put(x, id,
                            &(struct worker_k8s_cluster){.id = id,
                                                         .owner = *who,
                                                         .controller = *who,
                                                         .payee = *who,
                                                         .start_block = exec_block(x),
                                                         .name = a->name,
                                                         .ip = a->ip,
                                                         .port = a->port,
                                                         .status = CLUSTER_REGISTERED,
                                                         .price_bps = BPS});
    worker_k8s_cluster_accounts_put(x, who, id);
    if (!balance_is_zero(rent))
        worker_rent_of_put(x, id, rent);
    worker_scores_put(x, id, &(struct scale_u8_u8_pair){.a = a->level});
    cluster_set_reliability(x, id, &(struct worker_reliability){.ppm = PARAM_RELIABILITY_START});
    worker_emit_cluster_created(x, &(struct worker_cluster_created_event){.creator = *who, .cluster_id = id});
    return DISPATCH_OK;
}

static bool operates(const struct worker_k8s_cluster *c, const struct account_id *who)
{
    return account_id_eq(&c->owner, who) || account_id_eq(&c->controller, who);
}

/* Existence, then role. */
static struct dispatch cluster_of_caller(struct exec *x, struct worker_k8s_cluster *out, uint64_t id)
{
    if (!worker_k8s_clusters_get(x, out, id))
        return worker_fail(WORKER_ERR_CLUSTER_NOT_EXISTS);
    if (!operates(out, exec_signer(x)))
        return worker_fail(WORKER_ERR_NOT_ALLOWED403);
    return DISPATCH_OK;
}

/* The stake a cluster must have for `total`: the price of the capacity and its level's minimum. */
static struct dispatch stake_needed(struct exec *x, struct balance *out, uint64_t id,
                                    const struct worker_com_cr *total)
{
    struct scale_u8_u8_pair score;
    struct worker_level_requirement level;

    worker_scores_get(x, &score, id);
    if (!worker_level_requirements_get(x, &level, score.a) || !cluster_required_stake(x, out, id, total))
        return worker_fail(WORKER_ERR_LEVEL_NOT_EXISTS);
    *out = balance_max(*out, level.min_stake);
    return DISPATCH_OK;
}

static void record_deposit(struct exec *x, uint64_t id, const struct worker_cluster_mortgage_args *a,
                           struct scale_u64_vec blocks, struct balance price)
{
    uint64_t now = exec_block(x);
    struct scale_u64_vec list = {.n = blocks.n + 1,
                                 .v = arena_new_n(x->arena, uint64_t, (size_t)blocks.n + 1)};

    if (blocks.n > 0)
        memcpy(list.v, blocks.v, blocks.n * sizeof *list.v);
    list.v[blocks.n] = now;
    worker_deposit_blocks_put(x, id, &list);
    worker_deposits_put(x, id, now,
                        &(struct worker_deposit){.deposit = a->deposit,
                                                 .cpu = a->cpu,
                                                 .cvm_cpu = a->cvm_cpu,
                                                 .mem = a->mem,
                                                 .cvm_mem = a->cvm_mem,
                                                 .disk = a->disk,
                                                 .gpu = a->gpu,
                                                 .price_at = price});
}

/* What a mortgage would make of the cluster. */
struct mortgage {
    struct worker_k8s_cluster cluster;
    struct worker_com_cr total;
    struct balance stake, price;
    struct scale_u64_vec blocks;
};

static struct dispatch check_mortgage(struct exec *x, struct mortgage *m,
                                      const struct worker_cluster_mortgage_args *a)
{
    struct cluster_capacity c;
    struct balance needed;
    const struct worker_com_cr added = {.cpu = a->cpu,
                                        .mem = a->mem,
                                        .cvm_cpu = a->cvm_cpu,
                                        .cvm_mem = a->cvm_mem,
                                        .disk = a->disk,
                                        .gpu = a->gpu};

    DISPATCH_TRY(cluster_of_caller(x, &m->cluster, a->id));
    if (m->cluster.status == CLUSTER_CLOSED || m->cluster.status == CLUSTER_JAILED)
        return worker_fail(WORKER_ERR_CLUSTER_CAN_NOT_STOPPED);
    if (worker_deposits_has(x, a->id, exec_block(x)))
        return worker_fail(WORKER_ERR_DUPLICATE_DEPOSIT);
    worker_deposit_blocks_get(x, &m->blocks, a->id);
    if (m->blocks.n >= DEPOSITS_MAX)
        return worker_fail(WORKER_ERR_TOO_MANY_DEPOSITS);
    cluster_capacity_get(x, &c, a->id);
    if (!capacity_add(&m->total, &c.total, &added) ||
        !balance_add(&m->stake, worker_stake_of_get(x, a->id), a->deposit))
        return DISPATCH_FAIL(DISPATCH_ARITHMETIC, ARITHMETIC_OVERFLOW);
    DISPATCH_TRY(stake_needed(x, &needed, a->id, &m->total));
    if (balance_cmp(m->stake, needed) < 0 || balance_cmp(a->deposit, balances_existential_deposit()) < 0 ||
        !cluster_required_stake(x, &m->price, a->id, &added))
        return worker_fail(WORKER_ERR_INSUFFICIENT_DEPOSIT);
    return DISPATCH_OK;
}

struct dispatch worker_cluster_mortgage(struct exec *x, const struct worker_cluster_mortgage_args *a)
{
    struct mortgage m;

    DISPATCH_TRY(check_mortgage(x, &m, a));
    if (!dispatch_ok(balances_reserve(x, &m.cluster.owner, a->deposit)))
        return worker_fail(WORKER_ERR_INSUFFICIENT_BALANCE);

    record_deposit(x, a->id, a, m.blocks, m.price);
    worker_stake_of_put(x, a->id, m.stake);
    cluster_total_put(x, a->id, &m.total);
    worker_emit_cluster_mortgaged(
        x, &(struct worker_cluster_mortgaged_event){.id = a->id, .amount = a->deposit, .stake = m.stake});
    attestation_activate(x, &m.cluster);
    return DISPATCH_OK;
}

static void forget_deposit(struct exec *x, uint64_t id, uint64_t block)
{
    struct scale_u64_vec blocks;
    worker_deposit_blocks_get(x, &blocks, id);
    for (uint32_t i = 0; i < blocks.n; i++) {
        if (blocks.v[i] != block)
            continue;
        blocks.n--;
        memmove(&blocks.v[i], &blocks.v[i + 1], (blocks.n - i) * sizeof blocks.v[0]);
        break;
    }
    worker_deposit_blocks_put(x, id, &blocks);
    worker_deposits_del(x, id, block);
}

struct dispatch worker_cluster_unmortgage(struct exec *x, const struct worker_cluster_unmortgage_args *a)
{
    struct worker_k8s_cluster cluster;
    struct worker_deposit d;
    struct cluster_capacity c;
    struct worker_com_cr total;
    struct balance needed;

    DISPATCH_TRY(cluster_of_caller(x, &cluster, a->id));
    if (!worker_deposits_get(x, &d, a->id, a->block_num))
        return worker_fail(WORKER_ERR_WORK_BLOCK_NUMBER_ERROR);
    cluster_capacity_get(x, &c, a->id);
    const struct worker_com_cr taken = {
        .cpu = d.cpu, .mem = d.mem, .cvm_cpu = d.cvm_cpu, .cvm_mem = d.cvm_mem, .disk = d.disk, .gpu = d.gpu};
    if (!capacity_sub(&total, &c.total, &taken) || !capacity_fits(&c.used, &total))
        return worker_fail(WORKER_ERR_CLUSTER_IN_USE);

    struct balance stake = balance_sat_sub(worker_stake_of_get(x, a->id), d.deposit);
    if (worker_contract_count_get(x, a->id) > 0) {
        DISPATCH_TRY(stake_needed(x, &needed, a->id, &total));
        needed = balance_max(needed, worker_sigma_of_get(x, a->id));
    } else if (!cluster_required_stake(x, &needed, a->id, &total)) {
        return worker_fail(WORKER_ERR_LEVEL_NOT_EXISTS);
    }
    if (balance_cmp(stake, needed) < 0)
        return worker_fail(WORKER_ERR_INSUFFICIENT_DEPOSIT);

    forget_deposit(x, a->id, a->block_num);
    worker_stake_of_put(x, a->id, stake);
    cluster_total_put(x, a->id, &total);
    uint64_t until = cluster_unbond(x, &cluster, d.deposit, a->block_num);
    cluster_refresh(x, a->id);
    worker_emit_cluster_unmortgaged(
        x, &(struct worker_cluster_unmortgaged_event){.id = a->id, .amount = d.deposit, .until = until});
    cluster_try_close(x, a->id);
    return DISPATCH_OK;
}

struct dispatch worker_cluster_proof_upload(struct exec *x, const struct worker_cluster_proof_upload_args *a)
{
    const struct worker_evidence *evidence = &a->proof.evidence;
    struct worker_k8s_cluster cluster;
    struct worker_attestation said;

    if (a->proof.public_key.len > PUBLIC_KEY_MAX || evidence_bytes(evidence).len > EVIDENCE_MAX)
        return worker_fail(WORKER_ERR_INPUT_TOO_LONG);
    if (!worker_k8s_clusters_get(x, &cluster, a->id))
        return worker_fail(WORKER_ERR_CLUSTER_NOT_EXISTS);
    if (!account_id_eq(&cluster.controller, exec_signer(x)) || cluster.status == CLUSTER_CLOSED)
        return worker_fail(WORKER_ERR_NOT_ALLOWED403);
    said = evidence_none(x, &cluster.controller);
    if (evidence->tag != WORKER_EVIDENCE_NONE || !exec_dev_mode(x))
        DISPATCH_TRY(evidence_of_cluster(x, &said, evidence, &cluster));
    worker_proof_of_clusters_put(x, a->id, &a->proof);
    attestation_put(x, a->id, &said);
    worker_emit_cluster_attested(x, &(struct worker_cluster_attested_event){.id = a->id,
                                                                            .kind = (uint8_t)evidence->tag,
                                                                            .measurement = said.measurement,
                                                                            .tcb = said.tcb,
                                                                            .until = said.until});
    attestation_activate(x, &cluster);
    return DISPATCH_OK;
}

/* The cluster the caller operates. */
static struct dispatch own_cluster(struct exec *x, uint64_t *id)
{
    if (!worker_k8s_cluster_accounts_get(x, id, exec_signer(x)))
        return worker_fail(WORKER_ERR_CLUSTER_NOT_EXISTS);
    return DISPATCH_OK;
}

struct dispatch worker_cluster_withdrawal(struct exec *x, const struct worker_cluster_withdrawal_args *a)
{
    struct worker_k8s_cluster cluster;
    struct account_id pot = account_work_pot(x);
    struct contract c;
    uint64_t id = 0;

    DISPATCH_TRY(own_cluster(x, &id));
    if (!worker_k8s_clusters_get(x, &cluster, id))
        return worker_fail(WORKER_ERR_CLUSTER_NOT_EXISTS);
    if (!contract_get(x, &c, &a->work_id, id))
        return worker_fail(WORKER_ERR_WORK_NOT_EXISTS);
    vest_fold(&c.state, c.vest, exec_block(x), params_of(x)->challenge_window);
    if (!balance_sub(&c.state.withdrawable, c.state.withdrawable, a->amount) ||
        !balance_sub(&c.state.minted, c.state.minted, a->amount))
        return worker_fail(WORKER_ERR_INSUFFICIENT_MINTED_BALANCE);
    DISPATCH_TRY(balances_transfer(x, &pot, &cluster.payee, a->amount, KEEP_ALIVE));

    c.state.withdrawal = balance_sat_add(c.state.withdrawal, a->amount);
    worker_emit_work_contract_withdrawaled(x,
                                           &(struct worker_work_contract_withdrawaled_event){
                                               .work_id = a->work_id, .cluster_id = id, .amount = a->amount});
    contract_put(x, &c);
    return DISPATCH_OK;
}

static void forget_all_deposits(struct exec *x, uint64_t id)
{
    struct scale_u64_vec blocks;
    worker_deposit_blocks_get(x, &blocks, id);
    for (uint32_t i = 0; i < blocks.n; i++)
        worker_deposits_del(x, id, blocks.v[i]);
    worker_deposit_blocks_del(x, id);
    worker_stake_of_del(x, id);
    cluster_total_put(x, id, &(struct worker_com_cr){0});
}

/* Active and suspended clusters; jailed ones after their term. */
static bool may_stop(struct exec *x, const struct worker_k8s_cluster *c)
{
    struct worker_reliability r;
    if (c->status == CLUSTER_ACTIVE || c->status == CLUSTER_SUSPENDED)
        return true;
    worker_reliabilities_get(x, &r, c->id);
    return c->status == CLUSTER_JAILED &&
           exec_block(x) >= (r.last_failed.some ? r.last_failed.value : 0) + params_of(x)->jail_blocks;
}

struct dispatch worker_cluster_stop(struct exec *x, const struct worker_cluster_stop_args *a)
{
    struct worker_k8s_cluster cluster;
    struct cluster_capacity c;

    DISPATCH_TRY(cluster_of_caller(x, &cluster, a->id));
    if (!may_stop(x, &cluster))
        return worker_fail(WORKER_ERR_CLUSTER_NOT_STARTED);
    cluster_capacity_get(x, &c, a->id);
    if (!capacity_is_zero(&c.used) || worker_contract_count_get(x, a->id) > 0)
        return worker_fail(WORKER_ERR_CLUSTER_CAN_NOT_STOPPED);

    struct balance stake = worker_stake_of_get(x, a->id);
    forget_all_deposits(x, a->id);
    if (!balance_is_zero(stake))
        (void)cluster_unbond(x, &cluster, stake, exec_block(x));
    cluster.stop_block = (struct scale_u64_opt){.some = true, .value = exec_block(x)};
    cluster_set_status(x, &cluster, CLUSTER_STOPPED);
    worker_emit_cluster_stopped(x, &(struct worker_cluster_stopped_event){.id = a->id, .unbonding = stake});
    cluster_try_close(x, a->id);
    return DISPATCH_OK;
}

struct dispatch worker_cluster_claim_unbonded(struct exec *x,
                                              const struct worker_cluster_claim_unbonded_args *a)
{
    struct worker_k8s_cluster cluster;
    struct worker_unbonding_chunk_vec list;
    struct balance freed = BALANCE_ZERO;
    uint32_t kept = 0;

    if (!worker_k8s_clusters_get(x, &cluster, a->id))
        return worker_fail(WORKER_ERR_CLUSTER_NOT_EXISTS);
    worker_unbonding_get(x, &list, a->id);
    for (uint32_t i = 0; i < list.n; i++) {
        if (list.v[i].until <= exec_block(x))
            freed = balance_sat_add(freed, list.v[i].amount);
        else
            list.v[kept++] = list.v[i];
    }
    if (kept == list.n)
        return worker_fail(WORKER_ERR_NOTHING_UNBONDED);
    list.n = kept;
    if (kept == 0)
        worker_unbonding_del(x, a->id);
    else
        worker_unbonding_put(x, a->id, &list);
    (void)balances_unreserve(x, &cluster.owner, freed);
    worker_emit_unbonded_claimed(x, &(struct worker_unbonded_claimed_event){.id = a->id, .amount = freed});
    cluster_try_close(x, a->id);
    return DISPATCH_OK;
}
