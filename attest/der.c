#include "attest/der.h"
#include "attest/date.h"

uint8_t der_peek(const struct reader *r)
{
    return r->left == 0 ? 0 : r->p[0];
}

static size_t take_length(struct reader *r)
{
    size_t first = take_u8(r), len = 0;

    if (first < 0x80)
        return first;
    size_t count = first - 0x80;
    if (count == 0 || count > 3) {
        reader_fail(r, "indefinite or oversized length");
        return 0;
    }
    for (size_t i = 0; i < count; i++)
        len = len << 8 | take_u8(r);
    if (len < 0x80 || len >> (8 * (count - 1)) == 0)
        reader_fail(r, "length is not in its shortest form");
    return len;
}

struct bytes der_take_whole(struct reader *r, uint8_t tag, struct bytes *content_opt)
{
    const uint8_t *start = r->p;
    size_t before = r->taken;

    if (der_peek(r) != tag) {
        reader_fail(r, "another DER tag was expected");
        return BYTES_EMPTY;
    }
    (void)take_u8(r);
    size_t len = take_length(r);
    struct bytes content = take_bytes(r, len);
    if (!reader_ok(r))
        return BYTES_EMPTY;
    if (content_opt != NULL)
        *content_opt = content;
    return bytes_of(start, r->taken - before);
}

struct bytes der_take(struct reader *r, uint8_t tag)
{
    struct bytes content = BYTES_EMPTY;
    (void)der_take_whole(r, tag, &content);
    return content;
}

struct reader der_enter(struct reader *r, uint8_t tag)
{
    struct reader inner = reader_of(der_take(r, tag));
    if (!reader_ok(r))
        reader_fail(&inner, r->failed);
    return inner;
}

void der_leave(struct reader *outer, const struct reader *inner)
{
    if (!reader_ok(inner))
        reader_fail(outer, inner->failed);
    else if (inner->left > 0)
        reader_fail(outer, "element has bytes left over");
}

bool der_take_bool(struct reader *r)
{
    struct bytes c = der_take(r, DER_BOOLEAN);
    if (!reader_ok(r))
        return false;
    if (c.len != 1 || (c.p[0] != 0 && c.p[0] != 0xff)) {
        reader_fail(r, "boolean is neither 00 nor ff");
        return false;
    }
    return c.p[0] != 0;
}

/* The magnitude of a non-negative INTEGER, without its sign byte. */
static struct bytes take_magnitude(struct reader *r, uint8_t tag)
{
    struct bytes c = der_take(r, tag);
    if (!reader_ok(r))
        return BYTES_EMPTY;
    if (c.len == 0 || c.p[0] >= 0x80 || (c.len > 1 && c.p[0] == 0 && c.p[1] < 0x80)) {
        reader_fail(r, "integer is negative or not in its shortest form");
        return BYTES_EMPTY;
    }
    return c.p[0] == 0 ? bytes_from(c, 1) : c;
}

uint64_t der_take_uint(struct reader *r, uint8_t tag, uint64_t max)
{
    struct bytes m = take_magnitude(r, tag);
    uint64_t v = 0;

    if (m.len > 8) {
        reader_fail(r, "integer is too large");
        return 0;
    }
    for (size_t i = 0; i < m.len; i++)
        v = v << 8 | m.p[i];
    if (v > max) {
        reader_fail(r, "integer is too large");
        return 0;
    }
    return v;
}

void der_take_big(struct reader *r, uint8_t *out, size_t len)
{
    struct bytes m = take_magnitude(r, DER_INTEGER);

    memset(out, 0, len);
    if (!reader_ok(r))
        return;
    if (m.len == 0 || m.len > len) {
        reader_fail(r, "integer is zero or too large");
        return;
    }
    memcpy(out + (len - m.len), m.p, m.len);
}

struct bytes der_take_bits(struct reader *r)
{
    struct bytes c = der_take(r, DER_BIT_STRING);
    if (!reader_ok(r))
        return BYTES_EMPTY;
    if (c.len == 0 || c.p[0] != 0) {
        reader_fail(r, "bit string is not made of whole bytes");
        return BYTES_EMPTY;
    }
    return bytes_from(c, 1);
}

uint64_t der_take_time(struct reader *r)
{
    bool utc = der_peek(r) == DER_UTC_TIME;
    struct reader t = der_enter(r, utc ? DER_UTC_TIME : DER_GENERALIZED_TIME);
    struct date d;
    unsigned century = utc ? 0 : take_two_digits(&t, 99);
    unsigned year = take_two_digits(&t, 99);

    d.year = year + (utc ? (year < 50 ? 2000 : 1900) : century * 100); /* RFC 5280 section 4.1.2.5.1 */
    d.month = take_two_digits(&t, 12);
    d.day = take_two_digits(&t, 31);
    d.hour = take_two_digits(&t, 23);
    d.minute = take_two_digits(&t, 59);
    d.second = take_two_digits(&t, 59);
    if (take_u8(&t) != 'Z')
        reader_fail(&t, "date is not in UTC");
    uint64_t seconds = date_seconds(&d, &t);
    der_leave(r, &t);
    return reader_ok(r) ? seconds : 0;
}
