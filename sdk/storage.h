/* sdk/storage.h — chain state as the generated C values.
 *
 *     struct worker_k8s_cluster cluster;
 *     bool found;
 *     uint64_t id = 7;
 *     TRY(sdk_storage_get(c, arena, &cluster, &found, at, &worker_storage_k8s_clusters, (const void
 * *[]){&id}, e));
 *
 * `at_opt` is a block hash; NULL reads the best block. Values live in the arena (byte strings are views into
 * copies there). Answers are as trustworthy as the node that is asked. */
#ifndef SDK_STORAGE_H
#define SDK_STORAGE_H

#include "codec/desc.h"
#include "sdk/client.h"

/* One of several reads answered from the same block in one request. */
struct sdk_read {
    const struct storage_desc *item;
    const void *keys[STORAGE_KEYS_MAX]; /* C values of item->keys */
    void *out;                          /* a C value of item->value; the default or zeros when absent */
    bool found;                         /* out: whether the item is in storage */
};

struct sdk_row {
    void *keys[STORAGE_KEYS_MAX]; /* C values in the arena */
    void *value;
};

struct sdk_rows {
    struct sdk_row *v; /* in the order of the chain's keys */
    size_t count;
};

enum { SDK_ROWS_MAX = 1000000 };

/* An absent item leaves *found false and fills *out with the item's default, or zeros.
 *   keys     item->key_count pointers to C values; NULL for a plain value
 *   returns  as sdk_request; ERR_MALFORMED (the value does not decode) */
FALLIBLE sdk_storage_get(struct sdk_client *c, struct arena *a, void *out, bool *found,
                         const struct hash32 *at_opt, const struct storage_desc *item,
                         const void *const *keys, struct err *e);
FALLIBLE sdk_storage_read(struct sdk_client *c, struct arena *a, struct sdk_read *reads, size_t count,
                          const struct hash32 *at_opt, struct err *e);
/* All entries of a map, or those under its first `key_count` keys, of one block.
 *   limit    0: SDK_ROWS_MAX
 *   returns  ERR_LIMIT when there are more */
FALLIBLE sdk_storage_all(struct sdk_client *c, struct arena *a, struct sdk_rows *out,
                         const struct hash32 *at_opt, const struct storage_desc *item,
                         const void *const *keys, size_t key_count, size_t limit, struct err *e);

/* The whole key of an item, in the arena. */
struct bytes sdk_storage_key(struct arena *a, const struct storage_desc *item, const void *const *keys,
                             size_t key_count);
/* Raw bytes at a key; *found false when absent. */
FALLIBLE sdk_storage_raw(struct sdk_client *c, struct arena *a, struct bytes *out, bool *found,
                         const struct hash32 *at_opt, struct bytes key, struct err *e);

/* The same, proven to belong to the state root of a head (sdk_head_at and the like compute its hash from the
 * header): the node is believed about nothing but which head is the chain's.
 *   returns  ERR_UNVERIFIED (the proof does not lead to the root) */
FALLIBLE sdk_storage_read_proven(struct sdk_client *c, struct arena *a, struct sdk_read *reads, size_t count,
                                 const struct sdk_head *at, struct err *e);
FALLIBLE sdk_storage_raw_proven(struct sdk_client *c, struct arena *a, struct bytes *out, bool *found,
                                const struct sdk_head *at, struct bytes key, struct err *e);

/* Declarations by name; NULL when there is none. */
const struct pallet_desc *sdk_pallet(const char *name);
const struct storage_desc *sdk_storage_item(const struct pallet_desc *pallet, const char *name);
const struct constant_desc *sdk_constant(const char *pallet, const char *name);

#endif /* SDK_STORAGE_H */
