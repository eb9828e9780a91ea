/* crypto/account.h — accounts that no key controls. Freestanding. Vectors:
 * tests/vectors/substrate/accounts.json. */
#ifndef CRYPTO_ACCOUNT_H
#define CRYPTO_ACCOUNT_H

#include "base/bytes.h"

/* The account of a pallet: "modl", its 8-byte id, the SCALE bytes of a sub-account (or none), cut or
 * zero-filled to 32 bytes as the Polkadot SDK's into_sub_account_truncating does. */
struct account_id account_of_pallet(const uint8_t pallet_id[8], struct bytes sub);

#endif /* CRYPTO_ACCOUNT_H */
