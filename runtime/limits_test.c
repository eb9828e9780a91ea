/* What a transaction can make the runtime use: memory, events, weight. Every number here is one that, when it
 * was not bounded, let somebody stop the chain or use it for nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codec/scale.h"
#include "codec/walk.h"
#include "runtime/hooks.h"
#include "runtime/play_test.h"
#include "runtime/state.h"
#include "runtime/system_gen.h"
#include "runtime/worker_gen.h"
#include "trie/trie.h"

enum { WASM_MEMORY = 48 * 1024 * 1024 }; /* of one call, runtime/wasm/exports.c */

struct bench {
    struct play p;
    struct keypair alice, bob;
};

static int open_bench(void **state)
{
    static struct bench b;
    b.alice = play_key("//Alice", SIGNATURE_SR25519);
    b.bob = play_key("//Bob", SIGNATURE_SR25519);
    play_init(&b.p, play_dev_genesis);
    *state = &b;
    return 0;
}

static int close_bench(void **state)
{
    play_fini(&((struct bench *)*state)->p);
    return 0;
}

/* A runtime call with `limit` bytes of memory: more is an abort, as it is a trap in WASM. */
static struct bytes call_within(struct bench *b, size_t limit, const char *name, struct bytes input)
{
    struct arena a;
    struct bytes out;
    struct err e;

    arena_init(&a, &arena_heap, limit);
    memory_host_mark(b->p.m);
    assert_int_equal(runtime_call(&b->p.host, &a, &out, name, input, &e), ERR_OK);
    out = arena_dup(&b->p.arena, out);
    arena_fini(&a);
    return out;
}

/* `n` times the same call. */
static struct bytes batch_of(struct bench *b, struct bytes call, uint32_t n)
{
    struct call *calls = arena_new_n(&b->p.arena, struct call, n);
    struct call one = play_nested(&b->p, call);

    for (uint32_t i = 0; i < n; i++)
        calls[i] = one;
    return PLAY_CALL(&b->p, utility, force_batch, .calls = {.n = n, .v = calls});
}

static struct bytes transfer(struct bench *b)
{
    struct account_id charlie = play_account("//Charlie");
    return PLAY_CALL(&b->p, balances, transfer_keep_alive, .dest = play_address(&charlie),
                     .value = balance_of(1000));
}

static struct bytes remark(struct bench *b, size_t len)
{
    return PLAY_CALL(&b->p, system, remark, .remark = bytes_of(arena_alloc(&b->p.arena, len), len));
}

static void assert_applied(struct bytes result)
{
    assert_int_equal(result.len, 2);
    assert_int_equal(result.p[0], 0);
    assert_int_equal(result.p[1], 0);
}

/* Seventy batches of ninety: what 6300 calls need all together is what the decoded calls take and one of
 * them. */
static void a_batch_needs_the_memory_of_one_call_at_a_time(void **state)
{
    struct bench *b = *state;
    struct bytes call = batch_of(b, batch_of(b, transfer(b), 88), 70);

    play_begin(&b->p);
    struct bytes x = play_extrinsic(&b->p, &b->bob, call);
    assert_applied(call_within(b, 5 * 1024 * 1024, "BlockBuilder_apply_extrinsic", x));
}

/* The most events a transaction's weight pays for, and beside them calls whose arguments take the most memory
 * for their bytes, up to what the decoder allows. */
static void the_heaviest_transaction_fits_into_memory(void **state)
{
    struct bench *b = *state;
    static struct scale_bytes_bytes_pair items[1024];
    struct bytes wide = PLAY_CALL(&b->p, system, set_storage, .items = {.n = 1024, .v = items});
    struct bytes loud = PLAY_CALL(&b->p, system, remark_with_event, .remark = BYTES_EMPTY);
    struct call both[2] = {play_nested(&b->p, batch_of(b, batch_of(b, loud, 512), 160))};
    struct bytes heaviest = BYTES_EMPTY;
    struct call c;
    struct err e;

    for (uint32_t n = 100; n <= 512; n += 4) {
        both[1] = play_nested(&b->p, batch_of(b, wide, n));
        struct bytes call = PLAY_CALL(&b->p, utility, force_batch, .calls = {.n = 2, .v = both});
        if (call_decode(&b->p.arena, &c, call, &chain_registry, &e) != ERR_OK)
            break;
        heaviest = call;
    }
    assert_string_equal(strstr(e.msg, "value takes too much memory") != NULL ? "memory" : e.msg, "memory");
    play_begin(&b->p);
    struct bytes x = play_extrinsic(&b->p, &b->bob, heaviest);
    assert_applied(call_within(b, WASM_MEMORY, "BlockBuilder_apply_extrinsic", x));
    assert_applied(call_within(b, WASM_MEMORY, "BlockBuilder_apply_extrinsic",
                               play_extrinsic(&b->p, &b->alice, remark(b, 1))));
}

static void the_events_of_a_full_block_fit_into_memory(void **state)
{
    struct bench *b = *state;
    struct bytes cheap = batch_of(b, remark(b, 0), 500);
    struct bytes loud = batch_of(b, PLAY_CALL(&b->p, system, remark_with_event, .remark = BYTES_EMPTY), 500);

    for (uint32_t kind = 0; kind < 2; kind++) {
        struct bytes call = kind == 0 ? cheap : loud;
        play_begin(&b->p);
        while (play_do(&b->p, &b->bob, call).validity.kind == VALIDITY_OK)
            ;
        struct bytes header = call_within(b, WASM_MEMORY, "BlockBuilder_finalize_block", BYTES_EMPTY);
        assert_true(header.len > 100);
        struct exec x = exec_new(&b->p.host, &b->p.arena);
        struct bytes events;
        assert_true(state_get(&x, &events, bytes_of(system_storage_events.prefix, STORAGE_PREFIX_LEN)));
        assert_true(system_event_count_get(&x) > 10000);
        assert_in_range(events.len, 1, 8 * 1024 * 1024);
        b->p.head.b[0]++; /* a hash of the block is all the next one needs */
    }
}

/* System.Events is declared with 65536 records, and readers refuse more. */
static void a_block_never_has_more_events_than_declared(void **state)
{
    struct bench *b = *state;
    struct bytes nested = batch_of(b, batch_of(b, remark(b, 0), 500), 60);
    struct bytes small = PLAY_CALL(&b->p, system, remark_with_event, .remark = BYTES_EMPTY);
    struct exec x = exec_new(&b->p.host, &b->p.arena);

    play_begin(&b->p);
    for (struct play_result r = {.ok = true}; r.validity.kind == VALIDITY_OK || b->p.body_count < 2;)
        r = play_do(&b->p, &b->bob, nested);
    while (play_do(&b->p, &b->bob, small).validity.kind == VALIDITY_OK)
        ;
    (void)play_end(&b->p);
    assert_in_range(system_event_count_get(&x), 49152, 65536);
    play_begin(&b->p); /* the next block has room again, for a batch to its end */
    assert_true(play_do(&b->p, &b->bob, batch_of(b, small, 512)).ok);
    (void)play_end(&b->p);
    assert_null(strstr(play_events(&b->p, 1), "ItemFailed"));
}

static void whole_blocks_execute_in_the_memory_of_one_step(void **state)
{
    struct bench *b = *state;
    struct play other;
    struct bytes out;
    struct arena a;
    struct err e;

    play_init(&other, play_dev_genesis);
    play_begin(&b->p);
    assert_true(play_do(&b->p, &b->bob, transfer(b)).ok);
    /* Sizes that leave a hole behind each other in an arena that is used again. */
    for (uint32_t n = 8; n <= 512; n *= 2)
        assert_true(play_do(&b->p, &b->bob, batch_of(b, batch_of(b, remark(b, 1), n), 20)).ok);
    assert_true(play_do(&b->p, &b->bob, batch_of(b, batch_of(b, transfer(b), 40), 20)).ok);
    struct bytes header = play_end(&b->p);
    struct writer w = writer_in(&b->p.arena, 8 << 20);
    put_bytes(&w, header);
    put_compact(&w, b->p.body_count);
    for (uint32_t i = 0; i < b->p.body_count; i++)
        put_bytes(&w, b->p.body[i]);
    arena_init(&a, &arena_heap, 8 << 20);
    assert_int_equal(runtime_call(&other.host, &a, &out, "Core_execute_block", writer_bytes(&w), &e), ERR_OK);
    arena_fini(&a);
    play_fini(&other);
}

static struct play_result set_storage(struct bench *b, struct bytes key, struct bytes value)
{
    struct scale_bytes_bytes_pair item = {key, value};
    struct call c = play_nested(&b->p, PLAY_CALL(&b->p, system, set_storage, .items = {.n = 1, .v = &item}));
    return play_do(&b->p, &b->alice, PLAY_CALL(&b->p, sudo, sudo, .call = c));
}

static struct play_result kill_storage(struct bench *b, struct bytes key)
{
    struct call c = play_nested(&b->p, PLAY_CALL(&b->p, system, kill_storage, .keys = {.n = 1, .v = &key}));
    return play_do(&b->p, &b->alice, PLAY_CALL(&b->p, sudo, sudo, .call = c));
}

/* A Substrate host ignores writes to keys of child tries; a host that does not would have another root. */
static void keys_of_child_tries_cannot_be_written_raw(void **state)
{
    struct bench *b = *state;
    struct exec x = exec_new(&b->p.host, &b->p.arena);
    struct bytes key = BYTES_LIT(":child_storage:default:a"), out;

    play_begin(&b->p);
    assert_true(set_storage(b, key, BYTES_LIT("v")).ok);
    assert_false(state_get(&x, &out, key));
    assert_true(kill_storage(b, key).ok);
    assert_true(set_storage(b, BYTES_LIT(":child_storag"), BYTES_LIT("v")).ok);
    assert_true(state_get(&x, &out, BYTES_LIT(":child_storag")));
    (void)play_end(&b->p);
    const char *events = play_events(&b->p, 1);
    assert_non_null(strstr(events, "Sudo.Sudid"));
}

static void keys_longer_than_the_trie_takes_do_not_decode(void **state)
{
    struct bench *b = *state;
    uint8_t *long_key = arena_alloc(&b->p.arena, TRIE_KEY_MAX + 1);
    struct exec x = exec_new(&b->p.host, &b->p.arena);
    struct bytes out;
    struct call c;
    struct err e;

    for (size_t over = 0; over <= 1; over++) {
        struct writer w = writer_in(&b->p.arena, 4096);
        put_mem(&w, "\x00\x04\x04", 3); /* System.set_storage of one item */
        put_compact(&w, TRIE_KEY_MAX + over);
        put_mem(&w, long_key, TRIE_KEY_MAX + over);
        put_compact(&w, 0);
        assert_int_equal(call_decode(&b->p.arena, &c, writer_bytes(&w), &chain_registry, &e),
                         over == 0 ? ERR_OK : ERR_MALFORMED);
    }
    play_begin(&b->p);
    assert_true(set_storage(b, bytes_of(long_key, TRIE_KEY_MAX), BYTES_LIT("v")).ok);
    assert_true(set_storage(b, BYTES_EMPTY, BYTES_LIT("v")).ok);
    (void)play_end(&b->p);
    assert_true(state_get(&x, &out, bytes_of(long_key, TRIE_KEY_MAX)));
    assert_true(state_get(&x, &out, BYTES_EMPTY));
}

static void no_declared_key_is_longer_than_the_trie_takes(void **state)
{
    static const uint64_t hash_len[] = {
        [HASHER_BLAKE2_128] = 16, [HASHER_BLAKE2_256] = 32, [HASHER_BLAKE2_128_CONCAT] = 16,
        [HASHER_TWOX_128] = 16,   [HASHER_TWOX_256] = 32,   [HASHER_TWOX_64_CONCAT] = 8,
        [HASHER_IDENTITY] = 0};

    (void)state;
    for (uint16_t i = 0; i < chain_registry.pallet_count; i++) {
        const struct pallet_desc *p = chain_registry.pallets[i];
        for (uint16_t k = 0; k < p->storage_count; k++) {
            const struct storage_desc *s = p->storage[k];
            uint64_t len = STORAGE_PREFIX_LEN;
            for (uint8_t at = 0; at < s->key_count; at++)
                len += hash_len[s->hashers[at]] + walk_max_len(s->keys[at]);
            if (len > TRIE_KEY_MAX)
                fail_msg("%s.%s has keys of %llu bytes", p->name, s->name, (unsigned long long)len);
        }
    }
}

/* Root can write what does not decode; the block must end all the same. */
static void a_digest_that_does_not_decode_ends_no_block(void **state)
{
    struct bench *b = *state;

    play_begin(&b->p);
    assert_true(
        set_storage(b, bytes_of(system_storage_digest.prefix, STORAGE_PREFIX_LEN), BYTES_LIT("\xff\xff")).ok);
    (void)play_end(&b->p);
    play_skip(&b->p, 2);
}

static void a_batch_of_nothing_is_no_operational_call(void **state)
{
    struct bench *b = *state;
    struct call none = play_nested(&b->p, PLAY_CALL(&b->p, utility, batch, .calls = {0}));
    struct bytes key = BYTES_LIT("k");
    struct call kill =
        play_nested(&b->p, PLAY_CALL(&b->p, system, kill_storage, .keys = {.n = 1, .v = &key}));
    struct call all = play_nested(&b->p, PLAY_CALL(&b->p, utility, batch, .calls = {.n = 1, .v = &kill}));

    assert_int_equal(calls_info(&none).class, CALL_CLASS_NORMAL);
    assert_int_equal(calls_info(&all).class, CALL_CLASS_OPERATIONAL);
}

static void five_hundred_and_twelve_calls_weigh_what_they_are(void **state)
{
    struct bench *b = *state;
    struct call one = play_nested(&b->p, transfer(b));
    struct call all = play_nested(&b->p, batch_of(b, transfer(b), 512));

    assert_int_equal(UTILITY_BATCHED_CALLS_LIMIT, 512); /* pallets.md B14 */
    assert_true(calls_info(&all).weight >= 512 * calls_info(&one).weight);
    struct call sudo = play_nested(&b->p, PLAY_CALL(&b->p, sudo, sudo, .call = all));
    assert_true(calls_info(&sudo).weight > calls_info(&all).weight);
    play_begin(&b->p);
    struct system_per_class_weight before, after;
    struct exec x = exec_new(&b->p.host, &b->p.arena);
    system_block_weight_get(&x, &before);
    assert_true(play_do(&b->p, &b->bob, all.encoded).ok);
    system_block_weight_get(&x, &after);
    assert_true(after.normal.ref_time - before.normal.ref_time >= 512 * calls_info(&one).weight);
    (void)play_end(&b->p);
}

static uint64_t mandatory_weight(struct bench *b)
{
    struct exec x = exec_new(&b->p.host, &b->p.arena);
    struct system_per_class_weight all;
    system_block_weight_get(&x, &all);
    return all.mandatory.ref_time;
}

/* Rule 16 of pallets.md D6 needs the hooks' work in System.BlockWeight. */
static void what_the_hooks_do_is_counted_in_the_weight_of_the_block(void **state)
{
    struct bench *b = *state;
    struct exec x = exec_new(&b->p.host, &b->p.arena);
    struct worker_retry works[3] = {0};
    struct worker_due dues[5] = {0};

    play_skip(&b->p, 1);
    uint64_t idle = mandatory_weight(b);
    for (uint32_t i = 0; i < 3; i++)
        works[i].work_id = (struct worker_work_id){.wtype = WORKER_WORK_TYPE_APP, .id = 1000 + i};
    for (uint32_t i = 0; i < 5; i++)
        dues[i] = (struct worker_due){.kind = WORKER_DUE_KIND_CONTRACT,
                                      .work_id = {.wtype = WORKER_WORK_TYPE_APP, .id = 1000 + i}};
    worker_retry_at_put(&x, b->p.number + 1, &(struct worker_retry_vec){.n = 3, .v = works});
    worker_retry_count_put(&x, worker_retry_count_get(&x) + 3);
    worker_due_at_put(&x, b->p.number + 1, &(struct worker_due_vec){.n = 5, .v = dues});
    play_skip(&b->p, 1);
    assert_true(mandatory_weight(b) == idle + 3 * HOOK_WEIGHT_PER_WORK + 5 * HOOK_WEIGHT_PER_DUE);
    play_skip(&b->p, 1);
    assert_true(mandatory_weight(b) == idle);
}

#define BENCH_TEST(f) cmocka_unit_test_setup_teardown(f, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_batch_needs_the_memory_of_one_call_at_a_time),
        BENCH_TEST(the_heaviest_transaction_fits_into_memory),
        BENCH_TEST(the_events_of_a_full_block_fit_into_memory),
        BENCH_TEST(a_block_never_has_more_events_than_declared),
        BENCH_TEST(whole_blocks_execute_in_the_memory_of_one_step),
        BENCH_TEST(keys_of_child_tries_cannot_be_written_raw),
        BENCH_TEST(keys_longer_than_the_trie_takes_do_not_decode),
        cmocka_unit_test(no_declared_key_is_longer_than_the_trie_takes),
        BENCH_TEST(a_digest_that_does_not_decode_ends_no_block),
        BENCH_TEST(a_batch_of_nothing_is_no_operational_call),
        BENCH_TEST(five_hundred_and_twelve_calls_weigh_what_they_are),
        BENCH_TEST(what_the_hooks_do_is_counted_in_the_weight_of_the_block),
    };
    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
