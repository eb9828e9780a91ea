#include "rpc/fake_test.h"

#include "base/hex.h"
#include "base/log.h"
#include "codec/header.h"

#include <stdio.h>
#include <stdlib.h>

/* Spreads any input over 32 bytes; not cryptographic. */
struct hash32 fake_hash(void *ctx, struct bytes in)
{
    struct hash32 h;
    uint64_t x = 1469598103934665603u ^ in.len;
    (void)ctx;
    for (size_t i = 0; i < in.len; i++)
        x = (x ^ in.p[i]) * 1099511628211u;
    for (size_t i = 0; i < 32; i++) {
        x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9u;
        h.b[i] = (uint8_t)(x >> 40);
    }
    return h;
}

static struct fake_block *block_of(struct fake_chain *f, const struct hash32 *at)
{
    for (uint32_t i = 0; i < f->count; i++) {
        if (hash32_eq(&f->blocks[i]->hash, at))
            return f->blocks[i];
    }
    return NULL;
}

static void block_add(struct fake_chain *f, struct fake_block *b)
{
    struct header *h = arena_new(&f->arena, struct header);
    struct writer w = writer_in(&f->arena, 1000);
    static const uint8_t slot[8] = {7};
    if (f->count > 0)
        h->parent = f->blocks[f->count - 1]->hash;
    h->number = f->count;
    h->digest_count = f->count > 0;
    h->digest[0] = (struct digest_item){
        .kind = DIGEST_PRE_RUNTIME, .engine = {'a', 'u', 'r', 'a'}, .data = bytes_of(slot, sizeof slot)};
    header_encode(&w, h);
    b->header = writer_bytes(&w);
    b->hash = fake_hash(f, b->header);
    ASSERT(f->count < FAKE_BLOCKS_MAX);
    f->blocks[f->count++] = b;
}

static void state_put(struct fake_block *b, const char *key, const char *value)
{
    size_t at = 0;
    while (at < b->state_len && strcmp(b->state[at].key, key) < 0)
        at++;
    if (at == b->state_len || strcmp(b->state[at].key, key) != 0) {
        ASSERT(b->state_len < FAKE_KEYS_MAX);
        memmove(&b->state[at + 1], &b->state[at], (b->state_len - at) * sizeof b->state[0]);
        b->state_len++;
    }
    (void)snprintf(b->state[at].key, sizeof b->state[at].key, "%s", key);
    (void)snprintf(b->state[at].value, sizeof b->state[at].value, "%s", value);
}

static void state_del(struct fake_block *b, const char *key)
{
    for (size_t i = 0; i < b->state_len; i++) {
        if (strcmp(b->state[i].key, key) != 0)
            continue;
        memmove(&b->state[i], &b->state[i + 1], (b->state_len - i - 1) * sizeof b->state[0]);
        b->state_len--;
        return;
    }
}

struct fake_chain *fake_new(void)
{
    struct fake_chain *f = calloc(1, sizeof *f);
    ASSERT(f != NULL);
    arena_init(&f->arena, &arena_heap, (size_t)256 << 20);
    struct fake_block *genesis = arena_new(&f->arena, struct fake_block);
    static const char *const keys[] = {":code", "a", "b", "p1", "p2", "p3", "p4", "p5"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        state_put(genesis, keys[i], "genesis");
    state_put(genesis, "empty", "");
    block_add(f, genesis);
    return f;
}

void fake_free(struct fake_chain *f)
{
    arena_fini(&f->arena);
    free(f);
}

/* ---- the backend ---- */

static struct rpc_head head_of(struct fake_chain *f, uint32_t n)
{
    return (struct rpc_head){f->blocks[n]->hash, n};
}

static struct rpc_head best(void *ctx)
{
    struct fake_chain *f = ctx;
    return head_of(f, f->count - 1);
}

static struct rpc_head finalized(void *ctx)
{
    struct fake_chain *f = ctx;
    return head_of(f, f->finalized);
}

static bool block_hash(void *ctx, struct hash32 *out, uint32_t number)
{
    struct fake_chain *f = ctx;
    if (number >= f->count)
        return false;
    *out = f->blocks[number]->hash;
    return true;
}

static FALLIBLE find(struct fake_chain *f, struct fake_block **out, const struct hash32 *at, struct err *e)
{
    char hex[65];
    *out = block_of(f, at);
    hex_encode(hex, bytes_of(at->b, 32));
    return *out != NULL ? ERR_OK
                        : FAIL(e, ERR_NOT_FOUND, "UnknownBlock: State already discarded for 0x%s", hex);
}

static FALLIBLE header(void *ctx, struct arena *a, struct bytes *out, const struct hash32 *at, struct err *e)
{
    struct fake_block *b;
    TRY(find(ctx, &b, at, e));
    *out = arena_dup(a, b->header);
    return ERR_OK;
}

static FALLIBLE body(void *ctx, struct arena *a, struct bytes_list *out, const struct hash32 *at,
                     struct err *e)
{
    struct fake_block *b;
    (void)a;
    TRY(find(ctx, &b, at, e));
    *out = b->body;
    return ERR_OK;
}

static FALLIBLE storage(void *ctx, struct arena *a, struct rpc_value *out, const struct hash32 *at,
                        struct bytes key, struct err *e)
{
    struct fake_block *b;
    TRY(find(ctx, &b, at, e));
    *out = (struct rpc_value){0};
    for (size_t i = 0; i < b->state_len; i++) {
        if (bytes_eq(bytes_of_str(b->state[i].key), key))
            *out = (struct rpc_value){true, arena_dup(a, bytes_of_str(b->state[i].value))};
    }
    return ERR_OK;
}

static FALLIBLE keys(void *ctx, struct arena *a, struct bytes_list *out, const struct hash32 *at,
                     struct bytes prefix, struct bytes start_after, uint32_t count, struct err *e)
{
    struct fake_block *b;
    TRY(find(ctx, &b, at, e));
    struct bytes *v = arena_new_n(a, struct bytes, FAKE_KEYS_MAX);
    size_t n = 0;
    for (size_t i = 0; i < b->state_len && n < count; i++) {
        struct bytes key = bytes_of_str(b->state[i].key);
        if (bytes_starts_with(key, prefix) && bytes_cmp(key, start_after) > 0)
            v[n++] = arena_dup(a, key);
    }
    *out = (struct bytes_list){v, n};
    return ERR_OK;
}

static FALLIBLE read_proof(void *ctx, struct arena *a, struct bytes_list *out, const struct hash32 *at,
                           const struct bytes_list *list, struct err *e)
{
    struct fake_block *b;
    (void)a;
    TRY(find(ctx, &b, at, e));
    *out = *list; /* any list of byte strings will do for the shape */
    return ERR_OK;
}

/* What the reference node of the trace file answers; see tests/vectors/substrate/rpc_traces.json. */
static const struct {
    const char *name, *hex;
} answers[] = {
    {"Core_version", "0x20726566636861696e347265666368"
                     "61696e2d6e6f6465"
                     "01000000"
                     "64000000"
                     "00000000"
                     "08"
                     "df6acb689907609b05000000"
                     "37e397fc7c91f5e402000000"
                     "01000000"
                     "01"},
    {"Metadata_metadata", "0x186d6574610e00"},
    {"Metadata_metadata_versions", "0x0c0e0000000f00000010000000"},
    {"Metadata_metadata_at_version", "0x01186d6574610f00"},
    {"AccountNonceApi_account_nonce", "0x01000000"},
    {"TransactionPaymentApi_query_info", "0x02093d00a10f0040597307000000000000000000000000"},
    {"TransactionPaymentApi_query_fee_details", "0x01"
                                                "64000000000000000000000000000000"
                                                "14000000000000000000000000000000"
                                                "05000000000000000000000000000000"
                                                "00000000000000000000000000000000"},
    {"TaggedTransactionQueue_validate_transaction", "0x010004"},
};

static FALLIBLE runtime_call(void *ctx, struct arena *a, struct bytes *out, const struct hash32 *at,
                             const char *name, struct bytes input, struct err *e)
{
    struct fake_block *b;
    TRY(find(ctx, &b, at, e));
    if (strncmp(name, "TransactionPaymentApi", 21) == 0 && input.len < 8)
        return FAIL(e, ERR_MALFORMED, "extrinsic of %zu bytes", input.len);
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        if (strcmp(answers[i].name, name) == 0)
            return hex_decode(a, out, bytes_of_str(answers[i].hex), e);
    }
    return FAIL(e, ERR_REJECTED, "Exported method %s is not found", name);
}

static FALLIBLE dry_run(void *ctx, struct arena *a, struct bytes *out, const struct hash32 *at,
                        struct bytes extrinsic, struct err *e)
{
    struct fake_block *b;
    TRY(find(ctx, &b, at, e));
    if (extrinsic.len == 0)
        return FAIL(e, ERR_MALFORMED, "empty");
    *out = arena_dup(a, bytes_of("\0\0", 2));
    return ERR_OK;
}

static void decide(struct fake_chain *f, struct bytes extrinsic, uint64_t ticket)
{
    static const uint8_t bad_proof[] = {0x10, 4, 0, 0, 0}; /* the trace's bad submission */
    struct rpc_submit_result r = {.hash = fake_hash(f, extrinsic)};
    if (extrinsic.len == 0)
        r = (struct rpc_submit_result){
            .code = RPC_SUBMIT_BAD_FORMAT, .hash = r.hash, .text = "nothing there"};
    else if (bytes_eq(extrinsic, bytes_of(bad_proof, sizeof bad_proof)))
        r = (struct rpc_submit_result){.code = RPC_SUBMIT_INVALID, .hash = r.hash, .variant = 4};
    else if (extrinsic.p[0] == 0xff)
        r = f->refuse;
    else if (f->pool_len == FAKE_POOL_MAX)
        r.code = RPC_SUBMIT_DROPPED;
    else
        f->pool[f->pool_len++] = arena_dup(&f->arena, extrinsic);
    rpc_server_submitted(f->rpc, ticket, &r);
    if (r.code == RPC_SUBMIT_OK)
        rpc_server_on_tx(f->rpc, &(struct rpc_tx_event){.hash = r.hash, .status = RPC_TX_READY});
}

static void submit(void *ctx, struct bytes extrinsic, uint64_t ticket)
{
    struct fake_chain *f = ctx;
    if (!f->defer) {
        decide(f, extrinsic, ticket);
        return;
    }
    ASSERT(f->deferred_len < FAKE_POOL_MAX);
    f->deferred[f->deferred_len] = arena_dup(&f->arena, extrinsic);
    f->tickets[f->deferred_len++] = ticket;
}

void fake_validate(struct fake_chain *f)
{
    for (size_t i = 0; i < f->deferred_len; i++)
        decide(f, f->deferred[i], f->tickets[i]);
    f->deferred_len = 0;
}

static void pending(void *ctx, struct arena *a, struct bytes_list *out)
{
    struct fake_chain *f = ctx;
    struct bytes *v = arena_new_n(a, struct bytes, f->pool_len);
    for (size_t i = 0; i < f->pool_len; i++)
        v[i] = f->pool[i];
    *out = (struct bytes_list){v, f->pool_len};
}

static FALLIBLE next_index(void *ctx, uint32_t *out, const struct account_id *who, struct err *e)
{
    (void)ctx;
    (void)e;
    *out = who->b[0];
    return ERR_OK;
}

static void health(void *ctx, struct rpc_health *out)
{
    struct fake_chain *f = ctx;
    *out = (struct rpc_health){.current_block = f->count - 1, .highest_block = f->count - 1};
}

static bool account_of_ss58(void *ctx, struct account_id *out, struct bytes text)
{
    (void)ctx;
    *out = (struct account_id){{9}};
    return text.len >= 46 && text.len <= 50; /* enough to tell an address from rubbish here */
}

struct rpc_backend fake_backend(struct fake_chain *f)
{
    return (struct rpc_backend){
        .ctx = f,
        .best = best,
        .finalized = finalized,
        .block_hash = block_hash,
        .header = header,
        .body = body,
        .storage = storage,
        .keys = keys,
        .read_proof = read_proof,
        .runtime_call = runtime_call,
        .dry_run = dry_run,
        .submit = submit,
        .pending = pending,
        .next_index = next_index,
        .health = health,
        .blake2_256 = fake_hash,
        .account_of_ss58 = account_of_ss58,
    };
}

void fake_seal(struct fake_chain *f, const char *key, const char *value_opt)
{
    struct fake_block *parent = f->blocks[f->count - 1], *b = arena_new(&f->arena, struct fake_block);
    memcpy(b->state, parent->state, sizeof b->state);
    b->state_len = parent->state_len;
    if (value_opt == NULL)
        state_del(b, key);
    else
        state_put(b, key, value_opt);
    struct bytes *v = arena_new_n(&f->arena, struct bytes, f->pool_len);
    for (size_t i = 0; i < f->pool_len; i++)
        v[i] = f->pool[i];
    b->body = (struct bytes_list){v, f->pool_len};
    f->pool_len = 0;
    block_add(f, b);

    struct rpc_change change = {.key = bytes_of_str(key)};
    if (value_opt != NULL)
        change.value = (struct rpc_value){true, bytes_of_str(value_opt)};
    struct rpc_block block = {.head = head_of(f, f->count - 1),
                              .parent = parent->hash,
                              .header = b->header,
                              .changes = &change,
                              .change_count = 1,
                              .runtime_changed = strcmp(key, ":code") == 0};
    rpc_server_on_block(f->rpc, &block);
    for (uint32_t i = 0; i < b->body.count; i++)
        rpc_server_on_tx(f->rpc, &(struct rpc_tx_event){.hash = fake_hash(f, b->body.v[i]),
                                                        .status = RPC_TX_IN_BLOCK,
                                                        .block = b->hash,
                                                        .index = i});
}

void fake_finalize(struct fake_chain *f)
{
    uint32_t from = f->finalized + 1;
    f->finalized = f->count - 1;
    struct rpc_head head = head_of(f, f->finalized);
    rpc_server_on_finalized(f->rpc, &head);
    for (uint32_t n = from; n < f->count; n++) {
        struct fake_block *b = f->blocks[n];
        for (uint32_t i = 0; i < b->body.count; i++)
            rpc_server_on_tx(f->rpc, &(struct rpc_tx_event){.hash = fake_hash(f, b->body.v[i]),
                                                            .status = RPC_TX_FINALIZED,
                                                            .block = b->hash,
                                                            .index = i});
    }
}
