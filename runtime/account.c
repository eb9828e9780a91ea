#include "runtime/account.h"

#include "runtime/balances_gen.h"
#include "runtime/system_gen.h"

void account_load(struct exec *x, struct system_account_info *out, const struct account_id *who)
{
    system_account_get(x, out, who);
}

bool account_exists(const struct system_account_info *info)
{
    return info->providers > 0 || info->sufficients > 0;
}

static bool below_deposit(struct balance free)
{
    return balance_cmp(free, balances_existential_deposit()) < 0;
}

struct balance account_reducible(const struct system_account_info *info, enum existence existence)
{
    struct balance kept = balance_sat_sub(info->data.frozen, info->data.reserved);
    bool provider_needed = !balance_is_zero(info->data.free) && info->consumers > 0 && info->providers == 1;

    if (existence == KEEP_ALIVE || provider_needed)
        kept = balance_max(kept, balances_existential_deposit());
    return balance_sat_sub(info->data.free, kept);
}

bool account_issue(struct exec *x, struct balance amount)
{
    struct balance total = balances_total_issuance_get(x);
    if (!balance_add(&total, total, amount))
        return false;
    balances_total_issuance_put(x, total);
    return true;
}

void account_burn(struct exec *x, struct balance amount)
{
    if (!balance_is_zero(amount))
        balances_total_issuance_put(x, balance_sat_sub(balances_total_issuance_get(x), amount));
}

/* The references after the change; what frame-system calls providers and consumers. */
static struct dispatch count_references(struct system_account_info *now,
                                        const struct system_account_info *was)
{
    bool did_provide = was->providers > 0 && !below_deposit(was->data.free);
    bool does_provide = !below_deposit(now->data.free);
    bool did_consume = !balance_is_zero(was->data.reserved);
    bool does_consume = !balance_is_zero(now->data.reserved);

    if (!did_provide && does_provide)
        now->providers++;
    if (did_consume && !does_consume && now->consumers > 0)
        now->consumers--;
    if (!did_consume && does_consume) {
        if (now->providers == 0)
            return DISPATCH_FAIL(DISPATCH_NO_PROVIDERS, 0);
        now->consumers++;
    }
    if (did_provide && !does_provide) {
        if (now->consumers > 0 && now->providers == 1)
            return DISPATCH_FAIL(DISPATCH_CONSUMER_REMAINING, 0);
        now->providers--;
    }
    return DISPATCH_OK;
}

static void emit_life(struct exec *x, const struct account_id *who, bool did_exist, bool exists)
{
    if (!did_exist && exists)
        system_emit_new_account(x, &(struct system_new_account_event){.account = *who});
    if (did_exist && !exists)
        system_emit_killed_account(x, &(struct system_killed_account_event){.account = *who});
}

struct dispatch account_store(struct exec *x, const struct account_id *who,
                              const struct system_account_info *was, struct balance free,
                              struct balance reserved)
{
    struct system_account_info now = *was;
    struct balance dust = BALANCE_ZERO;

    now.data.free = free;
    now.data.reserved = reserved;
    DISPATCH_TRY(count_references(&now, was));
    if (below_deposit(free) && balance_is_zero(reserved)) {
        dust = free;
        now.data.free = BALANCE_ZERO;
    }
    emit_life(x, who, account_exists(was), account_exists(&now));
    if (account_exists(&now))
        system_account_put(x, who, &now);
    else
        system_account_del(x, who);
    if (!account_exists(was) && account_exists(&now))
        balances_emit_endowed(x, &(struct balances_endowed_event){.account = *who, .free_balance = free});
    if (!balance_is_zero(dust)) {
        balances_emit_dust_lost(x, &(struct balances_dust_lost_event){.account = *who, .amount = dust});
        account_burn(x, dust);
    }
    return DISPATCH_OK;
}
