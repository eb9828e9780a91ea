#include "rpc/subscriptions.h"

static json_t *hash_of_number(struct rpc_call *c, const json_t *v)
{
    const struct rpc_backend *b = c->server->backend;
    struct hash32 hash;
    uint32_t number;
    bool fits;
    if (!json_number_read(v, &number, &fits))
        return call_bad_params(c, "a block number, as a number or as hex text, expected");
    return fits && b->block_hash(b->ctx, &hash, number) ? json_hash(&hash) : json_null();
}

static json_t *get_block_hash(struct rpc_call *c)
{
    const struct rpc_backend *b = c->server->backend;
    const json_t *v = param_opt(c, 0);
    if (v == NULL) {
        struct rpc_head best = b->best(b->ctx);
        return json_hash(&best.hash);
    }
    if (!json_is_array(v))
        return hash_of_number(c, v);
    if (json_array_size(v) > RPC_PAGE_MAX)
        return call_bad_params(c, "at most 1000 numbers");
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(v); i++) {
        json_t *hash = hash_of_number(c, json_array_get(v, i));
        if (hash == NULL) {
            json_decref(list);
            return NULL;
        }
        ASSERT(json_array_append_new(list, hash) == 0);
    }
    return list;
}

/* The block's header as JSON; *found false: the block is unknown. NULL with the call failed, or with !*found.
 */
static json_t *header_json(struct rpc_call *c, const struct hash32 *at, bool *found)
{
    const struct rpc_backend *b = c->server->backend;
    struct bytes header;
    struct err e;
    enum err_code code = b->header(b->ctx, c->arena, &header, at, &e);
    *found = code != ERR_NOT_FOUND;
    if (code == ERR_NOT_FOUND)
        return NULL;
    if (code != ERR_OK)
        return call_state_error(c, &e);
    json_t *v = json_header(c->server, header);
    return v != NULL ? v : call_fail(c, JSONRPC_INTERNAL, jsonrpc_message(JSONRPC_INTERNAL), NULL);
}

static json_t *get_header(struct rpc_call *c)
{
    struct hash32 at;
    bool found;
    if (!param_at(c, 0, &at))
        return NULL;
    json_t *v = header_json(c, &at, &found);
    return found ? v : json_null();
}

static json_t *get_block(struct rpc_call *c)
{
    const struct rpc_backend *b = c->server->backend;
    struct hash32 at;
    struct bytes_list body;
    struct err e;
    bool found;
    if (!param_at(c, 0, &at))
        return NULL;
    json_t *header = header_json(c, &at, &found);
    if (header == NULL)
        return found ? NULL : json_null();
    enum err_code code = b->body(b->ctx, c->arena, &body, &at, &e);
    if (code != ERR_OK) {
        json_decref(header);
        return code == ERR_NOT_FOUND ? json_null() : call_state_error(c, &e);
    }
    return json_pack("{s:{s:o, s:o}, s:n}", "block", "header", header, "extrinsics",
                     json_hex_list(c->server, &body), "justifications");
}

static json_t *get_finalized_head(struct rpc_call *c)
{
    const struct rpc_backend *b = c->server->backend;
    struct rpc_head head = b->finalized(b->ctx);
    return json_hash(&head.hash);
}

static json_t *subscribe(struct rpc_call *c)
{
    struct rpc_subscription *sub = sub_open(c, (enum rpc_sub_kind)c->method->arg);
    return sub == NULL ? NULL : json_text(sub->id);
}

/* Also for state_ and author_ subscriptions: true when the connection had this one. */
static json_t *unsubscribe(struct rpc_call *c)
{
    const json_t *v = param_opt(c, 0);
    if (!json_is_string(v) && !json_is_integer(v))
        return call_bad_params(c, "a subscription id expected");
    struct rpc_subscription *sub = json_is_string(v) ? sub_find(c->conn, json_string_value(v)) : NULL;
    if (sub == NULL || (int)sub->kind != c->method->arg)
        return json_false();
    sub_close(c->server, sub);
    return json_true();
}

#define SUBSCRIBE(name, kind)                     \
    {                                             \
        name, "", subscribe, kind, RPC_NEEDS_CONN \
    }
#define UNSUBSCRIBE(name, kind)                                 \
    {                                                           \
        name, "subscription", unsubscribe, kind, RPC_NEEDS_CONN \
    }

/* polkadot.js calls the singular names of the head subscriptions and looks for the plural ones in
 * rpc_methods. */
static const struct rpc_method methods[] = {
    {"chain_getBlock", "hash", get_block, 0, 0},
    {"chain_getBlockHash", "hash", get_block_hash, 0, 0},
    {"chain_getFinalisedHead", "", get_finalized_head, 0, 0},
    {"chain_getFinalizedHead", "", get_finalized_head, 0, 0},
    {"chain_getHead", "hash", get_block_hash, 0, 0},
    {"chain_getHeader", "hash", get_header, 0, 0},
    SUBSCRIBE("chain_subscribeAllHeads", RPC_SUB_ALL_HEAD),
    SUBSCRIBE("chain_subscribeFinalisedHeads", RPC_SUB_FINALIZED_HEAD),
    SUBSCRIBE("chain_subscribeFinalizedHeads", RPC_SUB_FINALIZED_HEAD),
    SUBSCRIBE("chain_subscribeNewHead", RPC_SUB_NEW_HEAD),
    SUBSCRIBE("chain_subscribeNewHeads", RPC_SUB_NEW_HEAD),
    SUBSCRIBE("chain_subscribeRuntimeVersion", RPC_SUB_RUNTIME_VERSION),
    SUBSCRIBE("state_subscribeRuntimeVersion", RPC_SUB_RUNTIME_VERSION),
    SUBSCRIBE("subscribe_newHead", RPC_SUB_NEW_HEAD),
    UNSUBSCRIBE("author_unwatchExtrinsic", RPC_SUB_WATCH),
    UNSUBSCRIBE("chain_unsubscribeAllHeads", RPC_SUB_ALL_HEAD),
    UNSUBSCRIBE("chain_unsubscribeFinalisedHeads", RPC_SUB_FINALIZED_HEAD),
    UNSUBSCRIBE("chain_unsubscribeFinalizedHeads", RPC_SUB_FINALIZED_HEAD),
    UNSUBSCRIBE("chain_unsubscribeNewHead", RPC_SUB_NEW_HEAD),
    UNSUBSCRIBE("chain_unsubscribeNewHeads", RPC_SUB_NEW_HEAD),
    UNSUBSCRIBE("chain_unsubscribeRuntimeVersion", RPC_SUB_RUNTIME_VERSION),
    UNSUBSCRIBE("state_unsubscribeRuntimeVersion", RPC_SUB_RUNTIME_VERSION),
    UNSUBSCRIBE("state_unsubscribeStorage", RPC_SUB_STORAGE),
    UNSUBSCRIBE("unsubscribe_newHead", RPC_SUB_NEW_HEAD),
};

const struct rpc_method_group rpc_chain_methods = {methods, ARRAY_LEN(methods)};
