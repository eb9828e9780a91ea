/* tools/idlc/emit_desc.c — chain/<m>.c: the descriptor tables of one module. */
#include "tools/idlc/idl.h"

struct memo {
    const char *text, *ref;
};

/* One .c file being written. */
struct out {
    struct arena *a;
    struct writer *w;
    struct module *m;
    struct memo *memos; /* anonymous types already in the file */
    size_t memo_count, next;
};

static const char *type_ref(struct out *o, const struct ty *t);

/* Where the table's fields are in C. */
struct place {
    const char *c;      /* "struct worker_cluster" */
    const char *within; /* "u.named" or NULL */
    bool direct;        /* the only field is `within` itself */
};

static const char *offset_of(struct out *o, const struct place *p, const struct fields *f, size_t i)
{
    const char *name = f->v[i].name;

    if (p->direct || ty_is_void(f->v[i].ty))
        return "0";
    if (name == NULL)
        name = f->count == 1 ? "value" : arena_fmt(o->a, "%c", (char)('a' + i));
    name = c_name(o->a, name);
    if (p->within == NULL)
        return arena_fmt(o->a, "offsetof(%s, %s)", p->c, name);
    return arena_fmt(o->a, "offsetof(%s, %s.%s) - offsetof(%s, u)", p->c, p->within, name, p->c);
}

/* Writes `static const struct field <name>[]`; returns what to initialise `.fields` with. */
static const char *put_fields(struct out *o, const char *name, const struct fields *f, const struct place *p)
{
    const char **refs = arena_new_n(o->a, const char *, f->count + 1);

    if (f->count == 0)
        return "NULL";
    for (size_t i = 0; i < f->count; i++)
        refs[i] = type_ref(o, f->v[i].ty);
    put_fmt(o->w, "static const struct field %s[] = {\n", name);
    for (size_t i = 0; i < f->count; i++) {
        const struct idl_field *field = &f->v[i];
        put_text(o->w, "    {.name = ");
        put_c_string(o->w, field->name);
        put_fmt(o->w, ", .type = %s, .at = %s, .type_name = ", refs[i], offset_of(o, p, f, i));
        put_c_string(o->w, field->as != NULL ? field->as : ty_rust(o->a, field->ty));
        put_text(o->w, ", .doc = ");
        put_c_string(o->w, field->doc);
        put_text(o->w, "},\n");
    }
    put_text(o->w, "};\n");
    return name;
}

static const char *fresh(struct out *o, const char *kind)
{
    return arena_fmt(o->a, "%s_%s%zu", o->m->name, kind, o->next++);
}

/* A result is an enum with a path that clients know. */
static void put_result_type(struct out *o, const struct ty *t, const char *name, const char *ok,
                            const char *err)
{
    struct module *owner;
    const char *c = ty_c_stem(o->a, t, &owner);
    const bool plain = ty_plain_result(t);

    put_fmt(o->w,
            "static const struct field %s_ok[] = {{.type = %s}};\n"
            "static const struct field %s_err[] = {{.type = %s}};\n"
            "static const struct variant %s_variants[] = {\n"
            "    {.name = \"Ok\", .index = 0, .field_count = 1, .fields = %s_ok},\n"
            "    {.name = \"Err\", .index = 1, .field_count = 1, .fields = %s_err},\n};\n"
            "static const struct type_param %s_params[] = {{\"T\", %s}, {\"E\", %s}};\n",
            name, ok, name, err, name, name, name, name, ok, err);
    put_fmt(o->w,
            "static const struct type %s = {.kind = TYPE_ENUM, .size = sizeof(%s %s), .value_at = %s,\n"
            "    .variants = %s_variants, .variant_count = 2, .params = %s_params, .param_count = 2,\n"
            "    .path = \"Result\"};\n",
            name, plain ? "enum" : "struct", c, plain ? "0" : arena_fmt(o->a, "offsetof(struct %s, u)", c),
            name, name);
}

static void put_tuple_type(struct out *o, const struct ty *t, const char *name)
{
    struct fields f = {0};
    struct module *owner;
    const struct place p = {.c = arena_fmt(o->a, "struct %s", ty_c_stem(o->a, t, &owner))};

    for (size_t i = 0; i < t->count; i++)
        *PUSH(o->a, f.v, f.count) = (struct idl_field){.ty = t->args[i]};
    const char *fields = put_fields(o, arena_fmt(o->a, "%s_fields", name), &f, &p);
    put_fmt(o->w,
            "static const struct type %s = {.kind = TYPE_STRUCT, .size = sizeof(%s), .fields = %s, "
            ".field_count = %zu};\n",
            name, p.c, fields, f.count);
}

static void put_anonymous(struct out *o, const struct ty *t, const char *name)
{
    struct module *owner;
    const unsigned long long n = t->n;
    const char *first = t->count > 0 ? type_ref(o, t->args[0]) : NULL;
    const char *head = arena_fmt(o->a, "static const struct type %s = {.kind = ", name);

    switch (t->kind) {
    case TY_BYTES:
    case TY_STR:
    case TY_TEXT:
        put_fmt(o->w, "%sTYPE_%s, .size = sizeof(struct bytes), .max = %llu};\n", head,
                t->kind == TY_BYTES ? "BYTES"
                : t->kind == TY_STR ? "STR"
                                    : "TEXT",
                n);
        return;
    case TY_ARRAY:
        put_fmt(o->w, "%sTYPE_ARRAY, .size = %llu, .max = %llu, .elem = &type_u8};\n", head, n, n);
        return;
    case TY_VEC:
        put_fmt(o->w, "%sTYPE_VEC, .size = sizeof(struct %s), .max = %llu, .elem = %s};\n", head,
                ty_c_stem(o->a, t, &owner), n, first);
        return;
    case TY_OPTION: {
        const char *c = ty_c_stem(o->a, t, &owner);
        const char *at = ty_is_void(t->args[0]) ? "0" : arena_fmt(o->a, "offsetof(struct %s, value)", c);
        put_fmt(o->w, "%sTYPE_OPTION, .size = sizeof(struct %s), .value_at = %s, .elem = %s};\n", head, c, at,
                first);
        return;
    }
    case TY_TUPLE:
        put_tuple_type(o, t, name);
        return;
    case TY_RESULT:
        put_result_type(o, t, name, first, type_ref(o, t->args[1]));
        return;
    case TY_BASIC:
    case TY_COMPACT:
    case TY_NAMED:
        UNREACHABLE();
    }
}

/* An address of the descriptor; writes it first when it is anonymous and new. */
static const char *type_ref(struct out *o, const struct ty *t)
{
    if (t->kind == TY_BASIC)
        return arena_fmt(o->a, "&%s", t->basic->desc);
    if (t->kind == TY_COMPACT)
        return arena_fmt(o->a, "&type_compact_%s", t->args[0]->basic->stem);
    if (t->kind == TY_NAMED)
        return arena_fmt(o->a, "&%s_type_%s", t->decl->module->name, t->decl->snake);

    const char *text = ty_text(o->a, t);
    for (size_t i = 0; i < o->memo_count; i++)
        if (strcmp(o->memos[i].text, text) == 0)
            return o->memos[i].ref;
    const char *name = fresh(o, "t");
    put_anonymous(o, t, name);
    const char *ref = arena_fmt(o->a, "&%s", name);
    *PUSH(o->a, o->memos, o->memo_count) = (struct memo){text, ref};
    return ref;
}

static const char *put_params(struct out *o, const struct decl *d, const char *name)
{
    const char **refs = arena_new_n(o->a, const char *, d->param_count + 1);

    if (d->param_count == 0)
        return "NULL";
    for (size_t i = 0; i < d->param_count; i++)
        refs[i] = d->params[i].ty == NULL ? "NULL" : type_ref(o, d->params[i].ty);
    put_fmt(o->w, "static const struct type_param %s_params[] = {", name);
    for (size_t i = 0; i < d->param_count; i++)
        put_fmt(o->w, "{\"%s\", %s}, ", d->params[i].name, refs[i]);
    put_text(o->w, "};\n");
    return arena_fmt(o->a, "%s_params", name);
}

static void put_type_tail(struct out *o, const struct decl *d, const char *params)
{
    put_fmt(o->w, "    .params = %s, .param_count = %zu, .path = ", params, d->param_count);
    put_c_string(o->w, d->path);
    put_text(o->w, ", .doc = ");
    put_c_string(o->w, d->doc);
    put_text(o->w, "};\n\n");
}

static void put_struct_type(struct out *o, const struct decl *d)
{
    const char *name = arena_fmt(o->a, "%s_type_%s", d->module->name, d->snake);
    const struct place p = {.c = arena_fmt(o->a, "struct %s_%s", d->module->name, d->snake)};
    const char *fields = put_fields(o, arena_fmt(o->a, "%s_fields", name), &d->fields, &p);
    const char *params = put_params(o, d, name);

    put_fmt(o->w,
            "const struct type %s = {.kind = TYPE_STRUCT, .size = sizeof(%s), .fields = %s, .field_count = "
            "%zu,\n",
            name, p.c, fields, d->fields.count);
    put_type_tail(o, d, params);
}

static void put_variant(struct out *o, const char *name, unsigned index, const char *fields, size_t count,
                        const char *doc)
{
    put_text(o->w, "    {.name = ");
    put_c_string(o->w, name);
    put_fmt(o->w, ", .index = %u, .fields = %s, .field_count = %zu, .doc = ", index, fields, count);
    put_c_string(o->w, doc);
    put_text(o->w, "},\n");
}

static void put_enum_type(struct out *o, const struct decl *d)
{
    const char *name = arena_fmt(o->a, "%s_type_%s", d->module->name, d->snake);
    const char *c = arena_fmt(o->a, "%s %s_%s", d->plain ? "enum" : "struct", d->module->name, d->snake);
    const char **fields = arena_new_n(o->a, const char *, d->variant_count);

    for (size_t i = 0; i < d->variant_count; i++) {
        const struct idl_variant *v = &d->variants[i];
        const char *member = snake_case(o->a, v->name);
        const struct place p = {.c = c,
                                .within = arena_fmt(o->a, "u.%s", c_name(o->a, member)),
                                .direct = v->fields.count == 1 && !v->fields.named};
        fields[i] = put_fields(o, arena_fmt(o->a, "%s_%s", name, member), &v->fields, &p);
    }
    const char *params = put_params(o, d, name);
    put_fmt(o->w, "static const struct variant %s_variants[] = {\n", name);
    for (size_t i = 0; i < d->variant_count; i++)
        put_variant(o, d->variants[i].name, d->variants[i].index, fields[i], d->variants[i].fields.count,
                    d->variants[i].doc);
    put_text(o->w, "};\n");
    put_fmt(o->w,
            "const struct type %s = {.kind = TYPE_ENUM, .size = sizeof(%s), .value_at = %s,\n"
            "    .variants = %s_variants, .variant_count = %zu,\n",
            name, c, d->plain ? "0" : arena_fmt(o->a, "offsetof(%s, u)", c), name, d->variant_count);
    put_type_tail(o, d, params);
}

static void put_calls(struct out *o)
{
    const struct module *m = o->m;

    for (size_t i = 0; i < m->call_count; i++) {
        const struct idl_call *c = &m->calls[i];
        const char *name = arena_fmt(o->a, "%s_args_%s", m->name, c->name);
        const struct place p = {.c = arena_fmt(o->a, "struct %s_%s_args", m->name, c->name)};
        const char *fields = put_fields(o, arena_fmt(o->a, "%s_fields", name), &c->args, &p);
        put_fmt(o->w,
                "static const struct type %s = {.kind = TYPE_STRUCT, .size = sizeof(%s), .fields = %s, "
                ".field_count = %zu};\n",
                name, p.c, fields, c->args.count);
        put_fmt(
            o->w,
            "const struct call_desc %s_call_%s = {.name = \"%s\", .index = %u, .origin = CALL_ORIGIN_%s,\n",
            m->name, c->name, c->name, c->index, upper_case(o->a, c->origin));
        put_fmt(o->w,
                "    .class = CALL_CLASS_%s, .weight = UINT64_C(%llu), .weight_per_byte = UINT64_C(%llu), "
                ".args = &%s,\n    .doc = ",
                upper_case(o->a, c->class), (unsigned long long)c->weight,
                (unsigned long long)c->weight_per_byte, name);
        put_c_string(o->w, c->doc);
        put_text(o->w, "};\n\n");
    }
    if (m->call_count == 0)
        return;
    put_fmt(o->w, "static const struct call_desc *const %s_calls[] = {\n", m->name);
    for (size_t i = 0; i < m->call_count; i++)
        put_fmt(o->w, "    &%s_call_%s,\n", m->name, m->calls[i].name);
    put_text(o->w, "};\n\n");
}

static void put_events(struct out *o)
{
    const struct module *m = o->m;
    const char **fields = arena_new_n(o->a, const char *, m->event_count + 1);

    for (size_t i = 0; i < m->event_count; i++) {
        const struct idl_event *ev = &m->events[i];
        const char *name = arena_fmt(o->a, "%s_event_%s", m->name, ev->snake);
        const struct place p = {.c = arena_fmt(o->a, "struct %s_%s_event", m->name, ev->snake)};
        fields[i] = put_fields(o, arena_fmt(o->a, "%s_fields", name), &ev->fields, &p);
        put_fmt(o->w,
                "const struct type %s = {.kind = TYPE_STRUCT, .size = sizeof(%s), .fields = %s, .field_count "
                "= %zu};\n",
                name, p.c, fields[i], ev->fields.count);
    }
    if (m->event_count == 0)
        return;
    put_fmt(o->w, "static const struct variant %s_events[] = {\n", m->name);
    for (size_t i = 0; i < m->event_count; i++)
        put_variant(o, m->events[i].name, m->events[i].index, fields[i], m->events[i].fields.count,
                    m->events[i].doc);
    put_fmt(o->w, "};\nstatic const struct type *const %s_event_types[] = {\n", m->name);
    for (size_t i = 0; i < m->event_count; i++)
        put_fmt(o->w, "    &%s_event_%s,\n", m->name, m->events[i].snake);
    put_text(o->w, "};\n\n");
}

static bool literal_is_zero(const struct lit *l)
{
    if (l->kind == LIT_NAME)
        return strcmp(l->text, "default") == 0 || strcmp(l->text, "false") == 0;
    return l->kind == LIT_INT && strcmp(l->text, "0") == 0;
}

/* A constant or a default as an object: `static const T <name> = …;`. */
static void put_object(struct out *o, const char *storage, const struct ty *t, const char *name,
                       const struct lit *l)
{
    put_fmt(o->w, "%sconst %s = ", storage, c_declare(o->a, t, name));
    put_literal(o->w, o->a, t, l);
    put_text(o->w, ";\n");
}

static void put_prefix(struct out *o, const struct item *it)
{
    put_text(o->w, "    .prefix = {");
    for (unsigned half = 0; half < 2; half++)
        for (unsigned seed = 0; seed < 2; seed++) {
            const uint64_t h = xxh64(bytes_of_str(half == 0 ? o->m->pallet : it->name), seed);
            for (unsigned i = 0; i < 8; i++)
                put_fmt(o->w, "0x%02x, ", (unsigned)(h >> (8 * i) & 0xff));
        }
    put_text(o->w, "},\n");
}

static void put_item(struct out *o, const struct item *it)
{
    const char *keys[3], *value = type_ref(o, it->value), *init = "NULL";

    for (size_t i = 0; i < it->key_count; i++)
        keys[i] = type_ref(o, it->keys[i]);
    if (it->init != NULL && !literal_is_zero(it->init)) {
        const char *name = arena_fmt(o->a, "%s_default_%s", o->m->name, it->snake);
        put_object(o, "static ", it->value, name, it->init);
        init = arena_fmt(o->a, "&%s", name);
    }
    put_fmt(o->w, "const struct storage_desc %s_storage_%s = {.name = \"%s\", .doc = ", o->m->name, it->snake,
            it->name);
    put_c_string(o->w, it->doc);
    put_text(o->w, ",\n");
    put_prefix(o, it);
    put_fmt(o->w, "    .key_count = %zu,", it->key_count);
    for (size_t i = 0; i < it->key_count; i++)
        put_fmt(o->w, " .hashers[%zu] = HASHER_%s, .keys[%zu] = %s,", i, upper_case(o->a, it->hashers[i]), i,
                keys[i]);
    put_fmt(o->w, "\n    .value = %s, .has_default = %s, .default_value = %s};\n\n", value,
            it->init != NULL ? "true" : "false", init);
}

static void put_items(struct out *o)
{
    const struct module *m = o->m;

    for (size_t i = 0; i < m->item_count; i++)
        put_item(o, &m->items[i]);
    if (m->item_count == 0)
        return;
    put_fmt(o->w, "static const struct storage_desc *const %s_storage[] = {\n", m->name);
    for (size_t i = 0; i < m->item_count; i++)
        put_fmt(o->w, "    &%s_storage_%s,\n", m->name, m->items[i].snake);
    put_text(o->w, "};\n\n");
}

static void put_constants(struct out *o)
{
    const struct module *m = o->m;
    const char **refs = arena_new_n(o->a, const char *, m->constant_count + 1);

    if (m->constant_count == 0)
        return;
    for (size_t i = 0; i < m->constant_count; i++) {
        const struct constant *c = &m->constants[i];
        const bool macro =
            ty_by_value(c->ty) && c->ty->kind != TY_BYTES && c->ty->kind != TY_STR && c->ty->kind != TY_TEXT;
        refs[i] = type_ref(o, c->ty);
        put_object(o, macro ? "static " : "", c->ty, arena_fmt(o->a, "%s_const_%s", m->name, c->snake),
                   c->init);
    }
    put_fmt(o->w, "static const struct constant_desc %s_constants[] = {\n", m->name);
    for (size_t i = 0; i < m->constant_count; i++) {
        const struct constant *c = &m->constants[i];
        put_fmt(o->w, "    {.name = \"%s\", .type = %s, .value = &%s_const_%s, .doc = ", c->name, refs[i],
                m->name, c->snake);
        put_c_string(o->w, c->doc);
        put_text(o->w, "},\n");
    }
    put_text(o->w, "};\n\n");
}

static void put_errors(struct out *o)
{
    const struct module *m = o->m;

    if (m->error_count == 0)
        return;
    put_fmt(o->w, "static const struct error_desc %s_errors[] = {\n", m->name);
    for (size_t i = 0; i < m->error_count; i++) {
        put_fmt(o->w, "    {.name = \"%s\", .index = %u, .doc = ", m->errors[i].name, m->errors[i].index);
        put_c_string(o->w, m->errors[i].doc);
        put_text(o->w, "},\n");
    }
    put_text(o->w, "};\n\n");
}

static void put_apis(struct out *o)
{
    const struct module *m = o->m;

    for (size_t i = 0; i < m->api_count; i++) {
        const struct api *api = &m->apis[i];
        const char *prefix = arena_fmt(o->a, "%s_api_%s", m->name, snake_case(o->a, api->name));
        const char **inputs = arena_new_n(o->a, const char *, api->method_count + 1);
        const char **outputs = arena_new_n(o->a, const char *, api->method_count + 1);
        for (size_t k = 0; k < api->method_count; k++) {
            const struct place p = {.direct = true};
            inputs[k] = put_fields(o, arena_fmt(o->a, "%s_%s", prefix, api->methods[k].name),
                                   &api->methods[k].inputs, &p);
            outputs[k] = type_ref(o, api->methods[k].output);
        }
        put_fmt(o->w, "static const struct method_desc %s_methods[] = {\n", prefix);
        for (size_t k = 0; k < api->method_count; k++) {
            put_fmt(o->w, "    {.name = \"%s\", .inputs = %s, .input_count = %zu, .output = %s, .doc = ",
                    api->methods[k].name, inputs[k], api->methods[k].inputs.count, outputs[k]);
            put_c_string(o->w, api->methods[k].doc);
            put_text(o->w, "},\n");
        }
        put_text(o->w, "};\n\n");
    }
    if (m->api_count == 0)
        return;
    put_fmt(o->w, "const struct api_desc %s_apis[%zu] = {\n", m->name, m->api_count);
    for (size_t i = 0; i < m->api_count; i++) {
        put_fmt(o->w, "    {.name = \"%s\", .methods = %s_api_%s_methods, .method_count = %zu, .doc = ",
                m->apis[i].name, m->name, snake_case(o->a, m->apis[i].name), m->apis[i].method_count);
        put_c_string(o->w, m->apis[i].doc);
        put_text(o->w, "},\n");
    }
    put_text(o->w, "};\n\n");
}

/* Extensions are for metadata alone: no C struct, so no offsets. */
static void put_extensions(struct out *o)
{
    const struct module *m = o->m;
    const char **implicit = arena_new_n(o->a, const char *, m->extension_count + 1);
    const struct place p = {.direct = true};

    if (m->extension_count == 0)
        return;
    put_fmt(o->w, "static const struct type_param %s_phantom[] = {{\"T\", NULL}};\n", m->name);
    for (size_t i = 0; i < m->extension_count; i++) {
        const struct extension *x = &m->extensions[i];
        const char *name = arena_fmt(o->a, "%s_extension_%s", m->name, x->snake);
        const char *fields = put_fields(o, arena_fmt(o->a, "%s_fields", name), &x->fields, &p);
        implicit[i] = type_ref(o, x->implicit);
        put_fmt(o->w,
                "static const struct type %s = {.kind = TYPE_STRUCT, .fields = %s, .field_count = %zu, "
                ".params = %s_phantom,\n    .param_count = 1, .path = \"%s\"};\n",
                name, fields, x->fields.count, m->name, x->path);
    }
    put_fmt(o->w, "const struct extension_desc %s_extensions[%zu] = {\n", m->name, m->extension_count);
    for (size_t i = 0; i < m->extension_count; i++)
        put_fmt(o->w, "    {.name = \"%s\", .type = &%s_extension_%s, .implicit = %s},\n",
                m->extensions[i].name, m->name, m->extensions[i].snake, implicit[i]);
    put_text(o->w, "};\n\n");
}

static void put_list_ref(struct out *o, const char *member, const char *count, size_t n)
{
    if (n > 0)
        put_fmt(o->w, "    .%s = %s_%s, .%s = %zu,\n", member, o->m->name, member, count, n);
}

static void put_pallet(struct out *o)
{
    const struct module *m = o->m;

    if (!m->is_pallet)
        return;
    put_fmt(o->w,
            "const struct pallet_desc %s_pallet = {.name = \"%s\", .module = \"%s\", .crate = \"%s\",\n",
            m->name, m->pallet, m->name, m->crate);
    put_fmt(o->w, "    .index = %u,\n", m->index);
    put_list_ref(o, "storage", "storage_count", m->item_count);
    put_list_ref(o, "calls", "call_count", m->call_count);
    put_list_ref(o, "events", "event_count", m->event_count);
    if (m->event_count > 0)
        put_fmt(o->w, "    .event_types = %s_event_types,\n", m->name);
    put_list_ref(o, "errors", "error_count", m->error_count);
    put_list_ref(o, "constants", "constant_count", m->constant_count);
    put_text(o->w, "    .doc = ");
    put_c_string(o->w, m->doc);
    put_text(o->w, "};\n");
}

void emit_descriptors(struct idl *idl, const char *dir)
{
    for (size_t i = 0; i < idl->module_count; i++) {
        struct writer w = writer_in(idl->a, SIZE_MAX / 2);
        struct out o = {.a = idl->a, .w = &w, .m = idl->modules[i]};
        put_fmt(&w,
                "/* Generated by idlc from chain/%s.idl. */\n#include \"chain/%s.h\"\n\n#include "
                "\"codec/metadata.h\"\n\n",
                o.m->name, o.m->name);
        for (size_t k = 0; k < o.m->decl_count; k++)
            (o.m->decls[k]->is_enum ? put_enum_type : put_struct_type)(&o, o.m->decls[k]);
        put_calls(&o);
        put_events(&o);
        put_items(&o);
        put_constants(&o);
        put_errors(&o);
        put_apis(&o);
        put_extensions(&o);
        put_pallet(&o);
        emit_file(idl->a, dir, arena_fmt(idl->a, "chain/%s.c", o.m->name), &w);
    }
}

static const struct module *first_with(const struct idl *idl, size_t offset)
{
    for (size_t i = 0; i < idl->module_count; i++) {
        size_t count;
        memcpy(&count, (const char *)idl->modules[i] + offset, sizeof count);
        if (count > 0)
            return idl->modules[i];
    }
    return NULL;
}

static void put_registry(struct idl *idl, struct writer *w)
{
    const struct module *api = first_with(idl, offsetof(struct module, api_count));
    const struct module *ext = first_with(idl, offsetof(struct module, extension_count));
    size_t pallets = 0;

    put_text(w, "const struct pallet_desc *const chain_pallets[] = {\n");
    for (unsigned index = 0; index < 256; index++)
        for (size_t i = 0; i < idl->module_count; i++)
            if (idl->modules[i]->is_pallet && idl->modules[i]->index == index) {
                put_fmt(w, "    &%s_pallet,\n", idl->modules[i]->name);
                pallets++;
            }
    put_fmt(w,
            "};\n\nconst struct registry chain_registry = {.pallets = chain_pallets, .pallet_count = %zu,\n",
            pallets);
    if (api != NULL)
        put_fmt(w, "    .apis = %s_apis, .api_count = %zu,\n", api->name, api->api_count);
    if (ext != NULL)
        put_fmt(w, "    .extensions = %s_extensions, .extension_count = %zu,\n", ext->name,
                ext->extension_count);
    for (size_t i = 0; i < idl->module_count; i++)
        if (idl->modules[i]->signature != NULL && idl->modules[i]->signature->kind == TY_NAMED)
            put_fmt(w, "    .signature = &%s_type_%s,\n", idl->modules[i]->signature->decl->module->name,
                    idl->modules[i]->signature->decl->snake);
    put_text(w, "};\n");
}

void emit_registry(struct idl *idl, const char *dir)
{
    struct writer h = writer_in(idl->a, SIZE_MAX / 2), c = writer_in(idl->a, SIZE_MAX / 2);

    put_text(&h, "/* Generated by idlc: all modules of the chain. */\n#ifndef CHAIN_CHAIN_H\n#define "
                 "CHAIN_CHAIN_H\n\n");
    for (size_t i = 0; i < idl->module_count; i++)
        put_fmt(&h, "#include \"chain/%s.h\"\n", idl->modules[i]->name);
    put_text(&h, "\nextern const struct pallet_desc *const chain_pallets[]; /* ascending index */\n"
                 "extern const struct registry chain_registry;\n\n#endif /* CHAIN_CHAIN_H */\n");
    put_text(&c, "/* Generated by idlc: all modules of the chain. */\n#include \"chain/chain.h\"\n\n");
    put_registry(idl, &c);
    emit_file(idl->a, dir, "chain/chain.h", &h);
    emit_file(idl->a, dir, "chain/chain.c", &c);
}
