/* chain/chain_test.c — the generated tables: storage keys, metadata read back by a reader that shares no code
 * with its writer, events. tests/clients/metadata.mjs has the same metadata judged by polkadot.js and
 * polkadot-api. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/hex.h"
#include "chain/chain.h"
#include "codec/event.h"
#include "codec/metadata.h"
#include "codec/scale.h"
#include "codec/walk.h"

enum { MEMORY_MAX = 256 * 1024 * 1024 };

static int open_arena(void **state)
{
    struct arena *a = calloc(1, sizeof *a);

    if (a == NULL)
        return -1;
    arena_init(a, &arena_heap, MEMORY_MAX);
    *state = a;
    return 0;
}

static int close_arena(void **state)
{
    arena_fini(*state);
    free(*state);
    return 0;
}

static void assert_prefix(const struct storage_desc *s, const char *hex)
{
    struct arena a;

    arena_init(&a, &arena_heap, 1 << 20);
    struct writer w = writer_in(&a, 256);
    put_hex(&w, bytes_of(s->prefix, sizeof s->prefix));
    assert_string_equal(arena_str(&a, writer_bytes(&w)), hex);
    arena_fini(&a);
}

static void storage_prefixes_are_those_of_substrate(void **state)
{
    (void)state; /* tests/vectors/substrate/storage_keys.json */
    assert_prefix(&system_storage_account,
                  "26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9");
    assert_prefix(&system_storage_events, "26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7");
    assert_prefix(&balances_storage_total_issuance,
                  "c2261276cc9d1f8598ea4b6a74b15c2f57c875e4cff74148e4628f264b974c80");
    assert_prefix(&timestamp_storage_now, "f0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb");
}

/* Reads metadata by its own rules: every id must be one of the types, every index unique, every text UTF-8.
 */
struct check {
    struct reader r;
    uint32_t types;
    uint8_t version;
};

static void check_id(struct check *c)
{
    const uint32_t id = take_compact_u32(&c->r);
    assert_true(id < c->types);
}

static struct bytes check_text(struct check *c)
{
    const struct bytes b = take_compact_bytes(&c->r, 1 << 16);
    assert_true(utf8_valid(b));
    return b;
}

static void check_texts(struct check *c)
{
    for (uint32_t n = take_count(&c->r, 1, 1000); n > 0; n--)
        (void)check_text(c);
}

static bool check_fields(struct check *c)
{
    uint32_t named = 0;
    const uint32_t count = take_count(&c->r, 4, 100);

    for (uint32_t i = 0; i < count; i++) {
        if (take_bool(&c->r)) {
            named++;
            (void)check_text(c);
        }
        check_id(c);
        if (take_bool(&c->r))
            assert_true(check_text(c).len > 0);
        check_texts(c);
    }
    assert_true(named == 0 || named == count); /* clients refuse a mixture */
    return named > 0;
}

static void check_variants(struct check *c)
{
    bool seen[256] = {false};

    for (uint32_t n = take_count(&c->r, 4, 256); n > 0; n--) {
        assert_true(check_text(c).len > 0);
        (void)check_fields(c);
        const uint8_t index = take_u8(&c->r);
        assert_false(seen[index]);
        seen[index] = true;
        check_texts(c);
    }
}

static void check_type(struct check *c)
{
    check_texts(c);
    for (uint32_t n = take_count(&c->r, 2, 16); n > 0; n--) {
        assert_true(check_text(c).len > 0);
        if (take_bool(&c->r))
            check_id(c);
    }
    switch (take_u8(&c->r)) {
    case 0:
        (void)check_fields(c);
        break;
    case 1:
        check_variants(c);
        break;
    case 3:
        assert_in_range(take_u32(&c->r), 1, 2048);
        check_id(c);
        break;
    case 4:
        for (uint32_t n = take_count(&c->r, 1, 64); n > 0; n--)
            check_id(c);
        break;
    case 5:
        assert_in_range(take_u8(&c->r), 0, 7);
        break;
    case 2:
    case 6:
        check_id(c);
        break;
    default:
        fail_msg("unknown kind of type");
    }
    check_texts(c);
}

static void check_storage(struct check *c)
{
    (void)check_text(c);
    for (uint32_t n = take_count(&c->r, 6, 1000); n > 0; n--) {
        assert_true(check_text(c).len > 0);
        const bool has_default = take_bool(&c->r);
        if (take_bool(&c->r)) {
            const uint32_t hashers = take_count(&c->r, 1, STORAGE_KEYS_MAX);
            for (uint32_t i = 0; i < hashers; i++)
                assert_in_range(take_u8(&c->r), 0, 6);
            check_id(c);
        }
        check_id(c);
        const struct bytes value = take_compact_bytes(&c->r, 1 << 16);
        assert_true(has_default || (value.len == 1 && value.p[0] == 0));
        check_texts(c);
    }
}

static void check_pallet(struct check *c)
{
    (void)check_text(c);
    if (take_bool(&c->r))
        check_storage(c);
    for (int i = 0; i < 2; i++) /* calls, events */
        if (take_bool(&c->r))
            check_id(c);
    for (uint32_t n = take_count(&c->r, 4, 1000); n > 0; n--) {
        assert_true(check_text(c).len > 0);
        check_id(c);
        assert_true(take_compact_bytes(&c->r, 1 << 16).len > 0);
        check_texts(c);
    }
    if (take_bool(&c->r))
        check_id(c);
    (void)take_u8(&c->r);
    if (c->version == 15)
        check_texts(c);
}

static void check_apis(struct check *c)
{
    for (uint32_t n = take_count(&c->r, 3, 100); n > 0; n--) {
        (void)check_text(c);
        for (uint32_t methods = take_count(&c->r, 4, 100); methods > 0; methods--) {
            (void)check_text(c);
            for (uint32_t inputs = take_count(&c->r, 2, 16); inputs > 0; inputs--) {
                (void)check_text(c);
                check_id(c);
            }
            check_id(c);
            check_texts(c);
        }
        check_texts(c);
    }
}

static struct bytes encode(struct arena *a, uint8_t version)
{
    struct writer w = writer_in(a, 1 << 22);

    assert_true(metadata_encode(&w, a, &chain_registry, version));
    assert_true(writer_ok(&w));
    return writer_bytes(&w);
}

/* Returns the bytes of the type registry. */
static struct bytes check_metadata(struct bytes in, uint8_t version)
{
    struct check c = {.r = reader_of(in), .version = version};
    struct err e;

    assert_true(bytes_eq(take_bytes(&c.r, 4), BYTES_LIT("meta")));
    assert_int_equal(take_u8(&c.r), version);
    c.types = take_count(&c.r, 5, 100000);
    const size_t from = c.r.taken;
    for (uint32_t i = 0; i < c.types; i++) {
        assert_int_equal(take_compact_u32(&c.r), i); /* position is the id */
        check_type(&c);
    }
    const struct bytes types = bytes_of(in.p + from, c.r.taken - from);
    const uint32_t pallets = take_count(&c.r, 7, 256);
    assert_int_equal(pallets, chain_registry.pallet_count);
    for (uint32_t i = 0; i < pallets; i++)
        check_pallet(&c);
    if (version == 14)
        check_id(&c);
    assert_int_equal(take_u8(&c.r), 4);
    for (int i = 0; version == 15 && i < 4; i++)
        check_id(&c);
    assert_int_equal(take_count(&c.r, 3, 16), 9);
    for (int i = 0; i < 9; i++) {
        (void)check_text(&c);
        check_id(&c);
        check_id(&c);
    }
    check_id(&c);
    if (version == 15) {
        check_apis(&c);
        for (int i = 0; i < 3; i++)
            check_id(&c);
        assert_int_equal(take_compact_u32(&c.r), 0);
    }
    if (reader_end(&c.r, "metadata", &e) != ERR_OK)
        fail_msg("%s", e.msg);
    return types;
}

static void metadata_is_well_formed_and_numbers_types_alike_in_both_versions(void **state)
{
    const struct bytes v14 = encode(*state, 14), v15 = encode(*state, 15);

    assert_true(bytes_eq(check_metadata(v14, 14), check_metadata(v15, 15)));
}

static void metadata_is_the_same_every_time(void **state)
{
    const struct bytes once = encode(*state, 15), again = encode(*state, 15);

    assert_true(bytes_eq(once, again));
}

static void metadata_of_other_versions_is_refused(void **state)
{
    static const uint8_t versions[] = {0, 13, 16, 255};

    for (size_t i = 0; i < sizeof versions; i++) {
        struct writer w = writer_counting();
        assert_false(metadata_encode(&w, *state, &chain_registry, versions[i]));
        assert_int_equal(w.len, 0);
    }
}

static void a_full_buffer_shows_in_the_writer(void **state)
{
    uint8_t small[1000];
    struct writer w = writer_fixed(small, sizeof small);

    assert_true(metadata_encode(&w, *state, &chain_registry, 14));
    assert_false(writer_ok(&w));
}

static void defaults_and_constants_encode(void **state)
{
    uint8_t out[128];
    struct writer w = writer_fixed(out, sizeof out);

    (void)state;
    walk_encode(&w, system_storage_account.value, system_storage_account.default_value);
    assert_int_equal(w.len, 80);
    for (size_t i = 0; i < 79; i++)
        assert_int_equal(out[i], 0);
    assert_int_equal(out[79], 0x80);
    assert_int_equal(balance_cmp(BALANCES_EXISTENTIAL_DEPOSIT, balance_of(500)), 0);
    assert_int_equal(SYSTEM_SS58_PREFIX, 42);
    assert_int_equal(system_const_version.apis.n, 7);
}

static struct bytes sample_events(struct arena *a)
{
    struct writer w = writer_in(a, 1000);
    const struct balances_transfer_event transfer = {.from = {{1}}, .to = {{2}}, .amount = balance_of(7)};

    put_compact(&w, 2);
    put_u8(&w, EVENT_APPLY_EXTRINSIC);
    put_u32(&w, 3);
    put_u8(&w, balances_pallet.index);
    put_u8(&w, 2);
    walk_encode(&w, &balances_event_transfer, &transfer);
    put_compact(&w, 0);
    put_u8(&w, EVENT_FINALIZATION);
    put_u8(&w, utility_pallet.index);
    put_u8(&w, 1);
    put_compact(&w, 1);
    put_mem(&w, (uint8_t[32]){9}, 32);
    assert_true(writer_ok(&w));
    return writer_bytes(&w);
}

static void events_are_decoded_by_the_tables(void **state)
{
    struct event_record *v;
    uint32_t count;
    struct err e;

    if (events_decode(*state, &v, &count, sample_events(*state), &chain_registry, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    assert_int_equal(count, 2);
    assert_int_equal(v[0].when, EVENT_APPLY_EXTRINSIC);
    assert_int_equal(v[0].extrinsic, 3);
    assert_ptr_equal(v[0].type, &balances_event_transfer);
    const struct balances_transfer_event *ev = v[0].fields;
    assert_int_equal(ev->to.b[0], 2);
    assert_int_equal(balance_cmp(ev->amount, balance_of(7)), 0);
    assert_int_equal(v[1].when, EVENT_FINALIZATION);
    assert_string_equal(v[1].pallet->name, "Utility");
    assert_string_equal(v[1].event->name, "BatchCompleted");
}

static void broken_events_are_refused(void **state)
{
    const struct bytes good = sample_events(*state);
    struct event_record *v = NULL;
    uint32_t count = 99;
    struct err e;

    for (size_t len = 0; len < good.len; len++)
        assert_int_equal(events_decode(*state, &v, &count, bytes_of(good.p, len), &chain_registry, &e),
                         ERR_MALFORMED);
    struct bytes bad = arena_dup(*state, good);
    static const struct {
        size_t at;
        uint8_t value;
    } changes[] = {{0, 12}, {1, 3}, {6, 3}, {7, 99}};
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        bad = arena_dup(*state, good);
        ((uint8_t *)(uintptr_t)bad.p)[changes[i].at] = changes[i].value;
        assert_int_equal(events_decode(*state, &v, &count, bad, &chain_registry, &e), ERR_MALFORMED);
    }
    assert_null(v);
    assert_int_equal(count, 99);
}

int main(void)
{
#define IN_ARENA(test) cmocka_unit_test_setup_teardown(test, open_arena, close_arena)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(storage_prefixes_are_those_of_substrate),
        IN_ARENA(metadata_is_well_formed_and_numbers_types_alike_in_both_versions),
        IN_ARENA(metadata_is_the_same_every_time),
        IN_ARENA(metadata_of_other_versions_is_refused),
        IN_ARENA(a_full_buffer_shows_in_the_writer),
        cmocka_unit_test(defaults_and_constants_encode),
        IN_ARENA(events_are_decoded_by_the_tables),
        IN_ARENA(broken_events_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
