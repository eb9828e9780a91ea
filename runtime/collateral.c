#include "runtime/collateral.h"

#include "attest/chain.h"
#include "attest/der.h"
#include "attest/quote.h"
#include "attest/snp.h"
#include "crypto/hash.h"
#include "runtime/params.h"

enum { KEY_MAX = 16, FMSPC_LEN = 6, DAY = 86400, WARN_OF_END = 3 * DAY, WARN_OF_AGE = 2 * DAY };
enum { PIECES_OF_INTEL = 4, TEE_SGX = 0, TEE_TDX = 1 };

/* ---- roots ---- */

FALLIBLE collateral_sim_roots(struct attest_root out[COLLATERAL_SIM_ROOTS_MAX], uint32_t *n, struct bytes der,
                              struct err *e)
{
    struct reader r = reader_of(der);
    uint32_t count = 0;

    while (r.left > 0) {
        if (count == COLLATERAL_SIM_ROOTS_MAX)
            return FAIL(e, ERR_MALFORMED, "more than two certificates");
        struct bytes one = der_take_whole(&r, DER_SEQUENCE, NULL);
        TRY(reader_check(&r, "certificate", e));
        TRY(attest_root_from_cert(&out[count], one, ATTEST_ROOT_DEVELOPMENT, e));
        count++;
    }
    if (count == 0 || (count == 2 && out[0].vendor == out[1].vendor))
        return FAIL(e, ERR_MALFORMED, "one certificate of each shape is allowed, and at least one demanded");
    *n = count;
    return ERR_OK;
}

void collateral_roots(struct exec *x, struct collateral_roots *out)
{
    struct bytes der;
    struct err e;
    uint32_t more = 0;

    for (out->n = 0; out->n < ATTEST_VENDOR_ROOTS; out->n++)
        out->v[out->n] = attest_vendor_roots[out->n];
    /* Genesis made sure that they can be read; root may have written over them. */
    if (exec_dev_mode(x) && exec_sim_root(x, &der) &&
        collateral_sim_roots(out->v + out->n, &more, der, &e) == ERR_OK)
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

/* The pieces that judge one piece of evidence. */
struct gathering {
    struct attest_piece v[PIECES_OF_INTEL];
    uint32_t n;
    uint8_t label;
    bool missing;
    struct worker_collateral_facts_vec index;
};

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

static void gather(struct exec *x, struct gathering *g, enum worker_collateral_kind kind, struct bytes name)
{
    const struct worker_collateral_key key = {.root = g->label, .kind = kind, .key = name};
    const struct worker_collateral_facts *f = find(&g->index, &key);
    struct worker_collateral_piece p;

    if (f == NULL || too_old(x, f) || !worker_collateral_get(x, &p, &key)) {
        g->missing = true;
        return;
    }
    g->v[g->n++] = (struct attest_piece){.kind = (enum attest_piece_kind)kind,
                                         .document = p.document,
                                         .signature = p.signature,
                                         .issuer_chain = p.issuer_chain};
}

/* The root of this vendor and name, whoever has the key. */
static bool named_root(uint32_t *out, const struct attest_policy *policy, enum attest_vendor vendor,
                       struct bytes name)
{
    for (uint32_t i = 0; i < policy->root_count; i++) {
        if (policy->roots[i].vendor == vendor && bytes_eq(policy->roots[i].subject, name)) {
            *out = i;
            return true;
        }
    }
    return false;
}

/* The platform that the quote's own certificate names, to know what to look for. */
static struct dispatch gather_intel(struct exec *x, struct gathering *g, uint32_t *root,
                                    struct bytes evidence, const struct attest_policy *policy)
{
    struct chain *ch = arena_new(x->arena, struct chain);
    struct writer der;
    struct quote q;
    struct attest_platform platform;
    struct err e;
    uint8_t tcb[1 + FMSPC_LEN], issuer[32];

    if (quote_read(&q, evidence, false, &e) != ATTEST_VERIFIED)
        return worker_fail(WORKER_ERR_BAD_EVIDENCE);
    der = writer_fixed(arena_alloc(x->arena, chain_der_len(q.cert_data)), chain_der_len(q.cert_data));
    if (chain_read(ch, &der, q.cert_data, &e) != ERR_OK)
        return worker_fail(WORKER_ERR_BAD_EVIDENCE);
    const struct x509 *leaf = chain_leaf(ch);
    const struct x509 *above = leaf == NULL ? NULL : chain_issuer(ch, leaf);
    if (above == NULL || !named_root(root, policy, ATTEST_INTEL, above->issuer) ||
        pck_extension_read(&platform, x509_extension(leaf, x509_oid_sgx), &e) != ERR_OK)
        return worker_fail(WORKER_ERR_BAD_EVIDENCE);
    g->label = (uint8_t)policy->roots[*root].label;
    tcb[0] = quote_is_tdx(&q) ? TEE_TDX : TEE_SGX;
    memcpy(tcb + 1, platform.fmspc, FMSPC_LEN);
    sha256(issuer, leaf->issuer);
    gather(x, g, WORKER_COLLATERAL_KIND_TCB_INFO, bytes_of(tcb, sizeof tcb));
    gather(x, g, WORKER_COLLATERAL_KIND_QE_IDENTITY, bytes_of(tcb, 1));
    gather(x, g, WORKER_COLLATERAL_KIND_ROOT_CRL, BYTES_EMPTY);
    gather(x, g, WORKER_COLLATERAL_KIND_PCK_CRL, bytes_of(issuer, KEY_MAX));
    return g->missing ? worker_fail(WORKER_ERR_EVIDENCE_STALE) : DISPATCH_OK;
}

/* The leaf of a SEV-SNP certificate table, DER or PEM. */
static bool table_leaf(struct exec *x, struct x509 *out, struct bytes evidence)
{
    struct chain *ch = arena_new(x->arena, struct chain);
    struct snp_table table;
    struct err e;

    if (evidence.len <= SNP_REPORT_LEN ||
        snp_table_read(&table, bytes_from(evidence, SNP_REPORT_LEN), &e) != ATTEST_VERIFIED)
        return false;
    struct bytes leaf = table.vcek.len > 0 ? table.vcek : table.vlek;
    if (leaf.len > 0 && leaf.p[0] == DER_SEQUENCE)
        return x509_read(out, leaf, &e) == ERR_OK;
    struct writer der = writer_fixed(arena_alloc(x->arena, chain_der_len(leaf)), chain_der_len(leaf));
    if (chain_read(ch, &der, leaf, &e) != ERR_OK)
        return false;
    *out = ch->cert[0];
    return true;
}

/* The stored intermediate that the leaf names: it tells product and root, which a report need not. */
static bool gather_amd(struct exec *x, struct gathering *g, uint32_t *root, struct bytes evidence,
                       const struct attest_policy *policy)
{
    struct x509 leaf, above;
    struct err e;

    if (!table_leaf(x, &leaf, evidence))
        return false;
    for (uint32_t i = 0; i < policy->root_count; i++) {
        for (uint8_t vlek = 0; policy->roots[i].vendor == ATTEST_AMD && vlek <= 1; vlek++) {
            const uint8_t name[2] = {(uint8_t)policy->roots[i].product, vlek};
            g->label = (uint8_t)policy->roots[i].label;
            g->missing = false;
            g->n = 0;
            gather(x, g, WORKER_COLLATERAL_KIND_AMD_CA, bytes_of(name, sizeof name));
            if (g->missing || x509_read(&above, g->v[0].document, &e) != ERR_OK ||
                !bytes_eq(above.subject, leaf.issuer))
                continue;
            gather(x, g, WORKER_COLLATERAL_KIND_AMD_CRL, bytes_of(name, 1)); /* the policy may do without */
            *root = i;
            return true;
        }
    }
    return false;
}

struct dispatch collateral_for(struct exec *x, const struct attest_endorsements **out, struct bytes evidence,
                               enum attest_form form, const struct attest_policy *policy)
{
    struct gathering g = {0};
    uint32_t root = 0;
    struct err e;

    *out = NULL;
    worker_collateral_index_get(x, &g.index);
    if (form != ATTEST_FORM_SNP)
        DISPATCH_TRY(gather_intel(x, &g, &root, evidence, policy));
    else if (!gather_amd(x, &g, &root, evidence, policy))
        return DISPATCH_OK;
    /* They passed once; only root can have damaged them since. */
    if (attest_endorse_accepted(out, x->arena, g.v, g.n, root, policy, &e) != ATTEST_VERIFIED)
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
