/* runtime/dispatch.h — the outcome of a call: consensus data, kind 1 of the three kinds of error.
 *
 * Holds no text and no pointer: it is encoded into the block's events as sp_runtime::DispatchError. */
#ifndef RUNTIME_DISPATCH_H
#define RUNTIME_DISPATCH_H

#include "base/base.h"

enum dispatch_kind { /* values are the SCALE indices of DispatchError; OK is ours */
                     DISPATCH_OTHER = 0,
                     DISPATCH_CANNOT_LOOKUP = 1,
                     DISPATCH_BAD_ORIGIN = 2,
                     DISPATCH_MODULE = 3,
                     DISPATCH_CONSUMER_REMAINING = 4,
                     DISPATCH_NO_PROVIDERS = 5,
                     DISPATCH_TOO_MANY_CONSUMERS = 6,
                     DISPATCH_TOKEN = 7,
                     DISPATCH_ARITHMETIC = 8,
                     DISPATCH_TRANSACTIONAL = 9,
                     DISPATCH_EXHAUSTED = 10,
                     DISPATCH_IS_OK = 255,
};

enum token_error {
    TOKEN_FUNDS_UNAVAILABLE,
    TOKEN_ONLY_PROVIDER,
    TOKEN_BELOW_MINIMUM,
    TOKEN_CANNOT_CREATE,
    TOKEN_UNKNOWN_ASSET,
    TOKEN_FROZEN,
    TOKEN_UNSUPPORTED,
    TOKEN_CANNOT_CREATE_HOLD,
    TOKEN_NOT_EXPENDABLE,
    TOKEN_BLOCKED,
};
enum arithmetic_error { ARITHMETIC_UNDERFLOW, ARITHMETIC_OVERFLOW, ARITHMETIC_DIVISION_BY_ZERO };

struct dispatch {
    uint8_t kind;   /* enum dispatch_kind */
    uint8_t module; /* pallet index, for DISPATCH_MODULE */
    uint8_t code;   /* error index of the module, token_error or arithmetic_error */
};

#define DISPATCH_OK ((struct dispatch){.kind = DISPATCH_IS_OK})
#define DISPATCH_FAIL(k, c) ((struct dispatch){.kind = (k), .code = (c)})

static inline bool dispatch_ok(struct dispatch d)
{
    return d.kind == DISPATCH_IS_OK;
}

/* Returns from the calling function when `expr` is not DISPATCH_OK. */
#define DISPATCH_TRY(expr)                      \
    do {                                        \
        struct dispatch dispatch_try_ = (expr); \
        if (!dispatch_ok(dispatch_try_))        \
            return dispatch_try_;               \
    } while (0)

#endif /* RUNTIME_DISPATCH_H */
