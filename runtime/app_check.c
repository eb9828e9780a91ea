#include "runtime/app_check.h"

#include "runtime/params.h"

enum { TAG_MAX = 128, DIGEST_HEX_MIN = 32, SHA256_HEX = 64 };

static bool is_lower(uint8_t c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(uint8_t c)
{
    return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z');
}

/* Where `c` stands last, or b.len. */
static size_t last_of(struct bytes b, uint8_t c)
{
    for (size_t i = b.len; i > 0; i--) {
        if (b.p[i - 1] == c)
            return i - 1;
    }
    return b.len;
}

static struct bytes head(struct bytes b, size_t len)
{
    return bytes_of(b.p, len);
}

/* algorithm ":" hex; sha256 is the one in use, others are checked for form. */
static bool digest_valid(struct bytes d)
{
    size_t colon = last_of(d, ':');
    if (colon == d.len || colon == 0 || !is_lower(d.p[0]))
        return false;
    for (size_t i = 0; i < colon; i++) {
        uint8_t c = d.p[i];
        if (!is_alnum(c) && c != '+' && c != '.' && c != '_' && c != '-')
            return false;
    }
    struct bytes hex = bytes_from(d, colon + 1);
    for (size_t i = 0; i < hex.len; i++) {
        if (!is_digit(hex.p[i]) && !(hex.p[i] >= 'a' && hex.p[i] <= 'f'))
            return false;
    }
    if (bytes_eq(head(d, colon), BYTES_LIT("sha256")))
        return hex.len == SHA256_HEX;
    return hex.len >= DIGEST_HEX_MIN;
}

static bool tag_valid(struct bytes t)
{
    if (t.len == 0 || t.len > TAG_MAX || t.p[0] == '.' || t.p[0] == '-')
        return false;
    for (size_t i = 0; i < t.len; i++) {
        if (!is_alnum(t.p[i]) && t.p[i] != '_' && t.p[i] != '.' && t.p[i] != '-')
            return false;
    }
    return true;
}

/* Words of lower case letters and digits joined by one ".", one or two "_", or any number of "-". */
static bool component_valid(struct bytes c)
{
    size_t i = 0;
    if (c.len == 0)
        return false;
    while (i < c.len) {
        size_t word = i;
        while (i < c.len && (is_lower(c.p[i]) || is_digit(c.p[i])))
            i++;
        if (i == word)
            return false;
        if (i == c.len)
            return true;
        uint8_t sep = c.p[i];
        size_t from = i;
        while (i < c.len && c.p[i] == sep)
            i++;
        if (!((sep == '.' && i - from == 1) || (sep == '_' && i - from <= 2) || sep == '-'))
            return false;
    }
    return false; /* ends in a separator */
}

static bool domain_valid(struct bytes d)
{
    size_t colon = last_of(d, ':');
    struct bytes port = bytes_from(d, colon + 1);
    size_t label = 0;

    for (size_t i = 0; i < port.len; i++) {
        if (!is_digit(port.p[i]))
            return false;
    }
    if (colon < d.len && port.len == 0)
        return false;
    for (size_t i = 0; i < colon; i++) {
        uint8_t c = d.p[i];
        bool edge = label == 0 || i + 1 == colon || d.p[i + 1] == '.';
        if (c == '.') {
            if (label == 0)
                return false;
            label = 0;
            continue;
        }
        if (!is_alnum(c) && (c != '-' || edge))
            return false;
        label++;
    }
    return label > 0;
}

static bool is_domain(struct bytes first)
{
    return last_of(first, '.') < first.len || last_of(first, ':') < first.len ||
           bytes_eq(first, BYTES_LIT("localhost"));
}

bool image_reference_valid(struct bytes ref)
{
    size_t at = last_of(ref, '@');
    if (at < ref.len && !digest_valid(bytes_from(ref, at + 1)))
        return false;
    struct bytes name = head(ref, at);
    size_t slash = last_of(name, '/'), colon = last_of(name, ':');
    if (colon < name.len && (slash == name.len || colon > slash)) {
        if (!tag_valid(bytes_from(name, colon + 1)))
            return false;
        name = head(name, colon);
    }
    for (size_t begin = 0, n = 0; begin <= name.len; n++) {
        size_t end = begin;
        while (end < name.len && name.p[end] != '/')
            end++;
        struct bytes part = bytes_of(name.p + begin, end - begin);
        bool domain = n == 0 && end < name.len && is_domain(part);
        if (domain ? !domain_valid(part) : !component_valid(part))
            return false;
        begin = end + 1;
    }
    return true;
}

struct dispatch app_check_name(struct bytes name)
{
    if (name.len > APP_NAME_MAX)
        return app_fail(APP_ERR_INPUT_TOO_LONG);
    return name.len == 0 ? app_fail(APP_ERR_NAME_INVALID) : DISPATCH_OK;
}

struct dispatch app_check_image(struct bytes image)
{
    if (image.len > APP_IMAGE_MAX)
        return app_fail(APP_ERR_INPUT_TOO_LONG);
    return image.len > 0 && image_reference_valid(image) ? DISPATCH_OK : app_fail(APP_ERR_IMAGE_INVALID);
}

static uint32_t service_port(const struct app_service *s, bool *udp)
{
    *udp = s->tag == APP_SERVICE_UDP || s->tag == APP_SERVICE_PROJECT_UDP;
    switch (s->tag) {
    case APP_SERVICE_TCP:
        return s->u.tcp;
    case APP_SERVICE_UDP:
        return s->u.udp;
    case APP_SERVICE_HTTPS:
        return s->u.https;
    case APP_SERVICE_PROJECT_TCP:
        return s->u.project_tcp;
    case APP_SERVICE_PROJECT_UDP:
        return s->u.project_udp;
    }
    UNREACHABLE();
}

struct dispatch app_check_ports(const struct app_service_vec *ports)
{
    if (ports->n > APP_PORTS_MAX)
        return app_fail(APP_ERR_INPUT_TOO_LONG);
    for (uint32_t i = 0; i < ports->n; i++) {
        bool udp, other_udp;
        uint32_t port = service_port(&ports->v[i], &udp);
        if (port == 0)
            return app_fail(APP_ERR_PORT_DUPLICATE);
        for (uint32_t k = 0; k < i; k++) {
            if (service_port(&ports->v[k], &other_udp) == port && udp == other_udp)
                return app_fail(APP_ERR_PORT_DUPLICATE);
        }
    }
    return DISPATCH_OK;
}

struct dispatch app_check_command(const struct app_command *command)
{
    size_t len = 0;
    switch (command->tag) {
    case APP_COMMAND_SH:
        len = command->u.sh.len;
        break;
    case APP_COMMAND_BASH:
        len = command->u.bash.len;
        break;
    case APP_COMMAND_ZSH:
        len = command->u.zsh.len;
        break;
    case APP_COMMAND_NONE:
        break;
    }
    return len > APP_COMMAND_MAX ? app_fail(APP_ERR_INPUT_TOO_LONG) : DISPATCH_OK;
}

/* Absolute, without empty, "." and ".." segments and without zero bytes: two texts name the same directory
 * only if they are equal. */
static bool mount_path_valid(struct bytes p)
{
    if (p.len < 2 || p.len > APP_DISK_PATH_MAX || p.p[0] != '/')
        return false;
    for (size_t begin = 1; begin <= p.len;) {
        size_t end = begin;
        while (end < p.len && p.p[end] != '/') {
            if (p.p[end] < ' ' || p.p[end] == 0x7f)
                return false;
            end++;
        }
        struct bytes segment = bytes_of(p.p + begin, end - begin);
        if (segment.len == 0 || bytes_eq(segment, BYTES_LIT(".")) || bytes_eq(segment, BYTES_LIT("..")))
            return false;
        begin = end + 1;
    }
    return true;
}

struct dispatch app_check_disks(const struct app_disk_vec *disks)
{
    if (disks->n > APP_DISKS_MAX)
        return app_fail(APP_ERR_INPUT_TOO_LONG);
    for (uint32_t i = 0; i < disks->n; i++) {
        const struct app_disk *d = &disks->v[i];
        if (d->size == 0 || !mount_path_valid(d->path.u.ssd))
            return app_fail(APP_ERR_DISK_INVALID);
        for (uint32_t k = 0; k < i; k++) {
            if (bytes_eq(d->path.u.ssd, disks->v[k].path.u.ssd))
                return app_fail(APP_ERR_DISK_INVALID);
        }
    }
    return DISPATCH_OK;
}

struct bytes env_key_text(const struct app_env_key *k)
{
    switch (k->tag) {
    case APP_ENV_KEY_ENV:
        return k->u.env;
    case APP_ENV_KEY_FILE:
        return k->u.file;
    }
    UNREACHABLE();
}

struct dispatch app_check_env(const struct app_env_input_vec *env)
{
    if (env->n > APP_ENV_MAX)
        return app_fail(APP_ERR_TOO_MANY_ENV);
    for (uint32_t i = 0; i < env->n; i++) {
        struct bytes key = env_key_text(&env->v[i].k);
        if (key.len > APP_ENV_KEY_MAX || env->v[i].v.len > APP_ENV_VALUE_MAX)
            return app_fail(APP_ERR_INPUT_TOO_LONG);
        if (key.len == 0 && env->v[i].etype.tag != APP_EDIT_TYPE_REMOVE)
            return app_fail(APP_ERR_NAME_INVALID);
    }
    return DISPATCH_OK;
}

static struct dispatch check_size(uint32_t cpu, uint32_t mem, uint32_t gpu)
{
    if (cpu < PARAM_CPU_MIN)
        return app_fail(APP_ERR_CPU_TOO_LOW);
    if (mem < PARAM_MEMORY_MIN)
        return app_fail(APP_ERR_MEMORY_TOO_LOW);
    return gpu > 0 ? app_fail(APP_ERR_GPU_NOT_SUPPORTED) : DISPATCH_OK;
}

struct dispatch app_check_create(const struct app_create_args *a)
{
    DISPATCH_TRY(app_check_name(a->name));
    DISPATCH_TRY(app_check_image(a->image));
    if (a->meta.len > APP_META_MAX || a->side_container.n > APP_SIDE_CONTAINERS_MAX)
        return app_fail(APP_ERR_INPUT_TOO_LONG);
    DISPATCH_TRY(app_check_ports(&a->port));
    DISPATCH_TRY(app_check_command(&a->command));
    DISPATCH_TRY(app_check_disks(&a->disk));
    DISPATCH_TRY(check_size(a->cpu, a->memory, 0));
    for (uint32_t i = 0; i < a->side_container.n; i++) {
        const struct app_container *c = &a->side_container.v[i];
        DISPATCH_TRY(app_check_image(c->image));
        DISPATCH_TRY(app_check_ports(&c->port));
        DISPATCH_TRY(app_check_command(&c->command));
        DISPATCH_TRY(app_check_disks(&c->cr.disk));
        DISPATCH_TRY(check_size(c->cr.cpu, c->cr.mem, c->cr.gpu));
    }
    return app_check_env(&a->env);
}
