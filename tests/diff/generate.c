/* tests/diff/generate.c — plays a chain with the native runtime and writes what happened, for diff.mjs to
 * compare with the WASM build: JSON lines on standard output.
 *
 *     {"genesis":[["0xkey","0xvalue"],…],"root":"0x…"}
 *     {"call":"BlockBuilder_apply_extrinsic","input":"0x…","output":"0x…","changes":[["0xkey","0xvalue"|null],…]}
 *     {"call":…,"input":…,"refused":true}                    the runtime gave no answer; in WASM it traps
 *
 * Every call of every module comes up with arbitrary arguments, signed and as root; a market with a cluster
 * and an app is played through, with evidence of simulated platforms and challenges, one of them unanswered;
 * good and bad transactions of all kinds surround them. The last line counts
 * what succeeded and failed of each call. */
#include <stdio.h>
#include <stdlib.h>

#include "base/int.h"
#include "runtime/lab_test.h"
#include "runtime/play_test.h"
#include "runtime/state.h"
#include "tests/diff/random_call.h"

enum { ACCOUNTS = 6, BLOCKS_DEFAULT = 220, CALLS_MAX = 256, APP_LIFE = 16 };
enum { UNANSWERED = 9, GENESIS_TIME = 1700000000 }; /* the app whose challenge nobody answers */
enum { CLUSTER = 1, OWNER = 2, SHORT_CLUSTER = 3 }; /* who is who among the accounts */

struct tally {
    const struct call_desc *call;
    const char *pallet;
    uint32_t good, failed;
};

struct generator {
    struct play p;
    struct lab_platform lab;
    struct random random;
    struct keypair key[ACCOUNTS];
    struct tally tally[CALLS_MAX];
    size_t tally_count;
    struct hash32 births[8]; /* hashes of the newest blocks, by number */
    uint32_t mortgaged_at;   /* block of the cluster's last small mortgage */
};

/* ---- writing ---- */

static void print_hex(struct bytes b)
{
    static const char digits[] = "0123456789abcdef";
    (void)fputs("\"0x", stdout);
    for (size_t i = 0; i < b.len; i++) {
        (void)putchar(digits[b.p[i] >> 4]);
        (void)putchar(digits[b.p[i] & 15]);
    }
    (void)putchar('"');
}

static void print_change(void *ctx, struct bytes key, const struct bytes *value_opt)
{
    bool *first = ctx;
    (void)printf("%s[", *first ? "" : ",");
    *first = false;
    print_hex(key);
    (void)putchar(',');
    if (value_opt == NULL)
        (void)fputs("null", stdout);
    else
        print_hex(*value_opt);
    (void)putchar(']');
}

static void print_call(void *ctx, struct play *p, const char *name, struct bytes input, struct bytes output)
{
    bool first = true;

    (void)ctx;
    (void)printf("{\"call\":\"%s\",\"input\":", name);
    print_hex(input);
    (void)fputs(",\"output\":", stdout);
    print_hex(output);
    (void)fputs(",\"changes\":[", stdout);
    memory_host_changes(p->m, print_change, &first);
    (void)fputs("]}\n", stdout);
}

static void print_genesis(struct play *p)
{
    struct hash32 root = p->host.storage_root(p->host.ctx);
    struct bytes key, value;

    (void)fputs("{\"genesis\":[", stdout);
    for (size_t i = 0; memory_host_at(p->m, i, &key, &value); i++) {
        bool first = i == 0;
        print_change(&first, key, &value);
    }
    (void)fputs("],\"root\":", stdout);
    print_hex(bytes_of(root.b, sizeof root.b));
    (void)fputs("}\n", stdout);
}

/* A question or step; a refusal is written too. */
static void ask(struct generator *g, const char *name, struct bytes input)
{
    struct bytes out;
    struct err e;

    if (play_call(&g->p, &out, name, input, &e) == ERR_OK)
        return;
    (void)printf("{\"call\":\"%s\",\"input\":", name);
    print_hex(input);
    (void)fputs(",\"refused\":true}\n", stdout);
}

/* ---- transactions ---- */

static void count_outcome(struct generator *g, const struct call *c, bool ok)
{
    size_t i = 0;

    while (i < g->tally_count && g->tally[i].call != c->desc)
        i++;
    if (i == g->tally_count)
        g->tally[g->tally_count++] = (struct tally){.call = c->desc, .pallet = c->pallet->name};
    if (ok)
        g->tally[i].good++;
    else
        g->tally[i].failed++;
}

/* Sudo succeeds whatever its call does: the outcome is in the event Sudid, among the step's events. */
static bool root_call_succeeded(struct generator *g)
{
    struct exec x = exec_new(&g->p.host, &g->p.arena);
    uint32_t at = g->p.body_count - 1;
    uint8_t key[64], record[7] = {0};
    struct writer w = writer_fixed(key, sizeof key);
    struct bytes events;

    put_text(&w, STATE_EVENTS);
    put_u32be(&w, at + 1);
    if (!state_get(&x, &events, writer_bytes(&w)))
        return false;
    store_u32le(record + 1, at); /* phase 0, extrinsic, pallet 6, event 0 */
    record[5] = 6;
    for (size_t i = 0; i + sizeof record < events.len; i++)
        if (memcmp(events.p + i, record, sizeof record) == 0)
            return events.p[i + sizeof record] == 0;
    return false;
}

static void count_call(struct generator *g, struct bytes call, struct play_result r)
{
    struct call c = play_nested(&g->p, call);

    count_outcome(g, &c, r.ok);
    if (r.ok && c.desc == &sudo_call_sudo)
        count_outcome(g, &((const struct sudo_sudo_args *)c.args)->call, root_call_succeeded(g));
}

static void validate(struct generator *g, struct bytes extrinsic)
{
    struct writer w = writer_in(&g->p.arena, extrinsic.len + 64);
    put_u8(&w, 2);
    put_bytes(&w, extrinsic);
    put_mem(&w, g->p.head.b, sizeof g->p.head.b);
    ask(g, "TaggedTransactionQueue_validate_transaction", writer_bytes(&w));
}

static void ask_fee(struct generator *g, struct bytes extrinsic)
{
    struct writer w = writer_in(&g->p.arena, extrinsic.len + 64);
    put_bytes(&w, extrinsic);
    put_u32(&w, (uint32_t)extrinsic.len);
    ask(g, "TransactionPaymentApi_query_info", writer_bytes(&w));
    ask(g, "TransactionPaymentApi_query_fee_details", writer_bytes(&w));
}

static struct play_result send(struct generator *g, size_t who, struct bytes call)
{
    struct play_result r = play_do(&g->p, &g->key[who], call);
    count_call(g, call, r);
    return r;
}

static struct bytes as_root(struct generator *g, struct bytes call)
{
    return PLAY_CALL(&g->p, sudo, sudo, .call = play_nested(&g->p, call));
}

static struct bytes transfer(struct generator *g, size_t to, uint64_t amount)
{
    return PLAY_CALL(&g->p, balances, transfer_allow_death, .dest = play_address(&g->key[to].account),
                     .value = balance_of(amount));
}

static struct bytes arbitrary(struct generator *g, size_t at)
{
    struct writer w = writer_in(&g->p.arena, 1 << 20);
    size_t n = 0;

    for (uint16_t i = 0; i < chain_registry.pallet_count; i++)
        n += chain_registry.pallets[i]->call_count;
    at %= n;
    for (uint16_t i = 0; i < chain_registry.pallet_count; i++) {
        const struct pallet_desc *pallet = chain_registry.pallets[i];
        if (at < pallet->call_count) {
            random_call(&w, &g->random, &chain_registry, pallet, pallet->calls[at], 0);
            break;
        }
        at -= pallet->call_count;
    }
    return writer_bytes(&w);
}

/* Raw storage writes with arbitrary keys could take the books apart, and a new sudo key would end the play.
 */
static bool too_powerful(struct generator *g, struct bytes call)
{
    struct call c = play_nested(&g->p, call);
    return c.pallet == &sudo_pallet || c.pallet == &utility_pallet;
}

static void send_arbitrary(struct generator *g, size_t at)
{
    struct bytes call = arbitrary(g, at);
    struct bytes extrinsic = play_extrinsic(&g->p, &g->key[1 + at % 3], call);

    ask_fee(g, extrinsic);
    validate(g, extrinsic);
    struct play_result r = play_apply(&g->p, extrinsic);
    if (r.validity.kind == VALIDITY_OK)
        count_call(g, call, r);
    if (!too_powerful(g, call))
        (void)send(g, 0, as_root(g, call));
}

static void send_bad(struct generator *g, uint32_t kind)
{
    struct play *p = &g->p;
    struct bytes call = transfer(g, 2, 1000), x;
    uint32_t nonce = play_info(p, &g->key[1].account).nonce;
    uint8_t junk[40];

    switch (kind % 8) {
    case 0: /* a signature of other bytes */
        x = arena_dup(&p->arena, play_extrinsic(p, &g->key[1], call));
        ((uint8_t *)(uintptr_t)x.p)[x.len - 1] ^= 1;
        break;
    case 1: /* stale */
        x = play_sign(p, &g->key[1], call, &(struct play_signing){.nonce = nonce - 1});
        break;
    case 2: /* future */
        x = play_sign(p, &g->key[1], call, &(struct play_signing){.nonce = nonce + 5});
        break;
    case 3: /* a tip nobody has */
        x = play_sign(p, &g->key[1], call, &(struct play_signing){.nonce = nonce, .tip = UINT64_MAX});
        break;
    case 4: /* an account without money */
        x = play_extrinsic(p, &(struct keypair){0}, call);
        break;
    case 5: /* an inherent from outside */
        x = BYTES_LIT("\x10\x04\x01\x00\x04");
        break;
    case 6: /* unknown call */
        x = BYTES_LIT("\x10\x04\xfe\x00\x04");
        break;
    default:
        for (size_t i = 0; i < sizeof junk; i++)
            junk[i] = (uint8_t)random_u64(&g->random);
        x = arena_dup(&p->arena, bytes_of(junk, sizeof junk));
        break;
    }
    validate(g, x);
    ask(g, "BlockBuilder_apply_extrinsic", x);
}

/* Mortal, tipped, and with each kind of key. */
static void send_mortal(struct generator *g)
{
    struct play *p = &g->p;
    const struct hash32 *birth = &g->births[(p->number - 1) % ARRAY_LEN(g->births)];
    struct era era = era_mortal(64, p->number - 1);

    if (era_birth(era, p->number) != p->number - 1)
        return;
    for (size_t who = 3; who < ACCOUNTS; who++) {
        struct play_signing s = {.era = era,
                                 .nonce = play_info(p, &g->key[who].account).nonce,
                                 .tip = random_below(&g->random, 100000),
                                 .birth_opt = birth};
        struct bytes x = play_sign(p, &g->key[who], transfer(g, who - 1, 12345), &s);
        validate(g, x);
        (void)play_apply(p, x);
    }
}

static void send_batches(struct generator *g)
{
    struct play *p = &g->p;
    struct call calls[3] = {play_nested(p, transfer(g, 2, 1000)), play_nested(p, transfer(g, 3, UINT64_MAX)),
                            play_nested(p, transfer(g, 2, 2000))};
    struct scale_call_vec all = {.n = 3, .v = calls}, good = {.n = 1, .v = calls};

    (void)send(g, 1, PLAY_CALL(p, utility, batch, .calls = all));
    (void)send(g, 1, PLAY_CALL(p, utility, batch_all, .calls = all));
    (void)send(g, 1, PLAY_CALL(p, utility, force_batch, .calls = all));
    (void)send(g, 1, PLAY_CALL(p, utility, batch_all, .calls = good));
    uint32_t many = UTILITY_BATCHED_CALLS_LIMIT + 1;
    struct scale_call_vec over = {.n = many, .v = arena_new_n(&p->arena, struct call, many)};
    for (uint32_t i = 0; i < many; i++)
        over.v[i] = calls[0];
    (void)send(g, 1, PLAY_CALL(p, utility, batch, .calls = over));
    (void)send(g, 1, PLAY_CALL(p, utility, force_batch, .calls = over));
    struct call inner = play_nested(p, PLAY_CALL(p, utility, batch, .calls = all));
    (void)send(g, 1, PLAY_CALL(p, utility, force_batch, .calls = {.n = 1, .v = &inner}));
}

static struct bytes many(struct generator *g, struct bytes call, uint32_t n)
{
    struct call *calls = arena_new_n(&g->p.arena, struct call, n);
    calls[0] = play_nested(&g->p, call);
    for (uint32_t i = 1; i < n; i++)
        calls[i] = calls[0];
    return PLAY_CALL(&g->p, utility, force_batch, .calls = {.n = n, .v = calls});
}

static struct bytes remark(struct generator *g, size_t len)
{
    return PLAY_CALL(&g->p, system, remark, .remark = bytes_of(arena_alloc(&g->p.arena, len), len));
}

/* As many bytes as a block holds, in sizes that a growing buffer handles worst. */
static void send_large(struct generator *g)
{
    struct play *p = &g->p;
    struct bytes key = BYTES_LIT("a large value");
    struct scale_bytes_bytes_pair item = {key, bytes_of(arena_alloc(&p->arena, 1363148), 1363148)};

    (void)send(g, 1, remark(g, 2569011));
    (void)send(g, 1, remark(g, 1258291));
    (void)send(g, 0, as_root(g, PLAY_CALL(p, system, set_storage, .items = {.n = 1, .v = &item})));
    (void)send(g, 0, as_root(g, PLAY_CALL(p, system, kill_storage, .keys = {.n = 1, .v = &key})));
}

/* As many calls as a batch may hold. */
static void send_many(struct generator *g)
{
    (void)send(g, 1, many(g, transfer(g, 2, 1000), UTILITY_BATCHED_CALLS_LIMIT));
    (void)send(g, 1, many(g, transfer(g, 2, UINT64_MAX), UTILITY_BATCHED_CALLS_LIMIT));
    (void)send(g, 1, many(g, many(g, remark(g, 0), UTILITY_BATCHED_CALLS_LIMIT), 60));
}

/* As many events as the weight of a transaction and of a block pays for. */
static void send_loud(struct generator *g)
{
    struct bytes loud = PLAY_CALL(&g->p, system, remark_with_event, .remark = BYTES_EMPTY);

    (void)send(g, 1, many(g, many(g, loud, UTILITY_BATCHED_CALLS_LIMIT), 160));
    (void)send(g, 1, many(g, many(g, loud, UTILITY_BATCHED_CALLS_LIMIT), 30));
}

/* ---- a market ---- */

static struct worker_work_id work(uint64_t id)
{
    return (struct worker_work_id){.wtype = WORKER_WORK_TYPE_APP, .id = id};
}

static void mortgage(struct generator *g, size_t who, uint64_t id, uint32_t capacity, uint64_t deposit)
{
    (void)send(g, who,
               PLAY_CALL(&g->p, worker, cluster_mortgage, .id = id, .cpu = capacity, .mem = capacity,
                         .disk = capacity, .deposit = balance_of(deposit)));
}

static void register_cluster(struct generator *g, size_t who)
{
    static struct worker_ip ip = {.ipv4 = {.some = true, .value = 2130706433}};
    (void)send(g, who,
               PLAY_CALL(&g->p, worker, cluster_register, .name = BYTES_LIT("cluster"),
                         .ip = {.n = 1, .v = &ip}, .port = 8080, .level = 1));
}

static void market_begin(struct generator *g)
{
    struct play *p = &g->p;

    register_cluster(g, CLUSTER);
    mortgage(g, CLUSTER, 1, 4000, UINT64_C(1000000000000));
    (void)send(
        g, CLUSTER,
        PLAY_CALL(p, worker, cluster_proof_upload, .id = 1, .proof = {.public_key = BYTES_LIT("key")}));
    register_cluster(g, SHORT_CLUSTER);
    (void)send(g, 0, as_root(g, PLAY_CALL(p, worker, set_stage, .stage = 3)));
    struct worker_price price = {.cpu_per = 10,
                                 .memory_per = 10,
                                 .disk_per = 10,
                                 .cvm_cpu_per = 10,
                                 .cvm_memory_per = 10,
                                 .gpu_per = 10};
    (void)send(g, 0, as_root(g, PLAY_CALL(p, app, update_price, .level = 1, .price = price)));
}

/* The money part of the root calls. */
static void send_root_good(struct generator *g)
{
    struct play *p = &g->p;
    struct scale_bytes_bytes_pair item = {BYTES_LIT("a key of nobody"), BYTES_LIT("a value")};
    struct bytes key = BYTES_LIT("a key of nobody");
    struct multi_address dave = play_address(&g->key[3].account);

    (void)send(g, 0,
               as_root(g, PLAY_CALL(p, balances, force_transfer, .source = dave,
                                    .dest = play_address(&g->key[1].account), .value = balance_of(1000))));
    (void)send(g, 0,
               as_root(g, PLAY_CALL(p, balances, force_set_balance, .who = dave,
                                    .new_free = balance_of(UINT64_C(999000000000000)))));
    (void)send(g, 0,
               as_root(g, PLAY_CALL(p, balances, force_unreserve, .who = dave, .amount = balance_of(0))));
    (void)send(g, 0, as_root(g, PLAY_CALL(p, system, set_storage, .items = {.n = 1, .v = &item})));
    (void)send(g, 0, as_root(g, PLAY_CALL(p, system, kill_storage, .keys = {.n = 1, .v = &key})));
    (void)send(g, 0, PLAY_CALL(p, sudo, set_key, .new = play_address(&g->key[0].account)));
    (void)send(g, 0, PLAY_CALL(p, sudo, sudo_as, .who = dave, .call = play_nested(p, transfer(g, 1, 1000))));
    (void)send(g, 3,
               PLAY_CALL(p, balances, transfer_keep_alive, .dest = play_address(&g->key[1].account),
                         .value = balance_of(1000)));
}

/* An arbitrary call may have given away all they had. */
static void endow(struct generator *g, size_t who)
{
    (void)send(
        g, 0,
        as_root(g, PLAY_CALL(&g->p, balances, force_set_balance, .who = play_address(&g->key[who].account),
                             .new_free = balance_of(UINT64_C(1000000000000000000)))));
}

static void order(struct generator *g)
{
    (void)send(g, OWNER,
               PLAY_CALL(&g->p, app, create, .name = BYTES_LIT("web"), .image = BYTES_LIT("nginx:1.25"),
                         .command = {.tag = APP_COMMAND_NONE}, .cpu = 10, .memory = 10, .level = 1,
                         .deposit = balance_of(UINT64_C(1000000000))));
}

/* ---- evidence ---- */

static void send_collateral(struct generator *g, enum attest_kind kind, uint64_t issued)
{
    const struct attest_sim_collateral_args args = {.kind = kind, .issued = issued};
    struct attest_collateral c;
    struct attest_piece v[ATTEST_PIECES_MAX];

    attest_sim_collateral_make(&c, &g->p.arena, g->lab.authority, g->lab.sim, &args);
    uint32_t n = attest_collateral_pieces(v, &c);
    for (uint32_t i = 0; i < n; i++) {
        (void)send(g, OWNER,
                   PLAY_CALL(&g->p, worker, collateral_update, .kind = (enum worker_collateral_kind)v[i].kind,
                             .piece = {v[i].document, v[i].signature, v[i].issuer_chain}));
    }
}

static struct hash32 block_hash(struct generator *g, uint32_t number)
{
    struct exec x = exec_new(&g->p.host, &g->p.arena);
    struct hash32 h = {0};
    x.block = g->p.number;
    (void)exec_block_hash(&x, &h, number);
    return h;
}

static struct worker_evidence evidence(struct generator *g, enum attest_kind kind,
                                       enum attest_purpose purpose, uint64_t app, const struct hash32 *nonce)
{
    struct attest_subject s = {.genesis = g->p.genesis, .cluster = 1};
    struct exec x = exec_new(&g->p.host, &g->p.arena);

    if (purpose != ATTEST_PURPOSE_WORKER) {
        s.work_id = app;
        (void)app_app_version_get(&x, &s.version, app);
    }
    return lab_platform_evidence(&g->lab, &g->p.arena, kind, purpose, &s, &g->key[CLUSTER].account, nonce);
}

/* Each kind in turn, and what was just accepted once more. */
static void send_evidence(struct generator *g, uint32_t turn)
{
    struct hash32 nonce = block_hash(g, g->p.number - 1);
    struct worker_evidence v = evidence(g, (enum attest_kind)(turn % 3), ATTEST_PURPOSE_WORKER, 0, &nonce);

    for (int again = 0; again < 2; again++)
        (void)send(g, CLUSTER,
                   PLAY_CALL(&g->p, worker, cluster_proof_upload, .id = 1,
                             .proof = {.public_key = BYTES_LIT("key"), .evidence = v}));
}

static void start(struct generator *g, uint64_t app)
{
    struct hash32 nonce = block_hash(g, g->p.number - 1);
    struct worker_evidence v = {.tag = WORKER_EVIDENCE_NONE};

    if (app % 2 == 1)
        v = evidence(g, (enum attest_kind)(app / 2 % 3), ATTEST_PURPOSE_START, app, &nonce);
    (void)send(g, CLUSTER,
               PLAY_CALL(&g->p, worker, work_start, .work_id = work(app), .report = evidence_bytes(&v),
                         .deploy_key = g->key[CLUSTER].account));
}

static void challenge_step(struct generator *g, uint64_t app, uint32_t step)
{
    struct play *p = &g->p;
    struct worker_measurement m = {WORKER_MEASUREMENT_KIND_SGX_MR_ENCLAVE, bytes_of(g->lab.program, 32)};

    if (step == 3)
        (void)send(g, OWNER,
                   PLAY_CALL(p, worker, attestation_challenge, .work_id = work(app), .cluster_id = 1));
    if (step == 4) {
        (void)send(g, OWNER,
                   PLAY_CALL(p, worker, set_work_policy, .work_id = work(app),
                             .policy = {true, {.measurements = {1, &m}, .max_status = 1}}));
    }
    if (step != 5 || app == UNANSWERED)
        return;
    struct hash32 nonce = block_hash(g, p->number - 1); /* that of the block after the challenge */
    struct worker_evidence v = evidence(g, ATTEST_KIND_SGX, ATTEST_PURPOSE_CHALLENGE, app, &nonce);
    (void)send(g, CLUSTER, PLAY_CALL(p, worker, challenge_respond, .work_id = work(app), .evidence = v));
}

static void prove(struct generator *g, uint64_t app)
{
    (void)send(g, CLUSTER,
               PLAY_CALL(&g->p, worker, work_proof_upload, .work_id = work(app),
                         .proof = {.some = true,
                                   .value = {.log_hash = BYTES_LIT("log"), .cr_hash = BYTES_LIT("cr")}}));
}

/* The life of one app: every 16 blocks another. */
static void market_step(struct generator *g, uint64_t app, uint32_t step)
{
    struct play *p = &g->p;

    challenge_step(g, app, step);
    if (app == UNANSWERED && step > 7)
        step = 7; /* it stays until the challenge has failed */
    switch (step) {
    case 0:
        order(g);
        break;
    case 1:
        if (app % 3 == 2)
            (void)send(g, CLUSTER, PLAY_CALL(p, worker, work_decline, .work_id = work(app)));
        else
            start(g, app);
        break;
    case 8:
        (void)send(g, OWNER, PLAY_CALL(p, app, restart, .app_id = app));
        (void)send(g, OWNER, PLAY_CALL(p, app, recharge, .id = app, .deposit = balance_of(1000000)));
        (void)send(g, OWNER,
                   PLAY_CALL(p, app, update, .app_id = app,
                             .new_name = {.some = true, .value = BYTES_LIT("w2")}, .with_restart = false));
        (void)send(g, OWNER, PLAY_CALL(p, app, set_settings, .app_id = app, .with_restart = true));
        (void)send(g, OWNER, PLAY_CALL(p, app, withdraw, .app_id = app, .amount = balance_of(1000)));
        break;
    case 9:
        (void)send(g, CLUSTER,
                   PLAY_CALL(p, worker, cluster_withdrawal, .work_id = work(app), .amount = balance_of(1)));
        break;
    case 10:
        if (app % 2 == 0)
            (void)send(g, OWNER, PLAY_CALL(p, worker, work_stop, .work_id = work(app)));
        else
            (void)send(g, OWNER, PLAY_CALL(p, app, stop, .app_id = app));
        break;
    case 11:
        (void)send(g, CLUSTER, PLAY_CALL(p, worker, contract_poke, .work_id = work(app), .cluster_id = 1));
        break;
    case 13:
        if (app % 2 == 1)
            (void)send(g, OWNER, PLAY_CALL(p, app, restart, .app_id = app));
        (void)send(g, OWNER, PLAY_CALL(p, app, remove, .app_id = app));
        mortgage(g, CLUSTER, 1, 1, 1000);
        g->mortgaged_at = p->number;
        break;
    case 14:
        (void)send(g, CLUSTER,
                   PLAY_CALL(p, worker, cluster_unmortgage, .id = 1, .block_num = g->mortgaged_at));
        break;
    default:
        prove(g, app);
        break;
    }
}

/* A second cluster that leaves early. */
static void short_cluster(struct generator *g, uint32_t block)
{
    if (block == 2)
        mortgage(g, SHORT_CLUSTER, 2, 100, UINT64_C(1000000000000));
    if (block == 3)
        (void)send(g, SHORT_CLUSTER, PLAY_CALL(&g->p, worker, cluster_stop, .id = 2));
    if (block > 4 && block % 20 == 0)
        (void)send(g, SHORT_CLUSTER, PLAY_CALL(&g->p, worker, cluster_claim_unbonded, .id = 2));
}

/* ---- the play ---- */

static void open_play(struct generator *g)
{
    static const char *const names[ACCOUNTS] = {"//Alice", "//Bob", "//Charlie", "//Dave", "//Ed", "//Ec"};
    struct arena a;

    lab_platform_init(&g->lab, GENESIS_TIME - 86400);
    arena_init(&a, &arena_heap, 1 << 20);
    play_init(&g->p, lab_genesis(&g->lab, &a, "{\"challenge_slash\":3000}"));
    arena_fini(&a);
    for (size_t i = 0; i < ACCOUNTS; i++)
        g->key[i] = play_key(names[i], i == 4   ? SIGNATURE_ED25519
                                       : i == 5 ? SIGNATURE_ECDSA
                                                : SIGNATURE_SR25519);
    print_genesis(&g->p);
    g->p.observe = print_call;
    ask(g, "Core_version", BYTES_EMPTY);
    ask(g, "Metadata_metadata", BYTES_EMPTY);
    ask(g, "Metadata_metadata_versions", BYTES_EMPTY);
    ask(g, "Metadata_metadata_at_version", BYTES_LIT("\x0f\0\0\0"));
    ask(g, "Metadata_metadata_at_version", BYTES_LIT("\x0d\0\0\0"));
    ask(g, "Core_version", BYTES_LIT("left over"));
}

static void play_block(struct generator *g, uint32_t i)
{
    struct play *p = &g->p;

    validate(g, play_extrinsic(p, &g->key[1], transfer(g, 2, 1000)));
    g->births[p->number % ARRAY_LEN(g->births)] = p->head;
    play_begin(p);
    if (i == 0)
        for (size_t to = 4; to < ACCOUNTS; to++)
            (void)send(g, 0, transfer(g, to, UINT64_C(1000000000000000)));
    if (i == 1)
        market_begin(g);
    if (i == 2) {
        send_collateral(g, ATTEST_KIND_SGX, GENESIS_TIME - 60);
        send_collateral(g, ATTEST_KIND_TDX, GENESIS_TIME - 30); /* with newer lists */
        send_collateral(g, ATTEST_KIND_SNP, GENESIS_TIME - 60);
        send_collateral(g, ATTEST_KIND_SGX, GENESIS_TIME - 60);
    }
    if (i % APP_LIFE == APP_LIFE - 1) {
        endow(g, CLUSTER);
        endow(g, OWNER);
    }
    if (i % 8 == 3)
        send_evidence(g, i / 8);
    if (i >= APP_LIFE)
        market_step(g, i / APP_LIFE - 1, i % APP_LIFE);
    short_cluster(g, i);
    if (i % 50 == 4)
        send_root_good(g);
    if (i == 9)
        send_large(g);
    if (i == 10)
        send_many(g);
    if (i == 11)
        send_loud(g);
    send_arbitrary(g, i);
    if (i % 3 == 0)
        send_bad(g, i / 3);
    if (i % 16 == 5)
        send_batches(g);
    if (i % 16 == 7)
        send_mortal(g);
    (void)play_end(p);
    ask(g, "AccountNonceApi_account_nonce", bytes_of(g->key[1].account.b, 32));
}

/* Whether the challenge that nobody answered has had its consequences. */
static bool failed_a_challenge(struct generator *g)
{
    struct exec x = exec_new(&g->p.host, &g->p.arena);
    struct worker_reliability r;
    worker_reliabilities_get(&x, &r, 1);
    return r.failed > 0;
}

int main(int argc, char **argv)
{
    struct generator *g = calloc(1, sizeof *g);
    uint64_t blocks = BLOCKS_DEFAULT;

    if (g == NULL || (argc > 1 && !parse_u64(bytes_of_str(argv[1]), &blocks))) {
        (void)fputs("usage: diff_generate [BLOCKS]\n", stderr);
        return 2;
    }
    g->random.state = 2026;
    open_play(g);
    for (uint32_t i = 0; i < blocks; i++)
        play_block(g, i);
    if (blocks >= BLOCKS_DEFAULT && !failed_a_challenge(g)) {
        (void)fputs("diff_generate: no challenge failed\n", stderr);
        return 1;
    }
    (void)fputs("{\"tally\":{", stdout);
    for (size_t i = 0; i < g->tally_count; i++)
        (void)printf("%s\"%s.%s\":[%u,%u]", i == 0 ? "" : ",", g->tally[i].pallet, g->tally[i].call->name,
                     g->tally[i].good, g->tally[i].failed);
    (void)fputs("}}\n", stdout);
    play_fini(&g->p);
    lab_platform_fini(&g->lab);
    free(g);
    return ferror(stdout) != 0 || fflush(stdout) != 0;
}
