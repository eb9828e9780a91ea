/* cli/account.c — balances and transfers. */
#include "sdk/account.h"
#include "base/fmt.h"
#include "chain/chain.h"
#include "cli/out.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "sdk/storage.h"

static const struct param balance_params[] = {
    {"account", PARAM_TEXT, "ACCOUNT", "address or name of a key; the signer's when left out", NULL, NULL,
     true, false},
    {.name = NULL},
};

static const struct column balance_columns[] = {
    {"address", "account", COLUMN_TEXT},
    {"free", "free", COLUMN_AMOUNT},
    {"reserved", "reserved", COLUMN_AMOUNT},
    {"frozen", "frozen", COLUMN_AMOUNT},
    {"total", "total", COLUMN_AMOUNT},
    {"nonce", "nonce", COLUMN_TEXT},
    {.field = NULL},
};

static FALLIBLE run_balance(struct cli *cli, struct err *e)
{
    const char *text = cli_text(cli, "account");
    struct system_account_info info;
    struct account_id who;
    bool found;

    if (text != NULL)
        TRY(cli_account(cli, &who, text, e));
    else
        TRY(cli_signer_account(cli, &who, e));
    TRY(sdk_storage_get(cli->client, &cli->arena, &info, &found, NULL, &system_storage_account,
                        (const void *[]){&who}, e));
    out_result(cli,
               json_pack("{s:o,s:b,s:o,s:o,s:o,s:o,s:I}", "address", out_account(cli, &who), "exists", found,
                         "free", out_amount(info.data.free), "reserved", out_amount(info.data.reserved),
                         "frozen", out_amount(info.data.frozen), "total",
                         out_amount(balance_sat_add(info.data.free, info.data.reserved)), "nonce",
                         (json_int_t)info.nonce),
               balance_columns);
    return ERR_OK;
}

const struct verb verb_account_balance = {
    "account",  "balance", "Shows what an account holds.", balance_params, GROUP_NODE | GROUP_SIGN,
    run_balance};

static const struct param transfer_params[] = {
    {"to", PARAM_TEXT, "TO", "address or name of a key", NULL, NULL, true, true},
    {"amount", PARAM_AMOUNT, "AMOUNT", "how much", NULL, NULL, true, true},
    {"allow-death", PARAM_SWITCH, NULL, "the sender's account may end", NULL, NULL, false, false},
    {.name = NULL},
};

static FALLIBLE run_transfer(struct cli *cli, struct err *e)
{
    char amount[SDK_AMOUNT_TEXT_CAP];
    struct sdk_tx_result r;
    struct account_id to;
    struct balance value = cli_amount(cli, "amount");
    bool allow_death = cli_given(cli, "allow-death");

    TRY(cli_account(cli, &to, cli_text(cli, "to"), e));
    struct multi_address dest = {.tag = MULTI_ADDRESS_ID, .u.id = to};
    struct balances_transfer_keep_alive_args keep = {.dest = dest, .value = value};
    struct balances_transfer_allow_death_args death = {.dest = dest, .value = value};
    TRY(cli_submit(cli, &r,
                   allow_death ? &balances_call_transfer_allow_death : &balances_call_transfer_keep_alive,
                   allow_death ? (const void *)&death : (const void *)&keep, e));
    sdk_amount_text(amount, value);
    out_tx(cli, &r, arena_fmt(&cli->arena, "%s went to %s", amount, cli_ss58(cli, &to)),
           json_pack("{s:o,s:o}", "to", out_account(cli, &to), "amount", out_amount(value)));
    return ERR_OK;
}

const struct verb verb_account_transfer = {
    "account",   "transfer", "Sends balance to an account.", transfer_params, GROUP_NODE | GROUP_SIGN,
    run_transfer};
