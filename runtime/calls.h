/* runtime/calls.h — what a decoded call weighs and which class it has. */
#ifndef RUNTIME_CALLS_H
#define RUNTIME_CALLS_H

#include "codec/desc.h"
#include "runtime/exec.h"

struct dispatch_info {
    uint64_t weight; /* picoseconds of reference time, without the base weight of an extrinsic */
    enum call_class class;
    uint32_t evidences; /* pieces of evidence to verify: see EVIDENCE_BLOCK_MAX */
};

/* What verifying one piece of evidence weighs beside its call, by kind: fixed upper bounds in picoseconds,
 * the same natively and in WASM. Measured as docs/pallets.md "Weights" describes. */
#define WEIGHT_EVIDENCE_SGX UINT64_C(6000000000)
#define WEIGHT_EVIDENCE_TDX UINT64_C(6000000000)
#define WEIGHT_EVIDENCE_SNP UINT64_C(8000000000)
/* Verifying one piece of collateral: two to four signatures. */
#define WEIGHT_COLLATERAL UINT64_C(4000000000)

/* Of each call of a batch, whatever the call: its storage layer, dispatch and event. Without it a block could
 * hold a million calls that do nothing, and eight megabytes of their events. */
enum { BATCH_ITEM_WEIGHT = 5000000 };

/* As declared; a batch weighs its calls too and is operational only if all of them are, sudo takes the class
 * of its call. */
struct dispatch_info calls_info(const struct call *call);

#endif /* RUNTIME_CALLS_H */
