#include "runtime/contract.h"

#include "base/int.h"
#include "runtime/accounts.h"
#include "runtime/balances.h"
#include "runtime/capacity.h"
#include "runtime/challenge.h"
#include "runtime/params.h"
#include "runtime/placement.h"
#include "runtime/queue.h"

enum {
    HELD_PERIODS = 2, /* one running, one waiting for its proof */
    MISSES_IN_FULL =
        4, /* of one check that comes late: those between them and the last count without effects */
    REPLICAS_MAX = 16,
    UP_ON_TIME_PERCENT = 95,
    DIV_LOW_UPTIME = 100,
    DIV_MISSED = 20,
    DIV_NOT_STARTED = 50,
};

static struct worker_due due_of(const struct contract *c)
{
    return (struct worker_due){
        .kind = WORKER_DUE_KIND_CONTRACT, .work_id = c->work.id, .cluster_id = c->cluster};
}

static void due_clear(struct exec *x, struct contract *c)
{
    struct worker_due d = due_of(c);
    due_remove(x, &d, c->state.due);
}

static void due_move(struct exec *x, struct contract *c, uint64_t at)
{
    struct worker_due d = due_of(c);
    due_remove(x, &d, c->state.due);
    c->state.due = due_add(x, &d, at);
}

struct dispatch contract_of_controller(struct exec *x, struct contract *out,
                                       const struct worker_work_id *work)
{
    uint64_t cluster = 0;
    struct scale_u64_vec holders;

    if (worker_k8s_cluster_accounts_get(x, &cluster, exec_signer(x)) && contract_get(x, out, work, cluster))
        return DISPATCH_OK;
    worker_work_contracts_get(x, &holders, work);
    return worker_fail(holders.n > 0 ? WORKER_ERR_NOT_ALLOWED403 : WORKER_ERR_WORK_NOT_EXISTS);
}

void contract_attested(struct exec *x, struct contract *c, const struct worker_attestation *a)
{
    c->state.attested_until = a->until;
    c->state.unproven = BALANCE_ZERO;
    if (a->measurement.some)
        worker_attestation_of_put(x, &c->work.id, c->cluster, a);
    else
        worker_attestation_of_del(x, &c->work.id, c->cluster);
}

bool contract_get(struct exec *x, struct contract *out, const struct worker_work_id *work, uint64_t cluster)
{
    struct contract c = {.cluster = cluster};
    if (!worker_work_contract_state_get(x, &c.state, work, cluster))
        return false;
    if (!work_get(x, &c.work, work))
        c.work =
            (struct work){.id = *work, .status = WORK_STOPPED}; /* removed: its contracts have all ended */
    *out = c;
    return true;
}

void contract_put(struct exec *x, struct contract *c)
{
    if (c->state.status != CONTRACT_ENDED || !balance_is_zero(c->state.minted)) {
        worker_work_contract_state_put(x, &c->work.id, c->cluster, &c->state);
        return;
    }
    worker_work_contract_state_del(x, &c->work.id, c->cluster);
    worker_attestation_of_del(x, &c->work.id, c->cluster);
    worker_challenges_del(x, &c->work.id, c->cluster);
    uint32_t of_cluster = worker_record_count_get(x, c->cluster);
    uint32_t of_work = worker_work_record_count_get(x, &c->work.id);
    worker_record_count_put(x, c->cluster, of_cluster - (of_cluster > 0));
    worker_work_record_count_put(x, &c->work.id, of_work - (of_work > 0));
    work_record_dropped(x, &c->work.id);
    cluster_try_close(x, c->cluster);
}

/* Moves between the available and the held part of the work's balance until the contract holds `target`. */
static bool hold(struct exec *x, struct contract *c, struct balance target)
{
    struct app_work_balance b;
    work_balance_get(x, &b, &c->work);
    struct balance more = balance_sat_sub(target, c->state.held);
    struct balance less = balance_sat_sub(c->state.held, target);

    if (!balance_sub(&b.available, b.available, more))
        return false;
    b.held = balance_sat_sub(balance_sat_add(b.held, more), less);
    b.available = balance_sat_add(b.available, less);
    c->state.held = target;
    work_balance_put(x, &c->work, &b);
    return true;
}

static void contracts_of_work_remove(struct exec *x, const struct worker_work_id *work, uint64_t cluster)
{
    struct scale_u64_vec list;
    worker_work_contracts_get(x, &list, work);
    for (uint32_t i = 0; i < list.n; i++) {
        if (list.v[i] != cluster)
            continue;
        list.n--;
        memmove(&list.v[i], &list.v[i + 1], (list.n - i) * sizeof list.v[0]);
        break;
    }
    if (list.n == 0)
        worker_work_contracts_del(x, work);
    else
        worker_work_contracts_put(x, work, &list);
}

/* The cluster no longer serves the work: capacity and stake are free for others. */
static void leave_cluster(struct exec *x, struct contract *c)
{
    cluster_unbook(x, c->cluster, &c->work.id, &c->state.need, c->state.sigma);
    contracts_of_work_remove(x, &c->work.id, c->cluster);
    challenge_close(x, &c->work.id, c->cluster);
    c->state.close_at.some = false;
}

static void count_open(struct exec *x, const struct worker_work_id *work, bool more)
{
    uint32_t all = worker_live_contracts_get(x), open = worker_open_contracts_get(x, work);
    worker_live_contracts_put(x, more ? all + 1 : all - (all > 0));
    worker_open_contracts_put(x, work, more ? open + 1 : open - (open > 0));
}

static void finish(struct exec *x, struct contract *c, enum worker_end_reason why)
{
    struct balance rest = c->state.held;
    bool ok = hold(x, c, BALANCE_ZERO);
    ASSERT(ok);
    due_clear(x, c);
    /* An owner whose account is gone and cannot be revived by this amount keeps it as available balance. */
    if (why == WORKER_END_REASON_OWNER)
        (void)work_refund(x, &c->work, rest);
    c->state.status = CONTRACT_ENDED;
    c->state.closing.some = false;
    count_open(x, &c->work.id, false);
    worker_emit_contract_ended(
        x, &(struct worker_contract_ended_event){
               .work_id = c->work.id, .cluster_id = c->cluster, .refund = rest, .why = why});
    contract_put(x, c);
}

void contract_release(struct exec *x, struct contract *c, enum worker_end_reason why)
{
    ASSERT(c->state.status == CONTRACT_ASSIGNED);
    leave_cluster(x, c);
    finish(x, c, why);
}

void contract_fault(struct exec *x, struct contract *c, enum worker_end_reason why)
{
    leave_cluster(x, c);
    finish(x, c, why);
    placement_again(x, &c->work, c->cluster, WORKER_PLACEMENT_REASON_NONE, c->cluster, why);
}

struct balance contract_claw_back(struct exec *x, struct contract *c)
{
    struct worker_contract_state *s = &c->state;
    struct balance taken = BALANCE_ZERO;
    struct app_work_balance b;

    vest_fold(s, c->vest, exec_block(x), params_of(x)->challenge_window);
    while (s->vest.n > 0 && balance_cmp(taken, s->unproven) < 0) { /* newest first */
        struct worker_vest_bucket *v = &s->vest.v[s->vest.n - 1];
        struct balance part = balance_min(v->amount, balance_sat_sub(s->unproven, taken));
        v->amount = balance_sat_sub(v->amount, part);
        taken = balance_sat_add(taken, part);
        if (balance_is_zero(v->amount))
            s->vest.n--;
    }
    s->unproven = BALANCE_ZERO;
    s->minted = balance_sat_sub(s->minted, taken);
    work_balance_get(x, &b, &c->work);
    b.spent = balance_sat_sub(b.spent, taken);
    b.available = balance_sat_add(b.available, taken);
    work_balance_put(x, &c->work, &b);
    return taken;
}

/* Running -> closing at the current block, keeping back what may still be proven. The work's status and
 * placement are the caller's. An unused reserve goes to the owner when the owner stopped the work, else it
 * stays available. */
static void contract_close(struct exec *x, struct contract *c, enum worker_end_reason why)
{
    uint64_t now = exec_block(x);
    struct balance reserve = closing_reserve(&c->state, now, c->state.fee);

    ASSERT(c->state.status == CONTRACT_RUNNING);
    leave_cluster(x, c);
    bool ok = hold(x, c, reserve);
    ASSERT(ok);
    if (now <= period_start(&c->state, c->state.next_period)) {
        finish(x, c, why);
        return;
    }
    uint64_t until = now + c->state.stage;
    c->state.status = CONTRACT_CLOSING;
    c->state.closing = (struct worker_closing_opt){
        .some = true,
        .value = {.at = now, .reserve = reserve, .until = until, .why = why},
    };
    due_move(x, c, until);
    worker_emit_closing_started(
        x,
        &(struct worker_closing_started_event){
            .work_id = c->work.id, .cluster_id = c->cluster, .reserve = reserve, .until = until, .why = why});
    contract_put(x, c);
}

static void take_record(struct exec *x, struct contract *c)
{
    struct worker_contract_state old;
    if (!worker_work_contract_state_get(x, &old, &c->work.id, c->cluster)) {
        worker_record_count_put(x, c->cluster, worker_record_count_get(x, c->cluster) + 1);
        worker_work_record_count_put(x, &c->work.id, worker_work_record_count_get(x, &c->work.id) + 1);
        return;
    }
    ASSERT(old.status == CONTRACT_ENDED); /* earnings of the ended contract stay with the pair */
    c->state.minted = old.minted;
    c->state.withdrawal = old.withdrawal;
    c->state.withdrawable = old.withdrawable;
    c->state.vest = old.vest;
}

void contract_assign(struct exec *x, struct work *w, uint64_t cluster, struct balance sigma, uint16_t attempt)
{
    struct contract c = {.work = *w, .cluster = cluster};
    struct worker_k8s_cluster k;
    struct scale_u64_vec list;
    uint64_t now = exec_block(x), since;
    uint32_t stage = worker_stage_get(x);

    bool ok = worker_k8s_clusters_get(x, &k, cluster) && work_price(x, &c.state.price, &since, w);
    ASSERT(ok);
    take_record(x, &c);
    c.state.block_number = c.state.anchor = now;
    c.state.stage = c.state.lead = stage;
    c.state.ask_bps = (uint16_t)min_u64(k.price_bps, BPS); /* only root can have made it more */
    c.state.need = w->need;
    c.state.fee = settlement_fee(&c.state.price, &w->need, c.state.ask_bps);
    c.state.sigma = sigma;
    cluster_book(x, cluster, &w->id, &w->owner, &w->need, sigma);
    worker_work_contracts_get(x, &list, &w->id);
    list.n = (uint32_t)min_u64(list.n, REPLICAS_MAX - 1); /* only root can have made it more */
    struct scale_u64_vec longer = {.n = list.n + 1, .v = arena_new_n(x->arena, uint64_t, (size_t)list.n + 1)};
    if (list.n > 0)
        memcpy(longer.v, list.v, list.n * sizeof *list.v);
    longer.v[list.n] = cluster;
    worker_work_contracts_put(x, &w->id, &longer);
    count_open(x, &w->id, true);
    due_move(x, &c, now + params_of(x)->start_timeout);
    contract_put(x, &c);
    work_set_status(x, w, WORK_DEPLOYING);
    worker_emit_work_assigned(
        x, &(struct worker_work_assigned_event){.work_id = w->id, .cluster_id = cluster, .attempt = attempt});
    worker_emit_work_runing(
        x, &(struct worker_work_runing_event){.user = w->owner, .work_id = w->id, .cluster_id = cluster});
}

void contract_tell_start(struct exec *x, const struct contract *c, const struct worker_attestation *attested)
{
    worker_emit_work_started(x, &(struct worker_work_started_event){.work_id = c->work.id,
                                                                    .cluster_id = c->cluster,
                                                                    .anchor = c->state.anchor,
                                                                    .measurement = attested->measurement,
                                                                    .tcb = attested->tcb,
                                                                    .until = attested->until});
}

bool contract_start(struct exec *x, struct contract *c, const struct account_id *deploy_key_opt,
                    uint64_t anchor, const struct worker_attestation *attested)
{
    struct balance two;
    ASSERT(c->state.status == CONTRACT_ASSIGNED);
    if (!balance_mul_u64(&two, c->state.fee, HELD_PERIODS) || !hold(x, c, two)) {
        contract_release(x, c, WORKER_END_REASON_FUNDS);
        placement_again(x, &c->work, 0, WORKER_PLACEMENT_REASON_FUNDS, c->cluster, WORKER_END_REASON_FUNDS);
        return false;
    }
    c->state.status = CONTRACT_RUNNING;
    c->state.anchor = anchor;
    c->state.stage = c->state.lead = worker_stage_get(x);
    uint32_t running =
        period_at(&c->state, exec_block(x)); /* over 0 when the anchor lies back: see work_proof_upload */
    c->state.next_period = running > 0 ? running - 1 : 0;
    c->state.gross = BALANCE_ZERO;
    if (deploy_key_opt != NULL)
        c->state.deploy_key = (struct scale_account_id_opt){.some = true, .value = *deploy_key_opt};
    contract_attested(x, c, attested);
    due_move(x, c, period_start(&c->state, c->state.next_period + 2));
    contract_put(x, c);
    work_set_status(x, &c->work, WORK_DEPLOYED);
    contract_tell_start(x, c, attested);
    return true;
}

static void end_running_period(struct exec *x, struct contract *c, enum worker_end_reason why)
{
    uint32_t running = period_at(&c->state, exec_block(x));
    if (!c->state.close_at.some) {
        uint32_t next = running == UINT32_MAX ? running : running + 1;
        c->state.close_at = (struct scale_u64_opt){.some = true, .value = period_start(&c->state, next)};
        c->state.close_why = why;
    }
}

/* Whether the work could hold two periods at this price. */
static bool affords(struct exec *x, const struct contract *c, struct balance fee)
{
    struct app_work_balance b;
    struct balance two;
    work_balance_get(x, &b, &c->work);
    return balance_mul_u64(&two, fee, HELD_PERIODS) &&
           balance_cmp(two, balance_sat_add(b.available, c->state.held)) <= 0;
}

/* Adopts a new Stage and a new price at the boundary the contract has just passed. Never in mid-period: the
 * period in progress keeps its length, and its price unless the change was active before it began. */
static void adopt_terms(struct exec *x, struct contract *c)
{
    struct worker_contract_state *s = &c->state;
    uint64_t boundary = period_start(s, s->next_period), since;
    uint32_t stage = worker_stage_get(x);
    struct worker_price price;

    if (stage != s->stage) {
        s->lead = period_len(s, s->next_period);
        s->anchor = boundary;
        s->stage = stage;
        s->next_period = 0;
    }
    if (s->close_at.some || !work_price(x, &price, &since, &c->work) || since > boundary)
        return;
    struct balance fee = settlement_fee(&price, &s->need, s->ask_bps);
    if (!affords(x, c, fee) && balance_cmp(fee, s->fee) > 0) {
        end_running_period(x, c, WORKER_END_REASON_PRICE);
        return;
    }
    s->fee = fee;
    s->price = price;
}

static uint32_t periods_left(struct balance available, struct balance fee)
{
    struct balance n;
    if (balance_is_zero(fee) || !balance_mul_ratio_floor(&n, available, 1, balance_planck(fee)))
        return UINT32_MAX;
    return (uint32_t)balance_planck(balance_min(n, balance_of(UINT32_MAX)));
}

/* Restores what is held to two periods, or sets the contract to end; warns at 24 and at 3 periods left. */
static void refill(struct exec *x, struct contract *c)
{
    struct app_work_balance before, after;
    struct balance two;

    work_balance_get(x, &before, &c->work);
    uint32_t left_before = periods_left(before.available, c->state.fee);
    bool full = balance_mul_u64(&two, c->state.fee, HELD_PERIODS) && hold(x, c, two);
    if (!full)
        end_running_period(x, c, WORKER_END_REASON_FUNDS);
    else if (c->state.close_why == WORKER_END_REASON_FUNDS)
        c->state.close_at.some = false;
    work_balance_get(x, &after, &c->work);
    uint32_t left = periods_left(after.available, c->state.fee);
    if (!full || (left_before > 24 && left <= 24) || (left_before > 3 && left <= 3)) {
        worker_emit_balance_low(
            x, &(struct worker_balance_low_event){.work_id = c->work.id, .periods_left = left});
    }
}

static void judge(struct exec *x, uint64_t cluster, uint32_t up, uint32_t span)
{
    struct worker_reliability r;
    worker_reliabilities_get(x, &r, cluster);
    if ((uint64_t)up * 100 >= (uint64_t)span * UP_ON_TIME_PERCENT) {
        r.ppm = reliability_up(r.ppm);
        r.on_time++;
    } else {
        r.ppm = reliability_down(r.ppm, DIV_LOW_UPTIME);
    }
    cluster_set_reliability(x, cluster, &r);
}

/* Moves the money of a settled span: owner's held balance -> earnings and network fee. */
static struct dispatch pay(struct exec *x, struct contract *c, const struct settlement *s)
{
    struct account_id pot = account_work_pot(x), treasury = account_network_treasury(x);
    struct account_id authors = account_author_pool(x);
    struct app_work_balance b;

    work_balance_get(x, &b, &c->work);
    if (!balance_sub(&b.held, b.held, s->gross) || !balance_sub(&c->state.held, c->state.held, s->gross))
        return DISPATCH_FAIL(DISPATCH_ARITHMETIC, ARITHMETIC_UNDERFLOW);
    b.spent = balance_sat_add(b.spent, s->gross);
    work_balance_put(x, &c->work, &b);
    c->state.gross = balance_sat_add(c->state.gross, s->gross);
    vest_add(&c->state, c->vest, s->net, exec_block(x), params_of(x)->challenge_window);
    c->state.unproven = balance_sat_add(c->state.unproven, s->net);
    if (!balance_is_zero(s->treasury))
        DISPATCH_TRY(balances_transfer(x, &pot, &treasury, s->treasury, KEEP_ALIVE));
    if (!balance_is_zero(s->authors))
        DISPATCH_TRY(balances_transfer(x, &pot, &authors, s->authors, KEEP_ALIVE));
    return DISPATCH_OK;
}

struct dispatch contract_settle(struct exec *x, struct contract *c, const struct worker_proof_of_work *proof)
{
    const struct params *params = params_of(x);
    bool closing = c->state.status == CONTRACT_CLOSING;
    uint32_t p = c->state.next_period;
    uint64_t from = period_start(&c->state, p);
    struct worker_com_cr used = capacity_min(&proof->cr, &c->state.need);
    struct balance usage = settlement_fee(&c->state.price, &used, c->state.ask_bps);
    struct settlement s;
    struct settlement_terms t = {
        .full = closing ? c->state.closing.value.reserve : c->state.fee,
        .usage = closing ? closing_reserve(&c->state, c->state.closing.value.at, usage) : usage,
        .span = closing ? (uint32_t)(c->state.closing.value.at - from) : period_len(&c->state, p),
        .usage_bps = params->usage_share_bps,
        .fee_bps = params->protocol_fee_bps,
    };
    t.up_blocks = proof->up_blocks.some ? proof->up_blocks.value : t.span;

    if (!settlement_of(&s, &t))
        return DISPATCH_FAIL(DISPATCH_ARITHMETIC, ARITHMETIC_OVERFLOW);
    DISPATCH_TRY(pay(x, c, &s));
    judge(x, c->cluster, t.up_blocks, t.span);
    c->state.next_period = p + 1;
    c->state.missed_row = 0;
    c->state.block_number = exec_block(x);
    worker_emit_proof_accepted(x, &(struct worker_proof_accepted_event){.work_id = c->work.id,
                                                                        .cluster_id = c->cluster,
                                                                        .period = p,
                                                                        .log_hash = proof->log_hash,
                                                                        .cr_hash = proof->cr_hash,
                                                                        .charge = s.gross,
                                                                        .fee = s.fee});
    if (closing) {
        finish(x, c, c->state.closing.value.why);
        return DISPATCH_OK;
    }
    adopt_terms(x, c);
    refill(x, c);
    contract_put(x, c);
    return DISPATCH_OK;
}

static void slash_missed(struct exec *x, struct contract *c)
{
    uint32_t bps = missed_slash_bps(params_of(x)->missed_slash_bps, c->state.missed_row);
    struct balance amount, two;
    if (bps == 0 || !balance_mul_ratio_floor(&amount, c->state.sigma, bps, BPS))
        return;
    if (!balance_mul_u64(&two, c->state.fee, HELD_PERIODS))
        two = amount;
    (void)cluster_slash(
        x, c->cluster,
        &(struct cluster_slash){
            .amount = amount, .injured = c->work.owner, .injured_max = two, .why = WORKER_END_REASON_FAULT});
}

static void blame(struct exec *x, uint64_t cluster, uint32_t divisor, bool missed)
{
    struct worker_reliability r;
    worker_reliabilities_get(x, &r, cluster);
    r.ppm = reliability_down(r.ppm, divisor);
    r.missed += missed ? 1 : 0;
    cluster_set_reliability(x, cluster, &r);
}

/* Marks next_period missed. Returns false when that ended the contract. */
static bool contract_miss(struct exec *x, struct contract *c)
{
    const struct params *params = params_of(x);
    uint32_t p = c->state.next_period;

    if (c->state.missed_row < UINT8_MAX)
        c->state.missed_row++;
    blame(x, c->cluster, DIV_MISSED, true);
    slash_missed(x, c);
    worker_emit_period_missed(x, &(struct worker_period_missed_event){
                                     .work_id = c->work.id, .cluster_id = c->cluster, .period = p});
    c->state.next_period = p + 1;
    if (params->missed_row_limit > 0 && c->state.missed_row >= params->missed_row_limit) {
        contract_fault(x, c, WORKER_END_REASON_FAULT);
        return false;
    }
    adopt_terms(x, c);
    refill(x, c);
    contract_put(x, c);
    return true;
}

/* A jailed cluster has no works: each leaves when it is looked at. */
static bool due_jailed(struct exec *x, struct contract *c)
{
    struct worker_k8s_cluster k;
    if (!worker_k8s_clusters_get(x, &k, c->cluster) || k.status != CLUSTER_JAILED)
        return false;
    contract_fault(x, c, WORKER_END_REASON_JAILED);
    return true;
}

static bool due_assigned(struct exec *x, struct contract *c)
{
    uint64_t limit = c->state.block_number + params_of(x)->start_timeout;
    if (due_jailed(x, c))
        return true;
    if (exec_block(x) < limit) {
        due_move(x, c, limit);
        contract_put(x, c);
        return false;
    }
    blame(x, c->cluster, DIV_NOT_STARTED, false);
    contract_release(x, c, WORKER_END_REASON_START_TIMEOUT);
    placement_again(x, &c->work, c->cluster, WORKER_PLACEMENT_REASON_NONE, c->cluster,
                    WORKER_END_REASON_START_TIMEOUT);
    return true;
}

bool contract_catch_up(struct exec *x, struct contract *c)
{
    uint32_t running;
    /* A new Stage may renumber the periods after each miss: that adds at most one round. */
    for (uint32_t n = 1;
         (running = period_at(&c->state, exec_block(x))) >= 2 && c->state.next_period < running - 1; n++) {
        if (n >= MISSES_IN_FULL) {
            struct worker_reliability r;
            worker_reliabilities_get(x, &r, c->cluster);
            r.missed = sat_add_u64(r.missed, running - 2 - c->state.next_period);
            cluster_set_reliability(x, c->cluster, &r);
            c->state.next_period = running - 2;
        }
        if (!contract_miss(x, c))
            return false;
    }
    return true;
}

static bool due_running(struct exec *x, struct contract *c)
{
    uint64_t now = exec_block(x);
    uint32_t next = c->state.next_period;
    uint64_t anchor = c->state.anchor;

    if (!contract_catch_up(x, c) || due_jailed(x, c))
        return true;
    if (c->state.close_at.some && now >= c->state.close_at.value) {
        contract_close(x, c, c->state.close_why);
        placement_forget(x, &c->work);
        work_set_status(x, &c->work, WORK_STOPPED);
        return true;
    }
    due_move(x, c, period_start(&c->state, c->state.next_period + 2));
    contract_put(x, c);
    return c->state.next_period != next || c->state.anchor != anchor;
}

static bool due_closing(struct exec *x, struct contract *c)
{
    const struct worker_closing *closing = &c->state.closing.value;
    if (exec_block(x) < closing->until) {
        due_move(x, c, closing->until);
        contract_put(x, c);
        return false;
    }
    if (closing->at - period_start(&c->state, c->state.next_period) >=
        period_len(&c->state, c->state.next_period)) {
        blame(x, c->cluster, DIV_MISSED, true);
        worker_emit_period_missed(x, &(struct worker_period_missed_event){.work_id = c->work.id,
                                                                          .cluster_id = c->cluster,
                                                                          .period = c->state.next_period});
    }
    finish(x, c, closing->why);
    return true;
}

bool contract_due(struct exec *x, const struct worker_work_id *work, uint64_t cluster)
{
    struct contract c;
    if (!contract_get(x, &c, work, cluster))
        return false;
    switch ((enum contract_status)c.state.status) {
    case CONTRACT_ASSIGNED:
        return due_assigned(x, &c);
    case CONTRACT_RUNNING:
        return due_running(x, &c);
    case CONTRACT_CLOSING:
        return due_closing(x, &c);
    case CONTRACT_ENDED:
        return false;
    }
    return false;
}

struct dispatch contract_stop_work(struct exec *x, struct work *w)
{
    struct scale_u64_vec list;
    struct app_work_balance b;

    worker_work_contracts_get(x, &list, &w->id);
    for (uint32_t i = 0; i < list.n; i++) {
        struct contract c;
        if (!contract_get(x, &c, &w->id, list.v[i]))
            continue;
        if (c.state.status == CONTRACT_ASSIGNED)
            contract_release(x, &c, WORKER_END_REASON_OWNER);
        else if (c.state.status == CONTRACT_RUNNING && contract_catch_up(x, &c))
            contract_close(x, &c, WORKER_END_REASON_OWNER);
        worker_emit_work_stoped(x, &(struct worker_work_stoped_event){
                                       .user = w->owner, .work_id = w->id, .cluster_id = list.v[i]});
    }
    placement_forget(x, w);
    work_set_status(x, w, WORK_STOPPED);
    work_balance_get(x, &b, w);
    app_emit_work_stopped(x, &(struct app_work_stopped_event){.user = w->owner, .work_id = w->id});
    return work_refund(x, w, b.available);
}

void contract_refill_work(struct exec *x, const struct work *w)
{
    struct scale_u64_vec list;
    worker_work_contracts_get(x, &list, &w->id);
    for (uint32_t i = 0; i < list.n; i++) {
        struct contract c;
        struct worker_price price;
        struct balance two;
        uint64_t since;
        if (!contract_get(x, &c, &w->id, list.v[i]) || c.state.status != CONTRACT_RUNNING)
            continue;
        if (!balance_mul_u64(&two, c.state.fee, HELD_PERIODS) || !hold(x, &c, two))
            continue;
        /* It must also be enough for the price it adopts next. */
        if (work_price(x, &price, &since, w) &&
            affords(x, &c, settlement_fee(&price, &c.state.need, c.state.ask_bps)))
            c.state.close_at.some = false;
        contract_put(x, &c);
    }
}
