/* tools/idlc/names.c — how declarations are called in C, in metadata and in the lock. */
#include "tools/idlc/idl.h"

const struct basic basics[] = {
    {"bool", "bool", "bool", "type_bool", "bool", BASIC_BOOL, 1},
    {"u8", "uint8_t", "u8", "type_u8", "u8", BASIC_UINT, 1},
    {"u16", "uint16_t", "u16", "type_u16", "u16", BASIC_UINT, 2},
    {"u32", "uint32_t", "u32", "type_u32", "u32", BASIC_UINT, 4},
    {"u64", "uint64_t", "u64", "type_u64", "u64", BASIC_UINT, 8},
    {"u128", "u128", "u128", "type_u128", "u128", BASIC_UINT, 16},
    {"Balance", "struct balance", "balance", "type_balance", "T::Balance", BASIC_BALANCE, 16},
    {"AccountId", "struct account_id", "account_id", "type_account_id", "T::AccountId", BASIC_ID, 32},
    {"H256", "struct hash32", "h256", "type_h256", "T::Hash", BASIC_ID, 32},
    {"Address", "struct multi_address", "address", "type_multi_address", "AccountIdLookupOf<T>", BASIC_OTHER,
     0},
    {"Call", "struct call", "call", "type_call", "<T as Config>::RuntimeCall", BASIC_OTHER, 0},
    {"()", NULL, "unit", "type_void", "()", BASIC_VOID, 0},
    {"RuntimeEvent", NULL, "runtime_event", "type_runtime_event", "RuntimeEvent", BASIC_VOID, 0},
    {"Era", NULL, "era", "type_era", "Era", BASIC_VOID, 0},
    {"UncheckedExtrinsic", "struct bytes", "extrinsic", "type_unchecked_extrinsic", "UncheckedExtrinsic",
     BASIC_OTHER, 0},
    {0},
};

const struct basic *basic_find(const char *name)
{
    for (const struct basic *b = basics; b->name != NULL; b++)
        if (strcmp(b->name, name) == 0)
            return b;
    return NULL;
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* K8sClusters -> k8s_clusters, TEEApps -> tee_apps, SS58Prefix -> ss58_prefix. */
const char *snake_case(struct arena *a, const char *name)
{
    struct writer w = writer_in(a, 1024);

    for (size_t i = 0; name[i] != 0; i++) {
        const char c = name[i];
        if (is_upper(c) && i > 0 && name[i - 1] != '_' && (!is_upper(name[i - 1]) || is_lower(name[i + 1])))
            put_u8(&w, '_');
        put_u8(&w, (uint8_t)(is_upper(c) ? c - 'A' + 'a' : c));
    }
    return arena_str(a, writer_bytes(&w));
}

const char *upper_case(struct arena *a, const char *name)
{
    char *out = arena_str(a, bytes_of_str(name));

    for (char *c = out; *c != 0; c++)
        if (is_lower(*c))
            *c = (char)(*c - 'a' + 'A');
    return out;
}

static bool in_list(const char *const *list, const char *name)
{
    for (; *list != NULL; list++)
        if (strcmp(*list, name) == 0)
            return true;
    return false;
}

const char *c_name(struct arena *a, const char *name)
{
    static const char *const reserved[] = {
        "auto",     "break",  "case",   "char",     "const",    "continue", "default",  "do",
        "double",   "else",   "enum",   "extern",   "float",    "for",      "goto",     "if",
        "inline",   "int",    "long",   "register", "restrict", "return",   "short",    "signed",
        "sizeof",   "static", "struct", "switch",   "typedef",  "union",    "unsigned", "void",
        "volatile", "while",  "bool",   "true",     "false",    "asm",      "typeof",   NULL,
    };
    return in_list(reserved, name) ? arena_fmt(a, "%s_", name) : name;
}

bool is_rust_keyword(const char *name)
{
    static const char *const reserved[] = {
        "as",    "break",    "const",   "continue", "crate",  "dyn",    "else",  "enum",     "extern",
        "false", "fn",       "for",     "if",       "impl",   "in",     "let",   "loop",     "match",
        "mod",   "move",     "mut",     "pub",      "ref",    "return", "self",  "static",   "struct",
        "super", "trait",    "true",    "type",     "unsafe", "use",    "where", "while",    "async",
        "await", "abstract", "become",  "box",      "do",     "final",  "macro", "override", "priv",
        "try",   "typeof",   "unsized", "virtual",  "yield",  NULL,
    };
    return in_list(reserved, name);
}

bool ty_is_void(const struct ty *t)
{
    return t->kind == TY_BASIC && t->basic->class == BASIC_VOID;
}

bool ty_plain_result(const struct ty *t)
{
    return t->kind == TY_RESULT && ty_is_void(t->args[0]) && ty_is_void(t->args[1]);
}

bool ty_by_value(const struct ty *t)
{
    switch (t->kind) {
    case TY_BASIC:
        return t->basic->class == BASIC_BOOL || t->basic->class == BASIC_UINT ||
               t->basic->class == BASIC_BALANCE;
    case TY_NAMED:
        return t->decl->plain;
    case TY_RESULT:
        return ty_plain_result(t);
    case TY_COMPACT:
    case TY_BYTES:
    case TY_STR:
    case TY_TEXT:
        return true;
    case TY_ARRAY:
    case TY_VEC:
    case TY_OPTION:
    case TY_TUPLE:
        return false;
    }
    return false;
}

static const char *stem_of(struct arena *a, const struct ty *t, struct module **owner)
{
    switch (t->kind) {
    case TY_BASIC:
        return t->basic->stem;
    case TY_COMPACT:
        return stem_of(a, t->args[0], owner);
    case TY_BYTES:
    case TY_STR:
    case TY_TEXT:
        return "bytes";
    case TY_ARRAY:
        return arena_fmt(a, "u8x%llu", (unsigned long long)t->n);
    case TY_NAMED:
        if (*owner == NULL || t->decl->module->rank > (*owner)->rank)
            *owner = t->decl->module;
        return t->decl->snake;
    case TY_VEC:
        return arena_fmt(a, "%s_vec", stem_of(a, t->args[0], owner));
    case TY_OPTION:
        return arena_fmt(a, "%s_opt", stem_of(a, t->args[0], owner));
    case TY_TUPLE:
    case TY_RESULT:
        break;
    }
    const char *out = stem_of(a, t->args[0], owner);
    for (size_t i = 1; i < t->count; i++)
        out = arena_fmt(a, "%s_%s", out, stem_of(a, t->args[i], owner));
    return arena_fmt(a, "%s_%s", out, t->kind == TY_RESULT ? "result" : t->count == 2 ? "pair" : "tuple");
}

const char *ty_c_stem(struct arena *a, const struct ty *t, struct module **owner)
{
    *owner = NULL;
    const char *stem = stem_of(a, t, owner);
    return arena_fmt(a, "%s_%s", *owner == NULL ? "scale" : (*owner)->name, stem);
}

const char *c_declare(struct arena *a, const struct ty *t, const char *name)
{
    struct module *owner;

    switch (t->kind) {
    case TY_BASIC:
        return arena_fmt(a, "%s %s", t->basic->c, name);
    case TY_COMPACT:
        return c_declare(a, t->args[0], name);
    case TY_BYTES:
    case TY_STR:
    case TY_TEXT:
        return arena_fmt(a, "struct bytes %s", name);
    case TY_ARRAY:
        return arena_fmt(a, name[0] == '*' ? "uint8_t (%s)[%llu]" : "uint8_t %s[%llu]", name,
                         (unsigned long long)t->n);
    case TY_NAMED:
        return arena_fmt(a, "%s %s_%s %s", t->decl->plain ? "enum" : "struct", t->decl->module->name,
                         t->decl->snake, name);
    case TY_VEC:
    case TY_OPTION:
    case TY_TUPLE:
    case TY_RESULT:
        break;
    }
    return arena_fmt(a, "%s %s %s", ty_plain_result(t) ? "enum" : "struct", ty_c_stem(a, t, &owner), name);
}

static const char *join(struct arena *a, const struct ty *t, const char *open, const char *close,
                        const char *(*text)(struct arena *, const struct ty *))
{
    const char *out = open;

    for (size_t i = 0; i < t->count; i++)
        out = arena_fmt(a, "%s%s%s", out, i == 0 ? "" : ", ", text(a, t->args[i]));
    return arena_fmt(a, "%s%s", out, close);
}

const char *ty_text(struct arena *a, const struct ty *t)
{
    const unsigned long long n = t->n;

    switch (t->kind) {
    case TY_BASIC:
        return t->basic->name;
    case TY_COMPACT:
        return join(a, t, "compact<", ">", ty_text);
    case TY_BYTES:
        return arena_fmt(a, "bytes<%llu>", n);
    case TY_STR:
        return arena_fmt(a, "str<%llu>", n);
    case TY_TEXT:
        return arena_fmt(a, "text<%llu>", n);
    case TY_ARRAY:
        return arena_fmt(a, "[u8; %llu]", n);
    case TY_VEC:
        return arena_fmt(a, "vec<%s, %llu>", ty_text(a, t->args[0]), n);
    case TY_OPTION:
        return join(a, t, "option<", ">", ty_text);
    case TY_TUPLE:
        return join(a, t, "(", ")", ty_text);
    case TY_RESULT:
        return join(a, t, "result<", ">", ty_text);
    case TY_NAMED:
        break;
    }
    return arena_fmt(a, "%s.%s", t->decl->module->name, t->decl->name);
}

const char *ty_rust(struct arena *a, const struct ty *t)
{
    switch (t->kind) {
    case TY_BASIC:
        return t->basic->rust;
    case TY_COMPACT: /* metadata names the inner type: the compact shows in the type itself */
        return ty_rust(a, t->args[0]);
    case TY_BYTES:
    case TY_TEXT:
        return "Vec<u8>";
    case TY_STR:
        return "String";
    case TY_ARRAY:
        return arena_fmt(a, "[u8; %llu]", (unsigned long long)t->n);
    case TY_VEC:
        return join(a, t, "Vec<", ">", ty_rust);
    case TY_OPTION:
        return join(a, t, "Option<", ">", ty_rust);
    case TY_TUPLE:
        return join(a, t, "(", ")", ty_rust);
    case TY_RESULT:
        return join(a, t, "Result<", ">", ty_rust);
    case TY_NAMED:
        break;
    }
    return t->decl->name;
}
