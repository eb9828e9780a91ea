/* attest/policy.h — whom to believe: trust roots, and what verified claims must say.
 *
 * Two steps that never mix: attest_verify establishes that evidence is authentic and what it claims;
 * attest_policy_check judges the claims. attest_appraise (attest/appraise.h) does both in order.
 *
 * There are no lenient defaults: a zeroed policy has no roots, no measurements and no allowed TCB status, and
 * refuses everything. What is waived is waived by name. Members that only narrow further, and so ask nothing
 * when they are zero: platforms, collateral_max_age, least_evaluation, td_required, td_refused,
 * snp_least_tcb, snp_products_refused, snp_policy_refused, snp_platform_required, snp_refuse_vlek.
 *
 *     struct attest_root root;
 *     TRY(attest_root_from_cert(&root, genesis_root_der, ATTEST_ROOT_DEVELOPMENT, e));
 *     struct attest_policy policy = {.roots = &root, .root_count = 1, .allow_development = true,
 *                                    .tcb_allowed = ATTEST_TCB_STRICT,
 *                                    .measurements = allowed, .measurement_count = 2}; */
#ifndef ATTEST_POLICY_H
#define ATTEST_POLICY_H

#include "attest/claims.h"
#include "attest/verdict.h"

enum attest_vendor { ATTEST_INTEL, ATTEST_AMD };

/* Pinned by subject and public key, never by the bytes of a certificate: vendors reissue roots. */
struct attest_root {
    enum attest_vendor vendor;
    enum attest_snp_product product; /* AMD: each product line has a root of its own */
    struct bytes subject;            /* the DER of the name; a view into what the root was made from */
    struct bytes public_key;         /* Intel: P-256, x ‖ y; AMD: RSA-4096, the modulus; likewise a view */
    uint64_t not_before, not_after;
    enum attest_root_label label;
};

/* From the DER of a self-issued CA certificate, whose bytes must outlive the root: ECDSA P-256 makes an Intel
 * root, RSA-4096 an AMD root of the product that ends its common name. ERR_MALFORMED, ERR_UNSUPPORTED. The
 * signature is not checked: whoever configures a root vouches for it. */
FALLIBLE attest_root_from_cert(struct attest_root *out, struct bytes der, enum attest_root_label label,
                               struct err *e);

enum { ATTEST_DEVELOPMENT_ROOTS_MAX = 2 };
/* Splits the development roots of a chain: one or two DER certificates one behind the other, an Intel-shaped
 * and an AMD-shaped one in any order, no two of a shape. Views into `der`. ERR_MALFORMED, ERR_UNSUPPORTED. */
FALLIBLE attest_development_roots(struct attest_root out[ATTEST_DEVELOPMENT_ROOTS_MAX], uint32_t *n,
                                  struct bytes der, struct err *e);

enum { ATTEST_VENDOR_ROOTS = 4 };
/* Intel's production SGX root, then AMD's ARK of Milan, Genoa and Turin. */
extern const struct attest_root attest_vendor_roots[ATTEST_VENDOR_ROOTS];

/* Which code: on allow-lists of chains, workers and policies. */
enum attest_measurement_kind {                            /* consensus: never renumber */
                               ATTEST_MEASURE_SGX = 0,    /* MRENCLAVE, 32 bytes */
                               ATTEST_MEASURE_SIGNER = 1, /* MRSIGNER ‖ ISVPRODID u16 ‖ least ISVSVN u16 */
                               ATTEST_MEASURE_TDX = 2, /* MRTD ‖ RTMR0 ‖ RTMR1 ‖ RTMR2 ‖ RTMR3, 240 bytes */
                               ATTEST_MEASURE_SNP = 3, /* launch digest, 48 bytes */
};
enum { ATTEST_MEASUREMENT_MAX = 240 };
struct attest_measurement {
    enum attest_measurement_kind kind;
    struct bytes value;
};
/* The kind is told by the length: how lists of people and programs name code. False for other lengths. */
MUST_USE bool attest_measurement_read(struct attest_measurement *out, struct bytes value);
bool attest_measurement_well_formed(const struct attest_measurement *m);
bool attest_measurement_matches(const struct attest_measurement *m, const struct attest_claims *c);

#define ATTEST_TCB_BIT(status) (1u << (status))
#define ATTEST_TCB_STRICT ATTEST_TCB_BIT(ATTEST_TCB_UP_TO_DATE)
#define ATTEST_TCB_TOLERANT                                               \
    (ATTEST_TCB_STRICT | ATTEST_TCB_BIT(ATTEST_TCB_SW_HARDENING_NEEDED) | \
     ATTEST_TCB_BIT(ATTEST_TCB_CONFIGURATION_NEEDED) |                    \
     ATTEST_TCB_BIT(ATTEST_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED))

struct attest_policy {
    /* for the first step: whom to believe */
    const struct attest_root *roots;
    uint32_t root_count;
    bool zero_tail; /* accept zero bytes after a quote, as producers with fixed buffers leave them */
    /* accept SGX and TDX evidence without collateral: signatures only; TCB, QE identity and revocation are
     * not judged. Collateral that is given is judged all the same. Whether a TCB that was not evaluated is
     * enough is the second step's (tcb_allowed). */
    bool without_collateral;
    bool without_amd_crl; /* accept SNP evidence without AMD's revocation list */

    /* for the second: what they must say */
    bool allow_development; /* false: evidence under a development root is TRUST_ROOT_NOT_ALLOWED */
    bool allow_debug;
    const struct attest_measurement *measurements;
    uint32_t measurement_count;
    bool any_measurement; /* the list is not consulted */
    uint32_t tcb_allowed; /* ATTEST_TCB_BIT of each; Revoked is refused whatever it says. SGX and TDX */
    const struct bytes
        *advisories; /* accepted ones; consulted when SWHardeningNeeded is part of the status */
    uint32_t advisory_count;
    bool any_advisory;
    /* the machines believed, by PPID or platform instance id (16 bytes) or chip id (64); none: any. A key
     * that was taken out of one machine forges that machine alone. */
    const struct bytes *platforms;
    uint32_t platform_count;
    uint64_t collateral_max_age; /* seconds since the issue of TCB info and QE identity; 0: their own dates.
                                    SGX and TDX: AMD's list counts by its dates alone */
    uint32_t least_evaluation;   /* smaller evaluation numbers of TCB info are refused: nobody goes back */
    uint64_t td_required,
        td_refused; /* TDATTRIBUTES bits that must and must not be set (debug is separate) */
    bool allow_service_td;
    const uint8_t (*snp_least_tcb)[8]; /* by product: least reported TCB, byte by byte; NULL for none */
    uint32_t snp_products_refused;     /* bit per attest_snp_product refused: a product line can be dropped */
    uint64_t snp_policy_refused;       /* guest policy bits that must not be set (debug is separate) */
    uint64_t snp_platform_required;    /* platform_info bits that must be set */
    uint8_t snp_vmpl_max;
    bool snp_refuse_vlek;
};

/* What chains, workers and entries demand of every guest (docs/pallets.md "Evidence"). TD attributes: none
 * of the untrusted group, no migration, no performance monitoring; an unexpected #VE must not reach the
 * guest. Guest policy of SNP: no migration agent. Documents of a week at most: authentic ones of last month
 * could hide what became known since, and are the host's to choose. */
#define ATTEST_TD_REQUIRED (UINT64_C(1) << 28)
#define ATTEST_TD_REFUSED (UINT64_C(0xfe) | UINT64_C(1) << 29 | UINT64_C(1) << 63)
#define ATTEST_SNP_POLICY_REFUSED (UINT64_C(1) << 18)
enum { ATTEST_COLLATERAL_MAX_AGE_S = 7 * 86400 };

/* The second step. `report_data` is compared in constant time; NULL leaves it to the caller. `now` is for
 * collateral_max_age. */
MUST_USE enum attest_class attest_policy_check(const struct attest_policy *p, const struct attest_claims *c,
                                               uint64_t now, const uint8_t report_data[64], struct err *e);

#endif /* ATTEST_POLICY_H */
