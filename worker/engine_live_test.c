/* worker/engine_live_test.c — the driver against a real engine: run by engine_test.sh, which builds the
 * image. */
#include "base/clock.h"
#include "base/fmt.h"
#include "base/log.h"
#include "worker/docker.h"
#include "worker/engine_podman.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define OWNER ((struct engine_owner){.genesis = "00000000feedbeef", .cluster = 987654})

struct live {
    struct engine_host *host;
    struct engine *engine;
    struct arena arena;
    const char *state, *image;
};

static struct live live;

static void must(enum err_code code, const struct err *e)
{
    if (code != ERR_OK)
        fail_msg("%s: %s", err_code_text(code), e->msg);
}

static void nap_ms(long ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&t, NULL);
}

static struct engine_spec spec_of(uint64_t id, const struct engine_port *ports, uint32_t port_count)
{
    struct podman_facts facts = podman_facts_here();
    static const struct engine_env env[] = {{"WETEE_TEST", "a \"quoted\" value, with = and \n"}};
    struct engine_spec s = {.work = {0, id},
                            .version = 3,
                            .image = live.image,
                            .memory_bytes = 64 << 20,
                            .nano_cpus = 500000000,
                            .pids = 64,
                            .nofile = podman_nofile(&facts),
                            .nproc = 4096,
                            .publish_address = "127.0.0.1",
                            .ports = ports,
                            .port_count = port_count,
                            .env = env,
                            .env_count = 1};
    s.spec_hash.b[0] = (uint8_t)id;
    return s;
}

static struct engine_list list_now(void)
{
    struct engine_list list;
    struct err e;

    must(live.engine->ops->list(live.engine, &live.arena, &list, &e), &e);
    return list;
}

static void remove_all(void)
{
    struct engine_list list = list_now();
    struct err e;

    for (uint32_t i = 0; i < list.count; i++)
        must(live.engine->ops->remove(live.engine, &list.v[i], 1, &e), &e);
}

static void a_container_is_made_once_and_removed(void **state)
{
    struct engine_port port = {.inside = 8080, .host = 32691};
    struct engine_spec spec = spec_of(1, &port, 1);
    struct engine_status status;
    struct err e;
    (void)state;

    must(live.engine->ops->ensure(live.engine, &spec, &e), &e);
    must(live.engine->ops->ensure(live.engine, &spec, &e), &e);
    struct engine_list list = list_now();
    assert_int_equal(list.count, 1);
    assert_true(list.v[0].labels_valid);
    assert_int_equal(list.v[0].state, ENGINE_RUNNING);
    assert_int_equal(list.v[0].version, 3);
    assert_int_equal(list.v[0].spec_hash.b[0], 1);
    must(live.engine->ops->observe(live.engine, spec.work, &status, &e), &e);
    assert_int_equal(status.port_count, 1);
    assert_int_equal(status.ports[0].host, 32691);
    remove_all();
    assert_int_equal(list_now().count, 0);
}

static void another_specification_under_the_name_is_refused(void **state)
{
    struct engine_spec spec = spec_of(2, NULL, 0);
    struct err e;
    (void)state;

    must(live.engine->ops->ensure(live.engine, &spec, &e), &e);
    spec.spec_hash.b[5] = 77;
    assert_int_equal(live.engine->ops->ensure(live.engine, &spec, &e), ERR_EXISTS);
    remove_all();
}

static void an_image_that_is_nowhere_is_not_found(void **state)
{
    struct engine_spec spec = spec_of(3, NULL, 0);
    struct err e;
    (void)state;

    spec.image = "localhost/wetee-no-such-image:1";
    assert_int_equal(live.engine->ops->ensure(live.engine, &spec, &e), ERR_NOT_FOUND);
    assert_int_equal(list_now().count, 0);
}

static void a_taken_host_port_is_busy(void **state)
{
    struct engine_port port = {.inside = 8080, .host = 32692};
    struct engine_spec first = spec_of(4, &port, 1), second = spec_of(5, &port, 1);
    struct err e;
    (void)state;

    must(live.engine->ops->ensure(live.engine, &first, &e), &e);
    assert_int_equal(live.engine->ops->ensure(live.engine, &second, &e), ERR_BUSY);
    remove_all();
}

struct seen {
    char text[4096];
    size_t len;
};

static bool keep(void *ctx, uint8_t stream, struct bytes piece)
{
    struct seen *s = ctx;
    (void)stream;

    for (size_t i = 0; i < piece.len && s->len + 1 < sizeof s->text; i++)
        s->text[s->len++] = (char)piece.p[i];
    return true;
}

/* The image's program prints what it finds: user, limits, environment, whether / can be written. */
static void the_container_is_locked_down(void **state)
{
    struct engine_spec spec = spec_of(6, NULL, 0);
    struct seen s = {0};
    struct err e;
    (void)state;

    must(live.engine->ops->ensure(live.engine, &spec, &e), &e);
    for (int i = 0; i < 100 && strstr(s.text, "end of report") == NULL; i++) {
        s = (struct seen){0};
        nap_ms(100);
        must(live.engine->ops->logs(live.engine, spec.work, 1000, keep, &s, &e), &e);
    }
    assert_non_null(strstr(s.text, "root: read-only"));
    assert_non_null(strstr(s.text, "tmp: writable"));
    assert_non_null(strstr(s.text, "CapEff:\t0000000000000000"));
    assert_non_null(strstr(s.text, "NoNewPrivs:\t1"));
    assert_non_null(strstr(s.text, "nproc: 4096"));
    assert_non_null(strstr(s.text, "WETEE_TEST=a \"quoted\" value, with = and"));
    struct engine_stats stats;
    must(live.engine->ops->stats(live.engine, spec.work, &stats, &e), &e);
    assert_true(stats.memory_bytes > 0 && stats.memory_bytes < 64 << 20);
    remove_all();
}

/* Its worker is killed; the next one starts at once, while it is still about to end. */
static void a_service_that_outlived_its_worker_does_not_disturb_the_next(void **state)
{
    const char *dir = arena_fmt(&live.arena, "%s/orphan", live.state);
    struct engine_host *host = NULL;
    struct err e;
    int status;
    (void)state;

    if (!engine_host_started(live.host))
        skip(); /* an engine is found here, none would be started */
    assert_int_equal(mkdir(dir, 0700), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        enum err_code code = engine_host_find(&host, NULL, dir, &e);
        (void)kill(getpid(), code == ERR_OK ? SIGKILL : SIGABRT);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    must(engine_host_find(&host, NULL, dir, &e), &e);
    for (int i = 0; i < 30; i++, nap_ms(100))
        assert_true(docker_engine_answers(engine_host_socket(host)));
    assert_true(engine_host_alive(host));
    engine_host_free(host);
}

static int open_engine(void **state)
{
    struct err e;
    (void)state;

    live.state = getenv("WETEE_TEST_STATE");
    live.image = getenv("WETEE_TEST_IMAGE");
    if (live.state == NULL || live.image == NULL)
        return -1;
    arena_init(&live.arena, &arena_heap, 64 << 20);
    must(engine_host_find(&live.host, getenv("WETEE_TEST_ENGINE"), live.state, &e), &e);
    struct engine_owner owner = OWNER;
    must(docker_engine_open(&live.engine, engine_host_socket(live.host), &owner, &e), &e);
    remove_all();
    return 0;
}

static int close_engine(void **state)
{
    (void)state;
    remove_all();
    engine_free(live.engine);
    engine_host_free(live.host);
    arena_fini(&live.arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_container_is_made_once_and_removed),
        cmocka_unit_test(another_specification_under_the_name_is_refused),
        cmocka_unit_test(an_image_that_is_nowhere_is_not_found),
        cmocka_unit_test(a_taken_host_port_is_busy),
        cmocka_unit_test(the_container_is_locked_down),
        cmocka_unit_test(a_service_that_outlived_its_worker_does_not_disturb_the_next),
    };
    return cmocka_run_group_tests(tests, open_engine, close_engine);
}
