/* crypto/ristretto.h — s * B - k * A on ristretto255 for signature verification, faster than libsodium can.
 *
 * libsodium offers only constant-time multiplications, one point at a time. A verifier knows no secrets, so
 * this file has its own arithmetic that does both at once in variable time (half the cost). It also refuses
 * what RFC 9496 and schnorrkel refuse and libsodium 1.0.18 does not: encodings with the top bit set. NEVER
 * call it with a secret scalar. Held to libsodium by tests over random, edge and malformed inputs. Sources:
 * RFC 9496 section 4 (encoding and decoding), RFC 8032 section 5.1.4 (addition formulas), NAF of HMV 3.35. */
#ifndef CRYPTO_RISTRETTO_H
#define CRYPTO_RISTRETTO_H

#include "base/bytes.h"

/* Is the little-endian scalar below the group order? Same time for every value. */
MUST_USE bool ristretto_scalar_ok(const uint8_t scalar[32]);

/* out = encoding of s * B - k * A; false when `a` is no canonical encoding. s and k below the group order. */
MUST_USE bool ristretto_check_point(uint8_t out[32], const uint8_t s[32], const uint8_t k[32],
                                    const uint8_t a[32]);

#endif /* CRYPTO_RISTRETTO_H */
