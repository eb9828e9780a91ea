/* runtime/runtime.h — the chain's rules as pure functions, behind the Substrate runtime API.
 *
 * One entry point: an API function's name, its SCALE input, a host; the SCALE output. The native node links
 * this library; runtime/wasm/ exports the same table as `wetee_runtime.wasm`. No state lives between calls
 * except what the host stores. Threads: safe with separate hosts and arenas.
 *
 * Source: docs of the Polkadot SDK runtime APIs as listed in docs/formats/runtime-api.md. */
#ifndef RUNTIME_RUNTIME_H
#define RUNTIME_RUNTIME_H

#include "base/err.h"
#include "runtime/host.h"

enum {
    RUNTIME_SPEC_VERSION = 1,
    RUNTIME_TRANSACTION_VERSION = 1,
    RUNTIME_STATE_VERSION = 1,
};

/*~ 1/12 The whole runtime: a name and bytes in, bytes out, and a host to ask. */
/* Calls `name` (for example "Core_initialize_block") with SCALE `input`.
 *   out      SCALE output in `a`; untouched on failure
 *   returns  ERR_OK; ERR_NOT_FOUND (no such function); ERR_MALFORMED (input does not decode);
 *            ERR_REJECTED (block execution refused: the block is invalid). On failure the caller discards the
 *            host's changes. */
FALLIBLE runtime_call(const struct host *host, struct arena *a, struct bytes *out, const char *name,
                      struct bytes input, struct err *e);

/* Names accepted by runtime_call, ending with NULL. */
extern const char *const runtime_api_names[];

/* Writes the genesis state: everything but :code. `json`'s form is docs/formats/genesis.md.
 *   returns  ERR_OK; ERR_MALFORMED (message names the field) */
FALLIBLE runtime_build_genesis(const struct host *host, struct arena *a, struct bytes json, struct err *e);

/* What must be verified before a signed extrinsic can be dispatched: lets a node check signatures ahead, on
 * other threads. All views point into `extrinsic` or the arena.
 *   returns  ERR_OK; ERR_NOT_FOUND (unsigned extrinsic); ERR_MALFORMED */
struct runtime_signature_check {
    enum host_signature_kind kind;
    struct bytes sig, msg;
    struct account_id who;
};
FALLIBLE runtime_signature_of(const struct host *host, struct arena *a, struct runtime_signature_check *out,
                              struct bytes extrinsic, struct err *e);
FALLIBLE runtime_signature_ahead(const struct host *host, struct arena *a,
                                 struct runtime_signature_check *out, struct bytes extrinsic,
                                 const struct hash32 *head, struct err *e);

#endif /* RUNTIME_RUNTIME_H */
