/* runtime/timestamp.c — the block's time: set once, by the author's inherent, and always later than the one
 * before. */
#include "runtime/timestamp_gen.h"

struct dispatch timestamp_set(struct exec *x, const struct timestamp_set_args *a)
{
    uint64_t before = timestamp_now_get(x);

    /* A failing inherent makes the block invalid, so the kind of failure is of no interest. */
    if (timestamp_did_update_get(x) || a->now <= before)
        return DISPATCH_FAIL(DISPATCH_OTHER, 0);
    timestamp_now_put(x, a->now);
    timestamp_did_update_put(x, true);
    return DISPATCH_OK;
}
