/* attest/collateral_test.c — the vendors' real collateral: all of it is believed and read as it is written,
 * and nothing that differs in a byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>
#include <jansson.h>

#include "attest/collateral_test.h"
#include "attest/date.h"
#include "attest/endorsed.h"
#include "attest/quote.h"
#include "attest/tcb.h"
#include "base/hex.h"
#include "base/writer.h"
#include "crypto/hash.h"

static const char sgx_file[] = "sgx/sgx-phala-a067-processor-ca/collateral-2025-06-19-e17-v3.json";
static const char tdx_file[] = "tdx/tdx-phala-b0c06f-uptodate/collateral-2026-03-01-e18-v3.json";
enum { JUNE_2025 = 1751328000, MARCH_2026 = 1773600000 };

static struct arena arena;
static const struct attest_policy vendor = {.roots = attest_vendor_roots, .root_count = ATTEST_VENDOR_ROOTS};

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

/* In an arena that gives no more than what the header says. */
static enum attest_class endorse(const struct attest_endorsements **out, struct arena *a,
                                 const struct attest_collateral *c, struct err *e)
{
    arena_fini(a);
    arena_init(a, &arena_heap, ATTEST_ENDORSE_ARENA);
    return attest_endorse(out, a, c, &vendor, &attest_openssl, e);
}

static enum attest_class verdict(const struct attest_collateral *c)
{
    const struct attest_endorsements *en = NULL;
    struct arena a;
    struct err e = {0};

    arena_init(&a, &arena_heap, ATTEST_ENDORSE_ARENA);
    enum attest_class got = endorse(&en, &a, c, &e);
    assert_true((got == ATTEST_VERIFIED) == (en != NULL));
    if (got != ATTEST_VERIFIED)
        assert_int_equal(strncmp(e.msg, attest_class_name(got), strlen(attest_class_name(got))), 0);
    arena_fini(&a);
    return got;
}

/* --- what was read against a second reader --- */

static void same_hex(const json_t *o, const char *key, const uint8_t *got, size_t len)
{
    uint8_t want[64];
    const char *s = json_string_value(json_object_get(o, key));
    assert_non_null(s);
    assert_true(hex_decode_into(want, len, bytes_of_str(s)));
    assert_memory_equal(want, got, len);
}

static void same_int(const json_t *o, const char *key, uint64_t got)
{
    const json_t *v = json_object_get(o, key);
    assert_true(json_is_integer(v));
    assert_int_equal(json_integer_value(v), got);
}

/* The C library's calendar as the second one. */
static void same_date(const json_t *o, const char *key, uint64_t got)
{
    char back[32];
    time_t t = (time_t)got;
    struct tm tm;
    assert_non_null(gmtime_r(&t, &tm));
    assert_int_equal(strftime(back, sizeof back, "%Y-%m-%dT%H:%M:%SZ", &tm), 20);
    assert_string_equal(back, json_string_value(json_object_get(o, key)));
}

static void same_verdict(const json_t *level, const struct tcb_verdict *v)
{
    const json_t *list = json_object_get(level, "advisoryIDs");
    assert_string_equal(json_string_value(json_object_get(level, "tcbStatus")), attest_tcb_name(v->status));
    same_date(level, "tcbDate", v->date);
    assert_int_equal(json_array_size(list), v->advisory_count);
    for (uint32_t i = 0; i < v->advisory_count; i++)
        assert_true(bytes_eq(bytes_of_str(json_string_value(json_array_get(list, i))), v->advisories[i]));
}

static void same_isv_levels(const json_t *list, const struct isv_level *levels, uint32_t count)
{
    assert_int_equal(json_array_size(list), count);
    for (uint32_t i = 0; i < count; i++) {
        same_int(json_object_get(json_array_get(list, i), "tcb"), "isvsvn", levels[i].isv_svn);
        same_verdict(json_array_get(list, i), &levels[i].verdict);
    }
}

static void same_components(const json_t *list, const uint8_t got[16])
{
    assert_int_equal(json_array_size(list), 16);
    for (size_t i = 0; i < 16; i++)
        same_int(json_array_get(list, i), "svn", got[i]);
}

static void same_level(const json_t *level, const struct tcb_info *t, const struct tcb_level *got)
{
    const json_t *tcb = json_object_get(level, "tcb");
    same_int(tcb, "pcesvn", got->pce_svn);
    same_verdict(level, &got->verdict);
    for (int i = 0; t->version == 2 && i < 16; i++) {
        char key[32];
        (void)snprintf(key, sizeof key, "sgxtcbcomp%02dsvn", i + 1);
        same_int(tcb, key, got->sgx[i]);
    }
    if (t->version == 3)
        same_components(json_object_get(tcb, "sgxtcbcomponents"), got->sgx);
    if (t->tdx)
        same_components(json_object_get(tcb, "tdxtcbcomponents"), got->tdx);
}

static void same_module(const json_t *o, const struct tdx_module *m)
{
    same_hex(o, "mrsigner", m->mrsigner, 48);
    same_hex(o, "attributes", m->attributes, 8);
    same_hex(o, "attributesMask", m->attributes_mask, 8);
}

static void same_tcb_info(const json_t *o, const struct tcb_info *t)
{
    const json_t *levels = json_object_get(o, "tcbLevels"), *id = json_object_get(o, "id");
    const json_t *modules = json_object_get(o, "tdxModuleIdentities");
    same_int(o, "version", t->version);
    assert_int_equal(t->tdx, id != NULL && strcmp(json_string_value(id), "TDX") == 0);
    same_hex(o, "fmspc", t->fmspc, 6);
    same_hex(o, "pceId", t->pceid, 2);
    same_int(o, "tcbEvaluationDataNumber", t->evaluation);
    same_date(o, "issueDate", t->issued);
    same_date(o, "nextUpdate", t->next_update);
    assert_int_equal(json_array_size(levels), t->level_count);
    for (uint32_t i = 0; i < t->level_count; i++)
        same_level(json_array_get(levels, i), t, &t->levels[i]);
    if (t->tdx)
        same_module(json_object_get(o, "tdxModule"), &t->module);
    assert_int_equal(json_array_size(modules), t->module_count);
    for (uint32_t i = 0; i < t->module_count; i++) {
        const json_t *m = json_array_get(modules, i);
        char name[8];
        (void)snprintf(name, sizeof name, "TDX_%02x", t->modules[i].major);
        assert_string_equal(json_string_value(json_object_get(m, "id")), name);
        same_module(m, &t->modules[i].module);
        same_isv_levels(json_object_get(m, "tcbLevels"), t->modules[i].levels, t->modules[i].level_count);
    }
}

static void same_qe_identity(const json_t *o, const struct qe_identity *q)
{
    assert_string_equal(json_string_value(json_object_get(o, "id")), q->tdx ? "TD_QE" : "QE");
    same_int(o, "tcbEvaluationDataNumber", q->evaluation);
    same_int(o, "isvprodid", q->isv_prod_id);
    same_date(o, "issueDate", q->issued);
    same_date(o, "nextUpdate", q->next_update);
    same_hex(o, "miscselect", q->misc_select, 4);
    same_hex(o, "miscselectMask", q->misc_select_mask, 4);
    same_hex(o, "attributes", q->attributes, 16);
    same_hex(o, "attributesMask", q->attributes_mask, 16);
    same_hex(o, "mrsigner", q->mrsigner, 32);
    same_isv_levels(json_object_get(o, "tcbLevels"), q->levels, q->level_count);
}

static json_t *inner(const json_t *file, const char *key)
{
    json_t *o = json_loads(json_string_value(json_object_get(file, key)), JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(o);
    return o;
}

static void check_file(const char *name)
{
    const struct attest_endorsements *en = NULL, *plain = NULL;
    struct arena a;
    struct err e = {0};
    json_t *file;

    arena_init(&a, &arena_heap, 8 << 20);
    const struct attest_collateral c = vector_collateral(&a, name, &file);
    if (attest_endorse(&en, &a, &c, &vendor, &attest_openssl, &e) != ATTEST_VERIFIED ||
        attest_endorse(&plain, &a, &c, &vendor, &attest_plain, &e) != ATTEST_VERIFIED)
        fail_msg("%s: %s", name, e.msg);
    assert_true(en->intel && !en->amd && en->intel_root == 0 && plain->intel_root == 0);
    assert_int_equal(en->tcb_info.level_count, plain->tcb_info.level_count);
    json_t *tcb = inner(file, "tcb_info"), *qe = inner(file, "qe_identity");
    same_tcb_info(tcb, &en->tcb_info);
    same_qe_identity(qe, &en->qe_identity);
    json_decref(tcb);
    json_decref(qe);
    json_decref(file);
    arena_fini(&a);
}

static void all_real_collateral_is_endorsed_and_read_as_a_second_reader_reads_it(void **state)
{
    (void)state;
    assert_true(vector_collateral_each(check_file) >= 40);
}

/* --- what differs is refused --- */

static enum attest_class accept(struct attest_piece_facts *f, const struct attest_piece *p, uint64_t now)
{
    struct arena a;
    struct err e;
    arena_init(&a, &arena_heap, ATTEST_ENDORSE_ARENA);
    enum attest_class c = attest_piece_accept(f, &a, p, now, &vendor, &attest_openssl, &e);
    arena_fini(&a);
    return c;
}

static void pieces_of(struct attest_piece out[4], const struct attest_collateral *c)
{
    out[0] = (struct attest_piece){ATTEST_PIECE_TCB_INFO, c->tcb_info, c->tcb_info_signature,
                                   c->tcb_info_issuer_chain};
    out[1] = (struct attest_piece){ATTEST_PIECE_QE_IDENTITY, c->qe_identity, c->qe_identity_signature,
                                   c->qe_identity_issuer_chain};
    out[2] = (struct attest_piece){ATTEST_PIECE_ROOT_CRL, c->root_ca_crl, BYTES_EMPTY, BYTES_EMPTY};
    out[3] = (struct attest_piece){ATTEST_PIECE_PCK_CRL, c->pck_crl, BYTES_EMPTY, c->pck_crl_issuer_chain};
}

/* `part` is one of the piece's. Copies have their exact size, so that sanitizers see an overread. */
static void refuses_every_flip(struct attest_piece *p, struct bytes *part, uint64_t now,
                               enum attest_class want, enum attest_class want2)
{
    struct bytes whole = *part;
    struct attest_piece_facts f;
    uint8_t *copy = test_malloc(whole.len);

    assert_int_equal(accept(&f, p, now), ATTEST_VERIFIED);
    for (size_t i = 0; i < whole.len; i++) {
        memcpy(copy, whole.p, whole.len);
        copy[i] ^= (uint8_t)(1u << i % 8);
        *part = bytes_of(copy, whole.len);
        enum attest_class got = accept(&f, p, now);
        if (got != want && got != want2)
            fail_msg("byte %zu: %s", i, attest_class_name(got));
    }
    test_free(copy);
    *part = bytes_of(whole.p, whole.len - 1);
    assert_int_not_equal(accept(&f, p, now), ATTEST_VERIFIED);
    *part = whole;
}

static void every_flipped_byte_of_a_document_a_list_or_a_signature_is_refused(void **state)
{
    struct attest_piece p[4];
    (void)state;
    struct attest_collateral c = vector_collateral(&arena, sgx_file, NULL);
    pieces_of(p, &c);
    refuses_every_flip(&p[0], &p[0].signature, JUNE_2025, ATTEST_TCB_INFO_SIGNATURE,
                       ATTEST_TCB_INFO_SIGNATURE);
    refuses_every_flip(&p[1], &p[1].document, JUNE_2025, ATTEST_QE_IDENTITY_SIGNATURE,
                       ATTEST_QE_IDENTITY_SIGNATURE);
    refuses_every_flip(&p[1], &p[1].signature, JUNE_2025, ATTEST_QE_IDENTITY_SIGNATURE,
                       ATTEST_QE_IDENTITY_SIGNATURE);
    refuses_every_flip(&p[2], &p[2].document, JUNE_2025, ATTEST_CRL_SIGNATURE, ATTEST_CRL_FORMAT);
    refuses_every_flip(&p[3], &p[3].document, JUNE_2025, ATTEST_CRL_SIGNATURE, ATTEST_CRL_FORMAT);
    c = vector_collateral(&arena, tdx_file, NULL);
    pieces_of(p, &c);
    refuses_every_flip(&p[0], &p[0].document, MARCH_2026, ATTEST_TCB_INFO_SIGNATURE,
                       ATTEST_TCB_INFO_SIGNATURE);
}

static void chains_are_never_believed_with_a_changed_certificate(void **state)
{
    const struct attest_collateral c = vector_collateral(&arena, sgx_file, NULL);
    struct attest_piece_facts f;
    struct attest_piece p[4];
    (void)state;
    pieces_of(p, &c);
    struct bytes whole = p[0].issuer_chain;
    uint8_t *copy = test_malloc(whole.len);
    size_t signer_end = (size_t)((const uint8_t *)memmem(whole.p, whole.len, "-----END", 8) - whole.p);
    for (size_t i = 0; i < whole.len; i++) {
        memcpy(copy, whole.p, whole.len);
        copy[i] = copy[i] == 'A' ? 'B' : 'A';
        p[0].issuer_chain = bytes_of(copy, whole.len);
        enum attest_class got = accept(&f, &p[0], JUNE_2025);
        /* the embedded root does not count, once it is no block any more or differs in its dates only */
        if (got != ATTEST_TCB_INFO_CHAIN && (i < signer_end || got != ATTEST_VERIFIED))
            fail_msg("character %zu: %s", i, attest_class_name(got));
    }
    test_free(copy);
}

static void a_missing_part_is_named(void **state)
{
    static const struct {
        size_t at;
        enum attest_class want;
    } parts[] = {
        {offsetof(struct attest_collateral, root_ca_crl), ATTEST_CRL_MISSING},
        {offsetof(struct attest_collateral, pck_crl), ATTEST_CRL_MISSING},
        {offsetof(struct attest_collateral, pck_crl_issuer_chain), ATTEST_COLLATERAL_MISSING},
        {offsetof(struct attest_collateral, tcb_info), ATTEST_COLLATERAL_MISSING},
        {offsetof(struct attest_collateral, tcb_info_signature), ATTEST_COLLATERAL_MISSING},
        {offsetof(struct attest_collateral, tcb_info_issuer_chain), ATTEST_COLLATERAL_MISSING},
        {offsetof(struct attest_collateral, qe_identity), ATTEST_COLLATERAL_MISSING},
        {offsetof(struct attest_collateral, qe_identity_signature), ATTEST_COLLATERAL_MISSING},
        {offsetof(struct attest_collateral, qe_identity_issuer_chain), ATTEST_COLLATERAL_MISSING},
    };
    const struct attest_collateral whole = vector_collateral(&arena, sgx_file, NULL);
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        struct attest_collateral c = whole;
        memset((uint8_t *)&c + parts[i].at, 0, sizeof(struct bytes));
        assert_int_equal(verdict(&c), parts[i].want);
    }
}

static void collateral_without_any_part_endorses_nothing(void **state)
{
    const struct attest_collateral none = {.pck_chain = BYTES_LIT("of the evidence")};
    const struct attest_endorsements *en = NULL;
    struct err e;
    (void)state;
    assert_int_equal(attest_endorse(&en, &arena, &none, &vendor, &attest_openssl, &e), ATTEST_VERIFIED);
    assert_true(!en->intel && !en->amd);
    assert_true(bytes_eq(en->pck_chain, none.pck_chain));
}

/* The PCK chain inside a real quote. */
static struct bytes pck_chain_of(const char *quote)
{
    struct quote q;
    struct err e;
    assert_int_equal(quote_read(&q, vector_file(&arena, quote), true, &e), ATTEST_VERIFIED);
    return arena_dup(&arena, q.cert_data);
}

static void only_a_tcb_signing_certificate_may_sign_documents(void **state)
{
    const struct attest_collateral good = vector_collateral(&arena, sgx_file, NULL);
    const struct bytes pck = pck_chain_of("sgx/sgx-phala-a067-processor-ca/quote.bin");
    const struct bytes roots_only = bytes_from(
        good.tcb_info_issuer_chain,
        (size_t)((const uint8_t *)memmem(good.tcb_info_issuer_chain.p, good.tcb_info_issuer_chain.len,
                                         "-----END CERTIFICATE-----", 25) -
                 good.tcb_info_issuer_chain.p + 25));
    const struct bytes wrong[] = {good.pck_crl_issuer_chain, pck, roots_only, BYTES_LIT("no certificate")};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct attest_collateral c = good;
        c.tcb_info_issuer_chain = wrong[i];
        assert_int_equal(verdict(&c), ATTEST_TCB_INFO_CHAIN);
        c = good;
        c.qe_identity_issuer_chain = wrong[i];
        assert_int_equal(verdict(&c), ATTEST_QE_IDENTITY_CHAIN);
        if (i == 0)
            continue;
        c = good;
        c.pck_crl_issuer_chain = wrong[i];
        assert_int_equal(verdict(&c), ATTEST_PCK_CHAIN_UNTRUSTED);
    }
    struct attest_collateral c = good;
    c.pck_crl_issuer_chain = good.tcb_info_issuer_chain;
    assert_int_equal(verdict(&c), ATTEST_CRL_SIGNATURE);
    c.pck_crl_issuer_chain = vector_collateral(&arena, tdx_file, NULL).pck_crl_issuer_chain;
    assert_int_equal(verdict(&c), ATTEST_CRL_SIGNATURE);
    c = good;
    c.pck_crl = good.root_ca_crl;
    assert_int_equal(verdict(&c), ATTEST_CRL_SIGNATURE);
    c = good;
    c.root_ca_crl = good.pck_crl;
    assert_int_equal(verdict(&c), ATTEST_CRL_SIGNATURE);
}

static void signatures_are_of_64_bytes_and_over_the_text_as_it_came(void **state)
{
    const struct attest_collateral good = vector_collateral(&arena, sgx_file, NULL);
    struct attest_collateral c = good;
    (void)state;
    c.tcb_info_signature.len = 63;
    assert_int_equal(verdict(&c), ATTEST_TCB_INFO_SIGNATURE);
    c = good;
    c.qe_identity_signature.len = 1;
    assert_int_equal(verdict(&c), ATTEST_QE_IDENTITY_SIGNATURE);
    c = good;
    c.tcb_info_signature = good.qe_identity_signature;
    assert_int_equal(verdict(&c), ATTEST_TCB_INFO_SIGNATURE);
    c = good;
    c.tcb_info = arena_dup(&arena, bytes_of(arena_fmt(&arena, " "), 1));
    assert_int_equal(verdict(&c), ATTEST_TCB_INFO_SIGNATURE); /* and not TCB_INFO_FORMAT: never parsed */
    struct writer w = writer_in(&arena, 1 << 20);
    put_text(&w, " ");
    put_bytes(&w, good.tcb_info);
    c.tcb_info = writer_bytes(&w);
    assert_int_equal(verdict(&c), ATTEST_TCB_INFO_SIGNATURE);
    uint8_t *big = arena_alloc(&arena, COLLATERAL_TEXT_MAX + 1);
    c.tcb_info = bytes_of(big, COLLATERAL_TEXT_MAX + 1);
    assert_int_equal(verdict(&c), ATTEST_TCB_INFO_SIGNATURE);
    /* a QE identity signed by the right hand is still no TCB info */
    c = good;
    c.tcb_info = good.qe_identity;
    c.tcb_info_signature = good.qe_identity_signature;
    assert_int_equal(verdict(&c), ATTEST_TCB_INFO_FORMAT);
}

static void a_root_that_is_not_pinned_is_not_believed_whatever_its_name(void **state)
{
    const struct attest_collateral c = vector_collateral(&arena, sgx_file, NULL);
    const struct attest_endorsements *en = NULL;
    struct attest_root other;
    struct err e = {0};
    (void)state;
    assert_int_equal(attest_root_from_cert(&other,
                                           vector_file(&arena, "roots/untrusted_preproduction_root.der"),
                                           ATTEST_ROOT_VENDOR, &e),
                     ERR_OK);
    struct attest_policy p = {.roots = &other, .root_count = 1};
    assert_int_equal(attest_endorse(&en, &arena, &c, &p, &attest_openssl, &e), ATTEST_PCK_CHAIN_UNTRUSTED);
    p.root_count = 0;
    assert_int_equal(attest_endorse(&en, &arena, &c, &p, &attest_openssl, &e), ATTEST_PCK_CHAIN_UNTRUSTED);
    assert_null(en);
}

/* --- pieces --- */

static void each_kind_of_piece_is_accepted_with_the_key_a_store_finds_it_by(void **state)
{
    static const uint8_t fmspc[7] = {0, 0x00, 0xa0, 0x67, 0x11, 0x00, 0x00};
    const struct attest_collateral c = vector_collateral(&arena, sgx_file, NULL);
    struct attest_piece_facts f;
    struct attest_piece p[4];
    uint8_t hash[32];
    uint64_t issued, until;
    struct crl list;
    struct err e;
    (void)state;
    pieces_of(p, &c);
    assert_int_equal(date_read(&issued, BYTES_LIT("2025-06-19T10:56:11Z"), &e), ERR_OK);
    assert_int_equal(date_read(&until, BYTES_LIT("2025-07-19T10:56:11Z"), &e), ERR_OK);
    assert_int_equal(accept(&f, &p[0], JUNE_2025), ATTEST_VERIFIED);
    assert_true(f.root_index == 0 && f.key_len == 7 && f.evaluation == 17);
    assert_memory_equal(f.key, fmspc, 7);
    assert_true(f.issued == issued && f.valid_until == until);

    assert_int_equal(accept(&f, &p[1], JUNE_2025), ATTEST_VERIFIED);
    assert_true(f.key_len == 1 && f.key[0] == 0 && f.evaluation == 17);
    assert_int_equal(accept(&f, &p[2], JUNE_2025), ATTEST_VERIFIED);
    assert_true(f.key_len == 0 && f.evaluation == 0);
    assert_int_equal(accept(&f, &p[3], JUNE_2025), ATTEST_VERIFIED);
    assert_int_equal(crl_read(&list, c.pck_crl, &e), ERR_OK);
    sha256(hash, list.issuer);
    assert_int_equal(f.key_len, 16);
    assert_memory_equal(f.key, hash, 16);
    assert_true(f.issued == list.this_update && f.valid_until == list.next_update);

    const struct attest_collateral t = vector_collateral(&arena, tdx_file, NULL);
    pieces_of(p, &t);
    assert_int_equal(accept(&f, &p[0], MARCH_2026), ATTEST_VERIFIED);
    assert_true(f.key[0] == 1 && f.evaluation == 18);
    assert_int_equal(accept(&f, &p[1], MARCH_2026), ATTEST_VERIFIED);
    assert_int_equal(f.key[0], 1);
}

static void a_piece_is_accepted_from_its_first_second_to_its_last(void **state)
{
    static const enum attest_class early[4] = {ATTEST_TCB_INFO_NOT_YET_VALID,
                                               ATTEST_QE_IDENTITY_NOT_YET_VALID, ATTEST_CRL_NOT_YET_VALID,
                                               ATTEST_CRL_NOT_YET_VALID};
    static const enum attest_class late[4] = {ATTEST_TCB_INFO_EXPIRED, ATTEST_QE_IDENTITY_EXPIRED,
                                              ATTEST_CRL_EXPIRED, ATTEST_CRL_EXPIRED};
    const struct attest_collateral c = vector_collateral(&arena, sgx_file, NULL);
    struct attest_piece p[4];
    (void)state;
    pieces_of(p, &c);
    for (int i = 0; i < 4; i++) {
        struct attest_piece_facts f, g;
        assert_int_equal(accept(&f, &p[i], JUNE_2025), ATTEST_VERIFIED);
        assert_int_equal(accept(&g, &p[i], f.issued), ATTEST_VERIFIED);
        assert_int_equal(accept(&g, &p[i], f.valid_until), ATTEST_VERIFIED);
        assert_int_equal(accept(&g, &p[i], f.issued - 1), early[i]);
        assert_int_equal(accept(&g, &p[i], f.valid_until + 1), late[i]);
        assert_int_equal(accept(&g, &p[i], 1), ATTEST_CERT_NOT_YET_VALID);
        assert_int_equal(accept(&g, &p[i], UINT64_MAX), ATTEST_CERT_EXPIRED);
    }
}

static void a_piece_has_exactly_the_parts_of_its_kind(void **state)
{
    const struct attest_collateral c = vector_collateral(&arena, sgx_file, NULL);
    struct attest_piece p[4], one;
    struct attest_piece_facts f;
    (void)state;
    pieces_of(p, &c);
    one = p[2];
    one.signature = c.tcb_info_signature;
    assert_int_equal(accept(&f, &one, JUNE_2025), ATTEST_FORMAT);
    one = p[2];
    one.issuer_chain = c.pck_crl_issuer_chain;
    assert_int_equal(accept(&f, &one, JUNE_2025), ATTEST_FORMAT);
    one = p[0];
    one.kind = (enum attest_piece_kind)6;
    assert_int_equal(accept(&f, &one, JUNE_2025), ATTEST_FORMAT);
    one = p[0];
    one.signature = BYTES_EMPTY;
    assert_int_equal(accept(&f, &one, JUNE_2025), ATTEST_COLLATERAL_MISSING);
    one = p[3];
    one.document = BYTES_EMPTY;
    assert_int_equal(accept(&f, &one, JUNE_2025), ATTEST_CRL_MISSING);
    one = p[0];
    one.kind = ATTEST_PIECE_QE_IDENTITY;
    assert_int_equal(accept(&f, &one, JUNE_2025), ATTEST_QE_IDENTITY_FORMAT);
}

static void accepted_pieces_join_to_the_same_endorsements(void **state)
{
    const struct attest_collateral c = vector_collateral(&arena, tdx_file, NULL);
    const struct attest_endorsements *whole = NULL, *joined = NULL;
    struct attest_piece p[6];
    struct err e;
    (void)state;
    pieces_of(p, &c);
    assert_int_equal(attest_endorse(&whole, &arena, &c, &vendor, &attest_openssl, &e), ATTEST_VERIFIED);
    assert_int_equal(attest_endorse_accepted(&joined, &arena, p, 4, 0, &vendor, &e), ATTEST_VERIFIED);
    assert_true(joined->intel && !joined->amd && joined->intel_root == 0);
    assert_memory_equal(joined->tcb_info.fmspc, whole->tcb_info.fmspc, 6);
    assert_int_equal(joined->tcb_info.level_count, whole->tcb_info.level_count);
    assert_int_equal(joined->qe_identity.next_update, whole->qe_identity.next_update);
    assert_true(bytes_eq(joined->tcb_signer.public_key, whole->tcb_signer.public_key));
    assert_true(bytes_eq(joined->pck_crl_issuer.subject, whole->pck_crl_issuer.subject));
    assert_true(bytes_eq(joined->root_crl.tbs, whole->root_crl.tbs));

    for (uint32_t without = 0; without < 4; without++) {
        struct attest_piece three[3];
        for (uint32_t i = 0, n = 0; i < 4; i++) {
            if (i != without)
                three[n++] = p[i];
        }
        assert_int_equal(attest_endorse_accepted(&joined, &arena, three, 3, 0, &vendor, &e),
                         without < 2 ? ATTEST_COLLATERAL_MISSING : ATTEST_CRL_MISSING);
    }
    p[4] = p[0];
    assert_int_equal(attest_endorse_accepted(&joined, &arena, p, 5, 0, &vendor, &e), ATTEST_FORMAT);
    assert_int_equal(attest_endorse_accepted(&joined, &arena, p, 4, 1, &vendor, &e), ATTEST_FORMAT);
    assert_int_equal(attest_endorse_accepted(&joined, &arena, p, 4, 9, &vendor, &e),
                     ATTEST_TRUST_ROOT_NOT_ALLOWED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_real_collateral_is_endorsed_and_read_as_a_second_reader_reads_it),
        cmocka_unit_test(every_flipped_byte_of_a_document_a_list_or_a_signature_is_refused),
        cmocka_unit_test(chains_are_never_believed_with_a_changed_certificate),
        cmocka_unit_test(a_missing_part_is_named),
        cmocka_unit_test(collateral_without_any_part_endorses_nothing),
        cmocka_unit_test(only_a_tcb_signing_certificate_may_sign_documents),
        cmocka_unit_test(signatures_are_of_64_bytes_and_over_the_text_as_it_came),
        cmocka_unit_test(a_root_that_is_not_pinned_is_not_believed_whatever_its_name),
        cmocka_unit_test(each_kind_of_piece_is_accepted_with_the_key_a_store_finds_it_by),
        cmocka_unit_test(a_piece_is_accepted_from_its_first_second_to_its_last),
        cmocka_unit_test(a_piece_has_exactly_the_parts_of_its_kind),
        cmocka_unit_test(accepted_pieces_join_to_the_same_endorsements),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, setup, teardown);
}
