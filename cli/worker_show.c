/* cli/worker_show.c — clusters as the chain and their workers see them. */
#include "base/fmt.h"
#include "cli/attestation.h"
#include "cli/lookup.h"
#include "cli/out.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "sdk/storage.h"
#include "sdk/worker_api.h"

static const struct column list_columns[] = {
    {"id", "ID", COLUMN_TEXT},
    {"name", "NAME", COLUMN_TEXT},
    {"status", "STATUS", COLUMN_TEXT},
    {"owner", "OWNER", COLUMN_TEXT},
    {"addresses", "ADDRESS", COLUMN_TEXT},
    {"port", "PORT", COLUMN_TEXT},
    {"level", "LEVEL", COLUMN_TEXT},
    {"stake", "STAKE", COLUMN_AMOUNT},
    {"works", "WORKS", COLUMN_TEXT},
    {.field = NULL},
};

static const struct column show_columns[] = {
    {"id", "cluster", COLUMN_TEXT},
    {"name", "name", COLUMN_TEXT},
    {"status", "status", COLUMN_TEXT},
    {"owner", "owner", COLUMN_TEXT},
    {"payee", "payee", COLUMN_TEXT},
    {"addresses", "address", COLUMN_TEXT},
    {"port", "port", COLUMN_TEXT},
    {"level", "level", COLUMN_TEXT},
    {"score", "score", COLUMN_TEXT},
    {"start_block", "since block", COLUMN_TEXT},
    {"stake", "stake", COLUMN_AMOUNT},
    {"bound", "  bound by works", COLUMN_AMOUNT},
    {"capacity", "capacity", COLUMN_TEXT},
    {"used", "  used", COLUMN_TEXT},
    {"works", "works", COLUMN_TEXT},
    {"deposit_blocks", "deposits at", COLUMN_TEXT},
    {"attestation", "attested", COLUMN_TEXT},
    {"contracts", "contracts", COLUMN_TEXT},
    {.field = NULL},
};

static FALLIBLE cluster_json(struct cli *cli, json_t **out, const struct worker_k8s_cluster *c, struct err *e)
{
    struct worker_com_cr_com_cr_pair crs;
    struct scale_u8_u8_pair scores;
    struct balance stake, sigma;
    struct vec blocks;
    uint32_t works;
    struct sdk_read reads[] = {
        {.item = &worker_storage_crs, .keys = {&c->id}, .out = &crs},
        {.item = &worker_storage_scores, .keys = {&c->id}, .out = &scores},
        {.item = &worker_storage_stake_of, .keys = {&c->id}, .out = &stake},
        {.item = &worker_storage_sigma_of, .keys = {&c->id}, .out = &sigma},
        {.item = &worker_storage_contract_count, .keys = {&c->id}, .out = &works},
        {.item = &worker_storage_deposit_blocks, .keys = {&c->id}, .out = &blocks},
    };

    TRY(sdk_storage_read(cli->client, &cli->arena, reads, ARRAY_LEN(reads), NULL, e));
    json_t *addresses = json_array();
    for (uint32_t i = 0; i < c->ip.n; i++)
        json_array_append_new(addresses, json_string(lookup_ip_text(cli, &c->ip.v[i])));
    *out = json_pack("{s:I,s:o,s:s,s:o,s:o,s:o,s:I,s:I,s:I,s:I,s:o,s:o,s:o,s:o,s:I,s:o}", "id",
                     (json_int_t)c->id, "name", out_bytes_text(c->name), "status",
                     lookup_cluster_status(c->status), "owner", out_account(cli, &c->owner), "payee",
                     out_account(cli, &c->payee), "addresses", addresses, "port", (json_int_t)c->port,
                     "level", (json_int_t)scores.a, "score", (json_int_t)scores.b, "start_block",
                     (json_int_t)c->start_block, "stake", out_amount(stake), "bound", out_amount(sigma),
                     "capacity", out_value(cli, &worker_type_com_cr, &crs.a), "used",
                     out_value(cli, &worker_type_com_cr, &crs.b), "works", (json_int_t)works,
                     "deposit_blocks", out_value(cli, worker_storage_deposit_blocks.value, &blocks));
    return ERR_OK;
}

static FALLIBLE run_list(struct cli *cli, struct err *e)
{
    struct sdk_rows rows;
    CLEANUP(json_decref) json_t *list = json_array();

    TRY(cli_connect(cli, e));
    TRY(sdk_storage_all(cli->client, &cli->arena, &rows, NULL, &worker_storage_k8s_clusters, NULL, 0, 0, e));
    for (size_t i = 0; i < rows.count; i++) {
        json_t *j;
        TRY(cluster_json(cli, &j, rows.v[i].value, e));
        json_array_append_new(list, j);
    }
    out_result(cli, MOVE(list), list_columns);
    return ERR_OK;
}

const struct verb verb_worker_list = {"worker", "list", "Lists the clusters.", NULL, GROUP_NODE, run_list};

static const struct param show_params[] = {
    {"cluster", PARAM_NUMBER, "ID", "cluster; the one the signer operates when left out", NULL, NULL, true,
     false},
    {.name = NULL},
};

static FALLIBLE contracts_json(struct cli *cli, json_t **out, uint64_t cluster, struct err *e)
{
    struct sdk_rows rows;
    CLEANUP(json_decref) json_t *list = json_array();

    TRY(sdk_storage_all(cli->client, &cli->arena, &rows, NULL, &worker_storage_cluster_contracts,
                        (const void *[]){&cluster}, 1, 0, e));
    for (size_t i = 0; i < rows.count; i++) {
        const struct worker_work_id *work = rows.v[i].keys[1];
        struct worker_contract_state c;
        bool found;
        TRY(sdk_storage_get(cli->client, &cli->arena, &c, &found, NULL, &worker_storage_work_contract_state,
                            (const void *[]){work, &cluster}, e));
        if (found)
            json_array_append_new(list, json_pack("{s:o,s:s,s:o,s:o,s:o,s:I}", "work",
                                                  out_value(cli, &worker_type_work_id, work), "status",
                                                  lookup_contract_status(c.status), "fee", out_amount(c.fee),
                                                  "earned", out_amount(c.minted), "withdrawable",
                                                  out_amount(c.withdrawable), "next_period",
                                                  (json_int_t)c.next_period));
    }
    *out = MOVE(list);
    return ERR_OK;
}

/* Null when it has published nothing about itself. */
static FALLIBLE own_json(struct cli *cli, json_t **out, uint64_t id, struct err *e)
{
    struct worker_cluster_attestation a;
    bool found;

    TRY(sdk_storage_get(cli->client, &cli->arena, &a, &found, NULL, &worker_storage_cluster_attestations,
                        (const void *[]){&id}, e));
    if (!found)
        *out = json_null();
    else if (a.lapsed && !cli->json)
        *out = json_string("RAN OUT, must be attested anew");
    else
        *out = attestation_json(cli, &a.claims, NULL, NULL);
    if (found && cli->json)
        (void)json_object_set_new(*out, "lapsed", json_boolean(a.lapsed));
    return ERR_OK;
}

static FALLIBLE run_show(struct cli *cli, struct err *e)
{
    struct worker_k8s_cluster cluster;
    CLEANUP(json_decref) json_t *j = NULL;
    json_t *contracts, *own;
    uint64_t id;

    TRY(lookup_cluster_id(cli, &id, e));
    TRY(lookup_cluster(cli, &cluster, id, e));
    TRY(cluster_json(cli, &j, &cluster, e));
    TRY(own_json(cli, &own, id, e));
    (void)json_object_set_new(j, "attestation", own);
    TRY(contracts_json(cli, &contracts, id, e));
    (void)json_object_set_new(j, "contracts", contracts);
    out_result(cli, MOVE(j), show_columns);
    return ERR_OK;
}

const struct verb verb_worker_show = {
    "worker", "show", "Shows a cluster, its stake and its contracts.", show_params, GROUP_NODE | GROUP_SIGN,
    run_show};

static const struct column info_columns[] = {
    {"cluster", "cluster", COLUMN_TEXT},
    {"controller", "controller", COLUMN_TEXT},
    {"genesis", "genesis", COLUMN_TEXT},
    {"block", "block", COLUMN_TEXT},
    {"stale", "stale", COLUMN_TEXT},
    {"tee", "evidence", COLUMN_TEXT},
    {"capacity", "capacity", COLUMN_TEXT},
    {"works", "works", COLUMN_TEXT},
    {"entry_measurement", "entry", COLUMN_TEXT},
    {.field = NULL},
};

static FALLIBLE run_info(struct cli *cli, struct err *e)
{
    CLEANUP(sdk_worker_free) struct sdk_worker_api *api = NULL;
    const char *url;
    uint64_t id = 0;
    json_t *j;

    if (!cli_given(cli, "worker"))
        TRY(lookup_cluster_id(cli, &id, e));
    TRY(lookup_worker_url(cli, &url, id, e));
    TRY(sdk_worker_open(&api, url, SDK_TIMEOUT_MS, e));
    TRY(sdk_worker_info(api, &j, e));
    out_result(cli, j, info_columns);
    return ERR_OK;
}

const struct verb verb_worker_info = {"worker",
                                      "info",
                                      "Asks a worker what it is and does.",
                                      show_params,
                                      GROUP_NODE | GROUP_SIGN | GROUP_WORKER,
                                      run_info};
