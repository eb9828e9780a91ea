/* trie/proof.h — check that a storage value belongs to a state root.
 *
 * A proof is a set of stand-alone items in any order: encoded nodes, and the raw bytes behind hashed values.
 * Verification rebuilds the path from the root and reads nothing else. To build one see trie_read_proof in
 * trie/trie.h. Pure: no allocation outside `scratch`, no I/O; safe from any thread with its own arena.
 * Source: docs/spec substrate "Read proofs"; vectors: tests/vectors/substrate/trie.json. */
#ifndef TRIE_PROOF_H
#define TRIE_PROOF_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

enum {
    TRIE_PROOF_ITEMS_MAX = 65536 /* more items in one proof are refused with ERR_LIMIT */
};

/* A proof indexed by hash; lives in the arena it was opened in and borrows the proof's bytes. */
struct trie_proof {
    struct hash32 root;
    const struct trie_proof_item *items; /* sorted by hash */
    size_t count;
};

/* Hashes and indexes the items; use it to read several keys. ERR_LIMIT. */
FALLIBLE trie_proof_open(struct arena *a, struct trie_proof *out, const struct hash32 *root,
                         const struct bytes_list *items, struct err *e);

/* trie_proof_read finds `key`.
 *   out      value, a view into the proof's bytes: valid as long as those are; untouched on failure
 *   returns  ERR_OK; ERR_NOT_FOUND (absence is proven); ERR_MALFORMED (an item on the path is not a canonical
 * node); ERR_UNVERIFIED (the proof holds no item with the hash needed: incomplete, tampered, or of another
 * root) */
FALLIBLE trie_proof_read(const struct trie_proof *p, struct bytes *out, struct bytes key, struct err *e);

/* Both steps for one key; the index goes to `scratch`. */
FALLIBLE trie_proof_get(struct arena *scratch, struct bytes *out, const struct hash32 *root, struct bytes key,
                        const struct bytes_list *proof, struct err *e);

#endif /* TRIE_PROOF_H */
