/* node/engine_dev.c — see engine_dev.h. */
#include "node/engine_dev.h"

void engine_dev_init(struct engine_dev *g, uint32_t seal_ms, uint64_t now_ms)
{
    *g = (struct engine_dev){.seal_ms = seal_ms, .last_ms = now_ms};
}

static int64_t until(uint64_t due_ms, uint64_t now_ms)
{
    return due_ms <= now_ms ? 0 : (int64_t)(due_ms - now_ms);
}

int64_t engine_dev_wait(struct engine_dev *g, uint64_t now_ms, size_t ready, bool busy)
{
    if (g->seal_ms != 0)
        return until(g->last_ms + g->seal_ms, now_ms);
    if (ready == 0) {
        g->ready_since_ms = 0;
        return until(g->last_ms + (g->follow ? ENGINE_FOLLOW_MS : ENGINE_IDLE_MS), now_ms);
    }
    if (g->fruitless)
        return until(g->last_ms + ENGINE_BACKOFF_MS, now_ms);
    if (g->ready_since_ms == 0)
        g->ready_since_ms = now_ms;
    if (!busy || ready >= ENGINE_BATCH_COUNT)
        return 0;
    return until(g->ready_since_ms + ENGINE_BATCH_MS, now_ms);
}

void engine_dev_made(struct engine_dev *g, uint64_t now_ms, size_t taken, size_t ready_left)
{
    /* Timed blocks keep their rhythm; after a pause they do not catch up. */
    g->last_ms =
        g->seal_ms != 0 && now_ms - g->last_ms < 2ull * g->seal_ms ? g->last_ms + g->seal_ms : now_ms;
    g->ready_since_ms = 0;
    g->fruitless = taken == 0 && ready_left > 0;
    g->follow = taken > 0;
}
