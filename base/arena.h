/* base/arena.h — memory by lifetime: one arena per block, request or process; freed as a whole.
 *
 * Allocation never returns NULL: running past the arena's limit is a bug (input that can scale a need is
 * checked against its own limit first) and aborts. Memory is zeroed. Alignment is 16. Not thread-safe.
 *
 * An arena grows by chunks taken from a source: the heap natively, the host's allocator in WASM, or nothing
 * (fixed buffer). arena_reset keeps the chunks for the next round. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/bytes.h"

struct arena_chunk;

struct arena_source {
    void *(*more)(size_t len);              /* NULL when there is no memory; 16-byte aligned */
    void (*give_back)(void *p, size_t len); /* may be NULL: memory goes when the instance goes */
};

struct arena {
    struct arena_chunk *first, *at; /* chain of chunks; `at` is being filled */
    size_t used;                    /* bytes used in `at` */
    size_t total;                   /* bytes in all chunks */
    size_t limit;                   /* bound on total */
    const struct arena_source *source;
};

/* A position to return to: everything allocated since is forgotten. */
struct arena_mark {
    struct arena_chunk *at;
    size_t used;
};

void arena_init(struct arena *a, const struct arena_source *source, size_t limit);
void arena_fini(struct arena *a);
void arena_reset(struct arena *a);

void *arena_alloc(struct arena *a, size_t len);
void *arena_alloc_n(struct arena *a, size_t count, size_t each); /* aborts when count * each overflows */
#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_new_n(a, type, n) ((type *)arena_alloc_n((a), (n), sizeof(type)))

struct bytes arena_dup(struct arena *a, struct bytes b);
char *arena_str(struct arena *a, struct bytes b); /* copy with a terminating zero */
char *arena_fmt(struct arena *a, const char *fmt, ...)
    PRINTF_LIKE(2, 3); /* by base/fmt.h, at most 1023 bytes */

struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark m);

/* The heap as a source; not in the WASM build (base/heap.c). */
extern const struct arena_source arena_heap;

#endif /* BASE_ARENA_H */
