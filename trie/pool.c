#include "trie/pool.h"

enum { CHUNK_FIRST = 16 * 1024, CHUNK_NEXT = 256 * 1024 };

struct pool_free {
    struct pool_free *next;
};

struct pool_chunk {
    struct pool_chunk *next;
    size_t size; /* with this header */
};

struct pool_large {
    struct pool_large *prev, *next;
    size_t size;   /* with this header */
    size_t unused; /* keeps what follows aligned to 16 bytes */
};

static size_t steps_of(size_t size)
{
    return size == 0 ? 1 : (size + POOL_STEP - 1) / POOL_STEP;
}

static void *pool_take(struct pool *p, size_t size)
{
    void *block = p->source->more(size);
    ASSERT(block != NULL); /* out of memory */
    p->reserved += size;
    return block;
}

static void pool_give(struct pool *p, void *block, size_t size)
{
    p->reserved -= size;
    if (p->source->give_back != NULL)
        p->source->give_back(block, size);
}

void pool_init(struct pool *p, const struct arena_source *source)
{
    *p = (struct pool){.source = source};
}

void pool_reset(struct pool *p)
{
    while (p->chunks != NULL) {
        struct pool_chunk *next = p->chunks->next;
        pool_give(p, p->chunks, p->chunks->size);
        p->chunks = next;
    }
    while (p->large != NULL) {
        struct pool_large *next = p->large->next;
        pool_give(p, p->large, p->large->size);
        p->large = next;
    }
    pool_init(p, p->source);
}

static void *pool_alloc_large(struct pool *p, size_t size)
{
    ASSERT(size < SIZE_MAX / 2);
    size_t total = sizeof(struct pool_large) + size;
    struct pool_large *l = pool_take(p, total);
    *l = (struct pool_large){.next = p->large, .size = total};
    if (p->large != NULL)
        p->large->prev = l;
    p->large = l;
    p->used += size;
    return l + 1;
}

static void pool_free_large(struct pool *p, void *block, size_t size)
{
    struct pool_large *l = (struct pool_large *)block - 1;
    ASSERT(l->size == sizeof *l + size);
    if (l->prev != NULL)
        l->prev->next = l->next;
    else
        p->large = l->next;
    if (l->next != NULL)
        l->next->prev = l->prev;
    p->used -= size;
    pool_give(p, l, l->size);
}

static void pool_grow(struct pool *p)
{
    size_t size = p->chunks == NULL ? CHUNK_FIRST : CHUNK_NEXT;
    struct pool_chunk *c = pool_take(p, size);
    *c = (struct pool_chunk){.next = p->chunks, .size = size};
    p->chunks = c;
    p->at = (uint8_t *)(c + 1);
    p->left = size - sizeof *c;
}

void *pool_alloc(struct pool *p, size_t size)
{
    if (size > POOL_SMALL_MAX)
        return pool_alloc_large(p, size);
    size_t steps = steps_of(size);
    struct pool_free *f = p->free[steps];
    p->used += steps * POOL_STEP;
    if (f != NULL) {
        p->free[steps] = f->next;
        return f;
    }
    if (p->left < steps * POOL_STEP)
        pool_grow(p);
    uint8_t *block = p->at;
    p->at += steps * POOL_STEP;
    p->left -= steps * POOL_STEP;
    return block;
}

void pool_free(struct pool *p, void *block, size_t size)
{
    if (block == NULL)
        return;
    if (size > POOL_SMALL_MAX) {
        pool_free_large(p, block, size);
        return;
    }
    size_t steps = steps_of(size);
    struct pool_free *f = block;
    f->next = p->free[steps];
    p->free[steps] = f;
    p->used -= steps * POOL_STEP;
}
