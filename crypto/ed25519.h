/* crypto/ed25519.h — Ed25519 signatures, verified by the rule of the Polkadot SDK. Native only.
 *
 * The rule is ZIP-215, as ed25519-zebra has it: s below the group order; A and R any 32 bytes that
 * decompress, also non-canonical and small-order ones; 8(sB - R - kA) = 0. Libraries that are stricter differ
 * only on deliberately odd signatures, but a chain whose nodes differ there forks. Vectors:
 * tests/vectors/substrate/ed25519.json. */
#ifndef CRYPTO_ED25519_H
#define CRYPTO_ED25519_H

#include "base/bytes.h"

void ed25519_public(uint8_t out[32], const uint8_t seed[32]);
/* RFC 8032, deterministic. */
void ed25519_sign(uint8_t sig[64], const uint8_t seed[32], struct bytes msg);
MUST_USE bool ed25519_verify(const uint8_t sig[64], struct bytes msg, const uint8_t public_key[32]);
/* The seed after a hard junction; there is no soft derivation. */
void ed25519_derive_hard(uint8_t out[32], const uint8_t seed[32], const uint8_t chain_code[32]);

#endif /* CRYPTO_ED25519_H */
