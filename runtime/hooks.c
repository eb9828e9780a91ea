/* runtime/hooks.c — what the hooks of a block weigh, from the lists they are about to serve. */
#include "runtime/hooks.h"

#include "base/int.h"
#include "runtime/worker_gen.h"

uint64_t hooks_weight(struct exec *x)
{
    struct arena_mark mark = arena_mark(x->arena);
    struct worker_retry_vec works;
    struct worker_due_vec dues;

    worker_retry_at_get(x, &works, x->block);
    worker_due_at_get(x, &dues, x->block);
    arena_rewind(x->arena, mark);
    return sat_add_u64(sat_mul_u64(works.n, HOOK_WEIGHT_PER_WORK), sat_mul_u64(dues.n, HOOK_WEIGHT_PER_DUE));
}
