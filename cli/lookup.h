/* cli/lookup.h — finding the app or cluster that is meant, and its worker. */
#ifndef CLI_LOOKUP_H
#define CLI_LOOKUP_H

#include "chain/chain.h"
#include "cli/cli.h"

/* --cluster, or the cluster the signer operates; connects. ERR_NOT_FOUND. */
FALLIBLE lookup_cluster_id(struct cli *cli, uint64_t *out, struct err *e);
FALLIBLE lookup_cluster(struct cli *cli, struct worker_k8s_cluster *out, uint64_t id, struct err *e);
/* The app of the parameter `id`; connects. ERR_NOT_FOUND. */
FALLIBLE lookup_app(struct cli *cli, struct app_tee_app *out, struct err *e);
/* --worker, or the address a cluster registered. */
FALLIBLE lookup_worker_url(struct cli *cli, const char **out, uint64_t cluster_id, struct err *e);
/* "127.0.0.1", "[::1]", "example.org" */
const char *lookup_ip_text(struct cli *cli, const struct worker_ip *ip);

const char *lookup_app_status(uint8_t status);
const char *lookup_cluster_status(uint8_t status);
const char *lookup_contract_status(uint8_t status);

#endif /* CLI_LOOKUP_H */
