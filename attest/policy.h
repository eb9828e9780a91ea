/* attest/policy.h — whom to believe: trust roots, and what verified claims must say.
 *
 * Two steps that never mix: attest_verify_* establishes that evidence is authentic and what it claims;
 * attest_policy_check judges the claims. attest_appraise (attest/appraise.h) does both in order and is what
 * callers use.
 *
 * There are no lenient defaults: a zeroed policy has no roots and no measurements, and refuses everything.
 * Debug evidence is always refused.
 *
 *     struct attest_root root;
 *     TRY(attest_root_from_cert(&root, genesis_root_der, ATTEST_ROOT_DEVELOPMENT, e));
 *     struct attest_policy policy = {.roots = &root, .root_count = 1, .allow_development = true,
 *                                    .measurements = allowed, .measurement_count = 2}; */
#ifndef ATTEST_POLICY_H
#define ATTEST_POLICY_H

#include "attest/verdict.h"
#include "base/bytes.h"

enum attest_root_label { ATTEST_ROOT_VENDOR, ATTEST_ROOT_DEVELOPMENT };

/* Pinned by subject and public key, never by the bytes of a certificate: vendors reissue roots. */
struct attest_root {
    struct bytes subject;   /* the DER of the name; a view into what the root was made from */
    uint8_t public_key[64]; /* P-256, x ‖ y */
    uint64_t not_before, not_after;
    enum attest_root_label label;
};

/* From the DER of a self-signed CA certificate, whose bytes must outlive the root. ERR_MALFORMED. The
 * signature is not checked: whoever configures a root vouches for it. */
FALLIBLE attest_root_from_cert(struct attest_root *out, struct bytes der, enum attest_root_label label,
                               struct err *e);

/* Intel's production SGX root. */
extern const struct attest_root attest_intel_root;

struct attest_policy {
    const struct attest_root *roots;
    uint32_t root_count;
    bool allow_development; /* false: evidence under a development root is TRUST_ROOT_NOT_ALLOWED */
    const struct hash32 *measurements; /* MRENCLAVE values allowed */
    uint32_t measurement_count;
    bool any_measurement; /* explicit: the list is not consulted */
    bool zero_tail; /* accept zero bytes after the evidence, as producers with fixed buffers leave them */
};

enum attest_kind { ATTEST_KIND_SGX };

/* TCB levels need collateral (TCB information, QE identity, revocation lists), which is not evaluated yet:
 * nothing is known, neither good nor bad. */
enum attest_tcb { ATTEST_TCB_NOT_EVALUATED };

/* What verified evidence says. */
struct attest_claims {
    enum attest_kind kind;
    uint8_t mrenclave[32], mrsigner[32];
    uint16_t isv_prod_id, isv_svn;
    uint8_t report_data[64];
    uint8_t attributes[16];
    bool debug;
    /* the platform, from its certificate */
    uint8_t fmspc[6], pceid[2], ppid[16];
    uint8_t tcb_components[16];
    uint16_t pce_svn;
    uint8_t sgx_type;
    enum attest_tcb tcb;
    /* whom it rests on */
    uint32_t root_index;
    enum attest_root_label root_label; /* development: whoever shows the result shows SIMULATED */
    uint64_t valid_until;              /* the earliest end of a certificate used */
    size_t declared_length;            /* bytes of evidence without a zero tail */
    uint8_t signed_hash[32];           /* blake2_256 of the signed bytes: what replay protection keys on */
};

/* The second step. `report_data` is compared in constant time. */
MUST_USE enum attest_class attest_policy_check(const struct attest_policy *p, const struct attest_claims *c,
                                               const uint8_t report_data[64], struct err *e);

#endif /* ATTEST_POLICY_H */
