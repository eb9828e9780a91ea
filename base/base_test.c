#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/balance.h"
#include "base/fmt.h"
#include "base/hex.h"
#include "base/int.h"
#include "base/reader.h"
#include "base/writer.h"

static void arena_memory_is_zeroed_after_reset(void **state)
{
    struct arena a;
    (void)state;
    arena_init(&a, &arena_heap, 1 << 20);
    memset(arena_alloc(&a, 1000), 0xff, 1000);
    arena_reset(&a);
    uint8_t *p = arena_alloc(&a, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(p[i], 0);
    arena_fini(&a);
}

static void arena_grows_by_chunks_and_rewinds(void **state)
{
    struct arena a;
    (void)state;
    arena_init(&a, &arena_heap, 16 << 20);
    struct arena_mark m = arena_mark(&a);
    for (int i = 0; i < 100; i++)
        assert_int_equal((uintptr_t)arena_alloc(&a, 50000) % 16, 0);
    size_t total = a.total;
    arena_rewind(&a, m);
    for (int i = 0; i < 100; i++)
        (void)arena_alloc(&a, 50000);
    assert_int_equal(a.total, total);
    arena_fini(&a);
}

static void reader_failure_sticks_and_is_reported(void **state)
{
    struct err e;
    struct reader r = reader_of(BYTES_LIT("\x01\x02\x03"));
    (void)state;
    assert_int_equal(take_u16(&r), 0x0201);
    assert_int_equal(take_u32(&r), 0);
    assert_int_equal(take_u8(&r), 0);
    assert_int_equal(reader_end(&r, "thing", &e), ERR_MALFORMED);
    assert_string_equal(e.msg, "thing: input ends early at byte 2");
}

static void reader_reports_bytes_left_over(void **state)
{
    struct err e;
    struct reader r = reader_of(BYTES_LIT("\x01\x02\x03"));
    (void)state;
    assert_true(take_bool(&r));
    assert_int_equal(reader_end(&r, "thing", &e), ERR_MALFORMED);
    assert_string_equal(e.msg, "thing: 2 bytes left over");
}

static void reader_refuses_a_boolean_of_two(void **state)
{
    struct err e;
    struct reader r = reader_of(BYTES_LIT("\x02"));
    (void)state;
    assert_false(take_bool(&r));
    assert_int_equal(reader_end(&r, "b", &e), ERR_MALFORMED);
}

static void writer_overflow_sticks(void **state)
{
    uint8_t buf[4];
    struct writer w = writer_fixed(buf, sizeof buf);
    (void)state;
    put_u16(&w, 0x0201);
    put_u32(&w, 7);
    put_u8(&w, 9);
    assert_false(writer_ok(&w));
    assert_int_equal(writer_bytes(&w).len, 0);
}

static void writer_counts_without_memory(void **state)
{
    struct writer w = writer_counting();
    (void)state;
    put_u128(&w, 1);
    put_text(&w, "abc");
    size_t at = put_reserve(&w, 4);
    put_fill(&w, at, "abcd", 4);
    assert_int_equal(w.len, 23);
}

static void writer_fills_what_it_reserved(void **state)
{
    struct arena a;
    (void)state;
    arena_init(&a, &arena_heap, 1 << 20);
    struct writer w = writer_in(&a, 10000);
    size_t at = put_reserve(&w, 2);
    for (int i = 0; i < 500; i++)
        put_u8(&w, (uint8_t)i);
    put_fill(&w, at, "hi", 2);
    assert_int_equal(writer_bytes(&w).len, 502);
    assert_memory_equal(writer_bytes(&w).p, "hi\0\1\2", 5);
    arena_fini(&a);
}

static void balances_refuse_overflow_and_underflow(void **state)
{
    struct balance max = balance_of_u128(~(u128)0), r = balance_of(7);
    (void)state;
    assert_false(balance_add(&r, max, balance_of(1)));
    assert_false(balance_sub(&r, balance_of(1), balance_of(2)));
    assert_false(balance_mul_u64(&r, max, 2));
    assert_int_equal(balance_cmp(r, balance_of(7)), 0);
}

static void ratios_use_a_256_bit_product(void **state)
{
    struct balance max = balance_of_u128(~(u128)0), r;
    (void)state;
    assert_true(balance_mul_ratio_floor(&r, max, ~(u128)0, ~(u128)0));
    assert_int_equal(balance_cmp(r, max), 0);
    assert_true(balance_mul_ratio_floor(&r, balance_of(10), 1, 3));
    assert_int_equal(balance_cmp(r, balance_of(3)), 0);
    assert_true(balance_mul_ratio_ceil(&r, balance_of(10), 1, 3));
    assert_int_equal(balance_cmp(r, balance_of(4)), 0);
    assert_false(balance_mul_ratio_floor(&r, max, 2, 1));
    assert_false(balance_mul_ratio_floor(&r, max, 2, 0));
    assert_true(balance_mul_ratio_ceil(&r, max, (u128)1 << 100, (u128)1 << 101));
    assert_int_equal(balance_cmp(r, balance_of_u128((u128)1 << 127)), 0);
}

static void balance_text_round_trips(void **state)
{
    char text[BALANCE_TEXT_MAX];
    struct balance r;
    (void)state;
    (void)balance_text(text, balance_of_u128(~(u128)0));
    assert_string_equal(text, "340282366920938463463374607431768211455");
    assert_true(balance_parse(&r, bytes_of_str(text)));
    assert_int_equal(balance_cmp(r, balance_of_u128(~(u128)0)), 0);
    assert_false(balance_parse(&r, BYTES_LIT("340282366920938463463374607431768211456")));
    assert_false(balance_parse(&r, BYTES_LIT("01")));
    assert_false(balance_parse(&r, BYTES_LIT("-1")));
    assert_false(balance_parse(&r, BYTES_LIT("")));
}

static void fmt_matches_printf_on_what_it_supports(void **state)
{
    char a[128], b[128];
    (void)state;
    (void)fmt_into(a, sizeof a, "%s|%5d|%05d|%u|%x|%08llx|%zu|%.*s|%c|%%", "s", -3, -42, 7u, 255u,
                   0xabcdefULL, (size_t)9, 2, "xyz", 'q');
    (void)snprintf(b, sizeof b, "%s|%5d|%05d|%u|%x|%08llx|%zu|%.*s|%c|%%", "s", -3, -42, 7u, 255u,
                   0xabcdefULL, (size_t)9, 2, "xyz", 'q');
    assert_string_equal(a, b);
    assert_int_equal(fmt_into(a, 4, "%s", "too long"), 3);
    assert_string_equal(a, "too");
}

static void hex_is_strict(void **state)
{
    struct arena a;
    struct bytes out;
    struct err e;
    (void)state;
    arena_init(&a, &arena_heap, 1 << 20);
    assert_int_equal(hex_decode(&a, &out, BYTES_LIT("0x00fFa1"), &e), ERR_OK);
    assert_int_equal(out.len, 3);
    assert_string_equal(hex0x(&a, out), "0x00ffa1");
    assert_int_equal(hex_decode(&a, &out, BYTES_LIT("0x0"), &e), ERR_MALFORMED);
    assert_int_equal(hex_decode(&a, &out, BYTES_LIT("zz"), &e), ERR_MALFORMED);
    assert_int_equal(hex_decode(&a, &out, BYTES_LIT("0x"), &e), ERR_OK);
    assert_int_equal(out.len, 0);
    arena_fini(&a);
}

static void base64_round_trips_and_refuses_slack_bits(void **state)
{
    struct arena a;
    struct bytes out;
    struct err e;
    (void)state;
    arena_init(&a, &arena_heap, 1 << 20);
    assert_string_equal(base64_encode(&a, BYTES_LIT("foobar")), "Zm9vYmFy");
    assert_string_equal(base64_encode(&a, BYTES_LIT("fooba")), "Zm9vYmE=");
    assert_string_equal(base64_encode(&a, BYTES_LIT("foob")), "Zm9vYg==");
    assert_int_equal(base64_decode(&a, &out, BYTES_LIT("Zm9vYg=="), &e), ERR_OK);
    assert_true(bytes_eq(out, BYTES_LIT("foob")));
    assert_int_equal(base64_decode(&a, &out, BYTES_LIT("Zm9vYh=="), &e), ERR_MALFORMED);
    assert_int_equal(base64_decode(&a, &out, BYTES_LIT("Zm9=Yg=="), &e), ERR_MALFORMED);
    assert_int_equal(base64_decode(&a, &out, BYTES_LIT("Zm9"), &e), ERR_MALFORMED);
    arena_fini(&a);
}

static void errors_keep_their_cause_when_wrapped(void **state)
{
    struct err e;
    (void)state;
    assert_int_equal(FAIL(&e, ERR_LIMIT, "%d is over %d", 9, 8), ERR_LIMIT);
    assert_int_equal(err_wrap(&e, "block %u", 7u), ERR_LIMIT);
    assert_string_equal(e.msg, "block 7: 9 is over 8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_memory_is_zeroed_after_reset),
        cmocka_unit_test(arena_grows_by_chunks_and_rewinds),
        cmocka_unit_test(reader_failure_sticks_and_is_reported),
        cmocka_unit_test(reader_reports_bytes_left_over),
        cmocka_unit_test(reader_refuses_a_boolean_of_two),
        cmocka_unit_test(writer_overflow_sticks),
        cmocka_unit_test(writer_counts_without_memory),
        cmocka_unit_test(writer_fills_what_it_reserved),
        cmocka_unit_test(balances_refuse_overflow_and_underflow),
        cmocka_unit_test(ratios_use_a_256_bit_product),
        cmocka_unit_test(balance_text_round_trips),
        cmocka_unit_test(fmt_matches_printf_on_what_it_supports),
        cmocka_unit_test(hex_is_strict),
        cmocka_unit_test(base64_round_trips_and_refuses_slack_bits),
        cmocka_unit_test(errors_keep_their_cause_when_wrapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
