/* runtime/challenge_test.c — challenges: who may ask, what an answer is, what silence costs, to the planck.
 *
 * Development rules with challenge_slash on; runtime/production_test.c plays what only production has. */
#include "runtime/challenge.h"

#include "runtime/accounts.h"
#include "runtime/balances.h"
#include "runtime/lab_test.h"
#include "runtime/params.h"
#include "runtime/queue.h"

enum { ALICE, BOB, CAROL, DAVE };
enum { FEE = 2000, SIGMA = 200, BOND = FEE / 10, GAP = 10, SUSPENDED_FOR = 10, JAILED_FOR = 100 };

static int setup(void **state)
{
    struct lab *l = test_calloc(1, sizeof *l);
    lab_init(l, "{\"challenge_slash\":3000}", true);
    lab_all_collateral(l);
    *state = l;
    return 0;
}

static int setup_without_slash(void **state)
{
    struct lab *l = test_calloc(1, sizeof *l);
    lab_init(l, NULL, true);
    lab_all_collateral(l);
    *state = l;
    return 0;
}

static uint64_t treasury(struct market *k)
{
    struct account_id who = account_network_treasury(&k->x);
    return PLANCK(balances_free(&k->x, &who));
}

static uint64_t free_of(struct market *k, int who)
{
    return PLANCK(market_free(k, who));
}

static struct dispatch challenge(struct lab *l, int who, uint64_t cluster)
{
    return MARKET_DO(&l->k, who, worker, attestation_challenge, .work_id = WORK_APP(0),
                     .cluster_id = cluster);
}

static struct worker_evidence answer(struct lab *l, uint64_t cluster, const struct account_id *key)
{
    struct attest_subject s = lab_replica(l, 0, cluster);
    struct worker_challenge ch;
    struct hash32 nonce;
    assert_true(worker_challenges_get(&l->k.x, &ch, &WORK_APP(0), cluster));
    assert_true(exec_block_hash(&l->k.x, &nonce, (uint32_t)ch.issued + 1));
    return lab_evidence_with(l, ATTEST_KIND_SGX, ATTEST_PURPOSE_CHALLENGE, &s, key, &nonce);
}

static struct dispatch respond(struct lab *l, int who, struct worker_evidence v)
{
    return MARKET_DO(&l->k, who, worker, challenge_respond, .work_id = WORK_APP(0), .evidence = v);
}

static struct worker_challenge challenge_of(struct lab *l, uint64_t cluster)
{
    struct worker_challenge ch;
    assert_true(worker_challenges_get(&l->k.x, &ch, &WORK_APP(0), cluster));
    return ch;
}

static void an_answer_in_time_pays_the_cluster_half_of_the_bond(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    uint64_t id = lab_running(l, ALICE, BOB);
    uint64_t carol = free_of(k, CAROL), alice = free_of(k, ALICE), network = treasury(k);
    struct worker_attestation a;

    market_skip(k, 4);
    assert_ok(challenge(l, CAROL, id));
    assert_int_equal(market_events(k, &worker_pallet, 23), 1);
    assert_int_equal(PLANCK(market_reserved(k, CAROL)), BOND);
    struct worker_challenge ch = challenge_of(l, id);
    assert_true(ch.open && ch.issued == k->block && ch.deadline == k->block + 50);
    market_skip(k, 2);
    assert_ok(respond(l, ALICE, answer(l, id, &l->deploy.account)));
    assert_int_equal(market_events(k, &worker_pallet, 24), 1);
    assert_int_equal(free_of(k, CAROL), carol - BOND);
    assert_int_equal(PLANCK(market_reserved(k, CAROL)), 0);
    assert_int_equal(free_of(k, ALICE), alice + BOND / 2);
    assert_int_equal(treasury(k), network + BOND / 2);
    assert_false(challenge_of(l, id).open);
    assert_true(worker_attestation_of_get(&k->x, &a, &WORK_APP(0), id));
    assert_int_equal(a.at, k->block);
    market_skip(k, 60);
    assert_int_equal(market_cluster_of(&l->k, id).status, CLUSTER_ACTIVE);
    assert_int_equal(market_contract(k, 0, id).status, CONTRACT_RUNNING);
}

static void only_a_running_contract_without_a_recent_challenge_can_be_challenged(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    const struct worker_com_cr capacity = {.cpu = 100, .mem = 100};
    uint64_t id = market_cluster(k, ALICE, &capacity, 0);

    assert_ok(market_order(k, BOB, 10, 10, 0, 1000000));
    assert_fails(worker, WORKER_ERR_WORK_NOT_EXISTS, challenge(l, CAROL, id));
    market_next(k);
    assert_fails(worker, WORKER_ERR_WORK_NOT_STARTED, challenge(l, CAROL, id));
    assert_ok(MARKET_DO(k, ALICE, worker, work_start, .work_id = WORK_APP(0), .report = lab_report(l, 0, id),
                        .deploy_key = l->deploy.account));
    assert_ok(
        balances_transfer(&k->x, &k->who[CAROL], &k->who[DAVE], balance_of((1ull << 60) - 600), KEEP_ALIVE));
    assert_ok(challenge(l, DAVE, id));
    assert_fails(worker, WORKER_ERR_CHALLENGE_EXISTS, challenge(l, BOB, id));
    market_skip(k, 2);
    assert_ok(respond(l, ALICE, answer(l, id, &l->deploy.account)));
    assert_fails(worker, WORKER_ERR_TOO_SOON, challenge(l, BOB, id));
    market_skip(k, GAP - 3);
    assert_fails(worker, WORKER_ERR_TOO_SOON, challenge(l, BOB, id));
    market_next(k);
    assert_fails(worker, WORKER_ERR_INSUFFICIENT_BALANCE, challenge(l, CAROL, id));
    assert_ok(challenge(l, BOB, id));
    market_skip(k, 2);
    assert_ok(respond(l, ALICE, answer(l, id, &l->deploy.account)));
}

static void an_answer_carries_the_nonce_and_the_deploy_key(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    uint64_t id = lab_running(l, ALICE, BOB);
    struct attest_subject s = lab_replica(l, 0, id);
    static const uint8_t long_[EVIDENCE_MAX + 1];

    assert_fails(worker, WORKER_ERR_CHALLENGE_NOT_EXISTS,
                 respond(l, ALICE, (struct worker_evidence){.tag = WORKER_EVIDENCE_NONE}));
    assert_ok(challenge(l, CAROL, id));
    assert_fails(worker, WORKER_ERR_TOO_SOON,
                 respond(l, ALICE, (struct worker_evidence){.tag = WORKER_EVIDENCE_NONE}));
    market_next(k);
    assert_fails(worker, WORKER_ERR_TOO_SOON,
                 respond(l, ALICE, (struct worker_evidence){.tag = WORKER_EVIDENCE_NONE}));
    market_next(k);
    struct worker_evidence good = answer(l, id, &l->deploy.account);
    assert_fails(worker, WORKER_ERR_NOT_ALLOWED403, respond(l, BOB, good));
    assert_fails(worker, WORKER_ERR_WORK_NOT_EXISTS,
                 MARKET_DO(k, ALICE, worker, challenge_respond, .work_id = WORK_APP(7), .evidence = good));
    assert_fails(worker, WORKER_ERR_INPUT_TOO_LONG,
                 respond(l, ALICE,
                         (struct worker_evidence){.tag = WORKER_EVIDENCE_SGX_DCAP,
                                                  .u = {.sgx_dcap = bytes_of(long_, sizeof long_)}}));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE,
                 respond(l, ALICE, (struct worker_evidence){.tag = WORKER_EVIDENCE_NONE}));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, respond(l, ALICE, answer(l, id, &k->who[ALICE])));
    /* fresh, but not of this challenge */
    assert_fails(
        worker, WORKER_ERR_BAD_EVIDENCE,
        respond(l, ALICE,
                lab_evidence(l, ATTEST_KIND_SGX, ATTEST_PURPOSE_CHALLENGE, &s, &l->deploy.account, 2)));
    assert_fails(
        worker, WORKER_ERR_BAD_EVIDENCE,
        respond(l, ALICE, lab_evidence(l, ATTEST_KIND_SGX, ATTEST_PURPOSE_START, &s, &l->deploy.account, 1)));
    market_skip(k, 48); /* the last block that counts */
    assert_int_equal(k->block, challenge_of(l, id).deadline);
    good = answer(l, id, &l->deploy.account);
    assert_ok(respond(l, ALICE, good));
    assert_fails(worker, WORKER_ERR_CHALLENGE_NOT_EXISTS, respond(l, ALICE, good));
}

/* 30 % of sigma: 60, of which 30 to the owner, 6 to the challenger, 24 to the treasury. */
static void silence_costs_stake_and_the_contract(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    uint64_t id = lab_running(l, ALICE, BOB);
    struct worker_reliability r;
    struct worker_eligible_slot at;

    market_skip(k, 3);
    assert_ok(lab_prove(l, ALICE, 0, id));
    assert_int_equal(PLANCK(market_contract(k, 0, id).sigma), SIGMA);
    uint64_t bob = free_of(k, BOB), carol = free_of(k, CAROL), network = treasury(k);
    uint64_t stake = PLANCK(worker_stake_of_get(&k->x, id));
    assert_ok(challenge(l, CAROL, id));
    market_skip(k, 50);
    assert_int_equal(market_contract(k, 0, id).status, CONTRACT_RUNNING);
    market_next(k);
    assert_int_equal(market_events(k, &worker_pallet, 25), 1);
    assert_int_equal(market_events(k, &worker_pallet, 10), 1);
    assert_int_equal(market_contract(k, 0, id).status, CONTRACT_ENDED);
    assert_int_equal(market_cluster_of(&l->k, id).status, CLUSTER_SUSPENDED);
    assert_false(worker_eligible_pos_get(&k->x, &at, CLASS_SGX, id));
    assert_int_equal(PLANCK(worker_stake_of_get(&k->x, id)), stake - SIGMA * 3 / 10);
    assert_int_equal(PLANCK(market_reserved(k, ALICE)), stake - SIGMA * 3 / 10);
    assert_int_equal(free_of(k, BOB), bob + 30);
    assert_int_equal(free_of(k, CAROL), carol + 6);
    assert_int_equal(treasury(k), network + 24);
    worker_reliabilities_get(&k->x, &r, id);
    assert_true(r.ppm == 0 && r.failed == 1 && r.last_failed.some && r.last_failed.value == k->block);
    /* what has matured stays earned: here all of it */
    assert_int_equal(PLANCK(market_contract(k, 0, id).minted), FEE);
    assert_int_equal(market_app(k, 0).status, WORK_RESCHEDULING);
}

static void a_recipient_of_the_cluster_itself_gets_nothing(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    uint64_t id = lab_running(l, ALICE, ALICE);
    uint64_t alice = free_of(k, ALICE), network = treasury(k);

    assert_ok(challenge(l, ALICE, id));
    market_skip(k, 51);
    assert_int_equal(market_cluster_of(&l->k, id).status, CLUSTER_SUSPENDED);
    assert_int_equal(free_of(k, ALICE), alice);
    assert_int_equal(treasury(k), network + SIGMA * 3 / 10);
}

static void stake_on_its_way_back_is_slashed_first_and_never_more_than_there_is(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    uint64_t id = lab_running(l, ALICE, BOB);
    struct worker_deposit d;
    struct scale_u64_vec blocks;

    /* what only root can make: less stake than stands behind the contract */
    worker_deposit_blocks_get(&k->x, &blocks, id);
    assert_true(worker_deposits_get(&k->x, &d, id, blocks.v[0]));
    struct balance out = balance_sat_sub(d.deposit, balance_of(7));
    d.deposit = balance_of(7);
    worker_deposits_put(&k->x, id, blocks.v[0], &d);
    worker_stake_of_put(&k->x, id, balance_of(7));
    cluster_refresh(&k->x, id);
    (void)balances_unreserve(&k->x, &k->who[ALICE], balance_sat_sub(out, balance_of(20)));
    struct worker_unbonding_chunk chunk = {.amount = balance_of(20), .until = 10000, .from_block = 1};
    worker_unbonding_put(&k->x, id, &(struct worker_unbonding_chunk_vec){1, &chunk});
    assert_ok(challenge(l, CAROL, id));
    market_skip(k, 51);
    assert_int_equal(PLANCK(worker_stake_of_get(&k->x, id)), 0);
    assert_int_equal(PLANCK(cluster_unbonding(&k->x, id)), 0);
    assert_int_equal(PLANCK(market_reserved(k, ALICE)), 0);
}

static struct dispatch attest(struct lab *l, uint64_t id)
{
    struct attest_subject s = lab_cluster(l, id);
    return MARKET_DO(&l->k, ALICE, worker, cluster_proof_upload, .id = id,
                     .proof = {.evidence = lab_evidence(l, ATTEST_KIND_SGX, ATTEST_PURPOSE_WORKER, &s,
                                                        &l->k.who[ALICE], 1)});
}

static void a_suspended_cluster_returns_with_evidence_stake_and_time(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    uint64_t id = lab_running(l, ALICE, BOB);

    assert_ok(challenge(l, CAROL, id));
    market_skip(k, 51);
    assert_int_equal(market_cluster_of(&l->k, id).status, CLUSTER_SUSPENDED);
    market_next(k);
    assert_ok(attest(l, id)); /* neither time nor stake */
    assert_int_equal(market_cluster_of(&l->k, id).status, CLUSTER_SUSPENDED);
    market_skip(k, SUSPENDED_FOR);
    assert_ok(attest(l, id)); /* no stake */
    assert_int_equal(market_cluster_of(&l->k, id).status, CLUSTER_SUSPENDED);
    assert_fails(worker, WORKER_ERR_INSUFFICIENT_DEPOSIT,
                 MARKET_DO(k, ALICE, worker, cluster_mortgage, .id = id, .deposit = balance_of(SIGMA)));
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_mortgage, .id = id, .deposit = balance_of(500)));
    assert_int_equal(market_cluster_of(&l->k, id).status, CLUSTER_ACTIVE);
}

static void stake_before_time_leaves_a_cluster_suspended(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    uint64_t id = lab_running(l, ALICE, BOB);

    assert_ok(challenge(l, CAROL, id));
    market_skip(k, 51);
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_mortgage, .id = id, .deposit = balance_of(500)));
    assert_int_equal(market_cluster_of(&l->k, id).status, CLUSTER_SUSPENDED);
    market_skip(k, SUSPENDED_FOR);
    assert_int_equal(market_cluster_of(&l->k, id).status,
                     CLUSTER_SUSPENDED); /* the evidence is older than the failure */
    assert_ok(attest(l, id));
    assert_int_equal(market_cluster_of(&l->k, id).status, CLUSTER_ACTIVE);
}

/* Suspends cluster `id`, lets it return, and places the work on it again. */
static void return_to_work(struct lab *l, uint64_t id)
{
    struct market *k = &l->k;
    struct worker_placement_state p;

    assert_ok(challenge(l, CAROL, id));
    market_skip(k, 51 + SUSPENDED_FOR);
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_mortgage, .id = id, .deposit = balance_of(500)));
    assert_ok(attest(l, id));
    assert_true(worker_placement_get(&k->x, &p, &WORK_APP(0)));
    p.exclude.n = 0; /* for 28,800 blocks otherwise */
    worker_placement_put(&k->x, &WORK_APP(0), &p);
    for (int i = 0; i < 400 && worker_open_contracts_get(&k->x, &WORK_APP(0)) == 0; i++)
        market_next(k);
    assert_ok(MARKET_DO(k, ALICE, worker, work_start, .work_id = WORK_APP(0), .report = lab_report(l, 0, id),
                        .deploy_key = l->deploy.account));
}

static void a_second_failure_takes_all_stake_and_jails(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    uint64_t id = lab_running(l, ALICE, BOB);
    struct worker_challenge ch;

    return_to_work(l, id);
    assert_int_equal(market_cluster_of(&l->k, id).status, CLUSTER_ACTIVE);
    uint64_t stake = PLANCK(worker_stake_of_get(&k->x, id)), carol = free_of(k, CAROL);
    uint64_t bob = free_of(k, BOB);
    assert_true(stake > 0);
    assert_ok(challenge(l, CAROL, id));
    market_skip(k, 51);
    assert_int_equal(market_cluster_of(&l->k, id).status, CLUSTER_JAILED);
    assert_int_equal(PLANCK(worker_stake_of_get(&k->x, id)), 0);
    assert_int_equal(PLANCK(market_reserved(k, ALICE)), 0);
    assert_int_equal(free_of(k, CAROL), carol + stake / 10);
    assert_int_equal(free_of(k, BOB), bob + stake / 2);
    assert_false(worker_challenges_get(&k->x, &ch, &WORK_APP(0), id) && ch.open);
    assert_fails(worker, WORKER_ERR_CLUSTER_CAN_NOT_STOPPED,
                 MARKET_DO(k, ALICE, worker, cluster_mortgage, .id = id, .deposit = balance_of(5000)));
    assert_ok(attest(l, id));
    assert_int_equal(market_cluster_of(&l->k, id).status, CLUSTER_JAILED);
    assert_fails(worker, WORKER_ERR_CLUSTER_NOT_STARTED, MARKET_DO(k, ALICE, worker, cluster_stop, .id = id));
    market_skip(k, JAILED_FOR);
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_stop, .id = id));
}

/* Two works on one cluster, both challenged while it is away. */
static void what_one_outage_fails_is_one_failure(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    uint64_t id = lab_running(l, ALICE, BOB);
    struct attest_subject s;
    struct worker_reliability r;

    assert_ok(market_order(k, BOB, 10, 10, 0, UINT64_C(100000000000)));
    market_next(k);
    s = lab_replica(l, 1, id);
    struct worker_evidence v =
        lab_evidence(l, ATTEST_KIND_SGX, ATTEST_PURPOSE_START, &s, &l->deploy.account, 1);
    assert_ok(MARKET_DO(k, ALICE, worker, work_start, .work_id = WORK_APP(1), .report = evidence_bytes(&v),
                        .deploy_key = l->deploy.account));
    assert_ok(challenge(l, CAROL, id));
    market_skip(k, 10);
    assert_ok(MARKET_DO(k, CAROL, worker, attestation_challenge, .work_id = WORK_APP(1), .cluster_id = id));
    uint64_t stake = PLANCK(worker_stake_of_get(&k->x, id));
    market_skip(k, 51);
    worker_reliabilities_get(&k->x, &r, id);
    assert_int_equal(r.failed, 2);
    assert_int_equal(market_cluster_of(&l->k, id).status, CLUSTER_SUSPENDED);
    assert_int_equal(PLANCK(worker_stake_of_get(&k->x, id)), stake - 2 * SIGMA * 3 / 10);
}

static void works_leave_a_jailed_cluster_when_they_are_looked_at(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    uint64_t id = lab_running(l, ALICE, BOB);
    struct worker_k8s_cluster c;

    c = market_cluster_of(k, id);
    cluster_set_status(&k->x, &c, CLUSTER_JAILED);
    assert_ok(MARKET_DO(k, DAVE, worker, contract_poke, .work_id = WORK_APP(0), .cluster_id = id));
    assert_int_equal(market_app(k, 0).status, WORK_RESCHEDULING);
    assert_int_equal(worker_contract_count_get(&k->x, id), 0);
}

/* As when a crowd in DueAt delays it. */
static void a_late_check_of_a_challenge_can_be_made_by_anyone(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    uint64_t id = lab_running(l, ALICE, BOB);
    struct worker_due d = {.kind = WORKER_DUE_KIND_CHALLENGE, .work_id = WORK_APP(0), .cluster_id = id};

    for (int i = 0; i < 60; i++) { /* many deposits to slash */
        market_next(k);
        assert_ok(MARKET_DO(k, ALICE, worker, cluster_mortgage, .id = id, .deposit = balance_of(500)));
    }
    assert_ok(challenge(l, CAROL, id));
    struct worker_challenge ch = challenge_of(l, id);
    due_remove(&k->x, &d, ch.due);
    ch.due = due_add(&k->x, &d, ch.due + 20);
    worker_challenges_put(&k->x, &WORK_APP(0), id, &ch);
    market_skip(k, 50);
    assert_fails(worker, WORKER_ERR_WORK_BLOCK_NUMBER_ERROR,
                 MARKET_DO(k, DAVE, worker, contract_poke, .work_id = WORK_APP(0), .cluster_id = id));
    market_next(k);
    assert_fails(worker, WORKER_ERR_CHALLENGE_NOT_EXISTS,
                 respond(l, ALICE, answer(l, id, &l->deploy.account)));
    assert_ok(MARKET_DO(k, DAVE, worker, contract_poke, .work_id = WORK_APP(0), .cluster_id = id));
    assert_int_equal(market_cluster_of(&l->k, id).status, CLUSTER_SUSPENDED);
}

static void a_contract_that_ends_first_closes_the_challenge(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    uint64_t id = lab_running(l, ALICE, BOB);
    uint64_t carol = free_of(k, CAROL);

    assert_ok(challenge(l, CAROL, id));
    market_next(k);
    assert_ok(MARKET_DO(k, BOB, worker, work_stop, .work_id = WORK_APP(0)));
    assert_int_equal(market_events(k, &worker_pallet, 33), 1);
    assert_int_equal(free_of(k, CAROL), carol);
    market_skip(k, 60);
    assert_int_equal(market_cluster_of(&l->k, id).status, CLUSTER_ACTIVE);
}

static void without_a_slash_failing_has_no_consequences(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    uint64_t id = lab_running(l, ALICE, BOB);
    uint64_t carol = free_of(k, CAROL), alice = free_of(k, ALICE);

    assert_ok(challenge(l, CAROL, id));
    market_skip(k, 51);
    assert_int_equal(market_events(k, &worker_pallet, 25), 1);
    assert_int_equal(market_cluster_of(&l->k, id).status, CLUSTER_ACTIVE);
    assert_int_equal(market_contract(k, 0, id).status, CONTRACT_RUNNING);
    assert_int_equal(free_of(k, CAROL), carol);
    assert_int_equal(free_of(k, ALICE), alice);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, lab_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_answer_in_time_pays_the_cluster_half_of_the_bond),
        T(only_a_running_contract_without_a_recent_challenge_can_be_challenged),
        T(an_answer_carries_the_nonce_and_the_deploy_key),
        T(silence_costs_stake_and_the_contract),
        T(a_recipient_of_the_cluster_itself_gets_nothing),
        T(stake_on_its_way_back_is_slashed_first_and_never_more_than_there_is),
        T(a_suspended_cluster_returns_with_evidence_stake_and_time),
        T(stake_before_time_leaves_a_cluster_suspended),
        T(a_second_failure_takes_all_stake_and_jails),
        T(what_one_outage_fails_is_one_failure),
        T(works_leave_a_jailed_cluster_when_they_are_looked_at),
        T(a_late_check_of_a_challenge_can_be_made_by_anyone),
        T(a_contract_that_ends_first_closes_the_challenge),
        cmocka_unit_test_setup_teardown(without_a_slash_failing_has_no_consequences, setup_without_slash,
                                        lab_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
