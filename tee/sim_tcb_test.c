/* tee/sim_tcb_test.c — TCB levels, quoting enclaves, TDX modules and attributes at will, judged by the real
 * verifier. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tee/sim_world_test.h"

static void an_older_platform_is_out_of_date(void **state)
{
    struct sim_world w;
    struct attest_collateral c;
    struct attest_platform now, old;
    (void)state;
    sim_world_init(&w, true, false);
    sim_world_collateral(&w, &c, ATTEST_KIND_SGX, (struct attest_sim_collateral_args){0});
    attest_sim_platform(w.sim, &now);
    for (int i = 0; i < 3; i++) {
        old = now;
        if (i == 0)
            old.components[3]--;
        else if (i == 1)
            old.pce_svn--;
        else
            memset(old.cpu_svn, 0, sizeof old.cpu_svn); /* informative: levels do not compare it */
        attest_sim_issue_pck(w.sim, w.authority, &old, SIM_NOW);
        struct bytes q = sim_world_quote(&w, (struct attest_sim_quote_args){0});
        w.policy.tcb_allowed = ATTEST_TCB_STRICT;
        assert_class(sim_world_judge(&w, q, &c, SIM_NOW),
                     i == 2 ? ATTEST_VERIFIED : ATTEST_TCB_STATUS_NOT_ALLOWED);
        w.policy.tcb_allowed |= ATTEST_TCB_BIT(ATTEST_TCB_OUT_OF_DATE);
        assert_class(sim_world_judge(&w, q, &c, SIM_NOW), ATTEST_VERIFIED);
        assert_int_equal(w.claims.tcb, i == 2 ? ATTEST_TCB_UP_TO_DATE : ATTEST_TCB_OUT_OF_DATE);
        assert_int_equal(w.claims.advisory_count, i == 2 ? 0 : 1);
    }
    assert_memory_equal(old.ppid, now.ppid, sizeof old.ppid);
    old = now;
    old.fmspc[0] ^= 1;
    attest_sim_issue_pck(w.sim, w.authority, &old, SIM_NOW);
    assert_class(sim_world_judge(&w, sim_world_quote(&w, (struct attest_sim_quote_args){0}), &c, SIM_NOW),
                 ATTEST_TCB_INFO_MISMATCH);
    old = now;
    old.pceid[1] = 1;
    attest_sim_issue_pck(w.sim, w.authority, &old, SIM_NOW);
    assert_class(sim_world_judge(&w, sim_world_quote(&w, (struct attest_sim_quote_args){0}), &c, SIM_NOW),
                 ATTEST_TCB_INFO_MISMATCH);
    sim_world_fini(&w);
}

static void statuses_converge(void **state)
{
    static const struct {
        enum attest_tcb platform, qe, module, want;
    } cases[] = {
        {ATTEST_TCB_SW_HARDENING_NEEDED, 0, 0, ATTEST_TCB_SW_HARDENING_NEEDED},
        {ATTEST_TCB_CONFIGURATION_NEEDED, ATTEST_TCB_OUT_OF_DATE, 0,
         ATTEST_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED},
        {0, ATTEST_TCB_OUT_OF_DATE, 0, ATTEST_TCB_OUT_OF_DATE},
        {0, 0, ATTEST_TCB_OUT_OF_DATE, ATTEST_TCB_OUT_OF_DATE},
        {ATTEST_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED, 0, ATTEST_TCB_OUT_OF_DATE,
         ATTEST_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED},
        {ATTEST_TCB_OUT_OF_DATE, 0, 0, ATTEST_TCB_OUT_OF_DATE},
    };
    struct sim_world w;
    struct attest_collateral c;
    struct attest_tdx_claims td;
    (void)state;
    sim_world_init(&w, true, false);
    w.policy.tcb_allowed = ~0u;
    w.policy.any_advisory = true;
    attest_sim_td(w.sim, &td, 2, w.program);
    struct bytes q = sim_world_quote(&w, (struct attest_sim_quote_args){.td = &td});
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        sim_world_collateral(&w, &c, ATTEST_KIND_TDX,
                             (struct attest_sim_collateral_args){.status = cases[i].platform,
                                                                 .qe_status = cases[i].qe,
                                                                 .module_status = cases[i].module});
        assert_class(sim_world_judge(&w, q, &c, SIM_NOW), ATTEST_VERIFIED);
        assert_int_equal(w.claims.tcb, cases[i].want);
        assert_true(w.claims.advisory_count >= 1);
    }
    sim_world_fini(&w);
}

static void the_quoting_enclave_must_be_the_vendors(void **state)
{
    struct sim_world w;
    struct attest_collateral c, tdx;
    struct attest_sgx_claims qe;
    (void)state;
    sim_world_init(&w, true, false);
    sim_world_collateral(&w, &c, ATTEST_KIND_SGX, (struct attest_sim_collateral_args){0});
    sim_world_collateral(&w, &tdx, ATTEST_KIND_TDX, (struct attest_sim_collateral_args){0});
    struct attest_sim_quote_args args = {.qe_debug = true};
    assert_class(sim_world_judge(&w, sim_world_quote(&w, args), &c, SIM_NOW), ATTEST_QE_IDENTITY_MISMATCH);
    args.qe_debug = false;
    args.qe = &qe;
    attest_sim_qe(&qe, false);
    qe.mrsigner[0] ^= 1;
    assert_class(sim_world_judge(&w, sim_world_quote(&w, args), &c, SIM_NOW), ATTEST_QE_IDENTITY_MISMATCH);
    attest_sim_qe(&qe, true); /* ISVPRODID 2 */
    assert_class(sim_world_judge(&w, sim_world_quote(&w, args), &c, SIM_NOW), ATTEST_QE_IDENTITY_MISMATCH);
    attest_sim_qe(&qe, false);
    qe.misc_select[0] = 1;
    assert_class(sim_world_judge(&w, sim_world_quote(&w, args), &c, SIM_NOW), ATTEST_QE_IDENTITY_MISMATCH);
    attest_sim_qe(&qe, false);
    qe.isv_svn = 0;
    struct bytes old = sim_world_quote(&w, args);
    assert_class(sim_world_judge(&w, old, &c, SIM_NOW), ATTEST_TCB_STATUS_NOT_ALLOWED);
    w.policy.tcb_allowed |= ATTEST_TCB_BIT(ATTEST_TCB_OUT_OF_DATE);
    assert_class(sim_world_judge(&w, old, &c, SIM_NOW), ATTEST_VERIFIED);
    assert_int_equal(w.claims.tcb, ATTEST_TCB_OUT_OF_DATE);
    args = (struct attest_sim_quote_args){.foreign_key = true};
    assert_class(sim_world_judge(&w, sim_world_quote(&w, args), &c, SIM_NOW), ATTEST_QE_REPORT_DATA);
    args = (struct attest_sim_quote_args){.debug = true};
    assert_class(sim_world_judge(&w, sim_world_quote(&w, args), &c, SIM_NOW), ATTEST_DEBUG_NOT_ALLOWED);
    args.debug = false; /* an SGX quote with TDX documents, and a mixture */
    assert_class(sim_world_judge(&w, sim_world_quote(&w, args), &tdx, SIM_NOW), ATTEST_TCB_INFO_MISMATCH);
    c.qe_identity = tdx.qe_identity;
    c.qe_identity_signature = tdx.qe_identity_signature;
    assert_class(sim_world_judge(&w, sim_world_quote(&w, args), &c, SIM_NOW), ATTEST_QE_IDENTITY_MISMATCH);
    sim_world_fini(&w);
}

/* Changes one thing of a TD and asks. */
#define TD_CASE(type, change, want)                                                                          \
    do {                                                                                                     \
        attest_sim_td(w.sim, &td, type, w.program);                                                          \
        change;                                                                                              \
        assert_class(sim_world_judge(&w, sim_world_quote(&w, (struct attest_sim_quote_args){.td = &td}), &c, \
                                     SIM_NOW),                                                               \
                     want);                                                                                  \
    } while (0)

static void tdx_modules_and_both_tcbs_are_judged(void **state)
{
    struct sim_world w;
    struct attest_collateral c;
    struct attest_tdx_claims td;
    (void)state;
    sim_world_init(&w, true, false);
    sim_world_collateral(&w, &c, ATTEST_KIND_TDX, (struct attest_sim_collateral_args){0});
    w.policy.tcb_allowed = ~0u;
    w.policy.any_advisory = true;
    TD_CASE(2, td.tee_tcb_svn[2]--, ATTEST_VERIFIED);
    assert_int_equal(w.claims.tcb, ATTEST_TCB_OUT_OF_DATE);
    TD_CASE(2, td.tee_tcb_svn[0]--, ATTEST_VERIFIED); /* module minor */
    assert_int_equal(w.claims.tcb, ATTEST_TCB_OUT_OF_DATE);
    assert_int_equal(w.claims.tcb_platform.status, ATTEST_TCB_UP_TO_DATE);
    assert_int_equal(w.claims.tcb_module.status, ATTEST_TCB_OUT_OF_DATE);
    TD_CASE(2, td.tee_tcb_svn[0] = 1, ATTEST_TCB_NOT_SUPPORTED);
    TD_CASE(2, td.tee_tcb_svn[1] = 3, ATTEST_VERIFIED); /* TDX_03 is described too */
    TD_CASE(2, td.tee_tcb_svn[1] = 2, ATTEST_TDX_MODULE_MISMATCH);
    TD_CASE(2, td.tee_tcb_svn[1] = 0, ATTEST_VERIFIED); /* module of the first kind */
    assert_false(w.claims.tcb_module.judged);
    TD_CASE(2, td.mrsignerseam[0] = 1, ATTEST_TDX_MODULE_MISMATCH);
    TD_CASE(2, td.seam_attributes[0] = 1, ATTEST_TDX_MODULE_MISMATCH);
    TD_CASE(3, td.tee_tcb_svn[2]--, ATTEST_VERIFIED); /* updated under a running TD */
    assert_int_equal(w.claims.tcb, ATTEST_TCB_TD_RELAUNCH_ADVISED);
    TD_CASE(4, td.tee_tcb_svn[0]--, ATTEST_VERIFIED);
    assert_int_equal(w.claims.tcb, ATTEST_TCB_TD_RELAUNCH_ADVISED);
    TD_CASE(3, td.tee_tcb_svn2[0] = 1, ATTEST_TCB_NOT_SUPPORTED);
    TD_CASE(3, td.tee_tcb_svn2[1] = 9, ATTEST_TDX_MODULE_MISMATCH);
    w.policy.tcb_allowed = ATTEST_TCB_STRICT;
    TD_CASE(3, td.tee_tcb_svn[2]--, ATTEST_TCB_STATUS_NOT_ALLOWED);
    w.policy.tcb_allowed = ~0u;
    sim_world_collateral(&w, &c, ATTEST_KIND_TDX,
                         (struct attest_sim_collateral_args){.module_status = ATTEST_TCB_REVOKED});
    TD_CASE(2, (void)0, ATTEST_TCB_STATUS_NOT_ALLOWED);
    sim_world_fini(&w);
}

static void attributes_of_a_td_are_policy(void **state)
{
    struct sim_world w;
    struct attest_collateral c;
    struct attest_tdx_claims td;
    (void)state;
    sim_world_init(&w, true, false);
    sim_world_collateral(&w, &c, ATTEST_KIND_TDX, (struct attest_sim_collateral_args){0});
    w.policy.td_required = 1u << 28;
    w.policy.td_refused = 1u << 29 | 1ull << 63;
    TD_CASE(2, (void)0, ATTEST_VERIFIED);
    TD_CASE(2, td.td_attributes[0] = 1, ATTEST_DEBUG_NOT_ALLOWED);
    TD_CASE(2, td.td_attributes[3] = 0, ATTEST_TD_ATTRIBUTES_NOT_ALLOWED);
    TD_CASE(3, td.td_attributes[3] |= 0x20, ATTEST_TD_ATTRIBUTES_NOT_ALLOWED);
    TD_CASE(3, td.td_attributes[7] = 0x80, ATTEST_TD_ATTRIBUTES_NOT_ALLOWED);
    TD_CASE(3, td.mrservicetd[0] = 1, ATTEST_SERVICE_TD_NOT_ALLOWED);
    w.policy.allow_service_td = true;
    TD_CASE(3, td.mrservicetd[0] = 1, ATTEST_VERIFIED);
    sim_world_fini(&w);
}

static void registers_are_extended_in_software(void **state)
{
    static const uint8_t digest[48] = {1};
    struct sim_world w;
    struct attest_tdx_claims before, after;
    (void)state;
    sim_world_init(&w, true, false);
    attest_sim_td(w.sim, &before, 2, w.program);
    attest_sim_extend(w.sim, 3, digest);
    attest_sim_td(w.sim, &after, 2, w.program);
    uint8_t both[96] = {0}, want[48];
    memcpy(both + 48, digest, 48);
    attest_openssl.sha384(want, bytes_of(both, sizeof both));
    assert_memory_equal(after.rtmr[3], want, 48);
    assert_memory_equal(after.rtmr[0], before.rtmr[0], 3 * 48);
    sim_world_fini(&w);
}
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_older_platform_is_out_of_date),
        cmocka_unit_test(statuses_converge),
        cmocka_unit_test(the_quoting_enclave_must_be_the_vendors),
        cmocka_unit_test(tdx_modules_and_both_tcbs_are_judged),
        cmocka_unit_test(attributes_of_a_td_are_policy),
        cmocka_unit_test(registers_are_extended_in_software),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
