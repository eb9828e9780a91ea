/* crypto/wipe.h — buffers for secrets: zeroed when they leave scope, compared in constant time, never
 * printed.
 *
 * Freestanding. There is no log field for these types on purpose.
 *
 *     CLEANUP(secret32_fini) struct secret32 seed;
 *     random_bytes(seed.b, sizeof seed.b); */
#ifndef CRYPTO_WIPE_H
#define CRYPTO_WIPE_H

#include "base/bytes.h"

struct secret32 {
    uint8_t b[32];
};

struct secret64 {
    uint8_t b[64];
};

/* Zeroes memory in a way that the optimizer keeps although nothing reads it again. */
void wipe(void *p, size_t len);

/* Are the `len` bytes equal? Takes the same time whatever they are. */
MUST_USE bool secret_eq(const void *a, const void *b, size_t len);

static inline void secret32_fini_cleanup(struct secret32 *s)
{
    wipe(s, sizeof *s);
}

static inline void secret64_fini_cleanup(struct secret64 *s)
{
    wipe(s, sizeof *s);
}

#endif /* CRYPTO_WIPE_H */
