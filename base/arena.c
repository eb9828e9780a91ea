#include "base/arena.h"
#include "base/fmt.h"

/* Chunks double; with their headers they stay just below powers of two, to which a WASM host's allocator
 * rounds up. */
enum { CHUNK_MIN = 64 * 1024 - 64, ALIGN = 16 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t cap; /* bytes after this header */
    _Alignas(16) uint8_t data[];
};

void arena_init(struct arena *a, const struct arena_source *source, size_t limit)
{
    *a = (struct arena){.source = source, .limit = limit};
}

void arena_fini(struct arena *a)
{
    struct arena_chunk *c = a->first;
    while (c != NULL) {
        struct arena_chunk *next = c->next;
        if (a->source->give_back != NULL)
            a->source->give_back(c, sizeof *c + c->cap);
        c = next;
    }
    *a = (struct arena){.source = a->source, .limit = a->limit};
}

void arena_reset(struct arena *a)
{
    a->at = a->first;
    a->used = 0;
}

static void arena_grow(struct arena *a, size_t need)
{
    struct arena_chunk *next = a->at == NULL ? a->first : a->at->next;
    if (next != NULL && next->cap >= need) { /* a chunk kept by reset or rewind */
        a->at = next;
        a->used = 0;
        return;
    }
    size_t cap = a->total < CHUNK_MIN ? CHUNK_MIN : a->total; /* doubling */
    if (cap < need)
        cap = need;
    if (cap > a->limit - a->total)
        cap = a->limit - a->total;
    ASSERT(cap >= need); /* the arena's limit */
    struct arena_chunk *c = a->source->more(sizeof *c + cap);
    ASSERT(c != NULL); /* out of memory */
    c->cap = cap;
    c->next = next;
    if (a->at == NULL)
        a->first = c;
    else
        a->at->next = c;
    a->at = c;
    a->used = 0;
    a->total += cap;
}

void *arena_alloc(struct arena *a, size_t len)
{
    ASSERT(len <= SIZE_MAX / 2);
    size_t need = (len + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (need == 0)
        need = ALIGN;
    if (a->at == NULL || a->at->cap - a->used < need)
        arena_grow(a, need);
    void *p = a->at->data + a->used;
    a->used += need;
    memset(p, 0, need);
    return p;
}

void *arena_alloc_n(struct arena *a, size_t count, size_t each)
{
    size_t len;
    ASSERT(!__builtin_mul_overflow(count, each, &len));
    return arena_alloc(a, len);
}

struct bytes arena_dup(struct arena *a, struct bytes b)
{
    if (b.len == 0)
        return BYTES_EMPTY;
    uint8_t *p = arena_alloc(a, b.len);
    memcpy(p, b.p, b.len);
    return bytes_of(p, b.len);
}

char *arena_str(struct arena *a, struct bytes b)
{
    char *p = arena_alloc(a, b.len + 1);
    if (b.len > 0)
        memcpy(p, b.p, b.len);
    return p;
}

char *arena_fmt(struct arena *a, const char *fmt, ...)
{
    char text[1024];
    va_list args;

    va_start(args, fmt);
    size_t n = fmt_into_v(text, sizeof text, fmt, args);
    va_end(args);
    return arena_str(a, bytes_of(text, n));
}

struct arena_mark arena_mark(const struct arena *a)
{
    return (struct arena_mark){a->at, a->used};
}

void arena_rewind(struct arena *a, struct arena_mark m)
{
    a->at = m.at;
    a->used = m.used;
}
