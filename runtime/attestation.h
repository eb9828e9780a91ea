/* runtime/attestation.h — the attestation of a cluster's worker: kept, running out, and what it opens.
 *
 * On production chains only attested clusters receive work: an entry of DueAt takes the cluster off the lists
 * when its attestation has run out. Development chains let none run out and demand none. Source: pallets.md
 * B2 call 4, C5 "Suspended", C7 "Eligible", D1. */
#ifndef RUNTIME_ATTESTATION_H
#define RUNTIME_ATTESTATION_H

#include "runtime/cluster.h"

/* Keeps what accepted evidence said, or None, and enters its end in DueAt. */
void attestation_put(struct exec *x, uint64_t cluster, const struct worker_attestation *a);
/* The cluster closed. */
void attestation_forget(struct exec *x, uint64_t cluster);
/* Its end has come. */
void attestation_due(struct exec *x, uint64_t cluster);

/* Makes the cluster active when it has stake and attestation and was registered or stopped; after a failed
 * challenge when it has done its time: fresh attestation, all the stake it needs. Refreshes the lists. */
void attestation_activate(struct exec *x, struct worker_k8s_cluster *c);

#endif /* RUNTIME_ATTESTATION_H */
