/* tools/idlc/twox.c — xxHash64, for storage prefixes and type hashes. Source: the xxHash specification 0.1.1.
 */
#include "tools/idlc/idl.h"

#define P1 UINT64_C(0x9e3779b185ebca87)
#define P2 UINT64_C(0xc2b2ae3d27d4eb4f)
#define P3 UINT64_C(0x165667b19e3779f9)
#define P4 UINT64_C(0x85ebca77c2b2ae63)
#define P5 UINT64_C(0x27d4eb2f165667c5)

static uint64_t rotl(uint64_t v, unsigned by)
{
    return v << by | v >> (64 - by);
}

static uint64_t step(uint64_t acc, uint64_t lane)
{
    return rotl(acc + lane * P2, 31) * P1;
}

static uint64_t finish(uint64_t h, const uint8_t *p, size_t left)
{
    for (; left >= 8; p += 8, left -= 8)
        h = rotl(h ^ step(0, load_u64le(p)), 27) * P1 + P4;
    if (left >= 4) {
        h = rotl(h ^ load_u32le(p) * P1, 23) * P2 + P3;
        p += 4;
        left -= 4;
    }
    for (; left > 0; p++, left--)
        h = rotl(h ^ *p * P5, 11) * P1;
    h = (h ^ h >> 33) * P2;
    h = (h ^ h >> 29) * P3;
    return h ^ h >> 32;
}

uint64_t xxh64(struct bytes in, uint64_t seed)
{
    const uint8_t *p = in.p;
    size_t left = in.len;
    uint64_t h = seed + P5;

    if (left >= 32) {
        uint64_t v[4] = {seed + P1 + P2, seed + P2, seed, seed - P1};
        for (; left >= 32; p += 32, left -= 32)
            for (size_t i = 0; i < 4; i++)
                v[i] = step(v[i], load_u64le(p + 8 * i));
        h = rotl(v[0], 1) + rotl(v[1], 7) + rotl(v[2], 12) + rotl(v[3], 18);
        for (size_t i = 0; i < 4; i++)
            h = (h ^ step(0, v[i])) * P1 + P4;
    }
    return finish(h + in.len, p, left);
}
