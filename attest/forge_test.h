/* attest/forge_test.h — signatures with chosen insides, for the tests and the fuzz target of the primitives.
 */
#ifndef ATTEST_FORGE_TEST_H
#define ATTEST_FORGE_TEST_H

#include <openssl/bn.h>
#include <openssl/ec.h>

#include "attest/primitives.h"

enum { FORGE_EC_MAX = 48, FORGE_DB_LEN = ATTEST_RSA_LEN - 48 - 1 };

struct forge_curve {
    EC_GROUP *group;
    BN_CTX *ctx;
    BIGNUM *prime;
    const BIGNUM *order;
    size_t len; /* bytes of a coordinate, a scalar and the hash */
};

/* key is 2 * len bytes, hash is len, sig is 2 * len */
struct forge_ecdsa {
    uint8_t key[2 * FORGE_EC_MAX], hash[FORGE_EC_MAX], sig[2 * FORGE_EC_MAX];
};

struct forge_curve forge_curve_new(int nid);
void forge_curve_free(struct forge_curve *c);
/* A valid signature under d * G whose verification computes u1 * G + u2 * Q. False when that sum has none: it
 * is infinity, or d, u2, r or s is 0. Scalars are taken modulo the order. */
MUST_USE bool forge_ecdsa(const struct forge_curve *c, struct forge_ecdsa *out, const BIGNUM *d,
                          const BIGNUM *u1, const BIGNUM *u2);
/* out = d * G as x ‖ y */
void forge_key(const struct forge_curve *c, uint8_t *out, const BIGNUM *d);

/* RFC 8017 9.1.1 with what may be wrong about it. */
struct forge_pss {
    uint8_t salt[96];
    size_t salt_len; /* 48 is right */
    size_t xor_at;   /* into DB, before it is masked */
    uint8_t xor_by;
    uint8_t trailer; /* 0xbc is right */
    bool top_bit;    /* set in the result */
};

void forge_pss(uint8_t em[ATTEST_RSA_LEN], const uint8_t hash[48], const struct forge_pss *shape);
enum forge_modulus {
    FORGE_HIGH,  /* just below 2^4096 */
    FORGE_LOW,   /* just above 2^4095 */
    FORGE_SHORT, /* just below 2^4095, which is too low */
};

/* A modulus and the signature that recovers `em` (taken modulo it). The modulus has 64 known factors, which
 * makes roots cheap. */
void forge_rsa(uint8_t modulus[ATTEST_RSA_LEN], uint8_t sig[ATTEST_RSA_LEN], const uint8_t em[ATTEST_RSA_LEN],
               enum forge_modulus kind);

#endif /* ATTEST_FORGE_TEST_H */
