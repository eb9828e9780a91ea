/* sdk/worker_api.h — asking a worker about the works it runs: JSON-RPC over WebSocket (default port 8880).
 *
 *     worker_info   {}                              -> {"tee", "cluster", "genesis", "simulated": bool, …}
 *     work_services {work}                          -> {"services": [{"port", "protocol", "address"}]}
 *     work_log      {work, from_seq, limit, token}  -> {"lines": [{"seq", "stream", "text" or "base64"}],
 *                                                       "next_seq"}
 *
 * `work` is "app-7"; `token` is that of sdk/token.h, by the work's owner. */
#ifndef SDK_WORKER_API_H
#define SDK_WORKER_API_H

#include "base/arena.h"
#include "base/err.h"
#include "chain/worker.h"
#include <jansson.h>

enum { SDK_WORKER_PORT = 8880 };

struct sdk_worker_api;

/* ERR_USAGE, ERR_UNAVAILABLE, ERR_TIMEOUT: the message names the url. */
FALLIBLE sdk_worker_open(struct sdk_worker_api **out, const char *url, uint32_t timeout_ms, struct err *e);
void sdk_worker_free(struct sdk_worker_api *w);
DEFINE_CLEANUP(struct sdk_worker_api *, sdk_worker_free)

/* Answers are owned (json_decref). ERR_DENIED (not the owner's token), ERR_NOT_FOUND (not a work of this
 * worker), else ERR_REJECTED; with the worker's reason. */
FALLIBLE sdk_worker_info(struct sdk_worker_api *w, json_t **out, struct err *e);
FALLIBLE sdk_worker_services(struct sdk_worker_api *w, json_t **out, const struct worker_work_id *work,
                             struct err *e);
FALLIBLE sdk_worker_log(struct sdk_worker_api *w, json_t **out, const struct worker_work_id *work,
                        uint64_t from_seq, uint32_t limit, const char *token, struct err *e);

#endif /* SDK_WORKER_API_H */
