/* crypto/signature.h — did this account sign this message? The three kinds a chain account may use. Native
 * only.
 *
 * The values are the indices of the SDK's MultiSignature (and of runtime/host.h). Safe from any thread. */
#ifndef CRYPTO_SIGNATURE_H
#define CRYPTO_SIGNATURE_H

#include "base/bytes.h"

enum signature_kind { SIGNATURE_ED25519 = 0, SIGNATURE_SR25519 = 1, SIGNATURE_ECDSA = 2 };

#define SIGNATURE_MAX_LEN 65

/* Bytes of a signature of this kind: 64, 64, 65. */
size_t signature_len(enum signature_kind kind);
/* "ed25519", "sr25519", "ecdsa". */
const char *signature_kind_name(enum signature_kind kind);
MUST_USE bool signature_kind_from_name(enum signature_kind *out, struct bytes name);

/* False for a signature of the wrong length too. For ed25519 and sr25519 the account is the public key; for
 * ecdsa it is BLAKE2b-256 of the compressed key recovered from BLAKE2b-256 of the message. */
MUST_USE bool signature_verify(enum signature_kind kind, struct bytes sig, struct bytes msg,
                               const struct account_id *who);

#endif /* CRYPTO_SIGNATURE_H */
