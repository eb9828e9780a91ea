/* attest/openssl.c — the native table over OpenSSL 3. Errors of the library are verdicts: false. */
#include "attest/primitives.h"
#include "crypto/hash.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free)
DEFINE_CLEANUP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)
DEFINE_CLEANUP(ECDSA_SIG *, ECDSA_SIG_free)

/* NULL when the coordinates are no point of the curve. */
static EVP_PKEY *key_of(const uint8_t public_key[64])
{
    uint8_t point[65] = {4};
    char group[] = "prime256v1";
    EVP_PKEY *key = NULL;

    memcpy(point + 1, public_key, 64);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
        OSSL_PARAM_construct_end(),
    };
    CLEANUP(EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        return NULL;
    return key;
}

static bool verify(const uint8_t public_key[64], const uint8_t hash[32], const uint8_t sig[64])
{
    CLEANUP(EVP_PKEY_free) EVP_PKEY *key = key_of(public_key);
    CLEANUP(ECDSA_SIG_free) ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(sig, 32, NULL), *s = BN_bin2bn(sig + 32, 32, NULL);
    uint8_t der[80], *at = der;

    if (key == NULL || pair == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(pair, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        return false;
    }
    int len = i2d_ECDSA_SIG(pair, NULL);
    if (len <= 0 || (size_t)len > sizeof der || i2d_ECDSA_SIG(pair, &at) != len)
        return false;
    CLEANUP(EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    return ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
           EVP_PKEY_verify(ctx, der, (size_t)len, hash, 32) == 1; /* 0 is "no", negative is "error" */
}

static bool p256_verify_openssl(const uint8_t public_key[64], const uint8_t hash[32], const uint8_t sig[64])
{
    bool ok = verify(public_key, hash, sig);
    if (!ok)
        ERR_clear_error();
    return ok;
}

const struct attest_primitives attest_openssl = {.sha256 = sha256, .p256_verify = p256_verify_openssl};
