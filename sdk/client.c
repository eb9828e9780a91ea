/* sdk/client.c — connecting, and the chain's heads and blocks. */
#include "sdk/client.h"
#include "base/fmt.h"
#include "chain/system.h"
#include "sdk/priv.h"
#include <stdlib.h>

enum { BLOCK_EXTRINSICS_MAX = 65536 };

FALLIBLE sdk_request(struct sdk_client *c, json_t **result, const char *method, json_t *owned_params,
                     struct err *e)
{
    if (rpc_client_call(c->rpc, result, method, owned_params, c->timeout_ms, e) != ERR_OK)
        return err_wrap(e, "%s", method);
    return ERR_OK;
}

static FALLIBLE text_request(struct sdk_client *c, char *out, size_t cap, const char *method, struct err *e)
{
    CLEANUP(json_decref) json_t *r = NULL;

    TRY(sdk_request(c, &r, method, NULL, e));
    if (!json_is_string(r))
        return FAIL(e, ERR_MALFORMED, "%s: the answer is not text", method);
    fmt_into(out, cap, "%s", json_string_value(r));
    return ERR_OK;
}

/* Properties may be single values or arrays of them; absent ones keep their defaults. */
static const json_t *property(const json_t *properties, const char *name)
{
    const json_t *p = json_object_get(properties, name);

    return json_is_array(p) ? json_array_get(p, 0) : p;
}

static FALLIBLE learn_properties(struct sdk_client *c, struct err *e)
{
    struct sdk_chain *chain = &c->chain;
    CLEANUP(json_decref) json_t *r = NULL;
    uint32_t prefix = SYSTEM_SS58_PREFIX;

    TRY(sdk_request(c, &r, "system_properties", NULL, e));
    const json_t *p = property(r, "ss58Format");
    if (p != NULL)
        TRY(sdk_json_number(&prefix, p, "system_properties: ss58Format", e));
    if (prefix > 16383)
        return FAIL(e, ERR_MALFORMED, "system_properties: ss58Format %u", prefix);
    chain->ss58_prefix = (uint16_t)prefix;
    chain->decimals = 12;
    p = property(r, "tokenDecimals");
    if (p != NULL)
        TRY(sdk_json_number(&chain->decimals, p, "system_properties: tokenDecimals", e));
    p = property(r, "tokenSymbol");
    fmt_into(chain->token, sizeof chain->token, "%s", json_is_string(p) ? json_string_value(p) : "UNIT");
    return ERR_OK;
}

static FALLIBLE learn_node(struct sdk_client *c, struct err *e)
{
    struct sdk_chain *chain = &c->chain;
    char name[64], version[32];
    CLEANUP(json_decref) json_t *r = NULL;

    TRY(text_request(c, chain->name, sizeof chain->name, "system_chain", e));
    TRY(text_request(c, name, sizeof name, "system_name", e));
    TRY(text_request(c, version, sizeof version, "system_version", e));
    fmt_into(chain->node, sizeof chain->node, "%s %s", name, version);
    TRY(sdk_request(c, &r, "system_chainType", NULL, e));
    chain->development = json_is_string(r) && strcmp(json_string_value(r), "Development") == 0;
    return learn_properties(c, e);
}

static FALLIBLE learn_version(struct sdk_client *c, struct err *e)
{
    struct sdk_chain *chain = &c->chain;
    CLEANUP(json_decref) json_t *r = NULL;

    TRY(sdk_request(c, &r, "state_getRuntimeVersion", NULL, e));
    const json_t *name = json_object_get(r, "specName");
    if (!json_is_string(name))
        return FAIL(e, ERR_MALFORMED, "state_getRuntimeVersion: specName");
    fmt_into(chain->spec_name, sizeof chain->spec_name, "%s", json_string_value(name));
    TRY(sdk_json_number(&chain->spec_version, json_object_get(r, "specVersion"), "specVersion", e));
    return sdk_json_number(&chain->transaction_version, json_object_get(r, "transactionVersion"),
                           "transactionVersion", e);
}

static FALLIBLE check_chain(const struct sdk_client *c, const struct sdk_connect *want, struct err *e)
{
    const struct sdk_chain *chain = &c->chain;
    uint32_t spec = want->spec_version != 0 ? want->spec_version : system_const_version.spec_version;

    if (want->genesis_opt != NULL && !hash32_eq(want->genesis_opt, &chain->genesis))
        return FAIL(e, ERR_REJECTED,
                    "the node at %s is on another chain: genesis %02x%02x%02x%02x…, not %02x%02x%02x%02x…",
                    c->url, chain->genesis.b[0], chain->genesis.b[1], chain->genesis.b[2],
                    chain->genesis.b[3], want->genesis_opt->b[0], want->genesis_opt->b[1],
                    want->genesis_opt->b[2], want->genesis_opt->b[3]);
    if (want->any_spec_version)
        return ERR_OK;
    struct bytes name = system_const_version.spec_name;
    if (!bytes_eq(bytes_of_str(chain->spec_name), name))
        return FAIL(e, ERR_REJECTED, "the node at %s runs a chain of kind \"%s\", not \"%.*s\"", c->url,
                    chain->spec_name, (int)name.len, (const char *)name.p);
    if (chain->spec_version != spec)
        return FAIL(
            e, ERR_REJECTED, "the chain runs %s version %u, this program knows version %u: use the %s one",
            chain->spec_name, chain->spec_version, spec, chain->spec_version > spec ? "newer" : "older");
    return ERR_OK;
}

FALLIBLE sdk_client_open(struct sdk_client **out, const struct sdk_connect *want, struct err *e)
{
    if (want->url == NULL)
        return FAIL(e, ERR_USAGE, "no url of a node");
    CLEANUP(sdk_client_free) struct sdk_client *c = calloc(1, sizeof *c);
    if (c == NULL)
        return FAIL(e, ERR_UNAVAILABLE, "no memory");
    c->timeout_ms = want->timeout_ms != 0 ? want->timeout_ms : SDK_TIMEOUT_MS;
    c->url = strdup(want->url);
    if (c->url == NULL)
        return FAIL(e, ERR_UNAVAILABLE, "no memory");
    if (rpc_client_connect(&c->rpc, c->url, c->timeout_ms, e) != ERR_OK)
        return err_wrap(e, "connect to %s", c->url);
    TRY(sdk_block_hash(c, &c->chain.genesis, 0, e));
    TRY(learn_node(c, e));
    TRY(learn_version(c, e));
    TRY(check_chain(c, want, e));
    *out = MOVE(c);
    return ERR_OK;
}

void sdk_client_free(struct sdk_client *c)
{
    if (c == NULL)
        return;
    rpc_client_free(c->rpc);
    free(c->url);
    free(c);
}

void sdk_client_stop(struct sdk_client *c)
{
    rpc_client_stop(c->rpc);
}

const struct sdk_chain *sdk_client_chain(const struct sdk_client *c)
{
    return &c->chain;
}

const char *sdk_client_url(const struct sdk_client *c)
{
    return c->url;
}

struct rpc_client *sdk_client_rpc(struct sdk_client *c)
{
    return c->rpc;
}

FALLIBLE sdk_head_at(struct sdk_client *c, struct sdk_head *out, const struct hash32 *hash, struct err *e)
{
    CLEANUP(json_decref) json_t *r = NULL;

    TRY(sdk_request(c, &r, "chain_getHeader", sdk_params_at(hash), e));
    if (json_is_null(r))
        return FAIL(e, ERR_NOT_FOUND, "the node does not have this block");
    return sdk_json_head(out, r, e);
}

FALLIBLE sdk_head_best(struct sdk_client *c, struct sdk_head *out, struct err *e)
{
    return sdk_head_at(c, out, NULL, e);
}

FALLIBLE sdk_head_finalized(struct sdk_client *c, struct sdk_head *out, struct err *e)
{
    CLEANUP(json_decref) json_t *r = NULL;
    struct hash32 hash;

    TRY(sdk_request(c, &r, "chain_getFinalizedHead", NULL, e));
    TRY(sdk_json_hash(&hash, r, "chain_getFinalizedHead", e));
    return sdk_head_at(c, out, &hash, e);
}

FALLIBLE sdk_block_hash(struct sdk_client *c, struct hash32 *out, uint32_t number, struct err *e)
{
    CLEANUP(json_decref) json_t *r = NULL;

    TRY(sdk_request(c, &r, "chain_getBlockHash", json_pack("[I]", (json_int_t)number), e));
    if (json_is_null(r))
        return FAIL(e, ERR_NOT_FOUND, "there is no block %u yet", number);
    return sdk_json_hash(out, r, "chain_getBlockHash", e);
}

FALLIBLE sdk_block_at(struct sdk_client *c, struct arena *a, struct sdk_block *out, const struct hash32 *hash,
                      struct err *e)
{
    CLEANUP(json_decref) json_t *r = NULL;
    struct sdk_block b = {0};

    TRY(sdk_request(c, &r, "chain_getBlock", sdk_params_at(hash), e));
    if (json_is_null(r))
        return FAIL(e, ERR_NOT_FOUND, "the node does not have this block");
    const json_t *block = json_object_get(r, "block");
    const json_t *list = json_object_get(block, "extrinsics");
    TRY(sdk_json_head(&b.head, json_object_get(block, "header"), e));
    if (!json_is_array(list) || json_array_size(list) > BLOCK_EXTRINSICS_MAX)
        return FAIL(e, ERR_MALFORMED, "chain_getBlock: extrinsics");
    b.extrinsic_count = (uint32_t)json_array_size(list);
    struct bytes *v = arena_new_n(a, struct bytes, b.extrinsic_count);
    for (uint32_t i = 0; i < b.extrinsic_count; i++)
        TRY(sdk_json_bytes(a, &v[i], json_array_get(list, i), "chain_getBlock: extrinsic", e));
    b.extrinsics = v;
    *out = b;
    return ERR_OK;
}
