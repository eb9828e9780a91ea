#include "runtime/placement.h"

#include "runtime/capacity.h"
#include "runtime/market_test.h"
#include "runtime/params.h"
#include "runtime/queue.h"
#include "runtime/score.h"

enum { BUYER = 50, CLUSTERS = 40 };

static int setup(void **state)
{
    struct market *k = test_malloc(sizeof *k);
    market_init(k, NULL, true);
    *state = k;
    return 0;
}

/* The only cluster a work is on; 0 when it has none. */
static uint64_t home(struct market *k, uint64_t app)
{
    struct scale_u64_vec live;
    worker_work_contracts_get(&k->x, &live, &WORK_APP(app));
    assert_true(live.n <= 1);
    return live.n == 0 ? 0 : live.v[0];
}

static struct worker_com_cr shape(uint32_t i)
{
    return (struct worker_com_cr){
        .cpu = 100 + 10 * (i % 7), .mem = 100 + 20 * (i % 5), .disk = 50 * (i % 3), .gpu = i % 11 == 0};
}

/* The score of cluster `id` for the need, by the definition; false when it cannot take it. */
static bool judged(struct market *k, int64_t *score, uint64_t id, const struct worker_com_cr *need)
{
    struct cluster_capacity c;
    struct worker_reliability r;
    struct balance sigma;
    cluster_capacity_get(&k->x, &c, id);
    struct worker_com_cr free = cluster_free(&c);
    struct balance stake = balance_sat_sub(worker_stake_of_get(&k->x, id), worker_sigma_of_get(&k->x, id));
    worker_reliabilities_get(&k->x, &r, id);
    assert_true(cluster_required_stake(&k->x, &sigma, id, need));
    if (!capacity_fits(need, &free) || balance_cmp(sigma, stake) > 0)
        return false;
    *score = score_of(&(struct score_input){.reliability_ppm = r.ppm,
                                            .total = c.total,
                                            .used = c.used,
                                            .need = *need,
                                            .free_stake = stake,
                                            .sigma = sigma,
                                            .price_bps = 10000,
                                            .cluster_level = 1,
                                            .work_level = 1});
    return true;
}

/* 40 clusters; 32 are examined at once, from a place the past blocks decide. Each choice must be the best of
 * a window of 32 neighbours in the list, and none of the whole list may be better by more than the window
 * explains. */
static void the_best_of_32_candidates_is_chosen(void **state)
{
    struct market *k = *state;
    const struct worker_com_cr need = {.cpu = 20, .mem = 30, .disk = 10};
    uint32_t placed = 0, best_overall = 0;

    for (int i = 0; i < CLUSTERS; i++) {
        struct worker_com_cr c = shape((uint32_t)i);
        (void)market_cluster(k, i, &c, (uint64_t)i * 300 + 500);
    }
    assert_int_equal(worker_eligible_len_get(&k->x, CLASS_SGX, 1), CLUSTERS);
    for (uint64_t app = 0; app < 60; app++) {
        int64_t score[CLUSTERS] = {0}, chosen = 0;
        bool fits[CLUSTERS];
        uint32_t better = 0;
        assert_ok(market_order(k, BUYER, 20, 30, 10, 1000000));
        for (uint64_t id = 1; id <= CLUSTERS; id++)
            fits[id - 1] = judged(k, &score[id - 1], id, &need);
        market_next(k);
        uint64_t at = home(k, app);
        if (at == 0)
            continue;
        placed++;
        assert_true(fits[at - 1]);
        chosen = score[at - 1];
        for (uint64_t id = 0; id < CLUSTERS; id++)
            better += fits[id] && score[id] > chosen ? 1 : 0;
        assert_true(better <= CLUSTERS - 32); /* only what was not examined can be better */
        best_overall += better == 0 ? 1 : 0;
    }
    assert_true(placed >= 59);
    assert_true(best_overall > 30);
}

static void the_same_chain_chooses_the_same_clusters(void **state)
{
    struct market *k = *state;
    uint64_t first[20];
    for (int round = 0; round < 2; round++) {
        if (round == 1) {
            market_fini(k);
            market_init(k, NULL, true);
        }
        for (int i = 0; i < CLUSTERS; i++) {
            struct worker_com_cr c = shape((uint32_t)i);
            (void)market_cluster(k, i, &c, 500);
        }
        for (uint64_t app = 0; app < ARRAY_LEN(first); app++) {
            assert_ok(market_order(k, BUYER, 20, 20, 0, 1000000));
            market_next(k);
            if (round == 0)
                first[app] = home(k, app);
            else
                assert_int_equal(home(k, app), first[app]);
        }
    }
    bool differ = false;
    for (size_t i = 1; i < ARRAY_LEN(first); i++)
        differ = differ || first[i] != first[0];
    assert_true(differ);
}

static void a_need_that_fits_exactly_is_taken(void **state)
{
    struct market *k = *state;
    const struct worker_com_cr c = {.cpu = 100, .mem = 50, .disk = 30};
    struct cluster_capacity now;
    uint64_t id = market_cluster(k, 0, &c, 0);

    assert_ok(market_order(k, BUYER, 100, 50, 30, 10000000));
    market_next(k);
    assert_int_equal(home(k, 0), id);
    cluster_capacity_get(&k->x, &now, id);
    assert_true(capacity_eq(&now.used, &c));
    assert_int_equal(worker_eligible_len_get(&k->x, CLASS_SGX, 1), 0); /* full: off the list */
    assert_ok(market_order(k, BUYER, 10, 10, 0, 1000000));
    market_next(k);
    assert_int_equal(home(k, 1), 0);
    assert_ok(MARKET_DO(k, BUYER, app, stop, .app_id = 0));
    assert_int_equal(worker_eligible_len_get(&k->x, CLASS_SGX, 1), 1);
    market_skip(k, 3);
    assert_int_equal(home(k, 1), id);
}

static void one_unit_too_much_is_refused(void **state)
{
    struct market *k = *state;
    const struct worker_com_cr c = {.cpu = 100, .mem = 50, .disk = 30};
    (void)market_cluster(k, 0, &c, 0);
    assert_ok(market_order(k, BUYER, 101, 50, 30, 10000000));
    assert_ok(market_order(k, BUYER, 100, 51, 30, 10000000));
    assert_ok(market_order(k, BUYER, 100, 50, 31, 10000000));
    market_skip(k, 3);
    for (uint64_t app = 0; app < 3; app++)
        assert_int_equal(home(k, app), 0);
}

static void kinds_of_hardware_have_lists_of_their_own(void **state)
{
    struct market *k = *state;
    uint64_t sgx = market_cluster(k, 0, &(struct worker_com_cr){.cpu = 100, .mem = 100}, 0);
    uint64_t cvm = market_cluster(k, 1, &(struct worker_com_cr){.cvm_cpu = 100, .cvm_mem = 100}, 0);
    struct app_create_args a = {.name = BYTES_LIT("a"),
                                .image = BYTES_LIT("a"),
                                .command = {.tag = APP_COMMAND_NONE},
                                .cpu = 10,
                                .memory = 10,
                                .level = 1,
                                .deposit = balance_of(100000)};

    assert_int_equal(worker_eligible_len_get(&k->x, CLASS_SGX, 1), 1);
    assert_int_equal(worker_eligible_len_get(&k->x, CLASS_CVM, 1), 1);
    assert_ok(
        market_do(k, BUYER, &(struct call){.pallet = &app_pallet, .desc = &app_call_create, .args = &a}));
    a.tee_version = APP_TEE_VERSION_CVM;
    assert_ok(
        market_do(k, BUYER, &(struct call){.pallet = &app_pallet, .desc = &app_call_create, .args = &a}));
    market_next(k);
    assert_int_equal(home(k, 0), sgx);
    assert_int_equal(home(k, 1), cvm);
}

static void an_excluded_cluster_is_not_asked_again_for_28800_blocks(void **state)
{
    struct market *k = *state;
    uint64_t id = market_cluster(k, 0, &(struct worker_com_cr){.cpu = 100, .mem = 100}, 0);
    struct worker_placement_state p;

    assert_ok(market_order(k, BUYER, 10, 10, 0, 1000000));
    market_next(k);
    assert_ok(MARKET_DO(k, 0, worker, work_decline, .work_id = WORK_APP(0)));
    market_skip(k, 5);
    assert_int_equal(home(k, 0), 0);
    assert_true(worker_placement_get(&k->x, &p, &WORK_APP(0)));
    assert_int_equal(p.exclude.n, 1);
    assert_int_equal(p.exclude.v[0].cluster, id);
    assert_int_equal(p.reason, WORKER_PLACEMENT_REASON_NO_CAPACITY);
    /* stopping and ordering again does not forgive */
    assert_ok(MARKET_DO(k, BUYER, app, stop, .app_id = 0));
    assert_ok(MARKET_DO(k, BUYER, app, recharge, .id = 0, .deposit = balance_of(1000000)));
    assert_ok(MARKET_DO(k, BUYER, app, restart, .app_id = 0));
    market_skip(k, 4);
    assert_int_equal(home(k, 0), 0);
    assert_ok(MARKET_DO(k, BUYER, app, stop, .app_id = 0));
    k->block += 28800;
    market_next(k);
    assert_ok(MARKET_DO(k, BUYER, app, recharge, .id = 0, .deposit = balance_of(1000000)));
    assert_ok(MARKET_DO(k, BUYER, app, restart, .app_id = 0));
    market_next(k);
    assert_int_equal(home(k, 0), id);
}

static void a_work_that_is_not_started_in_time_goes_elsewhere(void **state)
{
    struct market *k = *state;
    struct worker_reliability r;
    uint64_t a = market_cluster(k, 0, &(struct worker_com_cr){.cpu = 100, .mem = 100}, 0);
    uint64_t b = market_cluster(k, 1, &(struct worker_com_cr){.cpu = 100, .mem = 100}, 0);

    assert_ok(market_order(k, BUYER, 10, 10, 0, 1000000));
    market_next(k);
    uint64_t first = home(k, 0), due = market_contract(k, 0, first).due;
    assert_int_equal(due, k->block + params_dev.start_timeout);
    assert_fails(worker, WORKER_ERR_WORK_BLOCK_NUMBER_ERROR,
                 MARKET_DO(k, 2, worker, contract_poke, .work_id = WORK_APP(0), .cluster_id = first));
    assert_fails(worker, WORKER_ERR_WORK_NOT_EXISTS,
                 MARKET_DO(k, 2, worker, contract_poke, .work_id = WORK_APP(1), .cluster_id = first));
    k->block = (uint32_t)due - 1;
    market_next(k);
    assert_int_equal(market_app(k, 0).status, WORK_RESCHEDULING);
    worker_reliabilities_get(&k->x, &r, first);
    assert_int_equal(r.ppm, 490000);
    market_next(k);
    assert_int_equal(home(k, 0), first == a ? b : a);
}

static void attempts_end_and_the_money_stays_the_owners(void **state)
{
    struct market *k = *state;
    struct worker_placement_state p;
    uint64_t before = PLANCK(market_free(k, BUYER));

    assert_ok(market_order(k, BUYER, 10, 10, 0, 1000000));
    for (uint32_t i = 0; i < 4000 && market_app(k, 0).status == WORK_CREATED; i++)
        market_next(k);
    assert_int_equal(market_app(k, 0).status, WORK_UNSCHEDULABLE);
    assert_int_equal(market_events(k, &worker_pallet, 13), 1);
    assert_true(worker_placement_get(&k->x, &p, &WORK_APP(0)));
    assert_int_equal(p.attempts, params_dev.placement_attempts);
    assert_int_equal(p.reason, WORKER_PLACEMENT_REASON_NO_CAPACITY);
    assert_int_equal(worker_retry_count_get(&k->x), 0);
    assert_ok(MARKET_DO(k, BUYER, app, restart, .app_id = 0));
    assert_int_equal(worker_retry_count_get(&k->x), 1);
    assert_ok(MARKET_DO(k, BUYER, app, stop, .app_id = 0));
    assert_int_equal(PLANCK(market_free(k, BUYER)), before);
}

static void delays_grow_after_the_list_was_scanned_once(void **state)
{
    (void)state;
    assert_int_equal(placement_delay(0, 0), 1);
    assert_int_equal(placement_delay(1, 0), 2);
    assert_int_equal(placement_delay(0, 40), 1);
    assert_int_equal(placement_delay(1, 40), 1);
    assert_int_equal(placement_delay(2, 40), 1);
    assert_int_equal(placement_delay(3, 40), 2);
    assert_int_equal(placement_delay(10, 40), 256);
    assert_int_equal(placement_delay(11, 40), 300);
    assert_int_equal(placement_delay(4000000000u, 40), 300);
}

static void a_work_without_funds_waits_for_them(void **state)
{
    struct market *k = *state;
    struct worker_placement_state p;
    uint64_t id = market_cluster(k, 0, &(struct worker_com_cr){.cpu = 100, .mem = 100}, 0);

    assert_ok(market_order(k, BUYER, 10, 10, 0, 1000000));
    assert_ok(MARKET_DO(k, BUYER, app, withdraw, .app_id = 0, .amount = balance_of(999999)));
    market_next(k);
    assert_int_equal(home(k, 0), 0);
    assert_true(worker_placement_get(&k->x, &p, &WORK_APP(0)));
    assert_int_equal(p.reason, WORKER_PLACEMENT_REASON_FUNDS);
    assert_ok(MARKET_DO(k, BUYER, app, recharge, .id = 0, .deposit = balance_of(100000)));
    market_skip(k, 4);
    assert_int_equal(home(k, 0), id);
}

/* C10-16: more works than fit in a block's list wait in order, and none is lost. */
static void a_flood_of_works_is_spread_over_blocks(void **state)
{
    struct market *k = *state;
    struct worker_retry_vec list;

    (void)market_cluster(k, 0, &(struct worker_com_cr){.cpu = 30000, .mem = 30000}, 0);
    for (uint32_t i = 0; i < 600; i++)
        assert_ok(market_order(k, BUYER, 10, 10, 0, 10000));
    assert_int_equal(worker_retry_count_get(&k->x), 600);
    for (uint64_t b = 1; b <= 16; b++) {
        worker_retry_at_get(&k->x, &list, k->block + b);
        assert_int_equal(list.n, 32);
        assert_int_equal(list.v[0].work_id.id, (b - 1) * 32);
    }
    market_next(k);
    assert_int_equal(worker_live_contracts_get(&k->x), 32);
    /* 64 contracts for each block of a period: the rest waits */
    market_skip(k, 30);
    assert_int_equal(worker_live_contracts_get(&k->x), 192);
    assert_fails(worker, WORKER_ERR_WORK_BLOCK_NUMBER_ERROR, MARKET_DO(k, -1, worker, set_stage, .stage = 2));
    assert_ok(MARKET_DO(k, -1, worker, set_stage, .stage = 30));
    for (uint32_t i = 0; i < 300 && worker_live_contracts_get(&k->x) < 600; i++)
        market_next(k);
    assert_int_equal(worker_live_contracts_get(&k->x), 600);
}

static void a_full_queue_refuses_and_charges_nothing(void **state)
{
    struct market *k = *state;
    struct balance before = market_free(k, BUYER);

    worker_retry_count_put(&k->x, PARAM_QUEUE_MAX);
    assert_fails(app, APP_ERR_QUEUE_FULL, market_order(k, BUYER, 10, 10, 0, 100000));
    assert_int_equal(balance_cmp(market_free(k, BUYER), before), 0);
    worker_retry_count_put(&k->x, PARAM_QUEUE_MAX - 1);
    assert_ok(market_order(k, BUYER, 10, 10, 0, 100000));
    worker_retry_count_put(&k->x, 1);
}

/* The first block of a free place is found in bounded time however many lists are full. */
static void entries_go_behind_the_last_list_when_their_neighbourhood_is_full(void **state)
{
    struct market *k = *state;
    struct worker_due d = {.kind = WORKER_DUE_KIND_PRICE, .cluster_id = 200};
    uint64_t last = 0;
    for (uint32_t i = 0; i < 64 * 40; i++) {
        last = due_add(&k->x, &d, 100);
        assert_true(last >= 100);
    }
    assert_int_equal(last, 139);
    assert_int_equal(due_add(&k->x, &d, 90), 90);
    due_remove(&k->x, &d, 120);
    assert_int_equal(due_add(&k->x, &d, 110), 120);
}

#define DEV(f) cmocka_unit_test_setup_teardown(f, setup, market_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DEV(the_best_of_32_candidates_is_chosen),
        DEV(the_same_chain_chooses_the_same_clusters),
        DEV(a_need_that_fits_exactly_is_taken),
        DEV(one_unit_too_much_is_refused),
        DEV(kinds_of_hardware_have_lists_of_their_own),
        DEV(an_excluded_cluster_is_not_asked_again_for_28800_blocks),
        DEV(a_work_that_is_not_started_in_time_goes_elsewhere),
        DEV(attempts_end_and_the_money_stays_the_owners),
        cmocka_unit_test(delays_grow_after_the_list_was_scanned_once),
        DEV(a_work_without_funds_waits_for_them),
        DEV(a_flood_of_works_is_spread_over_blocks),
        DEV(a_full_queue_refuses_and_charges_nothing),
        DEV(entries_go_behind_the_last_list_when_their_neighbourhood_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
