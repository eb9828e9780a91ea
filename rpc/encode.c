#include "base/hex.h"
#include "codec/header.h"
#include "codec/scale.h"
#include "rpc/rpc_priv.h"

#include <stdlib.h>

enum { APIS_MAX = 256, VERSION_TEXT_MAX = 256 };

json_t *json_text(const char *s)
{
    json_t *v = json_string(s);
    if (v == NULL)
        v = json_string("(text that is not UTF-8)");
    ASSERT(v != NULL);
    return v;
}

json_t *json_hex(struct rpc_server *s, struct bytes b)
{
    struct arena_mark mark = arena_mark(&s->arena);
    json_t *v = json_stringn_nocheck(hex0x(&s->arena, b), b.len * 2 + 2);
    ASSERT(v != NULL);
    arena_rewind(&s->arena, mark);
    return v;
}

json_t *json_hash(const struct hash32 *h)
{
    char text[67] = "0x";
    hex_encode(text + 2, bytes_of(h->b, sizeof h->b));
    json_t *v = json_stringn_nocheck(text, 66);
    ASSERT(v != NULL);
    return v;
}

json_t *json_hex_list(struct rpc_server *s, const struct bytes_list *l)
{
    json_t *list = json_array();
    for (size_t i = 0; i < l->count; i++)
        ASSERT(json_array_append_new(list, json_hex(s, l->v[i])) == 0);
    return list;
}

json_t *json_header(struct rpc_server *s, struct bytes header)
{
    struct err e;
    struct header *h = arena_new(&s->arena, struct header);
    if (header_decode(h, header, &e) != ERR_OK)
        return NULL;
    json_t *logs = json_array();
    for (uint32_t i = 0; i < h->digest_count; i++)
        ASSERT(json_array_append_new(logs, json_hex(s, h->digest[i].encoded)) == 0);
    char number[16];
    (void)snprintf(number, sizeof number, "0x%x", h->number);
    json_t *v = json_pack("{s:o, s:s, s:o, s:o, s:{s:o}}", "parentHash", json_hash(&h->parent), "number",
                          number, "stateRoot", json_hash(&h->state_root), "extrinsicsRoot",
                          json_hash(&h->extrinsics_root), "digest", "logs", logs);
    ASSERT(v != NULL);
    return v;
}

static json_t *text_of(struct bytes b)
{
    json_t *v = json_stringn((const char *)b.p, b.len);
    return v == NULL ? json_text("?") : v;
}

/* SCALE RuntimeVersion: docs/spec substrate section 5. */
struct version {
    struct bytes spec_name, impl_name;
    uint32_t authoring, spec, impl, transaction;
    uint8_t system;
    uint32_t api_count;
    struct bytes apis; /* 12 bytes each */
};

static bool version_decode(struct version *v, struct bytes in)
{
    struct err e;
    struct reader r = reader_of(in);
    v->spec_name = take_compact_bytes(&r, VERSION_TEXT_MAX);
    v->impl_name = take_compact_bytes(&r, VERSION_TEXT_MAX);
    v->authoring = take_u32(&r);
    v->spec = take_u32(&r);
    v->impl = take_u32(&r);
    v->api_count = take_count(&r, 12, APIS_MAX);
    v->apis = take_bytes(&r, (size_t)v->api_count * 12);
    v->transaction = take_u32(&r);
    v->system = take_u8(&r);
    return reader_end(&r, "runtime version", &e) == ERR_OK;
}

json_t *json_runtime_version(struct bytes version, bool modern)
{
    struct version v;
    if (!version_decode(&v, version))
        return NULL;
    json_t *apis = modern ? json_object() : json_array();
    for (uint32_t i = 0; i < v.api_count; i++) {
        char id[19] = "0x";
        const uint8_t *p = v.apis.p + (size_t)i * 12;
        hex_encode(id + 2, bytes_of(p, 8));
        json_t *number = json_integer(load_u32le(p + 8));
        int rc = modern ? json_object_set_new(apis, id, number)
                        : json_array_append_new(apis, json_pack("[s, o]", id, number));
        ASSERT(rc == 0);
    }
    json_t *out =
        json_pack("{s:o, s:o, s:I, s:I, s:o, s:I}", "specName", text_of(v.spec_name), "implName",
                  text_of(v.impl_name), "specVersion", (json_int_t)v.spec, "implVersion", (json_int_t)v.impl,
                  "apis", apis, "transactionVersion", (json_int_t)v.transaction);
    ASSERT(out != NULL);
    if (modern)
        return out;
    ASSERT(json_object_set_new(out, "authoringVersion", json_integer(v.authoring)) == 0);
    ASSERT(json_object_set_new(out, "systemVersion", json_integer(v.system)) == 0); /* newer and older name */
    ASSERT(json_object_set_new(out, "stateVersion", json_integer(v.system)) == 0);
    return out;
}

json_t *json_runtime_version_at(struct rpc_server *s, const struct hash32 *at, bool modern, struct err *e)
{
    struct bytes out;
    if (s->backend->runtime_call(s->backend->ctx, &s->arena, &out, at, "Core_version", BYTES_EMPTY, e) !=
        ERR_OK)
        return NULL;
    json_t *v = json_runtime_version(out, modern);
    if (v == NULL)
        (void)FAIL(e, ERR_INTERNAL, "Core_version's output does not decode");
    return v;
}
