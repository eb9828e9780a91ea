/* worker/register.h — the controller's key, and the cluster on the chain. */
#ifndef WORKER_REGISTER_H
#define WORKER_REGISTER_H

#include "sdk/client.h"
#include "worker/worker.h"

/* The key of `config.controller_uri`, else of "<state>/controller.key" (64 hex digits, mode 0600), made when
 * it is missing. ERR_CORRUPT, ERR_DENIED (others may read it). */
FALLIBLE register_key(struct keypair *out, const struct config *config, struct err *e);

/* Brings the cluster to what the configuration says, looking at the chain before each step: registered, proof
 * uploaded, capacity mortgaged. Doing it again changes nothing. *cluster is its number. */
FALLIBLE register_cluster(struct sdk_client *c, uint64_t *cluster, const struct worker *w, struct err *e);

/* Evidence as calls of the chain carry it. */
void register_evidence(struct worker_evidence *out, enum attest_kind kind, struct bytes evidence);

/* Evidence of the cluster that runs out soon, or of which the chain has none: uploads new. Nothing is done
 * while the chain's is good. */
FALLIBLE register_renew(struct sdk_client *c, struct arena *a, uint64_t block, const struct worker *w,
                        struct err *e);

#endif /* WORKER_REGISTER_H */
