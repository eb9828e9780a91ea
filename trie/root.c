#include "trie/root.h"
#include "codec/scale.h"
#include "crypto/hash.h"
#include "trie/sort.h"
#include "trie/trie.h"

struct root_builder {
    struct arena *arena;
    const struct trie_pair *pairs;
    enum state_version version;
};

/* Nibbles from `depth` on that all keys of [from, to) share; in a sorted range the first and last key decide.
 */
static size_t shared_len(const struct root_builder *b, size_t from, size_t to, size_t depth)
{
    struct bytes first = b->pairs[from].key;
    struct bytes last = b->pairs[to - 1].key;
    size_t max = 2 * (first.len < last.len ? first.len : last.len);
    size_t at = depth;
    while (at < max && key_nibble(first, at) == key_nibble(last, at))
        at++;
    return at - depth;
}

static size_t run_end(const struct root_builder *b, size_t from, size_t to, size_t depth)
{
    uint8_t nibble = key_nibble(b->pairs[from].key, depth);
    while (from < to && key_nibble(b->pairs[from].key, depth) == nibble)
        from++;
    return from;
}

static void build(const struct root_builder *b, struct merkle_value *out, size_t from, size_t to,
                  size_t depth);

/* Fills the children of the branch over [from, to), whose next nibbles stand at `depth`. */
static void build_children(const struct root_builder *b, struct node_view *n, size_t from, size_t to,
                           size_t depth)
{
    while (from < to) {
        size_t end = run_end(b, from, to, depth);
        uint8_t nibble = key_nibble(b->pairs[from].key, depth);
        struct merkle_value *child = arena_new(b->arena, struct merkle_value);
        build(b, child, from, end, depth + 1);
        n->bitmap = (uint16_t)(n->bitmap | 1u << nibble);
        n->child[nibble] = bytes_of(child->b, child->len);
        from = end;
    }
}

/* Merkle value of the subtree holding pairs [from, to), from < to, whose first `depth` nibbles are consumed.
 */
static void build(const struct root_builder *b, struct merkle_value *out, size_t from, size_t to,
                  size_t depth)
{
    struct arena_mark mark = arena_mark(b->arena);
    struct node_view *n =
        arena_new(b->arena, struct node_view); /* off the stack: the recursion is as deep as keys */
    struct bytes key = b->pairs[from].key;
    size_t shared = shared_len(b, from, to, depth);
    uint8_t *partial = arena_alloc(b->arena, nibbles_size(shared));

    nibbles_of_key(partial, key, depth, depth + shared);
    n->partial = (struct nibbles){partial, shared};
    if (key.len * 2 == depth + shared) { /* the shortest key of the range ends here */
        n->value = b->pairs[from].value;
        n->value_kind = NODE_VALUE_INLINE;
        if (b->version == STATE_V1 && n->value.len > NODE_HASHED_VALUE_OVER) {
            uint8_t *hash = arena_alloc(b->arena, sizeof(struct hash32));
            blake2_256(hash, n->value);
            n->value = bytes_of(hash, sizeof(struct hash32));
            n->value_kind = NODE_VALUE_HASHED;
        }
        from++;
    }
    build_children(b, n, from, to, depth + shared);

    size_t max = node_encoded_max(n);
    struct writer w = writer_fixed(arena_alloc(b->arena, max), max);
    node_encode(&w, n);
    ASSERT(writer_ok(&w));
    merkle_value_of(out, writer_bytes(&w), depth == 0);
    arena_rewind(b->arena, mark);
}

void trie_root_of_sorted(struct arena *scratch, struct hash32 *out, const struct trie_pair *pairs,
                         size_t count, enum state_version version)
{
    struct root_builder b = {scratch, pairs, version};
    struct merkle_value root;

    if (count == 0) {
        *out = trie_empty_root;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        ASSERT(pairs[i].key.len <= TRIE_KEY_MAX);
        ASSERT(i == 0 || bytes_cmp(pairs[i - 1].key, pairs[i].key) < 0);
    }
    build(&b, &root, 0, count, 0);
    memcpy(out->b, root.b, sizeof out->b);
}

void trie_ordered_root(struct arena *scratch, struct hash32 *out, const struct bytes_list *items,
                       enum state_version version)
{
    struct arena_mark mark = arena_mark(scratch);
    struct trie_pair *pairs = arena_new_n(scratch, struct trie_pair, items->count);

    for (size_t i = 0; i < items->count; i++) {
        struct writer w = writer_fixed(arena_alloc(scratch, COMPACT_LEN_MAX), COMPACT_LEN_MAX);
        put_compact(&w, i);
        pairs[i] = (struct trie_pair){writer_bytes(&w), items->v[i]};
    }
    sort_by_bytes(scratch, pairs, items->count, sizeof *pairs);
    trie_root_of_sorted(scratch, out, pairs, items->count, version);
    arena_rewind(scratch, mark);
}
