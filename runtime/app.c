/* runtime/app.c — calls of WeteeApp. Source: pallets.md B3, C2, D2. */
#include "base/int.h"
#include "runtime/accounts.h"
#include "runtime/app_check.h"
#include "runtime/app_env.h"
#include "runtime/balances.h"
#include "runtime/contract.h"
#include "runtime/params.h"
#include "runtime/placement.h"
#include "runtime/proof.h"

/* Existence, then role. */
static struct dispatch app_of_caller(struct exec *x, struct app_tee_app *out, uint64_t id)
{
    struct account_id owner;
    if (!app_app_id_accounts_get(x, &owner, id) || !app_tee_apps_get(x, out, &owner, id))
        return app_fail(APP_ERR_APP_NOT_EXIST);
    if (!account_id_eq(&owner, exec_signer(x)))
        return app_fail(APP_ERR_APP403);
    return DISPATCH_OK;
}

static struct dispatch work_of_app(struct exec *x, struct work *w, uint64_t id)
{
    const struct worker_work_id work = WORK_APP(id);
    return work_get(x, w, &work) ? DISPATCH_OK : app_fail(APP_ERR_APP_NOT_EXIST);
}

/* Price of one period of all replicas at full ask. */
static struct dispatch fee_of(struct exec *x, struct balance *out, uint8_t level,
                              const struct worker_com_cr *need)
{
    struct worker_price price;
    if (!app_prices_get(x, &price, level))
        return app_fail(APP_ERR_LEVEL_NOT_EXIST);
    *out = settlement_fee(&price, need, BPS);
    return DISPATCH_OK;
}

static struct dispatch min_prepay(struct exec *x, struct balance *out, uint8_t level,
                                  const struct worker_com_cr *need)
{
    struct balance fee;
    DISPATCH_TRY(fee_of(x, &fee, level, need));
    if (!balance_mul_u64(out, fee, params_of(x)->min_prepay_periods))
        return DISPATCH_FAIL(DISPATCH_ARITHMETIC, ARITHMETIC_OVERFLOW);
    return DISPATCH_OK;
}

/* Moves money from an account into the service's available balance. */
static struct dispatch pay_in(struct exec *x, uint64_t id, const struct account_id *from,
                              struct balance amount)
{
    struct account_id pot = account_work_pot(x);
    struct app_work_balance b;

    app_work_balances_get(x, &b, id);
    if (!balance_add(&b.available, b.available, amount))
        return DISPATCH_FAIL(DISPATCH_ARITHMETIC, ARITHMETIC_OVERFLOW);
    if (!balance_is_zero(amount) && !dispatch_ok(balances_transfer(x, from, &pot, amount, KEEP_ALIVE)))
        return app_fail(APP_ERR_NOT_ENOUGH_BALANCE);
    app_work_balances_put(x, id, &b);
    return DISPATCH_OK;
}

static uint64_t next_version(struct exec *x, uint64_t id)
{
    uint64_t last, now = exec_block(x);
    if (app_app_version_get(x, &last, id) && last >= now)
        now = last + 1; /* grows by at most one per call: 2^64 is out of reach */
    app_app_version_put(x, id, now);
    return now;
}

/* AppVersion names what shall run: replicas of another version are replaced. A change without restart keeps
 * it and shows when a replica is started next. */
static void updated(struct exec *x, uint64_t id, bool with_restart)
{
    uint64_t version = 0;
    if (with_restart || !app_app_version_get(x, &version, id))
        version = next_version(x, id);
    app_emit_work_updated(x, &(struct app_work_updated_event){
                                 .user = *exec_signer(x), .work_id = WORK_APP(id), .version = version});
}

/*~ 3/12 A rule of the chain: check, move money, write, tell. No error leaves anything behind. */
struct dispatch app_create(struct exec *x, const struct app_create_args *a)
{
    const struct account_id *who = exec_signer(x);
    struct app_tee_app app = {
        .creator = *who,
        .contract_id = account_work_pot(x),
        .start_block = exec_block(x),
        .name = a->name,
        .image = a->image,
        .meta = a->meta,
        .command = a->command,
        .port = a->port,
        .cr = {.cpu = a->cpu, .mem = a->memory, .disk = a->disk},
        .side_container = a->side_container,
        .level = a->level,
        .tee_version = a->tee_version,
        .status = WORK_CREATED,
    };
    struct worker_com_cr need;
    struct balance least;
    struct work w;

    DISPATCH_TRY(app_check_create(a));
    if (!work_need_of_app(&need, &app))
        return DISPATCH_FAIL(DISPATCH_ARITHMETIC, ARITHMETIC_OVERFLOW);
    DISPATCH_TRY(min_prepay(x, &least, a->level, &need));
    if (balance_cmp(a->deposit, least) < 0)
        return app_fail(APP_ERR_BELOW_MINIMUM_PREPAY);

    app.id = app_next_tee_id_get(x);
    app_next_tee_id_put(x, app.id + 1); /* one per order: 2^64 is out of reach */
    DISPATCH_TRY(pay_in(x, app.id, who, a->deposit));
    app_tee_apps_put(x, who, app.id, &app);
    app_app_id_accounts_put(x, app.id, who);
    DISPATCH_TRY(app_rent_record(x, NULL, &app));
    DISPATCH_TRY(app_env_apply(x, who, app.id, &a->env));
    (void)next_version(x, app.id);
    DISPATCH_TRY(work_of_app(x, &w, app.id));
    if (!placement_request(x, &w))
        return app_fail(APP_ERR_QUEUE_FULL);
    app_emit_created_app(x, &(struct app_created_app_event){.creator = *who, .id = app.id});
    return DISPATCH_OK;
}

static struct dispatch check_update(const struct app_update_args *a)
{
    if (a->new_name.some)
        DISPATCH_TRY(app_check_name(a->new_name.value));
    if (a->new_image.some)
        DISPATCH_TRY(app_check_image(a->new_image.value));
    if (a->new_port.some)
        DISPATCH_TRY(app_check_ports(&a->new_port.value));
    if (a->new_command.some)
        DISPATCH_TRY(app_check_command(&a->new_command.value));
    return app_check_env(&a->new_env);
}

/* A work that does not run, and is not about to, cannot be restarted in place. */
static struct dispatch check_restart(const struct app_tee_app *app, bool with_restart)
{
    bool idle = app->status == WORK_STOPPED || app->status == WORK_UNSCHEDULABLE;
    return with_restart && idle ? app_fail(APP_ERR_APP_STATUS_MISMATCH) : DISPATCH_OK;
}

struct dispatch app_update(struct exec *x, const struct app_update_args *a)
{
    struct app_tee_app old, app;

    DISPATCH_TRY(check_update(a));
    DISPATCH_TRY(app_of_caller(x, &old, a->app_id));
    DISPATCH_TRY(check_restart(&old, a->with_restart));
    app = old;
    if (a->new_name.some)
        app.name = a->new_name.value;
    if (a->new_image.some)
        app.image = a->new_image.value;
    if (a->new_port.some)
        app.port = a->new_port.value;
    if (a->new_command.some)
        app.command = a->new_command.value;
    app_tee_apps_put(x, &app.creator, app.id, &app);
    DISPATCH_TRY(app_rent_record(x, &old, &app));
    DISPATCH_TRY(app_env_apply(x, &app.creator, app.id, &a->new_env));
    updated(x, app.id, a->with_restart);
    return DISPATCH_OK;
}

struct dispatch app_set_settings(struct exec *x, const struct app_set_settings_args *a)
{
    struct app_tee_app app;

    DISPATCH_TRY(app_check_env(&a->value));
    DISPATCH_TRY(app_of_caller(x, &app, a->app_id));
    DISPATCH_TRY(check_restart(&app, a->with_restart));
    DISPATCH_TRY(app_env_apply(x, &app.creator, app.id, &a->value));
    updated(x, app.id, a->with_restart);
    return DISPATCH_OK;
}

struct dispatch app_recharge(struct exec *x, const struct app_recharge_args *a)
{
    struct work w;
    struct balance fee, least = balances_existential_deposit();

    DISPATCH_TRY(work_of_app(x, &w, a->id));
    if (dispatch_ok(fee_of(x, &fee, w.level, &w.need)))
        least = balance_min(least, fee);
    if (balance_cmp(a->deposit, least) < 0)
        return app_fail(APP_ERR_BELOW_MINIMUM_PREPAY);
    DISPATCH_TRY(pay_in(x, a->id, exec_signer(x), a->deposit));
    contract_refill_work(x, &w);
    app_emit_charge(
        x, &(struct app_charge_event){
               .from = *exec_signer(x), .to = account_work_pot(x), .amount = a->deposit, .app_id = a->id});
    return DISPATCH_OK;
}

struct dispatch app_stop(struct exec *x, const struct app_stop_args *a)
{
    struct app_tee_app app;
    struct work w;

    DISPATCH_TRY(app_of_caller(x, &app, a->app_id));
    if (app.status == WORK_STOPPED)
        return app_fail(APP_ERR_APP_STATUS_MISMATCH);
    DISPATCH_TRY(work_of_app(x, &w, a->app_id));
    return contract_stop_work(x, &w);
}

/* Orders a stopped or unschedulable service again. */
static struct dispatch order_again(struct exec *x, uint64_t id)
{
    struct app_work_balance b;
    struct balance least;
    struct work w;

    DISPATCH_TRY(work_of_app(x, &w, id));
    DISPATCH_TRY(min_prepay(x, &least, w.level, &w.need));
    app_work_balances_get(x, &b, id);
    if (balance_cmp(b.available, least) < 0)
        return app_fail(APP_ERR_BELOW_MINIMUM_PREPAY);
    return placement_request(x, &w) ? DISPATCH_OK : app_fail(APP_ERR_QUEUE_FULL);
}

struct dispatch app_restart(struct exec *x, const struct app_restart_args *a)
{
    struct app_tee_app app;

    DISPATCH_TRY(app_of_caller(x, &app, a->app_id));
    switch ((enum work_status)app.status) {
    case WORK_CREATED:
    case WORK_RESCHEDULING:
        return app_fail(APP_ERR_APP_STATUS_MISMATCH);
    case WORK_DEPLOYING:
    case WORK_DEPLOYED:
        break;
    case WORK_STOPPED:
    case WORK_UNSCHEDULABLE:
        DISPATCH_TRY(order_again(x, a->app_id));
        break;
    }
    updated(x, a->app_id, true);
    return DISPATCH_OK;
}

struct dispatch app_withdraw(struct exec *x, const struct app_withdraw_args *a)
{
    struct app_tee_app app;
    struct app_work_balance b;
    struct balance rest, least;
    struct work w;

    DISPATCH_TRY(app_of_caller(x, &app, a->app_id));
    DISPATCH_TRY(work_of_app(x, &w, a->app_id));
    app_work_balances_get(x, &b, a->app_id);
    if (!balance_sub(&rest, b.available, a->amount))
        return app_fail(APP_ERR_NOT_ENOUGH_BALANCE);
    if (w.status == WORK_DEPLOYING || w.status == WORK_DEPLOYED) {
        DISPATCH_TRY(min_prepay(x, &least, w.level, &w.need));
        if (balance_cmp(rest, least) < 0)
            return app_fail(APP_ERR_BELOW_MINIMUM_PREPAY);
    }
    return work_refund(x, &w, a->amount);
}

struct dispatch app_remove(struct exec *x, const struct app_remove_args *a)
{
    const struct worker_work_id work = WORK_APP(a->app_id);
    struct app_tee_app app;
    struct app_work_balance b;
    struct scale_u64_vec live;
    struct work w;

    DISPATCH_TRY(app_of_caller(x, &app, a->app_id));
    DISPATCH_TRY(work_of_app(x, &w, a->app_id));
    worker_work_contracts_get(x, &live, &work);
    app_work_balances_get(x, &b, a->app_id);
    if (app.status != WORK_STOPPED || live.n > 0 || worker_open_contracts_get(x, &work) > 0)
        return app_fail(APP_ERR_APP_STATUS_MISMATCH);

    DISPATCH_TRY(work_refund(x, &w, b.available));
    app_env_forget(x, app.id);
    proof_forget(x, &work);
    worker_placement_del(x, &work);
    worker_work_policy_del(x, &work);
    app_app_version_del(x, app.id);
    struct balance rent = app_rent_return(x, &app.creator, app.id);
    app_tee_apps_del(x, &app.creator, app.id);
    work_record_dropped(x, &work); /* the owner's name stays until the last earnings are withdrawn */
    app_emit_work_removed(x, &(struct app_work_removed_event){.app_id = app.id, .returned = rent});
    return DISPATCH_OK;
}
