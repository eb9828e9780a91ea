/* io/tls.h — TLS 1.3 with mutual attestation over a connected socket, carrying framed messages.
 *
 * Both sides show a self-signed P-256 certificate whose extension holds evidence; the peer's certificate is
 * judged by a callback and by nothing else (no authorities, no names). No tickets, no resumption, no 0-RTT,
 * no renegotiation. A frame is u32 big-endian length ‖ body, at most TLS_FRAME_MAX bytes of body.
 *
 * Two ways to use a connection. Blocking with deadlines: tls_handshake, tls_read, tls_write. In a poll loop:
 * wait for tls_events on tls_fd, then tls_step, then tls_take until it yields nothing; tls_put queues. One
 * thread per connection. The process must ignore SIGPIPE.
 *
 * CMake target: io_tls, which links OpenSSL (statically where the program says -static). */
#ifndef IO_TLS_H
#define IO_TLS_H

#include "base/arena.h"
#include "base/err.h"

enum {
    TLS_CERT_MAX = 64000, /* DER */
    TLS_FRAME_MAX = 1 << 20,
    TLS_QUEUE_MAX = 3 << 20, /* bytes queued to a peer that does not read; then ERR_LIMIT */
};

struct tls_identity;

/* Gives the value of the evidence extension for a key (DER of its SubjectPublicKeyInfo), in the arena. */
typedef enum err_code (*tls_evidence)(void *ctx, struct arena *a, struct bytes *extension_value,
                                      struct bytes spki, struct err *e);
/* A fresh key and its certificate. oid: dotted text of the extension. */
FALLIBLE tls_identity_new(struct tls_identity **out, const char *oid, tls_evidence evidence, void *ctx,
                          struct err *e);
/* What else a certificate says, whatever its key. */
struct tls_extension {
    const char *oid; /* another than that of the evidence */
    struct bytes value;
};
/* The same with a second extension, if there is one. ERR_LIMIT: the certificate would be longer than
 * TLS_CERT_MAX, and no peer would read it. */
FALLIBLE tls_identity_new_with(struct tls_identity **out, const char *oid, tls_evidence evidence, void *ctx,
                               const struct tls_extension *second_opt, struct err *e);
void tls_identity_free(struct tls_identity *id);
DEFINE_CLEANUP(struct tls_identity *, tls_identity_free)

enum tls_role { TLS_CLIENT, TLS_SERVER };

/* Judges the peer's certificate (DER): anything but ERR_OK ends the handshake, with `e` as the reason. */
typedef enum err_code (*tls_verdict)(void *ctx, struct bytes cert_der, struct err *e);

struct tls_conn;

/* Takes the socket over (also on failure) and makes it non-blocking. The ctx must outlive the
 * connection, the identity need not. */
FALLIBLE tls_conn_new(struct tls_conn **out, int owned_fd, enum tls_role role, const struct tls_identity *id,
                      tls_verdict verdict, void *ctx, struct err *e);
/* Closes without ceremony. */
void tls_conn_free(struct tls_conn *c);
DEFINE_CLEANUP(struct tls_conn *, tls_conn_free)

/* --- blocking; 0 ms: what can be done at once ---
 * ERR_UNVERIFIED (the verdict), ERR_TIMEOUT, ERR_CLOSED, ERR_LIMIT (frame too long), ERR_IO. After any
 * failure but ERR_TIMEOUT of tls_read the connection is of no further use. */
FALLIBLE tls_handshake(struct tls_conn *c, uint32_t timeout_ms, struct err *e);
/* *out is valid until the next call with this connection. */
FALLIBLE tls_read(struct tls_conn *c, struct bytes *out, uint32_t timeout_ms, struct err *e);
FALLIBLE tls_write(struct tls_conn *c, struct bytes body, uint32_t timeout_ms, struct err *e);

/* --- in a poll loop --- */
int tls_fd(const struct tls_conn *c);
short tls_events(const struct tls_conn *c); /* what to poll for */
/* Does what can be done without waiting: handshake, reading, sending. ERR_OK also when nothing could be. */
FALLIBLE tls_step(struct tls_conn *c, struct err *e);
bool tls_ready(const struct tls_conn *c); /* the handshake is done and the verdict was good */
/* The next complete frame; false when there is none. Valid until the next call with this connection. */
bool tls_take(struct tls_conn *c, struct bytes *out);
/* Queues a frame; ERR_LIMIT when the queue is full. tls_step sends. */
FALLIBLE tls_put(struct tls_conn *c, struct bytes body, struct err *e);
size_t tls_queued(const struct tls_conn *c); /* bytes not yet sent */

/* 32 bytes of keying material of this connection (RFC 8446 section 7.5, no context); after the handshake. */
FALLIBLE tls_exporter(const struct tls_conn *c, const char *label, uint8_t out[32], struct err *e);

#endif /* IO_TLS_H */
