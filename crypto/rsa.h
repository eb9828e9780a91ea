/* crypto/rsa.h — RSASSA-PSS verification with RSA-4096 and SHA-384 in plain C. Freestanding.
 *
 * The one form that AMD's certificates use: MGF1 with SHA-384, a salt of exactly 48 bytes, public exponent
 * 65537. For verification of public data only: nothing here runs in constant time. Held to OpenSSL by tests
 * and by a differential fuzz target. Source: RFC 8017 sections 8.1.2, 9.1.2 and B.2.1. */
#ifndef CRYPTO_RSA_H
#define CRYPTO_RSA_H

#include "base/bytes.h"

enum { RSA4096_LEN = 512 };

/* `hash` is the SHA-384 of the message; numbers are big-endian. False for a modulus that is even or below
 * 2^4095 and for a signature that is not below the modulus. */
MUST_USE bool rsa4096_pss_verify(const uint8_t modulus[RSA4096_LEN], const uint8_t hash[48],
                                 const uint8_t sig[RSA4096_LEN]);

#endif /* CRYPTO_RSA_H */
