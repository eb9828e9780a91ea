/* attest/ccel.h — event logs of measured boot in a TD: reader, replay, and which descriptions are proven.
 *
 * The log (ACPI table CCEL; the TCG's crypto agile form) tells what firmware and boot loaders measured into
 * the registers of a TD. It comes from the host's side of the boot and is worth exactly what its replay is:
 * when the digests lead to the RTMRs of verified evidence, the digests are what was measured. The data beside
 * a digest is a description that may lie, unless the event's type defines the digest as a hash of the data,
 * which is computed again here.
 *
 *     struct ccel log;
 *     if (ccel_open(&log, bytes, e) != ATTEST_VERIFIED) ...
 *     for (;;) {
 *         struct ccel_event event;
 *         bool more;
 *         if (ccel_next(&log, &event, &more, e) != ATTEST_VERIFIED) ...
 *         if (!more)
 *             break;
 *         ...
 *     }
 *
 * Nothing is allocated; views point into the log. Pure. Layout and rules: docs/formats/event-log.md. */
#ifndef ATTEST_CCEL_H
#define ATTEST_CCEL_H

#include "attest/claims.h"
#include "attest/verdict.h"
#include "base/reader.h"

enum { CCEL_MAX = 1 << 20, CCEL_EVENTS_MAX = 8192, CCEL_ALGORITHMS_MAX = 4, CCEL_RTMRS = 4 };

/* What the data of an event says about its digest. */
enum ccel_data {
    CCEL_DATA_DESCRIBES, /* the type defines no relation: believe the digest, not the description */
    CCEL_DATA_PROVEN,    /* the digest is the hash of the data as the type defines it */
    CCEL_DATA_DIFFERS,   /* it is not, though the type defines it so */
};

struct ccel_event {
    uint32_t index;       /* 0 for the first event, the log's own description */
    bool measured;        /* false: EV_NO_ACTION, extended nothing; no digest then */
    uint8_t rtmr;         /* which register it extended */
    uint32_t type;        /* TCG event type */
    struct bytes digest;  /* SHA-384, 48 bytes */
    struct bytes data;    /* what it says it is about */
    enum ccel_data proof; /* of that */
};

struct ccel {
    struct reader at;
    uint32_t count; /* events yielded */
    uint16_t algorithm[CCEL_ALGORITHMS_MAX];
    uint32_t algorithm_count;
};

/* FORMAT: longer than CCEL_MAX, or does not begin with a description that lists known algorithms, SHA-384
 * among them. */
MUST_USE enum attest_class ccel_open(struct ccel *out, struct bytes log, struct err *e);
/* The next event; *more is false at the end of the log. FORMAT. */
MUST_USE enum attest_class ccel_next(struct ccel *log, struct ccel_event *out, bool *more, struct err *e);

/* The registers after all events, from zeros. FORMAT. */
MUST_USE enum attest_class ccel_replay(uint8_t rtmr[CCEL_RTMRS][48], struct bytes log, struct err *e);

/* Does the log lead to the registers of this evidence, which attest_verify has found authentic? FORMAT;
 * UNSUPPORTED_TEE_TYPE for evidence that is not a TD's; RTMR_REPLAY_MISMATCH names the register. */
MUST_USE enum attest_class attest_ccel_check(struct bytes log, const struct attest_claims *td, struct err *e);

/* "EV_EFI_VARIABLE_BOOT" and the like; NULL for a type without a name here. */
const char *ccel_type_name(uint32_t type);

#endif /* ATTEST_CCEL_H */
