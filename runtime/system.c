/* runtime/system.c — the calls of System. What else System does is runtime/executive.c. */
#include "runtime/state.h"
#include "runtime/system_gen.h"

struct dispatch system_remark(struct exec *x, const struct system_remark_args *a)
{
    (void)x;
    (void)a;
    return DISPATCH_OK;
}

struct dispatch system_remark_with_event(struct exec *x, const struct system_remark_with_event_args *a)
{
    system_emit_remarked(
        x, &(struct system_remarked_event){.sender = *exec_signer(x), .hash = exec_blake2_256(x, a->remark)});
    return DISPATCH_OK;
}

/* A Substrate host ignores writes under this prefix, where it keeps the roots of child tries; one that does
 * not would come to another state root. */
#define CHILD_STORAGE BYTES_LIT(":child_storage:")

struct dispatch system_set_storage(struct exec *x, const struct system_set_storage_args *a)
{
    for (uint32_t i = 0; i < a->items.n; i++)
        if (bytes_starts_with(a->items.v[i].a, CHILD_STORAGE))
            return system_fail(SYSTEM_ERR_CALL_FILTERED);
    for (uint32_t i = 0; i < a->items.n; i++)
        state_set(x, a->items.v[i].a, a->items.v[i].b);
    return DISPATCH_OK;
}

struct dispatch system_kill_storage(struct exec *x, const struct system_kill_storage_args *a)
{
    for (uint32_t i = 0; i < a->keys.n; i++)
        state_clear(x, a->keys.v[i]);
    return DISPATCH_OK;
}
