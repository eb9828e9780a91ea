#include "attest/pem.h"

static const struct bytes begin_mark = {(const uint8_t *)"-----BEGIN CERTIFICATE-----", 27};
static const struct bytes end_mark = {(const uint8_t *)"-----END CERTIFICATE-----", 25};

/* The rest of `text` behind the mark; false when there is none. *before gets what precedes it. */
static bool find(struct bytes text, struct bytes mark, struct bytes *before, struct bytes *after)
{
    for (size_t i = 0; i + mark.len <= text.len; i++) {
        if (memcmp(text.p + i, mark.p, mark.len) == 0) {
            *before = bytes_of(text.p, i);
            *after = bytes_from(text, i + mark.len);
            return true;
        }
    }
    return false;
}

static int digit(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Base64 with line ends in between, padded; unused bits must be zero. */
static bool decode(struct bytes body, struct writer *w)
{
    uint32_t group = 0, count = 0, pads = 0;

    for (size_t i = 0; i < body.len; i++) {
        uint8_t c = body.p[i];
        if (c == '\n' || c == '\r')
            continue;
        int d = c == '=' ? 0 : digit(c);
        if (d < 0 || (pads > 0 && c != '='))
            return false;
        pads += c == '=' ? 1 : 0;
        group = group << 6 | (uint32_t)d;
        if (++count % 4 != 0)
            continue;
        if (pads > 2 || (group & ((1u << (8 * pads)) - 1)) != 0)
            return false;
        for (uint32_t k = 0; k < 3 - pads; k++)
            put_u8(w, (uint8_t)(group >> (16 - 8 * k)));
        group = 0;
    }
    return count % 4 == 0 && count > 0 && writer_ok(w);
}

enum pem_result pem_next(struct bytes *text, struct writer *w, struct bytes *der)
{
    struct bytes before, body, rest;

    if (!find(*text, begin_mark, &before, &rest)) {
        *text = BYTES_EMPTY;
        return PEM_END;
    }
    size_t from = w->len;
    if (!find(rest, end_mark, &body, &rest) || !decode(body, w))
        return PEM_BAD;
    *der = bytes_of(w->p + from, w->len - from);
    *text = rest;
    return PEM_BLOCK;
}
