/* base/fmt.h — a small, freestanding, locale-free formatter.
 *
 * Understands %s %.*s %c %d %i %u %x %ld %lu %lx %lld %llu %llx %zu %zd %p and %%, with an optional zero flag
 * and minimum width. Nothing else: a conversion it does not know is copied as it stands. Always terminates.
 */
#ifndef BASE_FMT_H
#define BASE_FMT_H

#include "base/base.h"
#include <stdarg.h>

/* Writes at most cap - 1 bytes and a zero; returns the number of bytes written without the zero. */
size_t fmt_into(char *out, size_t cap, const char *fmt, ...) PRINTF_LIKE(3, 4);
size_t fmt_into_v(char *out, size_t cap, const char *fmt, va_list args);

/* Decimal text of a u128 without padding; out holds at least 40 bytes. Returns its length. */
size_t fmt_u128(char out[40], u128 v);

#endif /* BASE_FMT_H */
