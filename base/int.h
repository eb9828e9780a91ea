/* base/int.h — checked integers and number parsing.
 *
 * ck_* return true when the result fits; wrap_* say in their name that wrapping is meant. */
#ifndef BASE_INT_H
#define BASE_INT_H

#include "base/bytes.h"

/* *out = a op b; false on overflow (then *out is unspecified). Works for any integer type of *out. */
#define ck_add(out, a, b) ck_used(!__builtin_add_overflow((a), (b), (out)))
#define ck_sub(out, a, b) ck_used(!__builtin_sub_overflow((a), (b), (out)))
#define ck_mul(out, a, b) ck_used(!__builtin_mul_overflow((a), (b), (out)))

MUST_USE static inline bool ck_used(bool ok)
{
    return ok;
}

MUST_USE static inline bool u32_from(uint64_t v, uint32_t *out)
{
    if (v > UINT32_MAX)
        return false;
    *out = (uint32_t)v;
    return true;
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static inline uint64_t sat_add_u64(uint64_t a, uint64_t b)
{
    uint64_t r;
    return __builtin_add_overflow(a, b, &r) ? UINT64_MAX : r;
}

static inline uint64_t sat_mul_u64(uint64_t a, uint64_t b)
{
    uint64_t r;
    return __builtin_mul_overflow(a, b, &r) ? UINT64_MAX : r;
}

/* The whole of `text` as an unsigned decimal without sign, blanks or leading zeros (except "0"). */
MUST_USE bool parse_u64(struct bytes text, uint64_t *out);
MUST_USE bool parse_u128(struct bytes text, u128 *out);

#endif /* BASE_INT_H */
