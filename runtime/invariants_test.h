/* runtime/invariants_test.h — what must hold of the WeTEE modules' state after every block.
 * Source: pallets.md D6; the number of the rule stands at each check. */
#ifndef RUNTIME_INVARIANTS_TEST_H
#define RUNTIME_INVARIANTS_TEST_H

#include "runtime/market_test.h"

/* Fails the running test when a rule is broken. */
void invariants_check(struct market *k);

#endif /* RUNTIME_INVARIANTS_TEST_H */
