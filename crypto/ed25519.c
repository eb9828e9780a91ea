/* crypto/ed25519.c — Ed25519 over libsodium, with ZIP-215 verification. */
#include "crypto/ed25519.h"

#include "crypto/hash.h"
#include "crypto/wipe.h"

#include <sodium.h>

static const uint8_t identity[32] = {1};

void ed25519_public(uint8_t out[32], const uint8_t seed[32])
{
    CLEANUP(secret64_fini) struct secret64 sk;
    int rc = crypto_sign_seed_keypair(out, sk.b, seed);
    ASSERT(rc == 0);
}

void ed25519_sign(uint8_t sig[64], const uint8_t seed[32], struct bytes msg)
{
    CLEANUP(secret64_fini) struct secret64 sk;
    uint8_t public_key[32];
    int rc = crypto_sign_seed_keypair(public_key, sk.b, seed);
    ASSERT(rc == 0);
    rc = crypto_sign_detached(sig, NULL, msg.p, msg.len, sk.b);
    ASSERT(rc == 0);
}

/* out = 8 * point, canonically encoded; false when the bytes do not decompress. libsodium's addition takes
 * non-canonical and small-order encodings, unlike its scalar multiplication. */
static bool times_eight(uint8_t out[32], const uint8_t point[32])
{
    uint8_t two[32], four[32];
    return crypto_core_ed25519_add(two, point, point) == 0 && crypto_core_ed25519_add(four, two, two) == 0 &&
           crypto_core_ed25519_add(out, four, four) == 0;
}

static bool scalar_ok(const uint8_t s[32])
{
    uint8_t wide[64] = {0}, reduced[32];
    memcpy(wide, s, 32);
    crypto_core_ed25519_scalar_reduce(reduced, wide);
    return memcmp(reduced, s, 32) == 0;
}

/* ZIP-215: [8]sB == [8]R + k[8]A, where [8]A and [8]R are in the prime-order group, whatever A and R were. */
static bool verify_cofactored(const uint8_t sig[64], struct bytes msg, const uint8_t public_key[32])
{
    uint8_t r8[32], a8[32], right[32], left[32];
    if (!scalar_ok(sig + 32) || !times_eight(r8, sig) || !times_eight(a8, public_key))
        return false;

    struct sha512 h;
    uint8_t wide[64], k[32];
    sha512_init(&h);
    sha512_update(&h, bytes_of(sig, 32));
    sha512_update(&h, bytes_of(public_key, 32));
    sha512_update(&h, msg);
    sha512_final(&h, wide);
    crypto_core_ed25519_scalar_reduce(k, wide);

    /* libsodium gives -1 for the identity, as input and as result. */
    uint8_t ka8[32];
    if (memcmp(a8, identity, 32) == 0 || sodium_is_zero(k, 32))
        memcpy(ka8, identity, 32);
    else if (crypto_scalarmult_ed25519_noclamp(ka8, k, a8) != 0)
        return false;
    static const uint8_t eight[32] = {8};
    uint8_t s8[32];
    crypto_core_ed25519_scalar_mul(s8, sig + 32, eight);
    if (sodium_is_zero(s8, 32))
        memcpy(left, identity, 32);
    else if (crypto_scalarmult_ed25519_base_noclamp(left, s8) != 0)
        return false;
    return crypto_core_ed25519_add(right, r8, ka8) == 0 && memcmp(left, right, 32) == 0;
}

bool ed25519_verify(const uint8_t sig[64], struct bytes msg, const uint8_t public_key[32])
{
    /* What the strict rule accepts, ZIP-215 accepts: the common case takes libsodium's fast path. */
    return crypto_sign_verify_detached(sig, msg.p, msg.len, public_key) == 0 ||
           verify_cofactored(sig, msg, public_key);
}

void ed25519_derive_hard(uint8_t out[32], const uint8_t seed[32], const uint8_t chain_code[32])
{
    struct blake2b b;
    blake2b_init(&b, 32);
    blake2b_update(&b, BYTES_LIT("\x2c"
                                 "Ed25519HDKD")); /* a SCALE string: compact length 11 */
    blake2b_update(&b, bytes_of(seed, 32));
    blake2b_update(&b, bytes_of(chain_code, 32));
    blake2b_final(&b, out);
    wipe(&b, sizeof b);
}
