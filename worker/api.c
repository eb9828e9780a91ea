#include "worker/api.h"

#include "base/clock.h"
#include "base/hex.h"
#include "base/int.h"
#include "io/queue.h"
#include "io/server.h"
#include "sdk/account.h"
#include "sdk/token.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>

enum { INBOX = 256, LINES_MAX = BOARD_LINES, ANSWER_MAX = 4 << 20, ARENA_MAX = 64 << 20 };

/* JSON-RPC codes, and ours. */
enum {
    CODE_PARSE = -32700,
    CODE_REQUEST = -32600,
    CODE_METHOD = -32601,
    CODE_PARAMS = -32602,
    CODE_INTERNAL = -32603,
    CODE_DENIED = -32001,
    CODE_NOT_FOUND = -32004,
    CODE_BUSY = -32010,
};

struct api {
    struct worker *worker;
    struct ws_server *server;
    struct queue *inbox;
    pthread_t thread;
};

static void json_free(json_t *j)
{
    json_decref(j);
}
DEFINE_CLEANUP(json_t *, json_free)

/* --- requests --- */

struct request {
    struct worker *w;
    struct arena *a;
    const json_t *params; /* object, or NULL */
    uint64_t now_s;
    struct snapshot *snap; /* or NULL */
};

static FALLIBLE param_work(const struct request *r, struct work_key *out, struct err *e)
{
    const json_t *v = json_object_get(r->params, "work");

    if (!json_is_string(v) || !work_parse(out, bytes_of(json_string_value(v), json_string_length(v))))
        return FAIL(e, ERR_USAGE, "\"work\" must name a work, such as \"app-0\"");
    return ERR_OK;
}

static FALLIBLE param_u64(const struct request *r, uint64_t *out, const char *name, uint64_t initial,
                          struct err *e)
{
    const json_t *v = json_object_get(r->params, name);

    if (v == NULL) {
        *out = initial;
        return ERR_OK;
    }
    if (!json_is_integer(v) || json_integer_value(v) < 0)
        return FAIL(e, ERR_USAGE, "\"%s\" must be a number", name);
    *out = (uint64_t)json_integer_value(v);
    return ERR_OK;
}

static json_t *hex_json(struct arena *a, struct bytes b)
{
    return json_string(hex0x(a, b));
}

static json_t *u64_json(uint64_t v)
{
    return json_integer((json_int_t)min_u64(v, INT64_MAX));
}

/* Only of works that are here: others learn nothing. */
static FALLIBLE known_work(const struct request *r, const struct desired_work **d, struct work_key key,
                           struct err *e)
{
    *d = r->snap != NULL ? desired_find(&r->snap->desired, key) : NULL;
    if (*d == NULL || (*d)->phase == DESIRED_GONE)
        return FAIL(e, ERR_NOT_FOUND, "this worker does not run that work");
    return ERR_OK;
}

/* SIMULATED, or the kind of TEE. */
static const char *tee_name(const struct worker *w)
{
    return w->simulated ? "SIMULATED" : attest_kind_name(evidence_kind(w->evidence));
}

static FALLIBLE worker_info(const struct request *r, json_t **out, struct err *e)
{
    char address[SS58_TEXT_CAP];
    json_t *capacity = json_pack("{s:i, s:i, s:i}", "cpu", (int)r->w->config.cpu, "mem",
                                 (int)r->w->config.mem, "disk", (int)r->w->config.disk);
    (void)e;

    sdk_account_text(address, &r->w->controller.account, r->w->ss58_prefix);
    *out =
        json_pack("{s:s, s:o, s:s, s:o, s:o, s:b, s:o, s:i, s:b, s:o}", "tee", tee_name(r->w), "cluster",
                  u64_json(r->w->cluster), "controller", address, "genesis",
                  hex_json(r->a, bytes_of(r->w->genesis.b, 32)), "block",
                  u64_json(r->snap != NULL ? r->snap->desired.block : 0), "stale", board_stale(r->w->board),
                  "capacity", capacity, "works", r->snap != NULL ? (int)r->snap->desired.count : 0,
                  "simulated", r->w->simulated, "entry_measurement", hex_json(r->a, r->w->entries[0].value));
    return ERR_OK;
}

static json_t *port_json(const struct worker *w, struct arena *a, const struct engine_port *p)
{
    const char *address = arena_fmt(a, "%s:%u", w->config.public_address, (unsigned)p->host);
    return json_pack("{s:i, s:s, s:s}", "port", (int)p->inside, "protocol", p->udp ? "udp" : "tcp", "address",
                     address);
}

static FALLIBLE work_services(const struct request *r, json_t **out, struct err *e)
{
    const struct desired_work *d;
    struct work_status s = {0};
    struct work_key key;

    TRY(param_work(r, &key, e));
    TRY(known_work(r, &d, key, e));
    json_t *list = json_array();
    (void)board_status(r->w->board, &s, key);
    for (uint32_t i = 0; i < s.port_count; i++)
        (void)json_array_append_new(list, port_json(r->w, r->a, &s.ports[i]));
    *out = json_pack("{s:o}", "services", list);
    return ERR_OK;
}

static const char *state_name(const struct work_status *s)
{
    static const char *const names[] = {"created", "running", "exited", "other"};
    return s->has_container ? names[s->container] : "none";
}

static FALLIBLE work_status_of(const struct request *r, json_t **out, struct err *e)
{
    static const char *const contract[] = {"assigned", "running", "closing", "ended"};
    const struct desired_work *d;
    struct work_status s = {0};
    struct work_key key;
    char name[WORK_NAME_MAX];

    TRY(param_work(r, &key, e));
    TRY(known_work(r, &d, key, e));
    (void)board_status(r->w->board, &s, key);
    (void)work_name(name, key);
    const char *trouble = d->refused != NULL ? d->refused : s.trouble;
    *out = json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:s}", "work", name, "contract",
                     d->contract.status < ARRAY_LEN(contract) ? contract[d->contract.status] : "unknown",
                     "container", state_name(&s), "session", session_phase_name(s.session), "version",
                     u64_json(d->version), "block", u64_json(r->snap->desired.block), "proofs_sent",
                     u64_json(s.proofs_sent), "measurement",
                     hex_json(r->a, bytes_of(s.measurement, s.measurement_len)), "trouble", trouble, "tee",
                     tee_name(r->w));
    if (*out == NULL) /* trouble may quote foreign text that is no UTF-8 */
        *out = json_pack("{s:s, s:s}", "work", name, "trouble", "(not printable)");
    return ERR_OK;
}

static FALLIBLE require_owner(const struct request *r, const struct desired_work *d, struct err *e)
{
    const json_t *text = json_object_get(r->params, "token");
    struct sdk_token token;

    if (!json_is_string(text))
        return FAIL(e, ERR_DENIED, "a \"token\" of the work's owner is needed");
    if (sdk_token_check(r->a, &token, bytes_of(json_string_value(text), json_string_length(text)),
                        r->w->ss58_prefix, r->now_s, e) != ERR_OK) {
        e->code = ERR_DENIED; /* malformed or refused: the caller is nobody */
        return ERR_DENIED;
    }
    if (!account_id_eq(&token.account, &d->owner))
        return FAIL(e, ERR_DENIED, "only the owner of a work reads its log");
    return ERR_OK;
}

/* Records are bytes: what is no UTF-8 is shown as text with replacements, and exactly as base64. */
static json_t *line_json(struct arena *a, const struct board_line *l)
{
    json_t *text = json_stringn(l->text, l->len);
    json_t *j = json_pack("{s:o, s:i}", "seq", u64_json(l->seq), "stream", (int)l->stream);

    if (text != NULL)
        (void)json_object_set_new(j, "text", text);
    else
        (void)json_object_set_new(j, "base64", json_string(base64_encode(a, bytes_of(l->text, l->len))));
    return j;
}

static FALLIBLE work_log(const struct request *r, json_t **out, struct err *e)
{
    const struct desired_work *d;
    struct work_key key;
    uint64_t from = 0, limit = 0;
    struct board_line *lines;

    TRY(param_work(r, &key, e));
    TRY(param_u64(r, &from, "from_seq", 0, e));
    TRY(param_u64(r, &limit, "limit", 100, e));
    TRY(known_work(r, &d, key, e));
    TRY(require_owner(r, d, e));
    uint32_t n = board_lines(r->w->board, r->a, &lines, key, from, (uint32_t)min_u64(limit, LINES_MAX));
    json_t *list = json_array();
    for (uint32_t i = 0; i < n; i++)
        (void)json_array_append_new(list, line_json(r->a, &lines[i]));
    *out = json_pack("{s:o, s:o}", "lines", list, "next_seq", u64_json(n > 0 ? lines[n - 1].seq + 1 : from));
    return ERR_OK;
}

/* The files hold the program's output in clear text: for the owner only. */
static FALLIBLE proof_file(const struct request *r, json_t **out, struct err *e)
{
    const char *kind = json_string_value(json_object_get(r->params, "kind"));
    const struct desired_work *d;
    struct bytes content;
    struct work_key key;
    uint64_t block = 0;

    TRY(param_work(r, &key, e));
    TRY(param_u64(r, &block, "block", 0, e));
    if (kind == NULL || (strcmp(kind, "log") != 0 && strcmp(kind, "usage") != 0))
        return FAIL(e, ERR_USAGE, "\"kind\" must be \"log\" or \"usage\"");
    TRY(known_work(r, &d, key, e));
    TRY(require_owner(r, d, e));
    TRY(journal_file_get(r->w->journal, r->a, &content, key, block, kind, e));
    *out = json_pack("{s:s, s:o}", "base64", base64_encode(r->a, content), "length", u64_json(content.len));
    return ERR_OK;
}

static const struct method {
    const char *name;
    enum err_code (*run)(const struct request *r, json_t **out, struct err *e);
} methods[] = {
    {"worker_info", worker_info}, {"work_services", work_services}, {"work_status", work_status_of},
    {"work_log", work_log},       {"proof_file", proof_file},
};

static int code_of(enum err_code code)
{
    if (code == ERR_USAGE)
        return CODE_PARAMS;
    if (code == ERR_DENIED)
        return CODE_DENIED;
    if (code == ERR_NOT_FOUND)
        return CODE_NOT_FOUND;
    return code == ERR_BUSY || code == ERR_UNAVAILABLE ? CODE_BUSY : CODE_INTERNAL;
}

static json_t *failure(int code, const char *message)
{
    json_t *text = json_string(message);
    return json_pack("{s:i, s:o}", "code", code, "message",
                     text != NULL ? text : json_string("the message is not printable"));
}

/* The answer object without its id; *error set on failure. */
static json_t *dispatch(struct worker *w, struct arena *a, const json_t *req, uint64_t now_s, bool *error)
{
    const char *name = json_string_value(json_object_get(req, "method"));
    json_t *params = json_object_get(req, "params"), *out = NULL;
    struct err e;

    *error = true;
    if (name == NULL)
        return failure(CODE_REQUEST, "not a JSON-RPC request");
    if (params != NULL && !json_is_object(params) && json_array_size(params) > 0)
        params = json_array_get(params, 0); /* [ {…} ] is accepted as {…} */
    for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
        if (strcmp(methods[i].name, name) != 0)
            continue;
        struct request r = {
            .w = w, .a = a, .params = params, .now_s = now_s, .snap = board_snapshot(w->board)};
        enum err_code code = methods[i].run(&r, &out, &e);
        snapshot_free(r.snap);
        *error = code != ERR_OK || out == NULL;
        return *error ? failure(code_of(code), code != ERR_OK ? e.msg : "no answer") : out;
    }
    return failure(CODE_METHOD, "there is no such method");
}

struct bytes api_answer(struct worker *w, struct arena *a, struct bytes request, uint64_t now_s)
{
    json_error_t je;
    bool error = true;
    CLEANUP(json_free)
    json_t *req = json_loadb((const char *)request.p, request.len, JSON_REJECT_DUPLICATES, &je);
    json_t *body = json_is_object(req)
                       ? dispatch(w, a, req, now_s, &error)
                       : failure(req == NULL ? CODE_PARSE : CODE_REQUEST,
                                 req == NULL ? "not JSON" : "one request at a time, as an object");
    json_t *id = json_object_get(req, "id");
    CLEANUP(json_free) json_t *answer = json_object();

    (void)json_object_set_new(answer, "jsonrpc", json_string("2.0"));
    (void)json_object_set_new(answer, error ? "error" : "result", body);
    if (id != NULL)
        (void)json_object_set(answer, "id", id);
    else
        (void)json_object_set_new(answer, "id", json_null());
    size_t len = json_dumpb(answer, NULL, 0, JSON_COMPACT);
    if (len == 0 || len > ANSWER_MAX)
        return BYTES_LIT(
            "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32603,\"message\":\"too long\"},\"id\":null}");
    char *p = arena_alloc(a, len);
    (void)json_dumpb(answer, p, len, JSON_COMPACT);
    return bytes_of(p, len);
}

/* --- the server --- */

static void *serve(void *arg)
{
    struct api *api = arg;
    struct ws_message m;
    struct arena a;

    arena_init(&a, &arena_heap, ARENA_MAX);
    while (queue_pop(api->inbox, &m, -1) == QUEUE_ITEM) {
        if (m.kind == WS_FRAME || m.kind == WS_HTTP) {
            arena_reset(&a);
            struct bytes out =
                api_answer(api->worker, &a, bytes_of(m.owned_data, m.len), clock_wall_ms() / 1000);
            (void)ws_send(api->server, m.conn, out);
            ws_done(api->server, m.conn, m.len);
        }
        ws_message_fini(&m);
    }
    arena_fini(&a);
    return NULL;
}

FALLIBLE api_start(struct api **out, struct worker *w, struct err *e)
{
    struct api *api = calloc(1, sizeof *api);
    struct ws_server_config config = {.port = w->config.api_port, .limits = ws_server_limits_default()};

    ASSERT(api != NULL);
    config.limits.request_len_max = API_REQUEST_MAX;
    config.limits.inbound_len_max = 8 << 20;
    api->worker = w;
    api->inbox = queue_new(INBOX, sizeof(struct ws_message));
    config.inbox = api->inbox;
    enum err_code code = ws_server_start(&api->server, &config, e);
    if (code == ERR_OK && pthread_create(&api->thread, NULL, serve, api) != 0) {
        ws_server_stop(api->server);
        code = FAIL(e, ERR_INTERNAL, "no thread for the API");
    }
    if (code != ERR_OK) {
        queue_free(api->inbox);
        free(api);
        return err_wrap(e, "API on port %u", (unsigned)w->config.api_port);
    }
    *out = api;
    return ERR_OK;
}

uint16_t api_port(const struct api *api)
{
    return ws_server_port(api->server);
}

void api_stop(struct api *api)
{
    struct ws_message m;

    if (api == NULL)
        return;
    queue_close(api->inbox);
    (void)pthread_join(api->thread, NULL);
    ws_server_stop(api->server);
    while (queue_pop(api->inbox, &m, 0) == QUEUE_ITEM)
        ws_message_fini(&m);
    queue_free(api->inbox);
    free(api);
}
