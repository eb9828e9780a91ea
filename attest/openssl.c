/* attest/openssl.c — the native table over OpenSSL 3. Errors of the library are verdicts: false.
 *
 * Each call sets its key up anew: of the 80 microseconds of a P-256 verdict that costs 17, and a key kept
 * between calls would be mutable state shared by threads. */
#include "attest/primitives.h"
#include "crypto/hash.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free)
DEFINE_CLEANUP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)
DEFINE_CLEANUP(ECDSA_SIG *, ECDSA_SIG_free)

enum { COORDINATE_MAX = 48 };

struct curve {
    char group[16]; /* OpenSSL's name */
    size_t len;     /* bytes of a coordinate, and of the hash that goes with the curve */
};

static EVP_PKEY *public_key_of(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY *key = NULL;
    CLEANUP(EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        return NULL;
    return key;
}

/* NULL when the coordinates are no point of the curve. `c` by value: OpenSSL wants a name it could write to.
 */
static EVP_PKEY *ec_key_of(struct curve c, const uint8_t *public_key)
{
    uint8_t point[1 + 2 * COORDINATE_MAX] = {4}; /* SEC 1 section 2.3.3: uncompressed */

    memcpy(point + 1, public_key, 2 * c.len);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, c.group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * c.len),
        OSSL_PARAM_construct_end(),
    };
    return public_key_of("EC", params);
}

/* ECDSA-Sig-Value of r ‖ s in DER (RFC 3279 section 2.2.3); its length, or 0. */
static size_t signature_der(uint8_t *der, size_t max, const uint8_t *sig, size_t len)
{
    CLEANUP(ECDSA_SIG_free) ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(sig, (int)len, NULL), *s = BN_bin2bn(sig + len, (int)len, NULL);

    if (pair == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(pair, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        return 0;
    }
    int der_len = i2d_ECDSA_SIG(pair, NULL);
    return der_len > 0 && (size_t)der_len <= max && i2d_ECDSA_SIG(pair, &der) == der_len ? (size_t)der_len
                                                                                         : 0;
}

static bool ecdsa_verify(struct curve c, const uint8_t *public_key, const uint8_t *hash, const uint8_t *sig)
{
    uint8_t der[2 * COORDINATE_MAX + 16];
    CLEANUP(EVP_PKEY_free) EVP_PKEY *key = ec_key_of(c, public_key);
    size_t der_len = signature_der(der, sizeof der, sig, c.len);

    if (key == NULL || der_len == 0)
        return false;
    CLEANUP(EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    return ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
           EVP_PKEY_verify(ctx, der, der_len, hash, c.len) == 1; /* 0 is "no", negative is "error" */
}

static EVP_PKEY *rsa_key_of(const uint8_t modulus[ATTEST_RSA_LEN])
{
    uint8_t n[ATTEST_RSA_LEN]; /* OSSL_PARAM has integers in the machine's order */
    unsigned e = 65537;
    BIGNUM *number = BN_bin2bn(modulus, ATTEST_RSA_LEN, NULL);
    int len = number == NULL ? -1 : BN_bn2nativepad(number, n, sizeof n);

    BN_free(number);
    if (len < 0)
        return NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, n, sizeof n),
        OSSL_PARAM_construct_uint(OSSL_PKEY_PARAM_RSA_E, &e),
        OSSL_PARAM_construct_end(),
    };
    return public_key_of("RSA", params);
}

static bool pss_verify(const uint8_t *modulus, const uint8_t *hash, const uint8_t *sig)
{
    if (modulus[0] >> 7 == 0 || (modulus[ATTEST_RSA_LEN - 1] & 1) == 0)
        return false; /* OpenSSL takes shorter ones */
    CLEANUP(EVP_PKEY_free) EVP_PKEY *key = rsa_key_of(modulus);
    if (key == NULL)
        return false;
    CLEANUP(EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    return ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha384()) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha384()) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, 48) == 1 &&
           EVP_PKEY_verify(ctx, sig, ATTEST_RSA_LEN, hash, 48) == 1;
}

/* What the library has put into the thread's queue of errors is not to surface elsewhere. */
static bool verdict(bool ok)
{
    if (!ok)
        ERR_clear_error();
    return ok;
}

static bool p256(const uint8_t public_key[64], const uint8_t hash[32], const uint8_t sig[64])
{
    return verdict(ecdsa_verify((struct curve){"prime256v1", 32}, public_key, hash, sig));
}

static bool p384(const uint8_t public_key[96], const uint8_t hash[48], const uint8_t sig[96])
{
    return verdict(ecdsa_verify((struct curve){"secp384r1", 48}, public_key, hash, sig));
}

static bool rsa_pss(const uint8_t modulus[ATTEST_RSA_LEN], const uint8_t hash[48],
                    const uint8_t sig[ATTEST_RSA_LEN])
{
    return verdict(pss_verify(modulus, hash, sig));
}

const struct attest_primitives attest_openssl = {
    .sha256 = sha256,
    .sha384 = sha384,
    .p256_verify = p256,
    .p384_verify = p384,
    .rsa_pss_verify = rsa_pss,
};
