#include "crypto/vectors_test.h"

#include "base/hex.h"
#include "crypto/hash.h"
#include "crypto/keystore.h"
#include "crypto/random.h"
#include "crypto/seal.h"

static struct vec base64_get(const json_t *object, const char *key)
{
    struct arena a;
    struct bytes out;
    struct err e;
    struct vec v = {.len = 0};
    arena_init(&a, &arena_heap, 1 << 20);
    assert_int_equal(base64_decode(&a, &out, bytes_of_str(vec_text(object, key)), &e), ERR_OK);
    assert_true(out.len <= VECTOR_MAX);
    memcpy(v.b, out.p, out.len);
    v.len = out.len;
    arena_fini(&a);
    return v;
}

static enum err_code open_file(struct keypair *k, const json_t *file, struct bytes blob, struct err *e)
{
    enum signature_kind kind;
    assert_true(signature_kind_from_name(&kind, bytes_of_str(vec_text(file, "type"))));
    const json_t *password = json_object_get(file, "password");
    if (json_is_null(password))
        return keystore_decode_plain(k, kind, blob, e);
    return keystore_open(k, kind, blob, bytes_of_str(json_string_value(password)), e);
}

static void key_files_of_polkadot_js_open(void **state)
{
    (void)state;
    json_t *root = vectors_load("keystore.json"), *file;
    size_t i;
    json_array_foreach(vec_list(root, "files"), i, file)
    {
        struct err e = {0};
        CLEANUP(keypair_fini) struct keypair k = {0}, from_uri = {0};
        struct vec blob = base64_get(json_object_get(file, "json"), "encoded");
        if (open_file(&k, file, vec_bytes(&blob), &e) != ERR_OK)
            fail_msg("%s", e.msg);
        vec_check(file, "public", k.public_key, k.public_len);
        assert_int_equal(keypair_from_uri(&from_uri, k.kind, bytes_of_str(vec_text(file, "uri")), &e),
                         ERR_OK);
        assert_memory_equal(k.secret, from_uri.secret,
                            32); /* a soft junction gives another nonce each time */
        assert_true(account_id_eq(&k.account, &from_uri.account));

        struct keystore_blob again;
        keystore_encode_plain(&again, &k);
        if (json_is_null(json_object_get(file, "password"))) {
            assert_int_equal(again.len, blob.len);
            assert_memory_equal(again.b, blob.b, blob.len);
        }
    }
    json_decref(root);
}

static void wrong_passwords_and_damage_are_refused(void **state)
{
    (void)state;
    json_t *root = vectors_load("keystore.json");
    const json_t *file = json_array_get(vec_list(root, "files"), 0);
    struct vec blob = base64_get(json_object_get(file, "json"), "encoded");
    struct err e;
    struct keypair k = {.public_len = 55};
    struct bytes password = bytes_of_str(vec_text(file, "password"));
    assert_int_equal(keystore_open(&k, SIGNATURE_SR25519, vec_bytes(&blob), BYTES_LIT("wrong"), &e),
                     ERR_DENIED);
    assert_int_equal(keystore_open(&k, SIGNATURE_ECDSA, vec_bytes(&blob), password, &e), ERR_MALFORMED);
    blob.b[blob.len - 1] ^= 1;
    assert_int_equal(keystore_open(&k, SIGNATURE_SR25519, vec_bytes(&blob), password, &e), ERR_DENIED);
    for (size_t len = 0; len < 32 + 12 + 24 + 17; len++)
        assert_int_equal(keystore_open(&k, SIGNATURE_SR25519, bytes_of(blob.b, len), password, &e),
                         ERR_MALFORMED);
    assert_int_equal(
        keystore_open(&k, SIGNATURE_SR25519, bytes_of(blob.b, KEYSTORE_SEALED_MAX + 1), password, &e),
        ERR_MALFORMED);
    assert_int_equal(k.public_len, 55);
    json_decref(root);
}

static void only_known_scrypt_costs_are_accepted(void **state)
{
    (void)state;
    assert_true(keystore_params_ok(1u << 13, 10, 8));
    assert_true(keystore_params_ok(1u << 14, 5, 8));
    assert_true(keystore_params_ok(1u << 15, 3, 8));
    assert_true(keystore_params_ok(1u << 15, 1, 8));
    assert_true(keystore_params_ok(1u << 16, 2, 8));
    assert_true(keystore_params_ok(1u << 17, 1, 8));
    assert_false(keystore_params_ok(1u << 18, 1, 8));
    assert_false(keystore_params_ok(1u << 17, 2, 8));
    assert_false(keystore_params_ok(1u << 17, 1, 16));
    assert_false(keystore_params_ok(0, 0, 0));

    struct err e;
    struct keypair k;
    uint8_t blob[200] = {0};
    store_u32le(blob + 32, 1u << 20);
    store_u32le(blob + 36, 1);
    store_u32le(blob + 40, 8);
    assert_int_equal(keystore_open(&k, SIGNATURE_SR25519, bytes_of(blob, 185), BYTES_LIT("x"), &e),
                     ERR_LIMIT);
}

static void a_sealed_pair_opens_with_its_password_only(void **state)
{
    (void)state;
    for (int kind = SIGNATURE_ED25519; kind <= SIGNATURE_ECDSA; kind++) {
        struct err e;
        struct keystore_blob blob;
        CLEANUP(keypair_fini) struct keypair k = {0}, back = {0};
        assert_int_equal(keypair_from_uri(&k, (enum signature_kind)kind, BYTES_LIT("//Eve"), &e), ERR_OK);
        assert_int_equal(keystore_seal(&blob, &k, BYTES_LIT("secret"), &e), ERR_OK);
        struct bytes b = bytes_of(blob.b, blob.len);
        assert_int_equal(keystore_open(&back, k.kind, b, BYTES_LIT("Secret"), &e), ERR_DENIED);
        assert_int_equal(keystore_open(&back, k.kind, b, BYTES_LIT("secret"), &e), ERR_OK);
        assert_memory_equal(&back, &k, sizeof k);
    }
}

static void plain_key_files_are_checked(void **state)
{
    (void)state;
    struct err e;
    struct keystore_blob blob;
    CLEANUP(keypair_fini) struct keypair k = {0}, back = {0};
    assert_int_equal(keypair_from_uri(&k, SIGNATURE_ED25519, BYTES_LIT("//Eve"), &e), ERR_OK);
    keystore_encode_plain(&blob, &k);
    struct bytes b = bytes_of(blob.b, blob.len);
    blob.b[0] ^= 1;
    assert_int_equal(keystore_decode_plain(&back, k.kind, b, &e), ERR_MALFORMED);
    blob.b[0] ^= 1;
    blob.b[20] ^= 1; /* in the seed */
    assert_int_equal(keystore_decode_plain(&back, k.kind, b, &e), ERR_CORRUPT);
    blob.b[20] ^= 1;
    blob.b[60] ^= 1; /* in the copy of the public key behind the seed */
    assert_int_equal(keystore_decode_plain(&back, k.kind, b, &e), ERR_CORRUPT);
    blob.b[60] ^= 1;
    blob.b[82] ^= 1; /* in the divider */
    assert_int_equal(keystore_decode_plain(&back, k.kind, b, &e), ERR_MALFORMED);
    blob.b[82] ^= 1;
    assert_int_equal(keystore_decode_plain(&back, k.kind, bytes_of(b.p, b.len - 1), &e), ERR_MALFORMED);
    assert_int_equal(keystore_decode_plain(&back, k.kind, b, &e), ERR_OK);

    /* Very old files hold the seed alone. */
    uint8_t old[16 + 32 + 5 + 32];
    memcpy(old, blob.b, 48);
    memcpy(old + 48, blob.b + 80, 37);
    assert_int_equal(keystore_decode_plain(&back, k.kind, BYTES_OF(old), &e), ERR_OK);
    assert_true(account_id_eq(&back.account, &k.account));
}

static void what_is_sealed_opens_for_its_key_and_purpose_only(void **state)
{
    (void)state;
    struct err e;
    uint8_t secret[32], other[32], to[32], sealed[SEAL_OVERHEAD + 11], out[11];
    struct bytes plain = BYTES_LIT("hello world"), aad = BYTES_LIT("purpose");
    random_bytes(secret, sizeof secret);
    random_bytes(other, sizeof other);
    seal_public(to, secret);
    assert_int_equal(seal_to(sealed, to, plain, aad, &e), ERR_OK);
    assert_int_equal(seal_open(out, secret, BYTES_OF(sealed), aad, &e), ERR_OK);
    assert_memory_equal(out, plain.p, plain.len);
    assert_int_equal(seal_open(out, other, BYTES_OF(sealed), aad, &e), ERR_UNVERIFIED);
    assert_int_equal(seal_open(out, secret, BYTES_OF(sealed), BYTES_LIT("another"), &e), ERR_UNVERIFIED);
    for (size_t i = 0; i < sizeof sealed; i++) {
        sealed[i] ^= 1;
        assert_int_equal(seal_open(out, secret, BYTES_OF(sealed), aad, &e), ERR_UNVERIFIED);
        sealed[i] ^= 1;
    }
    assert_int_equal(seal_open(out, secret, bytes_of(sealed, SEAL_OVERHEAD - 1), aad, &e), ERR_MALFORMED);
    assert_int_equal(seal_to(sealed, to, BYTES_EMPTY, aad, &e), ERR_OK);
    assert_int_equal(seal_open(out, secret, bytes_of(sealed, SEAL_OVERHEAD), aad, &e), ERR_OK);
    memset(to, 0, sizeof to);
    assert_int_equal(seal_to(sealed, to, plain, aad, &e), ERR_REJECTED);
}

/* A fixed case, so that the format cannot drift: made once by an independent implementation of the same rule.
 */
static void the_sealed_format_is_fixed(void **state)
{
    (void)state;
    json_t *root = vectors_load("seal.json"), *c;
    size_t i;
    json_array_foreach(vec_list(root, "cases"), i, c)
    {
        struct err e;
        uint8_t out[VECTOR_MAX], pub[32];
        struct vec secret = vec_get(c, "secret"), sealed = vec_get(c, "sealed"), aad = vec_get(c, "aad");
        seal_public(pub, secret.b);
        vec_check(c, "public", pub, 32);
        assert_int_equal(seal_open(out, secret.b, vec_bytes(&sealed), vec_bytes(&aad), &e), ERR_OK);
        vec_check(c, "plain", out, sealed.len - SEAL_OVERHEAD);
    }
    json_decref(root);
}

int keystore_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_files_of_polkadot_js_open),
        cmocka_unit_test(wrong_passwords_and_damage_are_refused),
        cmocka_unit_test(only_known_scrypt_costs_are_accepted),
        cmocka_unit_test(a_sealed_pair_opens_with_its_password_only),
        cmocka_unit_test(plain_key_files_are_checked),
        cmocka_unit_test(what_is_sealed_opens_for_its_key_and_purpose_only),
        cmocka_unit_test(the_sealed_format_is_fixed),
    };
    return cmocka_run_group_tests_name("keystore", tests, NULL, NULL);
}
