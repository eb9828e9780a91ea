#include "tee/evidence.h"
#include "attest/quote.h"
#include "attest/ratls.h"
#include "base/clock.h"
#include "tee/sim.h"

#include <openssl/bio.h>
#include <openssl/err.h>

struct evidence {
    struct attest_sim *sim;
    uint8_t mrenclave[32], mrsigner[32];
};

static bool readable(const char *path)
{
    BIO *f = BIO_new_file(path, "rb");
    ERR_clear_error();
    BIO_free(f);
    return f != NULL;
}

/* The hardware present, in the order in which it would be used; NULL when there is none. */
static const char *hardware(void)
{
    static const struct {
        const char *path, *name;
    } kinds[] = {
        {"/dev/attestation/quote", "Gramine (SGX)"},
        {"/sys/kernel/config/tsm/report", "configfs-tsm (TDX or SEV-SNP)"},
        {"/dev/tdx_guest", "TDX"},
        {"/dev/sev-guest", "SEV-SNP"},
    };
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (readable(kinds[i].path))
            return kinds[i].name;
    }
    return NULL;
}

static enum err_code choose(const char *kind, const char *sim_folder_opt, struct err *e)
{
    if (strcmp(kind, "simulated") == 0) {
        if (sim_folder_opt == NULL || sim_folder_opt[0] == 0)
            return FAIL(e, ERR_USAGE, "simulated evidence needs the folder of a simulated platform");
        return ERR_OK;
    }
    if (strcmp(kind, "auto") != 0)
        return FAIL(e, ERR_USAGE, "unknown kind of TEE \"%s\": auto or simulated", kind);
    const char *found = hardware();
    if (found != NULL)
        return FAIL(e, ERR_UNSUPPORTED, "%s was found, but only simulated evidence is supported", found);
    return FAIL(e, ERR_UNSUPPORTED, "no TEE was found; simulated evidence has to be asked for by name");
}

enum err_code evidence_open(struct evidence **out, const char *kind, const char *sim_folder_opt,
                            struct err *e)
{
    TRY(choose(kind, sim_folder_opt, e));
    CLEANUP(evidence_free) struct evidence *v = OPENSSL_zalloc(sizeof *v);
    ASSERT(v != NULL);
    TRY(attest_sim_open(&v->sim, sim_folder_opt, e));
    TRY(attest_sim_measure(v->mrenclave, "/proc/self/exe", e));
    attest_sim_signer(v->mrsigner);
    *out = MOVE(v);
    return ERR_OK;
}

void evidence_free(struct evidence *v)
{
    if (v == NULL)
        return;
    attest_sim_free(v->sim);
    OPENSSL_free(v);
}

bool evidence_simulated(const struct evidence *v)
{
    return v->sim != NULL;
}

const uint8_t *evidence_measurement(const struct evidence *v)
{
    return v->mrenclave;
}

struct bytes evidence_root(const struct evidence *v)
{
    return attest_sim_root(v->sim);
}

enum err_code evidence_get(struct evidence *v, struct arena *a, struct bytes *out,
                           const uint8_t report_data[64], struct err *e)
{
    struct attest_sim_quote_args args = {.isv_prod_id = 1, .isv_svn = 1};
    struct quote quote;
    struct bytes got;

    memcpy(args.mrenclave, v->mrenclave, 32);
    memcpy(args.mrsigner, v->mrsigner, 32);
    memcpy(args.report_data, report_data, 64);
    TRY(attest_sim_quote(v->sim, a, &got, &args, e));
    if (quote_read(&quote, got, false, e) != ATTEST_VERIFIED)
        return err_wrap(e, "own evidence");
    if (memcmp(quote.report.p + SGX_REPORT_LEN - 64, report_data, 64) != 0)
        return FAIL(e, ERR_CORRUPT, "own evidence carries other report data than was asked for");
    *out = got;
    return ERR_OK;
}

enum err_code evidence_ratls_extension(void *ctx, struct arena *a, struct bytes *value, struct bytes spki,
                                       struct err *e)
{
    uint8_t claims_mem[RATLS_CLAIMS_OWN_LEN], report_data[64];
    struct writer claims = writer_fixed(claims_mem, sizeof claims_mem);
    struct writer w = writer_in(a, RATLS_EXTENSION_MAX);
    struct bytes quote;

    attest_ratls_claims(&claims, spki);
    ASSERT(writer_ok(&claims));
    attest_ratls_report_data(report_data, writer_bytes(&claims));
    TRY(evidence_get(ctx, a, &quote, report_data, e));
    attest_ratls_extension(&w, quote, writer_bytes(&claims));
    if (!writer_ok(&w))
        return FAIL(e, ERR_LIMIT, "evidence is too long for a certificate");
    *value = writer_bytes(&w);
    return ERR_OK;
}

enum err_code evidence_peer_verdict(void *ctx, struct bytes cert_der, struct err *e)
{
    struct evidence_peer *peer = ctx;
    uint64_t now = clock_wall_ms() / 1000;

    if (attest_ratls_verify(&peer->claims, cert_der, NULL, now, peer->policy, &attest_openssl, e) !=
        ATTEST_VERIFIED)
        return err_wrap(e, "peer");
    return ERR_OK;
}
