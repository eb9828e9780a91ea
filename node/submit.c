/* node/submit.c — a transaction's way into the pool: seen before? signature off to a verify thread, validity
 * by the runtime, place by the pool, answer to the client. */
#include "base/clock.h"
#include "base/log.h"
#include "codec/scale.h"
#include "crypto/hash.h"
#include "node/node.h"

#include <stdlib.h>

uint64_t node_now_ms(void)
{
    return clock_mono_ms();
}

static void answer(struct node *n, uint64_t ticket, const struct hash32 *hash, enum rpc_submit_code code,
                   const char *text)
{
    struct rpc_submit_result r = {.code = code, .hash = *hash, .text = text};
    rpc_server_submitted(n->rpc, ticket, &r);
}

static enum rpc_submit_code code_of(enum txpool_answer a)
{
    switch (a) {
    case TXPOOL_READY:
    case TXPOOL_FUTURE:
        return RPC_SUBMIT_OK;
    case TXPOOL_BANNED:
        return RPC_SUBMIT_BANNED;
    case TXPOOL_KNOWN:
        return RPC_SUBMIT_IMPORTED;
    case TXPOOL_TOO_LOW:
        return RPC_SUBMIT_LOW_PRIORITY;
    case TXPOOL_CYCLE:
        return RPC_SUBMIT_CYCLE;
    case TXPOOL_DROPPED:
        return RPC_SUBMIT_DROPPED;
    case TXPOOL_NO_TAGS:
        return RPC_SUBMIT_NO_TAGS;
    case TXPOOL_TOO_BIG:
        return RPC_SUBMIT_OTHER;
    }
    UNREACHABLE();
}

/* What the runtime thinks of a transaction, decoded. */
struct validity {
    bool valid, unknown;
    uint8_t variant, custom;
    struct txpool_validity tags;
};

static struct bytes_list take_tags(struct reader *r, struct arena *a)
{
    uint32_t count = take_count(r, 1, 4096);
    struct bytes *v = arena_new_n(a, struct bytes, count);

    for (uint32_t i = 0; i < count; i++)
        v[i] = take_compact_bytes(r, UINT32_MAX);
    return (struct bytes_list){v, count};
}

static FALLIBLE read_validity(struct validity *out, struct arena *a, struct bytes result, struct err *e)
{
    struct reader r = reader_of(result);
    struct validity v = {.valid = take_u8(&r) == 0};

    if (v.valid) {
        v.tags.priority = take_u64(&r);
        v.tags.requires = take_tags(&r, a);
        v.tags.provides = take_tags(&r, a);
        v.tags.longevity = take_u64(&r);
        (void)take_bool(&r); /* propagate: there are no peers */
    } else {
        v.unknown = take_bool(&r);
        v.variant = take_u8(&r);
        if (v.variant == (v.unknown ? 2 : 7))
            v.custom = take_u8(&r);
    }
    TRY(reader_end(&r, "transaction validity", e));
    *out = v;
    return ERR_OK;
}

static FALLIBLE validate(struct node *n, struct validity *out, struct bytes tx, struct err *e)
{
    struct bytes result;

    TRY(chain_validate(n->chain, &n->arena, &result, tx, e));
    return read_validity(out, &n->arena, result, e);
}

/* The last step: the signature has been looked at, or there is none. */
static void enter_pool(struct node *n, const struct hash32 *hash, struct bytes tx, uint64_t ticket)
{
    uint64_t now = node_now_ms();
    struct rpc_submit_result r = {.hash = *hash};
    struct validity v;
    struct err e;

    arena_reset(&n->arena);
    enum err_code rc = validate(n, &v, tx, &e);
    if (rc != ERR_OK) {
        answer(n, ticket, hash, rc == ERR_MALFORMED ? RPC_SUBMIT_BAD_FORMAT : RPC_SUBMIT_VERIFICATION, e.msg);
        return;
    }
    if (!v.valid) {
        r.code = v.unknown ? RPC_SUBMIT_UNKNOWN : RPC_SUBMIT_INVALID;
        r.variant = v.variant;
        r.custom = v.custom;
        if (!v.unknown)
            txpool_ban(n->pool, hash, now);
        rpc_server_submitted(n->rpc, ticket, &r);
        return;
    }
    enum txpool_answer a =
        txpool_add(n->pool, hash, tx, &v.tags, chain_best(n->chain)->number, now, &r.old_priority);
    r.code = code_of(a);
    r.new_priority = v.tags.priority;
    if (a == TXPOOL_TOO_BIG)
        r.text = "more or longer tags than a transaction may have";
    rpc_server_submitted(n->rpc, ticket, &r);
    if (r.code != RPC_SUBMIT_OK)
        return;
    struct rpc_tx_event ev = {.hash = *hash, .status = a == TXPOOL_READY ? RPC_TX_READY : RPC_TX_FUTURE};
    rpc_server_on_tx(n->rpc, &ev);
}

static bool fill_check(struct verify_check *c, const struct runtime_signature_check *s)
{
    if (s->sig.len > sizeof c->sig || s->msg.len > sizeof c->msg)
        return false; /* the runtime will say what is wrong with it */
    *c = (struct verify_check){.needed = true, .kind = s->kind, .sig_len = s->sig.len, .msg_len = s->msg.len};
    memcpy(c->sig, s->sig.p, s->sig.len);
    if (s->msg.len > 0)
        memcpy(c->msg, s->msg.p, s->msg.len);
    c->who = s->who;
    return true;
}

/*~ 6/12 From an RPC to the pool, by way of a verify thread. */
void node_submit(void *node, struct bytes extrinsic, uint64_t ticket)
{
    struct node *n = node;
    struct runtime_signature_check s;
    struct hash32 hash;
    struct err e;

    blake2_256(hash.b, extrinsic);
    enum txpool_answer may = txpool_may_add(n->pool, &hash, node_now_ms());
    if (may != TXPOOL_READY) {
        answer(n, ticket, &hash, code_of(may), NULL);
        return;
    }
    arena_reset(&n->arena);
    enum err_code rc = chain_signature_of(n->chain, &n->arena, &s, extrinsic, &e);
    if (rc == ERR_MALFORMED || rc == ERR_LIMIT || rc == ERR_UNSUPPORTED) {
        answer(n, ticket, &hash, RPC_SUBMIT_BAD_FORMAT, e.msg);
        return;
    }
    if (n->filling == NULL)
        n->filling = verify_batch_new();
    struct verify_item *item = &n->filling->item[n->filling->count++];
    item->hash = hash;
    item->ticket = ticket;
    item->tx_len = extrinsic.len;
    item->owned_tx = malloc(extrinsic.len + 1);
    ASSERT(item->owned_tx != NULL);
    if (extrinsic.len > 0)
        memcpy(item->owned_tx, extrinsic.p, extrinsic.len);
    if (rc != ERR_OK || !fill_check(&item->check, &s))
        item->check = (struct verify_check){0};
    if (n->filling->count == VERIFY_BATCH)
        node_flush_submissions(n);
}

void node_flush_submissions(struct node *n)
{
    if (n->filling == NULL)
        return;
    while (verify_full(n->verify)) /* only after a turn that filled every batch there is */
        node_take_verified(n, 100);
    verify_submit(n->verify, MOVE(n->filling));
}

void node_take_verified(struct node *n, int64_t timeout_ms)
{
    struct verify_batch *b;

    while ((b = verify_take(n->verify, timeout_ms)) != NULL) {
        for (size_t i = 0; i < b->count; i++) {
            struct verify_item *item = &b->item[i];
            if (item->check.needed) {
                sigcache_put(chain_sigs(n->chain), &item->check.key, item->check.good);
                n->signature_checks++;
            }
            enter_pool(n, &item->hash, bytes_of(item->owned_tx, item->tx_len), item->ticket);
        }
        verify_batch_free(b);
        timeout_ms = 0;
    }
}

void node_revalidate(struct node *n)
{
    struct hash32 stale[NODE_REVALIDATE];
    uint32_t number = chain_best(n->chain)->number;
    size_t count = txpool_stale(n->pool, number, stale, NODE_REVALIDATE);

    for (size_t i = 0; i < count; i++) {
        const struct txpool_tx *t = txpool_get(n->pool, &stale[i]);
        struct validity v;
        struct err e;
        if (t == NULL)
            continue;
        arena_reset(&n->arena);
        if (validate(n, &v, t->bytes, &e) != ERR_OK || (!v.valid && !v.unknown))
            txpool_remove_invalid(n->pool, &stale[i], node_now_ms());
        else if (v.valid)
            txpool_revalidated(n->pool, &stale[i], &v.tags, number, node_now_ms());
    }
}
