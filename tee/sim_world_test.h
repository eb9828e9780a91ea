/* tee/sim_world_test.h — for tests: a simulated platform of the published keys, its authority and a policy
 * that accepts what is up to date and nothing else. */
#ifndef TEE_SIM_WORLD_TEST_H
#define TEE_SIM_WORLD_TEST_H

#include "attest/appraise.h"
#include "tee/sim_authority.h"

/* Published private keys: two folders of the same authority have the same roots. */
#define SIM_PUBLISHED_KEYS WETEE_VECTORS "/attestation/made"

enum { SIM_NOW = 1790000000, SIM_DAY = 86400 };

struct sim_world {
    char folder[64], platform[96];
    struct attest_sim *sim;
    struct attest_sim_authority *authority;
    struct attest_root roots[4]; /* the platform's Intel root, then its ARK when there is a chip */
    struct attest_policy policy;
    struct arena arena;
    uint8_t program[32], report_data[64];
    struct attest_claims claims; /* of the last good verdict */
    struct err e;
};

/* With keys of its own, or of the published authority; the chip only with the latter. */
void sim_world_init(struct sim_world *w, bool published, bool chip);
void sim_world_fini(struct sim_world *w);

/* Asks the verifier with collateral (NULL: none), at a moment, under the world's policy, with both
 * implementations of cryptography, which must agree. The policy may be changed between calls. */
enum attest_class sim_world_judge(struct sim_world *w, struct bytes evidence,
                                  const struct attest_collateral *collateral_opt, uint64_t now);
/* Default collateral of the kind with what `args` changes (kind and issued are set here). */
void sim_world_collateral(struct sim_world *w, struct attest_collateral *out, enum attest_kind kind,
                          struct attest_sim_collateral_args args);
struct bytes sim_world_quote(struct sim_world *w, struct attest_sim_quote_args args);
struct bytes sim_world_report(struct sim_world *w, const struct attest_snp_claims *guest, bool masked,
                              bool table);

/* Fails the test with both names when they differ. */
#define assert_class(got, want) sim_assert_class((got), (want), __FILE__, __LINE__)
void sim_assert_class(enum attest_class got, enum attest_class want, const char *file, int line);

#endif /* TEE_SIM_WORLD_TEST_H */
