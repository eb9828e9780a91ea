/* runtime/utility.c — batches, with the semantics and events of the SDK's pallet-utility. */
#include "chain/utility.h"
#include "runtime/outcome.h"
#include "runtime/system_gen.h"
#include "runtime/utility_gen.h"

static struct dispatch check_count(const struct scale_call_vec *calls)
{
    return calls->n > UTILITY_BATCHED_CALLS_LIMIT ? utility_fail(UTILITY_ERR_TOO_MANY_CALLS) : DISPATCH_OK;
}

/* Stops at the first failure and keeps what came before: the batch itself succeeds. */
struct dispatch utility_batch(struct exec *x, const struct utility_batch_args *a)
{
    struct origin origin = x->origin;

    DISPATCH_TRY(check_count(&a->calls));
    for (uint32_t i = 0; i < a->calls.n; i++) {
        struct dispatch d = exec_dispatch(x, &origin, &a->calls.v[i]);
        if (!dispatch_ok(d)) {
            utility_emit_batch_interrupted(
                x, &(struct utility_batch_interrupted_event){.index = i, .error = outcome_error(d)});
            return DISPATCH_OK;
        }
        utility_emit_item_completed(x);
    }
    utility_emit_batch_completed(x);
    return DISPATCH_OK;
}

/* The first failure fails the batch, whose layer then forgets everything. */
struct dispatch utility_batch_all(struct exec *x, const struct utility_batch_all_args *a)
{
    struct origin origin = x->origin;

    DISPATCH_TRY(check_count(&a->calls));
    for (uint32_t i = 0; i < a->calls.n; i++) {
        /* As in the SDK batch_all does not nest in itself when an account signs. */
        if (origin.kind != ORIGIN_ROOT && a->calls.v[i].desc == &utility_call_batch_all)
            return system_fail(SYSTEM_ERR_CALL_FILTERED);
        DISPATCH_TRY(exec_dispatch(x, &origin, &a->calls.v[i]));
        utility_emit_item_completed(x);
    }
    utility_emit_batch_completed(x);
    return DISPATCH_OK;
}

struct dispatch utility_force_batch(struct exec *x, const struct utility_force_batch_args *a)
{
    struct origin origin = x->origin;
    bool failed = false;

    DISPATCH_TRY(check_count(&a->calls));
    for (uint32_t i = 0; i < a->calls.n; i++) {
        struct dispatch d = exec_dispatch(x, &origin, &a->calls.v[i]);
        if (dispatch_ok(d)) {
            utility_emit_item_completed(x);
            continue;
        }
        failed = true;
        utility_emit_item_failed(x, &(struct utility_item_failed_event){.error = outcome_error(d)});
    }
    if (failed)
        utility_emit_batch_completed_with_errors(x);
    else
        utility_emit_batch_completed(x);
    return DISPATCH_OK;
}
