/* crypto/ecdsa.h — secp256k1 signatures with key recovery. Native only, over libsecp256k1.
 *
 * A signature is r (32, big-endian), s (32, big-endian), v. The message is a 32-byte hash; accounts of the
 * chain hash with BLAKE2b-256 (crypto/signature.h does). v is 0..3, or that plus 27. High s is accepted, as
 * in the SDK: (r, -s, v ^ 1) is a second signature of the same hash. Vectors:
 * tests/vectors/substrate/ecdsa.json. */
#ifndef CRYPTO_ECDSA_H
#define CRYPTO_ECDSA_H

#include "base/bytes.h"

/* Compressed public key (33 bytes); false when the secret is 0 or not below the group order. */
MUST_USE bool ecdsa_public(uint8_t out[33], const uint8_t secret[32]);
/* Deterministic (RFC 6979), low s; false as above. */
MUST_USE bool ecdsa_sign(uint8_t sig[65], const uint8_t secret[32], const uint8_t hash[32]);
/* The compressed key that made the signature; false when there is none. */
MUST_USE bool ecdsa_recover(uint8_t out[33], const uint8_t sig[65], const uint8_t hash[32]);
/* The account of a compressed key: its BLAKE2b-256. */
struct account_id ecdsa_account(const uint8_t public_key[33]);
/* The secret after a hard junction; there is no soft derivation. May be no valid secret (ecdsa_public says).
 */
void ecdsa_derive_hard(uint8_t out[32], const uint8_t secret[32], const uint8_t chain_code[32]);

#endif /* CRYPTO_ECDSA_H */
