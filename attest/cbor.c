#include "attest/cbor.h"

static uint64_t take_argument(struct reader *r, unsigned info)
{
    uint64_t v = info, least = 0;

    if (info < 24)
        return v;
    if (info > 27) {
        reader_fail(r, "indefinite or reserved CBOR length");
        return 0;
    }
    v = 0;
    for (unsigned i = 0; i < 1u << (info - 24); i++)
        v = v << 8 | take_u8(r);
    least = info == 24 ? 24 : 1ull << (8u << (info - 25));
    if (reader_ok(r) && v < least)
        reader_fail(r, "CBOR head is not in its shortest form");
    return v;
}

static unsigned take_any_head(struct reader *r, uint64_t *argument)
{
    uint8_t first = take_u8(r);
    *argument = take_argument(r, first & 0x1fu);
    return first >> 5;
}

uint64_t cbor_take_head(struct reader *r, enum cbor_major major)
{
    uint64_t argument = 0;
    unsigned got = take_any_head(r, &argument);

    if (reader_ok(r) && got != (unsigned)major)
        reader_fail(r, "another CBOR type was expected");
    return reader_ok(r) ? argument : 0;
}

static struct bytes take_content(struct reader *r, uint64_t len)
{
    if (len > r->left) {
        reader_fail(r, "input ends early");
        return BYTES_EMPTY;
    }
    return take_bytes(r, (size_t)len);
}

struct bytes cbor_take_string(struct reader *r, enum cbor_major major)
{
    uint64_t len = cbor_take_head(r, major);
    return take_content(r, len);
}

static void skip_at(struct reader *r, int depth)
{
    uint64_t argument = 0, items = 0;
    unsigned major = take_any_head(r, &argument);

    if (!reader_ok(r))
        return;
    switch ((enum cbor_major)major) {
    case CBOR_UINT:
    case CBOR_NEGATIVE:
        return;
    case CBOR_BYTES:
    case CBOR_TEXT:
        (void)take_content(r, argument);
        return;
    case CBOR_ARRAY:
    case CBOR_MAP:
        items = argument;
        break;
    case CBOR_TAG:
        items = 1;
        break;
    case CBOR_SIMPLE:
        if (argument < 20 || argument > 22)
            reader_fail(r, "unexpected CBOR simple value");
        return;
    }
    if (depth == CBOR_DEPTH_MAX || items > r->left) {
        reader_fail(r, "CBOR nests too deep or ends early");
        return;
    }
    for (uint64_t i = 0; reader_ok(r) && i < items * (major == CBOR_MAP ? 2 : 1); i++)
        skip_at(r, depth + 1);
}

void cbor_skip(struct reader *r)
{
    skip_at(r, 1);
}

void cbor_put_head(struct writer *w, enum cbor_major major, uint64_t argument)
{
    unsigned info = argument < 24            ? 0
                    : argument <= UINT8_MAX  ? 1
                    : argument <= UINT16_MAX ? 2
                    : argument <= UINT32_MAX ? 4
                                             : 8;
    unsigned tail = info == 0 ? (unsigned)argument : info == 1 ? 24 : info == 2 ? 25 : info == 4 ? 26 : 27;

    put_u8(w, (uint8_t)((unsigned)major << 5 | tail));
    for (unsigned i = info; i > 0; i--)
        put_u8(w, (uint8_t)(argument >> (8 * (i - 1))));
}

void cbor_put_string(struct writer *w, enum cbor_major major, struct bytes content)
{
    cbor_put_head(w, major, content.len);
    put_bytes(w, content);
}
