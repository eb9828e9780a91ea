/* tools/idlc/parse.c — text to declarations. Grammar: docs/idl.md. */
#include "tools/idlc/idl.h"

enum tok { TOK_END, TOK_NAME, TOK_INT, TOK_TEXT, TOK_ARROW, TOK_PUNCT };

struct parser {
    struct idl *idl;
    struct arena *a;
    struct module *m;
    struct bytes in;
    size_t at;
    struct pos pos;
    enum tok tok;
    char punct;
    const char *text; /* name, number or unquoted text */
};

static bool is_name_char(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static void skip_blank(struct parser *p)
{
    while (p->at < p->in.len) {
        uint8_t c = p->in.p[p->at];
        if (c == '#') {
            while (p->at < p->in.len && p->in.p[p->at] != '\n')
                p->at++;
        } else if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
            p->pos.line += c == '\n';
            p->at++;
        } else {
            return;
        }
    }
}

static void next(struct parser *p)
{
    skip_blank(p);
    p->text = "";
    if (p->at == p->in.len) {
        p->tok = TOK_END;
        return;
    }
    size_t from = p->at;
    uint8_t c = p->in.p[p->at++];

    if (is_name_char(c)) {
        while (p->at < p->in.len && is_name_char(p->in.p[p->at]))
            p->at++;
        p->tok = c >= '0' && c <= '9' ? TOK_INT : TOK_NAME;
        p->text = arena_str(p->a, bytes_of(p->in.p + from, p->at - from));
    } else if (c == '"') {
        while (p->at < p->in.len && p->in.p[p->at] != '"' && p->in.p[p->at] != '\n')
            p->at++;
        if (p->at == p->in.len || p->in.p[p->at] != '"')
            fail_at(p->pos, "text without its closing quote");
        p->tok = TOK_TEXT;
        p->text = arena_str(p->a, bytes_of(p->in.p + from + 1, p->at - from - 1));
        p->at++;
    } else if (c == '-' && p->at < p->in.len && p->in.p[p->at] == '>') {
        p->at++;
        p->tok = TOK_ARROW;
        p->text = "->";
    } else {
        p->tok = TOK_PUNCT;
        p->punct = (char)c;
        p->text = arena_str(p->a, bytes_of(p->in.p + from, 1));
    }
}

static bool at_punct(const struct parser *p, char c)
{
    return p->tok == TOK_PUNCT && p->punct == c;
}

static bool accept(struct parser *p, char c)
{
    if (!at_punct(p, c))
        return false;
    next(p);
    return true;
}

static void expect(struct parser *p, char c)
{
    if (!accept(p, c))
        fail_at(p->pos, "'%c' expected, not '%s'", c, p->text);
}

static bool at_word(const struct parser *p, const char *word)
{
    return p->tok == TOK_NAME && strcmp(p->text, word) == 0;
}

static bool accept_word(struct parser *p, const char *word)
{
    if (!at_word(p, word))
        return false;
    next(p);
    return true;
}

static const char *take_text_of(struct parser *p, enum tok kind, const char *what)
{
    if (p->tok != kind)
        fail_at(p->pos, "%s expected, not '%s'", what, p->text);
    const char *text = p->text;
    next(p);
    return text;
}

static const char *take_name(struct parser *p, const char *what)
{
    return take_text_of(p, TOK_NAME, what);
}

static uint64_t take_int(struct parser *p, uint64_t max, const char *what)
{
    const struct pos at = p->pos;
    const char *text = take_text_of(p, TOK_INT, what);
    uint64_t v = 0;

    for (const char *c = text; *c != 0; c++) {
        if (*c < '0' || *c > '9')
            fail_at(at, "%s is not a decimal number", what);
        if (v > (max - (uint64_t)(*c - '0')) / 10)
            fail_at(at, "%s is over %llu", what, (unsigned long long)max);
        v = v * 10 + (uint64_t)(*c - '0');
    }
    return v;
}

/* Strings that document what came before; NULL when there are none. */
static const char *take_doc(struct parser *p)
{
    enum { DOC_MAX = 16 * 1024 };
    struct writer w = writer_in(p->a, DOC_MAX);
    const struct pos at = p->pos;

    if (p->tok != TOK_TEXT)
        return NULL;
    while (p->tok == TOK_TEXT) {
        if (w.len > 0)
            put_u8(&w, '\n');
        put_text(&w, p->text);
        next(p);
    }
    if (!writer_ok(&w))
        fail_at(at, "documentation over %d bytes", DOC_MAX);
    return arena_str(p->a, writer_bytes(&w));
}

static struct ty *take_type(struct parser *p);

static void push_arg(struct parser *p, struct ty *t)
{
    *PUSH(p->a, t->args, t->count) = take_type(p);
}

static uint64_t take_bound(struct parser *p)
{
    enum { BOUND_MAX = 16 * 1024 * 1024 };

    if (p->tok != TOK_INT)
        fail_at(p->pos, "unbounded type: a maximum is expected, not '%s'", p->text);
    return take_int(p, BOUND_MAX, "a bound");
}

/* What follows a type constructor: <...>. */
static void take_type_args(struct parser *p, struct ty *t)
{
    if (!at_punct(p, '<'))
        fail_at(p->pos,
                t->kind == TY_BYTES || t->kind == TY_STR || t->kind == TY_TEXT || t->kind == TY_VEC
                    ? "unbounded type: '<' and a maximum expected, not '%s'"
                    : "'<' expected, not '%s'",
                p->text);
    next(p);
    if (t->kind == TY_BYTES || t->kind == TY_STR || t->kind == TY_TEXT) {
        t->n = take_bound(p);
    } else {
        push_arg(p, t);
        if (t->kind == TY_VEC) {
            if (!accept(p, ','))
                fail_at(p->pos, "unbounded type: vec needs a maximum");
            t->n = take_bound(p);
        } else if (t->kind == TY_RESULT) {
            expect(p, ',');
            push_arg(p, t);
        }
    }
    expect(p, '>');
}

static void take_bracketed_type(struct parser *p, struct ty *t)
{
    if (accept(p, '(')) {
        t->kind = TY_TUPLE;
        while (!at_punct(p, ')')) {
            push_arg(p, t);
            if (!accept(p, ','))
                break;
        }
        expect(p, ')');
        if (t->count == 0) {
            t->kind = TY_BASIC;
            t->basic = basic_find("()");
        } else if (t->count == 1) {
            fail_at(t->at, "a tuple of one");
        }
        return;
    }
    expect(p, '[');
    t->kind = TY_ARRAY;
    if (!accept_word(p, "u8"))
        fail_at(p->pos, "arrays are of u8");
    expect(p, ';');
    t->n = take_int(p, 2048, "an array's length"); /* polkadot.js refuses longer ones */
    expect(p, ']');
}

static struct ty *take_type(struct parser *p)
{
    static const struct {
        const char *name;
        enum ty_kind kind;
    } constructors[] = {
        {"compact", TY_COMPACT}, {"bytes", TY_BYTES},   {"str", TY_STR},       {"text", TY_TEXT},
        {"vec", TY_VEC},         {"option", TY_OPTION}, {"result", TY_RESULT},
    };
    struct ty *t = arena_new(p->a, struct ty);

    t->at = p->pos;
    if (at_punct(p, '(') || at_punct(p, '[')) {
        take_bracketed_type(p, t);
        return t;
    }
    const char *name = take_name(p, "a type");
    for (size_t i = 0; i < ARRAY_LEN(constructors); i++)
        if (strcmp(name, constructors[i].name) == 0) {
            t->kind = constructors[i].kind;
            take_type_args(p, t);
            return t;
        }
    t->basic = basic_find(name);
    if (t->basic != NULL)
        return t;
    t->kind = TY_NAMED;
    if (accept(p, '.')) {
        t->module = name;
        name = take_name(p, "a type's name");
    }
    t->name = name;
    return t;
}

/* `{ a T, b U }` or `(T, U)`, commas optional between lines. */
static struct fields take_fields(struct parser *p)
{
    struct fields f = {.named = at_punct(p, '{')};
    const char close = f.named ? '}' : ')';

    if (!f.named && !at_punct(p, '('))
        fail_at(p->pos, "'{' or '(' expected, not '%s'", p->text);
    next(p);
    while (!at_punct(p, close)) {
        struct idl_field field = {0};
        if (f.named)
            field.name = take_name(p, "a field's name");
        field.ty = take_type(p);
        if (accept_word(p, "as"))
            field.as = take_text_of(p, TOK_TEXT, "a type name in quotes");
        field.doc = take_doc(p);
        *PUSH(p->a, f.v, f.count) = field;
        (void)accept(p, ',');
    }
    next(p);
    return f;
}

/* As take_fields, for argument lists: `(a T, b U)`. */
static struct fields take_args(struct parser *p)
{
    struct fields f = {.named = true};

    expect(p, '(');
    while (!at_punct(p, ')')) {
        struct idl_field field = {.name = take_name(p, "an argument's name")};
        field.ty = take_type(p);
        if (accept_word(p, "as"))
            field.as = take_text_of(p, TOK_TEXT, "a type name in quotes");
        field.doc = take_doc(p);
        *PUSH(p->a, f.v, f.count) = field;
        if (!accept(p, ','))
            break;
    }
    expect(p, ')');
    return f;
}

static struct lit *take_literal(struct parser *p)
{
    struct lit *l = arena_new(p->a, struct lit);

    l->at = p->pos;
    l->text = p->text;
    if (p->tok == TOK_INT || p->tok == TOK_TEXT) {
        l->kind = p->tok == TOK_INT ? LIT_INT : LIT_TEXT;
        next(p);
        return l;
    }
    char close = 0;
    if (p->tok == TOK_NAME) {
        l->kind = LIT_NAME;
        next(p);
        if (!at_punct(p, '('))
            return l;
        close = ')';
    } else if (at_punct(p, '{') || at_punct(p, '[')) {
        l->kind = at_punct(p, '{') ? LIT_GROUP : LIT_LIST;
        close = at_punct(p, '{') ? '}' : ']';
    } else {
        fail_at(p->pos, "a value expected, not '%s'", p->text);
    }
    next(p);
    while (!at_punct(p, close)) {
        *PUSH(p->a, l->v, l->count) = take_literal(p);
        if (!accept(p, ','))
            break;
    }
    expect(p, close);
    return l;
}

static void take_path_and_params(struct parser *p, struct decl *d)
{
    d->path = arena_fmt(p->a, "wetee_runtime::%s::%s", p->m->name, d->name);
    if (accept_word(p, "path"))
        d->path = take_text_of(p, TOK_TEXT, "a path in quotes");
    if (!accept_word(p, "params"))
        return;
    expect(p, '(');
    do {
        struct idl_param param = {.name = take_name(p, "a parameter's name")};
        if (!at_punct(p, ',') && !at_punct(p, ')'))
            param.ty = take_type(p);
        *PUSH(p->a, d->params, d->param_count) = param;
    } while (accept(p, ','));
    expect(p, ')');
}

static struct decl *new_decl(struct parser *p, bool is_enum)
{
    struct decl *d = arena_new(p->a, struct decl);

    *d = (struct decl){.at = p->pos, .module = p->m, .is_enum = is_enum, .plain = is_enum};
    d->name = take_name(p, "a type's name");
    d->snake = snake_case(p->a, d->name);
    *PUSH(p->a, p->m->decls, p->m->decl_count) = d;
    take_path_and_params(p, d);
    return d;
}

static void parse_struct(struct parser *p)
{
    struct decl *d = new_decl(p, false);

    d->fields = take_fields(p);
    d->doc = take_doc(p);
}

static void parse_enum(struct parser *p)
{
    struct decl *d = new_decl(p, true);

    expect(p, '{');
    while (!at_punct(p, '}')) {
        struct idl_variant v = {.index = (unsigned)take_int(p, 255, "a variant's index")};
        v.name = take_name(p, "a variant's name");
        if (at_punct(p, '(') || at_punct(p, '{')) {
            v.fields = take_fields(p);
            for (size_t i = 0; i < v.fields.count; i++)
                d->plain = d->plain && ty_is_void(v.fields.v[i].ty);
        }
        v.doc = take_doc(p);
        *PUSH(p->a, d->variants, d->variant_count) = v;
        (void)accept(p, ',');
    }
    next(p);
    d->doc = take_doc(p);
}

static void parse_value(struct parser *p)
{
    struct item it = {.at = p->pos, .name = take_name(p, "an item's name")};

    it.value = take_type(p);
    if (accept(p, '='))
        it.init = take_literal(p);
    it.doc = take_doc(p);
    it.snake = snake_case(p->a, it.name);
    *PUSH(p->a, p->m->items, p->m->item_count) = it;
}

static void parse_map(struct parser *p)
{
    struct item it = {.at = p->pos, .name = take_name(p, "an item's name")};

    while (p->tok == TOK_NAME) {
        if (it.key_count == ARRAY_LEN(it.keys))
            fail_at(p->pos, "at most 3 keys");
        it.hashers[it.key_count] = take_name(p, "a hasher");
        expect(p, '(');
        it.keys[it.key_count++] = take_type(p);
        expect(p, ')');
    }
    if (it.key_count == 0)
        fail_at(it.at, "a map without keys");
    if (p->tok != TOK_ARROW)
        fail_at(p->pos, "'->' expected, not '%s'", p->text);
    next(p);
    it.value = take_type(p);
    if (accept(p, '='))
        it.init = take_literal(p);
    it.doc = take_doc(p);
    it.snake = snake_case(p->a, it.name);
    *PUSH(p->a, p->m->items, p->m->item_count) = it;
}

static void parse_const(struct parser *p)
{
    struct constant c = {.at = p->pos, .name = take_name(p, "a constant's name")};

    c.ty = take_type(p);
    expect(p, '=');
    c.init = take_literal(p);
    c.doc = take_doc(p);
    c.snake = snake_case(p->a, c.name);
    *PUSH(p->a, p->m->constants, p->m->constant_count) = c;
}

/* `A, balances.B`: names of errors or events, of other modules with a dot. */
static void take_names(struct parser *p, const char ***v, size_t *count)
{
    do {
        const char *name = take_name(p, "a name");
        if (accept(p, '.'))
            name = arena_fmt(p->a, "%s.%s", name, take_name(p, "a name"));
        *PUSH(p->a, *v, *count) = name;
    } while (accept(p, ','));
}

static void take_weight(struct parser *p, struct idl_call *c)
{
    c->weight = take_int(p, UINT64_MAX, "a weight");
    if (!accept(p, '+'))
        return;
    c->weight_per_byte = take_int(p, UINT32_MAX, "a weight");
    if (!accept_word(p, "per") || !accept_word(p, "byte"))
        fail_at(p->pos, "'per byte' expected");
}

static void parse_call(struct parser *p)
{
    struct idl_call c = {.at = p->pos, .class = "normal"};
    bool has_weight = false;

    c.index = (unsigned)take_int(p, 255, "a call's index");
    c.name = take_name(p, "a call's name");
    c.args = take_args(p);
    for (;;) {
        if (accept_word(p, "origin")) {
            c.origin = take_name(p, "an origin");
        } else if (accept_word(p, "class")) {
            c.class = take_name(p, "a class");
        } else if (accept_word(p, "fails")) {
            take_names(p, &c.fails, &c.fail_count);
        } else if (accept_word(p, "emits")) {
            take_names(p, &c.emits, &c.emit_count);
        } else if (accept_word(p, "weight")) {
            take_weight(p, &c);
            has_weight = true;
        } else {
            break;
        }
    }
    c.doc = take_doc(p);
    if (c.doc == NULL)
        fail_at(c.at, "call %s is not documented", c.name);
    if (c.origin == NULL || !has_weight)
        fail_at(c.at, "call %s needs an origin and a weight", c.name);
    *PUSH(p->a, p->m->calls, p->m->call_count) = c;
}

static void parse_event(struct parser *p)
{
    struct idl_event ev = {.at = p->pos, .fields.named = true};

    ev.index = (unsigned)take_int(p, 255, "an event's index");
    ev.name = take_name(p, "an event's name");
    if (at_punct(p, '{'))
        ev.fields = take_fields(p);
    ev.doc = take_doc(p);
    ev.snake = snake_case(p->a, ev.name);
    *PUSH(p->a, p->m->events, p->m->event_count) = ev;
}

static void parse_error(struct parser *p)
{
    struct idl_error er = {.at = p->pos};

    er.index = (unsigned)take_int(p, 255, "an error's index");
    er.name = take_name(p, "an error's name");
    er.doc = take_doc(p);
    if (er.doc == NULL)
        fail_at(er.at, "error %s is not documented", er.name);
    er.snake = snake_case(p->a, er.name);
    *PUSH(p->a, p->m->errors, p->m->error_count) = er;
}

static void parse_api(struct parser *p)
{
    struct api api = {.name = take_name(p, "an interface's name")};

    expect(p, '{');
    while (!at_punct(p, '}')) {
        struct method m = {.name = take_name(p, "a function's name")};
        m.inputs = take_args(p);
        if (p->tok != TOK_ARROW)
            fail_at(p->pos, "'->' expected, not '%s'", p->text);
        next(p);
        m.output = take_type(p);
        m.doc = take_doc(p);
        *PUSH(p->a, api.methods, api.method_count) = m;
    }
    next(p);
    api.doc = take_doc(p);
    *PUSH(p->a, p->m->apis, p->m->api_count) = api;
}

static void parse_extension(struct parser *p)
{
    struct extension x = {.at = p->pos, .name = take_name(p, "an extension's name")};

    if (!accept_word(p, "path"))
        fail_at(p->pos, "'path' expected");
    x.path = take_text_of(p, TOK_TEXT, "a path in quotes");
    x.fields = take_fields(p);
    if (!accept_word(p, "implicit"))
        fail_at(p->pos, "'implicit' expected");
    x.implicit = take_type(p);
    x.snake = snake_case(p->a, x.name);
    *PUSH(p->a, p->m->extensions, p->m->extension_count) = x;
}

static void parse_signature(struct parser *p)
{
    p->m->signature = take_type(p);
}

static void parse_module_line(struct parser *p)
{
    struct module *m = arena_new(p->a, struct module);

    p->m = m;
    m->at = p->pos;
    if (!accept_word(p, "module"))
        fail_at(p->pos, "a file begins with 'module'");
    m->name = take_name(p, "a module's name");
    m->crate = arena_fmt(p->a, "wetee_%s", m->name);
    if (accept_word(p, "index")) {
        m->is_pallet = true;
        m->index = (unsigned)take_int(p, 255, "a module's index");
    }
    m->pallet = m->name;
    if (accept_word(p, "name"))
        m->pallet = take_text_of(p, TOK_TEXT, "a name in quotes");
    else if (m->is_pallet)
        fail_at(p->pos, "a module with an index needs a name");
    if (accept_word(p, "crate"))
        m->crate = take_text_of(p, TOK_TEXT, "a crate's name in quotes");
    m->doc = take_doc(p);
}

struct module *parse_file(struct idl *idl, const char *path, struct bytes text)
{
    static const struct {
        const char *word;
        void (*parse)(struct parser *p);
    } kinds[] = {
        {"struct", parse_struct},
        {"enum", parse_enum},
        {"value", parse_value},
        {"map", parse_map},
        {"const", parse_const},
        {"call", parse_call},
        {"event", parse_event},
        {"error", parse_error},
        {"api", parse_api},
        {"extension", parse_extension},
        {"signature", parse_signature},
    };
    struct parser p = {.idl = idl, .a = idl->a, .in = text, .pos = {path, 1}};

    next(&p);
    parse_module_line(&p);
    while (p.tok != TOK_END) {
        size_t i = 0;
        while (i < ARRAY_LEN(kinds) && !at_word(&p, kinds[i].word))
            i++;
        if (i == ARRAY_LEN(kinds))
            fail_at(p.pos, "a declaration expected, not '%s'", p.text);
        next(&p);
        kinds[i].parse(&p);
    }
    *PUSH(idl->a, idl->modules, idl->module_count) = p.m;
    return p.m;
}
