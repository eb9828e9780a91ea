/* tee/sim_priv.h — what the files of the simulated platform share. Private to tee/sim*.c. */
#ifndef TEE_SIM_PRIV_H
#define TEE_SIM_PRIV_H

#include "tee/sim_authority.h"
#include "tee/sim_x509.h"

enum { SIM_PATH_MAX = 1024, SIM_CERT_MAX = 4096, SIM_CHAIN_MAX = 12000 /* PEM */, SIM_PCE_SVN = 11 };
enum { SIM_MODULE_MINOR = 5, SIM_MODULE_MINOR_OLD = 2, SIM_TDX_LATE_MICROCODE = 3 };

struct sim_der {
    uint8_t mem[SIM_CERT_MAX];
    size_t len;
};
static inline struct bytes sim_der_bytes(const struct sim_der *d)
{
    return bytes_of(d->mem, d->len);
}
void sim_der_cert(struct sim_der *out, const struct sim_cert_args *args);
FALLIBLE sim_der_read(struct sim_der *out, const char *folder, const char *name, struct err *e);

struct attest_sim {
    char folder[SIM_PATH_MAX];
    EVP_PKEY *pck, *attestation; /* the platform's signing key; this process's own */
    struct sim_der root, ca, pck_cert;
    uint8_t rtmr[4][48];

    EVP_PKEY *chip; /* NULL: no SEV-SNP. VCEK and VLEK */
    struct sim_der ark, intermediate, chip_cert;
    struct attest_snp_claims chip_claims; /* what the leaf is for: product, vlek, reported_tcb, chip_id */
};

struct attest_sim_authority {
    EVP_PKEY *root, *ca, *tcb;
    struct sim_der root_cert, ca_cert, tcb_cert;
    EVP_PKEY *ark, *ask; /* NULL: no SEV-SNP */
};

/* The components, also the CPUSVN, that the current TCB level demands. */
extern const uint8_t sim_components[16];
/* A chip as made by default: Milan, its reported TCB. */
void sim_chip_default(struct attest_snp_claims *out);
/* A TD report body of td->body_type. */
void sim_put_td(struct writer *w, const struct attest_tdx_claims *td, const uint8_t report_data[64]);
size_t sim_td_length(uint8_t body_type); /* 0: no such type */

/* collateral-{sgx,tdx,snp}.json */
const char *sim_collateral_name(enum attest_kind kind);

#endif /* TEE_SIM_PRIV_H */
