/* runtime/inherents.h — what a block's author contributes: the time.
 *
 * InherentData is vec([u8; 8] identifier ‖ bytes); "timstap0" holds u64 milliseconds. */
#ifndef RUNTIME_INHERENTS_H
#define RUNTIME_INHERENTS_H

#include "base/reader.h"
#include "runtime/exec.h"

/* Takes InherentData; *found tells whether it names a time. Sticky in `r`. */
uint64_t inherents_take_time(struct reader *r, bool *found);

/* The extrinsic that sets the time: at least a millisecond after the last one. */
void inherents_put_time_extrinsic(struct writer *w, struct exec *x, uint64_t now_ms);

/* CheckInherentsResult of a block whose first extrinsic is `first`, judged at `now_ms`. */
void inherents_put_check(struct writer *w, struct exec *x, struct bytes first, uint64_t now_ms);

#endif /* RUNTIME_INHERENTS_H */
