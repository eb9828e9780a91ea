/* runtime/wasm/include/string.h — what libc.c provides. */
#ifndef RUNTIME_WASM_INCLUDE_STRING_H
#define RUNTIME_WASM_INCLUDE_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *to, int c, size_t len);
int memcmp(const void *a, const void *b, size_t len);
void *memchr(const void *in, int c, size_t len);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t len);

#endif /* RUNTIME_WASM_INCLUDE_STRING_H */
