/* tee/sim.h — the simulated provider: evidence of all three kinds in the vendors' real layouts, and the
 * collateral that judges it, under development roots. Native.
 *
 * A platform is a set of PEM, DER and JSON files that attest_sim_create writes into two existing folders,
 * which their maker keeps private:
 *     root folder      root.der (what genesis "sim_root" and trust policies take), root.pem, the authorities'
 *                      keys and certificates: root, ca, tcb and, after attest_sim_create_snp, ark and ask
 *     platform folder  pck.key, chain.pem, root.der: what a producer of quotes needs; vcek.key, vcek.der,
 *                      ask.der, ark.der: the same for SEV-SNP; collateral-{sgx,tdx,snp}.json (tee/bundle.h):
 *                      public, what a caching service would serve; mount this one
 * Keys have mode 0600. Nothing here proves anything about hardware: whoever shows a result shows SIMULATED.
 * Names, measurements, TCB levels: docs/formats/attestation.md "Simulated platform". What only tests need
 * (other levels, revocations, expired documents) is in tee/sim_authority.h.
 *
 *     CLEANUP(attest_sim_free) struct attest_sim *sim = NULL;
 *     TRY(attest_sim_open(&sim, "/var/lib/wetee/sim/platform", e));
 *     TRY(attest_sim_measure(program, "/proc/self/exe", e));
 *     TRY(attest_sim_evidence(sim, arena, &evidence, ATTEST_KIND_SGX, program, report_data, e)); */
#ifndef TEE_SIM_H
#define TEE_SIM_H

#include "attest/collateral.h"
#include "base/arena.h"
#include "base/err.h"

struct attest_sim;

/* `now`: seconds since 1970, when the certificates and the collateral begin; the latter is good for a year.
 * ERR_EXISTS when a platform is there already; ERR_IO. */
FALLIBLE attest_sim_create(const char *root_folder, const char *platform_folder, uint64_t now, struct err *e);
/* The same with the authorities' keys of another folder (root.key, ca.key, tcb.key; ark.key, ask.key when it
 * has them), such as the published ones of tests/vectors/attestation/made. ERR_NOT_FOUND, ERR_CORRUPT. */
FALLIBLE attest_sim_create_from(const char *keys_folder, const char *root_folder, const char *platform_folder,
                                uint64_t now, struct err *e);
/* Adds an SEV-SNP chip (Milan) to a platform. Makes ark.key and ask.key, which takes seconds, unless the root
 * folder has them. ERR_EXISTS when there is a chip; ERR_IO, ERR_CORRUPT. */
FALLIBLE attest_sim_create_snp(const char *root_folder, const char *platform_folder, uint64_t now,
                               struct err *e);
/* New documents and lists from the keys that made the platform, issued `now`, good for a year. `evaluation`
 * 0: 1. ERR_NOT_FOUND, ERR_CORRUPT, ERR_IO. */
FALLIBLE attest_sim_collateral_renew(const char *root_folder, const char *platform_folder, uint64_t now,
                                     uint32_t evaluation, struct err *e);

/* `folder` is the platform folder (or one that has it as "platform"). Makes a fresh attestation key.
 * ERR_NOT_FOUND, ERR_CORRUPT. Not thread-safe: one user at a time. */
FALLIBLE attest_sim_open(struct attest_sim **out, const char *folder, struct err *e);
void attest_sim_free(struct attest_sim *s);
DEFINE_CLEANUP(struct attest_sim *, attest_sim_free)

/* The DER of the root certificate that evidence of the kind ends in; lives as long as the provider. Empty for
 * SEV-SNP when the platform has no chip. */
struct bytes attest_sim_root_of(const struct attest_sim *s, enum attest_kind kind);

/* The platform's collateral for a kind, from its file, as views into the arena. ERR_NOT_FOUND, ERR_MALFORMED.
 */
FALLIBLE attest_sim_collateral(const struct attest_sim *s, struct arena *a, struct attest_collateral *out,
                               enum attest_kind kind, struct err *e);

/* --- evidence about a program --- */

/* SHA-256 of the file (for oneself: "/proc/self/exe"): what identifies a program. ERR_IO. */
FALLIBLE attest_sim_measure(uint8_t program[32], const char *program_path, struct err *e);
void attest_sim_signer(uint8_t mrsigner[32]); /* SHA-256("sim signer") */
/* The measurement of the program as allow-lists name it, for the kind; its length. SGX: the program's hash;
 * TDX: MRTD and registers that nobody extended, 240 bytes; SEV-SNP: the launch digest, 48 bytes. */
size_t attest_sim_measurement(uint8_t out[ATTEST_MEASUREMENT_MAX], enum attest_kind kind,
                              const uint8_t program[32]);
/* Evidence with this report data, in the arena: an SGX quote of version 3, a TDX quote of version 4, or an
 * SEV-SNP report with its certificate table. ERR_NOT_FOUND for SEV-SNP without a chip. */
FALLIBLE attest_sim_evidence(struct attest_sim *s, struct arena *a, struct bytes *out, enum attest_kind kind,
                             const uint8_t program[32], const uint8_t report_data[64], struct err *e);
/* RTMR'[index] = SHA-384(RTMR[index] ‖ digest), of this process's simulated TD; 48 zeros at the beginning. */
void attest_sim_extend(struct attest_sim *s, unsigned index, const uint8_t digest[48]);

/* --- quotes in detail --- */

struct attest_sim_quote_args {
    uint8_t mrenclave[32], mrsigner[32]; /* SGX */
    uint8_t report_data[64];
    uint16_t isv_prod_id, isv_svn;      /* SGX */
    bool debug;                         /* SGX */
    const struct attest_tdx_claims *td; /* NULL: SGX; else a TDX quote about this TD (attest_sim_td) */
    uint16_t version;                   /* 0: 3 for SGX, 4 for a TD of body type 2, else 5 */
    uint16_t cert_data_type;            /* 0: 5; 1 to 4 */
    const struct attest_sgx_claims *qe; /* NULL: that of attest_sim_qe */
    bool qe_debug;
    bool foreign_key; /* signed with a key of which the quoting enclave knows nothing */
};
/* A quote of at most ATTEST_EVIDENCE_MAX bytes, in the arena. ERR_USAGE for an impossible combination. */
FALLIBLE attest_sim_quote(struct attest_sim *s, struct arena *a, struct bytes *out,
                          const struct attest_sim_quote_args *args, struct err *e);
/* What the quoting enclave says of itself; the TD quoting enclave has another ISVPRODID. */
void attest_sim_qe(struct attest_sgx_claims *out, bool tdx);
/* A TD that runs the program, not debuggable, module TDX_01, all up to date, registers as extended. */
void attest_sim_td(const struct attest_sim *s, struct attest_tdx_claims *out, uint8_t body_type,
                   const uint8_t program[32]);

struct attest_sim_report_args {
    uint8_t report_data[64];
    bool masked_chip_key; /* no signature, no chip id */
    bool without_table;   /* the 1,184 bytes alone */
};
/* An SEV-SNP report of claims->version, of the product and with the TCB layout of claims->product, signed by
 * the chip's VCEK or, with claims->vlek, said to be by a VLEK. ERR_NOT_FOUND without a chip. */
FALLIBLE attest_sim_report(struct attest_sim *s, struct arena *a, struct bytes *out,
                           const struct attest_snp_claims *claims, const struct attest_sim_report_args *args,
                           struct err *e);
/* A guest that runs the program: report version 3, policy 0x30000, VMPL 0, all TCBs equal. */
void attest_sim_guest(const struct attest_sim *s, struct attest_snp_claims *out, const uint8_t program[32]);

#endif /* TEE_SIM_H */
