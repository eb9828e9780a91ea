/* node/sigcache.h — signatures already found good, so that each is computed once though it is asked for three
 * times (on submission, on validation, in the block).
 *
 * Bounded: the oldest entry makes room. Bad signatures do not displace good ones: only the newest bad one is
 * kept. Keyed by blake2b-256 of kind ‖ signature ‖ account ‖ message. Not thread-safe: the chain thread's. */
#ifndef NODE_SIGCACHE_H
#define NODE_SIGCACHE_H

#include "node/table.h"
#include "runtime/host.h"

enum { SIGCACHE_MAX = 16384 };

struct sigcache {
    struct table known; /* key -> its place in the ring */
    struct hash32 *ring;
    size_t count, next;
    bool has_bad;
    struct hash32 bad;
};

void sigcache_init(struct sigcache *c);
void sigcache_fini(struct sigcache *c);

struct hash32 sigcache_key(enum host_signature_kind kind, struct bytes sig, struct bytes msg,
                           const struct account_id *who);
void sigcache_put(struct sigcache *c, const struct hash32 *key, bool good);
/* False when nothing is known; else *good. */
bool sigcache_get(const struct sigcache *c, const struct hash32 *key, bool *good);

#endif /* NODE_SIGCACHE_H */
