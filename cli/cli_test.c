/* cli/cli_test.c — the table of verbs, the reader of command lines and of orders. */
#include "cli/attestation.h"
#include "cli/order.h"
#include "cli/verbs.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static FALLIBLE parse(struct cli *cli, const struct verb *verb, int argc, char *const *argv, struct err *e)
{
    *cli = (struct cli){.verb = verb};
    arena_init(&cli->arena, &arena_heap, 16 * 1024 * 1024);
    return cli_parse(cli, argc, argv, e);
}

#define WORDS(...)                                        \
    (int)ARRAY_LEN(((char *[]){__VA_ARGS__})), (char *[]) \
    {                                                     \
        __VA_ARGS__                                       \
    }

static char w_name[] = "--name", w_x[] = "x", w_name_y[] = "--name=y", w_port[] = "--port", w_8080[] = "8080",
            w_udp[] = "udp:53", w_seven[] = "7", w_half[] = "0.5", w_dashes[] = "--",
            w_restart[] = "--restart", w_restart_1[] = "--restart=1", w_nothing[] = "--nothing",
            w_cpu[] = "--cpu", w_json[] = "--output=json", w_yaml[] = "--output=yaml", w_help[] = "--help",
            w_file[] = "--file";

static void options_are_read_by_their_table(void **state)
{
    struct cli cli;
    struct err e;
    const char *const *list;

    (void)state;
    assert_int_equal(parse(&cli, &verb_app_update,
                           WORDS(w_seven, w_name, w_x, w_port, w_8080, w_port, w_udp, w_restart, w_json), &e),
                     ERR_OK);
    assert_int_equal(cli_number(&cli, "id"), 7);
    assert_string_equal(cli_text(&cli, "name"), "x");
    assert_int_equal(cli_list(&cli, &list, "port"), 2);
    assert_string_equal(list[1], "udp:53");
    assert_true(cli_given(&cli, "restart"));
    assert_false(cli_given(&cli, "image"));
    assert_null(cli_text(&cli, "image"));
    assert_true(cli.json);
    arena_fini(&cli.arena);
    assert_int_equal(parse(&cli, &verb_app_recharge, WORDS(w_seven, w_dashes, w_half), &e), ERR_OK);
    assert_true(balance_cmp(cli_amount(&cli, "amount"), balance_of(500000000000)) == 0);
    arena_fini(&cli.arena);
    assert_int_equal(parse(&cli, &verb_app_recharge, WORDS(w_help), &e),
                     ERR_OK); /* nothing is missing then */
    arena_fini(&cli.arena);
}

static void wrong_words_are_refused(void **state)
{
    static const struct {
        const struct verb *verb;
        char *words[4];
        int count;
    } bad[] = {
        {&verb_app_create, {w_nothing}, 1},
        {&verb_app_create, {w_name}, 1},
        {&verb_app_create, {w_name, w_x, w_name_y}, 3},
        {&verb_app_create, {w_x}, 1},
        {&verb_app_create, {w_cpu, w_x}, 2},
        {&verb_app_create, {w_yaml}, 1},
        {&verb_app_recharge, {w_seven}, 1},
        {&verb_app_recharge, {w_seven, w_x}, 2},
        {&verb_app_recharge, {w_seven, w_half, w_seven}, 3},
        {&verb_app_update, {w_seven, w_restart_1}, 2},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct cli cli;
        struct err e;
        if (parse(&cli, bad[i].verb, bad[i].count, bad[i].words, &e) != ERR_USAGE)
            fail_msg("case %zu was accepted", i);
        arena_fini(&cli.arena);
    }
}

static void every_verb_can_be_found_and_explained(void **state)
{
    (void)state;
    for (size_t i = 0; cli_verbs[i] != NULL; i++) {
        const struct verb *v = cli_verbs[i];
        const struct param *params[CLI_PARAMS_MAX];
        size_t n = cli_params(v, params);
        assert_ptr_equal(cli_find_verb(v->noun, v->name), v);
        assert_non_null(v->run);
        assert_true(v->doc[strlen(v->doc) - 1] == '.');
        for (size_t k = 0; k < n; k++) {
            assert_true(strlen(params[k]->doc) > 3);
            assert_true((params[k]->value == NULL) == (params[k]->kind == PARAM_SWITCH));
            for (size_t m = 0; m < k; m++) /* a name twice would hide one */
                assert_string_not_equal(params[k]->name, params[m]->name);
        }
    }
    assert_null(cli_find_verb("app", "nothing"));
    assert_null(cli_find_verb("nothing", NULL));
}

static void ports_are_numbers_with_a_protocol(void **state)
{
    static const struct {
        const char *text;
        enum app_service_tag tag;
        uint16_t port;
    } good[] = {
        {"8080", APP_SERVICE_TCP, 8080},
        {"tcp:1", APP_SERVICE_TCP, 1},
        {"udp:53", APP_SERVICE_UDP, 53},
        {"https:443", APP_SERVICE_HTTPS, 443},
        {"project-tcp:65535", APP_SERVICE_PROJECT_TCP, 65535},
    };
    static const char *const bad[] = {"", "0", "65536", "tcp:", "tcp:x", "sctp:1", "-1", "80 ", "tcp:tcp:1"};
    struct app_service s;
    struct err e;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_int_equal(order_port(&s, good[i].text, &e), ERR_OK);
        assert_int_equal(s.tag, good[i].tag);
        assert_int_equal(s.u.tcp, good[i].port);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(order_port(&s, bad[i], &e), ERR_USAGE);
}

static void an_order_comes_from_a_file_and_options_win(void **state)
{
    static const char text[] =
        "{\"name\": \"a\", \"image\": \"i\", \"ports\": [80, \"udp:53\"], \"env\": {\"K\": \"V\"},"
        "\"files\": {\"/f\": \"t\"}, \"cpu\": 5, \"disk\": {\"/d\": 3}, \"deposit\": \"1.5 UNIT\"}";
    char path[] = "/tmp/wetee-order-XXXXXX";
    struct cli cli;
    struct order o;
    struct err e;

    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(keyring_store_file(path, BYTES_LIT("{\"image\": 1}"), &e), ERR_OK);
    assert_int_equal(parse(&cli, &verb_app_create, WORDS(w_file, path), &e), ERR_OK);
    assert_int_equal(order_read(&cli, &o, &e), ERR_USAGE);
    arena_fini(&cli.arena);
    assert_int_equal(keyring_store_file(path, bytes_of(text, sizeof text - 1), &e), ERR_OK);
    assert_int_equal(parse(&cli, &verb_app_create, WORDS(w_file, path, w_name, w_x, w_port, w_8080), &e),
                     ERR_OK);
    assert_int_equal(order_read(&cli, &o, &e), ERR_OK);
    assert_string_equal(o.name, "x");
    assert_string_equal(o.image, "i");
    assert_int_equal(o.ports.n, 1);
    assert_int_equal(o.ports.v[0].u.tcp, 8080);
    assert_int_equal(o.env.n, 2);
    assert_int_equal(o.env.v[1].k.tag, APP_ENV_KEY_FILE);
    assert_true(bytes_eq(o.env.v[0].v, BYTES_LIT("V")));
    assert_int_equal(o.cpu, 5);
    assert_int_equal(o.disks.n, 1);
    assert_int_equal(o.disks.v[0].size, 3);
    assert_true(o.has_deposit && balance_cmp(o.deposit, balance_of(1500000000000)) == 0);
    arena_fini(&cli.arena);
    assert_int_equal(remove(path), 0);
}

static void errors_end_the_program_as_documented(void **state)
{
    (void)state;
    assert_int_equal(cli_exit_code(ERR_OK), 0);
    assert_int_equal(cli_exit_code(ERR_INTERNAL), 1);
    assert_int_equal(cli_exit_code(ERR_USAGE), 2);
    assert_int_equal(cli_exit_code(ERR_REJECTED), 3);
    assert_int_equal(cli_exit_code(ERR_UNAVAILABLE), 4);
    assert_int_equal(cli_exit_code(ERR_CLOSED), 4);
    assert_int_equal(cli_exit_code(ERR_NOT_FOUND), 5);
    assert_int_equal(cli_exit_code(ERR_TIMEOUT), 6);
    assert_int_equal(cli_exit_code(ERR_DENIED), 7);
}

static void attestations_are_told_in_words(void **state)
{
    (void)state;
    assert_string_equal(attestation_kind(WORKER_EVIDENCE_NONE), "none");
    assert_string_equal(attestation_kind(WORKER_EVIDENCE_TDX), "TDX");
    assert_string_equal(attestation_kind(200), "unknown");
    assert_string_equal(attestation_tcb(WORKER_EVIDENCE_SGX_DCAP, 0), "UpToDate");
    assert_string_equal(attestation_tcb(WORKER_EVIDENCE_SGX_DCAP, 1), "SWHardeningNeeded");
    assert_string_equal(attestation_tcb(WORKER_EVIDENCE_TDX, 3), "OutOfDate");
    assert_string_equal(attestation_tcb(WORKER_EVIDENCE_TDX, 255), "Revoked");
    assert_string_equal(attestation_tcb(WORKER_EVIDENCE_TDX, 77), "unknown");
    assert_string_equal(attestation_tcb(WORKER_EVIDENCE_SEV_SNP, 0), "no levels");
}

static void an_attestation_is_a_line_or_an_object(void **state)
{
    static const uint8_t code[2] = {0xab, 0xcd};
    const struct worker_challenge open = {.issued = 8, .deadline = 58, .open = true};
    const struct worker_attestation a = {.kind = WORKER_EVIDENCE_SGX_DCAP,
                                         .measurement = {true, BYTES_OF(code)},
                                         .at = 5,
                                         .until = UINT64_MAX};
    const uint64_t cluster = 1;
    struct cli cli = {.json = false};

    (void)state;
    arena_init(&cli.arena, &arena_heap, 1 << 20);
    json_t *j = attestation_json(&cli, &a, &open, &cluster);
    assert_string_equal(json_string_value(j),
                        "cluster 1: SGX abcd, TCB UpToDate, since block 5, does not run out; "
                        "CHALLENGED, answer due by block 58");
    json_decref(j);
    cli.json = true;
    j = attestation_json(&cli, &a, NULL, NULL);
    assert_true(json_is_null(json_object_get(j, "until")) && json_is_null(json_object_get(j, "challenge")));
    assert_int_equal(json_integer_value(json_object_get(j, "since")), 5);
    assert_null(json_object_get(j, "cluster"));
    json_decref(j);
    arena_fini(&cli.arena);
}

static void a_challenge_ends_by_the_event_of_its_own_replica(void **state)
{
    const struct worker_work_id work = {.wtype = WORKER_WORK_TYPE_APP, .id = 4};
    const struct worker_attestation_challenge_args args = {.work_id = work, .cluster_id = 2};
    struct worker_challenge_answered_event other = {.work_id = work, .cluster_id = 3};
    struct worker_challenge_failed_event failed = {
        .work_id = work, .cluster_id = 2, .slashed = balance_of(70), .returned = balance_of(5)};
    struct worker_challenge_closed_event closed = {.work_id = work, .cluster_id = 2};
    struct worker_challenge_answered_event answered = {
        .work_id = work, .cluster_id = 2, .paid = balance_of(9)};
    struct event_record v[] = {{.type = &worker_event_challenge_answered, .fields = &other},
                               {.type = &worker_event_challenge_failed, .fields = &failed}};
    struct sdk_events events = {v, 1};
    json_t *j = json_object();

    (void)state;
    assert_null(challenge_outcome(&events, &args, j));
    assert_int_equal(json_object_size(j), 0);
    events.count = 2;
    assert_string_equal(challenge_outcome(&events, &args, j), "failed");
    assert_string_equal(json_string_value(json_object_get(j, "slashed")), "70");
    assert_string_equal(json_string_value(json_object_get(j, "returned")), "5");
    v[1] = (struct event_record){.type = &worker_event_challenge_closed, .fields = &closed};
    assert_string_equal(challenge_outcome(&events, &args, j), "closed");
    v[1] = (struct event_record){.type = &worker_event_challenge_answered, .fields = &answered};
    assert_string_equal(challenge_outcome(&events, &args, j), "answered");
    assert_string_equal(json_string_value(json_object_get(j, "paid")), "9");
    answered.work_id.id = 5;
    assert_null(challenge_outcome(&events, &args, j));
    json_decref(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_read_by_their_table),
        cmocka_unit_test(wrong_words_are_refused),
        cmocka_unit_test(every_verb_can_be_found_and_explained),
        cmocka_unit_test(ports_are_numbers_with_a_protocol),
        cmocka_unit_test(an_order_comes_from_a_file_and_options_win),
        cmocka_unit_test(attestations_are_told_in_words),
        cmocka_unit_test(an_attestation_is_a_line_or_an_object),
        cmocka_unit_test(a_challenge_ends_by_the_event_of_its_own_replica),
        cmocka_unit_test(errors_end_the_program_as_documented),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
