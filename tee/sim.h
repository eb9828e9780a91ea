/* tee/sim.h — the simulated evidence provider: SGX quotes of the real layout under a development root.
 * Native.
 *
 * A platform is a set of PEM and DER files: root (key and certificate), platform CA, PCK leaf with the SGX
 * extension. attest_sim_create writes, into two existing folders that their maker keeps private:
 *     root folder       root.der (what genesis ("sim_root") and trust policies take), root.pem, root.key,
 * ca.key platform folder   pck.key, chain.pem, root.der: what a producer of quotes needs; mount this one Keys
 * have mode 0600. Nothing here proves anything about hardware: whoever shows a result shows SIMULATED.
 *
 *     CLEANUP(attest_sim_free) struct attest_sim *sim = NULL;
 *     TRY(attest_sim_open(&sim, "/var/lib/wetee/sim/platform", e));
 *     TRY(attest_sim_quote(sim, arena, &quote, &(struct attest_sim_quote_args){...}, e)); */
#ifndef TEE_SIM_H
#define TEE_SIM_H

#include "base/arena.h"
#include "base/err.h"

struct attest_sim;

/* `now`: seconds since 1970, when the certificates begin. ERR_EXISTS when a platform is there already;
 * ERR_IO. */
FALLIBLE attest_sim_create(const char *root_folder, const char *platform_folder, uint64_t now, struct err *e);
/* `folder` is the platform folder (or one that has it as "platform"). Makes a fresh attestation key.
 * ERR_NOT_FOUND, ERR_CORRUPT. Not thread-safe: one user at a time. */
FALLIBLE attest_sim_open(struct attest_sim **out, const char *folder, struct err *e);
void attest_sim_free(struct attest_sim *s);
DEFINE_CLEANUP(struct attest_sim *, attest_sim_free)

/* The DER of the root certificate of this platform; lives as long as the provider. */
struct bytes attest_sim_root(const struct attest_sim *s);

struct attest_sim_quote_args {
    uint8_t mrenclave[32], mrsigner[32];
    uint8_t report_data[64];
    uint16_t isv_prod_id, isv_svn;
    bool debug;    /* for tests of refusal */
    bool qe_debug; /* likewise */
};
/* A quote of at most SGX_QUOTE_MAX bytes, in the arena. */
FALLIBLE attest_sim_quote(struct attest_sim *s, struct arena *a, struct bytes *out,
                          const struct attest_sim_quote_args *args, struct err *e);

/* How a simulated program is measured: MRENCLAVE is SHA-256 of its file (for oneself: "/proc/self/exe"),
 * MRSIGNER is SHA-256("sim signer"). ERR_IO. */
FALLIBLE attest_sim_measure(uint8_t mrenclave[32], const char *program_path, struct err *e);
void attest_sim_signer(uint8_t mrsigner[32]);

#endif /* TEE_SIM_H */
