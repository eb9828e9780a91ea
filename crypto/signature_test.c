#include "crypto/vectors_test.h"

#include "crypto/ecdsa.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "crypto/ss58.h"

#include <sodium.h>

static bool verify_ed25519_entry(const json_t *c)
{
    struct vec sig = vec_get(c, "signature"), msg = vec_get(c, "message"), key = vec_get(c, "public");
    struct account_id who;
    assert_int_equal(key.len, sizeof who.b);
    memcpy(who.b, key.b, sizeof who.b);
    return signature_verify(SIGNATURE_ED25519, vec_bytes(&sig), vec_bytes(&msg), &who);
}

static void ed25519_keys_and_signatures_match_the_vectors(void **state)
{
    (void)state;
    json_t *root = vectors_load("substrate/ed25519.json"), *c;
    size_t i;
    json_array_foreach(vec_list(root, "keys"), i, c)
    {
        struct vec seed = vec_get(c, "seed");
        uint8_t pair[64];
        memcpy(pair, seed.b, 32);
        ed25519_public(pair + 32, seed.b);
        vec_check(c, "public", pair + 32, 32);
        vec_check(c, "secret_64", pair, 64);
    }
    json_array_foreach(vec_list(root, "signatures"), i, c)
    {
        struct vec seed = vec_get(c, "seed"), msg = vec_get(c, "message");
        uint8_t sig[64];
        ed25519_sign(sig, seed.b, vec_bytes(&msg));
        vec_check(c, "signature", sig, 64);
        assert_true(verify_ed25519_entry(c));
    }
    json_array_foreach(vec_list(root, "invalid_signatures"), i, c)
    {
        if (verify_ed25519_entry(c))
            fail_msg("accepted: %s", vec_text(c, "reason"));
    }
    json_decref(root);
}

static void ed25519_odd_signatures_follow_zip215(void **state)
{
    (void)state;
    json_t *root = vectors_load("substrate/ed25519.json"), *c;
    size_t i;
    json_array_foreach(vec_list(root, "policy_cases"), i, c)
    {
        assert_int_equal(verify_ed25519_entry(c), json_is_true(json_object_get(c, "zip215")));
    }
    json_decref(root);
}

/* The 14 encodings of the points of small order, canonical or not; "It's 255:19AM" lists them the same way.
 */
static const char *const small_order[] = {
    "0x0100000000000000000000000000000000000000000000000000000000000000",
    "0x0100000000000000000000000000000000000000000000000000000000000080",
    "0xeeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0xeeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0xecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0xecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0x0000000000000000000000000000000000000000000000000000000000000000",
    "0x0000000000000000000000000000000000000000000000000000000000000080",
    "0xedffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0xedffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0x26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "0x26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "0xc7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "0xc7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
};

/* ZIP-215's own test vectors: A and R any small-order encoding, s = 0, any message: all 196 are valid. */
static void ed25519_accepts_every_pair_of_small_order_points_with_s_zero(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(small_order); i++) {
        struct vec a = vec_hex(small_order[i]);
        for (size_t j = 0; j < ARRAY_LEN(small_order); j++) {
            struct vec r = vec_hex(small_order[j]);
            uint8_t sig[64] = {0};
            memcpy(sig, r.b, 32);
            assert_true(ed25519_verify(sig, BYTES_LIT("Zcash"), a.b));
            sig[32] = 1;
            assert_false(ed25519_verify(sig, BYTES_LIT("Zcash"), a.b));
        }
    }
}

/* A signer may add a small-order point to its key or to R: cofactored verification accepts, the strict one
 * does not. */
static void ed25519_is_cofactored(void **state)
{
    (void)state;
    uint8_t seed[32] = {1, 2, 3}, h[64], wide[64], k[32], key[32], mixed[32], sig[64], kx[32], r[32] = {7};
    struct vec torsion = vec_hex(small_order[12]);
    ed25519_public(key, seed);
    assert_int_equal(crypto_core_ed25519_add(mixed, key, torsion.b), 0);
    sha512(h, BYTES_OF(seed));
    h[0] &= 248;
    h[31] = (uint8_t)((h[31] & 127) | 64);
    uint8_t reduced[64] = {0}, x[32];
    memcpy(reduced, h, 32);
    crypto_core_ed25519_scalar_reduce(x, reduced);
    assert_int_equal(crypto_scalarmult_ed25519_base_noclamp(sig, r), 0);
    struct sha512 s;
    sha512_init(&s);
    sha512_update(&s, bytes_of(sig, 32));
    sha512_update(&s, BYTES_OF(mixed));
    sha512_update(&s, BYTES_LIT("m"));
    sha512_final(&s, wide);
    crypto_core_ed25519_scalar_reduce(k, wide);
    crypto_core_ed25519_scalar_mul(kx, k, x);
    crypto_core_ed25519_scalar_add(sig + 32, kx, r);
    assert_true(ed25519_verify(sig, BYTES_LIT("m"), mixed));
    assert_false(ed25519_verify(sig, BYTES_LIT("n"), mixed));
    assert_false(ed25519_verify(sig, BYTES_LIT("m"), key));
}

static void ecdsa_keys_match_the_vectors(void **state)
{
    (void)state;
    json_t *root = vectors_load("substrate/ecdsa.json"), *c;
    size_t i;
    json_array_foreach(vec_list(root, "keys"), i, c)
    {
        struct vec secret = vec_get(c, "secret");
        uint8_t pub[33];
        assert_true(ecdsa_public(pub, secret.b));
        vec_check(c, "public_compressed", pub, 33);
        struct account_id a = ecdsa_account(pub);
        vec_check(c, "account_id", a.b, 32);
        char text[SS58_TEXT_CAP];
        (void)ss58_encode_account(text, 42, &a);
        assert_string_equal(text, vec_text(c, "address_42"));
    }
    json_decref(root);
    uint8_t pub[33], sig[65], zero[32] = {0}, big[32];
    memset(big, 0xff, sizeof big);
    assert_false(ecdsa_public(pub, zero));
    assert_false(ecdsa_public(pub, big));
    assert_false(ecdsa_sign(sig, zero, big));
}

static bool verify_ecdsa_entry(const json_t *c)
{
    struct vec sig = vec_get(c, "signature"), msg = vec_get(c, "message"), id = vec_get(c, "account_id");
    struct account_id who;
    assert_int_equal(id.len, sizeof who.b);
    memcpy(who.b, id.b, sizeof who.b);
    return signature_verify(SIGNATURE_ECDSA, vec_bytes(&sig), vec_bytes(&msg), &who);
}

static void ecdsa_signatures_match_the_vectors(void **state)
{
    (void)state;
    json_t *root = vectors_load("substrate/ecdsa.json"), *c;
    size_t i, reproduced = 0;
    json_array_foreach(vec_list(root, "signatures"), i, c)
    {
        assert_true(verify_ecdsa_entry(c));
        struct vec msg = vec_get(c, "message"), sig = vec_get(c, "signature");
        uint8_t hash[32], made[65], pub[33];
        blake2_256(hash, vec_bytes(&msg));
        vec_check(c, "message_hash", hash, 32);
        assert_true(ecdsa_recover(pub, sig.b, hash));
        vec_check(c, "public_compressed", pub, 33);
        if (json_object_get(c, "note") != NULL || json_object_get(c, "secret") == NULL)
            continue; /* a variant that no signer makes */
        struct vec secret = vec_get(c, "secret");
        assert_true(ecdsa_sign(made, secret.b, hash));
        vec_check(c, "signature", made, 65);
        reproduced++;
    }
    assert_true(reproduced > 20);
    json_array_foreach(vec_list(root, "invalid_signatures"), i, c)
    {
        if (verify_ecdsa_entry(c))
            fail_msg("accepted: %s", vec_text(c, "reason"));
        struct vec sig = vec_get(c, "signature"), msg = vec_get(c, "message");
        uint8_t hash[32], pub[33];
        blake2_256(hash, vec_bytes(&msg));
        bool recovers = json_is_true(json_object_get(c, "recovers_to_another_key"));
        assert_int_equal(ecdsa_recover(pub, sig.b, hash), recovers);
    }
    json_decref(root);
}

static void signatures_of_a_wrong_length_or_kind_are_refused(void **state)
{
    (void)state;
    uint8_t sig[66] = {0};
    struct account_id who = {{0}};
    enum signature_kind kind;
    for (int k = SIGNATURE_ED25519; k <= SIGNATURE_ECDSA; k++) {
        for (size_t len = 0; len <= sizeof sig; len++)
            if (len != signature_len((enum signature_kind)k))
                assert_false(signature_verify((enum signature_kind)k, bytes_of(sig, len), BYTES_EMPTY, &who));
        assert_true(
            signature_kind_from_name(&kind, bytes_of_str(signature_kind_name((enum signature_kind)k))));
        assert_int_equal(kind, k);
    }
    assert_false(signature_kind_from_name(&kind, BYTES_LIT("rsa")));
}

int signature_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ed25519_keys_and_signatures_match_the_vectors),
        cmocka_unit_test(ed25519_odd_signatures_follow_zip215),
        cmocka_unit_test(ed25519_accepts_every_pair_of_small_order_points_with_s_zero),
        cmocka_unit_test(ed25519_is_cofactored),
        cmocka_unit_test(ecdsa_keys_match_the_vectors),
        cmocka_unit_test(ecdsa_signatures_match_the_vectors),
        cmocka_unit_test(signatures_of_a_wrong_length_or_kind_are_refused),
    };
    return cmocka_run_group_tests_name("signature", tests, NULL, NULL);
}
