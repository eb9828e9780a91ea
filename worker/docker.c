#include "worker/docker.h"

#include "base/fmt.h"
#include "base/hex.h"
#include "io/http.h"

#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#define API "http://engine/v1.41"

enum {
    ARENA_MAX = 64 << 20,
    PULL_TIMEOUT_MS = 15 * 60 * 1000,
    PULL_BODY_MAX = 4 << 20,
    CALL_TIMEOUT_MS = 60000,
};

struct docker {
    struct engine engine;
    struct http_client *http;
    struct engine_owner owner;
    struct arena arena; /* reset at the start of each operation */
    char socket[128];
    char text[192];
};

static struct docker *docker_of(struct engine *g)
{
    return (struct docker *)(void *)g;
}

static struct arena *fresh(struct docker *d)
{
    arena_reset(&d->arena);
    return &d->arena;
}

size_t engine_name(char out[ENGINE_NAME_MAX], const struct engine_owner *owner, struct work_key work)
{
    char name[WORK_NAME_MAX];

    (void)work_name(name, work);
    return fmt_into(out, ENGINE_NAME_MAX, "wetee-%.*s-%llu-%s", 8, owner->genesis,
                    (unsigned long long)owner->cluster, name);
}

/* --- requests --- */

static FALLIBLE call(struct docker *d, struct http_resp *out, const char *method, const char *url,
                     struct bytes body, uint32_t timeout_ms, struct err *e)
{
    static const struct http_header json = {"Content-Type", "application/json"};

    return http_request(d->http, &d->arena, out,
                        &(struct http_req){.method = method,
                                           .url = url,
                                           .headers = &json,
                                           .header_count = body.len > 0,
                                           .body = body,
                                           .timeout_ms = timeout_ms,
                                           .response_len_max = PULL_BODY_MAX},
                        e);
}

/* The engine's own words, on one line. */
static const char *words_of(struct docker *d, const struct http_resp *r)
{
    json_error_t je;
    json_t *j = json_loadb((const char *)r->body.p, r->body.len, 0, &je);
    const char *text = json_string_value(json_object_get(j, "message"));
    char *out = arena_str(&d->arena, text != NULL ? bytes_of_str(text) : r->body);

    json_decref(j);
    for (char *p = out; *p != 0; p++)
        if ((unsigned char)*p < ' ')
            *p = ' ';
    return out;
}

static FALLIBLE refuse(struct docker *d, const struct http_resp *r, const char *what, struct err *e)
{
    const char *words = words_of(d, r);

    switch (docker_classify(r->status, r->body)) {
    case DOCKER_ERROR_NAME_IN_USE:
        return FAIL(e, ERR_EXISTS, "%s: %s", what, words);
    case DOCKER_ERROR_PORT_IN_USE:
        return FAIL(e, ERR_BUSY, "%s: %s", what, words);
    case DOCKER_ERROR_NO_IMAGE:
    case DOCKER_ERROR_NO_CONTAINER:
        return FAIL(e, ERR_NOT_FOUND, "%s: %s", what, words);
    case DOCKER_ERROR_STATE:
        return FAIL(e, ERR_BUSY, "%s: %s", what, words);
    case DOCKER_ERROR_OTHER:
        break;
    }
    return FAIL(e, r->status < 500 ? ERR_REJECTED : ERR_IO, "%s: %d: %s", what, r->status, words);
}

/* --- images --- */

static FALLIBLE pull(struct docker *d, const char *image, struct err *e)
{
    struct http_resp r;
    const char *url = arena_fmt(&d->arena, API "/images/create?fromImage=%s", http_escape(&d->arena, image));

    if (call(d, &r, "POST", url, BYTES_EMPTY, PULL_TIMEOUT_MS, e) != ERR_OK)
        return err_wrap(e, "pull %s", image);
    const char *wrong = r.status < 400 ? docker_stream_error(&d->arena, r.body) : words_of(d, &r);
    if (wrong != NULL)
        return FAIL(e, ERR_NOT_FOUND, "image %s is not here and cannot be pulled: %s", image, wrong);
    return ERR_OK;
}

static FALLIBLE image_ensure(struct docker *d, const char *image, struct err *e)
{
    struct http_resp r;
    const char *url = arena_fmt(&d->arena, API "/images/%s/json", http_escape(&d->arena, image));

    TRY(call(d, &r, "GET", url, BYTES_EMPTY, CALL_TIMEOUT_MS, e));
    if (r.status == 200)
        return ERR_OK;
    if (r.status != 404)
        return refuse(d, &r, "look for the image", e);
    return pull(d, image, e);
}

/* --- containers --- */

static FALLIBLE list_query(struct docker *d, struct arena *a, struct engine_list *out, struct err *e)
{
    struct http_resp r;
    const char *filter =
        arena_fmt(&d->arena, "{\"label\":[\"%s=%s\",\"%s=%llu\"]}", ENGINE_LABEL_GENESIS, d->owner.genesis,
                  ENGINE_LABEL_CLUSTER, (unsigned long long)d->owner.cluster);
    const char *url =
        arena_fmt(&d->arena, API "/containers/json?all=1&filters=%s", http_escape(&d->arena, filter));

    TRY(call(d, &r, "GET", url, BYTES_EMPTY, CALL_TIMEOUT_MS, e));
    if (r.status != 200)
        return refuse(d, &r, "list containers", e);
    return docker_read_list(a, out, &d->owner, r.body, e);
}

static enum err_code docker_list(struct engine *g, struct arena *a, struct engine_list *out, struct err *e)
{
    struct docker *d = docker_of(g);

    (void)fresh(d);
    return list_query(d, a, out, e);
}

static FALLIBLE start(struct docker *d, const char *name, struct err *e)
{
    struct http_resp r;

    TRY(call(d, &r, "POST", arena_fmt(&d->arena, API "/containers/%s/start", name), BYTES_EMPTY,
             CALL_TIMEOUT_MS, e));
    if (r.status == 204 || r.status == 304)
        return ERR_OK;
    return refuse(d, &r, "start", e);
}

/* After a refused create, the truth is what is there: an unexpected status may hide a container we made. */
static FALLIBLE adopt(struct docker *d, const struct engine_spec *spec, const char *name, bool *found,
                      struct err *e)
{
    struct engine_list list;

    *found = false;
    TRY(list_query(d, &d->arena, &list, e));
    for (uint32_t i = 0; i < list.count; i++) {
        if (strcmp(list.v[i].name, name) != 0)
            continue;
        if (!list.v[i].labels_valid || !hash32_eq(&list.v[i].spec_hash, &spec->spec_hash) ||
            list.v[i].version != spec->version)
            return FAIL(e, ERR_EXISTS, "container %s exists with another specification", name);
        *found = true;
    }
    return ERR_OK;
}

static FALLIBLE create(struct docker *d, const struct engine_spec *spec, const char *name, struct err *e)
{
    struct http_resp r;
    struct bytes body;
    bool found;
    struct err ignored;

    TRY(docker_create_body(&d->arena, &body, &d->owner, spec, e));
    TRY(call(d, &r, "POST", arena_fmt(&d->arena, API "/containers/create?name=%s", name), body,
             CALL_TIMEOUT_MS, e));
    if (r.status == 201)
        return ERR_OK;
    if (adopt(d, spec, name, &found, &ignored) == ERR_OK && found)
        return ERR_OK;
    return refuse(d, &r, "create", e);
}

static enum err_code docker_ensure(struct engine *g, const struct engine_spec *spec, struct err *e)
{
    struct docker *d = docker_of(g);
    char name[ENGINE_NAME_MAX];
    bool found;

    (void)fresh(d);
    (void)engine_name(name, &d->owner, spec->work);
    TRY(adopt(d, spec, name, &found, e));
    if (!found) {
        TRY(image_ensure(d, spec->image, e));
        TRY(create(d, spec, name, e));
    }
    return start(d, name, e);
}

static enum err_code docker_remove(struct engine *g, const struct engine_container *c, uint32_t grace_s,
                                   struct err *e)
{
    struct docker *d = docker_of(g);
    struct http_resp r;

    (void)fresh(d);
    if (c->state == ENGINE_RUNNING) {
        const char *stop = arena_fmt(&d->arena, API "/containers/%s/stop?t=%u", c->id, grace_s);
        TRY(call(d, &r, "POST", stop, BYTES_EMPTY, (grace_s + 15) * 1000, e));
        if (r.status >= 400 && docker_classify(r.status, r.body) == DOCKER_ERROR_OTHER)
            return refuse(d, &r, "stop", e);
    }
    TRY(call(d, &r, "DELETE", arena_fmt(&d->arena, API "/containers/%s?v=1&force=1", c->id), BYTES_EMPTY,
             CALL_TIMEOUT_MS, e));
    if (r.status < 400 || r.status == 404)
        return ERR_OK;
    return refuse(d, &r, "remove", e);
}

static FALLIBLE get(struct docker *d, struct http_resp *r, struct work_key work, const char *tail,
                    struct err *e)
{
    char name[ENGINE_NAME_MAX];

    (void)fresh(d);
    (void)engine_name(name, &d->owner, work);
    TRY(call(d, r, "GET", arena_fmt(&d->arena, API "/containers/%s/%s", name, tail), BYTES_EMPTY,
             CALL_TIMEOUT_MS, e));
    return r->status == 200 ? ERR_OK : refuse(d, r, tail, e);
}

static enum err_code docker_observe(struct engine *g, struct work_key work, struct engine_status *out,
                                    struct err *e)
{
    struct http_resp r;

    TRY(get(docker_of(g), &r, work, "json", e));
    return docker_read_status(out, r.body, e);
}

static enum err_code docker_stats(struct engine *g, struct work_key work, struct engine_stats *out,
                                  struct err *e)
{
    struct http_resp r;

    TRY(get(docker_of(g), &r, work, "stats?stream=false&one-shot=true", e));
    return docker_read_stats(out, r.body, e);
}

static enum err_code docker_logs(struct engine *g, struct work_key work, uint32_t tail, engine_log_sink sink,
                                 void *ctx, struct err *e)
{
    struct http_resp r;
    struct docker_log_reader reader = {.sink = sink, .ctx = ctx};
    char query[64];

    (void)fmt_into(query, sizeof query, "logs?stdout=1&stderr=1&tail=%u", tail);
    TRY(get(docker_of(g), &r, work, query, e));
    (void)docker_log_take(&reader, r.body);
    return ERR_OK;
}

/* --- events --- */

struct event_stream {
    struct arena *arena;
    engine_event_sink sink;
    bool (*keep_going)(void *ctx);
    void *ctx;
    char line[64 << 10];
    size_t len;
};

static bool event_line(struct event_stream *s)
{
    json_error_t je;
    json_t *j = json_loadb(s->line, s->len, 0, &je);
    const json_t *attributes = json_object_get(json_object_get(j, "Actor"), "Attributes");
    const char *work = json_string_value(json_object_get(attributes, ENGINE_LABEL_WORK));
    const char *action = json_string_value(json_object_get(j, "Action"));
    struct work_key key;
    bool more = true;

    if (work != NULL && action != NULL && work_parse(&key, bytes_of_str(work)))
        more = s->sink(s->ctx, key, bytes_of_str(action));
    json_decref(j);
    return more;
}

static bool event_piece(void *ctx, struct bytes piece)
{
    struct event_stream *s = ctx;

    for (size_t i = 0; i < piece.len; i++) {
        if (piece.p[i] != '\n') {
            if (s->len == sizeof s->line)
                return false; /* no event is this long */
            s->line[s->len++] = (char)piece.p[i];
            continue;
        }
        bool more = event_line(s);
        s->len = 0;
        if (!more)
            return false;
    }
    return true;
}

static bool event_tick(void *ctx)
{
    struct event_stream *s = ctx;
    return s->keep_going(s->ctx);
}

static enum err_code docker_events(struct engine *g, engine_event_sink sink, bool (*keep_going)(void *ctx),
                                   void *ctx, struct err *e)
{
    struct docker *d = docker_of(g);
    struct arena *a = fresh(d);
    struct http_resp r;
    struct event_stream s = {.arena = a, .sink = sink, .keep_going = keep_going, .ctx = ctx};
    const char *filter = arena_fmt(a, "{\"type\":[\"container\"],\"label\":[\"%s=%s\"]}",
                                   ENGINE_LABEL_GENESIS, d->owner.genesis);

    TRY(http_stream(d->http, a, &r,
                    &(struct http_req){.method = "GET",
                                       .url = arena_fmt(a, API "/events?filters=%s", http_escape(a, filter)),
                                       .timeout_ms = HTTP_NO_TIMEOUT},
                    event_piece, &s, event_tick, e));
    return r.status < 400 ? ERR_OK : refuse(d, &r, "events", e);
}

/* --- life --- */

static const char *docker_describe(const struct engine *g)
{
    return ((const struct docker *)(const void *)g)->text;
}

static void docker_free(struct engine *g)
{
    struct docker *d = docker_of(g);

    http_client_free(d->http);
    arena_fini(&d->arena);
    free(d);
}

static const struct engine_ops ops = {
    .ensure = docker_ensure,
    .remove = docker_remove,
    .list = docker_list,
    .observe = docker_observe,
    .logs = docker_logs,
    .stats = docker_stats,
    .events = docker_events,
    .describe = docker_describe,
    .free = docker_free,
};

static FALLIBLE ping(struct docker *d, struct err *e)
{
    struct http_resp r;

    TRY(http_request(
        d->http, &d->arena, &r,
        &(struct http_req){
            .method = "GET", .url = "http://engine/_ping", .connect_ms = 2000, .timeout_ms = 5000},
        e));
    if (r.status != 200)
        return FAIL(e, ERR_UNAVAILABLE, "%s answers %d to a ping", d->socket, r.status);
    const char *podman = http_resp_header(&r, "libpod-api-version");
    const char *api = http_resp_header(&r, "api-version");
    uint32_t major = 0, minor = 0;
    if (api == NULL)
        return FAIL(e, ERR_UNSUPPORTED, "%s is no container engine: it names no Api-Version", d->socket);
    for (; *api >= '0' && *api <= '9' && major < 1000; api++)
        major = major * 10 + (uint32_t)(*api - '0');
    for (api += *api == '.'; *api >= '0' && *api <= '9' && minor < 1000; api++)
        minor = minor * 10 + (uint32_t)(*api - '0');
    if (major != 1 || minor < 41)
        return FAIL(e, ERR_UNSUPPORTED, "the engine at %s speaks API %u.%u, 1.41 is needed", d->socket, major,
                    minor);
    (void)fmt_into(d->text, sizeof d->text, "%s %s at %s", podman != NULL ? "podman" : "docker API 1.41",
                   podman != NULL ? podman : "", d->socket);
    return ERR_OK;
}

FALLIBLE docker_engine_open(struct engine **out, const char *socket_path, const struct engine_owner *owner,
                            struct err *e)
{
    struct docker *d = calloc(1, sizeof *d);

    ASSERT(d != NULL);
    d->engine.ops = &ops;
    d->owner = *owner;
    arena_init(&d->arena, &arena_heap, ARENA_MAX);
    (void)fmt_into(d->socket, sizeof d->socket, "%s", socket_path);
    enum err_code code = http_client_new(
        &d->http,
        &(struct http_client_config){.unix_socket_opt = d->socket, .user_agent_opt = "wetee-worker"}, e);
    if (code == ERR_OK)
        code = ping(d, e);
    if (code != ERR_OK) {
        docker_free(&d->engine);
        return code;
    }
    *out = &d->engine;
    return ERR_OK;
}

bool docker_engine_answers(const char *socket_path)
{
    struct engine *g = NULL;
    struct err e;

    if (access(socket_path, F_OK) != 0 ||
        docker_engine_open(&g, socket_path, &(struct engine_owner){.genesis = "0"}, &e) != ERR_OK)
        return false;
    engine_free(g);
    return true;
}
