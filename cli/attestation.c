/* cli/attestation.c — see attestation.h. */
#include "cli/attestation.h"
#include "attest/tcb.h"
#include "base/fmt.h"
#include "cli/session.h"
#include "cli/verify.h"
#include "sdk/storage.h"

enum { CLUSTERS_TEXT_MAX = 512 };

const char *attestation_kind(uint8_t kind)
{
    switch (kind) {
    case WORKER_EVIDENCE_NONE:
        return "none";
    case WORKER_EVIDENCE_SGX_DCAP:
        return attest_kind_name(ATTEST_KIND_SGX);
    case WORKER_EVIDENCE_TDX:
        return attest_kind_name(ATTEST_KIND_TDX);
    case WORKER_EVIDENCE_SEV_SNP:
        return attest_kind_name(ATTEST_KIND_SNP);
    default:
        return "unknown";
    }
}

const char *attestation_tcb(uint8_t kind, uint8_t rank)
{
    if (kind == WORKER_EVIDENCE_NONE)
        return "-";
    if (kind == WORKER_EVIDENCE_SEV_SNP)
        return "no levels";
    for (int s = ATTEST_TCB_UP_TO_DATE; s <= ATTEST_TCB_REVOKED; s++)
        if (attest_tcb_rank((enum attest_tcb)s) == rank)
            return attest_tcb_name((enum attest_tcb)s);
    return "unknown";
}

/* What a measurement is of, in words. */
static const char *measure_name(enum worker_measurement_kind kind)
{
    switch (kind) {
    case WORKER_MEASUREMENT_KIND_SGX_MR_ENCLAVE:
        return "MRENCLAVE";
    case WORKER_MEASUREMENT_KIND_SGX_MR_SIGNER_PROD_SVN:
        return "MRSIGNER";
    case WORKER_MEASUREMENT_KIND_TDX_MRTD_RTMRS:
        return "MRTD and RTMRs";
    case WORKER_MEASUREMENT_KIND_SNP_LAUNCH:
        return "launch digest";
    }
    return "unknown";
}

static const char *line(struct cli *cli, const struct worker_attestation *a,
                        const struct worker_challenge *challenge_opt, const uint64_t *cluster_opt)
{
    struct arena *m = &cli->arena;
    const char *where =
        cluster_opt == NULL ? "" : arena_fmt(m, "cluster %llu: ", (unsigned long long)*cluster_opt);
    const char *until = a->until == UINT64_MAX
                            ? "does not run out"
                            : arena_fmt(m, "until block %llu", (unsigned long long)a->until);
    const char *challenge = challenge_opt == NULL || !challenge_opt->open
                                ? ""
                                : arena_fmt(m, "; CHALLENGED, answer due by block %llu",
                                            (unsigned long long)challenge_opt->deadline);

    if (a->kind == WORKER_EVIDENCE_NONE)
        return arena_fmt(m, "%snone%s", where, challenge);
    return arena_fmt(m, "%s%s %s, TCB %s, since block %llu, %s%s", where, attestation_kind(a->kind),
                     a->measurement.some ? verify_hex(m, a->measurement.value) : "-",
                     attestation_tcb(a->kind, a->tcb), (unsigned long long)a->at, until, challenge);
}

json_t *attestation_json(struct cli *cli, const struct worker_attestation *a,
                         const struct worker_challenge *challenge_opt, const uint64_t *cluster_opt)
{
    if (!cli->json)
        return json_string(line(cli, a, challenge_opt, cluster_opt));
    json_t *until = a->until == UINT64_MAX ? json_null() : json_integer((json_int_t)a->until);
    json_t *challenge =
        challenge_opt == NULL
            ? json_null()
            : json_pack("{s:b,s:I,s:I,s:o,s:o}", "open", challenge_opt->open, "issued",
                        (json_int_t)challenge_opt->issued, "deadline", (json_int_t)challenge_opt->deadline,
                        "by", out_account(cli, &challenge_opt->by), "bond", out_amount(challenge_opt->bond));
    json_t *j = json_pack("{s:s,s:o,s:s,s:i,s:I,s:o,s:o}", "kind", attestation_kind(a->kind), "measurement",
                          a->measurement.some ? json_string(verify_hex(&cli->arena, a->measurement.value))
                                              : json_null(),
                          "tcb", attestation_tcb(a->kind, a->tcb), "tcb_rank", (int)a->tcb, "since",
                          (json_int_t)a->at, "until", until, "challenge", challenge);
    if (cluster_opt != NULL)
        (void)json_object_set_new(j, "cluster", json_integer((json_int_t)*cluster_opt));
    return j;
}

FALLIBLE attestations_json(struct cli *cli, json_t **out, const struct worker_work_id *work, struct err *e)
{
    struct sdk_rows rows, challenges;
    CLEANUP(json_decref) json_t *list = json_array();

    TRY(sdk_storage_all(cli->client, &cli->arena, &rows, NULL, &worker_storage_attestation_of,
                        (const void *[]){work}, 1, 0, e));
    TRY(sdk_storage_all(cli->client, &cli->arena, &challenges, NULL, &worker_storage_challenges,
                        (const void *[]){work}, 1, 0, e));
    for (size_t i = 0; i < rows.count; i++) {
        const uint64_t *cluster = rows.v[i].keys[1];
        const struct worker_challenge *challenge = NULL;
        for (size_t k = 0; k < challenges.count; k++)
            if (*(const uint64_t *)challenges.v[k].keys[1] == *cluster)
                challenge = challenges.v[k].value;
        json_array_append_new(list, attestation_json(cli, rows.v[i].value, challenge, cluster));
    }
    *out = MOVE(list);
    return ERR_OK;
}

json_t *measurements_json(struct cli *cli, const struct worker_measurement_vec *list)
{
    json_t *j = json_array();

    for (uint32_t i = 0; i < list->n; i++) {
        const char *value = verify_hex(&cli->arena, list->v[i].value);
        const char *kind = measure_name(list->v[i].kind);
        json_array_append_new(j, cli->json ? json_pack("{s:s,s:s}", "kind", kind, "value", value)
                                           : json_sprintf("%s %s", kind, value));
    }
    return j;
}

FALLIBLE lookup_replica(struct cli *cli, uint64_t *out, const struct worker_work_id *work, struct err *e)
{
    struct scale_u64_vec clusters;

    if (cli_given(cli, "cluster")) {
        *out = cli_number(cli, "cluster");
        return ERR_OK;
    }
    TRY(sdk_storage_get(cli->client, &cli->arena, &clusters, NULL, NULL, &worker_storage_work_contracts,
                        (const void *[]){work}, e));
    if (clusters.n == 1) {
        *out = clusters.v[0];
        return ERR_OK;
    }
    if (clusters.n == 0)
        return FAIL(e, ERR_NOT_FOUND, "app %llu runs on no cluster", (unsigned long long)work->id);
    struct writer w = writer_in(&cli->arena, CLUSTERS_TEXT_MAX);
    for (uint32_t i = 0; i < clusters.n; i++)
        put_fmt(&w, "%s%llu", i > 0 ? ", " : "", (unsigned long long)clusters.v[i]);
    put_u8(&w, 0);
    return FAIL(e, ERR_USAGE, "app %llu runs on clusters %s: say which with --cluster ID",
                (unsigned long long)work->id, writer_ok(&w) ? (const char *)writer_bytes(&w).p : "…");
}
