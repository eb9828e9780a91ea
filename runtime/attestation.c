#include "runtime/attestation.h"

#include "runtime/params.h"
#include "runtime/queue.h"

static struct worker_due due_of(uint64_t cluster)
{
    return (struct worker_due){.kind = WORKER_DUE_KIND_ATTESTATION, .cluster_id = cluster};
}

static void due_clear(struct exec *x, uint64_t cluster, const struct worker_cluster_attestation *a)
{
    struct worker_due d = due_of(cluster);
    if (a->due.some)
        due_remove(x, &d, a->due.value);
}

void attestation_put(struct exec *x, uint64_t cluster, const struct worker_attestation *a)
{
    struct worker_cluster_attestation old, next = {.claims = *a};

    if (worker_cluster_attestations_get(x, &old, cluster))
        due_clear(x, cluster, &old);
    if (a->until != UINT64_MAX) {
        struct worker_due d = due_of(cluster);
        next.due = (struct scale_u64_opt){.some = true, .value = due_add(x, &d, a->until)};
    }
    worker_cluster_attestations_put(x, cluster, &next);
}

void attestation_forget(struct exec *x, uint64_t cluster)
{
    struct worker_cluster_attestation a;
    if (!worker_cluster_attestations_get(x, &a, cluster))
        return;
    due_clear(x, cluster, &a);
    worker_cluster_attestations_del(x, cluster);
}

void attestation_due(struct exec *x, uint64_t cluster)
{
    struct worker_cluster_attestation a;
    if (!worker_cluster_attestations_get(x, &a, cluster) || a.claims.until > exec_block(x))
        return;
    a.lapsed = true;
    a.due.some = false;
    worker_cluster_attestations_put(x, cluster, &a);
    cluster_refresh(x, cluster);
}

/* All the stake that its capacity and its level demand. */
static bool has_stake(struct exec *x, uint64_t cluster)
{
    struct worker_level_requirement level;
    struct cluster_capacity c;
    struct scale_u8_u8_pair score;
    struct balance needed, stake = worker_stake_of_get(x, cluster);

    cluster_capacity_get(x, &c, cluster);
    worker_scores_get(x, &score, cluster);
    return worker_level_requirements_get(x, &level, score.a) &&
           cluster_required_stake(x, &needed, cluster, &c.total) && balance_cmp(stake, needed) >= 0 &&
           balance_cmp(stake, level.min_stake) >= 0 && !balance_is_zero(stake);
}

static bool has_done_its_time(struct exec *x, uint64_t cluster)
{
    struct worker_cluster_attestation a;
    struct worker_reliability r;

    worker_reliabilities_get(x, &r, cluster);
    if (!r.last_failed.some || !worker_cluster_attestations_get(x, &a, cluster))
        return false;
    return a.claims.at > r.last_failed.value && !a.lapsed &&
           exec_block(x) >= r.last_failed.value + params_of(x)->suspend_blocks && has_stake(x, cluster);
}

void attestation_activate(struct exec *x, struct worker_k8s_cluster *c)
{
    struct worker_reliability r;
    bool ready = false;

    worker_reliabilities_get(x, &r, c->id);
    /* Stopping does not shorten a suspension. */
    if (c->status == CLUSTER_SUSPENDED || (c->status == CLUSTER_STOPPED && r.last_failed.some))
        ready = has_done_its_time(x, c->id);
    else if (c->status == CLUSTER_REGISTERED || c->status == CLUSTER_STOPPED)
        ready = !balance_is_zero(worker_stake_of_get(x, c->id)) && cluster_attested(x, NULL, c->id);
    if (!ready) {
        cluster_refresh(x, c->id);
        return;
    }
    c->stop_block.some = false;
    cluster_set_status(x, c, CLUSTER_ACTIVE);
}
