/* EGo: programs in its enclaves are linked against a C library that answers some system calls of its own.
 * Outside of one the kernel knows no such number (ENOSYS), which is also how an enclave is recognised. The
 * answer is an Open Enclave report: a header of 16 bytes, then the quote. */
#include "base/reader.h"
#include "tee/provider.h"

#include <errno.h>

enum { CALL_REMOTE_REPORT = 1000, CALL_FREE_REPORT = 1001, CALL_LOCAL_REPORT = 1009 };
enum { HEADER_LEN = 16, HEADER_VERSION = 1, TYPE_REMOTE = 2, REPORT_MAX = 65536 };

static void give_back(const struct tee_io *io, const uint8_t *report)
{
    const uintptr_t args[6] = {(uintptr_t)report};
    (void)io->syscall(io->ctx, CALL_FREE_REPORT, args); /* has no failure */
}

/* 0, a positive result of Open Enclave, or a negative errno. */
static long ask(const struct tee_io *io, long call, struct bytes data, const uint8_t **report, size_t *len)
{
    const uintptr_t args[6] = {
        (uintptr_t)data.p, data.len, 0, 0, (uintptr_t)report, (uintptr_t)len,
    };
    *report = NULL;
    *len = 0;
    return io->syscall(io->ctx, call, args);
}

/* A report for nobody costs no quote: it is how the enclave says that it is there. */
static bool present(const struct tee_io *io)
{
    const uint8_t *report;
    size_t len;

    if (ask(io, CALL_LOCAL_REPORT, BYTES_EMPTY, &report, &len) != 0)
        return false;
    if (report != NULL)
        give_back(io, report);
    return report != NULL && len > 0;
}

static enum err_code strip(struct bytes *out, struct bytes report, struct err *e)
{
    struct reader r = reader_of(report);
    uint32_t version = take_u32(&r);
    uint32_t type = take_u32(&r);
    uint64_t size = take_u64(&r);

    if (!reader_ok(&r) || version != HEADER_VERSION || type != TYPE_REMOTE || size != r.left)
        return FAIL(e, ERR_CORRUPT, "EGo: not a remote report of Open Enclave");
    *out = take_bytes(&r, r.left);
    return ERR_OK;
}

static enum err_code get(struct provider_answer *out, struct arena *a, const struct provider_request *r,
                         struct err *e)
{
    static const struct provider_reason reasons[] = {
        {ENOSYS, ERR_UNSUPPORTED,
         "no enclave answers: link dynamically, run under ego on SGX (OE_SIMULATION cannot attest)"},
        {EPERM, ERR_DENIED, "the system call is filtered: this is not an EGo enclave"},
    };
    const uint8_t *report;
    size_t len;
    long result = ask(r->io, CALL_REMOTE_REPORT, bytes_of(r->report_data, 64), &report, &len);

    if (result < 0)
        return provider_fail(e, (int)result, "EGo", reasons, ARRAY_LEN(reasons));
    if (result > 0)
        return FAIL(e, ERR_UNAVAILABLE,
                    "EGo: no report, Open Enclave says %ld: check the quote provider library and aesmd",
                    result);
    if (report == NULL || len < HEADER_LEN || len > REPORT_MAX) {
        if (report != NULL)
            give_back(r->io, report);
        return FAIL(e, ERR_CORRUPT, "EGo: a report of %zu bytes", len);
    }
    struct bytes copy = arena_dup(a, bytes_of(report, len));
    give_back(r->io, report);
    *out = (struct provider_answer){.form = ATTEST_FORM_QUOTE};
    return strip(&out->raw, copy, e);
}

const struct provider provider_ego = {.name = "ego", .title = "EGo (SGX)", .present = present, .get = get};
