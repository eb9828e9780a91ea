/* tee/evidence.h — where a program gets evidence about itself. Native.
 *
 * The detection order is Gramine, EGo, configfs-tsm, /dev/tdx_guest, /dev/sev-guest, and simulated if and
 * only if it was asked for. Only the simulated provider exists now: "auto" on a machine with hardware reports
 * which kind was found and that it is not supported; it never falls back to simulated. */
#ifndef TEE_EVIDENCE_H
#define TEE_EVIDENCE_H

#include "attest/appraise.h"
#include "base/arena.h"
#include "base/err.h"

struct evidence;

/* kind: "auto" or "simulated"; sim_folder_opt: see tee/sim.h. The measurement is that of the running
 * program. ERR_USAGE (unknown kind), ERR_UNSUPPORTED (hardware found, or none), ERR_NOT_FOUND. */
FALLIBLE evidence_open(struct evidence **out, const char *kind, const char *sim_folder_opt, struct err *e);
void evidence_free(struct evidence *v);
DEFINE_CLEANUP(struct evidence *, evidence_free)

bool evidence_simulated(const struct evidence *v);
const uint8_t *evidence_measurement(const struct evidence *v); /* 32 bytes: the own MRENCLAVE */
/* The root such evidence ends in (DER), for a development policy. */
struct bytes evidence_root(const struct evidence *v);

/* Evidence with this report data, in the arena; what came back is checked to carry it. */
FALLIBLE evidence_get(struct evidence *v, struct arena *a, struct bytes *out, const uint8_t report_data[64],
                      struct err *e);

/* Glue for io/tls.h, whose callbacks these are: ctx is a struct evidence, the value of the RA-TLS extension
 * for a key; and ctx is a struct evidence_peer, the verdict on a certificate at the present time. */
FALLIBLE evidence_ratls_extension(void *ctx, struct arena *a, struct bytes *value, struct bytes spki,
                                  struct err *e);

struct evidence_peer {
    const struct attest_policy *policy;
    struct attest_claims claims; /* filled by a good verdict */
};
FALLIBLE evidence_peer_verdict(void *ctx, struct bytes cert_der, struct err *e);

#endif /* TEE_EVIDENCE_H */
