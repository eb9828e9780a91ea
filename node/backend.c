/* node/backend.c — the chain and the pool as the JSON-RPC methods see them: the functions of rpc/backend.h.
 */
#include "codec/scale.h"
#include "crypto/hash.h"
#include "crypto/ss58.h"
#include "node/node.h"

static struct rpc_head best(void *ctx)
{
    const struct chain_head *h = chain_best(((struct node *)ctx)->chain);
    return (struct rpc_head){.hash = h->hash, .number = h->number};
}

static bool block_hash(void *ctx, struct hash32 *out, uint32_t number)
{
    struct err e;
    enum err_code rc = chain_hash_at(((struct node *)ctx)->chain, out, number, &e);

    if (rc != ERR_OK && rc != ERR_NOT_FOUND)
        overlay_store_failed(&e);
    return rc == ERR_OK;
}

static FALLIBLE header(void *ctx, struct arena *a, struct bytes *out, const struct hash32 *at, struct err *e)
{
    return chain_header(((struct node *)ctx)->chain, a, out, at, e);
}

static FALLIBLE body(void *ctx, struct arena *a, struct bytes_list *out, const struct hash32 *at,
                     struct err *e)
{
    return chain_body(((struct node *)ctx)->chain, a, out, at, e);
}

static FALLIBLE storage(void *ctx, struct arena *a, struct rpc_value *out, const struct hash32 *at,
                        struct bytes key, struct err *e)
{
    struct rpc_value v = {0};
    struct trie *state;

    TRY(chain_state(((struct node *)ctx)->chain, &state, at, e));
    TRY(trie_get(state, a, &v.value, &v.found, key, e));
    *out = v;
    return ERR_OK;
}

/* The first key to list: the prefix itself, or the one after start_after. */
static FALLIBLE first_key(struct trie *state, struct arena *a, struct bytes *key, bool *found,
                          struct bytes prefix, struct bytes start_after, struct err *e)
{
    struct hash32 unused;

    if (start_after.len > 0 && bytes_cmp(start_after, prefix) >= 0)
        return trie_next_key(state, a, key, found, start_after, e);
    TRY(trie_value_hash(state, &unused, found, prefix, e));
    if (!*found)
        return trie_next_key(state, a, key, found, prefix, e);
    *key = prefix;
    return ERR_OK;
}

static FALLIBLE keys(void *ctx, struct arena *a, struct bytes_list *out, const struct hash32 *at,
                     struct bytes prefix, struct bytes start_after, uint32_t count, struct err *e)
{
    struct bytes *v = arena_new_n(a, struct bytes, count);
    struct trie *state;
    struct bytes key;
    uint32_t n = 0;
    bool found = false;

    TRY(chain_state(((struct node *)ctx)->chain, &state, at, e));
    if (count > 0)
        TRY(first_key(state, a, &key, &found, prefix, start_after, e));
    while (found && bytes_starts_with(key, prefix)) {
        v[n++] = key;
        if (n == count)
            break;
        TRY(trie_next_key(state, a, &key, &found, v[n - 1], e));
    }
    *out = (struct bytes_list){v, n};
    return ERR_OK;
}

static FALLIBLE read_proof(void *ctx, struct arena *a, struct bytes_list *out, const struct hash32 *at,
                           const struct bytes_list *wanted, struct err *e)
{
    struct trie *state;

    TRY(chain_state(((struct node *)ctx)->chain, &state, at, e));
    return trie_read_proof(state, a, out, wanted, e);
}

static FALLIBLE call(void *ctx, struct arena *a, struct bytes *out, const struct hash32 *at, const char *name,
                     struct bytes input, struct err *e)
{
    return chain_call(((struct node *)ctx)->chain, a, out, at, name, input, e);
}

static FALLIBLE dry_run(void *ctx, struct arena *a, struct bytes *out, const struct hash32 *at,
                        struct bytes extrinsic, struct err *e)
{
    return chain_dry_run(((struct node *)ctx)->chain, a, out, at, extrinsic, e);
}

static void pending(void *ctx, struct arena *a, struct bytes_list *out)
{
    struct node *n = ctx;
    size_t max = txpool_ready_count(n->pool), count = 0;
    struct bytes *v = arena_new_n(a, struct bytes, max);
    const struct txpool_tx *t;

    txpool_iter_begin(n->pool);
    while (count < max && (t = txpool_iter_next(n->pool)) != NULL)
        v[count++] = arena_dup(a, t->bytes);
    *out = (struct bytes_list){v, count};
}

/* The nonce of the state, then one more for each ready transaction that follows on it. */
static FALLIBLE next_index(void *ctx, uint32_t *out, const struct account_id *who, struct err *e)
{
    struct node *n = ctx;
    struct bytes result;
    uint8_t tag[36];

    arena_reset(&n->arena);
    TRY(chain_call(n->chain, &n->arena, &result, &chain_best(n->chain)->hash, "AccountNonceApi_account_nonce",
                   bytes_of(who->b, sizeof who->b), e));
    struct reader r = reader_of(result);
    uint32_t index = take_u32(&r);
    TRY(reader_end(&r, "account nonce", e));
    memcpy(tag, who->b, sizeof who->b);
    for (store_u32le(tag + 32, index); txpool_provider(n->pool, BYTES_OF(tag)) != NULL;
         store_u32le(tag + 32, index))
        index++;
    *out = index;
    return ERR_OK;
}

static void health(void *ctx, struct rpc_health *out)
{
    struct node *n = ctx;
    uint32_t number = chain_best(n->chain)->number;

    *out = (struct rpc_health){
        .starting_block = n->starting_block, .current_block = number, .highest_block = number};
}

static struct hash32 hash(void *ctx, struct bytes in)
{
    struct hash32 h;

    (void)ctx;
    blake2_256(h.b, in);
    return h;
}

static bool account_of_ss58(void *ctx, struct account_id *out, struct bytes text)
{
    struct ss58 address;
    struct err e;

    (void)ctx;
    if (ss58_decode(&address, text, &e) != ERR_OK || address.body_len != sizeof out->b)
        return false;
    memcpy(out->b, address.body, sizeof out->b);
    return true;
}

struct rpc_backend node_backend(struct node *n)
{
    return (struct rpc_backend){
        .ctx = n,
        .best = best,
        .finalized = best, /* the engine's blocks are final as they are made */
        .block_hash = block_hash,
        .header = header,
        .body = body,
        .storage = storage,
        .keys = keys,
        .read_proof = read_proof,
        .runtime_call = call,
        .dry_run = dry_run,
        .submit = node_submit,
        .pending = pending,
        .next_index = next_index,
        .health = health,
        .blake2_256 = hash,
        .account_of_ss58 = account_of_ss58,
    };
}
