/* attest/snp_made_test.c — SEV-SNP cases that no published evidence has, made of templates. */
#include "attest/snp_made_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/x509.h"

enum { MICROCODE = 7, KEY_MASKED = 2 };
#define ARC "\x2b\x06\x01\x04\x01\x9c\x78\x01"

#define expect(m, class)                                             \
    do {                                                             \
        struct attest_claims claims_;                                \
        enum attest_class got_ = made_judge(&claims_, m);            \
        if (got_ != (class))                                         \
            fail_msg("%s, not %s", attest_class_name(got_), #class); \
    } while (0)

/* --- tests --- */

static void made_evidence_verifies_under_its_own_root_alone(void **state)
{
    static void (*const makers[])(struct made *) = {made_vcek, made_version_3, made_vlek, made_turin};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(makers); i++) {
        struct made m;
        struct attest_claims c;
        struct err e;
        makers[i](&m);
        assert_int_equal(made_judge(&c, &m), ATTEST_VERIFIED);
        assert_int_equal(c.root_label, ATTEST_ROOT_DEVELOPMENT);
        assert_int_equal(c.snp.vlek, m.vlek);
        const struct attest_policy vendors = {
            .roots = attest_vendor_roots, .root_count = ATTEST_VENDOR_ROOTS, .without_amd_crl = true};
        const struct attest_input in = {.evidence = made_evidence(&m), .now = made_time(&m)};
        /* the same names, another key */
        assert_int_equal(attest_snp_verify(&c, &in, &vendors, &attest_openssl, &e),
                         ATTEST_SNP_CHAIN_SIGNATURE);
    }
}

static void a_masked_chip_key_is_no_signature(void **state)
{
    struct made m;
    (void)state;
    made_vcek(&m);
    m.report[AT_KEY_INFO] |= KEY_MASKED;
    expect(&m, ATTEST_SNP_NOT_SIGNED);
    memset(m.report + AT_SIGNATURE, 0, 144); /* as the firmware leaves it */
    struct attest_claims c;
    assert_int_equal(made_judge_at(&c, &m, NULL, false, MADE_TIME), ATTEST_SNP_NOT_SIGNED);
    m.report[AT_KEY_INFO] = 0;
    assert_int_equal(made_judge_at(&c, &m, NULL, false, MADE_TIME), ATTEST_SNP_NOT_SIGNED);
    memset(m.report + AT_SIGNATURE, 1, 48); /* r alone */
    assert_int_equal(made_judge_at(&c, &m, NULL, false, MADE_TIME), ATTEST_SNP_REPORT_SIGNATURE);
    made_vcek(&m);
    m.report[AT_KEY_INFO] = SNP_KEY_NONE << 2;
    expect(&m, ATTEST_SNP_NOT_SIGNED);
    m.report[AT_KEY_INFO] = 2 << 2; /* a key without a name */
    expect(&m, ATTEST_SNP_SIGNING_KEY_MISMATCH);
}

static void versions_whose_layout_is_not_known_are_refused(void **state)
{
    static const uint32_t versions[] = {0, 1, 4, 6, 0x10002, 0xffffffff};
    struct made m;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        made_version_3(&m);
        store_u32le(m.report + AT_VERSION, versions[i]);
        expect(&m, ATTEST_SNP_UNSUPPORTED_VERSION);
    }
    made_version_3(&m);
    m.report[AT_VERSION] = 5;
    expect(&m, ATTEST_VERIFIED);
}

static void every_reserved_byte_of_each_version_must_be_zero(void **state)
{
    static const struct {
        uint32_t from, to;
        uint8_t before; /* reserved in versions below this one */
    } reserved[] = {
        {0x04c, 0x050, 6}, {0x188, 0x18b, 3}, {0x18b, 0x1a0, 6}, {0x1eb, 0x1ec, 6}, {0x1ef, 0x1f0, 6},
        {0x1f8, 0x208, 5}, {0x208, 0x2a0, 6}, {0x2d0, 0x2e8, 6}, {0x318, 0x330, 6}, {0x330, 0x4a0, 6},
    };
    static const uint8_t versions[] = {2, 3, 5};
    struct snp_report r;
    struct err e;
    struct made m;
    (void)state;
    for (size_t v = 0; v < ARRAY_LEN(versions); v++) {
        made_vcek(&m);
        m.report[AT_VERSION] = versions[v];
        assert_int_equal(snp_report_read(&r, bytes_of(m.report, SNP_REPORT_LEN), &e), ATTEST_VERIFIED);
        for (size_t i = 0; i < ARRAY_LEN(reserved); i++) {
            for (uint32_t at = reserved[i].from; at < reserved[i].to; at++) {
                bool known = versions[v] >= reserved[i].before;
                m.report[at] = 0x80;
                assert_int_equal(snp_report_read(&r, bytes_of(m.report, SNP_REPORT_LEN), &e),
                                 known ? ATTEST_VERIFIED : ATTEST_SNP_FORMAT);
                m.report[at] = 0;
            }
        }
    }
}

static void values_that_no_guest_s_report_has_are_refused(void **state)
{
    struct made m;
    (void)state;
    made_vcek(&m);
    m.report[0x00a] &= (uint8_t)~2u; /* guest policy bit 17 */
    expect(&m, ATTEST_SNP_FORMAT);
    made_vcek(&m);
    m.report[AT_VMPL] = 4;
    expect(&m, ATTEST_SNP_FORMAT);
    made_vcek(&m);
    m.report[AT_KEY_INFO] = 0x20; /* beyond the signing key */
    expect(&m, ATTEST_SNP_FORMAT);
    made_vcek(&m);
    m.report[0x34] = 2;
    expect(&m, ATTEST_SNP_SIG_ALGO);
}

static void unknown_bits_of_the_platform_are_claims_not_errors(void **state)
{
    struct made m;
    struct attest_claims c;
    (void)state;
    made_vcek(&m);
    memset(m.report + AT_PLATFORM_INFO, 0xff, 8);
    assert_int_equal(made_judge(&c, &m), ATTEST_VERIFIED);
    assert_true(c.snp.platform_info == UINT64_MAX);
}

static void a_provider_s_key_binds_no_chip(void **state)
{
    struct made m;
    struct attest_claims c;
    (void)state;
    made_vlek(&m);
    assert_int_equal(made_judge(&c, &m), ATTEST_VERIFIED);
    assert_true(
        bytes_eq(bytes_of(c.snp.csp_id, c.snp.csp_id_len), BYTES_LIT("CN=cc-us-east-2.amazonaws.com")));
    m.report[AT_CHIP_ID + 63] = 1;
    expect(&m, ATTEST_SNP_CHIP_ID_MISMATCH);
    made_vlek(&m);
    made_rename(&m, BYTES_LIT(ARC "\x05"));
    expect(&m, ATTEST_SNP_SIGNING_KEY_MISMATCH);
}

static void the_report_says_which_kind_of_key_signed_it(void **state)
{
    struct made m;
    (void)state;
    made_vcek(&m);
    m.vlek = true; /* under the other name in the table */
    expect(&m, ATTEST_COLLATERAL_MISSING);
    m.report[AT_KEY_INFO] = SNP_KEY_VLEK << 2;
    expect(&m, ATTEST_SNP_SIGNING_KEY_MISMATCH);
    made_vlek(&m);
    m.vlek = false;
    m.report[AT_KEY_INFO] = 0;
    expect(&m, ATTEST_SNP_SIGNING_KEY_MISMATCH);
}

static void a_leaf_that_lacks_an_extension_is_refused(void **state)
{
    static const uint8_t parts[] = {1, 2, 3, 8, 9};
    struct made m;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        uint8_t oid[] = {0x2b, 6, 1, 4, 1, 0x9c, 0x78, 1, 3, parts[i]};
        made_turin(&m);
        made_rename(&m, bytes_of(oid, sizeof oid));
        expect(&m, ATTEST_SNP_TCB_MISMATCH);
    }
    made_vcek(&m);
    made_rename(&m, BYTES_LIT(ARC "\x04")); /* chip */
    expect(&m, ATTEST_SNP_CHIP_ID_MISMATCH);
    made_vcek(&m);
    made_rename(&m, BYTES_LIT(ARC "\x02")); /* product */
    expect(&m, ATTEST_SNP_CHAIN_UNTRUSTED);
}

static void extensions_of_another_form_are_refused(void **state)
{
    struct made m;
    (void)state;
    made_vcek(&m);
    made_find(m.leaf, m.leaf_len, BYTES_LIT(ARC "\x03\x08\x04\x03\x02\x01"))[12] = 0x0a; /* ENUMERATED */
    expect(&m, ATTEST_SNP_CHAIN_UNTRUSTED);
    made_vcek(&m);
    made_find(m.leaf, m.leaf_len, BYTES_LIT(ARC "\x03\x08\x04\x03\x02\x01"))[14] = 0xf3; /* negative */
    expect(&m, ATTEST_SNP_CHAIN_UNTRUSTED);
    made_vcek(&m);
    made_find(m.leaf, m.leaf_len, BYTES_LIT(ARC "\x01\x04\x03\x02\x01"))[13] = 2; /* a later structure */
    expect(&m, ATTEST_SNP_CHAIN_UNTRUSTED);
}

static void the_tcb_is_compared_part_by_part(void **state)
{
    struct made m;
    (void)state;
    made_vlek(&m); /* microcode 217: two bytes in the certificate, one in the report */
    assert_int_equal(m.report[AT_REPORTED_TCB + MICROCODE], 217);
    m.report[AT_REPORTED_TCB + MICROCODE] = 216;
    expect(&m, ATTEST_SNP_TCB_MISMATCH);
    for (size_t i = 0; i < 8; i++) {
        made_turin(&m);
        m.report[AT_REPORTED_TCB + i] ^= 0x80;
        expect(&m, ATTEST_SNP_TCB_MISMATCH);
    }
}

static void committed_firmware_cannot_be_newer_than_what_runs(void **state)
{
    struct made m;
    (void)state;
    for (size_t i = 0; i < 8; i++) {
        made_vcek(&m);
        memset(m.report + AT_COMMITTED_TCB, 1, 8);
        memset(m.report + AT_CURRENT_TCB, 1, 8);
        m.report[AT_COMMITTED_TCB + i] = 2;
        /* as one little-endian number it would be the smaller */
        m.report[AT_CURRENT_TCB + 7] = (uint8_t)(i == 7 ? 1 : 9);
        expect(&m, ATTEST_SNP_TCB_MISMATCH);
    }
}

static void report_leaf_and_root_are_of_one_product_line(void **state)
{
    static const uint8_t others[][2] = {{0x19, 0x11}, {0x19, 0xa0}, {0x1a, 0x02}, {0x1a, 0x50}, {0, 0}};
    struct made m;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        made_version_3(&m);
        memcpy(m.report + AT_CPUID, others[i], 2);
        expect(&m, ATTEST_SNP_CHAIN_UNTRUSTED);
    }
    made_vcek(&m); /* version 2 does not tell, its leaf does */
    memcpy(made_find(m.leaf, m.leaf_len, BYTES_LIT("Milan-B0")), "Genoa-B0", 8);
    expect(&m, ATTEST_SNP_CHAIN_UNTRUSTED);
    made_vcek(&m);
    memcpy(made_find(m.leaf, m.leaf_len, BYTES_LIT("Milan-B0")), "MilanoB0", 8);
    expect(&m, ATTEST_SNP_CHAIN_UNTRUSTED);
}

static void the_wrapped_form_of_the_chip_is_read_too(void **state)
{
    struct made m;
    (void)state;
    made_vcek(&m);
    m.leaf = made_template("snp/snp-trustee-milan-v2/test-vcek-invalid-new.der", &m.leaf_len);
    for (uint8_t i = 0; i < 64; i++)
        m.report[AT_CHIP_ID + i] = i;
    memcpy(m.report + AT_REPORTED_TCB, (const uint8_t[8]){0, 0, 0, 0, 0, 0, 0, 30}, 8);
    expect(&m, ATTEST_VERIFIED);
    m.report[AT_CHIP_ID + 63] = 64;
    expect(&m, ATTEST_SNP_CHIP_ID_MISMATCH);
}

static void a_chip_of_turin_has_eight_bytes_and_zeros(void **state)
{
    struct made m;
    (void)state;
    made_turin(&m);
    m.report[AT_CHIP_ID + 8] = 1;
    expect(&m, ATTEST_SNP_CHIP_ID_MISMATCH);
    made_turin(&m);
    m.report[AT_CHIP_ID + 7] ^= 1;
    expect(&m, ATTEST_SNP_CHIP_ID_MISMATCH);
}

static void an_intermediate_must_be_an_authority(void **state)
{
    struct made m;
    (void)state;
    made_vcek(&m);
    made_find(m.ca, m.ca_len, BYTES_LIT("\x55\x1d\x0f\x01\x01\xff\x04\x04\x03\x02\x01\x04"))[11] =
        2; /* CRLs only */
    expect(&m, ATTEST_SNP_CHAIN_UNTRUSTED);
}

static void every_signature_of_the_chain_counts(void **state)
{
    struct made m;
    struct attest_claims c;
    (void)state;
    made_vcek(&m);
    made_sign(&m);
    made_resign(m.ca, m.ca_len, made_world.ca_key, made_world.ca_key); /* not by the root */
    assert_int_equal(made_judge_at(&c, &m, NULL, false, MADE_TIME), ATTEST_SNP_CHAIN_SIGNATURE);
    made_sign(&m);
    made_resign(m.leaf, m.leaf_len, made_world.leaf_key, made_world.ark_key); /* not by the intermediate */
    assert_int_equal(made_judge_at(&c, &m, NULL, false, MADE_TIME), ATTEST_SNP_CHAIN_SIGNATURE);
    made_sign(&m);
    m.report[0x50] ^= 1;
    assert_int_equal(made_judge_at(&c, &m, NULL, false, MADE_TIME), ATTEST_SNP_REPORT_SIGNATURE);
}

static void both_ends_of_each_validity_are_inclusive(void **state)
{
    struct made m;
    struct attest_claims c;
    struct x509 leaf;
    struct err e;
    (void)state;
    made_vcek(&m);
    made_sign(&m);
    assert_int_equal(x509_read(&leaf, bytes_of(m.leaf, m.leaf_len), &e), ERR_OK);
    assert_int_equal(made_judge_at(&c, &m, NULL, false, leaf.not_before), ATTEST_VERIFIED);
    assert_int_equal(made_judge_at(&c, &m, NULL, false, leaf.not_before - 1), ATTEST_SNP_CERT_NOT_YET_VALID);
    assert_int_equal(made_judge_at(&c, &m, NULL, false, leaf.not_after), ATTEST_VERIFIED);
    assert_int_equal(c.valid_until, leaf.not_after);
    assert_int_equal(made_judge_at(&c, &m, NULL, false, leaf.not_after + 1), ATTEST_SNP_CERT_EXPIRED);
}

/* --- revocation --- */

static enum attest_class endorse(const struct attest_endorsements **out, const struct made *m,
                                 struct bytes crl, bool with_leaf)
{
    struct attest_root root;
    struct err e;
    made_root(&root, m);
    const struct attest_policy p = {.roots = &root, .root_count = 1};
    const struct attest_collateral c = {.snp_leaf = with_leaf ? bytes_of(m->leaf, m->leaf_len) : BYTES_EMPTY,
                                        .snp_intermediate = bytes_of(m->ca, m->ca_len),
                                        .snp_crl = crl};
    return attest_endorse(out, &made_world.arena, &c, &p, &attest_openssl, &e);
}

static struct bytes serial_of(const uint8_t *der, size_t len)
{
    struct x509 c;
    struct err e;
    assert_int_equal(x509_read(&c, bytes_of(der, len), &e), ERR_OK);
    return c.serial;
}

/* Judged with a list of these serials at `now`, valid for the day from MADE_TIME on. */
static enum attest_class with_list(struct attest_claims *c, struct made *m, const struct bytes *serials,
                                   size_t count, uint64_t now)
{
    const struct attest_endorsements *endorsed;

    made_sign(m);
    struct bytes crl = made_crl(m, made_world.ark_key, MADE_TIME, MADE_TIME + 86400, serials, count);
    assert_int_equal(endorse(&endorsed, m, crl, false), ATTEST_VERIFIED);
    return made_judge_at(c, m, endorsed, true, now);
}

static void the_root_s_list_is_used_and_dated(void **state)
{
    struct made m;
    struct attest_claims c;
    (void)state;
    made_vcek(&m);
    assert_int_equal(with_list(&c, &m, NULL, 0, MADE_TIME), ATTEST_VERIFIED);
    assert_int_equal(c.valid_until, MADE_TIME + 86400);
    assert_int_equal(c.collateral_issued, MADE_TIME);
    assert_int_equal(with_list(&c, &m, NULL, 0, MADE_TIME + 86400), ATTEST_VERIFIED);
    assert_int_equal(with_list(&c, &m, NULL, 0, MADE_TIME + 86401), ATTEST_CRL_EXPIRED);
    assert_int_equal(with_list(&c, &m, NULL, 0, MADE_TIME - 1), ATTEST_CRL_NOT_YET_VALID);
}

static void a_revoked_intermediate_or_leaf_is_refused(void **state)
{
    static const struct bytes stranger = {(const uint8_t *)"\x01\x7f\x7f", 3};
    struct made m;
    struct attest_claims c;
    (void)state;
    made_vcek(&m);
    assert_int_equal(with_list(&c, &m, &stranger, 1, MADE_TIME), ATTEST_VERIFIED);
    struct bytes both[2] = {stranger, serial_of(m.ca, m.ca_len)};
    assert_int_equal(with_list(&c, &m, both, 2, MADE_TIME), ATTEST_CERT_REVOKED);
    both[1] = serial_of(m.leaf, m.leaf_len);
    assert_int_equal(with_list(&c, &m, both, 2, MADE_TIME), ATTEST_CERT_REVOKED);
    /* the list covers both intermediates: that one of them is revoked says nothing of the other */
    both[0] = serial_of(m.ca, m.ca_len);
    made_vlek(&m);
    both[1] = serial_of(m.ca, m.ca_len);
    assert_int_equal(with_list(&c, &m, &both[0], 1, made_time(&m)), ATTEST_CRL_EXPIRED);
    const struct attest_endorsements *endorsed;
    uint64_t now = made_time(&m);
    for (size_t i = 0; i < 2; i++) {
        struct bytes crl = made_crl(&m, made_world.ark_key, now, now + 1, &both[i], 1);
        assert_int_equal(endorse(&endorsed, &m, crl, true), ATTEST_VERIFIED);
        assert_int_equal(made_judge_at(&c, &m, endorsed, true, now),
                         i == 0 ? ATTEST_VERIFIED : ATTEST_CERT_REVOKED);
    }
}

static void a_missing_or_foreign_list_is_no_list(void **state)
{
    const struct attest_endorsements *endorsed;
    struct made m;
    struct attest_claims c;
    (void)state;
    made_vcek(&m);
    made_sign(&m);
    assert_int_equal(made_judge_at(&c, &m, NULL, true, MADE_TIME), ATTEST_CRL_MISSING);
    assert_int_equal(endorse(&endorsed, &m, BYTES_EMPTY, true), ATTEST_VERIFIED);
    assert_int_equal(made_judge_at(&c, &m, endorsed, true, MADE_TIME), ATTEST_CRL_MISSING);
    assert_int_equal(made_judge_at(&c, &m, endorsed, false, MADE_TIME), ATTEST_VERIFIED);
    struct bytes crl = made_crl(&m, made_world.ca_key, MADE_TIME, MADE_TIME + 1, NULL, 0);
    assert_int_equal(endorse(&endorsed, &m, crl, true), ATTEST_CRL_SIGNATURE);
}

static void endorsements_of_one_root_do_not_serve_another(void **state)
{
    const struct attest_endorsements *endorsed;
    struct made milan, turin;
    struct attest_root roots[2];
    struct attest_claims c;
    struct err e;
    (void)state;
    made_vcek(&milan);
    made_sign(&milan);
    made_turin(&turin);
    made_sign(&turin);
    made_root(&roots[0], &turin);
    made_root(&roots[1], &milan);
    struct attest_policy p = {.roots = roots, .root_count = 2};
    const struct attest_collateral of_turin = {
        .snp_intermediate = bytes_of(turin.ca, turin.ca_len),
        .snp_crl = made_crl(&turin, made_world.ark_key, MADE_TIME, made_time(&turin), NULL, 0)};
    assert_int_equal(attest_endorse(&endorsed, &made_world.arena, &of_turin, &p, &attest_openssl, &e),
                     ATTEST_VERIFIED);
    /* the table brings its own intermediate, but the list is of Turin's root */
    struct attest_input in = {.evidence = made_evidence(&milan), .endorsements = endorsed, .now = MADE_TIME};
    assert_int_equal(attest_snp_verify(&c, &in, &p, &attest_openssl, &e), ATTEST_CRL_MISSING);
    p.without_amd_crl = true;
    assert_int_equal(attest_snp_verify(&c, &in, &p, &attest_openssl, &e), ATTEST_VERIFIED);
    assert_int_equal(c.root_index, 1);
    /* endorsed under one list of roots, judged under another */
    in.evidence = made_evidence(&turin);
    in.now = made_time(&turin);
    assert_int_equal(attest_snp_verify(&c, &in, &p, &attest_openssl, &e), ATTEST_VERIFIED);
    p.roots = &roots[1];
    p.root_count = 1;
    assert_int_equal(attest_snp_verify(&c, &in, &p, &attest_openssl, &e), ATTEST_SNP_CHAIN_UNTRUSTED);
    /* a root of the same name and place, but with the vendor's key: the list and the intermediate are not its
     */
    p.roots = &attest_vendor_roots[1 + ATTEST_SNP_TURIN];
    p.root_count = 1;
    assert_true(bytes_eq(p.roots->subject, roots[0].subject));
    assert_int_equal(attest_snp_verify(&c, &in, &p, &attest_openssl, &e), ATTEST_SNP_CHAIN_UNTRUSTED);
    p.root_count = 0;
    assert_int_equal(attest_snp_verify(&c, &in, &p, &attest_openssl, &e), ATTEST_SNP_CHAIN_UNTRUSTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_evidence_verifies_under_its_own_root_alone),
        cmocka_unit_test(a_masked_chip_key_is_no_signature),
        cmocka_unit_test(versions_whose_layout_is_not_known_are_refused),
        cmocka_unit_test(every_reserved_byte_of_each_version_must_be_zero),
        cmocka_unit_test(values_that_no_guest_s_report_has_are_refused),
        cmocka_unit_test(unknown_bits_of_the_platform_are_claims_not_errors),
        cmocka_unit_test(a_provider_s_key_binds_no_chip),
        cmocka_unit_test(the_report_says_which_kind_of_key_signed_it),
        cmocka_unit_test(a_leaf_that_lacks_an_extension_is_refused),
        cmocka_unit_test(extensions_of_another_form_are_refused),
        cmocka_unit_test(the_tcb_is_compared_part_by_part),
        cmocka_unit_test(committed_firmware_cannot_be_newer_than_what_runs),
        cmocka_unit_test(report_leaf_and_root_are_of_one_product_line),
        cmocka_unit_test(the_wrapped_form_of_the_chip_is_read_too),
        cmocka_unit_test(a_chip_of_turin_has_eight_bytes_and_zeros),
        cmocka_unit_test(an_intermediate_must_be_an_authority),
        cmocka_unit_test(every_signature_of_the_chain_counts),
        cmocka_unit_test(both_ends_of_each_validity_are_inclusive),
        cmocka_unit_test(the_root_s_list_is_used_and_dated),
        cmocka_unit_test(a_revoked_intermediate_or_leaf_is_refused),
        cmocka_unit_test(a_missing_or_foreign_list_is_no_list),
        cmocka_unit_test(endorsements_of_one_root_do_not_serve_another),
    };
    return cmocka_run_group_tests(tests, made_set_up, made_tear_down);
}
