/* crypto/ss58.h — account addresses: base58( prefix, body, checksum ).
 *
 * Strict: the checksum, the length and the prefix form are checked, prefixes 46 and 47 are reserved and
 * refused, and there is exactly one text for a (prefix, body) pair. Freestanding. Vectors:
 * tests/vectors/substrate/ss58.json. */
#ifndef CRYPTO_SS58_H
#define CRYPTO_SS58_H

#include "base/bytes.h"
#include "base/err.h"

#define SS58_PREFIX_GENERIC 42
#define SS58_PREFIX_MAX 16383
#define SS58_BODY_MAX 33
#define SS58_TEXT_CAP 56 /* longest address (2-byte prefix, 33-byte body) and its terminating zero */

struct ss58 {
    uint16_t prefix;
    uint8_t body[SS58_BODY_MAX];
    size_t body_len; /* 1, 2, 4, 8, 32 or 33 */
};

/* Text of an account under a network prefix, zero-terminated; returns its length. The prefix must be valid
 * (ss58_prefix_ok, asserted). */
size_t ss58_encode_account(char out[SS58_TEXT_CAP], uint16_t prefix, const struct account_id *account);
/* Any body. ERR_USAGE for a reserved prefix or a body length that has no form. */
FALLIBLE ss58_encode(char out[SS58_TEXT_CAP], const struct ss58 *address, struct err *e);

/* Any network, any body. ERR_MALFORMED. */
FALLIBLE ss58_decode(struct ss58 *out, struct bytes text, struct err *e);
/* A 32-byte account of the demanded network. ERR_MALFORMED; ERR_REJECTED for another network or another body.
 */
FALLIBLE ss58_decode_account(struct account_id *out, struct bytes text, uint16_t prefix, struct err *e);

bool ss58_prefix_ok(uint16_t prefix);

#endif /* CRYPTO_SS58_H */
