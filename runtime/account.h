/* runtime/account.h — one account's balances and references, changed as pallet-balances and frame-system do.
 *
 * An account lives while it has a provider: free balance of at least the existential deposit. Reserved
 * balance is a consumer: while there is one the provider may not go. TotalIssuance changes only through what
 * is said here. */
#ifndef RUNTIME_ACCOUNT_H
#define RUNTIME_ACCOUNT_H

#include "chain/system.h"
#include "runtime/balances.h"

void account_load(struct exec *x, struct system_account_info *out, const struct account_id *who);
bool account_exists(const struct system_account_info *info);

/* Stores `who` with new free and reserved amounts: keeps the references, emits NewAccount, KilledAccount,
 * Endowed and DustLost as they apply, burns the dust. `was` is the account as loaded. fails ConsumerRemaining
 * (free below the existential deposit while something is reserved), NoProviders */
struct dispatch account_store(struct exec *x, const struct account_id *who,
                              const struct system_account_info *was, struct balance free,
                              struct balance reserved);

/* What may leave the free balance. */
struct balance account_reducible(const struct system_account_info *info, enum existence existence);

/* Changes of TotalIssuance for what balances gain or lose as a whole; false on overflow, nothing changed. */
MUST_USE bool account_issue(struct exec *x, struct balance amount);
void account_burn(struct exec *x, struct balance amount);

#endif /* RUNTIME_ACCOUNT_H */
