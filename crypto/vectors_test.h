/* crypto/vectors_test.h — reads the JSON vector files for the tests of this folder. Any mistake fails the
 * test. */
#ifndef CRYPTO_VECTORS_TEST_H
#define CRYPTO_VECTORS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/bytes.h"
#include "base/err.h"
#include "crypto/signature.h"

#define VECTOR_MAX 4096

/* Bytes of a hex string of a vector, by value, so that several live side by side. */
struct vec {
    uint8_t b[VECTOR_MAX];
    size_t len;
};

json_t *vectors_load(const char *path); /* below tests/vectors/; json_decref it */
const char *vec_text(const json_t *object, const char *key);
struct vec vec_hex(const char *text);
struct vec vec_get(const json_t *object, const char *key);
static inline struct bytes vec_bytes(const struct vec *v)
{
    return bytes_of(v->b, v->len);
}
/* Fails the test unless the entry `key` is exactly these bytes. */
void vec_check(const json_t *object, const char *key, const void *got, size_t len);
/* The non-empty list under `key`. */
json_t *vec_list(const json_t *object, const char *key);

int hash_tests(void);
int ss58_tests(void);
int sr25519_tests(void);
int signature_tests(void);
int keys_tests(void);
int keystore_tests(void);

#endif /* CRYPTO_VECTORS_TEST_H */
