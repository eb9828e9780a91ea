/* runtime/balances.h — native money for other modules: transfers and reserves, with their events.
 *
 * Rules of the Polkadot SDK's pallet-balances: an account whose free + reserved falls below the existential
 * deposit and that nothing refers to is removed and its dust burnt. */
#ifndef RUNTIME_BALANCES_H
#define RUNTIME_BALANCES_H

#include "runtime/exec.h"

enum existence { KEEP_ALIVE, ALLOW_DEATH };

struct balance balances_free(struct exec *x, const struct account_id *who);
struct balance balances_reserved(struct exec *x, const struct account_id *who);
struct balance balances_existential_deposit(void);

/* Moves free balance; emits Transfer (and NewAccount, Endowed, DustLost, KilledAccount as they apply).
 *   fails  Token FundsUnavailable, BelowMinimum (destination would stay under the existential deposit),
 *          NotExpendable; Arithmetic Overflow */
struct dispatch balances_transfer(struct exec *x, const struct account_id *from, const struct account_id *to,
                                  struct balance amount, enum existence existence);

/* free -> reserved of one account; emits Reserved. Fails: InsufficientBalance of the module. */
struct dispatch balances_reserve(struct exec *x, const struct account_id *who, struct balance amount);
/* reserved -> free, at most what is reserved; emits Unreserved; returns what could not be unreserved. */
struct balance balances_unreserve(struct exec *x, const struct account_id *who, struct balance amount);
/* Moves up to `amount` from `who`'s reserved to `to`'s free balance; emits ReserveRepatriated; returns what
 * was moved. */
struct balance balances_repatriate_reserved(struct exec *x, const struct account_id *who,
                                            const struct account_id *to, struct balance amount);

#endif /* RUNTIME_BALANCES_H */
