#include "runtime/wasm/host.h"

#include "codec/scale.h"
#include "runtime/runtime.h"
#include "runtime/wasm/imports.h"

enum { LOG_LEVEL_DEBUG = 3, ORDERED_INPUT_MAX = 16 * 1024 * 1024 };

static uint32_t address(const void *p)
{
    return (uint32_t)(uintptr_t)p;
}

static span span_of(struct bytes b)
{
    return (uint64_t)b.len << 32 | address(b.p);
}

static struct bytes bytes_of_span(span s)
{
    return bytes_of((const uint8_t *)(uintptr_t)(uint32_t)s, (size_t)(s >> 32));
}

static void free_span(span s)
{
    ext_allocator_free_version_1((uint32_t)s);
}

/* Copies a result of fixed length and gives its memory back. */
static void take_result(uint8_t *out, size_t len, uint32_t p)
{
    memcpy(out, (const uint8_t *)(uintptr_t)p, len);
    ext_allocator_free_version_1(p);
}

static void *memory_more(size_t len)
{
    return (void *)(uintptr_t)ext_allocator_malloc_version_1((uint32_t)len);
}

static void memory_give_back(void *p, size_t len)
{
    (void)len;
    ext_allocator_free_version_1(address(p));
}

const struct arena_source wasm_memory = {.more = memory_more, .give_back = memory_give_back};

void base_abort(const char *file, int line, const char *what)
{
    (void)file;
    (void)line;
    ext_logging_log_version_1(0, span_of(BYTES_LIT("wetee")), span_of(bytes_of_str(what)));
    __builtin_trap();
}

/* Option<Vec<u8>> into the arena. */
static bool take_option(struct arena *a, struct bytes *out, span s)
{
    struct bytes raw = bytes_of_span(s);
    struct reader r = reader_of(raw);
    bool some = take_bool(&r);

    if (some)
        *out = arena_dup(a, take_compact_bytes(&r, UINT32_MAX));
    ASSERT(reader_ok(&r)); /* the host's own encoding */
    free_span(s);
    return some;
}

static bool storage_get(void *ctx, struct arena *a, struct bytes *out, struct bytes key)
{
    (void)ctx;
    return take_option(a, out, ext_storage_get_version_1(span_of(key)));
}

static void storage_set(void *ctx, struct bytes key, struct bytes value)
{
    (void)ctx;
    ext_storage_set_version_1(span_of(key), span_of(value));
}

static void storage_clear(void *ctx, struct bytes key)
{
    (void)ctx;
    ext_storage_clear_version_1(span_of(key));
}

static bool storage_next_key(void *ctx, struct arena *a, struct bytes *out, struct bytes key)
{
    (void)ctx;
    return take_option(a, out, ext_storage_next_key_version_1(span_of(key)));
}

static void transaction_start(void *ctx)
{
    (void)ctx;
    ext_storage_start_transaction_version_1();
}

static void transaction_commit(void *ctx)
{
    (void)ctx;
    ext_storage_commit_transaction_version_1();
}

static void transaction_rollback(void *ctx)
{
    (void)ctx;
    ext_storage_rollback_transaction_version_1();
}

static struct hash32 storage_root(void *ctx)
{
    span s = ext_storage_root_version_2(RUNTIME_STATE_VERSION);
    struct hash32 root;

    (void)ctx;
    ASSERT(bytes_of_span(s).len == sizeof root.b);
    take_result(root.b, sizeof root.b, (uint32_t)s);
    return root;
}

static struct hash32 ordered_root(void *ctx, const struct bytes_list *items)
{
    struct hash32 root;

    (void)ctx;
    size_t len = compact_len(items->count);
    for (size_t i = 0; i < items->count; i++)
        len += compact_len(items->v[i].len) + items->v[i].len;
    uint8_t *input = memory_more(len);
    ASSERT(input != NULL && len <= ORDERED_INPUT_MAX); /* a block is at most 5 MiB long */
    struct writer w = writer_fixed(input, len);
    put_compact(&w, items->count);
    for (size_t i = 0; i < items->count; i++)
        put_compact_bytes(&w, items->v[i]);
    ASSERT(writer_ok(&w));
    take_result(root.b, sizeof root.b,
                ext_trie_blake2_256_ordered_root_version_2(span_of(writer_bytes(&w)), 0));
    memory_give_back(input, len);
    return root;
}

static void hash_blake2_256(void *ctx, uint8_t out[32], struct bytes in)
{
    (void)ctx;
    take_result(out, 32, ext_hashing_blake2_256_version_1(span_of(in)));
}

static void hash_blake2_128(void *ctx, uint8_t out[16], struct bytes in)
{
    (void)ctx;
    take_result(out, 16, ext_hashing_blake2_128_version_1(span_of(in)));
}

static void hash_twox_64(void *ctx, uint8_t out[8], struct bytes in)
{
    (void)ctx;
    take_result(out, 8, ext_hashing_twox_64_version_1(span_of(in)));
}

static void hash_twox_128(void *ctx, uint8_t out[16], struct bytes in)
{
    (void)ctx;
    take_result(out, 16, ext_hashing_twox_128_version_1(span_of(in)));
}

/* The account is the hash of the recovered key. */
static bool verify_ecdsa(struct bytes sig, struct bytes msg, const struct account_id *who)
{
    struct account_id signer;
    uint8_t hash[32];

    hash_blake2_256(NULL, hash, msg);
    span s = ext_crypto_secp256k1_ecdsa_recover_compressed_version_2(address(sig.p), address(hash));
    struct bytes result = bytes_of_span(s);
    bool found = result.len == 34 && result.p[0] == 0;
    if (found)
        hash_blake2_256(NULL, signer.b, bytes_from(result, 1));
    free_span(s);
    return found && account_id_eq(&signer, who);
}

static bool verify_signature(void *ctx, enum host_signature_kind kind, struct bytes sig, struct bytes msg,
                             const struct account_id *who)
{
    (void)ctx;
    switch (kind) {
    case HOST_SIGNATURE_ED25519:
        return sig.len == 64 &&
               ext_crypto_ed25519_verify_version_1(address(sig.p), span_of(msg), address(who->b)) == 1;
    case HOST_SIGNATURE_SR25519:
        return sig.len == 64 &&
               ext_crypto_sr25519_verify_version_2(address(sig.p), span_of(msg), address(who->b)) == 1;
    case HOST_SIGNATURE_ECDSA:
        return sig.len == 65 && verify_ecdsa(sig, msg, who);
    }
    UNREACHABLE();
}

static void host_log(void *ctx, struct bytes text)
{
    (void)ctx;
    ext_logging_log_version_1(LOG_LEVEL_DEBUG, span_of(BYTES_LIT("wetee")), span_of(text));
}

const struct host wasm_host = {
    .storage_get = storage_get,
    .storage_set = storage_set,
    .storage_clear = storage_clear,
    .storage_next_key = storage_next_key,
    .transaction_start = transaction_start,
    .transaction_commit = transaction_commit,
    .transaction_rollback = transaction_rollback,
    .storage_root = storage_root,
    .ordered_root = ordered_root,
    .blake2_256 = hash_blake2_256,
    .blake2_128 = hash_blake2_128,
    .twox_64 = hash_twox_64,
    .twox_128 = hash_twox_128,
    .verify_signature = verify_signature,
    .log = host_log,
};
