#include "runtime/app_price.h"

#include "base/int.h"
#include "runtime/params.h"
#include "runtime/queue.h"
#include "runtime/worker_gen.h"

enum { PRICE_FIELDS = 6, CHANGE_MAX = 2 };

void app_price_activate(struct exec *x, uint8_t level)
{
    struct app_price_change next;
    if (!app_prices_next_get(x, &next, level) || next.active_at > exec_block(x))
        return;
    app_prices_put(x, level, &next.price);
    app_prices_since_put(x, level, exec_block(x));
    app_prices_next_del(x, level);
}

static void price_fields(uint64_t out[PRICE_FIELDS], const struct worker_price *p)
{
    out[0] = p->cpu_per;
    out[1] = p->memory_per;
    out[2] = p->disk_per;
    out[3] = p->cvm_cpu_per;
    out[4] = p->cvm_memory_per;
    out[5] = p->gpu_per;
}

static void stake_fields(uint64_t out[PRICE_FIELDS], const struct worker_deposit_price *p)
{
    out[0] = p->cpu_per;
    out[1] = p->memory_per;
    out[2] = p->disk_per;
    out[3] = p->cvm_cpu_per;
    out[4] = p->cvm_memory_per;
    out[5] = p->gpu_per;
}

/* a[i] <= factor * b[i] for every field. */
static bool all_at_most(const uint64_t a[PRICE_FIELDS], const uint64_t b[PRICE_FIELDS], uint64_t factor)
{
    for (unsigned i = 0; i < PRICE_FIELDS; i++) {
        if (a[i] > (u128)factor * b[i])
            return false;
    }
    return true;
}

/* Whether every field of `want` is between those of the levels beside, both as they are and as they are
 * announced to become. */
static bool in_order(struct exec *x, uint8_t level, const uint64_t want[PRICE_FIELDS])
{
    for (int side = -1; side <= 1; side += 2) {
        uint8_t beside = (uint8_t)(level + side); /* 0 and over the last level: there is none */
        struct worker_price now;
        struct app_price_change next;
        uint64_t other[2][PRICE_FIELDS];
        unsigned n = 0;

        if (app_prices_get(x, &now, beside))
            price_fields(other[n++], &now);
        if (app_prices_next_get(x, &next, beside))
            price_fields(other[n++], &next.price);
        while (n-- > 0) {
            if (side < 0 ? !all_at_most(other[n], want, 1) : !all_at_most(want, other[n], 1))
                return false;
        }
    }
    return true;
}

/* No zero price, at most twice or half the old one, no level cheaper than the one below, and stake that
 * covers a challenge window of earnings twice. */
static bool price_sane(struct exec *x, uint8_t level, const struct worker_price *price)
{
    const struct params *params = params_of(x);
    uint64_t want[PRICE_FIELDS], other[PRICE_FIELDS];
    struct worker_price p;
    struct worker_deposit_price deposit;
    uint64_t stage = max_u64(worker_stage_get(x), 1);

    price_fields(want, price);
    for (unsigned i = 0; i < PRICE_FIELDS; i++) {
        if (want[i] == 0)
            return false;
    }
    if (app_prices_get(x, &p, level)) {
        price_fields(other, &p);
        if (!all_at_most(want, other, CHANGE_MAX) || !all_at_most(other, want, CHANGE_MAX))
            return false;
    }
    if (!in_order(x, level, want) || !worker_deposit_prices_get(x, &deposit, level))
        return false;
    stake_fields(other, &deposit);
    uint64_t kappa = 2 * ((params->challenge_window + stage - 1) / stage);
    for (unsigned i = 0; i < PRICE_FIELDS; i++) {
        if (other[i] < (u128)kappa * want[i])
            return false;
    }
    return true;
}

struct dispatch app_update_price(struct exec *x, const struct app_update_price_args *a)
{
    const struct params *params = params_of(x);
    uint64_t active_at = (uint64_t)exec_block(x) + params->price_notice;

    if (!worker_level_requirements_has(x, a->level))
        return app_fail(APP_ERR_LEVEL_NOT_EXIST);
    if (params->sanity && !price_sane(x, a->level, &a->price))
        return app_fail(APP_ERR_PRICE_INVALID);
    app_prices_next_put(x, a->level, &(struct app_price_change){.price = a->price, .active_at = active_at});
    if (params->price_notice == 0) {
        app_price_activate(x, a->level);
    } else {
        struct worker_due d = {.kind = WORKER_DUE_KIND_PRICE, .cluster_id = a->level};
        (void)due_add(x, &d, active_at);
    }
    app_emit_price_updated(
        x, &(struct app_price_updated_event){.level = a->level, .price = a->price, .active_at = active_at});
    return DISPATCH_OK;
}
