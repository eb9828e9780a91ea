/* attest/gather_test.c — a store gives what real evidence is judged by, and nothing else. */
#include "attest/gather.h"
#include "attest/snp.h"
#include "attest/vectors_support_test.h"
#include "base/writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TDX_FOLDER "tdx/tdx-google-v5-uptodate/"
#define SNP_FOLDER "snp/snp-veraison-genoa-v3-tsm/"

struct entry {
    struct attest_piece piece;
    uint8_t key[16];
    size_t key_len;
};
struct shelf {
    struct arena arena;
    struct entry v[8];
    uint32_t count;
    enum attest_root_label label;
    uint32_t without; /* this kind is not there */
};

static bool shelf_find(void *ctx, struct attest_piece *out, enum attest_root_label label,
                       enum attest_piece_kind kind, struct bytes key)
{
    const struct shelf *s = ctx;

    for (uint32_t i = 0; i < s->count; i++) {
        const struct entry *one = &s->v[i];
        if (label != s->label || one->piece.kind != kind || kind == (enum attest_piece_kind)s->without ||
            !bytes_eq(key, bytes_of(one->key, one->key_len)))
            continue;
        *out = one->piece;
        return true;
    }
    return false;
}

static const struct attest_policy vendor = {.roots = attest_vendor_roots, .root_count = ATTEST_VENDOR_ROOTS};

static int set_up(void **state)
{
    static struct shelf s;

    s = (struct shelf){.label = ATTEST_ROOT_VENDOR, .without = UINT32_MAX};
    arena_init(&s.arena, &arena_heap, VECTORS_ARENA);
    *state = &s;
    return 0;
}

static int tear_down(void **state)
{
    struct shelf *s = *state;

    arena_fini(&s->arena);
    return 0;
}

/* The pieces of a collateral file under the keys a store has them by. */
static void fill(struct shelf *s, struct attest_collateral *c, const char *name, uint64_t now)
{
    struct attest_piece pieces[ATTEST_PIECES_MAX];
    struct attest_piece_facts f;
    struct err e;
    json_t *file = vectors_collateral_json(name);

    vectors_collateral(c, &s->arena, file);
    json_decref(file);
    uint32_t n = attest_collateral_pieces(pieces, c);
    for (uint32_t i = 0; i < n; i++) {
        if (attest_piece_accept(&f, &s->arena, &pieces[i], now, &vendor, &attest_plain, &e) !=
            ATTEST_VERIFIED)
            fail_msg("%s", e.msg);
        struct entry *one = &s->v[s->count++];
        *one = (struct entry){.piece = pieces[i], .key_len = f.key_len};
        memcpy(one->key, f.key, f.key_len);
    }
}

static enum attest_class gather(struct shelf *s, struct attest_gathered *out, struct bytes evidence,
                                enum attest_form form)
{
    const struct attest_store store = {.ctx = s, .find = shelf_find};
    struct err e;

    return attest_gather(out, &s->arena, &store, evidence, form, &vendor, &e);
}

static void the_four_pieces_of_a_quotes_platform_are_found_and_join_to_its_collateral(void **state)
{
    struct shelf *s = *state;
    struct attest_collateral whole, joined;
    struct attest_gathered g;
    struct bytes quote = vectors_load(&s->arena, TDX_FOLDER "quote.bin");

    fill(s, &whole, TDX_FOLDER "collateral-2026-02-01-e18-v3.json", vectors_time("2026-02-25T00:00:00Z"));
    assert_int_equal(gather(s, &g, quote, ATTEST_FORM_QUOTE), ATTEST_VERIFIED);
    assert_true(g.count == 4 && g.root_index == 0);
    attest_collateral_join(&joined, g.v, g.count);
    assert_true(bytes_eq(joined.tcb_info, whole.tcb_info) && bytes_eq(joined.qe_identity, whole.qe_identity));
    assert_true(bytes_eq(joined.tcb_info_signature, whole.tcb_info_signature) &&
                bytes_eq(joined.qe_identity_signature, whole.qe_identity_signature));
    assert_true(bytes_eq(joined.root_ca_crl, whole.root_ca_crl) && bytes_eq(joined.pck_crl, whole.pck_crl));
    assert_true(bytes_eq(joined.tcb_info_issuer_chain, whole.tcb_info_issuer_chain) &&
                bytes_eq(joined.qe_identity_issuer_chain, whole.qe_identity_issuer_chain) &&
                bytes_eq(joined.pck_crl_issuer_chain, whole.pck_crl_issuer_chain));
    assert_true(joined.snp_intermediate.len == 0 && joined.snp_crl.len == 0 && joined.pck_chain.len == 0);
    for (s->without = 0; s->without < 4; s->without++)
        assert_int_equal(gather(s, &g, quote, ATTEST_FORM_QUOTE), ATTEST_COLLATERAL_MISSING);
}

static void what_a_development_root_signed_does_not_stand_in_for_a_vendors(void **state)
{
    struct shelf *s = *state;
    struct attest_collateral whole;
    struct attest_gathered g;
    struct bytes quote = vectors_load(&s->arena, TDX_FOLDER "quote.bin");

    fill(s, &whole, TDX_FOLDER "collateral-2026-02-01-e18-v3.json", vectors_time("2026-02-25T00:00:00Z"));
    s->label = ATTEST_ROOT_DEVELOPMENT;
    assert_int_equal(gather(s, &g, quote, ATTEST_FORM_QUOTE), ATTEST_COLLATERAL_MISSING);
}

static void evidence_that_names_no_known_platform_is_refused(void **state)
{
    struct shelf *s = *state;
    struct attest_gathered g;
    struct bytes quote = vectors_load(&s->arena, TDX_FOLDER "quote.bin");
    const struct attest_policy nobody = {0};
    const struct attest_store store = {.ctx = s, .find = shelf_find};
    struct err e;

    assert_int_equal(gather(s, &g, BYTES_EMPTY, ATTEST_FORM_QUOTE), ATTEST_FORMAT);
    assert_int_equal(gather(s, &g, bytes_of(quote.p, quote.len / 2), ATTEST_FORM_QUOTE), ATTEST_FORMAT);
    assert_int_equal(attest_gather(&g, &s->arena, &store, quote, ATTEST_FORM_QUOTE, &nobody, &e),
                     ATTEST_FORMAT);
    assert_int_equal(g.count, 0);
}

static void a_reports_table_leads_to_the_intermediate_of_its_product(void **state)
{
    struct shelf *s = *state;
    struct attest_gathered g;
    struct bytes report = vectors_load(&s->arena, SNP_FOLDER "outblob.bin");
    struct writer w = writer_in(&s->arena, VECTORS_FILE_MAX);

    put_bytes(&w, report);
    put_bytes(&w, vectors_load(&s->arena, SNP_FOLDER "auxblob.bin"));
    struct bytes evidence = writer_bytes(&w);
    assert_int_equal(gather(s, &g, evidence, ATTEST_FORM_SNP), ATTEST_VERIFIED);
    assert_int_equal(g.count, 0);
    /* the key of another product does not make its intermediate the leaf's */
    s->v[0] = (struct entry){.piece = {.kind = ATTEST_PIECE_AMD_CA,
                                       .document = vectors_load(&s->arena, "roots/amd/milan/ask.der")},
                             .key = {ATTEST_SNP_MILAN, 0},
                             .key_len = 2};
    s->v[1] = (struct entry){.piece = {.kind = ATTEST_PIECE_AMD_CA,
                                       .document = vectors_load(&s->arena, "roots/amd/genoa/ask.der")},
                             .key = {ATTEST_SNP_GENOA, 0},
                             .key_len = 2};
    s->count = 1;
    assert_int_equal(gather(s, &g, evidence, ATTEST_FORM_SNP), ATTEST_VERIFIED);
    assert_int_equal(g.count, 0);
    s->count = 2;
    assert_int_equal(gather(s, &g, evidence, ATTEST_FORM_SNP), ATTEST_VERIFIED);
    assert_int_equal(g.count, 1);
    assert_int_equal(attest_vendor_roots[g.root_index].product, ATTEST_SNP_GENOA);
    assert_true(bytes_eq(g.v[0].document, s->v[1].piece.document));
    assert_int_equal(gather(s, &g, report, ATTEST_FORM_SNP), ATTEST_VERIFIED);
    assert_int_equal(g.count, 0); /* without a table nothing names an issuer */
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_four_pieces_of_a_quotes_platform_are_found_and_join_to_its_collateral),
        TEST(what_a_development_root_signed_does_not_stand_in_for_a_vendors),
        TEST(evidence_that_names_no_known_platform_is_refused),
        TEST(a_reports_table_leads_to_the_intermediate_of_its_product),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
