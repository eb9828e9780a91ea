#include "base/int.h"

bool parse_u128(struct bytes text, u128 *out)
{
    u128 v = 0;

    if (text.len == 0 || (text.len > 1 && text.p[0] == '0'))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        if (!ck_mul(&v, v, 10u) || !ck_add(&v, v, (unsigned)(text.p[i] - '0')))
            return false;
    }
    *out = v;
    return true;
}

bool parse_u64(struct bytes text, uint64_t *out)
{
    u128 v;

    if (!parse_u128(text, &v) || v > UINT64_MAX)
        return false;
    *out = (uint64_t)v;
    return true;
}
