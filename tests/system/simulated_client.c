/* tests/system/simulated_client.c — what somebody with a simulated platform would send to a chain. Prints
 * what became of it, a line each; ends with 0 when all was answered.
 *
 *     simulated_client make DIR             makes DIR/root and DIR/platform (folders that exist)
 *     simulated_client evidence DIR FILE    evidence of this program into FILE
 *     simulated_client post URL DIR         each piece of collateral, signed by //Bob: "accepted" or the
 * error simulated_client prove URL DIR        //Bob's cluster, with evidence of each kind and without any */
#include "attest/binding.h"
#include "base/clock.h"
#include "base/fmt.h"
#include "chain/worker.h"
#include "sdk/client.h"
#include "sdk/storage.h"
#include "sdk/tx.h"
#include "tee/sim.h"

#include <stdio.h>

struct client {
    struct arena arena;
    struct attest_sim *sim;
    struct sdk_client *chain;
    struct keypair bob;
};

static FALLIBLE make(const char *dir, struct err *e)
{
    char root[256], platform[256];
    uint64_t now = clock_wall_ms() / 1000 - 60;

    (void)fmt_into(root, sizeof root, "%s/root", dir);
    (void)fmt_into(platform, sizeof platform, "%s/platform", dir);
    return attest_sim_create(root, platform, now, e);
}

static FALLIBLE open_platform(struct client *c, const char *dir, struct err *e)
{
    char platform[256];

    (void)fmt_into(platform, sizeof platform, "%s/platform", dir);
    return attest_sim_open(&c->sim, platform, e);
}

static FALLIBLE evidence(struct client *c, struct bytes *out, enum attest_kind kind,
                         const uint8_t report_data[64], struct err *e)
{
    uint8_t program[32];

    TRY(attest_sim_measure(program, "/proc/self/exe", e));
    return attest_sim_evidence(c->sim, &c->arena, out, kind, program, report_data, e);
}

static FALLIBLE write_evidence(struct client *c, const char *path, struct err *e)
{
    static const uint8_t nothing[64];
    struct bytes b;

    TRY(evidence(c, &b, ATTEST_KIND_SGX, nothing, e));
    FILE *f = fopen(path, "wb");
    if (f == NULL)
        return FAIL(e, ERR_IO, "%s cannot be written", path);
    bool ok = fwrite(b.p, 1, b.len, f) == b.len;
    return fclose(f) == 0 && ok ? ERR_OK : FAIL(e, ERR_IO, "%s cannot be written", path);
}

static FALLIBLE open_chain(struct client *c, const char *url, struct err *e)
{
    const struct sdk_connect want = {.url = url};

    TRY(keypair_from_uri(&c->bob, SIGNATURE_SR25519, BYTES_LIT("//Bob"), e));
    return sdk_client_open(&c->chain, &want, e);
}

/* Prints the outcome; what never got into a block is an error. */
static FALLIBLE tell(struct client *c, const char *what, const struct call_desc *call, const void *args,
                     struct err *e)
{
    struct sdk_tx_result r;
    struct err why;

    TRY(sdk_tx_run(c->chain, &c->arena, &r, call, args, &c->bob, NULL, e));
    (void)printf("%s: %s\n", what, sdk_tx_require(&r, &why) == ERR_OK ? "accepted" : why.msg);
    return ERR_OK;
}

static FALLIBLE post(struct client *c, struct err *e)
{
    static const enum attest_kind kinds[] = {ATTEST_KIND_SGX, ATTEST_KIND_TDX};

    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        struct attest_collateral all;
        struct attest_piece v[ATTEST_PIECES_MAX];
        TRY(attest_sim_collateral(c->sim, &c->arena, &all, kinds[k], e));
        uint32_t n = attest_collateral_pieces(v, &all);
        for (uint32_t i = 0; i < n; i++) {
            const struct worker_collateral_update_args args = {
                .kind = (enum worker_collateral_kind)v[i].kind,
                .piece = {v[i].document, v[i].signature, v[i].issuer_chain}};
            TRY(tell(c, "collateral", &worker_call_collateral_update, &args, e));
        }
    }
    return ERR_OK;
}

static FALLIBLE prove_with(struct client *c, const char *what, uint64_t cluster, enum worker_evidence_tag tag,
                           struct err *e)
{
    struct worker_cluster_proof_upload_args args = {.id = cluster, .proof = {.evidence = {.tag = tag}}};
    struct attest_subject subject = {.genesis = sdk_client_chain(c->chain)->genesis, .cluster = cluster};
    uint8_t binding[32], report_data[64];
    struct sdk_head head;

    TRY(sdk_head_finalized(c->chain, &head, e));
    attest_binding(binding, ATTEST_PURPOSE_WORKER, &subject, c->bob.account.b, head.hash.b);
    attest_report_data(report_data, binding);
    if (tag == WORKER_EVIDENCE_SGX_DCAP)
        TRY(evidence(c, &args.proof.evidence.u.sgx_dcap, ATTEST_KIND_SGX, report_data, e));
    else if (tag == WORKER_EVIDENCE_TDX)
        TRY(evidence(c, &args.proof.evidence.u.tdx, ATTEST_KIND_TDX, report_data, e));
    return tell(c, what, &worker_call_cluster_proof_upload, &args, e);
}

static FALLIBLE prove(struct client *c, struct err *e)
{
    struct worker_ip ip = {.ipv4 = {.some = true, .value = 0x7f000001}};
    const struct worker_cluster_register_args args = {
        .name = BYTES_LIT("simulated"), .ip = {1, &ip}, .port = 8880, .level = 1};
    uint64_t cluster = 0;
    bool found;

    TRY(tell(c, "register", &worker_call_cluster_register, &args, e));
    TRY(sdk_storage_get(c->chain, &c->arena, &cluster, &found, NULL, &worker_storage_k8s_cluster_accounts,
                        (const void *[]){&c->bob.account}, e));
    if (!found)
        return FAIL(e, ERR_NOT_FOUND, "no cluster of //Bob");
    TRY(prove_with(c, "sgx", cluster, WORKER_EVIDENCE_SGX_DCAP, e));
    TRY(prove_with(c, "tdx", cluster, WORKER_EVIDENCE_TDX, e));
    return prove_with(c, "none", cluster, WORKER_EVIDENCE_NONE, e);
}

static FALLIBLE run(struct client *c, int argc, char **argv, struct err *e)
{
    const char *verb = argc > 2 ? argv[1] : "";

    if (strcmp(verb, "make") == 0)
        return make(argv[2], e);
    if (argc != 4)
        return FAIL(e, ERR_USAGE, "make DIR, evidence DIR FILE, post URL DIR, prove URL DIR");
    if (strcmp(verb, "evidence") == 0) {
        TRY(open_platform(c, argv[2], e));
        return write_evidence(c, argv[3], e);
    }
    TRY(open_platform(c, argv[3], e));
    TRY(open_chain(c, argv[2], e));
    return strcmp(verb, "post") == 0 ? post(c, e) : prove(c, e);
}

int main(int argc, char **argv)
{
    struct client c = {0};
    struct err e;

    arena_init(&c.arena, &arena_heap, 64 << 20);
    enum err_code code = run(&c, argc, argv, &e);
    if (code != ERR_OK)
        (void)fprintf(stderr, "simulated_client: %s\n", e.msg);
    sdk_client_free(c.chain);
    attest_sim_free(c.sim);
    arena_fini(&c.arena);
    return code == ERR_OK ? 0 : 1;
}
