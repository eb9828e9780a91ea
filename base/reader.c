#include "base/reader.h"

struct reader reader_of(struct bytes in)
{
    return (struct reader){.p = in.p, .left = in.len};
}

void reader_fail(struct reader *r, const char *why)
{
    if (r->failed != NULL)
        return;
    r->failed = why;
    r->left = 0;
}

static const uint8_t *reader_step(struct reader *r, size_t len)
{
    if (len > r->left) {
        reader_fail(r, "input ends early");
        return NULL;
    }
    const uint8_t *p = r->p;
    if (len == 0) /* p may be NULL, which no offset may be added to */
        return p;
    r->p += len;
    r->left -= len;
    r->taken += len;
    return p;
}

static u128 reader_le(struct reader *r, size_t len)
{
    const uint8_t *p = reader_step(r, len);
    u128 v = 0;
    for (size_t i = len; p != NULL && i > 0; i--)
        v = v << 8 | p[i - 1];
    return v;
}

uint8_t take_u8(struct reader *r)
{
    const uint8_t *p = reader_step(r, 1);
    return p == NULL ? 0 : p[0];
}

uint16_t take_u16(struct reader *r)
{
    return (uint16_t)reader_le(r, 2);
}

uint32_t take_u32(struct reader *r)
{
    return (uint32_t)reader_le(r, 4);
}

uint64_t take_u64(struct reader *r)
{
    return (uint64_t)reader_le(r, 8);
}

u128 take_u128(struct reader *r)
{
    return reader_le(r, 16);
}

uint16_t take_u16be(struct reader *r)
{
    return __builtin_bswap16(take_u16(r));
}

uint32_t take_u32be(struct reader *r)
{
    return __builtin_bswap32(take_u32(r));
}

bool take_bool(struct reader *r)
{
    uint8_t v = take_u8(r);
    if (v > 1) {
        reader_fail(r, "boolean is neither 0 nor 1");
        return false;
    }
    return v == 1;
}

struct bytes take_bytes(struct reader *r, size_t len)
{
    const uint8_t *p = reader_step(r, len);
    return p == NULL ? BYTES_EMPTY : bytes_of(p, len);
}

void take_into(struct reader *r, uint8_t *out, size_t len)
{
    const uint8_t *p = reader_step(r, len);
    if (p == NULL)
        memset(out, 0, len);
    else if (len > 0)
        memcpy(out, p, len);
}

struct hash32 take_hash(struct reader *r)
{
    struct hash32 h;
    take_into(r, h.b, sizeof h.b);
    return h;
}

struct account_id take_account(struct reader *r)
{
    struct account_id a;
    take_into(r, a.b, sizeof a.b);
    return a;
}

enum err_code reader_check(const struct reader *r, const char *what, struct err *e)
{
    if (r->failed != NULL)
        return FAIL(e, ERR_MALFORMED, "%s: %s at byte %zu", what, r->failed, r->taken);
    return ERR_OK;
}

enum err_code reader_end(const struct reader *r, const char *what, struct err *e)
{
    TRY(reader_check(r, what, e));
    if (r->left > 0)
        return FAIL(e, ERR_MALFORMED, "%s: %zu bytes left over", what, r->left);
    return ERR_OK;
}
