/* runtime/evidence_test.c — which evidence a development chain accepts, and each way to be refused. */
#include "runtime/lab_test.h"

#include "runtime/collateral.h"
#include "runtime/state.h"

enum { ALICE, BOB, CAROL };

static int setup(void **state)
{
    struct lab *l = test_calloc(1, sizeof *l);
    lab_init(l, NULL, true);
    lab_all_collateral(l);
    *state = l;
    return 0;
}

static const struct worker_com_cr capacity = {.cpu = 100, .mem = 100};

static struct dispatch start(struct lab *l, struct bytes report)
{
    return MARKET_DO(&l->k, ALICE, worker, work_start, .work_id = WORK_APP(0), .report = report,
                     .deploy_key = l->k.who[CAROL]);
}

static struct bytes quote(struct lab *l, enum attest_purpose purpose, const struct attest_subject *s,
                          const struct account_id *key, uint32_t back)
{
    struct worker_evidence v = lab_evidence(l, ATTEST_KIND_SGX, purpose, s, key, back);
    return evidence_bytes(&v);
}

/* A quote in detail, bound to `s` and Carol. */
static struct bytes quote_with(struct lab *l, const struct attest_subject *s,
                               struct attest_sim_quote_args args)
{
    struct hash32 nonce;
    uint8_t binding[32];
    struct bytes out;
    struct err e;

    assert_true(exec_block_hash(&l->k.x, &nonce, l->k.block - 1));
    attest_binding(binding, ATTEST_PURPOSE_START, s, l->k.who[CAROL].b, nonce.b);
    attest_report_data(args.report_data, binding);
    assert_int_equal(attest_sim_quote(l->p.sim, &l->k.arena, &out, &args, &e), ERR_OK);
    return out;
}

/* Cluster 1 of Alice, app 0 of Bob assigned to it. */
static struct attest_subject assigned(struct lab *l)
{
    uint64_t id = market_cluster(&l->k, ALICE, &capacity, 0);
    assert_ok(market_order(&l->k, BOB, 10, 10, 0, 1000000));
    market_next(&l->k);
    return lab_replica(l, 0, id);
}

static struct dispatch upload(struct lab *l, uint64_t id, struct worker_evidence v)
{
    return MARKET_DO(&l->k, ALICE, worker, cluster_proof_upload, .id = id, .proof = {.evidence = v});
}

static struct worker_evidence of_worker(struct lab *l, enum attest_kind kind, uint64_t id)
{
    struct attest_subject s = lab_cluster(l, id);
    return lab_evidence(l, kind, ATTEST_PURPOSE_WORKER, &s, &l->k.who[ALICE], 1);
}

static void only_evidence_for_this_key_work_and_time_starts_it(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    struct attest_subject s = assigned(l), other = s;
    const struct account_id *key = &k->who[CAROL];
    struct bytes kept;

    market_skip(k, 300);
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, start(l, BYTES_LIT("quote")));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, start(l, quote(l, ATTEST_PURPOSE_WORKER, &s, key, 1)));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, start(l, quote(l, ATTEST_PURPOSE_CHALLENGE, &s, key, 1)));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE,
                 start(l, quote(l, ATTEST_PURPOSE_START, &s, &k->who[BOB], 1)));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE,
                 start(l, quote_with(l, &s, (struct attest_sim_quote_args){.debug = true})));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE,
                 start(l, quote_with(l, &s, (struct attest_sim_quote_args){.foreign_key = true})));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE,
                 start(l, quote_with(l, &s, (struct attest_sim_quote_args){.qe_debug = true})));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, start(l, quote(l, ATTEST_PURPOSE_START, &s, key, 257)));
    other.version++;
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, start(l, quote(l, ATTEST_PURPOSE_START, &other, key, 1)));
    other = s;
    other.cluster++;
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, start(l, quote(l, ATTEST_PURPOSE_START, &other, key, 1)));
    other = s;
    other.genesis.b[0] ^= 1;
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, start(l, quote(l, ATTEST_PURPOSE_START, &other, key, 1)));
    struct bytes whole = quote(l, ATTEST_PURPOSE_START, &s, key, 1);
    uint8_t *longer = arena_alloc(&k->arena, whole.len + 1);
    memcpy(longer, whole.p, whole.len);
    longer[whole.len] = 0; /* a tail, even one of zeros */
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, start(l, bytes_of(longer, whole.len + 1)));

    assert_ok(start(l, quote(l, ATTEST_PURPOSE_START, &s, key, 256)));
    assert_int_equal(market_contract(k, 0, s.cluster).status, CONTRACT_RUNNING);
    assert_true(worker_report_of_work_get(&k->x, &kept, &WORK_APP(0)));
    market_next(k);
    assert_ok(MARKET_DO(k, ALICE, worker, work_proof_upload, .work_id = WORK_APP(0),
                        .report = {true, quote(l, ATTEST_PURPOSE_START, &s, key, 1)}));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE,
                 MARKET_DO(k, ALICE, worker, work_proof_upload, .work_id = WORK_APP(0),
                           .report = {true, quote(l, ATTEST_PURPOSE_START, &s, &k->who[BOB], 1)}));
}

/* With evidence for its own key only. */
static void a_container_made_anew_brings_its_own_key(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    struct attest_subject s = assigned(l);

    assert_ok(start(l, quote(l, ATTEST_PURPOSE_START, &s, &k->who[CAROL], 1)));
#define AGAIN(key_of_quote)                                                                    \
    MARKET_DO(k, ALICE, worker, work_start, .work_id = WORK_APP(0), .deploy_key = k->who[BOB], \
              .report = quote(l, ATTEST_PURPOSE_START, &s, &k->who[key_of_quote], 1))
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, AGAIN(CAROL));
    assert_ok(AGAIN(BOB));
    struct worker_contract_state c = market_contract(k, 0, s.cluster);
    assert_true(account_id_eq(&c.deploy_key.value, &k->who[BOB]));
#undef AGAIN
}

static void a_cluster_may_be_attested_by_each_kind_of_tee(void **state)
{
    static const struct {
        enum attest_kind kind;
        enum worker_evidence_tag tag;
        size_t len;
    } cases[] = {{ATTEST_KIND_SGX, WORKER_EVIDENCE_SGX_DCAP, 32},
                 {ATTEST_KIND_TDX, WORKER_EVIDENCE_TDX, 48},
                 {ATTEST_KIND_SNP, WORKER_EVIDENCE_SEV_SNP, 48}};
    struct lab *l = *state;
    uint64_t id = market_cluster(&l->k, ALICE, &capacity, 0);

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct worker_cluster_attestation a;
        struct worker_evidence v = of_worker(l, cases[i].kind, id);
        assert_int_equal(v.tag, cases[i].tag);
        assert_ok(upload(l, id, v));
        assert_true(worker_cluster_attestations_get(&l->k.x, &a, id));
        assert_int_equal(a.claims.kind, cases[i].tag);
        assert_true(a.claims.measurement.some);
        assert_int_equal(a.claims.measurement.value.len, cases[i].len);
        assert_int_equal(a.claims.tcb, 0);
        assert_true(a.claims.until == UINT64_MAX && !a.due.some);
        assert_true(worker_evidence_seen_has(&l->k.x, &a.claims.hash));
    }
    assert_int_equal(market_events(&l->k, &worker_pallet, 7), 3);
}

static void evidence_is_of_the_kind_it_is_said_to_be(void **state)
{
    struct lab *l = *state;
    uint64_t id = market_cluster(&l->k, ALICE, &capacity, 0);
    struct worker_evidence v = of_worker(l, ATTEST_KIND_SGX, id);
    struct worker_evidence w = {.tag = WORKER_EVIDENCE_TDX, .u = {.tdx = v.u.sgx_dcap}};

    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, upload(l, id, w));
    w = (struct worker_evidence){.tag = WORKER_EVIDENCE_SEV_SNP, .u = {.sev_snp = v.u.sgx_dcap}};
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, upload(l, id, w));
    v = of_worker(l, ATTEST_KIND_SNP, id);
    w = (struct worker_evidence){.tag = WORKER_EVIDENCE_SGX_DCAP, .u = {.sgx_dcap = v.u.sev_snp}};
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, upload(l, id, w));
}

static void a_root_the_genesis_does_not_name_is_not_believed(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    uint64_t id = market_cluster(k, ALICE, &capacity, 0);
    struct bytes root;

    assert_true(state_get(&k->x, &root, STATE_SIM_ROOT));
    struct worker_evidence v = of_worker(l, ATTEST_KIND_SGX, id);
    k->host.storage_clear(k->host.ctx, STATE_SIM_ROOT);
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, upload(l, id, v));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, upload(l, id, of_worker(l, ATTEST_KIND_SNP, id)));
    state_set(&k->x, STATE_SIM_ROOT, root);
    assert_ok(upload(l, id, v));
}

static void a_production_chain_refuses_simulated_evidence(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    uint64_t id = market_cluster(k, ALICE, &capacity, 0);
    uint8_t dev = 0;

    state_set(&k->x, STATE_DEV_MODE, bytes_of(&dev, 1));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, upload(l, id, of_worker(l, ATTEST_KIND_SGX, id)));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, upload(l, id, of_worker(l, ATTEST_KIND_TDX, id)));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, upload(l, id, of_worker(l, ATTEST_KIND_SNP, id)));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE,
                 upload(l, id, (struct worker_evidence){.tag = WORKER_EVIDENCE_NONE}));
    dev = 1;
    state_set(&k->x, STATE_DEV_MODE, bytes_of(&dev, 1));
}

static void evidence_without_valid_collateral_is_stale(void **state)
{
    struct lab *l = *state;
    uint64_t id = market_cluster(&l->k, ALICE, &capacity, 0);
    struct worker_collateral_facts_vec index;

    lab_time(l, LAB_NOW - 1800 - 3600); /* before the documents were issued */
    assert_fails(worker, WORKER_ERR_EVIDENCE_STALE, upload(l, id, of_worker(l, ATTEST_KIND_SGX, id)));
    lab_time(l, LAB_NOW + 370 * 86400); /* after their end */
    assert_fails(worker, WORKER_ERR_EVIDENCE_STALE, upload(l, id, of_worker(l, ATTEST_KIND_SGX, id)));
    assert_fails(worker, WORKER_ERR_EVIDENCE_STALE, upload(l, id, of_worker(l, ATTEST_KIND_TDX, id)));
    lab_time(l, LAB_NOW);
    worker_collateral_index_get(&l->k.x, &index);
    for (uint32_t i = 0; i < index.n; i++) {
        struct worker_collateral_piece p;
        const struct worker_collateral_key *key = &index.v[i].key;
        if (key->kind >= WORKER_COLLATERAL_KIND_AMD_CA)
            continue;
        assert_true(worker_collateral_get(&l->k.x, &p, key));
        worker_collateral_del(&l->k.x, key);
        enum attest_kind kind =
            key->key.len > 0 && key->key.p[0] == 1 && key->kind != WORKER_COLLATERAL_KIND_PCK_CRL
                ? ATTEST_KIND_TDX
                : ATTEST_KIND_SGX;
        assert_fails(worker, WORKER_ERR_EVIDENCE_STALE, upload(l, id, of_worker(l, kind, id)));
        worker_collateral_put(&l->k.x, key, &p);
    }
    assert_ok(upload(l, id, of_worker(l, ATTEST_KIND_SGX, id)));
}

static void a_revoked_platform_is_refused(void **state)
{
    struct lab *l = *state;
    uint64_t id = market_cluster(&l->k, ALICE, &capacity, 0);
    struct attest_collateral c;
    struct attest_piece v[ATTEST_PIECES_MAX];

    assert_ok(upload(l, id, of_worker(l, ATTEST_KIND_SGX, id)));
    attest_sim_collateral_make(&c, &l->k.arena, l->p.authority, l->p.sim,
                               &(struct attest_sim_collateral_args){.kind = ATTEST_KIND_SGX,
                                                                    .issued = LAB_NOW - 60,
                                                                    .revoked = ATTEST_SIM_REVOKE_PCK});
    assert_true(attest_collateral_pieces(v, &c) >= 2 && v[1].kind == ATTEST_PIECE_PCK_CRL);
    assert_ok(lab_post_piece(l, &v[1]));
    market_next(&l->k);
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, upload(l, id, of_worker(l, ATTEST_KIND_SGX, id)));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, upload(l, id, of_worker(l, ATTEST_KIND_TDX, id)));
}

/* s -> n - s: another valid signature over the same bytes. */
static struct bytes with_other_s(struct lab *l, struct bytes quote_bytes)
{
    static const uint8_t n[32] = {0xff, 0xff, 0xff, 0xff, 0,    0,    0,    0,    0xff, 0xff, 0xff,
                                  0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
                                  0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
    uint8_t *copy = arena_alloc(&l->k.arena, quote_bytes.len), *s = copy + 436 + 32;
    int borrow = 0;

    memcpy(copy, quote_bytes.p, quote_bytes.len);
    for (int i = 31; i >= 0; i--) {
        int d = n[i] - s[i] - borrow;
        borrow = d < 0;
        s[i] = (uint8_t)(d + (borrow ? 256 : 0));
    }
    return bytes_of(copy, quote_bytes.len);
}

static void evidence_is_accepted_once_whatever_its_signature_looks_like(void **state)
{
    struct lab *l = *state;
    uint64_t id = market_cluster(&l->k, ALICE, &capacity, 0);
    struct worker_evidence v = of_worker(l, ATTEST_KIND_SGX, id), same = v;

    same.u.sgx_dcap = with_other_s(l, v.u.sgx_dcap);
    assert_ok(upload(l, id, v));
    assert_fails(worker, WORKER_ERR_EVIDENCE_REPLAYED, upload(l, id, v));
    assert_fails(worker, WORKER_ERR_EVIDENCE_REPLAYED, upload(l, id, same));
    v = of_worker(l, ATTEST_KIND_SNP, id);
    assert_ok(upload(l, id, v));
    assert_fails(worker, WORKER_ERR_EVIDENCE_REPLAYED, upload(l, id, v));
}

static uint32_t remembered(struct lab *l, uint64_t until)
{
    struct scale_h256_vec list;
    worker_evidence_expiry_get(&l->k.x, &list, until);
    for (uint32_t i = 0; i < list.n; i++)
        assert_true(worker_evidence_seen_has(&l->k.x, &list.v[i]));
    return list.n;
}

static void evidence_is_forgotten_when_its_nonce_is(void **state)
{
    struct lab *l = *state;
    struct worker_cluster_attestation a;
    uint64_t id = market_cluster(&l->k, ALICE, &capacity, 0);

    assert_ok(upload(l, id, of_worker(l, ATTEST_KIND_SGX, id)));
    uint64_t until = l->k.block + EVIDENCE_FRESH_BLOCKS;
    assert_int_equal(remembered(l, until), 1);
    assert_true(worker_cluster_attestations_get(&l->k.x, &a, id));
    struct hash32 hash = a.claims.hash;
    market_skip(&l->k, EVIDENCE_FRESH_BLOCKS - 1);
    assert_true(worker_evidence_seen_has(&l->k.x, &hash));
    market_next(&l->k);
    assert_false(worker_evidence_seen_has(&l->k.x, &hash));
    assert_int_equal(remembered(l, until), 0);
}

static void the_25th_piece_of_evidence_in_a_block_is_refused(void **state)
{
    struct lab *l = *state;
    uint64_t id = market_cluster(&l->k, ALICE, &capacity, 0);

    market_skip(&l->k, 30);
    for (uint32_t i = 1; i <= EVIDENCE_BLOCK_MAX; i++) {
        struct attest_subject s = lab_cluster(l, id);
        assert_ok(
            upload(l, id, lab_evidence(l, ATTEST_KIND_SGX, ATTEST_PURPOSE_WORKER, &s, &l->k.who[ALICE], i)));
        assert_int_equal(evidence_count(&l->k.x), i);
    }
    struct attest_subject s = lab_cluster(l, id);
    struct worker_evidence v =
        lab_evidence(l, ATTEST_KIND_SGX, ATTEST_PURPOSE_WORKER, &s, &l->k.who[ALICE], 25);
    assert_fails(worker, WORKER_ERR_TOO_MANY_EVIDENCES, upload(l, id, v));
    assert_int_equal(remembered(l, l->k.block + EVIDENCE_FRESH_BLOCKS), EVIDENCE_BLOCK_MAX);
    market_next(&l->k);
    assert_ok(upload(l, id, of_worker(l, ATTEST_KIND_SGX, id)));
}

static struct dispatch set_policy(struct lab *l, int who, const struct worker_measurement *m, uint8_t max)
{
    struct worker_measurement copy = m == NULL ? (struct worker_measurement){0} : *m;
    return MARKET_DO(&l->k, who, worker, set_work_policy, .work_id = WORK_APP(0),
                     .policy = {true, {.measurements = {m != NULL, &copy}, .max_status = max}});
}

static void an_owner_says_which_code_may_run(void **state)
{
    static const uint8_t other[32] = {1};
    struct lab *l = *state;
    struct attest_subject s = assigned(l);
    uint8_t signer[36] = {0};
    struct worker_measurement mine = {WORKER_MEASUREMENT_KIND_SGX_MR_ENCLAVE, bytes_of(l->p.program, 32)};
    struct worker_measurement others = {WORKER_MEASUREMENT_KIND_SGX_MR_ENCLAVE, bytes_of(other, 32)};
    struct worker_measurement signed_by = {WORKER_MEASUREMENT_KIND_SGX_MR_SIGNER_PROD_SVN,
                                           bytes_of(signer, sizeof signer)};
    struct worker_measurement damaged = {WORKER_MEASUREMENT_KIND_TDX_MRTD_RTMRS, bytes_of(other, 32)};
    struct bytes report = quote(l, ATTEST_PURPOSE_START, &s, &l->k.who[CAROL], 1);

    assert_fails(worker, WORKER_ERR_MEASUREMENT_NOT_ALLOWED, set_policy(l, BOB, &damaged, 1));
    assert_fails(worker, WORKER_ERR_NOT_ALLOWED403, set_policy(l, ALICE, &mine, 1));
    assert_fails(
        worker, WORKER_ERR_WORK_NOT_EXISTS,
        MARKET_DO(&l->k, BOB, worker, set_work_policy, .work_id = WORK_APP(9), .policy = {.some = false}));
    assert_ok(set_policy(l, BOB, &others, 1));
    assert_fails(worker, WORKER_ERR_MEASUREMENT_NOT_ALLOWED, start(l, report));
    /* not without evidence either, which a development chain would take of others */
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, start(l, BYTES_EMPTY));
    assert_fails(worker, WORKER_ERR_WORK_NOT_STARTED, market_prove(&l->k, ALICE, 0));
    attest_sim_signer(signer);
    signer[34] = 200; /* least SVN */
    assert_ok(set_policy(l, BOB, &signed_by, 1));
    assert_fails(worker, WORKER_ERR_MEASUREMENT_NOT_ALLOWED, start(l, report));
    assert_ok(set_policy(l, BOB, &mine, 1));
    assert_ok(start(l, report));
    assert_int_equal(market_events(&l->k, &worker_pallet, 34), 3);
    assert_ok(
        MARKET_DO(&l->k, BOB, worker, set_work_policy, .work_id = WORK_APP(0), .policy = {.some = false}));
    assert_false(worker_work_policy_has(&l->k.x, &WORK_APP(0)));
}

static void a_pinned_signer_admits_its_programs(void **state)
{
    struct lab *l = *state;
    struct attest_subject s = assigned(l);
    struct attest_sim_quote_args args = {.isv_prod_id = 7, .isv_svn = 3};
    uint8_t signer[36] = {0};
    struct worker_measurement m = {WORKER_MEASUREMENT_KIND_SGX_MR_SIGNER_PROD_SVN,
                                   bytes_of(signer, sizeof signer)};

    attest_sim_signer(signer);
    attest_sim_signer(args.mrsigner);
    signer[32] = 7;
    signer[34] = 4;
    assert_ok(set_policy(l, BOB, &m, 1));
    assert_fails(worker, WORKER_ERR_MEASUREMENT_NOT_ALLOWED, start(l, quote_with(l, &s, args)));
    args.isv_svn = 4;
    assert_ok(start(l, quote_with(l, &s, args)));
}

static void root_says_which_code_may_run_as_a_worker(void **state)
{
    static const uint8_t other[32] = {1};
    struct lab *l = *state;
    uint64_t id = market_cluster(&l->k, ALICE, &capacity, 0);
    struct worker_measurement v[2] = {{WORKER_MEASUREMENT_KIND_SGX_MR_ENCLAVE, bytes_of(other, 32)},
                                      {WORKER_MEASUREMENT_KIND_SGX_MR_ENCLAVE, bytes_of(l->p.program, 31)}};

    assert_fails(worker, WORKER_ERR_MEASUREMENT_NOT_ALLOWED,
                 MARKET_DO(&l->k, -1, worker, set_worker_measurements, .list = {2, v}));
    v[1].value.len = 32;
    assert_ok(MARKET_DO(&l->k, -1, worker, set_worker_measurements, .list = {1, v}));
    assert_fails(worker, WORKER_ERR_MEASUREMENT_NOT_ALLOWED,
                 upload(l, id, of_worker(l, ATTEST_KIND_SGX, id)));
    assert_fails(worker, WORKER_ERR_MEASUREMENT_NOT_ALLOWED,
                 upload(l, id, of_worker(l, ATTEST_KIND_SNP, id)));
    assert_ok(MARKET_DO(&l->k, -1, worker, set_worker_measurements, .list = {2, v}));
    assert_ok(upload(l, id, of_worker(l, ATTEST_KIND_SGX, id)));
    assert_int_equal(market_events(&l->k, &worker_pallet, 35), 2);
    assert_int_equal(MARKET_DO(&l->k, ALICE, worker, set_worker_measurements, .list = {2, v}).kind,
                     DISPATCH_BAD_ORIGIN);
}

static void a_platform_must_be_up_to_date_enough_for_level_and_owner(void **state)
{
    struct lab *l = *state;
    struct attest_subject s = assigned(l);
    struct worker_attestation a;
    struct attest_sim_collateral_args args = {
        .kind = ATTEST_KIND_SGX, .issued = LAB_NOW - 120, .status = ATTEST_TCB_OUT_OF_DATE};

    assert_ok(lab_collateral(l, &args));
    assert_fails(worker, WORKER_ERR_TCB_TOO_LOW,
                 start(l, quote(l, ATTEST_PURPOSE_START, &s, &l->k.who[CAROL], 1)));
    assert_fails(worker, WORKER_ERR_TCB_TOO_LOW,
                 upload(l, s.cluster, of_worker(l, ATTEST_KIND_SGX, s.cluster)));
    args.issued += 60;
    args.status = ATTEST_TCB_SW_HARDENING_NEEDED;
    assert_ok(lab_collateral(l, &args)); /* level 1 accepts that */
    assert_ok(set_policy(l, BOB, NULL, 0));
    assert_fails(worker, WORKER_ERR_TCB_TOO_LOW,
                 start(l, quote(l, ATTEST_PURPOSE_START, &s, &l->k.who[CAROL], 1)));
    assert_ok(set_policy(l, BOB, NULL, 1));
    assert_ok(start(l, quote(l, ATTEST_PURPOSE_START, &s, &l->k.who[CAROL], 1)));
    assert_true(worker_attestation_of_get(&l->k.x, &a, &WORK_APP(0), s.cluster));
    assert_int_equal(a.tcb, 1);
    assert_ok(upload(l, s.cluster, of_worker(l, ATTEST_KIND_SGX, s.cluster)));
}

/* Registered at level 2, which demands UpToDate; its TCB admits it to level 1 alone. */
static void a_cluster_serves_the_levels_its_tcb_admits(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    static struct worker_ip ip = {.ipv4 = {.some = true, .value = 1}};
    struct worker_eligible_slot at;

    assert_ok(MARKET_DO(k, ALICE, worker, cluster_register, .name = BYTES_LIT("c"), .ip = {1, &ip},
                        .port = 80, .level = 2));
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_mortgage, .id = 1, .cpu = 100, .mem = 100,
                        .deposit = balance_of(1000000)));
    assert_true(worker_eligible_pos_get(&k->x, &at, CLASS_SGX, 1) && at.level == 2);
    assert_ok(lab_collateral(
        l, &(struct attest_sim_collateral_args){
               .kind = ATTEST_KIND_SGX, .issued = LAB_NOW - 120, .status = ATTEST_TCB_SW_HARDENING_NEEDED}));
    assert_ok(upload(l, 1, of_worker(l, ATTEST_KIND_SGX, 1)));
    assert_true(worker_eligible_pos_get(&k->x, &at, CLASS_SGX, 1) && at.level == 1);
}

static void evidence_over_16_kib_is_too_long(void **state)
{
    static const uint8_t long_[EVIDENCE_MAX + 1];
    struct lab *l = *state;
    struct attest_subject s = assigned(l);
    const struct worker_evidence v = {.tag = WORKER_EVIDENCE_TDX,
                                      .u = {.tdx = bytes_of(long_, sizeof long_)}};

    assert_fails(worker, WORKER_ERR_INPUT_TOO_LONG, upload(l, s.cluster, v));
    assert_fails(worker, WORKER_ERR_INPUT_TOO_LONG, start(l, bytes_of(long_, sizeof long_)));
}

static void kinds_are_told_by_the_first_bytes(void **state)
{
    (void)state;
    assert_int_equal(evidence_detect(BYTES_EMPTY).tag, WORKER_EVIDENCE_NONE);
    assert_int_equal(evidence_detect(BYTES_LIT("\x03\0\x02\0\0\0\0\0")).tag, WORKER_EVIDENCE_SGX_DCAP);
    assert_int_equal(evidence_detect(BYTES_LIT("\x04\0\x02\0\x81\0\0\0")).tag, WORKER_EVIDENCE_TDX);
    assert_int_equal(evidence_detect(BYTES_LIT("\x02\0\0\0\0\0\0\0")).tag, WORKER_EVIDENCE_SEV_SNP);
    assert_int_equal(evidence_detect(BYTES_LIT("x")).tag, WORKER_EVIDENCE_SGX_DCAP);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, lab_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(only_evidence_for_this_key_work_and_time_starts_it),
        T(a_container_made_anew_brings_its_own_key),
        T(a_cluster_may_be_attested_by_each_kind_of_tee),
        T(evidence_is_of_the_kind_it_is_said_to_be),
        T(a_root_the_genesis_does_not_name_is_not_believed),
        T(a_production_chain_refuses_simulated_evidence),
        T(evidence_without_valid_collateral_is_stale),
        T(a_revoked_platform_is_refused),
        T(evidence_is_accepted_once_whatever_its_signature_looks_like),
        T(evidence_is_forgotten_when_its_nonce_is),
        T(the_25th_piece_of_evidence_in_a_block_is_refused),
        T(an_owner_says_which_code_may_run),
        T(a_pinned_signer_admits_its_programs),
        T(root_says_which_code_may_run_as_a_worker),
        T(a_platform_must_be_up_to_date_enough_for_level_and_owner),
        T(a_cluster_serves_the_levels_its_tcb_admits),
        T(evidence_over_16_kib_is_too_long),
        cmocka_unit_test(kinds_are_told_by_the_first_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
