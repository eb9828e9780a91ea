#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/hex.h"
#include "codec/scale.h"
#include "runtime/play_test.h"

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

static struct bytes remark(struct bench *b, size_t len)
{
    return PLAY_CALL(&b->p, system, remark, .remark = bytes_of(arena_alloc(&b->p.arena, len), len));
}

static void assert_invalid(struct play_result r, enum invalid_transaction code)
{
    assert_int_equal(r.validity.kind, VALIDITY_INVALID);
    assert_int_equal(r.validity.code, code);
}

static void assert_unknown(struct play_result r, enum unknown_transaction code)
{
    assert_int_equal(r.validity.kind, VALIDITY_UNKNOWN);
    assert_int_equal(r.validity.code, code);
}

/* ValidTransaction as the pool reads it. */
struct answer {
    uint64_t priority, longevity;
    uint32_t requires, provides;
    uint32_t provided_nonce;
    bool propagate;
};

static struct answer answer_of(struct play_result r)
{
    struct reader in = reader_of(bytes_from(r.error, 1));
    struct answer a = {0};

    assert_true(r.ok);
    a.priority = take_u64(&in);
    a.requires = take_count(&in, 1, 1);
    for (uint32_t i = 0; i < a.requires; i++)
        assert_int_equal(take_compact_bytes(&in, 64).len, 36);
    a.provides = take_count(&in, 1, 1);
    struct bytes tag = take_compact_bytes(&in, 64);
    assert_int_equal(tag.len, 36);
    a.provided_nonce = load_u32le(tag.p + 32);
    a.longevity = take_u64(&in);
    a.propagate = take_bool(&in);
    assert_true(reader_ok(&in) && in.left == 0);
    return a;
}

static void every_kind_of_key_can_sign(void **state)
{
    struct bench *b = *state;
    struct keypair keys[] = {b->bob, play_key("//Ed", SIGNATURE_ED25519), play_key("//Ec", SIGNATURE_ECDSA)};

    play_begin(&b->p);
    for (size_t i = 1; i < ARRAY_LEN(keys); i++)
        assert_true(
            play_do(&b->p, &b->bob,
                    PLAY_CALL(&b->p, balances, transfer_keep_alive, .dest = play_address(&keys[i].account),
                              .value = balance_of(UINT64_C(1000000000000))))
                .ok);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        assert_true(play_do(&b->p, &keys[i], remark(b, 10)).ok);
        assert_true(play_do(&b->p, &keys[i], remark(b, 300)).ok); /* over 256 bytes the payload is hashed */
    }
    (void)play_end(&b->p);
}

static void a_changed_byte_anywhere_is_a_bad_proof(void **state)
{
    struct bench *b = *state;
    struct bytes good = play_extrinsic(&b->p, &b->bob, remark(b, 4));

    assert_true(play_validate(&b->p, good).ok);
    for (size_t at = good.len - 4; at < good.len; at++) {
        struct bytes bad = arena_dup(&b->p.arena, good);
        ((uint8_t *)(uintptr_t)bad.p)[at] ^= 1;
        assert_invalid(play_validate(&b->p, bad), INVALID_BAD_PROOF);
    }
    b->p.genesis.b[0] ^= 1; /* signed for another chain */
    assert_invalid(play_validate(&b->p, play_extrinsic(&b->p, &b->bob, remark(b, 4))), INVALID_BAD_PROOF);
}

static void nonces_are_stale_ready_or_future(void **state)
{
    struct bench *b = *state;
    struct play_signing s = {.nonce = 0};

    play_begin(&b->p);
    assert_true(play_do(&b->p, &b->bob, remark(b, 1)).ok);
    (void)play_end(&b->p);
    assert_invalid(play_validate(&b->p, play_sign(&b->p, &b->bob, remark(b, 1), &s)), INVALID_STALE);
    s.nonce = 1;
    struct answer ready = answer_of(play_validate(&b->p, play_sign(&b->p, &b->bob, remark(b, 1), &s)));
    assert_int_equal(ready.requires, 0);
    assert_int_equal(ready.provided_nonce, 1);
    assert_true(ready.propagate);
    assert_true(ready.longevity == UINT64_MAX - 2);
    s.nonce = 5;
    struct bytes future = play_sign(&b->p, &b->bob, remark(b, 1), &s);
    assert_int_equal(answer_of(play_validate(&b->p, future)).requires, 1);
    play_begin(&b->p);
    assert_invalid(play_apply(&b->p, future), INVALID_FUTURE);
    (void)play_end(&b->p);
}

static void a_transaction_born_at_the_head_is_valid(void **state)
{
    struct bench *b = *state;

    play_skip(&b->p, 10);
    struct play_signing s = {.era = era_mortal(4, b->p.number), .birth_opt = &b->p.head};
    struct hash32 head = b->p.head;
    assert_int_equal(era_birth(s.era, b->p.number + 1), b->p.number);
    struct bytes x = play_sign(&b->p, &b->bob, remark(b, 1), &s);
    /* Head 10: judged as in block 11, valid to block 13. */
    assert_true(answer_of(play_validate(&b->p, x)).longevity == 3);
    play_skip(&b->p, 2);
    assert_true(answer_of(play_validate(&b->p, x)).longevity == 1);
    play_skip(&b->p, 1);
    assert_invalid(play_validate(&b->p, x),
                   INVALID_ANCIENT_BIRTH_BLOCK); /* the era's next birth is block 14 itself */
    play_skip(&b->p, 1);
    assert_invalid(play_validate(&b->p, x), INVALID_BAD_PROOF); /* now 14 has a hash, and it is another one */
    s.era = (struct era){.mortal = true, .period = 65536, .phase = 32768};
    s.birth_opt = &head;
    assert_invalid(play_validate(&b->p, play_sign(&b->p, &b->bob, remark(b, 1), &s)),
                   INVALID_ANCIENT_BIRTH_BLOCK);
}

static void the_fee_must_be_there(void **state)
{
    struct bench *b = *state;
    struct keypair nobody = play_key("//Nobody", SIGNATURE_SR25519);
    struct play_signing s = {.tip = UINT64_C(1) << 60};

    assert_invalid(play_validate(&b->p, play_extrinsic(&b->p, &nobody, remark(b, 1))), INVALID_PAYMENT);
    assert_invalid(play_validate(&b->p, play_sign(&b->p, &b->bob, remark(b, 1), &s)), INVALID_PAYMENT);
    /* Enough to be, but not to pay and stay. */
    play_begin(&b->p);
    assert_true(play_do(&b->p, &b->bob,
                        PLAY_CALL(&b->p, balances, transfer_keep_alive, .dest = play_address(&nobody.account),
                                  .value = balance_of(500)))
                    .ok);
    assert_invalid(play_apply(&b->p, play_extrinsic(&b->p, &nobody, remark(b, 1))), INVALID_PAYMENT);
    (void)play_end(&b->p);
    assert_int_equal(play_info(&b->p, &nobody.account).nonce, 0);
}

static void a_tip_buys_priority(void **state)
{
    struct bench *b = *state;
    uint64_t last = 0;

    for (uint64_t tip = 0; tip < 3; tip++) {
        struct play_signing s = {.tip = tip};
        uint64_t now = answer_of(play_validate(&b->p, play_sign(&b->p, &b->bob, remark(b, 1), &s))).priority;
        assert_true(now > last);
        last = now;
    }
    /* (tip + 1) * min(length limit / length, weight limit / weight) */
    struct bytes x = play_extrinsic(&b->p, &b->bob, remark(b, 1));
    uint64_t by_len = 3932160 / x.len;
    assert_true(answer_of(play_validate(&b->p, x)).priority == by_len);
}

static bool accept_all(void *ctx, enum host_signature_kind kind, struct bytes sig, struct bytes msg,
                       const struct account_id *who)
{
    (void)ctx;
    (void)kind;
    (void)sig;
    (void)msg;
    (void)who;
    return true;
}

static void the_zero_account_cannot_sign(void **state)
{
    struct bench *b = *state;
    struct keypair zero = {.kind = SIGNATURE_SR25519};

    b->p.host.verify_signature = accept_all;
    assert_invalid(play_validate(&b->p, play_extrinsic(&b->p, &zero, remark(b, 1))), INVALID_BAD_SIGNER);
}

static void a_metadata_hash_is_not_known_here(void **state)
{
    struct bench *b = *state;
    struct bytes x = arena_dup(&b->p.arena, play_extrinsic(&b->p, &b->bob, remark(b, 0)));
    size_t mode_at = x.len - 3 - 1; /* before the call 00 00 00 */

    assert_int_equal(x.p[mode_at], 0);
    ((uint8_t *)(uintptr_t)x.p)[mode_at] = 1;
    assert_unknown(play_validate(&b->p, x), UNKNOWN_CANNOT_LOOKUP);
}

static void bare_transactions_do_not_enter_the_pool(void **state)
{
    struct bench *b = *state;

    assert_invalid(play_validate(&b->p, BYTES_LIT("\x10\x04\x01\x00\x04")), INVALID_MANDATORY_VALIDATION);
    assert_unknown(play_validate(&b->p, BYTES_LIT("\x10\x04\x00\x00\x00")), UNKNOWN_NO_UNSIGNED_VALIDATOR);
    play_begin(&b->p);
    assert_unknown(play_apply(&b->p, BYTES_LIT("\x10\x04\x00\x00\x00")), UNKNOWN_NO_UNSIGNED_VALIDATOR);
    (void)play_end(&b->p);
}

static void a_block_has_room_for_75_percent_of_normal_bytes(void **state)
{
    struct bench *b = *state;
    uint32_t applied = 0;

    assert_invalid(play_validate(&b->p, play_extrinsic(&b->p, &b->bob, remark(b, 3932160))),
                   INVALID_EXHAUSTS_RESOURCES);
    play_begin(&b->p);
    for (uint32_t i = 0; i < 5; i++) {
        struct play_result r = play_do(&b->p, &b->bob, remark(b, 1024 * 1024));
        if (r.ok)
            applied++;
        else
            assert_invalid(r, INVALID_EXHAUSTS_RESOURCES);
    }
    assert_true(play_do(&b->p, &b->bob, remark(b, 1)).ok); /* small ones still fit */
    (void)play_end(&b->p);
    assert_int_equal(applied, 3);
    assert_int_equal(play_info(&b->p, &b->bob.account).nonce, 4);
}

/* What the reference libraries and the SDK refuse is refused here, whatever chain it was made for. */
static void vectors_of_refused_extrinsics_are_refused(void **state)
{
    struct bench *b = *state;
    json_t *doc = json_load_file(WETEE_VECTORS "/substrate/extrinsic.json", 0, NULL);
    static const char *const lists[] = {"refused", "bad_proof"};
    size_t seen = 0;

    assert_non_null(doc);
    for (size_t l = 0; l < ARRAY_LEN(lists); l++) {
        size_t i;
        json_t *item;
        json_array_foreach(json_object_get(doc, lists[l]), i, item)
        {
            struct writer w = writer_in(&b->p.arena, 8192);
            struct bytes x, out;
            struct err e;
            assert_int_equal(hex_decode(&b->p.arena, &x,
                                        bytes_of_str(json_string_value(json_object_get(item, "extrinsic"))),
                                        &e),
                             ERR_OK);
            put_u8(&w, 2);
            put_bytes(&w, x);
            put_mem(&w, b->p.head.b, 32);
            if (play_call(&b->p, &out, "TaggedTransactionQueue_validate_transaction", writer_bytes(&w), &e) ==
                ERR_OK)
                assert_int_equal(out.p[0], 1);
            else
                assert_string_equal(lists[l], "refused");
            seen++;
        }
    }
    assert_true(seen >= 20);
    json_decref(doc);
}

#define BENCH_TEST(f) cmocka_unit_test_setup_teardown(f, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(every_kind_of_key_can_sign),
        BENCH_TEST(a_changed_byte_anywhere_is_a_bad_proof),
        BENCH_TEST(nonces_are_stale_ready_or_future),
        BENCH_TEST(a_transaction_born_at_the_head_is_valid),
        BENCH_TEST(the_fee_must_be_there),
        BENCH_TEST(a_tip_buys_priority),
        BENCH_TEST(the_zero_account_cannot_sign),
        BENCH_TEST(a_metadata_hash_is_not_known_here),
        BENCH_TEST(bare_transactions_do_not_enter_the_pool),
        BENCH_TEST(a_block_has_room_for_75_percent_of_normal_bytes),
        BENCH_TEST(vectors_of_refused_extrinsics_are_refused),
    };
    return cmocka_run_group_tests_name("validity", tests, NULL, NULL);
}
