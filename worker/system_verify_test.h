/* worker/system_verify_test.h — the kinds of TEE that the system tests play, and the judgement that anyone
 * can ask for: `wetee app verify` and `wetee worker verify` run against the network under test. */
#ifndef WORKER_SYSTEM_VERIFY_TEST_H
#define WORKER_SYSTEM_VERIFY_TEST_H

#include <stdint.h>

struct system_kind {
    const char *name;  /* "simulated-tdx" */
    uint8_t tag;       /* variant of the chain's Evidence */
    const char *shown; /* "TDX" */
};

/* Fails the test for a name that is none. */
const struct system_kind *system_kind(const char *name);

struct system_question {
    const char *bin, *node_url;
    const char *noun; /* "app", "worker" */
    uint64_t number;  /* app, cluster */
    const struct system_kind *kind;
    const char *purpose; /* what the evidence must have been made for */
};
/* Fails the test unless text and JSON say: simulated, verified, of this kind and purpose, by the chain's
 * roots and collateral. */
void system_verify(const struct system_question *q);

#endif /* WORKER_SYSTEM_VERIFY_TEST_H */
