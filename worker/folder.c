#include "worker/worker.h"

#include <errno.h>
#include <sys/stat.h>

FALLIBLE worker_make_dir(const char *path, struct err *e)
{
    char p[512];
    size_t len = strlen(path);

    if (len == 0 || len >= sizeof p || path[0] != '/')
        return FAIL(e, ERR_USAGE, "%s: no usable folder", path);
    memcpy(p, path, len + 1);
    for (char *at = p + 1;; at++) {
        if (*at != '/' && *at != 0)
            continue;
        bool last = *at == 0;
        *at = 0;
        if (mkdir(p, 0700) != 0 && errno != EEXIST)
            return FAIL_SYS(e, ERR_IO, errno, "folder %s cannot be made", p);
        if (last)
            return ERR_OK;
        *at = '/';
    }
}
