/* codec/event.h — the records of System.Events, by the registry's tables.
 *
 *     vec( phase ‖ pallet index ‖ event index ‖ fields ‖ vec([32] topic) )
 *     phase = 00 ‖ u32 extrinsic index | 01 finalization | 02 initialization */
#ifndef CODEC_EVENT_H
#define CODEC_EVENT_H

#include "base/arena.h"
#include "base/reader.h"
#include "codec/desc.h"

enum { EVENTS_MAX = 65536, EVENT_TOPICS_MAX = 16 };

enum event_when {
    EVENT_APPLY_EXTRINSIC,
    EVENT_FINALIZATION,
    EVENT_INITIALIZATION
}; /* values are the wire's */

struct event_record {
    enum event_when when;
    uint32_t extrinsic; /* index in the block, for EVENT_APPLY_EXTRINSIC */
    const struct pallet_desc *pallet;
    const struct variant *event; /* name, index */
    const struct type *type;     /* of the fields: for walk_json and walk_encode */
    void *fields;                /* the generated …_event struct, in the arena */
};

/* The whole of `in`: the value of System.Events. Views point into `in`. ERR_MALFORMED. Needs about 100 times
 * the input's length in the arena, whose limit must allow it: bound foreign input before.
 *
 *     TRY(events_decode(a, &records, &count, value, &chain_registry, e));
 *     for (uint32_t i = 0; i < count; i++)
 *         if (records[i].type == &system_event_extrinsic_failed) ... */
FALLIBLE events_decode(struct arena *a, struct event_record **out, uint32_t *count_out, struct bytes in,
                       const struct registry *registry, struct err *e);

#endif /* CODEC_EVENT_H */
