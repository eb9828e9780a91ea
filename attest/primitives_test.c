/* attest/primitives_test.c — the plain ECDSA of crypto/ held to OpenSSL. Here because crypto/ does not link
 * OpenSSL. Every test runs on both curves. */
#include "attest/primitives_test.h"

#include <openssl/evp.h>
#include <openssl/obj_mac.h>

#include "crypto/p256.h"
#include "crypto/p384.h"
#include "crypto/random.h"

struct curve {
    int nid;
    const char *evp_name;
    const char *low_x; /* of a point with y = low_y */
    unsigned low_y;
    bool (*plain)(const uint8_t *key, const uint8_t *hash, const uint8_t *sig);
    bool (*key_ok)(const uint8_t *key);
    struct forge_curve f;
};

static struct curve p256 = {
    .nid = NID_X9_62_prime256v1,
    .evp_name = "P-256",
    .low_x = "d7325d7646cd60d80a92738ceb345f844cffaf35841022cab176f692de8de1d7",
    .low_y = 5,
    .plain = p256_verify,
    .key_ok = p256_key_ok,
};
static struct curve p384 = {
    .nid = NID_secp384r1,
    .evp_name = "P-384",
    .low_x =
        "2261b2bf605c22f2f3aef6338719b2c486388ad5240719a5257315969ef01ba27f0a104c89704773a81fdabee6ab5c78",
    .low_y = 1,
    .plain = p384_verify,
    .key_ok = p384_key_ok,
};

/* Both must say the same, and it must be `want`. */
static void check(const struct curve *c, const struct forge_ecdsa *e, bool want)
{
    bool openssl = c->nid == NID_secp384r1 ? attest_openssl.p384_verify(e->key, e->hash, e->sig)
                                           : attest_openssl.p256_verify(e->key, e->hash, e->sig);
    assert_int_equal(openssl, want);
    assert_int_equal(c->plain(e->key, e->hash, e->sig), want);
}

static BIGNUM *random_scalar(const struct curve *c)
{
    BIGNUM *n = BN_new();
    do
        assert_int_equal(BN_rand_range(n, c->f.order), 1);
    while (BN_is_zero(n));
    return n;
}

/* A valid signature with random key, hash and nonce. */
static void forge_random(const struct curve *c, struct forge_ecdsa *e)
{
    BIGNUM *d = random_scalar(c), *u1 = random_scalar(c), *u2 = random_scalar(c);
    assert_true(forge_ecdsa(&c->f, e, d, u1, u2));
    BN_free(d);
    BN_free(u1);
    BN_free(u2);
}

static void put(const struct curve *c, uint8_t *out, const BIGNUM *n)
{
    assert_int_equal(BN_bn2binpad(n, out, (int)c->f.len), (int)c->f.len);
}

static BIGNUM *plus(const BIGNUM *n, int offset)
{
    BIGNUM *r = BN_dup(n);
    assert_int_equal(offset < 0 ? BN_sub_word(r, (BN_ULONG)-offset) : BN_add_word(r, (BN_ULONG)offset), 1);
    return r;
}

static void a_flipped_bit_anywhere_makes_a_valid_signature_invalid(void **state)
{
    const struct curve *c = *state;
    for (int i = 0; i < 100; i++) {
        struct forge_ecdsa e;
        uint8_t at[2];
        forge_random(c, &e);
        check(c, &e, true);
        uint8_t *const parts[] = {e.sig, e.hash, e.key};
        for (size_t part = 0; part < ARRAY_LEN(parts); part++) {
            random_bytes(at, sizeof at);
            uint8_t *p = &parts[part][at[0] % (part == 1 ? c->f.len : 2 * c->f.len)];
            *p ^= (uint8_t)(1 << at[1] % 8);
            check(c, &e, false);
            *p ^= (uint8_t)(1 << at[1] % 8);
        }
    }
}

static void what_openssl_signs_is_valid(void **state)
{
    const struct curve *c = *state;
    EVP_PKEY *key = EVP_EC_gen(c->evp_name);
    for (int i = 0; i < 20; i++) {
        struct forge_ecdsa e;
        uint8_t der[128], octets[1 + 2 * FORGE_EC_MAX];
        const uint8_t *at = der;
        size_t len = sizeof der;
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
        random_bytes(e.hash, c->f.len);
        assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
        assert_int_equal(EVP_PKEY_sign(ctx, der, &len, e.hash, c->f.len), 1);
        ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)len);
        put(c, e.sig, ECDSA_SIG_get0_r(sig));
        put(c, e.sig + c->f.len, ECDSA_SIG_get0_s(sig));
        assert_int_equal(EVP_PKEY_get_octet_string_param(key, "pub", octets, sizeof octets, &len), 1);
        memcpy(e.key, octets + 1, 2 * c->f.len);
        check(c, &e, true);
        ECDSA_SIG_free(sig);
        EVP_PKEY_CTX_free(ctx);
    }
    EVP_PKEY_free(key);
}

/* Keys near the base point make the multiples of both meet in every addition: equal, opposite, infinite. */
static void keys_and_scalars_that_meet_in_an_addition_are_added_rightly(void **state)
{
    static const int small[] = {1, -1, 2, -2, 3, 5, -15, 31, 0};
    const struct curve *c = *state;
    BIGNUM *scalars[ARRAY_LEN(small)];
    size_t made = 0;

    for (size_t i = 0; i < ARRAY_LEN(small); i++) {
        scalars[i] = BN_new();
        BN_set_word(scalars[i], (BN_ULONG)(small[i] < 0 ? -small[i] : small[i]));
        BN_set_negative(scalars[i], small[i] < 0);
    }
    for (size_t d = 0; d < ARRAY_LEN(small); d++)
        for (size_t u1 = 0; u1 < ARRAY_LEN(small); u1++)
            for (size_t u2 = 0; u2 < ARRAY_LEN(small); u2++) {
                struct forge_ecdsa e;
                if (!forge_ecdsa(&c->f, &e, scalars[d], scalars[u1], scalars[u2]))
                    continue;
                check(c, &e, true);
                made++;
            }
    assert_true(made > 500);
    for (size_t i = 0; i < ARRAY_LEN(small); i++)
        BN_free(scalars[i]);
}

static void the_last_addition_may_double(void **state)
{
    const struct curve *c = *state;
    for (int i = 0; i < 20; i++) {
        struct forge_ecdsa e;
        BIGNUM *d = random_scalar(c), *u1 = BN_new(), *u2 = random_scalar(c);
        BN_mod_mul(u1, u2, d, c->f.order, c->f.ctx); /* u1 * G = u2 * Q */
        assert_true(forge_ecdsa(&c->f, &e, d, u1, u2));
        check(c, &e, true);
        BN_free(d);
        BN_free(u1);
        BN_free(u2);
    }
}

static void a_sum_at_infinity_is_refused(void **state)
{
    const struct curve *c = *state;
    for (int i = 0; i < 20; i++) {
        struct forge_ecdsa e;
        BIGNUM *d = random_scalar(c), *r = random_scalar(c), *s = random_scalar(c), *z = BN_new();
        forge_key(&c->f, e.key, d);
        BN_mod_mul(z, r, d, c->f.order, c->f.ctx);
        BN_sub(z, c->f.order, z); /* z + r d = 0 */
        put(c, e.hash, z);
        put(c, e.sig, r);
        put(c, e.sig + c->f.len, s);
        check(c, &e, false);
        BN_free(d);
        BN_free(r);
        BN_free(s);
        BN_free(z);
    }
}

/* Powers of two and their neighbours are where windows of digits begin, end and carry over. */
static void scalars_of_long_runs_are_taken_apart_rightly(void **state)
{
    const struct curve *c = *state;
    BIGNUM *d = random_scalar(c), *runs[20];
    size_t count = 0;

    for (int bit = (int)c->f.len * 8 - 1; bit > 0 && count + 3 < ARRAY_LEN(runs); bit -= bit > 250 ? 1 : 61) {
        BIGNUM *power = BN_new();
        BN_set_bit(power, bit);
        runs[count++] = plus(power, -1);
        runs[count++] = plus(power, 1);
        runs[count++] = power;
    }
    runs[count++] = plus(c->f.order, -1);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            struct forge_ecdsa e;
            assert_true(forge_ecdsa(&c->f, &e, d, runs[i], runs[j]));
            check(c, &e, true);
        }
    for (size_t i = 0; i < count; i++)
        BN_free(runs[i]);
    BN_free(d);
}

/* A hash at or above the order counts modulo it. */
static void hashes_above_the_order_are_reduced(void **state)
{
    const struct curve *c = *state;
    BIGNUM *d = random_scalar(c), *u2 = random_scalar(c), *u1 = BN_new();
    struct forge_ecdsa e;

    BN_zero(u1);
    assert_true(forge_ecdsa(&c->f, &e, d, u1, u2)); /* of the hash 0 */
    check(c, &e, true);
    put(c, e.hash, c->f.order);
    check(c, &e, true);
    memset(e.hash, 0xff, c->f.len);
    check(c, &e, false);
    BN_free(d);
    BN_free(u1);
    BN_free(u2);
}

static void scalars_outside_the_range_are_refused(void **state)
{
    static const int offsets[] = {-2, -1, 0, 1, 2};
    const struct curve *c = *state;
    struct forge_ecdsa good, e;

    forge_random(c, &good);
    for (int half = 0; half < 3; half++) { /* r, s, both */
        for (size_t i = 0; i < 3 * ARRAY_LEN(offsets) + 1; i++) {
            BIGNUM *zero = BN_new();
            const BIGNUM *const near[] = {zero, c->f.order, c->f.prime};
            int offset = offsets[i % ARRAY_LEN(offsets)];
            size_t base = i / ARRAY_LEN(offsets);
            BIGNUM *x = plus(near[base % 3], base == 0 && offset < 0 ? 5 - offset : offset);
            uint8_t bytes[FORGE_EC_MAX];
            put(c, bytes, x);
            if (base == 3)
                memset(bytes, 0xff, sizeof bytes);
            e = good;
            if (half != 1)
                memcpy(e.sig, bytes, c->f.len);
            if (half != 0)
                memcpy(e.sig + c->f.len, bytes, c->f.len);
            check(c, &e, false);
            BN_free(x);
            BN_free(zero);
        }
    }
}

static void the_other_s_is_valid_and_the_other_representative_is_not(void **state)
{
    const struct curve *c = *state;
    for (int i = 0; i < 10; i++) {
        struct forge_ecdsa good, e;
        forge_random(c, &good);
        e = good;
        BIGNUM *x = BN_bin2bn(good.sig + c->f.len, (int)c->f.len, NULL);
        BN_sub(x, c->f.order, x);
        put(c, e.sig + c->f.len, x);
        check(c, &e, true);
        for (int half = 0; half < 2; half++) {
            uint8_t *at = e.sig + (size_t)half * c->f.len;
            e = good;
            BN_bin2bn(at, (int)c->f.len, x);
            BN_add(x, x, c->f.order);
            if (BN_bn2binpad(x, at, (int)c->f.len) > 0)
                check(c, &e, false);
        }
        BN_free(x);
    }
}

static void check_bad_key(const struct curve *c, const struct forge_ecdsa *e)
{
    assert_false(c->key_ok(e->key));
    check(c, e, false);
}

static void keys_that_are_no_points_are_refused(void **state)
{
    const struct curve *c = *state;
    size_t len = c->f.len;
    struct forge_ecdsa good, e;

    forge_random(c, &good);
    for (size_t at = 0; at <= len; at += len) {
        e = good;
        put(c, e.key + at, c->f.prime);
        check_bad_key(c, &e);
        memset(e.key + at, 0xff, len);
        check_bad_key(c, &e);
        memset(e.key + at, 0, len);
        check_bad_key(c, &e);
        e = good;
        e.key[at + len - 1] ^= 1;
        check_bad_key(c, &e);
    }
    memset(e.key, 0, sizeof e.key); /* as some write infinity */
    check_bad_key(c, &e);
    memcpy(e.key, good.key + len, len); /* coordinates swapped */
    memcpy(e.key + len, good.key, len);
    check_bad_key(c, &e);
}

static void another_key_s_signature_is_refused(void **state)
{
    const struct curve *c = *state;
    struct forge_ecdsa e;
    BIGNUM *y = BN_new();

    forge_random(c, &e);
    BN_bin2bn(e.key + c->f.len, (int)c->f.len, y);
    BN_sub(y, c->f.prime, y); /* -Q, with the same x */
    put(c, e.key + c->f.len, y);
    assert_true(c->key_ok(e.key));
    check(c, &e, false);
    BN_free(y);
}

/* The coordinate at e->key + at is small: plus p it is the same number, but no encoding of it. */
static void check_second_encoding(const struct curve *c, struct forge_ecdsa *e, size_t at)
{
    BIGNUM *n = BN_bin2bn(e->key + at, (int)c->f.len, NULL);
    assert_true(c->key_ok(e->key));
    check(c, e, false);
    BN_add(n, n, c->f.prime);
    put(c, e->key + at, n);
    assert_false(c->key_ok(e->key));
    check(c, e, false);
    BN_free(n);
}

static void keys_have_one_encoding(void **state)
{
    const struct curve *c = *state;
    struct forge_ecdsa e;
    uint8_t octets[1 + 2 * FORGE_EC_MAX];
    BIGNUM *x = NULL;
    EC_POINT *p = EC_POINT_new(c->f.group);
    int found = 0;

    forge_random(c, &e);
    assert_true(BN_hex2bn(&x, c->low_x) > 0);
    put(c, e.key, x);
    BN_set_word(x, c->low_y);
    put(c, e.key + c->f.len, x);
    check_second_encoding(c, &e, c->f.len);
    for (unsigned small = 0; small < 50; small++) {
        BN_set_word(x, small);
        if (EC_POINT_set_compressed_coordinates(c->f.group, p, x, 1, c->f.ctx) != 1)
            continue; /* no point with this x */
        found++;
        EC_POINT_point2oct(c->f.group, p, POINT_CONVERSION_UNCOMPRESSED, octets, sizeof octets, c->f.ctx);
        memcpy(e.key, octets + 1, 2 * c->f.len);
        check_second_encoding(c, &e, 0);
    }
    assert_true(found > 10);
    BN_free(x);
    EC_POINT_free(p);
}

static void an_x_coordinate_above_the_order_still_matches(void **state)
{
    const struct curve *c = *state;
    BIGNUM *x = BN_new(), *r = BN_new(), *s = BN_new(), *z = BN_new(), *inv = BN_new();
    EC_POINT *p = EC_POINT_new(c->f.group), *q = EC_POINT_new(c->f.group);
    int found = 0;
    for (unsigned k = 1; k < 200 && found < 20; k++) {
        struct forge_ecdsa e;
        uint8_t octets[1 + 2 * FORGE_EC_MAX];
        BN_set_word(r, k);
        BN_add(x, r, c->f.order);
        if (EC_POINT_set_compressed_coordinates(c->f.group, p, x, (int)(k & 1), c->f.ctx) != 1)
            continue; /* no point with this x */
        found++;
        random_bytes(e.hash, c->f.len);
        BN_bin2bn(e.hash, (int)c->f.len, z);
        assert_int_equal(BN_rand_range(s, c->f.order), 1);
        BN_mod_inverse(inv, r, c->f.order, c->f.ctx);
        BN_mod_mul(z, z, inv, c->f.order, c->f.ctx);
        BN_sub(z, c->f.order, z);
        BN_mod_mul(inv, s, inv, c->f.order, c->f.ctx);
        EC_POINT_mul(c->f.group, q, z, p, inv, c->f.ctx); /* Q = r^-1 (s R - z G) */
        EC_POINT_point2oct(c->f.group, q, POINT_CONVERSION_UNCOMPRESSED, octets, sizeof octets, c->f.ctx);
        memcpy(e.key, octets + 1, 2 * c->f.len);
        put(c, e.sig, r);
        put(c, e.sig + c->f.len, s);
        check(c, &e, true);
    }
    assert_true(found > 0);
    EC_POINT_free(p);
    EC_POINT_free(q);
    BN_free(x);
    BN_free(r);
    BN_free(s);
    BN_free(z);
    BN_free(inv);
}

static int setup(void **state)
{
    (void)state;
    p256.f = forge_curve_new(p256.nid);
    p384.f = forge_curve_new(p384.nid);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    forge_curve_free(&p256.f);
    forge_curve_free(&p384.f);
    return 0;
}

#define ON_BOTH_CURVES(test)                   \
    {"p256 " #test, test, NULL, NULL, &p256},  \
    {                                          \
        "p384 " #test, test, NULL, NULL, &p384 \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH_CURVES(a_flipped_bit_anywhere_makes_a_valid_signature_invalid),
        ON_BOTH_CURVES(what_openssl_signs_is_valid),
        ON_BOTH_CURVES(keys_and_scalars_that_meet_in_an_addition_are_added_rightly),
        ON_BOTH_CURVES(the_last_addition_may_double),
        ON_BOTH_CURVES(a_sum_at_infinity_is_refused),
        ON_BOTH_CURVES(scalars_of_long_runs_are_taken_apart_rightly),
        ON_BOTH_CURVES(hashes_above_the_order_are_reduced),
        ON_BOTH_CURVES(scalars_outside_the_range_are_refused),
        ON_BOTH_CURVES(the_other_s_is_valid_and_the_other_representative_is_not),
        ON_BOTH_CURVES(keys_that_are_no_points_are_refused),
        ON_BOTH_CURVES(another_key_s_signature_is_refused),
        ON_BOTH_CURVES(keys_have_one_encoding),
        ON_BOTH_CURVES(an_x_coordinate_above_the_order_still_matches),
    };
    return cmocka_run_group_tests(tests, setup, teardown) + rsa_tests() + wycheproof_tests();
}
