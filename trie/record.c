#include "trie/record.h"
#include "base/reader.h"

static void key_finish(struct record_key *out, const uint8_t *path, size_t len, uint64_t version,
                       enum record_tag tag)
{
    ASSERT(len <= RECORD_PATH_MAX);
    uint8_t *p = out->b;
    for (size_t i = 0; i + 1 < len; i += 2)
        *p++ = (uint8_t)(path[i] << 4 | path[i + 1]);
    if (len % 2 == 1)
        *p++ = (uint8_t)(path[len - 1] << 4);
    for (int shift = 56; shift >= 0; shift -= 8)
        *p++ = (uint8_t)(version >> shift);
    *p++ = (uint8_t)tag;
    out->len = (size_t)(p - out->b);
}

void record_key_node(struct record_key *out, const uint8_t *path, size_t len, uint64_t version)
{
    key_finish(out, path, len, version, len % 2 == 0 ? RECORD_NODE_EVEN : RECORD_NODE_ODD);
}

void record_key_value(struct record_key *out, const uint8_t *path, size_t len, uint64_t version)
{
    ASSERT(len % 2 == 0);
    key_finish(out, path, len, version, RECORD_VALUE);
}

void record_key_root(struct record_key *out, uint64_t version)
{
    key_finish(out, NULL, 0, version, RECORD_ROOT);
}

void record_key_stale(struct record_key *out, uint64_t version)
{
    key_finish(out, NULL, 0, version, RECORD_STALE);
}

static void take_record_value(struct reader *r, struct record *rec)
{
    uint8_t kind = take_u8(r);
    if (kind == RECORD_VALUE_INLINE) {
        uint32_t len = take_u32(r);
        if (len > RECORD_VALUE_INLINE_MAX)
            reader_fail(r, "inline value is too long");
        rec->value = take_bytes(r, len);
    } else if (kind == RECORD_VALUE_APART) {
        rec->hash = take_hash(r);
        rec->value_len = take_u32(r);
        rec->value_version = take_u64(r);
        if (reader_ok(r) && (rec->value_len <= RECORD_VALUE_INLINE_MAX || rec->value_len > TRIE_VALUE_MAX))
            reader_fail(r, "length of a value stored apart is out of range");
    } else if (kind != RECORD_VALUE_NONE) {
        reader_fail(r, "unknown kind of value");
    }
    rec->value_kind = (enum record_value)kind;
}

static void take_record_children(struct reader *r, struct record *rec)
{
    rec->bitmap = take_u16(r);
    int count = __builtin_popcount(rec->bitmap);
    if (reader_ok(r) && rec->value_kind == RECORD_VALUE_NONE && count < 2)
        reader_fail(r, "node without value has fewer than two children");
    for (int i = 0; i < count && reader_ok(r); i++) {
        rec->child[i].version = take_u64(r);
        uint8_t len = take_u8(r);
        if (len == 0 || len > MERKLE_VALUE_MAX)
            reader_fail(r, "merkle value has a wrong length");
        rec->child[i].merkle = take_bytes(r, len);
    }
}

enum err_code record_decode(struct record *out, struct bytes in, struct err *e)
{
    struct reader r = reader_of(in);
    struct record rec = {0};

    size_t len = take_u16(&r);
    if (len > RECORD_PATH_MAX)
        reader_fail(&r, "partial key is too long");
    struct bytes packed = take_bytes(&r, nibbles_size(len));
    if (reader_ok(&r) && len % 2 == 1 && (packed.p[0] & 0xf0) != 0)
        reader_fail(&r, "padding of the partial key is not zero");
    rec.partial = (struct nibbles){packed.p, packed.len == 0 ? 0 : len};
    take_record_value(&r, &rec);
    take_record_children(&r, &rec);
    if (reader_end(&r, "stored trie node", e) != ERR_OK)
        return e->code = ERR_CORRUPT;
    *out = rec;
    return ERR_OK;
}

size_t record_encoded_max(const struct record *r)
{
    return 2 + nibbles_size(r->partial.len) + 1 + 32 + 4 + 8 + r->value.len + 2 +
           (size_t)__builtin_popcount(r->bitmap) * (8 + 1 + MERKLE_VALUE_MAX);
}

void put_record_head(struct writer *w, const struct record *r)
{
    put_u16(w, (uint16_t)r->partial.len);
    put_mem(w, r->partial.p, nibbles_size(r->partial.len));
    put_u8(w, (uint8_t)r->value_kind);
    if (r->value_kind == RECORD_VALUE_INLINE) {
        put_u32(w, (uint32_t)r->value.len);
        put_bytes(w, r->value);
    } else if (r->value_kind == RECORD_VALUE_APART) {
        put_mem(w, r->hash.b, sizeof r->hash.b);
        put_u32(w, r->value_len);
        put_u64(w, r->value_version);
    }
    put_u16(w, r->bitmap);
}

void put_record_child(struct writer *w, uint64_t version, struct bytes merkle)
{
    put_u64(w, version);
    put_u8(w, (uint8_t)merkle.len);
    put_bytes(w, merkle);
}

enum err_code record_root_decode(struct record_root *out, struct bytes in, struct err *e)
{
    struct reader r = reader_of(in);
    struct record_root root;

    root.present = take_bool(&r);
    root.version = take_u64(&r);
    root.root = take_hash(&r);
    if (reader_end(&r, "stored trie root", e) != ERR_OK)
        return e->code = ERR_CORRUPT;
    if (root.present == hash32_eq(&root.root, &trie_empty_root))
        return FAIL(e, ERR_CORRUPT, "stored trie root: the hash and the presence of a root disagree");
    *out = root;
    return ERR_OK;
}

void put_record_root(struct writer *w, const struct record_root *r)
{
    put_bool(w, r->present);
    put_u64(w, r->version);
    put_mem(w, r->root.b, sizeof r->root.b);
}
