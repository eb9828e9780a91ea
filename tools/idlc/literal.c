/* tools/idlc/literal.c — literals of the language as C initializers, checked against their type. */
#include "tools/idlc/idl.h"

void put_c_string(struct writer *w, const char *s)
{
    if (s == NULL) {
        put_text(w, "NULL");
        return;
    }
    put_u8(w, '"');
    for (; *s != 0; s++) {
        if (*s == '\n') {
            put_text(w, "\\n");
            continue;
        }
        if (*s == '"' || *s == '\\')
            put_u8(w, '\\');
        put_u8(w, (uint8_t)*s);
    }
    put_u8(w, '"');
}

static unsigned digit_of(const struct lit *l, char c, unsigned base)
{
    unsigned d = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                 : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                                        : 16;
    if (d >= base)
        fail_at(l->at, "'%s' is not a number", l->text);
    return d;
}

static u128 integer_of(const struct lit *l, unsigned bytes)
{
    const u128 max = bytes == 16 ? ~(u128)0 : ((u128)1 << (8 * bytes)) - 1;
    const bool hex = strncmp(l->text, "0x", 2) == 0;
    u128 v = 0;

    if (l->kind != LIT_INT)
        fail_at(l->at, "a number expected, not '%s'", l->text);
    for (const char *c = l->text + (hex ? 2 : 0); *c != 0; c++) {
        const unsigned base = hex ? 16 : 10, d = digit_of(l, *c, base);
        if (v > (max - d) / base)
            fail_at(l->at, "%s does not fit %u bytes", l->text, bytes);
        v = v * base + d;
    }
    return v;
}

static void put_integer(struct writer *w, u128 v)
{
    if (v >> 64 == 0)
        put_fmt(w, "UINT64_C(%llu)", (unsigned long long)v);
    else
        put_fmt(w, "((u128)UINT64_C(0x%llx) << 64 | UINT64_C(0x%llx))", (unsigned long long)(v >> 64),
                (unsigned long long)v);
}

static void put_hex_bytes(struct writer *w, const struct lit *l, uint64_t len)
{
    if (l->kind != LIT_INT || strncmp(l->text, "0x", 2) != 0 || strlen(l->text) != 2 + 2 * len)
        fail_at(l->at, "0x and %llu bytes expected, not '%s'", (unsigned long long)len, l->text);
    put_text(w, "{");
    for (uint64_t i = 0; i < len; i++)
        put_fmt(w, "%s0x%x", i == 0 ? "" : ", ",
                digit_of(l, l->text[2 + 2 * i], 16) << 4 | digit_of(l, l->text[3 + 2 * i], 16));
    put_text(w, "}");
}

static void put_basic_literal(struct writer *w, const struct basic *b, const struct lit *l)
{
    switch (b->class) {
    case BASIC_BOOL:
        if (strcmp(l->text, "true") != 0 && strcmp(l->text, "false") != 0)
            fail_at(l->at, "true or false expected, not '%s'", l->text);
        put_text(w, l->text);
        return;
    case BASIC_UINT:
        put_integer(w, integer_of(l, b->bytes));
        return;
    case BASIC_BALANCE:
        put_text(w, "{");
        put_integer(w, integer_of(l, b->bytes));
        put_text(w, "}");
        return;
    case BASIC_ID:
        put_text(w, "{");
        put_hex_bytes(w, l, b->bytes);
        put_text(w, "}");
        return;
    case BASIC_OTHER:
    case BASIC_VOID:
        break;
    }
    fail_at(l->at, "values of type %s cannot be written", b->name);
}

/* `.name = value, …` for the fields that C has; positional ones are a, b, … or the only one `value`. */
static void put_members(struct writer *w, struct arena *a, const struct fields *f, const struct lit *l)
{
    if (l->count != f->count)
        fail_at(l->at, "%zu values expected, not %zu", f->count, l->count);
    put_text(w, "{");
    for (size_t i = 0; i < f->count; i++) {
        if (ty_is_void(f->v[i].ty))
            continue;
        if (f->v[i].name != NULL)
            put_fmt(w, ".%s = ", c_name(a, f->v[i].name));
        else if (f->count == 1)
            put_text(w, ".value = ");
        else
            put_fmt(w, ".%c = ", (char)('a' + i));
        put_literal(w, a, f->v[i].ty, l->v[i]);
        put_text(w, ", ");
    }
    put_text(w, "}");
}

static void put_enum_literal(struct writer *w, struct arena *a, const struct decl *d, const struct lit *l)
{
    const struct idl_variant *v = NULL;

    for (size_t i = 0; i < d->variant_count; i++)
        if (l->kind == LIT_NAME && strcmp(d->variants[i].name, l->text) == 0)
            v = &d->variants[i];
    if (v == NULL)
        fail_at(l->at, "%s has no variant '%s'", d->name, l->text);
    if (l->count != v->fields.count)
        fail_at(l->at, "%zu values expected, not %zu", v->fields.count, l->count);
    const char *prefix = upper_case(a, arena_fmt(a, "%s_%s", d->module->name, d->snake));
    const char *tag = arena_fmt(a, "%s_%s", prefix, upper_case(a, snake_case(a, v->name)));
    if (d->plain) {
        put_text(w, tag);
        return;
    }
    put_fmt(w, "{.tag = %s", tag);
    if (v->fields.count > 0) {
        put_fmt(w, ", .u.%s = ", c_name(a, snake_case(a, v->name)));
        if (v->fields.count == 1 && !v->fields.named)
            put_literal(w, a, v->fields.v[0].ty, l->v[0]);
        else
            put_members(w, a, &v->fields, l);
    }
    put_text(w, "}");
}

static void put_list(struct writer *w, struct arena *a, const struct ty *t, const struct lit *l)
{
    if (l->kind != LIT_LIST)
        fail_at(l->at, "[...] expected");
    if (l->count > t->n)
        fail_at(l->at, "%zu elements, at most %llu", l->count, (unsigned long long)t->n);
    if (l->count == 0) {
        put_text(w, "{0}");
        return;
    }
    const char *array = arena_fmt(a, "[%zu]", l->count);
    put_fmt(w, "{%zu, (%s){", l->count, c_declare(a, t->args[0], array));
    for (size_t i = 0; i < l->count; i++) {
        put_literal(w, a, t->args[0], l->v[i]);
        put_text(w, ", ");
    }
    put_text(w, "}}");
}

static void put_byte_string(struct writer *w, const struct ty *t, const struct lit *l)
{
    if (l->kind != LIT_TEXT)
        fail_at(l->at, "text in quotes expected");
    if (strlen(l->text) > t->n)
        fail_at(l->at, "%zu bytes, at most %llu", strlen(l->text), (unsigned long long)t->n);
    put_text(w, "{(const uint8_t *)");
    put_c_string(w, l->text);
    put_fmt(w, ", %zu}", strlen(l->text));
}

static void put_tuple(struct writer *w, struct arena *a, const struct ty *t, const struct lit *l)
{
    struct fields f = {0};

    if (l->kind != LIT_GROUP)
        fail_at(l->at, "{...} expected");
    for (size_t i = 0; i < t->count; i++)
        *PUSH(a, f.v, f.count) = (struct idl_field){.ty = t->args[i]};
    put_members(w, a, &f, l);
}

void put_literal(struct writer *w, struct arena *a, const struct ty *t, const struct lit *l)
{
    if (l->kind == LIT_NAME && strcmp(l->text, "default") == 0) {
        bool scalar = t->kind == TY_COMPACT ||
                      (t->kind == TY_BASIC && ty_by_value(t) && t->basic->class != BASIC_BALANCE);
        put_text(w, scalar || (t->kind == TY_NAMED && t->decl->plain) ? "0" : "{0}");
        return;
    }
    switch (t->kind) {
    case TY_BASIC:
        put_basic_literal(w, t->basic, l);
        return;
    case TY_COMPACT:
        put_literal(w, a, t->args[0], l);
        return;
    case TY_BYTES:
    case TY_STR:
    case TY_TEXT:
        put_byte_string(w, t, l);
        return;
    case TY_ARRAY:
        put_hex_bytes(w, l, t->n);
        return;
    case TY_VEC:
        put_list(w, a, t, l);
        return;
    case TY_OPTION:
        if (l->kind == LIT_NAME && strcmp(l->text, "none") == 0) {
            put_text(w, "{0}");
            return;
        }
        put_text(w, "{.some = true, .value = ");
        put_literal(w, a, t->args[0], l);
        put_text(w, "}");
        return;
    case TY_TUPLE:
        put_tuple(w, a, t, l);
        return;
    case TY_NAMED:
        if (t->decl->is_enum) {
            put_enum_literal(w, a, t->decl, l);
            return;
        }
        if (l->kind != LIT_GROUP)
            fail_at(l->at, "{...} expected for %s", t->decl->name);
        put_members(w, a, &t->decl->fields, l);
        return;
    case TY_RESULT:
        break;
    }
    fail_at(l->at, "values of type %s cannot be written", ty_text(a, t));
}
