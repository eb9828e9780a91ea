/* node/sign_test.h — signed transfers of the development accounts, for tests. */
#ifndef NODE_SIGN_TEST_H
#define NODE_SIGN_TEST_H

#include "base/arena.h"
#include "crypto/keys.h"

/* balances.transfer_keep_alive of `planck` to `to`, immortal, with `nonce`; whole extrinsic in the arena. */
struct bytes test_transfer(struct arena *a, const struct keypair *from, const struct account_id *to,
                           uint64_t planck, uint32_t nonce, const struct hash32 *genesis);

#endif /* NODE_SIGN_TEST_H */
