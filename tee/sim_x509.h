/* tee/sim_x509.h — certificates and revocation lists of the simulated vendors, in the shapes of the real
 * ones. Native; used by tee/sim*.c alone. Shapes: docs/formats/attestation.md. */
#ifndef TEE_SIM_X509_H
#define TEE_SIM_X509_H

#include "attest/claims.h"
#include "tee/sim_keys.h"

enum sim_cert {
    SIM_ROOT,        /* Intel's shape */
    SIM_PLATFORM_CA, /* by the root */
    SIM_TCB_SIGNER,  /* by the root */
    SIM_PCK,         /* by the platform CA; needs `platform` */
    SIM_ARK,         /* AMD's shape; the product is part of the names */
    SIM_ASK,         /* by the ARK */
    SIM_ASVK,        /* by the ARK */
    SIM_VCEK,        /* by the ASK; needs `chip` */
    SIM_VLEK,        /* by the ASVK; needs `chip` */
};

struct sim_cert_args {
    enum sim_cert kind;
    const EVP_PKEY *subject;
    EVP_PKEY *issuer;
    uint64_t now; /* valid from a day before for the years its kind gets */
    const struct attest_platform *platform;
    enum attest_snp_product product;
    const struct attest_snp_claims *chip; /* reported_tcb, chip_id, csp_id */
};
void sim_put_cert(struct writer *w, const struct sim_cert_args *args);

struct sim_crl_args {
    enum sim_cert issuer_kind;
    EVP_PKEY *issuer;
    enum attest_snp_product product;
    uint64_t this_update, next_update;
    uint32_t number;
    const struct bytes *revoked; /* serials: content of the INTEGER */
    size_t revoked_count;
};
void sim_put_crl(struct writer *w, const struct sim_crl_args *args);

/* Serials of AMD's shape are fixed, as AMD's are. */
struct bytes sim_amd_serial(enum sim_cert kind);

/* The values of the platform's extensions (tee/sim_extension.c). */
void sim_put_sgx_extension(struct writer *w, const struct attest_platform *platform);
/* AMD's extensions of a leaf, one after the other. */
void sim_put_amd_extensions(struct writer *list, enum sim_cert kind, enum attest_snp_product product,
                            const struct attest_snp_claims *chip);
/* Which byte of a TCB version holds what, by product; -1: not there. */
struct sim_tcb_layout {
    int fmc, boot_loader, tee, snp, microcode;
};
extern const struct sim_tcb_layout sim_tcb_layouts[ATTEST_SNP_PRODUCTS];

#endif /* TEE_SIM_X509_H */
