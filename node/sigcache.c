/* node/sigcache.c — see sigcache.h. */
#include "node/sigcache.h"
#include "crypto/hash.h"

#include <stdlib.h>

void sigcache_init(struct sigcache *c)
{
    *c = (struct sigcache){0};
    table_init(&c->known);
}

void sigcache_fini(struct sigcache *c)
{
    table_fini(&c->known);
    free(c->ring);
    *c = (struct sigcache){0};
}

struct hash32 sigcache_key(enum host_signature_kind kind, struct bytes sig, struct bytes msg,
                           const struct account_id *who)
{
    struct hash32 key;
    struct blake2b b;
    uint8_t head[2] = {(uint8_t)kind, (uint8_t)(sig.len > 255 ? 255 : sig.len)};

    blake2b_init(&b, sizeof key.b);
    blake2b_update(&b, bytes_of(head, sizeof head));
    blake2b_update(&b, sig);
    blake2b_update(&b, bytes_of(who->b, sizeof who->b));
    blake2b_update(&b, msg);
    blake2b_final(&b, key.b);
    return key;
}

void sigcache_put(struct sigcache *c, const struct hash32 *key, bool good)
{
    if (!good) {
        c->bad = *key;
        c->has_bad = true;
        return;
    }
    if (table_get(&c->known, bytes_of(key->b, sizeof key->b)) != NULL)
        return;
    if (c->ring == NULL)
        c->ring = calloc(SIGCACHE_MAX, sizeof *c->ring);
    ASSERT(c->ring != NULL);
    struct hash32 *place = &c->ring[c->next];
    struct bytes place_key = bytes_of(place->b, sizeof place->b);
    if (c->count == SIGCACHE_MAX)
        (void)table_del(&c->known, place_key);
    else
        c->count++;
    *place = *key;
    (void)table_put(&c->known, place_key, place);
    c->next = (c->next + 1) % SIGCACHE_MAX;
}

bool sigcache_get(const struct sigcache *c, const struct hash32 *key, bool *good)
{
    if (table_get(&c->known, bytes_of(key->b, sizeof key->b)) != NULL) {
        *good = true;
        return true;
    }
    if (c->has_bad && hash32_eq(&c->bad, key)) {
        *good = false;
        return true;
    }
    return false;
}
