/* sdk/events.h — what happened in a block, and how failures are called. */
#ifndef SDK_EVENTS_H
#define SDK_EVENTS_H

#include "chain/system.h"
#include "codec/event.h"
#include "codec/json.h"
#include "sdk/client.h"

struct sdk_events {
    const struct event_record
        *v; /* compare v[i].type with &worker_event_cluster_created, then cast v[i].fields */
    uint32_t count;
};

/* A failed dispatch, by name. All text is static or zero-terminated here. */
struct sdk_dispatch_error {
    char name[96];   /* "WeteeWorker.ClusterNotExists", "Token.FundsUnavailable", "BadOrigin" */
    const char *doc; /* "there is no such cluster"; never NULL, may be "" */
    const struct pallet_desc *pallet; /* NULL when no module's */
    uint8_t error;                    /* index in the module: WORKER_ERR_… */
};

/* Events of a block; those of one extrinsic; the first of a type (fields, or NULL). */
FALLIBLE sdk_events_at(struct sdk_client *c, struct arena *a, struct sdk_events *out,
                       const struct hash32 *block, struct err *e);
struct sdk_events sdk_events_of_extrinsic(struct arena *a, struct sdk_events all, uint32_t extrinsic_index);
const void *sdk_event_find(struct sdk_events events, const struct type *type);

void sdk_dispatch_error_of(struct sdk_dispatch_error *out, const struct system_dispatch_error *in);
/* "WeteeWorker.ClusterNotExists: there is no such cluster" */
void sdk_put_dispatch_error(struct writer *w, const struct sdk_dispatch_error *d);

/* {"pallet":…,"event":…,"extrinsic":n|null,"fields":{…}}, and one line for people. */
void sdk_put_event_json(struct writer *w, const struct event_record *r, uint16_t ss58_prefix);
void sdk_put_event_text(struct writer *w, const struct event_record *r, uint16_t ss58_prefix);
/* For walk_json: accounts as SS58. `prefix` must live as long as the options. */
struct json_options sdk_json_options(uint16_t *prefix);

#endif /* SDK_EVENTS_H */
