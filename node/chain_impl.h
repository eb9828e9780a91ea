/* node/chain_impl.h — the chain's insides, shared by chain.c (open, genesis), block.c (make, commit), query.c
 * (ask). */
#ifndef NODE_CHAIN_IMPL_H
#define NODE_CHAIN_IMPL_H

#include "node/chain.h"
#include "store/store.h"

enum {
    CHAIN_TRIE_MEMORY = 32 << 20, /* resident nodes of the newest state */
    CHAIN_VIEW_MEMORY = 4 << 20,
    CHAIN_FORMAT = 1,       /* of what is stored; docs/formats/node-store.md */
    CHAIN_PRUNE_STEPS = 16, /* versions pruned with one block, when there are more to catch up with */
    CHAIN_ARENA_MAX = 1 << 30,
    CHAIN_ARENA_KEEP = 4 << 20,
};

#define META_FORMAT BYTES_LIT("format")
#define META_HEAD BYTES_LIT("head")       /* hash ‖ number u32 ‖ timestamp u64 */
#define META_GENESIS BYTES_LIT("genesis") /* hash */
#define META_SPEC BYTES_LIT("spec")       /* the genesis document */
#define META_OLDEST BYTES_LIT("oldest")   /* u32: the oldest state kept */

struct chain {
    struct store *store;
    struct store_batch *batch;
    struct trie *trie; /* the newest state */
    struct sigcache sigs;
    struct overlay overlay; /* of the block being built or just committed */
    struct overlay ask;     /* of a question, forgotten after it */
    struct trie *view;      /* the last older state asked for, or NULL */
    uint32_t view_number;
    struct arena arena; /* one block */
    struct arena call;  /* one runtime call inside a block */
    struct chain_head best;
    struct hash32 genesis;
    struct arena process; /* info's texts */
    struct chain_info info;
    uint32_t pruning, oldest;
    uint64_t timestamp;

    bool building;
    struct {
        uint64_t timestamp, started_us;
        struct bytes *v; /* heap array, views into `arena` */
        size_t count, cap, bytes;
    } body;
};

/* Writes what makes `header` the head, in one synced batch; the overlay's root is in the header. */
void chain_commit(struct chain *c, const struct hash32 *hash, uint32_t number, const struct hash32 *root,
                  struct bytes header, struct bytes body);
struct hash32 chain_hash_of(struct bytes header);
void chain_shrink(struct arena *a);

#endif /* NODE_CHAIN_IMPL_H */
