/* runtime/collateral_test.c — vendor collateral on chain: real pieces at their time, what is refused, what
 * never replaces what, and what is said before it runs out. */
#include "runtime/collateral.h"

#include "attest/quote.h"
#include "runtime/lab_test.h"
#include "runtime/params.h"
#include "runtime/state.h"
#include "tee/bundle.h"

#define SGX WETEE_VECTORS "/attestation/sgx/"
#define TDX WETEE_VECTORS "/attestation/tdx/"

enum { POSTER = 63, DAY = 86400 };

static int setup(void **state)
{
    struct lab *l = test_calloc(1, sizeof *l);
    lab_init(l, NULL, true);
    *state = l;
    return 0;
}

static int setup_production(void **state)
{
    struct lab *l = test_calloc(1, sizeof *l);
    lab_init(l, NULL, false);
    *state = l;
    return 0;
}

static struct bytes load(struct lab *l, const char *path)
{
    uint8_t *p = arena_alloc(&l->k.arena, 1 << 17);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t len = fread(p, 1, 1 << 17, f);
    assert_true(len > 0 && len < 1 << 17);
    (void)fclose(f);
    return bytes_of(p, len);
}

static struct attest_collateral real(struct lab *l, const char *path)
{
    struct attest_collateral c;
    struct err e;
    assert_int_equal(bundle_read(&c, &l->k.arena, load(l, path), &e), ERR_OK);
    return c;
}

static uint32_t held(struct lab *l)
{
    struct worker_collateral_facts_vec index;
    worker_collateral_index_get(&l->k.x, &index);
    for (uint32_t i = 0; i < index.n; i++) {
        assert_true(worker_collateral_has(&l->k.x, &index.v[i].key));
        for (uint32_t j = 0; j < i; j++)
            assert_false(index.v[i].key.root == index.v[j].key.root &&
                         index.v[i].key.kind == index.v[j].key.kind &&
                         bytes_eq(index.v[i].key.key, index.v[j].key.key));
    }
    return index.n;
}

static struct worker_collateral_facts facts_of(struct lab *l, uint8_t root, enum worker_collateral_kind kind)
{
    struct worker_collateral_facts_vec index;
    worker_collateral_index_get(&l->k.x, &index);
    for (uint32_t i = 0; i < index.n; i++) {
        if (index.v[i].key.root == root && index.v[i].key.kind == kind)
            return index.v[i];
    }
    fail_msg("no such piece");
    return (struct worker_collateral_facts){0};
}

/* Posts a further set: those of one year have lists in common. */
static void post_next(struct lab *l, const struct attest_collateral *c)
{
    struct attest_piece v[ATTEST_PIECES_MAX];
    uint32_t n = attest_collateral_pieces(v, c);

    for (uint32_t i = 0; i < n; i++) {
        struct dispatch d = lab_post_piece(l, &v[i]);
        if (v[i].kind == ATTEST_PIECE_TCB_INFO || v[i].kind == ATTEST_PIECE_QE_IDENTITY)
            assert_ok(d);
        else if (!dispatch_ok(d))
            assert_fails(worker, WORKER_ERR_COLLATERAL_OLD, d);
    }
}

/* Real collateral of several years, each at a time when it was valid. */
static void the_vendors_pieces_are_taken_at_their_time(void **state)
{
    static const struct {
        const char *path;
        uint64_t at;
        uint32_t pieces, evaluation;
    } cases[] = {
        {SGX "sgx-oasis-00606a-uptodate/collateral-2022-06-21-e12-v2.json", 1657143240, 4, 12},
        {SGX "sgx-oasis-00606a-uptodate/collateral-2023-06-21-e15-v3.json", 1688270340, 4, 15},
        {SGX "sgx-automata-00606a-platform-ca/collateral-2025-08-15-e17-v3.json", 1755302400, 4, 17},
        {TDX "tdx-google-cos113-ccel/collateral-2026-06-12-e21-v3.json", 1781395200, 6, 21},
    };
    struct lab *l = *state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct attest_collateral c = real(l, cases[i].path);
        lab_time(l, cases[i].at);
        post_next(l, &c);
        assert_true(held(l) >= cases[i].pieces);
    }
    assert_int_equal(facts_of(l, 0, WORKER_COLLATERAL_KIND_TCB_INFO).evaluation, 17);
    assert_true(market_events(&l->k, &worker_pallet, 26) >= held(l));
}

static void a_piece_is_taken_only_if_it_is_newer(void **state)
{
    struct lab *l = *state;
    struct attest_collateral c = real(l, SGX "sgx-teepot-00606a/collateral-2023-06-21-e15-v3.json");
    struct attest_collateral older = real(l, SGX "sgx-teepot-00606a/collateral-2023-05-15-e15-v3.json");
    struct attest_piece v[ATTEST_PIECES_MAX], w[ATTEST_PIECES_MAX];
    uint32_t n = attest_collateral_pieces(v, &c);

    assert_int_equal(attest_collateral_pieces(w, &older), n);
    lab_time(l, 1687400000); /* both are valid */
    assert_ok(lab_post(l, &c));
    assert_int_equal(held(l), 4);
    for (uint32_t i = 0; i < n; i++) {
        assert_fails(worker, WORKER_ERR_COLLATERAL_OLD, lab_post_piece(l, &v[i]));
        if (!bytes_eq(v[i].document, w[i].document)) {
            struct dispatch d = lab_post_piece(l, &w[i]);
            assert_true(d.kind == DISPATCH_MODULE &&
                        (d.code == WORKER_ERR_COLLATERAL_OLD || d.code == WORKER_ERR_BAD_COLLATERAL));
        }
    }
}

static void a_lower_evaluation_is_refused_however_young_it_is(void **state)
{
    struct lab *l = *state;
    struct attest_sim_collateral_args args = {
        .kind = ATTEST_KIND_SGX, .issued = LAB_NOW - 300, .evaluation = 5};
    struct attest_piece v[ATTEST_PIECES_MAX];
    struct attest_collateral c;

    assert_ok(lab_collateral(l, &args));
    args.issued += 60;
    args.evaluation = 4;
    attest_sim_collateral_make(&c, &l->k.arena, l->p.authority, l->p.sim, &args);
    assert_int_equal(attest_collateral_pieces(v, &c), 4);
    assert_ok(lab_post_piece(l, &v[0]));
    assert_ok(lab_post_piece(l, &v[1]));
    assert_fails(worker, WORKER_ERR_COLLATERAL_OLD, lab_post_piece(l, &v[2]));
    assert_fails(worker, WORKER_ERR_COLLATERAL_OLD, lab_post_piece(l, &v[3]));
    args.issued += 60;
    args.evaluation = 5; /* the same evaluation, issued later */
    assert_ok(lab_collateral(l, &args));
    args.issued -= 30;
    args.evaluation = 6; /* a later evaluation, issued before what is held */
    attest_sim_collateral_make(&c, &l->k.arena, l->p.authority, l->p.sim, &args);
    assert_int_equal(attest_collateral_pieces(v, &c), 4);
    assert_fails(worker, WORKER_ERR_COLLATERAL_OLD, lab_post_piece(l, &v[2]));
}

static void what_has_expired_or_is_not_yet_valid_is_refused(void **state)
{
    struct lab *l = *state;
    struct attest_collateral c = real(l, SGX "sgx-teepot-00606a/collateral-2023-06-21-e15-v3.json");
    struct attest_piece v[ATTEST_PIECES_MAX];
    uint32_t n = attest_collateral_pieces(v, &c);

    for (uint32_t i = 0; i < n; i++) { /* LAB_NOW is in 2025 */
        if (v[i].kind != ATTEST_PIECE_ROOT_CRL)
            assert_fails(worker, WORKER_ERR_BAD_COLLATERAL, lab_post_piece(l, &v[i]));
    }
    lab_time(l, 1672531200); /* the first of January 2023 */
    for (uint32_t i = 0; i < n; i++) {
        if (v[i].kind != ATTEST_PIECE_ROOT_CRL)
            assert_fails(worker, WORKER_ERR_BAD_COLLATERAL, lab_post_piece(l, &v[i]));
    }
}

static struct attest_piece changed(struct lab *l, struct attest_piece p, int what)
{
    struct bytes *b = what == 0 ? &p.document : what == 1 ? &p.signature : &p.issuer_chain;
    uint8_t *copy = arena_alloc(&l->k.arena, b->len + 1);
    if (b->len > 0)
        memcpy(copy, b->p, b->len);
    copy[b->len / 3] ^= 1; /* in a certificate, not in the text between two */
    *b = bytes_of(copy, b->len);
    return p;
}

static void an_altered_piece_is_refused(void **state)
{
    struct lab *l = *state;
    struct attest_collateral c;
    struct attest_piece v[ATTEST_PIECES_MAX];
    static const enum attest_kind kinds[] = {ATTEST_KIND_SGX, ATTEST_KIND_SNP};

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const struct attest_sim_collateral_args args = {.kind = kinds[i], .issued = LAB_NOW - 60};
        attest_sim_collateral_make(&c, &l->k.arena, l->p.authority, l->p.sim, &args);
        uint32_t n = attest_collateral_pieces(v, &c);
        for (uint32_t j = 0; j < n; j++) {
            for (int what = 0; what < 3; what++) {
                struct bytes b = what == 0 ? v[j].document : what == 1 ? v[j].signature : v[j].issuer_chain;
                struct attest_piece bad = changed(l, v[j], what);
                if (b.len > 0)
                    assert_fails(worker, WORKER_ERR_BAD_COLLATERAL, lab_post_piece(l, &bad));
            }
            struct attest_piece other = v[j];
            other.kind = (enum attest_piece_kind)((v[j].kind + 1) % ATTEST_PIECES_MAX);
            assert_fails(worker, WORKER_ERR_BAD_COLLATERAL, lab_post_piece(l, &other));
        }
    }
    assert_int_equal(held(l), 0);
}

static void a_development_piece_never_replaces_a_vendors(void **state)
{
    struct lab *l = *state;
    struct attest_collateral c =
        real(l, SGX "sgx-automata-00606a-platform-ca/collateral-2025-08-15-e17-v3.json");

    lab_time(l, 1755302400);
    assert_ok(lab_post(l, &c));
    struct worker_collateral_facts before = facts_of(l, 0, WORKER_COLLATERAL_KIND_QE_IDENTITY);
    lab_time(l, LAB_NOW);
    assert_ok(lab_collateral(l, &(struct attest_sim_collateral_args){
                                    .kind = ATTEST_KIND_SGX, .issued = LAB_NOW - 60, .evaluation = 99}));
    assert_int_equal(held(l), 8);
    struct worker_collateral_facts after = facts_of(l, 0, WORKER_COLLATERAL_KIND_QE_IDENTITY);
    assert_int_equal(after.evaluation, before.evaluation);
    assert_true(after.issued == before.issued);
    assert_int_equal(facts_of(l, 1, WORKER_COLLATERAL_KIND_QE_IDENTITY).evaluation, 99);
}

static void a_production_chain_takes_the_vendors_pieces_only(void **state)
{
    struct lab *l = *state;
    struct attest_collateral sim;
    struct attest_piece v[ATTEST_PIECES_MAX];
    struct attest_collateral c =
        real(l, SGX "sgx-automata-00606a-platform-ca/collateral-2025-08-15-e17-v3.json");

    attest_sim_collateral_make(
        &sim, &l->k.arena, l->p.authority, l->p.sim,
        &(struct attest_sim_collateral_args){.kind = ATTEST_KIND_SGX, .issued = LAB_NOW - 60});
    uint32_t n = attest_collateral_pieces(v, &sim);
    for (uint32_t i = 0; i < n; i++)
        assert_fails(worker, WORKER_ERR_BAD_COLLATERAL, lab_post_piece(l, &v[i]));
    lab_time(l, 1755302400);
    assert_ok(lab_post(l, &c));
    assert_int_equal(held(l), 4);
}

static void a_full_chain_takes_the_place_of_what_has_ended(void **state)
{
    struct lab *l = *state;
    struct worker_collateral_facts_vec index;
    struct worker_collateral_facts v[COLLATERAL_PIECES_MAX];
    struct attest_piece p[ATTEST_PIECES_MAX];
    struct attest_collateral c;
    uint8_t names[COLLATERAL_PIECES_MAX];

    for (uint32_t i = 0; i < COLLATERAL_PIECES_MAX; i++) {
        names[i] = (uint8_t)i;
        v[i] = (struct worker_collateral_facts){
            .key = {.kind = WORKER_COLLATERAL_KIND_TCB_INFO, .key = bytes_of(&names[i], 1)},
            .until = LAB_NOW + i};
        worker_collateral_put(&l->k.x, &v[i].key,
                              &(struct worker_collateral_piece){.document = BYTES_LIT("x")});
    }
    index = (struct worker_collateral_facts_vec){.n = COLLATERAL_PIECES_MAX, .v = v};
    worker_collateral_index_put(&l->k.x, &index);
    attest_sim_collateral_make(
        &c, &l->k.arena, l->p.authority, l->p.sim,
        &(struct attest_sim_collateral_args){.kind = ATTEST_KIND_SGX, .issued = LAB_NOW - 60});
    assert_int_equal(attest_collateral_pieces(p, &c), 4);
    assert_fails(worker, WORKER_ERR_COLLATERAL_FULL, lab_post_piece(l, &p[0]));
    lab_time(l, LAB_NOW + 2); /* pieces 0 and 1 have ended; 0 first */
    assert_ok(lab_post_piece(l, &p[0]));
    assert_false(worker_collateral_has(&l->k.x, &v[0].key));
    assert_true(worker_collateral_has(&l->k.x, &v[1].key));
    assert_ok(lab_post_piece(l, &p[1]));
    assert_false(worker_collateral_has(&l->k.x, &v[1].key));
    assert_fails(worker, WORKER_ERR_COLLATERAL_FULL, lab_post_piece(l, &p[2]));
    assert_int_equal(held(l), COLLATERAL_PIECES_MAX);
}

/* Events of one kind in the next `blocks` blocks. */
static uint32_t warnings(struct lab *l, uint32_t blocks)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < blocks; i++) {
        market_next(&l->k);
        n += market_events(&l->k, &worker_pallet, 32);
    }
    return n;
}

static void each_piece_is_announced_once_before_it_runs_out(void **state)
{
    struct lab *l = *state;

    assert_ok(lab_collateral(l, &(struct attest_sim_collateral_args){.kind = ATTEST_KIND_SGX,
                                                                     .issued = LAB_NOW - 60,
                                                                     .next_update = LAB_NOW + 30 * DAY}));
    assert_int_equal(held(l), 4);
    assert_int_equal(warnings(l, 8), 0);
    lab_time(l, LAB_NOW + 26 * DAY);
    assert_int_equal(warnings(l, 8), 0); /* development chains have no other age */
    lab_time(l, LAB_NOW + 27 * DAY + 60);
    assert_int_equal(warnings(l, 1), 1); /* one piece is looked at in a block */
    assert_int_equal(warnings(l, 3), 3);
    assert_int_equal(warnings(l, 8), 0);
    lab_time(l, LAB_NOW + 29 * DAY);
    assert_ok(lab_collateral(l, &(struct attest_sim_collateral_args){.kind = ATTEST_KIND_SGX,
                                                                     .issued = LAB_NOW + 29 * DAY - 60,
                                                                     .next_update = LAB_NOW + 30 * DAY}));
    assert_int_equal(warnings(l, 8), 4); /* newer ones are announced anew */
}

static void a_production_chain_also_says_when_pieces_grow_old(void **state)
{
    struct lab *l = *state;
    struct attest_collateral c =
        real(l, SGX "sgx-automata-00606a-platform-ca/collateral-2025-08-15-e17-v3.json");

    lab_time(l, 1755302400);
    assert_ok(lab_post(l, &c));
    uint64_t issued = facts_of(l, 0, WORKER_COLLATERAL_KIND_TCB_INFO).issued;
    assert_true(facts_of(l, 0, WORKER_COLLATERAL_KIND_TCB_INFO).until > issued + 20 * DAY);
    lab_time(l, issued + 4 * DAY);
    assert_int_equal(warnings(l, 8), 0);
    lab_time(l, issued + 5 * DAY + DAY / 2);
    assert_int_equal(warnings(l, 8), 2); /* the documents: lists are renewed by the month */
    assert_true(facts_of(l, 0, WORKER_COLLATERAL_KIND_TCB_INFO).warned);
}

static void genesis_names_at_most_one_root_of_each_shape(void **state)
{
    struct lab *l = *state;
    struct bytes intel = attest_sim_root_of(l->p.sim, ATTEST_KIND_SGX),
                 amd = attest_sim_root_of(l->p.sim, ATTEST_KIND_SNP);
    struct attest_root roots[ATTEST_DEVELOPMENT_ROOTS_MAX];
    uint8_t text[8192];
    uint32_t n = 0;
    struct err e;

    struct writer w = writer_fixed(text, sizeof text);
    assert_int_equal(attest_development_roots(roots, &n, intel, &e), ERR_OK);
    assert_true(n == 1 && roots[0].vendor == ATTEST_INTEL);
    assert_int_equal(attest_development_roots(roots, &n, amd, &e), ERR_OK);
    assert_true(n == 1 && roots[0].vendor == ATTEST_AMD);
    put_bytes(&w, amd);
    put_bytes(&w, intel);
    assert_int_equal(attest_development_roots(roots, &n, writer_bytes(&w), &e), ERR_OK);
    assert_true(n == 2 && roots[0].vendor == ATTEST_AMD && roots[1].vendor == ATTEST_INTEL);
    assert_int_equal(attest_development_roots(roots, &n, bytes_of(text, w.len - 1), &e), ERR_MALFORMED);
    put_bytes(&w, intel);
    assert_int_equal(attest_development_roots(roots, &n, writer_bytes(&w), &e), ERR_MALFORMED);
    w = writer_fixed(text, sizeof text);
    put_bytes(&w, intel);
    put_bytes(&w, intel);
    assert_int_equal(attest_development_roots(roots, &n, writer_bytes(&w), &e), ERR_MALFORMED);
    assert_int_equal(attest_development_roots(roots, &n, BYTES_EMPTY, &e), ERR_MALFORMED);
}

/* Its report data is not ours, and nothing else is wrong with it. */
static void a_real_quote_passes_every_step_but_the_binding(void **state)
{
    static const struct {
        const char *folder, *collateral;
        uint64_t at;
        uint8_t rank;
    } cases[] = {
        {SGX "sgx-automata-00606a-platform-ca", "collateral-2025-08-15-e17-v3.json", 1755320000, 1},
        {TDX "tdx-phala-20a06f-uptodate", "collateral-2025-09-02-e17-v3.json", 1756887000, 0},
    };
    struct lab *l = *state;
    struct market *k = &l->k;
    const struct worker_com_cr capacity = {.cpu = 100, .mem = 100};
    uint64_t id = market_cluster(k, 0, &capacity, 0);
    char path[256];

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct attest_claims *claims = arena_new(&k->arena, struct attest_claims);
        struct evidence_demand d = {.tcb_max = cases[i].rank, .any_code = true};
        uint8_t said[64];
        (void)snprintf(path, sizeof path, "%s/%s", cases[i].folder, cases[i].collateral);
        struct attest_collateral c = real(l, path);
        (void)snprintf(path, sizeof path, "%s/quote.bin", cases[i].folder);
        struct bytes quote = load(l, path);
        size_t body = i == 0 ? SGX_REPORT_LEN : 584;                 /* the TDX quote has version 4 */
        quote.len = 48 + body + 4 + load_u32le(quote.p + 48 + body); /* buffers have zeros behind it */
        struct worker_evidence v = evidence_detect(quote);
        lab_time(l, cases[i].at);
        assert_true(attest_peek_report_data(said, quote, ATTEST_FORM_QUOTE));
        assert_fails(worker, WORKER_ERR_EVIDENCE_STALE, evidence_appraise(&k->x, claims, &v, said, &d));
        post_next(l, &c);
        assert_fails(worker, WORKER_ERR_BAD_EVIDENCE,
                     MARKET_DO(k, 0, worker, cluster_proof_upload, .id = id, .proof = {.evidence = v}));
        assert_ok(evidence_appraise(&k->x, claims, &v, said, &d));
        assert_int_equal(claims->root_label, ATTEST_ROOT_VENDOR);
        if (cases[i].rank > 0) {
            d.tcb_max--;
            assert_fails(worker, WORKER_ERR_TCB_TOO_LOW, evidence_appraise(&k->x, claims, &v, said, &d));
            d.tcb_max++;
        }
        d.any_code = false;
        assert_fails(worker, WORKER_ERR_MEASUREMENT_NOT_ALLOWED,
                     evidence_appraise(&k->x, claims, &v, said, &d));
        d.any_code = true;
        said[63] ^= 1;
        assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, evidence_appraise(&k->x, claims, &v, said, &d));
        said[63] ^= 1;
        lab_time(l, cases[i].at + 8 * DAY); /* still valid, and too old */
        assert_fails(worker, WORKER_ERR_EVIDENCE_STALE, evidence_appraise(&k->x, claims, &v, said, &d));
        market_next(k);
    }
}

#define T(name, in) cmocka_unit_test_setup_teardown(name, in, lab_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_vendors_pieces_are_taken_at_their_time, setup_production),
        T(a_piece_is_taken_only_if_it_is_newer, setup_production),
        T(a_lower_evaluation_is_refused_however_young_it_is, setup),
        T(what_has_expired_or_is_not_yet_valid_is_refused, setup_production),
        T(an_altered_piece_is_refused, setup),
        T(a_development_piece_never_replaces_a_vendors, setup),
        T(a_production_chain_takes_the_vendors_pieces_only, setup_production),
        T(a_full_chain_takes_the_place_of_what_has_ended, setup),
        T(each_piece_is_announced_once_before_it_runs_out, setup),
        T(a_production_chain_also_says_when_pieces_grow_old, setup_production),
        T(a_real_quote_passes_every_step_but_the_binding, setup_production),
        T(genesis_names_at_most_one_root_of_each_shape, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
