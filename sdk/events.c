/* sdk/events.c — reading System.Events and saying it in words. */
#include "sdk/events.h"
#include "base/fmt.h"
#include "chain/chain.h"
#include "codec/scale.h"
#include "codec/walk.h"
#include "crypto/ss58.h"
#include "sdk/priv.h"
#include "sdk/storage.h"

enum { EVENTS_GROWTH = 100, EVENTS_LEN_MAX = 16 * 1024 * 1024 };

static FALLIBLE events_raw(struct sdk_client *c, struct arena *a, struct bytes *out,
                           const struct hash32 *block, struct err *e)
{
    bool found;
    struct bytes key = bytes_of(system_storage_events.prefix, STORAGE_PREFIX_LEN);

    TRY(sdk_storage_raw(c, a, out, &found, block, key, e));
    if (!found)
        *out = BYTES_LIT("\0");
    return ERR_OK;
}

/* events_decode needs about a hundred times its input, and an arena aborts past its limit. */
static FALLIBLE events_decode_bounded(struct arena *a, struct sdk_events *out, struct bytes raw,
                                      struct err *e)
{
    struct event_record *v;
    uint32_t count;

    if (raw.len > EVENTS_LEN_MAX || raw.len * EVENTS_GROWTH > a->limit - a->total)
        return FAIL(e, ERR_LIMIT, "events of %zu bytes are too many to be read here", raw.len);
    TRY(events_decode(a, &v, &count, raw, &chain_registry, e));
    *out = (struct sdk_events){v, count};
    return ERR_OK;
}

FALLIBLE sdk_events_at(struct sdk_client *c, struct arena *a, struct sdk_events *out,
                       const struct hash32 *block, struct err *e)
{
    struct bytes raw;

    TRY(events_raw(c, a, &raw, block, e));
    return events_decode_bounded(a, out, raw, e);
}

/* Passes over one record; true when it belongs to the extrinsic. */
static bool skip_record(struct reader *r, uint32_t extrinsic)
{
    uint8_t when = take_u8(r);
    uint32_t index = when == EVENT_APPLY_EXTRINSIC ? take_u32(r) : UINT32_MAX;
    const struct pallet_desc *pallet = registry_pallet(&chain_registry, take_u8(r));
    uint8_t event = take_u8(r);
    const struct type *fields = NULL;

    for (uint16_t i = 0; pallet != NULL && i < pallet->event_count; i++)
        if (pallet->events[i].index == event)
            fields = pallet->event_types[i];
    if (fields == NULL) {
        reader_fail(r, "unknown event");
        return false;
    }
    walk_skip(r, fields, &chain_registry);
    uint32_t topics = take_count(r, 32, EVENT_TOPICS_MAX);
    (void)take_bytes(r, 32 * (size_t)topics);
    return when == EVENT_APPLY_EXTRINSIC && index == extrinsic;
}

FALLIBLE sdk_events_for(struct sdk_client *c, struct arena *a, struct sdk_events *out,
                        const struct hash32 *block, uint32_t extrinsic, struct err *e)
{
    struct bytes raw;

    TRY(events_raw(c, a, &raw, block, e));
    struct writer records = writer_in(a, raw.len);
    struct reader r = reader_of(raw);
    uint32_t all = take_count(&r, 4, EVENTS_MAX);
    uint32_t mine = 0;
    for (uint32_t i = 0; i < all && reader_ok(&r); i++) {
        size_t at = r.taken;
        if (!skip_record(&r, extrinsic))
            continue;
        put_bytes(&records, bytes_of(raw.p + at, r.taken - at));
        mine++;
    }
    TRY(reader_end(&r, "events", e));
    struct writer w = writer_in(a, raw.len + COMPACT_LEN_MAX);
    put_compact(&w, mine);
    put_bytes(&w, writer_bytes(&records));
    return events_decode_bounded(a, out, writer_bytes(&w), e);
}

struct sdk_events sdk_events_of_extrinsic(struct arena *a, struct sdk_events all, uint32_t extrinsic_index)
{
    struct event_record *v = arena_new_n(a, struct event_record, all.count);
    uint32_t n = 0;

    for (uint32_t i = 0; i < all.count; i++)
        if (all.v[i].when == EVENT_APPLY_EXTRINSIC && all.v[i].extrinsic == extrinsic_index)
            v[n++] = all.v[i];
    return (struct sdk_events){v, n};
}

const void *sdk_event_find(struct sdk_events events, const struct type *type)
{
    for (uint32_t i = 0; i < events.count; i++)
        if (events.v[i].type == type)
            return events.v[i].fields;
    return NULL;
}

static void module_error(struct sdk_dispatch_error *out, const struct system_module_error *in)
{
    const struct pallet_desc *pallet = registry_pallet(&chain_registry, in->index);

    for (uint16_t i = 0; pallet != NULL && i < pallet->error_count; i++) {
        const struct error_desc *d = &pallet->errors[i];
        if (d->index != in->error[0])
            continue;
        fmt_into(out->name, sizeof out->name, "%s.%s", pallet->name, d->name);
        out->doc = d->doc != NULL ? d->doc : "";
        out->pallet = pallet;
        out->error = d->index;
        return;
    }
    fmt_into(out->name, sizeof out->name, "Module(%u).%u", in->index, in->error[0]);
}

static const char *doc_of(enum system_dispatch_error_tag tag)
{
    static const struct {
        enum system_dispatch_error_tag tag;
        const char *doc;
    } docs[] = {
        {SYSTEM_DISPATCH_ERROR_BAD_ORIGIN, "this account may not make this call"},
        {SYSTEM_DISPATCH_ERROR_CANNOT_LOOKUP, "the address names no account"},
        {SYSTEM_DISPATCH_ERROR_CONSUMER_REMAINING, "the account is still in use"},
        {SYSTEM_DISPATCH_ERROR_TOKEN, "the balance does not allow this"},
        {SYSTEM_DISPATCH_ERROR_ARITHMETIC, "a number left its range"},
        {SYSTEM_DISPATCH_ERROR_EXHAUSTED, "a resource of the chain is exhausted"},
    };

    for (size_t i = 0; i < ARRAY_LEN(docs); i++)
        if (docs[i].tag == tag)
            return docs[i].doc;
    return "";
}

/* "Token.FundsUnavailable" from the tables; every inner value but Module is a plain enum. */
static void other_error(struct sdk_dispatch_error *out, const struct system_dispatch_error *in)
{
    const struct variant *v = type_variant(&system_type_dispatch_error, (uint32_t)in->tag);
    const struct variant *inner = NULL;

    if (v != NULL && v->field_count == 1) {
        uint32_t value;
        memcpy(&value, &in->u, sizeof value);
        inner = type_variant(v->fields[0].type, value);
    }
    fmt_into(out->name, sizeof out->name, "%s%s%s", v != NULL ? v->name : "Unknown", inner != NULL ? "." : "",
             inner != NULL ? inner->name : "");
    out->doc = doc_of(in->tag);
}

void sdk_dispatch_error_of(struct sdk_dispatch_error *out, const struct system_dispatch_error *in)
{
    *out = (struct sdk_dispatch_error){.doc = ""};
    if (in->tag == SYSTEM_DISPATCH_ERROR_MODULE)
        module_error(out, &in->u.module);
    else
        other_error(out, in);
}

void sdk_put_dispatch_error(struct writer *w, const struct sdk_dispatch_error *d)
{
    put_text(w, d->name);
    if (d->doc[0] != 0) {
        put_text(w, ": ");
        put_text(w, d->doc);
    }
}

static void put_ss58(void *ctx, struct writer *w, const struct account_id *account)
{
    const uint16_t *prefix = ctx;
    char text[SS58_TEXT_CAP];

    ss58_encode_account(text, *prefix, account);
    put_text(w, text);
}

struct json_options sdk_json_options(uint16_t *prefix)
{
    return (struct json_options){put_ss58, prefix};
}

static void put_fields(struct writer *w, const struct event_record *r, uint16_t ss58_prefix)
{
    struct json_options options = sdk_json_options(&ss58_prefix);

    walk_json(w, r->type, r->fields, &options);
}

void sdk_put_event_json(struct writer *w, const struct event_record *r, uint16_t ss58_prefix)
{
    put_text(w, "{\"pallet\":");
    json_put_string(w, bytes_of_str(r->pallet->name));
    put_text(w, ",\"event\":");
    json_put_string(w, bytes_of_str(r->event->name));
    if (r->when == EVENT_APPLY_EXTRINSIC)
        put_fmt(w, ",\"extrinsic\":%u", r->extrinsic);
    else
        put_text(w, ",\"extrinsic\":null");
    put_text(w, ",\"fields\":");
    put_fields(w, r, ss58_prefix);
    put_u8(w, '}');
}

void sdk_put_event_text(struct writer *w, const struct event_record *r, uint16_t ss58_prefix)
{
    put_fmt(w, "%s.%s", r->pallet->name, r->event->name);
    if (r->type->field_count == 0)
        return;
    put_u8(w, ' ');
    put_fields(w, r, ss58_prefix);
}
