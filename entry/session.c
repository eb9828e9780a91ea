#include "base/clock.h"
#include "base/int.h"
#include "base/log.h"
#include "crypto/seal.h"
#include "entry/entry.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    RETRY_FIRST_MS = 200,
    RETRY_MAX_MS = 10000,
    LOG_QUEUE_MAX = 256 * 1024, /* live records yield to everything else */
    CONNECT_MS = 5000,
};

void session_close(struct entry *n)
{
    tls_conn_free(n->conn);
    n->conn = NULL;
    if (n->connecting_fd >= 0)
        (void)close(n->connecting_fd);
    n->connecting_fd = -1;
    n->state = SESSION_DOWN;
    n->deadline_ms = 0;
}

/* Was the peer there but not acceptable, or we not to it? Then trying again before the start is of no use. */
static bool refused(enum err_code code)
{
    return code == ERR_UNVERIFIED || code == ERR_DENIED || code == ERR_MALFORMED || code == ERR_REJECTED ||
           code == ERR_LIMIT;
}

void session_fail(struct entry *n, const struct err *why)
{
    uint64_t pause = (uint64_t)RETRY_FIRST_MS << min_u64(n->failures, 6);

    session_close(n);
    if (n->program.pid == 0 && refused(why->code)) {
        LOG_ERROR("entry", "not verified, the program is not started", F_ERR(why));
        n->done = true;
        n->exit_code = ENTRY_EXIT_UNVERIFIED;
        return;
    }
    if (n->failures == 0 || n->failures % 16 == 0)
        LOG_WARN("entry", "session with the worker ended", F_ERR(why));
    n->failures++;
    n->retry_at_ms = clock_mono_ms() + min_u64(pause, RETRY_MAX_MS);
}

static void fail_with(struct entry *n, enum err_code code, const char *why)
{
    struct err e;
    (void)FAIL(&e, code, "%s", why);
    session_fail(n, &e);
}

void session_send(struct entry *n, const struct channel_message *m)
{
    struct writer w = writer_in(&n->arena, CHANNEL_FRAME_MAX);
    struct err e;

    channel_write(&w, m);
    ASSERT(writer_ok(&w));
    if (n->conn != NULL && tls_put(n->conn, writer_bytes(&w), &e) != ERR_OK)
        session_fail(n, &e);
}

void session_send_log(struct entry *n, uint8_t stream, uint64_t seq, struct bytes text)
{
    struct channel_message m = {.type = CHANNEL_LOG};
    struct arena_mark mark = arena_mark(&n->arena);

    if (!session_up(n) || tls_queued(n->conn) > LOG_QUEUE_MAX)
        return;
    m.u.log.seq = seq;
    m.u.log.stream = stream;
    m.u.log.text = text;
    session_send(n, &m);
    arena_rewind(&n->arena, mark);
}

void session_send_exited(struct entry *n)
{
    struct channel_message m = {.type = CHANNEL_EXITED};
    m.u.exited.by_signal = n->program.by_signal;
    m.u.exited.code = n->program.code;
    session_send(n, &m);
}

/* --- DOWN to TLS --- */

static void begin_tls(struct entry *n, int owned_fd)
{
    struct err e;
    n->connecting_fd = -1;
    if (tls_conn_new(&n->conn, owned_fd, TLS_CLIENT, n->identity, evidence_peer_verdict, &n->peer, &e) !=
        ERR_OK) {
        session_fail(n, &e);
        return;
    }
    n->state = SESSION_TLS;
    n->deadline_ms = clock_mono_ms() + CHANNEL_DEADLINE_MS;
}

static void connect_begin(struct entry *n)
{
    int fd = socket(n->config.worker.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;

    if (fd < 0) {
        fail_with(n, ERR_IO, "cannot make a socket");
        return;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    n->connecting_fd = fd;
    int r = connect(fd, (const struct sockaddr *)&n->config.worker, n->config.worker_len);
    if (r == 0) {
        begin_tls(n, fd);
    } else if (errno == EINPROGRESS || errno == EAGAIN) {
        n->state = SESSION_CONNECTING;
        n->deadline_ms = clock_mono_ms() + CONNECT_MS;
    } else {
        fail_with(n, ERR_UNAVAILABLE, "the worker cannot be reached");
    }
}

static void connect_end(struct entry *n)
{
    int error = 0;
    socklen_t len = sizeof error;
    struct pollfd p = {.fd = n->connecting_fd, .events = POLLOUT};

    if (poll(&p, 1, 0) <= 0)
        return;
    if (getsockopt(n->connecting_fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error != 0)
        fail_with(n, ERR_UNAVAILABLE, "the worker cannot be reached");
    else
        begin_tls(n, n->connecting_fd);
}

/* --- HELLO --- */

static bool same_subject(const struct attest_subject *a, const struct attest_subject *b)
{
    return hash32_eq(&a->genesis, &b->genesis) && a->cluster == b->cluster && a->work_type == b->work_type &&
           a->work_id == b->work_id && a->version == b->version;
}

static enum channel_state program_state(const struct entry *n)
{
    if (n->program.pid == 0)
        return CHANNEL_STATE_NEW;
    return n->program.exited ? CHANNEL_STATE_EXITED : CHANNEL_STATE_RUNNING;
}

static enum err_code make_attest(struct entry *n, struct channel_attest *a, struct err *e)
{
    uint8_t exporter[32], report_data[64];

    memcpy(a->deploy_key, n->deploy_key, 32);
    memcpy(a->exchange_key, n->exchange_key, 32);
    a->state = program_state(n);
    TRY(tls_exporter(n->conn, CHANNEL_EXPORTER, exporter, e));
    channel_key_report_data(report_data, ATTEST_PURPOSE_START, &n->hello.subject, n->deploy_key,
                            &n->hello.nonce);
    TRY(evidence_get(n->evidence, &n->arena, &a->start_evidence, report_data, e));
    channel_report_data(report_data, &n->hello, a, exporter);
    return evidence_get(n->evidence, &n->arena, &a->channel_evidence, report_data, e);
}

static void on_hello(struct entry *n, const struct channel_hello *h)
{
    struct channel_message m = {.type = CHANNEL_ATTEST};
    struct err e;

    if (n->has_hello && !same_subject(&n->hello.subject, &h->subject)) {
        fail_with(n, ERR_REJECTED, "the worker speaks of another work");
        return;
    }
    n->hello = *h;
    n->has_hello = true;
    if (make_attest(n, &m.u.attest, &e) != ERR_OK) {
        session_fail(n, &e);
        return;
    }
    n->state = SESSION_RELEASE;
    n->deadline_ms = clock_mono_ms() + CHANNEL_DEADLINE_MS;
    session_send(n, &m);
}

/* --- RELEASE --- */

/* Opens the configuration and starts the program with it. The plain text is wiped before returning. */
static enum err_code open_and_start(struct entry *n, struct bytes sealed, struct err *e)
{
    uint8_t aad[CHANNEL_AAD_LEN];
    struct channel_config config;
    size_t len = sealed.len > SEAL_OVERHEAD ? sealed.len - SEAL_OVERHEAD : 0;
    uint8_t *plain = calloc(len + 1, 1);

    ASSERT(plain != NULL);
    channel_config_aad(aad, &n->hello.subject);
    enum err_code code = seal_open(plain, n->exchange_secret.b, sealed, bytes_of(aad, sizeof aad), e);
    if (code == ERR_OK)
        code = channel_config_read(&n->arena, &config, bytes_of(plain, len), e);
    if (code == ERR_OK && program_start(&n->program, &config, n->config.args, e) != ERR_OK) {
        LOG_ERROR("entry", "the program cannot be started", F_ERR(e));
        n->done = true;
        n->exit_code = ENTRY_EXIT_NOT_STARTED;
    }
    wipe(plain, len);
    free(plain);
    return code;
}

static void on_release(struct entry *n, const struct channel_release *r)
{
    struct channel_message m = {.type = CHANNEL_STARTED};
    struct err e;

    if ((r->sealed.len == 0) != (n->program.pid != 0)) {
        fail_with(n, ERR_MALFORMED, "RELEASE does not fit the state of the program");
        return;
    }
    if (n->program.pid == 0) {
        if (open_and_start(n, r->sealed, &e) != ERR_OK) {
            session_fail(n, &e);
            return;
        }
        if (n->done)
            return;
        wipe(n->exchange_secret.b, sizeof n->exchange_secret.b); /* nothing else is ever sealed to it */
        period_started(n->period, n->hello.nonce_block);
        n->last_sample_us = clock_mono_us();
        n->next_sample_ms = clock_mono_ms() + PERIOD_SAMPLE_MS;
        if (!usage_read(&n->last_usage, n->program.pid))
            n->last_usage = (struct usage){0};
        LOG_INFO("entry", "program started", F_U64("pid", n->program.pid));
    }
    n->state = SESSION_UP;
    n->deadline_ms = 0;
    n->failures = 0;
    m.u.started.pid = (uint32_t)n->program.pid;
    session_send(n, &m);
    if (n->program.exited)
        session_send_exited(n);
}

/* --- UP --- */

static void on_close_period(struct entry *n, const struct channel_close_period *ask)
{
    struct writer w = writer_in(&n->arena, CHANNEL_FRAME_MAX);
    struct err e;

    if (program_running(&n->program))
        entry_sample(n); /* periods may be shorter than the pause between samples */
    if (period_close(n->period, &w, ask, &n->hello.subject, n->deploy_seed.b, &e) != ERR_OK ||
        tls_put(n->conn, writer_bytes(&w), &e) != ERR_OK)
        session_fail(n, &e);
}

static void on_ask_evidence(struct entry *n, const struct channel_ask_evidence *ask)
{
    struct channel_message m = {.type = CHANNEL_EVIDENCE,
                                .u.evidence = {.purpose = ask->purpose, .nonce = ask->nonce}};
    uint8_t report_data[64];
    struct err e;

    channel_key_report_data(report_data, ask->purpose, &n->hello.subject, n->deploy_key, &ask->nonce);
    if (evidence_get(n->evidence, &n->arena, &m.u.evidence.evidence, report_data, &e) != ERR_OK)
        session_fail(n, &e);
    else
        session_send(n, &m);
}

static void on_bye(struct entry *n)
{
    struct err e;
    if (n->program.exited) {
        session_close(n);
        n->done = true;
        n->exit_code = program_exit_code(&n->program);
        return;
    }
    (void)FAIL(&e, ERR_CLOSED, "the worker said goodbye");
    session_fail(n, &e);
}

static void on_message_up(struct entry *n, const struct channel_message *m)
{
    if (m->type == CHANNEL_TICK)
        period_tick(n->period, m->u.tick.block, program_running(&n->program));
    else if (m->type == CHANNEL_CLOSE_PERIOD)
        on_close_period(n, &m->u.close_period);
    else if (m->type == CHANNEL_STOP)
        program_stop(&n->program, m->u.stop.grace_s);
    else if (m->type == CHANNEL_ASK_EVIDENCE)
        on_ask_evidence(n, &m->u.ask_evidence);
    else if (m->type == CHANNEL_BYE)
        on_bye(n);
    else
        fail_with(n, ERR_MALFORMED, "message out of order");
}

static void on_frame(struct entry *n, struct bytes frame)
{
    struct channel_message m;
    struct err e;

    if (channel_read(&m, frame, &e) != ERR_OK)
        session_fail(n, &e);
    else if (n->state == SESSION_HELLO && m.type == CHANNEL_HELLO)
        on_hello(n, &m.u.hello);
    else if (n->state == SESSION_RELEASE && m.type == CHANNEL_RELEASE)
        on_release(n, &m.u.release);
    else if (n->state == SESSION_UP)
        on_message_up(n, &m);
    else
        fail_with(n, ERR_MALFORMED, "message out of order");
}

static void exchange(struct entry *n)
{
    struct bytes frame;
    struct err e;

    if (tls_step(n->conn, &e) != ERR_OK) {
        session_fail(n, &e);
        return;
    }
    if (n->state == SESSION_TLS && tls_ready(n->conn)) {
        n->state = SESSION_HELLO;
        n->deadline_ms = clock_mono_ms() + CHANNEL_DEADLINE_MS;
    }
    while (!n->done && n->conn != NULL && tls_take(n->conn, &frame)) {
        on_frame(n, frame);
        arena_reset(&n->arena);
    }
    if (n->conn != NULL && tls_queued(n->conn) > 0 && tls_step(n->conn, &e) != ERR_OK)
        session_fail(n, &e);
}

void session_step(struct entry *n)
{
    uint64_t now = clock_mono_ms();

    if (n->deadline_ms != 0 && now >= n->deadline_ms) {
        fail_with(n, ERR_TIMEOUT, "the worker did not answer in time");
        return;
    }
    if (n->state == SESSION_DOWN && now >= n->retry_at_ms)
        connect_begin(n);
    else if (n->state == SESSION_CONNECTING)
        connect_end(n);
    if (n->conn != NULL)
        exchange(n);
}

int session_poll(const struct entry *n, short *events)
{
    if (n->conn != NULL) {
        *events = tls_events(n->conn);
        return tls_fd(n->conn);
    }
    *events = POLLOUT;
    return n->connecting_fd;
}
