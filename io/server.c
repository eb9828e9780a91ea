#include "io/server.h"

#include "base/log.h"
#include "io/queue.h"
#include "io/server_priv.h"

#include <stdlib.h>

struct ws_server_limits ws_server_limits_default(void)
{
    return (struct ws_server_limits){
        .request_len_max = (size_t)15 << 20,
        .inbound_len_max = (size_t)128 << 20,
        .connections_max = 100,
        .outbox_count_max = 16384,
        .outbox_len_max = (size_t)32 << 20,
        .outbound_len_max = (size_t)256 << 20,
        .in_flight_max = 64,
        .ping_s = 30,
    };
}

void ws_message_fini(struct ws_message *m)
{
    free(m->owned_data);
    m->owned_data = NULL;
}

/* An id is the slot's index under a counter that never repeats. */
enum { SLOT_BITS = 16 };

static struct conn *conn_of(struct ws_server *s, uint64_t id)
{
    size_t slot = (size_t)(id & ((1u << SLOT_BITS) - 1));
    if (id == 0 || slot >= s->limits.connections_max || s->conns[slot].id != id)
        return NULL;
    return &s->conns[slot];
}

struct conn *server_conn_open(struct ws_server *s, struct lws *wsi, bool is_http)
{
    struct conn *c = NULL;
    (void)pthread_mutex_lock(&s->lock);
    for (uint32_t i = 0; i < s->limits.connections_max && c == NULL; i++) {
        if (s->conns[i].id != 0)
            continue;
        c = &s->conns[i];
        *c = (struct conn){.server = s, .wsi = wsi, .is_http = is_http};
        c->id = ++s->next_id << SLOT_BITS | i;
        s->connections++;
    }
    (void)pthread_mutex_unlock(&s->lock);
    return c;
}

void server_conn_close(struct conn *c)
{
    struct ws_server *s = c->server;
    struct out_message *out;

    (void)pthread_mutex_lock(&s->lock);
    out = c->first;
    c->gone = true;
    c->first = c->last = NULL;
    s->outbound -= c->out_len;
    s->inbound -= c->inbound;
    c->out_len = c->inbound = 0;
    (void)pthread_mutex_unlock(&s->lock);
    while (out != NULL) {
        struct out_message *next = out->next;
        free(out);
        out = next;
    }
    free(c->in);
    c->in = NULL;
    c->in_len = c->in_cap = 0;
    c->wsi = NULL;
}

void server_conn_release(struct conn *c)
{
    struct ws_server *s = c->server;
    (void)pthread_mutex_lock(&s->lock);
    c->id = 0;
    s->connections--;
    (void)pthread_mutex_unlock(&s->lock);
}

/*~ 5/12 An extrinsic arrives: from the loop thread to the chain thread, through a bounded queue. */
bool server_deliver(struct conn *c, const struct ws_message *m)
{
    struct ws_server *s = c->server;
    if (!queue_push(s->inbox, m))
        return false;
    (void)pthread_mutex_lock(&s->lock);
    /* The bytes stay in s->inbound until ws_done, even if the connection goes away before. */
    c->inbound -= m->len;
    c->in_flight++;
    (void)pthread_mutex_unlock(&s->lock);
    return true;
}

/* With the lock held: the connection whose unfinished message is the longest, when that is longer than what c
 * asks for in all; NULL when there is none. */
static struct conn *inbound_worst(struct ws_server *s, const struct conn *c, size_t len)
{
    struct conn *worst = NULL;
    for (uint32_t i = 0; i < s->limits.connections_max; i++) {
        struct conn *x = &s->conns[i];
        if (x->id != 0 && x != c && x->inbound > c->inbound + len &&
            (worst == NULL || x->inbound > worst->inbound))
            worst = x;
    }
    return worst;
}

bool server_inbound_add(struct conn *c, size_t len, struct conn **victim)
{
    struct ws_server *s = c->server;
    (void)pthread_mutex_lock(&s->lock);
    bool room = len <= s->limits.inbound_len_max - s->inbound;
    /* A few long messages that never end must not keep everybody else's short ones out. */
    *victim = room ? NULL : inbound_worst(s, c, len);
    if (*victim != NULL) {
        s->inbound -= (*victim)->inbound;
        (*victim)->inbound = 0;
        (*victim)->gone = (*victim)->drop = true;
        s->outbound -= (*victim)->out_len;
        (*victim)->out_len = 0;
        room = len <= s->limits.inbound_len_max - s->inbound;
    }
    if (room) {
        s->inbound += len;
        c->inbound += len;
    }
    (void)pthread_mutex_unlock(&s->lock);
    return room;
}

struct out_message *server_out_first(struct conn *c)
{
    (void)pthread_mutex_lock(&c->server->lock);
    struct out_message *m = c->first;
    (void)pthread_mutex_unlock(&c->server->lock);
    return m; /* only the loop thread takes messages out */
}

void server_out_written(struct conn *c)
{
    struct ws_server *s = c->server;
    (void)pthread_mutex_lock(&s->lock);
    struct out_message *m = c->first;
    size_t cost = m->len + OUT_MESSAGE_COST;
    c->first = m->next;
    if (c->first == NULL)
        c->last = NULL;
    c->out_count--;
    if (!c->drop) { /* else out_drop has settled its account */
        c->out_len -= cost;
        s->outbound -= cost;
    }
    (void)pthread_mutex_unlock(&s->lock);
    free(m);
}

/* With the lock held: tells the loop thread to look at the table, unless it was told already. */
static bool must_wake(struct ws_server *s)
{
    bool first = !s->woken;
    s->woken = true;
    return first;
}

/* With the lock held. What its outbox holds is free again for others from now on; the loop thread closes it.
 */
static void out_drop(struct ws_server *s, struct conn *c)
{
    LOG_WARN("io", "connection dropped: it does not read what it asked for", F_U64("conn", c->id),
             F_U64("messages", c->out_count), F_U64("bytes", c->out_len));
    c->gone = c->drop = true;
    s->outbound -= c->out_len;
    c->out_len = 0;
}

/* With the lock held: makes room by dropping those who read least, never one with less than the one being
 * sent to. False when that is the one. */
static bool out_room(struct ws_server *s, const struct conn *c, size_t cost)
{
    while (cost > s->limits.outbound_len_max - s->outbound) {
        struct conn *worst = NULL;
        for (uint32_t i = 0; i < s->limits.connections_max; i++) {
            struct conn *x = &s->conns[i];
            if (x->id != 0 && (worst == NULL || x->out_len > worst->out_len))
                worst = x;
        }
        if (worst == NULL || worst == c || worst->out_len <= c->out_len)
            return false;
        out_drop(s, worst);
    }
    return true;
}

static bool out_append(struct ws_server *s, struct conn *c, struct out_message *m)
{
    size_t cost = m->len + OUT_MESSAGE_COST;
    if (c->out_count >= s->limits.outbox_count_max || cost > s->limits.outbox_len_max - c->out_len ||
        !out_room(s, c, cost)) {
        out_drop(s, c);
        return false;
    }
    m->next = NULL;
    m->sent = 0;
    if (c->last == NULL)
        c->first = m;
    else
        c->last->next = m;
    c->last = m;
    c->out_count++;
    c->out_len += cost;
    s->outbound += cost;
    if (c->is_http)
        c->finish = c->gone = true; /* one answer is all there is */
    return true;
}

bool ws_send(struct ws_server *s, uint64_t conn, struct bytes text)
{
    struct out_message *m = malloc(sizeof *m + LWS_PRE + text.len);
    if (m == NULL)
        return false;
    m->len = text.len;
    if (text.len > 0)
        memcpy(m->buf + LWS_PRE, text.p, text.len);

    (void)pthread_mutex_lock(&s->lock);
    struct conn *c = conn_of(s, conn);
    bool open = c != NULL && !c->gone;
    bool sent = open && out_append(s, c, m);
    bool wake = open && must_wake(s);
    (void)pthread_mutex_unlock(&s->lock);
    if (!sent)
        free(m);
    if (wake)
        lws_cancel_service(s->context);
    return sent;
}

void ws_done(struct ws_server *s, uint64_t conn, size_t message_len)
{
    bool wake = false;
    (void)pthread_mutex_lock(&s->lock);
    struct conn *c = conn_of(s, conn);
    s->inbound -= message_len < s->inbound ? message_len : s->inbound;
    if (c != NULL && c->in_flight > 0) {
        c->in_flight--;
        /* `paused` is the loop thread's; when in doubt it is woken once for nothing. */
        wake = c->in_flight == s->limits.in_flight_max / 2 || c->in_flight == 0;
        wake = wake && must_wake(s);
    }
    (void)pthread_mutex_unlock(&s->lock);
    if (wake)
        lws_cancel_service(s->context);
}

static void finish(struct ws_server *s, uint64_t conn, const char *reason)
{
    (void)pthread_mutex_lock(&s->lock);
    struct conn *c = conn_of(s, conn);
    bool wake = false;
    if (c != NULL && !c->finish) {
        c->finish = c->gone = true;
        c->reason = reason;
        wake = must_wake(s);
    }
    (void)pthread_mutex_unlock(&s->lock);
    if (wake)
        lws_cancel_service(s->context);
}

void ws_send_nothing(struct ws_server *s, uint64_t conn)
{
    finish(s, conn, NULL);
}

void ws_close(struct ws_server *s, uint64_t conn, const char *reason_opt)
{
    finish(s, conn, reason_opt);
}

uint32_t ws_server_connections(struct ws_server *s)
{
    (void)pthread_mutex_lock(&s->lock);
    uint32_t n = s->connections;
    (void)pthread_mutex_unlock(&s->lock);
    return n;
}

uint16_t ws_server_port(const struct ws_server *s)
{
    return s->port;
}

static void lws_log(int level, const char *line)
{
    size_t len = strlen(line);
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
        len--;
    (void)level;
    LOG_DEBUG("io", "libwebsockets", F_TEXT("line", bytes_of(line, len)));
}

static void *loop(void *arg)
{
    struct ws_server *s = arg;
    while (!atomic_load(&s->stop) && lws_service(s->context, 0) >= 0) {
    }
    return NULL;
}

static void server_free(struct ws_server *s)
{
    if (s->context != NULL)
        lws_context_destroy(s->context);
    for (uint32_t i = 0; i < s->limits.connections_max; i++) {
        if (s->conns[i].id != 0)
            server_conn_close(&s->conns[i]);
    }
    (void)pthread_mutex_destroy(&s->lock);
    free(s->conns);
    free(s);
}

static FALLIBLE listen_on(struct ws_server *s, const struct ws_server_config *config, struct err *e)
{
    const char *address = config->address == NULL ? "127.0.0.1" : config->address;
    struct lws_context_creation_info info = {0};

    info.port = config->port;
    info.iface = strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0 ? NULL : address;
    info.protocols = s->protocols;
    info.gid = -1;
    info.uid = -1;
    info.options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME |
                   LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    if (strchr(address, ':') == NULL)
        info.options |= LWS_SERVER_OPTION_DISABLE_IPV6;
    info.user = s;
    info.server_string = "wetee-node";
    info.timeout_secs = 20;
    info.keepalive_timeout = 30;
    info.retry_and_idle_policy = &s->retry;
    /* Twice the connections, so that those over the limit can be told; lws stops accepting beyond. */
    info.fd_limit_per_thread = s->limits.connections_max * 2 + 16;
    info.max_http_header_pool = (unsigned short)(s->limits.connections_max * 2 + 16);

    s->context = lws_create_context(&info);
    if (s->context == NULL)
        return FAIL(e, ERR_INTERNAL, "libwebsockets refuses to start");
    s->vhost = lws_create_vhost(s->context, &info);
    if (s->vhost == NULL)
        return FAIL(e, ERR_UNAVAILABLE, "cannot listen on %s port %u", address, (unsigned)config->port);
    int port = lws_get_vhost_listen_port(s->vhost);
    if (port <= 0 || port > UINT16_MAX)
        return FAIL(e, ERR_UNAVAILABLE, "cannot listen on %s port %u", address, (unsigned)config->port);
    s->port = (uint16_t)port;
    return ERR_OK;
}

enum err_code ws_server_start(struct ws_server **out, const struct ws_server_config *config, struct err *e)
{
    if (config->limits.connections_max == 0 || config->limits.connections_max >= 10000)
        return FAIL(e, ERR_USAGE, "connection limit %u is not 1 to 9999", config->limits.connections_max);
    struct ws_server *s = calloc(1, sizeof *s);
    ASSERT(s != NULL);
    s->conns = calloc(config->limits.connections_max, sizeof *s->conns);
    ASSERT(s->conns != NULL);
    s->limits = config->limits;
    s->inbox = config->inbox;
    s->protocols[0] = (struct lws_protocols){
        .name = "jsonrpc", .callback = server_callback, .rx_buffer_size = 65536, .user = s};
    s->retry = (struct lws_retry_bo){.secs_since_valid_ping = (uint16_t)config->limits.ping_s,
                                     .secs_since_valid_hangup = (uint16_t)(config->limits.ping_s * 3)};
    ASSERT(pthread_mutex_init(&s->lock, NULL) == 0);
    lws_set_log_level(LLL_ERR | LLL_WARN, lws_log);

    enum err_code code = listen_on(s, config, e);
    if (code == ERR_OK) {
        int rc = pthread_create(&s->thread, NULL, loop, s);
        if (rc != 0)
            code = FAIL_SYS(e, ERR_INTERNAL, rc, "cannot start the loop thread");
    }
    if (code != ERR_OK) {
        server_free(s);
        return code;
    }
    *out = s;
    return ERR_OK;
}

void ws_server_stop(struct ws_server *s)
{
    if (s == NULL)
        return;
    atomic_store(&s->stop, true);
    lws_cancel_service(s->context);
    (void)pthread_join(s->thread, NULL);
    server_free(s);
}
