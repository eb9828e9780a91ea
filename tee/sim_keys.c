#include "tee/sim_keys.h"
#include "base/fmt.h"

#include <stdio.h>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

enum { PATH_CAP = 1024, PEM_LINE = 48, PSS_SALT = 48 };

EVP_PKEY *sim_key_new(enum sim_algorithm alg)
{
    return alg == SIM_RSA4096 ? EVP_RSA_gen(4096) : EVP_EC_gen(alg == SIM_P256 ? "P-256" : "P-384");
}

enum sim_algorithm sim_key_algorithm(const EVP_PKEY *key)
{
    return EVP_PKEY_get_bits(key) == 256 ? SIM_P256 : EVP_PKEY_get_bits(key) == 384 ? SIM_P384 : SIM_RSA4096;
}

struct bytes sim_key_public(uint8_t out[SIM_PUBLIC_MAX], const EVP_PKEY *key)
{
    uint8_t point[97];
    size_t len = 0;

    if (sim_key_algorithm(key) == SIM_RSA4096) {
        BIGNUM *n = NULL;
        ASSERT(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) == 1);
        ASSERT(BN_bn2binpad(n, out, SIM_PUBLIC_MAX) == SIM_PUBLIC_MAX);
        BN_free(n);
        return bytes_of(out, SIM_PUBLIC_MAX);
    }
    ASSERT(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &len) == 1);
    ASSERT(len >= 65 && point[0] == 4);
    memcpy(out, point + 1, len - 1);
    return bytes_of(out, len - 1);
}

struct bytes sim_sign(uint8_t out[SIM_SIGNATURE_MAX], EVP_PKEY *key, struct bytes in)
{
    enum sim_algorithm alg = sim_key_algorithm(key);
    int half = alg == SIM_P256 ? 32 : 48;
    uint8_t sig[SIM_SIGNATURE_MAX];
    const uint8_t *at = sig;
    size_t len = sizeof sig;
    EVP_PKEY_CTX *how; /* freed with ctx */
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    ASSERT(ctx != NULL);
    ASSERT(EVP_DigestSignInit(ctx, &how, alg == SIM_P256 ? EVP_sha256() : EVP_sha384(), NULL, key) == 1);
    if (alg == SIM_RSA4096)
        ASSERT(EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(how, PSS_SALT) == 1);
    ASSERT(EVP_DigestSign(ctx, sig, &len, in.p, in.len) == 1);
    EVP_MD_CTX_free(ctx);
    if (alg == SIM_RSA4096) {
        memcpy(out, sig, len);
        return bytes_of(out, len);
    }
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)len);
    ASSERT(pair != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, half) == half);
    ASSERT(BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + half, half) == half);
    ECDSA_SIG_free(pair);
    return bytes_of(out, 2 * (size_t)half);
}

static BIO *open_in(const char *folder, const char *name, const char *mode)
{
    char path[PATH_CAP];
    (void)fmt_into(path, sizeof path, "%s/%s", folder, name);
    BIO *f = BIO_new_file(path, mode);
    if (f == NULL)
        ERR_clear_error();
    return f;
}

bool sim_file_exists(const char *folder, const char *name)
{
    BIO *f = open_in(folder, name, "rb");
    BIO_free(f);
    return f != NULL;
}

enum err_code sim_file_read(uint8_t *out, size_t cap, size_t *len, const char *folder, const char *name,
                            struct err *e)
{
    BIO *f = open_in(folder, name, "rb");
    size_t have = 0;

    if (f == NULL)
        return FAIL(e, ERR_NOT_FOUND, "cannot open %s/%s", folder, name);
    for (;;) {
        int n = have == cap ? 0 : BIO_read(f, out + have, (int)(cap - have));
        if (n <= 0)
            break;
        have += (size_t)n;
    }
    BIO_free(f);
    ERR_clear_error();
    if (have == 0 || have == cap)
        return FAIL(e, ERR_CORRUPT, "%s/%s is empty or too long", folder, name);
    *len = have;
    return ERR_OK;
}

/* Flushes, closes, and gives the file its name. */
static enum err_code finish(BIO *f, bool written, const char *folder, const char *name, struct err *e)
{
    char from[PATH_CAP], to[PATH_CAP];

    (void)fmt_into(from, sizeof from, "%s/.%s.new", folder, name);
    (void)fmt_into(to, sizeof to, "%s/%s", folder, name);
    bool ok = written && BIO_flush(f) == 1;
    BIO_free(f);
    if (ok && rename(from, to) == 0)
        return ERR_OK;
    ERR_clear_error();
    return FAIL(e, ERR_IO, "cannot write %s", to);
}

enum err_code sim_file_write(const char *folder, const char *name, struct bytes b, struct err *e)
{
    char fresh[128];

    (void)fmt_into(fresh, sizeof fresh, ".%s.new", name);
    BIO *f = open_in(folder, fresh, "wb");
    return finish(f, f != NULL && BIO_write(f, b.p, (int)b.len) == (int)b.len, folder, name, e);
}

enum err_code sim_key_write(const char *folder, const char *name, const EVP_PKEY *key, struct err *e)
{
    char fresh[128], path[PATH_CAP];

    (void)fmt_into(fresh, sizeof fresh, ".%s.new", name);
    (void)fmt_into(path, sizeof path, "%s/%s", folder, fresh);
    /* RAND_write_file creates with mode 0600; opening again keeps it */
    BIO *f = RAND_write_file(path) < 0 ? NULL : open_in(folder, fresh, "wb");
    return finish(f, f != NULL && PEM_write_bio_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1, folder,
                  name, e);
}

enum err_code sim_key_read(EVP_PKEY **out, enum sim_algorithm alg, const char *folder, const char *name,
                           struct err *e)
{
    BIO *f = open_in(folder, name, "rb");

    if (f == NULL)
        return FAIL(e, ERR_NOT_FOUND, "cannot open %s/%s", folder, name);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(f, NULL, NULL, NULL);
    BIO_free(f);
    ERR_clear_error();
    if (key == NULL || sim_key_algorithm(key) != alg) {
        EVP_PKEY_free(key);
        return FAIL(e, ERR_CORRUPT, "%s/%s holds no key of the right kind", folder, name);
    }
    *out = key;
    return ERR_OK;
}

void sim_put_pem(struct writer *w, struct bytes der)
{
    put_text(w, "-----BEGIN CERTIFICATE-----\n");
    for (size_t at = 0; at < der.len; at += PEM_LINE) {
        struct bytes rest = bytes_from(der, at);
        uint8_t line[4 * PEM_LINE / 3 + 1];
        int n = EVP_EncodeBlock(line, rest.p, (int)(rest.len < PEM_LINE ? rest.len : PEM_LINE));
        put_mem(w, line, (size_t)n);
        put_u8(w, '\n');
    }
    put_text(w, "-----END CERTIFICATE-----\n");
}
