#include "tee/sim_der.h"

enum { DAY = 86400, BIG_MAX = 48 };

struct writer *part_begin(struct part *p)
{
    p->w = writer_fixed(p->mem, sizeof p->mem);
    return &p->w;
}

void part_end(struct writer *w, uint8_t tag, struct part *p)
{
    ASSERT(writer_ok(&p->w));
    put_tlv(w, tag, writer_bytes(&p->w));
}

void put_tlv(struct writer *w, uint8_t tag, struct bytes content)
{
    ASSERT(content.len <= UINT16_MAX);
    put_u8(w, tag);
    if (content.len >= 256) {
        put_u8(w, 0x82);
        put_u16be(w, (uint16_t)content.len);
    } else if (content.len >= 128) {
        put_u8(w, 0x81);
        put_u8(w, (uint8_t)content.len);
    } else {
        put_u8(w, (uint8_t)content.len);
    }
    put_bytes(w, content);
}

void put_uint(struct writer *w, uint8_t tag, uint32_t v)
{
    uint8_t be[5] = {0, (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
    size_t skip = 0;
    while (skip < 4 && be[skip] == 0 && be[skip + 1] < 0x80)
        skip++;
    put_tlv(w, tag, bytes_of(be + skip, sizeof be - skip));
}

void put_big(struct writer *w, struct bytes be)
{
    uint8_t text[BIG_MAX + 1] = {0};
    size_t skip = 0;
    ASSERT(be.len <= BIG_MAX);
    memcpy(text + 1, be.p, be.len);
    while (skip < be.len && text[skip] == 0 && text[skip + 1] < 0x80)
        skip++;
    put_tlv(w, DER_INTEGER, bytes_of(text + skip, be.len + 1 - skip));
}

/* Civil date from days, by Hinnant's algorithm. */
void sim_civil(unsigned out[6], uint64_t seconds)
{
    uint64_t z = seconds / DAY + 719468, era = z / 146097, doe = z % 146097;
    uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    unsigned second = (unsigned)(seconds % DAY);

    out[1] = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
    out[0] = (unsigned)(yoe + era * 400) + (out[1] <= 2 ? 1 : 0);
    out[2] = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
    out[3] = second / 3600;
    out[4] = second / 60 % 60;
    out[5] = second % 60;
}

void put_time(struct writer *w, uint64_t seconds)
{
    struct part text;
    struct writer *t = part_begin(&text);
    unsigned at[6];

    sim_civil(at, seconds);
    bool utc = at[0] < 2050;
    if (utc)
        put_fmt(t, "%02u", at[0] % 100);
    else
        put_fmt(t, "%04u", at[0]);
    put_fmt(t, "%02u%02u%02u%02u%02uZ", at[1], at[2], at[3], at[4], at[5]);
    part_end(w, utc ? DER_UTC_TIME : DER_GENERALIZED_TIME, &text);
}

void put_extension(struct writer *w, struct bytes oid, bool critical, struct bytes value)
{
    static const uint8_t yes = 0xff;
    struct part ext;
    struct writer *x = part_begin(&ext);

    put_tlv(x, DER_OID, oid);
    if (critical)
        put_tlv(x, DER_BOOLEAN, bytes_of(&yes, 1));
    put_tlv(x, DER_OCTET_STRING, value);
    part_end(w, DER_SEQUENCE, &ext);
}
