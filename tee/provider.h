/* tee/provider.h — one way of getting evidence: the table behind tee/evidence.h. Private to tee/.
 *
 * A provider talks to the machine through struct tee_io only and gives what the machine gave, uncut; the
 * caller (tee/evidence.c) reads the structure, compares the report data and cuts. Facts: what each needs from
 * host, kernel and manifest is in docs/evidence-providers.md. */
#ifndef TEE_PROVIDER_H
#define TEE_PROVIDER_H

#include "attest/appraise.h"
#include "attest/snp.h"
#include "tee/io.h"

struct provider_request {
    const struct tee_io *io;
    const uint8_t *report_data; /* 64 bytes */
    int privlevel;              /* SEV-SNP: the VMPL to report, 0..3; -1: the kernel's choice */
};
struct provider_answer {
    enum attest_form form;
    struct bytes raw;   /* quote or report, possibly with a zero tail; in the arena */
    struct bytes certs; /* SEV-SNP: the host's certificate table as it came; may be empty */
};

struct provider {
    const char *name;  /* in configuration */
    const char *title; /* for people */
    bool (*present)(const struct tee_io *io);
    enum err_code (*get)(struct provider_answer *out, struct arena *a, const struct provider_request *r,
                         struct err *e);
};

extern const struct provider provider_gramine, provider_ego, provider_tsm, provider_tdx_guest,
    provider_sev_guest;

/* Is this a Gramine that was told not to attest? The one thing worth saying when nothing was found. */
bool provider_gramine_silent(const struct tee_io *io);

/* Cuts evidence to its declared length and compares its report data; the rest must be zero. ERR_CORRUPT with
 * what the machine gave instead; for other report data than was asked for `*other_data` is set. */
FALLIBLE provider_check(struct bytes *out, const struct provider_answer *got, const uint8_t report_data[64],
                        bool *other_data, struct err *e);

/* What an errno means here. */
struct provider_reason {
    int sys;
    enum err_code code;
    const char *text;
};
/* Raises "what: text" for a negative errno, or "what: error n" when the table does not know it. */
enum err_code provider_fail(struct err *e, int negative_errno, const char *what,
                            const struct provider_reason *reasons, size_t count);

#endif /* TEE_PROVIDER_H */
