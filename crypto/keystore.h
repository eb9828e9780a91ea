/* crypto/keystore.h — the binary part ("encoded") of polkadot.js key files. Native only.
 *
 * The JSON around it is the caller's: base64 of these bytes in "encoded", kind in encoding.content[1], and
 * encoding.type ["scrypt", "xsalsa20-poly1305"] or ["none"]. Only the scrypt costs that polkadot.js itself
 * accepts are accepted, so that a file cannot ask for unbounded memory or time (the largest takes 128 MiB).
 * Layout: salt (32), N, p, r (u32 each), nonce (24), secretbox over PKCS#8-like plain text.
 * Source: npm @polkadot/keyring pair/{encode,decode}.js. Vectors: tests/vectors/keystore.json. */
#ifndef CRYPTO_KEYSTORE_H
#define CRYPTO_KEYSTORE_H

#include "crypto/keys.h"

#define KEYSTORE_PLAIN_MAX (16 + 64 + 5 + 33)
#define KEYSTORE_SEALED_MAX (32 + 12 + 24 + 16 + KEYSTORE_PLAIN_MAX)

struct keystore_blob {
    uint8_t b[KEYSTORE_SEALED_MAX];
    size_t len;
};

/* Opens an encrypted blob. ERR_MALFORMED, ERR_LIMIT (scrypt parameters not on the list), ERR_DENIED (wrong
 * password or damaged file), ERR_UNAVAILABLE (no memory for scrypt), ERR_CORRUPT (public key does not belong
 * to the secret). */
FALLIBLE keystore_open(struct keypair *out, enum signature_kind kind, struct bytes blob,
                       struct bytes password, struct err *e);
/* Encrypts with N = 2^17, p = 1, r = 8, fresh salt and nonce. ERR_UNAVAILABLE. */
FALLIBLE keystore_seal(struct keystore_blob *out, const struct keypair *key, struct bytes password,
                       struct err *e);

/* The plain text (encoding.type ["none"]); the caller wipes what it writes. */
FALLIBLE keystore_decode_plain(struct keypair *out, enum signature_kind kind, struct bytes plain,
                               struct err *e);
void keystore_encode_plain(struct keystore_blob *out, const struct keypair *key);

/* Is this a cost polkadot.js accepts? */
bool keystore_params_ok(uint32_t n, uint32_t p, uint32_t r);

#endif /* CRYPTO_KEYSTORE_H */
