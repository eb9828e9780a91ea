#include "base/writer.h"
#include "base/fmt.h"

enum { GROW_MIN = 256 };

struct writer writer_fixed(void *p, size_t cap)
{
    return (struct writer){.p = p, .cap = cap, .max = cap};
}

struct writer writer_in(struct arena *a, size_t max)
{
    return (struct writer){.arena = a, .max = max};
}

struct writer writer_counting(void)
{
    return (struct writer){.max = SIZE_MAX};
}

struct bytes writer_bytes(const struct writer *w)
{
    return w->overflow || w->len == 0 ? BYTES_EMPTY : bytes_of(w->p, w->len);
}

/* Makes room for len more bytes and moves past them; NULL when counting or overflown. */
static uint8_t *writer_step(struct writer *w, size_t len)
{
    if (w->overflow || len > w->max - w->len) {
        w->overflow = true;
        return NULL;
    }
    size_t end = w->len + len;
    if (w->arena != NULL && end > w->cap) {
        size_t cap = w->cap < GROW_MIN ? GROW_MIN : w->cap * 2;
        if (cap < end)
            cap = end;
        uint8_t *p = arena_alloc(w->arena, cap);
        if (w->len > 0)
            memcpy(p, w->p, w->len);
        w->p = p;
        w->cap = cap;
    }
    uint8_t *at = w->p == NULL ? NULL : w->p + w->len;
    w->len = end;
    return at;
}

void put_mem(struct writer *w, const void *p, size_t len)
{
    uint8_t *at = writer_step(w, len);
    if (at != NULL && len > 0)
        memcpy(at, p, len);
}

void put_bytes(struct writer *w, struct bytes b)
{
    put_mem(w, b.p, b.len);
}

void put_u8(struct writer *w, uint8_t v)
{
    put_mem(w, &v, 1);
}

static void put_le(struct writer *w, u128 v, size_t len)
{
    uint8_t b[16];
    for (size_t i = 0; i < len; i++, v >>= 8)
        b[i] = (uint8_t)v;
    put_mem(w, b, len);
}

void put_u16(struct writer *w, uint16_t v)
{
    put_le(w, v, 2);
}

void put_u32(struct writer *w, uint32_t v)
{
    put_le(w, v, 4);
}

void put_u64(struct writer *w, uint64_t v)
{
    put_le(w, v, 8);
}

void put_u128(struct writer *w, u128 v)
{
    put_le(w, v, 16);
}

void put_u16be(struct writer *w, uint16_t v)
{
    put_u16(w, __builtin_bswap16(v));
}

void put_u32be(struct writer *w, uint32_t v)
{
    put_u32(w, __builtin_bswap32(v));
}

void put_bool(struct writer *w, bool v)
{
    put_u8(w, v ? 1 : 0);
}

void put_text(struct writer *w, const char *s)
{
    put_mem(w, s, strlen(s));
}

void put_fmt(struct writer *w, const char *fmt, ...)
{
    char text[1024];
    va_list args;

    va_start(args, fmt);
    size_t n = fmt_into_v(text, sizeof text, fmt, args);
    va_end(args);
    put_mem(w, text, n);
}

void put_hex(struct writer *w, struct bytes b)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < b.len; i++) {
        char two[2] = {digits[b.p[i] >> 4], digits[b.p[i] & 15]};
        put_mem(w, two, 2);
    }
}

size_t put_reserve(struct writer *w, size_t len)
{
    size_t at = w->len;
    uint8_t *p = writer_step(w, len);
    if (p != NULL)
        memset(p, 0, len);
    return at;
}

void put_fill(struct writer *w, size_t at, const void *p, size_t len)
{
    if (w->overflow || w->p == NULL)
        return;
    ASSERT(at <= w->len && len <= w->len - at);
    memcpy(w->p + at, p, len);
}
