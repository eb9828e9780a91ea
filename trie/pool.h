/* trie/pool.h — memory for the nodes of one trie: small blocks by size class, large ones singly, freed as a
 * whole.
 *
 * Never returns NULL (aborts like an arena); blocks are not zeroed. The caller remembers sizes. Private to
 * trie/. */
#ifndef TRIE_POOL_H
#define TRIE_POOL_H

#include "base/arena.h"
#include "base/base.h"

enum { POOL_STEP = 16, POOL_SMALL_MAX = 1024, POOL_CLASSES = POOL_SMALL_MAX / POOL_STEP + 1 };

struct pool_free;
struct pool_chunk;
struct pool_large;

struct pool {
    const struct arena_source *source;
    struct pool_free *free[POOL_CLASSES]; /* blocks given back, by size in steps */
    struct pool_chunk *chunks;
    struct pool_large *large; /* doubly linked */
    uint8_t *at;              /* unused part of the newest chunk */
    size_t left;
    size_t used;     /* bytes handed out */
    size_t reserved; /* bytes taken from the source */
};

void pool_init(struct pool *p, const struct arena_source *source);
void pool_reset(struct pool *p); /* gives everything back to the source */

void *pool_alloc(struct pool *p, size_t size);
void pool_free(struct pool *p, void *block, size_t size); /* `size` as it was asked for; NULL is accepted */

#endif /* TRIE_POOL_H */
