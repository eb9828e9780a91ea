/* attest/gather.h — which pieces of a store of collateral judge one piece of evidence.
 *
 * The store is whoever keeps pieces (attest/collateral.h) by root, kind and key: a chain's state, or a
 * program that reads it. Nothing is verified here: evidence only names its platform and its issuers, and what
 * was gathered says nothing before attest_endorse or attest_endorse_accepted. Pure. */
#ifndef ATTEST_GATHER_H
#define ATTEST_GATHER_H

#include "attest/appraise.h"

struct attest_store {
    void *ctx;
    /* The piece of this name, whose bytes must last; false when there is none that may be used. */
    bool (*find)(void *ctx, struct attest_piece *out, enum attest_root_label label,
                 enum attest_piece_kind kind, struct bytes key);
};

struct attest_gathered {
    struct attest_piece v[ATTEST_PIECES_MAX];
    uint32_t count;      /* 0: none. For SEV-SNP no error: the evidence may bring its intermediate along */
    uint32_t root_index; /* into the policy's roots: the one that the evidence names, whoever signed it */
};

/* FORMAT: it does not say which platform it is of, or names a root nobody believes; COLLATERAL_MISSING: the
 * store lacks a piece of Intel's four. */
MUST_USE enum attest_class attest_gather(struct attest_gathered *out, struct arena *scratch,
                                         const struct attest_store *store, struct bytes evidence,
                                         enum attest_form form, const struct attest_policy *policy,
                                         struct err *e);

#endif /* ATTEST_GATHER_H */
