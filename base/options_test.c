/* base/options_test.c — a small table, given all sorts of command lines. */
#include "base/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

enum { PLACE, PORT, EVERY, QUIET, LOG, VERSION, HELP, COUNT };

static const struct option_row rows[COUNT] = {
    [PLACE] = {"place", OPTION_TEXT, 0, 0, "DIR", "/here", "where"},
    [PORT] = {"port", OPTION_NUMBER, 1, 65535, "PORT", "80", "which"},
    [EVERY] = {"every", OPTION_NUMBER, 5, 10, "never|S", "7", "how often"},
    [QUIET] = {"quiet", OPTION_FLAG, 0, 0, "", "", "say less"},
    [LOG] = OPTION_ROW_LOG_LEVEL,
    [VERSION] = OPTION_ROW_VERSION,
    [HELP] = OPTION_ROW_HELP,
};
static const struct options_program plain = {.name = "prog",
                                             .version = "1.2",
                                             .purpose = "does it.",
                                             .notes = "The end.",
                                             .rows = rows,
                                             .count = COUNT,
                                             .head_width = 20};

static enum err_code parse(const struct options_program *p, struct options *o, struct err *e, size_t n,
                           const char **args)
{
    static struct arena a; /* its texts are looked at by the caller */
    char *argv[16] = {NULL};

    arena_fini(&a);
    arena_init(&a, &arena_heap, 1 << 16);
    assert_true(n + 1 < ARRAY_LEN(argv));
    for (size_t i = 0; i < n; i++)
        argv[i + 1] = arena_str(&a, bytes_of_str(args[i]));
    return options_parse(&a, o, p, (int)n + 1, argv, e);
}
#define PARSE_WITH(p, o, e, ...)                                                       \
    parse((p), (o), (e), sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *), \
          (const char *[]){__VA_ARGS__})
#define PARSE(o, e, ...) PARSE_WITH(&plain, o, e, __VA_ARGS__)

static void options_not_given_are_what_the_help_says(void **state)
{
    (void)state;
    struct options o;
    struct err e;
    assert_int_equal(parse(&plain, &o, &e, 0, NULL), ERR_OK);
    assert_int_equal(options_number(&o, PORT), 80);
    assert_int_equal(options_number(&o, EVERY), 7);
    assert_int_equal(options_level(&o, LOG), LOG_LEVEL_INFO);
    assert_false(options_given(&o, QUIET));
    assert_null(options_text(&o, PLACE));
    assert_string_equal(options_text_or_initial(&o, PLACE), "/here");
    assert_false(options_answered(&o));
}

static void options_are_written_with_a_blank_or_an_equals_sign(void **state)
{
    (void)state;
    struct options o;
    struct err e;
    assert_int_equal(PARSE(&o, &e, "--port=65535", "--place", "--port", "--quiet", "--log-level=debug"),
                     ERR_OK);
    assert_int_equal(options_number(&o, PORT), 65535);
    assert_string_equal(options_text(&o, PLACE), "--port");
    assert_string_equal(options_text_or_initial(&o, PLACE), "--port");
    assert_true(options_given(&o, QUIET));
    assert_int_equal(options_level(&o, LOG), LOG_LEVEL_DEBUG);
    assert_int_equal(PARSE(&o, &e, "--place="), ERR_OK);
    assert_string_equal(options_text(&o, PLACE), "");
}

static void a_word_stands_for_zero_in_its_own_row_only(void **state)
{
    (void)state;
    struct options o;
    struct err e;
    assert_int_equal(PARSE(&o, &e, "--every", "never"), ERR_OK);
    assert_int_equal(options_number(&o, EVERY), 0);
    assert_int_equal(PARSE(&o, &e, "--every=0"), ERR_USAGE);
    assert_string_equal(e.msg, "--every: 0 is no number from 5 to 10");
    assert_int_equal(PARSE(&o, &e, "--every=S"), ERR_USAGE);
    assert_int_equal(PARSE(&o, &e, "--every="), ERR_USAGE);
    assert_int_equal(PARSE(&o, &e, "--port", "never"), ERR_USAGE);
    assert_int_equal(PARSE(&o, &e, "--port", "PORT"), ERR_USAGE);
}

static void values_out_of_form_are_refused_and_nothing_is_written(void **state)
{
    (void)state;
    const char *const numbers[] = {"--port=0",  "--port=65536", "--port=-1",
                                   "--port=8x", "--port=",      "--port=99999999999999999999999",
                                   "--port= 8"};
    struct options o = {.program = NULL};
    struct err e;
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        assert_int_equal(PARSE(&o, &e, numbers[i]), ERR_USAGE);
    assert_int_equal(PARSE(&o, &e, "--log-level", "loud"), ERR_USAGE);
    assert_string_equal(e.msg, "--log-level: loud is no level; error, warn, info, debug or trace");
    assert_int_equal(PARSE(&o, &e, "--quiet=yes"), ERR_USAGE);
    assert_string_equal(e.msg, "--quiet takes no value");
    assert_int_equal(PARSE(&o, &e, "--help=1"), ERR_USAGE);
    assert_int_equal(PARSE(&o, &e, "--place"), ERR_USAGE);
    assert_string_equal(e.msg, "--place needs a value: DIR");
    assert_int_equal(PARSE(&o, &e, "--port", "1", "--port=1"), ERR_USAGE);
    assert_string_equal(e.msg, "--port is given twice");
    assert_null(o.program);
}

static void what_is_unknown_is_refused_with_the_nearest_name_if_wanted(void **state)
{
    (void)state;
    struct options_program near = plain;
    struct options o;
    struct err e;
    near.names_near = true;
    assert_int_equal(PARSE(&o, &e, "--prt", "1"), ERR_USAGE);
    assert_string_equal(e.msg, "unknown option --prt; see --help");
    assert_int_equal(PARSE(&o, &e, "stray"), ERR_USAGE);
    assert_string_equal(e.msg, "unexpected stray; see --help");
    assert_int_equal(PARSE(&o, &e, ""), ERR_USAGE);
    assert_int_equal(PARSE(&o, &e, "--"), ERR_USAGE);
    assert_int_equal(PARSE_WITH(&near, &o, &e, "--prt", "1"), ERR_USAGE);
    assert_string_equal(e.msg, "unknown option --prt; did you mean --port?");
    assert_int_equal(PARSE_WITH(&near, &o, &e, "quiet"), ERR_USAGE);
    assert_string_equal(e.msg, "unknown option quiet; did you mean --quiet?");
    assert_int_equal(PARSE_WITH(&near, &o, &e, "--nothing-like-it"), ERR_USAGE);
    assert_string_equal(e.msg, "unknown option --nothing-like-it; see --help");
    assert_int_equal(PARSE_WITH(&near, &o, &e, "--port-that-is-much-longer-than-any-name-compared"),
                     ERR_USAGE);
    assert_non_null(strstr(e.msg, "see --help"));
}

/* Runs options_answered with standard output in a pipe. */
static bool answer(const struct options *o, char *text, size_t cap)
{
    int ends[2], kept = dup(STDOUT_FILENO);

    assert_int_equal(pipe(ends), 0);
    (void)fflush(stdout);
    (void)dup2(ends[1], STDOUT_FILENO);
    bool answered = options_answered(o);
    (void)fflush(stdout);
    (void)dup2(kept, STDOUT_FILENO);
    (void)close(kept);
    (void)close(ends[1]);
    ssize_t len = read(ends[0], text, cap - 1);
    (void)close(ends[0]);
    assert_true(len >= 0);
    text[len] = 0;
    return answered;
}

static void help_comes_from_the_table_and_goes_before_the_version(void **state)
{
    (void)state;
    struct options o;
    struct err e;
    char text[2048];
    assert_int_equal(PARSE(&o, &e, "--version"), ERR_OK);
    assert_true(answer(&o, text, sizeof text));
    assert_string_equal(text, "prog 1.2\n");
    assert_int_equal(PARSE(&o, &e, "--version", "--help", "--port=1"), ERR_OK);
    assert_true(answer(&o, text, sizeof text));
    assert_string_equal(text, "prog: does it.\n\nUsage: prog [options]\n\n"
                              "  --place DIR          where [/here]\n"
                              "  --port PORT          which [80]\n"
                              "  --every never|S      how often [7]\n"
                              "  --quiet              say less\n"
                              "  --log-level LEVEL    error, warn, info, debug or trace [info]\n"
                              "  --version            print the version and end\n"
                              "  --help               print this and end\n"
                              "\nThe end.\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_not_given_are_what_the_help_says),
        cmocka_unit_test(options_are_written_with_a_blank_or_an_equals_sign),
        cmocka_unit_test(a_word_stands_for_zero_in_its_own_row_only),
        cmocka_unit_test(values_out_of_form_are_refused_and_nothing_is_written),
        cmocka_unit_test(what_is_unknown_is_refused_with_the_nearest_name_if_wanted),
        cmocka_unit_test(help_comes_from_the_table_and_goes_before_the_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
