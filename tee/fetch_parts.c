#include "tee/fetch_parts.h"
#include "attest/chain.h"
#include "attest/der.h"
#include "attest/json.h"
#include "base/hex.h"
#include "base/writer.h"

enum err_code fetch_wrapper_read(struct bytes *text, uint8_t signature[64], struct bytes json,
                                 const char *member, struct err *e)
{
    const char *const names[] = {member, "signature"};
    struct attest_json j = attest_json_of(json);
    struct bytes got = BYTES_EMPTY;
    uint8_t sig[64] = {0};
    uint32_t seen = 0;
    int which;

    attest_json_enter_object(&j);
    while ((which = attest_json_known(&j, names, 2, &seen)) >= 0) {
        if (which == 0)
            got = attest_json_skip(&j);
        else
            attest_json_hex(&j, sig, sizeof sig);
    }
    if (attest_json_ok(&j) && (seen != 3 || got.len == 0 || got.p[0] != '{'))
        attest_json_fail(&j, "object or signature is missing");
    TRY(attest_json_end(&j, member, e));
    *text = got;
    memcpy(signature, sig, sizeof sig);
    return ERR_OK;
}

static bool contains(struct bytes text, struct bytes part)
{
    for (size_t i = 0; i + part.len <= text.len; i++) {
        if (memcmp(text.p + i, part.p, part.len) == 0)
            return true;
    }
    return false;
}

enum err_code fetch_chain_read(struct bytes *pem, struct arena *a, struct bytes header, struct err *e)
{
    struct writer w = writer_in(a, FETCH_CHAIN_MAX);
    /* Form encoders write blanks as "+"; then a plus of base64 is %2B. Others leave it as it is. */
    bool plus_is_blank = contains(header, BYTES_LIT("BEGIN+CERTIFICATE"));

    for (size_t i = 0; i < header.len; i++) {
        uint8_t c = header.p[i];
        if (c == '%') {
            if (i + 2 >= header.len || !hex_decode_into(&c, 1, bytes_of(header.p + i + 1, 2)))
                return FAIL(e, ERR_MALFORMED, "issuer chain: not URL-encoded");
            i += 2;
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        if (c != '\n' && c != '\r' && (c < ' ' || c > '~'))
            return FAIL(e, ERR_MALFORMED, "issuer chain: not PEM text");
        put_u8(&w, c);
    }
    if (!writer_ok(&w))
        return FAIL(e, ERR_LIMIT, "issuer chain: longer than %d bytes", FETCH_CHAIN_MAX);
    if (!contains(writer_bytes(&w), BYTES_LIT("-----BEGIN CERTIFICATE-----")))
        return FAIL(e, ERR_MALFORMED, "issuer chain: no certificate in it");
    *pem = writer_bytes(&w);
    return ERR_OK;
}

static bool blank(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static struct bytes trimmed(struct bytes b)
{
    while (b.len > 0 && (blank(b.p[b.len - 1]) || b.p[b.len - 1] == 0))
        b.len--;
    while (b.len > 0 && blank(b.p[0]))
        b = bytes_from(b, 1);
    return b;
}

/* What is between the marks, without line ends. */
static bool pem_body(struct bytes *out, struct arena *a, struct bytes text)
{
    static const struct bytes begin = {(const uint8_t *)"-----BEGIN X509 CRL-----", 24};
    static const struct bytes end = {(const uint8_t *)"-----END X509 CRL-----", 22};
    struct writer w = writer_in(a, text.len);

    text = trimmed(text);
    if (!bytes_starts_with(text, begin) || text.len < begin.len + end.len ||
        memcmp(text.p + text.len - end.len, end.p, end.len) != 0)
        return false;
    for (size_t i = begin.len; i < text.len - end.len; i++) {
        if (!blank(text.p[i]))
            put_u8(&w, text.p[i]);
    }
    *out = writer_bytes(&w);
    return writer_ok(&w);
}

enum err_code fetch_crl_read(struct bytes *der, struct arena *a, struct bytes body, struct err *e)
{
    struct bytes got = body, text;

    if (body.len > FETCH_CRL_MAX * 2)
        return FAIL(e, ERR_LIMIT, "revocation list: %zu bytes are too many", body.len);
    if (bytes_starts_with(trimmed(body), BYTES_LIT("-----BEGIN"))) {
        if (!pem_body(&text, a, body) || base64_decode(a, &got, text, e) != ERR_OK)
            return FAIL(e, ERR_MALFORMED, "revocation list: not PEM");
    } else if (body.len < 2 || body.p[0] != DER_SEQUENCE || body.p[1] < 0x80) {
        if (hex_decode(a, &got, trimmed(body), e) != ERR_OK)
            return FAIL(e, ERR_MALFORMED, "revocation list: neither DER nor hex nor PEM");
    }
    struct reader r = reader_of(got);
    struct bytes whole = der_take_whole(&r, DER_SEQUENCE, NULL);
    if (!reader_ok(&r) || !bytes_all_zero(bytes_of(r.p, r.left)) || whole.len > FETCH_CRL_MAX)
        return FAIL(e, ERR_MALFORMED, "revocation list: not one DER object");
    *der = arena_dup(a, whole);
    return ERR_OK;
}

enum err_code fetch_intermediate_read(struct bytes *der, struct arena *a, struct bytes pem, struct err *e)
{
    if (pem.len > CHAIN_TEXT_MAX)
        return FAIL(e, ERR_MALFORMED, "certificate chain: %zu bytes are too many", pem.len);
    size_t room = chain_der_len(pem);
    struct writer w = writer_fixed(arena_alloc(a, room), room);
    struct chain *ch = arena_new(a, struct chain);

    if (chain_read(ch, &w, pem, e) != ERR_OK)
        return err_wrap(e, "certificate chain");
    for (uint32_t i = 0; i < ch->count; i++) {
        if (!x509_self_issued(&ch->cert[i])) {
            *der = ch->cert[i].whole;
            return ERR_OK;
        }
    }
    return FAIL(e, ERR_MALFORMED, "certificate chain: nothing but a root in it");
}

uint32_t fetch_retry_after(const char *header_opt)
{
    uint32_t seconds = 0;

    if (header_opt == NULL || *header_opt == 0)
        return 0;
    for (const char *p = header_opt; *p != 0; p++) {
        if (*p < '0' || *p > '9')
            return 0;
        seconds = seconds * 10 + (uint32_t)(*p - '0');
        if (seconds > FETCH_RETRY_AFTER_MAX_S)
            return FETCH_RETRY_AFTER_MAX_S;
    }
    return seconds;
}
