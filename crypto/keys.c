/* crypto/keys.c — secret URIs and key pairs. */
#include "crypto/keys.h"

#include "base/hex.h"
#include "crypto/ecdsa.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"
#include "crypto/mnemonic.h"
#include "crypto/random.h"
#include "crypto/sr25519.h"
#include "crypto/wipe.h"

struct junction {
    bool hard;
    uint8_t chain_code[32];
};

struct uri {
    struct bytes phrase;
    struct bytes password;
    size_t count;
    struct junction path[KEYS_JUNCTIONS_MAX];
};

/* A decimal number of any number of digits that fits 64 bits: leading zeros do not change the key. */
static bool decimal_u64(struct bytes text, uint64_t *out)
{
    uint64_t v = 0;
    if (text.len == 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] < '0' || text.p[i] > '9' || __builtin_mul_overflow(v, 10u, &v) ||
            __builtin_add_overflow(v, (uint64_t)(text.p[i] - '0'), &v))
            return false;
    }
    *out = v;
    return true;
}

void keys_chain_code(uint8_t out[32], struct bytes junction)
{
    uint64_t number;
    memset(out, 0, 32);
    if (decimal_u64(junction, &number)) {
        store_u64le(out, number);
        return;
    }
    /* A SCALE string: a compact length in one, two or four bytes, and the text. */
    uint8_t head[4];
    size_t head_len = junction.len < 64 ? 1 : junction.len < 16384 ? 2 : 4;
    store_u32le(head, (uint32_t)(junction.len << 2 | head_len / 2));
    if (head_len + junction.len <= 32) {
        memcpy(out, head, head_len);
        if (junction.len > 0)
            memcpy(out + head_len, junction.p, junction.len);
        return;
    }
    struct blake2b b;
    blake2b_init(&b, 32);
    blake2b_update(&b, bytes_of(head, head_len));
    blake2b_update(&b, junction);
    blake2b_final(&b, out);
}

/* Takes one junction off the front of `rest`, which begins with one or two slashes. */
static enum err_code take_junction(struct uri *u, struct bytes *rest, struct err *e)
{
    bool hard = rest->len >= 2 && rest->p[1] == '/';
    struct bytes text = bytes_from(*rest, hard ? 2 : 1);
    size_t len = 0;
    while (len < text.len && text.p[len] != '/')
        len++;
    if (len == 0)
        return FAIL(e, ERR_MALFORMED, "secret URI: junction %zu is empty", u->count + 1);
    if (u->count == KEYS_JUNCTIONS_MAX)
        return FAIL(e, ERR_LIMIT, "secret URI: more than %d junctions", KEYS_JUNCTIONS_MAX);
    struct junction *j = &u->path[u->count++];
    j->hard = hard;
    keys_chain_code(j->chain_code, bytes_of(text.p, len));
    *rest = bytes_from(text, len);
    return ERR_OK;
}

/* Views into `text`. The first "///" starts the password, which may hold anything. */
static enum err_code parse(struct uri *u, struct bytes text, struct err *e)
{
    if (text.len > KEYS_URI_MAX)
        return FAIL(e, ERR_LIMIT, "secret URI of %zu bytes, at most %d", text.len, KEYS_URI_MAX);
    size_t len = 0;
    while (len < text.len && text.p[len] != '/')
        len++;
    u->phrase = bytes_of(text.p, len);
    struct bytes rest = bytes_from(text, len);
    while (rest.len > 0 && !bytes_starts_with(rest, BYTES_LIT("///")))
        TRY(take_junction(u, &rest, e));
    u->password = bytes_from(rest, 3);
    return ERR_OK;
}

/* The root seed. A hex seed ignores the password, as the Polkadot SDK and polkadot.js do. */
static enum err_code root_seed(uint8_t out[32], const struct uri *u, struct err *e)
{
    if (bytes_starts_with(u->phrase, BYTES_LIT("0x"))) {
        if (!hex_decode_into(out, 32, u->phrase))
            return FAIL(e, ERR_MALFORMED, "secret URI: a seed is 0x and 64 hex digits");
        return ERR_OK;
    }
    struct mnemonic_entropy entropy;
    struct bytes phrase = u->phrase.len == 0 ? BYTES_LIT(KEYS_DEV_PHRASE) : u->phrase;
    TRY(mnemonic_decode(&entropy, phrase, e));
    enum err_code code = mnemonic_seed(out, &entropy, u->password, e);
    wipe(&entropy, sizeof entropy);
    return code;
}

static void derive_sr25519(struct sr25519_secret *secret, const struct junction *j)
{
    CLEANUP(secret32_fini) struct secret32 fresh; /* a new mini-secret, or a new nonce */
    if (j->hard) {
        sr25519_derive_hard(fresh.b, secret, j->chain_code);
        sr25519_expand(secret, fresh.b);
        return;
    }
    uint8_t public_key[32];
    sr25519_public(public_key, secret);
    random_bytes(fresh.b, sizeof fresh.b);
    sr25519_derive_soft(secret, secret, public_key, j->chain_code, fresh.b);
}

/* Walks the path; secret[64] is the root's on entry. */
static enum err_code derive(uint8_t secret[64], enum signature_kind kind, const struct uri *u, struct err *e)
{
    for (size_t i = 0; i < u->count; i++)
        if (kind != SIGNATURE_SR25519 && !u->path[i].hard)
            return FAIL(e, ERR_UNSUPPORTED, "secret URI: junction %zu is soft, %s has only hard ones", i + 1,
                        signature_kind_name(kind));
    struct sr25519_secret sr;
    memcpy(&sr, secret, sizeof sr);
    for (size_t i = 0; i < u->count; i++) {
        const struct junction *j = &u->path[i];
        if (kind == SIGNATURE_SR25519)
            derive_sr25519(&sr, j);
        else if (kind == SIGNATURE_ED25519)
            ed25519_derive_hard(secret, secret, j->chain_code);
        else
            ecdsa_derive_hard(secret, secret, j->chain_code);
    }
    if (kind == SIGNATURE_SR25519)
        memcpy(secret, &sr, sizeof sr);
    wipe(&sr, sizeof sr);
    return ERR_OK;
}

static void expand_seed(uint8_t secret[64], enum signature_kind kind, const uint8_t seed[32])
{
    memset(secret, 0, 64);
    if (kind == SIGNATURE_SR25519) {
        struct sr25519_secret sr;
        sr25519_expand(&sr, seed);
        memcpy(secret, &sr, sizeof sr);
        wipe(&sr, sizeof sr);
    } else {
        memcpy(secret, seed, 32);
    }
}

FALLIBLE keypair_from_secret(struct keypair *out, enum signature_kind kind, const uint8_t secret[64],
                             struct err *e)
{
    CLEANUP(keypair_fini) struct keypair k = {.kind = kind, .public_len = 32};
    memcpy(k.secret, secret, sizeof k.secret);
    switch (kind) {
    case SIGNATURE_ED25519:
        ed25519_public(k.public_key, secret);
        break;
    case SIGNATURE_SR25519: {
        struct sr25519_secret sr;
        memcpy(&sr, secret, sizeof sr);
        sr25519_public(k.public_key, &sr);
        wipe(&sr, sizeof sr);
        break;
    }
    case SIGNATURE_ECDSA:
        k.public_len = 33;
        if (!ecdsa_public(k.public_key, secret))
            return FAIL(e, ERR_MALFORMED, "not a secp256k1 secret");
        break;
    default:
        return FAIL(e, ERR_USAGE, "no such kind of key");
    }
    if (kind == SIGNATURE_ECDSA)
        k.account = ecdsa_account(k.public_key);
    else
        memcpy(k.account.b, k.public_key, sizeof k.account.b);
    *out = k;
    return ERR_OK;
}

FALLIBLE keypair_from_seed(struct keypair *out, enum signature_kind kind, const uint8_t seed[32],
                           struct err *e)
{
    CLEANUP(secret64_fini) struct secret64 secret;
    expand_seed(secret.b, kind, seed);
    return keypair_from_secret(out, kind, secret.b, e);
}

FALLIBLE keypair_from_uri(struct keypair *out, enum signature_kind kind, struct bytes uri, struct err *e)
{
    struct uri u = {0};
    TRY(parse(&u, uri, e));
    CLEANUP(secret32_fini) struct secret32 seed;
    TRY(root_seed(seed.b, &u, e));
    CLEANUP(secret64_fini) struct secret64 secret;
    expand_seed(secret.b, kind, seed.b);
    TRY(derive(secret.b, kind, &u, e));
    return keypair_from_secret(out, kind, secret.b, e);
}

void keypair_fini(struct keypair *k)
{
    wipe(k, sizeof *k);
}

size_t keypair_sign(const struct keypair *k, uint8_t sig[SIGNATURE_MAX_LEN], struct bytes msg)
{
    switch (k->kind) {
    case SIGNATURE_ED25519:
        ed25519_sign(sig, k->secret, msg);
        return 64;
    case SIGNATURE_SR25519: {
        CLEANUP(secret32_fini) struct secret32 fresh;
        struct sr25519_secret sr;
        random_bytes(fresh.b, sizeof fresh.b);
        memcpy(&sr, k->secret, sizeof sr);
        sr25519_sign(sig, &sr, k->public_key, fresh.b, msg);
        wipe(&sr, sizeof sr);
        return 64;
    }
    case SIGNATURE_ECDSA: {
        uint8_t hash[32];
        blake2_256(hash, msg);
        bool ok = ecdsa_sign(sig, k->secret, hash); /* the secret was checked when the pair was made */
        ASSERT(ok);
        return 65;
    }
    }
    UNREACHABLE();
}
