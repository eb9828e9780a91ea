/* attest/appraise.h — the one question a relying party asks: is this evidence good, for this, now?
 *
 * Everything is an argument: bytes, time (seconds since 1970), policy, expected binding, cryptography.
 * Nothing is fetched, nothing allocated; two runs give the same answer. Pure, safe from any thread.
 *
 *     uint8_t binding[32], want[64];
 *     attest_binding(binding, ATTEST_PURPOSE_START, &subject, deploy_key, nonce);
 *     attest_report_data(want, binding);
 *     if (attest_appraise(&claims, evidence, now, &policy, want, &attest_openssl, e) != ATTEST_VERIFIED)
 *         return err_wrap(e, "start evidence");
 *
 * What is checked: structure, certificate chain to a pinned root, validity in time, QE report signature, key
 * binding, quote signature, debug flags, measurement, root label, report data. What is not: TCB level, QE
 * identity, revocation (claims.tcb says so). Collateral will be one more argument here. */
#ifndef ATTEST_APPRAISE_H
#define ATTEST_APPRAISE_H

#include "attest/policy.h"
#include "attest/primitives.h"

/* out  filled only when the answer is ATTEST_VERIFIED
 * e    "CLASS: why" otherwise */
MUST_USE enum attest_class attest_appraise(struct attest_claims *out, struct bytes evidence, uint64_t now,
                                           const struct attest_policy *policy, const uint8_t report_data[64],
                                           const struct attest_primitives *crypto, struct err *e);

#endif /* ATTEST_APPRAISE_H */
