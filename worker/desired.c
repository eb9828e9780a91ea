#include "worker/desired.h"

#include "base/int.h"
#include "crypto/hash.h"

enum { TAG_MAX = 128, COMPONENT_MAX = 255, ENV_NAME_MAX = 512, PATH_LEN_MAX = 512, MIB = 1 << 20 };

/* --- strings from the chain --- */

static bool is_lower_digit(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_word(uint8_t c)
{
    return is_lower_digit(c) || (c >= 'A' && c <= 'Z') || c == '_';
}

static size_t find_last(struct bytes b, uint8_t c)
{
    for (size_t i = b.len; i > 0; i--)
        if (b.p[i - 1] == c)
            return i - 1;
    return b.len;
}

static bool digest_valid(struct bytes d)
{
    if (!bytes_starts_with(d, BYTES_LIT("sha256:")) || d.len != 7 + 64)
        return false;
    for (size_t i = 7; i < d.len; i++)
        if (!((d.p[i] >= '0' && d.p[i] <= '9') || (d.p[i] >= 'a' && d.p[i] <= 'f')))
            return false;
    return true;
}

static bool tag_valid(struct bytes t)
{
    if (t.len == 0 || t.len > TAG_MAX || !is_word(t.p[0]))
        return false;
    for (size_t i = 1; i < t.len; i++)
        if (!is_word(t.p[i]) && t.p[i] != '.' && t.p[i] != '-')
            return false;
    return true;
}

/* Words of lower case letters and digits, joined by one ".", "_", "__" or any number of "-". */
static bool component_valid(struct bytes c)
{
    bool word = false;

    if (c.len == 0 || c.len > COMPONENT_MAX)
        return false;
    for (size_t i = 0; i < c.len;) {
        if (is_lower_digit(c.p[i])) {
            word = true;
            i++;
            continue;
        }
        uint8_t sep = c.p[i];
        size_t n = 1;
        while (i + n < c.len && c.p[i + n] == sep)
            n++;
        if (!word || !((sep == '.' && n == 1) || (sep == '_' && n <= 2) || sep == '-'))
            return false;
        word = false;
        i += n;
    }
    return word;
}

/* The first component may be a host with a port: "registry.example:5000". Upper case is for hosts only. */
static bool host_valid(struct bytes h)
{
    size_t colon = find_last(h, ':');
    uint64_t port;

    if (colon < h.len && (!parse_u64(bytes_from(h, colon + 1), &port) || port == 0 || port > UINT16_MAX))
        return false;
    for (size_t i = 0; i < colon; i++)
        if (!(is_word(h.p[i]) && h.p[i] != '_') && !((h.p[i] == '.' || h.p[i] == '-') && i > 0))
            return false;
    return colon > 0 && h.p[colon - 1] != '.' && h.p[colon - 1] != '-';
}

static bool repository_valid(struct bytes r)
{
    bool first = true;

    while (true) {
        size_t len = 0;
        while (len < r.len && r.p[len] != '/')
            len++;
        struct bytes part = bytes_of(r.p, len);
        bool last = len == r.len;
        if (!component_valid(part) && !(first && !last && host_valid(part)))
            return false;
        if (last)
            return true;
        first = false;
        r = bytes_from(r, len + 1);
    }
}

bool desired_image_valid(struct bytes text)
{
    if (text.len == 0 || text.len > DESIRED_IMAGE_MAX)
        return false;
    size_t at = find_last(text, '@');
    if (at < text.len) {
        if (!digest_valid(bytes_from(text, at + 1)))
            return false;
        text.len = at;
    }
    size_t colon = find_last(text, ':'), slash = find_last(text, '/');
    if (colon < text.len && (slash == text.len || colon > slash)) {
        if (!tag_valid(bytes_from(text, colon + 1)))
            return false;
        text.len = colon;
    }
    return text.len > 0 && repository_valid(text);
}

static bool no_zero(struct bytes b)
{
    return b.len == 0 || memchr(b.p, 0, b.len) == NULL;
}

static bool env_name_valid(struct bytes n)
{
    if (n.len == 0 || n.len > ENV_NAME_MAX || !is_word(n.p[0]) || (n.p[0] >= '0' && n.p[0] <= '9'))
        return false;
    for (size_t i = 0; i < n.len; i++)
        if (!is_word(n.p[i]))
            return false;
    return true;
}

/* Absolute, without empty, "." and ".." parts: it can only name something below the container's root. */
static bool path_valid(struct bytes p)
{
    if (p.len < 2 || p.len > PATH_LEN_MAX || p.p[0] != '/' || !no_zero(p))
        return false;
    for (size_t i = 1; i <= p.len;) {
        size_t len = 0;
        while (i + len < p.len && p.p[i + len] != '/')
            len++;
        struct bytes part = bytes_of(p.p + i, len);
        if (len == 0 || bytes_eq(part, BYTES_LIT(".")) || bytes_eq(part, BYTES_LIT("..")))
            return false;
        i += len + 1;
    }
    return true;
}

/* --- one work --- */

static const char *take_ports(struct desired_work *d, const struct app_service_vec *v)
{
    if (v->n > DESIRED_PORTS_MAX)
        return "too many ports";
    for (uint32_t i = 0; i < v->n; i++) {
        const struct app_service *s = &v->v[i];
        struct desired_port p = {0};
        switch (s->tag) {
        case APP_SERVICE_TCP:
            p = (struct desired_port){.port = s->u.tcp, .published = true};
            break;
        case APP_SERVICE_UDP:
            p = (struct desired_port){.port = s->u.udp, .udp = true, .published = true};
            break;
        case APP_SERVICE_HTTPS: /* TLS ends inside the container: passed through like any stream */
            p = (struct desired_port){.port = s->u.https, .published = true};
            break;
        case APP_SERVICE_PROJECT_TCP:
            p = (struct desired_port){.port = s->u.project_tcp};
            break;
        case APP_SERVICE_PROJECT_UDP:
            p = (struct desired_port){.port = s->u.project_udp, .udp = true};
            break;
        }
        for (uint32_t k = 0; k < d->port_count; k++)
            if (d->ports[k].port == p.port && d->ports[k].udp == p.udp)
                return "a port is given twice";
        if (p.port == 0)
            return "port 0";
        d->ports[d->port_count++] = p;
    }
    return NULL;
}

static const char *take_env(struct arena *a, struct channel_config *c, const struct chain_work *w)
{
    struct channel_pair *env = arena_new_n(a, struct channel_pair, w->env_count);
    struct channel_pair *files = arena_new_n(a, struct channel_pair, w->env_count);
    size_t total = 0;

    if (w->env_count > CHANNEL_LIST_MAX)
        return "too many settings";
    c->env = env;
    c->files = files;
    for (uint32_t i = 0; i < w->env_count; i++) {
        const struct app_env *s = &w->env[i];
        total += s->v.len;
        if (s->k.tag == APP_ENV_KEY_FILE) {
            if (!path_valid(s->k.u.file))
                return "the path of a file setting is not absolute and plain";
            files[c->file_count++] = (struct channel_pair){.key = s->k.u.file, .value = s->v};
            continue;
        }
        if (!env_name_valid(s->k.u.env))
            return "the name of a setting is no name of an environment variable";
        if (!no_zero(s->v))
            return "the value of a setting holds a zero byte";
        env[c->env_count++] = (struct channel_pair){.key = s->k.u.env, .value = s->v};
    }
    return total > DESIRED_TEXT_MAX ? "the settings are too long" : NULL;
}

static const char *take_command(struct arena *a, struct channel_config *c, const struct app_command *cmd)
{
    const char *shell = NULL;
    struct bytes text = BYTES_EMPTY;

    switch (cmd->tag) {
    case APP_COMMAND_NONE: /* what the image says */
        return NULL;
    case APP_COMMAND_SH:
        shell = "/bin/sh";
        text = cmd->u.sh;
        break;
    case APP_COMMAND_BASH:
        shell = "/bin/bash";
        text = cmd->u.bash;
        break;
    case APP_COMMAND_ZSH:
        shell = "/bin/zsh";
        text = cmd->u.zsh;
        break;
    }
    if (text.len == 0 || !no_zero(text))
        return "the command is empty or holds a zero byte";
    struct bytes *args = arena_new_n(a, struct bytes, 3);
    args[0] = bytes_of_str(shell);
    args[1] = BYTES_LIT("-c");
    args[2] = text;
    c->args = args;
    c->arg_count = 3;
    return NULL;
}

static const char *take_app(struct arena *a, struct desired_work *d, const struct chain_work *w)
{
    const struct worker_com_cr *need = &w->contract.need;
    const char *why;

    if (w->key.type != WORKER_WORK_TYPE_APP)
        return "this worker runs services only";
    if (!w->has_app)
        return "the chain does not know the service";
    d->owner = w->app.creator;
    d->memory_bytes = ((uint64_t)need->mem + need->cvm_mem + DESIRED_ENTRY_MEMORY_MIB) * MIB;
    d->nano_cpus = ((uint64_t)need->cpu + need->cvm_cpu) * 1000000;
    d->disk_mib = need->disk;
    if (!desired_image_valid(w->app.image))
        return "the image is no valid reference";
    d->image = arena_str(a, w->app.image);
    if (need->gpu > 0)
        return "this worker has no GPUs";
    if (w->app.side_container.n > 0)
        return "this worker runs no side containers";
    if ((why = take_ports(d, &w->app.port)) != NULL)
        return why;
    if ((why = take_command(a, &d->config, &w->app.command)) != NULL)
        return why;
    return take_env(a, &d->config, w);
}

static enum desired_phase phase_of(const struct chain_work *w)
{
    if (!w->has_contract || w->contract.status == CONTRACT_ENDED)
        return DESIRED_GONE;
    return w->contract.status == CONTRACT_CLOSING ? DESIRED_CLOSE : DESIRED_RUN;
}

static void put_vec(struct writer *w, struct bytes b)
{
    put_u32(w, (uint32_t)b.len);
    put_bytes(w, b);
}

static void put_pairs(struct writer *w, const struct channel_pair *v, uint16_t count)
{
    put_u16(w, count);
    for (uint16_t i = 0; i < count; i++) {
        put_vec(w, v[i].key);
        put_vec(w, v[i].value);
    }
}

void desired_serialise(struct writer *w, const struct desired_work *d, const struct hash32 *genesis,
                       uint64_t cluster)
{
    put_text(w, "wetee/spec/v1");
    put_mem(w, genesis->b, sizeof genesis->b);
    put_u64(w, cluster);
    put_u8(w, d->key.type);
    put_u64(w, d->key.id);
    put_mem(w, d->owner.b, sizeof d->owner.b);
    put_u64(w, d->version);
    put_vec(w, d->image != NULL ? bytes_of_str(d->image) : BYTES_EMPTY);
    put_u64(w, d->memory_bytes);
    put_u64(w, d->nano_cpus);
    put_u32(w, d->disk_mib);
    put_u32(w, d->port_count);
    for (uint32_t i = 0; i < d->port_count; i++) {
        put_u16(w, d->ports[i].port);
        put_bool(w, d->ports[i].udp);
        put_bool(w, d->ports[i].published);
    }
    put_pairs(w, d->config.env, d->config.env_count);
    put_pairs(w, d->config.files, d->config.file_count);
    put_u16(w, d->config.arg_count);
    for (uint16_t i = 0; i < d->config.arg_count; i++)
        put_vec(w, d->config.args[i]);
}

static void build_work(struct arena *a, struct desired_work *d, const struct chain_work *w,
                       const struct chain_view *view)
{
    *d = (struct desired_work){
        .key = w->key, .phase = phase_of(w), .version = w->version, .contract = w->contract};
    d->ended = d->phase == DESIRED_GONE && w->has_contract;
    d->challenged = d->phase != DESIRED_GONE && w->challenged;
    d->challenge_nonce = w->challenge_nonce;
    d->renew = d->phase == DESIRED_RUN && w->attested_until != UINT64_MAX &&
               view->block >= w->attested_at + (w->attested_until - w->attested_at) / 2;
    d->refused = d->phase == DESIRED_GONE ? NULL : take_app(a, d, w);
    struct writer out = writer_in(a, 4 << 20); /* settings of DESIRED_TEXT_MAX and names fit many times */
    desired_serialise(&out, d, &view->genesis, view->cluster);
    ASSERT(writer_ok(&out) || d->refused != NULL);
    sha256(d->spec_hash.b, writer_bytes(&out));
}

void desired_build(struct arena *a, struct desired *out, const struct chain_view *view)
{
    struct desired_work *v = arena_new_n(a, struct desired_work, view->work_count);

    for (uint32_t i = 0; i < view->work_count; i++) {
        struct desired_work d;
        uint32_t at = i;
        build_work(a, &d, &view->works[i], view);
        for (; at > 0 && work_cmp(v[at - 1].key, d.key) > 0; at--) /* insertion: state comes nearly sorted */
            v[at] = v[at - 1];
        v[at] = d;
    }
    *out = (struct desired){.cluster = view->cluster,
                            .block = view->block,
                            .block_hash = view->block_hash,
                            .genesis = view->genesis,
                            .works = v,
                            .count = view->work_count};
}

const struct desired_work *desired_find(const struct desired *d, struct work_key key)
{
    for (uint32_t i = 0; i < d->count; i++)
        if (work_eq(d->works[i].key, key))
            return &d->works[i];
    return NULL;
}

/* --- periods --- */

uint64_t contract_period_start(const struct worker_contract_state *c, uint32_t period)
{
    if (period == 0)
        return c->anchor;
    return sat_add_u64(sat_add_u64(c->anchor, c->lead), sat_mul_u64(period - 1, c->stage));
}

uint32_t contract_period_len(const struct worker_contract_state *c, uint32_t period)
{
    return period == 0 ? c->lead : c->stage;
}

static uint32_t period_at(const struct worker_contract_state *c, uint64_t block)
{
    if (c->stage == 0 || block < sat_add_u64(c->anchor, c->lead))
        return 0;
    return (uint32_t)min_u64(1 + (block - c->anchor - c->lead) / c->stage, UINT32_MAX - 1);
}

bool contract_provable(const struct worker_contract_state *c, uint64_t block, uint32_t *period,
                       uint64_t *first, uint32_t *length, uint64_t *until)
{
    if (c->status == CONTRACT_CLOSING && c->closing.some) {
        uint64_t start = contract_period_start(c, c->next_period), at = c->closing.value.at;
        uint32_t span;
        if (block >= c->closing.value.until || at <= start || !u32_from(at - start, &span))
            return false;
        *period = c->next_period;
        *first = start;
        *length = span;
        *until = c->closing.value.until;
        return true;
    }
    uint32_t running = c->status == CONTRACT_RUNNING ? period_at(c, block) : 0;
    if (running == 0 || running - 1 < c->next_period)
        return false;
    *period = running - 1;
    *first = contract_period_start(c, running - 1);
    *length = contract_period_len(c, running - 1);
    *until = contract_period_start(c, running + 1);
    return true;
}
