/* attest/primitives.h — the cryptography a verifier needs, as a table.
 *
 * Natively OpenSSL serves it, in the chain's WASM build plain C does; tests hold the two together. */
#ifndef ATTEST_PRIMITIVES_H
#define ATTEST_PRIMITIVES_H

#include "base/bytes.h"

struct attest_primitives {
    void (*sha256)(uint8_t out[32], struct bytes in);
    /* Public key x ‖ y, signature r ‖ s, big-endian. False also for keys off the curve and r, s out of
     * [1, n - 1]. (r, n - s) is a second valid signature: evidence is malleable by design. */
    bool (*p256_verify)(const uint8_t public_key[64], const uint8_t hash[32], const uint8_t sig[64]);
};

extern const struct attest_primitives attest_plain; /* freestanding: crypto/p256.h, crypto/hash.h */
extern const struct attest_primitives
    attest_openssl; /* native (attest/openssl.c); the same verdicts, faster */

#endif /* ATTEST_PRIMITIVES_H */
