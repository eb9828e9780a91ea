#include "base/options.h"
#include "base/int.h"

#include <stdio.h>

enum { NAME_MAX_COMPARED = 40, NEAR_EDITS = 3 };

static const struct option_row *row_at(const struct options *o, size_t at)
{
    ASSERT(at < o->program->count);
    return &o->program->rows[at];
}

/* How many single-letter edits apart two names are, for the hint; short names only. */
static size_t distance(const char *a, const char *b)
{
    size_t row[NAME_MAX_COMPARED + 1], la = strlen(a), lb = strlen(b);

    if (la > NAME_MAX_COMPARED || lb > NAME_MAX_COMPARED)
        return SIZE_MAX;
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

static FALLIBLE unknown(const struct options_program *p, const char *arg, struct err *e)
{
    bool dashed = arg[0] == '-' && arg[1] == '-';
    const char *name = dashed ? arg + 2 : arg;
    size_t near = 0;

    if (!p->names_near)
        return FAIL(e, ERR_USAGE, "%s %s; see --help", dashed ? "unknown option" : "unexpected", arg);
    for (size_t i = 1; i < p->count; i++)
        if (distance(name, p->rows[i].name) < distance(name, p->rows[near].name))
            near = i;
    if (distance(name, p->rows[near].name) <= NEAR_EDITS)
        return FAIL(e, ERR_USAGE, "unknown option %s; did you mean --%s?", arg, p->rows[near].name);
    return FAIL(e, ERR_USAGE, "unknown option %s; see --help", arg);
}

/* "never" is the word of the form "never|N"; it stands for 0. */
static bool is_word(const struct option_row *row, const char *text)
{
    const char *bar = strchr(row->form, '|');

    return bar != NULL && bytes_eq(bytes_of(row->form, (size_t)(bar - row->form)), bytes_of_str(text));
}

/* The meaning of a value's text, given or initial. */
static FALLIBLE read_number(uint64_t *out, const struct option_row *row, const char *text, struct err *e)
{
    enum log_level level;
    uint64_t n = 0;

    if (row->type == OPTION_LEVEL) {
        if (!log_level_parse(text, &level))
            return FAIL(e, ERR_USAGE, "--%s: %s is no level; %s", row->name, text, row->doc);
        n = level;
    } else if (row->type == OPTION_NUMBER && !is_word(row, text)) {
        if (!parse_u64(bytes_of_str(text), &n) || n < row->min || n > row->max)
            return FAIL(e, ERR_USAGE, "--%s: %s is no number from %llu to %llu", row->name, text,
                        (unsigned long long)row->min, (unsigned long long)row->max);
    }
    *out = n;
    return ERR_OK;
}

static void set_initial(struct options *o)
{
    for (size_t i = 0; i < o->program->count; i++) {
        const struct option_row *row = &o->program->rows[i];
        struct err e;
        if (row->type == OPTION_NUMBER || row->type == OPTION_LEVEL)
            ASSERT(read_number(&o->number[i], row, row->initial, &e) == ERR_OK); /* the table's own text */
    }
}

static bool takes_value(const struct option_row *row)
{
    return row->type == OPTION_TEXT || row->type == OPTION_NUMBER || row->type == OPTION_LEVEL;
}

/* Takes one option; tells the arguments used through *used. */
static FALLIBLE take_option(struct arena *a, struct options *o, int *used, int left, char **argv,
                            struct err *e)
{
    struct bytes arg = bytes_of_str(argv[0]);
    const struct option_row *rows = o->program->rows;
    size_t name_len = 0, at = 0;

    if (!bytes_starts_with(arg, BYTES_LIT("--")))
        return unknown(o->program, argv[0], e);
    arg = bytes_from(arg, 2);
    while (name_len < arg.len && arg.p[name_len] != '=')
        name_len++;
    while (at < o->program->count && !bytes_eq(bytes_of(arg.p, name_len), bytes_of_str(rows[at].name)))
        at++;
    if (at == o->program->count)
        return unknown(o->program, argv[0], e);
    if (o->text[at] != NULL)
        return FAIL(e, ERR_USAGE, "--%s is given twice", rows[at].name);
    bool inlined = name_len < arg.len;
    const char *text = "";
    *used = 1;
    if (!takes_value(&rows[at])) {
        if (inlined)
            return FAIL(e, ERR_USAGE, "--%s takes no value", rows[at].name);
    } else if (inlined) {
        text = arena_str(a, bytes_from(arg, name_len + 1));
    } else {
        if (left < 2)
            return FAIL(e, ERR_USAGE, "--%s needs a value: %s", rows[at].name, rows[at].form);
        text = argv[1];
        *used = 2;
    }
    TRY(read_number(&o->number[at], &rows[at], text, e));
    o->text[at] = text;
    return ERR_OK;
}

FALLIBLE options_parse(struct arena *a, struct options *out, const struct options_program *program, int argc,
                       char **argv, struct err *e)
{
    struct options o = {.program = program};

    ASSERT(program->count > 0 && program->count <= OPTIONS_MAX);
    set_initial(&o);
    for (int i = 1, used = 0; i < argc; i += used)
        TRY(take_option(a, &o, &used, argc - i, argv + i, e));
    *out = o;
    return ERR_OK;
}

static void print_help(const struct options_program *p)
{
    printf("%s: %s\n\nUsage: %s [options]\n\n", p->name, p->purpose, p->name);
    for (size_t i = 0; i < p->count; i++) {
        char head[96];
        (void)snprintf(head, sizeof head, "--%s %s", p->rows[i].name, p->rows[i].form);
        printf("  %-*s %s", p->head_width, head, p->rows[i].doc);
        if (p->rows[i].initial[0] != 0)
            printf(" [%s]", p->rows[i].initial);
        printf("\n");
    }
    printf("\n%s\n", p->notes);
}

bool options_answered(const struct options *o)
{
    bool version = false;

    for (size_t i = 0; i < o->program->count; i++) {
        enum option_type type = o->program->rows[i].type;
        if (type == OPTION_HELP && o->text[i] != NULL) {
            print_help(o->program);
            return true;
        }
        version = version || (type == OPTION_VERSION && o->text[i] != NULL);
    }
    if (version)
        printf("%s %s\n", o->program->name, o->program->version);
    return version;
}

bool options_given(const struct options *o, size_t at)
{
    return options_text(o, at) != NULL;
}

const char *options_text(const struct options *o, size_t at)
{
    (void)row_at(o, at);
    return o->text[at];
}

const char *options_text_or_initial(const struct options *o, size_t at)
{
    const struct option_row *row = row_at(o, at);

    return o->text[at] != NULL ? o->text[at] : row->initial;
}

uint64_t options_number(const struct options *o, size_t at)
{
    const struct option_row *row = row_at(o, at);

    ASSERT(row->type == OPTION_NUMBER || row->type == OPTION_LEVEL);
    return o->number[at];
}

enum log_level options_level(const struct options *o, size_t at)
{
    ASSERT(row_at(o, at)->type == OPTION_LEVEL);
    return (enum log_level)o->number[at];
}
