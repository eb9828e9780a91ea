#include "runtime/outcome.h"

struct system_dispatch_error outcome_error(struct dispatch d)
{
    struct system_dispatch_error out = {.tag = (enum system_dispatch_error_tag)d.kind};

    ASSERT(!dispatch_ok(d) && d.kind <= DISPATCH_EXHAUSTED);
    switch (d.kind) {
    case DISPATCH_MODULE: /* four bytes for ever: clients decode [u8; 4] */
        out.u.module = (struct system_module_error){.index = d.module, .error = {d.code}};
        break;
    case DISPATCH_TOKEN:
        out.u.token = (enum system_token_error)d.code;
        break;
    case DISPATCH_ARITHMETIC:
        out.u.arithmetic = (enum system_arithmetic_error)d.code;
        break;
    case DISPATCH_TRANSACTIONAL:
        out.u.transactional = (enum system_transactional_error)d.code;
        break;
    default:
        break;
    }
    return out;
}

struct system_unit_dispatch_error_result outcome_result(struct dispatch d)
{
    struct system_unit_dispatch_error_result out = {.tag = SYSTEM_UNIT_DISPATCH_ERROR_RESULT_OK};
    if (!dispatch_ok(d)) {
        out.tag = SYSTEM_UNIT_DISPATCH_ERROR_RESULT_ERR;
        out.u.err = outcome_error(d);
    }
    return out;
}
