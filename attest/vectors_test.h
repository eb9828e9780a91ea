/* attest/vectors_test.h — for the tests of vectors: one judgement with everything a case names. */
#ifndef ATTEST_VECTORS_TEST_H
#define ATTEST_VECTORS_TEST_H

#include "attest/vectors_support_test.h"

/* What one evaluation of the manifest is about, before a recipe changed it. */
struct vectors_subject {
    struct bytes evidence;
    json_t *collateral; /* owned; NULL for scope "signatures" */
    struct attest_root root;
    uint64_t now;
};
/* `file` is the case's member of "files" that holds the evidence. */
void vectors_subject_load(struct vectors_subject *out, struct arena *a, const json_t *manifest,
                          const json_t *one, const json_t *evaluation, const char *file);
void vectors_subject_free(struct vectors_subject *s);

/* The subject's root alone, a zero tail accepted, collateral waived when there is none. Nothing else is
 * allowed or demanded. A view into the subject. */
struct attest_policy vectors_policy(const struct vectors_subject *s);
/* Judges the collateral: VERIFIED and NULL without any. */
enum attest_class vectors_endorse(const struct attest_endorsements **out, struct arena *a,
                                  const struct vectors_subject *s, const struct attest_primitives *crypto,
                                  struct err *e);
/* attest_endorse, then attest_verify of a copy of exact size. */
enum attest_class vectors_verify(struct attest_claims *out, struct arena *a, const struct vectors_subject *s,
                                 const struct attest_primitives *crypto, struct err *e);

/* Every member of "fields" against the quote's structure, whether it verifies or not. */
void vectors_check_fields(struct arena *a, const json_t *fields, struct bytes quote);
/* Status, date, advisories, components, policies against "expected" of a verified evaluation. */
void vectors_check_expected(const json_t *evaluation, const struct attest_claims *c);
/* The policies named strict and tolerant, for claims as they are. */
void vectors_check_policies(const json_t *expected, const struct attest_claims *c, uint64_t now);

#endif /* ATTEST_VECTORS_TEST_H */
