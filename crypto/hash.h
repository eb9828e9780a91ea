/* crypto/hash.h — the chain's hashes: BLAKE2b, XXH64 ("twox"), Keccak-256, SHA-256, SHA-384 and SHA-512.
 *
 * Freestanding and without state of its own: the runtime's WASM build compiles these files unchanged. Nothing
 * here fails and nothing allocates.
 *
 * Sources: RFC 7693 (BLAKE2b), the xxHash specification 0.1.1 (XXH64), FIPS 180-4 (SHA-2), Keccak submission
 * 3 (padding 01, not SHA3's 06). Vectors: tests/vectors/substrate/hash.json.
 *
 *     struct blake2b b;
 *     blake2b_init(&b, 32);
 *     blake2b_update(&b, part1);
 *     blake2b_update(&b, part2);
 *     blake2b_final(&b, digest); */
#ifndef CRYPTO_HASH_H
#define CRYPTO_HASH_H

#include "base/bytes.h"

struct blake2b {
    uint64_t h[8];
    uint64_t counter; /* bytes compressed; 2^64 is out of reach */
    uint8_t buf[128];
    size_t buf_len;
    size_t out_len;
};

struct sha256 {
    uint32_t h[8];
    uint64_t len; /* bytes taken so far */
    uint8_t buf[64];
};

/* SHA-512 and SHA-384 differ in the initial value and in how much of the result is given out. */
struct sha512 {
    uint64_t h[8];
    uint64_t len;
    uint8_t buf[128];
};

/* BLAKE2b without key, 1 <= out_len <= 64 (asserted). */
void blake2b_init(struct blake2b *b, size_t out_len);
void blake2b_update(struct blake2b *b, struct bytes in);
void blake2b_final(struct blake2b *b, uint8_t *out); /* out_len bytes; the state may not be used further */
void blake2b(uint8_t *out, size_t out_len, struct bytes in);
void blake2_256(uint8_t out[32], struct bytes in);
void blake2_128(uint8_t out[16], struct bytes in);

uint64_t xxhash64(uint64_t seed, struct bytes in);
/* XXH64 with seeds 0, 1, ... as little-endian words, one after the other. */
void twox_64(uint8_t out[8], struct bytes in);
void twox_128(uint8_t out[16], struct bytes in);
void twox_256(uint8_t out[32], struct bytes in);

/* The permutation over 25 lanes; lane i is bytes 8i..8i+7 of the state, little-endian. */
void keccak_f1600(uint64_t lanes[25]);
void keccak_256(uint8_t out[32], struct bytes in);

void sha256_init(struct sha256 *s);
void sha256_update(struct sha256 *s, struct bytes in);
void sha256_final(struct sha256 *s, uint8_t out[32]);
void sha256(uint8_t out[32], struct bytes in);

void sha512_init(struct sha512 *s);
void sha512_update(struct sha512 *s, struct bytes in);
void sha512_final(struct sha512 *s, uint8_t out[64]);
void sha512(uint8_t out[64], struct bytes in);

void sha384_init(struct sha512 *s);
void sha384_update(struct sha512 *s, struct bytes in);
void sha384_final(struct sha512 *s, uint8_t out[48]);
void sha384(uint8_t out[48], struct bytes in);

#endif /* CRYPTO_HASH_H */
