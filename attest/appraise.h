/* attest/appraise.h — the one question a relying party asks: is this evidence good, for this, now?
 *
 * Everything is an argument: bytes, collateral, time (seconds since 1970), policy, expected binding,
 * cryptography. Nothing is fetched, nothing allocated; two runs give the same answer. Pure, safe from any
 * thread.
 *
 *     uint8_t binding[32], want[64];
 *     attest_binding(binding, ATTEST_PURPOSE_START, &subject, deploy_key, nonce);
 *     attest_report_data(want, binding);
 *     struct attest_input in = {
 *         .evidence = quote, .endorsements = endorsed, .now = now, .report_data = want};
 *     if (attest_appraise(&claims, &in, &policy, &attest_openssl, e) != ATTEST_VERIFIED)
 *         return err_wrap(e, "start evidence");
 *
 * Sources: docs/formats/attestation.md, which names the steps. */
#ifndef ATTEST_APPRAISE_H
#define ATTEST_APPRAISE_H

#include "attest/collateral.h"

enum attest_form {
    ATTEST_FORM_DETECT, /* by the first bytes */
    ATTEST_FORM_QUOTE,  /* SGX or TDX quote, versions 3 to 5 */
    ATTEST_FORM_SNP,    /* SEV-SNP report, 1,184 bytes, behind it nothing or a certificate table */
};
enum { ATTEST_EVIDENCE_MAX = 16384 };

struct attest_input {
    struct bytes evidence;
    enum attest_form form;
    const struct attest_endorsements *endorsements; /* NULL: none */
    uint64_t now;
    const uint8_t *report_data; /* 64 bytes it must carry; NULL leaves the comparison to the caller */
};

/* Authenticity alone: every signature, chain, revocation, validity and identity check.
 *   out  filled only when the answer is ATTEST_VERIFIED
 *   e    "CLASS: why" otherwise */
MUST_USE enum attest_class attest_verify(struct attest_claims *out, const struct attest_input *in,
                                         const struct attest_policy *policy,
                                         const struct attest_primitives *crypto, struct err *e);

/* attest_verify, then attest_policy_check. */
MUST_USE enum attest_class attest_appraise(struct attest_claims *out, const struct attest_input *in,
                                           const struct attest_policy *policy,
                                           const struct attest_primitives *crypto, struct err *e);

/* The 64 bytes of report data in evidence of that form, unverified: to look for the nonce before paying for
 * signatures. False when the structure is not that of the form; a tail of zeros is left to attest_verify. */
MUST_USE bool attest_peek_report_data(uint8_t out[64], struct bytes evidence, enum attest_form form);
/* What `signed_hash` of the claims will be: to find one piece of evidence among others. */
MUST_USE bool attest_peek_signed_hash(uint8_t out[32], struct bytes evidence, enum attest_form form);

#endif /* ATTEST_APPRAISE_H */
