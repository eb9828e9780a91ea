/* worker/chain_follow.h — finalized heads in, snapshots out.
 *
 * Every snapshot is read at one finalized block, whole or not at all; reading fails, reconnecting follows,
 * and the last snapshot stays. A chain that is not heard of only ages (board_stale). */
#ifndef WORKER_CHAIN_FOLLOW_H
#define WORKER_CHAIN_FOLLOW_H

#include "sdk/client.h"
#include "worker/worker.h"

/* Connects, again and again with growing pauses (0.5 s to 30 s), until it works or the board says stop
 * (ERR_CLOSED). The genesis is checked when `genesis_opt` is given; a wrong chain is ERR_REJECTED at once. */
FALLIBLE chain_connect(struct sdk_client **out, const struct worker *w, const struct hash32 *genesis_opt,
                       struct err *e);

/* The cluster this account operates; *found false when the chain has none. */
FALLIBLE chain_cluster_of(struct sdk_client *c, uint64_t *cluster, bool *found,
                          const struct account_id *controller, struct err *e);

/* Reads all that concerns the cluster at one finalized block: its contracts, and whatever `local` names. */
FALLIBLE chain_snapshot(struct sdk_client *c, struct snapshot **out, const struct worker *w,
                        const struct sdk_head *head, const struct work_key *local, uint32_t local_count,
                        struct err *e);

/* Follows until the board says stop. */
void chain_follow(struct worker *w);

#endif /* WORKER_CHAIN_FOLLOW_H */
