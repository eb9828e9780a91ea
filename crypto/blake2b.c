/* crypto/blake2b.c — BLAKE2b (RFC 7693) without key. */
#include "crypto/hash.h"

#define BLOCK 128

static const uint64_t iv[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

static inline uint64_t rotr64(uint64_t v, unsigned n)
{
    return v >> n | v << (64 - n);
}

/* The message schedule is spelled out per round (not looked up), so that every index is a constant and the
 * sixteen words stay in registers and stack slots: about twice as fast as a table. */
#define G(a, b, c, d, x, y)    \
    do {                       \
        a += b + (x);          \
        d = rotr64(d ^ a, 32); \
        c += d;                \
        b = rotr64(b ^ c, 24); \
        a += b + (y);          \
        d = rotr64(d ^ a, 16); \
        c += d;                \
        b = rotr64(b ^ c, 63); \
    } while (0)

#define ROUND(s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15) \
    do {                                                                            \
        G(v0, v4, v8, v12, m[s0], m[s1]);                                           \
        G(v1, v5, v9, v13, m[s2], m[s3]);                                           \
        G(v2, v6, v10, v14, m[s4], m[s5]);                                          \
        G(v3, v7, v11, v15, m[s6], m[s7]);                                          \
        G(v0, v5, v10, v15, m[s8], m[s9]);                                          \
        G(v1, v6, v11, v12, m[s10], m[s11]);                                        \
        G(v2, v7, v8, v13, m[s12], m[s13]);                                         \
        G(v3, v4, v9, v14, m[s14], m[s15]);                                         \
    } while (0)

static void compress(struct blake2b *b, const uint8_t *block, bool last)
{
    uint64_t m[16];
    for (size_t i = 0; i < 16; i++)
        m[i] = load_u64le(block + 8 * i);

    uint64_t v0 = b->h[0], v1 = b->h[1], v2 = b->h[2], v3 = b->h[3];
    uint64_t v4 = b->h[4], v5 = b->h[5], v6 = b->h[6], v7 = b->h[7];
    uint64_t v8 = iv[0], v9 = iv[1], v10 = iv[2], v11 = iv[3];
    uint64_t v12 = iv[4] ^ b->counter, v13 = iv[5], v14 = last ? ~iv[6] : iv[6], v15 = iv[7];

    ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    ROUND(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);
    ROUND(11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4);
    ROUND(7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8);
    ROUND(9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13);
    ROUND(2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9);
    ROUND(12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11);
    ROUND(13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10);
    ROUND(6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5);
    ROUND(10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0);
    ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    ROUND(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);

    b->h[0] ^= v0 ^ v8;
    b->h[1] ^= v1 ^ v9;
    b->h[2] ^= v2 ^ v10;
    b->h[3] ^= v3 ^ v11;
    b->h[4] ^= v4 ^ v12;
    b->h[5] ^= v5 ^ v13;
    b->h[6] ^= v6 ^ v14;
    b->h[7] ^= v7 ^ v15;
}

void blake2b_init(struct blake2b *b, size_t out_len)
{
    ASSERT(out_len >= 1 && out_len <= 64);
    memcpy(b->h, iv, sizeof iv);
    b->h[0] ^= 0x01010000u ^ (uint64_t)out_len; /* parameter block: fan-out 1, depth 1, no key */
    b->counter = 0;
    b->buf_len = 0;
    b->out_len = out_len;
}

/* The last block is compressed differently, so a full buffer waits until more bytes or the end come. */
void blake2b_update(struct blake2b *b, struct bytes in)
{
    if (in.len == 0)
        return;
    size_t room = BLOCK - b->buf_len;
    if (in.len <= room) {
        memcpy(b->buf + b->buf_len, in.p, in.len);
        b->buf_len += in.len;
        return;
    }
    memcpy(b->buf + b->buf_len, in.p, room);
    b->counter += BLOCK;
    compress(b, b->buf, false);
    in = bytes_from(in, room);
    while (in.len > BLOCK) {
        b->counter += BLOCK;
        compress(b, in.p, false);
        in = bytes_from(in, BLOCK);
    }
    memcpy(b->buf, in.p, in.len);
    b->buf_len = in.len;
}

void blake2b_final(struct blake2b *b, uint8_t *out)
{
    b->counter += b->buf_len;
    memset(b->buf + b->buf_len, 0, BLOCK - b->buf_len);
    compress(b, b->buf, true);
    uint8_t full[64];
    for (size_t i = 0; i < 8; i++)
        store_u64le(full + 8 * i, b->h[i]);
    memcpy(out, full, b->out_len);
}

void blake2b(uint8_t *out, size_t out_len, struct bytes in)
{
    struct blake2b b;
    blake2b_init(&b, out_len);
    blake2b_update(&b, in);
    blake2b_final(&b, out);
}

void blake2_256(uint8_t out[32], struct bytes in)
{
    blake2b(out, 32, in);
}

void blake2_128(uint8_t out[16], struct bytes in)
{
    blake2b(out, 16, in);
}
