/* sdk/priv.h — what the files of this folder share. */
#ifndef SDK_PRIV_H
#define SDK_PRIV_H

#include "attest/binding.h"
#include "codec/extrinsic.h"
#include "codec/storage_key.h"
#include "crypto/keys.h"
#include "sdk/client.h"
#include "sdk/events.h"

enum { SDK_NONCES = 16, SDK_NONCE_MS = 10000 };

/* What this client gave out and the node's pool may not have seen yet. */
struct sdk_nonce {
    struct account_id account;
    uint32_t next;
    uint64_t until_ms; /* on the monotonic clock; 0: free */
};

struct sdk_client {
    struct rpc_client *rpc;
    char *url;
    uint32_t timeout_ms;
    struct sdk_chain chain;
    struct sdk_nonce nonces[SDK_NONCES];
};

extern const struct hash_ops sdk_hash_ops;

/* json.c: readers of answers; the json_t is borrowed. ERR_MALFORMED. */
FALLIBLE sdk_json_hash(struct hash32 *out, const json_t *j, const char *what, struct err *e);
FALLIBLE sdk_json_number(uint32_t *out, const json_t *j, const char *what, struct err *e); /* 5 or "0x5" */
FALLIBLE sdk_json_bytes(struct arena *a, struct bytes *out, const json_t *j, const char *what, struct err *e);
/* A header object; its hash is computed. */
FALLIBLE sdk_json_head(struct sdk_head *out, const json_t *j, struct err *e);
json_t *sdk_json_hex(struct bytes b); /* owned "0x…" string */
/* [hash] or [] */
json_t *sdk_params_at(const struct hash32 *at_opt);
DEFINE_CLEANUP(json_t *, json_decref)

/* storage_proof.c: what state_getReadProof answers, for a state root. ERR_MALFORMED, ERR_LIMIT. */
struct trie_proof;
FALLIBLE sdk_json_proof(struct arena *a, struct trie_proof *out, const struct hash32 *root,
                        const json_t *answer, struct err *e);

/* attested.c: what evidence may be bound to, and what it carries. */
struct sdk_binding {
    struct attest_subject subject; /* of the present version */
    const enum attest_purpose *purposes;
    uint32_t purpose_count;
    uint8_t carried[ATTEST_REPORT_DATA_LEN];
};
/* Every purpose and version with this nonce, for t->key; what was expected last, which is what fits if
 * anything does, stays in *t. */
struct sdk_attested;
bool sdk_binding_try(struct sdk_attested *t, const struct sdk_binding *b, const struct hash32 *nonce);

/* storage.c: the key of a read; its value, or what an item is when `found` is false. */
struct sdk_read;
FALLIBLE sdk_read_key(struct arena *a, struct bytes *out, const struct sdk_read *read, struct err *e);
FALLIBLE sdk_read_fill(struct arena *a, struct sdk_read *read, struct bytes raw, struct err *e);

/* events.c: the events of one extrinsic alone, at a cost in proportion to them. */
FALLIBLE sdk_events_for(struct sdk_client *c, struct arena *a, struct sdk_events *out,
                        const struct hash32 *block, uint32_t extrinsic, struct err *e);

/* tx.c: the whole of a signed extrinsic from what is known; no requests. */
FALLIBLE sdk_extrinsic_sign(struct arena *a, struct bytes *out, struct bytes call, const struct keypair *key,
                            const struct extrinsic_extra *extra, const struct extrinsic_implicit *implicit,
                            struct err *e);
/* A nonce that a refused transaction did not use. */
void sdk_nonce_forget(struct sdk_client *c, const struct account_id *account);

#endif /* SDK_PRIV_H */
