/* tee/io.h — the only way from evidence providers to the outside: pseudo-files, devices, vsock, system calls.
 *
 * Functions answer with -errno on failure, as the kernel does, so that a fake (tee/fake_test.h) can stand in
 * for a machine with a TEE. The helpers below are what providers use; they bound, continue and retry. */
#ifndef TEE_IO_H
#define TEE_IO_H

#include "base/err.h"
#include "base/writer.h"

enum tee_open_mode { TEE_READ, TEE_WRITE, TEE_READ_WRITE };

struct tee_io {
    void *ctx;
    int (*open)(void *ctx, const char *path, enum tee_open_mode mode);
    ptrdiff_t (*read)(void *ctx, int fd, void *buf, size_t len); /* 0: the end */
    ptrdiff_t (*write)(void *ctx, int fd, const void *buf, size_t len);
    int (*close)(void *ctx, int fd);
    int (*mkdir)(void *ctx, const char *path);
    int (*rmdir)(void *ctx, const char *path);
    int (*ioctl)(void *ctx, int fd, unsigned long request, void *arg);
    bool (*exists)(void *ctx, const char *path);
    /* A connected stream; reads and writes on it give up after timeout_ms. */
    int (*connect_vsock)(void *ctx, uint32_t cid, uint32_t port, uint32_t timeout_ms);
    /* A system call by number: how an EGo enclave is asked. */
    long (*syscall)(void *ctx, long number, const uintptr_t args[6]);
    void (*sleep_ms)(void *ctx, uint32_t ms);
};

/* The operating system (tee/io_posix.c). */
extern const struct tee_io tee_io_posix;

enum { TEE_BUSY_TRIES = 8 };

/* The whole of a pseudo-file, read in one open until its end, into an empty writer up to its maximum. The
 * answer is 0 or a negative errno; -EFBIG also when the content exceeds the writer's bound. Interruptions
 * are continued, "busy" is for the caller. */
MUST_USE int tee_read_file(const struct tee_io *io, const char *path, struct writer *w);
/* `content` by one write in one open: pseudo-files take their value per write. A write that took less is
 * repeated whole in a new open, a few times. 0 or a negative errno; -EIO when writes stay short. */
MUST_USE int tee_write_file(const struct tee_io *io, const char *path, struct bytes content);
/* Up to the whole of `buf` from a stream; 0 or a negative errno, -EPIPE when it ends early. */
MUST_USE int tee_read_exactly(const struct tee_io *io, int fd, void *buf, size_t len);
MUST_USE int tee_write_all(const struct tee_io *io, int fd, struct bytes content);

/* Is this error one that passes by itself? Sleeps the back-off of try number `attempt` (from 0) and answers
 * true; false when the error is final or the tries are used up. */
MUST_USE bool tee_wait_busy(const struct tee_io *io, int negative_errno, uint32_t attempt);

#endif /* TEE_IO_H */
