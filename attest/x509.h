/* attest/x509.h — a strict reader of the X.509 certificates that attestation uses.
 *
 * Version 3; keys on P-256 or P-384, or RSA-4096 with exponent 65537; signed with ECDSA over SHA-256 or
 * RSASSA-PSS with SHA-384 (the two encodings of its parameters that occur); no unknown critical extensions,
 * no duplicate extensions. Everything else is refused rather than guessed. Signatures are not checked here
 * but with x509_signed_by. Views point into the input. Pure. Shapes: docs/formats/attestation.md; RFC 5280.
 */
#ifndef ATTEST_X509_H
#define ATTEST_X509_H

#include "attest/primitives.h"
#include "base/err.h"
#include "base/reader.h"

enum { X509_KU_DIGITAL_SIGNATURE = 0x80, X509_KU_KEY_CERT_SIGN = 0x04, X509_KU_CRL_SIGN = 0x02 };
enum { X509_EXTENSIONS_MAX = 32, X509_PATHLEN_NONE = 255, X509_CERT_MAX = 4096 };

/* Key lengths tell the algorithms apart everywhere: x ‖ y or the modulus. */
enum { X509_KEY_P256 = 64, X509_KEY_P384 = 96, X509_KEY_RSA4096 = ATTEST_RSA_LEN };

/* How a certificate or a revocation list is signed. */
struct x509_signature {
    struct bytes algorithm; /* the whole identifier: inner and outer one must be the same bytes */
    bool rsa_pss;
    uint8_t ecdsa[96]; /* r ‖ s, 48 bytes each: which curve it is on the key says */
    struct bytes rsa;  /* ATTEST_RSA_LEN bytes */
};

struct x509 {
    struct bytes whole, tbs, serial; /* content of the serial's INTEGER */
    struct bytes issuer, subject; /* DER of the names; equal names have equal bytes in the chains we accept */
    struct bytes spki;            /* SubjectPublicKeyInfo */
    struct bytes public_key;      /* X509_KEY_* bytes */
    struct x509_signature signature;
    uint64_t not_before, not_after;
    bool has_basic_constraints, ca;
    uint8_t pathlen;
    bool has_key_usage;
    uint8_t key_usage;
    struct bytes extensions; /* the list, for x509_extension; empty without */
};

/* ERR_MALFORMED or ERR_UNSUPPORTED with the reason. */
FALLIBLE x509_read(struct x509 *out, struct bytes der, struct err *e);

/* The value of the extension with this object id (content of the OID); empty without one. */
struct bytes x509_extension(const struct x509 *cert, struct bytes oid);
extern const struct bytes x509_oid_sgx;      /* 1.2.840.113741.1.13.1: the platform, in PCK certificates */
extern const struct bytes x509_oid_evidence; /* 2.23.133.5.4.9: RA-TLS evidence */
extern const struct bytes x509_oid_endorsements; /* 2.23.133.5.4.2: RA-TLS collateral */

/* The next extension of a list, in certificates and revocation lists. */
void x509_take_extension(struct reader *list, struct bytes *oid, bool *critical, struct bytes *value);
/* The signature of certificates and revocation lists: the algorithm inside the signed part, then behind it
 * the same algorithm once more and a BIT STRING. The first sets signature->rsa_pss, the second reads
 * accordingly. */
void x509_take_algorithm(struct x509_signature *signature, struct reader *r);
void x509_take_signature(struct x509_signature *signature, struct reader *r);
/* `key` is of X509_KEY_* length; one that does not fit the algorithm gives false. */
bool x509_signature_ok(const struct x509_signature *signature, struct bytes tbs, struct bytes key,
                       const struct attest_primitives *crypto);

bool x509_signed_by(const struct x509 *cert, struct bytes issuer_key, const struct attest_primitives *crypto);
bool x509_self_issued(const struct x509 *cert);
/* May this certificate issue others, with `pathlen` authorities below it? */
bool x509_may_issue(const struct x509 *cert, uint8_t pathlen);
/* The common name, empty when there is none. */
struct bytes x509_common_name(struct bytes name);

/* What Intel's PCK certificates say about the platform. Reads the value of x509_oid_sgx. Mandatory members
 * must be there, none twice. ERR_MALFORMED. */
struct attest_platform;
FALLIBLE pck_extension_read(struct attest_platform *out, struct bytes value, struct err *e);

#endif /* ATTEST_X509_H */
