/* base/err.h — errors of kind 2: this process could not do something.
 *
 * A `struct err` lives on the stack of the function that will log or answer. Functions that can fail are
 * declared FALLIBLE, take `struct err *e` last, return e->code, and on failure leave their outputs untouched
 * and own nothing. Library code returns errors and does not log them. Dispatch errors (kind 1) are in
 * runtime/dispatch.h; broken invariants (kind 3) are ASSERT.
 *
 *     FALLIBLE thing_load(struct thing *out, struct bytes in, struct err *e)
 *     {
 *         if (in.len < 4)
 *             return FAIL(e, ERR_MALFORMED, "thing of %zu bytes, at least 4 expected", in.len);
 *         TRY(part_load(&out->part, in, e));
 *         return ERR_OK;
 *     } */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/base.h"

/* Codes are what callers may switch on; the text says the rest. */
#define ERR_CODES(X)                     \
    X(OK, "ok")                          \
    X(MALFORMED, "malformed input")      \
    X(LIMIT, "over a limit")             \
    X(NOT_FOUND, "not found")            \
    X(EXISTS, "already exists")          \
    X(UNVERIFIED, "verification failed") \
    X(REJECTED, "refused by the rules")  \
    X(USAGE, "wrong usage")              \
    X(DENIED, "not allowed")             \
    X(BUSY, "busy, try again")           \
    X(TIMEOUT, "timed out")              \
    X(UNAVAILABLE, "peer not available") \
    X(CLOSED, "closed")                  \
    X(CORRUPT, "stored data is damaged") \
    X(IO, "input or output failed")      \
    X(UNSUPPORTED, "not supported")      \
    X(INTERNAL, "internal error")

enum err_code {
#define X(name, text) ERR_##name,
    ERR_CODES(X)
#undef X
};

struct err {
    enum err_code code;
    int sys; /* errno or library code when raised, 0 if none; printed, never branched on */
    const char *file;
    const char *func; /* where it was raised, not where it passed through */
    int line;
    char msg[192]; /* "import block 7: header: 3 bytes left over" */
};

#define FALLIBLE __attribute__((warn_unused_result)) enum err_code

/* Raises an error: fills `e` and yields the code. `FAIL_SYS` also records errno or a library's code. */
#define FAIL(e, code, ...) err_raise((e), (code), 0, __FILE__, __func__, __LINE__, __VA_ARGS__)
#define FAIL_SYS(e, code, sys, ...) err_raise((e), (code), (sys), __FILE__, __func__, __LINE__, __VA_ARGS__)

/* Returns from the calling function when `expr` fails. */
#define TRY(expr)                    \
    do {                             \
        enum err_code try_ = (expr); \
        if (try_ != ERR_OK)          \
            return try_;             \
    } while (0)

enum err_code err_raise(struct err *e, enum err_code code, int sys, const char *file, const char *func,
                        int line, const char *fmt, ...) PRINTF_LIKE(7, 8);

/* Prefixes "what: " to the message as the error passes through; returns e->code. */
enum err_code err_wrap(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The text of a code, for people; never NULL. */
const char *err_code_text(enum err_code code);

#endif /* BASE_ERR_H */
