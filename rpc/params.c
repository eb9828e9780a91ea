#include "base/hex.h"
#include "base/int.h"
#include "rpc/rpc_priv.h"

#include <stdlib.h>

json_t *call_fail(struct rpc_call *c, int64_t code, const char *message, json_t *owned_data)
{
    json_decref(c->data);
    c->code = code;
    c->message = message;
    c->data = owned_data;
    return NULL;
}

json_t *call_bad_params(struct rpc_call *c, const char *why)
{
    return call_fail(c, JSONRPC_INVALID_PARAMS, jsonrpc_message(JSONRPC_INVALID_PARAMS), json_text(why));
}

json_t *call_too_big(struct rpc_call *c)
{
    const char *data = arena_fmt(c->arena, "Exceeded max limit of %zu", c->server->config.response_len_max);
    return call_fail(c, JSONRPC_RESPONSE_TOO_BIG, jsonrpc_message(JSONRPC_RESPONSE_TOO_BIG), json_text(data));
}

json_t *call_state_error(struct rpc_call *c, const struct err *e)
{
    return call_fail(c, 4003, arena_fmt(c->arena, "Client error: %s", e->msg), NULL);
}

json_t *call_execution_error(struct rpc_call *c, const struct err *e)
{
    if (e->code != ERR_REJECTED && e->code != ERR_MALFORMED)
        return call_state_error(c, e);
    return call_fail(c, 4003, arena_fmt(c->arena, "Client error: Execution failed: %s", e->msg), NULL);
}

json_t *param_opt(const struct rpc_call *c, size_t i)
{
    json_t *v = json_array_get(c->params, i);
    return json_is_null(v) ? NULL : v;
}

static bool bad(struct rpc_call *c, size_t i, const char *want)
{
    (void)call_bad_params(c, arena_fmt(c->arena, "parameter %zu: %s expected", i + 1, want));
    return false;
}

bool json_hex_read(struct rpc_call *c, const json_t *v, struct bytes *out)
{
    struct err e;
    struct bytes text = bytes_of(json_string_value(v), json_string_length(v));
    if (json_is_string(v) && text.len == 0) {
        *out = BYTES_EMPTY;
        return true;
    }
    return json_is_string(v) && bytes_starts_with(text, BYTES_LIT("0x")) &&
           hex_decode(c->arena, out, text, &e) == ERR_OK;
}

bool param_bytes(struct rpc_call *c, size_t i, struct bytes *out)
{
    return json_hex_read(c, param_opt(c, i), out) || bad(c, i, "a hex string with 0x");
}

bool param_text(struct rpc_call *c, size_t i, const char **out)
{
    const json_t *v = param_opt(c, i);
    if (!json_is_string(v) || strlen(json_string_value(v)) != json_string_length(v))
        return bad(c, i, "a string");
    *out = json_string_value(v);
    return true;
}

bool param_hash(struct rpc_call *c, size_t i, struct hash32 *out)
{
    struct bytes b;
    if (!json_hex_read(c, param_opt(c, i), &b) || b.len != sizeof out->b)
        return bad(c, i, "a hash of 32 bytes in hex");
    memcpy(out->b, b.p, sizeof out->b);
    return true;
}

bool param_at(struct rpc_call *c, size_t i, struct hash32 *out)
{
    if (param_opt(c, i) != NULL)
        return param_hash(c, i, out);
    *out = c->server->backend->best(c->server->backend->ctx).hash;
    return true;
}

bool json_number_read(const json_t *v, uint32_t *out, bool *fits)
{
    uint64_t n = 0;
    *fits = true;
    if (json_is_integer(v)) {
        if (json_integer_value(v) < 0)
            return false;
        n = (uint64_t)json_integer_value(v);
    } else {
        const char *text = json_string_value(v);
        size_t len = json_string_length(v);
        if (text == NULL || len < 3 || text[0] != '0' || text[1] != 'x')
            return false;
        for (size_t i = 2; i < len; i++) {
            int c = text[i];
            int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
            if (digit < 0)
                return false;
            if (n > UINT32_MAX)
                continue; /* far out of range already */
            n = n << 4 | (uint64_t)digit;
        }
    }
    *fits = n <= UINT32_MAX;
    if (*fits)
        *out = (uint32_t)n;
    return true;
}

bool param_u32(struct rpc_call *c, size_t i, uint32_t *out)
{
    bool fits;
    return (json_number_read(param_opt(c, i), out, &fits) && fits) || bad(c, i, "a number below 2^32");
}

bool param_keys(struct rpc_call *c, size_t i, struct bytes_list *out)
{
    const json_t *list = param_opt(c, i);
    size_t count = json_array_size(list);
    if (!json_is_array(list))
        return bad(c, i, "an array of hex strings");
    if (count > RPC_KEYS_MAX)
        return bad(c, i, arena_fmt(c->arena, "at most %d keys", (int)RPC_KEYS_MAX));
    struct bytes *keys = arena_new_n(c->arena, struct bytes, count);
    for (size_t k = 0; k < count; k++) {
        if (!json_hex_read(c, json_array_get(list, k), &keys[k]))
            return bad(c, i, "an array of hex strings with 0x");
    }
    *out = (struct bytes_list){keys, count};
    return true;
}
