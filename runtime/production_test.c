/* runtime/production_test.c — what evidence means on production chains: clusters become active by it, it runs
 * out, collateral grows old, a failed challenge takes back what had not matured.
 *
 * No vendor makes evidence for a test, so this program has vendor roots of its own: those of the simulated
 * platforms. The library's (attest/roots.c) are not linked. */
#include "runtime/lab_test.h"

#include "runtime/accounts.h"
#include "runtime/balances.h"
#include "runtime/collateral.h"
#include "runtime/params.h"
#include "runtime/proof.h"

enum { ALICE, BOB, CAROL, DAVE };
enum { DAY = 86400, STAGE = 600 };

/* Filled by setup: names and keys have these lengths. */
static uint8_t intel_subject[86], intel_key[64], amd_subject[84], amd_key[ATTEST_RSA_LEN];
const struct attest_root attest_vendor_roots[ATTEST_VENDOR_ROOTS] = {
    {.vendor = ATTEST_INTEL,
     .subject = {intel_subject, sizeof intel_subject},
     .public_key = {intel_key, sizeof intel_key},
     .not_after = UINT64_MAX,
     .label = ATTEST_ROOT_VENDOR},
    {.vendor = ATTEST_AMD,
     .product = ATTEST_SNP_MILAN,
     .subject = {amd_subject, sizeof amd_subject},
     .public_key = {amd_key, sizeof amd_key},
     .not_after = UINT64_MAX,
     .label = ATTEST_ROOT_VENDOR},
    {.vendor = ATTEST_AMD, .product = ATTEST_SNP_GENOA, .label = ATTEST_ROOT_VENDOR},
    {.vendor = ATTEST_AMD, .product = ATTEST_SNP_TURIN, .label = ATTEST_ROOT_VENDOR},
};

static void take(uint8_t *to, size_t len, struct bytes from)
{
    assert_int_equal(from.len, len);
    memcpy(to, from.p, len);
}

static void take_roots(const struct attest_sim *sim)
{
    struct attest_root r;
    struct err e;
    assert_int_equal(
        attest_root_from_cert(&r, attest_sim_root_of(sim, ATTEST_KIND_SGX), ATTEST_ROOT_VENDOR, &e), ERR_OK);
    take(intel_subject, sizeof intel_subject, r.subject);
    take(intel_key, sizeof intel_key, r.public_key);
    assert_int_equal(
        attest_root_from_cert(&r, attest_sim_root_of(sim, ATTEST_KIND_SNP), ATTEST_ROOT_VENDOR, &e), ERR_OK);
    take(amd_subject, sizeof amd_subject, r.subject);
    take(amd_key, sizeof amd_key, r.public_key);
}

#define MEASUREMENT "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"

static int setup(void **state)
{
    struct lab *l = test_calloc(1, sizeof *l);
    lab_init(l, "{\"worker_measurements\":[\"0x" MEASUREMENT "\"]}", false);
    take_roots(l->p.sim);
    lab_all_collateral(l);
    *state = l;
    return 0;
}

static struct dispatch attest_as(struct lab *l, uint64_t id, enum attest_kind kind)
{
    struct attest_subject s = lab_cluster(l, id);
    return MARKET_DO(
        &l->k, ALICE, worker, cluster_proof_upload, .id = id,
        .proof = {.evidence = lab_evidence(l, kind, ATTEST_PURPOSE_WORKER, &s, &l->k.who[ALICE], 1)});
}

static struct dispatch attest(struct lab *l, uint64_t id)
{
    return attest_as(l, id, ATTEST_KIND_SGX);
}

static bool listed(struct lab *l, uint64_t id)
{
    struct worker_eligible_slot at;
    return worker_eligible_pos_get(&l->k.x, &at, CLASS_SGX, id);
}

/* To the block before `block`, without a check of the books after each on the way. */
static void skip_to(struct lab *l, uint32_t block)
{
    l->k.unchecked = true;
    while (l->k.block + 1 < block)
        market_next(&l->k);
    l->k.unchecked = false;
}

static const struct worker_com_cr capacity = {.cpu = 100, .mem = 100, .cvm_cpu = 100, .cvm_mem = 100};

static void a_cluster_becomes_active_by_its_evidence_once_it_has_stake(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    static struct worker_ip ip = {.ipv4 = {.some = true, .value = 1}};

    assert_ok(MARKET_DO(k, ALICE, worker, cluster_register, .name = BYTES_LIT("c"), .ip = {1, &ip},
                        .port = 80, .level = 1));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, MARKET_DO(k, ALICE, worker, cluster_proof_upload, .id = 1));
    assert_ok(attest(l, 1));
    assert_int_equal(market_cluster_of(&l->k, 1).status, CLUSTER_REGISTERED);
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_mortgage, .id = 1, .cpu = 100, .mem = 100,
                        .deposit = balance_of(UINT64_C(1000000000000))));
    assert_int_equal(market_cluster_of(&l->k, 1).status, CLUSTER_ACTIVE); /* it was attested already */
    assert_true(listed(l, 1));
    market_next(k);
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_stop, .id = 1));
    assert_ok(attest(l, 1));
    assert_int_equal(market_cluster_of(&l->k, 1).status, CLUSTER_STOPPED);

    uint64_t id = market_cluster(k, BOB, &capacity, 0);
    assert_int_equal(market_cluster_of(&l->k, id).status, CLUSTER_REGISTERED);
    assert_false(listed(l, id));
    struct attest_subject s = lab_cluster(l, id);
    assert_ok(MARKET_DO(
        k, BOB, worker, cluster_proof_upload, .id = id,
        .proof = {.evidence = lab_evidence(l, ATTEST_KIND_SGX, ATTEST_PURPOSE_WORKER, &s, &k->who[BOB], 1)}));
    assert_int_equal(market_cluster_of(&l->k, id).status, CLUSTER_ACTIVE);
    assert_true(listed(l, id));
}

static void nobody_is_a_worker_while_the_list_is_empty(void **state)
{
    struct lab *l = *state;
    uint64_t id = market_cluster(&l->k, ALICE, &capacity, 0);

    assert_ok(MARKET_DO(&l->k, -1, worker, set_worker_measurements, .list = {0, NULL}));
    assert_fails(worker, WORKER_ERR_MEASUREMENT_NOT_ALLOWED, attest(l, id));
}

static void an_attestation_runs_out_and_is_renewed(void **state)
{
    struct lab *l = *state;
    struct worker_cluster_attestation a;
    uint64_t id = market_cluster(&l->k, ALICE, &capacity, 0);

    assert_ok(attest(l, id));
    assert_true(worker_cluster_attestations_get(&l->k.x, &a, id));
    assert_int_equal(a.claims.until, l->k.block + params_production.attest_max_age);
    uint32_t until = (uint32_t)a.claims.until;
    skip_to(l, until);
    assert_true(listed(l, id));
    market_next(&l->k);
    assert_false(listed(l, id));
    assert_int_equal(market_cluster_of(&l->k, id).status, CLUSTER_ACTIVE);
    assert_ok(attest(l, id));
    assert_true(listed(l, id));
    market_next(&l->k);
    assert_ok(attest(l, id)); /* before its end: the new end counts */
}

static void collateral_older_than_a_week_is_stale(void **state)
{
    struct lab *l = *state;
    uint64_t id = market_cluster(&l->k, ALICE, &capacity, 0);

    lab_time(l, LAB_NOW + 7 * DAY);
    assert_fails(worker, WORKER_ERR_EVIDENCE_STALE, attest(l, id));
    lab_time(l, LAB_NOW + 6 * DAY);
    assert_ok(attest(l, id));
}

static void sev_snp_needs_amds_revocation_list(void **state)
{
    static const uint8_t milan[1] = {ATTEST_SNP_MILAN};
    struct lab *l = *state;
    uint64_t id = market_cluster(&l->k, ALICE, &capacity, 0);
    uint8_t launch[ATTEST_MEASUREMENT_MAX];
    size_t len = attest_sim_measurement(launch, ATTEST_KIND_SNP, l->p.program);
    struct worker_measurement m = {WORKER_MEASUREMENT_KIND_SNP_LAUNCH, bytes_of(launch, len)};
    struct worker_collateral_piece p;
    const struct worker_collateral_key key = {.kind = WORKER_COLLATERAL_KIND_AMD_CRL,
                                              .key = bytes_of(milan, sizeof milan)};

    assert_fails(worker, WORKER_ERR_MEASUREMENT_NOT_ALLOWED, attest_as(l, id, ATTEST_KIND_SNP));
    assert_ok(MARKET_DO(&l->k, -1, worker, set_worker_measurements, .list = {1, &m}));
    assert_true(worker_collateral_get(&l->k.x, &p, &key));
    worker_collateral_del(&l->k.x, &key);
    assert_fails(worker, WORKER_ERR_EVIDENCE_STALE, attest_as(l, id, ATTEST_KIND_SNP));
    worker_collateral_put(&l->k.x, &key, &p);
    assert_ok(attest_as(l, id, ATTEST_KIND_SNP));
}

static void the_kind_of_tee_is_the_one_that_was_ordered(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    uint64_t id = market_cluster(k, ALICE, &capacity, 0);

    assert_ok(attest(l, id));
    assert_ok(MARKET_DO(k, BOB, app, create, .name = BYTES_LIT("vm"), .image = BYTES_LIT("nginx:1.25"),
                        .command = {.tag = APP_COMMAND_NONE}, .cpu = 10, .memory = 10, .level = 1,
                        .tee_version = APP_TEE_VERSION_CVM, .deposit = balance_of(UINT64_C(100000000000))));
    market_next(k);
    struct attest_subject s = lab_replica(l, 0, id);
    struct worker_evidence sgx =
        lab_evidence(l, ATTEST_KIND_SGX, ATTEST_PURPOSE_START, &s, &l->deploy.account, 1);
    struct worker_evidence tdx =
        lab_evidence(l, ATTEST_KIND_TDX, ATTEST_PURPOSE_START, &s, &l->deploy.account, 1);
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE,
                 MARKET_DO(k, ALICE, worker, work_start, .work_id = WORK_APP(0), .report = sgx.u.sgx_dcap,
                           .deploy_key = l->deploy.account));
    assert_ok(MARKET_DO(k, ALICE, worker, work_start, .work_id = WORK_APP(0), .report = tdx.u.tdx,
                        .deploy_key = l->deploy.account));
}

static void proofs_need_an_attestation_that_lasts(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    uint64_t id = lab_running(l, ALICE, BOB);
    struct worker_contract_state s = market_contract(k, 0, id);

    assert_int_equal(s.attested_until, k->block + params_production.attest_max_age);
    skip_to(l, k->block + STAGE + 2);
    s = market_contract(k, 0, id);
    s.attested_until = k->block - 1; /* as if it had been given long ago */
    worker_work_contract_state_put(&k->x, &WORK_APP(0), id, &s);
    assert_fails(worker, WORKER_ERR_ATTESTATION_EXPIRED, lab_prove(l, ALICE, 0, id));
    assert_ok(MARKET_DO(k, ALICE, worker, work_proof_upload, .work_id = WORK_APP(0),
                        .report = {true, lab_report(l, 0, id)}));
    assert_int_equal(market_contract(k, 0, id).attested_until, k->block + params_production.attest_max_age);
    assert_ok(lab_prove(l, ALICE, 0, id));
}

static void a_new_code_policy_must_be_met_within_the_grace(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    uint64_t id = lab_running(l, ALICE, BOB);
    struct worker_measurement m = {WORKER_MEASUREMENT_KIND_SGX_MR_ENCLAVE, bytes_of(l->p.program, 32)};

    market_next(k);
    assert_ok(MARKET_DO(k, BOB, worker, set_work_policy, .work_id = WORK_APP(0),
                        .policy = {true, {.measurements = {1, &m}, .max_status = 1}}));
    assert_int_equal(market_contract(k, 0, id).attested_until, k->block + params_production.attest_grace);
    assert_ok(MARKET_DO(k, ALICE, worker, work_proof_upload, .work_id = WORK_APP(0),
                        .report = {true, lab_report(l, 0, id)}));
    assert_int_equal(market_contract(k, 0, id).attested_until, k->block + params_production.attest_max_age);
}

/* Three proofs, evidence after the first: what the last two earned goes back to the work, the first does not.
 */
static void a_failed_challenge_takes_back_what_was_earned_since_the_last_evidence(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    uint64_t id = lab_running(l, ALICE, BOB);
    uint64_t earned[3];

    for (int i = 0; i < 3; i++) {
        uint64_t before = PLANCK(market_contract(k, 0, id).minted);
        skip_to(l, k->block + STAGE + 1);
        assert_ok(lab_prove(l, ALICE, 0, id));
        earned[i] = PLANCK(market_contract(k, 0, id).minted) - before;
        assert_true(earned[i] > 0);
        if (i > 0)
            continue;
        assert_ok(MARKET_DO(k, ALICE, worker, work_proof_upload, .work_id = WORK_APP(0),
                            .report = {true, lab_report(l, 0, id)}));
    }
    struct worker_contract_state s = market_contract(k, 0, id);
    uint64_t fee = PLANCK(s.fee), held = PLANCK(s.held), sigma = PLANCK(s.sigma);
    struct app_work_balance b = market_balance(k, 0);
    uint64_t stake = PLANCK(worker_stake_of_get(&k->x, id)), bob = PLANCK(market_free(k, BOB));
    uint64_t carol = PLANCK(market_free(k, CAROL));
    struct account_id network = account_network_treasury(&k->x);
    uint64_t treasury = PLANCK(balances_free(&k->x, &network));
    assert_int_equal(PLANCK(s.unproven), earned[1] + earned[2]);

    assert_ok(MARKET_DO(k, CAROL, worker, attestation_challenge, .work_id = WORK_APP(0), .cluster_id = id));
    uint64_t bond = carol - PLANCK(market_free(k, CAROL));
    assert_int_equal(bond, 10000000000); /* a tenth of the price, at least a hundredth of a UNIT */
    assert_true(fee / 10 < bond);
    market_skip(k, 51);
    assert_int_equal(market_cluster_of(&l->k, id).status, CLUSTER_SUSPENDED);

    /* two periods and a bit since the evidence: the owner gets up to 2F for each of three */
    uint64_t slashed = sigma * 3 / 10, to_owner = slashed / 2 < 6 * fee ? slashed / 2 : 6 * fee;
    assert_int_equal(PLANCK(worker_stake_of_get(&k->x, id)), stake - slashed);
    assert_int_equal(PLANCK(market_free(k, BOB)), bob + to_owner);
    assert_int_equal(PLANCK(market_free(k, CAROL)), carol + slashed / 10);
    assert_int_equal(PLANCK(balances_free(&k->x, &network)), treasury + slashed - to_owner - slashed / 10);
    s = market_contract(k, 0, id);
    assert_int_equal(s.status, CONTRACT_ENDED);
    assert_int_equal(PLANCK(s.minted), earned[0]);
    struct app_work_balance after = market_balance(k, 0);
    assert_int_equal(PLANCK(after.available), PLANCK(b.available) + held + earned[1] + earned[2]);
    assert_int_equal(PLANCK(after.spent), PLANCK(b.spent) - earned[1] - earned[2]);
}

static void stopping_does_not_shorten_a_suspension(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    uint64_t id = lab_running(l, ALICE, BOB);

    assert_ok(MARKET_DO(k, CAROL, worker, attestation_challenge, .work_id = WORK_APP(0), .cluster_id = id));
    market_skip(k, 51);
    uint32_t failed = k->block;
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_stop, .id = id));
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_mortgage, .id = id,
                        .deposit = balance_of(UINT64_C(1000000000000))));
    assert_int_equal(market_cluster_of(k, id).status, CLUSTER_STOPPED); /* what it proved was before */
    market_next(k);
    assert_ok(attest(l, id));
    assert_int_equal(market_cluster_of(k, id).status, CLUSTER_STOPPED);
    skip_to(l, failed + params_production.suspend_blocks + 1);
    assert_ok(attest(l, id));
    assert_int_equal(market_cluster_of(k, id).status, CLUSTER_ACTIVE);
}

static void challenges_of_a_contract_are_600_blocks_apart(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    uint64_t id = lab_running(l, ALICE, BOB);
    struct attest_subject s;
    struct hash32 nonce;

    uint32_t first = k->block;
    assert_ok(MARKET_DO(k, CAROL, worker, attestation_challenge, .work_id = WORK_APP(0), .cluster_id = id));
    market_skip(k, 2);
    assert_true(exec_block_hash(&k->x, &nonce, first + 1));
    s = lab_replica(l, 0, id);
    assert_ok(MARKET_DO(k, ALICE, worker, challenge_respond, .work_id = WORK_APP(0),
                        .evidence = lab_evidence_with(l, ATTEST_KIND_SGX, ATTEST_PURPOSE_CHALLENGE, &s,
                                                      &l->deploy.account, &nonce)));
    skip_to(l, first + 600);
    assert_fails(
        worker, WORKER_ERR_TOO_SOON,
        MARKET_DO(k, CAROL, worker, attestation_challenge, .work_id = WORK_APP(0), .cluster_id = id));
    market_next(k);
    assert_ok(MARKET_DO(k, CAROL, worker, attestation_challenge, .work_id = WORK_APP(0), .cluster_id = id));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, lab_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_cluster_becomes_active_by_its_evidence_once_it_has_stake),
        T(nobody_is_a_worker_while_the_list_is_empty),
        T(an_attestation_runs_out_and_is_renewed),
        T(collateral_older_than_a_week_is_stale),
        T(sev_snp_needs_amds_revocation_list),
        T(the_kind_of_tee_is_the_one_that_was_ordered),
        T(proofs_need_an_attestation_that_lasts),
        T(a_new_code_policy_must_be_met_within_the_grace),
        T(a_failed_challenge_takes_back_what_was_earned_since_the_last_evidence),
        T(stopping_does_not_shorten_a_suspension),
        T(challenges_of_a_contract_are_600_blocks_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
