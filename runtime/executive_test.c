#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "codec/header.h"
#include "codec/scale.h"
#include "crypto/hash.h"
#include "runtime/play_test.h"
#include "runtime/state.h"
#include "runtime/system_gen.h"

struct bench {
    struct play p;
    struct keypair bob;
};

static int open_bench(void **state)
{
    static struct bench b;
    b.bob = play_key("//Bob", SIGNATURE_SR25519);
    play_init(&b.p, play_dev_genesis);
    *state = &b;
    return 0;
}

static int close_bench(void **state)
{
    play_fini(&((struct bench *)*state)->p);
    return 0;
}

static struct bytes transfer(struct bench *b, uint64_t amount)
{
    struct account_id dave = play_account("//Dave");
    return PLAY_CALL(&b->p, balances, transfer_keep_alive, .dest = play_address(&dave),
                     .value = balance_of(amount));
}

static struct bytes block_of(struct play *p, const struct header *h)
{
    struct writer w = writer_in(&p->arena, 1 << 20);
    header_encode(&w, h);
    put_compact(&w, p->body_count);
    for (uint32_t i = 0; i < p->body_count; i++)
        put_bytes(&w, p->body[i]);
    return writer_bytes(&w);
}

static void a_built_block_executes_elsewhere_and_a_changed_one_does_not(void **state)
{
    struct bench *b = *state;
    struct play other;
    struct header h;
    struct bytes out;
    struct err e;

    play_init(&other, play_dev_genesis);
    play_begin(&b->p);
    assert_true(play_do(&b->p, &b->bob, transfer(b, 5)).ok);
    assert_false(play_do(&b->p, &b->bob, transfer(b, UINT64_MAX)).ok);
    assert_int_equal(header_decode(&h, play_end(&b->p), &e), ERR_OK);

    struct header bad = h;
    bad.state_root.b[3] ^= 1;
    assert_int_equal(play_call(&other, &out, "Core_execute_block", block_of(&b->p, &bad), &e), ERR_REJECTED);
    bad = h;
    bad.extrinsics_root.b[3] ^= 1;
    assert_int_equal(play_call(&other, &out, "Core_execute_block", block_of(&b->p, &bad), &e), ERR_REJECTED);
    bad = h;
    bad.digest_count = 0;
    assert_int_equal(play_call(&other, &out, "Core_execute_block", block_of(&b->p, &bad), &e), ERR_REJECTED);
    bad = h;
    bad.number++;
    assert_int_equal(play_call(&other, &out, "Core_execute_block", block_of(&b->p, &bad), &e), ERR_REJECTED);
    assert_int_equal(play_call(&other, &out, "Core_execute_block", block_of(&b->p, &h), &e), ERR_OK);
    assert_int_equal(out.len, 0);
    struct hash32 root = other.host.storage_root(other.host.ctx);
    assert_true(hash32_eq(&root, &h.state_root));
    play_fini(&other);
}

static void a_block_with_an_inapplicable_extrinsic_is_refused(void **state)
{
    struct bench *b = *state;
    struct play other;
    struct header h;
    struct bytes out;
    struct err e;

    play_init(&other, play_dev_genesis);
    play_begin(&b->p);
    assert_true(play_do(&b->p, &b->bob, transfer(b, 5)).ok);
    assert_int_equal(header_decode(&h, play_end(&b->p), &e), ERR_OK);
    b->p.body[b->p.body_count++] = b->p.body[1]; /* the same nonce again */
    assert_int_equal(play_call(&other, &out, "Core_execute_block", block_of(&b->p, &h), &e), ERR_REJECTED);
    play_fini(&other);
}

static struct bytes time_extrinsic(struct play *p, uint64_t now)
{
    struct writer w = writer_in(&p->arena, 64);
    struct bytes call = PLAY_CALL(p, timestamp, set, .now = now);
    extrinsic_encode(&w, &(struct extrinsic_parts){.format = 4, .call = call});
    return writer_bytes(&w);
}

static struct bytes header_after(struct bench *b)
{
    struct writer w = writer_in(&b->p.arena, 256);
    struct header *h = arena_new(&b->p.arena, struct header);
    h->parent = b->p.head;
    h->number = b->p.number + 1;
    header_encode(&w, h);
    return writer_bytes(&w);
}

static void time_is_set_once_first_and_forward(void **state)
{
    struct bench *b = *state;
    struct bytes out;
    struct err e;

    play_skip(&b->p, 1);
    assert_int_equal(play_call(&b->p, &out, "Core_initialize_block", header_after(b), &e), ERR_OK);
    assert_int_equal(play_call(&b->p, &out, "BlockBuilder_finalize_block", BYTES_EMPTY, &e), ERR_REJECTED);
    struct play_result r =
        play_apply(&b->p, time_extrinsic(&b->p, b->p.now_ms)); /* not later than the parent */
    assert_int_equal(r.validity.kind, VALIDITY_INVALID);
    assert_int_equal(r.validity.code, INVALID_BAD_MANDATORY);
    assert_true(play_apply(&b->p, time_extrinsic(&b->p, b->p.now_ms + 1)).ok);
    r = play_apply(&b->p, time_extrinsic(&b->p, b->p.now_ms + 2));
    assert_int_equal(r.validity.code, INVALID_BAD_MANDATORY);
    assert_int_equal(play_call(&b->p, &out, "BlockBuilder_finalize_block", BYTES_EMPTY, &e), ERR_OK);
}

static void nothing_is_applied_outside_a_block(void **state)
{
    struct bench *b = *state;
    struct bytes out;
    struct err e;

    assert_int_equal(play_call(&b->p, &out, "BlockBuilder_apply_extrinsic",
                               play_extrinsic(&b->p, &b->bob, transfer(b, 1)), &e),
                     ERR_REJECTED);
    assert_int_equal(play_call(&b->p, &out, "BlockBuilder_finalize_block", BYTES_EMPTY, &e), ERR_REJECTED);
    assert_int_equal(play_call(&b->p, &out, "Core_nothing", BYTES_EMPTY, &e), ERR_NOT_FOUND);
    assert_int_equal(play_call(&b->p, &out, "Core_initialize_block", BYTES_LIT("short"), &e), ERR_MALFORMED);
}

static void old_hashes_are_forgotten_except_the_first(void **state)
{
    struct bench *b = *state;
    struct exec x = exec_new(&b->p.host, &b->p.arena);
    struct hash32 h = {{7}};

    play_skip(&b->p, 1);
    system_number_put(&x, 5000);
    b->p.number = 5000;
    for (uint32_t n = 900; n < 910; n++)
        system_block_hash_put(&x, n, &h);
    play_skip(&b->p, 3); /* blocks 5001 to 5003 forget 904 to 906 */
    for (uint32_t n = 900; n < 910; n++)
        assert_int_equal(system_block_hash_has(&x, n), n < 904 || n > 906);
    assert_true(system_block_hash_has(&x, 0));
    assert_true(system_block_hash_has(&x, 5002));
    assert_false(system_block_hash_has(&x, 5003)); /* the head's own hash is not known to it */
}

static void many_events_are_joined_in_order(void **state)
{
    struct bench *b = *state;
    char expected[64];

    play_begin(&b->p);
    for (uint32_t i = 0; i < 300; i++)
        assert_true(play_do(&b->p, &b->bob, transfer(b, i + 1)).ok);
    (void)play_end(&b->p);
    (void)snprintf(expected, sizeof expected, "System.ExtrinsicSuccess");
    assert_string_equal(play_events(&b->p, 0), expected);
    for (uint32_t i = 1; i <= 300; i++)
        assert_non_null(strstr(play_events(&b->p, i), "Balances.Transfer"));
    assert_string_equal(play_events(&b->p, 301), "");
    play_skip(&b->p, 1);
    assert_string_equal(play_events(&b->p, 1), ""); /* events are those of the newest block */
}

static struct bytes fee_question(struct bench *b, struct bytes extrinsic)
{
    struct writer w = writer_in(&b->p.arena, 4096);
    put_bytes(&w, extrinsic);
    put_u32(&w, (uint32_t)extrinsic.len);
    return writer_bytes(&w);
}

static void the_estimated_fee_is_what_is_paid_whatever_the_signature(void **state)
{
    struct bench *b = *state;
    struct bytes x = play_extrinsic(&b->p, &b->bob, transfer(b, 1000)), out, details;
    struct bytes dummy = arena_dup(&b->p.arena, x);
    struct err e;

    memset((uint8_t *)(uintptr_t)dummy.p + 36, 1,
           64); /* prefix 2, version 1, address 33: then kind, signature */
    ((uint8_t *)(uintptr_t)dummy.p)[36] = 1;
    assert_int_equal(play_call(&b->p, &out, "TransactionPaymentApi_query_info", fee_question(b, dummy), &e),
                     ERR_OK);
    struct reader r = reader_of(out);
    assert_true(take_compact_u64(&r) == balances_call_transfer_keep_alive.weight);
    assert_true(take_compact_u64(&r) == 0);
    assert_int_equal(take_u8(&r), 0);
    u128 fee = take_u128(&r);
    assert_true(reader_ok(&r) && r.left == 0);
    assert_int_equal(
        play_call(&b->p, &details, "TransactionPaymentApi_query_fee_details", fee_question(b, x), &e),
        ERR_OK);
    r = reader_of(details);
    assert_true(take_bool(&r));
    u128 base = take_u128(&r), len = take_u128(&r), weight = take_u128(&r);
    assert_true(base + len + weight == fee);
    assert_true(len == x.len * (u128)100000);

    u128 before = balance_planck(play_info(&b->p, &b->bob.account).data.free);
    play_begin(&b->p);
    assert_true(play_apply(&b->p, x).ok);
    (void)play_end(&b->p);
    assert_true(before - balance_planck(play_info(&b->p, &b->bob.account).data.free) == fee + 1000);
}

static void inherents_are_checked(void **state)
{
    struct bench *b = *state;
    struct writer w = writer_in(&b->p.arena, 4096);
    struct bytes out;
    struct header h;
    struct err e;

    play_begin(&b->p);
    assert_int_equal(header_decode(&h, play_end(&b->p), &e), ERR_OK);
    struct bytes block = block_of(&b->p, &h);
    put_bytes(&w, block);
    put_compact(&w, 1);
    put_text(&w, "timstap0");
    put_compact(&w, 8);
    put_u64(&w, b->p.now_ms);
    /* Its own time is not later than itself. */
    assert_int_equal(play_call(&b->p, &out, "BlockBuilder_check_inherents", writer_bytes(&w), &e), ERR_OK);
    assert_int_equal(out.p[0], 0);
    b->p.body[0] = time_extrinsic(&b->p, b->p.now_ms + 6000);
    struct writer later = writer_in(&b->p.arena, 4096);
    put_bytes(&later, block_of(&b->p, &h));
    put_mem(&later, w.p + block.len, w.len - block.len);
    assert_int_equal(play_call(&b->p, &out, "BlockBuilder_check_inherents", writer_bytes(&later), &e),
                     ERR_OK);
    assert_int_equal(out.len, 3);
    assert_int_equal(out.p[0], 1);
}

static void signatures_can_be_checked_ahead(void **state)
{
    struct bench *b = *state;
    struct runtime_signature_check c;
    struct err e;

    play_skip(&b->p, 3);
    struct play_signing s = {.era = era_mortal(16, b->p.number), .birth_opt = &b->p.head};
    struct bytes x = play_sign(&b->p, &b->bob, transfer(b, 1), &s);
    assert_int_equal(runtime_signature_ahead(&b->p.host, &b->p.arena, &c, x, &b->p.head, &e), ERR_OK);
    assert_int_equal(c.kind, HOST_SIGNATURE_SR25519);
    assert_true(account_id_eq(&c.who, &b->bob.account));
    assert_true(b->p.host.verify_signature(b->p.host.ctx, c.kind, c.sig, c.msg, &c.who));
    play_begin(&b->p);
    assert_int_equal(runtime_signature_of(&b->p.host, &b->p.arena, &c, x, &e), ERR_OK);
    assert_true(b->p.host.verify_signature(b->p.host.ctx, c.kind, c.sig, c.msg, &c.who));
    assert_int_equal(runtime_signature_of(&b->p.host, &b->p.arena, &c, time_extrinsic(&b->p, 1), &e),
                     ERR_NOT_FOUND);
    (void)play_end(&b->p);
}

static void what_is_declared_is_what_is_served(void **state)
{
    size_t served = 0, declared = 0;

    (void)state;
    assert_int_equal(system_const_version.spec_version, RUNTIME_SPEC_VERSION);
    assert_int_equal(system_const_version.transaction_version, RUNTIME_TRANSACTION_VERSION);
    assert_int_equal(system_const_version.system_version, RUNTIME_STATE_VERSION);
    assert_int_equal(system_const_version.apis.n, chain_registry.api_count);
    for (uint16_t i = 0; i < chain_registry.api_count; i++) {
        const struct api_desc *api = &chain_registry.apis[i];
        uint8_t id[8];
        bool listed = false;
        blake2b(id, sizeof id, bytes_of_str(api->name));
        for (uint32_t k = 0; k < system_const_version.apis.n; k++)
            listed |= memcmp(system_const_version.apis.v[k].a, id, sizeof id) == 0;
        assert_true(listed);
        for (uint16_t m = 0; m < api->method_count; m++) {
            char name[128];
            bool found = false;
            (void)snprintf(name, sizeof name, "%s_%s", api->name, api->methods[m].name);
            for (size_t k = 0; runtime_api_names[k] != NULL; k++)
                found |= strcmp(runtime_api_names[k], name) == 0;
            if (!found)
                fail_msg("%s is in the metadata and not served", name);
            declared++;
        }
    }
    while (runtime_api_names[served] != NULL)
        served++;
    assert_int_equal(served, declared);
}

#define BENCH_TEST(f) cmocka_unit_test_setup_teardown(f, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_built_block_executes_elsewhere_and_a_changed_one_does_not),
        BENCH_TEST(a_block_with_an_inapplicable_extrinsic_is_refused),
        BENCH_TEST(time_is_set_once_first_and_forward),
        BENCH_TEST(nothing_is_applied_outside_a_block),
        BENCH_TEST(old_hashes_are_forgotten_except_the_first),
        BENCH_TEST(many_events_are_joined_in_order),
        BENCH_TEST(the_estimated_fee_is_what_is_paid_whatever_the_signature),
        BENCH_TEST(inherents_are_checked),
        BENCH_TEST(signatures_can_be_checked_ahead),
        cmocka_unit_test(what_is_declared_is_what_is_served),
    };
    return cmocka_run_group_tests_name("executive", tests, NULL, NULL);
}
