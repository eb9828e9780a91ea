/* runtime/cluster.h — what the calls and the scheduler share about clusters: capacity, stake, reliability,
 * lists.
 *
 * Every function that changes a fact the eligible lists depend on refreshes them, so a list is never scanned.
 * Source: pallets.md B2, C5, C7 "Eligible". */
#ifndef RUNTIME_CLUSTER_H
#define RUNTIME_CLUSTER_H

#include "runtime/exec.h"
#include "runtime/worker_gen.h"

enum cluster_status { /* stored: never renumbered; 2 belongs to draining */
                      CLUSTER_REGISTERED = 0,
                      CLUSTER_ACTIVE = 1,
                      CLUSTER_STOPPED = 3,
                      CLUSTER_SUSPENDED = 4, /* failed a challenge: no new work */
                      CLUSTER_JAILED = 5,    /* failed again: no work */
                      CLUSTER_CLOSED = 6,
};

enum work_class { CLASS_SGX, CLASS_CVM, CLASS_COUNT };

struct cluster_capacity {
    struct worker_com_cr total; /* mortgaged */
    struct worker_com_cr used;  /* booked by assigned and running contracts; never more than total */
};

void cluster_capacity_get(struct exec *x, struct cluster_capacity *out, uint64_t id);
struct worker_com_cr cluster_free(const struct cluster_capacity *c);

/* Books or returns a contract's need and stake, its entry in ClusterContracts and the counts. The caller has
 * checked that it fits. */
void cluster_book(struct exec *x, uint64_t id, const struct worker_work_id *work,
                  const struct account_id *user, const struct worker_com_cr *need, struct balance sigma);
void cluster_unbook(struct exec *x, uint64_t id, const struct worker_work_id *work,
                    const struct worker_com_cr *need, struct balance sigma);

/* Adds or removes capacity; the caller has checked the bounds. */
void cluster_total_put(struct exec *x, uint64_t id, const struct worker_com_cr *total);

void cluster_set_status(struct exec *x, struct worker_k8s_cluster *c, enum cluster_status to);

/* The stake demanded for `total` at the cluster's registered level; false when the level has no price. */
bool cluster_required_stake(struct exec *x, struct balance *out, uint64_t id,
                            const struct worker_com_cr *total);

/* Whether the cluster's worker is attested, *tcb_opt being the rank of its TCB; on development chains every
 * cluster is, with rank 0 unless evidence said otherwise. */
bool cluster_attested(struct exec *x, uint8_t *tcb_opt, uint64_t id);
/* The highest TCB rank that some level up to the registered one admits. */
uint8_t cluster_tcb_max(struct exec *x, uint64_t id);

/* The level at which a cluster may receive works of `class` now: the highest it qualifies for, or false. */
bool cluster_eligible(struct exec *x, uint8_t *level, uint64_t id, enum work_class class);
/* Makes the cluster's places in the eligible lists what cluster_eligible says. */
void cluster_refresh(struct exec *x, uint64_t id);

void cluster_set_reliability(struct exec *x, uint64_t id, const struct worker_reliability *r);

/* Puts stake on its way back: free at once when the unbonding period is 0. Returns the block it is free from.
 */
uint64_t cluster_unbond(struct exec *x, const struct worker_k8s_cluster *c, struct balance amount,
                        uint64_t from_block);
struct balance cluster_unbonding(struct exec *x, uint64_t id);

/* Takes up to `amount` of stake, newest unbonding first, then oldest deposits, and returns what there was.
 * `injured` receives half of it, at most `injured_max`, the challenger a tenth, unless they are the cluster's
 * own; the network treasury the rest. */
struct cluster_slash {
    struct balance amount, injured_max;
    struct account_id injured;
    const struct account_id *challenger_opt;
    enum worker_end_reason why;
};
struct balance cluster_slash(struct exec *x, uint64_t id, const struct cluster_slash *s);

/* Closes a stopped cluster that is owed nothing and owes nothing: frees its account and returns the rent. */
void cluster_try_close(struct exec *x, uint64_t id);

#endif /* RUNTIME_CLUSTER_H */
