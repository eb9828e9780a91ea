/* node/txpool.h — the transactions that wait: ready for the next block, or future until a tag they require
 * appears.
 *
 * A transaction provides tags and requires tags (byte strings, for an account its id and nonce). It is ready
 * when each tag it requires is provided by a ready transaction or by one included in the last few blocks. The
 * pool knows nothing of extrinsics: validity is decided elsewhere and handed in. Every list has a bound.
 *
 * Threads: one (the chain thread). Status callbacks run inside pool calls and must not call back into the
 * pool. Source: docs/spec/substrate.md 7.2. */
#ifndef NODE_TXPOOL_H
#define NODE_TXPOOL_H

#include "base/bytes.h"

enum {
    TXPOOL_READY_COUNT = 8192,
    TXPOOL_READY_BYTES = 20 << 20,
    TXPOOL_BANS_MAX = 4096,
    TXPOOL_BAN_MS = 30 * 60 * 1000,
    TXPOOL_TAGS_MAX = 64,      /* of one transaction, required and provided together */
    TXPOOL_TAG_LEN_MAX = 1024, /* of one tag */
    TXPOOL_RECENT_BLOCKS = 2,  /* tags of this many newest blocks count as provided */
};

struct txpool_limits {
    size_t ready_count, ready_bytes, future_count, future_bytes;
    uint64_t ban_ms; /* 0: nothing is ever banned */
};

struct txpool_validity {
    uint64_t priority, longevity;
    struct bytes_list requires, provides;
};

struct txpool_edge; /* a required tag's place in a list */

struct txpool_tx {
    struct hash32 hash;
    struct bytes bytes; /* the extrinsic with its length prefix */
    uint64_t priority, valid_till, arrival;
    uint32_t validated_at; /* block number */
    bool ready;
    uint32_t requires_count, provides_count;
    struct bytes *requires, *provides;
    struct txpool_edge *edge;       /* [requires_count] */
    struct txpool_edge *dependents; /* ready transactions that require a tag this one provides */
    size_t at;                      /* place in the ready or future array */
    uint32_t unmet;                 /* used by an iteration */
    uint32_t mark;                  /* used by a removal */
};

enum txpool_answer {
    TXPOOL_READY,
    TXPOOL_FUTURE,
    TXPOOL_BANNED,  /* 1012 */
    TXPOOL_KNOWN,   /* 1013 */
    TXPOOL_TOO_LOW, /* 1014 */
    TXPOOL_CYCLE,   /* 1015: it requires a tag that it provides itself */
    TXPOOL_DROPPED, /* 1016: the pool is full of better ones */
    TXPOOL_NO_TAGS, /* 1019 */
    TXPOOL_TOO_BIG, /* more tags than TXPOOL_TAGS_MAX, or longer: counts as undecidable validity */
};

enum txpool_status {
    TXPOOL_STATUS_READY,
    TXPOOL_STATUS_FUTURE,
    TXPOOL_STATUS_IN_BLOCK, /* other: the block */
    TXPOOL_STATUS_USURPED,  /* other: the newcomer's hash */
    TXPOOL_STATUS_DROPPED,
    TXPOOL_STATUS_INVALID,
};

struct txpool_events {
    void *ctx;
    void (*status)(void *ctx, const struct hash32 *tx, enum txpool_status s, const struct hash32 *other_opt);
};

struct txpool;

struct txpool_limits txpool_default_limits(void);
struct txpool *txpool_new(const struct txpool_limits *limits, struct txpool_events events);
void txpool_free(struct txpool *p);

/* Would this hash be looked at? TXPOOL_READY (yes), TXPOOL_BANNED or TXPOOL_KNOWN. Cheap; asked before
 * validation.
 */
enum txpool_answer txpool_may_add(struct txpool *p, const struct hash32 *hash, uint64_t now_ms);

/* Adds a transaction found valid at block `number`. Everything is copied. On TXPOOL_TOO_LOW *rival_priority
 * is the sum it had to beat. The newcomer's own ready or future status is not reported through events, but is
 * the answer. */
enum txpool_answer txpool_add(struct txpool *p, const struct hash32 *hash, struct bytes tx,
                              const struct txpool_validity *v, uint32_t number, uint64_t now_ms,
                              uint64_t *rival_priority);

/* Tells that validation of `hash` failed for good: it is banned. */
void txpool_ban(struct txpool *p, const struct hash32 *hash, uint64_t now_ms);

/* A transaction of the pool proved invalid: it and what depends on it leave with status invalid, it is
 * banned. */
void txpool_remove_invalid(struct txpool *p, const struct hash32 *hash, uint64_t now_ms);

/* A future transaction was validated again at `number` with this outcome; it may become ready. */
void txpool_revalidated(struct txpool *p, const struct hash32 *hash, const struct txpool_validity *v,
                        uint32_t number, uint64_t now_ms);

/* Block `number` was made: its transactions leave, their tags unlock others, what is past its life leaves. */
void txpool_block(struct txpool *p, uint32_t number, const struct hash32 *block,
                  const struct hash32 *included, size_t included_count, uint64_t now_ms);

const struct txpool_tx *txpool_get(const struct txpool *p, const struct hash32 *hash);
/* The ready transaction that provides `tag`, or NULL. */
const struct txpool_tx *txpool_provider(const struct txpool *p, struct bytes tag);
size_t txpool_ready_count(const struct txpool *p);
size_t txpool_future_count(const struct txpool *p);
size_t txpool_ready_bytes(const struct txpool *p);

/* Up to `max` transactions whose validation is oldest and not of block `number`, taken in turn; returns how
 * many. */
size_t txpool_stale(struct txpool *p, uint32_t number, struct hash32 *out, size_t max);

/* Ready transactions in the order for a block: dependencies first, then priority, then earlier end of life,
 * then arrival. The pool must not change between begin and the last next. txpool_iter_begin(p); while ((t =
 * txpool_iter_next(p)) != NULL) if (!usable(t)) txpool_iter_skip(p);       what depends on t is not offered
 * then
 */
void txpool_iter_begin(struct txpool *p);
const struct txpool_tx *txpool_iter_next(struct txpool *p);
void txpool_iter_skip(struct txpool *p);

/* Checks every invariant (sizes, edges, tags, bounds); aborts when one is broken. For tests. */
void txpool_check(const struct txpool *p);

#endif /* NODE_TXPOOL_H */
