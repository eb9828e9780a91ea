#include "worker/desired.h"
#include "worker/reconcile.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct arena arena;

/* --- desired --- */

static struct chain_work app_of(uint64_t id, uint8_t status)
{
    return (struct chain_work){
        .key = {0, id},
        .has_contract = true,
        .contract =
            {.status = status, .stage = 10, .lead = 10, .anchor = 100, .need = {.cpu = 100, .mem = 64}},
        .has_app = true,
        .app = {.id = id, .image = BYTES_LIT("localhost/hello:1"), .command = {.tag = APP_COMMAND_NONE}},
        .version = 7,
    };
}

static struct desired build(const struct chain_work *works, uint32_t count)
{
    struct desired d;

    desired_build(
        &arena, &d,
        &(struct chain_view){
            .cluster = 3, .block = 200, .genesis = {{1, 2, 3}}, .works = works, .work_count = count});
    return d;
}

static const char *refusal_of(const struct chain_work *w)
{
    return build(w, 1).works[0].refused;
}

static void image_references_follow_the_grammar(void **state)
{
    static const char *const good[] = {
        "hello",
        "localhost/wetee-hello:latest",
        "reg.example:5000/a/b_c/d--e:T.1-x",
        "a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "localhost:80/x",
        "Reg.Example/x"};
    static const char *const bad[] = {
        "",      "/a",    "a/",     "a//b",   "A",        "a:",           "a b",
        "a\nb",  "a\"b",  "../x",   "a/../b", "a:t/..",   "a@md5:0",      "a:t:u",
        "-a",    "a?b=c", "a%2fb",  "a..b",   "host:0/x", "host:99999/x", "a@sha256:0123",
        "a___b", "x\\y",  "a/$(id)"};
    char longer[300];
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        if (!desired_image_valid(bytes_of_str(good[i])))
            fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (desired_image_valid(bytes_of_str(bad[i])))
            fail_msg("accepted: %s", bad[i]);
    memset(longer, 'a', sizeof longer);
    assert_false(desired_image_valid(bytes_of(longer, sizeof longer)));
    assert_false(desired_image_valid(bytes_of("a\0b", 3)));
}

static void hostile_settings_are_refused_before_they_become_anything(void **state)
{
    static const struct app_env bad[] = {
        {.k = {.tag = APP_ENV_KEY_ENV, .u.env = {(const uint8_t *)"A=B", 3}}},
        {.k = {.tag = APP_ENV_KEY_ENV, .u.env = {(const uint8_t *)"1A", 2}}},
        {.k = {.tag = APP_ENV_KEY_ENV, .u.env = {(const uint8_t *)"A\n", 2}}},
        {.k = {.tag = APP_ENV_KEY_ENV, .u.env = {NULL, 0}}},
        {.k = {.tag = APP_ENV_KEY_ENV, .u.env = {(const uint8_t *)"A", 1}},
         .v = {(const uint8_t *)"x\0y", 3}},
        {.k = {.tag = APP_ENV_KEY_FILE, .u.file = {(const uint8_t *)"etc/x", 5}}},
        {.k = {.tag = APP_ENV_KEY_FILE, .u.file = {(const uint8_t *)"/a/../b", 7}}},
        {.k = {.tag = APP_ENV_KEY_FILE, .u.file = {(const uint8_t *)"/a//b", 5}}},
        {.k = {.tag = APP_ENV_KEY_FILE, .u.file = {(const uint8_t *)"/", 1}}},
    };
    struct chain_work w = app_of(1, CONTRACT_RUNNING);
    (void)state;

    assert_null(refusal_of(&w));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        w.env = &bad[i];
        w.env_count = 1;
        if (refusal_of(&w) == NULL)
            fail_msg("setting %zu was accepted", i);
    }
}

static void a_command_becomes_three_arguments_and_nothing_else(void **state)
{
    struct chain_work w = app_of(1, CONTRACT_RUNNING);
    (void)state;

    w.app.command = (struct app_command){.tag = APP_COMMAND_SH, .u.sh = BYTES_LIT("a; b \"c\" $(d)")};
    struct desired d = build(&w, 1);
    assert_int_equal(d.works[0].config.arg_count, 3);
    assert_true(bytes_eq(d.works[0].config.args[2], BYTES_LIT("a; b \"c\" $(d)")));
    w.app.command.u.sh = bytes_of("a\0b", 3);
    assert_non_null(refusal_of(&w));
}

static void the_same_state_gives_the_same_hash_and_any_change_another(void **state)
{
    struct chain_work a[3] = {app_of(5, 1), app_of(2, 1), app_of(9, 1)};
    struct chain_work b[3] = {app_of(9, 1), app_of(5, 1), app_of(2, 1)};
    struct app_service port = {.tag = APP_SERVICE_TCP, .u.tcp = 80};
    struct desired x = build(a, 3), y = build(b, 3);
    (void)state;

    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(x.works[i].key.id, y.works[i].key.id);
        assert_true(hash32_eq(&x.works[i].spec_hash, &y.works[i].spec_hash));
    }
    struct hash32 before = x.works[0].spec_hash;
    struct chain_work c = app_of(2, 1);
    assert_true(hash32_eq(&build(&c, 1).works[0].spec_hash, &before));
    c.version++;
    assert_false(hash32_eq(&build(&c, 1).works[0].spec_hash, &before));
    c = app_of(2, 1);
    c.app.image = BYTES_LIT("localhost/hello:2");
    assert_false(hash32_eq(&build(&c, 1).works[0].spec_hash, &before));
    c = app_of(2, 1);
    c.app.port = (struct app_service_vec){.n = 1, .v = &port};
    assert_false(hash32_eq(&build(&c, 1).works[0].spec_hash, &before));
    c = app_of(2, CONTRACT_CLOSING); /* money and phase are no part of what the container is made from */
    assert_true(hash32_eq(&build(&c, 1).works[0].spec_hash, &before));
}

static void periods_are_counted_as_the_chain_does(void **state)
{
    struct worker_contract_state c = {.status = CONTRACT_RUNNING, .anchor = 100, .lead = 5, .stage = 10};
    uint32_t p, len;
    uint64_t first, until;
    (void)state;

    assert_false(contract_provable(&c, 104, &p, &first, &len, &until));
    assert_true(contract_provable(&c, 105, &p, &first, &len, &until));
    assert_int_equal(p, 0);
    assert_int_equal(first, 100);
    assert_int_equal(len, 5);
    assert_int_equal(until, 115);
    assert_true(contract_provable(&c, 115, &p, &first, &len, &until));
    assert_int_equal(p, 1);
    assert_int_equal(first, 105);
    assert_int_equal(len, 10);
    c.next_period = 2;
    assert_false(contract_provable(&c, 115, &p, &first, &len, &until));
    c = (struct worker_contract_state){.status = CONTRACT_CLOSING,
                                       .anchor = 100,
                                       .lead = 5,
                                       .stage = 10,
                                       .next_period = 1,
                                       .closing = {.some = true, .value = {.at = 112, .until = 122}}};
    assert_true(contract_provable(&c, 113, &p, &first, &len, &until));
    assert_int_equal(first, 105);
    assert_int_equal(len, 7);
    assert_false(contract_provable(&c, 122, &p, &first, &len, &until));
    c.status = CONTRACT_ENDED;
    assert_false(contract_provable(&c, 113, &p, &first, &len, &until));
    c.status = CONTRACT_RUNNING;
    c.stage = 0; /* no chain says so; a division by zero here would */
    assert_false(contract_provable(&c, 104, &p, &first, &len, &until));
}

/* --- reconcile --- */

static struct engine_container container_of(uint64_t id, uint64_t version, enum engine_state s)
{
    return (struct engine_container){
        .id = "c", .work = {0, id}, .version = version, .state = s, .labels_valid = true};
}

static struct reconcile_plan plan(struct reconcile *r, const struct desired *d,
                                  const struct engine_container *v, uint32_t n, uint64_t now, bool stale,
                                  bool resync)
{
    struct reconcile_plan out;

    reconcile_plan(r, &arena, &out,
                   &(struct reconcile_input){
                       .desired_opt = d, .stale = stale, .resync = resync, .actual = {v, n}, .now_ms = now});
    return out;
}

static void what_is_ordered_is_made_and_what_runs_is_left_alone(void **state)
{
    struct chain_work w[2] = {app_of(1, CONTRACT_ASSIGNED), app_of(2, CONTRACT_RUNNING)};
    struct desired d = build(w, 2);
    struct engine_container c = container_of(2, 7, ENGINE_RUNNING);
    CLEANUP(reconcile_free) struct reconcile *r = reconcile_new(1);
    (void)state;

    struct reconcile_plan p = plan(r, &d, &c, 1, 1000, false, true);
    assert_int_equal(p.count, 1);
    assert_int_equal(p.actions[0].kind, RECONCILE_ENSURE);
    assert_int_equal(p.actions[0].work.id, 1);
}

static void another_version_replaces_and_a_closing_work_is_not_touched(void **state)
{
    struct chain_work w[2] = {app_of(1, CONTRACT_RUNNING), app_of(2, CONTRACT_CLOSING)};
    struct desired d = build(w, 2);
    struct engine_container c[2] = {container_of(1, 6, ENGINE_RUNNING), container_of(2, 7, ENGINE_EXITED)};
    CLEANUP(reconcile_free) struct reconcile *r = reconcile_new(1);
    (void)state;

    struct reconcile_plan p = plan(r, &d, c, 2, 1000, false, true);
    assert_int_equal(p.count, 1);
    assert_int_equal(p.actions[0].kind, RECONCILE_REMOVE);
    assert_int_equal(p.actions[0].work.id, 1);
    assert_false(p.actions[0].release_ports);
}

static void nothing_is_removed_without_a_snapshot_or_on_a_stale_chain(void **state)
{
    struct chain_work w = app_of(1, CONTRACT_ENDED);
    struct desired d = build(&w, 1);
    struct engine_container c[2] = {container_of(1, 7, ENGINE_RUNNING), container_of(8, 7, ENGINE_RUNNING)};
    CLEANUP(reconcile_free) struct reconcile *r = reconcile_new(1);
    (void)state;

    for (int i = 0; i < 5; i++) {
        assert_int_equal(plan(r, NULL, c, 2, 1000, false, true).count, 0);
        assert_int_equal(plan(r, &d, c, 2, 1000, true, true).count, 0);
    }
    struct reconcile_plan p = plan(r, &d, c, 2, 1000, false, true);
    assert_int_equal(p.count, 1); /* the ended one; the orphan needs a second full resync */
    assert_true(p.actions[0].release_ports);
    assert_int_equal(plan(r, &d, c, 2, 2000, false, false).count, 1);
    assert_int_equal(plan(r, &d, c, 2, 3000, false, true).count, 2);
}

static void a_crashing_work_waits_longer_each_time(void **state)
{
    struct chain_work w = app_of(1, CONTRACT_RUNNING);
    struct desired d = build(&w, 1);
    struct engine_container c = container_of(1, 7, ENGINE_EXITED);
    CLEANUP(reconcile_free) struct reconcile *r = reconcile_new(1);
    uint64_t now = 1000, last_wait = 0;
    (void)state;

    for (int i = 0; i < 12; i++) {
        struct reconcile_plan p = plan(r, &d, &c, 1, now, false, false);
        assert_int_equal(p.count, 0);
        assert_true(p.next_due_ms > now && p.next_due_ms <= now + RECONCILE_BACKOFF_MAX_MS * 6 / 5);
        uint64_t wait = p.next_due_ms - now;
        assert_true(wait * 2 > last_wait); /* doubling, within its jitter, up to the bound */
        last_wait = wait;
        now = p.next_due_ms;
        p = plan(r, &d, &c, 1, now, false, false);
        assert_int_equal(p.count, 1);
        assert_int_equal(p.actions[0].kind, RECONCILE_REMOVE);
        p = plan(r, &d, NULL, 0, now, false, false);
        assert_int_equal(p.count, 1);
        assert_int_equal(p.actions[0].kind, RECONCILE_ENSURE);
    }
    assert_true(last_wait >= RECONCILE_BACKOFF_MAX_MS * 4 / 5);
}

static void mass_removal_waits_for_the_operator(void **state)
{
    struct chain_work w[10];
    struct engine_container c[10];
    CLEANUP(reconcile_free) struct reconcile *r = reconcile_new(1);
    (void)state;

    for (uint64_t i = 0; i < 10; i++) {
        w[i] = (struct chain_work){.key = {0, i}}; /* no record at all */
        c[i] = container_of(i, 7, ENGINE_RUNNING);
    }
    struct desired d = build(w, 10);
    struct reconcile_plan p = plan(r, &d, c, 10, 1000, false, true);
    assert_int_equal(p.count, 0);
    assert_int_equal(p.guarded, 10);
    for (uint64_t i = 0; i < 10; i++)
        w[i] = app_of(i, CONTRACT_ENDED);
    d = build(w, 10);
    p = plan(r, &d, c, 10, 1000, false, true);
    assert_int_equal(p.count, 10); /* the chain's own record is enough */
}

static void a_refused_work_is_never_made(void **state)
{
    struct chain_work w = app_of(1, CONTRACT_RUNNING);
    CLEANUP(reconcile_free) struct reconcile *r = reconcile_new(1);
    (void)state;

    w.app.image = BYTES_LIT("../../etc");
    struct desired d = build(&w, 1);
    assert_int_equal(plan(r, &d, NULL, 0, 1000, false, true).count, 0);
}

static int fresh(void **state)
{
    (void)state;
    arena_reset(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(image_references_follow_the_grammar, fresh),
        cmocka_unit_test_setup(hostile_settings_are_refused_before_they_become_anything, fresh),
        cmocka_unit_test_setup(a_command_becomes_three_arguments_and_nothing_else, fresh),
        cmocka_unit_test_setup(the_same_state_gives_the_same_hash_and_any_change_another, fresh),
        cmocka_unit_test_setup(periods_are_counted_as_the_chain_does, fresh),
        cmocka_unit_test_setup(what_is_ordered_is_made_and_what_runs_is_left_alone, fresh),
        cmocka_unit_test_setup(another_version_replaces_and_a_closing_work_is_not_touched, fresh),
        cmocka_unit_test_setup(nothing_is_removed_without_a_snapshot_or_on_a_stale_chain, fresh),
        cmocka_unit_test_setup(a_crashing_work_waits_longer_each_time, fresh),
        cmocka_unit_test_setup(mass_removal_waits_for_the_operator, fresh),
        cmocka_unit_test_setup(a_refused_work_is_never_made, fresh),
    };
    arena_init(&arena, &arena_heap, 256 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_fini(&arena);
    return failed;
}
