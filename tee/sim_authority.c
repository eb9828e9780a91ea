#include "tee/sim_authority.h"
#include "attest/x509.h"
#include "tee/sim_priv.h"

static enum err_code load(struct attest_sim_authority *a, const char *folder, struct err *e)
{
    TRY(sim_key_read(&a->root, SIM_P256, folder, "root.key", e));
    TRY(sim_key_read(&a->ca, SIM_P256, folder, "ca.key", e));
    TRY(sim_key_read(&a->tcb, SIM_P256, folder, "tcb.key", e));
    TRY(sim_der_read(&a->root_cert, folder, "root.der", e));
    TRY(sim_der_read(&a->ca_cert, folder, "ca.der", e));
    TRY(sim_der_read(&a->tcb_cert, folder, "tcb.der", e));
    if (sim_file_exists(folder, "ark.key"))
        TRY(sim_key_read(&a->ark, SIM_RSA4096, folder, "ark.key", e));
    if (sim_file_exists(folder, "ask.key"))
        TRY(sim_key_read(&a->ask, SIM_RSA4096, folder, "ask.key", e));
    return ERR_OK;
}

enum err_code attest_sim_authority_open(struct attest_sim_authority **out, const char *root_folder,
                                        struct err *e)
{
    CLEANUP(attest_sim_authority_free) struct attest_sim_authority *a = OPENSSL_zalloc(sizeof *a);

    ASSERT(a != NULL);
    if (load(a, root_folder, e) != ERR_OK)
        return err_wrap(e, "simulated authority");
    *out = MOVE(a);
    return ERR_OK;
}

void attest_sim_authority_free(struct attest_sim_authority *a)
{
    if (a == NULL)
        return;
    EVP_PKEY_free(a->root);
    EVP_PKEY_free(a->ca);
    EVP_PKEY_free(a->tcb);
    EVP_PKEY_free(a->ark);
    EVP_PKEY_free(a->ask);
    OPENSSL_free(a);
}

void attest_sim_platform(const struct attest_sim *s, struct attest_platform *out)
{
    struct x509 cert;
    struct err e;

    /* our own certificate: what attest_sim_open read has this shape, or it was replaced by hand */
    ASSERT(x509_read(&cert, sim_der_bytes(&s->pck_cert), &e) == ERR_OK);
    ASSERT(pck_extension_read(out, x509_extension(&cert, x509_oid_sgx), &e) == ERR_OK);
}

void attest_sim_issue_pck(struct attest_sim *s, const struct attest_sim_authority *a,
                          const struct attest_platform *platform, uint64_t now)
{
    const struct sim_cert_args args = {
        .kind = SIM_PCK, .subject = s->pck, .issuer = a->ca, .now = now, .platform = platform};

    sim_der_cert(&s->pck_cert, &args);
    s->ca = a->ca_cert;
    s->root = a->root_cert;
}

enum err_code attest_sim_issue_chip(struct attest_sim *s, const struct attest_sim_authority *a,
                                    const struct attest_snp_claims *chip, uint64_t now, struct err *e)
{
    struct sim_cert_args args = {
        .kind = SIM_ARK, .subject = a->ark, .issuer = a->ark, .now = now, .product = chip->product};

    if (a->ark == NULL || a->ask == NULL)
        return FAIL(e, ERR_NOT_FOUND, "the simulated authority has no AMD keys");
    if (s->chip == NULL)
        s->chip = sim_key_new(SIM_P384);
    ASSERT(s->chip != NULL);
    sim_der_cert(&s->ark, &args);
    args.kind = chip->vlek ? SIM_ASVK : SIM_ASK;
    args.subject = a->ask;
    sim_der_cert(&s->intermediate, &args);
    args.kind = chip->vlek ? SIM_VLEK : SIM_VCEK;
    args.subject = s->chip;
    args.issuer = a->ask;
    args.chip = chip;
    sim_der_cert(&s->chip_cert, &args);
    s->chip_claims = *chip;
    return ERR_OK;
}
