/* io/http.h — HTTP and HTTPS requests over libcurl, to hosts and to unix sockets (container engines).
 *
 * A client is a handle with its kept-alive connections: one thread at a time, no sharing. Answers are
 * bounded; a status of 400 and above is an answer, not an error. Redirects are not followed. */
#ifndef IO_HTTP_H
#define IO_HTTP_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

struct http_client;

struct http_client_config {
    const char *unix_socket_opt; /* path of the socket all requests go to */
    const char *ca_file_opt;     /* PEM of the authorities to trust; NULL: the system's */
    const char *cert_file_opt;   /* client certificate and key, PEM */
    const char *key_file_opt;
    const char *user_agent_opt;
    bool
        insecure; /* do not verify the peer's certificate: development only, the caller says so to the user */
};

FALLIBLE http_client_new(struct http_client **out, const struct http_client_config *config, struct err *e);
void http_client_free(struct http_client *c);
DEFINE_CLEANUP(struct http_client *, http_client_free)

struct http_header {
    const char *name, *value;
};

/* Fills buf with up to cap bytes of the body; returns the count, 0 at the end, or HTTP_SOURCE_ABORT. */
#define HTTP_SOURCE_ABORT SIZE_MAX
typedef size_t (*http_source)(void *ctx, uint8_t *buf, size_t cap);
/* Takes a piece of the answer as it arrives; false ends the request with ERR_CLOSED. */
typedef bool (*http_sink)(void *ctx, struct bytes piece);

struct http_req {
    const char *method; /* "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD" */
    const char *url;
    const struct http_header *headers;
    size_t header_count;
    struct bytes body; /* in memory */

    /* or a body from elsewhere; source_len < 0: unknown (chunked) */
    http_source source;
    void *source_ctx;
    int64_t source_len;
    const char *body_file; /* or the content of a file */

    uint32_t connect_ms;            /* 0: 10000 */
    uint32_t timeout_ms;            /* whole request; 0: 60000; HTTP_NO_TIMEOUT: none (streams) */
    uint32_t idle_ms;               /* no byte for so long: ERR_TIMEOUT; 0: no such bound */
    size_t response_len_max;        /* 0: 16 MiB; over: ERR_LIMIT. Not for http_stream */
    size_t response_header_len_max; /* 0: 64 KiB */
};
#define HTTP_NO_TIMEOUT UINT32_MAX

struct http_resp {
    int status;
    struct bytes body; /* in the arena, zero-terminated beyond its length; empty for http_stream below 400 */
    const struct http_header *headers; /* names in lower case, in the arena */
    size_t header_count;
};

/* The value of a header (name in lower case), or NULL. */
const char *http_resp_header(const struct http_resp *r, const char *name);

/* One request. The answer lives in `a`.
 *   returns  ERR_OK (any status); ERR_USAGE (URL); ERR_UNAVAILABLE (connect, name, TLS); ERR_TIMEOUT;
 *            ERR_LIMIT (answer too long); ERR_CLOSED (peer, source or sink ended it); ERR_IO */
FALLIBLE http_request(struct http_client *c, struct arena *a, struct http_resp *out,
                      const struct http_req *req, struct err *e);

/* As http_request, but the body of a status below 400 goes to `sink` piece by piece; error bodies are
 * collected into out->body up to 64 KiB. `tick_opt` is called about every 200 ms: false ends the request with
 * ERR_CLOSED. */
FALLIBLE http_stream(struct http_client *c, struct arena *a, struct http_resp *out,
                     const struct http_req *req, http_sink sink, void *sink_ctx, bool (*tick_opt)(void *ctx),
                     struct err *e);

/* `text` with everything but unreserved characters as %XX, in the arena. */
char *http_escape(struct arena *a, const char *text);

#endif /* IO_HTTP_H */
