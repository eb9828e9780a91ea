#include "base/folder.h"

#include <errno.h>
#include <sys/stat.h>

enum { PATH_LEN_MAX = 4096 };

enum err_code folder_make(const char *path, struct err *e)
{
    char part[PATH_LEN_MAX];
    size_t len = strlen(path);

    if (len == 0 || len >= sizeof part)
        return FAIL(e, ERR_USAGE, "the path of a folder is empty or too long");
    memcpy(part, path, len + 1);
    for (char *at = part + 1;; at++) {
        if (*at != '/' && *at != 0)
            continue;
        bool last = *at == 0;
        *at = 0;
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return FAIL_SYS(e, ERR_IO, errno, "folder %s cannot be made", part);
        if (last)
            return ERR_OK;
        *at = '/';
    }
}
