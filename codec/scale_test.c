#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <jansson.h>

#include "codec/json.h"
#include "codec/sample_test.h"
#include "codec/scale.h"
#include "codec/walk.h"

static struct arena arena;

static int arena_up(void **state)
{
    (void)state;
    arena_init(&arena, &arena_heap, 256u << 20);
    return 0;
}

static int arena_down(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

/* Why scale.json has entries without a descriptor: the chain's declarations have no such types. */
static bool is_outside_the_descriptors(const char *name)
{
    static const char *const outside[] = {"u256", "i8",   "i16",  "i32",           "i64",
                                          "i128", "i256", "char", "Compact<u536>", "OptionBool"};
    for (size_t i = 0; i < ARRAY_LEN(outside); i++) {
        if (strcmp(name, outside[i]) == 0)
            return true;
    }
    return strncmp(name, "BitSequence<", 12) == 0;
}

/* `ours` is walk_json's text; the vectors write integers as strings and options as null or {"some": x}. */
static bool same_value(const json_t *ours, const json_t *theirs)
{
    char number[32];
    size_t i;
    const json_t *member;
    const char *key;

    if (json_is_object(theirs) && json_object_get(theirs, "some") != NULL)
        return same_value(ours, json_object_get(theirs, "some"));
    if (json_is_integer(ours) && json_is_string(theirs)) {
        (void)snprintf(number, sizeof number, "%lld", (long long)json_integer_value(ours));
        return strcmp(number, json_string_value(theirs)) == 0;
    }
    if (json_is_string(ours) && json_is_object(theirs)) /* a variant without fields */
        return json_object_size(theirs) == 1 &&
               json_is_null(json_object_get(theirs, json_string_value(ours)));
    if (json_is_array(ours) && json_is_array(theirs)) {
        if (json_array_size(ours) != json_array_size(theirs))
            return false;
        json_array_foreach(theirs, i, member)
        {
            if (!same_value(json_array_get(ours, i), member))
                return false;
        }
        return true;
    }
    if (json_is_object(ours) && json_is_object(theirs)) {
        if (json_object_size(ours) != json_object_size(theirs))
            return false;
        json_object_foreach((json_t *)(uintptr_t)theirs, key, member)
        {
            if (!same_value(json_object_get(ours, key), member))
                return false;
        }
        return true;
    }
    return json_equal(ours, theirs);
}

static void check_valid(const json_t *entry, const struct type *t)
{
    struct err e = {0};
    struct bytes in = vector_hex(&arena, entry, "hex");
    void *value = arena_alloc(&arena, t->size);

    if (walk_decode_all(&arena, value, in, t, NULL, "vector", &e) != ERR_OK)
        fail_msg("%s %s: %s", vector_text(entry, "type"), vector_text(entry, "hex"), e.msg);
    struct writer w = writer_in(&arena, 1 << 20);
    walk_encode(&w, t, value);
    assert_true(writer_ok(&w) && bytes_eq(writer_bytes(&w), in));
    assert_true(in.len >= walk_min_len(t) && in.len <= walk_max_len(t));
    struct reader r = reader_of(in);
    walk_skip(&r, t, NULL);
    assert_int_equal(reader_end(&r, "skip", &e), ERR_OK);

    struct writer text = writer_in(&arena, 1 << 20);
    walk_json(&text, t, value, NULL);
    assert_true(writer_ok(&text));
    json_t *ours = json_loadb((const char *)writer_bytes(&text).p, text.len, JSON_DECODE_ANY, NULL);
    if (ours == NULL || !same_value(ours, json_object_get(entry, "value")))
        fail_msg("%s %s reads as %.*s", vector_text(entry, "type"), vector_text(entry, "hex"), (int)text.len,
                 (const char *)writer_bytes(&text).p);
    json_decref(ours);
}

static void valid_vectors_decode_to_their_value_and_encode_back(void **state)
{
    json_t *root = vectors_load("scale.json");
    const json_t *list = json_object_get(root, "valid");
    size_t done = 0, skipped = 0, i;
    const json_t *entry;

    (void)state;
    json_array_foreach(list, i, entry)
    {
        const struct type *t = sample_type(vector_text(entry, "type"));
        if (t != NULL) {
            check_valid(entry, t);
            done++;
        } else {
            assert_true(is_outside_the_descriptors(vector_text(entry, "type")));
            skipped++;
        }
    }
    print_message("# scale.json valid: %zu checked, %zu of types the chain does not have\n", done, skipped);
    assert_int_equal(done, 125);
    assert_int_equal(done + skipped, json_array_size(list));
    json_decref(root);
}

static void invalid_vectors_are_refused(void **state)
{
    json_t *root = vectors_load("scale.json");
    const json_t *list = json_object_get(root, "invalid");
    size_t done = 0, skipped = 0, i;
    const json_t *entry;

    (void)state;
    json_array_foreach(list, i, entry)
    {
        const struct type *t = sample_type(vector_text(entry, "type"));
        struct err e = {0};
        if (t == NULL) {
            assert_true(is_outside_the_descriptors(vector_text(entry, "type")));
            skipped++;
            continue;
        }
        arena_reset(&arena);
        void *value = arena_alloc(&arena, t->size);
        struct bytes in = vector_hex(&arena, entry, "hex");
        size_t before = arena.total;
        if (walk_decode_all(&arena, value, in, t, NULL, "vector", &e) == ERR_OK)
            fail_msg("%s %s: %s was accepted", vector_text(entry, "type"), vector_text(entry, "hex"),
                     vector_text(entry, "reason"));
        assert_int_equal(e.code, ERR_MALFORMED);
        assert_int_equal(arena.total, before); /* no count made it grow */
        struct reader r = reader_of(in);
        walk_skip(&r, t, NULL);
        assert_int_not_equal(reader_end(&r, "skip", &e), ERR_OK);
        done++;
    }
    assert_int_equal(done, 36);
    assert_int_equal(skipped, 3);
    json_decref(root);
}

static void a_stream_decoder_stops_where_the_value_ends(void **state)
{
    json_t *root = vectors_load("scale.json");
    const json_t *entry;
    size_t i;

    (void)state;
    json_array_foreach(json_object_get(root, "trailing"), i, entry)
    {
        const struct type *t = sample_type(vector_text(entry, "type"));
        struct bytes in = vector_hex(&arena, entry, "hex");
        struct reader r = reader_of(in);
        struct err e = {0};
        void *value = arena_alloc(&arena, t->size);
        walk_decode(&arena, &r, t, NULL, value);
        assert_true(reader_ok(&r));
        assert_int_equal(r.taken, json_integer_value(json_object_get(entry, "consumed")));
        assert_int_equal(walk_decode_all(&arena, value, in, t, NULL, "vector", &e), ERR_MALFORMED);
    }
    json_decref(root);
}

static void compacts_round_trip_at_every_edge(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 128; bit++) {
        for (unsigned above = 0; above <= 2; above++) {
            u128 v = ((u128)1 << bit) - 1 + above;
            uint8_t buf[COMPACT_LEN_MAX];
            struct writer w = writer_fixed(buf, sizeof buf);
            put_compact(&w, v);
            assert_true(writer_ok(&w));
            assert_int_equal(w.len, compact_len(v));
            struct reader r = reader_of(writer_bytes(&w));
            assert_true(take_compact_u128(&r) == v && reader_ok(&r) && r.left == 0);
            r = reader_of(writer_bytes(&w));
            assert_true((take_compact_u64(&r) == v && reader_ok(&r)) == (v <= UINT64_MAX));
            r = reader_of(writer_bytes(&w));
            assert_true((take_compact_u32(&r) == v && reader_ok(&r)) == (v <= UINT32_MAX));
            r = reader_of(writer_bytes(&w));
            assert_true((take_compact_u16(&r) == v && reader_ok(&r)) == (v <= UINT16_MAX));
            r = reader_of(writer_bytes(&w));
            assert_true((take_compact_u8(&r) == v && reader_ok(&r)) == (v <= UINT8_MAX));
        }
    }
}

static void counts_are_refused_when_the_input_cannot_hold_them(void **state)
{
    static const uint8_t in[] = {3 << 2, 1, 2, 3};
    struct reader r = reader_of(bytes_of(in, sizeof in));

    (void)state;
    assert_int_equal(take_count(&r, 1, 3), 3);
    r = reader_of(bytes_of(in, sizeof in));
    assert_int_equal(take_count(&r, 2, 3), 0);
    assert_string_equal(r.failed, "count is more than the input holds");
    r = reader_of(bytes_of(in, sizeof in));
    assert_int_equal(take_count(&r, 1, 2), 0);
    assert_string_equal(r.failed, "count is over its bound");
}

static void utf8_is_what_rust_calls_utf8(void **state)
{
    static const char *const good[] = {"",
                                       "a",
                                       "\xc2\x80",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {
        "\x80",         "\xc0\x80",         "\xc1\xbf",         "\xc2",         "\xe0\x9f\xbf",
        "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80", "\xe2\x82",
        "\xff",         "a\xe2\x28\xa1"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_true(utf8_valid(bytes_of_str(good[i])));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(utf8_valid(bytes_of_str(bad[i])));
    assert_true(utf8_valid(bytes_of("\0x", 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_vectors_decode_to_their_value_and_encode_back),
        cmocka_unit_test(invalid_vectors_are_refused),
        cmocka_unit_test(a_stream_decoder_stops_where_the_value_ends),
        cmocka_unit_test(compacts_round_trip_at_every_edge),
        cmocka_unit_test(counts_are_refused_when_the_input_cannot_hold_them),
        cmocka_unit_test(utf8_is_what_rust_calls_utf8),
    };
    return cmocka_run_group_tests(tests, arena_up, arena_down);
}
