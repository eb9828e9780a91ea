/* codec/header.h — block headers and their digests.
 *
 *     parent [32] ‖ Compact(number) ‖ state root [32] ‖ extrinsics root [32] ‖ vec(digest item)
 *
 * A block's hash is BLAKE2b-256 of these bytes. Vectors: tests/vectors/substrate/header.json. */
#ifndef CODEC_HEADER_H
#define CODEC_HEADER_H

#include "base/reader.h"
#include "base/writer.h"

enum { HEADER_DIGEST_MAX = 128 };

enum digest_kind { /* values are the wire's */
                   DIGEST_OTHER = 0,
                   DIGEST_CONSENSUS = 4,
                   DIGEST_SEAL = 5,
                   DIGEST_PRE_RUNTIME = 6,
                   DIGEST_RUNTIME_ENVIRONMENT_UPDATED = 8,
};

struct digest_item {
    enum digest_kind kind;
    uint8_t engine[4];    /* consensus, seal, pre-runtime: "aura", "nmbs", …; else zeros */
    struct bytes data;    /* all but runtime-environment-updated */
    struct bytes encoded; /* the item's SCALE bytes after decoding; empty in items built by hand */
};

struct header {
    struct hash32 parent;
    uint32_t number;
    struct hash32 state_root;
    struct hash32 extrinsics_root;
    uint32_t digest_count;
    struct digest_item digest[HEADER_DIGEST_MAX];
};

/* The whole of `in`; views in *out live as long as `in`. ERR_MALFORMED. */
FALLIBLE header_decode(struct header *out, struct bytes in, struct err *e);
/* The next header of a longer input (a block); sticky. */
void take_header(struct reader *r, struct header *out);
void header_encode(struct writer *w, const struct header *h);

struct digest_item take_digest_item(struct reader *r);
void put_digest_item(struct writer *w, const struct digest_item *item); /* from kind, engine and data */

#endif /* CODEC_HEADER_H */
