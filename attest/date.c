#include "attest/date.h"

unsigned take_two_digits(struct reader *text, unsigned max)
{
    unsigned hi = take_u8(text), lo = take_u8(text);
    if (hi < '0' || hi > '9' || lo < '0' || lo > '9' || (hi - '0') * 10 + (lo - '0') > max) {
        reader_fail(text, "bad digit in a date");
        return 0;
    }
    return (hi - '0') * 10 + (lo - '0');
}

static bool leap(unsigned year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days since 1970-01-01 of a date from 1970 on. */
static uint64_t days_since_1970(unsigned year, unsigned month, unsigned day)
{
    static const uint16_t before[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    uint64_t y = year - 1;
    uint64_t leaps = y / 4 - y / 100 + y / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400);
    uint64_t extra = month > 2 && leap(year) ? 1 : 0;
    return 365ull * (year - 1970) + leaps + before[month - 1] + extra + day - 1;
}

uint64_t date_seconds(const struct date *d, struct reader *failed)
{
    static const uint8_t month_days[12] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    if (!reader_ok(failed))
        return 0;
    if (d->year < 1970 || d->month == 0 || d->month > 12 || d->day == 0 ||
        d->day > month_days[d->month - 1] || (d->month == 2 && d->day == 29 && !leap(d->year))) {
        reader_fail(failed, "no such date");
        return 0;
    }
    return ((days_since_1970(d->year, d->month, d->day) * 24 + d->hour) * 60 + d->minute) * 60 + d->second;
}

static void take_mark(struct reader *r, uint8_t mark)
{
    if (take_u8(r) != mark)
        reader_fail(r, "not of the form YYYY-MM-DDThh:mm:ssZ");
}

enum err_code date_read(uint64_t *out, struct bytes text, struct err *e)
{
    struct reader r = reader_of(text);
    struct date d;
    unsigned century = take_two_digits(&r, 99);

    d.year = century * 100 + take_two_digits(&r, 99);
    take_mark(&r, '-');
    d.month = take_two_digits(&r, 12);
    take_mark(&r, '-');
    d.day = take_two_digits(&r, 31);
    take_mark(&r, 'T');
    d.hour = take_two_digits(&r, 23);
    take_mark(&r, ':');
    d.minute = take_two_digits(&r, 59);
    take_mark(&r, ':');
    d.second = take_two_digits(&r, 59);
    take_mark(&r, 'Z');
    uint64_t seconds = date_seconds(&d, &r);
    TRY(reader_end(&r, "date", e));
    *out = seconds;
    return ERR_OK;
}
