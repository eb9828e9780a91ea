/* attest/made_test.h — for tests: certificates, revocation lists and signatures of hierarchies whose keys are
 * known, made with OpenSSL. Bytes are in the arena. Failures fail the test. */
#ifndef ATTEST_MADE_TEST_H
#define ATTEST_MADE_TEST_H

#include "base/arena.h"

#include <openssl/evp.h>

/* Everything made is valid a year around this moment, lists a day. */
enum { MADE_NOW = 1751328000, MADE_YEAR = 31536000, MADE_DAY = 86400 };
#define MADE_USAGE_CA "critical,keyCertSign,cRLSign"
#define MADE_USAGE_SIGNER "critical,digitalSignature,nonRepudiation"

/* Whoever issues and signs: a name with a key. RSA keys sign with PSS, as AMD does. */
struct authority {
    const char *name;
    EVP_PKEY *key;
    const struct authority *issuer; /* NULL: itself */
};

/* DER. Extensions that are NULL are left out. */
struct bytes make_cert(struct arena *a, const struct authority *who, long serial, const char *constraints_opt,
                       const char *usage_opt);
/* PEM of one or two certificates. */
struct bytes pem_of(struct arena *a, struct bytes first, struct bytes second);

enum list_flaw {
    LIST_GOOD,
    LIST_VERSION_1,
    LIST_NO_END,
    LIST_DELTA,
    LIST_PARTIAL,
    LIST_INDIRECT_ENTRY,
    LIST_UNKNOWN_CRITICAL,
    LIST_TWICE_NUMBERED
};
/* DER. Revokes the serials `from` to `from + count - 1`. */
struct bytes make_list(struct arena *a, const struct authority *issuer, long from, int count,
                       enum list_flaw flaw);
/* r ‖ s of a P-256 key. */
struct bytes sign_text(struct arena *a, EVP_PKEY *key, struct bytes text);

#endif /* ATTEST_MADE_TEST_H */
