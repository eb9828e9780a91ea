/* crypto/xxhash.c — XXH64 and the "twox" hashes made of it. */
#include "crypto/hash.h"

#define P1 0x9e3779b185ebca87u
#define P2 0xc2b2ae3d27d4eb4fu
#define P3 0x165667b19e3779f9u
#define P4 0x85ebca77c2b2ae63u
#define P5 0x27d4eb2f165667c5u

static inline uint64_t rotl64(uint64_t v, unsigned n)
{
    return v << n | v >> (64 - n);
}

static inline uint64_t mix(uint64_t acc, uint64_t lane)
{
    return rotl64(acc + lane * P2, 31) * P1;
}

static inline uint64_t merge(uint64_t acc, uint64_t lane)
{
    return (acc ^ mix(0, lane)) * P1 + P4;
}

/* The part of the input that fills whole stripes of 32 bytes; `in` is left with the tail. */
static uint64_t stripes(uint64_t seed, struct bytes *in)
{
    uint64_t a = seed + P1 + P2, b = seed + P2, c = seed, d = seed - P1;
    while (in->len >= 32) {
        a = mix(a, load_u64le(in->p));
        b = mix(b, load_u64le(in->p + 8));
        c = mix(c, load_u64le(in->p + 16));
        d = mix(d, load_u64le(in->p + 24));
        *in = bytes_from(*in, 32);
    }
    uint64_t acc = rotl64(a, 1) + rotl64(b, 7) + rotl64(c, 12) + rotl64(d, 18);
    return merge(merge(merge(merge(acc, a), b), c), d);
}

uint64_t xxhash64(uint64_t seed, struct bytes in)
{
    uint64_t total = in.len;
    uint64_t acc = in.len >= 32 ? stripes(seed, &in) : seed + P5;
    acc += total;
    while (in.len >= 8) {
        acc = rotl64(acc ^ mix(0, load_u64le(in.p)), 27) * P1 + P4;
        in = bytes_from(in, 8);
    }
    if (in.len >= 4) {
        acc = rotl64(acc ^ load_u32le(in.p) * P1, 23) * P2 + P3;
        in = bytes_from(in, 4);
    }
    for (size_t i = 0; i < in.len; i++)
        acc = rotl64(acc ^ in.p[i] * P5, 11) * P1;
    acc = (acc ^ acc >> 33) * P2;
    acc = (acc ^ acc >> 29) * P3;
    return acc ^ acc >> 32;
}

static void twox(uint8_t *out, size_t words, struct bytes in)
{
    for (size_t i = 0; i < words; i++)
        store_u64le(out + 8 * i, xxhash64(i, in));
}

void twox_64(uint8_t out[8], struct bytes in)
{
    twox(out, 1, in);
}

void twox_128(uint8_t out[16], struct bytes in)
{
    twox(out, 2, in);
}

void twox_256(uint8_t out[32], struct bytes in)
{
    twox(out, 4, in);
}
