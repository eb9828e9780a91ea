/* runtime/wasm/host.h — struct host over the imported host functions. */
#ifndef RUNTIME_WASM_HOST_H
#define RUNTIME_WASM_HOST_H

#include "runtime/host.h"

extern const struct host wasm_host;
extern const struct arena_source wasm_memory;

#endif /* RUNTIME_WASM_HOST_H */
