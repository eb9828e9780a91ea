/* node/node_test.c — runs the folder's unit tests. */
#include "node/node_test.h"

int main(void)
{
    int failed = table_tests();
    failed += txpool_tests();
    failed += config_tests();
    failed += overlay_tests();
    failed += chain_tests();
    failed += engine_tests();
    return failed != 0;
}
