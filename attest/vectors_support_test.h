/* attest/vectors_support_test.h — for tests: the manifest of tests/vectors/attestation, its files and
 * recipes.
 *
 * Everything loaded lives in the caller's arena. A missing file, member or unknown recipe fails the test. */
#ifndef ATTEST_VECTORS_SUPPORT_TEST_H
#define ATTEST_VECTORS_SUPPORT_TEST_H

#include <jansson.h>

#include "attest/appraise.h"

enum { VECTORS_ARENA = 64 << 20, VECTORS_FILE_MAX = 1 << 20 };

/* The whole manifest; json_decref it. */
json_t *vectors_manifest(void);
/* A file named relative to tests/vectors/attestation. */
struct bytes vectors_load(struct arena *a, const char *name);
/* The case with this id, the evaluation of a case with this name. Borrowed. */
json_t *vectors_case(const json_t *manifest, const char *id);
json_t *vectors_evaluation(const json_t *one, const char *name);

/* Members of an object, which must be there. */
const char *vectors_text(const json_t *o, const char *key);
long long vectors_int(const json_t *o, const char *key);
/* Does an array of strings name this class? */
bool vectors_listed(const json_t *list, enum attest_class c);
/* Compares a hex member with bytes, a number member with a number; nothing when the member is absent and
 * yields whether it was compared. */
bool vectors_hex_is(const json_t *o, const char *key, const void *got, size_t len);
bool vectors_int_is(const json_t *o, const char *key, uint64_t got);

/* "2030-09-21T21:53:43Z" as seconds since 1970. */
uint64_t vectors_time(const char *iso);
/* One of the manifest's trust_roots, labelled a vendor's. */
void vectors_root(struct attest_root *out, struct arena *a, const json_t *manifest, const char *name);
struct bytes vectors_hex(struct arena *a, const char *hex);

/* Applies xor, set, insert, truncate, append, clear or replace_text to bytes; others fail the test. */
struct bytes vectors_mutate(struct arena *a, struct bytes in, const json_t *recipe);
/* A copy on the heap of exactly that size, so that sanitizers see an overread; test_free its p. */
struct bytes vectors_exact(struct bytes in);

/* The parts of a collateral file as the verifier takes them; vectors_collateral reads them from the JSON
 * object of the file, which recipes may have changed. Hex members are decoded. */
json_t *vectors_collateral_json(const char *name);
void vectors_collateral(struct attest_collateral *out, struct arena *a, const json_t *file);

#endif /* ATTEST_VECTORS_SUPPORT_TEST_H */
