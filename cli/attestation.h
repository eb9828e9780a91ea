/* cli/attestation.h — what the chain knows of evidence, in words and as JSON.
 *
 * For people a value is one line, for programs an object: the functions look at cli->json. */
#ifndef CLI_ATTESTATION_H
#define CLI_ATTESTATION_H

#include "attest/policy.h"
#include "chain/chain.h"
#include "cli/out.h"

/* "SGX", "TDX", "SEV-SNP", "none": of Attestation.kind. */
const char *attestation_kind(uint8_t kind);
/* "UpToDate", …: the status that has this rank; "no levels" for SEV-SNP. */
const char *attestation_tcb(uint8_t kind, uint8_t rank);

/* {kind, measurement, tcb, tcb_rank, since, until, challenge}; `until` is null when it does not run out. */
json_t *attestation_json(struct cli *cli, const struct worker_attestation *a,
                         const struct worker_challenge *challenge_opt, const uint64_t *cluster_opt);
/* Of all replicas of a work. */
FALLIBLE attestations_json(struct cli *cli, json_t **out, const struct worker_work_id *work, struct err *e);

/* [{kind, value}], or lines. */
json_t *measurements_json(struct cli *cli, const struct worker_measurement_vec *list);
/* The measurements of --measurement. ERR_USAGE for one of no known length and more than `max`. */

/* --cluster, or the only cluster that has a contract with this work; connected. ERR_NOT_FOUND, ERR_USAGE. */
FALLIBLE lookup_replica(struct cli *cli, uint64_t *out, const struct worker_work_id *work, struct err *e);

/* challenge.c: "answered", "failed" or "closed" when these events end that challenge, with what was paid,
 * slashed and returned as members of `into`; else NULL. */
const char *challenge_outcome(const struct sdk_events *events,
                              const struct worker_attestation_challenge_args *args, json_t *into);

#endif /* CLI_ATTESTATION_H */
