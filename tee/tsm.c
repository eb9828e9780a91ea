/* configfs-tsm: one directory per request, removed whatever happens. `generation` tells whether somebody else
 * wrote meanwhile; then, or when the blob is about other data, the round is repeated. */
#include "base/fmt.h"
#include "base/hex.h"
#include "crypto/random.h"
#include "tee/provider.h"

#include <errno.h>

#define FOLDER "/sys/kernel/config/tsm/report"
enum { NAME_TRIES = 4, ROUNDS = 6, TEXT_MAX = 64, BLOB_MAX = 1 << 17 };

struct tsm {
    const struct tee_io *io;
    char dir[96];
    bool snp;
};

static const struct provider_reason reasons[] = {
    {EINVAL, ERR_IO, "the kernel refuses the request (size of inblob, or a VMPL below the floor)"},
    {ENXIO, ERR_UNAVAILABLE, "the TEE driver is gone: load tdx_guest or sev-guest again"},
    {ENOTTY, ERR_UNAVAILABLE, "the TEE driver is gone: load tdx_guest or sev-guest again"},
    {EBUSY, ERR_BUSY, "still busy after many tries: another program asks for evidence all the time"},
    {EAGAIN, ERR_BUSY, "still busy after many tries: another program asks for evidence all the time"},
    {EFBIG, ERR_LIMIT, "the evidence is longer than the kernel or this program allows: update the kernel"},
    {EIO, ERR_UNAVAILABLE, "the host's quoting failed: is its quote generation service running?"},
    {ETIMEDOUT, ERR_UNAVAILABLE, "the host's quoting did not answer in time"},
    {EACCES, ERR_DENIED, "no right to make requests: run as root, or delegate the directory"},
    {EPERM, ERR_DENIED, "no right to make requests: run as root, or delegate the directory"},
    {EROFS, ERR_DENIED, "configfs is mounted read-only: mount it for writing into this container"},
    {ENOENT, ERR_NOT_FOUND, "not there: mount configfs, load tdx_guest or sev-guest (Linux 6.7 or newer)"},
    {ENOSPC, ERR_UNAVAILABLE, "the kernel has no room for another request"},
    {ENOMEM, ERR_UNAVAILABLE, "the kernel has no memory for another request"},
};

static enum err_code fail(struct err *e, int sys, const char *what)
{
    return provider_fail(e, sys, what, reasons, ARRAY_LEN(reasons));
}

static bool present(const struct tee_io *io)
{
    return io->exists(io->ctx, FOLDER);
}

static int attribute_read(const struct tsm *t, const char *name, struct writer *w)
{
    char path[128];
    int sys;

    (void)fmt_into(path, sizeof path, "%s/%s", t->dir, name);
    for (uint32_t i = 0;; i++) {
        w->len = 0;
        w->overflow = false;
        sys = tee_read_file(t->io, path, w);
        if (sys == 0 || !tee_wait_busy(t->io, sys, i))
            return sys;
    }
}

static int attribute_write(const struct tsm *t, const char *name, struct bytes content)
{
    char path[128];
    int sys;

    (void)fmt_into(path, sizeof path, "%s/%s", t->dir, name);
    for (uint32_t i = 0;; i++) {
        sys = tee_write_file(t->io, path, content);
        if (sys == 0 || !tee_wait_busy(t->io, sys, i))
            return sys;
    }
}

static enum err_code text_read(const struct tsm *t, const char *name, char out[TEXT_MAX], struct err *e)
{
    struct writer w = writer_fixed(out, TEXT_MAX - 1);
    int sys = attribute_read(t, name, &w);

    if (sys != 0)
        return fail(e, sys, name);
    struct bytes text = writer_bytes(&w);
    while (text.len > 0 && (text.p[text.len - 1] == '\n' || text.p[text.len - 1] == ' '))
        text.len--;
    if (text.len == 0)
        return FAIL(e, ERR_CORRUPT, "%s is empty", name);
    out[text.len] = 0;
    return ERR_OK;
}

static enum err_code make_directory(struct tsm *t, struct err *e)
{
    uint8_t name[8];
    char hex[17];
    int sys = -EEXIST;

    for (int i = 0; i < NAME_TRIES && sys == -EEXIST; i++) {
        random_bytes(name, sizeof name);
        hex_encode(hex, BYTES_OF(name));
        (void)fmt_into(t->dir, sizeof t->dir, FOLDER "/wetee-%s", hex);
        sys = t->io->mkdir(t->io->ctx, t->dir);
    }
    return sys == 0 ? ERR_OK : fail(e, sys, FOLDER);
}

static enum err_code learn_provider(struct tsm *t, struct err *e)
{
    char name[TEXT_MAX];

    TRY(text_read(t, "provider", name, e));
    t->snp = strcmp(name, "sev_guest") == 0;
    if (!t->snp && strcmp(name, "tdx_guest") != 0)
        return FAIL(e, ERR_UNSUPPORTED, "configfs-tsm is served by \"%s\": only TDX and SEV-SNP are judged",
                    name);
    return ERR_OK;
}

static enum err_code write_request(const struct tsm *t, const struct provider_request *r, struct err *e)
{
    char level[8];
    int sys = attribute_write(t, "inblob", bytes_of(r->report_data, 64));

    if (sys != 0)
        return fail(e, sys, "inblob");
    if (!t->snp || r->privlevel < 0)
        return ERR_OK;
    size_t len = fmt_into(level, sizeof level, "%d", r->privlevel);
    sys = attribute_write(t, "privlevel", bytes_of(level, len));
    return sys == 0 ? ERR_OK : fail(e, sys, "privlevel");
}

/* One attempt; *again: somebody interfered, or what came is about other data. */
static enum err_code attempt(struct provider_answer *out, struct arena *a, const struct tsm *t,
                             const struct provider_request *r, bool *again, struct err *e)
{
    struct writer blob = writer_in(a, BLOB_MAX), certs = writer_in(a, BLOB_MAX);
    char before[TEXT_MAX], after[TEXT_MAX];
    struct bytes cut;

    *again = false;
    TRY(write_request(t, r, e));
    TRY(text_read(t, "generation", before, e));
    int sys = attribute_read(t, "outblob", &blob);
    if (sys != 0)
        return fail(e, sys, "outblob");
    sys = t->snp ? attribute_read(t, "auxblob", &certs) : 0;
    if (sys != 0 && sys != -ENOENT)
        return fail(e, sys, "auxblob");
    TRY(text_read(t, "generation", after, e));
    *out = (struct provider_answer){
        .form = t->snp ? ATTEST_FORM_SNP : ATTEST_FORM_QUOTE,
        .raw = writer_bytes(&blob),
        .certs = sys == 0 ? writer_bytes(&certs) : BYTES_EMPTY,
    };
    if (strcmp(before, after) == 0)
        return provider_check(&cut, out, r->report_data, again, e);
    *again = true;
    return FAIL(e, ERR_BUSY, "generation moved while the evidence was read");
}

static enum err_code in_directory(struct provider_answer *out, struct arena *a, struct tsm *t,
                                  const struct provider_request *r, struct err *e)
{
    enum err_code code = ERR_OK;
    bool again = true;

    TRY(learn_provider(t, e));
    for (uint32_t i = 0; again && i < ROUNDS; i++) {
        struct arena_mark mark = arena_mark(a);
        code = attempt(out, a, t, r, &again, e);
        if (again)
            arena_rewind(a, mark);
        if (again && !tee_wait_busy(t->io, -EBUSY, i))
            break;
    }
    return again ? err_wrap(e, "%d attempts disturbed by another program", ROUNDS) : code;
}

static enum err_code get(struct provider_answer *out, struct arena *a, const struct provider_request *r,
                         struct err *e)
{
    struct tsm t = {.io = r->io};

    TRY(make_directory(&t, e));
    enum err_code code = in_directory(out, a, &t, r, e);
    int sys = t.io->rmdir(t.io->ctx, t.dir);
    if (code == ERR_OK && sys != 0)
        return fail(e, sys, t.dir);
    return code == ERR_OK ? ERR_OK : err_wrap(e, "configfs-tsm");
}

const struct provider provider_tsm = {
    .name = "tsm", .title = "configfs-tsm (TDX or SEV-SNP)", .present = present, .get = get};
