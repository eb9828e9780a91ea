#include "runtime/invariants_test.h"

#include "codec/storage_key.h"
#include "codec/walk.h"
#include "runtime/accounts.h"
#include "runtime/balances.h"
#include "runtime/balances_gen.h"
#include "runtime/capacity.h"
#include "runtime/queue.h"
#include "runtime/system_gen.h"

/* Visits every entry of a map, or those under one first key. */
struct scan {
    struct market *k;
    const struct storage_desc *desc;
    struct bytes prefix;
    size_t at; /* next pair of the host, in order of keys */
};

/* Whether pair i is at or behind the first key of the map. */
static bool reached(const struct scan *s, size_t i)
{
    struct bytes key, raw;
    return !memory_host_at(s->k->m, i, &key, &raw) || bytes_cmp(key, s->prefix) >= 0;
}

/* first_opt: a value of the map's first key, whose hasher is Identity. */
static struct scan scan_of(struct market *k, const struct storage_desc *desc, const void *first_opt)
{
    static const struct hash_ops none; /* Identity hashes nothing */
    struct writer w = writer_in(&k->arena, 256);
    struct scan s = {.k = k, .desc = desc};
    size_t step = 1;

    assert_true(first_opt == NULL || desc->hashers[0] == HASHER_IDENTITY);
    storage_key(&w, desc, &first_opt, first_opt == NULL ? 0 : 1, &none);
    s.prefix = writer_bytes(&w);
    while (!reached(&s, step))
        step *= 2;
    for (; step > 0; step /= 2) {
        if (!reached(&s, s.at + step - 1))
            s.at += step;
    }
    return s;
}

static bool scan_next(struct scan *s, void *value, void *k1, void *k2, void *k3)
{
    void *keys[3] = {k1, k2, k3};
    struct bytes key, raw;
    struct err e;
    if (!memory_host_at(s->k->m, s->at++, &key, &raw) || !bytes_starts_with(key, s->prefix))
        return false;
    assert_int_equal(storage_key_parse(&s->k->arena, s->desc, keys, key, NULL, &e), ERR_OK);
    assert_int_equal(
        walk_decode_all(&s->k->arena, value, raw, s->desc->value, &chain_registry, s->desc->name, &e),
        ERR_OK);
    return true;
}

#define SCAN(k, item) scan_of((k), &(item), NULL)
#define SCAN_UNDER(k, item, first) scan_of((k), &(item), &(first))

static void add(struct balance *sum, struct balance b)
{
    assert_true(balance_add(sum, *sum, b));
}

#define assert_balance(a, b)                                                    \
    do {                                                                        \
        struct balance a_ = (a), b_ = (b);                                      \
        if (balance_cmp(a_, b_) != 0)                                           \
            fail_msg("%s is %llu, %s is %llu", #a, PLANCK(a_), #b, PLANCK(b_)); \
    } while (0)

/* 1, 2 */
static void check_money(struct market *k)
{
    struct scan s = SCAN(k, system_storage_account);
    struct account_id who, pot = account_work_pot(&k->x);
    struct system_account_info info;
    struct balance sum = BALANCE_ZERO, owed = balances_existential_deposit();

    while (scan_next(&s, &info, &who, NULL, NULL)) {
        add(&sum, info.data.free);
        add(&sum, info.data.reserved);
    }
    assert_balance(sum, balances_total_issuance_get(&k->x));
    assert_balance(sum, k->issuance);

    struct app_work_balance b;
    uint64_t id, cluster;
    s = SCAN(k, app_storage_work_balances);
    while (scan_next(&s, &b, &id, NULL, NULL)) {
        add(&owed, b.available);
        add(&owed, b.held);
    }
    struct worker_contract_state c;
    struct worker_work_id work;
    s = SCAN(k, worker_storage_work_contract_state);
    while (scan_next(&s, &c, &work, &cluster, NULL))
        add(&owed, c.minted);
    assert_balance(balances_free(&k->x, &pot), owed);
}

/* What the contracts of one cluster amount to. */
struct load {
    struct worker_com_cr used;
    struct balance sigma;
    uint32_t live, records;
};

static struct load load_of(struct market *k, uint64_t id)
{
    struct load l = {.records = 0};
    struct worker_contract_state c;
    struct worker_work_id work;
    uint64_t cluster;
    struct scan s = SCAN(k, worker_storage_work_contract_state);
    while (scan_next(&s, &c, &work, &cluster, NULL)) {
        if (cluster != id)
            continue;
        l.records++;
        if (c.status > CONTRACT_RUNNING)
            continue;
        assert_true(capacity_add(&l.used, &l.used, &c.need));
        add(&l.sigma, c.sigma);
        l.live++;
        assert_true(worker_cluster_contracts_has(&k->x, id, &work));
    }
    return l;
}

/* Exactly once, in a list without repetitions that ascends. */
static bool listed(const struct scale_u64_vec *blocks, uint64_t block)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < blocks->n; i++) {
        n += blocks->v[i] == block ? 1 : 0;
        if (i > 0 && blocks->v[i - 1] >= blocks->v[i])
            return false;
    }
    return n == 1;
}

/* 3, 4 */
static void check_capacity(struct market *k, uint64_t id)
{
    struct cluster_capacity c;
    struct load l = load_of(k, id);
    struct worker_com_cr total = {0};
    struct balance stake = BALANCE_ZERO;
    struct scale_u64_vec blocks;
    struct scan s = SCAN_UNDER(k, worker_storage_deposits, id);
    struct worker_deposit d;
    uint64_t cluster, block, n = 0;

    cluster_capacity_get(&k->x, &c, id);
    assert_true(capacity_eq(&c.used, &l.used));
    assert_true(capacity_fits(&c.used, &c.total));
    assert_balance(worker_sigma_of_get(&k->x, id), l.sigma);
    assert_int_equal(worker_contract_count_get(&k->x, id), l.live);
    assert_int_equal(worker_record_count_get(&k->x, id), l.records);
    worker_deposit_blocks_get(&k->x, &blocks, id);
    while (scan_next(&s, &d, &cluster, &block, NULL)) {
        struct worker_com_cr part = {d.cpu, d.mem, d.cvm_cpu, d.cvm_mem, d.disk, d.gpu};
        assert_true(capacity_add(&total, &total, &part));
        add(&stake, d.deposit);
        assert_true(listed(&blocks, block));
        n++;
    }
    assert_int_equal(n, blocks.n);
    assert_true(capacity_eq(&c.total, &total));
    assert_balance(worker_stake_of_get(&k->x, id), stake);
}

/* 6 */
static void check_lists(struct market *k, uint64_t id, uint32_t *in_lists)
{
    for (uint8_t class = 0; class < CLASS_COUNT; class ++) {
        struct worker_eligible_slot at;
        uint8_t level = 0;
        uint64_t there = 0;
        bool want = cluster_eligible(&k->x, &level, id, (enum work_class) class);
        assert_int_equal(want, worker_eligible_pos_get(&k->x, &at, class, id));
        if (!want)
            continue;
        assert_int_equal(at.level, level);
        assert_true(worker_eligible_get(&k->x, &there, class, level, at.slot));
        assert_int_equal(there, id);
        assert_true(at.slot < worker_eligible_len_get(&k->x, class, level));
        (*in_lists)++;
    }
}

/* 3, 4, 6, 13 */
static void check_clusters(struct market *k)
{
    struct scan s = SCAN(k, worker_storage_k8s_clusters);
    struct worker_k8s_cluster c;
    uint64_t id, mine;
    uint32_t in_lists = 0, slots = 0, accounts = 0, open = 0, len;
    uint8_t class, level;

    while (scan_next(&s, &c, &id, NULL, NULL)) {
        check_capacity(k, id);
        check_lists(k, id, &in_lists);
        if (c.status != CLUSTER_CLOSED) {
            assert_true(worker_k8s_cluster_accounts_get(&k->x, &mine, &c.controller) && mine == id);
            open++;
        }
    }
    struct account_id who;
    s = SCAN(k, worker_storage_k8s_cluster_accounts);
    while (scan_next(&s, &mine, &who, NULL, NULL))
        accounts++;
    assert_int_equal(accounts, open);
    s = SCAN(k, worker_storage_eligible_len);
    while (scan_next(&s, &len, &class, &level, NULL))
        slots += len;
    assert_int_equal(slots, in_lists);
}

static size_t index_of(const struct market *k, const struct account_id *who)
{
    for (size_t i = 0; i < MARKET_ACCOUNTS; i++) {
        if (account_id_eq(who, &k->who[i]))
            return i;
    }
    fail_msg("an account nobody made");
    return 0;
}

/* 5 */
static void check_reserves(struct market *k)
{
    struct balance bound[MARKET_ACCOUNTS] = {{0}};
    struct worker_k8s_cluster c;
    struct app_rent rent;
    struct account_id owner;
    uint64_t id;

    struct scan s = SCAN(k, worker_storage_k8s_clusters);
    while (scan_next(&s, &c, &id, NULL, NULL)) {
        struct balance *b = &bound[index_of(k, &c.owner)];
        add(b, worker_stake_of_get(&k->x, id));
        add(b, cluster_unbonding(&k->x, id));
        add(b, worker_rent_of_get(&k->x, id));
    }
    s = SCAN(k, app_storage_rents);
    while (scan_next(&s, &rent, &id, NULL, NULL)) {
        assert_true(app_app_id_accounts_get(&k->x, &owner, id));
        add(&bound[index_of(k, &owner)], rent.reserved);
    }
    struct worker_challenge ch;
    struct worker_work_id work;
    s = SCAN(k, worker_storage_challenges);
    while (scan_next(&s, &ch, &work, &id, NULL)) {
        if (ch.open)
            add(&bound[index_of(k, &ch.by)], ch.bond);
    }
    for (int i = 0; i < MARKET_ACCOUNTS; i++)
        assert_balance(market_reserved(k, i), bound[i]);
}

static bool is_due_at(struct market *k, enum worker_due_kind kind, const struct worker_work_id *work,
                      uint64_t cluster, uint64_t block)
{
    struct worker_due_vec list;
    uint32_t n = 0;
    worker_due_at_get(&k->x, &list, block);
    for (uint32_t i = 0; i < list.n; i++) {
        if (list.v[i].kind == kind && list.v[i].cluster_id == cluster && work_id_eq(&list.v[i].work_id, work))
            n++;
    }
    return n == 1 && block > k->block;
}

static void check_held(const struct worker_contract_state *c)
{
    struct balance two;
    assert_true(balance_mul_u64(&two, c->fee, 2));
    switch ((enum contract_status)c->status) {
    case CONTRACT_ASSIGNED:
    case CONTRACT_ENDED:
        assert_true(balance_is_zero(c->held));
        break;
    case CONTRACT_RUNNING:
        assert_true(c->close_at.some || balance_cmp(c->held, two) == 0);
        assert_true(balance_cmp(c->held, c->fee) >= 0);
        break;
    case CONTRACT_CLOSING:
        assert_balance(c->held, c->closing.value.reserve);
        break;
    }
}

/* 8: open challenges are of running contracts. */
static uint32_t check_challenges(struct market *k)
{
    struct scan s = SCAN(k, worker_storage_challenges);
    struct worker_challenge ch;
    struct worker_work_id work;
    uint64_t cluster;
    uint32_t open = 0;

    while (scan_next(&s, &ch, &work, &cluster, NULL)) {
        assert_true(worker_work_contract_state_has(&k->x, &work, cluster));
        if (!ch.open)
            continue;
        assert_int_equal(market_contract(k, work.id, cluster).status, CONTRACT_RUNNING);
        assert_true(is_due_at(k, WORKER_DUE_KIND_CHALLENGE, &work, cluster, ch.due));
        open++;
    }
    return open;
}

/* 8: those that can run out. */
static uint32_t check_attestations(struct market *k)
{
    struct scan s = SCAN(k, worker_storage_cluster_attestations);
    const struct worker_work_id none = {.id = 0};
    struct worker_cluster_attestation a;
    uint64_t cluster;
    uint32_t due = 0;

    while (scan_next(&s, &a, &cluster, NULL, NULL)) {
        assert_int_equal(a.due.some, a.claims.until != UINT64_MAX && !a.lapsed);
        if (!a.due.some)
            continue;
        assert_true(is_due_at(k, WORKER_DUE_KIND_ATTESTATION, &none, cluster, a.due.value));
        due++;
    }
    return due;
}

/* Evidence is seen once, until the block that forgets it; the two maps say the same. */
static void check_seen(struct market *k)
{
    struct scan s = SCAN(k, worker_storage_evidence_seen);
    struct scale_h256_vec list;
    struct hash32 hash;
    uint64_t until, block;
    uint32_t seen = 0, listed_ = 0;

    while (scan_next(&s, &until, &hash, NULL, NULL)) {
        assert_true(until > k->block);
        seen++;
    }
    s = SCAN(k, worker_storage_evidence_expiry);
    while (scan_next(&s, &list, &block, NULL, NULL)) {
        assert_true(list.n > 0 && list.n <= 24);
        for (uint32_t i = 0; i < list.n; i++)
            assert_true(worker_evidence_seen_get(&k->x, &until, &list.v[i]) && until == block);
        listed_ += list.n;
    }
    assert_int_equal(seen, listed_);
}

/* 8, 9 and the sums of contracts. */
static void check_contracts(struct market *k)
{
    struct scan s = SCAN(k, worker_storage_work_contract_state);
    struct worker_contract_state c;
    struct worker_work_id work;
    struct worker_due_vec list;
    uint64_t cluster, block;
    uint32_t open = 0, dues = 0;

    while (scan_next(&s, &c, &work, &cluster, NULL)) {
        struct balance minted = c.withdrawable;
        for (uint32_t i = 0; i < c.vest.n; i++)
            add(&minted, c.vest.v[i].amount);
        assert_balance(c.minted, minted);
        assert_true(balance_cmp(c.unproven, c.gross) <= 0);
        check_held(&c);
        if (c.status == CONTRACT_ENDED)
            continue;
        assert_true(is_due_at(k, WORKER_DUE_KIND_CONTRACT, &work, cluster, c.due));
        open++;
    }
    s = SCAN(k, worker_storage_due_at);
    while (scan_next(&s, &list, &block, NULL, NULL)) {
        assert_true(list.n > 0 && list.n <= 64 && block > k->block);
        for (uint32_t i = 0; i < list.n; i++)
            dues += list.v[i].kind == WORKER_DUE_KIND_PRICE ? 0 : 1;
    }
    assert_int_equal(dues, open + check_challenges(k) + check_attestations(k));
    assert_int_equal(worker_live_contracts_get(&k->x), open);
}

static uint32_t queued(struct market *k, const struct worker_work_id *work,
                       const struct worker_placement_state *p)
{
    struct worker_retry_vec list;
    uint32_t n = 0;
    if (!p->retry.some)
        return 0;
    worker_retry_at_get(&k->x, &list, p->retry.value);
    for (uint32_t i = 0; i < list.n; i++)
        n += work_id_eq(&list.v[i].work_id, work) ? 1 : 0;
    assert_int_equal(n, 1);
    return n;
}

/* 7, and held of a work = held of its contracts. */
static void check_work(struct market *k, const struct app_tee_app *app)
{
    const struct worker_work_id work = WORK_APP(app->id);
    struct worker_placement_state p = {0};
    struct scale_u64_vec live;
    struct scan s = SCAN_UNDER(k, worker_storage_work_contract_state, work);
    struct worker_contract_state c;
    struct worker_work_id w;
    struct balance held = BALANCE_ZERO;
    uint64_t cluster;
    uint32_t running = 0, records = 0, open = 0;

    (void)worker_placement_get(&k->x, &p, &work);
    uint32_t waiting = queued(k, &work, &p);
    worker_work_contracts_get(&k->x, &live, &work);
    for (uint32_t i = 0; i < live.n; i++) {
        assert_true(market_contract(k, app->id, live.v[i]).status <= CONTRACT_RUNNING);
        for (uint32_t n = 0; n < i; n++)
            assert_true(live.v[i] != live.v[n]);
    }
    while (scan_next(&s, &c, &w, &cluster, NULL)) {
        add(&held, c.held);
        records++;
        running += c.status <= CONTRACT_RUNNING ? 1 : 0;
        open += c.status < CONTRACT_ENDED ? 1 : 0;
    }
    assert_balance(held, market_balance(k, app->id).held);
    assert_int_equal(running, live.n);
    assert_int_equal(records, worker_work_record_count_get(&k->x, &work));
    assert_int_equal(open, worker_open_contracts_get(&k->x, &work));
    assert_int_equal(p.live, live.n);
    if (app->status == WORK_STOPPED || app->status == WORK_UNSCHEDULABLE)
        assert_int_equal(live.n + waiting, 0);
    else
        assert_int_equal(live.n + waiting, p.want);
}

/* 11: the settings of a service are what its slots say. */
static void check_settings(struct market *k, uint64_t id)
{
    struct app_env_slot_vec slots;
    struct scan s = SCAN_UNDER(k, app_storage_envs, id);
    struct app_env env;
    uint64_t app;
    uint16_t index;
    uint32_t n = 0;

    app_env_slots_get(&k->x, &slots, id);
    while (scan_next(&s, &env, &app, &index, NULL)) {
        uint32_t found = 0;
        for (uint32_t i = 0; i < slots.n; i++)
            found += slots.v[i].index == index ? 1 : 0;
        assert_int_equal(found, 1);
        assert_true(index < app_next_env_id_get(&k->x, id) && env.index == index);
        n++;
    }
    assert_int_equal(n, slots.n);
}

static void check_works(struct market *k)
{
    struct scan s = SCAN(k, app_storage_tee_apps);
    struct app_tee_app app;
    struct account_id owner;
    uint64_t id;
    while (scan_next(&s, &app, &owner, &id, NULL)) {
        check_work(k, &app);
        check_settings(k, id);
    }
}

/* 12 */
static void check_queue(struct market *k)
{
    struct scan s = SCAN(k, worker_storage_retry_at);
    struct worker_retry_vec list;
    struct worker_placement_state p;
    struct worker_work_id work;
    uint64_t block;
    uint32_t n = 0, waiting = 0;
    while (scan_next(&s, &list, &block, NULL, NULL)) {
        assert_true(list.n > 0 && list.n <= 32 && block > k->block);
        n += list.n;
    }
    s = SCAN(k, worker_storage_placement);
    while (scan_next(&s, &p, &work, NULL, NULL))
        waiting += p.retry.some ? 1 : 0;
    assert_int_equal(waiting, n);
    assert_int_equal(worker_retry_count_get(&k->x), n);
    assert_true(n <= 65536);
}

void invariants_check(struct market *k)
{
    struct arena_mark mark = arena_mark(&k->arena);
    check_money(k);
    check_clusters(k);
    check_reserves(k);
    check_contracts(k);
    check_works(k);
    check_queue(k);
    check_seen(k);
    arena_rewind(&k->arena, mark);
}
