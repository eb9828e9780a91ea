#include "base/int.h"
#include "base/reader.h"
#include "codec/header.h"
#include "codec/scale.h"
#include "rpc/subscriptions.h"

#include <stdlib.h>

enum storage_form { STORAGE_VALUE, STORAGE_HASH, STORAGE_SIZE };

/* state_getStorage, …Hash, …Size. */
static json_t *get_storage(struct rpc_call *c)
{
    const struct rpc_backend *b = c->server->backend;
    struct bytes key;
    struct hash32 at;
    struct rpc_value v;
    struct err e;
    if (!param_bytes(c, 0, &key) || !param_at(c, 1, &at))
        return NULL;
    if (b->storage(b->ctx, c->arena, &v, &at, key, &e) != ERR_OK)
        return call_state_error(c, &e);
    if (!v.found)
        return json_null();
    if (c->method->arg == STORAGE_SIZE)
        return json_integer((json_int_t)v.value.len);
    if (c->method->arg == STORAGE_VALUE)
        return json_hex(c->server, v.value);
    struct hash32 hash = b->blake2_256(b->ctx, v.value);
    return json_hash(&hash);
}

/* [[key, value or null], …] of the keys at a block; NULL with the call failed. `len` adds up the text made.
 */
static json_t *changes_at(struct rpc_call *c, const struct bytes_list *keys, const struct hash32 *at,
                          size_t *len)
{
    struct rpc_server *s = c->server;
    const struct rpc_backend *b = s->backend;
    json_t *changes = json_array();
    for (size_t i = 0; i < keys->count; i++) {
        struct rpc_value v;
        struct err e;
        struct arena_mark mark =
            arena_mark(c->arena); /* values are not kept: many keys may name one large value */
        if (b->storage(b->ctx, c->arena, &v, at, keys->v[i], &e) != ERR_OK) {
            json_decref(changes);
            return call_state_error(c, &e);
        }
        *len += 2 * (keys->v[i].len + (v.found ? v.value.len : 0)) + 16;
        if (*len > s->config.response_len_max) {
            json_decref(changes);
            return call_too_big(c);
        }
        json_t *value = v.found ? json_hex(s, v.value) : json_null();
        ASSERT(json_array_append_new(changes, json_pack("[o, o]", json_hex(s, keys->v[i]), value)) == 0);
        arena_rewind(c->arena, mark);
    }
    return changes;
}

static json_t *query_storage_at(struct rpc_call *c)
{
    struct bytes_list keys;
    struct hash32 at;
    size_t len = 0;
    if (!param_keys(c, 0, &keys) || !param_at(c, 1, &at))
        return NULL;
    json_t *changes = changes_at(c, &keys, &at, &len);
    return changes == NULL ? NULL : json_pack("[{s:o, s:o}]", "block", json_hash(&at), "changes", changes);
}

static bool number_of(struct rpc_call *c, const struct hash32 *at, uint32_t *out)
{
    const struct rpc_backend *b = c->server->backend;
    struct bytes bytes;
    struct err e;
    struct hash32 canonical;
    struct header *h = arena_new(c->arena, struct header);
    return b->header(b->ctx, c->arena, &bytes, at, &e) == ERR_OK && header_decode(h, bytes, &e) == ERR_OK &&
           b->block_hash(b->ctx, &canonical, h->number) && hash32_eq(&canonical, at) &&
           (*out = h->number, true);
}

/* Removes from `changes` what `last` (key -> value) already holds, and brings `last` up to date. */
static void only_new(json_t *changes, json_t *last)
{
    for (size_t i = json_array_size(changes); i-- > 0;) {
        json_t *pair = json_array_get(changes, i);
        const char *key = json_string_value(json_array_get(pair, 0));
        json_t *value = json_array_get(pair, 1), *old = json_object_get(last, key);
        if (old != NULL && json_equal(old, value))
            ASSERT(json_array_remove(changes, i) == 0);
        else
            ASSERT(json_object_set(last, key, value) == 0);
    }
}

/* state_queryStorage: the first block with all keys, later ones with what changed. */
static json_t *query_storage(struct rpc_call *c)
{
    const struct rpc_backend *b = c->server->backend;
    struct bytes_list keys;
    struct hash32 from, to, at;
    uint32_t first, last_number;
    size_t len = 0;
    if (!param_keys(c, 0, &keys) || !param_hash(c, 1, &from) || !param_at(c, 2, &to))
        return NULL;
    if (!number_of(c, &from, &first) || !number_of(c, &to, &last_number) || first > last_number ||
        last_number - first >= RPC_QUERY_BLOCKS_MAX)
        return call_fail(c, 4001, "Cannot resolve a block range", NULL);
    json_t *out = json_array(), *last = json_object();
    for (uint64_t n = first; n <= last_number && out != NULL; n++) {
        json_t *changes =
            b->block_hash(b->ctx, &at, (uint32_t)n) ? changes_at(c, &keys, &at, &len) : json_array();
        if (changes == NULL) {
            json_decref(out);
            out = NULL;
            break;
        }
        only_new(changes, last);
        json_t *entry = json_pack("{s:o, s:O}", "block", json_hash(&at), "changes", changes);
        if (json_array_size(changes) > 0)
            ASSERT(json_array_append(out, entry) == 0);
        json_decref(entry);
        json_decref(changes);
    }
    json_decref(last);
    return out;
}

static json_t *get_keys_paged(struct rpc_call *c)
{
    const struct rpc_backend *b = c->server->backend;
    struct bytes prefix = BYTES_EMPTY, start = BYTES_EMPTY;
    struct bytes_list keys;
    struct hash32 at;
    struct err e;
    uint32_t count;
    if ((param_opt(c, 0) != NULL && !param_bytes(c, 0, &prefix)) || !param_u32(c, 1, &count) ||
        (param_opt(c, 2) != NULL && !param_bytes(c, 2, &start)) || !param_at(c, 3, &at))
        return NULL;
    if (count > RPC_PAGE_MAX)
        return call_fail(
            c, 4002,
            arena_fmt(c->arena, "count exceeds maximum value. value: %u, max: %d", count, (int)RPC_PAGE_MAX),
            NULL);
    if (b->keys(b->ctx, c->arena, &keys, &at, prefix, start, count, &e) != ERR_OK)
        return call_state_error(c, &e);
    return json_hex_list(c->server, &keys);
}

static json_t *get_read_proof(struct rpc_call *c)
{
    const struct rpc_backend *b = c->server->backend;
    struct bytes_list keys, proof;
    struct hash32 at;
    struct err e;
    if (!param_keys(c, 0, &keys) || !param_at(c, 1, &at))
        return NULL;
    if (b->read_proof(b->ctx, c->arena, &proof, &at, &keys, &e) != ERR_OK)
        return call_state_error(c, &e);
    size_t len = 0;
    for (size_t i = 0; i < proof.count; i++)
        len += 2 * proof.v[i].len + 5;
    if (len > c->server->config.response_len_max)
        return call_too_big(c);
    return json_pack("{s:o, s:o}", "at", json_hash(&at), "proof", json_hex_list(c->server, &proof));
}

static json_t *call(struct rpc_call *c)
{
    const struct rpc_backend *b = c->server->backend;
    const char *name;
    struct bytes input = BYTES_EMPTY, out;
    struct hash32 at;
    struct err e;
    if (!param_text(c, 0, &name) || (param_opt(c, 1) != NULL && !param_bytes(c, 1, &input)) ||
        !param_at(c, 2, &at))
        return NULL;
    if (b->runtime_call(b->ctx, c->arena, &out, &at, name, input, &e) != ERR_OK)
        return call_execution_error(c, &e);
    return json_hex(c->server, out);
}

static json_t *get_metadata(struct rpc_call *c)
{
    const struct rpc_backend *b = c->server->backend;
    struct bytes out;
    struct hash32 at;
    struct err e;
    if (!param_at(c, 0, &at))
        return NULL;
    if (b->runtime_call(b->ctx, c->arena, &out, &at, "Metadata_metadata", BYTES_EMPTY, &e) != ERR_OK)
        return call_execution_error(c, &e);
    struct reader r = reader_of(out);
    struct bytes metadata = take_compact_bytes(&r, UINT32_MAX); /* here without its length prefix */
    if (reader_end(&r, "Metadata_metadata", &e) != ERR_OK)
        return call_state_error(c, &e);
    return json_hex(c->server, metadata);
}

static json_t *get_runtime_version(struct rpc_call *c)
{
    struct hash32 at;
    struct err e;
    if (!param_at(c, 0, &at))
        return NULL;
    json_t *v = json_runtime_version_at(c->server, &at, false, &e);
    return v != NULL ? v : call_execution_error(c, &e);
}

static json_t *subscribe_storage(struct rpc_call *c)
{
    struct bytes_list keys;
    if (param_opt(c, 0) == NULL) /* every change of every block */
        return call_fail(c, JSONRPC_NO_METHOD, "RPC call is unsafe to be called externally", NULL);
    if (!param_keys(c, 0, &keys))
        return NULL;
    size_t len = 0;
    for (size_t i = 0; i < keys.count; i++)
        len += RPC_SUB_KEY_COST + keys.v[i].len;
    if (c->conn != NULL && len > RPC_SUB_KEYS_LEN_MAX - c->conn->keys_len)
        return call_bad_params(c, "the connection subscribes to too many keys");
    const struct rpc_backend *b = c->server->backend;
    struct hash32 best = b->best(b->ctx).hash;
    size_t first_len = 0;
    json_t *changes = changes_at(c, &keys, &best, &first_len);
    if (changes == NULL)
        return NULL;
    json_t *first = json_pack("{s:o, s:o}", "block", json_hash(&best), "changes", changes);
    struct rpc_subscription *sub = sub_open(c, RPC_SUB_STORAGE);
    if (sub == NULL) {
        json_decref(first);
        return NULL;
    }
    sub->first = first;
    sub->keys = malloc(len + 1); /* RPC_SUB_KEY_COST is more than the views need */
    ASSERT(sub->keys != NULL);
    uint8_t *p = (uint8_t *)(sub->keys + keys.count);
    for (size_t i = 0; i < keys.count; i++) {
        sub->keys[i] = bytes_of(p, keys.v[i].len);
        if (keys.v[i].len > 0)
            memcpy(p, keys.v[i].p, keys.v[i].len);
        p += keys.v[i].len;
    }
    sub->key_count = keys.count;
    sub->keys_len = len;
    c->conn->keys_len += len;
    return json_text(sub->id);
}

static const struct rpc_method methods[] = {
    {"chain_getRuntimeVersion", "at", get_runtime_version, 0, 0},
    {"state_call", "name bytes hash", call, 0, 0},
    {"state_callAt", "name bytes hash", call, 0, 0},
    {"state_getKeysPaged", "prefix count startKey hash", get_keys_paged, 0, 0},
    {"state_getKeysPagedAt", "prefix count startKey hash", get_keys_paged, 0, 0},
    {"state_getMetadata", "hash", get_metadata, 0, 0},
    {"state_getReadProof", "keys hash", get_read_proof, 0, 0},
    {"state_getRuntimeVersion", "hash", get_runtime_version, 0, 0},
    {"state_getStorage", "key hash", get_storage, STORAGE_VALUE, 0},
    {"state_getStorageAt", "key hash", get_storage, STORAGE_VALUE, 0},
    {"state_getStorageHash", "key hash", get_storage, STORAGE_HASH, 0},
    {"state_getStorageHashAt", "key hash", get_storage, STORAGE_HASH, 0},
    {"state_getStorageSize", "key hash", get_storage, STORAGE_SIZE, 0},
    {"state_getStorageSizeAt", "key hash", get_storage, STORAGE_SIZE, 0},
    {"state_queryStorage", "keys block hash", query_storage, 0, RPC_NEEDS_UNSAFE},
    {"state_queryStorageAt", "keys at", query_storage_at, 0, 0},
    {"state_subscribeStorage", "keys", subscribe_storage, 0, RPC_NEEDS_CONN},
};

const struct rpc_method_group rpc_state_methods = {methods, ARRAY_LEN(methods)};
