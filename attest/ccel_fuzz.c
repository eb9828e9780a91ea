/* attest/ccel_fuzz.c — event logs of any shape: reading event by event and replaying agree. */
#include "attest/ccel.h"
#include "crypto/hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Extends the registers event by event; false when the log is refused. */
static bool walk(uint8_t rtmr[CCEL_RTMRS][48], struct bytes in)
{
    struct ccel log;
    struct ccel_event event;
    struct err e;
    bool more = true;

    if (ccel_open(&log, in, &e) != ATTEST_VERIFIED)
        return false;
    for (uint32_t count = 1;; count++) {
        if (ccel_next(&log, &event, &more, &e) != ATTEST_VERIFIED)
            return false;
        if (!more)
            return true;
        ASSERT(event.index == count && count <= CCEL_EVENTS_MAX && log.at.taken <= in.len);
        ASSERT(event.data.len == 0 || event.data.p + event.data.len <= in.p + in.len);
        ASSERT(event.digest.len == (event.measured ? 48 : 0) && event.rtmr < CCEL_RTMRS);
        if (!event.measured)
            continue;
        struct sha512 s;
        sha384_init(&s);
        sha384_update(&s, bytes_of(rtmr[event.rtmr], 48));
        sha384_update(&s, event.digest);
        sha384_final(&s, rtmr[event.rtmr]);
        (void)ccel_type_name(event.type);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t walked[CCEL_RTMRS][48] = {{0}}, replayed[CCEL_RTMRS][48];
    struct bytes in = bytes_of(data, len);
    struct err e;
    bool good = walk(walked, in);

    ASSERT(good == (ccel_replay(replayed, in, &e) == ATTEST_VERIFIED));
    ASSERT(!good || memcmp(walked, replayed, sizeof walked) == 0);
    ASSERT(good || (e.code == ERR_UNVERIFIED && e.msg[0] != 0));
    return 0;
}
