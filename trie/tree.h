/* trie/tree.h — the tree in memory behind trie/trie.h. Private to trie/.
 *
 * A slot says where a subtree hangs: its merkle value and the version of its record, and its node when
 * loaded. The merkle value is right unless the node is `unhashed`; the version is right unless the node is
 * `changed`. Both flags are set on every node from a change up to the root, so that clean subtrees are never
 * visited. A node's position is the path up to, without, its partial key; it never moves while nodes above
 * split and merge. */
#ifndef TRIE_TREE_H
#define TRIE_TREE_H

#include "trie/node.h"
#include "trie/pool.h"
#include "trie/record.h"
#include "trie/trie.h"

struct tnode;

struct slot {
    struct tnode *node; /* NULL: not loaded; or, with merkle.len 0, there is nothing (only at the root) */
    uint64_t version;   /* of the node's record */
    struct merkle_value merkle;
};

/* A value in a record of its own. */
struct large_value {
    struct hash32 hash;
    uint64_t version; /* of its record, when stored */
    uint8_t *pending; /* its bytes until the commit, then NULL: read from the store when asked for */
    bool stored;
};

struct tnode {
    struct slot *children; /* the present ones in ascending order; room for `room` */
    uint8_t *partial;      /* packed as struct nibbles */
    union {
        uint8_t *value;            /* RECORD_VALUE_INLINE */
        struct large_value *large; /* RECORD_VALUE_APART */
    };
    uint64_t stored_version; /* of the record at this position that the next commit replaces, when `stored` */
    uint32_t value_len;
    uint32_t epoch; /* when it was last used */
    uint16_t partial_len;
    uint16_t bitmap;
    uint8_t room;
    uint8_t value_kind; /* enum record_value */
    bool stored;
    bool changed;  /* since the last commit */
    bool unhashed; /* since the last trie_root */
};

struct trie {
    struct trie_db db;
    size_t memory_limit;
    struct pool pool;
    struct arena scratch; /* within one call */
    struct slot root;
    bool read_only;
    bool committed; /* `version` and `base` say what was last committed or opened */
    uint64_t version;
    struct slot base; /* the root slot as of then, never loaded */
    uint32_t epoch;   /* counts commits and trims */
    uint8_t *stale;   /* keys replaced since the last commit, as a stale record; from the pool */
    size_t stale_len, stale_cap;
    uint64_t loads, written;
    uint8_t path[RECORD_PATH_MAX + 1]; /* nibbles down to where the current call works */
};

static inline struct nibbles tnode_partial(const struct tnode *n)
{
    return (struct nibbles){n->partial, n->partial_len};
}

static inline unsigned tnode_child_count(const struct tnode *n)
{
    return (unsigned)__builtin_popcount(n->bitmap);
}

/* The slot of child `nibble`, or NULL. */
static inline struct slot *tnode_child(const struct tnode *n, uint8_t nibble)
{
    unsigned below = n->bitmap & ((1u << nibble) - 1);
    return (n->bitmap >> nibble & 1) == 0 ? NULL : &n->children[__builtin_popcount(below)];
}

static inline bool slot_is_empty(const struct slot *s)
{
    return s->node == NULL && s->merkle.len == 0;
}

struct tnode *tnode_new(struct trie *t);
void tnode_set_partial(struct trie *t, struct tnode *n, const uint8_t *packed,
                       size_t len);                                            /* copies, frees the old */
struct slot *tnode_add_child(struct trie *t, struct tnode *n, uint8_t nibble); /* must be absent */
void tnode_remove_child(struct tnode *n, uint8_t nibble);                      /* its node is not freed */
void tnode_free_value(struct trie *t, struct tnode *n);
void tnode_free(struct trie *t, struct tnode *n); /* without its children's nodes */
void tnode_free_subtree(struct trie *t, struct tnode *n);

/* Loads the node of a non-empty slot whose position is t->path[0..depth), and marks it used. */
FALLIBLE tree_load(struct trie *t, struct slot *s, size_t depth, struct tnode **out, struct err *e);
/* The value of a node that has one and whose path is t->path[0..len), copied into the arena. */
FALLIBLE tree_value(struct trie *t, const struct tnode *n, size_t len, struct arena *a, struct bytes *out,
                    struct err *e);
/* Its blake2b-256. */
struct hash32 tree_value_hash(const struct tnode *n);
/* Appends n's partial key to t->path at depth; returns the length reached. */
size_t tree_path_add(struct trie *t, const struct tnode *n, size_t depth);
/* The encoded node, in the arena. Merkle values of the children must be right. */
struct bytes tree_encode(const struct tnode *n, struct arena *a);
/* Makes the merkle values of all slots right. */
void tree_rehash(struct trie *t);
/* Drops clean nodes when they take more than the limit; never while there are changes. */
void tree_trim(struct trie *t);
/* First thing in every call that may load nodes: an empty scratch arena, and tree_trim. */
void tree_begin(struct trie *t);
/* Notes that the next commit makes a stored record needless. */
void tree_stale_add(struct trie *t, const struct record_key *key);
/* Forgets all nodes and changes; the root is `base` again. */
void tree_reset(struct trie *t);

#endif /* TRIE_TREE_H */
