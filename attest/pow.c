#include "attest/pow.h"
#include "codec/scale.h"
#include "crypto/hash.h"

void attest_pow_write(struct writer *w, const struct attest_pow *p)
{
    put_text(w, "wetee/pow/v1");
    put_mem(w, p->genesis.b, sizeof p->genesis.b);
    put_u8(w, p->work_type);
    put_u64(w, p->work_id);
    put_u64(w, p->cluster);
    put_u64(w, p->first_block);
    put_compact_bytes(w, p->log_hash);
    put_u32(w, p->cr.cpu);
    put_u32(w, p->cr.mem);
    put_u32(w, p->cr.cvm_cpu);
    put_u32(w, p->cr.cvm_mem);
    put_u32(w, p->cr.disk);
    put_u32(w, p->cr.gpu);
    put_compact_bytes(w, p->cr_hash);
    put_compact_bytes(w, p->address);
    put_u32(w, p->up_blocks);
}

static uint64_t chunk_count(uint64_t file_len)
{
    return file_len == 0 ? 1 : (file_len - 1) / ATTEST_CHUNK_LEN + 1;
}

static struct hash32 leaf_hash(struct bytes chunk)
{
    static const uint8_t prefix = 0;
    struct blake2b b;
    struct hash32 h;

    blake2b_init(&b, sizeof h.b);
    blake2b_update(&b, bytes_of(&prefix, 1));
    blake2b_update(&b, chunk);
    blake2b_final(&b, h.b);
    return h;
}

static struct hash32 node_hash(const struct hash32 *left, const struct hash32 *right)
{
    uint8_t text[65] = {1};
    struct hash32 h;

    memcpy(text + 1, left->b, 32);
    memcpy(text + 33, right->b, 32);
    blake2_256(h.b, bytes_of(text, sizeof text));
    return h;
}

static struct bytes chunk_at(struct bytes file, uint64_t index)
{
    struct bytes rest = bytes_from(file, (size_t)(index * ATTEST_CHUNK_LEN));
    return bytes_of(rest.p, rest.len < ATTEST_CHUNK_LEN ? rest.len : ATTEST_CHUNK_LEN);
}

static struct hash32 *leaves(struct arena *a, struct bytes file)
{
    size_t n = (size_t)chunk_count(file.len);
    struct hash32 *v = arena_new_n(a, struct hash32, n);
    for (size_t i = 0; i < n; i++)
        v[i] = leaf_hash(chunk_at(file, i));
    return v;
}

/* Replaces a level of n nodes by the one above; returns its size. */
static size_t level_up(struct hash32 *v, size_t n)
{
    for (size_t i = 0; i + 1 < n; i += 2)
        v[i / 2] = node_hash(&v[i], &v[i + 1]);
    if (n % 2 != 0)
        v[n / 2] = v[n - 1];
    return (n + 1) / 2;
}

struct hash32 attest_merkle_root(struct arena *scratch, struct bytes file)
{
    struct arena_mark m = arena_mark(scratch);
    struct hash32 *v = leaves(scratch, file);

    for (size_t n = (size_t)chunk_count(file.len); n > 1;)
        n = level_up(v, n);
    struct hash32 root = v[0];
    arena_rewind(scratch, m);
    return root;
}

enum err_code attest_merkle_path(struct arena *scratch, struct attest_path *out, struct bytes file,
                                 uint32_t index, struct err *e)
{
    size_t n = (size_t)chunk_count(file.len), at = index;
    struct attest_path path = {0};

    if (index >= n)
        return FAIL(e, ERR_NOT_FOUND, "chunk %u of a file of %zu chunks", index, n);
    struct arena_mark m = arena_mark(scratch);
    struct hash32 *v = leaves(scratch, file);
    for (; n > 1; at /= 2) {
        size_t other = at ^ 1;
        if (other < n)
            path.sibling[path.count++] = v[other];
        n = level_up(v, n);
    }
    arena_rewind(scratch, m);
    *out = path;
    return ERR_OK;
}

bool attest_merkle_check(const struct hash32 *root, uint64_t file_len, uint32_t index, struct bytes chunk,
                         const struct attest_path *path)
{
    uint64_t n = chunk_count(file_len), at = index;
    uint32_t used = 0;

    if (index >= n || path->count > ATTEST_PATH_MAX)
        return false;
    uint64_t want = index == n - 1 ? file_len - index * (uint64_t)ATTEST_CHUNK_LEN : ATTEST_CHUNK_LEN;
    if (chunk.len != want)
        return false;
    struct hash32 h = leaf_hash(chunk);
    for (; n > 1; at /= 2, n = (n + 1) / 2) {
        if ((at ^ 1) >= n) /* odd one out: promoted */
            continue;
        if (used == path->count)
            return false;
        const struct hash32 *other = &path->sibling[used++];
        h = at % 2 == 0 ? node_hash(&h, other) : node_hash(other, &h);
    }
    return used == path->count && hash32_eq(&h, root);
}
