/* A header that decodes must encode to the same bytes. */
#include "codec/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes in = bytes_of(data, len);
    struct header h;
    struct err e;
    struct arena a;

    if (header_decode(&h, in, &e) != ERR_OK)
        return 0;
    arena_init(&a, &arena_heap, (1u << 20) + 4 * len);
    struct writer w = writer_in(&a, len);
    header_encode(&w, &h);
    ASSERT(writer_ok(&w) && bytes_eq(writer_bytes(&w), in));
    arena_fini(&a);
    return 0;
}
