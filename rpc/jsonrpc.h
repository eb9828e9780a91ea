/* rpc/jsonrpc.h — JSON-RPC 2.0 envelopes: hostile text in, requests out; answers and notifications built.
 *
 * Texts and codes are those of jsonrpsee (types/src/error.rs), which Substrate nodes use. Source of the
 * rules: docs/spec substrate section 11. */
#ifndef RPC_JSONRPC_H
#define RPC_JSONRPC_H

#include "base/arena.h"
#include "base/bytes.h"
#include <jansson.h>

enum {
    JSONRPC_PARSE = -32700,
    JSONRPC_INVALID_REQUEST = -32600,
    JSONRPC_NO_METHOD = -32601,
    JSONRPC_INVALID_PARAMS = -32602,
    JSONRPC_INTERNAL = -32603,
    JSONRPC_CALL_FAILED = -32000,
    JSONRPC_NO_BATCH = -32005,
    JSONRPC_TOO_MANY_SUBS = -32006,
    JSONRPC_REQUEST_TOO_BIG = -32007,
    JSONRPC_RESPONSE_TOO_BIG = -32008,
    JSONRPC_BUSY = -32009,
    JSONRPC_BATCH_TOO_BIG = -32010,
};

enum {
    JSONRPC_DEPTH_MAX = 64,
    JSONRPC_VALUES_MAX = 200000, /* in one message: each costs some 60 bytes while it is handled */
    JSONRPC_BATCH_MAX = 100,
};

/* The fixed message of a code above ("Parse error"), or "" for another. */
const char *jsonrpc_message(int64_t code);

/* Parses a message; NULL when refused, with *code saying why: JSONRPC_PARSE (not JSON, invalid UTF-8, too
 * deep) or JSONRPC_REQUEST_TOO_BIG (too many values). The caller owns the result. */
json_t *jsonrpc_parse(struct bytes text, int64_t *code);

struct jsonrpc_request {
    const json_t *id;   /* number, string or null; NULL: a notification. Borrowed like the rest */
    const char *method; /* without embedded zeros */
    json_t *params;     /* array or object, or NULL */
};

/* Reads one request object. false: an invalid request; out->id is then its id if it has a usable one, else
 * NULL. */
bool jsonrpc_request_read(struct jsonrpc_request *out, json_t *message);

/* Answers and notifications, in the arena. `id` NULL: null. `result` and `data_opt` are JSON text. */
struct bytes jsonrpc_result_text(struct arena *a, const json_t *id, struct bytes result);
struct bytes jsonrpc_error_text(struct arena *a, const json_t *id, int64_t code, const char *message,
                                const json_t *data_opt);
struct bytes jsonrpc_notification_text(struct arena *a, const char *method, const char *subscription,
                                       struct bytes result);
/* Compact JSON text of any value, in the arena. */
struct bytes jsonrpc_dump(struct arena *a, const json_t *value);

#endif /* RPC_JSONRPC_H */
