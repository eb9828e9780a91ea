/* io/signals_test.c — signals sent to this process itself. */
#include "io/signals.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

#include <cmocka.h>

static void count(void *arg)
{
    atomic_int *calls = arg;

    (void)atomic_fetch_add(calls, 1);
}

static void a_signal_stops_once(void **state)
{
    (void)state;
    const int sent[] = {SIGINT, SIGTERM};
    for (size_t i = 0; i < ARRAY_LEN(sent); i++) {
        struct signals s;
        struct err e;
        atomic_int calls = 0;
        assert_int_equal(signals_watch(&s, count, &calls, &e), ERR_OK);
        assert_int_equal(kill(getpid(), sent[i]), 0);
        for (int ms = 0; atomic_load(&calls) == 0 && ms < 5000; ms++)
            (void)usleep(1000);
        assert_int_equal(atomic_load(&calls), 1);
        signals_unwatch(&s);
        assert_int_equal(atomic_load(&calls), 1);
    }
}

static void a_watch_ends_without_a_signal(void **state)
{
    (void)state;
    struct signals s;
    struct err e;
    atomic_int calls = 0;
    assert_int_equal(signals_watch(&s, count, &calls, &e), ERR_OK);
    signals_unwatch(&s);
    assert_int_equal(atomic_load(&calls), 1);
}

static void a_closed_pipe_is_an_error_code(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    (void)close(ends[0]);
    assert_int_equal(write(ends[1], "x", 1), -1);
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_stops_once),
        cmocka_unit_test(a_watch_ends_without_a_signal),
        cmocka_unit_test(a_closed_pipe_is_an_error_code),
    };
    signals_block();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
