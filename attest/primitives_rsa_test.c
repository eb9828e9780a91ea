/* attest/primitives_rsa_test.c — the plain RSASSA-PSS of crypto/ held to OpenSSL. */
#include "attest/primitives_test.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "crypto/random.h"

static EVP_PKEY *key;
static uint8_t modulus[ATTEST_RSA_LEN];

static int setup(void **state)
{
    BIGNUM *n = NULL;
    (void)state;
    key = EVP_RSA_gen(8 * ATTEST_RSA_LEN);
    bool ok = key != NULL && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
              BN_bn2binpad(n, modulus, ATTEST_RSA_LEN) == ATTEST_RSA_LEN;
    BN_free(n);
    return ok ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    EVP_PKEY_free(key);
    return 0;
}

static void check(const uint8_t *n, const uint8_t *hash, const uint8_t *sig, bool want)
{
    assert_int_equal(attest_openssl.rsa_pss_verify(n, hash, sig), want);
    assert_int_equal(attest_plain.rsa_pss_verify(n, hash, sig), want);
}

static EVP_PKEY_CTX *signer(int padding)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    assert_non_null(ctx);
    assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, padding), 1);
    return ctx;
}

/* The signature that recovers `em`; false when that is not below the modulus. */
static bool sign_raw(uint8_t sig[ATTEST_RSA_LEN], const uint8_t em[ATTEST_RSA_LEN])
{
    size_t len = ATTEST_RSA_LEN;
    if (memcmp(em, modulus, ATTEST_RSA_LEN) >= 0)
        return false;
    EVP_PKEY_CTX *ctx = signer(RSA_NO_PADDING);
    assert_int_equal(EVP_PKEY_sign(ctx, sig, &len, em, ATTEST_RSA_LEN), 1);
    EVP_PKEY_CTX_free(ctx);
    return true;
}

static void sign_pss(uint8_t sig[ATTEST_RSA_LEN], const uint8_t hash[48], const EVP_MD *mgf, int salt_len)
{
    size_t len = ATTEST_RSA_LEN;
    EVP_PKEY_CTX *ctx = signer(RSA_PKCS1_PSS_PADDING);
    assert_int_equal(EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha384()), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, mgf), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, salt_len), 1);
    assert_int_equal(EVP_PKEY_sign(ctx, sig, &len, hash, 48), 1);
    EVP_PKEY_CTX_free(ctx);
}

static void what_openssl_signs_is_valid_until_a_bit_is_flipped(void **state)
{
    uint8_t hash[48], sig[ATTEST_RSA_LEN], n[ATTEST_RSA_LEN], at[3];
    (void)state;
    for (int i = 0; i < 20; i++) {
        random_bytes(hash, sizeof hash);
        random_bytes(at, sizeof at);
        size_t byte = (size_t)(at[0] | at[1] << 8) % ATTEST_RSA_LEN;
        sign_pss(sig, hash, EVP_sha384(), 48);
        check(modulus, hash, sig, true);
        sig[byte] ^= (uint8_t)(1 << at[2] % 8);
        check(modulus, hash, sig, false);
        sig[byte] ^= (uint8_t)(1 << at[2] % 8);
        hash[byte % 48] ^= (uint8_t)(1 << at[2] % 8);
        check(modulus, hash, sig, false);
        hash[byte % 48] ^= (uint8_t)(1 << at[2] % 8);
        memcpy(n, modulus, sizeof n);
        n[byte] ^= (uint8_t)(1 << at[2] % 8);
        check(n, hash, sig, false);
    }
}

static void other_salt_lengths_and_mask_hashes_are_refused(void **state)
{
    static const int lengths[] = {0, 1, 32, 47, 49, 64, 414};
    uint8_t hash[48], sig[ATTEST_RSA_LEN];
    (void)state;
    random_bytes(hash, sizeof hash);
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        sign_pss(sig, hash, EVP_sha384(), lengths[i]);
        check(modulus, hash, sig, false);
    }
    sign_pss(sig, hash, EVP_sha256(), 48);
    check(modulus, hash, sig, false);
    sign_pss(sig, hash, EVP_sha1(), 48);
    check(modulus, hash, sig, false);
}

/* A signature over an encoding of this shape; the leftmost bit is set only where that stays below the
 * modulus. */
static void sign_shape(uint8_t sig[ATTEST_RSA_LEN], const uint8_t hash[48], struct forge_pss *shape)
{
    uint8_t em[ATTEST_RSA_LEN];
    do {
        random_bytes(shape->salt, sizeof shape->salt);
        forge_pss(em, hash, shape);
    } while (!sign_raw(sig, em));
}

static void every_check_of_the_encoding_counts(void **state)
{
    enum { SEPARATOR = FORGE_DB_LEN - 48 - 1 };
    static const struct forge_pss good = {.salt_len = 48, .trailer = 0xbc};
    static const struct {
        size_t xor_at;
        uint8_t xor_by;
    } damage[] = {{0, 0x40},
                  {0, 0x01},
                  {1, 0x80},
                  {200, 0x10},
                  {SEPARATOR - 1, 1},
                  {SEPARATOR - 1, 0x80},
                  {SEPARATOR, 0x01},
                  {SEPARATOR, 0x03},
                  {SEPARATOR, 0x80},
                  {SEPARATOR + 1, 0x01},
                  {FORGE_DB_LEN - 1, 0x01}};
    static const uint8_t trailers[] = {0x00, 0xcc, 0xbd, 0xbe, 0x3c, 0xff};
    uint8_t hash[48], sig[ATTEST_RSA_LEN];
    (void)state;
    random_bytes(hash, sizeof hash);
    for (int i = 0; i < 10; i++) { /* also masks with the unused bit set */
        struct forge_pss shape = good;
        sign_shape(sig, hash, &shape);
        check(modulus, hash, sig, true);
        shape.top_bit = true;
        sign_shape(sig, hash, &shape);
        check(modulus, hash, sig, false);
        shape = good;
        shape.xor_by = 0x80; /* of the leftmost bit, which is cleared */
        sign_shape(sig, hash, &shape);
        check(modulus, hash, sig, true);
    }
    for (size_t i = 0; i < ARRAY_LEN(damage); i++) {
        struct forge_pss shape = good;
        shape.xor_at = damage[i].xor_at;
        shape.xor_by = damage[i].xor_by;
        sign_shape(sig, hash, &shape);
        check(modulus, hash, sig, false);
    }
    for (size_t i = 0; i < ARRAY_LEN(trailers); i++) {
        struct forge_pss shape = good;
        shape.trailer = trailers[i];
        sign_shape(sig, hash, &shape);
        check(modulus, hash, sig, false);
    }
}

static void signatures_at_the_edges_of_their_range_are_refused(void **state)
{
    uint8_t hash[48], sig[ATTEST_RSA_LEN] = {0};
    BIGNUM *n = BN_bin2bn(modulus, ATTEST_RSA_LEN, NULL);
    (void)state;
    random_bytes(hash, sizeof hash);
    check(modulus, hash, sig, false);
    sig[ATTEST_RSA_LEN - 1] = 1;
    check(modulus, hash, sig, false);
    memset(sig, 0xff, sizeof sig);
    check(modulus, hash, sig, false);
    BN_sub_word(n, 2);
    for (int i = -2; i <= 2; i++) {
        assert_int_equal(BN_bn2binpad(n, sig, ATTEST_RSA_LEN), ATTEST_RSA_LEN);
        check(modulus, hash, sig, false);
        BN_add_word(n, 1);
    }
    BN_free(n);
}

static void a_signature_plus_the_modulus_is_another_and_refused(void **state)
{
    uint8_t hash[48], sig[ATTEST_RSA_LEN];
    BIGNUM *n = BN_bin2bn(modulus, ATTEST_RSA_LEN, NULL), *s = BN_new();
    bool found = false;
    (void)state;
    random_bytes(hash, sizeof hash);
    for (int i = 0; i < 300 && !found; i++) {
        sign_pss(sig, hash, EVP_sha384(), 48);
        BN_bin2bn(sig, ATTEST_RSA_LEN, s);
        BN_add(s, s, n);
        found = BN_bn2binpad(s, sig, ATTEST_RSA_LEN) == ATTEST_RSA_LEN;
    }
    if (found) /* a modulus very near 2^4096 leaves no room */
        check(modulus, hash, sig, false);
    BN_free(n);
    BN_free(s);
}

static void a_modulus_that_is_even_or_short_is_refused(void **state)
{
    uint8_t hash[48], sig[ATTEST_RSA_LEN], n[ATTEST_RSA_LEN];
    (void)state;
    random_bytes(hash, sizeof hash);
    sign_pss(sig, hash, EVP_sha384(), 48);
    memcpy(n, modulus, sizeof n);
    n[ATTEST_RSA_LEN - 1] &= 0xfe;
    check(n, hash, sig, false);
    memcpy(n, modulus, sizeof n);
    n[0] &= 0x7f;
    sig[0] = 0;
    check(n, hash, sig, false);
    for (int i = 0; i < 4; i++) { /* 0, 1, 2^4095, 2^4095 + 1 */
        memset(n, 0, sizeof n);
        n[0] = i < 2 ? 0 : 0x80;
        n[ATTEST_RSA_LEN - 1] = (uint8_t)(i % 2);
        check(n, hash, sig, false);
    }
    memset(n, 0xff, sizeof n);
    check(n, hash, sig, false);
}

static void moduli_at_both_ends_of_their_range_verify(void **state)
{
    uint8_t n[ATTEST_RSA_LEN], hash[48], sig[ATTEST_RSA_LEN], em[ATTEST_RSA_LEN];
    struct forge_pss shape = {.salt_len = 48, .trailer = 0xbc};
    (void)state;
    for (int i = 0; i < 30; i++) {
        enum forge_modulus kind = (enum forge_modulus)(i % 3);
        random_bytes(hash, sizeof hash);
        do { /* below the short modulus, under which one more bit is unused */
            random_bytes(shape.salt, sizeof shape.salt);
            forge_pss(em, hash, &shape);
        } while (em[0] > 0x3f);
        forge_rsa(n, sig, em, kind);
        assert_int_equal(n[0], kind == FORGE_HIGH ? 0xff : kind == FORGE_LOW ? 0x80 : 0x7f);
        assert_int_equal(n[1], kind == FORGE_LOW ? 0x00 : 0xff);
        check(n, hash, sig, kind != FORGE_SHORT);
        hash[0] ^= 1;
        check(n, hash, sig, false);
    }
}

int rsa_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_openssl_signs_is_valid_until_a_bit_is_flipped),
        cmocka_unit_test(other_salt_lengths_and_mask_hashes_are_refused),
        cmocka_unit_test(every_check_of_the_encoding_counts),
        cmocka_unit_test(signatures_at_the_edges_of_their_range_are_refused),
        cmocka_unit_test(a_signature_plus_the_modulus_is_another_and_refused),
        cmocka_unit_test(a_modulus_that_is_even_or_short_is_refused),
        cmocka_unit_test(moduli_at_both_ends_of_their_range_verify),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
