/* cli/challenge.c — `app challenge`: demanding fresh evidence, and waiting for what comes. */
#include "base/fmt.h"
#include "base/int.h"
#include "cli/attestation.h"
#include "cli/lookup.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "sdk/account.h"
#include "sdk/heads.h"
#include "sdk/storage.h"

/* docs/pallets.md "Challenges": a tenth of a period's price, at least this many planck. */
enum { BOND_DIV = 10, BOND_LEAST_DEVELOPMENT = 100 };
#define BOND_LEAST UINT64_C(10000000000)

static const struct param params[] = {
    {"id", PARAM_NUMBER, "APP", "number of the app (see app list)", NULL, NULL, true, true},
    {"cluster", PARAM_NUMBER, "ID", "which replica, when there are several", NULL, NULL, false, false},
    {"follow", PARAM_SWITCH, NULL, "wait until it is answered or has failed, and end with 1 if it failed",
     NULL, NULL, false, false},
    {.name = NULL},
};

static bool same(const struct worker_work_id *a, uint64_t cluster_a,
                 const struct worker_attestation_challenge_args *b)
{
    return a->wtype == b->work_id.wtype && a->id == b->work_id.id && cluster_a == b->cluster_id;
}

const char *challenge_outcome(const struct sdk_events *events,
                              const struct worker_attestation_challenge_args *args, json_t *into)
{
    for (uint32_t i = 0; i < events->count; i++) {
        const struct event_record *r = &events->v[i];
        if (r->type == &worker_event_challenge_answered) {
            const struct worker_challenge_answered_event *ev = r->fields;
            if (!same(&ev->work_id, ev->cluster_id, args))
                continue;
            out_merge(into, json_pack("{s:o}", "paid", out_amount(ev->paid)));
            return "answered";
        }
        if (r->type == &worker_event_challenge_failed) {
            const struct worker_challenge_failed_event *ev = r->fields;
            if (!same(&ev->work_id, ev->cluster_id, args))
                continue;
            out_merge(into, json_pack("{s:o,s:o}", "slashed", out_amount(ev->slashed), "returned",
                                      out_amount(ev->returned)));
            return "failed";
        }
        if (r->type == &worker_event_challenge_closed) {
            const struct worker_challenge_closed_event *ev = r->fields;
            if (same(&ev->work_id, ev->cluster_id, args))
                return "closed";
        }
    }
    return NULL;
}

struct ending {
    const char *outcome; /* "answered", "failed", "closed" */
    uint32_t block;
    json_t *amounts; /* who got what; borrowed */
};

/* One block's events; its arena is its own, as there may be many blocks. */
static FALLIBLE look(struct cli *cli, struct ending *out, uint32_t number,
                     const struct worker_attestation_challenge_args *args, struct err *e)
{
    struct sdk_events events;
    struct hash32 hash;
    struct arena a;

    TRY(sdk_block_hash(cli->client, &hash, number, e));
    arena_init(&a, &arena_heap, SDK_RESPONSE_ARENA);
    enum err_code code = sdk_events_at(cli->client, &a, &events, &hash, e);
    if (code == ERR_OK) {
        out->outcome = challenge_outcome(&events, args, out->amounts);
        out->block = number;
    }
    arena_fini(&a);
    return code;
}

/* Every final block from the one that issued it, until it is over: the chain ends it after the deadline. */
static FALLIBLE follow(struct cli *cli, struct ending *out, uint32_t from,
                       const struct worker_attestation_challenge_args *args, struct err *e)
{
    CLEANUP(sdk_heads_close) struct sdk_heads *heads = NULL;
    struct sdk_head head;
    uint64_t seconds;

    TRY(cli_number_in(cli, &seconds, "timeout", UINT32_MAX / 1000, e));
    TRY(sdk_heads_open(cli->client, &heads, SDK_HEADS_FINALIZED, e));
    for (uint32_t next = from;;) {
        enum err_code code = sdk_heads_next(heads, &head, (int64_t)seconds * 1000, e);
        if (code == ERR_LIMIT)
            continue;
        if (code == ERR_TIMEOUT)
            return FAIL(e, ERR_TIMEOUT, "no block became final in %llu seconds; the challenge goes on",
                        (unsigned long long)seconds);
        TRY(code);
        for (; next <= head.number; next++) {
            TRY(look(cli, out, next, args, e));
            if (out->outcome != NULL)
                return ERR_OK;
        }
    }
}

static const char *told(struct cli *cli, const struct ending *end)
{
    if (strcmp(end->outcome, "answered") == 0)
        return arena_fmt(&cli->arena,
                         "ANSWERED in block %u: the replica gave fresh evidence, which the chain accepted",
                         end->block);
    if (strcmp(end->outcome, "failed") == 0)
        return arena_fmt(&cli->arena, "FAILED in block %u: no good evidence came in time; the bond is back",
                         end->block);
    return arena_fmt(&cli->arena,
                     "CLOSED in block %u: the contract ended before an answer was due; the bond is back",
                     end->block);
}

static FALLIBLE tell_bond(struct cli *cli, const struct worker_attestation_challenge_args *args,
                          struct err *e)
{
    struct worker_contract_state contract;
    char amount[SDK_AMOUNT_TEXT_CAP];
    bool found;

    TRY(sdk_storage_get(cli->client, &cli->arena, &contract, &found, NULL,
                        &worker_storage_work_contract_state,
                        (const void *[]){&args->work_id, &args->cluster_id}, e));
    if (!found)
        return FAIL(e, ERR_NOT_FOUND, "cluster %llu has no contract with app %llu",
                    (unsigned long long)args->cluster_id, (unsigned long long)args->work_id.id);
    bool development = sdk_client_chain(cli->client)->development;
    struct balance least = balance_of(development ? BOND_LEAST_DEVELOPMENT : BOND_LEAST);
    sdk_amount_text(amount, balance_max(balance_div_u64(contract.fee, BOND_DIV, NULL), least));
    cli_progress(cli, "bond: %s, which is lost when good evidence comes, and returned when none does",
                 amount);
    return ERR_OK;
}

static FALLIBLE run(struct cli *cli, struct err *e)
{
    struct worker_attestation_challenge_args args = {.work_id.wtype = WORKER_WORK_TYPE_APP};
    CLEANUP(json_decref) json_t *amounts = json_object();
    struct ending end = {.amounts = amounts};
    char bond[SDK_AMOUNT_TEXT_CAP];
    struct app_tee_app app;
    struct sdk_tx_result r;

    TRY(lookup_app(cli, &app, e));
    args.work_id.id = app.id;
    TRY(lookup_replica(cli, &args.cluster_id, &args.work_id, e));
    TRY(tell_bond(cli, &args, e));
    TRY(cli_submit(cli, &r, &worker_call_attestation_challenge, &args, e));
    const struct worker_challenge_issued_event *ev = sdk_event_find(r.events, &worker_event_challenge_issued);
    if (ev == NULL)
        return FAIL(e, ERR_INTERNAL, "the chain did not say that it issued a challenge");
    sdk_amount_text(bond, ev->bond);
    const char *issued = arena_fmt(&cli->arena,
                                   "cluster %llu is challenged for app %llu with a bond of %s; answer due "
                                   "by block %llu",
                                   (unsigned long long)args.cluster_id, (unsigned long long)app.id, bond,
                                   (unsigned long long)ev->deadline);
    json_t *extra = json_pack("{s:I,s:I,s:o,s:I}", "app_id", (json_int_t)app.id, "cluster_id",
                              (json_int_t)args.cluster_id, "bond", out_amount(ev->bond), "deadline",
                              (json_int_t)ev->deadline);
    if (!cli_given(cli, "follow")) {
        out_tx(cli, &r, issued, extra);
        return ERR_OK;
    }
    cli_progress(cli, "%s", issued);
    if (follow(cli, &end, r.block_number, &args, e) != ERR_OK) {
        json_decref(extra);
        return e->code;
    }
    out_merge(extra, json_pack("{s:s,s:I}", "outcome", end.outcome, "outcome_block", (json_int_t)end.block));
    out_merge(extra, MOVE(amounts));
    out_tx(cli, &r, told(cli, &end), extra);
    if (strcmp(end.outcome, "failed") == 0)
        cli->exit_opt = EXIT_CODE_FAILED;
    return ERR_OK;
}

const struct verb verb_app_challenge = {"app",
                                        "challenge",
                                        "Demands fresh evidence of a running replica, against a bond.",
                                        params,
                                        GROUP_NODE | GROUP_SIGN,
                                        run};
