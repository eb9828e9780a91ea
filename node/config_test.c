/* node/config_test.c — the command line. */
#include "node/config.h"
#include "node/node_test.h"

static enum err_code parse(struct config *c, struct err *e, size_t n, const char **args)
{
    static struct arena a; /* its texts are looked at by the caller */
    char *argv[16] = {NULL};
    enum config_end end;

    arena_fini(&a);
    arena_init(&a, &arena_heap, 1 << 20);
    assert_true(n + 1 < ARRAY_LEN(argv));
    for (size_t i = 0; i < n; i++)
        argv[i + 1] = arena_str(&a, bytes_of_str(args[i]));
    return config_parse(&a, c, &end, (int)n + 1, argv, e);
}
#define PARSE(c, e, ...) \
    parse((c), (e), sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *), (const char *[]){__VA_ARGS__})

static void options_may_be_written_with_a_blank_or_an_equals_sign(void **state)
{
    (void)state;
    struct config c;
    struct err e;
    assert_int_equal(PARSE(&c, &e, "--tmp", "--rpc-port", "1234", "--seal=250", "--pruning=archive"), ERR_OK);
    assert_null(c.base_path);
    assert_int_equal(c.rpc_port, 1234);
    assert_int_equal(c.seal_ms, 250);
    assert_int_equal(c.pruning, 0);
    assert_true(c.rpc_unsafe);
}

static void defaults_are_those_of_the_help(void **state)
{
    (void)state;
    struct config c;
    struct err e;
    assert_int_equal(PARSE(&c, &e, "--base-path", "/x", "--rpc-external"), ERR_OK);
    assert_string_equal(c.base_path, "/x");
    assert_int_equal(c.rpc_port, 9944);
    assert_int_equal(c.seal_ms, 0);
    assert_int_equal(c.pruning, 4096);
    assert_int_equal(c.rpc_max_connections, 100);
    assert_int_equal(c.log_level, LOG_LEVEL_INFO);
    assert_false(c.rpc_unsafe);
}

static void wrong_options_are_refused_with_a_hint(void **state)
{
    (void)state;
    struct config c;
    struct err e;
    assert_int_equal(PARSE(&c, &e, "--rpcport", "1"), ERR_USAGE);
    assert_non_null(strstr(e.msg, "--rpc-port"));
    assert_int_equal(PARSE(&c, &e, "--nothing-like-it"), ERR_USAGE);
    assert_non_null(strstr(e.msg, "--help"));
    assert_int_equal(PARSE(&c, &e, "stray"), ERR_USAGE);
    assert_int_equal(PARSE(&c, &e, "--rpc-port", "70000"), ERR_USAGE);
    assert_int_equal(PARSE(&c, &e, "--rpc-port", "12x"), ERR_USAGE);
    assert_int_equal(PARSE(&c, &e, "--rpc-port"), ERR_USAGE);
    assert_int_equal(PARSE(&c, &e, "--seal", "0"), ERR_USAGE);
    assert_int_equal(PARSE(&c, &e, "--seal", "archive"), ERR_USAGE);
    assert_int_equal(PARSE(&c, &e, "--pruning", "3"), ERR_USAGE);
    assert_int_equal(PARSE(&c, &e, "--log-level", "loud"), ERR_USAGE);
    assert_int_equal(PARSE(&c, &e, "--tmp=yes"), ERR_USAGE);
    assert_int_equal(PARSE(&c, &e, "--tmp", "--sim-root", "x"), ERR_USAGE);
    assert_int_equal(PARSE(&c, &e, "--tmp", "--tmp"), ERR_USAGE);
    assert_int_equal(PARSE(&c, &e, "--tmp", "--base-path", "/x"), ERR_USAGE);
}

int config_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_may_be_written_with_a_blank_or_an_equals_sign),
        cmocka_unit_test(defaults_are_those_of_the_help),
        cmocka_unit_test(wrong_options_are_refused_with_a_hint),
    };
    return cmocka_run_group_tests_name("node/config", tests, NULL, NULL);
}
