/* cli/verify.h — `wetee verify`: what one run was given and what came out, shared by its files.
 *
 *     verify.c (options, judgement) ─► verify_input.c (files, URLs, certificates)
 *                                   └► verify_text.c, verify_json.c (the outcome), verify_explain.c
 *
 * Everything lives in the arena of the run. */
#ifndef CLI_VERIFY_H
#define CLI_VERIFY_H

#include "cli/out.h"
#include "tee/evidence_file.h"

enum { VERIFY_CHAIN_MAX = 8, VERIFY_ROOTS_MAX = 16, VERIFY_NOTES_MAX = 16, VERIFY_EVENT_LOG_MAX = 1 << 20 };

enum verify_source {
    VERIFY_NO_COLLATERAL,
    VERIFY_FROM_FILE,
    VERIFY_FROM_EVIDENCE,
    VERIFY_FETCHED,
    VERIFY_FROM_CHAIN
};

struct sdk_attested;

struct verify {
    struct cli *cli;

    /* given */
    uint64_t now;
    bool now_given;
    const char *policy_name;
    struct attest_policy policy;
    bool roots_given;
    bool report_data_given;
    uint8_t report_data[64];
    struct bytes event_log; /* empty when not given */
    bool signatures_only;   /* --no-collateral */

    /* read */
    struct evidence_file file;
    struct attest_collateral collateral;
    enum verify_source source;
    const char *fetch_note;               /* what the fetcher had to say, or NULL */
    const struct sdk_attested *chain_opt; /* where it was read, when that is the chain */

    /* found */
    bool authentic; /* then claims are filled */
    struct attest_claims claims;
    enum attest_class class;             /* of the step that failed first, or ATTEST_VERIFIED */
    enum attest_class policy_class;      /* when authentic: the policy's answer */
    bool log_replayed;                   /* the event log leads to the registers */
    struct err why;                      /* when class is not ATTEST_VERIFIED: "CLASS: why" */
    const char *notes[VERIFY_NOTES_MAX]; /* what a person should know besides */
    size_t note_count;
};

/* --- verify.c: for other ways to evidence --- */
/* --time, --policy, --measurement: what every way has. ERR_USAGE, ERR_NOT_FOUND, ERR_IO. */
FALLIBLE verify_asked(struct verify *v, struct err *e);
/* The values of --measurement, for verbs that judge nothing too. *out is the arena's. ERR_USAGE. */
FALLIBLE verify_measurements(struct cli *cli, struct attest_measurement **out, uint32_t *count,
                             struct err *e);
/* Judges `file` with `collateral`, `policy` and, if given, `report_data`: fills what is "found". */
void verify_judge(struct verify *v);

/* --- verify_chain.c --- */
void verify_chain_text(struct verify *v);
json_t *verify_chain_json(struct verify *v);
void verify_chain_notes(struct verify *v);

/* --- verify_class.c --- */
struct verify_kind {
    enum exit_code exit;
    const char *name; /* "forged", "malformed", "untrusted", "stale", "refused", "verified" */
    const char *text; /* one sentence */
};
const struct verify_kind *verify_kind(enum attest_class c);
/* Fills v->notes with what people should know besides the verdict. */
void verify_notes(struct verify *v);
void verify_note(struct verify *v, const char *text); /* which must last */
bool verify_simulated(const struct verify *v);        /* authentic under a development root */
bool verify_known_root(const struct verify *v);       /* authentic under a root of attest_vendor_roots */
/* Of authentic evidence, whatever else refused it first. */
bool verify_code_listed(const struct verify *v);
bool verify_bound_as_asked(const struct verify *v);

/* --- verify_input.c --- */
/* FILE, "-" or URL into the arena. ERR_NOT_FOUND, ERR_IO, ERR_LIMIT, ERR_UNAVAILABLE, ERR_TIMEOUT. */
FALLIBLE verify_load(struct verify *v, struct bytes *out, const char *name, size_t max, struct err *e);
/* --root: the only roots, instead of the vendors'. */
FALLIBLE verify_roots(struct verify *v, struct err *e);
/* --collateral, --chain, or what the evidence brought. */
FALLIBLE verify_collateral(struct verify *v, struct err *e);
/* Nothing was given, and fetching is allowed. */
bool verify_wants_fetch(const struct verify *v);
/* From the vendor's service or a cache of it. What no service can know is left empty. ERR_UNAVAILABLE,
 * ERR_TIMEOUT, ERR_NOT_FOUND, ERR_IO. */
FALLIBLE verify_fetch(struct verify *v, struct err *e);

/* --- output --- */
void verify_print(struct verify *v); /* to standard output, as --output says */
void verify_text(struct verify *v);
void verify_heading(const char *text);
void verify_row(const char *title, const char *value);
FALLIBLE verify_explain(struct cli *cli, const char *class_opt, struct err *e);
/* Every class is explained by some check: for the unit test. */
bool verify_explained(enum attest_class c);

/* "2025-06-11T19:18:00Z" in the arena; "-" for 0. */
const char *verify_date(struct arena *a, uint64_t seconds);
const char *verify_hex(struct arena *a, struct bytes b); /* lower case, no prefix */

#endif /* CLI_VERIFY_H */
