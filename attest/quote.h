/* attest/quote.h — quotes of Intel TEEs, versions 3 (SGX), 4 and 5 (SGX and TDX): strict reader.
 *
 * Layouts: docs/formats/sgx-quote.md and tdx-quote.md. What a quote says is judged in
 * attest/dcap.c; callers want attest/appraise.h. */
#ifndef ATTEST_QUOTE_H
#define ATTEST_QUOTE_H

#include "attest/appraise.h"

enum {
    SGX_QUOTE_MAX = ATTEST_EVIDENCE_MAX,
    SGX_REPORT_LEN = 384,
    SGX_REPORT_DATA_AT = 320,
    TDX_REPORT_DATA_AT = 520,
    SGX_AUTH_DATA_MAX = 1024,
};

/* Of the versions before 5, which have no descriptor, what their TEE type means. */
enum quote_body {
    QUOTE_BODY_SGX = 1,
    QUOTE_BODY_TDX_10 = 2,
    QUOTE_BODY_TDX_15 = 3,
    QUOTE_BODY_TDX_15_EXTENDED = 4,
};

enum quote_cert_data {
    SGX_CERT_DATA_PPID = 1, /* in clear; these three name the platform, the chain comes from elsewhere */
    SGX_CERT_DATA_PPID_RSA2048 = 2, /* encrypted */
    SGX_CERT_DATA_PPID_RSA3072 = 3,
    SGX_CERT_DATA_LEAF = 4,      /* PEM of the PCK certificate alone */
    SGX_CERT_DATA_PEM_CHAIN = 5, /* what everyone sends */
    SGX_CERT_DATA_QE_REPORT = 6, /* the outer layer of versions 4 and 5 */
};

/* Views into the quote. */
struct quote {
    uint16_t version, key_type, body_type;
    uint16_t cert_data_type; /* 1 to 5: of the inner layer */
    uint32_t tee_type;
    struct bytes signed_part, report /* the body */, signature, attestation_key;
    struct bytes qe_report, qe_signature, auth_data, cert_data;
    size_t declared_length;
};

/* The structure alone. FORMAT, UNSUPPORTED_VERSION, _KEY_TYPE, _TEE_TYPE, UNKNOWN_QE_VENDOR,
 * UNSUPPORTED_CERT_DATA, or VERIFIED for "well formed". */
MUST_USE enum attest_class quote_read(struct quote *out, struct bytes in, bool zero_tail, struct err *e);
bool quote_is_tdx(const struct quote *q);
/* The 64 bytes its maker chose, in the body. */
struct bytes quote_report_data(const struct quote *q);

/* attest_verify of a quote (attest/dcap.c). */
MUST_USE enum attest_class attest_quote_verify(struct attest_claims *out, const struct attest_input *in,
                                               const struct attest_policy *policy,
                                               const struct attest_primitives *crypto, struct err *e);

#endif /* ATTEST_QUOTE_H */
