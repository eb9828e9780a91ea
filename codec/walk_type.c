/* What can be said of descriptors and of pairs of values without bytes: bounds, look-ups, equality. */
#include "base/int.h"
#include "codec/scale.h"
#include "codec/walk.h"

const struct pallet_desc *registry_pallet(const struct registry *registry, uint8_t index)
{
    for (uint16_t i = 0; i < registry->pallet_count; i++) {
        if (registry->pallets[i]->index == index)
            return registry->pallets[i];
    }
    return NULL;
}

const struct call_desc *pallet_call(const struct pallet_desc *pallet, uint8_t index)
{
    for (uint16_t i = 0; i < pallet->call_count; i++) {
        if (pallet->calls[i]->index == index)
            return pallet->calls[i];
    }
    return NULL;
}

const struct variant *type_variant(const struct type *t, uint32_t index)
{
    if (index < t->variant_count && t->variants[index].index == index) /* no holes before it */
        return &t->variants[index];
    for (uint16_t i = 0; i < t->variant_count; i++) {
        if (t->variants[i].index == index)
            return &t->variants[i];
    }
    return NULL;
}

static uint64_t bound_of(const struct type *t, bool longest);

static uint64_t fields_bound(const struct field *fields, uint16_t count, bool longest)
{
    uint64_t sum = 0;
    for (uint16_t i = 0; i < count; i++)
        sum = sat_add_u64(sum, bound_of(fields[i].type, longest));
    return sum;
}

static uint64_t enum_bound(const struct type *t, bool longest)
{
    uint64_t bound = longest ? 0 : UINT64_MAX;
    for (uint16_t i = 0; i < t->variant_count; i++) {
        uint64_t len = fields_bound(t->variants[i].fields, t->variants[i].field_count, longest);
        bound = longest ? max_u64(bound, len) : min_u64(bound, len);
    }
    return t->variant_count == 0 ? 1 : sat_add_u64(1, bound);
}

static uint64_t compact_bound(const struct type *t, bool longest)
{
    if (t->size == 0)
        return 0;
    return longest ? compact_len(((u128)1 << (8 * t->size - 1)) * 2 - 1) : 1;
}

/* The longest or the shortest encoding. */
static uint64_t bound_of(const struct type *t, bool longest)
{
    switch (t->kind) {
    case TYPE_BOOL:
        return 1;
    case TYPE_U8:
    case TYPE_U16:
    case TYPE_U32:
    case TYPE_U64:
    case TYPE_U128:
        return t->size;
    case TYPE_COMPACT:
        return compact_bound(t, longest);
    case TYPE_BYTES:
    case TYPE_TEXT:
    case TYPE_STR:
        return longest ? compact_len(t->max) + (uint64_t)t->max : 1;
    case TYPE_ARRAY:
        return sat_mul_u64(t->max, bound_of(t->elem, longest));
    case TYPE_STRUCT:
        return fields_bound(t->fields, t->field_count, longest);
    case TYPE_ENUM:
        return enum_bound(t, longest);
    case TYPE_OPTION:
        return longest ? sat_add_u64(1, bound_of(t->elem, true)) : 1;
    case TYPE_VEC:
        return longest ? sat_add_u64(compact_len(t->max), sat_mul_u64(t->max, bound_of(t->elem, true))) : 1;
    case TYPE_CALL:
        return longest ? WALK_LEN_UNBOUNDED : 2;
    case TYPE_VOID:
        return 0;
    }
    UNREACHABLE();
}

uint64_t walk_max_len(const struct type *t)
{
    return bound_of(t, true);
}

uint64_t walk_min_len(const struct type *t)
{
    return bound_of(t, false);
}

static bool elements_equal(const struct type *elem, const void *a, const void *b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        size_t at = (size_t)i * elem->size;
        if (!walk_equal(elem, (const uint8_t *)a + at, (const uint8_t *)b + at))
            return false;
    }
    return true;
}

static bool fields_equal(const struct field *fields, uint16_t count, const uint8_t *a, const uint8_t *b)
{
    for (uint16_t i = 0; i < count; i++) {
        if (!walk_equal(fields[i].type, a + fields[i].at, b + fields[i].at))
            return false;
    }
    return true;
}

static bool enum_equal(const struct type *t, const uint8_t *a, const uint8_t *b)
{
    uint32_t tag;
    if (memcmp(a, b, sizeof tag) != 0)
        return false;
    memcpy(&tag, a, sizeof tag);
    const struct variant *v = type_variant(t, tag);
    return v != NULL && fields_equal(v->fields, v->field_count, a + t->value_at, b + t->value_at);
}

static bool option_equal(const struct type *t, const uint8_t *a, const uint8_t *b)
{
    bool some = *(const bool *)a;
    return some == *(const bool *)b && (!some || walk_equal(t->elem, a + t->value_at, b + t->value_at));
}

static bool vec_equal(const struct type *t, const struct vec *a, const struct vec *b)
{
    return a->n == b->n && elements_equal(t->elem, a->v, b->v, a->n);
}

static bool call_equal(const struct call *a, const struct call *b)
{
    return a->pallet == b->pallet && a->desc == b->desc && a->desc != NULL &&
           walk_equal(a->desc->args, a->args, b->args);
}

bool walk_equal(const struct type *t, const void *a, const void *b)
{
    switch (t->kind) {
    case TYPE_BOOL:
    case TYPE_U8:
    case TYPE_U16:
    case TYPE_U32:
    case TYPE_U64:
    case TYPE_U128:
    case TYPE_COMPACT:
        return t->size == 0 || memcmp(a, b, t->size) == 0;
    case TYPE_BYTES:
    case TYPE_TEXT:
    case TYPE_STR:
        return bytes_eq(*(const struct bytes *)a, *(const struct bytes *)b);
    case TYPE_ARRAY:
        return elements_equal(t->elem, a, b, t->max);
    case TYPE_STRUCT:
        return fields_equal(t->fields, t->field_count, a, b);
    case TYPE_ENUM:
        return enum_equal(t, a, b);
    case TYPE_OPTION:
        return option_equal(t, a, b);
    case TYPE_VEC:
        return vec_equal(t, a, b);
    case TYPE_CALL:
        return call_equal(a, b);
    case TYPE_VOID:
        return true;
    }
    UNREACHABLE();
}
