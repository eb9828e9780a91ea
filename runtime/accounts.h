/* runtime/accounts.h — accounts that belong to modules: blake2_256("wetee/acct/v1" ‖ tag ‖ SCALE(id)).
 *
 * No key signs for them; only the module that owns one moves its money. Source: pallets.md X6. */
#ifndef RUNTIME_ACCOUNTS_H
#define RUNTIME_ACCOUNTS_H

#include "runtime/exec.h"

enum account_tag { /* values are hashed: never renumbered */
                   ACCOUNT_WORK_POT = 5,
                   ACCOUNT_NETWORK_TREASURY = 8,
                   ACCOUNT_AUTHOR_POOL = 9,
};

/* `id` is the SCALE encoding of the identifier; empty for the accounts that exist once. */
struct account_id account_of(struct exec *x, enum account_tag tag, struct bytes id);

struct account_id account_work_pot(struct exec *x);
struct account_id account_network_treasury(struct exec *x);
struct account_id account_author_pool(struct exec *x);

#endif /* RUNTIME_ACCOUNTS_H */
