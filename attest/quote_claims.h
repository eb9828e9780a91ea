/* attest/quote_claims.h — what the body of a signed quote says. Private to attest/. Pure. */
#ifndef ATTEST_QUOTE_CLAIMS_H
#define ATTEST_QUOTE_CLAIMS_H

#include "attest/quote.h"

/* What bodies and QE reports must look like whatever collateral says; to be asked after the signatures, so
 * that tampering is called tampering. FORMAT, QE_IDENTITY_MISMATCH, TDX_MODULE_MISMATCH. */
MUST_USE enum attest_class quote_check_reports(const struct quote *q, struct err *e);
/* Fills kind, debug, report data, SGX or TDX claims, declared length and the hash of the signed part. */
void quote_claim(struct attest_claims *out, const struct quote *q);

#endif /* ATTEST_QUOTE_CLAIMS_H */
