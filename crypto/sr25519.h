/* crypto/sr25519.h — Schnorr signatures over ristretto255 as Substrate uses them (schnorrkel). Native only.
 *
 * Secret keys are kept in canonical form: scalar (32 bytes, below the group order) and nonce (32 bytes). The
 * "ed25519 form" of wallets and key files multiplies the scalar by 8.
 * All functions are safe from any thread. Source: w3f/schnorrkel src/{sign,keys,derive}.rs; context
 * "substrate". Vectors: tests/vectors/substrate/sr25519.json. */
#ifndef CRYPTO_SR25519_H
#define CRYPTO_SR25519_H

#include "base/bytes.h"

struct sr25519_secret {
    uint8_t scalar[32];
    uint8_t nonce[32];
};

/* The secret of a 32-byte seed ("mini-secret"), by expansion mode Ed25519. */
void sr25519_expand(struct sr25519_secret *out, const uint8_t mini[32]);
void sr25519_public(uint8_t out[32], const struct sr25519_secret *secret);

/* Ed25519 form. from: false when the bytes are no multiple of 8 below 8 * the group order. */
void sr25519_to_ed25519_form(uint8_t out[64], const struct sr25519_secret *secret);
MUST_USE bool sr25519_from_ed25519_form(struct sr25519_secret *out, const uint8_t in[64]);

/* `fresh`: 32 random bytes, new for each signature; the nonce half and the message still protect the key when
 * they are not. */
void sr25519_sign(uint8_t sig[64], const struct sr25519_secret *secret, const uint8_t public_key[32],
                  const uint8_t fresh[32], struct bytes msg);

/* One rule is ours: the all-zero public key (the identity, for which anyone can sign) is refused first. The
 * SDK's schnorrkel accepts it, but no extrinsic can be signed by that account (CheckNonZeroSender).
 * Everything else is as in schnorrkel: marker bit demanded, s canonical, key canonical, R compared as bytes.
 */
MUST_USE bool sr25519_verify(const uint8_t sig[64], struct bytes msg, const uint8_t public_key[32]);

/* Derivation with a 32-byte chain code. Hard gives a new mini-secret; soft gives a secret whose nonce is
 * `fresh`, and the same public key as soft derivation of the public key (false when that is no valid
 * encoding). */
void sr25519_derive_hard(uint8_t mini_out[32], const struct sr25519_secret *secret,
                         const uint8_t chain_code[32]);
void sr25519_derive_soft(struct sr25519_secret *out, const struct sr25519_secret *secret,
                         const uint8_t public_key[32], const uint8_t chain_code[32], const uint8_t fresh[32]);
MUST_USE bool sr25519_derive_public(uint8_t out[32], const uint8_t public_key[32],
                                    const uint8_t chain_code[32]);

#endif /* CRYPTO_SR25519_H */
