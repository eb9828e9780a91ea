/* node/block.c — one block: building it, executing a foreign one, and the batch that makes either durable. */
#include "base/clock.h"
#include "base/fault.h"
#include "base/int.h"
#include "base/log.h"
#include "codec/header.h"
#include "codec/scale.h"
#include "crypto/hash.h"
#include "node/chain_impl.h"

#include <stdlib.h>

struct hash32 chain_hash_of(struct bytes header)
{
    struct hash32 h;
    blake2_256(h.b, header);
    return h;
}

void chain_shrink(struct arena *a)
{
    struct arena fresh;

    if (a->total <= CHAIN_ARENA_KEEP) {
        arena_reset(a);
        return;
    }
    arena_init(&fresh, a->source, a->limit);
    arena_fini(a);
    *a = fresh;
}

static void end_block(struct chain *c)
{
    c->building = false;
    c->body.count = 0;
    c->body.bytes = 0;
    if (c->body.cap > 4096) { /* a burst is over: give its memory back */
        free(c->body.v);
        c->body.v = NULL;
        c->body.cap = 0;
    }
    chain_shrink(&c->arena);
    chain_shrink(&c->call);
}

void chain_abandon(struct chain *c)
{
    overlay_reset(&c->overlay);
    end_block(c);
}

static void body_add(struct chain *c, struct bytes extrinsic)
{
    if (c->body.count == c->body.cap) {
        c->body.cap = c->body.cap == 0 ? 64 : c->body.cap * 2;
        c->body.v = reallocarray(c->body.v, c->body.cap, sizeof *c->body.v);
        ASSERT(c->body.v != NULL);
    }
    c->body.v[c->body.count++] = arena_dup(&c->arena, extrinsic);
    c->body.bytes += extrinsic.len;
}

static FALLIBLE call(struct chain *c, struct bytes *out, const char *name, struct bytes input, struct err *e)
{
    return runtime_call(&c->overlay.host, &c->call, out, name, input, e);
}

static FALLIBLE apply_inherents(struct chain *c, uint64_t timestamp, struct err *e)
{
    uint8_t data[32];
    struct writer w = writer_fixed(data, sizeof data);
    struct bytes out, now;
    uint8_t ms[8];

    store_u64le(ms, timestamp);
    now = bytes_of(ms, sizeof ms);
    put_compact(&w, 1);
    put_text(&w, "timstap0");
    put_compact_bytes(&w, now);
    TRY(call(c, &out, "BlockBuilder_inherent_extrinsics", writer_bytes(&w), e));
    struct reader r = reader_of(out);
    uint32_t count = take_count(&r, 1, CHAIN_EXTRINSICS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *start = r.p;
        (void)take_compact_bytes(&r, UINT32_MAX);
        if (!reader_ok(&r))
            break;
        struct bytes extrinsic = bytes_of(start, (size_t)(r.p - start));
        struct chain_outcome outcome;
        TRY(chain_apply(c, extrinsic, &outcome, e));
        if (outcome.kind != CHAIN_APPLIED)
            return FAIL(e, ERR_REJECTED, "inherent %u of block %u was refused", i, c->best.number + 1);
    }
    return reader_end(&r, "inherents", e);
}

static void encode_header(struct writer *w, const struct chain *c)
{
    struct hash32 zero = {0};

    put_mem(w, c->best.hash.b, sizeof c->best.hash.b);
    put_compact(w, (u128)c->best.number + 1);
    put_mem(w, zero.b, sizeof zero.b);
    put_mem(w, zero.b, sizeof zero.b);
    put_compact(w, 0);
}

FALLIBLE chain_begin(struct chain *c, uint64_t now_ms, struct err *e)
{
    uint8_t header[128];
    struct writer w = writer_fixed(header, sizeof header);
    struct bytes out;

    ASSERT(!c->building && c->best.number < UINT32_MAX);
    c->building = true;
    c->body.started_us = clock_mono_us();
    c->body.timestamp = max_u64(now_ms, c->timestamp + 1);
    overlay_open(&c->overlay, c->trie, true);
    encode_header(&w, c);
    enum err_code rc = call(c, &out, "Core_initialize_block", writer_bytes(&w), e);
    if (rc == ERR_OK)
        rc = apply_inherents(c, c->body.timestamp, e);
    if (rc != ERR_OK) {
        chain_abandon(c);
        return err_wrap(e, "begin block %u", c->best.number + 1);
    }
    return ERR_OK;
}

/* ApplyExtrinsicResult: only its outer Result matters here. */
static FALLIBLE read_outcome(struct chain_outcome *out, struct bytes result, struct err *e)
{
    struct reader r = reader_of(result);
    struct chain_outcome o = {.kind = CHAIN_APPLIED};

    if (take_u8(&r) == 0) {
        TRY(reader_check(&r, "apply result", e));
        *out = o;
        return ERR_OK;
    }
    o.kind = CHAIN_INVALID;
    o.unknown = take_bool(&r);
    o.variant = take_u8(&r);
    if (o.variant == (o.unknown ? 2 : 7))
        o.custom = take_u8(&r);
    if (!o.unknown && o.variant == 6)
        o.kind = CHAIN_EXHAUSTED;
    TRY(reader_end(&r, "apply result", e));
    *out = o;
    return ERR_OK;
}

FALLIBLE chain_apply(struct chain *c, struct bytes extrinsic, struct chain_outcome *out, struct err *e)
{
    const struct host *host = &c->overlay.host;
    struct arena_mark mark = arena_mark(&c->call);
    struct bytes result;
    struct chain_outcome o;

    ASSERT(c->building);
    if (c->body.bytes + extrinsic.len > CHAIN_BODY_MAX || c->body.count == CHAIN_EXTRINSICS_MAX) {
        *out = (struct chain_outcome){.kind = CHAIN_EXHAUSTED};
        return ERR_OK;
    }
    host->transaction_start(host->ctx);
    enum err_code rc = call(c, &result, "BlockBuilder_apply_extrinsic", extrinsic, e);
    if (rc == ERR_OK)
        rc = read_outcome(&o, result, e);
    arena_rewind(&c->call, mark);
    if (rc != ERR_OK || o.kind != CHAIN_APPLIED)
        host->transaction_rollback(host->ctx);
    else
        host->transaction_commit(host->ctx);
    TRY(rc);
    if (o.kind == CHAIN_APPLIED)
        body_add(c, extrinsic);
    *out = o;
    return ERR_OK;
}

size_t chain_applied_bytes(const struct chain *c)
{
    return c->body.bytes;
}

static void prune(struct chain *c, uint32_t number)
{
    struct trie_db db = store_trie_db(c->store);
    struct err e;

    if (c->pruning == 0)
        return;
    for (int i = 0; i < CHAIN_PRUNE_STEPS && c->oldest + c->pruning <= number; i++) {
        if (trie_prune(&db, &c->arena, c->oldest + 1, store_trie_sink(c->batch), &e) != ERR_OK)
            overlay_store_failed(&e);
        c->oldest++;
    }
    uint8_t oldest[4];
    store_u32le(oldest, c->oldest);
    store_put(c->batch, STORE_META, META_OLDEST, BYTES_OF(oldest));
}

/*~ 8/12 One synced batch: nodes, header, body, index, head. Before it nothing is on disk. */
void chain_commit(struct chain *c, const struct hash32 *hash, uint32_t number, const struct hash32 *root,
                  struct bytes header, struct bytes body)
{
    struct bytes hash_bytes = bytes_of(hash->b, sizeof hash->b);
    uint8_t number_be[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
                            (uint8_t)number};
    uint8_t head[44];
    struct err e;

    trie_commit(c->trie, number, store_trie_sink(c->batch));
    store_put(c->batch, STORE_HEADERS, hash_bytes, header);
    store_put(c->batch, STORE_BODIES, hash_bytes, body);
    store_put(c->batch, STORE_NUMBERS, BYTES_OF(number_be), hash_bytes);
    memcpy(head, hash->b, 32);
    store_u32le(head + 32, number);
    store_u64le(head + 36, c->body.timestamp);
    store_put(c->batch, STORE_META, META_HEAD, BYTES_OF(head));
    prune(c, number);
    FAULT_POINT("node.block.finalized");
    if (store_write(c->store, c->batch, true, &e) != ERR_OK)
        overlay_store_failed(&e);
    FAULT_POINT("node.block.committed");
    if (c->view != NULL) { /* its version may just have been pruned */
        trie_free(c->view);
        c->view = NULL;
    }
    c->best = (struct chain_head){.hash = *hash, .number = number, .state_root = *root};
    c->timestamp = c->body.timestamp;
}

struct collect {
    struct chain_change *v;
    size_t count;
    bool code;
};

static void collect_change(void *ctx, struct bytes key, const struct bytes *value_opt)
{
    struct collect *k = ctx;
    struct chain_change *x = &k->v[k->count++];

    *x = (struct chain_change){
        .key = key, .value = value_opt ? *value_opt : BYTES_EMPTY, .found = value_opt != NULL};
    k->code |= bytes_eq(key, BYTES_LIT(":code"));
}

/* Commits what the overlay holds as `header`, and fills *out. The overlay stays open for *out's views. */
static void commit_block(struct chain *c, struct bytes header, const struct header *h,
                         struct chain_block *out)
{
    struct collect k = {arena_new_n(&c->arena, struct chain_change, overlay_count(&c->overlay)), 0, false};
    struct writer w = writer_in(&c->arena, SIZE_MAX);
    uint64_t t0 = clock_mono_us();
    struct hash32 hash = chain_hash_of(header);

    put_compact(&w, c->body.count);
    for (size_t i = 0; i < c->body.count; i++)
        put_bytes(&w, c->body.v[i]);
    ASSERT(writer_ok(&w));
    overlay_each(&c->overlay, collect_change, &k);
    struct bytes body = writer_bytes(&w);
    *out = (struct chain_block){
        .head = {.hash = hash, .number = h->number, .state_root = h->state_root},
        .parent = h->parent,
        .header = arena_dup(&c->arena, header),
        .extrinsics = {c->body.v, c->body.count},
        .changes = k.v,
        .change_count = k.count,
        .runtime_changed = k.code,
        .execute_us = t0 - c->body.started_us - c->overlay.root_us,
        .root_us = c->overlay.root_us,
    };
    chain_commit(c, &hash, h->number, &h->state_root, header, body);
    out->write_us = clock_mono_us() - t0;
    c->building = false; /* the new state may be asked while *out is being told */
}

void chain_block_done(struct chain *c)
{
    overlay_done(&c->overlay);
    end_block(c);
}

/* The header the runtime finalized must be the child of the head and hold the root of what it wrote. */
static FALLIBLE check_header(struct chain *c, const struct header *h, struct err *e)
{
    struct hash32 root = overlay_root(&c->overlay);

    if (!hash32_eq(&h->parent, &c->best.hash) || h->number != c->best.number + 1)
        return FAIL(e, ERR_REJECTED, "block %u is not the child of the head %u", h->number, c->best.number);
    if (!hash32_eq(&root, &h->state_root))
        return FAIL(e, ERR_REJECTED, "block %u: the state has another root than its header says", h->number);
    return ERR_OK;
}

FALLIBLE chain_seal(struct chain *c, struct chain_block *out, struct err *e)
{
    struct header h;
    struct bytes header;

    ASSERT(c->building);
    FAULT_POINT("node.block.applied");
    enum err_code rc = call(c, &header, "BlockBuilder_finalize_block", BYTES_EMPTY, e);
    if (rc == ERR_OK)
        rc = header_decode(&h, header, e);
    if (rc == ERR_OK)
        rc = check_header(c, &h, e);
    if (rc != ERR_OK) {
        uint32_t number = c->best.number + 1;
        chain_abandon(c);
        return err_wrap(e, "seal block %u", number);
    }
    commit_block(c, header, &h, out);
    return ERR_OK;
}

/* Splits a block into header and extrinsics; the extrinsics go to c->body. */
static FALLIBLE take_block(struct chain *c, struct bytes block, struct bytes *header, struct header *h,
                           struct err *e)
{
    struct reader r = reader_of(block);

    if (block.len > CHAIN_BLOCK_MAX)
        return FAIL(e, ERR_LIMIT, "block of %zu bytes, at most %d allowed", block.len, CHAIN_BLOCK_MAX);
    take_header(&r, h);
    *header = bytes_of(block.p, r.taken);
    uint32_t count = take_count(&r, 1, CHAIN_EXTRINSICS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *start = r.p;
        (void)take_compact_bytes(&r, UINT32_MAX);
        if (reader_ok(&r))
            body_add(c, bytes_of(start, (size_t)(r.p - start)));
    }
    return reader_end(&r, "block", e);
}

/* Timestamp.Now after the block: the next block built here must be later. */
static uint64_t timestamp_of(struct chain *c)
{
    uint8_t key[32];
    struct bytes value;

    twox_128(key, BYTES_LIT("Timestamp"));
    twox_128(key + 16, BYTES_LIT("Now"));
    if (!c->overlay.host.storage_get(&c->overlay, &c->arena, &value, BYTES_OF(key)) || value.len != 8)
        return c->timestamp;
    return load_u64le(value.p);
}

FALLIBLE chain_import(struct chain *c, struct bytes block, struct chain_block *out, struct err *e)
{
    struct header h;
    struct bytes header, nothing;

    ASSERT(!c->building);
    c->building = true;
    c->body.started_us = clock_mono_us();
    overlay_open(&c->overlay, c->trie, true);
    enum err_code rc = take_block(c, block, &header, &h, e);
    if (rc == ERR_OK && (!hash32_eq(&h.parent, &c->best.hash) || h.number != c->best.number + 1))
        rc = FAIL(e, ERR_REJECTED, "block %u is not the child of the head %u", h.number, c->best.number);
    if (rc == ERR_OK)
        rc = call(c, &nothing, "Core_execute_block", block, e);
    if (rc == ERR_OK)
        rc = check_header(c, &h, e);
    if (rc != ERR_OK) {
        chain_abandon(c);
        return err_wrap(e, "import");
    }
    c->body.timestamp = timestamp_of(c);
    commit_block(c, header, &h, out);
    return ERR_OK;
}
