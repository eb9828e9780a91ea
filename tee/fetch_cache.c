#include "tee/fetch_cache.h"
#include "base/clock.h"
#include "base/fmt.h"
#include "tee/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_LEN = 1024 };

static enum err_code path_of(char out[PATH_LEN], const char *folder, const char *name, const char *tail,
                             struct err *e)
{
    if (fmt_into(out, PATH_LEN, "%s/%s%s", folder, name, tail) >= PATH_LEN - 1)
        return FAIL(e, ERR_USAGE, "the cache folder's path is too long");
    return ERR_OK;
}

static enum err_code read_whole(struct bytes *out, struct arena *a, int fd, const char *path, struct err *e)
{
    uint8_t *p = arena_alloc(a, BUNDLE_MAX + 1);
    size_t have = 0;

    for (;;) {
        ssize_t n = read(fd, p + have, BUNDLE_MAX + 1 - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return FAIL_SYS(e, ERR_IO, errno, "cannot read %s", path);
        if (n == 0)
            break;
        have += (size_t)n;
        if (have > BUNDLE_MAX)
            return FAIL(e, ERR_CORRUPT, "%s is too long", path);
    }
    *out = bytes_of(p, have);
    return ERR_OK;
}

enum err_code cache_read(struct attest_collateral *out, uint64_t *age_s, struct arena *a, const char *folder,
                         const char *name, struct err *e)
{
    char path[PATH_LEN];
    struct bytes json = BYTES_EMPTY;
    struct stat s = {0};

    TRY(path_of(path, folder, name, "", e));
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return FAIL_SYS(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, errno, "cannot open %s", path);
    enum err_code code = fstat(fd, &s) == 0 && S_ISREG(s.st_mode)
                             ? read_whole(&json, a, fd, path, e)
                             : FAIL_SYS(e, ERR_IO, errno, "%s is no file", path);
    (void)close(fd); /* only read */
    TRY(code);
    if (bundle_read(out, a, json, e) != ERR_OK) {
        e->code = ERR_CORRUPT;
        return err_wrap(e, "%s", path);
    }
    uint64_t now = clock_wall_ms() / 1000, then = s.st_mtime < 0 ? 0 : (uint64_t)s.st_mtime;
    *age_s = then > now ? UINT64_MAX : now - then; /* from the future: as good as nothing */
    return ERR_OK;
}

static enum err_code write_whole(int fd, struct bytes b, const char *path, struct err *e)
{
    while (b.len > 0) {
        ssize_t n = write(fd, b.p, b.len);
        if (n < 0 && errno != EINTR)
            return FAIL_SYS(e, ERR_IO, errno, "cannot write %s", path);
        if (n > 0)
            b = bytes_from(b, (size_t)n);
    }
    if (fchmod(fd, 0644) != 0 || fsync(fd) != 0)
        return FAIL_SYS(e, ERR_IO, errno, "cannot write %s", path);
    return ERR_OK;
}

enum err_code cache_write(const char *folder, const char *name, const struct attest_collateral *c,
                          struct arena *scratch, struct err *e)
{
    struct writer w = writer_in(scratch, BUNDLE_MAX);
    char path[PATH_LEN], other[PATH_LEN];

    bundle_write(&w, c);
    if (!writer_ok(&w))
        return FAIL(e, ERR_LIMIT, "collateral is too long for a file");
    TRY(path_of(path, folder, name, "", e));
    TRY(path_of(other, folder, name, ".XXXXXX", e));
    int fd = mkostemp(other, O_CLOEXEC);
    if (fd < 0)
        return FAIL_SYS(e, ERR_IO, errno, "cannot write into %s", folder);
    enum err_code code = write_whole(fd, writer_bytes(&w), other, e);
    if (close(fd) != 0 && code == ERR_OK)
        code = FAIL_SYS(e, ERR_IO, errno, "cannot write %s", other);
    if (code == ERR_OK && rename(other, path) != 0)
        code = FAIL_SYS(e, ERR_IO, errno, "cannot replace %s", path);
    if (code != ERR_OK)
        (void)unlink(other); /* the error that matters is already there */
    return code;
}
