/* bench/trie_bench.c — what a block costs the state: 10,000 random accounts of 1,000,000 change, root and
 * commit.
 *
 * Runs over RocksDB in a temporary folder, once with room for all nodes in memory and once with the default
 * limit. Prints lines of name=value pairs. Options: number of accounts and of updates. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/int.h"
#include "crypto/hash.h"
#include "store/store.h"
#include "trie/trie.h"

enum { KEY_LEN = 32 + 48, VALUE_LEN = 80, BLOCKS = 6 };

struct bench {
    struct store *store;
    struct store_batch *batch;
    struct trie *trie;
    uint64_t accounts, updates, version, random;
};

static void check(enum err_code code, const struct err *e)
{
    if (code == ERR_OK)
        return;
    (void)fprintf(stderr, "%s: %s\n", err_code_text(code), e->msg);
    exit(1);
}

/* twox_128("System") twox_128("Account") blake2_128_concat(account i) */
static void account_key(uint8_t key[KEY_LEN], uint64_t i)
{
    uint8_t account[32];
    blake2_256(account, BYTES_OF(i));
    twox_128(key, BYTES_LIT("System"));
    twox_128(key + 16, BYTES_LIT("Account"));
    blake2_128(key + 32, BYTES_OF(account));
    memcpy(key + 48, account, sizeof account);
}

static void put_account(struct bench *b, uint64_t i, uint64_t nonce)
{
    uint8_t key[KEY_LEN];
    uint8_t value[VALUE_LEN] = {0};
    struct err e;
    account_key(key, i);
    store_u64le(value, nonce);
    store_u64le(value + 16, i);
    check(trie_put(b->trie, BYTES_OF(key), BYTES_OF(value), &e), &e);
}

static void commit(struct bench *b)
{
    struct err e;
    trie_commit(b->trie, b->version++, store_trie_sink(b->batch));
    check(store_write(b->store, b->batch, true, &e), &e);
}

/* Only the newest version stays. */
static void prune(struct bench *b)
{
    struct arena arena;
    struct err e;
    struct trie_db db = store_trie_db(b->store);
    arena_init(&arena, &arena_heap, SIZE_MAX / 2);
    check(trie_prune(&db, &arena, b->version - 1, store_trie_sink(b->batch), &e), &e);
    check(store_write(b->store, b->batch, false, &e), &e);
    arena_fini(&arena);
}

static unsigned long long rss_kib(void)
{
    unsigned long long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f == NULL || fscanf(f, "%*u %llu", &pages) != 1)
        return 0;
    (void)fclose(f);
    return pages * (unsigned long long)sysconf(_SC_PAGESIZE) / 1024;
}

/* One block of updates; microseconds for changes, root, commit and prune, in that order. */
static void block(struct bench *b, uint64_t us[4])
{
    struct hash32 root;
    uint64_t start = clock_mono_us();
    for (uint64_t i = 0; i < b->updates; i++) {
        b->random = b->random * 6364136223846793005u + 1442695040888963407u;
        put_account(b, (b->random >> 33) % b->accounts, b->version);
    }
    us[0] = clock_mono_us() - start;
    trie_root(b->trie, &root);
    us[1] = clock_mono_us() - start - us[0];
    commit(b);
    us[2] = clock_mono_us() - start - us[0] - us[1];
    prune(b);
    us[3] = clock_mono_us() - start - us[0] - us[1] - us[2];
}

static void run(struct bench *b, const char *memory, size_t limit, bool warm)
{
    struct trie_stats stats;
    struct err e;
    b->trie = trie_new(
        &(struct trie_config){.source = &arena_heap, .db = store_trie_db(b->store), .memory_limit = limit});
    check(trie_open(b->trie, b->version - 1, NULL, &e), &e);
    for (uint64_t i = 0; warm && i < b->accounts; i++)
        put_account(b, i, 0); /* most are that already; those changed before are changed back */
    if (warm) {
        commit(b);
        prune(b);
    }
    for (int i = 0; i < BLOCKS; i++) {
        uint64_t us[4];
        block(b, us);
        trie_stats(b->trie, &stats);
        (void)printf("name=trie_update_%llu_of_%llu memory=%s block=%d ms=%.1f put_ms=%.1f root_ms=%.1f "
                     "commit_ms=%.1f "
                     "prune_ms=%.1f resident_mib=%zu rss_mib=%llu\n",
                     (unsigned long long)b->updates, (unsigned long long)b->accounts, memory, i,
                     (double)(us[0] + us[1] + us[2]) / 1000, (double)us[0] / 1000, (double)us[1] / 1000,
                     (double)us[2] / 1000, (double)us[3] / 1000, stats.resident >> 20, rss_kib() / 1024);
        (void)fflush(stdout);
    }
    trie_free(b->trie);
}

int main(int argc, char **argv)
{
    struct bench b = {.accounts = 1000000, .updates = 10000, .random = 1};
    struct err e;
    if ((argc > 1 && !parse_u64(bytes_of_str(argv[1]), &b.accounts)) || b.accounts == 0 ||
        (argc > 2 && !parse_u64(bytes_of_str(argv[2]), &b.updates))) {
        (void)fprintf(stderr, "usage: bench_trie [accounts [updates]]\n");
        return 2;
    }
    (void)mallopt(M_MMAP_THRESHOLD, 128 * 1024); /* fixed, so that large chunks go back when freed */
    unsigned long long before = rss_kib();
    check(store_temp(&b.store, &e), &e);
    (void)printf("name=store_open_empty rss_kib=%llu process_rss_kib=%llu\n", rss_kib() - before, rss_kib());
    b.batch = store_batch_new(b.store);
    b.trie = trie_new(&(struct trie_config){.source = &arena_heap, .db = store_trie_db(b.store)});
    uint64_t start = clock_mono_us();
    for (uint64_t i = 0; i < b.accounts; i++) {
        put_account(&b, i, 0);
        if (i % 100000 != 99999)
            continue;
        commit(&b);
        prune(&b);
    }
    commit(&b);
    prune(&b);
    trie_free(b.trie);
    (void)printf("name=trie_build_%llu ms=%.1f\n", (unsigned long long)b.accounts,
                 (double)(clock_mono_us() - start) / 1000);
    (void)fflush(stdout);
    run(&b, "default", 0, false);
    run(&b, "1GiB", (size_t)1 << 30, true);
    store_batch_free(b.batch);
    store_close(b.store);
    return 0;
}
