#include "rpc/server.h"

#include "base/clock.h"
#include "base/log.h"
#include "io/server.h"
#include "rpc/subscriptions.h"

#include <stdlib.h>

enum {
    FINALIZED_DELAY_MS = 400,
    ARENA_KEEP = 4 << 20,        /* larger arenas go back to the heap after the request */
    ARENA_LIMIT = 1 << 30,       /* far above what the bounds on requests and responses allow */
    RESPONSE_LEN_MAX = 15 << 20, /* SDK's default */
    SUBSCRIPTIONS_MAX = 1024,
};

/* ---- life ---- */

static char *dup_text(const char *s)
{
    char *copy = strdup(s == NULL ? "" : s);
    ASSERT(copy != NULL);
    return copy;
}

enum err_code rpc_server_new(struct rpc_server **out, const struct rpc_server_config *config,
                             const struct rpc_backend *backend, const struct rpc_sink *sink, struct err *e)
{
    json_error_t why;
    json_t *type = json_loads(config->chain_type_json, JSON_DECODE_ANY, &why);
    if (type == NULL)
        return FAIL(e, ERR_MALFORMED, "chain type: %s", why.text);
    json_t *properties = json_loads(config->properties_json, 0, &why);
    if (properties == NULL) {
        json_decref(type);
        return FAIL(e, ERR_MALFORMED, "chain properties: %s", why.text);
    }
    struct rpc_server *s = calloc(1, sizeof *s);
    ASSERT(s != NULL);
    s->config = *config;
    s->config.chain = dup_text(config->chain);
    s->config.name = dup_text(config->name);
    s->config.version = dup_text(config->version);
    s->config.node_role = dup_text(config->node_role);
    s->config.local_peer_id = dup_text(config->local_peer_id);
    s->config.chain_type_json = s->config.properties_json = NULL;
    if (s->config.finalized_delay_ms == 0)
        s->config.finalized_delay_ms = FINALIZED_DELAY_MS;
    if (s->config.response_len_max == 0)
        s->config.response_len_max = RESPONSE_LEN_MAX;
    if (s->config.subscriptions_max == 0)
        s->config.subscriptions_max = SUBSCRIPTIONS_MAX;
    s->chain_type = type;
    s->properties = properties;
    s->backend = backend;
    s->sink = sink;
    s->finalized = backend->finalized(backend->ctx);
    /* Ids differ between runs, so that a client never mistakes an old one for its own. */
    s->next_sub = clock_wall_ms();
    arena_init(&s->arena, &arena_heap, ARENA_LIMIT);
    *out = s;
    return ERR_OK;
}

static void arena_done(struct rpc_server *s)
{
    if (s->arena.total > ARENA_KEEP)
        arena_fini(&s->arena);
    else
        arena_reset(&s->arena);
}

static struct rpc_conn **conn_slot(struct rpc_server *s, uint64_t id)
{
    struct rpc_conn **at = &s->conns[(id >> 16) % RPC_CONN_BUCKETS]; /* the low bits are io/server.c's slot */
    while (*at != NULL && (*at)->id != id)
        at = &(*at)->next;
    return at;
}

struct rpc_conn *rpc_conn_find(struct rpc_server *s, uint64_t id)
{
    return *conn_slot(s, id);
}

static void conn_open(struct rpc_server *s, uint64_t id)
{
    struct rpc_conn **at = conn_slot(s, id);
    if (*at != NULL)
        return;
    *at = calloc(1, sizeof **at);
    ASSERT(*at != NULL);
    (*at)->id = id;
}

static void conn_close(struct rpc_server *s, uint64_t id)
{
    struct rpc_conn **at = conn_slot(s, id), *conn = *at;
    if (conn == NULL)
        return;
    while (conn->subs != NULL)
        sub_close(s, conn->subs);
    *at = conn->next;
    free(conn);
}

static void reply_release(struct rpc_reply *r)
{
    json_decref(r->id);
    r->id = NULL;
}

static void batch_free(struct rpc_batch *b)
{
    free(b->text);
    free(b);
}

static void tickets_free(struct rpc_server *s)
{
    for (size_t i = 0; i < RPC_TICKET_BUCKETS; i++) {
        while (s->tickets[i] != NULL) {
            struct rpc_ticket *t = s->tickets[i];
            s->tickets[i] = t->next;
            if (t->reply.batch != NULL && --t->reply.batch->left == 0)
                batch_free(t->reply.batch);
            reply_release(&t->reply);
            free(t);
        }
    }
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

void rpc_server_free(struct rpc_server *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < RPC_CONN_BUCKETS; i++) {
        while (s->conns[i] != NULL)
            conn_close(s, s->conns[i]->id);
    }
    tickets_free(s);
    arena_fini(&s->arena);
    json_decref(s->chain_type);
    json_decref(s->properties);
    free_text(s->config.chain);
    free_text(s->config.name);
    free_text(s->config.version);
    free_text(s->config.node_role);
    free_text(s->config.local_peer_id);
    free(s);
}

/* ---- answers ---- */

static void batch_put(struct rpc_batch *b, const void *p, size_t len)
{
    if (b->cap - b->len < len) {
        size_t cap = b->cap == 0 ? 1024 : b->cap;
        while (cap - b->len < len)
            cap *= 2;
        uint8_t *bigger = realloc(b->text, cap);
        ASSERT(bigger != NULL);
        b->text = bigger;
        b->cap = cap;
    }
    memcpy(b->text + b->len, p, len);
    b->len += len;
}

static void send_plain(struct rpc_server *s, uint64_t conn, struct bytes text)
{
    if (conn != 0)
        (void)s->sink->send(s->sink->ctx, conn, text); /* a peer that left misses its answer */
}

static void batch_finish(struct rpc_server *s, struct rpc_batch *b)
{
    if (b->len == 0) { /* nothing but notifications */
        if (b->http)
            s->sink->send_nothing(s->sink->ctx, b->conn);
    } else {
        batch_put(b, "]", 1);
        send_plain(s, b->conn, bytes_of(b->text, b->len));
    }
    batch_free(b);
}

/* `text` empty: the request was a notification. */
static void reply_send(struct rpc_server *s, struct rpc_reply *r, struct bytes text)
{
    struct rpc_batch *b = r->batch;
    if (b == NULL) {
        if (text.len > 0)
            send_plain(s, r->conn, text);
        else if (r->http)
            s->sink->send_nothing(s->sink->ctx, r->conn);
        return;
    }
    /* The answers of a batch share one bound: a hundred small requests must not make one huge answer. */
    if (b->len + text.len > s->config.response_len_max) {
        b->full = true;
        text = jsonrpc_error_text(&s->arena, r->id, JSONRPC_RESPONSE_TOO_BIG,
                                  jsonrpc_message(JSONRPC_RESPONSE_TOO_BIG), NULL);
    }
    if (text.len > 0) {
        batch_put(b, b->len == 0 ? "[" : ",", 1);
        batch_put(b, text.p, text.len);
    }
    if (--b->left == 0)
        batch_finish(s, b);
}

static void reply_error(struct rpc_server *s, struct rpc_reply *r, int64_t code, const char *message,
                        json_t *data)
{
    reply_send(s, r, jsonrpc_error_text(&s->arena, r->id, code, message, data));
}

static void reply_code(struct rpc_server *s, struct rpc_reply *r, int64_t code)
{
    reply_error(s, r, code, jsonrpc_message(code), NULL);
}

static void reply_limit(struct rpc_server *s, struct rpc_reply *r, int64_t code, size_t max)
{
    json_t *data = json_text(arena_fmt(&s->arena, "Exceeded max limit of %zu", max));
    reply_error(s, r, code, jsonrpc_message(code), data);
    json_decref(data);
}

static void reply_result(struct rpc_server *s, struct rpc_reply *r, const json_t *result)
{
    struct bytes text = jsonrpc_dump(&s->arena, result);
    if (text.len > s->config.response_len_max)
        reply_limit(s, r, JSONRPC_RESPONSE_TOO_BIG, s->config.response_len_max);
    else
        reply_send(s, r, jsonrpc_result_text(&s->arena, r->id, text));
}

/* ---- requests ---- */

/* An object of named parameters as the array the handlers read; borrowed values, owned array. */
static json_t *params_array(json_t *params, const char *names)
{
    if (!json_is_object(params))
        return json_incref(params);
    json_t *list = json_array();
    for (const char *p = names; *p != 0;) {
        char name[32] = {0};
        size_t len = strcspn(p, " ");
        ASSERT(len < sizeof name);
        memcpy(name, p, len);
        json_t *v = json_object_get(params, name);
        ASSERT(json_array_append_new(list, v == NULL ? json_null() : json_incref(v)) == 0);
        p += len + (p[len] == ' ');
    }
    return list;
}

static void run(struct rpc_server *s, struct rpc_reply *reply, const struct rpc_method *m, json_t *params)
{
    struct rpc_call c = {.server = s, .arena = &s->arena, .reply = reply, .method = m};
    c.params = params_array(params, m->params);
    if (!reply->http)
        c.conn = rpc_conn_find(s, reply->conn);

    json_t *result = m->handler(&c);
    if (result != NULL) {
        reply_result(s, reply, result);
        json_decref(result);
    } else if (!c.later) {
        ASSERT(c.code != 0);
        reply_error(s, reply, c.code, c.message, c.data);
    }
    json_decref(c.params);
    json_decref(c.data);
    if (c.opened != NULL)
        sub_first(s, c.opened); /* after the answer: clients drop notices of ids they do not know */
}

static void refuse(struct rpc_server *s, struct rpc_reply *reply, const struct rpc_method *m)
{
    if (m == NULL || !rpc_method_offered(s, m))
        reply_code(s, reply, JSONRPC_NO_METHOD);
    else if (reply->batch != NULL)
        reply_code(s, reply, JSONRPC_NO_BATCH); /* its first notices would overtake the batch's answer */
    else
        reply_error(s, reply, JSONRPC_NO_METHOD, "Subscriptions need a WebSocket connection", NULL);
}

static void handle_one(struct rpc_server *s, struct rpc_reply *reply, json_t *message)
{
    struct jsonrpc_request req;
    bool valid = jsonrpc_request_read(&req, message);
    reply->id = req.id == NULL ? NULL : json_deep_copy(req.id);
    if (!valid) {
        reply_code(s, reply, JSONRPC_INVALID_REQUEST);
    } else if (req.id == NULL) {
        reply_send(s, reply, BYTES_EMPTY); /* notifications do nothing here, as in SDK nodes */
    } else {
        const struct rpc_method *m = rpc_method_find(req.method);
        bool conn_missing = m != NULL && (m->needs & RPC_NEEDS_CONN) && (reply->http || reply->batch != NULL);
        if (m == NULL || !rpc_method_offered(s, m) || conn_missing)
            refuse(s, reply, m);
        else if ((m->needs & RPC_NEEDS_UNSAFE) && !s->config.unsafe_methods)
            reply_error(s, reply, JSONRPC_NO_METHOD, "RPC call is unsafe to be called externally", NULL);
        else if (reply->batch != NULL && reply->batch->full)
            reply_code(s, reply, JSONRPC_RESPONSE_TOO_BIG);
        else
            run(s, reply, m, req.params);
    }
    reply_release(reply);
}

static void handle_batch(struct rpc_server *s, const struct rpc_reply *to, json_t *list)
{
    struct rpc_reply reply = *to;
    size_t count = json_array_size(list);
    if (count == 0) {
        reply_code(s, &reply, JSONRPC_INVALID_REQUEST);
        return;
    }
    if (count > JSONRPC_BATCH_MAX) {
        reply_limit(s, &reply, JSONRPC_BATCH_TOO_BIG, JSONRPC_BATCH_MAX);
        return;
    }
    struct rpc_batch *b = calloc(1, sizeof *b);
    ASSERT(b != NULL);
    *b = (struct rpc_batch){.conn = to->conn, .http = to->http, .left = count};
    for (size_t i = 0; i < count; i++) {
        struct arena_mark mark = arena_mark(&s->arena); /* what a hundred requests need does not add up */
        reply = (struct rpc_reply){.conn = to->conn, .http = to->http, .batch = b};
        handle_one(s, &reply, json_array_get(list, i));
        arena_rewind(&s->arena, mark);
    }
}

static void handle_text(struct rpc_server *s, struct rpc_reply *reply, struct bytes text)
{
    int64_t code = 0;
    json_t *message = jsonrpc_parse(text, &code);
    if (message == NULL)
        reply_code(s, reply, code);
    else if (json_is_array(message))
        handle_batch(s, reply, message);
    else
        handle_one(s, reply, message);
    json_decref(message);
}

void rpc_server_message(struct rpc_server *s, struct ws_message *m)
{
    struct rpc_reply reply = {.conn = m->conn, .http = m->kind == WS_HTTP};
    switch (m->kind) {
    case WS_OPENED:
        conn_open(s, m->conn);
        break;
    case WS_CLOSED:
        conn_close(s, m->conn);
        break;
    case WS_FRAME:
    case WS_HTTP:
        handle_text(s, &reply, bytes_of(m->owned_data, m->len));
        s->sink->done(s->sink->ctx, m->conn, m->len);
        arena_done(s);
        break;
    case WS_WAKE:
        break;
    }
    ws_message_fini(m);
}

/* ---- submissions ---- */

bool rpc_submit(struct rpc_call *c, enum rpc_ticket_kind kind, struct bytes extrinsic)
{
    struct rpc_server *s = c->server;
    if (c->conn != NULL && c->conn->ticket_count >= RPC_TICKETS_PER_CONN) {
        (void)call_fail(c, JSONRPC_BUSY, jsonrpc_message(JSONRPC_BUSY), NULL);
        return false;
    }
    struct rpc_ticket *t = calloc(1, sizeof *t);
    ASSERT(t != NULL);
    t->id = ++s->next_ticket;
    t->kind = kind;
    t->reply = *c->reply;
    c->reply->id = NULL; /* moved */
    t->next = s->tickets[t->id % RPC_TICKET_BUCKETS];
    s->tickets[t->id % RPC_TICKET_BUCKETS] = t;
    if (c->conn != NULL)
        c->conn->ticket_count++;
    c->later = true;
    s->backend->submit(s->backend->ctx, extrinsic, t->id);
    return true;
}

static struct rpc_ticket *ticket_take(struct rpc_server *s, uint64_t id)
{
    struct rpc_ticket **at = &s->tickets[id % RPC_TICKET_BUCKETS];
    while (*at != NULL && (*at)->id != id)
        at = &(*at)->next;
    struct rpc_ticket *t = *at;
    if (t != NULL)
        *at = t->next;
    return t;
}

static void ticket_answer(struct rpc_server *s, struct rpc_ticket *t, struct rpc_conn *conn,
                          const struct rpc_submit_result *r)
{
    if (r->code != RPC_SUBMIT_OK) {
        int64_t code;
        const char *message;
        json_t *data = NULL;
        rpc_submit_error(r, &code, &message, &data, &s->arena);
        reply_error(s, &t->reply, code, message, data);
        json_decref(data);
        return;
    }
    json_t *result = NULL;
    struct rpc_subscription *sub = NULL;
    if (t->kind == RPC_TICKET_WATCH) {
        if (conn == NULL)
            return; /* left while its transaction was validated */
        sub = sub_open_on(s, conn, RPC_SUB_WATCH);
        if (sub == NULL) {
            reply_limit(s, &t->reply, JSONRPC_TOO_MANY_SUBS, s->config.subscriptions_max);
            return;
        }
        result = json_text(sub->id);
    } else {
        result = json_hash(&r->hash);
    }
    reply_result(s, &t->reply, result);
    json_decref(result);
    if (sub != NULL)
        sub_watch(s, sub, &r->hash);
}

void rpc_server_submitted(struct rpc_server *s, uint64_t ticket, const struct rpc_submit_result *result)
{
    struct rpc_ticket *t = ticket_take(s, ticket);
    if (t == NULL)
        return; /* answered twice: the node's mistake, harmless here */
    struct rpc_conn *conn = t->reply.http ? NULL : rpc_conn_find(s, t->reply.conn);
    if (conn != NULL)
        conn->ticket_count--;
    struct arena_mark mark = arena_mark(&s->arena); /* may be called while a request is being handled */
    ticket_answer(s, t, conn, result);
    arena_rewind(&s->arena, mark);
    reply_release(&t->reply);
    free(t);
}

int64_t rpc_server_tick(struct rpc_server *s, uint64_t now_ms)
{
    int64_t wait = sub_tick(s, now_ms);
    return wait < 0 || wait > 1000 ? 1000 : wait;
}

/* ---- the sink of io/server.h ---- */

static bool ws_sink_send(void *ctx, uint64_t conn, struct bytes text)
{
    return ws_send(ctx, conn, text);
}

static void ws_sink_nothing(void *ctx, uint64_t conn)
{
    ws_send_nothing(ctx, conn);
}

static void ws_sink_done(void *ctx, uint64_t conn, size_t message_len)
{
    ws_done(ctx, conn, message_len);
}

struct rpc_sink rpc_sink_of_ws(struct ws_server *s)
{
    return (struct rpc_sink){
        .ctx = s, .send = ws_sink_send, .send_nothing = ws_sink_nothing, .done = ws_sink_done};
}
