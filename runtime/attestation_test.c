/* runtime/attestation_test.c — attestation through whole transactions: fees that come back, room in a block,
 * what genesis may hold. */
#include "runtime/lab_test.h"

#include "runtime/state.h"

enum { NOW = 1700000000 }; /* of a play's genesis */

struct stage {
    struct lab_platform lab;
    struct play p;
    struct keypair alice, bob;
};

static int setup(void **state)
{
    struct stage *s = test_calloc(1, sizeof *s);
    struct arena a;

    lab_platform_init(&s->lab, NOW - 86400);
    arena_init(&a, &arena_heap, 1 << 20);
    play_init(&s->p, lab_genesis(&s->lab, &a, NULL));
    arena_fini(&a);
    s->alice = play_key("//Alice", SIGNATURE_SR25519);
    s->bob = play_key("//Bob", SIGNATURE_SR25519);
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    struct stage *s = *state;
    play_fini(&s->p);
    lab_platform_fini(&s->lab);
    test_free(s);
    return 0;
}

static uint32_t pieces_of(struct stage *s, struct attest_piece v[ATTEST_PIECES_MAX], struct arena *a,
                          uint64_t issued)
{
    struct attest_collateral c;
    attest_sim_collateral_make(
        &c, a, s->lab.authority, s->lab.sim,
        &(struct attest_sim_collateral_args){.kind = ATTEST_KIND_SGX, .issued = issued});
    return attest_collateral_pieces(v, &c);
}

static struct bytes update(struct stage *s, const struct attest_piece *v)
{
    return PLAY_CALL(&s->p, worker, collateral_update, .kind = (enum worker_collateral_kind)v->kind,
                     .piece = {v->document, v->signature, v->issuer_chain});
}

static struct balance free_of(struct stage *s, const struct keypair *who)
{
    return play_info(&s->p, &who->account).data.free;
}

static void collateral_that_is_taken_costs_nothing_and_what_is_refused_costs_the_fee(void **state)
{
    struct stage *s = *state;
    struct attest_piece v[ATTEST_PIECES_MAX];
    uint32_t n = pieces_of(s, v, &s->p.arena, NOW - 60);
    struct balance before = free_of(s, &s->bob);

    assert_int_equal(n, 4);
    play_begin(&s->p);
    for (uint32_t i = 0; i < n; i++)
        assert_true(play_do(&s->p, &s->bob, update(s, &v[i])).ok);
    (void)play_end(&s->p);
    assert_int_equal(balance_cmp(free_of(s, &s->bob), before), 0);
    assert_string_equal(play_events(&s->p, 1),
                        "Balances.Withdraw\nWeteeWorker.CollateralUpdated\nBalances.Deposit\n"
                        "TransactionPayment.TransactionFeePaid\nSystem.ExtrinsicSuccess");
    play_begin(&s->p);
    assert_true(
        play_is_module_error(play_do(&s->p, &s->bob, update(s, &v[0])), 21, WORKER_ERR_COLLATERAL_OLD));
    (void)play_end(&s->p);
    assert_true(balance_cmp(free_of(s, &s->bob), before) < 0);
}

static void renewing_collateral_is_free_once_a_day(void **state)
{
    struct stage *s = *state;
    struct attest_piece v[ATTEST_PIECES_MAX];
    const struct {
        uint64_t issued;
        bool is_free;
    } steps[] = {{NOW - 60, true},
                 {NOW - 59, false},
                 {NOW - 59 + ATTEST_PIECE_RENEWAL_S - 1, false},
                 {NOW - 59 + 2 * ATTEST_PIECE_RENEWAL_S - 1, true}};

    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        uint32_t n = pieces_of(s, v, &s->p.arena, steps[i].issued);
        struct balance before = free_of(s, &s->bob);
        if (s->p.now_ms < steps[i].issued * 1000)
            s->p.now_ms = steps[i].issued * 1000;
        play_begin(&s->p);
        for (uint32_t k = 0; k < n; k++)
            assert_true(play_do(&s->p, &s->bob, update(s, &v[k])).ok);
        (void)play_end(&s->p);
        assert_int_equal(balance_cmp(free_of(s, &s->bob), before) == 0, steps[i].is_free);
    }
}

static void inside_a_batch_collateral_costs_the_batchs_fee(void **state)
{
    struct stage *s = *state;
    struct attest_piece v[ATTEST_PIECES_MAX];
    struct balance before = free_of(s, &s->bob);

    assert_int_equal(pieces_of(s, v, &s->p.arena, NOW - 60), 4);
    struct call one = play_nested(&s->p, update(s, &v[0]));
    play_begin(&s->p);
    assert_true(
        play_do(&s->p, &s->bob, PLAY_CALL(&s->p, utility, batch_all, .calls = {.n = 1, .v = &one})).ok);
    (void)play_end(&s->p);
    assert_true(balance_cmp(free_of(s, &s->bob), before) < 0);
}

static struct bytes proof(struct stage *s, uint32_t back)
{
    struct exec x = exec_new(&s->p.host, &s->p.arena);
    struct attest_subject subject = {.cluster = 1};
    struct hash32 nonce;

    x.block = s->p.number;
    subject.genesis = exec_genesis_hash(&x);
    assert_true(exec_block_hash(&x, &nonce, s->p.number - back));
    return PLAY_CALL(&s->p, worker, cluster_proof_upload, .id = 1,
                     .proof = {.evidence = lab_platform_evidence(&s->lab, &s->p.arena, ATTEST_KIND_SGX,
                                                                 ATTEST_PURPOSE_WORKER, &subject,
                                                                 &s->bob.account, &nonce)});
}

/* Collateral, and cluster 1 of Bob; 60 blocks later. */
static void prepare(struct stage *s)
{
    struct attest_piece v[ATTEST_PIECES_MAX];
    struct worker_ip ip = {.ipv4 = {.some = true, .value = 1}};
    uint32_t n = pieces_of(s, v, &s->p.arena, NOW - 60);

    play_begin(&s->p);
    for (uint32_t i = 0; i < n; i++)
        assert_true(play_do(&s->p, &s->bob, update(s, &v[i])).ok);
    assert_true(play_do(&s->p, &s->bob,
                        PLAY_CALL(&s->p, worker, cluster_register, .name = BYTES_LIT("c"), .ip = {1, &ip},
                                  .port = 80, .level = 1))
                    .ok);
    (void)play_end(&s->p);
    play_skip(&s->p, 60);
}

static void evidence_a_block_has_no_room_for_waits_for_the_next(void **state)
{
    struct stage *s = *state;

    prepare(s);
    play_begin(&s->p);
    for (uint32_t i = 1; i <= EVIDENCE_BLOCK_MAX; i++)
        assert_true(play_do(&s->p, &s->bob, proof(s, i)).ok);
    struct bytes one_more = play_extrinsic(&s->p, &s->bob, proof(s, EVIDENCE_BLOCK_MAX + 1));
    struct play_result r = play_apply(&s->p, one_more);
    assert_int_equal(r.validity.kind, VALIDITY_INVALID);
    assert_int_equal(r.validity.code, INVALID_EXHAUSTS_RESOURCES);
    (void)play_end(&s->p);
    play_begin(&s->p);
    assert_true(play_apply(&s->p, one_more).ok);
    (void)play_end(&s->p);
}

static void more_evidence_than_a_block_takes_fails_inside_a_batch(void **state)
{
    struct stage *s = *state;
    struct call calls[EVIDENCE_BLOCK_MAX + 1];

    prepare(s);
    play_begin(&s->p);
    for (uint32_t i = 0; i <= EVIDENCE_BLOCK_MAX; i++)
        calls[i] = play_nested(&s->p, proof(s, i + 1));
    assert_true(
        play_do(&s->p, &s->bob,
                PLAY_CALL(&s->p, utility, force_batch, .calls = {.n = EVIDENCE_BLOCK_MAX + 1, .v = calls}))
            .ok);
    (void)play_end(&s->p);
    const char *events = play_events(&s->p, 1);
    uint32_t failed = 0;
    for (const char *at = events; (at = strstr(at, "Utility.ItemFailed")) != NULL; at++)
        failed++;
    assert_int_equal(failed, 1);
}

static void put_member(struct writer *w, const char *name_opt, struct bytes b)
{
    if (name_opt != NULL) {
        put_text(w, name_opt);
        put_text(w, ":");
    }
    put_text(w, "\"0x");
    put_hex(w, b);
    put_text(w, "\"");
}

/* A genesis document with the platforms' roots and collateral, judged at `at`. */
static enum err_code genesis_with(struct stage *s, const char *at, uint32_t times, struct err *e)
{
    struct arena *a = &s->p.arena;
    struct writer w = writer_in(a, 1 << 20);
    struct attest_piece v[ATTEST_PIECES_MAX];
    uint32_t n = pieces_of(s, v, a, NOW - 60);
    struct memory_host *m = memory_host_new();
    struct host host = memory_host_table(m);

    put_member(&w, "{\"dev_mode\":true,\"sim_root\"", lab_platform_roots(&s->lab, a));
    put_text(&w, ",\"wetee\":{\"worker_measurements\":[");
    put_member(&w, NULL, bytes_of(s->lab.program, 32));
    put_text(&w, "],\"challenge_slash\":3000,\"collateral\":[");
    for (uint32_t i = 0; i < n * times; i++) {
        const struct attest_piece *p = &v[i % n];
        put_text(&w, i == 0 ? "{\"kind\":" : ",{\"kind\":");
        put_u8(&w, (uint8_t)('0' + p->kind));
        put_text(&w, ",\"at\":");
        put_text(&w, at);
        put_member(&w, ",\"document\"", p->document);
        put_member(&w, ",\"signature\"", p->signature);
        put_member(&w, ",\"issuer_chain\"", p->issuer_chain);
        put_text(&w, "}");
    }
    put_text(&w, "]}}");
    enum err_code c = runtime_build_genesis(&host, a, writer_bytes(&w), e);
    if (c == ERR_OK) {
        struct exec x = exec_new(&host, a);
        struct worker_collateral_facts_vec index;
        struct worker_measurement_vec allowed;
        worker_collateral_index_get(&x, &index);
        worker_worker_measurements_get(&x, &allowed);
        assert_int_equal(index.n, n);
        assert_int_equal(allowed.n, 1);
        assert_int_equal(allowed.v[0].kind, WORKER_MEASUREMENT_KIND_SGX_MR_ENCLAVE);
        assert_int_equal(worker_challenge_slash_get(&x), 3000);
    }
    memory_host_free(m);
    return c;
}

static void genesis_may_hold_roots_collateral_and_measurements(void **state)
{
    struct stage *s = *state;
    struct err e;

    assert_int_equal(genesis_with(s, "1700000000", 1, &e), ERR_OK);
    assert_int_equal(genesis_with(s, "1600000000", 1, &e), ERR_UNVERIFIED);
    assert_int_equal(genesis_with(s, "1700000000", 2, &e), ERR_UNVERIFIED);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(collateral_that_is_taken_costs_nothing_and_what_is_refused_costs_the_fee),
        T(renewing_collateral_is_free_once_a_day),
        T(inside_a_batch_collateral_costs_the_batchs_fee),
        T(evidence_a_block_has_no_room_for_waits_for_the_next),
        T(more_evidence_than_a_block_takes_fails_inside_a_batch),
        T(genesis_may_hold_roots_collateral_and_measurements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
