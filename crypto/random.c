/* crypto/random.c — randomness from the operating system. */
#include "crypto/random.h"

#include <sodium.h>

void random_bytes(void *out, size_t len)
{
    int ready = sodium_init(); /* idempotent and thread-safe; chooses getrandom */
    ASSERT(ready >= 0);
    randombytes_buf(out, len); /* aborts by itself when the system has none */
}
