/* sdk/json.c — the few shapes of the node's answers. */
#include "base/hex.h"
#include "base/int.h"
#include "codec/header.h"
#include "crypto/hash.h"
#include "sdk/priv.h"

static void ops_blake2_128(void *ctx, uint8_t out[16], struct bytes in)
{
    (void)ctx;
    blake2_128(out, in);
}

static void ops_blake2_256(void *ctx, uint8_t out[32], struct bytes in)
{
    (void)ctx;
    blake2_256(out, in);
}

static void ops_twox_64(void *ctx, uint8_t out[8], struct bytes in)
{
    (void)ctx;
    twox_64(out, in);
}

static void ops_twox_128(void *ctx, uint8_t out[16], struct bytes in)
{
    (void)ctx;
    twox_128(out, in);
}

static void ops_twox_256(void *ctx, uint8_t out[32], struct bytes in)
{
    (void)ctx;
    twox_256(out, in);
}

const struct hash_ops sdk_hash_ops = {NULL,        ops_blake2_128, ops_blake2_256,
                                      ops_twox_64, ops_twox_128,   ops_twox_256};

static struct bytes json_text(const json_t *j)
{
    return json_is_string(j) ? bytes_of(json_string_value(j), json_string_length(j)) : BYTES_EMPTY;
}

FALLIBLE sdk_json_hash(struct hash32 *out, const json_t *j, const char *what, struct err *e)
{
    struct bytes text = json_text(j);
    struct hash32 hash;

    if (text.len != 66 || !hex_decode_into(hash.b, sizeof hash.b, text))
        return FAIL(e, ERR_MALFORMED, "%s: not a hash", what);
    *out = hash;
    return ERR_OK;
}

FALLIBLE sdk_json_number(uint32_t *out, const json_t *j, const char *what, struct err *e)
{
    struct bytes text = json_text(j);
    uint64_t v = 0;

    if (json_is_integer(j)) {
        json_int_t i = json_integer_value(j);
        if (i < 0 || !u32_from((uint64_t)i, out))
            return FAIL(e, ERR_MALFORMED, "%s: not a 32-bit number", what);
        return ERR_OK;
    }
    if (text.len < 3 || text.len > 10 || text.p[0] != '0' || text.p[1] != 'x')
        return FAIL(e, ERR_MALFORMED, "%s: not a number", what);
    for (size_t i = 2; i < text.len; i++) {
        uint8_t ch = text.p[i];
        uint8_t digit = ch >= '0' && ch <= '9'   ? (uint8_t)(ch - '0')
                        : ch >= 'a' && ch <= 'f' ? (uint8_t)(ch - 'a' + 10)
                        : ch >= 'A' && ch <= 'F' ? (uint8_t)(ch - 'A' + 10)
                                                 : 16;
        if (digit > 15)
            return FAIL(e, ERR_MALFORMED, "%s: not a number", what);
        v = v << 4 | digit;
    }
    *out = (uint32_t)v;
    return ERR_OK;
}

FALLIBLE sdk_json_bytes(struct arena *a, struct bytes *out, const json_t *j, const char *what, struct err *e)
{
    struct bytes text = json_text(j);

    if (text.len < 2 || text.p[0] != '0' || text.p[1] != 'x')
        return FAIL(e, ERR_MALFORMED, "%s: not hex bytes", what);
    if (hex_decode(a, out, text, e) != ERR_OK)
        return err_wrap(e, "%s", what);
    return ERR_OK;
}

static FALLIBLE json_digest(struct arena *a, struct header *h, const json_t *logs, struct err *e)
{
    if (!json_is_array(logs) || json_array_size(logs) > HEADER_DIGEST_MAX)
        return FAIL(e, ERR_MALFORMED, "header: digest");
    h->digest_count = (uint32_t)json_array_size(logs);
    for (uint32_t i = 0; i < h->digest_count; i++) {
        struct bytes item;
        TRY(sdk_json_bytes(a, &item, json_array_get(logs, i), "header: digest", e));
        struct reader r = reader_of(item);
        h->digest[i] = take_digest_item(&r);
        TRY(reader_end(&r, "header: digest", e));
    }
    return ERR_OK;
}

static FALLIBLE json_head_in(struct arena *a, struct sdk_head *out, const json_t *j, struct err *e)
{
    struct header *h = arena_new(a, struct header);

    TRY(sdk_json_hash(&h->parent, json_object_get(j, "parentHash"), "header: parentHash", e));
    TRY(sdk_json_number(&h->number, json_object_get(j, "number"), "header: number", e));
    TRY(sdk_json_hash(&h->state_root, json_object_get(j, "stateRoot"), "header: stateRoot", e));
    TRY(sdk_json_hash(&h->extrinsics_root, json_object_get(j, "extrinsicsRoot"), "header: extrinsicsRoot",
                      e));
    TRY(json_digest(a, h, json_object_get(json_object_get(j, "digest"), "logs"), e));

    struct writer w = writer_in(a, 1024 * 1024);
    header_encode(&w, h);
    if (!writer_ok(&w))
        return FAIL(e, ERR_LIMIT, "header is too long");
    *out = (struct sdk_head){.parent = h->parent, .state_root = h->state_root, .number = h->number};
    blake2_256(out->hash.b, writer_bytes(&w));
    return ERR_OK;
}

FALLIBLE sdk_json_head(struct sdk_head *out, const json_t *j, struct err *e)
{
    struct arena a;

    arena_init(&a, &arena_heap, 256UL * 1024 * 1024);
    enum err_code code = json_head_in(&a, out, j, e);
    arena_fini(&a);
    return code;
}

json_t *sdk_json_hex(struct bytes b)
{
    struct arena a;

    arena_init(&a, &arena_heap, 64UL * 1024 * 1024);
    json_t *j = json_string(hex0x(&a, b));
    arena_fini(&a);
    return j;
}

json_t *sdk_params_at(const struct hash32 *at_opt)
{
    return at_opt == NULL ? json_array() : json_pack("[o]", sdk_json_hex(BYTES_OF(*at_opt)));
}
