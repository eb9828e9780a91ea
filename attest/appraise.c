#include "attest/appraise.h"
#include "attest/sgx.h"

/*~ 11/12 May this evidence be trusted? The same code for chain, worker, entry and CLI. */
enum attest_class attest_appraise(struct attest_claims *out, struct bytes evidence, uint64_t now,
                                  const struct attest_policy *policy, const uint8_t report_data[64],
                                  const struct attest_primitives *crypto, struct err *e)
{
    struct attest_claims claims;
    enum attest_class c = attest_sgx_verify(&claims, evidence, now, policy, crypto, e);

    if (c != ATTEST_VERIFIED)
        return c;
    c = attest_policy_check(policy, &claims, report_data, e);
    if (c == ATTEST_VERIFIED)
        *out = claims;
    return c;
}
