/* cli/app.c — ordering and steering apps. */
#include "base/fmt.h"
#include "cli/lookup.h"
#include "cli/order.h"
#include "cli/out.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "sdk/account.h"

enum { CPU_DEFAULT = 100, MEMORY_DEFAULT = 128 };

#define OPTION(name, kind, value, doc)                   \
    {                                                    \
        name, kind, value, doc, NULL, NULL, false, false \
    }
#define PARAM_ID                                                                              \
    {                                                                                         \
        "id", PARAM_NUMBER, "APP", "number of the app (see app list)", NULL, NULL, true, true \
    }
#define PARAMS_CHANGE                                                                      \
    OPTION("file", PARAM_TEXT, "FILE", "a wetee.json file; options win over it"),          \
        OPTION("name", PARAM_TEXT, "NAME", "name of the app"),                             \
        OPTION("image", PARAM_TEXT, "IMAGE", "container image"),                           \
        OPTION("port", PARAM_LIST, "PORT", "port it serves: 8080, udp:53, https:443"),     \
        OPTION("command", PARAM_TEXT, "TEXT", "shell command instead of the image's own"), \
        OPTION("env", PARAM_LIST, "KEY=VALUE", "setting")

static const struct param create_params[] = {
    PARAMS_CHANGE,
    {"cpu", PARAM_NUMBER, "MILLICORES", "processor, 1000 is one core; 100 if not said", NULL, NULL, false,
     false},
    {"memory", PARAM_NUMBER, "MIB", "memory; 128 if not said", NULL, NULL, false, false},
    {"disk", PARAM_LIST, "/PATH:MIB", "disk that is mounted at a path", NULL, NULL, false, false},
    {"level", PARAM_NUMBER, "LEVEL", "security level; 1 if not said", NULL, NULL, false, false},
    {"tee", PARAM_TEXT, "sgx|cvm", "kind of machine; sgx if not said", NULL, NULL, false, false},
    {"meta", PARAM_TEXT, "TEXT", "anything, kept with the order", NULL, NULL, false, false},
    {"deposit", PARAM_AMOUNT, "AMOUNT", "prepaid; what is not used comes back", NULL, NULL, false, false},
    {.name = NULL},
};

static FALLIBLE run_create(struct cli *cli, struct err *e)
{
    struct sdk_tx_result r;
    struct order o;

    TRY(order_read(cli, &o, e));
    if (o.name == NULL || o.image == NULL || !o.has_deposit)
        return FAIL(e, ERR_USAGE, "an app needs --name, --image and --deposit, or a --file with them");
    struct app_create_args args = {
        .name = bytes_of_str(o.name),
        .image = bytes_of_str(o.image),
        .meta = o.meta != NULL ? bytes_of_str(o.meta) : BYTES_EMPTY,
        .port = o.ports,
        .command = order_command(o.command),
        .env = o.env,
        .cpu = o.cpu != 0 ? (uint32_t)o.cpu : CPU_DEFAULT,
        .memory = o.memory != 0 ? (uint32_t)o.memory : MEMORY_DEFAULT,
        .disk = o.disks,
        .level = o.level != 0 ? (uint8_t)o.level : 1,
        .tee_version = o.tee != NULL && strcmp(o.tee, "cvm") == 0 ? APP_TEE_VERSION_CVM : APP_TEE_VERSION_SGX,
        .deposit = o.deposit,
    };
    TRY(cli_submit(cli, &r, &app_call_create, &args, e));
    const struct app_created_app_event *ev = sdk_event_find(r.events, &app_event_created_app);
    if (ev == NULL)
        return FAIL(e, ERR_INTERNAL, "the chain did not say which app it made");
    out_tx(cli, &r,
           arena_fmt(&cli->arena, "app %llu is ordered; watch it with \"wetee app show %llu\"",
                     (unsigned long long)ev->id, (unsigned long long)ev->id),
           json_pack("{s:I}", "app_id", (json_int_t)ev->id));
    return ERR_OK;
}

const struct verb verb_app_create = {
    "app", "create", "Orders an app and prepays it.", create_params, GROUP_NODE | GROUP_SIGN, run_create};

static const struct param update_params[] = {
    PARAM_ID,
    PARAMS_CHANGE,
    {"restart", PARAM_SWITCH, NULL, "restart it when it runs", NULL, NULL, false, false},
    {.name = NULL},
};

static json_t *id_json(uint64_t id)
{
    return json_pack("{s:I}", "app_id", (json_int_t)id);
}

static FALLIBLE run_update(struct cli *cli, struct err *e)
{
    struct app_tee_app app;
    struct sdk_tx_result r;
    struct order o;

    TRY(order_read(cli, &o, e));
    TRY(lookup_app(cli, &app, e));
    struct app_update_args args = {
        .app_id = app.id, .new_env = o.env, .with_restart = cli_given(cli, "restart")};
    if (o.name != NULL)
        args.new_name = (struct scale_bytes_opt){true, bytes_of_str(o.name)};
    if (o.image != NULL)
        args.new_image = (struct scale_bytes_opt){true, bytes_of_str(o.image)};
    if (o.has_ports)
        args.new_port = (struct app_service_vec_opt){true, o.ports};
    if (o.command != NULL)
        args.new_command = (struct app_command_opt){true, order_command(o.command)};
    TRY(cli_submit(cli, &r, &app_call_update, &args, e));
    out_tx(cli, &r, arena_fmt(&cli->arena, "app %llu is changed", (unsigned long long)app.id),
           id_json(app.id));
    return ERR_OK;
}

const struct verb verb_app_update = {
    "app",     "update", "Changes an app; what is not named stays.", update_params, GROUP_NODE | GROUP_SIGN,
    run_update};

static const struct param amount_params[] = {
    PARAM_ID, {"amount", PARAM_AMOUNT, "AMOUNT", "how much", NULL, NULL, true, true}, {.name = NULL}};

static FALLIBLE run_recharge(struct cli *cli, struct err *e)
{
    struct app_recharge_args args = {.id = cli_number(cli, "id"), .deposit = cli_amount(cli, "amount")};
    char amount[SDK_AMOUNT_TEXT_CAP];
    struct sdk_tx_result r;

    TRY(cli_submit(cli, &r, &app_call_recharge, &args, e));
    sdk_amount_text(amount, args.deposit);
    out_tx(cli, &r, arena_fmt(&cli->arena, "app %llu has %s more", (unsigned long long)args.id, amount),
           id_json(args.id));
    return ERR_OK;
}

const struct verb verb_app_recharge = {
    "app",       "recharge", "Adds to what is prepaid for an app.", amount_params, GROUP_NODE | GROUP_SIGN,
    run_recharge};

static json_t *refund_json(const struct sdk_tx_result *r, uint64_t id, struct balance *refund)
{
    const struct app_refunded_event *ev = sdk_event_find(r->events, &app_event_refunded);

    *refund = ev != NULL ? ev->amount : BALANCE_ZERO;
    return json_pack("{s:I,s:o}", "app_id", (json_int_t)id, "refund", out_amount(*refund));
}

static FALLIBLE run_withdraw(struct cli *cli, struct err *e)
{
    struct app_withdraw_args args = {.app_id = cli_number(cli, "id"), .amount = cli_amount(cli, "amount")};
    char amount[SDK_AMOUNT_TEXT_CAP];
    struct balance refund;
    struct sdk_tx_result r;

    TRY(cli_submit(cli, &r, &app_call_withdraw, &args, e));
    json_t *extra = refund_json(&r, args.app_id, &refund);
    sdk_amount_text(amount, refund);
    out_tx(cli, &r, arena_fmt(&cli->arena, "%s came back", amount), extra);
    return ERR_OK;
}

const struct verb verb_app_withdraw = {"app",
                                       "withdraw",
                                       "Takes back what is prepaid and not bound.",
                                       amount_params,
                                       GROUP_NODE | GROUP_SIGN,
                                       run_withdraw};

static const struct param id_params[] = {PARAM_ID, {.name = NULL}};

static FALLIBLE run_stop(struct cli *cli, struct err *e)
{
    struct app_stop_args args = {.app_id = cli_number(cli, "id")};
    char amount[SDK_AMOUNT_TEXT_CAP];
    struct balance refund;
    struct sdk_tx_result r;

    TRY(cli_submit(cli, &r, &app_call_stop, &args, e));
    json_t *extra = refund_json(&r, args.app_id, &refund);
    sdk_amount_text(amount, refund);
    out_tx(cli, &r,
           arena_fmt(&cli->arena,
                     "app %llu stops; %s came back, what its clusters may still prove is kept until then",
                     (unsigned long long)args.app_id, amount),
           extra);
    return ERR_OK;
}

const struct verb verb_app_stop = {
    "app", "stop", "Stops an app and refunds what is left.", id_params, GROUP_NODE | GROUP_SIGN, run_stop};

static FALLIBLE run_restart(struct cli *cli, struct err *e)
{
    struct app_restart_args args = {.app_id = cli_number(cli, "id")};
    struct sdk_tx_result r;

    TRY(cli_submit(cli, &r, &app_call_restart, &args, e));
    out_tx(cli, &r, arena_fmt(&cli->arena, "app %llu is started anew", (unsigned long long)args.app_id),
           id_json(args.app_id));
    return ERR_OK;
}

const struct verb verb_app_restart = {"app",
                                      "restart",
                                      "Restarts a running app, or orders a stopped one again.",
                                      id_params,
                                      GROUP_NODE | GROUP_SIGN,
                                      run_restart};

static FALLIBLE run_remove(struct cli *cli, struct err *e)
{
    struct app_remove_args args = {.app_id = cli_number(cli, "id")};
    char amount[SDK_AMOUNT_TEXT_CAP] = "nothing";
    struct sdk_tx_result r;

    TRY(cli_submit(cli, &r, &app_call_remove, &args, e));
    const struct app_work_removed_event *ev = sdk_event_find(r.events, &app_event_work_removed);
    if (ev != NULL)
        sdk_amount_text(amount, ev->returned);
    out_tx(cli, &r,
           arena_fmt(&cli->arena, "app %llu is removed; %s reserved for its storage came back",
                     (unsigned long long)args.app_id, amount),
           id_json(args.app_id));
    return ERR_OK;
}

const struct verb verb_app_remove = {
    "app", "remove", "Removes a stopped app from the chain.", id_params, GROUP_NODE | GROUP_SIGN, run_remove};
