#include "tee/sim.h"
#include "attest/pem.h"
#include "attest/vcek.h"
#include "base/fmt.h"
#include "crypto/hash.h"
#include "tee/bundle.h"
#include "tee/sim_priv.h"

#include <openssl/bio.h>
#include <openssl/err.h>

/* --- what the other files share --- */

void sim_der_cert(struct sim_der *out, const struct sim_cert_args *args)
{
    struct writer w = writer_fixed(out->mem, sizeof out->mem);
    sim_put_cert(&w, args);
    ASSERT(writer_ok(&w));
    out->len = w.len;
}

enum err_code sim_der_read(struct sim_der *out, const char *folder, const char *name, struct err *e)
{
    return sim_file_read(out->mem, sizeof out->mem, &out->len, folder, name, e);
}

const char *sim_collateral_name(enum attest_kind kind)
{
    static const char *const names[] = {[ATTEST_KIND_SGX] = "collateral-sgx.json",
                                        [ATTEST_KIND_TDX] = "collateral-tdx.json",
                                        [ATTEST_KIND_SNP] = "collateral-snp.json"};
    return names[kind];
}

/* --- opening --- */

/* chain.pem: leaf, platform CA, root. */
static enum err_code load_chain(struct attest_sim *s, const char *folder, struct err *e)
{
    struct sim_der *const parts[3] = {&s->pck_cert, &s->ca, &s->root};
    uint8_t text[SIM_CHAIN_MAX];
    size_t len;

    TRY(sim_file_read(text, sizeof text, &len, folder, "chain.pem", e));
    struct bytes rest = bytes_of(text, len), der;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        struct writer w = writer_fixed(parts[i]->mem, sizeof parts[i]->mem);
        if (pem_next(&rest, &w, &der) != PEM_BLOCK)
            return FAIL(e, ERR_CORRUPT, "%s/chain.pem does not hold three certificates", folder);
        parts[i]->len = der.len;
    }
    return ERR_OK;
}

static enum err_code load_chip(struct attest_sim *s, const char *folder, struct err *e)
{
    struct x509 cert;
    struct vcek vcek;

    TRY(sim_der_read(&s->ark, folder, "ark.der", e));
    TRY(sim_der_read(&s->intermediate, folder, "ask.der", e));
    TRY(sim_der_read(&s->chip_cert, folder, "vcek.der", e));
    TRY(x509_read(&cert, sim_der_bytes(&s->chip_cert), e));
    TRY(vcek_read(&vcek, &cert, e));
    sim_chip_default(&s->chip_claims);
    if (!vcek_tcb(s->chip_claims.reported_tcb, &vcek, ATTEST_SNP_MILAN) || vcek.hwid.len != 64)
        return FAIL(e, ERR_CORRUPT, "%s/vcek.der is not the certificate of a Milan chip", folder);
    memcpy(s->chip_claims.chip_id, vcek.hwid.p, 64);
    return sim_key_read(&s->chip, SIM_P384, folder, "vcek.key", e);
}

static enum err_code load(struct attest_sim *s, const char *folder, struct err *e)
{
    TRY(load_chain(s, folder, e));
    TRY(sim_key_read(&s->pck, SIM_P256, folder, "pck.key", e));
    if (sim_file_exists(folder, "vcek.key"))
        TRY(load_chip(s, folder, e));
    s->attestation = sim_key_new(SIM_P256);
    ASSERT(s->attestation != NULL);
    (void)fmt_into(s->folder, sizeof s->folder, "%s", folder);
    return ERR_OK;
}

enum err_code attest_sim_open(struct attest_sim **out, const char *folder, struct err *e)
{
    CLEANUP(attest_sim_free) struct attest_sim *s = OPENSSL_zalloc(sizeof *s);
    char inner[SIM_PATH_MAX];

    ASSERT(s != NULL);
    (void)fmt_into(inner, sizeof inner, "%s/platform", folder);
    enum err_code code = load(s, sim_file_exists(inner, "chain.pem") ? inner : folder, e);
    if (code != ERR_OK)
        return err_wrap(e, "simulated platform");
    *out = MOVE(s);
    return ERR_OK;
}

void attest_sim_free(struct attest_sim *s)
{
    if (s == NULL)
        return;
    EVP_PKEY_free(s->pck);
    EVP_PKEY_free(s->attestation);
    EVP_PKEY_free(s->chip);
    OPENSSL_free(s);
}

struct bytes attest_sim_root_of(const struct attest_sim *s, enum attest_kind kind)
{
    return kind == ATTEST_KIND_SNP ? sim_der_bytes(&s->ark) : sim_der_bytes(&s->root);
}

enum err_code attest_sim_collateral(const struct attest_sim *s, struct arena *a,
                                    struct attest_collateral *out, enum attest_kind kind, struct err *e)
{
    uint8_t *text = arena_alloc(a, SIM_FILE_MAX);
    size_t len;

    TRY(sim_file_read(text, SIM_FILE_MAX, &len, s->folder, sim_collateral_name(kind), e));
    return bundle_read(out, a, bytes_of(text, len), e);
}

/* --- programs --- */

enum err_code attest_sim_measure(uint8_t program[32], const char *program_path, struct err *e)
{
    BIO *f = BIO_new_file(program_path, "rb");
    struct sha256 h;
    uint8_t buf[16384];
    int n;

    if (f == NULL) {
        ERR_clear_error();
        return FAIL(e, ERR_IO, "cannot read %s", program_path);
    }
    sha256_init(&h);
    while ((n = BIO_read(f, buf, sizeof buf)) > 0)
        sha256_update(&h, bytes_of(buf, (size_t)n));
    BIO_free(f);
    if (n < 0) {
        ERR_clear_error();
        return FAIL(e, ERR_IO, "cannot read %s", program_path);
    }
    sha256_final(&h, program);
    return ERR_OK;
}

void attest_sim_signer(uint8_t mrsigner[32])
{
    sha256(mrsigner, BYTES_LIT("sim signer"));
}

size_t attest_sim_measurement(uint8_t out[ATTEST_MEASUREMENT_MAX], enum attest_kind kind,
                              const uint8_t program[32])
{
    if (kind == ATTEST_KIND_SGX) {
        memcpy(out, program, 32);
        return 32;
    }
    struct bytes domain = kind == ATTEST_KIND_TDX ? BYTES_LIT("sim td") : BYTES_LIT("sim snp");
    uint8_t text[48];
    struct writer w = writer_fixed(text, sizeof text);

    put_bytes(&w, domain);
    put_mem(&w, program, 32);
    sha384(out, writer_bytes(&w));
    if (kind == ATTEST_KIND_SNP)
        return 48;
    memset(out + 48, 0, 4 * 48);
    return 5 * 48;
}

static enum err_code report_about(struct attest_sim *s, struct arena *a, struct bytes *out,
                                  const uint8_t program[32], const uint8_t report_data[64], struct err *e)
{
    struct attest_sim_report_args args = {0};
    struct attest_snp_claims guest;

    attest_sim_guest(s, &guest, program);
    memcpy(args.report_data, report_data, 64);
    return attest_sim_report(s, a, out, &guest, &args, e);
}

enum err_code attest_sim_evidence(struct attest_sim *s, struct arena *a, struct bytes *out,
                                  enum attest_kind kind, const uint8_t program[32],
                                  const uint8_t report_data[64], struct err *e)
{
    struct attest_sim_quote_args args = {.isv_prod_id = 1, .isv_svn = 1};
    struct attest_tdx_claims td;

    if (kind == ATTEST_KIND_SNP)
        return report_about(s, a, out, program, report_data, e);
    memcpy(args.mrenclave, program, 32);
    attest_sim_signer(args.mrsigner);
    memcpy(args.report_data, report_data, 64);
    if (kind == ATTEST_KIND_TDX) {
        attest_sim_td(s, &td, 2, program);
        args.td = &td;
    }
    return attest_sim_quote(s, a, out, &args, e);
}
