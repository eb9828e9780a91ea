/* attest/tcb_level.h — what levels of TCB info and of QE identity have in common. Private to their readers.
 *
 * Failures stick in the JSON reader. Arrays are counted before they are allocated, so a document needs at
 * most a few times its own length of arena. Pure. */
#ifndef ATTEST_TCB_LEVEL_H
#define ATTEST_TCB_LEVEL_H

#include "attest/endorsed.h"
#include "attest/json.h"

/* Members of a level. A reader takes `tcb` itself and leaves the others to tcb_verdict_take. */
enum tcb_level_member {
    TCB_LEVEL_TCB,
    TCB_LEVEL_DATE,
    TCB_LEVEL_STATUS,
    TCB_LEVEL_ADVISORIES,
    TCB_LEVEL_MEMBERS
};
extern const char *const tcb_level_members[TCB_LEVEL_MEMBERS];
/* `platform`: levels of a platform know more statuses than those of enclaves and modules, which are UpToDate,
 * OutOfDate and Revoked. */
void tcb_verdict_take(struct tcb_verdict *v, struct arena *a, struct attest_json *j,
                      enum tcb_level_member member, bool platform);
/* Fails the reader unless all members but the advisories were seen. */
void tcb_level_complete(struct attest_json *j, uint32_t seen);

/* A date in a string. */
uint64_t tcb_date_take(struct attest_json *j);
/* The array of levels of an enclave or module, {tcb: {isvsvn}, ...}: 1 to TCB_LEVELS_MAX, no SVN twice. */
const struct isv_level *isv_levels_take(uint32_t *count, struct arena *a, struct attest_json *j);
/* Counts the array that comes next and fails the reader unless it has 1 to `max` elements. */
uint32_t tcb_count_next(struct attest_json *j, uint32_t max, const char *why);

#endif /* ATTEST_TCB_LEVEL_H */
