#include "entry/usage.h"
#include "base/fmt.h"
#include "base/int.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { TEXT_MAX = 8192, STAT_UTIME = 14, STAT_RSS = 24 };

/* The text of a small file with a terminating zero; its length, 0 when it cannot be read. */
static size_t slurp(char out[TEXT_MAX], const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t len = 0;

    if (fd < 0)
        return 0;
    while (len < TEXT_MAX - 1) {
        ssize_t n = read(fd, out + len, TEXT_MAX - 1 - len);
        if (n <= 0)
            break;
        len += (size_t)n;
    }
    (void)close(fd);
    out[len] = 0;
    return len;
}

/* The number behind "name " at the start of a line. */
static bool named_value(const char *text, const char *name, uint64_t *out)
{
    size_t len = strlen(name);
    for (const char *line = text; line != NULL && *line != 0;) {
        const char *end = strchrnul(line, '\n');
        if (strncmp(line, name, len) == 0 && line[len] == ' ')
            return parse_u64(bytes_of(line + len + 1, (size_t)(end - line) - len - 1), out);
        line = *end == 0 ? NULL : end + 1;
    }
    return false;
}

static bool read_cgroup(struct usage *u)
{
    char text[TEXT_MAX];
    uint64_t inactive = 0, current = 0;

    if (slurp(text, "/sys/fs/cgroup/cpu.stat") == 0 || !named_value(text, "usage_usec", &u->cpu_usec))
        return false;
    size_t len = slurp(text, "/sys/fs/cgroup/memory.current");
    if (len == 0 || !parse_u64(bytes_of(text, strcspn(text, "\n")), &current))
        return false;
    if (slurp(text, "/sys/fs/cgroup/memory.stat") > 0)
        (void)!named_value(text, "inactive_file", &inactive);
    u->mem_bytes = current > inactive ? current - inactive : 0;
    return true;
}

/* Field `n` (from 1) of /proc/<pid>/stat; the second, the name in parentheses, may hold anything. */
static bool stat_field(const char *text, int n, uint64_t *out)
{
    const char *at = strrchr(text, ')');

    for (int field = 2; at != NULL && field < n; field++) {
        at = strchr(at, ' ');
        at = at == NULL ? NULL : at + 1;
    }
    return at != NULL && parse_u64(bytes_of(at, strcspn(at, " \n")), out);
}

static bool read_process(struct usage *u, pid_t pid)
{
    char path[64], text[TEXT_MAX];
    uint64_t user = 0, system = 0, pages = 0;
    uint64_t hz = (uint64_t)sysconf(_SC_CLK_TCK), page = (uint64_t)sysconf(_SC_PAGESIZE);
    struct rusage dead;

    if (getrusage(RUSAGE_CHILDREN, &dead) != 0)
        return false;
    u->cpu_usec = (uint64_t)(dead.ru_utime.tv_sec + dead.ru_stime.tv_sec) * 1000000 +
                  (uint64_t)(dead.ru_utime.tv_usec + dead.ru_stime.tv_usec);
    u->mem_bytes = 0;
    (void)fmt_into(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (slurp(text, path) == 0)
        return true; /* it has just died: all it used is among the dead */
    if (!stat_field(text, STAT_UTIME, &user) || !stat_field(text, STAT_UTIME + 1, &system) ||
        !stat_field(text, STAT_RSS, &pages))
        return false;
    u->cpu_usec += (user + system) * 1000000 / hz;
    u->mem_bytes = pages * page;
    return true;
}

bool usage_read(struct usage *out, pid_t pid)
{
    struct usage u = {0};

    /* Not as an ordinary process: the group would be that of the whole machine. */
    if (!(getpid() == 1 && read_cgroup(&u)) && !read_process(&u, pid))
        return false;
    *out = u;
    return true;
}
