#include "worker/chain_follow.h"

#include "base/clock.h"
#include "base/int.h"
#include "sdk/heads.h"
#include "sdk/storage.h"

enum { PAUSE_MIN_MS = 500, PAUSE_MAX_MS = 30000, HEAD_WAIT_MS = 1000, CONTRACTS_MAX = 4096 };

FALLIBLE chain_connect(struct sdk_client **out, const struct worker *w, const struct hash32 *genesis_opt,
                       struct err *e)
{
    uint64_t pause = PAUSE_MIN_MS, seen = 0;

    while (!board_stopping(w->board)) {
        struct sdk_connect want = {.url = w->config.node, .genesis_opt = genesis_opt};
        enum err_code code = sdk_client_open(out, &want, e);
        if (code == ERR_OK || code == ERR_REJECTED || code == ERR_USAGE)
            return code;
        LOG_WARN("worker", "the node is not reached", F_STR("node", w->config.node), F_U64("again_ms", pause),
                 F_ERR(e));
        uint64_t until = clock_mono_ms() + pause;
        while (clock_mono_ms() < until && !board_stopping(w->board))
            board_wait(w->board, &seen, until - clock_mono_ms());
        pause = min_u64(pause * 2, PAUSE_MAX_MS);
    }
    return FAIL(e, ERR_CLOSED, "asked to stop");
}

FALLIBLE chain_cluster_of(struct sdk_client *c, uint64_t *cluster, bool *found,
                          const struct account_id *controller, struct err *e)
{
    struct arena a;
    struct sdk_head head;
    const void *keys[] = {controller};

    arena_init(&a, &arena_heap, 1 << 20);
    enum err_code code = sdk_head_finalized(c, &head, e);
    if (code == ERR_OK)
        code =
            sdk_storage_get(c, &a, cluster, found, &head.hash, &worker_storage_k8s_cluster_accounts, keys, e);
    arena_fini(&a);
    return code;
}

/* --- a snapshot --- */

static FALLIBLE read_keys(struct sdk_client *c, struct arena *a, struct work_key **out, uint32_t *count,
                          const struct worker *w, const struct hash32 *at, const struct work_key *local,
                          uint32_t local_count, struct err *e)
{
    struct sdk_rows rows;
    const void *keys[] = {&w->cluster};

    TRY(sdk_storage_all(c, a, &rows, at, &worker_storage_cluster_contracts, keys, 1, CONTRACTS_MAX, e));
    struct work_key *v = arena_new_n(a, struct work_key, rows.count + local_count);
    uint32_t n = 0;
    for (size_t i = 0; i < rows.count; i++) {
        const struct worker_cluster_contract_state *s = rows.v[i].value;
        v[n++] = (struct work_key){.type = (uint8_t)s->work_id.wtype, .id = s->work_id.id};
    }
    for (uint32_t i = 0; i < local_count; i++) {
        bool known = false;
        for (uint32_t k = 0; k < n && !known; k++)
            known = work_eq(v[k], local[i]);
        if (!known)
            v[n++] = local[i];
    }
    *out = v;
    *count = n;
    return ERR_OK;
}

static FALLIBLE read_env(struct sdk_client *c, struct arena *a, struct chain_work *w, const struct hash32 *at,
                         struct err *e)
{
    struct sdk_rows rows;
    const void *keys[] = {&w->key.id};

    TRY(sdk_storage_all(c, a, &rows, at, &app_storage_envs, keys, 1, 1024, e));
    struct app_env *env = arena_new_n(a, struct app_env, rows.count);
    for (size_t i = 0; i < rows.count; i++)
        env[i] = *(const struct app_env *)rows.v[i].value;
    w->env = env;
    w->env_count = (uint32_t)rows.count;
    return ERR_OK;
}

static FALLIBLE read_app(struct sdk_client *c, struct arena *a, struct chain_work *w, const struct hash32 *at,
                         const struct account_id *owner, struct err *e)
{
    TRY(sdk_storage_get(c, a, &w->app, &w->has_app, at, &app_storage_tee_apps,
                        (const void *[]){owner, &w->key.id}, e));
    return w->has_app ? read_env(c, a, w, at, e) : ERR_OK;
}

static FALLIBLE read_work(struct sdk_client *c, struct arena *a, struct chain_work *w, uint64_t cluster,
                          const struct hash32 *at, struct err *e)
{
    struct worker_work_id id = {.wtype = (enum worker_work_type)w->key.type, .id = w->key.id};
    struct account_id owner;
    struct sdk_read reads[3] = {
        {.item = &worker_storage_work_contract_state, .keys = {&id, &cluster}, .out = &w->contract},
        {.item = &app_storage_app_id_accounts, .keys = {&w->key.id}, .out = &owner},
        {.item = &app_storage_app_version, .keys = {&w->key.id}, .out = &w->version},
    };

    if (w->key.type > WORKER_WORK_TYPE_GPU) /* a label no chain can know */
        return ERR_OK;
    TRY(sdk_storage_read(c, a, reads, w->key.type == WORKER_WORK_TYPE_APP ? 3 : 1, at, e));
    w->has_contract = reads[0].found;
    if (!reads[1].found || w->contract.status == CONTRACT_ENDED || !w->has_contract)
        return ERR_OK;
    return read_app(c, a, w, at, &owner, e);
}

/* A challenge whose nonce, the hash of the block after it, is known by now. */
static FALLIBLE read_challenge(struct sdk_client *c, struct chain_work *w,
                               const struct worker_challenge *challenge, uint32_t head, struct err *e)
{
    if (!challenge->open || challenge->issued >= head)
        return ERR_OK;
    TRY(sdk_block_hash(c, &w->challenge_nonce, (uint32_t)challenge->issued + 1, e));
    w->challenged = true;
    return ERR_OK;
}

/* What the chain knows and demands of the replica's evidence. */
static FALLIBLE read_attestation(struct sdk_client *c, struct arena *a, struct chain_work *w,
                                 uint64_t cluster, const struct sdk_head *head, struct err *e)
{
    struct worker_work_id id = {.wtype = (enum worker_work_type)w->key.type, .id = w->key.id};
    struct worker_attestation attestation;
    struct worker_challenge challenge;
    struct sdk_read reads[] = {
        {.item = &worker_storage_attestation_of, .keys = {&id, &cluster}, .out = &attestation},
        {.item = &worker_storage_challenges, .keys = {&id, &cluster}, .out = &challenge},
    };

    w->attested_until = UINT64_MAX;
    if (w->key.type > WORKER_WORK_TYPE_GPU)
        return ERR_OK;
    TRY(sdk_storage_read(c, a, reads, ARRAY_LEN(reads), &head->hash, e));
    if (reads[0].found) {
        w->attested_at = attestation.at;
        w->attested_until = w->contract.attested_until; /* a new code policy cuts it short */
    }
    return reads[1].found ? read_challenge(c, w, &challenge, head->number, e) : ERR_OK;
}

FALLIBLE chain_snapshot(struct sdk_client *c, struct snapshot **out, const struct worker *w,
                        const struct sdk_head *head, const struct work_key *local, uint32_t local_count,
                        struct err *e)
{
    CLEANUP(snapshot_free) struct snapshot *s = snapshot_new();
    struct work_key *keys;
    uint32_t count;

    TRY(read_keys(c, &s->arena, &keys, &count, w, &head->hash, local, local_count, e));
    struct chain_work *works = arena_new_n(&s->arena, struct chain_work, count);
    for (uint32_t i = 0; i < count; i++) {
        works[i].key = keys[i];
        TRY(read_work(c, &s->arena, &works[i], w->cluster, &head->hash, e));
        TRY(read_attestation(c, &s->arena, &works[i], w->cluster, head, e));
    }
    desired_build(&s->arena, &s->desired,
                  &(struct chain_view){.cluster = w->cluster,
                                       .block = head->number,
                                       .block_hash = head->hash,
                                       .genesis = w->genesis,
                                       .works = works,
                                       .work_count = count});
    s->taken_ms = clock_mono_ms();
    s->development = w->development;
    *out = MOVE(s);
    return ERR_OK;
}

/* --- following --- */

static FALLIBLE publish(struct worker *w, struct sdk_client *c, const struct sdk_head *head, struct err *e)
{
    struct arena a;
    struct work_status *works;
    struct snapshot *s;

    arena_init(&a, &arena_heap, 64 << 20);
    uint32_t n = board_works(w->board, &a, &works);
    struct work_key *local = arena_new_n(&a, struct work_key, n);
    for (uint32_t i = 0; i < n; i++)
        local[i] = works[i].key;
    enum err_code code = chain_snapshot(c, &s, w, head, local, n, e);
    arena_fini(&a);
    TRY(code);
    board_publish(w->board, s);
    LOG_DEBUG("worker", "snapshot", F_U64("block", head->number), F_U64("works", n));
    return ERR_OK;
}

/* The latest of the heads that wait: state between them is of no interest, block numbers are counted by the
 * sessions. */
static FALLIBLE latest_head(struct sdk_heads *heads, struct sdk_head *out, struct err *e)
{
    enum err_code code = sdk_heads_next(heads, out, HEAD_WAIT_MS, e);

    if (code != ERR_OK && code != ERR_LIMIT)
        return code;
    do {
        code = sdk_heads_next(heads, out, 0, e);
    } while (code == ERR_OK || code == ERR_LIMIT);
    return code == ERR_TIMEOUT ? ERR_OK : code;
}

static FALLIBLE follow(struct worker *w, struct sdk_client *c, struct err *e)
{
    CLEANUP(sdk_heads_close) struct sdk_heads *heads = NULL;
    uint32_t last = 0;

    TRY(sdk_heads_open(c, &heads, SDK_HEADS_FINALIZED, e));
    while (!board_stopping(w->board)) {
        struct sdk_head head;
        enum err_code code = latest_head(heads, &head, e);
        if (code == ERR_TIMEOUT)
            continue;
        if (code != ERR_OK)
            return code;
        if (last != 0 && head.number < last)
            return FAIL(e, ERR_REJECTED, "finalized block %u came after %u", head.number, last);
        last = head.number;
        TRY(publish(w, c, &head, e));
    }
    return ERR_OK;
}

void chain_follow(struct worker *w)
{
    while (!board_stopping(w->board)) {
        CLEANUP(sdk_client_free) struct sdk_client *c = NULL;
        struct err e;
        uint64_t seen = 0;
        if (chain_connect(&c, w, &w->genesis, &e) == ERR_OK && follow(w, c, &e) == ERR_OK)
            continue;
        if (board_stopping(w->board))
            return;
        LOG_WARN("worker", "the chain was lost", F_ERR(&e));
        board_wait(w->board, &seen, PAUSE_MIN_MS); /* the first news since the start, or the pause */
        board_wait(w->board, &seen, PAUSE_MIN_MS);
    }
}
