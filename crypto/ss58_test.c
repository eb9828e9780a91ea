#include "crypto/vectors_test.h"

#include "crypto/account.h"
#include "crypto/hash.h"
#include "crypto/ss58.h"

static struct bytes text_of(const json_t *object, const char *key)
{
    return bytes_of_str(vec_text(object, key));
}

static void addresses_encode_and_decode(void **state)
{
    (void)state;
    json_t *root = vectors_load("substrate/ss58.json"), *c;
    size_t i;
    json_array_foreach(vec_list(root, "valid"), i, c)
    {
        struct err e;
        struct ss58 a;
        char text[SS58_TEXT_CAP];
        assert_int_equal(ss58_decode(&a, text_of(c, "address"), &e), ERR_OK);
        assert_int_equal(a.prefix, json_integer_value(json_object_get(c, "prefix")));
        vec_check(c, "bytes", a.body, a.body_len);
        assert_int_equal(ss58_encode(text, &a, &e), ERR_OK);
        assert_string_equal(text, vec_text(c, "address"));

        struct account_id id;
        enum err_code code = ss58_decode_account(&id, text_of(c, "address"), a.prefix, &e);
        assert_int_equal(code, a.body_len == 32 ? ERR_OK : ERR_REJECTED);
        if (code == ERR_OK) {
            assert_int_equal(ss58_encode_account(text, a.prefix, &id), strlen(text));
            assert_string_equal(text, vec_text(c, "address"));
        }
    }
    json_decref(root);
}

static void bad_addresses_are_refused_and_the_output_stays(void **state)
{
    (void)state;
    json_t *root = vectors_load("substrate/ss58.json"), *c;
    size_t i;
    json_array_foreach(vec_list(root, "invalid"), i, c)
    {
        struct err e;
        struct account_id id = {{1, 2, 3}}, before = id;
        assert_int_not_equal(ss58_decode_account(&id, text_of(c, "address"), 42, &e), ERR_OK);
        assert_true(account_id_eq(&id, &before));
    }
    json_array_foreach(vec_list(root, "other_network"), i, c)
    {
        struct err e;
        struct account_id id;
        assert_int_equal(ss58_decode_account(&id, text_of(c, "address"), 42, &e), ERR_REJECTED);
        assert_int_equal(ss58_decode_account(&id, text_of(c, "address"), 7, &e), ERR_OK);
    }
    json_array_foreach(vec_list(root, "reserved_prefixes"), i, c)
    {
        struct err e;
        char text[SS58_TEXT_CAP];
        struct ss58 a = {.prefix = (uint16_t)json_integer_value(c), .body_len = 32};
        assert_int_equal(ss58_encode(text, &a, &e), ERR_USAGE);
    }
    json_decref(root);
}

static void odd_forms_have_no_address(void **state)
{
    (void)state;
    struct err e;
    char text[SS58_TEXT_CAP];
    struct ss58 a = {.prefix = 16384, .body_len = 32};
    assert_int_equal(ss58_encode(text, &a, &e), ERR_USAGE);
    a.prefix = 42;
    a.body_len = 31;
    assert_int_equal(ss58_encode(text, &a, &e), ERR_USAGE);
    a.body_len = 0;
    assert_int_equal(ss58_encode(text, &a, &e), ERR_USAGE);
    assert_int_equal(ss58_decode(&a, BYTES_LIT("1"), &e), ERR_MALFORMED);
    assert_int_equal(ss58_decode(&a, BYTES_LIT("z"), &e), ERR_MALFORMED);
    assert_int_equal(
        ss58_decode(&a, BYTES_LIT("1111111111111111111111111111111111111111111111111111111111"), &e),
        ERR_MALFORMED);
    assert_int_equal(
        ss58_decode(&a, BYTES_LIT("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"), &e),
        ERR_MALFORMED);
}

static struct account_id account_get(const json_t *object, const char *key)
{
    struct account_id a;
    struct vec v = vec_get(object, key);
    assert_int_equal(v.len, 32);
    memcpy(a.b, v.b, 32);
    return a;
}

/* The address under `key`, when the vector has one, is this account's. */
static void check_address(const json_t *c, const char *key, uint16_t prefix, const struct account_id *a)
{
    if (json_object_get(c, key) == NULL)
        return;
    char text[SS58_TEXT_CAP];
    (void)ss58_encode_account(text, prefix, a);
    assert_string_equal(text, vec_text(c, key));
}

static void pallet_accounts_follow_the_rule(void **state)
{
    (void)state;
    json_t *root = vectors_load("substrate/accounts.json"), *c;
    size_t i;
    json_array_foreach(vec_list(root, "pallet"), i, c)
    {
        struct vec id = vec_get(c, "pallet_id_hex");
        struct account_id a = account_of_pallet(id.b, BYTES_EMPTY);
        vec_check(c, "account", a.b, 32);
        check_address(c, "address_0", 0, &a);
        check_address(c, "address_42", 42, &a);
    }
    json_array_foreach(vec_list(root, "pallet_sub"), i, c)
    {
        struct vec sub = vec_get(c, "sub_scale");
        const char *id = vec_text(c, "pallet_id");
        assert_int_equal(strlen(id), 8);
        struct account_id a = account_of_pallet(bytes_of_str(id).p, vec_bytes(&sub));
        vec_check(c, "account", a.b, 32);
    }
    json_decref(root);
}

static void put_int(struct blake2b *b, const json_t *c, const char *key, size_t len)
{
    uint8_t le[8];
    store_u64le(le, (uint64_t)json_integer_value(json_object_get(c, key)));
    blake2b_update(b, bytes_of(le, len));
}

static int by_bytes(const struct account_id *x, const struct account_id *y)
{
    return memcmp(x->b, y->b, sizeof x->b);
}

static void hash_signatories(struct blake2b *b, const json_t *list)
{
    struct account_id sorted[128];
    size_t n = json_array_size(list);
    assert_true(n > 0 && n <= ARRAY_LEN(sorted));
    for (size_t i = 0; i < n; i++) {
        struct vec v = vec_hex(json_string_value(json_array_get(list, i)));
        size_t at = i;
        struct account_id a;
        memcpy(a.b, v.b, 32);
        for (; at > 0 && by_bytes(&sorted[at - 1], &a) > 0; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = a;
    }
    uint8_t count[2] = {(uint8_t)(n << 2), 0}; /* SCALE compact */
    if (n >= 64) {
        count[0] = (uint8_t)(n << 2 | 1);
        count[1] = (uint8_t)(n >> 6);
    }
    blake2b_update(b, bytes_of(count, n < 64 ? 1 : 2));
    for (size_t i = 0; i < n; i++)
        blake2b_update(b, BYTES_OF(sorted[i]));
}

/* Accounts made by hashing parts: judges the incremental hash and the addresses. */
static void hashed_accounts_follow_the_rules(void **state)
{
    (void)state;
    json_t *root = vectors_load("substrate/accounts.json"), *c;
    size_t i;
    struct blake2b b;
    struct account_id out;
    json_array_foreach(vec_list(root, "multisig"), i, c)
    {
        blake2b_init(&b, 32);
        blake2b_update(&b, BYTES_LIT("modlpy/utilisuba"));
        hash_signatories(&b, vec_list(c, "signatories"));
        put_int(&b, c, "threshold", 2);
        blake2b_final(&b, out.b);
        vec_check(c, "account", out.b, 32);
        check_address(c, "address_42", 42, &out);
    }
    json_array_foreach(vec_list(root, "derived"), i, c)
    {
        struct account_id who = account_get(c, "who");
        blake2b_init(&b, 32);
        blake2b_update(&b, BYTES_LIT("modlpy/utilisuba"));
        blake2b_update(&b, BYTES_OF(who));
        put_int(&b, c, "index", 2);
        blake2b_final(&b, out.b);
        vec_check(c, "account", out.b, 32);
    }
    json_array_foreach(vec_list(root, "pure_proxy"), i, c)
    {
        struct account_id who = account_get(c, "who");
        blake2b_init(&b, 32);
        blake2b_update(&b, BYTES_LIT("modlpy/proxy____"));
        blake2b_update(&b, BYTES_OF(who));
        put_int(&b, c, "height", 4);
        put_int(&b, c, "ext_index", 4);
        put_int(&b, c, "proxy_type", 1);
        put_int(&b, c, "index", 2);
        blake2b_final(&b, out.b);
        vec_check(c, "account", out.b, 32);
    }
    json_decref(root);
}

int ss58_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_encode_and_decode),
        cmocka_unit_test(bad_addresses_are_refused_and_the_output_stays),
        cmocka_unit_test(odd_forms_have_no_address),
        cmocka_unit_test(pallet_accounts_follow_the_rule),
        cmocka_unit_test(hashed_accounts_follow_the_rules),
    };
    return cmocka_run_group_tests_name("ss58", tests, NULL, NULL);
}
