/* tools/idlc/main.c — idlc [-o GENDIR] [--write-lock FILE | --check-lock FILE] file.idl…
 *
 * Writes the generated files under GENDIR, each only when its text changed, so that a build repeats no more
 * than it must. Exit 0; 1 when a declaration is refused or the lock differs; 2 for wrong usage. */
#include "tools/idlc/idl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/fmt.h"

enum { FILE_MAX = 2 * 1024 * 1024, MEMORY_MAX = 1024 * 1024 * 1024 };

void fail_at(struct pos at, const char *fmt, ...)
{
    char text[512];
    va_list args;

    va_start(args, fmt);
    (void)fmt_into_v(text, sizeof text, fmt, args);
    va_end(args);
    (void)fprintf(stderr, "%s:%d: %s\n", at.file, at.line, text);
    exit(1);
}

void *grow(struct arena *a, void *v, size_t count, size_t each)
{
    if ((count & (count - 1)) != 0)
        return v;
    void *out = arena_alloc_n(a, count == 0 ? 1 : 2 * count, each);
    if (count > 0)
        memcpy(out, v, count * each);
    return out;
}

/* The whole file; false when it does not exist. */
static bool read_file(struct arena *a, struct bytes *out, const char *path)
{
    FILE *f = fopen(path, "rb");

    if (f == NULL) {
        if (errno == ENOENT)
            return false;
        fail_at((struct pos){path, 0}, "%s", strerror(errno));
    }
    uint8_t *p = arena_alloc(a, FILE_MAX);
    const size_t len = fread(p, 1, FILE_MAX, f);
    if (ferror(f) != 0 || len == FILE_MAX)
        fail_at((struct pos){path, 0}, "cannot be read, or over %d bytes", FILE_MAX);
    (void)fclose(f);
    *out = bytes_of(p, len);
    return true;
}

static void write_file(const char *path, struct bytes text)
{
    FILE *f = fopen(path, "wb");

    if (f == NULL || fwrite(text.p, 1, text.len, f) != text.len || fclose(f) != 0)
        fail_at((struct pos){path, 0}, "cannot be written: %s", strerror(errno));
}

static void make_directory(const char *path)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        fail_at((struct pos){path, 0}, "cannot be made: %s", strerror(errno));
}

void emit_file(struct arena *a, const char *dir, const char *name, struct writer *w)
{
    const char *path = arena_fmt(a, "%s/%s", dir, name);
    const struct arena_mark mark = arena_mark(a);
    struct bytes old;

    ASSERT(writer_ok(w));
    if (!read_file(a, &old, path) || !bytes_eq(old, writer_bytes(w)))
        write_file(path, writer_bytes(w));
    arena_rewind(a, mark);
}

static int usage(void)
{
    (void)fputs("usage: idlc [-o GENDIR] [--write-lock FILE | --check-lock FILE] file.idl...\n", stderr);
    return 2;
}

static int run_lock(struct idl *idl, const char *path, bool write)
{
    struct writer w = writer_in(idl->a, FILE_MAX);
    struct bytes committed = BYTES_EMPTY;

    lock_text(idl, &w);
    ASSERT(writer_ok(&w));
    if (write) {
        write_file(path, writer_bytes(&w));
        return 0;
    }
    (void)read_file(idl->a, &committed, path);
    const int differences = lock_compare(committed, writer_bytes(&w));
    if (differences == 0)
        return 0;
    (void)fprintf(
        stderr,
        "abi.lock: %d differences. When they are meant, and stored data needs no migration or has one:\n"
        "  idlc --write-lock %s <the .idl files>\n",
        differences, path);
    return 1;
}

static void emit_all(struct idl *idl, const char *dir)
{
    make_directory(dir);
    make_directory(arena_fmt(idl->a, "%s/chain", dir));
    make_directory(arena_fmt(idl->a, "%s/runtime", dir));
    emit_headers(idl, dir);
    emit_descriptors(idl, dir);
    emit_registry(idl, dir);
    emit_runtime(idl, dir);
}

static void parse_path(struct idl *idl, const char *path)
{
    struct bytes text;
    const char *slash = strrchr(path, '/'), *stem = slash == NULL ? path : slash + 1;

    if (!read_file(idl->a, &text, path))
        fail_at((struct pos){path, 0}, "no such file");
    const struct module *m = parse_file(idl, path, text);
    if (strcmp(arena_fmt(idl->a, "%s.idl", m->name), stem) != 0)
        fail_at((struct pos){path, 1}, "module %s must be in %s.idl", m->name, m->name);
}

int main(int argc, char **argv)
{
    struct arena a;
    struct idl idl = {.a = &a};
    const char *dir = NULL, *lock = NULL;
    bool write = false;
    int status = 0;

    arena_init(&a, &arena_heap, MEMORY_MAX);
    for (int i = 1; i < argc; i++) {
        const bool has_next = i + 1 < argc;
        if (strcmp(argv[i], "-o") == 0 && has_next) {
            dir = argv[++i];
        } else if ((strcmp(argv[i], "--write-lock") == 0 || strcmp(argv[i], "--check-lock") == 0) &&
                   has_next) {
            write = argv[i][2] == 'w';
            lock = argv[++i];
        } else if (argv[i][0] == '-') {
            return usage();
        } else {
            parse_path(&idl, argv[i]);
        }
    }
    if (idl.module_count == 0)
        return usage();
    check_all(&idl);
    if (dir != NULL)
        emit_all(&idl, dir);
    if (lock != NULL)
        status = run_lock(&idl, lock, write);
    arena_fini(&a);
    return status;
}
