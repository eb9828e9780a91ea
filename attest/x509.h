/* attest/x509.h — a strict reader of the X.509 certificates that attestation uses.
 *
 * Version 3, ECDSA on P-256 with SHA-256 throughout, no unknown critical extensions, no duplicate extensions.
 * Everything else is refused rather than guessed. Signatures are not checked here but with x509_signed_by.
 * Views point into the input. Pure. Shapes: docs/formats/attestation.md; RFC 5280. */
#ifndef ATTEST_X509_H
#define ATTEST_X509_H

#include "attest/primitives.h"
#include "base/err.h"

enum { X509_KU_DIGITAL_SIGNATURE = 0x80, X509_KU_KEY_CERT_SIGN = 0x04 }; /* bits of the first byte */
enum { X509_EXTENSIONS_MAX = 32, X509_SPKI_LEN = 91, X509_PATHLEN_NONE = 255 };

struct x509 {
    struct bytes whole, tbs;
    struct bytes issuer, subject; /* DER of the names; equal names have equal bytes in the chains we accept */
    struct bytes spki;            /* SubjectPublicKeyInfo, X509_SPKI_LEN bytes */
    uint8_t public_key[64], signature[64];
    uint64_t not_before, not_after;
    bool has_basic_constraints, ca;
    uint8_t pathlen;
    bool has_key_usage;
    uint8_t key_usage;
    struct bytes sgx;      /* value of 1.2.840.113741.1.13.1, empty without it */
    struct bytes evidence; /* value of 2.23.133.5.4.9, empty without it */
};

/* ERR_MALFORMED or ERR_UNSUPPORTED with the reason. */
FALLIBLE x509_read(struct x509 *out, struct bytes der, struct err *e);

bool x509_signed_by(const struct x509 *cert, const uint8_t public_key[64],
                    const struct attest_primitives *crypto);
bool x509_self_issued(const struct x509 *cert);
/* The common name, empty when there is none. */
struct bytes x509_common_name(struct bytes name);

/* What Intel's PCK certificates say about the platform. */
struct pck_extension {
    uint8_t ppid[16], pceid[2], fmspc[6];
    uint8_t components[16], cpusvn[16];
    uint16_t pce_svn;
    uint8_t sgx_type; /* 0 standard, 1 scalable, 2 scalable with integrity */
    bool has_instance;
    uint8_t instance[16];
};
/* Reads x509.sgx. Mandatory members must be there, none twice. ERR_MALFORMED. */
FALLIBLE pck_extension_read(struct pck_extension *out, struct bytes value, struct err *e);

#endif /* ATTEST_X509_H */
