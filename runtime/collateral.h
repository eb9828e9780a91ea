/* runtime/collateral.h — vendor collateral as chain state: who may be believed, what is held, what runs out.
 *
 * Each piece is verified once, when it is taken, against the vendors' roots and the development roots of
 * genesis, and stored by whose root it has, its kind and its key: what a development root signed never stands
 * in for a vendor's. Evidence is then judged with the stored pieces without checking their signatures again.
 * At most 128 pieces: CollateralIndex lists their keys and dates. Layout and rules:
 * chain/worker.idl, CollateralKey. Source: pallets.md B2.1 step 2, call 28. */
#ifndef RUNTIME_COLLATERAL_H
#define RUNTIME_COLLATERAL_H

#include "attest/appraise.h"
#include "runtime/exec.h"
#include "runtime/worker_gen.h"

enum {
    /* More than the vendors have platform families for: nobody can fill it to keep a family out. */
    COLLATERAL_PIECES_MAX = 128,
    COLLATERAL_DOCUMENT_MAX = 32768, /* bounds of CollateralPiece */
    COLLATERAL_CHAIN_MAX = 8192,
    COLLATERAL_ROOTS_MAX = ATTEST_VENDOR_ROOTS + ATTEST_DEVELOPMENT_ROOTS_MAX,
};

/* Whom this chain believes: the vendors and, on development chains, the roots of genesis, whose DER the
 * exec's arena holds. */
struct collateral_roots {
    struct attest_root v[COLLATERAL_ROOTS_MAX];
    uint32_t n;
};
void collateral_roots(struct exec *x, struct collateral_roots *out);

/* Takes a piece: verifies it at `now` (seconds), stores it, emits CollateralUpdated. *gain: the chain had
 * none of its key, or one that has ended, of a lower evaluation number or older by a day. fails
 * BadCollateral, CollateralOld, CollateralFull */
struct dispatch collateral_take(struct exec *x, bool *gain, const struct worker_collateral_update_args *a,
                                uint64_t now);

/* The chain's collateral for this evidence, joined, in the exec's arena. NULL for SEV-SNP when there is none:
 * it may come with its intermediate, and the policy may do without a list. `policy` must have the roots of
 * collateral_roots. Checks no signature: whether the evidence is genuine is judged afterwards.
 *   fails  BadEvidence: it does not say which platform it is of, or names a root nobody believes;
 *          EvidenceStale: a piece is missing or older than CollateralMaxAge */
struct dispatch collateral_for(struct exec *x, const struct attest_endorsements **out, struct bytes evidence,
                               enum attest_form form, const struct attest_policy *policy);

/* Looks at one piece per block and warns, once, when it must be renewed soon. */
void collateral_watch(struct exec *x);

#endif /* RUNTIME_COLLATERAL_H */
