/* tee/sim_authority.h — the simulated vendors themselves: for tests of what a verifier must refuse. Native.
 *
 * Everything is a value: take the defaults, change a member, let the authority sign it. Nothing here touches
 * files after attest_sim_authority_open.
 *
 *     struct attest_platform old;
 *     attest_sim_platform(sim, &old);
 *     old.components[0] = 0;                          // behind the current level
 *     attest_sim_issue_pck(sim, authority, &old, now);
 *
 *     struct attest_sim_collateral_args args = {.kind = ATTEST_KIND_SGX, .issued = now,
 *                                               .revoked = ATTEST_SIM_REVOKE_PCK};
 *     attest_sim_collateral_make(&collateral, arena, authority, sim, &args); */
#ifndef TEE_SIM_AUTHORITY_H
#define TEE_SIM_AUTHORITY_H

#include "tee/sim.h"

struct attest_sim_authority;

/* The keys and certificates of a root folder. ERR_NOT_FOUND, ERR_CORRUPT. */
FALLIBLE attest_sim_authority_open(struct attest_sim_authority **out, const char *root_folder, struct err *e);
void attest_sim_authority_free(struct attest_sim_authority *a);
DEFINE_CLEANUP(struct attest_sim_authority *, attest_sim_authority_free)

/* What the platform's PCK certificate says. */
void attest_sim_platform(const struct attest_sim *s, struct attest_platform *out);
/* Gives the opened platform another PCK certificate by this authority, for the key it has. */
void attest_sim_issue_pck(struct attest_sim *s, const struct attest_sim_authority *a,
                          const struct attest_platform *platform, uint64_t now);
/* Gives it other AMD certificates: ARK, ASK (ASVK with chip->vlek) and leaf of chip->product for
 * chip->reported_tcb, chip->chip_id or chip->csp_id. ASVK and ASK share a key. ERR_NOT_FOUND: an authority
 * without AMD keys. */
FALLIBLE attest_sim_issue_chip(struct attest_sim *s, const struct attest_sim_authority *a,
                               const struct attest_snp_claims *chip, uint64_t now, struct err *e);

enum { /* of struct attest_sim_collateral_args */
       ATTEST_SIM_REVOKE_PCK = 1,
       ATTEST_SIM_REVOKE_CA = 2,
       ATTEST_SIM_REVOKE_TCB_SIGNER = 4,
       ATTEST_SIM_REVOKE_ASK = 8,
       ATTEST_SIM_REVOKE_ASVK = 16,
};

struct attest_sim_collateral_args {
    enum attest_kind kind;
    uint64_t issued;      /* of documents and lists */
    uint64_t next_update; /* 0: a year later */
    uint32_t evaluation;  /* 0: 1 */
    uint32_t revoked;     /* ATTEST_SIM_REVOKE_... */
    /* of the levels that are current; 0: UpToDate */
    enum attest_tcb status, qe_status, module_status;
    bool pck_chain; /* with the platform's PCK chain, for quotes that carry none */
    /* signed in place of the default documents, when not empty */
    struct bytes tcb_info, qe_identity;
};
/* Collateral for the platform, signed by the authority; views into the arena and into `a` and `s`. For
 * SEV-SNP the chip must be there. */
void attest_sim_collateral_make(struct attest_collateral *out, struct arena *arena,
                                const struct attest_sim_authority *a, const struct attest_sim *s,
                                const struct attest_sim_collateral_args *args);

#endif /* TEE_SIM_AUTHORITY_H */
