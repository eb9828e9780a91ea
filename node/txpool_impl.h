/* node/txpool_impl.h — the pool's insides, shared by pool.c (rules) and txpool_index.c (storage of
 * transactions).
 */
#ifndef NODE_TXPOOL_IMPL_H
#define NODE_TXPOOL_IMPL_H

#include "node/table.h"
#include "node/txpool.h"

struct txpool_edge {
    struct txpool_tx *tx;      /* whose requirement this is */
    struct txpool_edge **list; /* head it hangs on, NULL when it hangs nowhere */
    struct txpool_edge *next, *prev;
};

/* Future transactions that require a tag. */
struct txpool_want {
    struct bytes tag; /* in the same allocation */
    struct txpool_edge *waiting;
};

struct txpool_recent {
    struct bytes tag; /* in the same allocation */
    uint32_t number;
    struct txpool_recent *next;
};

struct txpool_ban {
    struct hash32 hash;
    uint64_t until_ms;
};

struct txpool_set {
    struct txpool_tx **v;
    size_t count, cap, bytes;
};

struct txpool {
    struct txpool_limits limits;
    struct txpool_events events;
    struct table by_hash;  /* every transaction */
    struct table provided; /* tag -> ready transaction */
    struct table wanted;   /* tag -> txpool_want */
    struct table recent;   /* tag -> txpool_recent */
    struct txpool_recent *recent_first, *recent_last;
    struct table banned;    /* hash -> txpool_ban in the ring */
    struct txpool_ban *ban; /* ring of TXPOOL_BANS_MAX, allocated at the first ban */
    size_t ban_next;
    struct txpool_set ready, future;
    uint64_t arrivals;
    size_t stale_cursor;
    struct txpool_tx **heap; /* of an iteration */
    size_t heap_count, heap_cap;
    struct txpool_tx *offered; /* last one given out, its dependents not yet unlocked */
};

/* Storage of transactions. */
struct txpool_tx *txpool_tx_new(const struct hash32 *hash, struct bytes bytes,
                                const struct txpool_validity *v);
void txpool_set_add(struct txpool_set *s, struct txpool_tx *t);
void txpool_set_del(struct txpool_set *s, struct txpool_tx *t);
struct bytes txpool_hash_key(const struct txpool_tx *t);

void txpool_edge_hang(struct txpool_edge *e, struct txpool_edge **list);
void txpool_edge_free(struct txpool_edge *e);
void txpool_want_add(struct txpool *p, struct txpool_tx *t);
void txpool_want_del(struct txpool *p, struct txpool_tx *t);

void txpool_recent_add(struct txpool *p, struct bytes tag, uint32_t number);
void txpool_recent_prune(struct txpool *p, uint32_t number);

bool txpool_banned(struct txpool *p, const struct hash32 *hash, uint64_t now_ms);

#endif /* NODE_TXPOOL_IMPL_H */
