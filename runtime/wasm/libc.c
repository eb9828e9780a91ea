/* runtime/wasm/libc.c — the functions of string.h that the pure folders and the compiler use; there is no C
 * library in the WASM build. Compiled with -fno-builtin, or the loops would become calls of themselves. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { WORD = sizeof(uint64_t) };

/* WASM loads and stores need no alignment; memcpy of a fixed size would call itself here. */
typedef uint64_t __attribute__((aligned(1), may_alias)) word;

void *memcpy(void *restrict to, const void *restrict from, size_t len)
{
    uint8_t *t = to;
    const uint8_t *f = from;
    for (; len >= WORD; len -= WORD, t += WORD, f += WORD)
        *(word *)t = *(const word *)f;
    for (; len > 0; len--)
        *t++ = *f++;
    return to;
}

void *memmove(void *to, const void *from, size_t len)
{
    uint8_t *t = to;
    const uint8_t *f = from;
    if ((uintptr_t)t - (uintptr_t)f >= len) /* also when t is below f */
        return memcpy(to, from, len);
    while (len-- > 0)
        t[len] = f[len];
    return to;
}

void *memset(void *to, int c, size_t len)
{
    uint8_t *t = to;
    const uint64_t fill = (uint8_t)c * UINT64_C(0x0101010101010101);
    for (; len >= WORD; len -= WORD, t += WORD)
        *(word *)t = fill;
    for (; len > 0; len--)
        *t++ = (uint8_t)c;
    return to;
}

int memcmp(const void *a, const void *b, size_t len)
{
    const uint8_t *x = a, *y = b;
    for (size_t i = 0; i < len; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}

void *memchr(const void *in, int c, size_t len)
{
    const uint8_t *p = in;
    for (size_t i = 0; i < len; i++)
        if (p[i] == (uint8_t)c)
            return (void *)(uintptr_t)(p + i);
    return NULL;
}

size_t strlen(const char *s)
{
    size_t n = 0;
    while (s[n] != 0)
        n++;
    return n;
}

int strcmp(const char *a, const char *b)
{
    while (*a != 0 && *a == *b) {
        a++;
        b++;
    }
    return (int)(uint8_t)*a - (int)(uint8_t)*b;
}

int strncmp(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (a[i] != b[i] || a[i] == 0)
            return (int)(uint8_t)a[i] - (int)(uint8_t)b[i];
    return 0;
}
