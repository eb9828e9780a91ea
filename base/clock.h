/* base/clock.h — the clocks. Native only; nothing that blocks depend on may include this. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

uint64_t clock_mono_us(void); /* microseconds of a monotonic clock */
uint64_t clock_mono_ms(void);
uint64_t clock_wall_ms(void); /* milliseconds since 1970-01-01 UTC */

#endif /* BASE_CLOCK_H */
