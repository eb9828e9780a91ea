/* runtime/sudo.c — one key that may act as root. A chain whose genesis names no key has none. */
#include "runtime/outcome.h"
#include "runtime/sudo_gen.h"

static struct dispatch require_sudo(struct exec *x)
{
    struct account_id key;
    if (!sudo_key_get(x, &key) || !account_id_eq(&key, exec_signer(x)))
        return sudo_fail(SUDO_ERR_REQUIRE_SUDO);
    return DISPATCH_OK;
}

struct dispatch sudo_sudo(struct exec *x, const struct sudo_sudo_args *a)
{
    DISPATCH_TRY(require_sudo(x));
    struct dispatch d = exec_dispatch(x, &(struct origin){.kind = ORIGIN_ROOT}, &a->call);
    sudo_emit_sudid(x, &(struct sudo_sudid_event){.sudo_result = outcome_result(d)});
    return DISPATCH_OK;
}

struct dispatch sudo_set_key(struct exec *x, const struct sudo_set_key_args *a)
{
    struct sudo_key_changed_event ev = {.old = {.some = true}};

    DISPATCH_TRY(require_sudo(x));
    if (a->new.tag != MULTI_ADDRESS_ID)
        return DISPATCH_FAIL(DISPATCH_CANNOT_LOOKUP, 0);
    ev.old.value = *exec_signer(x);
    ev.new = a->new.u.id;
    sudo_key_put(x, &ev.new);
    sudo_emit_key_changed(x, &ev);
    return DISPATCH_OK;
}

struct dispatch sudo_sudo_as(struct exec *x, const struct sudo_sudo_as_args *a)
{
    DISPATCH_TRY(require_sudo(x));
    if (a->who.tag != MULTI_ADDRESS_ID)
        return DISPATCH_FAIL(DISPATCH_CANNOT_LOOKUP, 0);
    struct origin origin = {.kind = ORIGIN_SIGNED, .who = a->who.u.id};
    struct dispatch d = exec_dispatch(x, &origin, &a->call);
    sudo_emit_sudo_as_done(x, &(struct sudo_sudo_as_done_event){.sudo_result = outcome_result(d)});
    return DISPATCH_OK;
}
