/* tee/sim_amd_test.c — what the verifier says of simulated SEV-SNP evidence: all product lines and report
 * versions, both kinds of keys, and the revocation list no public sample shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "attest/snp.h"
#include "tee/sim_world_test.h"

/* Re-issues the chip's certificates and makes their ARK the policy's AMD root. */
static void issue(struct sim_world *w, const struct attest_snp_claims *chip)
{
    assert_int_equal(attest_sim_issue_chip(w->sim, w->authority, chip, SIM_NOW, &w->e), ERR_OK);
    assert_int_equal(attest_root_from_cert(&w->roots[1], attest_sim_root_of(w->sim, ATTEST_KIND_SNP),
                                           ATTEST_ROOT_DEVELOPMENT, &w->e),
                     ERR_OK);
}

static void collateral(struct sim_world *w, struct attest_collateral *c, uint32_t revoked)
{
    sim_world_collateral(w, c, ATTEST_KIND_SNP, (struct attest_sim_collateral_args){.revoked = revoked});
}

static void guest_of(struct sim_world *w, struct attest_snp_claims *out, enum attest_snp_product product,
                     bool vlek)
{
    static const uint8_t turin_tcb[8] = {1, 2, 3, 4, 0, 0, 0, 200};
    struct attest_snp_claims chip;

    attest_sim_guest(w->sim, &chip, w->program);
    chip.product = product;
    chip.vlek = vlek;
    memset(chip.chip_id, 0, sizeof chip.chip_id);
    if (!vlek)
        memset(chip.chip_id, 0x5a, product == ATTEST_SNP_TURIN ? 8 : 64);
    if (product == ATTEST_SNP_TURIN)
        memcpy(chip.reported_tcb, turin_tcb, 8);
    issue(w, &chip);
    attest_sim_guest(w->sim, out, w->program);
}

static void evidence_carries_its_certificates(void **state)
{
    struct sim_world w;
    struct attest_collateral c, without_leaf;
    struct attest_snp_claims guest;
    struct bytes evidence;
    uint8_t value[ATTEST_MEASUREMENT_MAX];
    (void)state;
    sim_world_init(&w, true, true);
    assert_int_equal(
        attest_sim_evidence(w.sim, &w.arena, &evidence, ATTEST_KIND_SNP, w.program, w.report_data, &w.e),
        ERR_OK);
    assert_in_range(evidence.len, SNP_REPORT_LEN + 2000, 5120);
    assert_int_equal(attest_sim_collateral(w.sim, &w.arena, &c, ATTEST_KIND_SNP, &w.e), ERR_OK);
    assert_class(sim_world_judge(&w, evidence, &c, SIM_NOW), ATTEST_VERIFIED);
    assert_int_equal(w.claims.kind, ATTEST_KIND_SNP);
    assert_int_equal(w.claims.tcb, ATTEST_TCB_NOT_EVALUATED);
    assert_int_equal(w.claims.root_index, 1);
    assert_int_equal(attest_sim_measurement(value, ATTEST_KIND_SNP, w.program), 48);
    assert_memory_equal(w.claims.snp.measurement, value, 48);
    without_leaf = c; /* the leaf of the table suffices, the list does not come with it */
    without_leaf.snp_leaf = BYTES_EMPTY;
    assert_class(sim_world_judge(&w, evidence, &without_leaf, SIM_NOW), ATTEST_VERIFIED);
    assert_class(sim_world_judge(&w, evidence, NULL, SIM_NOW), ATTEST_CRL_MISSING);
    w.policy.without_amd_crl = true;
    assert_class(sim_world_judge(&w, evidence, NULL, SIM_NOW), ATTEST_VERIFIED);
    w.policy.without_amd_crl = false;
    attest_sim_guest(w.sim, &guest, w.program); /* and the collateral suffices without the table */
    struct bytes bare = sim_world_report(&w, &guest, false, false);
    assert_int_equal(bare.len, SNP_REPORT_LEN);
    assert_class(sim_world_judge(&w, bare, &c, SIM_NOW), ATTEST_VERIFIED);
    assert_class(sim_world_judge(&w, bare, &without_leaf, SIM_NOW), ATTEST_COLLATERAL_MISSING);
    sim_world_fini(&w);
}

static void all_products_versions_and_keys_pass(void **state)
{
    static const uint32_t versions[] = {2, 3, 5};
    struct sim_world w;
    struct attest_collateral c;
    struct attest_snp_claims guest;
    (void)state;
    sim_world_init(&w, true, true);
    for (enum attest_snp_product p = ATTEST_SNP_MILAN; p < ATTEST_SNP_PRODUCTS; p++) {
        for (int vlek = 0; vlek < 2; vlek++) {
            guest_of(&w, &guest, p, vlek == 1);
            collateral(&w, &c, 0);
            for (size_t v = 0; v < ARRAY_LEN(versions); v++) {
                guest.version = versions[v];
                struct bytes evidence = sim_world_report(&w, &guest, false, true);
                assert_class(sim_world_judge(&w, evidence, &c, SIM_NOW), ATTEST_VERIFIED);
                assert_int_equal(w.claims.snp.version, versions[v]);
                assert_int_equal(w.claims.snp.product, p);
                assert_int_equal(w.claims.snp.vlek, vlek);
                assert_memory_equal(w.claims.snp.reported_tcb, guest.reported_tcb, 8);
                assert_memory_equal(w.claims.snp.chip_id, guest.chip_id, 64);
            }
            guest.version = 4; /* defined, never seen */
            assert_class(sim_world_judge(&w, sim_world_report(&w, &guest, false, true), &c, SIM_NOW),
                         ATTEST_SNP_UNSUPPORTED_VERSION);
        }
    }
    sim_world_fini(&w);
}

static void the_roots_list_revokes_its_intermediates(void **state)
{
    struct sim_world w;
    struct attest_collateral c;
    struct attest_snp_claims guest;
    (void)state;
    sim_world_init(&w, true, true);
    for (int vlek = 0; vlek < 2; vlek++) {
        uint32_t own = vlek == 1 ? ATTEST_SIM_REVOKE_ASVK : ATTEST_SIM_REVOKE_ASK;
        guest_of(&w, &guest, ATTEST_SNP_MILAN, vlek == 1);
        struct bytes evidence = sim_world_report(&w, &guest, false, true);
        collateral(&w, &c, own);
        assert_class(sim_world_judge(&w, evidence, &c, SIM_NOW), ATTEST_CERT_REVOKED);
        collateral(&w, &c, (ATTEST_SIM_REVOKE_ASK | ATTEST_SIM_REVOKE_ASVK) & ~own);
        assert_class(sim_world_judge(&w, evidence, &c, SIM_NOW), ATTEST_VERIFIED);
    }
    guest_of(&w, &guest, ATTEST_SNP_MILAN, false);
    struct bytes evidence = sim_world_report(&w, &guest, false, true);
    const uint64_t last = SIM_NOW + 10 * SIM_DAY;
    sim_world_collateral(&w, &c, ATTEST_KIND_SNP, (struct attest_sim_collateral_args){.next_update = last});
    assert_class(sim_world_judge(&w, evidence, &c, last), ATTEST_VERIFIED);
    assert_int_equal(w.claims.valid_until, last);
    assert_class(sim_world_judge(&w, evidence, &c, last + 1), ATTEST_CRL_EXPIRED);
    assert_class(sim_world_judge(&w, evidence, &c, SIM_NOW - 1), ATTEST_CRL_NOT_YET_VALID);
    sim_world_fini(&w);
}

static void reports_that_do_not_fit_the_certificate_are_refused(void **state)
{
    struct sim_world w;
    struct attest_collateral c;
    struct attest_snp_claims guest, g;
    (void)state;
    sim_world_init(&w, true, true);
    attest_sim_guest(w.sim, &guest, w.program);
    collateral(&w, &c, 0);
    assert_class(sim_world_judge(&w, sim_world_report(&w, &guest, true, true), &c, SIM_NOW),
                 ATTEST_SNP_NOT_SIGNED); /* masked chip key */
    g = guest;
    g.reported_tcb[7]--;
    assert_class(sim_world_judge(&w, sim_world_report(&w, &g, false, true), &c, SIM_NOW),
                 ATTEST_SNP_TCB_MISMATCH);
    g = guest;
    g.committed_tcb[0]++; /* more than current */
    assert_class(sim_world_judge(&w, sim_world_report(&w, &g, false, true), &c, SIM_NOW),
                 ATTEST_SNP_TCB_MISMATCH);
    g = guest;
    g.chip_id[63] ^= 1;
    assert_class(sim_world_judge(&w, sim_world_report(&w, &g, false, true), &c, SIM_NOW),
                 ATTEST_SNP_CHIP_ID_MISMATCH);
    g = guest;
    g.product = ATTEST_SNP_GENOA; /* what the processor says of itself */
    assert_class(sim_world_judge(&w, sim_world_report(&w, &g, false, true), &c, SIM_NOW),
                 ATTEST_SNP_CHAIN_UNTRUSTED);
    g = guest;
    g.vlek = true; /* signed by the chip, said to be by the provider's key */
    assert_class(sim_world_judge(&w, sim_world_report(&w, &g, false, false), &c, SIM_NOW),
                 ATTEST_SNP_SIGNING_KEY_MISMATCH);
    g = guest;
    g.policy &= ~(1ull << 17);
    assert_class(sim_world_judge(&w, sim_world_report(&w, &g, false, true), &c, SIM_NOW), ATTEST_SNP_FORMAT);
    sim_world_fini(&w);
}

static const uint8_t least[ATTEST_SNP_PRODUCTS][8] = {[ATTEST_SNP_MILAN] = {4, 0, 0, 0, 0, 0, 24, 219}};

static void what_the_guest_is_allowed_is_policy(void **state)
{
    struct sim_world w;
    struct attest_collateral c;
    struct attest_snp_claims guest, g;
    (void)state;
    sim_world_init(&w, true, true);
    attest_sim_guest(w.sim, &guest, w.program);
    collateral(&w, &c, 0);
    struct bytes good = sim_world_report(&w, &guest, false, true);
    w.policy.snp_least_tcb = least;
    w.policy.snp_policy_refused = 1u << 18;
    w.policy.snp_platform_required = 1u << 5;
    assert_class(sim_world_judge(&w, good, &c, SIM_NOW), ATTEST_VERIFIED);
    g = guest;
    g.policy |= 1u << 19;
    struct bytes debuggable = sim_world_report(&w, &g, false, true);
    assert_int_not_equal(sim_world_judge(&w, debuggable, &c, SIM_NOW), ATTEST_VERIFIED);
    w.policy.allow_debug = true;
    assert_class(sim_world_judge(&w, debuggable, &c, SIM_NOW), ATTEST_VERIFIED);
    assert_true(w.claims.debug);
    w.policy.allow_debug = false;
    g = guest;
    g.policy |= 1u << 18;
    assert_class(sim_world_judge(&w, sim_world_report(&w, &g, false, true), &c, SIM_NOW),
                 ATTEST_SNP_POLICY_NOT_ALLOWED);
    g = guest;
    g.vmpl = 1;
    assert_class(sim_world_judge(&w, sim_world_report(&w, &g, false, true), &c, SIM_NOW),
                 ATTEST_SNP_POLICY_NOT_ALLOWED);
    g = guest;
    g.platform_info = 1;
    assert_class(sim_world_judge(&w, sim_world_report(&w, &g, false, true), &c, SIM_NOW),
                 ATTEST_SNP_POLICY_NOT_ALLOWED);
    w.policy.snp_products_refused = 1u << ATTEST_SNP_MILAN;
    assert_class(sim_world_judge(&w, good, &c, SIM_NOW), ATTEST_SNP_PRODUCT_NOT_ALLOWED);
    w.policy.snp_products_refused = 0;
    w.policy.allow_development = false;
    assert_class(sim_world_judge(&w, good, &c, SIM_NOW), ATTEST_TRUST_ROOT_NOT_ALLOWED);
    w.policy.roots = attest_vendor_roots;
    w.policy.root_count = ATTEST_VENDOR_ROOTS;
    w.policy.without_amd_crl = true;
    assert_class(sim_world_judge(&w, good, NULL, SIM_NOW), ATTEST_SNP_CHAIN_UNTRUSTED);
    sim_world_fini(&w);
}

static void firmware_below_the_least_is_refused(void **state)
{
    struct sim_world w;
    struct attest_collateral c;
    struct attest_snp_claims guest, old;
    (void)state;
    sim_world_init(&w, true, true);
    attest_sim_guest(w.sim, &guest, w.program);
    old = guest;
    old.reported_tcb[6]--; /* the host reports less than what runs, with a certificate for it */
    issue(&w, &old);
    collateral(&w, &c, 0);
    memcpy(old.current_tcb, guest.current_tcb, 8);
    memcpy(old.committed_tcb, guest.committed_tcb, 8);
    struct bytes evidence = sim_world_report(&w, &old, false, true);
    assert_class(sim_world_judge(&w, evidence, &c, SIM_NOW), ATTEST_VERIFIED);
    w.policy.snp_least_tcb = least;
    assert_int_not_equal(sim_world_judge(&w, evidence, &c, SIM_NOW), ATTEST_VERIFIED);
    sim_world_fini(&w);
}

static void a_platform_gets_one_chip_and_keeps_it(void **state)
{
    struct sim_world w;
    struct attest_sim *again = NULL;
    struct attest_snp_claims first, second;
    (void)state;
    sim_world_init(&w, true, true);
    assert_int_equal(attest_sim_create_snp(w.folder, w.platform, SIM_NOW, &w.e), ERR_EXISTS);
    assert_int_equal(attest_sim_open(&again, w.platform, &w.e), ERR_OK);
    attest_sim_guest(w.sim, &first, w.program);
    attest_sim_guest(again, &second, w.program);
    assert_memory_equal(first.chip_id, second.chip_id, 64);
    attest_sim_free(again);
    sim_world_fini(&w);
    sim_world_init(&w, false, false); /* no AMD keys, none are made behind one's back */
    assert_int_equal(attest_sim_issue_chip(w.sim, w.authority, &first, SIM_NOW, &w.e), ERR_NOT_FOUND);
    sim_world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_carries_its_certificates),
        cmocka_unit_test(all_products_versions_and_keys_pass),
        cmocka_unit_test(the_roots_list_revokes_its_intermediates),
        cmocka_unit_test(reports_that_do_not_fit_the_certificate_are_refused),
        cmocka_unit_test(what_the_guest_is_allowed_is_policy),
        cmocka_unit_test(firmware_below_the_least_is_refused),
        cmocka_unit_test(a_platform_gets_one_chip_and_keeps_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
