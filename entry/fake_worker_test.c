#include "entry/fake_worker_test.h"
#include "base/clock.h"
#include "base/fmt.h"
#include "base/hex.h"
#include "crypto/ed25519.h"
#include "crypto/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define ENTRY_PROGRAM WETEE_BUILD_DIR "/bin/wetee-entry"
#define ADDRESS "wetee://127.0.0.1:1/proof"
enum { WAIT_MS = 20000 };

static void listen_on(struct world *w)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    (void)fmt_into(a.sun_path, sizeof a.sun_path, "%s", w->socket);
    w->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(w->listener >= 0);
    assert_int_equal(bind(w->listener, (const struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(w->listener, 8), 0);
}

/* The platform's collateral; the worker's certificate carries it. */
static void take_collateral(struct world *w)
{
    CLEANUP(attest_sim_free) struct attest_sim *sim = NULL;
    struct tls_extension second = {.oid = EVIDENCE_ENDORSEMENTS_OID};
    struct err e;

    arena_init(&w->arena, &arena_heap, 16 << 20);
    arena_init(&w->collateral_arena, &arena_heap, 16 << 20);
    assert_int_equal(attest_sim_open(&sim, w->platform, &e), ERR_OK);
    assert_int_equal(attest_sim_collateral(sim, &w->collateral_arena, &w->collateral, ATTEST_KIND_SGX, &e),
                     ERR_OK);
    assert_int_equal(evidence_endorsements_extension(&second.value, &w->collateral_arena, &w->collateral, &e),
                     ERR_OK);
    assert_int_equal(tls_identity_new_with(&w->identity, RATLS_OID_TEXT, evidence_ratls_extension,
                                           w->evidence, &second, &e),
                     ERR_OK);
}

static void judge_collateral(struct world *w)
{
    struct err e;

    w->peer.policy = &w->policy;
    assert_int_equal(attest_endorse(&w->peer.endorsements_opt, &w->collateral_arena, &w->collateral,
                                    &w->policy, &attest_openssl, &e),
                     ATTEST_VERIFIED);
}

enum attest_class appraise_entry(const struct world *w, struct bytes evidence, const uint8_t report_data[64])
{
    const struct attest_input in = {.evidence = evidence,
                                    .endorsements = w->peer.endorsements_opt,
                                    .now = clock_wall_ms() / 1000,
                                    .report_data = report_data};
    struct attest_claims claims;
    struct err e;

    return attest_appraise(&claims, &in, &w->policy, &attest_plain, &e);
}

void world_init(struct world *w)
{
    struct err e;

    memset(w, 0, sizeof *w);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)fmt_into(w->folder, sizeof w->folder, "/tmp/wetee-entry-test-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    (void)fmt_into(w->socket, sizeof w->socket, "%s/worker.sock", w->folder);
    (void)fmt_into(w->platform, sizeof w->platform, "%s/platform", w->folder);
    (void)fmt_into(w->marker, sizeof w->marker, "%s/marker", w->folder);
    (void)fmt_into(w->output, sizeof w->output, "%s/output", w->folder);
    assert_int_equal(mkdir(w->platform, 0700), 0);
    assert_int_equal(attest_sim_create(w->folder, w->platform, clock_wall_ms() / 1000, &e), ERR_OK);
    assert_int_equal(evidence_open(&w->evidence, "simulated", w->platform, &e), ERR_OK);
    take_collateral(w);
    assert_int_equal(attest_root_from_cert(&w->root, evidence_root(w->evidence), ATTEST_ROOT_DEVELOPMENT, &e),
                     ERR_OK);
    assert_int_equal(attest_sim_measure(w->entry_measurement.b, ENTRY_PROGRAM, &e), ERR_OK);
    w->entry_allowed =
        (struct attest_measurement){.kind = ATTEST_MEASURE_SGX, .value = BYTES_OF(w->entry_measurement)};
    w->policy = (struct attest_policy){.roots = &w->root,
                                       .root_count = 1,
                                       .allow_development = true,
                                       .tcb_allowed = ATTEST_TCB_STRICT,
                                       .measurements = &w->entry_allowed,
                                       .measurement_count = 1};
    judge_collateral(w);
    listen_on(w);
    memset(w->hello.subject.genesis.b, 0x11, 32);
    w->hello.subject.work_id = 5;
    w->hello.subject.cluster = 3;
    w->hello.subject.version = 8;
    w->hello.nonce_block = 100;
    memset(w->hello.nonce.b, 0x22, 32);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

void world_fini(struct world *w)
{
    session_drop(w);
    if (w->entry > 0) {
        (void)kill(w->entry, SIGKILL);
        (void)waitpid(w->entry, NULL, 0);
    }
    (void)close(w->listener);
    tls_identity_free(w->identity);
    evidence_free(w->evidence);
    arena_fini(&w->arena);
    arena_fini(&w->collateral_arena);
    (void)nftw(w->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Returns in process 1 of a new namespace only; the caller waits for it and ends as it does. */
static void become_parent_of_first(void)
{
    int status = 0;

    if (unshare(CLONE_NEWPID) != 0)
        _exit(99);
    pid_t pid = fork();
    if (pid == 0)
        return;
    (void)waitpid(pid, &status, 0);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 98);
}

void entry_spawn(struct world *w, const char *script, const char *worker_hex)
{
    char own[65], worker[128], measurement[128], sim[128], marker[128];
    hex_encode(own, bytes_of(evidence_measurement(w->evidence), 32));
    (void)fmt_into(worker, sizeof worker, "WETEE_WORKER=unix:%s", w->socket);
    (void)fmt_into(measurement, sizeof measurement, "WETEE_WORKER_MEASUREMENT=%s",
                   worker_hex == NULL ? own : worker_hex);
    (void)fmt_into(sim, sizeof sim, "WETEE_SIM_DIR=%s", w->platform);
    (void)fmt_into(marker, sizeof marker, "MARKER=%s", w->marker);
    char path[] = "PATH=/usr/bin:/bin", tee[] = "WETEE_TEE=simulated", linger[] = "WETEE_LINGER_S=10",
         twice[] = "TWICE=image";
    char *env[] = {worker, measurement, sim, marker, path, tee, linger, twice, NULL};
    char name[] = "wetee-entry", dashes[] = "--", busybox[] = "busybox", sh[] = "sh", flag[] = "-c";
    char *text = script == NULL ? NULL : strdup(script);
    char *args[] = {name, dashes, script == NULL ? NULL : busybox, sh, flag, text, NULL};

    w->entry = fork();
    assert_true(w->entry >= 0);
    if (w->entry == 0) {
        int out = open(w->output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        (void)dup2(out, 1);
        (void)dup2(out, 2);
        if (w->first_process)
            become_parent_of_first();
        (void)execve(ENTRY_PROGRAM, args, env);
        _exit(126);
    }
    free(text);
}

int entry_wait(struct world *w)
{
    uint64_t until = clock_mono_ms() + WAIT_MS;
    int status = 0;

    while (clock_mono_ms() < until) {
        if (waitpid(w->entry, &status, WNOHANG) == w->entry) {
            w->entry = 0;
            return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
        }
        (void)usleep(5000);
    }
    return -1;
}

bool marker_exists(const struct world *w)
{
    return access(w->marker, F_OK) == 0;
}

enum err_code session_accept(struct world *w, struct err *e)
{
    struct pollfd p = {.fd = w->listener, .events = POLLIN};

    session_drop(w);
    if (poll(&p, 1, WAIT_MS) != 1)
        return FAIL(e, ERR_TIMEOUT, "no connection");
    int fd = accept4(w->listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(tls_conn_new(&w->conn, fd, TLS_SERVER, w->identity, evidence_peer_verdict, &w->peer, e),
                     ERR_OK);
    return tls_handshake(w->conn, WAIT_MS, e);
}

void session_drop(struct world *w)
{
    tls_conn_free(w->conn);
    w->conn = NULL;
}

void send_bytes(struct world *w, struct bytes frame)
{
    struct err e;
    (void)!tls_write(w->conn, frame, WAIT_MS, &e); /* the entry may have left: what follows will show */
}

void send_message(struct world *w, const struct channel_message *m)
{
    struct arena_mark mark = arena_mark(&w->arena);
    struct writer v = writer_in(&w->arena, CHANNEL_FRAME_MAX);
    channel_write(&v, m);
    assert_true(writer_ok(&v));
    send_bytes(w, writer_bytes(&v));
    arena_rewind(&w->arena, mark);
}

bool next_message(struct world *w, struct channel_message *m)
{
    struct bytes frame;
    struct err e;
    do {
        if (tls_read(w->conn, &frame, WAIT_MS, &e) != ERR_OK) {
            if (e.code == ERR_TIMEOUT)
                fail_msg("%s", e.msg);
            return false;
        }
        assert_int_equal(channel_read(m, frame, &e), ERR_OK);
    } while (m->type == CHANNEL_LOG);
    return true;
}

struct channel_message expect(struct world *w, enum channel_type type)
{
    struct channel_message m;
    if (!next_message(w, &m))
        fail_msg("%s was expected, the connection ended", channel_type_name(type));
    if (m.type != type)
        fail_msg("%s was expected, %s came", channel_type_name(type), channel_type_name(m.type));
    return m;
}

void send_hello(struct world *w)
{
    struct channel_message m = {.type = CHANNEL_HELLO, .u.hello = w->hello};
    send_message(w, &m);
}

void until_attested(struct world *w, enum channel_state state)
{
    uint8_t want[64], exporter[32];
    struct err e;

    send_hello(w);
    struct channel_message m = expect(w, CHANNEL_ATTEST);
    const struct channel_attest *a = &m.u.attest;
    assert_int_equal(a->state, state);
    assert_int_equal(tls_exporter(w->conn, CHANNEL_EXPORTER, exporter, &e), ERR_OK);
    channel_key_report_data(want, ATTEST_PURPOSE_START, &w->hello.subject, a->deploy_key, &w->hello.nonce);
    assert_int_equal(appraise_entry(w, a->start_evidence, want), ATTEST_VERIFIED);
    channel_report_data(want, &w->hello, a, exporter);
    assert_int_equal(appraise_entry(w, a->channel_evidence, want), ATTEST_VERIFIED);
    exporter[0] ^= 1; /* evidence relayed from another connection is worth nothing */
    channel_report_data(want, &w->hello, a, exporter);
    assert_int_equal(appraise_entry(w, a->channel_evidence, want), ATTEST_REPORT_DATA_MISMATCH);
    w->attest = *a;
    w->attest.start_evidence = w->attest.channel_evidence = BYTES_EMPTY;
}

struct bytes sealed_config(struct world *w, const struct channel_config *c, const struct attest_subject *s)
{
    uint8_t aad[CHANNEL_AAD_LEN];
    struct writer v = writer_in(&w->arena, CHANNEL_CONFIG_MAX);
    struct err e;

    channel_config_write(&v, c);
    struct bytes plain = writer_bytes(&v);
    uint8_t *out = arena_alloc(&w->arena, plain.len + SEAL_OVERHEAD);
    channel_config_aad(aad, s);
    assert_int_equal(seal_to(out, w->attest.exchange_key, plain, bytes_of(aad, sizeof aad), &e), ERR_OK);
    return bytes_of(out, plain.len + SEAL_OVERHEAD);
}

void send_release(struct world *w, struct bytes sealed)
{
    struct channel_message m = {.type = CHANNEL_RELEASE, .u.release.sealed = sealed};
    send_message(w, &m);
}

uint32_t start_program(struct world *w, const struct channel_config *c_opt)
{
    const struct channel_config none = {0};
    struct err e;
    if (session_accept(w, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    until_attested(w, CHANNEL_STATE_NEW);
    send_release(w, sealed_config(w, c_opt == NULL ? &none : c_opt, &w->hello.subject));
    return expect(w, CHANNEL_STARTED).u.started.pid;
}

void send_tick(struct world *w, uint64_t block)
{
    struct channel_message m = {.type = CHANNEL_TICK, .u.tick.block = block};
    send_message(w, &m);
}

struct channel_proof close_period(struct world *w, uint64_t first, uint32_t length, struct channel_message *m)
{
    struct channel_message ask = {.type = CHANNEL_CLOSE_PERIOD,
                                  .u.close_period = {first, length, BYTES_LIT(ADDRESS)}};
    struct channel_proof p;
    struct err e;
    uint8_t text[ATTEST_POW_MAX];
    struct writer v = writer_fixed(text, sizeof text);

    send_message(w, &ask);
    *m = expect(w, CHANNEL_PERIOD);
    assert_int_equal(m->u.period.first_block, first);
    assert_int_equal(channel_proof_read(&p, m->u.period.proof, &e), ERR_OK);
    struct hash32 root = attest_merkle_root(&w->arena, m->u.period.log_file);
    assert_memory_equal(root.b, p.log_hash, 32);
    root = attest_merkle_root(&w->arena, m->u.period.usage_file);
    assert_memory_equal(root.b, p.cr_hash, 32);
    struct attest_pow pow = channel_proof_pow(&p, &w->hello.subject, first, BYTES_LIT(ADDRESS));
    attest_pow_write(&v, &pow);
    assert_true(ed25519_verify(p.signature, writer_bytes(&v), w->attest.deploy_key));
    return p;
}

void send_bye(struct world *w)
{
    struct channel_message m = {.type = CHANNEL_BYE};
    send_message(w, &m);
}
