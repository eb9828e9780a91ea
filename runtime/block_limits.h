/* runtime/block_limits.h — how much fits in a block, per class of call. Source: constants of
 * chain/system.idl; rules of frame-system's CheckWeight. */
#ifndef RUNTIME_BLOCK_LIMITS_H
#define RUNTIME_BLOCK_LIMITS_H

#include "runtime/calls.h"

uint64_t limits_base_weight(enum call_class class); /* of any extrinsic, before its call */
uint64_t limits_max_block_weight(void);
uint32_t limits_max_length(enum call_class class);

/* Could an extrinsic of this weight and length stand in an empty block? */
bool limits_fit_ever(const struct dispatch_info *info, uint32_t len);

/* Does it fit in the block being built? Then counts it. False: nothing changed. */
bool limits_add(struct exec *x, const struct dispatch_info *info, uint32_t len);

/* Starts the counts of a block with the weight every block has. */
void limits_reset(struct exec *x);
/* Counts what the hooks of the block weigh, as mandatory: it leaves that much less to extrinsics. */
void limits_add_hooks(struct exec *x, uint64_t weight);

#endif /* RUNTIME_BLOCK_LIMITS_H */
