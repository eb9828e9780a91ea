/* crypto/weierstrass.h — ECDSA verification on y^2 = x^3 - 3x + b over a prime field. Private to p256.c,
 * p384.c.
 *
 * The including file first says `#define LIMBS n`, the length of field and order in 64-bit words, and
 * afterwards gives the four constants declared below their values. Static functions over compile-time
 * constants, and not code over a curve parameter, because the field's sparse prime makes multiplication
 * nearly twice as fast.
 *
 * Not constant time: public data only. Points are Jacobian, numbers are Montgomery residues (a * 2^BITS mod
 * m) wherever a comment does not call them plain. Both curves have cofactor 1: each of their points but
 * infinity has the prime order, and all multiples of a key that are used here are finite.
 *
 * Sources: FIPS 186-4 section 6.4 and SEC 1 section 4.1.4 (ECDSA); the Handbook of Applied Cryptography
 * (HAC); the Guide to Elliptic Curve Cryptography (GECC); the Explicit-Formulas Database (EFD). */
#ifndef CRYPTO_WEIERSTRASS_H
#define CRYPTO_WEIERSTRASS_H

#include "base/bytes.h"

/* Folds the constants of the modulus into the code: worth a third of the time. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum {
    BITS = 64 * LIMBS,
    LEN = 8 * LIMBS, /* bytes of a number */
    KEY_WIDTH = 5,   /* of the non-adjacent forms: a wider key window costs more to fill than it saves */
    KEY_COUNT = 1 << (KEY_WIDTH - 2),
    BASE_WIDTH = 6,
    BASE_COUNT = 1 << (BASE_WIDTH - 2),
};

struct limbs {
    uint64_t v[LIMBS]; /* least significant first */
};

/* An odd prime with its top bit set. */
struct modulus {
    struct limbs m, rr, one; /* the number; 2^(2 * BITS) mod it; 2^BITS mod it; all plain */
    uint64_t n0;             /* -m^-1 mod 2^64 */
};

/* z = 0 is the point at infinity; else x / z^2 and y / z^3 are the coordinates. */
struct point {
    struct limbs x, y, z;
};

struct affine {
    struct limbs x, y;
};

static const struct modulus field, order;
static const struct limbs curve_b;
static const struct affine base_odd[BASE_COUNT]; /* G, 3G, 5G, ... */

static void load(struct limbs *r, const uint8_t be[LEN])
{
    memset(r, 0, sizeof *r);
    for (int i = 0; i < LEN; i++)
        r->v[LIMBS - 1 - i / 8] = r->v[LIMBS - 1 - i / 8] << 8 | be[i];
}

ALWAYS_INLINE bool is_zero(const struct limbs *a)
{
    uint64_t any = 0;
    for (int i = 0; i < LIMBS; i++)
        any |= a->v[i];
    return any == 0;
}

ALWAYS_INLINE bool equal(const struct limbs *a, const struct limbs *b)
{
    return memcmp(a->v, b->v, sizeof a->v) == 0;
}

/* t + a * b + *carry: the low word, and the high one in *carry */
ALWAYS_INLINE uint64_t mul_add(uint64_t t, uint64_t a, uint64_t b, uint64_t *carry)
{
    u128 s = (u128)a * b + t + *carry;
    *carry = (uint64_t)(s >> 64);
    return (uint64_t)s;
}

ALWAYS_INLINE uint64_t add_carry(uint64_t a, uint64_t b, uint64_t *carry)
{
    u128 s = (u128)a + b + *carry;
    *carry = (uint64_t)(s >> 64);
    return (uint64_t)s;
}

/* r = a + b; the carry. Here and below r may be one of the operands. */
ALWAYS_INLINE uint64_t add_raw(struct limbs *r, const struct limbs *a, const struct limbs *b)
{
    uint64_t carry = 0;
    for (int i = 0; i < LIMBS; i++)
        r->v[i] = add_carry(a->v[i], b->v[i], &carry);
    return carry;
}

/* r = a - b; 1 when it borrowed, that is a < b. */
ALWAYS_INLINE uint64_t sub_raw(uint64_t r[LIMBS], const uint64_t a[LIMBS], const uint64_t b[LIMBS])
{
    uint64_t borrow = 0;
    for (int i = 0; i < LIMBS; i++) {
        u128 d = (u128)a[i] - b[i] - borrow;
        r[i] = (uint64_t)d;
        borrow = (uint64_t)(d >> 64) & 1;
    }
    return borrow;
}

ALWAYS_INLINE void halve_raw(struct limbs *a, uint64_t top)
{
    for (int i = 0; i < LIMBS; i++)
        a->v[i] = a->v[i] >> 1 | (i + 1 < LIMBS ? a->v[i + 1] : top) << 63;
}

ALWAYS_INLINE bool below(const struct limbs *a, const struct limbs *b)
{
    struct limbs scratch;
    return sub_raw(scratch.v, a->v, b->v) != 0;
}

/* r = top * 2^BITS + a, less m if that is not below m. Masks and no branch, which would be guessed in vain.
 */
ALWAYS_INLINE void reduce_once(struct limbs *r, const struct modulus *m, uint64_t top,
                               const uint64_t a[LIMBS])
{
    uint64_t d[LIMBS];
    uint64_t keep = 0 - (uint64_t)(sub_raw(d, a, m->m.v) > top);
    for (int i = 0; i < LIMBS; i++)
        r->v[i] = d[i] ^ ((d[i] ^ a[i]) & keep);
}

/* m if `bit` is 1, 0 if it is 0 */
ALWAYS_INLINE struct limbs multiple(const struct modulus *m, uint64_t bit)
{
    struct limbs r;
    for (int i = 0; i < LIMBS; i++)
        r.v[i] = m->m.v[i] & (0 - bit);
    return r;
}

ALWAYS_INLINE void mod_add(struct limbs *r, const struct modulus *m, const struct limbs *a,
                           const struct limbs *b)
{
    struct limbs s;
    uint64_t carry = add_raw(&s, a, b);
    reduce_once(r, m, carry, s.v);
}

ALWAYS_INLINE void mod_sub(struct limbs *r, const struct modulus *m, const struct limbs *a,
                           const struct limbs *b)
{
    struct limbs d;
    struct limbs back = multiple(m, sub_raw(d.v, a->v, b->v));
    (void)add_raw(r, &d, &back);
}

/* a / 2, of plain numbers and of residues */
ALWAYS_INLINE void mod_half(struct limbs *r, const struct modulus *m, const struct limbs *a)
{
    struct limbs even = multiple(m, a->v[0] & 1);
    uint64_t carry = add_raw(r, a, &even);
    halve_raw(r, carry);
}

/* r = t / 2^BITS for t below m * 2^BITS (HAC 14.32); t is used up. */
ALWAYS_INLINE void mod_reduce(struct limbs *r, const struct modulus *m, uint64_t t[2 * LIMBS])
{
    uint64_t top = 0;
    for (int i = 0; i < LIMBS; i++) {
        uint64_t q = t[i] * m->n0, carry = 0;
        for (int j = 0; j < LIMBS; j++)
            t[i + j] = mul_add(t[i + j], q, m->m.v[j], &carry);
        t[i + LIMBS] = add_carry(t[i + LIMBS], carry, &top);
    }
    reduce_once(r, m, top, t + LIMBS);
}

/* a * b / 2^BITS: the product of two residues, or of a residue and a plain number as a plain number */
ALWAYS_INLINE void mod_mul(struct limbs *r, const struct modulus *m, const struct limbs *a,
                           const struct limbs *b)
{
    uint64_t t[2 * LIMBS];
    memset(t, 0, sizeof t / 2);
    for (int i = 0; i < LIMBS; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < LIMBS; j++)
            t[i + j] = mul_add(t[i + j], a->v[j], b->v[i], &carry);
        t[i + LIMBS] = carry;
    }
    mod_reduce(r, m, t);
}

/* The plain inverse of a plain number in [1, m - 1], by the binary Euclidean algorithm (GECC 2.22): u = x a
 * and v = y a modulo m all along; u shrinks to 0 while v becomes the common divisor 1. */
static void mod_inv(struct limbs *r, const struct modulus *m, const struct limbs *a)
{
    struct limbs u = *a, v = m->m, x = {{1}}, y = {{0}}, d;

    while (!is_zero(&u)) {
        while ((u.v[0] & 1) == 0) {
            halve_raw(&u, 0);
            mod_half(&x, m, &x);
        }
        if (sub_raw(d.v, u.v, v.v) != 0) {
            (void)sub_raw(d.v, v.v, u.v);
            v = u;
            u = x;
            x = y;
            y = u;
        }
        u = d;
        mod_sub(&x, m, &x, &y);
    }
    *r = y;
}

ALWAYS_INLINE void f_add(struct limbs *r, const struct limbs *a, const struct limbs *b)
{
    mod_add(r, &field, a, b);
}

ALWAYS_INLINE void f_sub(struct limbs *r, const struct limbs *a, const struct limbs *b)
{
    mod_sub(r, &field, a, b);
}

static void f_mul(struct limbs *r, const struct limbs *a, const struct limbs *b)
{
    mod_mul(r, &field, a, b);
}

/* Each product of two different limbs is computed once and doubled. */
static void f_sqr(struct limbs *r, const struct limbs *a)
{
    uint64_t t[2 * LIMBS] = {0}, carry = 0;

    for (int i = 0; i < LIMBS - 1; i++) {
        uint64_t c = 0;
        for (int j = i + 1; j < LIMBS; j++)
            t[i + j] = mul_add(t[i + j], a->v[j], a->v[i], &c);
        t[i + LIMBS] = c;
    }
    for (int i = 2 * LIMBS - 1; i > 0; i--)
        t[i] = t[i] << 1 | t[i - 1] >> 63;
    for (int i = 0; i < LIMBS; i++) {
        u128 square = (u128)a->v[i] * a->v[i];
        t[2 * i] = add_carry(t[2 * i], (uint64_t)square, &carry);
        t[2 * i + 1] = add_carry(t[2 * i + 1], (uint64_t)(square >> 64), &carry);
    }
    mod_reduce(r, &field, t);
}

/* With m = 3 (x^2 - z^4) and s = 4 x y^2: x' = m^2 - 2 s, y' = m (s - x') - 8 y^4, z' = 2 y z (GECC 3.21, for
 * a = -3). Infinity stays infinity. */
static void point_double(struct point *r, const struct point *p)
{
    struct limbs m, s, t;

    f_sqr(&t, &p->z);
    f_sub(&m, &p->x, &t);
    f_add(&t, &p->x, &t);
    f_mul(&t, &m, &t);
    f_add(&m, &t, &t);
    f_add(&m, &m, &t);
    f_add(&t, &p->y, &p->y);
    f_mul(&r->z, &t, &p->z);
    f_sqr(&t, &t);
    f_mul(&s, &t, &p->x);
    f_sqr(&t, &t);
    mod_half(&t, &field, &t);
    f_sqr(&r->x, &m);
    f_sub(&r->x, &r->x, &s);
    f_sub(&r->x, &r->x, &s);
    f_sub(&s, &s, &r->x);
    f_mul(&s, &s, &m);
    f_sub(&r->y, &s, &t);
}

/* What remains of p + q when both have a common denominator z: (u, s) is p over it and (u + h, s + k) is q.
 * Then x' = k^2 - h^3 - 2 u h^2, y' = k (u h^2 - x') - s h^3, z' = z h (GECC 3.22), unless the points are
 * equal or opposite. */
static void point_chord(struct point *r, const struct point *p, const struct limbs *z, const struct limbs *u,
                        const struct limbs *s, const struct limbs *h, const struct limbs *k)
{
    struct limbs hh, hhh, v, x, y;

    if (is_zero(h)) {
        if (is_zero(k))
            point_double(r, p);
        else
            memset(r, 0, sizeof *r);
        return;
    }
    f_sqr(&hh, h);
    f_mul(&hhh, h, &hh);
    f_mul(&v, u, &hh);
    f_sqr(&x, k);
    f_sub(&x, &x, &hhh);
    f_sub(&x, &x, &v);
    f_sub(&x, &x, &v);
    f_sub(&v, &v, &x);
    f_mul(&v, k, &v);
    f_mul(&y, s, &hhh);
    f_mul(&r->z, z, h);
    f_sub(&r->y, &v, &y);
    r->x = x;
}

static void point_add(struct point *r, const struct point *p, const struct point *q)
{
    struct limbs z, u, s, h, k, t;

    if (is_zero(&p->z) || is_zero(&q->z)) {
        *r = is_zero(&p->z) ? *q : *p;
        return;
    }
    f_sqr(&t, &q->z);
    f_mul(&u, &p->x, &t);
    f_mul(&t, &t, &q->z);
    f_mul(&s, &p->y, &t);
    f_sqr(&t, &p->z);
    f_mul(&h, &q->x, &t);
    f_mul(&t, &t, &p->z);
    f_mul(&k, &q->y, &t);
    f_sub(&h, &h, &u);
    f_sub(&k, &k, &s);
    f_mul(&z, &p->z, &q->z);
    point_chord(r, p, &z, &u, &s, &h, &k);
}

/* r += q */
static void point_add_affine(struct point *r, const struct affine *q)
{
    struct limbs h, k, t;

    if (is_zero(&r->z)) {
        *r = (struct point){.x = q->x, .y = q->y, .z = field.one};
        return;
    }
    f_sqr(&t, &r->z);
    f_mul(&h, &q->x, &t);
    f_mul(&t, &t, &r->z);
    f_mul(&k, &q->y, &t);
    f_sub(&h, &h, &r->x);
    f_sub(&k, &k, &r->y);
    point_chord(r, r, &r->z, &r->x, &r->y, &h, &k);
}

/* Up to 16 bits of k from bit `at`; at + count <= BITS. */
static int bits_at(const struct limbs *k, int at, int count)
{
    uint64_t word = k->v[at / 64] >> (at % 64);
    if (at % 64 + count > 64)
        word |= k->v[at / 64 + 1] << (64 - at % 64);
    return (int)(word & ((1U << count) - 1));
}

/* Digits of k, sum of digit[i] * 2^i: each is 0 or odd and below 2^(width - 1) in magnitude, and of `width`
 * neighbours at most one is not 0 (GECC 3.35). */
static void wnaf(int8_t digit[BITS + 1], const struct limbs *k, int width)
{
    int carry = 0;

    memset(digit, 0, BITS + 1);
    for (int at = 0; at < BITS;) {
        if (bits_at(k, at, 1) == carry) {
            at++;
            continue;
        }
        int count = width < BITS - at ? width : BITS - at;
        int word = bits_at(k, at, count) + carry; /* odd, so a last short word leaves no carry */
        carry = word >> (width - 1) & 1;
        digit[at] = (int8_t)(word - carry * (1 << width));
        at += count;
    }
    digit[BITS] = (int8_t)carry;
}

static void negate_if(bool negative, struct limbs *y)
{
    static const struct limbs zero;
    if (negative)
        f_sub(y, &zero, y);
}

/* r = a * G + b * q for plain a, b below the order */
static void mul_two(struct point *r, const struct limbs *a, const struct limbs *b, const struct point *q)
{
    int8_t base_digit[BITS + 1], key_digit[BITS + 1];
    struct point odd[KEY_COUNT], twice, p; /* q, 3q, 5q, ... */

    odd[0] = *q;
    point_double(&twice, q);
    for (int i = 1; i < KEY_COUNT; i++)
        point_add(&odd[i], &odd[i - 1], &twice);
    wnaf(base_digit, a, BASE_WIDTH);
    wnaf(key_digit, b, KEY_WIDTH);
    memset(r, 0, sizeof *r);
    for (int i = BITS; i >= 0; i--) {
        int d = base_digit[i], e = key_digit[i];
        point_double(r, r);
        if (d != 0) {
            struct affine g = base_odd[(d < 0 ? -d : d) / 2];
            negate_if(d < 0, &g.y);
            point_add_affine(r, &g);
        }
        if (e != 0) {
            p = odd[(e < 0 ? -e : e) / 2];
            negate_if(e < 0, &p.y);
            point_add(r, r, &p);
        }
    }
}

/* The point with these coordinates, x ‖ y, if it is one of the curve. */
static bool point_load(struct point *out, const uint8_t key[2 * LEN])
{
    struct limbs x, y, left, right;

    load(&x, key);
    load(&y, key + LEN);
    if (!below(&x, &field.m) || !below(&y, &field.m))
        return false;
    f_mul(&x, &x, &field.rr);
    f_mul(&y, &y, &field.rr);
    f_sqr(&left, &y);
    f_sqr(&right, &x);
    f_mul(&right, &right, &x);
    for (int i = 0; i < 3; i++)
        f_sub(&right, &right, &x);
    f_add(&right, &right, &curve_b);
    if (!equal(&left, &right))
        return false;
    *out = (struct point){.x = x, .y = y, .z = field.one};
    return true;
}

/* Is x / z^2 of p the plain number r below the prime? */
static bool x_is(const struct point *p, const struct limbs *r)
{
    struct limbs scaled, zz;
    f_sqr(&zz, &p->z);
    f_mul(&scaled, r, &field.rr);
    f_mul(&scaled, &scaled, &zz);
    return equal(&scaled, &p->x);
}

/* The hash is as long as the order, so all its bits count. */
static bool ecdsa_verify(const uint8_t key[2 * LEN], const uint8_t hash[LEN], const uint8_t sig[2 * LEN])
{
    struct limbs r, s, z, w;
    struct point q, sum;

    load(&r, sig);
    load(&s, sig + LEN);
    load(&z, hash);
    if (is_zero(&r) || is_zero(&s) || !below(&r, &order.m) || !below(&s, &order.m))
        return false;
    if (!point_load(&q, key))
        return false;
    reduce_once(&z, &order, 0, z.v); /* 2^BITS < 2 * order */
    mod_inv(&w, &order, &s);
    mod_mul(&w, &order, &w, &order.rr);
    mod_mul(&z, &order, &z, &w);
    mod_mul(&w, &order, &r, &w);
    mul_two(&sum, &z, &w, &q);
    if (is_zero(&sum.z))
        return false;
    if (x_is(&sum, &r))
        return true;
    /* The order is below the prime: x may have been reduced. */
    return add_raw(&r, &r, &order.m) == 0 && below(&r, &field.m) && x_is(&sum, &r);
}

#endif /* CRYPTO_WEIERSTRASS_H */
