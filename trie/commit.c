#include "base/reader.h"
#include "trie/tree.h"

static void sink_put(struct trie *t, const struct trie_sink *sink, const struct record_key *key,
                     struct bytes value)
{
    sink->put(sink->ctx, record_key_bytes(key), value);
    t->written++;
}

static void commit_value(struct trie *t, const struct tnode *n, size_t len, const struct trie_sink *sink)
{
    struct record_key key;
    struct large_value *l = n->large;

    record_key_value(&key, t->path, len, t->version);
    sink_put(t, sink, &key, bytes_of(l->pending, n->value_len));
    pool_free(&t->pool, l->pending, n->value_len);
    l->pending = NULL;
    l->stored = true;
    l->version = t->version;
}

static void commit_record(struct trie *t, const struct tnode *n, size_t depth, const struct trie_sink *sink)
{
    struct record_key key;
    struct record r = {
        .partial = tnode_partial(n), .value_kind = (enum record_value)n->value_kind, .bitmap = n->bitmap};

    if (r.value_kind == RECORD_VALUE_INLINE) {
        r.value = bytes_of(n->value, n->value_len);
    } else if (r.value_kind == RECORD_VALUE_APART) {
        r.hash = n->large->hash;
        r.value_len = n->value_len;
        r.value_version = n->large->version;
    }
    size_t max = record_encoded_max(&r);
    struct arena_mark mark = arena_mark(&t->scratch);
    struct writer w = writer_fixed(arena_alloc(&t->scratch, max), max);
    put_record_head(&w, &r);
    for (unsigned i = 0; i < tnode_child_count(n); i++) {
        const struct slot *s = &n->children[i];
        put_record_child(&w, s->version, bytes_of(s->merkle.b, s->merkle.len));
    }
    ASSERT(writer_ok(&w));
    record_key_node(&key, t->path, depth, t->version);
    sink_put(t, sink, &key, writer_bytes(&w));
    arena_rewind(&t->scratch, mark);
}

/* Writes the changed nodes of a subtree, children first: a record names the versions of those below. */
static void commit_subtree(struct trie *t, struct slot *s, size_t depth, const struct trie_sink *sink)
{
    struct tnode *n = s->node;
    size_t end = tree_path_add(t, n, depth);

    for (uint8_t nibble = 0; nibble < NODE_CHILDREN; nibble++) {
        struct slot *child = tnode_child(n, nibble);
        if (child == NULL || child->node == NULL || !child->node->changed)
            continue;
        t->path[end] = nibble;
        commit_subtree(t, child, end + 1, sink);
    }
    if (n->value_kind == RECORD_VALUE_APART && n->large->pending != NULL)
        commit_value(t, n, end, sink);
    if (n->stored) {
        struct record_key key;
        record_key_node(&key, t->path, depth, n->stored_version);
        tree_stale_add(t, &key);
    }
    commit_record(t, n, depth, sink);
    n->stored = true;
    n->stored_version = t->version;
    n->changed = false;
    s->version = t->version;
}

static void commit_root(struct trie *t, const struct trie_sink *sink)
{
    struct record_key key;
    struct record_root root = {.present = !slot_is_empty(&t->root), .version = t->root.version};
    uint8_t buf[RECORD_ROOT_LEN];
    struct writer w = writer_fixed(buf, sizeof buf);

    trie_root(t, &root.root);
    put_record_root(&w, &root);
    record_key_root(&key, t->version);
    sink_put(t, sink, &key, writer_bytes(&w));
}

void trie_commit(struct trie *t, uint64_t version, struct trie_sink sink)
{
    struct record_key key;

    ASSERT(!t->read_only);
    ASSERT(!t->committed || version > t->version);
    arena_reset(&t->scratch);
    tree_rehash(t);
    if (t->committed) {
        record_key_root(&key, t->version);
        tree_stale_add(t, &key);
    }
    t->version = version;
    t->committed = true;
    if (t->root.node != NULL && t->root.node->changed)
        commit_subtree(t, &t->root, 0, &sink);
    commit_root(t, &sink);
    if (t->stale_len > 0) {
        record_key_stale(&key, version);
        sink_put(t, &sink, &key, bytes_of(t->stale, t->stale_len));
    }
    pool_free(&t->pool, t->stale, t->stale_cap);
    t->stale = NULL;
    t->stale_len = 0;
    t->stale_cap = 0;
    t->base = t->root;
    t->base.node = NULL;
    t->epoch++;
    tree_trim(t);
}

enum err_code trie_prune(const struct trie_db *db, struct arena *scratch, uint64_t version,
                         struct trie_sink sink, struct err *e)
{
    struct record_key key;
    struct bytes list;
    bool found;
    struct arena_mark mark = arena_mark(scratch);

    record_key_stale(&key, version);
    TRY(db->get(db->ctx, scratch, &list, &found, record_key_bytes(&key), e));
    struct reader check = reader_of(found ? list : BYTES_EMPTY);
    while (check.left > 0) { /* all of it before the first delete */
        size_t len = take_u16(&check);
        (void)take_bytes(&check, len);
    }
    if (reader_end(&check, "list of replaced records", e) != ERR_OK)
        return e->code = ERR_CORRUPT;
    struct reader r = reader_of(found ? list : BYTES_EMPTY);
    while (r.left > 0) {
        size_t len = take_u16(&r);
        sink.del(sink.ctx, take_bytes(&r, len));
    }
    if (found)
        sink.del(sink.ctx, record_key_bytes(&key));
    arena_rewind(scratch, mark);
    return ERR_OK;
}
