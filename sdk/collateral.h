/* sdk/collateral.h — vendor collateral on the chain: whom the chain believes, what it holds, giving it newer.
 *
 * The chain verifies each piece when it takes it and gives the fee of useful ones back. What is read here is
 * verified again by whoever uses it (attest_endorse): pieces are as trustworthy as the roots, whoever sent
 * them. */
#ifndef SDK_COLLATERAL_H
#define SDK_COLLATERAL_H

#include "attest/gather.h"
#include "chain/chain.h"
#include "sdk/tx.h"

/* The vendors' roots and, on development chains whose genesis names some, its own. The roots view the
 * arena. */
struct sdk_roots {
    struct attest_root v[ATTEST_VENDOR_ROOTS + ATTEST_DEVELOPMENT_ROOTS_MAX];
    uint32_t count;
    bool development; /* there are some: evidence may be SIMULATED */
};
/* Errors of reading (sdk/storage.h); ERR_UNVERIFIED: the proof is wrong; ERR_MALFORMED, ERR_UNSUPPORTED: the
 * genesis names something else than roots. */
FALLIBLE sdk_roots_at(struct sdk_client *c, struct arena *a, struct sdk_roots *out, const struct sdk_head *at,
                      struct err *e);

/* The chain's collateral for a piece of evidence, unverified and proven to be of that block. What the chain
 * does not have is left empty. Views into the arena. Errors of reading; ERR_UNVERIFIED. */
FALLIBLE sdk_collateral_for(struct sdk_client *c, struct arena *a, struct attest_collateral *out,
                            const struct sdk_head *at, struct bytes evidence, enum attest_form form,
                            const struct attest_policy *policy, struct err *e);

enum sdk_piece_outcome {
    SDK_PIECE_TAKEN,
    SDK_PIECE_KNOWN,   /* the chain has the same or newer: not sent */
    SDK_PIECE_BAD,     /* not good by the policy's roots at that time: not sent */
    SDK_PIECE_REFUSED, /* by the chain */
};
struct sdk_piece_result {
    enum attest_piece_kind kind;
    enum sdk_piece_outcome outcome;
    struct attest_piece_facts facts; /* not of BAD */
    struct err why;                  /* of BAD and REFUSED */
    uint32_t block;                  /* of TAKEN and REFUSED */
};
struct sdk_post {
    const struct attest_collateral *collateral;
    const struct attest_policy *policy; /* its roots: whom the chain believes */
    const struct attest_primitives *crypto;
    uint64_t now; /* seconds since 1970 */
    const struct keypair *key;
    const struct sdk_tx_options *options_opt;
};
/* Sends what is newer than the chain's, piece by piece; one that is bad or refused does not hold up the
 * others. *count results are set also when an error ends it early. Errors of reading and of submitting. */
FALLIBLE sdk_collateral_post(struct sdk_client *c, struct arena *a,
                             struct sdk_piece_result out[ATTEST_PIECES_MAX], uint32_t *count,
                             const struct sdk_post *post, struct err *e);

#endif /* SDK_COLLATERAL_H */
