/* runtime/lab_test.h — test support: simulated platforms, and a market that can use their collateral and
 * evidence. */
#ifndef RUNTIME_LAB_TEST_H
#define RUNTIME_LAB_TEST_H

#include "crypto/keys.h"
#include "runtime/evidence.h"
#include "runtime/market_test.h"
#include "runtime/play_test.h"
#include "tee/sim_authority.h"

#define LAB_NOW UINT64_C(1760000000) /* seconds: the time of the chain unless lab_time sets another */

struct lab_platform {
    struct attest_sim *sim;
    struct attest_sim_authority *authority;
    char folder[64], root[80], platform[80];
    uint8_t program[32]; /* what runs */
};
/* With the published keys of tests/vectors/attestation/made. */
void lab_platform_init(struct lab_platform *p, uint64_t now);
void lab_platform_fini(struct lab_platform *p);
/* Both roots, as genesis takes them. */
struct bytes lab_platform_roots(const struct lab_platform *p, struct arena *a);
/* play_dev_genesis with the platforms' roots and this object for "wetee". */
const char *lab_genesis(const struct lab_platform *p, struct arena *a, const char *wetee_json_opt);
/* Evidence of what runs, bound to these. */
struct worker_evidence lab_platform_evidence(struct lab_platform *p, struct arena *a, enum attest_kind kind,
                                             enum attest_purpose purpose, const struct attest_subject *s,
                                             const struct account_id *key, const struct hash32 *nonce);

struct lab {
    struct market k;
    struct lab_platform p;
    struct keypair deploy; /* the key of every replica */
};

/* On development chains genesis names the platforms' roots; production chains believe attest_vendor_roots,
 * which a test program may define itself. Holds no collateral yet. */
void lab_init(struct lab *l, const char *genesis_wetee_json_opt, bool dev);
void lab_fini(struct lab *l);
/* Of a test whose state is a lab on the heap. */
int lab_teardown(void **state);
void lab_time(struct lab *l, uint64_t seconds);

/* Posts every piece; the first failure, else ok. */
struct dispatch lab_post(struct lab *l, const struct attest_collateral *c);
struct dispatch lab_post_piece(struct lab *l, const struct attest_piece *p);
/* Makes the platform's collateral of this kind with these arguments and posts it. */
struct dispatch lab_collateral(struct lab *l, const struct attest_sim_collateral_args *args);
/* Of all kinds, all up to date, issued an hour ago. */
void lab_all_collateral(struct lab *l);

/* Evidence of what runs, with the hash of the block `back` before this one as nonce. */
struct worker_evidence lab_evidence(struct lab *l, enum attest_kind kind, enum attest_purpose purpose,
                                    const struct attest_subject *s, const struct account_id *key,
                                    uint32_t back);
struct worker_evidence lab_evidence_with(struct lab *l, enum attest_kind kind, enum attest_purpose purpose,
                                         const struct attest_subject *s, const struct account_id *key,
                                         const struct hash32 *nonce);
struct attest_subject lab_cluster(struct lab *l, uint64_t cluster);
struct attest_subject lab_replica(struct lab *l, uint64_t app, uint64_t cluster);

/* A cluster of account `who` that is attested and has a running service of account `owner`, app 0. Returns
 * the cluster's id. */
uint64_t lab_running(struct lab *l, int who, int owner);
/* Evidence for the deploy key, to start or go on. */
struct bytes lab_report(struct lab *l, uint64_t app, uint64_t cluster);
/* Signs and sends a proof of the period that can be proven now. */
struct dispatch lab_prove(struct lab *l, int who, uint64_t app, uint64_t cluster);

#endif /* RUNTIME_LAB_TEST_H */
