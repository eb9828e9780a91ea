#include "runtime/calls.h"

#include "base/int.h"
#include "chain/chain.h"

/* frame-utility: the calls' weights are added, and the batch is operational when every call is. An empty one
 * is not, unlike there: anyone could fill with them the room that is kept for operational calls. */
static struct dispatch_info batch_info(struct dispatch_info own, const struct scale_call_vec *calls)
{
    struct dispatch_info sum = {.weight = own.weight,
                                .class = calls->n > 0 ? CALL_CLASS_OPERATIONAL : CALL_CLASS_NORMAL};

    for (uint32_t i = 0; i < calls->n; i++) {
        struct dispatch_info one = calls_info(&calls->v[i]);
        sum.weight = sat_add_u64(sum.weight, sat_add_u64(one.weight, BATCH_ITEM_WEIGHT));
        if (one.class != CALL_CLASS_OPERATIONAL)
            sum.class = CALL_CLASS_NORMAL;
    }
    return sum;
}

static struct dispatch_info wrapped_info(struct dispatch_info own, const struct call *inner)
{
    struct dispatch_info info = calls_info(inner);
    info.weight = sat_add_u64(info.weight, own.weight);
    return info;
}

/* Recursion is bounded by the decoder: WALK_CALL_DEPTH_MAX. */
struct dispatch_info calls_info(const struct call *call)
{
    const struct call_desc *d = call->desc;
    struct dispatch_info own = {
        .weight = sat_add_u64(d->weight, sat_mul_u64(d->weight_per_byte, call->encoded.len)),
        .class = d->class,
    };

    if (d == &utility_call_batch)
        return batch_info(own, &((const struct utility_batch_args *)call->args)->calls);
    if (d == &utility_call_batch_all)
        return batch_info(own, &((const struct utility_batch_all_args *)call->args)->calls);
    if (d == &utility_call_force_batch)
        return batch_info(own, &((const struct utility_force_batch_args *)call->args)->calls);
    if (d == &sudo_call_sudo)
        return wrapped_info(own, &((const struct sudo_sudo_args *)call->args)->call);
    if (d == &sudo_call_sudo_as)
        return wrapped_info(own, &((const struct sudo_sudo_as_args *)call->args)->call);
    return own;
}
