#include "runtime/settlement.h"

#include "base/int.h"
#include "runtime/capacity.h"

enum { SLASH_BPS_MAX = 5000, VEST_PARTS = 7 };

struct balance settlement_fee(const struct worker_price *price, const struct worker_com_cr *need,
                              uint16_t ask_bps)
{
    struct balance fee;
    bool ok = balance_mul_ratio_ceil(&fee, capacity_price(need, price), (u128)min_u64(ask_bps, BPS), BPS);
    ASSERT(ok); /* the list price is below 2^99 */
    return fee;
}

bool settlement_of(struct settlement *out, const struct settlement_terms *t)
{
    struct settlement s = {.gross = BALANCE_ZERO};
    struct balance reserved_part, used_part, weighted;
    ASSERT(t->usage_bps <= BPS && t->fee_bps <= BPS);

    if (t->span > 0 && t->up_blocks > 0) {
        uint64_t up_ppm = min_u64(t->up_blocks, t->span) * PPM / t->span;
        if (!balance_mul_u64(&reserved_part, t->full, BPS - t->usage_bps) ||
            !balance_mul_u64(&used_part, balance_min(t->usage, t->full), t->usage_bps) ||
            !balance_add(&weighted, reserved_part, used_part) ||
            !balance_mul_ratio_ceil(&s.gross, weighted, up_ppm, (u128)BPS * PPM))
            return false;
    }
    bool ok = balance_mul_ratio_floor(&s.fee, s.gross, t->fee_bps, BPS);
    ok = ok && balance_sub(&s.net, s.gross, s.fee);
    s.authors = balance_div_u64(s.fee, 2, NULL);
    ok = ok && balance_sub(&s.treasury, s.fee, s.authors);
    ASSERT(ok && balance_cmp(s.gross, t->full) <= 0);
    *out = s;
    return true;
}

uint64_t period_start(const struct worker_contract_state *c, uint32_t p)
{
    if (p == 0)
        return c->anchor;
    return sat_add_u64(sat_add_u64(c->anchor, c->lead), sat_mul_u64(p - 1, c->stage));
}

uint32_t period_len(const struct worker_contract_state *c, uint32_t p)
{
    return p == 0 ? c->lead : c->stage;
}

uint32_t period_at(const struct worker_contract_state *c, uint64_t now)
{
    if (c->stage == 0 || now < sat_add_u64(c->anchor, c->lead))
        return 0;
    uint64_t p = 1 + (now - c->anchor - c->lead) / c->stage;
    return (uint32_t)min_u64(p, UINT32_MAX);
}

struct balance closing_reserve(const struct worker_contract_state *c, uint64_t at, struct balance per_period)
{
    uint64_t from = period_start(c, c->next_period);
    uint64_t first = period_len(c, c->next_period);
    uint64_t span = at > from ? at - from : 0;
    struct balance a, b;

    bool ok = balance_mul_ratio_ceil(&a, per_period, min_u64(span, first), first);
    ok = ok && balance_mul_ratio_ceil(&b, per_period, span > first ? span - first : 0, c->stage);
    if (!ok)
        return c->held;
    return balance_min(c->held, balance_sat_add(a, b));
}

static uint32_t vest_width(uint32_t window)
{
    return (uint32_t)(((uint64_t)window + VEST_PARTS - 1) / VEST_PARTS);
}

uint32_t vest_bucket(uint64_t block, uint32_t window)
{
    uint32_t width = vest_width(window);
    return width == 0 ? 0 : (uint32_t)min_u64(block / width, UINT32_MAX);
}

uint64_t vest_matures(uint32_t bucket, uint32_t window)
{
    return ((uint64_t)bucket + 1) * vest_width(window) + window;
}

void vest_fold(struct worker_contract_state *c, struct worker_vest_bucket room[VEST_BUCKETS], uint64_t block,
               uint32_t window)
{
    uint32_t kept = 0;
    ASSERT(c->vest.n <= VEST_BUCKETS);
    for (uint32_t i = 0; i < c->vest.n; i++) {
        struct worker_vest_bucket v = c->vest.v[i];
        if (vest_matures(v.bucket, window) <= block)
            c->withdrawable = balance_sat_add(c->withdrawable, v.amount);
        else
            room[kept++] = v;
    }
    c->vest.n = kept;
    c->vest.v = room;
}

void vest_add(struct worker_contract_state *c, struct worker_vest_bucket room[VEST_BUCKETS],
              struct balance amount, uint64_t block, uint32_t window)
{
    vest_fold(c, room, block, window);
    c->minted = balance_sat_add(c->minted, amount);
    if (window == 0) {
        c->withdrawable = balance_sat_add(c->withdrawable, amount);
        return;
    }
    uint32_t bucket = vest_bucket(block, window);
    /* A bucket matures at most 8 widths after it began, and there is one per width: 9 never coexist unless
     * the window shrank; then the oldest joins its successor, which matures later. */
    if (c->vest.n > 0 && room[c->vest.n - 1].bucket == bucket) {
        room[c->vest.n - 1].amount = balance_sat_add(room[c->vest.n - 1].amount, amount);
        return;
    }
    if (c->vest.n == VEST_BUCKETS) {
        room[1].amount = balance_sat_add(room[1].amount, room[0].amount);
        memmove(&room[0], &room[1], (VEST_BUCKETS - 1) * sizeof room[0]);
        c->vest.n--;
    }
    room[c->vest.n++] = (struct worker_vest_bucket){.bucket = bucket, .amount = amount};
}

uint32_t reliability_up(uint32_t ppm)
{
    return ppm >= PPM ? PPM : ppm + (PPM - ppm) / 200;
}

uint32_t reliability_down(uint32_t ppm, uint32_t divisor)
{
    return ppm - ppm / divisor;
}

uint32_t missed_slash_bps(uint32_t base_bps, uint32_t k)
{
    ASSERT(k >= 1);
    uint32_t doublings = k - 1 < 16 ? k - 1 : 16;
    return (uint32_t)min_u64((uint64_t)base_bps << doublings, base_bps == 0 ? 0 : SLASH_BPS_MAX);
}
