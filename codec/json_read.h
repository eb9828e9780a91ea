/* codec/json_read.h — a strict pull reader of JSON text (RFC 8259) for code without a library.
 *
 * Failures stick as in base/reader.h: later takes return empty values and the loops end. Depth is bounded by
 * JSON_DEPTH_MAX, text must be UTF-8, duplicate keys are the caller's to judge. Strings without escapes are
 * views into the input, others are in the arena.
 *
 *     struct json_reader j = json_reader_of(arena, text);
 *     struct bytes key;
 *     json_object_begin(&j);
 *     while (json_object_next(&j, &key)) {
 *         if (bytes_eq(key, BYTES_LIT("name")))
 *             name = json_take_string(&j);
 *         else
 *             json_fail(&j, "unknown key");
 *     }
 *     TRY(json_end(&j, "genesis", e)); */
#ifndef CODEC_JSON_READ_H
#define CODEC_JSON_READ_H

#include "base/arena.h"
#include "base/err.h"

enum { JSON_DEPTH_MAX = 64 };

enum json_kind {
    JSON_KIND_NONE, /* end of input, or not the start of a value, or failed */
    JSON_KIND_NULL,
    JSON_KIND_BOOL,
    JSON_KIND_NUMBER,
    JSON_KIND_STRING,
    JSON_KIND_ARRAY,
    JSON_KIND_OBJECT,
};

struct json_reader {
    struct arena *arena;
    struct bytes in;
    size_t at;
    const char *failed; /* a string literal, or NULL */
    uint32_t depth;
    uint64_t in_object; /* bit d - 1: the container at depth d is an object */
    uint64_t has_items; /* bit d - 1: it has had an item */
};

struct json_reader json_reader_of(struct arena *a, struct bytes in);
void json_fail(struct json_reader *j, const char *why); /* the first reason sticks; a string literal */
static inline bool json_ok(const struct json_reader *j)
{
    return j->failed == NULL;
}

/* What the next value is, without taking it. */
enum json_kind json_peek(struct json_reader *j);

void json_take_null(struct json_reader *j);
bool json_take_bool(struct json_reader *j);
struct bytes json_take_string(struct json_reader *j);
struct bytes json_take_number(struct json_reader *j); /* its text, as it stands; a view */
/* Unsigned decimal integers, as a number or as a string of digits. */
uint64_t json_take_u64(struct json_reader *j);
u128 json_take_u128(struct json_reader *j);
/* A string "0x…" as bytes in the arena. */
struct bytes json_take_hex(struct json_reader *j);

void json_object_begin(struct json_reader *j);
bool json_object_next(struct json_reader *j,
                      struct bytes *key); /* then take its value; false: the object ended */
void json_array_begin(struct json_reader *j);
bool json_array_next(struct json_reader *j); /* then take the item; false: the array ended */
void json_skip(struct json_reader *j);       /* any value */

/* Reports the sticky failure as "what: why at byte n", or text left over. ERR_MALFORMED. */
FALLIBLE json_end(struct json_reader *j, const char *what, struct err *e);

#endif /* CODEC_JSON_READ_H */
