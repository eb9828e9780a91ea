/* cli/cli.h — what a verb of `wetee` is, and what it has at hand while it runs.
 *
 * A verb is a row: its words, one sentence, its parameters and a function. Parsing, help text and completion
 * all come from the row. A verb prints at most one result, to standard output; progress goes to standard
 * error.
 *
 *     const struct verb verb_chain_head = {"chain", "head", "Shows the newest blocks.", params, GROUP_NODE,
 * run}; */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/arena.h"
#include "base/balance.h"
#include "sdk/client.h"
#include "sdk/keyring.h"
#include "sdk/tx.h"

/* Documented in README.md and `wetee help exit-codes`; never renumbered. */
enum exit_code {
    EXIT_CODE_OK = 0,
    EXIT_CODE_FAILED = 1,
    EXIT_CODE_USAGE = 2,
    EXIT_CODE_REFUSED = 3,
    EXIT_CODE_UNREACHABLE = 4,
    EXIT_CODE_NOT_FOUND = 5,
    EXIT_CODE_TIMEOUT = 6,
    EXIT_CODE_DENIED = 7,
    /* of verify; 8 and 9 are free */
    EXIT_CODE_FORGED = 10,
    EXIT_CODE_MALFORMED = 11,
    EXIT_CODE_UNTRUSTED = 12,
    EXIT_CODE_STALE = 13,
    EXIT_CODE_POLICY = 14,
};

enum param_kind { PARAM_SWITCH, PARAM_TEXT, PARAM_NUMBER, PARAM_AMOUNT, PARAM_LIST };

struct param {
    const char *name; /* NULL ends a list */
    enum param_kind kind;
    const char *value;    /* what the help calls it: "ID", "URL"; "a|b" lists the words allowed */
    const char *doc;      /* one line */
    const char *fallback; /* used when it is not given, or NULL */
    const char *env;      /* environment variable that gives it, or NULL */
    bool positional, required;
};

enum { GROUP_NODE = 1, GROUP_SIGN = 2, GROUP_WORKER = 4 };

struct cli;

struct verb {
    const char *noun, *name; /* name is "" for a verb of one word */
    const char *doc;
    const struct param *params;
    unsigned groups;
    enum err_code (*run)(struct cli *cli, struct err *e);
};

enum { CLI_PARAMS_MAX = 48, CLI_LIST_MAX = 256 };

struct param_value {
    const struct param *param;
    bool given; /* on the command line or in the environment */
    const char *text;
    uint64_t number;
    struct balance amount;
    const char **list;
    size_t count;
};

struct cli {
    struct arena arena; /* of the whole run */
    const struct verb *verb;
    struct param_value values[CLI_PARAMS_MAX];
    size_t value_count;
    bool json;
    enum exit_code exit_opt; /* set by a verb that ends otherwise than its error says; 0: by the error */
    struct sdk_client *client;
    struct keypair signer;
    bool has_signer;
};

/* args.c: the words after the verb's own. ERR_USAGE. */
FALLIBLE cli_parse(struct cli *cli, int argc, char *const *argv, struct err *e);
/* All parameters of a verb, its own first, then those of its groups and the common ones. Returns their count.
 */
size_t cli_params(const struct verb *verb, const struct param *out[CLI_PARAMS_MAX]);

/* A parameter of the running verb; naming one that it has not is a bug and stops the program. */
bool cli_given(const struct cli *cli, const char *name);
const char *cli_text(const struct cli *cli, const char *name); /* NULL when not given */
uint64_t cli_number(const struct cli *cli, const char *name);
FALLIBLE cli_number_in(const struct cli *cli, uint64_t *out, const char *name, uint64_t max, struct err *e);
struct balance cli_amount(const struct cli *cli, const char *name);
size_t cli_list(const struct cli *cli, const char *const **out, const char *name);

/* verbs.c */
extern const struct verb *const cli_verbs[]; /* ends with NULL */
const struct verb *cli_find_verb(const char *noun, const char *name);

/* help.c */
FALLIBLE cli_help(const char *noun, const char *name, struct err *e);
void cli_help_verb(const struct verb *verb);
enum exit_code cli_exit_code(enum err_code code);
const char *cli_hint(const struct cli *cli, enum err_code code); /* what to do next, or NULL */

#endif /* CLI_CLI_H */
