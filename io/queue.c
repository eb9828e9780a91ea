#include "io/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct queue {
    pthread_mutex_t lock; /* guards at, count, closed and the slots */
    pthread_cond_t some;  /* an item came, or the queue was closed */
    size_t item_len, capacity;
    size_t at, count; /* first item, number of items */
    bool closed;
    uint8_t slots[];
};

struct queue *queue_new(size_t capacity, size_t item_len)
{
    size_t len;
    ASSERT(capacity > 0 && item_len > 0);
    ASSERT(!__builtin_mul_overflow(capacity, item_len, &len) && len < SIZE_MAX / 2);
    struct queue *q = calloc(1, sizeof *q + len);
    ASSERT(q != NULL);
    q->capacity = capacity;
    q->item_len = item_len;
    pthread_condattr_t attr;
    ASSERT(pthread_condattr_init(&attr) == 0);
    ASSERT(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    ASSERT(pthread_mutex_init(&q->lock, NULL) == 0);
    ASSERT(pthread_cond_init(&q->some, &attr) == 0);
    (void)pthread_condattr_destroy(&attr);
    return q;
}

void queue_free(struct queue *q)
{
    if (q == NULL)
        return;
    (void)pthread_cond_destroy(&q->some);
    (void)pthread_mutex_destroy(&q->lock);
    free(q);
}

bool queue_push(struct queue *q, const void *item)
{
    (void)pthread_mutex_lock(&q->lock);
    bool room = !q->closed && q->count < q->capacity;
    if (room) {
        size_t slot = (q->at + q->count) % q->capacity;
        memcpy(q->slots + slot * q->item_len, item, q->item_len);
        q->count++;
        (void)pthread_cond_signal(&q->some);
    }
    (void)pthread_mutex_unlock(&q->lock);
    return room;
}

static struct timespec deadline_in(int64_t ms)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += (time_t)(ms / 1000);
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

enum queue_wait queue_pop(struct queue *q, void *item, int64_t timeout_ms)
{
    enum queue_wait result = QUEUE_ITEM;
    struct timespec until = deadline_in(timeout_ms > 0 ? timeout_ms : 0);

    (void)pthread_mutex_lock(&q->lock);
    while (q->count == 0 && !q->closed && timeout_ms != 0) {
        int rc = timeout_ms < 0 ? pthread_cond_wait(&q->some, &q->lock)
                                : pthread_cond_timedwait(&q->some, &q->lock, &until);
        if (rc == ETIMEDOUT)
            break;
    }
    if (q->count > 0) {
        memcpy(item, q->slots + q->at * q->item_len, q->item_len);
        q->at = (q->at + 1) % q->capacity;
        q->count--;
    } else {
        result = q->closed ? QUEUE_CLOSED : QUEUE_TIMEOUT;
    }
    (void)pthread_mutex_unlock(&q->lock);
    return result;
}

void queue_close(struct queue *q)
{
    (void)pthread_mutex_lock(&q->lock);
    q->closed = true;
    (void)pthread_cond_broadcast(&q->some);
    (void)pthread_mutex_unlock(&q->lock);
}

size_t queue_len(struct queue *q)
{
    (void)pthread_mutex_lock(&q->lock);
    size_t n = q->count;
    (void)pthread_mutex_unlock(&q->lock);
    return n;
}
