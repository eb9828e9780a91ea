/* crypto/sr25519.c — schnorrkel's Schnorr signatures and derivation over libsodium's ristretto255. */
#include "crypto/sr25519.h"

#include "crypto/hash.h"
#include "crypto/merlin.h"
#include "crypto/ristretto.h"
#include "crypto/wipe.h"

#include <sodium.h>

#define MARKER                                                                                  \
    0x80 /* in the last byte: "this is a schnorrkel signature"; old ones without it are refused \
          */

/* scalar * B. libsodium refuses to give out the identity (all zeros), which for us is a value like any other.
 */
static void mul_base(uint8_t out[32], const uint8_t scalar[32])
{
    if (crypto_scalarmult_ristretto255_base(out, scalar) != 0)
        memset(out, 0, 32);
}

static void challenge_scalar(struct merlin *t, struct bytes label, uint8_t out[32])
{
    uint8_t wide[64];
    merlin_challenge(t, label, wide, sizeof wide);
    crypto_core_ristretto255_scalar_reduce(out, wide);
    wipe(wide, sizeof wide);
}

void sr25519_expand(struct sr25519_secret *out, const uint8_t mini[32])
{
    CLEANUP(secret64_fini) struct secret64 h;
    sha512(h.b, bytes_of(mini, 32));
    h.b[0] &= 248;
    h.b[31] &= 63;
    h.b[31] |= 64;
    /* Divide by the cofactor 8: below 2^252, so canonical. */
    for (size_t i = 0; i < 32; i++)
        out->scalar[i] = (uint8_t)(h.b[i] >> 3 | (i < 31 ? h.b[i + 1] << 5 : 0));
    memcpy(out->nonce, h.b + 32, 32);
}

void sr25519_public(uint8_t out[32], const struct sr25519_secret *secret)
{
    mul_base(out, secret->scalar);
}

void sr25519_to_ed25519_form(uint8_t out[64], const struct sr25519_secret *secret)
{
    for (size_t i = 0; i < 32; i++)
        out[i] = (uint8_t)(secret->scalar[i] << 3 | (i > 0 ? secret->scalar[i - 1] >> 5 : 0));
    memcpy(out + 32, secret->nonce, 32);
}

bool sr25519_from_ed25519_form(struct sr25519_secret *out, const uint8_t in[64])
{
    CLEANUP(secret64_fini) struct secret64 s; /* scalar and nonce */
    for (size_t i = 0; i < 32; i++)
        s.b[i] = (uint8_t)(in[i] >> 3 | (i < 31 ? in[i + 1] << 5 : 0));
    if ((in[0] & 7) != 0 || !ristretto_scalar_ok(s.b))
        return false;
    memcpy(out->scalar, s.b, 32);
    memcpy(out->nonce, in + 32, 32);
    return true;
}

/* The transcript of a message up to the public key. */
static void transcript(struct merlin *t, struct bytes msg, const uint8_t public_key[32])
{
    merlin_init(t, BYTES_LIT("SigningContext"));
    merlin_append(t, BYTES_EMPTY, BYTES_LIT("substrate"));
    merlin_append(t, BYTES_LIT("sign-bytes"), msg);
    merlin_append(t, BYTES_LIT("proto-name"), BYTES_LIT("Schnorr-sig"));
    merlin_append(t, BYTES_LIT("sign:pk"), bytes_of(public_key, 32));
}

void sr25519_sign(uint8_t sig[64], const struct sr25519_secret *secret, const uint8_t public_key[32],
                  const uint8_t fresh[32], struct bytes msg)
{
    struct merlin t;
    transcript(&t, msg, public_key);

    CLEANUP(secret64_fini) struct secret64 wide;
    CLEANUP(secret32_fini) struct secret32 r;
    merlin_witness(&t, BYTES_LIT("signing"), BYTES_OF(secret->nonce), fresh, wide.b, sizeof wide.b);
    crypto_core_ristretto255_scalar_reduce(r.b, wide.b);

    uint8_t out[64], k[32];
    mul_base(out, r.b);
    merlin_append(&t, BYTES_LIT("sign:R"), bytes_of(out, 32));
    challenge_scalar(&t, BYTES_LIT("sign:c"), k);
    CLEANUP(secret32_fini) struct secret32 kx;
    crypto_core_ristretto255_scalar_mul(kx.b, k, secret->scalar);
    crypto_core_ristretto255_scalar_add(out + 32, kx.b, r.b);
    out[63] |= MARKER;
    memcpy(sig, out, sizeof out);
}

bool sr25519_verify(const uint8_t sig[64], struct bytes msg, const uint8_t public_key[32])
{
    uint8_t s[32];
    memcpy(s, sig + 32, sizeof s);
    if ((s[31] & MARKER) == 0)
        return false;
    s[31] &= (uint8_t)~MARKER;
    static const uint8_t identity[32];
    if (!ristretto_scalar_ok(s) || memcmp(public_key, identity, 32) == 0)
        return false;

    struct merlin t;
    uint8_t k[32], expected[32];
    transcript(&t, msg, public_key);
    merlin_append(&t, BYTES_LIT("sign:R"), bytes_of(sig, 32));
    challenge_scalar(&t, BYTES_LIT("sign:c"), k);
    if (!ristretto_check_point(expected, s, k, public_key))
        return false;
    return memcmp(expected, sig, 32) == 0;
}

static void derivation(struct merlin *t, const uint8_t chain_code[32])
{
    merlin_init(t, BYTES_LIT("SchnorrRistrettoHDKD"));
    merlin_append(t, BYTES_LIT("sign-bytes"), BYTES_EMPTY);
    merlin_append(t, BYTES_LIT("chain-code"), bytes_of(chain_code, 32));
}

void sr25519_derive_hard(uint8_t mini_out[32], const struct sr25519_secret *secret,
                         const uint8_t chain_code[32])
{
    struct merlin t;
    derivation(&t, chain_code);
    merlin_append(&t, BYTES_LIT("secret-key"), BYTES_OF(secret->scalar));
    merlin_challenge(&t, BYTES_LIT("HDKD-hard"), mini_out, 32);
    wipe(&t, sizeof t);
}

/* What soft derivation adds to the secret scalar, known to everyone who knows the public key. */
static void soft_scalar(uint8_t out[32], const uint8_t public_key[32], const uint8_t chain_code[32])
{
    struct merlin t;
    derivation(&t, chain_code);
    merlin_append(&t, BYTES_LIT("public-key"), bytes_of(public_key, 32));
    challenge_scalar(&t, BYTES_LIT("HDKD-scalar"), out);
}

void sr25519_derive_soft(struct sr25519_secret *out, const struct sr25519_secret *secret,
                         const uint8_t public_key[32], const uint8_t chain_code[32], const uint8_t fresh[32])
{
    uint8_t d[32];
    soft_scalar(d, public_key, chain_code);
    crypto_core_ristretto255_scalar_add(out->scalar, secret->scalar, d);
    memcpy(out->nonce, fresh, 32);
}

bool sr25519_derive_public(uint8_t out[32], const uint8_t public_key[32], const uint8_t chain_code[32])
{
    uint8_t d[32], shift[32];
    soft_scalar(d, public_key, chain_code);
    mul_base(shift, d);
    /* libsodium 1.0.18 ignores the unused top bit of an encoding; a canonical one has it clear (RFC 9496). */
    return (public_key[31] & 0x80) == 0 && crypto_core_ristretto255_add(out, public_key, shift) == 0;
}
