#include "base/fmt.h"
#include "base/reader.h"
#include "base/writer.h"
#include "codec/scale.h"
#include "rpc/rpc_priv.h"

/* ---- system ---- */

enum system_text { TEXT_CHAIN, TEXT_NAME, TEXT_VERSION, TEXT_PEER_ID };

static json_t *text(struct rpc_call *c)
{
    const struct rpc_server_config *config = &c->server->config;
    const char *const texts[] = {config->chain, config->name, config->version, config->local_peer_id};
    return json_text(texts[c->method->arg]);
}

static json_t *chain_type(struct rpc_call *c)
{
    return json_incref(c->server->chain_type);
}

static json_t *properties(struct rpc_call *c)
{
    return json_incref(c->server->properties);
}

static struct rpc_health health_of(struct rpc_call *c)
{
    struct rpc_health h = {0};
    c->server->backend->health(c->server->backend->ctx, &h);
    return h;
}

static json_t *health(struct rpc_call *c)
{
    struct rpc_health h = health_of(c);
    return json_pack("{s:I, s:b, s:b}", "peers", (json_int_t)h.peers, "isSyncing", (int)h.is_syncing,
                     "shouldHavePeers", (int)h.should_have_peers);
}

static json_t *sync_state(struct rpc_call *c)
{
    struct rpc_health h = health_of(c);
    return json_pack("{s:I, s:I, s:I}", "startingBlock", (json_int_t)h.starting_block, "currentBlock",
                     (json_int_t)h.current_block, "highestBlock", (json_int_t)h.highest_block);
}

static json_t *empty_list(struct rpc_call *c)
{
    (void)c;
    return json_array();
}

static json_t *node_roles(struct rpc_call *c)
{
    return json_pack("[o]", json_text(c->server->config.node_role));
}

static json_t *account_next_index(struct rpc_call *c)
{
    const struct rpc_backend *b = c->server->backend;
    const char *ss58;
    struct account_id who;
    uint32_t index;
    struct err e;
    if (!param_text(c, 0, &ss58))
        return NULL;
    if (!b->account_of_ss58(b->ctx, &who, bytes_of_str(ss58)))
        return call_bad_params(c, "an SS58 address of a 32-byte account expected");
    if (b->next_index(b->ctx, &index, &who, &e) != ERR_OK)
        return call_fail(c, 1, "Unable to query nonce.", json_text(e.msg));
    return json_integer(index);
}

static json_t *dry_run(struct rpc_call *c)
{
    const struct rpc_backend *b = c->server->backend;
    struct bytes extrinsic, out;
    struct hash32 at;
    struct err e;
    if (!param_bytes(c, 0, &extrinsic) || !param_at(c, 1, &at))
        return NULL;
    if (b->dry_run(b->ctx, c->arena, &out, &at, extrinsic, &e) != ERR_OK)
        return call_fail(c, e.code == ERR_MALFORMED ? 2 : 1, "Unable to dry run extrinsic", json_text(e.msg));
    return json_hex(c->server, out);
}

static json_t *rpc_methods(struct rpc_call *c)
{
    return json_pack("{s:o}", "methods", rpc_method_names(c->server));
}

/* ---- payment: runtime API calls, their SCALE answers as JSON ---- */

/* Runs `function` on extrinsic ‖ u32 length; false with the call failed. */
static bool query(struct rpc_call *c, const char *function, const char *failure, struct bytes *out)
{
    const struct rpc_backend *b = c->server->backend;
    struct bytes extrinsic;
    struct hash32 at;
    struct err e;
    if (!param_bytes(c, 0, &extrinsic) || !param_at(c, 1, &at))
        return false;
    struct writer w = writer_in(c->arena, extrinsic.len + 4);
    put_bytes(&w, extrinsic);
    put_u32(&w, (uint32_t)extrinsic.len);
    if (b->runtime_call(b->ctx, c->arena, out, &at, function, writer_bytes(&w), &e) == ERR_OK)
        return true;
    (void)call_fail(c, e.code == ERR_MALFORMED ? 2 : 1, failure, json_text(e.msg));
    return false;
}

static json_t *undecodable(struct rpc_call *c, const struct err *e)
{
    return call_fail(c, JSONRPC_INTERNAL, jsonrpc_message(JSONRPC_INTERNAL), json_text(e->msg));
}

static json_t *query_info(struct rpc_call *c)
{
    static const char *const classes[] = {"normal", "operational", "mandatory"};
    struct bytes out;
    struct err e;
    if (!query(c, "TransactionPaymentApi_query_info", "Unable to query dispatch info.", &out))
        return NULL;
    struct reader r = reader_of(out);
    uint64_t ref_time = take_compact_u64(&r);
    uint64_t proof_size = take_compact_u64(&r);
    uint8_t class = take_u8(&r);
    u128 fee = take_u128(&r);
    if (class >= ARRAY_LEN(classes))
        reader_fail(&r, "unknown class");
    if (reader_end(&r, "dispatch info", &e) != ERR_OK)
        return undecodable(c, &e);
    char fee_text[40];
    (void)fmt_u128(fee_text, fee);
    return json_pack("{s:{s:I, s:I}, s:s, s:s}", "weight", "ref_time", (json_int_t)(ref_time & INT64_MAX),
                     "proof_size", (json_int_t)(proof_size & INT64_MAX), "class", classes[class],
                     "partialFee", fee_text);
}

/* "0x" and hex without leading zeros. */
static json_t *fee_hex(u128 v)
{
    char out[40];
    size_t at = sizeof out - 1;
    out[at] = 0;
    do {
        out[--at] = "0123456789abcdef"[(unsigned)(v & 15)];
        v >>= 4;
    } while (v != 0);
    out[--at] = 'x';
    out[--at] = '0';
    return json_text(out + at);
}

static json_t *query_fee_details(struct rpc_call *c)
{
    struct bytes out;
    struct err e;
    u128 fee[3] = {0};
    if (!query(c, "TransactionPaymentApi_query_fee_details", "Unable to query fee details.", &out))
        return NULL;
    struct reader r = reader_of(out);
    bool some = take_bool(&r);
    for (int i = 0; some && i < 3; i++)
        fee[i] = take_u128(&r);
    (void)take_u128(&r); /* the tip is not shown */
    if (reader_end(&r, "fee details", &e) != ERR_OK)
        return undecodable(c, &e);
    if (!some)
        return json_pack("{s:n}", "inclusionFee");
    return json_pack("{s:{s:o, s:o, s:o}}", "inclusionFee", "baseFee", fee_hex(fee[0]), "lenFee",
                     fee_hex(fee[1]), "adjustedWeightFee", fee_hex(fee[2]));
}

/* ---- chainSpec_v1 ---- */

static json_t *genesis_hash(struct rpc_call *c)
{
    const struct rpc_backend *b = c->server->backend;
    struct hash32 hash;
    if (!b->block_hash(b->ctx, &hash, 0))
        return call_fail(c, JSONRPC_INTERNAL, jsonrpc_message(JSONRPC_INTERNAL), NULL);
    return json_hash(&hash);
}

static const struct rpc_method methods[] = {
    {"account_nextIndex", "account", account_next_index, 0, 0},
    {"chainSpec_v1_chainName", "", text, TEXT_CHAIN, 0},
    {"chainSpec_v1_genesisHash", "", genesis_hash, 0, 0},
    {"chainSpec_v1_properties", "", properties, 0, 0},
    {"payment_queryFeeDetails", "encoded_xt at", query_fee_details, 0, 0},
    {"payment_queryInfo", "encoded_xt at", query_info, 0, 0},
    {"rpc_methods", "", rpc_methods, 0, 0},
    {"system_accountNextIndex", "account", account_next_index, 0, 0},
    {"system_chain", "", text, TEXT_CHAIN, 0},
    {"system_chainType", "", chain_type, 0, 0},
    {"system_dryRun", "extrinsic at", dry_run, 0, RPC_NEEDS_UNSAFE | RPC_NEEDS_DRY_RUN},
    {"system_health", "", health, 0, 0},
    {"system_localListenAddresses", "", empty_list, 0, 0},
    {"system_localPeerId", "", text, TEXT_PEER_ID, 0},
    {"system_name", "", text, TEXT_NAME, 0},
    {"system_nodeRoles", "", node_roles, 0, 0},
    {"system_peers", "", empty_list, 0, 0},
    {"system_properties", "", properties, 0, 0},
    {"system_syncState", "", sync_state, 0, 0},
    {"system_version", "", text, TEXT_VERSION, 0},
};

const struct rpc_method_group rpc_system_methods = {methods, ARRAY_LEN(methods)};
