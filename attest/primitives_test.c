/* attest/p256_test.c — the plain P-256 of crypto/p256.c held to OpenSSL. Here because crypto/ does not link
 * OpenSSL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "attest/primitives.h"
#include "crypto/p256.h"
#include "crypto/random.h"

static EC_GROUP *group;
static BN_CTX *ctx;
static const BIGNUM *order;

static int setup(void **state)
{
    (void)state;
    group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    ctx = BN_CTX_new();
    order = EC_GROUP_get0_order(group);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    EC_GROUP_free(group);
    BN_CTX_free(ctx);
    return 0;
}

static void random_below_order(BIGNUM *out)
{
    assert_int_equal(BN_rand_range(out, order), 1);
    if (BN_is_zero(out))
        assert_int_equal(BN_one(out), 1);
}

/* r, s and the key such that the signature is that of the point R = k * G: Q = r^-1 (s R - z G). */
static void sign(uint8_t key[64], uint8_t sig[64], const BIGNUM *d, const uint8_t hash[32])
{
    BIGNUM *k = BN_new(), *r = BN_new(), *s = BN_new(), *z = BN_bin2bn(hash, 32, NULL);
    EC_POINT *p = EC_POINT_new(group);
    uint8_t point[65];

    do {
        random_below_order(k);
        EC_POINT_mul(group, p, k, NULL, NULL, ctx);
        EC_POINT_get_affine_coordinates(group, p, r, NULL, ctx);
        BN_nnmod(r, r, order, ctx);
        BN_mod_mul(s, r, d, order, ctx);
        BN_mod_add(s, s, z, order, ctx);
        BN_mod_inverse(k, k, order, ctx);
        BN_mod_mul(s, s, k, order, ctx);
    } while (BN_is_zero(r) || BN_is_zero(s));
    BN_bn2binpad(r, sig, 32);
    BN_bn2binpad(s, sig + 32, 32);
    EC_POINT_mul(group, p, d, NULL, NULL, ctx);
    assert_int_equal(EC_POINT_point2oct(group, p, POINT_CONVERSION_UNCOMPRESSED, point, 65, ctx), 65);
    memcpy(key, point + 1, 64);
    EC_POINT_free(p);
    BN_free(k);
    BN_free(r);
    BN_free(s);
    BN_free(z);
}

/* Both must say the same, and it must be `want`. */
static void check(const uint8_t key[64], const uint8_t hash[32], const uint8_t sig[64], bool want)
{
    assert_int_equal(attest_openssl.p256_verify(key, hash, sig), want);
    assert_int_equal(p256_verify(key, hash, sig), want);
}

static void random_signatures_and_their_damaged_copies_get_openssl_s_verdict(void **state)
{
    BIGNUM *d = BN_new();
    (void)state;
    for (int i = 0; i < 300; i++) {
        uint8_t key[64], hash[32], sig[64], where[2];
        random_below_order(d);
        random_bytes(hash, sizeof hash);
        sign(key, sig, d, hash);
        check(key, hash, sig, true);
        random_bytes(where, sizeof where);
        sig[where[0] % 64] ^= (uint8_t)(1 << where[1] % 8);
        check(key, hash, sig, false);
        sig[where[0] % 64] ^= (uint8_t)(1 << where[1] % 8);
        hash[where[0] % 32] ^= (uint8_t)(1 << where[1] % 8);
        check(key, hash, sig, false);
        hash[where[0] % 32] ^= (uint8_t)(1 << where[1] % 8);
        key[where[0] % 64] ^= (uint8_t)(1 << where[1] % 8);
        check(key, hash, sig, false);
    }
    BN_free(d);
}

static void keys_that_meet_the_base_point_are_added_rightly(void **state)
{
    BIGNUM *d = BN_new();
    (void)state;
    for (int small = 1; small <= 6; small++) {
        for (int negative = 0; negative < 2; negative++) {
            uint8_t key[64], hash[32], sig[64];
            BN_set_word(d, (BN_ULONG)small);
            if (negative)
                BN_sub(d, order, d);
            for (int i = 0; i < 20; i++) {
                random_bytes(hash, sizeof hash);
                if (i == 0)
                    memset(hash, 0, sizeof hash);
                if (i == 1)
                    memset(hash, 0xff, sizeof hash); /* above the order */
                if (i == 2)
                    BN_bn2binpad(order, hash, 32);
                sign(key, sig, d, hash);
                check(key, hash, sig, true);
            }
        }
    }
    BN_free(d);
}

static void scalars_outside_the_range_are_refused(void **state)
{
    uint8_t key[64], hash[32], good[64], sig[64], n[32], n_minus_1[32];
    BIGNUM *d = BN_new(), *x = BN_new();
    (void)state;
    random_bytes(hash, sizeof hash);
    random_below_order(d);
    sign(key, good, d, hash);
    BN_bn2binpad(order, n, 32);
    BN_sub(x, order, BN_value_one());
    BN_bn2binpad(x, n_minus_1, 32);
    for (int half = 0; half < 2; half++) {
        memcpy(sig, good, 64);
        memset(sig + 32 * half, 0, 32);
        check(key, hash, sig, false);
        memcpy(sig + 32 * half, n, 32);
        check(key, hash, sig, false);
        memcpy(sig + 32 * half, n_minus_1, 32);
        check(key, hash, sig, false);
        memset(sig + 32 * half, 0xff, 32);
        check(key, hash, sig, false);
        memset(sig + 32 * half, 0, 32);
        sig[32 * half + 31] = 1;
        check(key, hash, sig, false);
    }
    memset(sig, 0, sizeof sig);
    check(key, hash, sig, false);
    /* (r, n - s) is the other valid signature */
    memcpy(sig, good, 64);
    BN_bin2bn(good + 32, 32, x);
    BN_sub(x, order, x);
    BN_bn2binpad(x, sig + 32, 32);
    check(key, hash, sig, true);
    /* r + n is the same number modulo the order, but no valid encoding */
    BN_bin2bn(good, 32, x);
    BN_add(x, x, order);
    if (BN_num_bits(x) <= 256) {
        memcpy(sig, good, 64);
        BN_bn2binpad(x, sig, 32);
        check(key, hash, sig, false);
    }
    BN_free(d);
    BN_free(x);
}

static void keys_that_are_no_points_are_refused(void **state)
{
    static const uint8_t prime[32] = {0xff, 0xff, 0xff, 0xff, 0,    0,    0,    1,    0,    0,    0,
                                      0,    0,    0,    0,    0,    0,    0,    0,    0,    0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    uint8_t key[64], hash[32], sig[64], bad[64];
    BIGNUM *d = BN_new();
    (void)state;
    random_bytes(hash, sizeof hash);
    random_below_order(d);
    sign(key, sig, d, hash);
    memset(bad, 0, sizeof bad);
    check(bad, hash, sig, false);
    memset(bad, 0xff, sizeof bad);
    check(bad, hash, sig, false);
    memcpy(bad, key, 64);
    memcpy(bad, prime, 32);
    check(bad, hash, sig, false);
    memcpy(bad, key, 64);
    memcpy(bad + 32, prime, 32);
    check(bad, hash, sig, false);
    memcpy(bad, key + 32, 32); /* coordinates swapped */
    memcpy(bad + 32, key, 32);
    check(bad, hash, sig, false);
    assert_true(p256_key_ok(key));
    assert_false(p256_key_ok(bad));
    BN_free(d);
}

static void a_sum_at_infinity_is_refused(void **state)
{
    uint8_t key[64], hash[32], sig[64];
    BIGNUM *d = BN_new(), *z = BN_new(), *r = BN_new();
    (void)state;
    for (int i = 0; i < 10; i++) {
        random_below_order(d);
        memset(hash, 1, sizeof hash);
        sign(key, sig, d, hash);
        BN_bin2bn(sig, 32, r);
        BN_mod_mul(z, r, d, order, ctx);
        BN_sub(z, order, z); /* z + r d = 0 */
        BN_bn2binpad(z, hash, 32);
        check(key, hash, sig, false);
    }
    BN_free(d);
    BN_free(z);
    BN_free(r);
}

static void an_x_coordinate_above_the_order_still_matches(void **state)
{
    BIGNUM *x = BN_new(), *r = BN_new(), *s = BN_new(), *z = BN_new(), *inv = BN_new();
    EC_POINT *p = EC_POINT_new(group), *q = EC_POINT_new(group);
    uint8_t key[65], hash[32], sig[64];
    int found = 0;
    (void)state;
    for (unsigned k = 1; k < 200 && found < 20; k++) {
        BN_set_word(r, k);
        BN_add(x, r, order);
        if (EC_POINT_set_compressed_coordinates(group, p, x, (int)(k & 1), ctx) != 1)
            continue; /* no point with this x */
        found++;
        random_bytes(hash, sizeof hash);
        BN_bin2bn(hash, 32, z);
        random_below_order(s);
        BN_mod_inverse(inv, r, order, ctx);
        BN_mod_mul(z, z, inv, order, ctx);
        BN_sub(z, order, z);
        BN_mod_mul(inv, s, inv, order, ctx);
        EC_POINT_mul(group, q, z, p, inv, ctx); /* Q = r^-1 (s R - z G) */
        assert_int_equal(EC_POINT_point2oct(group, q, POINT_CONVERSION_UNCOMPRESSED, key, 65, ctx), 65);
        BN_bn2binpad(r, sig, 32);
        BN_bn2binpad(s, sig + 32, 32);
        check(key + 1, hash, sig, true);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_signatures_and_their_damaged_copies_get_openssl_s_verdict),
        cmocka_unit_test(keys_that_meet_the_base_point_are_added_rightly),
        cmocka_unit_test(scalars_outside_the_range_are_refused),
        cmocka_unit_test(keys_that_are_no_points_are_refused),
        cmocka_unit_test(a_sum_at_infinity_is_refused),
        cmocka_unit_test(an_x_coordinate_above_the_order_still_matches),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
