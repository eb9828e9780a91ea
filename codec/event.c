#include "codec/event.h"
#include "codec/scale.h"
#include "codec/walk.h"

/* Shortest record: phase, two indices, no topics. */
enum { RECORD_MIN = 4 };

static void take_phase(struct reader *r, struct event_record *out)
{
    const uint8_t phase = take_u8(r);

    if (phase > EVENT_INITIALIZATION) {
        reader_fail(r, "unknown phase");
        return;
    }
    out->when = (enum event_when)phase;
    if (out->when == EVENT_APPLY_EXTRINSIC)
        out->extrinsic = take_u32(r);
}

static void take_event(struct arena *a, struct reader *r, const struct registry *registry,
                       struct event_record *out)
{
    const uint8_t pallet = take_u8(r);
    const uint8_t event = take_u8(r);

    out->pallet = registry_pallet(registry, pallet);
    for (uint16_t i = 0; out->pallet != NULL && i < out->pallet->event_count; i++)
        if (out->pallet->events[i].index == event) {
            out->event = &out->pallet->events[i];
            out->type = out->pallet->event_types[i];
        }
    if (out->event == NULL) {
        reader_fail(r, "unknown event");
        return;
    }
    out->fields = arena_alloc(a, out->type->size);
    walk_decode(a, r, out->type, registry, out->fields);
}

FALLIBLE events_decode(struct arena *a, struct event_record **out, uint32_t *count_out, struct bytes in,
                       const struct registry *registry, struct err *e)
{
    struct reader r = reader_of(in);
    const uint32_t count = take_count(&r, RECORD_MIN, EVENTS_MAX);
    struct event_record *v = arena_new_n(a, struct event_record, (size_t)count + 1);

    for (uint32_t i = 0; i < count && reader_ok(&r); i++) {
        take_phase(&r, &v[i]);
        if (reader_ok(&r))
            take_event(a, &r, registry, &v[i]);
        const uint32_t topics = take_count(&r, sizeof(struct hash32), EVENT_TOPICS_MAX);
        (void)take_bytes(&r, topics * sizeof(struct hash32));
    }
    TRY(reader_end(&r, "events", e));
    *out = v;
    *count_out = count;
    return ERR_OK;
}
