/* cli/order.c — see order.h. */
#include "cli/order.h"
#include "base/fmt.h"
#include "base/int.h"
#include "cli/session.h"
#include "sdk/account.h"
#include <jansson.h>
#include <stdlib.h>

enum { ITEMS_MAX = 256 };

FALLIBLE order_port(struct app_service *out, const char *text, struct err *e)
{
    static const struct {
        const char *prefix;
        enum app_service_tag tag;
    } kinds[] = {
        {"tcp:", APP_SERVICE_TCP},
        {"udp:", APP_SERVICE_UDP},
        {"https:", APP_SERVICE_HTTPS},
        {"project-tcp:", APP_SERVICE_PROJECT_TCP},
        {"project-udp:", APP_SERVICE_PROJECT_UDP},
        {"", APP_SERVICE_TCP},
    };
    uint64_t port;

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        size_t len = strlen(kinds[i].prefix);
        if (strncmp(text, kinds[i].prefix, len) != 0)
            continue;
        if (!parse_u64(bytes_of_str(text + len), &port) || port == 0 || port > UINT16_MAX)
            break;
        *out = (struct app_service){.tag = kinds[i].tag, .u.tcp = (uint16_t)port};
        return ERR_OK;
    }
    return FAIL(e, ERR_USAGE, "\"%s\" is no port: write 8080, udp:53 or https:443", text);
}

FALLIBLE order_env(struct cli *cli, struct app_env_input *out, const char *text, bool file, struct err *e)
{
    const char *equals = strchr(text, '=');
    struct app_env_input env = {.etype.tag = APP_EDIT_TYPE_INSERT};

    if (equals == NULL || equals == text)
        return FAIL(e, ERR_USAGE, "\"%s\": write %s=VALUE", text, file ? "/PATH" : "KEY");
    env.k.tag = file ? APP_ENV_KEY_FILE : APP_ENV_KEY_ENV;
    env.k.u.env = bytes_of_str(arena_str(&cli->arena, bytes_of(text, (size_t)(equals - text))));
    env.v = bytes_of_str(equals + 1);
    *out = env;
    return ERR_OK;
}

struct app_command order_command(const char *text)
{
    if (text == NULL || text[0] == 0)
        return (struct app_command){.tag = APP_COMMAND_NONE};
    return (struct app_command){.tag = APP_COMMAND_SH, .u.sh = bytes_of_str(text)};
}

static void make_room(struct cli *cli, struct order *o)
{
    o->ports.v = arena_new_n(&cli->arena, struct app_service, ITEMS_MAX);
    o->env.v = arena_new_n(&cli->arena, struct app_env_input, 2 * ITEMS_MAX);
    o->disks.v = arena_new_n(&cli->arena, struct app_disk, ITEMS_MAX);
}

static FALLIBLE add_disk(struct order *o, struct bytes path, uint64_t size, struct err *e)
{
    if (o->disks.n == ITEMS_MAX || size == 0 || size > UINT32_MAX)
        return FAIL(e, ERR_USAGE, "disk: write /PATH:MIB");
    o->disks.v[o->disks.n++] =
        (struct app_disk){.path = {.tag = APP_DISK_CLASS_SSD, .u.ssd = path}, .size = (uint32_t)size};
    return ERR_OK;
}

static FALLIBLE file_text(struct cli *cli, const char **out, const json_t *v, const char *key, struct err *e)
{
    if (!json_is_string(v))
        return FAIL(e, ERR_USAGE, "%s is to be a text", key);
    *out = arena_str(&cli->arena, bytes_of_str(json_string_value(v)));
    return ERR_OK;
}

static FALLIBLE file_number(uint64_t *out, const json_t *v, const char *key, struct err *e)
{
    if (!json_is_integer(v) || json_integer_value(v) < 0)
        return FAIL(e, ERR_USAGE, "%s is to be a number", key);
    *out = (uint64_t)json_integer_value(v);
    return ERR_OK;
}

static FALLIBLE file_ports(struct cli *cli, struct order *o, const json_t *list, struct err *e)
{
    if (!json_is_array(list) || json_array_size(list) > ITEMS_MAX)
        return FAIL(e, ERR_USAGE, "ports is to be a list");
    o->has_ports = true;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *v = json_array_get(list, i);
        const char *text = json_is_integer(v)
                               ? arena_fmt(&cli->arena, "%lld", (long long)json_integer_value(v))
                           : json_is_string(v) ? json_string_value(v)
                                               : "?";
        TRY(order_port(&o->ports.v[o->ports.n], text, e));
        o->ports.n++;
    }
    return ERR_OK;
}

static FALLIBLE file_settings(struct cli *cli, struct order *o, json_t *object, bool file, struct err *e)
{
    const char *key;
    json_t *v;

    if (!json_is_object(object) || o->env.n + json_object_size(object) > ITEMS_MAX)
        return FAIL(e, ERR_USAGE, "%s is to be an object of texts", file ? "files" : "env");
    json_object_foreach(object, key, v)
    {
        const char *text;
        TRY(file_text(cli, &text, v, key, e));
        o->env.v[o->env.n++] =
            (struct app_env_input){.etype.tag = APP_EDIT_TYPE_INSERT,
                                   .k = {.tag = file ? APP_ENV_KEY_FILE : APP_ENV_KEY_ENV,
                                         .u.env = bytes_of_str(arena_str(&cli->arena, bytes_of_str(key)))},
                                   .v = bytes_of_str(text)};
    }
    return ERR_OK;
}

static FALLIBLE file_disks(struct cli *cli, struct order *o, json_t *object, struct err *e)
{
    const char *key;
    json_t *v;

    if (!json_is_object(object))
        return FAIL(e, ERR_USAGE, "disk is to be an object of paths and MiB");
    json_object_foreach(object, key, v)
    {
        uint64_t size;
        TRY(file_number(&size, v, "disk", e));
        TRY(add_disk(o, bytes_of_str(arena_str(&cli->arena, bytes_of_str(key))), size, e));
    }
    return ERR_OK;
}

static FALLIBLE file_deposit(struct cli *cli, struct order *o, const json_t *v, struct err *e)
{
    const char *text;

    TRY(file_text(cli, &text, v, "deposit", e));
    if (sdk_amount_parse(&o->deposit, bytes_of_str(text), e) != ERR_OK)
        return e->code = ERR_USAGE;
    o->has_deposit = true;
    return ERR_OK;
}

static FALLIBLE file_key(struct cli *cli, struct order *o, const char *key, json_t *v, struct err *e)
{
    const struct {
        const char *key;
        const char **text;
        uint64_t *number;
    } plain[] = {
        {"name", &o->name, NULL},     {"image", &o->image, NULL}, {"command", &o->command, NULL},
        {"meta", &o->meta, NULL},     {"tee", &o->tee, NULL},     {"cpu", NULL, &o->cpu},
        {"memory", NULL, &o->memory}, {"level", NULL, &o->level},
    };

    for (size_t i = 0; i < ARRAY_LEN(plain); i++)
        if (strcmp(plain[i].key, key) == 0)
            return plain[i].text != NULL ? file_text(cli, plain[i].text, v, key, e)
                                         : file_number(plain[i].number, v, key, e);
    if (strcmp(key, "ports") == 0)
        return file_ports(cli, o, v, e);
    if (strcmp(key, "env") == 0 || strcmp(key, "files") == 0)
        return file_settings(cli, o, v, key[0] == 'f', e);
    if (strcmp(key, "disk") == 0)
        return file_disks(cli, o, v, e);
    if (strcmp(key, "deposit") == 0)
        return file_deposit(cli, o, v, e);
    return FAIL(e, ERR_USAGE, "there is no key \"%s\"", key);
}

static FALLIBLE read_file(struct cli *cli, struct order *o, const char *path, struct err *e)
{
    json_error_t why;
    struct bytes text;
    const char *key;
    json_t *v;
    enum err_code code = keyring_load_file(&cli->arena, &text, path, ORDER_FILE_MAX, e);

    if (code != ERR_OK)
        return e->code = ERR_USAGE;
    json_t *root = json_loadb((const char *)text.p, text.len, JSON_REJECT_DUPLICATES, &why);
    if (!json_is_object(root)) {
        json_decref(root);
        return FAIL(e, ERR_USAGE, "%s: line %d: %s", path, why.line,
                    root == NULL ? why.text : "not an object");
    }
    json_object_foreach(root, key, v)
    {
        code = file_key(cli, o, key, v, e);
        if (code != ERR_OK)
            break;
    }
    json_decref(root);
    return code == ERR_OK ? ERR_OK : err_wrap(e, "%s", path);
}

static bool has_param(const struct cli *cli, const char *name)
{
    for (size_t i = 0; i < cli->value_count; i++)
        if (strcmp(cli->values[i].param->name, name) == 0)
            return cli->values[i].given;
    return false;
}

static FALLIBLE option_lists(struct cli *cli, struct order *o, struct err *e)
{
    const char *const *list;

    if (has_param(cli, "port")) {
        o->has_ports = true;
        o->ports.n = 0;
        size_t n = cli_list(cli, &list, "port");
        for (size_t i = 0; i < n; i++)
            TRY(order_port(&o->ports.v[o->ports.n++], list[i], e));
    }
    if (has_param(cli, "env")) {
        size_t n = cli_list(cli, &list, "env");
        for (size_t i = 0; i < n; i++)
            TRY(order_env(cli, &o->env.v[o->env.n++], list[i], false, e));
    }
    if (has_param(cli, "disk")) {
        size_t n = cli_list(cli, &list, "disk");
        for (size_t i = 0; i < n; i++) {
            const char *colon = strrchr(list[i], ':');
            uint64_t size = 0;
            if (colon == NULL || !parse_u64(bytes_of_str(colon + 1), &size))
                return FAIL(e, ERR_USAGE, "--disk %s: write /PATH:MIB", list[i]);
            TRY(add_disk(o, bytes_of(list[i], (size_t)(colon - list[i])), size, e));
        }
    }
    return ERR_OK;
}

FALLIBLE order_read(struct cli *cli, struct order *out, struct err *e)
{
    struct order o = {0};
    const struct {
        const char *name;
        const char **text;
        uint64_t *number;
        uint64_t max;
    } plain[] = {
        {"name", &o.name, NULL, 0},
        {"image", &o.image, NULL, 0},
        {"command", &o.command, NULL, 0},
        {"meta", &o.meta, NULL, 0},
        {"tee", &o.tee, NULL, 0},
        {"cpu", NULL, &o.cpu, UINT32_MAX},
        {"memory", NULL, &o.memory, UINT32_MAX},
        {"level", NULL, &o.level, UINT8_MAX},
    };

    make_room(cli, &o);
    if (has_param(cli, "file"))
        TRY(read_file(cli, &o, cli_text(cli, "file"), e));
    for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
        if (has_param(cli, plain[i].name) && plain[i].text != NULL)
            *plain[i].text = cli_text(cli, plain[i].name);
        else if (has_param(cli, plain[i].name))
            TRY(cli_number_in(cli, plain[i].number, plain[i].name, plain[i].max, e));
        if (plain[i].number != NULL && *plain[i].number > plain[i].max)
            return FAIL(e, ERR_USAGE, "%s is too large", plain[i].name);
    }
    if (has_param(cli, "deposit")) {
        o.deposit = cli_amount(cli, "deposit");
        o.has_deposit = true;
    }
    TRY(option_lists(cli, &o, e));
    *out = o;
    return ERR_OK;
}
