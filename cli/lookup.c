/* cli/lookup.c — see lookup.h. */
#include "cli/lookup.h"
#include "base/fmt.h"
#include "cli/session.h"
#include "sdk/storage.h"
#include <arpa/inet.h>

FALLIBLE lookup_cluster_id(struct cli *cli, uint64_t *out, struct err *e)
{
    struct account_id who;
    bool found;

    TRY(cli_connect(cli, e));
    if (cli_given(cli, "cluster")) {
        *out = cli_number(cli, "cluster");
        return ERR_OK;
    }
    TRY(cli_signer_account(cli, &who, e));
    TRY(sdk_storage_get(cli->client, &cli->arena, out, &found, NULL, &worker_storage_k8s_cluster_accounts,
                        (const void *[]){&who}, e));
    if (!found)
        return FAIL(e, ERR_NOT_FOUND, "%s operates no cluster: register one with \"wetee worker register\"",
                    cli_ss58(cli, &who));
    return ERR_OK;
}

FALLIBLE lookup_cluster(struct cli *cli, struct worker_k8s_cluster *out, uint64_t id, struct err *e)
{
    bool found;

    TRY(cli_connect(cli, e));
    TRY(sdk_storage_get(cli->client, &cli->arena, out, &found, NULL, &worker_storage_k8s_clusters,
                        (const void *[]){&id}, e));
    return found ? ERR_OK : FAIL(e, ERR_NOT_FOUND, "there is no cluster %llu", (unsigned long long)id);
}

FALLIBLE lookup_app(struct cli *cli, struct app_tee_app *out, struct err *e)
{
    uint64_t id = cli_number(cli, "id");
    struct account_id owner;
    bool found;

    TRY(cli_connect(cli, e));
    TRY(sdk_storage_get(cli->client, &cli->arena, &owner, &found, NULL, &app_storage_app_id_accounts,
                        (const void *[]){&id}, e));
    if (found)
        TRY(sdk_storage_get(cli->client, &cli->arena, out, &found, NULL, &app_storage_tee_apps,
                            (const void *[]){&owner, &id}, e));
    return found ? ERR_OK : FAIL(e, ERR_NOT_FOUND, "there is no app %llu", (unsigned long long)id);
}

const char *lookup_ip_text(struct cli *cli, const struct worker_ip *ip)
{
    char text[INET6_ADDRSTRLEN];

    if (ip->ipv4.some) {
        uint32_t v = ip->ipv4.value;
        return arena_fmt(&cli->arena, "%u.%u.%u.%u", v >> 24, v >> 16 & 255, v >> 8 & 255, v & 255);
    }
    if (ip->ipv6.some) {
        struct in6_addr v6;
        for (size_t i = 0; i < sizeof v6.s6_addr; i++)
            v6.s6_addr[i] = (uint8_t)(ip->ipv6.value >> (120 - 8 * i));
        return inet_ntop(AF_INET6, &v6, text, sizeof text) != NULL ? arena_fmt(&cli->arena, "[%s]", text)
                                                                   : "?";
    }
    return ip->domain.some ? arena_str(&cli->arena, ip->domain.value) : "?";
}

FALLIBLE lookup_worker_url(struct cli *cli, const char **out, uint64_t cluster_id, struct err *e)
{
    struct worker_k8s_cluster cluster;

    if (cli_given(cli, "worker")) {
        *out = cli_text(cli, "worker");
        return ERR_OK;
    }
    TRY(lookup_cluster(cli, &cluster, cluster_id, e));
    if (cluster.ip.n == 0)
        return FAIL(e, ERR_NOT_FOUND, "cluster %llu has no address: name its worker with --worker URL",
                    (unsigned long long)cluster_id);
    *out = arena_fmt(&cli->arena, "ws://%s:%u", lookup_ip_text(cli, &cluster.ip.v[0]), cluster.port);
    return ERR_OK;
}

static const char *word(const char *const *words, size_t count, uint8_t status)
{
    return status < count && words[status] != NULL ? words[status] : "unknown";
}

const char *lookup_app_status(uint8_t status)
{
    static const char *const words[] = {"created",  "deploying",    "stopped",
                                        "deployed", "rescheduling", "unschedulable"};

    return word(words, ARRAY_LEN(words), status);
}

const char *lookup_cluster_status(uint8_t status)
{
    static const char *const words[] = {"registered", "active", NULL, "stopped", NULL, NULL, "closed"};

    return word(words, ARRAY_LEN(words), status);
}

const char *lookup_contract_status(uint8_t status)
{
    static const char *const words[] = {"assigned", "running", "closing", "ended"};

    return word(words, ARRAY_LEN(words), status);
}
