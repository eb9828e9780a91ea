/* tools/idlc/check.c — resolves names and refuses what must not reach the chain. */
#include "tools/idlc/idl.h"

enum { VISITING = 1, DONE = 2 };

static struct module *find_module(struct idl *idl, const char *name)
{
    for (size_t i = 0; i < idl->module_count; i++)
        if (strcmp(idl->modules[i]->name, name) == 0)
            return idl->modules[i];
    return NULL;
}

static void resolve(struct idl *idl, struct module *m, struct ty *t)
{
    for (size_t i = 0; i < t->count; i++)
        resolve(idl, m, t->args[i]);
    if (t->kind == TY_COMPACT &&
        (t->args[0]->kind != TY_BASIC ||
         (t->args[0]->basic->class != BASIC_UINT && t->args[0]->basic->class != BASIC_BALANCE)))
        fail_at(t->at, "compact is for unsigned integers and Balance");
    if (t->kind != TY_NAMED || t->decl != NULL)
        return;

    struct module *in = m;
    if (t->module != NULL) {
        in = find_module(idl, t->module);
        if (in == NULL)
            fail_at(t->at, "unknown module %s", t->module);
        bool known = in == m;
        for (size_t i = 0; i < m->use_count; i++)
            known = known || m->uses[i] == in;
        if (!known)
            *PUSH(idl->a, m->uses, m->use_count) = in;
    }
    for (size_t i = 0; i < in->decl_count; i++)
        if (strcmp(in->decls[i]->name, t->name) == 0)
            t->decl = in->decls[i];
    if (t->decl == NULL)
        fail_at(t->at, "unknown type %s%s%s", t->module == NULL ? "" : t->module,
                t->module == NULL ? "" : ".", t->name);
}

static void resolve_fields(struct idl *idl, struct module *m, const struct fields *f)
{
    for (size_t i = 0; i < f->count; i++)
        resolve(idl, m, f->v[i].ty);
}

static void resolve_decl(struct idl *idl, struct module *m, const struct decl *d)
{
    resolve_fields(idl, m, &d->fields);
    for (size_t i = 0; i < d->variant_count; i++)
        resolve_fields(idl, m, &d->variants[i].fields);
    for (size_t i = 0; i < d->param_count; i++)
        if (d->params[i].ty != NULL)
            resolve(idl, m, d->params[i].ty);
}

static void resolve_module(struct idl *idl, struct module *m)
{
    for (size_t i = 0; i < m->decl_count; i++)
        resolve_decl(idl, m, m->decls[i]);
    for (size_t i = 0; i < m->item_count; i++) {
        resolve(idl, m, m->items[i].value);
        for (size_t k = 0; k < m->items[i].key_count; k++)
            resolve(idl, m, m->items[i].keys[k]);
    }
    for (size_t i = 0; i < m->constant_count; i++)
        resolve(idl, m, m->constants[i].ty);
    for (size_t i = 0; i < m->call_count; i++)
        resolve_fields(idl, m, &m->calls[i].args);
    for (size_t i = 0; i < m->event_count; i++)
        resolve_fields(idl, m, &m->events[i].fields);
    for (size_t i = 0; i < m->api_count; i++)
        for (size_t k = 0; k < m->apis[i].method_count; k++) {
            resolve_fields(idl, m, &m->apis[i].methods[k].inputs);
            resolve(idl, m, m->apis[i].methods[k].output);
        }
    for (size_t i = 0; i < m->extension_count; i++) {
        resolve_fields(idl, m, &m->extensions[i].fields);
        resolve(idl, m, m->extensions[i].implicit);
    }
    if (m->signature != NULL)
        resolve(idl, m, m->signature);
}

static void visit_decl(struct decl *d);

static void visit_type(struct ty *t)
{
    for (size_t i = 0; i < t->count; i++)
        visit_type(t->args[i]);
    if (t->kind == TY_NAMED)
        visit_decl(t->decl);
}

/* Refuses types that contain themselves; leaves every mark at DONE. */
static void visit_decl(struct decl *d)
{
    if (d->mark == DONE)
        return;
    if (d->mark == VISITING)
        fail_at(d->at, "cycle: type %s contains itself", d->name);
    d->mark = VISITING;
    for (size_t i = 0; i < d->fields.count; i++)
        visit_type(d->fields.v[i].ty);
    for (size_t i = 0; i < d->variant_count; i++)
        for (size_t k = 0; k < d->variants[i].fields.count; k++)
            visit_type(d->variants[i].fields.v[k].ty);
    d->mark = DONE;
}

bool ty_has_outer(struct ty *t)
{
    if (t->kind == TY_BASIC)
        return t->basic->class == BASIC_VOID && strcmp(t->basic->name, "()") != 0;
    for (size_t i = 0; i < t->count; i++)
        if (ty_has_outer(t->args[i]))
            return true;
    if (t->kind != TY_NAMED)
        return false;

    struct decl *d = t->decl;
    if (d->outer == 0) {
        bool outer = false;
        for (size_t i = 0; i < d->fields.count; i++)
            outer = outer || ty_has_outer(d->fields.v[i].ty);
        for (size_t i = 0; i < d->variant_count; i++)
            for (size_t k = 0; k < d->variants[i].fields.count; k++)
                outer = outer || ty_has_outer(d->variants[i].fields.v[k].ty);
        d->outer = outer ? 2 : 1;
    }
    return d->outer == 2;
}

/* Puts modules behind those they use. */
static void order_module(struct idl *out, struct module *m)
{
    if (m->mark == DONE)
        return;
    if (m->mark == VISITING)
        fail_at(m->at, "cycle: module %s uses itself through others", m->name);
    m->mark = VISITING;
    for (size_t i = 0; i < m->use_count; i++)
        order_module(out, m->uses[i]);
    m->mark = DONE;
    m->rank = (unsigned)out->module_count;
    *PUSH(out->a, out->modules, out->module_count) = m;
}

struct seen {
    const char *name;
    unsigned index;
};

struct seen_list {
    struct arena *a;
    struct seen *v;
    size_t count;
};

/* One name or index may be declared once among `what`. */
static void declare(struct seen_list *list, struct pos at, const char *what, const char *name, unsigned index)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->v[i].name, name) == 0)
            fail_at(at, "duplicate %s %s", what, name);
        if (list->v[i].index == index)
            fail_at(at, "duplicate index %u of %s %s: taken by %s", index, what, name, list->v[i].name);
    }
    *PUSH(list->a, list->v, list->count) = (struct seen){name, index};
}

static void check_fields(struct idl *idl, struct pos at, const struct fields *f, bool arguments)
{
    struct seen_list seen = {.a = idl->a};

    for (size_t i = 0; i < f->count; i++) {
        if (f->v[i].name == NULL)
            continue;
        declare(&seen, at, arguments ? "argument" : "field", f->v[i].name, (unsigned)i);
        if (arguments && is_rust_keyword(f->v[i].name))
            fail_at(at, "argument %s is a reserved word of Rust", f->v[i].name);
    }
}

static void check_decl(struct idl *idl, const struct decl *d)
{
    struct seen_list seen = {.a = idl->a};

    if (d->is_enum && d->variant_count == 0)
        fail_at(d->at, "enum %s without variants", d->name);
    check_fields(idl, d->at, &d->fields, false);
    for (size_t i = 0; i < d->variant_count; i++) {
        declare(&seen, d->at, "variant", d->variants[i].name, d->variants[i].index);
        check_fields(idl, d->at, &d->variants[i].fields, false);
    }
}

static bool has_error(const struct module *m, const char *name)
{
    for (size_t i = 0; i < m->error_count; i++)
        if (strcmp(m->errors[i].name, name) == 0)
            return true;
    return false;
}

static bool has_event(const struct module *m, const char *name)
{
    for (size_t i = 0; i < m->event_count; i++)
        if (strcmp(m->events[i].name, name) == 0)
            return true;
    return false;
}

static void check_references(struct idl *idl, struct module *m, const struct idl_call *c, bool errors)
{
    const char **v = errors ? c->fails : c->emits;
    const size_t count = errors ? c->fail_count : c->emit_count;

    for (size_t i = 0; i < count; i++) {
        const char *dot = strchr(v[i], '.');
        const char *name = dot == NULL ? v[i] : dot + 1;
        const struct module *in = m;
        if (dot != NULL)
            in = find_module(idl, arena_str(idl->a, bytes_of(v[i], (size_t)(dot - v[i]))));
        if (in == NULL || !(errors ? has_error(in, name) : has_event(in, name)))
            fail_at(c->at, "call %s: unknown %s %s", c->name, errors ? "error" : "event", v[i]);
    }
}

static bool one_of(const char *word, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strcmp(*list, word) == 0)
            return true;
    return false;
}

static void check_calls(struct idl *idl, struct module *m)
{
    static const char *const origins[] = {"signed", "root", "none", "any", NULL};
    static const char *const classes[] = {"normal", "operational", "mandatory", NULL};
    struct seen_list seen = {.a = idl->a};

    for (size_t i = 0; i < m->call_count; i++) {
        const struct idl_call *c = &m->calls[i];
        declare(&seen, c->at, "call", c->name, c->index);
        check_fields(idl, c->at, &c->args, true);
        if (!one_of(c->origin, origins))
            fail_at(c->at, "call %s: unknown origin %s", c->name, c->origin);
        if (!one_of(c->class, classes))
            fail_at(c->at, "call %s: unknown class %s", c->name, c->class);
        for (size_t k = 0; k < c->args.count; k++)
            if (ty_has_outer(c->args.v[k].ty))
                fail_at(c->at, "call %s: argument %s cannot be decoded", c->name, c->args.v[k].name);
        check_references(idl, m, c, true);
        check_references(idl, m, c, false);
    }
}

static void check_items(struct idl *idl, struct module *m)
{
    static const char *const hashers[] = {"blake2_128", "blake2_256",     "blake2_128_concat", "twox_128",
                                          "twox_256",   "twox_64_concat", "identity",          NULL};
    struct seen_list seen = {.a = idl->a}, consts = {.a = idl->a};

    for (size_t i = 0; i < m->item_count; i++) {
        declare(&seen, m->items[i].at, "storage item", m->items[i].name, (unsigned)i);
        for (size_t k = 0; k < m->items[i].key_count; k++)
            if (!one_of(m->items[i].hashers[k], hashers))
                fail_at(m->items[i].at, "unknown hasher %s", m->items[i].hashers[k]);
    }
    for (size_t i = 0; i < m->constant_count; i++)
        declare(&consts, m->constants[i].at, "constant", m->constants[i].name, (unsigned)i);
}

static void check_module(struct idl *idl, struct module *m)
{
    struct seen_list types = {.a = idl->a}, events = {.a = idl->a}, errors = {.a = idl->a};

    for (size_t i = 0; i < m->decl_count; i++) {
        declare(&types, m->decls[i]->at, "type", m->decls[i]->name, (unsigned)i);
        check_decl(idl, m->decls[i]);
        visit_decl(m->decls[i]);
    }
    check_items(idl, m);
    check_calls(idl, m);
    for (size_t i = 0; i < m->event_count; i++) {
        declare(&events, m->events[i].at, "event", m->events[i].name, m->events[i].index);
        check_fields(idl, m->events[i].at, &m->events[i].fields, false);
        for (size_t k = 0; k < m->events[i].fields.count; k++)
            if (!m->events[i].fields.named || ty_has_outer(m->events[i].fields.v[k].ty))
                fail_at(m->events[i].at, "event %s: fields must be named and encodable", m->events[i].name);
    }
    for (size_t i = 0; i < m->error_count; i++)
        declare(&errors, m->errors[i].at, "error", m->errors[i].name, m->errors[i].index);
    if (!m->is_pallet &&
        (m->item_count + m->constant_count + m->call_count + m->event_count + m->error_count) > 0)
        fail_at(m->at, "module %s has no index: it may declare types alone", m->name);
}

static void check_named_alike(struct idl *idl)
{
    struct seen_list pallets = {.a = idl->a}, names = {.a = idl->a};

    for (size_t i = 0; i < idl->module_count; i++) {
        const struct module *m = idl->modules[i];
        declare(&names, m->at, "module", m->name, (unsigned)i);
        if (m->is_pallet)
            declare(&pallets, m->at, "pallet", m->pallet, m->index);
    }
}

static const char *path_with_params(struct idl *idl, const struct decl *d)
{
    const char *out = d->path;

    for (size_t i = 0; i < d->param_count; i++)
        out = arena_fmt(idl->a, "%s, %s", out,
                        d->params[i].ty == NULL ? "_" : ty_text(idl->a, d->params[i].ty));
    return out;
}

/* Clients know a type by its path and parameters, and metadata holds one of each. */
static void check_paths(struct idl *idl)
{
    struct seen_list seen = {.a = idl->a};
    unsigned n = 0;

    for (size_t i = 0; i < idl->module_count; i++)
        for (size_t k = 0; k < idl->modules[i]->decl_count; k++, n++)
            declare(&seen, idl->modules[i]->decls[k]->at, "path",
                    path_with_params(idl, idl->modules[i]->decls[k]), n);
}

/* Indices in ascending order, as the descriptors promise. */
#define SORT_BY_INDEX(v, count)                                                   \
    for (size_t i_ = 1; i_ < (count); i_++)                                       \
        for (size_t k_ = i_; k_ > 0 && (v)[k_].index < (v)[k_ - 1].index; k_--) { \
            __typeof__(*(v)) swap_ = (v)[k_];                                     \
            (v)[k_] = (v)[k_ - 1];                                                \
            (v)[k_ - 1] = swap_;                                                  \
        }

void check_all(struct idl *idl)
{
    struct idl ordered = {.a = idl->a};

    check_named_alike(idl);
    for (size_t i = 0; i < idl->module_count; i++)
        resolve_module(idl, idl->modules[i]);
    for (size_t i = 0; i < idl->module_count; i++)
        check_module(idl, idl->modules[i]);
    check_paths(idl);
    for (size_t i = 0; i < idl->module_count; i++) {
        SORT_BY_INDEX(idl->modules[i]->calls, idl->modules[i]->call_count)
        SORT_BY_INDEX(idl->modules[i]->events, idl->modules[i]->event_count)
        SORT_BY_INDEX(idl->modules[i]->errors, idl->modules[i]->error_count)
        order_module(&ordered, idl->modules[i]);
    }
    *idl = ordered;
}
