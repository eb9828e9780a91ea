#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/pow.h"
#include "base/hex.h"

static uint8_t file_bytes[40 * ATTEST_CHUNK_LEN];

static void each_chunk_of_each_size_of_file_is_provable(void **state)
{
    struct arena a;
    struct err e;
    (void)state;
    arena_init(&a, &arena_heap, 1 << 24);
    for (size_t i = 0; i < sizeof file_bytes; i++)
        file_bytes[i] = (uint8_t)(i * 31 + i / 1024);
    for (size_t len = 0; len <= sizeof file_bytes; len += 511) {
        struct bytes file = bytes_of(file_bytes, len);
        struct hash32 root = attest_merkle_root(&a, file);
        uint32_t chunks = len == 0 ? 1 : (uint32_t)((len - 1) / ATTEST_CHUNK_LEN + 1);
        for (uint32_t i = 0; i < chunks; i++) {
            struct attest_path path;
            struct bytes rest = bytes_from(file, (size_t)i * ATTEST_CHUNK_LEN);
            struct bytes chunk = bytes_of(rest.p, rest.len < ATTEST_CHUNK_LEN ? rest.len : ATTEST_CHUNK_LEN);
            assert_int_equal(attest_merkle_path(&a, &path, file, i, &e), ERR_OK);
            assert_true(attest_merkle_check(&root, len, i, chunk, &path));
            assert_false(attest_merkle_check(&root, len, i + 1, chunk, &path));
            if (path.count > 0) {
                path.sibling[0].b[0] ^= 1;
                assert_false(attest_merkle_check(&root, len, i, chunk, &path));
            }
        }
        struct attest_path none;
        assert_int_equal(attest_merkle_path(&a, &none, file, chunks, &e), ERR_NOT_FOUND);
    }
    arena_fini(&a);
}

static void a_leaf_cannot_pass_as_a_node(void **state)
{
    struct arena a;
    uint8_t two[2 * ATTEST_CHUNK_LEN] = {0}, forged[65];
    (void)state;
    arena_init(&a, &arena_heap, 1 << 24);
    struct hash32 root = attest_merkle_root(&a, bytes_of(two, sizeof two));
    struct hash32 leaf = attest_merkle_root(&a, bytes_of(two, ATTEST_CHUNK_LEN));
    forged[0] = 1;
    memcpy(forged + 1, leaf.b, 32);
    memcpy(forged + 33, leaf.b, 32);
    struct hash32 other = attest_merkle_root(&a, bytes_of(forged, sizeof forged));
    assert_memory_not_equal(other.b, root.b, 32);
    arena_fini(&a);
}

static void the_signed_bytes_are_as_documented(void **state)
{
    uint8_t buf[ATTEST_POW_MAX];
    char hex[2 * ATTEST_POW_MAX + 1];
    struct writer w = writer_fixed(buf, sizeof buf);
    struct attest_pow p = {.work_type = 0,
                           .work_id = 1,
                           .cluster = 2,
                           .first_block = 3,
                           .log_hash = BYTES_LIT("\xaa"),
                           .cr = {.cpu = 4, .mem = 5, .disk = 6},
                           .cr_hash = BYTES_LIT("\xbb\xbb"),
                           .address = BYTES_LIT("x"),
                           .up_blocks = 7};
    (void)state;
    attest_pow_write(&w, &p);
    hex_encode(hex, writer_bytes(&w));
    assert_string_equal(hex, "77657465652f706f772f7631"
                             "0000000000000000000000000000000000000000000000000000000000000000"
                             "00"
                             "0100000000000000"
                             "0200000000000000"
                             "0300000000000000"
                             "04aa"
                             "040000000500000000000000000000000600000000000000"
                             "08bbbb"
                             "0478"
                             "07000000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_chunk_of_each_size_of_file_is_provable),
        cmocka_unit_test(a_leaf_cannot_pass_as_a_node),
        cmocka_unit_test(the_signed_bytes_are_as_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
