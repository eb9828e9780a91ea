/* TDX without configfs-tsm (Linux 6.2 to 6.6): the device gives a TDREPORT, which only this machine can
 * check; the host's quote generation service, asked over vsock, turns it into a quote. */
#include "tee/provider.h"
#include "tee/qgs.h"

#include <errno.h>
#include <sys/ioctl.h>

#define DEVICE "/dev/tdx_guest"
enum { TDREPORT_LEN = 1024, QGS_TIMEOUT_MS = 30000 };

struct tdx_report_req {
    uint8_t report_data[64];
    uint8_t td_report[TDREPORT_LEN];
};
#define TDX_CMD_GET_REPORT0 _IOWR('T', 1, struct tdx_report_req)

static bool present(const struct tee_io *io)
{
    return io->exists(io->ctx, DEVICE);
}

static enum err_code td_report(struct tdx_report_req *req, const struct provider_request *r, struct err *e)
{
    static const struct provider_reason reasons[] = {
        {ENOENT, ERR_NOT_FOUND, "not there: this is not a TD, or tdx_guest is not loaded"},
        {EACCES, ERR_DENIED, "may not be opened: run as root, or pass the device in"},
        {EPERM, ERR_DENIED, "may not be opened: run as root, or pass the device in"},
        {ENOTTY, ERR_UNSUPPORTED, "does not know this request: use a kernel with configfs-tsm"},
        {EIO, ERR_IO, "the TDX module made no report"},
    };
    const struct tee_io *io = r->io;
    int fd = io->open(io->ctx, DEVICE, TEE_READ_WRITE), sys = fd;

    if (fd >= 0) {
        uint32_t i = 0;
        memcpy(req->report_data, r->report_data, 64);
        do {
            sys = io->ioctl(io->ctx, fd, TDX_CMD_GET_REPORT0, req);
        } while (sys < 0 && tee_wait_busy(io, sys, i++));
        int closed = io->close(io->ctx, fd);
        sys = sys < 0 ? sys : closed;
    }
    return sys < 0 ? provider_fail(e, sys, DEVICE, reasons, ARRAY_LEN(reasons)) : ERR_OK;
}

static int exchange(const struct tee_io *io, int fd, struct bytes request, struct writer *answer)
{
    uint8_t head[4], step[4096];
    int sys = tee_write_all(io, fd, request);

    if (sys == 0)
        sys = tee_read_exactly(io, fd, head, sizeof head);
    if (sys != 0)
        return sys;
    uint32_t left =
        (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 | (uint32_t)head[2] << 8 | (uint32_t)head[3];
    if (left < QGS_HEAD_LEN || left > QGS_MESSAGE_MAX)
        return -EBADMSG; /* the host's word: bounded before anything is read */
    while (left > 0 && sys == 0) {
        uint32_t n = left < sizeof step ? left : (uint32_t)sizeof step;
        sys = tee_read_exactly(io, fd, step, n);
        if (sys == 0)
            put_mem(answer, step, n);
        left -= n;
    }
    return sys;
}

static enum err_code quote_of(struct bytes *quote, struct arena *a, const struct tee_io *io,
                              struct bytes report, struct err *e)
{
    static const struct provider_reason reasons[] = {
        {EBADMSG, ERR_MALFORMED, "an answer of impossible length"},
        {EPIPE, ERR_CLOSED, "closed before the answer was complete"},
        {EAGAIN, ERR_TIMEOUT, "no answer in time"},
        {ECONNREFUSED, ERR_UNAVAILABLE, "nobody listens: start qgs on the host"},
        {ECONNRESET, ERR_UNAVAILABLE, "nobody listens: start qgs on the host"},
        {ENODEV, ERR_UNAVAILABLE, "no vsock: give the TD a vhost-vsock device, or use configfs-tsm"},
        {EAFNOSUPPORT, ERR_UNAVAILABLE, "no vsock: load vmw_vsock_virtio_transport, or use configfs-tsm"},
        {ETIMEDOUT, ERR_TIMEOUT, "no answer in time"},
    };
    struct writer request = writer_in(a, 4 + QGS_HEAD_LEN + TDREPORT_LEN);
    struct writer answer = writer_in(a, QGS_MESSAGE_MAX);
    int fd = io->connect_vsock(io->ctx, QGS_HOST_CID, QGS_PORT, QGS_TIMEOUT_MS), sys = fd;

    qgs_request(&request, report);
    ASSERT(writer_ok(&request));
    if (fd >= 0) {
        sys = exchange(io, fd, writer_bytes(&request), &answer);
        (void)io->close(io->ctx, fd); /* a socket that was read; nothing is lost */
    }
    if (sys != 0 && fd < 0)
        return provider_fail(e, sys, "quote service, vsock 2:4050", reasons, ARRAY_LEN(reasons));
    if (sys != 0)
        return provider_fail(e, sys, "quote service", reasons, ARRAY_LEN(reasons));
    return qgs_answer_read(quote, writer_bytes(&answer), e);
}

static enum err_code get(struct provider_answer *out, struct arena *a, const struct provider_request *r,
                         struct err *e)
{
    struct tdx_report_req req = {0};

    TRY(td_report(&req, r, e));
    *out = (struct provider_answer){.form = ATTEST_FORM_QUOTE};
    return quote_of(&out->raw, a, r->io, bytes_of(req.td_report, sizeof req.td_report), e);
}

const struct provider provider_tdx_guest = {
    .name = "tdx-guest", .title = "TDX (" DEVICE ")", .present = present, .get = get};
