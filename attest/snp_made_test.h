/* attest/snp_made_test.h — for tests: SEV-SNP evidence that no hardware made.
 *
 * Real reports and certificates of the vectors serve as templates: a test changes one thing, keys are
 * replaced by published ones (tests/vectors/attestation/made), and everything is signed again, so that
 * nothing but the change can be the reason of a refusal. Names stay AMD's, under keys that are not.
 * Everything lives in made_world. */
#ifndef ATTEST_SNP_MADE_TEST_H
#define ATTEST_SNP_MADE_TEST_H

#include <openssl/evp.h>

#include "attest/snp.h"

/* Offsets in the report. */
enum {
    AT_VERSION = 0x000,
    AT_VMPL = 0x030,
    AT_CURRENT_TCB = 0x038,
    AT_PLATFORM_INFO = 0x040,
    AT_KEY_INFO = 0x048,
    AT_REPORTED_TCB = 0x180,
    AT_CPUID = 0x188,
    AT_CHIP_ID = 0x1a0,
    AT_COMMITTED_TCB = 0x1e0,
    AT_MITIGATIONS = 0x1f8,
    AT_SIGNATURE = 0x2a0,
};

struct made_world {
    struct arena arena;
    EVP_PKEY *ark_key, *ca_key, *leaf_key;
};
extern struct made_world made_world;
int made_set_up(void **state);
int made_tear_down(void **state);

/* Evidence before it is signed: plain copies to write into. */
struct made {
    uint8_t *report, *leaf, *ca, *ark;
    size_t leaf_len, ca_len, ark_len;
    bool vlek; /* the leaf's name in the table */
};

/* A version 2 report of a Milan chip, its VCEK, ASK and ARK; the same as version 3; a version 3 report by a
 * VLEK; a version 5 report of a Turin chip. */
void made_vcek(struct made *m);
void made_version_3(struct made *m);
void made_vlek(struct made *m);
void made_turin(struct made *m);
/* Another file as a template. */
uint8_t *made_template(const char *name, size_t *len);
/* Where these bytes are in a certificate; they occur once. */
uint8_t *made_find(uint8_t *in, size_t len, struct bytes what);
/* The last arc of an object id of the leaf, so that the extension becomes an unknown one. */
void made_rename(struct made *m, struct bytes oid);

void made_sign(struct made *m); /* all of it */
void made_resign(uint8_t *der, size_t len, EVP_PKEY *subject, EVP_PKEY *issuer);
/* The root's revocation list, with these serials on it. */
struct bytes made_crl(const struct made *m, EVP_PKEY *key, uint64_t from, uint64_t until,
                      const struct bytes *serials, size_t count);

struct bytes made_evidence(const struct made *m); /* with a table of leaf and intermediate */
void made_root(struct attest_root *out, const struct made *m);
enum { MADE_TIME = 1730000000 }; /* October 2024: when every template but Turin's and the VLEK's is valid */
uint64_t made_time(const struct made *m);

/* Judges evidence as it stands, with both tables of primitives, which must agree; the other signs it first
 * and takes the time the leaf is valid at. */
enum attest_class made_judge_at(struct attest_claims *out, const struct made *m,
                                const struct attest_endorsements *endorsed, bool crl_needed, uint64_t now);
enum attest_class made_judge(struct attest_claims *out, struct made *m);

#endif /* ATTEST_SNP_MADE_TEST_H */
