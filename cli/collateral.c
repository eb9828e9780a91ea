/* cli/collateral.c — the vendors' word as the chain has it: `chain collateral`, `chain collateral-post`. */
#include "sdk/collateral.h"
#include "base/clock.h"
#include "base/fmt.h"
#include "cli/attestation.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "cli/verify.h"
#include "sdk/storage.h"
#include "tee/bundle.h"
#include <stdio.h>

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };
enum { TEE_TDX = 1, PRODUCT_AT = 0, VLEK_AT = 1 }; /* bytes of keys: chain/worker.idl "CollateralKey" */

static const char *product(struct bytes key)
{
    return key.len > PRODUCT_AT && key.p[PRODUCT_AT] < ATTEST_SNP_PRODUCTS
               ? attest_product_name((enum attest_snp_product)key.p[PRODUCT_AT])
               : "unknown product";
}

static const char *tee(struct bytes key)
{
    return key.len > 0 && key.p[0] == TEE_TDX ? "TDX" : "SGX";
}

/* "TCB info of SGX on FMSPC 00906ed50000" */
static const char *what(struct arena *a, uint8_t kind, struct bytes key)
{
    switch ((enum attest_piece_kind)kind) {
    case ATTEST_PIECE_TCB_INFO:
        return arena_fmt(a, "TCB info, %s, FMSPC %s", tee(key),
                         key.len > 1 ? verify_hex(a, bytes_from(key, 1)) : "?");
    case ATTEST_PIECE_QE_IDENTITY:
        return arena_fmt(a, "QE identity, %s", tee(key));
    case ATTEST_PIECE_ROOT_CRL:
        return "root CRL, Intel";
    case ATTEST_PIECE_PCK_CRL:
        return arena_fmt(a, "PCK CRL, issuer %s", verify_hex(a, key));
    case ATTEST_PIECE_AMD_CA:
        return arena_fmt(a, "%s, %s", key.len > VLEK_AT && key.p[VLEK_AT] != 0 ? "ASVK" : "ASK",
                         product(key));
    case ATTEST_PIECE_AMD_CRL:
        return arena_fmt(a, "CRL, %s", product(key));
    }
    return "unknown";
}

static const char *root_text(uint8_t label)
{
    return label == ATTEST_ROOT_VENDOR        ? "vendor"
           : label == ATTEST_ROOT_DEVELOPMENT ? "DEVELOPMENT"
                                              : "unknown";
}

static const char *left_text(struct arena *a, uint64_t until, uint64_t now)
{
    uint64_t s = until > now ? until - now : 0;

    if (s == 0)
        return "RAN OUT";
    if (s >= DAY_S)
        return arena_fmt(a, "%llu days", (unsigned long long)(s / DAY_S));
    if (s >= HOUR_S)
        return arena_fmt(a, "%llu hours", (unsigned long long)(s / HOUR_S));
    return arena_fmt(a, "%llu minutes", (unsigned long long)(s / MINUTE_S));
}

static json_t *piece_json(struct cli *cli, uint8_t kind, const char *root, struct bytes key, uint64_t issued,
                          uint64_t until, uint32_t evaluation)
{
    uint64_t now = clock_wall_ms() / 1000;
    struct arena *a = &cli->arena;

    return json_pack("{s:s,s:i,s:s,s:s,s:s,s:s,s:I,s:I,s:s}", "what", what(a, kind, key), "kind", (int)kind,
                     "root", root, "key", verify_hex(a, key), "issued", verify_date(a, issued), "valid_until",
                     verify_date(a, until), "evaluation", (json_int_t)evaluation, "left_s",
                     until > now ? (json_int_t)(until - now) : 0, "left", left_text(a, until, now));
}

static const struct column list_columns[] = {
    {"what", "WHAT", COLUMN_TEXT},
    {"root", "ROOT", COLUMN_TEXT},
    {"issued", "ISSUED", COLUMN_TEXT},
    {"valid_until", "VALID UNTIL", COLUMN_TEXT},
    {"evaluation", "EVAL", COLUMN_TEXT},
    {"left", "LEFT", COLUMN_TEXT},
    {.field = NULL},
};

static FALLIBLE run_list(struct cli *cli, struct err *e)
{
    struct worker_collateral_facts_vec index;
    json_t *list = json_array();

    if (cli_connect(cli, e) != ERR_OK ||
        sdk_storage_get(cli->client, &cli->arena, &index, NULL, NULL, &worker_storage_collateral_index, NULL,
                        e) != ERR_OK) {
        json_decref(list);
        return e->code;
    }
    for (uint32_t i = 0; i < index.n; i++) {
        const struct worker_collateral_facts *f = &index.v[i];
        json_array_append_new(list, piece_json(cli, (uint8_t)f->key.kind, root_text(f->key.root), f->key.key,
                                               f->issued, f->until, f->evaluation));
    }
    out_result(cli, list, list_columns);
    return ERR_OK;
}

const struct verb verb_chain_collateral = {
    "chain", "collateral", "Lists the vendors' documents and lists that the chain judges by.",
    NULL,    GROUP_NODE,   run_list};

static const struct param post_params[] = {
    {"file", PARAM_TEXT, "BUNDLE", "collateral in JSON (see wetee verify --cache)", NULL, NULL, true, true},
    {.name = NULL},
};

static const struct column post_columns[] = {
    {"what", "WHAT", COLUMN_TEXT},
    {"root", "ROOT", COLUMN_TEXT},
    {"outcome", "OUTCOME", COLUMN_TEXT},
    {"block", "BLOCK", COLUMN_TEXT},
    {"left", "VALID FOR", COLUMN_TEXT},
    {"why", "WHY", COLUMN_TEXT},
    {.field = NULL},
};

static json_t *result_json(struct cli *cli, const struct sdk_piece_result *r, const struct sdk_roots *roots)
{
    static const char *const outcomes[] = {"taken", "known", "bad", "refused"};
    static const char *const kinds[] = {"TCB info", "QE identity", "root CRL",
                                        "PCK CRL",  "ASK or ASVK", "CRL"};
    bool bad = r->outcome == SDK_PIECE_BAD;
    json_t *j;

    if (bad)
        j = json_pack("{s:s,s:i}", "what", kinds[r->kind], "kind", (int)r->kind);
    else
        j = piece_json(cli, (uint8_t)r->kind, root_text((uint8_t)roots->v[r->facts.root_index].label),
                       bytes_of(r->facts.key, r->facts.key_len), r->facts.issued, r->facts.valid_until,
                       r->facts.evaluation);
    out_merge(j, json_pack("{s:s,s:o,s:o}", "outcome", outcomes[r->outcome], "block",
                           r->block == 0 ? json_null() : json_integer((json_int_t)r->block), "why",
                           bad || r->outcome == SDK_PIECE_REFUSED ? out_bytes_text(bytes_of_str(r->why.msg))
                                                                  : json_null()));
    return j;
}

static FALLIBLE send(struct cli *cli, json_t *into, const struct attest_collateral *collateral,
                     bool *all_good, struct err *e)
{
    struct sdk_piece_result results[ATTEST_PIECES_MAX];
    struct sdk_tx_options options;
    struct sdk_roots roots;
    struct sdk_head head;
    uint32_t count = 0;

    TRY(cli_unlock_signer(cli, e));
    TRY(cli_tx_options(cli, &options, e));
    TRY(sdk_head_finalized(cli->client, &head, e));
    TRY(sdk_roots_at(cli->client, &cli->arena, &roots, &head, e));
    const struct attest_policy policy = {
        .roots = roots.v, .root_count = roots.count, .allow_development = roots.development};
    const struct sdk_post post = {.collateral = collateral,
                                  .policy = &policy,
                                  .crypto = &attest_openssl,
                                  .now = clock_wall_ms() / 1000,
                                  .key = &cli->signer,
                                  .options_opt = &options};
    enum err_code code = sdk_collateral_post(cli->client, &cli->arena, results, &count, &post, e);
    for (uint32_t i = 0; i < count; i++) {
        json_array_append_new(into, result_json(cli, &results[i], &roots));
        *all_good =
            *all_good && (results[i].outcome == SDK_PIECE_TAKEN || results[i].outcome == SDK_PIECE_KNOWN);
    }
    return code;
}

static FALLIBLE run_post(struct cli *cli, struct err *e)
{
    CLEANUP(json_decref) json_t *list = json_array();
    const char *path = cli_text(cli, "file");
    struct attest_piece pieces[ATTEST_PIECES_MAX];
    struct attest_collateral collateral;
    bool all_good = true;
    struct bytes file;

    TRY(keyring_load_file(&cli->arena, &file, path, BUNDLE_MAX, e));
    if (bundle_read(&collateral, &cli->arena, file, e) != ERR_OK) {
        e->code = ERR_USAGE;
        return err_wrap(e, "%s", path);
    }
    if (attest_collateral_pieces(pieces, &collateral) == 0)
        return FAIL(e, ERR_USAGE, "%s holds no collateral", path);
    enum err_code code = send(cli, list, &collateral, &all_good, e);
    if (code == ERR_OK || json_array_size(list) > 0)
        out_result(cli, MOVE(list), post_columns);
    if (code == ERR_OK && !all_good)
        cli->exit_opt = EXIT_CODE_REFUSED;
    return code;
}

const struct verb verb_chain_collateral_post = {
    "chain",     "collateral-post",       "Gives the chain collateral that is newer than its own.",
    post_params, GROUP_NODE | GROUP_SIGN, run_post};
