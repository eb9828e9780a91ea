/* sdk/account.c — addresses and amounts as text. */
#include "sdk/account.h"
#include "base/fmt.h"
#include "base/hex.h"

static const uint64_t UNIT_PLANCK = UINT64_C(1000000000000);

FALLIBLE sdk_account_parse(struct account_id *out, struct bytes text, uint16_t ss58_prefix, struct err *e)
{
    struct account_id account;

    if (bytes_starts_with(text, BYTES_LIT("0x"))) {
        if (text.len != 66 || !hex_decode_into(account.b, sizeof account.b, text))
            return FAIL(e, ERR_MALFORMED, "an account in hex has 0x and 64 digits");
        *out = account;
        return ERR_OK;
    }
    return ss58_decode_account(out, text, ss58_prefix, e);
}

void sdk_account_text(char out[SS58_TEXT_CAP], const struct account_id *account, uint16_t ss58_prefix)
{
    ss58_encode_account(out, ss58_prefix, account);
}

static bool ends_with(struct bytes *text, struct bytes suffix)
{
    if (text->len < suffix.len || memcmp(text->p + text->len - suffix.len, suffix.p, suffix.len) != 0)
        return false;
    text->len -= suffix.len;
    while (text->len > 0 && text->p[text->len - 1] == ' ')
        text->len--;
    return true;
}

/* value = value * 10 + digit */
static bool push_digit(u128 *value, uint8_t digit)
{
    u128 v;

    return !__builtin_mul_overflow(*value, 10, &v) && !__builtin_add_overflow(v, digit, value);
}

struct digits {
    u128 value;
    uint32_t whole, places; /* digits before and after the point */
    bool point;
};

static bool read_digits(struct digits *d, struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.p[i];
        if (c == '.' && !d->point && d->whole > 0) {
            d->point = true;
            continue;
        }
        if (c == '_' && !d->point && d->whole > 0)
            continue;
        if (c < '0' || c > '9' || !push_digit(&d->value, (uint8_t)(c - '0')))
            return false;
        if (d->point)
            d->places++;
        else
            d->whole++;
    }
    return d->whole > 0 && (!d->point || d->places > 0);
}

FALLIBLE sdk_amount_parse(struct balance *out, struct bytes text, struct err *e)
{
    struct digits d = {0};
    bool planck = ends_with(&text, BYTES_LIT("planck"));
    uint32_t decimals = planck ? 0 : SDK_UNIT_DECIMALS;

    if (!planck)
        (void)ends_with(&text, BYTES_LIT("UNIT"));
    if (text.len > 64 || !read_digits(&d, text))
        return FAIL(e, ERR_MALFORMED, "\"%.*s\" is no amount: write 1.5, \"10 UNIT\" or \"500 planck\"",
                    (int)(text.len > 64 ? 64 : text.len), (const char *)text.p);
    if (d.places > decimals)
        return FAIL(e, ERR_MALFORMED, "\"%.*s\" has more than %u places after the point", (int)text.len,
                    (const char *)text.p, decimals);
    for (uint32_t i = d.places; i < decimals; i++)
        if (!push_digit(&d.value, 0))
            return FAIL(e, ERR_MALFORMED, "\"%.*s\" is more than there can be", (int)text.len,
                        (const char *)text.p);
    *out = balance_of_u128(d.value);
    return ERR_OK;
}

void sdk_amount_text(char out[SDK_AMOUNT_TEXT_CAP], struct balance amount)
{
    u128 v = balance_planck(amount);
    char whole[40], part[SDK_UNIT_DECIMALS + 1];
    u128 rest = v % UNIT_PLANCK;

    fmt_u128(whole, v / UNIT_PLANCK);
    fmt_into(part, sizeof part, "%012llu", (unsigned long long)rest);
    for (size_t i = SDK_UNIT_DECIMALS; i > 0 && part[i - 1] == '0'; i--)
        part[i - 1] = 0;
    fmt_into(out, SDK_AMOUNT_TEXT_CAP, "%s%s%s UNIT", whole, part[0] != 0 ? "." : "", part);
}
