#include "runtime/placement.h"

#include "base/int.h"
#include "base/writer.h"
#include "runtime/capacity.h"
#include "runtime/contract.h"
#include "runtime/params.h"
#include "runtime/queue.h"
#include "runtime/score.h"
#include "runtime/worker_genesis.h"

enum { SEED_FROM = 5, SEED_TO = 2, ID_TEXT_MAX = 64 };

struct hash32 placement_seed(struct exec *x, struct bytes subject)
{
    uint8_t text[4 * 32 + ID_TEXT_MAX];
    struct writer w = writer_fixed(text, sizeof text);

    for (uint32_t back = SEED_TO; back <= SEED_FROM; back++) {
        struct hash32 h;
        if (exec_block(x) >= back && exec_block_hash(x, &h, exec_block(x) - back))
            put_mem(&w, h.b, sizeof h.b);
    }
    put_bytes(&w, subject);
    ASSERT(writer_ok(&w));
    return exec_blake2_256(x, writer_bytes(&w));
}

static void put_work_id(struct writer *w, const struct worker_work_id *id)
{
    put_u8(w, (uint8_t)id->wtype);
    put_u64(w, id->id);
}

uint32_t placement_delay(uint32_t a, uint32_t listed)
{
    uint32_t scan = (listed + PARAM_CANDIDATES - 1) / PARAM_CANDIDATES;
    if (a < scan)
        return 1;
    uint32_t doublings = a - scan;
    return doublings >= 9 ? PARAM_RETRY_DELAY_MAX : (uint32_t)min_u64(1u << doublings, PARAM_RETRY_DELAY_MAX);
}

/* What one attempt looks for, and the best found so far. */
struct search {
    const struct work *work;
    struct worker_placement_state *placement;
    struct hash32 seed;
    uint32_t budget; /* clusters still to be examined */
    bool found;
    uint64_t best;
    int64_t best_score;
    struct hash32 best_tie;
    struct balance best_sigma;
};

static bool excluded(struct exec *x, const struct worker_placement_state *p, uint64_t cluster)
{
    for (uint32_t i = 0; i < p->exclude.n; i++) {
        if (p->exclude.v[i].cluster == cluster && p->exclude.v[i].until > exec_block(x))
            return true;
    }
    return false;
}

/* A live or closing contract of this work on that cluster. */
static bool holds_work(struct exec *x, const struct worker_work_id *work, uint64_t cluster)
{
    struct worker_contract_state s;
    return worker_work_contract_state_get(x, &s, work, cluster) && s.status != CONTRACT_ENDED;
}

static struct hash32 tie_of(struct exec *x, const struct search *s, uint64_t cluster)
{
    uint8_t text[32 + ID_TEXT_MAX];
    struct writer w = writer_fixed(text, sizeof text);
    put_mem(&w, s->seed.b, sizeof s->seed.b);
    put_work_id(&w, &s->work->id);
    put_u64(&w, cluster);
    return exec_blake2_256(x, writer_bytes(&w));
}

static void consider(struct exec *x, struct search *s, uint64_t id, uint8_t level)
{
    struct worker_k8s_cluster k;
    struct cluster_capacity c;
    struct worker_reliability r;
    struct balance sigma;

    if (!worker_k8s_clusters_get(x, &k, id) || excluded(x, s->placement, id) ||
        holds_work(x, &s->work->id, id))
        return;
    cluster_capacity_get(x, &c, id);
    struct worker_com_cr free = cluster_free(&c);
    if (!capacity_fits(&s->work->need, &free) || !cluster_required_stake(x, &sigma, id, &s->work->need))
        return;
    struct balance free_stake = balance_sat_sub(worker_stake_of_get(x, id), worker_sigma_of_get(x, id));
    if (balance_cmp(sigma, free_stake) > 0)
        return;
    worker_reliabilities_get(x, &r, id);
    int64_t score = score_of(&(struct score_input){
        .reliability_ppm = r.ppm,
        .total = c.total,
        .used = c.used,
        .need = s->work->need,
        .free_stake = free_stake,
        .sigma = sigma,
        .price_bps = k.price_bps,
        .cluster_level = level,
        .work_level = s->work->level,
    });
    if (s->found && score < s->best_score)
        return;
    struct hash32 tie = tie_of(x, s, id);
    if (s->found && score == s->best_score && memcmp(tie.b, s->best_tie.b, sizeof tie.b) >= 0)
        return;
    s->found = true;
    s->best = id;
    s->best_score = score;
    s->best_tie = tie;
    s->best_sigma = sigma;
}

static void search_level(struct exec *x, struct search *s, uint8_t level, uint32_t attempt)
{
    uint8_t class = (uint8_t)s->work->class;
    uint32_t len = worker_eligible_len_get(x, class, level);
    if (len == 0)
        return;
    uint64_t start = load_u64le(s->seed.b) % len + (uint64_t)PARAM_CANDIDATES * attempt;
    for (uint32_t i = 0; i < len && s->budget > 0; i++, s->budget--) {
        uint64_t id;
        if (worker_eligible_get(x, &id, class, level, (uint32_t)((start + i) % len)))
            consider(x, s, id, level);
    }
}

/* Whether the work could pay for its start, and the lists hold anything at all. */
static enum worker_placement_reason obstacle(struct exec *x, const struct work *w, uint32_t *listed)
{
    struct app_work_balance b;
    struct worker_price price;
    struct balance two;
    uint64_t since;
    bool level = false;

    *listed = 0;
    for (uint8_t l = w->level; l <= WORKER_LEVELS_MAX; l++) {
        *listed += worker_eligible_len_get(x, (uint8_t)w->class, l);
        level = level || worker_level_requirements_has(x, l);
    }
    if (!level || !work_price(x, &price, &since, w))
        return WORKER_PLACEMENT_REASON_NO_LEVEL;
    work_balance_get(x, &b, w);
    struct balance fee = settlement_fee(&price, &w->need, BPS);
    if (!balance_mul_u64(&two, fee, 2) || balance_cmp(b.available, two) < 0)
        return WORKER_PLACEMENT_REASON_FUNDS;
    /* All contracts must find a place in DueAt within one period. */
    if (worker_live_contracts_get(x) >= (uint64_t)PARAM_DUE_PER_BLOCK * worker_stage_get(x))
        return WORKER_PLACEMENT_REASON_NO_CAPACITY;
    return WORKER_PLACEMENT_REASON_NONE;
}

static void give_up(struct exec *x, struct work *w, const struct worker_placement_state *p)
{
    worker_placement_put(x, &w->id, p);
    work_set_status(x, w, WORK_UNSCHEDULABLE);
    worker_emit_work_unschedulable(
        x, &(struct worker_work_unschedulable_event){.work_id = w->id, .reason = p->reason});
}

static void not_placed(struct exec *x, struct work *w, struct worker_placement_state *p, uint8_t replica,
                       uint32_t listed)
{
    uint32_t a = p->attempts;
    p->attempts++;
    if (p->attempts >= params_of(x)->placement_attempts) {
        give_up(x, w, p);
        return;
    }
    struct worker_retry again = {.work_id = w->id, .replica = replica};
    uint64_t at = queue_add(x, &again, (uint64_t)exec_block(x) + placement_delay(a, listed), false);
    p->retry = (struct scale_u64_opt){.some = true, .value = at};
    worker_placement_put(x, &w->id, p);
}

/*~ 9/12 A unit of work begins: the chain chooses the cluster of an ordered app. */
void placement_attempt(struct exec *x, const struct worker_retry *entry)
{
    struct worker_placement_state p;
    struct work w;
    uint8_t subject[16];
    struct writer text = writer_fixed(subject, sizeof subject);
    uint32_t listed;

    if (!work_get(x, &w, &entry->work_id) || !worker_placement_get(x, &p, &w.id) || p.live >= p.want)
        return;
    p.retry.some = false;
    p.reason = obstacle(x, &w, &listed);
    put_work_id(&text, &w.id);
    put_u8(&text, entry->replica);
    struct search s = {
        .work = &w,
        .placement = &p,
        .seed = placement_seed(x, writer_bytes(&text)),
        .budget = PARAM_CANDIDATES,
    };
    if (p.reason == WORKER_PLACEMENT_REASON_NONE) {
        for (uint8_t l = w.level; l <= WORKER_LEVELS_MAX && s.budget > 0; l++)
            search_level(x, &s, l, p.attempts);
        p.reason = s.found ? WORKER_PLACEMENT_REASON_NONE : WORKER_PLACEMENT_REASON_NO_CAPACITY;
    }
    if (!s.found) {
        not_placed(x, &w, &p, entry->replica, listed);
        return;
    }
    uint16_t attempt = p.attempts;
    p.attempts = 0;
    p.live++;
    worker_placement_put(x, &w.id, &p);
    contract_assign(x, &w, s.best, s.best_sigma, attempt);
}

bool placement_request(struct exec *x, struct work *w)
{
    struct worker_placement_state p;
    if (!queue_has_room(x, 1))
        return false;
    if (!worker_placement_get(x, &p, &w->id))
        p = (struct worker_placement_state){0};
    struct worker_retry entry = {.work_id = w->id};
    uint64_t at = queue_add(x, &entry, (uint64_t)exec_block(x) + 1, false);
    p.want = 1;
    p.live = 0;
    p.attempts = 0;
    p.reason = WORKER_PLACEMENT_REASON_NONE;
    p.retry = (struct scale_u64_opt){.some = true, .value = at};
    worker_placement_put(x, &w->id, &p);
    work_set_status(x, w, WORK_CREATED);
    return true;
}

static void exclude_cluster(struct exec *x, struct worker_placement_state *p, uint64_t cluster)
{
    struct worker_exclusion *v = arena_new_n(x->arena, struct worker_exclusion, (size_t)p->exclude.n + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->exclude.n; i++) {
        const struct worker_exclusion *e = &p->exclude.v[i];
        if (e->until > exec_block(x) && e->cluster != cluster)
            v[n++] = *e;
    }
    if (n == 16) { /* the oldest is dropped */
        memmove(v, v + 1, (n - 1) * sizeof *v);
        n--;
    }
    v[n++] = (struct worker_exclusion){.cluster = cluster,
                                       .until = (uint64_t)exec_block(x) + PARAM_EXCLUSION_BLOCKS};
    p->exclude.n = n;
    p->exclude.v = v;
}

void placement_again(struct exec *x, struct work *w, uint64_t exclude, enum worker_placement_reason reason,
                     uint64_t from, enum worker_end_reason why)
{
    struct worker_placement_state p;
    if (!worker_placement_get(x, &p, &w->id))
        p = (struct worker_placement_state){.want = 1, .live = 1};
    p.live = p.live > 0 ? p.live - 1 : 0;
    p.attempts = 0;
    p.reason = reason;
    if (exclude != 0)
        exclude_cluster(x, &p, exclude);
    worker_emit_work_rescheduled(
        x, &(struct worker_work_rescheduled_event){.work_id = w->id, .from = from, .why = why});
    if (!queue_has_room(x, 1)) {
        p.reason = WORKER_PLACEMENT_REASON_NO_CAPACITY;
        give_up(x, w, &p);
        return;
    }
    struct worker_retry entry = {.work_id = w->id};
    uint64_t at = queue_add(x, &entry, (uint64_t)exec_block(x) + 1, true);
    p.retry = (struct scale_u64_opt){.some = true, .value = at};
    worker_placement_put(x, &w->id, &p);
    work_set_status(x, w, WORK_RESCHEDULING);
}

void placement_forget(struct exec *x, const struct work *w)
{
    struct worker_placement_state p;
    if (!worker_placement_get(x, &p, &w->id))
        return;
    if (p.retry.some)
        queue_remove(x, &w->id, p.retry.value);
    if (p.exclude.n == 0) {
        worker_placement_del(x, &w->id);
        return;
    }
    p.want = p.live = 0; /* kept for the exclusions: a restart does not forgive a cluster */
    p.retry.some = false;
    worker_placement_put(x, &w->id, &p);
}
