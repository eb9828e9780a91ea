#include "codec/scale.h"

enum { MODE_ONE = 0, MODE_TWO = 1, MODE_FOUR = 2, MODE_BIG = 3 };

/* Each mode holds only what no shorter mode can, and the big mode has no zero top byte. */
static u128 take_compact_big(struct reader *r, uint8_t first, size_t width)
{
    size_t len = (size_t)(first >> 2) + 4;
    if (len > width) {
        reader_fail(r, "compact integer is too wide");
        return 0;
    }
    struct bytes b = take_bytes(r, len);
    u128 v = 0;
    for (size_t i = b.len; i > 0; i--)
        v = v << 8 | b.p[i - 1];
    if (b.len == 0)
        return 0;
    bool minimal = len == 4 ? v >> 30 != 0 : b.p[len - 1] != 0;
    if (!minimal) {
        reader_fail(r, "compact integer is not in its shortest form");
        return 0;
    }
    return v;
}

/* `width` is the target's size in bytes. */
static u128 take_compact(struct reader *r, size_t width)
{
    uint8_t first = take_u8(r);
    u128 v = 0;
    u128 over = 0; /* the largest value of the next shorter mode */

    switch (first & 3) {
    case MODE_ONE:
        return first >> 2;
    case MODE_TWO:
        v = ((u128)take_u8(r) << 8 | first) >> 2;
        over = 63;
        break;
    case MODE_FOUR:
        v = (u128)take_u8(r) << 8;
        v |= (u128)take_u16(r) << 16;
        v = (v | first) >> 2;
        over = 16383;
        break;
    default:
        return take_compact_big(r, first, width);
    }
    if (!reader_ok(r))
        return 0;
    if (v <= over) {
        reader_fail(r, "compact integer is not in its shortest form");
        return 0;
    }
    if (width < 4 && v >> (8 * width) != 0) {
        reader_fail(r, "compact integer is too wide");
        return 0;
    }
    return v;
}

uint8_t take_compact_u8(struct reader *r)
{
    return (uint8_t)take_compact(r, sizeof(uint8_t));
}

uint16_t take_compact_u16(struct reader *r)
{
    return (uint16_t)take_compact(r, sizeof(uint16_t));
}

uint32_t take_compact_u32(struct reader *r)
{
    return (uint32_t)take_compact(r, sizeof(uint32_t));
}

uint64_t take_compact_u64(struct reader *r)
{
    return (uint64_t)take_compact(r, sizeof(uint64_t));
}

u128 take_compact_u128(struct reader *r)
{
    return take_compact(r, sizeof(u128));
}

uint32_t take_count(struct reader *r, size_t min_each, uint32_t max)
{
    uint32_t count = take_compact_u32(r);
    if (count > max) {
        reader_fail(r, "count is over its bound");
        return 0;
    }
    if (min_each > 0 && count > r->left / min_each) {
        reader_fail(r, "count is more than the input holds");
        return 0;
    }
    return count;
}

struct bytes take_compact_bytes(struct reader *r, uint32_t max)
{
    return take_bytes(r, take_count(r, 1, max));
}

size_t compact_len(u128 v)
{
    if (v < 64)
        return 1;
    if (v < 16384)
        return 2;
    if (v >> 30 == 0)
        return 4;
    size_t len = 4;
    while (len < sizeof v && v >> (8 * len) != 0)
        len++;
    return 1 + len;
}

void put_compact(struct writer *w, u128 v)
{
    uint8_t b[COMPACT_LEN_MAX];
    size_t len = compact_len(v);
    size_t at = 0;

    if (len == 1) {
        v <<= 2;
    } else if (len == 2) {
        v = v << 2 | MODE_TWO;
    } else if (v >> 30 == 0) {
        v = v << 2 | MODE_FOUR;
    } else {
        b[at++] = (uint8_t)((len - 5) << 2 | MODE_BIG);
    }
    for (; at < len; at++, v >>= 8)
        b[at] = (uint8_t)v;
    put_mem(w, b, len);
}

void put_compact_bytes(struct writer *w, struct bytes b)
{
    if ((uint64_t)b.len > UINT32_MAX) {
        w->overflow = true;
        return;
    }
    put_compact(w, b.len);
    put_bytes(w, b);
}

/* Unicode 15, table 3-7. */
size_t utf8_sequence_len(struct bytes b, size_t from)
{
    const uint8_t *p = b.p + from;
    size_t left = b.len - from;
    uint8_t low = 0x80, high = 0xbf;
    size_t len = 0;

    if (p[0] < 0x80)
        return 1;
    if (p[0] >= 0xc2 && p[0] <= 0xdf)
        len = 2;
    else if (p[0] >= 0xe0 && p[0] <= 0xef)
        len = 3;
    else if (p[0] >= 0xf0 && p[0] <= 0xf4)
        len = 4;
    if (len == 0 || len > left)
        return 0;
    if (p[0] == 0xe0)
        low = 0xa0; /* shorter forms exist below */
    else if (p[0] == 0xed)
        high = 0x9f; /* surrogates above */
    else if (p[0] == 0xf0)
        low = 0x90;
    else if (p[0] == 0xf4)
        high = 0x8f; /* over U+10FFFF above */
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    return len;
}

bool utf8_valid(struct bytes b)
{
    for (size_t at = 0; at < b.len;) {
        size_t len = utf8_sequence_len(b, at);
        if (len == 0)
            return false;
        at += len;
    }
    return true;
}
