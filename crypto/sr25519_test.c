#include "crypto/vectors_test.h"

#include "crypto/hash.h"
#include "crypto/merlin.h"
#include "crypto/random.h"
#include "crypto/ristretto.h"
#include "crypto/signature.h"
#include "crypto/sr25519.h"
#include "crypto/ss58.h"

#include <sodium.h>

static void lanes_check(const json_t *object, const char *key, const uint64_t lanes[25])
{
    uint8_t bytes[200];
    for (size_t i = 0; i < 25; i++)
        store_u64le(bytes + 8 * i, lanes[i]);
    vec_check(object, key, bytes, sizeof bytes);
}

static void keccak_and_strobe_start_as_published(void **state)
{
    (void)state;
    json_t *root = vectors_load("substrate/sr25519.json");
    const json_t *p = json_object_get(root, "primitives");
    uint64_t lanes[25] = {0};
    keccak_f1600(lanes);
    lanes_check(p, "keccak_f1600_of_zero_state", lanes);
    keccak_f1600(lanes);
    lanes_check(p, "keccak_f1600_twice_of_zero_state", lanes);
    const json_t *s = json_object_get(p, "strobe_state_after_init");
    struct merlin m;
    strobe_init(&m, BYTES_LIT("Merlin v1.0"));
    lanes_check(s, "state", m.lanes);
    assert_int_equal(m.pos, json_integer_value(json_object_get(s, "pos")));
    assert_int_equal(m.pos_begin, json_integer_value(json_object_get(s, "pos_begin")));

    const json_t *simple = json_object_get(p, "merlin_simple");
    json_t *msg;
    size_t i;
    uint8_t out[32];
    merlin_init(&m, bytes_of_str(vec_text(simple, "label")));
    json_array_foreach(vec_list(simple, "messages"), i, msg)
    {
        struct vec data = vec_get(msg, "data");
        merlin_append(&m, bytes_of_str(vec_text(msg, "label")), vec_bytes(&data));
    }
    merlin_challenge(&m, bytes_of_str(vec_text(simple, "challenge_label")), out, sizeof out);
    vec_check(simple, "challenge", out, sizeof out);
    json_decref(root);
}

static void run_step(struct merlin *m, const json_t *step)
{
    const char *op = json_string_value(json_array_get(step, 0));
    struct bytes label = bytes_of_str(json_string_value(json_array_get(step, 1)));
    struct vec data = vec_hex(json_string_value(json_array_get(step, 2)));
    if (strcmp(op, "append") == 0) {
        merlin_append(m, label, vec_bytes(&data));
        return;
    }
    assert_string_equal(op, "challenge");
    struct vec got = {.len = data.len};
    merlin_challenge(m, label, got.b, got.len);
    assert_memory_equal(got.b, data.b, data.len);
}

static void transcripts_give_the_known_challenges(void **state)
{
    (void)state;
    json_t *root = vectors_load("substrate/sr25519.json"), *t, *step;
    size_t i, j;
    json_array_foreach(vec_list(root, "merlin"), i, t)
    {
        struct merlin m;
        merlin_init(&m, bytes_of_str(vec_text(t, "label")));
        json_array_foreach(vec_list(t, "steps"), j, step) run_step(&m, step);
    }
    json_decref(root);
}

static void mini_secrets_expand_to_the_known_keys(void **state)
{
    (void)state;
    json_t *root = vectors_load("substrate/sr25519.json"), *c;
    size_t i;
    json_array_foreach(vec_list(root, "mini_secrets"), i, c)
    {
        struct vec mini = vec_get(c, "mini_secret");
        struct sr25519_secret s, back;
        uint8_t form[96];
        sr25519_expand(&s, mini.b);
        vec_check(c, "scalar", s.scalar, 32);
        vec_check(c, "nonce", s.nonce, 32);
        sr25519_to_ed25519_form(form, &s);
        vec_check(c, "secret_ed25519_form", form, 64);
        sr25519_public(form + 64, &s);
        vec_check(c, "public", form + 64, 32);
        vec_check(c, "keypair_96", form, 96);
        assert_true(sr25519_from_ed25519_form(&back, form));
        assert_memory_equal(&back, &s, sizeof s);
        form[0] |= 1;
        assert_false(sr25519_from_ed25519_form(&back, form));
        form[0] &= 0xf8;
        memset(form, 0xff, 32);
        form[0] = 0xf8;
        assert_false(sr25519_from_ed25519_form(&back, form));
    }
    json_decref(root);
}

static bool verify_entry(const json_t *c)
{
    struct vec sig = vec_get(c, "signature"), msg = vec_get(c, "message"), key = vec_get(c, "public");
    struct account_id who;
    if (key.len != sizeof who.b)
        return false;
    memcpy(who.b, key.b, sizeof who.b);
    return signature_verify(SIGNATURE_SR25519, vec_bytes(&sig), vec_bytes(&msg), &who);
}

static void signatures_verify_as_the_reference_does(void **state)
{
    (void)state;
    json_t *root = vectors_load("substrate/sr25519.json"), *c;
    size_t i;
    json_array_foreach(vec_list(root, "valid_signatures"), i, c) assert_true(verify_entry(c));
    json_array_foreach(vec_list(root, "invalid_signatures"), i, c)
    {
        if (verify_entry(c))
            fail_msg("accepted: %s", vec_text(c, "reason"));
    }
    json_decref(root);
}

/* Our documented rule: refused although schnorrkel accepts. */
static void the_identity_as_public_key_is_refused(void **state)
{
    (void)state;
    json_t *root = vectors_load("substrate/sr25519.json"), *c;
    size_t i;
    json_array_foreach(vec_list(root, "edge_cases"), i, c)
    {
        assert_true(json_is_true(json_object_get(c, "schnorrkel_accepts")));
        assert_false(verify_entry(c));
    }
    json_decref(root);
}

static void signing_with_fixed_randomness_is_deterministic(void **state)
{
    (void)state;
    json_t *root = vectors_load("substrate/sr25519.json"), *c;
    size_t i;
    json_array_foreach(vec_list(root, "deterministic"), i, c)
    {
        struct vec mini = vec_get(c, "mini_secret"), msg = vec_get(c, "message"),
                   rng = vec_get(c, "rng_bytes");
        struct sr25519_secret s;
        uint8_t form[64], pub[32], sig[64];
        sr25519_expand(&s, mini.b);
        sr25519_to_ed25519_form(form, &s);
        vec_check(c, "secret_ed25519_form", form, 64);
        sr25519_public(pub, &s);
        vec_check(c, "public", pub, 32);
        sr25519_sign(sig, &s, pub, rng.b, vec_bytes(&msg));
        vec_check(c, "signature", sig, 64);
        assert_true(sr25519_verify(sig, vec_bytes(&msg), pub));
    }
    json_decref(root);
}

static void any_flipped_bit_makes_a_signature_invalid(void **state)
{
    (void)state;
    struct sr25519_secret s;
    uint8_t mini[32] = {9}, fresh[32] = {1}, pub[32], sig[64], msg[20] = {5};
    sr25519_expand(&s, mini);
    sr25519_public(pub, &s);
    sr25519_sign(sig, &s, pub, fresh, BYTES_OF(msg));
    assert_true(sr25519_verify(sig, BYTES_OF(msg), pub));
    for (size_t bit = 0; bit < 512; bit++) {
        sig[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_false(sr25519_verify(sig, BYTES_OF(msg), pub));
        sig[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    for (size_t bit = 0; bit < 256; bit++) {
        pub[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_false(sr25519_verify(sig, BYTES_OF(msg), pub));
        pub[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    msg[19] ^= 1;
    assert_false(sr25519_verify(sig, BYTES_OF(msg), pub));
}

/* s * B - k * A by libsodium's own, slower functions. */
static bool check_point_slow(uint8_t out[32], const uint8_t s[32], const uint8_t k[32], const uint8_t a[32])
{
    uint8_t sb[32], ka[32];
    if ((a[31] & 0x80) != 0 || crypto_core_ristretto255_is_valid_point(a) != 1)
        return false; /* libsodium 1.0.18 forgets the unused top bit; RFC 9496 and schnorrkel refuse it */
    if (crypto_scalarmult_ristretto255(ka, k, a) != 0)
        memset(ka, 0, sizeof ka); /* -1 for the identity */
    if (crypto_scalarmult_ristretto255_base(sb, s) != 0)
        memset(sb, 0, sizeof sb);
    return crypto_core_ristretto255_sub(out, sb, ka) == 0;
}

static void compare_check_point(const uint8_t s[32], const uint8_t k[32], const uint8_t a[32])
{
    uint8_t fast[32] = {0}, slow[32] = {0};
    bool want = check_point_slow(slow, s, k, a);
    assert_int_equal(ristretto_check_point(fast, s, k, a), want);
    if (want)
        assert_memory_equal(fast, slow, 32);
}

static void verification_arithmetic_agrees_with_libsodium(void **state)
{
    (void)state;
    uint8_t zero[32] = {0}, one[32] = {1}, top[32], s[32], k[32], a[32];
    struct vec order = vec_hex("0xedd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    memcpy(top, order.b, 32);
    top[0]--; /* the largest scalar */
    const uint8_t *edges[] = {zero, one, top};
    for (size_t i = 0; i < 9; i++) {
        crypto_core_ristretto255_random(a);
        compare_check_point(edges[i / 3], edges[i % 3], a);
        compare_check_point(edges[i / 3], edges[i % 3], zero); /* the identity as point */
        memset(a, 0, sizeof a);
        assert_int_equal(crypto_scalarmult_ristretto255_base(a, one), 0);
        compare_check_point(edges[i / 3], edges[i % 3], a); /* s = k: the result is the identity */
    }
    for (int i = 0; i < 300; i++) {
        crypto_core_ristretto255_scalar_random(s);
        crypto_core_ristretto255_scalar_random(k);
        crypto_core_ristretto255_random(a);
        compare_check_point(s, k, a);
        a[i % 32] ^= (uint8_t)(1 << (i % 8)); /* usually no encoding any more */
        compare_check_point(s, k, a);
        random_bytes(a, sizeof a);
        compare_check_point(s, k, a);
    }
    assert_false(ristretto_scalar_ok(order.b));
    assert_true(ristretto_scalar_ok(top));
    assert_true(ristretto_scalar_ok(zero));
}

/* Encodings around the field's prime, around zero, and with the top bit set. */
static void non_canonical_keys_are_refused(void **state)
{
    (void)state;
    uint8_t one[32] = {1}, a[32];
    for (int low = 0; low < 256; low++) {
        memset(a, 0xff, sizeof a);
        a[0] = (uint8_t)low;
        a[31] = 0x7f;
        compare_check_point(one, one, a);
        a[31] = 0xff;
        compare_check_point(one, one, a);
        memset(a, 0, sizeof a);
        a[0] = (uint8_t)low;
        compare_check_point(one, one, a);
        a[31] = 0x80;
        compare_check_point(one, one, a);
    }
}

static void soft_derivation_of_secret_and_public_key_agree(void **state)
{
    (void)state;
    struct sr25519_secret s, child;
    uint8_t mini[32] = {3}, cc[32] = {4, 5}, fresh[32], pub[32], child_pub[32], derived[32];
    sr25519_expand(&s, mini);
    sr25519_public(pub, &s);
    random_bytes(fresh, sizeof fresh);
    sr25519_derive_soft(&child, &s, pub, cc, fresh);
    sr25519_public(child_pub, &child);
    assert_true(sr25519_derive_public(derived, pub, cc));
    assert_memory_equal(child_pub, derived, 32);
    assert_memory_equal(child.nonce, fresh, 32);
    pub[31] |= 0x80;
    assert_false(sr25519_derive_public(derived, pub, cc));
    memset(pub, 0xff, sizeof pub);
    assert_false(sr25519_derive_public(derived, pub, cc));
}

int sr25519_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keccak_and_strobe_start_as_published),
        cmocka_unit_test(transcripts_give_the_known_challenges),
        cmocka_unit_test(mini_secrets_expand_to_the_known_keys),
        cmocka_unit_test(signatures_verify_as_the_reference_does),
        cmocka_unit_test(the_identity_as_public_key_is_refused),
        cmocka_unit_test(signing_with_fixed_randomness_is_deterministic),
        cmocka_unit_test(any_flipped_bit_makes_a_signature_invalid),
        cmocka_unit_test(verification_arithmetic_agrees_with_libsodium),
        cmocka_unit_test(non_canonical_keys_are_refused),
        cmocka_unit_test(soft_derivation_of_secret_and_public_key_agree),
    };
    return cmocka_run_group_tests_name("sr25519", tests, NULL, NULL);
}
