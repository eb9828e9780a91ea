/* crypto/sha2.c — SHA-256, SHA-384 and SHA-512 (FIPS 180-4). */
#include "crypto/hash.h"

static const uint32_t k256[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static const uint64_t k512[80] = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc, 0x3956c25bf348b538,
    0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118, 0xd807aa98a3030242, 0x12835b0145706fbe,
    0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2, 0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235,
    0xc19bf174cf692694, 0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5, 0x983e5152ee66dfab,
    0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4, 0xc6e00bf33da88fc2, 0xd5a79147930aa725,
    0x06ca6351e003826f, 0x142929670a0e6e70, 0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed,
    0x53380d139d95b3df, 0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30, 0xd192e819d6ef5218,
    0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8, 0x19a4c116b8d2d0c8, 0x1e376c085141ab53,
    0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8, 0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373,
    0x682e6ff3d6b2b8a3, 0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b, 0xca273eceea26619c,
    0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178, 0x06f067aa72176fba, 0x0a637dc5a2c898a6,
    0x113f9804bef90dae, 0x1b710b35131c471b, 0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc,
    0x431d67c49c100d4c, 0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
};

static const uint32_t h256[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static const uint64_t h384[8] = {
    0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
    0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4,
};

static const uint64_t h512[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

static inline uint32_t rotr32(uint32_t v, unsigned n)
{
    return v >> n | v << (32 - n);
}

static inline uint64_t rotr64(uint64_t v, unsigned n)
{
    return v >> n | v << (64 - n);
}

static inline uint32_t load_u32be(const uint8_t *p)
{
    return __builtin_bswap32(load_u32le(p));
}

static inline uint64_t load_u64be(const uint8_t *p)
{
    return __builtin_bswap64(load_u64le(p));
}

/* One round with the working variables already rotated by the caller's argument order: no shuffling of eight
 * words. S0, S1 are FIPS 180-4's capital sigmas of the two word sizes. */
#define SHA2_ROUND(S0, S1, a, b, c, d, e, f, g, h, kw) \
    do {                                               \
        h += S1(e) + (g ^ (e & (f ^ g))) + (kw);       \
        d += h;                                        \
        h += S0(a) + ((a & b) | (c & (a | b)));        \
    } while (0)

#define SHA2_EIGHT(S0, S1, K, w, i)                                          \
    do {                                                                     \
        SHA2_ROUND(S0, S1, a, b, c, d, e, f, g, h, K[(i) + 0] + w[(i) + 0]); \
        SHA2_ROUND(S0, S1, h, a, b, c, d, e, f, g, K[(i) + 1] + w[(i) + 1]); \
        SHA2_ROUND(S0, S1, g, h, a, b, c, d, e, f, K[(i) + 2] + w[(i) + 2]); \
        SHA2_ROUND(S0, S1, f, g, h, a, b, c, d, e, K[(i) + 3] + w[(i) + 3]); \
        SHA2_ROUND(S0, S1, e, f, g, h, a, b, c, d, K[(i) + 4] + w[(i) + 4]); \
        SHA2_ROUND(S0, S1, d, e, f, g, h, a, b, c, K[(i) + 5] + w[(i) + 5]); \
        SHA2_ROUND(S0, S1, c, d, e, f, g, h, a, b, K[(i) + 6] + w[(i) + 6]); \
        SHA2_ROUND(S0, S1, b, c, d, e, f, g, h, a, K[(i) + 7] + w[(i) + 7]); \
    } while (0)

#define BIG0_256(x) (rotr32(x, 2) ^ rotr32(x, 13) ^ rotr32(x, 22))
#define BIG1_256(x) (rotr32(x, 6) ^ rotr32(x, 11) ^ rotr32(x, 25))
#define BIG0_512(x) (rotr64(x, 28) ^ rotr64(x, 34) ^ rotr64(x, 39))
#define BIG1_512(x) (rotr64(x, 14) ^ rotr64(x, 18) ^ rotr64(x, 41))

static void compress256(uint32_t s[8], const uint8_t *block)
{
    uint32_t w[64];
    for (size_t i = 0; i < 16; i++)
        w[i] = load_u32be(block + 4 * i);
    for (size_t i = 16; i < 64; i++) {
        uint32_t s0 = rotr32(w[i - 15], 7) ^ rotr32(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t s1 = rotr32(w[i - 2], 17) ^ rotr32(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    uint32_t a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
    for (size_t i = 0; i < 64; i += 8)
        SHA2_EIGHT(BIG0_256, BIG1_256, k256, w, i);
    s[0] += a;
    s[1] += b;
    s[2] += c;
    s[3] += d;
    s[4] += e;
    s[5] += f;
    s[6] += g;
    s[7] += h;
}

static void compress512(uint64_t s[8], const uint8_t *block)
{
    uint64_t w[80];
    for (size_t i = 0; i < 16; i++)
        w[i] = load_u64be(block + 8 * i);
    for (size_t i = 16; i < 80; i++) {
        uint64_t s0 = rotr64(w[i - 15], 1) ^ rotr64(w[i - 15], 8) ^ w[i - 15] >> 7;
        uint64_t s1 = rotr64(w[i - 2], 19) ^ rotr64(w[i - 2], 61) ^ w[i - 2] >> 6;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    uint64_t a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
    for (size_t i = 0; i < 80; i += 8)
        SHA2_EIGHT(BIG0_512, BIG1_512, k512, w, i);
    s[0] += a;
    s[1] += b;
    s[2] += c;
    s[3] += d;
    s[4] += e;
    s[5] += f;
    s[6] += g;
    s[7] += h;
}

void sha256_init(struct sha256 *s)
{
    memcpy(s->h, h256, sizeof h256);
    s->len = 0;
}

void sha256_update(struct sha256 *s, struct bytes in)
{
    size_t held = s->len % 64;
    s->len += in.len;
    while (in.len > 0) {
        if (held == 0 && in.len >= 64) {
            compress256(s->h, in.p);
            in = bytes_from(in, 64);
            continue;
        }
        size_t n = in.len < 64 - held ? in.len : 64 - held;
        memcpy(s->buf + held, in.p, n);
        in = bytes_from(in, n);
        held = (held + n) % 64;
        if (held == 0)
            compress256(s->h, s->buf);
    }
}

/* Big-endian bit count into the last 8 bytes; lengths stay below 2^61 bytes. */
static void put_bit_count(uint8_t at[8], uint64_t bytes)
{
    uint64_t bits = __builtin_bswap64(bytes << 3);
    store_u64le(at, bits);
}

void sha256_final(struct sha256 *s, uint8_t out[32])
{
    uint8_t pad[72] = {0x80};
    size_t held = s->len % 64;
    size_t zeros = held < 56 ? 56 - held : 120 - held; /* the 0x80 included */
    put_bit_count(pad + zeros, s->len);
    sha256_update(s, bytes_of(pad, zeros + 8));
    for (size_t i = 0; i < 8; i++)
        store_u32le(out + 4 * i, __builtin_bswap32(s->h[i]));
}

void sha256(uint8_t out[32], struct bytes in)
{
    struct sha256 s;
    sha256_init(&s);
    sha256_update(&s, in);
    sha256_final(&s, out);
}

void sha512_init(struct sha512 *s)
{
    memcpy(s->h, h512, sizeof h512);
    s->len = 0;
}

void sha512_update(struct sha512 *s, struct bytes in)
{
    size_t held = s->len % 128;
    s->len += in.len;
    while (in.len > 0) {
        if (held == 0 && in.len >= 128) {
            compress512(s->h, in.p);
            in = bytes_from(in, 128);
            continue;
        }
        size_t n = in.len < 128 - held ? in.len : 128 - held;
        memcpy(s->buf + held, in.p, n);
        in = bytes_from(in, n);
        held = (held + n) % 128;
        if (held == 0)
            compress512(s->h, s->buf);
    }
}

/* Both final functions: pads, then writes the first `words` words. */
static void finish512(struct sha512 *s, uint8_t *out, size_t words)
{
    uint8_t pad[144] = {0x80};
    size_t held = s->len % 128;
    size_t zeros = held < 112 ? 112 - held : 240 - held; /* the 0x80 included */
    put_bit_count(pad + zeros + 8, s->len);
    sha512_update(s, bytes_of(pad, zeros + 16));
    for (size_t i = 0; i < words; i++)
        store_u64le(out + 8 * i, __builtin_bswap64(s->h[i]));
}

void sha512_final(struct sha512 *s, uint8_t out[64])
{
    finish512(s, out, 8);
}

void sha512(uint8_t out[64], struct bytes in)
{
    struct sha512 s;
    sha512_init(&s);
    sha512_update(&s, in);
    sha512_final(&s, out);
}

void sha384_init(struct sha512 *s)
{
    memcpy(s->h, h384, sizeof h384);
    s->len = 0;
}

void sha384_update(struct sha512 *s, struct bytes in)
{
    sha512_update(s, in);
}

void sha384_final(struct sha512 *s, uint8_t out[48])
{
    finish512(s, out, 6);
}

void sha384(uint8_t out[48], struct bytes in)
{
    struct sha512 s;
    sha384_init(&s);
    sha512_update(&s, in);
    sha384_final(&s, out);
}
