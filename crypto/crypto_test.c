/* crypto/crypto_test.c — runs the tests of this folder; and the reader of vector files they share. */
#include "crypto/vectors_test.h"

#include "base/hex.h"

#include <stdio.h>

json_t *vectors_load(const char *path)
{
    char full[512];
    json_error_t why;
    (void)snprintf(full, sizeof full, "%s/%s", WETEE_VECTORS, path);
    json_t *root = json_load_file(full, 0, &why);
    if (root == NULL)
        fail_msg("%s: %s", full, why.text);
    return root;
}

const char *vec_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (text == NULL)
        fail_msg("vector without %s", key);
    return text;
}

struct vec vec_hex(const char *text)
{
    struct vec v = {.len = 0};
    size_t digits = strlen(text);
    assert_true(digits >= 2 && digits % 2 == 0 && text[0] == '0' && text[1] == 'x');
    v.len = (digits - 2) / 2;
    assert_true(v.len <= VECTOR_MAX);
    assert_true(v.len == 0 || hex_decode_into(v.b, v.len, bytes_of_str(text)));
    return v;
}

struct vec vec_get(const json_t *object, const char *key)
{
    return vec_hex(vec_text(object, key));
}

void vec_check(const json_t *object, const char *key, const void *got, size_t len)
{
    struct vec want = vec_get(object, key);
    assert_int_equal(want.len, len);
    assert_memory_equal(want.b, got, len);
}

json_t *vec_list(const json_t *object, const char *key)
{
    json_t *list = json_object_get(object, key);
    assert_true(json_array_size(list) > 0);
    return list;
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return hash_tests() + ss58_tests() + sr25519_tests() + signature_tests() + keys_tests() +
           keystore_tests();
}
