/* worker/work.h — the name of a work: its kind and number, as text "app-0". */
#ifndef WORKER_WORK_H
#define WORKER_WORK_H

#include "base/bytes.h"

struct work_key {
    uint8_t type; /* the chain's WorkType: 0 app, 1 task, 2 gpu */
    uint64_t id;
};

enum { WORK_NAME_MAX = 32 };

/* "app-0"; an unknown type is "work7-0". Returns the length. */
size_t work_name(char out[WORK_NAME_MAX], struct work_key k);
/* The inverse for known types; false for anything else. */
MUST_USE bool work_parse(struct work_key *out, struct bytes text);

static inline bool work_eq(struct work_key a, struct work_key b)
{
    return a.type == b.type && a.id == b.id;
}

static inline int work_cmp(struct work_key a, struct work_key b)
{
    if (a.type != b.type)
        return a.type < b.type ? -1 : 1;
    return (a.id > b.id) - (a.id < b.id);
}

#endif /* WORKER_WORK_H */
