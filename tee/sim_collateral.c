/* tee/sim_collateral.c — what the simulated vendors say: TCB information, QE identity, revocation lists, as
 * collateral in memory and in files. */
#include "attest/tcb.h"
#include "attest/x509.h"
#include "tee/bundle.h"
#include "tee/sim_der.h"
#include "tee/sim_priv.h"

enum { DOCUMENT_MAX = 16384, CRL_MAX_LEN = 2048, YEAR = 365 * 86400 };

#define CURRENT_DATE "2026-01-14T00:00:00Z"
#define OLD_DATE "2025-01-15T00:00:00Z"

/* What is derived from the arguments once. */
struct issue {
    const struct attest_sim_authority *by;
    const struct attest_sim *about;
    const struct attest_sim_collateral_args *args;
    uint64_t next_update;
    uint32_t evaluation;
    bool tdx;
};

static void put_date(struct writer *w, const char *name, uint64_t seconds)
{
    unsigned at[6];
    sim_civil(at, seconds);
    put_fmt(w, "\"%s\":\"%04u-%02u-%02uT%02u:%02u:%02uZ\",", name, at[0], at[1], at[2], at[3], at[4], at[5]);
}

static void put_dates(struct writer *w, const struct issue *i)
{
    put_date(w, "issueDate", i->args->issued);
    put_date(w, "nextUpdate", i->next_update);
}

/* The end of a level: date, status, and the advisory that is open when the status is not UpToDate. */
static void put_verdict(struct writer *w, const char *date, enum attest_tcb status, const char *advisory)
{
    if (status == ATTEST_TCB_NOT_EVALUATED)
        status = ATTEST_TCB_UP_TO_DATE;
    put_fmt(w, "\"tcbDate\":\"%s\",\"tcbStatus\":\"%s\"", date, attest_tcb_name(status));
    if (status != ATTEST_TCB_UP_TO_DATE)
        put_fmt(w, ",\"advisoryIDs\":[\"%s\"]", advisory);
    put_text(w, "}");
}

static void put_isv_levels(struct writer *w, unsigned current, unsigned old, enum attest_tcb status,
                           const char *advisory)
{
    put_fmt(w, "\"tcbLevels\":[{\"tcb\":{\"isvsvn\":%u},", current);
    put_verdict(w, CURRENT_DATE, status, advisory);
    put_fmt(w, ",{\"tcb\":{\"isvsvn\":%u},", old);
    put_verdict(w, OLD_DATE, ATTEST_TCB_OUT_OF_DATE, advisory);
    put_text(w, "]");
}

static void put_module(struct writer *w)
{
    put_text(w, "\"mrsigner\":\"");
    for (int i = 0; i < 48; i++)
        put_text(w, "00");
    put_text(w, "\",\"attributes\":\"0000000000000000\",\"attributesMask\":\"FFFFFFFFFFFFFFFF\"");
}

static void put_modules(struct writer *w, const struct issue *i)
{
    static const char *const ids[] = {"TDX_03", "TDX_01"};

    put_text(w, "\"tdxModule\":{");
    put_module(w);
    put_text(w, "},\"tdxModuleIdentities\":[");
    for (size_t n = 0; n < ARRAY_LEN(ids); n++) {
        put_fmt(w, "%s{\"id\":\"%s\",", n == 0 ? "" : ",", ids[n]);
        put_module(w);
        put_text(w, ",");
        put_isv_levels(w, SIM_MODULE_MINOR, SIM_MODULE_MINOR_OLD, i->args->module_status, "SIM-SA-00003");
        put_text(w, "}");
    }
    put_text(w, "],");
}

static void put_components(struct writer *w, const char *name, const uint8_t svn[16])
{
    put_fmt(w, "\"%s\":[", name);
    for (int n = 0; n < 16; n++)
        put_fmt(w, "%s{\"svn\":%u}", n == 0 ? "" : ",", svn[n]);
    put_text(w, "]");
}

static void put_level(struct writer *w, const struct issue *i, bool current)
{
    static const uint8_t zeros[16], tdx[16] = {SIM_MODULE_MINOR, 0, SIM_TDX_LATE_MICROCODE};

    put_text(w, "{\"tcb\":{");
    put_components(w, "sgxtcbcomponents", current ? sim_components : zeros);
    put_fmt(w, ",\"pcesvn\":%u", current ? SIM_PCE_SVN : 0);
    if (i->tdx) {
        put_text(w, ",");
        put_components(w, "tdxtcbcomponents", current ? tdx : zeros);
    }
    put_text(w, "},");
    if (current)
        put_verdict(w, CURRENT_DATE, i->args->status, "SIM-SA-00001");
    else
        put_verdict(w, OLD_DATE, ATTEST_TCB_OUT_OF_DATE, "SIM-SA-00001");
}

static void put_tcb_info(struct writer *w, const struct issue *i)
{
    put_fmt(w, "{\"id\":\"%s\",\"version\":3,", i->tdx ? "TDX" : "SGX");
    put_dates(w, i);
    put_fmt(w,
            "\"fmspc\":\"5d00d0000000\",\"pceId\":\"0000\",\"tcbType\":0,"
            "\"tcbEvaluationDataNumber\":%u,",
            i->evaluation);
    if (i->tdx)
        put_modules(w, i);
    put_text(w, "\"tcbLevels\":[");
    put_level(w, i, true);
    put_text(w, ",");
    put_level(w, i, false);
    put_text(w, "]}");
}

static void put_qe_identity(struct writer *w, const struct issue *i)
{
    struct attest_sgx_claims qe;

    attest_sim_qe(&qe, i->tdx);
    put_fmt(w, "{\"id\":\"%s\",\"version\":2,", i->tdx ? "TD_QE" : "QE");
    put_dates(w, i);
    put_fmt(w, "\"tcbEvaluationDataNumber\":%u,", i->evaluation);
    put_text(w, "\"miscselect\":\"00000000\",\"miscselectMask\":\"FFFFFFFF\","
                "\"attributes\":\"11000000000000000000000000000000\","
                "\"attributesMask\":\"FBFFFFFFFFFFFFFF0000000000000000\",\"mrsigner\":\"");
    put_hex(w, BYTES_OF(qe.mrsigner));
    put_fmt(w, "\",\"isvprodid\":%u,", qe.isv_prod_id);
    put_isv_levels(w, qe.isv_svn, 0, i->args->qe_status, "SIM-SA-00002");
    put_text(w, "}");
}

/* `with` fills the text, unless another one was given. */
static struct bytes document(struct arena *a, const struct issue *i, struct bytes given,
                             void (*with)(struct writer *w, const struct issue *i))
{
    struct writer w = writer_in(a, DOCUMENT_MAX);
    if (given.len > 0)
        return given;
    with(&w, i);
    ASSERT(writer_ok(&w));
    return writer_bytes(&w);
}

static struct bytes signature(struct arena *a, const struct issue *i, struct bytes text)
{
    uint8_t mem[SIM_SIGNATURE_MAX];
    return arena_dup(a, sim_sign(mem, i->by->tcb, text));
}

/* The third may be NULL. */
static struct bytes pem_chain(struct arena *a, const struct sim_der *first, const struct sim_der *second,
                              const struct sim_der *third_opt)
{
    struct writer w = writer_in(a, SIM_CHAIN_MAX);
    sim_put_pem(&w, sim_der_bytes(first));
    sim_put_pem(&w, sim_der_bytes(second));
    if (third_opt != NULL)
        sim_put_pem(&w, sim_der_bytes(third_opt));
    ASSERT(writer_ok(&w));
    return writer_bytes(&w);
}

static struct bytes crl(struct arena *a, const struct issue *i, struct sim_crl_args list)
{
    struct writer w = writer_in(a, CRL_MAX_LEN);

    list.this_update = i->args->issued;
    list.next_update = i->next_update;
    list.number = i->evaluation;
    sim_put_crl(&w, &list);
    ASSERT(writer_ok(&w));
    return writer_bytes(&w);
}

static struct bytes serial_of(const struct sim_der *der)
{
    struct x509 cert;
    struct err e;
    ASSERT(x509_read(&cert, sim_der_bytes(der), &e) == ERR_OK);
    return cert.serial;
}

static void make_intel(struct attest_collateral *c, struct arena *a, const struct issue *i)
{
    const struct attest_sim_authority *by = i->by;
    uint32_t revoked = i->args->revoked;
    struct bytes under_root[2], under_ca[1] = {serial_of(&i->about->pck_cert)};
    size_t count = 0;

    if ((revoked & ATTEST_SIM_REVOKE_CA) != 0)
        under_root[count++] = serial_of(&by->ca_cert);
    if ((revoked & ATTEST_SIM_REVOKE_TCB_SIGNER) != 0)
        under_root[count++] = serial_of(&by->tcb_cert);
    c->root_ca_crl =
        crl(a, i,
            (struct sim_crl_args){
                .issuer_kind = SIM_ROOT, .issuer = by->root, .revoked = under_root, .revoked_count = count});
    c->pck_crl = crl(a, i,
                     (struct sim_crl_args){.issuer_kind = SIM_PLATFORM_CA,
                                           .issuer = by->ca,
                                           .revoked = under_ca,
                                           .revoked_count = revoked & ATTEST_SIM_REVOKE_PCK ? 1 : 0});
    c->pck_crl_issuer_chain = pem_chain(a, &by->ca_cert, &by->root_cert, NULL);
    c->tcb_info_issuer_chain = c->qe_identity_issuer_chain =
        pem_chain(a, &by->tcb_cert, &by->root_cert, NULL);
    if (i->args->pck_chain)
        c->pck_chain = pem_chain(a, &i->about->pck_cert, &i->about->ca, &i->about->root);
    c->tcb_info = document(a, i, i->args->tcb_info, put_tcb_info);
    c->tcb_info_signature = signature(a, i, c->tcb_info);
    c->qe_identity = document(a, i, i->args->qe_identity, put_qe_identity);
    c->qe_identity_signature = signature(a, i, c->qe_identity);
}

static void make_amd(struct attest_collateral *c, struct arena *a, const struct issue *i)
{
    struct bytes revoked[2];
    size_t count = 0;

    ASSERT(i->by->ark != NULL && i->about->chip != NULL);
    if ((i->args->revoked & ATTEST_SIM_REVOKE_ASK) != 0)
        revoked[count++] = sim_amd_serial(SIM_ASK);
    if ((i->args->revoked & ATTEST_SIM_REVOKE_ASVK) != 0)
        revoked[count++] = sim_amd_serial(SIM_ASVK);
    c->snp_leaf = arena_dup(a, sim_der_bytes(&i->about->chip_cert));
    c->snp_intermediate = arena_dup(a, sim_der_bytes(&i->about->intermediate));
    c->snp_crl = crl(a, i,
                     (struct sim_crl_args){.issuer_kind = SIM_ARK,
                                           .issuer = i->by->ark,
                                           .product = i->about->chip_claims.product,
                                           .revoked = revoked,
                                           .revoked_count = count});
}

void attest_sim_collateral_make(struct attest_collateral *out, struct arena *arena,
                                const struct attest_sim_authority *a, const struct attest_sim *s,
                                const struct attest_sim_collateral_args *args)
{
    const struct issue i = {.by = a,
                            .about = s,
                            .args = args,
                            .next_update = args->next_update != 0 ? args->next_update : args->issued + YEAR,
                            .evaluation = args->evaluation != 0 ? args->evaluation : 1,
                            .tdx = args->kind == ATTEST_KIND_TDX};

    memset(out, 0, sizeof *out);
    if (args->kind == ATTEST_KIND_SNP)
        make_amd(out, arena, &i);
    else
        make_intel(out, arena, &i);
}

static enum err_code renew(struct arena *a, const struct attest_sim_authority *by, const struct attest_sim *s,
                           struct attest_sim_collateral_args args, const char *folder, struct err *e)
{
    struct writer w = writer_in(a, BUNDLE_MAX);
    struct attest_collateral c;

    attest_sim_collateral_make(&c, a, by, s, &args);
    bundle_write(&w, &c);
    ASSERT(writer_ok(&w));
    return sim_file_write(folder, sim_collateral_name(args.kind), writer_bytes(&w), e);
}

static enum err_code renew_all(struct arena *a, const struct attest_sim_authority *by,
                               const struct attest_sim *s, struct attest_sim_collateral_args args,
                               struct err *e)
{
    args.kind = ATTEST_KIND_SGX;
    TRY(renew(a, by, s, args, s->folder, e));
    args.kind = ATTEST_KIND_TDX;
    TRY(renew(a, by, s, args, s->folder, e));
    args.kind = ATTEST_KIND_SNP;
    return s->chip == NULL ? ERR_OK : renew(a, by, s, args, s->folder, e);
}

enum err_code attest_sim_collateral_renew(const char *root_folder, const char *platform_folder, uint64_t now,
                                          uint32_t evaluation, struct err *e)
{
    CLEANUP(attest_sim_authority_free) struct attest_sim_authority *by = NULL;
    CLEANUP(attest_sim_free) struct attest_sim *s = NULL;
    struct arena arena;

    TRY(attest_sim_authority_open(&by, root_folder, e));
    TRY(attest_sim_open(&s, platform_folder, e));
    arena_init(&arena, &arena_heap, 4 << 20);
    enum err_code code = renew_all(
        &arena, by, s, (struct attest_sim_collateral_args){.issued = now, .evaluation = evaluation}, e);
    arena_fini(&arena);
    return code;
}
