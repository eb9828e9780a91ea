/* attest/channel.h — the messages between a worker and an entry, as structs, with strict readers.
 *
 * A message is u8 type ‖ body; io/tls.h frames it. Source: docs/formats/entry-channel.md. Views of a decoded
 * message point into the frame it was read from. Pure.
 *
 * Order (each side refuses anything else and ends the connection):
 *     worker HELLO, entry ATTEST, worker RELEASE, entry STARTED, then
 *     worker: TICK, CLOSE_PERIOD, STOP, ASK_EVIDENCE    entry: PERIOD, EXITED, LOG, EVIDENCE    either: BYE
 */
#ifndef ATTEST_CHANNEL_H
#define ATTEST_CHANNEL_H

#include "attest/binding.h"
#include "attest/pow.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/writer.h"

enum {
    CHANNEL_VERSION = 1,
    CHANNEL_FRAME_MAX = 1 << 20,
    CHANNEL_EVIDENCE_MAX = 32768,
    CHANNEL_CONFIG_MAX = 1 << 19,  /* sealed configuration */
    CHANNEL_FILE_MAX = 448 * 1024, /* one proof file; two fit into a frame */
    CHANNEL_ADDRESS_MAX = 512,
    CHANNEL_LOG_TEXT_MAX = 8192,
    CHANNEL_LIST_MAX = 1024, /* env pairs, files, arguments */
    CHANNEL_DEADLINE_MS = 30000,
    CHANNEL_GRACE_MAX_S = 3600,
};
#define CHANNEL_EXPORTER "EXPORTER-wetee-channel"

enum channel_type {
    CHANNEL_HELLO = 1,
    CHANNEL_ATTEST = 2,
    CHANNEL_RELEASE = 3,
    CHANNEL_STARTED = 4,
    CHANNEL_TICK = 5,
    CHANNEL_CLOSE_PERIOD = 6,
    CHANNEL_PERIOD = 7,
    CHANNEL_STOP = 8,
    CHANNEL_EXITED = 9,
    CHANNEL_LOG = 10,
    CHANNEL_BYE = 11,
    CHANNEL_ASK_EVIDENCE = 12,
    CHANNEL_EVIDENCE = 13,
    CHANNEL_TYPE_LAST = CHANNEL_EVIDENCE,
};

/* What the entry's program is doing when it attests: after a lost connection it may run, or be done. */
enum channel_state { CHANNEL_STATE_NEW = 0, CHANNEL_STATE_RUNNING = 1, CHANNEL_STATE_EXITED = 2 };

struct channel_hello {
    struct attest_subject subject; /* genesis, work type, work id, cluster, version */
    uint32_t nonce_block;
    struct hash32 nonce; /* the hash of that block */
};
struct channel_attest {
    uint8_t deploy_key[32];   /* ed25519; the same for the life of the entry */
    uint8_t exchange_key[32]; /* X25519 */
    enum channel_state state;
    struct bytes start_evidence, channel_evidence;
};
struct channel_release {
    struct bytes sealed; /* empty exactly when the entry's state was not NEW */
};
struct channel_started {
    uint32_t pid;
};
struct channel_tick {
    uint64_t block;
};
struct channel_close_period {
    uint64_t first_block;
    uint32_t length;
    struct bytes address;
};
struct channel_period {
    uint64_t first_block;
    struct bytes proof; /* see struct channel_proof */
    struct bytes log_file, usage_file;
};
struct channel_stop {
    uint32_t grace_s;
};
struct channel_exited {
    bool by_signal;
    uint8_t code; /* exit code, or signal number */
};
struct channel_log {
    uint64_t seq;
    uint8_t stream; /* 1 stdout, 2 stderr */
    struct bytes text;
};

/* Fresh evidence for the chain: START renews the attestation of a replica, CHALLENGE answers a demand. */
struct channel_ask_evidence {
    enum attest_purpose purpose;
    struct hash32 nonce;
};
struct channel_evidence {
    enum attest_purpose purpose;
    struct hash32 nonce; /* of the question */
    struct bytes evidence;
};

struct channel_message {
    enum channel_type type;
    union {
        struct channel_hello hello;
        struct channel_attest attest;
        struct channel_release release;
        struct channel_started started;
        struct channel_tick tick;
        struct channel_close_period close_period;
        struct channel_period period;
        struct channel_stop stop;
        struct channel_exited exited;
        struct channel_log log;
        struct channel_ask_evidence ask_evidence;
        struct channel_evidence evidence;
    } u;
};

/* The body of a frame. Overflow of `w` is the caller's to check. */
void channel_write(struct writer *w, const struct channel_message *m);
/* ERR_MALFORMED: unknown type, lengths over the bounds above, bytes left over. */
FALLIBLE channel_read(struct channel_message *out, struct bytes frame, struct err *e);
/* "HELLO" and the like. */
const char *channel_type_name(enum channel_type t);

/* The report data expected of evidence that vouches for a deploy key, for the chain: start evidence in ATTEST
 * (with the nonce of HELLO) and what EVIDENCE carries. */
void channel_key_report_data(uint8_t out[64], enum attest_purpose purpose, const struct attest_subject *s,
                             const uint8_t deploy_key[32], const struct hash32 *nonce);
/* Of the channel evidence in ATTEST. */
void channel_report_data(uint8_t out[64], const struct channel_hello *h, const struct channel_attest *a,
                         const uint8_t exporter[32]);

/* Additional data of the sealed configuration: "wetee/config/v1" ‖ genesis ‖ work type ‖ work id ‖ cluster ‖
 * version. */
enum { CHANNEL_AAD_LEN = 15 + 32 + 1 + 8 + 8 + 8 };
void channel_config_aad(uint8_t out[CHANNEL_AAD_LEN], const struct attest_subject *s);

/* The configuration in clear. */
struct channel_pair {
    struct bytes key, value; /* env: name and value; file: path and content */
};
struct channel_config {
    const struct channel_pair *env;
    uint16_t env_count;
    const struct channel_pair *files;
    uint16_t file_count;
    const struct bytes *args; /* empty: the entry's own arguments after "--" */
    uint16_t arg_count;
};
void channel_config_write(struct writer *w, const struct channel_config *c);
/* Lists live in the arena, texts in `plain`. Names, paths and arguments without zero bytes; names without '='
 * and not empty; paths absolute, without "." and ".." parts. ERR_MALFORMED. */
FALLIBLE channel_config_read(struct arena *a, struct channel_config *out, struct bytes plain, struct err *e);

/* A proof as carried in PERIOD (docs/formats/entry-channel.md "Proof"). `signature` is by
 * the deploy key over attest_pow_write. */
struct channel_proof {
    uint8_t log_hash[32], cr_hash[32];
    struct attest_usage cr;
    uint32_t up_blocks;
    uint8_t signature[64];
};
enum { CHANNEL_PROOF_LEN = 32 + 32 + 6 * 4 + 4 + 64 };
void channel_proof_write(struct writer *w, const struct channel_proof *p);
FALLIBLE channel_proof_read(struct channel_proof *out, struct bytes in, struct err *e);
/* The values the proof's signature covers, for attest_pow_write. Views into its arguments. */
struct attest_pow channel_proof_pow(const struct channel_proof *p, const struct attest_subject *s,
                                    uint64_t first_block, struct bytes address);

#endif /* ATTEST_CHANNEL_H */
