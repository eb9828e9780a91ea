/* node/config.c — see config.h. */
#include "node/config.h"
#include "base/options.h"
#include "node/version.h"

#include <stdlib.h>

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

static const struct option_row rows[OPT_COUNT] = {
    [OPT_BASE_PATH] = {"base-path", OPTION_TEXT, 0, 0, "DIR", "~/.local/share/wetee",
                       "folder of the chain's data"},
    [OPT_TMP] = {"tmp", OPTION_FLAG, 0, 0, "", "", "keep data in a temporary folder, removed at the end"},
    [OPT_CHAIN] = {"chain", OPTION_TEXT, 0, 0, "dev|FILE.json", "what is stored, else dev",
                   "genesis: built-in development chain or a document (docs/formats/genesis.md)"},
    [OPT_WASM] = {"wasm", OPTION_TEXT, 0, 0, "FILE", "wetee_runtime.wasm beside the program",
                  "runtime kept as :code at genesis"},
    [OPT_SIM_ROOT] =
        {"sim-root", OPTION_TEXT, 0, 0, "FILE.der", "",
         "with --chain dev: one or two root certificates that simulated evidence is checked against"},
    [OPT_SEAL] = {"seal", OPTION_NUMBER, 1, 3600000, "instant|MS", "instant",
                  "make a block when needed, or every MS ms"},
    [OPT_PRUNING] = {"pruning", OPTION_NUMBER, 16, UINT32_MAX, "archive|N", "4096",
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
    [OPT_LOG_LEVEL] = OPTION_ROW_LOG_LEVEL,
    [OPT_VERSION] = OPTION_ROW_VERSION,
    [OPT_HELP] = OPTION_ROW_HELP,
};

static const struct options_program program = {
    .name = "wetee-node",
    .version = NODE_VERSION,
    .purpose = "runs a WeTEE chain.",
    .notes = "Exit codes: 0 ended as asked, 1 could not start, 2 wrong usage, 3 the store failed, 4 stored "
             "data damaged.",
    .rows = rows,
    .count = OPT_COUNT,
    .head_width = 28,
    .names_near = true,
};

static FALLIBLE base_path(struct arena *a, const char **out, const struct options *o, struct err *e)
{
    const char *home = getenv("HOME"), *given = options_text(o, OPT_BASE_PATH);

    if (options_given(o, OPT_TMP)) {
        if (given != NULL)
            return FAIL(e, ERR_USAGE, "--tmp and --base-path exclude each other");
        *out = NULL;
    } else if (given != NULL) {
        *out = given;
    } else if (home == NULL || home[0] == 0) {
        return FAIL(e, ERR_USAGE, "HOME is not set: give --base-path or --tmp");
    } else {
        *out = arena_fmt(a, "%s/.local/share/wetee", home);
    }
    return ERR_OK;
}

FALLIBLE config_parse(struct arena *a, struct config *out, enum config_end *end, int argc, char **argv,
                      struct err *e)
{
    struct options o;
    struct config c = {0};

    TRY(options_parse(a, &o, &program, argc, argv, e));
    if (options_answered(&o)) {
        *end = CONFIG_DONE;
        return ERR_OK;
    }
    TRY(base_path(a, &c.base_path, &o, e));
    c.chain = options_text(&o, OPT_CHAIN);
    c.wasm = options_text(&o, OPT_WASM);
    c.sim_root = options_text(&o, OPT_SIM_ROOT);
    if (c.sim_root != NULL && (c.chain == NULL || strcmp(c.chain, "dev") != 0))
        return FAIL(e, ERR_USAGE,
                    "--sim-root needs --chain dev; other chains name their root in the document");
    c.rpc_port = (uint16_t)options_number(&o, OPT_RPC_PORT);
    c.rpc_external = options_given(&o, OPT_RPC_EXTERNAL);
    c.rpc_unsafe = options_given(&o, OPT_RPC_UNSAFE) || !c.rpc_external;
    c.rpc_max_connections = (uint32_t)options_number(&o, OPT_RPC_MAX_CONNECTIONS);
    c.seal_ms = (uint32_t)options_number(&o, OPT_SEAL);
    c.pruning = (uint32_t)options_number(&o, OPT_PRUNING);
    c.verify_threads = (uint32_t)options_number(&o, OPT_VERIFY_THREADS);
    c.log_level = options_level(&o, OPT_LOG_LEVEL);
    *out = c;
    *end = CONFIG_RUN;
    return ERR_OK;
}
