/* tee/bundle.h — collateral in a file: the JSON object whose member names other verifiers use too.
 *
 * Members (docs/formats/collateral-bundle.md): pck_crl_issuer_chain, tcb_info_issuer_chain,
 * qe_identity_issuer_chain (PEM), root_ca_crl, pck_crl (hex of DER), tcb_info, qe_identity (the signed text
 * as a string), tcb_info_signature, qe_identity_signature (hex), optional pck_certificate_chain (PEM); for
 * AMD vcek (or vlek), ask (or asvk), crl (hex of DER). Unknown members are ignored. */
#ifndef TEE_BUNDLE_H
#define TEE_BUNDLE_H

#include "attest/collateral.h"
#include "base/writer.h"

enum { BUNDLE_MAX = 1 << 20 };

/* Copies into the arena, which needs room for twice the text. What is not there (or null, or "") is empty.
 * ERR_MALFORMED names the member and what is wrong with it: PEM instead of hex, a zero byte after the DER. */
FALLIBLE bundle_read(struct attest_collateral *out, struct arena *a, struct bytes json, struct err *e);
/* The same object; what is empty is left out. Texts must be UTF-8, as those that bundle_read gives are. */
void bundle_write(struct writer *w, const struct attest_collateral *c);

#endif /* TEE_BUNDLE_H */
