/* node/txpool_index.c — where the pool keeps transactions, waiting lists, recent tags and bans. */
#include "node/txpool_impl.h"

#include <stdlib.h>

struct bytes txpool_hash_key(const struct txpool_tx *t)
{
    return bytes_of(t->hash.b, sizeof t->hash.b);
}

static uint8_t *copy_tags(struct bytes *out, const struct bytes_list *tags, uint8_t *at)
{
    for (size_t i = 0; i < tags->count; i++) {
        if (tags->v[i].len > 0)
            memcpy(at, tags->v[i].p, tags->v[i].len);
        out[i] = bytes_of(at, tags->v[i].len);
        at += tags->v[i].len;
    }
    return at;
}

/* One allocation holds the transaction, its edges, tags and bytes. */
struct txpool_tx *txpool_tx_new(const struct hash32 *hash, struct bytes bytes,
                                const struct txpool_validity *v)
{
    size_t tags_len = 0;

    for (size_t i = 0; i < v->requires.count; i++)
    tags_len += v->requires.v[i].len;
    for (size_t i = 0; i < v->provides.count; i++)
        tags_len += v->provides.v[i].len;
    size_t tags = v->requires.count + v->provides.count;
    struct txpool_tx *t = calloc(1, sizeof *t + v->requires.count * sizeof(struct txpool_edge) +
                                        tags * sizeof(struct bytes) + tags_len + bytes.len);
    ASSERT(t != NULL);
    t->hash = *hash;
    t->priority = v->priority;
    t->requires_count = (uint32_t)v->requires.count;
    t->provides_count = (uint32_t)v->provides.count;
    t->edge = (void *)(t + 1);
    t->requires = (void *)(t->edge + v->requires.count);
    t->provides = t->requires + v->requires.count;
    uint8_t *at = (void *)(t->provides + v->provides.count);
    at = copy_tags(t->requires, &v->requires, at);
    at = copy_tags(t->provides, &v->provides, at);
    if (bytes.len > 0)
        memcpy(at, bytes.p, bytes.len);
    t->bytes = bytes_of(at, bytes.len);
    for (uint32_t i = 0; i < t->requires_count; i++)
        t->edge[i].tx = t;
    return t;
}

void txpool_set_add(struct txpool_set *s, struct txpool_tx *t)
{
    if (s->count == s->cap) {
        s->cap = s->cap == 0 ? 64 : s->cap * 2;
        s->v = reallocarray(s->v, s->cap, sizeof(struct txpool_tx *));
        ASSERT(s->v != NULL);
    }
    t->at = s->count;
    s->v[s->count++] = t;
    s->bytes += t->bytes.len;
}

void txpool_set_del(struct txpool_set *s, struct txpool_tx *t)
{
    ASSERT(s->v[t->at] == t);
    s->v[t->at] = s->v[--s->count];
    s->v[t->at]->at = t->at;
    s->bytes -= t->bytes.len;
}

void txpool_edge_hang(struct txpool_edge *e, struct txpool_edge **list)
{
    ASSERT(e->list == NULL);
    *e = (struct txpool_edge){.tx = e->tx, .list = list, .next = *list};
    if (*list != NULL)
        (*list)->prev = e;
    *list = e;
}

void txpool_edge_free(struct txpool_edge *e)
{
    if (e->list == NULL)
        return;
    if (e->prev != NULL)
        e->prev->next = e->next;
    else
        *e->list = e->next;
    if (e->next != NULL)
        e->next->prev = e->prev;
    *e = (struct txpool_edge){.tx = e->tx};
}

void txpool_want_add(struct txpool *p, struct txpool_tx *t)
{
    for (uint32_t i = 0; i < t->requires_count; i++) {
        struct txpool_want *w = table_get(&p->wanted, t->requires[i]);
        if (w == NULL) {
            size_t len = t->requires[i].len;
            w = calloc(1, sizeof *w + len);
            ASSERT(w != NULL);
            if (len > 0)
                memcpy(w + 1, t->requires[i].p, len);
            w->tag = bytes_of(w + 1, len);
            (void)table_put(&p->wanted, w->tag, w);
        }
        txpool_edge_hang(&t->edge[i], &w->waiting);
    }
}

void txpool_want_del(struct txpool *p, struct txpool_tx *t)
{
    for (uint32_t i = 0; i < t->requires_count; i++) {
        txpool_edge_free(&t->edge[i]);
        struct txpool_want *w = table_get(&p->wanted, t->requires[i]);
        if (w != NULL && w->waiting == NULL) {
            (void)table_del(&p->wanted, w->tag);
            free(w);
        }
    }
}

void txpool_recent_add(struct txpool *p, struct bytes tag, uint32_t number)
{
    if (table_get(&p->recent, tag) != NULL)
        return;
    struct txpool_recent *r = calloc(1, sizeof *r + tag.len);
    ASSERT(r != NULL);
    if (tag.len > 0)
        memcpy(r + 1, tag.p, tag.len);
    r->tag = bytes_of(r + 1, tag.len);
    r->number = number;
    if (p->recent_last != NULL)
        p->recent_last->next = r;
    else
        p->recent_first = r;
    p->recent_last = r;
    (void)table_put(&p->recent, r->tag, r);
}

/* Forgets tags of blocks up to number - TXPOOL_RECENT_BLOCKS. */
void txpool_recent_prune(struct txpool *p, uint32_t number)
{
    while (p->recent_first != NULL && p->recent_first->number + TXPOOL_RECENT_BLOCKS <= number) {
        struct txpool_recent *r = p->recent_first;
        p->recent_first = r->next;
        if (r->next == NULL)
            p->recent_last = NULL;
        (void)table_del(&p->recent, r->tag);
        free(r);
    }
}

bool txpool_banned(struct txpool *p, const struct hash32 *hash, uint64_t now_ms)
{
    struct txpool_ban *b = table_get(&p->banned, bytes_of(hash->b, sizeof hash->b));

    if (b == NULL)
        return false;
    if (now_ms < b->until_ms)
        return true;
    (void)table_del(&p->banned, bytes_of(hash->b, sizeof hash->b));
    b->until_ms = 0;
    return false;
}

void txpool_ban(struct txpool *p, const struct hash32 *hash, uint64_t now_ms)
{
    if (p->limits.ban_ms == 0 || txpool_banned(p, hash, now_ms))
        return;
    if (p->ban == NULL)
        p->ban = calloc(TXPOOL_BANS_MAX, sizeof *p->ban);
    ASSERT(p->ban != NULL);
    struct txpool_ban *b = &p->ban[p->ban_next];
    p->ban_next = (p->ban_next + 1) % TXPOOL_BANS_MAX;
    if (b->until_ms != 0) /* the oldest makes room */
        (void)table_del(&p->banned, bytes_of(b->hash.b, sizeof b->hash.b));
    *b = (struct txpool_ban){.hash = *hash, .until_ms = now_ms + p->limits.ban_ms};
    (void)table_put(&p->banned, bytes_of(b->hash.b, sizeof b->hash.b), b);
}
