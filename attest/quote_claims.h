/* attest/quote_claims.h — what the body of a signed quote says. Private to attest/. Pure. */
#ifndef ATTEST_QUOTE_CLAIMS_H
#define ATTEST_QUOTE_CLAIMS_H

#include "attest/quote.h"

/* Offsets in an enclave's report body. */
enum {
    SGX_CPU_SVN = 0,
    SGX_MISC_SELECT = 16,
    SGX_RESERVED1 = 20,
    SGX_ISV_EXT_PROD_ID = 32,
    SGX_ATTRIBUTES = 48,
    SGX_MRENCLAVE = 64,
    SGX_RESERVED2 = 96,
    SGX_MRSIGNER = 128,
    SGX_RESERVED3 = 160,
    SGX_CONFIG_ID = 192,
    SGX_ISV_PROD_ID = 256,
    SGX_ISV_SVN = 258,
    SGX_CONFIG_SVN = 260,
    SGX_RESERVED4 = 262,
    SGX_ISV_FAMILY_ID = 304,
};

/* What bodies and QE reports must look like whatever collateral says; to be asked after the signatures, so
 * that tampering is called tampering. FORMAT, QE_IDENTITY_MISMATCH, TDX_MODULE_MISMATCH. */
MUST_USE enum attest_class quote_check_reports(const struct quote *q, struct err *e);
/* Fills kind, debug, report data, SGX or TDX claims, declared length and the hash of the signed part. */
void quote_claim(struct attest_claims *out, const struct quote *q);

#endif /* ATTEST_QUOTE_CLAIMS_H */
