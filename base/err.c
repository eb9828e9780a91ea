#include "base/err.h"
#include "base/fmt.h"

enum err_code err_raise(struct err *e, enum err_code code, int sys, const char *file, const char *func,
                        int line, const char *fmt, ...)
{
    va_list args;

    e->code = code;
    e->sys = sys;
    e->file = file;
    e->func = func;
    e->line = line;
    va_start(args, fmt);
    (void)fmt_into_v(e->msg, sizeof e->msg, fmt, args);
    va_end(args);
    return code;
}

enum err_code err_wrap(struct err *e, const char *fmt, ...)
{
    char old[sizeof e->msg];
    va_list args;

    memcpy(old, e->msg, sizeof old);
    va_start(args, fmt);
    size_t n = fmt_into_v(e->msg, sizeof e->msg, fmt, args);
    va_end(args);
    (void)fmt_into(e->msg + n, sizeof e->msg - n, ": %s", old);
    return e->code;
}

const char *err_code_text(enum err_code code)
{
    static const char *const texts[] = {
#define X(name, text) [ERR_##name] = text,
        ERR_CODES(X)
#undef X
    };
    return (size_t)code < ARRAY_LEN(texts) ? texts[code] : "unknown error";
}
