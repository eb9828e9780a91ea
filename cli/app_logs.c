/* cli/app_logs.c — what only the worker that runs an app can tell: its log and its addresses. */
#include "base/clock.h"
#include "base/fmt.h"
#include "cli/lookup.h"
#include "cli/out.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "sdk/storage.h"
#include "sdk/token.h"
#include "sdk/worker_api.h"
#include <stdio.h>
#include <unistd.h>

enum { LOG_LIMIT_MAX = 10000, FOLLOW_US = 1000000 };

/* The worker of the first cluster that holds the app. */
static FALLIBLE open_worker(struct cli *cli, struct sdk_worker_api **out, const struct worker_work_id *work,
                            struct err *e)
{
    struct scale_u64_vec clusters = {0};
    const char *url;
    bool found;

    TRY(cli_connect(cli, e));
    if (!cli_given(cli, "worker")) {
        TRY(sdk_storage_get(cli->client, &cli->arena, &clusters, &found, NULL, &worker_storage_work_contracts,
                            (const void *[]){work}, e));
        if (clusters.n == 0)
            return FAIL(e, ERR_NOT_FOUND, "no cluster runs app %llu now: see \"wetee app show %llu\"",
                        (unsigned long long)work->id, (unsigned long long)work->id);
    }
    TRY(lookup_worker_url(cli, &url, clusters.n > 0 ? clusters.v[0] : 0, e));
    enum err_code code = sdk_worker_open(out, url, SDK_TIMEOUT_MS, e);
    if (code != ERR_OK)
        return FAIL(
            e, ERR_UNAVAILABLE,
            "the worker at %s cannot be reached: the app may run all the same; --worker URL asks another",
            url);
    return ERR_OK;
}

static const struct param logs_params[] = {
    {"id", PARAM_NUMBER, "APP", "number of the app (see app list)", NULL, NULL, true, true},
    {"from", PARAM_NUMBER, "SEQ", "first record", "0", NULL, false, false},
    {"limit", PARAM_NUMBER, "N", "records at a time", "1000", NULL, false, false},
    {"follow", PARAM_SWITCH, NULL, "go on with new records; Ctrl-C ends", NULL, NULL, false, false},
    {.name = NULL},
};

static void print_records(const struct cli *cli, const json_t *records)
{
    for (size_t i = 0; i < json_array_size(records); i++) {
        const json_t *r = json_array_get(records, i);
        const json_t *text = json_object_get(r, "text"); /* absent when the bytes are no text */
        if (cli->json) {
            (void)json_dumpf(r, stdout, JSON_COMPACT);
            (void)printf("\n");
            continue;
        }
        /* The app's own bytes, but not its terminal commands. */
        for (const char *c = json_is_string(text) ? json_string_value(text) : "(bytes that are no text)";
             *c != 0; c++)
            (void)putchar((unsigned char)*c < 0x20 && *c != '\t' && *c != '\n' ? '?' : *c);
        size_t len = json_string_length(text);
        if (len == 0 || json_string_value(text)[len - 1] != '\n')
            (void)putchar('\n');
    }
    (void)fflush(stdout);
}

static FALLIBLE run_logs(struct cli *cli, struct err *e)
{
    CLEANUP(sdk_worker_free) struct sdk_worker_api *api = NULL;
    struct worker_work_id work = {.wtype = WORKER_WORK_TYPE_APP, .id = cli_number(cli, "id")};
    uint64_t from = cli_number(cli, "from"), limit;

    TRY(cli_number_in(cli, &limit, "limit", LOG_LIMIT_MAX, e));
    TRY(cli_unlock_signer(cli, e));
    TRY(open_worker(cli, &api, &work, e));
    for (;;) {
        uint16_t prefix = sdk_client_chain(cli->client)->ss58_prefix;
        const char *token = sdk_token_make(&cli->arena, &cli->signer, prefix, clock_wall_ms() / 1000);
        json_t *r;
        TRY(sdk_worker_log(api, &r, &work, from, (uint32_t)limit, token, e));
        const json_t *next = json_object_get(r, "next_seq");
        print_records(cli, json_object_get(r, "lines"));
        bool more = json_is_integer(next) && (uint64_t)json_integer_value(next) > from;
        if (more)
            from = (uint64_t)json_integer_value(next);
        json_decref(r);
        if (!cli_given(cli, "follow"))
            return ERR_OK;
        if (!more)
            (void)usleep(FOLLOW_US);
    }
}

const struct verb verb_app_logs = {"app",
                                   "logs",
                                   "Shows what an app printed, from the worker that runs it.",
                                   logs_params,
                                   GROUP_NODE | GROUP_SIGN | GROUP_WORKER,
                                   run_logs};

static const struct param services_params[] = {
    {"id", PARAM_NUMBER, "APP", "number of the app (see app list)", NULL, NULL, true, true}, {.name = NULL}};

static const struct column services_columns[] = {{"port", "PORT", COLUMN_TEXT},
                                                 {"protocol", "KIND", COLUMN_TEXT},
                                                 {"address", "ADDRESS", COLUMN_TEXT},
                                                 {.field = NULL}};

static FALLIBLE run_services(struct cli *cli, struct err *e)
{
    CLEANUP(sdk_worker_free) struct sdk_worker_api *api = NULL;
    struct worker_work_id work = {.wtype = WORKER_WORK_TYPE_APP, .id = cli_number(cli, "id")};
    json_t *r;

    TRY(open_worker(cli, &api, &work, e));
    TRY(sdk_worker_services(api, &r, &work, e));
    json_t *list = json_incref(json_object_get(r, "services"));
    json_decref(r);
    if (!json_is_array(list)) {
        json_decref(list);
        return FAIL(e, ERR_MALFORMED, "the worker's answer has no services");
    }
    out_result(cli, list, services_columns);
    return ERR_OK;
}

const struct verb verb_app_services = {
    "app",       "services", "Lists where an app can be reached.", services_params, GROUP_NODE | GROUP_WORKER,
    run_services};
