/* crypto/mnemonic.h — BIP-39 phrases (English) and the seeds Substrate makes of them. Native only.
 *
 * Substrate derives the seed from the entropy, not from the words (substrate-bip39), so wallets of other
 * chains show other keys for the same phrase. */
#ifndef CRYPTO_MNEMONIC_H
#define CRYPTO_MNEMONIC_H

#include "base/bytes.h"
#include "base/err.h"

#define MNEMONIC_TEXT_CAP 216 /* 24 words of at most 8 letters, blanks, terminating zero */
#define MNEMONIC_ENTROPY_MAX 32

struct mnemonic_entropy {
    uint8_t b[MNEMONIC_ENTROPY_MAX];
    size_t len; /* 16, 20, 24, 28 or 32 */
};

/* Words separated by single blanks. ERR_MALFORMED for another count, an unknown word, a wrong checksum; the
 * message never repeats the words. The caller wipes the result. */
FALLIBLE mnemonic_decode(struct mnemonic_entropy *out, struct bytes phrase, struct err *e);
/* The phrase of an entropy of a valid length (asserted); zero-terminated. The caller wipes it. */
void mnemonic_encode(char out[MNEMONIC_TEXT_CAP], const struct mnemonic_entropy *entropy);
/* A fresh phrase of 12 words (128 random bits). */
void mnemonic_generate(char out[MNEMONIC_TEXT_CAP]);
/* The 32-byte seed ("mini-secret") of an entropy and a password (may be empty). ERR_LIMIT: password over 256
 * bytes. */
FALLIBLE mnemonic_seed(uint8_t out[32], const struct mnemonic_entropy *entropy, struct bytes password,
                       struct err *e);

#endif /* CRYPTO_MNEMONIC_H */
