/* runtime/queue.h — the two calendars of the scheduler: works to place (RetryAt) and contracts to look at
 * (DueAt).
 *
 * A list holds at most what one block serves, so nothing is ever carried over: an entry whose block is full
 * goes to one of the next blocks, to one not much farther, or behind the last list in use. Cost per entry is
 * bounded whatever the queue holds. Source: pallets.md C7 "Queue", X4, X15. */
#ifndef RUNTIME_QUEUE_H
#define RUNTIME_QUEUE_H

#include "runtime/exec.h"
#include "runtime/worker_gen.h"

/* Whether `n` more works can wait. */
bool queue_has_room(struct exec *x, uint32_t n);

/* Enters a work at the first free place from block `at` on (at > now); ahead of the others of its block when
 * `first`. Returns the block. The caller has made sure of room. */
uint64_t queue_add(struct exec *x, const struct worker_retry *r, uint64_t at, bool first);
/* Removes a work's entry from the list of a block; nothing happens when it is not there. */
void queue_remove(struct exec *x, const struct worker_work_id *work, uint64_t at);
/* Takes the whole list of a block out of the queue. */
void queue_take(struct exec *x, struct worker_retry_vec *out, uint64_t at);

uint64_t due_add(struct exec *x, const struct worker_due *d, uint64_t at);
void due_remove(struct exec *x, const struct worker_due *d, uint64_t at);
void due_take(struct exec *x, struct worker_due_vec *out, uint64_t at);

bool work_id_eq(const struct worker_work_id *a, const struct worker_work_id *b);

#endif /* RUNTIME_QUEUE_H */
