/* json.c and json_read.c: text out, and text in judged by jansson. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "codec/json.h"
#include "codec/json_read.h"
#include "codec/sample_test.h"
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

static void assert_text(const struct writer *w, const char *want)
{
    assert_true(writer_ok(w));
    struct bytes got = writer_bytes(w);
    assert_string_equal(arena_str(&arena, got), want);
}

static void put_label(void *ctx, struct writer *w, const struct account_id *account)
{
    (void)ctx;
    put_fmt(w, "account %d", account->b[0]);
}

static void show(const struct type *t, struct bytes in, const struct json_options *o, const char *want)
{
    void *value = arena_alloc(&arena, t->size);
    struct err e = {0};
    struct writer w = writer_in(&arena, 1 << 16);

    assert_int_equal(walk_decode_all(&arena, value, in, t, &sample_registry, "value", &e), ERR_OK);
    walk_json(&w, t, value, o);
    assert_text(&w, want);
}

static void calls_read_as_pallet_call_and_arguments(void **state)
{
    static const struct json_options labels = {.put_account = put_label};
    uint8_t in[] = {9, 0, 8, 2, 3, 0, [6] = 7, [38] = 0x04, 9, 1};

    (void)state;
    show(&type_call, bytes_of(in, sizeof in), &labels,
         "{\"pallet\":\"Utility\",\"call\":\"batch\",\"args\":{\"calls\":["
         "{\"pallet\":\"Balances\",\"call\":\"transfer_keep_alive\",\"args\":"
         "{\"dest\":{\"Id\":\"account 7\"},\"value\":\"1\"}},"
         "{\"pallet\":\"Utility\",\"call\":\"none\",\"args\":{}}]}}");
    show(&type_account_id, bytes_of(in + 6, 32), NULL,
         "\"0x0700000000000000000000000000000000000000000000000000000000000000\"");
}

static void integers_over_two_to_the_53_are_strings(void **state)
{
    struct writer w = writer_in(&arena, 1 << 16);

    (void)state;
    json_put_u64(&w, (uint64_t)1 << 53);
    put_u8(&w, ' ');
    json_put_u64(&w, ((uint64_t)1 << 53) + 1);
    put_u8(&w, ' ');
    json_put_u128(&w, 0);
    assert_text(&w, "9007199254740992 \"9007199254740993\" \"0\"");
}

static void every_byte_survives_a_string(void **state)
{
    uint8_t all[128];
    struct writer w = writer_in(&arena, 1 << 16);

    (void)state;
    for (int i = 0; i < 128; i++)
        all[i] = (uint8_t)i;
    json_put_string(&w, bytes_of(all, sizeof all));
    json_t *read =
        json_loadb((const char *)writer_bytes(&w).p, w.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_non_null(read);
    assert_int_equal(json_string_length(read), 128);
    assert_memory_equal(json_string_value(read), all, 128);
    json_decref(read);
    struct json_reader j = json_reader_of(&arena, writer_bytes(&w));
    assert_true(bytes_eq(json_take_string(&j), bytes_of(all, sizeof all)));

    w = writer_in(&arena, 100);
    json_put_string(&w, BYTES_LIT("a\xff\xe2\x82z"));
    assert_text(&w, "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\"");
}

static void a_document_is_pulled_apart(void **state)
{
    struct bytes in = BYTES_LIT(
        " {\"name\" : \"d\\u00e9v \\ud83d\\ude00\\n\", \"n\":[1 , \"18446744073709551615\",-2.5e+3],"
        "\"code\":\"0x00ff\",\"skip\":{\"a\":[{},[],null,true]},\"yes\":true,\"no\":null} ");
    struct json_reader j = json_reader_of(&arena, in);
    struct bytes key;
    struct err e = {0};
    int seen = 0;

    (void)state;
    json_object_begin(&j);
    while (json_object_next(&j, &key)) {
        seen++;
        if (bytes_eq(key, BYTES_LIT("name"))) {
            assert_true(bytes_eq(json_take_string(&j), BYTES_LIT("d\xc3\xa9v \xf0\x9f\x98\x80\n")));
        } else if (bytes_eq(key, BYTES_LIT("n"))) {
            json_array_begin(&j);
            assert_true(json_array_next(&j));
            assert_int_equal(json_take_u64(&j), 1);
            assert_true(json_array_next(&j));
            assert_true(json_take_u64(&j) == UINT64_MAX);
            assert_true(json_array_next(&j));
            assert_true(bytes_eq(json_take_number(&j), BYTES_LIT("-2.5e+3")));
            assert_false(json_array_next(&j));
        } else if (bytes_eq(key, BYTES_LIT("code"))) {
            assert_true(bytes_eq(json_take_hex(&j), bytes_of("\0\xff", 2)));
        } else if (bytes_eq(key, BYTES_LIT("yes"))) {
            assert_true(json_take_bool(&j));
        } else if (bytes_eq(key, BYTES_LIT("no"))) {
            assert_int_equal(json_peek(&j), JSON_KIND_NULL);
            json_take_null(&j);
        } else {
            json_skip(&j);
        }
    }
    assert_int_equal(json_end(&j, "document", &e), ERR_OK);
    assert_int_equal(seen, 6);
}

static enum err_code read_any(struct bytes in, struct err *e)
{
    struct json_reader j = json_reader_of(&arena, in);
    json_skip(&j);
    return json_end(&j, "text", e);
}

static void what_is_not_json_is_refused_as_jansson_refuses_it(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "{",
        "[",
        "[1,]",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\" 1}",
        "[1 2]",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "+1",
        "nul",
        "tru",
        "\"",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "\"\x01\"",
        "\"\xff\"",
        "\"\\",
        "1 1",
        "[}",
        "{]",
        "]",
        "\"a\nb\"",
        "\"\\u0x12\"",
        "'a'",
        "[1]]",
        "/**/1",
        "NaN",
        /* and what is */
        "1",
        "-0",
        "0.5",
        "1e5",
        "1E-5",
        "\"\"",
        "[]",
        "{}",
        "[[[]]]",
        "null",
        "true",
        "false",
        " [ 1 , 2 ] ",
        "{\"a\":{\"b\":[]}}",
        "\"\\/\\b\"",
        "\"\\u0041\\uD83D\\uDE00\"",
        "123456789012",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct err e = {0};
        bool ours = read_any(bytes_of_str(texts[i]), &e) == ERR_OK;
        json_t *theirs = json_loads(texts[i], JSON_DECODE_ANY, NULL);
        if (ours != (theirs != NULL))
            fail_msg("%s: %s", texts[i], ours ? "accepted" : e.msg);
        json_decref(theirs);
    }
}

static void depth_is_bounded(void **state)
{
    uint8_t text[2 * (JSON_DEPTH_MAX + 1)];
    struct err e = {0};

    (void)state;
    memset(text, '[', JSON_DEPTH_MAX);
    memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    assert_int_equal(read_any(bytes_of(text, (size_t)2 * JSON_DEPTH_MAX), &e), ERR_OK);
    memset(text, '[', JSON_DEPTH_MAX + 1);
    memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
    assert_int_equal(read_any(bytes_of(text, sizeof text), &e), ERR_MALFORMED);
    assert_string_equal(e.msg, "text: nested too deeply at byte 65");
}

static void integers_are_read_whole_or_refused(void **state)
{
    static const char *const bad[] = {"-1",   "1.0",    "1e3",  "18446744073709551616",
                                      "\"\"", "\"01\"", "true", "\"1 \""};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct json_reader j = json_reader_of(&arena, bytes_of_str(bad[i]));
        assert_int_equal(json_take_u64(&j), 0);
        assert_false(json_ok(&j));
    }
    struct json_reader j = json_reader_of(&arena, BYTES_LIT("\"340282366920938463463374607431768211455\""));
    assert_true(json_take_u128(&j) == ~(u128)0 && json_ok(&j));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_read_as_pallet_call_and_arguments),
        cmocka_unit_test(integers_over_two_to_the_53_are_strings),
        cmocka_unit_test(every_byte_survives_a_string),
        cmocka_unit_test(a_document_is_pulled_apart),
        cmocka_unit_test(what_is_not_json_is_refused_as_jansson_refuses_it),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(integers_are_read_whole_or_refused),
    };
    return cmocka_run_group_tests(tests, arena_up, arena_down);
}
