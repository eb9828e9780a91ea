/* crypto/merlin.c — STROBE-128 as far as Merlin uses it, and Merlin.
 *
 * Flags of an operation: I 01, A 02, C 04, T 08 (unused), M 10, K 20. The state is kept as lanes and
 * addressed by byte; absorbing whole words would be faster, but a transcript here is a few permutations long
 * and those dominate. */
#include "crypto/merlin.h"

#include "crypto/hash.h"
#include "crypto/wipe.h"

#define RATE 166
enum { FLAG_I = 0x01, FLAG_A = 0x02, FLAG_C = 0x04, FLAG_M = 0x10, FLAG_K = 0x20 };

static inline void xor_byte(struct merlin *m, size_t at, uint8_t v)
{
    m->lanes[at / 8] ^= (uint64_t)v << (8 * (at % 8));
}

static void run_f(struct merlin *m)
{
    xor_byte(m, m->pos, m->pos_begin);
    xor_byte(m, m->pos + 1u, 0x04);
    xor_byte(m, RATE + 1, 0x80);
    keccak_f1600(m->lanes);
    m->pos = 0;
    m->pos_begin = 0;
}

static void absorb(struct merlin *m, struct bytes in)
{
    for (size_t i = 0; i < in.len; i++) {
        xor_byte(m, m->pos++, in.p[i]);
        if (m->pos == RATE)
            run_f(m);
    }
}

static void overwrite(struct merlin *m, struct bytes in)
{
    for (size_t i = 0; i < in.len; i++) {
        unsigned shift = 8u * (m->pos % 8u);
        m->lanes[m->pos / 8] &= ~((uint64_t)0xff << shift);
        xor_byte(m, m->pos++, in.p[i]);
        if (m->pos == RATE)
            run_f(m);
    }
}

static void squeeze(struct merlin *m, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned shift = 8u * (m->pos % 8u);
        out[i] = (uint8_t)(m->lanes[m->pos / 8] >> shift);
        m->lanes[m->pos / 8] &= ~((uint64_t)0xff << shift);
        m->pos++;
        if (m->pos == RATE)
            run_f(m);
    }
}

static void begin_op(struct merlin *m, uint8_t flags)
{
    uint8_t head[2] = {m->pos_begin, flags};
    m->pos_begin = (uint8_t)(m->pos + 1);
    absorb(m, BYTES_OF(head));
    if ((flags & (FLAG_C | FLAG_K)) != 0 && m->pos != 0)
        run_f(m);
}

static void meta_ad(struct merlin *m, struct bytes data)
{
    begin_op(m, FLAG_M | FLAG_A);
    absorb(m, data);
}

/* A length that continues the meta data begun by meta_ad. */
static void meta_len(struct merlin *m, size_t len)
{
    ASSERT(len <= UINT32_MAX);
    uint8_t le[4];
    store_u32le(le, (uint32_t)len);
    absorb(m, BYTES_OF(le));
}

static void prf(struct merlin *m, uint8_t *out, size_t len)
{
    begin_op(m, FLAG_I | FLAG_A | FLAG_C);
    squeeze(m, out, len);
}

static void key(struct merlin *m, struct bytes data)
{
    begin_op(m, FLAG_A | FLAG_C);
    overwrite(m, data);
}

void strobe_init(struct merlin *m, struct bytes protocol)
{
    static const uint8_t head[18] = {0x01, RATE + 2, 0x01, 0x00, 0x01, 0x60, 'S', 'T', 'R',
                                     'O',  'B',      'E',  'v',  '1',  '.',  '0', '.', '2'};
    memset(m, 0, sizeof *m);
    for (size_t i = 0; i < sizeof head; i++)
        xor_byte(m, i, head[i]);
    keccak_f1600(m->lanes);
    meta_ad(m, protocol);
}

void merlin_init(struct merlin *m, struct bytes label)
{
    strobe_init(m, BYTES_LIT("Merlin v1.0"));
    merlin_append(m, BYTES_LIT("dom-sep"), label);
}

void merlin_append(struct merlin *m, struct bytes label, struct bytes message)
{
    meta_ad(m, label);
    meta_len(m, message.len);
    begin_op(m, FLAG_A);
    absorb(m, message);
}

void merlin_challenge(struct merlin *m, struct bytes label, uint8_t *out, size_t len)
{
    meta_ad(m, label);
    meta_len(m, len);
    prf(m, out, len);
}

void merlin_witness(const struct merlin *m, struct bytes label, struct bytes secret, const uint8_t fresh[32],
                    uint8_t *out, size_t len)
{
    struct merlin fork = *m;
    meta_ad(&fork, label);
    meta_len(&fork, secret.len);
    key(&fork, secret);
    meta_ad(&fork, BYTES_LIT("rng"));
    key(&fork, bytes_of(fresh, 32));
    uint8_t le[4];
    ASSERT(len <= UINT32_MAX);
    store_u32le(le, (uint32_t)len);
    meta_ad(&fork, BYTES_OF(le));
    prf(&fork, out, len);
    wipe(&fork, sizeof fork);
}
