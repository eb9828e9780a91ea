/* attest/date.h — calendar dates as seconds since 1970, by integer arithmetic. Pure. */
#ifndef ATTEST_DATE_H
#define ATTEST_DATE_H

#include "base/reader.h"

/* Two digits as a number up to `max`; fails the reader otherwise. */
unsigned take_two_digits(struct reader *text, unsigned max);

/* A moment of UTC from 1970 to 9999; fails the reader on dates that do not exist. Leap seconds are refused
 * by the bounds of the fields: 23, 59, 59. */
struct date {
    unsigned year, month, day, hour, minute, second;
};
uint64_t date_seconds(const struct date *d, struct reader *failed);

/* Exactly "YYYY-MM-DDThh:mm:ssZ", as signed collateral writes it. ERR_MALFORMED. */
FALLIBLE date_read(uint64_t *out, struct bytes text, struct err *e);

#endif /* ATTEST_DATE_H */
