/* tee/sim_intel_test.c — what the verifier says of simulated SGX and TDX quotes with full collateral. These
 * are the cases that no real evidence can show: revoked things, levels at will, quotes nobody sends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "attest/vectors_support_test.h"
#include "base/writer.h"
#include "tee/sim_world_test.h"

static void up_to_date_evidence_passes_in_every_form(void **state)
{
    static const struct {
        uint16_t version;
        uint8_t body_type; /* 0: SGX */
        uint16_t cert_data_type;
    } forms[] = {{3, 0, 5}, {4, 0, 5}, {5, 0, 5}, {4, 2, 5}, {5, 2, 5}, {5, 3, 5}, {5, 4, 5},
                 {3, 0, 1}, {3, 0, 2}, {3, 0, 3}, {3, 0, 4}, {4, 2, 1}, {5, 3, 2}, {5, 4, 4}};
    struct sim_world w;
    struct attest_collateral c;
    (void)state;
    sim_world_init(&w, true, false);
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        struct attest_tdx_claims td;
        bool tdx = forms[i].body_type != 0;
        enum attest_kind kind = tdx ? ATTEST_KIND_TDX : ATTEST_KIND_SGX;
        attest_sim_td(w.sim, &td, forms[i].body_type, w.program);
        struct bytes q =
            sim_world_quote(&w, (struct attest_sim_quote_args){.version = forms[i].version,
                                                               .cert_data_type = forms[i].cert_data_type,
                                                               .isv_prod_id = 7,
                                                               .isv_svn = 9,
                                                               .td = tdx ? &td : NULL});
        assert_in_range(q.len, 1000, 5632);
        sim_world_collateral(&w, &c, kind, (struct attest_sim_collateral_args){.pck_chain = true});
        assert_class(sim_world_judge(&w, q, &c, SIM_NOW), ATTEST_VERIFIED);
        assert_int_equal(w.claims.kind, kind);
        assert_int_equal(w.claims.tcb, ATTEST_TCB_UP_TO_DATE);
        assert_int_equal(w.claims.root_label, ATTEST_ROOT_DEVELOPMENT);
        assert_int_equal(w.claims.declared_length, q.len);
        assert_int_equal(w.claims.advisory_count, 0);
        assert_memory_equal(w.claims.platform.fmspc, "\x5d\x00\xd0\x00\x00\x00", 6);
        if (tdx)
            assert_memory_equal(&w.claims.tdx, &td, sizeof td);
        else
            assert_memory_equal(w.claims.sgx.mrenclave, w.program, 32);
        if (forms[i].cert_data_type != 5) {
            sim_world_collateral(&w, &c, kind, (struct attest_sim_collateral_args){0});
            assert_class(sim_world_judge(&w, q, &c, SIM_NOW), ATTEST_UNSUPPORTED_CERT_DATA);
        }
    }
    sim_world_fini(&w);
}

static void the_files_of_a_platform_judge_its_evidence(void **state)
{
    struct sim_world w;
    (void)state;
    sim_world_init(&w, false, false);
    for (int round = 0; round < 2; round++) {
        for (enum attest_kind kind = ATTEST_KIND_SGX; kind <= ATTEST_KIND_TDX; kind++) {
            struct attest_collateral c;
            struct bytes q;
            uint8_t value[ATTEST_MEASUREMENT_MAX];
            assert_int_equal(attest_sim_evidence(w.sim, &w.arena, &q, kind, w.program, w.report_data, &w.e),
                             ERR_OK);
            assert_int_equal(attest_sim_collateral(w.sim, &w.arena, &c, kind, &w.e), ERR_OK);
            size_t len = attest_sim_measurement(value, kind, w.program);
            struct attest_measurement allowed;
            assert_true(attest_measurement_read(&allowed, bytes_of(value, len)));
            w.policy.any_measurement = false;
            w.policy.measurements = &allowed;
            w.policy.measurement_count = 1;
            assert_class(sim_world_judge(&w, q, &c, SIM_NOW + (uint64_t)round * 100 * SIM_DAY),
                         ATTEST_VERIFIED);
            assert_int_equal(w.claims.tcb_evaluation_number, round == 0 ? 1 : 7);
            assert_int_equal(w.claims.collateral_issued, SIM_NOW + round * 100 * SIM_DAY);
            value[0] ^= 1;
            assert_class(sim_world_judge(&w, q, &c, SIM_NOW + (uint64_t)round * 100 * SIM_DAY),
                         ATTEST_MEASUREMENT_MISMATCH);
        }
        if (round == 0)
            assert_int_equal(
                attest_sim_collateral_renew(w.folder, w.platform, SIM_NOW + 100 * SIM_DAY, 7, &w.e), ERR_OK);
    }
    struct attest_collateral none;
    assert_int_equal(attest_sim_collateral(w.sim, &w.arena, &none, ATTEST_KIND_SNP, &w.e), ERR_NOT_FOUND);
    struct bytes report;
    assert_int_equal(
        attest_sim_evidence(w.sim, &w.arena, &report, ATTEST_KIND_SNP, w.program, w.report_data, &w.e),
        ERR_NOT_FOUND);
    sim_world_fini(&w);
}

static void only_a_development_policy_with_the_right_root_accepts(void **state)
{
    struct sim_world w, other;
    struct attest_collateral c;
    (void)state;
    sim_world_init(&w, true, false);
    sim_world_init(&other, false, false);
    struct bytes q = sim_world_quote(&w, (struct attest_sim_quote_args){0});
    sim_world_collateral(&w, &c, ATTEST_KIND_SGX, (struct attest_sim_collateral_args){0});
    assert_class(sim_world_judge(&w, q, &c, SIM_NOW), ATTEST_VERIFIED);
    w.policy.allow_development = false;
    assert_class(sim_world_judge(&w, q, &c, SIM_NOW), ATTEST_TRUST_ROOT_NOT_ALLOWED);
    w.policy.roots = attest_vendor_roots; /* what production is: neither the root nor the permission */
    w.policy.root_count = ATTEST_VENDOR_ROOTS;
    assert_class(sim_world_judge(&w, q, &c, SIM_NOW), ATTEST_TCB_INFO_CHAIN);
    w.policy.without_collateral = true;
    assert_class(sim_world_judge(&w, q, NULL, SIM_NOW), ATTEST_PCK_CHAIN_UNTRUSTED);
    /* another root of the same name: one's evidence under the other's policy */
    w.policy = other.policy;
    assert_class(sim_world_judge(&w, q, &c, SIM_NOW), ATTEST_TCB_INFO_CHAIN);
    struct attest_collateral theirs;
    sim_world_collateral(&other, &theirs, ATTEST_KIND_SGX, (struct attest_sim_collateral_args){0});
    assert_class(sim_world_judge(&w, q, &theirs, SIM_NOW), ATTEST_PCK_CHAIN_SIGNATURE);
    sim_world_fini(&w);
    sim_world_fini(&other);
}

/* The documents of one collateral may not disagree on the root either: whichever is read second is refused.
 */
static void all_chains_must_end_in_the_same_root(void **state)
{
    struct sim_world w, other;
    struct attest_collateral c, theirs, mixed;
    (void)state;
    sim_world_init(&w, true, false);
    sim_world_init(&other, false, false);
    w.roots[1] = other.roots[0]; /* both are trusted; mixing them is not */
    w.roots[2] = attest_vendor_roots[0];
    w.policy.root_count = 3;
    struct bytes q = sim_world_quote(&w, (struct attest_sim_quote_args){0});
    sim_world_collateral(&w, &c, ATTEST_KIND_SGX, (struct attest_sim_collateral_args){0});
    sim_world_collateral(&other, &theirs, ATTEST_KIND_SGX, (struct attest_sim_collateral_args){0});
    assert_class(sim_world_judge(&w, q, &c, SIM_NOW), ATTEST_VERIFIED);
    assert_class(sim_world_judge(&w, q, &theirs, SIM_NOW), ATTEST_TCB_INFO_CHAIN);
    mixed = c;
    mixed.tcb_info = theirs.tcb_info;
    mixed.tcb_info_signature = theirs.tcb_info_signature;
    mixed.tcb_info_issuer_chain = theirs.tcb_info_issuer_chain;
    assert_class(sim_world_judge(&w, q, &mixed, SIM_NOW), ATTEST_QE_IDENTITY_CHAIN);
    mixed = c;
    mixed.qe_identity = theirs.qe_identity;
    mixed.qe_identity_signature = theirs.qe_identity_signature;
    mixed.qe_identity_issuer_chain = theirs.qe_identity_issuer_chain;
    assert_class(sim_world_judge(&w, q, &mixed, SIM_NOW), ATTEST_QE_IDENTITY_CHAIN);
    mixed = c;
    mixed.pck_crl = theirs.pck_crl;
    mixed.pck_crl_issuer_chain = theirs.pck_crl_issuer_chain;
    assert_int_not_equal(sim_world_judge(&w, q, &mixed, SIM_NOW), ATTEST_VERIFIED);
    mixed = c;
    mixed.root_ca_crl = theirs.root_ca_crl;
    assert_class(sim_world_judge(&w, q, &mixed, SIM_NOW), ATTEST_CRL_SIGNATURE);
    sim_world_fini(&w);
    sim_world_fini(&other);
}

/* A real quote with simulated collateral, and a simulated one with real collateral. */
static void real_and_simulated_parts_do_not_mix(void **state)
{
    static const char id[] = "sgx-automata-00606a-platform-ca";
    struct sim_world w;
    struct attest_collateral c, real;
    (void)state;
    sim_world_init(&w, true, false);
    json_t *manifest = vectors_manifest();
    json_t *one = vectors_case(manifest, id);
    json_t *evaluation = json_array_get(json_object_get(one, "evaluations"), 0);
    json_t *file = vectors_collateral_json(vectors_text(evaluation, "collateral"));
    uint64_t then = (uint64_t)vectors_int(evaluation, "verify_at_unix");
    vectors_collateral(&real, &w.arena, file);
    struct bytes quote = vectors_load(&w.arena, vectors_text(json_object_get(one, "files"), "quote"));
    w.roots[1] = attest_vendor_roots[0];
    w.policy.root_count = 2;
    w.policy.tcb_allowed = ~0u;
    w.policy.any_advisory = true;
    w.policy.zero_tail = true;
    sim_world_collateral(&w, &c, ATTEST_KIND_SGX, (struct attest_sim_collateral_args){0});
    memcpy(w.report_data, quote.p + 48 + 320, 64);
    assert_class(sim_world_judge(&w, quote, &real, then), ATTEST_VERIFIED);
    assert_class(sim_world_judge(&w, quote, &c, then), ATTEST_TCB_INFO_CHAIN);
    assert_class(sim_world_judge(&w, sim_world_quote(&w, (struct attest_sim_quote_args){0}), &real, then),
                 ATTEST_CERT_NOT_YET_VALID); /* the platform is younger than that collateral */
    struct attest_collateral mixed = real;   /* the real leaf with the simulated TCB signer */
    mixed.tcb_info = c.tcb_info;
    mixed.tcb_info_signature = c.tcb_info_signature;
    mixed.tcb_info_issuer_chain = c.tcb_info_issuer_chain;
    assert_class(sim_world_judge(&w, quote, &mixed, then), ATTEST_QE_IDENTITY_CHAIN);
    mixed = c;
    mixed.tcb_info = real.tcb_info;
    mixed.tcb_info_signature = real.tcb_info_signature;
    mixed.tcb_info_issuer_chain = real.tcb_info_issuer_chain;
    assert_class(sim_world_judge(&w, sim_world_quote(&w, (struct attest_sim_quote_args){0}), &mixed, SIM_NOW),
                 ATTEST_QE_IDENTITY_CHAIN);
    json_decref(file);
    json_decref(manifest);
    sim_world_fini(&w);
}

static void what_is_revoked_is_refused(void **state)
{
    static const uint32_t revoked[] = {ATTEST_SIM_REVOKE_PCK, ATTEST_SIM_REVOKE_CA,
                                       ATTEST_SIM_REVOKE_TCB_SIGNER};
    struct sim_world w;
    struct attest_collateral c;
    (void)state;
    sim_world_init(&w, true, false);
    struct bytes q = sim_world_quote(&w, (struct attest_sim_quote_args){0});
    for (size_t i = 0; i < ARRAY_LEN(revoked); i++) {
        sim_world_collateral(&w, &c, ATTEST_KIND_SGX,
                             (struct attest_sim_collateral_args){.revoked = revoked[i]});
        assert_class(sim_world_judge(&w, q, &c, SIM_NOW), ATTEST_CERT_REVOKED);
    }
    w.policy.tcb_allowed = ~0u; /* Revoked is refused whatever the policy says */
    w.policy.any_advisory = true;
    for (int part = 0; part < 2; part++) {
        struct attest_sim_collateral_args args = {0};
        *(part == 0 ? &args.status : &args.qe_status) = ATTEST_TCB_REVOKED;
        sim_world_collateral(&w, &c, ATTEST_KIND_SGX, args);
        assert_class(sim_world_judge(&w, q, &c, SIM_NOW), ATTEST_TCB_STATUS_NOT_ALLOWED);
    }
    sim_world_fini(&w);
}

static void documents_are_good_from_their_first_to_their_last_second(void **state)
{
    struct sim_world w;
    struct attest_collateral c;
    const uint64_t first = SIM_NOW, last = SIM_NOW + 10 * SIM_DAY;
    (void)state;
    sim_world_init(&w, true, false);
    struct bytes q = sim_world_quote(&w, (struct attest_sim_quote_args){0});
    sim_world_collateral(&w, &c, ATTEST_KIND_SGX, (struct attest_sim_collateral_args){.next_update = last});
    assert_class(sim_world_judge(&w, q, &c, first), ATTEST_VERIFIED);
    assert_class(sim_world_judge(&w, q, &c, last), ATTEST_VERIFIED);
    assert_int_equal(w.claims.valid_until, last);
    assert_class(sim_world_judge(&w, q, &c, first - 1), ATTEST_CRL_NOT_YET_VALID);
    assert_class(sim_world_judge(&w, q, &c, last + 1), ATTEST_CRL_EXPIRED);
    /* with longer lists the documents are what ends */
    struct attest_collateral longer;
    sim_world_collateral(&w, &longer, ATTEST_KIND_SGX, (struct attest_sim_collateral_args){0});
    struct attest_collateral mixed = longer;
    mixed.tcb_info = c.tcb_info;
    mixed.tcb_info_signature = c.tcb_info_signature;
    assert_class(sim_world_judge(&w, q, &mixed, last), ATTEST_VERIFIED);
    assert_class(sim_world_judge(&w, q, &mixed, last + 1), ATTEST_TCB_INFO_EXPIRED);
    mixed = longer;
    mixed.qe_identity = c.qe_identity;
    mixed.qe_identity_signature = c.qe_identity_signature;
    assert_class(sim_world_judge(&w, q, &mixed, last), ATTEST_VERIFIED);
    assert_class(sim_world_judge(&w, q, &mixed, last + 1), ATTEST_QE_IDENTITY_EXPIRED);
    sim_world_fini(&w);
}

/* The document with one text for another, signed again: what a careless authority could sign. */
static void document_case(struct sim_world *w, bool qe, const char *from, const char *to,
                          enum attest_class want)
{
    struct attest_sim_collateral_args args = {0};
    struct attest_collateral c;

    sim_world_collateral(w, &c, ATTEST_KIND_SGX, args);
    struct bytes text = qe ? c.qe_identity : c.tcb_info;
    struct writer out = writer_in(&w->arena, 1 << 16);
    size_t at = 0, len = strlen(from);
    while (at + len <= text.len && memcmp(text.p + at, from, len) != 0)
        at++;
    assert_true(at + len <= text.len);
    put_mem(&out, text.p, at);
    put_text(&out, to);
    put_bytes(&out, bytes_from(text, at + len));
    *(qe ? &args.qe_identity : &args.tcb_info) = writer_bytes(&out);
    sim_world_collateral(w, &c, ATTEST_KIND_SGX, args);
    enum attest_class got =
        sim_world_judge(w, sim_world_quote(w, (struct attest_sim_quote_args){0}), &c, SIM_NOW);
    if (got != want)
        print_error("\"%s\" for \"%s\"\n", to, from);
    assert_class(got, want);
}

static void signed_documents_are_still_read_strictly(void **state)
{
    static const struct {
        bool qe;
        const char *from, *to;
        enum attest_class want;
    } cases[] = {
        {false, "{\"svn\":4},{\"svn\":4}", "{\"svn\":4}", ATTEST_TCB_INFO_FORMAT}, /* 15 components */
        {false, "{\"svn\":4}", "{\"svn\":4},{\"svn\":4}", ATTEST_TCB_INFO_FORMAT}, /* 17 */
        {false, "\"svn\":4", "\"svn\":256", ATTEST_TCB_INFO_FORMAT},
        {false, "\"svn\":4", "\"svn\":-1", ATTEST_TCB_INFO_FORMAT},
        {false, "\"svn\":4", "\"svn\":1e2", ATTEST_TCB_INFO_FORMAT},
        {false, "\"svn\":4", "\"svn\":1.0", ATTEST_TCB_INFO_FORMAT},
        {false, "\"pcesvn\":11", "\"pcesvn\":65536", ATTEST_TCB_INFO_FORMAT},
        {false, "\"pcesvn\":11", "\"pcesvn\":11,\"pcesvn\":0", ATTEST_TCB_INFO_FORMAT},
        {false, "\"UpToDate\"", "\"Fine\"", ATTEST_TCB_INFO_FORMAT},
        {false, "\"version\":3", "\"version\":4", ATTEST_TCB_INFO_FORMAT},
        {false, "5d00d0000000", "5D00D0000000", ATTEST_VERIFIED}, /* case differs between services */
        {false, "5d00d0000000", "5d00d0000001", ATTEST_TCB_INFO_MISMATCH},
        {true, "\"UpToDate\"", "\"uptodate\"", ATTEST_QE_IDENTITY_FORMAT},
        {true, "\"isvsvn\":1", "\"isvsvn\":65536", ATTEST_QE_IDENTITY_FORMAT},
        {true, "\"version\":2", "\"version\":2,\"version\":2", ATTEST_QE_IDENTITY_FORMAT},
    };
    struct sim_world w;
    (void)state;
    sim_world_init(&w, true, false);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        document_case(&w, cases[i].qe, cases[i].from, cases[i].to, cases[i].want);
    sim_world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(up_to_date_evidence_passes_in_every_form),
        cmocka_unit_test(the_files_of_a_platform_judge_its_evidence),
        cmocka_unit_test(only_a_development_policy_with_the_right_root_accepts),
        cmocka_unit_test(all_chains_must_end_in_the_same_root),
        cmocka_unit_test(real_and_simulated_parts_do_not_mix),
        cmocka_unit_test(what_is_revoked_is_refused),
        cmocka_unit_test(documents_are_good_from_their_first_to_their_last_second),
        cmocka_unit_test(signed_documents_are_still_read_strictly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
