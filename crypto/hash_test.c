#include "crypto/vectors_test.h"

#include "crypto/hash.h"
#include "crypto/hmac.h"
#include "crypto/wipe.h"

static void check_case(const json_t *c)
{
    struct vec in = vec_get(c, "input");
    struct bytes b = vec_bytes(&in);
    uint8_t out[64];
    twox_64(out, b);
    vec_check(c, "twox_64", out, 8);
    twox_128(out, b);
    vec_check(c, "twox_128", out, 16);
    twox_256(out, b);
    vec_check(c, "twox_256", out, 32);
    blake2_128(out, b);
    vec_check(c, "blake2b_128", out, 16);
    blake2_256(out, b);
    vec_check(c, "blake2b_256", out, 32);
    blake2b(out, 64, b);
    vec_check(c, "blake2b_512", out, 64);
    blake2b(out, 8, b);
    vec_check(c, "blake2b_64", out, 8);
    keccak_256(out, b);
    vec_check(c, "keccak_256", out, 32);
}

static void hashes_agree_with_the_reference_implementations(void **state)
{
    (void)state;
    json_t *root = vectors_load("substrate/hash.json"), *c;
    size_t i;
    json_array_foreach(vec_list(root, "cases"), i, c) check_case(c);
    json_decref(root);
}

/* Every split of an input gives the digest of the whole. */
static void incremental_hashing_does_not_depend_on_the_pieces(void **state)
{
    (void)state;
    uint8_t in[300], whole[4][64] = {{0}}, parts[4][64] = {{0}};
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)(i * 7);
    for (size_t len = 0; len <= sizeof in; len += 1 + len / 40) {
        struct bytes b = bytes_of(in, len);
        blake2b(whole[0], 48, b);
        sha256(whole[1], b);
        sha512(whole[2], b);
        sha384(whole[3], b);
        for (size_t cut = 0; cut <= len; cut++) {
            struct bytes first = bytes_of(in, cut), second = bytes_from(b, cut);
            struct blake2b bl;
            struct sha256 s256;
            struct sha512 s512, s384;
            blake2b_init(&bl, 48);
            sha256_init(&s256);
            sha512_init(&s512);
            sha384_init(&s384);
            blake2b_update(&bl, first);
            blake2b_update(&bl, second);
            sha256_update(&s256, first);
            sha256_update(&s256, second);
            sha512_update(&s512, first);
            sha512_update(&s512, second);
            sha384_update(&s384, first);
            sha384_update(&s384, second);
            blake2b_final(&bl, parts[0]);
            sha256_final(&s256, parts[1]);
            sha512_final(&s512, parts[2]);
            sha384_final(&s384, parts[3]);
            assert_memory_equal(whole, parts, sizeof whole);
        }
    }
}

/* FIPS 180-4's examples "abc" and the two-block messages, and a million times "a". */
static void sha2_gives_the_published_digests(void **state)
{
    (void)state;
    uint8_t out[64];
    sha256(out, BYTES_LIT("abc"));
    struct vec want = vec_hex("0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_memory_equal(out, want.b, 32);
    sha256(out, BYTES_LIT("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"));
    want = vec_hex("0x248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    assert_memory_equal(out, want.b, 32);
    sha384(out, BYTES_LIT("abc"));
    want = vec_hex("0xcb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                   "8086072ba1e7cc2358baeca134c825a7");
    assert_memory_equal(out, want.b, 48);
    sha512(out, BYTES_LIT("abc"));
    want = vec_hex("0xddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                   "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
    assert_memory_equal(out, want.b, 64);

    uint8_t many[1000];
    memset(many, 'a', sizeof many);
    struct sha256 s;
    struct sha512 l;
    sha256_init(&s);
    sha512_init(&l);
    for (int i = 0; i < 1000; i++) {
        sha256_update(&s, BYTES_OF(many));
        sha512_update(&l, BYTES_OF(many));
    }
    sha256_final(&s, out);
    want = vec_hex("0xcdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    assert_memory_equal(out, want.b, 32);
    sha512_final(&l, out);
    want = vec_hex("0xe718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
                   "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b");
    assert_memory_equal(out, want.b, 64);
}

/* RFC 4231 case 2 and 6 (a key longer than a block), RFC 5869 case 1 and 3. */
static void hmac_and_hkdf_give_the_published_results(void **state)
{
    (void)state;
    uint8_t out[64], key[131], okm[42];
    hmac_sha256(out, BYTES_LIT("Jefe"), BYTES_LIT("what do ya want for nothing?"));
    struct vec want = vec_hex("0x5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_memory_equal(out, want.b, 32);
    hmac_sha512(out, BYTES_LIT("Jefe"), BYTES_LIT("what do ya want for nothing?"));
    want = vec_hex("0x164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                   "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
    assert_memory_equal(out, want.b, 64);
    memset(key, 0xaa, sizeof key);
    struct bytes text = BYTES_LIT("Test Using Larger Than Block-Size Key - Hash Key First");
    hmac_sha256(out, BYTES_OF(key), text);
    want = vec_hex("0x60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    assert_memory_equal(out, want.b, 32);
    hmac_sha512(out, BYTES_OF(key), text);
    want = vec_hex("0x80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
                   "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598");
    assert_memory_equal(out, want.b, 64);

    memset(key, 0x0b, 22);
    struct vec salt = vec_hex("0x000102030405060708090a0b0c"), info = vec_hex("0xf0f1f2f3f4f5f6f7f8f9");
    hkdf_sha256(okm, sizeof okm, vec_bytes(&salt), bytes_of(key, 22), vec_bytes(&info));
    want = vec_hex("0x3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    assert_memory_equal(okm, want.b, sizeof okm);
    hkdf_sha256(okm, sizeof okm, BYTES_EMPTY, bytes_of(key, 22), BYTES_EMPTY);
    want = vec_hex("0x8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
    assert_memory_equal(okm, want.b, sizeof okm);
}

static void secrets_compare_by_content_and_are_wiped(void **state)
{
    (void)state;
    uint8_t a[33], b[33];
    memset(a, 7, sizeof a);
    memcpy(b, a, sizeof b);
    assert_true(secret_eq(a, b, sizeof a));
    assert_true(secret_eq(a, b, 0));
    for (size_t i = 0; i < sizeof b; i++) {
        b[i] ^= 0x80;
        assert_false(secret_eq(a, b, sizeof a));
        b[i] ^= 0x80;
    }
    wipe(a, sizeof a - 1);
    for (size_t i = 0; i < sizeof a - 1; i++)
        assert_int_equal(a[i], 0);
    assert_int_equal(a[sizeof a - 1], 7);
}

int hash_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_agree_with_the_reference_implementations),
        cmocka_unit_test(incremental_hashing_does_not_depend_on_the_pieces),
        cmocka_unit_test(sha2_gives_the_published_digests),
        cmocka_unit_test(hmac_and_hkdf_give_the_published_results),
        cmocka_unit_test(secrets_compare_by_content_and_are_wiped),
    };
    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
