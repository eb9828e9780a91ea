/* crypto/ss58.c — base58 and the SS58 address form. */
#include "crypto/ss58.h"

#include "crypto/hash.h"

#define RAW_MAX (2 + SS58_BODY_MAX + 2) /* prefix, body, checksum */
#define TEXT_MAX (SS58_TEXT_CAP - 1)

static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

bool ss58_prefix_ok(uint16_t prefix)
{
    return prefix <= SS58_PREFIX_MAX && prefix != 46 && prefix != 47;
}

/* Checksum bytes of a body of this length; 0 when no address has such a body. Longer checksums of short
 * bodies exist on paper but nothing writes them. */
static size_t checksum_len(size_t body_len)
{
    switch (body_len) {
    case 1:
    case 2:
    case 4:
    case 8:
        return 1;
    case 32:
    case 33:
        return 2;
    default:
        return 0;
    }
}

static void checksum(uint8_t out[64], struct bytes prefix_and_body)
{
    struct blake2b b;
    blake2b_init(&b, 64);
    blake2b_update(&b, BYTES_LIT("SS58PRE"));
    blake2b_update(&b, prefix_and_body);
    blake2b_final(&b, out);
}

/* Repeated division by 58: quadratic, but over at most RAW_MAX bytes. Returns the text's length. */
static size_t base58_encode(char out[SS58_TEXT_CAP], const uint8_t *raw, size_t raw_len)
{
    uint8_t digits[TEXT_MAX] = {0}; /* least significant first */
    size_t count = 0, zeros = 0;
    while (zeros < raw_len && raw[zeros] == 0)
        zeros++;
    for (size_t i = zeros; i < raw_len; i++) {
        uint32_t carry = raw[i];
        for (size_t j = 0; j < count || carry != 0; j++) {
            ASSERT(j < TEXT_MAX);
            carry += (uint32_t)digits[j] << 8;
            digits[j] = (uint8_t)(carry % 58);
            carry /= 58;
            if (j >= count)
                count = j + 1;
        }
    }
    ASSERT(zeros + count <= TEXT_MAX);
    size_t len = 0;
    while (len < zeros)
        out[len++] = alphabet[0];
    while (count > 0)
        out[len++] = alphabet[digits[--count]];
    out[len] = '\0';
    return len;
}

static int digit_of(uint8_t c)
{
    for (int i = 0; i < 58; i++)
        if ((uint8_t)alphabet[i] == c)
            return i;
    return -1;
}

/* Returns the number of bytes, or 0 when the text is not base58 or holds more than RAW_MAX bytes. */
static size_t base58_decode(uint8_t out[RAW_MAX], struct bytes text)
{
    uint8_t raw[RAW_MAX] = {0}; /* least significant first */
    size_t count = 0, zeros = 0;
    if (text.len > TEXT_MAX)
        return 0;
    while (zeros < text.len && text.p[zeros] == (uint8_t)alphabet[0])
        zeros++;
    for (size_t i = zeros; i < text.len; i++) {
        int digit = digit_of(text.p[i]);
        if (digit < 0)
            return 0;
        uint32_t carry = (uint32_t)digit;
        for (size_t j = 0; j < count || carry != 0; j++) {
            if (j == RAW_MAX)
                return 0;
            carry += (uint32_t)raw[j] * 58;
            raw[j] = (uint8_t)carry;
            carry >>= 8;
            if (j >= count)
                count = j + 1;
        }
    }
    if (zeros + count > RAW_MAX)
        return 0;
    memset(out, 0, zeros);
    for (size_t i = 0; i < count; i++)
        out[zeros + i] = raw[count - 1 - i];
    return zeros + count;
}

static size_t put_prefix(uint8_t out[2], uint16_t prefix)
{
    if (prefix < 64) {
        out[0] = (uint8_t)prefix;
        return 1;
    }
    out[0] = (uint8_t)((prefix & 0xfc) >> 2 | 0x40);
    out[1] = (uint8_t)(prefix >> 8 | (prefix & 3) << 6);
    return 2;
}

FALLIBLE ss58_encode(char out[SS58_TEXT_CAP], const struct ss58 *address, struct err *e)
{
    size_t check_len = checksum_len(address->body_len);
    if (check_len == 0)
        return FAIL(e, ERR_USAGE, "no address form for a body of %zu bytes", address->body_len);
    if (!ss58_prefix_ok(address->prefix))
        return FAIL(e, ERR_USAGE, "address prefix %u is reserved or out of range", address->prefix);
    uint8_t raw[RAW_MAX], check[64];
    size_t len = put_prefix(raw, address->prefix);
    memcpy(raw + len, address->body, address->body_len);
    len += address->body_len;
    checksum(check, bytes_of(raw, len));
    memcpy(raw + len, check, check_len);
    (void)base58_encode(out, raw, len + check_len);
    return ERR_OK;
}

size_t ss58_encode_account(char out[SS58_TEXT_CAP], uint16_t prefix, const struct account_id *account)
{
    struct ss58 a = {.prefix = prefix, .body_len = sizeof account->b};
    memcpy(a.body, account->b, sizeof account->b);
    struct err e;
    enum err_code code = ss58_encode(out, &a, &e);
    ASSERT(code == ERR_OK);
    return strlen(out);
}

FALLIBLE ss58_decode(struct ss58 *out, struct bytes text, struct err *e)
{
    uint8_t raw[RAW_MAX], check[64];
    size_t len = base58_decode(raw, text);
    if (len == 0)
        return FAIL(e, ERR_MALFORMED, "address: not base58 of at most %d bytes", RAW_MAX);
    size_t at = raw[0] < 64 ? 1 : 2;
    if (raw[0] >= 128 || len < at)
        return FAIL(e, ERR_MALFORMED, "address: first byte %u begins no prefix", raw[0]);
    struct ss58 a = {.prefix = raw[0]};
    if (at == 2) {
        a.prefix = (uint16_t)((raw[0] & 0x3f) << 2 | raw[1] >> 6 | (raw[1] & 0x3f) << 8);
        if (a.prefix < 64)
            return FAIL(e, ERR_MALFORMED, "address: prefix %u in the long form", a.prefix);
    }
    if (!ss58_prefix_ok(a.prefix))
        return FAIL(e, ERR_MALFORMED, "address: prefix %u is reserved", a.prefix);
    /* Bodies of 32 and 33 bytes carry two bytes of checksum, shorter ones one: the lengths never collide. */
    size_t check_len = len - at >= 34 ? 2 : 1;
    a.body_len = len - at > check_len ? len - at - check_len : 0;
    if (checksum_len(a.body_len) != check_len)
        return FAIL(e, ERR_MALFORMED, "address: %zu bytes fit no form", len);
    checksum(check, bytes_of(raw, at + a.body_len));
    if (memcmp(check, raw + at + a.body_len, check_len) != 0)
        return FAIL(e, ERR_MALFORMED, "address: checksum does not match, is it mistyped?");
    memcpy(a.body, raw + at, a.body_len);
    *out = a;
    return ERR_OK;
}

FALLIBLE ss58_decode_account(struct account_id *out, struct bytes text, uint16_t prefix, struct err *e)
{
    struct ss58 a;
    TRY(ss58_decode(&a, text, e));
    if (a.body_len != sizeof out->b)
        return FAIL(e, ERR_REJECTED, "address: %zu bytes, an account has 32", a.body_len);
    if (a.prefix != prefix)
        return FAIL(e, ERR_REJECTED, "address: of network %u, expected %u", a.prefix, prefix);
    memcpy(out->b, a.body, sizeof out->b);
    return ERR_OK;
}
