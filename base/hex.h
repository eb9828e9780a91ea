/* base/hex.h — base-16 and base-64 text. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

/* Lower-case hex of `in` into out[2 * in.len + 1], zero-terminated. */
void hex_encode(char *out, struct bytes in);
/* "0x" and lower-case hex, zero-terminated, in the arena. */
char *hex0x(struct arena *a, struct bytes in);
/* Bytes of hex text (even length, either case) with or without "0x". ERR_MALFORMED. */
FALLIBLE hex_decode(struct arena *a, struct bytes *out, struct bytes text, struct err *e);
/* Exactly `len` bytes into out; false when the text is anything else. */
MUST_USE bool hex_decode_into(uint8_t *out, size_t len, struct bytes text);

/* Standard base-64 with padding (RFC 4648 section 4), both ways. */
char *base64_encode(struct arena *a, struct bytes in);
FALLIBLE base64_decode(struct arena *a, struct bytes *out, struct bytes text, struct err *e);

#endif /* BASE_HEX_H */
