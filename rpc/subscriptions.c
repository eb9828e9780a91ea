#include "rpc/subscriptions.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdlib.h>

enum { MISSED_HEADS_MAX = 1024 }; /* finalized heads filled in at once */

static const char *const notification_of[RPC_SUB_KINDS] = {
    [RPC_SUB_NEW_HEAD] = "chain_newHead",
    [RPC_SUB_ALL_HEAD] = "chain_allHead",
    [RPC_SUB_FINALIZED_HEAD] = "chain_finalizedHead",
    [RPC_SUB_RUNTIME_VERSION] = "state_runtimeVersion",
    [RPC_SUB_STORAGE] = "state_storage",
    [RPC_SUB_WATCH] = "author_extrinsicUpdate",
};

/* ---- registry ---- */

/* Sixteen characters that do not repeat: a counter through a bijection (splitmix64's finalizer). */
static void id_make(struct rpc_server *s, char out[RPC_SUB_ID_LEN])
{
    static const char letters[] = "0123456789abcdefghjkmnpqrstvwxyz";
    uint64_t x = ++s->next_sub * 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    x ^= x >> 31;
    for (int i = 0; i < RPC_SUB_ID_LEN - 1; i++) {
        out[i] = letters[x & 31];
        x >>= 4; /* 16 characters cover the 64 bits */
    }
    out[RPC_SUB_ID_LEN - 1] = 0;
}

struct rpc_subscription *sub_open_on(struct rpc_server *s, struct rpc_conn *conn, enum rpc_sub_kind kind)
{
    if (conn->sub_count >= s->config.subscriptions_max)
        return NULL;
    struct rpc_subscription *sub = calloc(1, sizeof *sub);
    ASSERT(sub != NULL);
    id_make(s, sub->id);
    sub->kind = kind;
    sub->conn = conn;
    sub->conn_next = conn->subs;
    conn->subs = sub;
    conn->sub_count++;
    sub->kind_next = s->subs[kind];
    if (sub->kind_next != NULL)
        sub->kind_next->kind_prev = sub;
    s->subs[kind] = sub;
    return sub;
}

struct rpc_subscription *sub_open(struct rpc_call *c, enum rpc_sub_kind kind)
{
    struct rpc_subscription *sub = c->conn == NULL ? NULL : sub_open_on(c->server, c->conn, kind);
    if (sub == NULL) {
        const char *data =
            arena_fmt(c->arena, "Exceeded max limit of %u", c->server->config.subscriptions_max);
        (void)call_fail(c, JSONRPC_TOO_MANY_SUBS, jsonrpc_message(JSONRPC_TOO_MANY_SUBS), json_text(data));
        return NULL;
    }
    c->opened = sub;
    return sub;
}

struct rpc_subscription *sub_find(const struct rpc_conn *conn, const char *id)
{
    struct rpc_subscription *sub = conn == NULL ? NULL : conn->subs;
    while (sub != NULL && strcmp(sub->id, id) != 0)
        sub = sub->conn_next;
    return sub;
}

static struct rpc_subscription **watch_bucket(struct rpc_server *s, const struct hash32 *tx)
{
    return &s->watches[load_u32le(tx->b) % RPC_WATCH_BUCKETS];
}

static void watch_forget(struct rpc_server *s, struct rpc_subscription *sub)
{
    struct rpc_subscription **at = watch_bucket(s, &sub->tx);
    while (*at != NULL && *at != sub)
        at = &(*at)->watch_next;
    if (*at != NULL)
        *at = sub->watch_next;
    if (sub->finalized_ms != 0)
        s->delayed--;
}

void sub_close(struct rpc_server *s, struct rpc_subscription *sub)
{
    struct rpc_subscription **at = &sub->conn->subs;
    while (*at != sub)
        at = &(*at)->conn_next;
    *at = sub->conn_next;
    sub->conn->sub_count--;
    sub->conn->keys_len -= sub->keys_len;
    if (sub->kind_prev != NULL)
        sub->kind_prev->kind_next = sub->kind_next;
    else
        s->subs[sub->kind] = sub->kind_next;
    if (sub->kind_next != NULL)
        sub->kind_next->kind_prev = sub->kind_prev;
    if (sub->kind == RPC_SUB_WATCH)
        watch_forget(s, sub);
    json_decref(sub->first);
    free(sub->keys);
    free(sub);
}

void sub_watch(struct rpc_server *s, struct rpc_subscription *sub, const struct hash32 *tx)
{
    struct rpc_subscription **at = watch_bucket(s, tx);
    sub->tx = *tx;
    sub->watch_next = *at;
    *at = sub;
}

/* ---- notices ---- */

void sub_notify(struct rpc_server *s, const struct rpc_subscription *sub, struct bytes result)
{
    struct arena_mark mark = arena_mark(&s->arena);
    struct bytes text = jsonrpc_notification_text(&s->arena, notification_of[sub->kind], sub->id, result);
    (void)s->sink->send(s->sink->ctx, sub->conn->id, text); /* CLOSED follows when the peer is gone */
    arena_rewind(&s->arena, mark);
}

void sub_notify_json(struct rpc_server *s, const struct rpc_subscription *sub, json_t *owned_result)
{
    struct arena_mark mark = arena_mark(&s->arena);
    if (owned_result != NULL)
        sub_notify(s, sub, jsonrpc_dump(&s->arena, owned_result));
    json_decref(owned_result);
    arena_rewind(&s->arena, mark);
}

static void notify_kind(struct rpc_server *s, enum rpc_sub_kind kind, json_t *owned_result)
{
    struct arena_mark mark = arena_mark(&s->arena);
    if (owned_result != NULL && s->subs[kind] != NULL) {
        struct bytes text = jsonrpc_dump(&s->arena, owned_result); /* once for all */
        for (struct rpc_subscription *sub = s->subs[kind]; sub != NULL; sub = sub->kind_next)
            sub_notify(s, sub, text);
    }
    json_decref(owned_result);
    arena_rewind(&s->arena, mark);
}

static json_t *header_at(struct rpc_server *s, const struct hash32 *at)
{
    struct err e;
    struct bytes header;
    if (s->backend->header(s->backend->ctx, &s->arena, &header, at, &e) != ERR_OK) {
        LOG_WARN("rpc", "no header for a head subscription", F_HASH("block", at), F_ERR(&e));
        return NULL;
    }
    return json_header(s, header);
}

static json_t *version_at(struct rpc_server *s, const struct hash32 *at)
{
    struct err e;
    json_t *v = json_runtime_version_at(s, at, false, &e);
    if (v == NULL)
        LOG_WARN("rpc", "no runtime version for its subscribers", F_HASH("block", at), F_ERR(&e));
    return v;
}

void sub_first(struct rpc_server *s, struct rpc_subscription *sub)
{
    struct rpc_head best = s->backend->best(s->backend->ctx);
    struct rpc_head finalized = s->backend->finalized(s->backend->ctx);
    switch (sub->kind) {
    case RPC_SUB_NEW_HEAD:
    case RPC_SUB_ALL_HEAD:
        sub_notify_json(s, sub, header_at(s, &best.hash));
        break;
    case RPC_SUB_FINALIZED_HEAD:
        sub_notify_json(s, sub, header_at(s, &finalized.hash));
        break;
    case RPC_SUB_RUNTIME_VERSION:
        sub_notify_json(s, sub, version_at(s, &best.hash));
        break;
    case RPC_SUB_STORAGE:
        sub_notify_json(s, sub, MOVE(sub->first));
        break;
    case RPC_SUB_WATCH: /* the pool's first event follows */
    case RPC_SUB_KINDS:
        break;
    }
}

static const struct rpc_change *change_of(const struct rpc_block *block, struct bytes key)
{
    size_t lo = 0, hi = block->change_count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = bytes_cmp(block->changes[mid].key, key);
        if (order == 0)
            return &block->changes[mid];
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

/* Closes a subscription whose notice would be longer than an answer may be: one key named thousands of times
 * makes megabytes of a small value. */
static void notify_storage(struct rpc_server *s, struct rpc_subscription *sub, const struct rpc_block *block)
{
    json_t *changes = NULL;
    size_t len = 0;
    for (size_t i = 0; i < sub->key_count; i++) {
        const struct rpc_change *change = change_of(block, sub->keys[i]);
        if (change == NULL)
            continue;
        len += 2 * (sub->keys[i].len + (change->value.found ? change->value.value.len : 0)) + 16;
        if (len > s->config.response_len_max) {
            LOG_WARN("rpc", "storage subscription closed: its notice is too big",
                     F_U64("conn", sub->conn->id));
            json_decref(changes);
            sub_close(s, sub);
            return;
        }
        if (changes == NULL)
            changes = json_array();
        json_t *value = change->value.found ? json_hex(s, change->value.value) : json_null();
        ASSERT(json_array_append_new(changes, json_pack("[o, o]", json_hex(s, sub->keys[i]), value)) == 0);
    }
    if (changes != NULL)
        sub_notify_json(s, sub,
                        json_pack("{s:o, s:o}", "block", json_hash(&block->head.hash), "changes", changes));
}

void rpc_server_on_block(struct rpc_server *s, const struct rpc_block *block)
{
    struct arena_mark mark = arena_mark(&s->arena);
    if (s->subs[RPC_SUB_NEW_HEAD] != NULL || s->subs[RPC_SUB_ALL_HEAD] != NULL) {
        json_t *header = json_header(s, block->header);
        notify_kind(s, RPC_SUB_ALL_HEAD, json_incref(header));
        notify_kind(s, RPC_SUB_NEW_HEAD, header);
    }
    if (block->runtime_changed && s->subs[RPC_SUB_RUNTIME_VERSION] != NULL)
        notify_kind(s, RPC_SUB_RUNTIME_VERSION, version_at(s, &block->head.hash));
    struct rpc_subscription *next;
    for (struct rpc_subscription *sub = s->subs[RPC_SUB_STORAGE]; sub != NULL; sub = next) {
        next = sub->kind_next;
        notify_storage(s, sub, block);
    }
    arena_rewind(&s->arena, mark);
}

void rpc_server_on_finalized(struct rpc_server *s, const struct rpc_head *head)
{
    uint64_t from = (uint64_t)s->finalized.number + 1; /* missed heads are filled in, in order */
    if (head->number > s->finalized.number + MISSED_HEADS_MAX)
        from = head->number - MISSED_HEADS_MAX + 1;
    if (s->subs[RPC_SUB_FINALIZED_HEAD] != NULL) {
        for (uint64_t n = from; n <= head->number; n++) {
            struct hash32 hash = head->hash;
            struct arena_mark mark = arena_mark(&s->arena);
            if (n == head->number || s->backend->block_hash(s->backend->ctx, &hash, (uint32_t)n))
                notify_kind(s, RPC_SUB_FINALIZED_HEAD, header_at(s, &hash));
            arena_rewind(&s->arena, mark);
        }
    }
    s->finalized = *head;
}

/* ---- watched transactions ---- */

static json_t *status_json(const struct rpc_tx_event *event)
{
    switch (event->status) {
    case RPC_TX_FUTURE:
        return json_text("future");
    case RPC_TX_READY:
        return json_text("ready");
    case RPC_TX_IN_BLOCK:
        return json_pack("{s:o}", "inBlock", json_hash(&event->block));
    case RPC_TX_RETRACTED:
        return json_pack("{s:o}", "retracted", json_hash(&event->block));
    case RPC_TX_FINALITY_TIMEOUT:
        return json_pack("{s:o}", "finalityTimeout", json_hash(&event->block));
    case RPC_TX_FINALIZED:
        return json_pack("{s:o}", "finalized", json_hash(&event->block));
    case RPC_TX_USURPED:
        return json_pack("{s:o}", "usurped", json_hash(&event->other));
    case RPC_TX_DROPPED:
        return json_text("dropped");
    case RPC_TX_INVALID:
        return json_text("invalid");
    }
    return NULL;
}

static void watch_event(struct rpc_server *s, struct rpc_subscription *sub, const struct rpc_tx_event *event)
{
    uint64_t now = clock_mono_ms();
    if (event->status == RPC_TX_FINALIZED && sub->in_block_ms != 0 &&
        now < sub->in_block_ms + s->config.finalized_delay_ms) {
        /* polkadot.js fetches block and events on inBlock and forgets about it when finalized overtakes that.
         */
        if (sub->finalized_ms == 0)
            s->delayed++;
        sub->finalized_ms = sub->in_block_ms + s->config.finalized_delay_ms;
        sub->finalized_block = event->block;
        return;
    }
    if (event->status == RPC_TX_IN_BLOCK)
        sub->in_block_ms = now;
    if (event->status == RPC_TX_RETRACTED)
        sub->in_block_ms = 0;
    sub_notify_json(s, sub, status_json(event));
    if (event->status >= RPC_TX_FINALITY_TIMEOUT)
        sub_close(s, sub);
}

void rpc_server_on_tx(struct rpc_server *s, const struct rpc_tx_event *event)
{
    struct rpc_subscription *sub = *watch_bucket(s, &event->hash), *next;
    for (; sub != NULL; sub = next) {
        next = sub->watch_next;
        if (hash32_eq(&sub->tx, &event->hash))
            watch_event(s, sub, event);
    }
}

int64_t sub_tick(struct rpc_server *s, uint64_t now_ms)
{
    int64_t wait = -1;
    struct rpc_subscription *next;
    if (s->delayed == 0)
        return wait;
    for (struct rpc_subscription *sub = s->subs[RPC_SUB_WATCH]; sub != NULL; sub = next) {
        next = sub->kind_next;
        if (sub->finalized_ms == 0)
            continue;
        if (sub->finalized_ms <= now_ms) {
            sub_notify_json(s, sub, json_pack("{s:o}", "finalized", json_hash(&sub->finalized_block)));
            sub_close(s, sub);
        } else if (wait < 0 || (int64_t)(sub->finalized_ms - now_ms) < wait) {
            wait = (int64_t)(sub->finalized_ms - now_ms);
        }
    }
    return wait;
}
