/* sdk/token.c — wallet tokens. */
#include "sdk/token.h"
#include "base/hex.h"
#include "base/writer.h"
#include "codec/json_read.h"
#include "crypto/random.h"
#include "crypto/ss58.h"

enum { NONCE_MAX = 128 };

const char *sdk_token_make(struct arena *a, const struct keypair *key, uint16_t ss58_prefix, uint64_t now_s)
{
    uint8_t nonce[16], sig[SIGNATURE_MAX_LEN];
    char address[SS58_TEXT_CAP], nonce_hex[2 * sizeof nonce + 1];

    random_bytes(nonce, sizeof nonce);
    hex_encode(nonce_hex, BYTES_OF(nonce));
    ss58_encode_account(address, ss58_prefix, &key->account);
    const char *json = arena_fmt(a, "{\"address\":\"%s\",\"timestamp\":%llu,\"nonce\":\"%s\"}", address,
                                 (unsigned long long)now_s, nonce_hex);
    size_t len = keypair_sign(key, sig, bytes_of_str(json));
    return arena_fmt(a, "%s||%s", hex0x(a, bytes_of_str(json)), hex0x(a, bytes_of(sig, len)));
}

static FALLIBLE parse(struct arena *a, struct sdk_token *out, struct bytes json, uint16_t ss58_prefix,
                      struct err *e)
{
    struct json_reader j = json_reader_of(a, json);
    struct bytes key, address = BYTES_EMPTY, nonce = BYTES_EMPTY;
    struct sdk_token t = {0};

    json_object_begin(&j);
    while (json_object_next(&j, &key)) {
        if (bytes_eq(key, BYTES_LIT("address")))
            address = json_take_string(&j);
        else if (bytes_eq(key, BYTES_LIT("timestamp")))
            t.timestamp = json_take_u64(&j);
        else if (bytes_eq(key, BYTES_LIT("nonce")))
            nonce = json_take_string(&j);
        else
            json_skip(&j);
    }
    TRY(json_end(&j, "token", e));
    if (nonce.len > NONCE_MAX)
        return FAIL(e, ERR_MALFORMED, "token: the nonce is too long");
    if (ss58_decode_account(&t.account, address, ss58_prefix, e) != ERR_OK) {
        e->code = ERR_MALFORMED;
        return err_wrap(e, "token: address");
    }
    t.nonce = arena_str(a, nonce);
    *out = t;
    return ERR_OK;
}

static bool signed_by(const struct account_id *who, struct bytes sig, struct bytes message)
{
    return signature_verify(SIGNATURE_SR25519, sig, message, who) ||
           signature_verify(SIGNATURE_ED25519, sig, message, who) ||
           signature_verify(SIGNATURE_ECDSA, sig, message, who);
}

static bool split(struct bytes token, struct bytes *json, struct bytes *sig)
{
    for (size_t i = 0; i + 1 < token.len; i++)
        if (token.p[i] == '|' && token.p[i + 1] == '|') {
            *json = bytes_of(token.p, i);
            *sig = bytes_from(token, i + 2);
            return true;
        }
    return false;
}

FALLIBLE sdk_token_check(struct arena *a, struct sdk_token *out, struct bytes token, uint16_t ss58_prefix,
                         uint64_t now_s, struct err *e)
{
    struct bytes json_hex, sig_hex, json, sig;
    struct sdk_token t;

    if (token.len > SDK_TOKEN_MAX || !split(token, &json_hex, &sig_hex))
        return FAIL(e, ERR_MALFORMED, "token: not two parts with || between them");
    TRY(hex_decode(a, &json, json_hex, e));
    TRY(hex_decode(a, &sig, sig_hex, e));
    TRY(parse(a, &t, json, ss58_prefix, e));
    if (t.timestamp > now_s ? t.timestamp - now_s > SDK_TOKEN_SECONDS
                            : now_s - t.timestamp > SDK_TOKEN_SECONDS)
        return FAIL(e, ERR_DENIED, "token: its time is more than %d s from this machine's",
                    SDK_TOKEN_SECONDS);
    struct writer w = writer_in(a, json.len + 32);
    put_text(&w, "<Bytes>");
    put_bytes(&w, json);
    put_text(&w, "</Bytes>");
    if (!signed_by(&t.account, sig, json) && !signed_by(&t.account, sig, writer_bytes(&w)))
        return FAIL(e, ERR_DENIED, "token: the signature is not the address's");
    *out = t;
    return ERR_OK;
}
