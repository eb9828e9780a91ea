/* attest/vectors_test.c — quotes of real SGX and TDX platforms: every evaluation of the manifest has its
 * outcome, every recipe is refused with a class of its list. */
#include "attest/vectors_test.h"
#include "attest/quote.h"
#include "base/hex.h"
#include "crypto/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

enum { VERIFIED_AT_LEAST = 60, REJECTED_AT_LEAST = 9, RECIPES_AT_LEAST = 340 };

/* SGX and TDX cases whose evidence is a bare quote. */
static bool is_quote(const json_t *one)
{
    const char *tee = vectors_text(one, "tee");
    return json_object_get(json_object_get(one, "files"), "quote") != NULL &&
           (strcmp(tee, "sgx") == 0 || strcmp(tee, "tdx") == 0);
}

static bool ever_verifies(const json_t *one)
{
    json_t *ev;
    size_t i;
    json_array_foreach(json_object_get(one, "evaluations"), i, ev)
    {
        if (strcmp(vectors_text(json_object_get(ev, "expected"), "result"), "verified") == 0)
            return true;
    }
    return false;
}

/* One evaluation with one table; both tables have to say the same, word for word. */
static bool evaluate(struct arena *a, const json_t *m, const json_t *one, const json_t *ev)
{
    const struct attest_primitives *const tables[] = {&attest_plain, &attest_openssl};
    const json_t *want = json_object_get(ev, "expected");
    const bool verified = strcmp(vectors_text(want, "result"), "verified") == 0;
    struct vectors_subject s;
    struct err e[2] = {0};

    vectors_subject_load(&s, a, m, one, ev, "quote");
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        struct attest_claims c;
        enum attest_class got = vectors_verify(&c, a, &s, tables[i], &e[i]);
        if (verified && got != ATTEST_VERIFIED)
            fail_msg("%s %s: %s", vectors_text(one, "id"), vectors_text(ev, "name"), e[i].msg);
        if (!verified && !vectors_listed(json_object_get(want, "failure_classes"), got))
            fail_msg("%s %s: %s", vectors_text(one, "id"), vectors_text(ev, "name"), attest_class_name(got));
        if (verified)
            vectors_check_expected(ev, &c);
    }
    assert_string_equal(e[0].msg, e[1].msg);
    vectors_subject_free(&s);
    return verified;
}

static void real_quotes_verify_or_are_refused_as_the_vectors_say(void **state)
{
    json_t *m = vectors_manifest(), *one, *ev;
    size_t i, k, verified = 0, rejected = 0;
    struct arena a;
    (void)state;
    arena_init(&a, &arena_heap, VECTORS_ARENA);
    json_array_foreach(json_object_get(m, "cases"), i, one)
    {
        if (!is_quote(one))
            continue;
        json_array_foreach(json_object_get(one, "evaluations"), k, ev)
        {
            if (evaluate(&a, m, one, ev))
                verified++;
            else
                rejected++;
            arena_reset(&a);
        }
    }
    arena_fini(&a);
    json_decref(m);
    print_message("# %zu evaluations verified, %zu rejected\n", verified, rejected);
    assert_true(verified >= VERIFIED_AT_LEAST && rejected >= REJECTED_AT_LEAST);
}

static void every_decoded_field_is_what_the_vectors_say(void **state)
{
    json_t *m = vectors_manifest(), *one;
    size_t i, count = 0;
    struct arena a;
    (void)state;
    arena_init(&a, &arena_heap, VECTORS_ARENA);
    json_array_foreach(json_object_get(m, "cases"), i, one)
    {
        if (!is_quote(one) || !ever_verifies(one))
            continue;
        struct bytes quote = vectors_load(&a, vectors_text(json_object_get(one, "files"), "quote"));
        vectors_check_fields(&a, json_object_get(one, "fields"), quote);
        arena_reset(&a);
        count++;
    }
    arena_fini(&a);
    json_decref(m);
    print_message("# fields of %zu quotes\n", count);
    assert_true(count >= 25);
}

/* Puts the key of a scalar in place of the attestation key and signs the signed part again. */
static void resign(uint8_t *quote, size_t len, const char *scalar)
{
    struct quote q;
    struct err e;
    uint8_t point[65], hash[32];
    EC_GROUP *g = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    BN_CTX *ctx = BN_CTX_new();
    const BIGNUM *n = EC_GROUP_get0_order(g);
    BIGNUM *d = NULL, *k = BN_new(), *r = BN_new(), *s = BN_new();
    EC_POINT *p = EC_POINT_new(g);

    assert_int_equal(quote_read(&q, bytes_of(quote, len), true, &e), ATTEST_VERIFIED);
    uint8_t *signature = quote + (q.signature.p - quote);
    BN_hex2bn(&d, scalar);
    EC_POINT_mul(g, p, d, NULL, NULL, ctx);
    assert_int_equal(EC_POINT_point2oct(g, p, POINT_CONVERSION_UNCOMPRESSED, point, 65, ctx), 65);
    memcpy(signature + 64, point + 1, 64);
    sha256(hash, q.signed_part);
    BIGNUM *z = BN_bin2bn(hash, 32, NULL);
    BN_rand_range(k, n);
    EC_POINT_mul(g, p, k, NULL, NULL, ctx);
    EC_POINT_get_affine_coordinates(g, p, r, NULL, ctx);
    BN_nnmod(r, r, n, ctx);
    BN_mod_mul(s, r, d, n, ctx);
    BN_mod_add(s, s, z, n, ctx);
    BN_mod_inverse(k, k, n, ctx);
    BN_mod_mul(s, s, k, n, ctx);
    BN_bn2binpad(r, signature, 32);
    BN_bn2binpad(s, signature + 32, 32);
    sha256(hash, q.signed_part);
    assert_true(attest_openssl.p256_verify(signature + 64, hash, signature));
    EC_POINT_free(p);
    EC_GROUP_free(g);
    BN_CTX_free(ctx);
    BN_free(d);
    BN_free(k);
    BN_free(r);
    BN_free(s);
    BN_free(z);
}

static void mutate_quote(struct vectors_subject *s, struct arena *a, const json_t *recipe)
{
    s->evidence = vectors_mutate(a, s->evidence, recipe);
    if (strcmp(vectors_text(recipe, "op"), "resign_body") != 0)
        return;
    uint8_t *copy = arena_alloc(a, s->evidence.len);
    memcpy(copy, s->evidence.p, s->evidence.len);
    resign(copy, s->evidence.len, vectors_text(recipe, "private_scalar"));
    s->evidence = bytes_of(copy, s->evidence.len);
}

static bool is_hex_member(const char *name)
{
    static const char *const names[] = {"root_ca_crl", "pck_crl", "tcb_info_signature",
                                        "qe_identity_signature"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

static void set_member(json_t *file, const char *name, json_t *owned_value)
{
    assert_non_null(json_object_get(file, name));
    assert_int_equal(json_object_set_new(file, name, owned_value), 0);
}

static void mutate_member(struct arena *a, json_t *file, const char *name, const json_t *recipe)
{
    const char *text = vectors_text(file, name);
    if (!is_hex_member(name)) {
        struct bytes new = vectors_mutate(a, bytes_of_str(text), recipe);
        set_member(file, name, json_stringn_nocheck(new.len == 0 ? "" : (const char *)new.p, new.len));
        return;
    }
    struct bytes new = vectors_mutate(a, vectors_hex(a, text), recipe);
    char *hex = arena_alloc(a, 2 * new.len + 1);
    hex_encode(hex, new);
    set_member(file, name, json_string(hex));
}

static void copy_from(json_t *file, const json_t *m, const json_t *recipe)
{
    const json_t *other = vectors_case(m, vectors_text(recipe, "case"));
    const json_t *ev = vectors_evaluation(other, vectors_text(recipe, "collateral"));
    json_t *source = vectors_collateral_json(vectors_text(ev, "collateral")), *name;
    size_t i;

    json_array_foreach(json_object_get(recipe, "fields"), i, name)
    {
        const char *key = json_string_value(name);
        set_member(file, key, json_string(vectors_text(source, key)));
    }
    assert_true(i > 0);
    json_decref(source);
}

static void mutate_collateral(struct arena *a, json_t *file, const json_t *m, const json_t *recipe)
{
    const char *name = vectors_text(recipe, "target") + strlen("collateral."),
               *op = vectors_text(recipe, "op");

    assert_non_null(file);
    if (strcmp(op, "swap") == 0) {
        const char *with = vectors_text(recipe, "with");
        json_t *mine = json_string(vectors_text(file, name));
        set_member(file, name, json_string(vectors_text(file, with)));
        set_member(file, with, mine);
    } else if (strcmp(op, "copy_field") == 0) {
        set_member(file, name, json_string(vectors_text(file, vectors_text(recipe, "from"))));
    } else if (strcmp(op, "copy_from") == 0) {
        copy_from(file, m, recipe);
    } else {
        mutate_member(a, file, name, recipe);
    }
}

static void apply(struct vectors_subject *s, struct arena *a, const json_t *m, const json_t *recipe)
{
    const char *target = vectors_text(recipe, "target");

    if (strcmp(target, "quote") == 0)
        mutate_quote(s, a, recipe);
    else if (strncmp(target, "collateral.", strlen("collateral.")) == 0)
        mutate_collateral(a, s->collateral, m, recipe);
    else if (strcmp(target, "verify_at") == 0)
        s->now = vectors_time(vectors_text(recipe, "value"));
    else if (strcmp(target, "trust_root") == 0)
        vectors_root(&s->root, a, m, vectors_text(recipe, "value"));
    else
        fail_msg("unknown target %s", target);
}

static void every_recipe_is_refused_with_a_listed_class(void **state)
{
    json_t *m = vectors_manifest(), *one, *recipe;
    size_t i, k, count = 0;
    struct arena a;
    (void)state;
    arena_init(&a, &arena_heap, VECTORS_ARENA);
    json_array_foreach(json_object_get(m, "cases"), i, one)
    {
        json_array_foreach(json_object_get(one, "mutations"), k, recipe)
        {
            struct vectors_subject s;
            struct attest_claims c;
            struct err e;
            if (!is_quote(one))
                break;
            const json_t *ev = vectors_evaluation(one, vectors_text(recipe, "evaluation"));
            vectors_subject_load(&s, &a, m, one, ev, "quote");
            apply(&s, &a, m, recipe);
            enum attest_class got = vectors_verify(&c, &a, &s, &attest_openssl, &e);
            if (!vectors_listed(json_object_get(recipe, "expected_failure"), got))
                fail_msg("%s %s: %s", vectors_text(one, "id"), vectors_text(recipe, "id"),
                         attest_class_name(got));
            vectors_subject_free(&s);
            arena_reset(&a);
            count++;
        }
    }
    arena_fini(&a);
    json_decref(m);
    print_message("# %zu recipes refused\n", count);
    assert_true(count >= RECIPES_AT_LEAST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_quotes_verify_or_are_refused_as_the_vectors_say),
        cmocka_unit_test(every_decoded_field_is_what_the_vectors_say),
        cmocka_unit_test(every_recipe_is_refused_with_a_listed_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
