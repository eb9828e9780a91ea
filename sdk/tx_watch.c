/* sdk/tx_watch.c — what becomes of a submitted transaction. */
#include "base/clock.h"
#include "chain/payment.h"
#include "crypto/hash.h"
#include "sdk/priv.h"
#include "sdk/tx.h"

enum { FIND_BLOCKS_MAX = 4096, POOL_ALREADY_IMPORTED = 1013 };

/* The pool's own words; a refused transaction has not used its nonce. */
static enum err_code refused(struct sdk_client *c, const struct sdk_tx *tx, enum err_code code, struct err *e)
{
    const struct rpc_error *why = rpc_client_error(c->rpc);

    sdk_nonce_forget(c, &tx->signer);
    if (code != ERR_REJECTED)
        return err_wrap(e, "submit");
    if (why->code == POOL_ALREADY_IMPORTED)
        return FAIL(e, ERR_EXISTS, "the node has this transaction already");
    return FAIL(e, ERR_REJECTED, "the chain refused the transaction: %s%s%s", why->message,
                why->data[0] != 0 ? ": " : "", why->data);
}

FALLIBLE sdk_tx_submit(struct sdk_client *c, const struct sdk_tx *tx, struct err *e)
{
    CLEANUP(json_decref) json_t *r = NULL;
    enum err_code code = rpc_client_call(c->rpc, &r, "author_submitExtrinsic",
                                         json_pack("[o]", sdk_json_hex(tx->encoded)), c->timeout_ms, e);

    return code == ERR_OK ? ERR_OK : refused(c, tx, code, e);
}

static void outcome(struct sdk_tx_result *r)
{
    const struct system_extrinsic_failed_event *failed =
        sdk_event_find(r->events, &system_event_extrinsic_failed);
    const struct payment_transaction_fee_paid_event *fee =
        sdk_event_find(r->events, &payment_event_transaction_fee_paid);

    r->success = sdk_event_find(r->events, &system_event_extrinsic_success) != NULL;
    r->error = (struct sdk_dispatch_error){.doc = ""};
    if (failed != NULL)
        sdk_dispatch_error_of(&r->error, &failed->dispatch_error);
    r->fee = fee != NULL ? fee->actual_fee : BALANCE_ZERO;
}

/* ERR_NOT_FOUND when the block does not hold it. */
static FALLIBLE result_in(struct sdk_client *c, struct arena *a, struct sdk_tx_result *out,
                          const struct hash32 *extrinsic, const struct hash32 *block_hash, struct err *e)
{
    struct sdk_tx_result r = {.block = *block_hash, .extrinsic = *extrinsic};
    struct arena_mark mark = arena_mark(a);
    struct sdk_block block;
    uint32_t i;

    TRY(sdk_block_at(c, a, &block, block_hash, e));
    for (i = 0; i < block.extrinsic_count; i++) {
        struct hash32 hash;
        blake2_256(hash.b, block.extrinsics[i]);
        if (hash32_eq(&hash, extrinsic))
            break;
    }
    r.block_number = block.head.number;
    bool missing = i == block.extrinsic_count;
    arena_rewind(a, mark);
    if (missing)
        return FAIL(e, ERR_NOT_FOUND, "block %u does not hold the transaction", r.block_number);
    r.index = i;
    TRY(sdk_events_for(c, a, &r.events, block_hash, i, e));
    outcome(&r);
    *out = r;
    return ERR_OK;
}

struct watch {
    struct hash32 block;
    bool in_block, finalized;
};

/* One status of author_submitAndWatchExtrinsic. */
static FALLIBLE take_status(struct watch *w, const json_t *status, struct err *e)
{
    const json_t *hash;

    if (json_is_string(status)) {
        const char *word = json_string_value(status);
        if (strcmp(word, "dropped") == 0)
            return FAIL(e, ERR_REJECTED, "the node's pool dropped the transaction: try again, or with a tip");
        if (strcmp(word, "invalid") == 0)
            return FAIL(e, ERR_REJECTED, "the transaction became invalid before it entered a block");
        return ERR_OK; /* future, ready */
    }
    if (json_object_get(status, "usurped") != NULL)
        return FAIL(e, ERR_REJECTED, "another transaction of the same nonce took its place");
    if (json_object_get(status, "finalityTimeout") != NULL)
        return FAIL(e, ERR_TIMEOUT, "its block was not finalized in time");
    if (json_object_get(status, "retracted") != NULL) {
        w->in_block = false;
        return ERR_OK;
    }
    if ((hash = json_object_get(status, "finalized")) != NULL)
        w->finalized = true;
    else if ((hash = json_object_get(status, "inBlock")) == NULL)
        return ERR_OK; /* broadcast */
    TRY(sdk_json_hash(&w->block, hash, "transaction status", e));
    w->in_block = true;
    return ERR_OK;
}

static FALLIBLE wait_for(struct rpc_sub *sub, struct watch *w, enum sdk_wait wait, uint32_t timeout_ms,
                         struct err *e)
{
    uint64_t deadline = clock_mono_ms() + timeout_ms;

    while (!w->finalized && !(w->in_block && wait == SDK_WAIT_IN_BLOCK)) {
        CLEANUP(json_decref) json_t *status = NULL;
        uint64_t now = clock_mono_ms();
        if (now >= deadline)
            return FAIL(e, ERR_TIMEOUT, "the transaction is not %s after %u s",
                        w->in_block ? "finalized" : "in a block", timeout_ms / 1000);
        enum err_code code = rpc_sub_next(sub, &status, (int64_t)(deadline - now), e);
        if (code == ERR_TIMEOUT || code == ERR_LIMIT)
            continue;
        if (code != ERR_OK)
            return err_wrap(e, "waiting for the transaction");
        TRY(take_status(w, status, e));
    }
    return ERR_OK;
}

FALLIBLE sdk_tx_submit_and_watch(struct sdk_client *c, struct arena *a, struct sdk_tx_result *out,
                                 const struct sdk_tx *tx, const struct sdk_tx_options *options_opt,
                                 struct err *e)
{
    struct sdk_tx_options none = {0};
    const struct sdk_tx_options *options = options_opt != NULL ? options_opt : &none;
    struct watch w = {0};
    struct rpc_sub *sub;

    enum err_code code = rpc_client_subscribe(c->rpc, &sub, "author_submitAndWatchExtrinsic",
                                              json_pack("[o]", sdk_json_hex(tx->encoded)),
                                              "author_unwatchExtrinsic", c->timeout_ms, e);
    if (code != ERR_OK)
        return refused(c, tx, code, e);
    code = wait_for(sub, &w, options->wait,
                    options->timeout_ms != 0 ? options->timeout_ms : SDK_TX_TIMEOUT_MS, e);
    rpc_sub_close(sub);
    if (code == ERR_REJECTED)
        sdk_nonce_forget(c, &tx->signer);
    TRY(code);
    TRY(result_in(c, a, out, &tx->hash, &w.block, e));
    out->finalized = w.finalized;
    return ERR_OK;
}

FALLIBLE sdk_tx_find(struct sdk_client *c, struct arena *a, struct sdk_tx_result *out,
                     const struct hash32 *hash, uint32_t first, uint32_t last, struct err *e)
{
    struct sdk_head finalized;

    if (last < first || last - first >= FIND_BLOCKS_MAX)
        return FAIL(e, ERR_USAGE, "blocks %u to %u: not a range of at most %d", first, last, FIND_BLOCKS_MAX);
    TRY(sdk_head_finalized(c, &finalized, e));
    for (uint32_t n = first; n <= last; n++) {
        struct hash32 block;
        struct err why;
        TRY(sdk_block_hash(c, &block, n, e)); /* ERR_NOT_FOUND past the head */
        enum err_code code = result_in(c, a, out, hash, &block, &why);
        if (code == ERR_OK) {
            out->finalized = n <= finalized.number;
            return ERR_OK;
        }
        if (code != ERR_NOT_FOUND) {
            *e = why;
            return code;
        }
    }
    return FAIL(e, ERR_NOT_FOUND, "blocks %u to %u do not hold the transaction", first, last);
}
