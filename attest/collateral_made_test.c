/* attest/collateral_made_test.c — what the vendors' own collateral cannot show: hierarchies made here, whose
 * keys are known, with signers, authorities and revocation lists that must not be believed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "attest/collateral_test.h"
#include "attest/endorsed.h"
#include "crypto/hash.h"

enum { NOW = 1751328000, YEAR = 31536000 };
#define TCB_SIGNER "Test SGX TCB Signing"
#define KEY_USAGE_CA "critical,keyCertSign,cRLSign"
#define KEY_USAGE_SIGNER "critical,digitalSignature,nonRepudiation"

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, &arena_heap, 64 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

/* --- making certificates, lists, signatures --- */

/* Whoever issues and signs: a name with a key. RSA keys sign with PSS, as AMD does. */
struct authority {
    const char *name;
    EVP_PKEY *key;
    const struct authority *issuer; /* NULL: itself */
};

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

/* Extensions left out are NULL. */
static struct bytes make_cert(const struct authority *a, long serial, const char *constraints_opt,
                              const char *usage_opt)
{
    const struct authority *issuer = a->issuer == NULL ? a : a->issuer;
    X509 *c = X509_new();
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    uint8_t *der = NULL;

    assert_int_equal(X509_set_version(c, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(c), serial), 1);
    set_name(X509_get_subject_name(c), a->name);
    X509_NAME *issued_by = X509_NAME_new();
    set_name(issued_by, issuer->name);
    assert_int_equal(X509_set_issuer_name(c, issued_by), 1);
    X509_NAME_free(issued_by);
    assert_non_null(ASN1_TIME_set(X509_getm_notBefore(c), NOW - YEAR));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(c), NOW + YEAR));
    assert_int_equal(X509_set_pubkey(c, a->key), 1);
    add_extension(c, NID_key_usage, usage_opt);
    add_extension(c, NID_basic_constraints, constraints_opt);
    sign_with(md, issuer->key);
    assert_true(X509_sign_ctx(c, md) > 0);
    int len = i2d_X509(c, &der);
    assert_true(len > 0);
    struct bytes out = arena_dup(&arena, bytes_of(der, (size_t)len));
    OPENSSL_free(der);
    EVP_MD_CTX_free(md);
    X509_free(c);
    return out;
}

static struct bytes pem_of(struct bytes first, struct bytes second)
{
    struct bytes parts[2] = {first, second}, out;
    BIO *b = BIO_new(BIO_s_mem());
    char *text = NULL;

    for (int i = 0; i < 2; i++) {
        if (parts[i].len > 0)
            assert_true(PEM_write_bio(b, "CERTIFICATE", "", parts[i].p, (long)parts[i].len) > 0);
    }
    long len = BIO_get_mem_data(b, &text);
    out = arena_dup(&arena, bytes_of(text, (size_t)len));
    BIO_free(b);
    return out;
}

enum list_flaw {
    LIST_GOOD,
    LIST_VERSION_1,
    LIST_NO_END,
    LIST_DELTA,
    LIST_PARTIAL,
    LIST_INDIRECT_ENTRY,
    LIST_UNKNOWN_CRITICAL,
    LIST_TWICE_NUMBERED
};

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
    ASN1_TIME *when = ASN1_TIME_set(NULL, NOW - YEAR / 2);

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

/* Revokes the serials `revoked_from` to `revoked_from + count - 1`. */
static struct bytes make_list(const struct authority *issuer, long revoked_from, int count,
                              enum list_flaw flaw)
{
    X509_CRL *l = X509_CRL_new();
    X509_NAME *name = X509_NAME_new();
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    ASN1_TIME *t = ASN1_TIME_set(NULL, NOW - 86400);
    uint8_t *der = NULL;

    if (flaw != LIST_VERSION_1)
        assert_int_equal(X509_CRL_set_version(l, X509_CRL_VERSION_2), 1);
    set_name(name, issuer->name);
    assert_int_equal(X509_CRL_set_issuer_name(l, name), 1);
    assert_int_equal(X509_CRL_set1_lastUpdate(l, t), 1);
    assert_non_null(ASN1_TIME_set(t, NOW + 86400));
    if (flaw != LIST_NO_END)
        assert_int_equal(X509_CRL_set1_nextUpdate(l, t), 1);
    if (flaw != LIST_VERSION_1)
        add_raw_extension(l, NULL, "2.5.29.20", 0, BYTES_LIT("\x02\x01\x01"));
    add_flaw(l, flaw);
    for (int i = 0; i < count; i++)
        revoke(l, revoked_from + i, flaw == LIST_INDIRECT_ENTRY);
    sign_with(md, issuer->key);
    assert_true(X509_CRL_sign_ctx(l, md) > 0);
    int len = i2d_X509_CRL(l, &der);
    assert_true(len > 0);
    struct bytes out = arena_dup(&arena, bytes_of(der, (size_t)len));
    OPENSSL_free(der);
    ASN1_TIME_free(t);
    X509_NAME_free(name);
    EVP_MD_CTX_free(md);
    X509_CRL_free(l);
    return out;
}

static struct bytes sign_text(EVP_PKEY *key, struct bytes text)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    uint8_t der[80], *out = arena_alloc(&arena, 64);
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

/* --- an Intel-like hierarchy --- */

struct made {
    struct authority root, ca, signer;
    struct bytes root_der;
    struct attest_root anchor;
    struct attest_collateral c;
};

static void sign_documents(struct made *m, EVP_PKEY *key, struct bytes signer_der)
{
    m->c.tcb_info_issuer_chain = m->c.qe_identity_issuer_chain = pem_of(signer_der, m->root_der);
    m->c.tcb_info_signature = sign_text(key, m->c.tcb_info);
    m->c.qe_identity_signature = sign_text(key, m->c.qe_identity);
}

static void make(struct made *m)
{
    const struct attest_collateral real =
        vector_collateral(&arena, "sgx/sgx-phala-a067-processor-ca/collateral-2025-06-19-e17-v3.json", NULL);
    struct err e;

    memset(m, 0, sizeof *m);
    m->root = (struct authority){"Test SGX Root CA", EVP_EC_gen("P-256"), NULL};
    m->ca = (struct authority){"Test SGX PCK Platform CA", EVP_EC_gen("P-256"), &m->root};
    m->signer = (struct authority){TCB_SIGNER, EVP_EC_gen("P-256"), &m->root};
    m->root_der = make_cert(&m->root, 1, "critical,CA:TRUE,pathlen:1", KEY_USAGE_CA);
    assert_int_equal(attest_root_from_cert(&m->anchor, m->root_der, ATTEST_ROOT_DEVELOPMENT, &e), ERR_OK);
    m->c.tcb_info = real.tcb_info;
    m->c.qe_identity = real.qe_identity;
    m->c.root_ca_crl = make_list(&m->root, 0, 0, LIST_GOOD);
    m->c.pck_crl = make_list(&m->ca, 100, 3, LIST_GOOD);
    m->c.pck_crl_issuer_chain =
        pem_of(make_cert(&m->ca, 2, "critical,CA:TRUE,pathlen:0", KEY_USAGE_CA), m->root_der);
    sign_documents(m, m->signer.key, make_cert(&m->signer, 3, "critical,CA:FALSE", KEY_USAGE_SIGNER));
}

static void unmake(struct made *m)
{
    EVP_PKEY_free(m->root.key);
    EVP_PKEY_free(m->ca.key);
    EVP_PKEY_free(m->signer.key);
}

static enum attest_class judged(const struct attest_collateral *c, const struct attest_root *roots,
                                uint32_t count)
{
    const struct attest_policy p = {.roots = roots, .root_count = count};
    const struct attest_endorsements *en;
    struct err e;
    return attest_endorse(&en, &arena, c, &p, &attest_openssl, &e);
}

static void a_hierarchy_made_here_is_believed_under_its_own_root_only(void **state)
{
    struct made m, other;
    (void)state;
    make(&m);
    make(&other);
    const struct attest_root both[2] = {other.anchor, m.anchor};
    assert_int_equal(judged(&m.c, &m.anchor, 1), ATTEST_VERIFIED);
    assert_int_equal(judged(&m.c, both, 2), ATTEST_VERIFIED);
    assert_int_equal(judged(&m.c, &other.anchor, 1), ATTEST_PCK_CHAIN_UNTRUSTED);
    assert_int_equal(judged(&m.c, attest_vendor_roots, ATTEST_VENDOR_ROOTS), ATTEST_PCK_CHAIN_UNTRUSTED);
    unmake(&m);
    unmake(&other);
}

static void parts_of_two_trusted_roots_do_not_mix(void **state)
{
    const struct attest_collateral real =
        vector_collateral(&arena, "sgx/sgx-phala-a067-processor-ca/collateral-2025-06-19-e17-v3.json", NULL);
    struct made m;
    (void)state;
    make(&m);
    const struct attest_root both[2] = {attest_vendor_roots[0], m.anchor};
    for (int way = 0; way < 2; way++) {
        const struct attest_collateral one = way == 0 ? real : m.c, two = way == 0 ? m.c : real;
        struct attest_collateral c = one;
        assert_int_equal(judged(&c, both, 2), ATTEST_VERIFIED);
        c.tcb_info_issuer_chain = two.tcb_info_issuer_chain;
        c.tcb_info_signature = two.tcb_info_signature;
        assert_int_equal(judged(&c, both, 2), ATTEST_TCB_INFO_CHAIN);
        c = one;
        c.qe_identity_issuer_chain = two.qe_identity_issuer_chain;
        c.qe_identity_signature = two.qe_identity_signature;
        assert_int_equal(judged(&c, both, 2), ATTEST_QE_IDENTITY_CHAIN);
        c = one;
        c.root_ca_crl = two.root_ca_crl;
        assert_int_equal(judged(&c, both, 2), ATTEST_CRL_SIGNATURE);
        c = one;
        c.pck_crl = two.pck_crl;
        c.pck_crl_issuer_chain = two.pck_crl_issuer_chain;
        assert_int_equal(judged(&c, both, 2), ATTEST_TCB_INFO_CHAIN); /* the others are the odd ones then */
    }
    unmake(&m);
}

static void signers_that_are_no_tcb_signing_certificates_are_refused(void **state)
{
    static const struct {
        const char *name, *constraints, *usage;
        bool by_ca;
        enum attest_class want;
    } kinds[] = {
        {TCB_SIGNER, "critical,CA:FALSE", KEY_USAGE_SIGNER, false, ATTEST_VERIFIED},
        {"Test SGX PCK Certificate", "critical,CA:FALSE", KEY_USAGE_SIGNER, false, ATTEST_TCB_INFO_CHAIN},
        {"Test sgx tcb signing", "critical,CA:FALSE", KEY_USAGE_SIGNER, false, ATTEST_TCB_INFO_CHAIN},
        {TCB_SIGNER, "critical,CA:TRUE", KEY_USAGE_SIGNER, false, ATTEST_TCB_INFO_CHAIN},
        {TCB_SIGNER, NULL, KEY_USAGE_SIGNER, false, ATTEST_TCB_INFO_CHAIN},
        {TCB_SIGNER, "critical,CA:FALSE", NULL, false, ATTEST_TCB_INFO_CHAIN},
        {TCB_SIGNER, "critical,CA:FALSE", "critical,keyAgreement", false, ATTEST_TCB_INFO_CHAIN},
        {TCB_SIGNER, "critical,CA:FALSE", KEY_USAGE_SIGNER, true, ATTEST_TCB_INFO_CHAIN},
    };
    struct made m;
    (void)state;
    make(&m);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        m.signer.name = kinds[i].name;
        m.signer.issuer = kinds[i].by_ca ? &m.ca : &m.root;
        sign_documents(&m, m.signer.key, make_cert(&m.signer, 3, kinds[i].constraints, kinds[i].usage));
        assert_int_equal(judged(&m.c, &m.anchor, 1), kinds[i].want);
    }
    /* the root itself, and a signer whose certificate another key signed in the root's name */
    sign_documents(&m, m.root.key, m.root_der);
    assert_int_equal(judged(&m.c, &m.anchor, 1), ATTEST_TCB_INFO_CHAIN);
    const struct authority forger = {m.root.name, m.ca.key, NULL};
    m.signer.name = TCB_SIGNER;
    m.signer.issuer = &forger;
    sign_documents(&m, m.signer.key, make_cert(&m.signer, 3, "critical,CA:FALSE", KEY_USAGE_SIGNER));
    assert_int_equal(judged(&m.c, &m.anchor, 1), ATTEST_TCB_INFO_CHAIN);
    /* a genuine signer beside an embedded root with the right name and another key */
    m.signer.issuer = &m.root;
    struct bytes signer = make_cert(&m.signer, 3, "critical,CA:FALSE", KEY_USAGE_SIGNER);
    sign_documents(&m, m.signer.key, signer);
    assert_int_equal(judged(&m.c, &m.anchor, 1), ATTEST_VERIFIED);
    m.c.tcb_info_issuer_chain =
        pem_of(signer, make_cert(&forger, 1, "critical,CA:TRUE,pathlen:1", KEY_USAGE_CA));
    assert_int_equal(judged(&m.c, &m.anchor, 1), ATTEST_TCB_INFO_CHAIN);
    /* without any root, and in the other order, it is still the same signer */
    m.c.tcb_info_issuer_chain = pem_of(signer, BYTES_EMPTY);
    assert_int_equal(judged(&m.c, &m.anchor, 1), ATTEST_VERIFIED);
    m.c.tcb_info_issuer_chain = pem_of(m.root_der, signer);
    assert_int_equal(judged(&m.c, &m.anchor, 1), ATTEST_VERIFIED);
    unmake(&m);
}

static void lists_are_believed_from_authorities_that_may_issue_them(void **state)
{
    static const struct {
        const char *constraints, *usage;
    } kinds[] = {
        {"critical,CA:FALSE", KEY_USAGE_SIGNER},
        {NULL, KEY_USAGE_CA},
        {"critical,CA:TRUE,pathlen:0", "critical,keyCertSign"},
        {"critical,CA:TRUE,pathlen:0", "critical,cRLSign"},
        {"critical,CA:TRUE,pathlen:0", NULL},
    };
    struct made m;
    (void)state;
    make(&m);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        m.c.pck_crl_issuer_chain =
            pem_of(make_cert(&m.ca, 2, kinds[i].constraints, kinds[i].usage), m.root_der);
        assert_int_equal(judged(&m.c, &m.anchor, 1), ATTEST_CRL_SIGNATURE);
    }
    m.c.pck_crl_issuer_chain =
        pem_of(make_cert(&m.ca, 2, "critical,CA:TRUE,pathlen:0", KEY_USAGE_CA), m.root_der);
    assert_int_equal(judged(&m.c, &m.anchor, 1), ATTEST_VERIFIED);
    const struct authority forger = {m.ca.name, m.signer.key, NULL};
    m.c.pck_crl = make_list(&forger, 0, 0, LIST_GOOD);
    assert_int_equal(judged(&m.c, &m.anchor, 1), ATTEST_CRL_SIGNATURE);
    unmake(&m);
}

static void only_whole_lists_of_one_issuer_are_read(void **state)
{
    static const struct {
        enum list_flaw flaw;
        const char *says;
    } flaws[] = {
        {LIST_VERSION_1, "DER tag"}, /* the version is absent, not 0 */
        {LIST_NO_END, "DER tag"},
        {LIST_DELTA, "delta or indirect"},
        {LIST_PARTIAL, "delta or indirect"},
        {LIST_INDIRECT_ENTRY, "delta or indirect"},
        {LIST_UNKNOWN_CRITICAL, "unknown critical"},
        {LIST_TWICE_NUMBERED, "twice"},
    };
    struct made m;
    (void)state;
    make(&m);
    for (size_t i = 0; i < ARRAY_LEN(flaws); i++) {
        struct crl l;
        struct err e;
        m.c.pck_crl = make_list(&m.ca, 5, 1, flaws[i].flaw);
        assert_int_equal(crl_read(&l, m.c.pck_crl, &e), ERR_MALFORMED);
        if (strstr(e.msg, flaws[i].says) == NULL)
            fail_msg("flaw %zu: %s", i, e.msg);
        assert_int_equal(judged(&m.c, &m.anchor, 1), ATTEST_CRL_FORMAT);
    }
    unmake(&m);
}

/* Content of an INTEGER. */
static bool revokes(const struct crl *l, long serial)
{
    uint8_t b[5] = {0, (uint8_t)(serial >> 24), (uint8_t)(serial >> 16), (uint8_t)(serial >> 8),
                    (uint8_t)serial};
    return crl_revokes(l, bytes_of(b, 5));
}

static void a_list_revokes_the_serials_it_names_and_no_others(void **state)
{
    struct made m;
    struct crl l;
    struct err e;
    (void)state;
    make(&m);
    assert_int_equal(crl_read(&l, make_list(&m.ca, 120, 500, LIST_GOOD), &e), ERR_OK);
    for (long serial = 0; serial < 1000; serial++)
        assert_int_equal(revokes(&l, serial), serial >= 120 && serial < 620);
    assert_true(l.this_update == NOW - 86400 && l.next_update == NOW + 86400);
    assert_int_equal(crl_read(&l, make_list(&m.ca, 0, 0, LIST_GOOD), &e), ERR_OK);
    assert_false(revokes(&l, 0));
    assert_int_equal(crl_read(&l, make_list(&m.ca, 0x7fffff00, 1, LIST_GOOD), &e), ERR_OK);
    assert_true(revokes(&l, 0x7fffff00));
    unmake(&m);
}

static void a_certificate_behind_a_piece_bounds_its_validity(void **state)
{
    struct made m;
    struct attest_piece_facts f;
    struct err e;
    (void)state;
    make(&m);
    const struct attest_policy p = {.roots = &m.anchor, .root_count = 1};
    const struct attest_piece list = {ATTEST_PIECE_PCK_CRL, m.c.pck_crl, BYTES_EMPTY,
                                      m.c.pck_crl_issuer_chain};
    assert_int_equal(attest_piece_accept(&f, &arena, &list, NOW, &p, &attest_openssl, &e), ATTEST_VERIFIED);
    assert_true(f.valid_until == NOW + 86400 && f.issued == NOW - 86400);
    m.anchor.not_after = NOW + 5;
    assert_int_equal(attest_piece_accept(&f, &arena, &list, NOW, &p, &attest_openssl, &e), ATTEST_VERIFIED);
    assert_true(f.valid_until == NOW + 5);
    assert_int_equal(attest_piece_accept(&f, &arena, &list, NOW + 6, &p, &attest_openssl, &e),
                     ATTEST_CERT_EXPIRED);
    m.anchor.not_before = NOW + 1;
    assert_int_equal(attest_piece_accept(&f, &arena, &list, NOW, &p, &attest_openssl, &e),
                     ATTEST_CERT_NOT_YET_VALID);
    unmake(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hierarchy_made_here_is_believed_under_its_own_root_only),
        cmocka_unit_test(parts_of_two_trusted_roots_do_not_mix),
        cmocka_unit_test(signers_that_are_no_tcb_signing_certificates_are_refused),
        cmocka_unit_test(lists_are_believed_from_authorities_that_may_issue_them),
        cmocka_unit_test(only_whole_lists_of_one_issuer_are_read),
        cmocka_unit_test(a_list_revokes_the_serials_it_names_and_no_others),
        cmocka_unit_test(a_certificate_behind_a_piece_bounds_its_validity),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, setup, teardown);
}
