#include "tee/evidence.h"
#include "attest/cbor.h"
#include "attest/quote.h"
#include "attest/ratls.h"
#include "attest/x509.h"
#include "base/clock.h"
#include "tee/bundle.h"
#include "tee/cert_table.h"
#include "tee/provider.h"
#include "tee/sim.h"

#include <stdlib.h>

/* Of what a machine answers before it is cut; blobs are at most 128 KiB each (tee/tsm.c). */
enum { SCRATCH_MAX = 8 << 20 };

/* Offsets in report bodies and in the SNP report. */
enum { SGX_MRENCLAVE = 64, TDX_MRTD = 136, TDX_RTMR = 328, TDX_RTMRS_LEN = 192, SNP_MEASUREMENT = 0x90 };

struct evidence {
    const struct provider *provider; /* NULL: simulated */
    const struct tee_io *io;
    int privlevel;
    struct attest_sim *sim;
    uint8_t program[32]; /* simulated: what is measured */
    enum attest_kind kind;
    enum attest_form form;
    uint8_t measurement[ATTEST_MEASUREMENT_MAX];
    size_t measurement_len;
    struct err note; /* code is ERR_OK without one */
    struct arena scratch;
};

static const struct provider *const providers[] = {
    &provider_gramine, &provider_ego, &provider_tsm, &provider_tdx_guest, &provider_sev_guest,
};

static enum err_code detect(const struct provider **out, const struct tee_io *io, struct err *e)
{
    for (size_t i = 0; i < ARRAY_LEN(providers); i++) {
        if (providers[i]->present(io)) {
            *out = providers[i];
            return ERR_OK;
        }
    }
    if (provider_gramine_silent(io))
        return FAIL(e, ERR_UNSUPPORTED,
                    "this Gramine does not attest: set sgx.remote_attestation = \"dcap\" in its manifest");
    return FAIL(e, ERR_UNSUPPORTED, "no TEE was found; simulated evidence has to be asked for by name");
}

static enum err_code choose(const struct provider **out, const char *kind, const struct tee_io *io,
                            struct err *e)
{
    if (strcmp(kind, "auto") == 0)
        return detect(out, io, e);
    for (size_t i = 0; i < ARRAY_LEN(providers); i++) {
        if (strcmp(kind, providers[i]->name) == 0) {
            *out = providers[i];
            return ERR_OK;
        }
    }
    return FAIL(e, ERR_USAGE,
                "unknown kind of TEE \"%s\": auto, gramine, ego, tsm, tdx-guest, sev-guest, simulated, "
                "simulated-tdx or simulated-snp",
                kind);
}

static enum err_code get_hardware(struct evidence *v, struct arena *a, struct bytes *out,
                                  const uint8_t report_data[64], struct err *e)
{
    const struct provider_request r = {.io = v->io, .report_data = report_data, .privlevel = v->privlevel};
    uint8_t whole[ATTEST_EVIDENCE_MAX];
    struct writer w = writer_fixed(whole, sizeof whole);
    struct provider_answer got = {0};
    struct bytes cut;
    bool other;

    v->note.code = ERR_OK;
    arena_reset(&v->scratch);
    TRY(v->provider->get(&got, &v->scratch, &r, e));
    TRY(provider_check(&cut, &got, report_data, &other, e));
    put_bytes(&w, cut);
    if (v->form != got.form) /* after the first time it never does: others read it meanwhile */
        v->form = got.form;
    /* Without its certificates the report is as good, for a verifier that fetches them. */
    if (cert_table_normalise(&w, got.certs, &v->scratch, &v->note) != ERR_OK)
        (void)err_wrap(&v->note, "left out");
    *out = arena_dup(a, writer_bytes(&w));
    return ERR_OK;
}

static enum err_code learn_quote(struct evidence *v, struct bytes quote, struct err *e)
{
    struct quote q;

    if (quote_read(&q, quote, false, e) != ATTEST_VERIFIED)
        return FAIL(e, ERR_CORRUPT, "own evidence is not well formed");
    v->kind = quote_is_tdx(&q) ? ATTEST_KIND_TDX : ATTEST_KIND_SGX;
    struct writer w = writer_fixed(v->measurement, sizeof v->measurement);
    if (v->kind == ATTEST_KIND_TDX) {
        put_mem(&w, q.report.p + TDX_MRTD, 48);
        put_mem(&w, q.report.p + TDX_RTMR, TDX_RTMRS_LEN);
    } else {
        put_mem(&w, q.report.p + SGX_MRENCLAVE, 32);
    }
    v->measurement_len = w.len;
    return ERR_OK;
}

/* The first evidence tells who we are. */
static enum err_code learn(struct evidence *v, struct err *e)
{
    static const uint8_t nothing[64];
    struct bytes evidence;
    struct arena a;

    arena_init(&a, &arena_heap, SCRATCH_MAX);
    enum err_code code = get_hardware(v, &a, &evidence, nothing, e);
    if (code == ERR_OK && v->form == ATTEST_FORM_SNP) {
        v->kind = ATTEST_KIND_SNP;
        v->measurement_len = 48;
        memcpy(v->measurement, evidence.p + SNP_MEASUREMENT, 48);
    } else if (code == ERR_OK) {
        code = learn_quote(v, evidence, e);
    }
    arena_fini(&a);
    return code;
}

/* Kinds of TEE that the simulator plays; plain "simulated" is SGX. */
static const struct {
    const char *name;
    enum attest_kind kind;
} simulated[] = {
    {"simulated", ATTEST_KIND_SGX}, {"simulated-tdx", ATTEST_KIND_TDX}, {"simulated-snp", ATTEST_KIND_SNP}};

static bool plays(enum attest_kind *out, const char *kind)
{
    for (size_t i = 0; i < ARRAY_LEN(simulated); i++) {
        if (strcmp(kind, simulated[i].name) == 0) {
            *out = simulated[i].kind;
            return true;
        }
    }
    return false;
}

static enum err_code open_simulated(struct evidence *v, enum attest_kind kind, const char *folder_opt,
                                    struct err *e)
{
    if (folder_opt == NULL || folder_opt[0] == 0)
        return FAIL(e, ERR_USAGE, "simulated evidence needs the folder of a simulated platform");
    TRY(attest_sim_open(&v->sim, folder_opt, e));
    if (attest_sim_root_of(v->sim, kind).len == 0)
        return FAIL(e, ERR_NOT_FOUND, "the simulated platform %s has no SEV-SNP chip", folder_opt);
    TRY(attest_sim_measure(v->program, "/proc/self/exe", e));
    v->kind = kind;
    v->form = kind == ATTEST_KIND_SNP ? ATTEST_FORM_SNP : ATTEST_FORM_QUOTE;
    v->measurement_len = attest_sim_measurement(v->measurement, kind, v->program);
    return ERR_OK;
}

enum err_code evidence_open_with(struct evidence **out, const struct evidence_config *config, struct err *e)
{
    CLEANUP(evidence_free) struct evidence *v = calloc(1, sizeof *v);
    enum attest_kind kind;

    ASSERT(v != NULL);
    arena_init(&v->scratch, &arena_heap, SCRATCH_MAX);
    if (config->has_privlevel && config->privlevel > 3)
        return FAIL(e, ERR_USAGE, "a VMPL is 0 to 3, not %u", config->privlevel);
    v->io = config->io_opt == NULL ? &tee_io_posix : config->io_opt;
    v->privlevel = config->has_privlevel ? config->privlevel : -1;
    if (plays(&kind, config->kind)) {
        TRY(open_simulated(v, kind, config->sim_folder_opt, e));
    } else {
        TRY(choose(&v->provider, config->kind, v->io, e));
        if (learn(v, e) != ERR_OK)
            return err_wrap(e, "%s", v->provider->title);
    }
    *out = MOVE(v);
    return ERR_OK;
}

enum err_code evidence_open(struct evidence **out, const char *kind, const char *sim_folder_opt,
                            struct err *e)
{
    const struct evidence_config config = {.kind = kind, .sim_folder_opt = sim_folder_opt};
    return evidence_open_with(out, &config, e);
}

void evidence_free(struct evidence *v)
{
    if (v == NULL)
        return;
    attest_sim_free(v->sim);
    arena_fini(&v->scratch);
    free(v);
}

bool evidence_simulated(const struct evidence *v)
{
    return v->sim != NULL;
}

const char *evidence_provider(const struct evidence *v)
{
    for (size_t i = 0; v->provider == NULL && i < ARRAY_LEN(simulated); i++) {
        if (simulated[i].kind == v->kind)
            return simulated[i].name;
    }
    return v->provider->name;
}

enum attest_kind evidence_kind(const struct evidence *v)
{
    return v->kind;
}

enum attest_form evidence_form(const struct evidence *v)
{
    return v->form;
}

const uint8_t *evidence_measurement(const struct evidence *v)
{
    return v->measurement;
}

size_t evidence_measurement_len(const struct evidence *v)
{
    return v->measurement_len;
}

struct bytes evidence_root(const struct evidence *v)
{
    return v->sim == NULL ? BYTES_EMPTY : attest_sim_root_of(v->sim, v->kind);
}

const char *evidence_note(const struct evidence *v)
{
    return v->note.code == ERR_OK ? NULL : v->note.msg;
}

static enum err_code get_simulated(struct evidence *v, struct arena *a, struct bytes *out,
                                   const uint8_t report_data[64], struct err *e)
{
    struct provider_answer got = {.form = v->form};
    struct bytes made, cut;
    bool other;

    TRY(attest_sim_evidence(v->sim, a, &made, v->kind, v->program, report_data, e));
    got.raw = v->form == ATTEST_FORM_SNP ? bytes_of(made.p, SNP_REPORT_LEN) : made;
    TRY(provider_check(&cut, &got, report_data, &other, e));
    *out = made; /* a report with its certificates */
    return ERR_OK;
}

enum err_code evidence_get(struct evidence *v, struct arena *a, struct bytes *out,
                           const uint8_t report_data[64], struct err *e)
{
    if (v->provider == NULL)
        return get_simulated(v, a, out, report_data, e);
    if (get_hardware(v, a, out, report_data, e) != ERR_OK)
        return err_wrap(e, "%s", v->provider->title);
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

enum err_code evidence_endorsements_extension(struct bytes *value, struct arena *a,
                                              const struct attest_collateral *collateral, struct err *e)
{
    struct writer json = writer_in(a, EVIDENCE_ENDORSEMENTS_MAX), w = writer_in(a, EVIDENCE_ENDORSEMENTS_MAX);

    bundle_write(&json, collateral);
    cbor_put_string(&w, CBOR_BYTES, writer_bytes(&json));
    if (!writer_ok(&json) || !writer_ok(&w))
        return FAIL(e, ERR_LIMIT, "collateral is too long for a certificate");
    *value = writer_bytes(&w);
    return ERR_OK;
}

struct attest_policy evidence_peer_policy(bool development)
{
    return (struct attest_policy){.allow_development = development,
                                  .tcb_allowed = ATTEST_TCB_TOLERANT,
                                  .any_advisory = true,
                                  .collateral_max_age = development ? 0 : ATTEST_COLLATERAL_MAX_AGE_S,
                                  .td_required = ATTEST_TD_REQUIRED,
                                  .td_refused = ATTEST_TD_REFUSED,
                                  .snp_policy_refused = ATTEST_SNP_POLICY_REFUSED};
}

/* What the peer brings along is worth what its signatures are: NULL without any. */
static enum err_code peers_endorsements(const struct attest_endorsements **out, struct evidence_peer *peer,
                                        struct bytes cert_der, struct err *e)
{
    struct attest_collateral c;
    struct x509 cert;
    struct err ignored;

    *out = NULL;
    arena_reset(peer->arena_opt);
    if (x509_read(&cert, cert_der, &ignored) != ERR_OK)
        return ERR_OK; /* the verdict on the certificate will say so */
    struct bytes value = x509_extension(&cert, x509_oid_endorsements);
    if (value.len == 0)
        return ERR_OK;
    if (value.len > EVIDENCE_ENDORSEMENTS_MAX)
        return FAIL(e, ERR_LIMIT, "collateral of %zu bytes in the certificate", value.len);
    struct reader r = reader_of(value);
    struct bytes json = cbor_take_string(&r, CBOR_BYTES);
    TRY(reader_end(&r, "collateral in the certificate", e));
    TRY(bundle_read(&c, peer->arena_opt, json, e));
    if (attest_endorse(out, peer->arena_opt, &c, peer->policy, &attest_openssl, e) != ATTEST_VERIFIED)
        return err_wrap(e, "its collateral");
    return ERR_OK;
}

enum err_code evidence_peer_verdict(void *ctx, struct bytes cert_der, struct err *e)
{
    struct evidence_peer *peer = ctx;
    const struct attest_endorsements *endorsed = peer->endorsements_opt;
    uint64_t now = clock_wall_ms() / 1000;

    if (endorsed == NULL && peer->arena_opt != NULL &&
        peers_endorsements(&endorsed, peer, cert_der, e) != ERR_OK)
        return err_wrap(e, "peer");
    if (attest_ratls_verify(&peer->claims, cert_der, endorsed, now, peer->policy, &attest_openssl, e) !=
        ATTEST_VERIFIED)
        return err_wrap(e, "peer");
    return ERR_OK;
}
