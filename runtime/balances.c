#include "runtime/balances.h"

#include "chain/balances.h"
#include "runtime/account.h"
#include "runtime/balances_gen.h"

struct balance balances_existential_deposit(void)
{
    return BALANCES_EXISTENTIAL_DEPOSIT;
}

struct balance balances_free(struct exec *x, const struct account_id *who)
{
    struct system_account_info info;
    account_load(x, &info, who);
    return info.data.free;
}

struct balance balances_reserved(struct exec *x, const struct account_id *who)
{
    struct system_account_info info;
    account_load(x, &info, who);
    return info.data.reserved;
}

/* ---- transfers ---- */

/* pallet-balances can_withdraw, with its order of refusals. */
static struct dispatch can_withdraw(const struct system_account_info *from, struct balance amount,
                                    enum existence existence)
{
    struct balance left;

    if (balance_is_zero(amount))
        return DISPATCH_OK;
    if (!balance_sub(&left, from->data.free, amount))
        return DISPATCH_FAIL(DISPATCH_TOKEN, TOKEN_FUNDS_UNAVAILABLE);
    if (balance_cmp(amount, account_reducible(from, ALLOW_DEATH)) > 0)
        return DISPATCH_FAIL(DISPATCH_TOKEN, TOKEN_FROZEN);
    if (existence == KEEP_ALIVE && balance_cmp(left, balances_existential_deposit()) < 0)
        return DISPATCH_FAIL(DISPATCH_TOKEN, TOKEN_NOT_EXPENDABLE);
    return DISPATCH_OK;
}

static struct dispatch can_deposit(const struct system_account_info *to, struct balance amount)
{
    struct balance free, total;

    if (balance_is_zero(amount))
        return DISPATCH_OK;
    if (!balance_add(&free, to->data.free, amount))
        return DISPATCH_FAIL(DISPATCH_ARITHMETIC, ARITHMETIC_OVERFLOW);
    if (balance_cmp(free, balances_existential_deposit()) < 0)
        return DISPATCH_FAIL(DISPATCH_TOKEN, TOKEN_BELOW_MINIMUM);
    if (!balance_add(&total, free, to->data.reserved))
        return DISPATCH_FAIL(DISPATCH_ARITHMETIC, ARITHMETIC_OVERFLOW);
    return DISPATCH_OK;
}

struct dispatch balances_transfer(struct exec *x, const struct account_id *from, const struct account_id *to,
                                  struct balance amount, enum existence existence)
{
    struct system_account_info source, dest;
    struct balance sum;

    account_load(x, &source, from);
    account_load(x, &dest, to);
    DISPATCH_TRY(can_withdraw(&source, amount, existence));
    DISPATCH_TRY(can_deposit(&dest, amount));
    if (account_id_eq(from, to))
        return DISPATCH_OK; /* as in the SDK: nothing moves, no event */
    if (!balance_is_zero(amount)) {
        DISPATCH_TRY(
            account_store(x, from, &source, balance_sat_sub(source.data.free, amount), source.data.reserved));
        ASSERT(balance_add(&sum, dest.data.free, amount)); /* can_deposit */
        DISPATCH_TRY(account_store(x, to, &dest, sum, dest.data.reserved));
    }
    balances_emit_transfer(x, &(struct balances_transfer_event){.from = *from, .to = *to, .amount = amount});
    return DISPATCH_OK;
}

/* ---- reserves ---- */

struct dispatch balances_reserve(struct exec *x, const struct account_id *who, struct balance amount)
{
    struct system_account_info info;
    struct balance free, reserved;

    if (balance_is_zero(amount))
        return DISPATCH_OK;
    account_load(x, &info, who);
    if (!balance_sub(&free, info.data.free, amount))
        return balances_fail(BALANCES_ERR_INSUFFICIENT_BALANCE);
    if (!balance_add(&reserved, info.data.reserved, amount))
        return DISPATCH_FAIL(DISPATCH_ARITHMETIC, ARITHMETIC_OVERFLOW);
    if (balance_cmp(free, info.data.frozen) < 0)
        return balances_fail(BALANCES_ERR_LIQUIDITY_RESTRICTIONS);
    DISPATCH_TRY(account_store(x, who, &info, free, reserved));
    balances_emit_reserved(x, &(struct balances_reserved_event){.who = *who, .amount = amount});
    return DISPATCH_OK;
}

struct balance balances_unreserve(struct exec *x, const struct account_id *who, struct balance amount)
{
    struct system_account_info info;

    account_load(x, &info, who);
    if (balance_is_zero(amount) || balance_is_zero(balance_sat_add(info.data.free, info.data.reserved)))
        return amount;
    struct balance moved = balance_min(amount, info.data.reserved);
    struct dispatch d = account_store(x, who, &info, balance_sat_add(info.data.free, moved),
                                      balance_sat_sub(info.data.reserved, moved));
    if (!dispatch_ok(d))
        return amount;
    balances_emit_unreserved(x, &(struct balances_unreserved_event){.who = *who, .amount = moved});
    return balance_sat_sub(amount, moved);
}

struct balance balances_repatriate_reserved(struct exec *x, const struct account_id *who,
                                            const struct account_id *to, struct balance amount)
{
    struct system_account_info from, dest;

    account_load(x, &from, who);
    struct balance moved = balance_min(amount, from.data.reserved);
    if (balance_is_zero(moved))
        return BALANCE_ZERO;
    if (account_id_eq(who, to))
        return balance_sat_sub(moved, balances_unreserve(x, who, moved));
    account_load(x, &dest, to);
    if (!dispatch_ok(can_deposit(&dest, moved)))
        return BALANCE_ZERO;
    struct exec_layer layer = exec_layer_begin(x);
    struct dispatch d =
        account_store(x, to, &dest, balance_sat_add(dest.data.free, moved), dest.data.reserved);
    if (dispatch_ok(d))
        d = account_store(x, who, &from, from.data.free, balance_sat_sub(from.data.reserved, moved));
    if (dispatch_ok(d))
        balances_emit_reserve_repatriated(x, &(struct balances_reserve_repatriated_event){
                                                 .from = *who,
                                                 .to = *to,
                                                 .amount = moved,
                                                 .destination_status = BALANCES_BALANCE_STATUS_FREE});
    exec_layer_end(x, &layer, dispatch_ok(d));
    return dispatch_ok(d) ? moved : BALANCE_ZERO;
}

/* ---- calls ---- */

static struct dispatch lookup(struct account_id *out, const struct multi_address *address)
{
    if (address->tag != MULTI_ADDRESS_ID)
        return DISPATCH_FAIL(DISPATCH_CANNOT_LOOKUP, 0);
    *out = address->u.id;
    return DISPATCH_OK;
}

struct dispatch balances_transfer_allow_death(struct exec *x,
                                              const struct balances_transfer_allow_death_args *a)
{
    struct account_id to;
    DISPATCH_TRY(lookup(&to, &a->dest));
    return balances_transfer(x, exec_signer(x), &to, a->value, ALLOW_DEATH);
}

struct dispatch balances_transfer_keep_alive(struct exec *x,
                                             const struct balances_transfer_keep_alive_args *a)
{
    struct account_id to;
    DISPATCH_TRY(lookup(&to, &a->dest));
    return balances_transfer(x, exec_signer(x), &to, a->value, KEEP_ALIVE);
}

struct dispatch balances_transfer_all(struct exec *x, const struct balances_transfer_all_args *a)
{
    enum existence existence = a->keep_alive ? KEEP_ALIVE : ALLOW_DEATH;
    struct system_account_info info;
    struct account_id to;

    account_load(x, &info, exec_signer(x));
    DISPATCH_TRY(lookup(&to, &a->dest));
    return balances_transfer(x, exec_signer(x), &to, account_reducible(&info, existence), existence);
}

struct dispatch balances_force_transfer(struct exec *x, const struct balances_force_transfer_args *a)
{
    struct account_id from, to;
    DISPATCH_TRY(lookup(&from, &a->source));
    DISPATCH_TRY(lookup(&to, &a->dest));
    return balances_transfer(x, &from, &to, a->value, ALLOW_DEATH);
}

struct dispatch balances_force_unreserve(struct exec *x, const struct balances_force_unreserve_args *a)
{
    struct account_id who;
    DISPATCH_TRY(lookup(&who, &a->who));
    (void)balances_unreserve(x, &who, a->amount); /* best effort, as in the SDK */
    return DISPATCH_OK;
}

struct dispatch balances_force_set_balance(struct exec *x, const struct balances_force_set_balance_args *a)
{
    struct system_account_info info;
    struct account_id who;
    struct balance free = a->new_free;

    DISPATCH_TRY(lookup(&who, &a->who));
    if (balance_cmp(free, balances_existential_deposit()) < 0)
        free = BALANCE_ZERO;
    account_load(x, &info, &who);
    if (balance_cmp(free, info.data.free) > 0 && !account_issue(x, balance_sat_sub(free, info.data.free)))
        return DISPATCH_FAIL(DISPATCH_ARITHMETIC, ARITHMETIC_OVERFLOW);
    account_burn(x, balance_sat_sub(info.data.free, free));
    DISPATCH_TRY(account_store(x, &who, &info, free, info.data.reserved));
    balances_emit_balance_set(x, &(struct balances_balance_set_event){.who = who, .free = free});
    return DISPATCH_OK;
}
