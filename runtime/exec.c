#include "runtime/exec.h"

#include "chain/chain.h"
#include "codec/storage_key.h"
#include "codec/walk.h"
#include "runtime/dispatch_gen.h"
#include "runtime/state.h"
#include "runtime/system_gen.h"
#include "runtime/timestamp_gen.h"

/* Prefix, and per part at most a 32-byte hash and the encoded key. */
enum { KEY_MAX = STORAGE_PREFIX_LEN + STORAGE_KEYS_MAX * (32 + STORAGE_KEY_PART_MAX) };
enum { EVENTS_MAX = 256 * 1024 * 1024, CALL_NESTED_LEN_MAX = 64 * 1024 };

struct exec exec_new(const struct host *host, struct arena *a)
{
    return (struct exec){
        .host = host,
        .arena = a,
        .phase = PHASE_INITIALIZATION,
        .events = writer_in(a, EVENTS_MAX),
    };
}

/* ---- what handlers ask ---- */

const struct account_id *exec_signer(const struct exec *x)
{
    ASSERT(x->origin.kind == ORIGIN_SIGNED);
    return &x->origin.who;
}

uint32_t exec_block(const struct exec *x)
{
    return x->block;
}

bool exec_block_hash(struct exec *x, struct hash32 *out, uint32_t n)
{
    if (x->virtual_parent && n + 1 == x->block) {
        *out = x->parent;
        return true;
    }
    if (n >= x->block || !system_block_hash_has(x, n))
        return false;
    system_block_hash_get(x, out, n);
    return true;
}

struct hash32 exec_genesis_hash(struct exec *x)
{
    struct hash32 h = {0};
    (void)exec_block_hash(x, &h, 0); /* zeros while the genesis state itself is being built */
    return h;
}

uint64_t exec_now_ms(struct exec *x)
{
    return timestamp_now_get(x);
}

struct hash32 exec_blake2_256(struct exec *x, struct bytes in)
{
    struct hash32 h;
    x->host->blake2_256(x->host->ctx, h.b, in);
    return h;
}

bool exec_dev_mode(struct exec *x)
{
    struct bytes v;
    return state_get(x, &v, STATE_DEV_MODE) && v.len == 1 && v.p[0] == 1;
}

bool exec_sim_root(struct exec *x, struct bytes *out)
{
    return state_get(x, out, STATE_SIM_ROOT);
}

bool exec_author(struct exec *x, struct account_id *out)
{
    struct bytes v;
    if (!state_get(x, &v, STATE_AUTHOR) || v.len != sizeof out->b)
        return false;
    memcpy(out->b, v.p, v.len);
    return true;
}

void exec_waive_fee(struct exec *x)
{
    if (x->depth == 1)
        x->fee_waived = true;
}

/* ---- storage ---- */

static void host_blake2_128(void *ctx, uint8_t out[16], struct bytes in)
{
    const struct host *h = ctx;
    h->blake2_128(h->ctx, out, in);
}

static void host_blake2_256(void *ctx, uint8_t out[32], struct bytes in)
{
    const struct host *h = ctx;
    h->blake2_256(h->ctx, out, in);
}

static void host_twox_64(void *ctx, uint8_t out[8], struct bytes in)
{
    const struct host *h = ctx;
    h->twox_64(h->ctx, out, in);
}

static void host_twox_128(void *ctx, uint8_t out[16], struct bytes in)
{
    const struct host *h = ctx;
    h->twox_128(h->ctx, out, in);
}

/* The declarations use no twox_256. */
static void host_twox_256(void *ctx, uint8_t out[32], struct bytes in)
{
    (void)ctx;
    (void)out;
    (void)in;
    UNREACHABLE();
}

struct key {
    uint8_t b[KEY_MAX];
    size_t len;
};

static struct bytes key_of(const struct exec *x, struct key *k, const struct storage_desc *item,
                           const void *const *keys)
{
    struct host host = *x->host;
    const struct hash_ops ops = {
        .ctx = &host,
        .blake2_128 = host_blake2_128,
        .blake2_256 = host_blake2_256,
        .twox_64 = host_twox_64,
        .twox_128 = host_twox_128,
        .twox_256 = host_twox_256,
    };
    struct writer w = writer_fixed(k->b, sizeof k->b);

    storage_key(&w, item, keys, item->key_count, &ops);
    ASSERT(writer_ok(&w)); /* key types are fixed-width or bounded below STORAGE_KEY_PART_MAX */
    k->len = w.len;
    return bytes_of(k->b, k->len);
}

bool exec_storage_get(struct exec *x, const struct storage_desc *item, const void *const *keys, void *out)
{
    struct key k;
    struct bytes raw;
    struct err e;

    if (x->host->storage_get(x->host->ctx, x->arena, &raw, key_of(x, &k, item, keys))) {
        if (walk_decode_all(x->arena, out, raw, item->value, &chain_registry, item->name, &e) == ERR_OK)
            return true;
        /* Only root's set_storage can write what does not decode; as in the SDK it reads as absent. */
        x->host->log(x->host->ctx, bytes_of_str(e.msg));
    }
    if (item->has_default) {
        if (item->default_value != NULL)
            memcpy(out, item->default_value, item->value->size);
        else
            memset(out, 0, item->value->size);
    }
    return false;
}

bool exec_storage_has(struct exec *x, const struct storage_desc *item, const void *const *keys)
{
    struct key k;
    struct bytes raw;
    struct arena_mark mark = arena_mark(x->arena);
    bool has = x->host->storage_get(x->host->ctx, x->arena, &raw, key_of(x, &k, item, keys));
    arena_rewind(x->arena, mark);
    return has;
}

void exec_storage_put(struct exec *x, const struct storage_desc *item, const void *const *keys,
                      const void *value)
{
    struct key k;
    uint8_t small[512]; /* most values; larger ones are written in the arena */
    struct writer w = writer_fixed(small, sizeof small);

    walk_encode(&w, item->value, value);
    if (writer_ok(&w)) {
        x->host->storage_set(x->host->ctx, key_of(x, &k, item, keys), writer_bytes(&w));
        return;
    }
    struct arena_mark mark = arena_mark(x->arena);
    w = writer_in(x->arena, EVENTS_MAX);
    walk_encode(&w, item->value, value);
    ASSERT(writer_ok(&w)); /* the module keeps its values within its declared bounds */
    x->host->storage_set(x->host->ctx, key_of(x, &k, item, keys), writer_bytes(&w));
    arena_rewind(x->arena, mark);
}

void exec_storage_del(struct exec *x, const struct storage_desc *item, const void *const *keys)
{
    struct key k;
    x->host->storage_clear(x->host->ctx, key_of(x, &k, item, keys));
}

/* ---- events ---- */

void exec_deposit_event(struct exec *x, uint8_t module, uint8_t index, const struct type *fields,
                        const void *value)
{
    struct writer *w = &x->events;

    put_u8(w, (uint8_t)x->phase);
    if (x->phase == PHASE_APPLY_EXTRINSIC)
        put_u32(w, x->extrinsic_index);
    put_u8(w, module);
    put_u8(w, index);
    walk_encode(w, fields, value);
    put_u8(w, 0); /* no topics */
    ASSERT(writer_ok(w));
    x->event_count++;
}

/* ---- layers and dispatch ---- */

struct exec_layer exec_layer_begin(struct exec *x)
{
    ASSERT(x->layers < EXEC_LAYERS_MAX);
    x->layers++;
    x->host->transaction_start(x->host->ctx);
    return (struct exec_layer){.events_len = x->events.len, .event_count = x->event_count};
}

void exec_layer_end(struct exec *x, const struct exec_layer *layer, bool commit)
{
    ASSERT(x->layers > 0);
    x->layers--;
    if (commit) {
        x->host->transaction_commit(x->host->ctx);
        return;
    }
    x->host->transaction_rollback(x->host->ctx);
    x->events.len = layer->events_len;
    x->event_count = layer->event_count;
}

static bool origin_allowed(enum call_origin wanted, enum origin_kind kind)
{
    switch (wanted) {
    case CALL_ORIGIN_SIGNED:
        return kind == ORIGIN_SIGNED;
    case CALL_ORIGIN_ROOT:
        return kind == ORIGIN_ROOT;
    case CALL_ORIGIN_NONE:
        return kind == ORIGIN_NONE;
    case CALL_ORIGIN_ANY:
        return kind != ORIGIN_NONE;
    }
    UNREACHABLE();
}

/* X12: nested calls of an account are bounded in depth and size. Root's size is not: it may carry code. */
static bool nesting_allowed(const struct exec *x, const struct origin *origin, const struct call *call)
{
    if (x->depth == 0)
        return true;
    if (x->depth > EXEC_CALL_DEPTH_MAX)
        return false;
    return origin->kind == ORIGIN_ROOT || call->encoded.len <= CALL_NESTED_LEN_MAX;
}

struct dispatch exec_dispatch(struct exec *x, const struct origin *origin, const struct call *call)
{
    if (!nesting_allowed(x, origin, call))
        return system_fail(SYSTEM_ERR_CALL_FILTERED);
    if (x->depth > 0 && x->block_events + x->event_count >= EXEC_EVENTS_MAX)
        return DISPATCH_FAIL(DISPATCH_EXHAUSTED, 0);
    if (!origin_allowed(call->desc->origin, origin->kind))
        return DISPATCH_FAIL(DISPATCH_BAD_ORIGIN, 0);

    struct origin outer = x->origin;
    struct arena_mark mark = arena_mark(x->arena);
    const uint8_t *events = x->events.p;
    struct exec_layer layer = exec_layer_begin(x);
    x->origin = *origin;
    x->depth++;
    struct dispatch d = runtime_dispatch(x, call);
    x->depth--;
    x->origin = outer;
    exec_layer_end(x, &layer, dispatch_ok(d));
    /* A batch needs the memory of one of its calls at a time. Only the events outlive a call; when they have
     * grown into what it took, which they do by doubling and so seldom, that is kept. */
    if (x->events.p == events)
        arena_rewind(x->arena, mark);
    return d;
}
