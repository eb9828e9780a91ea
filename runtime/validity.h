/* runtime/validity.h — the nine transaction extensions: may this extrinsic be applied, and what does applying
 * cost?
 *
 * Order: CheckNonZeroSender, CheckSpecVersion, CheckTxVersion, CheckGenesis, CheckMortality, CheckNonce,
 * CheckWeight, ChargeTransactionPayment, CheckMetadataHash. The three about versions and genesis only enter
 * the signed bytes. Source: sp_runtime transaction_validity and frame-system's extensions;
 * docs/formats/runtime-api.md. */
#ifndef RUNTIME_VALIDITY_H
#define RUNTIME_VALIDITY_H

#include "base/err.h"
#include "codec/extrinsic.h"
#include "runtime/payment.h"
#include "runtime/runtime.h"

enum invalid_transaction {
    INVALID_CALL,
    INVALID_PAYMENT,
    INVALID_FUTURE,
    INVALID_STALE,
    INVALID_BAD_PROOF,
    INVALID_ANCIENT_BIRTH_BLOCK,
    INVALID_EXHAUSTS_RESOURCES,
    INVALID_CUSTOM,
    INVALID_BAD_MANDATORY,
    INVALID_MANDATORY_VALIDATION,
    INVALID_BAD_SIGNER,
};
enum unknown_transaction { UNKNOWN_CANNOT_LOOKUP, UNKNOWN_NO_UNSIGNED_VALIDATOR };

enum validity_kind {
    VALIDITY_INVALID,
    VALIDITY_UNKNOWN,
    VALIDITY_OK
}; /* the first two as TransactionValidityError */

struct validity {
    uint8_t kind; /* enum validity_kind */
    uint8_t code; /* of invalid_transaction or unknown_transaction */
};

#define VALIDITY_TRY(expr)                      \
    do {                                        \
        struct validity validity_try_ = (expr); \
        if (validity_try_.kind != VALIDITY_OK)  \
            return validity_try_;               \
    } while (0)

/* A decoded extrinsic. */
struct extrinsic {
    struct extrinsic_parts parts;
    struct call call;
    struct dispatch_info info;
    struct bytes encoded; /* whole, with its length prefix */
    uint32_t len;
};

/* What the pool needs to know. */
struct valid_transaction {
    uint64_t priority, longevity;
    struct account_id who;
    uint32_t nonce;
    bool waits; /* for nonce - 1 */
};

/* The whole of `in`; views into it. ERR_MALFORMED, ERR_LIMIT, ERR_UNSUPPORTED as extrinsic_decode. */
FALLIBLE extrinsic_read(struct exec *x, struct extrinsic *out, struct bytes in, struct err *e);

/* What the signature must be of, judged in block x->block. Invalid: CannotLookup, AncientBirthBlock. */
struct validity validity_signature(struct exec *x, struct runtime_signature_check *out,
                                   const struct extrinsic *ex);

/* May the extrinsic enter the pool (and later a block)? Reads only. */
struct validity validity_check(struct exec *x, struct valid_transaction *out, const struct extrinsic *ex);

/* May it be applied now? If so takes nonce, fee and block space; else nothing was written. *fee is without
 * the tip. */
struct validity validity_prepare(struct exec *x, struct balance *fee, const struct extrinsic *ex);

#endif /* RUNTIME_VALIDITY_H */
