/* chain/evidence.h — what every reader of the chain's `Evidence` asks of it. */
#ifndef CHAIN_EVIDENCE_H
#define CHAIN_EVIDENCE_H

#include "base/bytes.h"
#include "chain/worker.h"

/* The bytes of evidence, a view into *v's own; empty for None. */
struct bytes evidence_bytes(const struct worker_evidence *v);

#endif /* CHAIN_EVIDENCE_H */
