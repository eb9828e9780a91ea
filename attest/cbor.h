/* attest/cbor.h — the little CBOR (RFC 8949) that RA-TLS needs: shortest heads, definite lengths. Pure.
 *
 * Failures stick in the reader. Views are valid as long as the input is. */
#ifndef ATTEST_CBOR_H
#define ATTEST_CBOR_H

#include "base/reader.h"
#include "base/writer.h"

enum cbor_major {
    CBOR_UINT = 0,
    CBOR_NEGATIVE = 1,
    CBOR_BYTES = 2,
    CBOR_TEXT = 3,
    CBOR_ARRAY = 4,
    CBOR_MAP = 5,
    CBOR_TAG = 6,
    CBOR_SIMPLE = 7,
};
enum { CBOR_DEPTH_MAX = 4 };

/* A head of the demanded kind; its argument. */
uint64_t cbor_take_head(struct reader *r, enum cbor_major major);
/* The content of a byte or text string (text is not checked to be UTF-8). */
struct bytes cbor_take_string(struct reader *r, enum cbor_major major);
/* Any item, at most CBOR_DEPTH_MAX deep. No floats and no simple values but false, true, null. */
void cbor_skip(struct reader *r);

void cbor_put_head(struct writer *w, enum cbor_major major, uint64_t argument);
void cbor_put_string(struct writer *w, enum cbor_major major, struct bytes content);

#endif /* ATTEST_CBOR_H */
