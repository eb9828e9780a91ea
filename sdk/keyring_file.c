/* sdk/keyring_file.c — the JSON around crypto/keystore.h, as polkadot.js writes it. */
#include "base/clock.h"
#include "base/hex.h"
#include "codec/json.h"
#include "codec/json_read.h"
#include "crypto/hash.h"
#include "crypto/keystore.h"
#include "crypto/ss58.h"
#include "crypto/wipe.h"
#include "sdk/keyring.h"

enum { ECDSA_KEY_LEN = 33 };

/* polkadot.js shows an ecdsa key by its public key in hex, not by its account. */
static const char *address_text(struct arena *a, const struct keypair *key)
{
    char *text;

    if (key->kind == SIGNATURE_ECDSA)
        return hex0x(a, bytes_of(key->public_key, ECDSA_KEY_LEN));
    text = arena_alloc(a, SS58_TEXT_CAP);
    ss58_encode_account(text, SS58_PREFIX_GENERIC, &key->account);
    return text;
}

FALLIBLE keyring_file_encode(struct arena *a, struct bytes *out, const struct keypair *key, const char *name,
                             const struct bytes *password_opt, struct err *e)
{
    struct keystore_blob blob;
    struct writer w = writer_in(a, KEYRING_FILE_MAX);

    if (password_opt != NULL)
        TRY(keystore_seal(&blob, key, *password_opt, e));
    else
        keystore_encode_plain(&blob, key);
    put_text(&w, "{\"encoded\":\"");
    put_text(&w, base64_encode(a, bytes_of(blob.b, blob.len)));
    wipe(&blob, sizeof blob);
    put_text(&w, "\",\"encoding\":{\"content\":[\"pkcs8\",\"");
    put_text(&w, signature_kind_name(key->kind));
    put_text(&w, "\"],\"type\":[");
    put_text(&w, password_opt != NULL ? "\"scrypt\",\"xsalsa20-poly1305\"" : "\"none\"");
    put_text(&w, "],\"version\":\"3\"},\"address\":\"");
    put_text(&w, address_text(a, key));
    put_text(&w, "\",\"meta\":{\"name\":");
    json_put_string(&w, bytes_of_str(name));
    put_fmt(&w, ",\"whenCreated\":%llu}}\n", (unsigned long long)clock_wall_ms());
    if (!writer_ok(&w))
        return FAIL(e, ERR_USAGE, "the key's name is too long");
    *out = writer_bytes(&w);
    return ERR_OK;
}

struct key_file {
    struct bytes encoded, address, name;
    struct bytes version;
    struct bytes content[2], type[2];
    size_t content_count, type_count;
};

static size_t take_pair(struct json_reader *j, struct bytes out[2])
{
    size_t n = 0;

    json_array_begin(j);
    while (json_array_next(j)) {
        struct bytes text = json_take_string(j);
        if (n == 2)
            json_fail(j, "encoding has too many parts");
        else
            out[n++] = text;
    }
    return n;
}

static void take_encoding(struct json_reader *j, struct key_file *f)
{
    struct bytes key;

    json_object_begin(j);
    while (json_object_next(j, &key)) {
        if (bytes_eq(key, BYTES_LIT("content")))
            f->content_count = take_pair(j, f->content);
        else if (bytes_eq(key, BYTES_LIT("type")))
            f->type_count = take_pair(j, f->type);
        else if (bytes_eq(key, BYTES_LIT("version")))
            f->version = json_take_string(j);
        else
            json_skip(j);
    }
}

static void take_meta(struct json_reader *j, struct key_file *f)
{
    struct bytes key;

    json_object_begin(j);
    while (json_object_next(j, &key)) {
        if (bytes_eq(key, BYTES_LIT("name")))
            f->name = json_take_string(j);
        else
            json_skip(j);
    }
}

static FALLIBLE parse(struct arena *a, struct key_file *out, struct bytes text, struct err *e)
{
    struct json_reader j = json_reader_of(a, text);
    struct key_file f = {0};
    struct bytes key;

    json_object_begin(&j);
    while (json_object_next(&j, &key)) {
        if (bytes_eq(key, BYTES_LIT("encoded")))
            f.encoded = json_take_string(&j);
        else if (bytes_eq(key, BYTES_LIT("address")))
            f.address = json_take_string(&j);
        else if (bytes_eq(key, BYTES_LIT("encoding")))
            take_encoding(&j, &f);
        else if (bytes_eq(key, BYTES_LIT("meta")))
            take_meta(&j, &f);
        else
            json_skip(&j);
    }
    TRY(json_end(&j, "key file", e));
    if (!bytes_eq(f.version, BYTES_LIT("3")))
        return FAIL(e, ERR_UNSUPPORTED, "key file: version %.*s, only 3 is known", (int)(f.version.len & 15),
                    (const char *)f.version.p);
    if (f.content_count != 2 || !bytes_eq(f.content[0], BYTES_LIT("pkcs8")))
        return FAIL(e, ERR_UNSUPPORTED,
                    "key file: it holds no single key (an export of several is not read)");
    *out = f;
    return ERR_OK;
}

static FALLIBLE account_of(struct account_id *out, struct bytes address, struct err *e)
{
    struct ss58 s;
    uint8_t key[ECDSA_KEY_LEN];

    if (address.len == 2 + 2 * sizeof key && hex_decode_into(key, sizeof key, address)) {
        blake2_256(out->b, BYTES_OF(key));
        return ERR_OK;
    }
    TRY(ss58_decode(&s, address, e));
    if (s.body_len != sizeof out->b)
        return FAIL(e, ERR_MALFORMED, "not the address of an account");
    memcpy(out->b, s.body, sizeof out->b);
    return ERR_OK;
}

static FALLIBLE encryption(bool *encrypted, const struct key_file *f, struct err *e)
{
    if (f->type_count == 1 && bytes_eq(f->type[0], BYTES_LIT("none"))) {
        *encrypted = false;
        return ERR_OK;
    }
    if (f->type_count != 2 || !bytes_eq(f->type[0], BYTES_LIT("scrypt")) ||
        !bytes_eq(f->type[1], BYTES_LIT("xsalsa20-poly1305")))
        return FAIL(e, ERR_UNSUPPORTED, "key file: unknown encryption");
    *encrypted = true;
    return ERR_OK;
}

static FALLIBLE peek_parsed(struct arena *a, struct keyring_entry *out, const struct key_file *f,
                            struct err *e)
{
    struct keyring_entry entry = {0};

    if (!signature_kind_from_name(&entry.kind, f->content[1]))
        return FAIL(e, ERR_UNSUPPORTED, "key file: unknown kind of key");
    if (account_of(&entry.account, f->address, e) != ERR_OK)
        return err_wrap(e, "key file: address");
    TRY(encryption(&entry.encrypted, f, e));
    entry.address = arena_str(a, f->address);
    entry.name = f->name.p != NULL ? arena_str(a, f->name) : NULL;
    *out = entry;
    return ERR_OK;
}

FALLIBLE keyring_file_peek(struct arena *a, struct keyring_entry *out, struct bytes text, struct err *e)
{
    struct key_file f;

    TRY(parse(a, &f, text, e));
    return peek_parsed(a, out, &f, e);
}

FALLIBLE keyring_file_open(struct arena *a, struct keypair *out, struct bytes text,
                           const struct bytes *password_opt, struct err *e)
{
    CLEANUP(keypair_fini) struct keypair key = {0};
    struct keyring_entry entry;
    struct key_file f;
    struct bytes blob;

    TRY(parse(a, &f, text, e));
    TRY(peek_parsed(a, &entry, &f, e));
    if (base64_decode(a, &blob, f.encoded, e) != ERR_OK)
        return err_wrap(e, "key file: encoded");
    if (entry.encrypted && password_opt == NULL)
        return FAIL(e, ERR_DENIED, "the key is locked: a password is needed");
    if (entry.encrypted)
        TRY(keystore_open(&key, entry.kind, blob, *password_opt, e));
    else
        TRY(keystore_decode_plain(&key, entry.kind, blob, e));
    if (!account_id_eq(&key.account, &entry.account))
        return FAIL(e, ERR_CORRUPT, "key file: the address does not belong to the key");
    *out = key;
    return ERR_OK;
}
