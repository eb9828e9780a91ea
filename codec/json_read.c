#include "codec/json_read.h"
#include "base/hex.h"
#include "base/int.h"
#include "codec/scale.h"

struct json_reader json_reader_of(struct arena *a, struct bytes in)
{
    return (struct json_reader){.arena = a, .in = in};
}

void json_fail(struct json_reader *j, const char *why)
{
    if (j->failed == NULL)
        j->failed = why;
}

/* The byte at hand, or -1 at the end or after a failure. */
static int at_hand(const struct json_reader *j)
{
    return j->failed == NULL && j->at < j->in.len ? j->in.p[j->at] : -1;
}

static void skip_blanks(struct json_reader *j)
{
    int c = at_hand(j);
    while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        j->at++;
        c = at_hand(j);
    }
}

static bool accept(struct json_reader *j, char c)
{
    if (at_hand(j) != c)
        return false;
    j->at++;
    return true;
}

static void expect(struct json_reader *j, char c, const char *why)
{
    if (!accept(j, c))
        json_fail(j, why);
}

static bool accept_word(struct json_reader *j, const char *word)
{
    size_t len = strlen(word);
    if (j->failed != NULL || !bytes_starts_with(bytes_from(j->in, j->at), bytes_of(word, len)))
        return false;
    j->at += len;
    return true;
}

enum json_kind json_peek(struct json_reader *j)
{
    skip_blanks(j);
    switch (at_hand(j)) {
    case 'n':
        return JSON_KIND_NULL;
    case 't':
    case 'f':
        return JSON_KIND_BOOL;
    case '"':
        return JSON_KIND_STRING;
    case '[':
        return JSON_KIND_ARRAY;
    case '{':
        return JSON_KIND_OBJECT;
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return JSON_KIND_NUMBER;
    default:
        return JSON_KIND_NONE;
    }
}

void json_take_null(struct json_reader *j)
{
    skip_blanks(j);
    if (!accept_word(j, "null"))
        json_fail(j, "null expected");
}

bool json_take_bool(struct json_reader *j)
{
    skip_blanks(j);
    if (accept_word(j, "true"))
        return true;
    if (!accept_word(j, "false"))
        json_fail(j, "true or false expected");
    return false;
}

/* Digits, at least one. */
static void take_digits(struct json_reader *j)
{
    size_t start = j->at;
    while (at_hand(j) >= '0' && at_hand(j) <= '9')
        j->at++;
    if (j->at == start)
        json_fail(j, "digit expected");
}

struct bytes json_take_number(struct json_reader *j)
{
    skip_blanks(j);
    size_t start = j->at;

    (void)accept(j, '-');
    if (!accept(j, '0'))
        take_digits(j);
    else if (at_hand(j) >= '0' && at_hand(j) <= '9')
        json_fail(j, "number begins with a zero");
    if (accept(j, '.'))
        take_digits(j);
    if (accept(j, 'e') || accept(j, 'E')) {
        if (!accept(j, '+'))
            (void)accept(j, '-');
        take_digits(j);
    }
    return j->failed != NULL ? BYTES_EMPTY : bytes_of(j->in.p + start, j->at - start);
}

/* Four hex digits at hand as a UTF-16 unit. */
static uint32_t take_unit(struct json_reader *j)
{
    uint8_t pair[2];
    if (j->failed != NULL || j->in.len - j->at < 4 ||
        !hex_decode_into(pair, sizeof pair, bytes_of(j->in.p + j->at, 4))) {
        json_fail(j, "\\u needs four hex digits");
        return 0;
    }
    j->at += 4;
    return (uint32_t)pair[0] << 8 | pair[1];
}

/* Writes the character of a \u escape, whose second half may follow in another; returns its length. */
static size_t take_unicode(struct json_reader *j, uint8_t *out)
{
    uint32_t c = take_unit(j);

    if (c >= 0xd800 && c <= 0xdbff && accept(j, '\\') && accept(j, 'u')) {
        uint32_t low = take_unit(j);
        if (low >= 0xdc00 && low <= 0xdfff)
            c = 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
    }
    if (c >= 0xd800 && c <= 0xdfff) {
        json_fail(j, "half of a surrogate pair");
        return 0;
    }
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = len; i > 1; i--, c >>= 6)
        out[i - 1] = (uint8_t)(0x80 | (c & 0x3f));
    out[0] = (uint8_t)(lead[len] | c);
    return len;
}

static size_t take_escape(struct json_reader *j, uint8_t *out)
{
    static const char shorts[] = "b\bf\fn\nr\rt\t\"\"\\\\//";
    int c = at_hand(j);

    if (c == 'u') {
        j->at++;
        return take_unicode(j, out);
    }
    for (size_t i = 0; i + 1 < sizeof shorts; i += 2) {
        if (c == shorts[i]) {
            j->at++;
            out[0] = (uint8_t)shorts[i + 1];
            return 1;
        }
    }
    json_fail(j, "unknown escape");
    return 0;
}

/* Moves behind the closing quote; false when there is none. *escaped says whether the text holds escapes. */
static bool string_span(const struct json_reader *j, size_t *end, bool *escaped)
{
    *escaped = false;
    for (size_t i = j->at; i < j->in.len && j->in.p[i] >= 0x20; i++) {
        if (j->in.p[i] == '"') {
            *end = i;
            return true;
        }
        if (j->in.p[i] == '\\') {
            *escaped = true;
            i++;
            if (i < j->in.len && j->in.p[i] < 0x20)
                return false;
        }
    }
    return false;
}

static struct bytes unescape(struct json_reader *j, size_t end)
{
    uint8_t *out = arena_alloc(j->arena, end - j->at); /* no escape is shorter than its character */
    size_t len = 0;

    while (j->at < end && j->failed == NULL) {
        uint8_t c = j->in.p[j->at++];
        if (c != '\\')
            out[len++] = c;
        else
            len += take_escape(j, out + len);
    }
    return bytes_of(out, len);
}

struct bytes json_take_string(struct json_reader *j)
{
    size_t end;
    bool escaped;

    skip_blanks(j);
    expect(j, '"', "string expected");
    if (j->failed != NULL)
        return BYTES_EMPTY;
    if (!string_span(j, &end, &escaped)) {
        json_fail(j, "string has no end, or a control character in it");
        return BYTES_EMPTY;
    }
    struct bytes raw = bytes_of(j->in.p + j->at, end - j->at);
    if (!utf8_valid(raw)) {
        json_fail(j, "string is not UTF-8");
        return BYTES_EMPTY;
    }
    struct bytes text = escaped ? unescape(j, end) : raw;
    if (j->failed != NULL)
        return BYTES_EMPTY;
    j->at = end + 1;
    return text;
}

u128 json_take_u128(struct json_reader *j)
{
    u128 v = 0;
    struct bytes text = json_peek(j) == JSON_KIND_STRING ? json_take_string(j) : json_take_number(j);
    if (!parse_u128(text, &v)) {
        json_fail(j, "unsigned integer expected");
        return 0;
    }
    return v;
}

uint64_t json_take_u64(struct json_reader *j)
{
    u128 v = json_take_u128(j);
    if (v > UINT64_MAX) {
        json_fail(j, "integer is over 64 bits");
        return 0;
    }
    return (uint64_t)v;
}

struct bytes json_take_hex(struct json_reader *j)
{
    struct bytes text = json_take_string(j);
    struct bytes out = BYTES_EMPTY;
    struct err e;

    if (!bytes_starts_with(text, BYTES_LIT("0x")) || hex_decode(j->arena, &out, text, &e) != ERR_OK) {
        json_fail(j, "0x and hex digits expected");
        return BYTES_EMPTY;
    }
    return out;
}

static void open_container(struct json_reader *j, char c, const char *why)
{
    skip_blanks(j);
    expect(j, c, why);
    if (j->failed == NULL && j->depth == JSON_DEPTH_MAX)
        json_fail(j, "nested too deeply");
    if (j->failed != NULL)
        return;
    uint64_t bit = (uint64_t)1 << j->depth;
    j->depth++;
    j->has_items &= ~bit;
    j->in_object = c == '{' ? j->in_object | bit : j->in_object & ~bit;
}

/* Moves to the next item of the innermost container; false when it closed, or on failure. */
static bool next_item(struct json_reader *j, bool object)
{
    if (j->failed != NULL)
        return false;
    ASSERT(j->depth > 0);
    uint64_t bit = (uint64_t)1 << (j->depth - 1);
    ASSERT(((j->in_object & bit) != 0) == object);
    skip_blanks(j);
    if (accept(j, object ? '}' : ']')) {
        j->depth--;
        return false;
    }
    if ((j->has_items & bit) != 0)
        expect(j, ',', object ? "comma or } expected" : "comma or ] expected");
    j->has_items |= bit;
    return j->failed == NULL;
}

void json_object_begin(struct json_reader *j)
{
    open_container(j, '{', "object expected");
}

bool json_object_next(struct json_reader *j, struct bytes *key)
{
    if (!next_item(j, true))
        return false;
    struct bytes name = json_take_string(j);
    skip_blanks(j);
    expect(j, ':', "colon expected");
    if (j->failed != NULL)
        return false;
    *key = name;
    return true;
}

void json_array_begin(struct json_reader *j)
{
    open_container(j, '[', "array expected");
}

bool json_array_next(struct json_reader *j)
{
    return next_item(j, false);
}

/* Recursion is bounded: containers nest at most JSON_DEPTH_MAX deep. */
void json_skip(struct json_reader *j)
{
    struct bytes key;

    switch (json_peek(j)) {
    case JSON_KIND_NULL:
        json_take_null(j);
        return;
    case JSON_KIND_BOOL:
        (void)json_take_bool(j);
        return;
    case JSON_KIND_NUMBER:
        (void)json_take_number(j);
        return;
    case JSON_KIND_STRING:
        (void)json_take_string(j);
        return;
    case JSON_KIND_ARRAY:
        json_array_begin(j);
        while (json_array_next(j))
            json_skip(j);
        return;
    case JSON_KIND_OBJECT:
        json_object_begin(j);
        while (json_object_next(j, &key))
            json_skip(j);
        return;
    case JSON_KIND_NONE:
        json_fail(j, "value expected");
        return;
    }
}

enum err_code json_end(struct json_reader *j, const char *what, struct err *e)
{
    skip_blanks(j);
    if (j->failed == NULL && j->depth > 0)
        json_fail(j, "a container was left open");
    if (j->failed == NULL && j->at < j->in.len)
        json_fail(j, "text left over");
    if (j->failed != NULL)
        return FAIL(e, ERR_MALFORMED, "%s: %s at byte %zu", what, j->failed, j->at);
    return ERR_OK;
}
