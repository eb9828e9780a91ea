#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/hex.h"
#include "trie/memory_db_test.h"
#include "trie/node.h"
#include "trie/proof.h"
#include "trie/root.h"
#include "trie/sort.h"
#include "trie/trie.h"

static json_t *vectors;
static struct arena arena;
static struct err e;

static struct bytes hex(const json_t *text)
{
    struct bytes out = BYTES_EMPTY;
    assert_true(json_is_string(text));
    assert_int_equal(hex_decode(&arena, &out, bytes_of_str(json_string_value(text)), &e), ERR_OK);
    return out;
}

static struct bytes hex_at(const json_t *object, const char *name)
{
    return hex(json_object_get(object, name));
}

static struct hash32 hash_at(const json_t *object, const char *name)
{
    struct hash32 h;
    struct bytes b = hex_at(object, name);
    assert_int_equal(b.len, 32);
    memcpy(h.b, b.p, 32);
    return h;
}

static struct bytes_list list_of(const json_t *array)
{
    size_t count = json_array_size(array);
    struct bytes *v = arena_new_n(&arena, struct bytes, count);
    for (size_t i = 0; i < count; i++)
        v[i] = hex(json_array_get(array, i));
    return (struct bytes_list){v, count};
}

static struct trie_pair *pairs_of(const json_t *entries)
{
    size_t count = json_array_size(entries);
    struct trie_pair *pairs = arena_new_n(&arena, struct trie_pair, count);
    for (size_t i = 0; i < count; i++) {
        const json_t *pair = json_array_get(entries, i);
        pairs[i] = (struct trie_pair){hex(json_array_get(pair, 0)), hex(json_array_get(pair, 1))};
    }
    sort_by_bytes(&arena, pairs, count, sizeof *pairs);
    return pairs;
}

static void assert_hash(struct hash32 got, struct hash32 want)
{
    assert_memory_equal(got.b, want.b, 32);
}

/* A state trie holding the entries, put in the order given. */
static struct trie *trie_of(struct memory_db *db, const json_t *entries)
{
    struct trie *t = trie_new(&(struct trie_config){.source = &arena_heap, .db = memory_db_reader(db)});
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const json_t *pair = json_array_get(entries, i);
        assert_int_equal(trie_put(t, hex(json_array_get(pair, 0)), hex(json_array_get(pair, 1)), &e), ERR_OK);
    }
    return t;
}

static void every_root_is_the_vectors_root(void **state)
{
    size_t i;
    json_t *v;
    (void)state;
    assert_hash(trie_empty_root, hash_at(vectors, "empty_root"));
    json_array_foreach(json_object_get(vectors, "roots"), i, v)
    {
        struct hash32 root;
        const json_t *entries = json_object_get(v, "entries");
        struct trie_pair *pairs = pairs_of(entries);
        trie_root_of_sorted(&arena, &root, pairs, json_array_size(entries), STATE_V0);
        assert_hash(root, hash_at(v, "root_v0"));
        trie_root_of_sorted(&arena, &root, pairs, json_array_size(entries), STATE_V1);
        assert_hash(root, hash_at(v, "root_v1"));

        struct memory_db *db = memory_db_new();
        struct trie *t = trie_of(db, entries);
        trie_root(t, &root);
        assert_hash(root, hash_at(v, "root_v1"));
        trie_commit(t, 1, memory_db_sink(db));
        for (size_t k = 0; k < json_array_size(entries); k++) /* and back to nothing */
            assert_int_equal(trie_delete(t, pairs[k].key, &e), ERR_OK);
        trie_root(t, &root);
        assert_hash(root, trie_empty_root);
        trie_free(t);
        memory_db_free(db);
    }
    assert_true(i >= 60);
}

static void every_ordered_root_is_the_vectors_root(void **state)
{
    size_t i;
    json_t *v;
    (void)state;
    json_array_foreach(json_object_get(vectors, "ordered"), i, v)
    {
        struct hash32 root;
        struct bytes_list items = list_of(json_object_get(v, "extrinsics"));
        trie_ordered_root(&arena, &root, &items, STATE_V0);
        assert_hash(root, hash_at(v, "root_v0"));
        trie_ordered_root(&arena, &root, &items, STATE_V1);
        assert_hash(root, hash_at(v, "root_v1"));
    }
    assert_true(i >= 11);
}

static size_t entries_of_trie(struct trie *t, struct trie_pair *out)
{
    size_t count = 0;
    struct bytes key;
    bool found;
    assert_int_equal(trie_first_key(t, &arena, &key, &found, &e), ERR_OK);
    while (found) {
        bool has;
        out[count].key = key;
        assert_int_equal(trie_get(t, &arena, &out[count++].value, &has, key, &e), ERR_OK);
        assert_true(has);
        assert_int_equal(trie_next_key(t, &arena, &key, &found, key, &e), ERR_OK);
    }
    return count;
}

/* Each step, then a commit and a fresh trie every other step, so that loaded and unloaded nodes both change.
 */
static void roots_after_each_step_of_the_sequences(void **state)
{
    size_t i, k;
    json_t *v, *step;
    (void)state;
    json_array_foreach(json_object_get(vectors, "sequences"), i, v)
    {
        struct memory_db *db = memory_db_new();
        struct trie *t = trie_of(db, NULL);
        json_array_foreach(json_object_get(v, "steps"), k, step)
        {
            struct hash32 root;
            struct trie_pair pairs[200];
            if (strcmp(json_string_value(json_object_get(step, "op")), "put") == 0)
                assert_int_equal(trie_put(t, hex_at(step, "key"), hex_at(step, "value"), &e), ERR_OK);
            else
                assert_int_equal(trie_delete(t, hex_at(step, "key"), &e), ERR_OK);
            trie_root(t, &root);
            assert_hash(root, hash_at(step, "root_v1"));
            size_t count = entries_of_trie(t, pairs);
            trie_root_of_sorted(&arena, &root, pairs, count, STATE_V0);
            assert_hash(root, hash_at(step, "root_v0"));
            trie_commit(t, k, memory_db_sink(db));
            if (k % 2 == 0)
                assert_int_equal(trie_open(t, k, NULL, &e), ERR_OK);
        }
        trie_free(t);
        memory_db_free(db);
    }
    assert_true(i >= 3);
}

static bool same_set(struct bytes_list a, struct bytes_list b)
{
    struct bytes *sorted = arena_new_n(&arena, struct bytes, b.count);
    if (a.count != b.count)
        return false;
    memcpy(sorted, b.v, b.count * sizeof *sorted);
    sort_by_bytes(&arena, sorted, b.count, sizeof *sorted);
    for (size_t i = 0; i < a.count; i++)
        if (!bytes_eq(a.v[i], sorted[i]))
            return false;
    return true;
}

static void proofs_give_the_expected_values_and_absences(void **state)
{
    size_t i, k;
    json_t *v, *expected;
    (void)state;
    json_array_foreach(json_object_get(vectors, "proofs"), i, v)
    {
        struct trie_proof proof;
        struct hash32 root = hash_at(v, "root");
        struct bytes_list items = list_of(json_object_get(v, "proof"));
        assert_int_equal(trie_proof_open(&arena, &proof, &root, &items, &e), ERR_OK);
        json_array_foreach(json_object_get(v, "expected"), k, expected)
        {
            struct bytes value;
            const json_t *want = json_array_get(expected, 1);
            enum err_code code = trie_proof_read(&proof, &value, hex(json_array_get(expected, 0)), &e);
            assert_int_equal(code, json_is_null(want) ? ERR_NOT_FOUND : ERR_OK);
            if (code == ERR_OK)
                assert_true(bytes_eq(value, hex(want)));
        }
    }
    assert_true(i >= 18);
}

static void a_built_proof_is_the_vectors_proof(void **state)
{
    size_t i;
    json_t *v;
    int built = 0;
    (void)state;
    json_array_foreach(json_object_get(vectors, "proofs"), i, v)
    {
        struct bytes_list keys = list_of(json_object_get(v, "keys"));
        struct bytes_list got;
        struct hash32 root;
        if (json_integer_value(json_object_get(v, "state_version")) != 1)
            continue;
        struct memory_db *db = memory_db_new();
        struct trie *t = trie_of(db, json_object_get(v, "entries"));
        trie_root(t, &root);
        assert_hash(root, hash_at(v, "root"));
        assert_int_equal(trie_read_proof(t, &arena, &got, &keys, &e), ERR_OK);
        assert_true(same_set(got, list_of(json_object_get(v, "proof"))));
        trie_free(t);
        memory_db_free(db);
        built++;
    }
    assert_true(built >= 9);
}

static void the_relay_chains_proof_verifies(void **state)
{
    size_t i;
    json_t *v;
    (void)state;
    json_array_foreach(json_object_get(vectors, "real_proofs"), i, v)
    {
        struct bytes value;
        struct hash32 root = hash_at(v, "root");
        struct bytes_list items = list_of(json_object_get(v, "proof"));
        assert_int_equal(trie_proof_get(&arena, &value, &root, hex_at(v, "key"), &items, &e), ERR_OK);
        assert_true(bytes_eq(value, hex_at(v, "value")));
    }
    assert_true(i >= 1);
}

static void tampered_and_incomplete_proofs_are_unverified_not_absent(void **state)
{
    size_t i;
    json_t *v;
    (void)state;
    json_array_foreach(json_object_get(vectors, "bad_proofs"), i, v)
    {
        struct bytes value = BYTES_LIT("untouched");
        struct hash32 root = hash_at(v, "root");
        struct bytes_list items = list_of(json_object_get(v, "proof"));
        assert_int_equal(trie_proof_get(&arena, &value, &root, hex_at(v, "key"), &items, &e), ERR_UNVERIFIED);
        assert_true(bytes_eq(value, BYTES_LIT("untouched")));
    }
    assert_true(i >= 6);
}

static void every_node_decodes_and_encodes_to_itself(void **state)
{
    size_t i;
    json_t *v;
    (void)state;
    json_array_foreach(json_object_get(vectors, "nodes"), i, v)
    {
        struct node_view n;
        struct bytes in = hex_at(v, "hex");
        assert_int_equal(node_decode(&n, in, &e), ERR_OK);
        struct writer w = writer_in(&arena, 1000);
        node_encode(&w, &n);
        assert_true(bytes_eq(writer_bytes(&w), in));
    }
    assert_true(i >= 7);
}

static int load(void **state)
{
    json_error_t why;
    (void)state;
    arena_init(&arena, &arena_heap, 1 << 30);
    vectors = json_load_file(WETEE_VECTORS "/substrate/trie.json", 0, &why);
    return vectors == NULL ? -1 : 0;
}

static int unload(void **state)
{
    (void)state;
    json_decref(vectors);
    arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_root_is_the_vectors_root),
        cmocka_unit_test(every_ordered_root_is_the_vectors_root),
        cmocka_unit_test(roots_after_each_step_of_the_sequences),
        cmocka_unit_test(proofs_give_the_expected_values_and_absences),
        cmocka_unit_test(a_built_proof_is_the_vectors_proof),
        cmocka_unit_test(the_relay_chains_proof_verifies),
        cmocka_unit_test(tampered_and_incomplete_proofs_are_unverified_not_absent),
        cmocka_unit_test(every_node_decodes_and_encodes_to_itself),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
