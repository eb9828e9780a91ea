/* node/node_test.h — what the node's unit tests share. */
#ifndef NODE_NODE_TEST_H
#define NODE_NODE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

/* xorshift64*: the tests' randomness, reproducible from its seed. */
static inline uint64_t test_rng(uint64_t *s)
{
    *s ^= *s >> 12;
    *s ^= *s << 25;
    *s ^= *s >> 27;
    return *s * 0x2545f4914f6cdd1du;
}

int table_tests(void);
int txpool_tests(void);
int overlay_tests(void);
int config_tests(void);
int chain_tests(void);
int engine_tests(void);

#endif /* NODE_NODE_TEST_H */
