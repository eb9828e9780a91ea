/* trie/db.h — what the state trie asks of a store: point reads, and writes collected for a batch.
 *
 * Keys and values are opaque bytes whose layout docs/formats/trie-store.md gives. The trie never writes by
 * itself: it hands puts and deletes to a sink, and the caller makes them durable together with the block they
 * belong to. */
#ifndef TRIE_DB_H
#define TRIE_DB_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

struct trie_db {
    void *ctx;
    /* Copies the value into the arena; *found is false when there is none. Must be callable from any thread.
     */
    enum err_code (*get)(void *ctx, struct arena *a, struct bytes *out, bool *found, struct bytes key,
                         struct err *e);
};

/* Collects changes; cannot fail. Key and value are only read during the call. */
struct trie_sink {
    void *ctx;
    void (*put)(void *ctx, struct bytes key, struct bytes value);
    void (*del)(void *ctx, struct bytes key);
};

#endif /* TRIE_DB_H */
