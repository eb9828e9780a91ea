/* runtime/evidence.h — evidence on chain: genuine, recent, not debuggable, of allowed code on a platform that
 * is up to date enough, bound to this purpose, chain, subject, key and nonce, and not seen before.
 *
 * Steps and their errors, in this order: room in the block (TooManyEvidences); report data, which is cheap
 * (BadEvidence); signatures, chain, revocation with the chain's own collateral at the block's time
 * (BadEvidence, EvidenceStale); TCB (TcbTooLow); code (MeasurementNotAllowed); replay (EvidenceReplayed).
 * Which mode demands what: docs/pallets.md "Evidence". Source: pallets.md B2.1. */
#ifndef RUNTIME_EVIDENCE_H
#define RUNTIME_EVIDENCE_H

#include "attest/appraise.h"
#include "attest/binding.h"
#include "chain/evidence.h"
#include "runtime/contract.h"

enum { EVIDENCE_FRESH_BLOCKS = 256, EVIDENCE_MAX = ATTEST_EVIDENCE_MAX };
enum { EVIDENCE_BLOCK_MAX = 24 }; /* accepted in one block: the list bound of EvidenceExpiry */

struct evidence_demand {
    enum attest_purpose purpose;
    struct attest_subject subject;
    struct account_id key;
    const struct hash32 *nonce_opt; /* NULL: the hash of any of the last EVIDENCE_FRESH_BLOCKS blocks */
    uint8_t tcb_max;                /* rank */
    enum work_class class;          /* of a work: which kind of TEE it was ordered for */
    bool any_class;                 /* `class` is not consulted */
    bool any_code;                  /* `code` is not consulted */
    const struct worker_measurement *code;
    uint32_t code_count;
};

/* What of it needs neither a nonce nor memory: authenticity by the chain's collateral, debug, code, TCB, and
 * that the report data are these. */
struct dispatch evidence_appraise(struct exec *x, struct attest_claims *claims,
                                  const struct worker_evidence *evidence, const uint8_t *report_data,
                                  const struct evidence_demand *d);

/* Evidence of a cluster's worker, for its controller's key; counted, and accepted once. *out is set only
 * then, its views live in the exec's arena. */
struct dispatch evidence_of_cluster(struct exec *x, struct worker_attestation *out,
                                    const struct worker_evidence *evidence,
                                    const struct worker_k8s_cluster *cluster);
/* Evidence of a replica whose deploy key is `key`: to start or to go on, or, with a nonce, to answer a
 * challenge. */
struct dispatch evidence_of_replica(struct exec *x, struct worker_attestation *out,
                                    const struct worker_evidence *evidence, const struct contract *c,
                                    const struct account_id *key, const struct hash32 *challenge_nonce_opt);

/* What None says, where development chains accept it: nothing but the key, for ever. */
struct worker_attestation evidence_none(struct exec *x, const struct account_id *key);
/* What a report given without its kind is: by its first bytes. None when empty, SgxDcap when it is nothing
 * known. */
struct worker_evidence evidence_detect(struct bytes report);

/* Evidence accepted in this block so far. */
uint32_t evidence_count(struct exec *x);
/* Forgets what expires in this block. */
void evidence_forget(struct exec *x);

/* Well formed, for lists of allowed code. */
bool evidence_measurements_valid(const struct worker_measurement *v, uint32_t n);

#endif /* RUNTIME_EVIDENCE_H */
