#include "io/ws_client.h"

#include "base/log.h"

#include <errno.h>
#include <libwebsockets.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum state { STATE_CONNECTING, STATE_OPEN, STATE_CLOSED };

struct message {
    struct message *next;
    size_t len;
    char *text; /* LWS_PRE bytes before it in the outbox; heap of its own in the inbox */
};

struct list {
    struct message *first, *last;
    size_t len; /* bytes of all texts */
};

struct ws_client {
    struct ws_client_config config; /* url and ca_file are not kept */
    struct lws_context *context;
    struct lws_protocols protocols[2];
    struct lws_retry_bo retry;
    pthread_t thread;
    bool started;
    atomic_bool stop;

    /* Loop thread only. */
    struct lws *wsi;
    char *in;
    size_t in_len, in_cap;
    bool paused;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    enum state state;
    struct list inbox, outbox;
    char reason[128]; /* why it is closed */
};

static void list_push(struct list *l, struct message *m)
{
    m->next = NULL;
    if (l->last == NULL)
        l->first = m;
    else
        l->last->next = m;
    l->last = m;
    l->len += m->len;
}

static struct message *list_take(struct list *l)
{
    struct message *m = l->first;
    if (m == NULL)
        return NULL;
    l->first = m->next;
    if (l->first == NULL)
        l->last = NULL;
    l->len -= m->len;
    return m;
}

static void set_closed(struct ws_client *c, struct bytes why)
{
    (void)pthread_mutex_lock(&c->lock);
    if (c->state != STATE_CLOSED) {
        size_t len = why.len < sizeof c->reason - 1 ? why.len : sizeof c->reason - 1;
        c->state = STATE_CLOSED;
        if (len > 0)
            memcpy(c->reason, why.p, len);
        c->reason[len] = 0;
    }
    (void)pthread_cond_broadcast(&c->changed);
    (void)pthread_mutex_unlock(&c->lock);
}

static int on_receive(struct ws_client *c, const void *in, size_t len)
{
    if (len > c->config.message_len_max - c->in_len) {
        set_closed(c, BYTES_LIT("the peer sent too long a message"));
        return -1;
    }
    if (c->in == NULL || len >= c->in_cap - c->in_len) {
        size_t cap = c->in_cap == 0 ? 1024 : c->in_cap;
        while (cap <= c->in_len + len)
            cap *= 2;
        char *bigger = realloc(c->in, cap);
        if (bigger == NULL)
            return -1;
        c->in = bigger;
        c->in_cap = cap;
    }
    if (len > 0)
        memcpy(c->in + c->in_len, in, len);
    c->in_len += len;
    c->in[c->in_len] = 0;
    if (!lws_is_final_fragment(c->wsi))
        return 0;

    struct message *m = malloc(sizeof *m);
    if (m == NULL)
        return -1;
    *m = (struct message){.text = c->in, .len = c->in_len};
    c->in = NULL;
    c->in_len = c->in_cap = 0;
    (void)pthread_mutex_lock(&c->lock);
    list_push(&c->inbox, m);
    bool pause = c->inbox.len > c->config.inbox_len_max;
    (void)pthread_cond_broadcast(&c->changed);
    (void)pthread_mutex_unlock(&c->lock);
    if (pause && !c->paused) {
        c->paused = true;
        (void)lws_rx_flow_control(c->wsi, 0);
    }
    return 0;
}

static int on_writable(struct ws_client *c)
{
    (void)pthread_mutex_lock(&c->lock);
    struct message *m = list_take(&c->outbox);
    bool more = c->outbox.first != NULL;
    (void)pthread_mutex_unlock(&c->lock);
    if (m == NULL)
        return 0;
    int rc = lws_write(c->wsi, (unsigned char *)m->text, m->len, LWS_WRITE_TEXT);
    free(m);
    if (more)
        (void)lws_callback_on_writable(c->wsi);
    return rc < 0 ? -1 : 0;
}

/* Another thread sent, received or stopped. */
static void on_woken(struct ws_client *c)
{
    if (c->wsi == NULL)
        return;
    (void)pthread_mutex_lock(&c->lock);
    bool write = c->outbox.first != NULL && c->state == STATE_OPEN;
    bool resume = c->paused && c->inbox.len <= c->config.inbox_len_max / 2;
    (void)pthread_mutex_unlock(&c->lock);
    if (write)
        (void)lws_callback_on_writable(c->wsi);
    if (resume) {
        c->paused = false;
        (void)lws_rx_flow_control(c->wsi, 1);
    }
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
    struct ws_client *c = wsi == NULL ? NULL : lws_context_user(lws_get_context(wsi));
    (void)user;

    switch ((int)reason) { /* int: only the reasons that concern a client are listed */
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        if (c != NULL)
            on_woken(c);
        return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        set_closed(c, in == NULL ? BYTES_LIT("cannot connect") : bytes_of(in, len));
        c->wsi = NULL;
        return 0;
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        c->wsi = wsi;
        (void)pthread_mutex_lock(&c->lock);
        if (c->state == STATE_CONNECTING)
            c->state = STATE_OPEN;
        (void)pthread_cond_broadcast(&c->changed);
        (void)pthread_mutex_unlock(&c->lock);
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return on_receive(c, in, len);
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return on_writable(c);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: /* two bytes of code, then a reason */
        set_closed(c, len > 2 ? bytes_of((const char *)in + 2, len - 2)
                              : BYTES_LIT("the peer closed the connection"));
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
        set_closed(c, BYTES_LIT("the connection was closed"));
        c->wsi = NULL;
        return 0;
    default:
        return 0;
    }
}

static void *loop(void *arg)
{
    struct ws_client *c = arg;
    while (!atomic_load(&c->stop) && lws_service(c->context, 0) >= 0) {
    }
    return NULL;
}

/* Waits for a change; false when the time is over. With the lock held. */
static bool wait_changed(struct ws_client *c, int64_t timeout_ms, const struct timespec *until)
{
    if (timeout_ms == 0)
        return false;
    if (timeout_ms < 0)
        return pthread_cond_wait(&c->changed, &c->lock) == 0;
    return pthread_cond_timedwait(&c->changed, &c->lock, until) != ETIMEDOUT;
}

static struct timespec deadline_in(int64_t ms)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += (time_t)(ms / 1000);
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

struct target {
    char text[512]; /* cut up in place by lws_parse_uri */
    char path[512];
    const char *scheme, *host, *rest;
    int port;
    bool tls;
};

static FALLIBLE target_parse(struct target *t, const char *url, struct err *e)
{
    size_t len = strlen(url);
    *t = (struct target){0};
    if (len >= sizeof t->text)
        return FAIL(e, ERR_USAGE, "URL of %zu bytes is too long", len);
    memcpy(t->text, url, len);
    t->tls = strncmp(url, "wss://", 6) == 0;
    if ((!t->tls && strncmp(url, "ws://", 5) != 0) ||
        lws_parse_uri(t->text, &t->scheme, &t->host, &t->port, &t->rest) != 0 || t->host[0] == 0)
        return FAIL(e, ERR_USAGE, "not a WebSocket URL: %s", url);
    if (t->port == 0)
        t->port = t->tls ? 443 : 80;
    if (t->port < 0 || t->port > UINT16_MAX)
        return FAIL(e, ERR_USAGE, "port out of range: %s", url);
    t->path[0] = '/'; /* lws_parse_uri drops the leading slash */
    size_t rest = strlen(t->rest), skip = t->rest[0] == '/' ? 1 : 0;
    memcpy(t->path + 1, t->rest + skip, rest - skip);
    return ERR_OK;
}

static FALLIBLE open_socket(struct ws_client *c, const struct target *t, const char *ca_file_opt,
                            struct err *e)
{
    struct lws_context_creation_info info = {0};
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.protocols = c->protocols;
    info.gid = -1;
    info.uid = -1;
    info.user = c;
    info.retry_and_idle_policy = &c->retry;
    info.fd_limit_per_thread = 16;
    if (t->tls) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.client_ssl_ca_filepath = ca_file_opt;
    }
    lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
    c->context = lws_create_context(&info);
    if (c->context == NULL)
        return FAIL(e, ERR_INTERNAL, "libwebsockets refuses to start");

    char host[300];
    bool standard = t->port == (t->tls ? 443 : 80);
    if (standard)
        (void)snprintf(host, sizeof host, "%s", t->host);
    else
        (void)snprintf(host, sizeof host, "%s:%d", t->host, t->port);
    struct lws_client_connect_info to = {0};
    to.context = c->context;
    to.address = t->host;
    to.port = t->port;
    to.path = t->path;
    to.host = host;
    to.ssl_connection = t->tls ? LCCSCF_USE_SSL : 0;
    to.local_protocol_name = "jsonrpc-client";
    to.pwsi = &c->wsi;
    if (lws_client_connect_via_info(&to) == NULL)
        set_closed(c, BYTES_LIT("cannot connect"));
    return ERR_OK;
}

static FALLIBLE wait_open(struct ws_client *c, const char *url, struct err *e)
{
    int64_t ms = c->config.connect_ms;
    struct timespec until = deadline_in(ms);
    (void)pthread_mutex_lock(&c->lock);
    while (c->state == STATE_CONNECTING && wait_changed(c, ms, &until)) {
    }
    enum state state = c->state;
    enum err_code code = ERR_OK;
    if (state == STATE_CONNECTING)
        code = FAIL(e, ERR_TIMEOUT, "connect to %s: no answer within %lld ms", url, (long long)ms);
    else if (state == STATE_CLOSED)
        code = FAIL(e, ERR_UNAVAILABLE, "connect to %s: %s", url, c->reason);
    (void)pthread_mutex_unlock(&c->lock);
    return code;
}

static struct ws_client *client_new(const struct ws_client_config *config)
{
    struct ws_client *c = calloc(1, sizeof *c);
    ASSERT(c != NULL);
    c->config = *config;
    c->config.url = c->config.ca_file_opt = NULL;
    if (c->config.connect_ms == 0)
        c->config.connect_ms = 10000;
    if (c->config.message_len_max == 0)
        c->config.message_len_max = (size_t)32 << 20;
    if (c->config.inbox_len_max == 0)
        c->config.inbox_len_max = (size_t)64 << 20;
    if (c->config.outbox_len_max == 0)
        c->config.outbox_len_max = (size_t)32 << 20;
    c->protocols[0] =
        (struct lws_protocols){.name = "jsonrpc-client", .callback = callback, .rx_buffer_size = 65536};
    c->retry = (struct lws_retry_bo){.secs_since_valid_ping = 30, .secs_since_valid_hangup = 90};

    pthread_condattr_t attr;
    ASSERT(pthread_condattr_init(&attr) == 0);
    ASSERT(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    ASSERT(pthread_cond_init(&c->changed, &attr) == 0);
    ASSERT(pthread_mutex_init(&c->lock, NULL) == 0);
    (void)pthread_condattr_destroy(&attr);
    return c;
}

enum err_code ws_client_connect(struct ws_client **out, const struct ws_client_config *config, struct err *e)
{
    struct target t;
    TRY(target_parse(&t, config->url, e));
    CLEANUP(ws_client_free) struct ws_client *c = client_new(config);
    TRY(open_socket(c, &t, config->ca_file_opt, e));
    int rc = pthread_create(&c->thread, NULL, loop, c);
    if (rc != 0)
        return FAIL_SYS(e, ERR_INTERNAL, rc, "cannot start the loop thread");
    c->started = true;
    TRY(wait_open(c, config->url, e));
    *out = MOVE(c);
    return ERR_OK;
}

void ws_client_free(struct ws_client *c)
{
    if (c == NULL)
        return;
    atomic_store(&c->stop, true);
    if (c->started) {
        lws_cancel_service(c->context);
        (void)pthread_join(c->thread, NULL);
    }
    if (c->context != NULL)
        lws_context_destroy(c->context);
    for (struct message *m = list_take(&c->inbox); m != NULL; m = list_take(&c->inbox)) {
        free(m->text);
        free(m);
    }
    for (struct message *m = list_take(&c->outbox); m != NULL; m = list_take(&c->outbox))
        free(m);
    free(c->in);
    (void)pthread_cond_destroy(&c->changed);
    (void)pthread_mutex_destroy(&c->lock);
    free(c);
}

enum err_code ws_client_send(struct ws_client *c, struct bytes text, struct err *e)
{
    struct message *m = malloc(sizeof *m + LWS_PRE + text.len);
    if (m == NULL)
        return FAIL(e, ERR_LIMIT, "no memory for a message of %zu bytes", text.len);
    m->text = (char *)(m + 1) + LWS_PRE;
    m->len = text.len;
    if (text.len > 0)
        memcpy(m->text, text.p, text.len);

    enum err_code code = ERR_OK;
    (void)pthread_mutex_lock(&c->lock);
    if (c->state != STATE_OPEN)
        code = FAIL(e, ERR_CLOSED, "%s", c->reason);
    else if (text.len > c->config.outbox_len_max - c->outbox.len)
        code = FAIL(e, ERR_BUSY, "%zu bytes wait to be sent", c->outbox.len);
    else
        list_push(&c->outbox, m);
    (void)pthread_mutex_unlock(&c->lock);
    if (code != ERR_OK)
        free(m);
    else
        lws_cancel_service(c->context);
    return code;
}

enum err_code ws_client_receive(struct ws_client *c, char **owned_text, size_t *len, int64_t timeout_ms,
                                struct err *e)
{
    struct timespec until = deadline_in(timeout_ms > 0 ? timeout_ms : 0);
    enum err_code code = ERR_OK;

    (void)pthread_mutex_lock(&c->lock);
    while (c->inbox.first == NULL && c->state == STATE_OPEN && wait_changed(c, timeout_ms, &until)) {
    }
    struct message *m = atomic_load(&c->stop) ? NULL : list_take(&c->inbox);
    bool drained = m != NULL && c->inbox.len <= c->config.inbox_len_max / 2 &&
                   c->inbox.len + m->len > c->config.inbox_len_max / 2;
    if (m == NULL && c->state != STATE_OPEN)
        code = FAIL(e, ERR_CLOSED, "%s", c->reason);
    else if (m == NULL)
        code = FAIL(e, ERR_TIMEOUT, "no message within %lld ms", (long long)timeout_ms);
    (void)pthread_mutex_unlock(&c->lock);
    if (drained)
        lws_cancel_service(c->context);
    if (m == NULL)
        return code;
    *owned_text = m->text;
    *len = m->len;
    free(m);
    return ERR_OK;
}

void ws_client_stop(struct ws_client *c)
{
    atomic_store(&c->stop, true);
    set_closed(c, BYTES_LIT("stopped"));
    lws_cancel_service(c->context);
}
