#include "entry/entry.h"
#include "base/clock.h"
#include "base/int.h"
#include "base/log.h"
#include "crypto/ed25519.h"
#include "crypto/random.h"
#include "crypto/seal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
    GIVE_UP_MS = 60000,     /* without a worker, before the program runs */
    ASKED_LINGER_MS = 2000, /* who stops a container kills it soon, and nothing is left to be proven later */
    READ_MAX = 65536,
    COPY_STEP = 4096, /* what a pipe that polls as writable takes without waiting */
    ARENA_MAX = 8 << 20,
};

static const int not_ours[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};

static enum err_code take_signals(struct entry *n, struct err *e)
{
    sigset_t set;

    (void)sigfillset(&set);
    for (size_t i = 0; i < ARRAY_LEN(not_ours); i++)
        (void)sigdelset(&set, not_ours[i]);
    if (sigprocmask(SIG_SETMASK, &set, NULL) != 0)
        return FAIL_SYS(e, ERR_IO, errno, "cannot block signals");
    n->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (n->signal_fd < 0)
        return FAIL_SYS(e, ERR_IO, errno, "cannot receive signals");
    return ERR_OK;
}

static enum err_code make_keys(struct entry *n, struct err *e)
{
    random_bytes(n->deploy_seed.b, sizeof n->deploy_seed.b);
    ed25519_public(n->deploy_key, n->deploy_seed.b);
    random_bytes(n->exchange_secret.b, sizeof n->exchange_secret.b);
    seal_public(n->exchange_key, n->exchange_secret.b);
    return tls_identity_new(&n->identity, RATLS_OID_TEXT, evidence_ratls_extension, n->evidence, e);
}

/* Believes workers under the vendors' roots or, when its own evidence is simulated, under that root alone.
 * The collateral comes with the worker's certificate; which level the platform must have is the chain's
 * affair, which judged the same worker by it. */
static enum err_code make_policy(struct entry *n, struct err *e)
{
    bool simulated = evidence_simulated(n->evidence);

    n->policy = evidence_peer_policy(simulated);
    n->policy.roots = attest_vendor_roots;
    n->policy.root_count = ATTEST_VENDOR_ROOTS;
    n->policy.measurements = n->config.measurements;
    n->policy.measurement_count = n->config.measurement_count;
    n->policy.any_measurement = n->config.any_measurement;
    if (simulated) {
        TRY(attest_root_from_cert(&n->worker_root, evidence_root(n->evidence), ATTEST_ROOT_DEVELOPMENT, e));
        n->policy.roots = &n->worker_root;
        n->policy.root_count = 1;
    }
    arena_init(&n->peer_arena, &arena_heap, EVIDENCE_PEER_ARENA);
    n->peer = (struct evidence_peer){.policy = &n->policy, .arena_opt = &n->peer_arena};
    return ERR_OK;
}

enum err_code entry_init(struct entry *n, char *const *argv, struct err *e)
{
    const struct rlimit no_core = {0, 0};

    memset(n, 0, sizeof *n);
    n->connecting_fd = n->signal_fd = -1;
    program_init(&n->program);
    arena_init(&n->arena, &arena_heap, ARENA_MAX);
    n->period = period_new();
    TRY(take_signals(n, e));
    TRY(entry_config_read(&n->config, argv, e));
    TRY(evidence_open(&n->evidence, n->config.tee, n->config.sim_dir_opt,
                      e)); /* reads its own program file */
    if (setrlimit(RLIMIT_CORE, &no_core) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0 ||
        prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        return FAIL_SYS(e, ERR_IO, errno, "cannot harden the process");
    TRY(make_policy(n, e));
    TRY(make_keys(n, e));
    n->give_up_ms = clock_mono_ms() + GIVE_UP_MS;
    return ERR_OK;
}

void entry_fini(struct entry *n)
{
    session_close(n);
    tls_identity_free(n->identity);
    evidence_free(n->evidence);
    arena_fini(&n->peer_arena);
    period_free(n->period);
    arena_fini(&n->arena);
    wipe(&n->deploy_seed, sizeof n->deploy_seed);
    wipe(&n->exchange_secret, sizeof n->exchange_secret);
    for (int i = 0; i < 2; i++) {
        if (n->program.out[i] >= 0)
            (void)close(n->program.out[i]);
    }
    if (n->signal_fd >= 0)
        (void)close(n->signal_fd);
}

/* --- output --- */

struct stream {
    struct entry *n;
    uint8_t number;
};

static void on_record(void *ctx, struct bytes text)
{
    const struct stream *s = ctx;
    uint64_t seq = period_log(s->n->period, s->number, text);
    session_send_log(s->n, s->number, seq, text);
}

/* To our own output, for whoever reads the container's: never waited for. */
static void copy_out(int fd, struct bytes b)
{
    for (size_t at = 0; at < b.len;) {
        struct pollfd p = {.fd = fd, .events = POLLOUT};
        if (poll(&p, 1, 0) <= 0 || (p.revents & POLLOUT) == 0)
            return;
        ssize_t n = write(fd, b.p + at, min_u64(b.len - at, COPY_STEP));
        if (n <= 0)
            return;
        at += (size_t)n;
    }
}

static void read_output(struct entry *n, int i)
{
    uint8_t buf[READ_MAX];
    struct stream s = {.n = n, .number = (uint8_t)(i + 1)};
    ssize_t got = read(n->program.out[i], buf, sizeof buf);

    if (got > 0) {
        output_take(&n->output[i], bytes_of(buf, (size_t)got), on_record, &s);
        copy_out(i + 1, bytes_of(buf, (size_t)got));
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        output_end(&n->output[i], on_record, &s);
        (void)close(n->program.out[i]);
        n->program.out[i] = -1;
    }
}

/* What the program wrote before it ended belongs to the record; a descendant may keep the pipe open and write
 * on. */
static void drain_output(struct entry *n)
{
    for (int i = 0; i < 2; i++) {
        for (int round = 0; round < 64 && n->program.out[i] >= 0; round++) {
            struct pollfd p = {.fd = n->program.out[i], .events = POLLIN};
            if (poll(&p, 1, 0) <= 0)
                break;
            read_output(n, i);
        }
    }
}

/* --- usage, signals, end --- */

void entry_sample(struct entry *n)
{
    struct usage now;
    uint64_t us = clock_mono_us();

    if (n->program.pid == 0 || !usage_read(&now, n->program.pid))
        return;
    uint64_t cpu = now.cpu_usec > n->last_usage.cpu_usec ? now.cpu_usec - n->last_usage.cpu_usec : 0;
    period_usage(n->period, us - n->last_sample_us, cpu, now.mem_bytes);
    n->last_usage = now;
    n->last_sample_us = us;
    n->next_sample_ms = clock_mono_ms() + PERIOD_SAMPLE_MS;
}

static void on_exit_of_program(struct entry *n)
{
    drain_output(n);
    entry_sample(n);
    LOG_INFO("entry", "program ended", F_STR("how", n->program.by_signal ? "signal" : "exit"),
             F_U64("code", n->program.code));
    uint64_t linger_ms = n->config.linger_ms;
    if (n->asked_to_end)
        linger_ms = min_u64(linger_ms, ASKED_LINGER_MS);
    n->linger_until_ms = clock_mono_ms() + linger_ms;
    n->retry_at_ms = 0;
    if (session_up(n))
        session_send_exited(n);
}

static void on_signal(struct entry *n, int sig)
{
    if (sig == SIGCHLD) {
        if (program_reap(&n->program))
            on_exit_of_program(n);
        return;
    }
    if (sig == SIGPIPE)
        return;
    bool to_end = sig == SIGTERM || sig == SIGINT || sig == SIGQUIT;
    if (program_running(&n->program)) {
        n->asked_to_end = n->asked_to_end || to_end;
        program_signal(&n->program, sig);
        return;
    }
    if (to_end) {
        n->done = true;
        n->exit_code = n->program.exited ? program_exit_code(&n->program) : 128 + sig;
    }
}

static void read_signals(struct entry *n)
{
    struct signalfd_siginfo info;
    while (read(n->signal_fd, &info, sizeof info) == (ssize_t)sizeof info)
        on_signal(n, (int)info.ssi_signo);
}

/* Things that happen because time passes. */
static void on_time(struct entry *n)
{
    uint64_t now = clock_mono_ms();

    program_tick(&n->program);
    if (program_running(&n->program) && now >= n->next_sample_ms)
        entry_sample(n);
    if (n->program.exited && now >= n->linger_until_ms) {
        n->done = true;
        n->exit_code = program_exit_code(&n->program);
    }
    if (n->program.pid == 0 && n->conn == NULL && now >= n->give_up_ms && !n->done) {
        LOG_ERROR("entry", "no worker, the program is not started");
        n->done = true;
        n->exit_code = ENTRY_EXIT_UNAVAILABLE;
    }
}

static uint64_t earlier(uint64_t a, uint64_t at)
{
    return at == 0 ? a : min_u64(a, at);
}

static int poll_timeout(const struct entry *n)
{
    uint64_t now = clock_mono_ms(), until = now + 60000;

    until = earlier(until, n->deadline_ms);
    until = earlier(until, n->program.kill_at_ms);
    if (n->state == SESSION_DOWN)
        until = min_u64(until, n->retry_at_ms);
    if (program_running(&n->program))
        until = earlier(until, n->next_sample_ms);
    else if (n->program.exited)
        until = earlier(until, n->linger_until_ms);
    else if (n->conn == NULL)
        until = earlier(until, n->give_up_ms);
    return until <= now ? 0 : (int)(until - now);
}

int entry_run(struct entry *n)
{
    while (!n->done) {
        short events = 0;
        struct pollfd p[4] = {
            {.fd = n->signal_fd, .events = POLLIN},
            {.fd = n->program.out[0], .events = POLLIN},
            {.fd = n->program.out[1], .events = POLLIN},
            {.fd = session_poll(n, &events)},
        };
        p[3].events = events;
        if (poll(p, ARRAY_LEN(p), poll_timeout(n)) < 0 && errno != EINTR)
            break;
        if (p[0].revents != 0)
            read_signals(n);
        for (int i = 0; i < 2; i++) {
            if (p[1 + i].revents != 0 && n->program.out[i] >= 0)
                read_output(n, i);
        }
        on_time(n);
        if (!n->done)
            session_step(n);
        arena_reset(&n->arena);
    }
    if (n->conn != NULL) { /* what is queued, if it goes at once */
        struct err ignored;
        (void)!tls_step(n->conn, &ignored);
    }
    return n->exit_code;
}
