#include "worker/config.h"

#include "base/int.h"
#include "sdk/account.h"

#include <stdio.h>
#include <stdlib.h>

#define WORKER_VERSION "0.1.0"

enum option_type { OPTION_FLAG, OPTION_TEXT, OPTION_NUMBER, OPTION_LEVEL, OPTION_AMOUNT, OPTION_CAPACITY };

enum option_id {
    OPT_STATE_DIR,
    OPT_NODE,
    OPT_NAME,
    OPT_AUTO_REGISTER,
    OPT_CONTROLLER,
    OPT_CAPACITY,
    OPT_DEPOSIT,
    OPT_LEVEL,
    OPT_ENGINE,
    OPT_PUBLISH,
    OPT_PUBLIC,
    OPT_API_PORT,
    OPT_TEE,
    OPT_SIM_DIR,
    OPT_ENTRY,
    OPT_CONFIRM_REMOVALS,
    OPT_LOG_LEVEL,
    OPT_VERSION,
    OPT_HELP,
    OPT_COUNT
};

struct option_row {
    const char *name;
    enum option_type type;
    uint64_t min, max;
    const char *form, *initial, *doc;
};

static const struct option_row rows[OPT_COUNT] = {
    [OPT_STATE_DIR] = {"state-dir", OPTION_TEXT, 0, 0, "DIR", "~/.local/share/wetee-worker",
                       "journal, keys and sockets"},
    [OPT_NODE] = {"node", OPTION_TEXT, 0, 0, "URL", "ws://127.0.0.1:9944", "the chain node to follow"},
    [OPT_NAME] = {"name", OPTION_TEXT, 0, 0, "NAME", "local", "name of the cluster, when registering"},
    [OPT_AUTO_REGISTER] = {"auto-register", OPTION_FLAG, 0, 0, "", "",
                           "register, attest and mortgage the cluster as far as the chain lacks it"},
    [OPT_CONTROLLER] = {"controller", OPTION_TEXT, 0, 0, "URI", "",
                        "development chains: the controller's secret URI, such as //Charlie"},
    [OPT_CAPACITY] = {"capacity", OPTION_CAPACITY, 0, 0, "CPU,MEM,DISK", "2000,2048,10240",
                      "to mortgage: milli-cores, MiB, MiB"},
    [OPT_DEPOSIT] = {"deposit", OPTION_AMOUNT, 0, 0, "AMOUNT", "100 UNIT", "stake for the capacity"},
    [OPT_LEVEL] = {"level", OPTION_NUMBER, 1, 255, "N", "1", "level of the cluster"},
    [OPT_ENGINE] = {"engine", OPTION_TEXT, 0, 0, "SOCKET", "found, or Podman is started",
                    "container engine (Docker API over a unix socket)"},
    [OPT_PUBLISH] = {"publish-address", OPTION_TEXT, 0, 0, "ADDR", "127.0.0.1",
                     "where works' ports are bound"},
    [OPT_PUBLIC] = {"public-address", OPTION_TEXT, 0, 0, "ADDR", "the publish address",
                    "what others are told, also on chain"},
    [OPT_API_PORT] = {"api-port", OPTION_NUMBER, 0, 65535, "PORT", "8880",
                      "JSON-RPC for users, on the loopback; 0: any"},
    [OPT_TEE] = {"tee", OPTION_TEXT, 0, 0, "auto|simulated", "simulated with --sim-dir, else auto",
                 "where this program's evidence comes from"},
    [OPT_SIM_DIR] = {"sim-dir", OPTION_TEXT, 0, 0, "DIR", "",
                     "simulated platform; everything then is SIMULATED"},
    [OPT_ENTRY] = {"entry-program", OPTION_TEXT, 0, 0, "FILE", "wetee-entry beside this program",
                   "the entry whose measurement is allowed"},
    [OPT_CONFIRM_REMOVALS] = {"confirm-removals", OPTION_FLAG, 0, 0, "", "",
                              "allow removing many containers at once"},
    [OPT_LOG_LEVEL] = {"log-level", OPTION_LEVEL, 0, 0, "LEVEL", "info", "error, warn, info, debug or trace"},
    [OPT_VERSION] = {"version", OPTION_FLAG, 0, 0, "", "", "print the version and end"},
    [OPT_HELP] = {"help", OPTION_FLAG, 0, 0, "", "", "print this and end"},
};

struct values {
    const char *text[OPT_COUNT]; /* NULL: not given; flags: "" */
    uint64_t number[OPT_COUNT];
    struct balance amount;
    uint32_t capacity[3];
};

static void print_help(void)
{
    printf("wetee-worker: runs the works that the chain assigns to this machine's cluster.\n\n"
           "Usage: wetee-worker [options]\n\n");
    for (size_t i = 0; i < OPT_COUNT; i++) {
        char head[64];
        (void)snprintf(head, sizeof head, "--%s %s", rows[i].name, rows[i].form);
        printf("  %-30s %s", head, rows[i].doc);
        if (rows[i].initial[0] != 0)
            printf(" [%s]", rows[i].initial);
        printf("\n");
    }
    printf("\nSIGTERM and SIGINT end it; containers keep running and meet it again at its next start.\n"
           "Exit codes: 0 ended as asked, 1 could not start, 2 wrong usage, 3 no container engine, "
           "4 journal damaged or of another chain.\n");
}

static bool parse_capacity(uint32_t out[3], struct bytes text)
{
    for (int i = 0; i < 3; i++) {
        size_t len = 0;
        uint64_t v;
        while (len < text.len && text.p[len] != ',')
            len++;
        if (!parse_u64(bytes_of(text.p, len), &v) || !u32_from(v, &out[i]) || (i == 2) != (len == text.len))
            return false;
        text = bytes_from(text, len + 1);
    }
    return true;
}

static FALLIBLE check_value(struct values *v, enum option_id id, const char *text, struct err *e)
{
    const struct option_row *o = &rows[id];
    enum log_level level;

    switch (o->type) {
    case OPTION_FLAG:
    case OPTION_TEXT:
        break;
    case OPTION_LEVEL:
        if (!log_level_parse(text, &level))
            return FAIL(e, ERR_USAGE, "--%s: %s is no level; %s", o->name, text, o->doc);
        v->number[id] = level;
        break;
    case OPTION_NUMBER:
        if (!parse_u64(bytes_of_str(text), &v->number[id]) || v->number[id] < o->min ||
            v->number[id] > o->max)
            return FAIL(e, ERR_USAGE, "--%s: %s is no number from %llu to %llu", o->name, text,
                        (unsigned long long)o->min, (unsigned long long)o->max);
        break;
    case OPTION_AMOUNT:
        if (sdk_amount_parse(&v->amount, bytes_of_str(text), e) != ERR_OK)
            return err_wrap(e, "--%s", o->name);
        break;
    case OPTION_CAPACITY:
        if (!parse_capacity(v->capacity, bytes_of_str(text)))
            return FAIL(e, ERR_USAGE, "--%s: %s is not three numbers %s", o->name, text, o->form);
        break;
    }
    v->text[id] = text;
    return ERR_OK;
}

static FALLIBLE take_option(struct arena *a, struct values *v, int *used, int left, char **argv,
                            struct err *e)
{
    struct bytes arg = bytes_of_str(argv[0]);
    enum option_id id = OPT_STATE_DIR;
    size_t name_len = 0;

    if (!bytes_starts_with(arg, BYTES_LIT("--")))
        return FAIL(e, ERR_USAGE, "unexpected %s; see --help", argv[0]);
    arg = bytes_from(arg, 2);
    while (name_len < arg.len && arg.p[name_len] != '=')
        name_len++;
    while (id < OPT_COUNT && !bytes_eq(bytes_of(arg.p, name_len), bytes_of_str(rows[id].name)))
        id++;
    if (id == OPT_COUNT)
        return FAIL(e, ERR_USAGE, "unknown option %s; see --help", argv[0]);
    if (v->text[id] != NULL)
        return FAIL(e, ERR_USAGE, "--%s is given twice", rows[id].name);
    bool inlined = name_len < arg.len;
    *used = 1;
    if (rows[id].type == OPTION_FLAG) {
        if (inlined)
            return FAIL(e, ERR_USAGE, "--%s takes no value", rows[id].name);
        v->text[id] = "";
        return ERR_OK;
    }
    if (inlined)
        return check_value(v, id, arena_str(a, bytes_from(arg, name_len + 1)), e);
    if (left < 2)
        return FAIL(e, ERR_USAGE, "--%s needs a value: %s", rows[id].name, rows[id].form);
    *used = 2;
    return check_value(v, id, argv[1], e);
}

static const char *text_or(const struct values *v, enum option_id id, const char *otherwise)
{
    return v->text[id] != NULL ? v->text[id] : otherwise;
}

static FALLIBLE state_dir(struct arena *a, const char **out, const struct values *v, struct err *e)
{
    const char *home = getenv("HOME");
    char *cwd;

    *out = v->text[OPT_STATE_DIR];
    if (*out == NULL && (home == NULL || home[0] == 0))
        return FAIL(e, ERR_USAGE, "HOME is not set: give --state-dir");
    if (*out == NULL)
        *out = arena_fmt(a, "%s/.local/share/wetee-worker", home);
    if ((*out)[0] == '/')
        return ERR_OK;
    cwd = realpath(".", NULL); /* mounts and sockets need absolute paths */
    if (cwd == NULL)
        return FAIL(e, ERR_IO, "the current folder is gone");
    *out = arena_fmt(a, "%s/%s", cwd, *out);
    free(cwd);
    return ERR_OK;
}

FALLIBLE config_parse(struct arena *a, struct config *out, enum config_end *end, int argc, char **argv,
                      struct err *e)
{
    struct values v = {.capacity = {2000, 2048, 10240}};
    struct config c = {0};

    TRY(sdk_amount_parse(&v.amount, BYTES_LIT("100 UNIT"), e));
    for (int i = 1, used = 0; i < argc; i += used)
        TRY(take_option(a, &v, &used, argc - i, argv + i, e));
    *end = CONFIG_DONE;
    if (v.text[OPT_HELP] != NULL) {
        print_help();
        return ERR_OK;
    }
    if (v.text[OPT_VERSION] != NULL) {
        printf("wetee-worker %s\n", WORKER_VERSION);
        return ERR_OK;
    }
    TRY(state_dir(a, &c.state_dir, &v, e));
    c.node = text_or(&v, OPT_NODE, "ws://127.0.0.1:9944");
    c.name = text_or(&v, OPT_NAME, "local");
    c.engine = v.text[OPT_ENGINE];
    c.publish_address = text_or(&v, OPT_PUBLISH, "127.0.0.1");
    c.public_address = text_or(&v, OPT_PUBLIC, c.publish_address);
    c.sim_dir = v.text[OPT_SIM_DIR];
    c.tee = text_or(&v, OPT_TEE, c.sim_dir != NULL ? "simulated" : "auto");
    c.entry_program = v.text[OPT_ENTRY];
    c.controller_uri = v.text[OPT_CONTROLLER];
    c.cpu = v.capacity[0];
    c.mem = v.capacity[1];
    c.disk = v.capacity[2];
    c.deposit = v.amount;
    c.level = v.text[OPT_LEVEL] != NULL ? (uint8_t)v.number[OPT_LEVEL] : 1;
    c.api_port = v.text[OPT_API_PORT] != NULL ? (uint16_t)v.number[OPT_API_PORT] : 8880;
    c.auto_register = v.text[OPT_AUTO_REGISTER] != NULL;
    c.confirm_removals = v.text[OPT_CONFIRM_REMOVALS] != NULL;
    c.log_level = v.text[OPT_LOG_LEVEL] != NULL ? (enum log_level)v.number[OPT_LOG_LEVEL] : LOG_LEVEL_INFO;
    *out = c;
    *end = CONFIG_RUN;
    return ERR_OK;
}
