#include "worker/config.h"

#include "base/hex.h"
#include "base/int.h"
#include "base/options.h"
#include "sdk/account.h"

#include <stdlib.h>

#define WORKER_VERSION "0.1.0"

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
    OPT_ALLOW,
    OPT_PCCS,
    OPT_PCCS_CA,
    OPT_TCB,
    OPT_CONFIRM_REMOVALS,
    OPT_LOG_LEVEL,
    OPT_VERSION,
    OPT_HELP,
    OPT_COUNT
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
    [OPT_CAPACITY] = {"capacity", OPTION_TEXT, 0, 0, "CPU,MEM,DISK", "2000,2048,10240",
                      "to mortgage: milli-cores, MiB, MiB"},
    [OPT_DEPOSIT] = {"deposit", OPTION_TEXT, 0, 0, "AMOUNT", "100 UNIT", "stake for the capacity"},
    [OPT_LEVEL] = {"level", OPTION_NUMBER, 1, 255, "N", "1", "level of the cluster"},
    [OPT_ENGINE] = {"engine", OPTION_TEXT, 0, 0, "SOCKET", "found, or Podman is started",
                    "container engine (Docker API over a unix socket)"},
    [OPT_PUBLISH] = {"publish-address", OPTION_TEXT, 0, 0, "ADDR", "127.0.0.1",
                     "where works' ports are bound"},
    [OPT_PUBLIC] = {"public-address", OPTION_TEXT, 0, 0, "ADDR", "the publish address",
                    "what others are told, also on chain"},
    [OPT_API_PORT] = {"api-port", OPTION_NUMBER, 0, 65535, "PORT", "8880",
                      "JSON-RPC for users, on the loopback; 0: any"},
    [OPT_TEE] = {"tee", OPTION_TEXT, 0, 0, "auto|gramine|ego|tsm|tdx-guest|sev-guest|simulated[-tdx|-snp]",
                 "simulated (SGX) with --sim-dir, else auto",
                 "where this program's evidence comes from; simulated, its entries' too"},
    [OPT_SIM_DIR] = {"sim-dir", OPTION_TEXT, 0, 0, "DIR", "",
                     "simulated platform; everything then is SIMULATED"},
    [OPT_ENTRY] = {"entry-program", OPTION_TEXT, 0, 0, "FILE", "wetee-entry beside this program",
                   "the entry whose measurement is allowed"},
    [OPT_ALLOW] = {"allow", OPTION_TEXT, 0, 0, "HEX,HEX...", "",
                   "measurements of entries that are given secrets: of your images on hardware"},
    [OPT_PCCS] = {"pccs", OPTION_TEXT, 0, 0, "URL", "Intel's service",
                  "a cache of Intel's collateral (PCCS): https://host:port"},
    [OPT_PCCS_CA] = {"pccs-ca", OPTION_TEXT, 0, 0, "FILE.pem", "the system's",
                     "authorities for its TLS certificate"},
    [OPT_TCB] = {"tcb", OPTION_TEXT, 0, 0, "strict|tolerant", "tolerant",
                 "strict: UpToDate alone; tolerant: hardening and configuration may be needed"},
    [OPT_CONFIRM_REMOVALS] = {"confirm-removals", OPTION_FLAG, 0, 0, "", "",
                              "allow removing many containers at once"},
    [OPT_LOG_LEVEL] = OPTION_ROW_LOG_LEVEL,
    [OPT_VERSION] = OPTION_ROW_VERSION,
    [OPT_HELP] = OPTION_ROW_HELP,
};

static const struct options_program program = {
    .name = "wetee-worker",
    .version = WORKER_VERSION,
    .purpose = "runs the works that the chain assigns to this machine's cluster.",
    .notes = "SIGTERM and SIGINT end it; containers keep running and meet it again at its next start.\n"
             "Exit codes: 0 ended as asked, 1 could not start, 2 wrong usage, 3 no container engine, "
             "4 journal damaged or of another chain.",
    .rows = rows,
    .count = OPT_COUNT,
    .head_width = 30,
};

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

/* The values whose form is this program's own. */
static FALLIBLE read_own(struct config *c, const struct options *o, struct err *e)
{
    const char *capacity = options_text_or_initial(o, OPT_CAPACITY);
    uint32_t v[3];

    if (sdk_amount_parse(&c->deposit, bytes_of_str(options_text_or_initial(o, OPT_DEPOSIT)), e) != ERR_OK)
        return err_wrap(e, "--%s", rows[OPT_DEPOSIT].name);
    if (!parse_capacity(v, bytes_of_str(capacity)))
        return FAIL(e, ERR_USAGE, "--%s: %s is not three numbers %s", rows[OPT_CAPACITY].name, capacity,
                    rows[OPT_CAPACITY].form);
    c->cpu = v[0];
    c->mem = v[1];
    c->disk = v[2];
    return ERR_OK;
}

static FALLIBLE read_allowed(struct arena *a, struct config *c, const char *text, struct err *e)
{
    struct bytes left = bytes_of_str(text);

    while (left.len > 0) {
        size_t len = 0;
        while (len < left.len && left.p[len] != ',')
            len++;
        struct bytes value;
        if (c->allowed_count == CONFIG_ALLOWED_MAX)
            return FAIL(e, ERR_USAGE, "--%s: at most %d measurements", rows[OPT_ALLOW].name,
                        CONFIG_ALLOWED_MAX);
        if (hex_decode(a, &value, bytes_of(left.p, len), e) != ERR_OK ||
            !attest_measurement_read(&c->allowed[c->allowed_count], value))
            return FAIL(e, ERR_USAGE,
                        "--%s: hex of 32 (MRENCLAVE), 36 (signer), 240 (TD) or 48 (SEV-SNP) bytes",
                        rows[OPT_ALLOW].name);
        c->allowed_count++;
        left = bytes_from(left, len + 1);
    }
    return ERR_OK;
}

static FALLIBLE read_tcb(struct config *c, const char *text, struct err *e)
{
    c->tcb_strict = strcmp(text, "strict") == 0;
    if (!c->tcb_strict && strcmp(text, "tolerant") != 0)
        return FAIL(e, ERR_USAGE, "--%s: %s is neither strict nor tolerant", rows[OPT_TCB].name, text);
    return ERR_OK;
}

static const char *text_or(const struct options *o, enum option_id id, const char *otherwise)
{
    return options_given(o, id) ? options_text(o, id) : otherwise;
}

static FALLIBLE state_dir(struct arena *a, const char **out, const struct options *o, struct err *e)
{
    const char *home = getenv("HOME");
    char *cwd;

    *out = options_text(o, OPT_STATE_DIR);
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
    struct options o;
    struct config c = {0};

    TRY(options_parse(a, &o, &program, argc, argv, e));
    TRY(read_own(&c, &o, e));
    if (options_answered(&o)) {
        *end = CONFIG_DONE;
        return ERR_OK;
    }
    TRY(state_dir(a, &c.state_dir, &o, e));
    TRY(read_allowed(a, &c, text_or(&o, OPT_ALLOW, ""), e));
    TRY(read_tcb(&c, options_text_or_initial(&o, OPT_TCB), e));
    c.node = options_text_or_initial(&o, OPT_NODE);
    c.name = options_text_or_initial(&o, OPT_NAME);
    c.engine = options_text(&o, OPT_ENGINE);
    c.publish_address = options_text_or_initial(&o, OPT_PUBLISH);
    c.public_address = text_or(&o, OPT_PUBLIC, c.publish_address);
    c.sim_dir = options_text(&o, OPT_SIM_DIR);
    c.tee = text_or(&o, OPT_TEE, c.sim_dir != NULL ? "simulated" : "auto");
    c.entry_program = options_text(&o, OPT_ENTRY);
    c.pccs = options_text(&o, OPT_PCCS);
    c.pccs_ca = options_text(&o, OPT_PCCS_CA);
    c.controller_uri = options_text(&o, OPT_CONTROLLER);
    c.level = (uint8_t)options_number(&o, OPT_LEVEL);
    c.api_port = (uint16_t)options_number(&o, OPT_API_PORT);
    c.auto_register = options_given(&o, OPT_AUTO_REGISTER);
    c.confirm_removals = options_given(&o, OPT_CONFIRM_REMOVALS);
    c.log_level = options_level(&o, OPT_LOG_LEVEL);
    *out = c;
    *end = CONFIG_RUN;
    return ERR_OK;
}
