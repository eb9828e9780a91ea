/* runtime/declared_test.h — test support: what calls do, held against what chain/<module>.idl declares of
 * them.
 *
 * A call may fail with the errors of its `fails` list alone, and its weight covers the storage it touches:
 * each key read and each key written once, at the prices of System.DbWeight. Source: style.md 2.16. */
#ifndef RUNTIME_DECLARED_TEST_H
#define RUNTIME_DECLARED_TEST_H

#include "chain/chain.h"
#include "runtime/exec.h"

/* A host that counts on its way to another. */
struct access_count {
    struct host inner;
    uint64_t read[8192], written[8192]; /* sets of hashed keys, 0: empty place */
    uint32_t reads, writes;
    bool on;
};
struct host access_count_host(struct access_count *c, const struct host *inner); /* valid as long as c is */
void access_count_start(struct access_count *c);                                 /* from zero */
void access_count_stop(struct access_count *c);

/* The most a call was seen to touch. */
struct seen {
    const struct pallet_desc *pallet;
    const struct call_desc *call;
    uint32_t reads, writes;
    uint64_t needs, has; /* weight, where it was tightest */
    bool errors[256];
};
struct declared {
    char *text[2]; /* of worker.idl and app.idl */
    struct seen calls[64];
    uint32_t count;
};

struct declared *declared_new(void);
void declared_free(struct declared *d);
/* Fails the test when the outcome is not one that was declared. */
void declared_check(struct declared *d, const struct call *call, struct dispatch outcome,
                    const struct access_count *c);
/* Prints how tight each weight is. */
void declared_print(const struct declared *d);
/* Whether some call returned the error. */
bool declared_returned(const struct declared *d, const struct pallet_desc *pallet, uint8_t error);

#endif /* RUNTIME_DECLARED_TEST_H */
