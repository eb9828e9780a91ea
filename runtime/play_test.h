/* runtime/play_test.h — test support: plays blocks on a chain in memory, as a node would, through
 * runtime_call alone.
 *
 * Nothing here tolerates a failure it was not asked about: it aborts the test program. After each block the
 * books are checked: issuance is the sum of all balances, and no key of a block under construction is left.
 */
#ifndef RUNTIME_PLAY_TEST_H
#define RUNTIME_PLAY_TEST_H

#include "chain/chain.h"
#include "codec/extrinsic.h"
#include "crypto/keys.h"
#include "runtime/memory_host.h"
#include "runtime/runtime.h"
#include "runtime/validity.h"

struct play;

/* Told of every runtime_call that was answered, before the next one; changes are in the memory host. */
typedef void play_observer(void *ctx, struct play *p, const char *name, struct bytes input,
                           struct bytes output);

struct play {
    struct memory_host *m;
    struct host host;
    struct arena arena; /* lives as long as the play */
    struct hash32 genesis, head;
    uint32_t number; /* of the newest block, or of the one being built */
    uint64_t now_ms;
    struct bytes last_header;
    struct bytes body[4096]; /* extrinsics of the newest block */
    uint32_t body_count;
    play_observer *observe;
    void *observe_ctx;
};

/* The document the development chain uses, with Alice … Ferdie and their stashes. */
extern const char play_dev_genesis[];

void play_init(struct play *p, const char *genesis_json);
void play_fini(struct play *p);

/* runtime_call; on failure everything it changed is taken back, as a node does. Calls that are questions
 * change nothing in any case. */
FALLIBLE play_call(struct play *p, struct bytes *out, const char *name, struct bytes input, struct err *e);

void play_begin(struct play *p);                 /* a block, with its time */
struct bytes play_end(struct play *p);           /* its header */
void play_skip(struct play *p, uint32_t blocks); /* empty ones */

struct play_result {
    struct validity validity;
    bool ok;            /* applied, and the call succeeded */
    struct bytes error; /* SCALE DispatchError of an applied extrinsic that failed */
};
struct play_result play_apply(struct play *p, struct bytes extrinsic);
struct play_result play_validate(struct play *p, struct bytes extrinsic);
/* Is the error Module{pallet, code}? */
bool play_is_module_error(struct play_result r, uint8_t pallet, uint8_t code);

/* ---- extrinsics ---- */

struct keypair play_key(const char *uri, enum signature_kind kind);
struct account_id play_account(const char *uri); /* sr25519 */

struct play_signing {
    struct era era;
    uint32_t nonce;
    uint64_t tip;
    const struct hash32 *birth_opt; /* NULL: genesis */
};
struct bytes play_sign(struct play *p, const struct keypair *key, struct bytes call,
                       const struct play_signing *s);
/* Immortal, with the account's nonce. */
struct bytes play_extrinsic(struct play *p, const struct keypair *key, struct bytes call);
/* Signs with `key` and applies. */
struct play_result play_do(struct play *p, const struct keypair *key, struct bytes call);

struct bytes play_encode(struct play *p, const struct call *call);
/* Encoded call of a generated descriptor. */
#define PLAY_CALL(p, module, name, ...)                            \
    play_encode((p), &(struct call){.pallet = &module##_pallet,    \
                                    .desc = &module##_call_##name, \
                                    .args = &(struct module##_##name##_args){__VA_ARGS__}})
/* The same as a value, to nest. */
struct call play_nested(struct play *p, struct bytes call);

struct multi_address play_address(const struct account_id *who);

/* ---- looking ---- */

struct system_account_info play_info(struct play *p, const struct account_id *who);
/* Names of the newest block's events as "System.ExtrinsicSuccess", one per line, of extrinsic `index`. */
const char *play_events(struct play *p, uint32_t index);
void play_check_books(struct play *p);

#endif /* RUNTIME_PLAY_TEST_H */
