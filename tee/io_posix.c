#include "tee/io.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int answer(int result)
{
    return result < 0 ? -errno : result;
}

static int posix_open(void *ctx, const char *path, enum tee_open_mode mode)
{
    static const int flags[] = {[TEE_READ] = O_RDONLY, [TEE_WRITE] = O_WRONLY, [TEE_READ_WRITE] = O_RDWR};
    (void)ctx;
    return answer(open(path, flags[mode] | O_CLOEXEC));
}

static ptrdiff_t posix_read(void *ctx, int fd, void *buf, size_t len)
{
    ptrdiff_t n = read(fd, buf, len);
    (void)ctx;
    return n < 0 ? -errno : n;
}

static ptrdiff_t posix_write(void *ctx, int fd, const void *buf, size_t len)
{
    ptrdiff_t n = write(fd, buf, len);
    (void)ctx;
    return n < 0 ? -errno : n;
}

static int posix_close(void *ctx, int fd)
{
    (void)ctx;
    return answer(close(fd));
}

static int posix_mkdir(void *ctx, const char *path)
{
    (void)ctx;
    return answer(mkdir(path, 0700));
}

static int posix_rmdir(void *ctx, const char *path)
{
    (void)ctx;
    return answer(rmdir(path));
}

static int posix_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
    (void)ctx;
    return answer(ioctl(fd, request, arg));
}

static bool posix_exists(void *ctx, const char *path)
{
    (void)ctx;
    return access(path, F_OK) == 0;
}

static int posix_connect_vsock(void *ctx, uint32_t cid, uint32_t port, uint32_t timeout_ms)
{
    const struct sockaddr_vm to = {.svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port};
    const struct timeval limit = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)ctx;
    if (fd < 0)
        return -errno;
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
        connect(fd, (const struct sockaddr *)&to, sizeof to) != 0) {
        int why = -errno;
        (void)close(fd);
        return why;
    }
    return fd;
}

static long posix_syscall(void *ctx, long number, const uintptr_t a[6])
{
    long result = syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    (void)ctx;
    return result == -1 ? -errno : result;
}

static void posix_sleep_ms(void *ctx, uint32_t ms)
{
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)ctx;
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

const struct tee_io tee_io_posix = {
    .open = posix_open,
    .read = posix_read,
    .write = posix_write,
    .close = posix_close,
    .mkdir = posix_mkdir,
    .rmdir = posix_rmdir,
    .ioctl = posix_ioctl,
    .exists = posix_exists,
    .connect_vsock = posix_connect_vsock,
    .syscall = posix_syscall,
    .sleep_ms = posix_sleep_ms,
};
