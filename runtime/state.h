/* runtime/state.h — raw keys beside the modules' storage, and how one step of a block is opened and closed.
 *
 *     :wetee:dev_mode, :wetee:author, :wetee:sim_root    written by genesis, never changed
 *     :extrinsic_index                                   u32, while a block is built
 *     :wetee:events ‖ u32 big-endian                     while a block is built: the encoded events of one
 * step
 *
 * Events: an execution collects them in memory; at the end of each step (initialisation 0, extrinsic i is i +
 * 1) they are stored under a key of their own, and finalisation joins them into System.Events. So a block of
 * n extrinsics writes O(n) bytes, where appending to one growing value would copy it n times. */
#ifndef RUNTIME_STATE_H
#define RUNTIME_STATE_H

#include "runtime/exec.h"

#define STATE_DEV_MODE BYTES_LIT(":wetee:dev_mode")
#define STATE_AUTHOR BYTES_LIT(":wetee:author")
#define STATE_SIM_ROOT BYTES_LIT(":wetee:sim_root")
#define STATE_EXTRINSIC_INDEX BYTES_LIT(":extrinsic_index")
#define STATE_EVENTS ":wetee:events"

/* An execution over `host` that remembers nothing; its events are written in `a`. */
struct exec exec_new(const struct host *host, struct arena *a);

/* Account that receives the author's share of fees; false when genesis names none. */
bool exec_author(struct exec *x, struct account_id *out);

bool state_get(struct exec *x, struct bytes *out, struct bytes key);
void state_set(struct exec *x, struct bytes key, struct bytes value);
void state_clear(struct exec *x, struct bytes key);

/* :extrinsic_index; false outside a block. */
bool state_extrinsic_index(struct exec *x, uint32_t *out);
void state_set_extrinsic_index(struct exec *x, uint32_t index);

/* Stores the events collected since the last flush as those of `step` and empties the collection. */
void state_flush_events(struct exec *x, uint32_t step);
/* Joins steps 0..steps-1 and what is still collected into System.Events, and removes the steps' keys. */
void state_join_events(struct exec *x, uint32_t steps);

#endif /* RUNTIME_STATE_H */
