#include "runtime/settlement.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "runtime/score.h"

static struct balance amount(const char *text)
{
    struct balance b;
    assert_true(balance_parse(&b, bytes_of_str(text)));
    return b;
}

static void expect(struct balance got, const char *want)
{
    char text[BALANCE_TEXT_MAX];
    (void)balance_text(text, got);
    assert_string_equal(text, want);
}

/* Computed with arbitrary precision: gross = ceil(floor(up*10^6/span) * ((10^4-u)*F + u*min(use, F)) /
 * 10^10), fee = floor(gross*phi/10^4), half of it rounded down to the authors. */
static const struct row {
    const char *full, *usage;
    uint32_t up, span, usage_bps, fee_bps;
    const char *gross, *fee, *treasury, *authors;
} rows[] = {
    {"3000", "3000", 3, 3, 0, 0, "3000", "0", "0", "0"},
    {"3000", "0", 3, 3, 0, 0, "3000", "0", "0", "0"},
    {"3000", "3000", 0, 3, 0, 0, "0", "0", "0", "0"},
    {"3000", "3000", 1, 3, 0, 0, "1000", "0", "0", "0"},
    {"3000", "3000", 2, 3, 0, 0, "2000", "0", "0", "0"},
    {"0", "0", 600, 600, 2000, 500, "0", "0", "0", "0"},
    {"1", "1", 600, 600, 2000, 500, "1", "0", "0", "0"},
    {"1", "0", 600, 600, 2000, 500, "1", "0", "0", "0"},
    {"1", "1", 1, 600, 2000, 500, "1", "0", "0", "0"},
    {"1", "0", 1, 600, 2000, 500, "1", "0", "0", "0"},
    {"3000", "3000", 600, 600, 2000, 500, "3000", "150", "75", "75"},
    {"3000", "0", 600, 600, 2000, 500, "2400", "120", "60", "60"},
    {"3000", "1500", 600, 600, 2000, 500, "2700", "135", "68", "67"},
    {"3000", "3001", 600, 600, 2000, 500, "3000", "150", "75", "75"},
    {"3000", "1500", 570, 600, 2000, 500, "2565", "128", "64", "64"},
    {"3000", "1500", 569, 600, 2000, 500, "2561", "128", "64", "64"},
    {"3000", "1500", 599, 600, 2000, 500, "2696", "134", "67", "67"},
    {"3000", "1500", 1, 600, 2000, 500, "5", "0", "0", "0"},
    {"7", "3", 600, 600, 2000, 500, "7", "0", "0", "0"},
    {"19", "0", 600, 600, 0, 500, "19", "0", "0", "0"},
    {"20", "0", 600, 600, 0, 500, "20", "1", "1", "0"},
    {"39", "0", 600, 600, 0, 500, "39", "1", "1", "0"},
    {"40", "0", 600, 600, 0, 500, "40", "2", "1", "1"},
    {"41", "0", 600, 600, 0, 500, "41", "2", "1", "1"},
    {"60", "0", 600, 600, 0, 500, "60", "3", "2", "1"},
    {"1000000000000000", "1000000000000000", 14400, 14400, 5000, 2000, "1000000000000000", "200000000000000",
     "100000000000000", "100000000000000"},
    {"1000000000000000", "1", 14400, 14400, 5000, 2000, "500000000000001", "100000000000000",
     "50000000000000", "50000000000000"},
    {"1000000000000000", "999999999999999", 14399, 14400, 5000, 2000, "999930000000000", "199986000000000",
     "99993000000000", "99993000000000"},
    {"3000", "3000", 10, 10, 10000, 0, "3000", "0", "0", "0"},
    {"3000", "0", 10, 10, 10000, 0, "0", "0", "0", "0"},
    {"3000", "1", 10, 10, 10000, 0, "1", "0", "0", "0"},
    {"3000", "3000", 5, 0, 0, 0, "0", "0", "0", "0"},
    {"3000", "3000", 0, 0, 0, 0, "0", "0", "0", "0"},
    {"3000", "3000", 700, 600, 0, 0, "3000", "0", "0", "0"},
    {"316912650057057350374175801344", "316912650057057350374175801344", 600, 600, 0, 0,
     "316912650057057350374175801344", "0", "0", "0"},
    {"316912650057057350374175801344", "316912650057057350374175801343", 600, 600, 2000, 500,
     "316912650057057350374175801344", "15845632502852867518708790067", "7922816251426433759354395034",
     "7922816251426433759354395033"},
    {"316912650057057350374175801344", "0", 1, 14400, 5000, 2000, "10933486426968478587909066",
     "2186697285393695717581813", "1093348642696847858790907", "1093348642696847858790906"},
    {"633825300114114700748351602687", "633825300114114700748351602687", 3, 3, 2000, 500,
     "633825300114114700748351602687", "31691265005705735037417580134", "15845632502852867518708790067",
     "15845632502852867518708790067"},
    {"18446744073709551616", "9223372036854775808", 1, 3, 2000, 500, "5534017688089643372",
     "276700884404482168", "138350442202241084", "138350442202241084"},
    {"999999", "333333", 333, 1000, 3333, 777, "259008", "20124", "10062", "10062"},
    {"1000000000000000001", "100000000000000003", 7, 13, 1234, 567, "478659521340000001", "27139994859978000",
     "13569997429989000", "13569997429989000"},
    {"5", "2", 1, 1, 2000, 500, "5", "0", "0", "0"},
    {"2", "1", 1, 2, 0, 2000, "1", "0", "0", "0"},
    {"1000000000000", "0", 600, 600, 2000, 500, "800000000000", "40000000000", "20000000000", "20000000000"},
    {"3000", "3000", 600, 600, 0, 10000, "3000", "3000", "1500", "1500"},
    {"21250919908", "2795742288", 593, 6469, 4389, 192, "1205507442", "23145742", "11572871", "11572871"},
    {"62632597597", "922121676", 1408, 8314, 3552, 856, "6894834166", "590197804", "295098902", "295098902"},
    {"246", "141", 869, 1487, 484, 1693, "141", "23", "12", "11"},
    {"1141153371300629929", "457341456066415349", 812, 9456, 1811, 95, "87357859237532105", "829899662756554",
     "414949831378277", "414949831378277"},
    {"153540110946965195", "41578695429501506", 4429, 4745, 964, 1169, "133240506501467128",
     "15575815210021507", "7787907605010754", "7787907605010753"},
    {"2929179284", "2497953681", 1169, 1689, 1539, 762, "1981424907", "150984577", "75492289", "75492288"},
    {"8974", "1028", 9246, 11668, 488, 1267, "6804", "862", "431", "431"},
    {"8328453", "4460392", 7005, 11148, 2573, 953, "4607913", "439134", "219567", "219567"},
};

static void settlement_is_exact_to_the_planck(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *r = &rows[i];
        struct settlement s;
        struct settlement_terms t = {.full = amount(r->full),
                                     .usage = amount(r->usage),
                                     .up_blocks = r->up,
                                     .span = r->span,
                                     .usage_bps = r->usage_bps,
                                     .fee_bps = r->fee_bps};
        struct balance sum;
        assert_true(settlement_of(&s, &t));
        expect(s.gross, r->gross);
        expect(s.fee, r->fee);
        expect(s.treasury, r->treasury);
        expect(s.authors, r->authors);
        assert_true(balance_add(&sum, s.net, s.fee));
        assert_int_equal(balance_cmp(sum, s.gross), 0);
        assert_true(balance_cmp(s.gross, t.full) <= 0);
    }
}

static void amounts_beyond_128_bits_are_refused(void **state)
{
    struct settlement s;
    struct settlement_terms t = {
        .full = balance_of_u128(~(u128)0), .up_blocks = 1, .span = 1, .usage_bps = 2000};
    (void)state;
    assert_false(settlement_of(&s, &t));
}

static void the_price_of_the_documents_example_is_3000(void **state)
{
    const struct worker_price price = {100, 100, 100, 100, 100, 1000};
    const struct worker_com_cr need = {.cpu = 10, .mem = 10, .disk = 10};
    (void)state;
    expect(settlement_fee(&price, &need, BPS), "3000");
    expect(settlement_fee(&price, &need, 1), "1"); /* 0.3, rounded up */
    expect(settlement_fee(&price, &need, 9999), "3000");
    expect(settlement_fee(&price, &(struct worker_com_cr){.gpu = 2, .cvm_cpu = 1, .cvm_mem = 3}, 5000),
           "1200");
}

static void the_largest_price_and_need_do_not_overflow(void **state)
{
    const uint64_t p = UINT64_MAX;
    const uint32_t n = UINT32_MAX;
    (void)state;
    expect(settlement_fee(&(struct worker_price){p, p, p, p, p, p}, &(struct worker_com_cr){n, n, n, n, n, n},
                          BPS),
           "475368974974905561093236588550"); /* 6 * (2^64-1) * (2^32-1) */
}

static struct worker_contract_state contract(uint64_t anchor, uint32_t stage, uint32_t lead, uint32_t next)
{
    return (struct worker_contract_state){
        .anchor = anchor, .stage = stage, .lead = lead, .next_period = next, .held = balance_of(6000)};
}

static void periods_begin_where_the_last_one_ended(void **state)
{
    struct worker_contract_state c = contract(100, 10, 10, 0);
    (void)state;
    assert_int_equal(period_start(&c, 0), 100);
    assert_int_equal(period_start(&c, 1), 110);
    assert_int_equal(period_start(&c, 5), 150);
    assert_int_equal(period_at(&c, 99), 0);
    assert_int_equal(period_at(&c, 109), 0);
    assert_int_equal(period_at(&c, 110), 1);
    assert_int_equal(period_at(&c, 119), 1);
    assert_int_equal(period_at(&c, 120), 2);
    c = contract(100, 10, 600, 0); /* the period that ran when Stage changed from 600 to 10 */
    assert_int_equal(period_at(&c, 699), 0);
    assert_int_equal(period_at(&c, 700), 1);
    assert_int_equal(period_start(&c, 2), 710);
    assert_int_equal(period_len(&c, 0), 600);
    assert_int_equal(period_len(&c, 1), 10);
}

static void the_end_of_time_saturates(void **state)
{
    struct worker_contract_state c = contract(UINT64_MAX - 5, 600, 600, 0);
    (void)state;
    assert_true(period_start(&c, 9) == UINT64_MAX);
    assert_int_equal(period_at(&c, UINT64_MAX - 1), 0);
}

static void what_a_closing_contract_may_cost_follows_the_unsettled_span(void **state)
{
    struct worker_contract_state c = contract(100, 600, 600, 0);
    const struct balance fee = balance_of(3000);
    static const struct {
        uint64_t at;
        const char *reserve;
    } cases[] = {
        {100, "0"},    {101, "5"},     {102, "10"},    {400, "1500"},  {699, "2995"}, {700, "3000"},
        {701, "3005"}, {1299, "5995"}, {1300, "6000"}, {1301, "6000"}, {99, "0"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        expect(closing_reserve(&c, cases[i].at, fee), cases[i].reserve);
    c.held = balance_of(1000);
    expect(closing_reserve(&c, 700, fee), "1000");
    c = contract(100, 10, 600, 0); /* 600 blocks at the old length, then periods of 10 */
    expect(closing_reserve(&c, 400, fee), "1500");
    expect(closing_reserve(&c, 705, fee), "4500");
    c = contract(100, 600, 600, 3);
    expect(closing_reserve(&c, 100 + 3 * 600 + 1, balance_of(1)), "1"); /* rounded up */
}

static void earnings_vest_in_buckets_over_three_windows(void **state)
{
    struct worker_contract_state c = {.vest = {0}};
    struct worker_vest_bucket room[VEST_BUCKETS];
    const uint32_t window = 700; /* buckets of 100 */
    uint64_t earned = 0;
    (void)state;

    assert_int_equal(vest_bucket(99, window), 0);
    assert_int_equal(vest_bucket(100, window), 1);
    assert_int_equal(vest_matures(0, window), 800);
    for (uint64_t block = 0; block < 3 * window; block += 50) {
        vest_add(&c, room, balance_of(block + 1), block, window);
        earned += block + 1;
        uint64_t matured = 0, immature = 0;
        for (uint64_t b = 0; b <= block; b += 50) {
            if (vest_matures(vest_bucket(b, window), window) <= block)
                matured += b + 1;
        }
        for (uint32_t i = 0; i < c.vest.n; i++)
            immature += (uint64_t)balance_planck(c.vest.v[i].amount);
        assert_true(c.vest.n <= VEST_BUCKETS);
        assert_true(balance_planck(c.minted) == earned);
        assert_true(balance_planck(c.withdrawable) == matured);
        assert_int_equal(matured + immature, earned);
    }
    vest_fold(&c, room, 100000, window);
    assert_int_equal(c.vest.n, 0);
    assert_true(balance_planck(c.withdrawable) == earned);
}

static void without_a_window_earnings_are_free_at_once(void **state)
{
    struct worker_contract_state c = {.vest = {0}};
    struct worker_vest_bucket room[VEST_BUCKETS];
    (void)state;
    vest_add(&c, room, balance_of(5), 1000, 0);
    assert_int_equal(c.vest.n, 0);
    assert_true(balance_planck(c.withdrawable) == 5 && balance_planck(c.minted) == 5);
}

static void reliability_and_slashes_follow_the_table(void **state)
{
    (void)state;
    assert_int_equal(reliability_up(500000), 502500);
    assert_int_equal(reliability_up(1000000), 1000000);
    assert_int_equal(reliability_up(999900), 999900); /* the step is below one */
    assert_int_equal(reliability_down(500000, 20), 475000);
    assert_int_equal(reliability_down(19, 20), 19);
    assert_int_equal(missed_slash_bps(200, 1), 200);
    assert_int_equal(missed_slash_bps(200, 2), 400);
    assert_int_equal(missed_slash_bps(200, 5), 3200);
    assert_int_equal(missed_slash_bps(200, 6), 5000);
    assert_int_equal(missed_slash_bps(200, 4000000000u), 5000);
    assert_int_equal(missed_slash_bps(0, 3), 0);
}

static void scores_weigh_reliability_room_stake_and_price(void **state)
{
    struct score_input in = {
        .reliability_ppm = 500000,
        .total = {.cpu = 1000, .mem = 1000, .disk = 1000},
        .need = {.cpu = 10, .mem = 10, .disk = 10},
        .free_stake = {0},
        .sigma = {0},
        .price_bps = 10000,
        .cluster_level = 1,
        .work_level = 1,
    };
    (void)state;
    /* (45*500000 + 25*990000 + 15*10^6 + 0) / 100 */
    assert_int_equal(score_of(&in), 622500);
    in.price_bps = 5000;
    assert_int_equal(score_of(&in), 622500 + 75000);
    in.cluster_level = 3;
    assert_int_equal(score_of(&in), 622500 + 75000 - 100000);
    in.total.gpu = 1;
    assert_int_equal(score_of(&in), 622500 + 75000 - 300000);
    in.need.gpu = 1; /* now the GPU is the fullest resource: nothing is left of the 25 parts */
    assert_int_equal(score_of(&in), 622500 - 247500 + 75000 - 100000);
    in = (struct score_input){.reliability_ppm = 0,
                              .price_bps = 10000,
                              .total = {.cpu = 4},
                              .used = {.cpu = 1},
                              .need = {.cpu = 1},
                              .free_stake = balance_of(100),
                              .sigma = balance_of(100)};
    /* half full; stake covers the work once: a quarter */
    assert_int_equal(score_of(&in), (25 * 500000 + 15 * 250000) / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settlement_is_exact_to_the_planck),
        cmocka_unit_test(amounts_beyond_128_bits_are_refused),
        cmocka_unit_test(the_price_of_the_documents_example_is_3000),
        cmocka_unit_test(the_largest_price_and_need_do_not_overflow),
        cmocka_unit_test(periods_begin_where_the_last_one_ended),
        cmocka_unit_test(the_end_of_time_saturates),
        cmocka_unit_test(what_a_closing_contract_may_cost_follows_the_unsettled_span),
        cmocka_unit_test(earnings_vest_in_buckets_over_three_windows),
        cmocka_unit_test(without_a_window_earnings_are_free_at_once),
        cmocka_unit_test(reliability_and_slashes_follow_the_table),
        cmocka_unit_test(scores_weigh_reliability_room_stake_and_price),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
