/* attest/pck_path.h — from a quote's certification data to the platform that signed it.
 *
 * Private to attest/. The path is leaf, intermediate, pinned root; an embedded root is only compared. Its
 * dates are judged, revocation is not (attest/dcap.c). Pure. */
#ifndef ATTEST_PCK_PATH_H
#define ATTEST_PCK_PATH_H

#include "attest/chain.h"
#include "attest/endorsed.h"
#include "attest/quote.h"

enum { PCK_DER_MAX = SGX_QUOTE_MAX / 4 * 3 };

struct pck_path {
    struct chain chain;
    const struct x509 *leaf, *intermediate; /* of the chain */
    uint32_t root;                          /* index into the policy's list */
    uint64_t valid_until;                   /* the earliest end of the three certificates */
    struct attest_platform platform;
    uint8_t der[PCK_DER_MAX]; /* what the certificates view */
};

/* The chain comes from the quote when it carries one (certification data type 5), else from the endorsements,
 * and must then fit what the quote says of the platform. FORMAT, UNSUPPORTED_CERT_DATA, PCK_CHAIN_UNTRUSTED,
 * PCK_CHAIN_SIGNATURE, CERT_NOT_YET_VALID, CERT_EXPIRED. */
MUST_USE enum attest_class pck_path_verify(struct pck_path *out, const struct quote *q,
                                           const struct attest_endorsements *endorsed_opt, uint64_t now,
                                           const struct attest_policy *policy,
                                           const struct attest_primitives *crypto, struct err *e);

#endif /* ATTEST_PCK_PATH_H */
