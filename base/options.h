/* base/options.h — the command line of a program that serves: one const table of options, which parses the
 * arguments, refuses what it does not know, and prints the help. Native only.
 *
 * An option is "--name value", "--name=value" or "--flag"; each may be given once and nothing else may stand
 * on the line. A number or level that was not given has the value that its row's `initial` spells, so help
 * and behaviour cannot differ. Texts borrow from argv or from the arena that options_parse was given. Not
 * thread-safe while parsing; const and shareable afterwards.
 *
 *     static const struct option_row rows[] = {
 *         [OPT_PORT] = {"port", OPTION_NUMBER, 0, 65535, "PORT", "9944", "where to listen; 0: any"},
 *         [OPT_VERSION] = OPTION_ROW_VERSION,
 *         [OPT_HELP] = OPTION_ROW_HELP,
 *     };
 *     static const struct options_program program = {.name = "x", .rows = rows, .count = OPT_COUNT, ...};
 *
 *     TRY(options_parse(a, &o, &program, argc, argv, e));
 *     if (options_answered(&o))
 *         return ERR_OK;
 *     port = (uint16_t)options_number(&o, OPT_PORT);
 */
#ifndef BASE_OPTIONS_H
#define BASE_OPTIONS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"

enum { OPTIONS_MAX = 32 };

enum option_type {
    OPTION_FLAG,
    OPTION_TEXT,   /* any text; rows whose value has a form of its own are checked by the program */
    OPTION_NUMBER, /* min to max, or 0 by the word before the bar of a form such as "never|N" */
    OPTION_LEVEL,  /* of the log */
    OPTION_VERSION,
    OPTION_HELP
};

struct option_row {
    const char *name;
    enum option_type type;
    uint64_t min, max;                /* OPTION_NUMBER */
    const char *form, *initial, *doc; /* as the help shows them; initial "": none */
};

#define OPTION_ROW_LOG_LEVEL                                                                  \
    {                                                                                         \
        "log-level", OPTION_LEVEL, 0, 0, "LEVEL", "info", "error, warn, info, debug or trace" \
    }
#define OPTION_ROW_VERSION                                                   \
    {                                                                        \
        "version", OPTION_VERSION, 0, 0, "", "", "print the version and end" \
    }
#define OPTION_ROW_HELP                                         \
    {                                                           \
        "help", OPTION_HELP, 0, 0, "", "", "print this and end" \
    }

struct options_program {
    const char *name, *version;
    const char *purpose; /* one sentence, after "name: " */
    const char *notes;   /* lines after the table: signals, exit codes */
    const struct option_row *rows;
    size_t count;    /* at most OPTIONS_MAX */
    int head_width;  /* of the help's first column */
    bool names_near; /* an unknown option is answered with the nearest known one */
};

/* What was given; in the caller's storage, read through the functions below by the row's index. */
struct options {
    const struct options_program *program;
    const char *text[OPTIONS_MAX]; /* NULL: not given; flags: "" */
    uint64_t number[OPTIONS_MAX];
};

/* options_parse reads all of argv after the program's name.
 *   out      untouched on failure
 *   returns  ERR_OK; ERR_USAGE with a message for the person who typed it */
FALLIBLE options_parse(struct arena *a, struct options *out, const struct options_program *program, int argc,
                       char **argv, struct err *e);

/* Prints the help or the version on standard output when one was asked for; true: the program is done. */
MUST_USE bool options_answered(const struct options *o);

bool options_given(const struct options *o, size_t at);

/* The text as given; NULL when it was not. */
const char *options_text(const struct options *o, size_t at);

/* The text as given, or the row's `initial`: for rows where that is a value and not a description. */
const char *options_text_or_initial(const struct options *o, size_t at);

/* OPTION_NUMBER and OPTION_LEVEL only; within the row's range, or 0 for its form's word. */
uint64_t options_number(const struct options *o, size_t at);

/* OPTION_LEVEL only. */
enum log_level options_level(const struct options *o, size_t at);

#endif /* BASE_OPTIONS_H */
