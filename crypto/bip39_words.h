/* crypto/bip39_words.h — the English word list of BIP-39. */
#ifndef CRYPTO_BIP39_WORDS_H
#define CRYPTO_BIP39_WORDS_H

#define BIP39_WORD_COUNT 2048
#define BIP39_WORD_CAP 9 /* 8 letters at most, terminating zero */

extern const char bip39_words[BIP39_WORD_COUNT][BIP39_WORD_CAP];

#endif /* CRYPTO_BIP39_WORDS_H */
