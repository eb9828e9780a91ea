#include "store/store.h"
#include "base/fault.h"
#include <errno.h>
#include <ftw.h>
#include <rocksdb/c.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MIB = 1024 * 1024, BLOOM_BITS = 10, BLOCK_SIZE = 8 * 1024, OPEN_FILES = 256, INFO_LOGS = 2 };

/* RocksDB opens with the family "default" whether used or not. */
#define CF_TOTAL (STORE_CF_COUNT + 1)

static const char *const cf_names[CF_TOTAL] = {
#define X(name, text) [STORE_##name] = text,
    STORE_CFS(X)
#undef X
        [STORE_CF_COUNT] = "default",
};

struct store {
    rocksdb_t *db;
    rocksdb_column_family_handle_t *cf[CF_TOTAL];
    rocksdb_options_t *options;
    rocksdb_block_based_table_options_t *table;
    rocksdb_cache_t *cache;
    rocksdb_readoptions_t *read;
    rocksdb_writeoptions_t *write_sync, *write_lazy;
    char *path;
    bool temporary; /* remove the folder on close */
};

struct store_batch {
    struct store *store;
    rocksdb_writebatch_t *batch;
};

/* Takes over RocksDB's message. */
static enum err_code fail_with(struct err *e, const char *what, char *owned_message)
{
    enum err_code code = strncmp(owned_message, "Corruption", 10) == 0 ? ERR_CORRUPT : ERR_IO;
    (void)FAIL(e, code, "%s: %s", what, owned_message);
    rocksdb_free(owned_message);
    return code;
}

static void *must(void *p)
{
    ASSERT(p != NULL); /* out of memory */
    return p;
}

/* Indexes and filters count as cache content, in parts: whole ones do not fit a shard of a small cache, and
 * would be read again, half a megabyte, for every key. */
static rocksdb_block_based_table_options_t *table_options(size_t block_cache, rocksdb_cache_t **cache)
{
    rocksdb_block_based_table_options_t *t = rocksdb_block_based_options_create();
    const int two_levels = rocksdb_block_based_table_index_type_two_level_index_search;

    *cache = rocksdb_cache_create_lru(block_cache);
    rocksdb_block_based_options_set_block_cache(t, *cache);
    rocksdb_block_based_options_set_block_size(t, BLOCK_SIZE);
    rocksdb_block_based_options_set_filter_policy(t, rocksdb_filterpolicy_create_bloom_full(BLOOM_BITS));
    rocksdb_block_based_options_set_cache_index_and_filter_blocks(t, 1);
    rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(t, 1);
    rocksdb_block_based_options_set_index_type(t, two_levels);
    rocksdb_block_based_options_set_partition_filters(t, 1);
    rocksdb_block_based_options_set_pin_top_level_index_and_filter(t, 1);
    return t;
}

static void set_options(struct store *s, const struct store_options *opt)
{
    size_t write_buffer = opt->write_buffer == 0 ? 16 * MIB : opt->write_buffer;
    size_t block_cache = opt->block_cache == 0 ? 16 * MIB : opt->block_cache;
    rocksdb_options_t *o = s->options = rocksdb_options_create();

    rocksdb_options_set_create_if_missing(o, !opt->must_exist);
    rocksdb_options_set_create_missing_column_families(o, 1);
    rocksdb_options_set_db_write_buffer_size(o, write_buffer); /* over all families */
    rocksdb_options_set_write_buffer_size(o, write_buffer);
    rocksdb_options_set_max_total_wal_size(o, 4 * write_buffer);
    rocksdb_options_set_max_background_jobs(o, opt->threads == 0 ? 2 : opt->threads);
    rocksdb_options_set_max_open_files(o, OPEN_FILES);
    rocksdb_options_set_keep_log_file_num(o, INFO_LOGS);
    rocksdb_options_set_max_log_file_size(o, MIB);
    rocksdb_options_set_info_log_level(o, 2); /* warnings */
    rocksdb_options_set_stats_dump_period_sec(o, 0);
    rocksdb_options_set_stats_persist_period_sec(o, 0);
    rocksdb_options_set_level_compaction_dynamic_level_bytes(o, 1);
    rocksdb_options_set_optimize_filters_for_hits(o, 1);        /* mostly asked for what is there */
    rocksdb_options_set_compression(o, rocksdb_no_compression); /* hashes and encoded keys do not compress */

    s->table = table_options(block_cache, &s->cache);
    rocksdb_options_set_block_based_table_factory(o, s->table);
}

/* Says in words what RocksDB says about its lock file. */
static enum err_code open_failure(struct err *e, const char *path, char *owned_message)
{
    if (strstr(owned_message, "lock ") != NULL) {
        rocksdb_free(owned_message);
        return FAIL(e, ERR_BUSY, "another node is using %s", path);
    }
    return fail_with(e, "open store", owned_message);
}

static enum err_code open_db(struct store *s, const struct store_options *opt, struct err *e)
{
    const rocksdb_options_t *cf_options[CF_TOTAL];
    char *message = NULL;
    char *marker = must(malloc(strlen(s->path) + sizeof "/CURRENT"));

    (void)snprintf(marker, strlen(s->path) + sizeof "/CURRENT", "%s/CURRENT", s->path);
    bool exists = access(marker, F_OK) == 0;
    free(marker);
    if (opt->must_exist && !exists)
        return FAIL(e, ERR_NOT_FOUND, "no store in %s", s->path);
    set_options(s, opt);
    for (size_t i = 0; i < CF_TOTAL; i++)
        cf_options[i] = s->options;
    s->db =
        rocksdb_open_column_families(s->options, s->path, CF_TOTAL, cf_names, cf_options, s->cf, &message);
    if (message != NULL)
        return open_failure(e, s->path, message);
    s->read = rocksdb_readoptions_create();
    s->write_lazy = rocksdb_writeoptions_create();
    s->write_sync = rocksdb_writeoptions_create();
    rocksdb_writeoptions_set_sync(s->write_sync, 1);
    return ERR_OK;
}

enum err_code store_open(struct store **out, const char *path, const struct store_options *opt, struct err *e)
{
    static const struct store_options defaults = {0};
    struct store *s = must(calloc(1, sizeof *s));

    s->path = must(strdup(path));
    if (open_db(s, opt == NULL ? &defaults : opt, e) != ERR_OK) {
        store_close(s);
        return e->code;
    }
    *out = s;
    return ERR_OK;
}

enum err_code store_temp(struct store **out, struct err *e)
{
    const char *base = getenv("TMPDIR");
    char path[4096];

    int len = snprintf(path, sizeof path, "%s/wetee-store-XXXXXX", base == NULL ? "/tmp" : base);
    if (len < 0 || (size_t)len >= sizeof path)
        return FAIL(e, ERR_LIMIT, "TMPDIR is too long");
    if (mkdtemp(path) == NULL)
        return FAIL_SYS(e, ERR_IO, errno, "make a temporary folder in %s", base == NULL ? "/tmp" : base);
    if (store_open(out, path, NULL, e) != ERR_OK) {
        (void)rmdir(path);
        return e->code;
    }
    (*out)->temporary = true;
    return ERR_OK;
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

void store_close(struct store *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < CF_TOTAL; i++)
        if (s->cf[i] != NULL)
            rocksdb_column_family_handle_destroy(s->cf[i]);
    if (s->db != NULL)
        rocksdb_close(s->db);
    if (s->read != NULL)
        rocksdb_readoptions_destroy(s->read);
    if (s->write_sync != NULL)
        rocksdb_writeoptions_destroy(s->write_sync);
    if (s->write_lazy != NULL)
        rocksdb_writeoptions_destroy(s->write_lazy);
    if (s->options != NULL)
        rocksdb_options_destroy(s->options);
    if (s->table != NULL)
        rocksdb_block_based_options_destroy(s->table);
    if (s->cache != NULL)
        rocksdb_cache_destroy(s->cache);
    if (s->temporary)
        (void)nftw(s->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(s->path);
    free(s);
}

const char *store_path(const struct store *s)
{
    return s->path;
}

static const char *text(struct bytes b)
{
    return b.p == NULL ? "" : (const char *)b.p;
}

enum err_code store_get(struct store *s, enum store_cf cf, struct bytes key, struct arena *a,
                        struct bytes *out, bool *found, struct err *e)
{
    char *message = NULL;
    rocksdb_pinnableslice_t *slice =
        rocksdb_get_pinned_cf(s->db, s->read, s->cf[cf], text(key), key.len, &message);

    if (message != NULL)
        return fail_with(e, "read from the store", message);
    *found = slice != NULL;
    if (slice == NULL)
        return ERR_OK;
    size_t len;
    const char *value = rocksdb_pinnableslice_value(slice, &len);
    *out = arena_dup(a, bytes_of(value, len));
    rocksdb_pinnableslice_destroy(slice);
    return ERR_OK;
}

static void seek(rocksdb_iterator_t *it, struct bytes from, const struct bytes *to_opt, bool backwards)
{
    if (!backwards) {
        rocksdb_iter_seek(it, text(from), from.len);
        return;
    }
    if (to_opt == NULL) {
        rocksdb_iter_seek_to_last(it);
        return;
    }
    rocksdb_iter_seek_for_prev(it, text(*to_opt), to_opt->len);
    size_t len;
    const char *key = rocksdb_iter_valid(it) ? rocksdb_iter_key(it, &len) : NULL;
    if (key != NULL && bytes_eq(bytes_of(key, len), *to_opt)) /* `to` itself is outside */
        rocksdb_iter_prev(it);
}

enum err_code store_iterate(struct store *s, enum store_cf cf, struct bytes from, const struct bytes *to_opt,
                            bool backwards, store_visit visit, void *ctx, struct err *e)
{
    rocksdb_iterator_t *it = rocksdb_create_iterator_cf(s->db, s->read, s->cf[cf]);
    char *message = NULL;

    seek(it, from, to_opt, backwards);
    while (rocksdb_iter_valid(it)) {
        size_t key_len;
        size_t value_len;
        const char *key_text = rocksdb_iter_key(it, &key_len);
        struct bytes key = bytes_of(key_text, key_len);
        if (bytes_cmp(key, from) < 0 || (to_opt != NULL && bytes_cmp(key, *to_opt) >= 0))
            break;
        const char *value = rocksdb_iter_value(it, &value_len);
        if (!visit(ctx, key, bytes_of(value, value_len)))
            break;
        if (backwards)
            rocksdb_iter_prev(it);
        else
            rocksdb_iter_next(it);
    }
    rocksdb_iter_get_error(it, &message);
    rocksdb_iter_destroy(it);
    return message == NULL ? ERR_OK : fail_with(e, "iterate over the store", message);
}

struct store_batch *store_batch_new(struct store *s)
{
    struct store_batch *b = must(calloc(1, sizeof *b));
    b->store = s;
    b->batch = rocksdb_writebatch_create();
    return b;
}

void store_batch_free(struct store_batch *b)
{
    if (b == NULL)
        return;
    rocksdb_writebatch_destroy(b->batch);
    free(b);
}

void store_batch_clear(struct store_batch *b)
{
    rocksdb_writebatch_clear(b->batch);
}

size_t store_batch_count(const struct store_batch *b)
{
    return (size_t)rocksdb_writebatch_count(b->batch);
}

void store_put(struct store_batch *b, enum store_cf cf, struct bytes key, struct bytes value)
{
    rocksdb_writebatch_put_cf(b->batch, b->store->cf[cf], text(key), key.len, text(value), value.len);
}

void store_delete(struct store_batch *b, enum store_cf cf, struct bytes key)
{
    rocksdb_writebatch_delete_cf(b->batch, b->store->cf[cf], text(key), key.len);
}

enum err_code store_write(struct store *s, struct store_batch *b, bool sync, struct err *e)
{
    char *message = NULL;

    ASSERT(b->store == s);
    FAULT_POINT("store.write.before");
    rocksdb_write(s->db, sync ? s->write_sync : s->write_lazy, b->batch, &message);
    if (message != NULL)
        return fail_with(e, "write to the store", message);
    FAULT_POINT("store.write.after");
    rocksdb_writebatch_clear(b->batch);
    return ERR_OK;
}
