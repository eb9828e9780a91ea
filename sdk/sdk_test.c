/* sdk/sdk_test.c — amounts, accounts, keys and transactions against recorded bytes. */
#include "base/hex.h"
#include "chain/chain.h"
#include "codec/walk.h"
#include "crypto/hash.h"
#include "sdk/account.h"
#include "sdk/attested.h"
#include "sdk/keyring.h"
#include "sdk/priv.h"
#include "sdk/storage.h"
#include "sdk/token.h"
#include "sdk/tx.h"
#include "trie/proof.h"
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena fresh(void)
{
    struct arena a;

    arena_init(&a, &arena_heap, 256UL * 1024 * 1024);
    return a;
}

static void amounts_are_read_and_written_exactly(void **state)
{
    static const struct {
        const char *text, *digits, *back;
    } good[] = {
        {"1.5", "1500000000000", "1.5 UNIT"},
        {"10 UNIT", "10000000000000", "10 UNIT"},
        {"500 planck", "500", "0.0000000005 UNIT"},
        {"0", "0", "0 UNIT"},
        {"0.000000000001", "1", "0.000000000001 UNIT"},
        {"1_000.25UNIT", "1000250000000000", "1000.25 UNIT"},
        {"340282366920938463463374607431768211455 planck", "340282366920938463463374607431768211455",
         "340282366920938463463374607.431768211455 UNIT"},
    };
    static const char *const bad[] = {"",
                                      "UNIT",
                                      ".5",
                                      "1.",
                                      "1.5 planck",
                                      "-1",
                                      "1e3",
                                      "1,5",
                                      "1..2",
                                      "0.0000000000001",
                                      "1 DOT",
                                      "340282366920938463463374608",
                                      "340282366920938463463374607431768211456 planck"};
    struct balance b;
    struct err e;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        char planck[BALANCE_TEXT_MAX], back[SDK_AMOUNT_TEXT_CAP];
        assert_int_equal(sdk_amount_parse(&b, bytes_of_str(good[i].text), &e), ERR_OK);
        balance_text(planck, b);
        assert_string_equal(planck, good[i].digits);
        sdk_amount_text(back, b);
        assert_string_equal(back, good[i].back);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (sdk_amount_parse(&b, bytes_of_str(bad[i]), &e) != ERR_MALFORMED)
            fail_msg("\"%s\" was taken for an amount", bad[i]);
}

static void accounts_are_addresses_or_hex(void **state)
{
    struct account_id a, b;
    struct err e;

    (void)state;
    assert_int_equal(
        sdk_account_parse(&a, BYTES_LIT("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"), 42, &e), ERR_OK);
    assert_int_equal(
        sdk_account_parse(&b, BYTES_LIT("0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"),
                          42, &e),
        ERR_OK);
    assert_true(account_id_eq(&a, &b));
    assert_int_equal(sdk_account_parse(&a, BYTES_LIT("0xd435"), 42, &e), ERR_MALFORMED);
    assert_int_not_equal(sdk_account_parse(&a, BYTES_LIT("//Alice"), 42, &e), ERR_OK);
    assert_int_equal(
        sdk_account_parse(&a, BYTES_LIT("15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5"), 42, &e),
        ERR_REJECTED);
}

static json_t *vectors(const char *name)
{
    char path[1024];

    (void)snprintf(path, sizeof path, "%s/%s", WETEE_VECTORS, name);
    json_t *j = json_load_file(path, 0, NULL);
    assert_non_null(j);
    return j;
}

static struct bytes hex_of(struct arena *a, const json_t *j)
{
    struct bytes out;
    struct err e;

    assert_true(json_is_string(j));
    assert_int_equal(hex_decode(a, &out, bytes_of_str(json_string_value(j)), &e), ERR_OK);
    return out;
}

/* The extra of the vector, taken apart by our own reader of extrinsics. */
static void check_extrinsic(struct arena *a, const json_t *v)
{
    struct extrinsic_parts parts;
    struct extrinsic_implicit implicit = {0};
    struct keypair key;
    enum signature_kind kind;
    struct bytes built, want = hex_of(a, json_object_get(v, "extrinsic"));
    struct err e;

    assert_true(
        signature_kind_from_name(&kind, bytes_of_str(json_string_value(json_object_get(v, "key_type")))));
    assert_int_equal(
        keypair_from_uri(&key, kind, bytes_of_str(json_string_value(json_object_get(v, "signer_uri"))), &e),
        ERR_OK);
    assert_int_equal(extrinsic_decode(&parts, want, &e), ERR_OK);
    implicit.spec_version = (uint32_t)json_integer_value(json_object_get(v, "spec_version"));
    implicit.transaction_version = (uint32_t)json_integer_value(json_object_get(v, "transaction_version"));
    memcpy(implicit.genesis.b, hex_of(a, json_object_get(v, "genesis_hash")).p, 32);
    memcpy(implicit.birth.b, hex_of(a, json_object_get(v, "block_hash")).p, 32);
    const json_t *metadata = json_object_get(v, "metadata_hash");
    if (json_is_string(metadata)) {
        implicit.has_metadata_hash = true;
        memcpy(implicit.metadata_hash.b, hex_of(a, metadata).p, 32);
    }
    assert_int_equal(sdk_extrinsic_sign(a, &built, hex_of(a, json_object_get(v, "call")), &key, &parts.extra,
                                        &implicit, &e),
                     ERR_OK);
    if (kind == SIGNATURE_SR25519) { /* randomised: the rest must be equal and the signature good */
        struct extrinsic_parts ours;
        struct bytes signed_bytes = hex_of(a, json_object_get(v, "signed_bytes"));
        assert_int_equal(extrinsic_decode(&ours, built, &e), ERR_OK);
        assert_true(signature_verify(kind, ours.signature, signed_bytes, &key.account));
        assert_true(bytes_eq(ours.extra_raw, parts.extra_raw));
        assert_true(bytes_eq(ours.call, parts.call));
        assert_int_equal(built.len, want.len);
    } else {
        assert_true(bytes_eq(built, want));
    }
    keypair_fini(&key);
}

static void extrinsics_equal_those_of_other_libraries(void **state)
{
    struct arena a = fresh();
    json_t *file = vectors("substrate/extrinsic.json");
    const json_t *list = json_object_get(file, "signed");

    (void)state;
    assert_true(json_array_size(list) > 3);
    for (size_t i = 0; i < json_array_size(list); i++)
        check_extrinsic(&a, json_array_get(list, i));
    json_decref(file);
    arena_fini(&a);
}

static void key_files_of_polkadot_js_open_and_ours_open_again(void **state)
{
    struct arena a = fresh();
    json_t *file = vectors("keystore.json");
    const json_t *list = json_object_get(file, "files");

    (void)state;
    assert_true(json_array_size(list) >= 6);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *v = json_array_get(list, i);
        const json_t *password = json_object_get(v, "password");
        char *text = json_dumps(json_object_get(v, "json"), 0);
        struct bytes secret =
            json_is_string(password) ? bytes_of_str(json_string_value(password)) : BYTES_EMPTY;
        const struct bytes *secret_opt = json_is_string(password) ? &secret : NULL;
        struct keypair key, again;
        struct keyring_entry entry;
        struct bytes ours, wrong = BYTES_LIT("wrong");
        struct err e;

        assert_int_equal(keyring_file_open(&a, &key, bytes_of_str(text), secret_opt, &e), ERR_OK);
        if (secret_opt != NULL) {
            assert_int_equal(keyring_file_open(&a, &again, bytes_of_str(text), &wrong, &e), ERR_DENIED);
            assert_int_equal(keyring_file_open(&a, &again, bytes_of_str(text), NULL, &e), ERR_DENIED);
        }
        assert_int_equal(keyring_file_encode(&a, &ours, &key, "a \"b\"", secret_opt, &e), ERR_OK);
        assert_int_equal(keyring_file_peek(&a, &entry, ours, &e), ERR_OK);
        assert_string_equal(entry.name, "a \"b\"");
        assert_string_equal(entry.address,
                            json_string_value(json_object_get(json_object_get(v, "json"), "address")));
        assert_int_equal(keyring_file_open(&a, &again, ours, secret_opt, &e), ERR_OK);
        assert_memory_equal(key.secret, again.secret, sizeof key.secret);
        free(text);
    }
    json_decref(file);
    arena_fini(&a);
}

static void a_key_file_with_another_address_is_damaged(void **state)
{
    struct arena a = fresh();
    struct keypair alice, bob, out;
    struct bytes text;
    struct err e;

    (void)state;
    assert_int_equal(keypair_from_uri(&alice, SIGNATURE_SR25519, BYTES_LIT("//Alice"), &e), ERR_OK);
    assert_int_equal(keypair_from_uri(&bob, SIGNATURE_SR25519, BYTES_LIT("//Bob"), &e), ERR_OK);
    alice.account = bob.account;
    assert_int_equal(keyring_file_encode(&a, &text, &alice, "x", NULL, &e), ERR_OK);
    assert_int_equal(keyring_file_open(&a, &out, text, NULL, &e), ERR_CORRUPT);
    assert_int_equal(keyring_file_peek(&a, &(struct keyring_entry){0}, BYTES_LIT("{}"), &e), ERR_UNSUPPORTED);
    assert_int_equal(keyring_file_peek(&a, &(struct keyring_entry){0}, BYTES_LIT("[1"), &e), ERR_MALFORMED);
    arena_fini(&a);
}

static void the_key_directory_keeps_its_keys_apart(void **state)
{
    struct arena a = fresh();
    char base[] = "/tmp/wetee-keyring-XXXXXX";
    const struct keyring_entry *list;
    size_t count, bad;
    struct keypair key;
    struct bytes text;
    struct stat st;
    struct err e;

    (void)state;
    assert_non_null(mkdtemp(base));
    const char *dir = arena_fmt(&a, "%s/a/keys", base);
    assert_int_equal(keyring_list(&a, &list, &count, &bad, dir, &e), ERR_OK);
    assert_int_equal(count, 0);
    assert_int_equal(keypair_from_uri(&key, SIGNATURE_ED25519, BYTES_LIT("//Eve"), &e), ERR_OK);
    assert_int_equal(keyring_file_encode(&a, &text, &key, "eve", NULL, &e), ERR_OK);
    assert_int_equal(keyring_add(dir, "eve", text, &e), ERR_OK);
    assert_int_equal(keyring_add(dir, "eve", text, &e), ERR_EXISTS);
    assert_int_equal(keyring_add(dir, "../eve", text, &e), ERR_USAGE);
    assert_int_equal(keyring_add(dir, "adam", text, &e), ERR_OK);
    assert_int_equal(stat(arena_fmt(&a, "%s/eve.json", dir), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat(dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(keyring_store_file(arena_fmt(&a, "%s/junk.json", dir), BYTES_LIT("junk"), &e), ERR_OK);
    assert_int_equal(keyring_list(&a, &list, &count, &bad, dir, &e), ERR_OK);
    assert_int_equal(count, 2);
    assert_int_equal(bad, 1);
    assert_string_equal(list[0].name, "adam");
    assert_int_equal(keyring_read(&a, &text, dir, "nobody", &e), ERR_NOT_FOUND);
    static const char *const files[] = {"eve.json", "adam.json", "junk.json"};
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        assert_int_equal(unlink(arena_fmt(&a, "%s/%s", dir, files[i])), 0);
    assert_int_equal(rmdir(dir), 0); /* no temporary file was left */
    assert_int_equal(rmdir(arena_fmt(&a, "%s/a", base)), 0);
    assert_int_equal(rmdir(base), 0);
    arena_fini(&a);
}

static void tokens_are_good_for_their_holder_and_time_alone(void **state)
{
    static const enum signature_kind kinds[] = {SIGNATURE_SR25519, SIGNATURE_ED25519, SIGNATURE_ECDSA};
    struct arena a = fresh();
    struct sdk_token t;
    struct err e;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct keypair key;
        assert_int_equal(keypair_from_uri(&key, kinds[i], BYTES_LIT("//Alice"), &e), ERR_OK);
        const char *token = sdk_token_make(&a, &key, 42, 1000000);
        struct bytes text = bytes_of_str(token);
        assert_int_equal(sdk_token_check(&a, &t, text, 42, 1000300, &e), ERR_OK);
        assert_true(account_id_eq(&t.account, &key.account));
        assert_int_equal(sdk_token_check(&a, &t, text, 42, 999700, &e), ERR_OK);
        assert_int_equal(sdk_token_check(&a, &t, text, 42, 1000301, &e), ERR_DENIED);
        assert_int_equal(sdk_token_check(&a, &t, text, 42, 999699, &e), ERR_DENIED);
        char *forged = arena_str(&a, text);
        forged[text.len - 20] = forged[text.len - 20] == 'a' ? 'b' : 'a';
        assert_int_equal(sdk_token_check(&a, &t, bytes_of_str(forged), 42, 1000000, &e), ERR_DENIED);
    }
    assert_int_equal(sdk_token_check(&a, &t, BYTES_LIT("0x7b7d"), 42, 0, &e), ERR_MALFORMED);
    assert_int_equal(sdk_token_check(&a, &t, BYTES_LIT("0x7b7d||0x00"), 42, 0, &e), ERR_MALFORMED);
    arena_fini(&a);
}

static void wallets_wrap_what_they_sign(void **state)
{
    static const char json[] = "{\"address\":\"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY\","
                               "\"timestamp\":1000,\"isRoot\":false}";
    struct arena a = fresh();
    uint8_t sig[SIGNATURE_MAX_LEN];
    struct keypair key;
    struct sdk_token t;
    struct err e;

    (void)state;
    assert_int_equal(keypair_from_uri(&key, SIGNATURE_SR25519, BYTES_LIT("//Alice"), &e), ERR_OK);
    const char *wrapped = arena_fmt(&a, "<Bytes>%s</Bytes>", json);
    size_t len = keypair_sign(&key, sig, bytes_of_str(wrapped));
    const char *token = arena_fmt(&a, "%s||%s", hex0x(&a, bytes_of_str(json)), hex0x(&a, bytes_of(sig, len)));
    assert_int_equal(sdk_token_check(&a, &t, bytes_of_str(token), 42, 1000, &e), ERR_OK);
    assert_string_equal(t.nonce, "");
    arena_fini(&a);
}

static void calls_are_encoded_by_their_descriptors(void **state)
{
    struct arena a = fresh();
    struct balances_transfer_keep_alive_args args = {.dest = {.tag = MULTI_ADDRESS_ID},
                                                     .value = balance_of(1)};
    struct bytes out;
    struct err e;

    (void)state;
    memset(args.dest.u.id.b, 0x11, 32);
    assert_int_equal(sdk_call_encode(&a, &out, &balances_call_transfer_keep_alive, &args, &e), ERR_OK);
    assert_string_equal(hex0x(&a, out),
                        "0x0403001111111111111111111111111111111111111111111111111111111111111111"
                        "04");
    struct worker_cluster_register_args too_long = {.name = bytes_of(arena_alloc(&a, 257), 257)};
    assert_int_equal(sdk_call_encode(&a, &out, &worker_call_cluster_register, &too_long, &e), ERR_USAGE);
    struct call_desc foreign = balances_call_transfer_keep_alive;
    assert_int_equal(sdk_call_encode(&a, &out, &foreign, &args, &e), ERR_USAGE);
    arena_fini(&a);
}

static void dispatch_errors_have_names(void **state)
{
    struct sdk_dispatch_error d;
    struct system_dispatch_error module = {
        .tag = SYSTEM_DISPATCH_ERROR_MODULE,
        .u.module = {.index = 21, .error = {WORKER_ERR_CLUSTER_NOT_EXISTS}}};
    struct system_dispatch_error token = {.tag = SYSTEM_DISPATCH_ERROR_TOKEN,
                                          .u.token = SYSTEM_TOKEN_ERROR_FUNDS_UNAVAILABLE};
    struct system_dispatch_error unknown = {.tag = SYSTEM_DISPATCH_ERROR_MODULE,
                                            .u.module = {.index = 99, .error = {7}}};

    (void)state;
    sdk_dispatch_error_of(&d, &module);
    assert_string_equal(d.name, "WeteeWorker.ClusterNotExists");
    assert_string_equal(d.doc, "there is no such cluster");
    sdk_dispatch_error_of(&d, &token);
    assert_string_equal(d.name, "Token.FundsUnavailable");
    sdk_dispatch_error_of(&d, &unknown);
    assert_string_equal(d.name, "Module(99).7");
    sdk_dispatch_error_of(&d, &(struct system_dispatch_error){.tag = SYSTEM_DISPATCH_ERROR_BAD_ORIGIN});
    assert_string_equal(d.name, "BadOrigin");
}

static void headers_are_hashed_from_what_was_sent(void **state)
{
    struct arena a = fresh();
    struct sdk_head head;
    struct err e;

    (void)state;
    json_t *j = json_pack(
        "{s:s,s:s,s:s,s:s,s:{s:[]}}", "parentHash",
        "0x0000000000000000000000000000000000000000000000000000000000000000", "number", "0x0", "stateRoot",
        "0x1111111111111111111111111111111111111111111111111111111111111111", "extrinsicsRoot",
        "0x03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314", "digest", "logs");
    assert_int_equal(sdk_json_head(&head, j, &e), ERR_OK);
    struct writer w = writer_in(&a, 256);
    for (int i = 0; i < 33; i++)
        put_u8(&w, 0);
    for (int i = 0; i < 32; i++)
        put_u8(&w, 0x11);
    put_bytes(&w, hex_of(&a, json_object_get(j, "extrinsicsRoot")));
    put_u8(&w, 0);
    uint8_t hash[32];
    blake2_256(hash, writer_bytes(&w));
    assert_memory_equal(hash, head.hash.b, 32);
    (void)json_object_set_new(j, "number", json_string("0x1ffffffff"));
    assert_int_equal(sdk_json_head(&head, j, &e), ERR_MALFORMED);
    (void)json_object_set_new(j, "number", json_null());
    assert_int_equal(sdk_json_head(&head, j, &e), ERR_MALFORMED);
    json_decref(j);
    arena_fini(&a);
}

static void proofs_are_believed_up_to_the_state_root_only(void **state)
{
    CLEANUP(json_decref) json_t *j = vectors("substrate/trie.json");
    struct arena a = fresh();
    struct trie_proof p;
    struct bytes value;
    const json_t *v;
    size_t i;
    struct err e;

    (void)state;
    json_array_foreach(json_object_get(j, "real_proofs"), i, v)
    {
        struct hash32 root;
        memcpy(root.b, hex_of(&a, json_object_get(v, "root")).p, sizeof root.b);
        assert_int_equal(sdk_json_proof(&a, &p, &root, v, &e), ERR_OK);
        assert_int_equal(trie_proof_read(&p, &value, hex_of(&a, json_object_get(v, "key")), &e), ERR_OK);
        root.b[0] ^= 1;
        assert_int_equal(sdk_json_proof(&a, &p, &root, v, &e), ERR_OK);
        assert_int_equal(trie_proof_read(&p, &value, hex_of(&a, json_object_get(v, "key")), &e),
                         ERR_UNVERIFIED);
    }
    assert_true(i > 0);
    json_array_foreach(json_object_get(j, "bad_proofs"), i, v)
    {
        struct hash32 root;
        memcpy(root.b, hex_of(&a, json_object_get(v, "root")).p, sizeof root.b);
        assert_int_equal(sdk_json_proof(&a, &p, &root, v, &e), ERR_OK);
        assert_int_equal(trie_proof_read(&p, &value, hex_of(&a, json_object_get(v, "key")), &e),
                         ERR_UNVERIFIED);
    }
    assert_true(i > 0);
    CLEANUP(json_decref) json_t *none = json_pack("{s:s}", "proof", "0x00");
    CLEANUP(json_decref) json_t *odd = json_pack("{s:[s]}", "proof", "0x0");
    const struct hash32 root = {{0}};
    assert_int_equal(sdk_json_proof(&a, &p, &root, none, &e), ERR_MALFORMED);
    assert_int_equal(sdk_json_proof(&a, &p, &root, odd, &e), ERR_MALFORMED);
    arena_fini(&a);
}

/* What evidence of this version, purpose and nonce carries for `key`. */
static void carry(struct sdk_binding *b, enum attest_purpose purpose, uint64_t version,
                  const struct account_id *key, const struct hash32 *nonce)
{
    struct attest_subject s = b->subject;
    uint8_t binding[32];

    s.version = version;
    attest_binding(binding, purpose, &s, key->b, nonce->b);
    attest_report_data(b->carried, binding);
}

static void evidence_is_bound_to_key_subject_nonce_and_a_recent_version(void **state)
{
    static const enum attest_purpose purposes[] = {ATTEST_PURPOSE_START, ATTEST_PURPOSE_CHALLENGE};
    const struct sdk_attested fresh_one = {.key = {{7}}, .version_now = 20};
    const struct hash32 nonce = {{1}}, other = {{2}};
    struct sdk_binding b = {.subject = {.genesis = {{9}}, .cluster = 3, .work_id = 4, .version = 20},
                            .purposes = purposes,
                            .purpose_count = ARRAY_LEN(purposes)};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(purposes); i++) {
        struct sdk_attested t = fresh_one;
        carry(&b, purposes[i], 20, &t.key, &nonce);
        assert_false(sdk_binding_try(&t, &b, &other));
        assert_true(sdk_binding_try(&t, &b, &nonce));
        assert_true(t.bound && t.purpose == purposes[i] && t.version == 20);
        assert_memory_equal(t.report_data, b.carried, sizeof b.carried);
    }
    struct sdk_attested t = fresh_one;
    carry(&b, ATTEST_PURPOSE_START, 20 - SDK_ATTESTED_VERSIONS + 1, &t.key, &nonce);
    assert_true(sdk_binding_try(&t, &b, &nonce));
    assert_int_equal(t.version, 20 - SDK_ATTESTED_VERSIONS + 1);
    t = fresh_one;
    carry(&b, ATTEST_PURPOSE_START, 20 - SDK_ATTESTED_VERSIONS, &t.key, &nonce);
    assert_false(sdk_binding_try(&t, &b, &nonce));
    carry(&b, ATTEST_PURPOSE_WORKER, 20, &t.key, &nonce);
    assert_false(sdk_binding_try(&t, &b, &nonce));
    carry(&b, ATTEST_PURPOSE_START, 20, &t.key, &nonce);
    t.key.b[31] ^= 1;
    assert_false(sdk_binding_try(&t, &b, &nonce));
    t = fresh_one;
    b.subject.cluster++;
    assert_false(sdk_binding_try(&t, &b, &nonce));
    t = (struct sdk_attested){.key = {{7}}}; /* a worker, or a work of version 0: nothing lies before */
    b.subject.version = 0;
    assert_false(sdk_binding_try(&t, &b, &nonce));
}

static void declarations_are_found_by_name(void **state)
{
    (void)state;
    assert_ptr_equal(sdk_storage_item(sdk_pallet("System"), "Account"), &system_storage_account);
    assert_null(sdk_storage_item(sdk_pallet("Nothing"), "Account"));
    assert_null(sdk_storage_item(sdk_pallet("System"), "Nothing"));
    assert_non_null(sdk_constant("Balances", "ExistentialDeposit"));
    assert_null(sdk_constant("Balances", "Nothing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_are_read_and_written_exactly),
        cmocka_unit_test(accounts_are_addresses_or_hex),
        cmocka_unit_test(extrinsics_equal_those_of_other_libraries),
        cmocka_unit_test(key_files_of_polkadot_js_open_and_ours_open_again),
        cmocka_unit_test(a_key_file_with_another_address_is_damaged),
        cmocka_unit_test(the_key_directory_keeps_its_keys_apart),
        cmocka_unit_test(tokens_are_good_for_their_holder_and_time_alone),
        cmocka_unit_test(wallets_wrap_what_they_sign),
        cmocka_unit_test(calls_are_encoded_by_their_descriptors),
        cmocka_unit_test(dispatch_errors_have_names),
        cmocka_unit_test(headers_are_hashed_from_what_was_sent),
        cmocka_unit_test(proofs_are_believed_up_to_the_state_root_only),
        cmocka_unit_test(evidence_is_bound_to_key_subject_nonce_and_a_recent_version),
        cmocka_unit_test(declarations_are_found_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
