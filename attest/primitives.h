/* attest/primitives.h — the cryptography a verifier needs, as a table.
 *
 * Natively OpenSSL verifies signatures, in the chain's WASM build plain C does; tests and a differential fuzz
 * target hold the two together. Hashes are crypto/hash.h's in both, and members so that fuzz targets can
 * replace them. Public data only: nothing here needs to run in constant time. All numbers big-endian. */
#ifndef ATTEST_PRIMITIVES_H
#define ATTEST_PRIMITIVES_H

#include "base/bytes.h"

enum { ATTEST_RSA_LEN = 512 }; /* RSA-4096, the only size AMD uses */

struct attest_primitives {
    void (*sha256)(uint8_t out[32], struct bytes in);
    void (*sha384)(uint8_t out[48], struct bytes in);
    /* Public key x ‖ y, signature r ‖ s. False also for keys off the curve and r, s out of [1, n - 1].
     * (r, n - s) is a second valid signature: evidence is malleable by design. */
    bool (*p256_verify)(const uint8_t public_key[64], const uint8_t hash[32], const uint8_t sig[64]);
    bool (*p384_verify)(const uint8_t public_key[96], const uint8_t hash[48], const uint8_t sig[96]);
    /* RSASSA-PSS, SHA-384, MGF1 with SHA-384, salt of exactly 48 bytes, public exponent 65537. False for a
     * modulus that is even or below 2^4095 and for a signature not below the modulus. */
    bool (*rsa_pss_verify)(const uint8_t modulus[ATTEST_RSA_LEN], const uint8_t hash[48],
                           const uint8_t sig[ATTEST_RSA_LEN]);
};

extern const struct attest_primitives attest_plain; /* freestanding: crypto/{p256,p384,rsa,hash}.h */
extern const struct attest_primitives
    attest_openssl; /* native (attest/openssl.c); the same verdicts, faster */

#endif /* ATTEST_PRIMITIVES_H */
