#include "codec/json.h"
#include "base/fmt.h"
#include "codec/scale.h"
#include "codec/walk.h"

static const struct json_options no_options;

void json_put_hex(struct writer *w, struct bytes b)
{
    put_text(w, "\"0x");
    put_hex(w, b);
    put_u8(w, '"');
}

static void put_escape(struct writer *w, uint8_t c)
{
    static const char shorts[] = "b\bf\fn\nr\rt\t\"\"\\\\";

    for (size_t i = 0; i + 1 < sizeof shorts; i += 2) {
        if ((uint8_t)shorts[i + 1] == c) {
            put_u8(w, '\\');
            put_u8(w, (uint8_t)shorts[i]);
            return;
        }
    }
    put_fmt(w, "\\u%04x", (unsigned)c);
}

void json_put_string(struct writer *w, struct bytes text)
{
    put_u8(w, '"');
    for (size_t at = 0; at < text.len;) {
        uint8_t c = text.p[at];
        size_t len = utf8_sequence_len(text, at);
        if (len == 0)
            put_text(w, "\xef\xbf\xbd"); /* U+FFFD, one for each byte that fits nowhere */
        else if (c < 0x20 || c == 0x7f || c == '"' || c == '\\')
            put_escape(w, c);
        else
            put_mem(w, text.p + at, len);
        at += len == 0 ? 1 : len;
    }
    put_u8(w, '"');
}

void json_put_u128(struct writer *w, u128 v)
{
    char text[40];
    size_t len = fmt_u128(text, v);
    put_u8(w, '"');
    put_mem(w, text, len);
    put_u8(w, '"');
}

void json_put_u64(struct writer *w, uint64_t v)
{
    if (v > (uint64_t)1 << 53) /* a double no longer holds every integer */
        json_put_u128(w, v);
    else
        put_fmt(w, "%llu", (unsigned long long)v);
}

static void put_integer(struct writer *w, uint32_t size, const void *value)
{
    u128 v = 0;

    if (size == 0) { /* Compact<()> */
        put_text(w, "null");
        return;
    }
    memcpy(&v, value, size);
    if (size == sizeof v)
        json_put_u128(w, v);
    else
        json_put_u64(w, (uint64_t)v);
}

static void put_elements(struct writer *w, const struct type *elem, const void *first, uint32_t n,
                         const struct json_options *o)
{
    put_u8(w, '[');
    for (uint32_t i = 0; i < n && writer_ok(w); i++) {
        if (i > 0)
            put_u8(w, ',');
        walk_json(w, elem, (const uint8_t *)first + (size_t)i * elem->size, o);
    }
    put_u8(w, ']');
}

static void put_fields(struct writer *w, const struct field *fields, uint16_t count, const uint8_t *value,
                       const struct json_options *o)
{
    bool named = count > 0 && fields[0].name != NULL;

    put_u8(w, named ? '{' : '[');
    for (uint16_t i = 0; i < count; i++) {
        if (i > 0)
            put_u8(w, ',');
        if (named) {
            json_put_string(w, bytes_of_str(fields[i].name));
            put_u8(w, ':');
        }
        walk_json(w, fields[i].type, value + fields[i].at, o);
    }
    put_u8(w, named ? '}' : ']');
}

static void put_struct(struct writer *w, const struct type *t, const uint8_t *value,
                       const struct json_options *o)
{
    if (t->path != NULL && o->put_account != NULL && strcmp(t->path, type_account_id.path) == 0) {
        struct account_id account;
        memcpy(&account, value, sizeof account);
        put_u8(w, '"');
        o->put_account(o->ctx, w, &account);
        put_u8(w, '"');
        return;
    }
    if (t->field_count == 0)
        put_text(w, "null");
    else if (t->path != NULL && t->field_count == 1 && t->fields[0].name == NULL)
        walk_json(w, t->fields[0].type, value + t->fields[0].at, o); /* a newtype reads as what it wraps */
    else
        put_fields(w, t->fields, t->field_count, value, o);
}

static void put_enum(struct writer *w, const struct type *t, const uint8_t *value,
                     const struct json_options *o)
{
    uint32_t tag;
    memcpy(&tag, value, sizeof tag);
    const struct variant *v = type_variant(t, tag);
    if (v == NULL) {
        w->overflow = true;
        return;
    }
    if (v->field_count == 0) {
        json_put_string(w, bytes_of_str(v->name));
        return;
    }
    put_u8(w, '{');
    json_put_string(w, bytes_of_str(v->name));
    put_u8(w, ':');
    if (v->field_count == 1 && v->fields[0].name == NULL)
        walk_json(w, v->fields[0].type, value + t->value_at + v->fields[0].at, o);
    else
        put_fields(w, v->fields, v->field_count, value + t->value_at, o);
    put_u8(w, '}');
}

static void put_call(struct writer *w, const struct call *call, const struct json_options *o)
{
    if (call->pallet == NULL || call->desc == NULL) {
        w->overflow = true;
        return;
    }
    const struct type *args = call->desc->args;
    put_text(w, "{\"pallet\":");
    json_put_string(w, bytes_of_str(call->pallet->name));
    put_text(w, ",\"call\":");
    json_put_string(w, bytes_of_str(call->desc->name));
    put_text(w, ",\"args\":");
    if (args->field_count == 0)
        put_text(w, "{}");
    else
        put_fields(w, args->fields, args->field_count, call->args, o);
    put_u8(w, '}');
}

static void put_value(struct writer *w, const struct type *t, const uint8_t *value,
                      const struct json_options *o)
{
    switch (t->kind) {
    case TYPE_BOOL:
        put_text(w, *(const bool *)value ? "true" : "false");
        return;
    case TYPE_U8:
    case TYPE_U16:
    case TYPE_U32:
    case TYPE_U64:
    case TYPE_U128:
    case TYPE_COMPACT:
        put_integer(w, t->size, value);
        return;
    case TYPE_BYTES:
    case TYPE_TEXT:
    case TYPE_STR: {
        struct bytes b;
        memcpy(&b, value, sizeof b);
        if (t->kind == TYPE_BYTES)
            json_put_hex(w, b);
        else
            json_put_string(w, b);
        return;
    }
    case TYPE_ARRAY:
        if (t->elem->kind == TYPE_U8)
            json_put_hex(w, bytes_of(value, t->max));
        else
            put_elements(w, t->elem, value, t->max, o);
        return;
    case TYPE_STRUCT:
        put_struct(w, t, value, o);
        return;
    case TYPE_ENUM:
        put_enum(w, t, value, o);
        return;
    case TYPE_OPTION:
        if (*(const bool *)value)
            walk_json(w, t->elem, value + t->value_at, o);
        else
            put_text(w, "null");
        return;
    case TYPE_VEC: {
        struct vec v;
        memcpy(&v, value, sizeof v);
        put_elements(w, t->elem, v.v, v.n, o);
        return;
    }
    case TYPE_CALL: {
        struct call call;
        memcpy(&call, value, sizeof call);
        put_call(w, &call, o);
        return;
    }
    case TYPE_VOID:
        put_text(w, "null");
        return;
    }
    UNREACHABLE();
}

void walk_json(struct writer *w, const struct type *t, const void *value,
               const struct json_options *options_opt)
{
    if (writer_ok(w))
        put_value(w, t, value, options_opt == NULL ? &no_options : options_opt);
}
