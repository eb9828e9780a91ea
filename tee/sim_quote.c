/* tee/sim_quote.c — SGX reports and the frame that quotes of all versions share. Layouts:
 * docs/formats/attestation.md. */
#include "attest/quote.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "tee/sim_priv.h"

const uint8_t sim_components[16] = {4, 4, 3, 3, 255, 255};

/* What the simulated quoting enclave says besides. */
static const uint8_t auth_data[32] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                      16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};

/* A report body of SGX, 384 bytes. */
static void put_report(struct writer *w, const struct attest_sgx_claims *body, const uint8_t report_data[64])
{
    static const uint8_t zeros[64];

    put_mem(w, body->cpu_svn, 16);
    put_mem(w, body->misc_select, 4);
    put_mem(w, zeros, 12);
    put_mem(w, body->isv_ext_prod_id, 16);
    put_mem(w, body->attributes, 16);
    put_mem(w, body->mrenclave, 32);
    put_mem(w, zeros, 32);
    put_mem(w, body->mrsigner, 32);
    put_mem(w, zeros, 32);
    put_mem(w, body->config_id, 64);
    put_u16(w, body->isv_prod_id);
    put_u16(w, body->isv_svn);
    put_u16(w, body->config_svn);
    put_mem(w, zeros, 42);
    put_mem(w, body->isv_family_id, 16);
    put_mem(w, report_data, 64);
}

void attest_sim_qe(struct attest_sgx_claims *out, bool tdx)
{
    static const uint8_t attributes[16] = {0x15, [8] = 7}; /* INIT, MODE64BIT, PROVISION_KEY */

    memset(out, 0, sizeof *out);
    memcpy(out->cpu_svn, sim_components, 16);
    memcpy(out->attributes, attributes, sizeof attributes);
    sha256(out->mrenclave, tdx ? BYTES_LIT("sim td qe") : BYTES_LIT("sim qe"));
    sha256(out->mrsigner, BYTES_LIT("sim qe signer"));
    out->isv_prod_id = tdx ? 2 : 1;
    out->isv_svn = 1;
}

static void put_enclave(struct writer *w, const struct attest_sim_quote_args *args)
{
    struct attest_sgx_claims body = {.attributes = {5, [8] = 7}}; /* INIT, MODE64BIT; x87, SSE, AVX */

    if (args->debug)
        body.attributes[0] |= 2;
    memcpy(body.cpu_svn, sim_components, 16);
    memcpy(body.mrenclave, args->mrenclave, 32);
    memcpy(body.mrsigner, args->mrsigner, 32);
    body.isv_prod_id = args->isv_prod_id;
    body.isv_svn = args->isv_svn;
    put_report(w, &body, args->report_data);
}

/* Header and body: the signed part. */
static void put_signed_part(struct writer *w, const struct attest_sim_quote_args *args, uint16_t version)
{
    static const uint8_t vendor[16] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                       0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};
    static const uint8_t user_data[20] = "SIMULATED platform";

    put_u16(w, version);
    put_u16(w, 2); /* ECDSA P-256 */
    put_u32(w, args->td != NULL ? 0x81 : 0);
    put_u16(w, version == 3 ? 1 : 0); /* QE and PCE SVN; reserved from version 4 on */
    put_u16(w, version == 3 ? 1 : 0);
    put_mem(w, vendor, sizeof vendor);
    put_mem(w, user_data, sizeof user_data);
    if (version == 5) {
        put_u16(w, args->td != NULL ? args->td->body_type : QUOTE_BODY_SGX);
        put_u32(w, (uint32_t)(args->td != NULL ? sim_td_length(args->td->body_type) : SGX_REPORT_LEN));
    }
    if (args->td != NULL)
        sim_put_td(w, args->td, args->report_data);
    else
        put_enclave(w, args);
}

/* A length to fill in when what it measures is there. */
static void fill_length(struct writer *w, size_t at)
{
    uint8_t le[4];
    store_u32le(le, (uint32_t)(w->len - at - 4));
    put_fill(w, at, le, sizeof le);
}

/* PPID in clear or as if encrypted (nobody has the key), CPUSVN, PCESVN, PCEID. */
static void put_ppid(struct writer *w, const struct attest_platform *p, uint16_t type)
{
    uint8_t encrypted[384];
    size_t len = type == SGX_CERT_DATA_PPID_RSA2048 ? 256 : 384;

    random_bytes(encrypted, sizeof encrypted);
    if (type == SGX_CERT_DATA_PPID)
        put_mem(w, p->ppid, 16);
    else
        put_mem(w, encrypted, len);
    put_mem(w, p->cpu_svn, 16);
    put_u16(w, p->pce_svn);
    put_mem(w, p->pceid, 2);
}

static void put_cert_data(struct writer *w, const struct attest_sim *s, uint16_t type)
{
    struct attest_platform p;

    put_u16(w, type);
    size_t len_at = put_reserve(w, 4);
    if (type <= SGX_CERT_DATA_PPID_RSA3072) {
        attest_sim_platform(s, &p);
        put_ppid(w, &p, type);
    } else {
        sim_put_pem(w, sim_der_bytes(&s->pck_cert));
        if (type == SGX_CERT_DATA_PEM_CHAIN) {
            sim_put_pem(w, sim_der_bytes(&s->ca));
            sim_put_pem(w, sim_der_bytes(&s->root));
        }
    }
    fill_length(w, len_at);
}

/* QE report, its signature, authentication data, certification data. */
static void put_qe(struct writer *w, const struct attest_sim *s, const struct attest_sim_quote_args *args,
                   uint16_t cert_data_type)
{
    struct attest_sgx_claims qe;
    uint8_t bound[64 + sizeof auth_data], report_data[64] = {0}, mem[SGX_REPORT_LEN];
    uint8_t sig[SIM_SIGNATURE_MAX], key[SIM_PUBLIC_MAX];
    struct writer report = writer_fixed(mem, sizeof mem);

    attest_sim_qe(&qe, args->td != NULL);
    if (args->qe != NULL)
        qe = *args->qe;
    if (args->qe_debug)
        qe.attributes[0] |= 2;
    memcpy(bound, sim_key_public(key, s->attestation).p, 64);
    memcpy(bound + 64, auth_data, sizeof auth_data);
    sha256(report_data, bytes_of(bound, sizeof bound));
    put_report(&report, &qe, report_data);
    put_bytes(w, writer_bytes(&report));
    put_bytes(w, sim_sign(sig, s->pck, writer_bytes(&report)));
    put_u16(w, sizeof auth_data);
    put_mem(w, auth_data, sizeof auth_data);
    put_cert_data(w, s, cert_data_type);
}

static bool possible(const struct attest_sim_quote_args *args, uint16_t version, uint16_t cert_data_type)
{
    if (cert_data_type < SGX_CERT_DATA_PPID || cert_data_type > SGX_CERT_DATA_PEM_CHAIN)
        return false;
    if (args->td == NULL)
        return version >= 3 && version <= 5;
    return version == 4 ? args->td->body_type == QUOTE_BODY_TDX_10
                        : version == 5 && sim_td_length(args->td->body_type) > 0;
}

enum err_code attest_sim_quote(struct attest_sim *s, struct arena *a, struct bytes *out,
                               const struct attest_sim_quote_args *args, struct err *e)
{
    struct writer w = writer_in(a, ATTEST_EVIDENCE_MAX);
    uint16_t type = args->cert_data_type != 0 ? args->cert_data_type : SGX_CERT_DATA_PEM_CHAIN;
    uint16_t version = args->version != 0                         ? args->version
                       : args->td == NULL                         ? 3
                       : args->td->body_type == QUOTE_BODY_TDX_10 ? 4
                                                                  : 5;
    uint8_t sig[SIM_SIGNATURE_MAX], key[SIM_PUBLIC_MAX];

    if (!possible(args, version, type))
        return FAIL(e, ERR_USAGE, "no quote of version %u is like that", version);
    EVP_PKEY *foreign = args->foreign_key ? sim_key_new(SIM_P256) : NULL;
    EVP_PKEY *signer = foreign != NULL ? foreign : s->attestation;
    put_signed_part(&w, args, version);
    struct bytes signature = sim_sign(sig, signer, writer_bytes(&w));
    size_t len_at = put_reserve(&w, 4), nested_at = 0;
    put_bytes(&w, signature);
    put_bytes(&w, sim_key_public(key, signer));
    EVP_PKEY_free(foreign);
    if (version > 3) {
        put_u16(&w, SGX_CERT_DATA_QE_REPORT);
        nested_at = put_reserve(&w, 4);
    }
    put_qe(&w, s, args, type);
    if (version > 3)
        fill_length(&w, nested_at);
    fill_length(&w, len_at);
    if (!writer_ok(&w))
        return FAIL(e, ERR_LIMIT, "simulated quote is too long");
    *out = writer_bytes(&w);
    return ERR_OK;
}
