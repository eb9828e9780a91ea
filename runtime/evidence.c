#include "runtime/evidence.h"

#include "attest/tcb.h"
#include "base/int.h"
#include "runtime/collateral.h"
#include "runtime/params.h"

struct worker_attestation evidence_none(struct exec *x, const struct account_id *key)
{
    return (struct worker_attestation){.key = *key, .at = exec_block(x), .until = UINT64_MAX};
}

struct worker_evidence evidence_detect(struct bytes report)
{
    struct worker_evidence v = {.tag = WORKER_EVIDENCE_SGX_DCAP};
    const uint8_t *p = report.p;

    if (report.len == 0)
        return (struct worker_evidence){.tag = WORKER_EVIDENCE_NONE};
    /* A quote has its version and a key type other than 0 in its first four bytes, a report a u32. */
    if (report.len >= 8 && p[2] == 0 && p[3] == 0)
        v.tag = WORKER_EVIDENCE_SEV_SNP;
    else if (report.len >= 8 && p[4] == 0x81)
        v.tag = WORKER_EVIDENCE_TDX;
    if (v.tag == WORKER_EVIDENCE_SEV_SNP)
        v.u.sev_snp = report;
    else if (v.tag == WORKER_EVIDENCE_TDX)
        v.u.tdx = report;
    else
        v.u.sgx_dcap = report;
    return v;
}

static enum attest_form form_of(const struct worker_evidence *v)
{
    return v->tag == WORKER_EVIDENCE_SEV_SNP ? ATTEST_FORM_SNP : ATTEST_FORM_QUOTE;
}

static bool kind_fits(enum worker_evidence_tag tag, enum attest_kind kind)
{
    switch (kind) {
    case ATTEST_KIND_SGX:
        return tag == WORKER_EVIDENCE_SGX_DCAP;
    case ATTEST_KIND_TDX:
        return tag == WORKER_EVIDENCE_TDX;
    case ATTEST_KIND_SNP:
        return tag == WORKER_EVIDENCE_SEV_SNP;
    }
    return false;
}

/* ---- how many in a block ---- */

uint32_t evidence_count(struct exec *x)
{
    struct scale_u64_u32_pair count;
    worker_evidence_count_get(x, &count);
    return count.a == exec_block(x) ? count.b : 0;
}

/* ---- 4: report data ---- */

/* Is the evidence's report data the binding to the demanded nonce, or to the hash of a recent block?
 * *report_data is that binding. Cheap next to the signatures, so it goes first. */
static bool bound(struct exec *x, uint8_t report_data[ATTEST_REPORT_DATA_LEN], struct bytes evidence,
                  enum attest_form form, const struct evidence_demand *d)
{
    uint8_t binding[32], said[ATTEST_REPORT_DATA_LEN];
    uint32_t last = d->nonce_opt != NULL ? 1 : EVIDENCE_FRESH_BLOCKS;

    if (!attest_peek_report_data(said, evidence, form))
        return false;
    for (uint32_t back = 1; back <= last && back <= exec_block(x); back++) {
        struct hash32 nonce;
        if (d->nonce_opt != NULL)
            nonce = *d->nonce_opt;
        else if (!exec_block_hash(x, &nonce, exec_block(x) - back))
            return false;
        attest_binding(binding, d->purpose, &d->subject, d->key.b, nonce.b);
        attest_report_data(report_data, binding);
        if (memcmp(report_data, said, ATTEST_REPORT_DATA_LEN) == 0)
            return true;
    }
    return false;
}

/* ---- 1, 2, 3, 5: what the verifier says ---- */

/* Statuses up to a rank. Revoked has the highest rank and is refused whatever the policy says. */
static uint32_t statuses_up_to(uint8_t rank)
{
    uint32_t mask = 0;
    for (int s = ATTEST_TCB_UP_TO_DATE; s < ATTEST_TCB_REVOKED; s++) {
        if (attest_tcb_rank((enum attest_tcb)s) <= rank)
            mask |= ATTEST_TCB_BIT(s);
    }
    return mask;
}

static struct dispatch refusal_of(enum attest_class c)
{
    switch ((int)c) {
    case ATTEST_CERT_EXPIRED:
    case ATTEST_CERT_NOT_YET_VALID:
    case ATTEST_CRL_MISSING:
    case ATTEST_CRL_EXPIRED:
    case ATTEST_CRL_NOT_YET_VALID:
    case ATTEST_TCB_INFO_EXPIRED:
    case ATTEST_TCB_INFO_NOT_YET_VALID:
    case ATTEST_QE_IDENTITY_EXPIRED:
    case ATTEST_QE_IDENTITY_NOT_YET_VALID:
    case ATTEST_COLLATERAL_MISSING:
    case ATTEST_COLLATERAL_TOO_OLD:
    case ATTEST_SNP_CERT_EXPIRED:
    case ATTEST_SNP_CERT_NOT_YET_VALID:
        return worker_fail(WORKER_ERR_EVIDENCE_STALE);
    case ATTEST_TCB_NOT_SUPPORTED:
    case ATTEST_TCB_STATUS_NOT_ALLOWED:
        return worker_fail(WORKER_ERR_TCB_TOO_LOW);
    case ATTEST_MEASUREMENT_MISMATCH:
        return worker_fail(WORKER_ERR_MEASUREMENT_NOT_ALLOWED);
    default:
        return worker_fail(WORKER_ERR_BAD_EVIDENCE);
    }
}

static struct attest_measurement *measurements_of(struct exec *x, const struct evidence_demand *d)
{
    struct attest_measurement *v =
        arena_new_n(x->arena, struct attest_measurement, (size_t)d->code_count + 1);
    for (uint32_t i = 0; i < d->code_count; i++) {
        v[i] = (struct attest_measurement){.kind = (enum attest_measurement_kind)d->code[i].kind,
                                           .value = d->code[i].value};
    }
    return v;
}

struct dispatch evidence_appraise(struct exec *x, struct attest_claims *claims,
                                  const struct worker_evidence *evidence, const uint8_t *report_data,
                                  const struct evidence_demand *d)
{
    struct collateral_roots roots;
    bool dev = exec_dev_mode(x);
    struct err e;

    collateral_roots(x, &roots);
    const struct attest_policy policy = {
        .roots = roots.v,
        .root_count = roots.n,
        .without_amd_crl = dev,
        .allow_development = dev,
        .measurements = measurements_of(x, d),
        .measurement_count = d->code_count,
        .any_measurement = d->any_code,
        .tcb_allowed = statuses_up_to(d->tcb_max),
        .any_advisory = true, /* levels speak of statuses */
        .td_required = ATTEST_TD_REQUIRED,
        .td_refused = ATTEST_TD_REFUSED,
        .snp_policy_refused = ATTEST_SNP_POLICY_REFUSED,
    };
    struct attest_input in = {.evidence = evidence_bytes(evidence),
                              .form = form_of(evidence),
                              .now = exec_now_ms(x) / 1000,
                              .report_data = report_data};
    DISPATCH_TRY(collateral_for(x, &in.endorsements, in.evidence, in.form, &policy));
    enum attest_class c = attest_appraise(claims, &in, &policy, &attest_plain, &e);
    if (c == ATTEST_VERIFIED)
        return DISPATCH_OK;
    x->host->log(x->host->ctx, bytes_of_str(e.msg));
    return refusal_of(c);
}

static bool class_fits(struct exec *x, const struct evidence_demand *d, enum attest_kind kind)
{
    /* A development machine has whichever kind it was told to simulate, whatever was ordered. */
    return d->any_class || exec_dev_mode(x) || (d->class == CLASS_SGX) == (kind == ATTEST_KIND_SGX);
}

/* ---- 6: once ---- */

/* As long as the attestation lasts, and at least until the nonce in it is forgotten. */
static uint64_t seen_until(struct exec *x)
{
    return (uint64_t)exec_block(x) + max_u64(params_of(x)->attest_max_age, EVIDENCE_FRESH_BLOCKS);
}

static void remember(struct exec *x, const struct hash32 *hash)
{
    uint64_t until = seen_until(x);
    uint32_t count = evidence_count(x);
    struct scale_h256_vec old;

    worker_evidence_expiry_get(x, &old, until);
    struct scale_h256_vec list = {.n = old.n, .v = arena_new_n(x->arena, struct hash32, (size_t)old.n + 1)};
    if (old.n > 0)
        memcpy(list.v, old.v, old.n * sizeof *list.v);
    /* one block fills the list of one block; only root can have made it more */
    if (list.n < EVIDENCE_BLOCK_MAX)
        list.v[list.n++] = *hash;
    worker_evidence_expiry_put(x, until, &list);
    worker_evidence_seen_put(x, hash, until);
    worker_evidence_count_put(x, &(struct scale_u64_u32_pair){.a = exec_block(x), .b = count + 1});
}

void evidence_forget(struct exec *x)
{
    struct scale_h256_vec list;
    worker_evidence_expiry_get(x, &list, exec_block(x));
    if (list.n == 0)
        return;
    for (uint32_t i = 0; i < list.n; i++)
        worker_evidence_seen_del(x, &list.v[i]);
    worker_evidence_expiry_del(x, exec_block(x));
}

/* ---- all of it ---- */

static struct worker_attestation attestation_of(struct exec *x, const struct attest_claims *claims,
                                                enum worker_evidence_tag tag, const struct account_id *key)
{
    uint32_t age = params_of(x)->attest_max_age;
    struct worker_attestation a = {
        .kind = (uint8_t)tag,
        .measurement = {.some = true, .value = arena_dup(x->arena, attest_measurement_of(claims))},
        /* AMD publishes no levels: SNP evidence has passed the verifier's own checks of its TCB. */
        .tcb = claims->kind == ATTEST_KIND_SNP ? 0 : attest_tcb_rank(claims->tcb),
        .key = *key,
        .at = exec_block(x),
        .until = age == 0 ? UINT64_MAX : (uint64_t)exec_block(x) + age,
    };
    memcpy(a.hash.b, claims->signed_hash, sizeof a.hash.b);
    return a;
}

/* Judges evidence other than None and counts it: what was accepted is accepted once. */
static struct dispatch accept(struct exec *x, struct worker_attestation *out,
                              const struct worker_evidence *evidence, const struct evidence_demand *d)
{
    struct attest_claims *claims = arena_new(x->arena, struct attest_claims);
    uint8_t report_data[ATTEST_REPORT_DATA_LEN];

    if (evidence_count(x) >= EVIDENCE_BLOCK_MAX)
        return worker_fail(WORKER_ERR_TOO_MANY_EVIDENCES);
    if (evidence->tag == WORKER_EVIDENCE_NONE ||
        !bound(x, report_data, evidence_bytes(evidence), form_of(evidence), d))
        return worker_fail(WORKER_ERR_BAD_EVIDENCE);
    DISPATCH_TRY(evidence_appraise(x, claims, evidence, report_data, d));
    if (!kind_fits(evidence->tag, claims->kind) || !class_fits(x, d, claims->kind))
        return worker_fail(WORKER_ERR_BAD_EVIDENCE);
    struct worker_attestation a = attestation_of(x, claims, evidence->tag, &d->key);
    if (worker_evidence_seen_has(x, &a.hash))
        return worker_fail(WORKER_ERR_EVIDENCE_REPLAYED);
    remember(x, &a.hash);
    *out = a;
    return DISPATCH_OK;
}

struct dispatch evidence_of_cluster(struct exec *x, struct worker_attestation *out,
                                    const struct worker_evidence *evidence,
                                    const struct worker_k8s_cluster *cluster)
{
    struct worker_measurement_vec allowed;

    worker_worker_measurements_get(x, &allowed);
    const struct evidence_demand d = {
        .purpose = ATTEST_PURPOSE_WORKER,
        .subject = {.genesis = exec_genesis_hash(x), .cluster = cluster->id},
        .key = cluster->controller,
        .tcb_max = cluster_tcb_max(x, cluster->id),
        .any_class = true,
        .any_code = allowed.n == 0 && exec_dev_mode(x),
        .code = allowed.v,
        .code_count = allowed.n,
    };
    return accept(x, out, evidence, &d);
}

struct dispatch evidence_of_replica(struct exec *x, struct worker_attestation *out,
                                    const struct worker_evidence *evidence, const struct contract *c,
                                    const struct account_id *key, const struct hash32 *challenge_nonce_opt)
{
    struct worker_level_requirement level;
    struct worker_code_policy policy = {.max_status = UINT8_MAX};
    struct evidence_demand d = {
        .purpose = challenge_nonce_opt != NULL ? ATTEST_PURPOSE_CHALLENGE : ATTEST_PURPOSE_START,
        .subject = {.genesis = exec_genesis_hash(x),
                    .cluster = c->cluster,
                    .work_type = (uint8_t)c->work.id.wtype,
                    .work_id = c->work.id.id},
        .key = *key,
        .nonce_opt = challenge_nonce_opt,
        .class = c->work.class,
    };

    if (!app_app_version_get(x, &d.subject.version, c->work.id.id) ||
        !worker_level_requirements_get(x, &level, c->work.level))
        return worker_fail(WORKER_ERR_BAD_EVIDENCE);
    bool pinned = worker_work_policy_get(x, &policy, &c->work.id);
    d.any_code = !pinned || policy.measurements.n == 0;
    d.code = policy.measurements.v;
    d.code_count = policy.measurements.n;
    d.tcb_max = (uint8_t)min_u64(level.tcb_max, policy.max_status);
    return accept(x, out, evidence, &d);
}

bool evidence_measurements_valid(const struct worker_measurement *v, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct attest_measurement m = {.kind = (enum attest_measurement_kind)v[i].kind,
                                             .value = v[i].value};
        if (!attest_measurement_well_formed(&m))
            return false;
    }
    return true;
}
