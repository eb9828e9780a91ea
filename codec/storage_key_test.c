#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "codec/sample_test.h"
#include "codec/storage_key.h"
#include "codec/walk.h"
#include "crypto/hash.h"

static struct arena arena;

static int arena_up(void **state)
{
    (void)state;
    arena_init(&arena, &arena_heap, 128u << 20);
    return 0;
}

static int arena_down(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static void op_blake2_128(void *ctx, uint8_t out[16], struct bytes in)
{
    (void)ctx;
    blake2_128(out, in);
}

static void op_blake2_256(void *ctx, uint8_t out[32], struct bytes in)
{
    (void)ctx;
    blake2_256(out, in);
}

static void op_twox_64(void *ctx, uint8_t out[8], struct bytes in)
{
    (void)ctx;
    twox_64(out, in);
}

static void op_twox_128(void *ctx, uint8_t out[16], struct bytes in)
{
    (void)ctx;
    twox_128(out, in);
}

static void op_twox_256(void *ctx, uint8_t out[32], struct bytes in)
{
    (void)ctx;
    twox_256(out, in);
}

static const struct hash_ops ops = {
    NULL, op_blake2_128, op_blake2_256, op_twox_64, op_twox_128, op_twox_256,
};

static enum hasher hasher_of(const char *name)
{
    static const char *const names[] = {"Blake2_128", "Blake2_256",   "Blake2_128Concat", "Twox128",
                                        "Twox256",    "Twox64Concat", "Identity"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(name, names[i]) == 0)
            return (enum hasher)i;
    }
    fail_msg("hasher %s", name);
    return HASHER_IDENTITY;
}

struct h256_u32 {
    struct hash32 a;
    uint32_t b;
};
static const struct field h256_u32_fields[] = {
    {.type = &type_h256, .at = offsetof(struct h256_u32, a)},
    {.type = &type_u32, .at = offsetof(struct h256_u32, b)},
};
static const struct type h256_u32 = {
    .kind = TYPE_STRUCT, .size = sizeof(struct h256_u32), .fields = h256_u32_fields, .field_count = 2};

static const struct type *key_type(const char *name)
{
    if (strcmp(name, "(H256,u32)") == 0)
        return &h256_u32;
    const struct type *t = sample_type(name);
    if (t == NULL)
        fail_msg("key type %s", name);
    return t;
}

static struct storage_desc desc_of(const json_t *entry)
{
    const json_t *hashers = json_object_get(entry, "hashers");
    struct storage_desc desc = {.name = vector_text(entry, "item"), .value = &type_u32};

    storage_prefix(desc.prefix, bytes_of_str(vector_text(entry, "pallet")),
                   bytes_of_str(vector_text(entry, "item")), &ops);
    desc.key_count = (uint8_t)json_array_size(hashers);
    for (size_t k = 0; k < desc.key_count; k++)
        desc.hashers[k] = hasher_of(json_string_value(json_array_get(hashers, k)));
    return desc;
}

static void check_map(const json_t *entry)
{
    const json_t *keys = json_object_get(entry, "keys");
    struct storage_desc desc = desc_of(entry);
    const void *values[STORAGE_KEYS_MAX] = {0};
    void *back[STORAGE_KEYS_MAX] = {0};
    struct bytes want = vector_hex(&arena, entry, "key");
    size_t count = json_array_size(keys);
    struct err e = {0};

    for (size_t k = 0; k < count; k++) {
        const json_t *key = json_array_get(keys, k);
        const struct type *t = key_type(vector_text(key, "type"));
        void *value = arena_alloc(&arena, t->size);
        assert_int_equal(walk_decode_all(&arena, value, vector_hex(&arena, key, "scale"), t, NULL, "key", &e),
                         ERR_OK);
        desc.keys[k] = t;
        values[k] = value;
        back[k] = arena_alloc(&arena, t->size);
    }
    struct writer w = writer_in(&arena, 1000);
    storage_key(&w, &desc, values, count, &ops);
    if (!bytes_eq(writer_bytes(&w), want))
        fail_msg("key of %s", desc.name);
    if (!json_is_true(json_object_get(entry, "complete")))
        return;
    assert_int_equal(storage_key_parse(&arena, &desc, back, want, &ops, &e), ERR_OK);
    for (size_t k = 0; k < count; k++)
        assert_true(walk_equal(desc.keys[k], values[k], back[k]));
}

static void map_keys_follow_the_vectors_and_parse_back(void **state)
{
    json_t *root = vectors_load("storage_keys.json");
    const json_t *entry;
    size_t i;

    (void)state;
    json_array_foreach(json_object_get(root, "maps"), i, entry) check_map(entry);
    assert_int_equal(i, 23);
    json_decref(root);
}

static void prefixes_follow_the_vectors(void **state)
{
    json_t *root = vectors_load("storage_keys.json");
    const json_t *entry;
    size_t i;

    (void)state;
    json_array_foreach(json_object_get(root, "prefixes"), i, entry)
    {
        struct storage_desc desc = desc_of(entry);
        struct writer w = writer_in(&arena, 100);
        storage_key(&w, &desc, NULL, 0, &ops);
        assert_true(bytes_eq(writer_bytes(&w), vector_hex(&arena, entry, "key")));
    }
    assert_int_equal(i, 18);
    json_decref(root);
}

static void every_hasher_follows_the_vectors(void **state)
{
    json_t *root = vectors_load("storage_keys.json");
    const json_t *entry;
    size_t i;

    (void)state;
    json_array_foreach(json_object_get(root, "hashers"), i, entry)
    {
        struct writer w = writer_in(&arena, 1000);
        storage_key_part(&w, hasher_of(vector_text(entry, "hasher")), vector_hex(&arena, entry, "input"),
                         &ops);
        assert_true(bytes_eq(writer_bytes(&w), vector_hex(&arena, entry, "output")));
    }
    assert_int_equal(i, 7);
    json_decref(root);
}

static void parsing_refuses_what_is_not_a_key_of_the_item(void **state)
{
    struct storage_desc desc = {.name = "Map",
                                .prefix = {1},
                                .key_count = 1,
                                .hashers = {HASHER_TWOX_64_CONCAT},
                                .keys = {&type_u32},
                                .value = &type_u32};
    uint32_t key = 7, back = 0;
    const void *in[] = {&key};
    void *out[] = {&back};
    uint8_t buf[64];
    struct writer w = writer_fixed(buf, sizeof buf);
    struct err e = {0};

    (void)state;
    storage_key(&w, &desc, in, 1, &ops);
    assert_int_equal(storage_key_parse(&arena, &desc, out, bytes_of(buf, w.len - 1), NULL, &e),
                     ERR_MALFORMED);
    assert_int_equal(storage_key_parse(&arena, &desc, out, bytes_of(buf, w.len + 1), NULL, &e),
                     ERR_MALFORMED);
    buf[STORAGE_PREFIX_LEN] ^= 1;
    assert_int_equal(storage_key_parse(&arena, &desc, out, bytes_of(buf, w.len), NULL, &e), ERR_OK);
    assert_int_equal(back, 7);
    assert_int_equal(storage_key_parse(&arena, &desc, out, bytes_of(buf, w.len), &ops, &e), ERR_MALFORMED);
    buf[0] ^= 1;
    assert_int_equal(storage_key_parse(&arena, &desc, out, bytes_of(buf, w.len), NULL, &e), ERR_NOT_FOUND);
    buf[0] ^= 1;
    desc.hashers[0] = HASHER_BLAKE2_256;
    assert_int_equal(storage_key_parse(&arena, &desc, out, bytes_of(buf, w.len), NULL, &e), ERR_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(map_keys_follow_the_vectors_and_parse_back),
        cmocka_unit_test(prefixes_follow_the_vectors),
        cmocka_unit_test(every_hasher_follows_the_vectors),
        cmocka_unit_test(parsing_refuses_what_is_not_a_key_of_the_item),
    };
    return cmocka_run_group_tests(tests, arena_up, arena_down);
}
