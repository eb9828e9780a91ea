/* trie/record.h — keys and values of the state trie's store; docs/formats/trie-store.md is the layout.
 * Private to trie/.
 *
 * Decoding is strict and reports damage as ERR_CORRUPT. Views point into the input. */
#ifndef TRIE_RECORD_H
#define TRIE_RECORD_H

#include "base/bytes.h"
#include "base/err.h"
#include "base/writer.h"
#include "trie/node.h"
#include "trie/trie.h"

enum record_tag {
    RECORD_NODE_EVEN = 0, /* a node whose path has an even number of nibbles */
    RECORD_NODE_ODD = 1,
    RECORD_VALUE = 2, /* a value too long for its node's record; the path is the storage key */
    RECORD_ROOT = 3,  /* what a version's root is; the path is empty */
    RECORD_STALE = 4  /* keys a version made needless; the path is empty */
};

enum {
    RECORD_PATH_MAX = 2 * TRIE_KEY_MAX,    /* nibbles */
    RECORD_KEY_MAX = TRIE_KEY_MAX + 8 + 1, /* bytes */
    RECORD_VALUE_INLINE_MAX = 1024         /* bytes; longer values get a record of their own */
};

/* A key in fixed memory. */
struct record_key {
    uint8_t b[RECORD_KEY_MAX];
    size_t len;
};

static inline struct bytes record_key_bytes(const struct record_key *k)
{
    return bytes_of(k->b, k->len);
}

/* `path` has one nibble per byte. A node's path ends before its partial key. */
void record_key_node(struct record_key *out, const uint8_t *path, size_t len, uint64_t version);
void record_key_value(struct record_key *out, const uint8_t *path, size_t len, uint64_t version);
void record_key_root(struct record_key *out, uint64_t version);
void record_key_stale(struct record_key *out, uint64_t version);

enum record_value { RECORD_VALUE_NONE = 0, RECORD_VALUE_INLINE = 1, RECORD_VALUE_APART = 2 };

struct record_child {
    uint64_t version;
    struct bytes merkle;
};

struct record {
    struct nibbles partial;
    enum record_value value_kind;
    struct bytes value;     /* RECORD_VALUE_INLINE */
    struct hash32 hash;     /* RECORD_VALUE_APART: of the value, */
    uint32_t value_len;     /*   its length, */
    uint64_t value_version; /*   and the version it is stored under */
    uint16_t bitmap;
    struct record_child child[NODE_CHILDREN]; /* the present ones in ascending order, without gaps */
};

FALLIBLE record_decode(struct record *out, struct bytes in, struct err *e);
/* The head of a record; the children follow as put_record_child in ascending order. */
void put_record_head(struct writer *w, const struct record *r);
void put_record_child(struct writer *w, uint64_t version, struct bytes merkle);
size_t record_encoded_max(const struct record *r);

struct record_root {
    bool present;     /* false: the trie is empty */
    uint64_t version; /* of the root node's record */
    struct hash32 root;
};

enum { RECORD_ROOT_LEN = 1 + 8 + 32 };
FALLIBLE record_root_decode(struct record_root *out, struct bytes in, struct err *e);
void put_record_root(struct writer *w, const struct record_root *r);

#endif /* TRIE_RECORD_H */
