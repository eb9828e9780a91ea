/* trie/root.h — roots of whole maps, computed at once: genesis checks, extrinsics roots, tests.
 *
 * Arena-based: `scratch` is back where it was on return. Recursion is bounded by the longest key in nibbles.
 * Source: docs/spec substrate "Root computation from a sorted map", "Extrinsics root". */
#ifndef TRIE_ROOT_H
#define TRIE_ROOT_H

#include "base/arena.h"
#include "base/bytes.h"
#include "trie/node.h"

struct trie_pair {
    struct bytes key, value;
};

/* `pairs` ascend strictly by key, keys are at most TRIE_KEY_MAX bytes (asserted). */
void trie_root_of_sorted(struct arena *scratch, struct hash32 *out, const struct trie_pair *pairs,
                         size_t count, enum state_version version);

/* Root of compact(i) -> items[i]. For extrinsics roots the version is STATE_V0. */
void trie_ordered_root(struct arena *scratch, struct hash32 *out, const struct bytes_list *items,
                       enum state_version version);

#endif /* TRIE_ROOT_H */
