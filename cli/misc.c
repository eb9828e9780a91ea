/* cli/misc.c — version, help. */
#include "chain/system.h"
#include "cli/out.h"
#include "cli/verbs.h"
#include <stdio.h>

static FALLIBLE version(struct cli *cli, struct err *e)
{
    static const struct column columns[] = {{"version", "wetee", COLUMN_TEXT},
                                            {"spec_version", "chain version it speaks", COLUMN_TEXT},
                                            {.field = NULL}};

    (void)e;
    out_result(cli,
               json_pack("{s:s,s:I}", "version", WETEE_VERSION, "spec_version",
                         (json_int_t)system_const_version.spec_version),
               columns);
    return ERR_OK;
}

const struct verb verb_version = {"version", "", "Prints the version.", NULL, 0, version};

static const struct param help_params[] = {
    {"noun", PARAM_TEXT, "NOUN", "app, worker, ..., or exit-codes", NULL, NULL, true, false},
    {"verb", PARAM_TEXT, "VERB", "its verb", NULL, NULL, true, false},
    {.name = NULL},
};

static FALLIBLE help(struct cli *cli, struct err *e)
{
    return cli_help(cli_text(cli, "noun"), cli_text(cli, "verb"), e);
}

const struct verb verb_help = {"help", "", "Explains nouns, verbs and exit codes.", help_params, 0, help};
