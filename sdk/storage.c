/* sdk/storage.c — typed reads of chain state. */
#include "sdk/storage.h"
#include "chain/chain.h"
#include "codec/walk.h"
#include "sdk/priv.h"

enum { KEYS_PER_PAGE = 1000, KEY_LEN_MAX = 4096, READS_MAX = 4096 };

struct bytes sdk_storage_key(struct arena *a, const struct storage_desc *item, const void *const *keys,
                             size_t key_count)
{
    struct writer w = writer_in(a, KEY_LEN_MAX);

    storage_key(&w, item, keys, key_count, &sdk_hash_ops);
    return writer_bytes(&w);
}

static void put_default(const struct storage_desc *item, void *out)
{
    if (item->has_default && item->default_value != NULL)
        memcpy(out, item->default_value, item->value->size);
    else
        memset(out, 0, item->value->size);
}

static FALLIBLE decode_value(struct arena *a, void *out, const struct storage_desc *item, struct bytes raw,
                             struct err *e)
{
    return walk_decode_all(a, out, raw, item->value, &chain_registry, item->name, e);
}

FALLIBLE sdk_storage_raw(struct sdk_client *c, struct arena *a, struct bytes *out, bool *found,
                         const struct hash32 *at_opt, struct bytes key, struct err *e)
{
    CLEANUP(json_decref) json_t *r = NULL;
    json_t *params = json_pack("[o]", sdk_json_hex(key));

    if (at_opt != NULL)
        json_array_append_new(params, sdk_json_hex(BYTES_OF(*at_opt)));
    TRY(sdk_request(c, &r, "state_getStorage", params, e));
    if (json_is_null(r)) {
        *found = false;
        *out = BYTES_EMPTY;
        return ERR_OK;
    }
    TRY(sdk_json_bytes(a, out, r, "state_getStorage", e));
    *found = true;
    return ERR_OK;
}

FALLIBLE sdk_storage_get(struct sdk_client *c, struct arena *a, void *out, bool *found,
                         const struct hash32 *at_opt, const struct storage_desc *item,
                         const void *const *keys, struct err *e)
{
    struct bytes raw;
    bool there;
    struct bytes key = sdk_storage_key(a, item, keys, item->key_count);

    if (key.len == 0)
        return FAIL(e, ERR_USAGE, "%s: a key is outside its bounds", item->name);
    TRY(sdk_storage_raw(c, a, &raw, &there, at_opt, key, e));
    if (there)
        TRY(decode_value(a, out, item, raw, e));
    else
        put_default(item, out);
    if (found != NULL)
        *found = there;
    return ERR_OK;
}

FALLIBLE sdk_read_key(struct arena *a, struct bytes *out, const struct sdk_read *read, struct err *e)
{
    *out = sdk_storage_key(a, read->item, read->keys, read->item->key_count);
    return out->len > 0 ? ERR_OK : FAIL(e, ERR_USAGE, "%s: a key is outside its bounds", read->item->name);
}

FALLIBLE sdk_read_fill(struct arena *a, struct sdk_read *read, struct bytes raw, struct err *e)
{
    if (read->found)
        return decode_value(a, read->out, read->item, raw, e);
    put_default(read->item, read->out);
    return ERR_OK;
}

/* The values of `keys` in one request, in order; absent ones have p == NULL. */
static FALLIBLE query_at(struct sdk_client *c, struct arena *a, struct bytes *out, const struct bytes *keys,
                         size_t count, const struct hash32 *at_opt, struct err *e)
{
    CLEANUP(json_decref) json_t *r = NULL;
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, sdk_json_hex(keys[i]));
    json_t *params = json_pack("[o]", list);
    if (at_opt != NULL)
        json_array_append_new(params, sdk_json_hex(BYTES_OF(*at_opt)));
    TRY(sdk_request(c, &r, "state_queryStorageAt", params, e));
    const json_t *changes = json_object_get(json_array_get(r, 0), "changes");
    if (!json_is_array(changes) || json_array_size(changes) != count)
        return FAIL(e, ERR_MALFORMED, "state_queryStorageAt: not one answer for each key");
    for (size_t i = 0; i < count; i++) {
        const json_t *pair = json_array_get(changes, i);
        struct bytes key;
        out[i] = BYTES_EMPTY;
        TRY(sdk_json_bytes(a, &key, json_array_get(pair, 0), "state_queryStorageAt: key", e));
        if (!bytes_eq(key, keys[i]))
            return FAIL(e, ERR_MALFORMED, "state_queryStorageAt: answers in another order");
        const json_t *value = json_array_get(pair, 1);
        if (json_is_null(value))
            continue;
        TRY(sdk_json_bytes(a, &out[i], value, "state_queryStorageAt: value", e));
        if (out[i].p == NULL)
            out[i].p = (const uint8_t *)""; /* present and empty */
    }
    return ERR_OK;
}

FALLIBLE sdk_storage_read(struct sdk_client *c, struct arena *a, struct sdk_read *reads, size_t count,
                          const struct hash32 *at_opt, struct err *e)
{
    if (count == 0)
        return ERR_OK;
    if (count > READS_MAX)
        return FAIL(e, ERR_USAGE, "%zu reads in one request, at most %d", count, READS_MAX);
    struct bytes *keys = arena_new_n(a, struct bytes, count);
    struct bytes *values = arena_new_n(a, struct bytes, count);
    for (size_t i = 0; i < count; i++)
        TRY(sdk_read_key(a, &keys[i], &reads[i], e));
    TRY(query_at(c, a, values, keys, count, at_opt, e));
    for (size_t i = 0; i < count; i++) {
        reads[i].found = values[i].p != NULL;
        TRY(sdk_read_fill(a, &reads[i], values[i], e));
    }
    return ERR_OK;
}

static FALLIBLE keys_page(struct sdk_client *c, struct arena *a, struct bytes *out, size_t *count,
                          const struct hash32 *at, struct bytes prefix, struct bytes start, struct err *e)
{
    CLEANUP(json_decref) json_t *r = NULL;

    TRY(sdk_request(c, &r, "state_getKeysPaged",
                    json_pack("[oioo]", sdk_json_hex(prefix), (int)KEYS_PER_PAGE, sdk_json_hex(start),
                              sdk_json_hex(BYTES_OF(*at))),
                    e));
    size_t n = json_array_size(r);
    if (!json_is_array(r) || n > KEYS_PER_PAGE)
        return FAIL(e, ERR_MALFORMED, "state_getKeysPaged: not a page of keys");
    struct bytes last = start;
    for (size_t i = 0; i < n; i++) {
        TRY(sdk_json_bytes(a, &out[i], json_array_get(r, i), "state_getKeysPaged", e));
        if (!bytes_starts_with(out[i], prefix) || bytes_cmp(out[i], last) <= 0)
            return FAIL(e, ERR_MALFORMED, "state_getKeysPaged: a key out of order");
        last = out[i];
    }
    *count = n;
    return ERR_OK;
}

static FALLIBLE decode_row(struct arena *a, struct sdk_row *row, const struct storage_desc *item,
                           struct bytes key, struct bytes value, struct err *e)
{
    for (size_t k = 0; k < item->key_count; k++)
        row->keys[k] = arena_alloc(a, item->keys[k]->size);
    if (storage_key_parse(a, item, row->keys, key, &sdk_hash_ops, e) != ERR_OK)
        return err_wrap(e, "%s", item->name);
    row->value = arena_alloc(a, item->value->size);
    return decode_value(a, row->value, item, value, e);
}

/* A growing array in an arena: what it outgrows stays behind, at most as much again. */
static void rows_reserve(struct arena *a, struct sdk_rows *rows, size_t *cap, size_t more)
{
    if (rows->count + more <= *cap)
        return;
    size_t want = 2 * *cap + more;
    struct sdk_row *v = arena_new_n(a, struct sdk_row, want);
    if (rows->count > 0)
        memcpy(v, rows->v, rows->count * sizeof *v);
    rows->v = v;
    *cap = want;
}

FALLIBLE sdk_storage_all(struct sdk_client *c, struct arena *a, struct sdk_rows *out,
                         const struct hash32 *at_opt, const struct storage_desc *item,
                         const void *const *keys, size_t key_count, size_t limit, struct err *e)
{
    struct sdk_rows rows = {0};
    size_t cap = 0;
    struct sdk_head best;

    if (key_count > item->key_count)
        return FAIL(e, ERR_USAGE, "%s has %u keys", item->name, (unsigned)item->key_count);
    if (at_opt == NULL)
        TRY(sdk_head_best(c, &best, e)); /* all pages from one block */
    const struct hash32 *at = at_opt != NULL ? at_opt : &best.hash;
    struct bytes prefix = sdk_storage_key(a, item, keys, key_count);
    struct bytes start = prefix;
    struct bytes *page = arena_new_n(a, struct bytes, KEYS_PER_PAGE);
    struct bytes *values = arena_new_n(a, struct bytes, KEYS_PER_PAGE);
    for (size_t n = KEYS_PER_PAGE; n == KEYS_PER_PAGE;) {
        TRY(keys_page(c, a, page, &n, at, prefix, start, e));
        if (n == 0)
            break;
        if (rows.count + n > (limit != 0 ? limit : (size_t)SDK_ROWS_MAX))
            return FAIL(e, ERR_LIMIT, "%s has more entries than asked for", item->name);
        TRY(query_at(c, a, values, page, n, at, e));
        rows_reserve(a, &rows, &cap, n);
        for (size_t i = 0; i < n; i++)
            TRY(decode_row(a, &rows.v[rows.count++], item, page[i], values[i], e));
        start = page[n - 1];
    }
    *out = rows;
    return ERR_OK;
}

const struct pallet_desc *sdk_pallet(const char *name)
{
    for (uint16_t i = 0; i < chain_registry.pallet_count; i++)
        if (strcmp(chain_registry.pallets[i]->name, name) == 0)
            return chain_registry.pallets[i];
    return NULL;
}

const struct storage_desc *sdk_storage_item(const struct pallet_desc *pallet, const char *name)
{
    for (uint16_t i = 0; pallet != NULL && i < pallet->storage_count; i++)
        if (strcmp(pallet->storage[i]->name, name) == 0)
            return pallet->storage[i];
    return NULL;
}

const struct constant_desc *sdk_constant(const char *pallet_name, const char *name)
{
    const struct pallet_desc *pallet = sdk_pallet(pallet_name);

    for (uint16_t i = 0; pallet != NULL && i < pallet->constant_count; i++)
        if (strcmp(pallet->constants[i].name, name) == 0)
            return &pallet->constants[i];
    return NULL;
}
