#include "runtime/block_limits.h"

#include "base/int.h"
#include "chain/system.h"
#include "runtime/system_gen.h"

static const struct system_weights_per_class *class_weights(enum call_class class)
{
    const struct system_per_class_weights *w = &system_const_block_weights.per_class;
    switch (class) {
    case CALL_CLASS_NORMAL:
        return &w->normal;
    case CALL_CLASS_OPERATIONAL:
        return &w->operational;
    case CALL_CLASS_MANDATORY:
        return &w->mandatory;
    }
    UNREACHABLE();
}

uint64_t limits_base_weight(enum call_class class)
{
    return class_weights(class)->base_extrinsic.ref_time;
}

uint64_t limits_max_block_weight(void)
{
    return system_const_block_weights.max_block.ref_time;
}

uint32_t limits_max_length(enum call_class class)
{
    const struct system_per_class_u32 *max = &system_const_block_length.max;
    switch (class) {
    case CALL_CLASS_NORMAL:
        return max->normal;
    case CALL_CLASS_OPERATIONAL:
        return max->operational;
    case CALL_CLASS_MANDATORY:
        return max->mandatory;
    }
    UNREACHABLE();
}

bool limits_fit_ever(const struct dispatch_info *info, uint32_t len)
{
    const struct system_weights_per_class *w = class_weights(info->class);
    if (w->max_extrinsic.some && info->weight > w->max_extrinsic.value.ref_time)
        return false;
    return len <= limits_max_length(info->class);
}

static uint64_t *used_of(struct system_per_class_weight *used, enum call_class class)
{
    switch (class) {
    case CALL_CLASS_NORMAL:
        return &used->normal.ref_time;
    case CALL_CLASS_OPERATIONAL:
        return &used->operational.ref_time;
    case CALL_CLASS_MANDATORY:
        return &used->mandatory.ref_time;
    }
    UNREACHABLE();
}

/* frame-system calculate_consumed_weight: the class's own limit, then the block's, over which only the
 * class's reserve is left. A class without limits always fits. */
static bool weight_fits(const struct system_per_class_weight *all, uint64_t used, enum call_class class)
{
    const struct system_weights_per_class *w = class_weights(class);
    uint64_t total =
        sat_add_u64(sat_add_u64(all->normal.ref_time, all->operational.ref_time), all->mandatory.ref_time);

    if (w->max_total.some && used > w->max_total.value.ref_time)
        return false;
    if (total > limits_max_block_weight())
        return !w->reserved.some || used <= w->reserved.value.ref_time;
    return true;
}

bool limits_add(struct exec *x, const struct dispatch_info *info, uint32_t len)
{
    struct system_per_class_weight all;
    uint32_t bytes = 0;

    if (!limits_fit_ever(info, len))
        return false;
    if (!system_all_extrinsics_len_get(x, &bytes))
        bytes = 0;
    if ((uint64_t)bytes + len > limits_max_length(info->class))
        return false;
    system_block_weight_get(x, &all);
    uint64_t *used = used_of(&all, info->class);
    *used = sat_add_u64(*used, sat_add_u64(info->weight, limits_base_weight(info->class)));
    if (!weight_fits(&all, *used, info->class))
        return false;
    system_block_weight_put(x, &all);
    system_all_extrinsics_len_put(x, bytes + len);
    return true;
}

void limits_reset(struct exec *x)
{
    struct system_per_class_weight all = {0};
    all.mandatory.ref_time = system_const_block_weights.base_block.ref_time;
    system_block_weight_put(x, &all);
    system_all_extrinsics_len_del(x);
}

void limits_add_hooks(struct exec *x, uint64_t weight)
{
    struct system_per_class_weight all;

    if (weight == 0)
        return;
    system_block_weight_get(x, &all);
    all.mandatory.ref_time = sat_add_u64(all.mandatory.ref_time, weight);
    system_block_weight_put(x, &all);
}
