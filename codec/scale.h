/* codec/scale.h — the SCALE forms that struct reader and struct writer do not have: compact integers, counts,
 * UTF-8.
 *
 * Only canonical compacts are accepted (the shortest form), as the Rust decoder does: JavaScript decoders are
 * lenient, and a lenient node would fork. All takes are sticky as in base/reader.h. Vectors:
 * tests/vectors/substrate/scale.json. */
#ifndef CODEC_SCALE_H
#define CODEC_SCALE_H

#include "base/reader.h"
#include "base/writer.h"

enum { COMPACT_LEN_MAX = 17 }; /* longest compact of a u128 */

uint8_t take_compact_u8(struct reader *r);
uint16_t take_compact_u16(struct reader *r);
uint32_t take_compact_u32(struct reader *r);
uint64_t take_compact_u64(struct reader *r);
u128 take_compact_u128(struct reader *r);

/* A compact u32 count, refused over `max` and when the bytes left cannot hold `count` items of at least
 * `min_each` bytes; min_each may be 0, then `max` alone bounds it. */
uint32_t take_count(struct reader *r, size_t min_each, uint32_t max);
/* Vec<u8> of at most `max` bytes; a view into the input. */
struct bytes take_compact_bytes(struct reader *r, uint32_t max);

void put_compact(struct writer *w, u128 v);
void put_compact_bytes(struct writer *w, struct bytes b); /* overflows the writer when len is over 2^32 - 1 */
size_t compact_len(u128 v);                               /* bytes put_compact writes */

/* Well-formed UTF-8 as Rust's str: no overlong forms, no surrogates, nothing over U+10FFFF. */
bool utf8_valid(struct bytes b);
/* Length of the well-formed sequence at b.p[at], at < b.len; 0 when there is none. */
size_t utf8_sequence_len(struct bytes b, size_t at);

#endif /* CODEC_SCALE_H */
