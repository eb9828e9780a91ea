/* codec/era.h — how long a transaction is valid.
 *
 * Immortal: one byte 00. Mortal: two bytes; valid while birth ≤ block < death. Vectors:
 * tests/vectors/substrate/era.json. */
#ifndef CODEC_ERA_H
#define CODEC_ERA_H

#include "base/reader.h"
#include "base/writer.h"

enum { ERA_PERIOD_MIN = 4, ERA_PERIOD_MAX = 65536 };

struct era {
    bool mortal;
    uint32_t period; /* a power of two, 4 … 65536; 0 when immortal */
    uint32_t phase;  /* below period, a multiple of period / 4096 */
};

#define ERA_IMMORTAL ((struct era){0})

/* An era of the next power of two at or above `period` (clamped) that starts at `current` or just before. */
struct era era_mortal(uint64_t period, uint64_t current);

struct era take_era(struct reader *r);
void put_era(struct writer *w, struct era era);

/* The first and the first no longer valid block, seen from block `current`; 0 and UINT64_MAX when immortal.
 */
uint64_t era_birth(struct era era, uint64_t current);
uint64_t era_death(struct era era, uint64_t current);

#endif /* CODEC_ERA_H */
