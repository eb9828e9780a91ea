/* cli/up.c — a whole development network on this machine: a node and a worker as children. */
#include "base/clock.h"
#include "base/folder.h"
#include "cli/out.h"
#include "cli/platform.h"
#include "cli/process.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "sdk/worker_api.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PORT_MAX = 65535, NODE_WAIT_MS = 30000, WORKER_WAIT_MS = 90000, STEP_MS = 100 };

/* The account that operates the cluster of `up`: as public as //Alice, on a network as unreal. */
static const char worker_uri[] = "//Worker";

static const struct param params[] = {
    {"base-path", PARAM_TEXT, "DIR", "where everything is kept; ~/.local/share/wetee/up if not said", NULL,
     "WETEE_UP", false, false},
    {"rpc-port", PARAM_NUMBER, "PORT", "the node's JSON-RPC", "9944", NULL, false, false},
    {"api-port", PARAM_NUMBER, "PORT", "the worker's JSON-RPC", "8880", NULL, false, false},
    {"seal", PARAM_TEXT, "MS|instant", "when blocks are made: every MS milliseconds, or for each transaction",
     "1000", NULL, false, false},
    {"tee", PARAM_TEXT, PLATFORM_KINDS, "TEE that is played: SGX, TDX or SEV-SNP; a folder keeps its first",
     NULL, NULL, false, false},
    {"engine", PARAM_TEXT, "SOCKET", "container engine of the worker", NULL, NULL, false, false},
    {"no-worker", PARAM_SWITCH, NULL, "start the node alone", NULL, NULL, false, false},
    {.name = NULL},
};

struct up {
    struct cli *cli;
    const char *base, *url, *api_url, *bin;
    struct platform platform;
    uint64_t rpc_port, api_port;
    int lock;
    struct process node, worker;
};

static const char *in_base(const struct up *u, const char *name)
{
    return arena_fmt(&u->cli->arena, "%s/%s", u->base, name);
}

static FALLIBLE make_folders(const struct up *u, struct err *e)
{
    static const char *const names[] = {"node", "worker"};

    TRY(folder_make(u->base, e));
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        TRY(folder_make(in_base(u, names[i]), e));
    return ERR_OK;
}

static FALLIBLE choose_base(struct up *u, struct err *e)
{
    const char *home = getenv("HOME");

    if (cli_given(u->cli, "base-path")) {
        char *full = realpath(cli_text(u->cli, "base-path"), NULL);
        if (full == NULL && errno == ENOENT) {
            TRY(folder_make(cli_text(u->cli, "base-path"), e));
            full = realpath(cli_text(u->cli, "base-path"), NULL);
        }
        if (full == NULL)
            return FAIL_SYS(e, ERR_IO, errno, "%s: %s", cli_text(u->cli, "base-path"), strerror(errno));
        u->base = arena_str(&u->cli->arena, bytes_of_str(full));
        free(full);
        return ERR_OK;
    }
    if (home == NULL || home[0] != '/')
        return FAIL(e, ERR_USAGE, "no home folder: say where with --base-path DIR");
    u->base = arena_fmt(&u->cli->arena, "%s/.local/share/wetee/up", home);
    return ERR_OK;
}

/* Two networks in one folder would destroy each other. */
static FALLIBLE take_lock(struct up *u, struct err *e)
{
    const char *path = in_base(u, "lock");

    u->lock = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (u->lock < 0)
        return FAIL_SYS(e, ERR_IO, errno, "%s cannot be made: %s", path, strerror(errno));
    if (flock(u->lock, LOCK_EX | LOCK_NB) != 0)
        return FAIL(e, ERR_BUSY, "a network runs in %s already: stop it, or choose another with --base-path",
                    u->base);
    return ERR_OK;
}

static FALLIBLE port_free(uint64_t port, const char *option, struct err *e)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return FAIL_SYS(e, ERR_IO, errno, "no socket: %s", strerror(errno));
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    int bound = bind(fd, (const struct sockaddr *)&at, sizeof at);
    bound = bound == 0 ? listen(fd, 1) : bound; /* where others allow sharing, only this tells */
    (void)close(fd);
    if (bound != 0)
        return FAIL(e, ERR_BUSY, "port %llu is taken: choose another with --%s PORT",
                    (unsigned long long)port, option);
    return ERR_OK;
}

/* One look at the children and the signals. ERR_CLOSED when it is time to end. */
static FALLIBLE still_wanted(struct up *u, struct err *e)
{
    if (process_stop_asked())
        return FAIL(e, ERR_CLOSED, "stopped");
    if (process_ended(&u->node))
        return FAIL(e, ERR_INTERNAL, "the node ended: see %s", u->node.log);
    if (process_ended(&u->worker))
        return FAIL(e, ERR_INTERNAL, "the worker ended: see %s", u->worker.log);
    return ERR_OK;
}

static FALLIBLE wait_for_node(struct up *u, struct err *e)
{
    struct sdk_connect want = {.url = u->url, .timeout_ms = 2000};
    uint64_t deadline = clock_mono_ms() + NODE_WAIT_MS;

    for (;;) {
        struct err why;
        enum err_code code = sdk_client_open(&u->cli->client, &want, &why);
        TRY(still_wanted(u, e));
        if (code == ERR_OK)
            return ERR_OK;
        if (clock_mono_ms() > deadline)
            return FAIL(e, ERR_TIMEOUT, "the node does not answer (%s): see %s", why.msg, u->node.log);
        process_sleep(STEP_MS);
    }
}

static FALLIBLE wait_for_worker(struct up *u, struct err *e)
{
    uint64_t deadline = clock_mono_ms() + WORKER_WAIT_MS;

    for (;;) {
        CLEANUP(sdk_worker_free) struct sdk_worker_api *api = NULL;
        json_t *info = NULL;
        struct err why;
        enum err_code code = sdk_worker_open(&api, u->api_url, 2000, &why);
        if (code == ERR_OK)
            code = sdk_worker_info(api, &info, &why);
        json_decref(info);
        TRY(still_wanted(u, e));
        if (code == ERR_OK)
            return ERR_OK;
        if (clock_mono_ms() > deadline)
            return FAIL(e, ERR_TIMEOUT, "the worker does not answer (%s): see %s", why.msg, u->worker.log);
        process_sleep(STEP_MS);
    }
}

static FALLIBLE start_node(struct up *u, struct err *e)
{
    struct arena *a = &u->cli->arena;
    const char *argv[] = {arena_fmt(a, "%s/wetee-node", u->bin),
                          "--base-path",
                          in_base(u, "node"),
                          "--chain",
                          u->platform.genesis,
                          "--rpc-port",
                          arena_fmt(a, "%llu", (unsigned long long)u->rpc_port),
                          "--seal",
                          cli_text(u->cli, "seal"),
                          NULL};

    cli_progress(u->cli, "node: starting (log %s)", in_base(u, "node.log"));
    TRY(process_start(&u->node, argv, in_base(u, "node.log"), e));
    return wait_for_node(u, e);
}

static FALLIBLE start_worker(struct up *u, struct err *e)
{
    struct arena *a = &u->cli->arena;
    const char *argv[24] = {arena_fmt(a, "%s/wetee-worker", u->bin),
                            "--state-dir",
                            in_base(u, "worker"),
                            "--node",
                            u->url,
                            "--name",
                            "local",
                            "--auto-register",
                            "--controller",
                            worker_uri,
                            "--api-port",
                            arena_fmt(a, "%llu", (unsigned long long)u->api_port),
                            "--tee",
                            u->platform.tee,
                            "--sim-dir",
                            u->platform.folder};
    size_t n = 16;

    if (cli_given(u->cli, "engine")) {
        argv[n++] = "--engine";
        argv[n++] = cli_text(u->cli, "engine");
    }
    argv[n] = NULL;
    cli_progress(u->cli, "worker: starting (log %s)", in_base(u, "worker.log"));
    TRY(process_start(&u->worker, argv, in_base(u, "worker.log"), e));
    return wait_for_worker(u, e);
}

static void announce(const struct up *u)
{
    static const struct column columns[] = {{"node", "node", COLUMN_TEXT},
                                            {"worker", "worker", COLUMN_TEXT},
                                            {"base_path", "kept in", COLUMN_TEXT},
                                            {"genesis", "genesis", COLUMN_TEXT},
                                            {"tee", "TEE", COLUMN_TEXT},
                                            {"notice", "notice", COLUMN_TEXT},
                                            {.field = NULL}};
    bool worker = u->worker.pid > 0;

    out_result(u->cli,
               json_pack("{s:s,s:s?,s:s,s:o,s:I,s:I,s:b,s:s,s:s}", "node", u->url, "worker",
                         worker ? u->api_url : NULL, "base_path", u->base, "genesis",
                         out_hash(&sdk_client_chain(u->cli->client)->genesis), "node_pid",
                         (json_int_t)u->node.pid, "worker_pid", (json_int_t)u->worker.pid, "simulated", 1,
                         "tee", u->platform.tee, "notice",
                         "SIMULATED: attestation under a development root proves nothing about hardware"),
               columns);
    (void)fflush(stdout);
    cli_progress(u->cli, "//Alice … //Ferdie have funds: try  wetee account balance //Alice --node %s",
                 u->url);
    cli_progress(u->cli, "Ctrl-C stops what was started here; the state stays.");
}

static FALLIBLE run_network(struct up *u, struct err *e)
{
    TRY(platform_prepare(&u->platform, u->cli, u->base, worker_uri, e));
    TRY(start_node(u, e));
    if (!cli_given(u->cli, "no-worker"))
        TRY(start_worker(u, e));
    announce(u);
    while (still_wanted(u, e) == ERR_OK)
        process_sleep(STEP_MS);
    return e->code;
}

static FALLIBLE run(struct cli *cli, struct err *e)
{
    struct up u = {.cli = cli, .lock = -1};

    TRY(cli_number_in(cli, &u.rpc_port, "rpc-port", PORT_MAX, e));
    TRY(cli_number_in(cli, &u.api_port, "api-port", PORT_MAX, e));
    TRY(process_own_folder(&cli->arena, &u.bin, e));
    u.url = arena_fmt(&cli->arena, "ws://127.0.0.1:%llu", (unsigned long long)u.rpc_port);
    u.api_url = arena_fmt(&cli->arena, "ws://127.0.0.1:%llu", (unsigned long long)u.api_port);
    TRY(choose_base(&u, e));
    TRY(make_folders(&u, e));
    TRY(take_lock(&u, e));
    TRY(port_free(u.rpc_port, "rpc-port", e));
    if (!cli_given(cli, "no-worker"))
        TRY(port_free(u.api_port, "api-port", e));
    process_catch_signals();
    enum err_code code = run_network(&u, e);
    if (process_stop_asked())
        cli_progress(cli, "stopping …");
    process_stop(&u.worker, 20000);
    process_stop(&u.node, 20000);
    (void)close(u.lock);
    return code == ERR_CLOSED && process_stop_asked() ? ERR_OK : code;
}

const struct verb verb_up = {
    "up", "", "Runs a development network here until Ctrl-C (SIMULATED attestation).", params, 0, run};
