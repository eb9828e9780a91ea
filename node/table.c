/* node/table.c — see table.h. Open addressing with linear probing; deletion shifts back, so there are no
 * tombstones. */
#include "node/table.h"
#include "base/clock.h"

#include <stdlib.h>
#include <sys/random.h>

enum { TABLE_CAP_MIN = 16 };

static uint64_t mix(uint64_t a, uint64_t b)
{
    u128 p = (u128)a * b;
    return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static uint64_t hash_of(const struct table *t, struct bytes key)
{
    uint64_t h = t->seed ^ key.len;
    size_t i = 0;

    for (; i + 8 <= key.len; i += 8)
        h = mix(h ^ load_u64le(key.p + i), 0x9e3779b97f4a7c15u ^ t->seed);
    uint64_t tail = 0;
    for (size_t shift = 0; i < key.len; i++, shift += 8)
        tail |= (uint64_t)key.p[i] << shift;
    return mix(h ^ tail, 0xd1b54a32d192ed03u);
}

void table_init(struct table *t)
{
    *t = (struct table){0};
    if (getrandom(&t->seed, sizeof t->seed, 0) != (ssize_t)sizeof t->seed)
        t->seed = clock_mono_us() * 0x9e3779b97f4a7c15u;
}

void table_fini(struct table *t)
{
    free(t->slot);
    *t = (struct table){0};
}

void table_clear(struct table *t, size_t keep)
{
    t->count = 0;
    if (t->cap > keep) {
        free(t->slot);
        t->slot = NULL;
        t->cap = 0;
    } else if (t->cap > 0) {
        memset(t->slot, 0, t->cap * sizeof *t->slot);
    }
}

/* The slot of `key`, or the free slot where it belongs. */
static size_t find(const struct table *t, struct bytes key, uint64_t hash)
{
    size_t i = hash & (t->cap - 1);

    while (t->slot[i].value != NULL && !(t->slot[i].hash == hash && bytes_eq(t->slot[i].key, key)))
        i = (i + 1) & (t->cap - 1);
    return i;
}

static void grow(struct table *t)
{
    struct table old = *t;

    t->cap = old.cap == 0 ? TABLE_CAP_MIN : old.cap * 2;
    t->slot = calloc(t->cap, sizeof *t->slot);
    ASSERT(t->slot != NULL);
    for (size_t i = 0; i < old.cap; i++)
        if (old.slot[i].value != NULL)
            t->slot[find(t, old.slot[i].key, old.slot[i].hash)] = old.slot[i];
    free(old.slot);
}

void *table_get(const struct table *t, struct bytes key)
{
    if (t->cap == 0)
        return NULL;
    return t->slot[find(t, key, hash_of(t, key))].value;
}

void *table_put(struct table *t, struct bytes key, void *value)
{
    ASSERT(value != NULL);
    if ((t->count + 1) * 4 > t->cap * 3)
        grow(t);
    uint64_t hash = hash_of(t, key);
    struct table_slot *s = &t->slot[find(t, key, hash)];
    void *before = s->value;
    *s = (struct table_slot){.key = key, .hash = hash, .value = value};
    t->count += before == NULL;
    return before;
}

void *table_del(struct table *t, struct bytes key)
{
    if (t->cap == 0)
        return NULL;
    size_t i = find(t, key, hash_of(t, key));
    void *before = t->slot[i].value;
    if (before == NULL)
        return NULL;
    t->count--;
    for (size_t j = i;;) {
        t->slot[i].value = NULL;
        size_t home;
        do {
            j = (j + 1) & (t->cap - 1);
            if (t->slot[j].value == NULL)
                return before;
            home = t->slot[j].hash & (t->cap - 1);
            /* an entry whose home lies cyclically in (i, j] is reachable as it is */
        } while (i <= j ? (i < home && home <= j) : (i < home || home <= j));
        t->slot[i] = t->slot[j];
        i = j;
    }
}
