#include "runtime/market_test.h"

#include "runtime/app_check.h"
#include "runtime/params.h"

enum { ALICE, BOB, CAROL };

static const struct worker_com_cr room = {
    .cpu = 1000, .mem = 1000, .cvm_cpu = 500, .cvm_mem = 500, .disk = 1000};

static int setup(void **state)
{
    struct market *k = test_malloc(sizeof *k);
    market_init(k, NULL, true);
    *state = k;
    return 0;
}

static int setup_production(void **state)
{
    struct market *k = test_malloc(sizeof *k);
    market_init(k, NULL, false);
    *state = k;
    return 0;
}

static struct app_create_args order(void)
{
    return (struct app_create_args){
        .name = BYTES_LIT("web"),
        .image = BYTES_LIT("nginx"),
        .command = {.tag = APP_COMMAND_NONE},
        .cpu = 10,
        .memory = 10,
        .level = 1,
        .deposit = balance_of(1000000),
    };
}

static struct dispatch create(struct market *k, int who, struct app_create_args a)
{
    return market_do(k, who, &(struct call){.pallet = &app_pallet, .desc = &app_call_create, .args = &a});
}

/* Orders a plain service after the given changes of `o`. */
#define CREATE(k, who, ...)                 \
    __extension__({                         \
        struct app_create_args o = order(); \
        __VA_ARGS__;                        \
        create(k, who, o);                  \
    })

static void image_references_follow_the_grammar(void **state)
{
    static const char *const good[] = {
        "nginx",
        "nginx:1.25",
        "library/nginx",
        "docker.io/library/nginx:latest",
        "localhost/app",
        "localhost:5000/app",
        "localhost:5000/a/b/c:v1",
        "registry.example.com:8443/team/app_name:1.0-rc.1",
        "a/b__c",
        "a/b---c",
        "a.b/c",
        "nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "r.io/x:1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "x@sha512+b64u:0123456789abcdef0123456789abcdef",
    };
    static const char *const bad[] = {
        "",
        "/",
        "Nginx",
        "nginx:",
        "nginx:-x",
        "nginx:.x",
        "a//b",
        "a/",
        "/a",
        "a/b___c",
        "a/b..c",
        "a/-b",
        "a/b-",
        "nginx@sha256:0123",
        "nginx@",
        "nginx@sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
        "a b",
        "a\n",
        "nginx:a/b:c d",
        "r.io:/x",
        "-r.io/x",
        "r-.io/x",
        "r..io/x",
        "a;rm",
        "$(x)",
        "a\"b",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        if (!image_reference_valid(bytes_of_str(good[i])))
            fail_msg("refused: %s", good[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (dispatch_ok(app_check_image(bytes_of_str(bad[i]))))
            fail_msg("accepted: %s", bad[i]);
    }
}

/* C10-17 */
static void orders_are_checked_field_by_field(void **state)
{
    struct market *k = *state;
    static uint8_t text[9000];
    struct app_service twice[2] = {{.tag = APP_SERVICE_TCP, .u = {.tcp = 80}},
                                   {.tag = APP_SERVICE_HTTPS, .u = {.https = 80}}};
    struct app_service both[2] = {{.tag = APP_SERVICE_TCP, .u = {.tcp = 80}},
                                  {.tag = APP_SERVICE_UDP, .u = {.udp = 80}}};
    struct app_service many[17] = {0};
    struct app_disk disk = {.path = {.tag = APP_DISK_CLASS_SSD, .u = {.ssd = BYTES_LIT("/data")}}, .size = 1};
    struct app_disk disks[2] = {disk, disk};
    struct app_container side = {
        .image = BYTES_LIT("redis"), .command = {.tag = APP_COMMAND_NONE}, .cr = {10, 9, {0}, 0}};
    static const char *const paths[] = {"", "/", "data", "/a/", "//a", "/a/../b", "/.", "/a\n"};

    memset(text, 'a', sizeof text);
    assert_fails(app, APP_ERR_INPUT_TOO_LONG, CREATE(k, BOB, o.name = bytes_of(text, 65)));
    assert_fails(app, APP_ERR_NAME_INVALID, CREATE(k, BOB, o.name = BYTES_EMPTY));
    assert_fails(app, APP_ERR_INPUT_TOO_LONG, CREATE(k, BOB, o.image = bytes_of(text, 513)));
    assert_fails(app, APP_ERR_IMAGE_INVALID, CREATE(k, BOB, o.image = BYTES_LIT("no image")));
    assert_fails(app, APP_ERR_INPUT_TOO_LONG, CREATE(k, BOB, o.meta = bytes_of(text, 8193)));
    assert_fails(app, APP_ERR_PORT_DUPLICATE, CREATE(k, BOB, o.port = (struct app_service_vec){2, twice}));
    assert_fails(app, APP_ERR_PORT_DUPLICATE, CREATE(k, BOB, o.port = (struct app_service_vec){1, many}));
    assert_fails(app, APP_ERR_INPUT_TOO_LONG, CREATE(k, BOB, o.port = (struct app_service_vec){17, many}));
    assert_fails(
        app, APP_ERR_INPUT_TOO_LONG,
        CREATE(k, BOB,
               o.command = (struct app_command){.tag = APP_COMMAND_SH, .u = {.sh = bytes_of(text, 1025)}}));
    assert_fails(app, APP_ERR_DISK_INVALID, CREATE(k, BOB, o.disk = (struct app_disk_vec){2, disks}));
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct app_disk d = {.path = {.tag = APP_DISK_CLASS_SSD, .u = {.ssd = bytes_of_str(paths[i])}},
                             .size = 1};
        assert_fails(app, APP_ERR_DISK_INVALID, CREATE(k, BOB, o.disk = (struct app_disk_vec){1, &d}));
    }
    disks[1].size = 0;
    assert_fails(app, APP_ERR_DISK_INVALID, CREATE(k, BOB, o.disk = (struct app_disk_vec){1, &disks[1]}));
    assert_fails(app, APP_ERR_CPU_TOO_LOW, CREATE(k, BOB, o.cpu = 9));
    assert_fails(app, APP_ERR_MEMORY_TOO_LOW, CREATE(k, BOB, o.memory = 9));
    assert_fails(app, APP_ERR_MEMORY_TOO_LOW,
                 CREATE(k, BOB, o.side_container = (struct app_container_vec){1, &side}));
    side.cr.mem = 10;
    side.cr.gpu = 1;
    assert_fails(app, APP_ERR_GPU_NOT_SUPPORTED,
                 CREATE(k, BOB, o.side_container = (struct app_container_vec){1, &side}));
    assert_fails(app, APP_ERR_LEVEL_NOT_EXIST, CREATE(k, BOB, o.level = 0));
    assert_fails(app, APP_ERR_BELOW_MINIMUM_PREPAY, CREATE(k, BOB, o.deposit = balance_of(5999)));
    assert_fails(app, APP_ERR_NOT_ENOUGH_BALANCE, CREATE(k, BOB, o.deposit = balance_of(1ull << 60)));
    struct dispatch d = CREATE(k, BOB, o.cpu = UINT32_MAX;
                               o.side_container = (struct app_container_vec){
                                   1, &(struct app_container){.image = BYTES_LIT("a"),
                                                              .command = {.tag = APP_COMMAND_NONE},
                                                              .cr = {10, 10, {0}, 0}}});
    assert_int_equal(d.kind, DISPATCH_ARITHMETIC);
    assert_ok(CREATE(k, BOB, o.port = (struct app_service_vec){2, both}; o.deposit = balance_of(6000)));
    assert_int_equal(app_next_tee_id_get(&k->x), 1);
}

static void side_containers_count_in_need_and_price(void **state)
{
    struct market *k = *state;
    struct app_disk disk = {.path = {.tag = APP_DISK_CLASS_SSD, .u = {.ssd = BYTES_LIT("/data")}}, .size = 7};
    struct app_container side = {
        .image = BYTES_LIT("redis"), .command = {.tag = APP_COMMAND_NONE}, .cr = {30, 20, {1, &disk}, 0}};
    uint64_t id = market_cluster(k, ALICE, &room, 0);

    assert_ok(CREATE(k, BOB, o.side_container = (struct app_container_vec){1, &side};
                     o.tee_version = APP_TEE_VERSION_CVM));
    market_next(k);
    struct worker_contract_state s = market_contract(k, 0, id);
    assert_int_equal(s.need.cvm_cpu, 40);
    assert_int_equal(s.need.cvm_mem, 30);
    assert_int_equal(s.need.disk, 7);
    assert_int_equal(s.need.cpu + s.need.mem + s.need.gpu, 0);
    assert_int_equal(PLANCK(s.fee), 7700);
}

static struct app_env_input env(enum app_edit_type_tag what, uint16_t at, const char *key, const char *value)
{
    struct app_env_input e = {.etype = {.tag = what},
                              .k = {.tag = APP_ENV_KEY_ENV, .u = {.env = bytes_of_str(key)}},
                              .v = bytes_of_str(value)};
    if (what == APP_EDIT_TYPE_UPDATE)
        e.etype.u.update = at;
    if (what == APP_EDIT_TYPE_REMOVE)
        e.etype.u.remove = at;
    return e;
}

#define SET(k, who, ...)                                                                                   \
    MARKET_DO(k, who, app, set_settings, .app_id = 0,                                                      \
              .value = {.n = sizeof((struct app_env_input[]){__VA_ARGS__}) / sizeof(struct app_env_input), \
                        .v = (struct app_env_input[]){__VA_ARGS__}})
#define INSERT(key, value) env(APP_EDIT_TYPE_INSERT, 0, key, value)
#define UPDATE(at, key, value) env(APP_EDIT_TYPE_UPDATE, at, key, value)
#define REMOVE(at) env(APP_EDIT_TYPE_REMOVE, at, "", "")

static void settings_keep_their_index_and_indices_are_not_used_again(void **state)
{
    struct market *k = *state;
    struct app_env e;
    uint64_t version;

    assert_ok(market_order(k, BOB, 10, 10, 0, 1000000));
    assert_ok(SET(k, BOB, INSERT("A", "1"), INSERT("B", "2")));
    assert_fails(app, APP_ERR_ENV_EXISTS, SET(k, BOB, INSERT("C", "3"), INSERT("A", "4")));
    assert_int_equal(app_next_env_id_get(&k->x, 0), 2); /* all or nothing */
    assert_ok(SET(k, BOB, REMOVE(0), INSERT("A", "5"), UPDATE(1, "D", "6")));
    assert_false(app_envs_has(&k->x, 0, 0));
    assert_true(app_envs_get(&k->x, &e, 0, 2));
    assert_true(bytes_eq(e.v, BYTES_LIT("5")));
    assert_true(app_envs_get(&k->x, &e, 0, 1));
    assert_true(bytes_eq(e.k.u.env, BYTES_LIT("D")));
    assert_fails(app, APP_ERR_ENV_NOT_EXIST, SET(k, BOB, UPDATE(0, "X", "")));
    assert_fails(app, APP_ERR_ENV_NOT_EXIST, SET(k, BOB, REMOVE(9)));
    assert_fails(app, APP_ERR_ENV_EXISTS, SET(k, BOB, UPDATE(2, "D", "")));
    assert_fails(app, APP_ERR_NAME_INVALID, SET(k, BOB, INSERT("", "")));
    assert_fails(app, APP_ERR_APP403, SET(k, CAROL, REMOVE(1)));
    assert_fails(app, APP_ERR_APP_NOT_EXIST, MARKET_DO(k, BOB, app, set_settings, .app_id = 1));
    /* nothing was to be restarted */
    assert_true(app_app_version_get(&k->x, &version, 0));
    assert_int_equal(version, k->block);
}

static uint64_t version_of(struct market *k)
{
    uint64_t version;
    assert_true(app_app_version_get(&k->x, &version, 0));
    return version;
}

static void each_change_with_restart_has_a_version_of_its_own(void **state)
{
    struct market *k = *state;

    assert_ok(market_order(k, BOB, 10, 10, 0, 1000000));
    assert_int_equal(version_of(k), k->block);
    assert_ok(MARKET_DO(k, BOB, app, update, .app_id = 0, .new_name = {true, BYTES_LIT("other")}));
    assert_int_equal(version_of(k), k->block);
    assert_ok(MARKET_DO(k, BOB, app, set_settings, .app_id = 0, .with_restart = true));
    assert_int_equal(version_of(k), k->block + 1); /* though in one block */
    assert_ok(MARKET_DO(k, BOB, app, update, .app_id = 0, .with_restart = true));
    assert_int_equal(version_of(k), k->block + 2);
    assert_ok(MARKET_DO(k, BOB, app, set_settings, .app_id = 0));
    assert_int_equal(version_of(k), k->block + 2);
}

static void a_service_has_at_most_64_settings(void **state)
{
    struct market *k = *state;
    static struct app_env_input many[65];
    static char keys[65][4];

    assert_ok(market_order(k, BOB, 10, 10, 0, 1000000));
    for (size_t i = 0; i < ARRAY_LEN(many); i++) {
        keys[i][0] = 'K';
        keys[i][1] = (char)('0' + i / 10);
        keys[i][2] = (char)('0' + i % 10);
        many[i] = INSERT(keys[i], "v");
    }
    assert_fails(app, APP_ERR_TOO_MANY_ENV,
                 MARKET_DO(k, BOB, app, set_settings, .app_id = 0, .value = {.n = 65, .v = many}));
    assert_ok(MARKET_DO(k, BOB, app, set_settings, .app_id = 0, .value = {.n = 64, .v = many}));
    assert_fails(app, APP_ERR_TOO_MANY_ENV,
                 MARKET_DO(k, BOB, app, set_settings, .app_id = 0, .value = {.n = 1, .v = &many[64]}));
}

static void updates_replace_the_given_fields_only(void **state)
{
    struct market *k = *state;

    assert_ok(market_order(k, BOB, 10, 10, 0, 1000000));
    assert_ok(MARKET_DO(k, BOB, app, update, .app_id = 0, .new_image = {true, BYTES_LIT("caddy:2")},
                        .with_restart = true));
    struct app_tee_app a = market_app(k, 0);
    assert_true(bytes_eq(a.image, BYTES_LIT("caddy:2")));
    assert_true(bytes_eq(a.name, BYTES_LIT("web")));
    assert_fails(app, APP_ERR_IMAGE_INVALID,
                 MARKET_DO(k, BOB, app, update, .app_id = 0, .new_image = {true, BYTES_LIT(" ")}));
    assert_fails(app, APP_ERR_APP403, MARKET_DO(k, CAROL, app, update, .app_id = 0));
    assert_ok(MARKET_DO(k, BOB, app, stop, .app_id = 0));
    assert_fails(app, APP_ERR_APP_STATUS_MISMATCH,
                 MARKET_DO(k, BOB, app, update, .app_id = 0, .with_restart = true));
    assert_ok(MARKET_DO(k, BOB, app, update, .app_id = 0, .new_name = {true, BYTES_LIT("other")}));
}

/* D7, M1 2.1-2.5 */
static void a_service_that_never_ran_is_refunded_in_full(void **state)
{
    struct market *k = *state;
    uint64_t before = PLANCK(market_free(k, BOB));

    assert_ok(market_order(k, BOB, 10, 10, 10, 10000000));
    assert_ok(MARKET_DO(k, BOB, app, recharge, .id = 0, .deposit = balance_of(5000)));
    assert_int_equal(market_events(k, &app_pallet, 2), 1);
    assert_ok(MARKET_DO(k, BOB, app, stop, .app_id = 0));
    assert_int_equal(PLANCK(market_free(k, BOB)), before);
    assert_int_equal(market_app(k, 0).status, WORK_STOPPED);
    assert_int_equal(worker_retry_count_get(&k->x), 0);
    assert_fails(app, APP_ERR_APP_STATUS_MISMATCH, MARKET_DO(k, BOB, app, stop, .app_id = 0));
    assert_fails(app, APP_ERR_APP403, MARKET_DO(k, CAROL, app, remove, .app_id = 0));
    assert_ok(MARKET_DO(k, BOB, app, remove, .app_id = 0));
    assert_fails(app, APP_ERR_APP_NOT_EXIST, MARKET_DO(k, BOB, app, remove, .app_id = 0));
    assert_fails(app, APP_ERR_APP_NOT_EXIST,
                 MARKET_DO(k, BOB, app, recharge, .id = 0, .deposit = balance_of(5000)));
    assert_false(app_app_id_accounts_has(&k->x, 0));
}

/* F26: a restart never books capacity twice. */
static void restarting_in_place_places_nothing(void **state)
{
    struct market *k = *state;
    struct cluster_capacity c;
    uint64_t id = market_cluster(k, ALICE, &room, 0), version, last;

    assert_ok(market_order(k, BOB, 10, 10, 10, 10000000));
    assert_fails(app, APP_ERR_APP_STATUS_MISMATCH, MARKET_DO(k, BOB, app, restart, .app_id = 0));
    market_next(k);
    assert_true(app_app_version_get(&k->x, &last, 0));
    assert_ok(MARKET_DO(k, BOB, app, restart, .app_id = 0));
    assert_true(app_app_version_get(&k->x, &version, 0) && version > last);
    market_skip(k, 3);
    cluster_capacity_get(&k->x, &c, id);
    assert_int_equal(c.used.cpu, 10);
}

static void a_stopped_service_can_be_ordered_again(void **state)
{
    struct market *k = *state;
    uint64_t id = market_cluster(k, ALICE, &room, 0);

    assert_ok(market_order(k, BOB, 10, 10, 10, 10000000));
    market_next(k);
    assert_ok(market_prove(k, ALICE, 0));
    market_skip(k, 3);
    assert_ok(market_prove(k, ALICE, 0));
    assert_ok(MARKET_DO(k, BOB, app, stop, .app_id = 0));
    assert_fails(app, APP_ERR_BELOW_MINIMUM_PREPAY, MARKET_DO(k, BOB, app, restart, .app_id = 0));
    assert_ok(MARKET_DO(k, BOB, app, recharge, .id = 0, .deposit = balance_of(9000)));
    assert_ok(MARKET_DO(k, BOB, app, restart, .app_id = 0));
    market_skip(k, 8); /* the cluster takes it back once the old contract has ended */
    struct worker_contract_state s = market_contract(k, 0, id);
    assert_int_equal(s.status, CONTRACT_ASSIGNED);
    assert_int_equal(PLANCK(s.minted), 3000); /* earned before, still there */
    assert_ok(
        MARKET_DO(k, ALICE, worker, cluster_withdrawal, .work_id = WORK_APP(0), .amount = balance_of(3000)));
    assert_true(worker_work_contract_state_has(&k->x, &WORK_APP(0), id));
}

static void withdrawals_leave_the_minimum_of_a_running_service(void **state)
{
    struct market *k = *state;

    (void)market_cluster(k, ALICE, &room, 0);
    assert_ok(market_order(k, BOB, 10, 10, 10, 20000));
    assert_fails(app, APP_ERR_NOT_ENOUGH_BALANCE,
                 MARKET_DO(k, BOB, app, withdraw, .app_id = 0, .amount = balance_of(20001)));
    market_next(k);
    assert_fails(app, APP_ERR_BELOW_MINIMUM_PREPAY,
                 MARKET_DO(k, BOB, app, withdraw, .app_id = 0, .amount = balance_of(11001)));
    assert_fails(app, APP_ERR_APP403,
                 MARKET_DO(k, CAROL, app, withdraw, .app_id = 0, .amount = balance_of(1)));
    assert_ok(MARKET_DO(k, BOB, app, withdraw, .app_id = 0, .amount = balance_of(11000)));
    assert_int_equal(PLANCK(market_balance(k, 0).available), 9000);
}

static void earnings_outlive_the_service(void **state)
{
    struct market *k = *state;
    uint64_t id = market_cluster(k, ALICE, &room, 0);

    assert_ok(market_order(k, BOB, 10, 10, 10, 10000000));
    market_next(k);
    assert_ok(market_prove(k, ALICE, 0));
    market_skip(k, 3);
    assert_ok(market_prove(k, ALICE, 0));
    assert_ok(MARKET_DO(k, BOB, app, stop, .app_id = 0));
    market_skip(k, 3);
    assert_ok(MARKET_DO(k, BOB, app, remove, .app_id = 0));
    market_next(k);
    assert_true(app_app_id_accounts_has(&k->x, 0));
    assert_ok(
        MARKET_DO(k, ALICE, worker, cluster_withdrawal, .work_id = WORK_APP(0), .amount = balance_of(3000)));
    assert_false(worker_work_contract_state_has(&k->x, &WORK_APP(0), id));
    assert_false(app_app_id_accounts_has(&k->x, 0));
}

static void a_closing_contract_keeps_a_service_from_being_removed(void **state)
{
    struct market *k = *state;

    (void)market_cluster(k, ALICE, &room, 0);
    assert_ok(market_order(k, BOB, 10, 10, 10, 10000000));
    market_next(k);
    assert_ok(market_prove(k, ALICE, 0));
    market_next(k);
    assert_fails(app, APP_ERR_APP_STATUS_MISMATCH, MARKET_DO(k, BOB, app, remove, .app_id = 0));
    assert_ok(MARKET_DO(k, BOB, app, stop, .app_id = 0));
    assert_fails(app, APP_ERR_APP_STATUS_MISMATCH, MARKET_DO(k, BOB, app, remove, .app_id = 0));
    market_skip(k, 3);
    assert_ok(MARKET_DO(k, BOB, app, remove, .app_id = 0));
}

static void a_price_change_waits_for_the_boundary(void **state)
{
    struct market *k = *state;
    uint64_t id = market_cluster(k, ALICE, &room, 0);
    const struct worker_price twice = {200, 200, 200, 200, 200, 2000},
                              dear = {1u << 30, 1u << 30, 1u << 30, 1, 1, 1};

    assert_int_equal(MARKET_DO(k, BOB, app, update_price, .level = 1, .price = twice).kind,
                     DISPATCH_BAD_ORIGIN);
    assert_fails(app, APP_ERR_LEVEL_NOT_EXIST,
                 MARKET_DO(k, -1, app, update_price, .level = 7, .price = twice));
    assert_ok(market_order(k, BOB, 10, 10, 10, 100000));
    market_next(k);
    assert_ok(market_prove(k, ALICE, 0));
    market_next(k);
    assert_ok(MARKET_DO(k, -1, app, update_price, .level = 1, .price = twice));
    market_skip(k, 2);
    assert_ok(market_prove(k, ALICE, 0)); /* period 0 at the old price */
    struct worker_contract_state s = market_contract(k, 0, id);
    assert_int_equal(PLANCK(s.minted), 3000);
    assert_int_equal(PLANCK(s.fee), 6000);
    assert_int_equal(PLANCK(s.held), 12000);
    market_skip(k, 3);
    assert_ok(market_prove(k, ALICE, 0));
    assert_int_equal(PLANCK(market_contract(k, 0, id).minted), 9000);
    /* unaffordable: the contract ends at the boundary, at the price it knew */
    assert_ok(MARKET_DO(k, -1, app, update_price, .level = 1, .price = dear));
    market_skip(k, 3);
    assert_ok(market_prove(k, ALICE, 0));
    market_skip(k, 3);
    if (market_contract(k, 0, id).status == CONTRACT_RUNNING) {
        assert_ok(market_prove(k, ALICE, 0));
        market_skip(k, 3);
    }
    s = market_contract(k, 0, id);
    assert_int_equal(s.status, CONTRACT_CLOSING);
    assert_int_equal(PLANCK(s.fee), 6000);
    assert_int_equal(market_app(k, 0).status, WORK_STOPPED);
}

static void production_prices_change_within_limits_and_after_notice(void **state)
{
    struct market *k = *state;
    struct worker_price p, q;
    assert_true(app_prices_get(&k->x, &p, 1));

    q = p;
    q.cpu_per = 0;
    assert_fails(app, APP_ERR_PRICE_INVALID, MARKET_DO(k, -1, app, update_price, .level = 1, .price = q));
    q.cpu_per = 2 * p.cpu_per + 1;
    assert_fails(app, APP_ERR_PRICE_INVALID, MARKET_DO(k, -1, app, update_price, .level = 1, .price = q));
    q.cpu_per = (p.cpu_per - 1) / 2;
    assert_fails(app, APP_ERR_PRICE_INVALID, MARKET_DO(k, -1, app, update_price, .level = 1, .price = q));
    q.cpu_per = p.cpu_per + 1; /* more than the stake covers */
    assert_fails(app, APP_ERR_PRICE_INVALID, MARKET_DO(k, -1, app, update_price, .level = 1, .price = q));
    q.cpu_per = p.cpu_per / 2;
    assert_ok(MARKET_DO(k, -1, app, update_price, .level = 1, .price = q));
    assert_true(app_prices_get(&k->x, &q, 1) && q.cpu_per == p.cpu_per);
    k->block += 14399;
    market_next(k);
    assert_true(app_prices_get(&k->x, &q, 1));
    assert_int_equal(q.cpu_per, p.cpu_per / 2);
    assert_int_equal(app_prices_since_get(&k->x, 1), k->block);
    assert_false(app_prices_next_has(&k->x, 1));
}

/* X5: what an order stores is paid for, and returned. */
static void production_reserves_rent_for_what_is_stored(void **state)
{
    struct market *k = *state;
    uint64_t rich = 1ull << 59;

    assert_ok(market_order(k, BOB, 10, 10, 0, rich));
    uint64_t first = PLANCK(market_reserved(k, BOB));
    assert_true(first > PLANCK(params_production.item_deposit));
    assert_ok(SET(k, BOB, INSERT("KEY", "value")));
    uint64_t second = PLANCK(market_reserved(k, BOB));
    /* index, tag and key, value: 2 + 1 + 4 + 6 bytes */
    assert_int_equal(second - first,
                     PLANCK(params_production.item_deposit) + 13 * PLANCK(params_production.byte_deposit));
    assert_ok(SET(k, BOB, REMOVE(0)));
    assert_int_equal(PLANCK(market_reserved(k, BOB)), first);
    assert_ok(SET(k, BOB, INSERT("KEY", "value")));
    assert_ok(MARKET_DO(k, BOB, app, stop, .app_id = 0));
    assert_ok(MARKET_DO(k, BOB, app, remove, .app_id = 0));
    assert_int_equal(PLANCK(market_reserved(k, BOB)), 0);
    assert_int_equal(PLANCK(market_free(k, BOB)), 1ull << 60);
}

#define DEV(f) cmocka_unit_test_setup_teardown(f, setup, market_teardown)
#define PRODUCTION(f) cmocka_unit_test_setup_teardown(f, setup_production, market_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(image_references_follow_the_grammar),
        DEV(orders_are_checked_field_by_field),
        DEV(side_containers_count_in_need_and_price),
        DEV(settings_keep_their_index_and_indices_are_not_used_again),
        DEV(each_change_with_restart_has_a_version_of_its_own),
        DEV(a_service_has_at_most_64_settings),
        DEV(updates_replace_the_given_fields_only),
        DEV(a_service_that_never_ran_is_refunded_in_full),
        DEV(restarting_in_place_places_nothing),
        DEV(a_stopped_service_can_be_ordered_again),
        DEV(withdrawals_leave_the_minimum_of_a_running_service),
        DEV(earnings_outlive_the_service),
        DEV(a_closing_contract_keeps_a_service_from_being_removed),
        DEV(a_price_change_waits_for_the_boundary),
        PRODUCTION(production_prices_change_within_limits_and_after_notice),
        PRODUCTION(production_reserves_rent_for_what_is_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
