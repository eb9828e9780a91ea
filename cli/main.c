/* cli/main.c — wetee: words in, one verb run, one result or one error out. */
#include "cli/out.h"
#include "cli/verbs.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { ARENA_MAX = 1024 * 1024 * 1024 };

/* Before the verb is known, so that a wrong word gets its error in the form that was asked for. */
static bool wants_json(int argc, char *const *argv)
{
    const char *env = getenv("WETEE_OUTPUT");

    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--output=json") == 0 ||
            (strcmp(argv[i], "--output") == 0 && i + 1 < argc && strcmp(argv[i + 1], "json") == 0))
            return true;
    return env != NULL && strcmp(env, "json") == 0;
}

static FALLIBLE choose(struct cli *cli, int argc, char *const *argv, int *used, struct err *e)
{
    const char *noun = argc > 1 ? argv[1] : "help";
    const char *name = argc > 2 ? argv[2] : NULL;

    if (strcmp(noun, "--help") == 0 || strcmp(noun, "-h") == 0)
        noun = "help";
    if (strcmp(noun, "--version") == 0)
        noun = "version";
    cli->verb = cli_find_verb(noun, name);
    if (cli->verb != NULL) {
        *used = cli->verb->name[0] != 0 ? 3 : 2;
        return ERR_OK;
    }
    bool known = false;
    for (size_t i = 0; cli_verbs[i] != NULL; i++)
        known = known || strcmp(cli_verbs[i]->noun, noun) == 0;
    if (known && name != NULL && name[0] != '-')
        return FAIL(e, ERR_USAGE, "there is no \"%s %s\": see wetee help %s", noun, name, noun);
    if (known && name == NULL)
        return FAIL(e, ERR_USAGE, "%s needs a verb: see wetee help %s", noun, noun);
    if (known)
        return cli_help(noun, NULL, e) == ERR_OK ? ERR_EXISTS : e->code;
    return FAIL(e, ERR_USAGE, "there is no \"%s\"", noun);
}

static FALLIBLE run(struct cli *cli, int argc, char *const *argv, struct err *e)
{
    int used = 1;
    enum err_code code = choose(cli, argc, argv, &used, e);

    if (code == ERR_EXISTS) /* the noun's help was printed */
        return ERR_OK;
    TRY(code);
    TRY(cli_parse(cli, argc > used ? argc - used : 0, argv + (argc > used ? used : argc), e));
    if (cli_given(cli, "help")) {
        cli_help_verb(cli->verb);
        return ERR_OK;
    }
    return cli->verb->run(cli, e);
}

int main(int argc, char **argv)
{
    struct cli cli = {.json = wants_json(argc, argv)};
    struct err e = {0};

    (void)signal(SIGPIPE, SIG_IGN);
    arena_init(&cli.arena, &arena_heap, ARENA_MAX);
    enum err_code code = run(&cli, argc, argv, &e);
    enum exit_code end = cli.exit_opt != EXIT_CODE_OK ? cli.exit_opt : cli_exit_code(code);
    if (code != ERR_OK)
        out_error(&cli, &e, end);
    sdk_client_free(cli.client);
    keypair_fini(&cli.signer);
    arena_fini(&cli.arena);
    if (fflush(stdout) != 0 && end == EXIT_CODE_OK)
        end = EXIT_CODE_FAILED;
    return (int)end;
}
