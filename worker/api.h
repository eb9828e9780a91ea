/* worker/api.h — what users ask a worker: JSON-RPC 2.0 over WebSocket and HTTP POST on the loopback.
 *
 * Methods and their answers are in worker/README.md. What belongs to a work's owner needs a wallet's token
 * (sdk/token.h), good for five minutes around its timestamp. */
#ifndef WORKER_API_H
#define WORKER_API_H

#include "worker/worker.h"

enum { API_REQUEST_MAX = 256 << 10 };

struct api;

/* ERR_UNAVAILABLE: the port is taken. */
FALLIBLE api_start(struct api **out, struct worker *w, struct err *e);
uint16_t api_port(const struct api *api);
/* Ends and joins its thread. NULL is accepted. */
void api_stop(struct api *api);

/* One request in, one answer out, both JSON text; never fails. The answer lives in the arena; empty for a
 * notification. */
struct bytes api_answer(struct worker *w, struct arena *a, struct bytes request, uint64_t now_s);

#endif /* WORKER_API_H */
