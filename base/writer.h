/* base/writer.h — builds byte strings in fixed memory, in an arena up to a maximum, or counts without memory.
 *
 * Overflow sticks: later puts do nothing and writer_ok is false. Integers are little-endian unless said. */
#ifndef BASE_WRITER_H
#define BASE_WRITER_H

#include "base/arena.h"
#include "base/bytes.h"

struct writer {
    uint8_t *p;          /* NULL in counting mode */
    size_t len;          /* bytes written or counted */
    size_t cap;          /* room in p */
    size_t max;          /* bound on len */
    struct arena *arena; /* grows from here when set */
    bool overflow;
};

struct writer writer_fixed(void *p, size_t cap);
struct writer writer_in(struct arena *a, size_t max); /* grows; the result lives as long as the arena */
struct writer writer_counting(void);

static inline bool writer_ok(const struct writer *w)
{
    return !w->overflow;
}
/* What was written; valid until the next put (growing writers move). Empty after overflow. */
struct bytes writer_bytes(const struct writer *w);

void put_u8(struct writer *w, uint8_t v);
void put_u16(struct writer *w, uint16_t v);
void put_u32(struct writer *w, uint32_t v);
void put_u64(struct writer *w, uint64_t v);
void put_u128(struct writer *w, u128 v);
void put_u16be(struct writer *w, uint16_t v);
void put_u32be(struct writer *w, uint32_t v);
void put_bool(struct writer *w, bool v);
void put_bytes(struct writer *w, struct bytes b);
void put_mem(struct writer *w, const void *p, size_t len);
void put_text(struct writer *w, const char *s);                         /* without its zero */
void put_fmt(struct writer *w, const char *fmt, ...) PRINTF_LIKE(2, 3); /* at most 1023 bytes a call */
void put_hex(struct writer *w, struct bytes b);                         /* lower case, no prefix */

/* Reserves room to fill later; returns its position. put_fill overwrites what was put at `at`. */
size_t put_reserve(struct writer *w, size_t len);
void put_fill(struct writer *w, size_t at, const void *p, size_t len);

#endif /* BASE_WRITER_H */
