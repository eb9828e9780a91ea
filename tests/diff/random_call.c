#include "tests/diff/random_call.h"

#include "codec/scale.h"
#include "codec/walk.h"

enum { ITEMS_MAX = 3, BYTES_SMALL = 40, DEPTH_MAX = 2 };

struct making {
    struct writer *w;
    struct random *r;
    const struct registry *registry;
    uint32_t depth; /* of nested calls */
};

uint64_t random_u64(struct random *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

uint32_t random_below(struct random *r, uint32_t n)
{
    return (uint32_t)(random_u64(r) % n);
}

static uint64_t number(struct random *r, uint32_t bits)
{
    switch (random_below(r, 4)) {
    case 0:
    case 1:
        return random_below(r, 4);
    case 2:
        return random_u64(r) & (bits < 16 ? 0xff : 0xffff);
    default:
        return bits == 64 ? random_u64(r) : random_u64(r) & ((UINT64_C(1) << bits) - 1);
    }
}

static uint32_t bits_of(enum type_kind kind)
{
    switch ((int)kind) {
    case TYPE_U8:
        return 8;
    case TYPE_U16:
        return 16;
    case TYPE_U32:
        return 32;
    default:
        return 64;
    }
}

static void put_value(struct making *m, const struct type *t);

static void put_uint(struct making *m, const struct type *t)
{
    uint64_t v = number(m->r, bits_of(t->kind));
    for (uint32_t i = 0; i < t->size; i++)
        put_u8(m->w, i < 8 ? (uint8_t)(v >> (8 * i)) : 0);
}

static void put_string(struct making *m, const struct type *t)
{
    uint32_t max = t->max < BYTES_SMALL ? t->max : BYTES_SMALL;
    uint32_t len = random_below(m->r, max + 1);
    put_compact(m->w, len);
    for (uint32_t i = 0; i < len; i++)
        put_u8(m->w, (uint8_t)('a' + random_below(m->r, 26)));
}

static void put_vec(struct making *m, const struct type *t)
{
    uint32_t n = random_below(m->r, (t->max < ITEMS_MAX ? t->max : ITEMS_MAX) + 1);
    if (t->elem->kind == TYPE_CALL && m->depth >= DEPTH_MAX)
        n = 0;
    put_compact(m->w, n);
    for (uint32_t i = 0; i < n; i++)
        put_value(m, t->elem);
}

static void put_enum(struct making *m, const struct type *t)
{
    const struct variant *v = &t->variants[random_below(m->r, t->variant_count)];
    put_u8(m->w, v->index);
    for (uint16_t i = 0; i < v->field_count; i++)
        put_value(m, v->fields[i].type);
}

static void put_call(struct making *m)
{
    const struct pallet_desc *p;
    do
        p = m->registry->pallets[random_below(m->r, m->registry->pallet_count)];
    while (p->call_count == 0);
    random_call(m->w, m->r, m->registry, p, p->calls[random_below(m->r, p->call_count)], m->depth + 1);
}

static void put_value(struct making *m, const struct type *t)
{
    switch (t->kind) {
    case TYPE_BOOL:
        put_u8(m->w, (uint8_t)random_below(m->r, 2));
        break;
    case TYPE_U8:
    case TYPE_U16:
    case TYPE_U32:
    case TYPE_U64:
    case TYPE_U128:
        put_uint(m, t);
        break;
    case TYPE_COMPACT:
        if (t->elem->kind != TYPE_VOID)
            put_compact(m->w, number(m->r, bits_of(t->elem->kind)));
        break;
    case TYPE_BYTES:
    case TYPE_TEXT:
    case TYPE_STR:
        put_string(m, t);
        break;
    case TYPE_ARRAY:
        for (uint32_t i = 0; i < t->max; i++)
            put_value(m, t->elem);
        break;
    case TYPE_STRUCT:
        for (uint16_t i = 0; i < t->field_count; i++)
            put_value(m, t->fields[i].type);
        break;
    case TYPE_ENUM:
        put_enum(m, t);
        break;
    case TYPE_OPTION:
        put_u8(m->w, (uint8_t)random_below(m->r, 2));
        if (m->w->p[m->w->len - 1] == 1)
            put_value(m, t->elem);
        break;
    case TYPE_VEC:
        put_vec(m, t);
        break;
    case TYPE_CALL:
        put_call(m);
        break;
    case TYPE_VOID:
        break;
    }
}

void random_call(struct writer *w, struct random *r, const struct registry *registry,
                 const struct pallet_desc *pallet, const struct call_desc *call, uint32_t depth)
{
    struct making m = {.w = w, .r = r, .registry = registry, .depth = depth};
    put_u8(w, pallet->index);
    put_u8(w, call->index);
    put_value(&m, call->args);
}
