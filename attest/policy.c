#include "attest/policy.h"
#include "attest/der.h"
#include "attest/tcb.h"
#include "attest/x509.h"
#include "crypto/wipe.h"

enum { SIGNER_LEN = 36, TDX_LEN = 240 };

/* The product whose name ends the common name of an AMD root; ATTEST_SNP_PRODUCTS when there is none. */
static enum attest_snp_product product_of(struct bytes common_name)
{
    for (int i = 0; i < ATTEST_SNP_PRODUCTS; i++) {
        struct bytes name = bytes_of_str(attest_product_name((enum attest_snp_product)i));
        if (common_name.len > name.len && common_name.p[common_name.len - name.len - 1] == '-' &&
            bytes_eq(bytes_from(common_name, common_name.len - name.len), name))
            return (enum attest_snp_product)i;
    }
    return ATTEST_SNP_PRODUCTS;
}

enum err_code attest_root_from_cert(struct attest_root *out, struct bytes der, enum attest_root_label label,
                                    struct err *e)
{
    struct x509 c;

    if (x509_read(&c, der, e) != ERR_OK)
        return err_wrap(e, "trust root");
    if (!x509_self_issued(&c) || !c.ca)
        return FAIL(e, ERR_MALFORMED, "trust root: not a self-issued certificate of a CA");
    struct attest_root root = {.vendor = ATTEST_INTEL,
                               .subject = c.subject,
                               .public_key = c.public_key,
                               .not_before = c.not_before,
                               .not_after = c.not_after,
                               .label = label};
    if (c.public_key.len == X509_KEY_RSA4096) {
        root.vendor = ATTEST_AMD;
        root.product = product_of(x509_common_name(c.subject));
        if (root.product == ATTEST_SNP_PRODUCTS)
            return FAIL(e, ERR_UNSUPPORTED, "trust root: its name ends in no known AMD product");
    } else if (c.public_key.len != X509_KEY_P256) {
        return FAIL(e, ERR_UNSUPPORTED, "trust root: the key is neither P-256 nor RSA-4096");
    }
    *out = root;
    return ERR_OK;
}

enum err_code attest_development_roots(struct attest_root out[ATTEST_DEVELOPMENT_ROOTS_MAX], uint32_t *n,
                                       struct bytes der, struct err *e)
{
    struct reader r = reader_of(der);
    uint32_t count = 0;

    while (r.left > 0) {
        if (count == ATTEST_DEVELOPMENT_ROOTS_MAX)
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

bool attest_measurement_well_formed(const struct attest_measurement *m)
{
    switch (m->kind) {
    case ATTEST_MEASURE_SGX:
        return m->value.len == 32;
    case ATTEST_MEASURE_SIGNER:
        return m->value.len == SIGNER_LEN;
    case ATTEST_MEASURE_TDX:
        return m->value.len == TDX_LEN;
    case ATTEST_MEASURE_SNP:
        return m->value.len == 48;
    }
    return false;
}

bool attest_measurement_read(struct attest_measurement *out, struct bytes value)
{
    static const enum attest_measurement_kind kinds[] = {ATTEST_MEASURE_SGX, ATTEST_MEASURE_SIGNER,
                                                         ATTEST_MEASURE_TDX, ATTEST_MEASURE_SNP};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const struct attest_measurement m = {.kind = kinds[i], .value = value};
        if (attest_measurement_well_formed(&m)) {
            *out = m;
            return true;
        }
    }
    return false;
}

bool attest_measurement_matches(const struct attest_measurement *m, const struct attest_claims *c)
{
    const uint8_t *v = m->value.p;

    if (!attest_measurement_well_formed(m))
        return false;
    switch (m->kind) {
    case ATTEST_MEASURE_SGX:
        return c->kind == ATTEST_KIND_SGX && memcmp(v, c->sgx.mrenclave, 32) == 0;
    case ATTEST_MEASURE_SIGNER:
        return c->kind == ATTEST_KIND_SGX && memcmp(v, c->sgx.mrsigner, 32) == 0 &&
               load_u16le(v + 32) == c->sgx.isv_prod_id && load_u16le(v + 34) <= c->sgx.isv_svn;
    case ATTEST_MEASURE_TDX:
        return c->kind == ATTEST_KIND_TDX && memcmp(v, c->tdx.mrtd, 48) == 0 &&
               memcmp(v + 48, c->tdx.rtmr, sizeof c->tdx.rtmr) == 0;
    case ATTEST_MEASURE_SNP:
        return c->kind == ATTEST_KIND_SNP && memcmp(v, c->snp.measurement, 48) == 0;
    }
    return false;
}

static bool measurement_allowed(const struct attest_policy *p, const struct attest_claims *c)
{
    if (p->any_measurement)
        return true;
    for (uint32_t i = 0; i < p->measurement_count; i++) {
        if (attest_measurement_matches(&p->measurements[i], c))
            return true;
    }
    return false;
}

static bool advisory_accepted(const struct attest_policy *p, struct bytes id)
{
    for (uint32_t i = 0; i < p->advisory_count; i++) {
        if (bytes_eq(p->advisories[i], id))
            return true;
    }
    return false;
}

/* The level of an SNP platform is the policy's own: no levels are published. */
static bool snp_tcb_allowed(const struct attest_policy *p, const struct attest_snp_claims *c)
{
    const uint8_t *least = p->snp_least_tcb != NULL ? p->snp_least_tcb[c->product] : NULL;

    for (size_t i = 0; least != NULL && i < sizeof c->reported_tcb; i++) {
        if (c->reported_tcb[i] < least[i])
            return false;
    }
    return true;
}

static enum attest_class check_tcb(const struct attest_policy *p, const struct attest_claims *c,
                                   struct err *e)
{
    if (c->kind == ATTEST_KIND_SNP)
        return snp_tcb_allowed(p, &c->snp) ? ATTEST_VERIFIED
                                           : attest_refuse(e, ATTEST_TCB_STATUS_NOT_ALLOWED,
                                                           "reported TCB is below the least allowed");
    if (c->tcb == ATTEST_TCB_REVOKED || (p->tcb_allowed & ATTEST_TCB_BIT(c->tcb)) == 0)
        return attest_refuse(e, ATTEST_TCB_STATUS_NOT_ALLOWED, attest_tcb_name(c->tcb));
    const bool hardening = c->tcb == ATTEST_TCB_SW_HARDENING_NEEDED ||
                           c->tcb == ATTEST_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED;
    for (uint32_t i = 0; hardening && !p->any_advisory && i < c->advisory_count; i++) {
        if (!advisory_accepted(p, c->advisories[i]))
            return attest_refuse(e, ATTEST_ADVISORY_NOT_ALLOWED, "software must be hardened for it first");
    }
    return ATTEST_VERIFIED;
}

static enum attest_class check_age(const struct attest_policy *p, const struct attest_claims *c, uint64_t now,
                                   struct err *e)
{
    if (c->kind == ATTEST_KIND_SNP || c->collateral_issued == 0) /* none was used: judged elsewhere */
        return ATTEST_VERIFIED;
    if (p->collateral_max_age != 0 && now > c->collateral_issued &&
        now - c->collateral_issued > p->collateral_max_age)
        return attest_refuse(e, ATTEST_COLLATERAL_TOO_OLD, "its oldest document was issued too long ago");
    if (c->tcb_evaluation_number < p->least_evaluation)
        return attest_refuse(e, ATTEST_COLLATERAL_TOO_OLD, "a later evaluation of TCBs is known");
    return ATTEST_VERIFIED;
}

static enum attest_class check_td(const struct attest_policy *p, const struct attest_tdx_claims *c,
                                  struct err *e)
{
    const uint64_t attributes = load_u64le(c->td_attributes);

    if ((attributes & p->td_required) != p->td_required)
        return attest_refuse(e, ATTEST_TD_ATTRIBUTES_NOT_ALLOWED, "an attribute is missing");
    if ((attributes & p->td_refused) != 0)
        return attest_refuse(e, ATTEST_TD_ATTRIBUTES_NOT_ALLOWED, "an attribute is refused");
    if (!p->allow_service_td && !bytes_all_zero(BYTES_OF(c->mrservicetd)))
        return attest_refuse(e, ATTEST_SERVICE_TD_NOT_ALLOWED, "MRSERVICETD is not zero");
    return ATTEST_VERIFIED;
}

static enum attest_class check_snp(const struct attest_policy *p, const struct attest_snp_claims *c,
                                   struct err *e)
{
    if ((p->snp_products_refused >> c->product & 1) != 0)
        return attest_refuse(e, ATTEST_SNP_PRODUCT_NOT_ALLOWED, attest_product_name(c->product));
    if ((c->policy & p->snp_policy_refused) != 0)
        return attest_refuse(e, ATTEST_SNP_POLICY_NOT_ALLOWED, "the guest policy allows too much");
    if ((c->platform_info & p->snp_platform_required) != p->snp_platform_required)
        return attest_refuse(e, ATTEST_SNP_POLICY_NOT_ALLOWED, "the platform lacks a protection");
    if (c->vmpl > p->snp_vmpl_max)
        return attest_refuse(e, ATTEST_SNP_POLICY_NOT_ALLOWED, "asked from too low a privilege level");
    if (c->vlek && p->snp_refuse_vlek)
        return attest_refuse(e, ATTEST_SNP_POLICY_NOT_ALLOWED, "a provider's key binds no chip");
    return ATTEST_VERIFIED;
}

/* By what names the machine: none of an SNP guest signed for by a provider's key. */
static bool is_platform(const struct attest_claims *c, struct bytes id)
{
    if (c->kind == ATTEST_KIND_SNP)
        return !c->snp.vlek && bytes_eq(id, bytes_of(c->snp.chip_id, sizeof c->snp.chip_id));
    return bytes_eq(id, bytes_of(c->platform.ppid, sizeof c->platform.ppid)) ||
           (c->platform.has_instance &&
            bytes_eq(id, bytes_of(c->platform.instance, sizeof c->platform.instance)));
}

static enum attest_class check_platform(const struct attest_policy *p, const struct attest_claims *c,
                                        struct err *e)
{
    for (uint32_t i = 0; i < p->platform_count; i++) {
        if (is_platform(c, p->platforms[i]))
            return ATTEST_VERIFIED;
    }
    return p->platform_count == 0
               ? ATTEST_VERIFIED
               : attest_refuse(e, ATTEST_PLATFORM_NOT_ALLOWED, "the machine is not on the list");
}

static enum attest_class check_attributes(const struct attest_policy *p, const struct attest_claims *c,
                                          struct err *e)
{
    switch (c->kind) {
    case ATTEST_KIND_SGX:
        return ATTEST_VERIFIED;
    case ATTEST_KIND_TDX:
        return check_td(p, &c->tdx, e);
    case ATTEST_KIND_SNP:
        return check_snp(p, &c->snp, e);
    }
    UNREACHABLE();
}

enum attest_class attest_policy_check(const struct attest_policy *p, const struct attest_claims *c,
                                      uint64_t now, const uint8_t report_data[64], struct err *e)
{
    if (c->root_label != ATTEST_ROOT_VENDOR && !p->allow_development)
        return attest_refuse(e, ATTEST_TRUST_ROOT_NOT_ALLOWED, "evidence is of a development root");
    if (c->debug && !p->allow_debug)
        return attest_refuse(e, ATTEST_DEBUG_NOT_ALLOWED, "the enclave or guest may be debugged");
    enum attest_class verdict = check_tcb(p, c, e);
    if (verdict == ATTEST_VERIFIED)
        verdict = check_age(p, c, now, e);
    if (verdict == ATTEST_VERIFIED)
        verdict = check_platform(p, c, e);
    if (verdict == ATTEST_VERIFIED)
        verdict = check_attributes(p, c, e);
    if (verdict != ATTEST_VERIFIED)
        return verdict;
    if (!measurement_allowed(p, c))
        return attest_refuse(e, ATTEST_MEASUREMENT_MISMATCH, "the measurement is not on the allow-list");
    if (report_data != NULL && !secret_eq(c->report_data, report_data, 64))
        return attest_refuse(e, ATTEST_REPORT_DATA_MISMATCH, "the evidence is bound to something else");
    return ATTEST_VERIFIED;
}
