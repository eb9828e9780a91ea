/* cli/args.c — the command line of a verb, read by its table. */
#include "base/int.h"
#include "cli/cli.h"
#include "sdk/account.h"
#include <stdlib.h>

static const struct param params_node[] = {
    {"node", PARAM_TEXT, "URL", "node to ask", "ws://127.0.0.1:9944", "WETEE_NODE", false, false},
    {.name = NULL},
};

static const struct param params_sign[] = {
    {"signer", PARAM_TEXT, "NAME|URI", "key that signs: its name, or a development URI such as //Alice", NULL,
     "WETEE_SIGNER", false, false},
    {"password-file", PARAM_TEXT, "FILE", "file whose first line unlocks the key (or WETEE_PASSWORD)", NULL,
     NULL, false, false},
    {"dev", PARAM_SWITCH, NULL, "allow development URIs on any chain", NULL, NULL, false, false},
    {"tip", PARAM_AMOUNT, "AMOUNT", "tip for the author", "0", NULL, false, false},
    {"wait", PARAM_TEXT, "finalized|block", "how long to wait", "finalized", NULL, false, false},
    {"timeout", PARAM_NUMBER, "SECONDS", "end of the wait", "120", NULL, false, false},
    {.name = NULL},
};

static const struct param params_worker[] = {
    {"worker", PARAM_TEXT, "URL", "worker to ask, instead of the address on the chain", NULL, "WETEE_WORKER",
     false, false},
    {.name = NULL},
};

static const struct param params_common[] = {
    {"output", PARAM_TEXT, "text|json", "form of the result", "text", "WETEE_OUTPUT", false, false},
    {"quiet", PARAM_SWITCH, NULL, "no progress on standard error", NULL, NULL, false, false},
    {"help", PARAM_SWITCH, NULL, "explain this verb and end", NULL, NULL, false, false},
    {.name = NULL},
};

static size_t append(const struct param *out[CLI_PARAMS_MAX], size_t n, const struct param *list)
{
    for (; list != NULL && list->name != NULL; list++) {
        ASSERT(n < CLI_PARAMS_MAX);
        out[n++] = list;
    }
    return n;
}

size_t cli_params(const struct verb *verb, const struct param *out[CLI_PARAMS_MAX])
{
    size_t n = append(out, 0, verb->params);

    if (verb->groups & GROUP_NODE)
        n = append(out, n, params_node);
    if (verb->groups & GROUP_SIGN)
        n = append(out, n, params_sign);
    if (verb->groups & GROUP_WORKER)
        n = append(out, n, params_worker);
    return append(out, n, params_common);
}

static struct param_value *find(struct cli *cli, const char *name, size_t len)
{
    for (size_t i = 0; i < cli->value_count; i++) {
        const struct param *p = cli->values[i].param;
        if (!p->positional && strlen(p->name) == len && memcmp(p->name, name, len) == 0)
            return &cli->values[i];
    }
    return NULL;
}

/* Is `text` one of the words of "a|b|c"? */
static bool one_of(const char *words, const char *text)
{
    size_t len = strlen(text);

    for (const char *at = words; at != NULL; at = strchr(at, '|')) {
        if (*at == '|')
            at++;
        if (strncmp(at, text, len) == 0 && (at[len] == '|' || at[len] == 0))
            return true;
    }
    return false;
}

static FALLIBLE take(struct cli *cli, struct param_value *v, const char *text, struct err *e)
{
    const struct param *p = v->param;

    if (p->kind == PARAM_LIST) {
        if (v->list == NULL)
            v->list = arena_new_n(&cli->arena, const char *, CLI_LIST_MAX);
        if (v->count == CLI_LIST_MAX)
            return FAIL(e, ERR_USAGE, "%s is given more than %d times", p->name, CLI_LIST_MAX);
        v->list[v->count++] = text;
        return ERR_OK;
    }
    v->text = text;
    if (p->kind == PARAM_NUMBER && !parse_u64(bytes_of_str(text), &v->number))
        return FAIL(e, ERR_USAGE, "%s: \"%s\" is no number", p->name, text);
    if (p->kind == PARAM_AMOUNT && sdk_amount_parse(&v->amount, bytes_of_str(text), e) != ERR_OK) {
        e->code = ERR_USAGE;
        return err_wrap(e, "%s", p->name);
    }
    /* Words in capitals name a value, words in small letters are the values. */
    bool words =
        p->value != NULL && strchr(p->value, '|') != NULL && p->value[0] >= 'a' && p->value[0] <= 'z';
    if (p->kind == PARAM_TEXT && words && !one_of(p->value, text))
        return FAIL(e, ERR_USAGE, "%s: \"%s\" is not one of %s", p->name, text, p->value);
    return ERR_OK;
}

static FALLIBLE take_flag(struct cli *cli, char *const *argv, int argc, int *i, struct err *e)
{
    const char *word = argv[*i] + 2;
    const char *equals = strchr(word, '=');
    size_t len = equals != NULL ? (size_t)(equals - word) : strlen(word);
    struct param_value *v = find(cli, word, len);

    if (v == NULL)
        return FAIL(e, ERR_USAGE, "there is no option --%.*s", (int)(len > 60 ? 60 : len), word);
    if (v->given && v->param->kind != PARAM_LIST)
        return FAIL(e, ERR_USAGE, "--%s is given twice", v->param->name);
    v->given = true;
    if (v->param->kind == PARAM_SWITCH)
        return equals == NULL ? ERR_OK : FAIL(e, ERR_USAGE, "--%s takes no value", v->param->name);
    if (equals != NULL)
        return take(cli, v, equals + 1, e);
    if (*i + 1 >= argc)
        return FAIL(e, ERR_USAGE, "--%s needs a value: %s", v->param->name, v->param->value);
    (*i)++;
    return take(cli, v, argv[*i], e);
}

static FALLIBLE take_positional(struct cli *cli, const char *word, struct err *e)
{
    for (size_t i = 0; i < cli->value_count; i++) {
        struct param_value *v = &cli->values[i];
        if (!v->param->positional || (v->given && v->param->kind != PARAM_LIST))
            continue;
        v->given = true;
        return take(cli, v, word, e);
    }
    return FAIL(e, ERR_USAGE, "\"%s\" is one word too many", word);
}

static FALLIBLE fill_in(struct cli *cli, struct err *e)
{
    bool help = cli_given(cli, "help");

    for (size_t i = 0; i < cli->value_count; i++) {
        struct param_value *v = &cli->values[i];
        const struct param *p = v->param;
        const char *env = p->env != NULL ? getenv(p->env) : NULL;
        if (v->given)
            continue;
        if (env != NULL && env[0] != 0) {
            v->given = true;
            if (take(cli, v, env, e) != ERR_OK)
                return err_wrap(e, "%s", p->env);
        } else if (p->fallback != NULL) {
            TRY(take(cli, v, p->fallback, e));
        } else if (p->required && !help) {
            return FAIL(e, ERR_USAGE, "%s%s is missing: %s", p->positional ? "" : "--", p->name, p->doc);
        }
    }
    return ERR_OK;
}

FALLIBLE cli_parse(struct cli *cli, int argc, char *const *argv, struct err *e)
{
    const struct param *params[CLI_PARAMS_MAX];
    bool flags = true;

    cli->value_count = cli_params(cli->verb, params);
    for (size_t i = 0; i < cli->value_count; i++)
        cli->values[i] = (struct param_value){.param = params[i]};
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i];
        if (flags && strcmp(word, "--") == 0)
            flags = false;
        else if (flags && strcmp(word, "-h") == 0)
            find(cli, "help", 4)->given = true;
        else if (flags && word[0] == '-' && word[1] == '-')
            TRY(take_flag(cli, argv, argc, &i, e));
        else
            TRY(take_positional(cli, word, e));
    }
    TRY(fill_in(cli, e));
    cli->json = strcmp(cli_text(cli, "output"), "json") == 0;
    return ERR_OK;
}

static const struct param_value *value(const struct cli *cli, const char *name)
{
    for (size_t i = 0; i < cli->value_count; i++)
        if (strcmp(cli->values[i].param->name, name) == 0)
            return &cli->values[i];
    base_abort(__FILE__, __LINE__, name);
}

bool cli_given(const struct cli *cli, const char *name)
{
    return value(cli, name)->given;
}

const char *cli_text(const struct cli *cli, const char *name)
{
    return value(cli, name)->text;
}

uint64_t cli_number(const struct cli *cli, const char *name)
{
    return value(cli, name)->number;
}

FALLIBLE cli_number_in(const struct cli *cli, uint64_t *out, const char *name, uint64_t max, struct err *e)
{
    uint64_t v = cli_number(cli, name);

    if (v > max)
        return FAIL(e, ERR_USAGE, "%s: %llu is more than %llu", name, (unsigned long long)v,
                    (unsigned long long)max);
    *out = v;
    return ERR_OK;
}

struct balance cli_amount(const struct cli *cli, const char *name)
{
    return value(cli, name)->amount;
}

size_t cli_list(const struct cli *cli, const char *const **out, const char *name)
{
    const struct param_value *v = value(cli, name);

    *out = v->list;
    return v->count;
}
