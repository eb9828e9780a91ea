#include "worker/engine_podman.h"

#include "base/clock.h"
#include "base/fmt.h"
#include "base/int.h"
#include "base/log.h"
#include "worker/docker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    PODMAN_NOFILE = 1048576, /* what Podman sets by default: needs CAP_SYS_RESOURCE above the hard limit */
    NPROC = 4096,
    START_MS = 20000,
    STOP_MS = 5000,
    CGROUP2_MAGIC = 0x63677270,
};

struct engine_host {
    char socket[108]; /* the most an address of a unix socket holds */
    pid_t pid;        /* 0: found, not started */
};

struct podman_facts podman_facts_here(void)
{
    struct statfs fs;
    struct rlimit limit = {0};

    (void)getrlimit(RLIMIT_NOFILE, &limit);
    return (struct podman_facts){
        .cgroup2_only = statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == CGROUP2_MAGIC,
        .systemd = access("/run/systemd/system", F_OK) == 0,
        .journald = access("/run/systemd/journal/socket", F_OK) == 0,
        .nofile_hard = limit.rlim_max,
    };
}

uint32_t podman_nofile(const struct podman_facts *f)
{
    return (uint32_t)min_u64(f->nofile_hard, 16384);
}

void podman_conf(struct writer *w, const struct podman_facts *f)
{
    bool runc = !f->cgroup2_only;
    bool engine = runc || !f->systemd || !f->journald;

    if (f->nofile_hard < PODMAN_NOFILE)
        put_fmt(w, "[containers]\ndefault_ulimits = [\"nofile=%llu:%llu\", \"nproc=%d:%d\"]\n",
                (unsigned long long)f->nofile_hard, (unsigned long long)f->nofile_hard, NPROC, NPROC);
    if (engine)
        put_text(w, "[engine]\n");
    if (runc)
        put_text(w, "runtime = \"runc\"\n");
    if (runc || !f->systemd)
        put_text(w, "cgroup_manager = \"cgroupfs\"\n");
    if (!f->journald)
        put_text(w, "events_logger = \"file\"\n");
}

static FALLIBLE write_file(const char *path, struct bytes content, struct err *e)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0)
        return FAIL_SYS(e, ERR_IO, errno, "%s cannot be made", path);
    bool ok = write(fd, content.p, content.len) == (ssize_t)content.len;
    ok = close(fd) == 0 && ok;
    return ok ? ERR_OK : FAIL(e, ERR_IO, "%s cannot be written", path);
}

static bool in_path(const char *program)
{
    const char *path = getenv("PATH");
    char full[512];

    while (path != NULL && *path != 0) {
        const char *end = strchrnul(path, ':');
        (void)fmt_into(full, sizeof full, "%.*s/%s", (int)(end - path), path, program);
        if (access(full, X_OK) == 0)
            return true;
        path = *end == 0 ? end : end + 1;
    }
    return false;
}

/* In the child: its own process group, so that the terminal's Ctrl-C is the worker's to handle; ended by the
 * kernel when the worker dies. Never returns. */
static void exec_service(const char *url, const char *conf_opt, const char *log, pid_t parent)
{
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    sigset_t none;

    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(1);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (fd >= 0) {
        (void)dup2(fd, STDOUT_FILENO);
        (void)dup2(fd, STDERR_FILENO);
    }
    if (null >= 0)
        (void)dup2(null, STDIN_FILENO);
    if (conf_opt != NULL)
        (void)setenv("CONTAINERS_CONF", conf_opt, 1);
    (void)execlp("podman", "podman", "system", "service", "--time=0", url, (char *)NULL);
    _exit(127);
}

static void nap_ms(uint32_t ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)nanosleep(&t, NULL);
}

static bool reaped(pid_t pid)
{
    return waitpid(pid, NULL, WNOHANG) == pid;
}

static void stop_service(pid_t pid)
{
    (void)kill(pid, SIGTERM);
    for (uint32_t waited = 0; waited < STOP_MS; waited += 50) {
        if (reaped(pid))
            return;
        nap_ms(50);
    }
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}

/* --- a service that outlived its worker --- */

/* Is this process `podman system service` on our socket? Its number may be someone else's by now. */
static bool is_service(pid_t pid, const char *url)
{
    char path[64], line[1024];
    bool service = false;

    (void)fmt_into(path, sizeof path, "/proc/%lld/cmdline", (long long)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, line, sizeof line - 1);
    (void)close(fd);
    line[n < 0 ? 0 : n] = 0;
    for (ssize_t at = 0; at < n; at += (ssize_t)strlen(line + at) + 1)
        service = service || strcmp(line + at, url) == 0;
    return service && strstr(line, "podman") != NULL;
}

/* A worker that was killed leaves a service that is still about to end. On its way it removes the socket by
 * name, which would be the next one's: so it is gone before another starts. */
static void end_left_over(const char *pid_file, const char *url)
{
    char text[32];
    uint64_t pid;
    int fd = open(pid_file, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return;
    ssize_t n = read(fd, text, sizeof text);
    (void)close(fd);
    if (n <= 0 || !parse_u64(bytes_of(text, (size_t)n), &pid) || pid <= 1 || pid > INT32_MAX)
        return;
    for (uint32_t waited = 0; is_service((pid_t)pid, url) && waited < 2 * STOP_MS; waited += 50) {
        (void)kill((pid_t)pid, waited < STOP_MS ? SIGTERM : SIGKILL);
        nap_ms(50);
    }
}

static void note_pid(const char *pid_file, pid_t pid)
{
    char text[32];
    struct err e;
    size_t len = fmt_into(text, sizeof text, "%lld", (long long)pid);

    if (write_file(pid_file, bytes_of(text, len), &e) != ERR_OK)
        LOG_WARN("worker", "the number of podman's service is not noted", F_ERR(&e));
}

static FALLIBLE await_service(struct engine_host *h, const char *log, struct err *e)
{
    uint64_t until = clock_mono_ms() + START_MS;

    while (clock_mono_ms() < until) {
        if (docker_engine_answers(h->socket))
            return ERR_OK;
        if (reaped(h->pid)) {
            h->pid = 0;
            return FAIL(e, ERR_UNAVAILABLE, "podman's service ended at once: see %s", log);
        }
        nap_ms(50);
    }
    stop_service(h->pid);
    h->pid = 0;
    return FAIL(e, ERR_TIMEOUT, "podman's service does not answer: see %s", log);
}

static FALLIBLE start_service(struct engine_host *h, const char *state_dir, struct err *e)
{
    char url[128], conf[512], log[512], pid_file[512], content[512];
    struct podman_facts facts = podman_facts_here();
    struct writer w = writer_fixed(content, sizeof content);

    if (!in_path("podman"))
        return FAIL(e, ERR_NOT_FOUND,
                    "no container engine answers and podman is not installed: apt install podman runc");
    if (fmt_into(h->socket, sizeof h->socket, "%s/podman.sock", state_dir) + 1 >= sizeof h->socket)
        return FAIL(e, ERR_USAGE, "the path of the state folder is too long for a socket");
    (void)fmt_into(url, sizeof url, "unix://%s", h->socket);
    (void)fmt_into(conf, sizeof conf, "%s/containers.conf", state_dir);
    (void)fmt_into(log, sizeof log, "%s/podman.log", state_dir);
    (void)fmt_into(pid_file, sizeof pid_file, "%s/podman.pid", state_dir);
    end_left_over(pid_file, url);
    podman_conf(&w, &facts);
    if (w.len > 0)
        TRY(write_file(conf, writer_bytes(&w), e));
    (void)unlink(h->socket); /* of a service that is no more: it did not answer */
    pid_t self = getpid();
    h->pid = fork();
    if (h->pid < 0) {
        h->pid = 0;
        return FAIL_SYS(e, ERR_IO, errno, "podman cannot be started");
    }
    if (h->pid == 0)
        exec_service(url, w.len > 0 ? conf : NULL, log, self);
    note_pid(pid_file, h->pid);
    return await_service(h, log, e);
}

static FALLIBLE use_socket(struct engine_host *h, const char *where, struct err *e)
{
    if (strncmp(where, "unix://", 7) == 0)
        where += 7;
    if (where[0] != '/')
        return FAIL(e, ERR_USAGE, "%s: an engine is reached over a unix socket only, give its path", where);
    if (fmt_into(h->socket, sizeof h->socket, "%s", where) + 1 >= sizeof h->socket)
        return FAIL(e, ERR_USAGE, "%s: too long for a socket", where);
    if (!docker_engine_answers(h->socket))
        return FAIL(e, ERR_UNAVAILABLE, "no container engine answers at %s", where);
    return ERR_OK;
}

/* A socket path too long for `use_socket` is just not there. */
static bool found(struct engine_host *h, const char *path)
{
    struct err ignored;
    return access(path, F_OK) == 0 && use_socket(h, path, &ignored) == ERR_OK;
}

static FALLIBLE find(struct engine_host *h, const char *engine_opt, const char *state_dir, struct err *e)
{
    const char *env = getenv("DOCKER_HOST"), *runtime = getenv("XDG_RUNTIME_DIR");
    char path[256];

    if (engine_opt != NULL)
        return use_socket(h, engine_opt, e);
    if (env != NULL && env[0] != 0)
        return use_socket(h, env, e);
    if (found(h, "/run/podman/podman.sock") || found(h, "/var/run/docker.sock"))
        return ERR_OK;
    (void)fmt_into(path, sizeof path, "%s/podman/podman.sock", runtime != NULL ? runtime : "");
    if (runtime != NULL && found(h, path))
        return ERR_OK;
    return start_service(h, state_dir, e);
}

FALLIBLE engine_host_find(struct engine_host **out, const char *engine_opt, const char *state_dir,
                          struct err *e)
{
    struct engine_host *h = calloc(1, sizeof *h);

    ASSERT(h != NULL);
    if (find(h, engine_opt, state_dir, e) != ERR_OK) {
        free(h);
        return err_wrap(e, "container engine");
    }
    *out = h;
    return ERR_OK;
}

const char *engine_host_socket(const struct engine_host *h)
{
    return h->socket;
}

bool engine_host_started(const struct engine_host *h)
{
    return h->pid > 0;
}

bool engine_host_alive(struct engine_host *h)
{
    if (h->pid > 0 && reaped(h->pid))
        h->pid = -1;
    return h->pid >= 0;
}

void engine_host_free(struct engine_host *h)
{
    if (h == NULL)
        return;
    if (h->pid > 0) {
        stop_service(h->pid);
        (void)unlink(h->socket);
    }
    free(h);
}
