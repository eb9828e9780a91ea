/* tee/fetch_parts.h — what services of Intel, AMD and their caches answer, brought to the forms that
 * attest/collateral.h takes. Decoders of hostile bytes; nothing is verified here. */
#ifndef TEE_FETCH_PARTS_H
#define TEE_FETCH_PARTS_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

enum { FETCH_CHAIN_MAX = 32768, FETCH_CRL_MAX = 65536, FETCH_RETRY_AFTER_MAX_S = 60 };

/* {"tcbInfo":{…},"signature":"…"}: the exact bytes of the object named `member`, a view, and the signature.
 * Members may come in either order, others are ignored, none may repeat. ERR_MALFORMED. */
FALLIBLE fetch_wrapper_read(struct bytes *text, uint8_t signature[64], struct bytes json, const char *member,
                            struct err *e);
/* A URL-encoded header's PEM text, in the arena. ERR_MALFORMED, ERR_LIMIT. */
FALLIBLE fetch_chain_read(struct bytes *pem, struct arena *a, struct bytes header, struct err *e);
/* A revocation list as DER, whichever form it came in: DER (zeros may follow), hex text, PEM. ERR_MALFORMED,
 * ERR_LIMIT. */
FALLIBLE fetch_crl_read(struct bytes *der, struct arena *a, struct bytes body, struct err *e);
/* The certificate of a PEM text that did not sign itself: what is between leaf and root. DER. ERR_MALFORMED.
 */
FALLIBLE fetch_intermediate_read(struct bytes *der, struct arena *a, struct bytes pem, struct err *e);
/* Seconds of a Retry-After header, at most FETCH_RETRY_AFTER_MAX_S; 0 for NULL, a date or nonsense. */
uint32_t fetch_retry_after(const char *header_opt);

#endif /* TEE_FETCH_PARTS_H */
