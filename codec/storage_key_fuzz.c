/* Keys after the prefix: what parses must have taken the whole input and encode to the same key parts. */
#include "codec/sample_test.h"
#include "codec/storage_key.h"
#include "codec/walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const struct storage_desc desc = {
        .name = "Fuzz",
        .key_count = 3,
        .hashers = {HASHER_IDENTITY, HASHER_TWOX_64_CONCAT, HASHER_BLAKE2_128_CONCAT},
        .keys = {sample_type("Vec<u16>"), sample_type("str"), &type_multi_address},
    };
    struct vec first;
    struct bytes second;
    struct multi_address third;
    void *out[] = {&first, &second, &third};
    struct err e;
    struct arena a;

    arena_init(&a, &arena_heap, 64u << 20);
    uint8_t *key = arena_alloc(&a, STORAGE_PREFIX_LEN + len);
    if (len > 0)
        memcpy(key + STORAGE_PREFIX_LEN, data, len);
    if (storage_key_parse(&a, &desc, out, bytes_of(key, STORAGE_PREFIX_LEN + len), NULL, &e) == ERR_OK) {
        struct writer w = writer_in(&a, len);
        walk_encode(&w, desc.keys[0], &first);
        walk_encode(&w, desc.keys[1], &second);
        walk_encode(&w, desc.keys[2], &third);
        ASSERT(writer_ok(&w) && w.len + 8 + 16 == len);
    }
    arena_fini(&a);
    return 0;
}
