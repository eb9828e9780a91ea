/* tee/bundle_fuzz.c — collateral files: what is read is written and read again, the same. */
#include "tee/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct attest_collateral c, back;
    struct arena a;
    struct err e = {0};

    if (len > 65536)
        return 0;
    arena_init(&a, &arena_heap, 16 << 20);
    if (bundle_read(&c, &a, bytes_of(data, len), &e) == ERR_OK) {
        struct writer w = writer_in(&a, BUNDLE_MAX);
        bundle_write(&w, &c);
        ASSERT(writer_ok(&w) && bundle_read(&back, &a, writer_bytes(&w), &e) == ERR_OK);
        const struct bytes *x = (const struct bytes *)(const void *)&c;
        const struct bytes *y = (const struct bytes *)(const void *)&back;
        for (size_t i = 0; i < sizeof c / sizeof *x; i++)
            ASSERT(bytes_eq(x[i], y[i]));
    } else {
        ASSERT(e.code == ERR_MALFORMED && e.msg[0] != 0);
    }
    arena_fini(&a);
    return 0;
}
