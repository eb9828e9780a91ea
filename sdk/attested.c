/* sdk/attested.c — see attested.h. */
#include "sdk/attested.h"
#include "base/int.h"
#include "chain/evidence.h"
#include "codec/extrinsic.h"
#include "codec/walk.h"
#include "sdk/priv.h"
#include "sdk/storage.h"

static const char no_evidence[] = "the chain has accepted no evidence of it";

static enum attest_form form_of(uint8_t kind)
{
    return kind == WORKER_EVIDENCE_SEV_SNP ? ATTEST_FORM_SNP : ATTEST_FORM_QUOTE;
}

/* Is this the evidence that the attestation speaks of? */
static bool is_it(const struct sdk_attested *t, struct bytes evidence)
{
    uint8_t hash[32];

    return evidence.len > 0 && attest_peek_signed_hash(hash, evidence, t->form) &&
           memcmp(hash, t->said.hash.b, sizeof hash) == 0;
}

/* --- the block that brought it --- */

static bool same_work(const struct worker_work_id *a, const struct worker_work_id *b)
{
    return a->wtype == b->wtype && a->id == b->id;
}

/* The evidence that a call gives for this work; empty without. */
static struct bytes evidence_in(const struct call *call, const struct worker_work_id *work)
{
    if (call->desc == &worker_call_work_start) {
        const struct worker_work_start_args *args = call->args;
        return same_work(&args->work_id, work) ? args->report : BYTES_EMPTY;
    }
    if (call->desc == &worker_call_work_proof_upload) {
        const struct worker_work_proof_upload_args *args = call->args;
        return same_work(&args->work_id, work) && args->report.some ? args->report.value : BYTES_EMPTY;
    }
    if (call->desc == &worker_call_challenge_respond) {
        const struct worker_challenge_respond_args *args = call->args;
        return same_work(&args->work_id, work) ? evidence_bytes(&args->evidence) : BYTES_EMPTY;
    }
    return BYTES_EMPTY;
}

/* The chain keeps one report for a work; those of other replicas and answers to challenges are in blocks. */
static FALLIBLE find_in_block(struct sdk_client *c, struct arena *a, struct sdk_attested *t, struct err *e)
{
    struct sdk_block block;
    struct hash32 hash;

    TRY(sdk_block_hash(c, &hash, (uint32_t)t->said.at, e));
    TRY(sdk_block_at(c, a, &block, &hash, e));
    for (uint32_t i = 0; i < block.extrinsic_count; i++) {
        struct extrinsic_parts parts;
        struct call call;
        struct err why;
        if (extrinsic_decode(&parts, block.extrinsics[i], &why) != ERR_OK || !parts.is_signed ||
            call_decode(a, &call, parts.call, &chain_registry, &why) != ERR_OK)
            continue;
        struct bytes evidence = evidence_in(&call, &t->work);
        if (!is_it(t, evidence))
            continue;
        t->evidence = evidence;
        t->extrinsic_opt = i;
        return ERR_OK;
    }
    return FAIL(e, ERR_NOT_FOUND, "block %llu does not hold the evidence that the chain says it took there",
                (unsigned long long)t->said.at);
}

/* --- the binding --- */

static void expect(struct sdk_attested *t, const struct sdk_binding *b, enum attest_purpose purpose,
                   const struct attest_subject *subject, const struct hash32 *nonce)
{
    uint8_t binding[32];

    attest_binding(binding, purpose, subject, t->key.b, nonce->b);
    attest_report_data(t->report_data, binding);
    t->purpose = purpose;
    t->version = subject->version;
    t->bound = memcmp(t->report_data, b->carried, sizeof b->carried) == 0;
}

bool sdk_binding_try(struct sdk_attested *t, const struct sdk_binding *b, const struct hash32 *nonce)
{
    struct attest_subject subject = b->subject;
    uint64_t oldest = t->version_now - min_u64(t->version_now, SDK_ATTESTED_VERSIONS - 1);

    for (;; subject.version--) {
        for (uint32_t i = 0; i < b->purpose_count && !t->bound; i++)
            expect(t, b, b->purposes[i], &subject, nonce);
        if (t->bound || subject.version == oldest)
            return t->bound;
    }
}

/* Walks from the parent of the block that took it towards genesis, by the parents in the headers. */
static FALLIBLE bind(struct sdk_client *c, struct sdk_attested *t, const struct sdk_binding *b, struct err *e)
{
    uint32_t at = (uint32_t)t->said.at;
    struct sdk_head head;
    struct hash32 hash, latest;

    TRY(sdk_block_hash(c, &hash, at, e));
    for (uint32_t back = 0; back < SDK_ATTESTED_FRESH_BLOCKS && back < at; back++) {
        TRY(sdk_head_at(c, &head, &hash, e));
        if (memcmp(head.hash.b, hash.b, sizeof hash.b) != 0 || head.number != at - back)
            return FAIL(e, ERR_UNVERIFIED, "the node gave another header than that of block %u", at - back);
        hash = head.parent;
        if (back == 0)
            latest = hash;
        if (!sdk_binding_try(t, b, &hash))
            continue;
        t->nonce_block = head.number - 1;
        return ERR_OK;
    }
    if (at > 0)
        expect(t, b, b->purposes[0], &b->subject, &latest);
    return ERR_OK;
}

/* --- all of it --- */

static FALLIBLE complete(struct sdk_client *c, struct arena *a, struct sdk_attested *t, struct sdk_binding *b,
                         struct err *e)
{
    t->lapsed = t->said.until <= t->at.number;
    TRY(sdk_roots_at(c, a, &t->roots, &t->at, e));
    const struct attest_policy policy = {.roots = t->roots.v, .root_count = t->roots.count};
    TRY(sdk_collateral_for(c, a, &t->collateral, &t->at, t->evidence, t->form, &policy, e));
    b->subject.genesis = sdk_client_chain(c)->genesis;
    b->subject.cluster = t->cluster;
    b->subject.version = t->version_now;
    if (!attest_peek_report_data(b->carried, t->evidence, t->form))
        return ERR_OK; /* nothing can be bound; the verdict will say what it is */
    return bind(c, t, b, e);
}

/* Blocks are numbered by 32 bits; a number beyond that is the word of a state that cannot be. */
static FALLIBLE check_said(const struct sdk_attested *t, struct err *e)
{
    if (t->said.at > t->at.number)
        return FAIL(e, ERR_MALFORMED, "the attestation is of a block that is yet to come");
    return ERR_OK;
}

FALLIBLE sdk_attested_work(struct sdk_client *c, struct arena *a, struct sdk_attested *out,
                           const struct worker_work_id *work, uint64_t cluster, struct err *e)
{
    static const enum attest_purpose purposes[] = {ATTEST_PURPOSE_START, ATTEST_PURPOSE_CHALLENGE};
    struct sdk_attested t = {.is_work = true, .work = *work, .cluster = cluster, .extrinsic_opt = UINT32_MAX};
    struct sdk_binding b = {.subject = {.work_type = (uint8_t)work->wtype, .work_id = work->id},
                            .purposes = purposes,
                            .purpose_count = ARRAY_LEN(purposes)};
    struct worker_contract_state contract;
    struct worker_code_policy code;
    struct bytes report;
    struct sdk_read reads[] = {
        {.item = &worker_storage_work_contract_state, .keys = {work, &cluster}, .out = &contract},
        {.item = &worker_storage_attestation_of, .keys = {work, &cluster}, .out = &t.said},
        {.item = &worker_storage_report_of_work, .keys = {work}, .out = &report},
        {.item = &worker_storage_challenges, .keys = {work, &cluster}, .out = &t.challenge},
        {.item = &worker_storage_work_policy, .keys = {work}, .out = &code},
        {.item = &app_storage_app_version, .keys = {&work->id}, .out = &t.version_now},
    };

    TRY(sdk_head_finalized(c, &t.at, e));
    TRY(sdk_storage_read_proven(c, a, reads, ARRAY_LEN(reads), &t.at, e));
    if (!reads[0].found)
        return FAIL(e, ERR_NOT_FOUND, "cluster %llu has no contract with this work",
                    (unsigned long long)cluster);
    if (!reads[1].found || !contract.deploy_key.some)
        return FAIL(e, ERR_NOT_FOUND, no_evidence);
    TRY(check_said(&t, e));
    t.form = form_of(t.said.kind);
    t.key = contract.deploy_key.value;
    t.challenged = reads[3].found && t.challenge.open;
    t.pinned = reads[4].found && code.measurements.n > 0;
    if (t.pinned)
        t.allowed = code.measurements;
    t.evidence = report;
    if (!is_it(&t, report))
        TRY(find_in_block(c, a, &t, e));
    TRY(complete(c, a, &t, &b, e));
    *out = t;
    return ERR_OK;
}

FALLIBLE sdk_attested_cluster(struct sdk_client *c, struct arena *a, struct sdk_attested *out,
                              uint64_t cluster, struct err *e)
{
    static const enum attest_purpose purposes[] = {ATTEST_PURPOSE_WORKER};
    struct sdk_attested t = {.cluster = cluster, .extrinsic_opt = UINT32_MAX};
    struct sdk_binding b = {.purposes = purposes, .purpose_count = ARRAY_LEN(purposes)};
    struct worker_cluster_attestation said;
    struct worker_proof_of_cluster proof;
    struct worker_k8s_cluster k;
    struct sdk_read reads[] = {
        {.item = &worker_storage_k8s_clusters, .keys = {&cluster}, .out = &k},
        {.item = &worker_storage_cluster_attestations, .keys = {&cluster}, .out = &said},
        {.item = &worker_storage_proof_of_clusters, .keys = {&cluster}, .out = &proof},
        {.item = &worker_storage_worker_measurements, .out = &t.allowed},
    };

    TRY(sdk_head_finalized(c, &t.at, e));
    TRY(sdk_storage_read_proven(c, a, reads, ARRAY_LEN(reads), &t.at, e));
    if (!reads[0].found)
        return FAIL(e, ERR_NOT_FOUND, "there is no cluster %llu", (unsigned long long)cluster);
    t.said = said.claims;
    t.form = form_of(t.said.kind);
    if (!reads[1].found || !reads[2].found || t.said.kind == WORKER_EVIDENCE_NONE)
        return FAIL(e, ERR_NOT_FOUND, no_evidence);
    TRY(check_said(&t, e));
    t.key = k.controller;
    t.pinned = t.allowed.n > 0;
    t.evidence = evidence_bytes(&proof.evidence);
    if (!is_it(&t, t.evidence))
        return FAIL(e, ERR_NOT_FOUND, "the state does not hold the evidence that the chain says it took");
    TRY(complete(c, a, &t, &b, e));
    t.lapsed = t.lapsed || said.lapsed;
    *out = t;
    return ERR_OK;
}
