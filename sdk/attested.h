/* sdk/attested.h — the evidence behind an attestation of the chain, and what it must be bound to: everything
 * a program needs to judge for itself what the chain accepted.
 *
 *     struct sdk_attested got;
 *     TRY(sdk_attested_work(c, arena, &got, &work, cluster, e));
 *     struct attest_policy policy = {.roots = got.roots.v, .root_count = got.roots.count, ...};
 *     attest_endorse(&endorsed, arena, &got.collateral, &policy, &attest_openssl, e)
 *     attest_appraise(&claims, &in, &policy, &attest_openssl, e)      in.report_data = got.report_data
 *
 * State is read from the finalized head and proven to belong to its state root, whose header is hashed here.
 * That this head is the chain's is the node's word: compare its hash with other nodes. Nothing is judged
 * here. Rules of the binding: docs/pallets.md "Evidence". */
#ifndef SDK_ATTESTED_H
#define SDK_ATTESTED_H

#include "attest/binding.h"
#include "sdk/collateral.h"

enum {
    SDK_ATTESTED_FRESH_BLOCKS = 256, /* how old a nonce the chain takes */
    SDK_ATTESTED_VERSIONS = 8,       /* of a work, the present one and those before, that are tried */
};

struct sdk_attested {
    struct sdk_head at; /* the state that was read */
    bool is_work;
    struct worker_work_id work;
    uint64_t cluster;

    struct worker_attestation said; /* what the chain took it for; `hash` is that of `evidence` */
    bool lapsed;                    /* it ran out */
    struct bytes evidence;
    enum attest_form form;
    uint32_t extrinsic_opt; /* of block said.at, that brought it; UINT32_MAX: it is in the state */

    struct account_id key; /* of the contract, or the cluster's controller */
    bool bound;            /* to that key, this subject and the hash of a recent block: */
    enum attest_purpose purpose;
    uint32_t nonce_block;
    uint64_t version, version_now; /* of the work that it is bound to, and that there is */
    uint8_t
        report_data[ATTEST_REPORT_DATA_LEN]; /* what it must carry; when not bound, for the latest nonce */

    bool challenged; /* a challenge is open */
    struct worker_challenge challenge;
    bool pinned; /* the owner (of workers: the chain) says which code may run: */
    struct worker_measurement_vec allowed;

    struct sdk_roots roots;
    struct attest_collateral collateral; /* the chain's, unverified */
};

/* Of a replica. ERR_NOT_FOUND: there is no such contract, the chain took no evidence of it (development
 * chains allow that), or the block that brought it is not there; ERR_UNVERIFIED: the node's proof is wrong,
 * or it gave other blocks than those asked for. */
FALLIBLE sdk_attested_work(struct sdk_client *c, struct arena *a, struct sdk_attested *out,
                           const struct worker_work_id *work, uint64_t cluster, struct err *e);
/* Of a cluster's worker. */
FALLIBLE sdk_attested_cluster(struct sdk_client *c, struct arena *a, struct sdk_attested *out,
                              uint64_t cluster, struct err *e);

#endif /* SDK_ATTESTED_H */
