/* tee/sim_create.c — makes a simulated platform: keys, certificates, files. */
#include "base/fmt.h"
#include "tee/sim.h"
#include "tee/sim_x509.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

enum { CERT_CAP = 4096, PATH_CAP = 1024 };

struct platform {
    EVP_PKEY *root, *ca, *pck;
    uint8_t root_der[CERT_CAP], ca_der[CERT_CAP], pck_der[CERT_CAP];
    struct bytes root_cert, ca_cert, pck_cert;
};

static void platform_fini(struct platform *p)
{
    EVP_PKEY_free(p->root);
    EVP_PKEY_free(p->ca);
    EVP_PKEY_free(p->pck);
}

static struct bytes cert(uint8_t *mem, enum sim_cert kind, const EVP_PKEY *subject, EVP_PKEY *issuer,
                         uint64_t now)
{
    struct writer w = writer_fixed(mem, CERT_CAP);
    sim_put_cert(&w, kind, subject, issuer, now);
    ASSERT(writer_ok(&w));
    return writer_bytes(&w);
}

/* A file of mode 0600: RAND_write_file creates with that mode, opening again keeps it. */
static BIO *private_file(const char *path)
{
    return RAND_write_file(path) < 0 ? NULL : BIO_new_file(path, "wb");
}

static enum err_code closed(BIO *f, bool written, const char *path, struct err *e)
{
    bool ok = written && BIO_flush(f) == 1;
    BIO_free(f);
    if (ok)
        return ERR_OK;
    ERR_clear_error();
    return FAIL(e, ERR_IO, "cannot write %s", path);
}

static enum err_code write_key(const char *folder, const char *name, const EVP_PKEY *key, struct err *e)
{
    char path[PATH_CAP];
    (void)fmt_into(path, sizeof path, "%s/%s", folder, name);
    BIO *f = private_file(path);
    bool ok = f != NULL && PEM_write_bio_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1;
    return closed(f, ok, path, e);
}

static enum err_code write_bytes(const char *folder, const char *name, struct bytes b, struct err *e)
{
    char path[PATH_CAP];
    (void)fmt_into(path, sizeof path, "%s/%s", folder, name);
    BIO *f = BIO_new_file(path, "wb");
    bool ok = f != NULL && BIO_write(f, b.p, (int)b.len) == (int)b.len;
    return closed(f, ok, path, e);
}

static enum err_code write_pem(const char *folder, const char *name, const struct bytes *certs, int count,
                               struct err *e)
{
    char path[PATH_CAP];
    (void)fmt_into(path, sizeof path, "%s/%s", folder, name);
    BIO *f = BIO_new_file(path, "wb");
    bool ok = f != NULL;
    for (int i = 0; ok && i < count; i++)
        ok = PEM_write_bio(f, "CERTIFICATE", "", certs[i].p, (long)certs[i].len) > 0;
    return closed(f, ok, path, e);
}

static enum err_code write_platform(const struct platform *p, const char *root_folder,
                                    const char *platform_folder, struct err *e)
{
    const struct bytes chain[3] = {p->pck_cert, p->ca_cert, p->root_cert};

    TRY(write_key(root_folder, "root.key", p->root, e));
    TRY(write_key(root_folder, "ca.key", p->ca, e));
    TRY(write_bytes(root_folder, "root.der", p->root_cert, e));
    TRY(write_pem(root_folder, "root.pem", &p->root_cert, 1, e));
    TRY(write_key(platform_folder, "pck.key", p->pck, e));
    TRY(write_bytes(platform_folder, "root.der", p->root_cert, e));
    return write_pem(platform_folder, "chain.pem", chain, 3, e);
}

static bool exists(const char *folder, const char *name)
{
    char path[PATH_CAP];
    (void)fmt_into(path, sizeof path, "%s/%s", folder, name);
    BIO *f = BIO_new_file(path, "rb");
    ERR_clear_error();
    BIO_free(f);
    return f != NULL;
}

enum err_code attest_sim_create(const char *root_folder, const char *platform_folder, uint64_t now,
                                struct err *e)
{
    struct platform p = {.root = sim_key_new(), .ca = sim_key_new(), .pck = sim_key_new()};
    enum err_code code;

    if (exists(root_folder, "root.key") || exists(platform_folder, "chain.pem")) {
        code = FAIL(e, ERR_EXISTS, "%s holds a simulated platform already", root_folder);
    } else if (p.root == NULL || p.ca == NULL || p.pck == NULL) {
        code = FAIL(e, ERR_INTERNAL, "cannot make keys");
    } else {
        p.root_cert = cert(p.root_der, SIM_ROOT, p.root, p.root, now);
        p.ca_cert = cert(p.ca_der, SIM_PLATFORM_CA, p.ca, p.root, now);
        p.pck_cert = cert(p.pck_der, SIM_PCK, p.pck, p.ca, now);
        code = write_platform(&p, root_folder, platform_folder, e);
    }
    platform_fini(&p);
    return code;
}
