/* runtime/host.h — the only way out of the runtime: the Polkadot host API, as a table.
 *
 * The native node fills it from its state overlay; the WASM build fills it with the ext_* imports
 * (runtime/wasm/). Nothing here fails: a host that cannot answer (its store broke) stops the process with the
 * block unapplied, so a fault never becomes a failed transaction.
 *
 * Views a function returns are in the arena it was given. Keys and values passed in are only read during the
 * call. */
#ifndef RUNTIME_HOST_H
#define RUNTIME_HOST_H

#include "base/arena.h"
#include "base/bytes.h"

enum host_signature_kind { HOST_SIGNATURE_ED25519, HOST_SIGNATURE_SR25519, HOST_SIGNATURE_ECDSA };

/*~ 2/12 The whole outside world, as the runtime sees it. */
struct host {
    void *ctx; /* passed to every function */

    /* Storage. get copies the value into the arena; false when the key is absent. next_key: the smallest key
     * strictly greater than `key`, in byte order. */
    bool (*storage_get)(void *ctx, struct arena *a, struct bytes *out, struct bytes key);
    void (*storage_set)(void *ctx, struct bytes key, struct bytes value);
    void (*storage_clear)(void *ctx, struct bytes key);
    bool (*storage_next_key)(void *ctx, struct arena *a, struct bytes *out, struct bytes key);

    /* Nested transactions over storage. Every start is matched by one commit or rollback. */
    void (*transaction_start)(void *ctx);
    void (*transaction_commit)(void *ctx);
    void (*transaction_rollback)(void *ctx);

    /* Root of the state trie (version 1) with all changes so far; only outside transactions. */
    struct hash32 (*storage_root)(void *ctx);
    /* Root of the trie of compact(i) -> items[i], state version 0: the extrinsics root. */
    struct hash32 (*ordered_root)(void *ctx, const struct bytes_list *items);

    /* hash: blake2b-256, blake2b-128, twox-64, twox-128 of `in` into out[32], [16], [8], [16]. */
    void (*blake2_256)(void *ctx, uint8_t out[32], struct bytes in);
    void (*blake2_128)(void *ctx, uint8_t out[16], struct bytes in);
    void (*twox_64)(void *ctx, uint8_t out[8], struct bytes in);
    void (*twox_128)(void *ctx, uint8_t out[16], struct bytes in);

    /* Is `sig` (64 bytes; ecdsa 65: r, s, v over blake2b-256 of msg) a signature of `msg` by the account? For
     * ed25519 and sr25519 the account is the public key; for ecdsa it is blake2b-256 of the recovered
     * compressed key. */
    bool (*verify_signature)(void *ctx, enum host_signature_kind kind, struct bytes sig, struct bytes msg,
                             const struct account_id *who);

    /* For people reading the node's log; never affects execution. */
    void (*log)(void *ctx, struct bytes text);
};

#endif /* RUNTIME_HOST_H */
