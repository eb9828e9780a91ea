#include "base/log.h"
#include "io/queue.h"
#include "io/server_priv.h"

#include <stdlib.h>

/* Sources: jsonrpsee types/src/error.rs (texts of -32007, -32009), server/src/transport/http.rs (status
 * codes). */
#define TEXT_TOO_BIG \
    "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32007,\"message\":\"Request is too big\"},\"id\":null}"
#define TEXT_BUSY                                                                              \
    "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32009,\"message\":\"Server is busy, try again " \
    "later\"},\"id\":null}"
#define TEXT_TOO_MANY "Too many connections. Please try again later."
#define TEXT_CONTENT_TYPE "Supplied content type is not allowed. Content-Type: application/json is required\n"

enum { OWED_RETRY_US = 50000, HEADERS_MAX = 1024, BODY_TIMEOUT_S = 60, READ_TIMEOUT_S = 30 };

/* ---- inbox ---- */

static void owed_retry(lws_sorted_usec_list_t *timer);

/* Tells the inbox what it is owed; false while it is full. */
static bool owed_pay(struct conn *c)
{
    struct ws_message m = {.conn = c->id};
    if (c->owe_opened) {
        m.kind = WS_OPENED;
        if (!queue_push(c->server->inbox, &m))
            return false;
        c->owe_opened = false;
    }
    if (c->owe_closed) {
        m.kind = WS_CLOSED;
        if (!queue_push(c->server->inbox, &m))
            return false;
        c->owe_closed = false;
        server_conn_release(c);
    }
    return true;
}

static void owed_schedule(struct ws_server *s)
{
    lws_sul_schedule(s->context, 0, &s->owed_timer, owed_retry, OWED_RETRY_US);
}

static void owed_retry(lws_sorted_usec_list_t *timer)
{
    struct ws_server *s = lws_container_of(timer, struct ws_server, owed_timer);
    bool all = true;
    for (uint32_t i = 0; i < s->limits.connections_max; i++) {
        struct conn *c = &s->conns[i];
        if (c->owe_opened || c->owe_closed)
            all = owed_pay(c) && all;
    }
    if (!all)
        owed_schedule(s);
}

static void conn_gone(struct conn *c)
{
    server_conn_close(c);
    if (c->is_http) {
        server_conn_release(c);
        return;
    }
    c->owe_closed = true;
    if (!owed_pay(c))
        owed_schedule(c->server);
}

/* Stops or resumes reading, by what the peer has under way. Answers not yet written count too, so that a
 * client that pipelines requests without reading is slowed down instead of dropped. */
static void flow(struct conn *c)
{
    struct ws_server *s = c->server;
    (void)pthread_mutex_lock(&s->lock);
    uint32_t busy = c->in_flight + c->out_count;
    size_t out_len = c->out_len;
    (void)pthread_mutex_unlock(&s->lock);

    bool stop = busy >= s->limits.in_flight_max || out_len > s->limits.outbox_len_max / 4;
    bool go = busy <= s->limits.in_flight_max / 2 && out_len <= s->limits.outbox_len_max / 8;
    if (!c->paused && stop) {
        c->paused = true;
        (void)lws_rx_flow_control(c->wsi, 0);
    } else if (c->paused && go) {
        c->paused = false;
        (void)lws_rx_flow_control(c->wsi, 1);
    }
}

static bool is_dropped(struct conn *c)
{
    (void)pthread_mutex_lock(&c->server->lock);
    bool drop = c->drop;
    (void)pthread_mutex_unlock(&c->server->lock);
    return drop;
}

/* Adds received bytes to the message; the buffer grows with what came, never with what was announced. */
static bool in_append(struct conn *c, const void *p, size_t len)
{
    struct conn *victim;
    bool room = server_inbound_add(c, len, &victim);
    if (victim != NULL) {
        LOG_WARN("io", "connection dropped: the longest of too many unfinished messages",
                 F_U64("conn", victim->id), F_U64("bytes", victim->in_len));
        free(victim->in);
        victim->in = NULL;
        victim->in_len = victim->in_cap = 0;
        lws_set_timeout(victim->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
    }
    if (!room)
        return false;
    if (len >= c->in_cap - c->in_len || c->in == NULL) { /* one byte of room for the zero */
        size_t cap = c->in_cap == 0 ? 4096 : c->in_cap;
        while (cap <= c->in_len + len)
            cap *= 2;
        uint8_t *bigger = realloc(c->in, cap);
        if (bigger == NULL)
            return false;
        c->in = bigger;
        c->in_cap = cap;
    }
    if (len > 0)
        memcpy(c->in + c->in_len, p, len);
    c->in_len += len;
    c->in[c->in_len] = 0;
    return true;
}

/* The message is complete. A full inbox is answered, not waited for. */
static bool in_deliver(struct conn *c)
{
    struct ws_server *s = c->server;
    struct ws_message m = {
        .conn = c->id, .kind = c->is_http ? WS_HTTP : WS_FRAME, .owned_data = c->in, .len = c->in_len};
    bool taken = !c->owe_opened && server_deliver(c, &m);
    if (!taken) {
        (void)pthread_mutex_lock(&s->lock);
        s->inbound -= c->inbound;
        c->inbound = 0;
        (void)pthread_mutex_unlock(&s->lock);
        free(c->in);
        (void)ws_send(s, c->id, BYTES_LIT(TEXT_BUSY));
    }
    c->in = NULL;
    c->in_len = c->in_cap = 0;
    return taken;
}

/* ---- WebSocket ---- */

static int ws_refuse(struct lws *wsi, enum lws_close_status status, const char *reason)
{
    char text[64] = {0};
    size_t len = strlen(reason);
    ASSERT(len < sizeof text);
    memcpy(text, reason, len);
    lws_close_reason(wsi, status, (unsigned char *)text, len);
    return -1;
}

static int ws_established(struct ws_server *s, struct lws *wsi)
{
    struct conn *c = server_conn_open(s, wsi, false);
    if (c == NULL)
        return -1; /* the last slot went since the handshake was let through */
    lws_set_opaque_user_data(wsi, c);
    c->owe_opened = true;
    if (!owed_pay(c))
        owed_schedule(s);
    return 0;
}

static int ws_receive(struct conn *c, const void *in, size_t len)
{
    if (is_dropped(c))
        return -1;
    size_t room = c->server->limits.request_len_max - c->in_len;
    size_t announced = lws_remaining_packet_payload(c->wsi);

    if (len > room || announced > room - len)
        return ws_refuse(c->wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, "Request is too big");
    if (!in_append(c, in, len))
        return ws_refuse(c->wsi, (enum lws_close_status)1013, "Server is busy, try again later");
    if (!lws_is_final_fragment(c->wsi))
        return 0;
    (void)in_deliver(c); /* a refusal was answered */
    flow(c);
    return 0;
}

/* Length of the message's next part; the last one makes it *final. */
static size_t chunk_of(const struct out_message *m, bool *final)
{
    size_t left = m->len - m->sent;
    *final = left <= OUT_CHUNK;
    return *final ? left : OUT_CHUNK;
}

/* lws writes its framing before the bytes: over room left for it, or over what was sent already. */
static int chunk_write(struct conn *c, struct out_message *m, size_t len, int how)
{
    if (lws_write(c->wsi, m->buf + LWS_PRE + m->sent, len, (enum lws_write_protocol)how) < 0)
        return -1;
    m->sent += len;
    return 0;
}

static int ws_writable(struct conn *c)
{
    struct ws_server *s = c->server;
    (void)pthread_mutex_lock(&s->lock);
    bool drop = c->drop, finish = c->finish;
    const char *reason = c->reason;
    (void)pthread_mutex_unlock(&s->lock);
    if (drop)
        return -1;

    struct out_message *m = server_out_first(c);
    if (m == NULL) {
        if (!finish)
            return 0;
        return ws_refuse(c->wsi, reason == NULL ? LWS_CLOSE_STATUS_NORMAL : LWS_CLOSE_STATUS_POLICY_VIOLATION,
                         reason == NULL ? "" : reason);
    }
    bool first = m->sent == 0, final;
    size_t len = chunk_of(m, &final);
    int how = (first ? LWS_WRITE_TEXT : LWS_WRITE_CONTINUATION) | (final ? 0 : LWS_WRITE_NO_FIN);
    if (chunk_write(c, m, len, how) != 0)
        return -1;
    if (final) {
        server_out_written(c);
        flow(c);
    }
    (void)lws_callback_on_writable(c->wsi);
    return 0;
}

/* ---- HTTP ---- */

static int http_headers(struct lws *wsi, unsigned status, const char *type, size_t len)
{
    static const unsigned char any[] = "*", methods[] = "POST, GET, OPTIONS", headers[] = "content-type",
                               age[] = "86400";
    unsigned char buf[LWS_PRE + HEADERS_MAX], *p = buf + LWS_PRE, *end = buf + sizeof buf;

    if (lws_add_http_common_headers(wsi, status, type, (lws_filepos_t)len, &p, end) != 0 ||
        lws_add_http_header_by_name(wsi, (const unsigned char *)"access-control-allow-origin:", any, 1, &p,
                                    end) != 0 ||
        lws_add_http_header_by_name(wsi, (const unsigned char *)"access-control-allow-methods:", methods,
                                    (int)sizeof methods - 1, &p, end) != 0 ||
        lws_add_http_header_by_name(wsi, (const unsigned char *)"access-control-allow-headers:", headers,
                                    (int)sizeof headers - 1, &p, end) != 0 ||
        lws_add_http_header_by_name(wsi, (const unsigned char *)"access-control-max-age:", age,
                                    (int)sizeof age - 1, &p, end) != 0)
        return -1;
    return lws_finalize_write_http_header(wsi, buf + LWS_PRE, &p, end) == 0 ? 0 : -1;
}

/* A short answer made here. `close_after` when the request's body is not going to be read. */
static int http_short(struct lws *wsi, unsigned status, const char *type, const char *text, bool close_after)
{
    size_t len = strlen(text);
    unsigned char buf[LWS_PRE + 256];
    ASSERT(len <= sizeof buf - LWS_PRE);
    if (http_headers(wsi, status, type, len) != 0)
        return -1;
    memcpy(buf + LWS_PRE, text, len);
    if (lws_write(wsi, buf + LWS_PRE, len, LWS_WRITE_HTTP_FINAL) < 0 || close_after)
        return -1;
    return lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

static bool http_content_length(struct lws *wsi, size_t *out)
{
    char text[24];
    int len = lws_hdr_copy(wsi, text, sizeof text, WSI_TOKEN_HTTP_CONTENT_LENGTH);
    if (len <= 0 || len > 15)
        return false;
    *out = 0;
    for (int i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *out = *out * 10 + (size_t)(text[i] - '0');
    }
    return true;
}

static bool http_is_json(struct lws *wsi)
{
    char type[80];
    int len = lws_hdr_copy(wsi, type, sizeof type, WSI_TOKEN_HTTP_CONTENT_TYPE);
    return len > 0 && strncasecmp(type, "application/json", 16) == 0;
}

/* The body is complete. A client that sends its next request before the answer is closed: lws takes that for
 * more of this one's body and comes here again and again in a loop that serves nobody else, and reading
 * cannot be paused, because then lws does not write either. */
static int http_body_done(struct conn *c)
{
    if (is_dropped(c) || c->body_done)
        return -1;
    c->body_done = true;
    lws_set_timeout(c->wsi, NO_PENDING_TIMEOUT, 0);
    (void)in_deliver(c); /* a refusal was answered */
    return 0;
}

static int http_post(struct ws_server *s, struct lws *wsi)
{
    size_t len = 0;
    if (!http_is_json(wsi))
        return http_short(wsi, 415, "text/plain", TEXT_CONTENT_TYPE, true);
    if (!http_content_length(wsi, &len))
        return http_short(wsi, 411, "text/plain", "Content-Length is required\n", true);
    if (len > s->limits.request_len_max)
        return http_short(wsi, 413, "application/json", TEXT_TOO_BIG, true);
    struct conn *c = server_conn_open(s, wsi, true);
    if (c == NULL)
        return http_short(wsi, 429, "text/plain", TEXT_TOO_MANY "\n", true);
    lws_set_opaque_user_data(wsi, c);
    lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, BODY_TIMEOUT_S);
    return len == 0 && in_append(c, "", 0) ? http_body_done(c) : 0;
}

static int http_request_line(struct ws_server *s, struct lws *wsi, const char *path)
{
    if (lws_hdr_total_length(wsi, WSI_TOKEN_OPTIONS_URI) > 0)
        return http_short(wsi, 204, "text/plain", "", false);
    if (lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI) > 0)
        return strcmp(path, "/") == 0 ? http_post(s, wsi)
                                      : http_short(wsi, 404, "text/plain", "Not found\n", true);
    bool get = lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) > 0;
    if (get && strcmp(path, "/health") == 0)
        return http_short(wsi, 200, "application/json", "{\"health\":true}", false);
    if (get && strcmp(path, "/") != 0)
        return http_short(wsi, 404, "text/plain", "Not found\n", false);
    return http_short(wsi, 405, "text/plain", "Used HTTP Method is not allowed. POST is required\n", true);
}

static int http_body(struct conn *c, const void *in, size_t len)
{
    if (is_dropped(c) || c->body_done)
        return -1;
    if (len > c->server->limits.request_len_max - c->in_len)
        return http_short(c->wsi, 413, "application/json", TEXT_TOO_BIG, true);
    if (!in_append(c, in, len))
        return http_short(c->wsi, 503, "application/json", TEXT_BUSY, true);
    return 0;
}

static int http_writable(struct conn *c)
{
    struct ws_server *s = c->server;
    struct lws *wsi = c->wsi;
    (void)pthread_mutex_lock(&s->lock);
    bool drop = c->drop, finish = c->finish;
    size_t len = c->first == NULL ? 0 : c->first->len;
    (void)pthread_mutex_unlock(&s->lock);
    if (drop)
        return -1;
    if (!finish)
        return 0;
    if (!c->headers_sent) {
        c->headers_sent = true;
        if (http_headers(wsi, 200, "application/json; charset=utf-8", len) != 0)
            return -1;
        (void)lws_callback_on_writable(wsi);
        return 0;
    }
    struct out_message *m = server_out_first(c);
    unsigned char none[LWS_PRE + 1] = {0};
    bool final = true;
    if (m == NULL) {
        if (lws_write(wsi, none + LWS_PRE, 0, LWS_WRITE_HTTP_FINAL) < 0)
            return -1;
    } else {
        size_t part = chunk_of(m, &final);
        if (chunk_write(c, m, part, final ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) != 0)
            return -1;
    }
    if (!final) { /* whoever takes no part of it for that long holds a place of others */
        lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, READ_TIMEOUT_S);
        (void)lws_callback_on_writable(wsi);
        return 0;
    }
    lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
    lws_set_opaque_user_data(wsi, NULL);
    conn_gone(c);
    return lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

/* ---- dispatch ---- */

/* ws_send and its like changed something: let every connection concerned be called back. */
static void wake_all(struct ws_server *s)
{
    (void)pthread_mutex_lock(&s->lock);
    s->woken = false;
    (void)pthread_mutex_unlock(&s->lock);
    for (uint32_t i = 0; i < s->limits.connections_max; i++) {
        struct conn *c = &s->conns[i];
        if (c->wsi == NULL)
            continue;
        (void)pthread_mutex_lock(&s->lock);
        bool write = c->first != NULL || c->finish, drop = c->drop;
        (void)pthread_mutex_unlock(&s->lock);
        if (drop) /* not by way of a writable callback: the socket of a peer that does not read has no room */
            lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
        else if (write)
            (void)lws_callback_on_writable(c->wsi);
        else if (!c->is_http)
            flow(c);
    }
}

/* Sockets before they are connections: refuses politely over the limit, while lws itself bounds their number.
 */
static int filter_handshake(struct ws_server *s, struct lws *wsi)
{
    if (ws_server_connections(s) < s->limits.connections_max)
        return 0;
    LOG_DEBUG("io", "connection refused: too many", F_U64("max", s->limits.connections_max));
    (void)lws_return_http_status(wsi, 429, TEXT_TOO_MANY);
    return -1;
}

int server_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
    struct lws_context *context = wsi == NULL ? NULL : lws_get_context(wsi);
    struct ws_server *s = context == NULL ? NULL : lws_context_user(context);
    struct conn *c = wsi == NULL || s == NULL ? NULL : lws_get_opaque_user_data(wsi);
    (void)user;

    switch ((int)reason) { /* int: only the reasons that concern a server are listed */
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        if (s != NULL)
            wake_all(s);
        return 0;
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return filter_handshake(s, wsi);
    case LWS_CALLBACK_ESTABLISHED:
        return ws_established(s, wsi);
    case LWS_CALLBACK_RECEIVE:
        return c == NULL ? -1 : ws_receive(c, in, len);
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return c == NULL ? 0 : ws_writable(c);
    case LWS_CALLBACK_HTTP:
        return http_request_line(s, wsi, in == NULL ? "" : in);
    case LWS_CALLBACK_HTTP_BODY:
        return c == NULL ? -1 : http_body(c, in, len);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return c == NULL ? -1 : http_body_done(c);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return c == NULL ? 0 : http_writable(c);
    case LWS_CALLBACK_CLOSED:
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_WSI_DESTROY:
        if (c != NULL) {
            lws_set_opaque_user_data(wsi, NULL);
            conn_gone(c);
        }
        return 0;
    default:
        return 0;
    }
}
