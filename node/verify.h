/* node/verify.h — threads that check signatures, so that the chain thread does not.
 *
 * A batch holds copies of what is to be checked; its owner hands it over and gets it back with verdicts.
 * Verify threads touch nothing but the batch they hold. At most VERIFY_BATCHES_MAX are out at a time: over
 * that the owner must wait, which is the bound of everything behind a submission.
 *
 * Threads: new, submit, take and free belong to one thread; `wake` is called on verify threads. */
#ifndef NODE_VERIFY_H
#define NODE_VERIFY_H

#include "node/sigcache.h"

enum {
    VERIFY_BATCH = 32,        /* checks in a batch */
    VERIFY_BATCHES_MAX = 256, /* out at a time */
    VERIFY_MESSAGE_MAX = 256, /* longer ones are hashed before they are signed */
    VERIFY_SIGNATURE_MAX = 65,
    VERIFY_THREADS_MAX = 64,
};

struct verify_check {
    bool needed; /* false: the item has no signature, it only travels along */
    bool good;
    enum host_signature_kind kind;
    size_t sig_len, msg_len;
    uint8_t sig[VERIFY_SIGNATURE_MAX];
    uint8_t msg[VERIFY_MESSAGE_MAX];
    struct account_id who;
    struct hash32 key; /* of the signature cache */
};

struct verify_item {
    struct verify_check check;
    struct hash32 hash; /* of the extrinsic */
    uint8_t *owned_tx;
    size_t tx_len;
    uint64_t ticket;
};

struct verify_batch {
    size_t count;
    struct verify_item item[VERIFY_BATCH];
};

struct verify;

/* threads 0: one per core. `wake` is called after a batch became takeable. */
struct verify *verify_new(unsigned threads, void (*wake)(void *ctx), void *ctx);
/* Joins the threads and drops batches still out. NULL is accepted. */
void verify_free(struct verify *v);

struct verify_batch *verify_batch_new(void);
void verify_batch_free(struct verify_batch *b); /* with the transactions it owns; NULL is accepted */

bool verify_full(const struct verify *v);
size_t verify_out(const struct verify *v);                              /* batches out */
void verify_submit(struct verify *v, struct verify_batch *owned_batch); /* not when verify_full */
/* The next finished batch, in any order, waiting up to timeout_ms; NULL when there is none. */
struct verify_batch *verify_take(struct verify *v, int64_t timeout_ms);

#endif /* NODE_VERIFY_H */
