/* node/seal.c — one block from the pool: built, committed, then told to everybody. */
#include "base/clock.h"
#include "base/log.h"
#include "crypto/hash.h"
#include "node/node.h"

#include <stdlib.h>

void node_pool_status(void *node, const struct hash32 *tx, enum txpool_status s,
                      const struct hash32 *other_opt)
{
    struct node *n = node;
    struct rpc_tx_event ev = {.hash = *tx};

    switch (s) {
    case TXPOOL_STATUS_READY:
        ev.status = RPC_TX_READY;
        break;
    case TXPOOL_STATUS_FUTURE:
        ev.status = RPC_TX_FUTURE;
        break;
    case TXPOOL_STATUS_IN_BLOCK: /* told with its index by tell_block */
        return;
    case TXPOOL_STATUS_USURPED:
        ev.status = RPC_TX_USURPED;
        ev.other = *other_opt;
        break;
    case TXPOOL_STATUS_DROPPED:
        ev.status = RPC_TX_DROPPED;
        break;
    case TXPOOL_STATUS_INVALID:
        ev.status = RPC_TX_INVALID;
        break;
    }
    rpc_server_on_tx(n->rpc, &ev);
}

struct picked {
    struct hash32 *invalid; /* heap */
    size_t invalid_count, invalid_cap;
    size_t taken;
};

static void note_invalid(struct picked *p, const struct hash32 *hash)
{
    if (p->invalid_count == p->invalid_cap) {
        p->invalid_cap = p->invalid_cap == 0 ? 16 : p->invalid_cap * 2;
        p->invalid = reallocarray(p->invalid, p->invalid_cap, sizeof *p->invalid);
        ASSERT(p->invalid != NULL);
    }
    p->invalid[p->invalid_count++] = *hash;
}

/* Applies ready transactions while weight, bytes and time allow. */
static FALLIBLE fill_block(struct node *n, struct picked *p, struct err *e)
{
    uint64_t until = clock_mono_ms() + NODE_BUILD_MS;
    size_t skips = 0;
    const struct txpool_tx *t;

    txpool_iter_begin(n->pool);
    while (skips < NODE_SKIPS_MAX && clock_mono_ms() < until && (t = txpool_iter_next(n->pool)) != NULL) {
        struct chain_outcome o;
        if (chain_apply(n->chain, t->bytes, &o, e) != ERR_OK) {
            note_invalid(p, &t->hash); /* or the next block would fail on it again */
            return err_wrap(e, "transaction");
        }
        p->taken += o.kind == CHAIN_APPLIED;
        if (o.kind == CHAIN_APPLIED)
            continue;
        txpool_iter_skip(n->pool);
        if (o.kind == CHAIN_EXHAUSTED)
            skips++;
        else
            note_invalid(p, &t->hash);
    }
    return ERR_OK;
}

static void tell_transactions(struct node *n, const struct chain_block *b, const struct hash32 *hashes,
                              enum rpc_tx_status status)
{
    for (size_t i = 0; i < b->extrinsics.count; i++) {
        struct rpc_tx_event ev = {
            .hash = hashes[i], .status = status, .block = b->head.hash, .index = (uint32_t)i};
        rpc_server_on_tx(n->rpc, &ev);
    }
}

/* The block is durable: the pool lets go of its transactions, subscribers learn of it. */
static void tell_block(struct node *n, const struct chain_block *b)
{
    struct rpc_head head = {.hash = b->head.hash, .number = b->head.number};
    struct hash32 *hashes = calloc(b->extrinsics.count + 1, sizeof *hashes);
    struct rpc_change *changes = calloc(b->change_count + 1, sizeof *changes);

    ASSERT(hashes != NULL && changes != NULL);
    for (size_t i = 0; i < b->extrinsics.count; i++)
        blake2_256(hashes[i].b, b->extrinsics.v[i]);
    for (size_t i = 0; i < b->change_count; i++)
        changes[i] = (struct rpc_change){b->changes[i].key, {b->changes[i].found, b->changes[i].value}};
    txpool_block(n->pool, b->head.number, &b->head.hash, hashes, b->extrinsics.count, node_now_ms());
    struct rpc_block told = {
        .head = head,
        .parent = b->parent,
        .header = b->header,
        .changes = changes,
        .change_count = b->change_count,
        .runtime_changed = b->runtime_changed,
    };
    rpc_server_on_block(n->rpc, &told);
    tell_transactions(n, b, hashes, RPC_TX_IN_BLOCK);
    rpc_server_on_finalized(n->rpc, &head);
    tell_transactions(n, b, hashes, RPC_TX_FINALIZED);
    free(hashes);
    free(changes);
}

/*~ 7/12 A block: begin, apply from the pool, seal, and only then tell. */
static FALLIBLE make_block(struct node *n, struct picked *p, struct err *e)
{
    struct chain_block b;

    TRY(chain_begin(n->chain, clock_wall_ms(), e));
    enum err_code rc = fill_block(n, p, e);
    if (rc != ERR_OK) {
        chain_abandon(n->chain);
        return err_wrap(e, "block %u", chain_best(n->chain)->number + 1);
    }
    TRY(chain_seal(n->chain, &b, e));
    LOG_INFO("node", "block", F_U64("number", b.head.number), F_HASH("hash", &b.head.hash),
             F_HASH("root", &b.head.state_root), F_U64("extrinsics", b.extrinsics.count),
             F_US("execute_us", b.execute_us), F_US("root_us", b.root_us), F_US("write_us", b.write_us));
    tell_block(n, &b);
    chain_block_done(n->chain);
    return ERR_OK;
}

void node_seal(struct node *n)
{
    struct picked p = {0};
    struct err e;

    if (make_block(n, &p, &e) != ERR_OK)
        LOG_ERROR("node", "no block was made", F_ERR(&e));
    for (size_t i = 0; i < p.invalid_count; i++)
        txpool_remove_invalid(n->pool, &p.invalid[i], node_now_ms());
    free(p.invalid);
    node_revalidate(n);
    engine_dev_made(&n->engine, clock_mono_ms(), p.taken, txpool_ready_count(n->pool));
}
