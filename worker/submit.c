/* worker/submit.c — extrinsics of a running cluster: starts, declines and period proofs.
 *
 * Level-triggered like everything else: each snapshot says what the chain lacks; the journal keeps one call
 * from being under way twice. A refused one is tried again when its mortality has passed. */
#include "attest/channel.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/int.h"
#include "sdk/tx.h"
#include "worker/chain_follow.h"
#include "worker/collateral.h"
#include "worker/register.h"

enum { ERA = 16, WAIT_MS = 60000 };

struct submitter {
    struct worker *w;
    struct sdk_client *client;
    struct arena arena;
    uint64_t cared_ms, refused_ms; /* monotonic; 0: never */
};

/* Sends and waits. *accepted: it is in a block and succeeded. ERR_OK also when the chain refused it. */
static FALLIBLE send(struct submitter *s, enum journal_call kind, struct work_key key, uint64_t period_key,
                     uint64_t block, const struct call_desc *call, const void *args, bool *accepted,
                     struct err *e)
{
    struct sdk_tx_result r;
    struct sdk_tx_options options = {.timeout_ms = WAIT_MS, .period = ERA};
    struct err why;

    *accepted = false;
    enum err_code code = journal_call_begin(s->w->journal, kind, key, period_key, block, block + ERA + 1, e);
    if (code == ERR_EXISTS)
        return ERR_OK;
    TRY(code);
    FAULT_POINT("worker.submit.before");
    code = sdk_tx_run(s->client, &s->arena, &r, call, args, &s->w->controller, &options, &why);
    FAULT_POINT("worker.submit.after");
    if (code == ERR_OK)
        code = sdk_tx_require(&r, &why);
    char name[WORK_NAME_MAX];
    (void)work_name(name, key);
    if (code == ERR_OK) {
        *accepted = true;
        LOG_INFO("worker", "on chain", F_STR("call", call->name), F_STR("work", name),
                 F_U64("block", r.block_number));
        return journal_call_end(s->w->journal, kind, key, period_key, true, e);
    }
    LOG_WARN("worker", "the chain did not take a call", F_STR("call", call->name), F_STR("work", name),
             F_ERR(&why));
    board_trouble(s->w->board, key, why.msg);
    if (code == ERR_CLOSED || code == ERR_UNAVAILABLE || code == ERR_TIMEOUT)
        return FAIL(e, code, "%s", why.msg); /* its fate is unknown: it stays under way until it is mortal */
    return ERR_OK;
}

static struct worker_work_id id_of(struct work_key key)
{
    return (struct worker_work_id){.wtype = (enum worker_work_type)key.type, .id = key.id};
}

/* The evidence of the entry that runs now, as the chain wants it: empty when the chain knows no root for it,
 * which development chains accept. */
static FALLIBLE report_of(struct submitter *s, struct work_key key, const uint8_t deploy_key[32],
                          struct bytes *report, struct err *e)
{
    struct journal_session row;

    *report = BYTES_EMPTY;
    if (!s->w->chain_verifies)
        return ERR_OK;
    TRY(journal_session_get(s->w->journal, &s->arena, &row, report, key, e));
    if (memcmp(row.deploy_key, deploy_key, sizeof row.deploy_key) != 0)
        return FAIL(e, ERR_BUSY, "the entry changed meanwhile");
    return ERR_OK;
}

/* An entry that runs and whose key the chain does not know: a first start, or a container made anew. */
static FALLIBLE start(struct submitter *s, const struct desired_work *d, const struct work_status *status,
                      uint64_t block, struct err *e)
{
    struct worker_work_start_args args = {.work_id = id_of(d->key)};
    bool accepted;
    uint64_t once = d->contract.block_number ^ load_u64le(status->deploy_key);

    memcpy(args.deploy_key.b, status->deploy_key, sizeof args.deploy_key.b);
    TRY(report_of(s, d->key, status->deploy_key, &args.report, e));
    return send(s, JOURNAL_CALL_START, d->key, once >> 1, block, &worker_call_work_start, &args, &accepted,
                e);
}

static FALLIBLE decline(struct submitter *s, const struct desired_work *d, uint64_t block, struct err *e)
{
    struct worker_work_decline_args args = {.work_id = id_of(d->key)};
    bool accepted;

    board_trouble(s->w->board, d->key, d->refused);
    return send(s, JOURNAL_CALL_DECLINE, d->key, d->contract.block_number, block, &worker_call_work_decline,
                &args, &accepted, e);
}

static void count_proof(struct work_status *st, const void *arg)
{
    (void)arg;
    st->proofs_sent++;
    st->trouble[0] = 0;
}

static FALLIBLE prove(struct submitter *s, const struct desired_work *d, uint64_t block, struct err *e)
{
    uint32_t period, length;
    uint64_t first, until;
    struct journal_proof stored;
    struct channel_proof p;
    bool accepted;

    if (!contract_provable(&d->contract, block + 1, &period, &first, &length, &until) ||
        journal_proof_get(s->w->journal, &s->arena, &stored, d->key, first, e) != ERR_OK ||
        stored.state != JOURNAL_PROOF_READY || stored.length != length || !d->contract.deploy_key.some ||
        memcmp(stored.deploy_key, d->contract.deploy_key.value.b, sizeof stored.deploy_key) != 0)
        return ERR_OK;
    TRY(channel_proof_read(&p, stored.proof, e));
    struct worker_proof_of_work proof = {
        .log_hash = bytes_of(p.log_hash, sizeof p.log_hash),
        .cr = {p.cr.cpu, p.cr.mem, p.cr.cvm_cpu, p.cr.cvm_mem, p.cr.disk, p.cr.gpu},
        .cr_hash = bytes_of(p.cr_hash, sizeof p.cr_hash),
        .address = stored.address,
        .period = {.some = true, .value = period},
        .up_blocks = {.some = true, .value = p.up_blocks},
    };
    proof.signature.some = true;
    memcpy(proof.signature.value, p.signature, sizeof proof.signature.value);
    struct worker_work_proof_upload_args args = {.work_id = id_of(d->key),
                                                 .proof = {.some = true, .value = proof}};
    TRY(send(s, JOURNAL_CALL_PROOF, d->key, first, block, &worker_call_work_proof_upload, &args, &accepted,
             e));
    if (!accepted)
        return ERR_OK;
    board_update(s->w->board, d->key, count_proof, NULL);
    return journal_proof_mark(s->w->journal, d->key, first, JOURNAL_PROOF_SENT, e);
}

/* Fresh evidence of the replica the chain knows, for a purpose. ERR_NOT_FOUND also when it is of another key.
 */
static FALLIBLE fresh_evidence(struct submitter *s, const struct desired_work *d, enum attest_purpose purpose,
                               struct journal_evidence *row, struct bytes *evidence, struct err *e)
{
    const struct worker_contract_state *c = &d->contract;

    TRY(journal_evidence_get(s->w->journal, &s->arena, row, evidence, d->key, purpose, e));
    if (!c->deploy_key.some || memcmp(row->deploy_key, c->deploy_key.value.b, sizeof row->deploy_key) != 0)
        return FAIL(e, ERR_NOT_FOUND, "evidence is of another key");
    return ERR_OK;
}

static FALLIBLE respond(struct submitter *s, const struct desired_work *d, uint64_t block, struct err *e)
{
    struct worker_challenge_respond_args args = {.work_id = id_of(d->key)};
    struct journal_evidence row;
    struct bytes evidence;
    bool accepted;

    if (!d->challenged)
        return ERR_OK;
    enum err_code code = fresh_evidence(s, d, ATTEST_PURPOSE_CHALLENGE, &row, &evidence, e);
    if (code == ERR_NOT_FOUND || (code == ERR_OK && !hash32_eq(&row.nonce, &d->challenge_nonce)))
        return ERR_OK; /* the session has yet to get it */
    TRY(code);
    register_evidence(&args.evidence, row.kind, evidence);
    return send(s, JOURNAL_CALL_RESPOND, d->key, load_u64le(row.nonce.b) >> 1, block,
                &worker_call_challenge_respond, &args, &accepted, e);
}

static FALLIBLE renew(struct submitter *s, const struct desired_work *d, uint64_t block, struct err *e)
{
    struct worker_work_proof_upload_args args = {.work_id = id_of(d->key), .report.some = true};
    struct journal_evidence row;
    bool accepted;

    if (!d->renew || !s->w->chain_verifies)
        return ERR_OK;
    enum err_code code = fresh_evidence(s, d, ATTEST_PURPOSE_START, &row, &args.report.value, e);
    if (code == ERR_NOT_FOUND || (code == ERR_OK && block > row.block + WORKER_START_FRESH_BLOCKS))
        return ERR_OK;
    TRY(code);
    return send(s, JOURNAL_CALL_RENEW, d->key, row.block, block, &worker_call_work_proof_upload, &args,
                &accepted, e);
}

static FALLIBLE serve(struct submitter *s, const struct desired_work *d, uint64_t block, struct err *e)
{
    struct work_status status = {0};
    const struct worker_contract_state *c = &d->contract;
    bool here = board_status(s->w->board, &status, d->key);

    if (d->phase == DESIRED_RUN && d->refused != NULL && c->status == CONTRACT_ASSIGNED)
        return decline(s, d, block, e);
    bool up = here && status.session >= SESSION_RUNNING;
    bool known =
        c->deploy_key.some && memcmp(c->deploy_key.value.b, status.deploy_key, sizeof status.deploy_key) == 0;
    if (d->phase == DESIRED_RUN && up && status.session == SESSION_RUNNING &&
        (c->status == CONTRACT_ASSIGNED || !known)) {
        TRY(prove(s, d, block, e)); /* what the key before left: afterwards the chain takes it no more */
        return start(s, d, &status, block, e);
    }
    if (d->phase == DESIRED_GONE)
        return ERR_OK;
    TRY(respond(s, d, block, e));
    TRY(renew(s, d, block, e));
    return prove(s, d, block, e);
}

enum { CARE_MS = 60000, REFUSED_MS = 15 * 60000 }; /* a refused call has cost its fee */

/* What concerns the cluster as a whole: collateral kept fresh here and on the chain, its own attestation. */
static FALLIBLE care(struct submitter *s, uint64_t block, struct err *e)
{
    struct err why;
    bool renewed;
    uint32_t sent;

    if (s->cared_ms != 0 && clock_mono_ms() - s->cared_ms < CARE_MS)
        return ERR_OK;
    s->cared_ms = clock_mono_ms();
    if (trust_refresh(s->w->trust, &renewed, &why) != ERR_OK)
        LOG_WARN("worker", "collateral was not renewed, the old one serves on", F_ERR(&why));
    if (!s->w->chain_verifies)
        return ERR_OK;
    arena_reset(&s->arena);
    TRY(collateral_post(s->client, &s->arena, &sent, s->w, e));
    if (s->refused_ms != 0 && clock_mono_ms() - s->refused_ms < REFUSED_MS)
        return ERR_OK;
    arena_reset(&s->arena);
    if (register_renew(s->client, &s->arena, block, s->w, &why) == ERR_OK)
        return ERR_OK;
    s->refused_ms = clock_mono_ms();
    LOG_WARN("worker", "the cluster's attestation was not renewed", F_ERR(&why));
    return why.code == ERR_CLOSED ? FAIL(e, ERR_CLOSED, "%s", why.msg) : ERR_OK;
}

static FALLIBLE pass(struct submitter *s, const struct snapshot *snap, struct err *e)
{
    TRY(care(s, snap->desired.block, e));
    for (uint32_t i = 0; i < snap->desired.count; i++) {
        if (board_stopping(s->w->board))
            return ERR_OK;
        arena_reset(&s->arena);
        TRY(serve(s, &snap->desired.works[i], snap->desired.block, e));
    }
    return ERR_OK;
}

void *worker_submit_thread(void *worker)
{
    struct submitter s = {.w = worker};
    uint64_t seen = 0;

    arena_init(&s.arena, &arena_heap, SDK_RESPONSE_ARENA);
    while (!board_stopping(s.w->board)) {
        struct err e;
        CLEANUP(snapshot_free) struct snapshot *snap = NULL;
        board_wait(s.w->board, &seen, 1000);
        if (s.client == NULL && chain_connect(&s.client, s.w, &s.w->genesis, &e) != ERR_OK) {
            board_wait(s.w->board, &seen, 5000);
            continue;
        }
        snap = board_snapshot(s.w->board);
        if (snap == NULL || pass(&s, snap, &e) == ERR_OK)
            continue;
        LOG_WARN("worker", "submitting", F_ERR(&e));
        sdk_client_free(MOVE(s.client));
    }
    sdk_client_free(s.client);
    arena_fini(&s.arena);
    return NULL;
}
