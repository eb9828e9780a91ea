/* cli/process.h — children of this program: started, watched, stopped; nothing else is ever signalled. */
#ifndef CLI_PROCESS_H
#define CLI_PROCESS_H

#include "base/arena.h"
#include "base/err.h"
#include <sys/types.h>

struct process {
    pid_t pid; /* 0: none, or it ended */
    int status;
    bool failed; /* it ended by itself */
    const char *log;
};

/* The folder of this program's file. */
FALLIBLE process_own_folder(struct arena *a, const char **out, struct err *e);

/* From now on SIGINT, SIGTERM and SIGHUP wait for process_stop_asked. Call before any thread is made. */
void process_catch_signals(void);
bool process_stop_asked(void);
void process_sleep(uint32_t ms);

/* Starts argv[0] with its output appended to the file `log`, in a process group of its own; it is told to
 * stop when this program dies. ERR_NOT_FOUND when there is no such program. */
FALLIBLE process_start(struct process *p, const char *const *argv, const char *log, struct err *e);
/* Whether it ran and ended. */
bool process_ended(struct process *p);
/* SIGTERM, then SIGKILL after `grace_ms`; returns when it is gone. Nothing to do when none runs. */
void process_stop(struct process *p, uint32_t grace_ms);

#endif /* CLI_PROCESS_H */
