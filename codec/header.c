#include "codec/header.h"
#include "codec/scale.h"

static bool digest_has_engine(enum digest_kind kind)
{
    return kind == DIGEST_CONSENSUS || kind == DIGEST_SEAL || kind == DIGEST_PRE_RUNTIME;
}

struct digest_item take_digest_item(struct reader *r)
{
    const uint8_t *start = r->p;
    struct digest_item item = {0};
    uint8_t kind = take_u8(r);

    switch (kind) {
    case DIGEST_CONSENSUS:
    case DIGEST_SEAL:
    case DIGEST_PRE_RUNTIME:
        take_into(r, item.engine, sizeof item.engine);
        item.data = take_compact_bytes(r, UINT32_MAX);
        break;
    case DIGEST_OTHER:
        item.data = take_compact_bytes(r, UINT32_MAX);
        break;
    case DIGEST_RUNTIME_ENVIRONMENT_UPDATED:
        break;
    default:
        reader_fail(r, "unknown digest item");
        break;
    }
    if (!reader_ok(r))
        return (struct digest_item){0};
    item.kind = (enum digest_kind)kind;
    item.encoded = bytes_of(start, (size_t)(r->p - start));
    return item;
}

void put_digest_item(struct writer *w, const struct digest_item *item)
{
    put_u8(w, (uint8_t)item->kind);
    if (digest_has_engine(item->kind))
        put_mem(w, item->engine, sizeof item->engine);
    if (item->kind != DIGEST_RUNTIME_ENVIRONMENT_UPDATED)
        put_compact_bytes(w, item->data);
}

void take_header(struct reader *r, struct header *out)
{
    memset(out, 0, sizeof *out);
    out->parent = take_hash(r);
    out->number = take_compact_u32(r);
    out->state_root = take_hash(r);
    out->extrinsics_root = take_hash(r);
    out->digest_count = take_count(r, 1, HEADER_DIGEST_MAX);
    for (uint32_t i = 0; i < out->digest_count && reader_ok(r); i++)
        out->digest[i] = take_digest_item(r);
    if (!reader_ok(r))
        memset(out, 0, sizeof *out);
}

enum err_code header_decode(struct header *out, struct bytes in, struct err *e)
{
    struct reader r = reader_of(in);
    struct header h;

    take_header(&r, &h);
    TRY(reader_end(&r, "header", e));
    *out = h;
    return ERR_OK;
}

void header_encode(struct writer *w, const struct header *h)
{
    ASSERT(h->digest_count <= HEADER_DIGEST_MAX);
    put_mem(w, h->parent.b, sizeof h->parent.b);
    put_compact(w, h->number);
    put_mem(w, h->state_root.b, sizeof h->state_root.b);
    put_mem(w, h->extrinsics_root.b, sizeof h->extrinsics_root.b);
    put_compact(w, h->digest_count);
    for (uint32_t i = 0; i < h->digest_count; i++)
        put_digest_item(w, &h->digest[i]);
}
