#include "attest/policy.h"
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

enum attest_class attest_policy_check(const struct attest_policy *p, const struct attest_claims *c,
                                      uint64_t now, const uint8_t report_data[64], struct err *e)
{
    (void)now;
    if (c->root_label != ATTEST_ROOT_VENDOR && !p->allow_development)
        return attest_refuse(e, ATTEST_TRUST_ROOT_NOT_ALLOWED, "evidence is of a development root");
    if (c->debug && !p->allow_debug)
        return attest_refuse(e, ATTEST_DEBUG_NOT_ALLOWED, "the enclave runs in debug mode");
    if (!measurement_allowed(p, c))
        return attest_refuse(e, ATTEST_MEASUREMENT_MISMATCH, "the measurement is not on the allow-list");
    if (report_data != NULL && !secret_eq(c->report_data, report_data, 64))
        return attest_refuse(e, ATTEST_REPORT_DATA_MISMATCH, "the evidence is bound to something else");
    return ATTEST_VERIFIED;
}
