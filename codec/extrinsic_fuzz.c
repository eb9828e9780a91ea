/* An envelope that decodes must encode to the same bytes, and its call must decode or be refused. */
#include "codec/extrinsic.h"
#include "codec/sample_test.h"
#include "codec/walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes in = bytes_of(data, len);
    struct extrinsic_parts x;
    struct call call;
    struct err e;
    struct arena a;

    if (extrinsic_decode(&x, in, &e) != ERR_OK)
        return 0;
    arena_init(&a, &arena_heap, 128u << 20);
    struct writer w = writer_in(&a, len);
    extrinsic_encode(&w, &x);
    ASSERT(writer_ok(&w) && bytes_eq(writer_bytes(&w), in));
    if (call_decode(&a, &call, x.call, &sample_registry, &e) == ERR_OK)
        ASSERT(bytes_eq(call.encoded, x.call));
    arena_fini(&a);
    return 0;
}
