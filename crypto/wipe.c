/* crypto/wipe.c — zeroing and comparing of secrets. */
#include "crypto/wipe.h"

void wipe(void *p, size_t len)
{
    if (len == 0)
        return;
    memset(p, 0, len);
    __asm__ volatile("" : : "r"(p) : "memory"); /* the optimizer must assume that someone reads the zeros */
}

bool secret_eq(const void *a, const void *b, size_t len)
{
    const uint8_t *x = (const uint8_t *)a;
    const uint8_t *y = (const uint8_t *)b;
    uint8_t diff = 0;
    for (size_t i = 0; i < len; i++)
        diff = (uint8_t)(diff | (x[i] ^ y[i]));
    __asm__ volatile("" : "+r"(diff)); /* no early exit from a loop that knows the answer */
    return diff == 0;
}
