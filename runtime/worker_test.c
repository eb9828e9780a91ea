#include "runtime/market_test.h"

#include "crypto/keys.h"
#include "runtime/accounts.h"
#include "runtime/balances.h"
#include "runtime/params.h"
#include "runtime/proof.h"

enum { ALICE, BOB, CAROL, DAVE };

#define UNIT 1000000000000ull
static const struct worker_com_cr documents_capacity = {.cpu = 1000, .mem = 1000, .disk = 1000};

static int setup(void **state)
{
    struct market *k = test_malloc(sizeof *k);
    market_init(k, NULL, true);
    *state = k;
    return 0;
}

static int setup_production(void **state)
{
    struct market *k = test_malloc(sizeof *k);
    market_init(k, NULL, false);
    *state = k;
    return 0;
}

static uint64_t free_of(struct market *k, int who)
{
    return (uint64_t)balance_planck(market_free(k, who));
}

/* D7, M1 1.1-1.4. */
static void the_documents_cluster_steps_give_the_documents_results(void **state)
{
    struct market *k = *state;
    struct worker_ip ip = {.ipv4 = {.some = true, .value = 2130706433}};
    struct worker_deposit d;
    struct cluster_capacity c;

    assert_ok(MARKET_DO(k, ALICE, worker, cluster_register, .name = BYTES_LIT("first"), .ip = {1, &ip},
                        .port = 80, .level = 1));
    assert_int_equal(market_events(k, &worker_pallet, 0), 1);
    assert_int_equal(market_cluster_of(k, 1).status, CLUSTER_REGISTERED);
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_proof_upload, .id = 1,
                        .proof = {.public_key = BYTES_LIT("-----BEGIN PUBLIC KEY-----")}));
    assert_int_equal(market_events(k, &worker_pallet, 7), 1);
    assert_fails(worker, WORKER_ERR_INSUFFICIENT_DEPOSIT,
                 MARKET_DO(k, ALICE, worker, cluster_mortgage, .id = 1, .cpu = 1000, .mem = 1000,
                           .disk = 1000, .deposit = balance_of(29999)));
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_mortgage, .id = 1, .cpu = 1000, .mem = 1000, .disk = 1000,
                        .deposit = balance_of(300000)));
    assert_int_equal(market_cluster_of(k, 1).status, CLUSTER_ACTIVE);
    assert_int_equal(PLANCK(market_reserved(k, ALICE)), 300000);
    assert_fails(
        worker, WORKER_ERR_DUPLICATE_DEPOSIT,
        MARKET_DO(k, ALICE, worker, cluster_mortgage, .id = 1, .cpu = 1, .deposit = balance_of(300000)));
    market_next(k);
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_mortgage, .id = 1, .cpu = 1000, .mem = 1000, .disk = 1000,
                        .deposit = balance_of(300000)));
    assert_true(worker_deposits_get(&k->x, &d, 1, 2));
    assert_int_equal(PLANCK(d.deposit), 300000);
    assert_int_equal(PLANCK(d.price_at), 30000);
    cluster_capacity_get(&k->x, &c, 1);
    assert_int_equal(c.total.cpu, 2000);
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_unmortgage, .id = 1, .block_num = 1));
    assert_int_equal(PLANCK(market_reserved(k, ALICE)), 300000);
    cluster_capacity_get(&k->x, &c, 1);
    assert_int_equal(c.total.cpu, 1000);
    assert_false(worker_deposits_has(&k->x, 1, 1));
    assert_fails(worker, WORKER_ERR_WORK_BLOCK_NUMBER_ERROR,
                 MARKET_DO(k, ALICE, worker, cluster_unmortgage, .id = 1, .block_num = 1));
}

/* D7, M1 1.5-1.7: 10/10/10 at price 100 costs 3,000 a period of three blocks. */
static void the_documents_service_earns_3000_for_one_period(void **state)
{
    struct market *k = *state;
    uint64_t id = market_cluster(k, ALICE, &documents_capacity, 270000);
    uint64_t before = free_of(k, BOB);

    assert_ok(market_order(k, BOB, 10, 10, 10, 10000000));
    assert_int_equal(free_of(k, BOB), before - 10000000);
    market_next(k);
    assert_int_equal(market_events(k, &worker_pallet, 1), 1); /* WorkRuning */
    struct worker_contract_state s = market_contract(k, 0, id);
    assert_int_equal(s.block_number, k->block);
    assert_int_equal(PLANCK(s.fee), 3000);
    assert_int_equal(PLANCK(s.minted) + PLANCK(s.withdrawal), 0);
    assert_int_equal(market_app(k, 0).status, WORK_DEPLOYING);

    market_skip(k, 3);
    assert_ok(market_prove(k, ALICE, 0));
    s = market_contract(k, 0, id);
    assert_int_equal(PLANCK(s.minted), 3000);
    assert_int_equal(s.status, CONTRACT_RUNNING);
    assert_int_equal(market_app(k, 0).status, WORK_DEPLOYED);

    assert_fails(
        worker, WORKER_ERR_INSUFFICIENT_MINTED_BALANCE,
        MARKET_DO(k, ALICE, worker, cluster_withdrawal, .work_id = WORK_APP(0), .amount = balance_of(3001)));
    before = free_of(k, ALICE);
    assert_ok(
        MARKET_DO(k, ALICE, worker, cluster_withdrawal, .work_id = WORK_APP(0), .amount = balance_of(2000)));
    s = market_contract(k, 0, id);
    assert_int_equal(PLANCK(s.minted), 1000);
    assert_int_equal(PLANCK(s.withdrawal), 2000);
    assert_int_equal(free_of(k, ALICE), before + 2000);
}

static void a_proof_before_the_first_period_ends_starts_without_pay(void **state)
{
    struct market *k = *state;
    uint64_t id = market_cluster(k, ALICE, &documents_capacity, 0);

    assert_ok(market_order(k, BOB, 10, 10, 10, 10000000));
    market_next(k);
    assert_ok(market_prove(k, ALICE, 0));
    assert_int_equal(market_contract(k, 0, id).status, CONTRACT_RUNNING);
    assert_int_equal(PLANCK(market_contract(k, 0, id).minted), 0);
    assert_fails(worker, WORKER_ERR_WORK_BLOCK_NUMBER_ERROR, market_prove(k, ALICE, 0));
    market_skip(k, 3);
    assert_ok(market_prove(k, ALICE, 0));
    assert_int_equal(PLANCK(market_contract(k, 0, id).minted), 3000);
}

/* C10-1 */
static void a_price_that_would_wrap_32_bits_is_demanded_in_full(void **state)
{
    struct market *k = *state;
    (void)market_cluster(k, ALICE, &(struct worker_com_cr){.cpu = 1}, 500);
    market_next(k);
    /* 10 * 429,496,730 = 4 mod 2^32 */
    assert_fails(worker, WORKER_ERR_INSUFFICIENT_DEPOSIT,
                 MARKET_DO(k, ALICE, worker, cluster_mortgage, .id = 1, .cpu = 429496730,
                           .deposit = balance_of(1000)));
    assert_fails(worker, WORKER_ERR_INSUFFICIENT_DEPOSIT,
                 MARKET_DO(k, ALICE, worker, cluster_mortgage, .id = 1, .cvm_cpu = 4000000,
                           .cvm_mem = 4000000, .deposit = balance_of(79999000)));
    struct dispatch d = MARKET_DO(k, ALICE, worker, cluster_mortgage, .id = 1, .cpu = UINT32_MAX,
                                  .deposit = balance_of(1ull << 59));
    assert_int_equal(d.kind, DISPATCH_ARITHMETIC);
}

/* C10-2 */
static void stake_and_capacity_in_use_cannot_be_taken_back(void **state)
{
    struct market *k = *state;
    uint64_t id = market_cluster(k, ALICE, &documents_capacity, 0);
    uint64_t first = k->block;

    assert_ok(market_order(k, BOB, 10, 10, 0, 1000000));
    market_next(k);
    assert_fails(worker, WORKER_ERR_CLUSTER_IN_USE,
                 MARKET_DO(k, ALICE, worker, cluster_unmortgage, .id = id, .block_num = first));
    assert_fails(worker, WORKER_ERR_CLUSTER_CAN_NOT_STOPPED,
                 MARKET_DO(k, ALICE, worker, cluster_stop, .id = id));
    assert_ok(market_prove(k, ALICE, 0));
    assert_fails(worker, WORKER_ERR_CLUSTER_CAN_NOT_STOPPED,
                 MARKET_DO(k, ALICE, worker, cluster_stop, .id = id));
    assert_ok(MARKET_DO(k, BOB, app, stop, .app_id = 0));
    market_skip(k, 4);
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_stop, .id = id));
    assert_int_equal(PLANCK(market_reserved(k, ALICE)), 0);
    assert_int_equal(market_cluster_of(k, id).status, CLUSTER_CLOSED);
    /* the account may come back with another cluster */
    assert_int_equal(market_cluster(k, ALICE, &documents_capacity, 0), id + 1);
}

static void a_top_up_without_capacity_is_spare_stake(void **state)
{
    struct market *k = *state;
    uint64_t id = market_cluster(k, ALICE, &documents_capacity, 0);
    market_next(k);
    assert_fails(worker, WORKER_ERR_INSUFFICIENT_DEPOSIT,
                 MARKET_DO(k, ALICE, worker, cluster_mortgage, .id = id, .deposit = balance_of(499)));
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_mortgage, .id = id, .deposit = balance_of(500)));
    market_next(k);
    assert_fails(worker, WORKER_ERR_INSUFFICIENT_BALANCE,
                 MARKET_DO(k, ALICE, worker, cluster_mortgage, .id = id, .deposit = balance_of(1ull << 60)));
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_unmortgage, .id = id, .block_num = 2));
    assert_int_equal(PLANCK(market_reserved(k, ALICE)), 30000);
}

static void strangers_and_unknown_clusters_are_refused(void **state)
{
    struct market *k = *state;
    uint64_t id = market_cluster(k, ALICE, &documents_capacity, 0);

    assert_fails(worker, WORKER_ERR_NOT_ALLOWED403, MARKET_DO(k, BOB, worker, cluster_stop, .id = id));
    assert_fails(worker, WORKER_ERR_CLUSTER_NOT_EXISTS, MARKET_DO(k, BOB, worker, cluster_stop, .id = 9));
    assert_fails(worker, WORKER_ERR_NOT_ALLOWED403,
                 MARKET_DO(k, BOB, worker, cluster_unmortgage, .id = id, .block_num = 1));
    assert_fails(worker, WORKER_ERR_NOT_ALLOWED403,
                 MARKET_DO(k, BOB, worker, cluster_mortgage, .id = id, .deposit = balance_of(500)));
    assert_fails(worker, WORKER_ERR_NOT_ALLOWED403,
                 MARKET_DO(k, BOB, worker, cluster_proof_upload, .id = id));
    assert_fails(worker, WORKER_ERR_CLUSTER_NOT_EXISTS,
                 MARKET_DO(k, BOB, worker, cluster_withdrawal, .work_id = WORK_APP(0)));
    assert_fails(worker, WORKER_ERR_WORK_NOT_EXISTS,
                 MARKET_DO(k, ALICE, worker, cluster_withdrawal, .work_id = WORK_APP(0)));
    assert_fails(worker, WORKER_ERR_NOTHING_UNBONDED,
                 MARKET_DO(k, BOB, worker, cluster_claim_unbonded, .id = id));
    assert_fails(worker, WORKER_ERR_WORK_NOT_EXISTS, market_prove(k, ALICE, 0));
    assert_ok(market_order(k, BOB, 10, 10, 0, 1000000));
    market_next(k);
    assert_fails(worker, WORKER_ERR_NOT_ALLOWED403, market_prove(k, BOB, 0));
    assert_fails(worker, WORKER_ERR_NOT_ALLOWED403,
                 MARKET_DO(k, CAROL, worker, work_stop, .work_id = WORK_APP(0)));
    assert_fails(worker, WORKER_ERR_NOT_ALLOWED403,
                 MARKET_DO(k, BOB, worker, work_decline, .work_id = WORK_APP(0)));
    assert_int_equal(MARKET_DO(k, BOB, worker, set_stage, .stage = 5).kind, DISPATCH_BAD_ORIGIN);
    const struct worker_work_id task = {.wtype = WORKER_WORK_TYPE_TASK, .id = 0};
    assert_fails(worker, WORKER_ERR_WORK_NOT_EXISTS, MARKET_DO(k, BOB, worker, work_stop, .work_id = task));
}

static void registrations_are_checked_field_by_field(void **state)
{
    struct market *k = *state;
    static uint8_t label[64];
    struct worker_ip none = {0}, v4 = {.ipv4 = {.some = true, .value = 1}};
    memset(label, 'a', sizeof label);
    static const char *const bad[] = {"", ".", "a.", ".a", "-a", "a-", "a..b", "a_b", "a b"};
    static const char *const good[] = {"a", "a.b", "xn--bcher-kva.example", "1.2.3.4", "A-1.b"};

#define REGISTER(who, ...) \
    MARKET_DO(k, who, worker, cluster_register, .name = BYTES_LIT("c"), .port = 1, .level = 1, __VA_ARGS__)
    assert_fails(worker, WORKER_ERR_CLUSTER_REGISTER_MISS_IP, REGISTER(ALICE, .ip = {0, NULL}));
    assert_fails(worker, WORKER_ERR_IP_FORMAT_ERROR, REGISTER(ALICE, .ip = {1, &none}));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct worker_ip d = {.domain = {.some = true, .value = bytes_of_str(bad[i])}};
        assert_fails(worker, WORKER_ERR_IP_FORMAT_ERROR, REGISTER(ALICE, .ip = {1, &d}));
    }
    struct worker_ip longest = {.domain = {.some = true, .value = bytes_of(label, 64)}};
    assert_fails(worker, WORKER_ERR_IP_FORMAT_ERROR, REGISTER(ALICE, .ip = {1, &longest}));
    struct worker_ip five[5] = {v4, v4, v4, v4, v4};
    assert_fails(worker, WORKER_ERR_INPUT_TOO_LONG, REGISTER(ALICE, .ip = {5, five}));
    struct worker_ip one[1] = {v4};
    assert_fails(worker, WORKER_ERR_LEVEL_NOT_EXISTS,
                 MARKET_DO(k, ALICE, worker, cluster_register, .name = BYTES_LIT("c"), .ip = {1, one},
                           .port = 1, .level = 9));
    assert_fails(worker, WORKER_ERR_IP_FORMAT_ERROR,
                 MARKET_DO(k, ALICE, worker, cluster_register, .name = BYTES_LIT("c"), .ip = {1, one},
                           .port = 65536, .level = 1));
    assert_fails(worker, WORKER_ERR_NAME_INVALID,
                 MARKET_DO(k, ALICE, worker, cluster_register, .ip = {1, one}, .port = 1, .level = 1));
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct worker_ip d = {.domain = {.some = true, .value = bytes_of_str(good[i])}};
        assert_ok(REGISTER(ALICE + (int)i, .ip = {1, &d}));
    }
    assert_fails(worker, WORKER_ERR_CLUSTER_IS_EXISTS, REGISTER(ALICE, .ip = {1, one}));
#undef REGISTER
}

/* C10-7 */
static void a_period_is_paid_once(void **state)
{
    struct market *k = *state;
    uint64_t id = market_cluster(k, ALICE, &documents_capacity, 0);

    assert_ok(market_order(k, BOB, 10, 10, 10, 10000000));
    market_next(k);
    assert_ok(MARKET_DO(k, ALICE, worker, work_start, .work_id = WORK_APP(0), .deploy_key = k->who[DAVE]));
    assert_fails(worker, WORKER_ERR_APP_STATUS_MISMATCH,
                 MARKET_DO(k, ALICE, worker, work_start, .work_id = WORK_APP(0), .deploy_key = k->who[DAVE]));
    market_skip(k, 3);
    assert_ok(market_prove(k, ALICE, 0));
    assert_fails(worker, WORKER_ERR_WORK_BLOCK_NUMBER_ERROR, market_prove(k, ALICE, 0));
    market_skip(k, 2);
    assert_fails(worker, WORKER_ERR_WORK_BLOCK_NUMBER_ERROR, market_prove(k, ALICE, 0));
    market_next(k);
    assert_ok(market_prove(k, ALICE, 0));
    struct worker_contract_state s = market_contract(k, 0, id);
    assert_int_equal(PLANCK(s.minted), 6000);
    assert_int_equal(s.next_period, 2);
    assert_int_equal(PLANCK(market_balance(k, 0).spent), 6000);
}

static void a_missed_period_is_not_paid_and_costs_reliability(void **state)
{
    struct market *k = *state;
    struct worker_reliability r;
    uint64_t id = market_cluster(k, ALICE, &documents_capacity, 0);

    assert_ok(market_order(k, BOB, 10, 10, 10, 10000000));
    market_next(k);
    assert_ok(market_prove(k, ALICE, 0));
    market_skip(k, 6);
    assert_int_equal(market_events(k, &worker_pallet, 16), 1); /* PeriodMissed, at anchor + 2S */
    worker_reliabilities_get(&k->x, &r, id);
    assert_int_equal(r.ppm, 475000);
    assert_int_equal(r.missed, 1);
    assert_int_equal(PLANCK(market_contract(k, 0, id).minted), 0);
    assert_ok(market_prove(k, ALICE, 0)); /* the second one is proven in time */
    assert_int_equal(PLANCK(market_contract(k, 0, id).minted), 3000);
    worker_reliabilities_get(&k->x, &r, id);
    assert_int_equal(r.ppm, 475000 + 525000 / 200);
    assert_int_equal(PLANCK(market_balance(k, 0).held), 6000);
}

/* C10-9: stopping right before the settlement saves nothing. */
static void a_stopped_service_still_pays_what_was_run(void **state)
{
    struct market *k = *state;
    uint64_t id = market_cluster(k, ALICE, &documents_capacity, 0);
    uint64_t before = free_of(k, BOB);

    assert_ok(market_order(k, BOB, 10, 10, 10, 10000000));
    market_next(k);
    assert_ok(market_prove(k, ALICE, 0)); /* anchor here */
    market_skip(k, 2);
    assert_ok(MARKET_DO(k, BOB, worker, work_stop, .work_id = WORK_APP(0)));
    /* two of three blocks are unsettled: 2,000 are kept back */
    assert_int_equal(free_of(k, BOB), before - 2000);
    struct worker_contract_state s = market_contract(k, 0, id);
    assert_int_equal(s.status, CONTRACT_CLOSING);
    assert_int_equal(PLANCK(s.closing.value.reserve), 2000);
    assert_fails(worker, WORKER_ERR_APP_STATUS_MISMATCH,
                 MARKET_DO(k, BOB, worker, work_stop, .work_id = WORK_APP(0)));
    market_skip(k, 2);
    assert_ok(market_prove(k, ALICE, 0));
    s = market_contract(k, 0, id);
    assert_int_equal(s.status, CONTRACT_ENDED);
    assert_int_equal(PLANCK(s.minted), 2000);
    assert_fails(worker, WORKER_ERR_WORK_NOT_STARTED, market_prove(k, ALICE, 0));
    assert_ok(
        MARKET_DO(k, ALICE, worker, cluster_withdrawal, .work_id = WORK_APP(0), .amount = balance_of(2000)));
    assert_false(worker_work_contract_state_has(&k->x, &WORK_APP(0), id)); /* nothing is left to remember */
    assert_int_equal(free_of(k, BOB), before - 2000);
}

static void an_unproven_rest_goes_back_to_the_owner(void **state)
{
    struct market *k = *state;
    uint64_t id = market_cluster(k, ALICE, &documents_capacity, 0);
    uint64_t before = free_of(k, BOB);

    assert_ok(market_order(k, BOB, 10, 10, 10, 10000000));
    market_next(k);
    assert_ok(market_prove(k, ALICE, 0));
    market_skip(k, 2);
    assert_ok(MARKET_DO(k, BOB, app, stop, .app_id = 0));
    market_skip(k, 3);
    assert_int_equal(free_of(k, BOB), before);
    assert_false(worker_work_contract_state_has(&k->x, &WORK_APP(0), id));
    assert_fails(worker, WORKER_ERR_WORK_NOT_EXISTS, market_prove(k, ALICE, 0));
}

/* Closing at the anchor, in mid-period and around a boundary: refund and charge add up to the deposit. */
static void every_moment_of_a_stop_settles_to_the_planck(void **state)
{
    struct market *k = *state;
    static const struct {
        uint32_t at;
        uint64_t charge;
    } cases[] = {{0, 0}, {1, 1000}, {2, 2000}, {3, 3000}, {4, 4000}, {5, 5000}};

    (void)market_cluster(k, ALICE, &documents_capacity, 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint64_t before = free_of(k, BOB), earned = free_of(k, ALICE);
        assert_ok(market_order(k, BOB, 10, 10, 10, 1000001));
        market_next(k);
        assert_ok(market_prove(k, ALICE, i));
        market_skip(k, cases[i].at);
        assert_ok(MARKET_DO(k, BOB, app, stop, .app_id = i));
        assert_int_equal(free_of(k, BOB), before - cases[i].charge);
        if (cases[i].charge > 0) {
            assert_ok(market_prove(k, ALICE, i));
            assert_ok(MARKET_DO(k, ALICE, worker, cluster_withdrawal, .work_id = WORK_APP(i),
                                .amount = balance_of(cases[i].charge)));
        }
        assert_int_equal(free_of(k, ALICE), earned + cases[i].charge);
        struct app_work_balance b = market_balance(k, i);
        assert_int_equal(PLANCK(b.spent) + PLANCK(b.refunded), 1000001);
        assert_int_equal(PLANCK(b.available) + PLANCK(b.held), 0);
        market_skip(k, 4);
    }
}

/* C10-10 */
static void a_service_that_cannot_refill_ends_after_a_period_that_is_covered(void **state)
{
    struct market *k = *state;
    uint64_t id = market_cluster(k, ALICE, &documents_capacity, 0);

    assert_ok(market_order(k, BOB, 10, 10, 10, 9000)); /* three periods */
    market_next(k);
    assert_ok(market_prove(k, ALICE, 0));
    market_skip(k, 3);
    assert_ok(market_prove(k, ALICE, 0)); /* period 0: two are held again, nothing is left */
    assert_int_equal(PLANCK(market_balance(k, 0).available), 0);
    market_skip(k, 3);
    assert_ok(market_prove(k, ALICE, 0)); /* period 1: 3,000 cover the running period, then it ends */
    assert_int_equal(market_events(k, &worker_pallet, 28), 1);
    assert_true(market_contract(k, 0, id).close_at.some);
    market_skip(k, 3);
    assert_int_equal(market_contract(k, 0, id).status, CONTRACT_CLOSING);
    assert_int_equal(market_app(k, 0).status, WORK_STOPPED);
    assert_ok(market_prove(k, ALICE, 0)); /* period 2 */
    assert_int_equal(PLANCK(market_contract(k, 0, id).minted), 9000);
    assert_int_equal(PLANCK(market_balance(k, 0).spent), 9000);
    assert_fails(app, APP_ERR_BELOW_MINIMUM_PREPAY, MARKET_DO(k, BOB, app, restart, .app_id = 0));
}

static void a_recharge_cancels_the_end_for_lack_of_funds(void **state)
{
    struct market *k = *state;
    uint64_t id = market_cluster(k, ALICE, &documents_capacity, 0);

    assert_ok(market_order(k, BOB, 10, 10, 10, 9000));
    market_next(k);
    assert_ok(market_prove(k, ALICE, 0));
    for (int i = 0; i < 2; i++) {
        market_skip(k, 3);
        assert_ok(market_prove(k, ALICE, 0));
    }
    assert_true(market_contract(k, 0, id).close_at.some);
    assert_fails(app, APP_ERR_BELOW_MINIMUM_PREPAY,
                 MARKET_DO(k, CAROL, app, recharge, .id = 0, .deposit = balance_of(499)));
    assert_ok(MARKET_DO(k, CAROL, app, recharge, .id = 0, .deposit = balance_of(3000)));
    assert_false(market_contract(k, 0, id).close_at.some);
    market_skip(k, 3);
    assert_int_equal(market_contract(k, 0, id).status, CONTRACT_RUNNING);
}

static void proofs_are_judged_in_every_field(void **state)
{
    struct market *k = *state;
    const struct worker_com_cr big = {.cpu = 41};
    uint8_t long_hash[65] = {0};

    (void)market_cluster(k, ALICE, &documents_capacity, 0);
    assert_ok(market_order(k, BOB, 10, 10, 10, 10000000));
    market_next(k);
    assert_ok(MARKET_DO(k, ALICE, worker, work_start, .work_id = WORK_APP(0), .deploy_key = k->who[DAVE]));
    market_skip(k, 3);
#define PROVE(...)                                                         \
    MARKET_DO(k, ALICE, worker, work_proof_upload, .work_id = WORK_APP(0), \
              .proof = {.some = true,                                      \
                        .value = {.log_hash = BYTES_LIT("l"), .cr_hash = BYTES_LIT("c"), __VA_ARGS__}})
    assert_fails(worker, WORKER_ERR_EMPTY_PROOF,
                 MARKET_DO(k, ALICE, worker, work_proof_upload, .work_id = WORK_APP(0)));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE,
                 MARKET_DO(k, ALICE, worker, work_proof_upload, .work_id = WORK_APP(0),
                           .report = {.some = true, .value = BYTES_LIT("quote")}));
    assert_fails(
        worker, WORKER_ERR_BAD_PROOF,
        MARKET_DO(k, ALICE, worker, work_proof_upload, .work_id = WORK_APP(0), .proof = {.some = true}));
    assert_fails(
        worker, WORKER_ERR_BAD_PROOF,
        MARKET_DO(k, ALICE, worker, work_proof_upload, .work_id = WORK_APP(0),
                  .proof = {.some = true,
                            .value = {.log_hash = bytes_of(long_hash, 65), .cr_hash = BYTES_LIT("c")}}));
    assert_fails(worker, WORKER_ERR_BAD_PROOF, PROVE(.cr = big));
    assert_fails(worker, WORKER_ERR_BAD_PROOF, PROVE(.up_blocks = {true, 4}));
    assert_fails(worker, WORKER_ERR_WORK_BLOCK_NUMBER_ERROR, PROVE(.period = {true, 1}));
    assert_fails(worker, WORKER_ERR_BAD_PROOF, PROVE(.signature = {.some = true}));
    assert_ok(PROVE(.period = {true, 0}, .up_blocks = {true, 1}, .cr = {.cpu = 40}));
    assert_int_equal(PLANCK(market_contract(k, 0, 1).minted), 1000); /* up one block of three, rounded up */
#undef PROVE
}

static void a_signature_of_the_deploy_key_is_verified(void **state)
{
    struct market *k = *state;
    struct keypair key;
    struct err e;
    const uint8_t seed[32] = {7};
    uint8_t sig[SIGNATURE_MAX_LEN];
    struct worker_proof_of_work proof = {.log_hash = BYTES_LIT("l"),
                                         .cr = {.cpu = 1},
                                         .cr_hash = BYTES_LIT("c"),
                                         .address = BYTES_LIT("https://example.org/1")};

    assert_int_equal(keypair_from_seed(&key, SIGNATURE_ED25519, seed, &e), ERR_OK);
    uint64_t id = market_cluster(k, ALICE, &documents_capacity, 0);
    assert_ok(market_order(k, BOB, 10, 10, 10, 10000000));
    market_next(k);
    struct account_id deploy;
    memcpy(deploy.b, key.public_key, sizeof deploy.b);
    assert_ok(MARKET_DO(k, ALICE, worker, work_start, .work_id = WORK_APP(0), .deploy_key = deploy));
    market_skip(k, 3);
    uint64_t first = market_contract(k, 0, id).anchor;
    proof.signature.some = true;
    struct bytes text = proof_message(&k->x, &WORK_APP(0), id, first, &proof, 3);
    assert_int_equal(keypair_sign(&key, sig, text), sizeof proof.signature.value);
    memcpy(proof.signature.value, sig, sizeof proof.signature.value);
    proof.address = BYTES_LIT("https://example.org/2");
    assert_fails(
        worker, WORKER_ERR_BAD_PROOF,
        MARKET_DO(k, ALICE, worker, work_proof_upload, .work_id = WORK_APP(0), .proof = {true, proof}));
    proof.address = BYTES_LIT("https://example.org/1");
    assert_ok(MARKET_DO(k, ALICE, worker, work_proof_upload, .work_id = WORK_APP(0), .proof = {true, proof}));
    market_skip(k, 3); /* the same signature does not serve for the next period: C10-6 */
    assert_fails(
        worker, WORKER_ERR_BAD_PROOF,
        MARKET_DO(k, ALICE, worker, work_proof_upload, .work_id = WORK_APP(0), .proof = {true, proof}));
}

static void a_container_made_anew_is_started_with_its_new_key(void **state)
{
    struct market *k = *state;
    uint64_t id = market_cluster(k, ALICE, &documents_capacity, 0);
    struct worker_contract_state before, after;

#define START(who_starts, key) \
    MARKET_DO(k, who_starts, worker, work_start, .work_id = WORK_APP(0), .deploy_key = k->who[key])
    assert_ok(market_order(k, BOB, 10, 10, 10, 10000000));
    market_next(k);
    assert_ok(START(ALICE, DAVE));
    before = market_contract(k, 0, id);
    market_next(k);
    assert_fails(worker, WORKER_ERR_NOT_ALLOWED403, START(BOB, CAROL));
    assert_fails(worker, WORKER_ERR_APP_STATUS_MISMATCH, START(ALICE, DAVE)); /* it is known */
    assert_int_equal(market_events(k, &worker_pallet, 12), 0);
    assert_ok(START(ALICE, CAROL));
    assert_int_equal(market_events(k, &worker_pallet, 12), 1); /* WorkStarted */
    after = market_contract(k, 0, id);
    assert_true(account_id_eq(&after.deploy_key.value, &k->who[CAROL]));
    assert_int_equal(after.anchor, before.anchor);
    assert_int_equal(after.next_period, before.next_period);
    assert_int_equal(PLANCK(after.held), PLANCK(before.held));
    assert_ok(MARKET_DO(k, BOB, app, stop, .app_id = 0));
    assert_int_equal(market_contract(k, 0, id).status, CONTRACT_CLOSING);
    assert_fails(worker, WORKER_ERR_APP_STATUS_MISMATCH, START(ALICE, DAVE));
#undef START
}

static void a_declined_work_goes_elsewhere(void **state)
{
    struct market *k = *state;
    uint64_t a = market_cluster(k, ALICE, &documents_capacity, 0),
             b = market_cluster(k, CAROL, &documents_capacity, 0);
    struct scale_u64_vec live;

    assert_ok(market_order(k, BOB, 10, 10, 10, 10000000));
    market_next(k);
    worker_work_contracts_get(&k->x, &live, &WORK_APP(0));
    bool first = live.v[0] == a;
    assert_ok(MARKET_DO(k, first ? ALICE : CAROL, worker, work_decline, .work_id = WORK_APP(0)));
    assert_int_equal(market_app(k, 0).status, WORK_RESCHEDULING);
    market_next(k);
    worker_work_contracts_get(&k->x, &live, &WORK_APP(0));
    assert_int_equal(live.n, 1);
    assert_int_equal(live.v[0], first ? b : a);
    assert_int_equal(market_app(k, 0).status, WORK_DEPLOYING);
}

static void a_change_of_stage_waits_for_the_running_period(void **state)
{
    struct market *k = *state;
    uint64_t id = market_cluster(k, ALICE, &documents_capacity, 0);

    assert_ok(market_order(k, BOB, 10, 10, 10, 10000000));
    market_next(k);
    assert_ok(market_prove(k, ALICE, 0));
    uint64_t anchor = k->block;
    assert_fails(worker, WORKER_ERR_WORK_BLOCK_NUMBER_ERROR, MARKET_DO(k, -1, worker, set_stage, .stage = 0));
    assert_fails(worker, WORKER_ERR_WORK_BLOCK_NUMBER_ERROR,
                 MARKET_DO(k, -1, worker, set_stage, .stage = 14401));
    assert_ok(MARKET_DO(k, -1, worker, set_stage, .stage = 5));
    market_skip(k, 3);
    assert_ok(market_prove(k, ALICE, 0));
    struct worker_contract_state s = market_contract(k, 0, id);
    assert_int_equal(s.anchor, anchor + 3); /* the running period keeps its three blocks */
    assert_int_equal(s.lead, 3);
    assert_int_equal(s.stage, 5);
    assert_int_equal(s.next_period, 0);
    market_skip(k, 3);
    assert_ok(market_prove(k, ALICE, 0));
    market_skip(k, 4);
    assert_fails(worker, WORKER_ERR_WORK_BLOCK_NUMBER_ERROR, market_prove(k, ALICE, 0));
    market_next(k);
    assert_ok(market_prove(k, ALICE, 0));
    assert_int_equal(PLANCK(market_contract(k, 0, id).minted), 9000);
}

static void only_the_last_168_proofs_are_kept(void **state)
{
    struct market *k = *state;
    struct worker_cluster_proof_vec proofs;

    (void)market_cluster(k, ALICE, &documents_capacity, 0);
    assert_ok(MARKET_DO(k, -1, worker, set_stage, .stage = 1));
    assert_ok(market_order(k, BOB, 10, 10, 10, 1000000000));
    market_next(k);
    assert_ok(market_prove(k, ALICE, 0));
    uint64_t first = k->block + 1;
    for (int i = 0; i < 170; i++) {
        market_next(k);
        assert_ok(market_prove(k, ALICE, 0));
    }
    assert_false(worker_proofs_of_work_get(&k->x, &proofs, &WORK_APP(0), first));
    assert_false(worker_proofs_of_work_get(&k->x, &proofs, &WORK_APP(0), first + 1));
    assert_true(worker_proofs_of_work_get(&k->x, &proofs, &WORK_APP(0), first + 2));
    assert_int_equal(proofs.v[0].cluster, 1);
    assert_true(bytes_eq(proofs.v[0].proof.log_hash, BYTES_LIT("log")));
    assert_ok(MARKET_DO(k, BOB, app, stop, .app_id = 0));
    market_skip(k, 2);
    assert_ok(MARKET_DO(k, BOB, app, remove, .app_id = 0));
    assert_false(worker_proofs_of_work_get(&k->x, &proofs, &WORK_APP(0), first + 2));
}

/* ---- production parameters: evidence does not exist yet there, so clusters cannot become active ---- */

static void production_refuses_evidence_none(void **state)
{
    struct market *k = *state;
    struct worker_ip ip = {.ipv4 = {.some = true, .value = 1}};
    struct worker_com_cr c = {.cpu = 10, .mem = 10};
    struct balance stake;

    assert_ok(MARKET_DO(k, ALICE, worker, cluster_register, .name = BYTES_LIT("c"), .ip = {1, &ip},
                        .port = 80, .level = 1));
    assert_int_equal(PLANCK(market_reserved(k, ALICE)), 10 * UNIT);
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, MARKET_DO(k, ALICE, worker, cluster_proof_upload, .id = 1));
    assert_true(cluster_required_stake(&k->x, &stake, 1, &c));
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_mortgage, .id = 1, .cpu = 10, .mem = 10, .deposit = stake));
    assert_int_equal(market_cluster_of(k, 1).status, CLUSTER_REGISTERED);
}

static void stake_waits_for_the_unbonding_period(void **state)
{
    struct market *k = *state;
    struct worker_ip ip = {.ipv4 = {.some = true, .value = 1}};
    struct worker_k8s_cluster c;

    assert_ok(MARKET_DO(k, ALICE, worker, cluster_register, .name = BYTES_LIT("c"), .ip = {1, &ip},
                        .port = 80, .level = 1));
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_mortgage, .id = 1, .deposit = balance_of(UNIT)));
    market_next(k);
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_unmortgage, .id = 1, .block_num = 1));
    assert_int_equal(PLANCK(cluster_unbonding(&k->x, 1)), UNIT);
    assert_fails(worker, WORKER_ERR_NOTHING_UNBONDED,
                 MARKET_DO(k, BOB, worker, cluster_claim_unbonded, .id = 1));
    c = market_cluster_of(k, 1);
    c.status = CLUSTER_STOPPED;
    worker_k8s_clusters_put(&k->x, 1, &c);
    k->block += 100800;
    market_next(k);
    assert_ok(MARKET_DO(k, BOB, worker, cluster_claim_unbonded, .id = 1));
    assert_int_equal(PLANCK(market_reserved(k, ALICE)), 0);
    assert_int_equal(market_cluster_of(k, 1).status, CLUSTER_CLOSED);
}

/* Three deposits and two chunks on their way back: newest chunk first, then the oldest deposit. */
static void slashes_take_unbonding_stake_first(void **state)
{
    struct market *k = *state;
    struct worker_ip ip = {.ipv4 = {.some = true, .value = 1}};
    struct worker_deposit d;
    struct account_id treasury = account_network_treasury(&k->x);
    struct balance before = balances_free(&k->x, &treasury);

    assert_ok(MARKET_DO(k, ALICE, worker, cluster_register, .name = BYTES_LIT("c"), .ip = {1, &ip},
                        .port = 80, .level = 1));
    for (int i = 0; i < 5; i++) {
        assert_ok(MARKET_DO(k, ALICE, worker, cluster_mortgage, .id = 1, .deposit = balance_of(1000)));
        market_next(k);
    }
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_unmortgage, .id = 1, .block_num = 1));
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_unmortgage, .id = 1, .block_num = 2));
    uint64_t bob = free_of(k, BOB);
    struct cluster_slash s = {.amount = balance_of(2500),
                              .injured = k->who[BOB],
                              .injured_max = balance_of(700),
                              .why = WORKER_END_REASON_FAULT};
    assert_int_equal(PLANCK(cluster_slash(&k->x, 1, &s)), 2500);
    assert_int_equal(PLANCK(cluster_unbonding(&k->x, 1)), 0);
    assert_true(worker_deposits_get(&k->x, &d, 1, 3));
    assert_int_equal(PLANCK(d.deposit), 500);
    assert_int_equal(PLANCK(worker_stake_of_get(&k->x, 1)), 2500);
    assert_int_equal(free_of(k, BOB), bob + 700);
    assert_int_equal(PLANCK(balance_sat_sub(balances_free(&k->x, &treasury), before)), 1800);
    s.amount = s.injured_max = balance_of(99999);
    s.injured = k->who[ALICE];
    (void)cluster_slash(&k->x, 1, &s);
    assert_int_equal(PLANCK(worker_stake_of_get(&k->x, 1)), 0);
    assert_int_equal(PLANCK(balance_sat_sub(balances_free(&k->x, &treasury), before)), 4300);
}

#define DEV(f) cmocka_unit_test_setup_teardown(f, setup, market_teardown)
#define PRODUCTION(f) cmocka_unit_test_setup_teardown(f, setup_production, market_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DEV(the_documents_cluster_steps_give_the_documents_results),
        DEV(the_documents_service_earns_3000_for_one_period),
        DEV(a_proof_before_the_first_period_ends_starts_without_pay),
        DEV(a_price_that_would_wrap_32_bits_is_demanded_in_full),
        DEV(stake_and_capacity_in_use_cannot_be_taken_back),
        DEV(a_top_up_without_capacity_is_spare_stake),
        DEV(strangers_and_unknown_clusters_are_refused),
        DEV(registrations_are_checked_field_by_field),
        DEV(a_period_is_paid_once),
        DEV(a_missed_period_is_not_paid_and_costs_reliability),
        DEV(a_stopped_service_still_pays_what_was_run),
        DEV(an_unproven_rest_goes_back_to_the_owner),
        DEV(every_moment_of_a_stop_settles_to_the_planck),
        DEV(a_service_that_cannot_refill_ends_after_a_period_that_is_covered),
        DEV(a_recharge_cancels_the_end_for_lack_of_funds),
        DEV(proofs_are_judged_in_every_field),
        DEV(a_signature_of_the_deploy_key_is_verified),
        DEV(a_container_made_anew_is_started_with_its_new_key),
        DEV(a_declined_work_goes_elsewhere),
        DEV(a_change_of_stage_waits_for_the_running_period),
        DEV(only_the_last_168_proofs_are_kept),
        PRODUCTION(production_refuses_evidence_none),
        PRODUCTION(stake_waits_for_the_unbonding_period),
        PRODUCTION(slashes_take_unbonding_stake_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
