#include "tee/io.h"

#include <errno.h>

enum { INTERRUPTIONS_MAX = 64, SHORT_WRITES_MAX = 3, READ_STEP = 4096, BUSY_FIRST_MS = 10 };

static ptrdiff_t read_some(const struct tee_io *io, int fd, void *buf, size_t len)
{
    ptrdiff_t n = -EINTR;
    for (int i = 0; i < INTERRUPTIONS_MAX && n == -EINTR; i++)
        n = io->read(io->ctx, fd, buf, len);
    return n > (ptrdiff_t)len ? -EIO : n;
}

static ptrdiff_t write_some(const struct tee_io *io, int fd, const void *buf, size_t len)
{
    ptrdiff_t n = -EINTR;
    for (int i = 0; i < INTERRUPTIONS_MAX && n == -EINTR; i++)
        n = io->write(io->ctx, fd, buf, len);
    return n > (ptrdiff_t)len ? -EIO : n;
}

int tee_read_file(const struct tee_io *io, const char *path, struct writer *w)
{
    uint8_t step[READ_STEP];
    ptrdiff_t n;
    int fd = io->open(io->ctx, path, TEE_READ);

    if (fd < 0)
        return fd;
    while ((n = read_some(io, fd, step, sizeof step)) > 0) {
        put_mem(w, step, (size_t)n);
        if (!writer_ok(w)) {
            n = -EFBIG;
            break;
        }
    }
    int closed = io->close(io->ctx, fd);
    return n < 0 ? (int)n : closed;
}

int tee_write_file(const struct tee_io *io, const char *path, struct bytes content)
{
    for (int i = 0; i < SHORT_WRITES_MAX; i++) {
        int fd = io->open(io->ctx, path, TEE_WRITE);
        if (fd < 0)
            return fd;
        ptrdiff_t n = write_some(io, fd, content.p, content.len);
        int closed = io->close(io->ctx, fd); /* configfs judges binary attributes only now */
        if (n < 0)
            return (int)n;
        if (closed < 0)
            return closed;
        if ((size_t)n == content.len)
            return 0;
    }
    return -EIO;
}

int tee_read_exactly(const struct tee_io *io, int fd, void *buf, size_t len)
{
    uint8_t *p = buf;
    while (len > 0) {
        ptrdiff_t n = read_some(io, fd, p, len);
        if (n <= 0)
            return n == 0 ? -EPIPE : (int)n;
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

int tee_write_all(const struct tee_io *io, int fd, struct bytes content)
{
    while (content.len > 0) {
        ptrdiff_t n = write_some(io, fd, content.p, content.len);
        if (n <= 0)
            return n == 0 ? -EPIPE : (int)n;
        content = bytes_from(content, (size_t)n);
    }
    return 0;
}

bool tee_wait_busy(const struct tee_io *io, int negative_errno, uint32_t attempt)
{
    bool passes = negative_errno == -EBUSY || negative_errno == -EAGAIN || negative_errno == -EINTR;
    if (!passes || attempt + 1 >= TEE_BUSY_TRIES)
        return false;
    io->sleep_ms(io->ctx, (uint32_t)BUSY_FIRST_MS << attempt);
    return true;
}
