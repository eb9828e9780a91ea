/* cli/attested.c — `app verify`, `worker verify`: the chain's own evidence, judged here. */
#include "sdk/attested.h"
#include "cli/attestation.h"
#include "cli/lookup.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "cli/verify.h"

#define PARAMS_ASKED                                                                                           \
    {"policy", PARAM_TEXT, "POLICY", "strict, tolerant, none (authenticity only), or a policy file",           \
     "strict", NULL,       false,    false},                                                                   \
        {"measurement", PARAM_LIST,                                                                            \
         "HEX",         "code that is allowed: 32, 36, 48 or 240 bytes; what the chain demands when left out", \
         NULL,          NULL,                                                                                  \
         false,         false},                                                                                \
    {                                                                                                          \
        "time", PARAM_TEXT, "TIME", "judge as of 2025-06-11T19:18:00Z instead of now", NULL, NULL, false,      \
            false                                                                                              \
    }

/* Measurements of the chain, where nobody gave others. */
static void allow_pinned(struct verify *v, const struct sdk_attested *got)
{
    if (!got->pinned || cli_given(v->cli, "measurement"))
        return;
    struct attest_measurement *list = arena_new_n(&v->cli->arena, struct attest_measurement, got->allowed.n);
    for (uint32_t i = 0; i < got->allowed.n; i++)
        list[i] = (struct attest_measurement){.kind = (enum attest_measurement_kind)got->allowed.v[i].kind,
                                              .value = got->allowed.v[i].value};
    v->policy.measurements = list;
    v->policy.measurement_count = got->allowed.n;
    v->policy.any_measurement = false;
}

static FALLIBLE judge(struct verify *v, const struct sdk_attested *got, struct err *e)
{
    v->chain_opt = got;
    TRY(verify_asked(v, e));
    allow_pinned(v, got);
    v->policy.roots = got->roots.v;
    v->policy.root_count = got->roots.count;
    v->policy.allow_development = got->roots.development; /* as the chain does; shown in capitals */
    v->file = (struct evidence_file){
        .evidence = got->evidence, .form = got->form, .layers = {"the chain's evidence"}, .layer_count = 1};
    v->collateral = got->collateral;
    v->source = VERIFY_FROM_CHAIN;
    v->report_data_given = true;
    memcpy(v->report_data, got->report_data, sizeof v->report_data);
    verify_judge(v);
    verify_notes(v);
    verify_print(v);
    v->cli->exit_opt = verify_kind(v->class)->exit;
    return ERR_OK;
}

static const struct param app_params[] = {
    {"id", PARAM_NUMBER, "APP", "number of the app (see app list)", NULL, NULL, true, true},
    {"cluster", PARAM_NUMBER, "ID", "which replica, when there are several", NULL, NULL, false, false},
    PARAMS_ASKED,
    {.name = NULL},
};

static FALLIBLE run_app(struct cli *cli, struct err *e)
{
    struct verify *v = arena_new(&cli->arena, struct verify);
    struct sdk_attested *got = arena_new(&cli->arena, struct sdk_attested);
    struct app_tee_app app;
    uint64_t cluster;

    v->cli = cli;
    TRY(lookup_app(cli, &app, e));
    const struct worker_work_id work = {.wtype = WORKER_WORK_TYPE_APP, .id = app.id};
    TRY(lookup_replica(cli, &cluster, &work, e));
    if (sdk_attested_work(cli->client, &cli->arena, got, &work, cluster, e) != ERR_OK)
        return err_wrap(e, "app %llu on cluster %llu", (unsigned long long)app.id,
                        (unsigned long long)cluster);
    return judge(v, got, e);
}

const struct verb verb_app_verify = {
    "app",      "verify",   "Judges the evidence the chain accepted of an app's replica.",
    app_params, GROUP_NODE, run_app};

static const struct param worker_params[] = {
    {"cluster", PARAM_NUMBER, "ID", "cluster; the one the signer operates when left out", NULL, NULL, true,
     false},
    PARAMS_ASKED,
    {.name = NULL},
};

static FALLIBLE run_worker(struct cli *cli, struct err *e)
{
    struct verify *v = arena_new(&cli->arena, struct verify);
    struct sdk_attested *got = arena_new(&cli->arena, struct sdk_attested);
    struct worker_k8s_cluster k;
    uint64_t cluster;

    v->cli = cli;
    TRY(lookup_cluster_id(cli, &cluster, e));
    TRY(lookup_cluster(cli, &k, cluster, e));
    if (sdk_attested_cluster(cli->client, &cli->arena, got, cluster, e) != ERR_OK)
        return err_wrap(e, "cluster %llu", (unsigned long long)cluster);
    return judge(v, got, e);
}

const struct verb verb_worker_verify = {"worker",
                                        "verify",
                                        "Judges the evidence the chain accepted of a cluster's worker.",
                                        worker_params,
                                        GROUP_NODE | GROUP_SIGN,
                                        run_worker};
