#include "entry/program.h"
#include "base/clock.h"
#include "crypto/wipe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_CAP = 1024, EXIT_NOT_FOUND = 127 };

void program_init(struct program *p)
{
    *p = (struct program){.out = {-1, -1}};
}

/* --- files --- */

static enum err_code make_parents(char *path, struct err *e)
{
    for (char *at = path + 1; *at != 0; at++) {
        if (*at != '/')
            continue;
        *at = 0;
        int r = mkdir(path, 0755);
        int sys = errno;
        *at = '/';
        if (r != 0 && sys != EEXIST)
            return FAIL_SYS(e, ERR_IO, sys, "cannot make a folder of a configured file");
    }
    return ERR_OK;
}

static enum err_code write_file(const struct channel_pair *f, struct err *e)
{
    char path[PATH_CAP];
    size_t done = 0;

    ASSERT(f->key.len < sizeof path);
    memcpy(path, f->key.p, f->key.len);
    path[f->key.len] = 0;
    TRY(make_parents(path, e));
    (void)unlink(path); /* of an earlier life of this container */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
    if (fd < 0)
        return FAIL_SYS(e, ERR_IO, errno, "cannot create the configured file %s", path);
    while (done < f->value.len) {
        ssize_t n = write(fd, f->value.p + done, f->value.len - done);
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    int sys = errno;
    if (close(fd) != 0 || done < f->value.len)
        return FAIL_SYS(e, ERR_IO, sys, "cannot write the configured file %s", path);
    return ERR_OK;
}

/* --- arguments and environment: one block of memory, wiped as a whole --- */

struct block {
    char **list;
    char *text;
    size_t text_len;
};

static void block_fini(struct block *b)
{
    if (b->text != NULL)
        wipe(b->text, b->text_len);
    free(b->text);
    free(b->list);
}

static bool block_init(struct block *b, size_t items, size_t text_len)
{
    b->list = calloc(items + 1, sizeof *b->list);
    b->text = calloc(text_len + 1, 1);
    b->text_len = text_len;
    return b->list != NULL && b->text != NULL;
}

static bool own_variable(const char *text)
{
    return strncmp(text, "WETEE_", 6) == 0;
}

static bool overridden(const char *text, const struct channel_config *c)
{
    size_t len = strcspn(text, "=");
    for (uint16_t i = 0; i < c->env_count; i++) {
        if (bytes_eq(c->env[i].key, bytes_of(text, len)))
            return true;
    }
    return false;
}

static bool build_env(struct block *b, const struct channel_config *c)
{
    size_t inherited = 0, count = 0, text_len = 0;
    char *at;

    while (environ[inherited] != NULL)
        inherited++;
    for (uint16_t i = 0; i < c->env_count; i++)
        text_len += c->env[i].key.len + c->env[i].value.len + 2;
    if (!block_init(b, inherited + c->env_count, text_len))
        return false;
    for (size_t i = 0; i < inherited; i++) {
        if (!own_variable(environ[i]) && !overridden(environ[i], c))
            b->list[count++] = environ[i];
    }
    at = b->text;
    for (uint16_t i = 0; i < c->env_count; i++) {
        const struct channel_pair *v = &c->env[i];
        b->list[count++] = at;
        memcpy(at, v->key.p, v->key.len);
        at += v->key.len;
        *at++ = '=';
        if (v->value.len > 0)
            memcpy(at, v->value.p, v->value.len);
        at += v->value.len;
        *at++ = 0;
    }
    return true;
}

static bool build_args(struct block *b, const struct channel_config *c)
{
    size_t text_len = 0;
    char *at;

    for (uint16_t i = 0; i < c->arg_count; i++)
        text_len += c->args[i].len + 1;
    if (!block_init(b, c->arg_count, text_len))
        return false;
    at = b->text;
    for (uint16_t i = 0; i < c->arg_count; i++) {
        b->list[i] = at;
        if (c->args[i].len > 0)
            memcpy(at, c->args[i].p, c->args[i].len);
        at += c->args[i].len;
        *at++ = 0;
    }
    return true;
}

/* --- start --- */

/* In the child: never returns. */
static void become(int out, int err, int report, char *const *args, char *const *env)
{
    sigset_t none;
    int null = open("/dev/null", O_RDONLY);

    (void)sigemptyset(&none);
    for (int sig = 1; sig < NSIG; sig++)
        (void)signal(sig, SIG_DFL); /* fails for SIGKILL and SIGSTOP, as it should */
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)setsid();
    if (null >= 0 && dup2(null, 0) == 0 && dup2(out, 1) == 1 && dup2(err, 2) == 2) {
        (void)fcntl(report, F_SETFD, FD_CLOEXEC);
        if (report != 3) {
            (void)dup3(report, 3, O_CLOEXEC);
            report = 3;
        }
        (void)close_range(4, ~0u, 0);
        (void)execvpe(args[0], args, env);
    }
    int sys = errno;
    (void)!write(report, &sys, sizeof sys);
    _exit(EXIT_NOT_FOUND);
}

/* Waits for exec: the report pipe closes when it succeeded. */
static enum err_code started(int report, pid_t pid, struct err *e)
{
    int sys = 0;
    ssize_t n;

    do {
        n = read(report, &sys, sizeof sys);
    } while (n < 0 && errno == EINTR);
    if (n == 0)
        return ERR_OK;
    (void)waitpid(pid, NULL, 0);
    return FAIL_SYS(e, sys == ENOENT ? ERR_NOT_FOUND : ERR_IO, sys, "cannot start the program");
}

static enum err_code spawn(struct program *p, char *const *args, char *const *env, struct err *e)
{
    int out[2] = {-1, -1}, err[2] = {-1, -1}, report[2] = {-1, -1};
    enum err_code code = ERR_OK;
    pid_t pid = -1;

    if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0 || pipe2(report, O_CLOEXEC) != 0)
        code = FAIL_SYS(e, ERR_IO, errno, "cannot make pipes");
    if (code == ERR_OK) {
        pid = fork();
        if (pid == 0)
            become(out[1], err[1], report[1], args, env);
        if (pid < 0)
            code = FAIL_SYS(e, ERR_IO, errno, "cannot fork");
    }
    (void)close(out[1]);
    (void)close(err[1]);
    (void)close(report[1]);
    if (code == ERR_OK)
        code = started(report[0], pid, e);
    (void)close(report[0]);
    if (code != ERR_OK) {
        (void)close(out[0]);
        (void)close(err[0]);
        return code;
    }
    (void)fcntl(out[0], F_SETFL, O_NONBLOCK);
    (void)fcntl(err[0], F_SETFL, O_NONBLOCK);
    p->pid = pid;
    p->out[0] = out[0];
    p->out[1] = err[0];
    return ERR_OK;
}

enum err_code program_start(struct program *p, const struct channel_config *config, char *const *args,
                            struct err *e)
{
    struct block env = {0}, own = {0};
    enum err_code code = ERR_OK;

    if (config->arg_count == 0 && args[0] == NULL)
        return FAIL(e, ERR_USAGE, "neither the configuration nor the image names a program");
    for (uint16_t i = 0; i < config->file_count; i++)
        TRY(write_file(&config->files[i], e));
    if (!build_env(&env, config) || !build_args(&own, config))
        code = FAIL(e, ERR_INTERNAL, "no memory");
    if (code == ERR_OK)
        code = spawn(p, config->arg_count > 0 ? own.list : args, env.list, e);
    block_fini(&env);
    block_fini(&own);
    return code;
}

/* --- life and end --- */

bool program_reap(struct program *p)
{
    bool ours = false;
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid != p->pid || !(WIFEXITED(status) || WIFSIGNALED(status)))
            continue;
        ours = true;
        p->exited = true;
        p->by_signal = WIFSIGNALED(status);
        p->code = (uint8_t)(p->by_signal ? WTERMSIG(status) : WEXITSTATUS(status));
        p->kill_at_ms = 0;
    }
    return ours;
}

void program_signal(const struct program *p, int sig)
{
    if (program_running(p))
        (void)kill(p->pid, sig);
}

void program_stop(struct program *p, uint32_t grace_s)
{
    uint64_t at = clock_mono_ms() + (uint64_t)grace_s * 1000;

    if (!program_running(p))
        return;
    program_signal(p, SIGTERM);
    if (p->kill_at_ms == 0 || at < p->kill_at_ms)
        p->kill_at_ms = at;
}

void program_tick(struct program *p)
{
    if (p->kill_at_ms == 0 || clock_mono_ms() < p->kill_at_ms || !program_running(p))
        return;
    p->kill_at_ms = 0;
    (void)kill(-p->pid, SIGKILL);
}

int program_exit_code(const struct program *p)
{
    return p->by_signal ? 128 + p->code : p->code;
}
