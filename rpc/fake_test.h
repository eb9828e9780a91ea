/* rpc/fake_test.h — a small chain behind struct rpc_backend, for tests and fuzzing. Not a pretend node:
 * blocks exist only when a test makes them. */
#ifndef RPC_FAKE_TEST_H
#define RPC_FAKE_TEST_H

#include "rpc/server.h"

enum { FAKE_BLOCKS_MAX = 2000, FAKE_KEYS_MAX = 64, FAKE_POOL_MAX = 64 };

struct fake_entry {
    char key[40];
    char value[40];
};

struct fake_block {
    struct hash32 hash;
    struct bytes header;
    struct bytes_list body;
    struct fake_entry state[FAKE_KEYS_MAX]; /* ascending */
    size_t state_len;
};

struct fake_chain {
    struct arena arena; /* everything below lives here */
    struct fake_block *blocks[FAKE_BLOCKS_MAX];
    uint32_t count, finalized;
    struct bytes pool[FAKE_POOL_MAX];
    size_t pool_len;
    struct rpc_server *rpc; /* told about blocks and transactions; may be NULL */
    bool defer;             /* submissions wait for fake_validate */
    struct bytes deferred[FAKE_POOL_MAX];
    uint64_t tickets[FAKE_POOL_MAX];
    size_t deferred_len;
    struct rpc_submit_result refuse; /* what is answered to extrinsics beginning with 0xff */
};

/* A chain with its genesis block and the keys :code and "a", "b", "p1" … "p5". */
struct fake_chain *fake_new(void);
void fake_free(struct fake_chain *f);
struct rpc_backend fake_backend(struct fake_chain *f);

/* Makes a block of the pool's transactions, with one storage change, and tells the server. */
void fake_seal(struct fake_chain *f, const char *key, const char *value_opt);
void fake_finalize(struct fake_chain *f);
/* Answers the deferred submissions, in order. */
void fake_validate(struct fake_chain *f);
struct hash32 fake_hash(void *ctx, struct bytes in);

#endif /* RPC_FAKE_TEST_H */
