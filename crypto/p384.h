/* crypto/p384.h — ECDSA verification on P-384 (secp384r1) in plain C. Freestanding.
 *
 * For verification of public data only: nothing here runs in constant time. Keys are x ‖ y and signatures
 * r ‖ s, big-endian. High s is accepted, as ECDSA says. Held to OpenSSL by tests over random and edge inputs.
 * Sources: FIPS 186-4 section 6.4, SEC 1 section 4.1.4. */
#ifndef CRYPTO_P384_H
#define CRYPTO_P384_H

#include "base/bytes.h"

/* Are these the coordinates of a point on the curve (not infinity, each below the prime)? */
MUST_USE bool p384_key_ok(const uint8_t public_key[96]);
/* False for r or s out of [1, n - 1] and for keys that are no points. */
MUST_USE bool p384_verify(const uint8_t public_key[96], const uint8_t hash[48], const uint8_t sig[96]);

#endif /* CRYPTO_P384_H */
