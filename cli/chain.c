/* cli/chain.c — the chain itself: heads, blocks, events, storage, metadata. */
#include "chain/chain.h"
#include "base/fmt.h"
#include "base/hex.h"
#include "base/int.h"
#include "cli/out.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "codec/extrinsic.h"
#include "codec/json.h"
#include "codec/storage_key.h"
#include "codec/walk.h"
#include "crypto/hash.h"
#include "sdk/events.h"
#include "sdk/heads.h"
#include "sdk/storage.h"
#include <stdio.h>

static json_t *head_json(const struct sdk_head *head, const char *state)
{
    return json_pack("{s:s,s:I,s:o,s:o,s:o}", "state", state, "number", (json_int_t)head->number, "hash",
                     out_hash(&head->hash), "parent", out_hash(&head->parent), "state_root",
                     out_hash(&head->state_root));
}

static const struct param head_params[] = {
    {"follow", PARAM_SWITCH, NULL, "go on with every block that becomes final; Ctrl-C ends", NULL, NULL,
     false, false},
    {.name = NULL},
};

static const struct column head_columns[] = {
    {"chain", "chain", COLUMN_TEXT},
    {"genesis", "genesis", COLUMN_TEXT},
    {"node", "node", COLUMN_TEXT},
    {"spec_version", "version", COLUMN_TEXT},
    {"best_number", "best block", COLUMN_TEXT},
    {"best_hash", "  hash", COLUMN_TEXT},
    {"finalized_number", "final block", COLUMN_TEXT},
    {"finalized_hash", "  hash", COLUMN_TEXT},
    {.field = NULL},
};

static FALLIBLE follow(struct cli *cli, struct err *e)
{
    CLEANUP(sdk_heads_close) struct sdk_heads *heads = NULL;
    struct sdk_head head;

    TRY(sdk_heads_open(cli->client, &heads, SDK_HEADS_FINALIZED, e));
    for (;;) {
        enum err_code code = sdk_heads_next(heads, &head, -1, e);
        if (code == ERR_LIMIT)
            continue;
        TRY(code);
        json_t *j = head_json(&head, "final");
        if (cli->json)
            (void)json_dumpf(j, stdout, JSON_COMPACT);
        else
            (void)printf("%u %s", head.number, json_string_value(json_object_get(j, "hash")));
        (void)printf("\n");
        (void)fflush(stdout);
        json_decref(j);
    }
}

static FALLIBLE run_head(struct cli *cli, struct err *e)
{
    struct sdk_head best, final;

    TRY(cli_connect(cli, e));
    if (cli_given(cli, "follow"))
        return follow(cli, e);
    const struct sdk_chain *chain = sdk_client_chain(cli->client);
    TRY(sdk_head_finalized(cli->client, &final, e));
    TRY(sdk_head_best(cli->client, &best, e));
    out_result(cli,
               json_pack("{s:s,s:o,s:s,s:I,s:I,s:o,s:I,s:o,s:o}", "chain", chain->name, "genesis",
                         out_hash(&chain->genesis), "node", chain->node, "spec_version",
                         (json_int_t)chain->spec_version, "best_number", (json_int_t)best.number, "best_hash",
                         out_hash(&best.hash), "finalized_number", (json_int_t) final.number,
                         "finalized_hash", out_hash(&final.hash), "state_root", out_hash(&best.state_root)),
               head_columns);
    return ERR_OK;
}

const struct verb verb_chain_head = {"chain",     "head",     "Shows the chain and its newest blocks.",
                                     head_params, GROUP_NODE, run_head};

static const struct param block_params[] = {
    {"block", PARAM_TEXT, "BLOCK", "number or hash; the best block when left out", NULL, NULL, true, false},
    {.name = NULL},
};

static FALLIBLE block_of(struct cli *cli, struct sdk_head *out, struct err *e)
{
    const char *text = cli_text(cli, "block");
    struct hash32 hash;
    uint64_t number;
    uint32_t n;

    TRY(cli_connect(cli, e));
    if (text == NULL)
        return sdk_head_best(cli->client, out, e);
    if (parse_u64(bytes_of_str(text), &number) && u32_from(number, &n))
        TRY(sdk_block_hash(cli->client, &hash, n, e));
    else if (!hex_decode_into(hash.b, sizeof hash.b, bytes_of_str(text)))
        return FAIL(e, ERR_USAGE, "\"%s\" is neither the number nor the hash of a block", text);
    return sdk_head_at(cli->client, out, &hash, e);
}

static const struct column event_columns[] = {
    {"extrinsic", "TX", COLUMN_TEXT},
    {"pallet", "MODULE", COLUMN_TEXT},
    {"event", "EVENT", COLUMN_TEXT},
    {"fields", "FIELDS", COLUMN_TEXT},
    {.field = NULL},
};

static FALLIBLE run_events(struct cli *cli, struct err *e)
{
    struct sdk_events events;
    struct sdk_head head;

    TRY(block_of(cli, &head, e));
    TRY(sdk_events_at(cli->client, &cli->arena, &events, &head.hash, e));
    cli_progress(cli, "block %u", head.number);
    out_result(cli, out_events(cli, events), event_columns);
    return ERR_OK;
}

const struct verb verb_chain_events = {"chain",      "events",   "Lists what happened in a block.",
                                       block_params, GROUP_NODE, run_events};

static const struct column block_columns[] = {
    {"number", "number", COLUMN_TEXT},         {"hash", "hash", COLUMN_TEXT},
    {"parent", "parent", COLUMN_TEXT},         {"state_root", "state root", COLUMN_TEXT},
    {"extrinsics", "extrinsics", COLUMN_TEXT}, {.field = NULL},
};

static const struct column extrinsic_columns[] = {
    {"index", "TX", COLUMN_TEXT},
    {"signer", "SIGNER", COLUMN_TEXT},
    {"nonce", "NONCE", COLUMN_TEXT},
    {"call", "CALL", COLUMN_TEXT},
    {.field = NULL},
};

static FALLIBLE extrinsic_json(struct cli *cli, json_t **out, uint32_t index, struct bytes raw, struct err *e)
{
    struct extrinsic_parts parts;
    struct hash32 hash;
    struct call call;

    TRY(extrinsic_decode(&parts, raw, e));
    TRY(call_decode(&cli->arena, &call, parts.call, &chain_registry, e));
    blake2_256(hash.b, raw);
    *out = json_pack("{s:I,s:o,s:o,s:o,s:o}", "index", (json_int_t)index, "hash", out_hash(&hash), "signer",
                     parts.is_signed ? out_account(cli, &parts.address.u.id) : json_null(), "nonce",
                     parts.is_signed ? json_integer((json_int_t)parts.extra.nonce) : json_null(), "call",
                     out_value(cli, &type_call, &call));
    return ERR_OK;
}

static FALLIBLE run_block(struct cli *cli, struct err *e)
{
    struct sdk_block block;
    struct sdk_head head;
    CLEANUP(json_decref) json_t *list = json_array();

    TRY(block_of(cli, &head, e));
    TRY(sdk_block_at(cli->client, &cli->arena, &block, &head.hash, e));
    for (uint32_t i = 0; i < block.extrinsic_count; i++) {
        json_t *x;
        TRY(extrinsic_json(cli, &x, i, block.extrinsics[i], e));
        json_array_append_new(list, x);
    }
    json_t *j = head_json(&head, "block");
    (void)json_object_del(j, "state");
    if (cli->json) {
        (void)json_object_set_new(j, "extrinsics", MOVE(list));
        out_result(cli, j, block_columns);
        return ERR_OK;
    }
    out_result(cli, j, block_columns);
    (void)printf("\n");
    out_result(cli, MOVE(list), extrinsic_columns);
    return ERR_OK;
}

const struct verb verb_chain_block = {"chain",      "block",    "Shows a block and its transactions.",
                                      block_params, GROUP_NODE, run_block};

static const struct param storage_params[] = {
    {"item", PARAM_TEXT, "MODULE.ITEM", "such as System.Account or WeteeApp.TEEApps", NULL, NULL, true, true},
    {"key", PARAM_LIST, "KEY", "keys: numbers, accounts or 0x SCALE bytes", NULL, NULL, true, false},
    {"at", PARAM_TEXT, "HASH", "block to read; the best one when left out", NULL, NULL, false, false},
    {"limit", PARAM_NUMBER, "N", "entries at most, when keys are left out", "1000", NULL, false, false},
    {.name = NULL},
};

static const struct column storage_columns[] = {{"keys", "KEYS", COLUMN_TEXT},
                                                {"value", "VALUE", COLUMN_TEXT},
                                                {"found", "STORED", COLUMN_TEXT},
                                                {.field = NULL}};

static FALLIBLE item_of(const struct storage_desc **out, struct arena *a, const char *text, struct err *e)
{
    const char *dot = strchr(text, '.');

    if (dot == NULL)
        return FAIL(e, ERR_USAGE, "\"%s\": write MODULE.ITEM, such as System.Account", text);
    const struct pallet_desc *pallet = sdk_pallet(arena_str(a, bytes_of(text, (size_t)(dot - text))));
    if (pallet == NULL)
        return FAIL(e, ERR_NOT_FOUND, "the chain has no module \"%.*s\"", (int)(dot - text), text);
    *out = sdk_storage_item(pallet, dot + 1);
    if (*out == NULL)
        return FAIL(e, ERR_NOT_FOUND, "%s has no storage item \"%s\"", pallet->name, dot + 1);
    return ERR_OK;
}

/* A key's text as a C value: unsigned integers, accounts, or the SCALE bytes of anything. */
static FALLIBLE key_value(struct cli *cli, void **out, const struct type *t, const char *text, struct err *e)
{
    void *value = arena_alloc(&cli->arena, t->size);
    struct writer w = writer_in(&cli->arena, 64);
    struct bytes raw;
    uint64_t number;

    if (t == &type_account_id) {
        TRY(cli_account(cli, value, text, e));
        *out = value;
        return ERR_OK;
    }
    if (parse_u64(bytes_of_str(text), &number) && t->kind >= TYPE_U8 && t->kind <= TYPE_U64) {
        uint8_t le[8];
        store_u64le(le, number);
        size_t len = (size_t)1 << (t->kind - TYPE_U8);
        for (size_t i = len; i < sizeof le; i++)
            if (le[i] != 0)
                return FAIL(e, ERR_USAGE, "%s: the number is too large for this key", text);
        put_mem(&w, le, len);
        raw = writer_bytes(&w);
    } else if (text[0] != '0' || text[1] != 'x' ||
               hex_decode(&cli->arena, &raw, bytes_of_str(text), e) != ERR_OK) {
        return FAIL(e, ERR_USAGE, "\"%s\" is no such key: write a number, an account or 0x SCALE bytes",
                    text);
    }
    enum err_code code = walk_decode_all(&cli->arena, value, raw, t, &chain_registry, "key", e);
    if (code != ERR_OK)
        return e->code = ERR_USAGE;
    *out = value;
    return ERR_OK;
}

static json_t *row_json(struct cli *cli, const struct storage_desc *item, void *const *keys,
                        const void *value, bool found)
{
    json_t *list = json_array();

    for (size_t i = 0; i < item->key_count; i++)
        json_array_append_new(list, out_value(cli, item->keys[i], keys[i]));
    return json_pack("{s:o,s:o,s:b}", "keys", list, "value",
                     found || item->has_default ? out_value(cli, item->value, value) : json_null(), "found",
                     found);
}

static FALLIBLE run_storage(struct cli *cli, struct err *e)
{
    const struct storage_desc *item;
    const char *const *words;
    void *keys[STORAGE_KEYS_MAX] = {0};
    struct hash32 at_hash, *at = NULL;
    bool found;

    TRY(item_of(&item, &cli->arena, cli_text(cli, "item"), e));
    TRY(cli_connect(cli, e));
    if (cli_given(cli, "at")) {
        if (!hex_decode_into(at_hash.b, sizeof at_hash.b, bytes_of_str(cli_text(cli, "at"))))
            return FAIL(e, ERR_USAGE, "--at: not the hash of a block");
        at = &at_hash;
    }
    size_t count = cli_list(cli, &words, "key");
    if (count > item->key_count)
        return FAIL(e, ERR_USAGE, "%s has %u keys", item->name, (unsigned)item->key_count);
    for (size_t i = 0; i < count; i++)
        TRY(key_value(cli, &keys[i], item->keys[i], words[i], e));
    if (count == item->key_count) {
        void *value = arena_alloc(&cli->arena, item->value->size);
        TRY(sdk_storage_get(cli->client, &cli->arena, value, &found, at, item, (const void *const *)keys, e));
        out_result(cli, row_json(cli, item, keys, value, found), storage_columns);
        return ERR_OK;
    }
    struct sdk_rows rows;
    CLEANUP(json_decref) json_t *list = json_array();
    TRY(sdk_storage_all(cli->client, &cli->arena, &rows, at, item, (const void *const *)keys, count,
                        cli_number(cli, "limit"), e));
    for (size_t i = 0; i < rows.count; i++)
        json_array_append_new(list, row_json(cli, item, rows.v[i].keys, rows.v[i].value, true));
    out_result(cli, MOVE(list), storage_columns);
    return ERR_OK;
}

const struct verb verb_chain_storage = {"chain",        "storage",  "Reads any item of the chain's state.",
                                        storage_params, GROUP_NODE, run_storage};

static FALLIBLE run_metadata(struct cli *cli, struct err *e)
{
    json_t *r;

    TRY(cli_connect(cli, e));
    TRY(sdk_request(cli->client, &r, "state_getMetadata", NULL, e));
    (void)printf(cli->json ? "\"%s\"\n" : "%s\n", json_is_string(r) ? json_string_value(r) : "");
    json_decref(r);
    return ERR_OK;
}

const struct verb verb_chain_metadata = {
    "chain", "metadata", "Prints the runtime's metadata (version 14) in hex.",
    NULL,    GROUP_NODE, run_metadata};
