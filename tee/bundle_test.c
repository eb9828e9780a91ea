/* tee/bundle_test.c — collateral files: what is read, what is refused and why, and the way back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/hex.h"
#include "tee/bundle.h"

#define VECTORS WETEE_VECTORS "/attestation/"

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, &arena_heap, 16 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static struct bytes file_load(const char *name)
{
    char path[512];
    uint8_t *p = arena_alloc(&arena, 65536);

    (void)snprintf(path, sizeof path, VECTORS "%s", name);
    FILE *h = fopen(path, "rb");
    assert_non_null(h);
    size_t len = fread(p, 1, 65536, h);
    (void)fclose(h);
    assert_true(len > 0 && len < 65536);
    return bytes_of(p, len);
}

static const char phala_file[] = "sgx/sgx-phala-a067-processor-ca/collateral-2025-06-19-e17-v3.json";

static void same_text(const json_t *o, const char *name, struct bytes got)
{
    const json_t *s = json_object_get(o, name);
    assert_non_null(s);
    assert_true(bytes_eq(got, bytes_of(json_string_value(s), json_string_length(s))));
}

static void same_hex(const json_t *o, const char *name, struct bytes got)
{
    char *hex = arena_alloc(&arena, 2 * got.len + 1);
    hex_encode(hex, got);
    same_text(o, name, bytes_of_str(hex));
}

static void every_member_of_a_file_is_read(void **state)
{
    struct attest_collateral c;
    struct err e;
    struct bytes text = file_load(phala_file);
    (void)state;
    assert_int_equal(bundle_read(&c, &arena, text, &e), ERR_OK);
    json_t *o = json_loadb((const char *)text.p, text.len, 0, NULL);
    assert_non_null(o);
    same_text(o, "pck_crl_issuer_chain", c.pck_crl_issuer_chain);
    same_text(o, "tcb_info_issuer_chain", c.tcb_info_issuer_chain);
    same_text(o, "qe_identity_issuer_chain", c.qe_identity_issuer_chain);
    same_text(o, "tcb_info", c.tcb_info);
    same_text(o, "qe_identity", c.qe_identity);
    same_hex(o, "root_ca_crl", c.root_ca_crl);
    same_hex(o, "pck_crl", c.pck_crl);
    same_hex(o, "tcb_info_signature", c.tcb_info_signature);
    same_hex(o, "qe_identity_signature", c.qe_identity_signature);
    assert_int_equal(c.pck_chain.len + c.snp_leaf.len + c.snp_intermediate.len + c.snp_crl.len, 0);
    json_decref(o);
}

static void assert_same(const struct attest_collateral *a, const struct attest_collateral *b)
{
    const struct bytes *x = (const struct bytes *)(const void *)a, *y = (const struct bytes *)(const void *)b;
    for (size_t i = 0; i < sizeof *a / sizeof *x; i++)
        assert_true(bytes_eq(x[i], y[i]));
}

static struct bytes written(const struct attest_collateral *c)
{
    struct writer w = writer_in(&arena, BUNDLE_MAX);
    bundle_write(&w, c);
    assert_true(writer_ok(&w));
    return writer_bytes(&w);
}

static void what_is_written_is_read_again(void **state)
{
    struct attest_collateral c, back;
    struct err e;
    (void)state;
    assert_int_equal(bundle_read(&c, &arena, file_load(phala_file), &e), ERR_OK);
    c.pck_chain = c.pck_crl_issuer_chain;
    c.snp_leaf = file_load("snp/snp-trustee-milan-v2/vcek.der");
    c.snp_intermediate = file_load("roots/amd/milan/ask.der");
    c.snp_crl = c.root_ca_crl;
    struct bytes text = written(&c);
    assert_int_equal(bundle_read(&back, &arena, text, &e), ERR_OK);
    assert_same(&c, &back);
    assert_non_null(memmem(text.p, text.len, "\"vcek\": \"", 9));
    assert_non_null(memmem(text.p, text.len, "\"ask\": \"", 8));

    c.snp_leaf = file_load("snp/snp-trustee-milan-v3-vlek/vlek.der");
    c.snp_intermediate = file_load("roots/amd/milan/asvk.der");
    text = written(&c);
    assert_int_equal(bundle_read(&back, &arena, text, &e), ERR_OK);
    assert_same(&c, &back);
    assert_non_null(memmem(text.p, text.len, "\"vlek\": \"", 9));
    assert_non_null(memmem(text.p, text.len, "\"asvk\": \"", 9));
}

static void empty_collateral_is_an_empty_object(void **state)
{
    struct attest_collateral c = {0}, back;
    struct err e;
    (void)state;
    assert_true(bytes_eq(written(&c), BYTES_LIT("{}\n")));
    assert_int_equal(bundle_read(&back, &arena, written(&c), &e), ERR_OK);
    assert_same(&c, &back);
    assert_int_equal(
        bundle_read(&back, &arena, BYTES_LIT("{\"pck_crl\": \"\", \"crl\": null, \"x\": [1]}"), &e), ERR_OK);
    assert_same(&c, &back);
}

static void a_refusal_says_what_is_wrong(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "line 1"},
        {"[]", "not a JSON object"},
        {"{\"pck_crl\": \"3000\", \"pck_crl\": \"3000\"}", "duplicate"},
        {"{\"tcb_info\": {}}", "tcb_info: not a string"},
        {"{\"pck_crl\": \"-----BEGIN X509 CRL-----\"}", "pck_crl: PEM text"},
        {"{\"pck_crl\": \"2d2d2d2d2d424547494e\"}", "pck_crl: hex of PEM text"},
        {"{\"pck_crl\": \"MIIB\"}", "pck_crl: "},
        {"{\"pck_crl\": \"300\"}", "pck_crl: "},
        {"{\"pck_crl\": \"300000\"}", "pck_crl: a zero byte follows"},
        {"{\"root_ca_crl\": \"3000ffff\"}", "root_ca_crl: 2 bytes follow"},
        {"{\"crl\": \"3001\"}", "crl: not DER"},
        {"{\"vlek\": \"3001\"}", "vlek: not DER"},
        {"{\"vcek\": \"3000\", \"vlek\": \"3000\"}", "vcek and vlek"},
        {"{\"tcb_info\": \"a\\u0000b\"}", "line 1"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct attest_collateral c;
        struct err e = {0};
        assert_int_equal(bundle_read(&c, &arena, bytes_of_str(cases[i].text), &e), ERR_MALFORMED);
        if (strstr(e.msg, cases[i].says) == NULL)
            fail_msg("\"%s\" gives \"%s\"", cases[i].text, e.msg);
    }
    uint8_t *big = arena_alloc(&arena, BUNDLE_MAX + 1);
    struct attest_collateral c;
    struct err e;
    memset(big, ' ', BUNDLE_MAX + 1);
    assert_int_equal(bundle_read(&c, &arena, bytes_of(big, BUNDLE_MAX + 1), &e), ERR_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_member_of_a_file_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_written_is_read_again, setup, teardown),
        cmocka_unit_test_setup_teardown(empty_collateral_is_an_empty_object, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refusal_says_what_is_wrong, setup, teardown),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
