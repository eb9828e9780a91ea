/* attest/quote_test.c — what real quotes alone do not show: waivers, roots, forms of certification data,
 * bodies no sample has, and endorsements that turn bad. */
#include "attest/appraise_test.h"
#include "attest/chain.h"
#include "attest/endorsed.h"
#include "attest/pem.h"
#include "attest/quote.h"
#include "attest/vectors_test.h"
#include "base/writer.h"
#include "crypto/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SGX_CASE "sgx-phala-a067-processor-ca"
#define TDX_CASE "tdx-openenclave-v5-relaunch"

/* A genuine quote with its genuine endorsements, which tests may change. */
struct world {
    struct arena arena;
    json_t *manifest;
    struct vectors_subject subject;
    struct attest_endorsements endorsed;
    struct attest_policy policy;
};

static void world_init(struct world *w, const char *name)
{
    struct err e;
    const struct attest_endorsements *endorsed;
    memset(w, 0, sizeof *w);
    arena_init(&w->arena, &arena_heap, VECTORS_ARENA);
    w->manifest = vectors_manifest();
    const json_t *one = vectors_case(w->manifest, name);
    const json_t *ev = json_array_get(json_object_get(one, "evaluations"), 0);
    vectors_subject_load(&w->subject, &w->arena, w->manifest, one, ev, "quote");
    assert_int_equal(vectors_endorse(&endorsed, &w->arena, &w->subject, &attest_openssl, &e),
                     ATTEST_VERIFIED);
    w->endorsed = *endorsed;
    w->policy = vectors_policy(&w->subject);
}

static void world_fini(struct world *w)
{
    vectors_subject_free(&w->subject);
    json_decref(w->manifest);
    arena_fini(&w->arena);
}

static enum attest_class judge_with(struct world *w, struct attest_claims *c, struct bytes quote,
                                    const struct attest_primitives *crypto)
{
    struct err e;
    const struct attest_input in = {
        .evidence = vectors_exact(quote), .endorsements = &w->endorsed, .now = w->subject.now};
    enum attest_class got = attest_quote_verify(c, &in, &w->policy, crypto, &e);
    test_free((void *)(uintptr_t)in.evidence.p);
    return got;
}

static enum attest_class judge(struct world *w)
{
    struct attest_claims c;
    return judge_with(w, &c, w->subject.evidence, &attest_openssl);
}

static bool any_signature(const uint8_t public_key[64], const uint8_t hash[32], const uint8_t sig[64])
{
    (void)public_key;
    (void)hash;
    (void)sig;
    return true;
}

/* For layouts that no vendor's key signed yet. */
static const struct attest_primitives blind = {
    .sha256 = sha256, .sha384 = sha384, .p256_verify = any_signature};

static void both_editions_of_the_root_and_the_built_in_one_are_the_same_anchor(void **state)
{
    struct attest_root a, b, other;
    struct arena arena;
    json_t *m = vectors_manifest();
    (void)state;
    arena_init(&arena, &arena_heap, VECTORS_ARENA);
    vectors_root(&a, &arena, m, "intel_sgx_root_ca");
    vectors_root(&b, &arena, m, "intel_sgx_root_ca_2033");
    vectors_root(&other, &arena, m, "untrusted_preproduction_root");
    assert_true(bytes_eq(a.public_key, b.public_key));
    assert_true(bytes_eq(a.public_key, attest_vendor_roots[0].public_key));
    assert_true(bytes_eq(a.subject, b.subject) && bytes_eq(a.subject, attest_vendor_roots[0].subject));
    assert_int_equal(a.not_before, attest_vendor_roots[0].not_before);
    assert_int_equal(a.not_after, attest_vendor_roots[0].not_after);
    assert_true(bytes_eq(a.subject, other.subject)); /* the trap: same name */
    assert_false(bytes_eq(a.public_key, other.public_key));
    arena_fini(&arena);
    json_decref(m);
}

static void a_zeroed_policy_refuses_and_every_waiver_is_needed(void **state)
{
    struct world w;
    struct attest_claims c;
    struct attest_policy p = {0};
    struct err e;
    uint8_t data[64];
    (void)state;
    world_init(&w, SGX_CASE);
    struct bytes quote = w.subject.evidence;
    const uint64_t now = w.subject.now;
    memcpy(data, quote.p + 48 + SGX_REPORT_DATA_AT, 64);
    assert_int_equal(appraise_bare(&c, quote, now, &p, data, &attest_plain, &e), ATTEST_COLLATERAL_MISSING);
    p.without_collateral = true;
    assert_int_equal(appraise_bare(&c, quote, now, &p, data, &attest_plain, &e), ATTEST_PCK_CHAIN_UNTRUSTED);
    p.roots = attest_vendor_roots;
    p.root_count = ATTEST_VENDOR_ROOTS;
    assert_int_equal(appraise_bare(&c, quote, now, &p, data, &attest_plain, &e),
                     ATTEST_TCB_STATUS_NOT_ALLOWED);
    p.tcb_allowed = ATTEST_TCB_BIT(ATTEST_TCB_NOT_EVALUATED);
    assert_int_equal(appraise_bare(&c, quote, now, &p, data, &attest_plain, &e), ATTEST_MEASUREMENT_MISMATCH);
    const struct attest_measurement allowed = {.kind = ATTEST_MEASURE_SGX,
                                               .value = bytes_of(quote.p + 48 + 64, 32)};
    p.measurements = &allowed;
    p.measurement_count = 1;
    assert_int_equal(appraise_bare(&c, quote, now, &p, data, &attest_plain, &e), ATTEST_VERIFIED);
    assert_int_equal(c.root_label, ATTEST_ROOT_VENDOR);
    data[63] ^= 1; /* the last byte counts too */
    assert_int_equal(appraise_bare(&c, quote, now, &p, data, &attest_plain, &e), ATTEST_REPORT_DATA_MISMATCH);
    world_fini(&w);
}

static void a_tail_is_refused_unless_it_is_zero_and_allowed(void **state)
{
    struct world w;
    struct attest_claims c;
    (void)state;
    world_init(&w, SGX_CASE);
    struct bytes quote = w.subject.evidence;
    uint8_t *longer = arena_alloc(&w.arena, quote.len + 10);
    memcpy(longer, quote.p, quote.len);
    w.policy.zero_tail = false;
    assert_int_equal(judge_with(&w, &c, bytes_of(longer, quote.len + 10), &attest_openssl), ATTEST_FORMAT);
    w.policy.zero_tail = true;
    assert_int_equal(judge_with(&w, &c, bytes_of(longer, quote.len + 10), &attest_openssl), ATTEST_VERIFIED);
    assert_int_equal(c.declared_length, quote.len);
    longer[quote.len + 9] = 1;
    assert_int_equal(judge_with(&w, &c, bytes_of(longer, quote.len + 10), &attest_openssl), ATTEST_FORMAT);
    world_fini(&w);
}

static void collateral_that_is_given_is_judged_even_when_it_is_waived(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, SGX_CASE);
    w.policy.without_collateral = true;
    assert_int_equal(judge(&w), ATTEST_VERIFIED);
    w.subject.now = w.endorsed.tcb_info.issued - 1;
    assert_int_not_equal(judge(&w), ATTEST_VERIFIED);
    world_fini(&w);
}

static void report_data_is_found_without_verifying(void **state)
{
    static const struct {
        const char *name;
        size_t at;
    } cases[] = {{SGX_CASE, 48 + 320}, {TDX_CASE, 54 + 520}, {"tdx-phala-b0c06f-uptodate", 48 + 520}};
    uint8_t got[64], hash[32], want[32];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct world w;
        struct quote q;
        struct err e;
        world_init(&w, cases[i].name);
        struct bytes quote = w.subject.evidence;
        assert_true(attest_peek_report_data(got, quote, ATTEST_FORM_DETECT));
        assert_memory_equal(got, quote.p + cases[i].at, 64);
        assert_false(attest_peek_report_data(got, quote, ATTEST_FORM_SNP));
        assert_int_equal(quote_read(&q, quote, true, &e), ATTEST_VERIFIED);
        assert_true(attest_peek_signed_hash(hash, quote, ATTEST_FORM_DETECT));
        blake2_256(want, q.signed_part);
        assert_memory_equal(hash, want, sizeof hash);
        quote.len = q.declared_length - 1;
        assert_false(attest_peek_report_data(got, quote, ATTEST_FORM_QUOTE));
        assert_false(attest_peek_signed_hash(hash, quote, ATTEST_FORM_QUOTE));
        world_fini(&w);
    }
}

/* --- endorsements that turn bad --- */

/* One entry of a revocation list. */
static struct bytes revoking(struct arena *a, struct bytes serial)
{
    struct writer w = writer_in(a, 64);
    put_u8(&w, 0x30);
    put_u8(&w, (uint8_t)(serial.len + 2 + 15));
    put_u8(&w, 0x02);
    put_u8(&w, (uint8_t)serial.len);
    put_bytes(&w, serial);
    put_u8(&w, 0x17);
    put_u8(&w, 13);
    put_text(&w, "250101000000Z");
    return writer_bytes(&w);
}

static struct bytes leaf_serial(struct world *w)
{
    struct quote q;
    struct err e;
    struct chain *chain = arena_new(&w->arena, struct chain);
    struct writer der = writer_fixed(arena_alloc(&w->arena, CHAIN_DER_MAX), CHAIN_DER_MAX);
    assert_int_equal(quote_read(&q, w->subject.evidence, true, &e), ATTEST_VERIFIED);
    assert_int_equal(chain_read(chain, &der, q.cert_data, &e), ERR_OK);
    return chain_leaf(chain)->serial;
}

static void everybody_on_a_revocation_list_is_refused(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, SGX_CASE);
    struct attest_endorsements good = w.endorsed;
    assert_int_equal(judge(&w), ATTEST_VERIFIED);
    w.endorsed.pck_crl.revoked = revoking(&w.arena, leaf_serial(&w));
    assert_int_equal(judge(&w), ATTEST_CERT_REVOKED);
    /* vendors sign both documents with one certificate, and its authority made the list: told apart here */
    const struct bytes on_root_list[] = {good.pck_crl_issuer.serial, good.tcb_signer.serial,
                                         BYTES_LIT("\x01 the other signer"),
                                         BYTES_LIT("\x02 the other edition")};
    good.qe_signer.serial = on_root_list[2];
    good.pck_crl_issuer.serial =
        on_root_list[3]; /* and the first is now that of the quote's own chain alone */
    for (size_t i = 0; i < ARRAY_LEN(on_root_list); i++) {
        w.endorsed = good;
        w.endorsed.root_crl.revoked = revoking(&w.arena, on_root_list[i]);
        assert_int_equal(judge(&w), ATTEST_CERT_REVOKED);
        w.endorsed.root_crl.revoked = revoking(&w.arena, leaf_serial(&w)); /* not its list */
        assert_int_equal(judge(&w), ATTEST_VERIFIED);
    }
    world_fini(&w);
}

static void collateral_of_another_root_or_authority_is_refused(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, SGX_CASE);
    struct attest_endorsements good = w.endorsed;
    w.endorsed.intel_root = 1;
    assert_int_equal(judge(&w), ATTEST_TCB_INFO_CHAIN);
    w.endorsed = good;
    w.endorsed.intel_root_key = good.tcb_signer.public_key;
    assert_int_equal(judge(&w), ATTEST_TCB_INFO_CHAIN);
    w.endorsed = good;
    w.endorsed.pck_crl.issuer = good.root_crl.issuer;
    assert_int_equal(judge(&w), ATTEST_CRL_MISSING);
    w.endorsed = good;
    w.endorsed.pck_crl_issuer.public_key = good.tcb_signer.public_key;
    assert_int_equal(judge(&w), ATTEST_VERIFIED); /* the list is the intermediate's own */
    w.endorsed.pck_crl.tbs = good.root_crl.tbs;
    assert_int_equal(judge(&w), ATTEST_CRL_SIGNATURE);
    world_fini(&w);
}

static void collateral_about_something_else_is_refused(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, SGX_CASE);
    struct attest_endorsements good = w.endorsed;
    w.endorsed.tcb_info.tdx = true;
    assert_int_equal(judge(&w), ATTEST_TCB_INFO_MISMATCH);
    w.endorsed = good;
    w.endorsed.tcb_info.fmspc[5] ^= 1;
    assert_int_equal(judge(&w), ATTEST_TCB_INFO_MISMATCH);
    w.endorsed = good;
    w.endorsed.tcb_info.pceid[1] ^= 1;
    assert_int_equal(judge(&w), ATTEST_TCB_INFO_MISMATCH);
    w.endorsed = good;
    w.endorsed.qe_identity.tdx = true;
    assert_int_equal(judge(&w), ATTEST_QE_IDENTITY_MISMATCH);
    w.endorsed = good;
    w.endorsed.qe_identity.attributes[0] |= 2; /* what a debug enclave would have */
    assert_int_equal(judge(&w), ATTEST_QE_IDENTITY_MISMATCH);
    w.endorsed = good;
    w.endorsed.qe_identity.mrsigner[31] ^= 1;
    assert_int_equal(judge(&w), ATTEST_QE_IDENTITY_MISMATCH);
    w.endorsed = good;
    w.endorsed.qe_identity.isv_prod_id++;
    assert_int_equal(judge(&w), ATTEST_QE_IDENTITY_MISMATCH);
    w.endorsed = good;
    w.endorsed.qe_identity.misc_select[3] ^= 1;
    assert_int_equal(judge(&w), ATTEST_QE_IDENTITY_MISMATCH);
    w.endorsed = good;
    w.endorsed.qe_identity.level_count = 0;
    assert_int_equal(judge(&w), ATTEST_TCB_NOT_SUPPORTED);
    world_fini(&w);
}

static void every_date_counts_at_both_ends(void **state)
{
    struct world w;
    (void)state;
    world_init(&w, SGX_CASE);
    struct attest_endorsements good = w.endorsed;
    const struct {
        uint64_t *begin, *end;
        enum attest_class early, late;
    } dates[] = {
        {&w.endorsed.root_crl.this_update, &w.endorsed.root_crl.next_update, ATTEST_CRL_NOT_YET_VALID,
         ATTEST_CRL_EXPIRED},
        {&w.endorsed.pck_crl.this_update, &w.endorsed.pck_crl.next_update, ATTEST_CRL_NOT_YET_VALID,
         ATTEST_CRL_EXPIRED},
        {&w.endorsed.pck_crl_issuer.not_before, &w.endorsed.pck_crl_issuer.not_after,
         ATTEST_CERT_NOT_YET_VALID, ATTEST_CERT_EXPIRED},
        {&w.endorsed.tcb_signer.not_before, &w.endorsed.tcb_signer.not_after, ATTEST_CERT_NOT_YET_VALID,
         ATTEST_CERT_EXPIRED},
        {&w.endorsed.qe_signer.not_before, &w.endorsed.qe_signer.not_after, ATTEST_CERT_NOT_YET_VALID,
         ATTEST_CERT_EXPIRED},
        {&w.endorsed.tcb_info.issued, &w.endorsed.tcb_info.next_update, ATTEST_TCB_INFO_NOT_YET_VALID,
         ATTEST_TCB_INFO_EXPIRED},
        {&w.endorsed.qe_identity.issued, &w.endorsed.qe_identity.next_update,
         ATTEST_QE_IDENTITY_NOT_YET_VALID, ATTEST_QE_IDENTITY_EXPIRED},
    };
    for (size_t i = 0; i < ARRAY_LEN(dates); i++) {
        w.endorsed = good;
        *dates[i].begin = *dates[i].end = w.subject.now;
        assert_int_equal(judge(&w), ATTEST_VERIFIED);
        *dates[i].begin = w.subject.now + 1;
        assert_int_equal(judge(&w), dates[i].early);
        *dates[i].begin = 0;
        *dates[i].end = w.subject.now - 1;
        assert_int_equal(judge(&w), dates[i].late);
    }
    world_fini(&w);
}

/* --- other forms of certification data: nothing signs them, so genuine quotes can be rewritten --- */

/* The same quote with other certification data. */
static struct bytes with_cert_data(struct world *w, uint16_t type, struct bytes data)
{
    struct quote q;
    struct err e;
    struct writer out = writer_in(&w->arena, SGX_QUOTE_MAX);
    assert_int_equal(quote_read(&q, w->subject.evidence, true, &e), ATTEST_VERIFIED);
    assert_int_equal(q.version, 3);
    put_bytes(&out, q.signed_part);
    put_u32(&out, (uint32_t)(64 + 64 + 384 + 64 + 2 + q.auth_data.len + 2 + 4 + data.len));
    put_bytes(&out, q.signature);
    put_bytes(&out, q.attestation_key);
    put_bytes(&out, q.qe_report);
    put_bytes(&out, q.qe_signature);
    put_u16(&out, (uint16_t)q.auth_data.len);
    put_bytes(&out, q.auth_data);
    put_u16(&out, type);
    put_u32(&out, (uint32_t)data.len);
    put_bytes(&out, data);
    return writer_bytes(&out);
}

static struct bytes ppid_data(struct world *w, const struct attest_platform *p, size_t ppid_len)
{
    struct writer out = writer_in(&w->arena, 512);
    for (size_t i = 0; i < ppid_len; i++)
        put_u8(&out, i < sizeof p->ppid ? p->ppid[i] : 0);
    put_mem(&out, p->cpu_svn, sizeof p->cpu_svn);
    put_u16(&out, p->pce_svn);
    put_mem(&out, p->pceid, sizeof p->pceid);
    return writer_bytes(&out);
}

static void quotes_that_only_name_their_platform_need_its_chain_beside_them(void **state)
{
    static const size_t ppid_lens[] = {0, 16, 256, 384};
    struct world w;
    struct attest_claims c;
    struct quote q;
    struct err e;
    (void)state;
    world_init(&w, SGX_CASE);
    assert_int_equal(judge_with(&w, &c, w.subject.evidence, &attest_openssl), ATTEST_VERIFIED);
    const struct attest_platform platform = c.platform;
    assert_int_equal(quote_read(&q, w.subject.evidence, true, &e), ATTEST_VERIFIED);
    for (uint16_t type = 1; type <= 3; type++) {
        struct bytes data = ppid_data(&w, &platform, ppid_lens[type]);
        w.endorsed.pck_chain = BYTES_EMPTY;
        assert_int_equal(judge_with(&w, &c, with_cert_data(&w, type, data), &attest_openssl),
                         ATTEST_UNSUPPORTED_CERT_DATA);
        w.endorsed.pck_chain = q.cert_data;
        assert_int_equal(judge_with(&w, &c, with_cert_data(&w, type, data), &attest_openssl),
                         ATTEST_VERIFIED);
        data.len--;
        assert_int_equal(judge_with(&w, &c, with_cert_data(&w, type, data), &attest_openssl),
                         ATTEST_PCK_CHAIN_UNTRUSTED);
        /* only in clear can another PPID be told */
        struct attest_platform neighbour = platform;
        neighbour.ppid[15] ^= 1;
        data = ppid_data(&w, &neighbour, ppid_lens[type]);
        assert_int_equal(judge_with(&w, &c, with_cert_data(&w, type, data), &attest_openssl),
                         type == 1 ? ATTEST_PCK_CHAIN_UNTRUSTED : ATTEST_VERIFIED);
        for (size_t member = 0; member < 3; member++) { /* another CPUSVN, PCESVN, PCEID */
            struct attest_platform other = platform;
            other.cpu_svn[0] ^= member == 0;
            other.pce_svn ^= member == 1;
            other.pceid[0] ^= member == 2;
            data = ppid_data(&w, &other, ppid_lens[type]);
            assert_int_equal(judge_with(&w, &c, with_cert_data(&w, type, data), &attest_openssl),
                             ATTEST_PCK_CHAIN_UNTRUSTED);
        }
    }
    world_fini(&w);
}

static void a_quote_with_its_leaf_alone_takes_the_rest_of_the_chain_from_beside(void **state)
{
    struct world w;
    struct attest_claims c;
    struct quote q;
    struct err e;
    (void)state;
    world_init(&w, SGX_CASE);
    assert_int_equal(quote_read(&q, w.subject.evidence, true, &e), ATTEST_VERIFIED);
    struct bytes rest = q.cert_data, der;
    struct writer scratch = writer_in(&w.arena, SGX_QUOTE_MAX);
    assert_int_equal(pem_next(&rest, &scratch, &der), PEM_BLOCK); /* the leaf comes first here */
    struct bytes leaf = bytes_of(q.cert_data.p, q.cert_data.len - rest.len);
    assert_int_equal(judge_with(&w, &c, with_cert_data(&w, 4, leaf), &attest_openssl),
                     ATTEST_UNSUPPORTED_CERT_DATA);
    w.endorsed.pck_chain = q.cert_data;
    assert_int_equal(judge_with(&w, &c, with_cert_data(&w, 4, leaf), &attest_openssl), ATTEST_VERIFIED);
    assert_int_equal(judge_with(&w, &c, with_cert_data(&w, 4, rest), &attest_openssl),
                     ATTEST_PCK_CHAIN_UNTRUSTED);
    for (uint16_t type = 6; type <= 8; type++) /* and the rest is never accepted */
        assert_int_equal(judge_with(&w, &c, with_cert_data(&w, type, leaf), &attest_openssl),
                         ATTEST_UNSUPPORTED_CERT_DATA);
    assert_int_equal(judge_with(&w, &c, with_cert_data(&w, 0, leaf), &attest_openssl),
                     ATTEST_UNSUPPORTED_CERT_DATA);
    world_fini(&w);
}

/* --- bodies that no sample has --- */

static struct bytes rewrapped(struct world *w, uint16_t version, uint32_t tee, uint16_t type,
                              struct bytes body)
{
    struct quote q;
    struct err e;
    struct writer out = writer_in(&w->arena, SGX_QUOTE_MAX);
    assert_int_equal(quote_read(&q, w->subject.evidence, true, &e), ATTEST_VERIFIED);
    uint32_t inner = (uint32_t)(384 + 64 + 2 + q.auth_data.len + 2 + 4 + q.cert_data.len);
    put_u16(&out, version);
    put_u16(&out, 2);
    put_u32(&out, tee);
    put_bytes(&out, bytes_of(w->subject.evidence.p + 8, 40));
    if (version == 5) {
        put_u16(&out, type);
        put_u32(&out, (uint32_t)body.len);
    }
    put_bytes(&out, body);
    put_u32(&out, 128 + 6 + inner);
    put_bytes(&out, q.signature);
    put_bytes(&out, q.attestation_key);
    put_u16(&out, 6);
    put_u32(&out, inner);
    put_bytes(&out, q.qe_report);
    put_bytes(&out, q.qe_signature);
    put_u16(&out, (uint16_t)q.auth_data.len);
    put_bytes(&out, q.auth_data);
    put_u16(&out, q.cert_data_type);
    put_u32(&out, (uint32_t)q.cert_data.len);
    put_bytes(&out, q.cert_data);
    return writer_bytes(&out);
}

static void enclaves_speak_through_versions_4_and_5_too(void **state)
{
    struct world w;
    struct attest_claims c;
    (void)state;
    world_init(&w, SGX_CASE);
    struct bytes body = bytes_of(w.subject.evidence.p + 48, 384);
    for (uint16_t version = 4; version <= 5; version++) {
        struct bytes quote = rewrapped(&w, version, 0, 1, body);
        assert_int_equal(judge_with(&w, &c, quote, &blind), ATTEST_VERIFIED);
        assert_int_equal(c.kind, ATTEST_KIND_SGX);
        assert_memory_equal(c.sgx.mrenclave, body.p + 64, 32);
        assert_int_equal(c.tcb, ATTEST_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED);
        assert_int_equal(judge_with(&w, &c, quote, &attest_openssl), ATTEST_QUOTE_SIGNATURE);
        quote = rewrapped(&w, version, 0x81, 1, body); /* a TD's quote with an enclave's body */
        assert_int_equal(judge_with(&w, &c, quote, &blind), ATTEST_FORMAT);
        quote = rewrapped(&w, version, 1, 1, body);
        assert_int_equal(judge_with(&w, &c, quote, &blind), ATTEST_UNSUPPORTED_TEE_TYPE);
    }
    world_fini(&w);
}

static void the_extended_body_of_a_td_is_read_and_other_bodies_are_not(void **state)
{
    struct world w;
    struct attest_claims c;
    uint8_t body[900] = {0};
    (void)state;
    world_init(&w, TDX_CASE);
    memcpy(body, w.subject.evidence.p + 54, 648);
    assert_int_equal(judge_with(&w, &c, rewrapped(&w, 5, 0x81, 4, bytes_of(body, 885)), &blind),
                     ATTEST_VERIFIED);
    assert_int_equal(c.tdx.body_type, 4);
    assert_int_equal(c.tcb, ATTEST_TCB_TD_RELAUNCH_ADVISED);
    assert_int_equal(judge_with(&w, &c, rewrapped(&w, 5, 0x81, 2, bytes_of(body, 584)), &blind),
                     ATTEST_VERIFIED);
    assert_int_equal(c.tcb,
                     ATTEST_TCB_OUT_OF_DATE); /* without the second SVN there is no second evaluation */
    static const struct {
        uint16_t type;
        size_t len;
    } bad[] = {{0, 584}, {1, 384}, {1, 648}, {2, 648}, {3, 584}, {3, 647}, {4, 884}, {4, 886}, {5, 885}};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(
            judge_with(&w, &c, rewrapped(&w, 5, 0x81, bad[i].type, bytes_of(body, bad[i].len)), &blind),
            ATTEST_FORMAT);
    world_fini(&w);
}

static void what_signed_bodies_may_not_contain_is_refused_without_collateral_too(void **state)
{
    struct world w;
    struct attest_claims c;
    uint8_t body[648];
    (void)state;
    world_init(&w, TDX_CASE);
    for (int bare = 0; bare < 2; bare++) {
        w.policy.without_collateral = bare == 1;
        w.endorsed.intel = bare == 0;
        memcpy(body, w.subject.evidence.p + 54, 648);
        body[112] = 1; /* SEAMATTRIBUTES */
        assert_int_equal(judge_with(&w, &c, rewrapped(&w, 5, 0x81, 3, bytes_of(body, 648)), &blind),
                         ATTEST_TDX_MODULE_MISMATCH);
        body[112] = 0;
        body[120] = 4; /* TDATTRIBUTES of the group that makes a TD untrusted */
        assert_int_equal(judge_with(&w, &c, rewrapped(&w, 5, 0x81, 3, bytes_of(body, 648)), &blind),
                         ATTEST_VERIFIED);
        assert_true(c.debug);
    }
    world_fini(&w);
}

/* A copy of the quote with one byte changed, judged as if every signature were good. */
static enum attest_class judge_changed(struct world *w, struct bytes quote, size_t at, uint8_t flip)
{
    struct attest_claims c;
    struct bytes copy = arena_dup(&w->arena, quote);
    ((uint8_t *)(uintptr_t)copy.p)[at] ^= flip;
    return judge_with(w, &c, copy, &blind);
}

static void whoever_signed_only_intels_quoting_enclave_in_production_counts(void **state)
{
    enum { VENDOR = 12, QE_REPORT = 436 + 128, QE_DEBUG = QE_REPORT + 48, QE_DATA = QE_REPORT + 320 };
    struct world w;
    (void)state;
    world_init(&w, SGX_CASE);
    struct bytes quote = w.subject.evidence;
    assert_int_equal(judge_changed(&w, quote, 0, 0), ATTEST_VERIFIED);
    for (size_t i = 0; i < 16; i++)
        assert_int_equal(judge_changed(&w, quote, VENDOR + i, 1), ATTEST_UNKNOWN_QE_VENDOR);
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(judge_changed(&w, quote, QE_DATA + i, 1), ATTEST_QE_REPORT_DATA);
    assert_int_equal(judge_changed(&w, quote, QE_DEBUG, 2), ATTEST_QE_IDENTITY_MISMATCH);
    w.policy.without_collateral = true;
    w.endorsed.intel = false;
    assert_int_equal(judge_changed(&w, quote, 0, 0), ATTEST_VERIFIED);
    assert_int_equal(judge_changed(&w, quote, QE_DEBUG, 2), ATTEST_QE_IDENTITY_MISMATCH);
    world_fini(&w);
}

static void an_enclave_is_initialised_and_its_report_has_no_unknown_bytes(void **state)
{
    static const struct {
        size_t from, to;
    } reserved[] = {{20, 32}, {96, 128}, {160, 192}, {262, 304}};
    struct world w;
    (void)state;
    world_init(&w, SGX_CASE);
    assert_int_equal(judge_changed(&w, w.subject.evidence, 48 + 48, 1), ATTEST_FORMAT);
    for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
        for (size_t at = reserved[i].from; at < reserved[i].to; at++)
            assert_int_equal(judge_changed(&w, w.subject.evidence, 48 + at, 1), ATTEST_FORMAT);
    world_fini(&w);
}

/* Version 4 of the enclave's quote with bytes added inside the layers, whose lengths know of them. */
static struct bytes stretched(struct world *w, uint8_t outer, uint8_t inner)
{
    enum { OUTER = 48 + 384, INNER = OUTER + 4 + 128 + 2 };
    struct bytes quote = rewrapped(w, 4, 0, 1, bytes_of(w->subject.evidence.p + 48, 384));
    struct writer out = writer_in(&w->arena, SGX_QUOTE_MAX);

    put_bytes(&out, bytes_of(quote.p, OUTER));
    put_u32(&out, load_u32le(quote.p + OUTER) + outer + inner);
    put_bytes(&out, bytes_of(quote.p + OUTER + 4, INNER - OUTER - 4));
    put_u32(&out, load_u32le(quote.p + INNER) + inner);
    put_bytes(&out, bytes_from(quote, INNER + 4));
    for (int i = 0; i < outer + inner; i++)
        put_u8(&out, 0);
    return writer_bytes(&out);
}

static void layers_end_where_their_lengths_say(void **state)
{
    struct world w;
    struct attest_claims c;
    (void)state;
    world_init(&w, SGX_CASE);
    assert_int_equal(judge_with(&w, &c, stretched(&w, 0, 0), &blind), ATTEST_VERIFIED);
    assert_int_equal(judge_with(&w, &c, stretched(&w, 1, 0), &blind), ATTEST_FORMAT);
    assert_int_equal(judge_with(&w, &c, stretched(&w, 0, 1), &blind), ATTEST_FORMAT);
    world_fini(&w);
}

static void authentication_data_is_bounded(void **state)
{
    uint8_t data[SGX_AUTH_DATA_MAX + 1] = {0};
    struct world w;
    struct attest_claims c;
    struct quote q;
    struct err e;
    (void)state;
    world_init(&w, SGX_CASE);
    assert_int_equal(quote_read(&q, w.subject.evidence, true, &e), ATTEST_VERIFIED);
    for (size_t len = SGX_AUTH_DATA_MAX; len <= SGX_AUTH_DATA_MAX + 1; len++) {
        struct writer out = writer_in(&w.arena, SGX_QUOTE_MAX);
        put_bytes(&out, q.signed_part);
        put_u32(&out, (uint32_t)(64 + 64 + 384 + 64 + 2 + len + 2 + 4 + q.cert_data.len));
        put_bytes(&out, bytes_of(q.signature.p, 64 + 64 + 384 + 64));
        put_u16(&out, (uint16_t)len);
        put_mem(&out, data, len);
        put_u16(&out, q.cert_data_type);
        put_u32(&out, (uint32_t)q.cert_data.len);
        put_bytes(&out, q.cert_data);
        assert_int_equal(judge_with(&w, &c, writer_bytes(&out), &blind),
                         len > SGX_AUTH_DATA_MAX ? ATTEST_FORMAT : ATTEST_QE_REPORT_DATA);
    }
    world_fini(&w);
}

static void what_nobody_signed_does_not_change_what_replay_protection_sees(void **state)
{
    struct world w;
    struct attest_claims c, other;
    struct quote q;
    struct err e;
    (void)state;
    world_init(&w, SGX_CASE);
    assert_int_equal(judge_with(&w, &c, w.subject.evidence, &attest_openssl), ATTEST_VERIFIED);
    assert_int_equal(quote_read(&q, w.subject.evidence, true, &e), ATTEST_VERIFIED);
    struct writer text = writer_in(&w.arena, SGX_QUOTE_MAX);
    put_text(&text, "another text before the chain\n");
    put_bytes(&text, q.cert_data);
    struct bytes quote = with_cert_data(&w, 5, writer_bytes(&text));
    assert_int_equal(judge_with(&w, &other, quote, &attest_openssl), ATTEST_VERIFIED);
    assert_memory_equal(c.signed_hash, other.signed_hash, 32);
    /* the signature's s as n - s, which is as good, here as any other byte */
    ((uint8_t *)(uintptr_t)quote.p)[436 + 63] ^= 1;
    assert_int_equal(judge_with(&w, &other, quote, &blind), ATTEST_VERIFIED);
    assert_memory_equal(c.signed_hash, other.signed_hash, 32);
    ((uint8_t *)(uintptr_t)quote.p)[48 + 320] ^= 1;
    assert_int_equal(judge_with(&w, &other, quote, &blind), ATTEST_VERIFIED);
    assert_memory_not_equal(c.signed_hash, other.signed_hash, 32);
    world_fini(&w);
}

/* --- the path from the leaf to the root --- */

static void the_dates_of_leaf_and_root_count_without_collateral_too(void **state)
{
    struct world w;
    struct attest_root root;
    (void)state;
    world_init(&w, SGX_CASE);
    const uint64_t now = w.subject.now;
    struct attest_claims c;
    w.policy.without_collateral = true;
    w.endorsed.intel = false;
    assert_int_equal(judge_with(&w, &c, w.subject.evidence, &attest_openssl), ATTEST_VERIFIED);
    w.subject.now = c.valid_until;
    assert_int_equal(judge(&w), ATTEST_VERIFIED);
    w.subject.now++;
    assert_int_equal(judge(&w), ATTEST_CERT_EXPIRED);
    w.subject.now = now;
    root = w.policy.roots[0];
    w.policy.roots = &root;
    w.policy.root_count = 1;
    root.not_after = now;
    assert_int_equal(judge(&w), ATTEST_VERIFIED);
    root.not_after = now - 1;
    assert_int_equal(judge(&w), ATTEST_CERT_EXPIRED);
    root.not_after = now;
    root.not_before = now + 1;
    assert_int_equal(judge(&w), ATTEST_CERT_NOT_YET_VALID);
    world_fini(&w);
}

static void put_pem(struct writer *out, struct bytes der)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    put_text(out, "-----BEGIN CERTIFICATE-----\n");
    for (size_t i = 0; i < der.len; i += 3) {
        size_t n = der.len - i < 3 ? der.len - i : 3;
        uint32_t v = (uint32_t)der.p[i] << 16 | (n > 1 ? (uint32_t)der.p[i + 1] << 8 : 0) |
                     (n > 2 ? der.p[i + 2] : 0u);
        for (size_t k = 0; k < 4; k++)
            put_u8(out, k > n ? '=' : (uint8_t)digits[v >> (18 - 6 * k) & 63]);
    }
    put_text(out, "\n-----END CERTIFICATE-----\n");
}

/* The quote with a chain in which `from` is replaced by `to` in one certificate; signatures are not looked
 * at. */
static enum attest_class judge_chain(struct world *w, uint32_t which, struct bytes from, struct bytes to)
{
    struct quote q;
    struct err e;
    struct attest_claims c;
    struct writer text = writer_in(&w->arena, SGX_QUOTE_MAX);

    assert_int_equal(from.len, to.len);
    assert_int_equal(quote_read(&q, w->subject.evidence, true, &e), ATTEST_VERIFIED);
    struct bytes rest = q.cert_data, der;
    for (uint32_t i = 0;; i++) {
        struct writer scratch = writer_in(&w->arena, SGX_QUOTE_MAX);
        if (pem_next(&rest, &scratch, &der) != PEM_BLOCK)
            break;
        size_t at = 0;
        while (i == which && !bytes_starts_with(bytes_from(der, at), from))
            assert_true(++at < der.len);
        if (i == which && to.len > 0)
            memcpy((uint8_t *)(uintptr_t)der.p + at, to.p, to.len);
        put_pem(&text, der);
    }
    return judge_with(w, &c, with_cert_data(w, 5, writer_bytes(&text)), &blind);
}

static void leaf_and_intermediate_are_what_their_certificates_allow(void **state)
{
    enum { LEAF, INTERMEDIATE };
    const struct bytes usage = BYTES_LIT("\x03\x02\x01\x06"), signs = BYTES_LIT("\x03\x02\x06\xc0");
    struct world w;
    (void)state;
    world_init(&w, SGX_CASE);
    w.policy.without_collateral = true;
    w.endorsed.intel = false;
    assert_int_equal(judge_chain(&w, LEAF, BYTES_EMPTY, BYTES_EMPTY), ATTEST_VERIFIED);
    assert_int_equal(
        judge_chain(&w, LEAF, BYTES_LIT("SGX PCK Certificate"), BYTES_LIT("SGX PCK Certificat3")),
        ATTEST_PCK_CHAIN_UNTRUSTED);
    assert_int_equal(judge_chain(&w, LEAF, signs, BYTES_LIT("\x03\x02\x06\x40")), ATTEST_PCK_CHAIN_UNTRUSTED);
    assert_int_equal(judge_chain(&w, INTERMEDIATE, usage, BYTES_LIT("\x03\x02\x01\x02")),
                     ATTEST_PCK_CHAIN_UNTRUSTED);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_editions_of_the_root_and_the_built_in_one_are_the_same_anchor),
        cmocka_unit_test(a_zeroed_policy_refuses_and_every_waiver_is_needed),
        cmocka_unit_test(a_tail_is_refused_unless_it_is_zero_and_allowed),
        cmocka_unit_test(collateral_that_is_given_is_judged_even_when_it_is_waived),
        cmocka_unit_test(report_data_is_found_without_verifying),
        cmocka_unit_test(everybody_on_a_revocation_list_is_refused),
        cmocka_unit_test(collateral_of_another_root_or_authority_is_refused),
        cmocka_unit_test(collateral_about_something_else_is_refused),
        cmocka_unit_test(every_date_counts_at_both_ends),
        cmocka_unit_test(quotes_that_only_name_their_platform_need_its_chain_beside_them),
        cmocka_unit_test(a_quote_with_its_leaf_alone_takes_the_rest_of_the_chain_from_beside),
        cmocka_unit_test(enclaves_speak_through_versions_4_and_5_too),
        cmocka_unit_test(the_extended_body_of_a_td_is_read_and_other_bodies_are_not),
        cmocka_unit_test(what_signed_bodies_may_not_contain_is_refused_without_collateral_too),
        cmocka_unit_test(the_dates_of_leaf_and_root_count_without_collateral_too),
        cmocka_unit_test(leaf_and_intermediate_are_what_their_certificates_allow),
        cmocka_unit_test(whoever_signed_only_intels_quoting_enclave_in_production_counts),
        cmocka_unit_test(an_enclave_is_initialised_and_its_report_has_no_unknown_bytes),
        cmocka_unit_test(layers_end_where_their_lengths_say),
        cmocka_unit_test(authentication_data_is_bounded),
        cmocka_unit_test(what_nobody_signed_does_not_change_what_replay_protection_sees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
