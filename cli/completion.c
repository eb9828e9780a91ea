/* cli/completion.c — completion for bash, written from the table of verbs. */
#include "cli/verbs.h"
#include <stdio.h>

static const struct param params[] = {
    {"shell", PARAM_TEXT, "bash", "the shell", "bash", NULL, true, false},
    {.name = NULL},
};

static void print_nouns(void)
{
    const char *last = "";

    for (size_t i = 0; cli_verbs[i] != NULL; i++) {
        if (strcmp(cli_verbs[i]->noun, last) != 0)
            (void)printf("%s ", cli_verbs[i]->noun);
        last = cli_verbs[i]->noun;
    }
}

static void print_verbs_of_nouns(void)
{
    const char *open = "";

    for (size_t i = 0; cli_verbs[i] != NULL; i++) {
        const struct verb *v = cli_verbs[i];
        if (v->name[0] == 0)
            continue;
        if (strcmp(v->noun, open) != 0)
            (void)printf("%s        %s) words=\"", open[0] != 0 ? "\" ;;\n" : "", v->noun);
        open = v->noun;
        (void)printf("%s ", v->name);
    }
    (void)printf("\" ;;\n");
}

static void print_options(void)
{
    for (size_t i = 0; cli_verbs[i] != NULL; i++) {
        const struct param *list[CLI_PARAMS_MAX];
        size_t n = cli_params(cli_verbs[i], list);
        (void)printf("        \"%s%s%s\") words=\"", cli_verbs[i]->noun,
                     cli_verbs[i]->name[0] != 0 ? " " : "", cli_verbs[i]->name);
        for (size_t k = 0; k < n; k++)
            if (!list[k]->positional)
                (void)printf("--%s ", list[k]->name);
        (void)printf("\" ;;\n");
    }
}

static FALLIBLE run(struct cli *cli, struct err *e)
{
    (void)cli;
    (void)e;
    (void)printf("# bash completion for wetee: source <(wetee completion bash)\n"
                 "_wetee() {\n"
                 "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=\n"
                 "    COMPREPLY=()\n"
                 "    case $prev in\n"
                 "    --output) COMPREPLY=($(compgen -W 'text json' -- \"$cur\")); return ;;\n"
                 "    --wait) COMPREPLY=($(compgen -W 'finalized block' -- \"$cur\")); return ;;\n"
                 "    --signer) COMPREPLY=($(compgen -W \"$(wetee key list --output json 2>/dev/null |\n"
                 "        sed -n 's/.*\"name\": \"\\(.*\\)\".*/\\1/p')\" -- \"$cur\")); return ;;\n"
                 "    --file|--password-file|--base-path) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n"
                 "    esac\n"
                 "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
                 "        words=\"");
    print_nouns();
    (void)printf("\"\n"
                 "    elif [ \"$COMP_CWORD\" -eq 2 ] && [ \"${cur#-}\" = \"$cur\" ]; then\n"
                 "        case ${COMP_WORDS[1]} in\n");
    print_verbs_of_nouns();
    (void)printf(
        "        completion) words=bash ;;\n"
        "        esac\n"
        "    else\n"
        "        local verb=\"${COMP_WORDS[1]} ${COMP_WORDS[2]}\"\n"
        "        case ${COMP_WORDS[1]} in up|completion|version|help) verb=${COMP_WORDS[1]} ;; esac\n"
        "        case $verb in\n");
    print_options();
    (void)printf("        esac\n"
                 "    fi\n"
                 "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
                 "}\n"
                 "complete -F _wetee wetee\n");
    return ERR_OK;
}

const struct verb verb_completion = {
    "completion", "", "Prints completion for a shell: source <(wetee completion bash).", params, 0, run};
