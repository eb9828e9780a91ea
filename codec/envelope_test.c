/* header.c, era.c and extrinsic.c against header.json, era.json and extrinsic.json. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/hex.h"
#include "base/int.h"
#include "codec/extrinsic.h"
#include "codec/header.h"
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

static void assert_hash(const struct hash32 *got, const json_t *object, const char *key)
{
    struct bytes want = vector_hex(&arena, object, key);
    assert_true(bytes_eq(want, bytes_of(got->b, sizeof got->b)));
}

static struct hash32 vector_hash(const json_t *object, const char *key)
{
    struct bytes b = vector_hex(&arena, object, key);
    struct hash32 h;
    assert_int_equal(b.len, sizeof h.b);
    memcpy(h.b, b.p, sizeof h.b);
    return h;
}

static void headers_decode_to_their_fields_and_encode_back(void **state)
{
    json_t *root = vectors_load("header.json");
    const json_t *entry;
    size_t i;

    (void)state;
    json_array_foreach(json_object_get(root, "headers"), i, entry)
    {
        const json_t *json = json_object_get(entry, "json");
        const json_t *logs = json_object_get(json_object_get(json, "digest"), "logs");
        struct bytes in = vector_hex(&arena, entry, "bytes");
        struct header h;
        struct err e = {0};
        if (header_decode(&h, in, &e) != ERR_OK)
            fail_msg("%s: %s", vector_text(entry, "what"), e.msg);
        assert_hash(&h.parent, json, "parentHash");
        assert_hash(&h.state_root, json, "stateRoot");
        assert_hash(&h.extrinsics_root, json, "extrinsicsRoot");
        assert_string_equal(arena_fmt(&arena, "0x%x", h.number), vector_text(json, "number"));
        assert_int_equal(h.digest_count, json_array_size(logs));
        for (uint32_t k = 0; k < h.digest_count; k++) {
            const char *want = json_string_value(json_array_get(logs, k));
            assert_string_equal(hex0x(&arena, h.digest[k].encoded), want);
        }
        struct writer w = writer_in(&arena, 1 << 20);
        header_encode(&w, &h);
        assert_true(bytes_eq(writer_bytes(&w), in));
    }
    assert_int_equal(i, 20);
    json_decref(root);
}

static void bad_headers_are_refused(void **state)
{
    json_t *root = vectors_load("header.json");
    const json_t *entry;
    size_t i;

    (void)state;
    json_array_foreach(json_object_get(root, "invalid"), i, entry)
    {
        struct header h = {.number = 7};
        struct err e = {0};
        if (header_decode(&h, vector_hex(&arena, entry, "bytes"), &e) != ERR_MALFORMED)
            fail_msg("%s was accepted", vector_text(entry, "reason"));
        assert_int_equal(h.number, 7);
    }
    assert_int_equal(i, 5);
    json_decref(root);
}

static uint64_t vector_u64(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);
    uint64_t n = 0;
    if (json_is_integer(v))
        return (uint64_t)json_integer_value(v);
    assert_true(parse_u64(bytes_of_str(json_string_value(v)), &n));
    return n;
}

static void eras_follow_the_vectors(void **state)
{
    json_t *root = vectors_load("era.json");
    const json_t *entry;
    struct err e = {0};
    size_t i;

    (void)state;
    json_array_foreach(json_object_get(root, "mortal"), i, entry)
    {
        struct bytes in = vector_hex(&arena, entry, "hex");
        uint64_t current = vector_u64(entry, "current");
        struct era era = era_mortal(vector_u64(entry, "period"), current);
        uint8_t buf[2];
        struct writer w = writer_fixed(buf, sizeof buf);
        put_era(&w, era);
        assert_true(bytes_eq(writer_bytes(&w), in));
        struct reader r = reader_of(in);
        struct era back = take_era(&r);
        assert_int_equal(reader_end(&r, "era", &e), ERR_OK);
        assert_true(back.mortal);
        assert_int_equal(back.period, vector_u64(entry, "decoded_period"));
        assert_int_equal(back.phase, vector_u64(entry, "decoded_phase"));
        assert_int_equal(era_birth(back, current), vector_u64(entry, "birth"));
        assert_int_equal(era_death(back, current), vector_u64(entry, "death"));
    }
    assert_int_equal(i, 40);
    json_array_foreach(json_object_get(root, "decode_invalid"), i, entry)
    {
        struct reader r = reader_of(vector_hex(&arena, entry, "hex"));
        (void)take_era(&r);
        if (reader_ok(&r))
            fail_msg("%s was accepted", vector_text(entry, "reason"));
    }
    assert_int_equal(i, 4);
    struct reader r = reader_of(vector_hex(&arena, json_object_get(root, "immortal"), "hex"));
    struct era era = take_era(&r);
    assert_false(era.mortal);
    assert_int_equal(era_birth(era, 99), 0);
    assert_true(era_death(era, 99) == UINT64_MAX);
    json_decref(root);
}

static enum extrinsic_key_kind key_kind_of(const char *name)
{
    if (strcmp(name, "ed25519") == 0)
        return EXTRINSIC_KEY_ED25519;
    return strcmp(name, "sr25519") == 0 ? EXTRINSIC_KEY_SR25519 : EXTRINSIC_KEY_ECDSA;
}

static void check_fields(const json_t *entry, const struct extrinsic_parts *x)
{
    u128 tip = 0;

    assert_true(x->is_signed);
    assert_int_equal(x->format, 4);
    assert_int_equal(x->address.tag, MULTI_ADDRESS_ID);
    assert_true(bytes_eq(bytes_of(x->address.u.id.b, 32), vector_hex(&arena, entry, "account_id")));
    assert_int_equal(x->key_kind, key_kind_of(vector_text(entry, "key_type")));
    assert_true(bytes_eq(x->signature, vector_hex(&arena, entry, "signature")));
    assert_true(bytes_eq(x->extra_raw, vector_hex(&arena, entry, "extra")));
    assert_true(bytes_eq(x->call, vector_hex(&arena, entry, "call")));
    assert_int_equal(x->extra.nonce, vector_u64(entry, "nonce"));
    assert_true(parse_u128(bytes_of_str(vector_text(entry, "tip")), &tip));
    assert_true(balance_planck(x->extra.tip) == tip);
    assert_int_equal(x->extra.era.mortal, json_is_object(json_object_get(entry, "era")));
    assert_int_equal(x->extra.metadata_hash, json_is_string(json_object_get(entry, "metadata_hash")));
}

static void check_signed(const json_t *entry)
{
    struct bytes in = vector_hex(&arena, entry, "extrinsic");
    struct extrinsic_parts x;
    struct err e = {0};

    if (extrinsic_decode(&x, in, &e) != ERR_OK)
        fail_msg("%s: %s", vector_text(entry, "call_name"), e.msg);
    check_fields(entry, &x);

    struct writer w = writer_in(&arena, EXTRINSIC_LEN_MAX);
    extrinsic_encode(&w, &x);
    assert_true(bytes_eq(writer_bytes(&w), in));

    struct extrinsic_implicit implicit = {
        .spec_version = (uint32_t)vector_u64(entry, "spec_version"),
        .transaction_version = (uint32_t)vector_u64(entry, "transaction_version"),
        .genesis = vector_hash(entry, "genesis_hash"),
        .birth = vector_hash(entry, "block_hash"),
        .has_metadata_hash = x.extra.metadata_hash,
    };
    if (implicit.has_metadata_hash)
        implicit.metadata_hash = vector_hash(entry, "metadata_hash");
    struct writer payload = writer_in(&arena, EXTRINSIC_LEN_MAX);
    extrinsic_signing_payload(&payload, x.call, x.extra_raw, &implicit);
    assert_true(bytes_eq(writer_bytes(&payload), vector_hex(&arena, entry, "payload")));
    bool hashed = vector_hex(&arena, entry, "signed_bytes").len == 32;
    assert_int_equal(hashed, payload.len > EXTRINSIC_PAYLOAD_HASHED_OVER);

    struct call call;
    if (call_decode(&arena, &call, x.call, &sample_registry, &e) != ERR_OK)
        fail_msg("%s: %s", vector_text(entry, "call_name"), e.msg);
    call.encoded = BYTES_EMPTY;
    struct writer again = writer_in(&arena, EXTRINSIC_LEN_MAX);
    call_encode(&again, &call);
    assert_true(bytes_eq(writer_bytes(&again), x.call));
}

static void signed_extrinsics_come_apart_and_together(void **state)
{
    json_t *root = vectors_load("extrinsic.json");
    const json_t *entry;
    struct err e = {0};
    size_t i;

    (void)state;
    json_array_foreach(json_object_get(root, "signed"), i, entry) check_signed(entry);
    assert_int_equal(i, 48);
    json_array_foreach(json_object_get(root, "bad_proof"), i, entry)
    {
        struct extrinsic_parts x;
        assert_int_equal(extrinsic_decode(&x, vector_hex(&arena, entry, "extrinsic"), &e), ERR_OK);
    }
    assert_int_equal(i, 6);
    json_decref(root);
}

static void bare_extrinsics_are_taken_and_general_ones_are_not(void **state)
{
    json_t *root = vectors_load("extrinsic.json");
    const json_t *entry;
    size_t i;

    (void)state;
    json_array_foreach(json_object_get(root, "other"), i, entry)
    {
        struct bytes in = vector_hex(&arena, entry, "extrinsic");
        struct extrinsic_parts x;
        struct err e = {0};
        if (strncmp(vector_text(entry, "what"), "general", 7) == 0) {
            assert_int_equal(extrinsic_decode(&x, in, &e), ERR_UNSUPPORTED);
            continue;
        }
        assert_int_equal(extrinsic_decode(&x, in, &e), ERR_OK);
        assert_false(x.is_signed);
        assert_true(bytes_eq(x.call, vector_hex(&arena, entry, "call")));
        struct writer w = writer_in(&arena, 1000);
        extrinsic_encode(&w, &x);
        assert_true(bytes_eq(writer_bytes(&w), in));
    }
    assert_int_equal(i, 3);
    json_decref(root);
}

static void refused_vectors_fail_in_the_envelope_or_in_the_call(void **state)
{
    json_t *root = vectors_load("extrinsic.json");
    const json_t *entry;
    size_t i, in_call = 0;

    (void)state;
    json_array_foreach(json_object_get(root, "refused"), i, entry)
    {
        struct bytes in = vector_hex(&arena, entry, "extrinsic");
        struct extrinsic_parts x;
        struct call call;
        struct err e = {0};
        if (extrinsic_decode(&x, in, &e) != ERR_OK)
            continue;
        in_call++;
        if (call_decode(&arena, &call, x.call, &sample_registry, &e) == ERR_OK)
            fail_msg("%s was accepted", vector_text(entry, "reason"));
    }
    assert_int_equal(i, 16);
    assert_true(in_call <= 3); /* unknown pallet, truncated call, a byte after the call */
    json_decref(root);
}

static void refusals_say_why(void **state)
{
    struct extrinsic_parts x = {.format = 9};
    struct err e = {0};

    (void)state;
    assert_int_equal(extrinsic_decode(&x, BYTES_LIT("\x0c\x85\x00\x00"), &e), ERR_UNSUPPORTED);
    assert_string_equal(e.msg, "extrinsic: version byte 0x85");
    assert_int_equal(extrinsic_decode(&x, BYTES_LIT("\x0c\x04\x00"), &e), ERR_MALFORMED);
    assert_string_equal(e.msg, "extrinsic: length prefix says 3 bytes, 2 follow");
    assert_int_equal(extrinsic_decode(&x, BYTES_LIT("\x08\x04\x00"), &e), ERR_MALFORMED);
    assert_string_equal(e.msg, "extrinsic: call has no pallet and call index at byte 3");
    uint8_t *big = arena_alloc(&arena, EXTRINSIC_LEN_MAX + 1);
    assert_int_equal(extrinsic_decode(&x, bytes_of(big, EXTRINSIC_LEN_MAX + 1), &e), ERR_LIMIT);
    assert_int_equal(x.format, 9);
}

static void a_signature_of_the_wrong_length_is_not_written(void **state)
{
    static const uint8_t signature[65];
    struct extrinsic_parts x = {
        .is_signed = true, .key_kind = EXTRINSIC_KEY_SR25519, .call = BYTES_LIT("\0\0")};
    struct writer w = writer_in(&arena, 1000);

    (void)state;
    x.signature = bytes_of(signature, 65);
    extrinsic_encode(&w, &x);
    assert_false(writer_ok(&w));
    w = writer_in(&arena, 1000);
    x.signature = bytes_of(signature, 64);
    extrinsic_encode(&w, &x);
    assert_true(writer_ok(&w));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_decode_to_their_fields_and_encode_back),
        cmocka_unit_test(bad_headers_are_refused),
        cmocka_unit_test(eras_follow_the_vectors),
        cmocka_unit_test(signed_extrinsics_come_apart_and_together),
        cmocka_unit_test(bare_extrinsics_are_taken_and_general_ones_are_not),
        cmocka_unit_test(refused_vectors_fail_in_the_envelope_or_in_the_call),
        cmocka_unit_test(refusals_say_why),
        cmocka_unit_test(a_signature_of_the_wrong_length_is_not_written),
    };
    return cmocka_run_group_tests(tests, arena_up, arena_down);
}
