/* The state trie against a sorted array that does the same things in the plainest way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "crypto/hash.h"
#include "trie/memory_db_test.h"
#include "trie/proof.h"
#include "trie/root.h"
#include "trie/trie.h"

enum { KEYS_MAX = 400, WINDOW = 8, OPERATIONS = 200000, VALUE_MAX = 3000 };

struct snapshot {
    struct arena arena;
    struct trie_pair pairs[KEYS_MAX];
    size_t count;
    uint64_t version;
    struct hash32 root;
};

struct world {
    uint64_t random;
    struct memory_db *db;
    struct trie_config config;
    struct trie *trie;
    struct snapshot now;             /* the model; its arena is rebuilt at each commit */
    struct snapshot history[WINDOW]; /* by version % WINDOW */
    uint64_t version, oldest;        /* committed; readable */
    struct arena arena;
    struct err e;
};

static uint64_t next_random(struct world *w) /* xorshift64* */
{
    w->random ^= w->random >> 12;
    w->random ^= w->random << 25;
    w->random ^= w->random >> 27;
    return w->random * 2685821657736338717u;
}

static size_t below(struct world *w, size_t n)
{
    return (size_t)(next_random(w) >> 33) % n;
}

/* Short keys over few bytes: prefixes of each other, neighbours, shared and unshared nibbles. */
static struct bytes random_key(struct world *w)
{
    static const uint8_t letters[] = {0x00, 0x01, 0x0f, 0x10, 0x11, 0xf0, 0xff};
    size_t len = below(w, 20) == 0 ? 40 + below(w, 3) : below(w, 6);
    uint8_t *p = arena_alloc(&w->arena, len);
    for (size_t i = 0; i < len; i++)
        p[i] = below(w, 8) == 0 ? (uint8_t)next_random(w) : letters[below(w, ARRAY_LEN(letters))];
    return bytes_of(p, len);
}

static struct bytes random_value(struct world *w)
{
    static const size_t lens[] = {0, 1, 8, 24, 25, 31, 32, 33, 80, 1024, 1025, VALUE_MAX};
    size_t len = lens[below(w, ARRAY_LEN(lens) - (below(w, 4) != 0 ? 3 : 0))];
    uint8_t *p = arena_alloc(&w->arena, len);
    for (size_t i = 0; i < len; i++)
        p[i] = i < 2 ? (uint8_t)next_random(w) & 3 : (uint8_t)i; /* equal values happen */
    return bytes_of(p, len);
}

/* The first pair whose key is not below `key`. */
static size_t model_find(const struct snapshot *s, struct bytes key)
{
    size_t at = 0;
    while (at < s->count && bytes_cmp(s->pairs[at].key, key) < 0)
        at++;
    return at;
}

static bool model_has(const struct snapshot *s, size_t at, struct bytes key)
{
    return at < s->count && bytes_eq(s->pairs[at].key, key);
}

static void model_copy(struct snapshot *to, const struct snapshot *from)
{
    arena_reset(&to->arena);
    to->count = from->count;
    to->version = from->version;
    to->root = from->root;
    for (size_t i = 0; i < from->count; i++)
        to->pairs[i] = (struct trie_pair){arena_dup(&to->arena, from->pairs[i].key),
                                          arena_dup(&to->arena, from->pairs[i].value)};
}

static void model_put(struct snapshot *s, struct bytes key, struct bytes value)
{
    size_t at = model_find(s, key);
    if (!model_has(s, at, key)) {
        memmove(&s->pairs[at + 1], &s->pairs[at], (s->count - at) * sizeof s->pairs[0]);
        s->count++;
        s->pairs[at].key = arena_dup(&s->arena, key);
    }
    s->pairs[at].value = arena_dup(&s->arena, value);
}

static void model_delete(struct snapshot *s, struct bytes key)
{
    size_t at = model_find(s, key);
    if (!model_has(s, at, key))
        return;
    s->count--;
    memmove(&s->pairs[at], &s->pairs[at + 1], (s->count - at) * sizeof s->pairs[0]);
}

static void check_get(struct world *w, struct trie *t, const struct snapshot *s, struct bytes key)
{
    struct bytes value;
    struct hash32 hash;
    uint8_t want[32];
    bool found;
    bool hash_found;
    size_t at = model_find(s, key);

    assert_int_equal(trie_get(t, &w->arena, &value, &found, key, &w->e), ERR_OK);
    assert_int_equal(trie_value_hash(t, &hash, &hash_found, key, &w->e), ERR_OK);
    assert_int_equal(found, model_has(s, at, key));
    assert_int_equal(hash_found, found);
    if (!found)
        return;
    assert_true(bytes_eq(value, s->pairs[at].value));
    blake2_256(want, value);
    assert_memory_equal(hash.b, want, 32);
}

static void check_next(struct world *w, struct trie *t, const struct snapshot *s, struct bytes key)
{
    struct bytes next;
    bool found;
    size_t at = model_find(s, key);
    if (model_has(s, at, key))
        at++;
    assert_int_equal(trie_next_key(t, &w->arena, &next, &found, key, &w->e), ERR_OK);
    assert_int_equal(found, at < s->count);
    if (found)
        assert_true(bytes_eq(next, s->pairs[at].key));
}

static void check_root(struct world *w, struct trie *t, const struct snapshot *s)
{
    struct hash32 got;
    struct hash32 want;
    trie_root(t, &got);
    trie_root_of_sorted(&w->arena, &want, s->pairs, s->count, STATE_V1);
    assert_memory_equal(got.b, want.b, 32);
}

/* A proof of one key verifies to what the model holds. */
static void check_proof(struct world *w, struct trie *t, const struct snapshot *s, struct bytes key)
{
    struct hash32 root;
    struct bytes_list items;
    struct bytes value;
    size_t at = model_find(s, key);

    trie_root(t, &root);
    assert_int_equal(trie_read_proof(t, &w->arena, &items, &(struct bytes_list){&key, 1}, &w->e), ERR_OK);
    enum err_code code = trie_proof_get(&w->arena, &value, &root, key, &items, &w->e);
    assert_int_equal(code, model_has(s, at, key) ? ERR_OK : ERR_NOT_FOUND);
    if (code == ERR_OK)
        assert_true(bytes_eq(value, s->pairs[at].value));
}

/* There is a closest descendant exactly when some key begins with `key`, and for "" it is the root. */
static void check_closest(struct world *w, struct trie *t, const struct snapshot *s, struct bytes key)
{
    struct bytes merkle;
    struct hash32 root;
    bool found;
    size_t at = model_find(s, key);

    assert_int_equal(trie_closest_merkle_value(t, &w->arena, &merkle, &found, key, &w->e), ERR_OK);
    assert_int_equal(found, at < s->count && bytes_starts_with(s->pairs[at].key, key));
    trie_root(t, &root);
    if (found && key.len == 0)
        assert_true(bytes_eq(merkle, BYTES_OF(root)));
}

/* Walks a whole trie: every key and value, in order. */
static void check_all(struct world *w, struct trie *t, const struct snapshot *s)
{
    struct bytes key;
    struct bytes value;
    bool found;
    bool has;

    assert_int_equal(trie_first_key(t, &w->arena, &key, &found, &w->e), ERR_OK);
    for (size_t i = 0; i < s->count; i++) {
        assert_true(found);
        assert_true(bytes_eq(key, s->pairs[i].key));
        assert_int_equal(trie_get(t, &w->arena, &value, &has, key, &w->e), ERR_OK);
        assert_true(has && bytes_eq(value, s->pairs[i].value));
        assert_int_equal(trie_next_key(t, &w->arena, &key, &found, key, &w->e), ERR_OK);
    }
    assert_false(found);
}

static void commit(struct world *w)
{
    w->version += 1 + below(w, 2); /* a version may be left out */
    trie_commit(w->trie, w->version, memory_db_sink(w->db));
    struct snapshot *kept = &w->history[w->version % WINDOW];
    w->now.version = w->version;
    trie_root(w->trie, &w->now.root);
    model_copy(kept, &w->now);
    struct snapshot *now = &w->now; /* sheds what the arena gathered */
    arena_reset(&now->arena);
    model_copy(now, kept);
    for (; w->oldest + WINDOW <= w->version; w->oldest++)
        assert_int_equal(trie_prune(&w->config.db, &w->arena, w->oldest + 1, memory_db_sink(w->db), &w->e),
                         ERR_OK);
}

static struct snapshot *at_version(struct world *w, uint64_t version)
{
    struct snapshot *s = &w->history[version % WINDOW];
    return s->version == version ? s : NULL;
}

static void check_view(struct world *w)
{
    struct trie *view;
    struct trie_config config = w->config;
    uint64_t version = w->oldest + below(w, (size_t)(w->version - w->oldest) + 1);
    struct snapshot *s = at_version(w, version);

    config.memory_limit = below(w, 2) == 0 ? 4096 : 0;
    enum err_code code = trie_view(&view, &config, version, NULL, &w->e);
    if (s == NULL) {
        assert_int_equal(code, ERR_NOT_FOUND);
        return;
    }
    assert_int_equal(code, ERR_OK);
    check_root(w, view, s);
    for (int i = 0; i < 5; i++) {
        struct bytes key = random_key(w);
        check_get(w, view, s, key);
        check_next(w, view, s, key);
        check_proof(w, view, s, key);
        check_closest(w, view, s, key);
    }
    if (below(w, 10) == 0)
        check_all(w, view, s);
    trie_free(view);
}

static void go_back(struct world *w, bool reopen)
{
    struct snapshot *last = at_version(w, w->version);
    if (reopen) {
        trie_free(w->trie);
        w->trie = trie_new(&w->config);
        assert_int_equal(trie_open(w->trie, w->version, &last->root, &w->e), ERR_OK);
    } else {
        trie_discard(w->trie);
    }
    model_copy(&w->now, last);
}

static void step(struct world *w)
{
    size_t what = below(w, 1000);
    struct bytes key = random_key(w);

    if (below(w, 2) == 0 && w->now.count > 0) /* half of the time a key that is there */
        key = arena_dup(&w->arena, w->now.pairs[below(w, w->now.count)].key);
    if (what < 400 && w->now.count < KEYS_MAX) {
        struct bytes value = random_value(w);
        assert_int_equal(trie_put(w->trie, key, value, &w->e), ERR_OK);
        model_put(&w->now, key, value);
    } else if (what < 700) {
        assert_int_equal(trie_delete(w->trie, key, &w->e), ERR_OK);
        model_delete(&w->now, key);
    } else if (what < 800) {
        check_get(w, w->trie, &w->now, key);
    } else if (what < 900) {
        check_next(w, w->trie, &w->now, key);
    } else if (what < 930) {
        check_root(w, w->trie, &w->now);
    } else if (what < 940) {
        check_proof(w, w->trie, &w->now, key);
        check_closest(w, w->trie, &w->now, key);
    } else if (what < 970) {
        commit(w);
    } else if (what < 980) {
        check_view(w);
    } else if (what < 984) {
        go_back(w, what % 2 == 0);
    } else if (what < 985 && below(w, 4) == 0) { /* everything goes */
        while (w->now.count > 0) {
            assert_int_equal(trie_delete(w->trie, w->now.pairs[w->now.count - 1].key, &w->e), ERR_OK);
            w->now.count--;
        }
    }
}

/* Nodes and values a full walk reads, each once, and the root's record: nothing else may be left. */
static void check_store_holds_only_the_newest(struct world *w)
{
    struct trie *view;
    struct trie_stats stats;
    struct trie_config config = w->config;
    struct snapshot *last = at_version(w, w->version);

    for (; w->oldest < w->version; w->oldest++)
        assert_int_equal(trie_prune(&w->config.db, &w->arena, w->oldest + 1, memory_db_sink(w->db), &w->e),
                         ERR_OK);
    config.memory_limit = 1 << 30; /* nothing is loaded twice */
    assert_int_equal(trie_view(&view, &config, w->version, &last->root, &w->e), ERR_OK);
    check_all(w, view, last);
    trie_stats(view, &stats);
    assert_int_equal(memory_db_count(w->db), stats.loads + 1);
    trie_free(view);
}

static void run_world(size_t memory_limit, uint64_t seed)
{
    struct world *w = arena_heap.more(sizeof *w);
    assert_non_null(w);
    memset(w, 0, sizeof *w);
    w->random = seed;
    w->db = memory_db_new();
    w->config = (struct trie_config){&arena_heap, memory_db_reader(w->db), memory_limit};
    w->trie = trie_new(&w->config);
    arena_init(&w->arena, &arena_heap, 1 << 30);
    arena_init(&w->now.arena, &arena_heap, 1 << 30);
    for (size_t i = 0; i < WINDOW; i++)
        arena_init(&w->history[i].arena, &arena_heap, 1 << 30);
    commit(w); /* version 0 is never used, so 0 in `history` means nothing */
    w->oldest = w->version;
    for (int i = 0; i < OPERATIONS / 2; i++) {
        step(w);
        if (i % 20000 == 0)
            check_store_holds_only_the_newest(w);
        arena_reset(&w->arena);
    }
    commit(w);
    check_store_holds_only_the_newest(w);
    trie_free(w->trie);
    memory_db_free(w->db);
    arena_fini(&w->arena);
    arena_fini(&w->now.arena);
    for (size_t i = 0; i < WINDOW; i++)
        arena_fini(&w->history[i].arena);
    arena_heap.give_back(w, sizeof *w);
}

static void random_operations_match_a_sorted_array(void **state)
{
    (void)state;
    run_world(0, 0x9e3779b97f4a7c15u);
}

static void random_operations_match_when_nodes_are_dropped_all_the_time(void **state)
{
    (void)state;
    run_world(20 * 1024, 0xd1b54a32d192ed03u);
}

/* ---- what random operations do not show ---- */

struct fixture {
    struct memory_db *db;
    struct trie_config config;
    struct trie *trie;
    struct arena arena;
    struct err e;
};

static int fixture_open(void **state)
{
    struct fixture *f = arena_heap.more(sizeof *f);
    memset(f, 0, sizeof *f);
    f->db = memory_db_new();
    f->config = (struct trie_config){&arena_heap, memory_db_reader(f->db), 0};
    f->trie = trie_new(&f->config);
    arena_init(&f->arena, &arena_heap, 1 << 30);
    *state = f;
    return 0;
}

static int fixture_close(void **state)
{
    struct fixture *f = *state;
    trie_free(f->trie);
    memory_db_free(f->db);
    arena_fini(&f->arena);
    arena_heap.give_back(f, sizeof *f);
    return 0;
}

static void keys_and_values_over_the_limits_are_refused(void **state)
{
    struct fixture *f = *state;
    static uint8_t zeros[TRIE_KEY_MAX + 1];
    struct bytes too_long = bytes_of(zeros, sizeof zeros);
    struct bytes longest = bytes_of(zeros, TRIE_KEY_MAX);
    struct bytes out;
    bool found;

    assert_int_equal(trie_put(f->trie, too_long, BYTES_LIT("v"), &f->e), ERR_LIMIT);
    assert_int_equal(trie_put(f->trie, longest, bytes_of(zeros, TRIE_VALUE_MAX + (size_t)1), &f->e),
                     ERR_LIMIT);
    assert_int_equal(trie_put(f->trie, longest, BYTES_LIT("v"), &f->e), ERR_OK);
    assert_int_equal(trie_get(f->trie, &f->arena, &out, &found, too_long, &f->e), ERR_OK);
    assert_false(found);
    assert_int_equal(trie_delete(f->trie, too_long, &f->e), ERR_OK);
    assert_int_equal(trie_next_key(f->trie, &f->arena, &out, &found, too_long, &f->e), ERR_OK);
    assert_false(found);
}

/* A key of every length up to the maximum, each the prefix of the next: the deepest trie there is. */
static void the_deepest_trie_is_handled(void **state)
{
    struct fixture *f = *state;
    static uint8_t zeros[TRIE_KEY_MAX];
    static struct trie_pair pairs[TRIE_KEY_MAX + 1];
    struct hash32 root;
    struct hash32 want;

    for (size_t i = 0; i <= TRIE_KEY_MAX; i++) {
        pairs[i] = (struct trie_pair){bytes_of(zeros, i), BYTES_LIT("value")};
        assert_int_equal(trie_put(f->trie, pairs[i].key, pairs[i].value, &f->e), ERR_OK);
    }
    trie_root_of_sorted(&f->arena, &want, pairs, ARRAY_LEN(pairs), STATE_V1);
    trie_root(f->trie, &root);
    assert_memory_equal(root.b, want.b, 32);
    trie_commit(f->trie, 1, memory_db_sink(f->db));
    assert_int_equal(trie_open(f->trie, 1, &want, &f->e), ERR_OK);
    for (size_t i = TRIE_KEY_MAX + 1; i > 0; i--)
        assert_int_equal(trie_delete(f->trie, pairs[i - 1].key, &f->e), ERR_OK);
    trie_root(f->trie, &root);
    assert_memory_equal(root.b, trie_empty_root.b, 32);
    trie_commit(f->trie, 2, memory_db_sink(f->db));
    assert_int_equal(trie_prune(&f->config.db, &f->arena, 2, memory_db_sink(f->db), &f->e), ERR_OK);
    assert_int_equal(memory_db_count(f->db), 1); /* the root record of version 2 */
}

static void a_pruned_version_is_not_found_and_an_open_view_of_it_says_so(void **state)
{
    struct fixture *f = *state;
    struct trie *view;
    struct bytes value;
    bool found;

    assert_int_equal(trie_put(f->trie, BYTES_LIT("key"), BYTES_LIT("one"), &f->e), ERR_OK);
    trie_commit(f->trie, 1, memory_db_sink(f->db));
    assert_int_equal(trie_put(f->trie, BYTES_LIT("key"), BYTES_LIT("two"), &f->e), ERR_OK);
    trie_commit(f->trie, 2, memory_db_sink(f->db));
    assert_int_equal(trie_view(&view, &f->config, 1, NULL, &f->e), ERR_OK);
    assert_int_equal(trie_prune(&f->config.db, &f->arena, 2, memory_db_sink(f->db), &f->e), ERR_OK);
    assert_int_equal(trie_get(view, &f->arena, &value, &found, BYTES_LIT("key"), &f->e), ERR_NOT_FOUND);
    trie_free(view);
    assert_int_equal(trie_view(&view, &f->config, 1, NULL, &f->e), ERR_NOT_FOUND);
    assert_int_equal(trie_view(&view, &f->config, 3, NULL, &f->e), ERR_NOT_FOUND);
    assert_int_equal(trie_view(&view, &f->config, 2, &trie_empty_root, &f->e), ERR_CORRUPT);
    assert_int_equal(trie_prune(&f->config.db, &f->arena, 2, memory_db_sink(f->db), &f->e), ERR_OK);
}

static void flip_first_byte(void *ctx, struct bytes key, uint8_t *value, size_t len)
{
    (void)ctx;
    if (key.p[key.len - 1] <= 2 && len > 0) /* nodes and values; tags are in docs/formats/trie-store.md */
        value[len - 1] ^= 1;
}

static void damaged_records_are_reported_not_used(void **state)
{
    struct fixture *f = *state;
    static uint8_t large[2000];
    struct bytes value;
    bool found;

    assert_int_equal(trie_put(f->trie, BYTES_LIT("a"), BYTES_LIT("some value"), &f->e), ERR_OK);
    assert_int_equal(trie_put(f->trie, BYTES_LIT("b"), bytes_of(large, sizeof large), &f->e), ERR_OK);
    trie_commit(f->trie, 1, memory_db_sink(f->db));
    assert_int_equal(trie_get(f->trie, &f->arena, &value, &found, BYTES_LIT("b"), &f->e), ERR_OK);
    assert_true(bytes_eq(value, bytes_of(large, sizeof large)));
    memory_db_each(f->db, flip_first_byte, NULL);
    assert_int_equal(trie_get(f->trie, &f->arena, &value, &found, BYTES_LIT("b"), &f->e), ERR_CORRUPT);
    assert_int_equal(trie_open(f->trie, 1, NULL, &f->e), ERR_OK);
    assert_int_equal(trie_get(f->trie, &f->arena, &value, &found, BYTES_LIT("a"), &f->e), ERR_CORRUPT);
}

static void a_failing_store_fails_the_call_and_discard_recovers(void **state)
{
    struct fixture *f = *state;
    struct bytes value;
    bool found;

    assert_int_equal(trie_put(f->trie, BYTES_LIT("aa"), BYTES_LIT("1"), &f->e), ERR_OK);
    assert_int_equal(trie_put(f->trie, BYTES_LIT("ab"), BYTES_LIT("2"), &f->e), ERR_OK);
    trie_commit(f->trie, 1, memory_db_sink(f->db));
    assert_int_equal(trie_open(f->trie, 1, NULL, &f->e), ERR_OK);
    memory_db_break(f->db, true);
    assert_int_equal(trie_put(f->trie, BYTES_LIT("aa"), BYTES_LIT("3"), &f->e), ERR_IO);
    assert_int_equal(trie_delete(f->trie, BYTES_LIT("aa"), &f->e), ERR_IO);
    assert_int_equal(trie_get(f->trie, &f->arena, &value, &found, BYTES_LIT("aa"), &f->e), ERR_IO);
    memory_db_break(f->db, false);
    trie_discard(f->trie);
    assert_int_equal(trie_get(f->trie, &f->arena, &value, &found, BYTES_LIT("aa"), &f->e), ERR_OK);
    assert_true(found && bytes_eq(value, BYTES_LIT("1")));
}

static void a_commit_writes_changed_paths_only(void **state)
{
    struct fixture *f = *state;
    struct trie_stats before;
    struct trie_stats after;
    uint8_t key[4] = {0};

    for (int i = 0; i < 4096; i++) {
        key[0] = (uint8_t)(i >> 4);
        key[1] = (uint8_t)(i << 4);
        assert_int_equal(trie_put(f->trie, BYTES_OF(key), BYTES_LIT("value"), &f->e), ERR_OK);
    }
    trie_commit(f->trie, 1, memory_db_sink(f->db));
    trie_stats(f->trie, &before);
    assert_int_equal(trie_put(f->trie, BYTES_OF(key), BYTES_LIT("value"), &f->e), ERR_OK); /* no change */
    trie_commit(f->trie, 2, memory_db_sink(f->db));
    trie_stats(f->trie, &after);
    assert_int_equal(after.written - before.written, 2); /* root record, stale list */
    assert_int_equal(trie_put(f->trie, BYTES_OF(key), BYTES_LIT("other"), &f->e), ERR_OK);
    trie_commit(f->trie, 3, memory_db_sink(f->db));
    trie_stats(f->trie, &before);
    assert_int_equal(before.written - after.written, 4 + 2); /* root, two branches, leaf */
}

static void memory_is_given_back_after_a_large_commit(void **state)
{
    struct fixture *f = *state;
    struct trie_config config = f->config;
    struct trie_stats stats;
    uint8_t key[32];

    config.memory_limit = 1 << 20;
    struct trie *t = trie_new(&config);
    for (uint64_t i = 0; i < 50000; i++) {
        blake2_256(key, BYTES_OF(i));
        assert_int_equal(trie_put(t, BYTES_OF(key), BYTES_OF(key), &f->e), ERR_OK);
    }
    trie_stats(t, &stats);
    assert_true(stats.resident > 4u << 20);
    trie_commit(t, 1, memory_db_sink(f->db));
    trie_stats(t, &stats);
    assert_true(stats.reserved <= 2u << 20);
    for (uint64_t i = 0; i < 50000; i++) { /* reading all of it stays within the limit, too */
        struct bytes value;
        bool found;
        blake2_256(key, BYTES_OF(i));
        assert_int_equal(trie_get(t, &f->arena, &value, &found, BYTES_OF(key), &f->e), ERR_OK);
        assert_true(found);
        arena_reset(&f->arena);
    }
    trie_stats(t, &stats);
    assert_true(stats.resident <= (1u << 20) + 4096 && stats.reserved <= 2u << 20);
    trie_free(t);
}

int main(void)
{
#define WITH_TRIE(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_operations_match_a_sorted_array),
        cmocka_unit_test(random_operations_match_when_nodes_are_dropped_all_the_time),
        WITH_TRIE(keys_and_values_over_the_limits_are_refused),
        WITH_TRIE(the_deepest_trie_is_handled),
        WITH_TRIE(a_pruned_version_is_not_found_and_an_open_view_of_it_says_so),
        WITH_TRIE(damaged_records_are_reported_not_used),
        WITH_TRIE(a_failing_store_fails_the_call_and_discard_recovers),
        WITH_TRIE(a_commit_writes_changed_paths_only),
        WITH_TRIE(memory_is_given_back_after_a_large_commit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
