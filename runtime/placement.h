/* runtime/placement.h — finding a cluster for a work.
 *
 * A work that waits has one entry in RetryAt and a Placement record. Each attempt examines at most 32
 * clusters of the eligible lists, from a start that the chain's past blocks decide; the best score wins.
 * Source: pallets.md C7. */
#ifndef RUNTIME_PLACEMENT_H
#define RUNTIME_PLACEMENT_H

#include "runtime/work.h"

/* Orders a place for a new or restarted work from the next block on; false when the queue is full. */
bool placement_request(struct exec *x, struct work *w);

/* The work lost its cluster `from`: orders another place, ahead of first placements, without `exclude` (0:
 * none) for a time. The work's status becomes rescheduling. */
void placement_again(struct exec *x, struct work *w, uint64_t exclude, enum worker_placement_reason reason,
                     uint64_t from, enum worker_end_reason why);

/* The work no longer waits. */
void placement_forget(struct exec *x, const struct work *w);

/* One attempt for an entry just taken out of the queue. */
void placement_attempt(struct exec *x, const struct worker_retry *entry);

/* Seed of this block for a subject: BLAKE2b-256 over the hashes of blocks n-2 ... n-5 and the subject. */
struct hash32 placement_seed(struct exec *x, struct bytes subject);

/* Blocks until attempt `a` + 1 when the lists hold `listed` clusters. */
uint32_t placement_delay(uint32_t a, uint32_t listed);

#endif /* RUNTIME_PLACEMENT_H */
