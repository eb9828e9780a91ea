/* node/overlay.h — what a block or a query changes, on top of a state trie, with nested transactions: the
 * runtime's host.
 *
 * Nothing reaches the trie before overlay_root or overlay_apply; nothing reaches disk at all from here. A
 * rollback costs as much as was changed since its start; a start and a commit cost nothing. A store that
 * fails below the trie ends the process (exit code EXIT_CODE_STORE) with the block unapplied: a fault never
 * becomes a failed transaction.
 *
 *     struct overlay o;
 *     overlay_init(&o, &sigcache);
 *     overlay_open(&o, trie, true);
 *     TRY(runtime_call(&o.host, arena, &out, "Core_initialize_block", header, e));
 *     overlay_reset(&o);                        nothing happened
 *
 * Not thread-safe; overlay_init stores its own address, so an overlay does not move. */
#ifndef NODE_OVERLAY_H
#define NODE_OVERLAY_H

#include "node/sigcache.h"
#include "runtime/host.h"
#include "trie/trie.h"

struct overlay_entry;
struct overlay_undo;

struct overlay {
    struct host host;
    struct trie *trie;
    bool writable; /* the trie is no view: roots can be computed */
    struct sigcache *sigs;
    struct arena arena; /* entries and their keys; kept between uses while small */
    struct arena scratch;
    struct table index; /* key -> entry */
    struct overlay_entry *root;
    struct overlay_undo *undo;
    size_t undo_count, undo_cap;
    size_t *start; /* undo_count at each open transaction's start */
    uint32_t depth, depth_cap;
    uint64_t layer, layers; /* stamp of the innermost transaction; stamps given out */
    uint64_t rng;
    uint64_t root_us; /* time spent on roots since overlay_open */
    bool dirty;       /* the trie does not have all changes */
    bool trie_dirty;  /* the trie has some changes */
    bool unsupported; /* a root was asked of a view: the call's result is worthless */
};

enum { OVERLAY_DEPTH_MAX = 256 };

void overlay_init(struct overlay *o, struct sigcache *sigs);
void overlay_fini(struct overlay *o);

/* Starts over an empty change set on `trie`, which stays borrowed until overlay_reset. */
void overlay_open(struct overlay *o, struct trie *trie, bool writable);
/* Forgets all changes, also those already in the trie. */
void overlay_reset(struct overlay *o);
/* The changes were made part of the trie by trie_commit: forgets them without taking them back. */
void overlay_done(struct overlay *o);

/* Puts all changes into the trie and returns its root; outside transactions only. */
struct hash32 overlay_root(struct overlay *o);

/* Changes in ascending key order; value_opt is NULL for a deleted key. Views until the next change. */
typedef void (*overlay_visit)(void *ctx, struct bytes key, const struct bytes *value_opt);
void overlay_each(const struct overlay *o, overlay_visit visit, void *ctx);
size_t overlay_count(const struct overlay *o);

/* Logs the error and ends the process. */
_Noreturn void overlay_store_failed(const struct err *e);

#endif /* NODE_OVERLAY_H */
