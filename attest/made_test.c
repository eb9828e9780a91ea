#include "attest/made_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

static void sign_with(EVP_MD_CTX *md, EVP_PKEY *key)
{
    bool rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
    EVP_PKEY_CTX *ctx = NULL;
    assert_int_equal(EVP_DigestSignInit(md, &ctx, rsa ? EVP_sha384() : EVP_sha256(), NULL, key), 1);
    if (rsa) {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, 48), 1);
    }
}

static void set_name(X509_NAME *name, const char *cn)
{
    assert_int_equal(
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0), 1);
}

static void add_extension(X509 *c, int nid, const char *value)
{
    X509_EXTENSION *x = value == NULL ? NULL : X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    if (value == NULL)
        return;
    assert_non_null(x);
    assert_int_equal(X509_add_ext(c, x, -1), 1);
    X509_EXTENSION_free(x);
}

struct bytes make_cert(struct arena *a, const struct authority *who, long serial, const char *constraints_opt,
                       const char *usage_opt)
{
    const struct authority *issuer = who->issuer == NULL ? who : who->issuer;
    X509 *c = X509_new();
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    uint8_t *der = NULL;

    assert_int_equal(X509_set_version(c, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(c), serial), 1);
    set_name(X509_get_subject_name(c), who->name);
    X509_NAME *issued_by = X509_NAME_new();
    set_name(issued_by, issuer->name);
    assert_int_equal(X509_set_issuer_name(c, issued_by), 1);
    X509_NAME_free(issued_by);
    assert_non_null(ASN1_TIME_set(X509_getm_notBefore(c), MADE_NOW - MADE_YEAR));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(c), MADE_NOW + MADE_YEAR));
    assert_int_equal(X509_set_pubkey(c, who->key), 1);
    add_extension(c, NID_key_usage, usage_opt);
    add_extension(c, NID_basic_constraints, constraints_opt);
    sign_with(md, issuer->key);
    assert_true(X509_sign_ctx(c, md) > 0);
    int len = i2d_X509(c, &der);
    assert_true(len > 0);
    struct bytes out = arena_dup(a, bytes_of(der, (size_t)len));
    OPENSSL_free(der);
    EVP_MD_CTX_free(md);
    X509_free(c);
    return out;
}

struct bytes pem_of(struct arena *a, struct bytes first, struct bytes second)
{
    struct bytes parts[2] = {first, second}, out;
    BIO *b = BIO_new(BIO_s_mem());
    char *text = NULL;

    for (int i = 0; i < 2; i++) {
        if (parts[i].len > 0)
            assert_true(PEM_write_bio(b, "CERTIFICATE", "", parts[i].p, (long)parts[i].len) > 0);
    }
    long len = BIO_get_mem_data(b, &text);
    out = arena_dup(a, bytes_of(text, (size_t)len));
    BIO_free(b);
    return out;
}

static void add_raw_extension(X509_CRL *l, X509_REVOKED *entry, const char *oid, int critical,
                              struct bytes value)
{
    ASN1_OCTET_STRING *s = ASN1_OCTET_STRING_new();
    ASN1_OBJECT *id = OBJ_txt2obj(oid, 1);
    assert_int_equal(ASN1_OCTET_STRING_set(s, value.p, (int)value.len), 1);
    X509_EXTENSION *x = X509_EXTENSION_create_by_OBJ(NULL, id, critical, s);
    assert_non_null(x);
    assert_int_equal(entry != NULL ? X509_REVOKED_add_ext(entry, x, -1) : X509_CRL_add_ext(l, x, -1), 1);
    X509_EXTENSION_free(x);
    ASN1_OBJECT_free(id);
    ASN1_OCTET_STRING_free(s);
}

static void add_flaw(X509_CRL *l, enum list_flaw flaw)
{
    static const struct bytes number = {(const uint8_t *)"\x02\x01\x01", 3};
    switch (flaw) {
    case LIST_DELTA:
        add_raw_extension(l, NULL, "2.5.29.27", 0, number);
        break;
    case LIST_PARTIAL:
        add_raw_extension(l, NULL, "2.5.29.28", 1, BYTES_LIT("\x30\x00"));
        break;
    case LIST_UNKNOWN_CRITICAL:
        add_raw_extension(l, NULL, "1.3.6.1.4.1.1.1", 1, number);
        break;
    case LIST_TWICE_NUMBERED:
        add_raw_extension(l, NULL, "2.5.29.20", 0, number);
        break;
    case LIST_GOOD:
    case LIST_VERSION_1:
    case LIST_NO_END:
    case LIST_INDIRECT_ENTRY:
        break;
    }
}

static void revoke(X509_CRL *l, long serial, bool indirect)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    ASN1_TIME *when = ASN1_TIME_set(NULL, MADE_NOW - MADE_YEAR / 2);

    assert_int_equal(ASN1_INTEGER_set(number, serial), 1);
    assert_int_equal(X509_REVOKED_set_serialNumber(entry, number), 1);
    assert_int_equal(X509_REVOKED_set_revocationDate(entry, when), 1);
    add_raw_extension(NULL, entry, "2.5.29.21", 0, BYTES_LIT("\x0a\x01\x01"));
    if (indirect)
        add_raw_extension(NULL, entry, "2.5.29.29", 1, BYTES_LIT("\x30\x00"));
    assert_int_equal(X509_CRL_add0_revoked(l, entry), 1);
    ASN1_INTEGER_free(number);
    ASN1_TIME_free(when);
}

struct bytes make_list(struct arena *a, const struct authority *issuer, long from, int count,
                       enum list_flaw flaw)
{
    X509_CRL *l = X509_CRL_new();
    X509_NAME *name = X509_NAME_new();
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    ASN1_TIME *t = ASN1_TIME_set(NULL, MADE_NOW - MADE_DAY);
    uint8_t *der = NULL;

    if (flaw != LIST_VERSION_1)
        assert_int_equal(X509_CRL_set_version(l, X509_CRL_VERSION_2), 1);
    set_name(name, issuer->name);
    assert_int_equal(X509_CRL_set_issuer_name(l, name), 1);
    assert_int_equal(X509_CRL_set1_lastUpdate(l, t), 1);
    assert_non_null(ASN1_TIME_set(t, MADE_NOW + MADE_DAY));
    if (flaw != LIST_NO_END)
        assert_int_equal(X509_CRL_set1_nextUpdate(l, t), 1);
    if (flaw != LIST_VERSION_1)
        add_raw_extension(l, NULL, "2.5.29.20", 0, BYTES_LIT("\x02\x01\x01"));
    add_flaw(l, flaw);
    for (int i = 0; i < count; i++)
        revoke(l, from + i, flaw == LIST_INDIRECT_ENTRY);
    sign_with(md, issuer->key);
    assert_true(X509_CRL_sign_ctx(l, md) > 0);
    int len = i2d_X509_CRL(l, &der);
    assert_true(len > 0);
    struct bytes out = arena_dup(a, bytes_of(der, (size_t)len));
    OPENSSL_free(der);
    ASN1_TIME_free(t);
    X509_NAME_free(name);
    EVP_MD_CTX_free(md);
    X509_CRL_free(l);
    return out;
}

struct bytes sign_text(struct arena *a, EVP_PKEY *key, struct bytes text)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    uint8_t der[80], *out = arena_alloc(a, 64);
    const uint8_t *at = der;
    size_t len = sizeof der;

    sign_with(md, key);
    assert_int_equal(EVP_DigestSign(md, der, &len, text.p, text.len), 1);
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)len);
    assert_non_null(pair);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, 32), 32);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + 32, 32), 32);
    ECDSA_SIG_free(pair);
    EVP_MD_CTX_free(md);
    return bytes_of(out, 64);
}
