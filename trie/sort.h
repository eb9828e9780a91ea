/* trie/sort.h — orders byte strings; freestanding. Private to trie/. */
#ifndef TRIE_SORT_H
#define TRIE_SORT_H

#include "base/arena.h"
#include "base/bytes.h"

/* Sorts `count` elements of `size` bytes by their first member, a struct bytes. Merge sort: stable, n log n
 * whatever the input, with as much again in `scratch`, which is back where it was on return. */
void sort_by_bytes(struct arena *scratch, void *items, size_t count, size_t size);

#endif /* TRIE_SORT_H */
