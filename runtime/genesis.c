/* runtime/genesis.c — the first state, from a JSON document: docs/formats/genesis.md. Native only. */
#include "chain/chain.h"
#include "codec/json_read.h"
#include "crypto/ss58.h"
#include "runtime/account.h"
#include "runtime/balances_gen.h"
#include "runtime/collateral.h"
#include "runtime/payment_gen.h"
#include "runtime/runtime.h"
#include "runtime/state.h"
#include "runtime/sudo_gen.h"
#include "runtime/system_gen.h"
#include "runtime/worker_genesis.h"

enum { GENESIS_BALANCES_MAX = 100000, SIM_ROOT_MAX = 4096 };

struct genesis {
    bool dev_mode;
    bool has_sudo, has_author;
    struct account_id sudo, author;
    struct bytes sim_root; /* empty: none */
    struct bytes wetee;    /* the JSON text of that object; empty: absent */
};

static struct account_id take_account_text(struct json_reader *j)
{
    struct account_id who = {0};
    struct bytes text = json_take_string(j);
    struct err e;

    if (json_ok(j) && ss58_decode_account(&who, text, SYSTEM_SS58_PREFIX, &e) != ERR_OK)
        json_fail(j, "not an address of prefix 42");
    return who;
}

static bool take_account_or_null(struct json_reader *j, struct account_id *out)
{
    if (json_peek(j) == JSON_KIND_NULL) {
        json_take_null(j);
        return false;
    }
    *out = take_account_text(j);
    return true;
}

static void endow(struct exec *x, struct json_reader *j, const struct account_id *who, struct balance amount)
{
    struct system_account_info info;

    account_load(x, &info, who);
    if (account_exists(&info))
        json_fail(j, "account named twice");
    else if (balance_cmp(amount, balances_existential_deposit()) < 0)
        json_fail(j, "balance below the existential deposit");
    else if (!account_issue(x, amount))
        json_fail(j, "balances over 2^128");
    else
        ASSERT(dispatch_ok(account_store(x, who, &info, amount, BALANCE_ZERO)));
}

static void take_balances(struct exec *x, struct json_reader *j)
{
    uint32_t count = 0;

    json_array_begin(j);
    while (json_array_next(j)) {
        struct account_id who = {0};
        u128 amount = 0;
        uint32_t parts = 0;
        if (++count > GENESIS_BALANCES_MAX)
            json_fail(j, "too many balances");
        json_array_begin(j);
        while (json_array_next(j)) {
            if (parts == 0)
                who = take_account_text(j);
            else if (parts == 1)
                amount = json_take_u128(j);
            else
                json_fail(j, "a balance is [address, planck]");
            parts++;
        }
        if (json_ok(j) && parts != 2)
            json_fail(j, "a balance is [address, planck]");
        if (json_ok(j))
            endow(x, j, &who, balance_of_u128(amount));
    }
}

/* The text of the next value, to be read later. */
static struct bytes take_text(struct json_reader *j)
{
    size_t start = j->at;
    json_skip(j);
    return json_ok(j) ? bytes_of(j->in.p + start, j->at - start) : BYTES_EMPTY;
}

static bool is_for_the_node(struct bytes key)
{
    return bytes_eq(key, BYTES_LIT("name")) || bytes_eq(key, BYTES_LIT("id")) ||
           bytes_eq(key, BYTES_LIT("chainType")) || bytes_eq(key, BYTES_LIT("properties")) ||
           bytes_eq(key, BYTES_LIT("node"));
}

static void take_member(struct exec *x, struct json_reader *j, struct genesis *g, struct bytes key)
{
    if (is_for_the_node(key)) {
        json_skip(j);
    } else if (bytes_eq(key, BYTES_LIT("dev_mode"))) {
        g->dev_mode = json_take_bool(j);
    } else if (bytes_eq(key, BYTES_LIT("sudo"))) {
        g->has_sudo = take_account_or_null(j, &g->sudo);
    } else if (bytes_eq(key, BYTES_LIT("author"))) {
        g->has_author = take_account_or_null(j, &g->author);
    } else if (bytes_eq(key, BYTES_LIT("sim_root"))) {
        g->sim_root = json_take_hex(j);
        if (g->sim_root.len == 0 || g->sim_root.len > SIM_ROOT_MAX)
            json_fail(j, "sim_root is 1 to 4096 bytes");
    } else if (bytes_eq(key, BYTES_LIT("balances"))) {
        take_balances(x, j);
    } else if (bytes_eq(key, BYTES_LIT("wetee"))) {
        g->wetee = take_text(j);
    } else {
        json_fail(j, "unknown key");
    }
}

/* Every pallet of the SDK records the layout of its storage; clients and tools show it. */
static void write_storage_versions(struct exec *x)
{
    static const uint8_t item[16] = {0x4e, 0x7b, 0x90, 0x12, 0x09, 0x6b, 0x41, 0xc4, 0xeb,
                                     0x3a, 0xaf, 0x94, 0x7f, 0x6e, 0xa4, 0x29}; /* :__STORAGE_VERSION__: */
    for (uint16_t i = 0; i < chain_registry.pallet_count; i++) {
        const struct pallet_desc *p = chain_registry.pallets[i];
        uint8_t key[32], version[2] = {p == &balances_pallet ? 1 : 0, 0};
        x->host->twox_128(x->host->ctx, key, bytes_of_str(p->name));
        memcpy(key + 16, item, sizeof item);
        state_set(x, bytes_of(key, sizeof key), bytes_of(version, sizeof version));
    }
}

static void write_system(struct exec *x, const struct genesis *g)
{
    uint8_t dev = g->dev_mode;

    state_set(x, STATE_DEV_MODE, bytes_of(&dev, 1));
    if (g->has_author)
        state_set(x, STATE_AUTHOR, bytes_of(g->author.b, sizeof g->author.b));
    if (g->sim_root.len > 0)
        state_set(x, STATE_SIM_ROOT, g->sim_root);
    if (g->has_sudo)
        sudo_key_put(x, &g->sudo);
    write_storage_versions(x);
    system_upgraded_to_u32_ref_count_put(x, true);
    system_upgraded_to_triple_ref_count_put(x, true);
    system_last_runtime_upgrade_put(
        x, &(struct system_last_runtime_upgrade_info){.spec_version = system_const_version.spec_version,
                                                      .spec_name = system_const_version.spec_name});
    payment_storage_version_put(x, PAYMENT_RELEASES_V2);
}

/* The modules' accounts hold the existential deposit, so that what they owe can be paid to the last planck.
 */
static FALLIBLE write_modules(struct exec *x, const struct genesis *g, struct err *e)
{
    struct account_id accounts[WORKER_GENESIS_ACCOUNTS];
    struct genesis_worker *w = arena_new(x->arena, struct genesis_worker);

    worker_genesis_preset(w, g->dev_mode);
    if (g->wetee.len > 0) {
        struct json_reader j = json_reader_of(x->arena, g->wetee);
        worker_genesis_json(w, &j);
        TRY(json_end(&j, "genesis: wetee", e));
    }
    TRY(worker_genesis(x, w, e));
    worker_genesis_accounts(x, accounts);
    for (size_t i = 0; i < ARRAY_LEN(accounts); i++) {
        struct system_account_info info;
        account_load(x, &info, &accounts[i]);
        if (account_exists(&info))
            continue;
        if (!account_issue(x, balances_existential_deposit()))
            return FAIL(e, ERR_MALFORMED, "genesis: balances over 2^128");
        ASSERT(
            dispatch_ok(account_store(x, &accounts[i], &info, balances_existential_deposit(), BALANCE_ZERO)));
    }
    return ERR_OK;
}

static FALLIBLE check_sim_root(struct bytes der, struct err *e)
{
    struct attest_root roots[ATTEST_DEVELOPMENT_ROOTS_MAX];
    uint32_t n;
    if (der.len > 0 && attest_development_roots(roots, &n, der, e) != ERR_OK)
        return err_wrap(e, "genesis: sim_root");
    return ERR_OK;
}

FALLIBLE runtime_build_genesis(const struct host *host, struct arena *a, struct bytes json, struct err *e)
{
    struct exec x = exec_new(host, a); /* its events are dropped: nothing happened before block 1 */
    struct json_reader j = json_reader_of(a, json);
    struct genesis g = {0};
    struct bytes key;

    json_object_begin(&j);
    while (json_object_next(&j, &key)) {
        take_member(&x, &j, &g, key);
        if (!json_ok(&j)) {
            enum err_code c = json_end(&j, "genesis", e);
            ASSERT(c != ERR_OK);
            return err_wrap(e, "%.*s", (int)(key.len < 64 ? key.len : 64), (const char *)key.p);
        }
    }
    TRY(json_end(&j, "genesis", e));
    if (!g.dev_mode && (g.has_sudo || g.sim_root.len > 0))
        return FAIL(e, ERR_MALFORMED, "genesis: sudo and sim_root need dev_mode");
    TRY(check_sim_root(g.sim_root, e));
    write_system(&x, &g);
    return write_modules(&x, &g, e);
}
