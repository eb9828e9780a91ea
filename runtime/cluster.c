#include "runtime/cluster.h"

#include "base/int.h"
#include "runtime/accounts.h"
#include "runtime/attestation.h"
#include "runtime/balances.h"
#include "runtime/capacity.h"
#include "runtime/params.h"
#include "runtime/settlement.h"

/* Root may write any state (System.set_storage), and no state may stop the chain (X2): what contradicts the
 * invariants is met by saturation here, never by an assertion. */
void cluster_capacity_get(struct exec *x, struct cluster_capacity *out, uint64_t id)
{
    struct worker_com_cr_com_cr_pair crs;
    worker_crs_get(x, &crs, id);
    *out = (struct cluster_capacity){.total = crs.a, .used = crs.b};
}

static void capacity_put(struct exec *x, uint64_t id, const struct cluster_capacity *c)
{
    worker_crs_put(x, id, &(struct worker_com_cr_com_cr_pair){.a = c->total, .b = c->used});
}

struct worker_com_cr cluster_free(const struct cluster_capacity *c)
{
    struct worker_com_cr free;
    return capacity_sub(&free, &c->total, &c->used) ? free : (struct worker_com_cr){0};
}

void cluster_book(struct exec *x, uint64_t id, const struct worker_work_id *work,
                  const struct account_id *user, const struct worker_com_cr *need, struct balance sigma)
{
    struct cluster_capacity c;
    cluster_capacity_get(x, &c, id);
    if (!capacity_add(&c.used, &c.used, need))
        c.used = c.total;
    capacity_put(x, id, &c);
    worker_sigma_of_put(x, id, balance_sat_add(worker_sigma_of_get(x, id), sigma));
    worker_cluster_contracts_put(x, id, work,
                                 &(struct worker_cluster_contract_state){
                                     .start_number = exec_block(x), .user = *user, .work_id = *work});
    worker_contract_count_put(x, id, worker_contract_count_get(x, id) + 1);
    cluster_refresh(x, id);
}

void cluster_unbook(struct exec *x, uint64_t id, const struct worker_work_id *work,
                    const struct worker_com_cr *need, struct balance sigma)
{
    struct cluster_capacity c;
    cluster_capacity_get(x, &c, id);
    if (!capacity_sub(&c.used, &c.used, need))
        c.used = (struct worker_com_cr){0};
    capacity_put(x, id, &c);
    worker_sigma_of_put(x, id, balance_sat_sub(worker_sigma_of_get(x, id), sigma));
    worker_cluster_contracts_del(x, id, work);
    uint32_t count = worker_contract_count_get(x, id);
    worker_contract_count_put(x, id, count > 0 ? count - 1 : 0);
    cluster_refresh(x, id);
}

void cluster_total_put(struct exec *x, uint64_t id, const struct worker_com_cr *total)
{
    struct cluster_capacity c;
    cluster_capacity_get(x, &c, id);
    c.total = *total;
    capacity_put(x, id, &c);
}

void cluster_set_status(struct exec *x, struct worker_k8s_cluster *c, enum cluster_status to)
{
    uint8_t from = c->status;
    c->status = (uint8_t)to;
    worker_k8s_clusters_put(x, c->id, c);
    if (from != (uint8_t)to) {
        worker_emit_cluster_status(
            x, &(struct worker_cluster_status_event){.id = c->id, .from = from, .to = (uint8_t)to});
    }
    cluster_refresh(x, c->id);
}

bool cluster_required_stake(struct exec *x, struct balance *out, uint64_t id,
                            const struct worker_com_cr *total)
{
    struct scale_u8_u8_pair score;
    struct worker_deposit_price price;

    worker_scores_get(x, &score, id);
    if (!worker_deposit_prices_get(x, &price, score.a))
        return false;
    *out = capacity_stake(total, &price);
    return true;
}

bool cluster_attested(struct exec *x, uint8_t *tcb_opt, uint64_t id)
{
    struct worker_cluster_attestation a;
    bool there = worker_cluster_attestations_get(x, &a, id);

    if (tcb_opt != NULL)
        *tcb_opt = there ? a.claims.tcb : 0;
    return exec_dev_mode(x) || (there && !a.lapsed);
}

uint8_t cluster_tcb_max(struct exec *x, uint64_t id)
{
    struct worker_level_requirement need;
    struct scale_u8_u8_pair score;
    uint8_t max = 0;

    worker_scores_get(x, &score, id);
    for (uint8_t l = score.a; l > 0; l--) {
        if (worker_level_requirements_get(x, &need, l) && need.tcb_max > max)
            max = need.tcb_max;
    }
    return max;
}

/* The highest level, not above the registered one, whose requirements are met. */
static bool qualified_level(struct exec *x, uint8_t *level, uint64_t id, enum work_class class,
                            const struct worker_com_cr *total, struct balance stake)
{
    struct scale_u8_u8_pair score;
    uint8_t tcb;

    worker_scores_get(x, &score, id);
    if (!cluster_attested(x, &tcb, id))
        return false;

    for (uint8_t l = score.a; l > 0; l--) {
        struct worker_level_requirement need;
        if (!worker_level_requirements_get(x, &need, l))
            continue;
        if (balance_cmp(stake, need.min_stake) >= 0 && capacity_fits(&need.min, total) &&
            score.b >= need.min_score && tcb <= need.tcb_max && (need.classes >> class & 1) != 0) {
            *level = l;
            return true;
        }
    }
    return false;
}

bool cluster_eligible(struct exec *x, uint8_t *level, uint64_t id, enum work_class class)
{
    struct worker_k8s_cluster cluster;
    struct cluster_capacity c;
    struct balance required;

    if (!worker_k8s_clusters_get(x, &cluster, id) || cluster.status != CLUSTER_ACTIVE)
        return false;
    if (worker_contract_count_get(x, id) >= PARAM_CONTRACTS_PER_CLUSTER)
        return false;
    cluster_capacity_get(x, &c, id);
    struct balance stake = worker_stake_of_get(x, id);
    if (!cluster_required_stake(x, &required, id, &c.total) || balance_cmp(stake, required) < 0)
        return false;
    struct worker_com_cr free = cluster_free(&c);
    uint32_t cpu = class == CLASS_SGX ? free.cpu : free.cvm_cpu;
    uint32_t mem = class == CLASS_SGX ? free.mem : free.cvm_mem;
    if (cpu < PARAM_ELIGIBLE_MIN || mem < PARAM_ELIGIBLE_MIN)
        return false;
    return qualified_level(x, level, id, class, &c.total, stake);
}

static void list_remove(struct exec *x, uint8_t class, uint64_t id, const struct worker_eligible_slot *at)
{
    uint32_t len = worker_eligible_len_get(x, class, at->level);
    uint64_t last = 0;
    bool found = len > 0 && worker_eligible_get(x, &last, class, at->level, len - 1);

    worker_eligible_pos_del(x, class, id);
    if (!found)
        return;
    if (last != id) {
        worker_eligible_put(x, class, at->level, at->slot, last);
        worker_eligible_pos_put(x, class, last, at);
    }
    worker_eligible_del(x, class, at->level, len - 1);
    worker_eligible_len_put(x, class, at->level, len - 1);
}

static void list_add(struct exec *x, uint8_t class, uint64_t id, uint8_t level)
{
    uint32_t len = worker_eligible_len_get(x, class, level);
    worker_eligible_put(x, class, level, len, id);
    worker_eligible_len_put(x, class, level, len + 1);
    worker_eligible_pos_put(x, class, id, &(struct worker_eligible_slot){.level = level, .slot = len});
}

void cluster_refresh(struct exec *x, uint64_t id)
{
    for (uint8_t class = 0; class < CLASS_COUNT; class ++) {
        struct worker_eligible_slot at;
        uint8_t level = 0;
        bool listed = worker_eligible_pos_get(x, &at, class, id);
        bool want = cluster_eligible(x, &level, id, (enum work_class) class);

        if (listed && want && at.level == level)
            continue;
        if (listed)
            list_remove(x, class, id, &at);
        if (want)
            list_add(x, class, id, level);
    }
}

void cluster_set_reliability(struct exec *x, uint64_t id, const struct worker_reliability *r)
{
    struct scale_u8_u8_pair score;
    worker_scores_get(x, &score, id);
    worker_reliabilities_put(x, id, r);
    score.b = (uint8_t)(r->ppm / BPS);
    worker_scores_put(x, id, &score);
    cluster_refresh(x, id);
}

uint64_t cluster_unbond(struct exec *x, const struct worker_k8s_cluster *c, struct balance amount,
                        uint64_t from_block)
{
    uint64_t until = exec_block(x) + (uint64_t)params_of(x)->unbond_period;
    struct worker_unbonding_chunk_vec old;

    if (until == exec_block(x)) {
        (void)balances_unreserve(x, &c->owner, amount);
        return until;
    }
    worker_unbonding_get(x, &old, c->id);
    struct worker_unbonding_chunk_vec list = {
        .n = old.n,
        .v = arena_new_n(x->arena, struct worker_unbonding_chunk, (size_t)old.n + 1),
    };
    if (old.n > 0)
        memcpy(list.v, old.v, old.n * sizeof *list.v);
    if (list.n == 32) { /* the list is full: the newest chunk takes this one in and waits as long */
        struct worker_unbonding_chunk *last = &list.v[list.n - 1];
        last->amount = balance_sat_add(last->amount, amount);
        last->until = until;
    } else {
        list.v[list.n++] =
            (struct worker_unbonding_chunk){.amount = amount, .until = until, .from_block = from_block};
    }
    worker_unbonding_put(x, c->id, &list);
    return until;
}

struct balance cluster_unbonding(struct exec *x, uint64_t id)
{
    struct worker_unbonding_chunk_vec list;
    struct balance sum = BALANCE_ZERO;
    worker_unbonding_get(x, &list, id);
    for (uint32_t i = 0; i < list.n; i++)
        sum = balance_sat_add(sum, list.v[i].amount);
    return sum;
}

static struct balance slash_unbonding(struct exec *x, uint64_t id, struct balance amount)
{
    struct worker_unbonding_chunk_vec list;
    struct balance taken = BALANCE_ZERO;

    worker_unbonding_get(x, &list, id);
    while (list.n > 0 && balance_cmp(taken, amount) < 0) {
        struct worker_unbonding_chunk *c = &list.v[list.n - 1];
        struct balance part = balance_min(c->amount, balance_sat_sub(amount, taken));
        c->amount = balance_sat_sub(c->amount, part);
        taken = balance_sat_add(taken, part);
        if (balance_is_zero(c->amount))
            list.n--;
    }
    if (!balance_is_zero(taken))
        worker_unbonding_put(x, id, &list);
    return taken;
}

static struct balance slash_deposits(struct exec *x, uint64_t id, struct balance amount)
{
    struct scale_u64_vec blocks;
    struct balance taken = BALANCE_ZERO;

    worker_deposit_blocks_get(x, &blocks, id);
    for (uint32_t i = 0; i < blocks.n && balance_cmp(taken, amount) < 0; i++) {
        struct worker_deposit d;
        if (!worker_deposits_get(x, &d, id, blocks.v[i]))
            continue;
        struct balance part = balance_min(d.deposit, balance_sat_sub(amount, taken));
        d.deposit = balance_sat_sub(d.deposit, part);
        taken = balance_sat_add(taken, part);
        worker_deposits_put(x, id, blocks.v[i], &d);
    }
    worker_stake_of_put(x, id, balance_sat_sub(worker_stake_of_get(x, id), taken));
    return taken;
}

/* Moves part of what was taken to somebody who is not the cluster's own; returns what arrived. */
static struct balance give(struct exec *x, const struct worker_k8s_cluster *c, const struct account_id *to,
                           struct balance amount)
{
    if (account_id_eq(to, &c->owner) || account_id_eq(to, &c->controller) || account_id_eq(to, &c->payee))
        return BALANCE_ZERO;
    return balances_repatriate_reserved(x, &c->owner, to, amount);
}

struct balance cluster_slash(struct exec *x, uint64_t id, const struct cluster_slash *s)
{
    struct worker_k8s_cluster c;
    if (balance_is_zero(s->amount) || !worker_k8s_clusters_get(x, &c, id))
        return BALANCE_ZERO;
    struct balance taken = slash_unbonding(x, id, s->amount);
    taken = balance_sat_add(taken, slash_deposits(x, id, balance_sat_sub(s->amount, taken)));
    if (balance_is_zero(taken))
        return BALANCE_ZERO;

    struct balance half = balance_div_u64(taken, 2, NULL), tenth;
    struct balance moved = give(x, &c, &s->injured, balance_min(half, s->injured_max));
    if (s->challenger_opt != NULL && balance_mul_ratio_floor(&tenth, taken, PARAM_CHALLENGER_BPS, BPS))
        moved = balance_sat_add(moved, give(x, &c, s->challenger_opt, tenth));
    struct account_id treasury = account_network_treasury(x);
    (void)balances_repatriate_reserved(x, &c.owner, &treasury, balance_sat_sub(taken, moved));
    worker_emit_cluster_slashed(
        x, &(struct worker_cluster_slashed_event){.id = id, .amount = taken, .why = s->why});
    cluster_refresh(x, id);
    return taken;
}

void cluster_try_close(struct exec *x, uint64_t id)
{
    struct worker_k8s_cluster c;
    struct worker_unbonding_chunk_vec unbonding;

    if (!worker_k8s_clusters_get(x, &c, id) || c.status != CLUSTER_STOPPED ||
        worker_record_count_get(x, id) > 0 || !balance_is_zero(worker_stake_of_get(x, id)))
        return;
    worker_unbonding_get(x, &unbonding, id);
    if (unbonding.n > 0)
        return;
    (void)balances_unreserve(x, &c.owner, worker_rent_of_get(x, id));
    worker_rent_of_del(x, id);
    worker_k8s_cluster_accounts_del(x, &c.controller);
    attestation_forget(x, id);
    c.terminal_block = (struct scale_u64_opt){.some = true, .value = exec_block(x)};
    cluster_set_status(x, &c, CLUSTER_CLOSED);
}
