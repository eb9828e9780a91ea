/* entry/program.h — the workload: one child process in a session of its own, its output pipes, its end.
 *
 * The child gets an ordinary signal state, no descriptors but 0 (/dev/null), 1 and 2 (pipes), and its own
 * environment. program_reap also reaps orphans, as the first process of a container must. */
#ifndef ENTRY_PROGRAM_H
#define ENTRY_PROGRAM_H

#include "attest/channel.h"
#include "base/err.h"

#include <sys/types.h>

struct program {
    pid_t pid;  /* 0 before the start */
    int out[2]; /* read ends for stdout and stderr, non-blocking; -1 when closed */
    bool exited, by_signal;
    uint8_t code;        /* exit code or signal */
    uint64_t kill_at_ms; /* monotonic; 0: no SIGKILL is due */
};

void program_init(struct program *p);
/* Writes the files of the configuration (mode 0400), then starts the program with arguments of the
 * configuration or else `args`, and the environment of this process without WETEE_* plus that of the
 * configuration. ERR_NOT_FOUND (no such program), ERR_USAGE (no arguments at all), ERR_IO. */
FALLIBLE program_start(struct program *p, const struct channel_config *config, char *const *args,
                       struct err *e);
static inline bool program_running(const struct program *p)
{
    return p->pid != 0 && !p->exited;
}
/* Collects every dead child; true when the program itself was among them. */
bool program_reap(struct program *p);
void program_signal(const struct program *p, int sig);
/* SIGTERM now, SIGKILL to the whole process group when the grace is over. */
void program_stop(struct program *p, uint32_t grace_s);
/* Sends a due SIGKILL. Call when the time has passed. */
void program_tick(struct program *p);
/* What this process should end with: the program's code, or 128 + signal. */
int program_exit_code(const struct program *p);

#endif /* ENTRY_PROGRAM_H */
