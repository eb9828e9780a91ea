/* attest/collateral_test.h — collateral files of the vectors, for tests. */
#ifndef ATTEST_COLLATERAL_TEST_H
#define ATTEST_COLLATERAL_TEST_H

#include "attest/collateral.h"

struct json_t;

/* Path below tests/vectors/attestation; the bytes are in the arena. Fails the test when there is no file. */
struct bytes vector_file(struct arena *a, const char *name);
/* A collateral file; *json_opt gets its object, to be released by the caller. */
struct attest_collateral vector_collateral(struct arena *a, const char *name, struct json_t **json_opt);
/* Calls `visit` for each collateral file there is; returns how many. */
uint32_t vector_collateral_each(void (*visit)(const char *name));

#endif /* ATTEST_COLLATERAL_TEST_H */
