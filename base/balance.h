/* base/balance.h — amounts of the native token in planck, and the only arithmetic on them.
 *
 * No other file names the member: rounding and overflow are decided here. Functions returning bool are false
 * on overflow or underflow, with *out untouched. */
#ifndef BASE_BALANCE_H
#define BASE_BALANCE_H

#include "base/bytes.h"

struct balance {
    u128 planck;
};

#define BALANCE_ZERO ((struct balance){0})
#define BALANCE_TEXT_MAX 40 /* longest decimal text with its zero */

struct balance balance_of(uint64_t planck);
struct balance balance_of_u128(u128 planck);
u128 balance_planck(struct balance b); /* for codecs and for ratios that are not money */

bool balance_is_zero(struct balance b);
int balance_cmp(struct balance a, struct balance b); /* -1, 0, 1 */
struct balance balance_min(struct balance a, struct balance b);
struct balance balance_max(struct balance a, struct balance b);

MUST_USE bool balance_add(struct balance *out, struct balance a, struct balance b);
MUST_USE bool balance_sub(struct balance *out, struct balance a, struct balance b);
MUST_USE bool balance_mul_u64(struct balance *out, struct balance a, uint64_t n);
struct balance balance_sat_add(struct balance a, struct balance b);
struct balance balance_sat_sub(struct balance a, struct balance b); /* zero when b > a */

/* a * num / den with a 256-bit product, rounded down or up; false when den is 0 or the result exceeds 128
 * bits. */
MUST_USE bool balance_mul_ratio_floor(struct balance *out, struct balance a, u128 num, u128 den);
MUST_USE bool balance_mul_ratio_ceil(struct balance *out, struct balance a, u128 num, u128 den);

/* The quotient and remainder of a / n, n > 0. */
struct balance balance_div_u64(struct balance a, uint64_t n, struct balance *rem_opt);

/* Decimal planck text, both ways; parse refuses signs, blanks, leading zeros and overflow. */
size_t balance_text(char out[BALANCE_TEXT_MAX], struct balance b);
MUST_USE bool balance_parse(struct balance *out, struct bytes text);

#endif /* BASE_BALANCE_H */
