/* node/config.c — see config.h. */
#include "node/config.h"
#include "base/int.h"
#include "node/version.h"

#include <stdio.h>
#include <stdlib.h>

enum option_type { OPTION_FLAG, OPTION_TEXT, OPTION_NUMBER, OPTION_SEAL, OPTION_PRUNING, OPTION_LEVEL };

enum option_id {
    OPT_BASE_PATH,
    OPT_TMP,
    OPT_CHAIN,
    OPT_WASM,
    OPT_SIM_ROOT,
    OPT_SEAL,
    OPT_PRUNING,
    OPT_RPC_PORT,
    OPT_RPC_EXTERNAL,
    OPT_RPC_UNSAFE,
    OPT_RPC_MAX_CONNECTIONS,
    OPT_VERIFY_THREADS,
    OPT_LOG_LEVEL,
    OPT_VERSION,
    OPT_HELP,
    OPT_COUNT
};

struct option_row {
    const char *name;
    enum option_type type;
    uint64_t min, max; /* OPTION_NUMBER */
    const char *form, *initial, *doc;
};

static const struct option_row rows[OPT_COUNT] = {
    [OPT_BASE_PATH] = {"base-path", OPTION_TEXT, 0, 0, "DIR", "~/.local/share/wetee",
                       "folder of the chain's data"},
    [OPT_TMP] = {"tmp", OPTION_FLAG, 0, 0, "", "", "keep data in a temporary folder, removed at the end"},
    [OPT_CHAIN] = {"chain", OPTION_TEXT, 0, 0, "dev|FILE.json", "what is stored, else dev",
                   "genesis: built-in development chain or a document (docs/formats/genesis.md)"},
    [OPT_WASM] = {"wasm", OPTION_TEXT, 0, 0, "FILE", "wetee_runtime.wasm beside the program",
                  "runtime kept as :code at genesis"},
    [OPT_SIM_ROOT] = {"sim-root", OPTION_TEXT, 0, 0, "FILE.der", "",
                      "with --chain dev: root certificate that simulated evidence is checked against"},
    [OPT_SEAL] = {"seal", OPTION_SEAL, 0, 0, "instant|MS", "instant",
                  "make a block when needed, or every MS ms"},
    [OPT_PRUNING] = {"pruning", OPTION_PRUNING, 0, 0, "archive|N", "4096",
                     "states kept, in blocks; bodies stay"},
    [OPT_RPC_PORT] = {"rpc-port", OPTION_NUMBER, 0, 65535, "PORT", "9944",
                      "JSON-RPC over WebSocket and HTTP; 0: any"},
    [OPT_RPC_EXTERNAL] = {"rpc-external", OPTION_FLAG, 0, 0, "", "",
                          "listen on all addresses, not only 127.0.0.1"},
    [OPT_RPC_UNSAFE] = {"rpc-unsafe", OPTION_FLAG, 0, 0, "", "",
                        "serve unsafe methods even with --rpc-external"},
    [OPT_RPC_MAX_CONNECTIONS] = {"rpc-max-connections", OPTION_NUMBER, 1, 10000, "N", "100",
                                 "clients at a time"},
    [OPT_VERIFY_THREADS] = {"verify-threads", OPTION_NUMBER, 0, 64, "N", "0",
                            "signature threads; 0: one per core"},
    [OPT_LOG_LEVEL] = {"log-level", OPTION_LEVEL, 0, 0, "LEVEL", "info", "error, warn, info, debug or trace"},
    [OPT_VERSION] = {"version", OPTION_FLAG, 0, 0, "", "", "print the version and end"},
    [OPT_HELP] = {"help", OPTION_FLAG, 0, 0, "", "", "print this and end"},
};

struct values {
    const char *text[OPT_COUNT]; /* NULL: not given; flags: "" */
    uint64_t number[OPT_COUNT];
};

static void print_help(void)
{
    printf("wetee-node: runs a WeTEE chain.\n\nUsage: wetee-node [options]\n\n");
    for (size_t i = 0; i < OPT_COUNT; i++) {
        char head[64];
        (void)snprintf(head, sizeof head, "--%s %s", rows[i].name, rows[i].form);
        printf("  %-28s %s", head, rows[i].doc);
        if (rows[i].initial[0] != 0)
            printf(" [%s]", rows[i].initial);
        printf("\n");
    }
    printf("\nExit codes: 0 ended as asked, 1 could not start, 2 wrong usage, 3 the store failed, 4 stored "
           "data damaged.\n");
}

/* How many single-letter edits apart two names are, for the hint; short names only. */
static size_t distance(const char *a, const char *b)
{
    size_t row[64], la = strlen(a), lb = strlen(b);

    if (la > 40 || lb > 40)
        return 99;
    for (size_t j = 0; j <= lb; j++)
        row[j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t above = row[j], best = diagonal + (a[i - 1] != b[j - 1]);
            best = best < above + 1 ? best : above + 1;
            best = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
            diagonal = above;
            row[j] = best;
        }
    }
    return row[lb];
}

static FALLIBLE unknown(const char *arg, struct err *e)
{
    const char *name = arg[0] == '-' && arg[1] == '-' ? arg + 2 : arg;
    size_t near = 0;

    for (size_t i = 1; i < OPT_COUNT; i++)
        if (distance(name, rows[i].name) < distance(name, rows[near].name))
            near = i;
    if (distance(name, rows[near].name) <= 3)
        return FAIL(e, ERR_USAGE, "unknown option %s; did you mean --%s?", arg, rows[near].name);
    return FAIL(e, ERR_USAGE, "unknown option %s; see --help", arg);
}

static FALLIBLE check_value(struct values *v, enum option_id id, const char *text, struct err *e)
{
    const struct option_row *o = &rows[id];
    const char *word = o->type == OPTION_SEAL ? "instant" : "archive";
    enum log_level level;
    uint64_t min = o->min, max = o->max;

    switch (o->type) {
    case OPTION_FLAG:
    case OPTION_TEXT:
        break;
    case OPTION_LEVEL:
        if (!log_level_parse(text, &level))
            return FAIL(e, ERR_USAGE, "--%s: %s is no level; %s", o->name, text, o->doc);
        v->number[id] = level;
        break;
    case OPTION_SEAL:
    case OPTION_PRUNING:
        if (strcmp(text, word) == 0)
            break;
        min = o->type == OPTION_SEAL ? 1 : 16;
        max = o->type == OPTION_SEAL ? 3600000 : UINT32_MAX;
        __attribute__((fallthrough));
    case OPTION_NUMBER:
        if (!parse_u64(bytes_of_str(text), &v->number[id]) || v->number[id] < min || v->number[id] > max)
            return FAIL(e, ERR_USAGE, "--%s: %s is no number from %llu to %llu", o->name, text,
                        (unsigned long long)min, (unsigned long long)max);
        break;
    }
    v->text[id] = text;
    return ERR_OK;
}

/* Takes one option, "--name value", "--name=value" or "--flag"; returns the arguments used through *used. */
static FALLIBLE take_option(struct arena *a, struct values *v, int *used, int left, char **argv,
                            struct err *e)
{
    struct bytes arg = bytes_of_str(argv[0]);
    size_t name_len = 0;

    if (!bytes_starts_with(arg, BYTES_LIT("--")))
        return unknown(argv[0], e);
    arg = bytes_from(arg, 2);
    while (name_len < arg.len && arg.p[name_len] != '=')
        name_len++;
    enum option_id id = OPT_BASE_PATH;
    while (id < OPT_COUNT && !bytes_eq(bytes_of(arg.p, name_len), bytes_of_str(rows[id].name)))
        id++;
    if (id == OPT_COUNT)
        return unknown(argv[0], e);
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

static FALLIBLE base_path(struct arena *a, const char **out, const struct values *v, struct err *e)
{
    const char *home = getenv("HOME");

    if (v->text[OPT_TMP] != NULL) {
        if (v->text[OPT_BASE_PATH] != NULL)
            return FAIL(e, ERR_USAGE, "--tmp and --base-path exclude each other");
        *out = NULL;
    } else if (v->text[OPT_BASE_PATH] != NULL) {
        *out = v->text[OPT_BASE_PATH];
    } else if (home == NULL || home[0] == 0) {
        return FAIL(e, ERR_USAGE, "HOME is not set: give --base-path or --tmp");
    } else {
        *out = arena_fmt(a, "%s/.local/share/wetee", home);
    }
    return ERR_OK;
}

static uint32_t number_or(const struct values *v, enum option_id id, uint32_t initial)
{
    return v->text[id] != NULL ? (uint32_t)v->number[id] : initial;
}

FALLIBLE config_parse(struct arena *a, struct config *out, enum config_end *end, int argc, char **argv,
                      struct err *e)
{
    struct values v = {0};
    struct config c = {0};

    for (int i = 1, used = 0; i < argc; i += used)
        TRY(take_option(a, &v, &used, argc - i, argv + i, e));
    *end = CONFIG_DONE;
    if (v.text[OPT_HELP] != NULL) {
        print_help();
        return ERR_OK;
    }
    if (v.text[OPT_VERSION] != NULL) {
        printf("wetee-node %s\n", NODE_VERSION);
        return ERR_OK;
    }
    TRY(base_path(a, &c.base_path, &v, e));
    c.chain = v.text[OPT_CHAIN];
    c.wasm = v.text[OPT_WASM];
    c.sim_root = v.text[OPT_SIM_ROOT];
    if (c.sim_root != NULL && (c.chain == NULL || strcmp(c.chain, "dev") != 0))
        return FAIL(e, ERR_USAGE,
                    "--sim-root needs --chain dev; other chains name their root in the document");
    c.rpc_port = (uint16_t)number_or(&v, OPT_RPC_PORT, 9944);
    c.rpc_external = v.text[OPT_RPC_EXTERNAL] != NULL;
    c.rpc_unsafe = v.text[OPT_RPC_UNSAFE] != NULL || !c.rpc_external;
    c.rpc_max_connections = number_or(&v, OPT_RPC_MAX_CONNECTIONS, 100);
    c.seal_ms = number_or(&v, OPT_SEAL, 0);
    c.pruning = number_or(&v, OPT_PRUNING, 4096);
    c.verify_threads = number_or(&v, OPT_VERIFY_THREADS, 0);
    c.log_level = (enum log_level)number_or(&v, OPT_LOG_LEVEL, LOG_LEVEL_INFO);
    *out = c;
    *end = CONFIG_RUN;
    return ERR_OK;
}
