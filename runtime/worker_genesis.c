#include "runtime/worker_genesis.h"

#include "base/int.h"
#include "runtime/accounts.h"
#include "runtime/app_gen.h"
#include "runtime/collateral.h"
#include "runtime/evidence.h"
#include "runtime/params.h"
#include "runtime/settlement.h"
#include "runtime/worker_gen.h"

enum { LEVEL_PRESETS = 3, KAPPA = 48, MILLION = 1000000, CLASSES_ALL = 3, STAGE_DEV = 3, STAGE = 600 };

/* Level prices are x1, x1.5 and x2.5 of level 1, deposits likewise; level 3 demands four times the stake. */
static const uint64_t level_tenths[LEVEL_PRESETS] = {10, 15, 25};
static const uint8_t level_score[LEVEL_PRESETS] = {0, 70, 90};

static struct genesis_level preset_level(uint8_t level, bool dev)
{
    uint64_t tenths = level_tenths[level - 1], unit = dev ? 1 : MILLION;
    uint64_t cvm = dev ? 100 : 120, gpu = dev ? 1000 : 10000, stake = dev ? 10 : 0;
    struct genesis_level l = {
        .level = level,
        .price = {.cpu_per = 100 * unit * tenths / 10,
                  .memory_per = 100 * unit * tenths / 10,
                  .disk_per = 100 * unit * tenths / 10,
                  .cvm_cpu_per = cvm * unit * tenths / 10,
                  .cvm_memory_per = cvm * unit * tenths / 10,
                  .gpu_per = gpu * unit * tenths / 10},
        .requirement = {.min_score = dev ? 0 : level_score[level - 1],
                        .tcb_max = level == 1 ? 1 : 0,
                        .classes = CLASSES_ALL},
    };
    l.deposit = (struct worker_deposit_price){
        .cpu_per = dev ? stake * tenths / 10 : KAPPA * l.price.cpu_per,
        .cvm_cpu_per = dev ? stake * tenths / 10 : KAPPA * l.price.cvm_cpu_per,
        .memory_per = dev ? stake * tenths / 10 : KAPPA * l.price.memory_per,
        .cvm_memory_per = dev ? stake * tenths / 10 : KAPPA * l.price.cvm_memory_per,
        .disk_per = dev ? stake * tenths / 10 : KAPPA * l.price.disk_per,
        .gpu_per = dev ? stake * tenths / 10 : KAPPA * l.price.gpu_per,
    };
    /* What the smallest useful cluster of the level stakes, four times over: 10 milli-cores and 10 MiB. */
    if (!dev && level == LEVEL_PRESETS)
        l.requirement.min_stake = balance_of(4 * 10 * (l.deposit.cpu_per + l.deposit.memory_per));
    return l;
}

void worker_genesis_preset(struct genesis_worker *out, bool dev)
{
    *out = (struct genesis_worker){
        .stage = dev ? STAGE_DEV : STAGE,
        .level_count = LEVEL_PRESETS,
        .challenge_slash = dev ? params_dev.challenge_slash_bps : params_production.challenge_slash_bps,
    };
    for (uint8_t i = 0; i < LEVEL_PRESETS; i++)
        out->levels[i] = preset_level((uint8_t)(i + 1), dev);
}

/* One member of an object: its name and where the number goes. */
struct member {
    const char *name;
    uint64_t *u64;
    uint32_t *u32;
    uint8_t *u8;
};

static void take_member(struct json_reader *j, const struct member *m)
{
    uint64_t v = json_take_u64(j);
    uint64_t max = m->u64 != NULL ? UINT64_MAX : m->u32 != NULL ? UINT32_MAX : UINT8_MAX;
    if (v > max) {
        json_fail(j, "number too large");
        return;
    }
    if (m->u64 != NULL)
        *m->u64 = v;
    else if (m->u32 != NULL)
        *m->u32 = (uint32_t)v;
    else
        *m->u8 = (uint8_t)v;
}

static bool take_known(struct json_reader *j, struct bytes key, const struct member *members, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes_eq(key, bytes_of_str(members[i].name))) {
            take_member(j, &members[i]);
            return true;
        }
    }
    return false;
}

static void take_numbers(struct json_reader *j, const struct member *members, size_t count)
{
    struct bytes key;
    json_object_begin(j);
    while (json_object_next(j, &key)) {
        if (!take_known(j, key, members, count))
            json_fail(j, "unknown key");
    }
}

static void take_price(struct json_reader *j, struct worker_price *p)
{
    const struct member members[] = {
        {.name = "cpu", .u64 = &p->cpu_per},
        {.name = "memory", .u64 = &p->memory_per},
        {.name = "disk", .u64 = &p->disk_per},
        {.name = "cvm_cpu", .u64 = &p->cvm_cpu_per},
        {.name = "cvm_memory", .u64 = &p->cvm_memory_per},
        {.name = "gpu", .u64 = &p->gpu_per},
    };
    take_numbers(j, members, ARRAY_LEN(members));
}

static void take_deposit(struct json_reader *j, struct worker_deposit_price *p)
{
    const struct member members[] = {
        {.name = "cpu", .u64 = &p->cpu_per},
        {.name = "memory", .u64 = &p->memory_per},
        {.name = "disk", .u64 = &p->disk_per},
        {.name = "cvm_cpu", .u64 = &p->cvm_cpu_per},
        {.name = "cvm_memory", .u64 = &p->cvm_memory_per},
        {.name = "gpu", .u64 = &p->gpu_per},
    };
    take_numbers(j, members, ARRAY_LEN(members));
}

static void take_min(struct json_reader *j, struct worker_com_cr *c)
{
    const struct member members[] = {
        {.name = "cpu", .u32 = &c->cpu},         {.name = "mem", .u32 = &c->mem},
        {.name = "cvm_cpu", .u32 = &c->cvm_cpu}, {.name = "cvm_mem", .u32 = &c->cvm_mem},
        {.name = "disk", .u32 = &c->disk},       {.name = "gpu", .u32 = &c->gpu},
    };
    take_numbers(j, members, ARRAY_LEN(members));
}

static void take_level(struct json_reader *j, struct genesis_level *l)
{
    const struct member members[] = {
        {.name = "level", .u8 = &l->level},
        {.name = "min_score", .u8 = &l->requirement.min_score},
        {.name = "tcb_max", .u8 = &l->requirement.tcb_max},
        {.name = "classes", .u8 = &l->requirement.classes},
    };
    struct bytes key;

    *l = (struct genesis_level){.requirement = {.tcb_max = 1, .classes = CLASSES_ALL}};
    json_object_begin(j);
    while (json_object_next(j, &key)) {
        if (take_known(j, key, members, ARRAY_LEN(members)))
            continue;
        if (bytes_eq(key, BYTES_LIT("price")))
            take_price(j, &l->price);
        else if (bytes_eq(key, BYTES_LIT("deposit")))
            take_deposit(j, &l->deposit);
        else if (bytes_eq(key, BYTES_LIT("min")))
            take_min(j, &l->requirement.min);
        else if (bytes_eq(key, BYTES_LIT("min_stake")))
            l->requirement.min_stake = balance_of_u128(json_take_u128(j));
        else
            json_fail(j, "unknown key");
    }
}

static void take_levels(struct json_reader *j, struct genesis_worker *out)
{
    out->level_count = 0;
    json_array_begin(j);
    while (json_array_next(j)) {
        if (out->level_count == WORKER_LEVELS_MAX) {
            json_fail(j, "too many levels");
            return;
        }
        take_level(j, &out->levels[out->level_count++]);
    }
}

static void take_measurements(struct json_reader *j, struct genesis_worker *out)
{
    out->measurement_count = 0;
    json_array_begin(j);
    while (json_array_next(j)) {
        struct attest_measurement m = {.value = json_take_hex(j)};
        if (!json_ok(j))
            return;
        if (out->measurement_count == WORKER_MEASUREMENTS_MAX)
            json_fail(j, "too many measurements");
        else if (!attest_measurement_read(&m, m.value))
            json_fail(j, "a measurement has 32, 36, 48 or 240 bytes");
        else
            out->measurements[out->measurement_count++] =
                (struct worker_measurement){.kind = (enum worker_measurement_kind)m.kind, .value = m.value};
    }
}

static void take_piece(struct json_reader *j, struct genesis_piece *p)
{
    uint8_t kind = UINT8_MAX;
    const struct member members[] = {{.name = "kind", .u8 = &kind}, {.name = "at", .u64 = &p->at}};
    struct worker_collateral_piece *piece = &p->piece.piece;
    struct bytes key;

    *p = (struct genesis_piece){.at = 0};
    json_object_begin(j);
    while (json_object_next(j, &key)) {
        if (take_known(j, key, members, ARRAY_LEN(members)))
            continue;
        if (bytes_eq(key, BYTES_LIT("document")))
            piece->document = json_take_hex(j);
        else if (bytes_eq(key, BYTES_LIT("signature")))
            piece->signature = json_take_hex(j);
        else if (bytes_eq(key, BYTES_LIT("issuer_chain")))
            piece->issuer_chain = json_take_hex(j);
        else
            json_fail(j, "unknown key");
    }
    if (json_ok(j) && (kind > WORKER_COLLATERAL_KIND_AMD_CRL || p->at == 0 || piece->document.len == 0))
        json_fail(j, "kind, at and document are demanded");
    if (json_ok(j) && (piece->document.len > COLLATERAL_DOCUMENT_MAX || piece->signature.len > 64 ||
                       piece->issuer_chain.len > COLLATERAL_CHAIN_MAX))
        json_fail(j, "collateral is too long");
    p->piece.kind = (enum worker_collateral_kind)kind;
}

static void take_collateral(struct json_reader *j, struct genesis_worker *out)
{
    out->piece_count = 0;
    json_array_begin(j);
    while (json_array_next(j)) {
        if (out->piece_count == GENESIS_COLLATERAL_MAX) {
            json_fail(j, "too much collateral");
            return;
        }
        take_piece(j, &out->pieces[out->piece_count++]);
    }
}

void worker_genesis_json(struct genesis_worker *out, struct json_reader *j)
{
    const struct member members[] = {
        {.name = "stage", .u32 = &out->stage},
        {.name = "challenge_slash", .u32 = &out->challenge_slash},
    };
    struct bytes key;

    json_object_begin(j);
    while (json_object_next(j, &key)) {
        if (take_known(j, key, members, ARRAY_LEN(members)))
            continue;
        if (bytes_eq(key, BYTES_LIT("levels")))
            take_levels(j, out);
        else if (bytes_eq(key, BYTES_LIT("worker_measurements")))
            take_measurements(j, out);
        else if (bytes_eq(key, BYTES_LIT("collateral")))
            take_collateral(j, out);
        else
            json_fail(j, "unknown key");
    }
}

static FALLIBLE write_attestation(struct exec *x, const struct genesis_worker *g, struct err *e)
{
    if (g->challenge_slash > BPS)
        return FAIL(e, ERR_MALFORMED, "challenge_slash is over 10000");
    worker_challenge_slash_put(x, g->challenge_slash);
    if (g->measurement_count > 0) {
        struct worker_measurement_vec list = {.n = g->measurement_count, .v = NULL};
        list.v = arena_new_n(x->arena, struct worker_measurement, g->measurement_count);
        memcpy(list.v, g->measurements, g->measurement_count * sizeof *list.v);
        worker_worker_measurements_put(x, &list);
    }
    for (uint32_t i = 0; i < g->piece_count; i++) {
        bool gain; /* of no account: nobody pays for genesis */
        if (!dispatch_ok(collateral_take(x, &gain, &g->pieces[i].piece, g->pieces[i].at)))
            return FAIL(e, ERR_UNVERIFIED, "collateral %u is not genuine, not valid then, or not newer", i);
    }
    return ERR_OK;
}

enum err_code worker_genesis(struct exec *x, const struct genesis_worker *g, struct err *e)
{
    const struct params *params = params_of(x);

    if (g->stage < params->stage_min || g->stage > params->stage_max)
        return FAIL(e, ERR_MALFORMED, "stage %u is not in %u..%u", g->stage, params->stage_min,
                    params->stage_max);
    for (uint32_t i = 0; i < g->level_count; i++) {
        const struct genesis_level *l = &g->levels[i];
        if (l->level < 1 || l->level > WORKER_LEVELS_MAX || worker_level_requirements_has(x, l->level))
            return FAIL(e, ERR_MALFORMED, "level %u is out of range or given twice", l->level);
        if (l->requirement.min_score > 100 || l->requirement.classes > CLASSES_ALL)
            return FAIL(e, ERR_MALFORMED, "level %u: min_score or classes out of range", l->level);
        worker_level_requirements_put(x, l->level, &l->requirement);
        worker_deposit_prices_put(x, l->level, &l->deposit);
        app_prices_put(x, l->level, &l->price);
    }
    worker_next_cluster_id_put(x, 1);
    worker_stage_put(x, g->stage);
    return write_attestation(x, g, e);
}

void worker_genesis_accounts(struct exec *x, struct account_id out[WORKER_GENESIS_ACCOUNTS])
{
    out[0] = account_work_pot(x);
    out[1] = account_network_treasury(x);
    out[2] = account_author_pool(x);
}
