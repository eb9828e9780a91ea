/* crypto/random.h — unpredictable bytes from the operating system (getrandom, through libsodium). Native
 * only.
 *
 * Never fails: a system without randomness stops the process. Safe from any thread. */
#ifndef CRYPTO_RANDOM_H
#define CRYPTO_RANDOM_H

#include "base/base.h"

void random_bytes(void *out, size_t len);

#endif /* CRYPTO_RANDOM_H */
