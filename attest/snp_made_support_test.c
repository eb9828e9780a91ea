#include "attest/snp_made_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "attest/snp.h"
#include "attest/vectors_support_test.h"
#include "attest/x509.h"
#include "base/writer.h"

#define SNP "snp/"
#define MILAN "roots/amd/milan/"
#define MILAN_CASE SNP "snp-trustee-milan-v2/"
#define VLEK_CASE SNP "snp-trustee-milan-v3-vlek/"
#define TURIN_CASE SNP "snp-microsoft-turin-v5/"

struct made_world made_world;

static EVP_PKEY *load_key(const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, WETEE_VECTORS "/attestation/made/%s", name);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    EVP_PKEY *key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
    (void)fclose(f);
    assert_non_null(key);
    return key;
}

int made_set_up(void **state)
{
    (void)state;
    arena_init(&made_world.arena, &arena_heap, VECTORS_ARENA);
    made_world.ark_key = load_key("ark.key");
    made_world.ca_key = load_key("ask.key");
    made_world.leaf_key = EVP_EC_gen("P-384");
    assert_non_null(made_world.leaf_key);
    return 0;
}

int made_tear_down(void **state)
{
    (void)state;
    EVP_PKEY_free(made_world.ark_key);
    EVP_PKEY_free(made_world.ca_key);
    EVP_PKEY_free(made_world.leaf_key);
    arena_fini(&made_world.arena);
    return 0;
}

/* --- signing again --- */

static uint8_t *writable(struct bytes view)
{
    return (uint8_t *)(uintptr_t)view.p;
}

static void sign_pss(uint8_t out[ATTEST_RSA_LEN], EVP_PKEY *key, struct bytes in)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *how;
    size_t len = ATTEST_RSA_LEN;

    assert_int_equal(EVP_DigestSignInit(ctx, &how, EVP_sha384(), NULL, key), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(how, 48), 1);
    assert_int_equal(EVP_DigestSign(ctx, out, &len, in.p, in.len), 1);
    assert_int_equal(len, ATTEST_RSA_LEN);
    EVP_MD_CTX_free(ctx);
}

static void put_public_key(uint8_t *out, size_t len, EVP_PKEY *key)
{
    if (len == X509_KEY_RSA4096) {
        BIGNUM *n = NULL;
        assert_int_equal(EVP_PKEY_get_bn_param(key, "n", &n), 1);
        assert_int_equal(BN_bn2binpad(n, out, (int)len), len);
        BN_free(n);
        return;
    }
    uint8_t point[1 + X509_KEY_P384];
    size_t got = 0;
    assert_int_equal(len, X509_KEY_P384);
    assert_int_equal(EVP_PKEY_get_octet_string_param(key, "encoded-pub-key", point, sizeof point, &got), 1);
    if (got == 0 || point[0] != 4 || got != sizeof point)
        fail_msg("public key of %zu bytes", got);
    memcpy(out, point + 1, len);
}

/* Gives the certificate another key and signature in place: the template's lengths stay. */
void made_resign(uint8_t *der, size_t len, EVP_PKEY *subject, EVP_PKEY *issuer)
{
    struct x509 c;
    struct err e;

    if (x509_read(&c, bytes_of(der, len), &e) != ERR_OK)
        fail_msg("%s", e.msg);
    assert_true(c.signature.rsa_pss);
    put_public_key(writable(c.public_key), c.public_key.len, subject);
    sign_pss(writable(c.signature.rsa), issuer, c.tbs);
}

static void reversed(uint8_t out[48], const BIGNUM *n)
{
    assert_int_equal(BN_bn2lebinpad(n, out, 48), 48);
}

static void sign_report(uint8_t *report)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t der[128];
    const uint8_t *at = der;
    size_t len = sizeof der;

    assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha384(), NULL, made_world.leaf_key), 1);
    assert_int_equal(EVP_DigestSign(ctx, der, &len, report, SNP_SIGNED_LEN), 1);
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)len);
    assert_non_null(pair);
    reversed(report + AT_SIGNATURE, ECDSA_SIG_get0_r(pair));
    reversed(report + AT_SIGNATURE + 72, ECDSA_SIG_get0_s(pair));
    ECDSA_SIG_free(pair);
    EVP_MD_CTX_free(ctx);
}

/* --- templates --- */

uint8_t *made_template(const char *name, size_t *len)
{
    struct bytes b = vectors_load(&made_world.arena, name);
    *len = b.len;
    return writable(b);
}

/* A version 2 report of a Milan chip, its VCEK, ASK and ARK. */
void made_vcek(struct made *m)
{
    size_t len;
    memset(m, 0, sizeof *m);
    m->report = made_template(MILAN_CASE "report.bin", &len);
    m->leaf = made_template(MILAN_CASE "vcek.der", &m->leaf_len);
    m->ca = made_template(MILAN "ask.der", &m->ca_len);
    m->ark = made_template(MILAN "ark.der", &m->ark_len);
}

/* The same as version 3: with the processor's family and model. */
void made_version_3(struct made *m)
{
    made_vcek(m);
    m->report[AT_VERSION] = 3;
    m->report[AT_CPUID] = 0x19;
    m->report[AT_CPUID + 1] = 1;
}

void made_vlek(struct made *m)
{
    size_t len;
    memset(m, 0, sizeof *m);
    m->vlek = true;
    m->report = made_template(VLEK_CASE "report.bin", &len);
    m->leaf = made_template(VLEK_CASE "vlek.der", &m->leaf_len);
    m->ca = made_template(MILAN "asvk.der", &m->ca_len);
    m->ark = made_template(MILAN "ark.der", &m->ark_len);
}

void made_turin(struct made *m)
{
    size_t len;
    memset(m, 0, sizeof *m);
    m->report = made_template(TURIN_CASE "report.bin", &len);
    m->leaf = made_template(TURIN_CASE "vcek.der", &m->leaf_len);
    m->ca = made_template("roots/amd/turin/ask.der", &m->ca_len);
    m->ark = made_template("roots/amd/turin/ark.der", &m->ark_len);
}

/* Where these bytes are in a certificate; they occur once. */
uint8_t *made_find(uint8_t *in, size_t len, struct bytes what)
{
    uint8_t *found = NULL;
    for (size_t i = 0; i + what.len <= len; i++) {
        if (memcmp(in + i, what.p, what.len) != 0)
            continue;
        assert_null(found);
        found = in + i;
    }
    assert_non_null(found);
    return found;
}

/* The last arc of an object id under AMD's, so that the extension becomes an unknown one. */
void made_rename(struct made *m, struct bytes oid)
{
    made_find(m->leaf, m->leaf_len, oid)[oid.len - 1] = 0x7f;
}

/* --- judging --- */

static void put_guid_entry(struct writer *w, const char *guid, size_t offset, size_t len)
{
    put_bytes(w, vectors_hex(&made_world.arena, guid));
    put_u32(w, (uint32_t)offset);
    put_u32(w, (uint32_t)len);
}

struct bytes made_evidence(const struct made *m)
{
    struct writer w = writer_in(&made_world.arena, ATTEST_EVIDENCE_MAX);
    const size_t head = 3 * 24;

    put_bytes(&w, bytes_of(m->report, SNP_REPORT_LEN));
    put_guid_entry(&w, m->vlek ? "a8074bc2a25a483eaae639c045a0b8a1" : "63da758de6644564adc5f4b93be8accd",
                   head, m->leaf_len);
    put_guid_entry(&w, "4ab7b379bbac4fe4a02f05aef327c782", head + m->leaf_len, m->ca_len);
    put_bytes(&w, bytes_of((const uint8_t[24]){0}, 24));
    put_bytes(&w, bytes_of(m->leaf, m->leaf_len));
    put_bytes(&w, bytes_of(m->ca, m->ca_len));
    assert_true(writer_ok(&w));
    return writer_bytes(&w);
}

void made_sign(struct made *m)
{
    made_resign(m->ark, m->ark_len, made_world.ark_key, made_world.ark_key);
    made_resign(m->ca, m->ca_len, made_world.ca_key, made_world.ark_key);
    made_resign(m->leaf, m->leaf_len, made_world.leaf_key, made_world.ca_key);
    sign_report(m->report);
}

void made_root(struct attest_root *out, const struct made *m)
{
    struct err e;
    assert_int_equal(attest_root_from_cert(out, bytes_of(m->ark, m->ark_len), ATTEST_ROOT_DEVELOPMENT, &e),
                     ERR_OK);
}

uint64_t made_time(const struct made *m)
{
    struct x509 c;
    struct err e;
    assert_int_equal(x509_read(&c, bytes_of(m->leaf, m->leaf_len), &e), ERR_OK);
    return c.not_before > MADE_TIME ? c.not_before : MADE_TIME;
}

/* Judges evidence as it stands with both tables. */
enum attest_class made_judge_at(struct attest_claims *out, const struct made *m,
                                const struct attest_endorsements *endorsed, bool crl_needed, uint64_t now)
{
    struct attest_root root;
    struct err plain_why = {0}, fast_why = {0};
    made_root(&root, m);
    const struct attest_policy p = {.roots = &root, .root_count = 1, .without_amd_crl = !crl_needed};
    struct bytes exact = vectors_exact(made_evidence(m));
    const struct attest_input in = {.evidence = exact, .endorsements = endorsed, .now = now};
    enum attest_class plain = attest_snp_verify(out, &in, &p, &attest_plain, &plain_why);
    enum attest_class fast = attest_snp_verify(out, &in, &p, &attest_openssl, &fast_why);
    assert_int_equal(plain, fast);
    assert_string_equal(plain_why.msg, fast_why.msg);
    test_free(writable(exact));
    return fast;
}

enum attest_class made_judge(struct attest_claims *out, struct made *m)
{
    made_sign(m);
    return made_judge_at(out, m, NULL, false, made_time(m));
}

/* The root's list, with these serials on it. */
struct bytes made_crl(const struct made *m, EVP_PKEY *key, uint64_t from, uint64_t until,
                      const struct bytes *serials, size_t count)
{
    struct x509 ark;
    struct err e;
    X509_CRL *list = X509_CRL_new();
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *how;
    ASN1_TIME *time = ASN1_TIME_new();

    assert_int_equal(x509_read(&ark, bytes_of(m->ark, m->ark_len), &e), ERR_OK);
    const uint8_t *at = ark.subject.p;
    X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)ark.subject.len);
    assert_int_equal(X509_CRL_set_version(list, 1), 1);
    assert_int_equal(X509_CRL_set_issuer_name(list, name), 1);
    assert_non_null(ASN1_TIME_set(time, (time_t)from));
    assert_int_equal(X509_CRL_set1_lastUpdate(list, time), 1);
    for (size_t i = 0; i < count; i++) {
        X509_REVOKED *entry = X509_REVOKED_new();
        BIGNUM *n = BN_bin2bn(serials[i].p, (int)serials[i].len, NULL);
        ASN1_INTEGER *serial = BN_to_ASN1_INTEGER(n, NULL);
        assert_int_equal(X509_REVOKED_set_serialNumber(entry, serial), 1);
        assert_int_equal(X509_REVOKED_set_revocationDate(entry, time), 1);
        assert_int_equal(X509_CRL_add0_revoked(list, entry), 1);
        ASN1_INTEGER_free(serial);
        BN_free(n);
    }
    assert_non_null(ASN1_TIME_set(time, (time_t)until));
    assert_int_equal(X509_CRL_set1_nextUpdate(list, time), 1);
    assert_int_equal(EVP_DigestSignInit(ctx, &how, EVP_sha384(), NULL, key), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(how, 48), 1);
    assert_true(X509_CRL_sign_ctx(list, ctx) > 0);
    uint8_t *der = NULL;
    int len = i2d_X509_CRL(list, &der);
    assert_true(len > 0);
    struct bytes out = arena_dup(&made_world.arena, bytes_of(der, (size_t)len));
    OPENSSL_free(der);
    X509_NAME_free(name);
    ASN1_TIME_free(time);
    EVP_MD_CTX_free(ctx);
    X509_CRL_free(list);
    return out;
}
