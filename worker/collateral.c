#include "worker/collateral.h"

#include "base/clock.h"
#include "sdk/collateral.h"
#include "worker/trust.h"

static void tell(const struct sdk_piece_result *r)
{
    switch (r->outcome) {
    case SDK_PIECE_TAKEN:
        LOG_INFO("worker", "on chain", F_STR("call", "collateral_update"), F_U64("kind", r->kind),
                 F_U64("block", r->block));
        break;
    case SDK_PIECE_BAD:
        LOG_WARN("worker", "own collateral is not good", F_U64("kind", r->kind), F_ERR(&r->why));
        break;
    case SDK_PIECE_REFUSED:
        LOG_WARN("worker", "the chain did not take collateral", F_U64("kind", r->kind), F_ERR(&r->why));
        break;
    case SDK_PIECE_KNOWN:
        break;
    }
}

FALLIBLE collateral_post(struct sdk_client *c, struct arena *a, uint32_t *sent, const struct worker *w,
                         struct err *e)
{
    struct sdk_piece_result results[ATTEST_PIECES_MAX];
    const struct trust_view *view = trust_take(w->trust);
    const struct sdk_post post = {.collateral = &view->collateral,
                                  .policy = &w->policy,
                                  .crypto = &attest_openssl,
                                  .now = clock_wall_ms() / 1000,
                                  .key = &w->controller};
    uint32_t count;
    enum err_code code = sdk_collateral_post(c, a, results, &count, &post, e);

    trust_give(w->trust, view);
    *sent = 0;
    for (uint32_t i = 0; i < count; i++) {
        tell(&results[i]);
        *sent += results[i].outcome == SDK_PIECE_TAKEN;
    }
    return code;
}
