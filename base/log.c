#include "base/log.h"
#include "base/clock.h"
#include "base/fmt.h"
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_LEN = 2048 };

static _Atomic int current_level = LOG_LEVEL_INFO;
static const char *const level_names[] = {"error", "warn", "info", "debug", "trace"};

struct line {
    char text[LINE_MAX_LEN];
    size_t len;
};

void log_set_level(enum log_level level)
{
    atomic_store(&current_level, (int)level);
}

bool log_enabled(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&current_level, memory_order_relaxed);
}

bool log_level_parse(const char *text, enum log_level *out)
{
    for (size_t i = 0; i < ARRAY_LEN(level_names); i++) {
        if (strcmp(text, level_names[i]) == 0) {
            *out = (enum log_level)i;
            return true;
        }
    }
    return false;
}

static void line_text(struct line *l, const char *t)
{
    l->len += fmt_into(l->text + l->len, sizeof l->text - l->len, "%s", t);
}

static bool needs_quotes(struct bytes b)
{
    if (b.len == 0)
        return true;
    for (size_t i = 0; i < b.len; i++)
        if (b.p[i] <= ' ' || b.p[i] == '"' || b.p[i] == '=' || b.p[i] == '\\' || b.p[i] == 127)
            return true;
    return false;
}

/* Control characters are shown as dots, so that no input can forge a line. */
static void line_quoted(struct line *l, struct bytes b)
{
    bool quote = needs_quotes(b);
    if (quote)
        line_text(l, "\"");
    for (size_t i = 0; i < b.len && l->len + 4 < sizeof l->text; i++) {
        char c = b.p[i] < ' ' || b.p[i] == 127 ? '.' : (char)b.p[i];
        if (c == '"' || c == '\\')
            l->text[l->len++] = '\\';
        l->text[l->len++] = c;
    }
    l->text[l->len] = '\0';
    if (quote)
        line_text(l, "\"");
}

static void line_hex(struct line *l, struct bytes b)
{
    line_text(l, "0x");
    for (size_t i = 0; i < b.len && l->len + 4 < sizeof l->text; i++)
        l->len += fmt_into(l->text + l->len, sizeof l->text - l->len, "%02x", b.p[i]);
}

static void line_err(struct line *l, const struct err *err)
{
    char where[160];

    line_quoted(l, bytes_of_str(err->msg));
    (void)fmt_into(where, sizeof where, " at=%s:%d sys=%d", err->file == NULL ? "?" : err->file, err->line,
                   err->sys);
    line_text(l, where);
}

static void line_field(struct line *l, const struct log_field *f)
{
    char num[32];

    line_text(l, " ");
    line_text(l, f->key);
    line_text(l, "=");
    switch (f->kind) {
    case LOG_FIELD_STR:
        line_quoted(l, bytes_of_str(f->str == NULL ? "" : f->str));
        break;
    case LOG_FIELD_BYTES_TEXT:
        line_quoted(l, f->bytes);
        break;
    case LOG_FIELD_U64:
        (void)fmt_into(num, sizeof num, "%llu", (unsigned long long)f->num);
        line_text(l, num);
        break;
    case LOG_FIELD_I64:
        (void)fmt_into(num, sizeof num, "%lld", (long long)(int64_t)f->num);
        line_text(l, num);
        break;
    case LOG_FIELD_HEX:
        line_hex(l, f->bytes);
        break;
    case LOG_FIELD_ERR:
        line_err(l, f->err);
        break;
    }
}

static void line_time(struct line *l)
{
    uint64_t ms = clock_wall_ms();
    time_t s = (time_t)(ms / 1000);
    struct tm tm;

    (void)gmtime_r(&s, &tm);
    l->len += fmt_into(l->text + l->len, sizeof l->text - l->len, "%d-%02d-%02dT%02d:%02d:%02d.%03uZ",
                       tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                       (unsigned)(ms % 1000));
}

void log_write(enum log_level level, const char *component, const char *msg, const struct log_field *fields)
{
    struct line l;

    l.len = 0;
    line_time(&l);
    line_text(&l, " ");
    line_text(&l, level_names[level]);
    line_text(&l, " ");
    line_text(&l, component);
    line_text(&l, ": ");
    line_text(&l, msg);
    for (const struct log_field *f = fields; f->key != NULL; f++)
        line_field(&l, f);
    if (l.len > sizeof l.text - 2)
        l.len = sizeof l.text - 2;
    l.text[l.len++] = '\n';
    ssize_t written =
        write(STDERR_FILENO, l.text, l.len); /* nowhere to report a failure of the sink itself */
    (void)written;
}
