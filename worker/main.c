/* worker/main.c — wetee-worker: configuration, chain, cluster, journal, engine; then its threads until a
 * signal asks to stop. Containers keep running; the next start meets them again. */
#include "attest/tcb.h"
#include "base/folder.h"
#include "base/hex.h"
#include "io/signals.h"
#include "sdk/account.h"
#include "sdk/storage.h"
#include "tee/sim.h"
#include "worker/api.h"
#include "worker/chain_follow.h"
#include "worker/collateral.h"
#include "worker/converge.h"
#include "worker/docker.h"
#include "worker/register.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

enum exit_code { EXIT_CODE_OK, EXIT_CODE_FAILED, EXIT_CODE_USAGE, EXIT_CODE_ENGINE, EXIT_CODE_JOURNAL };

struct program {
    struct arena arena;
    struct worker worker;
    struct converge converge;
    struct api *api;
    pthread_t session, submit, engine;
    struct signals signals;
    enum exit_code code; /* what a failure of the step under way means */
};

/* One worker per state folder: the lock goes with the process. */
static FALLIBLE lock_state(struct program *p, struct err *e)
{
    const char *path = arena_fmt(&p->arena, "%s/lock", p->worker.config.state_dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return FAIL_SYS(e, ERR_IO, errno, "%s cannot be opened", path);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return FAIL(e, ERR_BUSY, "another worker uses %s", p->worker.config.state_dir);
    return ERR_OK;
}

/* --- trust --- */

static const char *entry_program(struct program *p)
{
    char self[512];
    ssize_t n;

    if (p->worker.config.entry_program != NULL)
        return p->worker.config.entry_program;
    n = readlink("/proc/self/exe", self, sizeof self - 1);
    for (self[n < 0 ? 0 : n] = 0; n > 0 && self[n - 1] != '/'; n--)
        self[n - 1] = 0;
    return arena_fmt(&p->arena, "%swetee-entry", self);
}

/* By what the runtime goes by: the type of the chain that a node tells is a word for people. */
static FALLIBLE read_mode(struct program *p, struct sdk_client *c, struct err *e)
{
    const uint8_t on = 1;
    struct bytes mode;
    bool found;

    TRY(sdk_storage_raw(c, &p->arena, &mode, &found, NULL, BYTES_LIT(":wetee:dev_mode"), e));
    p->worker.development = found && bytes_eq(mode, bytes_of(&on, 1));
    return ERR_OK;
}

/* Genesis may name two roots, one behind the other. */
static bool names_root(struct bytes named, struct bytes own)
{
    return bytes_starts_with(named, own) ||
           (named.len > own.len && bytes_eq(bytes_from(named, named.len - own.len), own));
}

/* Every chain knows the vendors' roots; which one it knows for simulated evidence its genesis says. A chain
 * that names another one would refuse all that this machine proves: better said now. */
static FALLIBLE compare_root(struct program *p, struct sdk_client *c, struct err *e)
{
    struct worker *w = &p->worker;
    struct bytes root;

    w->chain_verifies = true;
    if (!w->simulated)
        return ERR_OK;
    TRY(sdk_storage_raw(c, &p->arena, &root, &w->chain_verifies, NULL, BYTES_LIT(":wetee:sim_root"), e));
    if (w->chain_verifies && !names_root(root, evidence_root(w->evidence)))
        return FAIL(e, ERR_REJECTED, "the chain's genesis names another simulated root than %s has",
                    w->config.sim_dir);
    if (!w->chain_verifies)
        LOG_WARN("worker", "the chain knows no root for simulated evidence: only this worker verifies it",
                 F_STR("hint", "start the node with --sim-root"));
    return ERR_OK;
}

/* Whose roots count: the simulated platform's alone, or the vendors'. */
static FALLIBLE choose_roots(struct worker *w, struct err *e)
{
    if (w->simulated && !w->development)
        return FAIL(e, ERR_DENIED, "simulated evidence is for development chains only");
    if (w->simulated)
        return attest_root_from_cert(&w->roots[0], evidence_root(w->evidence), ATTEST_ROOT_DEVELOPMENT, e);
    memcpy(w->roots, attest_vendor_roots, sizeof w->roots);
    return ERR_OK;
}

/* The entries that are given secrets: those named by the operator and, simulated, the program file beside
 * this one, whose measurement is computed. */
static FALLIBLE allow_entries(struct program *p, struct err *e)
{
    struct worker *w = &p->worker;
    uint8_t program[32], *value = arena_alloc(&p->arena, ATTEST_MEASUREMENT_MAX);

    for (uint32_t i = 0; i < w->config.allowed_count; i++)
        w->entries[w->entry_count++] = w->config.allowed[i];
    if (w->simulated) {
        const char *path = entry_program(p);
        if (attest_sim_measure(program, path, e) != ERR_OK)
            return err_wrap(e, "the entry program whose measurement is allowed, %s", path);
        size_t len = attest_sim_measurement(value, evidence_kind(w->evidence), program);
        if (!attest_measurement_read(&w->entries[w->entry_count++], bytes_of(value, len)))
            return FAIL(e, ERR_INTERNAL, "a simulated measurement of %zu bytes", len);
    }
    if (w->entry_count == 0)
        return FAIL(e, ERR_USAGE, "no entry is allowed: name the measurement of your images with --allow");
    return ERR_OK;
}

static FALLIBLE open_trust(struct program *p, struct sdk_client *c, struct err *e)
{
    struct worker *w = &p->worker;
    enum attest_tcb status;

    TRY(evidence_open(&w->evidence, w->config.tee, w->config.sim_dir, e));
    w->simulated = evidence_simulated(w->evidence);
    hex_encode(w->measurement_hex,
               bytes_of(evidence_measurement(w->evidence), evidence_measurement_len(w->evidence)));
    TRY(choose_roots(w, e));
    TRY(allow_entries(p, e));
    w->policy = evidence_peer_policy(w->simulated);
    w->policy.roots = w->roots;
    w->policy.root_count = w->simulated ? 1 : ATTEST_VENDOR_ROOTS;
    w->policy.measurements = w->entries;
    w->policy.measurement_count = w->entry_count;
    if (w->config.tcb_strict)
        w->policy.tcb_allowed = ATTEST_TCB_STRICT;
    TRY(trust_open(&w->trust, &w->config, w->evidence, &w->policy, e));
    if (trust_check_self(w->trust, &status, e) != ERR_OK)
        return err_wrap(e, "this machine's own evidence");
    LOG_INFO("worker", "this machine attests", F_STR("tee", attest_kind_name(evidence_kind(w->evidence))),
             F_STR("provider", evidence_provider(w->evidence)), F_STR("tcb", attest_tcb_name(status)));
    if (evidence_note(w->evidence) != NULL)
        LOG_WARN("worker", "part of what the host gave is not used",
                 F_STR("why", evidence_note(w->evidence)));
    return compare_root(p, c, e);
}

/* --- chain --- */

/* Without --auto-register: until the owner has registered this controller's cluster. */
static FALLIBLE await_cluster(struct worker *w, struct sdk_client *c, struct err *e)
{
    char address[SS58_TEXT_CAP];
    uint64_t seen = 0;
    bool found = false, told = false;

    while (true) {
        TRY(chain_cluster_of(c, &w->cluster, &found, &w->controller.account, e));
        if (found)
            return ERR_OK;
        sdk_account_text(address, &w->controller.account, w->ss58_prefix);
        if (!told)
            LOG_INFO("worker", "waiting for a cluster of this controller", F_STR("controller", address),
                     F_STR("hint", "wetee worker register, or --auto-register"));
        told = true;
        board_wait(w->board, &seen, 2000);
        if (board_stopping(w->board))
            return FAIL(e, ERR_CLOSED, "asked to stop");
    }
}

/* Before anything is proven: the chain judges evidence by the collateral it has. */
static FALLIBLE post_collateral(struct program *p, struct sdk_client *c, struct err *e)
{
    uint32_t sent = 0;
    struct arena a;

    if (!p->worker.chain_verifies)
        return ERR_OK;
    arena_init(&a, &arena_heap, 16 << 20);
    enum err_code code = collateral_post(c, &a, &sent, &p->worker, e);
    arena_fini(&a);
    return code == ERR_OK ? ERR_OK : err_wrap(e, "posting collateral");
}

static FALLIBLE open_chain(struct program *p, struct err *e)
{
    struct worker *w = &p->worker;
    CLEANUP(sdk_client_free) struct sdk_client *c = NULL;

    TRY(chain_connect(&c, w, NULL, e));
    const struct sdk_chain *chain = sdk_client_chain(c);
    w->genesis = chain->genesis;
    TRY(read_mode(p, c, e));
    w->ss58_prefix = chain->ss58_prefix;
    hex_encode(w->genesis_hex, bytes_of(w->genesis.b, 8));
    TRY(open_trust(p, c, e));
    p->code = EXIT_CODE_JOURNAL;
    TRY(journal_open(&w->journal, arena_fmt(&p->arena, "%s/journal.db", w->config.state_dir), &w->genesis,
                     e));
    TRY(journal_trim(w->journal, e));
    p->code = EXIT_CODE_FAILED;
    if (w->config.controller_uri != NULL && !w->development)
        return FAIL(e, ERR_DENIED, "--controller is for development chains: use the key in the state folder");
    TRY(post_collateral(p, c, e));
    if (w->config.auto_register)
        return register_cluster(c, &w->cluster, w, e);
    return await_cluster(w, c, e);
}

static FALLIBLE open_engine(struct program *p, struct err *e)
{
    struct worker *w = &p->worker;
    struct engine_owner owner = {.cluster = w->cluster};

    p->code = EXIT_CODE_ENGINE;
    memcpy(owner.genesis, w->genesis_hex, sizeof owner.genesis);
    TRY(engine_host_find(&p->converge.host, w->config.engine, w->config.state_dir, e));
    TRY(docker_engine_open(&p->converge.engine, engine_host_socket(p->converge.host), &owner, e));
    p->converge.worker = w;
    p->code = EXIT_CODE_FAILED;
    return ERR_OK;
}

static FALLIBLE start(struct program *p, struct err *e)
{
    struct worker *w = &p->worker;

    TRY(folder_make(w->config.state_dir, e));
    TRY(lock_state(p, e));
    TRY(register_key(&w->controller, &w->config, e));
    TRY(open_chain(p, e));
    TRY(open_engine(p, e));
    return api_start(&p->api, w, e);
}

/* --- life --- */

static void stop(void *arg)
{
    board_stop(arg);
}

static void run(struct program *p)
{
    struct worker *w = &p->worker;
    bool ok = pthread_create(&p->session, NULL, worker_session_thread, w) == 0 &&
              pthread_create(&p->submit, NULL, worker_submit_thread, w) == 0 &&
              pthread_create(&p->engine, NULL, converge_thread, &p->converge) == 0;

    ASSERT(ok); /* three threads at the start: if not even they can be had, nothing can */
    LOG_INFO("worker", "ready", F_U64("cluster", w->cluster), F_HASH("genesis", &w->genesis),
             F_STR("engine", p->converge.engine->ops->describe(p->converge.engine)),
             F_U64("api_port", api_port(p->api)),
             F_STR("attestation", w->simulated ? "SIMULATED" : attest_kind_name(evidence_kind(w->evidence))),
             F_HEX("entry", w->entries[0].value));
    chain_follow(w);
    (void)pthread_join(p->session, NULL);
    (void)pthread_join(p->submit, NULL);
    (void)pthread_join(p->engine, NULL);
}

static void finish(struct program *p)
{
    api_stop(p->api);
    engine_free(p->converge.engine);
    engine_host_free(p->converge.host);
    journal_free(p->worker.journal);
    trust_free(p->worker.trust);
    evidence_free(p->worker.evidence);
    keypair_fini(&p->worker.controller);
}

static enum exit_code main_of(struct program *p)
{
    struct err e;
    enum exit_code code = EXIT_CODE_OK;

    p->worker.board = board_new();
    if (signals_watch(&p->signals, stop, p->worker.board, &e) != ERR_OK) {
        LOG_ERROR("worker", "cannot start", F_ERR(&e));
        board_free(p->worker.board);
        return EXIT_CODE_FAILED;
    }
    p->code = EXIT_CODE_FAILED;
    if (start(p, &e) == ERR_OK) {
        run(p);
        LOG_INFO("worker", "stopped; containers keep running");
    } else if (!board_stopping(p->worker.board)) {
        LOG_ERROR("worker", "cannot start", F_ERR(&e));
        code = p->code;
    }
    finish(p);
    signals_unwatch(&p->signals);
    board_free(p->worker.board);
    return code;
}

int main(int argc, char **argv)
{
    struct program p = {0};
    enum config_end end;
    struct err e;

    json_object_seed(0); /* before there are threads */
    arena_init(&p.arena, &arena_heap, 1 << 20);
    if (config_parse(&p.arena, &p.worker.config, &end, argc, argv, &e) != ERR_OK) {
        (void)fprintf(stderr, "wetee-worker: %s\n", e.msg);
        return EXIT_CODE_USAGE;
    }
    if (end == CONFIG_DONE)
        return EXIT_CODE_OK;
    log_set_level(p.worker.config.log_level);
    signals_block();
    enum exit_code code = main_of(&p);
    arena_fini(&p.arena);
    return (int)code;
}
