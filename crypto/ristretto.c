/* crypto/ristretto.c — field, curve and encoding for sr25519 verification. Variable time: no secrets here.
 *
 * Field elements are five limbs of 51 bits. Every product and difference is carried to limbs just over 2^51,
 * sums are not: operands of a product must stay below 2^54 and subtrahends below 2^53 - 76, that is, at most
 * one sum of two carried values goes into either. */
#include "crypto/ristretto.h"

#include "crypto/ristretto_base.h"

struct fe {
    uint64_t v[5];
};

/* A point x = X/Z, y = Y/Z, xy = T/Z on -x^2 + y^2 = 1 + d x^2 y^2. */
struct point {
    struct fe x, y, z, t;
};

/* A point prepared for additions. */
struct cached {
    struct fe y_plus_x, y_minus_x, z, t2d;
};

/* Products are inlined by force: passing ten limbs through memory costs a third of the whole verification. */
#define FE_INLINE static inline __attribute__((always_inline)) struct fe

#define MASK51 0x7ffffffffffffu
#define A_WIDTH 5 /* odd multiples up to 15 of the key, computed each time */
#define A_COUNT 8
#define B_WIDTH 8 /* odd multiples up to 127 of the base point, from a table */

static const struct fe zero = {{0}};
static const struct fe one = {{1}};
static const struct fe curve_d = {
    {0x34dca135978a3, 0x1a8283b156ebd, 0x5e7a26001c029, 0x739c663a03cbb, 0x52036cee2b6ff}};
static const struct fe curve_2d = {
    {0x69b9426b2f159, 0x35050762add7a, 0x3cf44c0038052, 0x6738cc7407977, 0x2406d9dc56dff}};
static const struct fe sqrt_m1 = {
    {0x61b274a0ea0b0, 0x0d5a5fc8f189d, 0x7ef5e9cbd0c60, 0x78595a6804c9e, 0x2b8324804fc1d}};
static const struct fe invsqrt_a_minus_d = {
    {0x0fdaa805d40ea, 0x2eb482e57d339, 0x007610274bc58, 0x6510b613dc8ff, 0x786c8905cfaff}};

static inline struct fe fe_add(struct fe a, struct fe b)
{
    for (int i = 0; i < 5; i++)
        a.v[i] += b.v[i];
    return a;
}

/* One pass of carries: limbs below 2^63 come out just over 2^51. */
static inline struct fe fe_carry(struct fe a)
{
    uint64_t c;
    c = a.v[0] >> 51, a.v[0] &= MASK51, a.v[1] += c;
    c = a.v[1] >> 51, a.v[1] &= MASK51, a.v[2] += c;
    c = a.v[2] >> 51, a.v[2] &= MASK51, a.v[3] += c;
    c = a.v[3] >> 51, a.v[3] &= MASK51, a.v[4] += c;
    c = a.v[4] >> 51, a.v[4] &= MASK51, a.v[0] += 19 * c;
    return a;
}

/* 4p is added first, so that no limb goes below zero. */
static inline struct fe fe_sub(struct fe a, struct fe b)
{
    a.v[0] += 0x1fffffffffffb4 - b.v[0];
    for (int i = 1; i < 5; i++)
        a.v[i] += 0x1ffffffffffffc - b.v[i];
    return fe_carry(a);
}

static inline struct fe fe_neg(struct fe a)
{
    return fe_sub(zero, a);
}

static inline struct fe fe_fold(u128 r0, u128 r1, u128 r2, u128 r3, u128 r4)
{
    struct fe out;
    r1 += (uint64_t)(r0 >> 51);
    r2 += (uint64_t)(r1 >> 51);
    r3 += (uint64_t)(r2 >> 51);
    r4 += (uint64_t)(r3 >> 51);
    out.v[0] = ((uint64_t)r0 & MASK51) + 19 * (uint64_t)(r4 >> 51);
    out.v[1] = ((uint64_t)r1 & MASK51) + (out.v[0] >> 51);
    out.v[0] &= MASK51;
    out.v[2] = (uint64_t)r2 & MASK51;
    out.v[3] = (uint64_t)r3 & MASK51;
    out.v[4] = (uint64_t)r4 & MASK51;
    return out;
}

FE_INLINE fe_mul(struct fe f, struct fe g)
{
    uint64_t f0 = f.v[0], f1 = f.v[1], f2 = f.v[2], f3 = f.v[3], f4 = f.v[4];
    uint64_t g0 = g.v[0], g1 = g.v[1], g2 = g.v[2], g3 = g.v[3], g4 = g.v[4];
    uint64_t h1 = 19 * g1, h2 = 19 * g2, h3 = 19 * g3, h4 = 19 * g4;
    return fe_fold((u128)f0 * g0 + (u128)f1 * h4 + (u128)f2 * h3 + (u128)f3 * h2 + (u128)f4 * h1,
                   (u128)f0 * g1 + (u128)f1 * g0 + (u128)f2 * h4 + (u128)f3 * h3 + (u128)f4 * h2,
                   (u128)f0 * g2 + (u128)f1 * g1 + (u128)f2 * g0 + (u128)f3 * h4 + (u128)f4 * h3,
                   (u128)f0 * g3 + (u128)f1 * g2 + (u128)f2 * g1 + (u128)f3 * g0 + (u128)f4 * h4,
                   (u128)f0 * g4 + (u128)f1 * g3 + (u128)f2 * g2 + (u128)f3 * g1 + (u128)f4 * g0);
}

FE_INLINE fe_sq(struct fe f)
{
    uint64_t f0 = f.v[0], f1 = f.v[1], f2 = f.v[2], f3 = f.v[3], f4 = f.v[4];
    uint64_t d0 = 2 * f0, d1 = 2 * f1, d2 = 2 * f2, h3 = 19 * f3, h4 = 19 * f4;
    return fe_fold(
        (u128)f0 * f0 + (u128)d1 * h4 + (u128)d2 * h3, (u128)d0 * f1 + (u128)d2 * h4 + (u128)f3 * h3,
        (u128)d0 * f2 + (u128)f1 * f1 + (u128)(2 * f3) * h4, (u128)d0 * f3 + (u128)d1 * f2 + (u128)f4 * h4,
        (u128)d0 * f4 + (u128)d1 * f3 + (u128)f2 * f2);
}

static struct fe fe_sq_times(struct fe f, int times)
{
    for (int i = 0; i < times; i++)
        f = fe_sq(f);
    return f;
}

/* f^((p - 5) / 8) = f^(2^252 - 3). `tN` is f^(2^N - 1). */
static struct fe fe_pow_p58(struct fe f)
{
    struct fe f2 = fe_sq(f);
    struct fe f9 = fe_mul(fe_sq_times(f2, 2), f);
    struct fe f11 = fe_mul(f9, f2);
    struct fe t5 = fe_mul(fe_sq(f11), f9);
    struct fe t10 = fe_mul(fe_sq_times(t5, 5), t5);
    struct fe t20 = fe_mul(fe_sq_times(t10, 10), t10);
    struct fe t40 = fe_mul(fe_sq_times(t20, 20), t20);
    struct fe t50 = fe_mul(fe_sq_times(t40, 10), t10);
    struct fe t100 = fe_mul(fe_sq_times(t50, 50), t50);
    struct fe t200 = fe_mul(fe_sq_times(t100, 100), t100);
    struct fe t250 = fe_mul(fe_sq_times(t200, 50), t50);
    return fe_mul(fe_sq_times(t250, 2), f);
}

static void fe_encode(uint8_t out[32], struct fe f)
{
    f = fe_carry(fe_carry(f));
    /* Now below 2p: q is 1 when f >= p, found by carrying f + 19. */
    uint64_t q = (f.v[0] + 19) >> 51;
    for (int i = 1; i < 5; i++)
        q = (f.v[i] + q) >> 51;
    f.v[0] += 19 * q;
    for (int i = 0; i < 4; i++) {
        f.v[i + 1] += f.v[i] >> 51;
        f.v[i] &= MASK51;
    }
    f.v[4] &= MASK51; /* drops the 2^255 that the 19 made up for */
    store_u64le(out, f.v[0] | f.v[1] << 51);
    store_u64le(out + 8, f.v[1] >> 13 | f.v[2] << 38);
    store_u64le(out + 16, f.v[2] >> 26 | f.v[3] << 25);
    store_u64le(out + 24, f.v[3] >> 39 | f.v[4] << 12);
}

/* Takes 255 bits; the value may be p or above. */
static struct fe fe_decode(const uint8_t in[32])
{
    uint64_t a = load_u64le(in), b = load_u64le(in + 8), c = load_u64le(in + 16), d = load_u64le(in + 24);
    return (struct fe){{a & MASK51, (a >> 51 | b << 13) & MASK51, (b >> 38 | c << 26) & MASK51,
                        (c >> 25 | d << 39) & MASK51, (d >> 12) & MASK51}};
}

static bool fe_eq(struct fe a, struct fe b)
{
    uint8_t x[32], y[32];
    fe_encode(x, a);
    fe_encode(y, b);
    return memcmp(x, y, 32) == 0;
}

/* "Negative" means that the least significant bit of the encoding is set. */
static bool fe_is_negative(struct fe f)
{
    uint8_t b[32];
    fe_encode(b, f);
    return (b[0] & 1) != 0;
}

static struct fe fe_abs(struct fe f)
{
    return fe_is_negative(f) ? fe_neg(f) : f;
}

/* RFC 9496 section 4.2, SQRT_RATIO_M1(1, v): the non-negative square root of 1/v or of i/v; true when 1/v is
 * a square. v = 0 gives 0 and false. */
static bool inverse_sqrt(struct fe *out, struct fe v)
{
    struct fe v3 = fe_mul(fe_sq(v), v);
    struct fe v7 = fe_mul(fe_sq(v3), v);
    struct fe r = fe_mul(v3, fe_pow_p58(v7));
    struct fe check = fe_mul(v, fe_sq(r));
    struct fe minus_one = fe_neg(one);
    bool correct = fe_eq(check, one);
    bool flipped = fe_eq(check, minus_one);
    bool flipped_i = fe_eq(check, fe_neg(sqrt_m1));
    if (flipped || flipped_i)
        r = fe_mul(r, sqrt_m1);
    *out = fe_abs(r);
    return correct || flipped;
}

/* RFC 9496 section 4.3.1. */
static bool point_decode(struct point *out, const uint8_t in[32])
{
    uint8_t canonical[32];
    struct fe s = fe_decode(in), inv;
    fe_encode(canonical, s);
    if (memcmp(canonical, in, 32) != 0 || (in[0] & 1) != 0)
        return false;
    struct fe ss = fe_sq(s);
    struct fe u1 = fe_sub(one, ss), u2 = fe_add(one, ss);
    struct fe u2_sqr = fe_sq(u2);
    struct fe v = fe_sub(fe_neg(fe_mul(curve_d, fe_sq(u1))), u2_sqr);
    bool was_square = inverse_sqrt(&inv, fe_mul(v, u2_sqr));
    struct fe den_x = fe_mul(inv, u2), den_y = fe_mul(fe_mul(inv, den_x), v);
    out->x = fe_abs(fe_mul(fe_add(s, s), den_x));
    out->y = fe_mul(u1, den_y);
    out->z = one;
    out->t = fe_mul(out->x, out->y);
    return was_square && !fe_is_negative(out->t) && !fe_eq(out->y, zero);
}

/* RFC 9496 section 4.3.2. */
static void point_encode(uint8_t out[32], const struct point *p)
{
    struct fe u1 = fe_mul(fe_add(p->z, p->y), fe_sub(p->z, p->y)), u2 = fe_mul(p->x, p->y), inv;
    (void)inverse_sqrt(&inv,
                       fe_mul(u1, fe_sq(u2))); /* a square for every point, or 0 for the identity's class */
    struct fe den1 = fe_mul(inv, u1), den2 = fe_mul(inv, u2);
    struct fe z_inv = fe_mul(fe_mul(den1, den2), p->t);
    bool rotate = fe_is_negative(fe_mul(p->t, z_inv));
    struct fe x = rotate ? fe_mul(p->y, sqrt_m1) : p->x;
    struct fe y = rotate ? fe_mul(p->x, sqrt_m1) : p->y;
    struct fe den_inv = rotate ? fe_mul(den1, invsqrt_a_minus_d) : den2;
    if (fe_is_negative(fe_mul(x, z_inv)))
        y = fe_neg(y);
    fe_encode(out, fe_abs(fe_mul(den_inv, fe_sub(p->z, y))));
}

/* Completes an addition or doubling from its four intermediate values. T is only needed before an addition.
 */
static inline void point_finish(struct point *p, struct fe e, struct fe f, struct fe g, struct fe h,
                                bool with_t)
{
    p->x = fe_mul(e, f);
    p->y = fe_mul(g, h);
    p->z = fe_mul(f, g);
    if (with_t)
        p->t = fe_mul(e, h);
}

static inline void point_double(struct point *p, bool with_t)
{
    struct fe a = fe_sq(p->x), b = fe_sq(p->y), zz = fe_sq(p->z);
    struct fe h = fe_add(a, b), g = fe_sub(a, b);
    struct fe e = fe_sub(h, fe_sq(fe_add(p->x, p->y)));
    struct fe f = fe_carry(fe_add(fe_add(zz, zz), g));
    point_finish(p, e, f, g, h, with_t);
}

static struct cached point_cache(const struct point *p)
{
    return (struct cached){fe_add(p->y, p->x), fe_sub(p->y, p->x), p->z, fe_mul(p->t, curve_2d)};
}

/* p += q or p -= q: to subtract, x changes its sign, which swaps y + x and y - x and negates t. `d` is 2 Z1
 * Z2. */
static inline void point_combine(struct point *p, struct fe plus, struct fe minus, struct fe t2d, struct fe d,
                                 bool subtract, bool with_t)
{
    struct fe a = fe_mul(fe_sub(p->y, p->x), subtract ? plus : minus);
    struct fe b = fe_mul(fe_add(p->y, p->x), subtract ? minus : plus);
    struct fe c = fe_mul(p->t, t2d);
    struct fe sum = fe_add(d, c), difference = fe_sub(d, c);
    point_finish(p, fe_sub(b, a), subtract ? sum : difference, subtract ? difference : sum, fe_add(b, a),
                 with_t);
}

static void point_add_cached(struct point *p, const struct cached *q, bool subtract, bool with_t)
{
    struct fe zz = fe_mul(p->z, q->z);
    point_combine(p, q->y_plus_x, q->y_minus_x, q->t2d, fe_add(zz, zz), subtract, with_t);
}

static void point_add_base(struct point *p, const struct ristretto_base_point *q, bool subtract, bool with_t)
{
    struct fe plus, minus, t2d;
    memcpy(plus.v, q->y_plus_x, sizeof plus.v);
    memcpy(minus.v, q->y_minus_x, sizeof minus.v);
    memcpy(t2d.v, q->xy2d, sizeof t2d.v);
    point_combine(p, plus, minus, t2d, fe_add(p->z, p->z), subtract, with_t);
}

/* Signed digits, zero or odd and below 2^(width - 1) in size, with at least width - 1 zeros after each other
 * one. */
static void non_adjacent_form(int8_t out[256], const uint8_t scalar[32], unsigned width)
{
    uint64_t words[5] = {0};
    for (size_t i = 0; i < 4; i++)
        words[i] = load_u64le(scalar + 8 * i);
    memset(out, 0, 256);
    uint64_t size = (uint64_t)1 << width, carry = 0;
    for (size_t at = 0; at < 256;) {
        size_t word = at / 64, bit = at % 64;
        uint64_t bits = words[word] >> bit;
        if (bit + width > 64)
            bits |= words[word + 1] << (64 - bit); /* bit > 0 here, as width < 64 */
        uint64_t digit = carry + (bits & (size - 1));
        if (digit % 2 == 0) {
            at++;
            continue;
        }
        carry = digit >= size / 2;
        out[at] = (int8_t)((int)digit - (carry != 0 ? (int)size : 0));
        at += width;
    }
}

/* s * B - k * A by one chain of doublings for both. */
static void multiply(struct point *out, const uint8_t s[32], const uint8_t k[32], const struct point *a)
{
    int8_t s_digits[256], k_digits[256];
    non_adjacent_form(s_digits, s, B_WIDTH);
    non_adjacent_form(k_digits, k, A_WIDTH);
    struct cached odd[A_COUNT];
    struct point step = *a, twice = *a;
    point_double(&twice, true);
    struct cached two = point_cache(&twice);
    odd[0] = point_cache(a);
    for (int i = 1; i < A_COUNT; i++) {
        point_add_cached(&step, &two, false, true);
        odd[i] = point_cache(&step);
    }
    *out = (struct point){.x = zero, .y = one, .z = one, .t = zero};
    for (int i = 255; i >= 0; i--) {
        int sd = s_digits[i], kd = k_digits[i];
        bool last = i == 0; /* the encoding needs T as an addition does */
        point_double(out, sd != 0 || kd != 0 || last);
        if (kd != 0)
            point_add_cached(out, &odd[(kd < 0 ? -kd : kd) / 2], kd > 0, sd != 0 || last);
        if (sd != 0)
            point_add_base(out, &ristretto_base[(sd < 0 ? -sd : sd) / 2], sd < 0, last);
    }
}

bool ristretto_scalar_ok(const uint8_t scalar[32])
{
    static const uint64_t order[4] = {0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000};
    uint64_t borrow = 0;
    for (size_t i = 0; i < 4; i++) {
        u128 difference = (u128)load_u64le(scalar + 8 * i) - order[i] - borrow;
        borrow = (uint64_t)(difference >> 64) & 1;
    }
    return borrow == 1;
}

bool ristretto_check_point(uint8_t out[32], const uint8_t s[32], const uint8_t k[32], const uint8_t a[32])
{
    struct point key, result;
    if (!point_decode(&key, a))
        return false;
    multiply(&result, s, k, &key);
    point_encode(out, &result);
    return true;
}
