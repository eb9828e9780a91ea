/* attest/appraise_test.h — for tests: attest_appraise without collateral, its arguments in a row. */
#ifndef ATTEST_APPRAISE_TEST_H
#define ATTEST_APPRAISE_TEST_H

#include "attest/appraise.h"

static inline enum attest_class appraise_bare(struct attest_claims *out, struct bytes evidence, uint64_t now,
                                              const struct attest_policy *policy, const uint8_t *report_data,
                                              const struct attest_primitives *crypto, struct err *e)
{
    const struct attest_input in = {.evidence = evidence, .now = now, .report_data = report_data};
    return attest_appraise(out, &in, policy, crypto, e);
}

#endif /* ATTEST_APPRAISE_TEST_H */
