/* cli/app_set.c — an app's settings: inserted, replaced or removed by key. */
#include "base/fmt.h"
#include "cli/lookup.h"
#include "cli/order.h"
#include "cli/out.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "sdk/storage.h"

static const struct param params[] = {
    {"id", PARAM_NUMBER, "APP", "number of the app (see app list)", NULL, NULL, true, true},
    {"set", PARAM_LIST, "KEY=VALUE", "environment variable to set", NULL, NULL, true, false},
    {"set-file", PARAM_LIST, "/PATH=TEXT", "file to put into the app", NULL, NULL, false, false},
    {"unset", PARAM_LIST, "KEY", "variable or /PATH to remove", NULL, NULL, false, false},
    {"restart", PARAM_SWITCH, NULL, "restart the app when it runs", NULL, NULL, false, false},
    {.name = NULL},
};

/* The chain's own row of a key, or NULL. */
static const struct app_env *row_of(const struct sdk_rows *rows, const struct app_env_key *key)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct app_env *env = rows->v[i].value;
        if (env->k.tag == key->tag && bytes_eq(env->k.u.env, key->u.env))
            return env;
    }
    return NULL;
}

static FALLIBLE add_sets(struct cli *cli, struct app_env_input_vec *edits, const struct sdk_rows *rows,
                         const char *param, bool file, struct err *e)
{
    const char *const *list;
    size_t n = cli_list(cli, &list, param);

    for (size_t i = 0; i < n; i++) {
        struct app_env_input *edit = &edits->v[edits->n];
        TRY(order_env(cli, edit, list[i], file, e));
        const struct app_env *old = row_of(rows, &edit->k);
        if (old != NULL) {
            edit->index = old->index;
            edit->etype = (struct app_edit_type){.tag = APP_EDIT_TYPE_UPDATE, .u.update = old->index};
        }
        edits->n++;
    }
    return ERR_OK;
}

static FALLIBLE add_unsets(struct cli *cli, struct app_env_input_vec *edits, const struct sdk_rows *rows,
                           struct err *e)
{
    const char *const *list;
    size_t n = cli_list(cli, &list, "unset");

    for (size_t i = 0; i < n; i++) {
        struct app_env_key key = {.tag = list[i][0] == '/' ? APP_ENV_KEY_FILE : APP_ENV_KEY_ENV,
                                  .u.env = bytes_of_str(list[i])};
        const struct app_env *old = row_of(rows, &key);
        if (old == NULL)
            return FAIL(e, ERR_NOT_FOUND, "the app has no setting \"%s\"", list[i]);
        edits->v[edits->n++] = (struct app_env_input){
            .etype = {.tag = APP_EDIT_TYPE_REMOVE, .u.remove = old->index}, .index = old->index, .k = key};
    }
    return ERR_OK;
}

static FALLIBLE run(struct cli *cli, struct err *e)
{
    struct app_set_settings_args args = {.with_restart = cli_given(cli, "restart")};
    struct sdk_tx_result r;
    struct app_tee_app app;
    struct sdk_rows rows;

    TRY(lookup_app(cli, &app, e));
    args.app_id = app.id;
    TRY(sdk_storage_all(cli->client, &cli->arena, &rows, NULL, &app_storage_envs, (const void *[]){&app.id},
                        1, 0, e));
    args.value.v = arena_new_n(&cli->arena, struct app_env_input, 3 * CLI_LIST_MAX);
    TRY(add_unsets(cli, &args.value, &rows, e));
    TRY(add_sets(cli, &args.value, &rows, "set", false, e));
    TRY(add_sets(cli, &args.value, &rows, "set-file", true, e));
    if (args.value.n == 0)
        return FAIL(e, ERR_USAGE, "nothing to set: write KEY=VALUE, --set-file or --unset");
    TRY(cli_submit(cli, &r, &app_call_set_settings, &args, e));
    out_tx(cli, &r,
           arena_fmt(&cli->arena, "%u settings of app %llu are changed", args.value.n,
                     (unsigned long long)app.id),
           json_pack("{s:I}", "app_id", (json_int_t)app.id));
    return ERR_OK;
}

const struct verb verb_app_set = {
    "app", "set", "Sets and removes an app's settings.", params, GROUP_NODE | GROUP_SIGN, run};
