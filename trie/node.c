#include "trie/node.h"
#include "codec/scale.h"
#include "crypto/hash.h"

const struct hash32 trie_empty_root = {{0x03, 0x17, 0x0a, 0x2e, 0x75, 0x97, 0xb7, 0xb7, 0xe3, 0xd8, 0x4c,
                                        0x05, 0x39, 0x1d, 0x13, 0x9a, 0x62, 0xb1, 0x57, 0xe7, 0x87, 0x86,
                                        0xd8, 0xc0, 0x82, 0xf2, 0x9d, 0xcf, 0x4c, 0x11, 0x13, 0x14}};

/* Header bits by kind; the rest of the byte is the partial key's length, or its start. */
struct header_kind {
    uint8_t mask, bits;
    bool branch;
    enum node_value value;
};

static const struct header_kind header_kinds[] = {
    {0xc0, 0x40, false, NODE_VALUE_INLINE}, {0xc0, 0x80, true, NODE_VALUE_NONE},
    {0xc0, 0xc0, true, NODE_VALUE_INLINE},  {0xe0, 0x20, false, NODE_VALUE_HASHED},
    {0xf0, 0x10, true, NODE_VALUE_HASHED},
};

void nibbles_pack(uint8_t *out, const uint8_t *nibbles, size_t len)
{
    size_t at = 0;
    if (len % 2 == 1)
        *out++ = nibbles[at++];
    for (; at < len; at += 2)
        *out++ = (uint8_t)(nibbles[at] << 4 | nibbles[at + 1]);
}

void nibbles_of_key(uint8_t *out, struct bytes key, size_t from, size_t to)
{
    if ((to - from) % 2 == 1)
        *out++ = key_nibble(key, from++);
    for (; from < to; from += 2)
        *out++ = (uint8_t)(key_nibble(key, from) << 4 | key_nibble(key, from + 1));
}

size_t nibbles_match_key(struct nibbles n, struct bytes key, size_t from)
{
    size_t room = key.len * 2 - from;
    size_t max = n.len < room ? n.len : room;
    size_t i = 0;
    while (i < max && nibble_at(n, i) == key_nibble(key, from + i))
        i++;
    return i;
}

static const struct header_kind *header_kind_of(uint8_t header)
{
    for (size_t i = 0; i < ARRAY_LEN(header_kinds); i++)
        if ((header & header_kinds[i].mask) == header_kinds[i].bits)
            return &header_kinds[i];
    return NULL;
}

/* SPEC 9.1: the field holds the length up to its maximum; the remainder follows in bytes, 255 meaning more to
 * come. */
static size_t take_partial_len(struct reader *r, uint8_t header, const struct header_kind *kind)
{
    uint8_t max = (uint8_t)~kind->mask;
    size_t len = header & max;
    if (len < max)
        return len;
    uint8_t more = 255;
    while (more == 255 && reader_ok(r)) {
        more = take_u8(r);
        len += more;
        if (len > NODE_PARTIAL_MAX)
            reader_fail(r, "partial key is too long");
    }
    return len;
}

static void take_partial(struct reader *r, struct node_view *n, uint8_t header,
                         const struct header_kind *kind)
{
    size_t len = take_partial_len(r, header, kind);
    struct bytes packed = take_bytes(r, nibbles_size(len));
    if (!reader_ok(r))
        return;
    if (len % 2 == 1 && (packed.p[0] & 0xf0) != 0)
        reader_fail(r, "padding of the partial key is not zero");
    n->partial = (struct nibbles){packed.p, len};
}

static void take_bitmap(struct reader *r, struct node_view *n, const struct header_kind *kind)
{
    if (!kind->branch)
        return;
    n->bitmap = take_u16(r);
    int count = __builtin_popcount(n->bitmap);
    if (reader_ok(r) && count == 0)
        reader_fail(r, "branch without children");
    else if (reader_ok(r) && count == 1 && kind->value == NODE_VALUE_NONE)
        reader_fail(r, "branch with one child and no value");
}

static void take_value(struct reader *r, struct node_view *n, const struct header_kind *kind)
{
    n->value_kind = kind->value;
    if (kind->value == NODE_VALUE_INLINE)
        n->value = take_compact_bytes(r, UINT32_MAX);
    else if (kind->value == NODE_VALUE_HASHED)
        n->value = take_bytes(r, sizeof(struct hash32));
}

static void take_children(struct reader *r, struct node_view *n)
{
    for (unsigned i = 0; i < NODE_CHILDREN && reader_ok(r); i++) {
        if ((n->bitmap >> i & 1) == 0)
            continue;
        n->child[i] = take_compact_bytes(r, MERKLE_VALUE_MAX);
        if (reader_ok(r) && n->child[i].len == 0)
            reader_fail(r, "child without merkle value");
    }
}

/* Inlined children are at most 31 bytes and shrink with each level, which bounds the recursion. */
static enum err_code check_inlined(const struct node_view *n, struct err *e)
{
    for (unsigned i = 0; i < NODE_CHILDREN; i++) {
        if (n->child[i].len == 0 || n->child[i].len == MERKLE_VALUE_MAX)
            continue;
        struct node_view child;
        if (node_decode(&child, n->child[i], e) != ERR_OK)
            return e->code;
        if (child.empty)
            return FAIL(e, ERR_MALFORMED, "trie node: child %u is the empty trie", i);
    }
    return ERR_OK;
}

enum err_code node_decode(struct node_view *out, struct bytes in, struct err *e)
{
    struct reader r = reader_of(in);
    struct node_view n = {0};

    uint8_t header = take_u8(&r);
    if (header == 0) {
        TRY(reader_end(&r, "trie node", e));
        *out = (struct node_view){.empty = true};
        return ERR_OK;
    }
    const struct header_kind *kind = header_kind_of(header);
    if (kind == NULL)
        return FAIL(e, ERR_MALFORMED, "trie node: reserved header %02x", header);
    take_partial(&r, &n, header, kind);
    take_bitmap(&r, &n, kind);
    take_value(&r, &n, kind);
    take_children(&r, &n);
    TRY(reader_end(&r, "trie node", e));
    TRY(check_inlined(&n, e));
    *out = n;
    return ERR_OK;
}

size_t node_encoded_max(const struct node_view *n)
{
    size_t children = (size_t)__builtin_popcount(n->bitmap) * (1 + MERKLE_VALUE_MAX);
    return 1 + n->partial.len / 255 + 1 + nibbles_size(n->partial.len) + 2 + COMPACT_LEN_MAX + n->value.len +
           children;
}

void put_node_head(struct writer *w, struct nibbles partial, enum node_value kind, uint16_t bitmap)
{
    const struct header_kind *k = &header_kinds[0];
    while (k->branch != (bitmap != 0) || k->value != kind) {
        k++;
        ASSERT(k < header_kinds + ARRAY_LEN(header_kinds)); /* a leaf without value is not a node */
    }
    uint8_t max = (uint8_t)~k->mask;
    ASSERT(partial.len <= NODE_PARTIAL_MAX);
    if (partial.len < max) {
        put_u8(w, (uint8_t)(k->bits | partial.len));
    } else {
        size_t rest = partial.len - max;
        put_u8(w, k->bits | max);
        for (; rest >= 255; rest -= 255)
            put_u8(w, 255);
        put_u8(w, (uint8_t)rest);
    }
    put_mem(w, partial.p, nibbles_size(partial.len));
    if (bitmap != 0)
        put_u16(w, bitmap);
}

void put_node_value(struct writer *w, enum node_value kind, struct bytes value)
{
    if (kind == NODE_VALUE_INLINE)
        put_compact(w, value.len);
    if (kind != NODE_VALUE_NONE)
        put_bytes(w, value);
}

void put_node_child(struct writer *w, struct bytes merkle)
{
    ASSERT(merkle.len > 0 && merkle.len <= MERKLE_VALUE_MAX);
    put_u8(w, (uint8_t)(merkle.len << 2)); /* the compact form of a length below 64 */
    put_bytes(w, merkle);
}

void node_encode(struct writer *w, const struct node_view *n)
{
    if (n->empty) {
        put_u8(w, 0);
        return;
    }
    put_node_head(w, n->partial, n->value_kind, n->bitmap);
    put_node_value(w, n->value_kind, n->value);
    for (unsigned i = 0; i < NODE_CHILDREN; i++)
        if ((n->bitmap >> i & 1) != 0)
            put_node_child(w, n->child[i]);
}

void merkle_value_of(struct merkle_value *out, struct bytes encoded, bool is_root)
{
    if (encoded.len < MERKLE_VALUE_MAX && !is_root) {
        out->len = (uint8_t)encoded.len;
        memcpy(out->b, encoded.p, encoded.len);
        return;
    }
    out->len = MERKLE_VALUE_MAX;
    blake2_256(out->b, encoded);
}
