/* sdk/worker_api.c — requests to a worker. */
#include "sdk/worker_api.h"
#include "rpc/client.h"
#include <stdlib.h>

enum { CODE_DENIED = -32001, CODE_NOT_FOUND = -32004 }; /* the worker's, worker/README.md */

struct sdk_worker_api {
    struct rpc_client *rpc;
    uint32_t timeout_ms;
};

FALLIBLE sdk_worker_open(struct sdk_worker_api **out, const char *url, uint32_t timeout_ms, struct err *e)
{
    struct sdk_worker_api *w = calloc(1, sizeof *w);

    if (w == NULL)
        return FAIL(e, ERR_UNAVAILABLE, "no memory");
    w->timeout_ms = timeout_ms;
    if (rpc_client_connect(&w->rpc, url, timeout_ms, e) != ERR_OK) {
        free(w);
        return err_wrap(e, "connect to %s", url);
    }
    *out = w;
    return ERR_OK;
}

void sdk_worker_free(struct sdk_worker_api *w)
{
    if (w == NULL)
        return;
    rpc_client_free(w->rpc);
    free(w);
}

static FALLIBLE ask(struct sdk_worker_api *w, json_t **out, const char *method, json_t *owned_params,
                    struct err *e)
{
    enum err_code code = rpc_client_call(w->rpc, out, method, owned_params, w->timeout_ms, e);

    if (code == ERR_OK)
        return ERR_OK;
    if (code != ERR_REJECTED)
        return err_wrap(e, "%s", method);
    const struct rpc_error *why = rpc_client_error(w->rpc);
    code = why->code == CODE_DENIED ? ERR_DENIED : why->code == CODE_NOT_FOUND ? ERR_NOT_FOUND : ERR_REJECTED;
    return FAIL(e, code, "the worker refused: %s", why->message);
}

/* "app-7" */
static json_t *work_json(const struct worker_work_id *work)
{
    static const char *const kinds[] = {"app", "task", "gpu"};
    size_t kind = (size_t)work->wtype;

    return json_sprintf("%s-%llu", kind < ARRAY_LEN(kinds) ? kinds[kind] : "?", (unsigned long long)work->id);
}

FALLIBLE sdk_worker_info(struct sdk_worker_api *w, json_t **out, struct err *e)
{
    return ask(w, out, "worker_info", json_object(), e);
}

FALLIBLE sdk_worker_services(struct sdk_worker_api *w, json_t **out, const struct worker_work_id *work,
                             struct err *e)
{
    return ask(w, out, "work_services", json_pack("{s:o}", "work", work_json(work)), e);
}

FALLIBLE sdk_worker_log(struct sdk_worker_api *w, json_t **out, const struct worker_work_id *work,
                        uint64_t from_seq, uint32_t limit, const char *token, struct err *e)
{
    return ask(w, out, "work_log",
               json_pack("{s:o,s:I,s:I,s:s}", "work", work_json(work), "from_seq", (json_int_t)from_seq,
                         "limit", (json_int_t)limit, "token", token),
               e);
}
