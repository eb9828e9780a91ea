/* node/engine_dev.h — when a single node makes its next block.
 *
 * Instant: as soon as a transaction is ready and nothing else is under way that could bring more of them;
 * under load after at most ENGINE_BATCH_MS, so that a block takes what has gathered; ENGINE_FOLLOW_MS after a
 * block with transactions one more, because the chain serves what they queued (placements) at the start of
 * the next block; without transactions every ENGINE_IDLE_MS, because clients drop chains that stay silent.
 * Timed: every seal_ms. Pure: time is handed in. */
#ifndef NODE_ENGINE_DEV_H
#define NODE_ENGINE_DEV_H

#include "base/base.h"

enum {
    ENGINE_BATCH_MS = 100,
    ENGINE_BATCH_COUNT = 2000, /* this many ready transactions do not wait for more */
    ENGINE_FOLLOW_MS = 200,
    ENGINE_IDLE_MS = 5000,
    ENGINE_BACKOFF_MS = 1000, /* after a block that took none of the ready ones */
};

struct engine_dev {
    uint32_t seal_ms;        /* 0: instant */
    uint64_t last_ms;        /* when the last block was made */
    uint64_t ready_since_ms; /* 0: nothing was ready at the last look */
    bool fruitless;
    bool follow; /* the last block held transactions */
};

void engine_dev_init(struct engine_dev *g, uint32_t seal_ms, uint64_t now_ms);
/* Milliseconds until a block is due, 0 when it is now. `busy`: submissions are still on their way. */
int64_t engine_dev_wait(struct engine_dev *g, uint64_t now_ms, size_t ready, bool busy);
/* A block was made that took `taken` transactions of the pool. */
void engine_dev_made(struct engine_dev *g, uint64_t now_ms, size_t taken, size_t ready_left);

#endif /* NODE_ENGINE_DEV_H */
