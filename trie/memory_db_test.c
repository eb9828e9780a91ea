#include "trie/memory_db_test.h"
#include <stdlib.h>

struct entry {
    struct entry *next;
    size_t key_len, value_len;
    uint8_t *value;
    uint8_t key[];
};

struct memory_db {
    struct entry **buckets;
    size_t bucket_count; /* a power of two */
    size_t count;
    bool broken;
};

static void *must(void *p)
{
    ASSERT(p != NULL);
    return p;
}

struct memory_db *memory_db_new(void)
{
    struct memory_db *m = must(calloc(1, sizeof *m));
    m->bucket_count = 1 << 16;
    m->buckets = must(calloc(m->bucket_count, sizeof(struct entry *)));
    return m;
}

void memory_db_free(struct memory_db *m)
{
    for (size_t i = 0; i < m->bucket_count; i++)
        for (struct entry *en = m->buckets[i], *next; en != NULL; en = next) {
            next = en->next;
            free(en->value);
            free(en);
        }
    free(m->buckets);
    free(m);
}

static struct entry **find(struct memory_db *m, struct bytes key)
{
    uint64_t h = 14695981039346656037u; /* FNV-1a */
    for (size_t i = 0; i < key.len; i++)
        h = (h ^ key.p[i]) * 1099511628211u;
    struct entry **at = &m->buckets[(h ^ h >> 32) & (m->bucket_count - 1)];
    while (*at != NULL && !bytes_eq(bytes_of((*at)->key, (*at)->key_len), key))
        at = &(*at)->next;
    return at;
}

static enum err_code db_get(void *ctx, struct arena *a, struct bytes *out, bool *found, struct bytes key,
                            struct err *e)
{
    struct memory_db *m = ctx;
    if (m->broken)
        return FAIL(e, ERR_IO, "told to fail");
    struct entry *en = *find(m, key);
    *found = en != NULL;
    if (en != NULL)
        *out = arena_dup(a, bytes_of(en->value, en->value_len));
    return ERR_OK;
}

static void db_put(void *ctx, struct bytes key, struct bytes value)
{
    struct memory_db *m = ctx;
    struct entry **at = find(m, key);
    if (*at == NULL) {
        *at = must(calloc(1, sizeof **at + key.len));
        memcpy((*at)->key, key.p, key.len);
        (*at)->key_len = key.len;
        m->count++;
    }
    free((*at)->value);
    (*at)->value = must(malloc(value.len + 1));
    if (value.len > 0)
        memcpy((*at)->value, value.p, value.len);
    (*at)->value_len = value.len;
}

static void db_del(void *ctx, struct bytes key)
{
    struct memory_db *m = ctx;
    struct entry **at = find(m, key);
    struct entry *en = *at;
    ASSERT(en != NULL); /* the trie deletes what it wrote, once */
    *at = en->next;
    free(en->value);
    free(en);
    m->count--;
}

struct trie_db memory_db_reader(struct memory_db *m)
{
    return (struct trie_db){m, db_get};
}

struct trie_sink memory_db_sink(struct memory_db *m)
{
    return (struct trie_sink){m, db_put, db_del};
}

size_t memory_db_count(const struct memory_db *m)
{
    return m->count;
}

void memory_db_each(struct memory_db *m,
                    void (*visit)(void *ctx, struct bytes key, uint8_t *value, size_t len), void *ctx)
{
    for (size_t i = 0; i < m->bucket_count; i++)
        for (struct entry *en = m->buckets[i]; en != NULL; en = en->next)
            visit(ctx, bytes_of(en->key, en->key_len), en->value, en->value_len);
}

void memory_db_break(struct memory_db *m, bool broken)
{
    m->broken = broken;
}
