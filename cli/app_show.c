/* cli/app_show.c — apps as the chain sees them. */
#include "base/fmt.h"
#include "cli/attestation.h"
#include "cli/lookup.h"
#include "cli/out.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "sdk/storage.h"

static const struct column list_columns[] = {
    {"id", "ID", COLUMN_TEXT},
    {"name", "NAME", COLUMN_TEXT},
    {"status", "STATUS", COLUMN_TEXT},
    {"image", "IMAGE", COLUMN_TEXT},
    {"owner", "OWNER", COLUMN_TEXT},
    {"clusters", "CLUSTER", COLUMN_TEXT},
    {"available", "PREPAID", COLUMN_AMOUNT},
    {"spent", "SPENT", COLUMN_AMOUNT},
    {.field = NULL},
};

static const struct column show_columns[] = {
    {"id", "app", COLUMN_TEXT},
    {"name", "name", COLUMN_TEXT},
    {"status", "status", COLUMN_TEXT},
    {"owner", "owner", COLUMN_TEXT},
    {"image", "image", COLUMN_TEXT},
    {"command", "command", COLUMN_TEXT},
    {"ports", "ports", COLUMN_TEXT},
    {"resources", "resources", COLUMN_TEXT},
    {"level", "level", COLUMN_TEXT},
    {"tee", "machine", COLUMN_TEXT},
    {"version", "version", COLUMN_TEXT},
    {"start_block", "since block", COLUMN_TEXT},
    {"clusters", "clusters", COLUMN_TEXT},
    {"contracts", "contracts", COLUMN_TEXT},
    {"attestations", "attested", COLUMN_TEXT},
    {"settings", "settings", COLUMN_TEXT},
    {"available", "prepaid", COLUMN_AMOUNT},
    {"held", "  held for clusters", COLUMN_AMOUNT},
    {"spent", "  spent", COLUMN_AMOUNT},
    {"refunded", "  refunded", COLUMN_AMOUNT},
    {.field = NULL},
};

static FALLIBLE app_json(struct cli *cli, json_t **out, const struct app_tee_app *app, struct err *e)
{
    struct worker_work_id work = {.wtype = WORKER_WORK_TYPE_APP, .id = app->id};
    struct app_work_balance balance;
    uint64_t version;
    struct vec clusters;
    struct sdk_read reads[] = {
        {.item = &app_storage_work_balances, .keys = {&app->id}, .out = &balance},
        {.item = &app_storage_app_version, .keys = {&app->id}, .out = &version},
        {.item = &worker_storage_work_contracts, .keys = {&work}, .out = &clusters},
    };

    TRY(sdk_storage_read(cli->client, &cli->arena, reads, ARRAY_LEN(reads), NULL, e));
    *out = json_pack("{s:I,s:o,s:s,s:o,s:o,s:o,s:o,s:o,s:I,s:o,s:I,s:I,s:o,s:o,s:o,s:o,s:o}", "id",
                     (json_int_t)app->id, "name", out_bytes_text(app->name), "status",
                     lookup_app_status(app->status), "owner", out_account(cli, &app->creator), "image",
                     out_bytes_text(app->image), "command", out_value(cli, &app_type_command, &app->command),
                     "ports", out_value(cli, app_type_tee_app.fields[8].type, &app->port), "resources",
                     out_value(cli, &app_type_cr, &app->cr), "level", (json_int_t)app->level, "tee",
                     out_value(cli, &app_type_tee_version, &app->tee_version), "version", (json_int_t)version,
                     "start_block", (json_int_t)app->start_block, "clusters",
                     out_value(cli, worker_storage_work_contracts.value, &clusters), "available",
                     out_amount(balance.available), "held", out_amount(balance.held), "spent",
                     out_amount(balance.spent), "refunded", out_amount(balance.refunded));
    return ERR_OK;
}

static FALLIBLE contracts_json(struct cli *cli, json_t **out, uint64_t id, struct err *e)
{
    struct worker_work_id work = {.wtype = WORKER_WORK_TYPE_APP, .id = id};
    struct sdk_rows rows;
    CLEANUP(json_decref) json_t *list = json_array();

    TRY(sdk_storage_all(cli->client, &cli->arena, &rows, NULL, &worker_storage_work_contract_state,
                        (const void *[]){&work}, 1, 0, e));
    for (size_t i = 0; i < rows.count; i++) {
        const struct worker_contract_state *c = rows.v[i].value;
        const uint64_t *cluster = rows.v[i].keys[1];
        json_array_append_new(
            list, json_pack("{s:I,s:s,s:o,s:I,s:I,s:I,s:o}", "cluster", (json_int_t)*cluster, "status",
                            lookup_contract_status(c->status), "fee", out_amount(c->fee), "anchor",
                            (json_int_t)c->anchor, "stage", (json_int_t)c->stage, "next_period",
                            (json_int_t)c->next_period, "gross", out_amount(c->gross)));
    }
    *out = MOVE(list);
    return ERR_OK;
}

/* Values of settings are the owner's business: names alone, unless asked for. */
static FALLIBLE settings_json(struct cli *cli, json_t **out, uint64_t id, bool values, struct err *e)
{
    struct sdk_rows rows;
    CLEANUP(json_decref) json_t *list = json_array();

    TRY(sdk_storage_all(cli->client, &cli->arena, &rows, NULL, &app_storage_envs, (const void *[]){&id}, 1, 0,
                        e));
    for (size_t i = 0; i < rows.count; i++) {
        const struct app_env *env = rows.v[i].value;
        json_t *j =
            json_pack("{s:I,s:o,s:s}", "index", (json_int_t)env->index, "key", out_bytes_text(env->k.u.env),
                      "kind", env->k.tag == APP_ENV_KEY_FILE ? "file" : "env");
        if (values)
            (void)json_object_set_new(j, "value", out_bytes_text(env->v));
        json_array_append_new(list, j);
    }
    *out = MOVE(list);
    return ERR_OK;
}

static const struct param list_params[] = {
    {"owner", PARAM_TEXT, "ACCOUNT", "only this account's", NULL, NULL, false, false}, {.name = NULL}};

static FALLIBLE run_list(struct cli *cli, struct err *e)
{
    struct account_id owner;
    struct sdk_rows rows;
    CLEANUP(json_decref) json_t *list = json_array();
    size_t keys = 0;

    TRY(cli_connect(cli, e));
    if (cli_given(cli, "owner")) {
        TRY(cli_account(cli, &owner, cli_text(cli, "owner"), e));
        keys = 1;
    }
    TRY(sdk_storage_all(cli->client, &cli->arena, &rows, NULL, &app_storage_tee_apps,
                        (const void *[]){&owner}, keys, 0, e));
    for (size_t i = 0; i < rows.count; i++) {
        json_t *j;
        TRY(app_json(cli, &j, rows.v[i].value, e));
        json_array_append_new(list, j);
    }
    out_result(cli, MOVE(list), list_columns);
    return ERR_OK;
}

const struct verb verb_app_list = {"app", "list", "Lists the apps.", list_params, GROUP_NODE, run_list};

static const struct param show_params[] = {
    {"id", PARAM_NUMBER, "APP", "number of the app (see app list)", NULL, NULL, true, true},
    {"values", PARAM_SWITCH, NULL, "show the values of settings too", NULL, NULL, false, false},
    {.name = NULL},
};

static FALLIBLE run_show(struct cli *cli, struct err *e)
{
    CLEANUP(json_decref) json_t *j = NULL;
    json_t *contracts, *attestations, *settings;
    struct app_tee_app app;

    TRY(lookup_app(cli, &app, e));
    TRY(app_json(cli, &j, &app, e));
    TRY(contracts_json(cli, &contracts, app.id, e));
    (void)json_object_set_new(j, "contracts", contracts);
    TRY(attestations_json(cli, &attestations, &(struct worker_work_id){WORKER_WORK_TYPE_APP, app.id}, e));
    (void)json_object_set_new(j, "attestations", attestations);
    TRY(settings_json(cli, &settings, app.id, cli_given(cli, "values"), e));
    (void)json_object_set_new(j, "settings", settings);
    out_result(cli, MOVE(j), show_columns);
    return ERR_OK;
}

const struct verb verb_app_show = {"app",       "show",     "Shows an app, its contracts and its balance.",
                                   show_params, GROUP_NODE, run_show};
