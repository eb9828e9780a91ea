/* cli/process.c — see process.h. */
#include "cli/process.h"
#include "base/clock.h"
#include "base/fmt.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATH_LEN_MAX = 4096, STEP_MS = 20, EXEC_FAILED = 127 };

FALLIBLE process_own_folder(struct arena *a, const char **out, struct err *e)
{
    char self[PATH_LEN_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self);

    if (n <= 0 || (size_t)n >= sizeof self)
        return FAIL_SYS(e, ERR_IO, errno, "this program's own file is not known");
    while (n > 1 && self[n - 1] != '/')
        n--;
    *out = arena_str(a, bytes_of(self, (size_t)n - 1));
    return ERR_OK;
}

static void stop_signals(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGINT);
    (void)sigaddset(set, SIGTERM);
    (void)sigaddset(set, SIGHUP);
}

void process_catch_signals(void)
{
    sigset_t set;

    stop_signals(&set);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
}

bool process_stop_asked(void)
{
    sigset_t set;

    /* Left pending on purpose: once asked, asked for good. */
    return sigpending(&set) == 0 && (sigismember(&set, SIGINT) == 1 || sigismember(&set, SIGTERM) == 1 ||
                                     sigismember(&set, SIGHUP) == 1);
}

void process_sleep(uint32_t ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

    (void)nanosleep(&t, NULL);
}

/* Between fork and exec: only calls that are safe there. */
static _Noreturn void child(const char *const *argv, int log, pid_t parent)
{
    union {
        const char *const *in;
        char *const *out;
    } args = {argv}; /* execv does not write to them, its type is older than const */
    sigset_t none;

    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    int input = open("/dev/null", O_RDONLY);
    if (getppid() == parent && input >= 0 && dup2(input, 0) >= 0 && dup2(log, 1) >= 0 && dup2(log, 2) >= 0)
        (void)execv(argv[0], args.out);
    _exit(EXEC_FAILED);
}

FALLIBLE process_start(struct process *p, const char *const *argv, const char *log, struct err *e)
{
    if (access(argv[0], X_OK) != 0)
        return FAIL(e, ERR_NOT_FOUND, "%s is not there: build it with make", argv[0]);
    int fd = open(log, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return FAIL_SYS(e, ERR_IO, errno, "%s cannot be written: %s", log, strerror(errno));
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        child(argv, fd, parent);
    int sys = errno;
    (void)close(fd);
    if (pid < 0)
        return FAIL_SYS(e, ERR_UNAVAILABLE, sys, "no process can be started: %s", strerror(sys));
    *p = (struct process){.pid = pid, .log = log};
    return ERR_OK;
}

bool process_ended(struct process *p)
{
    if (p->pid > 0 && waitpid(p->pid, &p->status, WNOHANG) == p->pid) {
        p->pid = 0;
        p->failed = true;
    }
    return p->failed;
}

void process_stop(struct process *p, uint32_t grace_ms)
{
    uint64_t deadline = clock_mono_ms() + grace_ms;

    if (p->pid <= 0 || process_ended(p))
        return;
    (void)kill(p->pid, SIGTERM);
    while (!process_ended(p)) {
        if (clock_mono_ms() > deadline)
            (void)kill(p->pid, SIGKILL);
        process_sleep(STEP_MS);
    }
}
