/* Random sequences of all calls of the core modules, by accounts that live at the edge of the existential
 * deposit. After every transaction: issuance is the sum of the balances, references fit the balances, nothing
 * is minted but by force_set_balance; one that failed has left nothing but its fee, its nonce and the block's
 * own accounting, judged by every key that changed. Source: pallets.md D6-1 and D6-15. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "codec/walk.h"
#include "runtime/accounts.h"
#include "runtime/balances.h"
#include "runtime/balances_gen.h"
#include "runtime/play_test.h"
#include "runtime/state.h"
#include "runtime/sudo_gen.h"
#include "runtime/system_gen.h"

enum { PEOPLE = 9, SEEDS = 5, STEPS = 5000, STEPS_PER_BLOCK = 40, CALLS_MAX = 64 };

struct tally {
    const struct call_desc *call;
    uint32_t good, failed;
};

struct game {
    struct play p;
    struct exec x; /* looks at the state between calls, and acts as a module */
    uint64_t dice;
    struct account_id who[PEOPLE]; /* 0: sudo key and author of genesis; 7: treasury; 8: never signs */
    struct tally tally[CALLS_MAX];
    size_t tally_count;
    bool mints; /* the transaction in hand holds a force_set_balance */
    uint32_t refused, burnt;
};

static uint64_t roll(struct game *g)
{
    uint64_t z = g->dice += 0x9e3779b97f4a7c15u; /* splitmix64 */
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint32_t below(struct game *g, uint32_t n)
{
    return (uint32_t)(roll(g) % n);
}

static const struct account_id *anyone(struct game *g)
{
    return &g->who[below(g, PEOPLE)];
}

static struct multi_address address(struct game *g)
{
    if (below(g, 30) == 0)
        return (struct multi_address){.tag = MULTI_ADDRESS_INDEX};
    return play_address(anyone(g));
}

/* Amounts around what decides: nothing, the existential deposit, what somebody has, all there is, 2^128. */
static struct balance amount(struct game *g)
{
    struct balance free = balances_free(&g->x, anyone(g));
    switch (below(g, 9)) {
    case 0:
        return balance_of(below(g, 3));
    case 1:
        return balance_of(498 + below(g, 5));
    case 2:
        return balance_sat_sub(free, balance_of(498 + below(g, 5)));
    case 3:
        return balance_sat_add(free, balance_of(below(g, 2)));
    case 4:
        return balance_of(roll(g));
    case 5:
        return balance_sat_sub(balance_of_u128(~(u128)0), balance_of(below(g, 2) * 1000));
    case 6:
        return balance_of(UINT64_C(400000000) + below(g, 200000000)); /* about a few fees */
    default:
        return balance_of(roll(g) % UINT64_C(10000000000000));
    }
}

/* ---- calls ---- */

static struct bytes some_call(struct game *g, uint32_t depth);

static struct bytes balances_call(struct game *g)
{
    struct play *p = &g->p;
    switch (below(g, 6)) {
    case 0:
        return PLAY_CALL(p, balances, transfer_allow_death, .dest = address(g), .value = amount(g));
    case 1:
        return PLAY_CALL(p, balances, transfer_keep_alive, .dest = address(g), .value = amount(g));
    case 2:
        return PLAY_CALL(p, balances, transfer_all, .dest = address(g), .keep_alive = below(g, 2) == 0);
    case 3:
        return PLAY_CALL(p, balances, force_transfer, .source = address(g), .dest = address(g),
                         .value = amount(g));
    case 4:
        return PLAY_CALL(p, balances, force_unreserve, .who = address(g), .amount = amount(g));
    default:
        g->mints = true;
        return PLAY_CALL(p, balances, force_set_balance, .who = address(g), .new_free = amount(g));
    }
}

static struct bytes system_call(struct game *g)
{
    static const char *const names[] = {"junk", "junk of nobody", ":child_storage:default:x"};
    struct play *p = &g->p;
    struct bytes key = bytes_of_str(names[below(g, 3)]);
    struct scale_bytes_bytes_pair items[2] = {{BYTES_LIT("junk"), BYTES_LIT("v")}, {key, BYTES_LIT("w")}};

    switch (below(g, 4)) {
    case 0:
        return PLAY_CALL(p, system, remark, .remark = key);
    case 1:
        return PLAY_CALL(p, system, remark_with_event, .remark = key);
    case 2:
        return PLAY_CALL(p, system, set_storage, .items = {.n = 2, .v = items});
    default:
        return PLAY_CALL(p, system, kill_storage, .keys = {.n = 1, .v = &key});
    }
}

static struct bytes batch_call(struct game *g, uint32_t depth)
{
    struct play *p = &g->p;
    uint32_t n = below(g, 40) == 0 ? UTILITY_BATCHED_CALLS_LIMIT + 1 : below(g, 5);
    struct call filler = play_nested(p, PLAY_CALL(p, system, remark, .remark = BYTES_EMPTY));
    struct call *calls = arena_new_n(&p->arena, struct call, n == 0 ? 1 : n);
    struct scale_call_vec list = {.n = n, .v = calls};

    for (uint32_t i = 0; i < n; i++)
        calls[i] = i < 5 ? play_nested(p, some_call(g, depth + 1)) : filler;
    switch (below(g, 3)) {
    case 0:
        return PLAY_CALL(p, utility, batch, .calls = list);
    case 1:
        return PLAY_CALL(p, utility, batch_all, .calls = list);
    default:
        return PLAY_CALL(p, utility, force_batch, .calls = list);
    }
}

static struct bytes sudo_call(struct game *g, uint32_t depth)
{
    struct play *p = &g->p;
    switch (below(g, 12)) {
    case 0: /* mostly stays with accounts that can sign */
        return PLAY_CALL(p, sudo, set_key, .new = play_address(&g->who[below(g, 7)]));
    case 1:
        return PLAY_CALL(p, sudo, set_key, .new = (struct multi_address){.tag = MULTI_ADDRESS_INDEX});
    case 2:
    case 3:
    case 4:
        return PLAY_CALL(p, sudo, sudo_as, .who = address(g),
                         .call = play_nested(p, some_call(g, depth + 1)));
    default:
        return PLAY_CALL(p, sudo, sudo, .call = play_nested(p, some_call(g, depth + 1)));
    }
}

static struct bytes some_call(struct game *g, uint32_t depth)
{
    uint32_t kind = below(g, depth > 5 ? 6 : 12);
    if (kind < 5)
        return balances_call(g);
    if (kind < 6)
        return system_call(g);
    return kind < 8 ? batch_call(g, depth) : sudo_call(g, depth);
}

/* ---- what must hold ---- */

static void check_accounts(struct game *g)
{
    struct bytes prefix = bytes_of(system_storage_account.prefix, STORAGE_PREFIX_LEN), key, raw;
    struct balance sum = BALANCE_ZERO;
    struct err e;

    for (size_t i = 0; memory_host_at(g->p.m, i, &key, &raw); i++) {
        struct system_account_info a;
        if (!bytes_starts_with(key, prefix))
            continue;
        assert_int_equal(
            walk_decode_all(&g->p.arena, &a, raw, &system_type_account_info, NULL, "account", &e), ERR_OK);
        assert_true(balance_add(&sum, sum, a.data.free) && balance_add(&sum, sum, a.data.reserved));
        assert_int_equal(a.providers, 1); /* nothing but the balance provides */
        assert_int_equal(a.sufficients, 0);
        assert_int_equal(a.consumers, balance_is_zero(a.data.reserved) ? 0 : 1);
        assert_true(balance_cmp(a.data.free, balances_existential_deposit()) >= 0);
        assert_true(balance_is_zero(a.data.frozen));
    }
    assert_int_equal(balance_cmp(sum, balances_total_issuance_get(&g->x)), 0);
}

struct judged {
    struct game *g;
    const struct account_id *signer;
    uint32_t others; /* keys that a failed transaction has no business with */
};

static bool is_item(struct bytes key, const struct storage_desc *s)
{
    return bytes_starts_with(key, bytes_of(s->prefix, STORAGE_PREFIX_LEN));
}

static bool is_account(struct bytes key, const struct account_id *who)
{
    return is_item(key, &system_storage_account) && key.len == STORAGE_PREFIX_LEN + 48 &&
           bytes_eq(bytes_from(key, STORAGE_PREFIX_LEN + 16), BYTES_OF(*who));
}

static void judge_change(void *ctx, struct bytes key, const struct bytes *value_opt)
{
    struct judged *j = ctx;
    bool accounting =
        is_item(key, &system_storage_block_weight) || is_item(key, &system_storage_all_extrinsics_len) ||
        is_item(key, &system_storage_extrinsic_data) || is_item(key, &system_storage_event_count) ||
        bytes_eq(key, STATE_EXTRINSIC_INDEX) || bytes_starts_with(key, BYTES_LIT(":wetee:events"));
    bool fee = is_account(key, j->signer) || is_account(key, &j->g->who[0]) ||
               is_account(key, &j->g->who[7]) || is_item(key, &balances_storage_total_issuance);
    if (!accounting && !fee) {
        (void)fprintf(stderr, "# left behind: a key of %zu bytes, %s\n", key.len,
                      value_opt == NULL ? "removed" : "written");
        j->others++;
    }
}

/* Of the three accounts a fee touches, everything but free balances and the nonce stays; what they and the
 * issuance lost adds up. `was` is from before. */
struct books {
    struct system_account_info signer, author, treasury;
    struct balance issuance;
};

static struct books look(struct game *g, const struct account_id *signer)
{
    return (struct books){.signer = play_info(&g->p, signer),
                          .author = play_info(&g->p, &g->who[0]),
                          .treasury = play_info(&g->p, &g->who[7]),
                          .issuance = balances_total_issuance_get(&g->x)};
}

static bool same_but_free(const struct system_account_info *a, const struct system_account_info *b)
{
    return a->consumers == b->consumers && balance_cmp(a->data.reserved, b->data.reserved) == 0 &&
           balance_cmp(a->data.frozen, b->data.frozen) == 0;
}

static void check_failure(struct game *g, const struct account_id *signer, const struct books *was)
{
    struct judged j = {.g = g, .signer = signer};
    struct books now = look(g, signer);

    memory_host_changes(g->p.m, judge_change, &j);
    assert_int_equal(j.others, 0);
    assert_int_equal(now.signer.nonce, was->signer.nonce + 1);
    assert_true(same_but_free(&now.signer, &was->signer) && same_but_free(&now.author, &was->author) &&
                same_but_free(&now.treasury, &was->treasury));
    if (!account_id_eq(signer, &g->who[0]))
        assert_true(balance_cmp(now.signer.data.free, was->signer.data.free) < 0);
    assert_true(balance_cmp(now.treasury.data.free, was->treasury.data.free) >= 0);
    assert_true(balance_cmp(now.issuance, was->issuance) <= 0);
}

/* The result in the event of a sudo call that was the whole transaction. */
static bool root_call_failed(struct game *g)
{
    uint32_t at = g->p.body_count - 1;
    uint8_t key[64], record[7] = {0};
    struct writer w = writer_fixed(key, sizeof key);
    struct bytes events;

    put_text(&w, STATE_EVENTS);
    put_u32be(&w, at + 1);
    assert_true(state_get(&g->x, &events, writer_bytes(&w)));
    store_u32le(record + 1, at);
    record[5] = 6;           /* Sudo.Sudid is event 0 */
    size_t found = SIZE_MAX; /* the outermost comes last */
    for (size_t i = 0; i + sizeof record < events.len; i++)
        if (memcmp(events.p + i, record, sizeof record) == 0)
            found = i;
    assert_true(found != SIZE_MAX);
    return events.p[found + sizeof record] == 1;
}

static void count(struct game *g, const struct call_desc *call, bool good)
{
    size_t i = 0;
    while (i < g->tally_count && g->tally[i].call != call)
        i++;
    assert_true(i < CALLS_MAX);
    if (i == g->tally_count)
        g->tally[g->tally_count++].call = call;
    g->tally[i].good += good;
    g->tally[i].failed += !good;
}

/* ---- steps ---- */

static struct bytes unsigned_by(struct game *g, const struct account_id *who, struct bytes call)
{
    static const uint8_t signature[64] = {0}; /* the host of this play believes every signature */
    struct writer w = writer_in(&g->p.arena, call.len + 256);
    uint32_t nonce = play_info(&g->p, who).nonce;
    struct extrinsic_parts parts = {.format = 4,
                                    .is_signed = true,
                                    .address = play_address(who),
                                    .key_kind = EXTRINSIC_KEY_SR25519,
                                    .signature = BYTES_OF(signature),
                                    .extra = {.nonce = below(g, 50) == 0 ? nonce ^ 1 : nonce},
                                    .call = call};
    if (below(g, 4) == 0)
        parts.extra.tip = amount(g);
    extrinsic_encode(&w, &parts);
    assert_true(writer_ok(&w));
    return writer_bytes(&w);
}

static void forbidden_change(void *ctx, struct bytes key, const struct bytes *value_opt)
{
    (void)ctx;
    (void)value_opt;
    fail_msg("an inapplicable transaction changed a key of %zu bytes", key.len);
}

static void send(struct game *g)
{
    struct account_id signer = g->who[below(g, 7)], key;
    struct call c;

    if (below(g, 2) == 0 && sudo_key_get(&g->x, &key))
        signer = key;
    g->mints = false;
    c = play_nested(&g->p, some_call(g, 0));
    struct bytes x = unsigned_by(g, &signer, c.encoded);
    struct books was = look(g, &signer);
    struct play_result r = play_apply(&g->p, x);
    if (r.validity.kind != VALIDITY_OK) {
        memory_host_changes(g->p.m, forbidden_change, NULL);
        g->refused++;
        return;
    }
    count(g, c.desc, r.ok);
    bool nested_failed = r.ok && c.desc == &sudo_call_sudo && root_call_failed(g);
    if (r.ok && c.desc == &sudo_call_sudo)
        count(g, ((const struct sudo_sudo_args *)c.args)->call.desc, !nested_failed);
    if (!r.ok || nested_failed)
        check_failure(g, &signer, &was);
    int moved = balance_cmp(balances_total_issuance_get(&g->x), was.issuance);
    assert_true(moved <= 0 || g->mints);
    g->burnt += moved < 0;
    check_accounts(g);
}

/* What other modules do with balances. */
static void act_as_module(struct game *g)
{
    const struct account_id *who = anyone(g);
    struct exec_layer layer = exec_layer_begin(&g->x);
    struct balance issuance = balances_total_issuance_get(&g->x);
    struct dispatch d = DISPATCH_OK;

    switch (below(g, 3)) {
    case 0:
        d = balances_reserve(&g->x, who, amount(g));
        break;
    case 1:
        (void)balances_unreserve(&g->x, who, amount(g));
        break;
    default:
        (void)balances_repatriate_reserved(&g->x, who, anyone(g), amount(g));
        break;
    }
    exec_layer_end(&g->x, &layer, dispatch_ok(d));
    g->x.events.len = 0;
    g->x.event_count = 0;
    assert_int_equal(balance_cmp(balances_total_issuance_get(&g->x), issuance), 0);
    check_accounts(g);
}

/* The sudo key, whoever has it, can pay again. */
static void refill(struct game *g)
{
    struct account_id key;
    struct balance plenty = balance_of(UINT64_C(1000000000000000));
    assert_true(sudo_key_get(&g->x, &key));
    if (balance_cmp(balances_free(&g->x, &key), balance_of(UINT64_C(10000000000))) >= 0)
        return;
    const struct account_id *from = &g->who[1];
    for (int i = 2; i < PEOPLE; i++)
        if (balance_cmp(balances_free(&g->x, &g->who[i]), balances_free(&g->x, from)) > 0)
            from = &g->who[i];
    plenty = balance_min(plenty, balance_sat_sub(balances_free(&g->x, from), balance_of(1000)));
    (void)balances_transfer(&g->x, from, &key, plenty, KEEP_ALIVE);
    g->x.events.len = 0;
    g->x.event_count = 0;
}

static bool believe(void *ctx, enum host_signature_kind kind, struct bytes sig, struct bytes msg,
                    const struct account_id *who)
{
    (void)ctx;
    (void)kind;
    (void)sig;
    (void)msg;
    (void)who;
    return true;
}

static void open_game(struct game *g, uint64_t seed)
{
    static const char *const names[] = {"//Alice", "//Bob",    "//Charlie", "//Dave",
                                        "//Poor",  "//Poorer", "//New"};

    play_init(&g->p, play_dev_genesis);
    g->p.host.verify_signature = believe;
    g->x = exec_new(&g->p.host, &g->p.arena);
    g->dice = seed;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        g->who[i] = play_account(names[i]);
    g->who[7] = account_network_treasury(&g->x);
    g->who[8] = (struct account_id){{9}};
}

static void random_core_calls_keep_the_books(void **state)
{
    static struct game g;
    uint32_t steps = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        open_game(&g, seed);
        for (uint32_t i = 0; i < STEPS; i++, steps++) {
            if (i % STEPS_PER_BLOCK == 0)
                play_begin(&g.p);
            refill(&g);
            if (below(&g, 5) == 0)
                act_as_module(&g);
            else
                send(&g);
            if (i % STEPS_PER_BLOCK == STEPS_PER_BLOCK - 1)
                (void)play_end(&g.p);
        }
        play_fini(&g.p);
    }
    (void)printf("# %u steps, %u refused, %u burnt something\n", steps, g.refused, g.burnt);
    for (size_t i = 0; i < g.tally_count; i++)
        (void)printf("#   %s: %u succeeded, %u failed\n", g.tally[i].call->name, g.tally[i].good,
                     g.tally[i].failed);
    assert_true(steps >= 20000 && g.refused > 100 && g.burnt > 20);
    assert_int_equal(g.tally_count,
                     16); /* of Balances, System, Utility and Sudo; the time is no transaction */
    for (size_t i = 0; i < g.tally_count; i++) {
        assert_true(g.tally[i].good > 0);
        assert_true(g.tally[i].failed > 0 || g.tally[i].call == &system_call_remark);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_core_calls_keep_the_books)};
    return cmocka_run_group_tests_name("core, at random", tests, NULL, NULL);
}
