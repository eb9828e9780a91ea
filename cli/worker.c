/* cli/worker.c — what an operator tells the chain about a cluster. */
#include "base/fmt.h"
#include "base/int.h"
#include "chain/chain.h"
#include "cli/lookup.h"
#include "cli/out.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "sdk/account.h"
#include "sdk/storage.h"
#include <arpa/inet.h>

enum { PORT_MAX = 65535 };

static const char cluster_doc[] = "cluster; the one the signer operates when left out";

#define PARAM_CLUSTER                                                        \
    {                                                                        \
        "cluster", PARAM_NUMBER, "ID", cluster_doc, NULL, NULL, false, false \
    }

static const struct param register_params[] = {
    {"name", PARAM_TEXT, "NAME", "name of the cluster", NULL, NULL, true, true},
    {"ip", PARAM_LIST, "ADDRESS", "IPv4, IPv6 or domain it is reached at", NULL, NULL, false, true},
    {"port", PARAM_NUMBER, "PORT", "port of its worker", "8880", NULL, false, false},
    {"level", PARAM_NUMBER, "LEVEL", "security level it serves", "1", NULL, false, false},
    {.name = NULL},
};

/* IPv4 as the number whose most significant byte comes first in the text. */
static struct worker_ip ip_of(const char *text)
{
    struct worker_ip ip = {0};
    struct in_addr v4;
    struct in6_addr v6;

    if (inet_pton(AF_INET, text, &v4) == 1) {
        ip.ipv4 = (struct scale_u32_opt){true, ntohl(v4.s_addr)};
    } else if (inet_pton(AF_INET6, text, &v6) == 1) {
        ip.ipv6.some = true;
        for (size_t i = 0; i < sizeof v6.s6_addr; i++)
            ip.ipv6.value = ip.ipv6.value << 8 | v6.s6_addr[i];
    } else {
        ip.domain = (struct scale_bytes_opt){true, bytes_of_str(text)};
    }
    return ip;
}

static FALLIBLE run_register(struct cli *cli, struct err *e)
{
    struct worker_cluster_register_args args = {.name = bytes_of_str(cli_text(cli, "name"))};
    const char *const *ips;
    struct sdk_tx_result r;
    uint64_t port, level;

    TRY(cli_number_in(cli, &port, "port", PORT_MAX, e));
    TRY(cli_number_in(cli, &level, "level", UINT8_MAX, e));
    args.ip.n = (uint32_t)cli_list(cli, &ips, "ip");
    args.ip.v = arena_new_n(&cli->arena, struct worker_ip, args.ip.n);
    for (uint32_t i = 0; i < args.ip.n; i++)
        args.ip.v[i] = ip_of(ips[i]);
    args.port = (uint32_t)port;
    args.level = (uint8_t)level;
    TRY(cli_submit(cli, &r, &worker_call_cluster_register, &args, e));
    const struct worker_cluster_created_event *ev = sdk_event_find(r.events, &worker_event_cluster_created);
    if (ev == NULL)
        return FAIL(e, ERR_INTERNAL, "the chain did not say which cluster it made");
    out_tx(cli, &r, arena_fmt(&cli->arena, "cluster %llu is registered", (unsigned long long)ev->cluster_id),
           json_pack("{s:I}", "cluster_id", (json_int_t)ev->cluster_id));
    return ERR_OK;
}

const struct verb verb_worker_register = {
    "worker",    "register", "Registers the signer's cluster.", register_params, GROUP_NODE | GROUP_SIGN,
    run_register};

static const struct param mortgage_params[] = {
    PARAM_CLUSTER,
    {"cpu", PARAM_NUMBER, "MILLICORES", "processor of SGX works", "0", NULL, false, false},
    {"memory", PARAM_NUMBER, "MIB", "memory of SGX works", "0", NULL, false, false},
    {"cvm-cpu", PARAM_NUMBER, "MILLICORES", "processor of virtual machines", "0", NULL, false, false},
    {"cvm-memory", PARAM_NUMBER, "MIB", "memory of virtual machines", "0", NULL, false, false},
    {"disk", PARAM_NUMBER, "MIB", "disk", "0", NULL, false, false},
    {"gpu", PARAM_NUMBER, "N", "whole devices", "0", NULL, false, false},
    {"deposit", PARAM_AMOUNT, "AMOUNT", "stake for it", NULL, NULL, false, true},
    {.name = NULL},
};

static FALLIBLE run_mortgage(struct cli *cli, struct err *e)
{
    static const char *const names[] = {"cpu", "memory", "cvm-cpu", "cvm-memory", "disk", "gpu"};
    struct worker_cluster_mortgage_args args = {.deposit = cli_amount(cli, "deposit")};
    uint32_t *const fields[] = {&args.cpu, &args.mem, &args.cvm_cpu, &args.cvm_mem, &args.disk, &args.gpu};
    char amount[SDK_AMOUNT_TEXT_CAP];
    struct sdk_tx_result r;
    uint64_t v;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        TRY(cli_number_in(cli, &v, names[i], UINT32_MAX, e));
        *fields[i] = (uint32_t)v;
    }
    TRY(lookup_cluster_id(cli, &args.id, e));
    TRY(cli_submit(cli, &r, &worker_call_cluster_mortgage, &args, e));
    sdk_amount_text(amount, args.deposit);
    out_tx(cli, &r,
           arena_fmt(&cli->arena, "%s is staked for cluster %llu; unmortgage it with --block %u", amount,
                     (unsigned long long)args.id, r.block_number),
           json_pack("{s:I,s:I}", "cluster_id", (json_int_t)args.id, "deposit_block",
                     (json_int_t)r.block_number));
    return ERR_OK;
}

const struct verb verb_worker_mortgage = {"worker",
                                          "mortgage",
                                          "Adds capacity to a cluster and stakes for it.",
                                          mortgage_params,
                                          GROUP_NODE | GROUP_SIGN,
                                          run_mortgage};

static const struct param unmortgage_params[] = {
    PARAM_CLUSTER,
    {"block", PARAM_NUMBER, "BLOCK", "block of the deposit (see worker show)", NULL, NULL, false, true},
    {.name = NULL},
};

static FALLIBLE run_unmortgage(struct cli *cli, struct err *e)
{
    struct worker_cluster_unmortgage_args args = {.block_num = cli_number(cli, "block")};
    struct sdk_tx_result r;
    char amount[SDK_AMOUNT_TEXT_CAP] = "it";

    TRY(lookup_cluster_id(cli, &args.id, e));
    TRY(cli_submit(cli, &r, &worker_call_cluster_unmortgage, &args, e));
    const struct worker_cluster_unmortgaged_event *ev =
        sdk_event_find(r.events, &worker_event_cluster_unmortgaged);
    if (ev == NULL)
        return FAIL(e, ERR_INTERNAL, "the chain did not say what is taken back");
    sdk_amount_text(amount, ev->amount);
    out_tx(cli, &r,
           arena_fmt(&cli->arena, "%s is free from block %llu", amount, (unsigned long long)ev->until),
           json_pack("{s:I,s:o,s:I}", "cluster_id", (json_int_t)args.id, "amount", out_amount(ev->amount),
                     "until", (json_int_t)ev->until));
    return ERR_OK;
}

const struct verb verb_worker_unmortgage = {"worker",
                                            "unmortgage",
                                            "Takes a deposit and its capacity back.",
                                            unmortgage_params,
                                            GROUP_NODE | GROUP_SIGN,
                                            run_unmortgage};

static const struct param withdraw_params[] = {
    {"app", PARAM_NUMBER, "APP", "app that was served", NULL, NULL, true, true},
    {"amount", PARAM_AMOUNT, "AMOUNT", "how much; everything that is due when left out", NULL, NULL, false,
     false},
    PARAM_CLUSTER,
    {.name = NULL},
};

static FALLIBLE run_withdraw(struct cli *cli, struct err *e)
{
    struct worker_cluster_withdrawal_args args = {
        .work_id = {.wtype = WORKER_WORK_TYPE_APP, .id = cli_number(cli, "app")},
        .amount = cli_amount(cli, "amount")};
    char amount[SDK_AMOUNT_TEXT_CAP];
    struct worker_contract_state contract;
    struct sdk_tx_result r;
    uint64_t cluster;
    bool found;

    TRY(lookup_cluster_id(cli, &cluster, e));
    TRY(sdk_storage_get(cli->client, &cli->arena, &contract, &found, NULL,
                        &worker_storage_work_contract_state, (const void *[]){&args.work_id, &cluster}, e));
    if (!found)
        return FAIL(e, ERR_NOT_FOUND, "cluster %llu has no contract with app %llu",
                    (unsigned long long)cluster, (unsigned long long)args.work_id.id);
    if (!cli_given(cli, "amount"))
        args.amount = contract.withdrawable;
    if (balance_is_zero(args.amount))
        return FAIL(e, ERR_REJECTED, "nothing is due yet: earnings mature over time");
    TRY(cli_submit(cli, &r, &worker_call_cluster_withdrawal, &args, e));
    sdk_amount_text(amount, args.amount);
    out_tx(cli, &r, arena_fmt(&cli->arena, "%s is paid to the cluster's payee", amount),
           json_pack("{s:I,s:I,s:o}", "cluster_id", (json_int_t)cluster, "app_id",
                     (json_int_t)args.work_id.id, "amount", out_amount(args.amount)));
    return ERR_OK;
}

const struct verb verb_worker_withdraw = {
    "worker",    "withdraw", "Pays a cluster's earnings out.", withdraw_params, GROUP_NODE | GROUP_SIGN,
    run_withdraw};

static const struct param stop_params[] = {PARAM_CLUSTER, {.name = NULL}};

static FALLIBLE run_stop(struct cli *cli, struct err *e)
{
    struct worker_cluster_stop_args args;
    struct sdk_tx_result r;

    TRY(lookup_cluster_id(cli, &args.id, e));
    TRY(cli_submit(cli, &r, &worker_call_cluster_stop, &args, e));
    out_tx(cli, &r, arena_fmt(&cli->arena, "cluster %llu is stopped", (unsigned long long)args.id),
           json_pack("{s:I}", "cluster_id", (json_int_t)args.id));
    return ERR_OK;
}

const struct verb verb_worker_stop = {"worker",
                                      "stop",
                                      "Stops a cluster that serves nothing; its stake returns.",
                                      stop_params,
                                      GROUP_NODE | GROUP_SIGN,
                                      run_stop};
