#include "attest/policy.h"
#include "attest/x509.h"
#include "crypto/wipe.h"

enum err_code attest_root_from_cert(struct attest_root *out, struct bytes der, enum attest_root_label label,
                                    struct err *e)
{
    struct x509 c;

    if (x509_read(&c, der, e) != ERR_OK)
        return err_wrap(e, "trust root");
    if (!x509_self_issued(&c) || !c.ca)
        return FAIL(e, ERR_MALFORMED, "trust root: not a self-issued certificate of a CA");
    *out = (struct attest_root){
        .subject = c.subject, .not_before = c.not_before, .not_after = c.not_after, .label = label};
    memcpy(out->public_key, c.public_key, sizeof out->public_key);
    return ERR_OK;
}

static bool measurement_allowed(const struct attest_policy *p, const uint8_t mrenclave[32])
{
    if (p->any_measurement)
        return true;
    for (uint32_t i = 0; i < p->measurement_count; i++) {
        if (memcmp(p->measurements[i].b, mrenclave, 32) == 0)
            return true;
    }
    return false;
}

enum attest_class attest_policy_check(const struct attest_policy *p, const struct attest_claims *c,
                                      const uint8_t report_data[64], struct err *e)
{
    if (c->root_label != ATTEST_ROOT_VENDOR && !p->allow_development)
        return attest_refuse(e, ATTEST_TRUST_ROOT_NOT_ALLOWED, "evidence is of a development root");
    if (c->debug)
        return attest_refuse(e, ATTEST_DEBUG_NOT_ALLOWED, "the enclave runs in debug mode");
    if (!measurement_allowed(p, c->mrenclave))
        return attest_refuse(e, ATTEST_MEASUREMENT_MISMATCH, "the measurement is not on the allow-list");
    if (!secret_eq(c->report_data, report_data, 64))
        return attest_refuse(e, ATTEST_REPORT_DATA_MISMATCH, "the evidence is bound to something else");
    return ATTEST_VERIFIED;
}
