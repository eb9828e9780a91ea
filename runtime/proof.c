#include "runtime/proof.h"

#include "attest/pow.h"
#include "base/int.h"
#include "runtime/capacity.h"
#include "runtime/params.h"

enum { USAGE_FACTOR_MAX = 4 };

struct bytes proof_message(struct exec *x, const struct worker_work_id *work, uint64_t cluster,
                           uint64_t first_block, const struct worker_proof_of_work *proof, uint32_t up_blocks)
{
    struct writer w = writer_in(x->arena, ATTEST_POW_MAX);
    const struct worker_com_cr *cr = &proof->cr;

    attest_pow_write(&w, &(struct attest_pow){
                             .genesis = exec_genesis_hash(x),
                             .work_type = (uint8_t)work->wtype,
                             .work_id = work->id,
                             .cluster = cluster,
                             .first_block = first_block,
                             .log_hash = proof->log_hash,
                             .cr = {cr->cpu, cr->mem, cr->cvm_cpu, cr->cvm_mem, cr->disk, cr->gpu},
                             .cr_hash = proof->cr_hash,
                             .address = proof->address,
                             .up_blocks = up_blocks,
                         });
    ASSERT(writer_ok(&w)); /* hashes and address are bounded by their types */
    return writer_bytes(&w);
}

/* The period a proof of now is for, its first block and its length; false when none is complete. */
static bool provable(struct exec *x, const struct contract *c, uint32_t *period, uint64_t *first,
                     uint32_t *span)
{
    const struct worker_contract_state *s = &c->state;
    if (s->status == CONTRACT_CLOSING) {
        *period = s->next_period;
        *first = period_start(s, s->next_period);
        *span = (uint32_t)(s->closing.value.at - *first);
        return exec_block(x) < s->closing.value.until;
    }
    uint32_t running = period_at(s, exec_block(x));
    if (running == 0 || running - 1 < s->next_period)
        return false;
    *period = running - 1;
    *first = period_start(s, running - 1);
    *span = period_len(s, running - 1);
    return true;
}

static bool usage_valid(const struct worker_com_cr *cr, const struct worker_com_cr *need)
{
    for (unsigned i = 0; i < CAPACITY_FIELDS; i++) {
        if (capacity_at(cr, i) > (uint64_t)USAGE_FACTOR_MAX * capacity_at(need, i))
            return false;
    }
    return true;
}

static bool hash_valid(const struct params *p, struct bytes hash)
{
    return hash.len >= p->hash_len_min && hash.len <= p->hash_len_max;
}

static bool signature_valid(struct exec *x, const struct contract *c,
                            const struct worker_proof_of_work *proof, uint64_t first, uint32_t up)
{
    if (!proof->signature.some)
        return exec_dev_mode(x);
    if (!c->state.deploy_key.some)
        return false;
    return x->host->verify_signature(
        x->host->ctx, HOST_SIGNATURE_ED25519, bytes_of(proof->signature.value, sizeof proof->signature.value),
        proof_message(x, &c->work.id, c->cluster, first, proof, up), &c->state.deploy_key.value);
}

struct dispatch proof_check(struct exec *x, const struct contract *c,
                            const struct worker_proof_of_work *proof, bool implicit)
{
    const struct params *params = params_of(x);
    uint32_t period = 0, span = c->state.lead;
    uint64_t first = c->state.anchor;

    if (!provable(x, c, &period, &first, &span) && !implicit)
        return worker_fail(WORKER_ERR_WORK_BLOCK_NUMBER_ERROR);
    if (proof->period.some && proof->period.value != period)
        return worker_fail(WORKER_ERR_WORK_BLOCK_NUMBER_ERROR);
    uint32_t up = proof->up_blocks.some ? proof->up_blocks.value : span;
    if (!hash_valid(params, proof->log_hash) || !hash_valid(params, proof->cr_hash) || up > span ||
        !usage_valid(&proof->cr, &c->state.need) || !signature_valid(x, c, proof, first, up))
        return worker_fail(WORKER_ERR_BAD_PROOF);
    return DISPATCH_OK;
}

/* Keeps the proofs of the last 168 blocks that had one. */
static void record(struct exec *x, const struct contract *c, const struct worker_proof_of_work *proof)
{
    const struct worker_work_id *work = &c->work.id;
    uint64_t now = exec_block(x), old;
    struct worker_cluster_proof_vec list;

    if (!worker_proofs_of_work_get(x, &list, work, now)) {
        uint32_t cursor = worker_proof_cursor_get(x, work);
        uint16_t slot = (uint16_t)(cursor % PARAM_PROOF_RING);
        if (worker_proof_ring_get(x, &old, work, slot))
            worker_proofs_of_work_del(x, work, old);
        worker_proof_ring_put(x, work, slot, now);
        /* Counting on from a multiple of the ring keeps the slots in order when the counter ends. */
        worker_proof_cursor_put(x, work, cursor == UINT32_MAX ? (cursor % PARAM_PROOF_RING) + 1 : cursor + 1);
        list = (struct worker_cluster_proof_vec){0};
    }
    if (list.n >= 16) /* one per live or closing replica: more cannot be */
        return;
    struct worker_cluster_proof_vec longer = {
        .n = list.n + 1,
        .v = arena_new_n(x->arena, struct worker_cluster_proof, (size_t)list.n + 1),
    };
    if (list.n > 0)
        memcpy(longer.v, list.v, list.n * sizeof *list.v);
    longer.v[list.n] = (struct worker_cluster_proof){.cluster = c->cluster, .proof = *proof};
    worker_proofs_of_work_put(x, work, now, &longer);
}

/*~ 12/12 The journey ends where it began: a proof is checked, and the cluster is paid. */
struct dispatch proof_accept(struct exec *x, struct contract *c, const struct worker_proof_of_work *proof)
{
    uint32_t period = 0, span = 0;
    uint64_t first = 0;

    if (!provable(x, c, &period, &first, &span))
        return worker_fail(WORKER_ERR_WORK_BLOCK_NUMBER_ERROR);
    if (c->state.status == CONTRACT_RUNNING && !contract_catch_up(x, c))
        return DISPATCH_OK;                                     /* ended: nothing is paid */
    if (period_start(&c->state, c->state.next_period) != first) /* a change of Stage moved the periods */
        return worker_fail(WORKER_ERR_WORK_BLOCK_NUMBER_ERROR);
    record(x, c, proof);
    return contract_settle(x, c, proof);
}

void proof_forget(struct exec *x, const struct worker_work_id *work)
{
    for (uint16_t slot = 0; slot < PARAM_PROOF_RING; slot++) {
        uint64_t block;
        if (!worker_proof_ring_get(x, &block, work, slot))
            break; /* slots fill in order */
        worker_proofs_of_work_del(x, work, block);
        worker_proof_ring_del(x, work, slot);
    }
    worker_proof_cursor_del(x, work);
    worker_report_of_work_del(x, work);
    worker_report_of_work_time_del(x, work);
}
