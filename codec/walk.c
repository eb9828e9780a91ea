#include "codec/walk.h"
#include "base/int.h"
#include "codec/scale.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "fixed-width integers are copied as they lie");

struct walk {
    bool keep; /* false: skipping, no memory is taken */
    struct arena *arena;
    struct reader *r;
    const struct registry *registry;
    uint32_t depth;
    uint32_t calls;  /* calls we are inside of */
    uint64_t memory; /* charged so far, see layout_cost */
};

/* `out` is NULL throughout when skipping. */
static void decode(struct walk *k, const struct type *t, void *out);

static void *part(void *out, size_t at)
{
    return out == NULL ? NULL : (uint8_t *)out + at;
}

static const void *part_of(const void *value, size_t at)
{
    return (const uint8_t *)value + at;
}

/* An upper bound on the bytes a value takes in C memory, the same for every pointer width: a limit that
 * followed sizeof would make the native and the WASM build disagree about which extrinsics decode. */
static uint64_t layout_cost(const struct type *t)
{
    const uint64_t slot = 16; /* widest alignment, and the size of a view */
    uint64_t cost = 0;

    switch (t->kind) {
    case TYPE_BOOL:
    case TYPE_U8:
    case TYPE_U16:
    case TYPE_U32:
    case TYPE_U64:
    case TYPE_U128:
    case TYPE_COMPACT:
    case TYPE_VOID:
        return t->size;
    case TYPE_BYTES:
    case TYPE_TEXT:
    case TYPE_STR:
    case TYPE_VEC:
        return slot;
    case TYPE_CALL:
        return 3 * slot;
    case TYPE_ARRAY:
        return sat_mul_u64(t->max, layout_cost(t->elem));
    case TYPE_OPTION:
        return sat_add_u64(slot, layout_cost(t->elem));
    case TYPE_STRUCT:
        for (uint16_t i = 0; i < t->field_count; i++)
            cost = sat_add_u64(cost, (layout_cost(t->fields[i].type) + slot - 1) / slot * slot);
        return cost;
    case TYPE_ENUM:
        for (uint16_t i = 0; i < t->variant_count; i++) {
            const struct variant *v = &t->variants[i];
            struct type fields = {.kind = TYPE_STRUCT, .fields = v->fields, .field_count = v->field_count};
            cost = max_u64(cost, layout_cost(&fields));
        }
        return sat_add_u64(slot, cost);
    }
    UNREACHABLE();
}

/* Takes n elements of t out of the arena once the budget allows it; NULL when it does not, or when skipping.
 */
static void *charge(struct walk *k, const struct type *t, uint32_t n)
{
    uint64_t cost = sat_add_u64(sat_mul_u64(n, layout_cost(t)), 16);
    if (cost > WALK_MEMORY_MAX - k->memory) {
        reader_fail(k->r, "value takes too much memory");
        return NULL;
    }
    k->memory += cost;
    if (!k->keep)
        return NULL;
    ASSERT(k->arena != NULL); /* only types without vectors and calls may do without */
    return arena_alloc_n(k->arena, n, t->size);
}

static void decode_fixed(struct walk *k, const struct type *t, void *out)
{
    if (out == NULL)
        (void)take_bytes(k->r, t->size);
    else
        take_into(k->r, out, t->size);
}

static void decode_compact(struct walk *k, const struct type *t, void *out)
{
    uint8_t v1;
    uint16_t v2;
    uint32_t v4;
    u128 v = 0;

    switch (t->size) {
    case 0: /* Compact<()> */
        return;
    case sizeof v1:
        v = take_compact_u8(k->r);
        break;
    case sizeof v2:
        v = take_compact_u16(k->r);
        break;
    case sizeof v4:
        v = take_compact_u32(k->r);
        break;
    case sizeof(uint64_t):
        v = take_compact_u64(k->r);
        break;
    case sizeof v:
        v = take_compact_u128(k->r);
        break;
    default:
        UNREACHABLE();
    }
    if (out != NULL)
        memcpy(out, &v, t->size); /* little-endian: the low bytes are the value */
}

static void decode_bytes(struct walk *k, const struct type *t, void *out)
{
    struct bytes b = take_compact_bytes(k->r, t->max);
    if (t->kind != TYPE_BYTES && !utf8_valid(b))
        reader_fail(k->r, "text is not UTF-8");
    if (out != NULL)
        memcpy(out, &b, sizeof b);
}

static void decode_array(struct walk *k, const struct type *t, void *out)
{
    if (t->elem->kind == TYPE_U8) {
        decode_fixed(k, t, out);
        return;
    }
    for (uint32_t i = 0; i < t->max && reader_ok(k->r); i++)
        decode(k, t->elem, part(out, (size_t)i * t->elem->size));
}

static void decode_vec(struct walk *k, const struct type *t, void *out)
{
    struct vec v = {.n = take_count(k->r, 0, t->max)};
    if (v.n > 0) { /* an empty one is not worth measuring its elements */
        uint64_t min_each = walk_min_len(t->elem);
        if (min_each > 0 && v.n > k->r->left / min_each)
            reader_fail(k->r, "count is more than the input holds");
        else
            v.v = charge(k, t->elem, v.n);
    }
    for (uint32_t i = 0; i < v.n && reader_ok(k->r); i++)
        decode(k, t->elem, part(v.v, (size_t)i * t->elem->size));
    if (out != NULL && reader_ok(k->r))
        memcpy(out, &v, sizeof v);
}

static void decode_fields(struct walk *k, const struct field *fields, uint16_t count, void *out)
{
    for (uint16_t i = 0; i < count && reader_ok(k->r); i++)
        decode(k, fields[i].type, part(out, fields[i].at));
}

static void decode_enum(struct walk *k, const struct type *t, void *out)
{
    uint32_t tag = take_u8(k->r);
    const struct variant *v = type_variant(t, tag);

    if (!reader_ok(k->r))
        return;
    if (v == NULL) {
        reader_fail(k->r, "unknown variant");
        return;
    }
    if (out != NULL)
        memcpy(out, &tag, sizeof tag);
    decode_fields(k, v->fields, v->field_count, part(out, t->value_at));
}

static void decode_option(struct walk *k, const struct type *t, void *out)
{
    uint8_t tag = take_u8(k->r);
    if (tag > 1)
        reader_fail(k->r, "option tag is neither 0 nor 1");
    if (tag != 1)
        return;
    if (out != NULL)
        *(bool *)out = true;
    decode(k, t->elem, part(out, t->value_at));
}

static void decode_call(struct walk *k, struct call *out)
{
    const uint8_t *start = k->r->p;
    const struct pallet_desc *pallet;
    const struct call_desc *desc = NULL;
    void *args = NULL;

    if (k->registry == NULL) {
        reader_fail(k->r, "a call is not allowed here");
        return;
    }
    if (k->calls >= WALK_CALL_DEPTH_MAX) {
        reader_fail(k->r, "calls are nested too deeply");
        return;
    }
    pallet = registry_pallet(k->registry, take_u8(k->r));
    uint8_t index = take_u8(k->r);
    if (pallet == NULL)
        reader_fail(k->r, "unknown pallet index");
    else
        desc = pallet_call(pallet, index);
    if (desc == NULL)
        reader_fail(k->r, "unknown call index");
    if (!reader_ok(k->r))
        return;
    args = charge(k, desc->args, 1);
    k->calls++;
    decode(k, desc->args, args);
    k->calls--;
    if (out != NULL && reader_ok(k->r))
        *out = (struct call){pallet, desc, args, bytes_of(start, (size_t)(k->r->p - start))};
}

static void decode_here(struct walk *k, const struct type *t, void *out)
{
    switch (t->kind) {
    case TYPE_BOOL: {
        bool v = take_bool(k->r);
        if (out != NULL)
            *(bool *)out = v;
        return;
    }
    case TYPE_U8:
    case TYPE_U16:
    case TYPE_U32:
    case TYPE_U64:
    case TYPE_U128:
        decode_fixed(k, t, out);
        return;
    case TYPE_COMPACT:
        decode_compact(k, t, out);
        return;
    case TYPE_BYTES:
    case TYPE_TEXT:
    case TYPE_STR:
        decode_bytes(k, t, out);
        return;
    case TYPE_ARRAY:
        decode_array(k, t, out);
        return;
    case TYPE_STRUCT:
        decode_fields(k, t->fields, t->field_count, out);
        return;
    case TYPE_ENUM:
        decode_enum(k, t, out);
        return;
    case TYPE_OPTION:
        decode_option(k, t, out);
        return;
    case TYPE_VEC:
        decode_vec(k, t, out);
        return;
    case TYPE_CALL:
        decode_call(k, out);
        return;
    case TYPE_VOID:
        return;
    }
    UNREACHABLE();
}

static void decode(struct walk *k, const struct type *t, void *out)
{
    if (k->depth >= WALK_DEPTH_MAX) {
        reader_fail(k->r, "values are nested too deeply");
        return;
    }
    k->depth++;
    decode_here(k, t, out);
    k->depth--;
}

void walk_decode(struct arena *a, struct reader *r, const struct type *t, const struct registry *registry_opt,
                 void *out)
{
    struct walk k = {.keep = true, .arena = a, .r = r, .registry = registry_opt};
    memset(out, 0, t->size); /* padding and unused union members are the same on every run */
    decode(&k, t, out);
    if (!reader_ok(r))
        memset(out, 0, t->size);
}

void walk_skip(struct reader *r, const struct type *t, const struct registry *registry_opt)
{
    struct walk k = {.r = r, .registry = registry_opt};
    decode(&k, t, NULL);
}

enum err_code walk_decode_all(struct arena *a, void *out, struct bytes in, const struct type *t,
                              const struct registry *registry_opt, const char *what, struct err *e)
{
    struct reader r = reader_of(in);
    struct arena_mark before = arena_mark(a);
    void *value = arena_alloc(a, t->size);

    walk_decode(a, &r, t, registry_opt, value);
    enum err_code code = reader_end(&r, what, e);
    if (code != ERR_OK)
        arena_rewind(a, before);
    else
        memcpy(out, value, t->size);
    return code;
}

/*~ 4/12 Bytes become a call by its descriptor, generated from the .idl files. */
enum err_code call_decode(struct arena *a, struct call *out, struct bytes in, const struct registry *registry,
                          struct err *e)
{
    return walk_decode_all(a, out, in, &type_call, registry, "call", e);
}

static void encode_bytes(struct writer *w, const struct type *t, const void *value)
{
    struct bytes b;
    memcpy(&b, value, sizeof b);
    if (b.len > t->max || (t->kind != TYPE_BYTES && !utf8_valid(b)))
        w->overflow = true;
    else
        put_compact_bytes(w, b);
}

static void encode_compact(struct writer *w, const struct type *t, const void *value)
{
    u128 v = 0;
    if (t->size == 0)
        return;
    memcpy(&v, value, t->size);
    put_compact(w, v);
}

static void encode_elements(struct writer *w, const struct type *elem, const void *first, uint32_t n)
{
    for (uint32_t i = 0; i < n && writer_ok(w); i++)
        walk_encode(w, elem, part_of(first, (size_t)i * elem->size));
}

static void encode_vec(struct writer *w, const struct type *t, const void *value)
{
    struct vec v;
    memcpy(&v, value, sizeof v);
    if (v.n > t->max) {
        w->overflow = true;
        return;
    }
    put_compact(w, v.n);
    encode_elements(w, t->elem, v.v, v.n);
}

static void encode_fields(struct writer *w, const struct field *fields, uint16_t count, const void *value)
{
    for (uint16_t i = 0; i < count && writer_ok(w); i++)
        walk_encode(w, fields[i].type, part_of(value, fields[i].at));
}

static void encode_enum(struct writer *w, const struct type *t, const void *value)
{
    uint32_t tag;
    memcpy(&tag, value, sizeof tag);
    const struct variant *v = type_variant(t, tag);
    if (v == NULL) {
        w->overflow = true;
        return;
    }
    put_u8(w, v->index);
    encode_fields(w, v->fields, v->field_count, part_of(value, t->value_at));
}

void call_encode(struct writer *w, const struct call *call)
{
    if (call->encoded.len > 0) {
        put_bytes(w, call->encoded);
        return;
    }
    if (call->pallet == NULL || call->desc == NULL) {
        w->overflow = true;
        return;
    }
    put_u8(w, call->pallet->index);
    put_u8(w, call->desc->index);
    walk_encode(w, call->desc->args, call->args);
}

void walk_encode(struct writer *w, const struct type *t, const void *value)
{
    switch (t->kind) {
    case TYPE_BOOL:
        put_bool(w, *(const bool *)value);
        return;
    case TYPE_U8:
    case TYPE_U16:
    case TYPE_U32:
    case TYPE_U64:
    case TYPE_U128:
        put_mem(w, value, t->size);
        return;
    case TYPE_COMPACT:
        encode_compact(w, t, value);
        return;
    case TYPE_BYTES:
    case TYPE_TEXT:
    case TYPE_STR:
        encode_bytes(w, t, value);
        return;
    case TYPE_ARRAY:
        if (t->elem->kind == TYPE_U8)
            put_mem(w, value, t->size);
        else
            encode_elements(w, t->elem, value, t->max);
        return;
    case TYPE_STRUCT:
        encode_fields(w, t->fields, t->field_count, value);
        return;
    case TYPE_ENUM:
        encode_enum(w, t, value);
        return;
    case TYPE_OPTION:
        put_bool(w, *(const bool *)value);
        if (*(const bool *)value)
            walk_encode(w, t->elem, part_of(value, t->value_at));
        return;
    case TYPE_VEC:
        encode_vec(w, t, value);
        return;
    case TYPE_CALL:
        call_encode(w, value);
        return;
    case TYPE_VOID:
        return;
    }
    UNREACHABLE();
}
