#include "store/store.h"

static enum err_code db_get(void *ctx, struct arena *a, struct bytes *out, bool *found, struct bytes key,
                            struct err *e)
{
    return store_get(ctx, STORE_NODES, key, a, out, found, e);
}

static void sink_put(void *ctx, struct bytes key, struct bytes value)
{
    store_put(ctx, STORE_NODES, key, value);
}

static void sink_delete(void *ctx, struct bytes key)
{
    store_delete(ctx, STORE_NODES, key);
}

struct trie_db store_trie_db(struct store *s)
{
    return (struct trie_db){s, db_get};
}

struct trie_sink store_trie_sink(struct store_batch *b)
{
    return (struct trie_sink){b, sink_put, sink_delete};
}
