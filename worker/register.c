#include "worker/register.h"

#include "base/hex.h"
#include "base/int.h"
#include "crypto/random.h"
#include "crypto/wipe.h"
#include "sdk/account.h"
#include "sdk/keyring.h"
#include "sdk/storage.h"
#include "sdk/tx.h"
#include "worker/chain_follow.h"

#include <sys/stat.h>

enum { KEY_TEXT_LEN = 64 };

/* --- the key --- */

static FALLIBLE new_key(const char *path, uint8_t seed[32], struct err *e)
{
    char text[KEY_TEXT_LEN + 1];

    random_bytes(seed, 32);
    hex_encode(text, bytes_of(seed, 32));
    enum err_code code = keyring_store_file(path, bytes_of(text, KEY_TEXT_LEN), e);
    wipe(text, sizeof text);
    return code;
}

static FALLIBLE load_seed(struct arena *a, const char *path, uint8_t seed[32], struct err *e)
{
    struct stat st;
    struct bytes text;
    enum err_code code = keyring_load_file(a, &text, path, 256, e);

    if (code == ERR_NOT_FOUND)
        return new_key(path, seed, e);
    TRY(code);
    if (stat(path, &st) != 0 || (st.st_mode & 077) != 0)
        return FAIL(e, ERR_DENIED, "%s may be read by others: chmod 600 it", path);
    while (text.len > 0 && text.p[text.len - 1] == '\n')
        text.len--;
    if (!hex_decode_into(seed, 32, text))
        return FAIL(e, ERR_CORRUPT, "%s does not hold 64 hex digits", path);
    return ERR_OK;
}

FALLIBLE register_key(struct keypair *out, const struct config *config, struct err *e)
{
    struct arena a;
    uint8_t seed[32];

    if (config->controller_uri != NULL)
        return keypair_from_uri(out, SIGNATURE_SR25519, bytes_of_str(config->controller_uri), e);
    arena_init(&a, &arena_heap, 1 << 20);
    enum err_code code = load_seed(&a, arena_fmt(&a, "%s/controller.key", config->state_dir), seed, e);
    if (code == ERR_OK)
        code = keypair_from_seed(out, SIGNATURE_SR25519, seed, e);
    wipe(seed, sizeof seed);
    arena_fini(&a);
    return code;
}

/* --- the cluster --- */

static FALLIBLE run(struct sdk_client *c, struct arena *a, const struct call_desc *call, const void *args,
                    const struct worker *w, struct err *e)
{
    struct sdk_tx_result r;

    if (sdk_tx_run(c, a, &r, call, args, &w->controller, NULL, e) != ERR_OK ||
        sdk_tx_require(&r, e) != ERR_OK)
        return err_wrap(e, "%s", call->name);
    LOG_INFO("worker", "on chain", F_STR("call", call->name), F_U64("block", r.block_number));
    return ERR_OK;
}

static FALLIBLE parse_ipv4(uint32_t *out, const char *text)
{
    struct err e;
    uint32_t v = 0;
    struct bytes left = bytes_of_str(text);

    for (int i = 0; i < 4; i++) {
        size_t len = 0;
        uint64_t part;
        while (len < left.len && left.p[len] != '.')
            len++;
        if (!parse_u64(bytes_of(left.p, len), &part) || part > 255 || (i == 3) != (len == left.len))
            return FAIL(&e, ERR_MALFORMED, "no IPv4 address");
        v = v << 8 | (uint32_t)part;
        left = bytes_from(left, len + 1);
    }
    *out = v;
    return ERR_OK;
}

static FALLIBLE do_register(struct sdk_client *c, struct arena *a, const struct worker *w, struct err *e)
{
    struct worker_ip ip = {0};
    struct worker_cluster_register_args args = {.name = bytes_of_str(w->config.name),
                                                .ip = {.n = 1, .v = &ip},
                                                .port = w->config.api_port,
                                                .level = w->config.level};
    uint32_t v4 = 0;

    if (parse_ipv4(&v4, w->config.public_address) == ERR_OK) {
        ip.ipv4.some = true;
        ip.ipv4.value = v4;
    } else {
        ip.domain.some = true;
        ip.domain.value = bytes_of_str(w->config.public_address);
    }
    return run(c, a, &worker_call_cluster_register, &args, w, e);
}

void register_evidence(struct worker_evidence *out, enum attest_kind kind, struct bytes evidence)
{
    switch (kind) {
    case ATTEST_KIND_SGX:
        *out = (struct worker_evidence){.tag = WORKER_EVIDENCE_SGX_DCAP, .u.sgx_dcap = evidence};
        break;
    case ATTEST_KIND_TDX:
        *out = (struct worker_evidence){.tag = WORKER_EVIDENCE_TDX, .u.tdx = evidence};
        break;
    case ATTEST_KIND_SNP:
        *out = (struct worker_evidence){.tag = WORKER_EVIDENCE_SEV_SNP, .u.sev_snp = evidence};
        break;
    }
}

/* Evidence that this program holds the controller's key; None where the chain knows no root for it, which
 * development chains accept. */
static FALLIBLE evidence_of(struct sdk_client *c, struct arena *a, struct worker_evidence *out,
                            uint64_t cluster, const struct worker *w, struct err *e)
{
    struct attest_subject subject = {.genesis = w->genesis, .cluster = cluster};
    uint8_t binding[32], report_data[ATTEST_REPORT_DATA_LEN];
    struct sdk_head head;
    struct bytes evidence;

    *out = (struct worker_evidence){.tag = WORKER_EVIDENCE_NONE};
    if (!w->chain_verifies)
        return ERR_OK;
    TRY(sdk_head_finalized(c, &head, e));
    attest_binding(binding, ATTEST_PURPOSE_WORKER, &subject, w->controller.account.b, head.hash.b);
    attest_report_data(report_data, binding);
    TRY(trust_evidence(w->trust, a, &evidence, report_data, e));
    register_evidence(out, evidence_kind(w->evidence), evidence);
    return ERR_OK;
}

static FALLIBLE upload(struct sdk_client *c, struct arena *a, uint64_t cluster, const struct worker *w,
                       struct err *e)
{
    struct worker_cluster_proof_upload_args args = {
        .id = cluster, .proof = {.public_key = bytes_of(w->controller.public_key, w->controller.public_len)}};

    TRY(evidence_of(c, a, &args.proof.evidence, cluster, w, e));
    return run(c, a, &worker_call_cluster_proof_upload, &args, w, e);
}

/* Is half the time of the cluster's attestation over, or is there none of this kind of TEE? */
static FALLIBLE attestation_ends(struct sdk_client *c, struct arena *a, bool *ends, uint64_t cluster,
                                 uint64_t block, const struct worker *w, struct err *e)
{
    struct worker_cluster_attestation x;
    struct worker_evidence own;
    bool found;

    register_evidence(&own, evidence_kind(w->evidence), BYTES_EMPTY);
    TRY(sdk_storage_get(c, a, &x, &found, NULL, &worker_storage_cluster_attestations,
                        (const void *[]){&cluster}, e));
    *ends = !found || x.lapsed || x.claims.kind != own.tag ||
            (x.claims.until != UINT64_MAX && block >= x.claims.at + (x.claims.until - x.claims.at) / 2);
    return ERR_OK;
}

FALLIBLE register_renew(struct sdk_client *c, struct arena *a, uint64_t block, const struct worker *w,
                        struct err *e)
{
    bool ends;

    if (!w->chain_verifies)
        return ERR_OK;
    TRY(attestation_ends(c, a, &ends, w->cluster, block, w, e));
    return ends ? upload(c, a, w->cluster, w, e) : ERR_OK;
}

static FALLIBLE do_proof(struct sdk_client *c, struct arena *a, uint64_t cluster, const struct worker *w,
                         struct err *e)
{
    struct worker_proof_of_cluster stored;
    struct bytes own = bytes_of(w->controller.public_key, w->controller.public_len);
    struct sdk_head head;
    bool found, ends = false;

    TRY(sdk_storage_get(c, a, &stored, &found, NULL, &worker_storage_proof_of_clusters,
                        (const void *[]){&cluster}, e));
    if (w->chain_verifies) {
        TRY(sdk_head_finalized(c, &head, e));
        TRY(attestation_ends(c, a, &ends, cluster, head.number, w, e));
    }
    if (found && bytes_eq(stored.public_key, own) && !ends)
        return ERR_OK;
    return upload(c, a, cluster, w, e);
}

static uint32_t lacking(uint32_t want, uint32_t have)
{
    return want > have ? want - have : 0;
}

static FALLIBLE do_mortgage(struct sdk_client *c, struct arena *a, uint64_t cluster, const struct worker *w,
                            struct err *e)
{
    struct worker_com_cr_com_cr_pair crs;
    struct balance stake;
    struct sdk_read reads[] = {
        {.item = &worker_storage_crs, .keys = {&cluster}, .out = &crs},
        {.item = &worker_storage_stake_of, .keys = {&cluster}, .out = &stake},
    };

    TRY(sdk_storage_read(c, a, reads, ARRAY_LEN(reads), NULL, e));
    struct worker_cluster_mortgage_args args = {.id = cluster,
                                                .cpu = lacking(w->config.cpu, crs.a.cpu),
                                                .mem = lacking(w->config.mem, crs.a.mem),
                                                .disk = lacking(w->config.disk, crs.a.disk),
                                                .deposit = balance_sat_sub(w->config.deposit, stake)};
    if (args.cpu == 0 && args.mem == 0 && args.disk == 0 && balance_is_zero(args.deposit))
        return ERR_OK;
    return run(c, a, &worker_call_cluster_mortgage, &args, w, e);
}

static FALLIBLE bring_up(struct sdk_client *c, struct arena *a, uint64_t *cluster, const struct worker *w,
                         struct err *e)
{
    bool found;

    TRY(chain_cluster_of(c, cluster, &found, &w->controller.account, e));
    if (!found) {
        TRY(do_register(c, a, w, e));
        TRY(chain_cluster_of(c, cluster, &found, &w->controller.account, e));
    }
    if (!found)
        return FAIL(e, ERR_INTERNAL, "the cluster was registered and is not on the chain");
    TRY(do_proof(c, a, *cluster, w, e));
    return do_mortgage(c, a, *cluster, w, e);
}

FALLIBLE register_cluster(struct sdk_client *c, uint64_t *cluster, const struct worker *w, struct err *e)
{
    struct arena a;

    arena_init(&a, &arena_heap, 16 << 20);
    enum err_code code = bring_up(c, &a, cluster, w, e);
    arena_fini(&a);
    return code;
}
