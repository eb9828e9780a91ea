#include "crypto/vectors_test.h"

#include "crypto/bip39_words.h"
#include "crypto/hash.h"
#include "crypto/keys.h"
#include "crypto/mnemonic.h"
#include "crypto/sr25519.h"
#include "crypto/ss58.h"

static void the_word_list_is_the_published_one(void **state)
{
    (void)state;
    struct sha256 s;
    uint8_t digest[32];
    sha256_init(&s);
    for (size_t i = 0; i < BIP39_WORD_COUNT; i++) {
        sha256_update(&s, bytes_of_str(bip39_words[i]));
        sha256_update(&s, BYTES_LIT("\n"));
    }
    sha256_final(&s, digest);
    struct vec want = vec_hex("0x2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda");
    assert_memory_equal(digest, want.b, 32);
}

static void check_pair(const json_t *c, const struct keypair *k)
{
    char text[SS58_TEXT_CAP];
    (void)ss58_encode_account(text, 42, &k->account);
    assert_string_equal(text, vec_text(c, "address_42"));
    if (k->kind == SIGNATURE_ECDSA)
        vec_check(c, "public_compressed", k->public_key, k->public_len);
    else
        vec_check(c, "public", k->public_key, k->public_len);
    if (json_object_get(c, "account_id") != NULL)
        vec_check(c, "account_id", k->account.b, 32);
}

static void check_uris(const char *file, const char *list, enum signature_kind kind)
{
    json_t *root = vectors_load(file), *c;
    size_t i;
    json_array_foreach(vec_list(root, list), i, c)
    {
        struct err e;
        CLEANUP(keypair_fini) struct keypair k = {0};
        assert_int_equal(keypair_from_uri(&k, kind, bytes_of_str(vec_text(c, "uri")), &e), ERR_OK);
        assert_int_equal(k.kind, kind);
        check_pair(c, &k);
        if (kind == SIGNATURE_ED25519)
            vec_check(c, "seed", k.secret, 32);
        if (kind == SIGNATURE_ECDSA)
            vec_check(c, "secret", k.secret, 32);
    }
    json_decref(root);
}

static void secret_uris_give_the_known_keys_of_every_kind(void **state)
{
    (void)state;
    check_uris("substrate/sr25519.json", "derivations", SIGNATURE_SR25519);
    check_uris("substrate/sr25519.json", "uris", SIGNATURE_SR25519);
    check_uris("substrate/ed25519.json", "derivations", SIGNATURE_ED25519);
    check_uris("substrate/ecdsa.json", "derivations", SIGNATURE_ECDSA);
}

/* Walks one derivation step by step, comparing each public key, chain code and secret. */
static void check_steps(const json_t *derivation)
{
    char uri[KEYS_URI_MAX] = "";
    json_t *step;
    size_t i;
    json_array_foreach(vec_list(derivation, "steps"), i, step)
    {
        struct err e;
        CLEANUP(keypair_fini) struct keypair k = {0};
        const char *junction = vec_text(step, "junction");
        bool hard = json_is_true(json_object_get(step, "hard"));
        uint8_t code[32], form[64];
        keys_chain_code(code, bytes_of_str(junction + (hard ? 2 : 1)));
        vec_check(step, "chain_code", code, 32);
        assert_true(strlen(uri) + strlen(junction) < sizeof uri);
        memcpy(uri + strlen(uri), junction, strlen(junction) + 1);
        assert_int_equal(keypair_from_uri(&k, SIGNATURE_SR25519, bytes_of_str(uri), &e), ERR_OK);
        vec_check(step, "public", k.public_key, 32);
        struct sr25519_secret sr;
        memcpy(&sr, k.secret, sizeof sr);
        sr25519_to_ed25519_form(form, &sr);
        if (json_object_get(step, "secret_ed25519_form") != NULL)
            vec_check(step, "secret_ed25519_form", form, 64);
        else
            vec_check(step, "scalar_ed25519_form", form, 32);
    }
}

static void every_step_of_a_derivation_is_known(void **state)
{
    (void)state;
    json_t *root = vectors_load("substrate/sr25519.json"), *c;
    size_t i;
    json_array_foreach(vec_list(root, "derivations"), i, c) check_steps(c);
    assert_string_equal(vec_text(root, "dev_phrase"), KEYS_DEV_PHRASE);
    json_decref(root);
}

static void phrases_give_the_known_entropy_and_seed(void **state)
{
    (void)state;
    json_t *root = vectors_load("substrate/sr25519.json"), *c;
    size_t i;
    json_array_foreach(vec_list(root, "mnemonics"), i, c)
    {
        struct err e;
        struct mnemonic_entropy entropy;
        uint8_t seed[32];
        char text[MNEMONIC_TEXT_CAP];
        CLEANUP(keypair_fini) struct keypair k = {0};
        assert_int_equal(mnemonic_decode(&entropy, bytes_of_str(vec_text(c, "phrase")), &e), ERR_OK);
        vec_check(c, "entropy", entropy.b, entropy.len);
        mnemonic_encode(text, &entropy);
        assert_string_equal(text, vec_text(c, "phrase"));
        assert_int_equal(mnemonic_seed(seed, &entropy, bytes_of_str(vec_text(c, "password")), &e), ERR_OK);
        vec_check(c, "mini_secret", seed, 32);
        assert_int_equal(keypair_from_seed(&k, SIGNATURE_SR25519, seed, &e), ERR_OK);
        check_pair(c, &k);
    }
    json_decref(root);
}

static void bad_phrases_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "abandon",
        "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon",
        "bottom drive obey lake curtain smoke basket hold race lonely fit",
        "bottom drive obey lake curtain smoke basket hold race lonely fit walk walk",
        "bottom drive obey lake curtain smoke basket hold race lonely fit walks",
        "Bottom drive obey lake curtain smoke basket hold race lonely fit walk",
        "bottom  drive obey lake curtain smoke basket hold race lonely fit walk",
        " bottom drive obey lake curtain smoke basket hold race lonely fit walk",
        "bottom drive obey lake curtain smoke basket hold race lonely fit walk ",
        "drive bottom obey lake curtain smoke basket hold race lonely fit walk",
        "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err e;
        struct mnemonic_entropy entropy = {.len = 99};
        assert_int_equal(mnemonic_decode(&entropy, bytes_of_str(bad[i]), &e), ERR_MALFORMED);
        assert_int_equal(entropy.len, 99);
    }
}

static void generated_phrases_are_valid_and_differ(void **state)
{
    (void)state;
    char a[MNEMONIC_TEXT_CAP], b[MNEMONIC_TEXT_CAP];
    struct err e;
    struct mnemonic_entropy entropy;
    mnemonic_generate(a);
    mnemonic_generate(b);
    assert_string_not_equal(a, b);
    assert_int_equal(mnemonic_decode(&entropy, bytes_of_str(a), &e), ERR_OK);
    assert_int_equal(entropy.len, 16);
}

static enum err_code uri_code(enum signature_kind kind, const char *uri)
{
    struct err e;
    CLEANUP(keypair_fini) struct keypair k = {.public_len = 77};
    enum err_code code = keypair_from_uri(&k, kind, bytes_of_str(uri), &e);
    if (code != ERR_OK)
        assert_int_equal(k.public_len, 77);
    return code;
}

static void bad_uris_are_refused(void **state)
{
    (void)state;
    assert_int_equal(uri_code(SIGNATURE_SR25519, "/"), ERR_MALFORMED);
    assert_int_equal(uri_code(SIGNATURE_SR25519, "//"), ERR_MALFORMED);
    assert_int_equal(uri_code(SIGNATURE_SR25519, "//Alice/"), ERR_MALFORMED);
    assert_int_equal(uri_code(SIGNATURE_SR25519, "//Alice//"), ERR_MALFORMED);
    assert_int_equal(uri_code(SIGNATURE_SR25519, "nonsense//Alice"), ERR_MALFORMED);
    assert_int_equal(uri_code(SIGNATURE_SR25519, "0xabab//Alice"), ERR_MALFORMED);
    assert_int_equal(uri_code(SIGNATURE_ED25519, "/soft"), ERR_UNSUPPORTED);
    assert_int_equal(uri_code(SIGNATURE_ECDSA, "//Alice/soft"), ERR_UNSUPPORTED);
    assert_int_equal(
        uri_code(SIGNATURE_ECDSA, "0x0000000000000000000000000000000000000000000000000000000000000000"),
        ERR_MALFORMED);
    char many[2 * (KEYS_JUNCTIONS_MAX + 1) + 1], huge[KEYS_URI_MAX + 2];
    for (size_t i = 0; i + 1 < sizeof many; i++)
        many[i] = i % 2 == 0 ? '/' : 'x';
    many[sizeof many - 1] = '\0';
    assert_int_equal(uri_code(SIGNATURE_SR25519, many), ERR_LIMIT);
    memset(huge, 'a', sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    assert_int_equal(uri_code(SIGNATURE_SR25519, huge), ERR_LIMIT);
    memcpy(huge, "///", 3);
    huge[3 + 257] = '\0';
    assert_int_equal(uri_code(SIGNATURE_SR25519, huge), ERR_LIMIT);
    huge[3 + 256] = '\0';
    assert_int_equal(uri_code(SIGNATURE_SR25519, huge), ERR_OK);
}

static void a_password_changes_the_key_of_a_phrase_and_may_hold_slashes(void **state)
{
    (void)state;
    struct err e;
    CLEANUP(keypair_fini) struct keypair plain = {0}, one = {0}, two = {0};
    assert_int_equal(keypair_from_uri(&plain, SIGNATURE_SR25519, BYTES_LIT("//Alice"), &e), ERR_OK);
    assert_int_equal(keypair_from_uri(&one, SIGNATURE_SR25519, BYTES_LIT("//Alice///a"), &e), ERR_OK);
    assert_int_equal(keypair_from_uri(&two, SIGNATURE_SR25519, BYTES_LIT("//Alice///a//b///c"), &e), ERR_OK);
    assert_false(account_id_eq(&plain.account, &one.account));
    assert_false(account_id_eq(&two.account, &one.account));
}

static void what_a_pair_signs_its_account_verifies(void **state)
{
    (void)state;
    for (int kind = SIGNATURE_ED25519; kind <= SIGNATURE_ECDSA; kind++) {
        struct err e;
        uint8_t sig[SIGNATURE_MAX_LEN];
        struct bytes msg = BYTES_LIT("a message");
        CLEANUP(keypair_fini) struct keypair k = {0};
        assert_int_equal(keypair_from_uri(&k, (enum signature_kind)kind, BYTES_LIT("//Alice//x"), &e),
                         ERR_OK);
        size_t len = keypair_sign(&k, sig, msg);
        assert_int_equal(len, signature_len(k.kind));
        assert_true(signature_verify(k.kind, bytes_of(sig, len), msg, &k.account));
        assert_false(signature_verify(k.kind, bytes_of(sig, len), BYTES_LIT("another"), &k.account));
        k.account.b[0] ^= 1;
        assert_false(signature_verify(k.kind, bytes_of(sig, len), msg, &k.account));
    }
}

static void a_pair_is_wiped_at_its_end(void **state)
{
    (void)state;
    struct err e;
    struct keypair k = {0};
    assert_int_equal(keypair_from_uri(&k, SIGNATURE_SR25519, BYTES_LIT("//Alice"), &e), ERR_OK);
    keypair_fini(&k);
    for (size_t i = 0; i < sizeof k.secret; i++)
        assert_int_equal(k.secret[i], 0);
}

int keys_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_word_list_is_the_published_one),
        cmocka_unit_test(secret_uris_give_the_known_keys_of_every_kind),
        cmocka_unit_test(every_step_of_a_derivation_is_known),
        cmocka_unit_test(phrases_give_the_known_entropy_and_seed),
        cmocka_unit_test(bad_phrases_are_refused),
        cmocka_unit_test(generated_phrases_are_valid_and_differ),
        cmocka_unit_test(bad_uris_are_refused),
        cmocka_unit_test(a_password_changes_the_key_of_a_phrase_and_may_hold_slashes),
        cmocka_unit_test(what_a_pair_signs_its_account_verifies),
        cmocka_unit_test(a_pair_is_wiped_at_its_end),
    };
    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
