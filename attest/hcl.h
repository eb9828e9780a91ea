/* attest/hcl.h — the report of a paravisor that stands between hardware and guest (Azure's form): a header,
 * the hardware's report, and runtime data whose hash that report carries.
 *
 * The runtime data is JSON text that holds, among others, the public key of the virtual TPM; the guest's own
 * nonce is in a TPM quote by that key, which is not read here. Believe the text after attest_snp_verify of
 * the report. Pure. Layout: docs/formats/snp-report.md "Paravisor reports". */
#ifndef ATTEST_HCL_H
#define ATTEST_HCL_H

#include "attest/primitives.h"
#include "attest/verdict.h"

enum { HCL_MAX = 65536 };

/* Views into the blob. */
struct hcl {
    struct bytes report;  /* SNP_REPORT_LEN bytes, not verified */
    struct bytes runtime; /* what its report data is the SHA-256 of */
};

/* FORMAT; UNSUPPORTED_TEE_TYPE for hardware other than SEV-SNP; REPORT_DATA_MISMATCH when the report is not
 * about this runtime data. Zero bytes may follow: the blob comes from a TPM index of fixed size. */
MUST_USE enum attest_class hcl_read(struct hcl *out, struct bytes blob,
                                    const struct attest_primitives *crypto, struct err *e);

#endif /* ATTEST_HCL_H */
