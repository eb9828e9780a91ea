/* worker/system_test.c — a real node, a real worker, real containers: run by system_test.sh.
 *
 * The whole life of a service: registered, ordered, started, served, proven, updated, its worker killed at
 * chosen points and at once again, stopped, gone. With WETEE_TEST_TEE=simulated-tdx or simulated-snp the part
 * of it in which evidence is made and judged. */
#include "base/clock.h"
#include "base/fmt.h"
#include "base/int.h"
#include "io/http.h"
#include "sdk/account.h"
#include "sdk/keyring.h"
#include "sdk/storage.h"
#include "sdk/tx.h"
#include "tee/sim.h"
#include "worker/desired.h"
#include "worker/docker.h"
#include "worker/system_verify_test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <jansson.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { WAIT_MS = 30000, PORTS_FROM = 20000, PORTS = 5000 };

static struct system {
    struct arena arena;
    const char *bin, *dir, *image;
    const char *tee; /* what the worker plays */
    pid_t node, worker;
    struct sdk_client *client;
    struct keypair alice;
    uint64_t cluster, app;
    uint16_t host_port;
    const char *node_port, *api_port, *node_url;
} sys;

static void must(enum err_code code, const struct err *e)
{
    if (code != ERR_OK)
        fail_msg("%s: %s", err_code_text(code), e->msg);
}

static void nap_ms(long ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&t, NULL);
}

static pid_t spawn(const char *name, const char *fault_opt, const char *const argv[])
{
    const char *program = arena_fmt(&sys.arena, "%s/%s", sys.bin, name);
    const char *log = arena_fmt(&sys.arena, "%s/%s.log", sys.dir, name);
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    (void)dup2(fd, STDOUT_FILENO);
    (void)dup2(fd, STDERR_FILENO);
    if (fault_opt != NULL)
        (void)setenv("WETEE_FAULT", fault_opt, 1);
    char *copy[32] = {0};
    for (size_t i = 0; argv[i] != NULL; i++)
        copy[i] = arena_str(&sys.arena, bytes_of_str(argv[i]));
    (void)execv(program, copy);
    _exit(127);
}

static void start_node(void)
{
    sys.node = spawn("wetee-node", NULL,
                     (const char *const[]){"wetee-node", "--chain", "dev", "--base-path",
                                           arena_fmt(&sys.arena, "%s/chain", sys.dir), "--sim-root",
                                           arena_fmt(&sys.arena, "%s/sim/roots.der", sys.dir), "--rpc-port",
                                           sys.node_port, "--seal", "300", NULL});
}

static void start_worker(const char *fault_opt)
{
    sys.worker = spawn(
        "wetee-worker", fault_opt,
        (const char *const[]){"wetee-worker", "--state-dir", arena_fmt(&sys.arena, "%s/worker", sys.dir),
                              "--node", sys.node_url, "--sim-dir", arena_fmt(&sys.arena, "%s/sim", sys.dir),
                              "--tee", sys.tee, "--auto-register", "--controller", "//Charlie", "--api-port",
                              sys.api_port, "--log-level", "debug", "--deposit", "2000 UNIT", NULL});
}

/* Ends it; the exit status, or 256 + signal. */
static int end(pid_t *pid, int sig)
{
    int status = 0;

    if (*pid <= 0)
        return 0;
    if (sig != 0)
        (void)kill(*pid, sig);
    for (uint64_t until = clock_mono_ms() + WAIT_MS; waitpid(*pid, &status, WNOHANG) != *pid; nap_ms(20))
        if (clock_mono_ms() > until)
            fail_msg("a process did not end; see %s", sys.dir);
    *pid = 0;
    return WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void connect_client(void)
{
    struct sdk_connect want = {.url = sys.node_url};
    uint64_t until = clock_mono_ms() + WAIT_MS;
    struct err e;

    while (sdk_client_open(&sys.client, &want, &e) != ERR_OK) {
        if (clock_mono_ms() > until)
            fail_msg("node: %s", e.msg);
        nap_ms(100);
    }
}

static void tx(const struct call_desc *call, const void *args, struct sdk_tx_result *r)
{
    struct err e;

    must(sdk_tx_run(sys.client, &sys.arena, r, call, args, &sys.alice, NULL, &e), &e);
    must(sdk_tx_require(r, &e), &e);
}

static bool contract(struct worker_contract_state *out)
{
    struct worker_work_id id = {.wtype = WORKER_WORK_TYPE_APP, .id = sys.app};
    bool found;
    struct err e;

    must(sdk_storage_get(sys.client, &sys.arena, out, &found, NULL, &worker_storage_work_contract_state,
                         (const void *[]){&id, &sys.cluster}, &e),
         &e);
    return found;
}

/* A worker's answer, or NULL. */
static json_t *api(const char *method)
{
    struct http_client *c = NULL;
    struct http_resp r;
    struct err e;
    json_t *out = NULL;
    static const struct http_header json = {"Content-Type", "application/json"};
    const char *body = arena_fmt(
        &sys.arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{\"work\":\"app-%llu\"}}",
        method, (unsigned long long)sys.app);

    must(http_client_new(&c, &(struct http_client_config){0}, &e), &e);
    if (http_request(c, &sys.arena, &r,
                     &(struct http_req){.method = "POST",
                                        .url = arena_fmt(&sys.arena, "http://127.0.0.1:%s/", sys.api_port),
                                        .headers = &json,
                                        .header_count = 1,
                                        .body = bytes_of_str(body)},
                     &e) == ERR_OK)
        out = json_loadb((const char *)r.body.p, r.body.len, 0, NULL);
    http_client_free(c);
    json_t *result = json_incref(json_object_get(out, "result"));
    json_decref(out);
    return result;
}

/* The app's first answer; 0 when it gives none. */
static int fetch(void)
{
    struct http_client *c = NULL;
    struct http_resp r = {0};
    struct err e;

    must(http_client_new(&c, &(struct http_client_config){0}, &e), &e);
    enum err_code code =
        http_request(c, &sys.arena, &r,
                     &(struct http_req){.method = "GET",
                                        .url = arena_fmt(&sys.arena, "http://127.0.0.1:%u/", sys.host_port),
                                        .connect_ms = 1000,
                                        .timeout_ms = 3000},
                     &e);
    http_client_free(c);
    return code == ERR_OK ? r.status : 0;
}

static void learn_port(void)
{
    uint64_t until = clock_mono_ms() + WAIT_MS;

    for (sys.host_port = 0; sys.host_port == 0 && clock_mono_ms() < until; nap_ms(100)) {
        json_t *j = api("work_services");
        const char *address =
            json_string_value(json_object_get(json_array_get(json_object_get(j, "services"), 0), "address"));
        uint64_t port = 0;
        if (address != NULL && parse_u64(bytes_of_str(strchr(address, ':') + 1), &port))
            sys.host_port = (uint16_t)port;
        json_decref(j);
    }
    assert_int_not_equal(sys.host_port, 0);
}

static void await_answer(void)
{
    uint64_t until = clock_mono_ms() + WAIT_MS;

    while (fetch() != 200) {
        if (clock_mono_ms() > until)
            fail_msg("the app does not answer; see %s", sys.dir);
        nap_ms(100);
    }
}

/* Until another key than this one is the contract's. */
static void await_new_key(const struct account_id *old)
{
    struct worker_contract_state c = {0};
    uint64_t until = clock_mono_ms() + WAIT_MS;

    while (!contract(&c) || !c.deploy_key.some || account_id_eq(&c.deploy_key.value, old)) {
        if (clock_mono_ms() > until)
            fail_msg("the chain knows no new key; see %s", sys.dir);
        nap_ms(100);
    }
    assert_int_equal(c.status, CONTRACT_RUNNING);
}

/* Until that many more periods were paid. Those that passed without a worker are missed, and not paid. */
static void await_proofs(uint32_t more)
{
    struct worker_contract_state c = {0};
    uint64_t until = clock_mono_ms() + WAIT_MS;

    assert_true(contract(&c));
    for (struct balance minted = c.minted; more > 0; nap_ms(200)) {
        if (clock_mono_ms() > until)
            fail_msg("no proof is paid: period %u; see %s", c.next_period, sys.dir);
        assert_true(contract(&c));
        if (balance_cmp(c.minted, minted) <= 0)
            continue;
        minted = c.minted;
        more--;
    }
}

/* How many there are; the identity of the first. */
static uint32_t containers_of(char id[ENGINE_ID_MAX])
{
    struct engine *g = NULL;
    struct engine_list list;
    struct err e;
    struct engine_owner owner = {.cluster = sys.cluster};
    const struct sdk_chain *chain = sdk_client_chain(sys.client);
    for (int i = 0; i < 8; i++)
        (void)fmt_into(owner.genesis + 2 * i, 3, "%02x", chain->genesis.b[i]);
    must(docker_engine_open(&g, arena_fmt(&sys.arena, "%s/worker/podman.sock", sys.dir), &owner, &e), &e);
    must(g->ops->list(g, &sys.arena, &list, &e), &e);
    engine_free(g);
    if (list.count > 0)
        memcpy(id, list.v[0].id, ENGINE_ID_MAX);
    return list.count;
}

static uint32_t containers(void)
{
    char id[ENGINE_ID_MAX];
    return containers_of(id);
}

/* The engine's own program, with the configuration the worker gave it. */
static void podman(const char *verb, const char *id)
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        (void)setenv("CONTAINERS_CONF", arena_fmt(&sys.arena, "%s/worker/containers.conf", sys.dir), 1);
        (void)dup2(STDERR_FILENO, STDOUT_FILENO); /* standard output is the test report */
        (void)execlp("podman", "podman", verb, id, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static struct app_work_balance money(void)
{
    struct app_work_balance b = {0};
    bool found;
    struct err e;

    must(sdk_storage_get(sys.client, &sys.arena, &b, &found, NULL, &app_storage_work_balances,
                         (const void *[]){&sys.app}, &e),
         &e);
    return b;
}

/* --- the story --- */

static void the_cluster_registers_itself(void **state)
{
    struct account_id charlie;
    struct keypair key;
    bool found = false;
    struct err e;
    uint64_t until = clock_mono_ms() + WAIT_MS;
    (void)state;

    must(keypair_from_uri(&key, SIGNATURE_SR25519, BYTES_LIT("//Charlie"), &e), &e);
    charlie = key.account;
    struct balance stake = BALANCE_ZERO;
    while (balance_is_zero(stake)) {
        if (clock_mono_ms() > until)
            fail_msg("no cluster; see %s", sys.dir);
        nap_ms(200);
        must(sdk_storage_get(sys.client, &sys.arena, &sys.cluster, &found, NULL,
                             &worker_storage_k8s_cluster_accounts, (const void *[]){&charlie}, &e),
             &e);
        if (found)
            must(sdk_storage_get(sys.client, &sys.arena, &stake, &found, NULL, &worker_storage_stake_of,
                                 (const void *[]){&sys.cluster}, &e),
                 &e);
    }
    keypair_fini(&key);
}

static void order_app(void)
{
    struct app_service port = {.tag = APP_SERVICE_TCP, .u.tcp = 8080};
    struct app_env_input env = {.k = {.tag = APP_ENV_KEY_ENV, .u.env = BYTES_LIT("GREETING")},
                                .v = BYTES_LIT("salve")};
    struct app_create_args args = {.name = BYTES_LIT("hello"),
                                   .image = bytes_of_str(sys.image),
                                   .port = {.n = 1, .v = &port},
                                   .command = {.tag = APP_COMMAND_NONE},
                                   .env = {.n = 1, .v = &env},
                                   .cpu = 200,
                                   .memory = 64,
                                   .level = 1};
    struct sdk_tx_result r;
    struct err e;

    must(sdk_amount_parse(&args.deposit, BYTES_LIT("10 UNIT"), &e), &e);
    tx(&app_call_create, &args, &r);
    const struct app_created_app_event *ev = sdk_event_find(r.events, &app_event_created_app);
    assert_non_null(ev);
    sys.app = ev->id;
}

static void an_ordered_app_runs_and_answers(void **state)
{
    (void)state;
    order_app();
    uint64_t from = clock_mono_ms();
    learn_port();
    await_answer();
    print_message("# order to first byte: %llu ms\n", (unsigned long long)(clock_mono_ms() - from));
    assert_int_equal(containers(), 1);
}

static void periods_are_proven_and_paid(void **state)
{
    struct worker_contract_state c;
    (void)state;

    await_proofs(2);
    assert_true(contract(&c));
    assert_int_equal(c.missed_row, 0);
}

/* Anyone may ask a running app for fresh evidence; the worker gets it from the entry and the chain takes it.
 */
static void a_challenge_is_answered_with_fresh_evidence(void **state)
{
    struct worker_attestation_challenge_args args = {
        .work_id = {.wtype = WORKER_WORK_TYPE_APP, .id = sys.app}, .cluster_id = sys.cluster};
    struct worker_attestation before = {0}, after = {0};
    struct worker_challenge challenge = {.open = true};
    struct sdk_read reads[] = {
        {.item = &worker_storage_challenges, .keys = {&args.work_id, &sys.cluster}, .out = &challenge},
        {.item = &worker_storage_attestation_of, .keys = {&args.work_id, &sys.cluster}, .out = &after},
    };
    struct sdk_tx_result r;
    struct err e;
    bool found;
    uint64_t until = clock_mono_ms() + WAIT_MS;
    (void)state;

    must(sdk_storage_get(sys.client, &sys.arena, &before, &found, NULL, &worker_storage_attestation_of,
                         (const void *[]){&args.work_id, &sys.cluster}, &e),
         &e);
    assert_true(found);
    tx(&worker_call_attestation_challenge, &args, &r);
    while (challenge.open) {
        if (clock_mono_ms() > until)
            fail_msg("the challenge is not answered; see %s", sys.dir);
        nap_ms(200);
        must(sdk_storage_read(sys.client, &sys.arena, reads, ARRAY_LEN(reads), NULL, &e), &e);
    }
    assert_true(reads[1].found);
    assert_true(account_id_eq(&after.key, &before.key));
    assert_true(after.at > before.at); /* a failed challenge leaves the old attestation */
    assert_false(hash32_eq(&after.hash, &before.hash));
}

/* --- kinds of TEE --- */

static void verify(const char *noun, uint64_t number, const char *purpose)
{
    system_verify(&(struct system_question){.bin = sys.bin,
                                            .node_url = sys.node_url,
                                            .noun = noun,
                                            .number = number,
                                            .kind = system_kind(sys.tee),
                                            .purpose = purpose});
}

static void anyone_verifies_what_the_chain_accepted_of_a_start(void **state)
{
    (void)state;
    verify("app", sys.app, "start");
    verify("worker", sys.cluster, "worker");
}

static void anyone_verifies_the_answer_to_a_challenge(void **state)
{
    (void)state;
    verify("app", sys.app, "challenge");
}

static uint8_t cluster_kind(void)
{
    struct worker_cluster_attestation x;
    bool found;
    struct err e;

    must(sdk_storage_get(sys.client, &sys.arena, &x, &found, NULL, &worker_storage_cluster_attestations,
                         (const void *[]){&sys.cluster}, &e),
         &e);
    assert_true(found);
    return x.claims.kind;
}

static void a_worker_of_another_kind_attests_its_cluster_anew(void **state)
{
    const struct system_kind *want = system_kind(getenv("WETEE_TEST_TEE"));
    uint64_t until = clock_mono_ms() + WAIT_MS;
    (void)state;

    assert_int_equal(cluster_kind(), WORKER_EVIDENCE_SGX_DCAP);
    assert_int_equal(end(&sys.worker, SIGTERM), 0);
    sys.tee = want->name;
    start_worker(NULL);
    while (cluster_kind() != want->tag) {
        if (clock_mono_ms() > until)
            fail_msg("the cluster is not attested as %s; see %s", want->shown, sys.dir);
        nap_ms(200);
    }
}

/* --- the worker ends --- */

static void a_terminated_worker_leaves_the_app_and_finds_it_again(void **state)
{
    (void)state;
    assert_int_equal(end(&sys.worker, SIGTERM), 0);
    assert_int_equal(fetch(), 200);
    start_worker(NULL);
    await_proofs(2);
    assert_int_equal(fetch(), 200);
    nap_ms(500);
    assert_int_equal(containers(), 1);
}

static void a_killed_worker_converges(void **state)
{
    static const char *const faults[] = {"worker.submit.before:1", "worker.submit.after:1",
                                         "worker.period.before:1", "worker.period.after:1"};
    (void)state;

    (void)end(&sys.worker, SIGKILL);
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        start_worker(faults[i]);
        assert_int_equal(end(&sys.worker, 0), 256 + SIGKILL);
        assert_int_equal(fetch(), 200);
    }
    start_worker(NULL);
    learn_port();
    await_answer();
    nap_ms(3000);
    await_proofs(1);
    assert_int_equal(containers(), 1);
}

static void a_container_that_died_is_made_anew_and_paid(void **state)
{
    struct worker_contract_state before;
    char old[ENGINE_ID_MAX], now[ENGINE_ID_MAX];
    (void)state;

    assert_true(contract(&before));
    assert_int_equal(containers_of(old), 1);
    podman("kill", old); /* SIGKILL */
    await_new_key(&before.deploy_key.value);
    await_answer();
    await_proofs(2);
    assert_int_equal(containers_of(now), 1);
    assert_string_not_equal(old, now);
}

static struct bytes greeting(void)
{
    struct http_client *c = NULL;
    struct http_resp r = {0};
    struct err e;

    must(http_client_new(&c, &(struct http_client_config){0}, &e), &e);
    if (http_request(c, &sys.arena, &r,
                     &(struct http_req){.method = "GET",
                                        .url = arena_fmt(&sys.arena, "http://127.0.0.1:%u/", sys.host_port),
                                        .timeout_ms = 3000},
                     &e) != ERR_OK)
        r.body = BYTES_EMPTY;
    http_client_free(c);
    return r.body;
}

/* Settings show at the next start, and only a change with restart makes one. */
static void settings_wait_for_a_restart(void **state)
{
    struct worker_contract_state before;
    char old[ENGINE_ID_MAX], now[ENGINE_ID_MAX];
    struct app_env_input env = {.etype = APP_EDIT_TYPE_UPDATE,
                                .k = {.tag = APP_ENV_KEY_ENV, .u.env = BYTES_LIT("GREETING")},
                                .v = BYTES_LIT("ave")};
    struct app_set_settings_args set = {.app_id = sys.app, .value = {.n = 1, .v = &env}};
    struct sdk_tx_result r;
    (void)state;

    assert_true(contract(&before));
    assert_int_equal(containers_of(old), 1);
    tx(&app_call_set_settings, &set, &r);
    await_proofs(2);
    assert_int_equal(containers_of(now), 1);
    assert_string_equal(old, now);
    assert_true(bytes_starts_with(greeting(), BYTES_LIT("salve")));
    set.value.n = 0;
    set.with_restart = true;
    tx(&app_call_set_settings, &set, &r);
    await_new_key(&before.deploy_key.value);
    await_answer();
    assert_true(bytes_starts_with(greeting(), BYTES_LIT("ave")));
    await_proofs(1);
    assert_int_equal(containers_of(now), 1);
    assert_string_not_equal(old, now);
}

/* deposit = spent + refunded; everything spent is withdrawn, but for the network's share. */
static void money_adds_up(void)
{
    struct worker_contract_state c = {0};
    struct app_work_balance b = money();
    struct balance deposit, sum, fees;
    struct keypair charlie;
    struct sdk_tx_result r;
    struct err e;

    must(sdk_amount_parse(&deposit, BYTES_LIT("10 UNIT"), &e), &e);
    assert_true(balance_is_zero(b.held) && balance_is_zero(b.available));
    assert_false(balance_is_zero(b.spent));
    assert_true(balance_add(&sum, b.spent, b.refunded));
    assert_int_equal(balance_cmp(sum, deposit), 0);
    assert_true(contract(&c));
    struct worker_cluster_withdrawal_args args = {.work_id = {.wtype = WORKER_WORK_TYPE_APP, .id = sys.app},
                                                  .amount = c.minted};
    must(keypair_from_uri(&charlie, SIGNATURE_SR25519, BYTES_LIT("//Charlie"), &e), &e);
    must(sdk_tx_run(sys.client, &sys.arena, &r, &worker_call_cluster_withdrawal, &args, &charlie, NULL, &e),
         &e);
    must(sdk_tx_require(&r, &e), &e);
    keypair_fini(&charlie);
    assert_true(balance_add(&sum, c.minted, c.withdrawal));
    assert_true(balance_sub(&fees, c.gross, sum)); /* protocol fee: zero in the development parameters */
    assert_int_equal(balance_cmp(c.gross, b.spent), 0);
    assert_true(balance_is_zero(fees));
    assert_false(contract(&c)); /* withdrawn to the last planck: the record is gone */
}

static void a_stopped_app_is_proven_to_the_end_and_removed(void **state)
{
    struct worker_contract_state c = {0};
    struct app_stop_args args = {.app_id = sys.app};
    struct sdk_tx_result r;
    uint64_t until = clock_mono_ms() + WAIT_MS;
    (void)state;

    tx(&app_call_stop, &args, &r);
    while (contract(&c) && c.status != CONTRACT_ENDED && clock_mono_ms() < until)
        nap_ms(200);
    assert_int_equal(c.status, CONTRACT_ENDED);
    money_adds_up();
    until = clock_mono_ms() + WAIT_MS;
    while (containers() != 0) {
        if (clock_mono_ms() > until)
            fail_msg("the container is still there");
        nap_ms(500);
    }
    assert_int_equal(fetch(), 0);
}

/* A second service, whose container is made and removed by workers that die on the way. */
static void a_worker_killed_while_it_makes_or_removes_a_container_converges(void **state)
{
    static const char *const making[] = {"worker.ensure.before:1", "worker.ensure.after:1"};
    static const char *const removing[] = {"worker.remove.before:1", "worker.remove.after:1"};
    struct sdk_tx_result r;
    (void)state;

    assert_int_equal(end(&sys.worker, SIGTERM), 0);
    order_app();
    for (size_t i = 0; i < ARRAY_LEN(making); i++) {
        start_worker(making[i]);
        assert_int_equal(end(&sys.worker, 0), 256 + SIGKILL);
    }
    start_worker("worker.attested:1");
    assert_int_equal(end(&sys.worker, 0), 256 + SIGKILL);
    start_worker(NULL);
    learn_port();
    await_answer();
    assert_int_equal(containers(), 1);
    await_proofs(1);
    struct app_stop_args args = {.app_id = sys.app};
    (void)end(&sys.worker, SIGKILL);
    tx(&app_call_stop, &args, &r);
    for (size_t i = 0; i < ARRAY_LEN(removing); i++) {
        start_worker(removing[i]);
        assert_int_equal(end(&sys.worker, 0), 256 + SIGKILL);
    }
    start_worker(NULL);
    uint64_t until = clock_mono_ms() + WAIT_MS;
    do {
        if (clock_mono_ms() > until)
            fail_msg("the container is still there");
        nap_ms(500);
    } while (fetch() != 0);
    assert_int_equal(containers(), 0);
}

static void append(FILE *to, const char *path)
{
    struct bytes b;
    struct err e;

    must(keyring_load_file(&sys.arena, &b, path, 4096, &e), &e);
    assert_int_equal(fwrite(b.p, 1, b.len, to), b.len);
}

/* With both vendors' parts, whatever is played; the authorities' published keys spare the making of RSA keys.
 */
static void make_platform(void)
{
    const char *sim = arena_fmt(&sys.arena, "%s/sim", sys.dir),
               *platform = arena_fmt(&sys.arena, "%s/platform", sim);
    uint64_t now = clock_wall_ms() / 1000 - 60;
    struct err e;

    assert_int_equal(mkdir(sim, 0700), 0);
    assert_int_equal(mkdir(platform, 0700), 0);
    must(attest_sim_create_from(getenv("WETEE_TEST_KEYS"), sim, platform, now, &e), &e);
    must(attest_sim_create_snp(sim, platform, now, &e), &e);
    FILE *roots = fopen(arena_fmt(&sys.arena, "%s/roots.der", sim), "wb");
    assert_non_null(roots);
    append(roots, arena_fmt(&sys.arena, "%s/root.der", sim));
    append(roots, arena_fmt(&sys.arena, "%s/ark.der", sim));
    assert_int_equal(fclose(roots), 0);
}

static bool port_is_free(unsigned port)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    bool is_free = bind(fd, (const struct sockaddr *)&at, sizeof at) == 0;
    (void)close(fd);
    return is_free;
}

/* The first of two neighbours that nobody has, below the ports the system gives to connections. */
static unsigned free_ports(void)
{
    unsigned from = (unsigned)getpid() % PORTS;

    for (unsigned i = 0; i < PORTS; i++) {
        unsigned port = PORTS_FROM + (from + i) % PORTS * 2;
        if (port_is_free(port) && port_is_free(port + 1))
            return port;
    }
    fail_msg("no two free ports from %d on", PORTS_FROM);
    return 0;
}

static int set_up(void **state)
{
    struct err e;
    (void)state;

    sys.bin = getenv("WETEE_TEST_BIN");
    sys.dir = getenv("WETEE_TEST_STATE");
    sys.image = getenv("WETEE_TEST_IMAGE");
    if (sys.bin == NULL || sys.dir == NULL || sys.image == NULL || getenv("WETEE_TEST_KEYS") == NULL ||
        getenv("WETEE_TEST_TEE") == NULL)
        return -1;
    arena_init(&sys.arena, &arena_heap, SDK_RESPONSE_ARENA);
    unsigned port = free_ports();
    sys.node_port = arena_fmt(&sys.arena, "%u", port);
    sys.api_port = arena_fmt(&sys.arena, "%u", port + 1);
    sys.node_url = arena_fmt(&sys.arena, "ws://127.0.0.1:%u", port);
    sys.tee = "simulated"; /* at first */
    make_platform();
    must(keypair_from_uri(&sys.alice, SIGNATURE_SR25519, BYTES_LIT("//Alice"), &e), &e);
    start_node();
    connect_client();
    start_worker(NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sdk_client_free(sys.client);
    if (sys.node > 0)
        (void)kill(sys.node, SIGTERM); /* whatever the worker does */
    (void)end(&sys.worker, SIGTERM);
    (void)end(&sys.node, 0);
    arena_fini(&sys.arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest whole[] = {
        cmocka_unit_test(the_cluster_registers_itself),
        cmocka_unit_test(an_ordered_app_runs_and_answers),
        cmocka_unit_test(periods_are_proven_and_paid),
        cmocka_unit_test(anyone_verifies_what_the_chain_accepted_of_a_start),
        cmocka_unit_test(a_challenge_is_answered_with_fresh_evidence),
        cmocka_unit_test(anyone_verifies_the_answer_to_a_challenge),
        cmocka_unit_test(a_terminated_worker_leaves_the_app_and_finds_it_again),
        cmocka_unit_test(a_killed_worker_converges),
        cmocka_unit_test(a_container_that_died_is_made_anew_and_paid),
        cmocka_unit_test(settings_wait_for_a_restart),
        cmocka_unit_test(a_stopped_app_is_proven_to_the_end_and_removed),
        cmocka_unit_test(a_worker_killed_while_it_makes_or_removes_a_container_converges),
    };
    const struct CMUnitTest of_a_kind[] = {
        cmocka_unit_test(the_cluster_registers_itself),
        cmocka_unit_test(a_worker_of_another_kind_attests_its_cluster_anew),
        cmocka_unit_test(an_ordered_app_runs_and_answers),
        cmocka_unit_test(periods_are_proven_and_paid),
        cmocka_unit_test(anyone_verifies_what_the_chain_accepted_of_a_start),
        cmocka_unit_test(a_challenge_is_answered_with_fresh_evidence),
        cmocka_unit_test(anyone_verifies_the_answer_to_a_challenge),
        cmocka_unit_test(a_container_that_died_is_made_anew_and_paid),
        cmocka_unit_test(a_stopped_app_is_proven_to_the_end_and_removed),
    };
    const char *tee = getenv("WETEE_TEST_TEE");

    return tee == NULL || strcmp(tee, "simulated") == 0
               ? cmocka_run_group_tests(whole, set_up, tear_down)
               : cmocka_run_group_tests(of_a_kind, set_up, tear_down);
}
