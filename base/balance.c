#include "base/balance.h"
#include "base/fmt.h"
#include "base/int.h"

struct balance balance_of(uint64_t planck)
{
    return (struct balance){planck};
}

struct balance balance_of_u128(u128 planck)
{
    return (struct balance){planck};
}

u128 balance_planck(struct balance b)
{
    return b.planck;
}

bool balance_is_zero(struct balance b)
{
    return b.planck == 0;
}

int balance_cmp(struct balance a, struct balance b)
{
    return (a.planck > b.planck) - (a.planck < b.planck);
}

struct balance balance_min(struct balance a, struct balance b)
{
    return a.planck < b.planck ? a : b;
}

struct balance balance_max(struct balance a, struct balance b)
{
    return a.planck > b.planck ? a : b;
}

bool balance_add(struct balance *out, struct balance a, struct balance b)
{
    u128 r;
    if (!ck_add(&r, a.planck, b.planck))
        return false;
    out->planck = r;
    return true;
}

bool balance_sub(struct balance *out, struct balance a, struct balance b)
{
    if (b.planck > a.planck)
        return false;
    out->planck = a.planck - b.planck;
    return true;
}

bool balance_mul_u64(struct balance *out, struct balance a, uint64_t n)
{
    u128 r;
    if (!ck_mul(&r, a.planck, (u128)n))
        return false;
    out->planck = r;
    return true;
}

struct balance balance_sat_add(struct balance a, struct balance b)
{
    struct balance r;
    return balance_add(&r, a, b) ? r : (struct balance){~(u128)0};
}

struct balance balance_sat_sub(struct balance a, struct balance b)
{
    struct balance r;
    return balance_sub(&r, a, b) ? r : BALANCE_ZERO;
}

struct u256 {
    u128 hi, lo;
};

static struct u256 mul_wide(u128 a, u128 b)
{
    const u128 mask = UINT64_MAX;
    u128 al = a & mask, ah = a >> 64, bl = b & mask, bh = b >> 64;
    u128 ll = al * bl, lh = al * bh, hl = ah * bl;
    u128 mid = (ll >> 64) + (lh & mask) + (hl & mask);
    return (struct u256){ah * bh + (lh >> 64) + (hl >> 64) + (mid >> 64), (ll & mask) | (mid << 64)};
}

/* Shift-and-subtract division; false when the quotient exceeds 128 bits. */
static bool div_wide(u128 *q, u128 *rem, struct u256 n, u128 d)
{
    if (d == 0 || n.hi >= d)
        return false;
    if (n.hi == 0) {
        *q = n.lo / d;
        *rem = n.lo % d;
        return true;
    }
    u128 r = n.hi, quot = 0;
    for (int i = 127; i >= 0; i--) {
        bool carry = (r >> 127) != 0;
        r = r << 1 | ((n.lo >> i) & 1);
        quot <<= 1;
        if (carry || r >= d) {
            r -= d;
            quot |= 1;
        }
    }
    *q = quot;
    *rem = r;
    return true;
}

bool balance_mul_ratio_floor(struct balance *out, struct balance a, u128 num, u128 den)
{
    u128 q, rem;
    if (!div_wide(&q, &rem, mul_wide(a.planck, num), den))
        return false;
    out->planck = q;
    return true;
}

bool balance_mul_ratio_ceil(struct balance *out, struct balance a, u128 num, u128 den)
{
    u128 q, rem;
    if (!div_wide(&q, &rem, mul_wide(a.planck, num), den))
        return false;
    if (rem != 0 && !ck_add(&q, q, (u128)1))
        return false;
    out->planck = q;
    return true;
}

struct balance balance_div_u64(struct balance a, uint64_t n, struct balance *rem_opt)
{
    ASSERT(n > 0);
    if (rem_opt != NULL)
        rem_opt->planck = a.planck % n;
    return (struct balance){a.planck / n};
}

size_t balance_text(char out[BALANCE_TEXT_MAX], struct balance b)
{
    return fmt_u128(out, b.planck);
}

bool balance_parse(struct balance *out, struct bytes text)
{
    u128 v;
    if (!parse_u128(text, &v))
        return false;
    out->planck = v;
    return true;
}
