/* crypto/signature.c — one door for the three kinds of signatures. */
#include "crypto/signature.h"

#include "crypto/ecdsa.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"
#include "crypto/sr25519.h"

static const char *const names[] = {
    [SIGNATURE_ED25519] = "ed25519", [SIGNATURE_SR25519] = "sr25519", [SIGNATURE_ECDSA] = "ecdsa"};

size_t signature_len(enum signature_kind kind)
{
    return kind == SIGNATURE_ECDSA ? 65 : 64;
}

const char *signature_kind_name(enum signature_kind kind)
{
    ASSERT((size_t)kind < ARRAY_LEN(names));
    return names[kind];
}

bool signature_kind_from_name(enum signature_kind *out, struct bytes name)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (bytes_eq(name, bytes_of_str(names[i]))) {
            *out = (enum signature_kind)i;
            return true;
        }
    }
    return false;
}

static bool verify_ecdsa(const uint8_t sig[65], struct bytes msg, const struct account_id *who)
{
    uint8_t hash[32], key[33];
    blake2_256(hash, msg);
    if (!ecdsa_recover(key, sig, hash))
        return false;
    struct account_id signer = ecdsa_account(key);
    return account_id_eq(&signer, who);
}

bool signature_verify(enum signature_kind kind, struct bytes sig, struct bytes msg,
                      const struct account_id *who)
{
    if (sig.len != signature_len(kind))
        return false;
    switch (kind) {
    case SIGNATURE_ED25519:
        return ed25519_verify(sig.p, msg, who->b);
    case SIGNATURE_SR25519:
        return sr25519_verify(sig.p, msg, who->b);
    case SIGNATURE_ECDSA:
        return verify_ecdsa(sig.p, msg, who);
    }
    return false; /* no kind of ours; the caller read it from outside */
}
