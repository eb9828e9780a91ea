/* base/reader.h — the only way into bytes from outside.
 *
 * The first failure sticks: later takes return zeros and empty views, and reader_end reports it, or the bytes
 * left over. Views returned by takes are valid as long as the input is. Integers are little-endian unless
 * said. One take per statement: C does not order initialisers or arguments. */
#ifndef BASE_READER_H
#define BASE_READER_H

#include "base/bytes.h"
#include "base/err.h"

struct reader {
    const uint8_t *p;
    size_t left;
    const char *failed; /* why, or NULL while all is well; a string literal */
    size_t taken;       /* bytes consumed so far, for messages */
};

struct reader reader_of(struct bytes in);

/* Records the first reason; later ones are ignored. */
void reader_fail(struct reader *r, const char *why);
static inline bool reader_ok(const struct reader *r)
{
    return r->failed == NULL;
}

uint8_t take_u8(struct reader *r);
uint16_t take_u16(struct reader *r);
uint32_t take_u32(struct reader *r);
uint64_t take_u64(struct reader *r);
u128 take_u128(struct reader *r);
uint16_t take_u16be(struct reader *r);
uint32_t take_u32be(struct reader *r);
bool take_bool(struct reader *r); /* 0 or 1, anything else fails */
struct bytes take_bytes(struct reader *r, size_t len);
void take_into(struct reader *r, uint8_t *out, size_t len); /* zeros on failure */
struct hash32 take_hash(struct reader *r);
struct account_id take_account(struct reader *r);

/* Reports the sticky failure as "what: why at byte n", or bytes left over. ERR_MALFORMED. */
FALLIBLE reader_end(const struct reader *r, const char *what, struct err *e);
/* The same without demanding that all bytes were used. */
FALLIBLE reader_check(const struct reader *r, const char *what, struct err *e);

#endif /* BASE_READER_H */
