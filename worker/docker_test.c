#include "worker/docker.h"
#include "worker/engine_podman.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct arena arena;
static const struct engine_owner owner = {.genesis = "0011223344556677", .cluster = 4};

static void error_answers_of_both_engines_mean_the_same(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum docker_error want;
    } rows[] = {
        {409,
         "{\"message\":\"Conflict. The container name \\\"/x\\\" is already in use by container "
         "\\\"ab\\\".\"}",
         DOCKER_ERROR_NAME_IN_USE},
        {500,
         "{\"cause\":\"that name is already in use\",\"message\":\"creating container "
         "storage\",\"response\":500}",
         DOCKER_ERROR_NAME_IN_USE},
        {404, "{\"message\":\"No such image: nope:latest\"}", DOCKER_ERROR_NO_IMAGE},
        {404, "{\"cause\":\"image not known\",\"message\":\"nope: image not known\",\"response\":404}",
         DOCKER_ERROR_NO_IMAGE},
        {404, "{\"message\":\"No such container: x\"}", DOCKER_ERROR_NO_CONTAINER},
        {404, "{\"cause\":\"no such container\",\"message\":\"...\",\"response\":404}",
         DOCKER_ERROR_NO_CONTAINER},
        {500, "{\"cause\":\"container state improper\",\"message\":\"...\",\"response\":500}",
         DOCKER_ERROR_STATE},
        {409, "{\"message\":\"Container ab is not running\"}", DOCKER_ERROR_STATE},
        {500,
         "{\"message\":\"driver failed programming external connectivity: Bind for 127.0.0.1:80 failed: port "
         "is "
         "already allocated\"}",
         DOCKER_ERROR_PORT_IN_USE},
        {500,
         "{\"cause\":\"address already in use\",\"message\":\"cannot listen on the TCP "
         "port\",\"response\":500}",
         DOCKER_ERROR_PORT_IN_USE},
        {500, "{\"message\":\"disk is full\"}", DOCKER_ERROR_OTHER},
        {500, "", DOCKER_ERROR_OTHER},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (docker_classify(rows[i].status, bytes_of_str(rows[i].body)) != rows[i].want)
            fail_msg("row %zu", i);
}

static void a_list_holds_ours_alone_whatever_the_engine_sends(void **state)
{
    const char *text =
        "[{\"Id\":\"aa\",\"Names\":[\"/wetee-x\"],\"State\":\"running\",\"Labels\":{\"wetee.io/"
        "genesis\":\"0011223344556677\","
        "\"wetee.io/cluster\":\"4\",\"wetee.io/work\":\"app-12\",\"wetee.io/version\":\"9\",\"wetee.io/"
        "spec-hash\":"
        "\"0101010101010101010101010101010101010101010101010101010101010101\"}},"
        "{\"Id\":\"bb\",\"Names\":[\"/foreign\"],\"State\":\"running\",\"Labels\":{}},"
        "{\"Id\":\"cc\",\"Names\":null,\"State\":\"exited\",\"Labels\":null},"
        "{\"Id\":\"dd\",\"State\":\"exited\",\"Labels\":{\"wetee.io/"
        "genesis\":\"0011223344556677\",\"wetee.io/cluster\":\"5\"}},"
        "{\"Id\":\"ee\",\"State\":\"weird\",\"Labels\":{\"wetee.io/genesis\":\"0011223344556677\",\"wetee.io/"
        "cluster\":\"4\","
        "\"wetee.io/work\":\"app-1;rm\"}}]";
    struct engine_list list;
    struct err e;
    (void)state;

    assert_int_equal(docker_read_list(&arena, &list, &owner, bytes_of_str(text), &e), ERR_OK);
    assert_int_equal(list.count, 2);
    assert_true(list.v[0].labels_valid);
    assert_int_equal(list.v[0].work.id, 12);
    assert_int_equal(list.v[0].version, 9);
    assert_int_equal(list.v[0].state, ENGINE_RUNNING);
    assert_false(list.v[1].labels_valid);
    assert_int_equal(list.v[1].state, ENGINE_OTHER);
    static const char no_id[] = "[{\"Labels\":{\"wetee.io/genesis\":\"0011223344556677\","
                                "\"wetee.io/cluster\":\"4\"}}]";
    const char *const bad[] = {"", "{}", "[", "null", no_id};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(docker_read_list(&arena, &list, &owner, bytes_of_str(bad[i]), &e), ERR_MALFORMED);
}

static void inspect_and_stats_are_read_from_both_engines(void **state)
{
    struct engine_status s;
    struct engine_stats t;
    struct err e;
    (void)state;

    assert_int_equal(
        docker_read_status(
            &s,
            BYTES_LIT(
                "{\"State\":{\"Status\":\"exited\",\"ExitCode\":137,\"OOMKilled\":true},\"RestartCount\":2,"
                "\"NetworkSettings\":{\"Ports\":{\"8080/"
                "tcp\":[{\"HostIp\":\"127.0.0.1\",\"HostPort\":\"31000\"}],"
                "\"53/udp\":null,\"x\":[{}],\"99999/tcp\":[{\"HostPort\":\"1\"}]}}}"),
            &e),
        ERR_OK);
    assert_int_equal(s.exit_code, 137);
    assert_true(s.oom_killed);
    assert_int_equal(s.port_count, 1);
    assert_int_equal(s.ports[0].host, 31000);
    assert_int_equal(docker_read_status(&s, BYTES_LIT("{}"), &e), ERR_MALFORMED);
    assert_int_equal(
        docker_read_stats(
            &t,
            BYTES_LIT("{\"cpu_stats\":{\"cpu_usage\":{\"total_usage\":7}},\"memory_stats\":{"
                      "\"usage\":100,\"stats\":{\"inactive_file\":30}},\"pids_stats\":{\"current\":3}}"),
            &e),
        ERR_OK);
    assert_int_equal(t.memory_bytes, 70);
    assert_int_equal(docker_read_stats(&t, BYTES_LIT("{\"memory_stats\":{\"usage\":100}}"), &e), ERR_OK);
    assert_int_equal(t.memory_bytes, 100);
}

static void the_create_body_says_what_it_must_and_carries_text_as_text(void **state)
{
    static const struct engine_port port = {.inside = 80, .host = 30100};
    static const struct engine_env env = {"A", "\"},\"Privileged\":true,{\""};
    struct engine_spec spec = {.work = {0, 1},
                               .image = "x",
                               .publish_address = "127.0.0.1",
                               .memory_bytes = 1,
                               .ports = &port,
                               .port_count = 1,
                               .env = &env,
                               .env_count = 1};
    struct bytes body;
    struct err e;
    (void)state;

    assert_int_equal(docker_create_body(&arena, &body, &owner, &spec, &e), ERR_OK);
    json_t *j = json_loadb((const char *)body.p, body.len, 0, NULL);
    const json_t *host = json_object_get(j, "HostConfig");
    assert_null(json_object_get(j, "Privileged"));
    assert_null(json_object_get(host, "Privileged"));
    assert_string_equal(json_string_value(json_array_get(json_object_get(j, "Env"), 0)),
                        "A=\"},\"Privileged\":true,{\"");
    assert_true(json_is_true(json_object_get(host, "ReadonlyRootfs")));
    assert_string_equal(json_string_value(json_array_get(json_object_get(host, "CapDrop"), 0)), "ALL");
    assert_string_equal(json_string_value(json_array_get(json_object_get(host, "SecurityOpt"), 0)),
                        "no-new-privileges");
    assert_int_equal(json_integer_value(json_object_get(host, "Memory")), 6 << 20);
    assert_int_equal(json_array_size(json_object_get(host, "Ulimits")), 2);
    json_decref(j);
    spec.image = "\xff\xfe";
    assert_int_equal(docker_create_body(&arena, &body, &owner, &spec, &e), ERR_REJECTED);
}

struct text {
    char v[64];
    size_t len;
};

static bool keep(void *ctx, uint8_t stream, struct bytes piece)
{
    struct text *t = ctx;

    for (size_t i = 0; i < piece.len; i++)
        t->v[t->len++] = (char)(piece.p[i] + (stream == 2 ? 32 : 0));
    return true;
}

static void log_frames_may_be_split_anywhere(void **state)
{
    static const uint8_t frames[] = "\1\0\0\0\0\0\0\3ABC\2\0\0\0\0\0\0\2DE\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\1F";
    struct bytes all = bytes_of(frames, sizeof frames - 1);
    (void)state;

    for (size_t cut = 0; cut <= all.len; cut++) {
        struct text t = {0};
        struct docker_log_reader r = {.sink = keep, .ctx = &t};
        assert_true(docker_log_take(&r, bytes_of(all.p, cut)));
        assert_true(docker_log_take(&r, bytes_from(all, cut)));
        assert_int_equal(t.len, 6);
        assert_memory_equal(t.v, "ABCdeF", 6);
    }
    struct docker_log_reader r = {.sink = keep};
    assert_false(docker_log_take(&r, BYTES_LIT("plain text")));
}

static void a_failed_pull_is_seen_in_its_stream(void **state)
{
    (void)state;
    assert_null(docker_stream_error(&arena, BYTES_LIT("{\"status\":\"a\"}\r\n{\"status\":\"b\"}\n")));
    assert_string_equal(
        docker_stream_error(&arena,
                            BYTES_LIT("{\"status\":\"a\"}\n{\"error\":\"denied\",\"errorDetail\":{}}")),
        "denied");
    assert_null(docker_stream_error(&arena, BYTES_LIT("no json")));
}

static void podman_is_configured_only_where_defaults_fail(void **state)
{
    char text[512];
    struct writer w = writer_fixed(text, sizeof text);
    struct podman_facts good = {
        .cgroup2_only = true, .systemd = true, .journald = true, .nofile_hard = 1048576};
    struct podman_facts bad = {.nofile_hard = 20000};
    (void)state;

    podman_conf(&w, &good);
    assert_int_equal(w.len, 0);
    podman_conf(&w, &bad);
    put_u8(&w, 0);
    assert_non_null(strstr(text, "runtime = \"runc\""));
    assert_non_null(strstr(text, "cgroup_manager = \"cgroupfs\""));
    assert_non_null(strstr(text, "nofile=20000:20000"));
    assert_non_null(strstr(text, "events_logger = \"file\""));
    assert_int_equal(podman_nofile(&bad), 16384);
}

static void work_names_are_read_strictly(void **state)
{
    static const char *const bad[] = {
        "", "app", "app-", "app-01", "app-1x", "app--1", "App-1", "app-99999999999999999999", "job-1"};
    struct work_key k;
    char text[WORK_NAME_MAX];
    (void)state;

    assert_true(work_parse(&k, BYTES_LIT("task-18446744073709551615")));
    assert_int_equal(k.type, 1);
    assert_true(k.id == UINT64_MAX);
    assert_int_equal(work_name(text, k), 25);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(work_parse(&k, bytes_of_str(bad[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_answers_of_both_engines_mean_the_same),
        cmocka_unit_test(a_list_holds_ours_alone_whatever_the_engine_sends),
        cmocka_unit_test(inspect_and_stats_are_read_from_both_engines),
        cmocka_unit_test(the_create_body_says_what_it_must_and_carries_text_as_text),
        cmocka_unit_test(log_frames_may_be_split_anywhere),
        cmocka_unit_test(a_failed_pull_is_seen_in_its_stream),
        cmocka_unit_test(podman_is_configured_only_where_defaults_fail),
        cmocka_unit_test(work_names_are_read_strictly),
    };
    arena_init(&arena, &arena_heap, 16 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_fini(&arena);
    return failed;
}
