/* crypto/keystore.c — polkadot.js key files, the binary part. */
#include "crypto/keystore.h"

#include "base/reader.h"
#include "base/writer.h"
#include "crypto/random.h"
#include "crypto/sr25519.h"
#include "crypto/wipe.h"

#include <sodium.h>

#define SALT_LEN 32
#define SCRYPT_N (1u << 17)
#define SCRYPT_P 1u
#define SCRYPT_R 8u

/* The fixed DER bytes polkadot.js writes around secret and public key; they describe an Ed25519 key for every
 * kind. */
static const uint8_t header[16] = {0x30, 0x53, 0x02, 0x01, 0x01, 0x30, 0x05, 0x06,
                                   0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
static const uint8_t divider[5] = {0xa1, 0x23, 0x03, 0x21, 0x00};

bool keystore_params_ok(uint32_t n, uint32_t p, uint32_t r)
{
    static const struct {
        uint32_t n, p;
    } known[] = {{1u << 13, 10}, {1u << 14, 5}, {1u << 15, 3}, {1u << 15, 1}, {1u << 16, 2}, {1u << 17, 1}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (known[i].n == n && known[i].p == p && r == 8)
            return true;
    return false;
}

static size_t public_len(enum signature_kind kind)
{
    return kind == SIGNATURE_ECDSA ? 33 : 32;
}

/* Secret bytes of this kind in the file to the key pair's own form. 32 bytes are a seed, for every kind. */
static enum err_code take_secret(struct keypair *out, enum signature_kind kind, struct bytes secret,
                                 struct err *e)
{
    if (secret.len == 32)
        return keypair_from_seed(out, kind, secret.p, e);
    if (kind == SIGNATURE_ED25519)
        return keypair_from_seed(out, kind, secret.p, e); /* seed and public key, which the caller compares */
    if (kind == SIGNATURE_ECDSA)
        return FAIL(e, ERR_MALFORMED, "key file: an ecdsa secret has 32 bytes, not 64");
    struct sr25519_secret sr;
    if (!sr25519_from_ed25519_form(&sr, secret.p))
        return FAIL(e, ERR_MALFORMED, "key file: not an sr25519 secret");
    CLEANUP(secret64_fini) struct secret64 own;
    memcpy(own.b, &sr, sizeof sr);
    wipe(&sr, sizeof sr);
    return keypair_from_secret(out, kind, own.b, e);
}

FALLIBLE keystore_decode_plain(struct keypair *out, enum signature_kind kind, struct bytes plain,
                               struct err *e)
{
    size_t fixed = sizeof header + sizeof divider + public_len(kind);
    if (plain.len != fixed + 64 && plain.len != fixed + 32)
        return FAIL(e, ERR_MALFORMED, "key file: %zu bytes are no %s key", plain.len,
                    signature_kind_name(kind));
    struct reader r = reader_of(plain);
    struct bytes head = take_bytes(&r, sizeof header);
    struct bytes secret = take_bytes(&r, plain.len - fixed);
    struct bytes middle = take_bytes(&r, sizeof divider);
    struct bytes public_key = take_bytes(&r, public_len(kind));
    TRY(reader_end(&r, "key file", e));
    if (!bytes_eq(head, BYTES_OF(header)) || !bytes_eq(middle, BYTES_OF(divider)))
        return FAIL(e, ERR_MALFORMED, "key file: not PKCS#8 as polkadot.js writes it");
    CLEANUP(keypair_fini) struct keypair k;
    memset(&k, 0, sizeof k);
    TRY(take_secret(&k, kind, secret, e));
    if (!bytes_eq(bytes_of(k.public_key, k.public_len), public_key))
        return FAIL(e, ERR_CORRUPT, "key file: the public key is not the secret's");
    if (kind == SIGNATURE_ED25519 && secret.len == 64 && memcmp(secret.p + 32, public_key.p, 32) != 0)
        return FAIL(e, ERR_CORRUPT, "key file: the secret names another public key");
    *out = k;
    return ERR_OK;
}

void keystore_encode_plain(struct keystore_blob *out, const struct keypair *key)
{
    struct writer w = writer_fixed(out->b, sizeof out->b);
    put_mem(&w, header, sizeof header);
    if (key->kind == SIGNATURE_SR25519) {
        struct sr25519_secret sr;
        CLEANUP(secret64_fini) struct secret64 form;
        memcpy(&sr, key->secret, sizeof sr);
        sr25519_to_ed25519_form(form.b, &sr);
        put_mem(&w, form.b, sizeof form.b);
        wipe(&sr, sizeof sr);
    } else {
        put_mem(&w, key->secret, 32);
        if (key->kind == SIGNATURE_ED25519)
            put_mem(&w, key->public_key, 32);
    }
    put_mem(&w, divider, sizeof divider);
    put_mem(&w, key->public_key, key->public_len);
    ASSERT(writer_ok(&w));
    out->len = w.len;
}

/* The cipher's key. The file's layout says 64 bytes of scrypt; its first 32 do not depend on how many are
 * asked for. */
static enum err_code stretch(struct secret32 *out, struct bytes password, const uint8_t salt[SALT_LEN],
                             uint32_t n, uint32_t p, uint32_t r, struct err *e)
{
    int ready = sodium_init();
    ASSERT(ready >= 0);
    if (crypto_pwhash_scryptsalsa208sha256_ll(password.p, password.len, salt, SALT_LEN, n, r, p, out->b,
                                              sizeof out->b) != 0)
        return FAIL(e, ERR_UNAVAILABLE, "key file: no memory for scrypt (needs %u MiB)", n / 1024);
    return ERR_OK;
}

FALLIBLE keystore_open(struct keypair *out, enum signature_kind kind, struct bytes blob,
                       struct bytes password, struct err *e)
{
    struct reader r = reader_of(blob);
    struct bytes salt = take_bytes(&r, SALT_LEN);
    uint32_t n = take_u32(&r);
    uint32_t p = take_u32(&r);
    uint32_t cost = take_u32(&r);
    struct bytes nonce = take_bytes(&r, crypto_secretbox_NONCEBYTES);
    TRY(reader_check(&r, "key file", e));
    struct bytes box = take_bytes(&r, r.left);
    if (box.len <= crypto_secretbox_MACBYTES || box.len > crypto_secretbox_MACBYTES + KEYSTORE_PLAIN_MAX)
        return FAIL(e, ERR_MALFORMED, "key file: %zu encrypted bytes", box.len);
    if (!keystore_params_ok(n, p, cost))
        return FAIL(e, ERR_LIMIT, "key file: scrypt cost N=%u p=%u r=%u is not one polkadot.js uses", n, p,
                    cost);

    CLEANUP(secret32_fini) struct secret32 key;
    TRY(stretch(&key, password, salt.p, n, p, cost, e));
    uint8_t plain[KEYSTORE_PLAIN_MAX];
    size_t plain_len = box.len - crypto_secretbox_MACBYTES;
    enum err_code code;
    if (crypto_secretbox_open_easy(plain, box.p, box.len, nonce.p, key.b) != 0)
        code = FAIL(e, ERR_DENIED, "key file: wrong password, or the file is damaged");
    else
        code = keystore_decode_plain(out, kind, bytes_of(plain, plain_len), e);
    wipe(plain, sizeof plain);
    return code;
}

FALLIBLE keystore_seal(struct keystore_blob *out, const struct keypair *key, struct bytes password,
                       struct err *e)
{
    struct keystore_blob plain;
    uint8_t salt[SALT_LEN], nonce[crypto_secretbox_NONCEBYTES];
    random_bytes(salt, sizeof salt);
    random_bytes(nonce, sizeof nonce);
    CLEANUP(secret32_fini) struct secret32 stretched;
    TRY(stretch(&stretched, password, salt, SCRYPT_N, SCRYPT_P, SCRYPT_R, e));

    keystore_encode_plain(&plain, key);
    struct writer w = writer_fixed(out->b, sizeof out->b);
    put_mem(&w, salt, sizeof salt);
    put_u32(&w, SCRYPT_N);
    put_u32(&w, SCRYPT_P);
    put_u32(&w, SCRYPT_R);
    put_mem(&w, nonce, sizeof nonce);
    size_t at = put_reserve(&w, crypto_secretbox_MACBYTES + plain.len);
    ASSERT(writer_ok(&w));
    int rc = crypto_secretbox_easy(out->b + at, plain.b, plain.len, nonce, stretched.b);
    ASSERT(rc == 0);
    out->len = w.len;
    wipe(&plain, sizeof plain);
    return ERR_OK;
}
