#include "codec/era.h"
#include "base/int.h"

static uint32_t era_quantum(uint32_t period)
{
    uint32_t quantum = period >> 12;
    return quantum == 0 ? 1 : quantum;
}

struct era era_mortal(uint64_t period, uint64_t current)
{
    uint32_t p = ERA_PERIOD_MIN;
    while (p < period && p < ERA_PERIOD_MAX)
        p *= 2;
    uint32_t phase = (uint32_t)(current % p);
    return (struct era){.mortal = true, .period = p, .phase = phase - phase % era_quantum(p)};
}

struct era take_era(struct reader *r)
{
    uint8_t first = take_u8(r);
    if (first == 0)
        return ERA_IMMORTAL;
    uint16_t e = (uint16_t)(first | take_u8(r) << 8);
    struct era era = {.mortal = true, .period = 2u << (e & 15)};
    era.phase = (uint32_t)(e >> 4) * era_quantum(era.period);
    if (era.period < ERA_PERIOD_MIN) {
        reader_fail(r, "era period is below 4");
        return ERA_IMMORTAL;
    }
    if (era.phase >= era.period) {
        reader_fail(r, "era phase is not below its period");
        return ERA_IMMORTAL;
    }
    return reader_ok(r) ? era : ERA_IMMORTAL;
}

void put_era(struct writer *w, struct era era)
{
    if (!era.mortal) {
        put_u8(w, 0);
        return;
    }
    uint32_t log = 0;
    while (log < 15 && (2u << log) < era.period)
        log++;
    put_u16(w, (uint16_t)(log | (era.phase / era_quantum(era.period)) << 4));
}

uint64_t era_birth(struct era era, uint64_t current)
{
    if (!era.mortal)
        return 0;
    return (max_u64(current, era.phase) - era.phase) / era.period * era.period + era.phase;
}

uint64_t era_death(struct era era, uint64_t current)
{
    return era.mortal ? sat_add_u64(era_birth(era, current), era.period) : UINT64_MAX;
}
