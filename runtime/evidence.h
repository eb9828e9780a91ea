/* runtime/evidence.h — evidence on chain: is this quote genuine, recent, and for this key and subject?
 *
 * Verified: structure, certificate chain to Intel's root or, on development chains, to the root that genesis
 * names, validity at block time, the quote's signatures, debug flags, and report data = the binding of
 * purpose, chain, subject, key and the hash of one of the last EVIDENCE_FRESH_BLOCKS blocks. Not evaluated
 * yet: TCB level, QE identity and revocation; production chains therefore accept no evidence at all. Source:
 * pallets.md B2.1. */
#ifndef RUNTIME_EVIDENCE_H
#define RUNTIME_EVIDENCE_H

#include "attest/appraise.h"
#include "attest/binding.h"
#include "runtime/contract.h"

enum { EVIDENCE_FRESH_BLOCKS = 256, EVIDENCE_MAX = 16384 };

/* *out is set only when the evidence is accepted. */
MUST_USE bool evidence_accepted(struct exec *x, struct attest_claims *out, struct bytes quote,
                                enum attest_purpose purpose, const struct attest_subject *subject,
                                const struct account_id *key);

/* Evidence of a cluster's controller. */
MUST_USE bool evidence_of_cluster(struct exec *x, struct attest_claims *out, struct bytes quote,
                                  uint64_t cluster, const struct account_id *controller);
/* Evidence of a replica whose deploy key is `key`. */
MUST_USE bool evidence_of_replica(struct exec *x, struct attest_claims *out, struct bytes quote,
                                  const struct contract *c, const struct account_id *key);

#endif /* RUNTIME_EVIDENCE_H */
