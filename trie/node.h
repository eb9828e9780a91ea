/* trie/node.h — the encoded form of trie nodes, and merkle values.
 *
 *     node = header | partial key | [bitmap] | [value] | [children]
 *
 * Decoding accepts canonical encodings only. Views point into the input. Pure; nothing allocates.
 * Source: docs/spec substrate "Node"; vectors: tests/vectors/substrate/trie.json. */
#ifndef TRIE_NODE_H
#define TRIE_NODE_H

#include "base/bytes.h"
#include "base/err.h"
#include "base/writer.h"

enum {
    NODE_PARTIAL_MAX = 65535, /* nibbles */
    NODE_CHILDREN = 16,
    NODE_HASHED_VALUE_OVER = 32, /* state version 1 keeps values longer than this behind their hash */
    MERKLE_VALUE_MAX = 32
};

enum state_version { STATE_V0 = 0, STATE_V1 = 1 };

/* Nibbles as the node encoding packs them: two per byte, high first; an odd count puts one nibble in the low
 * half of the first byte, whose high half is zero. */
struct nibbles {
    const uint8_t *p;
    size_t len; /* nibbles */
};

static inline size_t nibbles_size(size_t len)
{
    return len / 2 + len % 2;
}

static inline uint8_t nibble_at(struct nibbles n, size_t i)
{
    size_t at = i + n.len % 2;
    uint8_t b = n.p[at / 2];
    return at % 2 == 0 ? b >> 4 : b & 15;
}

/* Nibble i of a storage key, high half first. */
static inline uint8_t key_nibble(struct bytes key, size_t i)
{
    uint8_t b = key.p[i / 2];
    return i % 2 == 0 ? b >> 4 : b & 15;
}

/* Packs the nibbles [from, to) of a key into out[nibbles_size(to - from)]. */
void nibbles_of_key(uint8_t *out, struct bytes key, size_t from, size_t to);
/* Packs nibbles given one per byte. */
void nibbles_pack(uint8_t *out, const uint8_t *nibbles, size_t len);
/* How many nibbles of `n` agree with the key's nibbles from `from` on. */
size_t nibbles_match_key(struct nibbles n, struct bytes key, size_t from);

enum node_value { NODE_VALUE_NONE, NODE_VALUE_INLINE, NODE_VALUE_HASHED };

/* A merkle value: 32 bytes are a hash, fewer are the encoded node itself; len 0 says there is no node. */
struct merkle_value {
    uint8_t len;
    uint8_t b[MERKLE_VALUE_MAX];
};

struct node_view {
    bool empty; /* the empty trie: nothing else is set */
    struct nibbles partial;
    enum node_value value_kind;
    struct bytes value;                /* the value, or its 32-byte hash */
    uint16_t bitmap;                   /* bit i: child i is present; 0 for a leaf */
    struct bytes child[NODE_CHILDREN]; /* merkle values, empty where absent */
};

/* ERR_MALFORMED for every form a builder would not write, also within inlined children. */
FALLIBLE node_decode(struct node_view *out, struct bytes in, struct err *e);

/* A bound on the length node_encode writes. */
size_t node_encoded_max(const struct node_view *n);
/* The parts in order, for callers that hold their children in another form: children follow as
 * put_node_child. */
void put_node_head(struct writer *w, struct nibbles partial, enum node_value kind, uint16_t bitmap);
void put_node_value(struct writer *w, enum node_value kind, struct bytes value);
void put_node_child(struct writer *w, struct bytes merkle);
void node_encode(struct writer *w, const struct node_view *n);

/* The node itself when it is shorter than 32 bytes and not the root, otherwise its hash. */
void merkle_value_of(struct merkle_value *out, struct bytes encoded, bool is_root);

/* blake2b-256 of 00. */
extern const struct hash32 trie_empty_root;

#endif /* TRIE_NODE_H */
