#include "worker/session.h"

#include "attest/ratls.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/fmt.h"
#include "base/int.h"
#include "crypto/hash.h"
#include "crypto/seal.h"
#include "crypto/signature.h"
#include "crypto/wipe.h"

#include <stdlib.h>

enum {
    GRACE_S = 30,
    SEALED_MAX = CHANNEL_CONFIG_MAX,
};

/* --- trust --- */

static uint64_t now_s(void)
{
    return clock_wall_ms() / 1000;
}

static enum err_code evidence_for(void *ctx, struct arena *a, struct bytes *value, struct bytes spki,
                                  struct err *e)
{
    struct worker *w = ctx;
    struct writer claims = writer_in(a, RATLS_CLAIMS_MAX), out = writer_in(a, RATLS_EXTENSION_MAX);
    uint8_t report_data[64];
    struct bytes quote;

    attest_ratls_claims(&claims, spki);
    attest_ratls_report_data(report_data, writer_bytes(&claims));
    TRY(trust_evidence(w->trust, a, &quote, report_data, e));
    attest_ratls_extension(&out, quote, writer_bytes(&claims));
    if (!writer_ok(&claims) || !writer_ok(&out))
        return FAIL(e, ERR_LIMIT, "evidence is too long for a certificate");
    *value = writer_bytes(&out);
    return ERR_OK;
}

FALLIBLE session_identity(struct tls_identity **out, struct worker *w, struct err *e)
{
    const struct trust_view *view = trust_take(w->trust);
    struct tls_extension collateral = {.oid = EVIDENCE_ENDORSEMENTS_OID};
    struct arena a;

    arena_init(&a, &arena_heap, 4 << 20);
    enum err_code code = evidence_endorsements_extension(&collateral.value, &a, &view->collateral, e);
    if (code == ERR_OK)
        code = tls_identity_new_with(out, RATLS_OID_TEXT, evidence_for, w, &collateral, e);
    arena_fini(&a);
    trust_give(w->trust, view);
    return code;
}

static enum err_code verdict(void *ctx, struct bytes cert_der, struct err *e)
{
    const struct session *s = ctx;
    const struct trust_view *view = trust_take(s->worker->trust);
    struct attest_claims claims;
    enum attest_class c = attest_ratls_verify(&claims, cert_der, view->endorsements, now_s(),
                                              &s->worker->policy, &attest_openssl, e);

    trust_give(s->worker->trust, view);
    if (c == ATTEST_VERIFIED)
        return ERR_OK;
    e->code = ERR_UNVERIFIED;
    return ERR_UNVERIFIED;
}

static FALLIBLE appraise(const struct session *s, struct bytes evidence, const uint8_t report_data[64],
                         const char *what, struct attest_claims *claims, struct err *e)
{
    const struct trust_view *view = trust_take(s->worker->trust);
    const struct attest_input in = {
        .evidence = evidence, .endorsements = view->endorsements, .now = now_s(), .report_data = report_data};
    enum attest_class c = attest_appraise(claims, &in, &s->worker->policy, &attest_openssl, e);

    claims->advisory_count = 0; /* they were views of the collateral */
    trust_give(s->worker->trust, view);
    if (c == ATTEST_VERIFIED)
        return ERR_OK;
    e->code = ERR_UNVERIFIED;
    return err_wrap(e, "%s evidence", what);
}

/* Checks what an entry says about a period: signature of the deploy key, both roots. */
static enum err_code session_check_period(struct channel_proof *out, struct arena *scratch,
                                          const struct channel_period *p,
                                          const struct channel_close_period *ask,
                                          const struct attest_subject *subject, const uint8_t deploy_key[32],
                                          struct err *e)
{
    struct channel_proof proof;
    struct account_id who;
    uint8_t buf[ATTEST_POW_MAX];
    struct writer w = writer_fixed(buf, sizeof buf);

    TRY(channel_proof_read(&proof, p->proof, e));
    if (p->first_block != ask->first_block || proof.up_blocks > ask->length)
        return FAIL(e, ERR_UNVERIFIED, "the proof is for another period");
    struct attest_pow pow = channel_proof_pow(&proof, subject, ask->first_block, ask->address);
    attest_pow_write(&w, &pow);
    memcpy(who.b, deploy_key, sizeof who.b);
    if (!writer_ok(&w) ||
        !signature_verify(SIGNATURE_ED25519, bytes_of(proof.signature, sizeof proof.signature),
                          writer_bytes(&w), &who))
        return FAIL(e, ERR_UNVERIFIED, "the proof is not signed by the entry's deploy key");
    struct hash32 log = attest_merkle_root(scratch, p->log_file);
    struct hash32 usage = attest_merkle_root(scratch, p->usage_file);
    if (memcmp(log.b, proof.log_hash, 32) != 0 || memcmp(usage.b, proof.cr_hash, 32) != 0)
        return FAIL(e, ERR_UNVERIFIED, "a root is not that of the file sent with it");
    *out = proof;
    return ERR_OK;
}

/* --- life --- */

FALLIBLE session_new(struct session **out, struct worker *w, struct work_key key, int owned_fd,
                     const struct tls_identity *id, struct err *e)
{
    struct session *s = calloc(1, sizeof *s);

    ASSERT(s != NULL);
    s->worker = w;
    s->key = key;
    s->deadline_ms = clock_mono_ms() + CHANNEL_DEADLINE_MS;
    enum err_code code = tls_conn_new(&s->tls, owned_fd, TLS_SERVER, id, verdict, s, e);
    if (code != ERR_OK) {
        free(s);
        return code;
    }
    *out = s;
    return ERR_OK;
}

void session_free(struct session *s)
{
    if (s == NULL)
        return;
    tls_conn_free(s->tls);
    free(s);
}

FALLIBLE session_check_deadline(const struct session *s, uint64_t now_ms, struct err *e)
{
    return now_ms <= s->deadline_ms ? ERR_OK : FAIL(e, ERR_TIMEOUT, "the entry did not answer in time");
}

static FALLIBLE put(struct session *s, struct arena *scratch, const struct channel_message *m, struct err *e)
{
    struct writer w = writer_in(scratch, CHANNEL_FRAME_MAX);

    channel_write(&w, m);
    if (!writer_ok(&w))
        return FAIL(e, ERR_LIMIT, "%s is too long for a frame", channel_type_name(m->type));
    return tls_put(s->tls, writer_bytes(&w), e);
}

/* --- messages out --- */

static const struct desired_work *work_in(const struct session *s, const struct snapshot *snap_opt)
{
    return snap_opt != NULL ? desired_find(&snap_opt->desired, s->key) : NULL;
}

static FALLIBLE send_hello(struct session *s, struct arena *scratch, const struct snapshot *snap_opt,
                           struct err *e)
{
    const struct desired_work *d = work_in(s, snap_opt);

    if (d == NULL || d->phase == DESIRED_GONE)
        return FAIL(e, ERR_REJECTED, "the chain does not ask for this work now");
    s->hello = (struct channel_hello){.subject = {.genesis = s->worker->genesis,
                                                  .cluster = s->worker->cluster,
                                                  .work_type = s->key.type,
                                                  .work_id = s->key.id,
                                                  .version = d->version},
                                      .nonce_block = (uint32_t)snap_opt->desired.block,
                                      .nonce = snap_opt->desired.block_hash};
    TRY(put(s, scratch, &(struct channel_message){.type = CHANNEL_HELLO, .u.hello = s->hello}, e));
    s->state = SESSION_STATE_HELLO_SENT;
    return ERR_OK;
}

/* The sealed configuration, to the exchange key that was just verified. */
static FALLIBLE seal_config(struct session *s, struct arena *scratch, struct bytes *sealed,
                            const struct desired_work *d, const uint8_t exchange_key[32], struct err *e)
{
    struct writer w = writer_in(scratch, SEALED_MAX - SEAL_OVERHEAD);
    uint8_t aad[CHANNEL_AAD_LEN];

    channel_config_write(&w, &d->config);
    if (!writer_ok(&w))
        return FAIL(e, ERR_LIMIT, "the configuration is too long");
    channel_config_aad(aad, &s->hello.subject);
    uint8_t *out = arena_alloc(scratch, w.len + SEAL_OVERHEAD);
    enum err_code code = seal_to(out, exchange_key, writer_bytes(&w), bytes_of(aad, sizeof aad), e);
    if (w.len > 0)
        wipe(w.p, w.len);
    TRY(code);
    *sealed = bytes_of(out, w.len + SEAL_OVERHEAD);
    return ERR_OK;
}

/* From the block the entry knows by its nonce on: a tick of a later one, due at once when there is one, also
 * counts what passed while this worker was away. */
static void go_live(struct session *s)
{
    s->state = SESSION_STATE_LIVE;
    s->deadline_ms = UINT64_MAX;
    s->last_tick = s->hello.nonce_block > 0 ? s->hello.nonce_block - 1 : 0;
}

struct seen {
    enum session_phase phase;
    const uint8_t *deploy_key;
    struct bytes measurement; /* empty: as before */
};

static void set_seen(struct work_status *st, const void *arg)
{
    const struct seen *x = arg;

    st->session = x->phase;
    memcpy(st->deploy_key, x->deploy_key, sizeof st->deploy_key);
    if (x->measurement.len > 0 && x->measurement.len <= sizeof st->measurement) {
        memcpy(st->measurement, x->measurement.p, x->measurement.len);
        st->measurement_len = (uint16_t)x->measurement.len;
    }
}

static void tell_board(struct session *s, enum session_phase phase, struct bytes measurement)
{
    board_update(s->worker->board, s->key, set_seen,
                 &(struct seen){.phase = phase, .deploy_key = s->deploy_key, .measurement = measurement});
}

/* --- messages in --- */

static FALLIBLE release(struct session *s, struct arena *scratch, const struct channel_attest *m,
                        const struct desired_work *d, struct err *e)
{
    struct channel_message out = {.type = CHANNEL_RELEASE};

    if (m->state == CHANNEL_STATE_NEW) {
        if (board_stale(s->worker->board) || d->phase != DESIRED_RUN || d->refused != NULL)
            return FAIL(e, ERR_REJECTED,
                        "nothing is released: the chain is stale, or does not want this work");
        TRY(seal_config(s, scratch, &out.u.release.sealed, d, m->exchange_key, e));
    }
    TRY(put(s, scratch, &out, e));
    s->state = SESSION_STATE_RELEASED;
    s->deadline_ms = clock_mono_ms() + CHANNEL_DEADLINE_MS;
    return ERR_OK;
}

static FALLIBLE on_attest(struct session *s, struct arena *scratch, const struct channel_attest *m,
                          const struct snapshot *snap_opt, struct err *e)
{
    const struct desired_work *d = work_in(s, snap_opt);
    uint8_t exporter[32], want[64];
    struct attest_claims claims;
    char name[WORK_NAME_MAX];

    if (d == NULL || d->version != s->hello.subject.version)
        return FAIL(e, ERR_REJECTED, "the work has changed meanwhile");
    TRY(tls_exporter(s->tls, CHANNEL_EXPORTER, exporter, e));
    channel_report_data(want, &s->hello, m, exporter);
    TRY(appraise(s, m->channel_evidence, want, "channel", &claims, e));
    channel_key_report_data(want, ATTEST_PURPOSE_START, &s->hello.subject, m->deploy_key, &s->hello.nonce);
    TRY(appraise(s, m->start_evidence, want, "start", &claims, e));
    memcpy(s->deploy_key, m->deploy_key, sizeof s->deploy_key);
    struct journal_session row = {.version = s->hello.subject.version, .seen_block = snap_opt->desired.block};
    memcpy(row.deploy_key, m->deploy_key, sizeof row.deploy_key);
    TRY(journal_session_put(s->worker->journal, s->key, &row, m->start_evidence, e));
    tell_board(s, SESSION_ATTESTED, attest_measurement_of(&claims));
    (void)work_name(name, s->key);
    LOG_INFO("worker", "entry attested", F_STR("work", name),
             F_HEX("deploy_key", bytes_of(m->deploy_key, 32)),
             F_HEX("measurement", attest_measurement_of(&claims)),
             F_STR("tee", claims.root_label == ATTEST_ROOT_DEVELOPMENT ? "SIMULATED"
                                                                       : attest_kind_name(claims.kind)));
    FAULT_POINT("worker.attested");
    return release(s, scratch, m, d, e);
}

static FALLIBLE on_period(struct session *s, struct arena *scratch, const struct channel_period *m,
                          struct err *e)
{
    struct channel_proof proof;
    struct hash32 log, usage;
    char name[WORK_NAME_MAX];

    if (!s->asked)
        return FAIL(e, ERR_MALFORMED, "PERIOD that nobody asked for");
    TRY(session_check_period(&proof, scratch, m, &s->ask, &s->hello.subject, s->deploy_key, e));
    memcpy(log.b, proof.log_hash, sizeof log.b);
    memcpy(usage.b, proof.cr_hash, sizeof usage.b);
    struct journal_proof row = {.work = s->key,
                                .first_block = m->first_block,
                                .version = s->hello.subject.version,
                                .length = s->ask.length,
                                .state = JOURNAL_PROOF_READY,
                                .proof = m->proof,
                                .address = s->ask.address};
    memcpy(row.deploy_key, s->deploy_key, sizeof row.deploy_key);
    FAULT_POINT("worker.period.before");
    TRY(journal_proof_put(s->worker->journal, &row, &log, m->log_file, &usage, m->usage_file, e));
    FAULT_POINT("worker.period.after");
    s->asked = false;
    s->deadline_ms = UINT64_MAX;
    (void)work_name(name, s->key);
    LOG_INFO("worker", "period proven", F_STR("work", name), F_U64("first_block", m->first_block),
             F_U64("length", s->ask.length), F_U64("up_blocks", proof.up_blocks),
             F_U64("cpu_milli", proof.cr.cpu), F_U64("mem_mib", proof.cr.mem));
    board_touch(s->worker->board);
    return ERR_OK;
}

/* Fresh evidence for the chain, judged before it is kept. */
static FALLIBLE on_evidence(struct session *s, const struct channel_evidence *m, struct err *e)
{
    bool challenge = m->purpose == ATTEST_PURPOSE_CHALLENGE;
    const struct hash32 *nonce = challenge ? &s->challenge_nonce : &s->renew_nonce;
    struct journal_evidence row = {.purpose = m->purpose, .nonce = m->nonce, .block = s->renew_block};
    struct attest_claims claims;
    uint8_t want[64];
    char name[WORK_NAME_MAX];

    if (!hash32_eq(&m->nonce, nonce) || (!challenge && s->renew_block == 0))
        return FAIL(e, ERR_MALFORMED, "EVIDENCE that nobody asked for");
    channel_key_report_data(want, m->purpose, &s->hello.subject, s->deploy_key, nonce);
    TRY(appraise(s, m->evidence, want, challenge ? "challenge" : "renewed", &claims, e));
    row.kind = claims.kind;
    memcpy(row.deploy_key, s->deploy_key, sizeof row.deploy_key);
    TRY(journal_evidence_put(s->worker->journal, s->key, &row, m->evidence, e));
    (void)work_name(name, s->key);
    LOG_INFO("worker", challenge ? "challenge will be answered" : "attestation will be renewed",
             F_STR("work", name));
    board_touch(s->worker->board);
    return ERR_OK;
}

static FALLIBLE on_live(struct session *s, struct arena *scratch, const struct channel_message *m,
                        struct err *e)
{
    char name[WORK_NAME_MAX];

    (void)work_name(name, s->key);
    switch (m->type) {
    case CHANNEL_PERIOD:
        return on_period(s, scratch, &m->u.period, e);
    case CHANNEL_EXITED:
        s->exited = true;
        LOG_INFO("worker", "program ended", F_STR("work", name),
                 F_STR("how", m->u.exited.by_signal ? "signal" : "exit"), F_U64("code", m->u.exited.code));
        tell_board(s, SESSION_EXITED, BYTES_EMPTY);
        return ERR_OK;
    case CHANNEL_LOG:
        board_log(s->worker->board, s->key, m->u.log.stream, m->u.log.text);
        return ERR_OK;
    case CHANNEL_EVIDENCE:
        return on_evidence(s, &m->u.evidence, e);
    case CHANNEL_BYE:
        return FAIL(e, ERR_CLOSED, "the entry said goodbye");
    case CHANNEL_HELLO:
    case CHANNEL_ATTEST:
    case CHANNEL_RELEASE:
    case CHANNEL_STARTED:
    case CHANNEL_TICK:
    case CHANNEL_CLOSE_PERIOD:
    case CHANNEL_STOP:
    case CHANNEL_ASK_EVIDENCE:
        break;
    }
    return FAIL(e, ERR_MALFORMED, "%s is out of order", channel_type_name(m->type));
}

static FALLIBLE on_frame(struct session *s, struct arena *scratch, struct bytes frame,
                         const struct snapshot *snap_opt, struct err *e)
{
    struct channel_message m;

    TRY(channel_read(&m, frame, e));
    if (s->state == SESSION_STATE_LIVE)
        return on_live(s, scratch, &m, e);
    if (s->state == SESSION_STATE_HELLO_SENT && m.type == CHANNEL_ATTEST)
        return on_attest(s, scratch, &m.u.attest, snap_opt, e);
    if (s->state == SESSION_STATE_RELEASED && m.type == CHANNEL_STARTED) {
        go_live(s);
        tell_board(s, SESSION_RUNNING, BYTES_EMPTY);
        return ERR_OK;
    }
    return FAIL(e, ERR_MALFORMED, "%s is out of order", channel_type_name(m.type));
}

FALLIBLE session_step(struct session *s, struct arena *scratch, const struct snapshot *snap_opt,
                      struct err *e)
{
    struct bytes frame;

    TRY(tls_step(s->tls, e));
    if (s->state == SESSION_STATE_HANDSHAKE && tls_ready(s->tls))
        TRY(send_hello(s, scratch, snap_opt, e));
    while (tls_take(s->tls, &frame)) {
        /* A view into the connection's buffer: answers may move it. */
        struct bytes copy = arena_dup(scratch, frame);
        TRY(on_frame(s, scratch, copy, snap_opt, e));
        arena_reset(scratch);
    }
    return tls_step(s->tls, e);
}

/* --- following the chain --- */

/* The latest finalized block; the entry counts all up to it, so blocks between two snapshots are not lost. */
static FALLIBLE tick(struct session *s, struct arena *scratch, uint64_t block, struct err *e)
{
    if (block <= s->last_tick)
        return ERR_OK;
    s->last_tick = block;
    return put(s, scratch, &(struct channel_message){.type = CHANNEL_TICK, .u.tick = {.block = block}}, e);
}

static bool key_on_chain(const struct session *s, const struct desired_work *d)
{
    return d->contract.deploy_key.some &&
           memcmp(d->contract.deploy_key.value.b, s->deploy_key, sizeof s->deploy_key) == 0;
}

static FALLIBLE close_period(struct session *s, struct arena *scratch, const struct desired_work *d,
                             uint64_t block, struct err *e)
{
    uint32_t period, length;
    uint64_t first, until;
    struct journal_proof stored;
    struct err none;
    char name[WORK_NAME_MAX];

    if (s->asked || !key_on_chain(s, d) ||
        !contract_provable(&d->contract, block + 1, &period, &first, &length, &until))
        return ERR_OK;
    if (journal_proof_get(s->worker->journal, scratch, &stored, s->key, first, &none) == ERR_OK &&
        stored.length == length && memcmp(stored.deploy_key, s->deploy_key, sizeof stored.deploy_key) == 0)
        return ERR_OK;
    (void)work_name(name, s->key);
    size_t len = fmt_into(s->address, sizeof s->address, "wetee://%s:%u/proof/%s/%llu/%llu/log",
                          s->worker->config.public_address, (unsigned)s->worker->config.api_port, name,
                          (unsigned long long)s->worker->cluster, (unsigned long long)first);
    s->ask = (struct channel_close_period){
        .first_block = first, .length = length, .address = bytes_of(s->address, len)};
    s->asked = true;
    s->deadline_ms = clock_mono_ms() + CHANNEL_DEADLINE_MS;
    return put(s, scratch, &(struct channel_message){.type = CHANNEL_CLOSE_PERIOD, .u.close_period = s->ask},
               e);
}

static FALLIBLE ask_evidence(struct session *s, struct arena *scratch, enum attest_purpose purpose,
                             const struct hash32 *nonce, struct err *e)
{
    return put(s, scratch,
               &(struct channel_message){.type = CHANNEL_ASK_EVIDENCE,
                                         .u.ask_evidence = {.purpose = purpose, .nonce = *nonce}},
               e);
}

/* What the chain demands of the replica's evidence: a challenge is passed on once per nonce, a renewal again
 * when the nonce of the last one is too old to be sent. */
static FALLIBLE follow_evidence(struct session *s, struct arena *scratch, const struct desired_work *d,
                                const struct desired *chain, struct err *e)
{
    if (!key_on_chain(s, d))
        return ERR_OK;
    if (d->challenged && !hash32_eq(&s->challenge_nonce, &d->challenge_nonce)) {
        s->challenge_nonce = d->challenge_nonce;
        TRY(ask_evidence(s, scratch, ATTEST_PURPOSE_CHALLENGE, &s->challenge_nonce, e));
    }
    if (d->renew && (s->renew_block == 0 || chain->block > s->renew_block + WORKER_START_FRESH_BLOCKS)) {
        s->renew_block = chain->block;
        s->renew_nonce = chain->block_hash;
        TRY(ask_evidence(s, scratch, ATTEST_PURPOSE_START, &s->renew_nonce, e));
    }
    return ERR_OK;
}

bool session_start_stale(const struct session *s, const struct desired_work *d, uint64_t block)
{
    return d->phase == DESIRED_RUN && !key_on_chain(s, d) &&
           block > (uint64_t)s->hello.nonce_block + WORKER_START_FRESH_BLOCKS;
}

/* The program ended though it is still ordered: goodbye ends the container, and another one is made. What it
 * could prove now was asked for before. */
static FALLIBLE say_goodbye(struct session *s, struct arena *scratch, struct err *e)
{
    if (!s->exited || s->asked || s->bye_sent)
        return ERR_OK;
    s->bye_sent = true;
    return put(s, scratch, &(struct channel_message){.type = CHANNEL_BYE}, e);
}

FALLIBLE session_follow(struct session *s, struct arena *scratch, const struct snapshot *snap, struct err *e)
{
    const struct desired_work *d = work_in(s, snap);

    if (s->state != SESSION_STATE_LIVE || d == NULL)
        return ERR_OK;
    if (session_start_stale(s, d, snap->desired.block))
        return FAIL(e, ERR_CLOSED, "the evidence of its start is to be renewed");
    TRY(tick(s, scratch, snap->desired.block, e));
    TRY(follow_evidence(s, scratch, d, &snap->desired, e));
    if (d->phase == DESIRED_CLOSE && !s->exited) {
        struct channel_message stop = {.type = CHANNEL_STOP, .u.stop = {.grace_s = GRACE_S}};
        if (!s->stop_sent)
            TRY(put(s, scratch, &stop, e));
        s->stop_sent = true;
        return tls_step(s->tls, e);
    }
    if (d->phase != DESIRED_GONE)
        TRY(close_period(s, scratch, d, snap->desired.block, e));
    if (d->phase == DESIRED_RUN)
        TRY(say_goodbye(s, scratch, e));
    return tls_step(s->tls, e);
}
