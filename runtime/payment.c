#include "runtime/payment.h"

#include "base/int.h"
#include "chain/payment.h"
#include "runtime/account.h"
#include "runtime/accounts.h"
#include "runtime/balances_gen.h"
#include "runtime/block_limits.h"
#include "runtime/payment_gen.h"
#include "runtime/state.h"
#include "runtime/system_gen.h"

/* A transfer of 145 bytes costs about 10^8 planck, 0.0001 UNIT: docs/formats/fees.md. */
enum { WEIGHT_PER_PLANCK = 4, PLANCK_PER_BYTE = 100000, AUTHOR_PERCENT = 80 };

static const u128 MULTIPLIER_ONE = (u128)1000000000000000000U;

struct balance payment_weight_to_fee(uint64_t weight)
{
    return balance_of(weight / WEIGHT_PER_PLANCK);
}

struct balance payment_length_to_fee(uint32_t len)
{
    return balance_of((uint64_t)len * PLANCK_PER_BYTE);
}

struct fee payment_fee(struct exec *x, const struct dispatch_info *info, uint32_t len)
{
    struct payment_fixed_u128 multiplier;
    struct balance weight = payment_weight_to_fee(info->weight);

    payment_next_fee_multiplier_get(x, &multiplier);
    if (!balance_mul_ratio_floor(&weight, weight, multiplier.value, MULTIPLIER_ONE))
        weight = balance_of_u128(~(u128)0); /* saturates as the SDK does: nobody can pay it */
    return (struct fee){
        .base = payment_weight_to_fee(limits_base_weight(info->class)),
        .len = payment_length_to_fee(len),
        .weight = weight,
    };
}

struct balance payment_fee_total(const struct fee *fee)
{
    return balance_sat_add(balance_sat_add(fee->base, fee->len), fee->weight);
}

void payment_withdraw(struct exec *x, const struct account_id *who, struct balance amount)
{
    struct system_account_info info;

    account_load(x, &info, who);
    info.nonce++; /* 2^32 transactions of one account are out of reach */
    info.data.free = balance_sat_sub(info.data.free, amount);
    system_account_put(x, who, &info); /* stays alive: its references do not change */
    balances_emit_withdraw(x, &(struct balances_withdraw_event){.who = *who, .amount = amount});
}

/* Adds to an account's free balance, or burns what the account is too poor to begin with. */
static void deposit_or_burn(struct exec *x, const struct account_id *who, struct balance amount)
{
    struct system_account_info info;
    struct balance free;

    account_load(x, &info, who);
    if (!balance_add(&free, info.data.free, amount) ||
        balance_cmp(free, balances_existential_deposit()) < 0 ||
        !dispatch_ok(account_store(x, who, &info, free, info.data.reserved))) {
        account_burn(x, amount);
        return;
    }
    balances_emit_deposit(x, &(struct balances_deposit_event){.who = *who, .amount = amount});
}

void payment_return(struct exec *x, const struct account_id *who, struct balance fee)
{
    if (!balance_is_zero(fee))
        deposit_or_burn(x, who, fee);
}

void payment_settle(struct exec *x, const struct account_id *who, struct balance fee, struct balance tip)
{
    struct balance all = balance_sat_add(fee, tip);
    struct balance author_share = BALANCE_ZERO;
    struct account_id author, treasury = account_network_treasury(x);

    ASSERT(balance_mul_ratio_floor(&author_share, all, AUTHOR_PERCENT, 100));
    struct balance rest = balance_sat_sub(all, author_share);
    if (!exec_author(x, &author))
        account_burn(x, author_share);
    else if (!balance_is_zero(author_share))
        deposit_or_burn(x, &author, author_share);
    if (!balance_is_zero(rest))
        deposit_or_burn(x, &treasury, rest);
    payment_emit_transaction_fee_paid(
        x, &(struct payment_transaction_fee_paid_event){.who = *who, .actual_fee = fee, .tip = tip});
}

static struct balance times(struct balance a, uint64_t n)
{
    struct balance r;
    return balance_mul_u64(&r, a, n) ? r : balance_of_u128(~(u128)0);
}

uint64_t payment_priority(const struct dispatch_info *info, uint32_t len, struct balance tip,
                          struct balance fee)
{
    uint32_t max_len = limits_max_length(info->class);
    uint64_t weight = min_u64(max_u64(info->weight, 1), limits_max_block_weight());
    uint64_t by_len = max_len / min_u64(max_u64(len, 1), max_len);
    uint64_t n = min_u64(by_len, limits_max_block_weight() / weight);
    struct balance p = times(balance_sat_add(tip, balance_of(1)), n);

    if (info->class == CALL_CLASS_OPERATIONAL)
        p = balance_sat_add(p, times(times(fee, PAYMENT_OPERATIONAL_FEE_MULTIPLIER), n));
    u128 v = balance_planck(p);
    return v > UINT64_MAX ? UINT64_MAX : (uint64_t)v;
}
