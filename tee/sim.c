#include "tee/sim.h"
#include "attest/pem.h"
#include "attest/quote.h"
#include "attest/x509.h"
#include "base/fmt.h"
#include "base/writer.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "crypto/wipe.h"
#include "tee/sim_x509.h"

#include <openssl/bio.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

enum { SIM_PATH_MAX = 1024, SIM_CHAIN_MAX = 12000, SIM_ROOT_MAX = 4096 };

struct attest_sim {
    EVP_PKEY *pck, *attestation; /* the platform's signing key; this process's own */
    uint8_t attestation_public[64];
    uint8_t chain[SIM_CHAIN_MAX];
    size_t chain_len;
    uint8_t root[SIM_ROOT_MAX];
    size_t root_len;
};

/* What the simulated quoting enclave says of itself. */
static const uint8_t auth_data[32] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                      16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};

static enum err_code read_file(uint8_t *out, size_t cap, size_t *len, const char *path, struct err *e)
{
    BIO *f = BIO_new_file(path, "rb");
    size_t have = 0;

    if (f == NULL) {
        ERR_clear_error();
        return FAIL(e, ERR_NOT_FOUND, "cannot open %s", path);
    }
    for (;;) {
        int n = BIO_read(f, out + have, (int)(cap - have));
        if (n <= 0)
            break;
        have += (size_t)n;
    }
    BIO_free(f);
    if (have == 0 || have == cap)
        return FAIL(e, ERR_CORRUPT, "%s is empty or too long", path);
    *len = have;
    return ERR_OK;
}

static enum err_code load(struct attest_sim *s, const char *folder, struct err *e)
{
    char path[SIM_PATH_MAX];

    (void)fmt_into(path, sizeof path, "%s/chain.pem", folder);
    TRY(read_file(s->chain, sizeof s->chain, &s->chain_len, path, e));
    (void)fmt_into(path, sizeof path, "%s/root.der", folder);
    TRY(read_file(s->root, sizeof s->root, &s->root_len, path, e));
    (void)fmt_into(path, sizeof path, "%s/pck.key", folder);
    BIO *f = BIO_new_file(path, "rb");
    s->pck = f == NULL ? NULL : PEM_read_bio_PrivateKey(f, NULL, NULL, NULL);
    BIO_free(f);
    s->attestation = sim_key_new();
    if (s->pck == NULL || s->attestation == NULL || !sim_key_public(s->attestation_public, s->attestation)) {
        ERR_clear_error();
        return FAIL(e, ERR_CORRUPT, "%s holds no key", path);
    }
    return ERR_OK;
}

enum err_code attest_sim_open(struct attest_sim **out, const char *folder, struct err *e)
{
    CLEANUP(attest_sim_free) struct attest_sim *s = OPENSSL_zalloc(sizeof *s);
    char inner[SIM_PATH_MAX];

    ASSERT(s != NULL);
    (void)fmt_into(inner, sizeof inner, "%s/platform", folder);
    enum err_code code = load(s, folder, e);
    if (code == ERR_NOT_FOUND)
        code = load(s, inner, e);
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
    OPENSSL_free(s);
}

struct bytes attest_sim_root(const struct attest_sim *s)
{
    return bytes_of(s->root, s->root_len);
}

/* The report body of the workload, layout of docs/formats/attestation.md "Enclave report body". */
static void put_report(struct writer *w, const struct attest_sim_quote_args *args)
{
    static const uint8_t zeros[64];
    uint8_t attributes[16] = {5, [8] = 7}; /* INIT, MODE64BIT; x87, SSE, AVX */

    if (args->debug)
        attributes[0] |= 2;
    sim_put_components(w); /* CPUSVN */
    put_mem(w, zeros, 4 + 12 + 16);
    put_mem(w, attributes, sizeof attributes);
    put_mem(w, args->mrenclave, 32);
    put_mem(w, zeros, 32);
    put_mem(w, args->mrsigner, 32);
    put_mem(w, zeros, 32);
    put_mem(w, zeros, 64);
    put_u16(w, args->isv_prod_id);
    put_u16(w, args->isv_svn);
    put_u16(w, 0);
    put_mem(w, zeros, 42);
    put_mem(w, zeros, 16);
    put_mem(w, args->report_data, 64);
}

static void qe_args(struct attest_sim_quote_args *qe, const struct attest_sim *s, bool debug)
{
    uint8_t bound[64 + sizeof auth_data];

    memset(qe, 0, sizeof *qe);
    sha256(qe->mrenclave, BYTES_LIT("sim qe"));
    sha256(qe->mrsigner, BYTES_LIT("sim qe signer"));
    memcpy(bound, s->attestation_public, 64);
    memcpy(bound + 64, auth_data, sizeof auth_data);
    sha256(qe->report_data, bytes_of(bound, sizeof bound));
    qe->isv_prod_id = 1;
    qe->isv_svn = 1;
    qe->debug = debug;
}

static void put_header(struct writer *w)
{
    static const uint8_t vendor[16] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                       0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};
    static const uint8_t user_data[20] = "SIMULATED platform";

    put_u16(w, 3);
    put_u16(w, 2);
    put_u32(w, 0);
    put_u16(w, 1);
    put_u16(w, 1);
    put_mem(w, vendor, sizeof vendor);
    put_mem(w, user_data, sizeof user_data);
}

enum err_code attest_sim_quote(struct attest_sim *s, struct arena *a, struct bytes *out,
                               const struct attest_sim_quote_args *args, struct err *e)
{
    struct writer w = writer_in(a, SGX_QUOTE_MAX);
    struct attest_sim_quote_args qe;
    uint8_t sig[64], qe_report[SGX_REPORT_LEN];
    struct writer v = writer_fixed(qe_report, sizeof qe_report);

    put_header(&w);
    put_report(&w, args);
    if (!sim_sign(sig, s->attestation, writer_bytes(&w)))
        return FAIL(e, ERR_INTERNAL, "signing a simulated quote");
    size_t len_at = put_reserve(&w, 4), start = w.len;
    put_mem(&w, sig, sizeof sig);
    put_mem(&w, s->attestation_public, 64);
    qe_args(&qe, s, args->qe_debug);
    put_report(&v, &qe);
    put_bytes(&w, writer_bytes(&v));
    if (!sim_sign(sig, s->pck, writer_bytes(&v)))
        return FAIL(e, ERR_INTERNAL, "signing a simulated QE report");
    put_mem(&w, sig, sizeof sig);
    put_u16(&w, sizeof auth_data);
    put_mem(&w, auth_data, sizeof auth_data);
    put_u16(&w, SGX_CERT_DATA_PEM_CHAIN);
    put_u32(&w, (uint32_t)s->chain_len);
    put_mem(&w, s->chain, s->chain_len);
    uint8_t len[4];
    store_u32le(len, (uint32_t)(w.len - start));
    put_fill(&w, len_at, len, sizeof len);
    if (!writer_ok(&w))
        return FAIL(e, ERR_LIMIT, "simulated quote is too long");
    *out = writer_bytes(&w);
    return ERR_OK;
}

enum err_code attest_sim_measure(uint8_t mrenclave[32], const char *program_path, struct err *e)
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
    sha256_final(&h, mrenclave);
    return ERR_OK;
}

void attest_sim_signer(uint8_t mrsigner[32])
{
    sha256(mrsigner, BYTES_LIT("sim signer"));
}
