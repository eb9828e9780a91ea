/* node/chain.c — opening a chain: the first block, or the last one that was committed. See chain.h. */
#include "node/chain.h"
#include "base/clock.h"
#include "base/log.h"
#include "codec/header.h"
#include "codec/json_read.h"
#include "codec/scale.h"
#include "crypto/hash.h"
#include "node/chain_impl.h"
#include "trie/node.h"

#include <stdlib.h>

/* ---- what the genesis document says of the chain; the rest of it is the runtime's ---- */

static char *raw_json(struct chain *c, struct json_reader *j)
{
    size_t start = j->at;

    json_skip(j);
    struct bytes raw = bytes_of(j->in.p + start, j->at - start);
    while (raw.len > 0 && (raw.p[0] == ' ' || raw.p[0] == '\n' || raw.p[0] == '\r' || raw.p[0] == '\t'))
        raw = bytes_from(raw, 1);
    return arena_str(&c->process, raw);
}

static char *short_text(struct chain *c, struct json_reader *j)
{
    struct bytes text = json_take_string(j);

    if (text.len == 0 || text.len > CHAIN_TEXT_MAX)
        json_fail(j, "a text of 1 to 256 bytes expected");
    return arena_str(&c->process, text);
}

static FALLIBLE read_info(struct chain *c, struct bytes spec, struct err *e)
{
    struct json_reader j = json_reader_of(&c->process, spec);
    struct chain_info info = {0};
    struct bytes key;

    json_object_begin(&j);
    while (json_object_next(&j, &key))
        if (bytes_eq(key, BYTES_LIT("name")))
            info.name = short_text(c, &j);
        else if (bytes_eq(key, BYTES_LIT("chainType")))
            info.type_json = raw_json(c, &j);
        else if (bytes_eq(key, BYTES_LIT("properties")))
            info.properties_json = raw_json(c, &j);
        else if (bytes_eq(key, BYTES_LIT("dev_mode")))
            info.dev_mode = json_take_bool(&j);
        else
            json_skip(&j);
    TRY(json_end(&j, "genesis document", e));
    if (info.name == NULL)
        info.name = arena_str(&c->process, BYTES_LIT("WeTEE"));
    if (info.type_json == NULL)
        info.type_json = arena_str(&c->process, BYTES_LIT("\"Development\""));
    if (info.properties_json == NULL)
        info.properties_json = arena_str(&c->process, BYTES_LIT("{}"));
    c->info = info;
    return ERR_OK;
}

/* ---- genesis ---- */

static void genesis_header(struct writer *w, const struct hash32 *root)
{
    struct header h = {.state_root = *root, .extrinsics_root = trie_empty_root};
    header_encode(w, &h);
}

static FALLIBLE build_genesis(struct chain *c, struct bytes spec, struct bytes code, struct err *e)
{
    struct writer header = writer_in(&c->arena, SIZE_MAX);
    uint8_t format[4], oldest[4] = {0};

    overlay_open(&c->overlay, c->trie, true);
    if (runtime_build_genesis(&c->overlay.host, &c->arena, spec, e) != ERR_OK) {
        overlay_reset(&c->overlay);
        return err_wrap(e, "genesis");
    }
    c->overlay.host.storage_set(&c->overlay, BYTES_LIT(":code"), code);
    struct hash32 root = overlay_root(&c->overlay);
    genesis_header(&header, &root);
    struct hash32 hash = chain_hash_of(writer_bytes(&header));

    c->body.timestamp = 0;
    c->genesis = hash;
    store_u32le(format, CHAIN_FORMAT);
    /* One batch holds block 0 and all that names the chain: a chain is there as a whole or not at all. */
    store_put(c->batch, STORE_META, META_FORMAT, BYTES_OF(format));
    store_put(c->batch, STORE_META, META_GENESIS, bytes_of(hash.b, sizeof hash.b));
    store_put(c->batch, STORE_META, META_SPEC, spec);
    store_put(c->batch, STORE_META, META_OLDEST, BYTES_OF(oldest));
    chain_commit(c, &hash, 0, &root, writer_bytes(&header), BYTES_LIT("\0"));
    overlay_done(&c->overlay);
    LOG_INFO("node", "new chain", F_STR("name", c->info.name), F_HASH("genesis", &hash),
             F_HASH("root", &root));
    return ERR_OK;
}

/* ---- a chain that is there ---- */

static FALLIBLE meta(struct chain *c, struct bytes *out, struct bytes key, size_t len, struct err *e)
{
    bool found = false;

    TRY(store_get(c->store, STORE_META, key, &c->arena, out, &found, e));
    if (!found || (len != 0 && out->len != len))
        return FAIL(e, ERR_CORRUPT, "%.*s in the store's meta family is missing or misshapen", (int)key.len,
                    (const char *)key.p);
    return ERR_OK;
}

static FALLIBLE load_head(struct chain *c, struct err *e)
{
    struct bytes head, header, root, oldest;
    struct header h;
    bool found = false;

    TRY(meta(c, &head, META_HEAD, 44, e));
    TRY(meta(c, &root, META_GENESIS, 32, e));
    TRY(meta(c, &oldest, META_OLDEST, 4, e));
    memcpy(c->genesis.b, root.p, 32);
    memcpy(c->best.hash.b, head.p, 32);
    c->best.number = load_u32le(head.p + 32);
    c->timestamp = load_u64le(head.p + 36);
    c->oldest = load_u32le(oldest.p);
    TRY(store_get(c->store, STORE_HEADERS, bytes_of(c->best.hash.b, 32), &c->arena, &header, &found, e));
    if (!found)
        return FAIL(e, ERR_CORRUPT, "the head, block %u, has no header", c->best.number);
    TRY(header_decode(&h, header, e));
    struct hash32 hash = chain_hash_of(header);
    if (!hash32_eq(&hash, &c->best.hash) || h.number != c->best.number)
        return FAIL(e, ERR_CORRUPT, "the header of block %u is not the one named as head", c->best.number);
    c->best.state_root = h.state_root;
    if (trie_open(c->trie, c->best.number, &h.state_root, e) != ERR_OK) {
        e->code = ERR_CORRUPT;
        return err_wrap(e, "state of block %u", c->best.number);
    }
    return ERR_OK;
}

static FALLIBLE load(struct chain *c, const struct chain_config *config, struct err *e)
{
    struct bytes format, spec;

    TRY(meta(c, &format, META_FORMAT, 4, e));
    if (load_u32le(format.p) != CHAIN_FORMAT)
        return FAIL(e, ERR_UNSUPPORTED, "the store has format %u, this program writes %d",
                    load_u32le(format.p), CHAIN_FORMAT);
    TRY(meta(c, &spec, META_SPEC, 0, e));
    if (!config->any_chain && !bytes_eq(config->genesis, spec))
        return FAIL(e, ERR_REJECTED, "the folder holds a chain with another genesis document");
    TRY(read_info(c, spec, e));
    return load_head(c, e);
}

/* ---- life ---- */

static FALLIBLE open_store(struct chain *c, const struct chain_config *config, struct err *e)
{
    struct store_options options = {.write_buffer = 16 << 20, .block_cache = 8 << 20};

    if (config->path == NULL)
        return store_temp(&c->store, e);
    return store_open(&c->store, config->path, &options, e);
}

static FALLIBLE fill(struct chain *c, const struct chain_config *config, struct err *e)
{
    struct bytes format;
    bool found = false;

    TRY(open_store(c, config, e));
    c->batch = store_batch_new(c->store);
    c->trie = trie_new(&(struct trie_config){
        .source = &arena_heap, .db = store_trie_db(c->store), .memory_limit = CHAIN_TRIE_MEMORY});
    TRY(store_get(c->store, STORE_META, META_FORMAT, &c->arena, &format, &found, e));
    if (found)
        return load(c, config, e);
    TRY(read_info(c, config->genesis, e));
    return build_genesis(c, config->genesis, config->code, e);
}

FALLIBLE chain_open(struct chain **out, const struct chain_config *config, struct err *e)
{
    struct chain *c = calloc(1, sizeof *c);

    ASSERT(c != NULL);
    c->pruning = config->pruning;
    arena_init(&c->arena, &arena_heap, CHAIN_ARENA_MAX);
    arena_init(&c->call, &arena_heap, CHAIN_ARENA_MAX);
    arena_init(&c->process, &arena_heap, 4 << 20);
    sigcache_init(&c->sigs);
    overlay_init(&c->overlay, &c->sigs);
    overlay_init(&c->ask, &c->sigs);
    enum err_code rc = fill(c, config, e);
    chain_shrink(&c->arena);
    if (rc != ERR_OK) {
        chain_close(c);
        return rc;
    }
    *out = c;
    return ERR_OK;
}

void chain_close(struct chain *c)
{
    if (c == NULL)
        return;
    overlay_fini(&c->overlay);
    overlay_fini(&c->ask);
    trie_free(c->view);
    trie_free(c->trie);
    store_batch_free(c->batch);
    store_close(c->store);
    sigcache_fini(&c->sigs);
    arena_fini(&c->arena);
    arena_fini(&c->call);
    arena_fini(&c->process);
    free(c->body.v);
    free(c);
}

const struct chain_head *chain_best(const struct chain *c)
{
    return &c->best;
}

const struct hash32 *chain_genesis_hash(const struct chain *c)
{
    return &c->genesis;
}

const struct chain_info *chain_info(const struct chain *c)
{
    return &c->info;
}

struct sigcache *chain_sigs(struct chain *c)
{
    return &c->sigs;
}

uint64_t chain_timestamp(const struct chain *c)
{
    return c->timestamp;
}

const char *chain_path(const struct chain *c)
{
    return store_path(c->store);
}
