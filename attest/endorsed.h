/* attest/endorsed.h — what endorsements hold. Private to attest/: collateral.c makes them, quote.c and snp.c
 * use them.
 *
 * Everything here was signed by a pinned root or by what it issued. Validity in time and revocation are
 * judged at each use, against the `now` of that use. Arrays live in the arena, views in the collateral's
 * bytes. */
#ifndef ATTEST_ENDORSED_H
#define ATTEST_ENDORSED_H

#include "attest/collateral.h"
#include "attest/crl.h"
#include "attest/x509.h"

enum { TCB_LEVELS_MAX = 64, TCB_ADVISORIES_MAX = 64, TCB_MODULES_MAX = 16, COLLATERAL_TEXT_MAX = 65536 };

/* What one level says. */
struct tcb_verdict {
    enum attest_tcb status;
    uint64_t date;
    const struct bytes *advisories;
    uint32_t advisory_count;
};
struct tcb_level {
    uint8_t sgx[16], tdx[16];
    uint16_t pce_svn;
    struct tcb_verdict verdict;
};
/* A level of a quoting enclave or a TDX module. */
struct isv_level {
    uint16_t isv_svn;
    struct tcb_verdict verdict;
};

struct tdx_module {
    uint8_t mrsigner[48], attributes[8], attributes_mask[8];
};
struct tdx_module_identity {
    uint8_t major; /* of id "TDX_01" */
    struct tdx_module module;
    const struct isv_level *levels;
    uint32_t level_count;
};

struct tcb_info {
    bool tdx;
    uint8_t version; /* 2 or 3 */
    uint8_t fmspc[6], pceid[2];
    uint64_t issued, next_update;
    uint32_t evaluation;
    struct tdx_module module; /* of module major version 0 */
    const struct tdx_module_identity *modules;
    uint32_t module_count;
    const struct tcb_level *levels; /* descending, in document order: the first that fits counts */
    uint32_t level_count;
};

struct qe_identity {
    bool tdx; /* id TD_QE */
    uint64_t issued, next_update;
    uint32_t evaluation;
    uint8_t misc_select[4], misc_select_mask[4];
    uint8_t attributes[16], attributes_mask[16];
    uint8_t mrsigner[32];
    uint16_t isv_prod_id;
    const struct isv_level *levels;
    uint32_t level_count;
};

struct attest_endorsements {
    bool intel;
    uint32_t intel_root;         /* index into the policy's roots: all Intel parts end in it */
    struct bytes intel_root_key; /* of that root, so that another policy's list cannot be mistaken for it */
    struct bytes pck_chain;
    struct tcb_info tcb_info;
    struct x509 tcb_signer;
    struct qe_identity qe_identity;
    struct x509 qe_signer;
    struct crl root_crl, pck_crl;
    struct x509 pck_crl_issuer;

    bool amd, has_amd_leaf, has_amd_crl;
    uint32_t amd_root; /* and its key, as with Intel */
    struct bytes amd_root_key;
    struct x509 amd_leaf, amd_intermediate;
    struct crl amd_crl;
};

/* Strict readers of the signed texts (attest/tcb_info.c, attest/qe_identity.c): the JSON object alone,
 * without the service's wrapper and signature. TCB_INFO_FORMAT, QE_IDENTITY_FORMAT. */
MUST_USE enum attest_class tcb_info_read(struct tcb_info *out, struct arena *a, struct bytes text,
                                         struct err *e);
MUST_USE enum attest_class qe_identity_read(struct qe_identity *out, struct arena *a, struct bytes text,
                                            struct err *e);
/* ATTEST_TCB_NOT_EVALUATED for a string that is no status. */
enum attest_tcb attest_tcb_from_name(struct bytes name);

#endif /* ATTEST_ENDORSED_H */
