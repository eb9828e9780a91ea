/* attest/claims.h — what verified evidence says, whatever kind of TEE made it.
 *
 * Filled by attest_verify (attest/appraise.h) only. Claims of authentic evidence are worth nothing before the
 * policy step: who it is, whether it may be trusted with secrets, and what it is bound to are judged there.
 * Layouts: docs/formats/attestation.md. Byte strings are in memory order. */
#ifndef ATTEST_CLAIMS_H
#define ATTEST_CLAIMS_H

#include "base/bytes.h"

enum attest_kind { ATTEST_KIND_SGX, ATTEST_KIND_TDX, ATTEST_KIND_SNP };

/* Whose root: vendors' are compiled in, a development root is configuration and shown as SIMULATED. */
enum attest_root_label { ATTEST_ROOT_VENDOR, ATTEST_ROOT_DEVELOPMENT };

/* Not one total order: attest_tcb_rank (attest/tcb.h) is the table. */
enum attest_tcb {
    ATTEST_TCB_NOT_EVALUATED, /* without collateral; and SNP, for which no levels are published */
    ATTEST_TCB_UP_TO_DATE,
    ATTEST_TCB_SW_HARDENING_NEEDED,
    ATTEST_TCB_CONFIGURATION_NEEDED,
    ATTEST_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
    ATTEST_TCB_OUT_OF_DATE,
    ATTEST_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
    ATTEST_TCB_TD_RELAUNCH_ADVISED,
    ATTEST_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED,
    ATTEST_TCB_REVOKED,
};

enum attest_snp_product { ATTEST_SNP_MILAN, ATTEST_SNP_GENOA, ATTEST_SNP_TURIN, ATTEST_SNP_PRODUCTS };

enum { ATTEST_CSP_ID_MAX = 128 };
enum { ATTEST_ADVISORIES_MAX = 192 }; /* 64 each of platform, QE and module */

struct attest_sgx_claims {
    uint8_t cpu_svn[16];
    uint8_t misc_select[4];
    uint8_t attributes[16];
    uint8_t mrenclave[32], mrsigner[32];
    uint8_t isv_ext_prod_id[16], isv_family_id[16], config_id[64];
    uint16_t isv_prod_id, isv_svn, config_svn;
};

struct attest_tdx_claims {
    uint8_t body_type; /* 2: TDX 1.0, 3: TDX 1.5, 4: 1.5 extended; of a version 4 quote 2 */
    uint8_t tee_tcb_svn[16], tee_tcb_svn2[16];
    uint8_t mrseam[48], mrsignerseam[48], seam_attributes[8];
    uint8_t td_attributes[8], xfam[8];
    uint8_t mrtd[48], rtmr[4][48];
    uint8_t mrconfigid[48], mrowner[48], mrownerconfig[48]; /* chosen by the host: proof of nothing */
    uint8_t mrservicetd[48];                                /* not zero: another TD has power over this one */
};

struct attest_snp_claims {
    uint32_t version, guest_svn, vmpl;
    uint64_t policy, platform_info;
    enum attest_snp_product product;
    bool vlek; /* signed by a provider's key: no chip is bound */
    uint8_t measurement[48], host_data[32];
    uint8_t family_id[16], image_id[16];
    uint8_t id_key_digest[48], author_key_digest[48];
    bool author_key;
    uint8_t report_id[32], report_id_ma[32], chip_id[64];
    uint8_t current_tcb[8], reported_tcb[8], committed_tcb[8], launch_tcb[8];
    uint8_t csp_id[ATTEST_CSP_ID_MAX]; /* of a VLEK: the provider's name; a copy, as the certificate may have
                                          been decoded from PEM */
    uint8_t csp_id_len;
};

/* Intel platforms, from the PCK certificate. */
struct attest_platform {
    uint8_t fmspc[6], pceid[2], ppid[16];
    uint8_t components[16], cpu_svn[16]; /* levels compare the components, never the CPUSVN */
    uint16_t pce_svn;
    uint8_t sgx_type;  /* 0 standard, 1 scalable (no integrity of memory), 2 scalable with integrity */
    bool has_instance; /* issued by the Platform CA */
    uint8_t instance[16];
};

/* One of the parts whose level was looked up. */
struct attest_tcb_part {
    bool judged;
    enum attest_tcb status;
    uint64_t date; /* of the level: all its fixes are of that day or before */
};

struct attest_claims {
    enum attest_kind kind;
    bool debug;
    uint8_t report_data[64];
    union {
        struct attest_sgx_claims sgx;
        struct attest_tdx_claims tdx;
        struct attest_snp_claims snp;
    };
    struct attest_platform platform; /* SGX and TDX */

    enum attest_tcb tcb; /* converged */
    uint64_t tcb_date;   /* the earliest of the levels used; 0 when not evaluated */
    struct attest_tcb_part tcb_platform, tcb_qe, tcb_module;
    uint32_t tcb_evaluation_number, qe_evaluation_number;
    struct bytes advisories[ATTEST_ADVISORIES_MAX]; /* ascending, each once; views into the collateral */
    uint32_t advisory_count;

    /* whom it rests on and how long */
    uint32_t root_index; /* into the policy's list */
    enum attest_root_label root_label;
    uint64_t valid_until; /* the earliest end of all certificates, lists and documents used */
    /* the earlier issue date of TCB info and QE identity, for SNP that of AMD's list; 0 without. Intel's
     * lists are left out: they are issued rarely (the root's once a year) and count by their own dates */
    uint64_t collateral_issued;
    size_t declared_length;  /* bytes of evidence without a zero tail */
    uint8_t signed_hash[32]; /* blake2_256 of the signed bytes: what replay protection keys on */
};

/* MRENCLAVE, MRTD or the launch digest; a view into the claims. */
struct bytes attest_measurement_of(const struct attest_claims *c);
const char *attest_kind_name(enum attest_kind kind);        /* "SGX", "TDX", "SEV-SNP" */
const char *attest_product_name(enum attest_snp_product p); /* "Milan" */

#endif /* ATTEST_CLAIMS_H */
