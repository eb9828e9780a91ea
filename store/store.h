/* store/store.h — the node's durable key-value store: RocksDB behind a few words.
 *
 * Writes happen only through batches, which are atomic; with sync they are on disk when store_write returns.
 * One process may have a path open. Reads, iteration and writes may come from any thread; a batch belongs to
 * one. Views handed to callbacks end with the callback; everything else is copied into the caller's arena.
 *
 *     struct store *s;
 *     TRY(store_open(&s, path, NULL, e));
 *     struct store_batch *b = store_batch_new(s);
 *     store_put(b, STORE_HEADERS, hash, header);
 *     TRY(store_write(s, b, true, e));                          // the batch is empty again
 *     store_batch_free(b);
 *     store_close(s); */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "trie/db.h"

/* Column families. The text is the name on disk: append, never rename. */
#define STORE_CFS(X)                                                                                 \
    X(META, "meta")       /* name -> whatever it needs: best number, genesis hash, format version */ \
    X(HEADERS, "headers") /* block hash -> SCALE header */                                           \
    X(BODIES, "bodies")   /* block hash -> extrinsics */                                             \
    X(NUMBERS, "numbers") /* block number, big-endian -> block hash */                               \
    X(NODES, "nodes")     /* state trie: docs/formats/trie-store.md */                               \
    X(EXTRA, "extra")     /* whatever else the node keeps per block; its keys begin with a name */

enum store_cf {
#define X(name, text) STORE_##name,
    STORE_CFS(X)
#undef X
        STORE_CF_COUNT
};

struct store_options {
    size_t write_buffer; /* bytes of unwritten data over all families; 0: 16 MiB */
    size_t block_cache;  /* bytes; 0: 16 MiB */
    int threads;         /* background flush and compaction; 0: 2 */
    bool must_exist;     /* do not create: ERR_NOT_FOUND instead */
};

struct store;
struct store_batch;

/* opt may be NULL. ERR_BUSY (another node is using the folder), ERR_NOT_FOUND, ERR_CORRUPT, ERR_IO. */
FALLIBLE store_open(struct store **out, const char *path, const struct store_options *opt, struct err *e);
/* A store in a fresh folder under $TMPDIR or /tmp that store_close removes; for tests and throw-away
 * networks. */
FALLIBLE store_temp(struct store **out, struct err *e);
void store_close(struct store *s); /* NULL is accepted */
const char *store_path(const struct store *s);

FALLIBLE store_get(struct store *s, enum store_cf cf, struct bytes key, struct arena *a, struct bytes *out,
                   bool *found, struct err *e);

/* Visits from <= key < to (to_opt NULL: until the end) in ascending byte order, or descending when
 * `backwards`, until `visit` returns false. */
typedef bool (*store_visit)(void *ctx, struct bytes key, struct bytes value);
FALLIBLE store_iterate(struct store *s, enum store_cf cf, struct bytes from, const struct bytes *to_opt,
                       bool backwards, store_visit visit, void *ctx, struct err *e);

struct store_batch *store_batch_new(struct store *s); /* for this store alone; free it before closing */
void store_batch_free(struct store_batch *b);         /* NULL is accepted */
void store_batch_clear(struct store_batch *b);
size_t store_batch_count(const struct store_batch *b);
void store_put(struct store_batch *b, enum store_cf cf, struct bytes key, struct bytes value);
void store_delete(struct store_batch *b, enum store_cf cf, struct bytes key);
/* All or nothing. On success the batch is emptied; after a failure the store's content is unknown until
 * reopened. */
FALLIBLE store_write(struct store *s, struct store_batch *b, bool sync, struct err *e);

/* The state trie's doors: reads from, and changes for, the family "nodes". Valid as long as store and batch
 * are. */
struct trie_db store_trie_db(struct store *s);
struct trie_sink store_trie_sink(struct store_batch *b);

#endif /* STORE_STORE_H */
