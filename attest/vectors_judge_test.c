#include "attest/chain.h"
#include "attest/quote_claims.h"
#include "attest/tcb.h"
#include "attest/vectors_test.h"
#include "base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

void vectors_subject_load(struct vectors_subject *out, struct arena *a, const json_t *manifest,
                          const json_t *one, const json_t *evaluation, const char *file)
{
    memset(out, 0, sizeof *out);
    out->evidence = vectors_load(a, vectors_text(json_object_get(one, "files"), file));
    if (strcmp(vectors_text(evaluation, "scope"), "full") == 0)
        out->collateral = vectors_collateral_json(vectors_text(evaluation, "collateral"));
    else
        assert_string_equal(vectors_text(evaluation, "scope"), "signatures");
    vectors_root(&out->root, a, manifest, vectors_text(evaluation, "trust_root"));
    out->now = (uint64_t)vectors_int(evaluation, "verify_at_unix");
}

void vectors_subject_free(struct vectors_subject *s)
{
    json_decref(s->collateral);
    s->collateral = NULL;
}

struct attest_policy vectors_policy(const struct vectors_subject *s)
{
    return (struct attest_policy){
        .roots = &s->root, .root_count = 1, .zero_tail = true, .without_collateral = s->collateral == NULL};
}

enum attest_class vectors_endorse(const struct attest_endorsements **out, struct arena *a,
                                  const struct vectors_subject *s, const struct attest_primitives *crypto,
                                  struct err *e)
{
    struct attest_policy policy = vectors_policy(s);
    struct attest_collateral collateral;

    *out = NULL;
    if (s->collateral == NULL)
        return ATTEST_VERIFIED;
    vectors_collateral(&collateral, a, s->collateral);
    return attest_endorse(out, a, &collateral, &policy, crypto, e);
}

enum attest_class vectors_verify(struct attest_claims *out, struct arena *a, const struct vectors_subject *s,
                                 const struct attest_primitives *crypto, struct err *e)
{
    struct attest_policy policy = vectors_policy(s);
    struct attest_input in = {.now = s->now};
    enum attest_class c = vectors_endorse(&in.endorsements, a, s, crypto, e);

    if (c != ATTEST_VERIFIED)
        return c;
    in.evidence = vectors_exact(s->evidence);
    c = attest_verify(out, &in, &policy, crypto, e);
    test_free((void *)(uintptr_t)in.evidence.p);
    return c;
}

/* Compares members and counts them, so that none of the manifest's is forgotten. */
#define HEX(key, field) count += vectors_hex_is(f, key, (field), sizeof(field))
#define INT(key, value) count += vectors_int_is(f, key, (value))

static size_t check_bool(const json_t *f, const char *key, bool got)
{
    if (json_object_get(f, key) == NULL)
        return 0;
    assert_int_equal(json_is_true(json_object_get(f, key)), got);
    return 1;
}

static size_t check_header(const json_t *f, const struct quote *q, struct bytes whole)
{
    size_t count = 0;
    INT("quote_version", q->version);
    INT("att_key_type", q->key_type);
    INT("qe_svn", load_u16le(whole.p + 8));
    INT("pce_svn", load_u16le(whole.p + 10));
    INT("declared_length", q->declared_length);
    INT("trailing_bytes", whole.len - q->declared_length);
    INT("certification_data_type", q->cert_data_type);
    INT("qe_auth_data_length", q->auth_data.len);
    INT("body_type", q->body_type);
    count += vectors_hex_is(f, "user_data", whole.p + 28, 20);
    assert_string_equal(vectors_text(f, "tee_type"), q->tee_type == 0 ? "0x00" : "0x81");
    return count + 1;
}

static size_t check_sgx(const json_t *f, const struct attest_claims *c)
{
    size_t count = 0;
    HEX("cpusvn", c->sgx.cpu_svn);
    HEX("miscselect", c->sgx.misc_select);
    HEX("isvextprodid", c->sgx.isv_ext_prod_id);
    HEX("attributes", c->sgx.attributes);
    HEX("mrenclave", c->sgx.mrenclave);
    HEX("mrsigner", c->sgx.mrsigner);
    HEX("configid", c->sgx.config_id);
    HEX("isvfamilyid", c->sgx.isv_family_id);
    INT("isvprodid", c->sgx.isv_prod_id);
    INT("isvsvn", c->sgx.isv_svn);
    INT("configsvn", c->sgx.config_svn);
    assert_int_equal(count, 11);
    return count;
}

static size_t check_tdx(const json_t *f, const struct attest_claims *c)
{
    static const char *const rtmrs[] = {"rtmr0", "rtmr1", "rtmr2", "rtmr3"};
    uint64_t attributes = load_u64le(c->tdx.td_attributes);
    size_t count = 0;
    HEX("tee_tcb_svn", c->tdx.tee_tcb_svn);
    HEX("mrseam", c->tdx.mrseam);
    HEX("mrsignerseam", c->tdx.mrsignerseam);
    HEX("seamattributes", c->tdx.seam_attributes);
    HEX("tdattributes", c->tdx.td_attributes);
    HEX("xfam", c->tdx.xfam);
    HEX("mrtd", c->tdx.mrtd);
    HEX("mrconfigid", c->tdx.mrconfigid);
    HEX("mrowner", c->tdx.mrowner);
    HEX("mrownerconfig", c->tdx.mrownerconfig);
    HEX("tee_tcb_svn2", c->tdx.tee_tcb_svn2);
    HEX("mrservicetd", c->tdx.mrservicetd);
    for (size_t i = 0; i < ARRAY_LEN(rtmrs); i++)
        HEX(rtmrs[i], c->tdx.rtmr[i]);
    count += check_bool(f, "sept_ve_disable", (attributes >> 28 & 1) != 0);
    count += check_bool(f, "perfmon", attributes >> 63 != 0);
    assert_true(count == 16 || count == 18);
    return count;
}

static void check_qe(const json_t *f, struct bytes report)
{
    size_t count = 0;
    count += vectors_hex_is(f, "mrenclave", report.p + 64, 32);
    count += vectors_hex_is(f, "mrsigner", report.p + 128, 32);
    count += vectors_hex_is(f, "attributes", report.p + 48, 16);
    count += vectors_hex_is(f, "miscselect", report.p + 16, 4);
    INT("isvprodid", load_u16le(report.p + 256));
    INT("isvsvn", load_u16le(report.p + 258));
    assert_int_equal(count, json_object_size(f));
}

static size_t check_leaf(const json_t *f, const struct x509 *leaf)
{
    char hex[2 * 21 + 1], *digits = hex;
    if (json_object_get(f, "serial") == NULL)
        return 0;
    assert_true(leaf->serial.len <= 21);
    hex_encode(hex, leaf->serial);
    while (*digits == '0') /* the manifest writes it as a number */
        digits++;
    assert_string_equal(digits, vectors_text(f, "serial"));
    assert_int_equal(vectors_time(vectors_text(f, "not_before")), leaf->not_before);
    assert_int_equal(vectors_time(vectors_text(f, "not_after")), leaf->not_after);
    struct bytes issuer = x509_common_name(leaf->issuer), tail = bytes_of_str(vectors_text(f, "issuer"));
    assert_true(issuer.len > tail.len && bytes_eq(bytes_from(issuer, issuer.len - tail.len), tail));
    return 4;
}

static void check_pck(struct arena *a, const json_t *f, struct bytes pem)
{
    struct writer w = writer_fixed(arena_alloc(a, CHAIN_DER_MAX), CHAIN_DER_MAX);
    struct chain *chain = arena_new(a, struct chain);
    struct attest_platform p;
    struct err e;
    size_t count = 0;

    assert_int_equal(chain_read(chain, &w, pem, &e), ERR_OK);
    const struct x509 *leaf = chain_leaf(chain);
    assert_non_null(leaf);
    assert_int_equal(pck_extension_read(&p, x509_extension(leaf, x509_oid_sgx), &e), ERR_OK);
    HEX("fmspc", p.fmspc);
    HEX("pceid", p.pceid);
    HEX("ppid", p.ppid);
    HEX("cpusvn", p.cpu_svn);
    HEX("platform_instance_id", p.instance);
    INT("pcesvn", p.pce_svn);
    INT("sgx_type", p.sgx_type);
    for (size_t i = 0; i < 16; i++)
        assert_int_equal(json_integer_value(json_array_get(json_object_get(f, "tcb_components"), i)),
                         p.components[i]);
    assert_int_equal(p.has_instance, json_object_get(f, "platform_instance_id") != NULL);
    count += 1 + check_leaf(f, leaf);
    count += json_object_get(f, "configuration") != NULL; /* read, but no claim */
    assert_int_equal(count, json_object_size(f));
}

void vectors_check_fields(struct arena *a, const json_t *f, struct bytes quote)
{
    struct quote q;
    struct attest_claims c;
    struct err e;
    size_t count = 0;

    memset(&c, 0, sizeof c);
    assert_int_equal(quote_read(&q, quote, true, &e), ATTEST_VERIFIED);
    quote_claim(&c, &q);
    count += check_header(f, &q, quote);
    count += quote_is_tdx(&q) ? check_tdx(f, &c) : check_sgx(f, &c);
    HEX("report_data", c.report_data);
    count += check_bool(f, "debug", c.debug);
    if (json_object_get(f, "qe") != NULL)
        check_qe(json_object_get(f, "qe"), q.qe_report);
    if (json_object_get(f, "pck") != NULL)
        check_pck(a, json_object_get(f, "pck"), q.cert_data);
    count += (json_object_get(f, "qe") != NULL) + (size_t)(json_object_get(f, "pck") != NULL);
    assert_int_equal(count, json_object_size(f));
}

static void check_part(const json_t *components, const char *key, const struct attest_tcb_part *part)
{
    const json_t *want = json_object_get(components, key);
    assert_int_equal(part->judged, want != NULL);
    if (want == NULL)
        return;
    assert_string_equal(attest_tcb_name(part->status), vectors_text(want, "status"));
    assert_int_equal(part->date, vectors_time(vectors_text(want, "tcb_date")));
}

static void check_policy(const json_t *want, const struct attest_claims *c, uint64_t now, uint32_t allowed)
{
    const struct attest_policy p = {.tcb_allowed = allowed,
                                    .any_advisory = true,
                                    .any_measurement = true,
                                    .allow_service_td = true,
                                    .snp_vmpl_max = 3};
    struct err e;
    enum attest_class got = attest_policy_check(&p, c, now, NULL, &e);

    if (json_is_string(want)) {
        assert_string_equal(json_string_value(want), "accept");
        assert_int_equal(got, ATTEST_VERIFIED);
    } else {
        assert_true(json_array_size(want) > 0);
        if (!vectors_listed(want, got))
            fail_msg("the policy answers %s", attest_class_name(got));
    }
}

void vectors_check_policies(const json_t *expected, const struct attest_claims *c, uint64_t now)
{
    const json_t *policy = json_object_get(expected, "policy");
    assert_int_equal(json_object_size(policy), 2);
    check_policy(json_object_get(policy, "strict"), c, now, ATTEST_TCB_STRICT);
    check_policy(json_object_get(policy, "tolerant"), c, now, ATTEST_TCB_TOLERANT);
}

static void check_advisories(const json_t *want, const struct attest_claims *c)
{
    assert_true(json_is_array(want));
    assert_int_equal(json_array_size(want), c->advisory_count);
    for (uint32_t i = 0; i < c->advisory_count; i++) {
        struct bytes id = bytes_of_str(json_string_value(json_array_get(want, i)));
        assert_true(bytes_eq(id, c->advisories[i]));
    }
}

void vectors_check_expected(const json_t *evaluation, const struct attest_claims *c)
{
    const json_t *want = json_object_get(evaluation, "expected");
    uint64_t now = (uint64_t)vectors_int(evaluation, "verify_at_unix");

    assert_int_equal(json_is_true(json_object_get(want, "debug")), c->debug);
    assert_true(c->valid_until >= now);
    if (strcmp(vectors_text(evaluation, "scope"), "signatures") == 0) {
        assert_int_equal(c->tcb, ATTEST_TCB_NOT_EVALUATED);
        assert_int_equal(c->tcb_date + c->collateral_issued + c->advisory_count, 0);
        assert_false(c->tcb_platform.judged || c->tcb_qe.judged || c->tcb_module.judged);
        return;
    }
    const json_t *components = json_object_get(want, "components");
    assert_string_equal(attest_tcb_name(c->tcb), vectors_text(want, "tcb_status"));
    assert_int_equal(c->tcb_date, vectors_time(vectors_text(want, "tcb_date")));
    check_advisories(json_object_get(want, "advisory_ids"), c);
    check_part(components, "platform", &c->tcb_platform);
    check_part(components, "qe", &c->tcb_qe);
    check_part(components, "tdx_module", &c->tcb_module);
    assert_int_equal(c->valid_until, vectors_time(vectors_text(evaluation, "valid_until")));
    assert_true(c->collateral_issued > 0 && c->collateral_issued <= now);
    assert_true(now - c->collateral_issued <= 31 * 86400); /* not the age of the root's yearly list */
    if (json_object_get(evaluation, "tcb_evaluation_data_number") != NULL)
        vectors_int_is(evaluation, "tcb_evaluation_data_number", c->tcb_evaluation_number);
    vectors_check_policies(want, c, now);
}
