/* crypto/p256.c — Montgomery arithmetic on four 64-bit limbs, Jacobian points, joint 2-bit windows. */
#include "crypto/p256.h"

struct limbs {
    uint64_t v[4]; /* least significant first */
};

struct modulus {
    struct limbs m, rr, one; /* the number; 2^512 mod it; 2^256 mod it */
    uint64_t n0;             /* -m^-1 mod 2^64 */
};

static const struct modulus field = {
    .m = {{0xffffffffffffffff, 0x00000000ffffffff, 0, 0xffffffff00000001}},
    .rr = {{0x0000000000000003, 0xfffffffbffffffff, 0xfffffffffffffffe, 0x00000004fffffffd}},
    .one = {{0x0000000000000001, 0xffffffff00000000, 0xffffffffffffffff, 0x00000000fffffffe}},
    .n0 = 1,
};
static const struct modulus order = {
    .m = {{0xf3b9cac2fc632551, 0xbce6faada7179e84, 0xffffffffffffffff, 0xffffffff00000000}},
    .rr = {{0x83244c95be79eea2, 0x4699799c49bd6fa6, 0x2845b2392b6bec59, 0x66e12d94f3d95620}},
    .one = {{0x0c46353d039cdaaf, 0x4319055258e8617b, 0x0000000000000000, 0x00000000ffffffff}},
    .n0 = 0xccd1c8aaee00bc4f,
};

/* x, y, z in Montgomery form; z = 0 is the point at infinity. */
struct point {
    struct limbs x, y, z;
};

static const struct limbs curve_b = {
    {0xd89cdf6229c4bddf, 0xacf005cd78843090, 0xe5a220abf7212ed6, 0xdc30061d04874834}};
static const struct limbs base_x = {
    {0x79e730d418a9143c, 0x75ba95fc5fedb601, 0x79fb732b77622510, 0x18905f76a53755c6}};
static const struct limbs base_y = {
    {0xddf25357ce95560a, 0x8b4ab8e4ba19e45c, 0xd2e88688dd21f325, 0x8571ff1825885d85}};

static struct limbs load(const uint8_t be[32])
{
    struct limbs r = {{0}};
    for (int i = 0; i < 32; i++)
        r.v[3 - i / 8] = r.v[3 - i / 8] << 8 | be[i];
    return r;
}

static bool is_zero(const struct limbs *a)
{
    return (a->v[0] | a->v[1] | a->v[2] | a->v[3]) == 0;
}

static bool equal(const struct limbs *a, const struct limbs *b)
{
    return memcmp(a->v, b->v, sizeof a->v) == 0;
}

/* a - b; true when it borrowed, that is a < b. */
static bool sub_raw(struct limbs *r, const struct limbs *a, const struct limbs *b)
{
    uint64_t borrow = 0;
    for (int i = 0; i < 4; i++) {
        u128 d = (u128)a->v[i] - b->v[i] - borrow;
        r->v[i] = (uint64_t)d;
        borrow = (uint64_t)(d >> 64) & 1;
    }
    return borrow != 0;
}

static bool add_raw(struct limbs *r, const struct limbs *a, const struct limbs *b)
{
    uint64_t carry = 0;
    for (int i = 0; i < 4; i++) {
        u128 s = (u128)a->v[i] + b->v[i] + carry;
        r->v[i] = (uint64_t)s;
        carry = (uint64_t)(s >> 64);
    }
    return carry != 0;
}

static bool below(const struct limbs *a, const struct limbs *b)
{
    struct limbs scratch;
    return sub_raw(&scratch, a, b);
}

static struct limbs mod_add(const struct modulus *m, const struct limbs *a, const struct limbs *b)
{
    struct limbs s, d;
    bool carry = add_raw(&s, a, b);
    bool borrow = sub_raw(&d, &s, &m->m);
    return carry || !borrow ? d : s;
}

static struct limbs mod_sub(const struct modulus *m, const struct limbs *a, const struct limbs *b)
{
    struct limbs d;
    if (sub_raw(&d, a, b))
        (void)add_raw(&d, &d, &m->m);
    return d;
}

/* a * b / 2^256 mod m (HAC 14.36); a, b below m. */
static struct limbs mod_mul(const struct modulus *m, const struct limbs *a, const struct limbs *b)
{
    uint64_t t[6] = {0};
    struct limbs r, d;

    for (int i = 0; i < 4; i++) {
        u128 c = 0;
        for (int j = 0; j < 4; j++) {
            c += (u128)a->v[j] * b->v[i] + t[j];
            t[j] = (uint64_t)c;
            c >>= 64;
        }
        c += t[4];
        t[4] = (uint64_t)c;
        t[5] = (uint64_t)(c >> 64);
        uint64_t q = t[0] * m->n0;
        c = ((u128)q * m->m.v[0] + t[0]) >> 64;
        for (int j = 1; j < 4; j++) {
            c += (u128)q * m->m.v[j] + t[j];
            t[j - 1] = (uint64_t)c;
            c >>= 64;
        }
        c += t[4];
        t[3] = (uint64_t)c;
        t[4] = t[5] + (uint64_t)(c >> 64);
    }
    memcpy(r.v, t, sizeof r.v);
    bool borrow = sub_raw(&d, &r, &m->m);
    return t[4] != 0 || !borrow ? d : r;
}

static struct limbs mod_sqr(const struct modulus *m, const struct limbs *a)
{
    return mod_mul(m, a, a);
}

/* a^(m - 2), the inverse of a: m is prime. */
static struct limbs mod_inv(const struct modulus *m, const struct limbs *a)
{
    static const struct limbs two = {{2, 0, 0, 0}};
    struct limbs exponent, r = m->one;

    (void)sub_raw(&exponent, &m->m, &two);
    for (int i = 255; i >= 0; i--) {
        r = mod_sqr(m, &r);
        if (exponent.v[i / 64] >> (i % 64) & 1)
            r = mod_mul(m, &r, a);
    }
    return r;
}

static struct limbs f_add(struct limbs a, struct limbs b)
{
    return mod_add(&field, &a, &b);
}

static struct limbs f_sub(struct limbs a, struct limbs b)
{
    return mod_sub(&field, &a, &b);
}

static struct limbs f_mul(struct limbs a, struct limbs b)
{
    return mod_mul(&field, &a, &b);
}

/* dbl-2001-b of the Explicit-Formulas Database, for a = -3. */
static struct point point_double(const struct point *p)
{
    struct limbs delta = f_mul(p->z, p->z), gamma = f_mul(p->y, p->y), beta = f_mul(p->x, gamma);
    struct limbs t = f_mul(f_sub(p->x, delta), f_add(p->x, delta));
    struct limbs alpha = f_add(f_add(t, t), t), beta4 = f_add(f_add(beta, beta), f_add(beta, beta));
    struct limbs gamma2 = f_mul(gamma, gamma), yz = f_add(p->y, p->z);
    struct point r;

    r.x = f_sub(f_mul(alpha, alpha), f_add(beta4, beta4));
    r.z = f_sub(f_sub(f_mul(yz, yz), gamma), delta);
    gamma2 = f_add(gamma2, gamma2);
    gamma2 = f_add(gamma2, gamma2);
    r.y = f_sub(f_mul(alpha, f_sub(beta4, r.x)), f_add(gamma2, gamma2));
    return r;
}

/* add-1998-cmo-2, with the cases it does not cover: infinity, equal and opposite points. */
static struct point point_add(const struct point *p, const struct point *q)
{
    struct point r;

    if (is_zero(&p->z))
        return *q;
    if (is_zero(&q->z))
        return *p;
    struct limbs z1z1 = f_mul(p->z, p->z), z2z2 = f_mul(q->z, q->z);
    struct limbs u1 = f_mul(p->x, z2z2), u2 = f_mul(q->x, z1z1);
    struct limbs s1 = f_mul(p->y, f_mul(q->z, z2z2)), s2 = f_mul(q->y, f_mul(p->z, z1z1));
    struct limbs h = f_sub(u2, u1), s = f_sub(s2, s1);
    if (is_zero(&h)) {
        if (is_zero(&s))
            return point_double(p);
        memset(&r, 0, sizeof r);
        return r;
    }
    struct limbs hh = f_mul(h, h), hhh = f_mul(h, hh), v = f_mul(u1, hh);
    r.x = f_sub(f_sub(f_mul(s, s), hhh), f_add(v, v));
    r.y = f_sub(f_mul(s, f_sub(v, r.x)), f_mul(s1, hhh));
    r.z = f_mul(f_mul(p->z, q->z), h);
    return r;
}

static bool point_load(struct point *out, const uint8_t key[64])
{
    struct limbs x = load(key), y = load(key + 32);

    if (!below(&x, &field.m) || !below(&y, &field.m))
        return false;
    x = f_mul(x, field.rr);
    y = f_mul(y, field.rr);
    struct limbs right = f_add(f_mul(f_mul(x, x), x), curve_b), left = f_mul(y, y);
    right = f_sub(right, f_add(f_add(x, x), x));
    if (!equal(&left, &right))
        return false;
    *out = (struct point){.x = x, .y = y, .z = field.one};
    return true;
}

bool p256_key_ok(const uint8_t public_key[64])
{
    struct point p;
    return point_load(&p, public_key);
}

/* a * base point + b * q */
static struct point mul_two(const struct limbs *a, const struct limbs *b, const struct point *q)
{
    const struct point g = {.x = base_x, .y = base_y, .z = field.one};
    struct point table[16], r; /* table[4 * j + i] = i * g + j * q */

    memset(&table[0], 0, sizeof table[0]);
    for (int i = 1; i < 4; i++)
        table[i] = point_add(&table[i - 1], &g);
    for (int i = 4; i < 16; i++)
        table[i] = point_add(&table[i - 4], q);
    memset(&r, 0, sizeof r);
    for (int bit = 254; bit >= 0; bit -= 2) {
        unsigned i = (unsigned)(a->v[bit / 64] >> (bit % 64) & 3);
        unsigned j = (unsigned)(b->v[bit / 64] >> (bit % 64) & 3);
        r = point_double(&r);
        r = point_double(&r);
        r = point_add(&r, &table[4 * j + i]);
    }
    return r;
}

/* Is the affine x of `p`, taken as an integer, equal to r modulo the order? */
static bool x_matches(const struct point *p, struct limbs r)
{
    struct limbs zz = f_mul(p->z, p->z), scaled = f_mul(f_mul(r, field.rr), zz);

    if (equal(&scaled, &p->x))
        return true;
    if (add_raw(&r, &r, &order.m) || !below(&r, &field.m))
        return false;
    scaled = f_mul(f_mul(r, field.rr), zz);
    return equal(&scaled, &p->x);
}

bool p256_verify(const uint8_t public_key[64], const uint8_t hash[32], const uint8_t sig[64])
{
    struct limbs r = load(sig), s = load(sig + 32), z = load(hash), w, u1, u2;
    struct point q;

    if (is_zero(&r) || is_zero(&s) || !below(&r, &order.m) || !below(&s, &order.m))
        return false;
    if (!point_load(&q, public_key))
        return false;
    if (!below(&z, &order.m))
        (void)sub_raw(&z, &z, &order.m); /* 2^256 < 2 * order */
    s = mod_mul(&order, &s, &order.rr);
    w = mod_inv(&order, &s);
    u1 = mod_mul(&order, &z, &w); /* z is plain and w in Montgomery form: the product is plain */
    u2 = mod_mul(&order, &r, &w);
    struct point p = mul_two(&u1, &u2, &q);
    return !is_zero(&p.z) && x_matches(&p, r);
}
