/* sdk/token.h — proof of holding a wallet's key, for a worker's interface.
 *
 *     token     = hex( json ) "||" hex( signature )                   (hex with or without 0x)
 *     json      = {"address":"5Grw…","timestamp":1795370000,"nonce":"9f…"}      timestamp in seconds
 *     signature = over json, or over "<Bytes>" json "</Bytes>" as wallets' signRaw makes it; sr25519, ed25519
 *                 or ecdsa
 *
 * A token is good within SDK_TOKEN_SECONDS of its timestamp, before and after; remembering nonces that long
 * makes it good for one use only, and is the receiver's to do. */
#ifndef SDK_TOKEN_H
#define SDK_TOKEN_H

#include "base/arena.h"
#include "crypto/keys.h"

enum { SDK_TOKEN_SECONDS = 300, SDK_TOKEN_MAX = 4096 };

struct sdk_token {
    struct account_id account;
    uint64_t timestamp;
    const char *nonce; /* "" when absent; at most 128 bytes */
};

/* Zero-terminated text in the arena; now_s: seconds since 1970. */
const char *sdk_token_make(struct arena *a, const struct keypair *key, uint16_t ss58_prefix, uint64_t now_s);
/* ERR_MALFORMED; ERR_DENIED (signature, or too old or new). */
FALLIBLE sdk_token_check(struct arena *a, struct sdk_token *out, struct bytes token, uint16_t ss58_prefix,
                         uint64_t now_s, struct err *e);

#endif /* SDK_TOKEN_H */
