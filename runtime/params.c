#include "runtime/params.h"

#include "attest/policy.h"

#define UNIT 1000000000000u /* planck */

const struct params params_dev = {
    .stage_min = 1,
    .stage_max = 14400,
    .min_prepay_periods = 3,
    .usage_share_bps = 0,
    .protocol_fee_bps = 0,
    .challenge_window = 0,
    .unbond_period = 0,
    .start_timeout = 14400,
    .missed_slash_bps = 0,
    .missed_row_limit = 0,
    .price_notice = 0,
    .placement_attempts = 16,
    .hash_len_min = 1,
    .hash_len_max = 64,
    .attest_max_age = 0,
    .attest_grace = 0,
    .collateral_max_age = 0,
    .challenge_gap = 10,
    .suspend_blocks = 10,
    .jail_blocks = 100,
    .challenge_slash_bps = 0,
    .challenge_bond_min = {100},
    .sanity = false,
    .register_deposit = {0},
    .item_deposit = {0},
    .byte_deposit = {0},
};

const struct params params_production = {
    .stage_min = 10,
    .stage_max = 14400,
    .min_prepay_periods = 3,
    .usage_share_bps = 2000,
    .protocol_fee_bps = 500,
    .challenge_window = 14400,
    .unbond_period = 100800,
    .start_timeout = 100,
    .missed_slash_bps = 200,
    .missed_row_limit = 3,
    .price_notice = 14400,
    .placement_attempts = 64,
    .hash_len_min = 32,
    .hash_len_max = 32,
    .attest_max_age = 14400,
    .attest_grace = 600,
    .collateral_max_age = ATTEST_COLLATERAL_MAX_AGE_S,
    .challenge_gap = 600,
    .suspend_blocks = 14400,
    .jail_blocks = 432000,
    .challenge_slash_bps = 3000,
    .challenge_bond_min = {UNIT / 100},
    .sanity = true,
    .register_deposit = {10 * (u128)UNIT},
    .item_deposit = {10000000000u},
    .byte_deposit = {5000000},
};

const struct params *params_of(struct exec *x)
{
    return exec_dev_mode(x) ? &params_dev : &params_production;
}
