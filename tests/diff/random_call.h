/* tests/diff/random_call.h — calls with arbitrary arguments, made from the descriptors. */
#ifndef TESTS_DIFF_RANDOM_CALL_H
#define TESTS_DIFF_RANDOM_CALL_H

#include "base/writer.h"
#include "codec/desc.h"

struct random {
    uint64_t state; /* splitmix64: the same seed plays the same blocks */
};

uint64_t random_u64(struct random *r);
uint32_t random_below(struct random *r, uint32_t n);

/* Pallet index, call index and arguments that decode; small numbers are likelier, for they name things that
 * exist. */
void random_call(struct writer *w, struct random *r, const struct registry *registry,
                 const struct pallet_desc *pallet, const struct call_desc *call, uint32_t depth);

#endif /* TESTS_DIFF_RANDOM_CALL_H */
