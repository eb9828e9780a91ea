#include "io/http.h"

#include "base/clock.h"
#include "base/writer.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { ERROR_BODY_MAX = 65536, TICK_MS = 200 };

struct http_client {
    CURL *easy;
    struct http_client_config config; /* texts owned */
    char error[CURL_ERROR_SIZE];
};

/* One request under way. */
struct transfer {
    struct http_client *client;
    const struct http_req *req;
    struct writer body, headers; /* headers: "name\0value\0" for each */
    size_t header_count;
    http_sink sink;
    void *sink_ctx;
    bool (*tick)(void *ctx);
    uint64_t ticked_ms, byte_ms; /* when tick was called and a byte last moved */
    curl_off_t moved;
    size_t sent; /* of req->body */
    FILE *file;
    enum err_code stopped; /* why one of the callbacks ended it, or ERR_OK */
};

static char *dup_opt(const char *s)
{
    char *copy = s == NULL ? NULL : strdup(s);
    ASSERT(s == NULL || copy != NULL);
    return copy;
}

enum err_code http_client_new(struct http_client **out, const struct http_client_config *config,
                              struct err *e)
{
    struct http_client *c = calloc(1, sizeof *c);
    ASSERT(c != NULL);
    c->config = *config;
    c->config.unix_socket_opt = dup_opt(config->unix_socket_opt);
    c->config.ca_file_opt = dup_opt(config->ca_file_opt);
    c->config.cert_file_opt = dup_opt(config->cert_file_opt);
    c->config.key_file_opt = dup_opt(config->key_file_opt);
    c->config.user_agent_opt = dup_opt(config->user_agent_opt);
    c->easy = curl_easy_init();
    if (c->easy == NULL) {
        http_client_free(c);
        return FAIL(e, ERR_INTERNAL, "libcurl refuses to start");
    }
    *out = c;
    return ERR_OK;
}

static void free_text(const char *owned)
{
    /* The config's fields are const for callers; these copies are ours. */
    union {
        const char *in;
        char *out;
    } u = {.in = owned};
    free(u.out);
}

void http_client_free(struct http_client *c)
{
    if (c == NULL)
        return;
    if (c->easy != NULL)
        curl_easy_cleanup(c->easy);
    free_text(c->config.unix_socket_opt);
    free_text(c->config.ca_file_opt);
    free_text(c->config.cert_file_opt);
    free_text(c->config.key_file_opt);
    free_text(c->config.user_agent_opt);
    free(c);
}

static size_t on_body(char *p, size_t one, size_t len, void *arg)
{
    struct transfer *t = arg;
    long status = 0;
    (void)one;
    (void)curl_easy_getinfo(t->client->easy, CURLINFO_RESPONSE_CODE, &status);
    if (t->sink != NULL && status < 400) {
        if (t->sink(t->sink_ctx, bytes_of(p, len)))
            return len;
        t->stopped = ERR_CLOSED;
        return 0;
    }
    put_mem(&t->body, p, len);
    if (writer_ok(&t->body))
        return len;
    t->stopped = ERR_LIMIT;
    return 0;
}

static struct bytes trim(struct bytes b)
{
    while (b.len > 0 && (b.p[0] == ' ' || b.p[0] == '\t'))
        b = bytes_from(b, 1);
    while (b.len > 0 && (b.p[b.len - 1] <= ' '))
        b.len--;
    return b;
}

static size_t on_header(char *p, size_t one, size_t len, void *arg)
{
    struct transfer *t = arg;
    struct bytes line = trim(bytes_of(p, len));
    const uint8_t *colon = line.len == 0 ? NULL : memchr(line.p, ':', line.len);
    (void)one;

    if (bytes_starts_with(line, BYTES_LIT("HTTP/"))) { /* a new answer: what a 100 Continue said is over */
        t->headers.len = 0;
        t->header_count = 0;
        return len;
    }
    if (colon == NULL || memchr(line.p, 0, line.len) != NULL)
        return len;
    for (const uint8_t *c = line.p; c < colon; c++)
        put_u8(&t->headers, (uint8_t)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c));
    put_u8(&t->headers, 0);
    put_bytes(&t->headers, trim(bytes_from(line, (size_t)(colon + 1 - line.p))));
    put_u8(&t->headers, 0);
    t->header_count++;
    if (writer_ok(&t->headers))
        return len;
    t->stopped = ERR_LIMIT;
    return 0;
}

static size_t on_source(char *buf, size_t one, size_t cap, void *arg)
{
    struct transfer *t = arg;
    size_t n;
    (void)one;
    if (t->file != NULL)
        n = fread(buf, 1, cap, t->file);
    else if (t->req->source != NULL)
        n = t->req->source(t->req->source_ctx, (uint8_t *)buf, cap);
    else {
        struct bytes rest = bytes_from(t->req->body, t->sent);
        n = rest.len < cap ? rest.len : cap;
        if (n > 0)
            memcpy(buf, rest.p, n);
        t->sent += n;
    }
    if ((t->file != NULL && ferror(t->file)) || (n != HTTP_SOURCE_ABORT && n > cap) ||
        n == HTTP_SOURCE_ABORT) {
        t->stopped = ERR_CLOSED;
        return CURL_READFUNC_ABORT;
    }
    return n;
}

static int on_seek(void *arg, curl_off_t at, int whence)
{
    struct transfer *t = arg;
    if (whence != SEEK_SET || at != 0 || t->req->source != NULL)
        return CURL_SEEKFUNC_CANTSEEK;
    t->sent = 0;
    return t->file == NULL || fseek(t->file, 0, SEEK_SET) == 0 ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

static int on_progress(void *arg, curl_off_t dl_total, curl_off_t dl, curl_off_t ul_total, curl_off_t ul)
{
    struct transfer *t = arg;
    uint64_t now = clock_mono_ms();
    (void)dl_total;
    (void)ul_total;
    if (dl + ul != t->moved) {
        t->moved = dl + ul;
        t->byte_ms = now;
    }
    if (t->req->idle_ms > 0 && now - t->byte_ms > t->req->idle_ms) {
        t->stopped = ERR_TIMEOUT;
        return 1;
    }
    if (t->tick != NULL && now - t->ticked_ms >= TICK_MS) {
        t->ticked_ms = now;
        if (!t->tick(t->sink_ctx)) {
            t->stopped = ERR_CLOSED;
            return 1;
        }
    }
    return 0;
}

static struct curl_slist *header_list(const struct http_req *req)
{
    struct curl_slist *list = NULL;
    char line[4096];
    for (size_t i = 0; i < req->header_count; i++) {
        int n = snprintf(line, sizeof line, "%s: %s", req->headers[i].name, req->headers[i].value);
        if (n < 0 || (size_t)n >= sizeof line || strpbrk(line, "\r\n") != NULL) {
            curl_slist_free_all(list);
            return NULL;
        }
        struct curl_slist *longer = curl_slist_append(list, line);
        ASSERT(longer != NULL);
        list = longer;
    }
    /* curl's own Expect: 100-continue costs a second against servers that do not know it. */
    struct curl_slist *longer = curl_slist_append(list, "Expect:");
    ASSERT(longer != NULL);
    return longer;
}

static void set_peer(CURL *h, const struct http_client_config *config)
{
    (void)curl_easy_setopt(h, CURLOPT_UNIX_SOCKET_PATH, config->unix_socket_opt);
    (void)curl_easy_setopt(h, CURLOPT_USERAGENT,
                           config->user_agent_opt == NULL ? "wetee" : config->user_agent_opt);
    if (config->ca_file_opt != NULL) {
        (void)curl_easy_setopt(h, CURLOPT_CAINFO, config->ca_file_opt);
        (void)curl_easy_setopt(h, CURLOPT_CAPATH, NULL); /* these authorities and no others */
    }
    if (config->cert_file_opt != NULL)
        (void)curl_easy_setopt(h, CURLOPT_SSLCERT, config->cert_file_opt);
    if (config->key_file_opt != NULL)
        (void)curl_easy_setopt(h, CURLOPT_SSLKEY, config->key_file_opt);
    (void)curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, config->insecure ? 0L : 1L);
    (void)curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, config->insecure ? 0L : 2L);
    (void)curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L); /* no SIGALRM in threads */
    (void)curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(h, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(h, CURLOPT_TCP_KEEPALIVE, 1L);
}

/* The length of the body about to be sent, -1 when unknown, -2 when there is none. */
static curl_off_t upload_len(const struct transfer *t)
{
    if (t->file != NULL) {
        if (fseek(t->file, 0, SEEK_END) != 0)
            return -1;
        long end = ftell(t->file);
        if (fseek(t->file, 0, SEEK_SET) != 0)
            return -1;
        return end < 0 ? -1 : end;
    }
    if (t->req->source != NULL)
        return t->req->source_len < 0 ? -1 : (curl_off_t)t->req->source_len;
    return t->req->body.len == 0 ? -2 : (curl_off_t)t->req->body.len;
}

static void set_method(CURL *h, struct transfer *t)
{
    const char *method = t->req->method;
    curl_off_t len = upload_len(t);
    bool posts = strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
    if (strcmp(method, "HEAD") == 0) {
        (void)curl_easy_setopt(h, CURLOPT_NOBODY, 1L);
    } else if (len != -2) {
        (void)curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
        (void)curl_easy_setopt(h, CURLOPT_INFILESIZE_LARGE, len);
    } else if (posts) {
        (void)curl_easy_setopt(h, CURLOPT_POST, 1L);
        (void)curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE, 0L);
        (void)curl_easy_setopt(h, CURLOPT_POSTFIELDS, "");
    }
    (void)curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, strcmp(method, "HEAD") == 0 ? NULL : method);
}

static void set_callbacks(CURL *h, struct transfer *t)
{
    (void)curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(h, CURLOPT_WRITEDATA, t);
    (void)curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(h, CURLOPT_HEADERDATA, t);
    (void)curl_easy_setopt(h, CURLOPT_READFUNCTION, on_source);
    (void)curl_easy_setopt(h, CURLOPT_READDATA, t);
    (void)curl_easy_setopt(h, CURLOPT_SEEKFUNCTION, on_seek);
    (void)curl_easy_setopt(h, CURLOPT_SEEKDATA, t);
    (void)curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, on_progress);
    (void)curl_easy_setopt(h, CURLOPT_XFERINFODATA, t);
    (void)curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
}

static FALLIBLE result_of(CURLcode rc, const struct transfer *t, struct err *e)
{
    const char *why = t->client->error[0] != 0 ? t->client->error : curl_easy_strerror(rc);
    const char *url = t->req->url;
    if (t->stopped == ERR_LIMIT)
        return FAIL(e, ERR_LIMIT, "%s %s: the answer is too long", t->req->method, url);
    if (t->stopped == ERR_TIMEOUT)
        return FAIL(e, ERR_TIMEOUT, "%s %s: no byte for %u ms", t->req->method, url, t->req->idle_ms);
    if (t->stopped != ERR_OK)
        return FAIL(e, t->stopped, "%s %s: ended here", t->req->method, url);
    switch ((int)rc) { /* int: libcurl has some hundred codes */
    case CURLE_OK:
        return ERR_OK;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return FAIL_SYS(e, ERR_USAGE, (int)rc, "%s: %s", url, why);
    case CURLE_OPERATION_TIMEDOUT:
        return FAIL_SYS(e, ERR_TIMEOUT, (int)rc, "%s %s: %s", t->req->method, url, why);
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
        return FAIL_SYS(e, ERR_UNAVAILABLE, (int)rc, "%s %s: %s", t->req->method, url, why);
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return FAIL_SYS(e, ERR_CLOSED, (int)rc, "%s %s: %s", t->req->method, url, why);
    default:
        return FAIL_SYS(e, ERR_IO, (int)rc, "%s %s: %s", t->req->method, url, why);
    }
}

static void collect(struct arena *a, struct http_resp *out, struct transfer *t)
{
    long status = 0;
    (void)curl_easy_getinfo(t->client->easy, CURLINFO_RESPONSE_CODE, &status);
    struct bytes body = writer_bytes(&t->body);
    struct http_header *headers = arena_new_n(a, struct http_header, t->header_count + 1);
    const char *p = (const char *)writer_bytes(&t->headers).p;
    for (size_t i = 0; i < t->header_count; i++) {
        headers[i].name = p;
        p += strlen(p) + 1;
        headers[i].value = p;
        p += strlen(p) + 1;
    }
    *out = (struct http_resp){.status = (int)status,
                              .body = {(const uint8_t *)arena_str(a, body), body.len},
                              .headers = headers,
                              .header_count = t->header_count};
}

static FALLIBLE run(struct transfer *t, struct arena *a, struct http_resp *out, struct err *e)
{
    CURL *h = t->client->easy;
    const struct http_req *req = t->req;
    struct curl_slist *list = header_list(req);
    if (list == NULL)
        return FAIL(e, ERR_USAGE, "a header of the request is too long or has a line break");
    uint32_t timeout = req->timeout_ms == 0                 ? 60000
                       : req->timeout_ms == HTTP_NO_TIMEOUT ? 0
                                                            : req->timeout_ms;

    curl_easy_reset(h); /* keeps connections */
    t->client->error[0] = 0;
    set_peer(h, &t->client->config);
    set_callbacks(h, t);
    set_method(h, t);
    (void)curl_easy_setopt(h, CURLOPT_ERRORBUFFER, t->client->error);
    (void)curl_easy_setopt(h, CURLOPT_HTTPHEADER, list);
    (void)curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS,
                           req->connect_ms == 0 ? 10000L : (long)req->connect_ms);
    (void)curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)timeout);
    CURLcode rc = curl_easy_setopt(h, CURLOPT_URL, req->url);
    t->byte_ms = t->ticked_ms = clock_mono_ms();
    if (rc == CURLE_OK)
        rc = curl_easy_perform(h);
    curl_slist_free_all(list);
    TRY(result_of(rc, t, e));
    collect(a, out, t);
    return ERR_OK;
}

static FALLIBLE start(struct http_client *c, struct arena *a, struct http_resp *out, struct transfer *t,
                      size_t body_max, struct err *e)
{
    const struct http_req *req = t->req;
    t->client = c;
    t->body = writer_in(a, body_max);
    t->headers = writer_in(a, req->response_header_len_max == 0 ? 65536 : req->response_header_len_max);
    if (req->body_file != NULL) {
        t->file = fopen(req->body_file, "rbe");
        if (t->file == NULL)
            return FAIL_SYS(e, ERR_NOT_FOUND, errno, "cannot read %s", req->body_file);
    }
    enum err_code code = run(t, a, out, e);
    if (t->file != NULL)
        (void)fclose(t->file);
    return code;
}

enum err_code http_request(struct http_client *c, struct arena *a, struct http_resp *out,
                           const struct http_req *req, struct err *e)
{
    struct transfer t = {.req = req};
    return start(c, a, out, &t, req->response_len_max == 0 ? (size_t)16 << 20 : req->response_len_max, e);
}

enum err_code http_stream(struct http_client *c, struct arena *a, struct http_resp *out,
                          const struct http_req *req, http_sink sink, void *sink_ctx,
                          bool (*tick_opt)(void *ctx), struct err *e)
{
    struct transfer t = {.req = req, .sink = sink, .sink_ctx = sink_ctx, .tick = tick_opt};
    return start(c, a, out, &t, ERROR_BODY_MAX, e);
}

const char *http_resp_header(const struct http_resp *r, const char *name)
{
    for (size_t i = 0; i < r->header_count; i++) {
        if (strcmp(r->headers[i].name, name) == 0)
            return r->headers[i].value;
    }
    return NULL;
}

char *http_escape(struct arena *a, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t len = strlen(text);
    char *out = arena_alloc(a, len * 3 + 1), *p = out;
    for (size_t i = 0; i < len; i++) {
        uint8_t c = (uint8_t)text[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                     c == '_' || c == '.' || c == '~';
        if (plain) {
            *p++ = (char)c;
        } else {
            *p++ = '%';
            *p++ = digits[c >> 4];
            *p++ = digits[c & 15];
        }
    }
    *p = 0;
    return out;
}
