/* attest/ratls_vectors_test.c — attested certificates of other makers: every evaluation of the manifest, its
 * recipes carried out, and the older forms. */
#include "attest/cbor.h"
#include "attest/pem.h"
#include "attest/ratls.h"
#include "attest/vectors_test.h"
#include "attest/x509.h"
#include "crypto/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/x509v3.h>

/* One evaluation of one certificate. */
struct world {
    struct arena arena;
    struct vectors_subject subject;
    struct bytes der;
    struct attest_policy policy;
    const struct attest_endorsements *endorsed;
};

static struct bytes first_block(struct arena *a, struct bytes pem)
{
    struct writer w = writer_in(a, pem.len);
    struct bytes der = BYTES_EMPTY;
    assert_int_equal(pem_next(&pem, &w, &der), PEM_BLOCK);
    return der;
}

static void world_init(struct world *w, const json_t *m, const json_t *one, const json_t *ev)
{
    struct err e;
    memset(w, 0, sizeof *w);
    arena_init(&w->arena, &arena_heap, VECTORS_ARENA);
    vectors_subject_load(&w->subject, &w->arena, m, one, ev, "certificate");
    w->der = first_block(&w->arena, w->subject.evidence);
    w->policy = vectors_policy(&w->subject);
    w->policy.any_measurement = w->policy.allow_debug = w->policy.any_advisory = true;
    w->policy.tcb_allowed = ATTEST_TCB_TOLERANT | ATTEST_TCB_BIT(ATTEST_TCB_OUT_OF_DATE) |
                            ATTEST_TCB_BIT(ATTEST_TCB_NOT_EVALUATED);
    assert_int_equal(vectors_endorse(&w->endorsed, &w->arena, &w->subject, &attest_openssl, &e),
                     ATTEST_VERIFIED);
}

static void world_fini(struct world *w)
{
    vectors_subject_free(&w->subject);
    arena_fini(&w->arena);
}

static enum attest_class judge_as(struct attest_claims *c, const struct world *w, struct bytes der,
                                  enum attest_ratls_form form)
{
    struct err e, e2;
    struct bytes exact = vectors_exact(der);
    enum attest_class fast = attest_ratls_verify_form(c, form, exact, w->endorsed, w->subject.now, &w->policy,
                                                      &attest_openssl, &e);
    enum attest_class plain =
        attest_ratls_verify_form(c, form, exact, w->endorsed, w->subject.now, &w->policy, &attest_plain, &e2);
    test_free((void *)(uintptr_t)exact.p);
    assert_int_equal(fast, plain);
    return fast;
}

static enum attest_class judge(const struct world *w, struct bytes der)
{
    struct attest_claims c;
    return judge_as(&c, w, der, ATTEST_RATLS_INTEROPERABLE);
}

static struct bytes evidence_value(const struct world *w)
{
    struct x509 cert;
    struct err e;
    assert_int_equal(x509_read(&cert, w->der, &e), ERR_OK);
    return x509_extension(&cert, x509_oid_evidence);
}

/* --- a certificate of our own around somebody's evidence --- */

static EVP_PKEY *own_key(struct arena *a, struct bytes *spki)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    unsigned char *der = NULL;
    assert_non_null(key);
    int len = i2d_PUBKEY(key, &der);
    assert_true(len > 0);
    *spki = arena_dup(a, bytes_of(der, (size_t)len));
    OPENSSL_free(der);
    return key;
}

static struct bytes certificate(struct arena *a, EVP_PKEY *key, const char *oid_opt, struct bytes value)
{
    X509 *x = X509_new();
    unsigned char *der = NULL;
    assert_non_null(x);
    assert_int_equal(X509_set_version(x, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), 7), 1);
    assert_int_equal(X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                                                (const unsigned char *)"peer", -1, -1, 0),
                     1);
    assert_int_equal(X509_set_issuer_name(x, X509_get_subject_name(x)), 1);
    assert_int_equal(ASN1_TIME_set_string(X509_getm_notBefore(x), "010101000000Z"), 1);
    assert_int_equal(ASN1_TIME_set_string(X509_getm_notAfter(x), "491231235959Z"), 1);
    assert_int_equal(X509_set_pubkey(x, key), 1);
    if (oid_opt != NULL) {
        ASN1_OBJECT *oid = OBJ_txt2obj(oid_opt, 1);
        ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
        assert_int_equal(ASN1_OCTET_STRING_set(octets, value.p, (int)value.len), 1);
        X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, octets);
        assert_int_equal(X509_add_ext(x, extension, -1), 1);
        X509_EXTENSION_free(extension);
        ASN1_OCTET_STRING_free(octets);
        ASN1_OBJECT_free(oid);
    }
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    int len = i2d_X509(x, &der);
    assert_true(len > 0);
    struct bytes out = arena_dup(a, bytes_of(der, (size_t)len));
    OPENSSL_free(der);
    X509_free(x);
    return out;
}

/* Claims about this key, with another claim beside it or without the key itself. */
static struct bytes claims_about(struct arena *a, struct bytes spki, bool with_key, bool with_more)
{
    struct writer own = writer_in(a, 256), w = writer_in(a, 256);
    attest_ratls_claims(&own, spki);
    cbor_put_head(&w, CBOR_MAP, (uint64_t)with_key + (uint64_t)with_more);
    if (with_key)
        put_bytes(&w, bytes_from(writer_bytes(&own), 1)); /* behind the head of a map of one */
    if (with_more) {
        cbor_put_string(&w, CBOR_TEXT, BYTES_LIT("role"));
        cbor_put_string(&w, CBOR_BYTES, BYTES_LIT("admin"));
    }
    return writer_bytes(&w);
}

static struct bytes value_of(struct arena *a, uint64_t tag, struct bytes quote, struct bytes claims)
{
    struct writer w = writer_in(a, RATLS_EXTENSION_MAX);
    cbor_put_head(&w, CBOR_TAG, tag);
    cbor_put_head(&w, CBOR_ARRAY, 2);
    cbor_put_string(&w, CBOR_BYTES, quote);
    cbor_put_string(&w, CBOR_BYTES, claims);
    return writer_bytes(&w);
}

/* What a recipe describes, carried out with a key of our own where the certificate must be signed again. */
static struct bytes carry_out(struct world *w, const json_t *recipe)
{
    const char *id = vectors_text(recipe, "id");
    struct arena *a = &w->arena;
    struct ratls_evidence v;
    struct err e;
    struct bytes spki, out;

    if (json_object_get(recipe, "target") != NULL) {
        assert_string_equal(vectors_text(recipe, "target"), "certificate_der");
        return vectors_mutate(a, w->der, recipe);
    }
    EVP_PKEY *key = own_key(a, &spki);
    assert_int_equal(attest_ratls_read(&v, evidence_value(w), &e), ATTEST_VERIFIED);
    if (strcmp(id, "other-key") == 0) {
        out = certificate(a, key, RATLS_OID_TEXT, evidence_value(w));
    } else if (strcmp(id, "claim-added") == 0) {
        struct bytes claims = claims_about(a, spki, true, true);
        out = certificate(a, key, RATLS_OID_TEXT, value_of(a, 60000, v.quote, claims));
    } else if (strcmp(id, "claim-pubkey-hash-removed") == 0) {
        struct bytes claims = claims_about(a, spki, false, true);
        out = certificate(a, key, RATLS_OID_TEXT, value_of(a, 60000, v.quote, claims));
    } else if (strcmp(id, "no-extension") == 0) {
        out = certificate(a, key, NULL, BYTES_EMPTY);
    } else {
        assert_string_equal(id, "wrong-tag");
        struct bytes claims = claims_about(a, spki, true, false);
        out = certificate(a, key, RATLS_OID_TEXT, value_of(a, 60001, v.quote, claims));
    }
    EVP_PKEY_free(key);
    return out;
}

static bool is_ratls(const json_t *one)
{
    return json_object_get(one, "kind") != NULL && strcmp(vectors_text(one, "kind"), "ra-tls") == 0;
}

static void check_fields(struct world *w, const json_t *f)
{
    struct ratls_evidence v;
    struct x509 cert;
    struct err e;
    uint8_t hash[32];
    const json_t *certificate = json_object_get(f, "certificate");
    assert_int_equal(x509_read(&cert, w->der, &e), ERR_OK);
    assert_int_equal(cert.not_before, vectors_time(vectors_text(certificate, "not_before")));
    assert_int_equal(cert.not_after, vectors_time(vectors_text(certificate, "not_after")));
    sha256(hash, cert.spki);
    assert_true(vectors_hex_is(certificate, "spki_sha256", hash, 32));
    assert_int_equal(attest_ratls_read(&v, evidence_value(w), &e), ATTEST_VERIFIED);
    assert_memory_equal(v.pubkey_hash, hash, 32);
    assert_true(vectors_hex_is(f, "claims_hex", v.claims.p, v.claims.len));
    sha256(hash, v.claims);
    assert_true(vectors_hex_is(f, "claims_sha256", hash, 32));
    sha256(hash, v.quote);
    assert_true(vectors_hex_is(f, "evidence_sha256", hash, 32));
    vectors_check_fields(&w->arena, json_object_get(f, "quote"), v.quote);
}

static void certificates_of_other_makers_verify_as_the_vectors_say(void **state)
{
    json_t *m = vectors_manifest(), *one, *ev;
    size_t i, k, count = 0;
    (void)state;
    json_array_foreach(json_object_get(m, "cases"), i, one)
    {
        if (!is_ratls(one))
            continue;
        json_array_foreach(json_object_get(one, "evaluations"), k, ev)
        {
            struct world w;
            struct attest_claims c;
            world_init(&w, m, one, ev);
            assert_string_equal(vectors_text(json_object_get(ev, "expected"), "result"), "verified");
            assert_int_equal(judge_as(&c, &w, w.der, ATTEST_RATLS_INTEROPERABLE), ATTEST_VERIFIED);
            vectors_check_expected(ev, &c);
            check_fields(&w, json_object_get(one, "fields"));
            w.policy.allow_debug = false; /* the policy speaks here as everywhere */
            assert_int_equal(judge(&w, w.der), ATTEST_DEBUG_NOT_ALLOWED);
            world_fini(&w);
            count++;
        }
    }
    json_decref(m);
    print_message("# %zu evaluations\n", count);
    assert_int_equal(count, 4);
}

static void every_recipe_carried_out_is_refused_with_a_listed_class(void **state)
{
    json_t *m = vectors_manifest(), *one, *recipe;
    size_t i, k, count = 0;
    (void)state;
    json_array_foreach(json_object_get(m, "cases"), i, one)
    {
        if (!is_ratls(one))
            continue;
        json_array_foreach(json_object_get(one, "mutations"), k, recipe)
        {
            struct world w;
            world_init(&w, m, one, json_array_get(json_object_get(one, "evaluations"), 0));
            enum attest_class got = judge(&w, carry_out(&w, recipe));
            if (!vectors_listed(json_object_get(recipe, "expected_failure"), got))
                fail_msg("%s %s: %s", vectors_text(one, "id"), vectors_text(recipe, "id"),
                         attest_class_name(got));
            world_fini(&w);
            count++;
        }
    }
    json_decref(m);
    print_message("# %zu recipes refused\n", count);
    assert_int_equal(count, 12);
}

static void the_older_form_is_read_when_it_is_chosen_and_only_then(void **state)
{
    json_t *m = vectors_manifest();
    const json_t *one = vectors_case(m, "ratls-gramine");
    struct world w;
    struct attest_claims c;
    struct bytes spki;
    (void)state;
    world_init(&w, m, one, vectors_evaluation(one, "signatures"));
    assert_int_equal(judge_as(&c, &w, w.der, ATTEST_RATLS_QUOTE_GRAMINE), ATTEST_VERIFIED);
    assert_int_equal(judge_as(&c, &w, w.der, ATTEST_RATLS_QUOTE), ATTEST_RATLS_NO_EVIDENCE);
    /* the quote of the one form is bound to the claims, not to the key: it does not do for the other */
    struct ratls_evidence v;
    struct err e;
    assert_int_equal(attest_ratls_read(&v, evidence_value(&w), &e), ATTEST_VERIFIED);
    EVP_PKEY *key = own_key(&w.arena, &spki);
    struct bytes der = certificate(&w.arena, key, "1.2.840.113741.1337.6", v.quote);
    assert_int_equal(judge_as(&c, &w, der, ATTEST_RATLS_QUOTE), ATTEST_RATLS_KEY_BINDING);
    assert_int_equal(judge_as(&c, &w, der, ATTEST_RATLS_QUOTE_GRAMINE), ATTEST_RATLS_NO_EVIDENCE);
    assert_int_equal(judge(&w, der), ATTEST_RATLS_NO_EVIDENCE);
    EVP_PKEY_free(key);
    world_fini(&w);
    json_decref(m);
}

static void claims_are_named_once_and_end_where_they_say(void **state)
{
    struct arena a;
    struct bytes spki;
    struct ratls_evidence v;
    struct err e;
    (void)state;
    arena_init(&a, &arena_heap, 1 << 20);
    EVP_PKEY *key = own_key(&a, &spki);
    struct bytes good = claims_about(&a, spki, true, true), quote = BYTES_LIT("quote");
    assert_int_equal(attest_ratls_read(&v, value_of(&a, 60000, quote, good), &e), ATTEST_VERIFIED);
    struct bytes role = bytes_of(good.p + good.len - 11, 11); /* its head, "role", a head, "admin" */
    struct writer w = writer_in(&a, 512);
    cbor_put_head(&w, CBOR_MAP, 3);
    put_bytes(&w, bytes_from(good, 1));
    put_bytes(&w, role);
    assert_int_equal(attest_ratls_read(&v, value_of(&a, 60000, quote, writer_bytes(&w)), &e),
                     ATTEST_RATLS_EVIDENCE_FORMAT);
    assert_non_null(strstr(e.msg, "twice"));
    w.len = 0;
    put_bytes(&w, good);
    put_u8(&w, 0);
    assert_int_equal(attest_ratls_read(&v, value_of(&a, 60000, quote, writer_bytes(&w)), &e),
                     ATTEST_RATLS_EVIDENCE_FORMAT);
    EVP_PKEY_free(key);
    arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_of_other_makers_verify_as_the_vectors_say),
        cmocka_unit_test(every_recipe_carried_out_is_refused_with_a_listed_class),
        cmocka_unit_test(claims_are_named_once_and_end_where_they_say),
        cmocka_unit_test(the_older_form_is_read_when_it_is_chosen_and_only_then),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
