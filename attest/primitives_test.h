/* attest/primitives_test.h — the parts of the primitives' test. */
#ifndef ATTEST_PRIMITIVES_TEST_H
#define ATTEST_PRIMITIVES_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/forge_test.h"

int rsa_tests(void);
int wycheproof_tests(void);

#endif /* ATTEST_PRIMITIVES_TEST_H */
