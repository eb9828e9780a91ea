/* trie/trie.h — the state trie (version 1): the latest block's, changeable; or an older one's, to read.
 *
 * A trie is a tree in memory, loaded lazily from a trie_db. Changes stay in memory until trie_commit hands
 * them to a sink under a version (the block number). Nodes are stored under (path, version), each naming the
 * versions of its children, so older versions stay readable until trie_prune drops what only they need; see
 * docs/formats/trie-store.md.
 *
 * Memory comes from config.source in chunks and is kept near config.memory_limit: after a commit, nodes
 * unused for longest are dropped. A trie belongs to one thread; several views may be open on one db, each in
 * its own thread. After a failed put or delete only trie_discard and trie_free may follow.
 *
 *     struct trie *t = trie_new(&(struct trie_config){.source = &arena_heap, .db = store_trie_db(s)});
 *     TRY(trie_open(t, best_number, &state_root, e));           // or leave it: an empty trie before genesis
 *     TRY(trie_put(t, key, value, e));
 *     trie_root(t, &header.state_root);
 *     trie_commit(t, header.number, sink_of_the_block_batch);   // then write the batch
 *     TRY(trie_prune(&db, arena, header.number - window, sink, e)); */
#ifndef TRIE_TRIE_H
#define TRIE_TRIE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "trie/db.h"

enum {
    TRIE_KEY_MAX = 1024,               /* bytes; longer keys cannot be stored (ERR_LIMIT) and are absent */
    TRIE_VALUE_MAX = 64 * 1024 * 1024, /* bytes; longer values cannot be stored (ERR_LIMIT) */
    TRIE_MEMORY_DEFAULT = 64 * 1024 * 1024, /* bytes of resident nodes of the state trie */
    TRIE_VIEW_MEMORY_DEFAULT = 8 * 1024 * 1024
};

struct trie_config {
    const struct arena_source *source; /* where memory comes from: &arena_heap */
    struct trie_db db;
    size_t memory_limit; /* bytes; 0 means the default */
};

struct trie;

/* An empty, never committed trie. Aborts when there is no memory, as arenas do. */
struct trie *trie_new(const struct trie_config *config);
void trie_free(struct trie *t); /* NULL is accepted */

/* Makes `t` the state committed as `version`, dropping changes. root_opt: what the root must be.
 * ERR_NOT_FOUND (never committed, or pruned), ERR_CORRUPT (another root is stored), or what the db reports.
 */
FALLIBLE trie_open(struct trie *t, uint64_t version, const struct hash32 *root_opt, struct err *e);

/* A read-only trie at an older version, for state queries at a block. Free with trie_free. Errors as
 * trie_open. */
FALLIBLE trie_view(struct trie **out, const struct trie_config *config, uint64_t version,
                   const struct hash32 *root_opt, struct err *e);

/* ---- reading: any trie. Outputs are copies in the arena. A view whose version was pruned meanwhile fails
 * with ERR_NOT_FOUND; ERR_CORRUPT means the store lost or damaged something. ---- */

FALLIBLE trie_get(struct trie *t, struct arena *a, struct bytes *out, bool *found, struct bytes key,
                  struct err *e);
/* The smallest key strictly greater than `key` in byte order; *found is false at the end. */
FALLIBLE trie_next_key(struct trie *t, struct arena *a, struct bytes *out, bool *found, struct bytes key,
                       struct err *e);
/* The smallest key of all, the empty key included. With trie_next_key it lists everything. */
FALLIBLE trie_first_key(struct trie *t, struct arena *a, struct bytes *out, bool *found, struct err *e);
/* Hash (blake2b-256) of the value without reading large values from the store. */
FALLIBLE trie_value_hash(struct trie *t, struct hash32 *out, bool *found, struct bytes key, struct err *e);
/* closestDescendantMerkleValue: merkle value (up to 32 bytes) of the node at `key` or the nearest below. */
FALLIBLE trie_closest_merkle_value(struct trie *t, struct arena *a, struct bytes *out, bool *found,
                                   struct bytes key, struct err *e);
/* The stand-alone items met while reading `keys`, present or absent: sorted by bytes, each once. Verified by
 * trie/proof.h against trie_root. The caller bounds the number of keys. */
FALLIBLE trie_read_proof(struct trie *t, struct arena *a, struct bytes_list *out,
                         const struct bytes_list *keys, struct err *e);

/* Root with all changes so far; rehashes changed paths only. May be called at any time. */
void trie_root(struct trie *t, struct hash32 *out);

/* ---- changing: not on views ---- */

FALLIBLE trie_put(struct trie *t, struct bytes key, struct bytes value, struct err *e);
FALLIBLE trie_delete(struct trie *t, struct bytes key, struct err *e); /* absent keys are no error */
void trie_discard(struct trie *t); /* back to what was last committed or opened */

/* Hands the changes since the last commit to the sink as `version`, which must be greater than any before.
 * From here the trie counts them as stored: a sink whose batch is then not written leaves a trie that must be
 * freed. */
void trie_commit(struct trie *t, uint64_t version, struct trie_sink sink);

/* Makes `version` the oldest readable one: deletes what the commit of `version` replaced. Call for ascending
 * committed versions, none left out; a version that was never committed or was pruned before deletes nothing.
 * Views below `version` lose their data. */
FALLIBLE trie_prune(const struct trie_db *db, struct arena *scratch, uint64_t version, struct trie_sink sink,
                    struct err *e);

struct trie_stats {
    size_t resident;  /* bytes of loaded nodes */
    size_t reserved;  /* bytes taken from the source */
    uint64_t loads;   /* nodes and values read from the db so far */
    uint64_t written; /* records handed to sinks so far */
};
void trie_stats(const struct trie *t, struct trie_stats *out);

#endif /* TRIE_TRIE_H */
