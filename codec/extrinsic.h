/* codec/extrinsic.h — the envelope around a call: reading one apart and building one.
 *
 *     Compact(n) ‖ 04 or 05 ‖ call                                         bare (inherents)
 *     Compact(n) ‖ 84 ‖ address ‖ signature ‖ extra ‖ call                  signed, format 4
 *
 * `extra` holds, for the nine standard extensions, era ‖ Compact(nonce) ‖ Compact(tip) ‖ metadata-hash mode.
 * Verifying uses the bytes as received (`extra_raw`, `call`). The call is left encoded: see call_decode.
 * Vectors: tests/vectors/substrate/extrinsic.json. */
#ifndef CODEC_EXTRINSIC_H
#define CODEC_EXTRINSIC_H

#include "base/balance.h"
#include "codec/era.h"
#include "codec/type.h"

enum {
    EXTRINSIC_LEN_MAX = 5 * 1024 * 1024, /* whole, with its length prefix */
    EXTRINSIC_PAYLOAD_HASHED_OVER = 256, /* a longer signing payload is signed as its BLAKE2b-256 */
};

enum extrinsic_key_kind { /* values are MultiSignature's */
                          EXTRINSIC_KEY_ED25519,
                          EXTRINSIC_KEY_SR25519,
                          EXTRINSIC_KEY_ECDSA,
};

struct extrinsic_extra {
    struct era era;
    uint32_t nonce;
    struct balance tip;
    bool metadata_hash; /* mode 1: the metadata hash is signed too */
};

struct extrinsic_parts {
    uint8_t format; /* 4 or 5; signed is always 4 */
    bool is_signed;
    struct multi_address address; /* this and what follows to extra_raw: only when signed */
    enum extrinsic_key_kind key_kind;
    struct bytes signature; /* 64, 64 or 65 bytes */
    struct extrinsic_extra extra;
    struct bytes extra_raw; /* extra as received; ignored when encoding */
    struct bytes call;      /* pallet index ‖ call index ‖ arguments */
};

/* What a signer and a verifier know without it being sent. */
struct extrinsic_implicit {
    uint32_t spec_version, transaction_version;
    struct hash32 genesis;
    struct hash32 birth;    /* hash of the era's birth block; genesis when immortal */
    bool has_metadata_hash; /* must equal extra.metadata_hash */
    struct hash32 metadata_hash;
};

/* The whole of `in`, with its length prefix; views live as long as `in`. ERR_MALFORMED; ERR_LIMIT over
 * EXTRINSIC_LEN_MAX; ERR_UNSUPPORTED for a general (format 5) transaction and other version bytes. */
FALLIBLE extrinsic_decode(struct extrinsic_parts *out, struct bytes in, struct err *e);
/* Overflows the writer when the signature's length does not fit its kind or the whole is over
 * EXTRINSIC_LEN_MAX. */
void extrinsic_encode(struct writer *w, const struct extrinsic_parts *parts);

size_t extrinsic_signature_len(enum extrinsic_key_kind kind);
void put_extrinsic_extra(struct writer *w, const struct extrinsic_extra *extra);
/* call ‖ extra ‖ implicit, not hashed: over EXTRINSIC_PAYLOAD_HASHED_OVER bytes the caller signs its
 * BLAKE2b-256. */
void extrinsic_signing_payload(struct writer *w, struct bytes call, struct bytes extra_raw,
                               const struct extrinsic_implicit *implicit);

#endif /* CODEC_EXTRINSIC_H */
