/* tee/sim_create.c — makes a simulated platform: keys, certificates, files. */
#include "crypto/random.h"
#include "tee/sim_priv.h"

/* The key of that file in `from_opt`, or a new one where there is none. */
static enum err_code take_key(EVP_PKEY **out, enum sim_algorithm alg, const char *from_opt, const char *name,
                              struct err *e)
{
    if (from_opt != NULL)
        return sim_key_read(out, alg, from_opt, name, e);
    *out = sim_key_new(alg);
    return *out == NULL ? FAIL(e, ERR_INTERNAL, "cannot make the key %s", name) : ERR_OK;
}

/* --- Intel's side --- */

static void make_certs(struct attest_sim_authority *by, struct attest_sim *s, uint64_t now)
{
    struct attest_platform platform = {.fmspc = {0x5d, 0, 0xd0}, .pce_svn = SIM_PCE_SVN, .sgx_type = 1};
    struct sim_cert_args args = {.kind = SIM_ROOT, .subject = by->root, .issuer = by->root, .now = now};

    sim_der_cert(&by->root_cert, &args);
    args.kind = SIM_PLATFORM_CA;
    args.subject = by->ca;
    sim_der_cert(&by->ca_cert, &args);
    args.kind = SIM_TCB_SIGNER;
    args.subject = by->tcb;
    sim_der_cert(&by->tcb_cert, &args);
    memcpy(platform.components, sim_components, sizeof platform.components);
    memcpy(platform.cpu_svn, sim_components, sizeof platform.cpu_svn);
    random_bytes(platform.ppid, sizeof platform.ppid);
    random_bytes(platform.instance, sizeof platform.instance);
    attest_sim_issue_pck(s, by, &platform, now);
}

static enum err_code write_pem(const char *folder, const char *name, const struct sim_der *const *certs,
                               size_t count, struct err *e)
{
    uint8_t mem[SIM_CHAIN_MAX];
    struct writer w = writer_fixed(mem, sizeof mem);

    for (size_t i = 0; i < count; i++)
        sim_put_pem(&w, sim_der_bytes(certs[i]));
    ASSERT(writer_ok(&w));
    return sim_file_write(folder, name, writer_bytes(&w), e);
}

/* chain.pem is written last: it is what tells that a platform is there. */
static enum err_code write_platform(const struct attest_sim_authority *by, const struct attest_sim *s,
                                    const char *root_folder, const char *platform_folder, struct err *e)
{
    const struct sim_der *const chain[3] = {&s->pck_cert, &s->ca, &s->root};

    TRY(sim_key_write(root_folder, "root.key", by->root, e));
    TRY(sim_key_write(root_folder, "ca.key", by->ca, e));
    TRY(sim_key_write(root_folder, "tcb.key", by->tcb, e));
    TRY(sim_file_write(root_folder, "ca.der", sim_der_bytes(&by->ca_cert), e));
    TRY(sim_file_write(root_folder, "tcb.der", sim_der_bytes(&by->tcb_cert), e));
    TRY(sim_file_write(root_folder, "root.der", sim_der_bytes(&by->root_cert), e));
    TRY(write_pem(root_folder, "root.pem", chain + 2, 1, e));
    TRY(sim_key_write(platform_folder, "pck.key", s->pck, e));
    TRY(sim_file_write(platform_folder, "root.der", sim_der_bytes(&by->root_cert), e));
    return write_pem(platform_folder, "chain.pem", chain, 3, e);
}

static enum err_code create_intel(struct attest_sim_authority *by, struct attest_sim *s, const char *from_opt,
                                  const char *root_folder, const char *platform_folder, uint64_t now,
                                  struct err *e)
{
    TRY(take_key(&by->root, SIM_P256, from_opt, "root.key", e));
    TRY(take_key(&by->ca, SIM_P256, from_opt, "ca.key", e));
    TRY(take_key(&by->tcb, SIM_P256, from_opt, "tcb.key", e));
    TRY(take_key(&s->pck, SIM_P256, NULL, "pck.key", e));
    make_certs(by, s, now);
    return write_platform(by, s, root_folder, platform_folder, e);
}

/* AMD's authorities make no difference until a chip is asked for. */
static enum err_code copy_amd_keys(const char *from, const char *root_folder, struct err *e)
{
    static const char *const names[] = {"ark.key", "ask.key"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        EVP_PKEY *key = NULL;
        if (!sim_file_exists(from, names[i]))
            continue;
        TRY(sim_key_read(&key, SIM_RSA4096, from, names[i], e));
        enum err_code code = sim_key_write(root_folder, names[i], key, e);
        EVP_PKEY_free(key);
        TRY(code);
    }
    return ERR_OK;
}

static enum err_code create(const char *from_opt, const char *root_folder, const char *platform_folder,
                            uint64_t now, struct err *e)
{
    CLEANUP(attest_sim_authority_free)
    struct attest_sim_authority *by = OPENSSL_zalloc(sizeof *by);
    CLEANUP(attest_sim_free) struct attest_sim *s = OPENSSL_zalloc(sizeof *s);

    ASSERT(by != NULL && s != NULL);
    if (sim_file_exists(root_folder, "root.key") || sim_file_exists(platform_folder, "chain.pem"))
        return FAIL(e, ERR_EXISTS, "%s holds a simulated platform already", root_folder);
    TRY(create_intel(by, s, from_opt, root_folder, platform_folder, now, e));
    if (from_opt != NULL)
        TRY(copy_amd_keys(from_opt, root_folder, e));
    return attest_sim_collateral_renew(root_folder, platform_folder, now, 0, e);
}

enum err_code attest_sim_create(const char *root_folder, const char *platform_folder, uint64_t now,
                                struct err *e)
{
    return create(NULL, root_folder, platform_folder, now, e);
}

enum err_code attest_sim_create_from(const char *keys_folder, const char *root_folder,
                                     const char *platform_folder, uint64_t now, struct err *e)
{
    return create(keys_folder, root_folder, platform_folder, now, e);
}

/* --- AMD's side --- */

static enum err_code authority_key(EVP_PKEY **out, const char *root_folder, const char *name, struct err *e)
{
    if (sim_file_exists(root_folder, name))
        return sim_key_read(out, SIM_RSA4096, root_folder, name, e);
    TRY(take_key(out, SIM_RSA4096, NULL, name, e));
    return sim_key_write(root_folder, name, *out, e);
}

/* vcek.key is written last: it is what tells that a chip is there. */
static enum err_code write_chip(const struct attest_sim *s, const char *root_folder,
                                const char *platform_folder, struct err *e)
{
    TRY(sim_file_write(root_folder, "ark.der", sim_der_bytes(&s->ark), e));
    TRY(sim_file_write(platform_folder, "ark.der", sim_der_bytes(&s->ark), e));
    TRY(sim_file_write(platform_folder, "ask.der", sim_der_bytes(&s->intermediate), e));
    TRY(sim_file_write(platform_folder, "vcek.der", sim_der_bytes(&s->chip_cert), e));
    return sim_key_write(platform_folder, "vcek.key", s->chip, e);
}

enum err_code attest_sim_create_snp(const char *root_folder, const char *platform_folder, uint64_t now,
                                    struct err *e)
{
    CLEANUP(attest_sim_authority_free)
    struct attest_sim_authority *by = OPENSSL_zalloc(sizeof *by);
    CLEANUP(attest_sim_free) struct attest_sim *s = OPENSSL_zalloc(sizeof *s);
    struct attest_snp_claims chip;

    ASSERT(by != NULL && s != NULL);
    if (sim_file_exists(platform_folder, "vcek.key"))
        return FAIL(e, ERR_EXISTS, "%s holds a simulated chip already", platform_folder);
    TRY(authority_key(&by->ark, root_folder, "ark.key", e));
    TRY(authority_key(&by->ask, root_folder, "ask.key", e));
    sim_chip_default(&chip);
    random_bytes(chip.chip_id, sizeof chip.chip_id);
    TRY(attest_sim_issue_chip(s, by, &chip, now, e));
    TRY(write_chip(s, root_folder, platform_folder, e));
    return attest_sim_collateral_renew(root_folder, platform_folder, now, 0, e);
}
