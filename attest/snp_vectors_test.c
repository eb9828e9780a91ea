/* attest/snp_vectors_test.c — real SEV-SNP evidence: every evaluation, field and recipe of the manifest,
 * every flipped byte of one report and of one certificate table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "attest/hcl.h"
#include "attest/snp.h"
#include "attest/vcek.h"
#include "attest/vectors_support_test.h"
#include "base/writer.h"
#include "crypto/hash.h"

/* One evaluation as the verifier takes it; recipes change it. */
struct setting {
    struct bytes report, leaf, intermediate;
    struct attest_root root;
    uint64_t now;
};

static struct arena arena;
static json_t *manifest;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, &arena_heap, VECTORS_ARENA);
    manifest = vectors_manifest();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    json_decref(manifest);
    arena_fini(&arena);
    return 0;
}

static void put_entry(struct writer *w, const char *guid, size_t offset, size_t len)
{
    put_bytes(w, vectors_hex(&arena, guid));
    put_u32(w, (uint32_t)offset);
    put_u32(w, (uint32_t)len);
}

/* report ‖ table of the leaf, under the GUID of the kind the report asks for, and its issuer. */
static struct bytes with_table(const struct setting *s)
{
    struct writer w = writer_in(&arena, VECTORS_FILE_MAX);
    bool vlek = s->report.len > 0x48 && (s->report.p[0x48] >> 2 & 7) == SNP_KEY_VLEK;
    const size_t head = 3 * 24;

    put_bytes(&w, s->report);
    put_entry(&w, vlek ? "a8074bc2a25a483eaae639c045a0b8a1" : "63da758de6644564adc5f4b93be8accd", head,
              s->leaf.len);
    put_entry(&w, "4ab7b379bbac4fe4a02f05aef327c782", head + s->leaf.len, s->intermediate.len);
    put_bytes(&w, bytes_of((const uint8_t[24]){0}, 24));
    put_bytes(&w, s->leaf);
    put_bytes(&w, s->intermediate);
    assert_true(writer_ok(&w));
    return writer_bytes(&w);
}

/* Both tables of primitives must agree. */
static enum attest_class verify(struct attest_claims *out, struct bytes evidence,
                                const struct attest_endorsements *endorsed, const struct attest_policy *p,
                                uint64_t now)
{
    struct err plain_why = {0}, fast_why = {0};
    struct bytes exact = vectors_exact(evidence);
    const struct attest_input in = {.evidence = exact, .endorsements = endorsed, .now = now};
    enum attest_class plain = attest_snp_verify(out, &in, p, &attest_plain, &plain_why);
    enum attest_class fast = attest_snp_verify(out, &in, p, &attest_openssl, &fast_why);

    assert_int_equal(plain, fast);
    assert_string_equal(plain_why.msg, fast_why.msg);
    test_free((void *)(uintptr_t)exact.p);
    return fast;
}

/* Leaf and issuer as the host's table carries them. */
static enum attest_class by_table(struct attest_claims *out, const struct setting *s)
{
    const struct attest_policy p = {.roots = &s->root, .root_count = 1, .without_amd_crl = true};
    return verify(out, with_table(s), NULL, &p, s->now);
}

/* Leaf and issuer as the relying party fetched them. */
static enum attest_class by_endorsements(struct attest_claims *out, const struct setting *s)
{
    const struct attest_policy p = {.roots = &s->root, .root_count = 1, .without_amd_crl = true};
    const struct attest_collateral c = {.snp_leaf = s->leaf, .snp_intermediate = s->intermediate};
    const struct attest_endorsements *endorsed;
    struct err e;
    enum attest_class got = attest_endorse(&endorsed, &arena, &c, &p, &attest_openssl, &e);

    return got == ATTEST_VERIFIED ? verify(out, s->report, endorsed, &p, s->now) : got;
}

static void setting_of(struct setting *s, const json_t *one, const json_t *ev)
{
    s->report = vectors_load(&arena, vectors_text(json_object_get(one, "files"), "report"));
    s->leaf = vectors_load(&arena, vectors_text(ev, "leaf"));
    s->intermediate = vectors_load(&arena, vectors_text(ev, "intermediate"));
    s->now = (uint64_t)vectors_int(ev, "verify_at_unix");
    vectors_root(&s->root, &arena, manifest, vectors_text(ev, "trust_root"));
}

static const json_t *snp_case(size_t i)
{
    const json_t *one = json_array_get(json_object_get(manifest, "cases"), i);
    return strcmp(vectors_text(one, "tee"), "snp") == 0 ? one : NULL;
}

static size_t case_count(void)
{
    return json_array_size(json_object_get(manifest, "cases"));
}

static void check_number(const json_t *fields, const char *key, uint64_t got)
{
    char text[2 + 16 + 1];
    (void)snprintf(text, sizeof text, "0x%llx", (unsigned long long)got);
    assert_string_equal(vectors_text(fields, key), text);
}

static void check_fields(const json_t *f, const json_t *leaf, const struct attest_claims *c)
{
    const struct attest_snp_claims *s = &c->snp;
    const json_t *ext = json_object_get(leaf, "extensions");
    const struct {
        const char *key;
        const void *got;
        size_t len;
    } strings[] = {
        {"family_id", s->family_id, 16},        {"image_id", s->image_id, 16},
        {"current_tcb", s->current_tcb, 8},     {"reported_tcb", s->reported_tcb, 8},
        {"committed_tcb", s->committed_tcb, 8}, {"launch_tcb", s->launch_tcb, 8},
        {"report_data", c->report_data, 64},    {"measurement", s->measurement, 48},
        {"host_data", s->host_data, 32},        {"id_key_digest", s->id_key_digest, 48},
        {"report_id", s->report_id, 32},        {"author_key_digest", s->author_key_digest, 48},
        {"report_id_ma", s->report_id_ma, 32},  {"chip_id", s->chip_id, 64},
    };

    for (size_t i = 0; i < ARRAY_LEN(strings); i++)
        assert_true(vectors_hex_is(f, strings[i].key, strings[i].got, strings[i].len));
    assert_true(vectors_int_is(f, "version", s->version));
    assert_true(vectors_int_is(f, "guest_svn", s->guest_svn));
    assert_true(vectors_int_is(f, "vmpl", s->vmpl));
    assert_true(vectors_int_is(f, "author_key_en", s->author_key));
    check_number(f, "policy", s->policy);
    check_number(f, "platform_info", s->platform_info);
    assert_int_equal(json_is_true(json_object_get(f, "policy_debug")), c->debug);
    assert_int_equal(strcmp(vectors_text(f, "signing_key"), "VLEK") == 0, s->vlek);
    assert_true(vcek_product_is(bytes_of_str(vectors_text(ext, "product")), s->product));
    if (s->vlek)
        assert_true(bytes_eq(bytes_of(s->csp_id, s->csp_id_len), bytes_of_str(vectors_text(ext, "csp_id"))));
    else
        assert_int_equal(s->csp_id_len, 0);
}

static void check_claims(const json_t *one, const json_t *want, const struct setting *s,
                         const struct attest_claims *c)
{
    uint8_t hash[32];
    const json_t *leaf = json_object_get(one, "leaf");
    bool below = memcmp(c->snp.reported_tcb, c->snp.current_tcb, 8) != 0;

    check_fields(json_object_get(one, "fields"), leaf, c);
    assert_int_equal(c->kind, ATTEST_KIND_SNP);
    assert_int_equal(json_is_true(json_object_get(want, "debug")), c->debug);
    assert_int_equal(json_is_true(json_object_get(want, "reported_below_current")), below);
    assert_int_equal(c->tcb, ATTEST_TCB_NOT_EVALUATED);
    assert_int_equal(c->valid_until, vectors_time(vectors_text(leaf, "not_after")));
    assert_int_equal(c->collateral_issued, 0);
    assert_int_equal(c->root_index, 0);
    blake2_256(hash, bytes_of(s->report.p, 0x2a0));
    assert_memory_equal(c->signed_hash, hash, 32);
}

/* "accept", or the classes a refusal may have. */
static void check_policy(const json_t *want, uint32_t tcb_allowed, const struct attest_claims *c,
                         uint64_t now)
{
    const struct attest_policy p = {
        .any_measurement = true, .tcb_allowed = tcb_allowed, .without_amd_crl = true, .snp_vmpl_max = 3};
    struct err e;
    enum attest_class got = attest_policy_check(&p, c, now, NULL, &e);

    if (json_is_string(want))
        assert_int_equal(got, ATTEST_VERIFIED);
    else
        assert_true(vectors_listed(want, got));
}

static void real_reports_verify_and_say_what_the_vectors_say(void **state)
{
    size_t verified = 0, k;
    json_t *ev;
    (void)state;
    for (size_t i = 0; i < case_count(); i++) {
        const json_t *one = snp_case(i);
        json_array_foreach(json_object_get(one, "evaluations"), k, ev)
        {
            const json_t *want = json_object_get(ev, "expected"), *policy = json_object_get(want, "policy");
            struct setting s;
            struct attest_claims c;
            setting_of(&s, one, ev);
            assert_string_equal(vectors_text(want, "result"), "verified");
            assert_int_equal(by_table(&c, &s), ATTEST_VERIFIED);
            check_claims(one, want, &s, &c);
            assert_int_equal(c.declared_length, with_table(&s).len);
            assert_int_equal(by_endorsements(&c, &s), ATTEST_VERIFIED);
            check_claims(one, want, &s, &c);
            assert_int_equal(c.declared_length, SNP_REPORT_LEN);
            check_policy(json_object_get(policy, "strict"), ATTEST_TCB_STRICT, &c, s.now);
            check_policy(json_object_get(policy, "tolerant"), ATTEST_TCB_TOLERANT, &c, s.now);
            verified++;
        }
    }
    assert_int_equal(verified, 9);
}

static void apply(struct setting *s, const json_t *recipe)
{
    const char *target = vectors_text(recipe, "target");

    if (strcmp(target, "report") == 0)
        s->report = vectors_mutate(&arena, s->report, recipe);
    else if (strcmp(target, "verify_at") == 0)
        s->now = vectors_time(vectors_text(recipe, "value"));
    else if (strcmp(target, "trust_root") == 0)
        vectors_root(&s->root, &arena, manifest, vectors_text(recipe, "value"));
    else if (strcmp(target, "leaf") == 0)
        s->leaf = vectors_load(&arena, vectors_text(recipe, "value"));
    else if (strcmp(target, "intermediate") == 0)
        s->intermediate = vectors_load(&arena, vectors_text(recipe, "value"));
    else
        fail_msg("unknown target %s", target);
}

static void check_refused(const json_t *one, const char *what, const json_t *classes, const struct setting *s)
{
    struct attest_claims c;
    enum attest_class table = by_table(&c, s), endorsed = by_endorsements(&c, s);

    if (!vectors_listed(classes, table))
        fail_msg("%s %s in the table: %s", vectors_text(one, "id"), what, attest_class_name(table));
    if (!vectors_listed(classes, endorsed))
        fail_msg("%s %s endorsed: %s", vectors_text(one, "id"), what, attest_class_name(endorsed));
}

static void every_recipe_is_refused_with_a_listed_class(void **state)
{
    size_t count = 0, k;
    json_t *recipe;
    (void)state;
    for (size_t i = 0; i < case_count(); i++) {
        const json_t *one = snp_case(i);
        json_array_foreach(json_object_get(one, "mutations"), k, recipe)
        {
            struct setting s;
            setting_of(&s, one, vectors_evaluation(one, vectors_text(recipe, "evaluation")));
            apply(&s, recipe);
            check_refused(one, vectors_text(recipe, "id"), json_object_get(recipe, "expected_failure"), &s);
            count++;
        }
    }
    assert_int_equal(count, 79);
}

static void check_spl(const json_t *ext, const char *key, const struct vcek *v, int part)
{
    assert_int_equal(vectors_int_is(ext, key, v->spl[part]), v->has_spl[part]);
}

/* Reads the extensions of a leaf and compares them with the manifest's. */
static void check_extensions(const char *file, const json_t *ext)
{
    struct x509 cert;
    struct vcek v;
    struct err e;

    assert_int_equal(x509_read(&cert, vectors_load(&arena, file), &e), ERR_OK);
    assert_int_equal(cert.public_key.len, X509_KEY_P384);
    assert_true(cert.signature.rsa_pss);
    assert_int_equal(vcek_read(&v, &cert, &e), ERR_OK);
    check_spl(ext, "bl", &v, VCEK_SPL_BOOT_LOADER);
    check_spl(ext, "tee", &v, VCEK_SPL_TEE);
    check_spl(ext, "snp", &v, VCEK_SPL_SNP);
    check_spl(ext, "ucode", &v, VCEK_SPL_MICROCODE);
    check_spl(ext, "fmc", &v, VCEK_SPL_FMC);
    assert_true(bytes_eq(v.product, bytes_of_str(vectors_text(ext, "product"))));
    assert_int_equal(vectors_hex_is(ext, "hwid", v.hwid.p, v.hwid.len), v.hwid.len > 0);
    assert_int_equal(json_object_get(ext, "csp_id") != NULL, v.csp_id.len > 0);
}

static void leaves_say_what_the_vectors_say_in_both_encodings_of_the_chip(void **state)
{
    size_t count = 0, k;
    json_t *other;
    (void)state;
    for (size_t i = 0; i < case_count(); i++) {
        const json_t *one = snp_case(i);
        if (one == NULL)
            continue;
        check_extensions(vectors_text(json_object_get(one, "files"), "leaf"),
                         json_object_get(json_object_get(one, "leaf"), "extensions"));
        json_array_foreach(json_object_get(one, "peer_negative_leaves"), k, other)
        {
            check_extensions(vectors_text(other, "file"), json_object_get(other, "extensions"));
            count++;
        }
        count++;
    }
    assert_int_equal(count, 11);
}

static void leaves_that_amd_did_not_issue_are_refused(void **state)
{
    const json_t *one = vectors_case(manifest, "snp-trustee-milan-v2");
    size_t k, count = 0;
    json_t *other;
    (void)state;
    json_array_foreach(json_object_get(one, "peer_negative_leaves"), k, other)
    {
        struct setting s;
        setting_of(&s, one, vectors_evaluation(one, "chain-and-report"));
        s.leaf = vectors_load(&arena, vectors_text(other, "file"));
        check_refused(one, vectors_text(other, "file"), json_object_get(other, "expected_failure"), &s);
        count++;
    }
    assert_int_equal(count, 2);
}

static void the_built_in_roots_are_amd_s_and_signed_both_intermediates(void **state)
{
    static const char *const names[ATTEST_SNP_PRODUCTS] = {"amd_milan", "amd_genoa", "amd_turin"};
    (void)state;
    for (int i = 0; i < ATTEST_SNP_PRODUCTS; i++) {
        const json_t *files = json_object_get(json_object_get(manifest, "trust_roots"), names[i]);
        const struct attest_root *built_in = &attest_vendor_roots[1 + i];
        struct attest_root root;
        struct x509 ark, ask, asvk;
        struct err e;
        uint8_t hash[32];
        vectors_root(&root, &arena, manifest, names[i]);
        assert_int_equal(root.vendor, ATTEST_AMD);
        assert_int_equal(root.product, i);
        assert_int_equal(built_in->product, i);
        assert_true(bytes_eq(root.public_key, built_in->public_key));
        assert_true(bytes_eq(root.subject, built_in->subject));
        assert_int_equal(root.not_before, built_in->not_before);
        assert_int_equal(root.not_after, built_in->not_after);
        assert_int_equal(x509_read(&ark, vectors_load(&arena, vectors_text(files, "ark")), &e), ERR_OK);
        assert_int_equal(x509_read(&ask, vectors_load(&arena, vectors_text(files, "ask")), &e), ERR_OK);
        assert_int_equal(x509_read(&asvk, vectors_load(&arena, vectors_text(files, "asvk")), &e), ERR_OK);
        sha256(hash, ark.spki);
        assert_true(vectors_hex_is(files, "ark_spki_sha256", hash, 32));
        assert_true(x509_signed_by(&ark, ark.public_key, &attest_plain));
        assert_true(x509_signed_by(&ask, root.public_key, &attest_plain));
        assert_true(x509_signed_by(&asvk, root.public_key, &attest_plain));
        assert_true(x509_signed_by(&asvk, root.public_key, &attest_openssl));
        assert_false(x509_signed_by(&ask, asvk.public_key, &attest_plain));
        assert_true(x509_may_issue(&ask, 0) && x509_may_issue(&asvk, 0));
    }
}

/* The report of the kernel's interface with the table the same call gave, and the built-in roots. */
static void tsm_evidence(struct bytes *out, uint64_t *now)
{
    const json_t *one = vectors_case(manifest, "snp-veraison-genoa-v3-tsm");
    const json_t *files = json_object_get(one, "files");
    struct writer w = writer_in(&arena, ATTEST_EVIDENCE_MAX);

    put_bytes(&w, vectors_load(&arena, vectors_text(files, "outblob")));
    put_bytes(&w, vectors_load(&arena, vectors_text(files, "auxblob")));
    *out = writer_bytes(&w);
    *now = (uint64_t)vectors_int(vectors_evaluation(one, "chain-and-report"), "verify_at_unix");
}

static const struct attest_policy vendor_roots = {
    .roots = attest_vendor_roots, .root_count = ATTEST_VENDOR_ROOTS, .without_amd_crl = true};

static void a_real_certificate_table_needs_nothing_else(void **state)
{
    struct attest_claims c;
    struct bytes evidence;
    uint64_t now;
    (void)state;
    tsm_evidence(&evidence, &now);
    assert_int_equal(verify(&c, evidence, NULL, &vendor_roots, now), ATTEST_VERIFIED);
    assert_int_equal(c.root_index, 2);
    assert_int_equal(c.root_label, ATTEST_ROOT_VENDOR);
    assert_int_equal(c.declared_length, evidence.len);
    assert_int_equal(verify(&c, bytes_of(evidence.p, SNP_REPORT_LEN), NULL, &vendor_roots, now),
                     ATTEST_COLLATERAL_MISSING);
}

static void the_one_door_recognises_reports_and_judges_what_they_say(void **state)
{
    struct attest_claims c;
    struct bytes evidence;
    uint64_t now;
    uint8_t data[64];
    struct err e;
    (void)state;
    tsm_evidence(&evidence, &now);
    assert_true(attest_peek_report_data(data, evidence, ATTEST_FORM_DETECT));
    assert_memory_equal(data, evidence.p + 0x50, 64);
    const struct attest_measurement allowed = {.kind = ATTEST_MEASURE_SNP,
                                               .value = bytes_of(evidence.p + 0x90, 48)};
    struct attest_policy p = vendor_roots;
    const struct attest_input in = {.evidence = evidence, .now = now, .report_data = data};
    assert_int_equal(attest_appraise(&c, &in, &p, &attest_plain, &e), ATTEST_MEASUREMENT_MISMATCH);
    p.measurements = &allowed;
    p.measurement_count = 1;
    assert_int_equal(attest_appraise(&c, &in, &p, &attest_plain, &e), ATTEST_VERIFIED);
    assert_int_equal(c.snp.product, ATTEST_SNP_GENOA);
    data[63] ^= 1;
    assert_int_equal(attest_appraise(&c, &in, &p, &attest_plain, &e), ATTEST_REPORT_DATA_MISMATCH);
}

static void without_a_revocation_list_the_policy_must_say_so(void **state)
{
    struct attest_policy p = vendor_roots;
    struct attest_claims c;
    struct bytes evidence;
    uint64_t now;
    (void)state;
    p.without_amd_crl = false;
    tsm_evidence(&evidence, &now);
    assert_int_equal(verify(&c, evidence, NULL, &p, now), ATTEST_CRL_MISSING);
}

/* The plain table costs milliseconds a signature, so OpenSSL judges here. */
static enum attest_class judge_flip(uint8_t *evidence, size_t len, size_t at, uint8_t bits, uint64_t now,
                                    struct attest_claims *c)
{
    const struct attest_input in = {.evidence = bytes_of(evidence, len), .now = now};
    struct err e;

    evidence[at] ^= bits;
    enum attest_class got = attest_snp_verify(c, &in, &vendor_roots, &attest_openssl, &e);
    evidence[at] ^= bits;
    return got;
}

static void every_flipped_byte_of_a_report_is_refused(void **state)
{
    struct attest_claims c;
    struct bytes evidence;
    uint64_t now;
    (void)state;
    tsm_evidence(&evidence, &now);
    struct bytes copy = vectors_exact(evidence);
    uint8_t *p = (uint8_t *)(uintptr_t)copy.p;
    for (size_t i = 0; i < SNP_REPORT_LEN; i++) {
        if (judge_flip(p, copy.len, i, (uint8_t)(1u << (i & 7)), now, &c) == ATTEST_VERIFIED)
            fail_msg("byte %zu", i);
    }
    test_free(p);
}

/* A table is a hint: what does not refuse the evidence (the root in it, blanks between PEM blocks) must leave
 * the claims as they were. */
static void a_flipped_byte_of_the_table_is_refused_or_changes_nothing(void **state)
{
    struct attest_claims want, c;
    struct bytes evidence;
    uint64_t now;
    size_t refused = 0, ignored = 0;
    (void)state;
    tsm_evidence(&evidence, &now);
    assert_int_equal(verify(&want, evidence, NULL, &vendor_roots, now), ATTEST_VERIFIED);
    struct bytes copy = vectors_exact(evidence);
    uint8_t *p = (uint8_t *)(uintptr_t)copy.p;
    for (size_t i = SNP_REPORT_LEN; i < copy.len; i++) {
        if (judge_flip(p, copy.len, i, (uint8_t)(1u << (i & 7)), now, &c) != ATTEST_VERIFIED) {
            refused++;
            continue;
        }
        assert_memory_equal(c.signed_hash, want.signed_hash, sizeof c.signed_hash);
        assert_memory_equal(c.snp.chip_id, want.snp.chip_id, sizeof c.snp.chip_id);
        assert_int_equal(c.root_index, want.root_index);
        assert_int_equal(c.valid_until, want.valid_until);
        ignored++;
    }
    assert_true(refused > 4000);
    assert_true(ignored > 2000); /* the root alone has 2,277 bytes */
    test_free(p);
}

/* Offset, length or end of the real table replaced. */
static void check_table(struct bytes evidence, size_t at, uint32_t value)
{
    struct snp_table t;
    struct err e;
    struct bytes table = vectors_exact(bytes_from(evidence, SNP_REPORT_LEN));
    uint8_t *p = (uint8_t *)(uintptr_t)table.p;

    assert_int_equal(snp_table_read(&t, table, &e), ATTEST_VERIFIED);
    store_u32le(p + at, value);
    assert_int_equal(snp_table_read(&t, table, &e), ATTEST_SNP_FORMAT);
    test_free(p);
}

static void tables_that_are_not_well_formed_are_refused(void **state)
{
    struct bytes evidence;
    uint64_t now;
    struct snp_table t;
    struct err e;
    uint8_t entries[17 * 24 + 24] = {0};
    (void)state;
    tsm_evidence(&evidence, &now);
    check_table(evidence, 16, 0xffffffff);    /* offset */
    check_table(evidence, 20, 0xffffffff);    /* length */
    check_table(evidence, 2 * 24 + 20, 1878); /* the last entry one byte short: a byte follows */
    check_table(evidence, 2 * 24 + 20, 1880); /* one byte long */
    memset(entries, 7, 17 * 24);
    for (size_t i = 0; i < 17; i++)
        memset(entries + i * 24 + 16, 0, 8);
    assert_int_equal(snp_table_read(&t, bytes_of(entries + 24, sizeof entries - 24), &e), ATTEST_VERIFIED);
    assert_int_equal(snp_table_read(&t, bytes_of(entries, sizeof entries), &e), ATTEST_SNP_FORMAT);
    assert_int_equal(snp_table_read(&t, bytes_of(entries, 24), &e), ATTEST_SNP_FORMAT); /* no end */
    assert_int_equal(snp_table_read(&t, BYTES_EMPTY, &e), ATTEST_VERIFIED);
    assert_int_equal(t.vcek.len, 0);
}

static void an_entry_twice_is_refused(void **state)
{
    struct bytes evidence;
    uint64_t now;
    struct snp_table t;
    struct err e;
    (void)state;
    tsm_evidence(&evidence, &now);
    struct bytes table = vectors_exact(bytes_from(evidence, SNP_REPORT_LEN));
    memcpy((uint8_t *)(uintptr_t)table.p, table.p + 24, 16); /* the root's GUID becomes the intermediate's */
    assert_int_equal(snp_table_read(&t, table, &e), ATTEST_SNP_FORMAT);
    test_free((void *)(uintptr_t)table.p);
}

static void paravisor_reports_bind_their_runtime_data(void **state)
{
    const json_t *one = vectors_case(manifest, "snp-azure-milan-v2-hcl");
    const json_t *files = json_object_get(one, "files"), *says = json_object_get(one, "paravisor_report");
    struct bytes blob = vectors_load(&arena, vectors_text(files, "paravisor_report"));
    struct bytes report = vectors_load(&arena, vectors_text(files, "report"));
    struct hcl h;
    struct err e;
    (void)state;
    assert_int_equal(hcl_read(&h, blob, &attest_plain, &e), ATTEST_VERIFIED);
    assert_true(bytes_eq(h.report, report));
    assert_int_equal(h.runtime.len, vectors_int(says, "runtime_data_length"));
    assert_ptr_equal(h.runtime.p, blob.p + vectors_int(says, "runtime_data_offset"));
    struct bytes copy = vectors_exact(blob);
    uint8_t *p = (uint8_t *)(uintptr_t)copy.p;
    p[1236 + 100] ^= 1;
    assert_int_equal(hcl_read(&h, copy, &attest_plain, &e), ATTEST_REPORT_DATA_MISMATCH);
    p[1236 + 100] ^= 1;
    for (size_t len = 0; len < 1236 + h.runtime.len; len += 7)
        assert_int_equal(hcl_read(&h, bytes_of(copy.p, len), &attest_plain, &e), ATTEST_FORMAT);
    p[copy.len - 1] = 1; /* what follows is a buffer's rest */
    assert_int_equal(hcl_read(&h, copy, &attest_plain, &e), ATTEST_FORMAT);
    test_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_reports_verify_and_say_what_the_vectors_say),
        cmocka_unit_test(every_recipe_is_refused_with_a_listed_class),
        cmocka_unit_test(leaves_say_what_the_vectors_say_in_both_encodings_of_the_chip),
        cmocka_unit_test(leaves_that_amd_did_not_issue_are_refused),
        cmocka_unit_test(the_built_in_roots_are_amd_s_and_signed_both_intermediates),
        cmocka_unit_test(a_real_certificate_table_needs_nothing_else),
        cmocka_unit_test(the_one_door_recognises_reports_and_judges_what_they_say),
        cmocka_unit_test(without_a_revocation_list_the_policy_must_say_so),
        cmocka_unit_test(every_flipped_byte_of_a_report_is_refused),
        cmocka_unit_test(a_flipped_byte_of_the_table_is_refused_or_changes_nothing),
        cmocka_unit_test(tables_that_are_not_well_formed_are_refused),
        cmocka_unit_test(an_entry_twice_is_refused),
        cmocka_unit_test(paravisor_reports_bind_their_runtime_data),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
