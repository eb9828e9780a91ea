/* sdk/collateral.c — see collateral.h. */
#include "sdk/collateral.h"
#include "sdk/priv.h"
#include "sdk/storage.h"

#define STATE_SIM_ROOT BYTES_LIT(":wetee:sim_root")

FALLIBLE sdk_roots_at(struct sdk_client *c, struct arena *a, struct sdk_roots *out, const struct sdk_head *at,
                      struct err *e)
{
    struct bytes der;
    uint32_t more;
    bool found;

    TRY(sdk_storage_raw_proven(c, a, &der, &found, at, STATE_SIM_ROOT, e));
    for (out->count = 0; out->count < ATTEST_VENDOR_ROOTS; out->count++)
        out->v[out->count] = attest_vendor_roots[out->count];
    out->development = found;
    if (!found)
        return ERR_OK;
    if (attest_development_roots(out->v + out->count, &more, der, e) != ERR_OK)
        return err_wrap(e, "the chain's development root");
    out->count += more;
    return ERR_OK;
}

/* --- what the chain holds --- */

struct held {
    struct sdk_client *c;
    struct arena *a;
    const struct sdk_head *at;
    enum err_code code; /* of the first failure; a piece that is not there is none */
    struct err *e;
};

static bool held_find(void *ctx, struct attest_piece *out, enum attest_root_label label,
                      enum attest_piece_kind kind, struct bytes name)
{
    struct held *h = ctx;
    struct worker_collateral_key key = {
        .root = (uint8_t)label, .kind = (enum worker_collateral_kind)kind, .key = name};
    struct worker_collateral_piece p;
    struct sdk_read read = {.item = &worker_storage_collateral, .keys = {&key}, .out = &p};

    if (h->code == ERR_OK)
        h->code = sdk_storage_read_proven(h->c, h->a, &read, 1, h->at, h->e);
    if (h->code != ERR_OK || !read.found)
        return false;
    *out = (struct attest_piece){
        .kind = kind, .document = p.document, .signature = p.signature, .issuer_chain = p.issuer_chain};
    return true;
}

FALLIBLE sdk_collateral_for(struct sdk_client *c, struct arena *a, struct attest_collateral *out,
                            const struct sdk_head *at, struct bytes evidence, enum attest_form form,
                            const struct attest_policy *policy, struct err *e)
{
    struct held h = {.c = c, .a = a, .at = at, .e = e};
    const struct attest_store store = {.ctx = &h, .find = held_find};
    struct attest_gathered g;
    struct err why;

    /* What is missing, or evidence that names nothing, is for the verdict to tell. */
    if (attest_gather(&g, a, &store, evidence, form, policy, &why) == ATTEST_FORMAT)
        g.count = 0;
    TRY(h.code);
    attest_collateral_join(out, g.v, g.count);
    return ERR_OK;
}

/* --- giving it newer --- */

static const struct worker_collateral_facts *on_chain(const struct worker_collateral_facts_vec *index,
                                                      enum attest_piece_kind kind,
                                                      enum attest_root_label label,
                                                      const struct attest_piece_facts *facts)
{
    for (uint32_t i = 0; i < index->n; i++) {
        const struct worker_collateral_facts *f = &index->v[i];
        if ((uint8_t)f->key.kind == (uint8_t)kind && f->key.root == (uint8_t)label &&
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

static FALLIBLE send(struct sdk_client *c, struct arena *a, struct sdk_piece_result *out,
                     const struct attest_piece *p, const struct sdk_post *post, struct err *e)
{
    const struct worker_collateral_update_args args = {
        .kind = (enum worker_collateral_kind)p->kind,
        .piece = {.document = p->document, .signature = p->signature, .issuer_chain = p->issuer_chain}};
    struct sdk_tx_result r;

    TRY(sdk_tx_run(c, a, &r, &worker_call_collateral_update, &args, post->key, post->options_opt, e));
    out->block = r.block_number;
    out->outcome = sdk_tx_require(&r, &out->why) == ERR_OK ? SDK_PIECE_TAKEN : SDK_PIECE_REFUSED;
    return ERR_OK;
}

static FALLIBLE post_piece(struct sdk_client *c, struct arena *a, struct sdk_piece_result *out,
                           const struct attest_piece *p, const struct worker_collateral_facts_vec *index,
                           const struct sdk_post *post, struct err *e)
{
    *out = (struct sdk_piece_result){.kind = p->kind, .outcome = SDK_PIECE_BAD};
    if (attest_piece_accept(&out->facts, a, p, post->now, post->policy, post->crypto, &out->why) !=
        ATTEST_VERIFIED)
        return ERR_OK;
    const struct worker_collateral_facts *have =
        on_chain(index, p->kind, post->policy->roots[out->facts.root_index].label, &out->facts);
    out->outcome = SDK_PIECE_KNOWN;
    if (have != NULL && !worth_sending(have, &out->facts))
        return ERR_OK;
    return send(c, a, out, p, post, e);
}

FALLIBLE sdk_collateral_post(struct sdk_client *c, struct arena *a,
                             struct sdk_piece_result out[ATTEST_PIECES_MAX], uint32_t *count,
                             const struct sdk_post *post, struct err *e)
{
    struct worker_collateral_facts_vec index;
    struct attest_piece pieces[ATTEST_PIECES_MAX];

    *count = 0;
    TRY(sdk_storage_get(c, a, &index, NULL, NULL, &worker_storage_collateral_index, NULL, e));
    uint32_t n = attest_collateral_pieces(pieces, post->collateral);
    for (uint32_t i = 0; i < n; i++) {
        TRY(post_piece(c, a, &out[i], &pieces[i], &index, post, e));
        *count = i + 1;
    }
    return ERR_OK;
}
