#include "base/hex.h"

static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void hex_encode(char *out, struct bytes in)
{
    for (size_t i = 0; i < in.len; i++) {
        out[2 * i] = hex_digits[in.p[i] >> 4];
        out[2 * i + 1] = hex_digits[in.p[i] & 15];
    }
    out[2 * in.len] = '\0';
}

char *hex0x(struct arena *a, struct bytes in)
{
    char *s = arena_alloc(a, 2 * in.len + 3);
    s[0] = '0';
    s[1] = 'x';
    hex_encode(s + 2, in);
    return s;
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static struct bytes hex_body(struct bytes text)
{
    bool prefixed = text.len >= 2 && text.p[0] == '0' && (text.p[1] == 'x' || text.p[1] == 'X');
    return prefixed ? bytes_from(text, 2) : text;
}

static bool hex_fill(uint8_t *out, struct bytes body)
{
    for (size_t i = 0; i + 1 < body.len; i += 2) {
        int hi = hex_value(body.p[i]), lo = hex_value(body.p[i + 1]);
        if (hi < 0 || lo < 0)
            return false;
        out[i / 2] = (uint8_t)(hi << 4 | lo);
    }
    return true;
}

enum err_code hex_decode(struct arena *a, struct bytes *out, struct bytes text, struct err *e)
{
    struct bytes body = hex_body(text);

    if (body.len % 2 != 0)
        return FAIL(e, ERR_MALFORMED, "hex text has an odd number of digits (%zu)", body.len);
    if (body.len == 0) {
        *out = BYTES_EMPTY;
        return ERR_OK;
    }
    uint8_t *p = arena_alloc(a, body.len / 2);
    if (!hex_fill(p, body))
        return FAIL(e, ERR_MALFORMED, "not hex text");
    *out = bytes_of(p, body.len / 2);
    return ERR_OK;
}

bool hex_decode_into(uint8_t *out, size_t len, struct bytes text)
{
    struct bytes body = hex_body(text);
    return body.len == 2 * len && hex_fill(out, body);
}

char *base64_encode(struct arena *a, struct bytes in)
{
    char *s = arena_alloc(a, (in.len + 2) / 3 * 4 + 1), *at = s;
    for (size_t i = 0; i < in.len; i += 3) {
        size_t n = in.len - i < 3 ? in.len - i : 3;
        uint32_t v = (uint32_t)in.p[i] << 16;
        v |= n > 1 ? (uint32_t)in.p[i + 1] << 8 : 0;
        v |= n > 2 ? in.p[i + 2] : 0;
        *at++ = base64_digits[v >> 18];
        *at++ = base64_digits[v >> 12 & 63];
        *at++ = n > 1 ? base64_digits[v >> 6 & 63] : '=';
        *at++ = n > 2 ? base64_digits[v & 63] : '=';
    }
    return s;
}

static int base64_value(uint8_t c)
{
    for (int i = 0; i < 64; i++)
        if (base64_digits[i] == (char)c)
            return i;
    return -1;
}

enum err_code base64_decode(struct arena *a, struct bytes *out, struct bytes text, struct err *e)
{
    size_t pad = 0;

    if (text.len % 4 != 0)
        return FAIL(e, ERR_MALFORMED, "base64 text of %zu characters, not a multiple of 4", text.len);
    while (pad < 2 && pad < text.len && text.p[text.len - 1 - pad] == '=')
        pad++;
    uint8_t *p = arena_alloc(a, text.len / 4 * 3);
    size_t n = 0;
    for (size_t i = 0; i < text.len; i += 4) {
        uint32_t v = 0;
        for (size_t j = 0; j < 4; j++) {
            bool padding = i + j >= text.len - pad;
            int d = padding ? 0 : base64_value(text.p[i + j]);
            if (d < 0)
                return FAIL(e, ERR_MALFORMED, "not base64 text at character %zu", i + j);
            v = v << 6 | (uint32_t)d;
        }
        p[n++] = (uint8_t)(v >> 16);
        p[n++] = (uint8_t)(v >> 8);
        p[n++] = (uint8_t)v;
    }
    n -= pad;
    for (size_t i = 0; i < pad; i++) /* the bits behind the padding must be zero */
        if (p[n + i] != 0)
            return FAIL(e, ERR_MALFORMED, "base64 text is not in its shortest form");
    *out = bytes_of(p, n);
    return ERR_OK;
}
