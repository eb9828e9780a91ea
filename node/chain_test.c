/* node/chain_test.c — blocks of the development chain: built, imported elsewhere, reopened, pruned, asked. */
#include "codec/scale.h"
#include "node/chain.h"
#include "node/genesis_dev.h"
#include "node/node_test.h"
#include "node/sign_test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static void remove_folder(const char *path)
{
    assert_int_equal(nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

struct world {
    struct arena a;
    struct keypair alice, bob;
};

static void world_init(struct world *w)
{
    struct err e;

    arena_init(&w->a, &arena_heap, 256 << 20);
    assert_int_equal(keypair_from_uri(&w->alice, SIGNATURE_SR25519, BYTES_LIT("//Alice"), &e), ERR_OK);
    assert_int_equal(keypair_from_uri(&w->bob, SIGNATURE_SR25519, BYTES_LIT("//Bob"), &e), ERR_OK);
}

static struct chain *open_chain(const char *path, uint32_t pruning)
{
    struct chain_config config = {
        .path = path, .genesis = genesis_dev(), .code = BYTES_LIT("code"), .pruning = pruning};
    struct chain *c = NULL;
    struct err e;

    if (chain_open(&c, &config, &e) != ERR_OK)
        fail_msg("chain_open: %s", e.msg);
    return c;
}

/* One block with `count` transfers from nonce `nonce` on; returns its SCALE encoding in the arena. */
static struct bytes make_block(struct world *w, struct chain *c, uint32_t nonce, uint32_t count,
                               uint64_t now_ms)
{
    struct writer encoded = writer_in(&w->a, 1 << 20);
    struct chain_outcome o;
    struct chain_block b;
    struct err e;

    assert_int_equal(chain_begin(c, now_ms, &e), ERR_OK);
    for (uint32_t i = 0; i < count; i++) {
        struct bytes tx =
            test_transfer(&w->a, &w->alice, &w->bob.account, 1000 + i, nonce + i, chain_genesis_hash(c));
        assert_int_equal(chain_apply(c, tx, &o, &e), ERR_OK);
        assert_int_equal(o.kind, CHAIN_APPLIED);
    }
    assert_int_equal(chain_seal(c, &b, &e), ERR_OK);
    assert_int_equal(b.extrinsics.count, count + 1);
    put_bytes(&encoded, b.header);
    put_compact(&encoded, b.extrinsics.count);
    for (size_t i = 0; i < b.extrinsics.count; i++)
        put_bytes(&encoded, b.extrinsics.v[i]);
    for (size_t i = 1; i < b.change_count; i++)
        assert_true(bytes_cmp(b.changes[i - 1].key, b.changes[i].key) < 0);
    chain_block_done(c);
    return writer_bytes(&encoded);
}

static uint32_t nonce_at(struct world *w, struct chain *c, const struct hash32 *at, enum err_code expect)
{
    struct bytes out = BYTES_EMPTY;
    struct err e;

    assert_int_equal(
        chain_call(c, &w->a, &out, at, "AccountNonceApi_account_nonce", bytes_of(w->alice.account.b, 32), &e),
        expect);
    return expect == ERR_OK ? load_u32le(out.p) : 0;
}

static void blocks_survive_reopening_with_their_state_root(void **state)
{
    (void)state;
    struct world w;
    char path[] = "/tmp/wetee-chain-XXXXXX";

    world_init(&w);
    assert_non_null(mkdtemp(path));
    char *db = arena_fmt(&w.a, "%s/db", path);
    struct chain *c = open_chain(db, 0);
    for (uint32_t i = 0; i < 20; i++)
        (void)make_block(&w, c, 3 * i, 3, 1000);
    struct chain_head before = *chain_best(c);
    uint64_t timestamp = chain_timestamp(c);
    assert_int_equal(before.number, 20);
    assert_int_equal(timestamp, 1019); /* the clock stood still: strictly greater all the same */
    chain_close(c);
    c = open_chain(db, 0);
    assert_int_equal(chain_best(c)->number, 20);
    assert_true(hash32_eq(&chain_best(c)->hash, &before.hash));
    assert_true(hash32_eq(&chain_best(c)->state_root, &before.state_root));
    assert_int_equal(chain_timestamp(c), timestamp);
    assert_int_equal(nonce_at(&w, c, &chain_best(c)->hash, ERR_OK), 60);
    (void)make_block(&w, c, 60, 1, 0);

    struct chain_config other = {.path = db, .genesis = BYTES_LIT("{}")};
    struct chain *second = NULL;
    struct err e;
    assert_int_equal(chain_open(&second, &other, &e), ERR_BUSY);
    chain_close(c);
    assert_int_equal(chain_open(&second, &other, &e), ERR_REJECTED); /* another genesis */
    remove_folder(path);
    arena_fini(&w.a);
}

static void a_block_made_by_one_node_is_executed_by_another_to_the_same_head(void **state)
{
    (void)state;
    struct world w;
    struct chain_block b;
    struct err e;

    world_init(&w);
    struct chain *maker = open_chain(NULL, 0), *other = open_chain(NULL, 0);
    assert_true(hash32_eq(chain_genesis_hash(maker), chain_genesis_hash(other)));
    for (uint32_t i = 0; i < 5; i++) {
        struct bytes block = make_block(&w, maker, 2 * i, 2, 5000 * (i + 1));
        struct bytes damaged = arena_dup(&w.a, block), cut = bytes_of(block.p, block.len - 1);
        uint8_t *p = arena_alloc(&w.a, block.len);
        memcpy(p, damaged.p, damaged.len);
        p[40] ^= 1; /* a byte of the state root */
        assert_int_not_equal(chain_import(other, bytes_of(p, block.len), &b, &e), ERR_OK);
        assert_int_not_equal(chain_import(other, cut, &b, &e), ERR_OK);
        assert_int_equal(chain_best(other)->number, i);
        assert_int_equal(chain_import(other, block, &b, &e), ERR_OK);
        chain_block_done(other);
        assert_true(hash32_eq(&chain_best(maker)->hash, &chain_best(other)->hash));
        assert_int_equal(chain_timestamp(other), 5000 * (i + 1));
        assert_int_not_equal(chain_import(other, block, &b, &e), ERR_OK); /* not the next one any more */
    }
    chain_close(maker);
    chain_close(other);
    arena_fini(&w.a);
}

static void states_outside_the_window_are_gone_and_blocks_stay(void **state)
{
    (void)state;
    struct world w;
    struct bytes header;
    struct bytes_list body;
    struct hash32 at;
    struct err e;

    world_init(&w);
    struct chain *c = open_chain(NULL, 16);
    for (uint32_t i = 0; i < 40; i++)
        (void)make_block(&w, c, i, 1, 0);
    for (uint32_t n = 0; n <= 40; n++) {
        assert_int_equal(chain_hash_at(c, &at, n, &e), ERR_OK);
        assert_int_equal(chain_header(c, &w.a, &header, &at, &e), ERR_OK);
        assert_int_equal(chain_body(c, &w.a, &body, &at, &e), ERR_OK);
        assert_int_equal(body.count, n == 0 ? 0 : 2);
        bool kept = n > 40 - 16; /* 16 states: 25 to 40 */
        assert_int_equal(nonce_at(&w, c, &at, kept ? ERR_OK : ERR_NOT_FOUND), kept ? n : 0);
    }
    assert_int_equal(chain_hash_at(c, &at, 3, &e), ERR_OK);
    assert_int_equal(chain_call(c, &w.a, &header, &at, "Core_version", BYTES_EMPTY, &e), ERR_NOT_FOUND);
    assert_non_null(strstr(e.msg, "State already discarded for 0x"));
    assert_int_equal(chain_hash_at(c, &at, 41, &e), ERR_NOT_FOUND);
    assert_int_equal(chain_call(c, &w.a, &header, &chain_best(c)->hash, "No_such", BYTES_EMPTY, &e),
                     ERR_REJECTED);
    chain_close(c);
    arena_fini(&w.a);
}

static void a_refused_extrinsic_leaves_the_block_as_it_was(void **state)
{
    (void)state;
    struct world w;
    struct chain_outcome o;
    struct chain_block b;
    struct err e;

    world_init(&w);
    struct chain *with = open_chain(NULL, 0), *without = open_chain(NULL, 0);
    struct bytes bad = test_transfer(&w.a, &w.alice, &w.bob.account, 1, 7, chain_genesis_hash(with));
    struct hash32 root[2];
    for (int i = 0; i < 2; i++) {
        struct chain *c = i == 0 ? with : without;
        assert_int_equal(chain_begin(c, 1000, &e), ERR_OK);
        if (i == 0) {
            assert_int_equal(chain_apply(c, bad, &o, &e), ERR_OK);
            assert_int_equal(o.kind, CHAIN_INVALID);
            assert_int_equal(o.variant, 2); /* Future */
        }
        assert_int_equal(chain_seal(c, &b, &e), ERR_OK);
        root[i] = b.head.state_root;
        chain_block_done(c);
    }
    assert_true(hash32_eq(&root[0], &root[1]));
    assert_int_equal(chain_begin(with, 2000, &e), ERR_OK);
    chain_abandon(with);
    assert_int_equal(chain_best(with)->number, 1);
    (void)make_block(&w, with, 0, 1, 2000);
    chain_close(with);
    chain_close(without);
    arena_fini(&w.a);
}

int chain_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_survive_reopening_with_their_state_root),
        cmocka_unit_test(a_block_made_by_one_node_is_executed_by_another_to_the_same_head),
        cmocka_unit_test(states_outside_the_window_are_gone_and_blocks_stay),
        cmocka_unit_test(a_refused_extrinsic_leaves_the_block_as_it_was),
    };
    return cmocka_run_group_tests_name("node/chain", tests, NULL, NULL);
}
