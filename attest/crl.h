/* attest/crl.h — a strict reader of certificate revocation lists (RFC 5280 section 5).
 *
 * Version 2, DER, signed like the certificates of attest/x509.h; no unknown critical extensions, so neither
 * delta nor indirect lists. Signature and dates are judged by the caller. Views point into the input. Pure.
 */
#ifndef ATTEST_CRL_H
#define ATTEST_CRL_H

#include "attest/x509.h"

enum { CRL_MAX = 65536 };

struct crl {
    struct bytes tbs, issuer;
    uint64_t this_update, next_update;
    struct bytes revoked; /* the entries, each a SEQUENCE; well formed once crl_read has passed */
    struct x509_signature signature;
};

/* ERR_MALFORMED or ERR_UNSUPPORTED with the reason. */
FALLIBLE crl_read(struct crl *out, struct bytes der, struct err *e);
bool crl_signed_by(const struct crl *list, struct bytes issuer_key, const struct attest_primitives *crypto);
/* `serial`: content of a certificate's serial INTEGER. */
bool crl_revokes(const struct crl *list, struct bytes serial);

#endif /* ATTEST_CRL_H */
