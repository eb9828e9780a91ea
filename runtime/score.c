#include "runtime/score.h"

#include "base/int.h"
#include "runtime/capacity.h"
#include "runtime/settlement.h"

/* The fullest resource after the work is booked, in ppm of its capacity. */
static uint32_t dominant_share(const struct score_input *in)
{
    uint64_t most = 0;
    for (unsigned i = 0; i < CAPACITY_FIELDS; i++) {
        uint64_t total = capacity_at(&in->total, i);
        uint64_t used = (uint64_t)capacity_at(&in->used, i) + capacity_at(&in->need, i);
        if (total > 0)
            most = max_u64(most, used * PPM / total);
    }
    return (uint32_t)min_u64(most, PPM);
}

/* How many times over the stake covers the work: a quarter of it, capped at 1. */
static uint32_t stake_share(const struct score_input *in)
{
    struct balance bound, share;
    if (balance_is_zero(in->sigma))
        return PPM;
    if (!balance_mul_u64(&bound, in->sigma, 4) ||
        !balance_mul_ratio_floor(&share, in->free_stake, PPM, balance_planck(bound)))
        return 0;
    return (uint32_t)min_u64((uint64_t)balance_planck(balance_min(share, balance_of(PPM))), PPM);
}

int64_t score_of(const struct score_input *in)
{
    int64_t dom = dominant_share(in);
    int64_t stk = stake_share(in);
    int64_t prc = PPM - 100 * (int64_t)in->price_bps;
    int64_t score = (45 * (int64_t)in->reliability_ppm + 25 * (PPM - dom) + 15 * stk + 15 * prc) / 100;

    score -= 50000 * (int64_t)(in->cluster_level - in->work_level);
    if (in->need.gpu == 0 && in->total.gpu > 0)
        score -= 200000;
    return score;
}
