#include "runtime/market_test.h"

#include <stdlib.h>

#include "codec/json_read.h"
#include "codec/walk.h"
#include "runtime/account.h"
#include "runtime/balances.h"
#include "runtime/balances_gen.h"
#include "runtime/hooks.h"
#include "runtime/invariants_test.h"
#include "runtime/state.h"
#include "runtime/system_gen.h"
#include "runtime/worker_genesis.h"

enum { ARENA_MAX = 256 * 1024 * 1024 };

static void endow(struct market *k, const struct account_id *who, struct balance amount)
{
    struct system_account_info info;
    account_load(&k->x, &info, who);
    assert_true(account_issue(&k->x, amount));
    assert_true(dispatch_ok(account_store(&k->x, who, &info, amount, BALANCE_ZERO)));
}

void market_init(struct market *k, const char *genesis_wetee_json_opt, bool dev)
{
    struct account_id modules[WORKER_GENESIS_ACCOUNTS];
    struct genesis_worker *g;
    struct err e;
    uint8_t flag = dev;

    memset(k, 0, sizeof *k);
    k->m = memory_host_new();
    struct host memory = memory_host_table(k->m);
    k->host = access_count_host(&k->count, &memory);
    k->declared = declared_new();
    arena_init(&k->arena, &arena_heap, ARENA_MAX);
    k->x = exec_new(&k->host, &k->arena);
    state_set(&k->x, STATE_DEV_MODE, bytes_of(&flag, 1));
    g = arena_new(&k->arena, struct genesis_worker);
    worker_genesis_preset(g, dev);
    if (genesis_wetee_json_opt != NULL) {
        struct json_reader j = json_reader_of(&k->arena, bytes_of_str(genesis_wetee_json_opt));
        worker_genesis_json(g, &j);
        assert_int_equal(json_end(&j, "genesis", &e), ERR_OK);
    }
    assert_int_equal(worker_genesis(&k->x, g, &e), ERR_OK);
    worker_genesis_accounts(&k->x, modules);
    for (size_t i = 0; i < ARRAY_LEN(modules); i++)
        endow(k, &modules[i], balances_existential_deposit());
    for (size_t i = 0; i < MARKET_ACCOUNTS; i++) {
        k->who[i] = (struct account_id){{(uint8_t)(i + 1), 0xac}};
        endow(k, &k->who[i], balance_of(1ull << 60));
    }
    k->issuance = balances_total_issuance_get(&k->x);
    market_next(k);
}

void market_fini(struct market *k)
{
    invariants_check(k);
    if (getenv("WETEE_WEIGHTS_PRINT") != NULL)
        declared_print(k->declared);
    declared_free(k->declared);
    memory_host_free(k->m);
    arena_fini(&k->arena);
}

int market_teardown(void **state)
{
    market_fini(*state);
    test_free(*state);
    return 0;
}

void market_next(struct market *k)
{
    struct hash32 h;
    uint32_t last = k->block;

    if (last > 0 && !k->unchecked)
        invariants_check(k);
    arena_reset(&k->arena);
    k->block++;
    k->x = exec_new(&k->host, &k->arena);
    k->x.block = k->block;
    k->host.blake2_256(k->host.ctx, h.b, BYTES_OF(last));
    system_block_hash_put(&k->x, last, &h);
    worker_on_initialize(&k->x);
    k->x.phase = PHASE_APPLY_EXTRINSIC;
}

void market_skip(struct market *k, uint32_t blocks)
{
    for (uint32_t i = 0; i < blocks; i++)
        market_next(k);
}

static void no_change(void *ctx, struct bytes key, const struct bytes *value_opt)
{
    (void)ctx;
    (void)key;
    (void)value_opt;
    fail_msg("a call that failed changed the state");
}

struct dispatch market_do(struct market *k, int who, const struct call *call)
{
    struct origin origin = {.kind = ORIGIN_ROOT};
    if (who >= 0) {
        origin.kind = ORIGIN_SIGNED;
        origin.who = k->who[who];
    }
    memory_host_mark(k->m);
    uint32_t events = k->x.event_count;
    access_count_start(&k->count);
    struct dispatch d = exec_dispatch(&k->x, &origin, call);
    access_count_stop(&k->count);
    declared_check(k->declared, call, d, &k->count);
    if (!dispatch_ok(d)) {
        memory_host_changes(k->m, no_change, NULL);
        assert_int_equal(k->x.event_count, events);
    }
    return d;
}

void market_assert_ok(struct dispatch d, const char *file, int line)
{
    if (!dispatch_ok(d)) {
        print_error("%s:%d: failed: kind %u module %u code %u\n", file, line, d.kind, d.module, d.code);
        _fail(file, line);
    }
}

void market_assert_fails(struct dispatch d, uint8_t module, uint8_t code, const char *file, int line)
{
    if (d.kind != DISPATCH_MODULE || d.module != module || d.code != code) {
        print_error("%s:%d: kind %u module %u code %u instead of error %u of %u\n", file, line, d.kind,
                    d.module, d.code, code, module);
        _fail(file, line);
    }
}

uint32_t market_events(struct market *k, const struct pallet_desc *pallet, uint8_t index)
{
    struct reader r = reader_of(writer_bytes(&k->x.events));
    uint32_t n = 0;
    while (r.left > 0) {
        if (take_u8(&r) == PHASE_APPLY_EXTRINSIC)
            (void)take_u32(&r);
        uint8_t module = take_u8(&r), variant = take_u8(&r);
        const struct pallet_desc *p = registry_pallet(&chain_registry, module);
        for (uint16_t i = 0; i < p->event_count; i++) {
            if (p->events[i].index == variant)
                walk_skip(&r, p->event_types[i], &chain_registry);
        }
        (void)take_u8(&r);
        assert_true(reader_ok(&r));
        n += module == pallet->index && variant == index ? 1 : 0;
    }
    return n;
}

struct balance market_free(struct market *k, int who)
{
    return balances_free(&k->x, &k->who[who]);
}

struct balance market_reserved(struct market *k, int who)
{
    return balances_reserved(&k->x, &k->who[who]);
}

uint64_t market_cluster(struct market *k, int who, const struct worker_com_cr *capacity, uint64_t more)
{
    static struct worker_ip ip = {.ipv4 = {.some = true, .value = 2130706433}};
    struct balance stake;
    uint64_t id;

    assert_ok(MARKET_DO(k, who, worker, cluster_register, .name = BYTES_LIT("c"), .ip = {.n = 1, .v = &ip},
                        .port = 80, .level = 1));
    assert_true(worker_k8s_cluster_accounts_get(&k->x, &id, &k->who[who]));
    assert_true(cluster_required_stake(&k->x, &stake, id, capacity));
    assert_ok(MARKET_DO(k, who, worker, cluster_mortgage, .id = id, .cpu = capacity->cpu,
                        .mem = capacity->mem, .cvm_cpu = capacity->cvm_cpu, .cvm_mem = capacity->cvm_mem,
                        .disk = capacity->disk, .gpu = capacity->gpu,
                        .deposit = balance_sat_add(stake, balance_of(more))));
    return id;
}

struct dispatch market_order(struct market *k, int who, uint32_t cpu, uint32_t memory, uint32_t disk,
                             uint64_t deposit)
{
    struct app_disk d = {.path = {.tag = APP_DISK_CLASS_SSD, .u = {.ssd = BYTES_LIT("/data")}}, .size = disk};
    return MARKET_DO(k, who, app, create, .name = BYTES_LIT("web"), .image = BYTES_LIT("nginx:1.25"),
                     .command = {.tag = APP_COMMAND_NONE}, .cpu = cpu, .memory = memory,
                     .disk = {.n = disk > 0, .v = &d}, .level = 1, .deposit = balance_of(deposit));
}

struct worker_k8s_cluster market_cluster_of(struct market *k, uint64_t id)
{
    struct worker_k8s_cluster c;
    assert_true(worker_k8s_clusters_get(&k->x, &c, id));
    return c;
}

struct app_tee_app market_app(struct market *k, uint64_t id)
{
    struct account_id owner;
    struct app_tee_app app;
    assert_true(app_app_id_accounts_get(&k->x, &owner, id));
    assert_true(app_tee_apps_get(&k->x, &app, &owner, id));
    return app;
}

struct app_work_balance market_balance(struct market *k, uint64_t id)
{
    struct app_work_balance b;
    app_work_balances_get(&k->x, &b, id);
    return b;
}

struct worker_contract_state market_contract(struct market *k, uint64_t app, uint64_t cluster)
{
    struct worker_contract_state s;
    assert_true(worker_work_contract_state_get(&k->x, &s, &WORK_APP(app), cluster));
    return s;
}

struct dispatch market_prove(struct market *k, int who, uint64_t app)
{
    return MARKET_DO(
        k, who, worker, work_proof_upload, .work_id = WORK_APP(app),
        .proof = {.some = true, .value = {.log_hash = BYTES_LIT("log"), .cr_hash = BYTES_LIT("cr")}});
}
