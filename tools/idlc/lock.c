/* tools/idlc/lock.c — chain/abi.lock: one sorted line for everything clients and stored data depend on.
 *
 * A line begins with its key (kind and index or name); two files differ where a key's line changed, vanished
 * or is new. Type hashes cover what a type holds, however deep. */
#include "tools/idlc/idl.h"

#include <stdio.h>
#include <stdlib.h>

struct lines {
    struct arena *a;
    const char **v;
    size_t count;
};

static void put_shape(struct writer *w, struct arena *a, const struct ty *t);

static void put_shape_fields(struct writer *w, struct arena *a, const struct fields *f)
{
    for (size_t i = 0; i < f->count; i++) {
        put_fmt(w, "%s ", f->v[i].name == NULL ? "" : f->v[i].name);
        put_shape(w, a, f->v[i].ty);
        put_text(w, ", ");
    }
}

/* The type with its named types opened. */
static void put_shape(struct writer *w, struct arena *a, const struct ty *t)
{
    if (t->kind != TY_NAMED && t->count == 0) {
        put_text(w, ty_text(a, t));
        return;
    }
    if (t->kind != TY_NAMED) {
        put_fmt(w, "%d:%llu<", (int)t->kind, (unsigned long long)t->n);
        for (size_t i = 0; i < t->count; i++) {
            put_shape(w, a, t->args[i]);
            put_text(w, ",");
        }
        put_text(w, ">");
        return;
    }
    const struct decl *d = t->decl;
    put_fmt(w, "%s {", d->path);
    put_shape_fields(w, a, &d->fields);
    for (size_t i = 0; i < d->variant_count; i++) {
        put_fmt(w, "%u %s (", d->variants[i].index, d->variants[i].name);
        put_shape_fields(w, a, &d->variants[i].fields);
        put_text(w, ")");
    }
    put_text(w, "}");
}

static unsigned long long shape_hash(struct arena *a, const struct ty *t)
{
    struct writer w = writer_in(a, SIZE_MAX / 2);

    put_shape(&w, a, t);
    return xxh64(writer_bytes(&w), 0);
}

static unsigned long long fields_hash(struct arena *a, const struct fields *f)
{
    struct writer w = writer_in(a, SIZE_MAX / 2);

    put_shape_fields(&w, a, f);
    return xxh64(writer_bytes(&w), 0);
}

static const char *fields_text(struct arena *a, const struct fields *f)
{
    struct writer w = writer_in(a, SIZE_MAX / 2);

    for (size_t i = 0; i < f->count; i++) {
        put_text(&w, i == 0 ? "" : ", ");
        put_fmt(&w, "%s ", f->v[i].name == NULL ? "" : f->v[i].name);
        put_text(&w, ty_text(a, f->v[i].ty));
    }
    return arena_str(a, writer_bytes(&w));
}

static void add(struct lines *l, struct writer *w)
{
    put_u8(w, '\n');
    *PUSH(l->a, l->v, l->count) = arena_str(l->a, writer_bytes(w));
}

static void add_items(struct lines *l, const struct module *m)
{
    for (size_t i = 0; i < m->item_count; i++) {
        const struct item *it = &m->items[i];
        struct writer w = writer_in(l->a, SIZE_MAX / 2);
        put_fmt(&w, "storage %s.%s", m->pallet, it->name);
        for (size_t k = 0; k < it->key_count; k++)
            put_fmt(&w, " %s(%s #%016llx)", it->hashers[k], ty_text(l->a, it->keys[k]),
                    shape_hash(l->a, it->keys[k]));
        put_fmt(&w, " -> %s #%016llx %s", ty_text(l->a, it->value), shape_hash(l->a, it->value),
                it->init != NULL ? "default" : "optional");
        add(l, &w);
    }
}

static void add_module(struct lines *l, const struct module *m)
{
    for (size_t i = 0; i < m->decl_count; i++) {
        struct ty t = {.kind = TY_NAMED, .decl = m->decls[i]};
        struct writer w = writer_in(l->a, SIZE_MAX / 2);
        put_fmt(&w, "type %s.%s %s #%016llx", m->name, m->decls[i]->name, m->decls[i]->path,
                shape_hash(l->a, &t));
        add(l, &w);
    }
    add_items(l, m);
    for (size_t i = 0; i < m->call_count; i++) {
        const struct idl_call *c = &m->calls[i];
        struct writer w = writer_in(l->a, SIZE_MAX / 2);
        put_fmt(&w, "call %03u.%03u %s.%s(", m->index, c->index, m->pallet, c->name);
        put_text(&w, fields_text(l->a, &c->args));
        put_fmt(&w, ") %s %s #%016llx", c->origin, c->class, fields_hash(l->a, &c->args));
        add(l, &w);
    }
    for (size_t i = 0; i < m->event_count; i++) {
        const struct idl_event *ev = &m->events[i];
        struct writer w = writer_in(l->a, SIZE_MAX / 2);
        put_fmt(&w, "event %03u.%03u %s.%s {", m->index, ev->index, m->pallet, ev->name);
        put_text(&w, fields_text(l->a, &ev->fields));
        put_fmt(&w, "} #%016llx", fields_hash(l->a, &ev->fields));
        add(l, &w);
    }
    for (size_t i = 0; i < m->error_count; i++) {
        struct writer w = writer_in(l->a, SIZE_MAX / 2);
        put_fmt(&w, "error %03u.%03u %s.%s", m->index, m->errors[i].index, m->pallet, m->errors[i].name);
        add(l, &w);
    }
    for (size_t i = 0; i < m->constant_count; i++) {
        struct writer w = writer_in(l->a, SIZE_MAX / 2), value = writer_in(l->a, SIZE_MAX / 2);
        put_literal(&value, l->a, m->constants[i].ty, m->constants[i].init);
        put_fmt(&w, "const %s.%s %s #%016llx = #%016llx", m->pallet, m->constants[i].name,
                ty_text(l->a, m->constants[i].ty), shape_hash(l->a, m->constants[i].ty),
                (unsigned long long)xxh64(writer_bytes(&value), 0));
        add(l, &w);
    }
    for (size_t i = 0; i < m->extension_count; i++) {
        struct writer w = writer_in(l->a, SIZE_MAX / 2);
        put_fmt(&w, "extension %03zu %s #%016llx implicit %s", i, m->extensions[i].name,
                fields_hash(l->a, &m->extensions[i].fields), ty_text(l->a, m->extensions[i].implicit));
        add(l, &w);
    }
}

static int by_text(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

void lock_text(struct idl *idl, struct writer *w)
{
    struct lines l = {.a = idl->a};

    for (size_t i = 0; i < idl->module_count; i++)
        add_module(&l, idl->modules[i]);
    if (l.count > 0)
        qsort(l.v, l.count, sizeof *l.v, by_text);
    for (size_t i = 0; i < l.count; i++)
        put_text(w, l.v[i]);
}

static struct bytes take_line(struct bytes *rest)
{
    size_t len = 0;

    while (len < rest->len && rest->p[len] != '\n')
        len++;
    const struct bytes line = bytes_of(rest->p, len);
    *rest = bytes_from(*rest, len + 1);
    return line;
}

/* Kind and index or name: up to the second blank. */
static struct bytes key_of(struct bytes line)
{
    size_t at = 0;

    for (int blanks = 0; at < line.len; at++)
        if (line.p[at] == ' ' && ++blanks == 2)
            break;
    return bytes_of(line.p, at);
}

static void tell(const char *what, struct bytes line)
{
    (void)fprintf(stderr, "abi.lock: %s: %.*s\n", what, (int)line.len, (const char *)line.p);
}

int lock_compare(struct bytes committed, struct bytes now)
{
    int differences = 0;

    while (committed.len > 0 || now.len > 0) {
        struct bytes old_rest = committed, new_rest = now;
        const struct bytes was = take_line(&old_rest), is = take_line(&new_rest);
        if (bytes_eq(was, is)) {
            committed = old_rest;
            now = new_rest;
            continue;
        }
        differences++;
        const int order = was.len == 0 ? 1 : is.len == 0 ? -1 : bytes_cmp(key_of(was), key_of(is));
        if (order == 0) {
            tell("changed or reused, was", was);
            tell("                     is", is);
        } else {
            tell(order < 0 ? "removed" : "new", order < 0 ? was : is);
        }
        if (order <= 0)
            committed = old_rest;
        if (order >= 0)
            now = new_rest;
    }
    return differences;
}
