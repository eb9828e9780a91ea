#include "io/tls.h"
#include "base/clock.h"
#include "base/int.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

enum {
    HEAD_LEN = 4,
    READ_STEP = 16384,
    CERT_LIST_MAX = 65536,
    CERT_BACKDATE_S = 86400,
    CERT_LIFE_S = 10 * 365 * 86400, /* says nothing about freshness: evidence over the exporter does */
    IDENTITY_ARENA_MAX = 1 << 20,
};

struct tls_identity {
    SSL_CTX *ctx;
};

struct buffer {
    uint8_t *p;
    size_t len, cap;
};

struct tls_conn {
    SSL *ssl;
    int fd;
    enum tls_role role;
    bool ready;
    bool read_wants_write, write_wants_read; /* TLS may need the other direction for a moment */
    tls_verdict verdict;
    void *verdict_ctx;
    struct err failed; /* sticky: code is ERR_OK while the connection is good */
    struct buffer in, out;
    size_t consumed; /* bytes of `in` handed out by tls_take */
    size_t sent;     /* bytes of `out` already sent */
};

DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free)
DEFINE_CLEANUP(X509 *, X509_free)
DEFINE_CLEANUP(ASN1_OBJECT *, ASN1_OBJECT_free)
DEFINE_CLEANUP(ASN1_OCTET_STRING *, ASN1_OCTET_STRING_free)
DEFINE_CLEANUP(X509_EXTENSION *, X509_EXTENSION_free)

/* --- identity --- */

static bool set_names_and_times(X509 *x, EVP_PKEY *key)
{
    int64_t now = (int64_t)(clock_wall_ms() / 1000);
    X509_NAME *name = X509_get_subject_name(x);

    return X509_set_version(x, X509_VERSION_3) == 1 && ASN1_INTEGER_set(X509_get_serialNumber(x), 1) == 1 &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"wetee", -1, -1, 0) ==
               1 &&
           X509_set_issuer_name(x, name) == 1 && X509_set_pubkey(x, key) == 1 &&
           ASN1_TIME_set(X509_getm_notBefore(x), now - CERT_BACKDATE_S) != NULL &&
           ASN1_TIME_set(X509_getm_notAfter(x), now + CERT_LIFE_S) != NULL;
}

static bool add_extension(X509 *x, const char *oid, struct bytes value)
{
    CLEANUP(ASN1_OBJECT_free) ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    CLEANUP(ASN1_OCTET_STRING_free) ASN1_OCTET_STRING *content = ASN1_OCTET_STRING_new();

    if (object == NULL || content == NULL || ASN1_OCTET_STRING_set(content, value.p, (int)value.len) != 1)
        return false;
    CLEANUP(X509_EXTENSION_free)
    X509_EXTENSION *ext = X509_EXTENSION_create_by_OBJ(NULL, object, 0, content);
    return ext != NULL && X509_add_ext(x, ext, -1) == 1;
}

/* What goes into a certificate besides its key. */
struct contents {
    const char *oid;
    tls_evidence evidence;
    void *ctx;
    const struct tls_extension *second_opt;
};

static enum err_code fill(X509 *x, EVP_PKEY *key, const struct contents *c, struct bytes value, struct err *e)
{
    if (!set_names_and_times(x, key) || !add_extension(x, c->oid, value) ||
        (c->second_opt != NULL && !add_extension(x, c->second_opt->oid, c->second_opt->value)) ||
        X509_sign(x, key, EVP_sha256()) <= 0) {
        ERR_clear_error();
        return FAIL(e, ERR_INTERNAL, "making a certificate");
    }
    int len = i2d_X509(x, NULL);
    if (len > TLS_CERT_MAX)
        return FAIL(e, ERR_LIMIT, "a certificate of %d bytes, at most %d", len, TLS_CERT_MAX);
    return ERR_OK;
}

static enum err_code make_certificate(X509 *x, EVP_PKEY *key, const struct contents *c, struct err *e)
{
    unsigned char *spki = NULL;
    int spki_len = i2d_PUBKEY(key, &spki);
    struct bytes value = BYTES_EMPTY;
    struct arena a;

    if (spki_len <= 0)
        return FAIL(e, ERR_INTERNAL, "encoding a public key");
    arena_init(&a, &arena_heap, IDENTITY_ARENA_MAX);
    enum err_code code = c->evidence(c->ctx, &a, &value, bytes_of(spki, (size_t)spki_len), e);
    if (code == ERR_OK)
        code = fill(x, key, c, value, e);
    arena_fini(&a);
    OPENSSL_free(spki);
    return code;
}

static int on_verify(X509_STORE_CTX *store, void *unused);

static bool configure(SSL_CTX *ctx, EVP_PKEY *key, X509 *x)
{
    char groups[] = "X25519:P-256", algorithms[] = "ECDSA+SHA256"; /* OpenSSL's macros cast const away */

    (void)SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    (void)SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    (void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_cert_list(ctx, CERT_LIST_MAX);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, on_verify, NULL);
    return SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) == 1 && SSL_CTX_set_num_tickets(ctx, 0) == 1 &&
           SSL_CTX_set1_groups_list(ctx, groups) == 1 && SSL_CTX_set1_sigalgs_list(ctx, algorithms) == 1 &&
           SSL_CTX_use_certificate(ctx, x) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1;
}

enum err_code tls_identity_new(struct tls_identity **out, const char *oid, tls_evidence evidence, void *ctx,
                               struct err *e)
{
    return tls_identity_new_with(out, oid, evidence, ctx, NULL, e);
}

enum err_code tls_identity_new_with(struct tls_identity **out, const char *oid, tls_evidence evidence,
                                    void *ctx, const struct tls_extension *second_opt, struct err *e)
{
    const struct contents contents = {.oid = oid, .evidence = evidence, .ctx = ctx, .second_opt = second_opt};
    CLEANUP(EVP_PKEY_free) EVP_PKEY *key = EVP_EC_gen("P-256");
    CLEANUP(X509_free) X509 *x = X509_new();
    CLEANUP(tls_identity_free) struct tls_identity *id = calloc(1, sizeof *id);

    if (key == NULL || x == NULL || id == NULL)
        return FAIL(e, ERR_INTERNAL, "making a TLS key");
    TRY(make_certificate(x, key, &contents, e));
    id->ctx = SSL_CTX_new(TLS_method());
    if (id->ctx == NULL || !configure(id->ctx, key, x)) {
        ERR_clear_error();
        return FAIL(e, ERR_INTERNAL, "configuring TLS");
    }
    *out = MOVE(id);
    return ERR_OK;
}

void tls_identity_free(struct tls_identity *id)
{
    if (id == NULL)
        return;
    SSL_CTX_free(id->ctx);
    free(id);
}

/* --- connection --- */

/* Remembers why the connection is over; later calls give the same answer. */
static enum err_code fail(struct tls_conn *c, enum err_code code, const char *why, struct err *e)
{
    if (c->failed.code == ERR_OK)
        (void)FAIL(&c->failed, code, "TLS: %s", why);
    *e = c->failed;
    return e->code;
}

/* The verdict replaces OpenSSL's own chain check entirely. */
static int on_verify(X509_STORE_CTX *store, void *unused)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls_conn *c = SSL_get_app_data(ssl);
    unsigned char *der = NULL;
    X509 *peer = X509_STORE_CTX_get0_cert(store);
    int len = peer == NULL ? -1 : i2d_X509(peer, &der);
    struct err why = {0};
    enum err_code code = ERR_MALFORMED;

    (void)unused;
    if (len > 0)
        code = c->verdict(c->verdict_ctx, bytes_of(der, (size_t)len), &why);
    else
        (void)FAIL(&why, ERR_MALFORMED, "no certificate");
    OPENSSL_free(der);
    if (code == ERR_OK)
        return 1;
    if (c->failed.code == ERR_OK) {
        c->failed = why;
        c->failed.code = ERR_UNVERIFIED;
    }
    X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

static bool make_non_blocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

enum err_code tls_conn_new(struct tls_conn **out, int owned_fd, enum tls_role role,
                           const struct tls_identity *id, tls_verdict verdict, void *ctx, struct err *e)
{
    CLEANUP(tls_conn_free) struct tls_conn *c = calloc(1, sizeof *c);

    if (c == NULL) {
        (void)close(owned_fd);
        return FAIL(e, ERR_INTERNAL, "no memory");
    }
    c->fd = owned_fd;
    c->role = role;
    c->verdict = verdict;
    c->verdict_ctx = ctx;
    c->ssl = SSL_new(id->ctx);
    if (c->ssl == NULL || SSL_set_fd(c->ssl, owned_fd) != 1 || !make_non_blocking(owned_fd))
        return FAIL(e, ERR_INTERNAL, "preparing a TLS connection");
    (void)SSL_set_app_data(c->ssl, c);
    if (role == TLS_SERVER)
        SSL_set_accept_state(c->ssl);
    else
        SSL_set_connect_state(c->ssl);
    *out = MOVE(c);
    return ERR_OK;
}

static void buffer_fini(struct buffer *b)
{
    if (b->p != NULL)
        OPENSSL_cleanse(b->p, b->cap); /* configurations pass through here */
    free(b->p);
}

void tls_conn_free(struct tls_conn *c)
{
    if (c == NULL)
        return;
    SSL_free(c->ssl);
    (void)close(c->fd);
    buffer_fini(&c->in);
    buffer_fini(&c->out);
    free(c);
}

static bool buffer_room(struct buffer *b, size_t more)
{
    if (b->cap - b->len >= more)
        return true;
    size_t cap = b->cap == 0 ? READ_STEP : b->cap;
    while (cap - b->len < more)
        cap *= 2;
    uint8_t *p = malloc(cap);
    if (p == NULL)
        return false;
    if (b->len > 0)
        memcpy(p, b->p, b->len);
    buffer_fini(b);
    b->p = p;
    b->cap = cap;
    return true;
}

static void buffer_drop(struct buffer *b, size_t n)
{
    if (n == 0)
        return;
    memmove(b->p, b->p + n, b->len - n);
    b->len -= n;
}

/* What an OpenSSL call that did not succeed means. ERR_OK: it waits for the socket. */
static enum err_code judge(struct tls_conn *c, int result, bool reading, struct err *e)
{
    int sys = errno;
    int why = SSL_get_error(c->ssl, result);
    unsigned long detail = ERR_peek_error();

    ERR_clear_error();
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
        if (reading)
            c->read_wants_write = why == SSL_ERROR_WANT_WRITE;
        else
            c->write_wants_read = why == SSL_ERROR_WANT_READ;
        return ERR_OK;
    }
    if (why == SSL_ERROR_ZERO_RETURN)
        return fail(c, ERR_CLOSED, "the peer closed the connection", e);
    if (why == SSL_ERROR_SYSCALL) {
        const char *text =
            sys == 0 || sys == EPIPE || sys == ECONNRESET ? "the connection was lost" : "socket";
        enum err_code code =
            fail(c, sys == 0 || sys == EPIPE || sys == ECONNRESET ? ERR_CLOSED : ERR_IO, text, e);
        e->sys = sys;
        return code;
    }
    const char *reason = ERR_reason_error_string(detail);
    /* reasons from 1000 on are alerts the peer sent */
    int number = ERR_GET_REASON(detail);
    enum err_code code = number >= SSL_AD_REASON_OFFSET                 ? ERR_DENIED
                         : number == SSL_R_UNEXPECTED_EOF_WHILE_READING ? ERR_CLOSED
                                                                        : ERR_IO;
    return fail(c, code, reason == NULL ? "protocol error" : reason, e);
}

static uint32_t frame_len(const struct buffer *in)
{
    return (uint32_t)in->p[0] << 24 | (uint32_t)in->p[1] << 16 | (uint32_t)in->p[2] << 8 | in->p[3];
}

static bool has_frame(const struct tls_conn *c)
{
    return c->in.len >= HEAD_LEN && frame_len(&c->in) <= TLS_FRAME_MAX &&
           c->in.len - HEAD_LEN >= frame_len(&c->in);
}

/* Reads until there is a frame, or nothing more at once. */
static enum err_code pump_in(struct tls_conn *c, struct err *e)
{
    while (!has_frame(c)) {
        if (c->in.len >= HEAD_LEN && frame_len(&c->in) > TLS_FRAME_MAX)
            return fail(c, ERR_LIMIT, "frame is too long", e);
        if (!buffer_room(&c->in, READ_STEP))
            return fail(c, ERR_INTERNAL, "no memory", e);
        errno = 0;
        int n = SSL_read(c->ssl, c->in.p + c->in.len, READ_STEP);
        if (n <= 0)
            return judge(c, n, true, e);
        c->in.len += (size_t)n;
        c->read_wants_write = false;
    }
    return ERR_OK;
}

static enum err_code pump_out(struct tls_conn *c, struct err *e)
{
    while (c->sent < c->out.len) {
        size_t left = c->out.len - c->sent;
        errno = 0;
        int n = SSL_write(c->ssl, c->out.p + c->sent, (int)min_u64(left, 1 << 20));
        if (n <= 0)
            return judge(c, n, false, e);
        c->sent += (size_t)n;
        c->write_wants_read = false;
    }
    c->out.len = c->sent = 0;
    return ERR_OK;
}

static enum err_code handshake_step(struct tls_conn *c, struct err *e)
{
    errno = 0;
    int r = SSL_do_handshake(c->ssl);
    if (r != 1)
        return judge(c, r, true, e);
    if (SSL_get0_peer_certificate(c->ssl) == NULL || SSL_session_reused(c->ssl) != 0)
        return fail(c, ERR_UNVERIFIED, "the peer showed no certificate", e);
    c->ready = true;
    c->read_wants_write = false;
    return ERR_OK;
}

int tls_fd(const struct tls_conn *c)
{
    return c->fd;
}

short tls_events(const struct tls_conn *c)
{
    bool out = c->sent < c->out.len && c->ready && !c->write_wants_read;
    return (short)(POLLIN | (out || c->read_wants_write ? POLLOUT : 0));
}

enum err_code tls_step(struct tls_conn *c, struct err *e)
{
    if (c->failed.code != ERR_OK) {
        *e = c->failed;
        return e->code;
    }
    buffer_drop(&c->in, c->consumed);
    c->consumed = 0;
    if (!c->ready)
        TRY(handshake_step(c, e));
    if (!c->ready)
        return ERR_OK;
    TRY(pump_in(c, e));
    enum err_code code = pump_out(c, e);
    return has_frame(c) ? ERR_OK : code; /* what came before the connection broke is still delivered */
}

bool tls_ready(const struct tls_conn *c)
{
    return c->ready;
}

bool tls_take(struct tls_conn *c, struct bytes *out)
{
    struct err ignored; /* sticky in c->failed, reported by the next tls_step */

    buffer_drop(&c->in, c->consumed);
    c->consumed = 0;
    if (!c->ready || (!has_frame(c) && c->failed.code != ERR_OK))
        return false;
    if (!has_frame(c) && pump_in(c, &ignored) != ERR_OK)
        return false;
    if (!has_frame(c))
        return false;
    *out = bytes_of(c->in.p + HEAD_LEN, frame_len(&c->in));
    c->consumed = HEAD_LEN + out->len;
    return true;
}

enum err_code tls_put(struct tls_conn *c, struct bytes body, struct err *e)
{
    uint8_t head[HEAD_LEN];

    if (c->failed.code != ERR_OK) {
        *e = c->failed;
        return e->code;
    }
    if (body.len > TLS_FRAME_MAX || body.len + HEAD_LEN > TLS_QUEUE_MAX - tls_queued(c))
        return FAIL(e, ERR_LIMIT, "TLS: the peer does not read, or the frame is too long");
    buffer_drop(&c->out, c->sent);
    c->sent = 0;
    if (!buffer_room(&c->out, HEAD_LEN + body.len))
        return FAIL(e, ERR_INTERNAL, "no memory");
    for (int i = 0; i < HEAD_LEN; i++)
        head[i] = (uint8_t)(body.len >> (8 * (HEAD_LEN - 1 - i)));
    memcpy(c->out.p + c->out.len, head, HEAD_LEN);
    if (body.len > 0)
        memcpy(c->out.p + c->out.len + HEAD_LEN, body.p, body.len);
    c->out.len += HEAD_LEN + body.len;
    return ERR_OK;
}

size_t tls_queued(const struct tls_conn *c)
{
    return c->out.len - c->sent;
}

enum err_code tls_exporter(const struct tls_conn *c, const char *label, uint8_t out[32], struct err *e)
{
    uint8_t key[32];

    if (!c->ready ||
        SSL_export_keying_material(c->ssl, key, sizeof key, label, strlen(label), NULL, 0, 0) != 1) {
        ERR_clear_error();
        return FAIL(e, ERR_INTERNAL, "TLS: no keying material to export");
    }
    memcpy(out, key, sizeof key);
    return ERR_OK;
}

/* --- blocking --- */

/* Waits for the socket; ERR_TIMEOUT when `until` passes. */
static enum err_code wait(struct tls_conn *c, uint64_t until, struct err *e)
{
    uint64_t now = clock_mono_ms();
    struct pollfd p = {.fd = c->fd, .events = tls_events(c)};

    if (now >= until)
        return FAIL(e, ERR_TIMEOUT, "TLS: the peer did not answer in time");
    if (poll(&p, 1, (int)min_u64(until - now, 60000)) < 0 && errno != EINTR)
        return fail(c, ERR_IO, "poll", e);
    return ERR_OK;
}

enum err_code tls_handshake(struct tls_conn *c, uint32_t timeout_ms, struct err *e)
{
    uint64_t until = clock_mono_ms() + timeout_ms;

    for (;;) {
        TRY(tls_step(c, e));
        if (c->ready)
            return ERR_OK;
        TRY(wait(c, until, e));
    }
}

enum err_code tls_read(struct tls_conn *c, struct bytes *out, uint32_t timeout_ms, struct err *e)
{
    uint64_t until = clock_mono_ms() + timeout_ms;

    for (;;) {
        if (tls_take(c, out))
            return ERR_OK;
        TRY(tls_step(c, e));
        if (tls_take(c, out))
            return ERR_OK;
        TRY(wait(c, until, e));
    }
}

enum err_code tls_write(struct tls_conn *c, struct bytes body, uint32_t timeout_ms, struct err *e)
{
    uint64_t until = clock_mono_ms() + timeout_ms;

    TRY(tls_put(c, body, e));
    for (;;) {
        if (c->failed.code != ERR_OK)
            return fail(c, c->failed.code, c->failed.msg, e);
        TRY(pump_out(c, e));
        if (tls_queued(c) == 0)
            return ERR_OK;
        struct pollfd p = {.fd = c->fd, .events = c->write_wants_read ? POLLIN : POLLOUT};
        uint64_t now = clock_mono_ms();
        if (now >= until)
            return fail(c, ERR_TIMEOUT, "the peer does not read", e);
        if (poll(&p, 1, (int)min_u64(until - now, 60000)) < 0 && errno != EINTR)
            return fail(c, ERR_IO, "poll", e);
    }
}
