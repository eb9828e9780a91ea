#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/hex.h"
#include "crypto/hash.h"
#include "trie/node.h"
#include "trie/pool.h"
#include "trie/proof.h"
#include "trie/record.h"
#include "trie/sort.h"

static struct arena arena;
static struct err e;

static struct bytes hex(const char *text)
{
    struct bytes out;
    assert_int_equal(hex_decode(&arena, &out, bytes_of_str(text), &e), ERR_OK);
    return out;
}

#define H32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void every_form_no_builder_writes_is_refused(void **state)
{
    static const struct {
        const char *node, *why;
    } bad[] = {
        {"", "input ends early"},
        {"0000", "left over"}, /* the empty trie and more */
        {"01", "reserved header"},
        {"0f", "reserved header"},
        {"41", "ends early"},    /* one nibble, no byte */
        {"41100461", "padding"}, /* odd partial with a high half */
        {"410104", "holds"},     /* value of one byte missing */
        {"4101046100", "left over"},
        {"4101010061", "at byte"}, /* compact 0 in two bytes */
        {"4101050061", "at byte"}, /* compact 1 in two bytes */
        {"7f", "ends early"},      /* length continues, nothing there */
        {"7fff", "ends early"},
        {"800000", "without children"},
        {"c000000461", "without children"},
        {"80010080" H32, "one child and no value"},
        {"80030080" H32 "84" H32 "00", "at byte"}, /* merkle value of 33 bytes */
        {"80030080" H32 "00", "without merkle value"},
        {"80030080" H32, "ends early"},
        {"80030080" H32 "0400", "the empty trie"},
        {"80030080" H32 "0c010203", "reserved header"}, /* inlined child is no node */
        {"80030080" H32 "1040046161", "left over"},     /* nor is this */
        {"200001", "ends early"},                       /* hashed value of two bytes */
        {"100000" H32, "without children"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct node_view n;
        assert_int_equal(node_decode(&n, hex(bad[i].node), &e), ERR_MALFORMED);
        if (strstr(e.msg, bad[i].why) == NULL)
            fail_msg("%s: \"%s\" does not speak of \"%s\"", bad[i].node, e.msg, bad[i].why);
    }
}

/* Header bytes and length bytes for a leaf whose partial key has n nibbles. */
static void partial_keys_of_every_length_round_trip(void **state)
{
    static uint8_t packed[NODE_PARTIAL_MAX / 2 + 1];
    static const size_t lens[] = {0,  1,  14,  15,  16,  30,  31,   32,   62,    63,
                                  64, 65, 317, 318, 319, 573, 1000, 2048, 65534, NODE_PARTIAL_MAX};
    static const enum node_value kinds[] = {NODE_VALUE_INLINE, NODE_VALUE_HASHED, NODE_VALUE_NONE};
    static const uint8_t hash[32] = {1};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lens); i++)
        for (size_t k = 0; k < 2 * ARRAY_LEN(kinds) - 1; k++) {
            struct node_view n = {.partial = {packed, lens[i]}, .value_kind = kinds[k / 2]};
            struct node_view back;
            if (n.value_kind != NODE_VALUE_NONE)
                n.value = BYTES_OF(hash);
            if (k % 2 == 1 || n.value_kind == NODE_VALUE_NONE) {
                n.bitmap = 0x8001;
                n.child[0] = n.child[15] = BYTES_OF(hash);
            }
            struct writer w = writer_in(&arena, 1 << 20);
            node_encode(&w, &n);
            assert_true(writer_ok(&w) && w.len <= node_encoded_max(&n));
            assert_int_equal(node_decode(&back, writer_bytes(&w), &e), ERR_OK);
            assert_int_equal(back.partial.len, lens[i]);
            assert_int_equal(back.value_kind, n.value_kind);
            assert_int_equal(back.bitmap, n.bitmap);
            assert_true(bytes_eq(back.value, n.value) && bytes_eq(back.child[15], n.child[15]));
        }
}

static void a_partial_key_over_the_limit_is_refused(void **state)
{
    struct writer w = writer_in(&arena, 1 << 20);
    struct node_view n;
    (void)state;
    put_u8(&w, 0x7f);
    for (size_t len = 63; len <= NODE_PARTIAL_MAX; len += 255)
        put_u8(&w, 255);
    put_u8(&w, 0);
    put_reserve(&w, 1 << 16);
    assert_int_equal(node_decode(&n, writer_bytes(&w), &e), ERR_MALFORMED);
    assert_non_null(strstr(e.msg, "too long"));
}

static void merkle_values_are_inlined_below_32_bytes_except_for_the_root(void **state)
{
    uint8_t node[32] = {0x40};
    uint8_t hash[32];
    struct merkle_value m;
    (void)state;
    merkle_value_of(&m, bytes_of(node, 31), false);
    assert_int_equal(m.len, 31);
    assert_memory_equal(m.b, node, 31);
    merkle_value_of(&m, bytes_of(node, 31), true);
    blake2_256(hash, bytes_of(node, 31));
    assert_int_equal(m.len, 32);
    assert_memory_equal(m.b, hash, 32);
    merkle_value_of(&m, bytes_of(node, 32), false);
    blake2_256(hash, bytes_of(node, 32));
    assert_int_equal(m.len, 32);
    assert_memory_equal(m.b, hash, 32);
}

static void nibbles_are_packed_from_the_low_end(void **state)
{
    static const uint8_t one_each[] = {1, 2, 3, 4, 5};
    uint8_t out[3];
    struct bytes key = hex("12345678");
    (void)state;
    nibbles_pack(out, one_each, 5);
    assert_memory_equal(out, "\x01\x23\x45", 3);
    nibbles_of_key(out, key, 1, 6);
    assert_memory_equal(out, "\x02\x34\x56", 3);
    struct nibbles n = {out, 5};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(nibble_at(n, i), i + 2);
    assert_int_equal(nibbles_match_key(n, key, 1), 5);
    assert_int_equal(nibbles_match_key(n, key, 2), 0);
    assert_int_equal(nibbles_match_key(n, hex("1234"), 1), 3);
}

static void proofs_of_the_empty_trie_and_of_too_many_items(void **state)
{
    struct bytes value;
    struct bytes_list none = {NULL, 0};
    struct bytes_list many = {NULL, TRIE_PROOF_ITEMS_MAX + 1};
    struct trie_proof p;
    (void)state;
    assert_int_equal(trie_proof_get(&arena, &value, &trie_empty_root, hex("aa"), &none, &e), ERR_NOT_FOUND);
    assert_int_equal(trie_proof_open(&arena, &p, &trie_empty_root, &many, &e), ERR_LIMIT);
}

static void a_proof_with_a_malformed_node_is_malformed(void **state)
{
    struct bytes item = hex("41100461"); /* padding not zero */
    struct hash32 root;
    struct bytes value;
    (void)state;
    blake2_256(root.b, item);
    assert_int_equal(trie_proof_get(&arena, &value, &root, hex("aa"), &(struct bytes_list){&item, 1}, &e),
                     ERR_MALFORMED);
}

static void stored_records_are_read_strictly(void **state)
{
    static const char *const bad[] = {
        "",
        "0000000000",                                /* neither value nor children */
        "0000000100000000000000000020" H32,          /* one child, no value */
        "01001001000000000000",                      /* padding */
        "0000030000",                                /* kind of value */
        "00000101040000",                            /* inline value of 1025 bytes */
        "000002" H32 "0004000000000000000000000000", /* value of 1024 bytes apart */
        "010800",                                    /* partial key of 2049 nibbles */
        "000001000000000100000000000000000021" H32 "00",
        "000001000000000100000000000000000000",
        "00000100000000000000", /* left over */
    };
    struct record r;
    struct record_root root;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(record_decode(&r, hex(bad[i]), &e), ERR_CORRUPT);
    assert_int_equal(record_decode(&r, hex("000001000000000000"), &e), ERR_OK);
    assert_int_equal(record_root_decode(&root, hex("000000000000000000" H32), &e), ERR_CORRUPT);
    assert_int_equal(record_root_decode(&root, hex("020000000000000000" H32), &e), ERR_CORRUPT);
    assert_int_equal(record_root_decode(&root, hex("010700000000000000" H32), &e), ERR_OK);
    assert_int_equal(root.version, 7);
}

static void record_keys_are_those_of_the_format(void **state)
{
    static const uint8_t path[] = {1, 2, 3, 4};
    struct record_key k;
    (void)state;
    record_key_node(&k, path, 3, 0x0102);
    assert_true(bytes_eq(record_key_bytes(&k), hex("1230000000000000010201")));
    record_key_node(&k, path, 4, 0x0102);
    assert_true(bytes_eq(record_key_bytes(&k), hex("1234000000000000010200")));
    record_key_value(&k, path, 4, 1);
    assert_true(bytes_eq(record_key_bytes(&k), hex("1234000000000000000102")));
    record_key_root(&k, 1);
    assert_true(bytes_eq(record_key_bytes(&k), hex("000000000000000103")));
    record_key_stale(&k, 1);
    assert_true(bytes_eq(record_key_bytes(&k), hex("000000000000000104")));
}

static void sorting_is_by_bytes_and_stable(void **state)
{
    struct item {
        struct bytes name;
        size_t at;
    } items[1000];
    (void)state;
    for (size_t count = 0; count <= ARRAY_LEN(items); count = count * 3 + 1) {
        for (size_t i = 0; i < count; i++) {
            uint8_t *name = arena_alloc(&arena, 2);
            name[0] = (uint8_t)(i * 37 % 11);
            name[1] = 1;
            items[i] = (struct item){bytes_of(name, 1 + i % 2), i};
        }
        sort_by_bytes(&arena, items, count, sizeof items[0]);
        for (size_t i = 1; i < count; i++) {
            int c = bytes_cmp(items[i - 1].name, items[i].name);
            assert_true(c < 0 || (c == 0 && items[i - 1].at < items[i].at));
        }
    }
}

static void the_pool_counts_and_reuses(void **state)
{
    struct pool p;
    (void)state;
    pool_init(&p, &arena_heap);
    void *small = pool_alloc(&p, 40);
    void *large = pool_alloc(&p, 5000);
    void *other = pool_alloc(&p, 6000);
    memset(large, 1, 5000);
    assert_int_equal(p.used, 48 + 5000 + 6000);
    pool_free(&p, small, 40);
    assert_ptr_equal(pool_alloc(&p, 48), small);
    pool_free(&p, large, 5000);
    assert_int_equal(p.used, 48 + 6000);
    memset(other, 2, 6000);
    pool_free(&p, NULL, 10);
    pool_reset(&p);
    assert_int_equal(p.used + p.reserved, 0);
}

static int open_arena(void **state)
{
    (void)state;
    arena_init(&arena, &arena_heap, 1 << 30);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_no_builder_writes_is_refused),
        cmocka_unit_test(partial_keys_of_every_length_round_trip),
        cmocka_unit_test(a_partial_key_over_the_limit_is_refused),
        cmocka_unit_test(merkle_values_are_inlined_below_32_bytes_except_for_the_root),
        cmocka_unit_test(nibbles_are_packed_from_the_low_end),
        cmocka_unit_test(proofs_of_the_empty_trie_and_of_too_many_items),
        cmocka_unit_test(a_proof_with_a_malformed_node_is_malformed),
        cmocka_unit_test(stored_records_are_read_strictly),
        cmocka_unit_test(record_keys_are_those_of_the_format),
        cmocka_unit_test(sorting_is_by_bytes_and_stable),
        cmocka_unit_test(the_pool_counts_and_reuses),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
