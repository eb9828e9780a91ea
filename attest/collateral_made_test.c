/* attest/collateral_made_test.c — what the vendors' own collateral cannot show: hierarchies made here, whose
 * keys are known, with signers, authorities and revocation lists that must not be believed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <openssl/ec.h>

#include "attest/collateral_test.h"
#include "attest/endorsed.h"
#include "attest/made_test.h"

enum { NOW = MADE_NOW };
#define TCB_SIGNER "Test SGX TCB Signing"

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

/* --- an Intel-like hierarchy --- */

struct made {
    struct authority root, ca, signer;
    struct bytes root_der;
    struct attest_root anchor;
    struct attest_collateral c;
};

static void sign_documents(struct made *m, EVP_PKEY *key, struct bytes signer_der)
{
    m->c.tcb_info_issuer_chain = m->c.qe_identity_issuer_chain = pem_of(&arena, signer_der, m->root_der);
    m->c.tcb_info_signature = sign_text(&arena, key, m->c.tcb_info);
    m->c.qe_identity_signature = sign_text(&arena, key, m->c.qe_identity);
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
    m->root_der = make_cert(&arena, &m->root, 1, "critical,CA:TRUE,pathlen:1", MADE_USAGE_CA);
    assert_int_equal(attest_root_from_cert(&m->anchor, m->root_der, ATTEST_ROOT_DEVELOPMENT, &e), ERR_OK);
    m->c.tcb_info = real.tcb_info;
    m->c.qe_identity = real.qe_identity;
    m->c.root_ca_crl = make_list(&arena, &m->root, 0, 0, LIST_GOOD);
    m->c.pck_crl = make_list(&arena, &m->ca, 100, 3, LIST_GOOD);
    m->c.pck_crl_issuer_chain = pem_of(
        &arena, make_cert(&arena, &m->ca, 2, "critical,CA:TRUE,pathlen:0", MADE_USAGE_CA), m->root_der);
    sign_documents(m, m->signer.key,
                   make_cert(&arena, &m->signer, 3, "critical,CA:FALSE", MADE_USAGE_SIGNER));
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
        {TCB_SIGNER, "critical,CA:FALSE", MADE_USAGE_SIGNER, false, ATTEST_VERIFIED},
        {"Test SGX PCK Certificate", "critical,CA:FALSE", MADE_USAGE_SIGNER, false, ATTEST_TCB_INFO_CHAIN},
        {"Test sgx tcb signing", "critical,CA:FALSE", MADE_USAGE_SIGNER, false, ATTEST_TCB_INFO_CHAIN},
        {TCB_SIGNER, "critical,CA:TRUE", MADE_USAGE_SIGNER, false, ATTEST_TCB_INFO_CHAIN},
        {TCB_SIGNER, NULL, MADE_USAGE_SIGNER, false, ATTEST_TCB_INFO_CHAIN},
        {TCB_SIGNER, "critical,CA:FALSE", NULL, false, ATTEST_TCB_INFO_CHAIN},
        {TCB_SIGNER, "critical,CA:FALSE", "critical,keyAgreement", false, ATTEST_TCB_INFO_CHAIN},
        {TCB_SIGNER, "critical,CA:FALSE", MADE_USAGE_SIGNER, true, ATTEST_TCB_INFO_CHAIN},
    };
    struct made m;
    (void)state;
    make(&m);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        m.signer.name = kinds[i].name;
        m.signer.issuer = kinds[i].by_ca ? &m.ca : &m.root;
        sign_documents(&m, m.signer.key,
                       make_cert(&arena, &m.signer, 3, kinds[i].constraints, kinds[i].usage));
        assert_int_equal(judged(&m.c, &m.anchor, 1), kinds[i].want);
    }
    /* the root itself, and a signer whose certificate another key signed in the root's name */
    sign_documents(&m, m.root.key, m.root_der);
    assert_int_equal(judged(&m.c, &m.anchor, 1), ATTEST_TCB_INFO_CHAIN);
    const struct authority forger = {m.root.name, m.ca.key, NULL};
    m.signer.name = TCB_SIGNER;
    m.signer.issuer = &forger;
    sign_documents(&m, m.signer.key, make_cert(&arena, &m.signer, 3, "critical,CA:FALSE", MADE_USAGE_SIGNER));
    assert_int_equal(judged(&m.c, &m.anchor, 1), ATTEST_TCB_INFO_CHAIN);
    /* a genuine signer beside an embedded root with the right name and another key */
    m.signer.issuer = &m.root;
    struct bytes signer = make_cert(&arena, &m.signer, 3, "critical,CA:FALSE", MADE_USAGE_SIGNER);
    sign_documents(&m, m.signer.key, signer);
    assert_int_equal(judged(&m.c, &m.anchor, 1), ATTEST_VERIFIED);
    m.c.tcb_info_issuer_chain =
        pem_of(&arena, signer, make_cert(&arena, &forger, 1, "critical,CA:TRUE,pathlen:1", MADE_USAGE_CA));
    assert_int_equal(judged(&m.c, &m.anchor, 1), ATTEST_TCB_INFO_CHAIN);
    /* without any root, and in the other order, it is still the same signer */
    m.c.tcb_info_issuer_chain = pem_of(&arena, signer, BYTES_EMPTY);
    assert_int_equal(judged(&m.c, &m.anchor, 1), ATTEST_VERIFIED);
    m.c.tcb_info_issuer_chain = pem_of(&arena, m.root_der, signer);
    assert_int_equal(judged(&m.c, &m.anchor, 1), ATTEST_VERIFIED);
    unmake(&m);
}

static void lists_are_believed_from_authorities_that_may_issue_them(void **state)
{
    static const struct {
        const char *constraints, *usage;
    } kinds[] = {
        {"critical,CA:FALSE", MADE_USAGE_SIGNER},
        {NULL, MADE_USAGE_CA},
        {"critical,CA:TRUE,pathlen:0", "critical,keyCertSign"},
        {"critical,CA:TRUE,pathlen:0", "critical,cRLSign"},
        {"critical,CA:TRUE,pathlen:0", NULL},
    };
    struct made m;
    (void)state;
    make(&m);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        m.c.pck_crl_issuer_chain =
            pem_of(&arena, make_cert(&arena, &m.ca, 2, kinds[i].constraints, kinds[i].usage), m.root_der);
        assert_int_equal(judged(&m.c, &m.anchor, 1), ATTEST_CRL_SIGNATURE);
    }
    m.c.pck_crl_issuer_chain =
        pem_of(&arena, make_cert(&arena, &m.ca, 2, "critical,CA:TRUE,pathlen:0", MADE_USAGE_CA), m.root_der);
    assert_int_equal(judged(&m.c, &m.anchor, 1), ATTEST_VERIFIED);
    const struct authority forger = {m.ca.name, m.signer.key, NULL};
    m.c.pck_crl = make_list(&arena, &forger, 0, 0, LIST_GOOD);
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
        m.c.pck_crl = make_list(&arena, &m.ca, 5, 1, flaws[i].flaw);
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
    assert_int_equal(crl_read(&l, make_list(&arena, &m.ca, 120, 500, LIST_GOOD), &e), ERR_OK);
    for (long serial = 0; serial < 1000; serial++)
        assert_int_equal(revokes(&l, serial), serial >= 120 && serial < 620);
    assert_true(l.this_update == NOW - MADE_DAY && l.next_update == NOW + MADE_DAY);
    assert_int_equal(crl_read(&l, make_list(&arena, &m.ca, 0, 0, LIST_GOOD), &e), ERR_OK);
    assert_false(revokes(&l, 0));
    assert_int_equal(crl_read(&l, make_list(&arena, &m.ca, 0x7fffff00, 1, LIST_GOOD), &e), ERR_OK);
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
    assert_true(f.valid_until == NOW + MADE_DAY && f.issued == NOW - MADE_DAY);
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
