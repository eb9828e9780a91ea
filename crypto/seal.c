/* crypto/seal.c — sealing to an X25519 key. */
#include "crypto/seal.h"

#include "crypto/hmac.h"
#include "crypto/random.h"
#include "crypto/wipe.h"

#include <sodium.h>

static const uint8_t zero_nonce[crypto_aead_chacha20poly1305_IETF_NPUBBYTES];

void seal_public(uint8_t out[32], const uint8_t secret[32])
{
    int rc = crypto_scalarmult_base(out, secret);
    ASSERT(rc == 0);
}

/* The cipher key both sides compute; false when `theirs` is of small order (the shared point would be known).
 */
static bool agree(struct secret32 *out, const uint8_t secret[32], const uint8_t theirs[32],
                  const uint8_t ephemeral[32], const uint8_t recipient[32])
{
    CLEANUP(secret32_fini) struct secret32 shared;
    if (crypto_scalarmult(shared.b, secret, theirs) != 0)
        return false;
    uint8_t salt[64];
    memcpy(salt, ephemeral, 32);
    memcpy(salt + 32, recipient, 32);
    hkdf_sha256(out->b, sizeof out->b, BYTES_OF(salt), BYTES_OF(shared), BYTES_LIT("wetee/seal/1"));
    return true;
}

FALLIBLE seal_to(uint8_t *out, const uint8_t recipient[32], struct bytes plain, struct bytes aad,
                 struct err *e)
{
    CLEANUP(secret32_fini) struct secret32 secret = {{0}}, key = {{0}};
    uint8_t ephemeral[32];
    random_bytes(secret.b, sizeof secret.b);
    seal_public(ephemeral, secret.b);
    if (!agree(&key, secret.b, recipient, ephemeral, recipient))
        return FAIL(e, ERR_REJECTED, "seal: the recipient's key is of small order");
    memcpy(out, ephemeral, sizeof ephemeral);
    int rc = crypto_aead_chacha20poly1305_ietf_encrypt(out + 32, NULL, plain.p, plain.len, aad.p, aad.len,
                                                       NULL, zero_nonce, key.b);
    ASSERT(rc == 0);
    return ERR_OK;
}

FALLIBLE seal_open(uint8_t *out, const uint8_t secret[32], struct bytes sealed, struct bytes aad,
                   struct err *e)
{
    if (sealed.len < SEAL_OVERHEAD)
        return FAIL(e, ERR_MALFORMED, "seal: %zu bytes, at least %d", sealed.len, SEAL_OVERHEAD);
    CLEANUP(secret32_fini) struct secret32 key;
    uint8_t recipient[32];
    seal_public(recipient, secret);
    if (!agree(&key, secret, sealed.p, sealed.p, recipient) ||
        crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed.p + 32, sealed.len - 32, aad.p,
                                                  aad.len, zero_nonce, key.b) != 0)
        return FAIL(e, ERR_UNVERIFIED, "seal: not for this key or purpose, or damaged");
    return ERR_OK;
}
