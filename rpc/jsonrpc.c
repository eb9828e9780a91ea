#include "rpc/jsonrpc.h"

#include "base/writer.h"

#include <stdlib.h>

const char *jsonrpc_message(int64_t code)
{
    switch (code) {
    case JSONRPC_PARSE:
        return "Parse error";
    case JSONRPC_INVALID_REQUEST:
        return "Invalid request";
    case JSONRPC_NO_METHOD:
        return "Method not found";
    case JSONRPC_INVALID_PARAMS:
        return "Invalid params";
    case JSONRPC_INTERNAL:
        return "Internal error";
    case JSONRPC_NO_BATCH:
        return "Batched requests are not supported by this server";
    case JSONRPC_TOO_MANY_SUBS:
        return "Too many subscriptions on the connection";
    case JSONRPC_REQUEST_TOO_BIG:
        return "Request is too big";
    case JSONRPC_RESPONSE_TOO_BIG:
        return "Response is too big";
    case JSONRPC_BUSY:
        return "Server is busy, try again later";
    case JSONRPC_BATCH_TOO_BIG:
        return "The batch request was too large";
    default:
        return "";
    }
}

/* Walks the text once before memory is spent on it: nesting and the number of values. Not a validator. */
static int64_t prescan(struct bytes text)
{
    size_t depth = 0, values = 1;
    bool quoted = false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.p[i];
        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = false;
            continue;
        }
        if (c == '"')
            quoted = true;
        else if (c == '[' || c == '{')
            depth++;
        else if ((c == ']' || c == '}') && depth > 0)
            depth--;
        values += c == ',' || c == '[' || c == '{';
        if (depth > JSONRPC_DEPTH_MAX)
            return JSONRPC_PARSE;
        if (values > JSONRPC_VALUES_MAX)
            return JSONRPC_REQUEST_TOO_BIG;
    }
    return 0;
}

json_t *jsonrpc_parse(struct bytes text, int64_t *code)
{
    json_error_t why;
    int64_t refused = prescan(text);
    json_t *root = NULL;
    if (refused == 0) {
        root = json_loadb((const char *)text.p, text.len, JSON_DECODE_ANY, &why);
        refused = JSONRPC_PARSE;
    }
    if (root == NULL)
        *code = refused;
    return root;
}

bool jsonrpc_request_read(struct jsonrpc_request *out, json_t *message)
{
    *out = (struct jsonrpc_request){0};
    json_t *id = json_object_get(message, "id");
    json_t *version = json_object_get(message, "jsonrpc");
    json_t *method = json_object_get(message, "method");
    json_t *params = json_object_get(message, "params");

    if (json_is_integer(id) || json_is_string(id) || json_is_null(id))
        out->id = id;
    else if (id != NULL)
        return false;
    if (!json_is_string(version) || strcmp(json_string_value(version), "2.0") != 0 ||
        !json_is_string(method) || strlen(json_string_value(method)) != json_string_length(method))
        return false;
    if (params != NULL && !json_is_null(params) && !json_is_array(params) && !json_is_object(params))
        return false;
    out->method = json_string_value(method);
    out->params = json_is_null(params) ? NULL : params;
    return true;
}

struct bytes jsonrpc_dump(struct arena *a, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    ASSERT(text != NULL); /* only values made or parsed by jansson come here */
    struct bytes out = arena_dup(a, bytes_of_str(text));
    free(text);
    return out;
}

enum { ENVELOPE_ROOM = 1024 };

struct bytes jsonrpc_result_text(struct arena *a, const json_t *id, struct bytes result)
{
    struct bytes id_text = id == NULL ? BYTES_LIT("null") : jsonrpc_dump(a, id);
    struct writer w = writer_fixed(arena_alloc(a, result.len + id_text.len + ENVELOPE_ROOM),
                                   result.len + id_text.len + ENVELOPE_ROOM);
    put_text(&w, "{\"jsonrpc\":\"2.0\",\"id\":");
    put_bytes(&w, id_text);
    put_text(&w, ",\"result\":");
    put_bytes(&w, result);
    put_text(&w, "}");
    return writer_bytes(&w);
}

struct bytes jsonrpc_error_text(struct arena *a, const json_t *id, int64_t code, const char *message,
                                const json_t *data_opt)
{
    /* A message may hold bytes from outside, for example a decoder's words about them: json_string refuses
     * what is not UTF-8. */
    json_t *text = json_string(message);
    json_t *error = json_pack("{s:I, s:o}", "code", (json_int_t)code, "message",
                              text == NULL ? json_string("Unprintable error") : text);
    ASSERT(error != NULL);
    if (data_opt != NULL) {
        json_t *copy = json_deep_copy(data_opt);
        ASSERT(copy != NULL && json_object_set_new(error, "data", copy) == 0);
    }
    struct bytes body = jsonrpc_dump(a, error);
    json_decref(error);
    struct bytes id_text = id == NULL ? BYTES_LIT("null") : jsonrpc_dump(a, id);
    size_t room = body.len + id_text.len + ENVELOPE_ROOM;
    struct writer w = writer_fixed(arena_alloc(a, room), room);
    put_text(&w, "{\"jsonrpc\":\"2.0\",\"id\":");
    put_bytes(&w, id_text);
    put_text(&w, ",\"error\":");
    put_bytes(&w, body);
    put_text(&w, "}");
    return writer_bytes(&w);
}

struct bytes jsonrpc_notification_text(struct arena *a, const char *method, const char *subscription,
                                       struct bytes result)
{
    size_t room = result.len + ENVELOPE_ROOM;
    struct writer w = writer_fixed(arena_alloc(a, room), room);
    put_text(&w, "{\"jsonrpc\":\"2.0\",\"method\":\"");
    put_text(&w, method);
    put_text(&w, "\",\"params\":{\"subscription\":\"");
    put_text(&w, subscription);
    put_text(&w, "\",\"result\":");
    put_bytes(&w, result);
    put_text(&w, "}}");
    return writer_bytes(&w);
}
