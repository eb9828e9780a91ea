/* crypto/mnemonic.c — BIP-39 phrases and substrate-bip39 seeds. */
#include "crypto/mnemonic.h"

#include "crypto/bip39_words.h"
#include "crypto/hmac.h"
#include "crypto/random.h"
#include "crypto/wipe.h"

#define WORDS_MAX 24
#define PASSWORD_MAX 256
#define ROUNDS 2048

/* Each word is 11 bits; 32 bits of entropy carry one bit of checksum: 12 words are 128 + 4 bits. */
static bool count_ok(size_t words)
{
    return words >= 12 && words <= WORDS_MAX && words % 3 == 0;
}

/* Position of a word in the sorted list, or -1. */
static int word_index(struct bytes word)
{
    int low = 0, high = BIP39_WORD_COUNT - 1;
    while (low <= high) {
        int mid = (low + high) / 2;
        int c = bytes_cmp(word, bytes_of_str(bip39_words[mid]));
        if (c == 0)
            return mid;
        if (c < 0)
            high = mid - 1;
        else
            low = mid + 1;
    }
    return -1;
}

static void put_bits11(uint8_t *bits, size_t word, unsigned index)
{
    for (size_t i = 0; i < 11; i++) {
        size_t at = word * 11 + i;
        if ((index >> (10 - i) & 1u) != 0)
            bits[at / 8] |= (uint8_t)(0x80u >> (at % 8));
    }
}

static unsigned get_bits11(const uint8_t *bits, size_t word)
{
    unsigned index = 0;
    for (size_t i = 0; i < 11; i++) {
        size_t at = word * 11 + i;
        index = index << 1 | (bits[at / 8] >> (7 - at % 8) & 1u);
    }
    return index;
}

/* Reads the words into bits; returns their number, 0 after filling `e`. */
static size_t read_words(uint8_t bits[33], struct bytes phrase, struct err *e)
{
    size_t count = 0, at = 0;
    while (at <= phrase.len) {
        size_t end = at;
        while (end < phrase.len && phrase.p[end] != ' ')
            end++;
        int index = end == at ? -1 : word_index(bytes_of(phrase.p + at, end - at));
        if (index < 0 || count == WORDS_MAX) {
            (void)FAIL(e, ERR_MALFORMED, "phrase: word %zu %s", count + 1,
                       index < 0 ? "is not in the English word list" : "is one too many");
            return 0;
        }
        put_bits11(bits, count++, (unsigned)index);
        at = end + 1;
    }
    if (!count_ok(count)) {
        (void)FAIL(e, ERR_MALFORMED, "phrase: %zu words, expected 12, 15, 18, 21 or 24", count);
        return 0;
    }
    return count;
}

static uint8_t checksum_byte(const uint8_t *entropy, size_t len)
{
    uint8_t digest[32];
    sha256(digest, bytes_of(entropy, len));
    uint8_t mask = (uint8_t)(0xff00u >> (len / 4)); /* the first len / 4 bits */
    return digest[0] & mask;
}

FALLIBLE mnemonic_decode(struct mnemonic_entropy *out, struct bytes phrase, struct err *e)
{
    uint8_t bits[33] = {0};
    enum err_code code = ERR_OK;
    size_t count = read_words(bits, phrase, e);
    size_t len = count / 3 * 4;
    if (count == 0)
        code = e->code;
    else if (bits[len] != checksum_byte(bits, len))
        code = FAIL(e, ERR_MALFORMED, "phrase: checksum does not match, is a word mistyped?");
    if (code == ERR_OK) {
        memset(out, 0, sizeof *out);
        memcpy(out->b, bits, len);
        out->len = len;
    }
    wipe(bits, sizeof bits);
    return code;
}

void mnemonic_encode(char out[MNEMONIC_TEXT_CAP], const struct mnemonic_entropy *entropy)
{
    size_t words = entropy->len / 4 * 3;
    ASSERT(entropy->len <= MNEMONIC_ENTROPY_MAX && entropy->len % 4 == 0 && count_ok(words));
    uint8_t bits[33] = {0};
    memcpy(bits, entropy->b, entropy->len);
    bits[entropy->len] = checksum_byte(entropy->b, entropy->len);
    size_t at = 0;
    for (size_t i = 0; i < words; i++) {
        const char *word = bip39_words[get_bits11(bits, i)];
        size_t len = strlen(word);
        if (i > 0)
            out[at++] = ' ';
        memcpy(out + at, word, len);
        at += len;
    }
    out[at] = '\0';
    wipe(bits, sizeof bits);
}

void mnemonic_generate(char out[MNEMONIC_TEXT_CAP])
{
    struct mnemonic_entropy entropy = {.len = 16};
    random_bytes(entropy.b, entropy.len);
    mnemonic_encode(out, &entropy);
    wipe(&entropy, sizeof entropy);
}

FALLIBLE mnemonic_seed(uint8_t out[32], const struct mnemonic_entropy *entropy, struct bytes password,
                       struct err *e)
{
    static const uint8_t prefix[8] = {'m', 'n', 'e', 'm', 'o', 'n', 'i', 'c'};
    if (password.len > PASSWORD_MAX)
        return FAIL(e, ERR_LIMIT, "password of %zu bytes, at most %d", password.len, PASSWORD_MAX);
    uint8_t salt[sizeof prefix + PASSWORD_MAX];
    memcpy(salt, prefix, sizeof prefix);
    if (password.len > 0)
        memcpy(salt + sizeof prefix, password.p, password.len);
    CLEANUP(secret64_fini) struct secret64 seed;
    pbkdf2_sha512(seed.b, bytes_of(entropy->b, entropy->len), bytes_of(salt, sizeof prefix + password.len),
                  ROUNDS);
    memcpy(out, seed.b, 32);
    wipe(salt, sizeof salt);
    return ERR_OK;
}
