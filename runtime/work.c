#include "runtime/work.h"

#include "base/int.h"
#include "runtime/accounts.h"
#include "runtime/balances.h"

static void add_container(uint64_t sum[4], const struct app_cr *cr)
{
    sum[0] += cr->cpu;
    sum[1] += cr->mem;
    for (uint32_t i = 0; i < cr->disk.n; i++)
        sum[2] += cr->disk.v[i].size;
    sum[3] += cr->gpu;
}

bool work_need_of_app(struct worker_com_cr *out, const struct app_tee_app *app)
{
    uint64_t sum[4] = {0}; /* cpu, memory, disk, gpu: few addends of 32 bits */
    uint32_t v[4];

    add_container(sum, &app->cr);
    for (uint32_t i = 0; i < app->side_container.n; i++)
        add_container(sum, &app->side_container.v[i].cr);
    for (unsigned i = 0; i < ARRAY_LEN(sum); i++) {
        if (!u32_from(sum[i], &v[i]))
            return false;
    }
    bool cvm = app->tee_version == APP_TEE_VERSION_CVM;
    *out = (struct worker_com_cr){
        .cpu = cvm ? 0 : v[0],
        .mem = cvm ? 0 : v[1],
        .cvm_cpu = cvm ? v[0] : 0,
        .cvm_mem = cvm ? v[1] : 0,
        .disk = v[2],
        .gpu = v[3],
    };
    return true;
}

bool work_get(struct exec *x, struct work *out, const struct worker_work_id *id)
{
    struct app_tee_app app;
    struct work w = {.id = *id};

    if (id->wtype != WORKER_WORK_TYPE_APP || !app_app_id_accounts_get(x, &w.owner, id->id) ||
        !app_tee_apps_get(x, &app, &w.owner, id->id) || !work_need_of_app(&w.need, &app))
        return false;
    w.status = app.status;
    w.level = app.level;
    w.class = app.tee_version == APP_TEE_VERSION_CVM ? CLASS_CVM : CLASS_SGX;
    *out = w;
    return true;
}

void work_set_status(struct exec *x, struct work *w, enum work_status status)
{
    struct app_tee_app app;
    w->status = (uint8_t)status;
    if (!app_tee_apps_get(x, &app, &w->owner, w->id.id) || app.status == (uint8_t)status)
        return;
    app.status = (uint8_t)status;
    app_tee_apps_put(x, &w->owner, w->id.id, &app);
}

bool work_price(struct exec *x, struct worker_price *out, uint64_t *since, const struct work *w)
{
    *since = app_prices_since_get(x, w->level);
    return app_prices_get(x, out, w->level);
}

void work_balance_get(struct exec *x, struct app_work_balance *out, const struct work *w)
{
    app_work_balances_get(x, out, w->id.id);
}

void work_balance_put(struct exec *x, const struct work *w, const struct app_work_balance *b)
{
    app_work_balances_put(x, w->id.id, b);
}

struct dispatch work_refund(struct exec *x, const struct work *w, struct balance amount)
{
    struct account_id pot = account_work_pot(x);
    struct app_work_balance b;

    if (balance_is_zero(amount))
        return DISPATCH_OK;
    work_balance_get(x, &b, w);
    bool ok = balance_sub(&b.available, b.available, amount);
    ASSERT(ok);
    DISPATCH_TRY(balances_transfer(x, &pot, &w->owner, amount, KEEP_ALIVE));
    b.refunded = balance_sat_add(b.refunded, amount);
    work_balance_put(x, w, &b);
    app_emit_refunded(x, &(struct app_refunded_event){.app_id = w->id.id, .to = w->owner, .amount = amount});
    return DISPATCH_OK;
}

void work_record_dropped(struct exec *x, const struct worker_work_id *id)
{
    struct account_id owner;
    if (id->wtype != WORKER_WORK_TYPE_APP || worker_work_record_count_get(x, id) > 0)
        return;
    if (app_app_id_accounts_get(x, &owner, id->id) && !app_tee_apps_has(x, &owner, id->id)) {
        app_app_id_accounts_del(x, id->id);
        app_work_balances_del(x, id->id);
    }
}
