/* attest/primitives_vectors_test.c — the edge cases that Project Wycheproof collected
 * (tests/vectors/wycheproof/README.md); both tables must give each one's verdict. */
#include "attest/primitives_test.h"

#include <jansson.h>
#include <stdio.h>

#include "base/hex.h"

struct vector {
    uint8_t key[ATTEST_RSA_LEN], sig[ATTEST_RSA_LEN], msg[256];
    size_t key_len, sig_len, msg_len;
    bool valid;
};

struct kind {
    const char *file;
    size_t key_len, sig_len;
    bool (*verify)(const struct attest_primitives *crypto, const struct vector *v);
};

static size_t hex_into(uint8_t *out, size_t max, const json_t *object, const char *name)
{
    struct bytes text = bytes_of_str(json_string_value(json_object_get(object, name)));
    assert_true(text.len % 2 == 0 && text.len / 2 <= max);
    assert_true(text.len == 0 || hex_decode_into(out, text.len / 2, text));
    return text.len / 2;
}

static bool verify_p256(const struct attest_primitives *crypto, const struct vector *v)
{
    uint8_t hash[32];
    crypto->sha256(hash, bytes_of(v->msg, v->msg_len));
    return crypto->p256_verify(v->key, hash, v->sig);
}

static bool verify_p384(const struct attest_primitives *crypto, const struct vector *v)
{
    uint8_t hash[48];
    crypto->sha384(hash, bytes_of(v->msg, v->msg_len));
    return crypto->p384_verify(v->key, hash, v->sig);
}

static bool verify_rsa(const struct attest_primitives *crypto, const struct vector *v)
{
    uint8_t hash[48];
    crypto->sha384(hash, bytes_of(v->msg, v->msg_len));
    return crypto->rsa_pss_verify(v->key, hash, v->sig);
}

static struct kind p256 = {"ecdsa_p256_sha256.json", 64, 64, verify_p256};
static struct kind p384 = {"ecdsa_p384_sha384.json", 96, 96, verify_p384};
static struct kind rsa = {"rsa_pss_4096_sha384.json", ATTEST_RSA_LEN, ATTEST_RSA_LEN, verify_rsa};

/* A signature of another length cannot be put to the functions: readers of evidence take a fixed one. */
static void check(const struct kind *k, const json_t *test, struct vector *v)
{
    v->msg_len = hex_into(v->msg, sizeof v->msg, test, "msg");
    v->valid = json_is_true(json_object_get(test, "valid"));
    if (json_string_length(json_object_get(test, "sig")) != 2 * k->sig_len) {
        assert_false(v->valid);
        return;
    }
    v->sig_len = hex_into(v->sig, sizeof v->sig, test, "sig");
    if (k->verify(&attest_plain, v) != v->valid || k->verify(&attest_openssl, v) != v->valid)
        fail_msg("%s, test %lld: %s", k->file, (long long)json_integer_value(json_object_get(test, "id")),
                 json_string_value(json_object_get(test, "comment")));
}

static void wycheproof_s_verdicts_are_given_by_both_tables(void **state)
{
    const struct kind *k = *state;
    char path[512];
    size_t i, j, count = 0;
    json_t *group, *test;

    (void)snprintf(path, sizeof path, "%s/wycheproof/%s", WETEE_VECTORS, k->file);
    json_t *file = json_load_file(path, 0, NULL);
    assert_non_null(file);
    json_array_foreach(json_object_get(file, "groups"), i, group)
    {
        struct vector v;
        v.key_len = hex_into(v.key, sizeof v.key, group, "key");
        assert_int_equal(v.key_len, k->key_len);
        json_array_foreach(json_object_get(group, "tests"), j, test)
        {
            check(k, test, &v);
            count++;
        }
    }
    assert_true(count > 100);
    json_decref(file);
}

int wycheproof_tests(void)
{
    const struct CMUnitTest tests[] = {
        {"p256 wycheproof's verdicts", wycheproof_s_verdicts_are_given_by_both_tables, NULL, NULL, &p256},
        {"p384 wycheproof's verdicts", wycheproof_s_verdicts_are_given_by_both_tables, NULL, NULL, &p384},
        {"rsa wycheproof's verdicts", wycheproof_s_verdicts_are_given_by_both_tables, NULL, NULL, &rsa},
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
