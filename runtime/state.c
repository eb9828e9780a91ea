#include "runtime/state.h"

#include "chain/system.h"
#include "codec/scale.h"
#include "runtime/system_gen.h"

enum { STEP_KEY_LEN = sizeof STATE_EVENTS - 1 + 4 };

bool state_get(struct exec *x, struct bytes *out, struct bytes key)
{
    return x->host->storage_get(x->host->ctx, x->arena, out, key);
}

void state_set(struct exec *x, struct bytes key, struct bytes value)
{
    x->host->storage_set(x->host->ctx, key, value);
}

void state_clear(struct exec *x, struct bytes key)
{
    x->host->storage_clear(x->host->ctx, key);
}

bool state_extrinsic_index(struct exec *x, uint32_t *out)
{
    struct bytes v;
    if (!state_get(x, &v, STATE_EXTRINSIC_INDEX) || v.len != 4)
        return false;
    *out = load_u32le(v.p);
    return true;
}

void state_set_extrinsic_index(struct exec *x, uint32_t index)
{
    uint8_t v[4];
    store_u32le(v, index);
    state_set(x, STATE_EXTRINSIC_INDEX, bytes_of(v, sizeof v));
}

static struct bytes step_key(uint8_t out[STEP_KEY_LEN], uint32_t step)
{
    struct writer w = writer_fixed(out, STEP_KEY_LEN);
    put_text(&w, STATE_EVENTS);
    put_u32be(&w, step);
    return writer_bytes(&w);
}

void state_flush_events(struct exec *x, uint32_t step)
{
    uint8_t key[STEP_KEY_LEN];

    ASSERT(x->layers == 0);
    if (x->event_count == 0)
        return;
    state_set(x, step_key(key, step), writer_bytes(&x->events));
    system_event_count_put(x, system_event_count_get(x) + x->event_count);
    x->events.len = 0;
    x->event_count = 0;
}

void state_join_events(struct exec *x, uint32_t steps)
{
    struct bytes *part = arena_new_n(x->arena, struct bytes, (size_t)steps + 1);
    uint32_t count = system_event_count_get(x) + x->event_count;
    size_t len = compact_len(count);
    uint8_t key[STEP_KEY_LEN];

    for (uint32_t step = 0; step < steps; step++) {
        if (state_get(x, &part[step], step_key(key, step)))
            state_clear(x, step_key(key, step));
        len += part[step].len;
    }
    part[steps] = writer_bytes(&x->events);
    len += part[steps].len;
    if (count > 0) {
        /* Megabytes in a full block: written once, where a growing writer would take three times as much. */
        struct writer w = writer_fixed(arena_alloc(x->arena, len), len);
        put_compact(&w, count);
        for (uint32_t step = 0; step <= steps; step++)
            put_bytes(&w, part[step]);
        ASSERT(writer_ok(&w));
        state_set(x, bytes_of(system_storage_events.prefix, STORAGE_PREFIX_LEN), writer_bytes(&w));
        system_event_count_put(x, count);
    }
    x->events.len = 0;
    x->event_count = 0;
}
