/* SEV-SNP without configfs-tsm (Linux 5.19 to 6.6): one request gives the report and the host's certificates.
 */
#include "base/reader.h"
#include "tee/provider.h"

#include <errno.h>
#include <linux/sev-guest.h>
#include <sys/ioctl.h>

#define DEVICE "/dev/sev-guest"
enum {
    PAGE = 4096,
    CERTS_FIRST = 4 * PAGE,
    CERTS_MAX = 16 * PAGE,
    CERTS_TRIES = 3,
    RESPONSE_HEAD_RESERVED = 24,
    STATUS_INVALID_PARAM = 0x16,
    STATUS_INVALID_KEY_SEL = 0x27,
};

static bool present(const struct tee_io *io)
{
    return io->exists(io->ctx, DEVICE);
}

static const struct provider_reason reasons[] = {
    {ENOENT, ERR_NOT_FOUND, "not there: this is not an SNP guest, or sev-guest is not loaded"},
    {EACCES, ERR_DENIED, "may not be opened: run as root, or pass the device in"},
    {EPERM, ERR_DENIED, "may not be opened: run as root, or pass the device in"},
    {ENOTTY, ERR_UNSUPPORTED, "no communication key is left, or an unknown request: restart the guest"},
    {EINVAL, ERR_IO, "the request is refused: is the VMPL one this guest may report?"},
    {EBUSY, ERR_BUSY, "the host throttles requests: try again later"},
    {EAGAIN, ERR_BUSY, "the host throttles requests: try again later"},
};

/* One request at the firmware's door, repeated while the host throttles. 0 or a negative errno. */
static int ask(const struct tee_io *io, int fd, struct snp_ext_report_req *req, struct snp_report_resp *resp,
               uint32_t *vmm_error)
{
    for (uint32_t i = 0;; i++) {
        struct snp_guest_request_ioctl arg = {
            .msg_version = 1,
            .req_data = (uintptr_t)req,
            .resp_data = (uintptr_t)resp,
        };
        memset(resp, 0, sizeof *resp);
        int sys = io->ioctl(io->ctx, fd, SNP_GET_EXT_REPORT, &arg);
        *vmm_error = (uint32_t)(arg.exitinfo2 >> 32);
        if (sys >= 0)
            return 0;
        bool throttled = *vmm_error == SNP_GUEST_VMM_ERR_BUSY;
        if (!tee_wait_busy(io, throttled ? -EBUSY : sys, i))
            return throttled ? -EBUSY : sys;
    }
}

/* The sizes below are the host's or the firmware's word. */
static enum err_code read_response(struct bytes *out, struct arena *a, const struct snp_report_resp *resp,
                                   struct err *e)
{
    struct reader r = reader_of(bytes_of(resp->data, sizeof resp->data));
    uint32_t status = take_u32(&r);
    uint32_t size = take_u32(&r);

    (void)take_bytes(&r, RESPONSE_HEAD_RESERVED);
    if (status == STATUS_INVALID_PARAM || status == STATUS_INVALID_KEY_SEL)
        return FAIL(e, ERR_UNSUPPORTED, DEVICE ": the firmware refuses (status 0x%x): wrong VMPL or key?",
                    status);
    if (status != 0)
        return FAIL(e, ERR_IO, DEVICE ": the firmware answers with status 0x%x", status);
    if (size != SNP_REPORT_LEN)
        return FAIL(e, ERR_CORRUPT, DEVICE ": a report of %u bytes, %d expected", size, SNP_REPORT_LEN);
    *out = arena_dup(a, take_bytes(&r, size));
    return ERR_OK;
}

static enum err_code report(struct provider_answer *out, struct arena *a, const struct provider_request *r,
                            int fd, struct err *e)
{
    struct snp_ext_report_req req = {.certs_len = CERTS_FIRST};
    struct snp_report_resp resp;
    uint8_t *certs = NULL;
    uint32_t vmm_error = 0, given = 0;
    int sys = -EIO;

    memcpy(req.data.user_data, r->report_data, 64);
    req.data.vmpl = r->privlevel < 0 ? 0 : (uint32_t)r->privlevel;
    for (int i = 0; i < CERTS_TRIES && sys != 0; i++) {
        given = req.certs_len;
        certs = given == 0 ? NULL : arena_alloc(a, given);
        req.certs_address = (uintptr_t)certs;
        sys = ask(r->io, fd, &req, &resp, &vmm_error);
        if (sys == 0 || vmm_error != SNP_GUEST_VMM_ERR_INVALID_LEN)
            break;
        /* Too small: the kernel says how much it takes. A table beyond all reason is done without. */
        if (req.certs_len <= given || req.certs_len > CERTS_MAX || req.certs_len % PAGE != 0)
            req.certs_len = 0;
    }
    if (sys != 0)
        return provider_fail(e, sys, DEVICE, reasons, ARRAY_LEN(reasons));
    *out = (struct provider_answer){.form = ATTEST_FORM_SNP};
    if (certs != NULL)
        out->certs = bytes_of(certs, given);
    return read_response(&out->raw, a, &resp, e);
}

static enum err_code get(struct provider_answer *out, struct arena *a, const struct provider_request *r,
                         struct err *e)
{
    int fd = r->io->open(r->io->ctx, DEVICE, TEE_READ_WRITE);

    if (fd < 0)
        return provider_fail(e, fd, DEVICE, reasons, ARRAY_LEN(reasons));
    enum err_code code = report(out, a, r, fd, e);
    (void)r->io->close(r->io->ctx, fd); /* a device that was asked; nothing is lost */
    return code;
}

const struct provider provider_sev_guest = {
    .name = "sev-guest", .title = "SEV-SNP (" DEVICE ")", .present = present, .get = get};
