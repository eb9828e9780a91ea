/* attest/quote_test.c — real quotes: what the vectors say verifies, what they say is refused, and every
 * recipe.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <jansson.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "attest/appraise_test.h"
#include "attest/der.h"
#include "attest/quote.h"
#include "attest/ratls.h"
#include "base/hex.h"
#include "crypto/hash.h"
#include "crypto/random.h"

#define VECTORS WETEE_VECTORS "/attestation/"
enum { FILE_MAX = 32768 };

struct file {
    uint8_t b[FILE_MAX];
    size_t len;
};

static void file_load(struct file *f, const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, VECTORS "%s", name);
    FILE *h = fopen(path, "rb");
    assert_non_null(h);
    f->len = fread(f->b, 1, sizeof f->b, h);
    (void)fclose(h);
    assert_true(f->len > 0 && f->len < sizeof f->b);
}

static json_t *manifest(void)
{
    json_t *m = json_load_file(VECTORS "manifest-signatures.json", 0, NULL);
    assert_non_null(m);
    return m;
}

static const char *text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    assert_non_null(s);
    return s;
}

/* The only root trusted in an evaluation. */
static void root_of(struct attest_root *out, struct file *f, const json_t *m, const char *name)
{
    struct err e;
    file_load(f, text(json_object_get(json_object_get(m, "trust_roots"), name), "file"));
    assert_int_equal(attest_root_from_cert(out, bytes_of(f->b, f->len), ATTEST_ROOT_VENDOR, &e), ERR_OK);
}

static enum attest_class verify_bare(struct attest_claims *c, struct bytes quote, uint64_t now,
                                     const struct attest_policy *p, const struct attest_primitives *crypto,
                                     struct err *e)
{
    const struct attest_input in = {.evidence = quote, .now = now};
    return attest_quote_verify(c, &in, p, crypto, e);
}

/* Both tables must agree. */
static enum attest_class verify(struct attest_claims *c, const struct file *quote, uint64_t now,
                                const struct attest_root *root)
{
    struct attest_policy p = {.roots = root, .root_count = 1, .without_collateral = true, .zero_tail = true};
    struct err e = {0}, e2 = {0};
    uint8_t *exact = test_malloc(quote->len + 1); /* exact size, so that sanitizers see an overread */
    memcpy(exact, quote->b, quote->len);
    const struct attest_input in = {.evidence = bytes_of(exact, quote->len), .now = now};
    enum attest_class plain = attest_quote_verify(c, &in, &p, &attest_plain, &e);
    enum attest_class fast = attest_quote_verify(c, &in, &p, &attest_openssl, &e2);
    test_free(exact);
    assert_int_equal(plain, fast);
    assert_string_equal(e.msg, e2.msg);
    return plain;
}

static void check_hex(const json_t *fields, const char *key, const void *got, size_t len)
{
    char hex[2 * 64 + 1];
    hex_encode(hex, bytes_of(got, len));
    assert_string_equal(hex, text(fields, key));
}

static void check_fields(const json_t *fields, const struct attest_claims *c)
{
    const json_t *pck = json_object_get(fields, "pck");
    check_hex(fields, "mrenclave", c->sgx.mrenclave, 32);
    check_hex(fields, "mrsigner", c->sgx.mrsigner, 32);
    check_hex(fields, "report_data", c->report_data, 64);
    check_hex(fields, "attributes", c->sgx.attributes, 16);
    assert_int_equal(json_integer_value(json_object_get(fields, "isvprodid")), c->sgx.isv_prod_id);
    assert_int_equal(json_integer_value(json_object_get(fields, "isvsvn")), c->sgx.isv_svn);
    assert_int_equal(json_integer_value(json_object_get(fields, "declared_length")), c->declared_length);
    assert_int_equal(json_is_true(json_object_get(fields, "debug")), c->debug);
    check_hex(pck, "fmspc", c->platform.fmspc, 6);
    check_hex(pck, "pceid", c->platform.pceid, 2);
    check_hex(pck, "ppid", c->platform.ppid, 16);
    assert_int_equal(json_integer_value(json_object_get(pck, "pcesvn")), c->platform.pce_svn);
    assert_int_equal(json_integer_value(json_object_get(pck, "sgx_type")), c->platform.sgx_type);
    for (size_t i = 0; i < 16; i++)
        assert_int_equal(json_integer_value(json_array_get(json_object_get(pck, "tcb_components"), i)),
                         c->platform.components[i]);
    assert_int_equal(c->tcb, ATTEST_TCB_NOT_EVALUATED);
}

static bool listed(const json_t *list, enum attest_class c)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (strcmp(json_string_value(json_array_get(list, i)), attest_class_name(c)) == 0)
            return true;
    }
    return false;
}

static void real_quotes_verify_or_are_refused_as_the_vectors_say(void **state)
{
    json_t *m = manifest(), *one, *ev;
    size_t i, k, verified = 0, rejected = 0;
    (void)state;
    json_array_foreach(json_object_get(m, "cases"), i, one)
    {
        struct file quote, root_file;
        file_load(&quote, text(one, "file"));
        json_array_foreach(json_object_get(one, "evaluations"), k, ev)
        {
            struct attest_root root;
            struct attest_claims c;
            const json_t *want = json_object_get(ev, "expected");
            uint64_t now = (uint64_t)json_integer_value(json_object_get(ev, "verify_at_unix"));
            root_of(&root, &root_file, m, text(ev, "trust_root"));
            enum attest_class got = verify(&c, &quote, now, &root);
            if (strcmp(text(want, "result"), "verified") == 0) {
                assert_int_equal(got, ATTEST_VERIFIED);
                check_fields(json_object_get(one, "fields"), &c);
                assert_int_equal(json_is_true(json_object_get(want, "debug")), c.debug);
                verified++;
            } else {
                if (!listed(json_object_get(want, "failure_classes"), got))
                    fail_msg("%s: %s", text(one, "id"), attest_class_name(got));
                rejected++;
            }
        }
    }
    assert_true(verified >= 20 && rejected >= 5);
    json_decref(m);
}

static uint64_t iso_time(const char *s)
{
    /* "2030-09-21T21:53:43Z" as GeneralizedTime */
    uint8_t der[17] = {DER_GENERALIZED_TIME, 15};
    size_t at = 2;
    for (; *s != 0; s++) {
        if (*s != '-' && *s != ':' && *s != 'T')
            der[at++] = (uint8_t)*s;
    }
    struct reader r = reader_of(bytes_of(der, at));
    uint64_t t = der_take_time(&r);
    assert_true(reader_ok(&r));
    return t;
}

static void resign(struct file *q, const char *scalar)
{
    EC_GROUP *g = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    BN_CTX *ctx = BN_CTX_new();
    const BIGNUM *n = EC_GROUP_get0_order(g);
    BIGNUM *d = NULL, *k = BN_new(), *r = BN_new(), *s = BN_new();
    EC_POINT *p = EC_POINT_new(g);
    uint8_t point[65], hash[32];
    BN_hex2bn(&d, scalar);
    EC_POINT_mul(g, p, d, NULL, NULL, ctx);
    assert_int_equal(EC_POINT_point2oct(g, p, POINT_CONVERSION_UNCOMPRESSED, point, 65, ctx), 65);
    memcpy(q->b + 436 + 64, point + 1, 64);
    sha256(hash, bytes_of(q->b, 432));
    BIGNUM *z = BN_bin2bn(hash, 32, NULL);
    BN_rand_range(k, n);
    EC_POINT_mul(g, p, k, NULL, NULL, ctx);
    EC_POINT_get_affine_coordinates(g, p, r, NULL, ctx);
    BN_nnmod(r, r, n, ctx);
    BN_mod_mul(s, r, d, n, ctx);
    BN_mod_add(s, s, z, n, ctx);
    BN_mod_inverse(k, k, n, ctx);
    BN_mod_mul(s, s, k, n, ctx);
    BN_bn2binpad(r, q->b + 436, 32);
    BN_bn2binpad(s, q->b + 436 + 32, 32);
    EC_POINT_free(p);
    EC_GROUP_free(g);
    BN_CTX_free(ctx);
    BN_free(d);
    BN_free(k);
    BN_free(r);
    BN_free(s);
    BN_free(z);
}

static void mutate(struct file *q, const json_t *mu)
{
    const char *op = text(mu, "op");
    long long offset = json_integer_value(json_object_get(mu, "offset"));
    size_t at = offset < 0 ? q->len - (size_t)-offset : (size_t)offset;
    uint8_t value[512];
    size_t len = 0;

    if (json_object_get(mu, "value") != NULL) {
        const char *hex = text(mu, "value");
        len = strlen(hex) / 2;
        assert_true(len <= sizeof value && at + len <= q->len);
        assert_true(hex_decode_into(value, len, bytes_of_str(hex)));
    }
    if (strcmp(op, "truncate") == 0) {
        q->len = (size_t)json_integer_value(json_object_get(mu, "length"));
        return;
    }
    bool xor = strcmp(op, "set") != 0;
    assert_true(!xor || strcmp(op, "xor") == 0 || strcmp(op, "resign_body") == 0);
    for (size_t i = 0; i < len; i++)
        q->b[at + i] = (uint8_t)(xor? q->b[at + i] ^ value[i] : value[i]);
    if (strcmp(op, "resign_body") == 0)
        resign(q, text(mu, "private_scalar"));
}

static json_t *evaluation(const json_t *one, const char *name)
{
    json_t *ev;
    size_t i;
    json_array_foreach(json_object_get(one, "evaluations"), i, ev)
    {
        if (strcmp(text(ev, "name"), name) == 0)
            return ev;
    }
    fail_msg("no evaluation %s", name);
    return NULL;
}

static void every_mutation_recipe_is_refused_with_a_listed_class(void **state)
{
    json_t *m = manifest(), *one, *mu;
    size_t i, k, count = 0;
    (void)state;
    json_array_foreach(json_object_get(m, "cases"), i, one)
    {
        json_array_foreach(json_object_get(one, "mutations"), k, mu)
        {
            struct file quote, root_file;
            struct attest_root root;
            struct attest_claims c;
            json_t *ev = evaluation(one, text(mu, "evaluation"));
            const char *root_name = text(ev, "trust_root"), *target = text(mu, "target");
            uint64_t now = (uint64_t)json_integer_value(json_object_get(ev, "verify_at_unix"));
            if (strncmp(text(mu, "id"), "collateral-", 11) == 0)
                continue; /* about the dates of collateral, which is not evaluated */
            file_load(&quote, text(one, "file"));
            if (strcmp(target, "verify_at") == 0)
                now = iso_time(text(mu, "value"));
            else if (strcmp(target, "trust_root") == 0)
                root_name = text(mu, "value");
            else
                mutate(&quote, mu);
            root_of(&root, &root_file, m, root_name);
            enum attest_class got = verify(&c, &quote, now, &root);
            if (!listed(json_object_get(mu, "expected_failure"), got))
                fail_msg("%s %s: %s", text(one, "id"), text(mu, "id"), attest_class_name(got));
            count++;
        }
    }
    assert_true(count >= 110);
    json_decref(m);
}

static void both_editions_of_the_root_and_the_built_in_one_are_the_same_anchor(void **state)
{
    struct file a, b, other;
    struct attest_root ra, rb, ro;
    struct err e;
    (void)state;
    file_load(&a, "intel_sgx_root_ca.der");
    file_load(&b, "intel_sgx_root_ca_2033.der");
    file_load(&other, "untrusted_preproduction_root.der");
    assert_int_equal(attest_root_from_cert(&ra, bytes_of(a.b, a.len), ATTEST_ROOT_VENDOR, &e), ERR_OK);
    assert_int_equal(attest_root_from_cert(&rb, bytes_of(b.b, b.len), ATTEST_ROOT_VENDOR, &e), ERR_OK);
    assert_int_equal(attest_root_from_cert(&ro, bytes_of(other.b, other.len), ATTEST_ROOT_VENDOR, &e),
                     ERR_OK);
    assert_true(bytes_eq(ra.public_key, rb.public_key));
    assert_true(bytes_eq(ra.public_key, attest_vendor_roots[0].public_key));
    assert_true(bytes_eq(ra.subject, rb.subject) && bytes_eq(ra.subject, attest_vendor_roots[0].subject));
    assert_int_equal(ra.not_before, attest_vendor_roots[0].not_before);
    assert_int_equal(ra.not_after, attest_vendor_roots[0].not_after);
    assert_true(bytes_eq(ra.subject, ro.subject)); /* the trap: same name */
    assert_false(bytes_eq(ra.public_key, ro.public_key));
}

static void a_policy_without_roots_or_measurements_refuses_everything(void **state)
{
    struct file q;
    struct attest_claims c;
    struct attest_policy none = {.without_collateral = true},
                         p = {.roots = attest_vendor_roots, .root_count = 1, .without_collateral = true};
    struct err e;
    uint8_t data[64];
    const uint64_t now = 1751328000;
    (void)state;
    file_load(&q, "sgx-phala-a067-processor-ca.bin");
    struct bytes quote = bytes_of(q.b, q.len);
    memcpy(data, q.b + 48 + 320, 64);
    assert_int_equal(appraise_bare(&c, quote, now, &none, data, &attest_plain, &e),
                     ATTEST_PCK_CHAIN_UNTRUSTED);
    assert_int_equal(appraise_bare(&c, quote, now, &p, data, &attest_plain, &e), ATTEST_MEASUREMENT_MISMATCH);
    const struct attest_measurement allowed = {.kind = ATTEST_MEASURE_SGX,
                                               .value = bytes_of(q.b + 48 + 64, 32)};
    p.measurements = &allowed;
    p.measurement_count = 1;
    assert_int_equal(appraise_bare(&c, quote, now, &p, data, &attest_plain, &e), ATTEST_VERIFIED);
    assert_int_equal(c.root_label, ATTEST_ROOT_VENDOR);
    data[63] ^= 1; /* the last byte counts too */
    assert_int_equal(appraise_bare(&c, quote, now, &p, data, &attest_plain, &e), ATTEST_REPORT_DATA_MISMATCH);
}

static void a_tail_is_refused_unless_it_is_zero_and_allowed(void **state)
{
    struct file q;
    struct attest_claims c;
    struct attest_policy p = {.roots = attest_vendor_roots, .root_count = 1, .without_collateral = true};
    struct err e;
    const uint64_t now = 1751328000;
    (void)state;
    file_load(&q, "sgx-phala-a067-processor-ca.bin");
    memset(q.b + q.len, 0, 10);
    struct bytes longer = bytes_of(q.b, q.len + 10);
    assert_int_equal(verify_bare(&c, longer, now, &p, &attest_plain, &e), ATTEST_FORMAT);
    p.zero_tail = true;
    assert_int_equal(verify_bare(&c, longer, now, &p, &attest_plain, &e), ATTEST_VERIFIED);
    assert_int_equal(c.declared_length, q.len);
    q.b[q.len + 9] = 1;
    assert_int_equal(verify_bare(&c, longer, now, &p, &attest_plain, &e), ATTEST_FORMAT);
}

static void debug_quotes_of_real_hardware_are_refused_by_every_policy(void **state)
{
    struct file q;
    struct attest_claims c;
    struct attest_policy p = {.roots = attest_vendor_roots,
                              .root_count = 1,
                              .without_collateral = true,
                              .any_measurement = true,
                              .allow_development = true};
    struct err e;
    uint8_t data[64];
    (void)state;
    file_load(&q, "sgx-oasis-00606a-uptodate.bin");
    memcpy(data, q.b + 48 + 320, 64);
    assert_int_equal(appraise_bare(&c, bytes_of(q.b, q.len), 1657143240, &p, data, &attest_plain, &e),
                     ATTEST_DEBUG_NOT_ALLOWED);
}

/* Only the extensions: the certificates have P-384 keys, which this project's own never have. */
static void evidence_extensions_of_other_makers_are_read_and_their_quotes_verified(void **state)
{
    json_t *m = manifest(), *one;
    size_t i;
    (void)state;
    assert_true(json_array_size(json_object_get(m, "ratls")) == 2);
    json_array_foreach(json_object_get(m, "ratls"), i, one)
    {
        struct file value;
        struct ratls_evidence v;
        struct attest_claims c;
        struct attest_policy p = {.roots = attest_vendor_roots, .root_count = 1, .without_collateral = true};
        struct err e;
        uint8_t hash[32], want[64];
        file_load(&value, text(one, "file"));
        assert_int_equal(attest_ratls_read(&v, bytes_of(value.b, value.len), &e), ATTEST_VERIFIED);
        check_hex(one, "spki_sha256", v.pubkey_hash, 32);
        sha256(hash, v.quote);
        check_hex(one, "evidence_sha256", hash, 32);
        uint64_t now = (uint64_t)json_integer_value(json_object_get(one, "verify_at_unix"));
        assert_int_equal(verify_bare(&c, v.quote, now, &p, &attest_plain, &e), ATTEST_VERIFIED);
        check_hex(one, "mrenclave", c.sgx.mrenclave, 32);
        attest_ratls_report_data(want, v.claims);
        assert_memory_equal(c.report_data, want, 64);
    }
    json_decref(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_quotes_verify_or_are_refused_as_the_vectors_say),
        cmocka_unit_test(every_mutation_recipe_is_refused_with_a_listed_class),
        cmocka_unit_test(both_editions_of_the_root_and_the_built_in_one_are_the_same_anchor),
        cmocka_unit_test(a_policy_without_roots_or_measurements_refuses_everything),
        cmocka_unit_test(a_tail_is_refused_unless_it_is_zero_and_allowed),
        cmocka_unit_test(evidence_extensions_of_other_makers_are_read_and_their_quotes_verified),
        cmocka_unit_test(debug_quotes_of_real_hardware_are_refused_by_every_policy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
