/* sdk/heads.c — head subscriptions. */
#include "sdk/heads.h"
#include "sdk/priv.h"
#include <stdlib.h>

struct sdk_heads {
    struct rpc_sub *sub;
};

FALLIBLE sdk_heads_open(struct sdk_client *c, struct sdk_heads **out, enum sdk_heads_kind kind, struct err *e)
{
    bool finalized = kind == SDK_HEADS_FINALIZED;
    struct sdk_heads *h = calloc(1, sizeof *h);

    if (h == NULL)
        return FAIL(e, ERR_UNAVAILABLE, "no memory");
    enum err_code code = rpc_client_subscribe(
        c->rpc, &h->sub, finalized ? "chain_subscribeFinalizedHeads" : "chain_subscribeNewHeads", NULL,
        finalized ? "chain_unsubscribeFinalizedHeads" : "chain_unsubscribeNewHeads", c->timeout_ms, e);
    if (code != ERR_OK) {
        free(h);
        return err_wrap(e, "subscribe to heads");
    }
    *out = h;
    return ERR_OK;
}

FALLIBLE sdk_heads_next(struct sdk_heads *h, struct sdk_head *out, int64_t timeout_ms, struct err *e)
{
    CLEANUP(json_decref) json_t *r = NULL;

    TRY(rpc_sub_next(h->sub, &r, timeout_ms, e));
    return sdk_json_head(out, r, e);
}

void sdk_heads_close(struct sdk_heads *h)
{
    if (h == NULL)
        return;
    rpc_sub_close(h->sub);
    free(h);
}
