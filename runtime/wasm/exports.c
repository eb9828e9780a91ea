/* runtime/wasm/exports.c — every runtime API function as an export (ptr, len) -> span of its output. */
#include "runtime/api_list.h"
#include "runtime/runtime.h"
#include "runtime/wasm/host.h"

/* Chunks double up to this; the host allocator gives at most 32 MiB at once. */
enum { MEMORY_MAX = 48 * 1024 * 1024 };

/* An instance serves one call: its memory goes with it. A refused call traps, as in every Substrate runtime.
 */
static uint64_t serve(const char *name, uint32_t p, uint32_t len)
{
    struct arena a;
    struct bytes out;
    struct err e;

    arena_init(&a, &wasm_memory, MEMORY_MAX);
    if (runtime_call(&wasm_host, &a, &out, name, bytes_of((const uint8_t *)(uintptr_t)p, len), &e) != ERR_OK)
        base_abort(e.file, e.line, e.msg);
    return (uint64_t)out.len << 32 | (uint32_t)(uintptr_t)out.p;
}

#define X(name, function)                                                                 \
    __attribute__((export_name(#name))) uint64_t export_##name(uint32_t p, uint32_t len); \
    uint64_t export_##name(uint32_t p, uint32_t len)                                      \
    {                                                                                     \
        return serve(#name, p, len);                                                      \
    }
RUNTIME_API(X)
#undef X
