/* entry/period.h — what happened in a period: log records, usage samples, blocks seen; and the signed proof
 * of it.
 *
 * Files are canonical JSON lines (docs/formats/entry-channel.md "Period proof"). Both are bounded by
 * CHANNEL_FILE_MAX; what does not fit is counted, never dropped silently. */
#ifndef ENTRY_PERIOD_H
#define ENTRY_PERIOD_H

#include "attest/channel.h"
#include "base/err.h"

enum { PERIOD_SAMPLE_MS = 5000 };

struct period;

struct period *period_new(void); /* aborts without memory */
void period_free(struct period *p);
DEFINE_CLEANUP(struct period *, period_free)

/* A record of output (stream 1 or 2); its number. */
uint64_t period_log(struct period *p, uint8_t stream, struct bytes text);

/* A usage sample: CPU time and real time since the one before, memory now. */
void period_usage(struct period *p, uint64_t elapsed_usec, uint64_t cpu_usec, uint64_t mem_bytes);

/* The program starts at a moment when `block` was the last one known; ticks announce further blocks. */
void period_started(struct period *p, uint64_t block);
void period_tick(struct period *p, uint64_t block, bool running);

/* Ends the period and writes the PERIOD message into `w`. Asked again for the last period, it writes the same
 * bytes again. ERR_REJECTED: for an earlier period, or the last one with another length or address: a key
 * never signs two proofs for one period. */
FALLIBLE period_close(struct period *p, struct writer *w, const struct channel_close_period *ask,
                      const struct attest_subject *s, const uint8_t deploy_seed[32], struct err *e);

#endif /* ENTRY_PERIOD_H */
