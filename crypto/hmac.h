/* crypto/hmac.h — keyed hashing and key derivation: HMAC (RFC 2104), HKDF-SHA256 (RFC 5869),
 * PBKDF2-HMAC-SHA512 (RFC 8018). Freestanding; intermediate secrets are wiped. */
#ifndef CRYPTO_HMAC_H
#define CRYPTO_HMAC_H

#include "crypto/hash.h"

#define HKDF_SHA256_MAX (255u * 32u)

void hmac_sha256(uint8_t out[32], struct bytes key, struct bytes in);
void hmac_sha512(uint8_t out[64], struct bytes key, struct bytes in);

/* Extract and expand into out[len], len <= HKDF_SHA256_MAX (asserted). */
void hkdf_sha256(uint8_t *out, size_t len, struct bytes salt, struct bytes secret, struct bytes info);

/* The first block of PBKDF2, which is all that 64 bytes need. rounds >= 1. */
void pbkdf2_sha512(uint8_t out[64], struct bytes password, struct bytes salt, uint32_t rounds);

#endif /* CRYPTO_HMAC_H */
