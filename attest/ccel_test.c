/* attest/ccel_test.c — the event log of a real boot: replay against its quote, what its data proves, and
 * damaged logs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/ccel.h"
#include "attest/quote.h"
#include "attest/vectors_support_test.h"
#include "base/writer.h"

enum { FIRST_EVENT_AT = 65, LOG_END = 18101 };

static struct arena arena;
static json_t *manifest;
static struct attest_claims td;
static struct bytes real_log;

static int set_up(void **state)
{
    const json_t *one, *files;
    struct attest_root root;
    struct err e;
    (void)state;
    arena_init(&arena, &arena_heap, VECTORS_ARENA);
    manifest = vectors_manifest();
    one = vectors_case(manifest, "tdx-google-cos113-ccel");
    files = json_object_get(one, "files");
    real_log = vectors_load(&arena, vectors_text(files, "ccel_data"));
    vectors_root(&root, &arena, manifest, "intel_sgx_root_ca");
    const struct attest_policy p = {
        .roots = &root, .root_count = 1, .without_collateral = true, .zero_tail = true};
    const struct attest_input in = {
        .evidence = vectors_load(&arena, vectors_text(files, "quote")),
        .now = (uint64_t)vectors_int(vectors_evaluation(one, "signatures"), "verify_at_unix")};
    assert_int_equal(attest_quote_verify(&td, &in, &p, &attest_openssl, &e), ATTEST_VERIFIED);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    json_decref(manifest);
    arena_fini(&arena);
    return 0;
}

static const json_t *log_facts(void)
{
    return json_object_get(vectors_case(manifest, "tdx-google-cos113-ccel"), "event_log");
}

/* The log of a boot, changed at one place and cut behind its last event. */
static uint8_t *copy_of_log(void)
{
    struct bytes copy = vectors_exact(bytes_of(real_log.p, LOG_END));
    return (uint8_t *)(uintptr_t)copy.p;
}

static void a_real_log_leads_to_the_registers_of_its_quote(void **state)
{
    struct err e;
    (void)state;
    assert_int_equal(attest_ccel_check(real_log, &td, &e), ATTEST_VERIFIED);
    /* erased memory behind the last event says nothing, nor does its absence */
    assert_int_equal(attest_ccel_check(bytes_of(real_log.p, LOG_END), &td, &e), ATTEST_VERIFIED);
}

static void its_events_are_those_the_vectors_count(void **state)
{
    static const char *const keys[CCEL_RTMRS] = {"rtmr0", "rtmr1", "rtmr2", "rtmr3"};
    const json_t *counts = json_object_get(log_facts(), "measured_events_per_rtmr");
    unsigned per[CCEL_RTMRS] = {0}, events = 0;
    struct ccel log;
    struct ccel_event event;
    struct err e;
    bool more;
    (void)state;
    assert_int_equal(ccel_open(&log, real_log, &e), ATTEST_VERIFIED);
    for (;;) {
        assert_int_equal(ccel_next(&log, &event, &more, &e), ATTEST_VERIFIED);
        if (!more)
            break;
        assert_true(event.measured);
        assert_int_equal(event.digest.len, 48);
        assert_int_equal(event.index, ++events);
        per[event.rtmr]++;
    }
    assert_true(vectors_int_is(log_facts(), "events", events));
    assert_true(vectors_int_is(log_facts(), "end_offset", log.at.taken));
    for (size_t i = 0; i < CCEL_RTMRS; i++)
        assert_int_equal(vectors_int(counts, keys[i]), per[i]);
}

/* Which types hold on this log was found by hashing every event's data. */
static void data_is_proven_for_the_types_that_define_it(void **state)
{
    unsigned proven = 0, describes = 0;
    struct ccel log;
    struct ccel_event event;
    struct err e;
    bool more;
    (void)state;
    assert_int_equal(ccel_open(&log, real_log, &e), ATTEST_VERIFIED);
    for (;;) {
        assert_int_equal(ccel_next(&log, &event, &more, &e), ATTEST_VERIFIED);
        if (!more)
            break;
        assert_non_null(ccel_type_name(event.type));
        assert_int_not_equal(event.proof, CCEL_DATA_DIFFERS);
        proven += event.proof == CCEL_DATA_PROVEN ? 1 : 0;
        describes += event.proof == CCEL_DATA_DESCRIBES ? 1 : 0;
    }
    assert_int_equal(proven, 16);
    assert_int_equal(describes, 27);
    assert_string_equal(ccel_type_name(0x80000002), "EV_EFI_VARIABLE_BOOT");
    assert_null(ccel_type_name(0x12345678));
}

/* The event whose digest begins at `digest_at` has its data changed. */
static enum ccel_data proof_of(const uint8_t *log, size_t len, unsigned index)
{
    struct ccel at;
    struct ccel_event event;
    struct err e;
    bool more;

    assert_int_equal(ccel_open(&at, bytes_of(log, len), &e), ATTEST_VERIFIED);
    do {
        assert_int_equal(ccel_next(&at, &event, &more, &e), ATTEST_VERIFIED);
        assert_true(more);
    } while (event.index != index);
    return event.proof;
}

static void a_lie_in_the_data_passes_the_replay_and_is_shown_as_one(void **state)
{
    struct err e;
    uint8_t *log = copy_of_log();
    const size_t second = FIRST_EVENT_AT + 12 + 50 + 4 + 42, third = second + 12 + 50 + 4 + 58;
    (void)state;
    assert_int_equal(load_u32le(log + third + 4), 0x80000001);
    assert_int_equal(proof_of(log, LOG_END, 3), CCEL_DATA_PROVEN);
    log[third + 12 + 50 + 4 + 52] ^= 1; /* the value of SecureBoot: on becomes off */
    assert_int_equal(proof_of(log, LOG_END, 3), CCEL_DATA_DIFFERS);
    log[second + 12 + 50 + 4 + 3] ^= 1; /* the name of a firmware volume: never proven */
    assert_int_equal(proof_of(log, LOG_END, 2), CCEL_DATA_DESCRIBES);
    assert_int_equal(attest_ccel_check(bytes_of(log, LOG_END), &td, &e), ATTEST_VERIFIED);
    test_free(log);
}

static void recipes_of_the_vectors_are_refused(void **state)
{
    json_t *recipe;
    size_t i, count = 0;
    struct err e;
    (void)state;
    json_array_foreach(json_object_get(log_facts(), "mutations"), i, recipe)
    {
        struct bytes log = vectors_mutate(&arena, real_log, recipe);
        enum attest_class got = attest_ccel_check(log, &td, &e);
        if (!vectors_listed(json_object_get(recipe, "expected_failure"), got))
            fail_msg("%s: %s", vectors_text(recipe, "id"), attest_class_name(got));
        count++;
    }
    assert_int_equal(count, 1);
}

static void registers_of_another_boot_are_a_mismatch_each(void **state)
{
    struct err e;
    (void)state;
    for (size_t i = 0; i < CCEL_RTMRS; i++) {
        struct attest_claims other = td;
        other.tdx.rtmr[i][47] ^= 1;
        assert_int_equal(attest_ccel_check(real_log, &other, &e), ATTEST_RTMR_REPLAY_MISMATCH);
        assert_int_equal(e.msg[strlen(e.msg) - 1], '0' + (int)i);
    }
    struct attest_claims sgx = td;
    sgx.kind = ATTEST_KIND_SGX;
    assert_int_equal(attest_ccel_check(real_log, &sgx, &e), ATTEST_UNSUPPORTED_TEE_TYPE);
}

static void a_log_cut_anywhere_is_refused(void **state)
{
    uint8_t *log = copy_of_log();
    struct err e;
    (void)state;
    for (size_t len = 0; len < LOG_END; len++) {
        struct bytes exact = vectors_exact(bytes_of(log, len));
        enum attest_class got = attest_ccel_check(exact, &td, &e);
        assert_true(got == ATTEST_FORMAT || got == ATTEST_RTMR_REPLAY_MISMATCH);
        test_free((void *)(uintptr_t)exact.p);
    }
    test_free(log);
}

/* Sets bytes of the log and wants them refused. */
static void check_format(size_t at, uint32_t value)
{
    uint8_t *log = copy_of_log();
    struct err e;
    store_u32le(log + at, value);
    assert_int_equal(attest_ccel_check(bytes_of(log, LOG_END), &td, &e), ATTEST_FORMAT);
    test_free(log);
}

static void structures_that_are_not_well_formed_are_refused(void **state)
{
    const size_t description = 32, event = FIRST_EVENT_AT;
    (void)state;
    check_format(4, 4);                         /* the first event is of another type */
    check_format(8, 1);                         /* and has a digest */
    check_format(28, UINT32_MAX);               /* and a length without end */
    check_format(description, 0);               /* no Spec ID */
    check_format(description + 20, 0x00020001); /* version 2.1 */
    check_format(description + 24, 0);          /* no algorithm */
    check_format(description + 24, UINT32_MAX); /* too many */
    check_format(description + 28, 0x0030000b); /* SHA-256 of 48 bytes */
    check_format(description + 28, 0x0020000b); /* no SHA-384 */
    check_format(description + 28, 0x00300012); /* an unknown algorithm */
    check_format(event, 0);                     /* MRTD cannot be extended */
    check_format(event, 5);                     /* nor is there a fifth register */
    check_format(event + 8, 0);                 /* no digest */
    check_format(event + 8, 2);                 /* more than algorithms */
    check_format(event + 12, 0x0b);             /* of an unlisted algorithm */
    check_format(event + 12 + 50, UINT32_MAX);  /* data without end */
}

static void events_that_take_no_action_extend_nothing(void **state)
{
    struct writer w = writer_in(&arena, CCEL_MAX);
    struct err e;
    (void)state;
    put_bytes(&w, bytes_of(real_log.p, FIRST_EVENT_AT));
    put_u32(&w, 0); /* register 0 with a type: not the end */
    put_u32(&w, 3);
    put_u32(&w, 0);
    put_u32(&w, 2);
    put_u16(&w, 0xffff);
    put_bytes(&w, bytes_of(real_log.p + FIRST_EVENT_AT, LOG_END - FIRST_EVENT_AT));
    put_u64(&w, 0); /* the other way to end */
    put_text(&w, "anything");
    assert_int_equal(attest_ccel_check(writer_bytes(&w), &td, &e), ATTEST_VERIFIED);
}

static void logs_without_end_are_refused(void **state)
{
    struct writer w = writer_in(&arena, CCEL_MAX + 100);
    uint8_t rtmr[CCEL_RTMRS][48];
    struct err e;
    (void)state;
    put_bytes(&w, bytes_of(real_log.p, FIRST_EVENT_AT));
    for (size_t i = 0; i <= CCEL_EVENTS_MAX; i++) {
        if (i == CCEL_EVENTS_MAX)
            assert_int_equal(ccel_replay(rtmr, writer_bytes(&w), &e), ATTEST_VERIFIED);
        put_u32(&w, 1);
        put_u32(&w, 4);
        put_u32(&w, 1);
        put_u16(&w, 12);
        put_bytes(&w, bytes_of(td.tdx.mrtd, 48));
        put_u32(&w, 0);
    }
    assert_int_equal(ccel_replay(rtmr, writer_bytes(&w), &e), ATTEST_FORMAT);
    struct writer long_log = writer_in(&arena, CCEL_MAX + 100);
    put_bytes(&long_log, real_log);
    while (long_log.len <= CCEL_MAX)
        put_u8(&long_log, 0xff);
    assert_int_equal(ccel_replay(rtmr, writer_bytes(&long_log), &e), ATTEST_FORMAT);
    assert_int_equal(ccel_replay(rtmr, bytes_of(writer_bytes(&long_log).p, CCEL_MAX), &e), ATTEST_VERIFIED);
    assert_memory_equal(rtmr, td.tdx.rtmr, sizeof rtmr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_real_log_leads_to_the_registers_of_its_quote),
        cmocka_unit_test(its_events_are_those_the_vectors_count),
        cmocka_unit_test(data_is_proven_for_the_types_that_define_it),
        cmocka_unit_test(a_lie_in_the_data_passes_the_replay_and_is_shown_as_one),
        cmocka_unit_test(recipes_of_the_vectors_are_refused),
        cmocka_unit_test(registers_of_another_boot_are_a_mismatch_each),
        cmocka_unit_test(a_log_cut_anywhere_is_refused),
        cmocka_unit_test(structures_that_are_not_well_formed_are_refused),
        cmocka_unit_test(events_that_take_no_action_extend_nothing),
        cmocka_unit_test(logs_without_end_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
