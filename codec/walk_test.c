#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codec/sample_test.h"
#include "codec/scale.h"
#include "codec/walk.h"

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

static struct bytes nested_batches(unsigned depth)
{
    struct writer w = writer_in(&arena, 1 << 20);
    for (unsigned i = 0; i + 1 < depth; i++)
        put_mem(&w, "\x09\x00\x04", 3); /* Utility.batch of one call */
    put_mem(&w, "\x09\x01", 2);         /* Utility.none */
    return writer_bytes(&w);
}

static void calls_nest_up_to_the_limit_and_no_further(void **state)
{
    struct call call = {0};
    struct err e = {0};

    (void)state;
    struct bytes in = nested_batches(WALK_CALL_DEPTH_MAX);
    assert_int_equal(call_decode(&arena, &call, in, &sample_registry, &e), ERR_OK);
    assert_string_equal(call.desc->name, "batch");
    assert_true(bytes_eq(call.encoded, in));
    in = nested_batches(WALK_CALL_DEPTH_MAX + 1);
    assert_int_equal(call_decode(&arena, &call, in, &sample_registry, &e), ERR_MALFORMED);
    assert_non_null(strstr(e.msg, "calls are nested too deeply"));
    in = nested_batches(100000);
    assert_int_equal(call_decode(&arena, &call, in, &sample_registry, &e), ERR_MALFORMED);
}

static void a_call_without_its_bytes_encodes_from_its_arguments(void **state)
{
    static const uint8_t in[] = {9, 0, 8, 0, 0, 8, 'h', 'i', 9, 1};
    struct call call = {0};
    struct err e = {0};

    (void)state;
    assert_int_equal(call_decode(&arena, &call, bytes_of(in, sizeof in), &sample_registry, &e), ERR_OK);
    const struct vec *calls = call.args;
    assert_int_equal(calls->n, 2);
    const struct call *first = calls->v;
    assert_string_equal(first->pallet->name, "System");
    assert_true(bytes_eq(*(const struct bytes *)first->args, BYTES_LIT("hi")));
    call.encoded = BYTES_EMPTY;
    struct writer w = writer_in(&arena, 100);
    call_encode(&w, &call);
    assert_true(bytes_eq(writer_bytes(&w), bytes_of(in, sizeof in)));
}

static void unknown_pallets_and_calls_are_refused(void **state)
{
    struct call call = {0};
    struct err e = {0};

    (void)state;
    assert_int_equal(call_decode(&arena, &call, BYTES_LIT("\xc8\x00"), &sample_registry, &e), ERR_MALFORMED);
    assert_non_null(strstr(e.msg, "unknown pallet index"));
    assert_int_equal(call_decode(&arena, &call, BYTES_LIT("\x00\x05"), &sample_registry, &e), ERR_MALFORMED);
    assert_non_null(strstr(e.msg, "unknown call index"));
    assert_int_equal(call_decode(&arena, &call, BYTES_LIT("\x00"), &sample_registry, &e), ERR_MALFORMED);
    assert_int_equal(call_decode(&arena, &call, BYTES_LIT("\x09\x01\x00"), &sample_registry, &e),
                     ERR_MALFORMED);
    assert_non_null(strstr(e.msg, "1 bytes left over"));
    assert_null(call.pallet); /* untouched */
    struct reader r = reader_of(BYTES_LIT("\x09\x01"));
    walk_skip(&r, &type_call, NULL);
    assert_string_equal(r.failed, "a call is not allowed here");
}

static void many_small_calls_do_not_take_more_memory_than_allowed(void **state)
{
    const uint32_t count = 400000;
    struct call call = {0};
    struct err e = {0};
    struct writer w = writer_in(&arena, 2u << 20);

    (void)state;
    put_mem(&w, "\x09\x00", 2);
    put_compact(&w, count);
    for (uint32_t i = 0; i < count; i++)
        put_mem(&w, "\x09\x01", 2);
    assert_int_equal(call_decode(&arena, &call, writer_bytes(&w), &sample_registry, &e), ERR_MALFORMED);
    assert_non_null(strstr(e.msg, "too much memory"));
}

static void bounds_of_descriptors_hold_both_ways(void **state)
{
    static const struct type three = {.kind = TYPE_BYTES, .size = sizeof(struct bytes), .max = 3};
    static const struct type text = {.kind = TYPE_TEXT, .size = sizeof(struct bytes), .max = 3};
    static const struct type pair = {
        .kind = TYPE_VEC, .size = sizeof(struct vec), .max = 2, .elem = &type_void};
    struct bytes b = BYTES_LIT("x");
    struct vec v;

    (void)state;
    struct reader r = reader_of(BYTES_LIT("\x10"
                                          "abcd"));
    walk_decode(&arena, &r, &three, NULL, &b);
    assert_string_equal(r.failed, "count is over its bound");
    assert_int_equal(b.len, 0);
    r = reader_of(BYTES_LIT("\x04\xff"));
    walk_decode(&arena, &r, &text, NULL, &b);
    assert_string_equal(r.failed, "text is not UTF-8");
    r = reader_of(BYTES_LIT("\x0c"));
    walk_decode(&arena, &r, &pair, NULL, &v);
    assert_string_equal(r.failed, "count is over its bound");

    struct writer w = writer_in(&arena, 100);
    b = BYTES_LIT("abcd");
    walk_encode(&w, &three, &b);
    assert_false(writer_ok(&w));
    w = writer_in(&arena, 100);
    b = BYTES_LIT("\xff");
    walk_encode(&w, &text, &b);
    assert_false(writer_ok(&w));
    w = writer_in(&arena, 100);
    walk_encode(&w, sample_type("enum{A=3,B(u16)=15,C=255}"), &(uint32_t[2]){4});
    assert_false(writer_ok(&w));
}

static void lengths_follow_the_descriptor(void **state)
{
    (void)state;
    assert_int_equal(walk_max_len(&type_compact_u8), 2);
    assert_int_equal(walk_max_len(&type_compact_u16), 4);
    assert_int_equal(walk_max_len(&type_compact_u32), 5);
    assert_int_equal(walk_max_len(&type_compact_u64), 9);
    assert_int_equal(walk_max_len(&type_compact_balance), 17);
    assert_int_equal(walk_max_len(&type_account_id), 32);
    assert_int_equal(walk_min_len(&type_multi_address), 1);
    assert_int_equal(walk_max_len(sample_type("Vec<u16>")), 4 + 2 * (1 << 20));
    assert_true(walk_max_len(&type_call) == WALK_LEN_UNBOUNDED);
    assert_int_equal(walk_min_len(&type_call), 2);
    assert_int_equal(walk_min_len(sample_type("enum{Int(u64)=0,Bool(bool)=1,Unit=2,Pair(u8,u8)=3}")), 1);
}

static void an_account_index_has_no_bytes(void **state)
{
    struct multi_address address = {0};
    struct err e = {0};

    (void)state;
    assert_int_equal(
        walk_decode_all(&arena, &address, BYTES_LIT("\x01"), &type_multi_address, NULL, "address", &e),
        ERR_OK);
    assert_int_equal(address.tag, MULTI_ADDRESS_INDEX);
    assert_int_equal(
        walk_decode_all(&arena, &address, BYTES_LIT("\x05"), &type_multi_address, NULL, "address", &e),
        ERR_MALFORMED);
    assert_string_equal(e.msg, "address: unknown variant at byte 1");
    assert_int_equal(address.tag, MULTI_ADDRESS_INDEX);
}

static void equality_is_by_value(void **state)
{
    const struct type *t = sample_type("{a:u8,b:Compact<u128>,c:Vec<u16>}");
    struct bytes in = BYTES_LIT("\x01\x04\x04\x09\x00");
    struct bytes other = BYTES_LIT("\x01\x04\x04\x0a\x00");
    struct err e = {0};
    void *v[3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        v[i] = arena_alloc(&arena, t->size);
        assert_int_equal(walk_decode_all(&arena, v[i], i == 2 ? other : in, t, NULL, "value", &e), ERR_OK);
    }
    assert_true(walk_equal(t, v[0], v[1]));
    assert_false(walk_equal(t, v[0], v[2]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_nest_up_to_the_limit_and_no_further),
        cmocka_unit_test(a_call_without_its_bytes_encodes_from_its_arguments),
        cmocka_unit_test(unknown_pallets_and_calls_are_refused),
        cmocka_unit_test(many_small_calls_do_not_take_more_memory_than_allowed),
        cmocka_unit_test(bounds_of_descriptors_hold_both_ways),
        cmocka_unit_test(lengths_follow_the_descriptor),
        cmocka_unit_test(an_account_index_has_no_bytes),
        cmocka_unit_test(equality_is_by_value),
    };
    return cmocka_run_group_tests(tests, arena_up, arena_down);
}
