#include "io/signals.h"

#include <signal.h>

static sigset_t stop_signals(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    return set;
}

void signals_block(void)
{
    sigset_t set = stop_signals();

    (void)sigaddset(&set, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void *wait_for_signal(void *arg)
{
    struct signals *s = arg;
    sigset_t set = stop_signals();
    int sig;

    while (sigwait(&set, &sig) != 0)
        continue;
    s->stop(s->arg);
    return NULL;
}

FALLIBLE signals_watch(struct signals *s, void (*stop)(void *arg), void *arg, struct err *e)
{
    s->stop = stop;
    s->arg = arg;
    int failed = pthread_create(&s->thread, NULL, wait_for_signal, s);
    if (failed != 0)
        return FAIL_SYS(e, ERR_LIMIT, failed, "no thread for signals can be had");
    return ERR_OK;
}

void signals_unwatch(struct signals *s)
{
    (void)pthread_kill(s->thread, SIGTERM); /* wakes it; without effect when a signal came before */
    (void)pthread_join(s->thread, NULL);
}
