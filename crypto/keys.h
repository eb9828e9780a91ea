/* crypto/keys.h — key pairs of the three kinds, from secret URIs, seeds and phrases. Native only.
 *
 * A secret URI is `phrase//hard/soft///password`: a phrase or a seed ("0x" and 64 hex digits), junctions, a
 * password for the phrase. An empty phrase is the well-known development phrase, so `//Alice` is a key
 * everyone has. Error messages never repeat any part of a URI.
 *
 *     CLEANUP(keypair_fini) struct keypair key = {0};
 *     TRY(keypair_from_uri(&key, SIGNATURE_SR25519, BYTES_LIT("//Alice"), e));
 *     size_t len = keypair_sign(&key, sig, payload); */
#ifndef CRYPTO_KEYS_H
#define CRYPTO_KEYS_H

#include "base/err.h"
#include "crypto/signature.h"

#define KEYS_URI_MAX 1024
#define KEYS_JUNCTIONS_MAX 32
#define KEYS_DEV_PHRASE "bottom drive obey lake curtain smoke basket hold race lonely fit walk"

struct keypair {
    enum signature_kind kind;
    /* sr25519: scalar and nonce; ed25519: seed and zeros; ecdsa: secret and zeros */
    uint8_t secret[64];
    uint8_t public_key[33]; /* 32 bytes used, ecdsa 33 */
    size_t public_len;
    struct account_id account;
};

/* ERR_MALFORMED (bad phrase, seed or junction), ERR_UNSUPPORTED (soft junction with ed25519 or ecdsa),
 * ERR_LIMIT. */
FALLIBLE keypair_from_uri(struct keypair *out, enum signature_kind kind, struct bytes uri, struct err *e);
/* From a 32-byte seed. ERR_MALFORMED when it is no secp256k1 secret. */
FALLIBLE keypair_from_seed(struct keypair *out, enum signature_kind kind, const uint8_t seed[32],
                           struct err *e);
/* From a secret in this struct's own form: fills public key and account. ERR_MALFORMED. */
FALLIBLE keypair_from_secret(struct keypair *out, enum signature_kind kind, const uint8_t secret[64],
                             struct err *e);

/* Wipes. Also on a zeroed struct. */
void keypair_fini(struct keypair *k);
static inline void keypair_fini_cleanup(struct keypair *k)
{
    keypair_fini(k);
}

/* Signs as signature_verify verifies (ecdsa hashes first). Returns the signature's length, 64 or 65. */
size_t keypair_sign(const struct keypair *k, uint8_t sig[SIGNATURE_MAX_LEN], struct bytes msg);

/* The 32-byte chain code of a junction's text. */
void keys_chain_code(uint8_t out[32], struct bytes junction);

#endif /* CRYPTO_KEYS_H */
