/* node/table.h — a hash table from byte strings to pointers, for hashes, tags and bans.
 *
 * Keys are views: whatever a value points at owns the key's bytes and outlives its entry. The hash is seeded
 * per table, because keys come from outside and a chosen set of them must not share one slot. Not
 * thread-safe. */
#ifndef NODE_TABLE_H
#define NODE_TABLE_H

#include "base/bytes.h"

struct table_slot {
    struct bytes key;
    uint64_t hash;
    void *value; /* NULL: the slot is free */
};

struct table {
    struct table_slot *slot;
    size_t cap; /* a power of two, or 0 before the first put */
    size_t count;
    uint64_t seed;
};

void table_init(struct table *t);
void table_fini(struct table *t);
/* Empties it; gives its memory back when it has more than `keep` slots. */
void table_clear(struct table *t, size_t keep);

/* The value, or NULL. */
void *table_get(const struct table *t, struct bytes key);
/* Adds or replaces; value is not NULL. Returns the value that was there, or NULL. */
void *table_put(struct table *t, struct bytes key, void *value);
/* Removes; returns the value that was there, or NULL. */
void *table_del(struct table *t, struct bytes key);

#endif /* NODE_TABLE_H */
