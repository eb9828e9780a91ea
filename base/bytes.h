/* base/bytes.h — borrowed byte strings and fixed-size identifiers.
 *
 * A `struct bytes` never owns: whoever hands one out says until when it stays valid. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include "base/base.h"

struct bytes {
    const uint8_t *p; /* may be NULL only when len is 0 */
    size_t len;
};

struct bytes_list {
    const struct bytes *v;
    size_t count;
};

struct hash32 {
    uint8_t b[32];
};

struct account_id {
    uint8_t b[32];
};

#define BYTES_EMPTY ((struct bytes){NULL, 0})
/* A view of a string literal without its terminating zero. */
#define BYTES_LIT(s) ((struct bytes){(const uint8_t *)("" s), sizeof(s) - 1})
/* A view of any object's memory. Only for types without padding. */
#define BYTES_OF(obj) ((struct bytes){(const uint8_t *)&(obj), sizeof(obj)})

static inline struct bytes bytes_of(const void *p, size_t len)
{
    return (struct bytes){(const uint8_t *)p, len};
}

static inline struct bytes bytes_of_str(const char *s)
{
    return (struct bytes){(const uint8_t *)s, strlen(s)};
}

/* The part of `b` from `at`; empty when `at` is past its end. */
static inline struct bytes bytes_from(struct bytes b, size_t at)
{
    return at >= b.len ? BYTES_EMPTY : (struct bytes){b.p + at, b.len - at};
}

static inline bool bytes_eq(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

/* Lexicographic order by unsigned bytes, shorter first; <0, 0, >0. */
static inline int bytes_cmp(struct bytes a, struct bytes b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n == 0 ? 0 : memcmp(a.p, b.p, n);
    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

static inline bool bytes_starts_with(struct bytes b, struct bytes prefix)
{
    return b.len >= prefix.len && (prefix.len == 0 || memcmp(b.p, prefix.p, prefix.len) == 0);
}

/* True for no bytes. Not in constant time. */
static inline bool bytes_all_zero(struct bytes b)
{
    uint8_t any = 0;
    for (size_t i = 0; i < b.len; i++)
        any = (uint8_t)(any | b.p[i]);
    return any == 0;
}

static inline bool hash32_eq(const struct hash32 *a, const struct hash32 *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

static inline bool account_id_eq(const struct account_id *a, const struct account_id *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

static inline uint16_t load_u16le(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t load_u32le(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t load_u64le(const uint8_t *p)
{
    return (uint64_t)load_u32le(p) | (uint64_t)load_u32le(p + 4) << 32;
}

static inline void store_u32le(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static inline void store_u64le(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

#endif /* BASE_BYTES_H */
