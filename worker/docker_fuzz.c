/* worker/docker_fuzz.c — an engine's answers and the chain's image references, all hostile. */
#include "worker/desired.h"
#include "worker/docker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool count(void *ctx, uint8_t stream, struct bytes piece)
{
    (void)stream;
    *(size_t *)ctx += piece.len;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct engine_owner owner = {.genesis = "0011223344556677", .cluster = 4};
    struct bytes in = bytes_of(data, len);
    struct arena a;
    struct engine_list list;
    struct engine_status status;
    struct engine_stats stats;
    struct err e;
    size_t seen = 0;
    struct docker_log_reader r = {.sink = count, .ctx = &seen};

    arena_init(&a, &arena_heap, 64 << 20);
    if (docker_read_list(&a, &list, &owner, in, &e) == ERR_OK)
        ASSERT(list.count <= ENGINE_CONTAINERS_MAX);
    if (docker_read_status(&status, in, &e) == ERR_OK)
        ASSERT(status.port_count <= ENGINE_PORTS_MAX);
    if (docker_read_stats(&stats, in, &e) != ERR_OK)
        ASSERT(e.code == ERR_MALFORMED);
    (void)docker_classify(500, in);
    (void)docker_stream_error(&a, in);
    (void)docker_log_take(&r, in);
    ASSERT(seen <= len);
    if (desired_image_valid(in)) /* what is valid needs no escaping anywhere */
        for (size_t i = 0; i < len; i++)
            ASSERT(data[i] > ' ' && data[i] < 0x7f && data[i] != '"' && data[i] != '\\' && data[i] != '?');
    arena_fini(&a);
    return 0;
}
