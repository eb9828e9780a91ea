/* attest/tcb_match_test.c — levels made by hand: what first-hit, module versions and the second evaluation
 * mean. */
#include "attest/quote.h"
#include "attest/tcb.h"
#include "attest/tcb_match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ADVISORY(s)                         \
    {                                       \
        (const uint8_t *)(s), sizeof(s) - 1 \
    }
enum { LEVELS = 3 };

static const struct bytes advisories[] = {ADVISORY("INTEL-SA-00009"), ADVISORY("INTEL-SA-00003"),
                                          ADVISORY("INTEL-SA-00007"), ADVISORY("INTEL-SA-00003")};

/* A TDX 1.5 platform of all sevens with module 1.7, and documents whose first level fits it exactly. */
struct world {
    struct tcb_level levels[LEVELS];
    struct isv_level module_levels[2], qe;
    struct tdx_module_identity module;
    struct tcb_info info;
    struct attest_claims claims;
};

static void world_init(struct world *w)
{
    memset(w, 0, sizeof *w);
    for (size_t i = 0; i < LEVELS; i++) {
        memset(w->levels[i].sgx, (int)(7 - 2 * i), 16);
        memset(w->levels[i].tdx, (int)(7 - 2 * i), 16);
        w->levels[i].pce_svn = (uint16_t)(13 - i);
        w->levels[i].verdict.date = 3000 - 1000 * i;
        w->levels[i].verdict.status = i == 0 ? ATTEST_TCB_UP_TO_DATE : ATTEST_TCB_OUT_OF_DATE;
    }
    w->module_levels[0] = (struct isv_level){.isv_svn = 7, .verdict = {ATTEST_TCB_UP_TO_DATE, 2500, NULL, 0}};
    w->module_levels[1] =
        (struct isv_level){.isv_svn = 4, .verdict = {ATTEST_TCB_OUT_OF_DATE, 1500, NULL, 0}};
    w->qe = (struct isv_level){.isv_svn = 8, .verdict = {ATTEST_TCB_UP_TO_DATE, 2800, NULL, 0}};
    w->module = (struct tdx_module_identity){.major = 1, .levels = w->module_levels, .level_count = 2};
    memset(w->module.module.attributes_mask, 0xff, 8);
    w->info = (struct tcb_info){
        .tdx = true, .levels = w->levels, .level_count = LEVELS, .modules = &w->module, .module_count = 1};
    memset(w->info.module.mrsigner, 0x55, 48); /* of module major version 0 */
    w->claims.kind = ATTEST_KIND_TDX;
    w->claims.tdx.body_type = QUOTE_BODY_TDX_15;
    memset(w->claims.tdx.tee_tcb_svn, 7, 16);
    w->claims.tdx.tee_tcb_svn[1] = 1;
    memcpy(w->claims.tdx.tee_tcb_svn2, w->claims.tdx.tee_tcb_svn, 16);
    memset(w->claims.platform.components, 7, 16);
    w->claims.platform.pce_svn = 13;
}

static enum attest_class claim(struct world *w)
{
    struct err e;
    w->claims.advisory_count = 0;
    return tcb_claim(&w->claims, &w->info, &w->qe, &e);
}

static void expect_tcb(struct world *w, enum attest_tcb status)
{
    assert_int_equal(claim(w), ATTEST_VERIFIED);
    if (w->claims.tcb != status)
        fail_msg("%s, expected %s", attest_tcb_name(w->claims.tcb), attest_tcb_name(status));
}

static void each_component_alone_takes_the_platform_to_a_lower_level(void **state)
{
    struct world w;
    (void)state;
    for (size_t i = 0; i < 16; i++) {
        world_init(&w);
        expect_tcb(&w, ATTEST_TCB_UP_TO_DATE);
        assert_int_equal(w.claims.tcb_date, 2500); /* the module's level is the oldest used */
        w.claims.platform.components[i] = 6;
        expect_tcb(&w, ATTEST_TCB_OUT_OF_DATE);
        assert_int_equal(w.claims.tcb_platform.date, 2000);
        w.claims.platform.components[i] = 2;
        assert_int_equal(claim(&w), ATTEST_TCB_NOT_SUPPORTED);
        world_init(&w);
        if (i == 1)
            continue; /* the major version of the module */
        w.claims.tdx.tee_tcb_svn[i] = w.claims.tdx.tee_tcb_svn2[i] = 6;
        assert_int_equal(claim(&w), ATTEST_VERIFIED);
        /* component 0 is the module's minor version: its own level fell, the platform's did not */
        assert_int_equal(w.claims.tcb_platform.status,
                         i == 0 ? ATTEST_TCB_UP_TO_DATE : ATTEST_TCB_OUT_OF_DATE);
        assert_int_equal(w.claims.tcb_module.status, i == 0 ? ATTEST_TCB_OUT_OF_DATE : ATTEST_TCB_UP_TO_DATE);
    }
    world_init(&w);
    w.claims.platform.pce_svn = 12;
    expect_tcb(&w, ATTEST_TCB_OUT_OF_DATE);
    w.claims.platform.pce_svn = 10;
    assert_int_equal(claim(&w), ATTEST_TCB_NOT_SUPPORTED);
}

static void the_first_level_that_fits_counts_even_when_a_later_one_is_better(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    w.levels[0].verdict.status = ATTEST_TCB_SW_HARDENING_NEEDED;
    w.levels[1].verdict.status = ATTEST_TCB_UP_TO_DATE;
    expect_tcb(&w, ATTEST_TCB_SW_HARDENING_NEEDED);
}

static void a_module_without_a_version_is_judged_by_all_components(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    w.claims.tdx.body_type = QUOTE_BODY_TDX_10;
    w.claims.tdx.tee_tcb_svn[1] = 0;
    memset(w.claims.tdx.mrsignerseam, 0x55, 48);
    assert_int_equal(claim(&w), ATTEST_TCB_NOT_SUPPORTED); /* component 1 counts now */
    for (size_t i = 0; i < LEVELS; i++)
        w.levels[i].tdx[1] = 0;
    expect_tcb(&w, ATTEST_TCB_UP_TO_DATE);
    assert_false(w.claims.tcb_module.judged);
    w.claims.tdx.tee_tcb_svn[0] = 6;
    expect_tcb(&w, ATTEST_TCB_OUT_OF_DATE);
    w.claims.tdx.mrsignerseam[47] ^= 1;
    assert_int_equal(claim(&w), ATTEST_TDX_MODULE_MISMATCH);
}

static void a_module_must_be_the_described_one(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    w.claims.tdx.mrsignerseam[0] = 1;
    assert_int_equal(claim(&w), ATTEST_TDX_MODULE_MISMATCH);
    world_init(&w);
    w.claims.tdx.seam_attributes[7] = 1;
    assert_int_equal(claim(&w), ATTEST_TDX_MODULE_MISMATCH);
    world_init(&w);
    w.module.major = 2;
    assert_int_equal(claim(&w), ATTEST_TDX_MODULE_MISMATCH);
    world_init(&w);
    w.claims.tdx.tee_tcb_svn[0] = 3; /* below the least level of the module */
    assert_int_equal(claim(&w), ATTEST_TCB_NOT_SUPPORTED);
}

static void a_restart_is_advised_only_when_it_cures(void **state)
{
    static const struct {
        enum attest_tcb launch, current, want;
    } cases[] = {
        {ATTEST_TCB_OUT_OF_DATE, ATTEST_TCB_UP_TO_DATE, ATTEST_TCB_TD_RELAUNCH_ADVISED},
        {ATTEST_TCB_OUT_OF_DATE, ATTEST_TCB_SW_HARDENING_NEEDED, ATTEST_TCB_TD_RELAUNCH_ADVISED},
        {ATTEST_TCB_OUT_OF_DATE, ATTEST_TCB_CONFIGURATION_NEEDED,
         ATTEST_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED},
        {ATTEST_TCB_OUT_OF_DATE, ATTEST_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
         ATTEST_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED},
        {ATTEST_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED, ATTEST_TCB_UP_TO_DATE,
         ATTEST_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED},
        {ATTEST_TCB_OUT_OF_DATE, ATTEST_TCB_OUT_OF_DATE, ATTEST_TCB_OUT_OF_DATE},
        {ATTEST_TCB_OUT_OF_DATE, ATTEST_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED, ATTEST_TCB_OUT_OF_DATE},
        {ATTEST_TCB_SW_HARDENING_NEEDED, ATTEST_TCB_UP_TO_DATE, ATTEST_TCB_SW_HARDENING_NEEDED},
        {ATTEST_TCB_UP_TO_DATE, ATTEST_TCB_OUT_OF_DATE, ATTEST_TCB_UP_TO_DATE},
        {ATTEST_TCB_REVOKED, ATTEST_TCB_UP_TO_DATE, ATTEST_TCB_REVOKED},
        {ATTEST_TCB_UP_TO_DATE, ATTEST_TCB_REVOKED, ATTEST_TCB_REVOKED},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct world w;
        world_init(&w);
        w.claims.tdx.tee_tcb_svn[2] = 6; /* launch: the second level; current: the first */
        w.levels[1].verdict.status = cases[i].launch;
        w.levels[0].verdict.status = cases[i].current;
        expect_tcb(&w, cases[i].want);
        assert_int_equal(w.claims.tcb_platform.status, cases[i].launch);
        w.claims.tdx.body_type = QUOTE_BODY_TDX_10; /* which has no second SVN */
        expect_tcb(&w, cases[i].launch);
    }
}

static void a_current_module_without_a_level_is_a_refusal(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    w.claims.tdx.tee_tcb_svn2[5] = 1;
    assert_int_equal(claim(&w), ATTEST_TCB_NOT_SUPPORTED);
    world_init(&w);
    w.claims.tdx.tee_tcb_svn2[1] = 3;
    assert_int_equal(claim(&w), ATTEST_TDX_MODULE_MISMATCH);
}

static void advisories_of_all_parts_are_merged_in_order_and_once(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    w.levels[0].verdict.advisories = advisories;
    w.levels[0].verdict.advisory_count = 2;
    w.qe.verdict.advisories = advisories + 1;
    w.qe.verdict.advisory_count = 2;
    w.module_levels[0].verdict.advisories = advisories + 3;
    w.module_levels[0].verdict.advisory_count = 1;
    expect_tcb(&w, ATTEST_TCB_UP_TO_DATE);
    assert_int_equal(w.claims.advisory_count, 3);
    assert_true(bytes_eq(w.claims.advisories[0], advisories[1]));
    assert_true(bytes_eq(w.claims.advisories[1], advisories[2]));
    assert_true(bytes_eq(w.claims.advisories[2], advisories[0]));
}

static void the_most_advisories_that_documents_can_hold_fit(void **state)
{
    static uint8_t names[3 * TCB_ADVISORIES_MAX];
    static struct bytes lists[3][TCB_ADVISORIES_MAX];
    struct world w;
    (void)state;
    world_init(&w);
    struct tcb_verdict *const verdicts[] = {&w.levels[0].verdict, &w.qe.verdict, &w.module_levels[0].verdict};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        names[i] = (uint8_t)i;
        lists[i % 3][i / 3] = bytes_of(&names[i], 1);
    }
    for (size_t i = 0; i < 3; i++) {
        verdicts[i]->advisories = lists[i];
        verdicts[i]->advisory_count = TCB_ADVISORIES_MAX;
    }
    expect_tcb(&w, ATTEST_TCB_UP_TO_DATE);
    assert_int_equal(w.claims.advisory_count, ATTEST_ADVISORIES_MAX);
    for (uint32_t i = 0; i < w.claims.advisory_count; i++)
        assert_int_equal(w.claims.advisories[i].p[0], i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_component_alone_takes_the_platform_to_a_lower_level),
        cmocka_unit_test(the_first_level_that_fits_counts_even_when_a_later_one_is_better),
        cmocka_unit_test(a_module_without_a_version_is_judged_by_all_components),
        cmocka_unit_test(a_module_must_be_the_described_one),
        cmocka_unit_test(a_restart_is_advised_only_when_it_cures),
        cmocka_unit_test(a_current_module_without_a_level_is_a_refusal),
        cmocka_unit_test(advisories_of_all_parts_are_merged_in_order_and_once),
        cmocka_unit_test(the_most_advisories_that_documents_can_hold_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
