/* io/signals.h — SIGINT and SIGTERM as one call, on a thread of its own.
 *
 * signals_block comes first in main, so that every thread made later has the signals blocked and only the
 * watching thread takes them. The first signal calls `stop` once and ends that thread; later ones stay
 * pending.
 *
 *     signals_block();
 *     TRY(signals_watch(&s, stop, object, e));
 *     ... until stop(object) has been called, or not ...
 *     signals_unwatch(&s);
 */
#ifndef IO_SIGNALS_H
#define IO_SIGNALS_H

#include "base/err.h"

#include <pthread.h>

struct signals {
    pthread_t thread;
    void (*stop)(void *arg);
    void *arg;
};

/* Blocks SIGINT, SIGTERM and SIGPIPE (a closed socket is an error code) in the calling thread. */
void signals_block(void);

/* Starts the watch; `s` must stay where it is until signals_unwatch. `stop` runs on the watching thread.
 * ERR_LIMIT when no thread can be had. */
FALLIBLE signals_watch(struct signals *s, void (*stop)(void *arg), void *arg, struct err *e);

/* Ends the watch and waits for its thread; without a signal before, `stop` is called by this. */
void signals_unwatch(struct signals *s);

#endif /* IO_SIGNALS_H */
