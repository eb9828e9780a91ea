/* sdk/keyring.c — the directory of key files. */
#include "sdk/keyring.h"
#include "base/fmt.h"
#include "base/folder.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ENTRIES_MAX = 10000 };

static void close_fd(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}
DEFINE_CLEANUP(int, close_fd)

static void close_dir(DIR *dir)
{
    if (dir != NULL)
        (void)closedir(dir);
}
DEFINE_CLEANUP(DIR *, close_dir)

FALLIBLE keyring_default_dir(char out[KEYRING_PATH_MAX], struct err *e)
{
    const char *keys = getenv("WETEE_KEYS");
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    size_t n;

    if (keys != NULL && keys[0] != 0)
        n = fmt_into(out, KEYRING_PATH_MAX, "%s", keys);
    else if (config != NULL && config[0] == '/')
        n = fmt_into(out, KEYRING_PATH_MAX, "%s/wetee/keys", config);
    else if (home != NULL && home[0] == '/')
        n = fmt_into(out, KEYRING_PATH_MAX, "%s/.config/wetee/keys", home);
    else
        return FAIL(e, ERR_USAGE, "no place for keys: set WETEE_KEYS or HOME");
    if (n >= KEYRING_PATH_MAX - KEYRING_NAME_MAX - 32)
        return FAIL(e, ERR_USAGE, "the path of the key directory is too long");
    return ERR_OK;
}

bool keyring_name_ok(struct bytes name)
{
    if (name.len == 0 || name.len > KEYRING_NAME_MAX || name.p[0] == '.' || name.p[0] == '-')
        return false;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-')
            return false;
    }
    return true;
}

FALLIBLE keyring_load_file(struct arena *a, struct bytes *out, const char *path, size_t max, struct err *e)
{
    CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    size_t len = 0;

    if (fd < 0)
        return FAIL_SYS(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, errno, "%s cannot be read: %s", path,
                        strerror(errno));
    if (fstat(fd, &st) != 0 || S_ISDIR(st.st_mode))
        return FAIL(e, ERR_IO, "%s is not a file", path);
    uint8_t *p = arena_alloc(a, max + 1);
    while (len <= max) {
        ssize_t n = read(fd, p + len, max + 1 - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return FAIL_SYS(e, ERR_IO, errno, "%s cannot be read", path);
        if (n == 0)
            break;
        len += (size_t)n;
    }
    if (len > max)
        return FAIL(e, ERR_LIMIT, "%s is longer than %zu bytes", path, max);
    *out = bytes_of(p, len);
    return ERR_OK;
}

static FALLIBLE write_all(int fd, struct bytes text, const char *path, struct err *e)
{
    while (text.len > 0) {
        ssize_t n = write(fd, text.p, text.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return FAIL_SYS(e, ERR_IO, errno, "%s cannot be written", path);
        text = bytes_from(text, (size_t)n);
    }
    if (fsync(fd) != 0)
        return FAIL_SYS(e, ERR_IO, errno, "%s cannot be synced", path);
    return ERR_OK;
}

/* A temporary file beside `path`; removed again when it does not get there. */
static FALLIBLE write_temporary(char temporary[KEYRING_PATH_MAX], const char *path, struct bytes text,
                                struct err *e)
{
    if (fmt_into(temporary, KEYRING_PATH_MAX, "%s.tmp-XXXXXX", path) >= KEYRING_PATH_MAX - 1)
        return FAIL(e, ERR_USAGE, "the path is too long");
    CLEANUP(close_fd) int fd = mkostemp(temporary, O_CLOEXEC); /* 0600 */
    if (fd < 0)
        return FAIL_SYS(e, ERR_IO, errno, "%s cannot be made: %s", temporary, strerror(errno));
    enum err_code code = write_all(fd, text, temporary, e);
    if (code != ERR_OK)
        (void)unlink(temporary);
    return code;
}

FALLIBLE keyring_store_file(const char *path, struct bytes text, struct err *e)
{
    char temporary[KEYRING_PATH_MAX];

    TRY(write_temporary(temporary, path, text, e));
    if (rename(temporary, path) == 0)
        return ERR_OK;
    int sys = errno;
    (void)unlink(temporary);
    return FAIL_SYS(e, ERR_IO, sys, "%s cannot be replaced", path);
}

static void key_path(char out[KEYRING_PATH_MAX], const char *dir, const char *name)
{
    fmt_into(out, KEYRING_PATH_MAX, "%s/%s.json", dir, name);
}

FALLIBLE keyring_add(const char *dir, const char *name, struct bytes file_text, struct err *e)
{
    char path[KEYRING_PATH_MAX], temporary[KEYRING_PATH_MAX];

    if (!keyring_name_ok(bytes_of_str(name)))
        return FAIL(e, ERR_USAGE, "a key's name has letters, digits, '.', '_' and '-', at most %d",
                    KEYRING_NAME_MAX);
    TRY(folder_make(dir, e));
    key_path(path, dir, name);
    TRY(write_temporary(temporary, path, file_text, e));
    int linked = link(temporary, path); /* unlike rename, never over another key */
    int sys = errno;
    (void)unlink(temporary);
    if (linked == 0)
        return ERR_OK;
    if (sys == EEXIST)
        return FAIL(e, ERR_EXISTS, "there is a key \"%s\" already", name);
    return FAIL_SYS(e, ERR_IO, sys, "%s cannot be made", path);
}

FALLIBLE keyring_read(struct arena *a, struct bytes *out, const char *dir, const char *name, struct err *e)
{
    char path[KEYRING_PATH_MAX];

    if (!keyring_name_ok(bytes_of_str(name)))
        return FAIL(e, ERR_NOT_FOUND, "there is no key of that name");
    key_path(path, dir, name);
    enum err_code code = keyring_load_file(a, out, path, KEYRING_FILE_MAX, e);
    if (code == ERR_NOT_FOUND)
        return FAIL(e, ERR_NOT_FOUND, "there is no key \"%s\" in %s", name, dir);
    return code;
}

static int by_name(const void *a, const void *b)
{
    const struct keyring_entry *x = a, *y = b;

    return strcmp(x->name, y->name);
}

/* One file of the folder; false when it is no key file that can be read. */
static bool read_entry(struct arena *a, struct keyring_entry *out, const char *dir, struct bytes name)
{
    struct bytes text;
    struct err ignored; /* counted by the caller: one bad file must not hide the others */
    const char *stem = arena_str(a, name);

    if (keyring_read(a, &text, dir, stem, &ignored) != ERR_OK ||
        keyring_file_peek(a, out, text, &ignored) != ERR_OK)
        return false;
    out->name = stem;
    return true;
}

FALLIBLE keyring_list(struct arena *a, const struct keyring_entry **out, size_t *count, size_t *unreadable,
                      const char *dir, struct err *e)
{
    CLEANUP(close_dir) DIR *d = opendir(dir);
    struct keyring_entry *v = NULL;
    size_t n = 0, cap = 0, bad = 0;

    if (d == NULL && errno != ENOENT)
        return FAIL_SYS(e, ERR_IO, errno, "%s cannot be read: %s", dir, strerror(errno));
    for (struct dirent *file; d != NULL && (file = readdir(d)) != NULL;) {
        struct bytes name = bytes_of_str(file->d_name);
        if (name.len <= 5 || memcmp(name.p + name.len - 5, ".json", 5) != 0 || name.p[0] == '.')
            continue;
        if (n == ENTRIES_MAX)
            return FAIL(e, ERR_LIMIT, "%s has more than %d keys", dir, ENTRIES_MAX);
        if (n == cap) {
            struct keyring_entry *more = arena_new_n(a, struct keyring_entry, 2 * cap + 16);
            if (n > 0)
                memcpy(more, v, n * sizeof *v);
            v = more;
            cap = 2 * cap + 16;
        }
        if (read_entry(a, &v[n], dir, bytes_of(name.p, name.len - 5)))
            n++;
        else
            bad++;
    }
    if (n > 1)
        qsort(v, n, sizeof *v, by_name);
    *out = v;
    *count = n;
    *unreadable = bad;
    return ERR_OK;
}
