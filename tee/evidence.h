/* tee/evidence.h — where a program gets evidence about itself. Native.
 *
 * Providers, in the order of detection: gramine, ego, tsm (configfs), tdx-guest, sev-guest; and simulated if
 * and only if it was asked for by name. "auto" never falls back to simulated. What each needs from host,
 * kernel and manifest, and what its errors mean: docs/evidence-providers.md. "simulated" plays SGX,
 * "simulated-tdx" and "simulated-snp" the others. */
#ifndef TEE_EVIDENCE_H
#define TEE_EVIDENCE_H

#include "attest/appraise.h"
#include "base/arena.h"
#include "base/err.h"

struct evidence;
struct tee_io;

struct evidence_config {
    const char *kind;            /* "auto" or the name of a provider */
    const char *sim_folder_opt;  /* of a simulated platform, see tee/sim.h */
    bool has_privlevel;          /* SEV-SNP: report this VMPL instead of the kernel's choice */
    uint8_t privlevel;           /* 0..3 */
    const struct tee_io *io_opt; /* NULL: the operating system */
};

/* Chooses a provider and makes one piece of evidence (about 64 zero bytes) to learn the own measurement: a
 * machine that cannot attest is known at once. ERR_USAGE (unknown kind), ERR_UNSUPPORTED, ERR_NOT_FOUND,
 * ERR_DENIED, ERR_UNAVAILABLE, ERR_TIMEOUT, ERR_CLOSED, ERR_MALFORMED (the host's part), ERR_BUSY,
 * ERR_LIMIT, ERR_IO, ERR_CORRUPT. */
FALLIBLE evidence_open_with(struct evidence **out, const struct evidence_config *config, struct err *e);
FALLIBLE evidence_open(struct evidence **out, const char *kind, const char *sim_folder_opt, struct err *e);
void evidence_free(struct evidence *v);
DEFINE_CLEANUP(struct evidence *, evidence_free)

bool evidence_simulated(const struct evidence *v);
const char *evidence_provider(const struct evidence *v); /* "tsm", "simulated-tdx": opens the same again */
enum attest_kind evidence_kind(const struct evidence *v);
enum attest_form evidence_form(const struct evidence *v); /* what attest_appraise is told */
/* The own measurement in the form of attest/policy.h: MRENCLAVE (32), MRTD ‖ RTMR0–3 (240), launch digest
 * (48), as of evidence_open. Lives as long as `v`. */
const uint8_t *evidence_measurement(const struct evidence *v);
size_t evidence_measurement_len(const struct evidence *v);
/* The development root (DER) simulated evidence ends in; empty for hardware, whose roots are the vendors'. */
struct bytes evidence_root(const struct evidence *v);
/* What the host gave with the last evidence and was left out, and why; NULL when all is well. */
const char *evidence_note(const struct evidence *v);

/* Evidence with this report data, in the arena, cut to its declared length; what came back is checked to
 * carry the data. For SEV-SNP the host's certificates follow the report. Errors as evidence_open_with. */
FALLIBLE evidence_get(struct evidence *v, struct arena *a, struct bytes *out, const uint8_t report_data[64],
                      struct err *e);

/* Glue for io/tls.h, whose callbacks these are: ctx is a struct evidence, the value of the RA-TLS extension
 * for a key; and ctx is a struct evidence_peer, the verdict on a certificate at the present time. */
FALLIBLE evidence_ratls_extension(void *ctx, struct arena *a, struct bytes *value, struct bytes spki,
                                  struct err *e);

/* The value of a certificate's second extension: the own collateral for peers that have none, a CBOR byte
 * string of the object of tee/bundle.h. In the arena. ERR_LIMIT. */
#define EVIDENCE_ENDORSEMENTS_OID "2.23.133.5.4.2"
enum { EVIDENCE_ENDORSEMENTS_MAX = 36864, EVIDENCE_PEER_ARENA = 4 << 20 };
FALLIBLE evidence_endorsements_extension(struct bytes *value, struct arena *a,
                                         const struct attest_collateral *collateral, struct err *e);

/* What workers and entries demand of each other, as the chain does of both; roots and measurements are the
 * caller's to add. Simulated platforms have their collateral in a file: its own dates count. */
struct attest_policy evidence_peer_policy(bool development);

struct evidence_peer {
    const struct attest_policy *policy;
    const struct attest_endorsements *endorsements_opt; /* own collateral: if there is some, it decides */
    /* Memory to judge what the peer's certificate brings along, used without own collateral; NULL: that is
     * ignored. For this alone: every verdict resets it. Its limit is EVIDENCE_PEER_ARENA or more; claims
     * point into it. */
    struct arena *arena_opt;
    struct attest_claims claims; /* filled by a good verdict */
};
FALLIBLE evidence_peer_verdict(void *ctx, struct bytes cert_der, struct err *e);

#endif /* TEE_EVIDENCE_H */
