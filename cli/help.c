/* cli/help.c — help texts from the tables, exit codes and what to do after an error. */
#include "base/fmt.h"
#include "cli/cli.h"
#include <stdio.h>

static const struct {
    enum exit_code code;
    const char *doc;
} exit_docs[] = {
    {EXIT_CODE_OK, "done"},
    {EXIT_CODE_FAILED, "failed for another reason: the message says which"},
    {EXIT_CODE_USAGE, "the command line is wrong; nothing was sent"},
    {EXIT_CODE_REFUSED,
     "the chain (or a worker) refused: the transaction is invalid, or its call failed by the rules"},
    {EXIT_CODE_UNREACHABLE, "the node or worker cannot be reached"},
    {EXIT_CODE_NOT_FOUND, "there is no such key, app, cluster or block"},
    {EXIT_CODE_TIMEOUT, "no answer in time: a transaction may still enter a block"},
    {EXIT_CODE_DENIED, "wrong or missing password, or not allowed"},
    {EXIT_CODE_FORGED, "verify: a signature or binding of the evidence is wrong"},
    {EXIT_CODE_MALFORMED, "verify: the evidence is not well formed, or of an unknown kind"},
    {EXIT_CODE_UNTRUSTED, "verify: the certificate chain is not trusted, wrong, or revoked"},
    {EXIT_CODE_STALE, "verify: dates are over or not yet begun, or collateral is missing or wrong"},
    {EXIT_CODE_POLICY, "verify: authentic, and the policy refuses it"},
};

enum exit_code cli_exit_code(enum err_code code)
{
    static const struct {
        enum err_code code;
        enum exit_code exit;
    } map[] = {
        {ERR_OK, EXIT_CODE_OK},
        {ERR_USAGE, EXIT_CODE_USAGE},
        {ERR_REJECTED, EXIT_CODE_REFUSED},
        {ERR_UNAVAILABLE, EXIT_CODE_UNREACHABLE},
        {ERR_CLOSED, EXIT_CODE_UNREACHABLE},
        {ERR_NOT_FOUND, EXIT_CODE_NOT_FOUND},
        {ERR_TIMEOUT, EXIT_CODE_TIMEOUT},
        {ERR_DENIED, EXIT_CODE_DENIED},
    };

    for (size_t i = 0; i < ARRAY_LEN(map); i++)
        if (map[i].code == code)
            return map[i].exit;
    return EXIT_CODE_FAILED;
}

static const char *usage_hint(const struct cli *cli)
{
    static char text[128]; /* written once, at the end of the program */

    if (cli->verb == NULL)
        return "wetee help";
    fmt_into(text, sizeof text, "wetee help %s%s%s", cli->verb->noun, cli->verb->name[0] != 0 ? " " : "",
             cli->verb->name);
    return text;
}

const char *cli_hint(const struct cli *cli, enum err_code code)
{
    switch (cli_exit_code(code)) {
    case EXIT_CODE_USAGE:
        return usage_hint(cli);
    case EXIT_CODE_UNREACHABLE:
        if (cli->verb != NULL && strcmp(cli->verb->noun, "verify") == 0)
            return "see that the address answers; in place of the vendor's service give --collateral FILE or "
                   "--pccs URL";
        return "start a network with \"wetee up\", or name a running node with --node URL";
    case EXIT_CODE_DENIED:
        return "use the right key (--signer) and its password (WETEE_PASSWORD or --password-file FILE)";
    case EXIT_CODE_TIMEOUT:
        return "look with \"wetee chain head\" whether blocks are made, and with \"wetee chain events\" what "
               "they hold";
    case EXIT_CODE_NOT_FOUND:
        if (cli->verb != NULL && strcmp(cli->verb->noun, "verify") == 0)
            return NULL;
        return "see what there is with \"wetee key list\", \"wetee app list\", \"wetee worker list\"";
    case EXIT_CODE_OK:
    case EXIT_CODE_FAILED:
    case EXIT_CODE_REFUSED:
    case EXIT_CODE_FORGED:
    case EXIT_CODE_MALFORMED:
    case EXIT_CODE_UNTRUSTED:
    case EXIT_CODE_STALE:
    case EXIT_CODE_POLICY:
        break;
    }
    return NULL;
}

static void print_overview(void)
{
    (void)printf(
        "wetee: the confidential cloud from the command line.\n\nUsage: wetee NOUN VERB [options]\n\n");
    for (size_t i = 0; cli_verbs[i] != NULL; i++) {
        const struct verb *v = cli_verbs[i];
        char words[64];
        if (i > 0 && strcmp(v->noun, cli_verbs[i - 1]->noun) != 0 && v->name[0] != 0)
            (void)printf("\n");
        fmt_into(words, sizeof words, "%s %s", v->noun, v->name);
        (void)printf("  %-22s %s\n", words, v->doc);
    }
    (void)printf("\nwetee help NOUN VERB explains one; wetee help exit-codes lists how the program ends.\n"
                 "Amounts: 1.5 and \"1.5 UNIT\" are units of 10^12 planck, \"500 planck\" is planck.\n"
                 "--output json gives every result as JSON, amounts as decimal strings of planck.\n");
}

static void print_exit_codes(void)
{
    for (size_t i = 0; i < ARRAY_LEN(exit_docs); i++)
        (void)printf("  %2d  %s\n", (int)exit_docs[i].code, exit_docs[i].doc);
}

static void print_param(const struct param *p)
{
    char head[64];

    if (p->positional)
        fmt_into(head, sizeof head, "%s", p->value);
    else
        fmt_into(head, sizeof head, "--%s%s%s", p->name, p->kind == PARAM_SWITCH ? "" : " ",
                 p->kind == PARAM_SWITCH ? "" : p->value);
    (void)printf("  %-28s %s", head, p->doc);
    if (p->kind == PARAM_LIST)
        (void)printf("; may be repeated");
    if (p->fallback != NULL)
        (void)printf(" [%s]", p->fallback);
    if (p->env != NULL)
        (void)printf(" (%s)", p->env);
    (void)printf("\n");
}

void cli_help_verb(const struct verb *verb)
{
    const struct param *params[CLI_PARAMS_MAX];
    size_t n = cli_params(verb, params);

    (void)printf("%s\n\nUsage: wetee %s%s%s", verb->doc, verb->noun, verb->name[0] != 0 ? " " : "",
                 verb->name);
    for (size_t i = 0; i < n; i++)
        if (params[i]->positional)
            (void)printf(params[i]->required ? " %s%s" : " [%s%s]", params[i]->value,
                         params[i]->kind == PARAM_LIST ? " ..." : "");
    (void)printf(" [options]\n\n");
    for (size_t i = 0; i < n; i++)
        print_param(params[i]);
}

FALLIBLE cli_help(const char *noun, const char *name, struct err *e)
{
    bool any = false;

    if (noun == NULL) {
        print_overview();
        return ERR_OK;
    }
    if (strcmp(noun, "exit-codes") == 0) {
        print_exit_codes();
        return ERR_OK;
    }
    for (size_t i = 0; cli_verbs[i] != NULL; i++) {
        if (strcmp(cli_verbs[i]->noun, noun) != 0 || (name != NULL && strcmp(cli_verbs[i]->name, name) != 0))
            continue;
        if (any)
            (void)printf("\n");
        any = true;
        if (name != NULL || cli_verbs[i]->name[0] == 0)
            cli_help_verb(cli_verbs[i]);
        else
            (void)printf("wetee %s %s: %s", noun, cli_verbs[i]->name, cli_verbs[i]->doc);
    }
    if (!any)
        return FAIL(e, ERR_USAGE, "there is no \"%s%s%s\"", noun, name != NULL ? " " : "",
                    name != NULL ? name : "");
    if (name == NULL)
        (void)printf("\n");
    return ERR_OK;
}
