/* worker/docker_json.c — what is sent to and read from a Docker-API engine. See docker.h. */
#include "base/fmt.h"
#include "base/hex.h"
#include "base/int.h"
#include "worker/docker.h"

#include <jansson.h>

enum { BODY_MAX = 64 << 10, MEMORY_MIN = 6 << 20, STOP_TIMEOUT_S = 30 };

static void json_free(json_t *j)
{
    json_decref(j);
}
DEFINE_CLEANUP(json_t *, json_free)

/* --- create --- */

static json_t *labels_of(const struct engine_owner *owner, const struct engine_spec *spec)
{
    char work[WORK_NAME_MAX], cluster[24], version[24], hash[65];

    (void)work_name(work, spec->work);
    (void)fmt_into(cluster, sizeof cluster, "%llu", (unsigned long long)owner->cluster);
    (void)fmt_into(version, sizeof version, "%llu", (unsigned long long)spec->version);
    hex_encode(hash, bytes_of(spec->spec_hash.b, 32));
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", ENGINE_LABEL_GENESIS, owner->genesis, ENGINE_LABEL_CLUSTER,
                     cluster, ENGINE_LABEL_WORK, work, ENGINE_LABEL_VERSION, version, ENGINE_LABEL_SPEC,
                     hash);
}

static void add_ports(const struct engine_spec *spec, json_t *exposed, json_t *bindings)
{
    for (uint32_t i = 0; i < spec->port_count; i++) {
        char inside[16], host[8];
        const struct engine_port *p = &spec->ports[i];
        (void)fmt_into(inside, sizeof inside, "%u/%s", (unsigned)p->inside, p->udp ? "udp" : "tcp");
        (void)fmt_into(host, sizeof host, "%u", (unsigned)p->host);
        (void)json_object_set_new(exposed, inside, json_object());
        (void)json_object_set_new(
            bindings, inside, json_pack("[{s:s, s:s}]", "HostIp", spec->publish_address, "HostPort", host));
    }
}

static json_t *mounts_of(const struct engine_spec *spec)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < spec->mount_count; i++)
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:b}", "Type", "bind", "Source",
                                                    spec->mounts[i].source, "Target", spec->mounts[i].target,
                                                    "ReadOnly", spec->mounts[i].read_only));
    return list;
}

static json_t *env_of(const struct engine_spec *spec)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < spec->env_count; i++)
        (void)json_array_append_new(list, json_sprintf("%s=%s", spec->env[i].name, spec->env[i].value));
    return list;
}

/* No swap, no new privileges, no capability, nothing writable but /tmp. The limits on files and processes are
 * explicit because Podman's own default needs CAP_SYS_RESOURCE. Restarting is the worker's business. */
static json_t *host_config_of(const struct engine_spec *spec, json_t *owned_bindings)
{
    json_int_t memory = (json_int_t)max_u64(spec->memory_bytes, MEMORY_MIN);

    return json_pack("{s:I, s:I, s:I, s:I, s:b, s:{s:s}, s:[s], s:[s], s:{s:s}, s:s, s:o, s:o, s:[{s:s, s:I, "
                     "s:I}, {s:s, s:I, "
                     "s:I}]}",
                     "Memory", memory, "MemorySwap", memory, "NanoCpus", (json_int_t)spec->nano_cpus,
                     "PidsLimit", (json_int_t)spec->pids, "ReadonlyRootfs", true, "Tmpfs", "/tmp",
                     "size=64m,noexec,mode=1777", "CapDrop", "ALL", "SecurityOpt", "no-new-privileges",
                     "RestartPolicy", "Name", "no", "NetworkMode", "bridge", "PortBindings", owned_bindings,
                     "Mounts", mounts_of(spec), "Ulimits", "Name", "nofile", "Soft", (json_int_t)spec->nofile,
                     "Hard", (json_int_t)spec->nofile, "Name", "nproc", "Soft", (json_int_t)spec->nproc,
                     "Hard", (json_int_t)spec->nproc);
}

FALLIBLE docker_create_body(struct arena *a, struct bytes *out, const struct engine_owner *owner,
                            const struct engine_spec *spec, struct err *e)
{
    json_t *exposed = json_object(), *bindings = json_object();

    add_ports(spec, exposed, bindings);
    /* Packing takes the objects over, also when it fails: jansson refuses text that is not UTF-8. */
    CLEANUP(json_free)
    json_t *body = json_pack("{s:s, s:o, s:o, s:o, s:I, s:o}", "Image", spec->image, "Env", env_of(spec),
                             "Labels", labels_of(owner, spec), "ExposedPorts", exposed, "StopTimeout",
                             (json_int_t)STOP_TIMEOUT_S, "HostConfig", host_config_of(spec, bindings));
    if (body == NULL)
        return FAIL(e, ERR_REJECTED, "the work has text that is no JSON: image, mounts or settings");
    size_t len = json_dumpb(body, NULL, 0, JSON_COMPACT);
    if (len == 0 || len > BODY_MAX)
        return FAIL(e, ERR_REJECTED, "container of %zu bytes of JSON, at most %d", len, BODY_MAX);
    char *p = arena_alloc(a, len);
    (void)json_dumpb(body, p, len, JSON_COMPACT);
    *out = bytes_of(p, len);
    return ERR_OK;
}

/* --- errors --- */

static bool has(struct bytes body, const char *needle)
{
    struct bytes n = bytes_of_str(needle);

    for (size_t i = 0; i + n.len <= body.len; i++)
        if (memcmp(body.p + i, n.p, n.len) == 0)
            return true;
    return false;
}

enum docker_error docker_classify(int status, struct bytes body)
{
    if (status < 400)
        return DOCKER_ERROR_OTHER;
    if (has(body, "address already in use") || has(body, "port is already allocated") ||
        has(body, "cannot listen on the"))
        return DOCKER_ERROR_PORT_IN_USE;
    if (has(body, "name is already in use") || has(body, "is already in use by container"))
        return DOCKER_ERROR_NAME_IN_USE;
    if (has(body, "image not known") || has(body, "No such image") || has(body, "no such image"))
        return DOCKER_ERROR_NO_IMAGE;
    if (has(body, "no such container") || has(body, "No such container") || status == 404)
        return DOCKER_ERROR_NO_CONTAINER;
    if (has(body, "container state improper") || has(body, "is not running") ||
        has(body, "cannot remove a running container") || has(body, "cannot remove container"))
        return DOCKER_ERROR_STATE;
    if (status == 409)
        return DOCKER_ERROR_NAME_IN_USE;
    return DOCKER_ERROR_OTHER;
}

const char *docker_stream_error(struct arena *a, struct bytes lines)
{
    size_t at = 0;

    while (at < lines.len) {
        json_error_t je;
        CLEANUP(json_free)
        json_t *line = json_loadb((const char *)lines.p + at, lines.len - at,
                                  JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &je);
        if (line == NULL)
            return NULL;
        const char *text = json_string_value(json_object_get(line, "error"));
        if (text != NULL)
            return arena_str(a, bytes_of_str(text));
        if (je.position <= 0)
            return NULL;
        at += (size_t)je.position;
    }
    return NULL;
}

/* --- answers --- */

static FALLIBLE load(json_t **out, struct bytes body, const char *what, struct err *e)
{
    json_error_t je;

    *out = json_loadb((const char *)body.p, body.len, JSON_REJECT_DUPLICATES, &je);
    return *out != NULL ? ERR_OK
                        : FAIL(e, ERR_MALFORMED, "%s: the engine's answer is no JSON: %s", what, je.text);
}

static enum engine_state state_of(const char *text)
{
    if (text == NULL)
        return ENGINE_OTHER;
    if (strcmp(text, "running") == 0)
        return ENGINE_RUNNING;
    if (strcmp(text, "created") == 0 || strcmp(text, "configured") == 0 || strcmp(text, "initialized") == 0)
        return ENGINE_CREATED;
    if (strcmp(text, "exited") == 0 || strcmp(text, "stopped") == 0 || strcmp(text, "dead") == 0)
        return ENGINE_EXITED;
    return ENGINE_OTHER;
}

static struct bytes label(const json_t *labels, const char *name)
{
    const json_t *v = json_object_get(labels, name);

    return json_is_string(v) ? bytes_of(json_string_value(v), json_string_length(v)) : BYTES_EMPTY;
}

static bool read_labels(struct engine_container *c, const json_t *labels)
{
    struct bytes hash = label(labels, ENGINE_LABEL_SPEC);

    return work_parse(&c->work, label(labels, ENGINE_LABEL_WORK)) &&
           parse_u64(label(labels, ENGINE_LABEL_VERSION), &c->version) &&
           hex_decode_into(c->spec_hash.b, sizeof c->spec_hash.b, hash);
}

/* The engine filtered by label already; looking again keeps a foreign container safe from an engine that
 * ignores the filter. */
static bool is_ours(const json_t *labels, const struct engine_owner *owner)
{
    uint64_t cluster = 0;

    return bytes_eq(label(labels, ENGINE_LABEL_GENESIS), bytes_of_str(owner->genesis)) &&
           parse_u64(label(labels, ENGINE_LABEL_CLUSTER), &cluster) && cluster == owner->cluster;
}

static bool copy_text(char *out, size_t cap, const char *text)
{
    size_t len = text == NULL ? 0 : strlen(text);

    if (len == 0 || len >= cap)
        return false;
    memcpy(out, text, len + 1);
    return true;
}

FALLIBLE docker_read_list(struct arena *a, struct engine_list *out, const struct engine_owner *owner,
                          struct bytes body, struct err *e)
{
    CLEANUP(json_free) json_t *list = NULL;

    TRY(load(&list, body, "list of containers", e));
    if (!json_is_array(list))
        return FAIL(e, ERR_MALFORMED, "list of containers: not an array");
    size_t n = json_array_size(list);
    if (n > ENGINE_CONTAINERS_MAX)
        return FAIL(e, ERR_LIMIT, "%zu containers, at most %d", n, ENGINE_CONTAINERS_MAX);
    struct engine_container *v = arena_new_n(a, struct engine_container, n);
    uint32_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(list, i);
        const json_t *labels = json_object_get(item, "Labels");
        const char *name = json_string_value(json_array_get(json_object_get(item, "Names"), 0));
        struct engine_container *c = &v[count];
        if (!is_ours(labels, owner))
            continue;
        if (!copy_text(c->id, sizeof c->id, json_string_value(json_object_get(item, "Id"))))
            return FAIL(e, ERR_MALFORMED, "list of containers: one without an Id");
        if (!copy_text(c->name, sizeof c->name, name != NULL && name[0] == '/' ? name + 1 : name))
            c->name[0] = 0;
        c->state = state_of(json_string_value(json_object_get(item, "State")));
        c->labels_valid = read_labels(c, labels);
        count++;
    }
    *out = (struct engine_list){.v = v, .count = count};
    return ERR_OK;
}

static void read_ports(struct engine_status *s, json_t *ports)
{
    const char *key;
    json_t *value;

    json_object_foreach(ports, key, value)
    {
        uint64_t inside, host;
        const char *slash = strchr(key, '/');
        const char *text = json_string_value(json_object_get(json_array_get(value, 0), "HostPort"));
        if (slash == NULL || text == NULL || s->port_count == ENGINE_PORTS_MAX)
            continue;
        if (!parse_u64(bytes_of(key, (size_t)(slash - key)), &inside) || inside > UINT16_MAX ||
            !parse_u64(bytes_of_str(text), &host) || host > UINT16_MAX)
            continue;
        s->ports[s->port_count++] = (struct engine_port){
            .inside = (uint16_t)inside, .host = (uint16_t)host, .udp = strcmp(slash, "/udp") == 0};
    }
}

FALLIBLE docker_read_status(struct engine_status *out, struct bytes body, struct err *e)
{
    CLEANUP(json_free) json_t *j = NULL;
    struct engine_status s = {0};

    TRY(load(&j, body, "inspect", e));
    const json_t *state = json_object_get(j, "State");
    if (!json_is_object(state))
        return FAIL(e, ERR_MALFORMED, "inspect: no State");
    s.state = state_of(json_string_value(json_object_get(state, "Status")));
    s.exit_code = json_integer_value(json_object_get(state, "ExitCode"));
    s.oom_killed = json_is_true(json_object_get(state, "OOMKilled"));
    s.restarts = (uint64_t)json_integer_value(json_object_get(j, "RestartCount"));
    read_ports(&s, json_object_get(json_object_get(j, "NetworkSettings"), "Ports"));
    *out = s;
    return ERR_OK;
}

static uint64_t number_at(const json_t *j, const char *name)
{
    json_int_t v = json_integer_value(json_object_get(j, name));
    return v < 0 ? 0 : (uint64_t)v;
}

FALLIBLE docker_read_stats(struct engine_stats *out, struct bytes body, struct err *e)
{
    CLEANUP(json_free) json_t *j = NULL;

    TRY(load(&j, body, "stats", e));
    const json_t *memory = json_object_get(j, "memory_stats");
    if (!json_is_object(memory))
        return FAIL(e, ERR_MALFORMED, "stats: no memory_stats");
    const json_t *detail = json_object_get(memory, "stats"); /* absent with Podman */
    uint64_t usage = number_at(memory, "usage");
    uint64_t cache = json_object_get(detail, "inactive_file") != NULL ? number_at(detail, "inactive_file")
                                                                      : number_at(detail, "cache");
    *out = (struct engine_stats){
        .cpu_ns = number_at(json_object_get(json_object_get(j, "cpu_stats"), "cpu_usage"), "total_usage"),
        .memory_bytes = usage > cache ? usage - cache : 0,
        .pids = number_at(json_object_get(j, "pids_stats"), "current"),
    };
    return ERR_OK;
}

bool docker_log_take(struct docker_log_reader *r, struct bytes piece)
{
    while (piece.len > 0) {
        if (r->left > 0) {
            size_t n = min_u64(r->left, piece.len);
            if (!r->sink(r->ctx, r->head[0], bytes_of(piece.p, n)))
                return false;
            r->left -= (uint32_t)n;
            piece = bytes_from(piece, n);
            continue;
        }
        r->head[r->head_len++] = piece.p[0];
        piece = bytes_from(piece, 1);
        if (r->head_len < sizeof r->head)
            continue;
        r->head_len = 0;
        if (r->head[0] > 2 || r->head[1] != 0 || r->head[2] != 0 || r->head[3] != 0)
            return false;
        r->left =
            (uint32_t)r->head[4] << 24 | (uint32_t)r->head[5] << 16 | (uint32_t)r->head[6] << 8 | r->head[7];
    }
    return true;
}
