/* attest/quote.h — quotes of Intel TEEs: strict reader and the authenticity half of verification.
 *
 * Layouts: docs/formats/attestation.md. Signed by the attestation key: bytes 0..431. The embedded root
 * certificate is never trusted: the path is leaf, intermediate, pinned root. Callers want attest/appraise.h:
 * claims of authentic evidence are worth nothing before the policy step. */
#ifndef ATTEST_QUOTE_H
#define ATTEST_QUOTE_H

#include "attest/appraise.h"

enum {
    SGX_QUOTE_MAX = ATTEST_EVIDENCE_MAX,
    SGX_REPORT_LEN = 384,
    SGX_SIGNED_LEN = 432,
    SGX_AUTH_DATA_MAX = 1024,
    SGX_CERT_DATA_PEM_CHAIN = 5,
};

/* Views into the quote. */
struct quote {
    uint16_t version, key_type, cert_data_type;
    uint32_t tee_type;
    struct bytes vendor, signed_part, report, signature, attestation_key;
    struct bytes qe_report, qe_signature, auth_data, cert_data;
    size_t declared_length;
};

/* The structure alone. FORMAT, UNSUPPORTED_VERSION, _KEY_TYPE, _TEE_TYPE, UNKNOWN_QE_VENDOR,
 * UNSUPPORTED_CERT_DATA, or VERIFIED for "well formed". */
MUST_USE enum attest_class quote_read(struct quote *out, struct bytes in, bool zero_tail, struct err *e);

/* attest_verify of a quote. */
MUST_USE enum attest_class attest_quote_verify(struct attest_claims *out, const struct attest_input *in,
                                               const struct attest_policy *policy,
                                               const struct attest_primitives *crypto, struct err *e);

#endif /* ATTEST_QUOTE_H */
