/* io/queue.h — a bounded queue between threads: many producers, one consumer, items copied by value.
 *
 * A full queue refuses, and the refusal is an answer to the peer. An item belongs to whoever holds it:
 * queue_push takes a copy only when it returns true. Waiting uses the monotonic clock. */
#ifndef IO_QUEUE_H
#define IO_QUEUE_H

#include "base/base.h"

struct queue;

/* A queue of at most `capacity` items of `item_len` bytes. Memory is taken at once; aborts without memory. */
struct queue *queue_new(size_t capacity, size_t item_len);
/* Items still inside are dropped: pop them first when they own something. NULL is accepted. */
void queue_free(struct queue *q);
DEFINE_CLEANUP(struct queue *, queue_free)

/* Copies *item in; false when the queue is full or closed. Any thread. */
MUST_USE bool queue_push(struct queue *q, const void *item);

enum queue_wait { QUEUE_ITEM, QUEUE_TIMEOUT, QUEUE_CLOSED };

/* Waits up to timeout_ms for an item (0: do not wait; negative: without end).
 *   QUEUE_ITEM     *item holds it
 *   QUEUE_TIMEOUT  *item untouched
 *   QUEUE_CLOSED   closed and drained; *item untouched */
enum queue_wait queue_pop(struct queue *q, void *item, int64_t timeout_ms);

/* Refuses further pushes and wakes the consumer; items already inside can still be popped. */
void queue_close(struct queue *q);
size_t queue_len(struct queue *q);

#endif /* IO_QUEUE_H */
