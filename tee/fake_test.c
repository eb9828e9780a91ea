#include "tee/fake_test.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/sev-guest.h>
#include <sys/ioctl.h>

#include "base/fmt.h"

#define TSM "/sys/kernel/config/tsm/report"
#define VSOCK "vsock"
enum { SGX_DATA = 48 + 320, TDX_DATA = 48 + 520, SNP_DATA = 0x50, SNP_LEN = 1184 };

void fake_load(struct fake_blob *out, const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, WETEE_VECTORS "/attestation/%s", name);
    FILE *h = fopen(path, "rb");
    assert_non_null(h);
    out->len = fread(out->b, 1, sizeof out->b, h);
    (void)fclose(h);
    assert_true(out->len > 0 && out->len < sizeof out->b);
}

static bool ends_in(const char *path, const char *suffix)
{
    size_t n = strlen(path), m = strlen(suffix);
    return n >= m && strcmp(path + n - m, suffix) == 0;
}

static int injected(struct fake *f, const char *path)
{
    for (int i = 0; i < FAKE_INJECTIONS; i++) {
        struct fake_injection *j = &f->inject[i];
        if (j->times > 0 && ends_in(path, j->suffix)) {
            j->times--;
            return -j->sys;
        }
    }
    return 0;
}

/* --- what files hold --- */

static void text_into(struct fake_blob *out, const char *text)
{
    out->len = strlen(text);
    memcpy(out->b, text, out->len);
}

static void patched(struct fake_blob *out, const struct fake_blob *evidence, size_t at, const uint8_t *data)
{
    *out = *evidence;
    memcpy(out->b + at, data, 64);
}

static void disturb(struct fake *f, int *times)
{
    if (*times <= 0)
        return;
    (*times)--;
    memset(f->inblob.b, 0x77, 64);
    f->inblob.len = 64;
    f->write_generation++;
}

/* A request is made when the cached blob is of an older generation, and only then. */
static int tsm_make(struct fake *f)
{
    bool tdx = strcmp(f->tsm_provider, "tdx_guest\n") == 0;

    if (f->inblob.len == 0)
        return -EINVAL;
    if (f->outblob_made && f->read_generation == f->write_generation)
        return 0;
    if (tdx && f->inblob.len != 64)
        return -EINVAL;
    uint8_t data[64] = {0};
    memcpy(data, f->inblob.b, f->inblob.len);
    patched(&f->outblob, tdx ? &f->tdx : &f->snp, tdx ? TDX_DATA : SNP_DATA, data);
    memset(f->outblob.b + f->outblob.len, 0, f->zero_tail);
    f->outblob.len += f->zero_tail;
    f->outblob_made = true;
    f->outblobs_made++;
    f->read_generation = f->write_generation;
    return 0;
}

static int fill_tsm(struct fake *f, const char *path, struct fake_blob *out)
{
    char number[32];
    int sys = 0;

    if (ends_in(path, "/provider")) {
        text_into(out, f->tsm_provider);
    } else if (ends_in(path, "/generation")) {
        (void)fmt_into(number, sizeof number, "%lu\n", f->write_generation);
        text_into(out, number);
        disturb(f, &f->disturb);
    } else if (ends_in(path, "/outblob")) {
        sys = tsm_make(f);
        *out = f->outblob;
    } else if (ends_in(path, "/auxblob")) {
        sys = tsm_make(f);
        *out = f->certs;
    } else {
        return -EACCES;
    }
    return sys;
}

static int fill(struct fake *f, struct fake_fd *fd)
{
    if (ends_in(fd->path, "/attestation_type")) {
        text_into(&fd->content, f->attestation_type);
        return 0;
    }
    if (strcmp(fd->path, "/dev/attestation/quote") == 0) {
        if (strcmp(f->attestation_type, "none\n") == 0)
            return -EACCES;
        f->quotes_made++;
        patched(&fd->content, &f->sgx, SGX_DATA, f->user_report_data);
        return 0;
    }
    return fill_tsm(f, fd->path, &fd->content);
}

/* What a write means, once the file is closed. */
static void commit(struct fake *f, const struct fake_fd *fd)
{
    if (ends_in(fd->path, "/user_report_data")) {
        memset(f->user_report_data, 0, 64);
        memcpy(f->user_report_data, fd->content.b, fd->content.len);
    } else if (ends_in(fd->path, "/inblob")) {
        f->inblob = fd->content;
        f->write_generation++;
        disturb(f, &f->disturb_early);
    }
}

/* --- the table --- */

static bool there(void *ctx, const char *path)
{
    struct fake *f = ctx;
    if (strcmp(path, "/dev/attestation/quote") == 0)
        return f->quote_file;
    if (strncmp(path, "/dev/attestation/", 17) == 0)
        return f->attestation_type != NULL;
    if (strcmp(path, "/dev/tdx_guest") == 0)
        return f->tdx_device;
    if (strcmp(path, "/dev/sev-guest") == 0)
        return f->snp_device;
    if (strcmp(path, TSM) == 0)
        return f->tsm_provider != NULL;
    if (ends_in(path, "/auxblob") && !f->with_auxblob)
        return false;
    return f->tsm_dir && strncmp(path, f->tsm_name, strlen(f->tsm_name)) == 0;
}

static int take_fd(struct fake *f, const char *path, enum tee_open_mode mode)
{
    for (int i = 0; i < FAKE_FDS; i++) {
        if (f->fds[i].used)
            continue;
        memset(&f->fds[i], 0, sizeof f->fds[i]);
        f->fds[i].used = true;
        f->fds[i].mode = mode;
        (void)fmt_into(f->fds[i].path, sizeof f->fds[i].path, "%s", path);
        f->opened++;
        return 100 + i;
    }
    return -EMFILE;
}

static int fake_open(void *ctx, const char *path, enum tee_open_mode mode)
{
    struct fake *f = ctx;
    int sys = ends_in(path, "blob") || ends_in(path, "quote") ? 0 : injected(f, path);
    if (sys != 0)
        return sys;
    return there(f, path) ? take_fd(f, path, mode) : -ENOENT;
}

static struct fake_fd *fd_of(struct fake *f, int fd)
{
    assert_true(fd >= 100 && fd < 100 + FAKE_FDS && f->fds[fd - 100].used);
    return &f->fds[fd - 100];
}

static size_t chunk(const struct fake *f, size_t len)
{
    return f->read_chunk > 0 && len > f->read_chunk ? f->read_chunk : len;
}

static ptrdiff_t fake_read(void *ctx, int number, void *buf, size_t len)
{
    struct fake *f = ctx;
    struct fake_fd *fd = fd_of(f, number);
    if (f->interruptions > 0) {
        f->interruptions--;
        return -EINTR;
    }
    bool vsock = strcmp(fd->path, VSOCK) == 0;
    if (!vsock && !fd->filled) {
        int sys = injected(f, fd->path);
        if (sys == 0)
            sys = fill(f, fd);
        if (sys != 0)
            return sys;
        fd->filled = true;
    }
    const struct fake_blob *from = vsock ? &f->qgs_out : &fd->content;
    size_t left = from->len - fd->at;
    size_t n = chunk(f, len < left ? len : left);
    memcpy(buf, from->b + fd->at, n);
    fd->at += n;
    return (ptrdiff_t)n;
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The quote service answers once the whole request is there. */
static void qgs_answer(struct fake *f)
{
    const struct fake_blob *in = &f->qgs_in;
    struct writer w = writer_fixed(f->qgs_out.b, sizeof f->qgs_out.b);
    struct fake_blob quote;
    uint8_t id[64] = {0};

    if (in->len < 4 || in->len - 4 < be32(in->b))
        return;
    assert_int_equal(in->len, 4 + 24 + 1024);
    assert_int_equal(load_u16le(in->b + 4), 1);
    assert_int_equal(load_u32le(in->b + 8), 0);
    assert_int_equal(load_u32le(in->b + 12), 24 + 1024);
    assert_int_equal(load_u32le(in->b + 20), 1024);
    assert_int_equal(load_u32le(in->b + 24), 0);
    patched(&quote, &f->tdx, TDX_DATA, in->b + 28 + 128); /* REPORTDATA inside REPORTMACSTRUCT */
    uint32_t size = (uint32_t)(24 + quote.len + f->qgs_id_len);
    put_u32be(&w, f->qgs_frame_override != 0 ? f->qgs_frame_override : size + f->qgs_frame_extra);
    put_u16(&w, 1);
    put_u16(&w, 0);
    put_u32(&w, 1);
    put_u32(&w, size);
    put_u32(&w, f->qgs_error);
    put_u32(&w, f->qgs_id_len);
    put_u32(&w, (uint32_t)quote.len + f->qgs_quote_extra);
    put_mem(&w, id, f->qgs_id_len);
    put_mem(&w, quote.b, quote.len);
    assert_true(writer_ok(&w));
    f->qgs_out.len = w.len - f->qgs_cut;
}

static ptrdiff_t fake_write(void *ctx, int number, const void *buf, size_t len)
{
    struct fake *f = ctx;
    struct fake_fd *fd = fd_of(f, number);
    if (f->interruptions > 0) {
        f->interruptions--;
        return -EINTR;
    }
    int sys = injected(f, fd->path);
    if (sys != 0)
        return sys;
    size_t n = len;
    if (f->short_writes > 0 && len > 1) {
        f->short_writes--;
        n = len - 1;
    }
    if (strcmp(fd->path, VSOCK) == 0) {
        memcpy(f->qgs_in.b + f->qgs_in.len, buf, n);
        f->qgs_in.len += n;
        qgs_answer(f);
        return (ptrdiff_t)n;
    }
    if (ends_in(fd->path, "/privlevel")) {
        int level = *(const char *)buf - '0';
        if (level < f->privlevel_floor || level > 3)
            return -EINVAL;
        f->privlevel = level;
        f->write_generation++;
        return (ptrdiff_t)n;
    }
    assert_int_equal(fd->content.len, 0); /* one write per open */
    if (n > 64)
        return -EFBIG;
    memcpy(fd->content.b, buf, n);
    fd->content.len = n;
    return (ptrdiff_t)n;
}

static int fake_close(void *ctx, int number)
{
    struct fake *f = ctx;
    struct fake_fd *fd = fd_of(f, number);
    if (fd->mode == TEE_WRITE && fd->content.len > 0)
        commit(f, fd);
    fd->used = false;
    f->closed++;
    return 0;
}

static int fake_mkdir(void *ctx, const char *path)
{
    struct fake *f = ctx;
    int sys = injected(f, "mkdir");
    if (sys != 0)
        return sys;
    if (f->tsm_provider == NULL)
        return -ENOENT;
    assert_false(f->tsm_dir);
    (void)fmt_into(f->tsm_name, sizeof f->tsm_name, "%s", path);
    f->tsm_dir = true;
    f->inblob.len = 0;
    f->outblob_made = false;
    f->write_generation = f->read_generation = 0;
    f->tsm_mkdirs++;
    return 0;
}

static int fake_rmdir(void *ctx, const char *path)
{
    struct fake *f = ctx;
    if (!f->tsm_dir || strcmp(path, f->tsm_name) != 0)
        return -ENOENT;
    f->tsm_dir = false;
    f->tsm_rmdirs++;
    return 0;
}

static void *pointer(uint64_t at)
{
    union {
        uintptr_t in;
        void *out;
    } u = {.in = (uintptr_t)at};
    return u.out;
}

static int snp_ioctl(struct fake *f, struct snp_guest_request_ioctl *arg)
{
    struct snp_ext_report_req *req = pointer(arg->req_data);
    struct snp_report_resp *resp = pointer(arg->resp_data);
    struct fake_blob report;

    f->snp_calls++;
    assert_int_equal(arg->msg_version, 1);
    if (f->snp_throttled > 0) {
        f->snp_throttled--;
        arg->vmm_error = SNP_GUEST_VMM_ERR_BUSY;
        return -EIO;
    }
    uint32_t wanted = f->snp_certs_wanted != 0 ? f->snp_certs_wanted : (uint32_t)f->certs.len;
    if (req->certs_address != 0 && (req->certs_len < wanted || f->snp_lies_about_length)) {
        arg->vmm_error = SNP_GUEST_VMM_ERR_INVALID_LEN;
        req->certs_len = f->snp_lies_about_length ? req->certs_len + 4096 : (wanted + 4095) / 4096 * 4096;
        return -EIO;
    }
    if (req->certs_address != 0)
        memcpy(pointer(req->certs_address), f->certs.b, f->certs.len);
    patched(&report, &f->snp, SNP_DATA, req->data.user_data);
    store_u32le(resp->data, f->snp_status);
    store_u32le(resp->data + 4, f->snp_size != 0 ? f->snp_size : SNP_LEN);
    memcpy(resp->data + 32, report.b, SNP_LEN);
    f->privlevel = (int)req->data.vmpl;
    return 0;
}

static int fake_ioctl(void *ctx, int number, unsigned long request, void *arg)
{
    struct fake *f = ctx;
    struct fake_fd *fd = fd_of(f, number);
    int sys = injected(f, "ioctl");

    assert_int_equal(fd->mode, TEE_READ_WRITE);
    if (sys != 0)
        return sys;
    if (strcmp(fd->path, "/dev/sev-guest") == 0 && request == SNP_GET_EXT_REPORT)
        return snp_ioctl(f, arg);
    if (strcmp(fd->path, "/dev/tdx_guest") == 0 && request == 0xc4405401) { /* _IOWR('T', 1, 1088 bytes) */
        uint8_t *req = arg;
        memset(req + 64, 0, 1024);
        memcpy(req + 64 + 128, req, 64);
        return 0;
    }
    return -ENOTTY;
}

static int fake_vsock(void *ctx, uint32_t cid, uint32_t port, uint32_t timeout_ms)
{
    struct fake *f = ctx;
    assert_int_equal(cid, 2);
    assert_int_equal(port, 4050);
    assert_true(timeout_ms > 0);
    f->qgs_in.len = f->qgs_out.len = 0;
    return f->qgs ? take_fd(f, VSOCK, TEE_READ_WRITE) : -ECONNREFUSED;
}

static long fake_syscall(void *ctx, long number, const uintptr_t args[6])
{
    struct fake *f = ctx;
    struct fake_blob quote;

    if (!f->ego || (number != 1000 && number != 1001 && number != 1009))
        return -ENOSYS;
    if (number == 1001) {
        free(pointer(args[0]));
        f->ego_reports--;
        return 0;
    }
    if (number == 1000 && f->ego_result != 0)
        return f->ego_result;
    uint8_t data[64] = {0};
    assert_true(args[1] <= 64);
    if (args[1] > 0)
        memcpy(data, pointer(args[0]), args[1]);
    patched(&quote, &f->sgx, SGX_DATA, data);
    uint8_t *report = malloc(16 + quote.len), **report_out = pointer(args[4]);
    size_t *len_out = pointer(args[5]);
    assert_non_null(report);
    store_u32le(report, 1);
    store_u32le(report + 4, number == 1000 ? f->ego_type : 1);
    store_u64le(report + 8, quote.len + f->ego_size_extra);
    memcpy(report + 16, quote.b, quote.len);
    *report_out = report;
    *len_out = 16 + quote.len;
    f->ego_reports++;
    return 0;
}

static void fake_sleep(void *ctx, uint32_t ms)
{
    struct fake *f = ctx;
    f->slept_ms += ms;
}

void fake_init(struct fake *f)
{
    memset(f, 0, sizeof *f);
    f->io = (struct tee_io){
        .ctx = f,
        .open = fake_open,
        .read = fake_read,
        .write = fake_write,
        .close = fake_close,
        .mkdir = fake_mkdir,
        .rmdir = fake_rmdir,
        .ioctl = fake_ioctl,
        .exists = there,
        .connect_vsock = fake_vsock,
        .syscall = fake_syscall,
        .sleep_ms = fake_sleep,
    };
    f->with_auxblob = true;
    f->ego_type = 2;
    fake_load(&f->sgx, "sgx/sgx-phala-a067-processor-ca/quote.bin");
    fake_load(&f->tdx, "tdx/tdx-phala-b0c06f-uptodate/quote.bin");
    fake_load(&f->snp, "snp/snp-veraison-genoa-v3-tsm/outblob.bin");
    fake_load(&f->certs, "snp/snp-veraison-genoa-v3-tsm/auxblob.bin");
}
