/* tools/idlc/idl.h — the declarations of all modules in memory, and the steps of the generator.
 *
 * The language and the generated names are docs/idl.md. Flow: parse_file for each input, check_all, then the
 * emitters (emit_*.c), each writing whole files; lock.c compares with chain/abi.lock. A fault in the input
 * ends the program with "file:line: message". */
#ifndef TOOLS_IDLC_IDL_H
#define TOOLS_IDLC_IDL_H

#include "base/arena.h"
#include "base/writer.h"

enum ty_kind {
    TY_BASIC, /* basic: bool, u8, …, AccountId, Call, (), outer types */
    TY_COMPACT,
    TY_BYTES,
    TY_STR,
    TY_TEXT,
    TY_ARRAY, /* of u8 */
    TY_VEC,
    TY_OPTION,
    TY_TUPLE,
    TY_RESULT,
    TY_NAMED,
};

enum basic_class {
    BASIC_BOOL,
    BASIC_UINT,
    BASIC_BALANCE,
    BASIC_ID,    /* 32 bytes in a struct */
    BASIC_OTHER, /* Address, Call, UncheckedExtrinsic */
    BASIC_VOID,  /* no C representation */
};

struct basic {
    const char *name;
    const char *c;    /* C type; NULL: none */
    const char *stem; /* in names of compound types */
    const char *desc; /* descriptor */
    const char *rust; /* name shown in metadata */
    enum basic_class class;
    uint8_t bytes; /* BASIC_UINT */
};

struct pos {
    const char *file;
    int line;
};

struct ty {
    enum ty_kind kind;
    const struct basic *basic;
    struct ty **args;
    size_t count;
    uint64_t n; /* bound or length */
    const char *module, *name;
    struct decl *decl; /* TY_NAMED, after check_all */
    struct pos at;
};

struct idl_field {
    const char *name; /* NULL: positional */
    struct ty *ty;
    const char *as; /* type name in metadata, or NULL */
    const char *doc;
};

struct fields {
    struct idl_field *v;
    size_t count;
    bool named;
};

struct idl_variant {
    const char *name;
    unsigned index;
    struct fields fields;
    const char *doc;
};

struct idl_param {
    const char *name;
    struct ty *ty; /* NULL: phantom */
};

/* struct or enum. */
struct decl {
    struct pos at;
    struct module *module;
    const char *name, *snake, *path, *doc;
    bool is_enum, plain; /* plain: an enum without fields */
    struct fields fields;
    struct idl_variant *variants;
    size_t variant_count;
    struct idl_param *params;
    size_t param_count;
    uint8_t mark;  /* search for cycles */
    bool written;  /* its C type is in a header */
    uint8_t outer; /* holds an outer type: 1 no, 2 yes, 0 unknown */
};

enum lit_kind { LIT_INT, LIT_TEXT, LIT_GROUP, LIT_LIST, LIT_NAME };

struct lit {
    enum lit_kind kind;
    struct pos at;
    const char *text; /* as written: number, text, name */
    struct lit **v;   /* elements; arguments of a variant */
    size_t count;
};

struct item {
    struct pos at;
    const char *name, *snake, *doc;
    const char *hashers[3];
    struct ty *keys[3];
    size_t key_count;
    struct ty *value;
    struct lit *init; /* NULL: optional */
};

struct constant {
    struct pos at;
    const char *name, *snake, *doc;
    struct ty *ty;
    struct lit *init;
};

struct idl_call {
    struct pos at;
    const char *name, *doc, *origin, *class;
    unsigned index;
    uint64_t weight, weight_per_byte;
    struct fields args;
    const char **fails, **emits;
    size_t fail_count, emit_count;
};

struct idl_event {
    struct pos at;
    const char *name, *snake, *doc;
    unsigned index;
    struct fields fields;
};

struct idl_error {
    struct pos at;
    const char *name, *snake, *doc;
    unsigned index;
};

struct method {
    const char *name, *doc;
    struct fields inputs;
    struct ty *output;
};

struct api {
    const char *name, *doc;
    struct method *methods;
    size_t method_count;
};

struct extension {
    struct pos at;
    const char *name, *snake, *path;
    struct fields fields;
    struct ty *implicit;
};

struct module {
    struct pos at;
    const char *name, *pallet, *crate, *doc;
    bool is_pallet;
    unsigned index, rank; /* rank: later modules may use earlier ones */
    uint8_t mark;
    struct module **uses;
    struct decl **decls;
    struct item *items;
    struct constant *constants;
    struct idl_call *calls;
    struct idl_event *events;
    struct idl_error *errors;
    struct api *apis;
    struct extension *extensions;
    struct ty *signature;
    size_t use_count, decl_count, item_count, constant_count, call_count, event_count, error_count, api_count,
        extension_count;
};

struct idl {
    struct arena *a;
    struct module **modules; /* after check_all: users after what they use */
    size_t module_count;
};

_Noreturn void fail_at(struct pos at, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Room for one more element of an array that is grown by doubling. */
void *grow(struct arena *a, void *v, size_t count, size_t each);
#define PUSH(a, v, count) ((v) = grow((a), (v), (count), sizeof *(v)), &(v)[(count)++])

/* parse.c */
struct module *parse_file(struct idl *idl, const char *path, struct bytes text);

/* check.c */
void check_all(struct idl *idl);
bool ty_has_outer(struct ty *t); /* holds a type that only metadata knows */

/* names.c */
extern const struct basic basics[];
const struct basic *basic_find(const char *name);
const char *snake_case(struct arena *a, const char *name);
const char *upper_case(struct arena *a, const char *name);
const char *c_name(struct arena *a, const char *name); /* with an underscore when reserved */
bool is_rust_keyword(const char *name);
bool ty_is_void(const struct ty *t);
bool ty_by_value(const struct ty *t);
bool ty_plain_result(const struct ty *t);
/* "worker_ip_vec": prefix and stem of the C struct; *owner gets its module, NULL for scale. */
const char *ty_c_stem(struct arena *a, const struct ty *t, struct module **owner);
/* A declaration of `name` with type t: "uint8_t name[4]", "struct worker_ip *name" with name "*name". */
const char *c_declare(struct arena *a, const struct ty *t, const char *name);
const char *ty_text(struct arena *a, const struct ty *t); /* canonical, modules spelled out */
const char *ty_rust(struct arena *a, const struct ty *t);

/* literal.c: a C initializer */
void put_literal(struct writer *w, struct arena *a, const struct ty *t, const struct lit *l);
void put_c_string(struct writer *w, const char *s); /* quoted; "NULL" for NULL */

/* emit_*.c; `dir` is gen/ */
void emit_headers(struct idl *idl, const char *dir);
void emit_descriptors(struct idl *idl, const char *dir);
void emit_registry(struct idl *idl, const char *dir);
void emit_runtime(struct idl *idl, const char *dir);
void emit_file(struct arena *a, const char *dir, const char *name, struct writer *w); /* only when changed */

/* lock.c: the sorted lines; returns the number of differences told on stderr */
void lock_text(struct idl *idl, struct writer *w);
int lock_compare(struct bytes committed, struct bytes now);

/* twox.c */
uint64_t xxh64(struct bytes in, uint64_t seed);

#endif /* TOOLS_IDLC_IDL_H */
