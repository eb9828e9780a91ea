#include "codec/metadata.h"
#include "codec/scale.h"
#include "codec/walk.h"

enum { METADATA_MAX = 16 * 1024 * 1024, TYPES_FIRST = 128 };

/* TypeDef tags, and the primitives among them. */
enum def { DEF_COMPOSITE, DEF_VARIANT, DEF_SEQUENCE, DEF_ARRAY, DEF_TUPLE, DEF_PRIMITIVE, DEF_COMPACT };
enum primitive { PRIM_BOOL = 0, PRIM_STR = 2, PRIM_U8 = 3, PRIM_U16, PRIM_U32, PRIM_U64, PRIM_U128 };

const struct type type_runtime_event = {.kind = TYPE_VOID, .path = "wetee_runtime::RuntimeEvent"};
const struct type type_era = {.kind = TYPE_VOID, .path = "sp_runtime::generic::era::Era"};
const struct type type_unchecked_extrinsic = {
    .kind = TYPE_BYTES,
    .size = sizeof(struct bytes),
    .max = 5 * 1024 * 1024,
    .path = "sp_runtime::generic::unchecked_extrinsic::UncheckedExtrinsic",
};
static const struct type type_runtime_error = {.kind = TYPE_VOID, .path = "wetee_runtime::RuntimeError"};
static const struct type type_runtime = {.kind = TYPE_VOID, .path = "wetee_runtime::Runtime"};

/* What a numbered type stands for: a descriptor, or one of the enums of a pallet. */
enum entry_kind { ENTRY_TYPE, ENTRY_CALLS, ENTRY_EVENTS, ENTRY_ERRORS };

struct entry {
    enum entry_kind kind;
    const struct type *type;
    const struct pallet_desc *pallet;
};

struct meta {
    struct arena *a;
    const struct registry *reg;
    const struct type *extra;
    struct entry *entries; /* position is the type's id */
    uint32_t count, cap;
};

static bool is_byte_list(const struct type *t)
{
    return t->kind == TYPE_BYTES || t->kind == TYPE_TEXT || (t->kind == TYPE_VEC && t->elem->kind == TYPE_U8);
}

static bool same_type(const struct type *a, const struct type *b);

static bool same_named(const struct type *a, const struct type *b)
{
    if (a->path == NULL || b->path == NULL || strcmp(a->path, b->path) != 0 ||
        a->param_count != b->param_count)
        return false;
    for (uint16_t i = 0; i < a->param_count; i++) {
        const struct type *p = a->params[i].type, *q = b->params[i].type;
        if ((p == NULL) != (q == NULL) || (p != NULL && !same_type(p, q)))
            return false;
    }
    return true;
}

static bool same_tuple(const struct type *a, const struct type *b)
{
    if (a->field_count != b->field_count)
        return false;
    for (uint16_t i = 0; i < a->field_count; i++)
        if (!same_type(a->fields[i].type, b->fields[i].type))
            return false;
    return true;
}

static bool is_tuple(const struct type *t)
{
    return t->kind == TYPE_STRUCT || t->kind == TYPE_VOID; /* without a path */
}

/* Whether clients see one type: bounds and C representation do not count. */
static bool same_type(const struct type *a, const struct type *b)
{
    if (a == b)
        return true;
    if (a->path != NULL || b->path != NULL)
        return same_named(a, b);
    if (is_byte_list(a) || is_byte_list(b))
        return is_byte_list(a) && is_byte_list(b);
    if (is_tuple(a) || is_tuple(b))
        return is_tuple(a) && is_tuple(b) && same_tuple(a, b);
    if (a->kind != b->kind || (a->kind == TYPE_ARRAY && a->max != b->max))
        return false;
    return a->elem == NULL || b->elem == NULL ? a->elem == b->elem : same_type(a->elem, b->elem);
}

static uint32_t id_of_entry(struct meta *m, struct entry e)
{
    for (uint32_t i = 0; i < m->count; i++) {
        const struct entry *have = &m->entries[i];
        if (have->kind == e.kind &&
            (e.kind == ENTRY_TYPE ? same_type(have->type, e.type) : have->pallet == e.pallet))
            return i;
    }
    if (m->count == m->cap) {
        struct entry *more = arena_new_n(m->a, struct entry, 2 * (size_t)m->cap);
        memcpy(more, m->entries, m->count * sizeof *more);
        m->entries = more;
        m->cap *= 2;
    }
    m->entries[m->count] = e;
    return m->count++;
}

static void put_id(struct writer *w, struct meta *m, const struct type *t)
{
    put_compact(w, id_of_entry(m, (struct entry){.kind = ENTRY_TYPE, .type = t}));
}

static void put_pallet_id(struct writer *w, struct meta *m, enum entry_kind kind, const struct pallet_desc *p)
{
    put_compact(w, id_of_entry(m, (struct entry){.kind = kind, .pallet = p}));
}

static void put_str(struct writer *w, const char *s)
{
    put_compact_bytes(w, bytes_of_str(s));
}

/* A list of strings in one text: documentation by lines, paths by "::". */
static void put_split(struct writer *w, const char *text_opt, const char *separator)
{
    const size_t sep_len = strlen(separator);
    uint32_t parts = 1;

    if (text_opt == NULL) {
        put_compact(w, 0);
        return;
    }
    for (const char *p = text_opt; *p != 0; p++)
        parts += strncmp(p, separator, sep_len) == 0;
    put_compact(w, parts);
    for (const char *from = text_opt; parts > 0; parts--) {
        size_t len = 0;
        while (from[len] != 0 && strncmp(from + len, separator, sep_len) != 0)
            len++;
        put_compact_bytes(w, bytes_of(from, len));
        from += len + (parts > 1 ? sep_len : 0);
    }
}

static void put_docs(struct writer *w, const char *doc_opt)
{
    put_split(w, doc_opt, "\n");
}

static void put_opt_str(struct writer *w, const char *s)
{
    put_bool(w, s != NULL);
    if (s != NULL)
        put_str(w, s);
}

static void put_field(struct writer *w, struct meta *m, const struct field *f)
{
    put_opt_str(w, f->name);
    put_id(w, m, f->type);
    put_opt_str(w, f->type_name);
    put_docs(w, f->doc);
}

static void put_fields(struct writer *w, struct meta *m, const struct field *fields, uint16_t count)
{
    put_compact(w, count);
    for (uint16_t i = 0; i < count; i++)
        put_field(w, m, &fields[i]);
}

static void put_variant(struct writer *w, struct meta *m, const char *name, uint8_t index,
                        const struct field *fields, uint16_t count, const char *doc)
{
    put_str(w, name);
    put_fields(w, m, fields, count);
    put_u8(w, index);
    put_docs(w, doc);
}

/* 256 variants: the first byte of a mortal era is its variant, the second its field. */
static void put_era(struct writer *w, struct meta *m)
{
    const struct field byte = {.type = &type_u8};

    put_u8(w, DEF_VARIANT);
    put_compact(w, 256);
    put_variant(w, m, "Immortal", 0, NULL, 0, NULL);
    for (unsigned i = 1; i < 256; i++)
        put_variant(w, m, arena_fmt(m->a, "Mortal%u", i), (uint8_t)i, &byte, 1, NULL);
}

static bool pallet_has(const struct pallet_desc *p, enum entry_kind kind)
{
    switch (kind) {
    case ENTRY_CALLS:
        return p->call_count > 0;
    case ENTRY_EVENTS:
        return p->event_count > 0;
    case ENTRY_ERRORS:
        return p->error_count > 0;
    case ENTRY_TYPE:
        break;
    }
    UNREACHABLE();
}

/* RuntimeCall, RuntimeEvent, RuntimeError: one variant for each pallet that has such an enum. */
static void put_outer(struct writer *w, struct meta *m, enum entry_kind kind, const char *last)
{
    uint32_t count = 0;

    for (uint16_t i = 0; i < m->reg->pallet_count; i++)
        count += pallet_has(m->reg->pallets[i], kind);
    put_u8(w, DEF_VARIANT);
    put_compact(w, count);
    for (uint16_t i = 0; i < m->reg->pallet_count; i++) {
        const struct pallet_desc *p = m->reg->pallets[i];
        if (!pallet_has(p, kind))
            continue;
        put_str(w, p->name);
        put_compact(w, 1);
        put_bool(w, false);
        put_pallet_id(w, m, kind, p);
        put_opt_str(w, arena_fmt(m->a, "%s::%s<Runtime>", p->crate, last));
        put_docs(w, NULL);
        put_u8(w, p->index);
        put_docs(w, NULL);
    }
}

static void put_primitive(struct writer *w, enum primitive p)
{
    put_u8(w, DEF_PRIMITIVE);
    put_u8(w, (uint8_t)p);
}

static void put_struct_def(struct writer *w, struct meta *m, const struct type *t)
{
    if (t->path != NULL) {
        put_u8(w, DEF_COMPOSITE);
        put_fields(w, m, t->fields, t->field_count);
        return;
    }
    put_u8(w, DEF_TUPLE);
    put_compact(w, t->field_count);
    for (uint16_t i = 0; i < t->field_count; i++)
        put_id(w, m, t->fields[i].type);
}

static void put_enum_def(struct writer *w, struct meta *m, const struct type *t)
{
    put_u8(w, DEF_VARIANT);
    put_compact(w, t->variant_count);
    for (uint16_t i = 0; i < t->variant_count; i++) {
        const struct variant *v = &t->variants[i];
        put_variant(w, m, v->name, v->index, v->fields, v->field_count, v->doc);
    }
}

static void put_option_def(struct writer *w, struct meta *m, const struct type *t)
{
    const struct field some = {.type = t->elem};

    put_u8(w, DEF_VARIANT);
    put_compact(w, 2);
    put_variant(w, m, "None", 0, NULL, 0, NULL);
    put_variant(w, m, "Some", 1, &some, 1, NULL);
}

static void put_elem_def(struct writer *w, struct meta *m, enum def def, const struct type *elem)
{
    put_u8(w, (uint8_t)def);
    put_id(w, m, elem);
}

static void put_def(struct writer *w, struct meta *m, const struct type *t)
{
    switch (t->kind) {
    case TYPE_BOOL:
        put_primitive(w, PRIM_BOOL);
        return;
    case TYPE_U8:
        put_primitive(w, PRIM_U8);
        return;
    case TYPE_U16:
        put_primitive(w, PRIM_U16);
        return;
    case TYPE_U32:
        put_primitive(w, PRIM_U32);
        return;
    case TYPE_U64:
        put_primitive(w, PRIM_U64);
        return;
    case TYPE_U128:
        put_primitive(w, PRIM_U128);
        return;
    case TYPE_STR:
        put_primitive(w, PRIM_STR);
        return;
    case TYPE_COMPACT:
        put_elem_def(w, m, DEF_COMPACT, t->elem);
        return;
    case TYPE_BYTES:
    case TYPE_TEXT:
        put_elem_def(w, m, DEF_SEQUENCE, &type_u8);
        return;
    case TYPE_VEC:
        put_elem_def(w, m, DEF_SEQUENCE, t->elem);
        return;
    case TYPE_ARRAY:
        put_u8(w, DEF_ARRAY);
        put_u32(w, t->max);
        put_id(w, m, t->elem);
        return;
    case TYPE_STRUCT:
    case TYPE_VOID:
        put_struct_def(w, m, t);
        return;
    case TYPE_ENUM:
        put_enum_def(w, m, t);
        return;
    case TYPE_OPTION:
        put_option_def(w, m, t);
        return;
    case TYPE_CALL:
        put_outer(w, m, ENTRY_CALLS, "Call");
        return;
    }
    UNREACHABLE();
}

static void put_param(struct writer *w, struct meta *m, const char *name, const struct type *type_opt)
{
    put_str(w, name);
    put_bool(w, type_opt != NULL);
    if (type_opt != NULL)
        put_id(w, m, type_opt);
}

static void put_extrinsic_type(struct writer *w, struct meta *m)
{
    static const struct type opaque = {.kind = TYPE_BYTES};
    const struct field bytes = {.type = &opaque};

    put_split(w, type_unchecked_extrinsic.path, "::");
    put_compact(w, 4);
    put_param(w, m, "Address", &type_multi_address); /* polkadot.js looks for these names in this order */
    put_param(w, m, "Call", &type_call);
    put_param(w, m, "Signature", m->reg->signature);
    put_param(w, m, "Extra", m->extra);
    put_u8(w, DEF_COMPOSITE);
    put_fields(w, m, &bytes, 1);
    put_docs(w, NULL);
}

static const char *path_of(const struct type *t)
{
    if (t->kind == TYPE_OPTION)
        return "Option";
    return t->kind == TYPE_CALL ? "wetee_runtime::RuntimeCall" : t->path;
}

static void put_type(struct writer *w, struct meta *m, const struct type *t)
{
    if (t == &type_unchecked_extrinsic) {
        put_extrinsic_type(w, m);
        return;
    }
    put_split(w, path_of(t), "::");
    if (t->kind == TYPE_OPTION) {
        put_compact(w, 1);
        put_param(w, m, "T", t->elem); /* clients know options by this name */
    } else {
        put_compact(w, t->param_count);
        for (uint16_t i = 0; i < t->param_count; i++)
            put_param(w, m, t->params[i].name, t->params[i].type);
    }
    if (t == &type_era) {
        put_era(w, m);
    } else if (t == &type_runtime_event) {
        put_outer(w, m, ENTRY_EVENTS, "Event");
    } else if (t == &type_runtime_error) {
        put_outer(w, m, ENTRY_ERRORS, "Error");
    } else {
        put_def(w, m, t);
    }
    put_docs(w, t->doc);
}

static void put_calls(struct writer *w, struct meta *m, const struct pallet_desc *p)
{
    put_compact(w, p->call_count);
    for (uint16_t i = 0; i < p->call_count; i++) {
        const struct call_desc *c = p->calls[i];
        put_variant(w, m, c->name, c->index, c->args->fields, c->args->field_count, c->doc);
    }
}

static void put_events(struct writer *w, struct meta *m, const struct pallet_desc *p)
{
    put_compact(w, p->event_count);
    for (uint16_t i = 0; i < p->event_count; i++) {
        const struct variant *v = &p->events[i];
        put_variant(w, m, v->name, v->index, v->fields, v->field_count, v->doc);
    }
}

static void put_errors(struct writer *w, struct meta *m, const struct pallet_desc *p)
{
    put_compact(w, p->error_count);
    for (uint16_t i = 0; i < p->error_count; i++)
        put_variant(w, m, p->errors[i].name, p->errors[i].index, NULL, 0, p->errors[i].doc);
}

/* The Call, Event or Error enum of one pallet. */
static void put_pallet_enum(struct writer *w, struct meta *m, const struct entry *e)
{
    static const char *const last[] = {
        [ENTRY_CALLS] = "Call", [ENTRY_EVENTS] = "Event", [ENTRY_ERRORS] = "Error"};

    put_split(w, arena_fmt(m->a, "%s::pallet::%s", e->pallet->crate, last[e->kind]), "::");
    put_compact(w, 1);
    put_param(w, m, "T", NULL);
    put_u8(w, DEF_VARIANT);
    if (e->kind == ENTRY_CALLS)
        put_calls(w, m, e->pallet);
    else if (e->kind == ENTRY_EVENTS)
        put_events(w, m, e->pallet);
    else
        put_errors(w, m, e->pallet);
    put_docs(w, NULL);
}

/* Writing a type may number new ones, which are written in their turn. */
static void put_types(struct writer *w, struct meta *m)
{
    for (uint32_t i = 0; i < m->count; i++) {
        const struct entry e = m->entries[i];
        put_compact(w, i);
        if (e.kind == ENTRY_TYPE)
            put_type(w, m, e.type);
        else
            put_pallet_enum(w, m, &e);
    }
}

/* Vec<u8> of the encoded value; `value` NULL is all zeros. */
static void put_value(struct writer *w, struct meta *m, const struct type *t, const void *value_opt)
{
    struct writer v = writer_in(m->a, METADATA_MAX);

    walk_encode(&v, t, value_opt != NULL ? value_opt : arena_alloc(m->a, t->size + 1));
    ASSERT(writer_ok(&v)); /* declared values are within their types */
    put_compact_bytes(w, writer_bytes(&v));
}

static const struct type *tuple_of(struct arena *a, const struct type *const *types, uint16_t count)
{
    struct type *t = arena_new(a, struct type);
    struct field *fields = arena_new_n(a, struct field, count);

    for (uint16_t i = 0; i < count; i++)
        fields[i].type = types[i];
    *t = (struct type){.kind = TYPE_STRUCT, .fields = fields, .field_count = count};
    return t;
}

static void put_entry(struct writer *w, struct meta *m, const struct storage_desc *s)
{
    enum { MODIFIER_OPTIONAL, MODIFIER_DEFAULT };

    put_str(w, s->name);
    put_u8(w, s->has_default ? MODIFIER_DEFAULT : MODIFIER_OPTIONAL);
    put_bool(w, s->key_count > 0); /* plain or map */
    if (s->key_count > 0) {
        put_compact(w, s->key_count);
        for (uint8_t i = 0; i < s->key_count; i++)
            put_u8(w, (uint8_t)s->hashers[i]);
        put_id(w, m, s->key_count == 1 ? s->keys[0] : tuple_of(m->a, s->keys, s->key_count));
    }
    put_id(w, m, s->value);
    if (s->has_default)
        put_value(w, m, s->value, s->default_value);
    else
        put_compact_bytes(w, bytes_of("", 1)); /* None */
    put_docs(w, s->doc);
}

static void put_storage(struct writer *w, struct meta *m, const struct pallet_desc *p)
{
    put_bool(w, p->storage_count > 0);
    if (p->storage_count == 0)
        return;
    put_str(w, p->name);
    put_compact(w, p->storage_count);
    for (uint16_t i = 0; i < p->storage_count; i++)
        put_entry(w, m, p->storage[i]);
}

static void put_opt_enum(struct writer *w, struct meta *m, enum entry_kind kind, const struct pallet_desc *p)
{
    put_bool(w, pallet_has(p, kind));
    if (pallet_has(p, kind))
        put_pallet_id(w, m, kind, p);
}

static void put_pallet(struct writer *w, struct meta *m, const struct pallet_desc *p, uint8_t version)
{
    put_str(w, p->name);
    put_storage(w, m, p);
    put_opt_enum(w, m, ENTRY_CALLS, p);
    put_opt_enum(w, m, ENTRY_EVENTS, p);
    put_compact(w, p->constant_count);
    for (uint16_t i = 0; i < p->constant_count; i++) {
        const struct constant_desc *c = &p->constants[i];
        put_str(w, c->name);
        put_id(w, m, c->type);
        put_value(w, m, c->type, c->value);
        put_docs(w, c->doc);
    }
    put_opt_enum(w, m, ENTRY_ERRORS, p);
    put_u8(w, p->index);
    if (version >= 15)
        put_docs(w, p->doc);
}

static void put_extrinsic(struct writer *w, struct meta *m, uint8_t version)
{
    enum { EXTRINSIC_FORMAT = 4 };

    if (version == 14)
        put_id(w, m, &type_unchecked_extrinsic);
    put_u8(w, EXTRINSIC_FORMAT);
    if (version >= 15) {
        put_id(w, m, &type_multi_address);
        put_id(w, m, &type_call);
        put_id(w, m, m->reg->signature);
        put_id(w, m, m->extra);
    }
    put_compact(w, m->reg->extension_count);
    for (uint16_t i = 0; i < m->reg->extension_count; i++) {
        put_str(w, m->reg->extensions[i].name);
        put_id(w, m, m->reg->extensions[i].type);
        put_id(w, m, m->reg->extensions[i].implicit);
    }
}

static void put_apis(struct writer *w, struct meta *m)
{
    put_compact(w, m->reg->api_count);
    for (uint16_t i = 0; i < m->reg->api_count; i++) {
        const struct api_desc *api = &m->reg->apis[i];
        put_str(w, api->name);
        put_compact(w, api->method_count);
        for (uint16_t k = 0; k < api->method_count; k++) {
            const struct method_desc *method = &api->methods[k];
            put_str(w, method->name);
            put_compact(w, method->input_count);
            for (uint16_t n = 0; n < method->input_count; n++) {
                put_str(w, method->inputs[n].name);
                put_id(w, m, method->inputs[n].type);
            }
            put_id(w, m, method->output);
            put_docs(w, method->doc);
        }
        put_docs(w, api->doc);
    }
}

static void put_body(struct writer *w, struct meta *m, uint8_t version)
{
    put_compact(w, m->reg->pallet_count);
    for (uint16_t i = 0; i < m->reg->pallet_count; i++)
        put_pallet(w, m, m->reg->pallets[i], version);
    put_extrinsic(w, m, version);
    put_id(w, m, &type_runtime);
    if (version == 14)
        return;
    put_apis(w, m);
    put_id(w, m, &type_call);
    put_id(w, m, &type_runtime_event);
    put_id(w, m, &type_runtime_error);
    put_compact(w, 0); /* custom values */
}

static const struct type *extra_of(struct arena *a, const struct registry *reg)
{
    const struct type **types = arena_new_n(a, const struct type *, (size_t)reg->extension_count + 1);

    for (uint16_t i = 0; i < reg->extension_count; i++)
        types[i] = reg->extensions[i].type;
    return tuple_of(a, types, reg->extension_count);
}

bool metadata_encode(struct writer *w, struct arena *scratch, const struct registry *registry,
                     uint8_t version)
{
    struct meta m = {.a = scratch, .reg = registry, .cap = TYPES_FIRST};

    if (version != 14 && version != 15)
        return false;
    m.entries = arena_new_n(scratch, struct entry, m.cap);
    m.extra = extra_of(scratch, registry);

    /* The first pass numbers the types, by the larger version so that both number alike. */
    struct writer numbering = writer_counting(), types = writer_in(scratch, METADATA_MAX);
    put_id(&numbering, &m, &type_unchecked_extrinsic);
    put_body(&numbering, &m, 15);
    put_types(&types, &m);

    put_text(w, "meta");
    put_u8(w, version);
    put_compact(w, m.count);
    put_bytes(w, writer_bytes(&types));
    put_body(w, &m, version);
    return true;
}
