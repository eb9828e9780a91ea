/* runtime/market_random_test.c — 5,000 steps of 20 accounts doing sensible and senseless things; the books
 * are checked after every block, and every deposit is accounted for to the planck.
 *
 * Evidence of production chains is another test's (runtime/production_test.c). Here a step that needs it is
 * taken by development rules for the moment of the call, all else by those of production: signed proofs,
 * slashes, vesting, unbonding, notice of prices, challenges that nobody answers. */
#include "runtime/market_test.h"

#include <stdlib.h>

#include "crypto/keys.h"
#include "runtime/attestation.h"
#include "runtime/params.h"
#include "runtime/proof.h"
#include "runtime/state.h"

enum { PEOPLE = 20, STEPS = 5000, APPS_MAX = 4096, KINDS = 33, POKE = 21, CLAIM = 23, CHALLENGE = 24 };

/* Prices of production are a million times those of development, stakes 6,000 periods of them. */
#define PRICES(n) \
    "{\"cpu\":" n ",\"memory\":" n ",\"disk\":" n ",\"cvm_cpu\":" n ",\"cvm_memory\":" n ",\"gpu\":" n "}"
static const char production_market[] =
    "{\"stage\":10,\"levels\":[{\"level\":1,\"price\":" PRICES("100000000") ",\"deposit\":" PRICES(
        "600000000000") "},"
                        "{\"level\":2,\"price\":" PRICES("150000000") ",\"deposit\":" PRICES(
                            "900000000000") "},"
                                            "{\"level\":3,\"price\":" PRICES(
                                                "250000000") ",\"deposit\":" PRICES("1500000000000") ",\"min_"
                                                                                                     "score\""
                                                                                                     ":51}]}";

struct dice {
    uint64_t s;
};

/* splitmix64 */
static uint64_t roll(struct dice *d)
{
    uint64_t z = d->s += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint32_t below(struct dice *d, uint32_t n)
{
    return (uint32_t)(roll(d) % n);
}

struct game {
    struct market k;
    struct dice dice;
    struct balance paid_in[APPS_MAX];
    uint32_t ok, failed, kinds_ok[KINDS];
    bool dev;
    uint64_t unit;      /* planck of the smallest sums that matter to works; */
    uint64_t stake;     /* and to clusters */
    struct keypair key; /* of all replicas */
};

static void rules(struct game *g, bool dev)
{
    uint8_t flag = dev;
    state_set(&g->k.x, STATE_DEV_MODE, bytes_of(&flag, 1));
}

static int someone(struct game *g)
{
    return (int)below(&g->dice, PEOPLE);
}

/* Mostly an identifier that exists. */
static uint64_t some_app(struct game *g)
{
    uint64_t n = app_next_tee_id_get(&g->k.x);
    return below(&g->dice, (uint32_t)n + 1 + (below(&g->dice, 10) == 0));
}

/* Mostly one that has a contract. */
static uint64_t placed_app(struct game *g)
{
    uint64_t id = some_app(g);
    for (uint32_t tries = below(&g->dice, 8); tries > 0; tries--) {
        if (worker_work_contracts_has(&g->k.x, &WORK_APP(id)))
            break;
        id = some_app(g);
    }
    return id;
}

static uint64_t some_cluster(struct game *g)
{
    return 1 + below(&g->dice, (uint32_t)worker_next_cluster_id_get(&g->k.x));
}

/* Mostly the one who may. */
static int operator_of(struct game *g, uint64_t cluster)
{
    struct worker_k8s_cluster c;
    if (below(&g->dice, 8) == 0 || !worker_k8s_clusters_get(&g->k.x, &c, cluster))
        return someone(g);
    return c.owner.b[0] - 1;
}

static int owner_of(struct game *g, uint64_t app)
{
    struct account_id owner;
    if (below(&g->dice, 8) == 0 || !app_app_id_accounts_get(&g->k.x, &owner, app))
        return someone(g);
    return owner.b[0] - 1;
}

static int host_of(struct game *g, uint64_t app, uint64_t *cluster)
{
    struct scale_u64_vec live;
    worker_work_contracts_get(&g->k.x, &live, &WORK_APP(app));
    *cluster = live.n > 0 ? live.v[0] : some_cluster(g);
    return operator_of(g, *cluster);
}

static struct dispatch play_register(struct game *g)
{
    struct worker_ip ip = {.ipv4 = {.some = below(&g->dice, 10) > 0, .value = 1}};
    return MARKET_DO(&g->k, someone(g), worker, cluster_register, .name = BYTES_LIT("c"), .ip = {1, &ip},
                     .port = 80, .level = (uint8_t)(1 + below(&g->dice, 3) * (below(&g->dice, 4) == 0)));
}

static struct dispatch play_mortgage(struct game *g)
{
    uint64_t id = some_cluster(g);
    struct dice *d = &g->dice;
    int who = operator_of(g, id);
    rules(g, true);
    struct dispatch r =
        MARKET_DO(&g->k, who, worker, cluster_mortgage, .id = id, .cpu = below(d, 60), .mem = below(d, 60),
                  .cvm_cpu = below(d, 30), .cvm_mem = below(d, 30), .disk = below(d, 60),
                  .gpu = below(d, 8) == 0, .deposit = balance_of(below(d, 8000) * g->stake));
    rules(g, g->dev);
    if (dispatch_ok(r) && !g->dev) { /* attested, for ever or for a while */
        struct worker_attestation a = {.at = g->k.block,
                                       .until = below(d, 4) == 0 ? g->k.block + 300u : UINT64_MAX};
        attestation_put(&g->k.x, id, &a);
        cluster_refresh(&g->k.x, id);
    }
    return r;
}

static struct dispatch play_challenge(struct game *g)
{
    uint64_t id, cluster;
    struct worker_contract_state s;
    for (int tries = 0; tries < 20; tries++) { /* mostly a running one */
        id = placed_app(g);
        (void)host_of(g, id, &cluster);
        if (worker_work_contract_state_get(&g->k.x, &s, &WORK_APP(id), cluster) &&
            s.status == CONTRACT_RUNNING)
            break;
    }
    return MARKET_DO(&g->k, someone(g), worker, attestation_challenge, .work_id = WORK_APP(id),
                     .cluster_id = cluster);
}

static struct dispatch play_unmortgage(struct game *g)
{
    uint64_t id = some_cluster(g);
    struct scale_u64_vec blocks;
    worker_deposit_blocks_get(&g->k.x, &blocks, id);
    uint64_t block = blocks.n > 0 ? blocks.v[below(&g->dice, blocks.n)] : below(&g->dice, 100);
    return MARKET_DO(&g->k, operator_of(g, id), worker, cluster_unmortgage, .id = id, .block_num = block);
}

static struct dispatch play_stop_cluster(struct game *g)
{
    uint64_t id = some_cluster(g);
    return MARKET_DO(&g->k, operator_of(g, id), worker, cluster_stop, .id = id);
}

static struct dispatch play_create(struct game *g)
{
    struct dice *d = &g->dice;
    uint64_t id = app_next_tee_id_get(&g->k.x), deposit = below(d, 60000) * g->unit;
    struct app_disk disk = {.path = {.tag = APP_DISK_CLASS_SSD, .u = {.ssd = BYTES_LIT("/d")}},
                            .size = below(d, 20)};
    struct dispatch r =
        MARKET_DO(&g->k, someone(g), app, create, .name = BYTES_LIT("a"), .image = BYTES_LIT("a"),
                  .command = {.tag = APP_COMMAND_NONE}, .cpu = 8 + below(d, 20), .memory = 8 + below(d, 20),
                  .disk = {below(d, 2), &disk}, .level = (uint8_t)(1 + (below(d, 6) == 0)),
                  .tee_version = below(d, 4) == 0 ? APP_TEE_VERSION_CVM : APP_TEE_VERSION_SGX,
                  .deposit = balance_of(deposit));
    if (dispatch_ok(r) && id < APPS_MAX)
        g->paid_in[id] = balance_of(deposit);
    return r;
}

static struct dispatch play_recharge(struct game *g)
{
    uint64_t id = some_app(g), amount = below(&g->dice, 20000) * g->unit;
    struct dispatch r = MARKET_DO(&g->k, someone(g), app, recharge, .id = id, .deposit = balance_of(amount));
    if (dispatch_ok(r) && id < APPS_MAX)
        g->paid_in[id] = balance_sat_add(g->paid_in[id], balance_of(amount));
    return r;
}

static struct dispatch play_owner(struct game *g, uint32_t what)
{
    uint64_t id = some_app(g);
    int who = owner_of(g, id);
    struct app_env_input e = {.etype = {.tag = APP_EDIT_TYPE_INSERT},
                              .k = {.tag = APP_ENV_KEY_ENV, .u = {.env = BYTES_LIT("K")}}};
    switch (what) {
    case 0:
        return MARKET_DO(&g->k, who, app, stop, .app_id = id);
    case 1:
        return MARKET_DO(&g->k, who, app, restart, .app_id = id);
    case 2:
        return MARKET_DO(&g->k, who, app, withdraw, .app_id = id,
                         .amount = balance_of(below(&g->dice, 9000) * g->unit));
    case 3:
        return MARKET_DO(&g->k, who, app, remove, .app_id = id);
    case 4:
        if (below(&g->dice, 2) == 0) {
            e.etype = (struct app_edit_type){.tag = APP_EDIT_TYPE_REMOVE};
            e.etype.u.remove = (uint16_t)below(&g->dice, 4);
        }
        return MARKET_DO(&g->k, who, app, set_settings, .app_id = id, .value = {1, &e});
    case 5:
        return MARKET_DO(&g->k, who, app, update, .app_id = id, .new_image = {true, BYTES_LIT("b:2")},
                         .with_restart = below(&g->dice, 2) == 0);
    default:
        return MARKET_DO(&g->k, who, worker, work_stop, .work_id = WORK_APP(id));
    }
}

/* Signs the proof of the period that can be proven now, in a form of production. */
static void sign(struct game *g, const struct contract *c, struct worker_proof_of_work *proof)
{
    const struct worker_contract_state *s = &c->state;
    uint32_t running = period_at(s, g->k.block);
    uint32_t p = s->status == CONTRACT_CLOSING || running == 0 ? s->next_period : running - 1;
    uint64_t first = period_start(s, p);
    uint32_t span = s->closing.some ? (uint32_t)(s->closing.value.at - first) : period_len(s, p);
    uint8_t sig[SIGNATURE_MAX_LEN];

    proof->log_hash = proof->cr_hash = BYTES_LIT("0123456789abcdef0123456789abcdef");
    proof->up_blocks.value *= span / 4;
    struct bytes text = proof_message(&g->k.x, &c->work.id, c->cluster, first, proof,
                                      proof->up_blocks.some ? proof->up_blocks.value : span);
    proof->signature.some = below(&g->dice, 20) != 0;
    assert_int_equal(keypair_sign(&g->key, sig, text), sizeof proof->signature.value);
    memcpy(proof->signature.value, sig, sizeof proof->signature.value);
    sig[0] = (uint8_t)below(&g->dice, 40);
    proof->signature.value[0] ^= sig[0] == 1;
}

static struct dispatch play_proof(struct game *g)
{
    uint64_t id = placed_app(g), cluster;
    int who = host_of(g, id, &cluster);
    struct contract c;
    struct worker_proof_of_work proof = {.log_hash = BYTES_LIT("l"),
                                         .cr = {.cpu = below(&g->dice, 30)},
                                         .cr_hash = BYTES_LIT("c"),
                                         .up_blocks = {below(&g->dice, 2) == 0, below(&g->dice, 4)}};
    bool there = contract_get(&g->k.x, &c, &WORK_APP(id), cluster);
    if (there && below(&g->dice, 4) == 0)
        proof.period = (struct scale_u32_opt){true, c.state.next_period};
    if (there && !g->dev)
        sign(g, &c, &proof);
    return MARKET_DO(&g->k, who, worker, work_proof_upload, .work_id = WORK_APP(id), .proof = {true, proof});
}

/* Without evidence, which stays good for ever or for a while. */
static struct dispatch start(struct game *g, int who, uint64_t id, uint64_t cluster)
{
    struct worker_contract_state s;
    rules(g, true);
    struct dispatch r =
        MARKET_DO(&g->k, who, worker, work_start, .work_id = WORK_APP(id), .deploy_key = g->key.account);
    rules(g, g->dev);
    if (dispatch_ok(r) && !g->dev && worker_work_contract_state_get(&g->k.x, &s, &WORK_APP(id), cluster)) {
        s.attested_until = below(&g->dice, 4) == 0 ? g->k.block + 30u : UINT64_MAX;
        worker_work_contract_state_put(&g->k.x, &WORK_APP(id), cluster, &s);
    }
    return r;
}

/* A contract with earnings, whatever its status, most of the time. */
static bool earning(struct game *g, uint64_t *app, uint64_t *cluster)
{
    for (uint32_t tries = below(&g->dice, 40); tries > 0; tries--) {
        uint64_t id = some_app(g), c = some_cluster(g);
        struct worker_contract_state s;
        if (!worker_work_contract_state_get(&g->k.x, &s, &WORK_APP(id), c) || balance_is_zero(s.minted))
            continue;
        *app = id;
        *cluster = c;
        return true;
    }
    return false;
}

static struct dispatch play_host(struct game *g, uint32_t what)
{
    uint64_t id = placed_app(g), cluster;
    int who = host_of(g, id, &cluster);
    switch (what) {
    case 0:
        return start(g, who, id, cluster);
    case 1:
        return MARKET_DO(&g->k, who, worker, work_decline, .work_id = WORK_APP(id));
    case 2:
        return MARKET_DO(&g->k, who, worker, contract_poke, .work_id = WORK_APP(id), .cluster_id = cluster);
    default:
        if (earning(g, &id, &cluster))
            who = operator_of(g, cluster);
        return MARKET_DO(&g->k, who, worker, cluster_withdrawal, .work_id = WORK_APP(id),
                         .amount =
                             balance_of(below(&g->dice, below(&g->dice, 2) == 0 ? 50 : 3000) * g->unit));
    }
}

static struct dispatch play_root(struct game *g)
{
    struct dice *d = &g->dice;
    uint8_t level = (uint8_t)(1 + below(d, 3));
    struct worker_price p;
    if (below(d, 2) == 0)
        return MARKET_DO(&g->k, -1, worker, set_stage, .stage = (g->dev ? 1 : 9) + below(d, 9));
    if (!g->dev && app_prices_get(&g->k.x, &p, level)) {
        p.cpu_per = p.cpu_per * (70 + below(d, 60)) / 100;
        p.memory_per = p.memory_per * (70 + below(d, 60)) / 100;
        return MARKET_DO(&g->k, -1, app, update_price, .level = level, .price = p);
    }
    return MARKET_DO(
        &g->k, -1, app, update_price, .level = (uint8_t)(1 + below(d, 2)),
        .price = {50 + below(d, 200), 50 + below(d, 200), below(d, 200), 100, below(d, 300), 1000});
}

static struct dispatch step(struct game *g, uint32_t *kind)
{
    *kind = below(&g->dice, g->dev ? KINDS : 32 + (below(&g->dice, 8) == 0));
    if (*kind == 32)
        *kind = CHALLENGE;
    else if (*kind == CHALLENGE)
        *kind = KINDS - 1;
    switch (*kind) {
    case 0:
        return play_register(g);
    case 1:
    case 2:
    case 3:
        return play_mortgage(g);
    case 4:
        return play_unmortgage(g);
    case 5:
        return play_stop_cluster(g);
    case 6:
    case 7:
    case 8:
        return play_create(g);
    case 9:
    case 10:
        return play_recharge(g);
    case 11:
        return play_root(g);
    case 12:
    case 13:
    case 14:
    case 15:
    case 16:
    case 17:
        return play_owner(g, *kind - 12);
    case 18:
        return play_owner(g, 6);
    case 19:
    case 20:
    case 21:
    case 22:
        return play_host(g, *kind - 19);
    case CLAIM:
        return MARKET_DO(&g->k, someone(g), worker, cluster_claim_unbonded, .id = some_cluster(g));
    case CHALLENGE:
        return play_challenge(g);
    default:
        return play_proof(g);
    }
}

/* Long enough for earnings to mature and stake to come free: goes from block to block that has anything to
 * do. */
static void rest(struct game *g, uint32_t blocks)
{
    struct market *k = &g->k;
    uint32_t end = k->block + blocks;
    while (k->block < end) {
        uint32_t next = k->block + 1;
        struct worker_retry_vec works;
        struct worker_due_vec dues;
        struct arena_mark mark = arena_mark(&k->arena);
        for (; next < end; next++) {
            worker_retry_at_get(&k->x, &works, next);
            worker_due_at_get(&k->x, &dues, next);
            if (works.n + dues.n > 0)
                break;
            arena_rewind(&k->arena, mark);
        }
        k->block = next - 1;
        k->unchecked = below(&g->dice, 100) != 0;
        market_next(k);
    }
    k->unchecked = false;
}

static void stop_all(struct game *g)
{
    uint64_t n = app_next_tee_id_get(&g->k.x);
    for (uint64_t id = 0; id < n; id++) {
        struct account_id owner;
        if (app_app_id_accounts_get(&g->k.x, &owner, id))
            (void)MARKET_DO(&g->k, owner.b[0] - 1, app, stop, .app_id = id);
    }
}

/* D6-10: refunded + spent + available + held of every service is what was ever paid in. */
static void check_deposits(struct game *g)
{
    uint64_t n = app_next_tee_id_get(&g->k.x);
    for (uint64_t id = 0; id < n && id < APPS_MAX; id++) {
        if (!app_work_balances_has(&g->k.x, id))
            continue;
        struct app_work_balance b = market_balance(&g->k, id);
        struct balance sum =
            balance_sat_add(balance_sat_add(b.available, b.held), balance_sat_add(b.spent, b.refunded));
        assert_int_equal(balance_cmp(sum, g->paid_in[id]), 0);
    }
}

/* Errors that some call of the program returned. */
struct returned {
    bool worker[256], app[256];
};

static void remember(struct returned *r, const struct declared *d)
{
    for (unsigned i = 0; i < 256; i++) {
        r->worker[i] = r->worker[i] || declared_returned(d, &worker_pallet, (uint8_t)i);
        r->app[i] = r->app[i] || declared_returned(d, &app_pallet, (uint8_t)i);
    }
}

static void play(struct returned *returned, bool dev, uint64_t seed)
{
    struct game *g = test_calloc(1, sizeof *g);
    static const uint8_t secret[32] = {7};
    struct err e;

    g->dice.s = seed;
    g->dev = dev;
    g->unit = dev ? 1 : 1000000;
    g->stake = dev ? 1 : 60000000000;
    assert_int_equal(keypair_from_seed(&g->key, SIGNATURE_ED25519, secret, &e), ERR_OK);
    market_init(&g->k, dev ? "{\"stage\":10}" : production_market, dev);
    for (uint32_t i = 0; i < STEPS; i++) {
        uint32_t kind;
        bool done = dispatch_ok(step(g, &kind));
        g->ok += done;
        g->failed += !done;
        g->kinds_ok[kind > CHALLENGE ? KINDS - 1 : kind] += done;
        if (below(&g->dice, dev ? 3 : 8) == 0) {
            check_deposits(g);
            market_next(&g->k);
        }
        if (!dev && i % 1600 == 1500) {
            rest(g, 200); /* nobody proves: contracts end by fault and are placed again */
            stop_all(g);
            rest(g, i > 4000 ? 101000 : 17000);
        }
    }
    for (uint32_t i = 0; i < KINDS; i++) {
        if (g->kinds_ok[i] == 0 && i != POKE &&
            (i < CLAIM || i == CHALLENGE ||
             i == KINDS - 1)) /* a poke is due only when lists overflow, a claim after a long wait */
            fail_msg("no step of kind %u ever succeeded", i);
    }
    assert_true(g->ok > STEPS / 5 && g->failed > STEPS / 5);
    if (getenv("WETEE_WEIGHTS_PRINT") != NULL)
        print_message("proofs %u, withdrawals %u, claims %u\n", g->kinds_ok[KINDS - 1], g->kinds_ok[22],
                      g->kinds_ok[CLAIM]);
    check_deposits(g);
    remember(returned, g->k.declared);
    market_fini(&g->k);
    test_free(g);
}

/* Calls that fail in ways 5,000 random steps do not come to: of clusters, */
static void fail_at_clusters(struct market *k, struct bytes longer)
{
    struct worker_ip ip = {.ipv4 = {true, 1}}, none = {.ipv4 = {false, 0}};
    const struct worker_cluster_register_args cluster = {
        .name = BYTES_LIT("c"), .ip = {1, &ip}, .port = 1, .level = 1};
    struct worker_cluster_register_args c;
#define REGISTER(change)          \
    (c = cluster, (void)(change), \
     market_do(k, 1,              \
               &(struct call){.pallet = &worker_pallet, .desc = &worker_call_cluster_register, .args = &c}))
    assert_fails(worker, WORKER_ERR_INPUT_TOO_LONG, REGISTER(c.name = longer));
    assert_fails(worker, WORKER_ERR_NAME_INVALID, REGISTER(c.name = BYTES_EMPTY));
    assert_fails(worker, WORKER_ERR_CLUSTER_REGISTER_MISS_IP, REGISTER(c.ip.n = 0));
    assert_fails(worker, WORKER_ERR_IP_FORMAT_ERROR, REGISTER(c.ip.v = &none));
    assert_fails(worker, WORKER_ERR_LEVEL_NOT_EXISTS, REGISTER(c.level = 9));
    assert_ok(REGISTER(0));
    assert_fails(worker, WORKER_ERR_INSUFFICIENT_BALANCE,
                 MARKET_DO(k, 1, worker, cluster_mortgage, .id = 1, .deposit = balance_of(1ull << 62)));
    for (uint32_t i = 0; i < 64; i++) {
        assert_ok(MARKET_DO(k, 1, worker, cluster_mortgage, .id = 1, .cpu = 1, .mem = 1,
                            .deposit = balance_of(500)));
        assert_fails(worker, WORKER_ERR_DUPLICATE_DEPOSIT,
                     MARKET_DO(k, 1, worker, cluster_mortgage, .id = 1, .deposit = balance_of(500)));
        market_next(k);
    }
    assert_fails(worker, WORKER_ERR_TOO_MANY_DEPOSITS,
                 MARKET_DO(k, 1, worker, cluster_mortgage, .id = 1, .deposit = balance_of(500)));
}

/* and of services: the first runs on the cluster made above. */
static void fail_at_services(struct market *k, struct bytes longer)
{
    struct app_service port = {.tag = APP_SERVICE_TCP};
    struct app_disk disk = {.path = {.u = {.ssd = BYTES_LIT("d")}}, .size = 1};
    struct app_container gpu = {
        .image = BYTES_LIT("a"), .command = {.tag = APP_COMMAND_NONE}, .cr = {10, 10, {0}, 1}};
    struct app_env_input env = {.k = {.u = {.env = BYTES_LIT("K")}}}, many[65];
    struct app_env_input_vec envs = {1, &env};
    struct app_service_vec ports = {1, &port};
    struct app_disk_vec disks = {1, &disk};
    struct app_container_vec sides = {1, &gpu};
    const struct app_create_args order = {.name = BYTES_LIT("a"),
                                          .image = BYTES_LIT("a"),
                                          .command = {.tag = APP_COMMAND_NONE},
                                          .cpu = 10,
                                          .memory = 10,
                                          .level = 1,
                                          .deposit = balance_of(10000)};
    struct app_create_args o;
    for (size_t i = 0; i < ARRAY_LEN(many); i++)
        many[i] = env;
#define CREATE(change)          \
    (o = order, (void)(change), \
     market_do(k, 2, &(struct call){.pallet = &app_pallet, .desc = &app_call_create, .args = &o}))
    assert_ok(CREATE(o.env = envs));
    market_next(k);
    assert_fails(worker, WORKER_ERR_EMPTY_PROOF,
                 MARKET_DO(k, 1, worker, work_proof_upload, .work_id = WORK_APP(0)));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE,
                 MARKET_DO(k, 1, worker, work_start, .work_id = WORK_APP(0), .report = longer));
    assert_fails(app, APP_ERR_INPUT_TOO_LONG, CREATE(o.name = longer));
    assert_fails(app, APP_ERR_NAME_INVALID, CREATE(o.name = BYTES_EMPTY));
    assert_fails(app, APP_ERR_IMAGE_INVALID, CREATE(o.image = BYTES_EMPTY));
    assert_fails(app, APP_ERR_PORT_DUPLICATE, CREATE(o.port = ports));
    assert_fails(app, APP_ERR_DISK_INVALID, CREATE(o.disk = disks));
    assert_fails(app, APP_ERR_CPU_TOO_LOW, CREATE(o.cpu = 9));
    assert_fails(app, APP_ERR_MEMORY_TOO_LOW, CREATE(o.memory = 9));
    assert_fails(app, APP_ERR_GPU_NOT_SUPPORTED, CREATE(o.side_container = sides));
    assert_fails(app, APP_ERR_LEVEL_NOT_EXIST, CREATE(o.level = 9));
    assert_fails(app, APP_ERR_NOT_ENOUGH_BALANCE, CREATE(o.deposit = balance_of(1ull << 62)));
    assert_fails(app, APP_ERR_TOO_MANY_ENV,
                 MARKET_DO(k, 2, app, set_settings, .value = {ARRAY_LEN(many), many}));
    assert_fails(app, APP_ERR_ENV_EXISTS, MARKET_DO(k, 2, app, set_settings, .value = {1, &env}));
    uint32_t count = worker_retry_count_get(&k->x);
    worker_retry_count_put(&k->x, 65536);
    assert_fails(app, APP_ERR_QUEUE_FULL, CREATE(0));
    worker_retry_count_put(&k->x, count);
}

static void every_error_that_is_declared_is_returned(void **state)
{
    static const uint8_t text[300];
    /* each asserted by its name in evidence_test.c, collateral_test.c or challenge_test.c */
    static const uint8_t elsewhere[] = {WORKER_ERR_MEASUREMENT_NOT_ALLOWED, WORKER_ERR_EVIDENCE_STALE,
                                        WORKER_ERR_EVIDENCE_REPLAYED,       WORKER_ERR_TCB_TOO_LOW,
                                        WORKER_ERR_CHALLENGE_NOT_EXISTS,    WORKER_ERR_BAD_COLLATERAL,
                                        WORKER_ERR_COLLATERAL_OLD,          WORKER_ERR_COLLATERAL_FULL,
                                        WORKER_ERR_TOO_MANY_EVIDENCES,      WORKER_ERR_TOO_SOON};
    struct returned *r = *state;
    struct market *k = test_malloc(sizeof *k);
    uint32_t missing = 0;

    market_init(k, NULL, true);
    fail_at_clusters(k, bytes_of(text, sizeof text));
    fail_at_services(k, bytes_of(text, sizeof text));
    remember(r, k->declared);
    market_fini(k);
    test_free(k);
    for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++)
        r->worker[elsewhere[i]] = true;
    for (uint16_t i = 0; i < worker_pallet.error_count; i++) {
        if (!r->worker[worker_pallet.errors[i].index]) {
            print_error("WeteeWorker.%s\n", worker_pallet.errors[i].name);
            missing++;
        }
    }
    for (uint16_t i = 0; i < app_pallet.error_count; i++) {
        if (!r->app[app_pallet.errors[i].index]) {
            print_error("WeteeApp.%s\n", app_pallet.errors[i].name);
            missing++;
        }
    }
    assert_int_equal(missing, 0);
}

static int setup(void **state)
{
    *state = test_calloc(1, sizeof(struct returned));
    return 0;
}

static int teardown(void **state)
{
    test_free(*state);
    return 0;
}

/* Further seeds, for as long as somebody cares to wait: WETEE_SEEDS=first-last. */
static void the_books_hold_with_the_seeds_asked_for(void **state)
{
    const char *seeds = getenv("WETEE_SEEDS");
    unsigned first, last;
    if (seeds == NULL || sscanf(seeds, "%u-%u", &first, &last) != 2)
        return;
    for (unsigned i = first; i <= last; i++) {
        print_message("seed %u\n", i);
        play(*state, i % 3 == 0, i);
    }
}

static void the_books_hold_through_5000_random_steps(void **state)
{
    play(*state, true, 1);
}

static void the_books_hold_with_another_seed(void **state)
{
    play(*state, true, 20260);
}

static void the_books_hold_on_a_production_chain(void **state)
{
    play(*state, false, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_books_hold_on_a_production_chain),
        cmocka_unit_test(the_books_hold_through_5000_random_steps),
        cmocka_unit_test(the_books_hold_with_another_seed),
        cmocka_unit_test(every_error_that_is_declared_is_returned),
        cmocka_unit_test(the_books_hold_with_the_seeds_asked_for),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
