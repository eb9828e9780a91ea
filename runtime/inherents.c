#include "runtime/inherents.h"

#include "base/int.h"
#include "chain/timestamp.h"
#include "codec/extrinsic.h"
#include "codec/scale.h"
#include "codec/walk.h"
#include "runtime/timestamp_gen.h"
#include "runtime/validity.h"

#define TIME_IDENTIFIER "timstap0"

enum {
    INHERENTS_MAX = 64,
    INHERENT_LEN_MIN = 9, /* identifier and an empty value */
    INHERENT_VALUE_MAX = 5 * 1024 * 1024,
    TIME_DRIFT_MAX_MS = 30000, /* pallet-timestamp's MAX_TIMESTAMP_DRIFT_MILLIS */
};

/* pallet-timestamp's InherentError. */
enum { TIME_TOO_EARLY = 0, TIME_TOO_FAR_IN_FUTURE = 1 };

uint64_t inherents_take_time(struct reader *r, bool *found)
{
    uint32_t count = take_count(r, INHERENT_LEN_MIN, INHERENTS_MAX);
    uint64_t now = 0;

    *found = false;
    for (uint32_t i = 0; i < count && reader_ok(r); i++) {
        struct bytes id = take_bytes(r, 8);
        struct bytes value = take_compact_bytes(r, INHERENT_VALUE_MAX);
        if (!reader_ok(r) || !bytes_eq(id, BYTES_LIT(TIME_IDENTIFIER)))
            continue;
        if (value.len != 8) {
            reader_fail(r, "time inherent is not 8 bytes");
            return 0;
        }
        now = load_u64le(value.p);
        *found = true;
    }
    return now;
}

void inherents_put_time_extrinsic(struct writer *w, struct exec *x, uint64_t now_ms)
{
    struct timestamp_set_args args = {.now = max_u64(now_ms, sat_add_u64(timestamp_now_get(x), 1))};
    struct call call = {.pallet = &timestamp_pallet, .desc = &timestamp_call_set, .args = &args};
    struct writer encoded = writer_in(x->arena, 32);

    call_encode(&encoded, &call);
    ASSERT(writer_ok(&encoded));
    extrinsic_encode(w, &(struct extrinsic_parts){.format = 4, .call = writer_bytes(&encoded)});
}

static bool time_of(struct exec *x, struct bytes extrinsic, uint64_t *out)
{
    struct extrinsic ex;
    struct err e;

    if (extrinsic_read(x, &ex, extrinsic, &e) != ERR_OK || ex.parts.is_signed ||
        ex.call.desc != &timestamp_call_set)
        return false;
    *out = ((const struct timestamp_set_args *)ex.call.args)->now;
    return true;
}

static void put_failure(struct writer *w, uint8_t error, uint64_t earliest)
{
    put_bool(w, false); /* okay */
    put_bool(w, true);  /* fatal */
    put_compact(w, 1);
    put_text(w, TIME_IDENTIFIER);
    put_compact(w, error == TIME_TOO_EARLY ? 9 : 1);
    put_u8(w, error);
    if (error == TIME_TOO_EARLY)
        put_u64(w, earliest);
}

void inherents_put_check(struct writer *w, struct exec *x, struct bytes first, uint64_t now_ms)
{
    uint64_t earliest = sat_add_u64(timestamp_now_get(x), 1);
    uint64_t said;

    if (!time_of(x, first, &said) || said < earliest) {
        put_failure(w, TIME_TOO_EARLY, earliest);
    } else if (said > sat_add_u64(now_ms, TIME_DRIFT_MAX_MS)) {
        put_failure(w, TIME_TOO_FAR_IN_FUTURE, 0);
    } else {
        put_bool(w, true);
        put_bool(w, false);
        put_compact(w, 0);
    }
}
