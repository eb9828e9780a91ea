/* codec/storage_key.h — full storage keys from descriptors and key values, and back.
 *
 * Hashing is the caller's: the runtime passes its host's functions, the SDK those of crypto/. */
#ifndef CODEC_STORAGE_KEY_H
#define CODEC_STORAGE_KEY_H

#include "base/err.h"
#include "base/writer.h"
#include "codec/desc.h"

struct hash_ops {
    void *ctx;
    void (*blake2_128)(void *ctx, uint8_t out[16], struct bytes in);
    void (*blake2_256)(void *ctx, uint8_t out[32], struct bytes in);
    void (*twox_64)(void *ctx, uint8_t out[8], struct bytes in);
    void (*twox_128)(void *ctx, uint8_t out[16], struct bytes in);
    void (*twox_256)(void *ctx, uint8_t out[32], struct bytes in);
};

enum { STORAGE_KEY_PART_MAX = 1024 }; /* longest SCALE encoding of one map key */

/* Writes desc->prefix and the hashed parts of the first `key_count` keys; fewer than desc->key_count give an
 * iteration prefix. keys[i] points to a C value of desc->keys[i]. A part over STORAGE_KEY_PART_MAX overflows
 * the writer. */
void storage_key(struct writer *w, const struct storage_desc *desc, const void *const *keys, size_t key_count,
                 const struct hash_ops *ops);
/* One part: the hash of the encoded key, with the key after it for the concat hashers. */
void storage_key_part(struct writer *w, enum hasher hasher, struct bytes encoded, const struct hash_ops *ops);
/* twox_128(pallet) ‖ twox_128(item). */
void storage_prefix(uint8_t out[STORAGE_PREFIX_LEN], struct bytes pallet, struct bytes item,
                    const struct hash_ops *ops);

/* Reads a full key back: out[i] receives a C value of desc->keys[i] (byte strings are views into `key`). The
 * hash parts are compared when ops_opt is given. ERR_MALFORMED; ERR_UNSUPPORTED when a hasher does not carry
 * its key; ERR_NOT_FOUND when the key is not of this item. On failure out[i] are unspecified. */
FALLIBLE storage_key_parse(struct arena *a, const struct storage_desc *desc, void *const *out,
                           struct bytes key, const struct hash_ops *ops_opt, struct err *e);

#endif /* CODEC_STORAGE_KEY_H */
