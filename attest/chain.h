/* attest/chain.h — certificates of a PEM text and the way from one of them to a pinned root.
 *
 * The order of the blocks says nothing: issuers are found by name. What is embedded as a root is never
 * trusted, only compared with the pinned one. Signatures are checked where the text here says so. Pure. */
#ifndef ATTEST_CHAIN_H
#define ATTEST_CHAIN_H

#include "attest/policy.h"
#include "attest/primitives.h"
#include "attest/x509.h"
#include "base/writer.h"

enum { CHAIN_CERTS_MAX = 8, CHAIN_DER_MAX = CHAIN_CERTS_MAX * X509_CERT_MAX, CHAIN_TEXT_MAX = 65536 };

struct chain {
    struct x509 cert[CHAIN_CERTS_MAX]; /* in the order of the text */
    uint32_t count;                    /* at least 1 */
};

/* All CERTIFICATE blocks of the text, decoded into the memory of `der`: a writer over fixed memory (growing
 * ones move, and the certificates are views), of at most CHAIN_DER_MAX or chain_der_len(pem).
 * ERR_MALFORMED: no block, more than CHAIN_CERTS_MAX, one above X509_CERT_MAX or that is no certificate. */
FALLIBLE chain_read(struct chain *out, struct writer *der, struct bytes pem, struct err *e);
/* Memory that holds whatever the text decodes to, within CHAIN_DER_MAX. */
size_t chain_der_len(struct bytes pem);

/* The one certificate that is not self-issued and issued no other; NULL when there is none or are several. */
const struct x509 *chain_leaf(const struct chain *ch);
/* The certificate, not self-issued, with the name of this one's issuer; NULL without one. */
const struct x509 *chain_issuer(const struct chain *ch, const struct x509 *cert);
/* Are all self-issued certificates this root by subject and key? One that is not was tampered with. */
bool chain_embeds_only(const struct chain *ch, const struct attest_root *root);

enum chain_root { CHAIN_ROOT_SIGNED, CHAIN_ROOT_SIGNED_NOT /* the name fits */, CHAIN_ROOT_UNKNOWN };
/* The pinned root of this vendor that signed the certificate. *out is set by CHAIN_ROOT_SIGNED only. */
enum chain_root chain_find_root(uint32_t *out, const struct x509 *cert, enum attest_vendor vendor,
                                const struct attest_policy *policy, const struct attest_primitives *crypto);

/* The same for anything signed: a revocation list. */
enum chain_root chain_find_signer(uint32_t *out, struct bytes issuer, struct bytes tbs,
                                  const struct x509_signature *signature, enum attest_vendor vendor,
                                  const struct attest_policy *policy, const struct attest_primitives *crypto);

/* Is the policy's root of this index of that vendor and key? What was endorsed under one list of roots may be
 * used with another. */
bool chain_same_root(const struct attest_policy *policy, uint32_t index, enum attest_vendor vendor,
                     struct bytes key);

/* Does the subject's common name contain, or end with, this phrase? */
bool chain_name_has(const struct x509 *cert, struct bytes phrase);
bool chain_name_ends(const struct x509 *cert, struct bytes phrase);

#endif /* ATTEST_CHAIN_H */
