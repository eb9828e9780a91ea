/* runtime/memory_host.h — a host over a sorted array in memory, for tests: slow, plain, independent of the
 * node's.
 *
 * Everything changed since memory_host_mark can be listed and taken back. */
#ifndef RUNTIME_MEMORY_HOST_H
#define RUNTIME_MEMORY_HOST_H

#include "runtime/host.h"

struct memory_host;

struct memory_host *memory_host_new(void);
void memory_host_free(struct memory_host *m);
struct host memory_host_table(struct memory_host *m); /* valid as long as m is */

/* Forgets what was recorded and starts anew; no transaction may be open. */
void memory_host_mark(struct memory_host *m);
/* Undoes everything since the mark. */
void memory_host_revert(struct memory_host *m);
/* Open transactions: 0 between calls of the runtime. */
size_t memory_host_depth(const struct memory_host *m);

/* Calls fn for each key whose value differs from what it was at the mark, in order of keys; value_opt is NULL
 * for a removed key. */
typedef void memory_host_change(void *ctx, struct bytes key, const struct bytes *value_opt);
void memory_host_changes(const struct memory_host *m, memory_host_change *fn, void *ctx);

/* All pairs in order: pair i, false past the end. */
bool memory_host_at(const struct memory_host *m, size_t i, struct bytes *key, struct bytes *value);

#endif /* RUNTIME_MEMORY_HOST_H */
