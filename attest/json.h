/* attest/json.h — a strict pull reader of signed JSON text: no allocation, no recursion, no second meaning.
 *
 *     struct attest_json j = attest_json_of(text);
 *     struct bytes name;
 *     attest_json_enter_object(&j);
 *     while (attest_json_member(&j, &name)) {
 *         if (bytes_eq(name, BYTES_LIT("version")))
 *             version = attest_json_uint(&j, 3);
 *         else
 *             (void)attest_json_skip(&j);
 *     }
 *     TRY(attest_json_end(&j, "TCB info", e));
 *
 * Failures stick, as in base/reader.h; takes then give zeros and empty views and the loops end. Each member
 * or element must be taken exactly once. Views point into the text.
 *
 * Names occur once in an object: each is compared with those before it, which stays cheap because an object
 * has at most JSON_MEMBERS_MAX. Names and strings that are read carry no escapes, so that there is one
 * spelling of each; skipped values are checked in full (RFC 8259 and UTF-8; no NUL, no lone surrogates).
 * codec/json_read.h reads what people and clients send, escapes included; here nothing is lenient. Pure. */
#ifndef ATTEST_JSON_H
#define ATTEST_JSON_H

#include "base/reader.h"

enum { JSON_TEXT_MAX = 65536, JSON_DEPTH_MAX = 8, JSON_MEMBERS_MAX = 32 };

struct attest_json {
    struct reader r;
    uint32_t depth;
    struct {
        bool object, begun;
        uint32_t count; /* members so far */
        struct bytes names[JSON_MEMBERS_MAX];
    } level[JSON_DEPTH_MAX];
};

/* Of at most JSON_TEXT_MAX bytes; a longer text has failed already. */
struct attest_json attest_json_of(struct bytes text);
void attest_json_fail(struct attest_json *j, const char *why); /* the first reason sticks; a literal */
static inline bool attest_json_ok(const struct attest_json *j)
{
    return reader_ok(&j->r);
}

void attest_json_enter_object(struct attest_json *j);
void attest_json_enter_array(struct attest_json *j);
/* Is there another member, element? False closes the object or array, and ends loops after a failure. */
bool attest_json_member(struct attest_json *j, struct bytes *name);
bool attest_json_element(struct attest_json *j);

/* The index in `names` (at most 32) of the next member that is listed there, whose bit is then set in *seen;
 * others are skipped. -1 when no more follow, or after a failure. */
int attest_json_known(struct attest_json *j, const char *const *names, uint32_t count, uint32_t *seen);

/* A string without escapes. */
struct bytes attest_json_string(struct attest_json *j);
/* An integer from 0 to `max`: digits alone, no sign, leading zero, fraction or exponent. */
uint64_t attest_json_uint(struct attest_json *j, uint64_t max);
/* A string of exactly 2 * len hex digits of either case. */
void attest_json_hex(struct attest_json *j, uint8_t *out, size_t len);
/* Any value; its text as it stands, without white space around it. */
struct bytes attest_json_skip(struct attest_json *j);
/* Elements of the array that comes next, without taking it; fails the reader when it is not well formed. */
uint32_t attest_json_count(struct attest_json *j);

/* Demands that nothing but white space is left. ERR_MALFORMED. */
FALLIBLE attest_json_end(struct attest_json *j, const char *what, struct err *e);

#endif /* ATTEST_JSON_H */
