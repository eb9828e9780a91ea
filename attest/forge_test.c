/* attest/forge_test.c — for ECDSA the equations are solved for the key and the hash; for RSA roots are taken
 * modulo each of the small factors. */
#include "attest/forge_test.h"
#include "crypto/hash.h"

#define MUST(call) ASSERT((call) == 1)

struct forge_curve forge_curve_new(int nid)
{
    struct forge_curve c = {.group = EC_GROUP_new_by_curve_name(nid), .ctx = BN_CTX_new(), .prime = BN_new()};
    c.order = EC_GROUP_get0_order(c.group);
    MUST(EC_GROUP_get_curve(c.group, c.prime, NULL, NULL, c.ctx));
    c.len = (size_t)BN_num_bytes(c.prime);
    return c;
}

void forge_curve_free(struct forge_curve *c)
{
    EC_GROUP_free(c->group);
    BN_CTX_free(c->ctx);
    BN_free(c->prime);
}

void forge_key(const struct forge_curve *c, uint8_t *out, const BIGNUM *d)
{
    uint8_t octets[1 + 2 * FORGE_EC_MAX];
    EC_POINT *p = EC_POINT_new(c->group);

    MUST(EC_POINT_mul(c->group, p, d, NULL, NULL, c->ctx));
    ASSERT(EC_POINT_point2oct(c->group, p, POINT_CONVERSION_UNCOMPRESSED, octets, 1 + 2 * c->len, c->ctx) ==
           1 + 2 * c->len);
    memcpy(out, octets + 1, 2 * c->len);
    EC_POINT_free(p);
}

/* k * G is the sum; s comes in as u2, and r and s go out as the signature's. */
static bool solve(const struct forge_curve *c, struct forge_ecdsa *out, const BIGNUM *u1, const BIGNUM *k,
                  BIGNUM *r, BIGNUM *s)
{
    EC_POINT *p = EC_POINT_new(c->group);
    BIGNUM *z = BN_new();
    int len = (int)c->len;

    MUST(EC_POINT_mul(c->group, p, k, NULL, NULL, c->ctx));
    MUST(EC_POINT_get_affine_coordinates(c->group, p, r, NULL, c->ctx));
    MUST(BN_nnmod(r, r, c->order, c->ctx));
    ASSERT(BN_mod_inverse(s, s, c->order, c->ctx) != NULL);
    MUST(BN_mod_mul(s, s, r, c->order, c->ctx)); /* u2 = r / s */
    MUST(BN_nnmod(z, u1, c->order, c->ctx));
    MUST(BN_mod_mul(z, z, s, c->order, c->ctx)); /* u1 = z / s */
    ASSERT(BN_bn2binpad(r, out->sig, len) == len && BN_bn2binpad(s, out->sig + len, len) == len &&
           BN_bn2binpad(z, out->hash, len) == len);
    bool ok = !BN_is_zero(r);
    EC_POINT_free(p);
    BN_free(z);
    return ok;
}

bool forge_ecdsa(const struct forge_curve *c, struct forge_ecdsa *out, const BIGNUM *d, const BIGNUM *u1,
                 const BIGNUM *u2)
{
    BIGNUM *k = BN_new(), *r = BN_new(), *s = BN_new();
    bool ok = false;

    MUST(BN_nnmod(r, d, c->order, c->ctx));
    MUST(BN_nnmod(s, u2, c->order, c->ctx));
    MUST(BN_mod_mul(k, s, r, c->order, c->ctx));
    MUST(BN_mod_add(k, k, u1, c->order, c->ctx));
    if (!BN_is_zero(k) && !BN_is_zero(r) && !BN_is_zero(s)) {
        forge_key(c, out->key, r);
        ok = solve(c, out, u1, k, r, s);
    }
    BN_free(k);
    BN_free(r);
    BN_free(s);
    return ok;
}

void forge_pss(uint8_t em[ATTEST_RSA_LEN], const uint8_t hash[48], const struct forge_pss *shape)
{
    uint8_t message[8 + 48 + sizeof shape->salt] = {0}, in[48 + 4] = {0}, mask[48], *h = em + FORGE_DB_LEN;
    size_t salt_at = FORGE_DB_LEN - shape->salt_len;

    memcpy(message + 8, hash, 48);
    memcpy(message + 56, shape->salt, shape->salt_len);
    sha384(h, bytes_of(message, 56 + shape->salt_len));
    memset(em, 0, FORGE_DB_LEN);
    em[salt_at - 1] = 1;
    memcpy(em + salt_at, shape->salt, shape->salt_len);
    em[shape->xor_at % FORGE_DB_LEN] ^= shape->xor_by;
    memcpy(in, h, 48);
    for (int i = 0; i < FORGE_DB_LEN; i++) {
        if (i % 48 == 0) {
            in[51] = (uint8_t)(i / 48);
            sha384(mask, bytes_of(in, sizeof in));
        }
        em[i] ^= mask[i % 48];
    }
    em[0] = (uint8_t)((em[0] & 0x7f) | (shape->top_bit ? 0x80 : 0));
    em[ATTEST_RSA_LEN - 1] = shape->trailer;
}

static uint64_t power(uint64_t base, uint64_t exponent, uint64_t p)
{
    uint64_t r = 1;
    for (; exponent != 0; exponent >>= 1) {
        if (exponent & 1)
            r = (uint64_t)((u128)r * base % p);
        base = (uint64_t)((u128)base * base % p);
    }
    return r;
}

/* a^(1 / 65537) mod p: the exponent (1 + k (p - 1)) / 65537 for the k that makes it whole */
static uint64_t root(uint64_t a, uint64_t p)
{
    u128 e = 1;
    while (e % 65537 != 0)
        e += p - 1;
    return power(a, (uint64_t)(e / 65537), p);
}

/* The primes are 2^64 - v; the last one is replaced where the product is to be about half. None is 1 modulo
 * 65537. */
static uint64_t prime_at(int i, enum forge_modulus kind)
{
    static const uint16_t v[64] = {
        59,   83,   95,   179,  189,  257,  279,  323,  353,  363,  425,  453,  503,  743,  825,  843,
        845,  897,  899,  935,  945,  1023, 1025, 1077, 1079, 1235, 1275, 1323, 1379, 1469, 1475, 1487,
        1505, 1517, 1569, 1583, 1607, 1665, 1755, 1799, 1805, 1839, 1859, 1883, 1949, 1995, 2003, 2033,
        2045, 2097, 2133, 2175, 2253, 2285, 2289, 2309, 2379, 2463, 2493, 2549, 2555, 2597, 2633, 2717};
    static const uint64_t half = UINT64_C(1) << 63;
    if (i == 63 && kind != FORGE_HIGH)
        return kind == FORGE_LOW ? half + 43983 : half - 25;
    return 0 - (uint64_t)v[i];
}

void forge_rsa(uint8_t modulus[ATTEST_RSA_LEN], uint8_t sig[ATTEST_RSA_LEN], const uint8_t em[ATTEST_RSA_LEN],
               enum forge_modulus kind)
{
    BIGNUM *a = BN_bin2bn(em, ATTEST_RSA_LEN, NULL), *n = BN_new(), *x = BN_new(), *step = BN_new();

    MUST(BN_one(n));
    BN_zero(x);
    for (int i = 0; i < 64; i++) { /* Garner: x is the root modulo n, the product of the primes so far */
        uint64_t p = prime_at(i, kind);
        uint64_t want = root(BN_mod_word(a, p), p), have = BN_mod_word(x, p);
        uint64_t gap = want >= have ? want - have : want + (p - have);
        uint64_t inverse = power(BN_mod_word(n, p), p - 2, p);
        ASSERT(BN_copy(step, n) != NULL);
        MUST(BN_mul_word(step, (uint64_t)((u128)gap * inverse % p)));
        MUST(BN_add(x, x, step));
        MUST(BN_mul_word(n, p));
    }
    ASSERT(BN_bn2binpad(n, modulus, ATTEST_RSA_LEN) == ATTEST_RSA_LEN);
    ASSERT(BN_bn2binpad(x, sig, ATTEST_RSA_LEN) == ATTEST_RSA_LEN);
    BN_free(a);
    BN_free(n);
    BN_free(x);
    BN_free(step);
}
