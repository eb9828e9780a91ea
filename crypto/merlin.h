/* crypto/merlin.h — Merlin transcripts over STROBE-128, as far as sr25519 needs them.
 *
 * Freestanding. A transcript is a plain value: copy it to fork it. Whoever fed it secrets wipes it.
 * Source: zkcrypto/merlin src/{strobe,transcript}.rs. Vectors: tests/vectors/substrate/sr25519.json
 * "primitives", "merlin". */
#ifndef CRYPTO_MERLIN_H
#define CRYPTO_MERLIN_H

#include "base/bytes.h"

struct merlin {
    uint64_t lanes[25]; /* the Keccak state; byte i is byte i % 8 of lane i / 8, little-endian */
    uint8_t pos;
    uint8_t pos_begin;
};

void merlin_init(struct merlin *m, struct bytes label);
void merlin_append(struct merlin *m, struct bytes label, struct bytes message); /* message under 2^32 bytes */
void merlin_challenge(struct merlin *m, struct bytes label, uint8_t *out, size_t len);

/* The signer's nonce: forks the transcript, rekeys the fork with the secret and with fresh randomness, and
 * squeezes. `m` itself does not change. */
void merlin_witness(const struct merlin *m, struct bytes label, struct bytes secret, const uint8_t fresh[32],
                    uint8_t *out, size_t len);

/* STROBE's state after its own initialisation, for the vectors. */
void strobe_init(struct merlin *m, struct bytes protocol);

#endif /* CRYPTO_MERLIN_H */
