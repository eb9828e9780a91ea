/* crypto/ecdsa.c — secp256k1 over libsecp256k1.
 *
 * Recovery uses the library's constant context. Signing makes its own context each time and blinds it: a few
 * microseconds, and no global to initialise or to share between threads. */
#include "crypto/ecdsa.h"

#include "crypto/hash.h"
#include "crypto/random.h"
#include "crypto/wipe.h"

#include <secp256k1.h>
#include <secp256k1_recovery.h>

static void context_free(secp256k1_context *c)
{
    secp256k1_context_destroy(c);
}
DEFINE_CLEANUP(secp256k1_context *, context_free)

static secp256k1_context *signing_context(void)
{
    secp256k1_context *c = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    ASSERT(c != NULL);
    CLEANUP(secret32_fini) struct secret32 blind;
    random_bytes(blind.b, sizeof blind.b);
    int ok = secp256k1_context_randomize(c, blind.b);
    ASSERT(ok == 1);
    return c;
}

static void compress(uint8_t out[33], const secp256k1_pubkey *key)
{
    size_t len = 33;
    int ok = secp256k1_ec_pubkey_serialize(secp256k1_context_static, out, &len, key, SECP256K1_EC_COMPRESSED);
    ASSERT(ok == 1 && len == 33);
}

bool ecdsa_public(uint8_t out[33], const uint8_t secret[32])
{
    CLEANUP(context_free) secp256k1_context *c = signing_context();
    secp256k1_pubkey key;
    if (secp256k1_ec_pubkey_create(c, &key, secret) != 1)
        return false;
    compress(out, &key);
    return true;
}

bool ecdsa_sign(uint8_t sig[65], const uint8_t secret[32], const uint8_t hash[32])
{
    CLEANUP(context_free) secp256k1_context *c = signing_context();
    secp256k1_ecdsa_recoverable_signature made;
    if (secp256k1_ecdsa_sign_recoverable(c, &made, hash, secret, NULL, NULL) != 1)
        return false;
    int v = 0;
    int ok = secp256k1_ecdsa_recoverable_signature_serialize_compact(c, sig, &v, &made);
    ASSERT(ok == 1 && v >= 0 && v <= 3);
    sig[64] = (uint8_t)v;
    return true;
}

bool ecdsa_recover(uint8_t out[33], const uint8_t sig[65], const uint8_t hash[32])
{
    const secp256k1_context *c = secp256k1_context_static;
    int v = sig[64] > 26 ? sig[64] - 27 : sig[64];
    if (v > 3)
        return false;
    secp256k1_ecdsa_recoverable_signature parsed;
    secp256k1_pubkey key;
    if (secp256k1_ecdsa_recoverable_signature_parse_compact(c, &parsed, sig, v) != 1 ||
        secp256k1_ecdsa_recover(c, &key, &parsed, hash) != 1)
        return false;
    compress(out, &key);
    return true;
}

struct account_id ecdsa_account(const uint8_t public_key[33])
{
    struct account_id a;
    blake2_256(a.b, bytes_of(public_key, 33));
    return a;
}

void ecdsa_derive_hard(uint8_t out[32], const uint8_t secret[32], const uint8_t chain_code[32])
{
    struct blake2b b;
    blake2b_init(&b, 32);
    blake2b_update(&b, BYTES_LIT("\x34"
                                 "Secp256k1HDKD")); /* a SCALE string: compact length 13 */
    blake2b_update(&b, bytes_of(secret, 32));
    blake2b_update(&b, bytes_of(chain_code, 32));
    blake2b_final(&b, out);
    wipe(&b, sizeof b);
}
