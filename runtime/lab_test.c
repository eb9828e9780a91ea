#include "runtime/lab_test.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fmt.h"
#include "runtime/proof.h"
#include "runtime/state.h"
#include "runtime/timestamp_gen.h"

enum { HOUR = 3600 };

/* A folder of files. */
static void remove_folder(const char *path)
{
    char name[400];
    DIR *d = opendir(path);
    const struct dirent *f;

    assert_non_null(d);
    while ((f = readdir(d)) != NULL) {
        (void)fmt_into(name, sizeof name, "%s/%s", path, f->d_name);
        if (f->d_name[0] != '.')
            assert_int_equal(unlink(name), 0);
    }
    (void)closedir(d);
    assert_int_equal(rmdir(path), 0);
}

void lab_platform_init(struct lab_platform *p, uint64_t now)
{
    struct err e;

    memset(p, 0, sizeof *p);
    (void)fmt_into(p->folder, sizeof p->folder, "/tmp/wetee-lab-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    (void)fmt_into(p->root, sizeof p->root, "%s/root", p->folder);
    (void)fmt_into(p->platform, sizeof p->platform, "%s/platform", p->folder);
    assert_int_equal(mkdir(p->root, 0700) + mkdir(p->platform, 0700), 0);
    assert_int_equal(attest_sim_create_from(WETEE_VECTORS "/attestation/made", p->root, p->platform, now, &e),
                     ERR_OK);
    assert_int_equal(attest_sim_create_snp(p->root, p->platform, now, &e), ERR_OK);
    assert_int_equal(attest_sim_open(&p->sim, p->platform, &e), ERR_OK);
    assert_int_equal(attest_sim_authority_open(&p->authority, p->root, &e), ERR_OK);
    memset(p->program, 0x5a, sizeof p->program);
}

void lab_platform_fini(struct lab_platform *p)
{
    attest_sim_authority_free(p->authority);
    attest_sim_free(p->sim);
    remove_folder(p->root);
    remove_folder(p->platform);
    remove_folder(p->folder);
}

struct bytes lab_platform_roots(const struct lab_platform *p, struct arena *a)
{
    struct writer w = writer_in(a, 8192);
    put_bytes(&w, attest_sim_root_of(p->sim, ATTEST_KIND_SGX));
    put_bytes(&w, attest_sim_root_of(p->sim, ATTEST_KIND_SNP));
    return writer_bytes(&w);
}

const char *lab_genesis(const struct lab_platform *p, struct arena *a, const char *wetee_json_opt)
{
    struct writer w = writer_in(a, 65536);

    put_text(&w, "{\"sim_root\":\"0x");
    put_hex(&w, lab_platform_roots(p, a));
    put_text(&w, "\",");
    if (wetee_json_opt != NULL)
        put_fmt(&w, "\"wetee\":%s,", wetee_json_opt);
    put_text(&w, play_dev_genesis + 1);
    put_u8(&w, 0);
    return (const char *)writer_bytes(&w).p;
}

struct worker_evidence lab_platform_evidence(struct lab_platform *p, struct arena *a, enum attest_kind kind,
                                             enum attest_purpose purpose, const struct attest_subject *s,
                                             const struct account_id *key, const struct hash32 *nonce)
{
    uint8_t binding[32], report_data[ATTEST_REPORT_DATA_LEN];
    struct bytes out;
    struct err e;

    attest_binding(binding, purpose, s, key->b, nonce->b);
    attest_report_data(report_data, binding);
    assert_int_equal(attest_sim_evidence(p->sim, a, &out, kind, p->program, report_data, &e), ERR_OK);
    return evidence_detect(out);
}

void lab_init(struct lab *l, const char *genesis_wetee_json_opt, bool dev)
{
    static const uint8_t secret[32] = {7};
    struct err e;

    lab_platform_init(&l->p, LAB_NOW - 24 * HOUR);
    assert_int_equal(keypair_from_seed(&l->deploy, SIGNATURE_ED25519, secret, &e), ERR_OK);
    market_init(&l->k, genesis_wetee_json_opt, dev);
    if (dev)
        state_set(&l->k.x, STATE_SIM_ROOT, lab_platform_roots(&l->p, &l->k.arena));
    lab_time(l, LAB_NOW);
}

void lab_fini(struct lab *l)
{
    market_fini(&l->k);
    lab_platform_fini(&l->p);
}

int lab_teardown(void **state)
{
    lab_fini(*state);
    test_free(*state);
    return 0;
}

void lab_time(struct lab *l, uint64_t seconds)
{
    timestamp_now_put(&l->k.x, seconds * 1000);
}

struct dispatch lab_post_piece(struct lab *l, const struct attest_piece *p)
{
    return MARKET_DO(&l->k, 63, worker, collateral_update, .kind = (enum worker_collateral_kind)p->kind,
                     .piece = {p->document, p->signature, p->issuer_chain});
}

struct dispatch lab_post(struct lab *l, const struct attest_collateral *c)
{
    struct attest_piece v[ATTEST_PIECES_MAX];
    uint32_t n = attest_collateral_pieces(v, c);

    assert_true(n > 0);
    for (uint32_t i = 0; i < n; i++)
        DISPATCH_TRY(lab_post_piece(l, &v[i]));
    return DISPATCH_OK;
}

struct dispatch lab_collateral(struct lab *l, const struct attest_sim_collateral_args *args)
{
    struct attest_collateral c;
    attest_sim_collateral_make(&c, &l->k.arena, l->p.authority, l->p.sim, args);
    return lab_post(l, &c);
}

void lab_all_collateral(struct lab *l)
{
    static const enum attest_kind kinds[] = {ATTEST_KIND_SGX, ATTEST_KIND_TDX, ATTEST_KIND_SNP};
    struct attest_piece v[ATTEST_PIECES_MAX];

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct attest_collateral c;
        attest_sim_collateral_make(
            &c, &l->k.arena, l->p.authority, l->p.sim,
            &(struct attest_sim_collateral_args){.kind = kinds[i], .issued = LAB_NOW - HOUR});
        uint32_t n = attest_collateral_pieces(v, &c);
        for (uint32_t j = 0; j < n; j++) {
            bool again = kinds[i] == ATTEST_KIND_TDX &&
                         (v[j].kind == ATTEST_PIECE_ROOT_CRL || v[j].kind == ATTEST_PIECE_PCK_CRL);
            if (!again) /* SGX and TDX have their lists in common */
                assert_ok(lab_post_piece(l, &v[j]));
        }
    }
}

struct worker_evidence lab_evidence_with(struct lab *l, enum attest_kind kind, enum attest_purpose purpose,
                                         const struct attest_subject *s, const struct account_id *key,
                                         const struct hash32 *nonce)
{
    return lab_platform_evidence(&l->p, &l->k.arena, kind, purpose, s, key, nonce);
}

struct worker_evidence lab_evidence(struct lab *l, enum attest_kind kind, enum attest_purpose purpose,
                                    const struct attest_subject *s, const struct account_id *key,
                                    uint32_t back)
{
    struct hash32 nonce;
    assert_true(exec_block_hash(&l->k.x, &nonce, l->k.block - back));
    return lab_evidence_with(l, kind, purpose, s, key, &nonce);
}

struct attest_subject lab_cluster(struct lab *l, uint64_t cluster)
{
    return (struct attest_subject){.genesis = exec_genesis_hash(&l->k.x), .cluster = cluster};
}

struct attest_subject lab_replica(struct lab *l, uint64_t app, uint64_t cluster)
{
    struct attest_subject s = {.genesis = exec_genesis_hash(&l->k.x), .cluster = cluster, .work_id = app};
    assert_true(app_app_version_get(&l->k.x, &s.version, app));
    return s;
}

struct bytes lab_report(struct lab *l, uint64_t app, uint64_t cluster)
{
    struct attest_subject s = lab_replica(l, app, cluster);
    struct worker_evidence v =
        lab_evidence(l, ATTEST_KIND_SGX, ATTEST_PURPOSE_START, &s, &l->deploy.account, 1);
    return evidence_bytes(&v);
}

uint64_t lab_running(struct lab *l, int who, int owner)
{
    struct market *k = &l->k;
    const struct worker_com_cr capacity = {.cpu = 100, .mem = 100};
    uint64_t id = market_cluster(k, who, &capacity, 0);
    struct attest_subject s = lab_cluster(l, id);

    assert_ok(MARKET_DO(
        k, who, worker, cluster_proof_upload, .id = id,
        .proof = {.evidence = lab_evidence(l, ATTEST_KIND_SGX, ATTEST_PURPOSE_WORKER, &s, &k->who[who], 1)}));
    assert_ok(market_order(k, owner, 10, 10, 0, UINT64_C(100000000000)));
    market_next(k);
    assert_ok(MARKET_DO(k, who, worker, work_start, .work_id = WORK_APP(0), .report = lab_report(l, 0, id),
                        .deploy_key = l->deploy.account));
    return id;
}

struct dispatch lab_prove(struct lab *l, int who, uint64_t app, uint64_t cluster)
{
    struct market *k = &l->k;
    struct worker_contract_state s = market_contract(k, app, cluster);
    struct worker_proof_of_work proof = {.log_hash = BYTES_LIT("0123456789abcdef0123456789abcdef"),
                                         .cr_hash = BYTES_LIT("0123456789abcdef0123456789abcdef"),
                                         .signature.some = true};
    uint32_t running = period_at(&s, k->block), p = running > 0 ? running - 1 : 0;
    uint8_t sig[SIGNATURE_MAX_LEN];

    struct bytes text =
        proof_message(&k->x, &WORK_APP(app), cluster, period_start(&s, p), &proof, period_len(&s, p));
    assert_int_equal(keypair_sign(&l->deploy, sig, text), sizeof proof.signature.value);
    memcpy(proof.signature.value, sig, sizeof proof.signature.value);
    return MARKET_DO(k, who, worker, work_proof_upload, .work_id = WORK_APP(app), .proof = {true, proof});
}
