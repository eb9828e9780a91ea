/* tools/idlc/emit_types.c — chain/<m>.h and chain/scale.h: the C types and the names of the descriptors. */
#include "tools/idlc/idl.h"

/* A struct made from a type constructor: worker_ip_vec. */
struct compound {
    const char *name;
    const struct ty *ty;
    struct module *owner; /* NULL: chain/scale.h */
    bool written;
};

struct types {
    struct arena *a;
    struct writer *w;
    struct module *m; /* whose header is being written; NULL: scale.h */
    struct compound *v;
    size_t count;
};

static bool is_compound(const struct ty *t)
{
    return t->kind == TY_VEC || t->kind == TY_OPTION || t->kind == TY_TUPLE || t->kind == TY_RESULT;
}

static void collect(struct types *s, const struct ty *t)
{
    for (size_t i = 0; i < t->count; i++)
        collect(s, t->args[i]);
    if (!is_compound(t))
        return;
    struct compound c = {.ty = t};
    c.name = ty_c_stem(s->a, t, &c.owner);
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->v[i].name, c.name) == 0)
            return;
    *PUSH(s->a, s->v, s->count) = c;
}

static void collect_fields(struct types *s, const struct fields *f)
{
    for (size_t i = 0; i < f->count; i++)
        collect(s, f->v[i].ty);
}

static void collect_module(struct types *s, const struct module *m)
{
    for (size_t i = 0; i < m->decl_count; i++) {
        collect_fields(s, &m->decls[i]->fields);
        for (size_t k = 0; k < m->decls[i]->variant_count; k++)
            collect_fields(s, &m->decls[i]->variants[k].fields);
        for (size_t k = 0; k < m->decls[i]->param_count; k++)
            if (m->decls[i]->params[k].ty != NULL)
                collect(s, m->decls[i]->params[k].ty);
    }
    for (size_t i = 0; i < m->item_count; i++) {
        collect(s, m->items[i].value);
        for (size_t k = 0; k < m->items[i].key_count; k++)
            collect(s, m->items[i].keys[k]);
    }
    for (size_t i = 0; i < m->constant_count; i++)
        collect(s, m->constants[i].ty);
    for (size_t i = 0; i < m->call_count; i++)
        collect_fields(s, &m->calls[i].args);
    for (size_t i = 0; i < m->event_count; i++)
        collect_fields(s, &m->events[i].fields);
    for (size_t i = 0; i < m->extension_count; i++) {
        collect_fields(s, &m->extensions[i].fields);
        collect(s, m->extensions[i].implicit);
    }
    for (size_t i = 0; i < m->api_count; i++)
        for (size_t k = 0; k < m->apis[i].method_count; k++) {
            collect_fields(s, &m->apis[i].methods[k].inputs);
            collect(s, m->apis[i].methods[k].output);
        }
}

/* The members of a struct; a type that C cannot hold has none. */
static void put_members(struct types *s, const struct fields *f, const char *indent)
{
    size_t written = 0;

    for (size_t i = 0; i < f->count; i++) {
        const struct idl_field *field = &f->v[i];
        if (ty_is_void(field->ty))
            continue;
        const char *name = field->name;
        if (name == NULL)
            name = f->count == 1 ? "value" : arena_fmt(s->a, "%c", (char)('a' + i));
        put_fmt(s->w, "%s%s;\n", indent, c_declare(s->a, field->ty, c_name(s->a, name)));
        written++;
    }
    if (written == 0)
        put_fmt(s->w, "%schar unused_; /* C has no empty structs */\n", indent);
}

static void put_enum(struct types *s, const struct decl *d)
{
    const char *name = arena_fmt(s->a, "%s_%s", d->module->name, d->snake);
    bool any = false;

    put_fmt(s->w, "enum %s%s {\n", name, d->plain ? "" : "_tag");
    for (size_t i = 0; i < d->variant_count; i++)
        put_fmt(s->w, "    %s_%s = %u,\n", upper_case(s->a, name),
                upper_case(s->a, snake_case(s->a, d->variants[i].name)), d->variants[i].index);
    put_text(s->w, "};\n\n");
    if (d->plain)
        return;
    put_fmt(s->w, "struct %s {\n    enum %s_tag tag;\n    union {\n", name, name);
    for (size_t i = 0; i < d->variant_count; i++) {
        const struct fields *f = &d->variants[i].fields;
        const char *member = c_name(s->a, snake_case(s->a, d->variants[i].name));
        if (f->count == 0 || (f->count == 1 && !f->named && ty_is_void(f->v[0].ty)))
            continue;
        any = true;
        if (f->count == 1 && !f->named) {
            put_fmt(s->w, "        %s;\n", c_declare(s->a, f->v[0].ty, member));
            continue;
        }
        put_text(s->w, "        struct {\n");
        put_members(s, f, "            ");
        put_fmt(s->w, "        } %s;\n", member);
    }
    if (!any)
        put_text(s->w, "        char unused_;\n");
    put_text(s->w, "    } u;\n};\n\n");
}

static void put_result(struct types *s, const struct compound *c)
{
    const char *const upper = upper_case(s->a, c->name);
    const bool plain = ty_plain_result(c->ty);

    put_fmt(s->w, "enum %s%s { %s_OK = 0, %s_ERR = 1 };\n", c->name, plain ? "" : "_tag", upper, upper);
    if (plain)
        return;
    put_fmt(s->w, "struct %s {\n    enum %s_tag tag;\n    union {\n", c->name, c->name);
    if (!ty_is_void(c->ty->args[0]))
        put_fmt(s->w, "        %s;\n", c_declare(s->a, c->ty->args[0], "ok"));
    if (!ty_is_void(c->ty->args[1]))
        put_fmt(s->w, "        %s;\n", c_declare(s->a, c->ty->args[1], "err"));
    put_text(s->w, "    } u;\n};\n\n");
}

static void put_compound(struct types *s, const struct compound *c)
{
    if (c->ty->kind == TY_RESULT) {
        put_result(s, c);
        return;
    }
    put_fmt(s->w, "struct %s {\n", c->name);
    if (c->ty->kind == TY_VEC) {
        put_fmt(s->w, "    uint32_t n;\n    %s;\n", c_declare(s->a, c->ty->args[0], "*v"));
    } else if (c->ty->kind == TY_OPTION) {
        put_text(s->w, "    bool some;\n");
        if (!ty_is_void(c->ty->args[0]))
            put_fmt(s->w, "    %s;\n", c_declare(s->a, c->ty->args[0], "value"));
    } else {
        struct fields f = {0};
        for (size_t i = 0; i < c->ty->count; i++)
            *PUSH(s->a, f.v, f.count) = (struct idl_field){.ty = c->ty->args[i]};
        put_members(s, &f, "    ");
    }
    put_text(s->w, "};\n\n");
}

/* Writes what a type stands on, then the type, as far as it belongs to this header. */
static void write_type(struct types *s, const struct ty *t);

static void write_decl(struct types *s, struct decl *d)
{
    if (d->written || d->module != s->m)
        return;
    d->written = true;
    for (size_t i = 0; i < d->fields.count; i++)
        write_type(s, d->fields.v[i].ty);
    for (size_t i = 0; i < d->variant_count; i++)
        for (size_t k = 0; k < d->variants[i].fields.count; k++)
            write_type(s, d->variants[i].fields.v[k].ty);
    if (d->doc != NULL)
        put_fmt(s->w, "/* %s */\n", d->doc);
    if (d->is_enum) {
        put_enum(s, d);
        return;
    }
    put_fmt(s->w, "struct %s_%s {\n", d->module->name, d->snake);
    put_members(s, &d->fields, "    ");
    put_text(s->w, "};\n\n");
}

static void write_type(struct types *s, const struct ty *t)
{
    struct module *owner;

    for (size_t i = 0; i < t->count; i++)
        write_type(s, t->args[i]);
    if (t->kind == TY_NAMED)
        write_decl(s, t->decl);
    if (!is_compound(t))
        return;
    const char *name = ty_c_stem(s->a, t, &owner);
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->v[i].name, name) == 0 && s->v[i].owner == s->m && !s->v[i].written) {
            s->v[i].written = true;
            put_compound(s, &s->v[i]);
        }
}

static void put_args_and_events(struct types *s, const struct module *m)
{
    for (size_t i = 0; i < m->call_count; i++) {
        put_fmt(s->w, "struct %s_%s_args {\n", m->name, m->calls[i].name);
        put_members(s, &m->calls[i].args, "    ");
        put_text(s->w, "};\n\n");
    }
    for (size_t i = 0; i < m->event_count; i++) {
        put_fmt(s->w, "struct %s_%s_event {\n", m->name, m->events[i].snake);
        put_members(s, &m->events[i].fields, "    ");
        put_text(s->w, "};\n\n");
    }
    if (m->error_count == 0)
        return;
    put_fmt(s->w, "enum %s_err {\n", m->name);
    for (size_t i = 0; i < m->error_count; i++)
        put_fmt(s->w, "    %s_ERR_%s = %u, /* %s */\n", upper_case(s->a, m->name),
                upper_case(s->a, m->errors[i].snake), m->errors[i].index, m->errors[i].doc);
    put_text(s->w, "};\n\n");
}

static void put_constants(struct types *s, const struct module *m)
{
    for (size_t i = 0; i < m->constant_count; i++) {
        const struct constant *c = &m->constants[i];
        const char *name = arena_fmt(s->a, "%s_const_%s", m->name, c->snake);
        if (ty_by_value(c->ty) && c->ty->kind != TY_BYTES && c->ty->kind != TY_STR &&
            c->ty->kind != TY_TEXT) {
            put_fmt(s->w, "#define %s_%s ((%s)", upper_case(s->a, m->name), upper_case(s->a, c->snake),
                    c_declare(s->a, c->ty, ""));
            put_literal(s->w, s->a, c->ty, c->init);
            put_text(s->w, ")\n");
        } else {
            put_fmt(s->w, "extern const %s;\n", c_declare(s->a, c->ty, name));
        }
    }
    if (m->constant_count > 0)
        put_text(s->w, "\n");
}

static void put_descriptor_names(struct types *s, const struct module *m)
{
    for (size_t i = 0; i < m->decl_count; i++)
        put_fmt(s->w, "extern const struct type %s_type_%s;\n", m->name, m->decls[i]->snake);
    for (size_t i = 0; i < m->call_count; i++)
        put_fmt(s->w, "extern const struct call_desc %s_call_%s;\n", m->name, m->calls[i].name);
    for (size_t i = 0; i < m->event_count; i++)
        put_fmt(s->w, "extern const struct type %s_event_%s;\n", m->name, m->events[i].snake);
    for (size_t i = 0; i < m->item_count; i++)
        put_fmt(s->w, "extern const struct storage_desc %s_storage_%s;\n", m->name, m->items[i].snake);
    if (m->api_count > 0)
        put_fmt(s->w, "extern const struct api_desc %s_apis[%zu];\n", m->name, m->api_count);
    if (m->extension_count > 0)
        put_fmt(s->w, "extern const struct extension_desc %s_extensions[%zu];\n", m->name,
                m->extension_count);
    if (m->is_pallet)
        put_fmt(s->w, "extern const struct pallet_desc %s_pallet;\n", m->name);
}

static void emit_scale_header(struct types *s, const char *dir)
{
    struct writer w = writer_in(s->a, SIZE_MAX / 2);

    s->w = &w;
    s->m = NULL;
    put_text(&w, "/* Generated by idlc: compounds of the basic types. */\n#ifndef CHAIN_SCALE_H\n"
                 "#define CHAIN_SCALE_H\n\n#include \"base/balance.h\"\n#include \"codec/desc.h\"\n\n");
    for (size_t i = 0; i < s->count; i++)
        if (s->v[i].owner == NULL)
            write_type(s, s->v[i].ty);
    put_text(&w, "#endif /* CHAIN_SCALE_H */\n");
    emit_file(s->a, dir, "chain/scale.h", &w);
}

static void emit_module_header(struct types *s, struct module *m, const char *dir)
{
    struct writer w = writer_in(s->a, SIZE_MAX / 2);
    const char *upper = upper_case(s->a, m->name);

    s->w = &w;
    s->m = m;
    put_fmt(&w, "/* Generated by idlc from chain/%s.idl. */\n#ifndef CHAIN_%s_H\n#define CHAIN_%s_H\n\n",
            m->name, upper, upper);
    put_text(&w, "#include \"chain/scale.h\"\n");
    for (size_t i = 0; i < m->use_count; i++)
        put_fmt(&w, "#include \"chain/%s.h\"\n", m->uses[i]->name);
    put_text(&w, "\n");
    for (size_t i = 0; i < m->decl_count; i++)
        write_decl(s, m->decls[i]);
    for (size_t i = 0; i < s->count; i++)
        if (s->v[i].owner == m)
            write_type(s, s->v[i].ty);
    put_args_and_events(s, m);
    put_constants(s, m);
    put_descriptor_names(s, m);
    put_fmt(&w, "\n#endif /* CHAIN_%s_H */\n", upper);
    emit_file(s->a, dir, arena_fmt(s->a, "chain/%s.h", m->name), &w);
}

void emit_headers(struct idl *idl, const char *dir)
{
    struct types s = {.a = idl->a};

    for (size_t i = 0; i < idl->module_count; i++)
        collect_module(&s, idl->modules[i]);
    emit_scale_header(&s, dir);
    for (size_t i = 0; i < idl->module_count; i++)
        emit_module_header(&s, idl->modules[i], dir);
}
