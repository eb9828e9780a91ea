/* The value of System.Events from anywhere: what decodes must be records of known events. */
#include "chain/chain.h"
#include "codec/event.h"
#include "codec/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct arena a;
    struct event_record *v;
    uint32_t count;
    struct err e;

    arena_init(&a, &arena_heap, 512u << 20);
    if (events_decode(&a, &v, &count, bytes_of(data, len), &chain_registry, &e) == ERR_OK)
        for (uint32_t i = 0; i < count; i++) {
            struct writer w = writer_in(&a, 16u << 20);
            walk_json(&w, v[i].type, v[i].fields, NULL);
            ASSERT(writer_ok(&w) && w.len >= 2 && v[i].pallet != NULL && v[i].event != NULL);
        }
    arena_fini(&a);
    return 0;
}
