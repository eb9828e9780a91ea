/* crypto/seal.h — sealing to a public key: X25519, HKDF-SHA256, ChaCha20-Poly1305 (IETF). Native only.
 *
 * Sealed = ephemeral public key (32) | ciphertext | tag (16). The key is HKDF(salt = ephemeral | recipient
 * public key, secret = X25519(ephemeral, recipient), info = "wetee/seal/1"); each key encrypts once, so the
 * nonce is zero. The caller binds the purpose in `aad`: genesis | WorkId | key name | version for settings of
 * an app. */
#ifndef CRYPTO_SEAL_H
#define CRYPTO_SEAL_H

#include "base/bytes.h"
#include "base/err.h"

#define SEAL_OVERHEAD 48

/* The public key of a 32-byte X25519 secret (any random 32 bytes). */
void seal_public(uint8_t out[32], const uint8_t secret[32]);

/* Writes plain.len + SEAL_OVERHEAD bytes. ERR_REJECTED: the recipient key is of small order. */
FALLIBLE seal_to(uint8_t *out, const uint8_t recipient[32], struct bytes plain, struct bytes aad,
                 struct err *e);
/* Writes sealed.len - SEAL_OVERHEAD bytes, untouched on failure. ERR_MALFORMED (too short), ERR_UNVERIFIED.
 */
FALLIBLE seal_open(uint8_t *out, const uint8_t secret[32], struct bytes sealed, struct bytes aad,
                   struct err *e);

#endif /* CRYPTO_SEAL_H */
