/* tee/sim_der.h — writes DER. Native; used by tee/sim*.c alone.
 *
 * What is written is our own: too long is a bug, not an error. A nested element is built in a part:
 *
 *     struct part seq;
 *     struct writer *s = part_begin(&seq);
 *     put_uint(s, DER_INTEGER, 2);
 *     part_end(w, DER_SEQUENCE, &seq); */
#ifndef TEE_SIM_DER_H
#define TEE_SIM_DER_H

#include "attest/der.h"
#include "base/writer.h"

enum { PART_MAX = 3072 };

struct part {
    uint8_t mem[PART_MAX];
    struct writer w;
};

struct writer *part_begin(struct part *p);
void part_end(struct writer *w, uint8_t tag, struct part *p);

void put_tlv(struct writer *w, uint8_t tag, struct bytes content);
void put_uint(struct writer *w, uint8_t tag, uint32_t v);
/* A positive INTEGER of at most 48 big-endian bytes. */
void put_big(struct writer *w, struct bytes be);
/* Seconds since 1970 as UTCTime up to 2049, GeneralizedTime after (RFC 5280). */
void put_time(struct writer *w, uint64_t seconds);
void put_extension(struct writer *w, struct bytes oid, bool critical, struct bytes value);

/* Seconds since 1970 as year, month, day, hour, minute, second in UTC. */
void sim_civil(unsigned out[6], uint64_t seconds);

#endif /* TEE_SIM_DER_H */
