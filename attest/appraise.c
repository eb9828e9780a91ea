#include "attest/appraise.h"
#include "attest/quote.h"

enum attest_class attest_verify(struct attest_claims *out, const struct attest_input *in,
                                const struct attest_policy *policy, const struct attest_primitives *crypto,
                                struct err *e)
{
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

bool attest_peek_report_data(uint8_t out[64], struct bytes evidence, enum attest_form form)
{
    struct quote q;
    struct err e;

    (void)form;
    if (quote_read(&q, evidence, false, &e) != ATTEST_VERIFIED)
        return false;
    memcpy(out, quote_report_data(&q).p, 64);
    return true;
}
