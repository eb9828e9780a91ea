/* Gramine's pseudo-files: write 64 bytes of report data, read a quote. The state belongs to the process. */
#include "tee/provider.h"

#include <errno.h>
#include <threads.h>

#define FOLDER "/dev/attestation/"
enum { TYPE_MAX = 32, QUOTE_MAX = 16384 };

static once_flag lock_once = ONCE_FLAG_INIT;
static mtx_t lock; /* user_report_data, until the quote for it is read */

static void lock_make(void)
{
    ASSERT(mtx_init(&lock, mtx_plain) == thrd_success);
}

/* The word in attestation_type; empty when the file is not there. */
static struct bytes attestation_type(const struct tee_io *io, uint8_t mem[TYPE_MAX])
{
    struct writer w = writer_fixed(mem, TYPE_MAX);
    if (tee_read_file(io, FOLDER "attestation_type", &w) != 0)
        return BYTES_EMPTY;
    struct bytes text = writer_bytes(&w);
    while (text.len > 0 && (text.p[text.len - 1] == '\n' || text.p[text.len - 1] == 0))
        text.len--;
    return text;
}

static bool present(const struct tee_io *io)
{
    uint8_t mem[TYPE_MAX];
    struct bytes type = attestation_type(io, mem);
    return io->exists(io->ctx, FOLDER "quote") && type.len > 0 && !bytes_eq(type, BYTES_LIT("none"));
}

bool provider_gramine_silent(const struct tee_io *io)
{
    uint8_t mem[TYPE_MAX];
    return bytes_eq(attestation_type(io, mem), BYTES_LIT("none"));
}

static const struct provider_reason reasons[] = {
    {ENOENT, ERR_NOT_FOUND, "not there: run under gramine-sgx with sgx.remote_attestation = \"dcap\""},
    {EACCES, ERR_DENIED, "refused: does the manifest say sgx.remote_attestation = \"dcap\"?"},
    {EPERM, ERR_DENIED, "refused: is aesmd running, and may the enclave use it?"},
    {EFBIG, ERR_LIMIT, "the quote is longer than any quote may be"},
    {EIO, ERR_UNAVAILABLE, "no quote from the quoting enclave: check aesmd and the PCCS of the host"},
    {ECONNREFUSED, ERR_UNAVAILABLE, "aesmd does not answer: start it, or mount its socket"},
};

static enum err_code check_type(const struct tee_io *io, struct err *e)
{
    uint8_t mem[TYPE_MAX];
    struct bytes type = attestation_type(io, mem);

    if (type.len == 0)
        return FAIL(e, ERR_NOT_FOUND, "no " FOLDER "attestation_type: this is not Gramine");
    if (bytes_eq(type, BYTES_LIT("none")))
        return FAIL(e, ERR_UNSUPPORTED,
                    "Gramine's attestation type is none: set sgx.remote_attestation = \"dcap\"");
    if (!bytes_eq(type, BYTES_LIT("dcap")))
        return FAIL(e, ERR_UNSUPPORTED, "Gramine's attestation type is \"%.*s\": only dcap is judged",
                    (int)type.len, (const char *)type.p);
    return ERR_OK;
}

static enum err_code quote_locked(struct writer *w, const struct provider_request *r, struct err *e)
{
    const struct bytes data = bytes_of(r->report_data, 64);
    int sys = tee_write_file(r->io, FOLDER "user_report_data", data);

    if (sys != 0)
        return provider_fail(e, sys, FOLDER "user_report_data", reasons, ARRAY_LEN(reasons));
    for (uint32_t i = 0;; i++) {
        w->len = 0; /* every open of the file makes a new quote */
        sys = tee_read_file(r->io, FOLDER "quote", w);
        if (sys == 0)
            return ERR_OK;
        if (!tee_wait_busy(r->io, sys, i))
            return provider_fail(e, sys, FOLDER "quote", reasons, ARRAY_LEN(reasons));
    }
}

static enum err_code get(struct provider_answer *out, struct arena *a, const struct provider_request *r,
                         struct err *e)
{
    struct writer w = writer_in(a, QUOTE_MAX);

    TRY(check_type(r->io, e));
    call_once(&lock_once, lock_make);
    ASSERT(mtx_lock(&lock) == thrd_success);
    enum err_code code = quote_locked(&w, r, e);
    ASSERT(mtx_unlock(&lock) == thrd_success);
    TRY(code);
    *out = (struct provider_answer){.form = ATTEST_FORM_QUOTE, .raw = writer_bytes(&w)};
    return ERR_OK;
}

const struct provider provider_gramine = {
    .name = "gramine", .title = "Gramine (SGX)", .present = present, .get = get};
