/* tee/sim_test.c — simulated evidence: whom it convinces, and that no byte of it can be changed unnoticed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "attest/appraise_test.h"
#include "attest/quote.h"
#include "attest/ratls.h"
#include "attest/x509.h"
#include "base/fmt.h"
#include "tee/evidence.h"
#include "tee/sim_world_test.h"

/* Signatures alone: what is judged without collateral. */
static void world_init(struct sim_world *w)
{
    sim_world_init(w, false, false);
    w->policy.without_collateral = true;
    w->policy.tcb_allowed = ATTEST_TCB_BIT(ATTEST_TCB_NOT_EVALUATED);
}

static struct bytes quote(struct sim_world *w, const struct attest_sim_quote_args *args)
{
    struct bytes q;
    struct err e;
    assert_int_equal(attest_sim_quote(w->sim, &w->arena, &q, args, &e), ERR_OK);
    return q;
}

static enum attest_class judge(const struct attest_policy *p, struct bytes q, const uint8_t data[64],
                               struct err *e)
{
    struct attest_claims c;
    return appraise_bare(&c, q, SIM_NOW, p, data, &attest_openssl, e);
}

static void only_a_development_policy_with_the_right_root_accepts(void **state)
{
    struct sim_world w, other;
    struct attest_claims c;
    struct err e;
    struct attest_sim_quote_args args = {.report_data = "bound", .isv_prod_id = 7, .isv_svn = 9};
    (void)state;
    world_init(&w);
    world_init(&other);
    memset(args.mrenclave, 0xaa, 32);
    attest_sim_signer(args.mrsigner);
    struct bytes q = quote(&w, &args);
    assert_in_range(q.len, 4000, 5120);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(appraise_bare(&c, q, SIM_NOW, &w.policy, args.report_data,
                                       i == 0 ? &attest_plain : &attest_openssl, &e),
                         ATTEST_VERIFIED);
        assert_memory_equal(c.sgx.mrenclave, args.mrenclave, 32);
        assert_memory_equal(c.sgx.mrsigner, args.mrsigner, 32);
        assert_int_equal(c.sgx.isv_prod_id, 7);
        assert_int_equal(c.sgx.isv_svn, 9);
        assert_memory_equal(c.platform.fmspc, "\x5d\x00\xd0\x00\x00\x00", 6);
        assert_int_equal(c.root_label, ATTEST_ROOT_DEVELOPMENT);
        assert_int_equal(c.declared_length, q.len);
    }
    struct attest_policy p = w.policy;
    p.allow_development = false;
    assert_int_equal(judge(&p, q, args.report_data, &e), ATTEST_TRUST_ROOT_NOT_ALLOWED);
    p = (struct attest_policy){
        .roots = attest_vendor_roots, .root_count = 1, .any_measurement = true, .without_collateral = true};
    assert_int_equal(judge(&p, q, args.report_data, &e), ATTEST_PCK_CHAIN_UNTRUSTED);
    /* the other platform's root has the same name and another key */
    assert_int_equal(judge(&other.policy, q, args.report_data, &e), ATTEST_PCK_CHAIN_SIGNATURE);
    sim_world_fini(&w);
    sim_world_fini(&other);
}

static void a_policy_may_hold_several_roots_and_the_claims_name_the_one_used(void **state)
{
    struct sim_world w, other;
    struct attest_claims c;
    struct err e;
    struct attest_sim_quote_args args = {.report_data = "x"};
    (void)state;
    world_init(&w);
    world_init(&other);
    struct attest_root roots[3] = {attest_vendor_roots[0], other.roots[0], w.roots[0]};
    struct attest_policy p = w.policy;
    p.roots = roots;
    p.root_count = 3;
    assert_int_equal(appraise_bare(&c, quote(&w, &args), SIM_NOW, &p, args.report_data, &attest_plain, &e),
                     ATTEST_VERIFIED);
    assert_int_equal(c.root_index, 2);
    assert_true(c.valid_until > SIM_NOW + 6ull * 365 * 86400);
    sim_world_fini(&w);
    sim_world_fini(&other);
}

static void debug_other_measurements_other_bindings_and_other_times_are_refused(void **state)
{
    struct sim_world w;
    struct attest_claims c;
    struct err e;
    struct attest_sim_quote_args args = {.report_data = "x"};
    struct hash32 codes[2] = {{{1}}, {{2}}};
    struct attest_measurement allowed[2] = {{.kind = ATTEST_MEASURE_SGX, .value = BYTES_OF(codes[0])},
                                            {.kind = ATTEST_MEASURE_SGX, .value = BYTES_OF(codes[1])}};
    (void)state;
    world_init(&w);
    struct attest_sim_quote_args debug = args, qe = args;
    debug.debug = true;
    qe.qe_debug = true;
    assert_int_equal(judge(&w.policy, quote(&w, &debug), args.report_data, &e), ATTEST_DEBUG_NOT_ALLOWED);
    assert_int_equal(judge(&w.policy, quote(&w, &qe), args.report_data, &e), ATTEST_QE_IDENTITY_MISMATCH);
    struct attest_policy p = w.policy;
    p.any_measurement = false;
    p.measurements = allowed;
    p.measurement_count = 2;
    assert_int_equal(judge(&p, quote(&w, &args), args.report_data, &e), ATTEST_MEASUREMENT_MISMATCH);
    args.mrenclave[0] = 2;
    assert_int_equal(judge(&p, quote(&w, &args), args.report_data, &e), ATTEST_VERIFIED);
    uint8_t data[64] = "y";
    struct bytes q = quote(&w, &args);
    assert_int_equal(judge(&p, q, data, &e), ATTEST_REPORT_DATA_MISMATCH);
    const uint64_t past = SIM_NOW - 2 * 86400, future = SIM_NOW + 8ull * 365 * 86400;
    assert_int_equal(appraise_bare(&c, q, past, &p, args.report_data, &attest_plain, &e),
                     ATTEST_CERT_NOT_YET_VALID);
    assert_int_equal(appraise_bare(&c, q, future, &p, args.report_data, &attest_plain, &e),
                     ATTEST_CERT_EXPIRED);
    sim_world_fini(&w);
}

/* Bytes no signature covers: ECDSA's other s is no single flip; what is left is inside the embedded root (not
 * used beyond its name and key) and between PEM blocks. */
static bool irrelevant(const struct quote *q, struct bytes whole, size_t at)
{
    size_t chain_at = (size_t)(q->cert_data.p - whole.p), begin = 0, count = 0;

    if (at < chain_at)
        return false;
    for (size_t i = 0; i + 27 <= q->cert_data.len; i++) {
        if (memcmp(q->cert_data.p + i, "-----BEGIN CERTIFICATE-----", 27) == 0 && ++count == 3)
            begin = i;
    }
    assert_int_equal(count, 3);
    if (at - chain_at >= begin)
        return true; /* the embedded root */
    uint8_t c = q->cert_data.p[at - chain_at];
    return c == '\n'; /* becomes another line end, or a character between blocks */
}

static void every_flipped_byte_is_refused_or_known_to_be_irrelevant(void **state)
{
    struct sim_world w;
    struct err e;
    struct attest_sim_quote_args args = {.report_data = "x"};
    struct quote parts;
    size_t accepted = 0, refused = 0;
    (void)state;
    world_init(&w);
    struct bytes q = quote(&w, &args);
    assert_int_equal(quote_read(&parts, q, false, &e), ATTEST_VERIFIED);
    uint8_t *copy = test_malloc(q.len);
    memcpy(copy, q.p, q.len);
    for (size_t i = 0; i < q.len; i++) {
        copy[i] ^= (uint8_t)(1u << i % 8);
        enum attest_class c = judge(&w.policy, bytes_of(copy, q.len), args.report_data, &e);
        copy[i] ^= (uint8_t)(1u << i % 8);
        if (c != ATTEST_VERIFIED)
            refused++;
        else if (irrelevant(&parts, q, i))
            accepted++;
        else
            fail_msg("byte %zu of %zu may be flipped", i, q.len);
    }
    assert_true(refused > 3400);
    for (size_t len = 0; len < q.len; len++) /* and no prefix passes */
        assert_int_not_equal(judge(&w.policy, bytes_of(copy, len), args.report_data, &e), ATTEST_VERIFIED);
    test_free(copy);
    sim_world_fini(&w);
}

static void a_platform_is_made_once_and_its_keys_are_private(void **state)
{
    struct sim_world w;
    struct err e;
    struct stat st;
    char path[160];
    (void)state;
    world_init(&w);
    assert_int_equal(attest_sim_create(w.folder, w.platform, SIM_NOW, &e), ERR_EXISTS);
    static const char *const keys[] = {"root.key", "ca.key", "tcb.key", "platform/pck.key"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        (void)fmt_into(path, sizeof path, "%s/%s", w.folder, keys[i]);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
    struct attest_sim *none = NULL;
    assert_int_equal(attest_sim_open(&none, "/nonexistent", &e), ERR_NOT_FOUND);
    sim_world_fini(&w);
}

static void evidence_is_simulated_only_when_asked_for(void **state)
{
    struct sim_world w;
    struct err e;
    struct evidence *v = NULL;
    (void)state;
    world_init(&w);
    assert_int_equal(evidence_open(&v, "auto", w.folder, &e), ERR_UNSUPPORTED);
    assert_int_equal(evidence_open(&v, "simulated", NULL, &e), ERR_USAGE);
    assert_int_equal(evidence_open(&v, "granite", w.folder, &e), ERR_USAGE);
    assert_int_equal(evidence_open(&v, "simulated", w.folder, &e), ERR_OK);
    assert_true(evidence_simulated(v));
    uint8_t self[32], data[64] = "z";
    assert_int_equal(attest_sim_measure(self, "/proc/self/exe", &e), ERR_OK);
    assert_memory_equal(self, evidence_measurement(v), 32);
    struct bytes q;
    assert_int_equal(evidence_get(v, &w.arena, &q, data, &e), ERR_OK);
    assert_int_equal(judge(&w.policy, q, data, &e), ATTEST_VERIFIED);
    evidence_free(v);
    sim_world_fini(&w);
}

static void the_simulator_plays_the_kind_it_is_asked_for(void **state)
{
    static const struct {
        const char *name;
        enum attest_kind kind;
        size_t measurement_len;
    } kinds[] = {{"simulated", ATTEST_KIND_SGX, 32},
                 {"simulated-tdx", ATTEST_KIND_TDX, 240},
                 {"simulated-snp", ATTEST_KIND_SNP, 48}};
    struct sim_world w;
    struct evidence *v = NULL;
    (void)state;
    sim_world_init(&w, true, false);
    assert_int_equal(evidence_open(&v, "simulated-snp", w.folder, &w.e), ERR_NOT_FOUND);
    sim_world_fini(&w);
    sim_world_init(&w, true, true);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct attest_collateral c;
        struct attest_measurement own;
        struct bytes evidence;
        assert_int_equal(evidence_open(&v, kinds[i].name, w.folder, &w.e), ERR_OK);
        assert_true(evidence_simulated(v));
        assert_string_equal(evidence_provider(v), kinds[i].name);
        assert_int_equal(evidence_kind(v), kinds[i].kind);
        assert_int_equal(evidence_measurement_len(v), kinds[i].measurement_len);
        assert_true(
            attest_measurement_read(&own, bytes_of(evidence_measurement(v), evidence_measurement_len(v))));
        assert_int_equal(evidence_get(v, &w.arena, &evidence, w.report_data, &w.e), ERR_OK);
        assert_int_equal(attest_sim_collateral(w.sim, &w.arena, &c, kinds[i].kind, &w.e), ERR_OK);
        w.policy.any_measurement = false;
        w.policy.measurements = &own;
        w.policy.measurement_count = 1;
        assert_class(sim_world_judge(&w, evidence, &c, SIM_NOW), ATTEST_VERIFIED);
        assert_true(bytes_eq(evidence_root(v), attest_sim_root_of(w.sim, kinds[i].kind)));
        evidence_free(v);
    }
    sim_world_fini(&w);
}

static void ratls_evidence_is_read_strictly(void **state)
{
    struct sim_world w;
    struct err e;
    struct evidence *v = NULL;
    struct bytes value;
    struct ratls_evidence r;
    uint8_t spki[91] = {1, 2, 3};
    (void)state;
    world_init(&w);
    assert_int_equal(evidence_open(&v, "simulated", w.folder, &e), ERR_OK);
    assert_int_equal(evidence_ratls_extension(v, &w.arena, &value, bytes_of(spki, sizeof spki), &e), ERR_OK);
    assert_int_equal(attest_ratls_read(&r, value, &e), ATTEST_VERIFIED);
    assert_int_equal(r.claims.len, RATLS_CLAIMS_OWN_LEN);
    for (size_t len = 0; len < value.len; len++)
        assert_int_equal(attest_ratls_read(&r, bytes_of(value.p, len), &e), ATTEST_RATLS_EVIDENCE_FORMAT);
    uint8_t *copy = test_malloc(value.len + 1);
    memcpy(copy, value.p, value.len);
    copy[value.len] = 0;
    assert_int_equal(attest_ratls_read(&r, bytes_of(copy, value.len + 1), &e), ATTEST_RATLS_EVIDENCE_FORMAT);
    for (size_t i = 0; i < 4; i++) { /* tag and array head */
        copy[i] ^= 1;
        assert_int_equal(attest_ratls_read(&r, bytes_of(copy, value.len), &e), ATTEST_RATLS_EVIDENCE_FORMAT);
        copy[i] ^= 1;
    }
    test_free(copy);
    evidence_free(v);
    sim_world_fini(&w);
}

static void claims_may_hold_other_keys_but_none_twice(void **state)
{
    static const struct {
        const char *hex;
        size_t len;
        bool good;
    } cases[] = {
#define KEY                                   \
    "\x6bpubkey-hash\x58\x24\x82\x01\x58\x20" \
    "0123456789abcdef0123456789abcdef"
#define CASE(text, good) {text, sizeof(text) - 1, good}
        CASE("\xa1" KEY, true),
        CASE("\xa2" KEY "\x65nonce\x41\x01", true),
        CASE("\xa2\x61z\x82\x01\xf5" KEY, true),
        CASE("\xa0", false),
        CASE("\xa1\x65nonce\x41\x01", false),
        CASE("\xa2" KEY KEY, false),
        CASE("\xa3" KEY "\x61z\x01\x61z\x02", false),
        CASE("\xa1" KEY "\x00", false),
        CASE("\xbf" KEY "\xff", false),                          /* indefinite length */
        CASE("\xa2" KEY "\x61z\x81\x81\x81\x81\x81\x01", false), /* too deep */
        CASE("\xa1\x6bpubkey-hash\x58\x24\x82\x07\x58\x20"
             "0123456789abcdef0123456789abcdef",
             false),                 /* SHA-384 */
        CASE("\xb8\x01" KEY, false), /* head not in its shortest form */
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint8_t mem[512];
        struct writer w = writer_fixed(mem, sizeof mem);
        struct ratls_evidence r;
        struct err e;
        attest_ratls_extension(&w, BYTES_LIT("quote"), bytes_of(cases[i].hex, cases[i].len));
        enum attest_class c = attest_ratls_read(&r, writer_bytes(&w), &e);
        if ((c == ATTEST_VERIFIED) != cases[i].good)
            fail_msg("case %zu: %s", i, attest_class_name(c));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_development_policy_with_the_right_root_accepts),
        cmocka_unit_test(a_policy_may_hold_several_roots_and_the_claims_name_the_one_used),
        cmocka_unit_test(debug_other_measurements_other_bindings_and_other_times_are_refused),
        cmocka_unit_test(every_flipped_byte_is_refused_or_known_to_be_irrelevant),
        cmocka_unit_test(a_platform_is_made_once_and_its_keys_are_private),
        cmocka_unit_test(evidence_is_simulated_only_when_asked_for),
        cmocka_unit_test(the_simulator_plays_the_kind_it_is_asked_for),
        cmocka_unit_test(ratls_evidence_is_read_strictly),
        cmocka_unit_test(claims_may_hold_other_keys_but_none_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
