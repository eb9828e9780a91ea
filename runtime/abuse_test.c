/* runtime/abuse_test.c — what people who want more than their share try, and states only root can write: each
 * of these once broke the books, the rules or the chain. */
#include "runtime/market_test.h"

#include "runtime/capacity.h"
#include "runtime/hooks.h"
#include "runtime/params.h"
#include "runtime/queue.h"
#include "runtime/state.h"

enum { ALICE, BOB, CAROL };

#define UNIT 1000000000000ull
static const struct worker_com_cr big = {.cpu = 1000, .mem = 1000, .disk = 1000};

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

/* A service of BOB's that costs 3,000 a period and runs on ALICE's cluster from this block on. */
static uint64_t run_service(struct market *k, uint64_t deposit)
{
    uint64_t id = market_cluster(k, ALICE, &big, 0);
    assert_ok(market_order(k, BOB, 10, 10, 10, deposit));
    market_next(k);
    assert_ok(MARKET_DO(k, ALICE, worker, work_start, .work_id = WORK_APP(0), .deploy_key = k->who[CAROL]));
    return id;
}

static struct worker_price price_of(uint64_t each)
{
    return (struct worker_price){each, each, each, each, each, each * 10};
}

/* What a recharge bound for the contract was forgotten by it, and stayed bound for ever. */
static void a_recharge_for_the_old_price_alone_binds_nothing_for_ever(void **state)
{
    struct market *k = *state;
    uint64_t id = run_service(k, 9000);

    market_skip(k, 3);
    assert_ok(market_prove(k, ALICE, 0));
    market_skip(k, 3);
    assert_ok(market_prove(k, ALICE, 0));
    assert_true(market_contract(k, 0, id).close_at.some);
    assert_ok(MARKET_DO(k, -1, app, update_price, .level = 1, .price = price_of(400)));
    assert_ok(MARKET_DO(k, CAROL, app, recharge, .id = 0, .deposit = balance_of(3000)));
    assert_true(market_contract(k, 0, id).close_at.some);
    assert_int_equal(PLANCK(market_contract(k, 0, id).held), PLANCK(market_balance(k, 0).held));
    market_next(k);
    assert_ok(MARKET_DO(k, BOB, app, stop, .app_id = 0));
    market_skip(k, 4);
    struct app_work_balance b = market_balance(k, 0);
    assert_int_equal(PLANCK(b.available) + PLANCK(b.held), 0);
    assert_int_equal(PLANCK(b.spent) + PLANCK(b.refunded), 12000);
}

/* Moves the check of a contract, as a crowded DueAt does. */
static void delay_check(struct market *k, uint64_t app, uint64_t cluster, uint64_t to)
{
    struct worker_contract_state s = market_contract(k, app, cluster);
    struct worker_due d = {.work_id = WORK_APP(app), .cluster_id = cluster};
    due_remove(&k->x, &d, s.due);
    s.due = due_add(&k->x, &d, to);
    worker_work_contract_state_put(&k->x, &WORK_APP(app), cluster, &s);
}

/* Periods that were never proven were paid by one final proof when their check came late. */
static void a_late_check_does_not_make_missed_periods_payable(void **state)
{
    struct market *k = *state;
    uint64_t id = run_service(k, 1000000);

    delay_check(k, 0, id, k->block + 1000);
    market_skip(k, 100); /* period 33 runs since one block, 32 may still be proven */
    assert_ok(MARKET_DO(k, BOB, app, stop, .app_id = 0));
    struct worker_contract_state s = market_contract(k, 0, id);
    assert_int_equal(s.status, CONTRACT_CLOSING);
    assert_int_equal(PLANCK(s.closing.value.reserve), 4000);
    assert_ok(market_prove(k, ALICE, 0));
    assert_int_equal(PLANCK(market_contract(k, 0, id).minted), 4000);
    struct worker_reliability r;
    worker_reliabilities_get(&k->x, &r, id);
    assert_int_equal(r.missed, 32);
}

static void a_late_check_costs_bounded_work_whoever_makes_it(void **state)
{
    struct market *k = *state;
    uint64_t id = run_service(k, 1000000);

    delay_check(k, 0, id, k->block + 1000);
    market_skip(k, 301);
    assert_ok(market_prove(k, ALICE, 0)); /* period 99 */
    assert_true(market_events(k, &worker_pallet, 16) <= 6);
    assert_int_equal(PLANCK(market_contract(k, 0, id).minted), 3000);
    delay_check(k, 0, id, k->block + 1000);
    market_skip(k, 300);
    assert_ok(MARKET_DO(k, CAROL, worker, contract_poke, .work_id = WORK_APP(0), .cluster_id = id));
    assert_true(market_events(k, &worker_pallet, 16) <= 6);
    assert_true(market_contract(k, 0, id).due <= k->block + 3);
}

/* Deposits of a stopped cluster outlived it when its older stake was claimed. */
static void a_cluster_with_stake_does_not_close(void **state)
{
    struct market *k = *state;
    uint8_t dev = 1, production = 0;
    struct worker_k8s_cluster c;
    struct worker_ip ip = {.ipv4 = {true, 1}};

    assert_ok(MARKET_DO(k, ALICE, worker, cluster_register, .name = BYTES_LIT("c"), .ip = {1, &ip}, .port = 1,
                        .level = 1));
    state_set(&k->x, STATE_DEV_MODE, bytes_of(&dev, 1)); /* stands in for an attestation */
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_mortgage, .id = 1, .deposit = balance_of(UNIT)));
    state_set(&k->x, STATE_DEV_MODE, bytes_of(&production, 1));
    market_next(k);
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_stop, .id = 1));
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_mortgage, .id = 1, .deposit = balance_of(UNIT)));
    k->block += params_production.unbond_period;
    market_next(k);
    assert_ok(MARKET_DO(k, BOB, worker, cluster_claim_unbonded, .id = 1));
    c = market_cluster_of(k, 1);
    assert_int_equal(c.status, CLUSTER_STOPPED);
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_unmortgage, .id = 1, .block_num = 2));
    k->block += params_production.unbond_period;
    market_next(k);
    assert_ok(MARKET_DO(k, BOB, worker, cluster_claim_unbonded, .id = 1));
    c = market_cluster_of(k, 1);
    assert_int_equal(c.status, CLUSTER_CLOSED);
    assert_int_equal(PLANCK(market_reserved(k, ALICE)), 0);
}

/* Two announcements, each sane beside what was active, made level 2 cheaper than level 1. */
static void announced_prices_keep_the_order_of_levels_too(void **state)
{
    struct market *k = *state;
    struct worker_price low, high;

    assert_true(app_prices_get(&k->x, &low, 1) && app_prices_get(&k->x, &high, 2));
    assert_ok(MARKET_DO(k, -1, app, update_price, .level = 2, .price = low));
    struct worker_price more = low;
    more.cpu_per++;
    more.memory_per = more.memory_per / 2;
    struct worker_deposit_price stake; /* wide, so that only the order of levels can refuse */
    assert_true(worker_deposit_prices_get(&k->x, &stake, 1));
    stake.cpu_per *= 2;
    worker_deposit_prices_put(&k->x, 1, &stake);
    assert_fails(app, APP_ERR_PRICE_INVALID, MARKET_DO(k, -1, app, update_price, .level = 1, .price = more));
    more.cpu_per = low.cpu_per;
    assert_ok(MARKET_DO(k, -1, app, update_price, .level = 1, .price = more));
}

/* An entry whose block was crowded went behind the farthest list, a month away if such a list was in use. */
static void a_crowd_delays_an_entry_no_more_than_its_own_length_demands(void **state)
{
    struct market *k = *state;
    struct worker_due d = {.kind = WORKER_DUE_KIND_PRICE, .cluster_id = 200};
    struct worker_retry r = {.work_id = WORK_APP(77)};
    struct exec_layer layer = exec_layer_begin(&k->x);

    assert_int_equal(due_add(&k->x, &d, 40000), 40000);
    for (uint32_t i = 0; i < 16 * 64; i++)
        assert_true(due_add(&k->x, &d, 100) < 116);
    assert_int_equal(due_add(&k->x, &d, 100), 116);
    assert_int_equal(queue_add(&k->x, &r, 40000, false), 40000);
    for (uint32_t i = 0; i < 16 * 32; i++)
        assert_true(queue_add(&k->x, &r, 100, false) < 116);
    assert_int_equal(queue_add(&k->x, &r, 100, false), 116);
    exec_layer_end(&k->x, &layer, false);
}

/* Runs the hooks of the next block over a state that contradicts the invariants, and forgets what they did.
 */
static void next_block_survives(struct market *k)
{
    enum event_phase phase = k->x.phase;
    k->x.block++;
    k->x.phase = PHASE_INITIALIZATION;
    worker_on_initialize(&k->x);
    k->x.block--;
    k->x.phase = phase;
}

static void nothing_root_writes_stops_the_chain(void **state)
{
    struct market *k = *state;
    uint64_t id = market_cluster(k, ALICE, &big, 0), many[16] = {0};
    struct worker_k8s_cluster c;

    assert_ok(market_order(k, BOB, 10, 10, 10, 1000000));
    struct exec_layer layer = exec_layer_begin(&k->x);
    c = market_cluster_of(k, id);
    c.price_bps = UINT16_MAX;
    worker_k8s_clusters_put(&k->x, id, &c);
    for (uint64_t i = 0; i < ARRAY_LEN(many); i++)
        many[i] = 100 + i;
    worker_work_contracts_put(&k->x, &WORK_APP(0), &(struct scale_u64_vec){ARRAY_LEN(many), many});
    worker_retry_count_put(&k->x, 0);
    next_block_survives(k);
    assert_int_equal(market_contract(k, 0, id).ask_bps, BPS);
    assert_int_equal(worker_retry_count_get(&k->x), 0);
    exec_layer_end(&k->x, &layer, false);

    layer = exec_layer_begin(&k->x);
    next_block_survives(k);
    worker_stage_put(&k->x, 0);
    struct worker_contract_state s = market_contract(k, 0, id);
    s.status = CONTRACT_RUNNING;
    s.missed_row = UINT8_MAX;
    s.held = balance_of_u128(~(u128)0);
    s.fee = balance_of_u128(~(u128)0);
    s.sigma = balance_of_u128(~(u128)0);
    s.due = k->block + 1;
    worker_record_count_put(&k->x, id, 0);
    worker_work_record_count_put(&k->x, &WORK_APP(0), 0);
    worker_work_contract_state_put(&k->x, &WORK_APP(0), id, &s);
    struct worker_due due = {.work_id = WORK_APP(0), .cluster_id = id};
    worker_due_at_put(&k->x, k->block + 1, &(struct worker_due_vec){1, &due});
    next_block_survives(k);
    const struct origin bob = {.kind = ORIGIN_SIGNED, .who = k->who[BOB]};
    struct app_stop_args stop = {.app_id = 0};
    (void)exec_dispatch(&k->x, &bob,
                        &(struct call){.pallet = &app_pallet, .desc = &app_call_stop, .args = &stop});
    next_block_survives(k);
    exec_layer_end(&k->x, &layer, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_recharge_for_the_old_price_alone_binds_nothing_for_ever, setup,
                                        market_teardown),
        cmocka_unit_test_setup_teardown(a_late_check_does_not_make_missed_periods_payable, setup,
                                        market_teardown),
        cmocka_unit_test_setup_teardown(a_late_check_costs_bounded_work_whoever_makes_it, setup,
                                        market_teardown),
        cmocka_unit_test_setup_teardown(a_cluster_with_stake_does_not_close, setup_production,
                                        market_teardown),
        cmocka_unit_test_setup_teardown(announced_prices_keep_the_order_of_levels_too, setup_production,
                                        market_teardown),
        cmocka_unit_test_setup_teardown(a_crowd_delays_an_entry_no_more_than_its_own_length_demands, setup,
                                        market_teardown),
        cmocka_unit_test_setup_teardown(nothing_root_writes_stops_the_chain, setup, market_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
