#include "runtime/collateral.h"

#include "attest/gather.h"
#include "runtime/params.h"

enum { DAY = 86400, WARN_OF_END = 3 * DAY, WARN_OF_AGE = 2 * DAY };

/* ---- roots ---- */

void collateral_roots(struct exec *x, struct collateral_roots *out)
{
    struct bytes der;
    struct err e;
    uint32_t more = 0;

    for (out->n = 0; out->n < ATTEST_VENDOR_ROOTS; out->n++)
        out->v[out->n] = attest_vendor_roots[out->n];
    /* Genesis made sure that they can be read; root may have written over them. */
    if (exec_dev_mode(x) && exec_sim_root(x, &der) &&
        attest_development_roots(out->v + out->n, &more, der, &e) == ERR_OK)
        out->n += more;
}

/* ---- taking a piece ---- */

static bool key_eq(const struct worker_collateral_key *a, const struct worker_collateral_key *b)
{
    return a->root == b->root && a->kind == b->kind && bytes_eq(a->key, b->key);
}

static struct worker_collateral_facts *find(const struct worker_collateral_facts_vec *index,
                                            const struct worker_collateral_key *key)
{
    for (uint32_t i = 0; i < index->n; i++) {
        if (key_eq(&index->v[i].key, key))
            return &index->v[i];
    }
    return NULL;
}

/* The piece that ended first; NULL when none has ended. */
static struct worker_collateral_facts *first_ended(const struct worker_collateral_facts_vec *index,
                                                   uint64_t now)
{
    struct worker_collateral_facts *first = NULL;
    for (uint32_t i = 0; i < index->n; i++) {
        struct worker_collateral_facts *f = &index->v[i];
        if (f->until < now && (first == NULL || f->until < first->until))
            first = f;
    }
    return first;
}

/* A place in the index: that of the same key when this is newer, a new one, or that of what has ended. */
static struct dispatch find_place(struct exec *x, struct worker_collateral_facts **out,
                                  struct worker_collateral_facts_vec *index,
                                  const struct worker_collateral_key *key,
                                  const struct attest_piece_facts *facts, uint64_t now)
{
    *out = find(index, key);
    if (*out != NULL) {
        bool newer = facts->issued > (*out)->issued && facts->evaluation >= (*out)->evaluation;
        return newer ? DISPATCH_OK : worker_fail(WORKER_ERR_COLLATERAL_OLD);
    }
    if (index->n < COLLATERAL_PIECES_MAX) {
        struct worker_collateral_facts *v =
            arena_new_n(x->arena, struct worker_collateral_facts, (size_t)index->n + 1);
        if (index->n > 0)
            memcpy(v, index->v, index->n * sizeof *v);
        index->v = v;
        *out = &v[index->n++];
        return DISPATCH_OK;
    }
    *out = first_ended(index, now);
    if (*out == NULL)
        return worker_fail(WORKER_ERR_COLLATERAL_FULL);
    worker_collateral_del(x, &(*out)->key);
    return DISPATCH_OK;
}

/* Vendors date their documents by the request, so anyone could have a newer one every second. */
static bool gains(const struct worker_collateral_facts *old_opt, const struct attest_piece_facts *facts,
                  uint64_t now)
{
    return old_opt == NULL || old_opt->until < now || facts->evaluation > old_opt->evaluation ||
           facts->issued >= old_opt->issued + ATTEST_PIECE_RENEWAL_S;
}

struct dispatch collateral_take(struct exec *x, bool *gain, const struct worker_collateral_update_args *a,
                                uint64_t now)
{
    struct collateral_roots roots;
    struct attest_piece_facts facts;
    struct worker_collateral_facts_vec index;
    struct worker_collateral_facts *place;
    struct err e;
    const struct attest_piece piece = {.kind = (enum attest_piece_kind)a->kind,
                                       .document = a->piece.document,
                                       .signature = a->piece.signature,
                                       .issuer_chain = a->piece.issuer_chain};

    collateral_roots(x, &roots);
    const struct attest_policy policy = {
        .roots = roots.v, .root_count = roots.n, .allow_development = exec_dev_mode(x)};
    if (attest_piece_accept(&facts, x->arena, &piece, now, &policy, &attest_plain, &e) != ATTEST_VERIFIED) {
        x->host->log(x->host->ctx, bytes_of_str(e.msg));
        return worker_fail(WORKER_ERR_BAD_COLLATERAL);
    }
    const struct worker_collateral_key key = {
        .root = (uint8_t)roots.v[facts.root_index].label,
        .kind = a->kind,
        .key = arena_dup(x->arena, bytes_of(facts.key, facts.key_len)),
    };
    worker_collateral_index_get(x, &index);
    *gain = gains(find(&index, &key), &facts, now);
    DISPATCH_TRY(find_place(x, &place, &index, &key, &facts, now));
    *place = (struct worker_collateral_facts){
        .key = key, .issued = facts.issued, .until = facts.valid_until, .evaluation = facts.evaluation};
    worker_collateral_index_put(x, &index);
    worker_collateral_put(x, &key, &a->piece);
    worker_emit_collateral_updated(
        x,
        &(struct worker_collateral_updated_event){
            .key = key, .issued = facts.issued, .until = facts.valid_until, .evaluation = facts.evaluation});
    return DISPATCH_OK;
}

struct dispatch worker_collateral_update(struct exec *x, const struct worker_collateral_update_args *a)
{
    bool gain = false;

    DISPATCH_TRY(collateral_take(x, &gain, a, exec_now_ms(x) / 1000));
    if (gain)
        exec_waive_fee(x);
    return DISPATCH_OK;
}

/* ---- using what is held ---- */

/* The vendors renew documents with every answer, and so can whoever posts them. Lists live for a month or a
 * year: for them their own end counts. */
static bool renewed_often(enum worker_collateral_kind kind)
{
    return kind == WORKER_COLLATERAL_KIND_TCB_INFO || kind == WORKER_COLLATERAL_KIND_QE_IDENTITY;
}

static bool too_old(struct exec *x, const struct worker_collateral_facts *f)
{
    uint64_t max_age = params_of(x)->collateral_max_age;
    return max_age > 0 && renewed_often(f->key.kind) && exec_now_ms(x) / 1000 > f->issued + max_age;
}

struct held {
    struct exec *x;
    struct worker_collateral_facts_vec index;
};

static bool held_find(void *ctx, struct attest_piece *out, enum attest_root_label label,
                      enum attest_piece_kind kind, struct bytes name)
{
    struct held *h = ctx;
    const struct worker_collateral_key key = {
        .root = (uint8_t)label, .kind = (enum worker_collateral_kind)kind, .key = name};
    const struct worker_collateral_facts *f = find(&h->index, &key);
    struct worker_collateral_piece p;

    if (f == NULL || too_old(h->x, f) || !worker_collateral_get(h->x, &p, &key))
        return false;
    *out = (struct attest_piece){
        .kind = kind, .document = p.document, .signature = p.signature, .issuer_chain = p.issuer_chain};
    return true;
}

struct dispatch collateral_for(struct exec *x, const struct attest_endorsements **out, struct bytes evidence,
                               enum attest_form form, const struct attest_policy *policy)
{
    struct held h = {.x = x};
    const struct attest_store store = {.ctx = &h, .find = held_find};
    struct attest_gathered g;
    struct err e;

    *out = NULL;
    worker_collateral_index_get(x, &h.index);
    enum attest_class c = attest_gather(&g, x->arena, &store, evidence, form, policy, &e);
    if (c != ATTEST_VERIFIED)
        return worker_fail(c == ATTEST_COLLATERAL_MISSING ? WORKER_ERR_EVIDENCE_STALE
                                                          : WORKER_ERR_BAD_EVIDENCE);
    if (g.count == 0)
        return DISPATCH_OK;
    /* They passed once; only root can have damaged them since. */
    if (attest_endorse_accepted(out, x->arena, g.v, g.count, g.root_index, policy, &e) != ATTEST_VERIFIED)
        return worker_fail(WORKER_ERR_EVIDENCE_STALE);
    return DISPATCH_OK;
}

/* ---- what runs out ---- */

void collateral_watch(struct exec *x)
{
    struct worker_collateral_facts_vec index;
    uint64_t now = exec_now_ms(x) / 1000, max_age = params_of(x)->collateral_max_age;

    worker_collateral_index_get(x, &index);
    if (index.n == 0)
        return;
    struct worker_collateral_facts *f = &index.v[exec_block(x) % index.n];
    bool ends = now + WARN_OF_END >= f->until;
    bool ages = max_age > 0 && renewed_often(f->key.kind) && now + WARN_OF_AGE >= f->issued + max_age;
    if (f->warned || (!ends && !ages))
        return;
    f->warned = true;
    worker_collateral_index_put(x, &index);
    worker_emit_collateral_expiring(
        x, &(struct worker_collateral_expiring_event){
               .key = f->key, .issued = f->issued, .until = f->until, .evaluation = f->evaluation});
}
