/* runtime/wasm/imports.h — the Polkadot host functions the runtime imports, and no others.
 *
 * Pointers are 32 bits; a "span" is a pointer in the low and a length in the high 32 bits. Memory a function
 * returns is the host allocator's and is freed by ext_allocator_free. Source: spec.polkadot.network "Host
 * API". */
#ifndef RUNTIME_WASM_IMPORTS_H
#define RUNTIME_WASM_IMPORTS_H

#include "base/base.h"

#define HOST_IMPORT(name) __attribute__((import_module("env"), import_name(#name))) name

typedef uint64_t span;

uint32_t HOST_IMPORT(ext_allocator_malloc_version_1)(uint32_t len);
void HOST_IMPORT(ext_allocator_free_version_1)(uint32_t p);

span HOST_IMPORT(ext_storage_get_version_1)(span key); /* Option<Vec<u8>> */
void HOST_IMPORT(ext_storage_set_version_1)(span key, span value);
void HOST_IMPORT(ext_storage_clear_version_1)(span key);
span HOST_IMPORT(ext_storage_next_key_version_1)(span key); /* Option<Vec<u8>> */
void HOST_IMPORT(ext_storage_start_transaction_version_1)(void);
void HOST_IMPORT(ext_storage_commit_transaction_version_1)(void);
void HOST_IMPORT(ext_storage_rollback_transaction_version_1)(void);
span HOST_IMPORT(ext_storage_root_version_2)(uint32_t state_version); /* 32 bytes */
uint32_t HOST_IMPORT(ext_trie_blake2_256_ordered_root_version_2)(span items, uint32_t state_version);

uint32_t HOST_IMPORT(ext_hashing_blake2_256_version_1)(span in);
uint32_t HOST_IMPORT(ext_hashing_blake2_128_version_1)(span in);
uint32_t HOST_IMPORT(ext_hashing_twox_64_version_1)(span in);
uint32_t HOST_IMPORT(ext_hashing_twox_128_version_1)(span in);

uint32_t HOST_IMPORT(ext_crypto_ed25519_verify_version_1)(uint32_t sig, span msg, uint32_t key);
uint32_t HOST_IMPORT(ext_crypto_sr25519_verify_version_2)(uint32_t sig, span msg, uint32_t key);
/* Result<[u8; 33], error> of a 32-byte message hash */
span HOST_IMPORT(ext_crypto_secp256k1_ecdsa_recover_compressed_version_2)(uint32_t sig, uint32_t hash);

void HOST_IMPORT(ext_logging_log_version_1)(uint32_t level, span target, span text);

#endif /* RUNTIME_WASM_IMPORTS_H */
