#include "attest/tcb_match.h"
#include "attest/quote_claims.h"
#include "attest/tcb.h"

/* (value & mask) = expected, byte by byte. */
static bool masked_eq(const uint8_t *value, const uint8_t *mask, const uint8_t *expected, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((value[i] & mask[i]) != expected[i])
            return false;
    }
    return true;
}

static const struct isv_level *isv_level_of(const struct isv_level *levels, uint32_t count, uint16_t svn)
{
    for (uint32_t i = 0; i < count; i++) {
        if (levels[i].isv_svn <= svn)
            return &levels[i];
    }
    return NULL;
}

enum attest_class qe_identity_match(const struct isv_level **level, const struct qe_identity *id,
                                    struct bytes qe_report, struct err *e)
{
    ASSERT(qe_report.len == SGX_REPORT_LEN);
    const uint8_t *qe = qe_report.p;

    if (!masked_eq(qe + SGX_MISC_SELECT, id->misc_select_mask, id->misc_select, sizeof id->misc_select))
        return attest_refuse(e, ATTEST_QE_IDENTITY_MISMATCH, "MISCSELECT of the quoting enclave");
    if (!masked_eq(qe + SGX_ATTRIBUTES, id->attributes_mask, id->attributes, sizeof id->attributes))
        return attest_refuse(e, ATTEST_QE_IDENTITY_MISMATCH, "attributes of the quoting enclave");
    if (memcmp(qe + SGX_MRSIGNER, id->mrsigner, sizeof id->mrsigner) != 0)
        return attest_refuse(e, ATTEST_QE_IDENTITY_MISMATCH, "signer of the quoting enclave");
    if (load_u16le(qe + SGX_ISV_PROD_ID) != id->isv_prod_id)
        return attest_refuse(e, ATTEST_QE_IDENTITY_MISMATCH, "product id of the quoting enclave");
    *level = isv_level_of(id->levels, id->level_count, load_u16le(qe + SGX_ISV_SVN));
    if (*level == NULL)
        return attest_refuse(e, ATTEST_TCB_NOT_SUPPORTED, "the quoting enclave is older than every level");
    return ATTEST_VERIFIED;
}

/* The parts of one evaluation: a module has no level of its own in major version 0. */
struct levels {
    const struct tcb_verdict *platform, *qe, *module_opt;
};

static bool covers(const uint8_t *have, const uint8_t *need, size_t from)
{
    for (size_t i = from; i < 16; i++) {
        if (have[i] < need[i])
            return false;
    }
    return true;
}

/* The first two TDX components are the module's own version, which its identity judges when it has one. */
static size_t first_tdx_component(const uint8_t svn[16])
{
    return svn[1] > 0 ? 2 : 0;
}

static enum attest_class match_platform(struct levels *out, const struct tcb_info *info,
                                        const struct attest_platform *p, const uint8_t *tdx_svn_opt,
                                        struct err *e)
{
    for (uint32_t i = 0; i < info->level_count; i++) {
        const struct tcb_level *level = &info->levels[i];
        if (!covers(p->components, level->sgx, 0) || p->pce_svn < level->pce_svn)
            continue;
        if (tdx_svn_opt != NULL && !covers(tdx_svn_opt, level->tdx, first_tdx_component(tdx_svn_opt)))
            continue;
        out->platform = &level->verdict;
        return ATTEST_VERIFIED;
    }
    return attest_refuse(e, ATTEST_TCB_NOT_SUPPORTED, "the platform is older than every level");
}

static const struct tdx_module_identity *module_identity(const struct tcb_info *info, uint8_t major)
{
    for (uint32_t i = 0; i < info->module_count; i++) {
        if (info->modules[i].major == major)
            return &info->modules[i];
    }
    return NULL;
}

static enum attest_class match_module(struct levels *out, const struct tcb_info *info,
                                      const struct attest_tdx_claims *td, const uint8_t svn[16],
                                      struct err *e)
{
    const uint8_t minor = svn[0], major = svn[1];
    const struct tdx_module *module = &info->module;
    const struct isv_level *level = NULL;

    if (major > 0) {
        const struct tdx_module_identity *id = module_identity(info, major);
        if (id == NULL)
            return attest_refuse(e, ATTEST_TDX_MODULE_MISMATCH, "no identity of this module version");
        module = &id->module;
        level = isv_level_of(id->levels, id->level_count, minor);
        if (level == NULL)
            return attest_refuse(e, ATTEST_TCB_NOT_SUPPORTED, "the TDX module is older than every level");
        out->module_opt = &level->verdict;
    }
    if (memcmp(td->mrsignerseam, module->mrsigner, sizeof module->mrsigner) != 0)
        return attest_refuse(e, ATTEST_TDX_MODULE_MISMATCH, "signer of the TDX module");
    if (!masked_eq(td->seam_attributes, module->attributes_mask, module->attributes,
                   sizeof module->attributes))
        return attest_refuse(e, ATTEST_TDX_MODULE_MISMATCH, "attributes of the TDX module");
    return ATTEST_VERIFIED;
}

/* One evaluation; tdx_svn_opt is a TD's TEE TCB SVN, NULL for SGX. */
static enum attest_class evaluate(struct levels *out, const struct attest_claims *c,
                                  const struct tcb_info *info, const struct isv_level *qe,
                                  const uint8_t *tdx_svn_opt, struct err *e)
{
    struct levels l = {.qe = &qe->verdict};
    enum attest_class verdict = ATTEST_VERIFIED;

    if (tdx_svn_opt != NULL)
        verdict = match_module(&l, info, &c->tdx, tdx_svn_opt, e);
    if (verdict == ATTEST_VERIFIED)
        verdict = match_platform(&l, info, &c->platform, tdx_svn_opt, e);
    if (verdict == ATTEST_VERIFIED)
        *out = l;
    return verdict;
}

static enum attest_tcb converged(const struct levels *l)
{
    return attest_tcb_converge(l->platform->status, l->qe->status,
                               l->module_opt != NULL ? l->module_opt->status : ATTEST_TCB_NOT_EVALUATED);
}

static bool out_of_date(enum attest_tcb s)
{
    return s == ATTEST_TCB_OUT_OF_DATE || s == ATTEST_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
}

static bool configuration_needed(enum attest_tcb s)
{
    return s == ATTEST_TCB_CONFIGURATION_NEEDED || s == ATTEST_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED ||
           s == ATTEST_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
}

/* The module was updated under a running TD: a restart cures what the launch lacks. A module in use that is
 * revoked counts whatever the launch was. */
static enum attest_tcb relaunch(enum attest_tcb launch, enum attest_tcb current)
{
    if (current == ATTEST_TCB_REVOKED)
        return ATTEST_TCB_REVOKED;
    if (!out_of_date(launch) || out_of_date(current))
        return launch;
    return configuration_needed(launch) || configuration_needed(current)
               ? ATTEST_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED
               : ATTEST_TCB_TD_RELAUNCH_ADVISED;
}

static void add_advisory(struct attest_claims *c, struct bytes id)
{
    uint32_t at = 0;
    while (at < c->advisory_count && bytes_cmp(c->advisories[at], id) < 0)
        at++;
    if (at < c->advisory_count && bytes_eq(c->advisories[at], id))
        return;
    ASSERT(c->advisory_count < ATTEST_ADVISORIES_MAX); /* three lists of at most TCB_ADVISORIES_MAX */
    for (uint32_t i = c->advisory_count; i > at; i--)
        c->advisories[i] = c->advisories[i - 1];
    c->advisories[at] = id;
    c->advisory_count++;
}

static void claim_part(struct attest_claims *c, struct attest_tcb_part *part, const struct tcb_verdict *v)
{
    if (v == NULL)
        return;
    *part = (struct attest_tcb_part){.judged = true, .status = v->status, .date = v->date};
    if (c->tcb_date == 0 || v->date < c->tcb_date)
        c->tcb_date = v->date;
    for (uint32_t i = 0; i < v->advisory_count; i++)
        add_advisory(c, v->advisories[i]);
}

enum attest_class tcb_claim(struct attest_claims *claims, const struct tcb_info *info,
                            const struct isv_level *qe, struct err *e)
{
    const bool tdx = claims->kind == ATTEST_KIND_TDX;
    struct levels launch, current;

    enum attest_class c = evaluate(&launch, claims, info, qe, tdx ? claims->tdx.tee_tcb_svn : NULL, e);
    if (c != ATTEST_VERIFIED)
        return c;
    claims->tcb = converged(&launch);
    if (tdx && claims->tdx.body_type >= QUOTE_BODY_TDX_15) {
        c = evaluate(&current, claims, info, qe, claims->tdx.tee_tcb_svn2, e);
        if (c != ATTEST_VERIFIED)
            return c;
        claims->tcb = relaunch(claims->tcb, converged(&current));
    }
    claims->tcb_date = 0;
    claim_part(claims, &claims->tcb_platform, launch.platform);
    claim_part(claims, &claims->tcb_qe, launch.qe);
    claim_part(claims, &claims->tcb_module, launch.module_opt);
    return ATTEST_VERIFIED;
}
