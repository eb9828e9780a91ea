/* attest/collateral_amd_test.c — AMD's chains: the real ones of three product lines, and one made here, whose
 * key is known, for what has no public sample: revocation lists.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "attest/collateral_test.h"
#include "attest/endorsed.h"
#include "attest/made_test.h"

enum { NOW = MADE_NOW };

static struct arena arena;
static EVP_PKEY *rsa; /* one key for all authorities: making one takes a second */
static const struct attest_policy vendor = {.roots = attest_vendor_roots, .root_count = ATTEST_VENDOR_ROOTS};

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, &arena_heap, 64 << 20);
    rsa = EVP_RSA_gen(4096);
    return rsa == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    EVP_PKEY_free(rsa);
    arena_fini(&arena);
    return 0;
}

static enum attest_class judged(const struct attest_endorsements **out, const struct attest_collateral *c,
                                const struct attest_policy *p)
{
    struct err e;
    enum attest_class plain = attest_endorse(out, &arena, c, p, &attest_plain, &e);
    *out = NULL;
    enum attest_class got = attest_endorse(out, &arena, c, p, &attest_openssl, &e);
    assert_int_equal(plain, got);
    return got;
}

static struct attest_collateral real(const char *leaf, const char *intermediate)
{
    return (struct attest_collateral){.snp_leaf = vector_file(&arena, leaf),
                                      .snp_intermediate = vector_file(&arena, intermediate)};
}

static void real_chains_of_three_product_lines_are_endorsed(void **state)
{
    static const struct {
        const char *leaf, *intermediate;
        enum attest_snp_product product;
    } chains[] = {
        {"snp/snp-trustee-milan-v2/vcek.der", "roots/amd/milan/ask.der", ATTEST_SNP_MILAN},
        {"snp/snp-trustee-milan-v3-vlek/vlek.der", "roots/amd/milan/asvk.der", ATTEST_SNP_MILAN},
        {"snp/snp-lunal-genoa-v5/vcek.der", "roots/amd/genoa/ask.der", ATTEST_SNP_GENOA},
        {"snp/snp-microsoft-turin-v5/vcek.der", "roots/amd/turin/ask.der", ATTEST_SNP_TURIN},
    };
    const struct attest_endorsements *en;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(chains); i++) {
        struct attest_collateral c = real(chains[i].leaf, chains[i].intermediate);
        assert_int_equal(judged(&en, &c, &vendor), ATTEST_VERIFIED);
        assert_true(en->amd && !en->intel && en->has_amd_leaf && !en->has_amd_crl);
        assert_int_equal(vendor.roots[en->amd_root].product, chains[i].product);
        c.snp_leaf = BYTES_EMPTY;
        assert_int_equal(judged(&en, &c, &vendor), ATTEST_VERIFIED);
        assert_false(en->has_amd_leaf);
    }
}

static void chains_with_another_link_are_refused(void **state)
{
    const struct attest_collateral good =
        real("snp/snp-trustee-milan-v2/vcek.der", "roots/amd/milan/ask.der");
    static const char *const others[] = {"roots/amd/milan/asvk.der", "roots/amd/genoa/ask.der",
                                         "roots/amd/milan/ark.der"};
    const struct attest_endorsements *en;
    struct attest_collateral c = good;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        c.snp_intermediate = vector_file(&arena, others[i]);
        assert_int_equal(judged(&en, &c, &vendor), ATTEST_SNP_CHAIN_UNTRUSTED);
    }
    c.snp_intermediate = BYTES_LIT("no certificate");
    assert_int_equal(judged(&en, &c, &vendor), ATTEST_SNP_CHAIN_UNTRUSTED);
    c = good;
    c.snp_intermediate = BYTES_EMPTY;
    assert_int_equal(judged(&en, &c, &vendor), ATTEST_COLLATERAL_MISSING);
    c = good;
    c.snp_leaf = good.snp_intermediate;
    assert_int_equal(judged(&en, &c, &vendor), ATTEST_SNP_CHAIN_UNTRUSTED);
    const struct attest_policy intel = {.roots = attest_vendor_roots, .root_count = 1};
    assert_int_equal(judged(&en, &good, &intel), ATTEST_SNP_CHAIN_UNTRUSTED);
    struct bytes *parts[2] = {&c.snp_leaf, &c.snp_intermediate};
    for (int i = 0; i < 2; i++) {
        c = good;
        uint8_t *copy = arena_alloc(&arena, parts[i]->len);
        memcpy(copy, parts[i]->p, parts[i]->len);
        copy[parts[i]->len - 1] ^= 1;
        *parts[i] = bytes_of(copy, parts[i]->len);
        assert_int_equal(judged(&en, &c, &vendor), ATTEST_SNP_CHAIN_SIGNATURE);
    }
}

/* A root, an intermediate and a list of a product line, made here. */
struct made {
    struct authority root, ca;
    struct attest_root anchor;
    struct attest_collateral c;
};

static void make(struct made *m, const char *ca_name, const char *constraints)
{
    struct err e;
    memset(m, 0, sizeof *m);
    m->root = (struct authority){"Test ARK-Milan", rsa, NULL};
    m->ca = (struct authority){ca_name, rsa, &m->root};
    struct bytes der = make_cert(&arena, &m->root, 1, "critical,CA:TRUE", MADE_USAGE_CA);
    assert_int_equal(attest_root_from_cert(&m->anchor, der, ATTEST_ROOT_DEVELOPMENT, &e), ERR_OK);
    m->c.snp_intermediate = make_cert(&arena, &m->ca, 2, constraints, MADE_USAGE_CA);
    m->c.snp_crl = make_list(&arena, &m->root, 2, 1, LIST_GOOD);
}

static void an_intermediate_has_the_name_of_its_product_line(void **state)
{
    static const struct {
        const char *name, *constraints;
        enum attest_class want;
    } kinds[] = {
        {"Test SEV-Milan", "critical,CA:TRUE,pathlen:0", ATTEST_VERIFIED},
        {"Test SEV-VLEK-Milan", "critical,CA:TRUE,pathlen:0", ATTEST_VERIFIED},
        {"Test SEV-Genoa", "critical,CA:TRUE,pathlen:0", ATTEST_SNP_CHAIN_UNTRUSTED},
        {"SEV-Milan-B0", "critical,CA:TRUE,pathlen:0", ATTEST_SNP_CHAIN_UNTRUSTED},
        {"Milan", "critical,CA:TRUE,pathlen:0", ATTEST_SNP_CHAIN_UNTRUSTED},
        {"Test SEV-Milan", "critical,CA:FALSE", ATTEST_SNP_CHAIN_UNTRUSTED},
    };
    const struct attest_endorsements *en;
    struct made m;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        make(&m, kinds[i].name, kinds[i].constraints);
        const struct attest_policy p = {.roots = &m.anchor, .root_count = 1};
        assert_int_equal(judged(&en, &m.c, &p), kinds[i].want);
        assert_int_equal(judged(&en, &m.c, &vendor), ATTEST_SNP_CHAIN_UNTRUSTED);
    }
}

static void the_roots_list_is_read_and_only_the_roots(void **state)
{
    const struct attest_endorsements *en;
    struct made m;
    (void)state;
    make(&m, "SEV-Milan", "critical,CA:TRUE,pathlen:0");
    const struct attest_policy p = {.roots = &m.anchor, .root_count = 1};
    assert_int_equal(judged(&en, &m.c, &p), ATTEST_VERIFIED);
    assert_true(en->has_amd_crl && crl_revokes(&en->amd_crl, en->amd_intermediate.serial));
    m.c.snp_crl = make_list(&arena, &m.root, 3, 1, LIST_GOOD);
    assert_int_equal(judged(&en, &m.c, &p), ATTEST_VERIFIED);
    assert_false(crl_revokes(&en->amd_crl, en->amd_intermediate.serial));
    m.c.snp_crl = make_list(&arena, &m.ca, 0, 0, LIST_GOOD);
    assert_int_equal(judged(&en, &m.c, &p), ATTEST_CRL_SIGNATURE);
    const struct authority forger = {m.root.name, EVP_EC_gen("P-256"), NULL};
    m.c.snp_crl = make_list(&arena, &forger, 0, 0, LIST_GOOD);
    assert_int_equal(judged(&en, &m.c, &p), ATTEST_CRL_SIGNATURE);
    EVP_PKEY_free(forger.key);
    m.c.snp_crl = BYTES_LIT("-----BEGIN X509 CRL-----");
    assert_int_equal(judged(&en, &m.c, &p), ATTEST_CRL_FORMAT);
}

static void amd_pieces_are_accepted_joined_and_keyed_by_product(void **state)
{
    const struct attest_endorsements *en;
    struct attest_piece_facts f;
    struct made m;
    struct err e;
    (void)state;
    make(&m, "SEV-VLEK-Milan", "critical,CA:TRUE,pathlen:0");
    const struct attest_root roots[2] = {attest_vendor_roots[0], m.anchor};
    const struct attest_policy p = {.roots = roots, .root_count = 2};
    const struct attest_piece pieces[2] = {{.kind = ATTEST_PIECE_AMD_CA, .document = m.c.snp_intermediate},
                                           {.kind = ATTEST_PIECE_AMD_CRL, .document = m.c.snp_crl}};
    assert_int_equal(attest_piece_accept(&f, &arena, &pieces[0], NOW, &p, &attest_openssl, &e),
                     ATTEST_VERIFIED);
    assert_true(f.root_index == 1 && f.key_len == 2 && f.key[0] == ATTEST_SNP_MILAN && f.key[1] == 1);
    assert_true(f.issued == NOW - MADE_YEAR && f.valid_until == NOW + MADE_YEAR);
    assert_int_equal(
        attest_piece_accept(&f, &arena, &pieces[0], NOW + MADE_YEAR + 1, &p, &attest_openssl, &e),
        ATTEST_SNP_CERT_EXPIRED);
    assert_int_equal(attest_piece_accept(&f, &arena, &pieces[1], NOW, &p, &attest_openssl, &e),
                     ATTEST_VERIFIED);
    assert_true(f.root_index == 1 && f.key_len == 1 && f.key[0] == ATTEST_SNP_MILAN);
    assert_true(f.issued == NOW - MADE_DAY && f.valid_until == NOW + MADE_DAY);
    assert_int_equal(attest_endorse_accepted(&en, &arena, pieces, 2, 1, &p, &e), ATTEST_VERIFIED);
    assert_true(en->amd && en->amd_root == 1 && en->has_amd_crl && !en->has_amd_leaf);
    assert_int_equal(attest_endorse_accepted(&en, &arena, pieces, 1, 1, &p, &e), ATTEST_VERIFIED);
    assert_false(en->has_amd_crl);
    assert_int_equal(attest_endorse_accepted(&en, &arena, pieces + 1, 1, 1, &p, &e),
                     ATTEST_COLLATERAL_MISSING);
    assert_int_equal(attest_endorse_accepted(&en, &arena, pieces, 2, 0, &p, &e), ATTEST_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_chains_of_three_product_lines_are_endorsed),
        cmocka_unit_test(chains_with_another_link_are_refused),
        cmocka_unit_test(an_intermediate_has_the_name_of_its_product_line),
        cmocka_unit_test(the_roots_list_is_read_and_only_the_roots),
        cmocka_unit_test(amd_pieces_are_accepted_joined_and_keyed_by_product),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, setup, teardown);
}
