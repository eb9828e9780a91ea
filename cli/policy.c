/* cli/policy.c — which code may run: `app policy`, `worker measurements`. */
#include "attest/tcb.h"
#include "base/fmt.h"
#include "base/int.h"
#include "cli/attestation.h"
#include "cli/lookup.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "cli/verify.h"
#include "sdk/storage.h"

enum { MEASUREMENTS_MAX = 4 /* bound of CodePolicy */ };

static const struct param policy_params[] = {
    {"id", PARAM_NUMBER, "APP", "number of the app (see app list)", NULL, NULL, true, true},
    {"measurement", PARAM_LIST, "HEX", "code that may run: 32, 36, 48 or 240 bytes; replaces those there are",
     NULL, NULL, false, false},
    {"tcb", PARAM_TEXT, "TCB",
     "strict (UpToDate), tolerant (also hardening and configuration needed) or the highest rank", NULL, NULL,
     false, false},
    {"clear", PARAM_SWITCH, NULL, "any genuine code again", NULL, NULL, false, false},
    {.name = NULL},
};

static const struct column policy_columns[] = {
    {"app_id", "app", COLUMN_TEXT},
    {"measurements", "code", COLUMN_TEXT},
    {"tcb", "TCB at least", COLUMN_TEXT},
    {.field = NULL},
};

static FALLIBLE tcb_rank(uint8_t *out, const char *text, struct err *e)
{
    uint64_t rank;

    if (strcmp(text, "strict") == 0)
        rank = attest_tcb_rank(ATTEST_TCB_UP_TO_DATE);
    else if (strcmp(text, "tolerant") == 0)
        rank = attest_tcb_rank(ATTEST_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED);
    else if (!parse_u64(bytes_of_str(text), &rank) || rank > UINT8_MAX)
        return FAIL(e, ERR_USAGE, "--tcb: \"%s\" is not strict, tolerant or a rank up to 255", text);
    *out = (uint8_t)rank;
    return ERR_OK;
}

static FALLIBLE current(struct cli *cli, struct worker_code_policy *out, bool *found,
                        const struct worker_work_id *work, struct err *e)
{
    TRY(sdk_storage_get(cli->client, &cli->arena, out, found, NULL, &worker_storage_work_policy,
                        (const void *[]){work}, e));
    if (!*found)
        *out = (struct worker_code_policy){.max_status = UINT8_MAX};
    return ERR_OK;
}

static json_t *policy_json(struct cli *cli, uint64_t app, bool set, const struct worker_code_policy *p)
{
    json_t *code = measurements_json(cli, &p->measurements);

    if (!cli->json && p->measurements.n == 0) {
        json_decref(code);
        code = json_string("any that is genuine");
    }
    return json_pack("{s:I,s:b,s:o,s:i,s:s}", "app_id", (json_int_t)app, "set", set, "measurements", code,
                     "max_status", (int)p->max_status, "tcb",
                     p->max_status == UINT8_MAX ? "as the level demands"
                                                : attestation_tcb(WORKER_EVIDENCE_SGX_DCAP, p->max_status));
}

static FALLIBLE measurements_given(struct cli *cli, struct worker_measurement_vec *out, struct err *e)
{
    struct attest_measurement *list;
    uint32_t n;

    TRY(verify_measurements(cli, &list, &n, e));
    if (n > MEASUREMENTS_MAX)
        return FAIL(e, ERR_USAGE, "--measurement: at most %d", MEASUREMENTS_MAX);
    *out = (struct worker_measurement_vec){.v = arena_new_n(&cli->arena, struct worker_measurement, n + 1)};
    for (uint32_t i = 0; i < n; i++)
        out->v[out->n++] = (struct worker_measurement){.kind = (enum worker_measurement_kind)list[i].kind,
                                                       .value = list[i].value};
    return ERR_OK;
}

/* What is not named stays. */
static FALLIBLE change(struct cli *cli, struct worker_code_policy *p, struct err *e)
{
    if (cli_given(cli, "measurement"))
        TRY(measurements_given(cli, &p->measurements, e));
    if (cli_given(cli, "tcb"))
        TRY(tcb_rank(&p->max_status, cli_text(cli, "tcb"), e));
    return ERR_OK;
}

static FALLIBLE run_policy(struct cli *cli, struct err *e)
{
    bool clear = cli_given(cli, "clear"), changes = cli_given(cli, "measurement") || cli_given(cli, "tcb"),
         found;
    struct worker_code_policy p;
    struct app_tee_app app;
    struct sdk_tx_result r;

    if (clear && changes)
        return FAIL(e, ERR_USAGE, "--clear and the other options exclude each other");
    struct worker_code_policy checked = {0};
    TRY(change(cli, &checked, e)); /* before anything is asked of the node */
    TRY(lookup_app(cli, &app, e));
    struct worker_set_work_policy_args args = {.work_id = {.wtype = WORKER_WORK_TYPE_APP, .id = app.id}};
    TRY(current(cli, &p, &found, &args.work_id, e));
    if (!clear && !changes) {
        out_result(cli, policy_json(cli, app.id, found, &p), policy_columns);
        return ERR_OK;
    }
    TRY(change(cli, &p, e));
    if (!clear)
        args.policy = (struct worker_code_policy_opt){true, p};
    else
        p = (struct worker_code_policy){.max_status = UINT8_MAX};
    TRY(cli_submit(cli, &r, &worker_call_set_work_policy, &args, e));
    out_tx(cli, &r,
           arena_fmt(&cli->arena,
                     clear ? "any genuine code may run as app %llu"
                           : "the policy of app %llu is set; running replicas must be attested anew",
                     (unsigned long long)app.id),
           policy_json(cli, app.id, !clear, &p));
    return ERR_OK;
}

const struct verb verb_app_policy = {"app",
                                     "policy",
                                     "Shows or sets which code may run as an app, on which TCB.",
                                     policy_params,
                                     GROUP_NODE | GROUP_SIGN,
                                     run_policy};

static const struct column measurement_columns[] = {
    {"kind", "KIND", COLUMN_TEXT}, {"value", "MEASUREMENT", COLUMN_TEXT}, {.field = NULL}};

static FALLIBLE run_measurements(struct cli *cli, struct err *e)
{
    struct worker_measurement_vec list;
    bool json = cli->json;

    TRY(cli_connect(cli, e));
    TRY(sdk_storage_get(cli->client, &cli->arena, &list, NULL, NULL, &worker_storage_worker_measurements,
                        NULL, e));
    if (list.n == 0)
        cli_progress(cli, "no code is named: %s may run as a worker",
                     sdk_client_chain(cli->client)->development ? "on this development chain any" : "none");
    cli->json = true; /* rows, which the table picks its columns from */
    json_t *rows = measurements_json(cli, &list);
    cli->json = json;
    out_result(cli, rows, measurement_columns);
    return ERR_OK;
}

const struct verb verb_worker_measurements = {
    "worker", "measurements", "Lists the code that may run as a cluster's worker.",
    NULL,     GROUP_NODE,     run_measurements};
