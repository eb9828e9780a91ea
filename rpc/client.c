#include "rpc/client.h"

#include "base/clock.h"
#include "io/ws_client.h"

#include <stdio.h>
#include <stdlib.h>

enum { KEPT_MAX = 1024 }; /* notifications kept per subscription */

struct kept {
    struct kept *next;
    json_t *result;
};

struct rpc_sub {
    struct rpc_client *client;
    struct rpc_sub *next;
    char *id;
    char *unsubscribe;
    struct kept *first, *last;
    size_t count;
    bool lost; /* some were thrown away since the last rpc_sub_next */
};

struct rpc_client {
    struct ws_client *ws;
    struct rpc_sub *subs;
    struct rpc_error error;
    int64_t next_id;
};

enum err_code rpc_client_connect(struct rpc_client **out, const char *url, uint32_t timeout_ms, struct err *e)
{
    struct ws_client *ws;
    TRY(ws_client_connect(&ws, &(struct ws_client_config){.url = url, .connect_ms = timeout_ms}, e));
    struct rpc_client *c = calloc(1, sizeof *c);
    ASSERT(c != NULL);
    c->ws = ws;
    *out = c;
    return ERR_OK;
}

static void sub_free(struct rpc_sub *s)
{
    while (s->first != NULL) {
        struct kept *k = s->first;
        s->first = k->next;
        json_decref(k->result);
        free(k);
    }
    free(s->id);
    free(s->unsubscribe);
    free(s);
}

void rpc_client_free(struct rpc_client *c)
{
    if (c == NULL)
        return;
    while (c->subs != NULL) {
        struct rpc_sub *s = c->subs;
        c->subs = s->next;
        sub_free(s);
    }
    ws_client_free(c->ws);
    free(c);
}

void rpc_client_stop(struct rpc_client *c)
{
    ws_client_stop(c->ws);
}

const struct rpc_error *rpc_client_error(const struct rpc_client *c)
{
    return &c->error;
}

static json_t *kept_take(struct rpc_sub *s)
{
    struct kept *k = s->first;
    json_t *result = k->result;
    s->first = k->next;
    if (s->first == NULL)
        s->last = NULL;
    s->count--;
    free(k);
    return result;
}

/* Keeps a notification for its subscription; one for nobody (just unsubscribed) is dropped. */
static void notification_keep(struct rpc_client *c, const json_t *message)
{
    const json_t *params = json_object_get(message, "params");
    const char *id = json_string_value(json_object_get(params, "subscription"));
    struct rpc_sub *s = id == NULL ? NULL : c->subs;
    while (s != NULL && strcmp(s->id, id) != 0)
        s = s->next;
    if (s == NULL)
        return;
    if (s->count >= KEPT_MAX) {
        json_decref(kept_take(s));
        s->lost = true;
    }
    struct kept *k = calloc(1, sizeof *k);
    ASSERT(k != NULL);
    json_t *result = json_object_get(params, "result");
    k->result = result == NULL ? json_null() : json_incref(result);
    if (s->last == NULL)
        s->first = k;
    else
        s->last->next = k;
    s->last = k;
    s->count++;
}

/* Receives one message. Notifications are kept; *answer is NULL then. */
static FALLIBLE receive(struct rpc_client *c, json_t **answer, int64_t timeout_ms, struct err *e)
{
    char *text;
    size_t len;
    json_error_t why;
    TRY(ws_client_receive(c->ws, &text, &len, timeout_ms, e));
    json_t *message = json_loadb(text, len, 0, &why);
    free(text);
    if (message == NULL)
        return FAIL(e, ERR_MALFORMED, "the server sent what is not JSON: %s", why.text);
    if (json_object_get(message, "method") != NULL) {
        notification_keep(c, message);
        json_decref(message);
        message = NULL;
    }
    *answer = message;
    return ERR_OK;
}

static FALLIBLE error_of(struct rpc_client *c, const char *method, const json_t *error, struct err *e)
{
    const char *message = json_string_value(json_object_get(error, "message"));
    json_t *data = json_object_get(error, "data");
    char *dumped =
        data == NULL || json_is_string(data) ? NULL : json_dumps(data, JSON_COMPACT | JSON_ENCODE_ANY);
    const char *data_text = json_is_string(data) ? json_string_value(data) : dumped == NULL ? "" : dumped;
    c->error.code = json_integer_value(json_object_get(error, "code"));
    (void)snprintf(c->error.message, sizeof c->error.message, "%s", message == NULL ? "" : message);
    (void)snprintf(c->error.data, sizeof c->error.data, "%s", data_text);
    free(dumped);
    return FAIL(e, ERR_REJECTED, "%s: %lld: %s%s%s", method, (long long)c->error.code, c->error.message,
                c->error.data[0] == 0 ? "" : ": ", c->error.data);
}

static FALLIBLE send_request(struct rpc_client *c, int64_t id, const char *method, json_t *owned_params,
                             struct err *e)
{
    json_t *params = owned_params == NULL ? json_array() : owned_params;
    json_t *req = json_pack("{s:s, s:I, s:s, s:o}", "jsonrpc", "2.0", "id", (json_int_t)id, "method", method,
                            "params", params);
    char *text = req == NULL ? NULL : json_dumps(req, JSON_COMPACT);
    json_decref(req);
    if (text == NULL)
        return FAIL(e, ERR_USAGE, "%s: parameters that are not JSON", method);
    enum err_code code = ws_client_send(c->ws, bytes_of_str(text), e);
    free(text);
    return code;
}

enum err_code rpc_client_call(struct rpc_client *c, json_t **result, const char *method, json_t *owned_params,
                              uint32_t timeout_ms, struct err *e)
{
    int64_t id = ++c->next_id;
    uint64_t until = clock_mono_ms() + timeout_ms;
    c->error = (struct rpc_error){0};
    TRY(send_request(c, id, method, owned_params, e));
    for (;;) {
        uint64_t now = clock_mono_ms();
        json_t *answer = NULL;
        enum err_code code = receive(c, &answer, now < until ? (int64_t)(until - now) : 0, e);
        if (code != ERR_OK)
            return err_wrap(e, "%s", method);
        json_t *answer_id = json_object_get(answer, "id");
        if (answer == NULL || !json_is_integer(answer_id) || json_integer_value(answer_id) != id) {
            json_decref(answer); /* a notification, or the late answer to a call that timed out */
            continue;
        }
        json_t *value = json_object_get(answer, "result"), *error = json_object_get(answer, "error");
        if (json_is_object(error))
            code = error_of(c, method, error, e);
        else if (value == NULL)
            code = FAIL(e, ERR_MALFORMED, "%s: an answer without result", method);
        else
            *result = json_incref(value);
        json_decref(answer);
        return code;
    }
}

enum err_code rpc_client_subscribe(struct rpc_client *c, struct rpc_sub **out, const char *method,
                                   json_t *owned_params, const char *unsubscribe_method, uint32_t timeout_ms,
                                   struct err *e)
{
    json_t *id;
    TRY(rpc_client_call(c, &id, method, owned_params, timeout_ms, e));
    if (!json_is_string(id)) {
        json_decref(id);
        return FAIL(e, ERR_MALFORMED, "%s: the subscription id is not text", method);
    }
    struct rpc_sub *s = calloc(1, sizeof *s);
    ASSERT(s != NULL);
    s->client = c;
    s->id = strdup(json_string_value(id));
    s->unsubscribe = strdup(unsubscribe_method);
    ASSERT(s->id != NULL && s->unsubscribe != NULL);
    json_decref(id);
    s->next = c->subs;
    c->subs = s;
    *out = s;
    return ERR_OK;
}

enum err_code rpc_sub_next(struct rpc_sub *s, json_t **result, int64_t timeout_ms, struct err *e)
{
    uint64_t until = clock_mono_ms() + (timeout_ms > 0 ? (uint64_t)timeout_ms : 0);
    if (s->lost) {
        s->lost = false;
        return FAIL(e, ERR_LIMIT, "subscription %s: notifications were lost", s->id);
    }
    while (s->first == NULL) {
        uint64_t now = clock_mono_ms();
        int64_t wait = timeout_ms < 0 ? -1 : now < until ? (int64_t)(until - now) : 0;
        json_t *stray = NULL;
        TRY(receive(s->client, &stray, wait, e));
        json_decref(stray); /* the late answer to a call that timed out */
    }
    *result = kept_take(s);
    return ERR_OK;
}

const char *rpc_sub_id(const struct rpc_sub *s)
{
    return s->id;
}

void rpc_sub_close(struct rpc_sub *s)
{
    if (s == NULL)
        return;
    struct rpc_client *c = s->client;
    struct err e;
    struct rpc_sub **at = &c->subs;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    /* Not waited for: its answer is dropped when it comes. Failing to send means the connection is gone, and
     * the subscription with it. */
    enum err_code ignored = send_request(c, ++c->next_id, s->unsubscribe, json_pack("[s]", s->id), &e);
    (void)ignored;
    sub_free(s);
}
