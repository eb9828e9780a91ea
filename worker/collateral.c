#include "worker/collateral.h"

#include "base/clock.h"
#include "sdk/storage.h"
#include "sdk/tx.h"
#include "worker/trust.h"

enum { ROOT_VENDOR = 0, ROOT_DEVELOPMENT = 1 }; /* CollateralKey.root */

/* What the chain knows under this key; NULL when nothing. */
static const struct worker_collateral_facts *on_chain(const struct worker_collateral_facts_vec *index,
                                                      enum attest_piece_kind kind, uint8_t root,
                                                      const struct attest_piece_facts *facts)
{
    for (uint32_t i = 0; i < index->n; i++) {
        const struct worker_collateral_facts *f = &index->v[i];
        if ((uint8_t)f->key.kind == (uint8_t)kind && f->key.root == root &&
            bytes_eq(f->key.key, bytes_of(facts->key, facts->key_len)))
            return f;
    }
    return NULL;
}

/* Newer, and by so much that the chain returns the fee. What it has ended before a day is older than that. */
static bool worth_sending(const struct worker_collateral_facts *have, const struct attest_piece_facts *facts)
{
    return facts->evaluation > have->evaluation ? facts->issued > have->issued
                                                : facts->evaluation == have->evaluation &&
                                                      facts->issued >= have->issued + ATTEST_PIECE_RENEWAL_S;
}

static FALLIBLE send(struct sdk_client *c, struct arena *a, const struct attest_piece *p,
                     const struct worker *w, bool *taken, struct err *e)
{
    const struct worker_collateral_update_args args = {
        .kind = (enum worker_collateral_kind)p->kind,
        .piece = {.document = p->document, .signature = p->signature, .issuer_chain = p->issuer_chain}};
    struct sdk_tx_result r;
    struct err why;

    TRY(sdk_tx_run(c, a, &r, &worker_call_collateral_update, &args, &w->controller, NULL, e));
    *taken = sdk_tx_require(&r, &why) == ERR_OK;
    if (*taken)
        LOG_INFO("worker", "on chain", F_STR("call", "collateral_update"), F_U64("kind", p->kind),
                 F_U64("block", r.block_number));
    else
        LOG_WARN("worker", "the chain did not take collateral", F_U64("kind", p->kind), F_ERR(&why));
    return ERR_OK;
}

static FALLIBLE post_piece(struct sdk_client *c, struct arena *a, const struct attest_piece *p,
                           const struct worker_collateral_facts_vec *index, uint32_t *sent,
                           const struct worker *w, struct err *e)
{
    struct attest_piece_facts facts;
    struct err why;
    bool taken;

    if (attest_piece_accept(&facts, a, p, clock_wall_ms() / 1000, &w->policy, &attest_openssl, &why) !=
        ATTEST_VERIFIED) {
        LOG_WARN("worker", "own collateral is not good", F_U64("kind", p->kind), F_ERR(&why));
        return ERR_OK;
    }
    uint8_t root =
        w->policy.roots[facts.root_index].label == ATTEST_ROOT_DEVELOPMENT ? ROOT_DEVELOPMENT : ROOT_VENDOR;
    const struct worker_collateral_facts *have = on_chain(index, p->kind, root, &facts);
    if (have != NULL && !worth_sending(have, &facts))
        return ERR_OK;
    TRY(send(c, a, p, w, &taken, e));
    *sent += taken ? 1 : 0;
    return ERR_OK;
}

FALLIBLE collateral_post(struct sdk_client *c, struct arena *a, uint32_t *sent, const struct worker *w,
                         struct err *e)
{
    struct worker_collateral_facts_vec index;
    struct attest_piece pieces[ATTEST_PIECES_MAX];
    bool found;

    *sent = 0;
    TRY(sdk_storage_get(c, a, &index, &found, NULL, &worker_storage_collateral_index, NULL, e));
    const struct trust_view *view = trust_take(w->trust);
    uint32_t count = attest_collateral_pieces(pieces, &view->collateral);
    enum err_code code = ERR_OK;
    for (uint32_t i = 0; i < count && code == ERR_OK; i++)
        code = post_piece(c, a, &pieces[i], &index, sent, w, e);
    trust_give(w->trust, view);
    return code;
}
