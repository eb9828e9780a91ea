/* crypto/rsa.c — Montgomery arithmetic on 64 limbs, and the encoding check of RSASSA-PSS. */
#include "crypto/rsa.h"
#include "crypto/hash.h"

enum {
    LIMBS = RSA4096_LEN / 8,
    HASH_LEN = 48,
    SALT_LEN = 48,
    DB_LEN = RSA4096_LEN - HASH_LEN - 1,
    PADDING_LEN = DB_LEN - SALT_LEN - 1,
};

/* Least significant first. A residue of a is a * 2^4096 mod m. */
struct number {
    uint64_t v[LIMBS];
};

struct modulus {
    struct number m; /* odd, at least 2^4095 */
    uint64_t n0;     /* -m^-1 mod 2^64 */
};

static void load(struct number *r, const uint8_t be[RSA4096_LEN])
{
    for (int i = 0; i < LIMBS; i++) {
        uint64_t limb = 0;
        for (int j = 0; j < 8; j++)
            limb = limb << 8 | be[RSA4096_LEN - 8 * (i + 1) + j];
        r->v[i] = limb;
    }
}

static void store(uint8_t be[RSA4096_LEN], const struct number *a)
{
    for (int i = 0; i < RSA4096_LEN; i++)
        be[RSA4096_LEN - 1 - i] = (uint8_t)(a->v[i / 8] >> (8 * (i % 8)));
}

static bool below(const struct number *a, const struct number *b)
{
    int i = LIMBS - 1;
    while (i > 0 && a->v[i] == b->v[i])
        i--;
    return a->v[i] < b->v[i];
}

/* r -= a, the borrow dropped */
static void sub(struct number *r, const struct number *a)
{
    uint64_t borrow = 0;
    for (int i = 0; i < LIMBS; i++) {
        u128 d = (u128)r->v[i] - a->v[i] - borrow;
        r->v[i] = (uint64_t)d;
        borrow = (uint64_t)(d >> 64) & 1;
    }
}

/* r = 2r mod m */
static void mod_double(struct number *r, const struct modulus *m)
{
    uint64_t top = r->v[LIMBS - 1] >> 63;
    for (int i = LIMBS - 1; i > 0; i--)
        r->v[i] = r->v[i] << 1 | r->v[i - 1] >> 63;
    r->v[0] <<= 1;
    if (top != 0 || !below(r, &m->m))
        sub(r, &m->m);
}

/* t[0..count) += a * b; the carry out */
static uint64_t mul_add(uint64_t *t, const uint64_t *a, uint64_t b, int count)
{
    uint64_t carry = 0;
    for (int i = 0; i < count; i++) {
        u128 s = (u128)a[i] * b + t[i] + carry;
        t[i] = (uint64_t)s;
        carry = (uint64_t)(s >> 64);
    }
    return carry;
}

/* r = t / 2^4096 mod m for t below m * 2^4096 (HAC 14.32); t is used up. */
static void reduce(struct number *r, const struct modulus *m, uint64_t t[2 * LIMBS])
{
    uint64_t top = 0;
    for (int i = 0; i < LIMBS; i++) {
        u128 s = (u128)t[i + LIMBS] + mul_add(t + i, m->m.v, t[i] * m->n0, LIMBS) + top;
        t[i + LIMBS] = (uint64_t)s;
        top = (uint64_t)(s >> 64);
    }
    memcpy(r->v, t + LIMBS, sizeof r->v);
    if (top != 0 || !below(r, &m->m))
        sub(r, &m->m);
}

/* The product of two residues, or of a residue and a plain number as a plain number. r may be a or b. */
static void mod_mul(struct number *r, const struct modulus *m, const struct number *a, const struct number *b)
{
    uint64_t t[2 * LIMBS] = {0};
    for (int i = 0; i < LIMBS; i++)
        t[i + LIMBS] = mul_add(t + i, a->v, b->v[i], LIMBS);
    reduce(r, m, t);
}

/* r = r * r for a residue; each product of two different limbs is computed once and doubled. */
static void mod_sqr(struct number *r, const struct modulus *m)
{
    uint64_t t[2 * LIMBS] = {0}, carry = 0;
    for (int i = 0; i < LIMBS - 1; i++)
        t[i + LIMBS] = mul_add(t + 2 * i + 1, r->v + i + 1, r->v[i], LIMBS - 1 - i);
    for (int i = 2 * LIMBS - 1; i > 0; i--)
        t[i] = t[i] << 1 | t[i - 1] >> 63;
    for (int i = 0; i < LIMBS; i++) {
        u128 s = (u128)r->v[i] * r->v[i] + t[2 * i] + carry;
        t[2 * i] = (uint64_t)s;
        s = (s >> 64) + t[2 * i + 1];
        t[2 * i + 1] = (uint64_t)s;
        carry = (uint64_t)(s >> 64);
    }
    reduce(r, m, t);
}

/* The residue of 2^4096: from that of 1, which is 2^4096 - m, to 2^64 by doubling and on by squaring. */
static void residue_of_r(struct number *out, const struct modulus *m)
{
    memset(out, 0, sizeof *out);
    sub(out, &m->m);
    for (int i = 0; i < 64; i++)
        mod_double(out, m);
    for (int i = 64; i < 64 * LIMBS; i *= 2)
        mod_sqr(out, m);
}

/* RFC 8017 5.2.2, RSAVP1, and the modulus this module is for. */
static bool recover(uint8_t em[RSA4096_LEN], const uint8_t modulus[RSA4096_LEN],
                    const uint8_t sig[RSA4096_LEN])
{
    struct modulus m;
    struct number s, x;

    load(&m.m, modulus);
    load(&s, sig);
    if ((m.m.v[0] & 1) == 0 || m.m.v[LIMBS - 1] >> 63 == 0 || !below(&s, &m.m))
        return false;
    uint64_t inverse = m.m.v[0]; /* right in its low three bits; each step doubles their number */
    for (int i = 0; i < 5; i++)
        inverse *= 2 - m.m.v[0] * inverse;
    m.n0 = 0 - inverse;
    residue_of_r(&x, &m);
    mod_mul(&x, &m, &x, &s);
    for (int i = 0; i < 16; i++)
        mod_sqr(&x, &m);
    mod_mul(&x, &m, &x, &s);
    store(em, &x);
    return true;
}

/* db ^= MGF1(seed), RFC 8017 B.2.1 */
static void unmask(uint8_t db[DB_LEN], const uint8_t seed[HASH_LEN])
{
    uint8_t in[HASH_LEN + 4] = {0}, block[HASH_LEN]; /* the counter stays below 256 */

    memcpy(in, seed, HASH_LEN);
    for (int at = 0; at < DB_LEN; at += HASH_LEN) {
        sha384(block, bytes_of(in, sizeof in));
        for (int i = 0; i < HASH_LEN && at + i < DB_LEN; i++)
            db[at + i] ^= block[i];
        in[HASH_LEN + 3]++;
    }
}

/* RFC 8017 9.1.2, EMSA-PSS-VERIFY, steps 4 to 14; emBits is 4095, so one bit at the left is unused. */
static bool encoding_ok(uint8_t em[RSA4096_LEN], const uint8_t hash[HASH_LEN])
{
    const uint8_t *h = em + DB_LEN;
    uint8_t message[8 + HASH_LEN + SALT_LEN] = {0}, want[HASH_LEN];

    if (em[RSA4096_LEN - 1] != 0xbc || em[0] >> 7 != 0)
        return false;
    unmask(em, h);
    em[0] &= 0x7f;
    for (int i = 0; i < PADDING_LEN; i++)
        if (em[i] != 0)
            return false;
    if (em[PADDING_LEN] != 1)
        return false;
    memcpy(message + 8, hash, HASH_LEN);
    memcpy(message + 8 + HASH_LEN, em + PADDING_LEN + 1, SALT_LEN);
    sha384(want, bytes_of(message, sizeof message));
    return memcmp(want, h, HASH_LEN) == 0;
}

bool rsa4096_pss_verify(const uint8_t modulus[RSA4096_LEN], const uint8_t hash[48],
                        const uint8_t sig[RSA4096_LEN])
{
    uint8_t em[RSA4096_LEN];
    return recover(em, modulus, sig) && encoding_ok(em, hash);
}
