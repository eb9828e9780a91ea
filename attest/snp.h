/* attest/snp.h — AMD SEV-SNP: strict readers of the attestation report and of the certificate table that may
 * follow it, and the authenticity half of verification.
 *
 * Evidence is the report of 1,184 bytes, alone or with the certificate table of an extended request behind it
 * (configfs-tsm's auxblob). The table comes from the host: its leaf and intermediate are hints that are
 * verified up to a pinned root right here, its root and its revocation list are ignored. What the table lacks
 * comes from the endorsements. A zero tail is never accepted: no producer leaves one. Pure.
 *
 * Layouts, and what is demanded of each byte: docs/formats/snp-report.md. Callers want attest/appraise.h:
 * claims of authentic evidence are worth nothing before the policy step. */
#ifndef ATTEST_SNP_H
#define ATTEST_SNP_H

#include "attest/appraise.h"

enum { SNP_REPORT_LEN = 1184, SNP_SIGNED_LEN = 672, SNP_TABLE_ENTRIES_MAX = 16 };
/* Offsets in a report that are read before the rest is. */
enum { SNP_ALGORITHM_AT = 0x34, SNP_REPORT_DATA_AT = 0x50, SNP_ECDSA_P384 = 1 };
enum { SNP_KEY_VCEK = 0, SNP_KEY_VLEK = 1, SNP_KEY_NONE = 7 };

struct snp_report {
    struct attest_snp_claims claims; /* product, vlek and csp_id are the certificate's: set by the verifier */
    uint8_t report_data[64];
    uint8_t signing_key; /* SNP_KEY_*, or a number without a meaning */
    bool chip_key_masked;
    bool has_cpuid; /* from version 3 on */
    uint8_t family, model;
    struct bytes signed_part; /* a view into the input */
    uint8_t signature[96];    /* r ‖ s, big-endian */
};

/* The structure alone, of exactly SNP_REPORT_LEN bytes. SNP_FORMAT, SNP_UNSUPPORTED_VERSION, SNP_SIG_ALGO, or
 * VERIFIED for "well formed". */
MUST_USE enum attest_class snp_report_read(struct snp_report *out, struct bytes in, struct err *e);

/* Views into the table: contents of the entries that matter, DER or PEM; empty without one. */
struct snp_table {
    struct bytes vcek, vlek, intermediate;
};
/* The bytes behind a report; none at all is a table without entries. SNP_FORMAT. */
MUST_USE enum attest_class snp_table_read(struct snp_table *out, struct bytes in, struct err *e);

/* The product line that the processor's family and model belong to; ATTEST_SNP_PRODUCTS for others. */
enum attest_snp_product snp_product_of_cpuid(uint8_t family, uint8_t model);

/* attest_verify of SEV-SNP evidence.
 *   claims  tcb is NOT_EVALUATED: AMD publishes no levels, a policy names least versions instead
 *   SNP_*; COLLATERAL_MISSING without leaf or intermediate; CRL_MISSING, CRL_EXPIRED, CRL_NOT_YET_VALID;
 *   CERT_REVOKED */
MUST_USE enum attest_class attest_snp_verify(struct attest_claims *out, const struct attest_input *in,
                                             const struct attest_policy *policy,
                                             const struct attest_primitives *crypto, struct err *e);

#endif /* ATTEST_SNP_H */
