/* runtime/payment.h — fees: what a transaction costs, taking it, and where it goes. See docs/formats/fees.md.
 */
#ifndef RUNTIME_PAYMENT_H
#define RUNTIME_PAYMENT_H

#include "runtime/calls.h"

struct fee {
    struct balance base, len, weight; /* their sum is the inclusion fee; the tip comes on top */
};

struct balance payment_weight_to_fee(uint64_t weight);
struct balance payment_length_to_fee(uint32_t len);
struct fee payment_fee(struct exec *x, const struct dispatch_info *info, uint32_t len);
struct balance payment_fee_total(const struct fee *fee);

/* Takes the amount and counts the nonce, in one write of the account, which stays alive: account_reducible
 * was asked. Emits Withdraw. */
void payment_withdraw(struct exec *x, const struct account_id *who, struct balance amount);
/* Gives back a fee that was withdrawn; emits Deposit. */
void payment_return(struct exec *x, const struct account_id *who, struct balance fee);
/* Hands out what was withdrawn and emits Deposit and TransactionFeePaid. */
void payment_settle(struct exec *x, const struct account_id *who, struct balance fee, struct balance tip);

/* The priority of a transaction in the pool: how much it pays for the scarcest resource of a block. */
uint64_t payment_priority(const struct dispatch_info *info, uint32_t len, struct balance tip,
                          struct balance fee);

#endif /* RUNTIME_PAYMENT_H */
