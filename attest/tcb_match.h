/* attest/tcb_match.h — which level a platform, its quoting enclave and its TDX module are at.
 *
 * Private to attest/. Levels are tried in the order of the signed documents and the first that fits counts;
 * none is a refusal. Rules: docs/formats/attestation.md "TCB evaluation". Pure. */
#ifndef ATTEST_TCB_MATCH_H
#define ATTEST_TCB_MATCH_H

#include "attest/endorsed.h"

/* Is this report the vendor's quoting enclave, and at which level? QE_IDENTITY_MISMATCH, TCB_NOT_SUPPORTED.
 *   qe_report  384 bytes, signed by the platform
 *   level      a view into the identity */
MUST_USE enum attest_class qe_identity_match(const struct isv_level **level, const struct qe_identity *id,
                                             struct bytes qe_report, struct err *e);

/* Fills tcb, tcb_date, tcb_platform, tcb_qe, tcb_module and the advisories of claims whose kind, platform and
 * body are there. The documents must be about this platform. TDX_MODULE_MISMATCH, TCB_NOT_SUPPORTED. */
MUST_USE enum attest_class tcb_claim(struct attest_claims *claims, const struct tcb_info *info,
                                     const struct isv_level *qe, struct err *e);

#endif /* ATTEST_TCB_MATCH_H */
