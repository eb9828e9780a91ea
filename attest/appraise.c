#include "attest/appraise.h"
#include "attest/quote.h"
#include "attest/snp.h"
#include "crypto/hash.h"

/* Quotes have the kind of their key, 2, where reports have the upper half of their version, 0. */
static enum attest_form form_of(struct bytes evidence, enum attest_form form)
{
    enum { SNP_VERSION_LEAST = 2, SNP_VERSION_MOST = 5 };

    if (form != ATTEST_FORM_DETECT)
        return form;
    if (evidence.len < SNP_REPORT_LEN || load_u32le(evidence.p + SNP_ALGORITHM_AT) != SNP_ECDSA_P384)
        return ATTEST_FORM_QUOTE;
    uint32_t version = load_u32le(evidence.p);
    return version >= SNP_VERSION_LEAST && version <= SNP_VERSION_MOST ? ATTEST_FORM_SNP : ATTEST_FORM_QUOTE;
}

enum attest_class attest_verify(struct attest_claims *out, const struct attest_input *in,
                                const struct attest_policy *policy, const struct attest_primitives *crypto,
                                struct err *e)
{
    if (form_of(in->evidence, in->form) == ATTEST_FORM_SNP)
        return attest_snp_verify(out, in, policy, crypto, e);
    return attest_quote_verify(out, in, policy, crypto, e);
}

/*~ 11/12 May this evidence be trusted? The same code for chain, worker, entry and CLI. */
enum attest_class attest_appraise(struct attest_claims *out, const struct attest_input *in,
                                  const struct attest_policy *policy, const struct attest_primitives *crypto,
                                  struct err *e)
{
    struct attest_claims claims;
    enum attest_class c = attest_verify(&claims, in, policy, crypto, e);

    if (c != ATTEST_VERIFIED)
        return c;
    c = attest_policy_check(policy, &claims, in->now, in->report_data, e);
    if (c == ATTEST_VERIFIED)
        *out = claims;
    return c;
}

static bool peek(struct bytes *report_data, struct bytes *signed_part, struct bytes evidence,
                 enum attest_form form)
{
    struct quote q;
    struct snp_report report;
    struct err e;

    if (form_of(evidence, form) == ATTEST_FORM_SNP) {
        if (evidence.len < SNP_REPORT_LEN ||
            snp_report_read(&report, bytes_of(evidence.p, SNP_REPORT_LEN), &e) != ATTEST_VERIFIED)
            return false;
        *report_data = bytes_of(evidence.p + SNP_REPORT_DATA_AT, 64);
        *signed_part = report.signed_part;
        return true;
    }
    if (quote_read(&q, evidence, true, &e) != ATTEST_VERIFIED)
        return false;
    *report_data = quote_report_data(&q);
    *signed_part = q.signed_part;
    return true;
}

bool attest_peek_report_data(uint8_t out[64], struct bytes evidence, enum attest_form form)
{
    struct bytes data, part;

    if (!peek(&data, &part, evidence, form))
        return false;
    memcpy(out, data.p, 64);
    return true;
}

bool attest_peek_signed_hash(uint8_t out[32], struct bytes evidence, enum attest_form form)
{
    struct bytes data, part;

    if (!peek(&data, &part, evidence, form))
        return false;
    blake2_256(out, part);
    return true;
}
