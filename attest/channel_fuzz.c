/* attest/channel_fuzz.c — messages, configurations and proofs; what is read is written again as it was. */
#include "attest/channel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint8_t mem[2 * CHANNEL_FRAME_MAX];
    struct bytes in = bytes_of(data, len);
    struct channel_message m;
    struct channel_config c;
    struct channel_proof p;
    struct arena a;
    struct err e;

    if (channel_read(&m, in, &e) == ERR_OK) {
        struct writer w = writer_fixed(mem, sizeof mem);
        channel_write(&w, &m);
        ASSERT(bytes_eq(writer_bytes(&w), in));
    }
    arena_init(&a, &arena_heap, 1 << 20);
    if (channel_config_read(&a, &c, in, &e) == ERR_OK) {
        struct writer w = writer_fixed(mem, sizeof mem);
        channel_config_write(&w, &c);
        ASSERT(bytes_eq(writer_bytes(&w), in));
    }
    arena_fini(&a);
    if (channel_proof_read(&p, in, &e) == ERR_OK) {
        struct writer w = writer_fixed(mem, sizeof mem);
        channel_proof_write(&w, &p);
        ASSERT(bytes_eq(writer_bytes(&w), in));
    }
    return 0;
}
