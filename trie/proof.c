#include "trie/proof.h"
#include "crypto/hash.h"
#include "trie/node.h"
#include "trie/sort.h"

struct trie_proof_item {
    struct bytes hash; /* first: what sort_by_bytes orders by */
    struct bytes item;
};

enum err_code trie_proof_open(struct arena *a, struct trie_proof *out, const struct hash32 *root,
                              const struct bytes_list *items, struct err *e)
{
    if (items->count > TRIE_PROOF_ITEMS_MAX)
        return FAIL(e, ERR_LIMIT, "proof of %zu items, at most %d accepted", items->count,
                    TRIE_PROOF_ITEMS_MAX);
    struct trie_proof_item *index = arena_new_n(a, struct trie_proof_item, items->count);
    for (size_t i = 0; i < items->count; i++) {
        uint8_t *hash = arena_alloc(a, sizeof(struct hash32));
        blake2_256(hash, items->v[i]);
        index[i] = (struct trie_proof_item){bytes_of(hash, sizeof(struct hash32)), items->v[i]};
    }
    sort_by_bytes(a, index, items->count, sizeof *index);
    *out = (struct trie_proof){.root = *root, .items = index, .count = items->count};
    return ERR_OK;
}

/* The item whose hash is `hash`; ERR_UNVERIFIED when the proof does not hold it. */
static enum err_code proof_find(const struct trie_proof *p, struct bytes *out, struct bytes hash,
                                struct err *e)
{
    size_t low = 0;
    size_t high = p->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = bytes_cmp(p->items[mid].hash, hash);
        if (c == 0) {
            *out = p->items[mid].item;
            return ERR_OK;
        }
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return FAIL(e, ERR_UNVERIFIED, "proof holds no item with hash %02x%02x%02x%02x..", hash.p[0], hash.p[1],
                hash.p[2], hash.p[3]);
}

static enum err_code proof_value(const struct trie_proof *p, struct bytes *out, const struct node_view *n,
                                 struct err *e)
{
    if (n->value_kind == NODE_VALUE_NONE)
        return FAIL(e, ERR_NOT_FOUND, "proven absent: the node at the key has no value");
    if (n->value_kind == NODE_VALUE_HASHED)
        return proof_find(p, out, n->value, e);
    *out = n->value;
    return ERR_OK;
}

enum err_code trie_proof_read(const struct trie_proof *p, struct bytes *out, struct bytes key, struct err *e)
{
    struct bytes merkle = bytes_of(p->root.b, sizeof p->root.b);
    struct node_view n;
    size_t depth = 0;

    if (hash32_eq(&p->root, &trie_empty_root))
        return FAIL(e, ERR_NOT_FOUND, "proven absent: the trie is empty");
    for (;;) {
        struct bytes encoded = merkle;
        if (merkle.len == MERKLE_VALUE_MAX)
            TRY(proof_find(p, &encoded, merkle, e));
        TRY(node_decode(&n, encoded, e));
        if (n.empty)
            return FAIL(e, ERR_MALFORMED, "trie node: a child is the empty trie");
        if (nibbles_match_key(n.partial, key, depth) < n.partial.len)
            return FAIL(e, ERR_NOT_FOUND, "proven absent: the path leaves the key");
        depth += n.partial.len;
        if (depth == key.len * 2)
            return proof_value(p, out, &n, e);
        merkle = n.child[key_nibble(key, depth)];
        if (merkle.len == 0)
            return FAIL(e, ERR_NOT_FOUND, "proven absent: the branch has no child there");
        depth++;
    }
}

enum err_code trie_proof_get(struct arena *scratch, struct bytes *out, const struct hash32 *root,
                             struct bytes key, const struct bytes_list *proof, struct err *e)
{
    struct trie_proof p;
    TRY(trie_proof_open(scratch, &p, root, proof, e));
    return trie_proof_read(&p, out, key, e);
}
