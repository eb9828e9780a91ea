/* attest/der.h — strict DER on top of base/reader.h: definite lengths in their shortest form, one-byte tags.
 *
 * Failures stick in the reader. Views are valid as long as the input is. Pure. */
#ifndef ATTEST_DER_H
#define ATTEST_DER_H

#include "base/reader.h"

enum der_tag {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_OID = 0x06,
    DER_ENUMERATED = 0x0a,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_CONTEXT_0 = 0xa0,
    DER_CONTEXT_3 = 0xa3,
};

/* The tag of the next element, 0 at the end of the input. */
uint8_t der_peek(const struct reader *r);
/* The content of the next element, which must have this tag. */
struct bytes der_take(struct reader *r, uint8_t tag);
/* The whole element, head included; its content in *content_opt. */
struct bytes der_take_whole(struct reader *r, uint8_t tag, struct bytes *content_opt);
/* A reader over the content of the next element; failed when that one did. */
struct reader der_enter(struct reader *r, uint8_t tag);
/* Demands that `inner` was used up and was well formed; passes its failure on to `outer`. */
void der_leave(struct reader *outer, const struct reader *inner);

bool der_take_bool(struct reader *r);
/* A non-negative INTEGER (or ENUMERATED) up to `max`. */
uint64_t der_take_uint(struct reader *r, uint8_t tag, uint64_t max);
/* A positive INTEGER as exactly `len` bytes big-endian, zeros in front. */
void der_take_big(struct reader *r, uint8_t *out, size_t len);
/* Content of a BIT STRING of whole bytes. */
struct bytes der_take_bits(struct reader *r);
/* UTCTime or GeneralizedTime in UTC as seconds since 1970; dates before 1970 and after 9999 fail. */
uint64_t der_take_time(struct reader *r);

#endif /* ATTEST_DER_H */
