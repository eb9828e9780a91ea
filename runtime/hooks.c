/* runtime/hooks.c — what the hooks of a block weigh, from the lists they are about to serve. */
#include "runtime/hooks.h"

#include "runtime/worker_gen.h"

uint64_t hooks_weight(struct exec *x)
{
    struct arena_mark mark = arena_mark(x->arena);
    struct worker_retry_vec works;
    struct worker_due_vec dues;
    struct scale_h256_vec seen;
    uint32_t challenges = 0;

    worker_retry_at_get(x, &works, x->block);
    worker_due_at_get(x, &dues, x->block);
    worker_evidence_expiry_get(x, &seen, x->block);
    for (uint32_t i = 0; i < dues.n; i++)
        challenges += dues.v[i].kind == WORKER_DUE_KIND_CHALLENGE;
    arena_rewind(x->arena, mark);
    uint64_t weight = HOOK_WEIGHT_OF_BLOCK + seen.n * HOOK_WEIGHT_PER_SEEN; /* lists are bounded */
    weight += works.n * HOOK_WEIGHT_PER_WORK + (dues.n - challenges) * HOOK_WEIGHT_PER_DUE;
    return weight + challenges * HOOK_WEIGHT_PER_CHALLENGE;
}
