#include "codec/storage_key.h"
#include "codec/walk.h"

enum { HASH_LEN_MAX = 32 };

struct hasher_form {
    uint8_t hash_len;
    bool carries_key;
};

static struct hasher_form hasher_form(enum hasher hasher)
{
    switch (hasher) {
    case HASHER_BLAKE2_128:
        return (struct hasher_form){16, false};
    case HASHER_BLAKE2_256:
        return (struct hasher_form){32, false};
    case HASHER_BLAKE2_128_CONCAT:
        return (struct hasher_form){16, true};
    case HASHER_TWOX_128:
        return (struct hasher_form){16, false};
    case HASHER_TWOX_256:
        return (struct hasher_form){32, false};
    case HASHER_TWOX_64_CONCAT:
        return (struct hasher_form){8, true};
    case HASHER_IDENTITY:
        return (struct hasher_form){0, true};
    }
    UNREACHABLE();
}

static void hash_key(uint8_t out[HASH_LEN_MAX], enum hasher hasher, struct bytes key,
                     const struct hash_ops *ops)
{
    switch (hasher) {
    case HASHER_BLAKE2_128:
    case HASHER_BLAKE2_128_CONCAT:
        ops->blake2_128(ops->ctx, out, key);
        return;
    case HASHER_BLAKE2_256:
        ops->blake2_256(ops->ctx, out, key);
        return;
    case HASHER_TWOX_128:
        ops->twox_128(ops->ctx, out, key);
        return;
    case HASHER_TWOX_256:
        ops->twox_256(ops->ctx, out, key);
        return;
    case HASHER_TWOX_64_CONCAT:
        ops->twox_64(ops->ctx, out, key);
        return;
    case HASHER_IDENTITY:
        return;
    }
    UNREACHABLE();
}

void storage_key_part(struct writer *w, enum hasher hasher, struct bytes encoded, const struct hash_ops *ops)
{
    struct hasher_form form = hasher_form(hasher);
    uint8_t hash[HASH_LEN_MAX];

    hash_key(hash, hasher, encoded, ops);
    put_mem(w, hash, form.hash_len);
    if (form.carries_key)
        put_bytes(w, encoded);
}

void storage_key(struct writer *w, const struct storage_desc *desc, const void *const *keys, size_t key_count,
                 const struct hash_ops *ops)
{
    ASSERT(key_count <= desc->key_count);
    put_mem(w, desc->prefix, sizeof desc->prefix);
    for (size_t i = 0; i < key_count; i++) {
        uint8_t buf[STORAGE_KEY_PART_MAX];
        struct writer part = writer_fixed(buf, sizeof buf);
        walk_encode(&part, desc->keys[i], keys[i]);
        if (!writer_ok(&part)) {
            w->overflow = true;
            return;
        }
        storage_key_part(w, desc->hashers[i], writer_bytes(&part), ops);
    }
}

void storage_prefix(uint8_t out[STORAGE_PREFIX_LEN], struct bytes pallet, struct bytes item,
                    const struct hash_ops *ops)
{
    ops->twox_128(ops->ctx, out, pallet);
    ops->twox_128(ops->ctx, out + 16, item);
}

static void take_key_part(struct arena *a, struct reader *r, const struct type *t, enum hasher hasher,
                          void *out, const struct hash_ops *ops_opt)
{
    struct bytes hash = take_bytes(r, hasher_form(hasher).hash_len);
    const uint8_t *start = r->p;
    uint8_t expected[HASH_LEN_MAX];

    walk_decode(a, r, t, NULL, out);
    if (ops_opt == NULL || !reader_ok(r) || hash.len == 0)
        return;
    hash_key(expected, hasher, bytes_of(start, (size_t)(r->p - start)), ops_opt);
    if (memcmp(expected, hash.p, hash.len) != 0)
        reader_fail(r, "hash does not match the key after it");
}

enum err_code storage_key_parse(struct arena *a, const struct storage_desc *desc, void *const *out,
                                struct bytes key, const struct hash_ops *ops_opt, struct err *e)
{
    if (!bytes_starts_with(key, bytes_of(desc->prefix, sizeof desc->prefix)))
        return FAIL(e, ERR_NOT_FOUND, "storage key is not of %s", desc->name);
    for (uint8_t i = 0; i < desc->key_count; i++) {
        if (!hasher_form(desc->hashers[i]).carries_key)
            return FAIL(e, ERR_UNSUPPORTED, "key %d of %s is hashed one way", i, desc->name);
    }
    struct reader r = reader_of(bytes_from(key, sizeof desc->prefix));
    for (uint8_t i = 0; i < desc->key_count; i++)
        take_key_part(a, &r, desc->keys[i], desc->hashers[i], out[i], ops_opt);
    return reader_end(&r, desc->name, e);
}
