/* attest/policy_test.c — the second step alone: claims made by hand, one demand at a time. */
#include "attest/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { NOW = 1750000000 };

static struct attest_claims claims_of(enum attest_kind kind)
{
    struct attest_claims c;
    memset(&c, 0, sizeof c);
    c.kind = kind;
    c.tcb = kind == ATTEST_KIND_SNP ? ATTEST_TCB_NOT_EVALUATED : ATTEST_TCB_UP_TO_DATE;
    c.collateral_issued = NOW - 1000;
    c.tcb_evaluation_number = 17;
    return c;
}

static const struct attest_policy usual = {.tcb_allowed = ATTEST_TCB_STRICT, .any_measurement = true};

static enum attest_class check(const struct attest_policy *p, const struct attest_claims *c)
{
    struct err e;
    return attest_policy_check(p, c, NOW, NULL, &e);
}

static void a_zeroed_policy_allows_nothing(void **state)
{
    const struct attest_policy none = {0};
    const enum attest_kind kinds[] = {ATTEST_KIND_SGX, ATTEST_KIND_TDX, ATTEST_KIND_SNP};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct attest_claims c = claims_of(kinds[i]);
        assert_int_equal(check(&usual, &c), ATTEST_VERIFIED);
        assert_int_not_equal(check(&none, &c), ATTEST_VERIFIED);
    }
}

static void development_roots_and_debug_are_refused_before_anything_else(void **state)
{
    struct attest_claims c = claims_of(ATTEST_KIND_SGX);
    struct attest_policy p = usual;
    (void)state;
    c.root_label = ATTEST_ROOT_DEVELOPMENT;
    c.debug = true;
    c.tcb = ATTEST_TCB_REVOKED;
    assert_int_equal(check(&p, &c), ATTEST_TRUST_ROOT_NOT_ALLOWED);
    p.allow_development = true;
    assert_int_equal(check(&p, &c), ATTEST_DEBUG_NOT_ALLOWED);
    p.allow_debug = true;
    assert_int_equal(check(&p, &c), ATTEST_TCB_STATUS_NOT_ALLOWED);
}

static void each_status_needs_its_own_permission_and_revoked_has_none(void **state)
{
    (void)state;
    for (int s = ATTEST_TCB_UP_TO_DATE; s <= ATTEST_TCB_REVOKED; s++) {
        struct attest_claims c = claims_of(ATTEST_KIND_TDX);
        struct attest_policy p = usual;
        c.tcb = (enum attest_tcb)s;
        p.tcb_allowed = ~ATTEST_TCB_BIT(s);
        assert_int_equal(check(&p, &c), ATTEST_TCB_STATUS_NOT_ALLOWED);
        p.tcb_allowed = ATTEST_TCB_BIT(s);
        assert_int_equal(check(&p, &c),
                         s == ATTEST_TCB_REVOKED ? ATTEST_TCB_STATUS_NOT_ALLOWED : ATTEST_VERIFIED);
    }
}

static void what_was_not_evaluated_passes_only_where_that_status_is_allowed(void **state)
{
    struct attest_claims c = claims_of(ATTEST_KIND_SGX);
    struct attest_policy p = usual;
    (void)state;
    c.tcb = ATTEST_TCB_NOT_EVALUATED;
    c.collateral_issued = 0;
    p.tcb_allowed = ATTEST_TCB_TOLERANT;
    p.without_collateral = true;
    assert_int_equal(check(&p, &c), ATTEST_TCB_STATUS_NOT_ALLOWED);
    p.tcb_allowed = ATTEST_TCB_BIT(ATTEST_TCB_NOT_EVALUATED);
    p.without_collateral = false;
    p.least_evaluation = 30;
    p.collateral_max_age = 1;
    assert_int_equal(check(&p, &c), ATTEST_VERIFIED);
}

static void advisories_count_where_software_must_be_hardened(void **state)
{
    static const struct bytes accepted[] = {{(const uint8_t *)"INTEL-SA-00334", 14},
                                            {(const uint8_t *)"INTEL-SA-00615", 14}};
    struct attest_claims c = claims_of(ATTEST_KIND_SGX);
    struct attest_policy p = usual;
    (void)state;
    p.tcb_allowed = ATTEST_TCB_TOLERANT;
    c.advisories[0] = accepted[1];
    c.advisory_count = 1;
    const enum attest_tcb hardening[] = {ATTEST_TCB_SW_HARDENING_NEEDED,
                                         ATTEST_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED};
    for (size_t i = 0; i < ARRAY_LEN(hardening); i++) {
        c.tcb = hardening[i];
        p.advisories = accepted;
        p.advisory_count = 1;
        assert_int_equal(check(&p, &c), ATTEST_ADVISORY_NOT_ALLOWED);
        p.advisory_count = 2;
        assert_int_equal(check(&p, &c), ATTEST_VERIFIED);
        p.advisory_count = 0;
        p.any_advisory = true;
        assert_int_equal(check(&p, &c), ATTEST_VERIFIED);
        p.any_advisory = false;
    }
    c.tcb = ATTEST_TCB_CONFIGURATION_NEEDED;
    assert_int_equal(check(&p, &c), ATTEST_VERIFIED);
}

static void old_collateral_and_older_evaluations_are_refused(void **state)
{
    struct attest_claims c = claims_of(ATTEST_KIND_TDX);
    struct attest_policy p = usual;
    (void)state;
    p.collateral_max_age = 1000;
    p.least_evaluation = 17;
    assert_int_equal(check(&p, &c), ATTEST_VERIFIED);
    p.collateral_max_age = 999;
    assert_int_equal(check(&p, &c), ATTEST_COLLATERAL_TOO_OLD);
    p.collateral_max_age = 0;
    p.least_evaluation = 18;
    assert_int_equal(check(&p, &c), ATTEST_COLLATERAL_TOO_OLD);
    c = claims_of(ATTEST_KIND_SNP); /* a list that is issued once a year, and no evaluations */
    p.collateral_max_age = 999;
    assert_int_equal(check(&p, &c), ATTEST_VERIFIED);
}

static void attributes_of_a_td_are_demanded_and_refused_bit_by_bit(void **state)
{
    struct attest_claims c = claims_of(ATTEST_KIND_TDX);
    struct attest_policy p = usual;
    (void)state;
    for (unsigned bit = 0; bit < 64; bit++) {
        memset(c.tdx.td_attributes, 0, 8);
        p.td_required = UINT64_C(1) << bit;
        p.td_refused = 0;
        assert_int_equal(check(&p, &c), ATTEST_TD_ATTRIBUTES_NOT_ALLOWED);
        c.tdx.td_attributes[bit / 8] = (uint8_t)(1u << bit % 8);
        assert_int_equal(check(&p, &c), ATTEST_VERIFIED);
        p.td_required = 0;
        p.td_refused = UINT64_C(1) << bit;
        assert_int_equal(check(&p, &c), ATTEST_TD_ATTRIBUTES_NOT_ALLOWED);
    }
    p.td_refused = 0;
    c.tdx.mrservicetd[47] = 1;
    assert_int_equal(check(&p, &c), ATTEST_SERVICE_TD_NOT_ALLOWED);
    p.allow_service_td = true;
    assert_int_equal(check(&p, &c), ATTEST_VERIFIED);
}

static void snp_guests_meet_the_policy_of_their_product(void **state)
{
    static const uint8_t least[ATTEST_SNP_PRODUCTS][8] = {[ATTEST_SNP_GENOA] = {9, 0, 0, 0, 0, 0, 22, 70}};
    struct attest_claims c = claims_of(ATTEST_KIND_SNP);
    struct attest_policy p = usual;
    (void)state;
    c.snp.product = ATTEST_SNP_GENOA;
    memcpy(c.snp.reported_tcb, least[ATTEST_SNP_GENOA], 8);
    p.snp_least_tcb = least;
    assert_int_equal(check(&p, &c), ATTEST_VERIFIED);
    for (size_t i = 0; i < 8; i++) {
        if (least[ATTEST_SNP_GENOA][i] == 0)
            continue;
        c.snp.reported_tcb[i]--;
        c.snp.reported_tcb[1] = 255; /* never compared as one number */
        assert_int_equal(check(&p, &c), ATTEST_TCB_STATUS_NOT_ALLOWED);
        c.snp.reported_tcb[i]++;
    }
    c.snp.product = ATTEST_SNP_MILAN;
    memset(c.snp.reported_tcb, 0, 8);
    assert_int_equal(check(&p, &c), ATTEST_VERIFIED);
    p.snp_products_refused = 1u << ATTEST_SNP_MILAN;
    assert_int_equal(check(&p, &c), ATTEST_SNP_PRODUCT_NOT_ALLOWED);
    p.snp_products_refused = 1u << ATTEST_SNP_TURIN;
    assert_int_equal(check(&p, &c), ATTEST_VERIFIED);
}

static void only_listed_machines_are_believed_when_machines_are_listed(void **state)
{
    static const uint8_t one[64] = {1}, two[64] = {2};
    const struct bytes ids[] = {{one, 16}, {one, 64}};
    struct attest_claims c = claims_of(ATTEST_KIND_SGX);
    struct attest_policy p = usual;
    (void)state;
    p.platforms = ids;
    p.platform_count = ARRAY_LEN(ids);
    assert_int_equal(check(&p, &c), ATTEST_PLATFORM_NOT_ALLOWED);
    memcpy(c.platform.instance, one, 16);
    assert_int_equal(check(&p, &c), ATTEST_PLATFORM_NOT_ALLOWED); /* a Processor CA names no instance */
    c.platform.has_instance = true;
    assert_int_equal(check(&p, &c), ATTEST_VERIFIED);
    c.platform.has_instance = false;
    memcpy(c.platform.ppid, one, 16);
    assert_int_equal(check(&p, &c), ATTEST_VERIFIED);
    c.platform.ppid[15] ^= 1;
    assert_int_equal(check(&p, &c), ATTEST_PLATFORM_NOT_ALLOWED);
    c = claims_of(ATTEST_KIND_SNP);
    memcpy(c.snp.chip_id, two, 64);
    assert_int_equal(check(&p, &c), ATTEST_PLATFORM_NOT_ALLOWED);
    memcpy(c.snp.chip_id, one, 64);
    assert_int_equal(check(&p, &c), ATTEST_VERIFIED);
    c.snp.vlek = true; /* whose chip id nothing binds */
    assert_int_equal(check(&p, &c), ATTEST_PLATFORM_NOT_ALLOWED);
}

static void snp_policy_platform_level_and_key_are_judged(void **state)
{
    struct attest_claims c = claims_of(ATTEST_KIND_SNP);
    struct attest_policy p = usual;
    (void)state;
    c.snp.policy = UINT64_C(1) << 18;
    assert_int_equal(check(&p, &c), ATTEST_VERIFIED);
    p.snp_policy_refused = UINT64_C(1) << 18;
    assert_int_equal(check(&p, &c), ATTEST_SNP_POLICY_NOT_ALLOWED);
    p.snp_policy_refused = 0;
    p.snp_platform_required = 0x20;
    assert_int_equal(check(&p, &c), ATTEST_SNP_POLICY_NOT_ALLOWED);
    c.snp.platform_info = 0x21;
    assert_int_equal(check(&p, &c), ATTEST_VERIFIED);
    c.snp.vmpl = 1;
    assert_int_equal(check(&p, &c), ATTEST_SNP_POLICY_NOT_ALLOWED);
    p.snp_vmpl_max = 1;
    assert_int_equal(check(&p, &c), ATTEST_VERIFIED);
    c.snp.vlek = true;
    assert_int_equal(check(&p, &c), ATTEST_VERIFIED);
    p.snp_refuse_vlek = true;
    assert_int_equal(check(&p, &c), ATTEST_SNP_POLICY_NOT_ALLOWED);
}

static void measurements_of_one_kind_say_nothing_about_another(void **state)
{
    static const uint8_t value[240] = {0};
    static const struct {
        enum attest_measurement_kind kind;
        size_t len;
        enum attest_kind of;
    } kinds[] = {{ATTEST_MEASURE_SGX, 32, ATTEST_KIND_SGX},
                 {ATTEST_MEASURE_SIGNER, 36, ATTEST_KIND_SGX},
                 {ATTEST_MEASURE_TDX, 240, ATTEST_KIND_TDX},
                 {ATTEST_MEASURE_SNP, 48, ATTEST_KIND_SNP}};
    struct attest_policy p = usual;
    (void)state;
    p.any_measurement = false;
    p.measurement_count = 1;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const struct attest_measurement m = {.kind = kinds[i].kind, .value = {value, kinds[i].len}};
        p.measurements = &m;
        for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
            struct attest_claims c = claims_of(kinds[k].of);
            assert_int_equal(check(&p, &c),
                             kinds[k].of == kinds[i].of ? ATTEST_VERIFIED : ATTEST_MEASUREMENT_MISMATCH);
        }
    }
}

static void report_data_is_compared_last_and_whole(void **state)
{
    struct attest_claims c = claims_of(ATTEST_KIND_SGX);
    struct attest_policy p = usual;
    struct err e;
    (void)state;
    for (size_t i = 0; i < 64; i++) {
        uint8_t want[64] = {0};
        assert_int_equal(attest_policy_check(&p, &c, NOW, want, &e), ATTEST_VERIFIED);
        want[i] = 1;
        assert_int_equal(attest_policy_check(&p, &c, NOW, want, &e), ATTEST_REPORT_DATA_MISMATCH);
        p.any_measurement = false;
        assert_int_equal(attest_policy_check(&p, &c, NOW, want, &e), ATTEST_MEASUREMENT_MISMATCH);
        p.any_measurement = true;
    }
}

static void every_byte_of_a_measurement_counts(void **state)
{
    (void)state;
    static const enum attest_kind kinds[] = {[ATTEST_MEASURE_SGX] = ATTEST_KIND_SGX,
                                             [ATTEST_MEASURE_SIGNER] = ATTEST_KIND_SGX,
                                             [ATTEST_MEASURE_TDX] = ATTEST_KIND_TDX,
                                             [ATTEST_MEASURE_SNP] = ATTEST_KIND_SNP};
    static const size_t lens[] = {32, 36, 240, 48};

    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        struct attest_claims c = {.kind = kinds[k]};
        uint8_t value[ATTEST_MEASUREMENT_MAX] = {0}; /* of zeros, as the claims are */
        const struct attest_measurement m = {.kind = (enum attest_measurement_kind)k,
                                             .value = bytes_of(value, lens[k])};
        assert_true(attest_measurement_matches(&m, &c));
        for (size_t i = 0; i < lens[k]; i++) {
            value[i] = 1;
            if (attest_measurement_matches(&m, &c))
                fail_msg("kind %zu: byte %zu does not count", k, i);
            value[i] = 0;
        }
        c.kind = kinds[k] == ATTEST_KIND_SNP ? ATTEST_KIND_SGX : ATTEST_KIND_SNP;
        assert_false(attest_measurement_matches(&m, &c));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_of_a_measurement_counts),
        cmocka_unit_test(a_zeroed_policy_allows_nothing),
        cmocka_unit_test(development_roots_and_debug_are_refused_before_anything_else),
        cmocka_unit_test(each_status_needs_its_own_permission_and_revoked_has_none),
        cmocka_unit_test(what_was_not_evaluated_passes_only_where_that_status_is_allowed),
        cmocka_unit_test(advisories_count_where_software_must_be_hardened),
        cmocka_unit_test(old_collateral_and_older_evaluations_are_refused),
        cmocka_unit_test(attributes_of_a_td_are_demanded_and_refused_bit_by_bit),
        cmocka_unit_test(snp_guests_meet_the_policy_of_their_product),
        cmocka_unit_test(only_listed_machines_are_believed_when_machines_are_listed),
        cmocka_unit_test(snp_policy_platform_level_and_key_are_judged),
        cmocka_unit_test(measurements_of_one_kind_say_nothing_about_another),
        cmocka_unit_test(report_data_is_compared_last_and_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
