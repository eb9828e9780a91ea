#include "attest/json.h"
#include "base/hex.h"
#include "codec/scale.h"

struct attest_json attest_json_of(struct bytes text)
{
    struct attest_json j = {.r = reader_of(text)};
    if (text.len > JSON_TEXT_MAX)
        reader_fail(&j.r, "text is too long");
    return j;
}

void attest_json_fail(struct attest_json *j, const char *why)
{
    reader_fail(&j->r, why);
}

/* The next byte, 0 at the end; not taken. NUL is no JSON anywhere, so the two need not be told apart. */
static uint8_t peek(const struct attest_json *j)
{
    return j->r.left > 0 ? *j->r.p : 0; /* nothing is left after a failure */
}

/* The same past white space. */
static uint8_t peek_token(struct attest_json *j)
{
    const uint8_t *p = j->r.p;
    size_t n = 0;

    while (n < j->r.left && (p[n] == ' ' || p[n] == '\t' || p[n] == '\n' || p[n] == '\r'))
        n++;
    (void)take_bytes(&j->r, n);
    return peek(j);
}

static void take_char(struct attest_json *j, uint8_t want, const char *why)
{
    if (peek(j) != want)
        reader_fail(&j->r, why);
    else
        (void)take_u8(&j->r);
}

static void enter(struct attest_json *j, bool object)
{
    (void)peek_token(j);
    take_char(j, object ? '{' : '[', object ? "object expected" : "array expected");
    if (!reader_ok(&j->r))
        return;
    if (j->depth == JSON_DEPTH_MAX) {
        reader_fail(&j->r, "nested too deeply");
        return;
    }
    j->level[j->depth].object = object;
    j->level[j->depth].begun = false;
    j->level[j->depth].count = 0;
    j->depth++;
}

void attest_json_enter_object(struct attest_json *j)
{
    enter(j, true);
}

void attest_json_enter_array(struct attest_json *j)
{
    enter(j, false);
}

/* Passes a comma or closes the innermost level: true when a member or element must follow. */
static bool next(struct attest_json *j, bool object)
{
    uint8_t c = peek_token(j), close = object ? '}' : ']';

    if (!reader_ok(&j->r))
        return false;
    ASSERT(j->depth > 0 && j->level[j->depth - 1].object == object); /* the caller's loops are paired */
    bool begun = j->level[j->depth - 1].begun;
    j->level[j->depth - 1].begun = true;
    if (c == close) {
        (void)take_u8(&j->r);
        j->depth--;
        return false;
    }
    if (begun) {
        take_char(j, ',', object ? "comma or end of object expected" : "comma or end of array expected");
        (void)peek_token(j);
    }
    return reader_ok(&j->r);
}

bool attest_json_member(struct attest_json *j, struct bytes *name)
{
    if (!next(j, true))
        return false;
    struct bytes got = attest_json_string(j);
    uint32_t count = j->level[j->depth - 1].count;
    struct bytes *names = j->level[j->depth - 1].names;
    if (reader_ok(&j->r) && count == JSON_MEMBERS_MAX)
        reader_fail(&j->r, "object has too many members");
    for (uint32_t i = 0; reader_ok(&j->r) && i < count; i++) {
        if (bytes_eq(names[i], got))
            reader_fail(&j->r, "member occurs twice");
    }
    (void)peek_token(j);
    take_char(j, ':', "colon expected");
    if (!reader_ok(&j->r))
        return false;
    names[count] = got;
    j->level[j->depth - 1].count = count + 1;
    *name = got;
    return true;
}

bool attest_json_element(struct attest_json *j)
{
    return next(j, false);
}

/* Four hex digits. */
static uint32_t take_code_unit(struct attest_json *j)
{
    uint8_t b[2] = {0};
    struct bytes digits = take_bytes(&j->r, 4);
    if (reader_ok(&j->r) && !hex_decode_into(b, 2, digits))
        reader_fail(&j->r, "bad escape in a string");
    return (uint32_t)b[0] << 8 | b[1];
}

/* What follows a backslash. */
static void skip_escape(struct attest_json *j)
{
    uint8_t c = take_u8(&j->r);

    if (c != 'u') {
        if (c == 0 || memchr("\"\\/bfnrt", c, 8) == NULL)
            reader_fail(&j->r, "bad escape in a string");
        return;
    }
    uint32_t unit = take_code_unit(j);
    if (unit >= 0xd800 && unit <= 0xdbff) {
        take_char(j, '\\', "lone surrogate in a string");
        take_char(j, 'u', "lone surrogate in a string");
        uint32_t low = take_code_unit(j);
        if (low < 0xdc00 || low > 0xdfff)
            reader_fail(&j->r, "lone surrogate in a string");
    } else if (unit == 0 || (unit >= 0xdc00 && unit <= 0xdfff)) {
        reader_fail(&j->r, "NUL or lone surrogate in a string");
    }
}

/* Characters that stand for themselves and are no letters of other alphabets: nearly all there are. */
static void skip_plain(struct attest_json *j)
{
    const uint8_t *p = j->r.p;
    size_t n = 0;

    while (n < j->r.left && p[n] >= ' ' && p[n] < 0x80 && p[n] != '"' && p[n] != '\\')
        n++;
    (void)take_bytes(&j->r, n);
}

/* The characters between the quotes. */
static struct bytes take_string(struct attest_json *j, bool escapes)
{
    (void)peek_token(j);
    take_char(j, '"', "string expected");
    const uint8_t *start = j->r.p;
    while (reader_ok(&j->r)) {
        skip_plain(j);
        uint8_t c = peek(j);
        if (c == '"') {
            struct bytes s = bytes_of(start, (size_t)(j->r.p - start));
            (void)take_u8(&j->r);
            return s;
        }
        if (c == '\\' && escapes) {
            (void)take_u8(&j->r);
            skip_escape(j);
        } else if (c < ' ' || c == '\\') {
            reader_fail(&j->r, c == '\\' ? "string with an escape" : "string does not end");
        } else {
            size_t len = utf8_sequence_len(bytes_of(j->r.p, j->r.left), 0);
            if (len == 0)
                reader_fail(&j->r, "string is not UTF-8");
            (void)take_bytes(&j->r, len);
        }
    }
    return BYTES_EMPTY;
}

struct bytes attest_json_string(struct attest_json *j)
{
    return take_string(j, false);
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

uint64_t attest_json_uint(struct attest_json *j, uint64_t max)
{
    uint64_t v = 0;
    uint8_t first = peek_token(j);

    if (!is_digit(first)) {
        reader_fail(&j->r, "non-negative integer expected");
        return 0;
    }
    while (is_digit(peek(j))) {
        uint64_t d = (uint64_t)(take_u8(&j->r) - '0');
        if (v > max / 10 || v * 10 > max - d || d > max) {
            reader_fail(&j->r, "integer is too large");
            return 0;
        }
        if (first == '0' && is_digit(peek(j)))
            reader_fail(&j->r, "integer with a leading zero");
        v = v * 10 + d;
    }
    uint8_t after = peek(j);
    if (after == '.' || after == 'e' || after == 'E')
        reader_fail(&j->r, "integer expected, not a fraction or exponent");
    return reader_ok(&j->r) ? v : 0;
}

void attest_json_hex(struct attest_json *j, uint8_t *out, size_t len)
{
    struct bytes text = attest_json_string(j);

    if (!reader_ok(&j->r))
        return;
    if (text.len != 2 * len || !hex_decode_into(out, len, text)) /* the length leaves no room for "0x" */
        reader_fail(&j->r, "hex digits of another number expected");
}

static void skip_digits(struct attest_json *j)
{
    if (!is_digit(peek(j)))
        reader_fail(&j->r, "bad number");
    while (is_digit(peek(j)))
        (void)take_u8(&j->r);
}

static void skip_number(struct attest_json *j)
{
    if (peek(j) == '-')
        (void)take_u8(&j->r);
    if (peek(j) == '0')
        (void)take_u8(&j->r);
    else
        skip_digits(j);
    if (peek(j) == '.') {
        (void)take_u8(&j->r);
        skip_digits(j);
    }
    if (peek(j) == 'e' || peek(j) == 'E') {
        (void)take_u8(&j->r);
        if (peek(j) == '+' || peek(j) == '-')
            (void)take_u8(&j->r);
        skip_digits(j);
    }
}

static void skip_word(struct attest_json *j, struct bytes word)
{
    if (!bytes_eq(take_bytes(&j->r, word.len), word))
        reader_fail(&j->r, "value expected");
}

/* A scalar, or into an object or array. */
static void skip_or_enter(struct attest_json *j)
{
    switch (peek_token(j)) {
    case '{':
        attest_json_enter_object(j);
        break;
    case '[':
        attest_json_enter_array(j);
        break;
    case '"':
        (void)take_string(j, true);
        break;
    case 't':
        skip_word(j, BYTES_LIT("true"));
        break;
    case 'f':
        skip_word(j, BYTES_LIT("false"));
        break;
    case 'n':
        skip_word(j, BYTES_LIT("null"));
        break;
    default:
        skip_number(j);
    }
}

struct bytes attest_json_skip(struct attest_json *j)
{
    uint32_t depth = j->depth;
    struct bytes name;

    (void)peek_token(j);
    const uint8_t *start = j->r.p;
    skip_or_enter(j);
    while (reader_ok(&j->r) && j->depth > depth) {
        bool more = j->level[j->depth - 1].object ? attest_json_member(j, &name) : attest_json_element(j);
        if (more)
            skip_or_enter(j);
    }
    return reader_ok(&j->r) ? bytes_of(start, (size_t)(j->r.p - start)) : BYTES_EMPTY;
}

int attest_json_known(struct attest_json *j, const char *const *names, uint32_t count, uint32_t *seen)
{
    struct bytes name = BYTES_EMPTY;

    while (attest_json_member(j, &name)) {
        for (uint32_t i = 0; i < count; i++) {
            if (bytes_eq(name, bytes_of_str(names[i]))) {
                *seen |= 1u << i;
                return (int)i;
            }
        }
        (void)attest_json_skip(j);
    }
    return -1;
}

uint32_t attest_json_count(struct attest_json *j)
{
    struct reader here = j->r;
    uint32_t count = 0;

    attest_json_enter_array(j);
    while (attest_json_element(j)) {
        (void)attest_json_skip(j);
        count++;
    }
    if (!reader_ok(&j->r))
        return 0;
    j->r = here; /* and the levels outside the array were not touched */
    return count;
}

enum err_code attest_json_end(struct attest_json *j, const char *what, struct err *e)
{
    (void)peek_token(j);
    ASSERT(!reader_ok(&j->r) || j->depth == 0);
    return reader_end(&j->r, what, e);
}
